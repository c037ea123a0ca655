//! `baseline --only`: replacing some values of a pin and keeping the others.
//!
//! A pin has one provenance for all its values. Therefore only values that were measured under the same conditions can be
//! combined: the values of another toolchain, machine or feature would be compared as if nothing were different.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::collector;
use crate::glob;
use crate::judge;
use crate::metric::Reading;
use crate::ops::{Context, Exit, Stop, measure, unknown};
use crate::plan::{Collector, quote};
use crate::run::{RunId, View};
use crate::snapshot::Provenance;

/// The values of a pin that are replaced.
pub(super) struct Only {
    names: Vec<String>,
    /// The named collectors, whose values are all replaced.
    whole: BTreeSet<Collector>,
    /// The named metrics and patterns of metrics.
    metrics: Vec<String>,
    /// The other options of the command, as typed: ` --accept REASON`.
    options: String,
}

impl Only {
    /// Reads names of collectors and metrics.
    ///
    /// # Errors
    /// If a name is unknown.
    pub(super) fn read(cx: &Context, names: &[String], options: String) -> Result<Self> {
        let mut only = Self {
            names: names.to_vec(),
            whole: BTreeSet::new(),
            metrics: Vec::new(),
            options,
        };
        for name in names {
            match measure::named(cx, std::slice::from_ref(name)) {
                Ok(collectors) => only.whole.extend(collectors),
                Err(_) => {
                    let rows = cx.catalogue().matching(name);
                    let Some(row) = rows.first() else {
                        return Err(unknown(cx, name).into());
                    };
                    if rows.iter().all(|row| row.derived) {
                        return Err(derived(name, row.collector.name()).into());
                    }
                    only.metrics.push(name.clone());
                }
            }
        }
        Ok(only)
    }

    /// Returns these collectors and metrics.
    pub(super) fn of(whole: BTreeSet<Collector>, metrics: Vec<String>) -> Self {
        let names = whole.iter().map(|collector| collector.name().to_owned());
        Self {
            names: names.chain(metrics.iter().cloned()).collect(),
            whole,
            metrics,
            options: String::new(),
        }
    }

    /// Returns the collectors that have to be measured.
    pub(super) fn collectors(&self, cx: &Context) -> Vec<Collector> {
        let rows = self
            .metrics
            .iter()
            .flat_map(|name| cx.catalogue().matching(name));
        let all: BTreeSet<Collector> = rows
            .map(|row| row.collector.clone())
            .chain(self.whole.iter().cloned())
            .collect();
        all.into_iter().collect()
    }

    /// Returns the options as typed: ` --only bench`.
    pub(super) fn flags(&self) -> String {
        self.names
            .iter()
            .map(|name| format!(" --only {}", quote(name)))
            .collect()
    }

    /// Returns the command that also replaces all values of a collector.
    fn with_all_of(&self, cx: &Context, collector: &str) -> String {
        let is_of = |name: &str| {
            let rows = cx.catalogue().matching(name);
            name == collector || rows.iter().all(|row| row.collector.name() == collector)
        };
        let others: Vec<String> = self
            .names
            .iter()
            .filter(|name| self.whole.iter().any(|whole| whole.name() == **name) || !is_of(name))
            .filter(|name| *name != collector)
            .map(|name| format!(" --only {}", quote(name)))
            .collect();
        format!(
            "cargo campaign baseline{} --only {collector}{}",
            others.concat(),
            self.options
        )
    }

    /// Returns the pinned view with these values taken from another one.
    ///
    /// # Errors
    /// If the two were measured under different conditions, or the new one does not have a value.
    pub(super) fn replace(&self, cx: &Context, old: &View, new: &View) -> Result<View> {
        let (then, now) = self.alike_in_times(cx, old, new);
        refuse_unlike(&then, &now, &self.options)?;
        let mut merged = old.clone();
        for collector in self.collectors(cx) {
            // A metric of a collector that the pin does not have yet brings the findings and tests that it counts.
            if self.whole.contains(&collector) || !old.sources.contains_key(&collector) {
                replace_collector(cx, &mut merged, new, &collector)?;
            } else {
                self.replace_metrics(cx, &mut merged, new, &collector)?;
            }
        }
        merged.run.clone_from(&new.run);
        merged.started = new.started;
        merged.provenance = provenance(&merged, &new.sources, now);
        match judge::contradiction(&merged, cx.catalogue()) {
            None => Ok(merged),
            Some(contradiction) => {
                let row = cx.catalogue().get(&contradiction.metric);
                let stop = Stop::new(
                    Exit::Usage,
                    format!(
                        "a pin without its {} would be wrong: {contradiction}",
                        contradiction.what
                    ),
                );
                let collector = row.map_or("", |row| row.collector.name());
                Err(stop.help(self.with_all_of(cx, collector)).into())
            }
        }
    }

