//! Release readiness: every check that a release must pass beside its gates, judged like a gate.
//!
//! All checks are made and all are listed; none stops another. A fact that could not be found out ([`Known`] holds why)
//! gives no verdict and blocks; only a named, dated waiver skips it. Knows nothing of how facts are found.

mod checks;
#[cfg(test)]
mod tests;

use semver::Version;

use super::outstanding::Outstanding;
use crate::gate::{Strictness, Waiver};
use crate::run::{Judged, Lack, Verdict};

/// A fact, or why it is not known.
pub type Known<T> = Result<T, String>;

/// How much a version moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Patch,
    Minor,
    Major,
}

/// Returns the lowest version after `last` that moves by at least this level, by cargo's rule.
pub fn next(last: &Version, level: Level) -> Version {
    let Version {
        major,
        minor,
        patch,
        ..
    } = *last;
    // What a prerelease leads to may hold anything.
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

/// Everything that is asked about a release.
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
    /// Names of the packages that `cargo package` must build.
    pub packaged: Vec<String>,
    /// What `cargo package` reported for them together; empty if it succeeded.
    pub packaging: Known<Vec<String>>,
    /// Entries of `[patch]` that replace a package of a registry; nobody else builds with them.
    pub patches: Known<Vec<String>>,
    /// Names and versions of members in `Cargo.lock`; `None` when there is no lock file.
    pub lock: Known<Option<Vec<(String, String)>>>,
    /// Requirements between members that do not admit the other's version: `api/Cargo.toml:12: core = "1.2"`.
    pub unmet: Known<Vec<String>>,
    /// The last release: tag and version; `None` before the first one.
    pub last: Known<Option<(String, Version)>>,
    /// What the changes since then ask for, and what says so.
    pub level: Known<Option<(Level, Vec<String>)>>,
    /// Public API of each package against its last release, where that was looked at: package, and the answer.
    pub api: Vec<(String, Known<Level>)>,
    /// The changes of these packages belong in a changelog.
    pub changelog_is_kept: bool,
    /// Lines of the changelog's section for the version that are no heading; `None` when it has no such section.
    pub section: Known<Option<usize>>,
    /// What the changelog's lint says.
    pub changelog: Known<Vec<String>>,
    /// Rendered release notes: their length.
    pub notes: Known<usize>,
    /// The state of the working tree.
    pub tree: Known<Tree>,
    /// Where the branch stands.
    pub branch: Known<Branch>,
    /// Names of the tags, and what each points at when it is there.
    pub tags: Vec<(String, Known<Option<String>>)>,
    /// The release changes files, so that its tags are of a commit that is not there yet.
    pub makes_commit: bool,
    /// Full id of HEAD.
    pub head: Known<String>,
    /// Workstreams that are not complete, and attestations that are missing or have ended.
    pub outstanding: Known<Outstanding>,
}

/// A publishable member.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// In its manifest, inheritance followed; `None` if it has none.
    pub version: Option<String>,
    /// Its manifest, from the root.
    pub manifest: String,
    /// What a registry would refuse about its metadata: `no description`, `6 keywords (at most 5)`.
    pub refused: Vec<String>,
    /// Dependencies that no registry can serve: `core comes from git, without a version`.
    pub unpublishable: Vec<String>,
}

/// The state of the working tree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Files that differ from HEAD.
    pub dirty: Vec<String>,
    /// Files whose changes git was told not to look for: `src/lib.rs (assume-unchanged)`.
    pub hidden: Vec<String>,
    /// What was begun and is not finished: `merge`.
    pub operation: Option<String>,
    /// Files of the repository that were measured and that git does not track, so that no commit has them.
    pub untracked: Vec<String>,
    /// Files outside the repository that were compiled.
    pub outside: Vec<String>,
}

/// The branch, against what the campaign demands.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// `None` when HEAD is detached.
    pub current: Option<String>,
    /// `[release] branch`.
    pub demanded: Option<String>,
    /// Commits of the upstream that are not here; `None` without an upstream.
    pub behind: Option<usize>,
}

/// Heading of the checks among gates.
pub const GROUP: &str = "Release";

/// Start of every check's id: waivers name them so.
pub const PREFIX: &str = "release.";

/// The checks without the prefix, in the order in which they are made. A waiver names exactly one.
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

/// Makes every check, then applies waivers: notes about them come second. `today` is `YYYY-MM-DD`.
pub fn assess(facts: &Facts, waivers: &[Waiver], today: &str) -> (Vec<Judged>, Vec<String>) {
    let mut judged = vec![
        minimum("compiles", "compilation", "no errors", &facts.compiles),
        minimum("tests", "tests", "none fails", &facts.tests),
    ];
    judged.extend(checks::all(facts).into_iter().map(Check::judged));
    let notes = apply(waivers, &mut judged, today);
    (judged, notes)
}

/// Makes the checks of the working tree and the branch alone.
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

/// Applies waivers, and returns notes about those that are not needed.
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
        .any(|waiver| waiver.until.as_str() >= today)
}

fn waive(waiver: &Waiver, check: &mut Judged, today: &str) {
    if waiver.until.as_str() < today {
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

/// One check before it becomes a gate's entry.
struct Check {
    id: &'static str,
    title: &'static str,
    require: String,
    outcome: Outcome,
    help: String,
}

/// What a check found.
enum Outcome {
    /// It holds; what shows it.
    Holds(Vec<String>),
    /// It does not: a fragment, and the places.
    Fails(String, Vec<String>),
    /// It could not be found out.
    Unknown(String),
}

impl Check {
    fn judged(self) -> Judged {
        let (verdict, reason, evidence, lack) = match self.outcome {
            Outcome::Holds(evidence) => (Verdict::Pass, String::new(), evidence, None),
            Outcome::Fails(reason, evidence) => (Verdict::Fail, reason, evidence, None),
            Outcome::Unknown(reason) => {
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
