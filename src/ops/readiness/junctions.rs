//! The places where the history of HEAD meets a release that was made on another branch.

use std::collections::HashSet;

use crate::git::{FileChange, History};
use crate::release::changelog::Commit;

/// The place where a release meets a line of development without it.
pub(super) struct Junction<'h> {
    /// Full id of a commit that has the release in its history.
    pub(super) release: &'h str,
    /// Full id of the last commit of the line.
    pub(super) line: &'h str,
    /// The changes of a merge of both on the line; `None` without a merge.
    pub(super) taken: Option<&'h [FileChange]>,
}

/// Returns the places where the history of HEAD meets the release: the merges that brought it to a
/// line of first parents, or HEAD itself if it does not have it; and the merges of earlier commits of the
/// release that took nothing. Git does not merge these again with the release.
pub(super) fn junctions<'h>(tag: &'h str, head: &'h str, since: &'h History) -> Vec<Junction<'h>> {
    let mut later = HashSet::from([tag]);
    let known: HashSet<&str> = since.commits.iter().map(|one| one.id.as_str()).collect();
    let mut found = Vec::new();
    // Each commit follows its parents.
    for (commit, changes) in since.commits.iter().zip(&since.changes).rev() {
        let parents = || commit.parents.iter().map(String::as_str);
        let Some(release) = parents().find(|parent| later.contains(parent)) else {
            found.extend(untaken(commit, changes, &known));
            continue;
        };
        later.insert(&commit.id);
        if let Some(line) = parents().next().filter(|first| !later.contains(first)) {
            let taken = Some(changes.as_slice());
            found.push(Junction {
                release,
                line,
                taken,
            });
        }
    }
    if !later.contains(head) {
        found.push(Junction {
            release: tag,
            line: head,
            taken: None,
        });
    }
    found
}

/// Returns the place where a merge took nothing of an earlier commit of the release, one that is not among the
/// `known` ids of the commits since the release.
fn untaken<'h>(
    commit: &'h Commit,
    changes: &[FileChange],
    known: &HashSet<&str>,
) -> Option<Junction<'h>> {
    let [line, other] = &commit.parents[..] else {
        return None;
    };
    let is_untaken = changes.is_empty() && known.contains(line.as_str());
    (is_untaken && !known.contains(other.as_str())).then_some(Junction {
        release: other,
        line,
        taken: Some(&[]),
    })
}
