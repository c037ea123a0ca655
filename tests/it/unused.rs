//! Unused dependencies, with the real compiler.

use serde_json::Value;

use crate::harness::Sandbox;

/// Packages beside the workspace that only have a function.
const LIBRARIES: [&str; 16] = [
    "both",
    "build-only",
    "build-unused",
    "dev-unused",
    "dev-used",
    "elsewhere",
    "feature-only",
    "in-docs",
    "in-readme",
    "in-tests",
    "not-in-tests",
    "other-feature",
    "inactive",
    "other-name",
    "renamed",
    "unused-one",
];

fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    for name in LIBRARIES {
        let library = match name {
            "other-name" => "[lib]\nname = \"named_otherwise\"\n",
            _ => "",
        };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{library}"
        );
        sandbox.write(&format!("../{name}/Cargo.toml"), &manifest);
        sandbox.write(&format!("../{name}/src/lib.rs"), "pub fn f() {}\n");
    }
    let manifest = r#"[package]
name = "app"
version = "0.1.0"
edition = "2021"
[features]
extra = ["dep:inactive"]
[dependencies]
both = { path = "../both" }
feature-only = { path = "../feature-only" }
in-tests = { path = "../in-tests" }
in-docs = { path = "../in-docs" }
other-feature = { path = "../other-feature" }
inactive = { path = "../inactive", optional = true }
other-name = { path = "../other-name" }
new-name = { path = "../renamed", package = "renamed" }
[dependencies.unused-one]
path = "../unused-one"
[target.'cfg(target_os = "none")'.dependencies]
elsewhere = { path = "../elsewhere" }
[dev-dependencies]
dev-unused = { path = "../dev-unused" }
dev-used = { path = "../dev-used" }
[build-dependencies]
build-only = { path = "../build-only" }
build-unused = { path = "../build-unused" }
both = { path = "../both" }
[target.'cfg(not(target_os = "none"))'.dependencies]
not-in-tests = { path = "../not-in-tests" }
[target.'cfg(not(target_os = "none"))'.dev-dependencies]
in-readme = { path = "../in-readme" }
[lints.rust]
unused_crate_dependencies = "allow"
[workspace]
"#;
    let files = [
        ("Cargo.toml", manifest),
        ("build.rs", "fn main() { build_only::f(); }\n"),
        (
            "src/lib.rs",
            "#![deny(warnings)]\n#![doc = include_str!(\"../README.md\")]\ninclude!(\"table.in\");\n#[cfg(not(test))]\nuse not_in_tests as _;\n/// `in_docs::f()`\npub fn f() { named_otherwise::f(); }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() { in_tests::f(); }\n}\n#[cfg(feature = \"extra\")]\nuse other_feature as _;\n",
        ),
        ("src/table.in", "pub const TABLE: [u8; 1] = [1];\n"),
        ("README.md", "# App\n\n```\nin_readme::f();\n```\n"),
        ("src/main.rs", "fn main() { both::f(); new_name::f(); }\n"),
        ("tests/t.rs", "#[test]\nfn t() { dev_used::f(); }\n"),
        (
            "campaign.toml",
            "[gates]\n\"deps.unused\" = \"= 0\"\n\"deps.misplaced\" = \"= 0\"\n",
        ),
    ];
    for (name, text) in files {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox
}

/// The text and line of each finding, and the exit code.
fn found(sandbox: &Sandbox) -> (i32, Vec<String>) {
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    let evidence = report["gates"].as_array().expect("gates").iter();
    let mut lines: Vec<String> = evidence
        .flat_map(|gate| {
            let texts = gate["evidence"].as_array().cloned().unwrap_or_default();
            let reason = gate["reason"].clone();
            texts.into_iter().chain([reason]).collect::<Vec<_>>()
        })
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect();
    lines.sort();
    (out.code, lines)
}

