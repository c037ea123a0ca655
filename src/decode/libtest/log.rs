//! libtest's `--logfile`: one record for each finished test, separate from the output of the tests.
//!
//! A record is `ok NAME`, `failed NAME`, `failed: MESSAGE NAME`, `ignored NAME`,
//! `ignored: MESSAGE NAME`, or the values of a benchmark and its name. If times are enabled,
//! ` <0.003s>` follows. A message may contain line breaks; a name contains no white space.

use crate::event::Outcome;

/// A finished test.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LogEntry {
    /// Path of the test.
    pub(super) name: String,
    /// `None` for a measured benchmark.
    pub(super) outcome: Option<Outcome>,
    /// Duration in seconds, with a resolution of milliseconds.
    pub(super) seconds: Option<f64>,
}

/// The beginnings of a record with the outcome, and whether a message precedes the name.
const STARTS: [(&str, Outcome, bool); 6] = [
    ("ok ", Outcome::Passed, false),
    ("failed: ", Outcome::Failed, true),
    ("failed (time limit exceeded) ", Outcome::Failed, false),
    ("failed ", Outcome::Failed, false),
    ("ignored: ", Outcome::Ignored, true),
    ("ignored ", Outcome::Ignored, false),
];

/// Returns the records in the order in which the tests finished, and the number of unknown lines.
pub(super) fn read(log: &str) -> (Vec<LogEntry>, usize) {
    let mut entries: Vec<LogEntry> = Vec::new();
    let mut odd = 0;
    let mut in_message = false;
    for line in log.lines() {
        // Inside a message, a line that looks like a record without a name continues the message.
        let record = entry(line)
            .filter(|(entry, message)| *message || !in_message || !entry.name.contains(' '));
        if let Some((entry, message)) = record {
            entries.push(entry);
            in_message = message;
        } else if let Some(last) = entries.last_mut().filter(|_| in_message) {
            // The name is at the end of the last line of the message.
            let (rest, seconds) = timed(line);
            last.name = last_word(rest).to_owned();
            last.seconds = seconds;
        } else {
            odd += 1;
        }
    }
    (entries, odd)
}

/// Reads the first line of a record. Returns also whether it contains a message.
fn entry(line: &str) -> Option<(LogEntry, bool)> {
    let (line, seconds) = timed(line);
    for (start, outcome, message) in STARTS {
        if let Some(rest) = line.strip_prefix(start) {
            let name = if message { last_word(rest) } else { rest };
            return Some((
                LogEntry {
                    name: name.to_owned(),
                    outcome: Some(outcome),
                    seconds,
                },
                message,
            ));
        }
    }
    let (_, name) = line.split_once(" ns/iter (+/- ")?.1.split_once(") ")?;
    Some((
        LogEntry {
            name: last_word(name).to_owned(),
            outcome: None,
            seconds,
        },
        false,
    ))
}

/// Splits ` <0.003s>` from the end of a line.
pub(super) fn timed(line: &str) -> (&str, Option<f64>) {
    let time = line
        .strip_suffix("s>")
        .and_then(|line| line.rsplit_once(" <"));
    if let Some((rest, time)) = time
        && let Ok(seconds) = time.parse::<f64>()
        && seconds.is_finite()
    {
        return (rest, Some(seconds));
    }
    (line, None)
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Failed, Ignored, Passed};

    #[test]
    fn every_form_of_record_is_read() {
        let one = |name: &str, outcome, seconds| {
            (
                vec![LogEntry {
                    name: name.to_owned(),
                    outcome,
                    seconds,
                }],
                0,
            )
        };
        for (log, expected) in [
            ("ok a::b\n", one("a::b", Some(Passed), None)),
            (
                "ok a::r#type::b <0.077s>\n",
                one("a::r#type::b", Some(Passed), Some(0.077)),
            ),
            (
                "ok named by a person\n",
                one("named by a person", Some(Passed), None),
            ),
            ("failed b\n", one("b", Some(Failed), None)),
            (
                "failed (time limit exceeded) b <1.000s>\n",
                one("b", Some(Failed), Some(1.0)),
            ),
            (
                "failed: test did not panic as expected at src/lib.rs:89:8 t::p\n",
                one("t::p", Some(Failed), None),
            ),
            (
                "failed: no\n  message: \"x\"\n expected: \"boom\" t::p <0.002s>\n",
                one("t::p", Some(Failed), Some(0.002)),
            ),
            ("ignored: many\nok lines c\n", one("c", Some(Ignored), None)),
            ("ignored c\n", one("c", Some(Ignored), None)),
            (
                "ignored: needs: a network t::c\n",
                one("t::c", Some(Ignored), None),
            ),
            (
                "       1,234.56 ns/iter (+/- 78) b::fast\n",
                one("b::fast", None, None),
            ),
            (
                "          2.03 ns/iter (+/- 0.13) = 4000 MB/s b::fast\n",
                one("b::fast", None, None),
            ),
            ("", (vec![], 0)),
            ("what is this\n\n", (vec![], 2)),
            ("ok a <infs>\n", one("a <infs>", Some(Passed), None)),
        ] {
            assert_eq!(read(log), expected, "{log:?}");
        }
    }
}
