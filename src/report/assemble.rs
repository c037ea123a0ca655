//! Puts a [`Report`] together from two views, their comparison and the judgement.
//!
//! Nothing is judged here: values and verdicts are copied, and long lists are cut.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::collector::{self, Counts};
use crate::event::Outcome;
use crate::gate::Strictness;
use crate::metric::{
    Alike, Better, Catalogue, MetricRow, Reading, Unavailable, UnavailableKind, Unit, Value,
};
use crate::plan::Collector;
use crate::run::{Judged, Judgement, RunId, Verdict, View};
use crate::snapshot::{Comparison, Finding, Refusal};

use super::fingerprint::Fingerprints;
use super::object::{
    Campaign, Edited, Failed, Findings, Gate, Incomplete, Metric, Number, Place, Readiness, Report,
    Reused, Source, Stale, Subset, Tests,
};
use super::{SCHEMA, SCHEMA_VERSION, phrase};

/// The parts of a report.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Program and version: `cargo-campaign 0.1.0`.
    pub tool: &'a str,
    /// The campaign's name.
    pub campaign: &'a str,
    /// The version it leads to.
    pub release: Option<&'a str>,
    /// The git revision that gates and baseline come from; `None` for the working tree.
    pub revision: Option<&'a str>,
    /// Directory of the workspace in its git repository; `None` without git.
    pub directory: Option<&'a str>,
    /// The values now.
    pub head: &'a View,
    /// The values to compare with.
    pub baseline: Option<&'a View>,
    /// Head against baseline.
    pub comparison: Option<&'a Comparison>,
    /// The gates, judged.
    pub judgement: &'a Judgement,
    /// Titles, units and directions.
    pub catalogue: &'a Catalogue,
}

impl Report {
    /// Returns the report.
    pub fn new(inputs: &Inputs<'_>) -> Self {
        let head = Fingerprints::of(&inputs.head.snapshot.findings);
        let base = inputs.baseline.map(|base| &base.snapshot.findings);
        let base = Fingerprints::of(base.map_or(&[], Vec::as_slice));
        Self {
            schema: SCHEMA.to_owned(),
            schema_version: SCHEMA_VERSION.to_owned(),
            tool: inputs.tool.to_owned(),
            campaign: Campaign {
                name: inputs.campaign.to_owned(),
                release: inputs.release.map(str::to_owned),
                revision: inputs.revision.map(str::to_owned),
            },
            directory: inputs.directory.map(str::to_owned),
            run: source(inputs.head),
            baseline: inputs.baseline.map(source),
            verdict: match inputs.judgement.verdict() {
                Verdict::Waived => Verdict::Pass,
                verdict => verdict,
            },
            reason: phrase::tally(inputs.judgement),
            metrics: metrics(inputs),
            gates: inputs
                .judgement
                .gates
                .iter()
                .map(|gate| judged(gate, inputs.catalogue))
                .collect(),
            findings: inputs
                .comparison
                .map(|comparison| findings(comparison, &head, &base)),
            diagnostics: diagnostics(inputs.head, &head),
            tests: tests(inputs.head, inputs.baseline, inputs.comparison),
            notes: inputs.judgement.notes.clone(),
            readiness: None,
            subset: None,
            alerts: None,
            workstreams: None,
            milestones: None,
            risks: None,
            interrupted: false,
            unmeasured: Vec::new(),
        }
    }

    /// Returns the report as one on a part of the gates: `asked` are the names of the command line, and `others` is the number
    /// of configured gates that are not judged.
    #[must_use]
    pub fn of_subset(self, asked: Vec<String>, others: usize) -> Self {
        // One configured gate may have a verdict for each of several packages or metrics.
        let configured = self.gates.len() + others;
        let report = Self {
            subset: Some(Subset { asked, configured }),
            ..self
        };
        Self {
            reason: phrase::GateTally::from(&report).long(),
            ..report
        }
    }

    /// Returns the report of gates that need only these collectors. The results of the others were not looked up, so it must
    /// not claim that they have no new findings.
    #[must_use]
    pub fn of_needed(mut self, needed: &BTreeSet<Collector>) -> Self {
        let mut unneeded = BTreeSet::new();
        for metric in self.metrics.values_mut() {
            let Some(collector) = &metric.collector else {
                continue;
            };
            if needed.contains(collector) {
                continue;
            }
            unneeded.insert(collector.clone());
            if metric.value.is_none() {
                metric.unavailable.get_or_insert_with(|| Unavailable {
                    reason: phrase::NOT_NEEDED.to_owned(),
                    kind: UnavailableKind::NotNeeded,
                    ..Unavailable::default()
                });
            }
        }
        if let Some(findings) = &mut self.findings {
            let refusals = unneeded.into_iter().filter(has_findings).map(|collector| {
                let refusal = Refusal {
                    field: "measurement".to_owned(),
                    base: "recorded".to_owned(),
                    head: phrase::NOT_NEEDED.to_owned(),
                };
                (collector, refusal)
            });
            findings.refused.extend(refusals);
        }
        self
    }

