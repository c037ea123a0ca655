//! Every command that a message names is run as it stands, and does what the message says.

mod table;

use std::collections::BTreeSet;

use crate::harness::{Sandbox, commands};

/// A workspace of one package with a library, a test target and these gates, committed.
fn workspace(gates: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    on_path(&sandbox);
    let manifest = "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    sandbox.write("Cargo.toml", manifest);
    sandbox.write("src/lib.rs", "pub fn two() -> u32 {\n    2\n}\n");
    sandbox.write(
        "tests/it.rs",
        "#[test]\nfn two_is_two() {\n    assert_eq!(demo::two(), 2);\n}\n",
    );
    sandbox.write(".gitignore", "/target\n");
    sandbox.write("campaign.toml", &format!("[gates]\n{gates}\n"));
    sandbox.git_init();
    sandbox
}

/// Makes `cargo campaign` the program under test.
fn on_path(sandbox: &Sandbox) {
    sandbox.program(
        "cargo-campaign",
        &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_cargo-campaign")),
    );
}

/// The commands that a screen names on lines of these kinds.
fn named(screen: &str) -> Vec<String> {
    let command = |line: &str| {
        let line = line.trim();
        let words = KINDS.iter().find_map(|kind| line.strip_prefix(kind))?;
        Some(words.split(" (").next().unwrap_or(words).trim().to_owned())
    };
    screen.lines().filter_map(command).collect()
}

/// What a line begins with that names a command.
const KINDS: [&str; 5] = ["help: ", "next: ", "note: next: ", "by hand ", "fix: "];

/// Runs a command line in a shell; its exit code and all that it printed.
fn typed(sandbox: &Sandbox, command: &str) -> (i32, String) {
    let out = sandbox.output("sh", &["-c", command]);
    (out.code, format!("{}{}", out.stdout, out.stderr))
}

#[test]
fn next_command_repeats_manifest_path_and_config() {
    let gates = "\"test.failed\" = \"= 0\"";
    let cases = [
        (gates, "status", "cargo campaign baseline"),
        ("", "status", "cargo campaign init"),
        ("", "init", "cargo campaign baseline"),
    ];
    for (gates, command, next) in cases {
        let sandbox = workspace(gates);
        if gates.is_empty() {
            std::fs::remove_file(sandbox.path("campaign.toml")).expect("it was written");
        }
        let out = sandbox.campaign(&[command, "--manifest-path", "Cargo.toml"]);
        let screen = out.stdout + &out.stderr;
        let expected = format!("{next} --manifest-path Cargo.toml");
        assert_eq!(named(&screen), [expected], "{command}: {screen}");
    }

    let sandbox = workspace(gates);
    std::fs::rename(sandbox.path("campaign.toml"), sandbox.path("rules.toml"))
        .expect("it was written");
    let out = sandbox.campaign(&["status", "--config", "rules.toml"]);
    assert_eq!(
        named(&out.stdout),
        ["cargo campaign baseline --config rules.toml"]
    );

    let options = "--config rules.toml --target-dir out --offline";
    let args: Vec<&str> = options.split(' ').collect();
    let out = sandbox.campaign(&[&["gate", "--no-run"], args.as_slice()].concat());
    assert_eq!(
        named(&out.stdout),
        [format!("cargo campaign run {options} test")],
        "{}",
        out.stdout
    );
    let status = format!("cargo campaign status {options} for all");
    assert!(out.stdout.contains(&status), "{}", out.stdout);
}

#[test]
fn named_commands_show_what_the_message_is_about() {
    let lost =
        "#[test]\nfn two_is_two() {\n    assert_eq!(demo::two(), 3, \"the sum is wrong\");\n}\n";
    let ill_typed = "#[test]\nfn two_is_two() {\n    let _: u32 = \"\";\n}\n";
    let cases: [(&str, &str, &str, &str, &str); 4] = [
        (
            "\"check.errors\" = \"= 0\"",
            "tests/it.rs",
            ill_typed,
            "cargo check --workspace --all-targets --keep-going",
            "E0308",
        ),
        (
            "\"test.failed\" = \"= 0\"",
            "tests/it.rs",
            lost,
            "cargo test --workspace --no-fail-fast --test it -- two_is_two",
            "the sum is wrong",
        ),
        (
            "\"clippy.warnings\" = \"= 0\"",
            "tests/it.rs",
            "#[test]\nfn two() {\n    let x = demo::two();\n    assert!(x.clone() == 2);\n}\n",
            "cargo clippy --workspace --all-targets --keep-going",
            "clone_on_copy",
        ),
        (
            "\"fmt.files\" = \"= 0\"",
            "src/lib.rs",
            "pub fn  two() -> u32 { 2 }\n",
            "cargo fmt",
            "",
        ),
    ];
    for (gate, file, text, command, shown) in cases {
        let sandbox = workspace(gate);
        sandbox.write(file, text);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 1, "{gate}: {}{}", out.stdout, out.stderr);
        assert_eq!(named(&out.stdout), [command], "{gate}: {}", out.stdout);
        let (_, printed) = typed(&sandbox, command);
        assert!(printed.contains(shown), "{command}: {printed}");
    }
}

