//! `[gates]`: conditions on metrics, one by one or in groups, and what people get wrong about them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::mistake::Mistake;
use super::super::tree::{Entry, Kind, Node};
use super::metrics::{self, Metric};
use super::reader::Reader;
use crate::condition;
use crate::gate::{Condition, Gate, Strictness};
use crate::metric::Catalogue;
use crate::text::excerpt;

const KEYS: [&str; 3] = ["require", "level", "package"];

/// Reads `[gates]` or the `gates` of a workstream.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, catalogue: &Catalogue) -> Vec<Gate> {
    let mut gates = Gates {
        catalogue,
        list: Vec::new(),
        taken: BTreeMap::new(),
    };
    for entry in reader.table(node).unwrap_or_default() {
        if gates.is_group(entry) {
            gates.group(reader, entry);
        } else {
            gates.entry(reader, "", entry);
        }
    }
    gates.list
}

struct Gates<'a> {
    catalogue: &'a Catalogue,
    list: Vec<Gate>,
    /// How often an id was given out.
    taken: BTreeMap<String, usize>,
}

impl Gates<'_> {
    /// A table is a group unless it, or its name, says that it is a gate.
    fn is_group(&self, entry: &Entry) -> bool {
        let gate_key = |e: &Entry| KEYS.contains(&e.key.as_str());
        matches!(entry.value.kind, Kind::Table(_))
            && !entry.value.entries().iter().any(gate_key)
            && !metrics::is_known(self.catalogue, &entry.key)
    }

    /// `[gates.NAME]`. Groups do not nest: a table in one is a gate, or a metric written without quotes.
    fn group(&mut self, reader: &mut Reader<'_>, group: &Entry) {
        if group.key.trim().is_empty() {
            reader.wrong::<()>(Mistake::new(
                group.key_at.clone(),
                "a group without a name",
                "expected a heading",
            ));
        }
        for entry in group.value.entries() {
            if !self.unquoted(reader, &group.key, &group.key_at, entry) {
                self.entry(reader, &group.key, entry);
            }
        }
    }

    /// Was `clippy.warnings = ..` written without quotes, so that TOML reads a table `clippy`? Says so if it was.
    fn unquoted(
        &self,
        reader: &mut Reader<'_>,
        path: &str,
        path_at: &Range<usize>,
        entry: &Entry,
    ) -> bool {
        let joined = format!("{path}.{}", entry.key);
        let dotted = reader
            .text
            .get(path_at.end..entry.key_at.start)
            .is_some_and(|between| between.trim() == ".");
        let at = if dotted {
            path_at.start..entry.key_at.end
        } else {
            entry.key_at.clone()
        };
        if metrics::is_known(self.catalogue, &entry.key) {
            return false;
        }
        if metrics::is_known(self.catalogue, &joined) {
            let mistake = Mistake::new(
                at,
                format!("metric `{joined}` without quotes"),
                format!("write \"{joined}\""),
            );
            reader.wrong::<()>(mistake.help("without quotes, TOML reads the dot as a table"));
            return true;
        }
        if matches!(entry.value.kind, Kind::Table(_)) && self.is_group(entry) {
            let inner = entry.value.entries();
            if !inner.iter().fold(false, |found, inner| {
                self.unquoted(reader, &joined, &at, inner) | found
            }) {
                let message = format!("a group in group `{}`", excerpt(path));
                reader.wrong::<()>(Mistake::new(at, message, "groups do not nest"));
            }
            return true;
        }
        dotted && metrics::find(reader, self.catalogue, &joined, &at).is_none()
    }

    /// One key: a condition, a table, or an array of these.
    fn entry(&mut self, reader: &mut Reader<'_>, group: &str, entry: &Entry) {
        let Some(metric) = metrics::find(reader, self.catalogue, &entry.key, &entry.key_at) else {
            return;
        };
        match &entry.value.kind {
            Kind::List(nodes) if nodes.is_empty() => {
                reader.wrong::<()>(Mistake::new(
                    entry.value.at.clone(),
                    "a gate without a condition",
                    "expected one",
                ));
            }
            Kind::List(nodes) => nodes
                .iter()
                .for_each(|node| self.gate(reader, group, &metric, node, node.at.start)),
            _ => self.gate(reader, group, &metric, &entry.value, entry.key_at.start),
        }
    }

    /// `"= 0"` or `{ require = "= 0", level = "warn", package = "*" }`.
    fn gate(
        &mut self,
        reader: &mut Reader<'_>,
        group: &str,
        metric: &Metric<'_>,
        node: &Node,
        at: usize,
    ) {
        let parts = match &node.kind {
            Kind::Text(_) => condition(reader, metric, node).map(|c| (c, Strictness::Deny, None)),
            Kind::Table(entries) => parts(reader, metric, node, entries),
            _ => {
                let otherwise = "write \"< 20\" or { require = \"< 20\", level = \"warn\" }";
                let help = example(node).unwrap_or_else(|| otherwise.to_owned());
                let found = format!("found {}", node.type_name());
                reader
                    .wrong(Mistake::new(node.at.clone(), "expected a condition", found).help(help))
            }
        };
        let Some((require, level, package)) = parts else {
            return;
        };
        let id = self.free_id(metric.name, package.as_deref());
        self.list.push(Gate {
            id,
            group: group.to_owned(),
            metric: metric.name.to_owned(),
            package,
            require,
            level,
            file: reader.file.to_owned(),
            line: reader.line(at),
        });
    }

    /// The metric, `@PACKAGE`, and `#2`, `#3` .. when that is taken.
    fn free_id(&mut self, metric: &str, package: Option<&str>) -> String {
        let id = package.map_or_else(
            || metric.to_owned(),
            |package| format!("{metric}@{package}"),
        );
        let taken = self.taken.entry(id.clone()).or_default();
        *taken += 1;
        if *taken == 1 {
            id
        } else {
            format!("{id}#{taken}")
        }
    }
}

