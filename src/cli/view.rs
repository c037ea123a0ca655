//! Which recorded runs speak for the tree as it is.
//!
//! A run speaks for a collector when sources, surroundings (toolchain, cargo configuration, environment) and the
//! collector's settings are those of now. What is only found in other runs is taken from the newest of them and is stale.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::session::Session;
use crate::plan::Collector;
use crate::report::figure::ago;
use crate::run::{Run, RunId, View};
use crate::store::Head;

/// How far back runs are looked at for figures of now; older ones of this very tree are measured again.
const BACK: usize = 200;

/// The figures of now, and the collectors that have none.
pub(super) struct Found {
    pub(super) view: View,
    /// Asked for, and in no run of this tree.
    pub(super) missing: Vec<Collector>,
}

/// Runs by what they are taken for.
type Taken = Vec<(RunId, Vec<Collector>)>;

/// What a run must have been made of to speak for the tree as it is.
struct Now {
    tree: String,
    surroundings: String,
    settings: BTreeMap<Collector, String>,
}

impl Now {
    fn of(session: &Session, wanted: &BTreeSet<Collector>) -> Result<Self> {
        let collectors: Vec<Collector> = wanted.iter().cloned().collect();
        Ok(Self {
            tree: session.fingerprint()?.digest,
            surroundings: session.surroundings(),
            settings: session.settings(&collectors),
        })
    }

    fn is_spoken_for(&self, head: &Head, collector: &Collector) -> bool {
        let settings = head.settings.get(collector);
        head.tree == self.tree && head.surroundings == self.surroundings && settings == self.settings.get(collector)
    }

    /// In what a run differs from now.
    fn difference(&self, session: &Session, run: &Run) -> String {
        let from = &run.provenance;
        let what = match run {
            _ if from.tree != self.tree => "the sources changed since",
            _ if from.surroundings != self.surroundings => {
                "toolchain, cargo configuration or environment changed since"
            }
            _ => "the collector's settings changed since",
        };
        format!("{what} it was measured {}", ago(session.now, run.started))
    }
}

/// Looks up figures of these collectors for the tree as it is.
pub(super) fn current(session: &mut Session, wanted: &BTreeSet<Collector>) -> Result<Found> {
    let now = Now::of(session, wanted)?;
    let (fresh, stale, missing) = search(session, &now, wanted);
    let mut view = View::default();
    for (id, collectors) in fresh {
        if let Ok(run) = session.store.load(&id) {
            adopt(session, &mut view, &run, &collectors);
            if run.torn {
                put_aside(&mut view, &id, collectors, "the sources changed while it was measured");
            }
        }
    }
    for (id, collectors) in stale {
        if let Ok(run) = session.store.load(&id) {
            adopt(session, &mut view, &run, &collectors);
            put_aside(&mut view, &id, collectors, &now.difference(session, &run));
        }
    }
    Ok(Found { view, missing: missing.into_iter().collect() })
}

/// Figures that are shown and not judged, and why.
fn put_aside(view: &mut View, run: &RunId, collectors: Vec<Collector>, why: &str) {
    for collector in collectors {
        view.sources.remove(&collector);
        view.stale.insert(collector, (run.clone(), why.to_owned()));
    }
}

/// The newest run that speaks for each collector. For those that have none: the newest that tried it on this tree, which
/// knows why there is no figure; else the newest run that measured it at all.
fn search(session: &Session, now: &Now, wanted: &BTreeSet<Collector>) -> (Taken, Taken, BTreeSet<Collector>) {
    let (mut fresh, mut tried, mut stale) = (Taken::new(), Taken::new(), Taken::new());
    let (mut open, mut untried, mut never) = (wanted.clone(), wanted.clone(), wanted.clone());
    for head in session.store.heads().take(BACK) {
        let has = |collector: &Collector| head.measured.contains(collector);
        let here = |collector: &Collector| now.is_spoken_for(&head, collector);
        fresh.push((head.id.clone(), take(&mut open, |collector| has(collector) && here(collector))));
        tried.push((head.id.clone(), take(&mut untried, here)));
        stale.push((head.id.clone(), take(&mut never, has)));
        if open.is_empty() {
            break;
        }
    }
    let only = |taken: &mut Taken, of: &BTreeSet<Collector>| {
        taken.iter_mut().for_each(|(_, collectors)| collectors.retain(|collector| of.contains(collector)));
        taken.retain(|(_, collectors)| !collectors.is_empty());
    };
    only(&mut tried, &open);
    only(&mut stale, &open.intersection(&untried).cloned().collect());
    fresh.retain(|(_, collectors)| !collectors.is_empty());
    fresh.extend(tried);
    (fresh, stale, open)
}

/// Takes those out of a set that are wanted.
fn take(set: &mut BTreeSet<Collector>, wanted: impl Fn(&Collector) -> bool) -> Vec<Collector> {
    let (taken, left): (BTreeSet<_>, _) = std::mem::take(set).into_iter().partition(wanted);
    *set = left;
    taken.into_iter().collect()
}

/// Shows the figures of a run that could not be recorded. Nobody could look them up: they give no verdict.
pub(super) fn add_unrecorded(session: &Session, view: &mut View, run: &Run) {
    let collectors: Vec<Collector> = run.plan.settings.keys().cloned().collect();
    adopt(session, view, run, &collectors);
    put_aside(view, &RunId::default(), collectors, "the run that measured it could not be recorded");
}

/// The view of a single run.
pub(super) fn of_run(session: &Session, run: &Run) -> View {
    let collectors: Vec<Collector> = run.plan.settings.keys().cloned().collect();
    let mut view = View::default();
    adopt(session, &mut view, run, &collectors);
    view
}

/// Takes the figures of these collectors from a run; the newest run gives the view its name.
fn adopt(session: &Session, view: &mut View, run: &Run, collectors: &[Collector]) {
    if view.run < run.id || view.run.0.is_empty() {
        view.run = run.id.clone();
        view.started = run.started;
        let settings = std::mem::take(&mut view.provenance.settings);
        view.provenance = run.provenance.clone();
        view.provenance.settings.extend(settings);
    }
    let catalogue = session.catalogue();
    let ours = |collector: &Collector| collectors.contains(collector);
    let from = &run.snapshot;
    let metrics = from.metrics.iter().filter(|(name, _)| catalogue.get(name).is_some_and(|row| ours(&row.collector)));
    view.snapshot.metrics.extend(metrics.map(|(name, reading)| (name.clone(), reading.clone())));
    view.snapshot.findings.extend(from.findings.iter().filter(|finding| ours(&finding.collector)).cloned());
    view.snapshot.findings.sort();
    view.snapshot.covered.extend(from.covered.iter().filter(|(c, _)| ours(c)).map(|(c, p)| (c.clone(), p.clone())));
    if ours(&Collector::Test) {
        view.snapshot.tests.clone_from(&from.tests);
        view.snapshot.incomplete.clone_from(&from.incomplete);
    }
    for collector in collectors {
        view.sources.insert(collector.clone(), run.id.clone());
        if let Some(settings) = run.provenance.settings.get(collector) {
            view.provenance.settings.insert(collector.clone(), settings.clone());
        }
    }
}
