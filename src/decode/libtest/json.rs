//! libtest's own JSON (`-Zunstable-options --format json --report-time`), used to obtain times.
//!
//! It shares stdout with the output of the tests, so a message may begin in the middle of a line.
//! Results are never taken from it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::printed::Printed;
use super::text::Totals;
use crate::event::Outcome;

/// The beginning of every message.
const START: &str = "{ \"type\": \"";

/// The fields of suite and test messages that are used.
#[derive(Deserialize)]
struct JsonMessage<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    name: Option<String>,
    test_count: Option<u32>,
    exec_time: Option<f64>,
    stdout: Option<String>,
    message: Option<String>,
    #[serde(default)]
    passed: u32,
    #[serde(default)]
    failed: u32,
    #[serde(default)]
    ignored: u32,
    #[serde(default)]
    measured: u32,
    #[serde(default)]
    filtered_out: u32,
}

/// The content of a stdout in JSON.
#[derive(Debug, Default)]
pub(super) struct JsonStdout {
    /// The number of tests in the first message that starts a suite.
    pub(super) announced: Option<u32>,
    /// The totals in the last message that ends a suite.
    pub(super) totals: Option<Totals>,
    /// The results by name.
    pub(super) printed: Printed,
    /// Seconds of each test.
    pub(super) seconds: BTreeMap<String, f64>,
    /// Output of failed tests.
    pub(super) outputs: BTreeMap<String, String>,
}

/// Returns whether this line announces a suite.
pub(super) fn starts(line: &str) -> bool {
    message(line)
        .is_some_and(|m| m.kind == "suite" && m.event == "started" && m.test_count.is_some())
}

/// Returns the test that begins according to this line.
pub(super) fn begun(line: &str) -> Option<String> {
    let message = message(line).filter(|m| m.kind == "test" && m.event == "started")?;
    message.name
}

/// Reads a whole stdout.
pub(super) fn read(stdout: &str) -> JsonStdout {
    let mut read = JsonStdout::default();
    for message in stdout.lines().filter_map(message) {
        match (message.kind.as_ref(), message.event.as_ref()) {
            // A test may print such messages as well, but libtest's own are the first start and the
            // last end.
            ("suite", "started") => read.announced = read.announced.or(message.test_count),
            ("suite", event @ ("ok" | "failed")) => {
                read.totals = Some(totals(&message, event == "ok"))
            }
            ("test", "ok" | "failed" | "ignored") => read.test(message),
            ("bench", _) => read.printed.add(&message.name.unwrap_or_default(), None),
            _ => {}
        }
    }
    read
}

impl JsonStdout {
    fn test(&mut self, message: JsonMessage<'_>) {
        let Some(name) = message.name else { return };
        let outcome = match message.event.as_ref() {
            "ok" => Outcome::Passed,
            "failed" => Outcome::Failed,
            _ => Outcome::Ignored,
        };
        self.printed.add(&name, Some(outcome));
        if let Some(seconds) = message.exec_time.filter(|s| s.is_finite() && *s >= 0.0) {
            self.seconds.insert(name.clone(), seconds);
        }
        if message.event == "failed" {
            let output = [message.stdout, message.message]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("\n");
            self.outputs.insert(name, output);
        }
    }
}

fn totals(message: &JsonMessage<'_>, ok: bool) -> Totals {
    Totals {
        ok,
        passed: message.passed,
        failed: message.failed,
        ignored: message.ignored,
        measured: message.measured,
        filtered: message.filtered_out,
        seconds: message.exec_time.filter(|seconds| seconds.is_finite()),
    }
}

/// Returns the message in a line. A test may have printed text before it without a line break.
fn message(line: &str) -> Option<JsonMessage<'_>> {
    serde_json::from_str(line.get(line.rfind(START)?..)?.trim_end()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_behind_the_output_of_tests() {
        let told = read(concat!(
            "{ \"type\": \"suite\", \"event\": \"started\", \"test_count\": 2 }\n",
            "{ \"type\": \"test\", \"event\": \"started\", \"name\": \"a\" }\n",
            "partial{ \"type\": \"test\", \"name\": \"a\", \"event\": \"ok\", \"exec_time\": 0.25 }\n",
            "{ \"type\": \"test\", \"event\": \"timeout\", \"name\": \"b\" }\n",
            "{ \"type\": \"test\", \"name\": \"b\", \"event\": \"failed\", \"exec_time\": 1e-6, \"stdout\": \"o\", \"message\": \"m\" }\n",
            "{ \"type\": nonsense\n",
            "{ \"type\": \"suite\", \"event\": \"failed\", \"passed\": 1, \"failed\": 1, \"ignored\": 0, \"measured\": 0, ",
            "\"filtered_out\": 3, \"exec_time\": 0.5 }\n",
        ));
        assert_eq!(told.announced, Some(2));
        assert_eq!(
            told.seconds,
            BTreeMap::from([("a".to_owned(), 0.25), ("b".to_owned(), 1e-6)])
        );
        assert_eq!(
            told.outputs,
            BTreeMap::from([("b".to_owned(), "o\nm".to_owned())])
        );
        let totals = Totals {
            passed: 1,
            failed: 1,
            filtered: 3,
            seconds: Some(0.5),
            ..Totals::default()
        };
        assert_eq!(told.totals, Some(totals));
    }
}
