//! The commands that show objectives of workstreams. They are those of a collector, `objectives`, and the exit status of each
//! is a metric.

use std::collections::BTreeMap;

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::own::{Own, is_name_char, read_command};
use super::reader::Reader;
use crate::collector::OBJECTIVES;
use crate::metric::{Alike, Better, Catalogue, MetricRow, Unit};
use crate::plan::{Collector, quote};
use crate::text::excerpt;

/// Returns the collector of the commands. Adds its metrics to the catalogue. `None` if no objective has a command.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    taken: &[Own],
    catalogue: &mut Catalogue,
) -> Option<Own> {
    let (mut checks, mut metrics) = (BTreeMap::new(), Vec::new());
    for (stream, number, key) in commands(entry) {
        if taken.iter().any(|own| own.name == OBJECTIVES) {
            let message = format!("`[collect.{OBJECTIVES}]` has the name of these commands");
            let mistake = Mistake::new(key.key_at.clone(), message, "measured by `objectives`");
            reader.wrong::<()>(mistake.help("give that collector another name"));
            continue;
        }
        let Some(words) = read_command(reader, &key.value) else {
            continue;
        };
        let name = metric(stream, number);
        let command: Vec<String> = words.iter().map(|word| quote(word)).collect();
        let row = MetricRow {
            name: name.clone(),
            unit: Unit::Count,
            better: Better::None,
            collector: Collector::from(OBJECTIVES.to_owned()),
            per_package: false,
            derived: false,
            alike: Alike::Settings,
            title: format!("exit status of `{}`", command.join(" ")),
            tally_of: None,
            setting: None,
        };
        if catalogue.add(row.clone()).is_err() {
            let message = format!("metric `{name}` exists already");
            let label = format!("the id `{}` is too much like another one", excerpt(stream));
            reader.wrong::<()>(Mistake::new(key.key_at.clone(), message, label));
            continue;
        }
        checks.insert(name, words);
        metrics.push(row);
    }
    if checks.is_empty() {
        return None;
    }
    reader.collectors.push(OBJECTIVES.to_owned());
    Some(Own {
        name: OBJECTIVES.to_owned(),
        command: Vec::new(),
        checks,
        timeout: None,
        metrics,
    })
}

/// Returns the keys with commands, each with the id of the workstream and the number of the objective in it.
fn commands(entry: &TomlEntry) -> Vec<(&str, usize, &TomlEntry)> {
    let mut found = Vec::new();
    for stream in items(&entry.value) {
        let id = stream.get("id").and_then(TomlNode::text);
        let objectives = stream.get("objectives").map(items).unwrap_or_default();
        for (at, objective) in objectives.iter().enumerate() {
            let mut keys = objective.entries().iter();
            let command = keys.find(|key| key.key == "command");
            found.extend(command.map(|key| (id.unwrap_or_default(), at + 1, key)));
        }
    }
    found
}

fn items(node: &TomlNode) -> &[TomlNode] {
    match &node.kind {
        TomlKind::List(items) => items,
        _ => &[],
    }
}

/// Returns the metric that is the exit status of an objective's command. Numbers begin with 1.
pub(super) fn metric(stream: &str, number: usize) -> String {
    let id: String = stream
        .chars()
        .map(|c| match c.to_ascii_lowercase() {
            c if is_name_char(c) || c == '.' => c,
            _ => '-',
        })
        .collect();
    format!("{OBJECTIVES}.{id}.{number}")
}
