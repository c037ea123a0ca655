//! The `campaign.toml` that `init` writes: fitted to what is there, with gates that hold today and tighten tomorrow.
//!
//! Values in, text out. A line that starts with `#` and no space is configuration to switch on; one with a space is words.

use crate::metric::Value;
use crate::snapshot::Snapshot;
use crate::text::{excerpt, is_unsafe};

/// What is there.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// Of the workspace.
    pub name: String,
    /// Its packages.
    pub members: Vec<Member>,
    /// Where it is built.
    pub ci: Option<Ci>,
    /// Clippy is installed.
    pub clippy: bool,
    /// rustfmt is installed.
    pub rustfmt: bool,
    /// cargo-nextest is installed.
    pub nextest: bool,
    /// A bench uses unstable features, and the compiler refuses them.
    pub unstable_benches: bool,
    /// A first measurement.
    pub readings: Option<&'a Snapshot>,
}

/// A package.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// It has a library to document.
    pub has_lib: bool,
    /// Its sources have tests.
    pub has_tests: bool,
    /// It has benchmarks, and what runs them.
    pub benches: Option<Benches>,
}

/// What runs benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benches {
    /// criterion: estimates with intervals.
    Criterion,
    /// `#[bench]`: nightly.
    Libtest,
    /// A harness nobody knows: its figures are not read.
    Unknown,
}

/// A CI service, by the files it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Ci {
    GitHub,
    GitLab,
}

