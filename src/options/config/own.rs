//! Custom collectors: `[collect.NAME]` with a `command` and the metrics it declares.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlNode};
use super::declared::Declared;
use super::keys;
use super::reader::Reader;
use crate::collector::{self, ATTESTED};
use crate::judge::readiness;
use crate::metric::{Alike, Better, Catalogue, MetricRow, Unit};
use crate::plan::Collector;
use crate::text::excerpt;

/// A custom collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its name in `[collect.NAME]`.
    pub name: String,
    /// Program and arguments, not split further. A relative program with a `/` is relative to the
    /// workspace root.
    pub command: Vec<String>,
    /// Commands whose exit status is the value of a metric, by this metric. Empty if there is a command.
    pub checks: BTreeMap<String, Vec<String>>,
    /// Time limit.
    pub timeout: Option<Duration>,
    /// The metrics that it measures.
    pub metrics: Vec<MetricRow>,
}

impl Own {
    /// Returns its commands.
    pub fn commands(&self) -> impl Iterator<Item = &Vec<String>> {
        let command = Some(&self.command).filter(|command| !command.is_empty());
        command.into_iter().chain(self.checks.values())
    }

    /// Returns the units of its metrics.
    pub(super) fn units(&self) -> BTreeMap<String, Unit> {
        let metrics = self.metrics.iter();
        metrics
            .map(|row| (row.name.clone(), row.unit.clone()))
            .collect()
    }
}

/// Reads a custom collector. Adds its metrics to the catalogue.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    catalogue: &mut Catalogue,
) -> Option<Own> {
    let table = format!("[collect.{}]", excerpt(&entry.key));
    if !is_name(&entry.key) {
        let message = format!("not a name for a collector: `{}`", excerpt(&entry.key));
        reader.wrong::<()>(Mistake::new(
            entry.key_at.clone(),
            message,
            "expected lower-case letters, digits, `-`, `_`",
        ));
    }
    if entry.key == ATTESTED {
        let message = format!("`[collect.{ATTESTED}]` has the name of values that people state");
        let mistake = Mistake::new(entry.key_at.clone(), message, "choose another name");
        reader.wrong::<()>(mistake);
    }
    let (mut command, mut timeout, mut metrics) = (None, None, None);
    for key in entry.value.entries() {
        match key.key.as_str() {
            "command" => command = Some(read_command(reader, &key.value)),
            "timeout" => timeout = reader.duration(&key.value),
            "metrics" => metrics = Some(read_metrics(reader, &entry.key, key, catalogue)),
            // Read with those of the other collectors.
            name if Declared::KEYS.contains(&name) => {}
            _ => reader.unknown_key(key, &keys::CUSTOM_COLLECTOR, &table),
        }
    }
    let example = format!(
        "metrics = {{ \"{}.open\" = {{ unit = \"count\", better = \"lower\" }} }}",
        excerpt(&entry.key)
    );
    let demanded = [
        ("command", "command = [\"PROGRAM\", ..]"),
        ("metrics", example.as_str()),
    ];
    reader.demand(&entry.key_at, entry.value.entries(), &table, &demanded);
    Some(Own {
        name: entry.key.clone(),
        command: command??,
        checks: BTreeMap::new(),
        timeout,
        metrics: metrics?,
    })
}

