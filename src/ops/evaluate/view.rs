//! Looking up the recorded results that are current.
//!
//! The results of a collector are current if the sources, the conditions that affect it (toolchain, variables,
//! configuration files), its settings and its recorded inputs are unchanged. The same holds for the collector whose step
//! answered it, if values are missing. Results that no run has for the current state
//! are taken from the newest run with the collector, and are stale.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::collector::planner::{self, is_affected};
use crate::collector::{self, Settings};
use crate::ops::Context;
use crate::ops::attestations;
use crate::ops::changelog::files;
use crate::ops::measure::inputs::{self, ResultUse};
use crate::ops::measure::request;
use crate::options::conditions;
use crate::plan::{Action, Collector};
use crate::report::figure::ago;
use crate::run::{Run, RunId, Stale, StepRecord, View};
use crate::snapshot::Provenance;
use crate::store::Head;
use crate::tree::outside::Outside;
use crate::tree::{Fingerprint, sources};
use crate::workspace::{Member, Workspace};

/// Number of runs that are searched for current results. Older results are measured again.
const BACK: usize = 200;

/// The results of the wanted collectors.
pub(crate) struct Found {
    pub(crate) view: View,
    /// The wanted collectors without current results.
    pub(crate) missing: Vec<Collector>,
    /// Digest of the current sources.
    pub(crate) tree: String,
}

/// Runs, with the collectors whose results are taken from them.
type Taken = Vec<(RunId, Vec<Collector>)>;

/// The current state, which results must have been measured in.
struct CurrentState {
    sources: Fingerprint,
    conditions: BTreeMap<String, String>,
    settings: BTreeMap<Collector, String>,
    /// Their tables in the configuration.
    configured: BTreeMap<Collector, Settings>,
    /// Collectors whose results do not depend on the source tree.
    detached: BTreeSet<Collector>,
}

impl CurrentState {
    fn of(cx: &Context, wanted: &BTreeSet<Collector>) -> Result<Self> {
        let sources = cx.fingerprint()?;
        cx.recall_selection(&sources.digest);
        Ok(Self::with_sources(cx, sources, wanted))
    }

    fn with_sources(cx: &Context, sources: Fingerprint, wanted: &BTreeSet<Collector>) -> Self {
        let collectors: Vec<Collector> = wanted.iter().cloned().collect();
        let detached = wanted
            .iter()
            .filter(|collector| !cx.config().collect.reads_sources(collector));
        let mut conditions = cx.conditions().digests;
        conditions.extend(sources.conditions.clone());
        Self {
            sources,
            conditions,
            settings: request::settings(cx, &collectors),
            configured: wanted
                .iter()
                .map(|one| (one.clone(), cx.config().collect.settings(one)))
                .collect(),
            detached: detached.cloned().collect(),
        }
    }

    fn is_current(&self, head: &Head, collector: &Collector) -> bool {
        (head.tree == self.sources.digest || self.detached.contains(collector))
            && head.settings.get(collector) == self.settings.get(collector)
            && self.condition(&head.conditions, collector).is_none()
    }

    /// Returns the first condition that affects a collector and has changed.
    fn condition(&self, then: &BTreeMap<String, String>, collector: &Collector) -> Option<String> {
        let names: BTreeSet<&String> = then.keys().chain(self.conditions.keys()).collect();
        let mut names = names
            .into_iter()
            .filter(|name| is_affected(collector, name, &self.configured[collector]));
        names
            .find(|name| then.get(*name) != self.conditions.get(*name))
            .cloned()
    }

