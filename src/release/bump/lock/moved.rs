//! Moves versions of workspace packages in a lockfile, in the form that cargo writes.
//!
//! Cargo's own refresh can change more: it forgets locked versions as soon as a package that
//! `[patch]` names has another version. Callers verify the result with `cargo metadata --locked`.

use semver::Version;

use super::{LockEntry, packages};
use crate::release::bump::Move;

/// Returns the lockfile with the moves and no other change. References use the shortest unambiguous
/// form, and packages of one name are ordered by version. Line endings stay the same.
pub fn moved(lock: &str, moves: &[Move]) -> String {
    let table = MovedPackages {
        packages: packages(lock),
        moves,
    };
    let mut blocks: Vec<LockBlock> = Vec::new();
    let mut block = Vec::new();
    for line in lock.split_inclusive('\n') {
        if line.starts_with('[') {
            blocks.push(LockBlock::new(&block, &table));
            block.clear();
        }
        block.push(line);
    }
    blocks.push(LockBlock::new(&block, &table));
    // Cargo sorts packages of one name by version, so a move may change their order.
    for alike in blocks.chunk_by_mut(|a, b| a.key.0 == b.key.0) {
        let blank: Vec<String> = alike.iter().map(|block| block.blank.clone()).collect();
        alike.sort_by(|a, b| a.key.cmp(&b.key));
        alike
            .iter_mut()
            .zip(blank)
            .for_each(|(block, blank)| block.blank = blank);
    }
    blocks
        .iter()
        .flat_map(|block| [block.text.as_str(), &block.blank])
        .collect()
}

/// A table header and its lines, with versions moved.
struct LockBlock {
    /// Name, version and source, by which cargo sorts.
    key: (String, Option<Version>, String),
    text: String,
    /// Blank lines before the next block. They stay at their position if blocks change places.
    blank: String,
}

impl LockBlock {
    fn new(lines: &[&str], table: &MovedPackages<'_>) -> Self {
        let blanks = lines
            .iter()
            .rev()
            .take_while(|line| line.trim().is_empty())
            .count();
        let (lines, blank) = lines.split_at(lines.len() - blanks);
        let header = lines.first().map_or("", |line| line.trim_end());
        // Unused patches are listed like packages.
        let listed = lines
            .concat()
            .replacen("[[patch.unused]]", "[[package]]", 1);
        let package = packages(&listed).pop().unwrap_or_default();
        let mut lines: Vec<String> = lines
            .iter()
            .map(|line| table.rewritten(line, &package))
            .collect();
        let alike =
            |a: &String, b: &String| is_reference(a) && is_reference(b) && name(a) == name(b);
        lines
            .chunk_by_mut(alike)
            .for_each(|alike| alike.sort_by(|a, b| quoted(a).cmp(quoted(b))));
        let version = table.version(&package).parse().ok();
        let source = package.source.to_owned();
        let sorted = if header == "[[package]]" {
            package.name.to_owned()
        } else {
            header.to_owned()
        };
        Self {
            key: (sorted, version, source),
            text: lines.concat(),
            blank: blank.concat(),
        }
    }
}

/// Formats a line of `dependencies`.
fn is_reference(line: &str) -> bool {
    line.trim_start().starts_with('"')
}

/// Returns the text between the quotes of a reference.
fn quoted(line: &str) -> &str {
    line.split('"').nth(1).unwrap_or_default()
}

fn name(line: &str) -> &str {
    quoted(line).split(' ').next().unwrap_or_default()
}

/// The packages before the moves, and the moves.
struct MovedPackages<'t> {
    packages: Vec<LockEntry<'t>>,
    moves: &'t [Move],
}