    /// Returns the report as that of a release. `commands` measured its values, and `commit` was judged.
    #[must_use]
    pub fn for_release(
        self,
        version: String,
        commands: Vec<String>,
        commit: Option<String>,
    ) -> Self {
        let open = self.gates.iter().filter(|gate| {
            gate.level == Strictness::Deny
                && matches!(gate.verdict, Verdict::Fail | Verdict::NoVerdict)
        });
        let outstanding: Vec<String> = open.map(|gate| gate.id.clone()).collect();
        let ready = outstanding.is_empty() && !self.gates.is_empty();
        let campaign = Campaign {
            release: Some(version.clone()),
            ..self.campaign
        };
        Self {
            campaign,
            readiness: Some(Readiness {
                version,
                ready,
                outstanding,
                commands,
                commit,
            }),
            ..self
        }
    }
}

fn has_findings(collector: &Collector) -> bool {
    let mut metrics = collector::of(collector).metrics.iter();
    metrics.any(|metric| matches!(metric.counts, Some(Counts::Findings(_) | Counts::Files)))
}

fn source(view: &View) -> Source {
    let from = view.provenance.clone();
    Source {
        id: view.run.clone(),
        started: jiff::Timestamp::from_second(view.started)
            .unwrap_or_default()
            .to_string(),
        workspace: from.workspace,
        commit: from.commit,
        branch: from.branch,
        dirty: from.dirty,
        tree: from.tree,
        lock: from.lock,
        lints: from.lints,
        toolchain: from.toolchain,
        host: from.host,
        target: from.target,
        profile: from.profile,
        features: from.features,
        scope: from.scope,
        cargo_flags: from.cargo_flags,
        tool: from.tool,
        collectors: view.sources.clone(),
        stale: view
            .stale
            .iter()
            .map(|(collector, (run, differs))| {
                let stale = Stale {
                    run: run.clone(),
                    differs: differs.clone(),
                };
                (collector.clone(), stale)
            })
            .collect(),
    }
}

fn metrics(inputs: &Inputs<'_>) -> BTreeMap<String, Metric> {
    let views = [Some(inputs.head), inputs.baseline];
    let names: BTreeSet<&String> = views
        .into_iter()
        .flatten()
        .flat_map(|view| view.snapshot.metrics.keys())
        .collect();
    names
        .into_iter()
        .map(|name| (name.clone(), metric(name, inputs)))
        .collect()
}

fn metric(name: &str, inputs: &Inputs<'_>) -> Metric {
    let row = inputs.catalogue.get(name);
    let head = reading(name, row, inputs.head);
    let base = inputs.baseline.and_then(|view| reading(name, row, view));
    let base = base.as_deref();
    let stale = row.and_then(|row| inputs.head.stale.get(&row.collector));
    let stale = stale.map(|(run, differs)| Unavailable {
        reason: format!("only in an older run ({differs}, run {run})"),
        ..Unavailable::default()
    });
    let head = head.as_deref();
    let fresh = head.filter(|_| stale.is_none());
    Metric {
        title: title(name, row),
        value: fresh.and_then(measured),
        unit: row.map_or(Unit::Count, |row| row.unit.clone()),
        better: row.map_or(Better::None, |row| row.better),
        baseline: base.and_then(measured),
        unavailable: stale
            .or_else(|| head.and_then(unavailable))
            .or_else(|| row.and_then(|row| unset(name, row, inputs.head))),
        incomparable: row
            .filter(|_| fresh.is_some() && base.is_some())
            .and_then(|row| incomparable(row, name, inputs)),
        collector: row.map(|row| row.collector.clone()),
        packages: fresh.map(packages).unwrap_or_default(),
        baseline_packages: base.map(packages).unwrap_or_default(),
    }
}

