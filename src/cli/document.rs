//! `cargo campaign document`: keeps the documents of the team current.

use anyhow::Result;

use super::facts::Facts;
use super::output;
use super::session::Session;
use super::terminal::Terminal;
use crate::ops::document::{self, DocumentUpdate};
use crate::ops::{Context, Exit, Stop};
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
    let report = &facts.report;
    if report.verdict == Verdict::NoVerdict && !report.gates.is_empty() {
        let message = "documents say that gates have no verdict, because values are missing";
        ui.warn(message);
        ui.help("cargo campaign gate");
    }
    Ok(Exit::Done)
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
    if stale.is_empty() {
        ui.status("Current", "all documents");
        return Ok(Exit::Done);
    }
    let report = &facts.report;
    let is_known = report.run.id.is_some() && report.verdict != Verdict::NoVerdict;
    let message = format!("out of date: {}", stale.join("; "));
    let stop = match is_known {
        true => Stop::new(Exit::Failed, message).help("cargo campaign document"),
        false => {
            let message = format!("{message}; or values are missing: {}", report.reason);
            Stop::new(Exit::NoVerdict, message).help("cargo campaign gate")
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
