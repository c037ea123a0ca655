//! The changelogs of a workspace: finding, drafting, linting and releasing them.

pub(crate) mod draft;
pub(crate) mod files;
pub(crate) mod lint;
pub(crate) mod notes;
pub(crate) mod release;

use anyhow::Result;

use super::context::{Context, no_git};
use super::exit::{Exit, Stop};
use crate::change::Change;
use crate::edit;
use crate::git::Trouble;
use crate::options::Refused;
use crate::options::mistake::{Invalid, Mistake};
use crate::release::changelog::CutRefusal;

/// Applies the changes, all or none. The caller must hold the lock.
fn write(context: &Context, changes: &[Change]) -> Result<()> {
    edit::apply(context.root(), &context.store.journal(), changes)?;
    Ok(())
}

/// Converts an error of git.
fn git_error(trouble: Trouble) -> Stop {
    let hint = match no_git(&trouble) {
        Some(no_git) => Some(no_git.help().to_owned()),
        None => trouble.hint(),
    };
    let stop = Stop::new(Exit::CouldNotRun, trouble.to_string());
    match hint {
        Some(hint) => stop.help(hint),
        None => stop,
    }
}

/// Returns the error about a heading that is not understood, with its line; `None` for other
/// refusals.
fn unread_heading(
    context: &Context,
    file: &str,
    text: &str,
    refusal: &CutRefusal,
) -> Option<anyhow::Error> {
    let CutRefusal::Unread { at, version } = refusal else {
        return None;
    };
    let mistake = Mistake {
        at: at.clone(),
        message: refusal.to_string(),
        label: "not a form that is read".to_owned(),
        help: Some(format!(
            "write it as `## [{version}] - {}`",
            context.utc_today()
        )),
    };
    let invalid = Invalid {
        file: file.to_owned(),
        text: text.to_owned(),
        mistakes: vec![mistake],
    };
    Some(Refused::from(invalid).into())
}
