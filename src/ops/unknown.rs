//! Errors about names on the command line that do not exist.

use crate::collector;
use crate::ops::{Context, Exit, Stop};
use crate::options::spelling;

/// Returns the error for a name that does not exist, with the name that was probably meant, or else
/// with this advice.
pub(crate) fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    advice: &str,
) -> Stop {
    let help = match spelling::nearest(name, known) {
        Some(nearest) => spelling::did_you_mean(nearest),
        None => advice.to_owned(),
    };
    Stop::new(Exit::Usage, spelling::unknown(what, name)).help(help)
}

/// Returns the names of all collectors, including custom ones.
pub(crate) fn collectors(cx: &Context) -> impl Iterator<Item = &str> {
    let custom = cx.config().collect.own.iter().map(|own| own.name.as_str());
    collector::names().chain(custom)
}

/// Returns the names of all metrics.
pub(crate) fn metrics(cx: &Context) -> impl Iterator<Item = &str> {
    cx.catalogue().rows().iter().map(|row| row.name.as_str())
}
