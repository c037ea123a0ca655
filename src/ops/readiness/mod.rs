//! The facts of a release, from manifests, changelogs, the git history and the campaign. `judge::readiness` assesses them.
//!
//! | file | owns |
//! |---|---|
//! | `packages` | manifests, the lockfile, requirements between members, and metadata for registries |
//! | `packaging` | whether the packages compile in a clone of HEAD with the edits of the release |
//! | `pages` | the changelogs' section, their lint, the notes |
//! | `minimum` | whether the code compiles and its tests pass |
//! | `concern` | the commits that concern the released packages |
//! | `junctions` | where the history of HEAD meets a release of another branch |
//! | `lost` | changes of the last release that HEAD does not have |
//! | `released` | commits of HEAD that the last release has with the same patch |
//! | `reverts` | what reverts since the last release did |
//! | `layout` | where packages are at a commit |
//! | `manifest` | facts in an earlier manifest |
//! | `history` | the last release, the level that later changes require, tags, branch |
//! | `tree` | whether a commit of the working tree has the measured files |
//! | `scope` | the workspace dependencies that are measured with a release |
//! | `outstanding` | incomplete workstreams and missing attestations |
//!
//! A planned release is judged by the files that it would write, see [`Ahead`]. A fact that cannot be found out is unknown,
//! which is not an error of the operation. Only a workspace that cargo cannot read is.

mod concern;
mod history;
mod junctions;
mod layout;
mod lost;
mod manifest;
mod minimum;
mod outstanding;
mod packages;
mod packaging;
mod pages;
mod paths;
mod quiet;
pub(crate) mod released;
pub(crate) mod reverts;
mod scope;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use anyhow::Result;
use semver::Version;

use crate::change::Change;
use crate::git::{Git, History, Trouble};
use crate::judge::readiness::{self, BuiltPackages, Facts, FailsIn, Known, Level, Lockfile};
use crate::ops::Context;
use crate::ops::attestations;
use crate::ops::changelog::files;
use crate::ops::context::no_git;
use crate::ops::evaluate::named::of_workstreams;
use crate::ops::evaluate::view;
use crate::ops::evaluate::{Evaluation, needed};
use crate::ops::exit::{Exit, Stop};
use crate::ops::measure;
use crate::ops::repository::said;
use crate::ops::widening::Unreleased;
use crate::options::config::Changelogs;
use crate::plan::Collector;
use crate::release::bump::Move;
use crate::release::changelog::{Commit, Impact};
use crate::report::Report;
use crate::run::{Judged, Judgement, Run, RunId, Verdict};
use crate::store::{self, Lock};
use packages::Members;
use packaging::ReleaseEdits;
pub(crate) use quiet::quiet_files;
pub(crate) use scope::widen;

/// The lockfile of the workspace, relative to the root.
const LOCKFILE: &str = "Cargo.lock";

/// The changes that a release has planned and not made yet; empty to judge the present workspace.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ahead<'a> {
    /// The planned files.
    pub(crate) changes: &'a [Change],
    /// The planned versions, whose dependencies cargo resolved.
    pub(crate) moves: &'a [Move],
}

impl Ahead<'_> {
    /// Returns the planned text of a file; `None` if it does not change.
    fn text(&self, path: &str) -> Option<&str> {
        let change = self.changes.iter().find(|change| change.path == path)?;
        std::str::from_utf8(change.after.as_deref()?).ok()
    }

    /// Returns the planned version of a package.
    fn version(&self, name: &str) -> Option<String> {
        self.moves
            .iter()
            .find(|one| one.name == name)
            .map(|one| one.to.to_string())
    }

    /// Returns the planned changelogs.
    pub(crate) fn books(&self, cx: &Context) -> Result<Vec<files::ChangelogFile>> {
        if cx.config().releases.changelogs == Changelogs::None {
            return Ok(Vec::new());
        }
        let mut books = files::find(cx)?.files;
        for book in &mut books {
            if let Some(text) = self.text(&book.path) {
                book.text = Some(text.to_owned());
            }
            for member in &mut book.members {
                member.version = self
                    .version(&member.name)
                    .unwrap_or(std::mem::take(&mut member.version));
            }
        }
        Ok(books)
    }
}

/// Whether facts may be found out by compiling and running code of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Yes.
    Now,
    /// No, because of `--no-run`.
    Never,
    /// Not for a plan. The release is measured when it is made.
    Later,
}

impl Measure {
    /// Returns whether only recorded runs may be used.
    pub(crate) fn is_off(self) -> bool {
        self != Self::Now
    }

