//! The workstreams and attestations that a release is waiting for.

use std::collections::BTreeSet;

use crate::run::{Judgement, Verdict};
use crate::workstream::{Attestation, Workstream};

/// The conditions that a release is waiting for, such as `7.4: docs/NOTES.md is not a file that git
/// tracks`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// The conditions that are not met.
    pub missing: Vec<String>,
    /// The conditions without a verdict.
    pub undecided: Vec<String>,
}

/// Returns the conditions that the workstreams are waiting for.
///
/// `judged` judges the gates of a workstream on the current values; `is_tracked` returns whether git
/// tracks a file.
pub fn workstreams(
    streams: &[Workstream],
    judged: impl Fn(&Workstream) -> Judgement,
    is_tracked: impl Fn(&str) -> bool,
) -> Outstanding {
    let own: Vec<Outstanding> = streams
        .iter()
        .map(|stream| own(stream, &judged(stream), &is_tracked))
        .collect();
    let complete = complete(streams, &own, |own| {
        own.missing.is_empty() && own.undecided.is_empty()
    });
    // The workstreams that would be complete if every missing verdict were a pass.
    let possible = self::complete(streams, &own, |own| own.missing.is_empty());

    let mut all = Outstanding::default();
    for (stream, own) in streams.iter().zip(own) {
        let waits = stream
            .needs
            .iter()
            .filter(|need| !complete.contains(need.as_str()));
        let (undecided, missing): (Vec<&String>, Vec<&String>) =
            waits.partition(|need| possible.contains(need.as_str()));
        for (all, own, needs) in [
            (&mut all.missing, own.missing, missing),
            (&mut all.undecided, own.undecided, undecided),
        ] {
            let waits = needs.into_iter().map(|need| format!("waits for {need}"));
            let conditions = own.into_iter().chain(waits);
            all.extend(conditions.map(|condition| format!("{}: {condition}", stream.id)));
        }
    }
    all
}

/// Returns the workstreams that are complete, together with all workstreams that they need. The
/// members of a cycle are never complete.
fn complete<'s>(
    streams: &'s [Workstream],
    own: &[Outstanding],
    is_complete: impl Fn(&Outstanding) -> bool,
) -> BTreeSet<&'s str> {
    let mut complete: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = complete.len();
        for (stream, _) in streams.iter().zip(own).filter(|(_, own)| is_complete(own)) {
            if stream
                .needs
                .iter()
                .all(|need| complete.contains(need.as_str()))
            {
                complete.insert(&stream.id);
            }
        }
        if complete.len() == before {
            return complete;
        }
    }
}

/// Returns the conditions of a workstream, without those of the workstreams that it needs.
fn own(
    stream: &Workstream,
    judgement: &Judgement,
    is_tracked: &impl Fn(&str) -> bool,
) -> Outstanding {
    let mut own = Outstanding::default();
    let untracked = stream.deliverables.iter().filter(|file| !is_tracked(file));
    own.missing
        .extend(untracked.map(|file| format!("{file} {UNTRACKED}")));
    for gate in &judgement.gates {
        match gate.verdict {
            Verdict::Fail => own.missing.push(format!("{}: {}", gate.title, gate.reason)),
            Verdict::NoVerdict => own
                .undecided
                .push(format!("{} has no verdict: {}", gate.title, gate.reason)),
            _ => {}
        }
    }
    own.undecided.extend(
        stream
            .unmeasured
            .iter()
            .map(|metric| format!("{metric} is not measured by this version")),
    );
    own
}

/// The complaint about a path. It also covers directories, ignored files and paths outside of the
/// repository.
const UNTRACKED: &str = "is not a file that git tracks";

/// Returns the problems of the required attestations: missing, expired, or without evidence. `today`
/// is `YYYY-MM-DD`.
pub fn attestations(
    required: &[String],
    given: &[Attestation],
    today: &str,
    is_tracked: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut problems = Vec::new();
    for id in required {
        let newest = given
            .iter()
            .filter(|attestation| attestation.id == *id)
            .max_by_key(|attestation| &attestation.date);
        let problem = match newest {
            Some(newest) => problem(newest, today, &is_tracked),
            None => Some("missing attestation".to_owned()),
        };
        problems.extend(problem.map(|problem| format!("{id}: {problem}")));
    }
    problems
}

/// Returns why an attestation does not count.
fn problem(
    attestation: &Attestation,
    today: &str,
    is_tracked: &impl Fn(&str) -> bool,
) -> Option<String> {
    let Attestation {
        author,
        date,
        evidence,
        ..
    } = attestation;
    match &attestation.until {
        _ if date.as_str() > today => Some(format!("the attestation of {author} is dated {date}")),
        Some(until) if until.as_str() < today => {
            Some(format!("the attestation of {author} expired on {until}"))
        }
        _ if !is_address(evidence) && !is_tracked(evidence) => {
            Some(format!("its evidence {evidence} {UNTRACKED}"))
        }
        _ => None,
    }
}

