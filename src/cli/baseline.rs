//! `cargo campaign baseline` and `cargo campaign final`: measure, or take a recorded run, and pin it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::only::Only;
use super::output::{self, Outputs};
use super::run;
use super::session::Session;
use crate::gate::{Gate, Operand, Reference};
use crate::judge;
use crate::metric::{Better, Catalogue, Value};
use crate::ops::evaluate::subset;
use crate::ops::evaluate::view;
use crate::ops::evaluate::{Evaluation, gate_waivers, needed};
use crate::ops::exit::{Exit, Stop};
use crate::ops::measure;
use crate::ops::revision;
use crate::plan::{Action, Collector, quote};
use crate::report::markdown::{Completion, completion};
use crate::report::{baseline, status};
use crate::run::{Judged, Run, RunId, StepStatus, Verdict, View};
use crate::snapshot::Provenance;
use crate::store::{Head, Pin, PinName};

/// Measure and pin as the baseline
///
/// Writes `.campaign/baseline.json`: commit it. Gates that say `baseline` are held against it. Without --accept a better
/// baseline is not replaced, nothing is pinned over a gate that fails against it, and a run in which something could not
/// be measured is not pinned.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Pin only the values of this collector or metric anew and keep the rest of the baseline
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    #[command(flatten)]
    pinning: Pinning,
}

/// Measure, pin as final, write the completion report
///
/// Writes `.campaign/final.json` and `.campaign/completion.md`: before and after, gates, findings, evidence.
#[derive(clap::Args, Debug)]
pub(super) struct FinalArgs {
    #[command(flatten)]
    pinning: Pinning,
    /// Write the completion report here instead
    #[arg(long, value_name = "PATH")]
    report: Option<std::path::PathBuf>,
}

#[derive(clap::Args, Debug)]
struct Pinning {
    /// Pin this run (or the start of its id, `latest` for the newest complete one, a git revision, a date or an age) instead of measuring
    #[arg(long, value_name = "RUN")]
    from: Option<String>,
    /// Pin a run that is worse than the pinned one, fails its gates or is incomplete; the reason is recorded
    #[arg(long, value_name = "REASON", value_parser = reason)]
    accept: Option<String>,
    /// Print the commands, run nothing
    #[arg(long, conflicts_with = "from")]
    dry_run: bool,
    #[command(flatten)]
    outputs: Outputs,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.pinning.replaceable(session, PinName::Baseline)?;
        let only = (!self.only.is_empty())
            .then(|| Only::read(session, &self.only, self.pinning.options()))
            .transpose()?;
        let Some(subject) = self.pinning.subject(session, only.as_ref())? else {
            return Ok(Exit::Done);
        };
        self.pinning.may_pin(session, &subject, PinName::Baseline)?;
        self.pinning.pin(session, &subject, PinName::Baseline)?;
        let evaluation = Evaluation::against(session, subject.view, None);
        let report = session.report(&evaluation);
        output::show(session, &report, |look| baseline::screen(&report, look))?;
        if session.options.path.is_none() {
            session.ui.note("there are no gates yet");
            session.ui.help(subset::INIT);
        }
        self.pinning.outputs.write(session, &report)?;
        Ok(Exit::Done)
    }
}

impl FinalArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let before = session.pinned(PinName::Baseline)?.ok_or_else(|| {
            Stop::new(Exit::NoVerdict, "no baseline is pinned to compare with")
                .help("cargo campaign baseline")
        })?;
        self.pinning.replaceable(session, PinName::Final)?;
        if let Some(path) = &self.report {
            output::writable("--report", path, session)?;
            self.pinning
                .outputs
                .check_beside("--report", path, session)?;
        }
        let Some(subject) = self.pinning.subject(session, None)? else {
            return Ok(Exit::Done);
        };
        self.pinning.may_pin(session, &subject, PinName::Final)?;
        self.pinning.pin(session, &subject, PinName::Final)?;
        let (after, view) = (commands(&subject.runs), subject.view);
        let earlier: Vec<Run> = before
            .runs()
            .iter()
            .filter_map(|id| session.store.load(id).ok())
            .collect();
        let evaluation = Evaluation::against(session, view, Some(before.view));
        let report = session.report(&evaluation);
        let text = completion(&Completion {
            report: &report,
            before: &commands(&earlier),
            after: &after,
        });
        let path = match &self.report {
            Some(path) => {
                let path = session.cwd.join(path);
                output::file(session, &path, &text)?;
                path
            }
            None => session
                .store
                .write_document("completion.md", text.as_bytes())?,
        };
        session.ui.status(
            "Wrote",
            &format!("the completion report in {}", short(session, &path)),
        );
        let now = session.now;
        output::show(session, &report, |look| status::last(&report, now, look))?;
        self.pinning.outputs.write(session, &report)?;
        Ok(evaluation.judgement.verdict().into())
    }
}

