//! `audit`: advisories of the RustSec database about packages in `Cargo.lock`, and those of them that
//! were yanked from the registry.
//!
//! No database is fetched. One that is old or damaged may be incomplete: its findings count, but
//! without findings a gate gets no verdict.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::json;

use super::command::{StepContext, step};
use super::definition::{Definition, InputFile, SuggestedCondition, SuggestedGate};
use super::findings::record;
use super::folded::Folded;
use super::index;
use super::metric::{Counts, Metric, Visibility};
use super::planner::settings;
use super::request::Request;
use super::settings::{Setting, SettingKind};
use super::summary::{StepSummary, Term, terms};
use crate::decode::advisory::{self, Advisory, AdvisoryKind};
use crate::decode::lockfile::{self, LockedPackage};
use crate::event::{Event, FileCounts, Problem};
use crate::plan::{Action, Collector, FileSet, Step};
use crate::snapshot::{Finding, Snapshot};

pub(super) static DEFINITION: Definition = Definition {
    name: "audit",
    metrics: &[
        Metric {
            name: "audit.vulnerabilities",
            title: "vulnerabilities",
            ..ADVISORIES
        },
        Metric {
            name: "audit.critical",
            title: "critical vulnerabilities",
            ..DETAIL
        },
        Metric {
            name: "audit.high",
            title: "high vulnerabilities",
            ..DETAIL
        },
        Metric {
            name: "audit.medium",
            title: "medium vulnerabilities",
            ..DETAIL
        },
        Metric {
            name: "audit.low",
            title: "low vulnerabilities",
            ..DETAIL
        },
        Metric {
            name: "audit.unscored",
            title: "vulnerabilities without a score",
            ..DETAIL
        },
        Metric {
            name: "audit.unmaintained",
            title: "unmaintained packages",
            ..DETAIL
        },
        Metric {
            name: "audit.unsound",
            title: "unsound packages",
            ..DETAIL
        },
        Metric {
            name: "audit.notice",
            title: "notices about packages",
            ..DETAIL
        },
        Metric {
            name: "audit.unreadable",
            title: "unreadable advisories",
            ..DETAIL
        },
        Metric {
            name: YANKED,
            title: "yanked packages",
            step: Some(index::STEP),
            setting: Some("index = \"cargo\" in [collect.audit]"),
            ..ADVISORIES
        },
    ],
    reads_members: false,
    reads_advisories: true,
    shows_messages: true,
    settings: &[
        Setting {
            key: DATABASE,
            kind: SettingKind::Text,
            doc: "Checkout of the advisory database, relative to the workspace root; default: `advisory-db` in cargo's home, else the one of cargo-deny",
            decides: Some("db"),
        },
        Setting {
            key: STALE_AFTER,
            kind: SettingKind::Days(7),
            doc: "Age of the database and the index from which nothing found is no verdict; default: `7d`",
            decides: None,
        },
        Setting {
            key: UNSCORED,
            kind: SettingKind::Choice(&["high", "critical", "medium", "low", "none"]),
            doc: "Severity of vulnerabilities without a score; default: `high`",
            decides: Some("unscored"),
        },
        index::SETTING,
    ],
    turn: 9,
    steps,
    meaning,
    read_files,
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: "audit.vulnerabilities",
        condition: SuggestedCondition::Exactly("= 0"),
        comment: "known ones in Cargo.lock",
        needs: "audit.vulnerabilities",
    }],
    ..Definition::FILES
};

/// A number of pairs of an advisory and a package. Members share packages.
const ADVISORIES: Metric = Metric {
    per_package: false,
    counts: Some(Counts::Findings(is_counted)),
    ..Metric::COUNT
};

const DETAIL: Metric = Metric {
    visibility: Visibility::IfPositive,
    ..ADVISORIES
};

/// The setting with the directory of the database.
pub const DATABASE: &str = "db";

/// The setting with the age from which the database is too old.
pub const STALE_AFTER: &str = "stale-after";

const UNSCORED: &str = "unscored";

const YANKED: &str = "audit.yanked";

/// The step that reads the database.
const ADVISORIES_STEP: &str = "audit";

