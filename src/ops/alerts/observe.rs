//! The result of a recorded run for each rule of `[[alert]]`.

use std::collections::{BTreeMap, BTreeSet};

use crate::alert::{
    AlertKey, AlertRule, Alerts, Confirm, ErrorRole, Fact, Good, Observation, Outcome,
};
use crate::collector;
use crate::gate::{Condition, Gate, Op, Operand, Reference, Shift};
use crate::judge::{self, Evidence};
use crate::metric::{Alike, Better, MetricRow, Reading, Unavailable, Value};
use crate::notification::Severity;
use crate::ops::Context;
use crate::ops::evaluate::{self, view};
use crate::ops::measure::{provenance, request};
use crate::plan::Collector;
use crate::report::Look;
use crate::report::figure::figure;
use crate::run::{Judged, Lack, Run, View};
use crate::snapshot::Comparison;
use crate::store::PinName;

/// The settings of a collector that alerts are about, with the name of the series: empty for the
/// configured build, else the options of a job of the schedule.
pub(super) type SeriesByCollector = BTreeMap<Collector, Vec<(String, String)>>;

/// What all observations share.
pub(super) struct Observer<'a> {
    cx: &'a Context,
    /// See [`SeriesByCollector`].
    pub(super) series: SeriesByCollector,
    baseline: Option<View>,
    /// The rules and metrics and packages whose condition holds in the baseline.
    known: BTreeMap<(String, String, Option<String>), Known>,
}

/// A condition that holds in the baseline.
#[derive(Clone, Copy)]
struct Known {
    /// When the baseline was measured, in Unix seconds.
    since: i64,
    /// The accepted value.
    value: f64,
}

impl<'a> Observer<'a> {
    pub(super) fn new(cx: &'a Context) -> Self {
        // A baseline that cannot be used is reported where gates are judged.
        let baseline = cx.pinned(PinName::Baseline).ok().flatten();
        let mut observer = Self {
            series: series(cx),
            baseline: baseline.map(|pin| pin.view),
            known: BTreeMap::new(),
            cx,
        };
        observer.known = observer.all_known();
        observer
    }

    /// Returns the collectors that measure what rules are about.
    pub(super) fn is_needed(&self, collector: &Collector) -> bool {
        self.series.contains_key(collector)
    }

    /// Returns the name of the series that a run belongs to, for each collector that rules are about.
    /// It is empty for a run with build options that are not configured.
    pub(super) fn configured_series(&self, run: &Run) -> BTreeMap<Collector, String> {
        match self.is_of_configured_build(run) {
            true => self.series_of(run),
            false => BTreeMap::new(),
        }
    }

    /// Returns the name of the series that a run belongs to, for each collector of it.
    pub(super) fn series_of(&self, run: &Run) -> BTreeMap<Collector, String> {
        let settings = run.plan.settings.iter();
        settings
            .filter_map(|(collector, digest)| {
                let all = self.series.get(collector)?;
                let (name, _) = all.iter().find(|(_, known)| known == digest)?;
                Some((collector.clone(), name.clone()))
            })
            .collect()
    }

    /// Returns the result of a run for the rules about the collectors of `series`.
    pub(super) fn observe(
        &self,
        run: &Run,
        series: &BTreeMap<Collector, String>,
        alerts: &Alerts,
    ) -> Observation {
        let head = view::of_run(self.cx, run);
        let rules = &self.cx.config().alerts;
        let needs_comparison = rules.iter().any(|rule| self.is_derived(&rule.gate));
        let comparison = self
            .baseline
            .as_ref()
            .filter(|_| needs_comparison)
            .map(|baseline| evaluate::compare(self.cx, baseline, &head));
        let mut facts = Vec::new();
        for rule in rules {
            facts.extend(self.facts(rule, run, &head, comparison.as_ref(), series, alerts));
        }
        Observation {
            at: run.started,
            run: run.id.clone(),
            commit: run.provenance.commit.clone(),
            facts,
        }
    }

