//! The `history` screen: runs, newest first, and the course of chosen metrics.
//!
//! Knows nothing of the store: it is told what to list.

use crate::metric::Unit;

use super::figure::{ago, blocks, figure, took};
use super::line::{Column, Line, page, table};
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
        return "  no runs yet: cargo campaign baseline\n".to_owned();
    }
    let heads = ["run", "when", "commit", "", "took", "collectors"];
    let mut rows = vec![heads.map(|head| Line::styled(Style::Strong, head)).to_vec()];
    rows.extend(entries.iter().map(|entry| row(entry, now)));
    let columns =
        [Column::LEFT, Column::LEFT, Column::LEFT.at_most(16), Column::LEFT.gap(1), Column::RIGHT, Column::LEFT];
    let mut lines: Vec<Line> = table(rows, &columns, look).into_iter().map(|line| line.fit(look.width, look)).collect();
    let courses: Vec<Vec<Line>> = trends.iter().filter_map(|trend| course(trend, look)).collect();
    if !courses.is_empty() {
        lines.push(Line::default());
        lines.extend(table(courses, &[Column::LEFT.at_most(32), Column::LEFT, Column::LEFT], look));
    }
    page(&lines, look)
}

fn row(entry: &Entry, now: i64) -> Vec<Line> {
    let collectors = Line::of(&entry.collectors.join(" "));
    let mark = if entry.mark.is_empty() { String::new() } else { format!("{}  ", entry.mark) };
    vec![
        Line::of(&entry.id),
        Line::of(&ago(now, entry.started)),
        Line::of(&entry.commit),
        Line::styled(Style::Caution, if entry.dirty { "dirty" } else { "" }),
        Line::of(&took(entry.seconds)),
        Line::styled(Style::Strong, &mark).join(collectors),
    ]
}

/// Title, blocks, `12 -> 14`.
fn course(trend: &Trend, look: &Look) -> Option<Vec<Line>> {
    let values: Vec<f64> = trend.points.iter().map(|(_, value)| *value).filter(|value| value.is_finite()).collect();
    let shown = &values[values.len().saturating_sub(BLOCKS)..];
    let (first, last) = (shown.first()?, shown.last()?);
    let number = |value: f64| figure(value, &trend.unit, look);
    Some(vec![
        Line::of(&trend.title),
        Line::of(&blocks(shown, BLOCKS, look)),
        Line::of(&format!("{} {} {}", number(*first), look.signs().arrow, number(*last))),
    ])
}
