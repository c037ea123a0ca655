//! Release readiness: the checks that a release must pass in addition to its gates.
//!
//! Every check runs and is listed like a gate; none of them stops another. A fact that could not be
//! determined ([`Known`] contains the reason) gives no verdict and blocks the release. Only a named,
//! dated waiver skips a check. This module knows nothing about how facts are determined.

mod checks;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use semver::Version;

use super::waiver;
use crate::gate::{Strictness, Waiver};
use crate::run::{Judged, Lack, Verdict};

/// A fact, or the reason why it is unknown.
pub type Known<T> = Result<T, String>;

/// Why nothing is known about the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoGit {
    /// Git is not installed.
    Missing,
    /// The workspace is not in a git repository.
    NoRepository,
}

impl NoGit {
    /// Returns what to do about it.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Missing => "install git",
            Self::NoRepository => "git init (then commit the workspace)",
        }
    }
}

/// The size of a step between versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Patch,
    Minor,
    Major,
}

/// What to do about changes of the last release that HEAD does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmerged {
    /// Merge them, because users need them.
    Needed,
    /// Merge them, or leave them out.
    Optional,
}

/// Returns the lowest version after `last` that is at least this step away, by cargo's rules.
pub fn next(last: &Version, level: Level) -> Version {
    let Version {
        major,
        minor,
        patch,
        ..
    } = *last;
    // The release after a prerelease may contain any change.
    if !last.pre.is_empty() {
        return Version::new(major, minor, patch);
    }
    match (level, major, minor) {
        (Level::Major, 0, 0) | (Level::Patch, ..) | (Level::Minor, 0, _) => {
            Version::new(major, minor, patch + 1)
        }
        (Level::Major, 0, _) | (Level::Minor, ..) => Version::new(major, minor + 1, 0),
        (Level::Major, ..) => Version::new(major + 1, 0, 0),
    }
}

/// Returns the level of a step between versions by cargo's rules: the first number that is not zero is
/// the major one, and the next is the minor one. The release after a prerelease may contain any change.
pub fn step(from: &Version, to: &Version) -> Level {
    if !from.pre.is_empty() {
        return Level::Major;
    }
    let (old, new) = (
        [from.major, from.minor, from.patch],
        [to.major, to.minor, to.patch],
    );
    let major = old.iter().position(|number| *number != 0).unwrap_or(2);
    match (0..3).find(|at| old[*at] != new[*at]) {
        Some(at) if at <= major => Level::Major,
        Some(at) if at == major + 1 => Level::Minor,
        _ => Level::Patch,
    }
}

/// The facts about a release that the checks need.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The version to be released.
    pub version: Version,
    /// The publishable members.
    pub packages: Vec<Package>,
    /// The verdict on the compiler's errors. It is judged for every release, whatever the campaign's gates are.
    pub compiles: Judged,
    /// The verdict on failed tests, also judged for every release.
    pub tests: Judged,
    /// The packages that must compile in a clone.
    pub built: BuiltPackages,
    /// The result for all of them together.
    pub packaging: Known<Packaging>,
    /// Entries of `[patch]` that replace a package of a registry. Users build without them.
    pub patches: Known<Vec<String>>,
    /// The state of the workspace's `Cargo.lock`.
    pub lock: Known<Lockfile>,
    /// Requirements between members that exclude the other's version:
    /// `api/Cargo.toml:12: core = "1.2"`.
    pub unmet: Known<Vec<String>>,
    /// Tag and version of the last release. `None` before the first one.
    pub last: Known<Option<(String, Version)>>,
    /// The level that the changes since then require, and the changes that require it.
    pub level: Known<Option<(Level, Vec<String>)>>,
    /// The answer to changes of the last release that HEAD does not have. `None` if there are none, or if a merge left them out.
    pub unmerged: Option<Unmerged>,
    /// The level that the public API of a package requires, for each package that was compared with
    /// its last release.
    pub api: Vec<(String, Known<Level>)>,
    /// Whether these packages have a changelog.
    pub changelogs: KeptChangelogs,
    /// The number of lines without headings in the changelog's section for the version. `None`
    /// without such a section.
    pub section: Known<Option<usize>>,
    /// Whether a changelog has unreleased entries, which can become that section.
    pub has_unreleased_entries: bool,
    /// Sections for the version that may be those of another package.
    pub foreign_sections: Vec<ForeignSection>,
    /// Changelogs that git ignores and does not track, so that no commit has them. Empty if git
    /// cannot be asked.
    pub ignored_changelogs: Known<Vec<String>>,
    /// The problems that linting the changelog found.
    pub changelog: Known<Vec<String>>,
    /// The length of the rendered release notes.
    pub notes: Known<usize>,
    /// The state of the working tree.
    pub tree: Known<Tree>,
    /// The state of the branch.
    pub branch: Known<Branch>,
    /// Why the facts that git knows are unknown. `None` if git can be asked.
    pub no_git: Option<NoGit>,
    /// The tags that the release has.
    pub tags: Vec<PlannedTag>,
    /// Tags that cannot be created, each with the existing tag that makes it impossible: `v1/rc` for `v1`.
    pub blocked_tags: Vec<(String, String)>,
    /// Whether the release changes files, so that its tags belong to a commit that does not exist
    /// yet.
    pub makes_commit: bool,
    /// Whether the clone does not have the whole history.
    pub is_shallow: bool,
    /// The command that gets the trees of earlier commits. `None` if they are not missing.
    pub fetches_trees: Option<&'static str>,
    /// Full id of HEAD.
    pub head: Known<String>,
    /// Workstreams that are not complete, and attestations that are missing or have expired.
    pub outstanding: Known<Outstanding>,
}

