//! Experiments: building with and without a build setting, in turns, until its effect is known.
//!
//! All builds happen in one copy of the workspace. Each side has a target directory of its own, and
//! the steps and guards of the collector that times builds.

pub(crate) mod apply;
mod names;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;

pub(crate) use self::names::{check, find, listed, suggested};
use super::measure::provenance::provenance;
use super::measure::{Prepared, prepare, request, turn};
use super::notice::{MeasurementStart, Notice};
use super::{Context, Exit, Stop};
use crate::collector::{self, Fold, SettingValue};
use crate::drive::{self, Drive, TestRunner, WorkingCopy};
use crate::event::{Event, Expected};
use crate::experiment::{BuildSetting, ComparedMetric, Effect, Experiment, Outcome};
use crate::judge::experiment::{compare, looks};
use crate::metric::{Unit, Value};
use crate::options::Options;
use crate::plan::{Action, Plan, Preparation, Step};
use crate::probe;
use crate::process;
use crate::report::figure::{counted, took};
use crate::run::StepRecord;
use crate::snapshot::Snapshot;
use crate::text::excerpt;
use crate::tree::Fingerprint;

/// How many times the number of cores the load average may be at the start of a round, before its
/// times are no evidence. The builds themselves cause a load of about the number of cores.
const MOST_LOAD: f64 = 2.0;

/// Makes an experiment, and records its outcome.
///
/// # Errors
/// If the workspace cannot be built in a copy, the setting is refused, or the user stops it.
pub(crate) fn run(cx: &Context, experiment: &Experiment) -> Result<Outcome> {
    let cx = &cx.renewed(with_rounds(&cx.options, experiment.rounds));
    let clock = Instant::now();
    let started = cx.now();
    let _turn = turn(cx)?;
    let prepared = prepare(cx, &[collector::of_builds()])?;
    if let Some(missing) = prepared.plan.missing.first() {
        let stop = Stop::new(Exit::CouldNotRun, &missing.what);
        return Err(stop.help(&missing.fix).into());
    }
    let sources = cx.fingerprint()?;
    let provenance = provenance(cx, &prepared, &sources)?;
    let setting = &experiment.setting;
    let mut builds = Builds {
        cx,
        prepared: &prepared,
        runner: request::runner(cx, &provenance.toolchain.host)?,
        listed: sources.listed(),
        sources: &sources,
        sides: [false, true].map(|is_with| Side::new(&prepared, setting, is_with)),
        copy: None,
        load: 0.0,
    };
    cx.notify(&Notice::Measuring(&MeasurementStart {
        campaign: &cx.campaign(),
        packages: prepared.selected.members.len(),
        provenance: &provenance,
        plan: &builds.plan(),
        expected: &builds.expected(),
    }));
    let mut outcome = Outcome {
        setting: setting.clone(),
        started,
        seconds: 0.0,
        rounds: 0,
        most_rounds: experiment.rounds,
        metric: deciding_metric(experiment)?,
        compared: Vec::new(),
        reasons: Vec::new(),
        provenance,
    };
    let looks = looks(experiment.rounds);
    // The first builds are not timed.
    builds.round(0);
    if let Some(key) = builds.unused_key() {
        return Err(names::unused(&key, None));
    }
    while outcome.rounds < experiment.rounds && builds.failure().is_none() {
        outcome.rounds += 1;
        builds.round(outcome.rounds as usize);
        cx.stop_if_interrupted()?;
        let compared = builds.compared(outcome.provenance.host.cores);
        announce(cx, &outcome, &compared, clock.elapsed().as_secs_f64());
        outcome.compared = compared;
        if looks.contains(&outcome.rounds) && outcome.effect().is_some() {
            break;
        }
    }
    cx.stop_if_interrupted()?;
    outcome.reasons = builds.reasons(&outcome);
    outcome.seconds = clock.elapsed().as_secs_f64();
    record(cx, &outcome)?;
    Ok(outcome)
}

/// Returns options with which the builds are timed as often as the experiment needs.
fn with_rounds(options: &Options, rounds: u32) -> Options {
    let mut options = options.clone();
    let builds = collector::of_builds();
    if let Some(key) = collector::of(&builds).repeats {
        let settings = options.config.collect.settings.entry(builds).or_default();
        settings.set(key, SettingValue::Count(rounds));
    }
    options
}

/// Returns the name of the metric that decides.
///
/// # Errors
/// If the builds do not measure it.
pub(super) fn deciding_metric(experiment: &Experiment) -> Result<String> {
    let metrics = collector::of(&collector::of_builds()).metrics;
    let Some(name) = &experiment.metric else {
        return Ok(metrics[0].name.to_owned());
    };
    let timed = metrics
        .iter()
        .filter(|metric| metric.unit == &Unit::Seconds);
    let names: Vec<&str> = timed.map(|metric| metric.name).collect();
    if names.contains(&name.as_str()) {
        return Ok(name.clone());
    }
    let message = format!("`{}` does not decide an experiment", excerpt(name));
    let help = format!("choose one of {}", names.join(", "));
    Err(Stop::new(Exit::Usage, message).help(help).into())
}

