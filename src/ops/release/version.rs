//! Determines the version to release: an argument, a level, or the campaign's version.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::Version;

use crate::ops::Context;
use crate::ops::exit::{Exit, Stop};
use crate::ops::readiness;
use crate::release::bump::{BumpTarget, NoTarget};

/// Parses the argument, or returns the campaign's version. Without either, the error suggests the
/// version that the changes since the last release require.
pub(crate) fn wanted(context: &Context, typed: Option<&str>) -> Result<Version> {
    let Some(typed) = typed else {
        return by_campaign(context);
    };
    // A version may have the `v` prefix of a tag.
    let plain = typed
        .strip_prefix(['v', 'V'])
        .filter(|plain| plain.parse::<Version>().is_ok())
        .unwrap_or(typed);
    let target = plain
        .parse()
        .map_err(|error: NoTarget| Stop::new(Exit::Usage, error.to_string()))?;
    let step = match target {
        BumpTarget::Exact(version) => return Ok(version),
        BumpTarget::Step(step) => step,
    };
    let current = current(context)?;
    let next = step.next(&current);
    Ok(next.ok_or_else(|| Stop::new(Exit::Usage, format!("no version is left after {current}")))?)
}

/// Rejects one version for packages with different versions, unless all were selected explicitly.
pub(crate) fn refuse_to_level(context: &Context, version: &Version) -> Result<()> {
    if context.options.whole_workspace || !context.options.packages.is_empty() {
        return Ok(());
    }
    let versions = readiness::versions(context)?;
    // One of them may already have the new version after a partial release.
    if versions.iter().filter(|one| *one != version).count() < 2 {
        return Ok(());
    }
    let all: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let stop = Stop::new(
        Exit::Usage,
        format!("the packages have different versions: {}", all.join(", ")),
    );
    Err(stop
        .help(format!(
            "name one with -p PACKAGE, or --workspace to release all of them as {version}"
        ))
        .into())
}

fn by_campaign(context: &Context) -> Result<Version> {
    if let Some(version) = &context.config().release {
        return Ok(version.clone());
    }
    let stop = Stop::new(Exit::Usage, "no version given");
    let help = match readiness::suggestion(context)? {
        Some((version, why)) => format!("cargo campaign release {version} ({why})"),
        None => "give a version such as 1.2.3, or major, minor or patch".to_owned(),
    };
    Err(stop.help(help).into())
}

/// Returns the current version of all packages to release.
fn current(context: &Context) -> Result<Version> {
    let versions: BTreeSet<Version> = readiness::versions(context)?;
    match versions.iter().collect::<Vec<_>>().as_slice() {
        [one] => Ok((*one).clone()),
        _ => {
            let stop = Stop::new(Exit::Usage, "the packages have different versions");
            Err(stop
                .help("name one with -p PACKAGE, or give --workspace and the version that all of them get")
                .into())
        }
    }
}
