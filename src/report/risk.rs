//! Risks as blocks of a screen or a page.

use super::document::{Block, Overflow, Table, TableColumn, TableRow, Text};
use super::object::{RiskState, TriggerState};
use super::style::Style;

/// Returns the rows of risks that are not closed, or `None` if there are none. For a screen that is about other things too.
pub(super) fn open(states: &[RiskState]) -> Option<Block> {
    let open = states.iter().filter(|state| state.status != "closed");
    let rows: Vec<TableRow> = open.map(|state| row(state, false)).collect();
    (!rows.is_empty()).then(|| table(rows))
}

/// Returns the rows of all risks, with the mitigation of each.
pub(super) fn all(states: &[RiskState]) -> Block {
    table(states.iter().map(|state| row(state, true)).collect())
}

fn table(rows: Vec<TableRow>) -> Block {
    Block::Table(Table {
        name: "risks",
        columns: vec![
            TableColumn::text("risk").at_most(32),
            TableColumn::text("owner").at_most(16),
            TableColumn::text("status"),
            TableColumn::text("exposure"),
            TableColumn::text("why"),
        ],
        has_heads: true,
        rows,
    })
}

fn row(state: &RiskState, is_complete: bool) -> TableRow {
    let mut remarks = Vec::new();
    if is_complete {
        let (probability, impact) = (&state.probability, &state.impact);
        remarks.push(format!("{probability} probability, {impact} impact"));
    }
    let holds = state.triggers.iter().filter(|one| one.state == "holds");
    remarks.extend(holds.map(condition));
    remarks.extend(state.reason.clone());
    match &state.review {
        Some(day) if state.review_due => remarks.push(format!("review was due on {day}")),
        Some(day) if is_complete && state.status != "closed" => {
            remarks.push(format!("review on {day}"));
        }
        _ => {}
    }
    let mitigation = state.mitigation.as_ref().filter(|_| is_complete);
    remarks.extend(mitigation.map(|text| format!("mitigation: {text}")));
    TableRow {
        cells: vec![
            format!("{} {}", state.id, state.title).into(),
            state.owner.clone().into(),
            status(&state.status),
            state.exposure.to_string().into(),
            remarks.join("; ").into(),
        ],
        overflow: match is_complete {
            true => Overflow::FoldLastCell,
            false => Overflow::Cut,
        },
    }
}

/// Returns `compile errors > 0 (3)`.
fn condition(trigger: &TriggerState) -> String {
    match &trigger.reason {
        Some(value) => format!("{} ({value})", trigger.text),
        None => trigger.text.clone(),
    }
}

fn status(key: &str) -> Text {
    let style = match key {
        "active" => Style::Bad,
        "not-known" => Style::Caution,
        "closed" => Style::Good,
        _ => Style::Plain,
    };
    Text::styled(style, key.replace('-', " "))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::report::document::Document;
    use crate::report::terminal;
    use crate::report::tests::ASCII;

    /// An active risk, one that is not known, and a closed one.
    pub(in crate::report) fn samples() -> Vec<RiskState> {
        let trigger = |state: &str, reason: Option<&str>| TriggerState {
            text: "compile errors > 0".to_owned(),
            state: state.to_owned(),
            reason: reason.map(str::to_owned),
            help: None,
        };
        let sample = |id: &str, status: &str, exposure| RiskState {
            id: id.to_owned(),
            title: "Builds break".to_owned(),
            owner: "ana".to_owned(),
            status: status.to_owned(),
            probability: "high".to_owned(),
            impact: "critical".to_owned(),
            exposure,
            ..RiskState::default()
        };
        vec![
            RiskState {
                triggers: vec![trigger("holds", Some("3")), trigger("clear", None)],
                mitigation: Some("errors first".to_owned()),
                review: Some("2026-11-29".to_owned()),
                review_due: true,
                ..sample("builds", "active", 12)
            },
            RiskState {
                reason: Some("it has no trigger".to_owned()),
                review: Some("2026-12-01".to_owned()),
                ..sample("staff", "not-known", 6)
            },
            RiskState {
                reason: Some("7.1 is complete".to_owned()),
                review: Some("2026-12-01".to_owned()),
                ..sample("old", "closed", 9)
            },
        ]
    }

    fn shown(block: Block) -> String {
        let document: Document = vec![block];
        let look = crate::report::style::Look {
            width: 140,
            ..ASCII
        };
        terminal::render(&document, &look)
    }

    #[test]
    fn screen_shows_open_risks_and_the_plan_all_of_them() {
        let samples = samples();
        let short = open(&samples).map(shown).unwrap_or_default();
        assert!(
            short.contains("compile errors > 0 (3); review was due on 2026-11-29"),
            "{short}"
        );
        assert_eq!(short.lines().count(), 3, "{short}");
        assert!(open(&samples[2..]).is_none());

        let full = shown(all(&samples));
        for expected in [
            "high probability, critical impact; compile errors > 0 (3)",
            "mitigation: errors first",
            "not known",
            "it has no trigger; review on 2026-12-01",
            "high probability, critical impact; 7.1 is complete",
        ] {
            assert!(full.contains(expected), "{expected}\n{full}");
        }
        assert_eq!(full.matches("2026-12-01").count(), 1, "{full}");
    }
}
