//! Turning the unreleased changes of the selected changelogs into a release.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::Version;

use super::files::{self, ChangelogFile};
use super::{unread_heading, write};
use crate::change::Change;
use crate::git::Tag;
use crate::ops::context::Context;
use crate::ops::exit::{Exit, Stop};
use crate::options::config::Changelogs;
use crate::release::changelog::{CutInputs, CutRefusal, cut, dated, latest, undated};

/// Computes the changes of a release, and makes them if `writes` is set.
pub(crate) fn release(
    context: &Context,
    version: &Version,
    date: &str,
    writes: bool,
) -> Result<Vec<Change>> {
    let _lock = if writes { Some(context.lock()?) } else { None };
    let changes = changes(context, version, date)?;
    if changes.iter().all(Change::is_idle) {
        refuse_undated(context, version, date)?;
    }
    if writes {
        write(context, &changes)?;
    }
    Ok(changes)
}

/// Rejects a section for the version whose heading has no date, although those of other releases
/// have one: it may say in other words that the version is not released yet.
fn refuse_undated(context: &Context, version: &Version, date: &str) -> Result<()> {
    for file in &files::find(context)?.files {
        let text = file.text.as_deref().unwrap_or_default();
        if let Some(line) = undated(text, version, &file.others) {
            let what = format!("{}:{line}: the section of {version} has no date", file.path);
            return Err(Stop::new(Exit::Usage, what)
                .help(format!("write its heading as `## [{version}] - {date}`"))
                .into());
        }
    }
    Ok(())
}

