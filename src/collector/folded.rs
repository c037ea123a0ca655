//! The complete input of the collectors' fold functions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::messages::Message;
use super::seen::Seen;
use super::standing::Standing;
use crate::event::{FileCounts, Item, Level, Problem};
use crate::metric::{Reading, Unit};
use crate::plan::{Action, Collector, Plan, Step};
use crate::relative_path::is_below;
use crate::run::StepStatus;
use crate::snapshot::Finding;
use crate::workspace::Workspace;

/// The complete input of the collectors' fold functions, once all events have arrived.
pub(super) struct Folded {
    /// The plan, whose steps have been moved to `steps`.
    pub(super) plan: Plan,
    /// The selected members.
    pub(super) workspace: Workspace,
    /// All members.
    pub(super) whole: Workspace,
    /// Names of the selected members.
    pub(super) packages: BTreeSet<String>,
    /// Names of the members that are not selected.
    pub(super) unselected: BTreeSet<String>,
    pub(super) custom: BTreeMap<Collector, BTreeMap<String, Unit>>,
    pub(super) outlines: BTreeMap<String, Vec<Item>>,
    pub(super) steps: Vec<Seen>,
}

impl Folded {
    /// Returns whether a message belongs to a selected package.
    pub(super) fn selects(&self, message: &Message) -> bool {
        self.packages.contains(&message.diagnostic.package)
    }

