//! Checks the names in gates, alerts, waivers and rules of a release against what exists: packages, lints, benchmarks and tests.
//!
//! A gate on a name that does not exist could only pass, and an alert never fire, because nothing is counted for it. This is an error in the
//! configuration and is reported like any other, with its place.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::collector::{self, Family, Metric};
use crate::gate::{Gate, Waiver};
use crate::glob;
use crate::ops::Context;
use crate::options::mistake::{Invalid, Mistake};
use crate::options::{Refused, spelling};
use crate::plan::Collector;
use crate::probe;
use crate::run::View;
use crate::store::PinName;
use crate::workstream::Workstream;

/// Name of the cache of clippy's lints. Its first line is their toolchain.
const LINTS: &str = "lints";

/// The noun for the names in `clippy.lint.*`.
const LINT: &str = "clippy lint";

/// A name in a gate or waiver, or a pattern over names.
struct Named<'a> {
    /// `package`, `clippy lint`.
    what: &'static str,
    name: &'a str,
    /// The configuration file, and the 1-based line at or after which the name is found.
    file: &'a str,
    line: u32,
    /// The text before the name, or before the value of its table.
    before: &'static str,
}

/// A name that does not exist, or a pattern that matches none.
struct Unknown<'a> {
    named: Named<'a>,
    /// The name that was probably meant.
    nearest: Option<String>,
}

/// Checks the names of packages and lints.
///
/// # Errors
/// Every unknown name, each with its place in the configuration.
pub(crate) fn check<'m>(cx: &Context, members: impl IntoIterator<Item = &'m str>) -> Result<()> {
    let (gates, config) = (gates(cx), cx.config());
    let members: BTreeSet<&str> = members.into_iter().collect();
    let packages = gates.iter().filter_map(|gate| {
        Some(of_gate(
            gate,
            "package",
            gate.package.as_deref()?,
            "package",
        ))
    });
    let waived = config
        .waivers
        .iter()
        .filter_map(|waiver| Some(of_waiver(waiver, "package", waived_package(waiver)?)));
    let mut unknown = unknown(
        packages.chain(waived).filter(|named| named.name != "*"),
        &members,
    );
    let lints_of = gates
        .iter()
        .filter_map(|gate| Some(of_gate(gate, LINT, lint(&gate.metric)?, "")));
    let waived = config
        .waivers
        .iter()
        .filter_map(|waiver| Some(of_waiver(waiver, LINT, lint(&waiver.gate)?)));
    let named: Vec<_> = lints_of
        .chain(waived)
        .filter(|named| named.name != "*")
        .collect();
    if !named.is_empty() {
        let known = lints(cx);
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        unknown.extend(self::unknown(named, &known));
    }
    refuse(cx, &unknown)
}

/// Checks the names of packages in `[[release.replace]]`, whose rules would never apply.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_replaced<'m>(
    cx: &Context,
    members: impl IntoIterator<Item = &'m str>,
) -> Result<()> {
    let rules = cx.config().releases.replace.iter();
    let named = rules.filter_map(|rule| {
        Some(Named {
            what: "package",
            name: rule.package.as_deref()?,
            file: &rule.asked,
            line: rule.line,
            before: "package",
        })
    });
    refuse(cx, &unknown(named, &members.into_iter().collect()))
}

/// Checks all names against the view of the tree as it is.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_view(cx: &Context, head: &View) -> Result<()> {
    // Values of another tree say nothing about which names exist now.
    if !head.stale.is_empty() || head.provenance.members.is_empty() {
        return Ok(());
    }
    check(cx, head.provenance.members.iter().map(String::as_str))?;
    let gates = gates(cx);
    let baseline = cx.pinned(PinName::Baseline)?.map(|pin| pin.view);
    let mut unknown = Vec::new();
    for (collector, family) in families() {
        let views = [Some(head), baseline.as_ref()].into_iter().flatten();
        let known: BTreeSet<String> = views.flat_map(|view| names(view, family)).collect();
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        // Values of some packages do not show which programs the others have.
        let is_of_program = matches!(
            family.family,
            Some(Family::BuiltFile | Family::Command | Family::Package)
        );
        let is_narrow = is_of_program && !head.provenance.scope.is_empty();
        if known.is_empty() || is_narrow || !head.sources.contains_key(&collector) {
            continue;
        }
        let named = gates.iter().filter_map(|gate| {
            let name = member(family, &gate.metric)?;
            Some(of_gate(gate, noun(family)?, name, ""))
        });
        unknown.extend(self::unknown(named, &known));
    }
    refuse(cx, &unknown)
}

/// Returns the metrics whose names contain that of a test or a benchmark, each with its collector.
fn families() -> Vec<(Collector, &'static Metric)> {
    let mut families = Vec::new();
    for definition in collector::ALL {
        let metrics = definition.metrics.iter();
        let named = metrics.filter(|metric| noun(metric).is_some());
        families.extend(named.map(|metric| (definition.collector(), metric)));
    }
    families
}

/// Returns the word for the names that the `*` of a metric matches. `None` for a metric without one, and for lints,
/// which are known without a measurement.
fn noun(metric: &Metric) -> Option<&'static str> {
    match metric.family? {
        Family::Benchmark => Some("benchmark"),
        Family::Test => Some("test"),
        Family::BuiltFile => Some("executable or library"),
        Family::Command => Some("command"),
        Family::Package => Some("package"),
        Family::Lint => None,
    }
}

