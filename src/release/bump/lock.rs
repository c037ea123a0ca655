//! `Cargo.lock` beside a bump: cargo refreshes it, this says whether it did nothing else.
//!
//! The file is machine-made, one item a line, so lines are read. Only packages without `source` are of the workspace.

use std::collections::{BTreeMap, BTreeSet};

use super::Move;

/// A package of the lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Package<'t> {
    name: &'t str,
    version: &'t str,
    source: &'t str,
    /// Everything else that is said of it, checksum and such.
    rest: Vec<&'t str>,
    /// `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`, as short as it is unmistakable.
    dependencies: Vec<&'t str>,
}

/// What differs between two lockfiles beside the versions of the packages that moved: `serde 1.0.1`, sorted. Empty when
/// the second is the first with the moves made.
pub fn drift(before: &str, after: &str, moves: &[Move]) -> Vec<String> {
    let from = moves.iter().map(|one| (one.name.as_str(), one.from.to_string())).collect();
    let to = moves.iter().map(|one| (one.name.as_str(), one.to.to_string())).collect();
    let (before, after) = (lines(before, &from), lines(after, &to));
    let changed = before.symmetric_difference(&after);
    changed
        .filter_map(|line| line.split(" | ").next())
        .map(str::to_owned)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The packages of the workspace that a lockfile holds in their old version, by name.
pub fn holds(lock: &str, moves: &[Move]) -> Vec<String> {
    let packages = packages(lock);
    let held = moves.iter().filter(|one| {
        let from = one.from.to_string();
        packages.iter().any(|p| p.source.is_empty() && p.name == one.name && p.version == from)
    });
    held.map(|one| one.name.clone()).collect()
}

/// One line for each package, its dependencies written in full, a moved version as `moved`.
fn lines(lock: &str, moved: &BTreeMap<&str, String>) -> BTreeSet<String> {
    let packages = packages(lock);
    let version = |p: &Package<'_>| {
        let moves = p.source.is_empty() && moved.get(p.name).is_some_and(|version| version == p.version);
        if moves { "moved".to_owned() } else { p.version.to_owned() }
    };
    let full = |p: &Package<'_>| format!("{} {} {}", p.name, version(p), p.source).trim_end().to_owned();
    let mut by_name: BTreeMap<&str, Vec<&Package<'_>>> = BTreeMap::new();
    packages.iter().for_each(|p| by_name.entry(p.name).or_default().push(p));
    let meant = |text: &str| {
        let name = text.split(' ').next().unwrap_or_default();
        let mut candidates = by_name.get(name).into_iter().flatten();
        candidates.find(|p| p.is_meant(text)).map_or_else(|| text.to_owned(), |p| full(p))
    };
    let line = |p: &Package<'_>| {
        let dependencies: BTreeSet<String> = p.dependencies.iter().map(|text| meant(text)).collect();
        let dependencies: Vec<&str> = dependencies.iter().map(String::as_str).collect();
        format!("{} | {} | {}", full(p), p.rest.join(", "), dependencies.join(", "))
    };
    packages.iter().map(line).collect()
}

impl Package<'_> {
    /// Is this the package that a line of dependencies names?
    fn is_meant(&self, text: &str) -> bool {
        let mut words = text.splitn(3, ' ').skip(1);
        let version = words.next().is_none_or(|version| version == self.version);
        version && words.next().is_none_or(|source| source.trim_matches(['(', ')']) == self.source)
    }
}

fn packages(lock: &str) -> Vec<Package<'_>> {
    let mut packages: Vec<Package<'_>> = Vec::new();
    let mut within = false;
    for line in lock.lines().map(str::trim) {
        if line.starts_with('[') {
            within = line == "[[package]]";
            packages.extend(within.then(Package::default));
            continue;
        }
        let Some(package) = packages.last_mut().filter(|_| within) else { continue };
        match line.split_once(" = ") {
            Some(("name", value)) => package.name = value.trim_matches('"'),
            Some(("version", value)) => package.version = value.trim_matches('"'),
            Some(("source", value)) => package.source = value.trim_matches('"'),
            Some(("dependencies", _)) | None => {
                let name = line.trim_end_matches(',').trim_matches('"');
                package.dependencies.extend(line.starts_with('"').then_some(name));
            }
            Some(_) => package.rest.push(line),
        }
    }
    packages
}
