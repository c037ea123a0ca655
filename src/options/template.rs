//! Generates the `campaign.toml` that `init` writes, with gates that hold for the current state of
//! the workspace.
//!
//! A line that starts with `#` without a space is disabled configuration. A line that starts with
//! `# ` is a comment.

use crate::collector::{self, Definition, SuggestedCondition, SuggestedGate, WorkspaceShape};
use crate::metric::Value;
use crate::plan::Collector;
use crate::snapshot::Snapshot;
use crate::text::{excerpt, is_unsafe};

/// The properties of a workspace that the template depends on.
#[derive(Clone, Debug, Default)]
pub struct TemplateFacts<'a> {
    /// Name of the workspace.
    pub name: String,
    /// Its packages.
    pub members: Vec<MemberFacts>,
    /// The CI service, if one is configured.
    pub ci: Option<Ci>,
    /// Collectors whose tool is not installed.
    pub missing: Vec<Collector>,
    /// Whether cargo-nextest is installed.
    pub nextest: bool,
    /// Whether a bench uses unstable features that the compiler rejects.
    pub unstable_benches: bool,
    /// The results of a first measurement.
    pub readings: Option<&'a Snapshot>,
}

/// A package.
#[derive(Clone, Debug, Default)]
pub struct MemberFacts {
    /// Its name.
    pub name: String,
    /// Whether it has a library to document.
    pub has_lib: bool,
    /// Whether its sources contain tests.
    pub has_tests: bool,
    /// The harness of its benchmarks, if it has any.
    pub benches: Option<Benches>,
}

/// The harness of benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benches {
    /// criterion: estimates with intervals.
    Criterion,
    /// `#[bench]`: nightly.
    Libtest,
    /// An unknown harness, whose results cannot be read.
    Unknown,
}

/// A CI service, detected by its configuration files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Ci {
    GitHub,
    GitLab,
}

/// Returns the text of a new `campaign.toml`.
pub fn render(facts: &TemplateFacts<'_>) -> String {
    let mut text = String::new();
    text.push_str(
        "# What this workspace promises. Measure with `cargo campaign baseline`, judge with `cargo campaign gate`.\n",
    );
    if let Some(ci) = facts.ci {
        text.push_str(ci_words(ci));
    }
    text.push_str(&format!(
        "\n[campaign]\nname = {}\n#release = \"1.0.0\"   # the version this leads to\n",
        quoted(&facts.name)
    ));
    text.push_str(&collect(facts));
    text.push_str(&gates(facts));
    text.push_str(&performance(facts));
    text.push_str(TAIL);
    text
}

fn ci_words(ci: Ci) -> &'static str {
    match ci {
        Ci::GitHub => {
            "# In a GitHub workflow: a step `cargo campaign gate` (exit code 1: a gate fails, 3: no verdict).\n"
        }
        Ci::GitLab => {
            "# In .gitlab-ci.yml: a job with `cargo campaign gate` (exit code 1: a gate fails, 3: no verdict).\n"
        }
    }
}

