//! The git history of a release: the last release, the changes since then, tags and branch; and the
//! changes of the public API according to cargo-semver-checks.

use semver::Version;

use super::lost::{Losses, LostChange, Release};
use super::packages::Members;
use super::{Measure, concern, known, lost, put_back, quiet_files, released, reverts, said};
use crate::collector;
use crate::decode::api::ApiLevel;
use crate::git::{Divergence, Git, TREES, Tag, Trouble};
use crate::judge::readiness::{Around, Branch, Known, Level, PlannedTag, Unmerged};
use crate::ops::Context;
use crate::ops::changelog::files::ChangelogFile;
use crate::ops::releases::{self as tagged, Tags};
use crate::options::spelling;
use crate::probe;
use crate::release::changelog::{
    Commit, Impacts, Loss, QuietFiles, impacts, mark_repeated, read_reverts_of_dropped,
};
use crate::release::tag::{self, Releases, Series, TagTemplate, USUAL};
use crate::store;
use crate::text::first_few;
use crate::workspace::{Member, Publication};

/// The earlier releases of the packages to be released, and the commits since the last one.
pub(super) struct Past {
    /// The naming of their tags; `None` if there are none.
    template: Option<TagTemplate>,
    /// The last release before this one, and its tag.
    last: Known<Option<(Version, Tag)>>,
    /// The changes since then that concern the packages.
    since: Known<Since>,
}

/// What distinguishes HEAD from the last release.
#[derive(Default)]
struct Since {
    commits: Vec<Commit>,
    /// Changes of the release that HEAD does not have.
    lost: Vec<LostChange>,
    /// The files whose changes do not concern users.
    quiet: QuietFiles,
}

/// Reads the history. Nothing is known in a shallow clone.
pub(super) fn past(
    cx: &Context,
    members: &Members,
    books: &[ChangelogFile],
    git: &Result<Git, Trouble>,
    version: &Version,
) -> Past {
    let tags = known(git).and_then(|git| Tags::read(git).map_err(said));
    let series = tags.as_ref().ok().and_then(|tags| {
        let reached = series(cx, members, books, &tags.reached);
        reached.or_else(|| series(cx, members, books, &tags.elsewhere))
    });
    let names: Vec<&str> = members
        .members()
        .map(|member| member.name.as_str())
        .collect();
    let head = head(git).ok();
    let last = tags.as_ref().map_err(Clone::clone).and_then(|tags| {
        let last = series
            .as_ref()
            .and_then(|series| before(series, &names, tags, version, head.as_deref()));
        match last {
            // Without a tag this is the first release, unless there are signs of an earlier one.
            None => {
                unreached(series.as_ref(), &names, tags)?;
                first(cx, members, books, &tags.reached, version).map(|()| None)
            }
            Some((last, tag)) => {
                let is_final = version.pre.is_empty() && !last.pre.is_empty();
                if is_final && cx.config().releases.own_tag.is_none() {
                    follows_no_other_form(&names, &tags.reached, &tag)?;
                }
                Ok(Some((last, tag)))
            }
        }
    });
    let since = match &last {
        Ok(last) => known(git).and_then(|git| {
            let previous = || {
                let (version, _) = last.as_ref()?;
                previous(series.as_ref()?, &names, tags.as_ref().ok()?, version)
            };
            since(cx, members, books, git, last.as_ref(), previous().as_ref())
        }),
        Err(why) => Err(why.clone()),
    };
    Past {
        template: series.map(|series| series.template),
        last,
        since,
    }
}

/// Returns what distinguishes HEAD from the last release, in the packages to be released.
/// `previous` is the release before it.
fn since(
    cx: &Context,
    members: &Members,
    books: &[ChangelogFile],
    git: &Git,
    last: Option<&(Version, Tag)>,
    previous: Option<&(Version, Tag)>,
) -> Known<Since> {
    let base = last.map(|(_, tag)| tag.commit.as_str());
    let mut history = git.history_with_older("HEAD", base).map_err(said)?;
    let quiet = quiet_files(cx, git, &members.workspace, &history).map_err(said)?;
    let squash_bodies = cx.config().releases.squash_bodies;
    reverts::detect(git, &mut history, &quiet, books, squash_bodies).map_err(said)?;
    reverts::prove(git, &mut history, &quiet, books).map_err(said)?;
    mark_repeated(&mut history.commits, &quiet);
    let losses = match last {
        Some((version, tag)) => {
            let release = Release {
                commit: &tag.commit,
                version,
                previous: previous.map(|(version, tag)| (version, tag.commit.as_str())),
            };
            lost::losses(cx, members, git, &release, &history, &quiet)?
        }
        None => Losses::default(),
    };
    released::settle(&mut history.commits, &losses.released);
    let dropped = reverts::dropped(git, &history).map_err(said)?;
    read_reverts_of_dropped(&mut history.commits, &dropped);
    let groups = reverts::moved(&history.commits, &quiet);
    let history = match members.whole {
        true => history,
        false => concern::concerned(members, git, history)?,
    };
    let mut commits = history.commits;
    reverts::settle(&mut commits, &groups);
    commits.retain(|commit| commit.settled.is_none() && !dropped.contains(&commit.id));
    commits.extend(losses.taken_back);
    Ok(Since {
        commits,
        lost: losses.lost,
        quiet,
    })
}

