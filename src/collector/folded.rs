//! The complete input of the collectors' fold functions.

use std::collections::{BTreeMap, BTreeSet};

use super::messages::Message;
use super::seen::Seen;
use super::standing::Standing;
use crate::event::{FileCounts, Item, Level, Problem};
use crate::metric::Unit;
use crate::plan::{Collector, Plan};
use crate::snapshot::Finding;
use crate::workspace::Workspace;

/// The complete input of the collectors' fold functions, once all events have arrived.
pub(super) struct Folded {
    /// The plan, whose steps have been moved to `steps`.
    pub(super) plan: Plan,
    pub(super) workspace: Workspace,
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

    /// Returns the sums of a count over the files of each package. A file counts for its first package.
    pub(super) fn counted<'a>(
        &'a self,
        collector: &'a Collector,
        count: impl Fn(&FileCounts) -> u64,
    ) -> BTreeMap<&'a str, u64> {
        let mut sums = BTreeMap::new();
        for file in self.counted_files(collector) {
            *sums.entry(file.package.as_str()).or_default() += count(file);
        }
        sums
    }

    /// Returns the problems that a collector found in files, each a warning. A problem belongs to the
    /// member in whose directory the file lies, or to none.
    pub(super) fn problems(&self, collector: &Collector) -> Vec<Finding> {
        let problems = self
            .steps_of(collector)
            .flat_map(|step| &step.facts.problems);
        problems
            .map(|problem| self.finding(collector, problem))
            .collect()
    }

    fn finding(&self, collector: &Collector, problem: &Problem) -> Finding {
        let owner = match problem.file.as_str() {
            "" => None,
            file => self.workspace.owner(file),
        };
        let package = owner.map_or_else(String::new, |member| member.name.clone());
        Finding {
            collector: collector.clone(),
            package,
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

    /// Returns the step with this id.
    pub(super) fn step(&self, id: &str) -> Option<&Seen> {
        self.steps.iter().find(|s| s.step.id == id)
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
}
