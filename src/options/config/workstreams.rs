//! `[[workstream]]`: the parts of a campaign, each with its deliverables and gates.

use std::collections::BTreeSet;

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::reader::Reader;
use super::{gates, keys, metrics};
use crate::metric::Catalogue;
use crate::text::excerpt;
use crate::workstream::Workstream;

/// Reads all workstreams.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    catalogue: &Catalogue,
) -> Vec<Workstream> {
    let nodes = reader.tables(entry);
    let streams: Vec<Workstream> = nodes
        .iter()
        .map(|node| workstream(reader, node, catalogue))
        .collect();
    let ids: BTreeSet<&str> = streams.iter().map(|stream| stream.id.as_str()).collect();
    for (at, node) in nodes.iter().enumerate() {
        let stream = &streams[at];
        if !stream.id.is_empty() && streams[..at].iter().any(|other| other.id == stream.id) {
            let place = node.get("id").map_or(node.at.clone(), |id| id.at.clone());
            let message = format!("two workstreams `{}`", excerpt(&stream.id));
            reader.wrong::<()>(Mistake::new(place, message, "expected another id"));
        }
        needs(reader, node, &ids);
    }
    streams
}

/// Reports unknown workstreams in `needs`.
fn needs(reader: &mut Reader<'_>, node: &TomlNode, ids: &BTreeSet<&str>) {
    let Some(TomlKind::List(needs)) = node.get("needs").map(|needs| &needs.kind) else {
        return;
    };
    for need in needs {
        let Some(id) = need.text().filter(|id| !ids.contains(id)) else {
            continue;
        };
        let guess = spelling::nearest(id, ids.iter().copied());
        let label = guess.map_or("no workstream has this id".to_owned(), |id| {
            spelling::did_you_mean(id)
        });
        reader.wrong::<()>(Mistake::new(
            need.at.clone(),
            spelling::unknown("workstream", id),
            label,
        ));
    }
}

fn workstream(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &Catalogue) -> Workstream {
    let mut stream = Workstream::default();
    let entries = reader.table(node).unwrap_or_default();
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "id" => stream.id = reader.text(value).unwrap_or_default(),
            "title" => stream.title = reader.text(value),
            "owner" => stream.owner = reader.text(value),
            "estimate" => drop(reader.text(value)),
            "needs" => stream.needs = reader.texts(value).unwrap_or_default(),
            "paths" => drop(reader.texts(value)),
            "deliverables" => stream.deliverables = reader.texts(value).unwrap_or_default(),
            "gates" => {
                let (later, now): (Vec<TomlEntry>, Vec<TomlEntry>) = value
                    .entries()
                    .iter()
                    .cloned()
                    .partition(|gate| metrics::is_later(&gate.key));
                stream.unmeasured = later.into_iter().map(|gate| gate.key).collect();
                let kind = if matches!(value.kind, TomlKind::Table(_)) {
                    TomlKind::Table(now)
                } else {
                    value.kind.clone()
                };
                stream.gates = gates::read(
                    reader,
                    &TomlNode {
                        at: value.at.clone(),
                        kind,
                    },
                    catalogue,
                );
            }
            _ => reader.unknown_key(entry, &keys::WORKSTREAM, "[[workstream]]"),
        }
    }
    reader.demand(&node.at, entries, "[[workstream]]", &[("id", "id = \"1\"")]);
    stream
}
