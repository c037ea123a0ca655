//! Measuring: plan, drive, fold, record. The one path by which a run comes to be.

mod build_options;
mod collectors;
pub(crate) mod inputs;
mod prepare;
mod provenance;
pub(crate) mod request;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

pub(crate) use self::collectors::named;
pub use self::prepare::{Prepared, prepare};
use self::provenance::provenance;
use self::units::Span;
use crate::collector::Fold;
use crate::drive::{self, Drive};
use crate::event::{Event, Expected, Harness};
use crate::metric::{Alike, Value};
use crate::ops::notice::{Measuring, Notice, StepEnded};
use crate::ops::{Context, Exit, Stop};
use crate::plan::{Action, Collector, Plan, Step, Stream};
use crate::process;
use crate::report::figure::counted;
use crate::run::{Run, RunId, StepStatus};
use crate::snapshot::Provenance;
use crate::store::{self, Head, Lock};
use crate::tree::{Fingerprint, sources};

/// Measures and records, for a command whose answer rests on the record.
///
/// # Errors
/// If the run cannot be recorded; if that is known before measuring, nothing is measured.
pub fn measure(cx: &Context, prepared: &Prepared) -> Result<Run> {
    let Turn {
        lock: _lock,
        waited,
    } = turn(cx)?;
    if !waited {
        return measure_in(cx, prepared);
    }
    let again = prepare_again(cx, prepared)?;
    measure_in(cx, &again)
}

/// The same for the holder of the lock, if it could be had.
pub(crate) fn measure_in(cx: &Context, prepared: &Prepared) -> Result<Run> {
    let (mut run, logs) = take(cx, prepared)?;
    match record(cx, &mut run, logs) {
        Ok(()) => Ok(run),
        Err(error) => {
            let stop = Stop::new(
                Exit::CouldNotRun,
                format!("cannot record this run: {error}"),
            );
            Err(error.hint().into_iter().fold(stop, Stop::help).into())
        }
    }
}

/// Measures for a command that shows what was measured. If the run cannot be recorded, a warning says so, and the run has no
/// id.
pub(crate) fn measure_or_warn(cx: &Context, prepared: &Prepared) -> Result<Run> {
    let Turn {
        lock: _lock,
        waited,
    } = match wait(cx) {
        Ok(turn) => turn,
        Err(error) if error.is::<Stop>() => return Err(error),
        Err(error) => {
            cx.warn(&format!("this run cannot be recorded: {error}"));
            return Ok(take(cx, prepared)?.0);
        }
    };
    let (mut run, logs) = match waited {
        true => take(cx, &prepare_again(cx, prepared)?)?,
        false => take(cx, prepared)?,
    };
    if let Err(error) = record(cx, &mut run, logs) {
        cx.warn(&format!("this run is not recorded: {error}"));
    }
    Ok(run)
}

/// Makes the plan again after another command held the lock: it may have edited manifests.
fn prepare_again(cx: &Context, prepared: &Prepared) -> Result<Prepared> {
    let collectors: Vec<Collector> = prepared.plan.settings.keys().cloned().collect();
    prepare(cx, &collectors)
}

/// Runs a plan. The run is not recorded yet; its logs are in the directory.
fn take(cx: &Context, prepared: &Prepared) -> Result<(Run, Option<PathBuf>)> {
    let (began, started) = (cx.system_now(), cx.now());
    let before = cx.fingerprint()?;
    let provenance = provenance(cx, prepared, &before)?;
    let logs = cx.store.begin_logs(started, std::process::id()).ok();
    let mut run = execute(cx, prepared, provenance, &before, logs.as_deref())?;
    let after = cx.fingerprint()?;
    let torn = Torn {
        changed: before.changed(&after),
        rewritten: before.rewritten(&after),
    };
    run.started = after_newest(cx, started);
    run.torn = !torn.is_empty();
    let span = Span {
        began,
        torn: torn.names(),
        sources: &after,
    };
    inputs::record(cx, prepared, &mut run, logs.as_deref(), &span);
    say_torn(cx, &torn, &before);
    say_lock(cx, &before, &after);
    sources::note(&cx.store, &after);
    run.provenance.tree = after.digest;
    run.provenance.lock = after.lock;
    Ok((run, logs))
}

/// Notes that cargo brought a lock file up to date.
fn say_lock(cx: &Context, before: &Fingerprint, after: &Fingerprint) {
    if before.lock.is_some() && before.lock != after.lock {
        cx.note("cargo updated Cargo.lock; use --locked to refuse that");
    }
}

/// The sources that changed while they were measured.
struct Torn<'a> {
    /// Files with other content than before, and new ones.
    changed: Vec<&'a str>,
    /// Files and directories that were written meanwhile, whatever they contain now.
    rewritten: Vec<&'a str>,
}

impl<'a> Torn<'a> {
    fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.rewritten.is_empty()
    }

    fn names(&self) -> BTreeSet<&'a str> {
        self.changed
            .iter()
            .chain(&self.rewritten)
            .copied()
            .collect()
    }
}

