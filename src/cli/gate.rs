//! `cargo campaign gate`: judge. Measures what no run of this tree has, unless told not to.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::Version;

use super::base::Base;
use super::exit::Exit;
use super::output::{self, Outputs};
use super::readiness::{self, Ahead, Measure};
use super::session::Session;
use super::standing::{Standing, needed};
use super::view::{self, Found};
use super::{measure, names, run, subset};
use crate::drive::probe;
use crate::gate::{Gate, Operand, Reference};
use crate::judge::{self, Proof};
use crate::plan::Collector;
use crate::report::gate::Around;
use crate::report::{self as screens, Report};
use crate::run::{Judgement, Run};
use crate::store::PinName;

/// Judge the gates: 0 pass, 1 fail, 3 no verdict
///
/// Judges the newest runs whose sources, toolchain and settings are those of now. What they lack is measured first; when
/// nothing changed, the answer is there at once. With --release, every check that a release must pass is made too.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Judge only these gates: collectors, metrics or patterns of them (`bench.*`), or groups; without names all of them
    #[arg(value_name = "NAME", conflicts_with = "release")]
    names: Vec<String>,
    /// Never measure: what no run has gives no verdict
    #[arg(long)]
    no_run: bool,
    /// Measure everything again, even if recorded results are current
    #[arg(long, conflicts_with = "no_run")]
    fresh: bool,
    /// Print the commands that are needed, run nothing
    #[arg(long, conflicts_with = "no_run")]
    dry_run: bool,
    /// Also make every check that a release of this version must pass, and say whether it is ready
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["prove", "dry_run"])]
    release: Option<Version>,
    /// Plant a violation for every gate and show that it would have failed
    #[arg(long)]
    prove: bool,
    #[command(flatten)]
    pub(super) base: Base,
    #[command(flatten)]
    outputs: Outputs,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        if self.prove {
            output::terminal_only(session, "gate --prove")?;
        }
        if self.dry_run {
            output::terminal_only(session, "gate --dry-run")?;
        }
        // A baseline that cannot be read is said before anything is measured for it.
        session.pinned(PinName::Baseline)?;
        let subset = subset::narrow(session, &self.names)?;
        if self.release.is_some() {
            readiness::check_files(session)?;
            readiness::widen(session)?;
        }
        let wanted = match self.release {
            Some(_) => readiness::collectors(session),
            None => needed(&session.config().gates, session.catalogue()),
        };
        let mut found = view::current(session, &wanted)?;
        if self.fresh {
            found.missing = wanted.iter().cloned().collect();
        }
        let measuring = match (self.no_run, self.fresh) {
            (true, _) => Measuring::Never,
            (false, true) => Measuring::Everything,
            (false, false) => Measuring::Missing,
        };
        if self.dry_run {
            let prepared = measure::prepare(session, &found.missing)?;
            return run::show(session, &prepared.plan);
        }
        let unchanged = found.missing.is_empty();
        let Measured {
            mut standing,
            interrupted,
        } = standing(session, &wanted, found, measuring)?;
        if session.options.environment.ci && standing.baseline.is_none() {
            commit_baseline(&mut standing.judgement);
        }
        if self.prove {
            return prove(session, &standing);
        }
        let mut facts = None;
        if let Some(version) = &self.release {
            let measure = if self.no_run || interrupted {
                Measure::Never
            } else {
                Measure::Now
            };
            let found = readiness::facts(session, &standing, version, &Ahead::default(), measure)?;
            readiness::add_checks(session, &mut standing.judgement, &found);
            facts = Some(found);
        }
        let mut report = standing.report(session);
        if let Some(subset) = subset {
            report = report.of_subset(subset.asked, subset.others);
        }
        report.interrupted = interrupted;
        if let Some(facts) = &facts {
            report = readiness::report(session, report, facts);
        }
        self.show(session, &report, unchanged)?;
        Ok(if interrupted {
            Exit::Interrupted
        } else {
            standing.judgement.verdict().into()
        })
    }

    fn show(&self, session: &mut Session, report: &Report, unchanged: bool) -> Result<()> {
        let (lines, now, verbose) = (
            session.config().lines.clone(),
            session.now,
            session.ui.is_verbose(),
        );
        let around = Around {
            source: &lines,
            unchanged,
            verbose,
        };
        output::show(session, report, |look| match report.readiness {
            Some(_) => screens::readiness::screen(report, &around, now, look),
            None => screens::gate::screen(report, &around, now, look),
        })?;
        self.outputs.write(session, report)
    }
}

