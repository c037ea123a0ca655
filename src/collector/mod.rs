//! Defines the collectors: their metrics, the steps that measure them, and how the events of those
//! steps become metrics, findings and tests.
//!
//! This module is pure: the same request gives the same plan, and the same events give the same
//! snapshot. It does not start processes, read files or judge gates.
//!
//! A collector is a file in this directory and a line in [`ALL`]; `CONTRIBUTING.md` has the recipe.
//! No other file of `src` needs to know its name, and `tests/it/tidy.rs` checks that none does.
//! `check` is the one exception: clippy's step can give its values, and the test step those of
//! packages that clippy did not reach.

mod audit;
mod bench;
mod build;
mod changelog;
mod check;
mod checked;
mod clippy;
mod combinations;
mod command;
mod coverage;
mod covered;
mod custom;
mod definition;
mod deps;
mod doc;
mod env;
mod evidence;
mod facts;
mod findings;
mod fmt;
mod fold;
mod folded;
mod index;
mod instructions;
mod loc;
mod manifest;
mod memory;
mod messages;
mod metric;
mod mutants;
pub mod planner;
mod request;
mod sampled;
mod sccache;
mod seen;
mod semver;
mod settings;
mod size;
mod source;
mod standing;
mod status;
mod summary;
mod test;
mod test_names;
#[cfg(test)]
mod tests;
mod time;
mod timing;
mod unused;

pub use audit::{DATABASE, STALE_AFTER};
pub use command::REFUSED_ARGS;
pub use coverage::IMPORTED;
pub use definition::{
    ArtifactReader, Definition, EarlierUse, Influence, InputFile, LintFile, ProfileChoice, Remedy,
    SuggestedCondition, SuggestedGate, TextOutput, Tool, ToolProgram, WorkspaceShape,
};
pub use fold::Fold;
pub use index::{INDEX, OF_CARGO};
pub use metric::{Change, Counts, Family, Metric, Visibility};
pub use request::{ApiBaseline, CompilerCache, LlvmTools};
pub use semver::{TOOL as SEMVER_CHECKS, comparison, has_public_api};
pub use settings::{Setting, SettingKind, SettingValue, Settings};
pub(crate) use status::{clean, of_suite, said};
pub use summary::{StepSummary, Term};

use std::cmp::Ordering;

use crate::metric::{Catalogue, MetricRow};
use crate::plan::{Collector, Invocation, Step};
use crate::run::View;

/// The built-in collectors in the order in which reports show them.
pub static ALL: &[&Definition] = &[
    &check::DEFINITION,
    &build::DEFINITION,
    &test::DEFINITION,
    &clippy::DEFINITION,
    &bench::DEFINITION,
    &fmt::DEFINITION,
    &doc::DEFINITION,
    &loc::DEFINITION,
    &source::DEFINITION,
    &changelog::DEFINITION,
    &deps::DEFINITION,
    &unused::DEFINITION,
    &audit::DEFINITION,
    &semver::DEFINITION,
    &env::DEFINITION,
    &size::DEFINITION,
    &combinations::DEFINITION,
    &timing::DEFINITION,
    &memory::DEFINITION,
    &instructions::DEFINITION,
    &sccache::DEFINITION,
    &coverage::DEFINITION,
    &mutants::DEFINITION,
];

/// The collectors that run unless the configuration names others.
pub static DEFAULT: &[&Definition] = &[
    &check::DEFINITION,
    &clippy::DEFINITION,
    &test::DEFINITION,
    &fmt::DEFINITION,
    &doc::DEFINITION,
    &loc::DEFINITION,
];

impl Ord for Collector {
    /// Built-in collectors come first, in the order of [`ALL`], then custom ones by name.
    fn cmp(&self, other: &Self) -> Ordering {
        if self.name() == other.name() {
            return Ordering::Equal;
        }
        match (place(self.name()), place(other.name())) {
            (Some(place), Some(other)) => place.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.name().cmp(other.name()),
        }
    }
}

/// Returns the position of a built-in collector in [`ALL`].
fn place(name: &str) -> Option<usize> {
    ALL.iter().position(|one| one.name == name)
}

impl PartialOrd for Collector {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns the definition of a collector. All custom collectors share one.
pub fn of(collector: &Collector) -> &'static Definition {
    let built_in = ALL.iter().find(|one| one.name == collector.name());
    built_in.copied().unwrap_or(&custom::DEFINITION)
}

