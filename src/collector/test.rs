//! `test`: results by package and test by test, and suites without a complete result.
//!
//! Doctests are counted with the others, and separately as `test.doc.*`. A suite of an unknown
//! harness counts as one test with the name of its target. Unless every suite gave its complete
//! result, only `test.incomplete` is measured for the workspace; packages whose suites all did have
//! their values.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::command::{
    CargoCommand, JSON, REFUSED_HARNESS_ARGS, REFUSED_TEST_ARGS, StepContext, step,
};
use super::definition::{
    Definition, Influence, Remedy, SuggestedCondition, SuggestedGate, Tool, ToolProgram,
};
use super::facts::StepFacts;
use super::folded::Folded;
use super::metric::{Change, Counts, Family, Metric, Visibility, has_failed};
use super::seen::Seen;
use super::settings::{Setting, SettingKind, Settings};
use super::standing::{Standing, absent, finite, without};
use super::status::suites::{IncompleteSuite, incomplete};
use super::summary::{StepSummary, Term, terms};
use super::test_names::ids;
use crate::event::{Harness, Outcome, Suite};
use crate::metric::{Alike, Better, Reading, Unit, Value};
use crate::plan::{Action, Collector, Step, Stream};
use crate::run::StepStatus;
use crate::snapshot::{Snapshot, SuiteId, Test};

pub(super) const NAME: Collector = Collector::named("test");

/// The setting for the program that runs the tests.
const RUNNER: &str = "runner";
pub(super) const NEXTEST: &str = "nextest";
/// The setting that asks libtest for the time of each test, which puts an unstable flag in their
/// environment.
const DURATIONS: &str = "durations";

/// The setting for how often failed tests are tried again.
const RETRIES: &str = Step::RETRIES;

/// The setting for results of suites that need not run again.
const REUSE: &str = "reuse";

/// Tests that passed when they were tried again.
const FLAKY: &str = "test.flaky";

/// A number of which more are better.
const RESULTS: Metric = Metric {
    better: Better::Higher,
    ..Metric::COUNT
};

