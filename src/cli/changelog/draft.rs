//! `cargo campaign changelog draft`: what the commits since the last release suggest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::super::session::Session;
use super::{git, is_json, json, said, show_diff, unread, write};
use crate::change::Change;
use crate::git::{Git, Tag, Trouble};
use crate::ops::changelog::books::{self, Book, Books};
use crate::ops::exit::{Exit, Stop};
use crate::release::changelog::{self, Commit, Considered, DraftInputs, DraftResult, Suggestion};
use crate::release::tag::Series;

/// Draft entries from the commits since the last release
///
/// Conventional Commits suggest entries that the unreleased section does not have yet, below its own headings; nothing
/// that is written is changed. Commits of no known kind are listed, for people to judge. Doing it twice changes nothing.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Show what would change, as a diff, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Go back to the last full release, past its prereleases
    #[arg(long)]
    skip_prereleases: bool,
}

/// What was drafted for one changelog.
#[derive(Serialize)]
pub(super) struct Sketch {
    pub(super) path: String,
    /// The tag that the commits begin at.
    pub(super) since: Option<String>,
    /// A release in the file above the one of that tag, which no tag names: what is in it counts as unreleased.
    pub(super) untagged: Option<Version>,
    /// The file changes.
    pub(super) changed: bool,
    pub(super) suggestions: Vec<Suggestion>,
    pub(super) commits: Vec<Considered>,
    #[serde(skip)]
    change: Change,
}

/// A draft for all changelogs.
#[derive(Serialize)]
struct Sketches {
    writes: bool,
    changelogs: Vec<Sketch>,
    /// Commits that touched nothing that any changelog speaks for.
    unclaimed: Vec<Considered>,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let _lock = if self.dry_run {
            None
        } else {
            Some(session.lock()?)
        };
        let mut sketches = sketch(session, !self.skip_prereleases)?;
        // A changelog that is missing is not created without an entry.
        let changes: Vec<Change> = sketches
            .changelogs
            .iter()
            .filter(|sketch| sketch.changed)
            .map(|sketch| sketch.change.clone())
            .collect();
        if !self.dry_run {
            write(session, &changes)?;
            sketches.writes = sketches.changelogs.iter().any(|sketch| sketch.changed);
        }
        for sketch in &sketches.changelogs {
            said::status(session, sketch, self.dry_run);
        }
        if as_json {
            json(session, &sketches)?;
            return Ok(Exit::Done);
        }
        let screen = said::screen(
            &sketches.changelogs,
            &sketches.unclaimed,
            &session.look(),
            session.ui.is_verbose(),
        );
        if self.dry_run {
            session.ui.screen(&screen);
            show_diff(session, &changes)?;
        } else {
            session.ui.out(&screen)?;
        }
        Ok(Exit::Done)
    }
}

/// A changelog's past: how its tags are named, and the last of them.
struct Past {
    series: Option<Series>,
    last: Option<(Version, Tag)>,
}

impl Past {
    /// The commit of the last release.
    fn base(&self) -> Option<&str> {
        self.last.as_ref().map(|(_, tag)| tag.commit.as_str())
    }
}

fn sketch(session: &mut Session, prereleases: bool) -> Result<Sketches> {
    let Books {
        books,
        folders,
        silent,
    } = books::find(session)?;
    let asked = Git::discover(session.root()).map_err(git)?;
    if asked.is_shallow().map_err(git)? {
        return Err(git(Trouble::Shallow).into());
    }
    let tags = asked.tags().map_err(git)?;
    let pasts: Vec<Past> = books
        .iter()
        .map(|book| past(session, book, &tags, prereleases))
        .collect();
    let bases: Option<Vec<String>> = pasts
        .iter()
        .map(|past| past.base().map(str::to_owned))
        .collect();
    for (book, past) in books.iter().zip(&pasts) {
        warn_of_missing_tags(session, book, past);
    }
    let log = asked.log(&bases.unwrap_or_default()).map_err(git)?;
    // Changelogs often share a last release, and all of them the commits: each question is asked once.
    let bases: BTreeSet<Option<&str>> = pasts.iter().map(Past::base).collect();
    let since: BTreeMap<Option<&str>, Vec<&Commit>> = bases
        .into_iter()
        .map(|base| (base, log.since(base)))
        .collect();
    let concerned: HashMap<&str, BTreeSet<&str>> = log
        .commits
        .iter()
        .map(|commit| (commit.id.as_str(), folders.of(commit)))
        .collect();
    let touches = |commit: &Commit, book: &Book| {
        let concerned = &concerned[commit.id.as_str()];
        concerned.contains(book.folder.as_str())
            || book.all
                && (concerned.is_empty()
                    || concerned.iter().any(|folder| !silent.contains(*folder)))
    };
    let mut changelogs = Vec::new();
    for (book, past) in books.iter().zip(&pasts) {
        let since = since.get(&past.base()).into_iter().flatten().copied();
        let commits: Vec<&Commit> = since.filter(|commit| touches(commit, book)).collect();
        changelogs.push(drafted(session, book, past, commits)?);
    }
    let narrowed = !session.options.packages.is_empty() || !session.options.exclude.is_empty();
    let known: HashSet<&str> = since
        .values()
        .flatten()
        .map(|commit| commit.id.as_str())
        .collect();
    let lost = |commit: &&Commit| {
        known.contains(commit.id.as_str()) && !books.iter().any(|book| touches(commit, book))
    };
    let lost = log
        .commits
        .iter()
        .filter(|_| !narrowed)
        .filter(lost)
        .collect();
    Ok(Sketches {
        writes: false,
        changelogs,
        unclaimed: unclaimed(session, lost),
    })
}

