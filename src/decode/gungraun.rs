//! `summary.json` of gungraun (formerly iai-callgrind): the counts of one benchmark.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// The counts of a benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchmarkSummary {
    /// Its file, group, function and id, separated by `/`: `speed/fibs/fib/short`.
    pub name: String,
    /// The tool of Valgrind that counted: `Callgrind` or `Cachegrind`.
    pub tool: String,
    /// The instructions that it executed.
    pub instructions: u64,
    /// When it began, as the time since 1970. `None` if the summary does not say.
    pub started: Option<Duration>,
}

/// The parts of a summary that are read.
#[derive(Deserialize)]
struct GungraunSummary {
    version: String,
    module_path: String,
    id: Option<String>,
    started_at: Option<String>,
    profiles: Vec<GungraunProfile>,
}

#[derive(Deserialize)]
struct GungraunProfile {
    tool: String,
    /// In version 6.
    summaries: Option<Data>,
    /// In version 7.
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    total: Total,
}

#[derive(Deserialize)]
struct Total {
    /// In version 6, by the name of the tool.
    #[serde(default)]
    summary: Value,
    /// In version 7.
    #[serde(default)]
    metrics: BTreeMap<String, Value>,
}

/// The event of an executed instruction.
const INSTRUCTIONS: &str = "Ir";

const TOOLS: [&str; 2] = ["Callgrind", "Cachegrind"];

/// Reads a summary.
///
/// # Errors
/// If it is not one of a known version, or has no count of the last run; as a fragment.
pub fn summary(text: &str) -> Result<BenchmarkSummary, String> {
    let summary: GungraunSummary = serde_json::from_str(text)
        .map_err(|error| format!("it is not a summary of gungraun: {error}"))?;
    if !["6", "7"].contains(&summary.version.as_str()) {
        let version = &summary.version;
        return Err(format!("it has version {version:?}, and 6 and 7 are known"));
    }
    let mut counted = summary.profiles.iter().filter_map(|profile| {
        let tool = TOOLS.into_iter().find(|tool| *tool == profile.tool)?;
        Some((tool, profile))
    });
    let (tool, profile) = counted.next().ok_or("no tool counted instructions")?;
    let instructions = match summary.version.as_str() {
        "6" => profile.summaries.as_ref().and_then(|data| {
            let metrics = &data.total.summary[tool][INSTRUCTIONS]["metrics"];
            let new = metrics.get("Left").unwrap_or(&metrics["Both"][0]);
            new["Int"].as_u64()
        }),
        _ => profile.data.as_ref().and_then(|data| {
            let metric = data.total.metrics.get(INSTRUCTIONS)?;
            metric["values"]["new"].as_u64()
        }),
    };
    let started = match &summary.started_at {
        Some(written) => Some(time(written).ok_or_else(|| format!("`{written}` is not a time"))?),
        None => None,
    };
    let path = summary.module_path.split("::");
    let parts: Vec<&str> = path.chain(summary.id.as_deref()).collect();
    Ok(BenchmarkSummary {
        name: parts.join("/").replace(char::is_whitespace, "_"),
        tool: tool.to_owned(),
        instructions: instructions.ok_or("it has no count of the last run")?,
        started,
    })
}

/// Returns the time since 1970 of a date with a time: `2026-11-30T22:40:00.5Z`.
fn time(written: &str) -> Option<Duration> {
    let time: jiff::Timestamp = written.parse().ok()?;
    let seconds = u64::try_from(time.as_second()).ok()?;
    let nanoseconds = u32::try_from(time.subsec_nanosecond()).ok()?;
    Some(Duration::new(seconds, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V6: &str = r#"{"version":"6","module_path":"speed::fibs::bench_fib","id":null,
        "profiles":[{"tool":"DHAT","summaries":{"total":{"summary":{"Dhat":{}}}}},
        {"tool":"Callgrind","summaries":{"parts":[],"total":{"regressions":[],"summary":
        {"Callgrind":{"Ir":{"diffs":null,"metrics":{"Both":[{"Int":1734},{"Int":1700}]}}}}}}}]}"#;

    #[test]
    fn summaries_of_both_versions_have_the_new_count() {
        let recorded = include_str!("../../fixtures/streams/gungraun/summary.json");
        let expected = BenchmarkSummary {
            name: "speed/fibs/bench_fib/short".to_owned(),
            tool: "Callgrind".to_owned(),
            instructions: 1792,
            started: Some(Duration::from_secs(1_796_078_400)),
        };
        assert_eq!(summary(recorded), Ok(expected.clone()));
        let old = BenchmarkSummary {
            name: "speed/fibs/bench_fib".to_owned(),
            instructions: 1734,
            started: None,
            ..expected
        };
        assert_eq!(summary(V6), Ok(old.clone()));
        let first = V6.replace(
            r#"{"Both":[{"Int":1734},{"Int":1700}]}"#,
            r#"{"Left":{"Int":1734}}"#,
        );
        assert_eq!(summary(&first), Ok(old));
    }

    #[test]
    fn summary_without_a_count_of_the_last_run_is_an_error() {
        let only_old = r#"{"Right":{"Int":1}}"#;
        let table = [
            (V6.replace("\"6\"", "\"8\""), "it has version \"8\""),
            (V6.replace("Callgrind", "Memcheck"), "no tool counted"),
            (
                V6.replace(r#"{"Both":[{"Int":1734},{"Int":1700}]}"#, only_old),
                "no count of the last run",
            ),
            (V6.replace("{\"Int\":1734}", "{\"Float\":1.5}"), "no count"),
            (V6[..V6.len() - 2].to_owned(), "not a summary of gungraun"),
            (String::new(), "not a summary of gungraun"),
        ];
        for (text, expected) in table {
            let error = summary(&text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