pub(super) static DEFINITION: Definition = Definition {
    name: "test",
    metrics: &[
        Metric {
            name: "test.total",
            title: "tests",
            counts: Some(Counts::Tests(|_| true)),
            is_checked: true,
            visibility: Visibility::Detail,
            ..RESULTS
        },
        Metric {
            name: "test.passed",
            title: "tests passed",
            counts: Some(Counts::Tests(|test| test.outcome.has_passed())),
            is_checked: true,
            ..RESULTS
        },
        Metric {
            name: "test.failed",
            title: "tests failed",
            counts: Some(Counts::Failures(has_failed)),
            is_checked: true,
            ..Metric::COUNT
        },
        Metric {
            name: "test.ignored",
            title: "tests ignored",
            counts: Some(Counts::Tests(|test| test.outcome == Outcome::Ignored)),
            is_checked: true,
            ..Metric::COUNT
        },
        Metric {
            name: FLAKY,
            title: "flaky tests",
            counts: Some(Counts::Failures(|test| test.outcome == Outcome::Flaky)),
            is_checked: true,
            setting: Some("retries in [collect.test]"),
            ..Metric::COUNT
        },
        Metric {
            name: "test.incomplete",
            title: "incomplete suites",
            counts: Some(Counts::IncompleteSuites),
            visibility: Visibility::IfPositive,
            ..Metric::COUNT
        },
        Metric {
            name: "test.pass_rate",
            title: "test pass rate",
            unit: &Unit::Percent,
            counts: Some(Counts::Failures(has_failed)),
            visibility: Visibility::Detail,
            ..RESULTS
        },
        Metric {
            name: "test.doc.total",
            title: "doctests",
            step: Some(Step::DOCTESTS),
            visibility: Visibility::Detail,
            ..RESULTS
        },
        Metric {
            name: "test.doc.passed",
            title: "doctests passed",
            step: Some(Step::DOCTESTS),
            visibility: Visibility::Detail,
            ..RESULTS
        },
        Metric {
            name: "test.doc.failed",
            title: "doctests failed",
            counts: Some(Counts::Failures(has_failed_doctest)),
            step: Some(Step::DOCTESTS),
            visibility: Visibility::Detail,
            ..Metric::COUNT
        },
        Metric {
            name: "test.doc.ignored",
            title: "doctests ignored",
            step: Some(Step::DOCTESTS),
            visibility: Visibility::Detail,
            ..Metric::COUNT
        },
        Metric {
            name: "test.regressed",
            title: "tests regressed",
            change: Some(Change::Regressed),
            ..Metric::COUNT
        },
        Metric {
            name: "test.vanished",
            title: "tests vanished",
            change: Some(Change::Vanished),
            ..Metric::COUNT
        },
        Metric {
            name: "test.newly_ignored",
            title: "tests newly ignored",
            change: Some(Change::NewlyIgnored),
            ..Metric::COUNT
        },
        Metric {
            name: "test.time",
            title: "test time",
            ..Metric::TIME
        },
        Metric {
            name: "test.slowest.*",
            title: "slow test",
            family: Some(Family::Test),
            setting: Some("durations = true in [collect.test]"),
            visibility: Visibility::Detail,
            ..Metric::TIME
        },
    ],
    total: Some("test.total"),
    alike: Alike::Settings,
    influences: &[
        Influence::Toolchain,
        Influence::Cargo,
        Influence::Rustdoc,
        Influence::TestHarness,
        Influence::Nextest,
    ],
    has_tests: true,
    settings: &[
        Setting {
            key: RUNNER,
            kind: SettingKind::Choice(&["cargo", NEXTEST]),
            doc: "program that runs the tests; values of the two do not compare",
            decides: Some("nextest"),
        },
        Setting {
            key: DURATIONS,
            kind: SettingKind::Flag,
            doc: "record the time of each test (`test.slowest.*`); sets `RUSTC_BOOTSTRAP=1` in \
                the test processes and adds to their arguments",
            decides: Some("durations"),
        },
        Setting {
            key: RETRIES,
            kind: SettingKind::Count(0, 10),
            doc: "how often failed tests are tried again; one that passes then is flaky (`test.flaky`) and \
                did not fail",
            decides: Some(RETRIES),
        },
        Setting {
            key: REUSE,
            kind: SettingKind::Flag,
            doc: "reuse the recorded results of suites that passed and that nothing changed for; only with \
                `runner = \"cargo\"`, and never for `baseline`, `final`, a release or `--fresh`",
            decides: None,
        },
    ],
    refused_args: &REFUSED_TEST_ARGS,
    refused_tool_args: &REFUSED_HARNESS_ARGS,
    tools: &[Tool {
        name: NEXTEST,
        component: "cargo-nextest",
        program: ToolProgram::Subcommand {
            name: NEXTEST,
            version: "--version",
        },
        install: "cargo install cargo-nextest --locked",
        is_needed: runs_nextest,
    }],
    turn: 4,
    timeout: 20,
    // Since 3, a suite of which cargo's configuration filters out tests is incomplete. Since 4,
    // tests that read the arguments of their process run as cargo runs them.
    method: 4,
    steps,
    idle,
    fold,
    summary,
    remedy: Remedy::Tests,
    suits: |workspace| workspace.has_tests,
    gates: &[
        SuggestedGate {
            metric: "test.failed",
            condition: SuggestedCondition::Zero,
            comment: "",
            needs: "test.failed",
        },
        SuggestedGate {
            metric: "test.passed",
            condition: SuggestedCondition::NoLess,
            comment: "no test is lost",
            needs: "test.passed",
        },
        SuggestedGate {
            metric: "test.vanished",
            condition: SuggestedCondition::None,
            comment: "nor renamed away",
            needs: "test.passed",
        },
        SuggestedGate {
            metric: "test.newly_ignored",
            condition: SuggestedCondition::None,
            comment: "nor switched off",
            needs: "test.passed",
        },
        SuggestedGate {
            metric: "test.incomplete",
            condition: SuggestedCondition::Zero,
            comment: "",
            needs: "test.incomplete",
        },
    ],
    ..Definition::BUILD
};

