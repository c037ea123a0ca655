//! What the changelogs say of a release, and what they ask of its version.

use std::result::Result as StdResult;

use semver::Version;

use super::super::changelog::books::Book;
use super::super::changelog::{lint as linting, notes as noting};
use super::super::session::Session;
use super::history::Past;
use crate::judge::readiness::{Known, Level};
use crate::release::changelog::{Weight, breaking, lines};

/// The changelogs, or why they cannot be read.
type Read<'a> = StdResult<&'a [Book], &'a String>;

/// Lines of the version's section, over all changelogs that have one; `None` when none has.
pub(super) fn section(books: Read<'_>, version: &Version) -> Known<Option<usize>> {
    let books = books.map_err(Clone::clone)?;
    let counts: Vec<usize> = books.iter().filter_map(|book| lines(book.text.as_deref()?, version)).collect();
    Ok((!counts.is_empty()).then(|| counts.iter().sum()))
}

/// What is wrong with them: `CHANGELOG.md:3: ..`.
pub(super) fn lint(session: &Session, books: Read<'_>) -> Known<Vec<String>> {
    let found = linting::of(session, books.map_err(Clone::clone)?, false, &[]);
    if let Some(why) = found.unchecked {
        return Err(format!("tags and published sections were not looked at: {why}"));
    }
    let told = |problem: &crate::release::changelog::Problem| {
        format!("{}:{}: {}", problem.file, problem.line, problem.message)
    };
    Ok(found.problems.iter().map(told).collect())
}

/// Length of the notes; 0 when there are none.
pub(super) fn notes(session: &Session, books: Read<'_>, version: &Version) -> Known<usize> {
    let text = noting::of(session, books.map_err(Clone::clone)?, version, None);
    Ok(text.map_or(0, |text| text.trim().len()))
}

/// The level that commits since the last release, and entries which say that they break something, ask for.
pub(super) fn level(books: Read<'_>, past: &Past, version: &Version) -> Known<Option<(Level, Vec<String>)>> {
    let mut asked: Vec<(Weight, String)> = past.weights()?;
    for book in books.map_err(Clone::clone)? {
        let entries = breaking(book.text.as_deref().unwrap_or_default(), version);
        asked.extend(entries.into_iter().map(|entry| (Weight::Breaking, format!("{}: {entry}", book.path))));
    }
    let heaviest = asked.iter().map(|(weight, _)| *weight).max();
    Ok(heaviest.map(|heaviest| {
        let why = asked.into_iter().filter(|(weight, _)| *weight == heaviest).map(|(_, why)| why).collect();
        (of(heaviest), why)
    }))
}

/// A weight as a level.
fn of(weight: Weight) -> Level {
    match weight {
        Weight::Fix => Level::Patch,
        Weight::Feature => Level::Minor,
        Weight::Breaking => Level::Major,
    }
}