/// Returns the date of the release: the requested one, or today in UTC.
///
/// # Errors
/// If the date is invalid, or if a changelog has another release on a later date.
pub(crate) fn release_date(
    context: &Context,
    version: &Version,
    asked: Option<String>,
) -> Result<String> {
    let date = asked.clone().unwrap_or_else(|| context.utc_today());
    if !is_date(&date) {
        let what = format!("invalid date `{date}` for `--date` (expected YYYY-MM-DD)");
        return Err(Stop::new(Exit::Usage, what).into());
    }
    if context.config().releases.changelogs == Changelogs::None {
        return Ok(date);
    }
    // Unreadable changelogs are reported by the code that needs them.
    let files = files::find(context)
        .map(|found| found.files)
        .unwrap_or_default();
    let texts = files
        .iter()
        .filter_map(|file| Some((&file.path, file.text.as_deref()?)));
    let others = texts.filter_map(|(path, text)| Some((latest(text, version)?, path)));
    let Some((other, path)) = others.max().filter(|(other, _)| other.date > date) else {
        return Ok(date);
    };
    let (day, version) = (&other.date, &other.version);
    if !is_date(day) {
        let line = other.line;
        let what = format!("{path}:{line}: invalid date `{day}` of {version}");
        return Err(Stop::new(Exit::Usage, what)
            .help(format!("correct the date in line {line} of {path}"))
            .into());
    }
    let from = if asked.is_some() {
        "for `--date`"
    } else {
        "of the clock or `SOURCE_DATE_EPOCH`"
    };
    let what = format!("date `{date}` {from} is before {version} of {day} in {path}");
    Err(Stop::new(Exit::Usage, what)
        .help(format!("--date YYYY-MM-DD, with {day} or a later day"))
        .into())
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Returns the changelogs with the release added. Those without unreleased entries stay unchanged.
pub(crate) fn changes(context: &Context, version: &Version, date: &str) -> Result<Vec<Change>> {
    let files = files::find(context)?.files;
    one_version(context, &files)?;
    let tags = context.git().and_then(|git| git.tags()).unwrap_or_default();
    let mut changes = Vec::new();
    let mut skipped = Vec::new();
    for file in &files {
        let Some(text) = &file.text else { continue };
        match cut_file(context, file, text, &tags, version, date) {
            Ok(text) => {
                changes.push(file.change(text));
                note_other_date(context, file, &tags, version, date);
            }
            Err(refusal @ (CutRefusal::Empty { .. } | CutRefusal::NoUnreleased)) => {
                skipped.push((file, refusal))
            }
            Err(refusal) => {
                let unread = unread_heading(context, &file.path, text, &refusal);
                return Err(unread.unwrap_or_else(|| refused(context, file, &refusal).into()));
            }
        }
    }
    if let ([], Some((file, refusal))) = (changes.as_slice(), skipped.first()) {
        return Err(refused(context, file, refusal).into());
    }
    if changes.is_empty() {
        return Err(Stop::new(Exit::Usage, "there is no changelog")
            .help(files::begin(context))
            .into());
    }
    for (file, refusal) in &skipped {
        context.note(&format!("{} stays unchanged: {refusal}", file.path));
    }
    Ok(changes)
}

/// Rejects a version that already has a section in a changelog with further unreleased changes, or a link definition that
/// leads elsewhere.
pub(crate) fn refuse_taken_section(context: &Context, version: &Version) -> Result<()> {
    // Unreadable changelogs are reported by the code that needs them.
    let Ok(found) = files::find(context) else {
        return Ok(());
    };
    let tags = context.git().and_then(|git| git.tags()).unwrap_or_default();
    for file in &found.files {
        let Some(text) = &file.text else { continue };
        if let Err(refusal @ (CutRefusal::Taken { .. } | CutRefusal::Linked { .. })) =
            cut_file(context, file, text, &tags, version, "")
        {
            return Err(refused(context, file, &refusal).into());
        }
    }
    Ok(())
}

/// Notes a release in the file that has another date and no tag yet.
fn note_other_date(
    context: &Context,
    file: &ChangelogFile,
    tags: &[Tag],
    version: &Version,
    date: &str,
) {
    let day = file
        .text
        .as_deref()
        .and_then(|text| dated(text, version, &file.others))
        .filter(|day| day != date);
    let tagged = file
        .series(context, tags)
        .is_some_and(|series| series.has(version));
    if let Some(day) = day.filter(|_| !tagged) {
        context.note(&format!(
            "{}: {version} is dated {day}, and this would be {date}; it stays unchanged",
            file.path
        ));
    }
}

/// Returns the error for a changelog that cannot be released, with advice.
fn refused(context: &Context, file: &ChangelogFile, refusal: &CutRefusal) -> Stop {
    let help = match refusal {
        CutRefusal::Pending { version, .. } => {
            format!("cargo campaign changelog release {version}")
        }
        CutRefusal::Taken { .. } if file.unselected_members().next().is_some() => {
            "if the section is another package's, name that package in its heading; else release them as another version, or move them into that section by hand".to_owned()
        }
        CutRefusal::Taken { .. } => {
            "release them as another version, or move them into that section by hand".to_owned()
        }
        CutRefusal::Linked { label, .. } => {
            format!("remove the definition of `[{label}]`, or correct its address")
        }
        CutRefusal::Empty { .. }
        | CutRefusal::NoUnreleased
        | CutRefusal::Foreign
        | CutRefusal::Unread { .. } => files::add_entries(context, &file.path),
    };
    Stop::new(Exit::Usage, format!("{}: {refusal}", file.path)).help(help)
}

fn cut_file(
    context: &Context,
    file: &ChangelogFile,
    text: &str,
    tags: &[Tag],
    version: &Version,
    date: &str,
) -> Result<String, CutRefusal> {
    let series = file.series(context, tags);
    let template = file.template(context, series.as_ref());
    let name = series.as_ref().map_or(file.name(), |series| &series.name);
    let repository = files::repository(context);
    let (template, repository) = (template.as_ref(), repository.as_deref());
    cut(
        text,
        &CutInputs {
            version,
            name,
            others: &file.others,
            date,
            template,
            repository,
        },
    )
}

/// Rejects one version for several changelogs whose packages have different versions.
fn one_version(context: &Context, files: &[ChangelogFile]) -> Result<()> {
    let members = files.iter().flat_map(|file| &file.members);
    let versions: BTreeSet<&str> = members.map(|member| member.version.as_str()).collect();
    if files.len() < 2 || versions.len() < 2 || !context.options.packages.is_empty() {
        return Ok(());
    }
    Err(
        Stop::new(Exit::Usage, "the packages have versions of their own")
            .help("name one: -p PACKAGE")
            .into(),
    )
}
