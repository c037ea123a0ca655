//! Compares lockfiles before and after a bump. Versions of workspace packages move; other changes
//! by cargo are reported.
//!
//! The file is generated with one item per line, so that it is read line by line. Only workspace
//! packages have no `source`.

mod moved;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Move;
pub use moved::moved;

/// A package in a lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct LockEntry<'t> {
    name: &'t str,
    version: &'t str,
    source: &'t str,
    /// Other keys such as the checksum.
    rest: Vec<&'t str>,
    /// Dependencies as `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`, whichever is the shortest
    /// unambiguous form.
    dependencies: Vec<&'t str>,
}

/// The differences between two lockfiles except for moved versions, as `serde 1.0.1`, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Packages that were added.
    pub added: Vec<String>,
    /// Packages that were removed.
    pub dropped: Vec<String>,
    /// Packages with other dependencies or another checksum.
    pub changed: Vec<String>,
}

impl Drift {
    /// Returns whether the lockfiles differ only in moved versions.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("adds", &self.added),
            ("drops", &self.dropped),
            ("changes", &self.changed),
        ];
        let parts = parts
            .into_iter()
            .filter(|(_, packages)| !packages.is_empty());
        let parts: Vec<String> = parts
            .map(|(what, packages)| format!("{what} {}", packages.join(", ")))
            .collect();
        f.write_str(&parts.join("; "))
    }
}

/// Returns the changes from the first to the second lockfile, except for the moves.
pub fn drift(before: &str, after: &str, moves: &[Move]) -> Drift {
    let from = moves
        .iter()
        .map(|one| (one.name.as_str(), one.from.to_string()))
        .collect();
    let to = moves
        .iter()
        .map(|one| (one.name.as_str(), one.to.to_string()))
        .collect();
    let (before, after) = (described(before, &from), described(after, &to));
    let missing = |of: &BTreeMap<Id, PackageContent>, from: &BTreeMap<Id, PackageContent>| {
        from.iter()
            .filter(|(id, _)| !of.contains_key(id))
            .map(|(_, said)| said.name.clone())
            .collect()
    };
    let changed = after
        .iter()
        .filter(|(id, said)| before.get(*id).is_some_and(|old| old.rest != said.rest));
    Drift {
        added: missing(&before, &after),
        dropped: missing(&after, &before),
        changed: changed.map(|(_, said)| said.name.clone()).collect(),
    }
}

/// Returns the names of the workspace packages that a lockfile has in their old version.
pub fn holds(lock: &str, moves: &[Move]) -> Vec<String> {
    let packages = packages(lock);
    let held = moves.iter().filter(|one| {
        let from = one.from.to_string();
        packages
            .iter()
            .any(|p| p.source.is_empty() && p.name == one.name && p.version == from)
    });
    held.map(|one| one.name.clone()).collect()
}

/// Name, version and source; a moved version is written as `moved`.
type Id = (String, String, String);

/// The content of a package in a lockfile.
struct PackageContent {
    /// Name and version, such as `serde 1.0.1`.
    name: String,
    /// Checksum and other keys, and dependencies in full.
    rest: String,
}

fn described(lock: &str, moved: &BTreeMap<&str, String>) -> BTreeMap<Id, PackageContent> {
    let packages = packages(lock);
    let version = |p: &LockEntry<'_>| {
        let moves = p.source.is_empty()
            && moved
                .get(p.name)
                .is_some_and(|version| version == p.version);
        if moves {
            "moved".to_owned()
        } else {
            p.version.to_owned()
        }
    };
    let id = |p: &LockEntry<'_>| (p.name.to_owned(), version(p), p.source.to_owned());
    let mut by_name: BTreeMap<&str, Vec<&LockEntry<'_>>> = BTreeMap::new();
    packages
        .iter()
        .for_each(|p| by_name.entry(p.name).or_default().push(p));
    let meant = |text: &str| {
        let name = text.split(' ').next().unwrap_or_default();
        let mut candidates = by_name.get(name).into_iter().flatten();
        candidates
            .find(|p| p.is_meant(text))
            .map_or_else(|| text.to_owned(), |p| format!("{:?}", id(p)))
    };
    packages
        .iter()
        .map(|p: &LockEntry<'_>| {
            let dependencies: BTreeSet<String> =
                p.dependencies.iter().map(|text| meant(text)).collect();
            let name = format!("{} {}", p.name, p.version);
            (
                id(p),
                PackageContent {
                    name,
                    rest: format!("{:?} {dependencies:?}", p.rest),
                },
            )
        })
        .collect()
}

impl LockEntry<'_> {
    /// Returns whether a dependency line names this package.
    fn is_meant(&self, text: &str) -> bool {
        let mut words = text.splitn(3, ' ').skip(1);
        let version = words.next().is_none_or(|version| version == self.version);
        version
            && words
                .next()
                .is_none_or(|source| source.trim_matches(['(', ')']) == self.source)
    }
}

