//! `cargo campaign gate`: judge. Measures the results that no recorded run has, unless `--no-run` is given.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::Version;

use super::base::Base;
use super::dry_run;
use super::output::{self, Outputs};
use super::session::Session;
use crate::judge::readiness::Facts;
use crate::judge::{self, Proof};
use crate::ops::evaluate::subset;
use crate::ops::evaluate::view;
use crate::ops::evaluate::{self, Measured, Measuring};
use crate::ops::evaluate::{Evaluation, needed};
use crate::ops::exit::Exit;
use crate::ops::measure;
use crate::ops::readiness::{self, Ahead, Measure};
use crate::ops::release::plan as release;
use crate::plan::Collector;
use crate::report::gate::{GateFacts, STATUS};
use crate::report::{self as screens, Report};
use crate::store::PinName;

/// Judge the gates: 0 pass, 1 fail, 3 no verdict
///
/// Judges the newest runs with the current sources, toolchain and settings. Missing results are measured first; if nothing
/// changed, nothing is run. With --release, every check that a release must pass is made too.
#[derive(clap::Args, Debug)]
pub(super) struct GateArgs {
    /// Judge only these gates: collectors, metrics or patterns of them (`bench.*`), or groups; without names all of them
    #[arg(value_name = "NAME", conflicts_with = "release")]
    names: Vec<String>,
    /// Use recorded runs only; missing metrics yield no verdict
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
    /// Check that every gate fails on a planted violation
    #[arg(long)]
    prove: bool,
    #[command(flatten)]
    pub(super) base: Base,
    #[command(flatten)]
    outputs: Outputs,
}

impl GateArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.check(session)?;
        let subset = subset::narrow(session, &self.names)?;
        if self.fresh || self.release.is_some() {
            session.run_all_tests();
        }
        let wanted = self.collectors(session)?;
        let mut found = view::current(session, &wanted)?;
        if self.fresh {
            found.missing = wanted.iter().cloned().collect();
        }
        if self.dry_run {
            let prepared = measure::prepare(session, &found.missing)?;
            return dry_run::show(session, &prepared.plan);
        }

        let unchanged = found.missing.is_empty();
        let Measured {
            mut evaluation,
            interrupted,
            ..
        } = evaluate::judge(session, &wanted, found, self.measuring())?;
        if session.options.environment.ci && evaluation.baseline.is_none() {
            evaluation.advise_committing_a_baseline();
        }
        if self.prove {
            return prove(session, &evaluation);
        }
        let facts = self.add_release_checks(session, &mut evaluation, interrupted)?;

        let mut report = session.report(&evaluation).of_needed(&wanted);
        if let Some(subset) = subset {
            report = report.of_subset(subset.asked, subset.others);
        }
        report.interrupted = interrupted;
        if let Some(facts) = &facts {
            report = readiness::report(session, report, facts);
        }
        self.show(session, &report, unchanged)?;
        Ok(match interrupted {
            true => Exit::Interrupted,
            false => evaluation.judgement.verdict().into(),
        })
    }

    /// Checks the options and the baseline, so that errors in them are reported before anything is measured.
    fn check(&self, session: &Session) -> Result<()> {
        self.outputs.check(session)?;
        if self.prove {
            output::terminal_only(session, "gate --prove")?;
        }
        if self.dry_run {
            output::terminal_only(session, "gate --dry-run")?;
        }
        session.pinned(PinName::Baseline)?;
        Ok(())
    }

    /// Returns the collectors that the gates need, and those of a release.
    fn collectors(&self, session: &mut Session) -> Result<BTreeSet<Collector>> {
        let Some(version) = &self.release else {
            return Ok(needed(&session.config().gates, session.catalogue()));
        };
        release::check(session, version)?;
        readiness::widen(session)?;
        Ok(readiness::collectors(session))
    }

    fn measuring(&self) -> Measuring {
        match (self.no_run, self.fresh) {
            (true, _) => Measuring::Never,
            (false, true) => Measuring::Everything,
            (false, false) => Measuring::Missing,
        }
    }

    /// Adds the checks of a release to the judgement, and returns their facts.
    fn add_release_checks(
        &self,
        session: &Session,
        evaluation: &mut Evaluation,
        interrupted: bool,
    ) -> Result<Option<Facts>> {
        let Some(version) = &self.release else {
            return Ok(None);
        };
        let measure = match self.no_run || interrupted {
            true => Measure::Never,
            false => Measure::Now,
        };
        let facts = readiness::facts(session, evaluation, version, &Ahead::default(), measure)?;
        readiness::add_checks(session, &mut evaluation.judgement, &facts);
        Ok(Some(facts))
    }

    fn show(&self, session: &mut Session, report: &Report, unchanged: bool) -> Result<()> {
        let (lines, now, verbose) = (
            session.config().lines.clone(),
            session.now,
            session.ui.is_verbose(),
        );
        let status = session.ui.with_options(STATUS);
        let around = GateFacts {
            source: &lines,
            unchanged,
            verbose,
            status: &status,
        };
        output::show(session, report, |look| match report.readiness {
            Some(_) => screens::readiness::screen(report, &around, now, look),
            None => screens::gate::screen(report, &around, now, look),
        })?;
        self.outputs.write(session, report)
    }
}

/// Shows which gates fail on a planted violation.
fn prove(session: &mut Session, evaluation: &Evaluation) -> Result<Exit> {
    let (config, today) = (session.config(), session.today());
    let proofs = judge::prove(
        &config.gates,
        &config.waivers,
        &config.catalogue,
        &evaluation.evidence(&today),
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

fn shown(proof: &Proof) -> crate::report::prove::ProofRow<'_> {
    crate::report::prove::ProofRow {
        id: &proof.id,
        planted: &proof.planted,
        caught: proof.caught,
        note: &proof.note,
    }
}
