//! `build`: all diagnostics of `cargo build`, and the warnings of build scripts.

use std::collections::BTreeMap;

use super::check::{by_package, is_error, record};
use super::{Folded, findings};
use crate::plan::Collector;
use crate::snapshot::Snapshot;

/// `build.errors`, `build.warnings`, `build.script_warnings`, findings and coverage.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let collector = Collector::Build;
    let standing = folded.standing(&collector);
    let messages = folded
        .steps_of(&collector)
        .flat_map(|s| s.facts.messages.iter());
    let selected = messages.filter(|m| folded.packages.contains(&m.diagnostic.package));
    let found = findings::findings(&collector, selected, &folded.outlines);
    let scripts: usize = folded
        .steps_of(&collector)
        .map(|s| script_warnings(folded, &s.ended.stderr_tail))
        .sum();
    let readings = [
        (
            "build.errors",
            standing.count(&folded.packages, &by_package(&found, &is_error)),
        ),
        (
            "build.warnings",
            standing.count(&folded.packages, &by_package(&found, &|f| !is_error(f))),
        ),
        ("build.script_warnings", standing.whole(scripts as f64)),
    ];
    record(snapshot, &collector, readings, found, &standing, folded);
}

/// Lines `warning: NAME@VERSION: TEXT` of selected members: cargo gives what build scripts warn of on stderr only. The
/// driver keeps the end of stderr, so of very many warnings only the last are counted.
fn script_warnings(folded: &Folded, stderr: &str) -> usize {
    let versions: BTreeMap<&str, &str> = folded
        .workspace
        .members
        .iter()
        .map(|m| (m.name.as_str(), m.version.as_str()))
        .collect();
    let is_one = |line: &&str| {
        let said = line
            .strip_prefix("warning: ")
            .and_then(|rest| rest.split_once(": "));
        let package = said.and_then(|(package, _)| package.split_once('@'));
        package.is_some_and(|(name, version)| versions.get(name) == Some(&version))
    };
    stderr.lines().filter(is_one).count()
}
