//! Reusing results of test suites: the evidence of earlier runs, and that of a run for later ones.
//!
//! The evidence is a cache. It is only read where `[collect.test]` sets `reuse`, git knows the tree, and the command may
//! reuse results; see [`Context::run_all_tests`]. The decision is made by [`crate::reuse`].

mod readers;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use self::readers::Code;
use super::inputs::{self, Observed, ResultUse};
use super::request;
use crate::collector::{self, planner::is_affected};
use crate::drive::reused::{self, Decided, PassedSuite, Reuse};
use crate::event::{Event, Suite};
use crate::ops::Context;
use crate::plan::{Plan, Step, Stream};
use crate::probe::{normalize, relative};
use crate::reuse::{
    Changes, Evidence, Reason, RecordedSuite, TestedTree, Users, doctests_of, is_library,
};
use crate::run::{Run, RunId};
use crate::snapshot::Provenance;
use crate::tree::Fingerprint;
use crate::tree::outside::Outside;
use crate::workspace::Workspace;

/// The name of the cache.
const CACHE: &str = "reuse";

/// The number of runs whose trees are kept. Those with the most suites stay.
const MOST_RUNS: usize = 32;

/// Number of digits of a digest that are kept.
const DIGITS: usize = 32;

/// The evidence of earlier runs, and the additions of a run.
pub(super) struct Recorded<'a> {
    step: &'a str,
    evidence: Evidence,
    changes: BTreeMap<RunId, Result<Changes, Reason>>,
    /// Whether results may be used in this run.
    is_allowed: bool,
    /// The suites with a complete result that passed.
    passed: Vec<Suite>,
    /// The files of each member's library.
    libraries: BTreeMap<String, BTreeSet<String>>,
    /// The names of packages outside of the workspace whose code tests may call.
    foreign: BTreeSet<String>,
    decided: Decided,
}

/// The evidence of a run that has no id yet.
pub(super) struct Proof {
    evidence: Evidence,
    /// The tree that the run tested. `None` if nothing that it ran proves anything.
    tree: Option<TestedTree>,
    /// Those that passed, with digests of the files of each.
    suites: Vec<(PassedSuite, BTreeMap<String, String>)>,
    /// The keys of all suites that it ran or reused.
    keys: BTreeSet<String>,
}

impl<'a> Recorded<'a> {
    /// Reads the evidence for the step of a plan that runs tests. `None` if results are not reused here.
    pub(super) fn read(
        cx: &Context,
        plan: &'a Plan,
        provenance: &Provenance,
        sources: &Fingerprint,
    ) -> Option<Self> {
        let tests = collector::of_tests();
        let settings = cx.config().collect.settings(&tests);
        let is_known = provenance.commit.is_some() && cx.store.unusable().is_none();
        if !is_known || !collector::reuses_tests(&settings) {
            return None;
        }
        let mut steps = plan.steps_of(&tests);
        let step = steps.find(|step| is_of_cargo(step))?;

        let mut evidence: Evidence = cx
            .store
            .cached(CACHE)
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        evidence
            .suites
            .retain(|_, suite| !cx.store.has_tracked_logs(&suite.record));
        let is_allowed = !cx.runs_all_tests();
        let mut changes = BTreeMap::new();
        if is_allowed {
            let mut outside = Outside::open(&cx.store, cx.system_now());
            for (id, tree) in &evidence.runs {
                let changed = changes_since(cx, &mut outside, id, tree, sources);
                changes.insert(id.clone(), changed);
            }
        }
        Some(Self {
            step: &step.id,
            evidence,
            changes,
            is_allowed,
            passed: Vec::new(),
            libraries: BTreeMap::new(),
            foreign: BTreeSet::new(),
            decided: Decided::default(),
        })
    }

