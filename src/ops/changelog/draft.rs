//! Drafting changelog entries from the commits since the last release.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::files::{self, ChangelogFile, ChangelogFiles};
use super::{git_error, unread_heading, write};
use crate::change::Change;
use crate::git::{Git, History, Tag, Trouble};
use crate::ops::context::Context;
use crate::ops::exit::{Exit, Stop};
use crate::ops::readiness::{self, quiet_files, released, reverts};
use crate::ops::releases::Tags;
use crate::relative_path::join;
use crate::release::changelog::{
    self, Commit, Considered, Directories, DraftInputs, DraftResult, Log, QuietFiles, Suggestion,
};
use crate::release::tag::Series;
use crate::workspace::Workspace;

/// The draft of one changelog.
#[derive(Serialize)]
pub(crate) struct ChangelogDraft {
    pub(crate) path: String,
    /// Tag of the last release, after which the commits begin.
    pub(crate) since: Option<String>,
    /// A newer release in the file that has no tag. Its entries count as unreleased.
    pub(crate) untagged: Option<Version>,
    /// Whether the file changes.
    pub(crate) changed: bool,
    pub(crate) suggestions: Vec<Suggestion>,
    pub(crate) commits: Vec<Considered>,
    #[serde(skip)]
    change: Change,
}

/// The drafts of all selected changelogs.
#[derive(Serialize)]
pub(crate) struct ChangelogDrafts {
    pub(crate) writes: bool,
    pub(crate) changelogs: Vec<ChangelogDraft>,
    /// Commits that do not concern any changelog.
    pub(crate) unclaimed: Vec<Considered>,
}

/// Drafts entries for the selected changelogs, and adds them to the files if `writes` is set.
///
/// With `prereleases`, commits since the last release of any kind are considered, otherwise those
/// since the last full release. A missing changelog is created only if there is an entry for it.
pub(crate) fn draft(context: &Context, prereleases: bool, writes: bool) -> Result<ChangelogDrafts> {
    let _lock = if writes { Some(context.lock()?) } else { None };
    let mut drafts = draft_all(context, prereleases)?;
    if writes {
        write(context, &drafts.changes())?;
        drafts.writes = drafts.changelogs.iter().any(|draft| draft.changed);
    }
    Ok(drafts)
}

impl ChangelogDrafts {
    /// Returns the changes of the files that change.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.changelogs
            .iter()
            .filter(|draft| draft.changed)
            .map(|draft| draft.change.clone())
            .collect()
    }
}

/// A changelog's history: how its tags are named, and the last of them.
struct ReleaseHistory {
    series: Option<Series>,
    last: Option<(Version, Tag)>,
    /// The tag of a later release that was made on a branch of its own.
    elsewhere: Option<Tag>,
}

impl ReleaseHistory {
    /// Returns the commit of the last release.
    fn base(&self) -> Option<&str> {
        self.last.as_ref().map(|(_, tag)| tag.commit.as_str())
    }

    /// Returns the full ids of the commits in `since` that a release has with the same patch.
    fn released(&self, git: &Git, since: &History) -> Result<BTreeSet<String>, Trouble> {
        let elsewhere = self.elsewhere.iter().map(|tag| tag.commit.as_str());
        let mut found = BTreeSet::new();
        for release in elsewhere.chain(self.base()) {
            found.extend(released::released(git, release, since, &HashSet::new())?);
        }
        Ok(found)
    }
}

