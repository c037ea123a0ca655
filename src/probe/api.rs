//! The public API of a package against an earlier commit, as cargo-semver-checks sees it.
//!
//! It has no output for machines (0.51): exit 0 is compatible, 100 breaking, and anything else is no answer.

use std::time::Duration;

use super::{Probe, companion};
use crate::event::Ending;
use crate::process::tail::last_lines;
use crate::process::{Captured, capture};

/// Two builds of a package's dependencies may take this long.
const LIMIT: Duration = Duration::from_secs(3600);

/// What became of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Whoever compiled with it still does.
    Compatible,
    /// Something is gone or has another form.
    Breaking,
}

/// Compares the API of a package with that of a commit (full id). Compiles both.
///
/// # Errors
/// Why there is no answer, as a fragment.
pub fn api(probe: &Probe<'_>, package: &str, commit: &str) -> Result<Api, String> {
    // Whatever the versions are, only what a minor release may not do counts.
    let fixed = [
        "semver-checks",
        "check-release",
        "--release-type",
        "minor",
        "--package",
        package,
    ];
    let args: Vec<&str> = fixed
        .into_iter()
        .chain(["--baseline-rev", commit])
        .collect();
    let program = companion::find(probe.cargo, "semver-checks")
        .ok_or("cargo-semver-checks is not installed")?;
    let Captured { ending, stderr, .. } =
        capture(&probe.invocation(&program, &args), LIMIT, probe.cancel);
    match ending {
        Ending::Exited(0) => Ok(Api::Compatible),
        Ending::Exited(100) => Ok(Api::Breaking),
        Ending::TimedOut => Err(format!(
            "cargo semver-checks gave no answer in {} min",
            LIMIT.as_secs() / 60
        )),
        Ending::Interrupted => Err("cargo semver-checks was interrupted".to_owned()),
        Ending::NotStarted(why) => Err(why),
        Ending::Exited(code) => Err(format!(
            "cargo semver-checks ended with {code}: {}",
            last(&stderr)
        )),
        Ending::Signalled(signal) => {
            Err(format!("cargo semver-checks was killed by signal {signal}"))
        }
    }
}

/// The last line that says something.
fn last(stderr: &str) -> String {
    let tail = last_lines(stderr, 2000);
    tail.lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no message")
        .trim()
        .to_owned()
}
