//! The changelogs of a release: the section, the problems, the notes, and the level that they require.

use std::result::Result as StdResult;

use semver::Version;

use super::history::Past;
use super::level_of;
use super::packages::Members;
use crate::git::{Git, Trouble};
use crate::judge::readiness::{ForeignSection, KeptChangelogs, Known, Level, Tree, UNSTATED};
use crate::ops::Context;
use crate::ops::changelog::files::ChangelogFile;
use crate::ops::changelog::{lint as linting, notes as noting};
use crate::options::config::Changelogs;
use crate::probe::relative;
use crate::release::changelog::{
    Impact, Impacts, entries, has_unreleased_content, lines, names_package, unread_section,
    unreleased_entries,
};
use crate::release::tag::{TagTemplate, USUAL};
use crate::report::figure::counted;

/// The changelogs, or why they cannot be read.
type Read<'a> = StdResult<&'a [ChangelogFile], &'a String>;

/// Returns whether the packages that are released have a changelog. One that cannot be read is there.
pub(super) fn kept(cx: &Context, members: &Members, books: Read<'_>) -> KeptChangelogs {
    let settings = &cx.config().releases;
    let is_unwanted = settings.changelogs == Changelogs::None
        || members
            .chosen()
            .all(|package| settings.no_changelog.contains(&package.name));
    let is_there = books.map_or(true, |books| books.iter().any(|book| book.text.is_some()));
    match (is_unwanted, is_there) {
        (true, _) => KeptChangelogs::None,
        (false, false) => KeptChangelogs::Missing,
        (false, true) => KeptChangelogs::Present,
    }
}

/// Returns the changelogs if the working tree has all of them.
pub(super) fn checked_out(
    books: Vec<ChangelogFile>,
    tree: &Known<Tree>,
) -> Known<Vec<ChangelogFile>> {
    let absent = tree.as_ref().map_or(&[][..], |tree| &tree.absent);
    match books.iter().find(|book| absent.contains(&book.path)) {
        None => Ok(books),
        Some(book) => Err(format!("a sparse checkout leaves out `{}`", book.path)),
    }
}

/// Returns the number of lines in the version's sections of all changelogs; `None` without a section.
pub(super) fn section(books: Read<'_>, version: &Version) -> Known<Option<usize>> {
    let books = books.map_err(Clone::clone)?;
    understood(books)?;
    let counts: Vec<usize> = books
        .iter()
        .filter_map(|book| lines(book.text.as_deref()?, version, &book.others))
        .collect();
    Ok((!counts.is_empty()).then(|| counts.iter().sum()))
}

/// Returns whether any changelog has content in its unreleased section.
pub(super) fn has_unreleased_entries(books: Read<'_>) -> bool {
    let texts = books.unwrap_or_default().iter();
    texts
        .filter_map(|book| book.text.as_deref())
        .any(has_unreleased_content)
}

/// Returns the sections for the version without a package in their heading, if a package of the same changelog that is not
/// selected has a tag of this version.
pub(super) fn foreign_sections(
    cx: &Context,
    books: &[ChangelogFile],
    version: &Version,
    git: &StdResult<Git, Trouble>,
) -> Vec<ForeignSection> {
    // Other checks report why git cannot be asked.
    let tags = git
        .as_ref()
        .ok()
        .and_then(|git| git.tags().ok())
        .unwrap_or_default();
    let templates = match &cx.config().releases.own_tag {
        Some(template) => vec![template.clone()],
        None => USUAL
            .iter()
            .filter_map(|usual| TagTemplate::new(usual))
            .collect(),
    };
    let is_of = |tag: &str, name: &str| {
        let named = templates.iter().filter(|template| !template.is_shared());
        named
            .filter_map(|template| template.version(name, tag))
            .any(|of| of == *version)
    };
    let of_book = |book: &ChangelogFile| {
        let text = book.text.as_deref()?;
        let tag = tags.iter().find(|tag| {
            let mut others = book.unselected_members();
            others.any(|name| is_of(&tag.name, name))
        })?;
        let is_named = names_package(text, version, &book.others)?;
        (!is_named).then(|| ForeignSection {
            changelog: book.path.clone(),
            tag: tag.name.clone(),
            package: book.name().to_owned(),
        })
    };
    books.iter().filter_map(of_book).collect()
}

/// # Errors
/// Fails if a heading that is not understood has entries that may be unreleased.
fn understood(books: &[ChangelogFile]) -> Known<()> {
    for book in books {
        let found = book.text.as_deref().and_then(unread_section);
        if let Some((line, title)) = found {
            let path = &book.path;
            return Err(format!(
                "{path}:{line}: `{title}` is neither a version nor `Unreleased`"
            ));
        }
    }
    Ok(())
}

