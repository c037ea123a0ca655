//! Rewrites a requirement for another version. Operator and precision stay the same.
//!
//! The text itself is edited, because `semver` prints requirements in another form than people
//! write them. The result is checked against `semver`'s reading of it.

use semver::{Comparator, Op, Version, VersionReq};

/// The result for a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rewrite {
    /// It already admits the version.
    Keep,
    /// Its new text.
    To(String),
    /// It is a range that does not admit the version, so that its author must decide. This range
    /// would admit it.
    Range(String),
    /// It is not a valid requirement.
    Invalid,
}

/// Rewrites `text` so that it admits `to`. With `only_needed`, a text that already admits it is
/// kept, unless its lower bound is a prerelease of that version.
pub(super) fn rewrite(text: &str, to: &Version, only_needed: bool) -> Rewrite {
    let Ok(requirement) = VersionReq::parse(text) else {
        return Rewrite::Invalid;
    };
    let admits = requirement.matches(to);
    if admits
        && only_needed
        && !requirement
            .comparators
            .iter()
            .any(|c: &Comparator| !c.pre.is_empty() && to.pre.is_empty())
    {
        return Rewrite::Keep;
    }
    let written = match requirement.comparators.as_slice() {
        [] if admits => return Rewrite::Keep,
        [] => format!("={}", plain(to)),
        [one] if is_shape(one.op) => shape(text, one.op, to),
        _ if admits => return Rewrite::Keep,
        bounds => return Rewrite::Range(range(bounds, to)),
    };
    if written == text {
        Rewrite::Keep
    } else {
        Rewrite::To(written)
    }
}

/// Rewrites a requirement on a prerelease that was once written as `original`, so that the
/// prerelease leaves no trace. `None` if `text` is not the result of bumping `original`.
pub(super) fn restore(
    original: &str,
    text: &str,
    to: &Version,
    only_needed: bool,
) -> Option<Rewrite> {
    if !to.pre.is_empty() {
        return None;
    }
    let prerelease = prerelease(text)?;
    match rewrite(original, &prerelease, false) {
        Rewrite::To(made) | Rewrite::Range(made) if made == text => {}
        _ => return None,
    }
    match rewrite(original, to, only_needed) {
        Rewrite::Keep => Some(Rewrite::To(original.to_owned())),
        rewritten => Some(rewritten),
    }
}

/// Returns the prerelease that a requirement names.
pub(super) fn prerelease(text: &str) -> Option<Version> {
    let requirement = VersionReq::parse(text).ok()?;
    let named = requirement
        .comparators
        .into_iter()
        .find(|comparator| !comparator.pre.is_empty())?;
    Some(Version {
        pre: named.pre,
        ..Version::new(named.major, named.minor?, named.patch?)
    })
}

/// Returns whether a requirement admits the version; false for an invalid one.
pub(super) fn admits(text: &str, version: &Version) -> bool {
    VersionReq::parse(text).is_ok_and(|requirement| requirement.matches(version))
}

/// Returns whether a requirement consists of one version with an operator: `1.2`, `^1`, `~1.2`,
/// `=1.2.3`, `1.*`. Anything else is a range.
fn is_shape(op: Op) -> bool {
    matches!(op, Op::Exact | Op::Caret | Op::Tilde | Op::Wildcard)
}

/// Returns the version without build metadata, which requirements do not have.
fn plain(version: &Version) -> String {
    let text = version.to_string();
    text.split('+').next().unwrap_or_default().to_owned()
}

/// Returns the operator, the white space after it and as many numbers as before. A prerelease is
/// written in full, because a part of it (`2.0`, `2.*`) never admits one.
fn shape(text: &str, op: Op, to: &Version) -> String {
    let at = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (operator, old) = text.split_at(at);
    if !to.pre.is_empty() {
        let operator = if op == Op::Wildcard { "=" } else { operator };
        return format!("{operator}{}", plain(to));
    }
    let core = old.split(['-', '+']).next().unwrap_or_default().trim_end();
    let new = [to.major, to.minor, to.patch];
    let parts = core
        .split('.')
        .zip(new)
        .map(|(part, number)| match part.trim() {
            "*" | "x" | "X" => part.to_owned(),
            _ => number.to_string(),
        });
    format!("{operator}{}", parts.collect::<Vec<_>>().join("."))
}

