//! `cargo campaign changelog lint`: reports problems of the changelogs.

use anyhow::Result;
use semver::Version;

use super::super::session::Session;
use super::{is_json, json};
use crate::ops::changelog::lint::lint;
use crate::ops::exit::Exit;
use crate::release::changelog::{LintProblem, Rule};
use crate::report::document::{Block, Text};
use crate::report::figure::counted;
use crate::report::style::Style;

/// Report problems of the changelogs
///
/// Checks order, dates, duplicates, version links, headings and empty sections, edits of published
/// sections, and whether sections, tags and manifests agree. Exits with 1 if there are problems.
#[derive(clap::Args, Debug)]
pub(super) struct LintArgs {
    /// Apply rules of style to published sections, too
    #[arg(long)]
    all: bool,
    /// Allow edits of this version's published section (repeatable)
    #[arg(long, value_name = "VERSION")]
    amend: Vec<Version>,
}

impl LintArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let findings = lint(session, self.all, &self.amend)?;
        if let Some(why) = &findings.unchecked {
            session.ui.warn(&format!(
                "tags and published sections were not checked: {why}"
            ));
        }
        let count = findings.problems.len();
        let exit = if count == 0 { Exit::Done } else { Exit::Failed };
        if as_json {
            json(session, &findings)?;
            return Ok(exit);
        }
        let lines = findings.problems.iter().map(line).collect();
        session.ui.print(&vec![Block::Lines(0, lines)])?;
        if findings
            .problems
            .iter()
            .any(|problem| problem.rule == Rule::PublishedEdit)
        {
            session
                .ui
                .help("--amend VERSION (if a published section is meant to change)");
        }
        session.ui.status("Linted", &counted(count, "problem"));
        Ok(exit)
    }
}

fn line(problem: &LintProblem) -> Text {
    let LintProblem {
        file,
        line,
        message,
        rule,
    } = problem;
    let rule = format!(" ({})", rule.name());
    Text::new(format!("{file}:{line}: {message}")).join(Text::styled(Style::Quiet, rule))
}