    /// Checks that code may be compiled and run.
    ///
    /// # Errors
    /// The reason if it may not, for the unknown fact.
    fn allowed(self) -> Result<(), String> {
        match self {
            Self::Now => Ok(()),
            Self::Never => Err("not measured because of --no-run".to_owned()),
            Self::Later => Err("not measured yet, because a plan runs no code".to_owned()),
        }
    }
}

/// Returns the collectors that a release needs: those of the campaign's gates, of its workstreams, and of the minimum.
pub(crate) fn collectors(cx: &Context) -> BTreeSet<Collector> {
    let config = cx.config();
    let mut collectors = needed(&config.gates, &config.catalogue);
    collectors.extend(of_workstreams(cx));
    collectors.extend(minimum::collectors(cx));
    collectors
}

/// Adds the verdicts of the checks of a release.
pub(crate) fn add_checks(cx: &Context, judgement: &mut Judgement, facts: &Facts) {
    let (checks, notes) = readiness::assess(facts, &cx.config().waivers, &cx.today());
    if judgement.gates.is_empty() {
        judgement.notes.push(
            "the campaign has no gates: only the checks of every release were made".to_owned(),
        );
    }
    let unreleased = cx.widening.iter().flat_map(|widening| &widening.unreleased);
    judgement.notes.extend(unreleased.map(Unreleased::describe));
    judgement.gates.extend(checks);
    judgement.notes.extend(notes);
}

/// Returns the readiness report, with the judged commit and the commands of its measurements.
pub(crate) fn report(cx: &Context, report: Report, facts: &Facts) -> Report {
    let ids: BTreeSet<&RunId> = report.run.collectors.values().collect();
    let runs: Vec<Run> = ids
        .into_iter()
        .filter_map(|id| cx.store.load(id).ok())
        .collect();
    let commands = measure::commands(&runs);
    report.for_release(facts.version.to_string(), commands, facts.head.clone().ok())
}

/// Reads the files other than `campaign.toml` that a release needs, so that errors in them are found before measuring.
pub(crate) fn check_files(cx: &Context) -> Result<()> {
    attestations::given(cx).map(drop)
}

/// Rejects a lockfile that would prevent a release, before anything is measured: building creates a
/// missing one.
pub(crate) fn refuse_lockfile(cx: &Context) -> Result<()> {
    let lock = packages::lock(cx, &cx.git(), &Ahead::default());
    let obstacle = lock.as_ref().ok().and_then(Lockfile::obstacle);
    match obstacle {
        Some((what, help)) if !readiness::is_waived("lock", &cx.config().waivers, &cx.today()) => {
            Err(Stop::new(Exit::Usage, what).help(help).into())
        }
        _ => Ok(()),
    }
}

/// Looks up all facts about a release.
pub(crate) fn facts(
    cx: &Context,
    evaluation: &Evaluation,
    version: &Version,
    ahead: &Ahead<'_>,
    measure: Measure,
) -> Result<Facts> {
    let members = Members::read(cx, ahead)?;
    let git = cx.git();
    let head = history::head(&git);
    let listed = members.listed(cx);
    let tree = tree::tree(cx, &git, &evaluation.head.sources, &members, &listed);
    let books = ahead.books(cx).map_err(|error| format!("{error:#}"));
    let books = books.and_then(|books| pages::checked_out(books, &tree));
    let past = history::past(
        cx,
        &members,
        books.as_deref().unwrap_or_default(),
        &git,
        version,
    );
    let api = history::api(cx, &members, &past, measure);
    let tags = history::tags(cx, &members, &past, version, &git);
    let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    let edits = ReleaseEdits {
        changes: ahead.changes,
        tags: &names,
    };
    let makes_commit = ahead.changes.iter().any(|change| !change.is_idle());
    let facts = Facts {
        version: version.clone(),
        packages: members.packages(cx, |package| past.lacks(&git, package)),
        compiles: minimum::of_release(cx, evaluation, minimum::COMPILES, &members),
        tests: minimum::of_release(cx, evaluation, minimum::TESTS, &members),
        built: members.built(cx),
        packaging: members.packaging(cx, measure, &listed, edits),
        patches: packages::patches(cx, &members, ahead),
        lock: packages::lock(cx, &git, ahead),
        unmet: members.unmet(ahead),
        last: past.last(),
        level: pages::level(cx, books.as_deref(), &past, version, !api.is_empty()),
        unmerged: past.unmerged(),
        api,
        changelogs: pages::kept(cx, &members, books.as_deref()),
        section: pages::section(books.as_deref(), version),
        has_unreleased_entries: pages::has_unreleased_entries(books.as_deref()),
        foreign_sections: pages::foreign_sections(
            cx,
            books.as_deref().unwrap_or_default(),
            version,
            &git,
        ),
        ignored_changelogs: pages::ignored(cx, books.as_deref(), &git),
        changelog: pages::lint(cx, books.as_deref()),
        notes: pages::notes(cx, books.as_deref(), version),
        tree,
        branch: history::branch(cx, &git, makes_commit),
        no_git: git.as_ref().err().and_then(no_git),
        blocked_tags: history::blocked_tags(&tags, &git),
        tags,
        makes_commit,
        is_shallow: git.as_ref().is_ok_and(|git| git.is_shallow() == Ok(true)),
        fetches_trees: past.fetches_trees(),
        head,
        outstanding: outstanding::outstanding(cx, evaluation, &git)?,
    };
    cx.stop_if_interrupted()?;
    refuse_moved_head(&facts.head, &history::head(&git))?;
    Ok(facts)
}

