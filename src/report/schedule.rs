//! The screen of the schedule: each job, when it ran last and when it is due.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::document::{Block, Document, Overflow, Table, TableColumn, TableRow, Text};
use super::figure::ago;
use super::phrase;
use super::style::{Look, Style};
use super::terminal;

/// A job in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobEntry {
    /// The collector.
    pub collector: String,
    /// The time as configured: `every 60m`.
    pub when: String,
    /// The options of its builds; may be empty.
    pub with: String,
    /// When it started last, in Unix seconds. `None` if it never did.
    pub last: Option<i64>,
    /// When it is or was due, in Unix seconds. `None` if it is never due by itself.
    pub due: Option<i64>,
    /// How many earlier times were missed.
    pub missed: u64,
}

/// Describes a job in one line: `check (every 60m): overdue by 1 h, 1 missed`.
pub fn describe(entry: &JobEntry, now: i64) -> String {
    format!(
        "{} ({}): {}",
        entry.collector,
        entry.when,
        state(entry, now)
    )
}

/// The state of a watcher that waits.
#[derive(Clone, Debug)]
pub struct WatchState<'a> {
    /// Name of the campaign.
    pub campaign: &'a str,
    /// The branch. `None` without git or if HEAD is detached.
    pub branch: Option<&'a str>,
    /// The commit. `None` without git or before the first one.
    pub commit: Option<&'a str>,
    /// The jobs of the schedule.
    pub jobs: &'a [JobEntry],
    /// The ids of the firing alerts that are not acknowledged, the most important first.
    pub alerts: &'a [String],
    /// Whether it also waits for edits.
    pub edits: bool,
    /// The zone of the times that are shown.
    pub zone: &'a TimeZone,
}

/// The number of alerts that a watcher names.
const NAMED: usize = 3;