fn has_failed_doctest(test: &Test) -> bool {
    has_failed(test) && test.harness == Harness::Doctest
}

/// Returns whether nextest runs the tests.
pub(super) fn runs_nextest(settings: &Settings) -> bool {
    settings.is(RUNNER, NEXTEST)
}

/// Returns whether the time of each test is recorded.
pub(super) fn records_durations(settings: &Settings) -> bool {
    settings.flag(DURATIONS)
}

/// Returns whether results of suites that need not run again are reused. Nextest starts a process for each test, so
/// there is no record of a suite.
pub(super) fn reuses(settings: &Settings) -> bool {
    settings.flag(REUSE) && !runs_nextest(settings)
}

/// Returns how often failed tests are tried again.
fn retries(settings: &Settings) -> u32 {
    settings.count(RETRIES).unwrap_or(0)
}

/// Returns the step of `cargo test`; or that of nextest, and one for the doctests, which nextest
/// does not run.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let verb = ("Testing", "Tested");
    if !runs_nextest(&settings) {
        let mut command = cargo_test(context, collector);
        if records_durations(&settings) {
            command.env("CARGO_CAMPAIGN_DURATIONS", "1");
        }
        let action = command.finish(context, collector, Stream::CargoTest);
        let testing = step(context, "test", verb, collector, action);
        return vec![with_retries(testing, &settings)];
    }
    let testing = step(
        context,
        "test",
        verb,
        collector,
        nextest(context, collector),
    );
    let mut steps = vec![with_retries(testing, &settings)];
    steps.extend(doctests(context, collector));
    steps
}

/// Returns the step that runs the doctests alone. `None` if no library has some.
///
/// With `--doc`, cargo also runs those of libraries with `doctest = false`, so these are left out.
fn doctests(context: &StepContext<'_>, collector: &Collector) -> Option<Step> {
    let (mut with, mut without) = (0, Vec::new());
    for member in &context.selected.members {
        match member.targets.iter().find(|target| target.is_library()) {
            Some(library) if library.doctest => with += 1,
            Some(_) => without.push(member.name.as_str()),
            None => {}
        }
    }
    if with == 0 {
        return None;
    }
    let command = CargoCommand::new("test").scope_without(context, &without);
    let action = selected_tests(command, context, collector, &["--doc"]);
    let action = action.action(context, Stream::CargoTest);
    let verb = ("Doctesting", "Doctested");
    Some(step(context, Step::DOCTESTS, verb, collector, action))
}

fn with_retries(step: Step, settings: &Settings) -> Step {
    match retries(settings) {
        0 => step,
        retries => step.with_setting(RETRIES, &[retries.to_string()]),
    }
}

/// Returns the command that runs every test.
fn cargo_test(context: &StepContext<'_>, collector: &Collector) -> CargoCommand {
    let command = CargoCommand::new("test").scope(context);
    selected_tests(command, context, collector, &[])
}

/// Completes a command that runs tests. `cargo test` has no `--keep-going`.
fn selected_tests(
    command: CargoCommand,
    context: &StepContext<'_>,
    collector: &Collector,
    selection: &[&str],
) -> CargoCommand {
    command
        .args(selection)
        .build(context, collector, false)
        .args(&["--no-fail-fast", JSON])
}

fn nextest(context: &StepContext<'_>, collector: &Collector) -> Action {
    let mut command = CargoCommand::new(NEXTEST)
        .args(&["run"])
        .scope(context)
        .build(context, collector, false);
    // Nextest has profiles of its own.
    for arg in command.cargo.iter_mut().filter(|arg| *arg == "--profile") {
        *arg = "--cargo-profile".into();
    }
    command = command.args(&["--no-fail-fast", "--message-format", "libtest-json-plus"]);
    command.env("NEXTEST_EXPERIMENTAL_LIBTEST_JSON", "1");
    let retries = retries(&context.request.settings_of(collector));
    if retries > 0 {
        command = command.args(&["--retries", &retries.to_string()]);
    }
    let version = context.request.versions.get(collector);
    let stream = if version.is_some_and(|version| has_messages(version)) {
        command = command.args(&["--cargo-message-format", "json"]);
        Stream::NextestWithMessages
    } else {
        Stream::Nextest
    };
    command.finish(context, collector, stream)
}

