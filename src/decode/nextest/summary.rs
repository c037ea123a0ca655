//! nextest's `Summary` line on stderr, and whether it agrees with the events.
//!
//! `Summary [   1.013s] 8 tests run: 7 passed (1 flaky), 1 timed out, 1 skipped`, with
//! `3/8 tests run` if the run was cut short.

use crate::decode::text::plain;
use crate::event::{Cause, Outcome, TestCase};

/// Why results may be incomplete.
#[derive(Debug, PartialEq)]
pub(super) struct Incompleteness {
    /// A fragment.
    pub(super) reason: String,
    pub(super) cause: Cause,
}

impl Incompleteness {
    fn unknown(reason: String) -> Self {
        Self {
            reason,
            cause: Cause::Unknown,
        }
    }
}

/// The content of the line.
#[derive(Debug, Default, PartialEq)]
struct Summary {
    run: u64,
    of: u64,
    passed: u64,
    /// Failed, timed out, could not be started.
    failed: u64,
    /// Ignored and filtered out.
    skipped: u64,
}

/// Returns why these results may be incomplete.
pub(super) fn problem<'a>(
    stderr: &str,
    results: impl Iterator<Item = &'a TestCase>,
) -> Option<Incompleteness> {
    let Some(summary) = plain(stderr).lines().rev().find_map(read) else {
        return Some(Incompleteness::unknown(
            "nextest gave no summary".to_owned(),
        ));
    };
    let [mut passed, mut failed, mut ignored] = [0; 3];
    for case in results {
        match case.outcome {
            Outcome::Passed | Outcome::Flaky => passed += 1,
            Outcome::Failed => failed += 1,
            Outcome::Ignored => ignored += 1,
        }
    }
    if stderr.lines().any(leaves_tests_out) {
        return Some(Incompleteness {
            reason:
                "a `default-filter` of nextest's configuration leaves tests out; to measure a part, pass \
                 `--ignore-default-filter` and a filter as `args`"
                    .to_owned(),
            cause: Cause::Sources,
        });
    }
    let Summary { run, of, .. } = summary;
    if run < of {
        return Some(Incompleteness::unknown(format!(
            "nextest ran {run} of {of} tests"
        )));
    }
    let agrees = (run, summary.passed, summary.failed) == (passed + failed, passed, failed)
        && ignored <= summary.skipped;
    (!agrees).then(|| {
        let Summary {
            passed: p,
            failed: f,
            ..
        } = summary;
        Incompleteness::unknown(format!(
            "nextest sums up {p} passed, {f} failed, its events {passed} passed, {failed} failed"
        ))
    })
}

/// Returns whether a line says that a default filter leaves tests out: `Starting 1 test across 1
/// binary (2 tests skipped, including 1 test via profile.default.default-filter)`. Filters among the
/// arguments are intended; one in nextest's configuration is invisible in `campaign.toml`.
fn leaves_tests_out(line: &str) -> bool {
    line.trim_start().starts_with("Starting ")
        && line.contains(" via ")
        && line.contains("default-filter")
}

/// Returns the number of tests that a filter left out: nextest skipped them without an event. A
/// binary that it skipped counts as one, since nextest does not list its tests.
pub(super) fn filtered(stderr: &str, ignored: usize) -> u32 {
    let stderr = plain(stderr);
    let summary = stderr.lines().rev().find_map(read).unwrap_or_default();
    let binaries: u64 = stderr.lines().filter_map(skipped_binaries).sum();
    let ignored = u64::try_from(ignored).unwrap_or(u64::MAX);
    let filtered = summary.skipped.saturating_sub(ignored);
    u32::try_from(filtered.saturating_add(binaries)).unwrap_or(u32::MAX)
}

/// Reads the number of binaries that nextest did not list: `Starting 0 tests across 0 binaries (2
/// tests and 1 binary skipped)`.
fn skipped_binaries(line: &str) -> Option<u64> {
    let (_, skipped) = line.trim().strip_prefix("Starting ")?.split_once(" (")?;
    let (skipped, _) = skipped.split_once(" skipped")?;
    let count = skipped.rsplit(" and ").next()?;
    let (count, _) = count.split_once(" binar")?;
    count.parse().ok()
}

