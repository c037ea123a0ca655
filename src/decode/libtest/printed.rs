//! The results on stdout. They are compared with those of the log file, or are the only ones.
//!
//! Because tests print to the same stream, a result may begin in the middle of a line, and with one
//! thread the outcome may come lines after the name. A result that was never printed is certain
//! nevertheless.

use std::collections::{BTreeMap, BTreeSet};

use super::log::{LogEntry, timed};
use super::text::{announced, totals};
use crate::decode::text::plain;
use crate::event::Outcome;

/// Outcomes by name; `None` where the outcome does not follow the name.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Printed(BTreeMap<String, BTreeSet<Option<Outcome>>>);

impl Printed {
    /// Adds a result.
    pub(super) fn add(&mut self, name: &str, outcome: Option<Outcome>) {
        self.0.entry(name.to_owned()).or_default().insert(outcome);
    }

    /// Returns whether the result was printed, or may have been: the outcome can be on another line.
    pub(super) fn confirms(&self, entry: &LogEntry) -> bool {
        let printed = self.0.get(&entry.name);
        printed
            .is_some_and(|outcomes| outcomes.contains(&None) || outcomes.contains(&entry.outcome))
    }
}

/// Finds every `test NAME ... OUTCOME`, at any position in a line.
pub(super) fn read(stdout: &str) -> Printed {
    let mut printed = Printed::default();
    for line in stdout.lines() {
        let mut parts = line.split(" ... ").peekable();
        while let (Some(before), Some(after)) = (parts.next(), parts.peek()) {
            // Output without a line break may precede `test`, and a name may contain the word.
            let starts = [before.find("test "), before.rfind("test ")];
            for start in starts.into_iter().flatten() {
                let name = before[start + "test ".len()..].trim_end(); // benches are padded
                printed.add(
                    name.strip_suffix(" - should panic").unwrap_or(name),
                    outcome(after),
                );
            }
        }
    }
    printed
}

/// Returns the results between the announcement and the totals.
///
/// A test of which two outcomes were printed has two results, so that there are more results than tests.
pub(super) fn results(stdout: &str) -> Vec<LogEntry> {
    let text = plain(stdout);
    let mut segments: Vec<Segment<'_>> = Vec::new();
    for line in lines_of_results(&text) {
        let (before, marked) = segments_of(line);
        if let Some(last) = segments.last_mut() {
            last.lines.push(before);
        }
        segments.extend(marked);
    }

    let mut known = BTreeSet::new();
    let mut entries = Vec::new();
    for segment in &segments {
        for (outcome, seconds) in segment.outcomes() {
            if known.insert((segment.name, outcome)) {
                entries.push(LogEntry {
                    name: segment.name.to_owned(),
                    outcome,
                    seconds,
                });
            }
        }
    }
    entries
}

/// Returns the lines among which libtest prints results: after the announcement, and before the output
/// of tests that it captured and the last totals.
fn lines_of_results(stdout: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = stdout.lines().collect();
    let start = lines.iter().position(|line| announced(line).is_some());
    let end = lines.iter().rposition(|line| totals(line).is_some());
    let lines = lines.into_iter().take(end.unwrap_or(usize::MAX));
    lines
        .skip(start.map_or(usize::MAX, |start| start + 1))
        .take_while(|line| !matches!(*line, "failures:" | "successes:"))
}

/// What was printed from `test NAME ... ` on, up to the next name.
struct Segment<'a> {
    name: &'a str,
    /// The rest of the line, and the lines after it. The last one may be the beginning of a line.
    lines: Vec<&'a str>,
}

/// Splits a line before each name. Returns the part before the first name, and the others.
fn segments_of(line: &str) -> (&str, Vec<Segment<'_>>) {
    const SEPARATOR: &str = " ... ";
    let mut segments: Vec<Segment<'_>> = Vec::new();
    // The end of the part that belongs to the text before the next name.
    let (mut before, mut from, mut search) = (line, 0, 0);
    while let Some(at) = line[search..].find(SEPARATOR).map(|at| search + at) {
        search = at + SEPARATOR.len();
        let Some((start, name)) = name_at_end(line, from, at) else {
            continue;
        };
        match segments.last_mut() {
            Some(last) => last.lines = vec![&line[from..start]],
            None => before = &line[..start],
        }
        let after = &line[search..];
        segments.push(Segment {
            name,
            lines: vec![after],
        });
        from = search;
        // The message of an ignored test may look like anything.
        if after.starts_with("ignored, ") {
            break;
        }
    }
    (before, segments)
}

