//! Combinations of features, with the real compiler.

use serde_json::Value;

use crate::harness::Sandbox;

/// A workspace in which `app` turns on `std` of `core-api`, which does not compile without it.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{rest}")
    };
    for (name, text) in [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"app\", \"api\"]\nresolver = \"2\"\n",
        ),
        (
            "app/Cargo.toml",
            &manifest(
                "app",
                "[dependencies]\ncore-api = { path = \"../api\", features = [\"std\"] }\n",
            ),
        ),
        ("app/src/main.rs", "fn main() {\n    core_api::run();\n}\n"),
        (
            "api/Cargo.toml",
            &manifest(
                "core-api",
                "[features]\ndefault = [\"std\"]\nstd = []\nfast = []\n",
            ),
        ),
        (
            "api/src/lib.rs",
            "#[cfg(feature = \"std\")]\npub fn run() {}\n\n#[cfg(feature = \"fast\")]\npub fn fast() {\n    run();\n}\n",
        ),
        (
            "campaign.toml",
            "[collect]\ndefault = [\"check\", \"combinations\"]\n[gates]\n\"check.errors\" = \"= 0\"\n\"features.broken\" = \"= 0\"\n",
        ),
    ] {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox
}

/// Returns the exit code of a gate, the value and the evidence of `features.broken`.
fn broken(sandbox: &Sandbox) -> (i32, Value, Vec<String>) {
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    let gates = report["gates"].as_array().expect("gates");
    let gate = gates
        .iter()
        .find(|gate| gate["metric"] == "features.broken")
        .expect("a gate");
    let evidence = gate["evidence"].as_array().cloned().unwrap_or_default();
    let texts = evidence
        .iter()
        .filter_map(|text| text.as_str().map(str::to_owned));
    (out.code, gate["value"].clone(), texts.collect())
}

#[test]
fn combination_that_compiles_only_with_a_sibling_is_broken() {
    let sandbox = workspace();
    let (code, value, evidence) = broken(&sandbox);
    assert_eq!((code, value), (1, 1.into()), "{evidence:#?}");
    let [line] = evidence.as_slice() else {
        panic!("{evidence:#?}");
    };
    for part in ["api/src/lib.rs:6", "core-api does not compile with fast"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    sandbox.replace("api/Cargo.toml", "fast = []", "fast = [\"std\"]");
    let (code, value, evidence) = broken(&sandbox);
    assert_eq!((code, value), (0, 0.into()), "{evidence:#?}");
}

#[test]
fn skipped_combination_does_not_count() {
    let sandbox = workspace();
    sandbox.replace(
        "campaign.toml",
        "[gates]",
        "[collect.combinations]\nskip = [{ name = \"core-api/fast\", reason = \"rewritten\" }]\n[gates]",
    );
    assert_eq!(broken(&sandbox).0, 0);
}

/// The value of a package is unknown then, and it does not pass.
#[test]
fn failing_build_script_gives_no_verdict() {
    let sandbox = workspace();
    sandbox.write(
        "api/build.rs",
        "fn main() {\n    assert!(std::env::var_os(\"CARGO_FEATURE_FAST\").is_none());\n}\n",
    );
    let (code, value, _) = broken(&sandbox);
    assert_eq!((code, value), (3, Value::Null));
}

/// The first resolver gives the features of the command line to the root package.
#[test]
fn features_are_those_of_the_package_with_the_first_resolver() {
    let sandbox = workspace();
    let manifest = sandbox.read("api/Cargo.toml");
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"root\"\nversion = \"0.1.0\"\nedition = \"2018\"\n[features]\nfast = []\nstd = []\n\
         [workspace]\nmembers = [\"app\", \"api\"]\nresolver = \"1\"\n",
    );
    sandbox.write("src/lib.rs", "");
    sandbox.write("api/Cargo.toml", &manifest);
    let (code, value, evidence) = broken(&sandbox);
    assert_eq!((code, value), (1, 1.into()), "{evidence:#?}");
}

#[test]
fn skip_must_leave_something_out_and_something_to_check() {
    for (name, reason) in [
        ("fsat", "`fsat` in `skip` is neither"),
        (
            "core-api/nightly",
            "`core-api/nightly` in `skip` is neither",
        ),
        ("app/no features", "leaves no combination of `app`"),
    ] {
        let sandbox = workspace();
        let skip = format!(
            "[collect.combinations]\nskip = [{{ name = \"fast\", reason = \"rewritten\" }}, {{ name = \"{name}\", reason = \"r\" }}]\n[gates]"
        );
        sandbox.replace("campaign.toml", "[gates]", &skip);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 3, "{}", out.stdout);
        assert!(out.stdout.contains(reason), "{}", out.stdout);
    }
}

/// Cargo names no inputs of a build that failed.
#[test]
fn broken_combination_is_checked_again_when_its_inputs_change() {
    let sandbox = workspace();
    sandbox.write(
        "api/src/lib.rs",
        "pub fn run() {}\n\n#[cfg(feature = \"fast\")]\ninclude!(\"../ignored/fast.rs\");\n",
    );
    sandbox.write(".gitignore", "/target\n/api/ignored\n");
    sandbox.write("api/ignored/fast.rs", "broken\n");
    assert_eq!(broken(&sandbox).0, 1);
    sandbox.write("api/ignored/fast.rs", "pub fn fast() {}\n");
    assert_eq!(broken(&sandbox).0, 0);
}

#[test]
fn package_with_tests_only_has_no_value() {
    let sandbox = workspace();
    sandbox.replace("Cargo.toml", "\"app\"", "\"app\", \"checks\"");
    sandbox.write(
        "checks/Cargo.toml",
        "[package]\nname = \"checks\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    sandbox.write("checks/tests/it.rs", "#[test]\nfn works() {}\n");
    sandbox.replace("api/Cargo.toml", "fast = []", "fast = [\"std\"]");
    assert_eq!(broken(&sandbox).0, 0);
    let gate = "\"features.broken\" = { require = \"= 0\", package = \"checks\" }";
    sandbox.replace("campaign.toml", "\"features.broken\" = \"= 0\"", gate);
    assert_eq!(sandbox.campaign(&["gate"]).code, 3);
}
