//! `[[milestone]]`: goals with a day by which they should be reached, and the efforts of workstreams.

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::reader::Reader;
use super::waivers::date;
use super::{gates, keys};
use crate::metric::Catalogue;
use crate::text::excerpt;
use crate::workstream::{Estimate, Milestone};

/// The units of an effort, in working days of 8 hours, five in a week.
const UNITS: [(&str, f64); 3] = [("h", 1.0 / 8.0), ("d", 1.0), ("w", 5.0)];

/// The longest effort, in working days: about 40 years.
const LONGEST: f64 = 10_000.0;

/// Reads all milestones.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    catalogue: &Catalogue,
) -> Vec<Milestone> {
    let mut milestones: Vec<Milestone> = Vec::new();
    for node in reader.tables(entry) {
        let milestone = milestone(reader, node, catalogue);
        let is_taken = milestones.iter().any(|other| other.id == milestone.id);
        if is_taken && !milestone.id.is_empty() {
            reader.duplicate_id(node, "milestones", &milestone.id);
        }
        milestones.push(milestone);
    }
    milestones
}

fn milestone(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &Catalogue) -> Milestone {
    let mut milestone = Milestone::default();
    let entries = reader.table(node).unwrap_or_default();
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "id" => milestone.id = reader.id(value).unwrap_or_default(),
            "title" => milestone.title = reader.text(value),
            "objective" => milestone.objective = reader.text(value),
            "start" => milestone.start = date(reader, value),
            "target" => milestone.target = date(reader, value),
            "gates" => milestone.gates = gates::read(reader, value, catalogue),
            _ => reader.unknown_key(entry, &keys::MILESTONE, "[[milestone]]"),
        }
    }
    let example = ("id", "id = \"phase-1\"");
    reader.demand(&node.at, entries, "[[milestone]]", &[example]);
    if let Milestone {
        start: Some(start),
        target: Some(target),
        ..
    } = &milestone
        && target < start
    {
        let place = node
            .get("target")
            .map_or(node.at.clone(), |one| one.at.clone());
        let message = format!("the target {target} is before the start {start}");
        reader.wrong::<()>(Mistake::new(place, message, "expected a later day"));
    }
    milestone
}

/// Reports milestones of workstreams that do not exist.
pub(super) fn check(reader: &mut Reader<'_>, entry: &TomlEntry, milestones: &[Milestone]) {
    let ids: Vec<&str> = milestones.iter().map(|one| one.id.as_str()).collect();
    for node in reader.tables(entry) {
        reader.check_id(node, "milestone", &ids);
    }
}

/// Reads an effort, `"2.4d"`, or an array of three: if all goes well, most likely, and if much goes wrong.
pub(super) fn estimate(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Estimate> {
    let TomlKind::List(points) = &node.kind else {
        let likely = effort(reader, node)?;
        return Some(Estimate {
            optimistic: likely,
            likely,
            pessimistic: likely,
        });
    };
    let mut days = Vec::new();
    for point in points {
        days.push(effort(reader, point)?);
    }
    match days[..] {
        [optimistic, likely, pessimistic] if optimistic <= likely && likely <= pessimistic => {
            Some(Estimate {
                optimistic,
                likely,
                pessimistic,
            })
        }
        _ => {
            let message = "not an estimate of three points";
            let label = "expected three efforts, the smallest first";
            reader.wrong(Mistake::new(node.at.clone(), message, label))
        }
    }
}

/// Reads an effort in working days.
fn effort(reader: &mut Reader<'_>, node: &TomlNode) -> Option<f64> {
    let Some(text) = node.text() else {
        return reader.unlike(node, "an effort with its unit, as in \"2.4d\"");
    };
    let days = UNITS.iter().find_map(|(unit, days)| {
        let number: f64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
        Some(number * days)
    });
    match days {
        Some(days) if days > 0.0 && days <= LONGEST => Some(days),
        _ => {
            let message = format!("not an effort: `{}`", excerpt(text));
            let mistake = Mistake::new(node.at.clone(), message, "expected a number with its unit");
            reader
                .wrong(mistake.help("write \"4h\", \"2.4d\" (days of 8 hours) or \"1w\" (5 days)"))
        }
    }
}
