//! `cargo campaign diff` between recorded runs, whatever the working tree is.

use serde_json::Value;

use crate::harness::Sandbox;

/// A body with clippy's `needless_return`, on the line where it stands.
const ONE: &str = "    return 1;\n";

fn library(functions: &[(&str, &str)]) -> String {
    let function =
        |(name, body): &(&str, &str)| format!("/// It.\npub fn {name}() -> u32 {{\n{body}}}\n\n");
    format!(
        "//! A library.\n\n{}",
        functions.iter().map(function).collect::<String>()
    )
}

/// The run that was recorded.
fn measured(sandbox: &Sandbox) -> String {
    let out = sandbox.campaign(&["run", "clippy"]);
    let id = out
        .stderr
        .split("Recorded run ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    id.unwrap_or_else(|| panic!("{}", out.stderr)).to_owned()
}

#[test]
fn two_runs_are_compared_by_the_lines_of_their_own_commits() {
    let sandbox = Sandbox::of("clean");
    let file = "core/src/lib.rs";
    let source = |functions: &[(&str, &str)]| sandbox.write(file, &library(functions));
    source(&[("a", ONE)]);
    sandbox.git_init();
    let base = measured(&sandbox);
    // `a` moves down by a whole function, and its old place is taken by another finding of the same lint.
    source(&[("b", "    return 2;\n"), ("a", ONE)]);
    sandbox.commit("b");
    let head = measured(&sandbox);
    // In the working tree nothing has moved.
    source(&[("a", ONE)]);
    let out = sandbox.campaign(&["diff", &base, &head, "--format", "json"]);
    let report: Value =
        serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", out.stderr));
    let new = report["findings"]["new"].as_array().expect("a list");
    let lines: Vec<_> = new.iter().map(|finding| finding["line"].as_u64()).collect();
    assert_eq!(lines, [Some(5)], "{new:?}");
    assert_eq!(
        report["findings"]["fixed"].as_array().map(Vec::len),
        Some(0)
    );
}

#[test]
fn commit_that_has_the_measured_sources_is_named() {
    let sandbox = Sandbox::of("clean");
    sandbox.write("campaign.toml", "[gates]\n\"loc.files\" = \"> 0\"\n");
    sandbox.git_init();
    let base = sandbox.campaign(&["baseline"]);
    assert_eq!(base.code, 0, "{}", base.stderr);
    let short = |revision: &str| sandbox.git(&["rev-parse", "--short=7", revision]);
    let first = short("HEAD");
    let first = first.trim();
    sandbox.append("core/src/lib.rs", "// More.\n");
    assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
    let shown = |expected: &str| {
        let out = sandbox.campaign(&["diff"]);
        assert!(out.stdout.contains(expected), "{expected}: {}", out.stdout);
    };
    shown(&format!("now {first} (dirty) "));
    sandbox.commit("feat: more");
    let second = short("HEAD");
    let second = second.trim();
    shown(&format!("now {second}, measured at {first} (dirty)\n"));
    // Other sources than those of the commit.
    sandbox.append("core/src/lib.rs", "// Even more.\n");
    shown(&format!("now {first} "));
}
