//! When workstreams can start and end, and who is in the way of whom.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::collisions::{self, pairs};
use super::overview::{Overview, overview};
use crate::ops::Context;
use crate::ops::evaluate;
use crate::progress::plan::Timetable;
use crate::progress::{Status, WorkstreamProgress};
use crate::text::first_few;

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
    Ok(plan_of(cx, overview(cx, &evaluate::now(cx)?)?))
}

/// Returns the plan of a known state.
pub(crate) fn plan_of(cx: &Context, overview: Overview) -> WorkPlan {
    let standings = &overview.standings;
    let mut notes = busy_owners(standings, &overview.schedule);
    notes.extend(collisions::notes(cx, standings));
    WorkPlan { overview, notes }
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::progress::Activity;
    use crate::progress::plan::Slot;
    use crate::workstream::Workstream;

    /// Returns workstreams from lines `ID OWNER STATUS NEEDS`, with `-` for none.
    pub(crate) fn standings(lines: &[&str]) -> Vec<WorkstreamProgress> {
        let mut standings = Vec::new();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let needs = words[3].split(',').filter(|id| *id != "-");
            standings.push(WorkstreamProgress {
                stream: Workstream {
                    id: words[0].to_owned(),
                    owner: Some(words[1].to_owned()).filter(|owner| owner != "-"),
                    needs: needs.map(str::to_owned).collect(),
                    ..Workstream::default()
                },
                status: match words[2] {
                    "complete" => Status::Complete,
                    _ => Status::Ready,
                },
                criteria: Vec::new(),
                waits: Vec::new(),
                activity: Activity::default(),
            });
        }
        standings
    }

    /// Workstreams, when each starts and ends, and the notes about their owners.
    #[test]
    fn owner_is_busy_if_own_workstreams_overlap() {
        for (lines, spans, expected) in [
            (
                &["1 ana open -", "2 ana open -"][..],
                &[(0, 2), (2, 3)][..],
                &[][..],
            ),
            (
                &["1 ana open -", "2 ana open -"],
                &[(0, 2), (1, 3)],
                &["ana has 2 at once: 1, 2"],
            ),
            (&["1 ana open -", "2 bo open -"], &[(0, 2), (0, 2)], &[]),
            (&["1 - open -", "2 - open -"], &[(0, 2), (0, 2)], &[]),
            (
                &["1 ana complete -", "2 ana open -"],
                &[(0, 2), (0, 2)],
                &[],
            ),
            // The third one overlaps with none.
            (
                &[
                    "1 bo open -",
                    "2 bo open -",
                    "3 bo open -",
                    "4 ana open -",
                    "5 ana open -",
                ],
                &[(0, 4), (1, 2), (4, 5), (0, 9), (8, 9)],
                &["ana has 2 at once: 4, 5", "bo has 2 at once: 1, 2"],
            ),
            // Without an estimate, nothing is known about the time.
            (&["1 ana open -", "2 ana open -"], &[(0, 0), (0, 2)], &[]),
        ] {
            let mut schedule = Timetable::default();
            for (start, end) in spans {
                schedule.slots.push(Slot {
                    start: f64::from(*start),
                    end: f64::from(*end),
                    ..Slot::default()
                });
            }
            let found = busy_owners(&standings(lines), &schedule);
            assert_eq!(found, expected, "{lines:?} {spans:?}");
        }
    }
}