/// The open conditions of a release, such as `7.4: docs/NOTES.md is not a file that git tracks`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// The conditions that are not met.
    pub missing: Vec<String>,
    /// The conditions without a verdict.
    pub undecided: Vec<String>,
}

/// A tag of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedTag {
    /// Name without `refs/tags/`.
    pub name: String,
    /// The package in the name. `None` if the tag serves all packages.
    pub package: Option<String>,
    /// Full id of its commit. `None` if it does not exist.
    pub commit: Known<Option<String>>,
}

/// A section for the version in a changelog of several packages. Its heading does not name the package, and another package
/// has been released with this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignSection {
    /// Path of the changelog, relative to the root.
    pub changelog: String,
    /// Tag of the other package.
    pub tag: String,
    /// Package to be released.
    pub package: String,
}

/// The state of the workspace's `Cargo.lock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lockfile {
    /// It exists. Names and versions of the workspace packages in it.
    Read(Vec<(String, String)>),
    /// It does not exist, without a repository.
    Absent,
    /// Git ignores it, so that no commit has it, whether it exists or not.
    Ignored,
    /// No commit has it, and git does not ignore it. Building creates it.
    Untracked {
        /// Whether it exists.
        exists: bool,
    },
    /// HEAD has it, and the working tree does not.
    Deleted,
}

impl Lockfile {
    /// Returns why a release cannot be made with this lockfile, and what to do; `None` if its state
    /// does not prevent one.
    pub const fn obstacle(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Read(_) | Self::Absent | Self::Ignored => None,
            Self::Untracked { exists: true } => Some((
                "git neither tracks nor ignores Cargo.lock",
                "git add -- Cargo.lock, then commit it (or add it to .gitignore)",
            )),
            Self::Untracked { exists: false } => Some((
                "Cargo.lock does not exist, and git would not ignore it",
                "cargo generate-lockfile, then commit Cargo.lock (or add it to .gitignore)",
            )),
            Self::Deleted => Some((
                "Cargo.lock is deleted, and HEAD has it",
                "git checkout HEAD -- Cargo.lock (or commit the deletion and add it to .gitignore)",
            )),
        }
    }
}

/// A publishable member.
#[derive(Clone, Debug)]
pub struct Package {
    /// Package name.
    pub name: String,
    /// Version with inheritance resolved. `None` if the manifest has none.
    pub version: Option<String>,
    /// Path of its manifest, relative to the root.
    pub manifest: String,
    /// Problems for which a registry would refuse its metadata: `no description`,
    /// `6 keywords (at most 5)`.
    pub refused: Vec<String>,
    /// Dependencies that a registry cannot serve: `core comes from git, without a version`.
    pub unpublishable: Vec<String>,
}

/// The state of the working tree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Files that differ from HEAD.
    pub dirty: Vec<String>,
    /// Files that differ from HEAD and whose changes git ignores: `src/lib.rs (assume-unchanged)`.
    pub hidden: Vec<String>,
    /// Files of the workspace that a sparse checkout leaves out.
    pub absent: Vec<String>,
    /// Files whose contents differ from HEAD although `git status` does not list them.
    pub unlisted: Vec<String>,
    /// Directories with files that belong to a submodule which is not initialized.
    pub uninitialized: Vec<String>,
    /// Submodules whose commit is on no branch of a remote.
    pub unpushed: Vec<String>,
    /// An operation of git in progress: `merge`.
    pub operation: Option<String>,
    /// Files of the repository that were measured and are not tracked, so that no commit contains
    /// them.
    pub untracked: Vec<String>,
    /// Files outside the repository that were compiled.
    pub outside: Vec<String>,
    /// Files that `cargo package` includes and that no commit has.
    pub packaged: Vec<Packaged>,
}

