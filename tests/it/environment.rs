//! Environment variables of a fixture, compared with those that are known.

use serde_json::Value;

use crate::harness::{Expected, Sandbox};

const GATES: &str = "\n[collect.env]\n[gates]\n\"env.read\" = \"> 0\"\n\"env.undocumented\" = \"= 0\"\n\
                     \"env.unread\" = \"= 0\"\n\"env.dynamic\" = \"= 0\"\n";

#[test]
fn variables_of_a_fixture_are_those_that_are_expected() {
    let sandbox = Sandbox::of("riptide");
    sandbox.write("campaign.toml", GATES);
    let expected = Expected::of("riptide").env.expect("riptide has them");
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    assert_eq!(out.code, 1, "{}", out.stderr);
    let report: Value = serde_json::from_str(&out.stdout).expect("a report");
    let measured = |name: &str| report["metrics"][name].clone();
    let packages = measured("env.read")["packages"].clone();
    for (package, count) in &expected.read {
        assert_eq!(
            packages[package].as_f64(),
            Some(*count as f64),
            "{package}: {packages}"
        );
    }
    let counts = [
        ("env.undocumented", expected.undocumented.len()),
        ("env.unread", expected.unread.len()),
        ("env.dynamic", 0),
    ];
    for (name, count) in counts {
        assert_eq!(
            measured(name)["value"].as_f64(),
            Some(count as f64),
            "{name}"
        );
    }
    for name in expected.undocumented.iter().chain(&expected.unread) {
        assert!(out.stdout.contains(name.as_str()), "{name}: {}", out.stdout);
    }
}
