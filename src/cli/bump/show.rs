//! Shows a bump: the diff, a summary, the JSON object, or the problems.

use anyhow::Result;
use serde_json::json;

use super::super::session::Session;
use crate::ops::bump::{PreparedBump, RejectedBump, SHOWN};
use crate::options::mistake::{Invalid, Mistake};
use crate::options::render;
use crate::release::bump::{BumpPlan, Remark};
use crate::report::document::Block;
use crate::report::figure::counted;
use crate::report::json;
use crate::text::first_few;

/// Maximum number of notes on the terminal; the JSON object has all of them.
const NOTES: usize = 20;

/// Shows the diff of a dry run, and the summary.
pub(super) fn plan(session: &mut Session, prepared: &PreparedBump, dry_run: bool) -> Result<()> {
    if dry_run {
        let diffs = prepared.changes.iter().cloned().map(Block::Diff).collect();
        session.ui.print(&diffs)?;
    }
    let ui = &mut session.ui;
    if prepared.changes.is_empty() {
        ui.status(
            "Unchanged",
            "every version is as asked for, nothing to write",
        );
    } else {
        ui.status("Plan", &summary(prepared));
    }
    show_notes(session, prepared);
    if dry_run && !prepared.changes.is_empty() {
        session.ui.status("Nothing", "written (dry run)");
    }
    Ok(())
}

/// Shows the notes of a bump.
pub(in crate::cli) fn show_notes(session: &mut Session, prepared: &PreparedBump) {
    let ui = &mut session.ui;
    for note in prepared.plan.notes.iter().take(NOTES) {
        ui.status("Note", &line(note));
    }
    if let Some(rest) = prepared
        .plan
        .notes
        .len()
        .checked_sub(NOTES)
        .filter(|rest| *rest > 0)
    {
        ui.status("Note", &format!("{rest} more: --format json has them all"));
    }
}

/// Returns a summary such as `2.0.0 for 12 packages: 61 edits in 14 files, Cargo.lock refreshed,
/// the result resolves`.
pub(in crate::cli) fn summary(prepared: &PreparedBump) -> String {
    let edits = counted(prepared.plan.edits.len(), "edit");
    let files = counted(prepared.changes.len() - prepared.lockfiles.len(), "file");
    let locks = match prepared.lockfiles.as_slice() {
        [] => String::new(),
        locks => format!(", {} refreshed", locks.join(", ")),
    };
    format!(
        "{}: {edits} in {files}{locks}, the result resolves",
        moved(&prepared.plan)
    )
}

/// Describes the moved versions: `1.4.0 → 2.0.0 for 12 packages`, without the old version if there
/// are several, or `core 1.2.0 → 1.3.0, api 0.4.0 → 0.5.0` if the new versions differ.
pub(super) fn moved(plan: &BumpPlan) -> String {
    let packages = &plan.packages;
    match packages.as_slice() {
        [] => "requirements".to_owned(),
        [first, rest @ ..] if rest.iter().all(|one| one.to == first.to) => {
            let from = if rest.iter().all(|one| one.from == first.from) {
                format!("{} → ", first.from)
            } else {
                String::new()
            };
            format!(
                "{from}{} for {}",
                first.to,
                counted(packages.len(), "package")
            )
        }
        all => {
            let names = all.iter();
            first_few(
                names.map(|one| format!("{} {} → {}", one.name, one.from, one.to)),
                SHOWN,
            )
        }
    }
}

fn line(note: &Remark) -> String {
    let place = match (note.file.as_str(), note.line) {
        ("", _) => String::new(),
        (file, 0) => format!("{file} "),
        (file, line) => format!("{file}:{line} "),
    };
    let help = note
        .help
        .as_ref()
        .map_or_else(String::new, |help| format!(": {help}"));
    format!("{place}{}{help}", note.message)
}

/// Prints the plan as JSON: `packages`, `edits`, `notes`, the changed files, and whether they are
/// written next.
pub(super) fn object(session: &mut Session, prepared: &PreparedBump, writes: bool) -> Result<()> {
    let files: Vec<&str> = prepared
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    let object = json!({
        "schema": "cargo-campaign/bump",
        "schema_version": "1.0",
        "packages": prepared.plan.packages,
        "edits": prepared.plan.edits,
        "notes": prepared.plan.notes,
        "files": files,
        "lockfiles": prepared.lockfiles,
        "writes": writes && !prepared.changes.is_empty(),
    });
    session.ui.out(&json::pretty(&object)?)?;
    Ok(())
}

/// Shows why a bump is impossible. Problems in manifests are shown like configuration errors.
pub(in crate::cli) fn problems(session: &mut Session, rejected: &RejectedBump) {
    let RejectedBump {
        problems,
        manifests,
    } = rejected;
    for same_file in problems.chunk_by(|a, b| a.file == b.file) {
        let file = same_file
            .first()
            .map_or("", |problem| problem.file.as_str());
        if let Some(manifest) = manifests.iter().find(|m| m.path == file) {
            let mistakes = same_file.iter().map(mistake).collect();
            let invalid = Invalid {
                file: file.to_owned(),
                text: manifest.text.clone(),
                mistakes,
            };
            let look = session.ui.look_err();
            session
                .ui
                .screen(&(render::render(&invalid, look.color, look.width) + "\n"));
            continue;
        }
        for problem in same_file {
            let place = if file.is_empty() {
                String::new()
            } else {
                format!("{file}:{}: ", problem.line)
            };
            session.ui.error(&format!("{place}{}", problem.message));
            problem.help.iter().for_each(|help| session.ui.help(help));
        }
    }
}

fn mistake(problem: &Remark) -> Mistake {
    Mistake {
        at: problem.span.clone(),
        message: problem.message.clone(),
        label: String::new(),
        help: problem.help.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::bump::Move;

    #[test]
    fn moved_versions_are_named_as_far_as_they_differ() {
        for (packages, expected) in [
            (&[][..], "requirements"),
            (&["a 1.0.0 1.1.0"], "1.0.0 → 1.1.0 for 1 package"),
            (
                &["a 1.0.0 1.1.0", "b 1.0.0 1.1.0"],
                "1.0.0 → 1.1.0 for 2 packages",
            ),
            (&["a 1.0.0 2.0.0", "b 1.1.0 2.0.0"], "2.0.0 for 2 packages"),
            (
                &["a 1.0.0 1.1.0", "b 0.2.0 0.3.0"],
                "a 1.0.0 → 1.1.0, b 0.2.0 → 0.3.0",
            ),
        ] {
            let packages = packages.iter().map(|text| {
                let words: Vec<&str> = text.split(' ').collect();
                Move {
                    name: words[0].to_owned(),
                    from: words[1].parse().unwrap(),
                    to: words[2].parse().unwrap(),
                }
            });
            let plan = BumpPlan {
                packages: packages.collect(),
                ..BumpPlan::default()
            };
            assert_eq!(moved(&plan), expected);
        }
    }
}
