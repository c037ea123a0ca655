//! The lines that libtest writes for people. rustdoc and many other harnesses write the same.

use std::collections::HashSet;

use crate::decode::text::plain;
use crate::event::Outcome;

/// The content of a `test result:` line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::decode) struct Totals {
    /// Whether the verdict is `ok`.
    pub(in crate::decode) ok: bool,
    /// Tests by result.
    pub(in crate::decode) passed: u32,
    /// Tests by result.
    pub(in crate::decode) failed: u32,
    /// Tests by result.
    pub(in crate::decode) ignored: u32,
    /// Benchmarks that were run as such.
    pub(in crate::decode) measured: u32,
    /// Tests that the arguments filtered out.
    pub(in crate::decode) filtered: u32,
    /// Wall time in seconds, if printed.
    pub(in crate::decode) seconds: Option<f64>,
}

impl Totals {
    /// Returns the counts without verdict and time: passed, failed, ignored, measured.
    pub(in crate::decode) fn counts(&self) -> [u32; 4] {
        [self.passed, self.failed, self.ignored, self.measured]
    }
}

/// Returns N of `running N tests`.
pub(in crate::decode) fn announced(line: &str) -> Option<u32> {
    let (count, rest) = line.trim_end().strip_prefix("running ")?.split_once(' ')?;
    let known = matches!(rest, "test" | "tests") || rest.starts_with("tests (shuffle seed: ");
    count.parse().ok().filter(|_| known)
}

/// Returns the message about a number of threads that libtest cannot use, without its full stop:
/// ``RUST_TEST_THREADS is `0`, should be a positive integer.``
pub(in crate::decode) fn invalid_threads(line: &str) -> Option<&str> {
    let message = line.trim_end().strip_suffix('.')?;
    (message.starts_with("RUST_TEST_THREADS is `")
        && message.ends_with("`, should be a positive integer"))
    .then_some(message)
}

/// Reads a totals line:
/// `test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
pub(in crate::decode) fn totals(line: &str) -> Option<Totals> {
    let line = plain(line);
    let (verdict, counts) = line
        .trim_end()
        .strip_prefix("test result: ")?
        .split_once(". ")?;
    let mut totals = Totals {
        ok: verdict == "ok",
        ..Totals::default()
    };
    let mut fields = counts.split("; ");
    for (name, field) in [
        (" passed", &mut totals.passed),
        (" failed", &mut totals.failed),
        (" ignored", &mut totals.ignored),
        (" measured", &mut totals.measured),
        (" filtered out", &mut totals.filtered),
    ] {
        *field = fields.next()?.strip_suffix(name)?.parse().ok()?;
    }
    let time = fields.next().and_then(|field| {
        field
            .strip_prefix("finished in ")?
            .strip_suffix('s')?
            .parse::<f64>()
            .ok()
    });
    totals.seconds = time.filter(|seconds| seconds.is_finite());
    matches!(verdict, "ok" | "FAILED").then_some(totals)
}

/// Returns name and outcome of `test NAME ... ok`. A suffix for display (` - should panic`) is
/// removed from the name, as the log file, the list of failures and `--list` do not have it.
pub(in crate::decode) fn result(line: &str) -> Option<(&str, Outcome)> {
    let (name, outcome) = line.trim_end().strip_prefix("test ")?.split_once(" ... ")?;
    let outcome = match outcome.split([',', ' ']).next()? {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ignored" => Outcome::Ignored,
        _ => return None,
    };
    let name = name.trim();
    let modes = [" - should panic", " - compile fail", " - compile"];
    Some((
        modes
            .iter()
            .find_map(|mode| name.strip_suffix(mode))
            .unwrap_or(name),
        outcome,
    ))
}

