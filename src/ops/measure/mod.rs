//! Measuring: a plan is prepared and driven, its events are folded into a snapshot, and the run is recorded.
//!
//! | module | owns |
//! |---|---|
//! | `request`, `collectors` | the options in the planner's words, and named collectors |
//! | `advisories` | the database of security advisories and its age |
//! | `registry` | the index of the registry and its age |
//! | `earlier` | the earlier versions that packages are compared with |
//! | `prepare`, `build_options` | the workspace, the tools and the plan, and refusing what cargo would refuse in every step |
//! | `arguments` | whether test executables get exactly the arguments of cargo |
//! | `provenance` | the commit, toolchain, machine and settings of a run |
//! | `torn` | sources that changed while they were measured |
//! | `inputs`, `changes`, `units` | recording what results depend on, and finding changes during the measurement and those that cargo did not notice |
//! | `unwatched` | inputs of a build that cargo does not watch |
//! | `reuse` | results of test suites that need not run again |
//! | `renewal` | making cargo build again what changed without its notice |

pub(crate) mod advisories;
mod arguments;
pub(crate) mod build_options;
mod changes;
mod clippy;
mod collectors;
mod earlier;
pub(crate) mod inputs;
pub(crate) mod names;
mod prepare;
pub(crate) mod provenance;
pub(crate) mod registry;
mod renewal;
pub(crate) mod request;
mod reuse;
mod torn;
mod units;
mod unwatched;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use self::changes::Observer;
pub(crate) use self::collectors::named;
pub(crate) use self::prepare::check_membership;
pub use self::prepare::{Prepared, prepare};
use self::provenance::provenance;
pub(crate) use self::provenance::standing;
use self::renewal::Rebuilds;
use self::reuse::{Proof, Recorded};
use self::torn::Torn;
use self::units::Span;
use crate::collector::{self, Fold};
use crate::drive::{self, Drive, TestRunner, WorkingCopy};
use crate::event::{Event, Expected, Harness};
use crate::metric::{Alike, Value};
use crate::ops::notice::{MeasurementStart, Notice, StepEnded};
use crate::ops::{Context, Exit, Stop, attestations};
use crate::options::Config;
use crate::options::source::NAME;
use crate::plan::{Collector, Invocation, Plan, Stream};
use crate::probe::relative;
use crate::process;
use crate::report::Source;
use crate::report::figure::counted;
use crate::run::{Run, RunId, StepRecord, StepStatus};
use crate::snapshot::Provenance;
use crate::store::{self, Head, Lock, PinName};
use crate::tree::outside::Outside;
use crate::tree::{Fingerprint, sources};
use crate::workspace::Workspace;

/// Number of times that a step runs at most. After a unit was built again, another one can turn out to be outdated.
const MOST_ROUNDS: usize = 3;

/// The number of changed files that a run records.
const MOST_CHANGED: usize = 100;

/// Measures and records, for an operation that needs the record.
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