/// What is wrong only under one way of measuring: the gate, the configuration of collectors, options, the source, and what
/// the command that the message names prints.
const CONDITIONAL: &[(&str, &str, &str, &str, &str)] = &[
    (
        "test.failed",
        "[collect]\nfeatures = [\"x\"]",
        "",
        FEATURE_TEST,
        "seen",
    ),
    ("test.failed", "", "-F x", FEATURE_TEST, "seen"),
    (
        "test.failed",
        "[collect]\nall-features = true",
        "",
        FEATURE_TEST,
        "seen",
    ),
    (
        "test.failed",
        "",
        "--no-default-features",
        "#[cfg(not(feature = \"y\"))]\n#[test]\nfn f() { panic!(\"seen\") }\n",
        "seen",
    ),
    (
        "test.failed",
        "",
        "--profile release",
        "#[cfg(not(debug_assertions))]\n#[test]\nfn f() { panic!(\"seen\") }\n",
        "seen",
    ),
    (
        "test.failed",
        "[collect.test]\nargs = [\"--\", \"--ignored\"]",
        "",
        r#"
#[test]
#[ignore = "runs with --ignored"]
fn f() {
    panic!("seen")
}
"#,
        "seen",
    ),
    (
        "test.failed",
        "",
        "",
        "#[cfg(feature = \"unified\")]\n#[test]\nfn f() { panic!(\"seen\") }\n",
        "seen",
    ),
    (
        "clippy.warnings",
        "[collect]\nfeatures = [\"x\"]",
        "",
        "#[cfg(feature = \"x\")]\npub fn f() -> u32 { return 1; }\n",
        "needless_return",
    ),
    (
        "doc.warnings",
        "[collect]\nfeatures = [\"x\"]",
        "",
        "#[cfg(feature = \"x\")]\n/// [`Missing`]\npub fn f() {}\n",
        "unresolved link",
    ),
    (
        "doc.missing",
        "[collect]\ndefault = [\"doc\"]\n[collect.doc]\nmissing = true",
        "",
        "//! Documented.\npub fn undocumented() {}\n",
        "missing documentation",
    ),
];
const FEATURE_TEST: &str = "#[cfg(feature = \"x\")]\n#[test]\nfn f() { panic!(\"seen\") }\n";

#[test]
fn named_command_measures_as_the_gate_did() {
    for (gate, collect, options, source, shown) in CONDITIONAL {
        let sandbox = workspace(&format!("\"{gate}\" = \"= 0\"\n{collect}"));
        let features = "[features]\ndefault = [\"y\"]\nx = []\ny = []\nunified = []\n[workspace]\nmembers = [\"other\"]\n";
        sandbox.write(
            "Cargo.toml",
            &format!("{}{features}", sandbox.read("Cargo.toml")),
        );
        let dependency = "[dependencies]\ndemo = { path = \"..\", features = [\"unified\"], default-features = false }\n";
        sandbox.write(
            "other/Cargo.toml",
            &format!(
                "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{dependency}"
            ),
        );
        sandbox.write("other/src/lib.rs", "//! Nothing.\n");
        sandbox.write("src/lib.rs", source);
        sandbox.write("tests/it.rs", "");
        let args: Vec<&str> = ["gate"]
            .into_iter()
            .chain(options.split_whitespace())
            .collect();
        let out = sandbox.campaign(&args);
        assert_eq!(
            out.code, 1,
            "{gate} {collect} {options}: {}{}",
            out.stdout, out.stderr
        );
        let commands = named(&out.stdout);
        let (_, printed) = typed(&sandbox, commands.first().map_or("", String::as_str));
        assert!(
            printed.contains(shown),
            "{gate} {collect} {options}: {commands:?}: {printed}"
        );
    }
}

