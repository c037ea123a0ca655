//! Reports: one value, the same for every command that judges, and one file per format or screen that shows it.
//!
//! [`Report`] serialised is the JSON report, public API, version [`SCHEMA_VERSION`]: additions raise the second number,
//! anything else the first; readers ignore keys that they do not know. Every key is always present: an unknown value is
//! `null`, never 0 and never an empty list.
//!
//! | key | holds |
//! |---|---|
//! | `schema`, `schema_version`, `tool` | `cargo-campaign/report`, `2.2`, program and version that wrote it |
//! | `campaign` | `name`, `release` (the version it leads to, or null), `revision` (whose gates and baseline were used, as named with `--base`; else null) |
//! | `directory` | of the workspace in its git repository, empty for the root; null without git |
//! | `run`, `baseline` | where the values come from: `id`, `started` (RFC 3339, UTC), `commit`, `branch`, `dirty`, `toolchain`, `host`, `target`, `profile`, `features`, scope, digests; `baseline` is null when none is pinned |
//! | `verdict`, `reason` | `pass`, `warn`, `fail` or `no-verdict`, the worst of all gates; how many gates have which verdict |
//! | `metrics` | by name: `value` and `baseline` (null when not measured), `unit`, `better`, `unavailable` (why the value is missing, and the command that fixes it), `incomparable`, `packages`. `gate` leaves out values that no gate needs (`not needed by the gates`) although a run has them; `status` has them all |
//! | `gates` | in the order of the configuration: condition, verdict, reason, value, baseline, bound, evidence, `file` and `line` of the rule (null for the checks of a release), `help` (the next command) |
//! | `findings` | `new`, `fixed`, `changed`, and how many `moved`; null when there is nothing to compare with |
//! | `diagnostics` | every finding of the run with its place and a `fingerprint` that moved lines do not change, also those that the baseline has |
//! | `tests` | `failed`, `incomplete`; and `regressed`, `vanished`, `newly_ignored`, `repaired`, `added`, null when not compared, or when empty and tests of either side are unknown |
//! | `notes` | remarks that change no verdict |
//! | `readiness` | of a release: `version`, `ready`, `outstanding` (ids of gates and checks), `commands` that measured, `commit` (the judged commit, to which the changes of the release are added); null unless a release is judged |
//! | `subset` | of the gates: `asked` (names that were given) and `configured` (how many there are); null when all were judged |
//! | `alerts` | of `status`: the alerts that fire, with `id`, `severity`, `state` (firing, muted, acknowledged), `since`, `value`, `acknowledged`; null from other commands |
//! | `workstreams` | of `status`: the workstreams, with `status` (pending, in_progress, blocked, complete), `may_start`, `met`, `criteria`, `waits`, `blockers` and `log`; null from other commands |
//! | `milestones` | of `status`: the milestones, with `status`, `health` (done, blocked, waiting-on-others, at-risk, on-track, not-known), `target`, `end` and `ahead` (working days before the target); null from other commands |
//! | `risks` | of `status`: the risks, with `status` (active, monitoring, closed, not-known), `probability`, `impact`, `exposure`, `triggers` and `review_due`; null from other commands |
//!
//! # Layout
//!
//! A screen or a page builds a [`document::Document`], blocks of raw text, once; [`terminal`], [`markdown`] and `html` render
//! blocks. Text from outside is escaped by the renderer: [`line::Line`] is the only way to a terminal,
//! [`markdown::escape::Md`] the only way to Markdown, and an element the only way to HTML; a [`unified`] diff has rules of its own. Everything here is pure and neither judges nor reads files.
//!
//! To add a format, write one file with a [`Format`] and add a line to [`FORMATS`]. To add a screen, write one
//! file that builds a document.

