//! Changelogs: reading, drafting from commits, cutting releases, linting, release notes.
//!
//! The format is Keep a Changelog 2.0.0 (<https://keepachangelog.com/en/2.0.0/>). Files in older
//! formats are read as well, and edited in their own style. A text is only changed by splices, so
//! that every other byte stays the same. Text from commits must be escaped by `entry` before it is
//! inserted.
//!
//! | module | responsible for |
//! |---|---|
//! | `markdown` | lines, blocks and links of Markdown |
//! | `document` | sections, their headings and their groups |
//! | `dates` | dates of headings that are not in the form `2026-02-01` |
//! | `splice` | edits of a text |
//! | `commits` | commits and the meaning of their messages |
//! | `reverts` | the commits that others revert, according to their messages |
//! | `quiet` | the files whose changes do not concern users |
//! | `draft` | entries that commits suggest and the file does not mention yet |
//! | `entry`, `insert` | new entries in the file's style, at their place |
//! | `lint` | problems of a changelog |
//! | `impact` | the version change that the entries and commits require |
//! | `notes` | a section as release notes |
//! | `release` | turning unreleased changes into a release, links between versions |

mod commits;
mod dates;
mod document;
mod draft;
mod entry;
mod forge;
mod impact;
mod insert;
mod lint;
mod markdown;
mod notes;
mod quiet;
mod release;
mod reverts;
mod splice;

#[cfg(test)]
mod tests;

use document::ParsedChangelog;
use semver::Version;

pub use commits::{Commit, Directories, Log, Settled};
pub use draft::{Considered, DraftInputs, DraftResult, Fate, Suggestion, draft};
pub use impact::{
    Impact, Impacts, Loss, breaks, covers, description_of, entries, gone, has_unreleased_content,
    impacts, lines, loss, mark_repeated, names_kind, reverts_of_breaking, standing, unread_section,
    unreleased_entries,
};
pub use insert::NEW;
pub use lint::{LintContext, LintProblem, Rule, lint};
pub use notes::{NotesPlace, notes};
pub use quiet::QuietFiles;
pub use release::{CutInputs, CutRefusal, cut};
pub use reverts::{
    Revert, has_title, picked_ids, read_reverts_of_dropped, reverted_ids, reverted_positions,
    reverted_title_of, reverting_nothing, reverts, says_revert,
};

/// Returns the date in the heading of a release, as written. Sections of the packages `others` do not
/// count.
pub fn dated(text: &str, version: &Version, others: &[String]) -> Option<String> {
    let doc = ParsedChangelog::read_without(text, others);
    let section = doc.release(version)?;
    Some(doc.title_text(&section.heading)[section.release()?.date.clone()?].to_owned())
}

/// Returns the 1-based line of a release's heading if it has no date and that of another release has one. Sections of the packages
/// `others` do not count.
pub fn undated(text: &str, version: &Version, others: &[String]) -> Option<u32> {
    let doc = ParsedChangelog::read_without(text, others);
    let section = doc.release(version)?;
    let mut dates = doc
        .releases()
        .filter_map(|(_, release)| release.date.as_ref());
    let is_undated = section.release()?.date.is_none() && dates.next().is_some();
    is_undated.then(|| ParsedChangelog::number(section.heading.rows.start))
}

/// Returns whether the heading of a release names its package. `None` without a section for the version. Sections of the
/// packages `others` do not count.
pub fn names_package(text: &str, version: &Version, others: &[String]) -> Option<bool> {
    let doc = ParsedChangelog::read_without(text, others);
    let section = doc.release(version)?;
    Some(doc.package(section).is_some())
}

/// The date in the heading of a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatedRelease {
    /// In the form `YYYY-MM-DD`. The date may not exist.
    pub date: String,
    /// The version.
    pub version: Version,
    /// 1-based line of the heading.
    pub line: u32,
}

/// Returns the latest date of any release other than `version`. Only dates in the form `YYYY-MM-DD` are considered.
pub fn latest(text: &str, version: &Version) -> Option<DatedRelease> {
    let doc = ParsedChangelog::read(text);
    let others = doc
        .releases()
        .filter(|(_, release)| release.version != *version);
    let dated = others.filter_map(|(section, release)| {
        let day = &doc.title_text(&section.heading)[release.date.clone()?];
        document::find_date(day).map(|_| DatedRelease {
            date: day.to_owned(),
            version: release.version.clone(),
            line: ParsedChangelog::number(section.heading.rows.start),
        })
    });
    dated.max()
}

/// Returns the releases of a changelog in its order, without pending ones and those of the packages
/// `others`.
pub fn versions(text: &str, others: &[String]) -> Vec<Version> {
    ParsedChangelog::read_without(text, others)
        .releases()
        .map(|(_, release)| release.version.clone())
        .collect()
}