    /// Returns the evidence for the decision of the driver.
    pub(super) fn reuse<'b>(
        &'b self,
        cx: &Context,
        digest: &'b dyn Fn(&Path) -> String,
    ) -> Reuse<'b> {
        /// Without evidence, every suite runs.
        static NONE: Evidence = Evidence {
            runs: BTreeMap::new(),
            suites: BTreeMap::new(),
            units: BTreeMap::new(),
        };
        Reuse {
            step: self.step,
            evidence: if self.is_allowed {
                &self.evidence
            } else {
                &NONE
            },
            changes: &self.changes,
            logs: cx.store.dir().join("logs"),
            digest,
            decided: RefCell::default(),
        }
    }

    /// Remembers the decision of the driver, and the evidence of its events.
    pub(super) fn learn(&mut self, decided: Decided, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Suite(suite) => self.passed.push(suite),
                Event::Artifact(unit) if !unit.member => _ = self.foreign.insert(unit.package),
                Event::Artifact(unit) => {
                    let files = self.libraries.entry(unit.package).or_default();
                    files.extend(unit.files);
                }
                _ => {}
            }
        }
        // A step of another collector that runs again decides nothing.
        if !decided.keys.is_empty() {
            self.decided = decided;
        }
    }

    /// Forgets the evidence of a step that runs again.
    pub(super) fn forget(&mut self, steps: &BTreeSet<&str>) {
        if !steps.contains(self.step) {
            return;
        }
        self.passed.clear();
        self.libraries.clear();
    }

    /// Returns the evidence of a run that has ended. `is_clean` is whether its sources stayed as they were.
    pub(super) fn proof(
        self,
        workspace: &Workspace,
        sources: &Fingerprint,
        logs: &Path,
        observed: &Observed<'_>,
        outside: &mut Outside<'_>,
        is_clean: bool,
    ) -> Proof {
        let Decided {
            keys,
            programs,
            is_steady,
            ..
        } = self.decided;
        let is_clean = is_clean && is_steady;
        let mut passed: Vec<PassedSuite> = Vec::new();
        for suite in &self.passed {
            let name = suite.record.as_deref();
            passed.extend(name.and_then(|name| reused::passed_executable(logs, self.step, name)));
        }
        passed.extend(reused::passed_doctests(logs, self.step, workspace));
        let mut suites = Vec::new();
        for suite in passed {
            let mut files = self.libraries.get(&suite.package).cloned();
            if suite.key != doctests_of(&suite.package) {
                files = Some(BTreeSet::from([suite.key.clone()]));
            }
            let mut digests = BTreeMap::new();
            for file in files.unwrap_or_default() {
                let digest = outside.state(Path::new(&file));
                digests.insert(file, digest);
            }
            suites.push((suite, digests));
        }
        let mut evidence = self.evidence;
        // Nothing is added if every suite was reused.
        let is_new = suites.iter().any(|(suite, _)| suite.reused.is_none());
        let mut tree = None;
        if is_clean && is_new {
            let (mut tested, read) = tested_tree(workspace, sources, observed, self.step, programs);
            let code = Code {
                workspace,
                read: &read,
                foreign: &self.foreign,
            };
            tested.readers = code.readers(observed.units(self.step), &mut evidence.units);
            tree = Some(tested);
        }
        Proof {
            evidence,
            tree,
            suites,
            keys,
        }
    }
}

/// Returns whether an event proves something for later runs: a suite that passed, or a library.
pub(super) fn is_evidence(event: &Event) -> bool {
    match event {
        Event::Suite(suite) => suite.has_passed(),
        Event::Artifact(unit) => is_library(unit),
        _ => false,
    }
}

/// Returns whether a step is `cargo test`, which runs executables one by one.
fn is_of_cargo(step: &Step) -> bool {
    let command = step.action.command();
    command.is_some_and(|command| command.stream == Stream::CargoTest)
        && step.id != Step::DOCTESTS
        && step.id != Step::COVERAGE
}

/// Returns the differences between the tree of a run and the present one.
fn changes_since(
    cx: &Context,
    outside: &mut Outside<'_>,
    id: &RunId,
    tree: &TestedTree,
    sources: &Fingerprint,
) -> Result<Changes, Reason> {
    let run = cx.store.load(id).map_err(|_| Reason::Unknown)?;
    if let Some(what) = changed_besides_sources(cx, outside, &run, sources) {
        return Err(Reason::Conditions(what));
    }
    tree.changes(&digests_of(sources))
}

/// Returns what would make the results of a run stale even if the sources were the same, as a fragment.
fn changed_besides_sources(
    cx: &Context,
    outside: &mut Outside<'_>,
    run: &Run,
    sources: &Fingerprint,
) -> Option<String> {
    let tests = collector::of_tests();
    let from = &run.provenance;
    let settings = request::settings(cx, std::slice::from_ref(&tests));
    if run.torn || from.settings.get(&tests) != settings.get(&tests) {
        return Some("the settings of the tests changed".to_owned());
    }
    let mut conditions = cx.conditions().digests;
    conditions.extend(sources.conditions.clone());
    let configured = cx.config().collect.settings(&tests);
    let names: BTreeSet<&String> = from.conditions.keys().chain(conditions.keys()).collect();
    let mut changed = names
        .into_iter()
        .filter(|name| from.conditions.get(*name) != conditions.get(*name));
    if let Some(name) = changed.find(|name| is_affected(&tests, name, &configured)) {
        return Some(format!("{name} changed"));
    }
    inputs::stale(cx, outside, &tests, run, ResultUse::Reused).map(|stale| stale.to_string())
}

/// Returns a digest of each source file. The mode counts, too.
fn digests_of(sources: &Fingerprint) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for (name, content) in sources.entries() {
        let mode = if content.executable { "x" } else { "" };
        let hash = String::from_utf8_lossy(&content.hash[..DIGITS]);
        digests.insert(name.to_owned(), format!("{mode}{hash}"));
    }
    digests
}

