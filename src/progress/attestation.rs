//! Which attestations count.

use super::CriterionOutcome;
use crate::workstream::Attestation;

/// Returns the newest attestation with this id.
pub fn newest<'a>(id: &str, given: &'a [Attestation]) -> Option<&'a Attestation> {
    let given = given.iter().filter(|attestation| attestation.id == id);
    given.max_by_key(|attestation| &attestation.date)
}

/// Returns whether an attestation was given that has not expired and has evidence. The newest one counts. `today` is
/// `YYYY-MM-DD`, and `tracked` returns whether git tracks a file.
pub fn attested(
    id: &str,
    given: &[Attestation],
    today: &str,
    tracked: &dyn Fn(&str) -> CriterionOutcome,
) -> CriterionOutcome {
    let Some(newest) = newest(id, given) else {
        return CriterionOutcome::Open("missing attestation".to_owned());
    };
    let Attestation {
        author,
        date,
        evidence,
        ..
    } = newest;
    match &newest.until {
        _ if date.as_str() > today => {
            CriterionOutcome::Open(format!("the attestation of {author} is dated {date}"))
        }
        Some(until) if until.as_str() < today => {
            CriterionOutcome::Open(format!("the attestation of {author} expired on {until}"))
        }
        _ if is_address(evidence) => CriterionOutcome::Met,
        _ => match tracked(evidence) {
            CriterionOutcome::Open(reason) => {
                CriterionOutcome::Open(format!("its evidence {evidence} {reason}"))
            }
            outcome => outcome,
        },
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

    #[test]
    fn an_attestation_is_there_holds_and_shows_something() {
        let attestation = |date: &str, until: Option<&str>, evidence: &str| Attestation {
            id: "review".into(),
            statement: "s".into(),
            author: "ana".into(),
            date: date.into(),
            evidence: evidence.into(),
            until: until.map(str::to_owned),
            value: None,
            unit: None,
            line: 1,
        };
        for (given, open) in [
            (vec![], Some("missing attestation")),
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
                Some("the attestation of ana expired on 2026-11-19"),
            ),
            (
                vec![attestation("2026-11-21", None, "there")],
                Some("the attestation of ana is dated 2026-11-21"),
            ),
            (
                vec![attestation("2026-11-01", None, "gone.md")],
                Some("its evidence gone.md is not a file that git tracks"),
            ),
            (
                vec![attestation("2026-11-01", None, "seen by all of us")],
                Some("its evidence seen by all of us is not a file that git tracks"),
            ),
            (
                vec![attestation("2026-11-01", None, "file:///etc/passwd")],
                Some("its evidence file:///etc/passwd is not a file that git tracks"),
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
            let found = attested("review", &given, "2026-11-20", &|file| match file {
                "there" => CriterionOutcome::Met,
                _ => CriterionOutcome::Open("is not a file that git tracks".to_owned()),
            });
            let expected = open.map_or(CriterionOutcome::Met, |open| {
                CriterionOutcome::Open(open.to_owned())
            });
            assert_eq!(found, expected, "{given:?}");
        }
    }
}
