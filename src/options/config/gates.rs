//! `[gates]`: conditions on metrics, alone or in groups, with specific errors for common mistakes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::keys;
use super::metrics::{self, MatchedMetrics};
use super::reader::Reader;
use crate::condition;
use crate::gate::{Condition, Gate, Operand, Strictness};
use crate::glob;
use crate::metric::Catalogue;
use crate::text::excerpt;

/// Reads `[gates]` or the `gates` of a workstream.
pub(super) fn read(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &Catalogue) -> Vec<Gate> {
    let mut gates = Gates {
        catalogue,
        list: Vec::new(),
    };
    for entry in reader.table(node).unwrap_or_default() {
        if gates.is_group(entry) {
            gates.group(reader, entry);
        } else {
            gates.entry(reader, "", entry);
        }
    }
    number(&mut gates.list.iter_mut().collect::<Vec<_>>());
    gates.list
}

/// Makes the ids unique, also those of the gates that patterns expand to.
///
/// A gate gets `#2` if another one has the same metric and package. Gates without a pattern are
/// numbered first, so that a pattern that includes one does not change its id.
pub(super) fn number(gates: &mut [&mut Gate]) {
    let mut order: Vec<usize> = (0..gates.len()).collect();
    order.sort_by_key(|at| is_pattern(gates[*at]));
    // The highest number of each metric and package.
    let mut numbered: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    for at in order {
        let gate = &mut *gates[at];
        let key = (gate.metric.clone(), gate.package.clone());
        let taken = if is_pattern(gate) {
            let others = numbered.iter();
            others
                .filter(|((metric, package), _)| may_coincide(gate, metric, package.as_deref()))
                .map(|(_, number)| *number)
                .max()
        } else {
            numbered.get(&key).copied()
        };
        let number = taken.unwrap_or_default() + 1;
        if number > 1 {
            gate.id.push_str(&format!("#{number}"));
        }
        numbered.insert(key, number);
    }
}

/// Returns whether a gate may be judged for several metrics or packages.
fn is_pattern(gate: &Gate) -> bool {
    gate.metric.contains('*') || gate.package.as_deref() == Some("*")
}

/// Returns whether a gate may be judged for the same metric of the same package as another one.
fn may_coincide(gate: &Gate, metric: &str, package: Option<&str>) -> bool {
    let has_common_package = match (gate.package.as_deref(), package) {
        (Some(one), Some(other)) => one == other || one == "*" || other == "*",
        (one, other) => one == other,
    };
    // Comparing the texts before the stars first keeps a large file fast.
    let [one, other] = [&gate.metric, metric].map(|pattern| pattern.split('*').next());
    let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
    has_common_package
        && (one.starts_with(other) || other.starts_with(one))
        && glob::overlap(&gate.metric, metric)
}

struct Gates<'a> {
    catalogue: &'a Catalogue,
    list: Vec<Gate>,
}