/// Describes a watcher in one line:
/// `riptide · main@9be1d02 · next: check 14:00, clippy 17:00, bench tomorrow 03:00 (Europe/Berlin)`.
pub fn waiting(waiting: &WatchState<'_>, now: i64, look: &Look) -> String {
    let commit = waiting.commit.map(phrase::short);
    let place = match (waiting.branch, commit) {
        (Some(branch), Some(commit)) => Some(format!("{branch}@{commit}")),
        (branch, commit) => commit.or(branch.map(str::to_owned)),
    };
    let edits = waiting.edits.then(|| "edits".to_owned());
    let parts = [
        Some(waiting.campaign.to_owned()),
        place,
        firing(waiting.alerts),
        edits,
        upcoming(waiting, now),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(&format!(" {} ", look.signs().dot))
}

/// Returns the alerts that fire: `alerts: build.errors, test.failed`. `None` if there are none.
fn firing(alerts: &[String]) -> Option<String> {
    let mut named = alerts[..alerts.len().min(NAMED)].to_vec();
    if alerts.len() > NAMED {
        named.push(format!("{} more", alerts.len() - NAMED));
    }
    (!named.is_empty()).then(|| format!("alerts: {}", named.join(", ")))
}

/// Returns when the jobs are due, the next one first. `None` if none ever is and edits are measured.
fn upcoming(waiting: &WatchState<'_>, now: i64) -> Option<String> {
    let due = |entry: &JobEntry| entry.due.map(|due| due.max(now));
    let mut jobs: Vec<&JobEntry> = waiting.jobs.iter().filter(|e| e.due.is_some()).collect();
    jobs.sort_by_key(|entry| due(entry));
    let jobs = jobs.iter().map(|entry| {
        let with = match entry.with.as_str() {
            "" => String::new(),
            with => format!(" {with}"),
        };
        let when = due(entry).map_or_else(String::new, |due| clock(due, now, waiting.zone));
        format!("{}{with} {when}", entry.collector)
    });
    let jobs: Vec<String> = jobs.collect();
    let zone = waiting.zone.iana_name().map(|zone| format!(" ({zone})"));
    match (jobs.as_slice(), waiting.edits) {
        ([], true) => None,
        ([], false) => Some("nothing is scheduled".to_owned()),
        (jobs, _) => Some(format!(
            "next: {}{}",
            jobs.join(", "),
            zone.unwrap_or_default()
        )),
    }
}

/// Returns a time of day, with the day if it is not today: `14:00`, `tomorrow 03:00`,
/// `2026-12-24 03:00`. `now` if it has come.
fn clock(due: i64, now: i64, zone: &TimeZone) -> String {
    if due <= now {
        return "now".to_owned();
    }
    let local = |seconds| {
        let moment = Timestamp::from_second(seconds).unwrap_or_default();
        moment.to_zoned(zone.clone())
    };
    let (due, now) = (local(due), local(now));
    let time = due.strftime("%H:%M");
    match due.date() {
        date if date == now.date() => time.to_string(),
        date if now.date().tomorrow().ok() == Some(date) => format!("tomorrow {time}"),
        date => format!("{date} {time}"),
    }
}

/// Returns the screen at `now`, in Unix seconds.
pub fn screen(entries: &[JobEntry], now: i64, look: &Look) -> String {
    terminal::render(&document(entries, now), look)
}

fn document(entries: &[JobEntry], now: i64) -> Document {
    let rows = entries.iter().map(|entry| row(entry, now));
    vec![Block::Table(Table {
        name: "jobs",
        columns: vec![
            TableColumn::text("job").at_most(24),
            TableColumn::text("when").at_most(32),
            TableColumn::text("last run"),
            TableColumn::text("next"),
        ],
        has_heads: true,
        rows: rows.collect(),
    })]
}

fn row(entry: &JobEntry, now: i64) -> TableRow {
    let last = entry
        .last
        .map_or_else(|| "never".to_owned(), |last| ago(now, last));
    let mut when = Text::new(&entry.when);
    if !entry.with.is_empty() {
        when = when.join(Text::styled(Style::Quiet, format!(" ({})", entry.with)));
    }
    TableRow {
        cells: vec![
            Text::code(&entry.collector),
            when,
            Text::new(last),
            next(entry, now),
        ],
        overflow: Overflow::FoldLastCell,
    }
}

fn next(entry: &JobEntry, now: i64) -> Text {
    let style = match entry.due {
        None => Style::Quiet,
        Some(due) if due > now => Style::Plain,
        Some(_) => Style::Bad,
    };
    Text::styled(style, state(entry, now))
}

/// Returns whether a job is due: `in 2 h`, `overdue by 1 h, 1 missed`.
fn state(entry: &JobEntry, now: i64) -> String {
    let Some(due) = entry.due else {
        return "on demand".to_owned();
    };
    if due > now {
        return format!("in {}", length(due - now));
    }
    let late = now - due;
    // A job that has never run is not late.
    let mut text = match entry.last.is_none() || late < 60 {
        true => "due now".to_owned(),
        false => format!("overdue by {}", length(late)),
    };
    if entry.missed > 0 {
        text += &format!(", {} missed", entry.missed);
    }
    text
}

/// Returns a length of time to the minute: `1 h 30 min`. The seconds of the last minute count.
fn length(seconds: i64) -> String {
    let minutes = (seconds + 59) / 60;
    let parts = [
        (minutes / (24 * 60), "d"),
        (minutes / 60 % 24, "h"),
        (minutes % 60, "min"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = parts
        .take(2)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ASCII;

    #[test]
    fn watcher_names_the_next_times_of_its_jobs() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        // 1970-01-12, 14:46:40 at UTC+1.
        let now = 1_000_000;
        let entry = |collector: &str, with: &str, due| JobEntry {
            collector: collector.to_owned(),
            with: with.to_owned(),
            due,
            ..JobEntry::default()
        };
        let jobs = [
            entry("bench", "", Some(now + 44_000)),
            entry("check", "", Some(now + 800)),
            entry("build", "--release", Some(now - 800)),
            entry("audit", "", Some(now + 500_000)),
            entry("fmt", "", None),
        ];
        let mut watcher = WatchState {
            campaign: "riptide",
            branch: Some("main"),
            commit: Some("9be1d02f00"),
            jobs: &jobs,
            alerts: &[],
            edits: false,
            zone: &zone,
        };
        let next =
            "next: build --release now, check 15:00, bench tomorrow 03:00, audit 1970-01-18 09:40";
        assert_eq!(
            waiting(&watcher, now, &ASCII),
            format!("riptide | main@9be1d02 | {next}")
        );
        (watcher.jobs, watcher.edits, watcher.branch) = (&[], true, None);
        assert_eq!(waiting(&watcher, now, &ASCII), "riptide | 9be1d02 | edits");
        watcher.edits = false;
        assert_eq!(
            waiting(&watcher, now, &ASCII),
            "riptide | 9be1d02 | nothing is scheduled"
        );
        let alerts = ["a", "b", "c", "d", "e"].map(str::to_owned);
        (watcher.alerts, watcher.edits) = (&alerts, true);
        assert_eq!(
            waiting(&watcher, now, &ASCII),
            "riptide | 9be1d02 | alerts: a, b, c, 2 more | edits"
        );
    }

    #[test]
    fn jobs_are_listed_with_what_is_overdue() {
        let entry = |collector: &str, when: &str, last, due, missed| JobEntry {
            collector: collector.to_owned(),
            when: when.to_owned(),
            with: String::new(),
            last,
            due,
            missed,
        };
        let now = 1_000_000;
        let release = JobEntry {
            with: "--release".to_owned(),
            ..entry("build", "every 2h", Some(now - 600), Some(now + 6600), 0)
        };
        let entries = [
            entry("check", "every 60m", Some(now - 9000), Some(now - 5400), 1),
            release,
            entry("bench", "daily at 03:00", None, Some(now), 0),
            entry("fmt", "on-demand", None, None, 0),
        ];
        let screen = screen(&entries, now, &ASCII);
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "  job    when                  last run    next",
                "  check  every 60m             2 h ago     overdue by 1 h 30 min, 1 missed",
                "  build  every 2h (--release)  10 min ago  in 1 h 50 min",
                "  bench  daily at 03:00        never       due now",
                "  fmt    on-demand             never       on demand",
            ]
        );
    }
}
