//! The catalogue of metrics with their units and directions, and the values measured for them.
//!
//! Unit and direction belong to the metric, not to the value. A missing value is not zero.
//! `collector` defines the built-in metrics.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::glob;
use crate::plan::Collector;

/// The unit of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    Count,
    Seconds,
    Percent,
    Bytes,
    Days,
    /// A unit declared by a custom collector.
    Other(String),
}

impl Unit {
    /// Returns the name used in configuration and reports: `count`, `s`, `%`, `bytes`, `days` or a
    /// custom one.
    pub fn name(&self) -> &str {
        match self {
            Self::Count => "count",
            Self::Seconds => "s",
            Self::Percent => "%",
            Self::Bytes => "bytes",
            Self::Days => "days",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for Unit {
    fn from(name: String) -> Self {
        [
            Self::Count,
            Self::Seconds,
            Self::Percent,
            Self::Bytes,
            Self::Days,
        ]
        .into_iter()
        .find(|u| u.name() == name)
        .unwrap_or(Self::Other(name))
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.name().to_owned()
    }
}

/// The direction in which a metric improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Better {
    Lower,
    Higher,
    None,
}

/// The conditions under which the values of two runs may be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    /// Equal collector settings: features, profile, target, scope and arguments.
    Settings,
    /// In addition the same compiler, because lints change with it.
    Toolchain,
    /// In addition the same class of machine. Used for times.
    Machine,
}

/// The definition of a metric: one row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricRow {
    /// Dotted name. A `*` matches an id (`bench.*.time`).
    pub name: String,
    /// The unit of its values.
    pub unit: Unit,
    /// The direction in which it improves.
    pub better: Better,
    /// The collector that measures it.
    pub collector: Collector,
    /// Whether it also has a value for each package.
    pub per_package: bool,
    /// Whether it is computed from a comparison with the baseline instead of being stored.
    pub derived: bool,
    /// The conditions for a comparison.
    pub alike: Alike,
    /// Title for reports: `clippy warnings`.
    pub title: String,
    /// The total of the family that this metric belongs to. If the total was measured, a missing
    /// member is zero.
    pub tally_of: Option<&'static str>,
    /// The setting without which the collector does not measure this metric: `missing = true in
    /// [collect.doc]`.
    pub setting: Option<&'static str>,
}

impl MetricRow {
    /// Returns whether `name` is this metric. A `*` matches one or more characters, including dots.
    pub fn covers(&self, name: &str) -> bool {
        glob::matches(&self.name, name)
    }

    /// Returns the reading of a metric that this row covers. A member of a family without one is zero where the total of the
    /// family was measured.
    pub fn reading<'a>(
        &self,
        name: &str,
        metrics: &'a BTreeMap<String, Reading>,
    ) -> Option<Cow<'a, Reading>> {
        if let Some(reading) = metrics.get(name) {
            return Some(Cow::Borrowed(reading));
        }
        let mut total = metrics.get(self.tally_of?)?.clone();
        match &mut total.value {
            Value::Measured(value) => *value = 0.0,
            Value::Unavailable(why) => why.at_least = None,
        }
        total.packages.values_mut().for_each(|value| *value = 0.0);
        Some(Cow::Owned(total))
    }
}

/// The metrics of this version, and those of custom collectors.
#[derive(Clone, Debug)]
pub struct Catalogue {
    rows: Vec<MetricRow>,
}

impl Catalogue {
    /// Returns a catalogue of these rows.
    pub fn new(rows: Vec<MetricRow>) -> Self {
        Self { rows }
    }

    /// Adds the metric of a custom collector.
    ///
    /// # Errors
    /// If a metric already has this name. Returns its definition.
    pub fn add(&mut self, row: MetricRow) -> Result<(), Box<MetricRow>> {
        if let Some(known) = self
            .rows
            .iter()
            .find(|r| r.name == row.name || r.covers(&row.name))
        {
            return Err(Box::new(known.clone()));
        }
        self.rows.push(row);
        Ok(())
    }

    /// Replaces the metric of the same name, because a custom collector measures it instead.
    pub fn replace(&mut self, row: MetricRow) {
        self.rows.retain(|known| known.name != row.name);
        self.rows.push(row);
    }

    /// Returns the definition of a concrete name. An exact name is preferred over a pattern.
    pub fn get(&self, name: &str) -> Option<&MetricRow> {
        self.rows
            .iter()
            .find(|r| r.name == name)
            .or_else(|| self.rows.iter().find(|r| r.covers(name)))
    }

    /// Returns the metrics that a pattern in the configuration can refer to: the pattern matches
    /// the metric's name, or the metric's own pattern matches it.
    pub fn matching(&self, pattern: &str) -> Vec<&MetricRow> {
        self.rows
            .iter()
            .filter(|r| r.name == pattern || r.covers(pattern) || glob::matches(pattern, &r.name))
            .collect()
    }

    /// Returns all metrics.
    pub fn rows(&self) -> &[MetricRow] {
        &self.rows
    }
}

/// A measured value of one metric in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The value for the workspace.
    pub value: Value,
    /// The values for completely measured packages. Empty for metrics without values per package.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, f64>,
    /// The uncertainty of `value`, if the measurement provides one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

impl Reading {
    /// Returns an exact value for the workspace, without values for packages.
    pub fn exact(value: f64) -> Self {
        Self {
            value: Value::Measured(value),
            packages: BTreeMap::new(),
            spread: None,
        }
    }

    /// Replaces the value for the workspace, or its lower bound, by one that is not the sum of the
    /// values for packages.
    pub fn with_total(mut self, total: f64) -> Self {
        match &mut self.value {
            Value::Measured(value) => *value = total,
            Value::Unavailable(why) => why.at_least = why.at_least.map(|_| total),
        }
        self
    }
}

/// A measured value, or the reason why it is unavailable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// The value, which is finite.
    Measured(f64),
    /// The value is unavailable.
    Unavailable(Unavailable),
}

/// The reason why a value is unavailable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unavailable {
    /// The subject of the reason. It is not stored: a recorded value was always needed.
    #[serde(skip)]
    pub kind: UnavailableKind,
    /// The reason, as a fragment: `clippy is not installed`, `2 of 3 packages did not compile`.
    pub reason: String,
    /// The command that fixes it.
    #[serde(default, alias = "mend", skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// A lower bound of the count, if only a part was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

/// The subject of the reason for an unavailable value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnavailableKind {
    /// The measurement: it was not made, failed, or is incomplete.
    #[default]
    Measurement,
    /// The gates: none of them needs the value, so it was not looked up.
    NotNeeded,
}

/// The uncertainty of a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The values of independent repetitions, each in a process of its own, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<f64>,
    /// An interval estimated within one process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<(f64, f64)>,
    /// The share of fresh compilation units, 0 to 1. Times are comparable only if it is similar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<f64>,
    /// The choice of the collector for the measurement, such as the package that was edited. Times are
    /// comparable only if it is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

impl Spread {
    /// Returns the least and the greatest value of the repetitions, or else the interval within the process.
    pub fn range(&self) -> Option<(f64, f64)> {
        let least = self.samples.iter().copied().reduce(f64::min);
        let greatest = self.samples.iter().copied().reduce(f64::max);
        least.zip(greatest).or(self.within)
    }
}
