//! `cargo campaign changelog notes V`: prints the release notes of a version.

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::super::session::Session;
use super::{is_json, json};
use crate::ops::changelog::notes;
use crate::ops::evaluate;
use crate::ops::exit::Exit;
use crate::report::markdown;
use crate::store::PinName;

/// Print the release notes of a version
///
/// Prints the text of the version's section, with links that work anywhere. If it is the newest
/// version and a baseline is pinned, a table compares the values of this tree with the baseline.
#[derive(clap::Args, Debug)]
pub(super) struct NotesArgs {
    /// The version
    version: Version,
    /// Address of the repository (default: the target of the changelog's links, or `repository` in
    /// Cargo.toml)
    #[arg(long, value_name = "URL")]
    repository: Option<String>,
}

#[derive(Serialize)]
struct Notes<'a> {
    version: &'a Version,
    text: &'a str,
}

impl NotesArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let mut text = notes::rendered(session, &self.version, self.repository.as_deref())?;
        if let Some(figures) = figures(session, &self.version)? {
            text.extend(["\n", &figures]);
        }
        if as_json {
            json(
                session,
                Notes {
                    version: &self.version,
                    text: &text,
                },
            )?;
        } else {
            session.ui.out(&text)?;
        }
        Ok(Exit::Done)
    }
}

/// Returns a Markdown table of this tree's values and the baseline's; `None` without values, or if
/// the version belongs to another tree.
fn figures(session: &mut Session, version: &Version) -> Result<Option<String>> {
    if session.pinned(PinName::Baseline)?.is_none() || !notes::is_of_this_tree(session, version)? {
        return Ok(None);
    }
    let evaluation = evaluate::now(session)?;
    Ok(markdown::figures(&session.report(&evaluation)))
}