fn read(line: &str) -> Option<Summary> {
    let (run, counts) = line
        .trim()
        .strip_prefix("Summary [")?
        .split_once("] ")?
        .1
        .split_once(" run:")?;
    let numbers = run
        .strip_suffix(" tests")
        .or_else(|| run.strip_suffix(" test"))?;
    let (run, of) = numbers.split_once('/').unwrap_or((numbers, numbers));
    let mut summary = Summary {
        run: run.parse().ok()?,
        of: of.parse().ok()?,
        ..Summary::default()
    };
    for (count, what) in outside_parentheses(counts)
        .split(',')
        .filter_map(|part| part.trim().split_once(' '))
    {
        let count: u64 = count.parse().ok()?;
        match what.trim() {
            "passed" => summary.passed += count,
            "skipped" => summary.skipped += count,
            // An unknown word is not taken for success.
            _ => summary.failed += count,
        }
    }
    Some(summary)
}

/// `7 passed (1 slow, 1 flaky), 1 failed` as `7 passed , 1 failed`.
fn outside_parentheses(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_read_in_every_form() {
        let of = |run, of, passed, failed, skipped| {
            Some(Summary {
                run,
                of,
                passed,
                failed,
                skipped,
            })
        };
        for (line, expected) in [
            (
                "     Summary [   0.233s] 13 tests run: 7 passed, 6 failed, 2 skipped",
                of(13, 13, 7, 6, 2),
            ),
            (
                "     Summary [   1.013s] 8 tests run: 7 passed (1 slow, 1 flaky), 1 timed out, 1 skipped",
                of(8, 8, 7, 1, 1),
            ),
            (
                "     Summary [   0.004s] 1 test run: 1 passed, 0 skipped",
                of(1, 1, 1, 0, 0),
            ),
            (
                "     Summary [   0.004s] 3/8 tests run: 1 passed, 1 failed, 1 exec failed, 0 skipped",
                of(3, 8, 1, 2, 0),
            ),
            (
                "     Summary [   0.000s] 0 tests run: 0 passed, 4 skipped",
                of(0, 0, 0, 0, 4),
            ),
            ("     Summary [   0.000s] none", None),
            ("Summary of mine", None),
        ] {
            assert_eq!(read(line), expected, "{line:?}");
        }
    }

    #[test]
    fn tests_and_binaries_that_were_left_out_are_counted() {
        for (starting, skipped, ignored, expected) in [
            ("0 tests across 1 binary", 0, 0, 0),
            ("0 tests across 1 binary (1 test skipped)", 1, 0, 1),
            ("1 test across 1 binary (2 tests skipped)", 2, 2, 0),
            ("0 tests across 0 binaries (1 binary skipped)", 0, 0, 1),
            (
                "1 test across 1 binary (1 test and 2 binaries skipped)",
                1,
                0,
                3,
            ),
        ] {
            let summary = format!("Summary [ 0.1s] 0 tests run: 0 passed, {skipped} skipped");
            let stderr = format!("    Starting {starting}\n     {summary}\n");
            assert_eq!(filtered(&stderr, ignored), expected, "{starting}");
        }
    }

    #[test]
    fn a_summary_that_disagrees_is_a_problem() {
        let case = |outcome| TestCase {
            name: String::new(),
            outcome,
            seconds: None,
            output: None,
        };
        let cases = [Outcome::Passed, Outcome::Failed, Outcome::Ignored].map(case);
        for (stderr, expected) in [
            (
                "Summary [ 1s] 2 tests run: 1 passed, 1 failed, 1 skipped",
                None,
            ),
            (
                "\u{1b}[32mSummary [ 1s]\u{1b}[m 2 tests run: 1 passed, 1 failed, 7 skipped\nerror: x",
                None,
            ),
            ("", Some("nextest gave no summary")),
            (
                "    Starting 2 tests across 1 binary (1 test skipped, including 1 test via profile.ci.default-filter)\n\
                 Summary [ 1s] 2 tests run: 1 passed, 1 failed, 1 skipped",
                Some(
                    "a `default-filter` of nextest's configuration leaves tests out; to measure a part, pass \
                     `--ignore-default-filter` and a filter as `args`",
                ),
            ),
            (
                "Summary [ 1s] 2/5 tests run: 1 passed, 1 failed, 1 skipped",
                Some("nextest ran 2 of 5 tests"),
            ),
            (
                "Summary [ 1s] 2 tests run: 2 passed, 1 skipped",
                Some("nextest sums up 2 passed, 0 failed, its events 1 passed, 1 failed"),
            ),
        ] {
            let found = problem(stderr, cases.iter());
            let is_setting = expected.is_some_and(|reason| reason.contains("default-filter"));
            if let Some(found) = &found {
                assert_eq!(found.cause == Cause::Sources, is_setting, "{stderr:?}");
            }
            let reason = found.map(|found| found.reason);
            assert_eq!(reason.as_deref(), expected, "{stderr:?}");
        }
    }
}