impl MovedPackages<'_> {
    /// Returns the version of a package after the moves.
    fn version(&self, package: &LockEntry<'_>) -> String {
        let moves =
            |one: &&Move| one.name == package.name && one.from.to_string() == package.version;
        let moves = self
            .moves
            .iter()
            .filter(|_| package.source.is_empty())
            .find(moves);
        moves.map_or_else(|| package.version.to_owned(), |one| one.to.to_string())
    }

    /// Returns a line of a package after the moves.
    fn rewritten(&self, line: &str, of: &LockEntry<'_>) -> String {
        // The lockfile also begins with a `version`, that of its format.
        if line.starts_with("version = ") && !of.name.is_empty() {
            return line.replacen(of.version, &self.version(of), 1);
        }
        let name = name(line);
        if !is_reference(line) || !self.moves.iter().any(|one| one.name == name) {
            return line.to_owned();
        }
        let alike: Vec<&LockEntry<'_>> = self.packages.iter().filter(|p| p.name == name).collect();
        let meant = alike.iter().find(|p| p.is_meant(quoted(line)));
        meant.map_or_else(
            || line.to_owned(),
            |p| line.replacen(quoted(line), &self.reference(p, &alike), 1),
        )
    }

    /// Returns the reference to a package, distinguished from others with the same name.
    fn reference(&self, package: &LockEntry<'_>, alike: &[&LockEntry<'_>]) -> String {
        let version = self.version(package);
        let same = alike
            .iter()
            .filter(|other| self.version(other) == version)
            .count();
        match (alike.len(), same, package.source) {
            (1, ..) => package.name.to_owned(),
            (_, 1, _) | (.., "") => format!("{} {version}", package.name),
            (.., source) => format!("{} {version} ({source})", package.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::bump::lock::drift;

    const HEAD: &str = "# @generated\nversion = 4\n";

    /// A lockfile of packages as `NAME VERSION [SOURCE] > REFERENCE, ..`.
    fn lock(packages: &[&str]) -> String {
        let block = |text: &&str| {
            let (id, references) = text.split_once(" > ").unwrap_or((text, ""));
            let id: Vec<&str> = id.split(' ').collect();
            let source = id.get(2).map_or_else(String::new, |s| {
                format!("source = \"{s}\"\nchecksum = \"{}\"\n", id[1])
            });
            let listed: String = references
                .split(", ")
                .map(|r| format!(" \"{r}\",\n"))
                .collect();
            let listed = if references.is_empty() {
                listed.replace(" \"\",\n", "")
            } else {
                format!("dependencies = [\n{listed}]\n")
            };
            format!(
                "\n[[package]]\nname = \"{}\"\nversion = \"{}\"\n{source}{listed}",
                id[0], id[1]
            )
        };
        HEAD.to_owned() + &packages.iter().map(block).collect::<String>()
    }

    fn moves(moves: &[(&str, &str, &str)]) -> Vec<Move> {
        let one = |(name, from, to): &(&str, &str, &str)| Move {
            name: (*name).to_owned(),
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
        moves.iter().map(one).collect()
    }

    #[test]
    fn versions_move_and_references_are_as_cargo_writes_them() {
        let core = [("core", "1.2.3", "2.0.0")];
        for (before, step, after) in [
            (
                &["api 1.2.3 > core, serde", "core 1.2.3", "serde 1.2.3 r"][..],
                core,
                &["api 1.2.3 > core, serde", "core 2.0.0", "serde 1.2.3 r"][..],
            ),
            // Of two of one name that is meant which has no source; the other may need less or more to be told from it.
            (
                &[
                    "api 1.0.0 > core 0.9.0, core 1.2.3",
                    "core 0.9.0 r",
                    "core 1.2.3",
                ],
                core,
                &[
                    "api 1.0.0 > core 0.9.0, core 2.0.0",
                    "core 0.9.0 r",
                    "core 2.0.0",
                ],
            ),
            (
                &[
                    "api 1.0.0 > core 1.2.3",
                    "core 1.2.3",
                    "core 1.2.3 r",
                    "z 1.0.0 r > core 1.2.3 (r)",
                ],
                core,
                &[
                    "api 1.0.0 > core 2.0.0",
                    "core 1.2.3 r",
                    "core 2.0.0",
                    "z 1.0.0 r > core 1.2.3",
                ],
            ),
            (
                &[
                    "api 1.0.0 > core 1.2.3, core 2.0.0",
                    "core 1.2.3",
                    "core 2.0.0 r",
                ],
                core,
                &[
                    "api 1.0.0 > core 2.0.0, core 2.0.0 (r)",
                    "core 2.0.0",
                    "core 2.0.0 r",
                ],
            ),
            // The order is that of versions for packages, of texts for references.
            (
                &[
                    "api 1.0.0 > core 1.2.3, core 3.0.0",
                    "core 1.2.3",
                    "core 3.0.0 r",
                ],
                [("core", "1.2.3", "10.0.0")],
                &[
                    "api 1.0.0 > core 10.0.0, core 3.0.0",
                    "core 3.0.0 r",
                    "core 10.0.0",
                ],
            ),
            (
                &["core 1.2.4", "core-x 1.2.3"],
                core,
                &["core 1.2.4", "core-x 1.2.3"],
            ),
        ] {
            let (before, moves) = (lock(before), moves(&step));
            let unused = "\n[[patch.unused]]\nname = \"core\"\nversion = \"1.2.3\"\n";
            for (crlf, behind) in [(false, ""), (true, ""), (false, unused)] {
                let ends = |text: String| {
                    if crlf {
                        text.replace('\n', "\r\n")
                    } else {
                        text
                    }
                };
                let (before, after) = (
                    format!("{before}{behind}"),
                    lock(after) + &behind.replace("1.2.3", step[0].2),
                );
                let moved = moved(&ends(before.clone()), &moves);
                assert_eq!(moved, ends(after));
                assert!(drift(&before, &moved, &moves).is_empty());
            }
        }
    }

    #[test]
    fn what_is_no_lockfile_stays() {
        for text in [
            "",
            "\n\n",
            "[[package]]",
            "[[package]]\nname",
            "x\n[[package]]\nversion = \"1\"\n \"core",
            "version = 3\n",
        ] {
            assert_eq!(
                moved(
                    text,
                    &moves(&[("core", "1.2.3", "2.0.0"), ("", "1.0.0", "2.0.0")])
                ),
                text
            );
        }
    }
}
