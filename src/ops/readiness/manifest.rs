//! What a manifest of an earlier commit says about its package.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Document, Item, TableLike};

/// The tables of dependencies that users of a package get.
const TABLES: [&str; 3] = ["dependencies", "build-dependencies", "build_dependencies"];

/// The tables of `[workspace]` whose values members inherit.
const SHARED: [&str; 2] = ["package", "dependencies"];

/// A value of `[workspace]` that a package inherits, by its table and key: `package`, `rust-version`.
pub(super) type InheritedValue = (&'static str, String);

/// The parts of a manifest that decide about a package.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// `None` if it has no package.
    pub(super) name: Option<String>,
    /// The values that the package inherits and its users see. The version is left out, because the release decides it.
    pub(super) inherits: BTreeSet<InheritedValue>,
    /// The values of `[workspace]`, as they are written. `None` without such a table.
    pub(super) shares: Option<BTreeMap<InheritedValue, String>>,
}

impl Manifest {
    /// Reads a manifest. `None` if it is not TOML.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let document = Document::parse(text).ok()?;
        let manifest = document.as_table();
        let workspace = manifest.get("workspace").and_then(Item::as_table_like);
        Some(Self {
            name: package_name(manifest).map(str::to_owned),
            inherits: inherited_values(manifest),
            shares: workspace.map(shared_values),
        })
    }
}

fn package_name(manifest: &dyn TableLike) -> Option<&str> {
    let package = manifest.get("package").or_else(|| manifest.get("project"));
    package?.as_table_like()?.get("name")?.as_str()
}

fn inherited_values(manifest: &dyn TableLike) -> BTreeSet<InheritedValue> {
    let mut found = BTreeSet::new();
    let package = manifest.get("package").and_then(Item::as_table_like);
    let keys = package.into_iter().flat_map(inherited_keys);
    let keys = keys.filter(|key| key != "version");
    found.extend(keys.map(|key| ("package", key)));
    let targets = manifest.get("target").and_then(Item::as_table_like);
    let targets = targets.into_iter().flat_map(TableLike::iter);
    let of_targets = targets.filter_map(|(_, target)| target.as_table_like());
    for table in [manifest].into_iter().chain(of_targets) {
        let tables = TABLES
            .iter()
            .filter_map(|name| table.get(name)?.as_table_like());
        found.extend(
            tables
                .flat_map(inherited_keys)
                .map(|key| ("dependencies", key)),
        );
    }
    found
}

/// Returns the keys of a table whose values have `workspace = true`.
fn inherited_keys(table: &dyn TableLike) -> Vec<String> {
    let inherited = table.iter().filter(|(_, value)| {
        let value = value.as_table_like();
        let value = value.and_then(|value| value.get("workspace"));
        value.and_then(Item::as_bool) == Some(true)
    });
    inherited.map(|(key, _)| key.to_owned()).collect()
}

fn shared_values(workspace: &dyn TableLike) -> BTreeMap<InheritedValue, String> {
    let tables = SHARED
        .into_iter()
        .filter_map(|name| Some((name, workspace.get(name)?.as_table_like()?)));
    let values = tables.flat_map(|(name, table)| {
        table.iter().map(move |(key, value)| {
            let value = value.to_string().trim().to_owned();
            ((name, key.to_owned()), value)
        })
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_users_see_are_inherited() {
        let text = "[package]\nname = \"a\"\nversion.workspace = true\nedition = { workspace = true }\n\
            [dependencies]\nb.workspace = true\nc = \"1\"\n\
            [target.'cfg(unix)'.dependencies]\nd = { workspace = true, features = [] }\n\
            [dev-dependencies]\ne.workspace = true\n";
        let manifest = Manifest::read(text.as_bytes()).unwrap();
        let found: Vec<String> = manifest
            .inherits
            .iter()
            .map(|(table, key)| format!("{table}.{key}"))
            .collect();
        assert_eq!(
            found,
            ["dependencies.b", "dependencies.d", "package.edition"]
        );
        assert_eq!(manifest.name.as_deref(), Some("a"));
        assert!(manifest.shares.is_none());
    }
}
