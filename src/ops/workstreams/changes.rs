//! The commits of workstreams since the baseline, and the branches that are not merged.

use std::collections::BTreeSet;

use crate::git::{Git, History, Trouble};
use crate::glob;
use crate::ops::Context;
use crate::ops::evaluate::Evaluation;
use crate::relative_path::is_below;
use crate::release::changelog::Commit;
use crate::workstream::Workstream;

/// The commits of a workstream and their changes.
#[derive(Clone, Default)]
pub(crate) struct WorkstreamChanges {
    /// The number of commits.
    pub(super) commits: usize,
    /// The files that they changed, relative to the workspace root.
    pub(super) files: BTreeSet<String>,
    /// The commit of its branch (full id), unless HEAD has it.
    pub(super) tip: Option<String>,
}

impl WorkstreamChanges {
    /// Adds a commit. The files of a merge are those of the commits that it brought in.
    fn add<'f>(&mut self, commit: &'f Commit, files: impl Iterator<Item = &'f String>) {
        self.commits += 1;
        if !commit.is_merge() {
            self.files.extend(files.cloned());
        }
    }
}

/// Returns the changes of each workstream: those of the commits since the baseline that changed its paths or
/// name it in a line `Workstream: ID`, and those of the commits on its branch that HEAD does not have.
///
/// # Errors
/// Why that is not known.
pub(super) fn since_baseline(
    cx: &Context,
    evaluation: &Evaluation,
    git: &Result<Git, Trouble>,
) -> Result<Vec<WorkstreamChanges>, String> {
    let streams = &cx.config().workstreams;
    let baseline = evaluation.baseline.as_ref();
    let since = baseline.and_then(|view| view.provenance.commit.clone());
    let has_branch = streams.iter().any(|stream| stream.branch.is_some());
    if since.is_none() && !has_branch {
        return Ok(vec![WorkstreamChanges::default(); streams.len()]);
    }
    let git = git.as_ref().map_err(ToString::to_string)?;
    let read = || {
        let history = match since {
            Some(since) => git.log(&[since])?,
            None => History::default(),
        };
        let head = git.head()?;
        let mut all = Vec::new();
        for stream in streams {
            let mut changes = of_history(stream, &history);
            if let (Some(branch), Some(head)) = (&stream.branch, &head) {
                add_branch(&mut changes, git, branch, head)?;
            }
            all.push(changes);
        }
        Ok::<_, Trouble>(all)
    };
    read().map_err(|trouble| trouble.to_string())
}

fn of_history(stream: &Workstream, history: &History) -> WorkstreamChanges {
    let mut changes = WorkstreamChanges::default();
    for commit in &history.commits {
        let in_paths = |file: &&String| is_of(file, &stream.paths);
        if names(&commit.message, &stream.id) {
            changes.add(commit, commit.files.iter());
        } else if commit.files.iter().any(|file| in_paths(&file)) {
            changes.add(commit, commit.files.iter().filter(in_paths));
        }
    }
    changes
}

/// Adds the commits of a branch that HEAD does not have. One that does not exist may have been merged and deleted.
fn add_branch(
    changes: &mut WorkstreamChanges,
    git: &Git,
    branch: &str,
    head: &str,
) -> Result<(), Trouble> {
    let Some(tip) = git.branch_tip(branch)? else {
        return Ok(());
    };
    let ahead = git.history(&tip, Some(head))?;
    for commit in &ahead.commits {
        changes.add(commit, commit.files.iter());
    }
    if !ahead.commits.is_empty() {
        changes.tip = Some(tip);
    }
    Ok(())
}

/// Returns whether a message has a line `Workstream: 7.1, 7.2` with this id.
fn names(message: &str, id: &str) -> bool {
    message.lines().any(|line| {
        let Some((key, value)) = line.split_once(':') else {
            return false;
        };
        key.trim().eq_ignore_ascii_case("workstream")
            && value.split(',').any(|one| one.trim() == id)
    })
}

/// Returns whether a file is one of these paths, is below one of them, or matches a pattern.
pub(super) fn is_of(file: &str, paths: &[String]) -> bool {
    paths.iter().any(|path| {
        let path = path.trim_end_matches('/');
        file == path || is_below(file, path) || glob::matches(path, file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_a_workstream_in_a_line_of_its_own() {
        for (message, id, expected) in [
            ("x\n\nWorkstream: 7.1", "7.1", true),
            ("x\n\nworkstream:7.1, 7.2\n", "7.2", true),
            ("x\n\nWorkstream: 7.10", "7.1", false),
            ("Workstream 7.1", "7.1", false),
            ("fix: the workstream: 7.1", "7.1", false),
            ("", "7.1", false),
        ] {
            assert_eq!(names(message, id), expected, "{message:?}");
        }
    }

    #[test]
    fn path_is_a_file_a_directory_or_a_pattern() {
        for (file, path, expected) in [
            ("src/lib.rs", "src/lib.rs", true),
            ("src/lib.rs", "src/", true),
            ("src/lib.rs", "src", true),
            ("src2/lib.rs", "src", false),
            ("src/lib.rs", "src/lib", false),
            ("crates/a/src/lib.rs", "crates/*/src/lib.rs", true),
            ("docs/a.md", "*.md", true),
            ("docs/a.md", "*.rs", false),
        ] {
            let paths = [path.to_owned()];
            assert_eq!(is_of(file, &paths), expected, "{file} {path}");
        }
        assert!(!is_of("a", &[]));
    }
}
