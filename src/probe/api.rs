//! Compares the public API of a package with that of an earlier commit, using cargo-semver-checks.
//!
//! The tool has no machine-readable output (as of 0.51). Exit code 0 means compatible, 100 means
//! breaking; anything else is not an answer.

use std::time::Duration;

use super::{Probe, companion};
use crate::event::Ending;
use crate::process::tail::last_lines;
use crate::process::{Captured, capture};

/// Time after which the comparison is ended. It compiles the dependencies of a package twice.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// The result of comparing two versions of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiChange {
    /// Code that compiled with the earlier version still compiles.
    Compatible,
    /// An item was removed or changed incompatibly.
    Breaking,
}

/// Compares the API of a package with that at a commit (full id). Compiles both versions.
///
/// # Errors
/// Why the versions could not be compared, as a fragment of a message.
pub fn api(probe: &Probe<'_>, package: &str, commit: &str) -> Result<ApiChange, String> {
    // The version numbers are ignored: every change that a minor release may not contain counts.
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
        capture(&probe.invocation(&program, &args), TIMEOUT, probe.cancel);
    match ending {
        Ending::Exited(0) => Ok(ApiChange::Compatible),
        Ending::Exited(100) => Ok(ApiChange::Breaking),
        Ending::TimedOut => Err(format!(
            "cargo semver-checks gave no answer in {} min",
            TIMEOUT.as_secs() / 60
        )),
        Ending::Interrupted => Err("cargo semver-checks was interrupted".to_owned()),
        Ending::NotStarted(why) => Err(why),
        Ending::Exited(code) => Err(format!(
            "cargo semver-checks ended with {code}: {}",
            last_line(&stderr)
        )),
        Ending::Signalled(signal) => {
            Err(format!("cargo semver-checks was killed by signal {signal}"))
        }
    }
}

/// Returns the last line that is not empty.
fn last_line(stderr: &str) -> String {
    let tail = last_lines(stderr, 2000);
    tail.lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no message")
        .trim()
        .to_owned()
}