/// Returns a range around `to` not wider than the old one: a step of the same level above
/// the version.
///
/// The lower bound becomes the version. Each bound keeps its precision, or gets the precision it
/// needs.
fn range(bounds: &[Comparator], to: &Version) -> String {
    let floor = bounds.iter().find(|bound| is_floor(bound.op));
    let written: Vec<String> = bounds.iter().map(|bound| moved(bound, floor, to)).collect();
    let text = match bounds.iter().find(|bound| is_ceiling(bound.op)) {
        // Without a lower bound, versions below the old upper bound would be admitted as well.
        Some(ceiling) if bounds.iter().all(|bound| is_ceiling(bound.op)) => {
            format!(
                "{}, {}",
                at_least(to, precision(ceiling)),
                written.join(", ")
            )
        }
        _ => written.join(", "),
    };
    if admits(&text, to) {
        return text;
    }

    // A prerelease is admitted only together with a bound that names it.
    let ceiling = bounds
        .iter()
        .filter(|bound| is_ceiling(bound.op))
        .map(|bound| ceiling(bound, floor, to))
        .min();
    let ceiling = ceiling.map_or_else(String::new, |version| format!(", <{version}"));
    format!(">={}{ceiling}", plain(to))
}

fn is_floor(op: Op) -> bool {
    matches!(op, Op::Greater | Op::GreaterEq)
}

fn is_ceiling(op: Op) -> bool {
    matches!(op, Op::Less | Op::LessEq)
}

/// Returns one bound of a range, moved to the new version.
fn moved(bound: &Comparator, floor: Option<&Comparator>, to: &Version) -> String {
    match bound.op {
        Op::Less => {
            let above = ceiling(bound, floor, to);
            format!(
                "<{}",
                numbers(&above, precision(bound).max(significant(&above)))
            )
        }
        Op::LessEq => format!("<={}", numbers(to, precision(bound))),
        Op::Greater | Op::GreaterEq => {
            let kept = at_least(to, precision(bound));
            // The shorter form would keep everything that was admitted before, because the first
            // numbers are the same.
            if VersionReq::parse(&kept).is_ok_and(|kept| kept.matches(&lowest(bound)))
                && *to > lowest(bound)
            {
                at_least(to, 3)
            } else {
                kept
            }
        }
        _ => shape(&bound.to_string(), bound.op, to),
    }
}

/// Returns the first version that a range around `to` excludes.
fn ceiling(bound: &Comparator, floor: Option<&Comparator>, to: &Version) -> Version {
    let compatible = incompatible(to);
    let old = lowest(bound);
    // `>=0.2, <0.3` means all compatible versions.
    if bound.op == Op::Less && floor.is_some_and(|floor| incompatible(&lowest(floor)) == old) {
        return compatible;
    }
    let level = if bound.op == Op::Less {
        significant(&old)
    } else {
        precision(bound)
    };
    let (major, minor, patch) = (to.major, to.minor, to.patch);
    let next = match level {
        1 => Version::new(major.saturating_add(1), 0, 0),
        2 => Version::new(major, minor.saturating_add(1), 0),
        _ => Version::new(major, minor, patch.saturating_add(1)),
    };
    next.min(compatible)
}

/// Returns the next version that cargo considers incompatible.
fn incompatible(version: &Version) -> Version {
    match (version.major, version.minor, version.patch) {
        (0, 0, patch) => Version::new(0, 0, patch.saturating_add(1)),
        (0, minor, _) => Version::new(0, minor.saturating_add(1), 0),
        (major, ..) => Version::new(major.saturating_add(1), 0, 0),
    }
}

/// Returns the lowest version with a bound's numbers.
fn lowest(bound: &Comparator) -> Version {
    Version::new(
        bound.major,
        bound.minor.unwrap_or(0),
        bound.patch.unwrap_or(0),
    )
}

/// Returns a lower bound; a prerelease is written in full.
fn at_least(to: &Version, precision: usize) -> String {
    if to.pre.is_empty() {
        format!(">={}", numbers(to, precision))
    } else {
        format!(">={}", plain(to))
    }
}

/// Returns the number of numbers in a bound.
fn precision(bound: &Comparator) -> usize {
    1 + usize::from(bound.minor.is_some()) + usize::from(bound.patch.is_some())
}

/// Returns how many numbers of a version it takes to write it without trailing zeros.
fn significant(version: &Version) -> usize {
    let numbers = [version.major, version.minor, version.patch];
    numbers
        .iter()
        .rposition(|number| *number > 0)
        .map_or(3, |at| at + 1)
}

