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

/// Returns a sentence for each pair of workstreams that declare the same files and may be worked on at the same time.
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
    let open = standings
        .iter()
        .filter(|one| one.status != Status::Complete);
    let declared: Vec<(&WorkstreamProgress, BTreeSet<&str>)> = open
        .map(|standing| {
            let stream = &standing.stream;
            let own = files.iter().filter(|file| is_of(file, &stream.paths));
            let own = own.chain(&stream.deliverables).map(String::as_str);
            // A path that does not exist yet.
            let plain = stream.paths.iter().filter(|path| !path.contains('*'));
            (standing, own.chain(plain.map(String::as_str)).collect())
        })
        .collect();
    for ((one, one_files), (other, other_files)) in pairs(&declared) {
        let both: Vec<&&str> = one_files.intersection(other_files).collect();
        let (one, other) = (&one.stream.id, &other.stream.id);
        if !both.is_empty()
            && !is_before(standings, one, other)
            && !is_before(standings, other, one)
        {
            let files = first_few(both, NAMED);
            notes.push(format!("{one} and {other} both declare {files}"));
        }
    }
    notes
}

/// Returns whether a workstream needs another one, directly or through others.
fn is_before(standings: &[WorkstreamProgress], first: &str, then: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut left = vec![then];
    while let Some(id) = left.pop() {
        if !seen.insert(id) {
            continue;
        }
        let mut all = standings.iter();
        let Some(standing) = all.find(|one| one.stream.id == id) else {
            continue;
        };
        if standing.stream.needs.iter().any(|need| need == first) {
            return true;
        }
        left.extend(standing.stream.needs.iter().map(String::as_str));
    }
    false
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
