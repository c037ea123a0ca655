//! `[[release.replace]]`: files other than manifests that contain the version.

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlNode};
use super::keys;
use super::reader::Reader;
use crate::release::bump::Replace;
use crate::text::excerpt;

/// Reads all entries of `[[release.replace]]`.
pub(super) fn read(reader: &mut Reader<'_>, entry: &TomlEntry) -> Vec<Replace> {
    reader
        .tables(entry)
        .iter()
        .filter_map(|node| replace(reader, node))
        .collect()
}

fn replace(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Replace> {
    let (mut file, mut search, mut replace, mut count, mut package) =
        (None, None, Some(None), Some(1), Some(None));
    for entry in reader.table(node)? {
        let value = &entry.value;
        match entry.key.as_str() {
            "file" => file = Some(self::file(reader, value)),
            "search" => search = Some(reader.text(value).map(|text| (text, value))),
            "replace" => replace = reader.text(value).map(Some),
            "count" => count = reader.whole(value, 1..=10_000),
            "package" => package = reader.text(value).map(Some),
            _ => reader.unknown_key(entry, &keys::REPLACE, "[[release.replace]]"),
        }
    }
    let demanded = [
        ("file", "file = \"README.md\""),
        ("search", "search = 'name = \"{version}\"'"),
    ];
    reader.demand(&node.at, node.entries(), "[[release.replace]]", &demanded);
    let ((search, value), replace) = (search??, replace?);
    if replace.is_none() && !has_version(&search) {
        let mistake = Mistake::new(
            value.at.clone(),
            "a text without version, replaced by itself",
            "needs a placeholder",
        );
        return reader
            .wrong(mistake.help("write {version}, or {major}.{minor}, where the version stands"));
    }
    Some(Replace {
        file: file??,
        replace: replace.unwrap_or_else(|| search.clone()),
        search,
        count: count?,
        package: package?,
        asked: reader.file.to_owned(),
        line: reader.line(node.at.start),
    })
}

fn has_version(text: &str) -> bool {
    ["{version}", "{major}", "{minor}", "{patch}"]
        .iter()
        .any(|name| text.contains(name))
}

/// Reads the path of a file below the workspace root.
fn file(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let path = reader.text(node)?;
    let below = path
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != "..");
    if !below || path.contains(['\\', ':']) {
        let message = format!("no path below the workspace's root: `{}`", excerpt(&path));
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            "write it as in \"docs/install.md\"",
        ));
    }
    if path.rsplit('/').next() == Some("Cargo.lock") {
        let mistake = Mistake::new(
            node.at.clone(),
            "lockfiles are refreshed by cargo",
            "leave it out",
        );
        return reader.wrong(mistake);
    }
    // Manifests that also have the configuration are edited like others.
    if path == reader.file && path != "Cargo.toml" {
        let message = format!("a release cannot edit `{path}`, by which it is judged");
        return reader.wrong(Mistake::new(node.at.clone(), message, "leave it out"));
    }
    Some(path)
}
