//! `cargo campaign gate`: judge. Measures what no run of this tree has, unless told not to.

use anyhow::Result;

use super::exit::Exit;
use super::output::{self, Outputs};
use super::session::Session;
use super::standing::{Standing, needed};
use super::view::{self, Found};
use super::{measure, run};
use crate::judge::{self, Proof};
use crate::report::gate::{self, Around};
use crate::run::Run;
use crate::store::PinName;

/// Judge the gates: 0 pass, 1 fail, 3 no verdict
///
/// Judges the newest runs whose sources, toolchain and settings are those of now. What they lack is measured first; when
/// nothing changed, no process is started.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Never measure: what no run has gives no verdict
    #[arg(long)]
    no_run: bool,
    /// Print the commands that are needed, run nothing
    #[arg(long, conflicts_with = "no_run")]
    dry_run: bool,
    /// Plant a violation for every gate and show that it would have failed
    #[arg(long)]
    prove: bool,
    #[command(flatten)]
    outputs: Outputs,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        // A baseline that cannot be read is said before anything is measured for it.
        session.pinned(PinName::Baseline)?;
        let wanted = needed(&session.config().gates, session.catalogue());
        let mut found = view::current(session, &wanted)?;
        if self.dry_run {
            let prepared = measure::prepare(session, &found.missing)?;
            return run::show(session, &prepared.plan);
        }
        let unchanged = found.missing.is_empty();
        let measured = if unchanged || self.no_run { None } else { Some(measure_missing(session, &found)?) };
        if let Some(run) = &measured {
            found = view::current(session, &wanted)?;
            if run.id.0.is_empty() {
                view::add_unrecorded(session, &mut found.view, run);
            }
        }
        let standing = Standing::new(session, found.view)?;
        if self.prove {
            return prove(session, &standing);
        }
        self.show(session, &standing, unchanged)?;
        Ok(if measured.is_some_and(|run| run.interrupted) {
            Exit::Interrupted
        } else {
            standing.judgement.verdict().into()
        })
    }

    fn show(&self, session: &mut Session, standing: &Standing, unchanged: bool) -> Result<()> {
        let report = standing.report(session);
        let (lines, now, verbose) = (session.config().lines.clone(), session.now, session.ui.is_verbose());
        let around = Around { source: &lines, unchanged, verbose };
        output::show(session, &report, |look| gate::screen(&report, &around, now, look))?;
        self.outputs.write(session, &report)
    }
}

/// Measures what the gates need and no run of this tree has.
fn measure_missing(session: &mut Session, found: &Found) -> Result<Run> {
    let prepared = measure::prepare(session, &found.missing)?;
    measure::measure(session, &prepared)
}

/// Shows which gates would have failed on a planted violation.
fn prove(session: &mut Session, standing: &Standing) -> Result<Exit> {
    let (config, today) = (session.config(), session.today());
    let proofs = judge::prove(&config.gates, &config.waivers, &config.catalogue, &standing.evidence(&today));
    let text = crate::report::prove::screen(&proofs.iter().map(shown).collect::<Vec<_>>(), &session.look());
    session.ui.out(&text)?;
    Ok(if !proofs.is_empty() && proofs.iter().all(|proof| proof.caught) { Exit::Done } else { Exit::Failed })
}

fn shown(proof: &Proof) -> crate::report::prove::Row<'_> {
    crate::report::prove::Row { id: &proof.id, planted: &proof.planted, caught: proof.caught, note: &proof.note }
}