/// The setting of the step with the target triple, if one is selected.
const TARGET: &str = "target";

const LOCKFILE: &str = "Cargo.lock";

/// The rule of a finding for an advisory that could not be read.
const UNREADABLE: &str = "unreadable";

/// The counts of `Cargo.lock`.
const PACKAGES: &str = "packages";

/// The lockfile comes first, so that advisories about other packages need not be kept.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let request = context.request;
    let database = request.advisories.clone().unwrap_or_default();
    let files = Action::Read(FileSet {
        paths: vec![
            LOCKFILE.to_owned(),
            format!("{}/crates", database.directory),
        ],
        database: Some(database),
        ..FileSet::default()
    });
    let unscored = request.settings_of(collector).choice(UNSCORED);
    let target = request.build.target.clone();
    let verb = ("Auditing", "Audited");
    let mut step = step(context, ADVISORIES_STEP, verb, collector, files)
        .with_setting(UNSCORED, &[unscored.unwrap_or("high").to_owned()]);
    if let Some(target) = target {
        step = step.with_setting(TARGET, &[target]);
    }
    let mut steps = vec![step];
    steps.extend(index::steps(context, collector));
    steps
}

fn meaning(request: &Request, _: &Collector) -> serde_json::Value {
    json!({ "scope": settings::scope(request), "target": request.build.target })
}

/// Reports each advisory about a locked package, with the place of the package.
fn read_files(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    if index::is_index(step) {
        return index::read_files(step, files, sink);
    }
    let Some(lock) = files.next().filter(|file| file.path == LOCKFILE) else {
        return Err(format!("{LOCKFILE} is missing or cannot be read"));
    };
    let packages = packages(&lock.text)?;
    let mut advisories = 0;
    for file in files {
        let directory = file.path.rsplit('/').nth(1).unwrap_or_default();
        match advisory::read(&file.text) {
            Ok(advisory) => {
                advisories += 1;
                report(step, &advisory, &packages, sink);
            }
            // It may be about one of the packages.
            Err(why) if packages.contains_key(directory) => sink(Event::Noise {
                line: format!("{}: {why}", file.path),
            }),
            Err(why) => sink(unreadable(&file.path, &why)),
        }
    }
    if advisories == 0 {
        return Err("the database has no advisories".to_owned());
    }
    let count = packages.values().map(Vec::len).sum::<usize>() as u64;
    sink(Event::Counted(FileCounts {
        package: String::new(),
        others: Vec::new(),
        file: lock.path,
        counts: [(PACKAGES.into(), count)].into(),
    }));
    Ok(())
}

/// The packages of a lockfile that come from crates.io, by name.
type Packages<'a> = BTreeMap<&'a str, Vec<(LockedPackage<'a>, Version)>>;

/// Returns the packages from crates.io.
///
/// # Errors
/// If cargo would not accept the lockfile, since packages could be overlooked.
fn packages(lock: &str) -> Result<Packages<'_>, String> {
    let listed = lockfile::packages(lock);
    if lockfile::number_of_packages(lock) != Some(listed.len()) {
        return Err(format!("{LOCKFILE} is not written as cargo writes it"));
    }
    let mut packages = Packages::new();
    for package in listed {
        let version = Version::parse(package.version).map_err(|_| {
            format!(
                "`{}` of `{}` in {LOCKFILE} is not a version",
                package.version, package.name
            )
        })?;
        if package.is_from_crates_io() {
            packages
                .entry(package.name)
                .or_default()
                .push((package, version));
        }
    }
    Ok(packages)
}

/// Reports a problem for each package that an advisory affects.
fn report(step: &Step, advisory: &Advisory, packages: &Packages<'_>, sink: &mut dyn FnMut(Event)) {
    let Some(packages) = packages.get(advisory.package.as_str()) else {
        return;
    };
    let concerns = |target: &String| advisory.concerns(target);
    if advisory.is_withdrawn || !step.setting(TARGET).iter().all(concerns) {
        return;
    }
    for (package, version) in packages {
        if advisory.affects(version) {
            sink(Event::Problem(Problem {
                file: LOCKFILE.to_owned(),
                line: package.line,
                text: format!("{} {}", package.name, package.version),
                rule: advisory.id.clone(),
                message: message(step, advisory, package),
                ..Problem::default()
            }));
        }
    }
}

