//! When workstreams can start and end, and who is in the way of whom.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::is_of;
use super::overview::{Overview, overview};
use crate::ops::Context;
use crate::ops::evaluate::{self, Evaluation};
use crate::progress::plan::Timetable;
use crate::progress::{Status, WorkstreamProgress};
use crate::text::first_few;

/// The most files that a collision names.
const NAMED: usize = 3;

/// The plan of a campaign.
pub(crate) struct WorkPlan {
    /// The state of everything.
    pub(crate) overview: Overview,
    /// Workstreams that are in each other's way, in complete sentences.
    pub(crate) notes: Vec<String>,
}

/// Returns the plan, from recorded runs alone.
///
/// # Errors
/// If the attestations, the baseline or the names in gates are not valid.
pub(crate) fn plan(cx: &Context) -> Result<WorkPlan> {
    plan_of(cx, &evaluate::now(cx)?)
}

/// Returns the plan on the values of an evaluation.
///
/// # Errors
/// If the attestations cannot be understood.
pub(crate) fn plan_of(cx: &Context, evaluation: &Evaluation) -> Result<WorkPlan> {
    let overview = overview(cx, evaluation)?;
    let mut notes = busy_owners(&overview.standings, &overview.schedule);
    notes.extend(collisions(cx, &overview.standings));
    Ok(WorkPlan { overview, notes })
}

/// Returns a sentence for each owner with several workstreams at the same time.
fn busy_owners(standings: &[WorkstreamProgress], schedule: &Timetable) -> Vec<String> {
    let mut owned: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, standing) in standings.iter().enumerate() {
        let owner = standing.stream.owner.as_deref();
        if let Some(owner) = owner.filter(|_| standing.status != Status::Complete) {
            owned.entry(owner).or_default().push(at);
        }
    }
    let mut notes = Vec::new();
    for (owner, own) in owned {
        let mut busy = BTreeSet::new();
        for (&one, &other) in pairs(&own) {
            let (one_slot, other_slot) = (schedule.slots[one], schedule.slots[other]);
            if one_slot.start < other_slot.end && other_slot.start < one_slot.end {
                busy.extend([one, other]);
            }
        }
        if !busy.is_empty() {
            let ids = busy.iter().map(|at| standings[*at].stream.id.as_str());
            let ids = first_few(ids, usize::MAX);
            notes.push(format!("{owner} has {} at once: {ids}", busy.len()));
        }
    }
    notes
}

/// Returns a sentence for each group of workstreams that declare the same files and may be worked on at the same time.
fn collisions(cx: &Context, standings: &[WorkstreamProgress]) -> Vec<String> {
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
    let mut groups: BTreeMap<BTreeSet<usize>, Vec<&str>> = BTreeMap::new();
    for (file, group) in declared {
        groups.entry(group).or_default().push(file);
    }
    let needed = needed(standings);
    for (group, files) in groups {
        let group = at_once(&group, &needed);
        if !group.is_empty() {
            let ids = group.iter().map(|at| standings[*at].stream.id.as_str());
            let ids = match Vec::from_iter(ids).as_slice() {
                [one, other] => format!("{one} and {other}"),
                ids => first_few(ids, NAMED + 2),
            };
            let files = first_few(files, NAMED);
            let all = if group.len() == 2 { "both" } else { "all" };
            notes.push(format!("{ids} {all} declare {files}"));
        }
    }
    notes
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
fn pairs<T>(items: &[T]) -> Vec<(&T, &T)> {
    let mut pairs = Vec::new();
    for (at, one) in items.iter().enumerate() {
        for other in &items[at + 1..] {
            pairs.push((one, other));
        }
    }
    pairs
}
