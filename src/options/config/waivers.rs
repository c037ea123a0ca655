//! `[[waiver]]`: dated, owned, reasoned exceptions, each to a gate that exists.

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{Entry, Kind, Node};
use super::metrics;
use super::reader::Reader;
use crate::gate::{Gate, Waiver};
use crate::metric::glob;
use crate::report::text::excerpt;

const KEYS: [&str; 5] = ["gate", "reason", "owner", "until", "ceiling"];

/// Start of the ids of release checks, which are no gates of the configuration: `release.tree`.
const READINESS: &str = crate::judge::readiness::PREFIX;

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
    let demanded = [
        ("gate", "gate = \"clippy.warnings\""),
        ("reason", "reason = \"..\""),
        ("owner", "owner = \"..\""),
        ("until", "until = 2030-12-31"),
    ];
    reader.demand(&node.at, node.entries(), "[[waiver]]", &demanded);
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
    if metrics::is_wild(&id) {
        let message = format!("pattern `{}` has too many stars", excerpt(&id));
        return reader.wrong(Mistake::new(node.at.clone(), message, "name one gate, or a group of them with one star"));
    }
    if id.starts_with(READINESS) || !judged || gates.iter().any(|gate| glob(&id, &gate.id) || glob(&gate.id, &id)) {
        return Some(id);
    }
    let label = match spelling::nearest(&id, gates.iter().map(|gate| gate.id.as_str())) {
        Some(guess) => format!("did you mean `{}`?", excerpt(guess)),
        None => "no gate has this id".to_owned(),
    };
    reader.wrong(Mistake::new(node.at.clone(), format!("waiver of no gate: `{}`", excerpt(&id)), label))
}

/// `2030-12-31`, as a TOML date or as text.
pub(super) fn date(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let written = match &node.kind {
        Kind::Date(text) | Kind::Text(text) => text.as_str(),
        _ => "",
    };
    if written.len() == "2030-12-31".len()
        && let Ok(date) = written.parse::<jiff::civil::Date>()
    {
        return Some(date.to_string());
    }
    if !matches!(node.kind, Kind::Date(_) | Kind::Text(_)) {
        return reader.unlike(node, "a date, as in 2030-12-31");
    }
    let message = format!("not a date: `{}`", excerpt(written));
    reader.wrong(Mistake::new(node.at.clone(), message, "expected a day of the calendar, as in 2030-12-31"))
}