/// Reads a command: an array, or only the program.
pub(super) fn read_command(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Vec<String>> {
    if node.text().is_some() {
        let program = reader.text(node)?;
        if program.contains(char::is_whitespace) {
            let mistake = Mistake::new(
                node.at.clone(),
                "a command is not split at spaces",
                "expected an array",
            );
            let words: Vec<String> = program
                .split_whitespace()
                .map(|w| format!("\"{}\"", excerpt(w)))
                .collect();
            return reader.wrong(mistake.help(format!("write [{}]", words.join(", "))));
        }
        return Some(vec![program]);
    }
    let words = reader.texts(node)?;
    if words.is_empty() {
        return reader.wrong(Mistake::new(
            node.at.clone(),
            "an empty command",
            "expected a program",
        ));
    }
    Some(words)
}

/// Reads the table of metrics.
fn read_metrics(
    reader: &mut Reader<'_>,
    name: &str,
    entry: &TomlEntry,
    catalogue: &mut Catalogue,
) -> Vec<MetricRow> {
    let entries = reader.table(&entry.value).unwrap_or_default();
    if entries.is_empty() {
        let message = format!("collector `{}` declares no metric", excerpt(name));
        reader.wrong::<()>(Mistake::new(
            entry.value.at.clone(),
            message,
            "expected at least one",
        ));
    }
    let mut rows = Vec::new();
    for entry in entries {
        let row = read_metric(reader, name, &entry.key, entry);
        match row.and_then(|row| enter(reader, entry, row, catalogue)) {
            Some(row) => rows.push(row),
            None => reader.doubtful.push(entry.key.clone()),
        }
    }
    rows
}

/// Reads the declaration of a metric of this collector.
pub(super) fn read_metric(
    reader: &mut Reader<'_>,
    name: &str,
    metric: &str,
    entry: &TomlEntry,
) -> Option<MetricRow> {
    if !is_metric(metric) {
        let message = format!("not a name for a metric: `{}`", excerpt(metric));
        let mistake = Mistake::new(
            entry.key_at.clone(),
            message,
            "expected lower-case words with a dot between",
        );
        return reader.wrong(mistake.help(format!("write \"{}.open\", in quotes", excerpt(name))));
    }
    let (mut unit, mut better, mut title) = (None, None, Some(metric.to_owned()));
    let table = format!("metric `{metric}`");
    for key in reader.table(&entry.value)? {
        match key.key.as_str() {
            "unit" => unit = Some(read_unit(reader, &key.value)),
            "better" => {
                let ways = [
                    ("lower", Better::Lower),
                    ("higher", Better::Higher),
                    ("none", Better::None),
                ];
                better = Some(reader.choice(&key.value, "direction", &ways));
            }
            "title" => title = reader.text(&key.value),
            _ => reader.unknown_key(key, &keys::METRIC, &table),
        }
    }
    let demanded = [
        ("unit", "unit = \"count\""),
        ("better", "better = \"lower\""),
    ];
    reader.demand(&entry.key_at, entry.value.entries(), &table, &demanded);
    Some(MetricRow {
        name: metric.to_owned(),
        unit: unit??,
        better: better??,
        collector: Collector::from(name.to_owned()),
        per_package: true,
        derived: false,
        alike: Alike::Settings,
        title: title?,
        tally_of: None,
        setting: None,
    })
}

/// Adds a metric to the catalogue.
///
/// The name of a metric may begin with the name of its collector, even if a built-in metric does
/// too: `[collect.todo]` replaces the built-in `todo.open`. Any other name must not begin like a
/// built-in metric.
fn enter(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    row: MetricRow,
    catalogue: &mut Catalogue,
) -> Option<MetricRow> {
    let prefix = row.name.split('.').next().unwrap_or_default();
    let is_named_after_collector = prefix == row.collector.name();
    let ours = catalogue
        .rows()
        .iter()
        .filter(|known| !collector::is_custom(&known.collector));
    let owner = ours
        .filter(|known| known.name.split('.').next() == Some(prefix))
        .map(|known| &known.collector)
        .next();
    let begins_like = match owner {
        // Waivers name them.
        _ if row.name.starts_with(readiness::PREFIX) => Some("the checks of a release".to_owned()),
        _ if prefix == ATTESTED => Some("values that people state".to_owned()),
        Some(owner) if !is_named_after_collector => Some(format!("those of `{owner}`")),
        _ => None,
    };
    if let Some(others) = begins_like {
        let message = format!("metric `{}` begins like {others}", row.name);
        let mistake = Mistake::new(
            entry.key_at.clone(),
            message,
            format!("`{prefix}.` is taken"),
        );
        let rest = row.name.get(prefix.len()..).unwrap_or_default();
        return reader.wrong(match is_named_after_collector {
            true => mistake.help("choose another name"),
            false => mistake.help(format!("write \"{}{rest}\"", row.collector.name())),
        });
    }
    let taken = match catalogue.add(row.clone()) {
        Ok(()) => return Some(row),
        Err(taken) => taken,
    };
    if is_named_after_collector && taken.name == row.name && !collector::is_custom(&taken.collector)
    {
        catalogue.replace(row.clone());
        return Some(row);
    }
    let message = format!("metric `{}` exists already", row.name);
    let label = format!("measured by `{}`", taken.collector);
    reader.wrong(Mistake::new(entry.key_at.clone(), message, label).help("choose another name"))
}

/// Common names of built-in units. As custom units they would never be converted.
const ALIASES: [(&str, &str); 10] = [
    ("seconds", "s"),
    ("second", "s"),
    ("sec", "s"),
    ("percent", "%"),
    ("pct", "%"),
    ("byte", "bytes"),
    ("B", "bytes"),
    ("day", "days"),
    ("d", "days"),
    ("number", "count"),
];

fn read_unit(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Unit> {
    let text = reader.text(node)?;
    if let Some((_, ours)) = ALIASES.iter().find(|(alias, _)| *alias == text) {
        let message = format!("unknown unit `{text}`");
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            format!("did you mean `{ours}`?"),
        ));
    }
    if text.chars().count() > 16 || text.contains(|c: char| c.is_whitespace() || c.is_ascii_digit())
    {
        let message = format!("not a unit: `{}`", excerpt(&text));
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            "expected `count`, `s`, `%`, `bytes`, `days` or a short word",
        ));
    }
    Some(Unit::from(text))
}

/// Returns whether a collector may have this name, which is used for files, arguments and headings.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 40
        && name.chars().all(is_name_char)
}

/// Returns whether a metric may have this name: lower-case words separated by dots.
///
/// Patterns are not allowed, because they would define metrics that nothing measures.
fn is_metric(name: &str) -> bool {
    name.contains('.')
        && name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .split('.')
            .all(|word| !word.is_empty() && word.chars().all(is_name_char))
}

/// Returns whether the name of a collector or metric may contain a character.
pub(super) fn is_name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}