/// Returns the part of a metric's name that the `*` of its family matches.
fn member<'a>(family: &Metric, name: &'a str) -> Option<&'a str> {
    let (prefix, suffix) = family.name.split_once('*')?;
    name.strip_prefix(prefix)?.strip_suffix(suffix)
}

/// Returns the names that a view knows of a family, in the spelling of metrics.
fn names(view: &View, family: &Metric) -> Vec<String> {
    if family.family == Some(Family::Test) {
        let ids = view.snapshot.tests.keys();
        return ids.map(|id| id.replace(char::is_whitespace, "_")).collect();
    }
    let metrics = view.snapshot.metrics.keys();
    metrics
        .filter_map(|name| member(family, name))
        .map(str::to_owned)
        .collect()
}

/// Returns all gates, including those of workstreams, risks and alerts.
fn gates(cx: &Context) -> Vec<&Gate> {
    let config = cx.config();
    let of_workstreams = config.workstreams.iter().flat_map(Workstream::all_gates);
    let of_milestones = config.milestones.iter().flat_map(|one| &one.gates);
    let of_risks = config.risks.iter().flat_map(|risk| &risk.trigger);
    let of_alerts = config.alerts.iter().map(|rule| &rule.gate);
    config
        .gates
        .iter()
        .chain(of_workstreams)
        .chain(of_milestones)
        .chain(of_risks)
        .chain(of_alerts)
        .collect()
}

fn of_gate<'a>(
    gate: &'a Gate,
    what: &'static str,
    name: &'a str,
    before: &'static str,
) -> Named<'a> {
    Named {
        what,
        name,
        file: &gate.file,
        line: gate.line,
        before,
    }
}

fn of_waiver<'a>(waiver: &'a Waiver, what: &'static str, name: &'a str) -> Named<'a> {
    Named {
        what,
        name,
        file: &waiver.file,
        line: waiver.line,
        before: "gate",
    }
}

/// Returns the lint, or the pattern over lints, in a metric or a gate's id.
fn lint(id: &str) -> Option<&str> {
    let name = id.strip_prefix("clippy.lint.")?;
    Some(name.split(['@', '#']).next().unwrap_or(name))
}

/// Returns the package in the id of a waived gate: `loc.code@core`, `loc.code@core#2`.
fn waived_package(waiver: &Waiver) -> Option<&str> {
    let (_, package) = waiver.gate.split_once('@')?;
    Some(package.split('#').next().unwrap_or(package))
}

/// Returns the names that do not exist, and the patterns that match none.
fn unknown<'a>(
    named: impl IntoIterator<Item = Named<'a>>,
    known: &BTreeSet<&str>,
) -> Vec<Unknown<'a>> {
    // If the names could not be listed, none is refused.
    let missing = named.into_iter().filter(|named| {
        !known.is_empty() && !known.iter().any(|name| glob::matches(named.name, name))
    });
    missing
        .map(|named| {
            let plain = named.name.replace('*', "");
            let nearest = spelling::nearest(&plain, known.iter().copied()).map(str::to_owned);
            Unknown { named, nearest }
        })
        .collect()
}

/// Returns the lints of clippy in the spelling of metrics; none if clippy cannot be run. The list is cached per toolchain.
fn lints(cx: &Context) -> BTreeSet<String> {
    let toolchain = cx.toolchain_key();
    let cached = cx
        .store
        .cached(LINTS)
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let cached = cached
        .as_deref()
        .and_then(|text| text.strip_prefix(&toolchain)?.strip_prefix('\n'));
    if let Some(text) = cached {
        return text.lines().map(str::to_owned).collect();
    }
    let lints = probe::clippy_lints(&cx.probe());
    if !lints.is_empty() {
        let lines: Vec<&str> = lints.iter().map(String::as_str).collect();
        let _ = cx.store.cache(
            LINTS,
            format!("{toolchain}\n{}", lines.join("\n")).as_bytes(),
        );
    }
    lints
}

/// Returns the error about unknown names, with their lines in the configuration.
fn refuse(cx: &Context, unknown: &[Unknown<'_>]) -> Result<()> {
    let Some(first) = unknown.first() else {
        return Ok(());
    };
    let text = cx.options.text.clone();
    let mistakes = unknown
        .iter()
        .map(|unknown| mistake(unknown, &text))
        .collect();
    Err(Refused::from(Invalid {
        file: first.named.file.to_owned(),
        text,
        mistakes,
    })
    .into())
}

fn mistake(unknown: &Unknown<'_>, text: &str) -> Mistake {
    let Unknown {
        named:
            Named {
                what,
                name,
                line,
                before,
                ..
            },
        nearest,
    } = unknown;
    let line: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1) as usize)
        .map(str::len)
        .sum();
    // The package of a gate stands after its metric, which may contain the same word.
    let from = line + text[line..].find(before).unwrap_or(0);
    let at = text[from..]
        .find(name)
        .map_or(line..line, |at| from + at..from + at + name.len());
    let label = match nearest {
        Some(name) => spelling::did_you_mean(name),
        None if name.contains('*') => "matches nothing".to_owned(),
        None => format!("no such {what}"),
    };
    Mistake::new(at, spelling::unknown(what, name), label)
}
