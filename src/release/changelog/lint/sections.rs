//! Checks the order, dates, headings and content of sections.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::super::document::{ChangeGroup, ChangeType};
use super::super::document::{ChangelogSection, ParsedChangelog};
use super::super::document::{ReleaseTitle, Title};
use super::super::draft::words;
use super::super::markdown::{OutlineRow, RowKind};
use super::{LintContext, Rule, Violation, line};
use crate::text::replace_hostile;

pub(super) fn check(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let mut found = order(doc, context);
    found.extend(title(doc).filter(|_| context.all));
    found.extend(doubles(doc));
    found.extend(no_section(doc));
    found.extend(strange_headings(doc, context));
    let habits = habits(doc);
    let dated = doc.releases().any(|(_, release)| release.date.is_some());
    for section in &doc.sections {
        let open = context.is_open(section.release());
        if let Some(release) = section.release() {
            found.extend(date(doc, section, release, context.today, dated && open));
        }
        if open {
            found.extend(groups(doc, section, &habits, context.all));
            found.extend(entries(doc, section));
            found.extend(hidden_characters(doc, section));
            found.extend(group_order(doc, section).filter(|_| context.all));
        }
    }
    found
}

/// Reports lines with a character that release notes would replace.
fn hidden_characters(doc: &ParsedChangelog<'_>, section: &ChangelogSection) -> Vec<Violation> {
    section
        .rows
        .clone()
        .filter_map(|at: usize| {
            let line = doc.line(at);
            let c = line
                .chars()
                .zip(replace_hostile(line).chars())
                .find_map(|(c, shown)| (c != shown).then_some(c))?;
            Some((
                ParsedChangelog::number(at),
                Rule::HiddenCharacter,
                format!("control or invisible character U+{:04X}", u32::from(c)),
            ))
        })
        .collect()
}

/// Checks that unreleased changes are on top and versions descend.
///
/// A later fix of an older release line may be above a greater version. The order of published
/// versions is not checked because it can no longer be changed.
fn order(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let released =
        |section: &ChangelogSection| section.release().is_some() && !section.is_pending();
    let first = doc
        .sections
        .iter()
        .position(released)
        .unwrap_or(doc.sections.len());
    for section in doc.sections.iter().skip(first + 1) {
        if section.title == Title::Unreleased {
            found.push((
                line(section),
                Rule::Order,
                "unreleased changes are below a release".to_owned(),
            ));
        }
    }
    for ((above, upper), (below, lower)) in neighbors(doc) {
        let day = |section: &ChangelogSection, release: &ReleaseTitle| {
            release
                .date
                .clone()
                .map(|date| doc.title_text(&section.heading)[date].to_owned())
        };
        let later = day(above, upper)
            .zip(day(below, lower))
            .is_some_and(|(upper, lower)| upper > lower);
        let open = [upper, lower]
            .into_iter()
            .any(|release| context.is_open(Some(release)));
        if lower.version > upper.version && !later && open {
            let message = format!("{} is below {}", lower.version, upper.version);
            found.push((line(below), Rule::Order, message));
        }
        // Published fixes of an older line may be below a greater version with an earlier date.
        let is_older_line =
            (lower.version.major, lower.version.minor) < (upper.version.major, upper.version.minor);
        let days = day(above, upper).zip(day(below, lower));
        let days =
            days.filter(|(upper, lower)| upper < lower && open && !(is_older_line && context.all));
        if let (Some((earlier, later)), true) = (days, lower.version <= upper.version) {
            let message = format!(
                "{} is dated {earlier}, before {} below it ({later})",
                upper.version, lower.version
            );
            found.push((line(above), Rule::Order, message));
        }
    }
    found
}

/// A release and its heading.
type ReleaseSection<'d> = (&'d ChangelogSection, &'d ReleaseTitle);

/// Returns each release with the next one below it that is of the same package.
fn neighbors<'d>(doc: &'d ParsedChangelog<'_>) -> Vec<(ReleaseSection<'d>, ReleaseSection<'d>)> {
    let mut above: HashMap<Option<&str>, ReleaseSection<'_>> = HashMap::new();
    let mut pairs = Vec::new();
    for below in doc.releases() {
        let last = above.insert(doc.package(below.0), below);
        pairs.extend(last.map(|above| (above, below)));
    }
    pairs
}