/// Returns the tree that a run tested, with what its sources were compiled into, and everything that was compiled into
/// members, by the name under which it was read: it can be behind a link.
fn tested_tree(
    workspace: &Workspace,
    sources: &Fingerprint,
    observed: &Observed<'_>,
    step: &str,
    programs: BTreeMap<String, String>,
) -> (TestedTree, BTreeMap<String, Users>) {
    let mut read: BTreeMap<String, Users> = BTreeMap::new();
    let mut tree = TestedTree {
        files: digests_of(sources),
        programs,
        ..TestedTree::default()
    };
    let root = &workspace.root;
    // What build scripts are made of may change anything.
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    for (written, unit) in observed.units(step) {
        let member = workspace
            .members
            .iter()
            .find(|member| normalize(root, &member.dir) == unit.dir);
        // A build script writes what it generates to the target directory.
        let names = unit
            .read_files()
            .filter(|file| !file.starts_with(&workspace.target_dir));
        let names: BTreeSet<String> = names.map(|file| relative(root, file)).collect();
        let Some(member) = member.filter(|_| unit.is_local_crate() && !is_build_script(written))
        else {
            unknown.extend(names);
            continue;
        };
        let mut libraries = member.targets.iter().filter(|target| target.is_library());
        let is_library = libraries.any(|target| names.contains(&target.file));
        for name in names {
            let users = read.entry(name).or_default();
            let packages = match is_library {
                true => &mut users.libraries,
                false => &mut users.others,
            };
            packages.insert(member.name.clone());
        }
    }
    // rustdoc compiles what doctests include.
    for member in &workspace.members {
        for file in observed.documented(&normalize(root, &member.dir)) {
            let users = read.entry(relative(root, file)).or_default();
            users.libraries.insert(member.name.clone());
        }
    }
    tree.compiled.clone_from(&read);
    tree.compiled
        .retain(|name, _| tree.files.contains_key(name) && !unknown.contains(name));
    (tree, read)
}

/// Returns whether dep-info is that of a build script.
fn is_build_script(written: &Path) -> bool {
    let name = written.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("build_script_")
}

/// Adds the evidence of a run, now that it is recorded. Without an id, it proves nothing.
pub(super) fn remember(cx: &Context, run: &Run, proof: Proof) {
    let Proof {
        mut evidence,
        tree,
        suites,
        keys,
    } = proof;
    let Some(id) = &run.id else { return };
    let is_complete = tree.is_some() && !run.torn && !run.interrupted;
    // One that ran and did not pass has no evidence any more, even of earlier runs.
    let passed: BTreeSet<&str> = suites.iter().map(|(suite, _)| suite.key.as_str()).collect();
    evidence
        .suites
        .retain(|key, _| passed.contains(key.as_str()) || !keys.contains(key));
    for (suite, files) in suites {
        let record = format!("{id}/{}", suite.record);
        match suite.reused {
            // Its evidence is still that of the run that ran it. Only its record has another place.
            Some(_) => {
                if let Some(known) = evidence.suites.get_mut(&suite.key) {
                    known.record = record;
                }
            }
            None if is_complete => {
                let recorded = RecordedSuite {
                    run: id.clone(),
                    package: suite.package,
                    files,
                    launch: suite.launch,
                    record,
                };
                evidence.suites.insert(suite.key, recorded);
            }
            None => _ = evidence.suites.remove(&suite.key),
        }
    }
    evidence.runs.extend(tree.map(|tree| (id.clone(), tree)));
    limit(cx, &mut evidence);
    if let Ok(bytes) = serde_json::to_vec(&evidence) {
        let _ = cx.store.cache(CACHE, &bytes);
    }
}

/// Removes the runs without a suite, those with the fewest suites if there are many, and suites whose record is gone.
fn limit(cx: &Context, evidence: &mut Evidence) {
    let logs = cx.store.dir().join("logs");
    evidence
        .suites
        .retain(|_, suite| logs.join(&suite.record).is_dir());
    let mut counts: BTreeMap<&RunId, usize> = BTreeMap::new();
    for suite in evidence.suites.values() {
        *counts.entry(&suite.run).or_default() += 1;
    }
    let mut runs: Vec<(usize, &RunId)> = counts.into_iter().map(|(id, n)| (n, id)).collect();
    runs.sort_unstable_by(|a, b| b.cmp(a));
    let kept: BTreeSet<RunId> = runs
        .into_iter()
        .take(MOST_RUNS)
        .map(|(_, id)| id.clone())
        .collect();
    evidence.runs.retain(|id, _| kept.contains(id));
    evidence
        .suites
        .retain(|_, suite| evidence.runs.contains_key(&suite.run));
}