/// Does the same for a caller that holds the lock, or could not get one.
pub(crate) fn measure_in(cx: &Context, prepared: &Prepared) -> Result<Run> {
    let Taken {
        mut run,
        logs,
        proof,
    } = take(cx, prepared)?;
    match record(cx, &mut run, logs, proof) {
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

/// Measures, and warns if the run cannot be recorded. The run has no id then.
///
/// # Errors
/// If the measurement cannot be made.
pub(crate) fn measure_or_warn(cx: &Context, prepared: &Prepared) -> Result<Run> {
    let Turn {
        lock: _lock,
        waited,
    } = match wait(cx) {
        Ok(turn) => turn,
        Err(error) if error.is::<Stop>() => return Err(error),
        Err(error) => {
            cx.warn(&format!("could not record this run: {error}"));
            return Ok(take(cx, prepared)?.run);
        }
    };
    let Taken {
        mut run,
        logs,
        proof,
    } = match waited {
        true => take(cx, &prepare_again(cx, prepared)?)?,
        false => take(cx, prepared)?,
    };
    if let Err(error) = record(cx, &mut run, logs, proof) {
        cx.warn(&format!("could not record this run: {error}"));
    }
    Ok(run)
}

/// Prepares the plan again after another command held the lock, because it may have edited manifests.
fn prepare_again(cx: &Context, prepared: &Prepared) -> Result<Prepared> {
    let collectors: Vec<Collector> = prepared.plan.settings.keys().cloned().collect();
    prepare(cx, &collectors)
}

/// A run that is not recorded yet.
struct Taken {
    run: Run,
    /// The directory of its logs.
    logs: Option<PathBuf>,
    /// Its evidence for later runs.
    proof: Option<Proof>,
}

/// Runs a plan.
fn take(cx: &Context, prepared: &Prepared) -> Result<Taken> {
    let (began, started) = (cx.system_now(), cx.now());
    let before = cx.fingerprint()?;
    let rules = rules(cx);
    let provenance = provenance(cx, prepared, &before)?;
    let logs = cx.store.begin_logs(started, std::process::id()).ok();
    let mut execution = RunningPlan::new(cx, prepared, &provenance, &before, logs.as_deref())?;
    execution.drive(&prepared.plan);

    let mut outside = Outside::open(&cx.store, cx.system_now());
    let mut observe = |execution: &RunningPlan<'_>| -> Result<_> {
        let after = cx.fingerprint()?;
        let torn = Torn::between(&before, &after).names();
        let span = Span {
            began,
            torn: torn.into_iter().map(str::to_owned).collect(),
            inputs: execution.observer.before().clone(),
            sources: after,
        };
        let observed = inputs::observe(cx, prepared, logs.as_deref(), &span, &mut outside);
        Ok((span, observed))
    };
    let (mut span, mut observed) = observe(&execution)?;
    let mut rebuilds = Rebuilds::new(cx);
    for _ in 1..MOST_ROUNDS {
        let steps = rebuilds.renew(&observed.unnoticed);
        if steps.is_empty() {
            break;
        }
        execution.repeat(&steps);
        (span, observed) = observe(&execution)?;
    }

    let is_clean = before.digest == span.sources.digest;
    let recorded = execution.recorded.take().zip(logs.as_deref());
    let proof = recorded.map(|(recorded, logs)| {
        let (workspace, sources) = (&prepared.workspace, &span.sources);
        recorded.proof(workspace, sources, logs, &observed, &mut outside, is_clean)
    });
    let mut run = execution.finish(provenance);
    let torn = Torn::between(&before, &span.sources).without_unread(cx, &run, &observed);
    run.started = started;
    run.id_time = id_time(cx, started);
    // Without git's index, neither the sources nor earlier runs are known.
    run.torn = !torn.is_empty() || cx.store.unusable().is_some();
    let changed = before.changed(&span.sources).into_iter().map(str::to_owned);
    let changed = changed.chain(changed_rules(&rules, &self::rules(cx)));
    run.changed = changed.take(MOST_CHANGED).collect();
    run.rebuilt = rebuilds.packages;
    inputs::record(cx, prepared, &mut run, &span, &observed, &mut outside);
    outside.close();
    torn.warn(cx);
    note_lock(cx, &before, &span.sources);
    sources::note(&cx.store, &span.sources);
    // Cargo may have updated `Cargo.lock`, so the run belongs to the tree after the measurement.
    run.provenance.tree = span.sources.digest.clone();
    run.provenance.lock = span.sources.lock.clone();
    Ok(Taken { run, logs, proof })
}

/// Reads the files that decide how results are judged, which are not sources: the configuration and the baseline.
fn rules(cx: &Context) -> BTreeMap<String, Option<Vec<u8>>> {
    let campaign = cx.options.path.clone();
    let campaign = campaign.unwrap_or_else(|| cx.root().join(NAME));
    let files = [campaign, cx.store.dir().join(PinName::Baseline.file())];
    let read = files.map(|file| {
        let text = store::read_file(&file, store::TEXT_LIMIT).ok();
        (relative(cx.root(), &file), text)
    });
    read.into()
}

/// Returns the names of these files that changed.
fn changed_rules(
    before: &BTreeMap<String, Option<Vec<u8>>>,
    after: &BTreeMap<String, Option<Vec<u8>>>,
) -> Vec<String> {
    let changed = before
        .iter()
        .filter(|(name, text)| after.get(*name) != Some(text));
    changed.map(|(name, _)| name.clone()).collect()
}

/// Notes that cargo updated the lockfile.
fn note_lock(cx: &Context, before: &Fingerprint, after: &Fingerprint) {
    if before.lock.is_some() && before.lock != after.lock {
        cx.note("cargo updated Cargo.lock; use --locked to refuse that");
    }
}

/// The permission to measure.
pub(crate) struct Turn {
    /// The lock; `None` if this file system has no locks.
    pub(crate) lock: Option<Lock>,
    /// Whether another command held the lock before.
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
            format!("cannot record measurements: {error}"),
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

/// The steps of a plan that are being executed.
struct RunningPlan<'a> {
    cx: &'a Context,
    prepared: &'a Prepared,
    logs: Option<&'a Path>,
    clock: Instant,
    tree: Vec<String>,
    listed: Vec<String>,
    runner: TestRunner,
    /// Number of tests that each step ran last time.
    tests: BTreeMap<String, u64>,
    fold: Fold,
    observer: Observer<'a>,
    /// The suites that may be reused. `None` if results are not reused here.
    recorded: Option<Recorded<'a>>,
    /// Kept until the inputs of the builds in it have been read.
    copy: Option<WorkingCopy>,
}

impl<'a> RunningPlan<'a> {
    /// Announces the plan.
    fn new(
        cx: &'a Context,
        prepared: &'a Prepared,
        provenance: &Provenance,
        sources: &Fingerprint,
        logs: Option<&'a Path>,
    ) -> Result<Self> {
        let Prepared {
            workspace,
            selected,
            plan,
        } = prepared;
        let clock = Instant::now();
        let listed = sources.listed();
        let recorded = Recorded::read(cx, plan, provenance, sources).filter(|_| logs.is_some());
        let runner = request::runner(cx, &provenance.toolchain.host)?
            .with_reuse(recorded.is_some())
            .with_exact_arguments(|| arguments::are_read_by_tests(plan, workspace, &listed));
        let last = last_like(cx, plan);
        announce(cx, prepared, provenance, &expected(plan, last.as_ref()));
        let units = cx.config().own_units();
        let fold = Fold::new(plan, selected, &units).in_workspace(workspace);
        Ok(Self {
            cx,
            prepared,
            logs,
            clock,
            tree: sources.files.clone(),
            listed,
            runner,
            tests: tests(plan, last.as_ref()),
            fold,
            observer: Observer::new(cx, plan, last),
            recorded,
            copy: None,
        })
    }

    /// Drives steps of the plan and reports each.
    fn drive(&mut self, plan: &Plan) {
        let outside = RefCell::new(Outside::open(&self.cx.store, self.cx.system_now()));
        let digest = |path: &Path| outside.borrow_mut().state(path);
        let mut recorded = self.recorded.take();
        let reuse = recorded.as_ref().map(|known| known.reuse(self.cx, &digest));
        let mut events = Vec::new();
        let drive = Drive {
            workspace: &self.prepared.workspace,
            cancel: &self.cx.cancel,
            logs: self.logs,
            expected: &self.tests,
            tree: &self.tree,
            files: Some(&self.listed),
            runner: &self.runner,
            reuse: reuse.as_ref(),
            grace: drive::GRACE,
            lock: &|file, longest| self.cx.lock_target_dir(file, longest),
        };
        let (cx, fold, observer) = (self.cx, &mut self.fold, &mut self.observer);
        self.copy = drive::drive(plan, &drive, self.copy.take(), &mut |event: &Event| {
            if let Event::Started { step } = event {
                observer.step_begins(step);
            }
            fold.event(event);
            if reuse.is_some() && reuse::is_evidence(event) {
                events.push(event.clone());
            }
            cx.notify(&Notice::Event(event));
            if let Event::Ended(ended) = event {
                announce_end(cx, &self.prepared.plan, fold, &ended.step);
            }
        });
        let decided = reuse.map(|reuse| reuse.decided.take());
        if let (Some(recorded), Some(decided)) = (&mut recorded, decided) {
            recorded.learn(decided, events);
        }
        self.recorded = recorded;
    }

    /// Drives these steps again. Their earlier results, which come from outdated units, are removed first.
    fn repeat(&mut self, steps: &BTreeSet<&str>) {
        self.fold.forget(steps);
        if let Some(recorded) = &mut self.recorded {
            recorded.forget(steps);
        }
        let mut plan = self.prepared.plan.clone();
        plan.steps.retain(|step| steps.contains(step.id.as_str()));
        if let Some(logs) = self.logs {
            drive::forget(&plan, logs);
        }
        self.drive(&plan);
    }

    /// Returns the run.
    fn finish(self, provenance: Provenance) -> Run {
        let provenance = Provenance {
            imported: self.fold.imported(),
            ..provenance
        };
        let (mut snapshot, steps) = self.fold.finish();
        snapshot.metrics.extend(attestations::readings(self.cx));
        let newest = self.cx.store.newest();
        Run {
            id: None,
            started: 0,
            id_time: None,
            seconds: self.clock.elapsed().as_secs_f64(),
            plan: self.prepared.plan.clone(),
            provenance,
            steps,
            snapshot,
            interrupted: self.cx.cancel.is_set(),
            torn: false,
            changed: BTreeSet::new(),
            sequence: newest.map_or(0, |head| head.sequence).saturating_add(1),
            base: self.cx.at.as_ref().map(|at| at.commit.clone()),
            versions: versions(&self.prepared.workspace),
            inputs: BTreeMap::new(),
            rebuilt: BTreeMap::new(),
        }
    }
}

/// Returns the versions of the members by name.
fn versions(workspace: &Workspace) -> BTreeMap<String, String> {
    let members = workspace.members.iter();
    members
        .map(|member| (member.name.clone(), member.version.clone()))
        .collect()
}

/// Returns the time for the id of a run that started at the same time as the newest run, or shortly before the time in its
/// id. Ids differ by the second, and the later run must have the greater id.
fn id_time(cx: &Context, started: i64) -> Option<i64> {
    const MOST_AHEAD: i64 = 60;
    let newest = cx.store.newest()?;
    let newest = newest.id_time.unwrap_or(newest.started);
    (started..started + MOST_AHEAD)
        .contains(&newest)
        .then_some(newest + 1)
}

/// Reports the measurement that is about to begin.
fn announce(cx: &Context, prepared: &Prepared, provenance: &Provenance, expected: &[Expected]) {
    cx.notify(&Notice::Measuring(&MeasurementStart {
        campaign: &cx.campaign(),
        packages: prepared.selected.members.len(),
        provenance,
        plan: &prepared.plan,
        expected,
    }));
    let load = process::load::average();
    if let Some(warning) = load_warning(cx.config(), &prepared.plan, provenance.host.cores, load) {
        cx.warn(&warning);
    }
}

/// Returns a warning if times are to be measured while the machine is busy.
fn load_warning(config: &Config, plan: &Plan, cores: u32, load: Option<f64>) -> Option<String> {
    let load = load.filter(|load| cores > 0 && *load > f64::from(cores))?;
    let mut collectors = plan.steps.iter().flat_map(|step| &step.serves);
    if !collectors.any(|collector| is_timed(config, collector)) {
        return None;
    }
    let cores = counted(cores as usize, "core");
    Some(format!(
        "the load average is {load:.1} on {cores}: times measured now are not reliable"
    ))
}

/// Returns whether gates or benchmarks use times that a collector measures.
fn is_timed(config: &Config, collector: &Collector) -> bool {
    collector::of(collector).alike == Alike::Machine
        || config.gates.iter().any(|gate| {
            config
                .catalogue
                .matching(&gate.metric)
                .iter()
                .any(|row| row.alike == Alike::Machine && row.collector == *collector)
        })
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

/// Returns the newest run with the same steps, preferably a complete one, to predict their duration and size.
fn last_like(cx: &Context, plan: &Plan) -> Option<Run> {
    const BACK: usize = 20;
    let similar: Vec<Head> = cx
        .heads()
        .take(BACK)
        .filter(|head| {
            plan.settings
                .keys()
                .all(|collector| head.settings.contains_key(collector))
        })
        .collect();
    let complete = similar.iter().find(|head| head.complete);
    let last = complete.or(similar.first())?;
    cx.store.load(&last.id).ok()
}

/// Predicts the duration and size of each step from the last run.
fn expected(plan: &Plan, last: Option<&Run>) -> Vec<Expected> {
    plan.steps
        .iter()
        .map(|step| {
            let records = last.iter().flat_map(|run| &run.steps);
            let record = records
                .into_iter()
                .find(|record| record.ended.step == step.id);
            Expected {
                step: step.id.clone(),
                doing: step.verb.doing.clone(),
                seconds: record.map(|record| record.ended.seconds),
                units: record.map(|record| record.units.1),
            }
        })
        .collect()
}

/// Returns the number of tests that each step ran last time. Cargo does not report it.
fn tests(plan: &Plan, last: Option<&Run>) -> BTreeMap<String, u64> {
    let ran = last.iter().flat_map(|run| run.snapshot.tests.values());
    let (by_nextest, by_cargo): (Vec<_>, Vec<_>) =
        ran.partition(|test| test.harness == Harness::Nextest);
    plan.steps
        .iter()
        .filter_map(|step| {
            let command = step.action.command()?;
            let count = match command.stream {
                Stream::CargoTest => by_cargo.len(),
                ref stream if stream.is_nextest() => by_nextest.len(),
                _ => return None,
            };
            Some((step.id.clone(), count as u64))
        })
        .collect()
}

/// Records the run, which gets its id.
fn record(
    cx: &Context,
    run: &mut Run,
    logs: Option<PathBuf>,
    proof: Option<Proof>,
) -> Result<(), store::Error> {
    let id = cx.store.append(run)?;
    cx.recorded.borrow_mut().insert(id.clone());
    let extent = if run.is_whole() { "" } else { " (not whole)" };
    cx.status("Recorded", &format!("run {id}{extent}"));
    if let Some(logs) = logs {
        let _ = cx.store.end_logs(&logs, &id);
    }
    run.id = Some(id);
    if let Some(proof) = proof {
        reuse::remember(cx, run, proof);
    }
    Ok(())
}

/// Returns the outcome of a command that only measures: 4 if a step could not run at all, but 0 for partial results.
pub(crate) fn exit(run: &Run) -> Exit {
    match run {
        run if run.interrupted => Exit::Interrupted,
        run if run.id.is_none() || failures(run).next().is_some() => Exit::CouldNotRun,
        _ => Exit::Done,
    }
}

/// Returns the collectors and steps that a run could not measure, with the reason.
pub(crate) fn failures(run: &Run) -> impl Iterator<Item = (&str, &str)> {
    let missing = run.plan.missing.iter();
    let missing = missing.map(|missing| (missing.collector.name(), missing.what.as_str()));
    let steps = run
        .steps
        .iter()
        .filter(|record| record.status.is_without_values());
    let steps = steps.map(|record| {
        let why = record.status.flaw().unwrap_or_default();
        let collector = served(run, record).and_then(|served| served.first());
        let name = collector.map_or(record.ended.step.as_str(), Collector::name);
        (name, why)
    });
    missing.chain(steps)
}

/// Returns the collectors that a step measured for.
fn served<'a>(run: &'a Run, record: &StepRecord) -> Option<&'a [Collector]> {
    let mut steps = run.plan.steps.iter();
    let step = steps.find(|step| step.id == record.ended.step)?;
    Some(&step.serves)
}