/// Returns a TOML string on one line. Characters that could hide or reorder text are written as
/// escapes.
fn quoted(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let shown = if shown.trim().is_empty() {
        "campaign"
    } else {
        shown.trim()
    };
    let mut quoted = String::from('"');
    for c in shown.chars() {
        match c {
            '\\' | '"' => quoted.extend(['\\', c]),
            c if is_unsafe(c) => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns the collectors that run by default and suit the workspace, also those whose tool is
/// missing.
fn suitable(facts: &TemplateFacts<'_>) -> impl Iterator<Item = &'static Definition> {
    let shape = WorkspaceShape {
        has_library: facts.members.is_empty() || facts.members.iter().any(|m| m.has_lib),
        has_tests: has_tests(facts),
    };
    let all = collector::DEFAULT.iter().copied();
    all.filter(move |one| (one.suits)(shape))
}

/// Returns the collectors that can work here.
fn collectors(facts: &TemplateFacts<'_>) -> impl Iterator<Item = &'static Definition> {
    suitable(facts).filter(|one| !facts.missing.contains(&one.collector()))
}

/// Returns the collectors with gates that do not run by default and can work here.
fn more(facts: &TemplateFacts<'_>) -> impl Iterator<Item = &'static Definition> {
    let all = collector::ALL.iter().copied();
    all.filter(|one| {
        let mut default = collector::DEFAULT.iter();
        default.all(|other| other.name != one.name) && !facts.missing.contains(&one.collector())
    })
}

/// Returns whether there are tests, either in a measurement or in the sources of a member.
pub fn has_tests(facts: &TemplateFacts<'_>) -> bool {
    let measured = matches!(today(facts, "test.total"), Today::Figure(count) if count > 0.0);
    measured || facts.members.is_empty() || facts.members.iter().any(|member| member.has_tests)
}

fn collect(facts: &TemplateFacts<'_>) -> String {
    let names: Vec<String> = collectors(facts)
        .map(|one| format!("\"{}\"", one.name))
        .collect();
    let mut text = format!(
        "\n[collect]{}\ndefault = [{}]\n",
        members(facts),
        names.join(", ")
    );
    let missing = suitable(facts).filter(|one| facts.missing.contains(&one.collector()));
    for (one, tool) in missing.flat_map(|one| one.tools.iter().map(move |tool| (one, tool))) {
        text.push_str(&format!(
            "# {} is not installed: {}, then add \"{}\"\n",
            tool.name, tool.install, one.name
        ));
    }
    if facts.unstable_benches {
        text.push_str("benches = false           # some need a nightly compiler: check and clippy leave them out\n");
    }
    text.push_str("#features = [\"..\"]        # or: all-features = true\n");
    text.push_str("\n[collect.test]\ntimeout = \"30m\"");
    text.push_str(if has_tests(facts) {
        "         # without any test yet, add: allow-empty = true\n"
    } else {
        "\n"
    });
    if facts.nextest {
        text.push_str(
            "#runner = \"nextest\"      # is installed; without doctests, a series of its own\n",
        );
    }
    text
}

/// Returns a short comment that lists the members.
fn members(facts: &TemplateFacts<'_>) -> String {
    const SHOWN: usize = 4;
    let names: Vec<String> = facts
        .members
        .iter()
        .take(SHOWN)
        .map(|m| excerpt(&m.name))
        .collect();
    match facts.members.len() {
        0 => String::new(),
        count if count > SHOWN => format!("   # {count} packages: {}, ..", names.join(", ")),
        _ => format!("   # {}", names.join(", ")),
    }
}

/// The current value of a metric.
enum Today {
    Figure(f64),
    Missing(String),
    Unknown,
}

fn today(facts: &TemplateFacts<'_>, metric: &str) -> Today {
    let Some(snapshot) = facts.readings else {
        return Today::Unknown;
    };
    match snapshot.metrics.get(metric).map(|reading| &reading.value) {
        Some(Value::Measured(figure)) => Today::Figure(*figure),
        Some(Value::Unavailable(why)) => Today::Missing(excerpt(&why.reason)),
        None => Today::Missing("not measured".to_owned()),
    }
}

fn gates(facts: &TemplateFacts<'_>) -> String {
    let mut text =
        "\n[gates]   # metric = condition; OP is < <= = >= >, against a number, baseline, previous or best\n"
            .to_owned();
    for suggested in collectors(facts).flat_map(|one| one.gates) {
        text.push_str(&suggestion(facts, suggested));
    }
    if !has_tests(facts) {
        text.push_str(NO_TESTS);
    }
    text.push_str(SUPPRESSED);
    text.push_str(
        "# A gate is all that these collectors need; `doctor` names the tools that are not installed.\n",
    );
    for suggested in more(facts).flat_map(|one| one.gates) {
        text.push_str(&format!(
            "#{}",
            suggestion(&TemplateFacts::default(), suggested)
        ));
    }
    text.push_str("#\"unsafe.blocks\" = { require = \"<= baseline\", level = \"warn\" }   # is shown, does not fail\n");
    if let Some(member) = facts.members.first() {
        let package = quoted(&member.name);
        text.push_str(&format!(
            "#\"check.warnings\" = {{ require = \"= 0\", package = {package} }}   # \"*\" for each package\n"
        ));
    }
    text
}

/// Disabled gates on tests for a workspace without tests, where they would have no verdict.
const NO_TESTS: &str = "\
# The sources have no tests yet. With the first, add \"test\" to `default`, remove the `#` of these lines, and pin anew:
#\"test.failed\"      = \"= 0\"
#\"test.passed\"      = \">= baseline\"       # no test is lost
#\"test.vanished\"    = \"= 0\"               # nor renamed away
#\"test.newly_ignored\" = \"= 0\"             # nor switched off
#\"test.incomplete\"  = \"= 0\"
";

/// A comment about warnings that the gates do not cover.
const SUPPRESSED: &str = "# Lints that sources silence (#[allow(..)]) do not count; the collector `source` counts these attributes.\n";

/// Returns the line of a suggested gate: with the condition that holds today, where today's value
/// is known.
fn suggestion(facts: &TemplateFacts<'_>, suggested: &SuggestedGate) -> String {
    let value = match today(facts, suggested.metric) {
        Today::Figure(value) if value > 0.0 => Some(value),
        Today::Figure(_) | Today::Missing(_) | Today::Unknown => None,
    };
    let is_unknown = matches!(today(facts, suggested.metric), Today::Unknown);
    let (condition, comment) = match (suggested.condition, value) {
        (SuggestedCondition::Zero | SuggestedCondition::ZeroIfKnown, Some(value)) => (
            "<= baseline".to_owned(),
            format!("{value} today; then \"= 0\""),
        ),
        (SuggestedCondition::ZeroIfKnown, None) if is_unknown => {
            ("<= baseline".to_owned(), String::new())
        }
        (SuggestedCondition::Ceiling, Some(value)) => (
            format!("<= {value}"),
            "as today; lower it as you go".to_owned(),
        ),
        (SuggestedCondition::Ceiling, None) if !is_zero(facts, suggested.metric) => {
            ("<= baseline".to_owned(), String::new())
        }
        (SuggestedCondition::NoLess, _) => (">= baseline".to_owned(), suggested.comment.to_owned()),
        (SuggestedCondition::Exactly(condition), _) => {
            (condition.to_owned(), suggested.comment.to_owned())
        }
        _ => ("= 0".to_owned(), suggested.comment.to_owned()),
    };
    gate(
        facts,
        suggested.metric,
        &condition,
        &comment,
        suggested.needs,
    )
}

fn is_zero(facts: &TemplateFacts<'_>, metric: &str) -> bool {
    matches!(today(facts, metric), Today::Figure(0.0))
}

/// Returns a line of `[gates]`. It is disabled if the metric `needs` has no value today.
fn gate(
    facts: &TemplateFacts<'_>,
    metric: &str,
    require: &str,
    words: &str,
    needs: &str,
) -> String {
    let (off, words) = match today(facts, needs) {
        Today::Missing(why) => ("#", why),
        _ => ("", words.to_owned()),
    };
    let line = format!("{off}{:<18} = \"{require}\"", format!("\"{metric}\""));
    if words.is_empty() {
        format!("{line}\n")
    } else {
        format!("{line:<40} # {words}\n")
    }
}

/// Returns the part about benchmarks. Its gates are disabled, because benchmarks are noisy.
fn performance(facts: &TemplateFacts<'_>) -> String {
    let benches: Vec<Benches> = facts.members.iter().filter_map(|m| m.benches).collect();
    let readable = benches.iter().any(|b| *b != Benches::Unknown);
    if benches.is_empty() {
        return String::new();
    }
    if !readable {
        return "\n# The benchmarks here use a harness whose figures are not read; criterion's and libtest's are.\n"
            .to_owned();
    }
    let words = if benches.contains(&Benches::Criterion) {
        ""
    } else {
        "   # libtest benchmarks need a nightly toolchain"
    };
    format!(
        "\n# Times vary: a single one cannot show a regression. Without repeats such a gate gives no verdict.\n\
         #[collect.bench]\n#repeats = 5\n\n\
         #[gates.performance]   # a group, with a heading of its own; measure with `cargo campaign run bench`{words}\n\
         #\"bench.*.time\" = {{ require = \"<= baseline + 10%\", level = \"warn\" }}\n"
    )
}

/// The part that is the same for every workspace.
const TAIL: &str = r#"
# A dated exception to one gate; after the day it fails again.
#[[waiver]]
#gate = "test.failed"
#reason = "needs a server that CI does not have"
#owner = "ana"
#until = 2030-12-31
#ceiling = 2              # the worst value until then

# A collector of your own prints a number, JSON, or `name value unit` lines.
#[collect.licences]
#command = ["./scripts/licences"]
#inputs = ["@sources"]     # what it reads; without this it runs each time
#metrics = { "licences.unknown" = { unit = "count", better = "lower" } }

#[store]
#keep = 500               # runs; pinned ones stay
#max-age = "365d"

# When `run --due` and `watch` measure: docs/schedule.md.
#[schedule]
#check = "every 60m"
#build = { every = "2h", args = ["--release"] }
#test = "every 2h"
#clippy = "every 4h"
#fmt = "on-demand"
#bench = "daily at 03:00"

# What people are told about after each `run`: docs/alerts.md.
#[[alert]]
#when = "check.errors > 0"
#severity = "critical"
#[[alert]]
#when = "test.failed > 0"
#severity = "critical"
#[[alert]]
#when = "clippy.warnings > previous"
#deliver = "daily"        # in a digest
#[[alert]]
#when = "test.failed = 0"
#severity = "info"        # a good state
#deliver = "hourly"
#[[notify]]
#on = ["alert.*"]
#terminal = true          # or: webhook = { env = "SLACK_URL" }, command = ["./notify"]
"#;

#[cfg(test)]
mod tests;