/// Returns the naming of the tags of these packages, according to existing tags and the versions in
/// changelogs.
fn series(
    cx: &Context,
    members: &Members,
    books: &[ChangelogFile],
    tags: &[Tag],
) -> Option<Series> {
    let names: Vec<&str> = members
        .members()
        .map(|member| member.name.as_str())
        .collect();
    let tags: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    let listed: Vec<Version> = books.iter().flat_map(ChangelogFile::releases).collect();
    let alone = members
        .members()
        .next()
        .filter(|one| names.len() == 1 && !one.dir.is_empty());
    let apart = alone.and_then(|one| one.version.parse().ok());
    let template = cx.config().releases.own_tag.as_ref();
    Series::find(
        &tags,
        &Releases {
            names: &names,
            template,
            listed: &listed,
            apart: apart.as_ref(),
        },
    )
}

/// Returns the greatest version with a tag, of any of these packages if each has tags of its own.
/// Before a full release it is the greatest full version, if there is one. The tag of this release
/// may exist already, at this commit.
///
/// A tag that HEAD does not reach counts up to this release: it may have been made on a branch that
/// was not merged. A greater one may belong to a later series of which this branch knows nothing.
fn before(
    series: &Series,
    names: &[&str],
    tags: &Tags,
    version: &Version,
    head: Option<&str>,
) -> Option<(Version, Tag)> {
    let reached = releases(series, names, &tags.reached);
    let elsewhere = releases(series, names, &tags.elsewhere);
    let all = reached.chain(elsewhere.filter(|(of, _)| of < version));
    tagged::last(
        all.filter(|(of, tag)| of != version || Some(tag.commit.as_str()) != head),
        version,
    )
}

/// Returns the release before `last`.
fn previous(
    series: &Series,
    names: &[&str],
    tags: &Tags,
    last: &Version,
) -> Option<(Version, Tag)> {
    let reached = releases(series, names, &tags.reached);
    let all = reached.chain(releases(series, names, &tags.elsewhere));
    tagged::last(all.filter(|(of, _)| of < last), last)
}

/// Returns the tags that are releases of one of these packages, with the greatest version of each.
fn releases<'t>(
    series: &Series,
    names: &[&str],
    tags: &'t [Tag],
) -> impl Iterator<Item = (Version, Tag)> + 't {
    let template = series.template.clone();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    tags.iter().filter_map(move |tag| {
        let versions = names
            .iter()
            .filter_map(|name| template.version(name, &tag.name));
        Some((versions.max()?, tag.clone()))
    })
}

/// Returns the last release according to the tags that are named like `planned`, the tags of
/// `version`, if `version` is not greater.
pub(super) fn later_release(
    git: &Git,
    version: &Version,
    planned: &[&str],
) -> Known<Option<(Version, Tag)>> {
    let written = version.to_string();
    let templates: Vec<TagTemplate> = planned
        .iter()
        .filter_map(|tag| TagTemplate::new(&tag.replacen(&written, "{version}", 1)))
        .collect();
    git.check_tags().map_err(said)?;
    let reached = git.tags().map_err(said)?;
    let releases = reached.into_iter().filter_map(|tag| {
        let mut versions = templates
            .iter()
            // The names of the packages are in the templates already.
            .filter_map(|template| template.version("", &tag.name));
        Some((versions.find(|of| of != version)?, tag))
    });
    Ok(tagged::last(releases, version).filter(|(last, _)| last > version))
}

