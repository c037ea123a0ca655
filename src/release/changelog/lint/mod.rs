//! Judging a changelog: what its readers, its tags and its manifests would find wrong, with line and rule.
//!
//! Published sections are not to be rewritten, so that rules of style apply only to versions that have no tag yet. A version
//! with several sections is always a problem. Knows nothing of gates.

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

/// What a changelog is held against.
#[derive(Clone, Copy, Debug, Default)]
pub struct LintContext<'a> {
    /// The file's name, for the problems.
    pub file: &'a str,
    /// `YYYY-MM-DD`.
    pub today: &'a str,
    /// Versions that have a tag; `None` when that is unknown.
    pub tagged: Option<&'a [Version]>,
    /// The version in the manifest; `None` where the file speaks for packages with different ones.
    pub manifest: Option<&'a Version>,
    /// The file as it was at the last tag; `None` when that is unknown.
    pub published: Option<&'a str>,
    /// Published sections that may be edited.
    pub amended: &'a [Version],
    /// Published sections are held against the rules of style too.
    pub all: bool,
}

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Sections are not newest first.
    Order,
    /// A date is missing, is no date, or is yet to come.
    Date,
    /// A version, a heading or an entry stands twice.
    Duplicate,
    /// The file has no title.
    MissingTitle,
    /// Brackets that lead nowhere: the label of a heading or of a reference has no definition.
    MissingLink,
    /// A link compares other versions than it should.
    StaleLink,
    /// A heading that is neither a version nor one of the six types of change.
    UnknownHeading,
    /// A release or a heading with nothing below it.
    Empty,
    /// A published section was changed.
    PublishedEdit,
    /// Sections, tags and manifest do not agree on the version.
    Disagreement,
    /// A control or invisible character.
    HiddenCharacter,
}

/// One thing wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LintProblem {
    /// As given.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// Which rule.
    pub rule: Rule,
    /// As a fragment.
    pub message: String,
}

impl Rule {
    /// As in JSON.
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

/// A line of the file and what is wrong there.
type Violation = (u32, Rule, String);

/// Everything wrong with a changelog, by line.
pub fn lint(text: &str, context: &LintContext<'_>) -> Vec<LintProblem> {
    let doc = ParsedChangelog::read(text);
    let rules = [
        sections::check,
        links::check,
        published::check,
        agreement::check,
    ];
    let found = rules.iter().flat_map(|rule| rule(&doc, context));
    let problem = |(line, rule, message): Violation| LintProblem {
        file: context.file.to_owned(),
        line,
        rule,
        message,
    };
    let mut problems: Vec<LintProblem> = found.map(problem).collect();
    problems.sort();
    problems
}

/// 1-based line of a section's heading.
fn line(section: &ChangelogSection) -> u32 {
    ParsedChangelog::number(section.heading.rows.start)
}

impl LintContext<'_> {
    /// The rules of style apply: the version is above the newest tag, or they are wanted for all.
    fn is_open(&self, release: Option<&ReleaseTitle>) -> bool {
        let last = self.tagged.and_then(|versions| versions.iter().max());
        self.all
            || !matches!((release, last), (Some(release), Some(last)) if release.version.cmp_precedence(last).is_le())
    }
}