/// Returns whether this version of nextest has `--cargo-message-format`, as those from 0.9.123 on
/// do.
fn has_messages(version: &str) -> bool {
    let number = version
        .split_whitespace()
        .nth(1)
        .and_then(|number| semver::Version::parse(number).ok());
    number.is_some_and(|number| number >= semver::Version::new(0, 9, 123))
}

/// Returns why no test ran, in any step or in one that left tests out. A workspace may have
/// doctests alone, but those that ran say nothing of tests that a filter of nextest left out.
fn idle(steps: &[&StepFacts]) -> Option<String> {
    let mut each = steps.iter().map(|facts| Unrun::of(&[facts]));
    each.find_map(|unrun| unrun.filter(|unrun| unrun.is_filtered))
        .or_else(|| Unrun::of(steps))
        .map(|unrun| unrun.reason())
}

/// The tests of steps that ran none.
struct Unrun {
    ignored: usize,
    is_filtered: bool,
}

impl Unrun {
    /// Returns `None` if a test ran.
    fn of(steps: &[&StepFacts]) -> Option<Self> {
        let suites = || steps.iter().flat_map(|facts| &facts.suites);
        let mut cases = suites().flat_map(|suite| &suite.cases);
        let is_idle = cases.all(|case| case.outcome == Outcome::Ignored);
        is_idle.then(|| Self {
            ignored: suites().map(|suite| suite.cases.len()).sum(),
            is_filtered: suites().any(|suite| suite.filtered > 0),
        })
    }

    fn reason(&self) -> String {
        match (self.ignored, self.is_filtered) {
            (0, false) => "no tests were found".to_owned(),
            (0, true) => "the arguments leave out every test".to_owned(),
            (1, false) => "the only test is ignored".to_owned(),
            (ignored, false) => format!("all {ignored} tests are ignored"),
            (1, true) => "the only selected test is ignored".to_owned(),
            (ignored, true) => format!("all {ignored} selected tests are ignored"),
        }
    }
}

/// Returns `630 tests, 626 passed, 4 failed`. For the step that runs the doctests, only those are
/// counted.
fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let is_doctests = summary.step.id == Step::DOCTESTS;
    let prefix = if is_doctests { "test.doc" } else { "test" };
    let flaky = summary.value(FLAKY).filter(|_| !is_doctests);
    let [total, passed, failed, ignored] = ["total", "passed", "failed", "ignored"]
        .map(|name| summary.value(&format!("{prefix}.{name}")));
    // Doctests have no value of their own for incomplete suites.
    let incomplete = summary.value("test.incomplete").filter(|_| !is_doctests);
    terms([
        total.map(|tests| Term::Noun(tests, "test")),
        passed.map(|tests| Term::Words(tests, "passed")),
        positive(flaky).map(|tests| Term::Words(tests, "flaky")),
        positive(failed).map(|tests| Term::Words(tests, "failed")),
        positive(ignored).map(|tests| Term::Words(tests, "ignored")),
        positive(incomplete).map(|suites| Term::Noun(suites, "incomplete suite")),
        reused(summary).filter(|_| !is_doctests),
    ])
}

/// Returns `58 suites reused from run 20261120-101502-4f2c91ab`.
fn reused(summary: &StepSummary<'_>) -> Option<Term> {
    let reused = &summary.snapshot.reused;
    let runs: BTreeSet<&String> = reused.values().collect();
    let newest = runs.last()?;
    let words = match runs.len() {
        1 => format!("reused from run {newest}"),
        runs => format!("reused from {runs} runs, the last {newest}"),
    };
    let suites = match reused.len() {
        1 => "1 suite".to_owned(),
        suites => format!("{suites} suites"),
    };
    Some(Term::Text(format!("{suites} {words}")))
}

/// Returns the value unless it is zero.
fn positive(value: Option<f64>) -> Option<f64> {
    value.filter(|value| *value > 0.0)
}

