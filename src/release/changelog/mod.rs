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
//! | `weight` | what level of version the changes ask for |
//! | `notes`, `inline` | a section as release notes |
//! | `cut`, `heading`, `footer`, `forge` | a release out of what is unreleased; links between versions |

mod commit;
mod cut;
mod document;
mod draft;
mod entry;
mod footer;
mod forge;
mod group;
mod heading;
mod html;
mod inline;
mod line;
mod lint;
mod merge;
mod message;
mod notes;
mod open;
mod outline;
mod pulls;
mod revert;
mod said;
mod splice;
mod title;
mod weight;

#[cfg(test)]
mod tests;

use document::Document;
use semver::Version;

pub use commit::{Commit, Folders, Log};
pub use cut::{Cut, Refusal, cut};
pub use draft::{Considered, Draft, Drafted, Fate, Suggestion, draft};
pub use group::Type;
pub use lint::{Context, Problem, Rule, lint};
pub use notes::{Place, notes};
pub use open::NEW;
pub use weight::{Weight, Weights, entries, lines, unreleased_entries, weights};

/// The day in the heading of a release, as written.
pub fn dated(text: &str, version: &Version) -> Option<String> {
    let doc = Document::read(text);
    let section = doc.release(version)?;
    Some(doc.title_text(&section.heading)[section.release()?.date.clone()?].to_owned())
}

/// The latest day that a release other than `version` has in a changelog, with that release. Days in another form than
/// `YYYY-MM-DD` are not read.
pub fn latest(text: &str, version: &Version) -> Option<(String, Version)> {
    let doc = Document::read(text);
    let others = doc
        .releases()
        .filter(|(_, release)| release.version != *version);
    let dated = others.filter_map(|(section, release)| {
        let day = &doc.title_text(&section.heading)[release.date.clone()?];
        title::date(day).map(|_| (day.to_owned(), release.version.clone()))
    });
    dated.max()
}

/// The releases that a changelog lists, in its order; those whose date is open are none.
pub fn versions(text: &str) -> Vec<Version> {
    Document::read(text)
        .releases()
        .map(|(_, release)| release.version.clone())
        .collect()
}