/// Refuses a reason without a word, such as that of an unset variable in a script.
fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("the reason is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// What is to be pinned.
struct Subject {
    view: View,
    runs: Vec<Run>,
    /// What of it replaces values of the pin, as typed: ` --only bench`; empty for all.
    only: String,
}

impl Subject {
    /// The arguments that pin this very run.
    fn arguments(&self) -> String {
        let from = self
            .runs
            .first()
            .map(|run| format!(" --from {}", run.id))
            .unwrap_or_default();
        from + &self.only
    }
}

impl Pinning {
    /// Returns the options as typed: ` --from RUN --accept REASON`.
    fn options(&self) -> String {
        [("--from", &self.from), ("--accept", &self.accept)]
            .into_iter()
            .filter_map(|(name, value)| Some(format!(" {name} {}", quote(value.as_deref()?))))
            .collect()
    }

    /// Measures, or loads the run asked for. Nothing for a dry run.
    fn subject(&self, session: &mut Session, only: Option<&Only>) -> Result<Option<Subject>> {
        self.outputs.check(session)?;
        if self.dry_run {
            output::terminal_only(session, "--dry-run")?;
        }
        // Said before anything is measured.
        let kept = only.map(|_| kept(session)).transpose()?;
        let wanted = match only {
            Some(only) => only.collectors(session),
            None => collectors(session)?,
        };
        let run = match &self.from {
            Some(asked) => {
                let id = match asked.as_str() {
                    "latest" => {
                        session.warn_about_future_runs();
                        newest_complete(session, &wanted)?
                    }
                    asked => revision::run(session, asked)?,
                };
                session.store.load(&id)?
            }
            None => {
                let prepared = measure::prepare(session, &wanted)?;
                if self.dry_run {
                    run::show(session, &prepared.plan)?;
                    return Ok(None);
                }
                measure::measure(session, &prepared)?
            }
        };
        if run.interrupted && self.from.is_none() {
            return Err(Stop::new(Exit::Interrupted, "interrupted; nothing was pinned").into());
        }
        let view = match (only, &kept) {
            (Some(only), Some(kept)) => only.replace(session, kept, &run)?,
            _ => view::of_run(session, &run),
        };
        Ok(Some(Subject {
            view,
            runs: vec![run],
            only: only.map(Only::flags).unwrap_or_default(),
        }))
    }

    /// A pin that cannot be read is not replaced without a reason: it may have been better. Said before measuring.
    fn replaceable(&self, session: &Session, name: PinName) -> Result<()> {
        if self.accept.is_none() {
            session.pinned(name)?;
        }
        Ok(())
    }

    /// Refuses to pin what is incomplete, or worse than what is pinned, without a reason.
    fn may_pin(&self, session: &mut Session, subject: &Subject, name: PinName) -> Result<()> {
        if self.accept.is_some() {
            return Ok(());
        }
        let command = if name == PinName::Baseline {
            "baseline"
        } else {
            "final"
        };
        let from = subject.arguments();
        if let Some(run) = subject.runs.iter().find(|run| !run.is_whole()) {
            let stop = Stop::new(
                Exit::NoVerdict,
                format!("refusing to pin an incomplete run: {}", flaws(run)),
            );
            let stop = measure::mends(run).take(1).fold(stop, Stop::help);
            return Err(stop
                .help(format!(
                    "cargo campaign {command}{from} --accept \"the reason\" (pins it as it is)"
                ))
                .into());
        }
        self.holds_gates(session, subject, name)?;
        let Some(old) = session.pinned(name)? else {
            return Ok(());
        };
        let stop = match (
            judge::strangers(&old.view.provenance, &subject.view.provenance),
            worse(session, &old.view, &subject.view),
        ) {
            (Some(apart), _) => {
                let message = format!(
                    "the pinned {command} is of another workspace: {}, not {}",
                    apart.base, apart.head
                );
                Stop::new(Exit::NoVerdict, message)
            }
            (None, worse) if worse.is_empty() => return Ok(()),
            (None, worse) => Stop::new(
                Exit::Usage,
                format!(
                    "refusing to replace a better {command}: {}",
                    worse.join(", ")
                ),
            ),
        };
        Err(stop
            .help(format!(
                "cargo campaign {command}{from} --accept \"the reason\""
            ))
            .into())
    }

    /// Refuses to pin what fails against the baseline: the next `gate` would be held against the failure and pass. Gates
    /// with a bound of their own fail on after pinning, and a campaign may begin with them; they only stop `final`.
    fn holds_gates(&self, session: &mut Session, subject: &Subject, name: PinName) -> Result<()> {
        let Some(baseline) = session.pinned(PinName::Baseline)? else {
            return Ok(());
        };
        let evaluation = Evaluation::against(session, subject.view.clone(), Some(baseline.view));
        let config = session.config();
        let moves = |gate: &&Gate| name == PinName::Final || is_relative(gate, &config.catalogue);
        let gates: Vec<Gate> = config.gates.iter().filter(moves).cloned().collect();
        let waivers = gate_waivers(config);
        let judgement = judge::judge(
            &gates,
            &waivers,
            &config.catalogue,
            &evaluation.evidence(&session.today()),
        );
        let failing: Vec<&Judged> = judgement
            .gates
            .iter()
            .filter(|gate| gate.verdict == Verdict::Fail)
            .collect();
        if failing.is_empty() {
            return Ok(());
        }
        let command = if name == PinName::Baseline {
            "baseline"
        } else {
            "final"
        };
        let from = subject.arguments();
        let gates = if failing.len() == 1 {
            "a failing gate"
        } else {
            "failing gates"
        };
        let listed: Vec<String> = failing.iter().map(|gate| failure(gate)).collect();
        let stop = Stop::new(
            Exit::Usage,
            format!("refusing to pin over {gates}: {}", listed.join("; ")),
        );
        Err(stop
            .help(format!(
                "cargo campaign {command}{from} --accept \"the reason\""
            ))
            .into())
    }

    fn pin(&self, session: &mut Session, subject: &Subject, name: PinName) -> Result<()> {
        let (view, reason) = (subject.view.clone(), self.accept.clone());
        let pin = Pin {
            pinned: session.now,
            reason,
            view,
            edited: false,
        };
        let path = session.store.pin(name, &pin)?;
        let what = if name == PinName::Baseline {
            "baseline"
        } else {
            "final"
        };
        let text = format!("{what} in {} (commit this file)", short(session, &path));
        session.ui.status("Pinned", &text);
        let from = &subject.view.provenance;
        if let (Some(commit), true) = (&from.commit, from.dirty) {
            let commit = commit.get(..7).unwrap_or(commit);
            session.ui.warn(&format!(
                "the {what} was measured with uncommitted changes; commit {commit} alone does not have these values"
            ));
        }
        Ok(())
    }
}

/// The baseline whose other values are kept.
fn kept(session: &Session) -> Result<View> {
    let pin = session.pinned(PinName::Baseline)?;
    let none = || {
        Stop::new(
            Exit::Usage,
            "no baseline is pinned whose other values could be kept",
        )
        .help(judge::PIN)
    };
    Ok(pin.ok_or_else(none)?.view)
}

/// Whether pinning moves the bound of a gate.
fn is_relative(gate: &Gate, catalogue: &Catalogue) -> bool {
    let derived = catalogue
        .matching(&gate.metric)
        .iter()
        .any(|row| row.derived);
    derived
        || matches!(
            gate.require.operand,
            Operand::Reference(Reference::Baseline, _)
        )
}

/// `clippy.new 1, required = 0 (src/lib.rs:3:5 clippy::needless_return)`.
fn failure(gate: &Judged) -> String {
    const SHOWN: usize = 5;
    let Judged {
        id,
        reason,
        evidence,
        ..
    } = gate;
    let mut places = evidence.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    if evidence.len() > SHOWN {
        places.push(format!("{} more", evidence.len() - SHOWN));
    }
    if places.is_empty() {
        format!("{id} {reason}")
    } else {
        format!("{id} {reason} ({})", places.join(", "))
    }
}

/// The newest run in which every default collector, and every one that gates need, is complete. A run of a few collectors
/// would leave the pin without the values of the others.
fn newest_complete(session: &Session, wanted: &[Collector]) -> Result<RunId> {
    let lacks = |head: &Head| {
        wanted
            .iter()
            .find(|collector| !head.whole.contains(collector))
            .cloned()
    };
    let heads: Vec<Head> = session.heads().collect();
    if let Some(head) = heads.iter().find(|head| lacks(head).is_none()) {
        return Ok(head.id.clone());
    }
    let Some(newest) = heads.first() else {
        return revision::run(session, "latest");
    };
    let lacking = lacks(newest).map_or_else(String::new, |collector| collector.to_string());
    let message = format!(
        "no recorded run is complete: {} has no complete values of {lacking}",
        newest.id
    );
    let stop = Stop::new(Exit::NoVerdict, message).help("cargo campaign baseline");
    Err(stop
        .help(format!(
            "cargo campaign baseline --from {} --accept \"the reason\" (pins it as it is)",
            newest.id
        ))
        .into())
}

/// The default collectors, and those that gates need.
fn collectors(session: &Session) -> Result<Vec<Collector>> {
    let mut wanted = run::named(session, &[])?;
    let extra = needed(&session.config().gates, session.catalogue());
    let known: BTreeSet<Collector> = wanted.iter().cloned().collect();
    wanted.extend(
        extra
            .into_iter()
            .filter(|collector| !known.contains(collector)),
    );
    Ok(wanted)
}

/// Why a run is not whole; a reason that several steps share is said once.
fn flaws(run: &Run) -> String {
    let lacking = run
        .plan
        .lacking
        .iter()
        .map(|lacking| (lacking.collector.name(), lacking.what.as_str()));
    // An interrupted run says so once.
    let told = run
        .steps
        .iter()
        .filter(|step| !run.interrupted || step.status != StepStatus::Interrupted);
    let steps = told.filter_map(|step| Some((step.ended.step.as_str(), flaw(&step.status)?)));
    let mut shared: Vec<(Vec<&str>, &str)> = Vec::new();
    for (who, why) in lacking.chain(steps) {
        match shared.iter_mut().find(|(_, known)| *known == why) {
            Some((all, _)) => all.push(who),
            None => shared.push((vec![who], why)),
        }
    }
    let mut flaws: Vec<String> = shared
        .iter()
        .map(|(all, why)| format!("{}: {why}", all.join(", ")))
        .collect();
    if run.torn {
        flaws.push("the sources changed while they were measured".to_owned());
    }
    if run.interrupted {
        flaws.push("it was interrupted".to_owned());
    }
    flaws.join("; ")
}

/// Why a step's figures are not whole.
fn flaw(status: &StepStatus) -> Option<&str> {
    match status {
        StepStatus::Whole => None,
        StepStatus::Partial(why)
        | StepStatus::Broken(why)
        | StepStatus::Failed(why)
        | StepStatus::Unavailable(why, _) => Some(why),
        StepStatus::TimedOut => Some("it ran into its time limit"),
        StepStatus::Interrupted => Some("interrupted"),
    }
}

/// Returns the exact values that would get worse, `clippy warnings 12 → 14`, and the collectors that would have none. Times vary by
/// themselves and are left out, as are metrics without a direction.
fn worse(session: &Session, old: &View, new: &View) -> Vec<String> {
    let look = session.ui.look_err();
    let lost = old
        .sources
        .keys()
        .filter(|collector| !new.sources.contains_key(collector));
    let lost: Vec<&str> = lost.map(Collector::name).collect();
    let lost = lost
        .into_iter()
        .chain(packages_left_out(&old.provenance, &new.provenance))
        .collect::<Vec<_>>();
    let mut worse = if lost.is_empty() {
        Vec::new()
    } else {
        vec![format!("this run has no values of {}", lost.join(", "))]
    };
    for (name, reading) in &old.snapshot.metrics {
        let Some(row) = session.catalogue().get(name) else {
            continue;
        };
        let Some(now) = new.snapshot.metrics.get(name) else {
            continue;
        };
        let (Value::Measured(before), Value::Measured(after)) = (&reading.value, &now.value) else {
            continue;
        };
        let is_worse = match row.better {
            Better::Lower => after > before,
            Better::Higher => after < before,
            Better::None => false,
        };
        if is_worse && row.alike != crate::metric::Alike::Machine {
            let figure = |value: f64| crate::report::figure::figure(value, &row.unit, &look);
            worse.push(format!(
                "{} {} -> {}",
                row.title,
                figure(*before),
                figure(*after)
            ));
        }
    }
    worse
}

/// Returns the packages of an old measurement that a new one does not select. A package that has left the workspace is not
/// left out by a selection.
fn packages_left_out<'a>(old: &'a Provenance, new: &Provenance) -> Vec<&'a str> {
    let measured = if old.scope.is_empty() {
        &old.members
    } else {
        &old.scope
    };
    let is_left_out = |package: &&String| !new.scope.is_empty() && !new.scope.contains(package);
    measured
        .iter()
        .filter(is_left_out)
        .map(String::as_str)
        .collect()
}

/// The commands of runs, as a person would type them.
pub(super) fn commands(runs: &[Run]) -> Vec<String> {
    let steps = runs.iter().flat_map(|run| &run.plan.steps);
    let command = |action: &Action| match action {
        Action::Command(invocation) => Some(invocation.display()),
        Action::Scan | Action::Lint(_) => None,
    };
    steps.filter_map(|step| command(&step.action)).collect()
}

/// A path below the root is shown from there.
fn short(session: &Session, path: &Path) -> String {
    path.strip_prefix(session.root())
        .unwrap_or(path)
        .display()
        .to_string()
}
