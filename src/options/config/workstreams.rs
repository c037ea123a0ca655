//! `[[workstream]]`: the parts of a campaign, each with its deliverables and gates.

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::reader::Reader;
use super::{escalation, gates, keys, metrics, milestones, objectives};
use crate::metric::Catalogue;
use crate::progress;
use crate::text::excerpt;
use crate::workstream::{Objective, Proof, Workstream};

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
    ring(reader, nodes, &streams);
    let ids: Vec<&str> = streams.iter().map(|stream| stream.id.as_str()).collect();
    for (at, node) in nodes.iter().enumerate() {
        let stream = &streams[at];
        if !stream.id.is_empty() && streams[..at].iter().any(|other| other.id == stream.id) {
            reader.duplicate_id(node, "workstreams", &stream.id);
        }
        needs(reader, node, &ids);
    }
    streams
}

/// Reports workstreams that need each other.
fn ring(reader: &mut Reader<'_>, nodes: &[TomlNode], streams: &[Workstream]) {
    let Some(ring) = progress::ring(streams) else {
        return;
    };
    let first = streams.iter().position(|stream| stream.id == ring[0]);
    let needs = first.and_then(|at| nodes[at].get("needs"));
    if let Some(needs) = needs {
        let ring: Vec<String> = ring.iter().map(|id| excerpt(id)).collect();
        let message = format!("workstreams that need each other: {}", ring.join(" -> "));
        reader.wrong::<()>(Mistake::new(
            needs.at.clone(),
            message,
            "none of them could start",
        ));
    }
}

/// Reports unknown workstreams in `needs`.
fn needs(reader: &mut Reader<'_>, node: &TomlNode, ids: &[&str]) {
    let Some(TomlKind::List(needs)) = node.get("needs").map(|needs| &needs.kind) else {
        return;
    };
    for need in needs {
        reader.check_id_at(need, "workstream", ids);
    }
}

fn workstream(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &Catalogue) -> Workstream {
    let mut stream = Workstream::default();
    let entries = reader.table(node).unwrap_or_default();
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "id" => stream.id = reader.id(value).unwrap_or_default(),
            "title" => stream.title = reader.text(value),
            "owner" => stream.owner = reader.text(value),
            "estimate" => stream.estimate = milestones::estimate(reader, value),
            "milestone" => stream.milestone = reader.text(value),
            "escalate" => stream.escalate = escalation::read(reader, entry),
            "needs" => stream.needs = reader.texts(value).unwrap_or_default(),
            "branch" => stream.branch = reader.text(value),
            "paths" => stream.paths = reader.texts(value).unwrap_or_default(),
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
            "objectives" => {
                let tables = reader.tables(entry);
                let id = node.get("id").and_then(TomlNode::text).unwrap_or_default();
                for (at, node) in tables.iter().enumerate() {
                    let metric = objectives::metric(id, at + 1);
                    let objective = objective(reader, node, catalogue, metric);
                    stream.objectives.extend(objective);
                }
            }
            _ => reader.unknown_key(entry, &keys::WORKSTREAM, "[[workstream]]"),
        }
    }
    reader.demand(&node.at, entries, "[[workstream]]", &[("id", "id = \"1\"")]);
    stream
}

/// Reads an objective. `metric` is the exit status of its command, if it has one.
fn objective(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    catalogue: &Catalogue,
    metric: String,
) -> Option<Objective> {
    let entries = reader.table(node)?;
    let mut text = None;
    let mut contains = None;
    let mut proofs: Vec<(&TomlEntry, Proof)> = Vec::new();
    for entry in entries {
        let value = &entry.value;
        let proof = match entry.key.as_str() {
            "text" => {
                text = reader.text(value);
                continue;
            }
            "contains" => {
                contains = reader.text(value).map(|text| (entry, text));
                continue;
            }
            "gates" => Some(Proof::Gates(gates::read(reader, value, catalogue))),
            "file" => reader.text(value).map(|path| Proof::File {
                path,
                contains: None,
            }),
            "test" => reader.text(value).map(Proof::Test),
            "attestation" => reader.id(value).map(Proof::Attestation),
            // Read as a command of a collector.
            "command" => Some(Proof::Command(metric.clone())),
            _ => {
                reader.unknown_key(entry, &keys::OBJECTIVE, "an objective");
                None
            }
        };
        proofs.extend(proof.map(|proof| (entry, proof)));
    }
    reader.demand(
        &node.at,
        entries,
        "an objective",
        &[("text", "text = \"..\"")],
    );
    if let [_, (second, _), ..] = proofs.as_slice() {
        let message = format!("a second proof, `{}`, of one objective", second.key);
        let mistake = Mistake::new(second.key_at.clone(), message, "expected one");
        return reader.wrong(mistake.help("make it an objective of its own"));
    }
    let mut proof = proofs.pop().map_or(Proof::Missing, |(_, proof)| proof);
    match (&mut proof, contains) {
        (_, None) => {}
        (Proof::File { contains, .. }, Some((_, text))) => *contains = Some(text),
        (_, Some((entry, _))) => {
            let message = "`contains` without `file`";
            let mistake = Mistake::new(entry.key_at.clone(), message, "in which file?");
            return reader.wrong(mistake.help("file = \"docs/OPERATIONS.md\""));
        }
    }
    Some(Objective { text: text?, proof })
}
