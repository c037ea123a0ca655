//! Recorded values as text for other programs: spreadsheets, databases, dashboards.
//!
//! To add a format, write one file below `export/` with an [`ExportFormat`] and add a line to [`EXPORTS`]. Only measured
//! values are exported: a missing one is not zero. This module knows nothing about the store.

mod bencher;
mod csv;
mod json_lines;
mod openmetrics;

/// A value that a metric had in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedValue {
    /// The id of the run.
    pub run: String,
    /// When the run started, in Unix seconds.
    pub started: i64,
    /// Full id of the commit. `None` without git.
    pub commit: Option<String>,
    /// Whether the sources differed from the commit.
    pub dirty: bool,
    /// Name of the workspace.
    pub workspace: String,
    /// Name of the metric.
    pub metric: String,
    /// The package. `None` for the workspace.
    pub package: Option<String>,
    /// The unit of the value.
    pub unit: String,
    /// The value, which is finite.
    pub value: f64,
    /// Bounds of the value, if the run measured it several times.
    pub range: Option<(f64, f64)>,
    /// Digest of the settings of the collector. Values with other settings are not comparable.
    pub settings: String,
    /// Digest of the toolchain.
    pub toolchain: String,
}

/// A format of exported values.
pub struct ExportFormat {
    /// Its name in `history export NAME`.
    pub name: &'static str,
    /// The description for the help.
    pub about: &'static str,
    /// Starts a document.
    pub start: fn() -> Box<dyn ExportDocument>,
}

/// A document that is written run by run, so that it need not fit into the memory.
pub trait ExportDocument {
    /// Returns the text before the values of the first run.
    fn begin(&mut self) -> String {
        String::new()
    }

    /// Returns the text for the values of a run. Runs come oldest first.
    fn run(&mut self, samples: &[ExportedValue]) -> String;

    /// Returns the text after the values of the last run.
    fn end(&mut self) -> String {
        String::new()
    }
}

/// The formats, in the order in which the help lists them.
pub const EXPORTS: &[ExportFormat] = &[
    csv::FORMAT,
    json_lines::FORMAT,
    openmetrics::FORMAT,
    bencher::FORMAT,
];

/// Returns the format with this name.
pub fn format(name: &str) -> Option<&'static ExportFormat> {
    EXPORTS.iter().find(|format| format.name == name)
}