impl Gates<'_> {
    /// Returns whether a table is a group: it has no key of a gate, and its name is not a metric.
    fn is_group(&self, entry: &TomlEntry) -> bool {
        matches!(entry.value.kind, TomlKind::Table(_))
            && !entry.value.entries().iter().any(is_gate_key)
            && !metrics::is_known(self.catalogue, &entry.key)
    }

    /// Reads `[gates.NAME]`. Groups do not nest: a table in a group is a gate, or a metric without
    /// quotes.
    fn group(&mut self, reader: &mut Reader<'_>, group: &TomlEntry) {
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

    /// Reports a metric without quotes, such as `clippy.warnings = ..`, which TOML reads as a table
    /// `clippy`.
    ///
    /// Returns whether an error was reported.
    fn unquoted(
        &self,
        reader: &mut Reader<'_>,
        path: &str,
        path_at: &Range<usize>,
        entry: &TomlEntry,
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
        if matches!(entry.value.kind, TomlKind::Table(_)) && self.is_group(entry) {
            let inner = entry.value.entries();
            // `any` would stop at the first error.
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

    /// Reads the gates of one key: a condition, a table, or an array of these.
    fn entry(&mut self, reader: &mut Reader<'_>, group: &str, entry: &TomlEntry) {
        let Some(metric) = metrics::find(reader, self.catalogue, &entry.key, &entry.key_at) else {
            return;
        };
        match &entry.value.kind {
            TomlKind::List(nodes) if nodes.is_empty() => {
                reader.wrong::<()>(Mistake::new(
                    entry.value.at.clone(),
                    "a gate without a condition",
                    "expected one",
                ));
            }
            TomlKind::List(nodes) => nodes
                .iter()
                .for_each(|node| self.gate(reader, group, &metric, node, node.at.start)),
            _ => self.gate(reader, group, &metric, &entry.value, entry.key_at.start),
        }
    }

    /// Reads `"= 0"` or `{ require = "= 0", level = "warn", package = "*" }`.
    fn gate(
        &mut self,
        reader: &mut Reader<'_>,
        group: &str,
        metric: &MatchedMetrics<'_>,
        node: &TomlNode,
        at: usize,
    ) {
        let parts = match &node.kind {
            TomlKind::Text(_) => {
                condition(reader, metric, node).map(|c| (c, Strictness::Deny, None))
            }
            TomlKind::Table(entries) => parts(reader, metric, node, entries),
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
        self.list.push(Gate {
            id: id(metric.name, package.as_deref()),
            group: group.to_owned(),
            metric: metric.name.to_owned(),
            package,
            require,
            level,
            file: reader.file.to_owned(),
            line: reader.line(at),
        });
    }
}

/// Returns the id of a gate without its number: the metric, and `@PACKAGE` for a gate on packages.
pub(super) fn id(metric: &str, package: Option<&str>) -> String {
    match package {
        Some(package) => format!("{metric}@{package}"),
        None => metric.to_owned(),
    }
}

/// Returns whether a key belongs to a gate that is written as a table.
fn is_gate_key(entry: &TomlEntry) -> bool {
    keys::GATE.names().contains(&entry.key.as_str())
}

/// Returns the help for a number that is used as a condition.
fn example(node: &TomlNode) -> Option<String> {
    let number = match node.kind {
        TomlKind::Integer(number) => number.to_string(),
        TomlKind::Float(number) => number.to_string(),
        _ => return None,
    };
    Some(format!(
        "write \"<= {number}\", \"= {number}\" or \">= {number}\""
    ))
}

/// The values of a gate: condition, level and package.
type Parts = (Condition, Strictness, Option<String>);

/// Reads a gate that is written as a table.
fn parts(
    reader: &mut Reader<'_>,
    metric: &MatchedMetrics<'_>,
    node: &TomlNode,
    entries: &[TomlEntry],
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
            _ => reader.unknown_key(entry, &keys::GATE, &table),
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

/// Reads the package of a gate: a name, or `*` for each package.
pub(super) fn of_package(
    reader: &mut Reader<'_>,
    metric: &MatchedMetrics<'_>,
    node: &TomlNode,
) -> Option<String> {
    let package = reader.text(node)?;
    if let Some(row) = metric.rows.iter().find(|row| !row.per_package) {
        let message = format!("metric `{}` has no figures of packages", row.name);
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            "only the workspace's",
        ));
    }
    if package != "*" && !package.chars().all(is_package_char) {
        let message = format!("not a package name: `{}`", excerpt(&package));
        return reader.wrong(Mistake::new(
            node.at.clone(),
            message,
            "expected one package, or \"*\" for each",
        ));
    }
    Some(package)
}

/// Returns whether the name of a package may contain a character.
fn is_package_char(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// Reads a condition and checks it against the units of all metrics that the name refers to.
fn condition(
    reader: &mut Reader<'_>,
    metric: &MatchedMetrics<'_>,
    node: &TomlNode,
) -> Option<Condition> {
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
    condition_in(reader, metric, node, text, 0)
}

/// Reads the condition that begins at byte `from` of the value of a string.
pub(super) fn condition_in(
    reader: &mut Reader<'_>,
    metric: &MatchedMetrics<'_>,
    node: &TomlNode,
    text: &str,
    from: usize,
) -> Option<Condition> {
    let mut units: Vec<_> = metric.rows.iter().map(|row| &row.unit).collect();
    units.dedup();
    let mut first = None;
    for unit in units {
        match condition::parse(&text[from..], unit) {
            Ok(condition) => first = first.or(Some(condition)),
            Err(problem) => {
                let message = format!("invalid condition for `{}`", excerpt(metric.name));
                let mistake = Mistake::new(
                    inside(
                        reader.text,
                        node,
                        &(from + problem.at.start..from + problem.at.end),
                    ),
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
    let derived = metric.rows.iter().find(|row| row.derived);
    match (&first, derived) {
        (Some(condition), Some(row)) if matches!(condition.operand, Operand::Reference(..)) => {
            let mistake = Mistake::new(
                inside(reader.text, node, &(from..text.len())),
                format!("invalid condition for `{}`", excerpt(metric.name)),
                "expected a number",
            );
            let help = format!("`{}` is itself a comparison with the baseline", row.name);
            reader.wrong(Mistake {
                help: Some(help),
                ..mistake
            })
        }
        _ => first,
    }
}

/// Converts a byte range in the value of a string to one in the file.
///
/// Returns the range of the whole string if it is multi-line or contains escapes.
pub(super) fn inside(text: &str, node: &TomlNode, at: &Range<usize>) -> Range<usize> {
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