#[test]
fn selection_of_every_member_is_the_whole_workspace() {
    let gates = "\"fmt.files\" = \"<= baseline\"\n\"check.warnings\" = \"<= baseline\"\n\"check.time\" = \"> 0s\"\n\
                 [collect]\ndefault = [\"check\", \"fmt\"]";
    let one = || workspace(gates);
    let two = || {
        let sandbox = workspace(gates);
        sandbox.replace(
            "Cargo.toml",
            "[package]",
            "[workspace]\nmembers = [\"other\"]\n[package]",
        );
        sandbox.write(
            "other/Cargo.toml",
            "[package]\nname = \"other\"\nversion = \"0.1.0\"\n",
        );
        sandbox.write("other/src/lib.rs", "");
        sandbox
    };
    let cases: [(&Sandbox, &str, &str); 6] = [
        (&one(), "baseline", "gate -p demo"),
        (&one(), "baseline -p demo", "gate"),
        (&two(), "baseline", "gate -p demo -p other"),
        (&two(), "baseline", "gate -p *"),
        (&two(), "baseline", "gate -p demo@0.1.0 -p other"),
        (&two(), "baseline -p other -p demo", "gate --workspace"),
    ];
    for (sandbox, pin, gate) in cases {
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        let (pin, gate) = (words(pin), words(gate));
        assert_eq!(sandbox.campaign(&pin).code, 0, "{pin:?}");
        let out = sandbox.campaign(&gate);
        assert_eq!(
            out.code, 0,
            "{pin:?}, {gate:?}: {}{}",
            out.stdout, out.stderr
        );
        let has_version = gate.iter().any(|word| word.contains('@'));
        assert!(
            has_version || out.stdout.contains("sources unchanged"),
            "{pin:?}, {gate:?}: {}",
            out.stdout
        );
    }
    for args in [
        &["gate", "-p", "demo", "-p", "nosuch"][..],
        &["run", "-p", "*", "-p", "nosuch"],
    ] {
        let out = one().campaign(args);
        assert!(
            out.code == 2 && out.stderr.contains("package `nosuch` is not a member"),
            "{}",
            out.stderr
        );
    }
}

#[test]
fn first_error_is_shown_without_a_gate_on_errors() {
    for gate in ["test.failed", "clippy.warnings"] {
        let sandbox = workspace(&format!("\"{gate}\" = \"= 0\""));
        let (file, place) = match gate {
            "test.failed" => ("tests/it.rs", "tests/it.rs:3:18"),
            _ => ("src/lib.rs", "src/lib.rs:3:18"),
        };
        sandbox.write(
            file,
            "#[allow(dead_code)]\nfn two_is_two() {\n    let _: u32 = \"\";\n}\n",
        );
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 3, "{}", out.stdout);
        let markdown = sandbox.campaign(&["report", "--format", "markdown"]).stdout;
        for screen in [out.stdout, markdown] {
            let text: String = screen.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                text.contains(&format!("{place}: mismatched types (E0308)")),
                "{gate}: {screen}"
            );
        }
    }
}

/// Makes the package a workspace with a second member, whose manifest ends with `more`.
fn add_member(sandbox: &Sandbox, more: &str) {
    sandbox.replace(
        "Cargo.toml",
        "[package]",
        "[workspace]\nmembers = [\"other\"]\n[package]",
    );
    let manifest = format!("[package]\nname = \"other\"\nversion = \"0.1.0\"\n{more}");
    sandbox.write("other/Cargo.toml", &manifest);
}

