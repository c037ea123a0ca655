//! The command to type next for a gate that did not pass.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::members::{Member, members};
use super::subject::Subject;
use super::{Evidence, cover};
use crate::collector::{self, Change, Counts, Metric, Remedy};
use crate::event::{Harness, Outcome};
use crate::metric::{Alike, Better};
use crate::plan::{Collector, Invocation, Step, quote};
use crate::snapshot::{Provenance, SuiteId, SuiteTarget, Test, TestId};

/// The command that measures the baseline again.
pub const PIN: &str = "cargo campaign baseline";

/// The command that judges the whole workspace, as the baseline was measured.
pub(super) const WHOLE: &str = "cargo campaign gate --workspace";

/// Returns the command that measures one value of the baseline again and keeps the others.
pub(super) fn pin_only(metric: &str) -> String {
    word(metric).map_or_else(
        || PIN.to_owned(),
        |metric| format!("cargo campaign baseline --only {metric}"),
    )
}

/// The largest number of packages in a command. For more, it uses the whole workspace.
const NAMED: usize = 5;

/// Returns the command that measures a collector.
pub(super) fn measure(collector: &Collector) -> String {
    format!(
        "cargo campaign run {}",
        word(collector.name()).unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}

/// Returns how to measure so that both sides are alike in the field in which they differ: as the baseline was measured where
/// a command can do that, else by measuring the baseline again.
pub(super) fn realign(
    field: &str,
    base: &Provenance,
    head: &Provenance,
    collector: &Collector,
) -> String {
    match field {
        "toolchain" => return with_toolchain(&base.toolchain.rustc),
        "environment" => return with_environment(&base.env, &head.env, collector),
        _ => {}
    }
    let like_base = match field {
        // Even the default profile gives other settings than none.
        "profile" if base.profile == "dev" => {
            Some("(without a profile, like the baseline)".to_owned())
        }
        "profile" => word(&base.profile).map(|profile| format!("--profile {profile}")),
        "features" => feature_flags(&base.features),
        "scope" if base.scope.is_empty() => Some("--workspace".to_owned()),
        "scope" => named(base.scope.iter().map(String::as_str)),
        // As does the host's own triple.
        "target" | "settings" if base.target.is_none() && head.target.is_some() => {
            Some("(without a target, like the baseline)".to_owned())
        }
        "target" => base
            .target
            .as_deref()
            .and_then(word)
            .map(|target| format!("--target {target}")),
        _ => None,
    };
    match like_base {
        Some(flags) => format!("cargo campaign gate {flags}"),
        None => PIN.to_owned(),
    }
}

/// Returns the flags that select these features, whatever the configuration selects. `None` if a name would have to be
/// quoted.
fn feature_flags(features: &str) -> Option<String> {
    let (names, without_default) = match features {
        "all" => return Some("--all-features".to_owned()),
        "none" => return Some("--no-default-features".to_owned()),
        // Replaces configured features. Not every package has a feature `default` to name.
        "" | "default" => return Some("-F ''".to_owned()),
        _ => match features.strip_prefix("default and ") {
            Some(names) => (names, ""),
            None => (features.strip_prefix("only ")?, "--no-default-features "),
        },
    };
    let names = names.replace(' ', ",");
    Some(format!("{without_default}-F {}", word(&names)?))
}

/// Returns the command that judges with a released toolchain. Nightlies are not found by their version.
pub fn with_toolchain(rustc: &str) -> String {
    let version = rustc.split_whitespace().next().unwrap_or_default();
    let released = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit() || c == '.');
    match released {
        true => format!("rustup run {version} cargo campaign gate (or pin this toolchain: {PIN})"),
        false => PIN.to_owned(),
    }
}

/// Returns the command that judges with the variables that the baseline was measured with.
fn with_environment(
    base: &BTreeMap<String, String>,
    head: &BTreeMap<String, String>,
    collector: &Collector,
) -> String {
    let differ: BTreeSet<&String> = base
        .keys()
        .chain(head.keys())
        .filter(|name| super::alike::is_flag(name, collector))
        .filter(|name| base.get(*name) != head.get(*name))
        .collect();
    if differ.is_empty() {
        return PIN.to_owned();
    }
    let (set, unset): (Vec<&String>, Vec<&String>) = differ
        .into_iter()
        .partition(|name| base.contains_key(*name));
    let unset = unset.into_iter().map(|name| format!("-u {}", quote(name)));
    let set = set
        .into_iter()
        .map(|name| quote(&format!("{name}={}", base[name])));
    let variables: Vec<String> = unset.chain(set).collect();
    format!("env {} cargo campaign gate", variables.join(" "))
}

/// Returns the command that shows what violates the gate.
///
/// It is the command that measured the values. One with other features, another profile or fewer packages may find nothing
/// wrong: cargo enables features for all the selected packages together.
pub(super) fn violation(subject: &Subject<'_>, evidence: &Evidence<'_>) -> String {
    let collector = &subject.row.collector;
    if subject.row.alike == Alike::Machine {
        return measure(collector);
    }
    let command = command(subject, evidence);
    let shown = match collector::of(collector).remedy {
        Remedy::Rerun(change) => command.map(|command| change(command).by_hand()),
        Remedy::Tests => return test(subject, evidence),
        Remedy::Command(command) => Some(command.to_owned()),
        Remedy::Explain => None,
    };
    shown.unwrap_or_else(|| explain(&subject.id))
}

/// Returns the command that measured the subject.
fn command<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Option<&'a Invocation> {
    let collector = &subject.row.collector;
    collector::command_of(
        collector,
        evidence.head.steps.get(collector)?,
        &subject.metric,
    )
}

