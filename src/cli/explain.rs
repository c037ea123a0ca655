//! `cargo campaign explain NAME`: a value with its rule, its evidence and its past.

use anyhow::Result;

use super::base::Base;
use super::output;
use super::session::Session;
use crate::ops::Exit;
use crate::ops::evaluate::{self, Evaluation};
use crate::ops::explain::meaning::{self, Meaning};
use crate::ops::explain::{self, ValueOrigin};
use crate::report::Report;
use crate::report::explain::{ExplainFacts, screen};

/// Explain a gate or metric: value, evidence, rule, what changed, how to reproduce
///
/// Works from recorded runs; never starts cargo.
#[derive(clap::Args, Debug)]
pub(super) struct ExplainArgs {
    /// A gate or metric, such as clippy.warnings; also a group, collector, test, lint or place as screens print it
    #[arg(value_name = "NAME")]
    gate: String,
    #[command(flatten)]
    pub(super) base: Base,
}

impl ExplainArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let evaluation = evaluate::now_with(session, &self.gate)?;
        let report = session.report(&evaluation);
        let format = output::format(session);
        let (screens, remark) = screens(session, &evaluation, &report, &self.gate)?;
        if !format.is_terminal() {
            let text = (format.render)(&report, session.now, &session.look());
            session.ui.out(&text)?;
            return Ok(Exit::Done);
        }
        remark.iter().for_each(|remark| session.ui.note(remark));
        session.ui.out(&screens.join("\n"))?;
        Ok(Exit::Done)
    }
}

/// Returns the screens of everything that a name means, and a remark on how it was understood.
///
/// # Errors
/// If it means nothing, or something without a value.
fn screens(
    session: &Session,
    evaluation: &Evaluation,
    report: &Report,
    name: &str,
) -> Result<(Vec<String>, Option<String>)> {
    if let Some(screen) = part(session, evaluation, report, name) {
        return Ok((vec![screen], None));
    }
    let (names, remark) = match meaning::of(name, report, &evaluation.head.snapshot) {
        Some(Meaning::Metrics(names, remark)) => (names, remark),
        Some(Meaning::Check(check)) => {
            return Err(explain::release_check(session, name, check)?.into());
        }
        None => (Vec::new(), None),
    };
    let screens: Vec<String> = names
        .iter()
        .filter_map(|name| part(session, evaluation, report, name))
        .collect();
    if screens.is_empty() {
        return Err(explain::unknown(session, name).into());
    }
    Ok((screens, remark))
}

/// Renders a gate or metric, or every one that a pattern matches; `None` if there is none with this name.
fn part(session: &Session, evaluation: &Evaluation, report: &Report, name: &str) -> Option<String> {
    let ValueOrigin {
        trend,
        spread,
        command,
        imported,
        by_hand,
        places,
    } = explain::origin(session, evaluation, report, name);
    let around = ExplainFacts {
        asked: name,
        source: &session.config().lines,
        trend: &trend,
        spread: spread.as_ref(),
        command: command.as_deref(),
        imported: imported.as_deref(),
        by_hand: by_hand.as_deref(),
        places: &places,
    };
    screen(report, &around, session.now, &session.look())
}