/// Records an outcome next to the runs.
fn record(cx: &Context, outcome: &Outcome) -> Result<()> {
    let text = serde_json::to_vec_pretty(outcome)?;
    let path = cx
        .store
        .add_experiment(outcome.started, &outcome.setting.name, &text)?;
    cx.status("Recorded", &cx.below_root(&path));
    Ok(())
}

/// Tells the values of a round and how long the others may take.
fn announce(cx: &Context, outcome: &Outcome, compared: &[ComparedMetric], elapsed: f64) {
    let deciding = compared.iter().find(|one| one.metric == outcome.metric);
    let values = deciding.and_then(|one| Some((one.without.last()?, one.with.last()?)));
    let Some((without, with)) = values else {
        return;
    };
    let left = outcome.most_rounds - outcome.rounds;
    // The first builds, which are not timed, took about as long as a round.
    let left = elapsed / f64::from(outcome.rounds + 1) * f64::from(left);
    let rest = match left > 0.0 {
        true => format!("; at most {} left", took(left)),
        false => String::new(),
    };
    cx.status(
        "Compared",
        &format!(
            "round {} of {}: {without:.1} s without, {with:.1} s with the setting{rest}",
            outcome.rounds, outcome.most_rounds
        ),
    );
}

/// The builds with or without the setting.
struct Side {
    plan: Plan,
    /// The builds that are not timed, and those of each round.
    rounds: Vec<Plan>,
    fold: Fold,
    has_wrapper: bool,
}

impl Side {
    fn new(prepared: &Prepared, setting: &BuildSetting, is_with: bool) -> Self {
        let mut plan = prepared.plan.clone();
        for step in &mut plan.steps {
            match is_with {
                true => apply(setting, step),
                false => pad(setting, step),
            }
        }
        let rounds = plan
            .steps
            .chunk_by(|_, next| next.preparation() != Some(&Preparation::Clean));
        let rounds = rounds.map(|steps| Plan {
            steps: steps.to_vec(),
            ..Plan::default()
        });
        Self {
            fold: Fold::new(&plan, &prepared.selected, &BTreeMap::new()),
            rounds: rounds.collect(),
            has_wrapper: is_with && setting.has_wrapper(),
            plan,
        }
    }
}

/// Makes a step one that builds with the setting, in the same copy but in another target directory.
fn apply(setting: &BuildSetting, step: &mut Step) {
    step.id += "-with";
    let (Some(copy), Action::Command(invocation)) = (&mut step.copy, &mut step.action) else {
        return;
    };
    if copy.preparation == Preparation::Copy {
        copy.preparation = Preparation::Clean;
    }
    let own = copy.target_dir.with_file_name(Step::COPY_DIRS[1]);
    let [from, to] = [&copy.target_dir, &own].map(|dir| dir.to_string_lossy().into_owned());
    let variables = invocation.env.values_mut().flatten();
    for word in invocation.args.iter_mut().chain(variables) {
        if *word == from {
            word.clone_from(&to);
        }
    }
    copy.target_dir = own;
    for value in &setting.config {
        invocation
            .args
            .extend(["--config".to_owned(), value.clone()]);
    }
    let variables = setting.env.iter();
    invocation
        .env
        .extend(variables.map(|(name, value)| (name.clone(), Some(value.clone()))));
    if setting.has_wrapper() && !setting.env.contains_key(WRAPPER) {
        // The builds without the setting have none.
        invocation.env.insert(WRAPPER.to_owned(), None);
    }
}

/// Makes cargo read as many values of its configuration as with the setting, since reading them takes
/// time.
fn pad(setting: &BuildSetting, step: &mut Step) {
    if let Action::Command(invocation) = &mut step.action {
        for _ in &setting.config {
            invocation
                .args
                .extend(["--config", UNUSED].map(str::to_owned));
        }
    }
}

/// A value of cargo's configuration without an effect on builds.
const UNUSED: &str = "alias.unused-by-experiments=\"build\"";

/// The variable of cargo for the program that runs the compiler, which precedes the configuration.
const WRAPPER: &str = "RUSTC_WRAPPER";

/// The builds of an experiment.
struct Builds<'a> {
    cx: &'a Context,
    prepared: &'a Prepared,
    runner: TestRunner,
    sources: &'a Fingerprint,
    listed: Vec<String>,
    /// Without and with the setting.
    sides: [Side; 2],
    copy: Option<WorkingCopy>,
    /// The greatest load average at the start of a round.
    load: f64,
}

