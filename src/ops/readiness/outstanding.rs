//! The parts of the campaign that a release waits for: workstreams and attestations.

use anyhow::Result;

use super::known;
use super::tree::Repository;
use crate::git::{Git, Trouble};
use crate::judge;
use crate::judge::outstanding::{self, Outstanding};
use crate::judge::readiness::Known;
use crate::ops::Context;
use crate::ops::evaluate::Evaluation;
use crate::options::mistake::Invalid;
use crate::options::{Refused, config};
use crate::store;
use crate::workstream::{Attestation, Workstream};

/// The file with attestations, relative to the root.
const FILE: &str = ".campaign/attestations.toml";

/// Returns the incomplete workstreams and missing attestations.
///
/// # Errors
/// If attestations cannot be understood.
pub(super) fn outstanding(
    cx: &Context,
    evaluation: &Evaluation,
    git: &Result<Git, Trouble>,
) -> Result<Known<Outstanding>> {
    let (config, today) = (cx.config(), cx.today());
    let asked = &config.releases.attestations;
    let given = match given(cx)? {
        Ok(given) => given,
        Err(why) => return Ok(Err(why)),
    };
    if config.workstreams.is_empty() && asked.is_empty() {
        return Ok(Ok(Outstanding::default()));
    }
    let repository = match known(git).and_then(|git| Repository::read(cx, git)) {
        Ok(repository) => repository,
        Err(why) => return Ok(Err(why)),
    };
    let is_tracked = |file: &str| repository.has(file);
    let evidence = evaluation.evidence(&today);
    let judged =
        |stream: &Workstream| judge::judge(&stream.gates, &[], &config.catalogue, &evidence);
    let mut open = outstanding::workstreams(&config.workstreams, judged, is_tracked);
    if !given.is_empty() && !asked.is_empty() && !is_tracked(FILE) {
        open.missing.push(format!("{FILE} is not tracked by git"));
    }
    open.missing
        .extend(outstanding::attestations(asked, &given, &today, is_tracked));
    Ok(Ok(open))
}

/// Reads the attestations, if the campaign asks for some. The inner error says why they cannot be read.
///
/// # Errors
/// If they cannot be understood.
pub(super) fn given(cx: &Context) -> Result<Known<Vec<Attestation>>> {
    if cx.config().releases.attestations.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let text = match store::read_text(&cx.root().join(FILE)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Ok(Err(format!("cannot read {FILE}: {error}"))),
        Ok(text) => text,
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