/// The collector of the commands that show objectives. Its commands are configured, as those of a custom collector.
pub const OBJECTIVES: &str = "objectives";

/// The collector of values that people state in attestations. Nothing runs for them: runs record those that hold.
pub const ATTESTED: &str = "attested";

/// Returns whether a collector is configured with a command and not built in.
pub fn is_custom(collector: &Collector) -> bool {
    of(collector).is_custom()
}

/// Returns the names of the built-in collectors.
pub fn names<'a>() -> impl Iterator<Item = &'a str> {
    ALL.iter().map(|one| one.name)
}

/// Returns the collector that records the results of individual tests.
pub fn of_tests() -> Collector {
    test::NAME
}

/// Returns the collector that times builds.
pub fn of_builds() -> Collector {
    timing::NAME
}

/// Returns whether a metric of builds is CPU time, which a machine that is busy hardly changes.
pub fn is_cpu_time(metric: &str) -> bool {
    metric == timing::CPU
}

impl Default for Catalogue {
    /// Returns the metrics of the built-in collectors.
    fn default() -> Self {
        let mut rows = Vec::new();
        for definition in ALL {
            rows.extend(
                definition
                    .metrics
                    .iter()
                    .map(|metric| row(definition, metric)),
            );
        }
        Self::new(rows)
    }
}

fn row(definition: &Definition, metric: &Metric) -> MetricRow {
    MetricRow {
        name: metric.name.to_owned(),
        unit: metric.unit.clone(),
        better: metric.better,
        collector: definition.collector(),
        per_package: metric.per_package,
        derived: metric.change.is_some(),
        alike: match metric.change {
            Some(_) => definition.alike,
            None => metric.alike,
        },
        title: metric.title.to_owned(),
        tally_of: metric.tally_of,
        setting: metric.setting,
    }
}

/// Returns the built-in metric that a row describes. `None` for one of a custom collector.
pub fn metric(row: &MetricRow) -> Option<&'static Metric> {
    of(&row.collector).metric(&row.name)
}

/// Returns the built-in metric of this name. `None` for one of a custom collector.
pub fn built_in(name: &str) -> Option<&'static Metric> {
    ALL.iter().find_map(|one| one.metric(name))
}

/// Cargo's subcommand for nextest.
const NEXTEST: &str = test::NEXTEST;

/// Returns the setting that the collector ran without and that this metric needs:
/// `missing = true in [collect.doc]`.
pub fn setting_needed(view: &View, row: &MetricRow) -> Option<&'static str> {
    let setting = row.setting?;
    let has_value = view.snapshot.metrics.keys().any(|name| row.covers(name));
    // Without a single result, times would be missing anyway.
    let ran = view.sources.contains_key(&row.collector)
        && (!of(&row.collector).has_tests || !view.snapshot.tests.is_empty());
    (ran && !has_value).then_some(setting)
}

/// Returns whether nextest is configured to run the tests.
pub fn runs_nextest(settings: impl Fn(&Collector) -> Settings) -> bool {
    test::runs_nextest(&settings(&test::NAME))
}

/// Returns whether the time of each test is configured to be recorded.
pub fn records_durations(settings: impl Fn(&Collector) -> Settings) -> bool {
    test::records_durations(&settings(&test::NAME))
}

/// Returns whether results of suites that need not run again are reused.
pub fn reuses_tests(settings: &Settings) -> bool {
    test::reuses(settings)
}

/// Returns the command among a collector's steps that measures a metric. `None` if no process does.
pub fn command_of<'a>(
    collector: &Collector,
    steps: impl IntoIterator<Item = &'a Step>,
    metric: &str,
) -> Option<&'a Invocation> {
    let steps: Vec<&Step> = steps.into_iter().collect();
    let special = of(collector).metric(metric).and_then(|metric| metric.step);
    let step = steps
        .iter()
        .find(|step| special == Some(step.id.as_str()) || samples(step, collector, metric))
        .or(steps.first())?;
    step.action.command()
}

/// Returns whether a step measures the program of the command that a metric is named after.
fn samples(step: &Step, collector: &Collector, metric: &str) -> bool {
    let Some(sampling) = &step.sampling else {
        return false;
    };
    let mut families = of(collector)
        .metrics
        .iter()
        .filter(|one| one.family.is_some());
    families.any(|family| family.name.replace('*', &sampling.name) == metric)
}