pub mod alert;
mod assemble;
pub mod attestation;
pub mod baseline;
mod build;
mod completion;
pub mod decision;
pub mod diff;
pub mod document;
pub mod experiment;
pub mod explain;
pub mod export;
pub mod fact;
pub mod facts;
pub mod figure;
pub mod final_metrics;
mod fingerprint;
pub mod gate;
pub mod github;
mod gitlab;
mod handoff;
pub mod history;
mod html;
mod issue;
pub mod json;
mod junit;
pub mod kind;
pub mod line;
pub mod markdown;
pub mod notification;
mod object;
mod openmetrics;
mod owners;
mod pages;
mod panic;
mod phrase;
pub mod picture;
pub mod plan;
mod problem;
mod progress;
pub mod prove;
pub mod readiness;
pub mod region;
mod risk;
mod sarif;
pub mod schedule;
mod section;
pub mod sections;
mod shorten;
mod sign_off;
pub mod status;
pub mod step;
pub mod style;
pub mod sweep;
pub mod terminal;
mod timeline;
mod unified;
mod weekly;
pub mod workstream;
mod xml;

#[cfg(test)]
mod tests;

pub use assemble::Inputs;
pub use object::{
    Campaign, CriterionState, Edited, Failed, Findings, Gate, Incomplete, LoggedAction, Metric,
    MilestoneState, Number, OpenAlert, Place, Readiness, Report, RiskState, Source, Stale, Subset,
    Tests, TriggerState, WorkstreamState,
};
pub use phrase::{pin_on, unmeasured};
pub use style::Look;

use document::Document;
use facts::PageFacts;
pub use kind::KINDS;
use kind::Kind;

use crate::run::Verdict;

/// Name of the JSON report's format.
pub const SCHEMA: &str = "cargo-campaign/report";

/// Version of the JSON report: additions raise the second number, anything else the first.
pub const SCHEMA_VERSION: &str = "2.2";

/// Turns a report into a complete document. The second argument is the time in Unix seconds. Formats of data ignore it
/// and the look.
pub type Render = fn(&Report, i64, &Look) -> String;

/// A way to show a report.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The value of `--format`.
    pub name: &'static str,
    /// A description for the documentation.
    pub about: &'static str,
    /// The function that renders it.
    pub render: Render,
    /// Renders the blocks of another report than the state of the campaign. `None` for a format of data, which has the same
    /// facts for every kind of report.
    pub page: Option<fn(&Document, &Look) -> String>,
    /// Renders the state of the campaign with its history. `None` for a format without trends.
    pub site: Option<Site>,
    /// The commands that the text consists of. `None` for any other text, in which commands are defused when it is printed.
    pub commands: Option<Commands>,
}

/// How a format shows the state of the campaign with its history.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Renders the page.
    pub render: fn(&PageFacts<'_>) -> String,
    /// Returns the names and the contents of the files of a rendered page that is written to a directory.
    pub files: fn(&str) -> Vec<(&'static str, String)>,
}

/// Commands in the output of a step, which a CI service executes.
#[derive(Clone, Copy, Debug)]
pub struct Commands {
    /// What every line begins with.
    pub prefix: &'static str,
    /// Whether GitHub Actions executes them. Then the summary and the outputs of the step are written with them.
    pub is_of_github: bool,
}

/// Every format, the one for people first.
pub const FORMATS: &[Format] = &[
    status::FORMAT,
    markdown::FORMAT,
    html::FORMAT,
    json::FORMAT,
    github::FORMAT,
    gitlab::FORMAT,
    sarif::FORMAT,
    junit::FORMAT,
    openmetrics::FORMAT,
];

/// Returns the kind of report with this name.
pub fn kind_of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

impl Format {
    /// Returns the names of all formats, for help texts and errors.
    pub fn names(separator: &str) -> String {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        names.join(separator)
    }

    /// Returns the format of this name.
    pub fn parse(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// Returns whether the text consists of commands for GitHub Actions.
    pub fn is_of_github(&self) -> bool {
        self.commands.is_some_and(|commands| commands.is_of_github)
    }

    /// Returns whether the format is for people. Each command then has a screen of its own.
    pub fn is_terminal(&self) -> bool {
        self.name == FORMATS[0].name
    }
}

/// Returns the exit code of a command that judges: 0 holds, 1 a deny gate failed, 3 no verdict, 4 a job of the schedule could not be
/// measured, 130 interrupted.
pub fn exit_code(report: &Report) -> u8 {
    match report.verdict {
        _ if report.interrupted => 130,
        Verdict::Pass | Verdict::Waived | Verdict::Warn => 0,
        Verdict::Fail => 1,
        // Then due jobs could not be measured.
        Verdict::NoVerdict if report.has_judged_gates() => 4,
        Verdict::NoVerdict => 3,
    }
}
