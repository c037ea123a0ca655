//! The attestations in `.campaign/attestations.toml`.

use anyhow::Result;

use crate::judge::readiness::Known;
use crate::ops::Context;
use crate::options::mistake::Invalid;
use crate::options::{Refused, config};
use crate::store;
use crate::workstream::{Attestation, Proof};

/// The file, relative to the root.
pub(crate) const FILE: &str = ".campaign/attestations.toml";

/// Reads the attestations, if the campaign asks for some. The inner error says why they cannot be read.
///
/// # Errors
/// If they cannot be understood.
pub(crate) fn given(cx: &Context) -> Result<Known<Vec<Attestation>>> {
    let config = cx.config();
    let mut objectives = config
        .workstreams
        .iter()
        .flat_map(|stream| &stream.objectives);
    let is_asked = !config.releases.attestations.is_empty()
        || objectives.any(|objective| matches!(objective.proof, Proof::Attestation(_)));
    if !is_asked {
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
