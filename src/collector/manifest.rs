//! The dependencies in the manifest of a member.

use toml_edit::{Item, TableLike};

use crate::workspace::{DependencyKind, Member};

/// A dependency in a manifest.
pub(super) struct ManifestDependency<'m> {
    /// Its table: `dev-dependencies`.
    pub(super) table: String,
    /// The name that the manifest gives it.
    pub(super) name: String,
    /// Its value.
    pub(super) item: &'m Item,
    /// The line of its name, 1-based.
    pub(super) line: u32,
}

/// Returns the path of a member's manifest, relative to the workspace root.
pub(super) fn path(member: &Member) -> String {
    match member.dir.as_str() {
        "" => "Cargo.toml".to_owned(),
        dir => format!("{dir}/Cargo.toml"),
    }
}

/// Returns the dependencies in a manifest, those for single targets included. `text` is the whole manifest.
pub(super) fn declared<'m>(text: &str, manifest: &'m dyn TableLike) -> Vec<ManifestDependency<'m>> {
    use DependencyKind::{Build, Dev, Normal};

    let mut found = Vec::new();
    for (key, item) in manifest.iter() {
        if key == "target" {
            let targets = item.as_table_like().into_iter().flat_map(TableLike::iter);
            for table in targets.filter_map(|(_, item)| item.as_table_like()) {
                found.extend(declared(text, table));
            }
        } else if [Normal, Dev, Build].map(table_name).contains(&key)
            && let Some(table) = item.as_table_like()
        {
            for (name, _) in table.iter() {
                let Some((written, item)) = table.get_key_value(name) else {
                    continue;
                };
                let Some(span) = written.span().or_else(|| Item::span(item)) else {
                    continue;
                };
                found.push(ManifestDependency {
                    table: key.to_owned(),
                    name: name.to_owned(),
                    item,
                    line: line_at(text, span.start),
                });
            }
        }
    }
    found
}

fn line_at(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Returns the name of a table in a manifest.
pub(super) fn table_name(kind: DependencyKind) -> &'static str {
    match kind {
        DependencyKind::Normal => "dependencies",
        DependencyKind::Dev => "dev-dependencies",
        DependencyKind::Build => "build-dependencies",
    }
}

#[cfg(test)]
mod tests {
    use toml_edit::Document;

    use super::*;

    #[test]
    fn dependencies_have_places_in_every_table_of_a_manifest() {
        let text = "[dependencies]\na = \"1\"\n[dependencies.b]\nversion = \"1\"\n\
                    [target.'cfg(x)'.dev-dependencies]\nc = { version = \"1\" }\n\
                    [build-dependencies]\n\"d\" = \"1\"\n[features]\ne = []\n";
        let document = Document::parse(text).unwrap();
        let found = declared(text, document.as_table()).into_iter();
        let lines = found.map(|one| format!("{} {} {}", one.table, one.name, one.line));
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        let expected = [
            "build-dependencies d 8",
            "dependencies a 2",
            "dependencies b 3",
            "dev-dependencies c 6",
        ];
        assert_eq!(lines, expected);
    }
}
