//! The `history` screen: recorded runs, newest first, and the trends of chosen metrics.

use crate::metric::Unit;

use super::document::{Block, Document, Overflow, Table, TableColumn, TableRow, Text};
use super::figure::{ago, figure, took};
use super::style::{Look, Signs, Style, UNICODE};
use super::terminal;

/// A run in the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunEntry {
    /// The id of the run.
    pub id: String,
    /// When it started, in Unix seconds.
    pub started: i64,
    /// The short commit, `-` without git.
    pub commit: String,
    /// Whether the sources differed from the commit.
    pub dirty: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The collectors that measured.
    pub collectors: Vec<String>,
    /// Packages, features, profile and target, unless they are the default; may be empty.
    pub with: String,
    /// Its pin (`baseline`) or its defect (`interrupted`); may be empty.
    pub mark: String,
}

/// The values of a metric over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// The title of the metric.
    pub title: String,
    /// The unit of the values.
    pub unit: Unit,
    /// Unix seconds and value, oldest first.
    pub points: Vec<(i64, f64)>,
}

/// The values of metrics in all recorded runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedHistory {
    /// The metrics, each once.
    pub metrics: Vec<MetricHistory>,
    /// Events that may explain a change, oldest first.
    pub marks: Vec<HistoryMark>,
    /// How many runs are recorded.
    pub runs: usize,
}

/// The values of a metric of the workspace in all recorded runs.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricHistory {
    /// Its name.
    pub metric: String,
    /// The values, oldest first.
    pub points: Vec<HistoryPoint>,
}

/// A value of a metric in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPoint {
    /// When the run started, in Unix seconds.
    pub time: i64,
    /// The value.
    pub value: f64,
    /// The full id of the commit; `None` without git.
    pub commit: Option<String>,
    /// Whether the sources differed from the commit.
    pub dirty: bool,
}

/// An event that may explain a change of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryMark {
    /// Its time in Unix seconds.
    pub time: i64,
    /// The tag of a release, or the new toolchain.
    pub text: String,
}

/// How many values a chart shows.
const VALUES: usize = 24;

/// Returns the screen at `now`, in Unix seconds.
pub fn screen(entries: &[RunEntry], trends: &[Trend], now: i64, look: &Look) -> String {
    terminal::render(&document(entries, trends, now, look.signs()), look)
}

fn document(entries: &[RunEntry], trends: &[Trend], now: i64, signs: &Signs) -> Document {
    if entries.is_empty() {
        return vec![
            Block::paragraph("  no runs yet"),
            Block::paragraph("  help: cargo campaign baseline"),
        ];
    }
    let mut blocks = vec![runs(entries, now)];
    let trends: Vec<TableRow> = trends.iter().filter_map(|t| trend(t, signs)).collect();
    if !trends.is_empty() {
        blocks.push(Block::Separator);
        blocks.push(Block::Table(Table {
            name: "metrics",
            columns: vec![
                TableColumn::text("metric").at_most(32),
                TableColumn::text("trend"),
                TableColumn::text("values"),
            ],
            has_heads: false,
            rows: trends,
        }));
    }
    blocks
}

/// Returns the trends as a table, or `None` without any.
pub(super) fn trend_table(trends: &[Trend]) -> Option<Block> {
    let rows: Vec<TableRow> = trends.iter().filter_map(|t| trend(t, &UNICODE)).collect();
    (!rows.is_empty()).then(|| {
        Block::Table(Table {
            name: "trends",
            columns: vec![
                TableColumn::text("metric"),
                TableColumn::text("trend"),
                TableColumn::text("values"),
            ],
            has_heads: true,
            rows,
        })
    })
}

