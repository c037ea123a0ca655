//! Collectors that are named on the command line.

use anyhow::Result;

use crate::collector;
use crate::ops::{Context, Exit, Stop};
use crate::options::spelling;
use crate::plan::Collector;

/// Returns the collectors with these names, or the default ones if there are none.
///
/// # Errors
/// If a name is unknown.
pub(crate) fn named(cx: &Context, names: &[String]) -> Result<Vec<Collector>> {
    let collect = &cx.config().collect;
    if names.is_empty() {
        return Ok(collect.default.clone());
    }
    let known: Vec<&str> = collector::names()
        .chain(collect.own.iter().map(|own| own.name.as_str()))
        .collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(unknown_collector(unknown, &known).into()),
        None => Ok(names.iter().cloned().map(Collector::from).collect()),
    }
}

fn unknown_collector(name: &str, known: &[&str]) -> Stop {
    let help = match spelling::nearest(name, known.iter().copied()) {
        _ if name.split(',').all(|part| known.contains(&part)) => {
            format!("separate names by spaces: {}", name.replace(',', " "))
        }
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    Stop::new(Exit::Usage, format!("unknown collector `{name}`")).help(help)
}