    /// Returns why the results of a collector in a run are not current.
    fn stale(&self, cx: &Context, run: &Run, collector: &Collector) -> Stale {
        let from = &run.provenance;
        if from.conditions.is_empty() {
            return Stale::Version;
        }
        if from.tree != self.sources.digest && !self.detached.contains(collector) {
            let changed =
                sources::changed(&cx.store, &from.tree, &self.sources).unwrap_or_default();
            return Stale::Sources { changed };
        }
        match self.condition(&from.conditions, collector) {
            Some(name) if name == conditions::TOOLCHAIN => Stale::Toolchain {
                was: from.toolchain.rustc.clone(),
            },
            Some(name) if name.contains(['/', '.']) => Stale::File { name },
            Some(name) => Stale::Variable { name },
            None if is_other_selection(cx, run, collector) => Stale::Selection,
            None if has_other_tags(cx, run, collector) => Stale::Tags,
            None => Stale::Settings,
        }
    }
}

/// Returns whether the settings of a collector differ from those of a run only in the selected packages.
fn is_other_selection(cx: &Context, run: &Run, collector: &Collector) -> bool {
    let now = request::workspace_settings(cx, std::slice::from_ref(collector));
    let was = run.provenance.unscoped_settings(collector);
    was.is_some() && was == now.get(collector)
}

/// Returns whether a collector reads tags that changed since a run.
fn has_other_tags(cx: &Context, run: &Run, collector: &Collector) -> bool {
    let steps = run.plan.steps.iter();
    let mut served = steps.filter(|step| step.serves.contains(collector));
    served.any(|step| match &step.action {
        Action::Lint(lint) => !lint.tags.is_empty() && lint.tags != files::tags(cx),
        Action::Command(_) | Action::Scan | Action::Read(_) => false,
    })
}

/// Looks up the results of these collectors for the current state.
pub(crate) fn current(cx: &Context, wanted: &BTreeSet<Collector>) -> Result<Found> {
    look_up(cx, wanted, Runs::All)
}

/// Looks up the recorded results for the current state, to be shown. Those of the commands of objectives count until the
/// sources change, though a measurement runs the commands each time.
pub(crate) fn recorded(cx: &Context, wanted: &BTreeSet<Collector>) -> Result<Found> {
    look_up(cx, wanted, Runs::Recorded)
}

/// Looks up the results that were measured with this context.
pub(crate) fn made_now(cx: &Context, wanted: &BTreeSet<Collector>) -> Result<Found> {
    look_up(cx, wanted, Runs::MadeNow)
}

/// Which recorded runs may give results.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    All,
    /// All, also results that a measurement would not use again.
    Recorded,
    /// Those that were recorded with this context.
    MadeNow,
}

fn look_up(cx: &Context, wanted: &BTreeSet<Collector>, runs: Runs) -> Result<Found> {
    let now = CurrentState::of(cx, wanted)?;
    let store = cx.store.clone();
    let mut outside = Outside::open(&store, cx.system_now());
    let Search {
        fresh,
        tried,
        stale,
        reasons,
        open,
    } = search(cx, &now, &mut outside, wanted, runs);
    outside.close();
    let mut view = View::default();
    let mut from = None;
    for (id, collectors) in fresh.into_iter().chain(tried) {
        if let Ok(run) = cx.store.load(&id) {
            adopt(cx, &mut view, &run, &collectors);
            describe(
                &mut view,
                &mut from,
                Weight::new(true, &run, &collectors),
                &run,
            );
            if run.torn {
                mark_stale(
                    &mut view,
                    &id,
                    collectors,
                    "the sources changed while it was measured",
                );
            }
        }
    }
    for (id, collectors) in stale {
        let Ok(run) = cx.store.load(&id) else {
            continue;
        };
        adopt(cx, &mut view, &run, &collectors);
        describe(
            &mut view,
            &mut from,
            Weight::new(false, &run, &collectors),
            &run,
        );
        for collector in collectors {
            let why = reasons
                .get(&collector)
                .cloned()
                .unwrap_or_else(|| now.stale(cx, &run, &collector));
            let why = format!("{why} {}", ago(cx.now(), run.started));
            mark_stale(&mut view, &id, vec![collector], &why);
        }
    }
    // Results of other packages are not judged, and gates on each package do not include them.
    if !from.is_some_and(|heaviest| heaviest.is_current) {
        select(cx, &mut view.provenance);
    }
    view.snapshot.metrics.extend(attestations::readings(cx));
    Ok(Found {
        view,
        missing: open.into_iter().collect(),
        tree: now.sources.digest,
    })
}

