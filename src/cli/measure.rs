//! Measuring: plan, drive, fold, record. The one path by which a run comes to be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::Result;

use super::build_options;
use super::changelog::books;
use super::exit::{Exit, Stop};
use super::inputs;
use super::names;
use super::provenance::provenance;
use super::session::{GRACE, Session, system_now};
use crate::collector::Fold;
use crate::collector::planner;
use crate::drive::{self, Drive, load, pipes, probe};
use crate::event::{Event, Harness};
use crate::metric::{Alike, Reading, Value};
use crate::plan::{Action, Collector, Plan, Step, Stream};
use crate::report::figure::counted;
use crate::report::step;
use crate::run::{Run, RunId, StepStatus};
use crate::snapshot::Provenance;
use crate::store::{self, Head, Lock};
use crate::tree::{Fingerprint, sources};
use crate::ui::{Expected, Ui};
use crate::workspace::{PackageSpec, Workspace};

/// What is about to be measured: printable; nothing was started but cargo's description of the workspace.
pub(super) struct Prepared {
    pub(super) workspace: Workspace,
    /// The members that are measured.
    pub(super) selected: Workspace,
    pub(super) plan: Plan,
}

/// Reads the workspace, looks for tools and makes the plan.
pub(super) fn prepare(session: &Session, collectors: &[Collector]) -> Result<Prepared> {
    session.heed_signals();
    let manifest = &session.options.root.manifest;
    let workspace = probe::workspace(
        &session.probe(),
        Some(manifest),
        &session.options.cargo_flags,
    )
    .map_err(|error| Stop::new(Exit::CouldNotRun, format!("{error:#}")))?;
    pipes::refuse_sources(&workspace)
        .map_err(|error| Stop::new(Exit::CouldNotRun, error.to_string()))?;
    session.recognize_selection(&workspace.members);
    let mut request = session.request(collectors);
    session.find_tools(&mut request);
    // A tool whose probe was ended is not missing.
    session.stop_if_interrupted()?;
    for spec in request.packages.iter().chain(&request.exclude) {
        is_member(spec, &workspace)?;
    }
    let selected = planner::select(&request, &workspace);
    if selected.members.is_empty() && !workspace.members.is_empty() {
        let stop = Stop::new(Exit::Usage, "no package is selected");
        return Err(stop
            .help("leave out fewer packages with `--exclude`")
            .into());
    }
    build_options::check(session, &request, &workspace, &selected)?;
    names::check(
        session,
        workspace.members.iter().map(|member| member.name.as_str()),
    )?;
    if collectors.contains(&Collector::Changelog) {
        match books::lint(session, &workspace) {
            Ok(lint) => request.lint = lint,
            Err(lacking) => request.lacking.push(lacking),
        }
    }
    let plan = planner::plan(&request, &workspace);
    Ok(Prepared {
        workspace,
        selected,
        plan,
    })
}

/// Cargo would refuse an unknown package in every step; we say it once.
fn is_member(spec: &str, workspace: &Workspace) -> Result<()> {
    if workspace
        .members
        .iter()
        .any(|member| PackageSpec(spec).selects(member))
    {
        return Ok(());
    }
    let members = workspace
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let stop = Stop::new(
        Exit::Usage,
        format!("package `{spec}` is not a member of this workspace"),
    );
    Err(stop.help(format!("members: {members}")).into())
}

/// Measures and records, for a command whose answer rests on the record.
///
/// # Errors
/// If the run cannot be recorded; if that is known before measuring, nothing is measured.
pub(super) fn measure(session: &mut Session, prepared: &Prepared) -> Result<Run> {
    let Turn {
        lock: _lock,
        waited,
    } = turn(session)?;
    if !waited {
        return measure_in(session, prepared);
    }
    let again = prepare_again(session, prepared)?;
    measure_in(session, &again)
}

