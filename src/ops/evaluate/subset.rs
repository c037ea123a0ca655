//! Judging only the gates that are named on the command line.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::gate::Gate;
use crate::glob;
use crate::metric::Catalogue;
use crate::ops::unknown::unknown;
use crate::ops::{Context, Stop};

/// Advice for a workspace without gates.
pub(crate) const INIT: &str = "cargo campaign init (writes gates that fit this workspace)";

/// The gates that were selected by name.
pub(crate) struct SelectedGates {
    /// The names, as typed.
    pub(crate) asked: Vec<String>,
    /// How many configured gates are not judged.
    pub(crate) others: usize,
}

/// Leaves only the gates that are named in the configuration. `None` if none is named: then all are judged.
///
/// # Errors
/// A name that no gate has: it would pass without judging anything.
pub(crate) fn narrow(cx: &mut Context, names: &[String]) -> Result<Option<SelectedGates>> {
    if names.is_empty() {
        return Ok(None);
    }
    let config = &mut cx.options.config;
    let catalogue = &config.catalogue;
    for name in names {
        if !config
            .gates
            .iter()
            .any(|gate| is_named(gate, name, catalogue))
        {
            return Err(unknown_gate(name, &config.gates, catalogue).into());
        }
    }
    let all = std::mem::take(&mut config.gates);
    let mut others = 0;
    for gate in &all {
        let judged = named(gate, names, catalogue);
        others += usize::from(judged.is_empty());
        config.gates.extend(judged);
    }
    // A waiver of another gate is not unused only because that gate is not judged now.
    let gates = &config.gates;
    config.waivers.retain(|waiver| {
        gates
            .iter()
            .any(|gate| glob::overlap(&waiver.gate, &gate.id))
    });
    Ok(Some(SelectedGates {
        asked: names.to_vec(),
        others,
    }))
}

/// Returns the parts of a gate that the names select: the complete gate, or a gate for each named package.
fn named(gate: &Gate, names: &[String], catalogue: &Catalogue) -> Vec<Gate> {
    if names.iter().any(|name| is_whole(gate, name, catalogue)) {
        return vec![gate.clone()];
    }
    let packages: BTreeSet<&str> = names
        .iter()
        .filter_map(|name| one_package(gate, name))
        .collect();
    let Some((metric, number)) = gate.id.rsplit_once("@*") else {
        return Vec::new();
    };
    packages
        .into_iter()
        .map(|package| Gate {
            id: format!("{metric}@{package}{number}"),
            package: Some(package.to_owned()),
            ..gate.clone()
        })
        .collect()
}

/// Returns whether a name selects a gate or one of its packages.
fn is_named(gate: &Gate, name: &str, catalogue: &Catalogue) -> bool {
    is_whole(gate, name, catalogue) || one_package(gate, name).is_some()
}

/// Returns whether a name selects a complete gate: by its id, its metric (or a pattern over these), its
/// group, or the collector that measures it.
///
/// A pattern that may match the ids of some packages of a gate on each package selects all of them,
/// unless it ends with the name of one package.
fn is_whole(gate: &Gate, name: &str, catalogue: &Catalogue) -> bool {
    let is_metric = [&gate.id, &gate.metric]
        .into_iter()
        .any(|text| text == name || glob::matches(name, text))
        || glob::matches(&gate.metric, name);
    // Gates without a group have an empty one.
    let is_group = !name.is_empty() && gate.group == name;
    let is_of_packages = name.contains('*') && may_be_package(gate, name);
    is_metric || is_group || is_of_packages || collectors(gate, catalogue).contains(name)
}

/// Returns whether a pattern may match the id of some package of a gate on each package, without the
/// name of one package at its end.
fn may_be_package(gate: &Gate, pattern: &str) -> bool {
    let Some((own, _)) = gate.id.rsplit_once("@*") else {
        return false;
    };
    match pattern.rsplit_once('@') {
        Some((pattern, package)) => package.contains('*') && glob::overlap(pattern, own),
        None => glob::overlap(pattern, &gate.id),
    }
}

/// Returns the package if a name selects one of a gate on each package: `test.failed@core` or `*@core`
/// of `test.failed@*`, and `test.failed@core#2` of `test.failed@*#2`.
fn one_package<'n>(gate: &Gate, name: &'n str) -> Option<&'n str> {
    let (own, number) = gate.id.rsplit_once("@*")?;
    let (pattern, rest) = name.rsplit_once('@')?;
    let package = rest.strip_suffix(number)?;
    let is_own = pattern == own || glob::matches(pattern, own) || glob::matches(own, pattern);
    (is_own && !package.is_empty() && !package.contains(['*', '#'])).then_some(package)
}

fn collectors<'c>(gate: &Gate, catalogue: &'c Catalogue) -> BTreeSet<&'c str> {
    catalogue
        .matching(&gate.metric)
        .iter()
        .map(|row| row.collector.name())
        .collect()
}

fn unknown_gate(name: &str, gates: &[Gate], catalogue: &Catalogue) -> Stop {
    let mut known: BTreeSet<&str> = gates
        .iter()
        .flat_map(|gate| [gate.id.as_str(), &gate.metric, &gate.group])
        .collect();
    known.extend(gates.iter().flat_map(|gate| collectors(gate, catalogue)));
    known.remove("");
    let advice = match gates {
        [] => INIT,
        _ => {
            "cargo campaign status (lists the gates; a collector, metric, pattern or group selects some)"
        }
    };
    unknown("gate", name, known, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::config;

    #[test]
    fn name_with_a_package_selects_it_of_the_gate_with_the_same_number() {
        let text = "[gates]\n\"test.failed\" = [\"= 0\", { require = \"= 0\", package = \"*\" }, \
                    { require = \"= 1\", package = \"c\" }]\n";
        let config = config::parse("campaign.toml", text).unwrap();
        for (name, expected) in [
            ("test.failed@c", "test.failed@c"),
            ("test.failed@c#2", "test.failed@c#2"),
            ("test.failed@d#2", "test.failed@d#2"),
            ("test.failed@*#2", "test.failed@*#2"),
            ("test.failed@d", ""),
        ] {
            let names = [name.to_owned()];
            let gates = config.gates.iter();
            let ids: Vec<String> = gates
                .flat_map(|gate| named(gate, &names, &config.catalogue))
                .map(|gate| gate.id)
                .collect();
            assert_eq!(ids.join(" "), expected, "{name}");
        }
    }
}
