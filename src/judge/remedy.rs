//! The next command to type, when a gate is open.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::derived::{Member, members};
use super::subject::Subject;
use super::{Evidence, cover, places};
use crate::event::Outcome;
use crate::metric::Alike;
use crate::plan::{Collector, quote};
use crate::snapshot::Provenance;

/// Measures the baseline anew.
pub const PIN: &str = "cargo campaign baseline";

/// Judges the whole workspace, as the baseline was measured.
pub(super) const WHOLE: &str = "cargo campaign gate --workspace";

/// Measures one value of the baseline anew and keeps the others.
pub(super) fn pin_only(metric: &str) -> String {
    word(metric).map_or_else(|| PIN.to_owned(), |metric| format!("cargo campaign baseline --only {metric}"))
}

/// Shows what is wrong with changelogs.
const LINT: &str = "cargo campaign changelog lint";

/// How many packages a command names before it takes the whole workspace.
const NAMED: usize = 5;

/// Measures what is missing.
pub(super) fn measure(collector: &Collector) -> String {
    format!("cargo campaign run {}", word(collector.name()).unwrap_or_default()).trim_end().to_owned()
}

/// Returns how to measure so that both sides are alike in the field in which they differ: as the baseline was measured where
/// a command can do that, else by measuring the baseline again.
pub(super) fn realign(field: &str, base: &Provenance, head: &Provenance) -> String {
    match field {
        "toolchain" => return with_toolchain(&base.toolchain.rustc),
        "environment" => return with_environment(&base.env, &head.env),
        _ => {}
    }
    let like_base = match field {
        "profile" => word(&base.profile).map(|profile| format!("--profile {profile}")),
        "features" => feature_flags(&base.features),
        "scope" if base.scope.is_empty() => Some("--workspace".to_owned()),
        "scope" => named(base.scope.iter().map(String::as_str)),
        "target" => {
            word(base.target.as_ref().unwrap_or(&base.toolchain.host)).map(|target| format!("--target {target}"))
        }
        _ => None,
    };
    match like_base {
        Some(flags) => format!("cargo campaign gate {flags}"),
        None => PIN.to_owned(),
    }
}

/// Returns the flags that select these features, whatever the configuration selects. `None` if a name would have to be
/// quoted.
fn feature_flags(features: &str) -> Option<String> {
    let list = |names: &str| word(&names.replace(' ', ",")).map(|names| format!("-F {names}"));
    match features {
        "all" => Some("--all-features".to_owned()),
        "none" => Some("--no-default-features".to_owned()),
        "" | "default" => list("default"),
        _ => match (features.strip_prefix("default and "), features.strip_prefix("only ")) {
            (Some(names), _) => list(names),
            (None, Some(names)) => list(names).map(|flag| format!("--no-default-features {flag}")),
            (None, None) => None,
        },
    }
}

/// Returns the command that judges with a released toolchain. Nightlies are not found by their version.
pub fn with_toolchain(rustc: &str) -> String {
    let version = rustc.split_whitespace().next().unwrap_or_default();
    let released = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit() || c == '.');
    match released {
        true => format!("rustup run {version} cargo campaign gate (or pin this toolchain: {PIN})"),
        false => PIN.to_owned(),
    }
}

/// Returns the command that judges with the variables that the baseline was measured with.
fn with_environment(base: &BTreeMap<String, String>, head: &BTreeMap<String, String>) -> String {
    let differs = |name: &&String| super::alike::is_flag(name) && base.get(*name) != head.get(*name);
    let differ: BTreeSet<&String> = base.keys().chain(head.keys()).filter(differs).collect();
    if differ.is_empty() {
        return PIN.to_owned();
    }
    let (set, unset): (Vec<&String>, Vec<&String>) = differ.into_iter().partition(|name| base.contains_key(*name));
    let unset = unset.into_iter().map(|name| format!("-u {}", quote(name)));
    let set = set.into_iter().map(|name| quote(&format!("{name}={}", base[name])));
    let variables: Vec<String> = unset.chain(set).collect();
    format!("env {} cargo campaign gate", variables.join(" "))
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
    // Tests have errors and lints of their own.
    let targets = if matches!(collector, Collector::Check | Collector::Clippy) { " --all-targets" } else { "" };
    format!("cargo {tool} {flags}{targets}{}", like(&evidence.head.provenance))
}

/// Returns the flags with which the values were measured, where they are not cargo's own: without them a command could
/// show nothing wrong.
fn like(measured: &Provenance) -> String {
    let features = Some(measured.features.as_str()).filter(|features| !matches!(*features, "" | "default"));
    let features = features.and_then(feature_flags);
    let target = measured.target.as_deref().and_then(word).map(|target| format!("--target {target}"));
    let profile = word(&measured.profile).filter(|name| *name != "dev").map(|name| format!("--profile {name}"));
    features.into_iter().chain(target).chain(profile).map(|flag| format!(" {flag}")).collect()
}

/// Packages with something to show, by name.
fn culprits(subject: &Subject<'_>, evidence: &Evidence<'_>) -> BTreeSet<String> {
    if let Some(package) = &subject.package {
        return BTreeSet::from([package.clone()]);
    }
    let listed = evidence.comparison.map(|comparison| members(subject, comparison)).unwrap_or_default();
    let reading = evidence.head.snapshot.metrics.get(&subject.metric);
    let counted = reading.into_iter().flat_map(|r| &r.packages).filter(|(_, count)| **count > 0.0);
    // What did not compile has no count of its own, but errors.
    let found = evidence.head.snapshot.findings.iter();
    let found = found.filter(|finding| places::counts(&subject.metric, &subject.row.collector, finding));
    let names = listed.iter().map(Member::package).chain(counted.map(|(name, _)| name.as_str()));
    names.chain(found.map(|finding| finding.package.as_str())).map(str::to_owned).collect()
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
    // The id of a gate on a pattern has an asterisk.
    let pattern = || word(&id.replace('*', "")).map(|_| quote(id));
    match word(id).map(str::to_owned).or_else(pattern) {
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
