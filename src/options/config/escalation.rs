//! `escalate` of `[[workstream]]`: a duration, or the levels of escalation.

use std::time::Duration;

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::keys;
use super::reader::Reader;
use crate::notification::Severity;
use crate::workstream::EscalationLevel;

/// Reads the levels. A duration is one level, that of the owner.
pub(super) fn read(reader: &mut Reader<'_>, entry: &TomlEntry) -> Vec<EscalationLevel> {
    let TomlKind::List(nodes) = &entry.value.kind else {
        let after = reader.duration(&entry.value);
        return after.map(of_owner).into_iter().collect();
    };
    let mut levels: Vec<EscalationLevel> = Vec::new();
    for node in nodes {
        let Some(level) = level(reader, node) else {
            continue;
        };
        let is_read = !level.after.is_zero();
        if is_read && levels.last().is_some_and(|last| last.after >= level.after) {
            let mistake = Mistake::new(
                node.at.clone(),
                "a level of escalation is reached before the one above it",
                "not later than that one",
            );
            reader.wrong::<()>(mistake.help("write the level with the shortest time first"));
        }
        levels.push(level);
    }
    levels
}

fn of_owner(after: Duration) -> EscalationLevel {
    EscalationLevel {
        after,
        to: None,
        severity: Severity::Critical,
    }
}

fn level(reader: &mut Reader<'_>, node: &TomlNode) -> Option<EscalationLevel> {
    let entries = reader.table(node)?;
    let mut level = of_owner(Duration::ZERO);
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "after" => level.after = reader.duration(value).unwrap_or_default(),
            "to" => level.to = reader.text(value),
            "severity" => {
                let severity = reader.choice(value, "severity", &Severity::NAMES);
                level.severity = severity.unwrap_or(level.severity);
            }
            _ => reader.unknown_key(entry, &keys::ESCALATION, "a level of escalation"),
        }
    }
    let demanded = [("after", "after = \"2d\""), ("to", "to = \"coordinator\"")];
    reader.demand(&node.at, entries, "a level of escalation", &demanded);
    Some(level)
}
