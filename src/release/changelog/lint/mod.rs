//! Lints a changelog for its readers, its tags and its manifests.
//!
//! Published sections should not be rewritten. Rules of style therefore apply only to versions that
//! have no tag yet. A version with several sections is always a problem.

mod agreement;
mod links;
mod published;
mod sections;

#[cfg(test)]
mod tests;

use semver::Version;
use serde::Serialize;

use super::document::ReleaseTitle;
use super::document::{ChangelogSection, ParsedChangelog};

/// The facts that a changelog is checked against.
#[derive(Clone, Copy, Debug, Default)]
pub struct LintContext<'a> {
    /// Name of the file, for the problems.
    pub file: &'a str,
    /// Current date, `YYYY-MM-DD`.
    pub today: &'a str,
    /// Versions that have a tag; `None` if unknown.
    pub tagged: Option<&'a [Version]>,
    /// Version in the manifest; `None` if the file covers packages with different versions.
    pub manifest: Option<&'a Version>,
    /// The file at the last tag; `None` if unknown.
    pub published: Option<&'a str>,
    /// Published versions whose sections may be edited.
    pub amended: &'a [Version],
    /// Whether rules of style apply to published sections, too.
    pub all: bool,
}

/// A rule of the linter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Sections are not newest first.
    Order,
    /// A date is missing, invalid or in the future.
    Date,
    /// A version, a heading or an entry occurs twice.
    Duplicate,
    /// The file has no title.
    MissingTitle,
    /// The label of a heading or of a reference has no link definition.
    MissingLink,
    /// A link compares the wrong versions.
    StaleLink,
    /// A heading is neither a version nor one of the six types of change.
    UnknownHeading,
    /// A release or a heading has no content.
    Empty,
    /// A published section was changed.
    PublishedEdit,
    /// Sections, tags and manifest do not agree on the version.
    Disagreement,
    /// A line contains a control or invisible character.
    HiddenCharacter,
}

/// A problem in a changelog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LintProblem {
    /// File name as passed.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// The rule that was violated.
    pub rule: Rule,
    /// Description, without a full stop.
    pub message: String,
}

impl Rule {
    /// Returns the name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Date => "date",
            Self::Duplicate => "duplicate",
            Self::MissingTitle => "missing-title",
            Self::MissingLink => "missing-link",
            Self::StaleLink => "stale-link",
            Self::UnknownHeading => "unknown-heading",
            Self::Empty => "empty",
            Self::PublishedEdit => "published-edit",
            Self::Disagreement => "disagreement",
            Self::HiddenCharacter => "hidden-character",
        }
    }
}

/// A 1-based line, the rule that it violates, and the message.
type Violation = (u32, Rule, String);

/// Returns all problems of a changelog, ordered by line.
pub fn lint(text: &str, context: &LintContext<'_>) -> Vec<LintProblem> {
    let doc = ParsedChangelog::read(text);
    let rules = [
        sections::check,
        links::check,
        published::check,
        agreement::check,
    ];
    let found = rules.iter().flat_map(|rule| rule(&doc, context));
    let mut problems: Vec<LintProblem> = found
        .map(|(line, rule, message): Violation| LintProblem {
            file: context.file.to_owned(),
            line,
            rule,
            message,
        })
        .collect();
    problems.sort();
    problems
}

/// Returns the 1-based line of a section's heading.
fn line(section: &ChangelogSection) -> u32 {
    ParsedChangelog::number(section.heading.rows.start)
}

impl LintContext<'_> {
    /// Returns whether rules of style apply to a section: its version is newer than all tags, or
    /// they apply to all.
    fn is_open(&self, release: Option<&ReleaseTitle>) -> bool {
        let last = self.tagged.and_then(|versions| versions.iter().max());
        self.all
            || !matches!((release, last), (Some(release), Some(last)) if release.version.cmp_precedence(last).is_le())
    }
}
