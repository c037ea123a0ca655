//! Which pull request brought a commit in, told by the merges: a changelog that names the pull request has said it all.

use std::collections::HashMap;

use super::commit::Commit;
use super::message::{title, without_number};

/// A line of development: its newest commit, and the pull request that it came with.
type Line = (usize, Option<u64>);

/// Gives each commit (newest first) the number of the pull request whose merge brought it in; of several, one within the
/// other, the inner one.
pub(super) fn assign(commits: &mut [Commit]) {
    let known: HashMap<String, usize> = commits
        .iter()
        .enumerate()
        .map(|(at, c)| (c.id.clone(), at))
        .collect();
    let mut seen = vec![false; commits.len()];
    let mut open: Vec<Line> = if commits.is_empty() {
        Vec::new()
    } else {
        vec![(0, None)]
    };
    while let Some((tip, pull)) = open.pop() {
        let mut next = Some(tip);
        // The oldest merge of this line is the next to be followed: what it brought in is in all later ones too.
        while let Some(at) = next.filter(|at| !std::mem::replace(&mut seen[*at], true)) {
            commits[at].pull = pull;
            let parents: Vec<usize> = commits[at]
                .parents
                .iter()
                .filter_map(|id| known.get(id).copied())
                .collect();
            next = known
                .get(commits[at].parents.first().map_or("", String::as_str))
                .copied();
            if commits[at].is_merge() {
                let number = number(&commits[at]).or(pull);
                open.extend(
                    parents
                        .into_iter()
                        .filter(|parent| Some(*parent) != next)
                        .map(|parent| (parent, number)),
                );
            }
        }
    }
}

/// The pull request that a merge made an end of: `Merge pull request #12 from ..`, `Auto merge of #12 - ..`, `x (#12)`.
fn number(merge: &Commit) -> Option<u64> {
    let first = merge.title();
    let told = [
        "Merge pull request #",
        "Auto merge of #",
        "Rollup merge of #",
        "Merge #",
    ];
    let told = told
        .iter()
        .find_map(|words| first.strip_prefix(words))
        .and_then(|rest| {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            rest[..digits].parse().ok()
        });
    told.or_else(|| title(&merge.message).1)
        .or_else(|| without_number(first).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `id parents message`, newest first; `-` for no parents.
    fn pulls(history: &[&str]) -> String {
        let mut commits: Vec<Commit> = history
            .iter()
            .map(|line| {
                let mut words = line.splitn(3, ' ');
                let (id, parents) = (words.next().unwrap(), words.next().unwrap());
                let parents = parents
                    .split(',')
                    .filter(|id| *id != "-")
                    .map(str::to_owned)
                    .collect();
                let message = words.next().unwrap_or_default().to_owned();
                Commit {
                    id: id.to_owned(),
                    parents,
                    message,
                    ..Commit::default()
                }
            })
            .collect();
        assign(&mut commits);
        let told = commits
            .iter()
            .filter_map(|c| Some(format!("{}#{}", c.id, c.pull?)));
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn commits_belong_to_the_merge_that_brought_them_in() {
        for (history, expected) in [
            (&[][..], ""),
            (&["b a feat: b (#9)", "a -"], ""),
            (
                &[
                    "m c,e Merge pull request #7 from o/x",
                    "e d",
                    "d a",
                    "c a",
                    "a -",
                ],
                "e#7 d#7",
            ),
            (
                &["m c,e Auto merge of #7 - o:x, r=ana", "e a", "c a", "a -"],
                "e#7",
            ),
            (&["m c,e A title (#7)", "e a", "c a", "a -"], "e#7"),
            (&["m c,e Merge branch 'x'", "e a", "c a", "a -"], ""),
            // The branch took main in meanwhile, and what another one brought there.
            (
                &[
                    "n m,f Merge pull request #8 from o/y",
                    "f m,d Merge branch 'main'",
                    "m a,c Merge #7",
                    "d a",
                    "c a",
                    "a -",
                ],
                "f#8 d#8 c#7",
            ),
            // One within the other.
            (
                &[
                    "m a,k Merge pull request #9 from o/z",
                    "k d,e Merge pull request #3 from p/q",
                    "e a",
                    "d a",
                    "a -",
                ],
                "k#9 e#3 d#9",
            ),
            // A cut history, and one that bites its tail.
            (&["m c,e Merge #7"], ""),
            (&["m m,e Merge #7", "e m"], "e#7"),
        ] {
            assert_eq!(pulls(history), expected, "{history:?}");
        }
    }
}
