//! The toolchain and the machine: versions, targets and lints of the compiler, and the processor.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Probe;
use crate::snapshot::{Host, Toolchain};
use crate::store;

/// Returns the versions of compiler and cargo.
///
/// `rustc` is `$RUSTC` if set. Otherwise the compiler next to cargo is used, or the one on `PATH`.
///
/// # Errors
/// If one of them cannot be run or its answer has an unknown form.
pub fn toolchain(probe: &Probe<'_>, rustc: Option<&Path>) -> Result<Toolchain> {
    let compiler = run_rustc(probe, rustc, &["-vV"])?;
    let cargo = probe.run(probe.cargo, &["-V"])?;
    let host = compiler
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("`rustc -vV` names no host")?;
    Ok(Toolchain {
        rustc: version(&compiler, "rustc")?,
        cargo: version(&cargo, "cargo")?,
        host: host.to_owned(),
    })
}

/// Returns the version in a line such as `rustc 1.89.0 (29483883e 2025-08-04)`.
fn version(text: &str, name: &str) -> Result<String> {
    let first = text.lines().next().unwrap_or_default();
    let version = first.strip_prefix(name);
    let version = version.with_context(|| format!("`{name}` gives no version"))?;
    Ok(version.trim().to_owned())
}

/// Returns the compiler next to `cargo`, or `rustc` to be found on `PATH`.
pub(super) fn rustc_of(cargo: &Path) -> PathBuf {
    beside(cargo, "rustc")
}

/// Returns the program next to `cargo`, or its name if there is none.
fn beside(cargo: &Path, name: &str) -> PathBuf {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let beside = cargo.with_file_name(&name);
    if cargo.is_absolute() && beside.exists() {
        beside
    } else {
        PathBuf::from(name)
    }
}

fn run_rustc(probe: &Probe<'_>, rustc: Option<&Path>, args: &[&str]) -> Result<String> {
    let rustc = rustc.map_or_else(|| rustc_of(probe.cargo), Path::to_owned);
    probe.run(&rustc, args)
}

/// Returns the lines of `rustc --print cfg` for a triple. They are empty if the compiler fails;
/// cargo then reports why.
pub fn cfg(probe: &Probe<'_>, rustc: Option<&Path>, triple: &str) -> Vec<String> {
    let args = ["--print", "cfg", "--target", triple];
    let text = run_rustc(probe, rustc, &args).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns the targets that are built into the compiler; none if it fails.
pub fn targets(probe: &Probe<'_>, rustc: Option<&Path>) -> Vec<String> {
    let text = run_rustc(probe, rustc, &["--print", "target-list"]).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns the lints of clippy, without `clippy::` and with underscores; none if its driver cannot
/// be run.
pub fn clippy_lints(probe: &Probe<'_>) -> BTreeSet<String> {
    // `cargo clippy -- -W help` would check the dependencies first.
    let driver = beside(probe.cargo, "clippy-driver");
    let help = probe.run(&driver, &["-W", "help"]).unwrap_or_default();
    help.lines().filter_map(clippy_lint).collect()
}

/// Reads a line such as `clippy::absolute-paths  allow  checks for usage`. Lines of lint groups
/// have no level.
fn clippy_lint(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let name = words.next()?.strip_prefix("clippy::")?.replace('-', "_");
    ["allow", "warn", "deny", "forbid"]
        .contains(&words.next()?)
        .then_some(name)
}

/// Returns the properties of the machine that measurements depend on.
pub fn host(probe: &Probe<'_>) -> Host {
    Host {
        os: std::env::consts::OS.to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        cpu: cpu(probe),
        cores: std::thread::available_parallelism()
            .ok()
            .and_then(|n| u32::try_from(n.get()).ok())
            .unwrap_or(0),
    }
}

/// Returns the name of the machine; empty if the system does not provide it.
pub fn machine_name() -> String {
    let name = match std::env::consts::OS {
        "linux" => store::read_text(Path::new("/proc/sys/kernel/hostname")).ok(),
        _ => None,
    };
    name.unwrap_or_default().trim().to_owned()
}

/// Returns the model name of the processor; empty if the system does not report it.
fn cpu(probe: &Probe<'_>) -> String {
    let text = match std::env::consts::OS {
        "linux" => store::read_text(Path::new("/proc/cpuinfo"))
            .ok()
            .as_deref()
            .and_then(model_name),
        "macos" => probe
            .run(
                Path::new("/usr/sbin/sysctl"),
                &["-n", "machdep.cpu.brand_string"],
            )
            .ok(),
        _ => None,
    };
    text.unwrap_or_default().trim().to_owned()
}

fn model_name(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    line.split_once(':')
        .map(|(_, name)| name.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lint_groups_and_lints_of_the_compiler_are_left_out() {
        let text = "Available lint options:\n\n  unused-mut  warn  detect mut\n\nLint checks loaded by this crate:\n\n  \
                    clippy::allow-attributes  allow    `#[allow]` is\n  clippy::eq-op   deny    equal operands\n\n\
                    Lint groups:\n    clippy::style  clippy::eq-op, clippy::main-recursion\n";
        let lints: Vec<String> = text.lines().filter_map(clippy_lint).collect();
        assert_eq!(lints, ["allow_attributes", "eq_op"]);
    }

    #[test]
    fn model_name_of_the_processor_is_read() {
        let table = [
            (
                "processor: 0\nmodel name\t: AMD  EPYC 7B13\nmodel name: x\n",
                Some("AMD EPYC 7B13"),
            ),
            ("processor: 0\nCPU part: 0xd0c\n", None),
        ];
        for (text, name) in table {
            assert_eq!(model_name(text).as_deref(), name);
        }
    }
}
