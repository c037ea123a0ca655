//! The part of a member's manifest that clippy reads and cargo does not watch.
//!
//! Cargo builds a unit again if its version, edition, features, dependencies or targets change, but not for metadata.
//! Clippy makes cargo watch only the manifest in the directory in which it starts, which is that of the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::options::tree::{self as toml, TomlKind, TomlNode};
use crate::store;

/// Keys of `[package]` that clippy reads: the oldest compiler of `incompatible_msrv` and others, and the metadata of
/// `cargo_common_metadata`.
const LINTED: [&str; 9] = [
    "categories",
    "description",
    "keywords",
    "license",
    "license-file",
    "publish",
    "readme",
    "repository",
    "rust-version",
];

/// Files that cargo takes for the README of a package whose manifest does not name one.
const READMES: [&str; 3] = ["README.md", "README.txt", "README"];

/// Returns what clippy reads of a manifest, by the file: the values of keys, and whether a README exists.
pub(super) fn linted(manifest: &Path) -> BTreeMap<PathBuf, String> {
    let text = store::read_text(manifest).unwrap_or_default();
    let Ok(parsed) = toml::parse(&text) else {
        return BTreeMap::from([(manifest.to_owned(), text)]);
    };
    let mut values = Vec::new();
    let package = parsed.get("package").map(TomlNode::entries);
    for entry in package.unwrap_or_default() {
        if LINTED.contains(&entry.key.as_str()) {
            flatten(&text, &entry.key, &entry.value, &mut values);
        }
    }
    // `lint_groups_priority` reads the order of the levels. Only rustdoc gets its own.
    let lints = parsed.get("lints").map(TomlNode::entries);
    for entry in lints.unwrap_or_default() {
        if entry.key != "rustdoc" {
            let key = format!("lints.{}", entry.key);
            flatten(&text, &key, &entry.value, &mut values);
        }
    }
    values.sort_unstable();
    let mut read = BTreeMap::from([(manifest.to_owned(), values.join("\n"))]);
    let names_readme = parsed
        .get("package")
        .is_some_and(|package| package.get("readme").is_some());
    if !names_readme {
        let readmes = READMES.map(|name| manifest.with_file_name(name));
        read.extend(readmes.map(|file| {
            let exists = file.is_file().to_string();
            (file, exists)
        }));
    }
    read
}

/// Adds the values of a table as lines `KEY = VALUE`, so that neither comments nor the order of keys matter.
fn flatten(text: &str, key: &str, value: &TomlNode, lines: &mut Vec<String>) {
    match &value.kind {
        TomlKind::Table(entries) => {
            for entry in entries {
                flatten(text, &format!("{key}.{}", entry.key), &entry.value, lines);
            }
        }
        TomlKind::Text(value) => lines.push(format!("{key} = {value:?}")),
        _ => lines.push(format!("{key} = {}", &text[value.at.clone()])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    const BEFORE: &str = "[package]\nname = \"a\"\nversion = \"1.0.0\"\nrust-version = \"1.60\"\n\
        license = \"MIT\"\n[lints.clippy]\nall = { level = \"warn\", priority = -1 }\n";

    #[test]
    fn only_keys_that_clippy_reads_and_cargo_does_not_watch_count() {
        for (from, to, is_read) in [
            ("1.60", "1.90", true),
            ("license = \"MIT\"\n", "", true),
            ("license = \"MIT\"\n", "publish = false\n", true),
            ("license = \"MIT\"\n", "license.workspace = true\n", true),
            (", priority = -1", "", true),
            ("[package]", "[package", true),
            ("1.0.0", "1.1.0", false),
            ("[package]", "# comment\n[package]", false),
            ("\"MIT\"", "'MIT'  # comment", false),
            ("[lints", "[package.metadata.x]\na = 1\n[lints", false),
            ("[lints", "[dependencies]\nb = \"1\"\n[lints", false),
            ("[lints", "[features]\nb = []\n[lints", false),
            ("[lints", "[lints.rustdoc]\nall = \"warn\"\n[lints", false),
        ] {
            let scratch = Scratch::with(&[("Cargo.toml", BEFORE)]);
            let manifest = scratch.path().join("Cargo.toml");
            let before = linted(&manifest);
            scratch.write("Cargo.toml", BEFORE.replace(from, to));
            assert_eq!(linted(&manifest) != before, is_read, "{from}: {to}");
        }
    }

    #[test]
    fn readme_counts_by_its_existence_unless_the_manifest_names_one() {
        for (manifest, is_read) in [
            (BEFORE.to_owned(), true),
            (
                BEFORE.replace("[package]", "[package]\nreadme = \"x\""),
                false,
            ),
        ] {
            let scratch = Scratch::with(&[("Cargo.toml", manifest.as_str())]);
            let path = scratch.path().join("Cargo.toml");
            let absent = linted(&path);
            scratch.write("README.md", "1");
            let present = linted(&path);
            assert_eq!(present != absent, is_read, "{manifest}");
            scratch.write("README.md", "2");
            assert_eq!(linted(&path), present, "{manifest}: its content");
        }
    }
}
