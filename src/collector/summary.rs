//! The content of a step's status line as data. The report formats it.

use super::metric::Metric;
use crate::metric::Value;
use crate::plan::Step;
use crate::run::StepRecord;
use crate::snapshot::Snapshot;

/// The input from which a status line is computed.
pub struct StepSummary<'a> {
    /// The step that ended.
    pub step: &'a Step,
    /// Its result.
    pub record: &'a StepRecord,
    /// The values measured up to this point.
    pub snapshot: &'a Snapshot,
}

/// One term of a status line, between commas.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `12 warnings`: a number with a noun that takes an `s`.
    Noun(f64, &'static str),
    /// `3 vulnerabilities`: a number with the singular and the plural of a noun.
    Plural(f64, &'static str, &'static str),
    /// `626 passed`: a number with words that do not change.
    Words(f64, &'static str),
    /// `3 files to format`: a number with a noun that takes an `s`, followed by words that do not
    /// change.
    NounWords(f64, &'static str, &'static str),
    /// `1.5 MB loaded`: a number of bytes with words that do not change.
    Bytes(f64, &'static str),
    /// `todo.open 3`: a metric and its value.
    Metric(String, f64),
    /// Text without a number.
    Text(String),
}

impl StepSummary<'_> {
    /// Returns the measured value of a metric.
    pub fn value(&self, name: &str) -> Option<f64> {
        match self.snapshot.metrics.get(name)?.value {
            Value::Measured(value) => Some(value),
            Value::Unavailable(_) => None,
        }
    }

    /// Returns a metric's value with a noun.
    pub(super) fn noun(&self, name: &str, noun: &'static str) -> Option<Term> {
        self.value(name).map(|value| Term::Noun(value, noun))
    }

    /// Returns the same, unless the value is zero.
    pub(super) fn fault(&self, name: &str, noun: &'static str) -> Option<Term> {
        self.value(name)
            .filter(|value| *value != 0.0)
            .map(|value| Term::Noun(value, noun))
    }

    /// Returns the number of compiled units.
    pub(super) fn units(&self) -> Option<Term> {
        let units = self.record.units.1;
        (units > 0).then_some(Term::Noun(units as f64, "unit"))
    }

    /// Returns how many members of a family have a value.
    pub(super) fn measured(&self, family: &Metric) -> usize {
        let names = self.snapshot.metrics.keys();
        names
            .filter(|name| family.covers(name) && self.value(name).is_some())
            .count()
    }
}

/// Returns the terms that are present.
pub(super) fn terms<const N: usize>(terms: [Option<Term>; N]) -> Vec<Term> {
    terms.into_iter().flatten().collect()
}
