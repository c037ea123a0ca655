//! The next command to type, when a gate is open.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::derived::{Member, members};
use super::subject::Subject;
use super::{Evidence, cover};
use crate::event::Outcome;
use crate::metric::Alike;
use crate::plan::Collector;
use crate::snapshot::Provenance;

/// Measures the baseline anew.
pub(super) const PIN: &str = "cargo campaign baseline";

/// Shows what is wrong with changelogs.
const LINT: &str = "cargo campaign changelog lint";

/// How many packages a command names before it takes the whole workspace.
const NAMED: usize = 5;

/// What is wrong with the store, among others.
pub(super) const DOCTOR: &str = "cargo campaign doctor";

/// Measures what is missing.
pub(super) fn measure(collector: &Collector) -> String {
    format!("cargo campaign run {}", word(collector.name()).unwrap_or_default()).trim_end().to_owned()
}

/// Measures again so that both sides are alike in the field in which they differ.
pub(super) fn realign(field: &str, base: &Provenance, collector: &Collector) -> String {
    let like_base = match field {
        "profile" => word(&base.profile).map(|profile| format!("--profile {profile}")),
        "features" => match base.features.as_str() {
            "default" => Some(String::new()),
            "all" => Some("--all-features".to_owned()),
            "none" => Some("--no-default-features".to_owned()),
            list => word(list).map(|list| format!("-F {list}")),
        },
        "scope" if base.scope.is_empty() => Some("--workspace".to_owned()),
        "scope" => named(base.scope.iter().map(String::as_str)),
        "target" => base.target.as_deref().and_then(word).map(|target| format!("--target {target}")),
        _ => None,
    };
    match like_base {
        Some(flags) => format!("{} {flags}", measure(collector)).trim_end().to_owned(),
        None => PIN.to_owned(),
    }
}

/// Shows what violates the gate.
pub(super) fn violation(subject: &Subject<'_>, evidence: &Evidence<'_>) -> String {
    let collector = &subject.row.collector;
    let tool = match collector {
        _ if subject.row.alike == Alike::Machine => return measure(collector),
        Collector::Fmt => return "cargo fmt".to_owned(),
        Collector::Test => return test(subject, evidence),
        Collector::Check => "check",
        Collector::Build => "build",
        Collector::Clippy => "clippy",
        Collector::Doc => "doc --no-deps",
        Collector::Changelog => return LINT.to_owned(),
        Collector::Bench | Collector::Loc | Collector::Own(_) => return explain(&subject.id),
    };
    let packages = culprits(subject, evidence);
    let flags = named(packages.iter().map(String::as_str)).unwrap_or_else(|| "--workspace".to_owned());
    format!("cargo {tool} {flags}")
}

/// Packages with something to show, by name.
fn culprits(subject: &Subject<'_>, evidence: &Evidence<'_>) -> BTreeSet<String> {
    if let Some(package) = &subject.package {
        return BTreeSet::from([package.clone()]);
    }
    let listed = evidence.comparison.map(|comparison| members(subject, comparison)).unwrap_or_default();
    let reading = evidence.head.snapshot.metrics.get(&subject.metric);
    let counted = reading.into_iter().flat_map(|r| &r.packages).filter(|(_, count)| **count > 0.0);
    listed.iter().map(|m| m.package().to_owned()).chain(counted.map(|(name, _)| name.clone())).collect()
}

/// Runs the first test that makes the figure, or says what was lost.
fn test(subject: &Subject<'_>, evidence: &Evidence<'_>) -> String {
    let lost =
        ["test.vanished", "test.newly_ignored", "test.total", "test.passed", "test.doc.total", "test.doc.passed"];
    if lost.contains(&subject.metric.as_str()) {
        return "cargo campaign diff".to_owned();
    }
    if subject.metric == "test.incomplete" {
        let mut suites = evidence.head.snapshot.incomplete.keys();
        let ours = |suite: &&String| subject.package.as_ref().is_none_or(|package| cover::owner(suite) == package);
        return suites.find(ours).and_then(|suite| run_suite(suite)).unwrap_or_else(|| measure(&Collector::Test));
    }
    let regressed = evidence.comparison.map(|comparison| members(subject, comparison)).unwrap_or_default();
    let first = regressed.iter().find_map(|member| match member {
        Member::Test(id) => Some(*id),
        Member::Finding(_) => None,
    });
    let failed = || failing(subject, evidence).next();
    match first.or_else(failed).and_then(run_test) {
        Some(command) => command,
        None => explain(&subject.id),
    }
}

/// Ids of failing tests of the subject's package or all.
pub(super) fn failing<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> impl Iterator<Item = &'a str> {
    let package = subject.package.clone();
    let doc = subject.metric.starts_with("test.doc.");
    evidence
        .head
        .snapshot
        .tests
        .iter()
        .filter(move |(_, test)| test.outcome == Outcome::Failed)
        .filter(move |(_, test)| package.as_ref().is_none_or(|package| test.package == *package))
        .map(|(id, _)| id.as_str())
        .filter(move |id| !doc || cover::suite(id).1 == "doc")
}

/// `cargo test -p riptide-pool --lib`: a whole suite, by its id.
fn run_suite(id: &str) -> Option<String> {
    let (package, suite) = cover::suite(id);
    let target = match suite.split_once(':') {
        Some((kind, name)) => format!("--{kind} {}", word(name)?),
        None => format!("--{suite}"),
    };
    Some(format!("cargo test -p {} {target}", word(package)?))
}

/// `cargo test -p riptide-pool pool::tests::reconnect`.
fn run_test(id: &str) -> Option<String> {
    let (package, suite) = cover::suite(id);
    let package = word(package)?;
    let name = id.rsplit(' ').next().filter(|name| *name != package).and_then(word);
    Some(match (suite, name) {
        ("doc", _) => format!("cargo test -p {package} --doc"),
        ("lib", Some(name)) => format!("cargo test -p {package} {name}"),
        ("lib", None) => format!("cargo test -p {package}"),
        (target, name) => {
            let target = target.split_once(':').and_then(|(kind, name)| Some(format!("--{kind} {}", word(name)?)))?;
            format!("cargo test -p {package} {target} {}", name.unwrap_or_default()).trim_end().to_owned()
        }
    })
}

/// Says all there is to say about a gate.
pub(super) fn explain(id: &str) -> String {
    match word(id) {
        Some(id) => format!("cargo campaign explain {id}"),
        None => "cargo campaign status".to_owned(),
    }
}

/// `-p a -p b`; `None` when there are none, too many, or one that a shell would not take as it is.
fn named<'a>(packages: impl Iterator<Item = &'a str>) -> Option<String> {
    let words: Option<Vec<String>> = packages.map(|p| word(p).map(|p| format!("-p {p}"))).collect();
    words.filter(|words| (1..=NAMED).contains(&words.len())).map(|words| words.join(" "))
}

/// The text, when it is one plain word that needs no quoting: what is printed here will be pasted into a shell.
fn word(text: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-:.,/@+#".contains(c);
    (!text.is_empty() && !text.starts_with(['-', '#']) && text.chars().all(plain)).then_some(text)
}