/// Names what changed while it was measured. Output that git does not ignore counts as sources.
fn say_torn(cx: &Context, torn: &Torn<'_>, before: &Fingerprint) {
    let names = torn.names();
    let Some(first) = torn.changed.first().or(torn.rewritten.first()) else {
        return;
    };
    let more = if names.len() > 1 {
        format!(" and {} more", names.len() - 1)
    } else {
        String::new()
    };
    cx.warn(&format!(
        "sources changed while they were measured: {first}{more}"
    ));
    if torn.changed.is_empty() {
        let help = "they have the same content as before, but may have been compiled with another; run again";
        cx.help(&format!(
            "{help}, and let build scripts and tests write sources only if they differ"
        ));
    } else if torn
        .changed
        .iter()
        .all(|name| !before.files.iter().any(|file| file == name))
    {
        cx.help("if it is output, ignore it in .gitignore or write it below the target directory; then run again");
    }
}

/// The right to measure.
pub(crate) struct Turn {
    /// `None` if no lock can be had here, though runs can be recorded.
    pub(crate) lock: Option<Lock>,
    /// Another command held the lock before.
    pub(crate) waited: bool,
}

/// Waits until no other command measures.
///
/// # Errors
/// If nothing can be recorded here.
pub(crate) fn turn(cx: &Context) -> Result<Turn> {
    wait(cx).map_err(|error| match error.is::<Stop>() {
        true => error,
        false => Stop::new(
            Exit::CouldNotRun,
            format!("cannot record what is measured: {error}"),
        )
        .into(),
    })
}

fn wait(cx: &Context) -> Result<Turn> {
    match cx.wait_for_lock() {
        Ok((lock, waited)) => Ok(Turn {
            lock: Some(lock),
            waited,
        }),
        Err(error) if error.is::<Stop>() => Err(error),
        Err(error) => {
            if cx.store.create().and_then(|()| cx.store.check()).is_err() {
                return Err(error);
            }
            cx.warn(&format!("measuring without a lock: {error}"));
            Ok(Turn {
                lock: None,
                waited: false,
            })
        }
    }
}

/// Drives the plan, showing each step as it ends.
fn execute(
    cx: &Context,
    prepared: &Prepared,
    provenance: Provenance,
    sources: &Fingerprint,
    logs: Option<&Path>,
) -> Result<Run> {
    let Prepared {
        workspace,
        selected,
        plan,
    } = prepared;
    let clock = Instant::now();
    let listed = sources.listed();
    let runner = request::runner(cx, &provenance.toolchain.host)?;
    let last = last_like(cx, plan);
    announce(cx, prepared, &provenance, &expected(plan, last.as_ref()));
    let mut fold = Fold::new(plan, selected, &cx.config().own_units());
    let names = cx
        .config()
        .own_units()
        .into_iter()
        .map(|(c, units)| (c.name().to_owned(), units.into_keys().collect()));
    let drive = Drive {
        workspace,
        cancel: &cx.cancel,
        logs,
        expected: &tests(plan, last.as_ref()),
        figures: &names.collect(),
        files: Some(&listed),
        runner: &runner,
        grace: drive::GRACE,
    };
    drive::drive(plan, &drive, &mut |event: &Event| {
        fold.event(event);
        cx.notify(&Notice::Event(event));
        if let Event::Ended(ended) = event {
            announce_end(cx, plan, &fold, &ended.step);
        }
    });
    let (snapshot, steps) = fold.finish();
    Ok(Run {
        id: RunId::default(),
        started: 0,
        seconds: clock.elapsed().as_secs_f64(),
        plan: plan.clone(),
        provenance,
        steps,
        snapshot,
        interrupted: cx.cancel.is_set(),
        torn: false,
        sequence: cx
            .store
            .newest()
            .map_or(0, |head| head.sequence)
            .saturating_add(1),
        inputs: BTreeMap::new(),
    })
}

/// Returns the start of a run, or a second after the newest run if that began in the same moment. Ids tell runs apart by the
/// second, and the later run must have the greater one.
fn after_newest(cx: &Context, started: i64) -> i64 {
    const HASTE: i64 = 60;
    match cx.store.newest().map(|head| head.started) {
        Some(newest) if (started..started + HASTE).contains(&newest) => newest + 1,
        _ => started,
    }
}

/// Reports what is about to be measured.
fn announce(cx: &Context, prepared: &Prepared, provenance: &Provenance, expected: &[Expected]) {
    cx.notify(&Notice::Measuring(&Measuring {
        campaign: &cx.campaign(),
        packages: prepared.selected.members.len(),
        provenance,
        plan: &prepared.plan,
        expected,
    }));
    warn_about_load(cx, &prepared.plan, provenance.host.cores);
}