/// The standing, with what was missing measured.
pub(super) struct Measured {
    pub(super) standing: Standing,
    /// Somebody stopped the measuring.
    pub(super) interrupted: bool,
}

/// What may be measured before judging.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Measuring {
    /// Nothing.
    Never,
    /// What no run of this tree has.
    Missing,
    /// All that is needed.
    Everything,
}

/// Measures what the gates need, as far as that is wanted, and judges.
pub(super) fn standing(
    session: &mut Session,
    wanted: &BTreeSet<Collector>,
    mut found: Found,
    measuring: Measuring,
) -> Result<Measured> {
    let mut interrupted = false;
    if !found.missing.is_empty()
        && measuring != Measuring::Never
        && let Some(run) = measure_missing(session, wanted, &mut found, measuring)?
    {
        interrupted = run.interrupted;
        // Everything was wanted anew: where measuring failed, an earlier result must not take its place.
        found = match measuring {
            Measuring::Everything => view::made_now(session, wanted)?,
            _ => view::current(session, wanted)?,
        };
    }
    names::check_view(session, &found.view)?;
    Ok(Measured {
        standing: Standing::new(session, found.view)?,
        interrupted,
    })
}

/// Measures what is missing. If another command was waited for, it may have measured that: then what it recorded is used.
fn measure_missing(
    session: &mut Session,
    wanted: &BTreeSet<Collector>,
    found: &mut Found,
    measuring: Measuring,
) -> Result<Option<Run>> {
    let selected_all = session.selects_all();
    let mut prepared = measure::prepare(session, &found.missing)?;
    // Cargo's description showed that the selection is the whole workspace, which may have been measured.
    if measuring == Measuring::Missing && session.selects_all() != selected_all {
        *found = view::current(session, wanted)?;
        if found.missing.is_empty() {
            return Ok(None);
        }
        prepared = measure::prepare(session, &found.missing)?;
    }
    say_toolchain(session)?;
    let turn = measure::turn(session)?;
    if turn.waited {
        if measuring == Measuring::Missing {
            *found = view::current(session, wanted)?;
        }
        if found.missing.is_empty() {
            return Ok(None);
        }
        prepared = measure::prepare(session, &found.missing)?;
    }
    measure::measure_in(session, &prepared).map(Some)
}

/// A baseline that a CI job measures is one of the very change that is judged.
fn commit_baseline(judgement: &mut Judgement) {
    for gate in judgement
        .gates
        .iter_mut()
        .filter(|gate| gate.help.as_deref() == Some(judge::PIN))
    {
        gate.help = Some("commit .campaign/baseline.json".to_owned());
    }
}

/// Warns before anything is measured when gates against the baseline can have no verdict with this toolchain.
fn say_toolchain(session: &mut Session) -> Result<()> {
    let Some(pin) = session.pinned(PinName::Baseline)? else {
        return Ok(());
    };
    let Ok(now) = probe::toolchain(
        &session.probe(),
        session.options.environment.rustc.as_deref(),
    ) else {
        return Ok(());
    };
    let was = &pin.view.provenance.toolchain.rustc;
    let refers = |gate: &Gate| {
        matches!(
            gate.require.operand,
            Operand::Reference(Reference::Baseline, _)
        )
    };
    if was.is_empty() || *was == now.rustc || !session.config().gates.iter().any(refers) {
        return Ok(());
    }
    let message = format!(
        "the baseline was measured with rustc {was}, this is rustc {}",
        now.rustc
    );
    session.ui.warn(&format!(
        "{message}: gates on lints and times that refer to it will have no verdict"
    ));
    session.ui.help(&judge::with_toolchain(was));
    Ok(())
}

/// Shows which gates would have failed on a planted violation.
fn prove(session: &mut Session, standing: &Standing) -> Result<Exit> {
    let (config, today) = (session.config(), session.today());
    let proofs = judge::prove(
        &config.gates,
        &config.waivers,
        &config.catalogue,
        &standing.evidence(&today),
    );
    let text = crate::report::prove::screen(
        &proofs.iter().map(shown).collect::<Vec<_>>(),
        &session.look(),
    );
    session.ui.out(&text)?;
    Ok(match proofs.as_slice() {
        [] => Exit::NoVerdict,
        proofs if proofs.iter().all(|proof| proof.caught) => Exit::Done,
        _ => Exit::Failed,
    })
}

fn shown(proof: &Proof) -> crate::report::prove::Row<'_> {
    crate::report::prove::Row {
        id: &proof.id,
        planted: &proof.planted,
        caught: proof.caught,
        note: &proof.note,
    }
}
