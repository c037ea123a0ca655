//! Gathers the events of one step without drawing conclusions from them.

use std::collections::{BTreeMap, BTreeSet};

use super::messages::Messages;
use crate::event::{
    Artifact, Bench, CoverageFile, Ended, Event, Figure, FileCounts, FileExecutions, Problem,
    SourceFunctions, Suite, Uncompiled,
};
use crate::workspace::is_library;

/// The events of a step.
#[derive(Clone, Default)]
pub(super) struct StepFacts {
    /// Messages of all members, selected or not, without duplicates from different targets.
    pub(super) messages: Messages,
    /// Units of members that were built or fresh and whose files exist. A compiler that exits
    /// successfully without compiling leaves no files.
    pub(super) built: BTreeSet<CompiledUnit>,
    /// Names of libraries by package.
    pub(super) libraries: BTreeMap<String, String>,
    /// Units that cargo reported, but that the compiler did not compile.
    pub(super) uncompiled: Vec<Uncompiled>,
    /// Number of units of all packages: the fresh ones, and all.
    pub(super) units: (u64, u64),
    /// The packages of which a unit was not fresh.
    pub(super) compiled: BTreeSet<CompiledPackage>,
    /// Whether the first `build-finished` reported success. `None` if there was none.
    pub(super) finished: Option<bool>,
    /// Whether `build-finished` came more than once.
    pub(super) finished_again: bool,
    /// Suites in the order in which they ended.
    pub(super) suites: Vec<Suite>,
    pub(super) benches: Vec<Bench>,
    /// Files that the formatter would change, with the members whose targets contain them.
    pub(super) unformatted: BTreeMap<String, BTreeSet<String>>,
    /// Crate roots that the formatter read.
    pub(super) formatted: u64,
    /// Files of which it is known which lines were executed.
    pub(super) coverage: Vec<FileExecutions>,
    /// Files of another tool that say so.
    pub(super) imported: Vec<CoverageFile>,
    /// The functions and the test code of source files.
    pub(super) functions: Vec<SourceFunctions>,
    /// Counts of files.
    pub(super) counted: Vec<FileCounts>,
    pub(super) problems: Vec<Problem>,
    pub(super) figures: Vec<Figure>,
    /// The first line that could not be read.
    noise: Option<String>,
    /// Lines of stdout that could not be read.
    pub(super) unread_lines: u64,
    /// Crates that rustfmt did not come to the end of.
    pub(super) unread_crates: u64,
    /// Why the whole output of a custom collector was rejected. `None` if it was not.
    pub(super) unreadable: Option<String>,
    /// `None` until the step is over.
    pub(super) ended: Option<Ended>,
}

/// A package of which a unit was compiled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CompiledPackage {
    pub(super) name: String,
    /// Whether it is a member of the workspace. Another package may have the name of a member.
    pub(super) is_member: bool,
}

/// A unit of a member, identified by the fields that cargo's messages have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CompiledUnit {
    pub(super) package: String,
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) test: bool,
    pub(super) executable: bool,
}

impl StepFacts {
    /// Adds an event of this step.
    pub(super) fn add(&mut self, event: &Event) {
        match event {
            Event::Diagnostic(diagnostic) => self.messages.add(diagnostic),
            Event::Artifact(artifact) => self.artifact(artifact),
            Event::BuildFinished { success } => match self.finished {
                None => self.finished = Some(*success),
                Some(_) => self.finished_again = true,
            },
            Event::Uncompiled(unit) => self.uncompiled(unit),
            Event::Suite(suite) => self.suites.push(suite.clone()),
            Event::Bench(bench) => self.benches.push(bench.clone()),
            Event::Unformatted { file, packages } => {
                let known = self.unformatted.entry(file.clone()).or_default();
                known.extend(packages.iter().cloned());
            }
            Event::Formatted => self.formatted += 1,
            Event::Counted(counts) => self.counted.push(counts.clone()),
            Event::Coverage(file) => self.coverage.push(file.clone()),
            Event::Imported(file) => self.imported.push(file.clone()),
            Event::Functions(file) => self.functions.push(file.clone()),
            Event::Problem(problem) => self.problems.push(problem.clone()),
            Event::Figure(figure) => self.figures.push(figure.clone()),
            Event::Ended(ended) => self.end(ended),
            Event::Noise { line } => drop(self.noise.get_or_insert_with(|| line.clone())),
            Event::Started { .. }
            | Event::Watched { .. }
            | Event::Outline { .. }
            | Event::Progress(_)
            | Event::Idle => {}
        }
    }

    fn artifact(&mut self, artifact: &Artifact) {
        self.units.0 += u64::from(artifact.fresh);
        self.units.1 += 1;
        if !artifact.fresh {
            self.compiled.insert(CompiledPackage {
                name: artifact.package.clone(),
                is_member: artifact.member,
            });
        }
        if is_library(&artifact.target_kind) {
            let name = artifact.target.clone();
            self.libraries.insert(artifact.package.clone(), name);
        }
        if artifact.member && !artifact.files.is_empty() {
            self.built.insert(CompiledUnit {
                package: artifact.package.clone(),
                kind: artifact.target_kind.clone(),
                target: artifact.target.clone(),
                test: artifact.test,
                executable: artifact.executable.is_some(),
            });
        }
    }

    fn uncompiled(&mut self, unit: &Uncompiled) {
        self.built.retain(|built| {
            (&built.package, &built.kind, &built.target, built.test)
                != (&unit.package, &unit.target_kind, &unit.target, unit.test)
        });
        self.uncompiled.push(unit.clone());
    }

    /// Adds the end of the step with the decoder's counters. The decoder stops at the first
    /// `build-finished` and only counts later ones.
    fn end(&mut self, ended: &Ended) {
        self.finished_again |= odd(&ended.odd, "build-finished-again") > 0;
        self.unread_lines = odd(&ended.odd, "noise");
        self.unread_crates = odd(&ended.odd, "unread-crates");
        self.unreadable = self
            .noise
            .take()
            .filter(|_| odd(&ended.odd, "unreadable") > 0);
        self.ended = Some(ended.clone());
    }
}

fn odd(counters: &BTreeMap<String, u64>, name: &str) -> u64 {
    counters.get(name).copied().unwrap_or(0)
}