impl Builds<'_> {
    /// Returns all steps, for progress.
    fn plan(&self) -> Plan {
        let steps = self.sides.iter().flat_map(|side| side.plan.steps.clone());
        Plan {
            steps: steps.collect(),
            ..self.prepared.plan.clone()
        }
    }

    fn expected(&self) -> Vec<Expected> {
        let steps = self.plan().steps.into_iter().map(|step| Expected {
            step: step.id,
            doing: step.verb.doing,
            ..Expected::default()
        });
        steps.collect()
    }

    /// Builds a round of both sides. Which side comes first changes each time, so that neither gains
    /// from its place.
    fn round(&mut self, number: usize) {
        self.load = process::load::average().map_or(self.load, |load| load.max(self.load));
        let first = usize::from(number > 0 && number.is_multiple_of(2));
        for side in [first, 1 - first] {
            self.build(side, number);
        }
    }

    fn build(&mut self, side: usize, round: usize) {
        let drive = Drive {
            workspace: &self.prepared.workspace,
            cancel: &self.cx.cancel,
            logs: None,
            expected: &BTreeMap::new(),
            tree: &self.sources.files,
            files: Some(&self.listed),
            runner: &self.runner,
            reuse: None,
            grace: drive::GRACE,
            lock: &|file, longest| self.cx.lock_target_dir(file, longest),
        };
        let Side { fold, rounds, .. } = &mut self.sides[side];
        let cx = self.cx;
        let plan = &rounds[round];
        self.copy = drive::drive(plan, &drive, self.copy.take(), &mut |event: &Event| {
            fold.event(event);
            cx.notify(&Notice::Event(event));
        });
    }

    fn so_far(&self) -> [(Snapshot, Vec<StepRecord>); 2] {
        [0, 1].map(|side| self.sides[side].fold.so_far())
    }

    /// Returns a key of the setting that cargo does not use, as it says in the builds.
    fn unused_key(&self) -> Option<String> {
        let [without, with] = self.so_far().map(|(_, records)| {
            let mut said = records.iter().map(|record| &record.ended.stderr_tail);
            said.find_map(|said| probe::unused_key(said))
        });
        // The files of the user may have such a key, too.
        with.filter(|key| without.as_ref() != Some(key))
    }

    /// Returns why a build did not succeed, as a fragment. `None` if all did.
    fn failure(&self) -> Option<String> {
        let sides = self.so_far();
        let named = sides.iter().zip(["without", "with"]);
        let mut failures = named.filter_map(|((_, records), side)| {
            let failed = records.iter().find(|record| !record.status.is_whole())?;
            let reason = failed.status.flaw().unwrap_or_default();
            Some(format!("a build {side} the setting failed: {reason}"))
        });
        failures.next()
    }

    /// Returns the metrics of both sides.
    fn compared(&self, cores: u32) -> Vec<ComparedMetric> {
        let [(without, _), (with, _)] = self.so_far();
        let builds = collector::of_builds();
        let metrics = collector::of(&builds).metrics.iter();
        let compared = metrics.filter_map(|metric| {
            let [without, with] = [&without, &with].map(|side| values(side, metric.name));
            let (without, with) = (without?, with?);
            let (ratio, effect) = match metric.unit {
                Unit::Seconds => compare(&without, &with),
                _ => (None, Effect::Open),
            };
            Some(ComparedMetric {
                metric: metric.name.to_owned(),
                title: metric.title.to_owned(),
                unit: metric.unit.clone(),
                doubt: self.doubt(metric.name, metric.unit, cores),
                without,
                with,
                ratio,
                effect,
            })
        });
        compared.collect()
    }

    /// Returns why values of a metric are no evidence, as a fragment.
    fn doubt(&self, metric: &str, unit: &Unit, cores: u32) -> Option<String> {
        if collector::is_cpu_time(metric) {
            let has_wrapper = self.sides[1].has_wrapper;
            return has_wrapper.then(|| "the wrapper may leave work to a daemon".to_owned());
        }
        let is_busy = self.load > MOST_LOAD * f64::from(cores) && cores > 0;
        (is_busy && unit == &Unit::Seconds).then(|| {
            let cores = counted(cores as usize, "core");
            format!("the load average was {:.1} on {cores}", self.load)
        })
    }

    /// Returns why there is no verdict.
    fn reasons(&self, outcome: &Outcome) -> Vec<String> {
        let deciding = outcome
            .compared
            .iter()
            .find(|compared| compared.metric == outcome.metric);
        let unknown = match deciding {
            None => Some(format!("{} has no value", outcome.metric)),
            Some(deciding) => deciding.doubt.clone(),
        };
        let first = self.failure().or_else(|| self.difference()).or(unknown);
        first.into_iter().collect()
    }

    /// Returns how the builds of the sides differ that should be the same, as a fragment.
    fn difference(&self) -> Option<String> {
        let [(_, without), (_, with)] = self.so_far();
        let mut pairs = without.iter().zip(&with);
        let (without, with) = pairs.find(|(without, with)| without.units != with.units)?;
        Some(format!(
            "a build compiled {} of {} units without the setting, and {} of {} with it",
            without.units.1 - without.units.0,
            without.units.1,
            with.units.1 - with.units.0,
            with.units.1,
        ))
    }
}

/// Returns the values of the rounds, or the only one. `None` if there are none.
fn values(snapshot: &Snapshot, metric: &str) -> Option<Vec<f64>> {
    let reading = snapshot.metrics.get(metric)?;
    let Value::Measured(value) = reading.value else {
        return None;
    };
    let spread = reading.spread.as_ref();
    Some(spread.map_or_else(|| vec![value], |spread| spread.samples.clone()))
}