/// Warns where times that are asked for would be measured on a machine that is busy with something else.
fn warn_about_load(cx: &Context, plan: &Plan, cores: u32) {
    let is_time = |metric: &str, collector: &Collector| {
        let rows = cx.catalogue().matching(metric);
        rows.iter()
            .any(|row| row.alike == Alike::Machine && row.collector == *collector)
    };
    let timed = |collector: &Collector| {
        let gates = &cx.config().gates;
        *collector == Collector::Bench || gates.iter().any(|gate| is_time(&gate.metric, collector))
    };
    if !plan.steps.iter().flat_map(|step| &step.serves).any(timed) {
        return;
    }
    if let Some(load) =
        process::load::average().filter(|load| cores > 0 && *load > f64::from(cores))
    {
        let cores = counted(cores as usize, "core");
        cx.warn(&format!(
            "the load average is {load:.1} on {cores}: times measured now are not reliable"
        ));
    }
}

/// Reports the outcome of a step.
fn announce_end(cx: &Context, plan: &Plan, fold: &Fold, id: &str) {
    let (snapshot, steps) = fold.so_far();
    let step = plan.steps.iter().find(|step| step.id == id);
    let record = steps.iter().find(|record| record.ended.step == id);
    if let (Some(step), Some(record)) = (step, record) {
        cx.notify(&Notice::StepEnded(&StepEnded {
            step,
            record,
            snapshot: &snapshot,
            is_last: plan.steps.last().is_some_and(|last| last.id == id),
        }));
    }
}

/// The newest run with the same steps, one without flaws before others: how long they took and how much there was to do.
fn last_like(cx: &Context, plan: &Plan) -> Option<Run> {
    let is_like = |head: &Head| {
        plan.settings
            .keys()
            .all(|collector| head.settings.contains_key(collector))
    };
    let like: Vec<Head> = cx.heads().take(20).filter(is_like).collect();
    let last = like.iter().find(|head| head.complete).or(like.first())?;
    cx.store.load(&last.id).ok()
}

/// What the last run tells about the steps to come.
fn expected(plan: &Plan, last: Option<&Run>) -> Vec<Expected> {
    let of =
        |id: &str| last.and_then(|run| run.steps.iter().find(|record| record.ended.step == id));
    let step = |step: &Step| Expected {
        step: step.id.clone(),
        doing: step.verb.doing.clone(),
        seconds: of(&step.id).map(|record| record.ended.seconds),
        units: of(&step.id).map(|record| record.units.1),
    };
    plan.steps.iter().map(step).collect()
}

/// How much each step had to do when cargo no longer told: the tests it ran.
fn tests(plan: &Plan, last: Option<&Run>) -> BTreeMap<String, u64> {
    let ran = |nextest: bool| {
        let tests = last.iter().flat_map(|run| run.snapshot.tests.values());
        tests
            .filter(|test| (test.harness == Harness::Nextest) == nextest)
            .count() as u64
    };
    let of = |step: &Step| match &step.action {
        Action::Command(command) if command.stream == Stream::CargoTest => {
            Some((step.id.clone(), ran(false)))
        }
        Action::Command(command) if command.stream.is_nextest() => {
            Some((step.id.clone(), ran(true)))
        }
        _ => None,
    };
    plan.steps.iter().filter_map(of).collect()
}

/// Records the run and gives it its id.
fn record(cx: &Context, run: &mut Run, logs: Option<PathBuf>) -> Result<(), store::Error> {
    run.id = cx.store.append(run)?;
    cx.recorded.borrow_mut().insert(run.id.clone());
    cx.status(
        "Recorded",
        &format!(
            "run {}{}",
            run.id,
            if run.is_whole() { "" } else { " (not whole)" }
        ),
    );
    if let Some(logs) = logs {
        let _ = cx.store.end_logs(&logs, &run.id);
    }
    Ok(())
}

/// How a command ends that only measured: what could not run at all is exit 4, what ran in part is not.
pub(crate) fn exit(run: &Run) -> Exit {
    use StepStatus::{Broken, Failed, TimedOut, Unavailable};
    let broken =
        |status: &StepStatus| matches!(status, Broken(_) | Failed(_) | TimedOut | Unavailable(..));
    match run {
        run if run.interrupted => Exit::Interrupted,
        // Nothing will know of it.
        run if run.id.0.is_empty() => Exit::CouldNotRun,
        run if !run.plan.lacking.is_empty()
            || run.steps.iter().any(|step| broken(&step.status)) =>
        {
            Exit::CouldNotRun
        }
        _ => Exit::Done,
    }
}

/// Returns what would make the values of a run complete, in the order of the metrics.
pub(crate) fn fixes(run: &Run) -> impl Iterator<Item = &str> {
    run.snapshot
        .metrics
        .values()
        .filter_map(|reading| match &reading.value {
            Value::Unavailable(why) => why.mend.as_deref(),
            Value::Measured(_) => None,
        })
}

/// Returns the commands that runs started, as a person would type them.
pub(crate) fn commands(runs: &[Run]) -> Vec<String> {
    runs.iter()
        .flat_map(|run| &run.plan.steps)
        .filter_map(|step| match &step.action {
            Action::Command(invocation) => Some(invocation.display()),
            Action::Scan | Action::Lint(_) => None,
        })
        .collect()
}