/// Replaces the measured packages by those that the command line and the configuration select.
fn select(cx: &Context, provenance: &mut Provenance) {
    let members = provenance.members.iter().map(|name| Member {
        name: name.clone(),
        ..Member::default()
    });
    let workspace = Workspace {
        members: members.collect(),
        ..Workspace::default()
    };
    let selected = planner::select(&request::request(cx, &[]), &workspace).members;
    // A spec with a version or a URL selects none, because only names are recorded.
    if selected.is_empty() {
        return;
    }
    provenance.scope = if selected.len() == workspace.members.len() {
        Vec::new()
    } else {
        selected.into_iter().map(|member| member.name).collect()
    };
}

/// Marks results as stale: they are shown, but not judged.
fn mark_stale(view: &mut View, run: &RunId, collectors: Vec<Collector>, why: &str) {
    for collector in collectors {
        view.sources.remove(&collector);
        view.stale.insert(collector, (run.clone(), why.to_owned()));
    }
}

/// The runs that results are taken from.
#[derive(Default)]
struct Search {
    /// The newest run with current results of each collector.
    fresh: Taken,
    /// For collectors without results: the newest run that tried to measure them in this state, which has the reason.
    tried: Taken,
    /// Otherwise the newest run that measured the collector.
    stale: Taken,
    /// Why the newest results of this tree are not current, if an input changed.
    reasons: BTreeMap<Collector, Stale>,
    /// The collectors without current results.
    open: BTreeSet<Collector>,
}

fn search(
    cx: &Context,
    now: &CurrentState,
    outside: &mut Outside<'_>,
    wanted: &BTreeSet<Collector>,
    runs: Runs,
) -> Search {
    let mut found = Search {
        open: wanted.clone(),
        ..Search::default()
    };
    let (mut untried, mut never) = (wanted.clone(), wanted.clone());
    cx.warn_about_future_runs();
    for head in cx.heads().take(BACK) {
        if runs == Runs::MadeNow && !cx.recorded.borrow().contains(&head.id) {
            continue;
        }
        let matching = take(&mut found.open, |collector| {
            head.measured.contains(collector) && now.is_current(&head, collector)
        });
        let (fresh, outdated) = by_inputs(cx, now, outside, &head, matching, runs);
        for (collector, why) in outdated {
            // An older run of the same tree was measured with yet older inputs, and a newer run that tried the collector
            // has the reason of today.
            if untried.remove(&collector) {
                found.reasons.entry(collector.clone()).or_insert(why);
            }
            found.open.insert(collector);
        }
        found.fresh.push((head.id.clone(), fresh));
        let tried = take(&mut untried, |collector| now.is_current(&head, collector));
        found.tried.push((head.id.clone(), tried));
        let stale = take(&mut never, |collector| head.measured.contains(collector));
        found.stale.push((head.id.clone(), stale));
        if found.open.is_empty() {
            break;
        }
    }

    // A run that tried a collector in this state says why it has no result. For the other open collectors, and those whose
    // inputs changed, earlier results are shown as stale.
    let (open, reasons) = (&found.open, &found.reasons);
    retain(&mut found.tried, |collector| {
        open.contains(collector) && !reasons.contains_key(collector)
    });
    retain(&mut found.stale, |collector| {
        open.contains(collector) && (untried.contains(collector) || reasons.contains_key(collector))
    });
    retain(&mut found.fresh, |_| true);
    found
}

/// Keeps the matching collectors, and the runs with any of them.
fn retain(taken: &mut Taken, wanted: impl Fn(&Collector) -> bool) {
    for (_, collectors) in &mut *taken {
        collectors.retain(&wanted);
    }
    taken.retain(|(_, collectors)| !collectors.is_empty());
}

