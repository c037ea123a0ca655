//! The attestations in `.campaign/attestations.toml`.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::civil::Date;

use super::Tracked;
use crate::judge::readiness::Known;
use crate::ops::{Context, Exit, Stop};
use crate::options::mistake::Invalid;
use crate::options::{Refused, config, spelling};
use crate::progress::{CriterionOutcome, attested, newest};
use crate::text::excerpt;
use crate::workstream::{Attestation, Proof};

/// The file, relative to the root.
pub(crate) const FILE: &str = ".campaign/attestations.toml";

/// Reads the attestations, if the campaign asks for some. The inner error says why they cannot be read.
///
/// # Errors
/// If they cannot be understood.
pub(crate) fn given(cx: &Context) -> Result<Known<Vec<Attestation>>> {
    if required(cx).is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let text = match cx.store.attestations() {
        Err(error) => return Ok(Err(format!("cannot read {FILE}: {error}"))),
        Ok(text) => text.unwrap_or_default(),
    };
    let given = config::attestations(FILE, &text).map_err(|mistakes| {
        Refused::from(Invalid {
            file: FILE.to_owned(),
            text: text.clone(),
            mistakes,
        })
    })?;
    Ok(Ok(given))
}

/// Returns the ids of the attestations that a release or an objective requires.
pub(crate) fn required(cx: &Context) -> BTreeSet<&str> {
    let config = cx.config();
    let of_release = config.releases.attestations.iter().map(String::as_str);
    let objectives = config.workstreams.iter();
    let objectives = objectives.flat_map(|stream| &stream.objectives);
    let of_objectives = objectives.filter_map(|objective| match &objective.proof {
        Proof::Attestation(id) => Some(id.as_str()),
        _ => None,
    });
    of_release.chain(of_objectives).collect()
}

/// An attestation that the campaign requires.
pub(crate) struct Required {
    /// Its id.
    pub(crate) id: String,
    /// Whether a valid one was given.
    pub(crate) outcome: CriterionOutcome,
    /// The newest one that was given.
    pub(crate) given: Option<Attestation>,
}

/// Returns the attestations that the campaign requires, by id.
///
/// # Errors
/// If the file cannot be read or understood.
pub(crate) fn list(cx: &Context) -> Result<Vec<Required>> {
    let given = given(cx)?.map_err(|reason| Stop::new(Exit::CouldNotRun, reason))?;
    let (tracked, today) = (Tracked::read(cx), cx.today());
    let required = required(cx).into_iter().map(|id| Required {
        id: id.to_owned(),
        outcome: attested(id, &given, &today, &|file| tracked.outcome(file)),
        given: newest(id, &given).cloned(),
    });
    Ok(required.collect())
}

/// Adds an attestation of the present author and day to the file, and returns it. The rest of the file stays as it is.
///
/// # Errors
/// If no release and no objective requires it, it would not count, or the file cannot be edited.
pub(crate) fn add(
    cx: &Context,
    id: &str,
    statement: &str,
    evidence: &str,
    until: Option<Date>,
) -> Result<Attestation> {
    let required = required(cx);
    if !required.contains(id) {
        let message = format!(
            "no release or objective requires the attestation `{}`",
            excerpt(id)
        );
        let help = match spelling::nearest(id, required) {
            Some(nearest) => spelling::did_you_mean(nearest),
            None => "attestations = [\"ID\"] in [release] of campaign.toml".to_owned(),
        };
        return Err(Stop::new(Exit::Usage, message).help(help).into());
    }
    if statement.trim().is_empty() {
        return Err(Stop::new(Exit::Usage, "the statement is empty").into());
    }
    let _lock = cx.lock()?;
    // A file that cannot be understood is not extended.
    given(cx)?.map_err(|reason| Stop::new(Exit::CouldNotRun, reason))?;
    let today = cx.today();
    let attestation = Attestation {
        id: id.to_owned(),
        statement: statement.split_whitespace().collect::<Vec<_>>().join(" "),
        author: cx.author()?,
        date: today.clone(),
        evidence: evidence.to_owned(),
        until: until.map(|until| until.to_string()),
        line: 0,
    };
    let tracked = Tracked::read(cx);
    let alone = std::slice::from_ref(&attestation);
    match attested(id, alone, &today, &|file| tracked.outcome(file)) {
        CriterionOutcome::Met => {}
        CriterionOutcome::Open(reason) => return Err(Stop::new(Exit::Usage, reason).into()),
        CriterionOutcome::Unknown(reason) => {
            return Err(Stop::new(Exit::CouldNotRun, reason).into());
        }
    }

    let before = cx.store.attestations()?.unwrap_or_default();
    let after = extended(&before, &attestation);
    if config::attestations(FILE, &after).is_err() {
        let message = "the attestation has a character that cannot be used";
        let stop = Stop::new(Exit::Usage, message);
        return Err(stop.help("leave out control characters").into());
    }
    cx.store.put_attestations(after.as_bytes())?;
    Ok(attestation)
}

/// Returns a text with an attestation at its end, and with its line ends.
fn extended(before: &str, attestation: &Attestation) -> String {
    let text = |key: &str, value: &str| format!("{key} = {}\n", toml_edit::Value::from(value));
    let mut entry = String::from("[[attestation]]\n");
    entry += &text("id", &attestation.id);
    entry += &text("statement", &attestation.statement);
    entry += &text("author", &attestation.author);
    entry += &format!("date = {}\n", attestation.date);
    entry += &text("evidence", &attestation.evidence);
    if let Some(until) = &attestation.until {
        entry += &format!("until = {until}\n");
    }
    let gap = match before {
        "" => "",
        before if before.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let added = format!("{gap}{entry}");
    match before.contains("\r\n") {
        true => format!("{before}{}", added.replace('\n', "\r\n")),
        false => format!("{before}{added}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_keeps_its_text_and_has_the_attestation() {
        let attestation = Attestation {
            id: "review".into(),
            statement: "\"all\" of it, 'read' = [[attestation]] # \u{e4}".into(),
            author: "Ana\\".into(),
            date: "2026-11-30".into(),
            evidence: "docs/review.md".into(),
            until: Some("2027-01-01".into()),
            line: 0,
        };
        for before in [
            "",
            "# by people",
            "# by people\n",
            "# by people\r\n[[attestation]]\r\nid = \"a\"\r\nstatement = \"s\"\r\nauthor = \"b\"\r\ndate = 2026-01-01\r\nevidence = \"e\"\r\n",
        ] {
            let after = extended(before, &attestation);
            assert!(after.starts_with(before), "{after}");
            assert_eq!(
                before.contains('\r'),
                after.contains("\"docs/review.md\"\r\n")
            );
            let read = config::attestations(FILE, &after).unwrap();
            let last = read.last().unwrap();
            let line = last.line;
            assert_eq!(
                *last,
                Attestation {
                    line,
                    ..attestation.clone()
                }
            );
        }
    }
}
