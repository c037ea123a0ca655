//! `[[risk]]`: what may go wrong, and the conditions under which it does.

use super::super::tree::{TomlEntry, TomlNode};
use super::reader::Reader;
use super::waivers::date;
use super::{gates, keys};
use crate::gate::Gate;
use crate::metric::Catalogue;
use crate::risk::{Risk, RiskLevel};
use crate::workstream::{Milestone, Workstream};

/// Reads all risks.
pub(super) fn read(reader: &mut Reader<'_>, entry: &TomlEntry, catalogue: &Catalogue) -> Vec<Risk> {
    let mut risks: Vec<Risk> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for node in reader.tables(entry) {
        if let Some(id) = node.get("id").and_then(TomlNode::text) {
            if ids.contains(&id) {
                reader.duplicate_id(node, "risks", id);
            }
            ids.push(id);
        }
        risks.extend(risk(reader, node, catalogue));
    }
    risks
}

fn risk(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &Catalogue) -> Option<Risk> {
    let (mut id, mut title, mut owner, mut mitigation) = (None, None, None, None);
    let (mut probability, mut impact) = (None, None);
    let (mut review, mut closed, mut workstream, mut milestone) = (None, None, None, None);
    let mut trigger = Vec::new();
    let entries = reader.table(node)?;
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "id" => id = reader.id(value),
            "title" => title = reader.text(value),
            "probability" => {
                probability = reader.choice(value, "probability", &RiskLevel::NAMES[..3]);
            }
            "impact" => impact = reader.choice(value, "impact", &RiskLevel::NAMES),
            "owner" => owner = reader.text(value),
            "mitigation" => mitigation = reader.text(value),
            "review" => review = date(reader, value),
            "trigger" => trigger = conditions(reader, value, catalogue),
            "workstream" => workstream = reader.text(value),
            "milestone" => milestone = reader.text(value),
            "closed" => closed = date(reader, value),
            _ => reader.unknown_key(entry, &keys::RISK, "[[risk]]"),
        }
    }
    let demanded = [
        ("id", "id = \"build-errors\""),
        ("title", "title = \"..\""),
        ("probability", "probability = \"medium\""),
        ("impact", "impact = \"high\""),
        ("owner", "owner = \"..\""),
    ];
    reader.demand(&node.at, entries, "[[risk]]", &demanded);
    Some(Risk {
        id: id?,
        title: title?,
        probability: probability?,
        impact: impact?,
        owner: owner?,
        mitigation,
        review,
        trigger,
        workstream,
        milestone,
        closed,
    })
}

/// Reads conditions, and returns the gates that fail where they hold.
fn conditions(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &Catalogue) -> Vec<Gate> {
    let mut gates = gates::read(reader, node, catalogue);
    for gate in &mut gates {
        gate.require.op = gate.require.op.opposite();
    }
    gates
}

/// Reports workstreams and milestones of risks that do not exist.
pub(super) fn check(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    streams: &[Workstream],
    milestones: &[Milestone],
) {
    let streams: Vec<&str> = streams.iter().map(|one| one.id.as_str()).collect();
    let milestones: Vec<&str> = milestones.iter().map(|one| one.id.as_str()).collect();
    for node in reader.tables(entry) {
        reader.check_id(node, "workstream", &streams);
        reader.check_id(node, "milestone", &milestones);
    }
}
