//! The tools of LLVM that read the profiles of instrumented programs.
//!
//! A profile is read by tools of the compiler's version of LLVM, or a later one.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: where rustup and Debian install the tools of LLVM"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Probe, toolchain};
use crate::collector::LlvmTools;

/// The names of the two programs.
const NAMES: [&str; 2] = ["llvm-profdata", "llvm-cov"];

/// The variables that name them, as cargo-llvm-cov reads them.
const VARIABLES: [&str; 2] = ["LLVM_PROFDATA", "LLVM_COV"];

/// The time in which a tool must print its version.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Finds the tools: those that variables name, those of the toolchain, and those of the system. The
/// first with a version that is new enough are taken.
///
/// # Errors
/// If there are none, with the reason as a fragment: that of the first tools that exist.
pub fn find(probe: &Probe<'_>, rustc: Option<&Path>) -> Result<LlvmTools, String> {
    let rustc = rustc.map_or_else(|| toolchain::rustc_of(probe.cargo), Path::to_owned);
    let verbose = probe.run(&rustc, &["-vV"]).unwrap_or_default();
    let needed = major(&verbose);
    let mut refused = None;
    for [profdata, cov] in places(probe, &rustc, &verbose, needed) {
        let asked = probe.invocation(&cov, &["--version"]);
        match probe.stdout_of(&asked, TIMEOUT) {
            Err(error) => _ = refused.get_or_insert(error.to_string()),
            Ok(version) => match needed.and_then(|needed| outdated(&cov, &version, needed)) {
                Some(reason) => _ = refused.get_or_insert(reason),
                None => {
                    return Ok(LlvmTools {
                        profdata,
                        cov,
                        version: first_version(&version).unwrap_or_default().to_owned(),
                    });
                }
            },
        }
    }
    Err(refused.unwrap_or_else(|| "llvm-tools is not installed".to_owned()))
}

/// Returns the reason if a tool is of an earlier version of LLVM than the compiler.
fn outdated(cov: &Path, version: &str, needed: u32) -> Option<String> {
    (major(version)? < needed).then(|| {
        format!(
            "`{}` is of LLVM {}, but the compiler needs LLVM {needed}",
            cov.display(),
            first_version(version).unwrap_or_default()
        )
    })
}

/// Returns the existing pairs of programs, the preferred ones first.
fn places(
    probe: &Probe<'_>,
    rustc: &Path,
    verbose: &str,
    needed: Option<u32>,
) -> impl Iterator<Item = [PathBuf; 2]> {
    let named = VARIABLES.map(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
    let named = match named {
        [Some(profdata), Some(cov)] => Some([PathBuf::from(profdata), PathBuf::from(cov)]),
        _ => None,
    };
    let host = verbose
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or_default();
    let sysroot = probe.run(rustc, &["--print", "sysroot"]);
    let of_toolchain = sysroot.ok().map(|sysroot| {
        let dir = Path::new(sysroot.trim()).join("lib/rustlib");
        in_directory(&dir.join(host).join("bin"))
    });
    let of_version =
        needed.map(|major| in_directory(Path::new(&format!("/usr/lib/llvm-{major}/bin"))));
    let on_path = NAMES.map(|name| which::which(name).ok());
    let on_path = match on_path {
        [Some(profdata), Some(cov)] => Some([profdata, cov]),
        _ => None,
    };
    [named, of_toolchain, of_version, on_path]
        .into_iter()
        .flatten()
        .filter(|pair| pair.iter().all(|program| program.is_file()))
}

fn in_directory(dir: &Path) -> [PathBuf; 2] {
    NAMES.map(|name| dir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// Returns the major version in the text of `rustc -vV` or `llvm-cov --version`.
fn major(text: &str) -> Option<u32> {
    first_version(text)?.split('.').next()?.parse().ok()
}

/// Returns the version after `LLVM version`.
fn first_version(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("LLVM version")?;
    after.trim_start_matches(':').split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_llvm_are_read() {
        for (text, version, number) in [
            (
                "rustc 1.95.0\nrelease: 1.95.0\nLLVM version: 22.1.2\n",
                "22.1.2",
                22,
            ),
            (
                "Debian LLVM version 14.0.6\n  Optimized build.\n",
                "14.0.6",
                14,
            ),
            (
                "LLVM (http://llvm.org/):\n  LLVM version 22.1.2-rust-1.95.0-stable\n",
                "22.1.2-rust-1.95.0-stable",
                22,
            ),
        ] {
            assert_eq!(
                (first_version(text), major(text)),
                (Some(version), Some(number))
            );
        }
        assert_eq!(major("rustc 1.95.0"), None);
    }
}