/// Checks that no tag of a release is on another branch only, if none was found that counts.
///
/// # Errors
/// The tag, as a fragment.
fn unreached(series: Option<&Series>, names: &[&str], tags: &Tags) -> Known<()> {
    let mut releases = series
        .into_iter()
        .flat_map(|series| releases(series, names, &tags.elsewhere));
    match releases.next() {
        None => Ok(()),
        Some((_, tag)) => Err(format!(
            "the release `{}` is not in the history of HEAD, and no earlier one is: merge it, or check out a branch that has it",
            tag.name
        )),
    }
}

/// Checks that no tag names a full release in another form, if the last release is a candidate.
///
/// # Errors
/// That tag, as a fragment.
fn follows_no_other_form(names: &[&str], tags: &[Tag], candidate: &Tag) -> Known<()> {
    for usual in USUAL.iter().filter_map(|usual| TagTemplate::new(usual)) {
        for tag in tags {
            let mut versions = names
                .iter()
                .filter_map(|name| usual.version(name, &tag.name));
            if versions.any(|version| version.pre.is_empty()) {
                return Err(format!(
                    "the last release is the candidate `{}`, and the tag `{}` names a full one in another form: name the tags in campaign.toml with [release] tag",
                    candidate.name, tag.name
                ));
            }
        }
    }
    Ok(())
}

/// Checks that nothing indicates an earlier release, if no tag of one was found.
///
/// # Errors
/// The sign, as a fragment.
fn first(
    cx: &Context,
    members: &Members,
    books: &[ChangelogFile],
    tags: &[Tag],
    version: &Version,
) -> Known<()> {
    let mut listed = books.iter().flat_map(ChangelogFile::releases);
    let listed = listed.find(|listed| listed != version);
    let odd = tags
        .iter()
        .find(|tag| tag::names_a_version(&tag.name) && !is_understood(cx, members, &tag.name));
    let why = match (listed, odd) {
        (Some(listed), _) => {
            let member = members.members().next();
            let name = member.map_or("", |member| &member.name);
            let looked_for = looked_for(cx, members, tags, &listed);
            let tag = template(cx, members, None).map_or_else(String::new, |template| {
                template.render(name, &listed.to_string())
            });
            return Err(format!(
                "the changelog has {listed}, and no tag of a release was found ({looked_for}): fetch the tags, tag the commit of that release as `{tag}`, or name the tags in campaign.toml with [release] tag"
            ));
        }
        (None, Some(tag)) => format!(
            "the tag `{}` looks like a release, and is not named as expected",
            tag.name
        ),
        (None, None) => return Ok(()),
    };
    Err(format!(
        "{why}: fetch the tags, or name them in campaign.toml with [release] tag"
    ))
}

/// Returns the tags that this version of the first package may have, and those with a version that
/// exist.
fn looked_for(cx: &Context, members: &Members, tags: &[Tag], version: &Version) -> String {
    const SHOWN: usize = 3;
    let name = members.members().next().map_or("", |one| one.name.as_str());
    let templates = match &cx.config().releases.own_tag {
        Some(given) => vec![given.clone()],
        None => {
            let usual = USUAL.iter().filter_map(|usual| TagTemplate::new(usual));
            // Shared tags that exist were found to belong to other packages.
            let free = usual.filter(|template| {
                let mut tags = tags.iter();
                !template.is_shared()
                    || !tags.any(|tag| template.version(name, &tag.name).is_some())
            });
            free.collect()
        }
    };
    let wanted: Vec<String> = templates
        .iter()
        .map(|template| template.render(name, &version.to_string()))
        .collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();

    let there = tags.iter().map(|tag| tag.name.as_str());
    let there: Vec<&str> = there.filter(|tag| tag::names_a_version(tag)).collect();
    let found = match there.is_empty() {
        true => "none".to_owned(),
        false => first_few(there.iter().map(|tag| format!("`{tag}`")), SHOWN),
    };
    format!("expected {}, found {found}", spelling::list(&wanted))
}

/// Returns whether a tag has the naming of a member's tags.
fn is_understood(cx: &Context, members: &Members, tag: &str) -> bool {
    let given = cx.config().releases.own_tag.as_ref();
    members.workspace.members.iter().any(|member| {
        let is_released = members.members().any(|one| one.name == member.name);
        match given {
            Some(given) if given.version(&member.name, tag).is_some() => true,
            Some(_) if is_released => false,
            _ => USUAL
                .iter()
                .filter_map(|usual| TagTemplate::new(usual))
                .any(|usual| usual.version(&member.name, tag).is_some()),
        }
    })
}