    /// Returns whether a run has the build options of `campaign.toml` or of a job of the schedule. The
    /// settings of custom collectors do not contain them.
    fn is_of_configured_build(&self, run: &Run) -> bool {
        let from = &run.provenance;
        let jobs = self.cx.config().schedule.jobs.iter();
        let builds = jobs.filter_map(|job| job.build.as_ref());
        let mut builds = builds.chain([&self.cx.options.configured_build]);
        builds.any(|build| {
            from.target == build.target
                && from.profile == provenance::profile(build)
                && from.features == provenance::features(build)
        })
    }

    fn is_derived(&self, gate: &Gate) -> bool {
        let rows = self.cx.catalogue().matching(&gate.metric);
        rows.iter().any(|row| row.derived)
    }

    /// Returns the result of a run for a rule.
    fn facts(
        &self,
        rule: &AlertRule,
        run: &Run,
        head: &View,
        comparison: Option<&Comparison>,
        series: &BTreeMap<Collector, String>,
        alerts: &Alerts,
    ) -> Vec<Fact> {
        let earlier = self.earlier(rule, head, series, alerts);
        let evidence = Evidence {
            head,
            baseline: self.baseline.as_ref(),
            comparison,
            previous: &earlier,
            best: &earlier,
            today: "",
        };
        let judge = |gate: &Gate| {
            let gate = std::slice::from_ref(gate);
            judge::judge(gate, &[], self.cx.catalogue(), &evidence).gates
        };
        let mut judged = judge(&rule.gate);
        for gate in vanished(rule, &judged, alerts) {
            judged.extend(judge(&gate));
        }
        let worse = self.worse(rule, &judged, &evidence);
        let facts = judged.iter().filter_map(|judged| {
            let mut fact = self.fact(rule, judged, &worse, head, series)?;
            if fact.outcome == Outcome::Unknown && self.is_gone(&judged.metric, run) {
                fact.outcome = Outcome::Gone;
                fact.detail = "it is not measured any more".to_owned();
            }
            Some(fact)
        });
        facts.collect()
    }

    /// Returns whether a run that measured a family completely has no value of this member, as of a program with another
    /// name.
    fn is_gone(&self, metric: &str, run: &Run) -> bool {
        let row = self.cx.catalogue().get(metric);
        row.is_some_and(|row| {
            row.name.contains('*')
                && !run.snapshot.metrics.contains_key(metric)
                && run.is_whole_of(&row.collector)
        })
    }

    /// Returns the metrics and packages that are worse than the value that the baseline accepted. Where
    /// values are noisy, the difference must be as clear as for a gate.
    fn worse(
        &self,
        rule: &AlertRule,
        judged: &[Judged],
        evidence: &Evidence<'_>,
    ) -> BTreeSet<(String, Option<String>)> {
        let op = match rule.gate.require.op {
            Op::Less | Op::AtMost => Op::AtMost,
            Op::AtLeast | Op::More => Op::AtLeast,
            // While the condition holds, the value is the accepted one.
            Op::Equal => return BTreeSet::new(),
        };
        if judged.iter().all(|one| self.known(rule, one).is_none()) {
            return BTreeSet::new();
        }
        let no_worse = Gate {
            require: Condition {
                op,
                operand: Operand::Reference(Reference::Baseline, Shift::Zero),
                ..rule.gate.require.clone()
            },
            ..rule.gate.clone()
        };
        let compared = judge::judge(&[no_worse], &[], self.cx.catalogue(), evidence);
        let is_worse = |one: &&Judged| {
            let Some(known) = self.known(rule, one) else {
                return false;
            };
            let row = self.cx.catalogue().get(&one.metric);
            if row.is_some_and(|row| row.alike == Alike::Machine) {
                let mut compared = compared.gates.iter();
                let compared = compared.find(|other| is_same(other, one));
                return compared.is_some_and(|one| rule.outcome(one.verdict) == Outcome::Holds);
            }
            // A part that was measured can only be too high already.
            let least = one.at_least.filter(|_| op == Op::AtMost);
            let value = one.value.or(least);
            value.is_some_and(|value| !op.holds(value, known.value))
        };
        let worse = judged.iter().filter(is_worse);
        worse
            .map(|one| (one.metric.clone(), one.package.clone()))
            .collect()
    }

