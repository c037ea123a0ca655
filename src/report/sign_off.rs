//! The sections about the readiness of a release: the sign-off, and each gate, check and workstream as a check list.

use super::document::{Block, CheckItem, Document, HeadingLevel, Headline, Text};
use super::facts::ReportFacts;
use super::figure::figure;
use super::object::{Gate, Number, Readiness, Report};
use super::style::{Style, UNICODE};
use super::workstream::check_item;
use super::{phrase, section};
use crate::run::Verdict;

/// Returns whether the release is ready, and the names of the outstanding checks.
pub(super) fn sign_off(facts: &ReportFacts<'_>) -> Document {
    let report = facts.report;
    let Some(readiness) = &report.readiness else {
        return vec![Block::paragraph(unchecked(report))];
    };
    let version = &readiness.version;
    let (word, style, text) = match readiness.ready {
        true => ("READY", Style::Good, format!("for {version}")),
        false => {
            let names = outstanding(report, readiness);
            let count = names.len();
            let text = format!("for {version}: {count} outstanding: {}", names.join(", "));
            ("NOT READY", Style::Bad, text)
        }
    };
    vec![Block::Verdict(Headline {
        word,
        style,
        text: text.into(),
        exit: None,
    })]
}

/// Returns how to find out whether the release is ready.
fn unchecked(report: &Report) -> Text {
    match &report.campaign.release {
        Some(version) => Text::new(format!("Whether {version} is ready: ")).join(Text::code(
            format!("cargo campaign gate --release {version}"),
        )),
        None => Text::new("campaign.toml names no release."),
    }
}

fn outstanding(report: &Report, readiness: &Readiness) -> Vec<String> {
    let open = report
        .gates
        .iter()
        .filter(|gate| readiness.outstanding.contains(&gate.id));
    open.map(phrase::name).collect()
}

/// Returns each gate and check in its group, and the workstreams. A tick needs a verdict.
pub(super) fn checks(facts: &ReportFacts<'_>) -> Document {
    let report = facts.report;
    let mut blocks = Document::new();
    for (group, gates) in phrase::groups(report) {
        let mut items = Vec::new();
        for gate in gates {
            items.push(item(gate));
        }
        let heading = phrase::heading(group).into();
        blocks.push(Block::Heading(HeadingLevel::Subsection, heading));
        blocks.push(Block::Checklist(items));
    }
    let states = report.workstreams.as_deref().unwrap_or_default();
    if !states.is_empty() {
        let items = states.iter().map(check_item).collect();
        let heading = "Workstreams".into();
        blocks.push(Block::Heading(HeadingLevel::Subsection, heading));
        blocks.push(Block::Checklist(items));
    }
    blocks
}

fn item(gate: &Gate) -> CheckItem {
    let holds = matches!(gate.verdict, Verdict::Pass | Verdict::Waived);
    let text = match gate.verdict {
        Verdict::Waived => section::headline(gate).words(" (waived)"),
        _ if holds => {
            let condition = phrase::condition(&gate.require, &UNICODE);
            let name = phrase::name(gate);
            match gate.value {
                Some(Number(value)) => Text::new(format!("{name} {condition} ("))
                    .join(value_of(value, gate))
                    .words(")"),
                None => Text::new(format!("{name}: {condition}")),
            }
        }
        _ => section::headline(gate).with_command(gate.help.as_deref()),
    };
    CheckItem { holds, text }
}

fn value_of(value: f64, gate: &Gate) -> Text {
    let text = figure(value, &gate.unit, &UNICODE);
    match phrase::varies(&gate.unit) {
        true => Text::varying(text),
        false => Text::new(text),
    }
}
