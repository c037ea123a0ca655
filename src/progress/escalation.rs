//! Escalation: the longer a blocker is open, the more people hear of it.

use jiff::Timestamp;

use super::Activity;
use crate::workstream::{EscalationLevel, Workstream, WorkstreamAction};

/// An open blocker that has reached a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation<'a> {
    /// The name of its entry.
    pub entry: &'a str,
    /// The blocker.
    pub blocker: &'a WorkstreamAction,
    /// The levels that it has reached, each with the moment, the lowest first. Never empty.
    pub reached: Vec<(&'a EscalationLevel, Timestamp)>,
    /// The next level and the moment at which it is reached.
    pub next: Option<(&'a EscalationLevel, Timestamp)>,
}

/// Returns the open blockers of a workstream that have reached a level. `now` is in Unix seconds. The levels that a blocker has
/// reached follow from its age alone, so that there are never fewer while it is open.
pub fn escalations<'a>(
    stream: &'a Workstream,
    activity: &'a Activity,
    now: i64,
) -> Vec<Escalation<'a>> {
    let mut escalations = Vec::new();
    for (entry, blocker) in activity.blockers() {
        let Ok(since) = blocker.time.parse::<Timestamp>() else {
            continue;
        };
        let mut escalation = Escalation {
            entry,
            blocker,
            reached: Vec::new(),
            next: None,
        };
        for level in &stream.escalate {
            let Ok(due) = since.checked_add(level.after) else {
                break;
            };
            if due.as_second() > now {
                escalation.next = Some((level, due));
                break;
            }
            escalation.reached.push((level, due));
        }
        if !escalation.reached.is_empty() {
            escalations.push(escalation);
        }
    }
    escalations
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::notification::Severity;
    use crate::workstream::ActionKind;

    const HOUR: u64 = 3600;
    const START: i64 = 1_800_000_000;

    fn stream(hours: &[u64]) -> Workstream {
        let levels = hours.iter().map(|hours| EscalationLevel {
            after: Duration::from_secs(hours * HOUR),
            to: None,
            severity: Severity::Critical,
        });
        Workstream {
            escalate: levels.collect(),
            ..Workstream::default()
        }
    }

    fn action(kind: ActionKind) -> WorkstreamAction {
        WorkstreamAction {
            workstream: "1".to_owned(),
            kind,
            text: "no access".to_owned(),
            author: "ana".to_owned(),
            time: Timestamp::from_second(START).expect("in range").to_string(),
            commit: None,
        }
    }

    fn blocked() -> Activity {
        let mut activity = Activity::default();
        let blocker = action(ActionKind::Block);
        activity.actions.insert("a".to_owned(), blocker);
        activity
    }

    /// The hours of the levels, the age of the blocker in hours, how many levels it has reached, and whether one is left.
    #[test]
    fn blocker_reaches_levels_by_its_age() {
        for (hours, age, reached, is_more) in [
            (&[8][..], 7, 0, true),
            (&[8], 8, 1, false),
            (&[8, 24, 72], 9, 1, true),
            (&[8, 24, 72], 24, 2, true),
            (&[8, 24, 72], 1000, 3, false),
            (&[], 1000, 0, false),
        ] {
            let (stream, activity) = (stream(hours), blocked());
            let found = escalations(&stream, &activity, START + age * HOUR as i64);
            let expected = usize::from(reached > 0);
            assert_eq!(found.len(), expected, "{hours:?} {age}");
            for one in found {
                assert_eq!(one.reached.len(), reached, "{hours:?} {age}");
                assert_eq!(one.next.is_some(), is_more, "{hours:?} {age}");
            }
        }
    }

    #[test]
    fn levels_never_go_backwards_while_the_blocker_is_open() {
        let (stream, activity) = (stream(&[1, 2, 5, 30]), blocked());
        let mut before = Vec::new();
        for half_hours in 0..80 {
            let now = START + half_hours * HOUR as i64 / 2;
            let found = escalations(&stream, &activity, now);
            let reached = found.into_iter().next().map(|one| one.reached);
            let reached = reached.unwrap_or_default();
            assert!(
                reached.starts_with(&before),
                "{half_hours}: {reached:?} after {before:?}"
            );
            before = reached;
        }
        assert_eq!(before.len(), 4);
    }

    #[test]
    fn unblock_ends_all_levels() {
        let (stream, mut activity) = (stream(&[1, 2]), blocked());
        let closed = action(ActionKind::Unblock {
            closes: vec!["a".to_owned()],
        });
        activity.actions.insert("b".to_owned(), closed);
        assert_eq!(escalations(&stream, &activity, START * 2), []);
    }
}