/// Number of slow tests that get a metric.
const SLOWEST: usize = 10;

/// Adds `test.*` except for its time, the tests by id, and the suites without a complete result.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let suites = folded
        .steps_of(collector)
        .flat_map(|s| &s.facts.suites)
        .filter(|s| folded.packages.contains(&s.package));
    let mut all = TestTally::default();
    let mut doc = TestTally::default();
    for suite in suites {
        if let Some(run) = &suite.reused {
            let id = SuiteId::new(&suite.package, &suite.target_kind, &suite.target);
            snapshot.reused.insert(id.to_string(), run.clone());
        }
        for (id, test) in results(suite) {
            all.add(&test);
            if test.harness == Harness::Doctest {
                doc.add(&test);
            }
            snapshot.tests.insert(unused(&snapshot.tests, id), test);
        }
    }
    // A gap without a package may be one of any package.
    let gaps: BTreeMap<String, IncompleteSuite> = folded
        .steps_of(collector)
        .flat_map(|s| incomplete(&s.facts))
        .filter(|(_, gap)| gap.package.is_empty() || folded.packages.contains(&gap.package))
        .collect();

    let mut standing = folded.standing(collector);
    let gapped: BTreeSet<String> = gaps.values().map(|gap| gap.package.clone()).collect();
    standing.covered = if gapped.contains("") {
        BTreeSet::new()
    } else {
        folded.packages.difference(&gapped).cloned().collect()
    };
    for (prefix, tally) in [("test", &all), ("test.doc", &doc)] {
        for (name, reading) in tally.readings(&standing, &folded.packages) {
            snapshot.metrics.insert(format!("{prefix}.{name}"), reading);
        }
    }
    snapshot.metrics.insert(
        "test.incomplete".into(),
        gap_count(&standing, &folded.packages, &gaps),
    );
    // Without a retry there is no evidence that no test is flaky. Nextest may have settings of its own.
    let tries_again = |seen: &Seen| !seen.step.setting(RETRIES).is_empty();
    if !all.flaky.is_empty() || folded.steps_of(collector).any(tries_again) {
        let flaky = standing.count(&folded.packages, &borrowed(&all.flaky));
        snapshot.metrics.insert(FLAKY.into(), flaky);
    }
    snapshot
        .metrics
        .insert("test.pass_rate".into(), all.pass_rate(&standing));
    slowest(&standing, snapshot);
    snapshot
        .incomplete
        .extend(gaps.into_iter().map(|(id, gap)| (id, gap.reason)));
}

/// Returns the tests of a suite by id.
fn results(suite: &Suite) -> Vec<(String, Test)> {
    let mut results = Vec::new();
    for (id, case) in ids(suite) {
        let test = Test {
            package: suite.package.clone(),
            outcome: case.outcome,
            harness: suite.harness,
            seconds: case.seconds,
            output: case.output.clone(),
        };
        results.push((id, test));
    }
    results
}

/// Returns the id, with a number appended if another test has it: two suites may contain the same
/// name, and neither result may be lost.
fn unused(tests: &BTreeMap<String, Test>, id: String) -> String {
    if !tests.contains_key(&id) {
        return id;
    }
    (2..)
        .map(|n: u64| format!("{id} #{n}"))
        .find(|id| !tests.contains_key(id))
        .unwrap_or(id)
}

/// Results by package.
#[derive(Default)]
struct TestTally {
    passed: BTreeMap<String, u64>,
    /// Those of the passed ones that failed before.
    flaky: BTreeMap<String, u64>,
    failed: BTreeMap<String, u64>,
    ignored: BTreeMap<String, u64>,
}

impl TestTally {
    /// Counts a result.
    fn add(&mut self, test: &Test) {
        if test.outcome == Outcome::Flaky {
            *self.flaky.entry(test.package.clone()).or_default() += 1;
        }
        let counts = match test.outcome {
            Outcome::Passed | Outcome::Flaky => &mut self.passed,
            Outcome::Failed => &mut self.failed,
            Outcome::Ignored => &mut self.ignored,
        };
        *counts.entry(test.package.clone()).or_default() += 1;
    }

