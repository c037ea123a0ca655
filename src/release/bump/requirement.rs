//! A requirement's text for another version: operator and precision stay, the numbers move.
//!
//! The text itself is edited, since `semver` prints requirements in another form than people write them; what comes out is
//! held against `semver`'s reading of it.

use semver::{Comparator, Op, Version, VersionReq};

/// What becomes of a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rewrite {
    /// Nothing: it admits the version as it stands.
    Keep,
    /// This text.
    To(String),
    /// It is a range that does not admit the version, and whoever wrote the range must say what it shall be. This one
    /// would admit it.
    Range(String),
    /// It is no requirement.
    Invalid,
}

/// Rewrites `text` so that it admits `to`. `only_needed` keeps what admits it already, unless its floor is a prerelease of
/// that very version.
pub(super) fn rewrite(text: &str, to: &Version, only_needed: bool) -> Rewrite {
    let Ok(requirement) = VersionReq::parse(text) else { return Rewrite::Invalid };
    let admits = requirement.matches(to);
    let floor = |c: &Comparator| !c.pre.is_empty() && to.pre.is_empty();
    if admits && only_needed && !requirement.comparators.iter().any(floor) {
        return Rewrite::Keep;
    }
    let written = match requirement.comparators.as_slice() {
        [] if admits => return Rewrite::Keep,
        [] => format!("={}", plain(to)),
        [one] if is_shape(one.op) => shape(text, one.op, to),
        _ if admits => return Rewrite::Keep,
        bounds => return Rewrite::Range(range(bounds, to)),
    };
    if written == text { Rewrite::Keep } else { Rewrite::To(written) }
}

/// Does the text admit the version? No for what is no requirement.
pub(super) fn admits(text: &str, version: &Version) -> bool {
    VersionReq::parse(text).is_ok_and(|requirement| requirement.matches(version))
}

/// `1.2`, `^1`, `~1.2`, `=1.2.3`, `1.*`: one version and how near to it one must be. Anything else is a range.
fn is_shape(op: Op) -> bool {
    matches!(op, Op::Exact | Op::Caret | Op::Tilde | Op::Wildcard)
}

/// The version without build metadata, which requirements do not have.
fn plain(version: &Version) -> String {
    let text = version.to_string();
    text.split('+').next().unwrap_or_default().to_owned()
}

/// The operator, the blanks behind it and as many numbers as there were; a prerelease is written in full, since a part of
/// it (`2.0`, `2.*`) never admits one.
fn shape(text: &str, op: Op, to: &Version) -> String {
    let at = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (operator, old) = text.split_at(at);
    if !to.pre.is_empty() {
        let operator = if op == Op::Wildcard { "=" } else { operator };
        return format!("{operator}{}", plain(to));
    }
    let core = old.split(['-', '+']).next().unwrap_or_default().trim_end();
    let new = [to.major, to.minor, to.patch];
    let parts = core.split('.').zip(new).map(|(part, number)| match part.trim() {
        "*" | "x" | "X" => part.to_owned(),
        _ => number.to_string(),
    });
    format!("{operator}{}", parts.collect::<Vec<_>>().join("."))
}

/// A range like the old one around the new version: the lower bound becomes the version, the upper one the next that is
/// incompatible, each as precise as it was, or as it must be.
fn range(bounds: &[Comparator], to: &Version) -> String {
    let above = match (to.major, to.minor, to.patch) {
        (0, 0, patch) => Version::new(0, 0, patch.saturating_add(1)),
        (0, minor, _) => Version::new(0, minor.saturating_add(1), 0),
        (major, ..) => Version::new(major.saturating_add(1), 0, 0),
    };
    let written = bounds.iter().map(|bound| match bound.op {
        Op::Less => format!("<{}", numbers(&above, precision(bound).max(significant(&above)))),
        Op::LessEq => format!("<={}", numbers(to, precision(bound))),
        _ if to.pre.is_empty() => format!(">={}", numbers(to, precision(bound))),
        _ => format!(">={}", plain(to)),
    });
    let text = written.collect::<Vec<_>>().join(", ");
    // A prerelease is admitted only beside a bound that names it.
    if admits(&text, to) { text } else { format!(">={}, <{above}", plain(to)) }
}

/// How many numbers a bound has.
fn precision(bound: &Comparator) -> usize {
    1 + usize::from(bound.minor.is_some()) + usize::from(bound.patch.is_some())
}

/// How many numbers of a version it takes to tell it from zero.
fn significant(version: &Version) -> usize {
    let numbers = [version.major, version.minor, version.patch];
    numbers.iter().position(|number| *number > 0).map_or(3, |at| at + 1)
}

