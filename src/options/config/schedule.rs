//! `[schedule]`: when each collector is due.

use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::reader::Reader;
use super::{collect, keys};
use crate::plan::{BuildSelection, Collector};
use crate::schedule::{Days, Job, QuietHours, Recurrence, Schedule};
use crate::text::excerpt;

/// The recurrences that a message proposes.
pub(super) const EXAMPLES: &str = "\"every 60m\", \"daily at 03:00\", \"weekdays at 07:30\", \"mon,thu at 06:00\" or \"on-demand\"";

/// Days by their names in a recurrence.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Reads the section.
pub(super) fn read(reader: &mut Reader<'_>, node: &TomlNode) -> Schedule {
    let mut schedule = Schedule::default();
    for entry in reader.table(node).unwrap_or_default() {
        match entry.key.as_str() {
            "tz" => schedule.zone = zone(reader, &entry.value).unwrap_or(TimeZone::UTC),
            "quiet" => schedule.quiet = quiet(reader, &entry.value),
            _ => jobs(reader, entry, &mut schedule.jobs),
        }
    }
    schedule
}

/// Reads the name of a zone. Zones are those of the program, so that no file of the machine or of
/// the repository gives a name another meaning.
fn zone(reader: &mut Reader<'_>, node: &TomlNode) -> Option<TimeZone> {
    let name = reader.text(node)?;
    match TimeZoneDatabase::bundled().get(&name) {
        Ok(zone) => Some(zone),
        Err(_) => {
            let message = format!("unknown time zone `{}`", excerpt(&name));
            let label = "expected a name of the IANA database, as in \"Europe/Berlin\"";
            reader.wrong(Mistake::new(node.at.clone(), message, label))
        }
    }
}

/// Reads `22:00-06:00`.
fn quiet(reader: &mut Reader<'_>, node: &TomlNode) -> Option<QuietHours> {
    let text = reader.text(node)?;
    let hours = text.split_once('-').and_then(|(from, to)| {
        let (from, to) = (time(from)?, time(to)?);
        (from != to).then_some(QuietHours { from, to })
    });
    hours.or_else(|| {
        let message = format!("invalid quiet hours `{}`", excerpt(&text));
        let label = "expected two times of day, as in \"22:00-06:00\"";
        reader.wrong(Mistake::new(node.at.clone(), message, label))
    })
}

/// Reads the jobs of a collector: one, or a list.
fn jobs(reader: &mut Reader<'_>, entry: &TomlEntry, jobs: &mut Vec<Job>) {
    let collector = Collector::from(entry.key.clone());
    if !collect::is_known(reader, &collector, &entry.key_at) {
        return;
    }
    match &entry.value.kind {
        TomlKind::List(nodes) => {
            let all = nodes
                .iter()
                .filter_map(|node| job(reader, &collector, node));
            jobs.extend(all.collect::<Vec<_>>());
        }
        _ => jobs.extend(job(reader, &collector, &entry.value)),
    }
}

fn job(reader: &mut Reader<'_>, collector: &Collector, node: &TomlNode) -> Option<Job> {
    let mut job = Job {
        collector: collector.clone(),
        recurrence: Recurrence::OnDemand,
        text: String::new(),
        args: Vec::new(),
        build: None,
        spread: SignedDuration::ZERO,
    };
    let entries = match &node.kind {
        TomlKind::Text(_) => {
            job.recurrence = recurrence(reader, node)?;
            job.text = node.text().unwrap_or_default().trim().to_owned();
            return Some(job);
        }
        TomlKind::Table(entries) => entries,
        _ => return reader.unlike(node, &format!("a time, as in {EXAMPLES}")),
    };
    let mut spread = None;
    for entry in entries {
        match entry.key.as_str() {
            "every" => {
                let length = reader.duration(&entry.value)?;
                let length = SignedDuration::try_from(length).ok()?;
                job.recurrence = match interval(length) {
                    Ok(recurrence) => recurrence,
                    Err(label) => return wrong_time(reader, &entry.value, label),
                };
                job.text = format!("every {}", entry.value.text().unwrap_or_default().trim());
            }
            "when" => {
                job.recurrence = recurrence(reader, &entry.value)?;
                job.text = entry.value.text().unwrap_or_default().trim().to_owned();
            }
            "args" => {
                job.build = Some(build(reader, &entry.value)?);
                job.args = reader.texts(&entry.value).unwrap_or_default();
            }
            "spread" => {
                let length = reader.duration(&entry.value)?;
                job.spread = SignedDuration::try_from(length).ok()?;
                spread = Some(entry);
            }
            _ => reader.unknown_key(entry, &keys::SCHEDULE, "[schedule]"),
        }
    }
    let has = |key: &str| entries.iter().any(|entry| entry.key == key);
    if has("every") == has("when") {
        let (message, label) = match has("every") {
            true => ("a job has both `every` and `when`", "keep one of them"),
            false => ("a job has no time", "needs `every` or `when`"),
        };
        let mistake = Mistake::new(node.at.clone(), message, label);
        return reader.wrong(mistake.help("every = \"2h\", or when = \"daily at 03:00\""));
    }
    let is_interval = matches!(job.recurrence, Recurrence::Every(_));
    if let Some(entry) = spread.filter(|_| is_interval) {
        let message = "`spread` needs times of day";
        let label = "an interval starts at a different time on each machine anyway";
        return reader.wrong(Mistake::new(entry.key_at.clone(), message, label));
    }
    Some(job)
}

