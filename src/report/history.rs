//! The `history` screen: runs, newest first, and the course of chosen metrics.
//!
//! Knows nothing of the store: it is told what to list.

use crate::metric::Unit;

use super::figure::{ago, blocks, figure, took};
use super::line::{Column, Line, page, table, widths};
use super::style::{Look, Style};

/// One run, as far as it is listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Run id.
    pub id: String,
    /// Unix seconds.
    pub started: i64,
    /// Short commit, `-` without git.
    pub commit: String,
    /// The tree differed from the commit.
    pub dirty: bool,
    /// Wall seconds.
    pub seconds: f64,
    /// What was measured.
    pub collectors: Vec<String>,
    /// What it was measured with, as far as it is not the default: packages, features, profile, target. May be empty.
    pub with: String,
    /// Its pin (`baseline`), or what is wrong with it (`interrupted`); may be empty.
    pub mark: String,
}

/// The course of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// For people.
    pub title: String,
    /// Of the values.
    pub unit: Unit,
    /// Unix seconds and value, oldest first.
    pub points: Vec<(i64, f64)>,
}

/// How many blocks a trend has.
const BLOCKS: usize = 24;

/// The screen. `now` in Unix seconds.
pub fn screen(entries: &[Entry], trends: &[Trend], now: i64, look: &Look) -> String {
    if entries.is_empty() {
        return "  no runs yet\n  help: cargo campaign baseline\n".to_owned();
    }
    let heads = ["run", "when", "commit", "", "took", "collectors"];
    let mut rows = vec![heads.map(|head| Line::styled(Style::Strong, head)).to_vec()];
    rows.extend(entries.iter().map(|entry| row(entry, now)));
    let columns = [
        Column::LEFT.at_most(25),
        Column::LEFT,
        Column::LEFT.at_most(16),
        Column::LEFT.gap(1),
        Column::RIGHT,
        Column::LEFT,
    ];
    // Below the collectors there may be no room for more of them.
    let before = widths(&rows, &columns)
        .into_iter()
        .zip(&columns)
        .map(|(width, column)| width + column.gap);
    let indent = before.take(columns.len() - 1).sum::<usize>() + columns[columns.len() - 1].gap;
    let indent = if indent > look.width / 2 { 4 } else { indent };
    let mut lines: Vec<Line> = table(rows, &columns, look)
        .into_iter()
        .flat_map(|line| line.fold(indent, look))
        .collect();
    let courses: Vec<Vec<Line>> = trends
        .iter()
        .filter_map(|trend| course(trend, look))
        .collect();
    if !courses.is_empty() {
        lines.push(Line::default());
        lines.extend(table(
            courses,
            &[Column::LEFT.at_most(32), Column::LEFT, Column::LEFT],
            look,
        ));
    }
    page(&lines, look)
}

fn row(entry: &Entry, now: i64) -> Vec<Line> {
    let collectors = Line::of(&entry.collectors.join(" "));
    let with = if entry.with.is_empty() {
        String::new()
    } else {
        format!(" ({})", entry.with)
    };
    let mark = if entry.mark.is_empty() {
        String::new()
    } else {
        format!("{}  ", entry.mark)
    };
    vec![
        Line::of(&entry.id),
        Line::of(&ago(now, entry.started)),
        Line::of(&entry.commit),
        Line::styled(Style::Caution, if entry.dirty { "dirty" } else { "" }),
        Line::of(&took(entry.seconds)),
        Line::styled(Style::Strong, &mark)
            .join(collectors)
            .and(Style::Caution, &with),
    ]
}

/// Title, blocks, `12 -> 14`.
fn course(trend: &Trend, look: &Look) -> Option<Vec<Line>> {
    let values: Vec<f64> = trend
        .points
        .iter()
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .collect();
    let shown = &values[values.len().saturating_sub(BLOCKS)..];
    let (first, last) = (shown.first()?, shown.last()?);
    let number = |value: f64| figure(value, &trend.unit, look);
    Some(vec![
        Line::of(&trend.title),
        Line::of(&blocks(shown, BLOCKS, look)),
        Line::of(&format!(
            "{} {} {}",
            number(*first),
            look.signs().arrow,
            number(*last)
        )),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 2_000_000;

    fn entries() -> [Entry; 2] {
        let entry = Entry {
            id: "20261120-141209-9be1d02c".to_owned(),
            started: NOW - 720,
            commit: "9be1d02".to_owned(),
            dirty: false,
            seconds: 112.0,
            collectors: vec!["clippy".to_owned(), "test".to_owned()],
            with: String::new(),
            mark: String::new(),
        };
        let older = Entry {
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
  20261120-141209-9be1d02c  6 days ago  9be1d02 dirty      9s  baseline  clippy
    test (all features)

  clippy warnings  ,#_  12 -> 11
  build time       .    84.2s -> 84.2s
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