    /// Returns the readings of `total`, `passed`, `failed` and `ignored`.
    fn readings(
        &self,
        standing: &Standing,
        packages: &BTreeSet<String>,
    ) -> [(&'static str, Reading); 4] {
        let mut total: BTreeMap<&str, u64> = BTreeMap::new();
        for (package, n) in self.passed.iter().chain(&self.failed).chain(&self.ignored) {
            *total.entry(package).or_default() += n;
        }
        let mut failed = standing.count(packages, &borrowed(&self.failed));
        // Failures reported before a step was stopped remain failures, so they give a lower bound.
        if let (StepStatus::TimedOut | StepStatus::Interrupted, Value::Unavailable(unavailable)) =
            (&standing.status, &mut failed.value)
        {
            unavailable.at_least = Some(self.failed.values().sum::<u64>() as f64);
        }
        [
            ("total", standing.count(packages, &total)),
            ("passed", standing.count(packages, &borrowed(&self.passed))),
            ("failed", failed),
            (
                "ignored",
                standing.count(packages, &borrowed(&self.ignored)),
            ),
        ]
    }

    /// Returns the percentage of executed tests that passed. Unavailable if no test ran, or if a
    /// suite has no complete result.
    fn pass_rate(&self, standing: &Standing) -> Reading {
        let mut reading = match standing.reason() {
            Some(unavailable) => without(unavailable),
            None => match (self.passed.values().sum(), self.failed.values().sum()) {
                (0, 0) => absent("no test ran"),
                (passed, failed) => finite(rate(passed, failed)),
            },
        };
        if matches!(standing.status, StepStatus::Whole | StepStatus::Partial(_)) {
            let ran = self
                .passed
                .keys()
                .chain(self.failed.keys())
                .filter(|p| standing.covered.contains(*p));
            reading.packages = ran.map(|p| (p.clone(), self.package_rate(p))).collect();
        }
        reading
    }

    /// Returns the percentage of a package's executed tests that passed.
    fn package_rate(&self, package: &str) -> f64 {
        let passed = self.passed.get(package).copied().unwrap_or(0);
        let failed = self.failed.get(package).copied().unwrap_or(0);
        rate(passed, failed)
    }
}

/// Returns the percentage of passed tests. The counts must not both be zero.
fn rate(passed: u64, failed: u64) -> f64 {
    100.0 * passed as f64 / (passed + failed) as f64
}

fn borrowed(counts: &BTreeMap<String, u64>) -> BTreeMap<&str, u64> {
    let counts = counts.iter();
    counts.map(|(package, n)| (package.as_str(), *n)).collect()
}

/// Counts the suites without a complete result. A suite whose results could not be read may have
/// succeeded, and one without a package may be several, so with such a suite the count is only
/// a lower bound.
fn gap_count(
    standing: &Standing,
    packages: &BTreeSet<String>,
    gaps: &BTreeMap<String, IncompleteSuite>,
) -> Reading {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let is_counted = |gap: &&IncompleteSuite| !gap.unreadable && !gap.package.is_empty();
    for gap in gaps.values().filter(is_counted) {
        *counts.entry(&gap.package).or_default() += 1;
    }
    if standing.is_partial() && gaps.values().all(|gap| is_counted(&gap)) {
        return standing.as_whole().count(packages, &counts);
    }
    standing.count(packages, &counts)
}

/// Adds `test.slowest.ID` for the slowest tests whose time is known, with `_` for white space in
/// the id.
fn slowest(standing: &Standing, snapshot: &mut Snapshot) {
    if !matches!(standing.status, StepStatus::Whole | StepStatus::Partial(_)) {
        return;
    }
    let mut timed: Vec<(f64, &String)> = snapshot
        .tests
        .iter()
        .filter_map(|(id, test)| Some((test.seconds?, id)))
        .collect();
    timed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    for (seconds, id) in timed.into_iter().take(SLOWEST) {
        let id = id.replace(char::is_whitespace, "_");
        snapshot
            .metrics
            .insert(format!("test.slowest.{id}"), finite(seconds));
    }
}