/// The text of a new `campaign.toml`.
pub fn render(facts: &Facts<'_>) -> String {
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

/// Returns a TOML string on one line. Characters that could hide or reorder text are written as escapes.
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

/// The collectors that can work here.
fn collectors(facts: &Facts<'_>) -> Vec<&'static str> {
    let has_lib = facts.members.is_empty() || facts.members.iter().any(|m| m.has_lib);
    let chosen = [
        ("check", true),
        ("clippy", facts.clippy),
        ("test", has_tests(facts)),
        ("fmt", facts.rustfmt),
        ("doc", has_lib),
        ("loc", true),
    ];
    chosen
        .iter()
        .filter(|(_, chosen)| *chosen)
        .map(|(name, _)| *name)
        .collect()
}

/// Whether there are tests: a measurement has seen some, or the sources of a member have some.
pub fn has_tests(facts: &Facts<'_>) -> bool {
    let measured = matches!(today(facts, "test.total"), Today::Figure(count) if count > 0.0);
    measured || facts.members.is_empty() || facts.members.iter().any(|member| member.has_tests)
}

fn collect(facts: &Facts<'_>) -> String {
    let names: Vec<String> = collectors(facts)
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect();
    let mut text = format!(
        "\n[collect]{}\ndefault = [{}]\n",
        members(facts),
        names.join(", ")
    );
    for (missing, words) in [
        (
            !facts.clippy,
            "# clippy is not installed: rustup component add clippy, then add \"clippy\"\n",
        ),
        (
            !facts.rustfmt,
            "# rustfmt is not installed: rustup component add rustfmt, then add \"fmt\"\n",
        ),
    ] {
        text.push_str(if missing { words } else { "" });
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

/// Who is measured, in a few words.
fn members(facts: &Facts<'_>) -> String {
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

/// What is known of a metric today.
enum Today {
    Figure(f64),
    Lacking(String),
    Unknown,
}

fn today(facts: &Facts<'_>, metric: &str) -> Today {
    let Some(snapshot) = facts.readings else {
        return Today::Unknown;
    };
    match snapshot.metrics.get(metric).map(|reading| &reading.value) {
        Some(Value::Measured(figure)) => Today::Figure(*figure),
        Some(Value::Unavailable(why)) => Today::Lacking(excerpt(&why.reason)),
        None => Today::Lacking("not measured".to_owned()),
    }
}

fn gates(facts: &Facts<'_>) -> String {
    let mut text =
        "\n[gates]   # metric = condition; OP is < <= = >= >, against a number, baseline, previous or best\n"
            .to_owned();
    for name in collectors(facts) {
        text.push_str(&match name {
            "check" => {
                zero(facts, "check.errors")
                    + &derived(
                        facts,
                        "check.new",
                        "compiler warnings the baseline does not have",
                        "check.warnings",
                    )
            }
            "clippy" => {
                ceiling(facts, "clippy.warnings")
                    + &derived(
                        facts,
                        "clippy.new",
                        "findings the baseline does not have",
                        "clippy.warnings",
                    )
            }
            "test" => tests(facts),
            "fmt" => zero(facts, "fmt.files"),
            "doc" => zero(facts, "doc.warnings"),
            _ => String::new(),
        });
    }
    if !has_tests(facts) {
        text.push_str(NO_TESTS);
    }
    text.push_str(SUPPRESSED);
    text.push_str("#\"unsafe.blocks\" = { require = \"<= baseline\", level = \"warn\" }   # said, does not fail\n");
    if let Some(member) = facts.members.first() {
        let package = quoted(&member.name);
        text.push_str(&format!(
            "#\"check.warnings\" = {{ require = \"= 0\", package = {package} }}   # \"*\" for each package\n"
        ));
    }
    text
}

fn tests(facts: &Facts<'_>) -> String {
    zero(facts, "test.failed")
        + &gate(
            facts,
            "test.passed",
            ">= baseline",
            "no test is lost",
            "test.passed",
        )
        + &derived(facts, "test.vanished", "nor renamed away", "test.passed")
        + &derived(
            facts,
            "test.newly_ignored",
            "nor switched off",
            "test.passed",
        )
        + &zero(facts, "test.incomplete")
}

/// The gates on tests of a workspace that has none: they would have no verdict.
const NO_TESTS: &str = "\
# The sources have no tests yet. With the first, add \"test\" to `default`, remove the `#` of these lines, and pin anew:
#\"test.failed\"      = \"= 0\"
#\"test.passed\"      = \">= baseline\"       # no test is lost
#\"test.vanished\"    = \"= 0\"               # nor renamed away
#\"test.newly_ignored\" = \"= 0\"             # nor switched off
#\"test.incomplete\"  = \"= 0\"
";

/// What the gates above do not see.
const SUPPRESSED: &str = "# Lints that the source silences (#[allow(..)], #![allow(..)]) are not counted yet: review these in changes.\n";

/// `= 0` where that holds or is not known yet; else what holds.
fn zero(facts: &Facts<'_>, metric: &str) -> String {
    match today(facts, metric) {
        Today::Figure(figure) if figure > 0.0 => gate(
            facts,
            metric,
            "<= baseline",
            &format!("{figure} today; then \"= 0\""),
            metric,
        ),
        Today::Unknown if metric == "doc.warnings" || metric == "fmt.files" => {
            gate(facts, metric, "<= baseline", "", metric)
        }
        _ => gate(facts, metric, "= 0", "", metric),
    }
}

/// A number to lower by hand where one is known.
fn ceiling(facts: &Facts<'_>, metric: &str) -> String {
    match today(facts, metric) {
        Today::Figure(figure) if figure > 0.0 => gate(
            facts,
            metric,
            &format!("<= {figure}"),
            "as today; lower it as you go",
            metric,
        ),
        Today::Figure(_) => gate(facts, metric, "= 0", "", metric),
        _ => gate(facts, metric, "<= baseline", "", metric),
    }
}

fn derived(facts: &Facts<'_>, metric: &str, words: &str, from: &str) -> String {
    gate(facts, metric, "= 0", words, from)
}

/// A line of `[gates]`, switched off when `needs` has no figure today.
fn gate(facts: &Facts<'_>, metric: &str, require: &str, words: &str, needs: &str) -> String {
    let (off, words) = match today(facts, needs) {
        Today::Lacking(why) => ("#", why),
        _ => ("", words.to_owned()),
    };
    let line = format!("{off}{:<18} = \"{require}\"", format!("\"{metric}\""));
    if words.is_empty() {
        format!("{line}\n")
    } else {
        format!("{line:<40} # {words}\n")
    }
}

/// Benchmarks are noisy: their gates start switched off.
fn performance(facts: &Facts<'_>) -> String {
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

/// What every campaign may want.
const TAIL: &str = r#"
# A dated exception to one gate; after the day it fails again.
#[[waiver]]
#gate = "test.failed"
#reason = "needs a server that CI does not have"
#owner = "ana"
#until = 2030-12-31
#ceiling = 2              # the worst it may get meanwhile

# A collector of your own prints a number, JSON, or `name value unit` lines.
#[collect.licences]
#command = ["./scripts/licences"]
#inputs = ["@sources"]     # what it reads; without this it runs each time
#metrics = { "licences.unknown" = { unit = "count", better = "lower" } }

#[store]
#keep = 500               # runs; pinned ones stay
#max-age = "365d"
"#;

#[cfg(test)]
mod tests;