impl Past {
    /// Returns whether a package is in no earlier release. False if that is unknown.
    pub(super) fn lacks(&self, git: &Result<Git, Trouble>, package: &Publication) -> bool {
        match (&self.last, git) {
            (Ok(None), _) => true,
            (Ok(Some((_, tag))), Ok(git)) => {
                matches!(git.file_at(&tag.commit, &package.manifest), Ok(None))
            }
            _ => false,
        }
    }

    /// The last release: its tag and version.
    pub(super) fn last(&self) -> Known<Option<(String, Version)>> {
        let told =
            |last: &Option<(Version, Tag)>| last.clone().map(|(version, tag)| (tag.name, version));
        self.last.as_ref().map(told).map_err(Clone::clone)
    }

    /// Full id of its commit.
    fn base(&self) -> Option<&str> {
        self.last
            .as_ref()
            .ok()?
            .as_ref()
            .map(|(_, tag)| tag.commit.as_str())
    }

    /// Returns a change of the last release that HEAD does not have, one that users need if there
    /// is one, and the tag.
    pub(super) fn lost(&self) -> Option<(&LostChange, &str)> {
        let lost = self.since.as_ref().ok()?.lost.iter();
        let lost = lost.min_by_key(|lost| (lost.loss, lost.is_merged))?;
        let (_, tag) = self.last.as_ref().ok()?.as_ref()?;
        Some((lost, &tag.name))
    }

    /// Returns what to do about a change of the last release that HEAD does not have.
    pub(super) fn unmerged(&self) -> Option<Unmerged> {
        let (lost, _) = self.lost().filter(|(lost, _)| !lost.is_merged)?;
        Some(match lost.loss {
            Loss::Notable => Unmerged::Needed,
            Loss::Fix => Unmerged::Optional,
        })
    }

    /// Returns the command that gets the trees of earlier commits, if the changes are unknown without them.
    pub(super) fn fetches_trees(&self) -> Option<&'static str> {
        let why = self.since.as_ref().err()?;
        (*why == said(Trouble::Treeless)).then_some(TREES)
    }

    /// Returns the levels that the commits since the last release require.
    pub(super) fn impacts(&self, cx: &Context) -> Known<Impacts> {
        let since = self.since.as_ref().map_err(Clone::clone)?;
        let commits: Vec<&Commit> = since.commits.iter().collect();
        let squash_bodies = cx.config().releases.squash_bodies;
        Ok(impacts(&commits, &since.quiet, squash_bodies))
    }
}

/// Returns the naming of the tags of a release: that of earlier ones, or of the configuration.
/// Otherwise it is one tag for the whole workspace, or one for each package if not all of them are
/// released.
fn template(cx: &Context, members: &Members, earlier: Option<&TagTemplate>) -> Option<TagTemplate> {
    let usual = match members.whole {
        true => "v{version}",
        false => "{name}-v{version}",
    };
    earlier
        .or(cx.config().releases.own_tag.as_ref())
        .cloned()
        .or_else(|| TagTemplate::new(usual))
}

/// Returns the names of the tags of a release, each with the package in it.
fn names(
    cx: &Context,
    members: &Members,
    past: &Past,
    version: &Version,
) -> Vec<(String, Option<String>)> {
    let Some(template) = template(cx, members, past.template.as_ref()) else {
        return Vec::new();
    };
    let version = version.to_string();
    if template.is_shared() {
        return vec![(template.render("", &version), None)];
    }
    let named = members.members().map(|member| {
        let name = template.render(&member.name, &version);
        (name, Some(member.name.clone()))
    });
    named.collect()
}

/// Returns the tags of the release.
pub(super) fn tags(
    cx: &Context,
    members: &Members,
    past: &Past,
    version: &Version,
    git: &Result<Git, Trouble>,
) -> Vec<PlannedTag> {
    let readable = known(git).and_then(|git| {
        git.check_tags().map_err(said)?;
        Ok(git)
    });
    names(cx, members, past, version)
        .into_iter()
        .map(|(name, package)| PlannedTag {
            commit: readable
                .clone()
                .and_then(|git| git.tag_at(&name).map_err(said)),
            name,
            package,
        })
        .collect()
}