/// Returns the reading of a metric.
fn reading<'a>(name: &str, row: Option<&MetricRow>, view: &'a View) -> Option<Cow<'a, Reading>> {
    let metrics = &view.snapshot.metrics;
    match row {
        Some(row) => row.reading(name, metrics),
        None => metrics.get(name).map(Cow::Borrowed),
    }
}
/// Returns the title of a metric: `bench api/parse` for `bench.api/parse.time`, where the name in the catalogue has a star.
fn title(name: &str, row: Option<&MetricRow>) -> String {
    let Some(row) = row else {
        return name.to_owned();
    };
    let Some((head, tail)) = row.name.split_once('*') else {
        return row.title.clone();
    };
    let id = name
        .strip_prefix(head)
        .and_then(|rest| rest.strip_suffix(tail))
        .unwrap_or(name);
    format!("{} {id}", row.title)
}

fn measured(reading: &Reading) -> Option<Number> {
    match reading.value {
        Value::Measured(value) => Number::of(value),
        Value::Unavailable(_) => None,
    }
}

fn unavailable(reading: &Reading) -> Option<Unavailable> {
    match &reading.value {
        Value::Measured(_) => None,
        Value::Unavailable(why) => Some(why.clone()),
    }
}

/// Returns why a metric was not measured that needs a setting.
fn unset(name: &str, row: &MetricRow, view: &View) -> Option<Unavailable> {
    let setting = collector::setting_needed(view, row)?;
    Some(Unavailable {
        reason: format!("{name} needs {setting}"),
        ..Unavailable::default()
    })
}

fn packages(reading: &Reading) -> BTreeMap<String, Number> {
    reading
        .packages
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), Number::of(*value)?)))
        .collect()
}

/// Returns why the two values of a metric must not be compared.
fn incomparable(row: &MetricRow, name: &str, inputs: &Inputs<'_>) -> Option<String> {
    let base = inputs.baseline?;
    let refused = inputs
        .comparison
        .and_then(|c| c.refused.get(&row.collector));
    if let Some(refusal) = refused.filter(|refusal| matters(refusal, row.alike)) {
        return Some(phrase::refusal(refusal));
    }
    // Findings and tests decide whether a collector is refused. Its times need more to be alike.
    if row.alike == Alike::Machine {
        unlike_times(name, base, inputs.head)
    } else {
        None
    }
}

/// Returns whether a difference in this field matters to a metric that needs these fields to be alike.
fn matters(refusal: &Refusal, alike: Alike) -> bool {
    match refusal.field.as_str() {
        "machine" => alike == Alike::Machine,
        "lint configuration" => alike == Alike::Toolchain,
        "toolchain" => alike != Alike::Settings,
        _ => true,
    }
}

/// Returns why two times must not be compared: they need the same compiler, the same class of machine, and about the
/// same share of units that were fresh.
fn unlike_times(name: &str, base: &View, head: &View) -> Option<String> {
    let (from, to) = (&base.provenance, &head.provenance);
    if from.toolchain.rustc != to.toolchain.rustc {
        return Some(format!(
            "toolchain: {}, now {}",
            phrase::rustc(&from.toolchain),
            phrase::rustc(&to.toolchain)
        ));
    }
    if from.host != to.host {
        return Some("measured on another machine".to_owned());
    }
    let (base, head) = (freshness(name, base), freshness(name, head));
    (!like_freshness(base, head)).then(|| {
        let (base, head) = (share(base), share(head));
        format!("units that were fresh: {base}, now {head}")
    })
}

/// Returns the share of units that were fresh when a time was measured.
fn freshness(name: &str, view: &View) -> Option<f64> {
    view.snapshot.metrics.get(name)?.spread.as_ref()?.fresh
}

fn share(fresh: Option<f64>) -> String {
    match fresh {
        Some(fresh) => format!("{:.0} %", fresh * 100.0),
        None => "unknown".to_owned(),
    }
}

/// Returns whether two builds were both warm, both cold, or in between to about the same degree. The judge has this rule,
/// too.
fn like_freshness(base: Option<f64>, head: Option<f64>) -> bool {
    match (base, head) {
        (None, None) => true,
        (Some(a), Some(b)) => a.min(b) >= 0.99 || a.max(b) <= 0.05 || (a - b).abs() <= 0.1 + 1e-9,
        _ => false,
    }
}

fn judged(gate: &Judged, catalogue: &Catalogue) -> Gate {
    let row = catalogue.get(&gate.metric);
    Gate {
        id: gate.id.clone(),
        group: gate.group.clone(),
        metric: gate.metric.clone(),
        title: if row.is_some() {
            title(&gate.metric, row)
        } else {
            gate.title.clone()
        },
        package: gate.package.clone(),
        require: gate.require.clone(),
        level: gate.level,
        verdict: gate.verdict,
        lack: gate.lack,
        reason: gate.reason.clone(),
        value: gate.value.and_then(Number::of),
        baseline: gate.baseline.and_then(Number::of),
        bound: gate.bound.and_then(Number::of),
        ratio: gate.ratio,
        unit: gate.unit.clone(),
        better: gate.better,
        run: gate.run.clone(),
        evidence: gate.evidence.clone(),
        help: gate.help.clone(),
        file: gate.file.clone(),
        line: gate.line,
    }
}

