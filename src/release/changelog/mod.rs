//! Changelogs: read, drafted from commits, cut into releases, linted, turned into release notes.
//!
//! The format is Keep a Changelog 2.0.0 (<https://keepachangelog.com/en/2.0.0/>); older files and other habits are read,
//! and written in their own style. A text is never written anew: it is changed by splices, so that every byte outside of
//! them stays as it was. Text from commits is hostile until it went through `entry`.
//!
//! | module | owns |
//! |---|---|
//! | `line`, `outline`, `html` | lines and blocks of Markdown |
//! | `title`, `document`, `group` | sections, their headings, their groups |
//! | `splice` | the only way to change a text |
//! | `draft`, `commit`, `message`, `pulls`, `revert` | what commits suggest |
//! | `said`, `entry`, `merge`, `open` | what is said already; new entries in the file's style |
//! | `lint` | what is wrong |
//! | `impact` | what level of version the changes ask for |
//! | `notes`, `inline` | a section as release notes |
//! | `cut`, `heading`, `footer`, `forge` | a release out of what is unreleased; links between versions |

mod commits;
mod document;
mod draft;
mod entry;
mod impact;
mod insert;
mod lint;
mod markdown;
mod notes;
mod release;
mod splice;

#[cfg(test)]
mod tests;

use document::ParsedChangelog;
use semver::Version;

pub use commits::{Commit, Directories, Log};
pub use document::ChangeType;
pub use draft::{Considered, DraftInputs, DraftResult, Fate, Suggestion, draft};
pub use impact::{Impact, Impacts, entries, impacts, lines, unreleased_entries};
pub use insert::NEW;
pub use lint::{LintContext, LintProblem, Rule, lint};
pub use notes::{NotesPlace, notes};
pub use release::{CutInputs, CutRefusal, cut};

/// The day in the heading of a release, as written.
pub fn dated(text: &str, version: &Version) -> Option<String> {
    let doc = ParsedChangelog::read(text);
    let section = doc.release(version)?;
    Some(doc.title_text(&section.heading)[section.release()?.date.clone()?].to_owned())
}

/// The latest day that a release other than `version` has in a changelog, with that release. Days in another form than
/// `YYYY-MM-DD` are not read.
pub fn latest(text: &str, version: &Version) -> Option<(String, Version)> {
    let doc = ParsedChangelog::read(text);
    let others = doc
        .releases()
        .filter(|(_, release)| release.version != *version);
    let dated = others.filter_map(|(section, release)| {
        let day = &doc.title_text(&section.heading)[release.date.clone()?];
        document::find_date(day).map(|_| (day.to_owned(), release.version.clone()))
    });
    dated.max()
}

/// The releases that a changelog lists, in its order; those whose date is open are none.
pub fn versions(text: &str) -> Vec<Version> {
    ParsedChangelog::read(text)
        .releases()
        .map(|(_, release)| release.version.clone())
        .collect()
}