/// The first numbers of a version.
fn numbers(version: &Version, count: usize) -> String {
    let numbers = [version.major, version.minor, version.patch];
    numbers.iter().take(count).map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str, to: &str, only_needed: bool) -> String {
        let to = to.parse().unwrap();
        match rewrite(text, &to, only_needed) {
            Rewrite::Keep => "keep".to_owned(),
            Rewrite::To(new) => {
                assert!(admits(&new, &to), "{new} admits {to}");
                new
            }
            Rewrite::Range(new) => {
                assert!(admits(&new, &to), "{new} admits {to}");
                format!("range {new}")
            }
            Rewrite::Invalid => "invalid".to_owned(),
        }
    }

    #[test]
    fn operator_and_precision_stay() {
        for (text, to, expected) in [
            ("1.2", "2.0.0", "2.0"),
            ("1", "2.0.0", "2"),
            ("1.2.3", "2.0.0", "2.0.0"),
            ("^1.2.3", "2.0.0", "^2.0.0"),
            ("~1.2", "2.0.0", "~2.0"),
            ("~1", "2.0.0", "~2"),
            ("=1.2.3", "2.0.0", "=2.0.0"),
            ("= 1.2.3", "2.0.0", "= 2.0.0"),
            ("^ 1", "2.0.0", "^ 2"),
            ("1.*", "2.0.0", "2.*"),
            ("1.2.*", "1.3.0", "1.3.*"),
            ("1.*.*", "2.0.0", "2.*.*"),
            ("1.x", "2.0.0", "2.x"),
            ("1.*", "1.3.0", "keep"),
            ("*", "2.0.0", "keep"),
            ("1.2", "1.2.9", "keep"),
            ("1.2.3", "1.2.9", "1.2.9"),
            ("1.2.3", "2.0.0+b7", "2.0.0"),
            ("1.2.3+b6", "2.0.0+b7", "2.0.0"),
            ("0.3", "0.4.0", "0.4"),
            ("1.2", "1.3.0", "1.3"),
            ("2.0", "1.3.0", "1.3"),
        ] {
            assert_eq!(rewritten(text, to, false), expected, "{text} for {to}");
        }
    }

    #[test]
    fn a_prerelease_is_written_in_full_and_leaves_no_trace() {
        for (text, to, expected) in [
            ("~1.2", "2.0.0-rc.1", "~2.0.0-rc.1"),
            ("1.*", "2.0.0-rc.1", "=2.0.0-rc.1"),
            ("^1", "2.0.0-rc.1", "^2.0.0-rc.1"),
            ("1", "2.0.0-rc.1", "2.0.0-rc.1"),
            ("=1.2.3", "2.0.0-rc.1+x", "=2.0.0-rc.1"),
            ("*", "2.0.0-rc.1", "=2.0.0-rc.1"),
            ("1.2.3-rc.1", "1.2.3", "1.2.3"),
            ("=1.2.3-rc.1", "1.2.3-rc.2", "=1.2.3-rc.2"),
            ("^1.2.3-rc.1+b", "1.2.3", "^1.2.3"),
        ] {
            assert_eq!(rewritten(text, to, false), expected, "{text} for {to}");
        }
    }

    #[test]
    fn ranges_stay_while_they_admit_and_are_proposed_otherwise() {
        for (text, to, expected) in [
            (">=1.2, <2", "1.9.0", "keep"),
            (">=1.2, <3", "2.0.0", "keep"),
            (">=1.2", "2.0.0", "keep"),
            (">=1.2, <2", "2.0.0", "range >=2.0, <3"),
            (">=1.2.3, <2.0.0", "2.0.0", "range >=2.0.0, <3.0.0"),
            (">=1.2,<2", "2.1.4", "range >=2.1, <3"),
            (">=0.2, <0.3", "0.3.0", "range >=0.3, <0.4"),
            (">=0.2, <1", "1.0.0", "range >=1.0, <2"),
            (">0.2, <1", "0.2.0", "range >=0.2, <0.3"),
            ("<0.0.3", "0.0.3", "range <0.0.4"),
            ("<2", "2.0.0", "range <3"),
            ("<=1.2", "2.0.0", "range <=2.0"),
            (">1.2", "1.2.0", "range >=1.2"),
            (">=1.2, <2", "2.0.0-rc.1", "range >=2.0.0-rc.1, <3"),
            (">=1.2, <2", "1.9.0-rc.1", "range >=1.9.0-rc.1, <2"),
            ("<2", "2.0.0-rc.1", "range >=2.0.0-rc.1, <3.0.0"),
            ("=1.2, <2", "2.0.0", "range >=2.0, <3"),
        ] {
            assert_eq!(rewritten(text, to, false), expected, "{text} for {to}");
        }
    }

    #[test]
    fn only_what_is_needed_is_rewritten_when_so_asked() {
        for (text, to, expected) in [
            ("1.2", "1.3.0", "keep"),
            ("1.2", "2.0.0", "2.0"),
            ("=1.2.3", "1.2.4", "=1.2.4"),
            ("1.2.3-rc.1", "1.2.3", "1.2.3"),
            ("1.2.3-rc.1", "1.2.3-rc.2", "keep"),
        ] {
            assert_eq!(rewritten(text, to, true), expected, "{text} for {to}");
        }
    }

    #[test]
    fn what_is_no_requirement_is_said_to_be_none() {
        for text in ["", "latest", "1.2.3.4", "^", "1 || 2", "v1"] {
            assert_eq!(rewritten(text, "2.0.0", false), "invalid", "{text:?}");
        }
    }
}
