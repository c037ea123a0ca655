//! Computes the next version from a version or level on the command line.

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};

/// The target of a bump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BumpTarget {
    /// Exactly this version.
    Exact(Version),
    /// A step from the current version of each package.
    Step(VersionStep),
}

/// A level and an optional kind of prerelease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionStep {
    /// Level of the step.
    pub level: VersionLevel,
    /// Kind of prerelease, `rc` for `2.0.0-rc.1`; `None` for a release.
    pub pre: Option<String>,
}

/// The part of a version that moves.
///
/// A prerelease is already part of the step to its release: `2.0.0-rc.1` is a major step from
/// `1.x`. A major, minor or patch step from it leads to `2.0.0`; the same step to an rc leads to
/// `2.0.0-rc.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionLevel {
    /// The first number.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
    /// The next version that Cargo considers incompatible: the first number that is not zero.
    Breaking,
    /// The next version that Cargo considers compatible: 1.2.3 to 1.3.0, 0.2.3 to 0.2.4. For 0.0.x,
    /// which has none, the third number.
    Feature,
    /// The release of a prerelease; a release stays.
    Release,
}

/// The names of levels. The last three are patch steps to a prerelease.
pub(super) const WORDS: [(&str, VersionLevel, Option<&str>); 9] = [
    ("major", VersionLevel::Major, None),
    ("minor", VersionLevel::Minor, None),
    ("patch", VersionLevel::Patch, None),
    ("breaking", VersionLevel::Breaking, None),
    ("feature", VersionLevel::Feature, None),
    ("release", VersionLevel::Release, None),
    ("alpha", VersionLevel::Patch, Some("alpha")),
    ("beta", VersionLevel::Patch, Some("beta")),
    ("rc", VersionLevel::Patch, Some("rc")),
];

/// The word is neither a version nor a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTarget {
    word: String,
    nearly: Option<Version>,
}

impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither a version nor a level", self.word)?;
        match &self.nearly {
            Some(version) => write!(f, "; did you mean {version}?"),
            None => {
                let words: Vec<&str> = WORDS.iter().map(|(word, ..)| *word).collect();
                write!(f, " ({})", words.join(", "))
            }
        }
    }
}

impl std::error::Error for NoTarget {}

impl FromStr for BumpTarget {
    type Err = NoTarget;

    fn from_str(word: &str) -> Result<Self, NoTarget> {
        if let Some((_, level, pre)) = WORDS.iter().find(|(name, ..)| *name == word) {
            return Ok(Self::Step(VersionStep {
                level: *level,
                pre: pre.map(str::to_owned),
            }));
        }
        word.parse().map(Self::Exact).map_err(|_| NoTarget {
            word: word.to_owned(),
            nearly: nearly(word),
        })
    }
}

/// Returns whether a word is meant as a version: `v2`, `2.0`, `v2.0.0-rc.1`.
fn nearly(word: &str) -> Option<Version> {
    let plain = word.trim_start_matches(['v', 'V', '=']);
    let at = plain.find(['-', '+']).unwrap_or(plain.len());
    let (core, rest) = plain.split_at(at);
    let missing = 3_usize.checked_sub(core.split('.').count())?;
    format!("{core}{}{rest}", ".0".repeat(missing)).parse().ok()
}

impl VersionStep {
    /// Returns the version after `from`, without build metadata; `None` if a number would overflow.
    pub fn next(&self, from: &Version) -> Option<Version> {
        let core = self.level.core(from)?;
        let Some(id) = &self.pre else {
            return Some(core);
        };
        let on_its_way = !from.pre.is_empty() && core == core_of(from);
        let glued = on_its_way
            .then(|| from.pre.strip_prefix(id.as_str())?.parse::<u64>().ok())
            .flatten();
        let pre = match glued {
            // `rc1` is followed by `rc2`, because `rc.2` would be lower.
            Some(number) => format!("{id}{}", number.checked_add(1)?),
            None => {
                let number = if on_its_way {
                    counted(&from.pre, id).map_or(Some(1), |n| n.checked_add(1))?
                } else {
                    1
                };
                format!("{id}.{number}")
            }
        };
        let pre = Prerelease::new(&pre).ok()?;
        Some(Version { pre, ..core })
    }
}