/// The packages that must compile in a clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuiltPackages {
    /// Names of the packages that are published.
    pub published: Vec<String>,
    /// Names of the packages that are compiled with their tests and examples, published or not.
    pub checked: Vec<String>,
}

impl BuiltPackages {
    /// Returns the names of the packages that a command compiles.
    pub fn names(&self, command: BuildCommand) -> &[String] {
        match command {
            BuildCommand::Package => &self.published,
            BuildCommand::Check | BuildCommand::Test => &self.checked,
        }
    }
}

/// Whether the released packages have a changelog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptChangelogs {
    /// No, on purpose: the configuration says so.
    None,
    /// No, although their changes belong in one.
    Missing,
    /// Yes.
    Present,
}

/// A command of cargo that compiles packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuildCommand {
    /// Compiles packages from the files that are published.
    #[default]
    Package,
    /// Compiles packages, their tests and their examples.
    Check,
    /// Compiles packages, their tests and their examples, and runs the tests.
    Test,
}

impl BuildCommand {
    /// Returns the command as it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Package => "cargo package",
            Self::Check => "cargo check --tests --examples",
            Self::Test => "cargo test",
        }
    }
}

/// The result of compiling packages in a clone of HEAD with the edits of the release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packaging {
    /// Lines of the errors. Empty if it succeeded.
    pub errors: Vec<String>,
    /// The command that failed, if one did.
    pub command: BuildCommand,
    /// Where it fails, if it does.
    pub fails: FailsIn,
    /// Path for another clone, below the same directories as the one in which it failed. Cargo reads its configuration in
    /// all of them. Empty if it failed nowhere or elsewhere.
    pub place: PathBuf,
    /// The workspace's directory in a clone, separated by `/`. Empty if it is the top.
    pub directory: String,
}

/// Where packages do not compile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailsIn {
    /// In the working tree as well.
    #[default]
    WorkingTree,
    /// Only in a clone.
    Clone,
    /// In clones on other machines: absolute paths lead into this repository.
    OtherPlaces,
    /// In every clone: git lists these packaged files as modified there, and cargo refuses to package them.
    Checkout,
    /// Perhaps in clones on other machines. The errors are reasons why that is unknown.
    PerhapsOtherPlaces,
    /// Nowhere, but the archive would not contain the files of these binaries or libraries.
    Archive,
    /// At crates.io, which refuses archives of this size.
    Registry,
}

/// A file that `cargo package` includes and that no commit has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packaged {
    /// Its path, relative to the root.
    pub file: String,
    /// Why no commit has it.
    pub absence: Absence,
    /// Why cargo includes it.
    pub by: PackagedBy,
}

/// Why no commit has a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// It is in the repository, and git does not track it.
    Untracked,
    /// It is outside of the repository.
    Outside,
    /// Git tracks it as a link, or below a link, to a file that it does not track.
    Link,
    /// It is a link to a file that does not exist.
    BrokenLink,
}

/// Why cargo includes a file in a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackagedBy {
    /// The manifest, or cargo's default, names it as `readme`. `exclude` has no effect.
    Readme,
    /// The manifest names it as `license-file`. `exclude` has no effect.
    LicenseFile,
    /// The manifest has `include`, so that `exclude` has no effect.
    Include,
    /// It is in the package's directory.
    Directory,
}

/// What is known of the branches with the configured name, if HEAD is detached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Around {
    /// One has HEAD in its history: `origin/main`.
    In(String),
    /// None of them has.
    Outside,
    /// None of them has as far as this clone knows, which is shallow.
    Cut,
    /// The clone has none. The remote to fetch it from, if there is one.
    Unfetched(Option<String>),
}

/// The state of the branch.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// The current branch. `None` if HEAD is detached.
    pub current: Option<String>,
    /// `[release] branch`.
    pub demanded: Option<String>,
    /// What is known of the branches of that name, if HEAD is detached and stays where it is.
    pub around: Option<Around>,
    /// The number of commits that only the upstream has. `None` without an upstream.
    pub behind: Option<usize>,
    /// The name of the configured upstream, if the clone does not have it.
    pub gone: Option<String>,
    /// Whether the upstream does not have all commits of the branch.
    pub is_ahead: bool,
}

/// A part of the reason why the level is unknown if neither commits nor entries state it.
pub const UNSTATED: &str = "not say what kind of change it is";

/// Heading of the checks among gates.
pub const GROUP: &str = "Release";

/// The prefix of every check's id, which waivers use.
pub const PREFIX: &str = "release.";