/// Rejects facts of which some may be those of one commit and some those of another. Packaging takes
/// long, and people go on working meanwhile.
fn refuse_moved_head(before: &Known<String>, now: &Known<String>) -> Result<()> {
    match (before, now) {
        (Ok(before), Ok(now)) if before != now => {
            let [before, now] = [before, now].map(|id| id.get(..7).unwrap_or(id));
            let what = format!("HEAD moved from {before} to {now} while the release was judged");
            Err(Stop::new(Exit::NoVerdict, what)
                .help("run the command again")
                .into())
        }
        _ => Ok(()),
    }
}

/// Checks the working tree and the branch for a release whose files are edited and not committed yet. No other file may
/// differ from HEAD. Returns the checks that fail. `makes_commit` says whether the release makes one.
///
/// With `is_measured`, there must also be current results of the minimum.
pub(crate) fn hold_repository(
    cx: &Context,
    edited: &[String],
    makes_commit: bool,
    is_measured: bool,
) -> Result<Vec<Judged>> {
    let mut measured = BTreeMap::new();
    let mut missing = Vec::new();
    if is_measured {
        let wanted = minimum::collectors(cx).into_iter().collect();
        let found = view::current(cx, &wanted)?;
        (measured, missing) = (found.view.sources, found.missing);
    }
    let git = cx.git();
    let members = Members::read(cx, &Ahead::default())?;
    let listed = members.listed(cx);
    let tree =
        tree::tree(cx, &git, &measured, &members, &listed).and_then(|mut tree| {
            match missing.as_slice() {
                [] => {
                    tree.dirty.retain(|file| !edited.contains(file));
                    tree.unlisted.retain(|file| !edited.contains(file));
                    Ok(tree)
                }
                _ => Err("the sources changed after they were measured".to_owned()),
            }
        });
    let branch = history::branch(cx, &git, makes_commit);
    let judged = readiness::assess_repository(&tree, &branch, &cx.config().waivers, &cx.today());
    Ok(judged
        .into_iter()
        .filter(|check| check.verdict >= Verdict::NoVerdict)
        .collect())
}

/// Repeats the check that a planned version is greater than the last release. `tags` are the planned ones. Returns the
/// reason why it fails.
///
/// # Errors
/// The reason why the result is unknown, as a fragment.
pub(crate) fn hold_newer(cx: &Context, version: &Version, tags: &[&str]) -> Known<Option<String>> {
    if readiness::is_waived("newer", &cx.config().waivers, &cx.today()) {
        return Ok(None);
    }
    let last = history::later_release(known(&cx.git())?, version, tags)?;
    Ok(last.map(|(last, tag)| format!("the last release is {last}, by tag `{}`", tag.name)))
}

/// Returns the names of the packages that a release of this selection must build with `cargo package`; none if that check
/// is waived.
pub(crate) fn packaged(cx: &Context) -> Result<Vec<String>> {
    if readiness::is_waived("package", &cx.config().waivers, &cx.today()) {
        return Ok(Vec::new());
    }
    let members = Members::read(cx, &Ahead::default())?;
    Ok(members.packaged(cx))
}

/// Measures the minimum for a release in the present workspace, and returns the parts that fail. The caller holds the lock.
///
/// # Errors
/// The reason why the result is unknown, as a fragment.
pub(crate) fn hold_minimum(cx: &Context, lock: &Lock) -> Known<Vec<String>> {
    minimum::hold(cx, lock).map_err(|error| format!("{error:#}"))?
}

