//! Shows the plan of a release on the terminal or as JSON.

use anyhow::Result;
use serde_json::json;

use super::super::bump;
use super::super::session::Session;
use crate::ops::release::plan::{PlannedRelease, is_ready};
use crate::report::document::Block;
use crate::report::gate::{GateFacts, STATUS};
use crate::report::json;
use crate::report::readiness;
use crate::run::Verdict;

/// Shows readiness, the diffs of all files, and the steps.
pub(super) fn plan(session: &mut Session, planned: &PlannedRelease, execute: bool) -> Result<()> {
    session.warn_about_damage();
    let look = session.look();
    let (lines, now, verbose) = (
        session.config().lines.clone(),
        session.now,
        session.ui.is_verbose(),
    );
    let status = session.ui.with_options(STATUS);
    let around = GateFacts {
        source: &lines,
        unchanged: true,
        verbose,
        status: &status,
    };
    let screen = readiness::screen(&planned.report, &around, now, &look);
    session.ui.out(&screen)?;
    if !execute {
        let diffs = planned.changes.iter().cloned().map(Block::Diff).collect();
        session.ui.print(&diffs)?;
    }
    steps(session, planned);
    let said = match (is_ready(&planned.report), execute, planned.is_made()) {
        (_, _, true) => ("Unchanged", "everything is done already"),
        (true, false, _) => ("Nothing", "written: --execute makes it"),
        (false, false, _) if planned.report.verdict == Verdict::NoVerdict => (
            "Nothing",
            "written: --execute measures what is missing, then makes it if it is ready",
        ),
        (false, _, _) => ("Nothing", "written: it is not ready"),
        (true, true, _) => return Ok(()),
    };
    session.ui.status(said.0, said.1);
    Ok(())
}

/// Shows one line per step.
fn steps(session: &mut Session, planned: &PlannedRelease) {
    let mut lines = Vec::new();
    if !planned.bump.changes.is_empty() {
        lines.push(("Bump", bump::summary(&planned.bump)));
    }
    let pages = planned.changes.iter().filter(|c| {
        !planned
            .bump
            .changes
            .iter()
            .any(|other| other.path == c.path)
    });
    let pages: Vec<&str> = pages
        .map(|c| c.path.as_str())
        .filter(|path| Some(*path) != planned.notes_file.as_deref())
        .collect();
    if !pages.is_empty() {
        lines.push(("Changelog", pages.join(", ")));
    }
    lines.extend(
        planned
            .notes_file
            .iter()
            .map(|file| ("Notes", file.clone())),
    );
    if !planned.changes.is_empty() {
        lines.push(("Commit", format!("\"{}\"", planned.message)));
    }
    if !planned.is_made() {
        lines.push(("Tag", planned.tags.join(", ")));
    }
    for (verb, text) in lines {
        session.ui.status(verb, &text);
    }
    bump::show_notes(session, &planned.bump);
}

/// Prints the object `cargo-campaign/release`: the plan, the readiness report, and whether the
/// release is made next.
pub(super) fn object(
    session: &mut Session,
    planned: &PlannedRelease,
    executes: bool,
) -> Result<()> {
    let files: Vec<&str> = planned
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    let object = json!({
        "schema": "cargo-campaign/release",
        "schema_version": "1.0",
        "packages": planned.bump.plan.packages,
        "edits": planned.bump.plan.edits,
        "notes": planned.bump.plan.notes,
        "files": files,
        "commit": (!planned.changes.is_empty()).then_some(&planned.message),
        "tags": planned.tags,
        "executes": executes,
        "report": planned.report,
    });
    session.ui.out(&json::pretty(&object)?)?;
    Ok(())
}