/// Warns if the changelog lists releases and no tag marks any of them: every commit is then considered.
fn warn_of_missing_tags(session: &mut Session, book: &Book, past: &Past) {
    let newest = book
        .text
        .as_deref()
        .and_then(|text| changelog::versions(text).into_iter().next());
    if let (Some(newest), None) = (newest, &past.last) {
        session.ui.warn(&format!(
            "{}: {newest} has no tag, so the whole history counts as unreleased",
            book.path
        ));
        session
            .ui
            .help("git fetch --tags (if this clone has no tags)");
    }
}

fn past(session: &Session, book: &Book, tags: &[Tag], prereleases: bool) -> Past {
    let series = book.series(session, tags);
    let last = series.as_ref().and_then(|series| series.last(prereleases));
    let last = last.map(|(version, at)| (version.clone(), tags[*at].clone()));
    Past { series, last }
}

/// Commits since any of the tags that concern no changelog, as they would be considered.
fn unclaimed(session: &Session, commits: Vec<&Commit>) -> Vec<Considered> {
    let settings = &session.config().releases;
    let (minor, squash_bodies) = (&settings.not_notable, settings.squash_bodies);
    let drafted = changelog::draft(
        "",
        &DraftInputs {
            commits,
            minor,
            squash_bodies,
            ..DraftInputs::default()
        },
    );
    drafted.map_or_else(|_| Vec::new(), |drafted| drafted.commits)
}

fn drafted(session: &Session, book: &Book, past: &Past, commits: Vec<&Commit>) -> Result<Sketch> {
    let draft = DraftInputs {
        commits,
        released: past.last.as_ref().map(|(version, _)| version),
        minor: &session.config().releases.not_notable,
        squash_bodies: session.config().releases.squash_bodies,
        scopes: book.members.len() > 1 || book.all,
        template: past.series.as_ref().map(|series| &series.template),
    };
    let text = book.text.as_deref().unwrap_or(changelog::NEW);
    let DraftResult {
        text,
        suggestions,
        commits,
    } = changelog::draft(text, &draft).map_err(|refusal| {
        if let Some(refused) = unread(&book.path, text, &refusal) {
            return refused;
        }
        let stop = Stop::new(Exit::Usage, format!("{}: {refusal}", book.path));
        stop.help(
            "begin one with `## [Unreleased]`, and each release with `## [1.0.0] - 2026-11-20`",
        )
        .into()
    })?;
    let changed = !suggestions.is_empty();
    let change = if changed {
        book.change(text)
    } else {
        book.change(book.text.clone().unwrap_or_default())
    };
    Ok(Sketch {
        path: book.path.clone(),
        since: past.last.as_ref().map(|(_, tag)| tag.name.clone()),
        untagged: untagged(book, past),
        changed,
        suggestions,
        commits,
        change,
    })
}

/// The newest release in the file, where the last tag is an older one's.
fn untagged(book: &Book, past: &Past) -> Option<Version> {
    let (tagged, _) = past.last.as_ref()?;
    let newest = changelog::versions(book.text.as_deref()?)
        .into_iter()
        .next()?;
    let known = past
        .series
        .as_ref()
        .is_some_and(|series| series.has(&newest));
    (!known && newest > *tagged).then_some(newest)
}
