//! `cargo campaign changelog lint`: what is wrong with the changelogs.

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::super::session::Session;
use super::{is_json, json};
use crate::drive::lint::{Found, find};
use crate::ops::Context;
use crate::ops::changelog::books::{self, Book};
use crate::ops::exit::{Exit, Stop};
use crate::release::changelog::{LintProblem, Rule};
use crate::report::line::{Line, page};
use crate::report::style::Style;

/// Find what is wrong with the changelogs
///
/// Order, dates, doubles, links of versions, headings, empty sections; edits of what was published; sections, tags and
/// manifests that do not agree. Ends with 1 when there are problems.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Hold published sections against the rules of style too
    #[arg(long)]
    all: bool,
    /// The published section of this version may be edited (repeatable)
    #[arg(long, value_name = "VERSION")]
    amend: Vec<Version>,
}

/// What was found, and what could not be looked at.
#[derive(Serialize)]
pub(in crate::cli) struct Findings {
    pub(in crate::cli) problems: Vec<LintProblem>,
    /// Why tags and published sections were not looked at.
    pub(in crate::cli) unchecked: Option<String>,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let findings = findings(session, self.all, &self.amend)?;
        if let Some(why) = &findings.unchecked {
            session.ui.warn(&format!(
                "tags and published sections were not looked at: {why}"
            ));
        }
        let count = findings.problems.len();
        let exit = if count == 0 { Exit::Done } else { Exit::Failed };
        if as_json {
            json(session, &findings)?;
            return Ok(exit);
        }
        let line = |problem: &LintProblem| {
            let place = format!("{}:{}", problem.file, problem.line);
            Line::of(&place)
                .text(": ")
                .text(&problem.message)
                .and(Style::Quiet, &format!(" ({})", problem.rule.name()))
        };
        let screen = page(
            &findings.problems.iter().map(line).collect::<Vec<_>>(),
            &session.look(),
        );
        session.ui.out(&screen)?;
        if findings
            .problems
            .iter()
            .any(|problem| problem.rule == Rule::PublishedEdit)
        {
            session
                .ui
                .help("--amend VERSION, where a published section is meant to change");
        }
        session
            .ui
            .status("Linted", &crate::report::figure::counted(count, "problem"));
        Ok(exit)
    }
}

/// What is wrong with the changelogs asked for.
pub(in crate::cli) fn findings(
    session: &Session,
    all: bool,
    amended: &[Version],
) -> Result<Findings> {
    let books = books::find(session)?.books;
    // The packages asked for may keep no changelog.
    if let Some(first) = books
        .first()
        .filter(|_| books.iter().all(|book| book.text.is_none()))
    {
        let stop = Stop::new(Exit::Usage, format!("there is no {}", first.path));
        return Err(stop.help(books::begin(session)).into());
    }
    Ok(of(session, &books, all, amended))
}

/// The same of these changelogs.
pub(in crate::cli) fn of(
    session: &Context,
    books: &[Book],
    all: bool,
    amended: &[Version],
) -> Findings {
    let texts: Vec<_> = books
        .iter()
        .filter_map(|book| Some((book.described(session), book.text.clone()?)))
        .collect();
    let Found {
        problems,
        unchecked,
    } = find(
        session.root(),
        &books::lint_day(session),
        &texts,
        all,
        amended,
    );
    Findings {
        problems,
        unchecked,
    }
}