#[test]
fn gate_on_one_package_uses_its_values_of_a_whole_baseline() {
    let sandbox = workspace(
        "\"check.warnings\" = \"<= baseline\"\n\"check.new\" = \"= 0\"\n\"test.vanished\" = \"= 0\"",
    );
    add_member(&sandbox, "");
    let unused = "pub fn f() {\n    let unused = 1;\n}\n#[test]\nfn works() {}\n";
    sandbox.write("other/src/lib.rs", unused);
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    let out = sandbox.campaign(&["gate", "-p", "demo"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox.write(
        "src/lib.rs",
        "pub fn two() -> u32 {\n    let unused = 1;\n    2\n}\n",
    );
    let out = sandbox.campaign(&["gate", "-p", "demo"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stdout
            .contains("compiler warnings: 1, required <= baseline (0)"),
        "{}",
        out.stdout
    );
    let out = sandbox.campaign(&["gate", "-p", "demo", "--all-features"]);
    assert_eq!(out.code, 3, "other features: {}{}", out.stdout, out.stderr);
}

#[test]
fn run_of_one_package_does_not_narrow_the_baseline_of_other_collectors() {
    let sandbox = workspace(
        "\"test.passed\" = \">= baseline\"\n\"test.vanished\" = \"= 0\"\n\"fmt.files\" = { require = \"= 0\", level = \"warn\" }",
    );
    add_member(&sandbox, "[features]\nextra = []\n");
    let test = "#[test]\nfn works() {}\n";
    sandbox.write("other/src/lib.rs", test);
    let code = "pub fn two() -> u32 {\n    2\n}\n";
    sandbox.write("src/lib.rs", &format!("{code}{test}"));
    let pinned = sandbox.campaign(&["baseline"]);
    assert_eq!(pinned.code, 0, "{}{}", pinned.stdout, pinned.stderr);
    sandbox.write("src/lib.rs", code);
    for (run, code) in [
        (&["gate", "test"][..], 1),
        (&["run", "-p", "other", "fmt"], 0),
        (&["gate", "--no-run"], 1),
        (&["run", "-p", "other", "--features", "extra", "loc"], 0),
        (&["gate", "--no-run"], 1),
        (&["gate"], 1),
    ] {
        let out = sandbox.campaign(run);
        assert_eq!(out.code, code, "{run:?}: {}{}", out.stdout, out.stderr);
    }
}

#[test]
fn lower_value_of_one_package_is_explained_by_features() {
    let sandbox = workspace("\"check.warnings\" = \"<= baseline\"");
    let root = "[features]\nloud = []\n[workspace]\nmembers = [\"other\"]\n[package]";
    sandbox.replace("Cargo.toml", "[package]", root);
    sandbox.write(
        "src/lib.rs",
        "pub fn two() -> u32 {\n    2\n}\n#[cfg(feature = \"loud\")]\nfn unused() {}\n",
    );
    let dependency = "[dependencies]\ndemo = { path = \"..\", features = [\"loud\"] }\n";
    sandbox.write(
        "other/Cargo.toml",
        &format!("[package]\nname = \"other\"\nversion = \"0.1.0\"\n{dependency}"),
    );
    sandbox.write("other/src/lib.rs", "");
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    let note = "`check.warnings` is lower than in the baseline of the whole workspace with the same sources";
    for (args, explained) in [
        (&["gate"][..], false),
        (&["gate", "-p", "other"], false),
        (&["gate", "-p", "demo"], true),
    ] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
        assert_eq!(
            out.stdout.contains(note),
            explained,
            "{args:?}: {}",
            out.stdout
        );
    }
    // With other sources, the value may be lower because the code is better.
    sandbox.write("src/lib.rs", "pub fn two() -> u32 {\n    2\n}\n");
    let out = sandbox.campaign(&["gate", "-p", "demo"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(!out.stdout.contains("is lower than"), "{}", out.stdout);
}

#[test]
fn explained_gate_on_a_package_lists_the_places_of_the_package() {
    let sandbox = workspace(
        "\"check.warnings\" = { require = \"= 0\", package = \"*\" }\n[collect]\ndefault = [\"check\"]",
    );
    let root = "[workspace]\nmembers = [\"other\"]\n[package]";
    sandbox.replace("Cargo.toml", "[package]", root);
    let manifest = "[package]\nname = \"other\"\nversion = \"0.1.0\"\n";
    sandbox.write("other/Cargo.toml", manifest);
    sandbox.write("src/lib.rs", "");
    sandbox.write("tests/it.rs", "");
    sandbox.write("other/src/lib.rs", "");
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    sandbox.write("src/lib.rs", "fn here() {}\n");
    sandbox.write("other/src/lib.rs", "fn there() {}\n");
    assert_eq!(sandbox.campaign(&["gate"]).code, 1);
    for (asked, here, there) in [
        ("check.warnings@demo", true, false),
        ("check.warnings@other", false, true),
        ("check.warnings", true, true),
    ] {
        let out = sandbox.campaign(&["explain", asked]).stdout;
        for (place, expected) in [(" src/lib.rs:1:", here), (" other/src/lib.rs:1:", there)] {
            assert_eq!(out.contains(place), expected, "{asked}, {place}: {out}");
        }
    }
}

#[test]
fn panic_message_is_shown_where_the_test_is_named() {
    let sandbox = workspace("\"test.failed\" = \"= 0\"");
    sandbox.write(
        "tests/it.rs",
        "#[test]\nfn two_is_two() {\n    assert_eq!(demo::two(), 3, \"the sum is wrong\");\n}\n",
    );
    let gate = sandbox.campaign(&["gate"]).stdout;
    let explain = sandbox.campaign(&["explain", "test.failed"]).stdout;
    let markdown = sandbox.campaign(&["report", "--format", "markdown"]).stdout;
    for screen in [gate, explain, markdown] {
        for line in [
            "panicked at tests/it.rs:3:5:",
            "assertion `left == right` failed: the sum is wrong",
            "right: 3",
        ] {
            assert!(screen.contains(line), "{line}: {screen}");
        }
        assert!(!screen.contains("RUST_BACKTRACE"), "{screen}");
    }
}

#[test]
fn custom_command_is_named_as_configured() {
    let sandbox = workspace(
        "\"scan.vulns\" = \"= 0\"\n[collect.scan]\ncommand = [\"./scan.sh\", \"--fast\"]\n\
         metrics = { \"scan.vulns\" = { unit = \"count\", better = \"lower\" } }",
    );
    sandbox.write("scan.sh", "#!/bin/sh\necho scan.vulns 0 count\n");
    assert_eq!(typed(&sandbox, "chmod +x scan.sh").0, 0);
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    let screen = sandbox.campaign(&["explain", "scan.vulns"]).stdout;
    assert_eq!(named(&screen), ["./scan.sh --fast"], "{screen}");
    assert_eq!(
        typed(&sandbox, "./scan.sh --fast"),
        (0, "scan.vulns 0 count\n".to_owned())
    );
}

#[test]
fn variable_that_differs_from_the_baseline_is_named() {
    let mut sandbox = workspace("\"test.passed\" = \">= baseline\"");
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    sandbox.set("RUSTFLAGS", "--cfg extra");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    assert_eq!(
        named(&out.stdout),
        ["env -u RUSTFLAGS cargo campaign gate"],
        "{}",
        out.stdout
    );
}

#[test]
fn status_says_that_head_moved_while_the_sources_are_equal() {
    let sandbox = workspace("\"fmt.files\" = \"= 0\"\n[collect]\ndefault = [\"fmt\"]");
    assert_eq!(sandbox.campaign(&["run"]).code, 0);
    let status = || sandbox.campaign(&["status"]).stdout;
    assert!(!status().contains("HEAD is"), "{}", status());
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "nothing"]);
    let commit = sandbox.git(&["rev-parse", "--short=7", "HEAD"]);
    assert!(
        status().contains(&format!("HEAD is {}, sources unchanged;", commit.trim())),
        "{}",
        status()
    );
    sandbox.write("src/lib.rs", "pub fn two() -> u32 {\n    1 + 1\n}\n");
    assert!(!status().contains("sources unchanged"), "{}", status());
}

#[test]
fn nextest_variables_are_of_no_account_under_cargo() {
    let mut sandbox =
        workspace("\"test.passed\" = \">= baseline\"\n\"check.warnings\" = \"<= baseline\"");
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    sandbox.set("NEXTEST_PROFILE", "ci");
    for args in [&["gate"][..], &["gate", "--fresh"]] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    }
}

#[test]
fn renamed_test_is_recognized_and_added_tests_are_named() {
    let sandbox = workspace("\"test.vanished\" = \"= 0\"");
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    sandbox.replace("tests/it.rs", "two_is_two", "two_is_still_two");
    let out = sandbox.campaign(&["gate"]);
    let want = "demo test:it two_is_two (renamed to two_is_still_two?)";
    assert!(out.code == 1 && out.stdout.contains(want), "{}", out.stdout);
    assert_eq!(named(&out.stdout), ["cargo campaign diff"]);
    let (code, diff) = typed(&sandbox, "cargo campaign diff");
    assert!(
        code == 0 && diff.contains("added demo test:it two_is_still_two"),
        "{diff}"
    );
}

#[test]
fn missing_baseline_has_another_remedy_in_ci() {
    let mut sandbox = workspace("\"test.passed\" = \">= baseline\"");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(
        (out.code, named(&out.stdout)),
        (3, vec!["cargo campaign baseline".to_owned()]),
        "{}",
        out.stdout
    );
    sandbox.set("CI", "true");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(
        (out.code, named(&out.stdout)),
        (3, vec!["commit .campaign/baseline.json".to_owned()]),
        "{}",
        out.stdout
    );
}

#[test]
fn near_misses_on_the_command_line_have_a_hint() {
    let sandbox = workspace("\"check.errors\" = \"= 0\"");
    for (args, hint) in [
        (
            &["run", "check,fmt"][..],
            "help: separate names by spaces: check fmt",
        ),
        (&["status", "--json"], "help: --format json"),
    ] {
        let out = sandbox.campaign(args);
        assert!(
            out.code == 2 && out.stderr.contains(hint),
            "{args:?}: {}",
            out.stderr
        );
    }
    for args in [
        &["run", "check", "fmt", "--dry-run"][..],
        &["status", "--format", "json"],
        &["doctor", "--format", "json"],
    ] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 0, "{args:?}: {}", out.stderr);
    }
    let doctor: serde_json::Value =
        serde_json::from_str(&sandbox.campaign(&["doctor", "--format", "json"]).stdout)
            .expect("it is JSON");
    assert_eq!(doctor["checks"][0]["what"], "cargo", "{doctor}");
}

