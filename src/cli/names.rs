//! Checks the names in gates against what exists: packages, lints, benchmarks and tests.
//!
//! A gate on a name that nobody has could only ever pass: nothing is counted for it. That is a mistake in the
//! configuration and is shown like any other, with its place.

use std::collections::BTreeSet;

use anyhow::Result;

use super::session::Session;
use crate::drive::probe;
use crate::gate::Gate;
use crate::options::mistake::{Invalid, Mistake};
use crate::options::{Refused, spelling};
use crate::plan::Collector;
use crate::report::text::excerpt;
use crate::run::View;
use crate::store::PinName;

/// The cache of clippy's lints; its first line is the toolchain they belong to.
const LINTS: &str = "lints";

/// A name in a gate that does not exist.
struct Unknown<'a> {
    gate: &'a Gate,
    /// `package`, `clippy lint`.
    what: &'static str,
    name: &'a str,
    /// The name that was probably meant.
    nearest: Option<String>,
}

/// Checks the names of packages and lints.
///
/// # Errors
/// Every unknown name, each with its place in the configuration.
pub(super) fn check<'m>(session: &Session, members: impl IntoIterator<Item = &'m str>) -> Result<()> {
    let gates = gates(session);
    let members: BTreeSet<&str> = members.into_iter().collect();
    let packages = gates.iter().filter_map(|gate| Some((*gate, "package", gate.package.as_deref()?)));
    let mut unknown = unknown(packages.filter(|(_, _, name)| *name != "*"), &members);
    let named: Vec<_> = gates.iter().filter_map(|gate| Some((*gate, "clippy lint", lint(gate)?))).collect();
    if !named.is_empty() {
        let known = lints(session);
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        unknown.extend(self::unknown(named, &known));
    }
    refuse(session, &unknown)
}

/// Checks all names against the view of the tree as it is.
///
/// # Errors
/// As [`check`].
pub(super) fn check_view(session: &Session, head: &View) -> Result<()> {
    // Values of another tree say nothing about which names exist now.
    if !head.stale.is_empty() || head.provenance.members.is_empty() {
        return Ok(());
    }
    check(session, head.provenance.members.iter().map(String::as_str))?;
    let gates = gates(session);
    let baseline = session.pinned(PinName::Baseline)?.map(|pin| pin.view);
    let mut unknown = Vec::new();
    for (prefix, suffix, what, collector) in
        [("bench.", ".time", "benchmark", Collector::Bench), ("test.slowest.", "", "test", Collector::Test)]
    {
        let views = [Some(head), baseline.as_ref()].into_iter().flatten();
        let known: BTreeSet<String> = views.flat_map(|view| names(view, what)).collect();
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        if known.is_empty() || !head.sources.contains_key(&collector) {
            continue;
        }
        let named = gates.iter().filter_map(|gate| {
            let name = gate.metric.strip_prefix(prefix)?.strip_suffix(suffix)?;
            (!name.contains('*')).then_some((*gate, what, name))
        });
        unknown.extend(self::unknown(named, &known));
    }
    refuse(session, &unknown)
}

/// The names of a kind in a view, as they stand in metrics.
fn names(view: &View, what: &str) -> Vec<String> {
    let bench = |name: &String| Some(name.strip_prefix("bench.")?.strip_suffix(".time")?.to_owned());
    match what {
        "test" => view.snapshot.tests.keys().map(|id| id.replace(char::is_whitespace, "_")).collect(),
        _ => view.snapshot.metrics.keys().filter_map(bench).collect(),
    }
}

/// All gates, those of workstreams included.
fn gates(session: &Session) -> Vec<&Gate> {
    let config = session.config();
    config.gates.iter().chain(config.workstreams.iter().flat_map(|stream| &stream.gates)).collect()
}

/// The lint that a gate names.
fn lint(gate: &Gate) -> Option<&str> {
    gate.metric.strip_prefix("clippy.lint.").filter(|name| !name.contains('*'))
}

fn unknown<'a>(
    named: impl IntoIterator<Item = (&'a Gate, &'static str, &'a str)>,
    known: &BTreeSet<&str>,
) -> Vec<Unknown<'a>> {
    // What could not be listed cannot be unknown.
    let named = named.into_iter().filter(|(_, _, name)| !known.is_empty() && !known.contains(name));
    named
        .map(|(gate, what, name)| {
            let nearest = spelling::nearest(name, known.iter().copied()).map(str::to_owned);
            Unknown { gate, what, name, nearest }
        })
        .collect()
}

/// The lints that clippy has, in a metric's spelling. Clippy is asked once for each toolchain; empty if it cannot be run.
fn lints(session: &Session) -> BTreeSet<String> {
    let toolchain = session.toolchain_key();
    let cached = session.store.cached(LINTS).and_then(|bytes| String::from_utf8(bytes).ok());
    let cached = cached.as_deref().and_then(|text| text.strip_prefix(&toolchain)?.strip_prefix('\n'));
    if let Some(text) = cached {
        return text.lines().map(str::to_owned).collect();
    }
    let lints = probe::clippy_lints(&session.probe());
    if !lints.is_empty() {
        let lines: Vec<&str> = lints.iter().map(String::as_str).collect();
        let _ = session.store.cache(LINTS, format!("{toolchain}\n{}", lines.join("\n")).as_bytes());
    }
    lints
}

/// Shows every unknown name with its line, as other mistakes in the configuration are.
fn refuse(session: &Session, unknown: &[Unknown<'_>]) -> Result<()> {
    let Some(first) = unknown.first() else { return Ok(()) };
    let text = session.options.text.clone();
    let mistakes = unknown.iter().map(|unknown| mistake(unknown, &text)).collect();
    Err(Refused::from(Invalid { file: first.gate.file.clone(), text, mistakes }).into())
}

fn mistake(unknown: &Unknown<'_>, text: &str) -> Mistake {
    let Unknown { gate, what, name, nearest } = unknown;
    let line: usize = text.split_inclusive('\n').take(gate.line.saturating_sub(1) as usize).map(str::len).sum();
    // The package stands after its metric, which may contain the same word.
    let from = match gate.package {
        Some(_) if *what == "package" => line + text[line..].find("package").unwrap_or(0),
        _ => line,
    };
    let at = text[from..].find(name).map_or(line..line, |at| from + at..from + at + name.len());
    let label = nearest.as_ref().map_or_else(|| format!("no such {what}"), |name| format!("did you mean `{name}`?"));
    Mistake::new(at, format!("unknown {what} `{}`", excerpt(name)), label)
}