/// Returns the command that runs the first test behind the value, or that lists the tests that are missing.
fn test(subject: &Subject<'_>, evidence: &Evidence<'_>) -> String {
    let shown = collector::metric(subject.row).map_or(ShownTests::Failures, shown);
    match (shown, evidence.comparison) {
        (ShownTests::LostTests, Some(_)) => return "cargo campaign diff".to_owned(),
        // A failing test explains neither a small number of tests nor an ignored test.
        (ShownTests::LostTests | ShownTests::IgnoredTests, _) => return explain(&subject.id),
        (ShownTests::Failures, _) => {}
    }
    if cover::counts_incomplete_suites(subject.row) {
        let suites = evidence.head.snapshot.incomplete.keys();
        let command = suites
            .map(|suite| SuiteId::parse(suite))
            .find(|suite| subject.includes(suite.package))
            .and_then(|suite| run_suite(suite.target, evidence));
        return command.map_or_else(
            || measure(&subject.row.collector),
            |command| command.by_hand(),
        );
    }
    let regressed = evidence
        .comparison
        .map(|comparison| members(subject, comparison))
        .unwrap_or_default();
    let first = regressed.iter().find_map(|member| match member {
        Member::Test(id) => Some(*id),
        Member::Finding(_) => None,
    });
    let first = first.or_else(|| failing(subject, evidence).next());
    match first.and_then(|id| run_test(id, evidence)) {
        Some(command) => command.by_hand(),
        None => explain(&subject.id),
    }
}

/// The tests that explain why a gate on a metric of tests fails.
enum ShownTests {
    Failures,
    /// Tests that the baseline has and that are gone or ignored now.
    LostTests,
    IgnoredTests,
}

fn shown(metric: &Metric) -> ShownTests {
    match (metric.change, metric.counts) {
        (Some(Change::Vanished | Change::NewlyIgnored), _) => ShownTests::LostTests,
        (Some(_), _) | (_, Some(Counts::Failures(_) | Counts::IncompleteSuites)) => {
            ShownTests::Failures
        }
        _ if metric.better == Better::Higher => ShownTests::LostTests,
        _ => ShownTests::IgnoredTests,
    }
}

/// Returns the ids of the failing tests behind the subject's value.
pub(super) fn failing<'a>(
    subject: &Subject<'_>,
    evidence: &Evidence<'a>,
) -> impl Iterator<Item = &'a str> {
    let package = subject.package.clone();
    let counts = match collector::metric(subject.row).and_then(|metric| metric.counts) {
        Some(Counts::Failures(counts)) => counts,
        _ => |test: &Test| test.outcome == Outcome::Failed,
    };
    let tests = evidence.head.snapshot.tests.iter();
    tests
        .filter(move |(_, test)| counts(test))
        .filter(move |(_, test)| package.as_ref().is_none_or(|name| test.package == *name))
        .map(|(id, _)| id.as_str())
}

/// Returns the command that ran the tests, for one suite of them.
fn run_suite(suite: SuiteTarget<'_>, evidence: &Evidence<'_>) -> Option<Invocation> {
    let steps = evidence.head.steps.get(&collector::of_tests())?;
    let doctests = steps
        .iter()
        .find(|step| suite == SuiteTarget::Doc && step.id == Step::DOCTESTS);
    let command = doctests.or(steps.first())?.action.command()?;
    if let SuiteTarget::Named { name, .. } = suite {
        word(name)?;
    }
    Some(collector::of_suite(command, suite))
}

/// Returns the same for one test. Those of a suite without libtest and doctests cannot be selected one by one.
fn run_test(id: &str, evidence: &Evidence<'_>) -> Option<Invocation> {
    let TestId { suite, name } = TestId::parse(id);
    let command = run_suite(suite.target, evidence)?;
    let harness = evidence.head.snapshot.tests.get(id)?.harness;
    let is_selectable =
        suite.target != SuiteTarget::Doc && matches!(harness, Harness::Libtest | Harness::Nextest);
    // An ordinal after the name is not part of it.
    let name = name.split(' ').next().and_then(word);
    let Some(name) = name.filter(|_| is_selectable) else {
        return Some(command);
    };
    let (cargo, tool) = command.split_args();
    let (mut cargo, mut tool) = (cargo.to_vec(), tool.to_vec());
    // Cargo takes one name, and the user's arguments may have it already; libtest and nextest take several.
    if command.stream.is_nextest() {
        &mut cargo
    } else {
        &mut tool
    }
    .push(name.to_owned());
    Some(command.with_args(cargo, tool))
}

/// Returns the command that explains a gate.
pub(super) fn explain(id: &str) -> String {
    // The id of a gate on a pattern has an asterisk, which a shell would expand.
    let is_pattern = word(&id.replace('*', "")).is_some();
    match word(id) {
        Some(id) => format!("cargo campaign explain {id}"),
        None if is_pattern => {
            let id = quote(id);
            format!("cargo campaign explain {id}")
        }
        None => "cargo campaign status".to_owned(),
    }
}

/// Returns `-p a -p b`. `None` if there are no packages, too many, or one whose name needs quoting.
fn named<'a>(packages: impl Iterator<Item = &'a str>) -> Option<String> {
    let words: Option<Vec<String>> = packages
        .map(|p| word(p).map(|p| format!("-p {p}")))
        .collect();
    words
        .filter(|words| (1..=NAMED).contains(&words.len()))
        .map(|words| words.join(" "))
}

/// Returns the text if it is a single word that needs no quoting. The commands of this module are pasted
/// into a shell.
fn word(text: &str) -> Option<&str> {
    let is_plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-:.,/@+#".contains(c));
    (is_plain && !text.is_empty() && !text.starts_with(['-', '#'])).then_some(text)
}
