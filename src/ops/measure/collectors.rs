//! Collectors that are named on the command line.

use anyhow::Result;

use crate::collector::OBJECTIVES;
use crate::ops::{Context, Exit, Stop, unknown};
use crate::options::spelling;
use crate::plan::Collector;

/// Returns the collectors with these names, or the default ones if there are none: then also the commands of objectives, which
/// are about the whole workspace.
///
/// # Errors
/// If a name is unknown.
pub(crate) fn named(cx: &Context, names: &[String]) -> Result<Vec<Collector>> {
    let collect = &cx.config().collect;
    if names.is_empty() {
        let mut collectors = collect.default.clone();
        let objectives = collect.own.iter().find(|own| own.name == OBJECTIVES);
        if let Some(objectives) = objectives.filter(|_| !cx.is_narrowed()) {
            collectors.push(Collector::from(objectives.name.clone()));
        }
        return Ok(collectors);
    }
    let known: Vec<&str> = unknown::collectors(cx).collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(unknown_collector(unknown, &known).into()),
        None => Ok(names.iter().cloned().map(Collector::from).collect()),
    }
}

fn unknown_collector(name: &str, known: &[&str]) -> Stop {
    if name.split(',').all(|part| known.contains(&part)) {
        let help = format!("separate names by spaces: {}", name.replace(',', " "));
        return Stop::new(Exit::Usage, spelling::unknown("collector", name)).help(help);
    }
    let advice = format!("expected {}", spelling::list(known));
    unknown::unknown("collector", name, known.iter().copied(), &advice)
}
