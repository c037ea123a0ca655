//! The database of security advisories: where it is, and whether it is current.

use std::path::Path;
use std::time::Duration;

use crate::collector::{self, DATABASE, STALE_AFTER};
use crate::git::Git;
use crate::ops::Context;
use crate::plan::{ADVISORIES, Action, Collector, Database, MissingCollector, quote};
use crate::probe::advisories::{self, AdvisoryDatabase};
use crate::probe::resolve;
use crate::process::temp_dir::TempDir;
use crate::report::figure::{counted, span};
use crate::run::{Run, Stale};

const NAME: &str = "the advisory database";

/// The age from which the database is too old, unless configured.
const USUAL_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Returns where the database of a collector is.
pub(crate) fn find(cx: &Context, collector: &Collector) -> AdvisoryDatabase {
    let settings = cx.config().collect.settings(collector);
    let configured = settings.text(DATABASE).map(|path| resolve(cx.root(), path));
    advisories::find(
        configured.as_deref(),
        cx.options.environment.cargo_home.as_deref(),
    )
}

/// Returns the database of a collector with its state.
///
/// # Errors
/// If there is none.
pub(crate) fn database(cx: &Context, collector: &Collector) -> Result<Database, MissingCollector> {
    let missing = |what: String, fix: String| MissingCollector {
        collector: collector.clone(),
        what,
        fix,
    };
    match find(cx, collector) {
        AdvisoryDatabase::Found(directory) => Ok(state(cx, collector, &directory)),
        AdvisoryDatabase::Missing(directory) => Err(missing(
            format!("no advisory database in `{}`", directory.display()),
            format!(
                "git clone {ADVISORIES} {}",
                quote(&directory.to_string_lossy())
            ),
        )),
        AdvisoryDatabase::Several(directories) => Err(missing(
            format!(
                "{} in `{}`",
                counted(directories.len(), "advisory database"),
                directories[0].parent().unwrap_or(Path::new("")).display()
            ),
            format!("{DATABASE} = \"PATH\" in [collect.{collector}]"),
        )),
    }
}

/// Returns a database with its commit, and why advisories may be missing.
fn state(cx: &Context, collector: &Collector, directory: &Path) -> Database {
    let mut database = checkout(cx, collector, directory, NAME);
    if database.committed.is_none() || database.flaw.is_some() {
        return database;
    }
    match differing(&Git::at(directory)) {
        Ok(differing) => database.flaw = changes(differing),
        Err(error) => {
            database.is_unknown = true;
            database.flaw = Some(format!(
                "git cannot compare {NAME} with its commit: {error}"
            ));
        }
    }
    database
}

/// Returns a checkout with its commit, and why its age counts against it. `name` is what it is.
pub(super) fn checkout(
    cx: &Context,
    collector: &Collector,
    directory: &Path,
    name: &str,
) -> Database {
    let mut database = Database {
        directory: directory.to_string_lossy().into_owned(),
        ..Database::default()
    };
    let git = Git::at(directory);
    let commit = match git.top() {
        // A directory of another repository has the commits of that one.
        Ok(top) if is_same(&top, directory) => git.head(),
        Ok(_) => Ok(None),
        Err(trouble) => Err(trouble),
    };
    match commit {
        Ok(Some(commit)) => {
            database.committed = git.commit_time(&commit).ok();
            database.commit = Some(commit);
        }
        Ok(None) => {}
        Err(trouble) => {
            database.flaw = Some(format!("the age of {name} is unknown: {trouble}"));
            database.is_unknown = true;
            return database;
        }
    }
    let Some(committed) = database.committed else {
        database.flaw = Some(format!("the age of {name} is unknown: it is not a clone"));
        return database;
    };
    database.is_stale = is_stale(cx, collector, committed);
    if database.is_stale {
        database.flaw = Some(match cx.now().saturating_sub(committed) {
            age @ 0.. => format!("{name} is {} old", span(age)),
            early => format!(
                "the commit of {name} is {} in the future: the clock is wrong",
                span(early.saturating_neg())
            ),
        });
    }
    database
}

/// Returns how the files of the database differ from its commit. `None` if they do not.
fn changes(mut differing: Vec<String>) -> Option<String> {
    differing.retain(|file| file.starts_with("crates/"));
    let first = differing.first()?;
    let place = format!("of {NAME}");
    Some(match differing.len() - 1 {
        0 => format!("`{first}` {place} differs from its commit"),
        more => format!(
            "`{first}` and {} {place} differ from its commit",
            counted(more, "other file")
        ),
    })
}

/// Returns the files that differ from the commit. Git does not look for changes of files that are marked as unchanged or that a
/// sparse checkout leaves out.
fn differing(git: &Git) -> anyhow::Result<Vec<String>> {
    let scratch = TempDir::new()?;
    Ok(git.contents(scratch.path())?.differing)
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Returns whether a database of this time is too old by now. A time in the future is as well, because
/// the clock or the commit is wrong.
pub(super) fn is_stale(cx: &Context, collector: &Collector, committed: i64) -> bool {
    let settings = cx.config().collect.settings(collector);
    let limit = settings.duration(STALE_AFTER).unwrap_or(USUAL_AGE);
    let age = cx.now().saturating_sub(committed);
    u64::try_from(age.saturating_add(CLOCK_SKEW)).is_err()
        || u64::try_from(age).is_ok_and(|age| age > limit.as_secs())
}

/// The seconds that clocks may differ.
const CLOCK_SKEW: i64 = 24 * 60 * 60;

/// Returns why a recorded result of a collector does not count for the database as it is now.
///
/// Changes of its files are found as those of other inputs.
pub(super) fn stale(cx: &Context, collector: &Collector, run: &Run) -> Option<Stale> {
    if !collector::of(collector).reads_advisories {
        return None;
    }
    let read = run
        .plan
        .steps_of(collector)
        .find_map(|step| match &step.action {
            Action::Read(files) => files.database.as_ref(),
            _ => None,
        });
    if let AdvisoryDatabase::Found(directory) = find(cx, collector)
        && read.is_none_or(|read| Path::new(&read.directory) != directory)
    {
        return Some(Stale::File {
            name: directory.to_string_lossy().into_owned(),
        });
    }
    let read = read?;
    match (read.is_stale, is_stale(cx, collector, read.committed?)) {
        (false, true) => Some(Stale::Database),
        (true, false) => Some(Stale::Settings),
        _ => None,
    }
}