/// The names of the checks without the prefix, in their order. A waiver names exactly one.
pub const CHECKS: [&str; 18] = [
    "compiles",
    "tests",
    "version",
    "lock",
    "newer",
    "level",
    "requirements",
    "section",
    "changelog",
    "notes",
    "dependencies",
    "metadata",
    "patches",
    "package",
    "tree",
    "branch",
    "tag",
    "campaign",
];

/// Runs every check and applies the waivers. Returns the checks, and notes about unused waivers.
/// `today` is `YYYY-MM-DD`.
pub fn assess(facts: &Facts, waivers: &[Waiver], today: &str) -> (Vec<Judged>, Vec<String>) {
    let mut judged = vec![
        minimum("compiles", "compilation", "no errors", &facts.compiles),
        minimum("tests", "tests", "none fails", &facts.tests),
    ];
    judged.extend(checks::all(facts).into_iter().map(Check::judged));
    let notes = apply(waivers, &mut judged, today);
    (judged, notes)
}

/// Runs only the checks of the working tree and the branch.
pub fn assess_repository(
    tree: &Known<Tree>,
    branch: &Known<Branch>,
    waivers: &[Waiver],
    today: &str,
) -> Vec<Judged> {
    let mut judged = vec![checks::tree(tree).judged(), checks::branch(branch).judged()];
    apply(waivers, &mut judged, today);
    judged
}

/// Applies the waivers. Returns notes about those that are not needed.
fn apply(waivers: &[Waiver], judged: &mut [Judged], today: &str) -> Vec<String> {
    let mut notes = Vec::new();
    for waiver in waivers
        .iter()
        .filter(|waiver| waiver.gate.starts_with(PREFIX))
    {
        let meant = judged.iter_mut().filter(|check| check.id == waiver.gate);
        let open: Vec<&mut Judged> = meant
            .filter(|check| check.verdict > Verdict::Warn)
            .collect();
        if open.is_empty() {
            notes.push(format!(
                "waiver of {} for {} is not needed",
                waiver.owner, waiver.gate
            ));
        }
        for check in open {
            waive(waiver, check, today);
        }
    }
    notes
}

/// Returns the verdict on a measured value as one of the checks.
fn minimum(id: &str, title: &str, require: &str, verdict: &Judged) -> Judged {
    Judged {
        id: format!("{PREFIX}{id}"),
        group: GROUP.to_owned(),
        metric: format!("{PREFIX}{id}"),
        title: title.to_owned(),
        require: require.to_owned(),
        value: None,
        baseline: None,
        bound: None,
        ratio: None,
        file: String::new(),
        line: 0,
        ..verdict.clone()
    }
}

/// Returns whether a waiver for this check holds on `today`.
pub fn is_waived(check: &str, waivers: &[Waiver], today: &str) -> bool {
    let id = format!("{PREFIX}{check}");
    waivers
        .iter()
        .filter(|waiver| waiver.gate == id)
        .any(|waiver| waiver::is_in_force(waiver, today))
}

fn waive(waiver: &Waiver, check: &mut Judged, today: &str) {
    if !waiver::is_in_force(waiver, today) {
        check.reason = format!(
            "waiver of {} expired on {}: {}",
            waiver.owner, waiver.until, check.reason
        );
        return;
    }
    check.verdict = Verdict::Waived;
    check.lack = None;
    check.help = None;
    check.reason = format!(
        "{} ({}, until {}): {}",
        waiver.reason, waiver.owner, waiver.until, check.reason
    );
}

/// A check before it becomes an entry among the gates.
struct Check {
    id: &'static str,
    title: &'static str,
    require: String,
    outcome: CheckOutcome,
    help: String,
}

/// The outcome of a check.
enum CheckOutcome {
    /// The check passes, with evidence.
    Holds(Vec<String>),
    /// The check fails, with the reason as a fragment and the places.
    Fails(String, Vec<String>),
    /// The facts are unknown, with the reason.
    Unknown(String),
}

impl Check {
    fn judged(self) -> Judged {
        let (verdict, reason, evidence, lack) = match self.outcome {
            CheckOutcome::Holds(evidence) => (Verdict::Pass, String::new(), evidence, None),
            CheckOutcome::Fails(reason, evidence) => (Verdict::Fail, reason, evidence, None),
            CheckOutcome::Unknown(reason) => {
                (Verdict::NoVerdict, reason, Vec::new(), Some(Lack::Missing))
            }
        };
        Judged {
            group: GROUP.to_owned(),
            title: self.title.to_owned(),
            require: self.require,
            verdict,
            lack,
            reason,
            help: (verdict != Verdict::Pass).then_some(self.help),
            evidence: evidence.into_iter().take(Judged::EVIDENCE).collect(),
            ..Judged::undecided(&format!("{PREFIX}{}", self.id), Strictness::Deny)
        }
    }
}