/// Returns the tags that cannot be created, each with the existing tag that makes it impossible. If
/// git cannot answer,
/// [`tags`] are unknown too.
pub(super) fn blocked_tags(
    tags: &[PlannedTag],
    git: &Result<Git, Trouble>,
) -> Vec<(String, String)> {
    let Ok(git) = git else {
        return Vec::new();
    };
    let blocked = tags.iter().filter_map(|tag| {
        let existing = git.tag_in_the_way(&tag.name).ok()??;
        Some((tag.name.clone(), existing))
    });
    blocked.collect()
}

/// Returns the branch and its distance to the upstream branch. A release that `makes_commit`
/// without a branch makes it on none.
pub(super) fn branch(
    cx: &Context,
    git: &Result<Git, Trouble>,
    makes_commit: bool,
) -> Known<Branch> {
    let git = known(git)?;
    let current = git.standing().map_err(said)?.branch;
    let demanded = cx.config().releases.branch.clone();
    let sought = demanded.as_deref();
    let around = match sought.filter(|_| current.is_none() && !makes_commit) {
        Some(name) => Some(around(git, name).map_err(said)?),
        None => None,
    };
    let divergence = current
        .as_deref()
        .map_or(Ok(None), |branch| git.divergence(branch))
        .map_err(said)?;
    let mut branch = Branch {
        current,
        demanded,
        around,
        ..Branch::default()
    };
    match divergence {
        Some(Divergence::Commits { ahead, behind }) => {
            branch.behind = Some(behind);
            branch.is_ahead = ahead > 0;
        }
        Some(Divergence::Gone(upstream)) => branch.gone = Some(upstream),
        None => {}
    }
    Ok(branch)
}

/// Returns what is known of the branches of this name.
fn around(git: &Git, name: &str) -> Result<Around, Trouble> {
    Ok(match git.branch_with_head(name)? {
        Some(branch) => Around::In(branch),
        None if git.has_branch(name)? => match git.is_shallow()? {
            true => Around::Cut,
            false => Around::Outside,
        },
        None => Around::Unfetched(git.remote(None)?),
    })
}

/// Returns the full id of HEAD.
pub(super) fn head(git: &Result<Git, Trouble>) -> Known<String> {
    let standing = known(git)?.standing().map_err(said)?;
    standing
        .commit
        .ok_or_else(|| "there is no commit yet".to_owned())
}

/// Returns the libraries that may be published and existed at the last release, and its commit.
fn comparable<'m>(
    cx: &Context,
    members: &'m Members,
    past: &Past,
) -> Option<(String, Vec<&'m Member>)> {
    let base = past.base()?;
    let git = cx.git().ok()?;
    let libraries: Vec<&Member> = members
        .members()
        .filter(|member| collector::has_public_api(member))
        .filter(|member| {
            let manifest = match member.dir.as_str() {
                "" => "Cargo.toml".to_owned(),
                dir => format!("{dir}/Cargo.toml"),
            };
            // If git cannot answer, the comparison itself fails with a reason.
            !matches!(git.file_at(base, &manifest), Ok(None))
        })
        .collect();
    (!libraries.is_empty()).then(|| (base.to_owned(), libraries))
}

/// Compares the public API of each library with the last release, if cargo-semver-checks is
/// installed. It compiles both sides, so the result is unknown if nothing may be measured.
pub(super) fn api(
    cx: &Context,
    members: &Members,
    past: &Past,
    measure: Measure,
) -> Vec<(String, Known<Level>)> {
    let Some((commit, libraries)) = comparable(cx, members, past) else {
        return Vec::new();
    };
    if probe::tool_version(&cx.probe(), None, &collector::SEMVER_CHECKS).is_err() {
        return Vec::new();
    }
    cx.install_signal_handler();
    let lock = cx.root().join("Cargo.lock");
    let before = store::read_file(&lock, store::TEXT_LIMIT);
    let answers = libraries
        .into_iter()
        .map(|member| {
            let answer = measure
                .allowed()
                .and_then(|()| compare(cx, &member.name, &commit));
            (member.name.clone(), answer)
        })
        .collect();
    put_back(&lock, &before);
    answers
}

/// Returns the level that the changes of a library's public API require.
fn compare(cx: &Context, package: &str, commit: &str) -> Known<Level> {
    cx.status(
        "Comparing",
        &format!("the public API of {package} (cargo semver-checks)"),
    );
    Ok(match probe::api(&cx.probe(), package, commit)? {
        None => Level::Patch,
        Some(ApiLevel::Minor) => Level::Minor,
        Some(ApiLevel::Major) => Level::Major,
    })
}