/// Returns a moment as RFC 3339 writes it, in UTC.
fn moment(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::HOSTILE;

    fn sample(run: &str, metric: &str, package: Option<&str>, value: f64) -> ExportedValue {
        ExportedValue {
            run: run.to_owned(),
            started: 1_796_074_704,
            commit: Some("c3092b5df979418d6a5b648182f81a4ee3c6d1f1".to_owned()),
            dirty: false,
            workspace: "pool".to_owned(),
            metric: metric.to_owned(),
            package: package.map(str::to_owned),
            unit: "count".to_owned(),
            value,
            range: None,
            settings: "158ada222813b92f".to_owned(),
            toolchain: "7ce72a383d688a85".to_owned(),
        }
    }

    fn export(name: &str, runs: &[Vec<ExportedValue>]) -> String {
        let mut export = (format(name).unwrap().start)();
        let mut text = export.begin();
        for samples in runs {
            text += &export.run(samples);
        }
        text + &export.end()
    }

    /// Two runs: in the second one a time was measured several times, and the tree had changes.
    fn two_runs() -> Vec<Vec<ExportedValue>> {
        let first = vec![
            sample("1", "clippy.warnings", None, 12.0),
            sample("1", "clippy.warnings", Some("core"), 7.0),
        ];
        let mut time = sample("2", "build.clean.time", None, 2.25);
        time.unit = "s".to_owned();
        time.range = Some((2.0, 2.5));
        let mut second = vec![sample("2", "clippy.warnings", None, 9.0), time];
        for sample in &mut second {
            sample.started += 3600;
            sample.dirty = true;
            sample.commit = None;
        }
        vec![first, second]
    }

    #[test]
    fn each_format_writes_the_values_that_were_measured() {
        for (name, expected) in [
            (
                "csv",
                "run,started,commit,dirty,workspace,metric,package,unit,value,lower,upper,settings,toolchain\n\
                 1,2026-11-30T21:38:24Z,c3092b5df979418d6a5b648182f81a4ee3c6d1f1,false,pool,clippy.warnings,,count,12,,,158ada222813b92f,7ce72a383d688a85\n\
                 1,2026-11-30T21:38:24Z,c3092b5df979418d6a5b648182f81a4ee3c6d1f1,false,pool,clippy.warnings,core,count,7,,,158ada222813b92f,7ce72a383d688a85\n\
                 2,2026-11-30T22:38:24Z,,true,pool,clippy.warnings,,count,9,,,158ada222813b92f,7ce72a383d688a85\n\
                 2,2026-11-30T22:38:24Z,,true,pool,build.clean.time,,s,2.25,2,2.5,158ada222813b92f,7ce72a383d688a85\n",
            ),
            (
                "openmetrics",
                "# TYPE cargo_campaign_value gauge\n\
                 # HELP cargo_campaign_value Values of metrics, of the workspace and of packages.\n\
                 cargo_campaign_value{workspace=\"pool\",metric=\"build.clean.time\",unit=\"s\"} 2.25 1796078304\n\
                 cargo_campaign_value{workspace=\"pool\",metric=\"clippy.warnings\",package=\"core\",unit=\"count\"} 7 1796074704\n\
                 cargo_campaign_value{workspace=\"pool\",metric=\"clippy.warnings\",unit=\"count\"} 12 1796074704\n\
                 cargo_campaign_value{workspace=\"pool\",metric=\"clippy.warnings\",unit=\"count\"} 9 1796078304\n\
                 # EOF\n",
            ),
        ] {
            assert_eq!(export(name, &two_runs()), expected, "{name}");
        }
    }

    #[test]
    fn json_lines_are_an_object_each() {
        let text = export("jsonl", &two_runs());
        let rows: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0]["started"], "2026-11-30T21:38:24Z");
        assert_eq!(rows[1]["package"], "core");
        assert_eq!(rows[3]["lower"], 2.0);
        assert_eq!(rows[3]["upper"], 2.5);
        let names = |row: &serde_json::Value| row.as_object().unwrap().keys().cloned().collect();
        let header: Vec<String> = names(&rows[0]);
        assert!(rows.iter().all(|row| names(row) == header), "{text}");
    }

    #[test]
    fn bencher_gets_the_values_of_the_last_run() {
        let text = export("bmf", &two_runs());
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({"pool": {
            "build.clean.time": {"value": 2.25, "lower_value": 2.0, "upper_value": 2.5},
            "clippy.warnings": {"value": 9.0},
        }});
        assert_eq!(read, expected);
    }

    #[test]
    fn nothing_recorded_is_a_valid_document() {
        for (name, expected) in [("jsonl", ""), ("bmf", "{}\n")] {
            assert_eq!(export(name, &[]), expected, "{name}");
        }
        assert!(export("csv", &[]).starts_with("run,started,"));
        assert!(export("openmetrics", &[]).ends_with("# EOF\n"));
    }

    /// Units and names of metrics are texts of the configuration.
    #[test]
    fn hostile_texts_stay_in_their_place() {
        for text in HOSTILE {
            let mut hostile = sample("1", text, None, 1.0);
            hostile.unit = (*text).to_owned();
            hostile.workspace = (*text).to_owned();
            let runs = [vec![hostile, sample("1", "b", None, 2.0)]];
            for format in EXPORTS {
                let written = export(format.name, &runs);
                let controls = written.chars().filter(|c| c.is_control() && *c != '\n');
                assert_eq!(controls.count(), 0, "{}: {written:?}", format.name);
            }
            assert_eq!(export("csv", &runs).lines().count(), 3, "{text:?}");
            assert_eq!(export("jsonl", &runs).lines().count(), 2, "{text:?}");
            assert_eq!(export("openmetrics", &runs).lines().count(), 5, "{text:?}");
        }
    }

    /// A spreadsheet takes a cell for a formula by its first character.
    #[test]
    fn no_cell_begins_a_formula() {
        for unit in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            let mut hostile = sample("1", "a", None, 1.0);
            hostile.unit = unit.to_owned();
            let text = export("csv", &[vec![hostile]]);
            assert!(text.contains(",'") || text.contains(",\"'"), "{text}");
        }
    }
}
