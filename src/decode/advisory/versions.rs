//! Ranges of versions as advisories write them.
//!
//! They look like requirements of cargo, but versions are compared by precedence alone: `< 1.0.0` contains
//! `1.0.0-alpha`, and `>= 1.0.0` contains `2.0.0-alpha`.

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};

/// A range of versions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    lower: Option<RangeEnd>,
    upper: Option<RangeEnd>,
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
struct RangeEnd {
    version: Version,
    is_inclusive: bool,
}

impl RangeEnd {
    fn inclusive(version: Version) -> Option<Self> {
        Some(Self {
            version,
            is_inclusive: true,
        })
    }

    fn exclusive(version: Version) -> Option<Self> {
        Some(Self {
            version,
            is_inclusive: false,
        })
    }
}

impl Range {
    /// Reads a range: `>= 1.2, < 2.0`, `^1.2`, `= 1.2.3`.
    ///
    /// # Errors
    /// If it is not a range with at most one lower and one upper bound.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let requirement =
            VersionReq::parse(text).map_err(|_| format!("`{text}` is not a requirement"))?;
        let mut range = Self {
            lower: None,
            upper: None,
        };
        for comparator in &requirement.comparators {
            let part = Self::of(comparator)
                .ok_or_else(|| format!("`{text}` has an operator that is not supported"))?;
            let is_second = range.lower.is_some() && part.lower.is_some()
                || range.upper.is_some() && part.upper.is_some();
            if is_second {
                return Err(format!("`{text}` has two bounds on the same side"));
            }
            range.lower = range.lower.or(part.lower);
            range.upper = range.upper.or(part.upper);
        }
        Ok(range)
    }

    fn of(comparator: &Comparator) -> Option<Self> {
        let version = lowest(comparator);
        let (lower, upper) = match comparator.op {
            Op::Greater => (RangeEnd::exclusive(version), None),
            Op::GreaterEq => (RangeEnd::inclusive(version), None),
            Op::Less => (None, RangeEnd::exclusive(version)),
            Op::LessEq => (None, RangeEnd::inclusive(version)),
            Op::Exact => (
                RangeEnd::inclusive(version.clone()),
                RangeEnd::inclusive(version),
            ),
            Op::Caret => {
                let end = after_caret(comparator);
                (RangeEnd::inclusive(version), RangeEnd::exclusive(end))
            }
            Op::Tilde => {
                let end = after_tilde(comparator);
                (RangeEnd::inclusive(version), RangeEnd::exclusive(end))
            }
            _ => return None,
        };
        Some(Self { lower, upper })
    }

    pub(super) fn contains(&self, version: &Version) -> bool {
        let is_above =
            self.lower
                .as_ref()
                .is_none_or(|lower| match version.cmp_precedence(&lower.version) {
                    std::cmp::Ordering::Equal => lower.is_inclusive,
                    order => order.is_gt(),
                });
        let is_below =
            self.upper
                .as_ref()
                .is_none_or(|upper| match version.cmp_precedence(&upper.version) {
                    std::cmp::Ordering::Equal => upper.is_inclusive,
                    order => order.is_lt(),
                });
        is_above && is_below
    }
}

/// Returns the version of a comparator, with zeros for the numbers that it leaves out.
fn lowest(comparator: &Comparator) -> Version {
    Version {
        major: comparator.major,
        minor: comparator.minor.unwrap_or(0),
        patch: comparator.patch.unwrap_or(0),
        pre: comparator.pre.clone(),
        build: BuildMetadata::EMPTY,
    }
}

/// Returns the first version that `^` excludes.
fn after_caret(comparator: &Comparator) -> Version {
    let (major, minor, patch) = (comparator.major, comparator.minor, comparator.patch);
    let end = match (major, minor, patch) {
        (0, Some(0), Some(patch)) => Version::new(0, 0, patch.saturating_add(1)),
        (0, Some(minor), _) => Version::new(0, minor.saturating_add(1), 0),
        (major, _, _) => Version::new(major.saturating_add(1), 0, 0),
    };
    before_prereleases(end)
}

/// Returns the first version that `~` excludes.
fn after_tilde(comparator: &Comparator) -> Version {
    let major = comparator.major;
    let end = match comparator.minor {
        Some(minor) => Version::new(major, minor.saturating_add(1), 0),
        None => Version::new(major.saturating_add(1), 0, 0),
    };
    before_prereleases(end)
}

/// Returns the lowest prerelease of a version: `^1.0` must not contain `2.0.0-alpha`.
fn before_prereleases(version: Version) -> Version {
    Version {
        pre: Prerelease::new("0").unwrap_or_default(),
        ..version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prereleases_are_versions_like_any_other() {
        let table = [
            (">= 1.2", "1.2.0 2.0.0 2.0.0-alpha", "1.1.9 1.2.0-alpha"),
            ("> 1.2", "1.2.1 1.3.0-alpha", "1.2.0 1.2.0-alpha"),
            ("< 1.0.0", "0.9.0 1.0.0-alpha", "1.0.0 1.0.1-alpha"),
            ("<= 1.0.0-beta", "1.0.0-alpha 1.0.0-beta", "1.0.0-rc 1.0.0"),
            ("= 1.2.3", "1.2.3 1.2.3+build", "1.2.3-alpha 1.2.4"),
            (">= 1.0, < 2.0", "1.0.0 1.9.9 2.0.0-rc", "2.0.0 1.0.0-rc"),
            (
                "^1.2.3",
                "1.2.3 1.9.0 1.3.0-alpha",
                "1.2.3-alpha 2.0.0-alpha",
            ),
            ("1.2", "1.2.0 1.9.0", "2.0.0-alpha"),
            ("^0.2.3", "0.2.3 0.2.9", "0.3.0-alpha 0.3.0"),
            ("^0.2", "0.2.0 0.2.9", "0.3.0-alpha"),
            ("^0.0.3", "0.0.3", "0.0.4-alpha 0.0.4"),
            ("^0.0", "0.0.0 0.0.9", "0.1.0-alpha"),
            ("^0", "0.0.0 0.9.0", "1.0.0-alpha"),
            ("~1.2.3", "1.2.3 1.2.9", "1.3.0-alpha"),
            ("~1", "1.0.0 1.9.0", "2.0.0-alpha"),
            ("*", "0.0.1-alpha 9.0.0", ""),
        ];
        for (text, inside, outside) in table {
            let range = Range::read(text).unwrap();
            for (versions, expected) in [(inside, true), (outside, false)] {
                for version in versions.split_whitespace() {
                    let parsed = Version::parse(version).unwrap();
                    assert_eq!(range.contains(&parsed), expected, "{version} in {text}");
                }
            }
        }
    }

    #[test]
    fn range_with_two_bounds_on_one_side_is_an_error() {
        let table = [
            (">= 1.0, >= 2.0", "has two bounds on the same side"),
            ("^1.0, < 1.5", "has two bounds on the same side"),
            ("= 1.0.0, < 2.0", "has two bounds on the same side"),
            ("1.*", "has an operator that is not supported"),
            ("one", "is not a requirement"),
        ];
        for (text, expected) in table {
            let error = format!("`{text}` {expected}");
            assert_eq!(Range::read(text).unwrap_err(), error);
        }
    }
}