#[test]
fn missing_configuration_alone_is_a_usage_error_of_doctor() {
    let sandbox = workspace("\"check.errors\" = \"= 0\"");
    std::fs::remove_file(sandbox.path("campaign.toml")).expect("it was written");
    let out = sandbox.campaign(&["doctor"]);
    assert!(
        out.code == 2 && out.stdout.contains("fix: cargo campaign init"),
        "{}: {}",
        out.code,
        out.stdout
    );
    assert_eq!(typed(&sandbox, "cargo campaign init").0, 0);
    assert_eq!(sandbox.campaign(&["doctor"]).code, 0);
}

#[test]
fn places_of_a_metric_are_listed_or_the_command_that_finds_them() {
    let sandbox = workspace("\"check.errors\" = \"= 0\"");
    let unsafe_code =
        "pub fn two() -> u32 {\n    let unused = 1;\n    unsafe { std::hint::black_box(2) }\n}\n";
    sandbox.write("src/lib.rs", unsafe_code);
    assert_eq!(sandbox.campaign(&["run", "check", "loc"]).code, 0);
    let screen = sandbox.campaign(&["explain", "check.warnings"]).stdout;
    assert!(
        screen.contains("src/lib.rs:2:9 unused_variables"),
        "{screen}"
    );
    let screen = sandbox.campaign(&["explain", "unsafe.blocks"]).stdout;
    let commands = named(&screen);
    assert_eq!(commands, ["git grep -nwE unsafe -- '*.rs'"], "{screen}");
    assert!(typed(&sandbox, &commands[0]).1.starts_with("src/lib.rs:3:"));
}

