//! Which recorded runs speak for the tree as it is.
//!
//! A run speaks for a collector when sources, surroundings (toolchain, cargo configuration, environment) and the
//! collector's settings are those of now. What is only found in other runs is taken from the newest of them and is stale.

use std::collections::BTreeSet;

use anyhow::Result;

use super::session::Session;
use crate::plan::Collector;
use crate::run::{Run, View};
use crate::store::Head;

/// How far back runs are looked at for figures of now; older ones of this very tree are measured again.
const BACK: usize = 200;

/// The figures of now, and the collectors that have none.
pub(super) struct Found {
    pub(super) view: View,
    /// Asked for, and in no run of this tree.
    pub(super) missing: Vec<Collector>,
}

/// Looks up figures of these collectors for the tree as it is.
pub(super) fn current(session: &mut Session, wanted: &BTreeSet<Collector>) -> Result<Found> {
    let tree = session.fingerprint()?.digest;
    let surroundings = session.surroundings();
    let collectors: Vec<Collector> = wanted.iter().cloned().collect();
    let settings = session.settings(&collectors);
    let speaks = |head: &Head, collector: &Collector| {
        head.tree == tree
            && head.surroundings == surroundings
            && head.settings.get(collector) == settings.get(collector)
    };
    let (mut fresh, mut stale) = (Vec::new(), Vec::new());
    let mut open = wanted.clone();
    let mut never = wanted.clone();
    for head in session.store.heads().take(BACK) {
        let here: Vec<Collector> =
            open.iter().filter(|c| speaks(&head, c) && head.measured.contains(c)).cloned().collect();
        open.retain(|collector| !here.contains(collector));
        never.retain(|collector| !here.contains(collector));
        let there: Vec<Collector> = never.iter().filter(|c| head.measured.contains(c)).cloned().collect();
        never.retain(|collector| !there.contains(collector));
        if !here.is_empty() {
            fresh.push((head.id.clone(), here));
        }
        if !there.is_empty() {
            stale.push((head.id.clone(), there));
        }
        if open.is_empty() {
            break;
        }
    }
    let mut view = View::default();
    for (id, collectors) in fresh {
        if let Ok(run) = session.store.load(&id) {
            adopt(session, &mut view, &run, &collectors);
        }
    }
    for (id, collectors) in stale {
        let outdated: Vec<Collector> = collectors.into_iter().filter(|c| open.contains(c)).collect();
        if !outdated.is_empty()
            && let Ok(run) = session.store.load(&id)
        {
            let why = difference(session, &run, &tree, &surroundings);
            adopt(session, &mut view, &run, &outdated);
            for collector in outdated {
                view.sources.remove(&collector);
                view.stale.insert(collector, (id.clone(), why.clone()));
            }
        }
    }
    Ok(Found { view, missing: open.into_iter().collect() })
}

/// In what a run of before differs from now.
fn difference(session: &Session, run: &Run, tree: &str, surroundings: &str) -> String {
    let what = match run {
        run if run.provenance.tree != tree => "the sources changed since",
        run if run.provenance.surroundings != surroundings => {
            "toolchain, cargo configuration or environment changed since"
        }
        _ => "the collector's settings changed since",
    };
    let ago = crate::report::figure::ago(session.now, run.started);
    format!("{what} it was measured {ago}")
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
