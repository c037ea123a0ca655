//! Digests of the settings that affect the findings of tools.

use std::collections::BTreeSet;
use std::path::Path;

use toml_edit::{Document, Item, TableLike};

use super::stamp::Hash;
use super::{CountedFile, Settings};
use crate::store;

/// Returns a digest of the distinct settings of each kind. Empty for a kind without settings.
pub(super) fn digest(root: &Path, entries: &[CountedFile]) -> Settings {
    let (mut lints, mut clippy, mut rustfmt) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        let name = entry.name.last();
        match name {
            b"Cargo.toml" => {
                let text = store::read_text(&entry.name.below(root)).unwrap_or_default();
                lints.extend(tables(&text));
            }
            b"clippy.toml" | b".clippy.toml" => drop(clippy.insert(entry.hash.hex())),
            b"rustfmt.toml" | b".rustfmt.toml" => drop(rustfmt.insert(entry.hash.hex())),
            _ => {}
        }
    }
    Settings {
        lints: joined(lints),
        clippy_toml: joined(clippy),
        rustfmt_toml: joined(rustfmt),
    }
}

fn joined(settings: BTreeSet<String>) -> String {
    if settings.is_empty() {
        return String::new();
    }
    Hash::of(
        settings
            .into_iter()
            .collect::<Vec<_>>()
            .join("\n")
            .as_bytes(),
    )
    .hex()
}

/// Returns the lint tables of a manifest in a canonical form, without comments and in a fixed order. A
/// manifest with a syntax error counts as a whole.
fn tables(manifest: &str) -> Vec<String> {
    let Ok(document) = Document::parse(manifest) else {
        return vec![manifest.to_owned()];
    };
    let own = document.get("lints");
    let shared = document
        .get("workspace")
        .and_then(|workspace| workspace.get("lints"));
    [own, shared].into_iter().flatten().map(spelling).collect()
}

fn spelling(item: &Item) -> String {
    if let Some(table) = item.as_table_like() {
        return table_spelling(table);
    }
    match item.as_value() {
        Some(value) => value.clone().decorated("", "").to_string(),
        None => item.to_string(),
    }
}

fn table_spelling(table: &dyn TableLike) -> String {
    let mut pairs: Vec<_> = table
        .iter()
        .map(|(key, item)| format!("{key}={}", spelling(item)))
        .collect();
    pairs.sort_unstable();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::tables;

    #[test]
    fn lint_tables_are_read_in_one_spelling() {
        let cases = [
            ("", vec![]),
            ("[package]\nname = \"a\"\n", vec![]),
            ("[lints]\nworkspace = true\n", vec!["{workspace=true}"]),
            ("lints.workspace = true # so\n", vec!["{workspace=true}"]),
            (
                "[lints.rust]\nunused = \"deny\" # why\n[lints.clippy]\nall = { priority = -1, level = \"warn\" }\n",
                vec!["{clippy={all={level=\"warn\",priority=-1}},rust={unused=\"deny\"}}"],
            ),
            (
                "[workspace.lints.rust]\nb = \"warn\"\na = \"deny\"\n",
                vec!["{rust={a=\"deny\",b=\"warn\"}}"],
            ),
            ("not toml", vec!["not toml"]),
        ];
        for (manifest, expected) in cases {
            assert_eq!(tables(manifest), expected, "{manifest}");
        }
    }
}