#[test]
fn value_of_a_collector_that_no_gate_needs_is_explained() {
    let sandbox = workspace("\"check.errors\" = \"= 0\"");
    assert_eq!(sandbox.campaign(&["explain", "changelog.problems"]).code, 3);
    sandbox.write("CHANGELOG.md", "# Changelog\n");
    assert_eq!(sandbox.campaign(&["run", "changelog"]).code, 0);
    for name in ["changelog.problems", "changelog"] {
        let out = sandbox.campaign(&["explain", name]);
        assert_eq!(out.code, 0, "{name}: {}", out.stderr);
        assert!(out.stdout.contains("changelog.problems"), "{}", out.stdout);
    }
}

/// The commands of a first use, on what `cargo new` makes.
#[test]
fn gates_that_init_writes_pass_on_a_new_workspace() {
    let program = "fn main() {\n    println!(\"Hello, world!\");\n}\n";
    let plain =
        "//! Adds numbers.\n\npub fn add(left: u64, right: u64) -> u64 {\n    left + right\n}\n";
    let tested =
        &format!("{plain}\n#[test]\nfn it_works() {{\n    assert_eq!(add(2, 2), 4);\n}}\n");
    let documented = "//! ```\n//! assert_eq!(2 + 2, 4);\n//! ```\n";
    let five = [
        ("a", "lib", plain),
        ("b", "lib", tested),
        ("c", "main", program),
        ("d", "main", program),
        ("e", "lib", plain),
    ];
    let cases: [(&[(&str, &str, &str)], bool); 5] = [
        (&[("hello", "main", program)], false),
        (&[("hello", "lib", tested)], true),
        (&[("hello", "lib", plain)], false),
        (&[("hello", "lib", documented)], true),
        (&five, true),
    ];
    for (members, has_tests) in cases {
        let sandbox = Sandbox::empty();
        sandbox.write(".gitignore", "/target\n");
        sandbox.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
        );
        for (name, root, text) in members {
            let manifest =
                format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
            sandbox.write(&format!("crates/{name}/Cargo.toml"), &manifest);
            sandbox.write(&format!("crates/{name}/src/{root}.rs"), text);
        }
        first_use(&sandbox, has_tests);
    }
}

