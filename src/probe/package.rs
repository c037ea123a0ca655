//! `cargo package` with verification: what would be published compiles by itself.

use std::time::Duration;

use semver::Version;

use super::Probe;
use crate::event::Ending;
use crate::process::{Captured, capture};

/// Packages and their dependencies may take this long to compile.
const LIMIT: Duration = Duration::from_secs(3600);
/// From this version on, members that are packaged together find each other.
const TOGETHER: Version = Version::new(1, 90, 0);
/// Lines of cargo's errors that are returned.
const SHOWN: usize = 12;

/// Packages these members together and compiles them from their packages; returns what failed, a line each.
///
/// The network is used only if it does not work without, and never with `--offline` or `--frozen` among `flags`.
///
/// # Errors
/// Why there is no answer, as a fragment: a registry could not be reached, this cargo looks for the members in the registry,
/// or the command was interrupted.
pub fn package(probe: &Probe<'_>, names: &[&str], flags: &[String]) -> Result<Vec<String>, String> {
    let forbidden = flags
        .iter()
        .any(|flag| flag == "--offline" || flag == "--frozen");
    let offline = run(probe, names, flags, !forbidden)?;
    let failed = match offline {
        Some(stderr) if !forbidden && is_offline(&stderr) => run(probe, names, flags, false)?,
        offline => offline,
    };
    match failed {
        None => Ok(Vec::new()),
        Some(stderr) if is_unreachable(&stderr) => Err(format!(
            "the registry could not be asked: {}",
            errors(&stderr).join(" ")
        )),
        Some(stderr)
            if looks_elsewhere(&stderr, names)
                && version(probe).is_none_or(|known| known < TOGETHER) =>
        {
            Err(format!(
                "this cargo cannot package members that depend on each other ({TOGETHER} and newer can)"
            ))
        }
        Some(stderr) => Ok(errors(&stderr)),
    }
}

/// The version of cargo; `None` if it gives none.
fn version(probe: &Probe<'_>) -> Option<Version> {
    let text = probe.ask(probe.cargo, &["--version"]).ok()?;
    text.split(' ').nth(1)?.trim().parse().ok()
}

/// Cargo looked for one of these packages in a registry and did not find it there, or not with the version of the workspace.
fn looks_elsewhere(stderr: &str, names: &[&str]) -> bool {
    let signs = |name: &&str| {
        [
            format!("no matching package named `{name}`"),
            format!("failed to select a version for the requirement `{name} ="),
            format!("no matching version for the package `{name}`"),
        ]
    };
    names.len() > 1
        && names
            .iter()
            .flat_map(signs)
            .any(|sign| stderr.contains(&sign))
}

/// Runs it; returns its messages if it failed.
fn run(
    probe: &Probe<'_>,
    names: &[&str],
    flags: &[String],
    offline: bool,
) -> Result<Option<String>, String> {
    let fixed = ["package", "--allow-dirty", "--color", "never"].into_iter();
    let offline = offline.then_some("--offline");
    let args = fixed.chain(offline).chain(flags.iter().map(String::as_str));
    let args: Vec<&str> = args
        .chain(names.iter().flat_map(|name| ["--package", name]))
        .collect();
    let Captured { ending, stderr, .. } =
        capture(&probe.invocation(probe.cargo, &args), LIMIT, probe.cancel);
    match ending {
        Ending::Exited(0) => Ok(None),
        Ending::Exited(_) => Ok(Some(stderr)),
        Ending::TimedOut => Err(format!(
            "cargo package did not finish within {} min",
            LIMIT.as_secs() / 60
        )),
        Ending::Interrupted => Err("cargo package was interrupted".to_owned()),
        Ending::NotStarted(why) => Err(why),
        Ending::Signalled(signal) => Err(format!("cargo package was killed by signal {signal}")),
    }
}

/// Cargo blames `--offline`.
fn is_offline(stderr: &str) -> bool {
    stderr.contains("--offline")
}

/// Cargo could not reach a registry, or must not.
fn is_unreachable(stderr: &str) -> bool {
    let network = [
        "spurious network error",
        "failed to download",
        "Could not resolve host",
        "failed to query replaced source",
    ];
    is_offline(stderr) || network.iter().any(|sign| stderr.contains(sign))
}

/// The errors of cargo and of the compiler, with their places and causes.
fn errors(stderr: &str) -> Vec<String> {
    let starts = |line: &str| line.starts_with("error");
    let first = stderr.lines().position(starts).unwrap_or(0);
    let lines = stderr.lines().skip(first).map(str::trim);
    let kept = lines.filter(|line| {
        !line.is_empty() && !line.starts_with(['|', '=']) && !line.starts_with("Compiling")
    });
    kept.take(SHOWN).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_kept_with_their_places() {
        let stderr = "\
   Packaging a v0.1.0 (/w)
   Verifying a v0.1.0 (/w)
   Compiling a v0.1.0 (/w/target/package/a-0.1.0)
error: couldn't read `src/gen.rs`: No such file or directory (os error 2)
 --> src/lib.rs:1:1
  |
1 | include!(\"gen.rs\");
  | ^^^^^^^^^^^^^^^^^^^
error: could not compile `a` (lib) due to 1 previous error
";
        let expected = [
            "error: couldn't read `src/gen.rs`: No such file or directory (os error 2)",
            "--> src/lib.rs:1:1",
            "1 | include!(\"gen.rs\");",
            "error: could not compile `a` (lib) due to 1 previous error",
        ];
        assert_eq!(errors(stderr), expected);
        assert!(!is_unreachable(stderr));
    }

    #[test]
    fn only_a_sibling_that_is_packaged_too_is_one_that_older_cargos_do_not_find() {
        let selection = "error: failed to select a version for the requirement `core = \"^2.0\"`\ncandidate versions found";
        let missing =
            "error: no matching package named `core` found\nlocation searched: crates.io index";
        for (stderr, names, expected) in [
            (selection, &["core", "api"][..], true),
            (missing, &["api", "core"], true),
            (missing, &["api", "other"], false),
            (missing, &["core"], false),
            (
                "error: could not compile `core` (lib)",
                &["api", "core"],
                false,
            ),
        ] {
            assert_eq!(
                looks_elsewhere(stderr, names),
                expected,
                "{names:?} {stderr}"
            );
        }
    }

    #[test]
    fn missing_network_is_no_failure_of_the_package() {
        for stderr in [
            "error: no matching package named `x` found\nAs a reminder, you're using offline mode (--offline)",
            "error: failed to download from `https://index.crates.io/x`",
            "warning: spurious network error (3 tries remaining): [6] Could not resolve host",
        ] {
            assert!(is_unreachable(stderr), "{stderr}");
        }
    }
}