/// Returns whether evidence is an address, such as `https://ci.example/runs/7`. Other evidence is the
/// path of a file.
fn is_address(evidence: &str) -> bool {
    let Some((scheme, rest)) = evidence.split_once("://") else {
        return false;
    };
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme && !rest.is_empty() && !scheme.eq_ignore_ascii_case("file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Strictness;
    use crate::run::Judged;

    fn stream(id: &str, needs: &[&str], deliverables: &[&str]) -> Workstream {
        Workstream {
            id: id.into(),
            needs: owned(needs),
            deliverables: owned(deliverables),
            ..Workstream::default()
        }
    }

    fn judgement(verdict: Verdict) -> Judgement {
        let gate = Judged {
            require: "= 0".into(),
            verdict,
            reason: "why".into(),
            ..Judged::undecided("g", Strictness::Deny)
        };
        Judgement {
            gates: vec![gate],
            ..Judgement::default()
        }
    }

    #[test]
    fn workstream_is_complete_if_nothing_is_missing_and_all_before_it_are() {
        for (streams, missing, undecided) in [
            (vec![], &[][..], &[][..]),
            (
                vec![stream("1", &[], &["there"]), stream("2", &["1"], &[])],
                &[],
                &[],
            ),
            (
                vec![
                    stream("2", &["1"], &["there"]),
                    stream("1", &[], &["gone", "there"]),
                ],
                &["2: waits for 1", "1: gone is not a file that git tracks"],
                &[],
            ),
            (
                vec![stream("1", &["2"], &[]), stream("2", &["1"], &[])],
                &["1: waits for 2", "2: waits for 1"],
                &[],
            ),
            (vec![stream("1", &["1"], &[])], &["1: waits for 1"], &[]),
            (
                vec![
                    Workstream {
                        unmeasured: vec!["coverage.lines".into()],
                        ..stream("1", &[], &[])
                    },
                    stream("2", &["1"], &["gone"]),
                    stream("3", &["2"], &[]),
                ],
                &["2: gone is not a file that git tracks", "3: waits for 2"],
                &[
                    "1: coverage.lines is not measured by this version",
                    "2: waits for 1",
                ],
            ),
        ] {
            let found = workstreams(&streams, |_| Judgement::default(), |file| file == "there");
            assert_eq!(
                (found.missing, found.undecided),
                (owned(missing), owned(undecided)),
                "{streams:?}"
            );
        }
    }

    #[test]
    fn gate_without_verdict_is_undecided() {
        for (verdict, missing, undecided) in [
            (Verdict::Pass, &[][..], &[][..]),
            (Verdict::Fail, &["1: g: why"], &[]),
            (Verdict::NoVerdict, &[], &["1: g has no verdict: why"]),
        ] {
            let found = workstreams(&[stream("1", &[], &[])], |_| judgement(verdict), |_| true);
            assert_eq!(
                (found.missing, found.undecided),
                (owned(missing), owned(undecided)),
                "{verdict:?}"
            );
        }
    }

    fn owned(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn an_attestation_is_there_holds_and_shows_something() {
        let attestation = |date: &str, until: Option<&str>, evidence: &str| Attestation {
            id: "review".into(),
            statement: "s".into(),
            author: "ana".into(),
            date: date.into(),
            evidence: evidence.into(),
            until: until.map(str::to_owned),
            line: 1,
        };
        for (given, open) in [
            (vec![], Some("review: missing attestation")),
            (vec![attestation("2026-11-01", None, "there")], None),
            (
                vec![attestation(
                    "2026-11-01",
                    Some("2026-11-20"),
                    "https://x.example",
                )],
                None,
            ),
            (
                vec![attestation("2026-11-01", Some("2026-11-19"), "there")],
                Some("review: the attestation of ana expired on 2026-11-19"),
            ),
            (
                vec![attestation("2026-11-21", None, "there")],
                Some("review: the attestation of ana is dated 2026-11-21"),
            ),
            (
                vec![attestation("2026-11-01", None, "gone.md")],
                Some("review: its evidence gone.md is not a file that git tracks"),
            ),
            (
                vec![attestation("2026-11-01", None, "seen by all of us")],
                Some("review: its evidence seen by all of us is not a file that git tracks"),
            ),
            (
                vec![attestation("2026-11-01", None, "file:///etc/passwd")],
                Some("review: its evidence file:///etc/passwd is not a file that git tracks"),
            ),
            // The newest one counts.
            (
                vec![
                    attestation("2026-11-02", None, "there"),
                    attestation("2026-11-01", Some("2026-11-02"), "x"),
                ],
                None,
            ),
        ] {
            let open: Vec<String> = open.map(str::to_owned).into_iter().collect();
            let found = attestations(&["review".into()], &given, "2026-11-20", |file| {
                file == "there"
            });
            assert_eq!(found, open, "{given:?}");
        }
    }
}