/// Runs the commands of a first use, which must pass. The gates on tests must be written if there are tests.
fn first_use(sandbox: &Sandbox, has_tests: bool) {
    sandbox.git_init();
    let done = |args: &[&str]| {
        let out = sandbox.campaign(args);
        let screen = format!("{args:?}: {}{}", out.stdout, out.stderr);
        assert_eq!(out.code, 0, "{screen}");
        out
    };
    let out = done(&["init"]);
    let has_note = out.stderr.contains("no tests were found");
    assert_eq!(has_note, !has_tests, "{}", out.stderr);
    let text = sandbox.read("campaign.toml");
    assert_eq!(text.contains("\n\"test.failed\""), has_tests, "{text}");
    sandbox.commit("a campaign");
    done(&["baseline"]);
    sandbox.commit("a baseline");
    let out = done(&["gate"]);
    assert!(out.stdout.starts_with("PASS"), "{}", out.stdout);
}

#[test]
fn gates_that_init_writes_pass_where_tests_need_features_or_are_ignored() {
    const TEST: &str = "#[test]\nfn one() {}\n";
    const IGNORED: &str = r#"
#[test]
#[ignore = "slow"]
fn one() {}
"#;
    let cases = [
        ("default = [\"x\"]\nx = []", "tests/it.rs", TEST, true),
        (
            "default = [\"y\"]\ny = [\"x\"]\nx = []",
            "tests/it.rs",
            TEST,
            true,
        ),
        ("x = []", "tests/it.rs", TEST, false),
        ("default = [\"x\"]\nx = []", "tests/it.rs", IGNORED, false),
        ("x = []", "src/lib.rs", IGNORED, false),
        (
            "x = []",
            "src/lib.rs",
            "//! ```ignore\n//! no\n//! ```\n",
            false,
        ),
    ];
    for (features, file, text, has_tests) in cases {
        let sandbox = Sandbox::empty();
        sandbox.write(".gitignore", "/target\n");
        let manifest = format!(
            "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [features]\n{features}\n\n\
             [[test]]\nname = \"it\"\nrequired-features = [\"x\"]\n"
        );
        sandbox.write("Cargo.toml", &manifest);
        sandbox.write("src/lib.rs", "");
        sandbox.write("tests/it.rs", "");
        sandbox.write(file, text);
        first_use(&sandbox, has_tests);
    }
}

#[test]
fn names_on_screens_are_explained() {
    let sandbox = workspace(
        "\"clippy.warnings\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n[gates.docs]\n\"doc.warnings\" = \"= 0\"\n\
         [collect]\ndefault = [\"clippy\", \"test\"]",
    );
    sandbox.write("src/lib.rs", "pub fn two() -> u32 {\n    return 3;\n}\n");
    assert_eq!(sandbox.campaign(&["run"]).code, 0);
    for (name, code, shown) in [
        ("clippy.warnings", 0, "clippy warnings  clippy.warnings"),
        ("tests failed", 0, "tests failed  test.failed"),
        ("docs", 0, "doc warnings  doc.warnings"),
        ("gates", 0, "tests failed  test.failed"),
        ("test", 0, "tests failed  test.failed"),
        (
            "demo test:it two_is_two",
            0,
            "note: test demo test:it two_is_two failed",
        ),
        ("two_is_two", 0, "tests failed  test.failed"),
        (
            "needless_return",
            0,
            "clippy lint needless_return  clippy.lint.needless_return",
        ),
        ("clippy::needless_return", 0, "src/lib.rs:2:5"),
        ("src/lib.rs:2:5", 0, "clippy.lint.needless_return"),
        ("src/lib.rs", 0, "clippy.lint.needless_return"),
        (
            "release.lock",
            2,
            "help: cargo campaign gate --release 0.1.0",
        ),
        (
            "changelog",
            2,
            "`changelog` is the check `release.changelog` of a release",
        ),
        ("test.faild", 2, "did you mean `test.failed`?"),
        ("nosuch", 2, "help: cargo campaign status (lists the gates)"),
    ] {
        let out = sandbox.campaign(&["explain", name]);
        let screen = format!("{}{}", out.stdout, out.stderr);
        assert!(
            out.code == code && screen.contains(shown),
            "{name}: {} {screen}",
            out.code
        );
    }
    let out = sandbox.campaign(&["explain", "test.failed", "--base", "HEAD"]);
    assert!(
        out.code == 0 && out.stderr.contains("gates and baseline are those of HEAD"),
        "{}",
        out.stderr
    );
}