/// Reports a file without a title. If versions have level-one headings, a title would have no room.
fn title(doc: &ParsedChangelog<'_>) -> Option<Violation> {
    let first = doc
        .sections
        .first()
        .filter(|section| section.heading.level > 1)?;
    let untitled = !doc.outline.rows[..first.heading.rows.start]
        .iter()
        .any(|row: &OutlineRow| matches!(row.kind, RowKind::Heading | RowKind::Text));
    untitled.then(|| {
        (
            1,
            Rule::MissingTitle,
            "the file has no title, such as `# Changelog`".to_owned(),
        )
    })
}

/// Reports the first heading of a file with entries in which no heading names a release or the unreleased changes. Nothing
/// can be drafted or released in such a file.
fn no_section(doc: &ParsedChangelog<'_>) -> Option<Violation> {
    let has_entries = doc.outline.rows.iter().any(|row| row.kind == RowKind::Item);
    (doc.sections.is_empty() && has_entries).then(|| {
        let heading = doc
            .outline
            .headings
            .iter()
            .find(|heading| heading.level > 1);
        let number = heading.map_or(1, |heading| ParsedChangelog::number(heading.rows.start));
        let message = "no heading names a release or `Unreleased`".to_owned();
        (number, Rule::UnknownHeading, message)
    })
}

/// Returns the first group that is out of the order of the six types.
fn group_order(doc: &ParsedChangelog<'_>, section: &ChangelogSection) -> Option<Violation> {
    let known = section
        .groups
        .iter()
        .filter(|group| !group.breaking)
        .filter_map(|g| Some((g, g.kind?)));
    let known: Vec<(&ChangeGroup, ChangeType)> = known.collect();
    let (above, below) = known
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .find(|(above, below)| above.1 > below.1)?;
    let [upper, lower] = [above, below].map(|(group, _)| doc.title_text(&group.heading));
    let message = format!("`{lower}` must be above `{upper}`");
    Some((
        ParsedChangelog::number(below.0.heading.rows.start),
        Rule::Order,
        message,
    ))
}

/// Reports second sections of one version. Published ones count too: nothing says which of the two was released.
fn doubles(doc: &ParsedChangelog<'_>) -> Vec<Violation> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut found = Vec::new();
    for section in &doc.sections {
        let name = section.release().map_or_else(
            || "unreleased".to_owned(),
            |release| match doc.package(section) {
                Some(package) => format!("{package} {}", release.version),
                None => release.version.to_string(),
            },
        );
        let at = line(section);
        if let Some(first) = seen.get(&name) {
            found.push((
                at,
                Rule::Duplicate,
                format!("{name} already has a section, on line {first}"),
            ));
        }
        seen.entry(name).or_insert(at);
    }
    found
}

/// Reports headings between unpublished sections that have the same level and are not versions.
fn strange_headings(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let Some(first) = doc.sections.first() else {
        return Vec::new();
    };
    let closed = doc
        .sections
        .iter()
        .find(|section| !context.is_open(section.release()));
    let end = closed.map_or(doc.outline.rows.len(), |section| section.heading.rows.start);
    // Sections are in the order of the text, so that only the last one that begins above can
    // contain a row.
    let inside = |row: usize| {
        let begun = doc
            .sections
            .partition_point(|section| section.heading.rows.start <= row);
        let last = begun.checked_sub(1).and_then(|at| doc.sections.get(at));
        last.is_some_and(|s| s.rows.contains(&row) || s.heading.rows.start == row)
    };
    let strange = doc.outline.headings.iter().filter(|heading| {
        let row = heading.rows.start;
        row > first.heading.rows.start && row < end && !inside(row)
    });
    let message = |heading| {
        format!(
            "`{}` is neither a version nor below one",
            doc.title_text(heading)
        )
    };
    let above = doc.unread_sections().into_iter();
    let above = above.filter(|heading| heading.rows.start < first.heading.rows.start);
    above
        .chain(strange)
        .map(|h| {
            (
                ParsedChangelog::number(h.rows.start),
                Rule::UnknownHeading,
                message(h),
            )
        })
        .collect()
}