    /// Returns the value that the baseline accepted for a condition.
    fn known(&self, rule: &AlertRule, judged: &Judged) -> Option<Known> {
        let key = (
            rule.identity(),
            judged.metric.clone(),
            judged.package.clone(),
        );
        self.known.get(&key).copied()
    }

    /// Returns the fact about one metric. `None` if the run did not measure its collector with
    /// settings that alerts are about.
    fn fact(
        &self,
        rule: &AlertRule,
        judged: &Judged,
        worse: &BTreeSet<(String, Option<String>)>,
        head: &View,
        series: &BTreeMap<Collector, String>,
    ) -> Option<Fact> {
        let row = self.cx.catalogue().get(&judged.metric)?;
        let series = series.get(&row.collector)?;
        let key = AlertKey {
            rule: rule.identity(),
            series: series.clone(),
            metric: judged.metric.clone(),
            package: judged.package.clone(),
        };
        let noisy = row.alike == Alike::Machine;
        let known = self.known(rule, judged);
        let is_worse = worse.contains(&(judged.metric.clone(), judged.package.clone()));
        Some(Fact {
            id: id(&judged.id, series),
            severity: rule.severity,
            deliver: rule.deliver,
            confirm: rule.confirm.unwrap_or(Confirm::Runs(1 + u32::from(noisy))),
            outcome: outcome(rule, judged),
            known_since: known.filter(|_| !is_worse).map(|known| known.since),
            role: role(row, judged),
            better: row.better,
            reading: reading(row, head, &key),
            detail: detail(rule, judged, known.filter(|_| is_worse)),
            places: judged.evidence.clone(),
            key,
        })
    }

    /// Returns the values that the condition of a rule refers to: of measurements in which it did
    /// not hold, and which can be compared with this one. A member of a family that no measurement had is zero.
    fn earlier(
        &self,
        rule: &AlertRule,
        head: &View,
        series: &BTreeMap<Collector, String>,
        alerts: &Alerts,
    ) -> BTreeMap<String, Reading> {
        let Operand::Reference(reference, _) = &rule.gate.require.operand else {
            return BTreeMap::new();
        };
        let mut found: BTreeMap<String, Reading> = BTreeMap::new();
        let mut new: BTreeMap<String, Reading> = BTreeMap::new();
        let own = of_rule(rule, alerts);
        for alert in own.clone() {
            let good = match reference {
                Reference::Previous => &alert.previous,
                Reference::Best => &alert.best,
                Reference::Baseline => return BTreeMap::new(),
            };
            let (Some(good), Some(row)) = (good, self.cx.catalogue().get(&alert.key.metric)) else {
                continue;
            };
            if series.get(&row.collector) != Some(&alert.key.series) {
                continue;
            }
            let Some(run) = self.comparable_run(row, good, head) else {
                continue;
            };
            add(&mut found, &alert.key, good);
            for name in head.snapshot.metrics.keys().filter(|name| row.covers(name)) {
                let is_new = own.clone().all(|alert| alert.key.metric != *name);
                let zero = row.reading(name, &run.snapshot.metrics);
                if let Some(zero) = zero.filter(|_| is_new) {
                    new.insert(name.clone(), zero.into_owned());
                }
            }
        }
        new.extend(found);
        new
    }

    /// Returns the run of a value if it can be compared with this one.
    fn comparable_run(&self, row: &MetricRow, good: &Good, head: &View) -> Option<Run> {
        let run = self.cx.store.load(&good.run).ok()?;
        let (then, now) = (&run.provenance, &head.provenance);
        let is_alike = judge::unlike(row.alike, then, now, &row.collector).is_none();
        is_alike.then_some(run)
    }