/// Returns the first numbers of a version.
fn numbers(version: &Version, count: usize) -> String {
    let numbers = [version.major, version.minor, version.patch];
    numbers
        .iter()
        .take(count)
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(".")
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
                assert!(!is_wider(&new, text, &to), "{new} is wider than {text}");
                format!("range {new}")
            }
            Rewrite::Invalid => "invalid".to_owned(),
        }
    }

    /// Returns whether the new range admits all that the old one did, which may be below `to`.
    fn is_wider(new: &str, old: &str, to: &Version) -> bool {
        let numbers = || 0..5_u64;
        let versions = numbers().flat_map(|a| {
            numbers().flat_map(move |b| numbers().map(move |c| Version::new(a, b, c)))
        });
        let mut admitted = versions.filter(|version| admits(old, version)).peekable();
        admitted.peek().is_some_and(|first| first < to)
            && admitted.all(|version| admits(new, &version))
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
    fn original_requirement_is_restored_after_a_prerelease() {
        for (original, text, to, expected) in [
            ("~1.2", "~1.3.0-rc.1", "1.3.0", Some("~1.3")),
            ("1.2", "1.3.0-rc.2", "1.3.0", Some("1.3")),
            ("1.*", "=2.0.0-rc.1", "2.0.0", Some("2.*")),
            ("1.*", "=1.3.0-rc.1", "1.3.0", Some("1.*")),
            (">=1.2, <2", ">=1.9.0-rc.1, <2", "1.9.0", Some(">=1.2, <2")),
            (
                ">=1.2, <2",
                ">=2.0.0-rc.1, <3",
                "2.0.0",
                Some("range >=2.0, <3"),
            ),
            ("~1.2", "=1.3.0-rc.1", "1.3.0", None),
            ("~1.2", "~1.3.0-rc.1", "1.3.0-rc.2", None),
            ("~1.2", "~1.2.9", "1.3.0", None),
        ] {
            let rewritten = match restore(original, text, &to.parse().unwrap(), false) {
                Some(Rewrite::To(new)) => Some(new),
                Some(Rewrite::Range(new)) => Some(format!("range {new}")),
                _ => None,
            };
            assert_eq!(rewritten.as_deref(), expected, "{original} {text} {to}");
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
            ("<0.0.3", "0.0.3", "range >=0.0.3, <0.0.4"),
            ("<2", "2.0.0", "range >=2, <3"),
            ("<=1.2", "2.0.0", "range >=2.0, <=2.0"),
            (">1.2", "1.2.0", "range >=1.2"),
            (">=1.2, <2", "2.0.0-rc.1", "range >=2.0.0-rc.1, <3"),
            (">=1.2, <2", "1.9.0-rc.1", "range >=1.9.0-rc.1, <2"),
            ("<2", "2.0.0-rc.1", "range >=2.0.0-rc.1, <3"),
            ("=1.2, <2", "2.0.0", "range =2.0, <3"),
            // The upper bound keeps its level.
            (">=1.2.3, <1.3", "2.4.7", "range >=2.4.7, <2.5"),
            (">=1.2.3, <1.3.0", "2.0.0", "range >=2.0.0, <2.1.0"),
            (">=1.2, <1.9", "2.0.0", "range >=2.0, <2.1"),
            (">=1.2, <1.2.5", "1.2.7", "range >=1.2.7, <1.2.8"),
            (">=1.2, <1.2.5", "2.0.0", "range >=2.0, <2.0.1"),
            (">=1.2, <=1.9", "2.1.4", "range >=2.1, <=2.1"),
            (">=1.2.3, <=1.9.3", "1.10.0", "range >=1.10.0, <=1.10.0"),
            (">=1, <3", "3.1.0", "range >=3, <4"),
            ("^1.2, <1.9", "2.0.0", "range ^2.0, <2.1"),
            ("~1.2, <1.2.9", "1.3.0", "range ~1.3, <1.3.1"),
            (">=0.2, <0.3", "1.0.0", "range >=1.0, <2.0"),
            (">=1.2.3, <1.3", "2.0.0-rc.1", "range >=2.0.0-rc.1, <2.1"),
            ("<=1.2", "2.0.0-rc.1", "range >=2.0.0-rc.1, <2.1.0"),
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
