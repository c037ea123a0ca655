//! `cargo campaign document`: keeps the documents of the team current.

use anyhow::Result;

use super::facts::Facts;
use super::output;
use super::session::Session;
use super::terminal::Terminal;
use crate::ops::document::{self, DocumentUpdate};
use crate::ops::{Context, Exit, Stop};
use crate::report::Report;
use crate::report::kind::ReportPeriod;
use crate::run::Verdict;
use crate::text::first_few;

/// The most files that a note names.
const NAMED: usize = 3;

/// The time that sections about a period are about.
const PERIOD: ReportPeriod = ReportPeriod::Hours(7 * 24);

/// Said in place of an empty list.
const NOTHING: &str = "no documents are configured: add `[[document]]` to campaign.toml";

/// Update the documents of the team: Markdown files with regions that are kept current
///
/// `[[document]]` in campaign.toml names the files. The lines between `<!-- campaign:SECTION -->` and `<!-- /campaign -->`
/// are replaced, all else stays as it is. A file that does not exist is created with its headings. Works from recorded
/// runs; never starts cargo.
#[derive(clap::Args, Debug)]
pub(super) struct DocumentArgs {
    /// Write nothing; exit with 1 if a document is out of date, and with 3 if that is not known because values are missing
    #[arg(long)]
    check: bool,
}

impl DocumentArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        output::terminal_only(session, "document")?;
        if session.config().documents.is_empty() {
            session.ui.note(NOTHING);
            return Ok(Exit::Done);
        }
        match self.check {
            true => check(session, &session.ui),
            false => write(session, &session.ui),
        }
    }
}

/// Writes the documents that are out of date.
///
/// # Errors
/// If one cannot be read or written, or has regions that are not valid; nothing is written then.
pub(super) fn write(cx: &Context, ui: &Terminal) -> Result<Exit> {
    let facts = Facts::collect(cx, ui, PERIOD)?;
    let updates = document::updates(cx, &facts.shown())?;
    note_missing(ui, &updates);
    let written = document::apply(cx, &updates)?;
    for path in &written.files {
        ui.status("Wrote", path);
    }
    if written.files.is_empty() {
        ui.status("Current", "all documents");
    }
    if !written.edited.is_empty() {
        let files = first_few(&written.edited, NAMED);
        let text = format!(
            "results are stale now: {files} had text in regions that was not generated here"
        );
        ui.note(&text);
        ui.help("cargo campaign gate");
        return Ok(Exit::Done);
    }
    if !written.tracked.is_empty() {
        let files = first_few(&written.tracked, NAMED);
        let text = format!("results are stale now: git tracks {files}, which counts as a source");
        ui.note(&text);
        ui.help("cargo campaign gate");
        return Ok(Exit::Done);
    }
    if let Some(missing) = missing_gates(&facts.report).or_else(|| missing_criterion(&facts.report))
    {
        ui.warn(&format!(
            "documents say that values are missing: {}",
            missing.why
        ));
        ui.help(&missing.fix);
    }
    Ok(Exit::Done)
}

/// A value that documents show and that is not known.
struct MissingValue {
    /// What is missing and why, as a fragment.
    why: String,
    /// The command that measures it.
    fix: String,
}

/// Returns why gates have no verdict, if any has none.
fn missing_gates(report: &Report) -> Option<MissingValue> {
    let why = match report.run.id {
        None => "nothing was measured".to_owned(),
        Some(_) if report.verdict == Verdict::NoVerdict && !report.gates.is_empty() => {
            report.reason.clone()
        }
        Some(_) => return None,
    };
    let fix = "cargo campaign gate".to_owned();
    Some(MissingValue { why, fix })
}

/// Returns a criterion of a workstream without verdict. Gates do not measure what only workstreams need.
fn missing_criterion(report: &Report) -> Option<MissingValue> {
    let streams = report.workstreams.iter().flatten();
    let mut criteria = streams.flat_map(|stream| &stream.criteria);
    let unknown = criteria.find(|one| one.state == "no-verdict")?;
    let reason = unknown.reason.as_deref().unwrap_or("it has no verdict");
    let fix = unknown.help.as_deref().unwrap_or("cargo campaign run");
    Some(MissingValue {
        why: format!("{} ({reason})", unknown.text),
        fix: fix.to_owned(),
    })
}

/// Returns a metric that the baseline has and the current sources do not have.
fn missing_metric(report: &Report) -> Option<MissingValue> {
    let mut metrics = report.metrics.values();
    let metric = metrics.find(|one| one.value.is_none() && one.baseline.is_some())?;
    let unavailable = metric.unavailable.as_ref()?;
    let fix = unavailable.fix.as_deref().unwrap_or("cargo campaign run");
    Some(MissingValue {
        why: format!("{} ({})", metric.title, unavailable.reason),
        fix: fix.to_owned(),
    })
}

/// Names the sections for which a document has no region.
fn note_missing(ui: &Terminal, updates: &[DocumentUpdate]) {
    for update in updates.iter().filter(|update| !update.missing.is_empty()) {
        let path = &update.change.path;
        let names = update.missing.join(", ");
        ui.note(&format!(
            "`{path}` has no region for these sections: {names}"
        ));
    }
}

/// Reports the documents that are out of date.
fn check(cx: &Context, ui: &Terminal) -> Result<Exit> {
    let facts = Facts::collect(cx, ui, PERIOD)?;
    let updates = document::updates(cx, &facts.shown())?;
    note_missing(ui, &updates);
    let stale: Vec<String> = updates
        .iter()
        .filter(|update| !update.is_current())
        .map(described)
        .collect();
    let report = &facts.report;
    let gates = missing_gates(report);
    if stale.is_empty() {
        // A document can say truthfully that a gate has no verdict, but not that none has one.
        let mut judged = report.gates.iter();
        let is_judged = judged.any(|gate| gate.verdict != Verdict::NoVerdict);
        let missing = gates.filter(|_| report.run.id.is_none() || !is_judged);
        let Some(missing) = missing else {
            ui.status("Current", "all documents");
            return Ok(Exit::Done);
        };
        let message = format!("documents say that values are missing: {}", missing.why);
        return Err(Stop::new(Exit::NoVerdict, message).help(missing.fix).into());
    }
    let missing = gates.or_else(|| missing_criterion(report));
    let message = format!("out of date: {}", stale.join("; "));
    let stop = match missing.or_else(|| missing_metric(report)) {
        None => Stop::new(Exit::Failed, message).help("cargo campaign document"),
        Some(missing) => {
            let message = format!("{message}; or values are missing: {}", missing.why);
            Stop::new(Exit::NoVerdict, message).help(missing.fix)
        }
    };
    Err(stop.into())
}

/// Returns ``docs/DASHBOARD.md: `gates` (line 12), `log` (line 40)``.
fn described(update: &DocumentUpdate) -> String {
    let path = &update.change.path;
    if !update.exists {
        return format!("`{path}` does not exist");
    }
    let regions = update.stale.iter();
    let regions: Vec<String> = regions
        .map(|(name, line)| format!("`{name}` (line {line})"))
        .collect();
    format!("`{path}`: {}", regions.join(", "))
}