/// The same for the holder of the lock, if it could be had.
pub(super) fn measure_in(session: &mut Session, prepared: &Prepared) -> Result<Run> {
    let (mut run, logs) = take(session, prepared)?;
    match record(session, &mut run, logs) {
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
pub(super) fn measure_and_show(session: &mut Session, prepared: &Prepared) -> Result<Run> {
    let Turn {
        lock: _lock,
        waited,
    } = match wait(session) {
        Ok(turn) => turn,
        Err(error) if error.is::<Stop>() => return Err(error),
        Err(error) => {
            session
                .ui
                .warn(&format!("this run cannot be recorded: {error}"));
            return Ok(take(session, prepared)?.0);
        }
    };
    let (mut run, logs) = match waited {
        true => take(session, &prepare_again(session, prepared)?)?,
        false => take(session, prepared)?,
    };
    if let Err(error) = record(session, &mut run, logs) {
        session
            .ui
            .warn(&format!("this run is not recorded: {error}"));
    }
    Ok(run)
}

/// Makes the plan again after another command held the lock: it may have edited manifests.
fn prepare_again(session: &Session, prepared: &Prepared) -> Result<Prepared> {
    let collectors: Vec<Collector> = prepared.plan.settings.keys().cloned().collect();
    prepare(session, &collectors)
}

/// Runs a plan. The run is not recorded yet; its logs are in the directory.
fn take(session: &mut Session, prepared: &Prepared) -> Result<(Run, Option<PathBuf>)> {
    let (began, before) = (system_now(), session.fingerprint()?);
    let provenance = provenance(session, prepared, &before)?;
    let logs = session
        .store
        .begin_logs(session.now, std::process::id())
        .ok();
    let mut run = execute(session, prepared, provenance, &before, logs.as_deref())?;
    let after = session.fingerprint()?;
    let torn = Torn {
        changed: before.changed(&after),
        rewritten: before.rewritten(&after),
    };
    run.torn = !torn.is_empty();
    let span = Span {
        began,
        torn: torn.names(),
        sources: &after,
    };
    inputs::record(session, prepared, &mut run, logs.as_deref(), &span);
    say_torn(session, &torn, &before);
    say_lock(session, &before, &after);
    sources::note(&session.store, &after);
    run.provenance.tree = after.digest;
    run.provenance.lock = after.lock;
    Ok((run, logs))
}

/// Notes that cargo brought a lock file up to date.
fn say_lock(session: &mut Session, before: &Fingerprint, after: &Fingerprint) {
    if before.lock.is_some() && before.lock != after.lock {
        session
            .ui
            .note("cargo updated Cargo.lock; use --locked to refuse that");
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

/// What is known of the sources once they were measured.
pub(super) struct Span<'a> {
    /// When the measurement began.
    pub(super) began: SystemTime,
    /// Names of the files that were written since.
    pub(super) torn: BTreeSet<&'a str>,
    /// The sources at the end.
    pub(super) sources: &'a Fingerprint,
}

/// Names what changed while it was measured. Output that git does not ignore counts as sources.
fn say_torn(session: &mut Session, torn: &Torn<'_>, before: &Fingerprint) {
    let names = torn.names();
    let Some(first) = torn.changed.first().or(torn.rewritten.first()) else {
        return;
    };
    let more = if names.len() > 1 {
        format!(" and {} more", names.len() - 1)
    } else {
        String::new()
    };
    session.ui.warn(&format!(
        "sources changed while they were measured: {first}{more}"
    ));
    if torn.changed.is_empty() {
        let help = "they have the same content as before, but may have been compiled with another; run again";
        session.ui.help(&format!(
            "{help}, and let build scripts and tests write sources only if they differ"
        ));
    } else if torn
        .changed
        .iter()
        .all(|name| !before.files.iter().any(|file| file == name))
    {
        session
            .ui
            .help("if it is output, ignore it in .gitignore or write it below the target directory; then run again");
    }
}

/// The right to measure.
pub(super) struct Turn {
    /// `None` if no lock can be had here, though runs can be recorded.
    pub(super) lock: Option<Lock>,
    /// Another command held the lock before.
    pub(super) waited: bool,
}

/// Waits until no other command measures.
///
/// # Errors
/// If nothing can be recorded here.
pub(super) fn turn(session: &mut Session) -> Result<Turn> {
    wait(session).map_err(|error| match error.is::<Stop>() {
        true => error,
        false => Stop::new(
            Exit::CouldNotRun,
            format!("cannot record what is measured: {error}"),
        )
        .into(),
    })
}

fn wait(session: &mut Session) -> Result<Turn> {
    match session.wait_for_lock() {
        Ok((lock, waited)) => Ok(Turn {
            lock: Some(lock),
            waited,
        }),
        Err(error) if error.is::<Stop>() => Err(error),
        Err(error) => {
            if session
                .store
                .create()
                .and_then(|()| session.store.check())
                .is_err()
            {
                return Err(error);
            }
            session
                .ui
                .warn(&format!("measuring without a lock: {error}"));
            Ok(Turn {
                lock: None,
                waited: false,
            })
        }
    }
}

/// Drives the plan, showing each step as it ends.
fn execute(
    session: &mut Session,
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
    let runner = session.runner(&provenance.toolchain.host)?;
    header(session, prepared, &provenance);
    let last = last_like(session, plan);
    session.ui.expect(expected(plan, last.as_ref()));
    let mut fold = Fold::new(plan, selected, &session.config().own_units());
    let names = session
        .config()
        .own_units()
        .into_iter()
        .map(|(c, units)| (c.name().to_owned(), units.into_keys().collect()));
    let drive = Drive {
        workspace,
        cancel: &session.cancel,
        logs,
        expected: &tests(plan, last.as_ref()),
        figures: &names.collect(),
        files: Some(&listed),
        runner: &runner,
        grace: GRACE,
    };
    let ui = &mut session.ui;
    drive::drive(plan, &drive, &mut |event: &Event| {
        fold.event(event);
        match event {
            Event::Idle => ui.tick(Instant::now()),
            _ => ui.event(event, Instant::now()),
        }
        if let Event::Ended(ended) = event {
            step_line(ui, plan, &fold, &ended.step);
        }
    });
    let (snapshot, steps) = fold.finish();
    Ok(Run {
        id: RunId::default(),
        started: after_newest(session),
        seconds: clock.elapsed().as_secs_f64(),
        plan: plan.clone(),
        provenance,
        steps,
        snapshot,
        interrupted: session.cancel.is_set(),
        torn: false,
        sequence: session
            .store
            .newest()
            .map_or(0, |head| head.sequence)
            .saturating_add(1),
        inputs: BTreeMap::new(),
    })
}

/// Now; a second after the newest run when that began in this very second: ids tell runs apart by the second, and the
/// later one is the newer one.
fn after_newest(session: &Session) -> i64 {
    const HASTE: i64 = 60;
    let newest = session.store.newest().map(|head| head.started);
    newest
        .filter(|newest| (session.now..session.now + HASTE).contains(newest))
        .map_or(session.now, |newest| newest + 1)
}

/// What is measured, and what will run.
fn header(session: &mut Session, prepared: &Prepared, provenance: &Provenance) {
    let name = session.campaign();
    let text = step::campaign(
        &name,
        prepared.selected.members.len(),
        provenance,
        &session.ui.look_err(),
    );
    session.ui.status("Campaign", &text);
    session.ui.status("Plan", &step::plan(&prepared.plan));
    for lacking in &prepared.plan.lacking {
        session
            .ui
            .warn(&format!("{}: {}", lacking.collector, lacking.what));
        session.ui.help(&lacking.mend);
    }
    say_load(session, &prepared.plan, provenance.host.cores);
}

/// Warns where times that are asked for would be measured on a machine that is busy with something else.
fn say_load(session: &mut Session, plan: &Plan, cores: u32) {
    let is_time = |metric: &str, collector: &Collector| {
        let rows = session.catalogue().matching(metric);
        rows.iter()
            .any(|row| row.alike == Alike::Machine && row.collector == *collector)
    };
    let timed = |collector: &Collector| {
        let gates = &session.config().gates;
        *collector == Collector::Bench || gates.iter().any(|gate| is_time(&gate.metric, collector))
    };
    if !plan.steps.iter().flat_map(|step| &step.serves).any(timed) {
        return;
    }
    if let Some(load) = load::average().filter(|load| cores > 0 && *load > f64::from(cores)) {
        let cores = counted(cores as usize, "core");
        session.ui.warn(&format!(
            "the load average is {load:.1} on {cores}: times measured now are not reliable"
        ));
    }
}

/// Says what a step came to, from the events so far; if steps follow, also which settings would make it complete, so that a
/// person can stop and change them.
fn step_line(ui: &mut Ui, plan: &Plan, fold: &Fold, id: &str) {
    let (snapshot, steps) = fold.so_far();
    let step = plan.steps.iter().find(|step| step.id == id);
    let record = steps.iter().find(|record| record.ended.step == id);
    if let (Some(step), Some(record)) = (step, record) {
        let line = step::line(record, &snapshot, step, &ui.look_err());
        ui.step(&line);
        let is_last = plan.steps.last().is_some_and(|last| last.id == id);
        record
            .cure
            .iter()
            .filter(|_| !is_last)
            .for_each(|cure| ui.help(cure));
    }
}

/// The newest run with the same steps, one without flaws before others: how long they took and how much there was to do.
fn last_like(session: &Session, plan: &Plan) -> Option<Run> {
    let is_like = |head: &Head| {
        plan.settings
            .keys()
            .all(|collector| head.settings.contains_key(collector))
    };
    let like: Vec<Head> = session.heads().take(20).filter(is_like).collect();
    let last = like.iter().find(|head| head.complete).or(like.first())?;
    session.store.load(&last.id).ok()
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
fn record(session: &mut Session, run: &mut Run, logs: Option<PathBuf>) -> Result<(), store::Error> {
    run.id = session.store.append(run)?;
    session.made.insert(run.id.clone());
    session.ui.status(
        "Recorded",
        &format!(
            "run {}{}",
            run.id,
            if run.is_whole() { "" } else { " (not whole)" }
        ),
    );
    if let Some(logs) = logs {
        let _ = session.store.end_logs(&logs, &run.id);
    }
    Ok(())
}

/// How a command ends that only measured: what could not run at all is exit 4, what ran in part is not.
pub(super) fn exit(run: &Run) -> Exit {
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

/// What would make it whole, as its figures say, in the order of their names.
pub(super) fn mends(run: &Run) -> impl Iterator<Item = &str> {
    fn mend(reading: &Reading) -> Option<&str> {
        match &reading.value {
            Value::Unavailable(why) => why.mend.as_deref(),
            Value::Measured(_) => None,
        }
    }
    run.snapshot.metrics.values().filter_map(mend)
}
