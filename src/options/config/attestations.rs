//! `attestations.toml`: statements by people, each with author, date and evidence.

use super::super::mistake::Mistake;
use super::super::tree::{self, TomlNode};
use super::reader::Reader;
use super::waivers::date;
use crate::workstream::Attestation;

const KEYS: [&str; 8] = [
    "id",
    "statement",
    "author",
    "date",
    "evidence",
    "until",
    "value",
    "unit",
];

/// Parses `attestations.toml`. `file` is its name in messages.
///
/// # Errors
/// If the file is not valid. Every error is reported.
pub fn parse(file: &str, text: &str) -> Result<Vec<Attestation>, Vec<Mistake>> {
    let root = tree::parse(text).map_err(|mistake| vec![mistake])?;
    let mut reader = Reader::new(file, text);
    let mut given = Vec::new();
    for entry in root.entries() {
        match entry.key.as_str() {
            "attestation" => {
                let nodes = reader.tables(entry);
                given.extend(
                    nodes
                        .iter()
                        .filter_map(|node| attestation(&mut reader, node)),
                );
            }
            _ => reader.unknown_key_of(entry, &["attestation"], file),
        }
    }
    if reader.mistakes.is_empty() {
        Ok(given)
    } else {
        Err(reader.mistakes)
    }
}

fn attestation(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Attestation> {
    let (mut id, mut statement, mut author, mut day, mut evidence, mut until) =
        (None, None, None, None, None, Some(None));
    let (mut number, mut unit) = (Some(None), Some(None));
    for entry in reader.table(node)? {
        let value = &entry.value;
        match entry.key.as_str() {
            "id" => id = reader.text(value),
            "statement" => statement = reader.text(value),
            "author" => author = reader.text(value),
            "date" => day = date(reader, value),
            "evidence" => evidence = reader.text(value),
            "until" => until = date(reader, value).map(Some),
            "value" => number = reader.number(value).map(Some),
            "unit" => unit = reader.text(value).map(Some),
            _ => reader.unknown_key_of(entry, &KEYS, "[[attestation]]"),
        }
    }
    let demanded = [
        ("id", "id = \"security-review\""),
        ("statement", "statement = \"..\""),
        ("author", "author = \"..\""),
        ("date", "date = 2026-11-20"),
        ("evidence", "evidence = \"docs/review.md\""),
    ];
    reader.demand(&node.at, node.entries(), "[[attestation]]", &demanded);
    let line = reader.line(node.at.start);
    Some(Attestation {
        id: id?,
        statement: statement?,
        author: author?,
        date: day?,
        evidence: evidence?,
        until: until?,
        value: number?,
        unit: unit?,
        line,
    })
}