fn runs(entries: &[RunEntry], now: i64) -> Block {
    Block::Table(Table {
        name: "runs",
        columns: vec![
            TableColumn::text("run").at_most(25),
            TableColumn::text("when"),
            TableColumn::text("commit").at_most(16),
            TableColumn::text("").gap(1),
            TableColumn::number("took"),
            TableColumn::text("collectors"),
        ],
        has_heads: true,
        rows: entries.iter().map(|entry| run(entry, now)).collect(),
    })
}

fn run(entry: &RunEntry, now: i64) -> TableRow {
    let mut measured = Text::default();
    if !entry.mark.is_empty() {
        measured = Text::styled(Style::Strong, format!("{}  ", entry.mark));
    }
    measured = measured.words(entry.collectors.join(" "));
    if !entry.with.is_empty() {
        measured = measured.join(Text::styled(Style::Caution, format!(" ({})", entry.with)));
    }
    TableRow {
        cells: vec![
            Text::code(&entry.id),
            Text::new(ago(now, entry.started)),
            Text::code(&entry.commit),
            Text::styled(Style::Caution, if entry.dirty { "dirty" } else { "" }),
            Text::new(took(entry.seconds)),
            measured,
        ],
        overflow: Overflow::FoldLastCell,
    }
}

/// Returns title, chart and `12 -> 14`; `None` without values.
fn trend(trend: &Trend, signs: &Signs) -> Option<TableRow> {
    let values: Vec<f64> = trend
        .points
        .iter()
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .collect();
    let shown = &values[values.len().saturating_sub(VALUES)..];
    let last = figure(*shown.last()?, &trend.unit, signs);
    let values = match shown {
        [first, _, ..] => format!(
            "{} {} {last}",
            figure(*first, &trend.unit, signs),
            signs.arrow
        ),
        _ => last,
    };
    Some(TableRow {
        cells: vec![
            Text::new(&trend.title),
            Text::chart(shown, VALUES),
            Text::new(values),
        ],
        overflow: Overflow::Keep,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 2_000_000;

    fn entries() -> [RunEntry; 2] {
        let entry = RunEntry {
            id: "20261120-141209-9be1d02c".to_owned(),
            started: NOW - 720,
            commit: "9be1d02".to_owned(),
            dirty: false,
            seconds: 112.0,
            collectors: vec!["clippy".to_owned(), "test".to_owned()],
            with: String::new(),
            mark: String::new(),
        };
        let older = RunEntry {
            started: NOW - 6 * 86_400,
            dirty: true,
            seconds: 9.0,
            mark: "baseline".to_owned(),
            with: "all features".to_owned(),
            ..entry.clone()
        };
        [entry, older]
    }

    #[test]
    fn runs_and_trends_are_listed() {
        let unicode = Look {
            unicode: true,
            ..Look::PLAIN
        };
        let trends = [
            Trend {
                title: "clippy warnings".into(),
                unit: Unit::Count,
                points: vec![(0, 12.0), (1, 14.0), (2, 11.0)],
            },
            Trend {
                title: "build time".into(),
                unit: Unit::Seconds,
                points: vec![(0, f64::NAN), (1, 84.2)],
            },
            Trend {
                title: "never measured".into(),
                unit: Unit::Count,
                points: Vec::new(),
            },
        ];
        let want = "  run                       when        commit           took  collectors
  20261120-141209-9be1d02c  12 min ago  9be1d02        1m 52s  clippy test
  20261120-141209-9be1d02c  6 days ago  9be1d02 dirty      9s
    baseline  clippy test (all features)

  clippy warnings  ,#_  12 -> 11
  build time       .    84.2s
";
        assert_eq!(screen(&entries(), &trends, NOW, &Look::PLAIN), want);
        let blocks = screen(&entries(), &trends, NOW, &unicode);
        assert!(blocks.contains("▃█▁  12 → 11\n"), "{blocks}");
    }

    #[test]
    fn an_empty_store_says_how_to_begin() {
        assert_eq!(
            screen(&[], &[], NOW, &Look::PLAIN),
            "  no runs yet\n  help: cargo campaign baseline\n"
        );
    }
}