/// Returns sentences about what a run could not measure: `k: it exited with 1`.
pub(crate) fn unmeasured(run: &Run) -> Vec<String> {
    let unrecorded = run
        .id
        .is_none()
        .then(|| "a run could not be recorded".to_owned());
    let interrupted = run.interrupted.then(|| {
        let all = run.plan.settings.keys();
        let names = all.filter(|collector| !has_measured(run, collector));
        let names: Vec<&str> = names.map(Collector::name).collect();
        format!("{}: interrupted", names.join(", "))
    });
    let failures = failures(run).map(|(name, why)| format!("{name}: {why}"));
    let all = unrecorded.into_iter().chain(interrupted).chain(failures);
    let mut all: Vec<String> = all.collect();
    // Several steps of a collector may fail for one reason.
    all.dedup();
    all
}

/// Returns whether a run has values of a collector, complete or not.
pub(crate) fn has_measured(run: &Run, collector: &Collector) -> bool {
    let mut own = run
        .steps
        .iter()
        .filter(|record| served(run, record).is_some_and(|served| served.contains(collector)));
    own.any(|record| matches!(record.status, StepStatus::Whole | StepStatus::Partial(_)))
}

/// Returns what would make the values of a run complete, in the order of the metrics.
pub(crate) fn fixes(run: &Run) -> impl Iterator<Item = &str> {
    run.snapshot
        .metrics
        .values()
        .filter_map(|reading| match &reading.value {
            Value::Unavailable(why) => why.fix.as_deref(),
            Value::Measured(_) => None,
        })
}

