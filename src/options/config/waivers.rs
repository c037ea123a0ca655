//! `[[waiver]]`: exceptions to gates, each with an owner, a reason and an end date.

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::reader::Reader;
use super::{keys, metrics};
use crate::condition;
use crate::gate::{Condition, Gate, Operand, Waiver};
use crate::glob;
use crate::judge::readiness;
use crate::metric::{Catalogue, Unit};
use crate::text::excerpt;

/// Reads all waivers.
///
/// `judged` is false if gates may be missing because of errors. Waivers of unknown gates are not
/// reported then.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    gates: &[Gate],
    catalogue: &Catalogue,
    judged: bool,
) -> Vec<Waiver> {
    reader
        .tables(entry)
        .iter()
        .filter_map(|node| waiver(reader, node, gates, catalogue, judged))
        .collect()
}

fn waiver(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    gates: &[Gate],
    catalogue: &Catalogue,
    judged: bool,
) -> Option<Waiver> {
    let (mut gate, mut reason, mut owner, mut until, mut limit) = (None, None, None, None, None);
    for entry in reader.table(node)? {
        let value = &entry.value;
        match entry.key.as_str() {
            "gate" => {
                gate = Some(
                    reader
                        .text(value)
                        .and_then(|id| of_gate(reader, value, id, gates, judged)),
                )
            }
            "reason" => reason = Some(reader.text(value)),
            "owner" => owner = Some(reader.text(value)),
            "until" => until = Some(date(reader, value)),
            "ceiling" => limit = Some(value),
            _ => reader.unknown_key(entry, &keys::WAIVER, "[[waiver]]"),
        }
    }
    let demanded = [
        ("gate", "gate = \"clippy.warnings\""),
        ("reason", "reason = \"..\""),
        ("owner", "owner = \"..\""),
        ("until", "until = 2030-12-31"),
    ];
    reader.demand(&node.at, node.entries(), "[[waiver]]", &demanded);
    let gate: String = gate??;
    let ceiling = match limit {
        Some(value) => {
            let ceiling = ceiling(reader, value, &unit_of(&gate, gates, catalogue))?;
            violates(reader, value, ceiling, &gate, gates)?;
            Some(ceiling)
        }
        None => None,
    };
    Some(Waiver {
        gate,
        reason: reason??,
        owner: owner??,
        until: until??,
        ceiling,
        file: reader.file.to_owned(),
        line: reader.line(node.at.start),
    })
}

/// Returns whether a waiver can apply to a gate or to one of the gates that its pattern expands to.
fn concerns(waived: &str, gate: &Gate) -> bool {
    glob::overlap(waived, &gate.id)
}

/// Rejects a ceiling that satisfies all waived conditions, because it would cover no violation.
fn violates(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    ceiling: f64,
    waived: &str,
    gates: &[Gate],
) -> Option<()> {
    let mut satisfied = None;
    for gate in gates.iter().filter(|gate| concerns(waived, gate)) {
        match gate.require.operand {
            Operand::Number(bound, _) if gate.require.op.holds(ceiling, bound) => {
                satisfied = Some(gate)
            }
            _ => return Some(()),
        }
    }
    let Some(gate) = satisfied else {
        return Some(());
    };
    let message = format!(
        "the ceiling satisfies `{}`, so that the waiver covers nothing",
        excerpt(&gate.require.text)
    );
    let mistake = Mistake::new(
        node.at.clone(),
        message,
        "expected the worst value to accept",
    );
    reader.wrong(mistake.help("without `ceiling` a waiver covers every value"))
}

/// Returns the unit of the metric that a waived gate is on.
fn unit_of(gate: &str, gates: &[Gate], catalogue: &Catalogue) -> Unit {
    let waived = gates.iter().find(|known| concerns(gate, known));
    let metric = waived.map_or(gate, |gate| gate.metric.as_str());
    catalogue
        .matching(metric)
        .first()
        .map_or(Unit::Count, |row| row.unit.clone())
}