fn date(
    doc: &ParsedChangelog<'_>,
    section: &ChangelogSection,
    release: &ReleaseTitle,
    today: &str,
    wanted: bool,
) -> Option<Violation> {
    let problem = |message: String| Some((line(section), Rule::Date, message));
    let Some(range) = release.date.clone() else {
        let missing = wanted && release.pending.is_none();
        return if missing {
            problem(format!("{} has no date", release.version))
        } else {
            None
        };
    };
    let day = &doc.title_text(&section.heading)[range];
    match (day.parse::<Date>(), today.parse::<Date>()) {
        (Err(_), _) => problem(format!("invalid date {day}")),
        (Ok(day), Ok(today)) if day > today => problem(format!("{day} is in the future")),
        _ => None,
    }
}

/// Checks the headings inside a section: each names a type of change or one that the file uses
/// elsewhere, occurs once, and has content.
fn groups(
    doc: &ParsedChangelog<'_>,
    section: &ChangelogSection,
    habits: &HashSet<&str>,
    strict: bool,
) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    if section.release().is_some_and(|r| r.pending.is_none())
        && !doc.has_content(section.rows.clone())
    {
        found.push((
            line(section),
            Rule::Empty,
            "the release has no entries".to_owned(),
        ));
    }
    for group in &section.groups {
        let (title, at) = (
            doc.title_text(&group.heading),
            ParsedChangelog::number(group.heading.rows.start),
        );
        let meant = group.kind.map_or_else(String::new, |kind| {
            format!("; did you mean `{}`?", kind.name())
        });
        let is_known = group.kind.is_some_and(|kind| title == kind.name())
            || !strict && (habits.contains(title) || is_only_name(doc, group));
        if !is_known {
            let message = format!("`{title}` is none of the six types of change{meant}");
            found.push((at, Rule::UnknownHeading, message));
        }
        if !seen.insert(words(title)) {
            found.push((
                at,
                Rule::Duplicate,
                format!("`{title}` occurs twice in this section"),
            ));
        }
        // Empty headings in an unreleased section are placeholders, unless linting is strict.
        if (strict || section.release().is_some()) && !doc.has_content(group.rows.clone()) {
            found.push((at, Rule::Empty, format!("`{title}` has no content")));
        }
    }
    found
}

/// Returns whether a heading is another word for a type of change, as `Bug Fixes`, and the file has no
/// further word for it. `changelog draft` adds entries below it as well.
fn is_only_name(doc: &ParsedChangelog<'_>, group: &ChangeGroup) -> bool {
    let title = doc.title_text(&group.heading);
    let mut others = doc.sections.iter().flat_map(|section| &section.groups);
    group.kind.is_some()
        && others.all(|other| other.kind != group.kind || doc.title_text(&other.heading) == title)
}

/// Returns the headings that several sections have. They are the file's own style.
fn habits<'t>(doc: &ParsedChangelog<'t>) -> HashSet<&'t str> {
    let (mut once, mut habits) = (HashSet::new(), HashSet::new());
    for section in &doc.sections {
        let titles: HashSet<&str> = section
            .groups
            .iter()
            .map(|group| doc.title_text(&group.heading))
            .collect();
        for title in titles {
            if !once.insert(title) {
                habits.insert(title);
            }
        }
    }
    habits
}

/// Reports entries that occur twice in a section; only those on one line are compared.
fn entries(doc: &ParsedChangelog<'_>, section: &ChangelogSection) -> Vec<Violation> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut found = Vec::new();
    let ends = |at: usize| {
        doc.outline
            .rows
            .get(at + 1)
            .is_none_or(|next| next.kind != RowKind::Text)
    };
    for at in section
        .rows
        .clone()
        .filter(|at| doc.row(*at).kind == RowKind::Item && !doc.row(*at).nested && ends(*at))
    {
        let number = ParsedChangelog::number(at);
        let words = words(doc.line(at));
        if let Some(first) = seen.get(&words).filter(|_| !words.is_empty()) {
            found.push((
                number,
                Rule::Duplicate,
                format!("repeats the entry on line {first}"),
            ));
        }
        seen.entry(words).or_insert(number);
    }
    found
}
