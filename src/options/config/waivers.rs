//! `[[waiver]]`: dated, owned, reasoned exceptions, each to a gate that exists.

use super::super::mistake::Mistake;
use super::super::show::escape;
use super::super::spelling;
use super::super::tree::{Entry, Kind, Node};
use super::reader::Reader;
use crate::gate::{Gate, Waiver};
use crate::metric::glob;

const KEYS: [&str; 5] = ["gate", "reason", "owner", "until", "ceiling"];

/// Reads all waivers. `judged` is false when gates are missing because of mistakes: then no waiver is blamed for that.
pub(super) fn read(reader: &mut Reader<'_>, entry: &Entry, gates: &[Gate], judged: bool) -> Vec<Waiver> {
    reader.tables(entry).iter().filter_map(|node| waiver(reader, node, gates, judged)).collect()
}

fn waiver(reader: &mut Reader<'_>, node: &Node, gates: &[Gate], judged: bool) -> Option<Waiver> {
    let (mut gate, mut reason, mut owner, mut until, mut ceiling) = (None, None, None, None, Some(None));
    for entry in reader.table(node)? {
        let value = &entry.value;
        match entry.key.as_str() {
            "gate" => gate = Some(reader.text(value).and_then(|id| of_gate(reader, value, id, gates, judged))),
            "reason" => reason = Some(reader.text(value)),
            "owner" => owner = Some(reader.text(value)),
            "until" => until = Some(date(reader, value)),
            "ceiling" => ceiling = reader.number(value).map(Some),
            _ => reader.unknown_key(entry, &KEYS, "[[waiver]]"),
        }
    }
    let lacking = [
        (gate.is_none(), "gate", "gate = \"clippy.warnings\""),
        (reason.is_none(), "reason", "reason = \"..\""),
        (owner.is_none(), "owner", "owner = \"..\""),
        (until.is_none(), "until", "until = 2030-12-31"),
    ];
    for (_, key, example) in lacking.iter().filter(|(lacking, ..)| *lacking) {
        reader.lacking(&node.at, node.entries(), "[[waiver]]", key, example);
    }
    Some(Waiver {
        gate: gate??,
        reason: reason??,
        owner: owner??,
        until: until??,
        ceiling: ceiling?,
        file: reader.file.to_owned(),
        line: reader.line(node.at.start),
    })
}

/// A gate's id, a pattern over ids, or a concrete metric of a gate over a pattern.
fn of_gate(reader: &mut Reader<'_>, node: &Node, id: String, gates: &[Gate], judged: bool) -> Option<String> {
    if !judged || gates.iter().any(|gate| glob(&id, &gate.id) || glob(&gate.id, &id)) {
        return Some(id);
    }
    let label = match spelling::nearest(&id, gates.iter().map(|gate| gate.id.as_str())) {
        Some(guess) => format!("did you mean `{}`?", escape(guess)),
        None => "no gate has this id".to_owned(),
    };
    reader.wrong(Mistake::new(node.at.clone(), format!("waiver of no gate: `{}`", escape(&id)), label))
}

/// `2030-12-31`, as a TOML date or as text.
fn date(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let written = match &node.kind {
        Kind::Date(text) | Kind::Text(text) => text.as_str(),
        _ => "",
    };
    if written.len() == "2030-12-31".len() {
        if let Ok(date) = written.parse::<jiff::civil::Date>() {
            return Some(date.to_string());
        }
    }
    let message = if written.is_empty() {
        format!("expected a date, found {}", node.type_name())
    } else {
        format!("not a date: `{}`", escape(written))
    };
    reader.wrong(Mistake::new(node.at.clone(), message, "expected a day of the calendar, as in 2030-12-31"))
}