/// Commands, and the keys that their JSON has beside those of its kind.
const REPORT: &[&str] = &[
    "schema",
    "schema_version",
    "campaign",
    "verdict",
    "gates",
    "metrics",
    "tests",
];
const JSON: &[(&str, &[&str])] = &[
    ("status", REPORT),
    ("gate", REPORT),
    ("gate --no-run fmt", REPORT),
    ("gate --release 0.2.0 --no-run", REPORT),
    ("diff", REPORT),
    ("explain fmt.files", REPORT),
    ("report", REPORT),
    ("baseline", REPORT),
    ("final", REPORT),
    ("doctor", &["schema", "schema_version", "checks"]),
    ("schema", &["$schema", "properties"]),
    ("history", &[]),
    ("bump minor --dry-run", &["writes", "packages"]),
    ("changelog draft --dry-run", &["writes", "changelogs"]),
    ("changelog lint", &[]),
    ("release 0.2.0", &["executes", "edits"]),
    ("schedule list", &["schema", "schema_version", "jobs"]),
    ("alert list", &["schema", "schema_version", "alerts"]),
    (
        "workstream list",
        &["schema", "schema_version", "workstreams"],
    ),
    ("attest list", &["schema", "schema_version", "attestations"]),
    ("decision list", &["schema", "schema_version", "decisions"]),
    ("plan", &["schema", "schema_version", "workstreams"]),
    ("get metric.todo.open", &["key", "value", "reason"]),
    ("ci", REPORT),
    ("experiment", &["settings"]),
];

/// The commands without JSON, with the reason.
const WITHOUT_JSON: [(&str, &str); 5] = [
    ("document", "it writes documents"),
    ("init", "it writes the configuration"),
    ("run", "`report` has its values"),
    ("watch", "it runs until it is stopped"),
    ("sweep", "it removes files"),
];

#[test]
fn json_of_every_command_is_tried() {
    let tried = JSON
        .iter()
        .filter_map(|(command, _)| command.split(' ').next());
    let tried = tried.chain(WITHOUT_JSON.map(|(name, _)| name));
    assert_eq!(BTreeSet::from_iter(tried.map(str::to_owned)), commands());
}

#[test]
fn json_of_every_command_parses_and_has_the_exit_code_of_the_text() {
    let prepared = || {
        let sandbox = workspace(
            "\"fmt.files\" = \"= 0\"\n[collect]\ndefault = [\"fmt\", \"loc\"]\n[schedule]\nfmt = \"every 60m\"",
        );
        sandbox.write(
            "CHANGELOG.md",
            "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Two.\n",
        );
        sandbox.commit("docs: a changelog");
        assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
        sandbox
    };
    let (text, json) = (prepared(), prepared());
    let mut wrong = Vec::new();
    for (command, keys) in JSON {
        let args: Vec<&str> = command.split(' ').collect();
        let text = text.campaign(&args);
        let json = json.campaign(&[&args, &["--format", "json"][..]].concat());
        let value: Result<serde_json::Value, _> = serde_json::from_str(&json.stdout);
        match value {
            Err(error) => wrong.push(format!(
                "{command}: {error}: {}{}",
                json.stdout, json.stderr
            )),
            Ok(value) => {
                let missing = keys.iter().filter(|key| value.get(**key).is_none());
                wrong.extend(
                    missing.map(|key| format!("{command}: no `{key}`: {:.300}", json.stdout)),
                );
            }
        }
        if text.code != json.code {
            wrong.push(format!(
                "{command}: {} as text, {} as JSON: {}",
                text.code, json.code, json.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
