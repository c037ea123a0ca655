//! `[[document]]`: Markdown files with regions that are kept current.

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::keys;
use super::reader::Reader;
use crate::report::kind::Kind;
use crate::report::sections::{ORIGIN, SECTIONS, section_of};
use crate::report::{KINDS, kind_of};
use crate::team_document::TeamDocument;
use crate::text::excerpt;

/// Reads all documents.
pub(super) fn read(reader: &mut Reader<'_>, entry: &TomlEntry) -> Vec<TeamDocument> {
    let mut documents: Vec<TeamDocument> = Vec::new();
    for node in reader.tables(entry) {
        let document = document(reader, node);
        let is_taken = documents.iter().any(|other| other.path == document.path);
        if is_taken && !document.path.is_empty() {
            let place = place(node, "path");
            let message = format!("two documents `{}`", excerpt(&document.path));
            reader.wrong::<()>(Mistake::new(place, message, "expected another file"));
        }
        documents.push(document);
    }
    documents
}

/// Returns the place of a key, or of the table without it.
fn place(node: &TomlNode, key: &str) -> std::ops::Range<usize> {
    node.get(key).map_or(node.at.clone(), |one| one.at.clone())
}

fn document(reader: &mut Reader<'_>, node: &TomlNode) -> TeamDocument {
    let mut document = TeamDocument::default();
    let entries = reader.table(node).unwrap_or_default();
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "path" => document.path = path(reader, value).unwrap_or_default(),
            "report" => {
                let kinds: Vec<(&str, &Kind)> =
                    KINDS.iter().map(|kind| (kind.name, kind)).collect();
                if let Some(kind) = reader.choice(value, "report", &kinds) {
                    document.report = kind.name.to_owned();
                }
            }
            "sections" => document.sections = sections(reader, value),
            "title" => document.title = reader.text(value),
            "purpose" => document.purpose = reader.text(value),
            "audience" => document.audience = reader.text(value),
            _ => reader.unknown_key(entry, &keys::DOCUMENT, "[[document]]"),
        }
    }
    let example = ("path", "path = \"docs/DASHBOARD.md\"");
    reader.demand(&node.at, entries, "[[document]]", &[example]);
    match (node.get("report"), node.get("sections")) {
        (Some(_), Some(sections)) => {
            let message = "a document has either `report` or `sections`";
            let label = "`report` has sections of its own";
            reader.wrong::<()>(Mistake::new(sections.at.clone(), message, label));
        }
        (None, None) => {
            let message = "a document without `report` and `sections`";
            let label = "expected one of them";
            let mistake = Mistake::new(node.at.clone(), message, label);
            reader.wrong::<()>(mistake.help("write report = \"dashboard\""));
        }
        _ => {}
    }
    if let Some(kind) = kind_of(&document.report) {
        let sections = kind.sections.iter().chain(&[&ORIGIN]);
        document.sections = sections.map(|section| section.name.to_owned()).collect();
    }
    document
}

/// Reads the path of a Markdown file of the workspace.
fn path(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let path = reader.text(node)?;
    let wrong = if !path.ends_with(".md") && !path.ends_with(".markdown") {
        Some("expected a Markdown file, `.md`")
    } else if path.starts_with('/') || path.contains(['\\', ':']) {
        Some("expected a path relative to the workspace root, separated by `/`")
    } else if path.split('/').any(|part| ["", ".", ".."].contains(&part)) {
        Some("expected a path without `.`, `..` and empty parts")
    } else if path.split('/').any(is_private) {
        Some("expected a file that is not in `.git` or `.campaign`")
    } else {
        None
    };
    match wrong {
        None => Some(path),
        Some(label) => {
            let message = format!("not the path of a document: `{}`", excerpt(&path));
            reader.wrong(Mistake::new(node.at.clone(), message, label))
        }
    }
}

/// Returns whether a directory belongs to git or to this program. Some file systems ignore case.
fn is_private(part: &str) -> bool {
    [".git", ".campaign"]
        .iter()
        .any(|name| part.eq_ignore_ascii_case(name))
}

fn sections(reader: &mut Reader<'_>, node: &TomlNode) -> Vec<String> {
    let names = reader.texts(node).unwrap_or_default();
    if let TomlKind::List(nodes) = &node.kind {
        for node in nodes {
            if let Some(name) = node.text().filter(|name| section_of(name).is_none()) {
                reader.wrong::<()>(unknown(node.at.clone(), name));
            }
        }
    }
    names
}

/// Returns the error for the name of a section that does not exist.
pub(in crate::options) fn unknown(at: std::ops::Range<usize>, name: &str) -> Mistake {
    let names: Vec<&str> = SECTIONS.iter().map(|one| one.name).collect();
    let label = match spelling::nearest(name, names.iter().copied()) {
        Some(nearest) => spelling::did_you_mean(nearest),
        None => "no section has this name".to_owned(),
    };
    let mistake = Mistake::new(at, spelling::unknown("section", name), label);
    mistake.help(format!("the sections are {}", names.join(", ")))
}
