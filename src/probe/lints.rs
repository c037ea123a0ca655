//! The lints that clippy knows, as its driver lists them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Probe;

/// The lints of clippy, without `clippy::` and with underscores. Empty if its driver cannot be run.
pub fn clippy_lints(probe: &Probe<'_>) -> BTreeSet<String> {
    let name = format!("clippy-driver{}", std::env::consts::EXE_SUFFIX);
    let beside = probe.cargo.with_file_name(&name);
    let driver = if probe.cargo.is_absolute() && beside.exists() {
        beside
    } else {
        PathBuf::from(name)
    };
    parse(&probe.ask(&driver, &["-W", "help"]).unwrap_or_default())
}

/// Reads lines such as `clippy::absolute-paths  allow  checks for usage`. Lines of groups have no level.
fn parse(text: &str) -> BTreeSet<String> {
    let lint = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.strip_prefix("clippy::")?.replace('-', "_");
        ["allow", "warn", "deny", "forbid"]
            .contains(&words.next()?)
            .then_some(name)
    };
    text.lines().filter_map(lint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_listed_without_groups_and_lints_of_the_compiler() {
        let text = "Available lint options:\n\n  unused-mut  warn  detect mut\n\nLint checks loaded by this crate:\n\n  \
                    clippy::allow-attributes  allow    `#[allow]` is\n  clippy::eq-op   deny    equal operands\n\n\
                    Lint groups:\n    clippy::style  clippy::eq-op, clippy::main-recursion\n";
        assert_eq!(Vec::from_iter(parse(text)), ["allow_attributes", "eq_op"]);
    }
}