    /// Returns the provenances of both views. What affects only times is that of the times in the new pin, unless it has
    /// times of both.
    fn alike_in_times(&self, cx: &Context, old: &View, new: &View) -> (Provenance, Provenance) {
        let has_times = |view: &View, replaced: bool| {
            view.snapshot.metrics.keys().any(|name| {
                let row = cx.catalogue().get(name);
                row.is_some_and(judge::varies) && self.is_replaced(cx, old, name) == replaced
            })
        };
        let (then, now) = (&old.provenance, &new.provenance);
        match (has_times(old, false), has_times(new, true)) {
            (true, true) => (then.clone(), now.clone()),
            (false, true) => (judge::with_times_of(then, now), now.clone()),
            (_, false) => (then.clone(), judge::with_times_of(now, then)),
        }
    }

    /// Returns whether the value of a metric in the new pin is the new one.
    fn is_replaced(&self, cx: &Context, old: &View, metric: &str) -> bool {
        let is_named = |name: &String| name == metric || glob::matches(name, metric);
        let row = cx.catalogue().get(metric);
        row.is_some_and(|row| {
            let is_whole =
                self.whole.contains(&row.collector) || !old.sources.contains_key(&row.collector);
            let is_measured = self.collectors(cx).contains(&row.collector);
            is_measured && is_whole || self.metrics.iter().any(is_named)
        })
    }

    fn replace_metrics(
        &self,
        cx: &Context,
        merged: &mut View,
        new: &View,
        collector: &Collector,
    ) -> Result<()> {
        let [is, was] = [&new.provenance, &merged.provenance]
            .map(|one| (one.settings.get(collector), one.imported.get(collector)));
        if is != was {
            let stop = Stop::new(
                Exit::Usage,
                format!("the baseline has values of {collector} with other settings"),
            );
            return Err(stop.help(self.with_all_of(cx, collector.name())).into());
        }
        for pattern in &self.metrics {
            let is_named = |name: &str| {
                is_of(cx, name, collector) && (name == pattern || glob::matches(pattern, name))
            };
            let named: Vec<(String, Reading)> = new
                .snapshot
                .metrics
                .iter()
                .filter(|(name, _)| is_named(name))
                .map(|(name, reading)| (name.clone(), reading.clone()))
                .collect();
            let mut rows = cx
                .catalogue()
                .matching(pattern)
                .into_iter()
                .filter(|row| row.collector == *collector);
            // Metrics that are derived from a comparison have no value in a pin.
            if named.is_empty() && rows.any(|row| !row.derived) {
                return Err(Stop::new(
                    Exit::NoVerdict,
                    format!("this run has no values of {pattern}"),
                )
                .into());
            }
            merged.snapshot.metrics.retain(|name, _| !is_named(name));
            merged.snapshot.metrics.extend(named);
        }
        Ok(())
    }
}

/// Returns the provenance of a view with values of a new run, which keeps its settings.
fn provenance(
    merged: &View,
    new_sources: &BTreeMap<Collector, RunId>,
    new: Provenance,
) -> Provenance {
    let old = &merged.provenance;
    let members: BTreeSet<&String> = old.members.iter().chain(&new.members).collect();
    let mut mixed = Provenance {
        members: members.into_iter().cloned().collect(),
        settings: old.settings.clone(),
        unscoped_settings: old.unscoped_settings.clone(),
        imported: old.imported.clone(),
        ..new
    };
    let mut sources = merged.sources.iter();
    let keeps_values = sources.any(|(collector, run)| new_sources.get(collector) != Some(run));
    // As with uncommitted changes, the commit alone does not have all of these values.
    mixed.dirty |= keeps_values && (old.dirty || old.tree != mixed.tree);
    // Nothing has judged the lines that changed since then.
    mixed.since = keeps_values.then(|| old.since());
    mixed
}

/// Returns whether a collector measures a metric.
fn is_of(cx: &Context, metric: &str, collector: &Collector) -> bool {
    let row = cx.catalogue().get(metric);
    row.is_some_and(|row| row.collector == *collector)
}