/// Returns the message about an advisory. The words before the first colon are those that are
/// counted.
fn message(step: &Step, advisory: &Advisory, package: &LockedPackage<'_>) -> String {
    let unscored = step
        .setting(UNSCORED)
        .first()
        .map_or("high", String::as_str);
    let words = match advisory.kind {
        AdvisoryKind::Vulnerability(Some(severity)) => severity.name().to_owned(),
        AdvisoryKind::Vulnerability(None) => format!("{unscored}, {UNSCORED}"),
        AdvisoryKind::Unmaintained => "unmaintained".to_owned(),
        AdvisoryKind::Unsound => "unsound".to_owned(),
        AdvisoryKind::Notice => "notice".to_owned(),
    };
    let Advisory { id, title, .. } = advisory;
    let LockedPackage { name, version, .. } = package;
    let patched = match advisory.patched.as_slice() {
        [] => "no patched version".to_owned(),
        patched => format!("patched: {}", patched.join(" or ")),
    };
    let platform = advisory
        .unknown_platform()
        .filter(|_| !step.setting(TARGET).is_empty())
        .map(|name| format!("; `{name}` is not a known platform, so it may concern the target"));
    let platform = platform.unwrap_or_default();
    format!("{words}: {id}, {name} {version}: {title} ({patched}{platform})")
}

/// Returns the problem of an advisory that cannot be read.
fn unreadable(path: &str, why: &str) -> Event {
    // The path of the database differs between machines.
    let parts: Vec<&str> = path.rsplitn(4, '/').take(3).collect();
    let name: Vec<&str> = parts.into_iter().rev().collect();
    Event::Problem(Problem {
        text: name.join("/"),
        rule: UNREADABLE.to_owned(),
        message: format!("{UNREADABLE}: {} ({why})", name.join("/")),
        ..Problem::default()
    })
}