fn draft_all(context: &Context, prereleases: bool) -> Result<ChangelogDrafts> {
    let ChangelogFiles {
        files,
        directories,
        silent,
    } = files::find(context)?;
    let git = Git::discover(context.root()).map_err(git_error)?;
    let tags = Tags::read(&git).map_err(git_error)?;
    let histories: Vec<ReleaseHistory> = files
        .iter()
        .map(|file| release_history(context, file, &tags, prereleases))
        .collect();
    let bases: Option<Vec<String>> = histories
        .iter()
        .map(|history| history.base().map(str::to_owned))
        .collect();
    for (file, history) in files.iter().zip(&histories) {
        warn_of_missing_tags(context, file, history);
    }
    let mut history = git.log(&bases.unwrap_or_default()).map_err(git_error)?;
    let workspace = &context.described()?.workspace;
    let quiet = quiet_files(context, &git, workspace, &history).map_err(git_error)?;
    let squash_bodies = context.config().releases.squash_bodies;
    reverts::detect(&git, &mut history, &quiet, &files, squash_bodies).map_err(git_error)?;
    changelog::mark_repeated(&mut history.commits, &quiet);
    let log = Log {
        commits: history.commits.clone(),
    };
    // Changelogs often share the last release and their commits, so that each question is asked
    // once.
    let bases: BTreeSet<Option<&str>> = histories.iter().map(ReleaseHistory::base).collect();
    let since: BTreeMap<Option<&str>, Vec<&Commit>> = bases
        .into_iter()
        .map(|base| (base, log.since(base)))
        .collect();
    let concerned: HashMap<&str, BTreeSet<&str>> = log
        .commits
        .iter()
        .map(|commit| (commit.id.as_str(), directories.of(commit)))
        .collect();
    let touches = |commit: &Commit, file: &ChangelogFile| {
        let concerned = &concerned[commit.id.as_str()];
        concerned.contains(file.directory.as_str())
            || file.all
                && (concerned.is_empty()
                    || concerned
                        .iter()
                        .any(|directory| !silent.contains(*directory)))
    };
    let mut changelogs = Vec::new();
    let moved = reverts::moved(&history.commits, &quiet);
    for (file, release) in files.iter().zip(&histories) {
        let since = since.get(&release.base()).into_iter().flatten().copied();
        let since = part(&history, since);
        let released = release.released(&git, &since).map_err(git_error)?;
        // Packages may have been elsewhere, or have files there.
        let mut commits = if file.others.is_empty() {
            let mut commits = since.commits;
            commits.retain(|commit| touches(commit, file));
            commits
        } else {
            let packages = selected_packages(file, workspace, &directories, &silent);
            readiness::commits_of(context, &git, packages, since)?
        };
        released::settle(&mut commits, &released);
        reverts::settle(&mut commits, &moved);
        let commits = commits.iter().collect();
        changelogs.push(draft_one(context, &quiet, file, release, commits)?);
    }
    let narrowed = !context.options.packages.is_empty() || !context.options.exclude.is_empty();
    let known: HashSet<&str> = since
        .values()
        .flatten()
        .map(|commit| commit.id.as_str())
        .collect();
    let lost = |commit: &&Commit| {
        known.contains(commit.id.as_str()) && !files.iter().any(|file| touches(commit, file))
    };
    let lost = log
        .commits
        .iter()
        .filter(|_| !narrowed)
        .filter(lost)
        .collect();
    Ok(ChangelogDrafts {
        writes: false,
        changelogs,
        unclaimed: unclaimed(context, &quiet, lost),
    })
}

/// Returns the names of the selected packages that a changelog covers.
fn selected_packages(
    file: &ChangelogFile,
    workspace: &Workspace,
    directories: &Directories,
    silent: &BTreeSet<String>,
) -> BTreeSet<String> {
    let members = workspace.members.iter();
    let selected = members.filter(|member| !file.others.contains(&member.name));
    let covered = selected.filter(|member| {
        let owner = directories.owner(&join(&member.dir, "x"));
        owner == file.directory || file.all && !silent.contains(&member.dir)
    });
    covered.map(|member| member.name.clone()).collect()
}

/// Returns the part of a history with these commits.
fn part<'c>(history: &History, commits: impl Iterator<Item = &'c Commit>) -> History {
    let ids: HashSet<&str> = commits.map(|commit| commit.id.as_str()).collect();
    let steps = history.commits.iter().zip(&history.changes);
    let steps = steps.filter(|(commit, _)| ids.contains(commit.id.as_str()));
    let (commits, changes) = steps
        .map(|(commit, changes)| (commit.clone(), changes.clone()))
        .unzip();
    History {
        commits,
        changes,
        base: history.base.clone(),
    }
}

/// Warns if the changelog lists releases and none of them has a tag, because every commit is
/// considered then.
fn warn_of_missing_tags(context: &Context, file: &ChangelogFile, history: &ReleaseHistory) {
    let newest = file.releases().into_iter().next();
    if let (Some(newest), None) = (newest, &history.last) {
        context.warn(&format!(
            "{}: {newest} has no tag, so the whole history counts as unreleased",
            file.path
        ));
        context.help("git fetch --tags (if this clone has no tags)");
    }
}

