//! `cargo campaign document`: keeps the documents of the team current.

use anyhow::Result;

use super::facts::Facts;
use super::output;
use super::session::Session;
use crate::ops::document::{self, DocumentUpdate};
use crate::ops::{Exit, Stop};
use crate::report::kind::ReportPeriod;
use crate::run::Verdict;
use crate::text::first_few;

/// The most files that a note names.
const NAMED: usize = 3;

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
        let facts = Facts::collect(session, ReportPeriod::Hours(7 * 24))?;
        let updates = document::updates(session, &facts.shown())?;
        for update in &updates {
            if !update.missing.is_empty() {
                let path = &update.change.path;
                let names = update.missing.join(", ");
                let text = format!("`{path}` has no region for these sections: {names}");
                session.ui.note(&text);
            }
        }
        if self.check {
            return check(session, &facts, &updates);
        }
        let written = document::apply(session, &updates)?;
        for path in &written.files {
            session.ui.status("Wrote", path);
        }
        if written.files.is_empty() {
            session.ui.status("Current", "all documents");
        }
        if !written.edited.is_empty() {
            let files = first_few(&written.edited, NAMED);
            let text = format!(
                "results are stale now: {files} had text in regions that was not generated here"
            );
            session.ui.note(&text);
            session.ui.help("cargo campaign gate");
            return Ok(Exit::Done);
        }
        let report = &facts.report;
        if report.verdict == Verdict::NoVerdict && !report.gates.is_empty() {
            let message = "documents say that gates have no verdict, because values are missing";
            session.ui.warn(message);
            session.ui.help("cargo campaign gate");
        }
        Ok(Exit::Done)
    }
}

/// Reports the documents that are out of date.
fn check(session: &Session, facts: &Facts, updates: &[DocumentUpdate]) -> Result<Exit> {
    let stale: Vec<String> = updates
        .iter()
        .filter(|update| !update.is_current())
        .map(described)
        .collect();
    if stale.is_empty() {
        session.ui.status("Current", "all documents");
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