    /// Returns the facts about packages that a run of the whole workspace does not have any more.
    pub(super) fn removed(run: &Run, alerts: &Alerts) -> Vec<Fact> {
        let members = &run.provenance.members;
        if members.is_empty() || !run.provenance.scope.is_empty() {
            return Vec::new();
        }
        let open = alerts.all().iter().filter(|alert| alert.since().is_some());
        let removed = open.filter(|alert| {
            let package = alert.key.package.as_ref();
            package.is_some_and(|package| !members.contains(package))
        });
        removed
            .map(|alert| Fact {
                key: alert.key.clone(),
                id: alert.id.clone(),
                severity: alert.severity,
                deliver: alert.deliver,
                confirm: Confirm::Runs(1),
                outcome: Outcome::Gone,
                known_since: None,
                role: alert.role,
                better: Better::None,
                reading: None,
                detail: "its package was removed".to_owned(),
                places: Vec::new(),
            })
            .collect()
    }

    /// Returns the conditions that hold in the baseline. It accepts its value also for a condition on earlier values, which
    /// it does not have.
    fn all_known(&self) -> BTreeMap<(String, String, Option<String>), Known> {
        let mut known = BTreeMap::new();
        let Some(baseline) = &self.baseline else {
            return known;
        };
        let none = BTreeMap::new();
        let evidence = Evidence {
            head: baseline,
            baseline: None,
            comparison: None,
            previous: &none,
            best: &none,
            today: "",
        };
        for rule in &self.cx.config().alerts {
            let gate = std::slice::from_ref(&rule.gate);
            let judgement = judge::judge(gate, &[], self.cx.catalogue(), &evidence);
            for judged in judgement.gates {
                let is_known = is_of_earlier(rule) && rule.gate.require.op != Op::Equal
                    || rule.outcome(judged.verdict) == Outcome::Holds;
                if let Some(value) = judged.value.or(judged.at_least).filter(|_| is_known) {
                    let key = (rule.identity(), judged.metric, judged.package);
                    let since = baseline.started;
                    known.insert(key, Known { since, value });
                }
            }
        }
        known
    }
}

/// Adds a value to those that a condition refers to.
fn add(found: &mut BTreeMap<String, Reading>, key: &AlertKey, good: &Good) {
    let reading = found.entry(key.metric.clone()).or_insert_with(|| {
        let value = Value::Unavailable(Unavailable {
            reason: "only packages have a value".to_owned(),
            ..Unavailable::default()
        });
        Reading {
            value,
            packages: BTreeMap::new(),
            spread: None,
        }
    });
    match (&key.package, &good.reading.value) {
        (Some(package), Value::Measured(value)) => {
            reading.packages.insert(package.clone(), *value);
        }
        (Some(_), Value::Unavailable(_)) => {}
        (None, value) => {
            reading.value = value.clone();
            reading.spread.clone_from(&good.reading.spread);
        }
    }
}

/// Returns the value of an alert's metric, which later measurements are compared with.
fn reading(row: &MetricRow, head: &View, key: &AlertKey) -> Option<Reading> {
    let reading = row.reading(&key.metric, &head.snapshot.metrics)?;
    match &key.package {
        Some(package) => reading.packages.get(package).copied().map(Reading::exact),
        None => Some(Reading {
            packages: BTreeMap::new(),
            ..reading.into_owned()
        }),
    }
}

/// Returns whether a rule refers to earlier values.
const fn is_of_earlier(rule: &AlertRule) -> bool {
    matches!(
        rule.gate.require.operand,
        Operand::Reference(Reference::Previous | Reference::Best, _)
    )
}

/// Returns the alerts of a rule.
fn of_rule<'a>(
    rule: &AlertRule,
    alerts: &'a Alerts,
) -> impl Iterator<Item = &'a crate::alert::Alert> + Clone {
    let identity = rule.identity();
    let all = alerts.all().iter();
    all.filter(move |alert| alert.key.rule == identity)
}

/// Returns a gate for each metric that has an alert of a rule with `*` and that was not judged, because it has no value any
/// more.
fn vanished(rule: &AlertRule, judged: &[Judged], alerts: &Alerts) -> Vec<Gate> {
    let names: BTreeSet<&String> = of_rule(rule, alerts)
        .map(|alert| &alert.key.metric)
        .filter(|name| judged.iter().all(|one| one.metric != **name))
        .collect();
    let gates = names.into_iter().map(|name| Gate {
        id: rule.gate.id.replacen(&rule.gate.metric, name, 1),
        metric: name.clone(),
        ..rule.gate.clone()
    });
    gates.collect()
}