#[test]
fn dependencies_that_no_target_uses_are_found_with_their_places() {
    let sandbox = workspace();
    let (code, lines) = found(&sandbox);
    assert_eq!(code, 1, "{lines:#?}");
    let expected = [
        "Cargo.toml:10:1 only tests, examples and benchmarks use `in-tests`, which belongs in [dev-dependencies]",
        "Cargo.toml:9:1 no target uses `feature-only`",
        "Cargo.toml:16:1 no target uses `unused-one`",
        "Cargo.toml:21:1 no target uses `dev-unused`",
        "Cargo.toml:25:1 no build script uses `build-unused`",
        "Cargo.toml:26:1 no build script uses `both`",
    ];
    let shown: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with("Cargo.toml"))
        .collect();
    assert_eq!(shown.len(), expected.len(), "{lines:#?}");
    for line in expected {
        let (place, text) = line.split_once(' ').expect("a place");
        let number = place.split(':').nth(1).expect("a line");
        let start = format!("Cargo.toml:{number}:");
        assert!(
            shown
                .iter()
                .any(|line| line.starts_with(&start) && line.contains(text)),
            "{line}: {lines:#?}"
        );
    }
}

#[test]
fn ignored_dependency_does_not_count() {
    let sandbox = workspace();
    let names = [
        "feature-only",
        "unused-one",
        "dev-unused",
        "build-unused",
        "both",
        "in-tests",
    ];
    let ignore: Vec<String> = names
        .iter()
        .map(|name| format!("{{ name = \"{name}\", reason = \"why\" }}"))
        .collect();
    let text = format!("[collect.unused]\nignore = [{}]\n", ignore.join(", "));
    sandbox.append("campaign.toml", &text);
    let (code, lines) = found(&sandbox);
    assert_eq!(code, 0, "{lines:#?}");
}

#[test]
fn target_that_is_not_compiled_gives_no_value() {
    let sandbox = workspace();
    sandbox.append(
        "Cargo.toml",
        "[[example]]\nname = \"e\"\nrequired-features = [\"extra\"]\n",
    );
    sandbox.write("examples/e.rs", "fn main() { unused_one::f(); }\n");
    let (code, lines) = found(&sandbox);
    assert_eq!(code, 3, "{lines:#?}");
    let reason = "target `e` of package `app` was not compiled";
    assert!(lines.iter().any(|line| line.contains(reason)), "{lines:#?}");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert!(
        out.stdout
            .contains("help: all-features = true in [collect]"),
        "{}",
        out.stdout
    );
}

/// Tests enable features of their package in this way.
#[test]
fn package_that_depends_on_itself_uses_that_dependency() {
    let sandbox = Sandbox::empty();
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[features]\nextra = []\n\
        [dev-dependencies]\napp = { path = \".\", features = [\"extra\"] }\n";
    sandbox.write("Cargo.toml", manifest);
    let lib =
        "#[cfg(all(test, feature = \"extra\"))]\nmod tests {\n    #[test]\n    fn t() {}\n}\n";
    sandbox.write("src/lib.rs", lib);
    sandbox.write("campaign.toml", "[gates]\n\"deps.unused\" = \"= 0\"\n");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
}

#[test]
fn units_of_the_user_stay_fresh() {
    let sandbox = workspace();
    for command in [
        &["check", "--all-targets"][..],
        &["clippy", "--all-targets"],
    ] {
        assert_eq!(sandbox.cargo(command).code, 0);
    }
    assert_eq!(
        sandbox.campaign(&["run", "unused", "check", "clippy"]).code,
        0
    );
    for command in [
        &["check", "--all-targets"][..],
        &["clippy", "--all-targets"],
    ] {
        let out = sandbox.cargo(command);
        assert!(!out.stderr.contains("Checking"), "{}", out.stderr);
        assert!(
            !out.stderr.contains("unused_crate_dependencies"),
            "{}",
            out.stderr
        );
    }
    // Its messages are not those of other collectors.
    let out = sandbox.campaign(&["status", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout).expect("a report");
    for name in ["check.warnings", "clippy.warnings"] {
        assert_eq!(
            report["metrics"][name]["value"], 0.0,
            "{name}: {}",
            out.stdout
        );
    }
}