    /// Returns the steps that serve a collector, in order.
    pub(super) fn steps_of<'a>(
        &'a self,
        collector: &'a Collector,
    ) -> impl Iterator<Item = &'a Seen> {
        self.steps
            .iter()
            .filter(move |s| s.step.serves.contains(collector))
    }

    /// Returns the files in which a collector counted something.
    pub(super) fn counted_files<'a>(
        &'a self,
        collector: &'a Collector,
    ) -> impl Iterator<Item = &'a FileCounts> {
        self.steps_of(collector)
            .flat_map(|step| &step.facts.counted)
    }

    /// Returns the selected packages that a file belongs to.
    pub(super) fn selected_packages<'a>(&self, file: &'a FileCounts) -> Vec<&'a str> {
        let packages = file.packages();
        packages
            .filter(|package| self.packages.contains(*package))
            .collect()
    }

    /// Returns the sums of a count over the files of each selected package. A file that several packages
    /// share counts for each of them.
    pub(super) fn counted<'a>(
        &'a self,
        collector: &'a Collector,
        count: impl Fn(&FileCounts) -> u64,
    ) -> BTreeMap<&'a str, u64> {
        let mut sums = BTreeMap::new();
        for file in self.counted_files(collector) {
            for package in self.selected_packages(file) {
                *sums.entry(package).or_default() += count(file);
            }
        }
        sums
    }

    /// Returns the reading of a count: its sums as in [`counted`](Self::counted), and that of all files for
    /// the workspace.
    pub(super) fn sum(
        &self,
        collector: &Collector,
        standing: &Standing,
        count: impl Fn(&FileCounts) -> u64,
    ) -> Reading {
        let files = self.counted_files(collector);
        let selected = files.filter(|file| !self.selected_packages(file).is_empty());
        let total: u64 = selected.map(&count).sum();
        let sums = self.counted(collector, count);
        let reading = standing.count(&self.packages, &sums);
        reading.with_total(total as f64)
    }

    /// Returns the findings of the problems that a collector found in files.
    pub(super) fn problems(&self, collector: &Collector) -> Vec<Finding> {
        self.findings_by_problem(collector).concat()
    }

    /// Returns the findings of each problem that a collector found in files: a warning for each
    /// package that the file belongs to.
    ///
    /// A file in which the collector counted something belongs to the packages that it counts for,
    /// and any other to the member in whose directory it lies, or to none. Packages that are not
    /// selected have no findings, except in files that the collector names, such as `Cargo.lock`:
    /// those are chosen for the selected packages.
    pub(super) fn findings_by_problem(&self, collector: &Collector) -> Vec<Vec<Finding>> {
        let mut counted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for file in self.counted_files(collector) {
            let packages = counted.entry(&file.file).or_default();
            packages.extend(file.packages());
        }
        let problems = self.steps_of(collector).flat_map(|step| {
            let action = &step.step.action;
            let problems = step.facts.problems.iter();
            problems.map(move |problem| (action, problem))
        });
        let findings = problems.map(|(action, problem)| {
            let packages = self.packages_of(&problem.file, action, &counted);
            let findings = packages.into_iter();
            findings
                .map(|package| finding(collector, package, problem))
                .collect()
        });
        findings
            .filter(|findings: &Vec<Finding>| !findings.is_empty())
            .collect()
    }

    /// Returns the packages that have a finding if there is a problem in a file.
    fn packages_of<'a>(
        &'a self,
        file: &str,
        action: &Action,
        counted: &BTreeMap<&str, BTreeSet<&'a str>>,
    ) -> BTreeSet<&'a str> {
        let owner = BTreeSet::from([self.owner(file)]);
        if is_named(action, file) {
            return owner;
        }
        let mut packages = counted.get(file).cloned().unwrap_or(owner);
        packages.retain(|name| name.is_empty() || self.packages.contains(*name));
        packages
    }

    /// Returns the name of the member in whose directory a file lies, whether it is selected or not.
    /// Empty if there is none.
    pub(super) fn owner(&self, file: &str) -> &str {
        let is_below_root = !file.is_empty() && Path::new(file).is_relative();
        let owner = self.whole.owner(file).filter(|_| is_below_root);
        owner.map_or("", |member| &member.name)
    }

    /// Returns the step with this id.
    pub(super) fn step(&self, id: &str) -> Option<&Seen> {
        self.steps.iter().find(|s| s.step.id == id)
    }

    /// Returns how complete the values of a step are, or those of its collector if the step is not
    /// part of the run.
    pub(super) fn standing_of(&self, step: &str, collector: &Collector) -> Standing {
        self.step(step)
            .map_or_else(|| self.standing(collector), Standing::of)
    }

    /// Returns how complete a collector's values are, which its worst step or a missing tool
    /// decides.
    pub(super) fn standing(&self, collector: &Collector) -> Standing {
        if let Some(missing) = self.plan.missing.iter().find(|l| l.collector == *collector) {
            return Standing::missing(missing);
        }
        self.steps_of(collector)
            .map(Standing::of)
            .reduce(Standing::and)
            .unwrap_or_else(Standing::unknown)
    }

    /// Returns the same of a collector each of whose steps is about one package, named as `subject`
    /// says. The values of a package are complete if all its steps are.
    pub(super) fn standing_of_packages(
        &self,
        collector: &Collector,
        subject: impl Fn(&Step) -> String,
    ) -> Standing {
        let mut standing = self.standing(collector);
        // This is computed after each of the steps, of which there may be thousands.
        let (whole, others): (Vec<&Seen>, Vec<&Seen>) = self
            .steps_of(collector)
            .partition(|seen| seen.status.is_whole());
        standing.covered = whole
            .iter()
            .filter_map(|seen| seen.step.package.clone())
            .collect();
        for package in others.iter().filter_map(|seen| seen.step.package.as_ref()) {
            standing.covered.remove(package);
        }
        if let (StepStatus::Failed(_) | StepStatus::Partial(_), Some(seen)) =
            (&standing.status, others.first())
        {
            let own = Standing::of(seen).reason().unwrap_or_default();
            let reason = format!("{}: {}", subject(&seen.step), own.reason);
            standing.weaken(reason, own.fix);
        }
        standing
    }
}

/// Returns whether the collector of a step names a file, or a directory above it.
fn is_named(action: &Action, file: &str) -> bool {
    match action {
        Action::Read(files) => files
            .paths
            .iter()
            .any(|path| path == file || is_below(file, path.trim_end_matches('/'))),
        Action::Lint(lint) => lint.changelogs.iter().any(|one| one.path == file),
        Action::Command(_) | Action::Scan => false,
    }
}

fn finding(collector: &Collector, package: &str, problem: &Problem) -> Finding {
    Finding {
        collector: collector.clone(),
        package: package.to_owned(),
        file: problem.file.clone(),
        code: format!("{collector}::{}", problem.rule),
        level: Level::Warning,
        item: problem.item.clone(),
        snippet: String::new(),
        text: problem.text.trim().to_owned(),
        message: problem.message.clone(),
        line: problem.line,
        column: 1,
        occurrences: 1,
    }
}
