//! `[[alert]]`: conditions on metrics, announced when they come true.

use jiff::SignedDuration;

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlNode};
use super::reader::Reader;
use super::{gates, keys, metrics};
use crate::alert::{AlertRule, Confirm};
use crate::gate::{Gate, Strictness};
use crate::metric::Catalogue;
use crate::notification::{Delivery, Severity};
use crate::text::excerpt;

/// The largest number of runs that `for` can require.
const MOST_RUNS: u32 = 100;

/// Reads all rules.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    catalogue: &Catalogue,
) -> Vec<AlertRule> {
    let nodes = reader.tables(entry);
    let mut rules: Vec<AlertRule> = Vec::new();
    for node in nodes {
        let Some(rule) = rule(reader, node, catalogue) else {
            continue;
        };
        // Two rules with one identity would share their state.
        if rules
            .iter()
            .any(|other| other.identity() == rule.identity())
        {
            let message = format!("duplicate alert `{}`", excerpt(&rule.identity()));
            let mistake = Mistake::new(
                node.at.clone(),
                message,
                "an earlier rule has this condition",
            );
            reader.wrong::<()>(mistake.help("give each condition one severity, or another bound"));
            continue;
        }
        rules.push(rule);
    }
    let mut gates: Vec<&mut Gate> = rules.iter_mut().map(|rule| &mut rule.gate).collect();
    gates::number(&mut gates);
    rules
}

fn rule(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &Catalogue) -> Option<AlertRule> {
    let mut severity = Some(Severity::Warning);
    let mut deliver = Some(Delivery::Now);
    let (mut when, mut confirm, mut package) = (None, Some(None), None);
    let entries = reader.table(node)?;
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "when" => when = reader.text(value).map(|text| (value, text)),
            "severity" => severity = reader.choice(value, "severity", &Severity::NAMES),
            "deliver" => deliver = reader.choice(value, "delivery", &Delivery::NAMES),
            "for" => confirm = confirmation(reader, value).map(Some),
            "package" => package = Some(value),
            _ => reader.unknown_key(entry, &keys::ALERT, "[[alert]]"),
        }
    }
    let example = ("when", "when = \"build.errors > 0\"");
    reader.demand(&node.at, entries, "[[alert]]", &[example]);
    let (at, text) = when?;
    let mut gate = gate(reader, at, &text, package, catalogue)?;
    // The keys can be in any order, and a package is looked up in the text from this line on.
    gate.line = reader.line(entries.first()?.key_at.start);
    Some(AlertRule {
        when: text.split_whitespace().collect::<Vec<_>>().join(" "),
        gate,
        severity: severity?,
        confirm: confirm?,
        deliver: deliver?,
    })
}

/// Reads `METRIC CONDITION`, and returns the gate that fails where the condition holds.
fn gate(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    text: &str,
    package: Option<&TomlNode>,
    catalogue: &Catalogue,
) -> Option<Gate> {
    let start = text.len() - text.trim_start().len();
    let end = text[start..]
        .find(|c: char| c.is_whitespace() || "<>=≤≥".contains(c))
        .map_or(text.len(), |length| start + length);
    let name = &text[start..end];
    let at = gates::inside(reader.text, node, &(start..end));
    if name.is_empty() {
        let message = "a condition without a metric";
        let mistake = Mistake::new(node.at.clone(), message, "expected a metric first");
        return reader.wrong(mistake.help("write \"build.errors > 0\""));
    }
    let metric = metrics::find(reader, catalogue, name, &at)?;
    let mut require = gates::condition_in(reader, &metric, node, text, end)?;
    let package = match package {
        Some(node) => Some(gates::of_package(reader, &metric, node)?),
        None => None,
    };
    require.op = require.op.opposite();
    Some(Gate {
        id: gates::id(name, package.as_deref()),
        group: String::new(),
        metric: name.to_owned(),
        package,
        require,
        level: Strictness::Deny,
        file: reader.file.to_owned(),
        line: reader.line(node.at.start),
    })
}

/// Reads `2 runs` or a duration.
fn confirmation(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Confirm> {
    let text = reader.text(node)?;
    let Some(count) = text
        .trim()
        .strip_suffix("runs")
        .or_else(|| text.trim().strip_suffix("run"))
    else {
        let length = SignedDuration::try_from(reader.duration(node)?).ok()?;
        return Some(Confirm::Seconds(length.as_secs()));
    };
    match count.trim().parse() {
        Ok(runs) if (1..=MOST_RUNS).contains(&runs) => Some(Confirm::Runs(runs)),
        _ => {
            let message = format!("invalid number of runs `{}`", excerpt(&text));
            let label = format!("expected 1 to {MOST_RUNS}, as in \"2 runs\"");
            reader.wrong(Mistake::new(node.at.clone(), message, label))
        }
    }
}
