//! `[release]`: how this project tags, where it keeps changelog and notes, and what else carries the version.

use super::super::mistake::Mistake;
use super::super::tree::{Entry, Node};
use super::reader::Reader;

const KEYS: [&str; 6] = ["branch", "tag", "changelog", "notes", "message", "replace"];
const REPLACE: [&str; 4] = ["file", "search", "replace", "count"];

/// Stands for the version in tags, paths and messages.
pub const VERSION: &str = "{version}";

/// `[release]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Releases are made on this branch; `None` for any.
    pub branch: Option<String>,
    /// Name of the tag: `v{version}`.
    pub tag: String,
    /// The changelog, from the root.
    pub changelog: String,
    /// File that the notes are written to: `docs/RELEASE-NOTES-v{version}.md`; `None` for none.
    pub notes: Option<String>,
    /// First line of the release commit: `release {version}`.
    pub message: String,
    /// `[[release.replace]]`: other files that carry the version.
    pub replace: Vec<Replace>,
}

impl Default for Release {
    fn default() -> Self {
        Self {
            branch: None,
            tag: "v{version}".to_owned(),
            changelog: "CHANGELOG.md".to_owned(),
            notes: None,
            message: "release {version}".to_owned(),
            replace: Vec::new(),
        }
    }
}

/// One text to be replaced, an exact number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// From the root.
    pub file: String,
    /// Literal text; `{version}` is the version before.
    pub search: String,
    /// Literal text; `{version}` is the new version.
    pub replace: String,
    /// How often `search` must be there.
    pub count: u32,
}

/// Reads the section.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Release {
    let mut release = Release::default();
    for entry in reader.table(node).unwrap_or_default() {
        let value = &entry.value;
        match entry.key.as_str() {
            "branch" => release.branch = reader.text(value),
            "tag" => release.tag = versioned(reader, value).unwrap_or(release.tag),
            "changelog" => release.changelog = path(reader, value).unwrap_or(release.changelog),
            "notes" => release.notes = path(reader, value),
            "message" => release.message = versioned(reader, value).unwrap_or(release.message),
            "replace" => release.replace = replaces(reader, entry),
            _ => reader.unknown_key(entry, &KEYS, "[release]"),
        }
    }
    release
}

/// Text that must name the version somewhere.
fn versioned(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.text(node)?;
    if text.contains(VERSION) {
        return Some(text);
    }
    let message = "it would be the same for every release";
    reader.wrong(Mistake::new(node.at.clone(), message.to_owned(), "write `{version}` where the version goes"))
}

/// A path below the root.
fn path(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.text(node)?;
    let outside =
        text.starts_with('/') || text.contains('\\') || text.contains(':') || text.split('/').any(|p| p == "..");
    if !outside && !text.is_empty() {
        return Some(text);
    }
    let message = "not a path below the workspace root";
    reader.wrong(Mistake::new(node.at.clone(), message.to_owned(), "write it with `/`, from the root"))
}

fn replaces(reader: &mut Reader<'_>, entry: &Entry) -> Vec<Replace> {
    reader.tables(entry).iter().filter_map(|node| replace(reader, node)).collect()
}

fn replace(reader: &mut Reader<'_>, node: &Node) -> Option<Replace> {
    let (mut file, mut search, mut with, mut count) = (None, None, None, Some(1));
    for entry in reader.table(node)? {
        let value = &entry.value;
        match entry.key.as_str() {
            "file" => file = path(reader, value),
            "search" => search = reader.text(value),
            "replace" => with = reader.text(value),
            "count" => count = reader.whole(value, 1..=1000),
            _ => reader.unknown_key(entry, &REPLACE, "[[release.replace]]"),
        }
    }
    let demanded = [
        ("file", "file = \"README.md\""),
        ("search", "search = \"core = \\\"{version}\\\"\""),
        ("replace", "replace = \"core = \\\"{version}\\\"\""),
    ];
    reader.demand(&node.at, node.entries(), "[[release.replace]]", &demanded);
    Some(Replace { file: file?, search: search?, replace: with?, count: count? })
}
