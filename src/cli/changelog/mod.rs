//! `cargo campaign changelog`: draft, release, lint, notes.
//!
//! | file | owns |
//! |---|---|
//! | `books` | which changelogs there are, what each speaks for, what its tags tell |
//! | `draft`, `release`, `lint`, `notes` | the command of that name |
//! | `said` | what a draft did, as a screen |

mod draft;
pub(super) mod lint;
pub(super) mod notes;
pub(super) mod release;
mod said;

use anyhow::Result;
use serde::Serialize;

use super::output::is_json;
use super::session::Session;
use crate::change::Change;
use crate::edit;
use crate::git::Trouble;
use crate::ops::exit::{Exit, Stop};
use crate::options::Refused;
use crate::options::mistake::{Invalid, Mistake};
use crate::release::changelog::CutRefusal;
use crate::report::json;
use crate::report::unified::unified;

/// Draft, release, lint changelogs; print release notes
///
/// Read and kept in their own style are CHANGELOG.md at the root and in the folders of members; the format is Keep a
/// Changelog. `[release] changelogs` and `tag` in campaign.toml say what cannot be found out.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Sub,
}

/// One variant, one file.
#[derive(clap::Subcommand, Debug)]
enum Sub {
    Draft(draft::Args),
    Release(release::Args),
    Lint(lint::Args),
    Notes(notes::Args),
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            Sub::Draft(args) => args.run(session),
            Sub::Release(args) => args.run(session),
            Sub::Lint(args) => args.run(session),
            Sub::Notes(args) => args.run(session),
        }
    }
}

/// The JSON of these commands.
#[derive(Serialize)]
struct Document<T> {
    schema: &'static str,
    schema_version: &'static str,
    #[serde(flatten)]
    body: T,
}

/// Prints a result as JSON.
fn json<T: Serialize>(session: &mut Session, body: T) -> Result<()> {
    let document = Document {
        schema: "cargo-campaign/changelog",
        schema_version: "1.0",
        body,
    };
    Ok(session.ui.out(&json::pretty(&document)?)?)
}

/// Makes the changes, all or none. The caller holds the lock.
fn write(session: &Session, changes: &[Change]) -> Result<()> {
    edit::apply(
        session.root(),
        &session.store.journal(),
        changes,
        &mut |_| Ok(()),
    )?;
    Ok(())
}

/// Shows the changes, as a diff.
fn show_diff(session: &mut Session, changes: &[Change]) -> Result<()> {
    let look = session.look();
    let diff = |c: &Change| unified(&c.path, c.before.as_deref(), c.after.as_deref(), &look);
    let shown: String = changes.iter().map(diff).collect();
    Ok(session.ui.out(&shown)?)
}

/// What git cannot tell ends the command, with what to do about it.
fn git(trouble: Trouble) -> Stop {
    let hint = trouble.hint();
    let stop = Stop::new(Exit::CouldNotRun, trouble.to_string());
    match hint {
        Some(hint) => stop.help(hint),
        None => stop,
    }
}

/// A heading that is not understood, shown with its line; `None` for other refusals.
fn unread(file: &str, text: &str, refusal: &CutRefusal) -> Option<anyhow::Error> {
    let CutRefusal::Unread { at, .. } = refusal else {
        return None;
    };
    let mistake = Mistake {
        at: at.clone(),
        message: refusal.to_string(),
        label: "not a form that is read".to_owned(),
        help: Some("write it as `## [1.0.0] - 2026-11-20`".to_owned()),
    };
    let invalid = Invalid {
        file: file.to_owned(),
        text: text.to_owned(),
        mistakes: vec![mistake],
    };
    Some(Refused::from(invalid).into())
}