/// Returns the output of failed tests: the text after `---- NAME stdout ----`. A test that prints
/// such lines itself can garble the text but not the results, which do not come from here.
pub(in crate::decode) fn sections<'a>(text: &'a str, failed: &[&str]) -> Vec<(&'a str, &'a str)> {
    let mut missing: HashSet<&str> = failed.iter().copied().collect();
    let mut found: Vec<(&str, usize, usize)> = Vec::new();
    let mut at = 0;
    let mut end = text.len();
    for line in text.split_inclusive('\n') {
        let name = line
            .trim_end()
            .strip_prefix("---- ")
            .and_then(|rest| rest.strip_suffix(" stdout ----"));
        if let Some(name) = name.filter(|name| missing.remove(name)) {
            found.push((name, at, at + line.len()));
            end = text.len();
        } else if line.trim_end() == "failures:" && !found.is_empty() {
            end = at;
        }
        at += line.len();
    }
    let ends = found
        .iter()
        .skip(1)
        .map(|(_, start, _)| *start)
        .chain([end])
        .collect::<Vec<_>>();
    found
        .iter()
        .zip(ends)
        .map(|((name, _, body), end)| (*name, text.get(*body..end).unwrap_or("").trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_whole_lines() {
        for (line, count) in [
            ("running 0 tests", Some(0)),
            ("running 1 test", Some(1)),
            ("running 12 tests\r", Some(12)),
            ("running 9 tests (shuffle seed: 77)", Some(9)),
            ("running 3 tests of mine", None),
            ("running x tests", None),
            ("running 99999999999 tests", None),
            (" running 3 tests", None),
        ] {
            assert_eq!(announced(line), count, "{line:?}");
        }
    }

    #[test]
    fn totals_are_read_coloured_or_not_and_never_guessed() {
        let full = Totals {
            ok: false,
            passed: 3,
            failed: 4,
            ignored: 2,
            measured: 1,
            filtered: 5,
            seconds: Some(0.07),
        };
        for (line, expected) in [
            (
                "test result: FAILED. 3 passed; 4 failed; 2 ignored; 1 measured; 5 filtered out; finished in 0.07s",
                Some(full),
            ),
            (
                "test result: \u{1b}[31mFAILED\u{1b}(B\u{1b}[m. 3 passed; 4 failed; 2 ignored; 1 measured; 5 filtered out; finished in 0.07s",
                Some(full),
            ),
            (
                "test result: FAILED. 3 passed; 4 failed; 2 ignored; 1 measured; 5 filtered out",
                Some(Totals {
                    seconds: None,
                    ..full
                }),
            ),
            (
                "test result: fine. 3 passed; 4 failed; 2 ignored; 1 measured; 5 filtered out",
                None,
            ),
            (
                "test result: ok. 3 passed; 4 failed; 2 ignored; 1 measured",
                None,
            ),
            (
                "test result: ok. -3 passed; 4 failed; 2 ignored; 1 measured; 5 filtered out",
                None,
            ),
            ("test result: ok. 3 passed", None),
        ] {
            assert_eq!(totals(line), expected, "{line:?}");
        }
    }

    #[test]
    fn results_are_whole_lines_without_what_the_display_adds() {
        for (line, expected) in [
            ("test a::b ... ok", Some(("a::b", Outcome::Passed))),
            ("test a::b ... ok <0.000s>", Some(("a::b", Outcome::Passed))),
            (
                "test a - should panic ... FAILED",
                Some(("a", Outcome::Failed)),
            ),
            ("test a ... ignored", Some(("a", Outcome::Ignored))),
            (
                "test a ... ignored, needs: a ... ok",
                Some(("a", Outcome::Ignored)),
            ),
            (
                "test src/l.rs - f (line 3) - compile fail ... ok",
                Some(("src/l.rs - f (line 3)", Outcome::Passed)),
            ),
            (
                "test src/l.rs - f (line 3) - compile ... ok",
                Some(("src/l.rs - f (line 3)", Outcome::Passed)),
            ),
            ("test mimic    ... ok", Some(("mimic", Outcome::Passed))),
            ("test b ... bench:  1 ns/iter (+/- 0)", None),
            ("test a ... okay", None),
            ("partialtest a ... ok", None),
        ] {
            assert_eq!(result(line), expected, "{line:?}");
        }
    }

    #[test]
    fn sections_end_at_the_next_test_or_at_the_list_of_failures() {
        let text = "failures:\n\n---- a stdout ----\none\nfailures:\n---- not one stdout ----\n\n---- b stdout ----\ntwo\n\n\
                    failures:\n    a\n    b\n";
        assert_eq!(
            sections(text, &["a", "b"]),
            [
                ("a", "one\nfailures:\n---- not one stdout ----"),
                ("b", "two")
            ]
        );
        assert_eq!(
            sections(text, &["a"]),
            [(
                "a",
                "one\nfailures:\n---- not one stdout ----\n\n---- b stdout ----\ntwo"
            )]
        );
        assert_eq!(sections("---- a stdout ----", &["a"]), [("a", "")]);
        assert_eq!(sections("", &["a"]), []);
    }

    #[test]
    fn sections_of_many_failed_tests_are_found_in_linear_time() {
        let names: Vec<String> = (0..40_000)
            .map(|n| format!("module::of::tests::test_{n:08}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text: String = names
            .iter()
            .rev()
            .map(|name| format!("---- {name} stdout ----\n"))
            .collect();
        assert_eq!(sections(&text.repeat(2), &names).len(), names.len());
    }
}