/// Replaces all values, findings and tests of a collector.
fn replace_collector(
    cx: &Context,
    merged: &mut View,
    new: &View,
    collector: &Collector,
) -> Result<()> {
    if !new.sources.contains_key(collector) {
        return Err(Stop::new(
            Exit::NoVerdict,
            format!("this run has no values of {collector}"),
        )
        .into());
    }
    let (into, from) = (&mut merged.snapshot, &new.snapshot);
    into.metrics.retain(|name, _| !is_of(cx, name, collector));
    into.metrics.extend(
        from.metrics
            .iter()
            .filter(|(name, _)| is_of(cx, name, collector))
            .map(|(n, r)| (n.clone(), r.clone())),
    );
    into.findings
        .retain(|finding| finding.collector != *collector);
    into.findings.extend(
        from.findings
            .iter()
            .filter(|finding| finding.collector == *collector)
            .cloned(),
    );
    into.findings.sort();
    into.covered.remove(collector);
    into.covered.extend(
        from.covered
            .get_key_value(collector)
            .map(|(c, packages)| (c.clone(), packages.clone())),
    );
    if collector::of(collector).has_tests {
        into.tests.clone_from(&from.tests);
        into.incomplete.clone_from(&from.incomplete);
    }
    merged.stale.remove(collector);
    merged.sources.extend(
        new.sources
            .get_key_value(collector)
            .map(|(c, run)| (c.clone(), run.clone())),
    );
    let (from, into) = (&new.provenance, &mut merged.provenance);
    replace_record(&mut into.settings, &from.settings, collector);
    replace_record(&mut into.imported, &from.imported, collector);
    replace_record(
        &mut into.unscoped_settings,
        &from.unscoped_settings,
        collector,
    );
    Ok(())
}

/// Replaces the record of a collector.
fn replace_record(
    into: &mut BTreeMap<Collector, String>,
    from: &BTreeMap<Collector, String>,
    collector: &Collector,
) {
    match from.get(collector) {
        Some(settings) => _ = into.insert(collector.clone(), settings.clone()),
        None => _ = into.remove(collector),
    }
}

/// Refuses to combine values that were measured under different conditions. `options` are the typed options of the command.
fn refuse_unlike(old: &Provenance, new: &Provenance, options: &str) -> Result<()> {
    // The sources may differ, and everything that is recorded for each collector.
    let like_old = Provenance {
        workspace: old.workspace.clone(),
        members: old.members.clone(),
        commit: old.commit.clone(),
        branch: old.branch.clone(),
        dirty: old.dirty,
        since: old.since.clone(),
        tree: old.tree.clone(),
        lock: old.lock.clone(),
        conditions: old.conditions.clone(),
        tool: old.tool.clone(),
        settings: old.settings.clone(),
        unscoped_settings: old.unscoped_settings.clone(),
        imported: old.imported.clone(),
        env: with_rustup_of(old, new),
        ..new.clone()
    };
    if judge::strangers(old, new).is_none() && like_old == *old {
        return Ok(());
    }
    let refusal = judge::unlike_machines(old, new);
    let why = refusal.map_or_else(
        || "lints, flags or configuration differ".to_owned(),
        |refusal| refusal.to_string(),
    );
    let stop = Stop::new(
        Exit::Usage,
        format!("the baseline was measured under other conditions: {why}"),
    );
    Err(stop
        .help(format!(
            "cargo campaign baseline{options} (pins all values)"
        ))
        .into())
}

/// Returns the environment of `new` with the variable that rustup sets as in `old`. The toolchain that it selects is
/// recorded, and it is set only if cargo starts this program.
fn with_rustup_of(old: &Provenance, new: &Provenance) -> BTreeMap<String, String> {
    const RUSTUP: &str = "RUSTUP_TOOLCHAIN";
    let others = new.env.iter().filter(|(name, _)| *name != RUSTUP);
    others
        .chain(old.env.get_key_value(RUSTUP))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Returns the error for a metric that is computed against the baseline, so that a pin has no value of it.
fn derived(name: &str, collector: &str) -> Stop {
    let message = format!("`{name}` is computed against the baseline and cannot be pinned");
    let help =
        format!("cargo campaign baseline --only {collector} (pins what it is computed from)");
    Stop::new(Exit::Usage, message).help(help)
}

fn unknown(cx: &Context, name: &str) -> Stop {
    unknown::unknown(
        "collector or metric",
        name,
        unknown::collectors(cx).chain(unknown::metrics(cx)),
        "cargo campaign report --format json (lists the metrics)",
    )
}
