//! Which version a release is to have: as typed, by a level, or as the campaign says.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::Version;

use super::super::session::Session;
use crate::ops::exit::{Exit, Stop};
use crate::ops::readiness;
use crate::release::bump::{BumpTarget, NoTarget};

/// Reads what was typed, else takes the campaign's version; without either, the error names the version that the changes
/// since the last release ask for.
pub(super) fn wanted(session: &Session, typed: Option<&str>) -> Result<Version> {
    let Some(typed) = typed else {
        return by_campaign(session);
    };
    // Tags have a `v` in front; a version may have it too.
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
    let current = current(session)?;
    let next = step.next(&current);
    Ok(next.ok_or_else(|| Stop::new(Exit::Usage, format!("no version is left after {current}")))?)
}

/// Refuses to set one version for packages that have several, unless that was asked for.
pub(super) fn refuse_to_level(session: &Session, version: &Version) -> Result<()> {
    if session.options.whole_workspace || !session.options.packages.is_empty() {
        return Ok(());
    }
    let versions = readiness::versions(session)?;
    // One of them may be there already, in a release that was made in part.
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

fn by_campaign(session: &Session) -> Result<Version> {
    if let Some(version) = &session.config().release {
        return Ok(version.clone());
    }
    let stop = Stop::new(Exit::Usage, "no version given");
    let help = match readiness::suggestion(session)? {
        Some((version, why)) => format!("cargo campaign release {version} ({why})"),
        None => "give a version such as 1.2.3, or major, minor or patch".to_owned(),
    };
    Err(stop.help(help).into())
}

/// The version that all packages to be released have now.
fn current(session: &Session) -> Result<Version> {
    let versions: BTreeSet<Version> = readiness::versions(session)?;
    match versions.iter().collect::<Vec<_>>().as_slice() {
        [one] => Ok((*one).clone()),
        _ => {
            let stop = Stop::new(Exit::Usage, "the packages have different versions");
            Err(stop
                .help("name one with -p PACKAGE, or give the version")
                .into())
        }
    }
}
