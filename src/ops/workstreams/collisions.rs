//! Workstreams that are in each other's way in files: they declare the same ones, changed the same ones, or their branches
//! conflict.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::is_of;
use crate::git::Trouble;
use crate::ops::Context;
use crate::process::temp_dir::TempDir;
use crate::progress::{Status, WorkstreamProgress};
use crate::text::first_few;

/// The most files that a sentence names.
const NAMED: usize = 3;

/// Returns a sentence for each collision.
pub(super) fn notes(cx: &Context, standings: &[WorkstreamProgress]) -> Vec<String> {
    let needed = needed(standings);
    let mut notes = declared(cx, standings, &needed);
    notes.extend(changed(standings, &needed));
    notes.extend(conflicts(cx, standings, &needed));
    notes
}

/// Returns a sentence for each group of workstreams that declare the same files and may be worked on at the same time.
fn declared(
    cx: &Context,
    standings: &[WorkstreamProgress],
    needed: &[BTreeSet<usize>],
) -> Vec<String> {
    let mut notes = Vec::new();
    let listed = cx.git().and_then(|git| git.ls_files());
    let listed = listed.unwrap_or_else(|trouble| {
        notes.push(format!(
            "the files that paths stand for are unknown: {trouble}"
        ));
        Vec::new()
    });
    let names = listed.iter().map(|one| String::from_utf8_lossy(&one.name));
    let files: Vec<String> = names.map(|name| name.into_owned()).collect();

    let mut declared: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, standing) in standings.iter().enumerate() {
        if standing.status == Status::Complete {
            continue;
        }
        let stream = &standing.stream;
        let own = files.iter().filter(|file| is_of(file, &stream.paths));
        // A path that does not exist yet.
        let plain = stream.paths.iter().filter(|path| !path.contains('*'));
        for file in own.chain(&stream.deliverables).chain(plain) {
            declared.entry(file).or_default().insert(at);
        }
    }
    let shared = shared(declared, standings, needed);
    notes.extend(shared.map(|(group, files)| format!("{group} declare {files}")));
    notes
}

/// Returns a sentence for each group of workstreams whose commits changed the same files, although they may be worked on at
/// the same time.
fn changed(standings: &[WorkstreamProgress], needed: &[BTreeSet<usize>]) -> Vec<String> {
    let mut changed: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, standing) in standings.iter().enumerate() {
        for file in &standing.activity.files {
            changed.entry(file).or_default().insert(at);
        }
    }
    // What complete workstreams changed is settled.
    changed.retain(|_, group| {
        let mut group = group.iter();
        group.any(|at| standings[*at].status != Status::Complete)
    });
    let shared = shared(changed, standings, needed);
    let notes = shared.map(|(group, files)| format!("{group} changed {files} since the baseline"));
    notes.collect()
}

/// Returns each group of workstreams that may be worked on at the same time, with the files that they share: `7.1 and 7.2
/// both` and `a.rs, b.rs`.
fn shared<'f>(
    files: BTreeMap<&'f str, BTreeSet<usize>>,
    standings: &[WorkstreamProgress],
    needed: &[BTreeSet<usize>],
) -> impl Iterator<Item = (String, String)> {
    let mut groups: BTreeMap<BTreeSet<usize>, Vec<&'f str>> = BTreeMap::new();
    for (file, group) in files {
        let group = at_once(&group, needed);
        if !group.is_empty() {
            groups.entry(group).or_default().push(file);
        }
    }
    groups.into_iter().map(|(group, files)| {
        let ids = group.iter().map(|at| standings[*at].stream.id.as_str());
        let ids = match Vec::from_iter(ids).as_slice() {
            [one, other] => format!("{one} and {other} both"),
            ids => format!("{} all", first_few(ids, NAMED + 2)),
        };
        (ids, first_few(files, NAMED))
    })
}

