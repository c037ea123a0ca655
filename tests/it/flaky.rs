//! Tests that fail and pass when they are tried again, with the real libtest and nextest.

use serde_json::Value;

use crate::harness::Sandbox;

/// A package with a test that passes the `passes_at`-th time, one that fails each time and one that passes.
fn workspace(settings: &str, passes_at: u32) -> Sandbox {
    let sandbox = Sandbox::empty();
    let source = format!(
        r#"
#[cfg(test)]
mod tests {{
    fn is_attempt(expected: usize) -> bool {{
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../attempts");
        let attempts = std::fs::read_to_string(file).unwrap_or_default() + ".";
        std::fs::write(file, &attempts).unwrap();
        attempts.len() >= expected
    }}
    #[test]
    fn passes() {{}}
    #[test]
    fn sometimes() {{
        assert!(is_attempt({passes_at}), "too early");
    }}
    #[test]
    fn sometimes_not() {{}}
}}
"#
    );
    for (name, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n",
        ),
        ("src/lib.rs", &source),
        (
            "campaign.toml",
            &format!(
                "[collect]\ndefault = [\"test\"]\n[collect.test]\n{settings}\n[gates]\n\"test.failed\" = \"= 0\"\n"
            ),
        ),
    ] {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    sandbox
}

/// Runs a gate. Returns its exit code, and the values of these metrics.
fn values(sandbox: &Sandbox, names: [&str; 4]) -> (i32, Vec<Value>) {
    let code = sandbox.campaign(&["gate"]).code;
    let out = sandbox.campaign(&["status", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    let metrics = &report["metrics"];
    let values = names.map(|name| metrics[name]["value"].clone());
    (code, values.to_vec())
}

const METRICS: [&str; 4] = ["test.total", "test.passed", "test.failed", "test.flaky"];

#[test]
fn test_that_passes_when_tried_again_is_flaky() {
    for (settings, passes_at, code, expected) in [
        ("retries = 2", 1, 0, [3, 3, 0, 0]),
        ("retries = 2", 2, 0, [3, 3, 0, 1]),
        ("retries = 2", 3, 0, [3, 3, 0, 1]),
        ("retries = 2", 4, 1, [3, 2, 1, 0]),
        (
            "retries = 1\nargs = [\"--\", \"--test-threads=1\", \"sometimes\"]",
            2,
            0,
            [2, 2, 0, 1],
        ),
        ("retries = 1\nrunner = \"nextest\"", 2, 0, [3, 3, 0, 1]),
        ("retries = 1\nrunner = \"nextest\"", 3, 1, [3, 2, 1, 0]),
    ] {
        let sandbox = workspace(settings, passes_at);
        let found = values(&sandbox, METRICS);
        let expected = expected.map(Value::from).to_vec();
        assert_eq!(found, (code, expected), "{settings} {passes_at}");
    }
}

#[test]
fn flaky_test_is_named_with_its_first_failure() {
    let sandbox = workspace("retries = 1", 2);
    sandbox.replace("campaign.toml", "\"test.failed\"", "\"test.flaky\"");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 1, "{}", out.stdout);
    assert!(
        out.stdout.contains("app tests::sometimes\n"),
        "{}",
        out.stdout
    );
    assert!(out.stdout.contains("too early"), "{}", out.stdout);
    assert!(!out.stdout.contains("sometimes_not"), "{}", out.stdout);
}

#[test]
fn without_retries_nothing_is_known_of_flaky_tests() {
    let sandbox = workspace("", 1);
    let (code, found) = values(&sandbox, METRICS);
    assert_eq!((code, &found[3]), (0, &Value::Null));
    sandbox.replace("campaign.toml", "\"test.failed\"", "\"test.flaky\"");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}", out.stdout);
    assert!(out.stdout.contains("retries"), "{}", out.stdout);
}