/// Reads `every 60m`, `daily at 03:00`, `weekdays at 07:30`, `mon,thu at 06:00` or `on-demand`.
fn recurrence(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Recurrence> {
    let text = reader.text(node)?;
    let parsed = match text.trim() {
        "on-demand" => Ok(Recurrence::OnDemand),
        other => match other.strip_prefix("every ") {
            Some(length) => length_of(length).ok_or_else(expected).and_then(interval),
            None => calendar(other),
        },
    };
    match parsed {
        Ok(recurrence) => Some(recurrence),
        Err(label) => wrong_time(reader, node, label),
    }
}

fn wrong_time<T>(reader: &mut Reader<'_>, node: &TomlNode, label: String) -> Option<T> {
    let text = excerpt(node.text().unwrap_or_default());
    let message = format!("invalid time in the schedule: `{text}`");
    reader.wrong(Mistake::new(node.at.clone(), message, label))
}

fn expected() -> String {
    format!("expected {EXAMPLES}")
}

/// Reads a length of time.
fn length_of(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.trim().parse().ok()?;
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
    length.ok()
}

/// Returns the recurrence with this interval.
///
/// # Errors
/// If it is too short.
fn interval(length: SignedDuration) -> Result<Recurrence, String> {
    match length >= SignedDuration::from_mins(1) {
        true => Ok(Recurrence::Every(length)),
        false => Err("the shortest interval is a minute".to_owned()),
    }
}

/// Reads `DAYS at TIME,TIME`.
///
/// # Errors
/// What was expected instead.
fn calendar(text: &str) -> Result<Recurrence, String> {
    let (days, times) = text.split_once(" at ").ok_or_else(expected)?;
    let days = match days.trim() {
        "daily" => Days::DAILY,
        "weekdays" => Days::WEEKDAYS,
        names => {
            let days = names.split(',').map(|name| weekday(name.trim()));
            Days::new(&days.collect::<Result<Vec<_>, _>>()?)
        }
    };
    let times = times.split(',').map(|text| {
        time(text).ok_or_else(|| {
            let found = excerpt(text.trim());
            format!("expected 00:00 to 23:59 instead of `{found}`")
        })
    });
    Ok(Recurrence::Calendar(
        days,
        times.collect::<Result<Vec<_>, _>>()?,
    ))
}

/// Reads the name of a day.
///
/// # Errors
/// What was expected instead.
fn weekday(name: &str) -> Result<Weekday, String> {
    let named = WEEKDAYS.iter().find(|(word, _)| *word == name);
    named.map(|(_, day)| *day).ok_or_else(|| {
        let names = WEEKDAYS.map(|(word, _)| word).join(", ");
        let name = excerpt(name);
        format!("expected daily, weekdays or some of {names} instead of `{name}`")
    })
}

/// Reads a time of day, `03:00`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Reads the options of the builds of a job, as on the command line.
fn build(reader: &mut Reader<'_>, node: &TomlNode) -> Option<BuildSelection> {
    let words = reader.texts(node)?;
    let mut words = words.iter().flat_map(|word| match word.split_once('=') {
        Some((option, value)) => vec![option, value],
        None => vec![word.as_str()],
    });
    let mut build = BuildSelection::default();
    while let Some(option) = words.next() {
        let read = match option {
            "--release" => build.profile.replace("release".to_owned()).is_none(),
            "--all-features" => !std::mem::replace(&mut build.all_features, true),
            "--no-default-features" => !std::mem::replace(&mut build.no_default_features, true),
            "--profile" => words
                .next()
                .is_some_and(|name| build.profile.replace(name.to_owned()).is_none()),
            "--target" => words
                .next()
                .is_some_and(|name| build.target.replace(name.to_owned()).is_none()),
            "-F" | "--features" => words.next().is_some_and(|names| {
                let names = names.split([',', ' ']).filter(|name| !name.is_empty());
                build.features.extend(names.map(str::to_owned));
                true
            }),
            _ => false,
        };
        if !read {
            let message = format!("invalid option `{}` of a scheduled build", excerpt(option));
            let label = "expected --release, --profile NAME, --features LIST, --all-features, \
                --no-default-features or --target TRIPLE";
            return reader.wrong(Mistake::new(node.at.clone(), message, label));
        }
    }
    Some(build)
}
