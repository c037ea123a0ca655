//! Which workstreams and attestations a release still waits for.

use std::collections::BTreeSet;

use crate::run::{Judgement, Verdict};
use crate::workstream::{Attestation, Workstream};

/// What each workstream lacks: `7.4: docs/NOTES.md is not there`. One that needs another which lacks something waits for it.
/// `judged` holds a workstream's own gates against the figures of now, `exists` looks for a file.
pub fn workstreams(
    streams: &[Workstream],
    judged: impl Fn(&Workstream) -> Judgement,
    exists: impl Fn(&str) -> bool,
) -> Vec<String> {
    let lacks: Vec<Vec<String>> = streams.iter().map(|stream| own(stream, &judged(stream), &exists)).collect();
    let mut complete: BTreeSet<&str> = BTreeSet::new();
    // A workstream is complete when it lacks nothing and all that it needs are: those in a ring never are.
    loop {
        let before = complete.len();
        for (stream, _) in streams.iter().zip(&lacks).filter(|(_, lacks)| lacks.is_empty()) {
            if stream.needs.iter().all(|need| complete.contains(need.as_str())) {
                complete.insert(&stream.id);
            }
        }
        if complete.len() == before {
            break;
        }
    }
    let mut open = Vec::new();
    for (stream, lacks) in streams.iter().zip(lacks) {
        let waits = stream.needs.iter().filter(|need| !complete.contains(need.as_str()));
        let waits = waits.map(|need| format!("waits for {need}"));
        open.extend(lacks.into_iter().chain(waits).map(|lack| format!("{}: {lack}", stream.id)));
    }
    open
}

/// What a workstream lacks by itself.
fn own(stream: &Workstream, judgement: &Judgement, exists: &impl Fn(&str) -> bool) -> Vec<String> {
    let missing = stream.deliverables.iter().filter(|file| !exists(file)).map(|file| format!("{file} is not there"));
    let gates = judgement.gates.iter().filter(|gate| matches!(gate.verdict, Verdict::Fail | Verdict::NoVerdict));
    let gates = gates.map(|gate| match gate.verdict {
        Verdict::Fail => format!("{}: {}", gate.title, gate.reason),
        _ => format!("{} has no verdict: {}", gate.title, gate.reason),
    });
    let unmeasured = stream.unmeasured.iter().map(|metric| format!("{metric} is not measured by this version"));
    missing.chain(gates).chain(unmeasured).collect()
}

/// Which of the attestations asked for are missing, have ended, or show what is not there. `today` is `YYYY-MM-DD`.
pub fn attestations(
    asked: &[String],
    given: &[Attestation],
    today: &str,
    exists: impl Fn(&str) -> bool,
) -> Vec<String> {
    let lack = |id: &String| {
        let all: Vec<&Attestation> = given.iter().filter(|one| one.id == *id).collect();
        let Some(newest) = all.iter().max_by_key(|one| &one.date) else {
            return Some(format!("{id}: nobody attests it"));
        };
        let author = &newest.author;
        match &newest.until {
            _ if newest.date.as_str() > today => Some(format!("{id}: {author} attests it for {}", newest.date)),
            Some(until) if until.as_str() < today => Some(format!("{id}: what {author} attested ended on {until}")),
            _ if is_file(&newest.evidence) && !exists(&newest.evidence) => {
                Some(format!("{id}: its evidence {} is not there", newest.evidence))
            }
            _ => None,
        }
    };
    asked.iter().filter_map(lack).collect()
}

/// One word that is no address is the path of a file.
fn is_file(evidence: &str) -> bool {
    !evidence.contains("://") && !evidence.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(id: &str, needs: &[&str], deliverables: &[&str]) -> Workstream {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Workstream { id: id.into(), needs: owned(needs), deliverables: owned(deliverables), ..Workstream::default() }
    }

    #[test]
    fn a_workstream_is_complete_when_nothing_is_lacking_and_all_before_it_are() {
        let there = |file: &str| file == "there";
        for (streams, open) in [
            (vec![], vec![]),
            (vec![stream("1", &[], &["there"]), stream("2", &["1"], &[])], vec![]),
            (
                vec![stream("2", &["1"], &["there"]), stream("1", &[], &["gone", "there"])],
                vec!["2: waits for 1", "1: gone is not there"],
            ),
            (vec![stream("1", &["2"], &[]), stream("2", &["1"], &[])], vec!["1: waits for 2", "2: waits for 1"]),
            (vec![stream("1", &["1"], &[])], vec!["1: waits for 1"]),
            (
                vec![Workstream { unmeasured: vec!["env.coverage".into()], ..stream("1", &[], &[]) }],
                vec!["1: env.coverage is not measured by this version"],
            ),
        ] {
            assert_eq!(workstreams(&streams, |_| Judgement::default(), there), open, "{streams:?}");
        }
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
            (vec![], Some("review: nobody attests it")),
            (vec![attestation("2026-11-01", None, "there")], None),
            (vec![attestation("2026-11-01", Some("2026-11-20"), "https://x.example")], None),
            (
                vec![attestation("2026-11-01", Some("2026-11-19"), "there")],
                Some("review: what ana attested ended on 2026-11-19"),
            ),
            (vec![attestation("2026-11-21", None, "there")], Some("review: ana attests it for 2026-11-21")),
            (vec![attestation("2026-11-01", None, "gone.md")], Some("review: its evidence gone.md is not there")),
            (vec![attestation("2026-11-01", None, "seen by all of us")], None),
            // The newest one counts.
            (vec![attestation("2026-11-02", None, "there"), attestation("2026-11-01", Some("2026-11-02"), "x")], None),
        ] {
            let open: Vec<String> = open.map(str::to_owned).into_iter().collect();
            let found = attestations(&["review".into()], &given, "2026-11-20", |file| file == "there");
            assert_eq!(found, open, "{given:?}");
        }
    }
}
