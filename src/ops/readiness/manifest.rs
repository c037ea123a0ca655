//! Facts about a package in a manifest of an earlier commit.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Array, Document, Item, TableLike, Value};

/// The tables of dependencies that users of a package get.
const TABLES: [&str; 3] = ["dependencies", "build-dependencies", "build_dependencies"];

/// The tables of `[workspace]` whose values members inherit.
const SHARED: [&str; 2] = ["package", "dependencies"];

/// The keys of the files that cargo packs from any directory.
const PACKED: [&str; 2] = ["license-file", "readme"];

/// A value of `[workspace]` that a package inherits, by its table and key: `package`, `rust-version`.
pub(super) type InheritedValue = (&'static str, String);

/// The parts of a manifest that decide about a package.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// `None` if it has no package.
    pub(super) name: Option<String>,
    /// The files that it names for the library, binaries and build scripts, relative to its directory.
    pub(super) sources: Vec<String>,
    /// The license and the readme that it names, relative to its directory.
    pub(super) packed: Vec<String>,
    /// Those of `[workspace.package]` that packages can inherit, by their keys.
    pub(super) shared_files: BTreeMap<&'static str, String>,
    /// The values that the package inherits and its users see. The version is left out, because the release decides it.
    pub(super) inherits: BTreeSet<InheritedValue>,
    /// The values of `[workspace]`, see [`written`]. `None` without such a table.
    pub(super) shares: Option<BTreeMap<InheritedValue, String>>,
    /// Everything but `[workspace]`, which is not published, see [`written`].
    pub(super) published: String,
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
            sources: sources(manifest),
            packed: packed_files(manifest.get("package"))
                .into_values()
                .collect(),
            shared_files: packed_files(workspace.and_then(|workspace| workspace.get("package"))),
            inherits: inherited_values(manifest),
            shares: workspace.map(shared_values),
            published: written_table(manifest, "workspace"),
        })
    }
}

fn package_name(manifest: &dyn TableLike) -> Option<&str> {
    let package = manifest.get("package").or_else(|| manifest.get("project"));
    package?.as_table_like()?.get("name")?.as_str()
}

fn sources(manifest: &dyn TableLike) -> Vec<String> {
    let package = manifest.get("package").or_else(|| manifest.get("project"));
    let build = package.and_then(|package| package.get("build"));
    let library = manifest.get("lib").and_then(|library| library.get("path"));
    let binaries = manifest.get("bin").and_then(Item::as_array_of_tables);
    let binaries = binaries.into_iter().flatten();
    let binaries = binaries.filter_map(|binary| binary.get("path"));
    let inline = manifest.get("bin").and_then(Item::as_array);
    let inline = inline.into_iter().flatten();
    let inline = inline.filter_map(|binary| binary.as_inline_table()?.get("path")?.as_str());
    let builds = build.and_then(Item::as_array).into_iter().flatten();
    let named = build.into_iter().chain(library).chain(binaries);
    named
        .filter_map(Item::as_str)
        .chain(inline)
        .chain(builds.filter_map(Value::as_str))
        .map(str::to_owned)
        .collect()
}

/// Returns the files that cargo packs according to a table of a package, by their keys.
fn packed_files(package: Option<&Item>) -> BTreeMap<&'static str, String> {
    let files = PACKED.into_iter().filter_map(|key| {
        let path = package?.as_table_like()?.get(key)?.as_str()?;
        Some((key, path.to_owned()))
    });
    files.collect()
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
        let values = table.iter();
        values.map(move |(key, value)| ((name, key.to_owned()), written(value)))
    });
    values.collect()
}

/// Writes a value so that equal values have the same text, whatever their notation is.
fn written(item: &Item) -> String {
    if let Some(table) = item.as_table_like() {
        return written_table(table, "");
    }
    if let Some(tables) = item.as_array_of_tables() {
        let tables = tables.iter().map(|table| written_table(table, ""));
        return format!("[{}]", tables.collect::<Vec<_>>().join(","));
    }
    match item.as_value() {
        Some(Value::Array(values)) => {
            let values = values.iter().map(|value| written(&value.clone().into()));
            format!("[{}]", values.collect::<Vec<_>>().join(","))
        }
        Some(Value::String(text)) => format!("{:?}", text.value()),
        _ => {
            let text = item.to_string();
            text.trim().to_owned()
        }
    }
}

/// Writes a table without one of its keys.
fn written_table(table: &dyn TableLike, without: &str) -> String {
    let values = table.iter().filter(|(key, _)| *key != without);
    let values: BTreeMap<&str, String> = values
        .map(|(key, value)| match value.as_array() {
            // Cargo enables all of them, in any order.
            Some(features) if key == "features" => (key, written_set(features)),
            _ => (key, written(value)),
        })
        .collect();
    format!("{values:?}")
}

fn written_set(values: &Array) -> String {
    let values = values.iter().map(|value| written(&value.clone().into()));
    format!("{:?}", values.collect::<BTreeSet<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_of_a_manifest_changes_nothing() {
        let one = "[package]\nname = \"a\"\n[dependencies]\nb = { version = \"1\", features = [\"x\", 'z'] }\n\
            [workspace.dependencies]\nc = { version = \"1\", path = \"c\" }\n";
        let same = "# A comment.\n[workspace.dependencies.c]\npath = 'c'\nversion = \"1\" # Another.\n\
            [package]\nname = 'a'\n[dependencies]\nb.features = [\n  \"z\",\n  \"x\",\n]\nb.version = \"1\"\n";
        let read = |text: &str| Manifest::read(text.as_bytes()).unwrap();
        assert_eq!(read(one).published, read(same).published);
        assert_eq!(read(one).shares, read(same).shares);
        let other = |old: &str, new: &str| read(&one.replace(old, new));
        assert_ne!(read(one).published, other("\"x\"", "\"y\"").published);
        assert_eq!(read(one).published, other("path", "git").published);
        assert_ne!(read(one).shares, other("path", "git").shares);
    }

    #[test]
    fn files_that_users_get_are_named() {
        for (text, expected) in [
            ("[package]\nbuild = false", &[][..]),
            ("[package]\nbuild = 'ci/b.rs'", &["ci/b.rs"]),
            ("package.build = ['b.rs', 'c.rs']", &["b.rs", "c.rs"]),
            ("[lib]\npath = 'docs/l.rs'", &["docs/l.rs"]),
            ("[[bin]]\nname = 'a'\n[[bin]]\npath = 'b.rs'", &["b.rs"]),
            ("bin = [{ name = 'a', path = 'b.rs' }]", &["b.rs"]),
            ("[[test]]\npath = 't.rs'\n[[bench]]\npath = 'b.rs'", &[]),
        ] {
            let manifest = Manifest::read(text.as_bytes()).unwrap();
            assert_eq!(manifest.sources, expected, "{text}");
        }
    }

    #[test]
    fn packed_files_are_named() {
        let text = "[package]\nlicense-file = '../L'\nreadme = false\n\
            [workspace.package]\nreadme = 'R'\n";
        let manifest = Manifest::read(text.as_bytes()).unwrap();
        assert_eq!(manifest.packed, ["../L"]);
        let shared: Vec<(&str, String)> = manifest.shared_files.into_iter().collect();
        assert_eq!(shared, [("readme", "R".to_owned())]);
    }

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
