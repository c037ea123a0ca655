//! The pages that go into files and comments: the whole report, the completion report, and the comparison for release
//! notes.

use std::cmp::Ordering;

use crate::change::Change;
use crate::metric::Unit;
use crate::run::Verdict;

use super::document::{Block, Document, HeadingLevel, Headline, Text};
use super::figure::counted;
use super::final_metrics::open;
use super::history::{self, Trend};
use super::object::Report;
use super::style::{Style, UNICODE};
use super::{exit_code, phrase, section, workstream};

/// The contents of a completion report.
#[derive(Clone, Copy, Debug)]
pub struct Completion<'a> {
    /// The final values compared with the baseline.
    pub report: &'a Report,
    /// The commands that measured the baseline, as a person would type them.
    pub before: &'a [String],
    /// The commands that measured the final values.
    pub after: &'a [String],
}

/// Returns the whole report: the verdict, the problems, what changed, details on demand, and the provenance.
pub(super) fn report(report: &Report) -> Document {
    let (problems, named) = section::problems(report);
    let readiness = report.readiness.as_ref();
    let title = if readiness.is_some() {
        ": release readiness"
    } else {
        ""
    };
    let mut page = vec![self::title(report, title)];
    page.extend(readiness.into_iter().flat_map(section::readiness));
    page.push(verdict(report));
    page.extend(problems);
    let changes = section::changes(report, &named, "baseline");
    page.extend(section::titled("Changes", changes));
    page.extend(section::notes(report));
    page.extend(section::details(report));
    page.extend(
        readiness
            .into_iter()
            .flat_map(|r| section::evidence(report, r)),
    );
    page.extend(section::footer(report));
    page
}

/// Returns the summary of a CI step: the report with the verdict first, and the trends of metrics. `proposed` is a change to
/// the configuration that was not used.
pub(super) fn step_summary(
    report: &Report,
    trends: &[Trend],
    proposed: Option<&Change>,
) -> Document {
    let name = phrase::campaign(report, campaign(report), &UNICODE);
    let mut page = vec![Block::Heading(HeadingLevel::Section, name), verdict(report)];
    let (problems, named) = section::problems(report);
    let readiness = report.readiness.as_ref();
    page.extend(readiness.into_iter().flat_map(section::readiness));
    page.extend(problems);
    let changes = section::changes(report, &named, "baseline");
    page.extend(section::titled("Changes", changes));
    if let Some(table) = history::trend_table(trends) {
        page.extend([
            Block::Heading(HeadingLevel::Section, "Trends".into()),
            table,
        ]);
    }
    page.extend(section::notes(report));
    page.extend(section::details(report));
    if let Some(change) = proposed {
        let diff = vec![Block::Diff(change.clone())];
        page.push(Block::Details("Proposed configuration (not used)", diff));
    }
    page.extend(section::footer(report));
    page
}

/// Returns the report at the end of a campaign.
pub(super) fn completion(completion: &Completion<'_>) -> Document {
    let report = completion.report;
    let has_passed = matches!(report.verdict, Verdict::Pass | Verdict::Warn);
    let title = if has_passed {
        ": completion report"
    } else {
        ": completion report, NOT PASSED"
    };
    let mut page = vec![self::title(report, title), verdict(report)];
    if !has_passed {
        page.extend(section::problems(report).0);
    }
    if report.run.dirty {
        let dirty = "The sources had uncommitted changes.";
        page.push(Block::paragraph(Text::styled(Style::Strong, dirty)));
    }
    page.push(Block::paragraph(match open(report).as_slice() {
        [] => "The campaign is complete.".to_owned(),
        open => format!("The campaign is not complete; open: {}.", open.join(", ")),
    }));
    page.push(summary(report));
    if let Some(states @ [_, ..]) = report.workstreams.as_deref() {
        let heading = Block::Heading(HeadingLevel::Section, "Workstreams".into());
        page.extend([heading, workstream::table(states, true)]);
    }
    page.extend(section::metrics(report, "before", "after"));
    let gates = section::gates(report);
    if !gates.is_empty() {
        page.push(Block::Heading(HeadingLevel::Section, "Gates".into()));
        page.extend(gates);
    }
    page.extend(section::findings(report));
    page.extend(section::tests(report));
    page.extend(section::notes(report));
    page.extend(section::provenance(report));
    page.extend(section::commands("Commands before", completion.before));
    page.extend(section::commands("Commands after", completion.after));
    page.extend(section::footer(report));
    page
}

