//! The attestations in `.campaign/attestations.toml`, and the values that they state.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::civil::Date;

use super::repository::Tracked;
use super::{Context, Exit, Stop};
use crate::collector::ATTESTED;
use crate::judge::readiness::Known;
use crate::metric::{MetricRow, Reading, Unavailable, Value};
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

/// Returns the values in `[attested]` that people state, by their metrics. One that is missing or has expired is unavailable.
pub(crate) fn readings(cx: &Context) -> BTreeMap<String, Reading> {
    let rows = &cx.config().attested;
    if rows.is_empty() {
        return BTreeMap::new();
    }
    let given = match given(cx) {
        Ok(given) => given,
        Err(_) => Err(format!("{FILE} cannot be understood")),
    };
    let (tracked, today) = (Tracked::read(cx), cx.today());
    let mut readings = BTreeMap::new();
    for row in rows {
        let id = id_of(row);
        let value = match &given {
            Ok(given) => {
                let outcome = attested(id, given, &today, &|file| tracked.outcome(file));
                stated(row, newest(id, given), outcome)
            }
            Err(reason) => Err(reason.clone()),
        };
        let reading = match value {
            Ok(value) => Reading::exact(value),
            Err(reason) => unavailable(id, reason),
        };
        readings.insert(row.name.clone(), reading);
    }
    readings
}

/// Returns the id of the attestation that states a metric.
fn id_of(row: &MetricRow) -> &str {
    let id = row.name.strip_prefix(ATTESTED);
    id.map_or(&row.name, |id| id.trim_start_matches('.'))
}

/// Returns the value that an attestation states, or why it does not count.
fn stated(
    row: &MetricRow,
    given: Option<&Attestation>,
    outcome: CriterionOutcome,
) -> Result<f64, String> {
    match outcome {
        CriterionOutcome::Met => {}
        CriterionOutcome::Open(reason) | CriterionOutcome::Unknown(reason) => return Err(reason),
    }
    let author = given.map_or("", |given| given.author.as_str());
    let unit = row.unit.name();
    match given.and_then(|given| Some((given.value?, given.unit.as_deref()))) {
        Some((value, None)) => Ok(value),
        Some((value, Some(stated))) if stated == unit => Ok(value),
        Some((_, Some(stated))) => Err(format!(
            "the attestation of {author} is in `{stated}`, campaign.toml declares `{unit}`"
        )),
        None => Err(format!("the attestation of {author} states no value")),
    }
}

fn unavailable(id: &str, reason: String) -> Reading {
    let fix = format!("cargo campaign attest {id} --value NUMBER --statement TEXT --evidence REF");
    Reading {
        value: Value::Unavailable(Unavailable {
            reason,
            fix: Some(fix),
            ..Unavailable::default()
        }),
        packages: BTreeMap::new(),
        spread: None,
    }
}

/// Returns the ids of the attestations that a release or an objective requires, and those of values.
pub(crate) fn required(cx: &Context) -> BTreeSet<&str> {
    let config = cx.config();
    let of_release = config.releases.attestations.iter().map(String::as_str);
    let objectives = config.workstreams.iter();
    let objectives = objectives.flat_map(|stream| &stream.objectives);
    let of_objectives = objectives.filter_map(|objective| match &objective.proof {
        Proof::Attestation(id) => Some(id.as_str()),
        _ => None,
    });
    let values = config.attested.iter().map(id_of);
    of_release.chain(of_objectives).chain(values).collect()
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

/// A statement to add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewAttestation<'a> {
    /// Its id.
    pub(crate) id: &'a str,
    /// The statement.
    pub(crate) statement: &'a str,
    /// The evidence: a file or an address.
    pub(crate) evidence: &'a str,
    /// The last day on which it is valid.
    pub(crate) until: Option<Date>,
    /// The stated value.
    pub(crate) value: Option<f64>,
    /// Its unit.
    pub(crate) unit: Option<&'a str>,
}

/// Returns the unit of the value, if the attestation has one.
///
/// # Errors
/// If the value or its unit is not as `[attested]` declares.
fn unit(cx: &Context, new: &NewAttestation<'_>) -> Result<Option<String>> {
    let id = new.id;
    let mut rows = cx.config().attested.iter();
    let row = rows.find(|row| id_of(row) == id);
    let (message, help) = match (row, new.value) {
        (None, None) => match new.unit {
            None => return Ok(None),
            Some(_) => (
                "`--unit` without `--value`".to_owned(),
                "--value NUMBER".to_owned(),
            ),
        },
        (None, Some(_)) => (
            format!("`{id}` is not declared as a value"),
            format!(
                "{id} = {{ unit = \"..\", better = \"lower\" }} in [attested] of campaign.toml"
            ),
        ),
        (Some(_), None) => (format!("`{id}` is a value"), "--value NUMBER".to_owned()),
        (Some(row), Some(_)) => {
            let declared = row.unit.name();
            match new.unit {
                Some(unit) if unit != declared => (
                    format!("the unit `{}` of `{id}`", excerpt(unit)),
                    format!("campaign.toml declares `{declared}`"),
                ),
                _ => return Ok(Some(declared.to_owned())),
            }
        }
    };
    Err(Stop::new(Exit::Usage, message).help(help).into())
}

/// Adds an attestation of the present author and day to the file, and returns it. The rest of the file stays as it is.
///
/// # Errors
/// If no release and no objective requires it, it would not count, or the file cannot be edited.
pub(crate) fn add(cx: &Context, new: &NewAttestation<'_>) -> Result<Attestation> {
    let NewAttestation {
        id,
        statement,
        evidence,
        until,
        ..
    } = *new;
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
    let unit = unit(cx, new)?;
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
        value: new.value,
        unit,
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
    if let Some(value) = attestation.value {
        entry += &format!("value = {}\n", toml_edit::Value::from(value));
    }
    if let Some(unit) = &attestation.unit {
        entry += &text("unit", unit);
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
            value: Some(12.5),
            unit: Some("EUR".into()),
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
