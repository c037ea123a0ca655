//! The results on stdout, which are compared with those of the log file.
//!
//! Because tests print to the same stream, a result may begin in the middle of a line, and with one
//! thread the outcome may come lines after the name. A result that was never printed is certain
//! nevertheless.

use std::collections::{BTreeMap, BTreeSet};

use super::log::LogEntry;
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