fn release_history(
    context: &Context,
    file: &ChangelogFile,
    tags: &Tags,
    prereleases: bool,
) -> ReleaseHistory {
    let series = file.series(context, &tags.reached);
    let last = series.as_ref().and_then(|series| series.last(prereleases));
    let last = last.map(|(version, at)| (version.clone(), tags.reached[*at].clone()));
    ReleaseHistory {
        elsewhere: last_elsewhere(context, file, tags, last.as_ref(), prereleases),
        series,
        last,
    }
}

/// Returns the tag of the last release that is not in the history of HEAD, if it is later than `last`.
/// It is one of the same minor version, or of at most the present version: a greater one may belong to a
/// later series of which this branch knows nothing.
fn last_elsewhere(
    context: &Context,
    file: &ChangelogFile,
    tags: &Tags,
    last: Option<&(Version, Tag)>,
    prereleases: bool,
) -> Option<Tag> {
    let series = file.series(context, &tags.elsewhere)?;
    let members = file.members.iter();
    let present: Option<Version> = members.filter_map(|one| one.version.parse().ok()).max();
    let is_near = |version: &Version| {
        let is_patch =
            |(last, _): &(Version, Tag)| (last.major, last.minor) == (version.major, version.minor);
        last.is_some_and(is_patch) || present.as_ref().is_some_and(|present| version <= present)
    };
    let versions = series.versions.iter();
    let later = versions
        .filter(|(version, _)| prereleases || version.pre.is_empty())
        .filter(|(version, _)| last.is_none_or(|(last, _)| version > last) && is_near(version));
    let (_, at) = later.max()?;
    tags.elsewhere.get(*at).cloned()
}

/// Returns the fates of commits that do not concern any changelog.
fn unclaimed(context: &Context, quiet: &QuietFiles, commits: Vec<&Commit>) -> Vec<Considered> {
    let squash_bodies = context.config().releases.squash_bodies;
    let drafted = changelog::draft(
        "",
        &DraftInputs {
            commits,
            quiet: quiet.clone(),
            squash_bodies,
            ..DraftInputs::default()
        },
    );
    drafted.map_or_else(|_| Vec::new(), |drafted| drafted.commits)
}

fn draft_one(
    context: &Context,
    quiet: &QuietFiles,
    file: &ChangelogFile,
    history: &ReleaseHistory,
    commits: Vec<&Commit>,
) -> Result<ChangelogDraft> {
    let draft = DraftInputs {
        commits,
        released: history.last.as_ref().map(|(version, _)| version),
        others: &file.others,
        quiet: quiet.clone(),
        squash_bodies: context.config().releases.squash_bodies,
        scopes: file.members.len() > 1 || file.all,
        template: history.series.as_ref().map(|series| &series.template),
    };
    let text = file.text.as_deref().unwrap_or(changelog::NEW);
    let DraftResult {
        text,
        suggestions,
        commits,
    } = changelog::draft(text, &draft).map_err(|refusal| {
        if let Some(refused) = unread_heading(context, &file.path, text, &refusal) {
            return refused;
        }
        let stop = Stop::new(Exit::Usage, format!("{}: {refusal}", file.path));
        stop.help(
            "begin one with `## [Unreleased]`, and each release with `## [1.0.0] - 2026-11-20`",
        )
        .into()
    })?;
    let changed = !suggestions.is_empty();
    let change = if changed {
        file.change(text)
    } else {
        file.change(file.text.clone().unwrap_or_default())
    };
    Ok(ChangelogDraft {
        path: file.path.clone(),
        since: history.last.as_ref().map(|(_, tag)| tag.name.clone()),
        untagged: untagged(file, history),
        changed,
        suggestions,
        commits,
        change,
    })
}

/// Returns the newest release in the file if it is newer than the last tag.
fn untagged(file: &ChangelogFile, history: &ReleaseHistory) -> Option<Version> {
    let (tagged, _) = history.last.as_ref()?;
    let newest = file.releases().into_iter().next()?;
    let known = history
        .series
        .as_ref()
        .is_some_and(|series| series.has(&newest));
    (!known && newest > *tagged).then_some(newest)
}