impl VersionLevel {
    /// Returns the release that a step of this level leads to.
    fn core(self, from: &Version) -> Option<Version> {
        let core = core_of(from);
        let pre = !from.pre.is_empty();
        let level = match (self, from.major, from.minor) {
            (Self::Breaking, 1.., _) => Self::Major,
            (Self::Breaking, 0, 1..) | (Self::Feature, 1.., _) => Self::Minor,
            (Self::Breaking | Self::Feature, ..) => Self::Patch,
            (level, ..) => level,
        };
        let version = match level {
            Self::Major if pre && core.minor == 0 && core.patch == 0 => core,
            Self::Minor if pre && core.patch == 0 => core,
            Self::Major => Version::new(core.major.checked_add(1)?, 0, 0),
            Self::Minor => Version::new(core.major, core.minor.checked_add(1)?, 0),
            Self::Patch if !pre => Version::new(core.major, core.minor, core.patch.checked_add(1)?),
            _ => core,
        };
        Some(version)
    }
}

fn core_of(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

/// Returns the number of `ID.N`, 0 for `ID` alone, and `None` for other schemes.
fn counted(pre: &Prerelease, id: &str) -> Option<u64> {
    match pre.strip_prefix(id)? {
        "" => Some(0),
        rest => rest.strip_prefix('.')?.parse().ok(),
    }
}

/// Returns whether Cargo accepts `to` for a requirement on `from`, ignoring build metadata. A
/// prerelease is compatible only with later versions of the same release.
pub fn is_compatible(from: &Version, to: &Version) -> bool {
    let from = Version {
        build: BuildMetadata::EMPTY,
        ..from.clone()
    };
    semver::VersionReq::parse(&format!("^{from}")).is_ok_and(|requirement| requirement.matches(to))
}

/// Returns whether a move breaks users of the last release. Releasing 2.0.0 from a prerelease does,
/// as 1.x to 2.0.0 would.
pub(super) fn breaks(from: &Version, to: &Version) -> bool {
    let opens = match (from.major, from.minor, from.patch) {
        (0, 0, _) => true,
        (0, _, patch) => patch == 0,
        (_, minor, patch) => minor == 0 && patch == 0,
    };
    !is_compatible(from, to) || from != to && !from.pre.is_empty() && opens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(word: &str, pre: Option<&str>, from: &str) -> String {
        let Ok(BumpTarget::Step(mut step)) = word.parse() else {
            panic!("{word}")
        };
        step.pre = pre.map(str::to_owned).or(step.pre);
        step.next(&from.parse().unwrap())
            .map_or_else(|| "none".to_owned(), |v| v.to_string())
    }

    #[test]
    fn every_level_leads_to_its_version() {
        for (from, [major, minor, patch, breaking, feature, release]) in [
            (
                "1.2.3",
                ["2.0.0", "1.3.0", "1.2.4", "2.0.0", "1.3.0", "1.2.3"],
            ),
            (
                "0.3.1",
                ["1.0.0", "0.4.0", "0.3.2", "0.4.0", "0.3.2", "0.3.1"],
            ),
            (
                "0.0.7",
                ["1.0.0", "0.1.0", "0.0.8", "0.0.8", "0.0.8", "0.0.7"],
            ),
            (
                "2.0.0-rc.1",
                ["2.0.0", "2.0.0", "2.0.0", "2.0.0", "2.0.0", "2.0.0"],
            ),
            (
                "1.3.0-beta.2",
                ["2.0.0", "1.3.0", "1.3.0", "2.0.0", "1.3.0", "1.3.0"],
            ),
            (
                "1.2.4-dev",
                ["2.0.0", "1.3.0", "1.2.4", "2.0.0", "1.3.0", "1.2.4"],
            ),
            (
                "0.1.0+x",
                ["1.0.0", "0.2.0", "0.1.1", "0.2.0", "0.1.1", "0.1.0"],
            ),
        ] {
            let words = ["major", "minor", "patch", "breaking", "feature", "release"];
            assert_eq!(
                words.map(|word| next(word, None, from)),
                [major, minor, patch, breaking, feature, release]
            );
        }
    }

    #[test]
    fn prereleases_count_on_their_way_and_begin_anew_on_another() {
        for (word, pre, from, to) in [
            ("rc", None, "1.2.3", "1.2.4-rc.1"),
            ("rc", None, "1.0.0-beta.3", "1.0.0-rc.1"),
            ("beta", None, "1.0.0-beta.0", "1.0.0-beta.1"),
            ("beta", None, "1.0.0-beta", "1.0.0-beta.1"),
            ("alpha", None, "1.0.0-beta.2", "1.0.0-alpha.1"), // lower: refused as a downgrade
            ("rc", None, "1.0.0-20260101", "1.0.0-rc.1"),
            ("rc", None, "1.0.0-rc1", "1.0.0-rc2"),
            ("beta", None, "1.0.0-rc1", "1.0.0-beta.1"), // lower: refused as a downgrade
            ("rc", None, "1.0.0-rc.1.2", "1.0.0-rc.1"),  // lower: refused as a downgrade
            ("major", Some("rc"), "1.2.3", "2.0.0-rc.1"),
            ("major", Some("rc"), "2.0.0-rc.1", "2.0.0-rc.2"),
            ("major", Some("rc"), "2.0.0-beta.9", "2.0.0-rc.1"),
            ("minor", Some("pre"), "1.3.0-pre.9", "1.3.0-pre.10"),
            ("major", Some("rc"), "1.3.0-rc.4", "2.0.0-rc.1"),
            ("rc", None, "1.0.0-rc.18446744073709551615", "none"),
            ("rc", Some("not valid"), "1.0.0", "none"),
            ("major", None, "18446744073709551615.0.0", "none"),
        ] {
            assert_eq!(next(word, pre, from), to, "{word} {pre:?} of {from}");
        }
    }

    #[test]
    fn what_is_no_target_is_told_with_what_it_nearly_is() {
        for (word, said) in [
            (
                "2.0",
                "`2.0` is neither a version nor a level; did you mean 2.0.0?",
            ),
            (
                "v2.0.0-rc.1",
                "`v2.0.0-rc.1` is neither a version nor a level; did you mean 2.0.0-rc.1?",
            ),
            (
                "",
                "`` is neither a version nor a level (major, minor, patch, breaking, feature, release, alpha, beta, rc)",
            ),
        ] {
            assert_eq!(word.parse::<BumpTarget>().unwrap_err().to_string(), said);
        }
        assert_eq!(
            "2.0.0+x".parse(),
            Ok(BumpTarget::Exact(Version::parse("2.0.0+x").unwrap()))
        );
    }

    #[test]
    fn what_ends_a_prerelease_of_a_breaking_version_breaks() {
        for (from, to, yes) in [
            ("49.0.0-dev", "49.0.0", true),
            ("49.0.0-rc.1", "49.0.0-rc.1", false),
            ("0.4.0-rc.1", "0.4.0", true),
            ("0.4.1-rc.1", "0.4.1", false),
            ("0.0.4-rc.1", "0.0.4", true),
            ("1.2.0-rc.1", "1.2.0", false),
            ("1.2.0", "1.3.0", false),
            ("1.2.0", "2.0.0", true),
        ] {
            assert_eq!(
                breaks(&from.parse().unwrap(), &to.parse().unwrap()),
                yes,
                "{from} {to}"
            );
        }
    }

    #[test]
    fn compatible_is_what_cargo_would_take() {
        for (from, to, yes) in [
            ("1.2.3", "1.3.0", true),
            ("1.2.3", "2.0.0", false),
            ("0.3.1", "0.4.0", false),
            ("0.3.1", "0.3.2", true),
            ("0.0.1", "0.0.2", false),
            ("2.0.0-rc.1", "2.0.0", true),
            ("1.2.3", "1.3.0-rc.1", false),
            ("1.0.0+a", "1.0.1+b", true),
        ] {
            assert_eq!(
                is_compatible(&from.parse().unwrap(), &to.parse().unwrap()),
                yes,
                "{from} {to}"
            );
        }
    }
}
