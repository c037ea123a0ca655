//! What decides the meaning of a collector's figures, as a digest. It must not look at the workspace: an unchanged tree is
//! judged without starting cargo.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::steps::{features, options};
use super::{Request, TestRunner};
use crate::plan::Collector;

/// Flags that let cargo refuse, and never change a figure.
const REFUSING: [&str; 3] = ["--locked", "--offline", "--frozen"];

/// Raised when a later version counts the same output differently: its figures are then of another kind.
const METHOD: u32 = 2;

/// For each collector asked for: 16 hex digits over all of the request that decides its figures. Timeouts, repeats, the
/// target folder and where cargo lies do not.
///
/// `check` has the digest of `check` also when clippy answers it: the planner lets clippy do so only where both give the
/// same figures.
pub fn settings(request: &Request) -> BTreeMap<Collector, String> {
    request
        .collectors
        .iter()
        .map(|c| (c.clone(), digest(&json!([METHOD, meaning(request, c)]))))
        .collect()
}

/// The end of a condition's name, where it stands for the tables of cargo's configuration that change no result.
pub const INERT_ONLY: &str = " (alias, http, net, registry, term)";

/// The parts of a request that a collector's values depend on. That it may find nothing is one, since the value is then
/// zero and else there is none.
fn meaning(request: &Request, collector: &Collector) -> Value {
    let meaning = arguments(request, collector);
    if options(request, collector).allow_empty {
        json!([meaning, "allow-empty"])
    } else {
        meaning
    }
}

/// The parts of a request that a collector's figures depend on.
fn arguments(request: &Request, collector: &Collector) -> Value {
    let options = options(request, collector);
    let scope = json!([sorted(&request.packages), sorted(&request.exclude)]);
    match collector {
        Collector::Own(name) => {
            json!({ "command": request.own.get(name).map(|own| (&own.command, &own.units)) })
        }
        Collector::Loc => json!({ "scope": scope }),
        Collector::Changelog => json!({ "scope": scope, "releases": request.releases }),
        Collector::Fmt => json!({ "scope": scope, "args": options.args }),
        _ => json!({
            "scope": scope,
            "args": options.args,
            "build": build(request, collector),
            "nextest": *collector == Collector::Test && options.runner == TestRunner::Nextest,
            "durations": *collector == Collector::Test && options.durations,
            "cap_lints": *collector == Collector::Clippy && options.cap_lints,
            "without_benches": compiles_benches(collector) && request.without_benches,
            "missing": *collector == Collector::Doc && options.missing,
        }),
    }
}

/// Whether a condition (a variable, a configuration file, `toolchain`) can change a collector's result. `runner` runs the
/// tests.
pub fn is_affected(collector: &Collector, condition: &str, runner: TestRunner) -> bool {
    let file = condition
        .rsplit('/')
        .next()
        .unwrap_or(condition)
        .trim_start_matches('.');
    match collector {
        // They read files and start no tool.
        Collector::Loc | Collector::Changelog => false,
        Collector::Fmt => {
            ["toolchain", "rustfmt.toml", "RUSTFMT"].contains(&file)
                || file.starts_with("rust-toolchain")
        }
        // Nobody knows what a custom command starts.
        Collector::Own(_) => true,
        _ if condition.ends_with(INERT_ONLY) => false,
        _ => match file {
            "rustfmt.toml" | "RUSTFMT" => false,
            "clippy.toml" | "CLIPPY_CONF_DIR" => *collector == Collector::Clippy,
            "RUSTDOC"
            | "RUSTDOCFLAGS"
            | "CARGO_ENCODED_RUSTDOCFLAGS"
            | "CARGO_BUILD_RUSTDOCFLAGS" => {
                matches!(collector, Collector::Doc | Collector::Test)
            }
            "RUST_TEST_SHUFFLE" | "RUST_MIN_STACK" => {
                matches!(collector, Collector::Test | Collector::Bench)
            }
            _ if file.starts_with("NEXTEST_") || condition.ends_with("/nextest/config.toml") => {
                *collector == Collector::Test && runner == TestRunner::Nextest
            }
            _ => true,
        },
    }
}

fn compiles_benches(collector: &Collector) -> bool {
    matches!(collector, Collector::Check | Collector::Clippy)
}

/// What every compile step takes from the request.
fn build(request: &Request, collector: &Collector) -> Value {
    let mut features = features(request);
    features.sort_unstable();
    let flags: Vec<&String> = request
        .cargo_flags
        .iter()
        .filter(|f| !REFUSING.contains(&f.as_str()))
        .collect();
    json!({
        "features": features,
        "all_features": request.all_features,
        "no_default_features": request.no_default_features,
        "target": request.target,
        "profile": request.profile.as_ref().filter(|_| *collector != Collector::Bench),
        "flags": flags,
    })
}

/// The order in which packages are named decides nothing.
fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The first 16 hex digits of SHA-256: it tells settings apart, it keeps nothing safe.
fn digest(value: &Value) -> String {
    Sha256::digest(value.to_string())
        .iter()
        .take(8)
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // writing to a string cannot fail
            hex
        })
}
