//! `cargo campaign changelog`: draft, release, lint, notes.

mod draft;
mod lint;
mod notes;
mod release;
mod show;

use anyhow::Result;
use serde::Serialize;

use super::output::is_json;
use super::session::Session;
use crate::change::Change;
use crate::ops::exit::Exit;
use crate::report::document::Block;
use crate::report::json;

/// Draft, release and lint changelogs; print release notes
///
/// Handles CHANGELOG.md in the root and in the directories of members, in the Keep a Changelog
/// format. Each file keeps its own style. Use `[release] changelogs` and `tag` in campaign.toml to
/// override the detected files and tags.
#[derive(clap::Args, Debug)]
pub(super) struct ChangelogArgs {
    #[command(subcommand)]
    command: Sub,
}

/// The subcommands; each has a file of its own.
#[derive(clap::Subcommand, Debug)]
enum Sub {
    Draft(draft::DraftArgs),
    Release(release::CutArgs),
    Lint(lint::LintArgs),
    Notes(notes::NotesArgs),
}

impl ChangelogArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            Sub::Draft(args) => args.run(session),
            Sub::Release(args) => args.run(session),
            Sub::Lint(args) => args.run(session),
            Sub::Notes(args) => args.run(session),
        }
    }
}

/// The JSON object of these commands.
#[derive(Serialize)]
struct ChangelogJson<T> {
    schema: &'static str,
    schema_version: &'static str,
    #[serde(flatten)]
    body: T,
}

/// Prints a result as JSON.
fn json<T: Serialize>(session: &mut Session, body: T) -> Result<()> {
    let document = ChangelogJson {
        schema: "cargo-campaign/changelog",
        schema_version: "1.0",
        body,
    };
    Ok(session.ui.out(&json::pretty(&document)?)?)
}

/// Shows the changes as a diff.
fn show_diff(session: &mut Session, changes: &[Change]) -> Result<()> {
    let diffs = changes.iter().cloned().map(Block::Diff).collect();
    Ok(session.ui.print(&diffs)?)
}