/// Returns a sentence for each two branches of workstreams that conflict, and for each that conflicts with HEAD.
fn conflicts(
    cx: &Context,
    standings: &[WorkstreamProgress],
    needed: &[BTreeSet<usize>],
) -> Vec<String> {
    let mut open: Vec<(usize, &str)> = Vec::new();
    for (at, standing) in standings.iter().enumerate() {
        let tip = standing.activity.tip.as_deref();
        open.extend(tip.map(|tip| (at, tip)));
    }
    if open.is_empty() {
        return Vec::new();
    }
    let id = |at: usize| standings[at].stream.id.as_str();
    let found = cx.git().and_then(|git| {
        let head = git.head()?.unwrap_or_default();
        let mut sides: Vec<(&str, &str)> = Vec::new();
        let mut names = Vec::new();
        for (at, tip) in &open {
            sides.push((tip, &head));
            names.push(format!("the branch of {} conflicts with HEAD", id(*at)));
        }
        for ((one, tip), (other, other_tip)) in pairs(&open) {
            let both = BTreeSet::from([*one, *other]);
            if !at_once(&both, needed).is_empty() {
                sides.push((tip, other_tip));
                names.push(format!(
                    "the branches of {} and {} conflict",
                    id(*one),
                    id(*other)
                ));
            }
        }
        let scratch = TempDir::new().map_err(|error| Trouble::Failed {
            command: "merge-tree".to_owned(),
            message: format!("cannot create a temporary directory: {error}"),
        })?;
        let conflicts = git.conflicts(&sides, scratch.path())?;
        let named = names.into_iter().zip(conflicts);
        let named = named.filter(|(_, files)| !files.is_empty());
        Ok(named.map(|(name, files)| format!("{name} in {}", first_few(files, NAMED))))
    });
    match found {
        Ok(notes) => notes.collect(),
        Err(trouble) => vec![format!("conflicts of branches are unknown: {trouble}")],
    }
}

/// Returns those of a group that may be worked on at the same time as another one of it.
fn at_once(group: &BTreeSet<usize>, needed: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for one in group {
        let mut others = group.iter().filter(|other| *other != one);
        if others.any(|other| !needed[*one].contains(other) && !needed[*other].contains(one)) {
            found.insert(*one);
        }
    }
    found
}

/// Returns the workstreams that each needs, directly or through others.
fn needed(standings: &[WorkstreamProgress]) -> Vec<BTreeSet<usize>> {
    let ids = standings.iter().enumerate();
    let ids: BTreeMap<&str, usize> = ids.map(|(at, one)| (one.stream.id.as_str(), at)).collect();
    let mut all = Vec::new();
    for standing in standings {
        let mut needed = BTreeSet::new();
        let mut left = vec![standing];
        while let Some(next) = left.pop() {
            for need in &next.stream.needs {
                if let Some(&at) = ids.get(need.as_str())
                    && needed.insert(at)
                {
                    left.push(&standings[at]);
                }
            }
        }
        all.push(needed);
    }
    all
}

/// Returns all pairs of different items.
pub(super) fn pairs<T>(items: &[T]) -> Vec<(&T, &T)> {
    let mut pairs = Vec::new();
    for (at, one) in items.iter().enumerate() {
        for other in &items[at + 1..] {
            pairs.push((one, other));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::standings;
    use super::*;

    /// Workstreams that declare the same file, and those of them that may be worked on at once.
    #[test]
    fn workstreams_are_at_once_unless_one_needs_the_other() {
        for (lines, expected) in [
            (&["1 - open -", "2 - open -"][..], &["1", "2"][..]),
            (&["1 - open -", "2 - open 1"], &[]),
            (&["1 - open 2", "2 - open -"], &[]),
            (&["1 - open -", "2 - open 1", "3 - open 2"], &[]),
            (&["1 - open -", "2 - open 1", "3 - open 1"], &["2", "3"]),
            (
                &["1 - open -", "2 - open 1", "3 - open -"],
                &["1", "2", "3"],
            ),
            (&["1 - open 9", "2 - open 9"], &["1", "2"]),
            (&["1 - open -"], &[]),
            // Those of a ring wait for each other.
            (&["1 - open 2", "2 - open 1"], &[]),
        ] {
            let standings = standings(lines);
            let group: BTreeSet<usize> = (0..standings.len()).collect();
            let found = at_once(&group, &needed(&standings));
            let found: Vec<&str> = found
                .iter()
                .map(|at| standings[*at].stream.id.as_str())
                .collect();
            assert_eq!(found, expected, "{lines:?}");
        }
    }

    #[test]
    fn needs_are_followed_through_others_and_around_rings() {
        for (lines, expected) in [
            (&["1 - open -", "2 - open 1", "3 - open 2"][..], "| 0 | 0 1"),
            (&["1 - open 3", "2 - open 1", "3 - open -"], "2 | 0 2 | "),
            (&["1 - open 2", "2 - open 1"], "0 1 | 0 1"),
            (
                &["1 - open 2,3,9", "2 - open 3", "3 - open -"],
                "1 2 | 2 | ",
            ),
        ] {
            let mut shown = Vec::new();
            for needed in needed(&standings(lines)) {
                let numbers: Vec<String> = needed.iter().map(usize::to_string).collect();
                shown.push(numbers.join(" "));
            }
            assert_eq!(shown.join(" | ").trim(), expected.trim(), "{lines:?}");
        }
    }
}
