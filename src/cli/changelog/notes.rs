//! `cargo campaign changelog notes V`: a release's section as release notes.

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::super::session::Session;
use super::{is_json, json};
use crate::git::Tag;
use crate::ops::Context;
use crate::ops::changelog::books::{self, Book};
use crate::ops::evaluate;
use crate::ops::exit::{Exit, Stop};
use crate::release::changelog::{NotesPlace, notes, versions};
use crate::report::markdown;
use crate::store::PinName;

/// Print the release notes of a version
///
/// The text of its section as it stands, with links that work anywhere. While it is the newest version and figures of this
/// tree stand beside a pinned baseline, a table of both follows.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The version
    version: Version,
    /// Address of the repository (default: where the changelog's links lead, else `repository` in Cargo.toml)
    #[arg(long, value_name = "URL")]
    repository: Option<String>,
}

#[derive(Serialize)]
struct Notes<'a> {
    version: &'a Version,
    text: &'a str,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let mut text = rendered(session, &self.version, self.repository.as_deref())?;
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

/// The notes of a version, from the first changelog that has it.
pub(in crate::cli) fn rendered(
    session: &Session,
    version: &Version,
    repository: Option<&str>,
) -> Result<String> {
    let found = of(session, &books::find(session)?.books, version, repository)?;
    let missing = || {
        Stop::new(
            Exit::Usage,
            format!("no changelog has a section for {version}"),
        )
    };
    Ok(found
        .ok_or_else(|| missing().help(format!("cargo campaign changelog release {version}")))?)
}

/// The same from these changelogs; `None` when none of them has the version.
///
/// # Errors
/// If the first of them that has the version has several sections for it.
pub(in crate::cli) fn of(
    session: &Context,
    books: &[Book],
    version: &Version,
    repository: Option<&str>,
) -> Result<Option<String>, Stop> {
    let written = books::repository(session);
    let tags = session.git().and_then(|git| git.tags()).unwrap_or_default();
    for book in books {
        let Some(text) = book.text.as_deref() else {
            continue;
        };
        let (tag, path) = (tag(session, book, &tags, version), place(session, book));
        let place = NotesPlace {
            repository,
            fallback: written.as_deref(),
            tag: &tag,
            path: &path,
        };
        let found = notes(text, version, &place)
            .map_err(|lines| several_sections(&book.path, version, &lines))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn several_sections(path: &str, version: &Version, lines: &[u32]) -> Stop {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let message = format!(
        "{path} has several sections for {version}: on lines {}",
        lines.join(", ")
    );
    Stop::new(Exit::Usage, message).help("merge them into one section")
}

/// The figures of this tree beside the baseline's, as Markdown; `None` where there are none, or where the version is that
/// of another tree: an older one, or tagged elsewhere.
pub(in crate::cli) fn figures(session: &mut Session, version: &Version) -> Result<Option<String>> {
    if session.pinned(PinName::Baseline)?.is_none() || !is_of_this_tree(session, version)? {
        return Ok(None);
    }
    let evaluation = evaluate::now(session)?;
    Ok(markdown::figures(&session.report(&evaluation)))
}

fn is_of_this_tree(session: &Context, version: &Version) -> Result<bool> {
    let books = books::find(session)?.books;
    let git = session.git();
    let tags = git
        .as_ref()
        .ok()
        .and_then(|git| git.tags().ok())
        .unwrap_or_default();
    let head = git
        .ok()
        .and_then(|git| git.standing().ok())
        .and_then(|standing| standing.commit);
    Ok(books.iter().all(|book| {
        let newest = versions(book.text.as_deref().unwrap_or_default())
            .into_iter()
            .max();
        let name = tag(session, book, &tags, version);
        let tagged = tags.iter().find(|tag| tag.name == name);
        newest.is_none_or(|newest| newest <= *version)
            && tagged.is_none_or(|tag| Some(&tag.commit) == head.as_ref())
    }))
}

fn tag(session: &Context, book: &Book, tags: &[Tag], version: &Version) -> String {
    let series = book.series(session, tags);
    let name = series.as_ref().map_or(book.name(), |series| &series.name);
    let template = book.template(session, series.as_ref());
    template.map_or_else(String::new, |template| {
        template.render(name, &version.to_string())
    })
}

/// The changelog in the repository.
fn place(session: &Context, book: &Book) -> String {
    let prefix = session
        .git()
        .and_then(|git| git.prefix())
        .unwrap_or_default();
    format!("{prefix}{}", book.path)
}
