//! A lockfile with versions of the workspace moved, as cargo would write it.
//!
//! Cargo's own refresh can do more: it lets go of what it held as soon as a package that `[patch]` names has another
//! version. Whether cargo takes the text below is for `cargo metadata --locked` to say.

use semver::Version;

use super::{Package, packages};
use crate::release::bump::Move;

/// The lockfile with the moves made and nothing else: references as short as they are unmistakable, packages of one name in
/// the order of their versions. Line ends stay.
pub fn moved(lock: &str, moves: &[Move]) -> String {
    let table = Table {
        packages: packages(lock),
        moves,
    };
    let mut blocks: Vec<Block> = Vec::new();
    let mut block = Vec::new();
    for line in lock.split_inclusive('\n') {
        if line.starts_with('[') {
            blocks.push(Block::new(&block, &table));
            block.clear();
        }
        block.push(line);
    }
    blocks.push(Block::new(&block, &table));
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

/// A header with what belongs to it, versions moved.
struct Block {
    /// Name, version, source; cargo sorts by it.
    key: (String, Option<Version>, String),
    text: String,
    /// Lines that part it from the next, and stay where they are when blocks change places.
    blank: String,
}

impl Block {
    fn new(lines: &[&str], table: &Table<'_>) -> Self {
        let blanks = lines
            .iter()
            .rev()
            .take_while(|line| line.trim().is_empty())
            .count();
        let (lines, blank) = lines.split_at(lines.len() - blanks);
        let header = lines.first().map_or("", |line| line.trim_end());
        // What a `[patch]` names and nobody uses is listed like a package.
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

/// A line of `dependencies`.
fn is_reference(line: &str) -> bool {
    line.trim_start().starts_with('"')
}

/// What stands between the quotes of a reference.
fn quoted(line: &str) -> &str {
    line.split('"').nth(1).unwrap_or_default()
}

fn name(line: &str) -> &str {
    quoted(line).split(' ').next().unwrap_or_default()
}

/// The packages before the moves, and the moves.
struct Table<'t> {
    packages: Vec<Package<'t>>,
    moves: &'t [Move],
}

impl Table<'_> {
    /// The version of a package after the moves.
    fn version(&self, package: &Package<'_>) -> String {
        let moves =
            |one: &&Move| one.name == package.name && one.from.to_string() == package.version;
        let moves = self
            .moves
            .iter()
            .filter(|_| package.source.is_empty())
            .find(moves);
        moves.map_or_else(|| package.version.to_owned(), |one| one.to.to_string())
    }

    /// A line of a package after the moves.
    fn rewritten(&self, line: &str, of: &Package<'_>) -> String {
        if line.starts_with("version = ") && !of.name.is_empty() {
            return line.replacen(of.version, &self.version(of), 1);
        }
        let name = name(line);
        if !is_reference(line) || !self.moves.iter().any(|one| one.name == name) {
            return line.to_owned();
        }
        let alike: Vec<&Package<'_>> = self.packages.iter().filter(|p| p.name == name).collect();
        let meant = alike.iter().find(|p| p.is_meant(quoted(line)));
        meant.map_or_else(
            || line.to_owned(),
            |p| line.replacen(quoted(line), &self.reference(p, &alike), 1),
        )
    }

    /// A package as others refer to it, told from those that are called alike.
    fn reference(&self, package: &Package<'_>, alike: &[&Package<'_>]) -> String {
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