/// A bare number is a condition without its comparison.
fn example(node: &Node) -> Option<String> {
    let number = match node.kind {
        Kind::Integer(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        _ => return None,
    };
    Some(format!(
        "write \"<= {number}\", \"= {number}\" or \">= {number}\""
    ))
}

type Parts = (Condition, Strictness, Option<String>);

/// The table form of a gate.
fn parts(
    reader: &mut Reader<'_>,
    metric: &Metric<'_>,
    node: &Node,
    entries: &[Entry],
) -> Option<Parts> {
    let (mut require, mut level, mut package) = (None, Some(Strictness::Deny), Some(None));
    let table = format!("gate `{}`", excerpt(metric.name));
    for entry in entries {
        match entry.key.as_str() {
            "require" => require = Some(condition(reader, metric, &entry.value)),
            "level" => {
                level = reader.choice(
                    &entry.value,
                    "level",
                    &[("deny", Strictness::Deny), ("warn", Strictness::Warn)],
                );
            }
            "package" => package = of_package(reader, metric, &entry.value).map(Some),
            _ => reader.unknown_key(entry, &KEYS, &table),
        }
    }
    reader.demand(
        &node.at,
        entries,
        &table,
        &[("require", "require = \"< 20\"")],
    );
    Some((require??, level?, package?))
}

/// A package name or `*`, for a metric that has figures of packages.
fn of_package(reader: &mut Reader<'_>, metric: &Metric<'_>, node: &Node) -> Option<String> {
    let package = reader.text(node)?;
    if let Some(row) = metric.rows.iter().find(|row| !row.per_package) {
        let message = format!("metric `{}` has no figures of packages", row.name);
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            "only the workspace's",
        ));
    }
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if package != "*" && !package.chars().all(fits) {
        let message = format!("not a package name: `{}`", excerpt(&package));
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            "expected one package, or \"*\" for each",
        ));
    }
    Some(package)
}

/// The condition, in the unit of every row that the metric means.
fn condition(reader: &mut Reader<'_>, metric: &Metric<'_>, node: &Node) -> Option<Condition> {
    let Some(text) = node.text() else {
        let mistake = Mistake::new(
            node.at.clone(),
            "expected a condition",
            format!("found {}", node.type_name()),
        );
        return reader.wrong(Mistake {
            help: example(node),
            ..mistake
        });
    };
    let mut units: Vec<_> = metric.rows.iter().map(|row| &row.unit).collect();
    units.dedup();
    let mut first = None;
    for unit in units {
        match condition::parse(text, unit) {
            Ok(condition) => first = first.or(Some(condition)),
            Err(problem) => {
                let message = format!("invalid condition for `{}`", excerpt(metric.name));
                let mistake = Mistake::new(
                    inside(reader.text, node, &problem.at),
                    message,
                    excerpt(&problem.message),
                );
                return reader.wrong(Mistake {
                    help: problem.help,
                    ..mistake
                });
            }
        }
    }
    first
}

/// Bytes of the file for bytes of a string's value: a string on one line without escapes holds them as they are; of any
/// other the whole is meant.
fn inside(text: &str, node: &Node, at: &Range<usize>) -> Range<usize> {
    let raw = text.get(node.at.clone()).unwrap_or_default();
    let plain = (raw.starts_with('"') && !raw.starts_with("\"\"\"") && !raw.contains('\\'))
        || (raw.starts_with('\'') && !raw.starts_with("'''"));
    let (start, last) = (node.at.start + 1, node.at.end.saturating_sub(1));
    if plain && at.start <= at.end && start + at.end <= last {
        start + at.start..start + at.end
    } else {
        node.at.clone()
    }
}