/// Separates the collectors whose recorded results are current from the others: no input changed,
/// and no setting of another collector that withheld values.
fn by_inputs(
    cx: &Context,
    now: &CurrentState,
    outside: &mut Outside<'_>,
    head: &Head,
    collectors: Vec<Collector>,
    runs: Runs,
) -> (Vec<Collector>, Vec<(Collector, Stale)>) {
    let (mut fresh, mut outdated) = (Vec::new(), Vec::new());
    if collectors.is_empty() {
        return (fresh, outdated);
    }
    // The store reports a run that it cannot read, and the collectors are measured again.
    let Ok(run) = cx.store.load(&head.id) else {
        return (
            fresh,
            collectors
                .into_iter()
                .map(|collector| (collector, Stale::Version))
                .collect(),
        );
    };
    let result_use = match cx.recorded.borrow().contains(&head.id) {
        true => ResultUse::JustMeasured,
        false if runs == Runs::Recorded => ResultUse::Shown,
        false => ResultUse::Reused,
    };
    for collector in collectors {
        let why = reused(cx, &run, &collector)
            .or_else(|| incomplete_answer(cx, now, head, &run, &collector))
            .or_else(|| inputs::stale(cx, outside, &collector, &run, result_use));
        match why {
            None => fresh.push(collector),
            Some(why) => outdated.push((collector, why)),
        }
    }
    (fresh, outdated)
}

/// Returns whether results of tests do not count because they were reused, and this command runs every test.
fn reused(cx: &Context, run: &Run, collector: &Collector) -> Option<Stale> {
    let is_reused = *collector == collector::of_tests() && !run.snapshot.reused.is_empty();
    (is_reused && cx.runs_all_tests()).then_some(Stale::Reused)
}

/// Returns why the step of another collector, which gave a collector incomplete values, would now
/// run differently.
///
/// Complete values do not depend on the other collector, but its settings may be the reason why
/// values are missing: clippy stops at denied lints, unless `cap-lints` is set.
fn incomplete_answer(
    cx: &Context,
    now: &CurrentState,
    head: &Head,
    run: &Run,
    collector: &Collector,
) -> Option<Stale> {
    let answered = run.plan.answered.iter();
    let by = &answered.clone().find(|one| one.collector == *collector)?.by;
    let is_whole = |record: &StepRecord| record.ended.step == *by && record.status.is_whole();
    if run.steps.iter().any(is_whole) {
        return None;
    }

    let step = run.plan.steps.iter().find(|step| step.id == *by)?;
    let others: BTreeSet<Collector> = step
        .serves
        .iter()
        .filter(|other| !answered.clone().any(|one| one.collector == **other))
        .cloned()
        .collect();
    let now = CurrentState::with_sources(cx, now.sources.clone(), &others);
    let changed = others.iter().find(|other| !now.is_current(head, other))?;
    Some(now.stale(cx, run, changed))
}

/// Removes the matching collectors from a set and returns them.
fn take(set: &mut BTreeSet<Collector>, wanted: impl Fn(&Collector) -> bool) -> Vec<Collector> {
    let (taken, left): (BTreeSet<_>, _) = std::mem::take(set).into_iter().partition(wanted);
    *set = left;
    taken.into_iter().collect()
}

/// Returns the newest results that each collector had at a moment, with the settings that it has now.
/// `None` if none had any.
pub(crate) fn as_of(cx: &Context, wanted: &BTreeSet<Collector>, moment: i64) -> Option<View> {
    let collectors: Vec<Collector> = wanted.iter().cloned().collect();
    let settings = request::settings(cx, &collectors);
    let mut open = wanted.clone();
    let (mut view, mut from) = (View::default(), None);
    for head in cx.heads().filter(|head| head.started <= moment) {
        let taken = take(&mut open, |collector| {
            let has_settings = head.settings.get(collector) == settings.get(collector);
            has_settings && head.measured.contains(collector)
        });
        if taken.is_empty() || head.torn {
            open.extend(taken);
            continue;
        }
        let run = cx.store.load(&head.id).ok()?;
        adopt(cx, &mut view, &run, &taken);
        describe(&mut view, &mut from, Weight::new(true, &run, &taken), &run);
        if open.is_empty() {
            break;
        }
    }
    from.is_some().then_some(view)
}