/// Returns the commands that runs started, as a person would type them.
pub(crate) fn commands(runs: &[Run]) -> Vec<String> {
    runs.iter()
        .flat_map(|run| &run.plan.steps)
        .filter_map(|step| step.action.command())
        .map(Invocation::display)
        .collect()
}

/// Returns the command that measured each collector of a report, by the name of the collector.
pub(crate) fn commands_of(cx: &Context, source: &Source) -> Vec<(String, String)> {
    let ids: BTreeSet<&RunId> = source.collectors.values().collect();
    let mut runs = BTreeMap::new();
    for id in ids {
        if let Ok(run) = cx.store.load(id) {
            runs.insert(id, run);
        }
    }
    let mut commands = Vec::new();
    for (collector, id) in &source.collectors {
        let steps = runs.get(id).into_iter().flat_map(|run| &run.plan.steps);
        let mut own = steps.filter(|step| step.serves.contains(collector));
        if let Some(command) = own.find_map(|step| step.action.command()) {
            commands.push((collector.name().to_owned(), command.display()));
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::config;
    use crate::plan::{Action, Step, Verb};

    #[test]
    fn busy_machine_is_named_where_times_are_judged() {
        for (collector, gates, cores, load, is_named) in [
            ("clippy", "\"clippy.time\" = \"<= 90s\"", 4, Some(4.1), true),
            (
                "clippy",
                "\"clippy.time\" = \"<= 90s\"",
                4,
                Some(4.0),
                false,
            ),
            ("clippy", "\"clippy.time\" = \"<= 90s\"", 4, None, false),
            (
                "clippy",
                "\"clippy.time\" = \"<= 90s\"",
                0,
                Some(4.1),
                false,
            ),
            (
                "clippy",
                "\"clippy.warnings\" = \"= 0\"",
                4,
                Some(4.1),
                false,
            ),
            ("clippy", "\"test.time\" = \"<= 90s\"", 4, Some(4.1), false),
            ("clippy", "\"*.time\" = \"<= 90s\"", 4, Some(4.1), true),
            ("bench", "", 4, Some(4.1), true),
        ] {
            let config = config::parse("campaign.toml", &format!("[gates]\n{gates}\n")).unwrap();
            let plan = Plan {
                steps: vec![step(collector)],
                ..Plan::default()
            };
            let warning = load_warning(&config, &plan, cores, load);
            let row = format!("{collector} {gates} {cores} {load:?}");
            assert_eq!(warning.is_some(), is_named, "{row}");
            if let Some(warning) = warning {
                assert!(warning.contains("load average is 4.1 on 4 cores"), "{row}");
            }
        }
    }

    fn step(collector: &'static str) -> Step {
        Step {
            id: collector.to_owned(),
            verb: Verb {
                doing: String::new(),
                done: String::new(),
            },
            serves: vec![Collector::named(collector)],
            action: Action::Scan,
            timeout: None,
            settings: BTreeMap::new(),
            copy: None,
            package: None,
            report: None,
            sampling: None,
        }
    }
}
