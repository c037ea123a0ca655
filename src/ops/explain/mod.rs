//! Explaining a gate or metric: where its value comes from, and how to reproduce it.

pub(crate) mod meaning;

use crate::collector;
use crate::judge;
use crate::metric::Spread;
use crate::ops::evaluate::Evaluation;
use anyhow::Result;

use crate::ops::{Context, Exit, Stop, history, readiness, unknown};
use crate::plan::{Action, Collector, quote};
use crate::report::Report;
use crate::report::explain::packages_of_gates;
use crate::run::Run;

/// The origin of a metric's value, and its past.
pub(crate) struct ValueOrigin {
    /// Earlier values, oldest first, with their Unix seconds.
    pub(crate) trend: Vec<(i64, f64)>,
    /// The samples of the value, if it is current and has any.
    pub(crate) spread: Option<Spread>,
    /// The command that measured the value.
    pub(crate) command: Option<String>,
    /// The files of another tool that have the value, with their format and the beginning of their digests.
    pub(crate) imported: Option<String>,
    /// The command that shows the same by hand.
    pub(crate) by_hand: Option<String>,
    /// The places that the metric counts; empty if the value is not current.
    pub(crate) places: Vec<String>,
}

/// Returns the origin of the value of a gate or metric.
pub(crate) fn origin(
    cx: &Context,
    evaluation: &Evaluation,
    report: &Report,
    name: &str,
) -> ValueOrigin {
    let gate = report
        .gates
        .iter()
        .find(|gate| gate.id == name || gate.metric == name);
    let metric = gate.map_or(name, |gate| gate.metric.as_str());
    let collector = cx.catalogue().get(metric).map(|row| row.collector.clone());

    let head = &evaluation.head;
    let fresh = collector.as_ref().and_then(|c| head.sources.get(c));
    let stale = collector.as_ref().and_then(|c| head.stale.get(c));
    let run = fresh.or(stale.map(|(id, _)| id));
    let run = run.and_then(|id| cx.store.load(id).ok());
    let measured = run.as_ref().zip(collector.as_ref());
    let commands = measured.and_then(|(run, collector)| commands(run, collector, metric));
    let searched = search(cx, metric);
    let (command, by_hand) = commands.unzip();
    let packages = packages_of_gates(report, name, metric);
    let places = match (&collector, fresh) {
        (Some(collector), Some(_)) => {
            judge::counted(metric, collector, packages.as_ref(), &head.snapshot)
        }
        _ => Vec::new(),
    };
    // Gates on several packages are explained together, with the values of the workspace.
    let package = packages.filter(|packages| packages.len() == 1);
    let package = package.and_then(|packages| packages.first().copied());
    let reading = head.snapshot.metrics.get(metric);
    let is_current = fresh.is_some() && package.is_none();
    let spread = reading
        .filter(|_| is_current)
        .and_then(|reading| reading.spread.clone());
    ValueOrigin {
        trend: history::trend(cx, metric, package),
        spread,
        command,
        imported: measured.and_then(|(run, collector)| imported(run, collector)),
        by_hand: by_hand.or(searched),
        places,
    }
}

/// Returns the command that measured a metric, as it was run and for a person.
fn commands(run: &Run, collector: &Collector, metric: &str) -> Option<(String, String)> {
    let invocation = collector::command_of(collector, run.plan.steps_of(collector), metric)?;
    Some((invocation.display(), invocation.by_hand()))
}

/// Returns the files of another tool from which a run took the values of a collector: `lcov.info (lcov, 2c26b46b68ff)`.
fn imported(run: &Run, collector: &Collector) -> Option<String> {
    const SHOWN: usize = 12;
    let format = run.provenance.imported.get(collector)?;
    let inputs = run.inputs.get(collector);
    let steps = run.plan.steps_of(collector);
    let files = steps.filter_map(|step| match &step.action {
        Action::Read(files) => Some(&files.paths),
        _ => None,
    });
    let files = files.flatten().map(|file| {
        let digest = inputs.and_then(|inputs| inputs.files.get(file));
        let digest = digest.and_then(|digest| digest.get(..SHOWN));
        match digest {
            Some(digest) => format!("{file} ({format}, {digest})"),
            None => format!("{file} ({format})"),
        }
    });
    Some(files.collect::<Vec<_>>().join(", "))
}

/// Returns a command that lists the places of a metric whose places are not recorded. It also finds comments and strings.
fn search(cx: &Context, metric: &str) -> Option<String> {
    let search = collector::metric(cx.catalogue().get(metric)?)?.search?;
    let pattern = quote(&search());
    Some(match cx.git().is_ok() {
        true => format!("git grep -nwE {pattern} -- '*.rs'"),
        false => format!("grep -rnwE --include='*.rs' {pattern} ."),
    })
}

/// Returns the error for the check of a release, which has no value outside of one.
pub(crate) fn release_check(cx: &Context, asked: &str, check: &str) -> Result<Stop> {
    let stop = Stop::new(
        Exit::Usage,
        format!("`{asked}` is the check `release.{check}` of a release"),
    );
    let version = match &cx.config().release {
        Some(version) => Some(version.clone()),
        None => readiness::suggestion(cx)?.map(|(version, _)| version),
    };
    Ok(match version {
        Some(version) => stop.help(format!("cargo campaign gate --release {version}")),
        None => stop.help("`gate --release` makes it for the version that it is given"),
    })
}

/// Returns the error for a name that has no value.
pub(crate) fn unknown(cx: &Context, asked: &str) -> Stop {
    let Some(row) = cx.catalogue().get(asked) else {
        let gates = cx.config().gates.iter().map(|gate| gate.id.as_str());
        return unknown::unknown(
            "gate or metric",
            asked,
            gates.chain(unknown::metrics(cx)),
            "cargo campaign status (lists the gates)",
        );
    };
    if row.derived {
        let stop = Stop::new(
            Exit::NoVerdict,
            format!("`{asked}` is counted against the baseline, and no gate asks for it"),
        );
        return stop
            .help("cargo campaign diff (shows what it counts)")
            .help(format!("as a gate: \"{asked}\" = \"= 0\""));
    }
    let message = format!("`{asked}` was never measured here");
    let help = format!("cargo campaign run {}", row.collector.name());
    Stop::new(Exit::NoVerdict, message).help(help)
}