/// Returns whether a metric counts a finding.
fn is_counted(metric: &str, finding: &Finding) -> bool {
    const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "none"];
    let words = finding.message.split(": ").next().unwrap_or_default();
    let mut words = words.split(", ");
    match metric.trim_start_matches("audit.") {
        "vulnerabilities" => words.any(|word| SEVERITIES.contains(&word)),
        counted => words.any(|word| word == counted),
    }
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let mut standing = folded.standing_of(ADVISORIES_STEP, collector);
    let mut found = folded.problems(collector);
    found.retain(index::is_elsewhere);
    let advisories = DEFINITION.metrics.iter();
    for metric in advisories.filter(|metric| metric.name != YANKED) {
        let counted = found.iter().filter(|one| is_counted(metric.name, one));
        let reading = standing.total(counted.count() as f64);
        snapshot.metrics.insert(metric.name.to_owned(), reading);
    }
    if let Some(yanked) = index::yanked(folded, collector) {
        let reading = yanked.standing.total(yanked.findings.len() as f64);
        snapshot.metrics.insert(YANKED.to_owned(), reading);
        standing = standing.and(yanked.standing);
        found.extend(yanked.findings);
    }
    record(folded, &DEFINITION, &[], &standing, found, snapshot);
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    if index::is_index(summary.step) {
        return index::summary(summary);
    }
    let database = match &summary.step.action {
        Action::Read(files) => files.database.as_ref(),
        _ => None,
    };
    let commit = database.and_then(|database| database.commit.as_deref());
    let shown = commit.and_then(|commit| commit.get(..8));
    terms([
        shown.map(|commit| Term::Text(format!("database {commit}"))),
        summary
            .value("audit.vulnerabilities")
            .map(|count| Term::Plural(count, "vulnerability", "vulnerabilities")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;
    use crate::plan::Database;
    use crate::workspace::FileRole;

    const LOCK: &str = "\
version = 4

[[package]]
name = \"app\"
version = \"0.1.0\"

[[package]]
name = \"small\"
version = \"1.0.0\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"

[[package]]
name = \"small\"
version = \"2.0.0-alpha.1\"
source = \"sparse+https://index.crates.io/\"

[[package]]
name = \"small\"
version = \"1.0.1\"
source = \"git+https://example.invalid/small#0\"

[[package]]
name = \"old\"
version = \"0.1.0\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"
";

    /// `RUSTSEC-1 small key = "value" ..`: an advisory with these keys, patched from 2.0.0 on.
    fn advisory(text: &str) -> InputFile {
        let (id, rest) = text.split_once(' ').unwrap();
        let (package, keys) = rest.split_once(' ').unwrap_or((rest, ""));
        let keys = keys.replace("; ", "\n");
        file(
            &format!("/db/crates/{package}/{id}.md"),
            &format!(
                "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\n{keys}\n\
                 [versions]\npatched = [\">= 2.0.0\"]\n```\n# Title: of {id}\n"
            ),
        )
    }

    fn file(path: &str, text: &str) -> InputFile {
        InputFile {
            path: path.to_owned(),
            package: String::new(),
            others: Vec::new(),
            role: FileRole::default(),
            text: text.to_owned(),
        }
    }

    /// Returns the step of the collector with a setting.
    fn audit(database: Database, unscored: &str) -> Step {
        let step = plan("audit: audit").steps.remove(0);
        let step = step.with_setting(UNSCORED, &[unscored.to_owned()]);
        Step {
            action: Action::Read(FileSet {
                database: Some(database),
                ..FileSet::default()
            }),
            ..step
        }
    }

    /// Folds a lockfile and advisories. Lists what is not zero.
    fn folded(step: Step, lock: &str, advisories: &[InputFile]) -> Vec<String> {
        let mut files = vec![file(LOCKFILE, lock)];
        files.extend(advisories.iter().cloned());
        let mut found = events("start audit");
        let mut noise = 0;
        let read = read_files(&step, &mut files.into_iter(), &mut |event| {
            noise += u64::from(matches!(event, Event::Noise { .. }));
            found.push(event);
        });
        let mut ends = events("start audit\nend 0").split_off(1);
        if let (Event::Ended(ended), Err(why)) = (&mut ends[0], &read) {
            ended.ending = crate::event::Ending::Exited(1);
            ended.stderr_tail = why.clone();
        }
        if let (Event::Ended(ended), 1..) = (&mut ends[0], noise) {
            ended.odd.insert("unreadable".to_owned(), noise);
        }
        found.extend(ends);
        let mut plan = plan("audit: audit");
        plan.steps = vec![step];
        let mut fold = Fold::new(&plan, &workspace(&["app"]), &BTreeMap::new());
        found.iter().for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        let mut lines = shown(&snapshot, &[]);
        lines.retain(|line| !line.ends_with(" 0"));
        lines
    }

    const CRITICAL: &str = "cvss = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"";

    #[test]
    fn advisories_are_counted_by_severity_and_kind_for_packages_of_crates_io() {
        let advisories = [
            format!("RUSTSEC-1 small {CRITICAL}"),
            "RUSTSEC-2 small".to_owned(),
            format!("RUSTSEC-3 small {CRITICAL}; withdrawn = \"2026-01-01\""),
            format!("RUSTSEC-4 app {CRITICAL}"),
            "RUSTSEC-5 old informational = \"unmaintained\"".to_owned(),
            "RUSTSEC-6 absent".to_owned(),
        ];
        let advisories: Vec<InputFile> = advisories.iter().map(|text| advisory(text)).collect();
        let expected = [
            "audit.critical 2",
            "audit.high 2",
            "audit.unmaintained 1",
            "audit.unscored 2",
            "audit.vulnerabilities 4",
            "audit  Warning Cargo.lock:8 audit::RUSTSEC-1 [] x1",
            "audit  Warning Cargo.lock:13 audit::RUSTSEC-1 [] x1",
            "audit  Warning Cargo.lock:8 audit::RUSTSEC-2 [] x1",
            "audit  Warning Cargo.lock:13 audit::RUSTSEC-2 [] x1",
            "audit  Warning Cargo.lock:23 audit::RUSTSEC-5 [] x1",
            "audit covers [app]",
        ];
        let current = Database::default();
        assert_eq!(
            folded(audit(current.clone(), "high"), LOCK, &advisories),
            expected
        );
        let low = folded(audit(current, "low"), LOCK, &advisories);
        let counts = ["audit.critical 2", "audit.low 2"].map(str::to_owned);
        assert_eq!(low[..2], counts);
    }

    fn has(lines: &[String], start: &str) -> bool {
        lines.iter().any(|line| line.starts_with(start))
    }

    #[test]
    fn nothing_found_in_a_flawed_database_is_not_zero() {
        let database = Database {
            flaw: Some("it is old".to_owned()),
            ..Database::default()
        };
        let clean = folded(
            audit(database.clone(), "high"),
            LOCK,
            &[advisory("RUSTSEC-6 absent")],
        );
        assert!(
            has(&clean, "audit.vulnerabilities ? >= 0 it is old (git clone "),
            "{clean:#?}"
        );
        let found = folded(audit(database, "high"), LOCK, &[advisory("RUSTSEC-2 old")]);
        assert!(
            has(&found, "audit.high ? >= 1 it is old (git clone "),
            "{found:#?}"
        );
    }

    #[test]
    fn unreadable_advisory_loses_no_other_and_matters_if_its_package_is_locked() {
        let broken = |package: &str| file(&format!("/db/crates/{package}/RUSTSEC-9.md"), "text");
        let others = folded(
            audit(Database::default(), "high"),
            LOCK,
            &[broken("absent"), advisory("RUSTSEC-2 old")],
        );
        let expected = [
            "audit.high 1",
            "audit.unreadable 1",
            "audit.unscored 1",
            "audit.vulnerabilities 1",
            "audit  Warning - audit::unreadable [] x1",
            "audit  Warning Cargo.lock:23 audit::RUSTSEC-2 [] x1",
            "audit covers [app]",
        ];
        assert_eq!(others, expected);
        let own = folded(
            audit(Database::default(), "high"),
            LOCK,
            &[broken("small"), advisory("RUSTSEC-2 old")],
        );
        let reason = "a file could not be read: /db/crates/small/RUSTSEC-9.md: it does not begin with \
                      a TOML block";
        let expected = format!("audit.vulnerabilities ? >= 1 {reason}");
        assert!(own.contains(&expected), "{own:#?}");
    }

    #[test]
    fn lockfile_or_database_without_entries_gives_no_value() {
        let one = [advisory("RUSTSEC-2 old")];
        let table: [(&str, &[InputFile], &str); 3] = [
            (LOCK, &[], "the database has no advisories"),
            (
                "<<<<<<< HEAD",
                &one,
                "Cargo.lock is not written as cargo writes it",
            ),
            (
                "[[package]]\nname = \"a\"\nversion = \"one\"\n",
                &one,
                "`one` of `a` in Cargo.lock is not a version",
            ),
        ];
        for (lock, advisories, reason) in table {
            let found = folded(audit(Database::default(), "high"), lock, advisories);
            let expected = format!("audit.high ? the files could not be read: {reason}");
            assert!(found.contains(&expected), "{found:#?}");
        }
    }

    #[test]
    fn target_leaves_out_advisories_about_other_systems() {
        let text = advisory("RUSTSEC-2 old")
            .text
            .replace("[versions]", "[affected]\nos = [\"windows\"]\n[versions]");
        let advisories = [file("/db/crates/old/RUSTSEC-2.md", &text)];
        for (target, expected) in [
            ("x86_64-pc-windows-gnu", true),
            ("x86_64-unknown-linux-gnu", false),
        ] {
            let step = audit(Database::default(), "high");
            let found = folded(
                step.clone().with_setting(TARGET, &[target.to_owned()]),
                LOCK,
                &advisories,
            );
            assert_eq!(
                found.contains(&"audit.high 1".to_owned()),
                expected,
                "{target}"
            );
            assert!(folded(step, LOCK, &advisories).contains(&"audit.high 1".to_owned()));
        }
    }
}
