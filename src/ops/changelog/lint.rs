//! Linting changelogs.

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::files::{self, ChangelogFile};
use crate::ops::context::Context;
use crate::ops::exit::{Exit, Stop};
use crate::probe::changelogs::{ChangelogReport, check};
use crate::release::changelog::LintProblem;

/// What was found, and what could not be looked at.
#[derive(Serialize)]
pub(crate) struct LintFindings {
    pub(crate) problems: Vec<LintProblem>,
    /// Why tags and published sections were not looked at.
    pub(crate) unchecked: Option<String>,
}

/// What is wrong with the changelogs asked for.
pub(crate) fn lint(context: &Context, all: bool, amended: &[Version]) -> Result<LintFindings> {
    let files = files::find(context)?.files;
    // The packages asked for may keep no changelog.
    if let Some(first) = files
        .first()
        .filter(|_| files.iter().all(|file| file.text.is_none()))
    {
        let stop = Stop::new(Exit::Usage, format!("there is no {}", first.path));
        return Err(stop.help(files::begin(context)).into());
    }
    Ok(lint_files(context, &files, all, amended))
}

/// The same of these changelogs.
pub(crate) fn lint_files(
    context: &Context,
    files: &[ChangelogFile],
    all: bool,
    amended: &[Version],
) -> LintFindings {
    let texts: Vec<_> = files
        .iter()
        .filter_map(|file| Some((file.described(context), file.text.clone()?)))
        .collect();
    let ChangelogReport {
        problems,
        unchecked,
    } = check(
        context.root(),
        &files::lint_day(context),
        &texts,
        all,
        amended,
    );
    LintFindings {
        problems,
        unchecked,
    }
}