/// Returns the changelogs that git ignores and does not track. Other checks report why git cannot be asked at all.
pub(super) fn ignored(
    cx: &Context,
    books: Read<'_>,
    git: &StdResult<Git, Trouble>,
) -> Known<Vec<String>> {
    let (Ok(git), Ok(root)) = (git, cx.root().canonicalize()) else {
        return Ok(Vec::new());
    };
    let books = books.map_err(Clone::clone)?;
    // The file behind a link gets the section.
    let real = books
        .iter()
        .filter_map(|book| root.join(&book.path).canonicalize().ok());
    let inside: Vec<String> = real
        .filter(|file| file.starts_with(&root))
        .map(|file| relative(&root, &file))
        .collect();
    let inside: Vec<&[u8]> = inside.iter().map(String::as_bytes).collect();
    let ignored = git
        .ignored(&inside)
        .map_err(|trouble| trouble.to_string())?;
    Ok(ignored
        .iter()
        .map(|file| String::from_utf8_lossy(file).into_owned())
        .collect())
}

/// Returns the problems of the changelogs: `CHANGELOG.md:3: ..`.
pub(super) fn lint(cx: &Context, books: Read<'_>) -> Known<Vec<String>> {
    let found = linting::lint_files(cx, books.map_err(Clone::clone)?, false, &[]);
    if let Some(why) = found.unchecked {
        return Err(format!(
            "tags and published sections were not checked: {why}"
        ));
    }
    let problems = found.problems.iter();
    Ok(problems
        .map(|problem| format!("{}:{}: {}", problem.file, problem.line, problem.message))
        .collect())
}

/// Returns the length of the release notes, 0 if there are none.
pub(super) fn notes(cx: &Context, books: Read<'_>, version: &Version) -> Known<usize> {
    let text = noting::notes_in(cx, books.map_err(Clone::clone)?, version, None)
        .map_err(|several| several.to_string())?;
    Ok(text.map_or(0, |text| text.trim().len()))
}

/// Returns the level that the commits since the last release and the entries of the version's section require.
///
/// It is unknown if none of them states the kind of change and the public API was not `compared` either.
pub(super) fn level(
    cx: &Context,
    books: Read<'_>,
    past: &Past,
    version: &Version,
    compared: bool,
) -> Known<Option<(Level, Vec<String>)>> {
    let Impacts {
        known: mut asked,
        unknown,
        suspected,
        reverted,
        partial,
    } = past.impacts(cx)?;
    let books = books.map_err(Clone::clone)?;
    understood(books)?;
    for book in books {
        let entries = entries(
            book.text.as_deref().unwrap_or_default(),
            version,
            &book.others,
        );
        asked.extend(
            entries
                .into_iter()
                .map(|(impact, entry)| (impact, format!("{}: {entry}", book.path))),
        );
    }
    let heaviest = asked.iter().map(|(impact, _)| *impact).max();
    if let (true, false, Some((lost, tag))) =
        (heaviest < Some(Impact::Breaking), compared, past.lost())
    {
        return Err(format!(
            "HEAD does not have the changes of {}, which is in {tag}, and the public API was not compared",
            lost.commit.summary()
        ));
    }
    if let (true, false, [first, ..]) = (asked.is_empty(), compared, unknown.as_slice()) {
        let (count, verb) = (
            counted(unknown.len(), "commit"),
            if unknown.len() == 1 { "does" } else { "do" },
        );
        return Err(format!(
            "{count} {verb} {UNSTATED}, such as {first}, and the public API was not compared"
        ));
    }
    if let (true, false, [first, ..]) = (
        heaviest < Some(Impact::Breaking),
        compared,
        suspected.as_slice(),
    ) {
        return Err(format!(
            "{first} may be a breaking change, and the public API was not compared"
        ));
    }
    if let (true, false, [first, ..]) = (
        heaviest < Some(Impact::Breaking),
        compared,
        reverted.as_slice(),
    ) {
        return Err(format!(
            "a later commit says that it reverts {first}, and the public API was not compared"
        ));
    }
    let mut partial = partial.iter();
    let part = partial.find(|(impact, _)| heaviest < Some(*impact));
    if let (false, Some((_, first))) = (compared, part) {
        return Err(format!(
            "{first} may make a reverted change again, at least a part of it, and the public API was not compared"
        ));
    }
    Ok(heaviest.map(|heaviest| {
        let why = asked
            .into_iter()
            .filter(|(impact, _)| *impact == heaviest)
            .map(|(_, why)| why)
            .collect();
        (level_of(heaviest), why)
    }))
}

/// Returns the level that commits since the last release and unreleased entries require, and the first that requires it.
pub(super) fn open_level(
    cx: &Context,
    books: &[ChangelogFile],
    past: &Past,
) -> Option<(Level, String)> {
    let mut asked = past.impacts(cx).ok()?.known;
    for book in books {
        let entries = unreleased_entries(book.text.as_deref().unwrap_or_default());
        asked.extend(
            entries
                .into_iter()
                .map(|(impact, entry)| (impact, format!("{}: {entry}", book.path))),
        );
    }
    let heaviest = asked.iter().map(|(impact, _)| *impact).max()?;
    let (_, why) = asked.into_iter().find(|(impact, _)| *impact == heaviest)?;
    Some((level_of(heaviest), why))
}
