//! The groups of a section: the six types of change, and the other names that people give them.

use std::ops::Range;

use super::outline::Heading;

/// The six types of change of <https://keepachangelog.com/en/2.0.0/>, in the order that it lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Type {
    Added,
    Changed,
    Deprecated,
    Removed,
    Fixed,
    Security,
}

impl Type {
    /// In the order in which groups are written.
    pub const ALL: [Self; 6] = [
        Self::Added,
        Self::Changed,
        Self::Deprecated,
        Self::Removed,
        Self::Fixed,
        Self::Security,
    ];

    /// As a heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Deprecated => "Deprecated",
            Self::Removed => "Removed",
            Self::Fixed => "Fixed",
            Self::Security => "Security",
        }
    }

    /// The type that a heading means, under whatever name: signs, colons and case do not count.
    pub(super) fn meant(heading: &str) -> Option<Self> {
        let names = |kind: Self| match kind {
            Self::Added => &[
                "added",
                "add",
                "features",
                "feature",
                "new features",
                "additions",
                "new",
            ][..],
            Self::Changed => &[
                "changed",
                "changes",
                "change",
                "breaking",
                "breaking changes",
                "improvements",
                "improved",
                "enhancements",
                "performance",
            ],
            Self::Deprecated => &["deprecated", "deprecations"],
            Self::Removed => &["removed", "removals", "remove"],
            Self::Fixed => &["fixed", "fixes", "fix", "bug fixes", "bugfixes", "bugs"],
            Self::Security => &["security"],
        };
        let words = words(heading);
        Self::ALL
            .into_iter()
            .find(|kind| names(*kind).contains(&words.as_str()))
    }
}

/// Returns whether a heading is about breaking changes: `Breaking`, `⚠ BREAKING CHANGES`, `Changed (breaking)`.
pub(super) fn is_breaking(heading: &str) -> bool {
    let words = words(heading);
    let words: Vec<&str> = words.split(' ').collect();
    let negated = |at: usize| at > 0 && ["non", "no", "not"].contains(&words[at - 1]);
    words
        .iter()
        .enumerate()
        .any(|(at, word)| *word == "breaking" && !negated(at))
}

/// A heading's words in lower case, without signs.
fn words(heading: &str) -> String {
    let words = heading
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// A heading inside a section and what stands below it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) heading: Heading,
    /// Rows below the heading.
    pub(super) rows: Range<usize>,
    /// What it means; `None` for a name that is no type of change.
    pub(super) kind: Option<Type>,
    /// Its heading is about breaking changes, whatever their type.
    pub(super) breaking: bool,
}

impl Group {
    pub(super) fn new(text: &str, heading: &Heading, end: usize) -> Self {
        let title = &text[heading.text.clone()];
        let (kind, breaking) = (Type::meant(title), is_breaking(title));
        Self {
            rows: heading.rows.end..end,
            kind,
            breaking,
            heading: heading.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_under_its_other_names() {
        for (heading, kind) in [
            ("Added", Some(Type::Added)),
            ("ADDED:", Some(Type::Added)),
            ("🚀 New Features", Some(Type::Added)),
            ("Bug fixes", Some(Type::Fixed)),
            ("Breaking changes", Some(Type::Changed)),
            ("⚠ BREAKING", Some(Type::Changed)),
            ("Internal", None),
            ("", None),
        ] {
            assert_eq!(Type::meant(heading), kind, "{heading}");
        }
        assert!(
            Type::ALL
                .iter()
                .all(|kind| Type::meant(kind.name()) == Some(*kind))
        );
    }
}