/// Returns the comparison for release notes, or `None` without values to compare.
pub(super) fn comparison(report: &Report) -> Option<Document> {
    Some(vec![
        Block::Heading(HeadingLevel::Subsection, "Before and after".into()),
        section::common_metrics(report)?,
        section::origin(report),
    ])
}

/// Returns the title, followed by `what` the page is, and the verdict. The command that shows such a page has no exit code
/// for it.
pub(super) fn opening(report: &Report, what: &str) -> Document {
    let verdict = Block::Verdict(Headline {
        exit: None,
        ..headline(report)
    });
    vec![title(report, what), verdict]
}

/// Returns the campaign and its goal, followed by `what` the page is.
pub(super) fn name(report: &Report, what: &str) -> Text {
    phrase::campaign(report, campaign(report), &UNICODE).words(what)
}

fn title(report: &Report, what: &str) -> Block {
    Block::Title {
        text: name(report, what),
        remark: Text::default(),
    }
}

/// Returns the name of the campaign, or that of the workspace if it has none.
fn campaign(report: &Report) -> &str {
    if report.campaign.name.is_empty() {
        &report.run.workspace
    } else {
        &report.campaign.name
    }
}

fn verdict(report: &Report) -> Block {
    Block::Verdict(headline(report))
}

/// Returns the page of a step that could not report.
pub(super) fn step_error(message: &str, verdict: Option<Verdict>, exit: u8) -> Document {
    vec![Block::Verdict(Headline {
        word: verdict.map_or("ERROR", Verdict::capitals),
        style: Style::Bad,
        text: format!("{message} (exit {exit})").into(),
        exit: None,
    })]
}

fn headline(report: &Report) -> Headline {
    Headline {
        word: report.verdict.capitals(),
        style: phrase::style(report.verdict),
        text: report.reason.as_str().into(),
        exit: Some(exit_code(report)),
    }
}

/// Returns how many metrics got better and worse, findings were fixed and are new, tests were added and lost.
pub(super) fn summary(report: &Report) -> Block {
    let mut items = vec![courses(report)];
    if let Some(findings) = &report.findings {
        items.push(format!(
            "{} fixed, {} new, {} changed",
            counted(findings.fixed.len(), "finding"),
            findings.new.len(),
            findings.changed.len()
        ));
    }
    let tests = &report.tests;
    let lists = [
        ("added", &tests.added),
        ("repaired", &tests.repaired),
        ("vanished", &tests.vanished),
    ];
    let known = lists
        .into_iter()
        .filter_map(|(change, tests)| Some((change, tests.as_ref()?.len())));
    let known: Vec<String> = known
        .enumerate()
        .map(|(at, (change, count))| match at {
            0 => format!("{} {change}", counted(count, "test")),
            _ => format!("{count} {change}"),
        })
        .collect();
    if !known.is_empty() {
        items.push(known.join(", "));
    }
    Block::List(2, items.into_iter().map(Text::new).collect())
}

/// Returns `2 metrics better, 1 worse, 2 unchanged`.
fn courses(report: &Report) -> String {
    let (mut better, mut worse, mut unchanged) = (0, 0, 0);
    for (name, metric) in &report.metrics {
        // Single samples of times vary by themselves, and details are part of a broader metric.
        if metric.unit == Unit::Seconds || phrase::is_detail(name) {
            continue;
        }
        match phrase::course(metric) {
            Some(Ordering::Greater) => better += 1,
            Some(Ordering::Less) => worse += 1,
            Some(Ordering::Equal) => unchanged += 1,
            None => {}
        }
    }
    format!(
        "{} better, {worse} worse, {unchanged} unchanged",
        counted(better, "metric")
    )
}