/// Compiles the packages of a release in a clone of HEAD with these changes and tags, and returns the errors. `published` are
/// those that are published.
///
/// # Errors
/// The reason why the result is unknown, as a fragment.
pub(crate) fn package(
    cx: &Context,
    published: &[String],
    changes: &[Change],
    tags: &[&str],
) -> Known<Vec<String>> {
    if readiness::is_waived("package", &cx.config().waivers, &cx.today()) {
        return Ok(Vec::new());
    }
    let members = Members::read(cx, &Ahead::default()).map_err(|error| format!("{error:#}"))?;
    let built = BuiltPackages {
        published: published.to_vec(),
        ..members.built(cx)
    };
    let packaging = packaging::package(cx, &built, ReleaseEdits { changes, tags })?;
    match packaging.fails {
        FailsIn::PerhapsOtherPlaces if !packaging.errors.is_empty() => {
            Err(packaging.errors.join("; "))
        }
        _ => Ok(packaging.errors),
    }
}

/// Returns the commits of a history of HEAD that concern these packages, newest first.
pub(crate) fn commits_of(
    cx: &Context,
    git: &Git,
    packages: BTreeSet<String>,
    history: History,
) -> Result<Vec<Commit>> {
    let members = Members::named(cx, packages)?;
    match concern::concerned(&members, git, history) {
        Ok(history) => Ok(history.commits),
        Err(why) => Err(Stop::new(Exit::CouldNotRun, why).into()),
    }
}

/// Restores a lockfile that a tool refreshed or created.
fn put_back(lock: &Path, before: &io::Result<Vec<u8>>) {
    let now = store::read_file(lock, store::TEXT_LIMIT).ok();
    // If this fails, the file differs from HEAD, which another check reports.
    match before {
        Ok(before) if now.as_ref() != Some(before) => drop(store::replace(lock, before)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && now.is_some() => {
            drop(fs::remove_file(lock))
        }
        _ => {}
    }
}

/// Replaces the specs of the selected packages by names: a spec with a version selects nothing once the version is changed.
pub(crate) fn name_packages(cx: &mut Context) -> Result<()> {
    let described = cx.described()?;
    let options = &mut cx.options;
    for specs in [
        &mut options.packages,
        &mut options.exclude,
        &mut options.excluded,
    ] {
        *specs = described.workspace.resolve(specs);
    }
    Ok(())
}

/// Returns the versions of the packages in this release.
pub(crate) fn versions(cx: &Context) -> Result<BTreeSet<Version>> {
    let members = Members::read(cx, &Ahead::default())?;
    Ok(members
        .chosen()
        .filter_map(|package| package.version.parse().ok())
        .collect())
}

/// Returns the names of the packages that a release of the whole workspace leaves at their versions: those that may not be
/// published and whose version none of the released packages has.
pub(crate) fn left_as_they_are(cx: &Context) -> Result<Vec<String>> {
    if cx.options.whole_workspace || !cx.options.packages.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Members::read(cx, &Ahead::default())?.of_other_versions())
}

/// Returns the lowest version that the changes since the last release allow, and the reason; `None` without changes.
/// The first release has the version in the manifests.
pub(crate) fn suggestion(cx: &Context) -> Result<Option<(Version, String)>> {
    let members = Members::read(cx, &Ahead::default())?;
    let books = Ahead::default().books(cx)?;
    // No release has this version, so that every tag counts as an earlier one.
    let none = Version::new(0, 0, 0);
    let past = history::past(cx, &members, &books, &cx.git(), &none);
    let last = match past.last() {
        Ok(Some((_, last))) => last,
        Ok(None) => {
            let mut versions = versions(cx)?.into_iter();
            let only = versions.next().filter(|_| versions.next().is_none());
            return Ok(only.map(|version| (version, "no release is tagged yet".to_owned())));
        }
        Err(_) => return Ok(None),
    };
    let Some((level, why)) = pages::open_level(cx, &books, &past) else {
        return Ok(None);
    };
    Ok(Some((readiness::next(&last, level), why)))
}

/// Converts an impact to a version level.
fn level_of(impact: Impact) -> Level {
    match impact {
        Impact::Fix => Level::Patch,
        Impact::Feature => Level::Minor,
        Impact::Breaking => Level::Major,
    }
}

/// Returns the repository, or the reason why there is none.
fn known(git: &Result<Git, Trouble>) -> Known<&Git> {
    git.as_ref().map_err(said)
}
