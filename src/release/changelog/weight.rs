//! How much changes ask of the next version: told from commits, and from entries that say they break something.

use semver::Version;

use super::commit::Commit;
use super::document::Document;
use super::group::Type;
use super::message::{self, Meaning};
use super::outline::Kind;
use super::revert::undone;

/// The weight of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Users lose and gain nothing.
    Fix,
    /// Users gain something.
    Feature,
    /// Users must change something.
    Breaking,
}

/// What commits (newest first, without merges) ask for, each with its reason: `a1b2c3d feat!: no more cookies`. Those that
/// were taken back, that concern no user or say nothing of their kind ask for nothing.
pub fn weights(commits: &[&Commit]) -> Vec<(Weight, String)> {
    let gone = undone(commits);
    let stands = commits.iter().enumerate().filter(|(at, _)| !gone.contains(at));
    let weighed = stands.filter_map(|(_, commit)| Some((weight(commit)?, told(commit))));
    weighed.collect()
}

fn told(commit: &Commit) -> String {
    format!("{} {}", commit.short(), commit.title())
}

/// The heaviest of the changes that a commit makes.
fn weight(commit: &Commit) -> Option<Weight> {
    let Meaning::Entries(entries) = message::read(&commit.message) else { return None };
    let of = |entry: &message::Entry| match entry.kind {
        _ if entry.breaking => Weight::Breaking,
        Type::Added | Type::Deprecated => Weight::Feature,
        Type::Changed | Type::Removed | Type::Fixed | Type::Security => Weight::Fix,
    };
    entries.iter().map(of).max()
}

/// The entries of a version's section that begin with `**Breaking` in whatever case, as written, without the bullet.
pub fn breaking(text: &str, version: &Version) -> Vec<String> {
    let doc = Document::read(text);
    let Some(section) = doc.release(version) else { return Vec::new() };
    let items = section.rows.clone().filter(|at| doc.row(*at).kind == Kind::Item).map(|at| doc.line(at).trim_start());
    let entries = items.map(|line| line.trim_start_matches(['-', '*', '+']).trim());
    let breaks = |line: &&str| line.trim_start_matches(['*', '_']).to_lowercase().starts_with("breaking");
    entries.filter(breaks).map(str::to_owned).collect()
}

/// How many lines of a version's section are no heading and say something; `None` without such a section.
pub fn lines(text: &str, version: &Version) -> Option<usize> {
    let doc = Document::read(text);
    let section = doc.release(version)?;
    let says = |at: &usize| doc.has_content(*at..*at + 1);
    Some(section.rows.clone().filter(says).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(id: &str, message: &str) -> Commit {
        Commit { id: format!("{id:0>40}"), message: message.into(), ..Commit::default() }
    }

    #[test]
    fn each_commit_asks_for_what_it_changes() {
        let id = "0".repeat(7);
        for (message, weight) in [
            ("feat: x", Some(Weight::Feature)),
            ("feat!: x", Some(Weight::Breaking)),
            ("fix(core): x\n\nBREAKING CHANGE: y", Some(Weight::Breaking)),
            ("chore!: drop rust 1.60", Some(Weight::Breaking)),
            ("fix: x", Some(Weight::Fix)),
            ("feat: drop x", Some(Weight::Fix)),
            ("docs: x", None),
            ("Do something", None),
            ("fixup! feat: x", None),
        ] {
            let commit = commit("a", message);
            let title = message.lines().next().unwrap_or_default();
            let expected: Vec<(Weight, String)> =
                weight.map(|weight| (weight, format!("{id} {title}"))).into_iter().collect();
            assert_eq!(weights(&[&commit]), expected, "{message}");
        }
    }

    #[test]
    fn what_was_taken_back_asks_for_nothing() {
        let id = "0".repeat(39) + "a";
        let gone = commit("a", "feat!: x");
        let revert = commit("b", &format!("Revert \"feat!: x\"\n\nThis reverts commit {id}."));
        assert_eq!(weights(&[&revert, &gone]), []);
    }

    #[test]
    fn a_section_tells_what_breaks_and_how_much_it_says() {
        let text = "\
# Changelog

## [2.0.0] - 2026-01-02

A summary.

### Changed

- **Breaking:** no more cookies
- Breaks nothing
* **BREAKING** two
- breaking: three

### Added

## [1.0.0] - 2026-01-01

- **Breaking:** old
";
        let version = Version::new(2, 0, 0);
        let found = breaking(text, &version);
        assert_eq!(found, ["**Breaking:** no more cookies", "**BREAKING** two", "breaking: three"]);
        assert_eq!(lines(text, &version), Some(5));
        assert_eq!((lines(text, &Version::new(3, 0, 0)), breaking(text, &Version::new(3, 0, 0)).len()), (None, 0));
        assert_eq!(lines("## 2.0.0\n\n### Added\n", &version), Some(0));
    }
}