/// Returns the name that ends at `end`, and the position of the `test` before it, not before `from`.
/// Names that contain white space are only recognized at the beginning of the line.
fn name_at_end(line: &str, from: usize, end: usize) -> Option<(usize, &str)> {
    const START: &str = "test ";
    let part = line[from..end].trim_end(); // benches are padded
    let part = part.strip_suffix(" - should panic").unwrap_or(part);
    let at = part.rfind(START)?;
    let name = &part[at + START.len()..];
    if !name.is_empty() && !name.contains(char::is_whitespace) {
        return Some((from + at, name));
    }
    let name = part.strip_prefix(START).filter(|_| from == 0)?;
    (!name.is_empty()).then_some((0, name))
}

impl Segment<'_> {
    /// Returns the outcomes that may be meant, with the time. `None` means a measured benchmark.
    ///
    /// libtest writes the name, the outcome and the line break one after the other, and tests print in
    /// between. An outcome that touches other text counts if there is no other.
    fn outcomes(&self) -> Vec<(Option<Outcome>, Option<f64>)> {
        let (mut separate, mut touching) = (Vec::new(), Vec::new());
        for (index, line) in self.lines.iter().enumerate() {
            let (line, seconds) = timed(line);
            let is_first = index == 0;
            if is_first && line.starts_with("bench: ") {
                separate.push((None, None));
            } else if let Some(outcome) = outcome(line).filter(|_| is_first || is_whole(line)) {
                separate.push((Some(outcome), seconds));
            } else {
                let starts = outcome_with(|word| is_first && line.starts_with(word));
                let ends = outcome_with(|word| line.ends_with(word));
                let outcomes = starts.into_iter().chain(ends);
                touching.extend(outcomes.map(|outcome| (Some(outcome), seconds)));
            }
        }
        if separate.is_empty() {
            touching
        } else {
            separate
        }
    }
}

/// Returns whether a line consists of an outcome as libtest prints it.
fn is_whole(line: &str) -> bool {
    matches!(
        line,
        "ok" | "FAILED" | "ignored" | "FAILED (time limit exceeded)"
    ) || line.starts_with("ignored, ")
}

/// Returns the outcome whose word is the wanted one.
fn outcome_with(is_wanted: impl Fn(&str) -> bool) -> Option<Outcome> {
    let outcomes = [
        ("ok", Outcome::Passed),
        ("FAILED", Outcome::Failed),
        ("ignored", Outcome::Ignored),
    ];
    let found = outcomes.into_iter().find(|(word, _)| is_wanted(word));
    found.map(|(_, outcome)| outcome)
}

fn outcome(after: &str) -> Option<Outcome> {
    match after.split([',', ' ']).next()? {
        "ok" => Some(Outcome::Passed),
        "FAILED" => Some(Outcome::Failed),
        "ignored" => Some(Outcome::Ignored),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_found_wherever_they_stand() {
        use Outcome::{Failed, Ignored, Passed};
        for (stdout, name, outcome, confirmed) in [
            ("test a::b ... ok\n", "a::b", Some(Passed), true),
            ("test a ... ok <0.001s>\n", "a", Some(Passed), true),
            ("test a - should panic ... ok\n", "a", Some(Passed), true),
            (
                "test a ... ignored, needs: ... much\n",
                "a",
                Some(Ignored),
                true,
            ),
            ("no line break test a ... ok\n", "a", Some(Passed), true),
            ("my test test a ... FAILED\n", "a", Some(Failed), true),
            (
                "test named by a test of ours ... ok\n",
                "named by a test of ours",
                Some(Passed),
                true,
            ),
            ("test a ... it prints\nok\n", "a", Some(Passed), true),
            ("test a ... \u{1b}[32mok\u{1b}[m\n", "a", Some(Passed), true),
            (
                "test a    ... bench:  12 ns/iter (+/- 1)\n",
                "a",
                None,
                true,
            ),
            (
                "test a ... ok\ntest a ... FAILED\n",
                "a",
                Some(Failed),
                true,
            ),
            ("test a ... FAILED\n", "a", Some(Passed), false),
            ("test b ... ok\n", "a", Some(Passed), false),
            ("test a ok\n", "a", Some(Passed), false),
            ("", "a", Some(Passed), false),
        ] {
            let entry = LogEntry {
                name: name.to_owned(),
                outcome,
                seconds: None,
            };
            assert_eq!(read(stdout).confirms(&entry), confirmed, "{stdout:?}");
        }
    }
}
