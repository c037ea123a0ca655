//! `cargo campaign changelog release V`: what is unreleased becomes a version.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::super::session::Session;
use super::{is_json, json, show_diff, unread, write};
use crate::change::Change;
use crate::git::Tag;
use crate::ops::changelog::books::{self, Book};
use crate::ops::exit::{Exit, Stop};
use crate::options::config::Changelogs;
use crate::release::changelog::{CutInputs, CutRefusal, cut, dated, latest};

/// Make a release of what is unreleased
///
/// The section gets its version and date below a fresh heading, links between versions are moved on, empty groups go.
/// Changelogs without unreleased entries stay as they are; when all are, this fails.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The version
    version: Version,
    /// Day of the release, YYYY-MM-DD (default: today in UTC)
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Show what would change, as a diff, and write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Released<'a> {
    version: &'a Version,
    date: &'a str,
    writes: bool,
    /// The files that change.
    changed: Vec<&'a str>,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let date = day(session, &self.version, self.date)?;
        let _lock = if self.dry_run {
            None
        } else {
            Some(session.lock()?)
        };
        let changes = changes(session, &self.version, &date)?;
        if !self.dry_run {
            write(session, &changes)?;
        }
        let changed: Vec<&str> = changes
            .iter()
            .filter(|c| !c.is_idle())
            .map(|c| c.path.as_str())
            .collect();
        let verb = if self.dry_run {
            "Would release"
        } else {
            "Released"
        };
        for path in &changed {
            session
                .ui
                .status(verb, &format!("{} in {path}", self.version));
        }
        if changed.is_empty() {
            session.ui.status(
                "Unchanged",
                &format!("{} has its section already", self.version),
            );
        }
        if as_json {
            let writes = !self.dry_run && !changed.is_empty();
            json(
                session,
                Released {
                    version: &self.version,
                    date: &date,
                    writes,
                    changed,
                },
            )?;
        } else if self.dry_run {
            show_diff(session, &changes)?;
        }
        Ok(Exit::Done)
    }
}

/// Returns the day of the release: the one asked for, or today in UTC.
///
/// # Errors
/// If there is no such day, or if a changelog has another release on a later day.
pub(in crate::cli) fn day(
    session: &Session,
    version: &Version,
    asked: Option<String>,
) -> Result<String> {
    let date = asked.clone().unwrap_or_else(|| session.utc_today());
    if date.len() != 10 || date.parse::<jiff::civil::Date>().is_err() {
        let what = format!("invalid date `{date}` for `--date` (expected YYYY-MM-DD)");
        return Err(Stop::new(Exit::Usage, what).into());
    }
    if session.config().releases.changelogs == Changelogs::None {
        return Ok(date);
    }
    // Changelogs that cannot be read are reported where they are needed.
    let books = books::find(session)
        .map(|found| found.books)
        .unwrap_or_default();
    let texts = books
        .iter()
        .filter_map(|book| Some((&book.path, book.text.as_deref()?)));
    let others = texts.filter_map(|(path, text)| Some((latest(text, version)?, path)));
    match others.max() {
        Some(((day, other), path)) if day > date => {
            let from = if asked.is_some() {
                "for `--date`"
            } else {
                "of the clock or `SOURCE_DATE_EPOCH`"
            };
            let stop = Stop::new(
                Exit::Usage,
                format!("date `{date}` {from} is before {other} of {day} in {path}"),
            );
            Err(stop
                .help(format!("--date YYYY-MM-DD, with {day} or a later day"))
                .into())
        }
        _ => Ok(date),
    }
}

/// The changelogs with the release in them, those that have nothing to release as they are.
pub(in crate::cli) fn changes(
    session: &mut Session,
    version: &Version,
    date: &str,
) -> Result<Vec<Change>> {
    let books = books::find(session)?.books;
    one_version(session, &books)?;
    let tags = session.git().and_then(|git| git.tags()).unwrap_or_default();
    let mut changes = Vec::new();
    let mut refused = Vec::new();
    for book in &books {
        let Some(text) = &book.text else { continue };
        match released(session, book, text, &tags, version, date) {
            Ok(text) => {
                changes.push(book.change(text));
                stale_day(session, book, &tags, version, date);
            }
            Err(refusal @ (CutRefusal::Empty { .. } | CutRefusal::NoUnreleased)) => {
                refused.push((book, refusal))
            }
            Err(refusal) => {
                let refused = unread(&book.path, text, &refusal);
                return Err(refused.unwrap_or_else(|| stop(session, book, &refusal).into()));
            }
        }
    }
    if let ([], Some((book, refusal))) = (changes.as_slice(), refused.first()) {
        return Err(stop(session, book, refusal).into());
    }
    if changes.is_empty() {
        return Err(Stop::new(Exit::Usage, "there is no changelog")
            .help(books::begin(session))
            .into());
    }
    for (book, refusal) in &refused {
        session
            .ui
            .note(&format!("{} stays as it is: {refusal}", book.path));
    }
    Ok(changes)
}

/// A release that was dated and is not tagged yet may be tagged on another day: that is said.
fn stale_day(session: &mut Session, book: &Book, tags: &[Tag], version: &Version, date: &str) {
    let day = book
        .text
        .as_deref()
        .and_then(|text| dated(text, version))
        .filter(|day| day != date);
    let tagged = book
        .series(session, tags)
        .is_some_and(|series| series.has(version));
    if let Some(day) = day.filter(|_| !tagged) {
        session.ui.note(&format!(
            "{}: {version} is dated {day}, and this would be {date}; it stays as it is",
            book.path
        ));
    }
}

/// Why a changelog has nothing to release, and what to do about it.
fn stop(session: &Session, book: &Book, refusal: &CutRefusal) -> Stop {
    let help = match refusal {
        CutRefusal::Pending { version, .. } => {
            format!("cargo campaign changelog release {version}")
        }
        CutRefusal::Taken { .. } => {
            "release them as another version, or move them into that section by hand".to_owned()
        }
        CutRefusal::Empty { .. }
        | CutRefusal::NoUnreleased
        | CutRefusal::Foreign
        | CutRefusal::Unread { .. } => books::add_entries(session, &book.path),
    };
    Stop::new(Exit::Usage, format!("{}: {refusal}", book.path)).help(help)
}

fn released(
    session: &Session,
    book: &Book,
    text: &str,
    tags: &[Tag],
    version: &Version,
    date: &str,
) -> Result<String, CutRefusal> {
    let series = book.series(session, tags);
    let template = book.template(session, series.as_ref());
    let name = series.as_ref().map_or(book.name(), |series| &series.name);
    let repository = books::repository(session);
    let (template, repository) = (template.as_ref(), repository.as_deref());
    cut(
        text,
        &CutInputs {
            version,
            name,
            date,
            template,
            repository,
        },
    )
}

/// Several changelogs get one version only where their packages have one.
fn one_version(session: &Session, books: &[Book]) -> Result<()> {
    let members = books.iter().flat_map(|book| &book.members);
    let versions: BTreeSet<&str> = members.map(|member| member.version.as_str()).collect();
    if books.len() < 2 || versions.len() < 2 || !session.options.packages.is_empty() {
        return Ok(());
    }
    Err(
        Stop::new(Exit::Usage, "the packages have versions of their own")
            .help("name one: -p PACKAGE")
            .into(),
    )
}