/// Reads a number, or one with a unit as in conditions: `"1.4MB"`.
fn ceiling(reader: &mut Reader<'_>, node: &TomlNode, unit: &Unit) -> Option<f64> {
    let TomlKind::Text(text) = &node.kind else {
        return reader.number(node);
    };
    match condition::parse(&format!("<= {text}"), unit) {
        Ok(Condition {
            operand: Operand::Number(value, _),
            ..
        }) => Some(value),
        Ok(_) => reader.unlike(node, "a number, as in 24 or \"1.4MB\""),
        Err(problem) => {
            let mistake = Mistake::new(
                node.at.clone(),
                format!("not a ceiling: `{}`", excerpt(text)),
                problem.message,
            );
            reader.wrong(problem.help.into_iter().fold(mistake, Mistake::help))
        }
    }
}

/// Checks the gate of a waiver: an id, a pattern of ids, or a metric that the pattern of a gate
/// matches.
fn of_gate(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    id: String,
    gates: &[Gate],
    judged: bool,
) -> Option<String> {
    if metrics::is_wild(&id) {
        let message = format!("pattern `{}` has too many stars", excerpt(&id));
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            "name one gate, or a group of them with one star",
        ));
    }
    if let Some(check) = id.strip_prefix(readiness::PREFIX) {
        return if readiness::CHECKS.contains(&check) {
            Some(id)
        } else {
            of_no_check(reader, node, &id)
        };
    }
    if !judged || gates.iter().any(|gate| concerns(&id, gate)) {
        return Some(id);
    }
    let similar = similar_ids(&id, gates);
    let label = match spelling::nearest(&id, similar.iter().map(String::as_str)) {
        Some(guess) => spelling::did_you_mean(guess),
        None if id.contains('*') => "no gate has such an id".to_owned(),
        None => "no gate has this id".to_owned(),
    };
    reader.wrong(Mistake::new(
        node.at.clone(),
        format!("waiver of no gate: `{}`", excerpt(&id)),
        label,
    ))
}

/// Returns the ids that may be meant by one that no gate has: those of the gates, and those that
/// differ only in the package or only in the metric.
fn similar_ids(id: &str, gates: &[Gate]) -> Vec<String> {
    let mut similar: Vec<String> = gates.iter().map(|gate| gate.id.clone()).collect();
    if let Some((metric, package)) = id.split_once('@') {
        for gate in gates {
            let Some((of_gate, in_gate)) = gate.id.split_once('@') else {
                continue;
            };
            similar.push(format!("{metric}@{in_gate}"));
            similar.push(format!("{of_gate}@{package}"));
        }
    }
    similar.retain(|id| gates.iter().any(|gate| concerns(id, gate)));
    similar
}

/// Reports an unknown release check, or a pattern. Each release check must be waived separately.
fn of_no_check(reader: &mut Reader<'_>, node: &TomlNode, id: &str) -> Option<String> {
    let checks = readiness::CHECKS.map(|check| format!("{}{check}", readiness::PREFIX));
    let label = match spelling::nearest(id, checks.iter().map(String::as_str)) {
        _ if id.contains('*') => "name one check, as in `release.tree`".to_owned(),
        Some(guess) => spelling::did_you_mean(guess),
        None => "no release check has this id".to_owned(),
    };
    let message = match id.contains('*') {
        true => format!("`{}` would waive several release checks", excerpt(id)),
        false => format!("waiver of an unknown release check: `{}`", excerpt(id)),
    };
    let mistake = Mistake::new(node.at.clone(), message, label);
    reader.wrong(mistake.help(format!("the checks are {}", readiness::CHECKS.join(", "))))
}

/// Reads a date such as `2030-12-31`, written as a TOML date or a string.
pub(super) fn date(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let written = match &node.kind {
        TomlKind::Date(text) | TomlKind::Text(text) => text.as_str(),
        _ => "",
    };
    // jiff also accepts a date that is followed by a time.
    if written.len() == "2030-12-31".len()
        && let Ok(date) = written.parse::<jiff::civil::Date>()
    {
        return Some(date.to_string());
    }
    if !matches!(node.kind, TomlKind::Date(_) | TomlKind::Text(_)) {
        return reader.unlike(node, "a date, as in 2030-12-31");
    }
    let message = format!("not a date: `{}`", excerpt(written));
    reader.wrong(Mistake::new(
        node.at.clone(),
        message,
        "expected a day of the calendar, as in 2030-12-31",
    ))
}