fn packages(lock: &str) -> Vec<LockEntry<'_>> {
    let mut packages: Vec<LockEntry<'_>> = Vec::new();
    let mut within = false;
    for line in lock.lines().map(str::trim) {
        if line.starts_with('[') {
            within = line == "[[package]]";
            packages.extend(within.then(LockEntry::default));
            continue;
        }
        let Some(package) = packages.last_mut().filter(|_| within) else {
            continue;
        };
        match line.split_once(" = ") {
            Some(("name", value)) => package.name = value.trim_matches('"'),
            Some(("version", value)) => package.version = value.trim_matches('"'),
            Some(("source", value)) => package.source = value.trim_matches('"'),
            Some(("dependencies", _)) | None => {
                let name = line.trim_end_matches(',').trim_matches('"');
                package
                    .dependencies
                    .extend(line.starts_with('"').then_some(name));
            }
            Some(_) => package.rest.push(line),
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = "api"
version = "1.2.3"
dependencies = [
 "core 0.9.0",
 "core 1.2.3",
 "serde",
]

[[package]]
name = "core"
version = "0.9.0"
source = "registry+https://x.example"
checksum = "00"

[[package]]
name = "core"
version = "1.2.3"

[[package]]
name = "serde"
version = "1.0.1"
source = "registry+https://x.example"
checksum = "11"

[metadata]
name = "core"
"#;

    fn moves() -> Vec<Move> {
        let one = |name: &str| Move {
            name: name.to_owned(),
            from: "1.2.3".parse().unwrap(),
            to: "2.0.0".parse().unwrap(),
        };
        vec![one("api"), one("core")]
    }

    fn moved() -> String {
        LOCK.replace("1.2.3", "2.0.0")
    }

    #[test]
    fn moves_alone_are_no_drift() {
        // Of two packages with one name, only the workspace's moves; without the other, the name
        // alone is enough.
        let short = |text: &str| {
            let without = text
                .split("[[package]]\nname = \"core\"\nversion = \"0.9.0\"")
                .collect::<Vec<_>>();
            let rest = without[1].split_once("[[package]]").unwrap().1;
            format!("{}[[package]]{rest}", without[0]).replace(" \"core 0.9.0\",\n", "")
        };
        let named = |text: &str| {
            short(text)
                .replace("core 1.2.3", "core")
                .replace("core 2.0.0", "core")
        };
        let crlf = moved().replace('\n', "\r\n");
        for (before, after) in [
            (LOCK.to_owned(), moved()),
            (LOCK.to_owned(), crlf),
            (short(LOCK), short(&moved())),
            (short(LOCK), named(&moved())),
            (String::new(), String::new()),
        ] {
            assert!(drift(&before, &after, &moves()).is_empty(), "{after}");
        }
        assert!(drift(LOCK, LOCK, &[]).is_empty());
    }

    #[test]
    fn anything_else_is_drift() {
        let twice = moved().replace(
            "[metadata]",
            "[[package]]\nname = \"core\"\nversion = \"1.2.3\"\nsource = \"x\"\n\n[metadata]",
        );
        for (after, drifted) in [
            (
                moved().replace("1.0.1", "1.0.2"),
                "adds serde 1.0.2; drops serde 1.0.1; changes api 2.0.0",
            ),
            (moved().replace("\"11\"", "\"12\""), "changes serde 1.0.1"),
            (moved().replace(" \"serde\",\n", ""), "changes api 2.0.0"),
            (
                moved().replace("\"0.9.0\"", "\"2.0.0\""),
                "adds core 2.0.0; drops core 0.9.0; changes api 2.0.0",
            ),
            (
                LOCK.to_owned(),
                "adds api 1.2.3, core 1.2.3; drops api 1.2.3, core 1.2.3",
            ),
            (twice, "adds core 1.2.3"),
            (
                "name = \" = \"\n[[package]]\nname = ".to_owned(),
                "adds  ; drops api 1.2.3, core 0.9.0, core 1.2.3, serde 1.0.1",
            ),
        ] {
            assert_eq!(
                drift(LOCK, &after, &moves()).to_string(),
                drifted,
                "{after}"
            );
        }
    }

    #[test]
    fn a_lockfile_elsewhere_holds_what_moves_in_its_old_version() {
        assert_eq!(holds(LOCK, &moves()), ["api", "core"]);
        assert_eq!(holds(&moved(), &moves()), Vec::<String>::new());
        assert_eq!(
            holds(
                &LOCK.replace("version = \"1.2.3\"", "version = \"1.2.3\"\nsource = \"x\""),
                &moves()
            ),
            Vec::<String>::new()
        );
    }
}
