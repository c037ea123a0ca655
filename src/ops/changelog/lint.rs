//! Linting changelogs.

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::files::{self, ChangelogFile};
use crate::ops::context::Context;
use crate::ops::exit::{Exit, Stop};
use crate::probe::changelogs::{ChangelogReport, check};
use crate::release::changelog::LintProblem;

/// The problems of changelogs, and the checks that were skipped.
#[derive(Serialize)]
pub(crate) struct LintFindings {
    pub(crate) problems: Vec<LintProblem>,
    /// Reason why tags and published sections were not checked.
    pub(crate) unchecked: Option<String>,
}

/// Lints the selected changelogs.
pub(crate) fn lint(context: &Context, all: bool, amended: &[Version]) -> Result<LintFindings> {
    let files = files::find(context)?.files;
    // The selected packages may keep no changelog.
    if let Some(first) = files
        .first()
        .filter(|_| files.iter().all(|file| file.text.is_none()))
    {
        let stop = Stop::new(Exit::Usage, format!("there is no {}", first.path));
        return Err(stop.help(files::begin(context)).into());
    }
    Ok(lint_files(context, &files, all, amended))
}

/// Lints these changelogs.
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
