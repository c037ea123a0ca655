//! Finds the lines that were added or changed since the baseline.

use std::collections::BTreeSet;

use super::{diff_lines, is_at_hand};
use crate::git::{Listed, Trouble};
use crate::judge::{ChangedLines, PIN};
use crate::ops::context::Context;
use crate::run::View;
use crate::snapshot::{Origin, UnknownPatch};

/// Returns the changed lines of the files whose executions the head counts. Nothing changed if the sources are those of the
/// baseline.
///
/// # Errors
/// With the reason, if git does not know which lines changed.
pub(super) fn lines(cx: &Context, base: &View, head: &View) -> Result<ChangedLines, UnknownPatch> {
    let since = base.provenance.since();
    if head.snapshot.executions.is_empty() || since.tree == head.provenance.tree {
        return Ok(ChangedLines::default());
    }
    let commit = commit_of(&since)?;
    if !is_at_hand(cx, head) {
        return Err(UnknownPatch {
            reason: "the changed lines are unknown, because uncommitted changes that were measured are gone".to_owned(),
            help: Some("cargo campaign gate".to_owned()),
        });
    }
    let to = head.provenance.clean_commit();
    let git = cx.git().map_err(unknown)?;
    let map = diff_lines(&git, commit, to).map_err(unknown)?;
    let before = git.files_of(commit).map_err(unknown)?;
    let now = match to {
        Some(commit) => git.files_of(commit).map_err(unknown)?,
        None => git.ls_files().map_err(unknown)?.iter().map(name).collect(),
    };
    let measured = head.snapshot.executions.values();
    let measured: BTreeSet<&String> = measured.flat_map(|files| files.keys()).collect();
    let mut new = BTreeSet::new();
    for file in measured {
        if before.contains(file) {
            continue;
        }
        if now.contains(file) {
            new.insert(file);
        } else if let Some(repository) = repository_of(file, &now) {
            return Err(UnknownPatch {
                reason: format!(
                    "the changed lines of {file} are unknown, because git does not list the files in `{repository}`"
                ),
                help: None,
            });
        }
        // Git ignores the others.
    }
    Ok(ChangedLines::new(&map, new))
}

fn name(listed: &Listed) -> String {
    String::from_utf8_lossy(&listed.name).into_owned()
}

fn unknown(trouble: Trouble) -> UnknownPatch {
    UnknownPatch {
        reason: format!("the changed lines are unknown: {trouble}"),
        help: trouble.hint(),
    }
}

/// Returns the commit that a state consists of.
fn commit_of(since: &Origin) -> Result<&str, UnknownPatch> {
    let reason = match &since.commit {
        Some(commit) if !since.dirty => return Ok(commit),
        Some(_) => {
            "the baseline was pinned with uncommitted changes, so that the changed lines are unknown"
        }
        None => "the baseline has no commit, so that the changed lines are unknown",
    };
    Err(UnknownPatch {
        reason: reason.to_owned(),
        help: Some(PIN.to_owned()),
    })
}

/// Returns the directory above a file that git lists in place of its files: a submodule or another repository.
fn repository_of<'a>(file: &'a str, listed: &BTreeSet<String>) -> Option<&'a str> {
    let ends = file.match_indices('/').map(|(at, _)| at);
    ends.map(|at| &file[..at])
        .find(|directory| listed.contains(*directory) || listed.contains(&format!("{directory}/")))
}
