//! Compares the public API of a package with that of an earlier commit, using cargo-semver-checks.
//!
//! The command is that of the collector.

use std::time::Duration;

use super::{Probe, companion};
use crate::collector::{ApiBaseline, comparison};
use crate::decode::api::{self as decode, ApiComparison, ApiLevel};
use crate::event::Ending;
use crate::process::tail::last_lines;
use crate::process::{Captured, capture};

/// Time after which the comparison is ended. It compiles the dependencies of a package twice.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// Returns the level of the release that the changes of a package's API since a commit (full id)
/// require. `None` if there are none. Compiles both versions.
///
/// # Errors
/// Why the versions could not be compared, as a fragment of a message.
pub fn api(probe: &Probe<'_>, package: &str, commit: &str) -> Result<Option<ApiLevel>, String> {
    let baseline = ApiBaseline::Commit {
        id: commit.to_owned(),
        name: commit.to_owned(),
    };
    let args = comparison(package, &baseline);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let program = companion::find(probe.cargo, "semver-checks")
        .ok_or("cargo-semver-checks is not installed")?;
    let mut invocation = probe.invocation(&program, &args);
    let color = ("CARGO_TERM_COLOR".to_owned(), Some("never".to_owned()));
    invocation.env.extend([color]);
    let Captured {
        ending,
        stdout,
        stderr,
    } = capture(&invocation, TIMEOUT, probe.cancel);
    match ending {
        Ending::Exited(code) => match decode::read(&stdout, &stderr) {
            Ok(comparison) if comparison.exit_code() == code => Ok(comparison.level()),
            Ok(_) => Err(format!("cargo semver-checks ended with {code}")),
            Err(why) if ApiComparison::EXIT_CODES.contains(&code) => Err(format!(
                "the output of cargo semver-checks is not of a known form: {why}"
            )),
            Err(_) => Err(format!(
                "cargo semver-checks ended with {code}: {}",
                last_line(&stderr)
            )),
        },
        Ending::TimedOut => Err(format!(
            "cargo semver-checks gave no answer in {} min",
            TIMEOUT.as_secs() / 60
        )),
        Ending::Interrupted => Err("cargo semver-checks was interrupted".to_owned()),
        Ending::NotStarted(why) => Err(why),
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