/// Returns the view of a single run.
pub(crate) fn of_run(cx: &Context, run: &Run) -> View {
    let mut collectors: Vec<Collector> = run.plan.settings.keys().cloned().collect();
    if !cx.config().attested.is_empty() {
        collectors.push(Collector::from(collector::ATTESTED.to_owned()));
    }
    let mut view = View::default();
    adopt(cx, &mut view, run, &collectors);
    describe(
        &mut view,
        &mut None,
        Weight::new(true, run, &collectors),
        run,
    );
    view
}

/// How much the selection of a run says about a view that has results of several runs.
///
/// Packages and features of the run decide which part of the baseline the view is compared with. So
/// those of a result that is not current do not count if there are current ones, and the features of
/// a collector that does not get them count least.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    is_current: bool,
    depends_on_features: bool,
    run: Option<RunId>,
}

impl Weight {
    fn new(is_current: bool, run: &Run, collectors: &[Collector]) -> Self {
        Self {
            is_current,
            depends_on_features: collectors
                .iter()
                .any(|one| collector::of(one).takes_build_options()),
            run: run.id.clone(),
        }
    }
}

/// Takes the provenance of a view from the run with the greatest weight. A view is named after its
/// newest run.
fn describe(view: &mut View, from: &mut Option<Weight>, weight: Weight, run: &Run) {
    if view.run < run.id {
        view.run = run.id.clone();
        view.started = run.started;
    }
    if from.as_ref().is_none_or(|heaviest| *heaviest < weight) {
        let before = std::mem::replace(&mut view.provenance, run.provenance.clone());
        view.provenance.settings.extend(before.settings);
        view.provenance.imported = before.imported;
        let unscoped = &mut view.provenance.unscoped_settings;
        unscoped.extend(before.unscoped_settings);
        *from = Some(weight);
    }
}

/// Adds the results of these collectors from a run to a view.
fn adopt(cx: &Context, view: &mut View, run: &Run, collectors: &[Collector]) {
    let (from, into) = (&run.snapshot, &mut view.snapshot);
    for (name, reading) in &from.metrics {
        let row = cx.catalogue().get(name);
        if row.is_some_and(|row| collectors.contains(&row.collector)) {
            into.metrics.insert(name.clone(), reading.clone());
        }
    }
    let findings = from.findings.iter();
    into.findings.extend(
        findings
            .filter(|finding| collectors.contains(&finding.collector))
            .cloned(),
    );
    into.findings.sort();
    for (collector, packages) in &from.covered {
        if collectors.contains(collector) {
            into.covered.insert(collector.clone(), packages.clone());
        }
    }
    for (collector, files) in &from.executions {
        if collectors.contains(collector) {
            into.executions.insert(collector.clone(), files.clone());
        }
    }
    if collectors.iter().any(|one| collector::of(one).has_tests) {
        into.tests.clone_from(&from.tests);
        into.incomplete.clone_from(&from.incomplete);
        into.reused.clone_from(&from.reused);
    }
    for collector in collectors {
        if let Some(id) = &run.id {
            view.sources.insert(collector.clone(), id.clone());
        }
        view.steps.insert(
            collector.clone(),
            run.plan.steps_of(collector).cloned().collect(),
        );
        let (from, into) = (&run.provenance, &mut view.provenance);
        if let Some(settings) = from.settings.get(collector) {
            into.settings.insert(collector.clone(), settings.clone());
        }
        match from.imported.get(collector) {
            Some(format) => _ = into.imported.insert(collector.clone(), format.clone()),
            None => _ = into.imported.remove(collector),
        }
        if let Some(settings) = from.unscoped_settings.get(collector) {
            let unscoped = &mut into.unscoped_settings;
            unscoped.insert(collector.clone(), settings.clone());
        }
    }
}
