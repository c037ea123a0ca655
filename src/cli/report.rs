//! `cargo campaign report`: the state of the campaign in any format. Never measures.

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use super::alert;
use super::facts::Facts;
use super::output::{self, Outputs};
use super::session::Session;
use crate::ops::evaluate::{self, Evaluation};
use crate::ops::exit::Exit;
use crate::report::facts::PageFacts;
use crate::report::kind::Kind;
use crate::report::{self, KINDS};

/// Show the state of the campaign as a report, in any --format
///
/// Works from recorded runs; never starts cargo. Always ends with 0: `gate` is the one that judges.
#[derive(clap::Args, Debug)]
pub(super) struct ReportArgs {
    #[arg(value_name = "KIND", help = kinds_help(), value_parser = kinds(), hide_possible_values = true)]
    kind: Option<String>,
    /// A run (or the start of its id), `baseline`, `final`, `latest`, a git revision, a date or an age in place of the tree as it is
    #[arg(long, value_name = "RUN", conflicts_with = "kind")]
    run: Option<String>,
    #[command(flatten)]
    outputs: Outputs,
}

impl ReportArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        if let Some(kind) = self.kind.as_deref().and_then(report::kind_of) {
            return self.page(session, kind);
        }
        if self.run.is_none() && self.outputs.has_site(session) {
            return self.site(session);
        }
        let evaluation = match &self.run {
            Some(asked) => {
                let view = evaluate::named::view(session, asked)?;
                Evaluation::new(session, view)?
            }
            None => evaluate::now(session)?,
        };
        let shown = session.report(&evaluation);
        let now = session.now;
        output::show(session, &shown, |look| {
            report::status::screen(&shown, now, look)
        })?;
        self.outputs.write(session, &shown)?;
        Ok(Exit::Done)
    }

    /// Shows the state of the campaign, with its history in the formats that have it.
    fn site(&self, session: &mut Session) -> Result<Exit> {
        let evaluation = evaluate::now(session)?;
        let shown = session.report(&evaluation);
        let mut facts = Facts::of_present(session, &session.ui, evaluation)?;
        alert::add_firing(session, &mut facts.report);
        let history = facts.history(session);
        let page = PageFacts {
            facts: facts.shown(),
            history: &history,
        };
        output::show_site(session, &shown, &page)?;
        self.outputs.write_site(session, &shown, &page)?;
        Ok(Exit::Done)
    }

    /// Shows a report of another kind than the state of the campaign.
    fn page(&self, session: &mut Session, kind: &Kind) -> Result<Exit> {
        let facts = match kind.needs_release_checks() {
            true => Facts::collect_for_release(session, &session.ui, kind.period)?,
            false => Facts::collect(session, &session.ui, kind.period)?,
        };
        let page = kind.page(&facts.shown());
        output::show_page(session, &facts.report, &page)?;
        self.outputs.write_page(session, &facts.report, &page)?;
        Ok(Exit::Done)
    }
}

/// Returns each kind with its description.
fn kinds_help() -> String {
    let kinds: Vec<String> = KINDS
        .iter()
        .map(|kind| format!("{}: {}", kind.name, kind.about))
        .collect();
    kinds.join("; ")
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name))
}