fn outcome(rule: &AlertRule, judged: &Judged) -> Outcome {
    let is_uncompared = matches!(judged.lack, Some(Lack::Missing | Lack::Incomparable));
    match rule.outcome(judged.verdict) {
        Outcome::Unknown if is_of_earlier(rule) && is_uncompared && judged.value.is_some() => {
            Outcome::First
        }
        outcome => outcome,
    }
}

/// Returns how an alert relates to compile errors, from the collector that measures its metric. A condition on the number of
/// errors can also hold without any.
fn role(row: &MetricRow, judged: &Judged) -> ErrorRole {
    let definition = collector::of(&row.collector);
    let metric = definition.metric(&judged.metric);
    match metric.is_some_and(|metric| metric.is_blocking) {
        true if judged.value == Some(0.0) => ErrorRole::Independent,
        true => ErrorRole::Blocking,
        false => role_of(&row.collector),
    }
}

/// Returns how the other metrics of a collector relate to compile errors.
pub(super) fn role_of(collector: &Collector) -> ErrorRole {
    match collector::of(collector).takes_build_options() {
        true => ErrorRole::Following,
        false => ErrorRole::Independent,
    }
}

/// Returns the name of an alert: that of the gate, and the options of its build.
pub(super) fn id(gate: &str, series: &str) -> String {
    let options = series.split_whitespace();
    let options = options.map(|option| option.trim_start_matches('-'));
    let options: Vec<&str> = options.collect();
    match options.is_empty() {
        true => gate.to_owned(),
        false => format!("{gate}+{}", options.join("-")),
    }
}

/// Returns whether two judgements are about the same metric and package.
fn is_same(one: &Judged, other: &Judged) -> bool {
    (&one.metric, &one.package) == (&other.metric, &other.package)
}

/// Returns the value and the condition: `14, alert when > previous (12)`; with the value that the baseline
/// accepted: `14 (12 in the baseline), alert when > 10`.
fn detail(rule: &AlertRule, judged: &Judged, accepted: Option<Known>) -> String {
    let shown = |value: f64| figure(value, &judged.unit, Look::PLAIN.signs());
    let value = match (judged.value, judged.at_least) {
        (Some(value), _) => shown(value),
        (None, Some(least)) => format!("at least {}", shown(least)),
        (None, None) => judged.reason.clone(),
    };
    let value = match accepted {
        Some(known) => format!("{value} ({} in the baseline)", shown(known.value)),
        None => value,
    };
    let condition = &rule.gate.require.text;
    let bound = match (&rule.gate.require.operand, judged.bound) {
        (Operand::Reference(..), Some(bound)) => format!(" ({})", shown(bound)),
        _ => String::new(),
    };
    match rule.severity {
        // A good state is no reason to be alert.
        Severity::Info => format!("{value} ({condition}{bound})"),
        Severity::Critical | Severity::Warning => {
            format!("{value}, alert when {condition}{bound}")
        }
    }
}

/// Returns the series of the collectors that rules are about.
fn series(cx: &Context) -> SeriesByCollector {
    let rules = cx.config().alerts.iter();
    let gates: Vec<&Gate> = rules.map(|rule| &rule.gate).collect();
    let mut series = SeriesByCollector::new();
    for collector in evaluate::needed(gates, cx.catalogue()) {
        let mut names = Vec::new();
        let default = cx.options.configured_build.clone();
        names.extend(
            request::build_settings(cx, default, &collector).map(|digest| (String::new(), digest)),
        );
        let jobs = cx.config().schedule.jobs.iter();
        for job in jobs.filter(|job| job.collector == collector) {
            let Some(build) = &job.build else { continue };
            let digest = request::build_settings(cx, build.clone(), &collector);
            let is_new = |digest: &String| names.iter().all(|(_, known)| known != digest);
            if let Some(digest) = digest.filter(is_new) {
                names.push((job.args.join(" "), digest));
            }
        }
        series.insert(collector, names);
    }
    series
}