fn findings(comparison: &Comparison, head: &Fingerprints<'_>, base: &Fingerprints<'_>) -> Findings {
    let changes = &comparison.findings;
    Findings {
        new: changes.new.iter().map(|new| place(new, head)).collect(),
        fixed: changes
            .fixed
            .iter()
            .map(|fixed| place(fixed, base))
            .collect(),
        changed: changes
            .changed
            .iter()
            .map(|(from, to)| Edited {
                from: place(from, base),
                to: place(to, head),
            })
            .collect(),
        moved: changes.moved.len(),
        refused: comparison.refused.clone(),
    }
}

/// Returns the findings of the collectors that measured these sources.
fn diagnostics(view: &View, fingerprints: &Fingerprints<'_>) -> Vec<Place> {
    let findings = view.snapshot.findings.iter();
    findings
        .filter(|finding| !view.stale.contains_key(&finding.collector))
        .map(|finding| place(finding, fingerprints))
        .collect()
}

fn place(finding: &Finding, fingerprints: &Fingerprints<'_>) -> Place {
    Place {
        collector: finding.collector.clone(),
        package: finding.package.clone(),
        file: finding.file.clone(),
        line: finding.line,
        column: finding.column,
        code: finding.code.clone(),
        level: finding.level,
        item: finding.item.clone(),
        message: finding.message.clone(),
        fingerprint: fingerprints.get(finding),
    }
}

/// Returns whether tests were run on these sources. Without a run no test counts as lost.
fn has_tests(view: &View) -> bool {
    let ran = match number_of_tests(view) {
        Some(total) => match &total.value {
            Value::Measured(_) => true,
            Value::Unavailable(why) => why.at_least.is_some(),
        },
        None => false,
    };
    ran && !view.stale.contains_key(&collector::of_tests())
}

fn number_of_tests(view: &View) -> Option<&Reading> {
    let total = collector::of(&collector::of_tests()).total?;
    view.snapshot.metrics.get(total)
}

/// Returns whether every test of the selected packages is known.
fn has_all_tests(view: &View) -> bool {
    let is_measured =
        number_of_tests(view).is_some_and(|total| matches!(total.value, Value::Measured(_)));
    is_measured && view.snapshot.incomplete.is_empty()
}

/// Returns the changed tests. If tests are unknown on either side, an empty list would claim that
/// there are none.
fn changed(tests: &[String], is_complete: bool) -> Option<Vec<String>> {
    (is_complete || !tests.is_empty()).then(|| tests.to_vec())
}

fn tests(view: &View, baseline: Option<&View>, comparison: Option<&Comparison>) -> Tests {
    let compared = comparison.filter(|comparison| {
        let refusal = comparison.refused.get(&collector::of_tests());
        has_tests(view) && !refusal.is_some_and(|refusal| matters(refusal, Alike::Settings))
    });
    let is_complete = has_all_tests(view) && baseline.is_some_and(has_all_tests);
    let head = &view.snapshot;
    let [failed, flaky] = [Outcome::Failed, Outcome::Flaky].map(|outcome| {
        let tests = head.tests.iter();
        let tests = tests.filter(move |(_, test)| test.outcome == outcome);
        tests.map(|(id, test)| Failed {
            test: id.clone(),
            package: test.package.clone(),
            output: test.output.clone(),
        })
    });
    let incomplete = head.incomplete.iter().map(|(suite, reason)| Incomplete {
        suite: suite.clone(),
        reason: reason.clone(),
    });
    let reused = head.reused.iter().map(|(suite, run)| Reused {
        suite: suite.clone(),
        run: RunId(run.clone()),
    });
    Tests {
        failed: failed.collect(),
        flaky: flaky.collect(),
        regressed: compared.and_then(|c| changed(&c.regressed, is_complete)),
        vanished: compared.and_then(|c| changed(&c.vanished, is_complete)),
        newly_ignored: compared.and_then(|c| changed(&c.newly_ignored, is_complete)),
        repaired: compared.and_then(|c| changed(&c.repaired, is_complete)),
        added: compared.and_then(|c| changed(&c.added, is_complete)),
        incomplete: incomplete.collect(),
        reused: reused.collect(),
    }
}
