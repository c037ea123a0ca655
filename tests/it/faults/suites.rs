//! What only the real cargo and real test executables can show: forged messages, suites that lie, hang and die.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{metrics, shows};
use crate::harness::{Expected, Output, Sandbox, Tests};

const GATES: &str = "[collect]\ndefault = [\"test\"]\n[gates]\n\"test.failed\" = \"= 0\"\n\"test.incomplete\" = \"= 0\"\n";

fn fixture(name: &str) -> Sandbox {
    let sandbox = Sandbox::of(name);
    sandbox.write("campaign.toml", GATES);
    sandbox
}

/// The figures of every package of which all suites gave a result, as `expected.json` has them.
fn counted(out: &Output, packages: impl Iterator<Item = String>) -> BTreeMap<String, Tests> {
    let metrics = metrics(out);
    let of = |metric: &str, package: &str| metrics[metric]["packages"][package].as_u64();
    let tests = |package: String| {
        let doc = |what: &str| of(&format!("test.doc.{what}"), &package);
        let mut tests = Tests {
            incomplete: of("test.incomplete", &package).unwrap_or(99),
            ..Tests::default()
        };
        if let (Some(passed), Some(failed), Some(ignored)) =
            (doc("passed"), doc("failed"), doc("ignored"))
        {
            (tests.doc.passed, tests.doc.failed, tests.doc.ignored) = (passed, failed, ignored);
            tests.passed = of("test.passed", &package).unwrap_or(99) - passed;
            tests.failed = of("test.failed", &package).unwrap_or(99) - failed;
            tests.ignored = of("test.ignored", &package).unwrap_or(99) - ignored;
        }
        (package, tests)
    };
    packages.map(tests).collect()
}

/// Measures a fixture's tests; its figures are the expected ones, and the gate ends like this and says so.
fn check(name: &str, code: i32, said: &[&str]) {
    let sandbox = fixture(name);
    shows(&sandbox.campaign(&["gate"]), code, said);
    let report = sandbox.campaign(&["report", "--format", "json"]);
    let mut expected = Expected::of(name).tests.expect("the fixture has tests");
    // Those of another harness in the fixtures pass, as one test each.
    for tests in expected.values_mut() {
        tests.passed += std::mem::take(&mut tests.opaque);
    }
    assert_eq!(counted(&report, expected.keys().cloned()), expected);
}

#[test]
fn suites_that_exit_early_abort_or_flood_are_incomplete_and_never_passed() {
    check(
        "exits",
        1,
        &[
            "error: tests failed: at least 1, required = 0",
            "error: incomplete suites: 2, required = 0",
            "exits-zero lib: 0 of 3 tests gave a result",
            "exits-abort lib: ended by signal 6 after 0 of 2 tests",
        ],
    );
}

#[test]
fn what_tests_print_is_not_read_as_their_results() {
    check("tests", 1, &["error: tests failed: 7, required = 0"]);
}

#[test]
fn odd_names_and_forged_lines_change_no_figure() {
    check("hostile", 1, &["error: tests failed: 1, required = 0"]);
}

/// A macro ends the stream before cargo does, or slips an error in: no figure comes from such a build.
#[test]
fn builds_that_forge_cargos_messages_give_no_verdict() {
    let sandbox = Sandbox::of("hostile");
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"check\"]\n[gates]\n\"check.errors\" = \"= 0\"\n",
    );
    for (feature, code, said) in [
        (
            "uses-macros/finish",
            3,
            "no verdict: check errors: stream contradicts itself: `build-finished` came twice",
        ),
        (
            "uses-macros/stderr",
            3,
            "no verdict: check errors: stream contradicts itself: 1 error, and cargo exited with 0",
        ),
        ("uses-macros/default", 0, "PASS 1 of 1 gates"),
    ] {
        let features = if code == 0 {
            vec![]
        } else {
            vec!["-F", feature]
        };
        let args: Vec<&str> = ["gate"].into_iter().chain(features).collect();
        shows(&sandbox.campaign(&args), code, &[said]);
    }
    let report = sandbox.campaign(&["report", "--format", "json"]);
    assert!(
        !report.stdout.contains("forged.rs"),
        "a forged warning is nobody's: {}",
        report.stdout
    );
}

/// A suite that hangs, and the process it started, are ended with the step; what other suites gave is kept.
#[cfg(target_os = "linux")]
#[test]
fn a_test_that_hangs_costs_its_step_and_leaves_nobody_behind() {
    let mut sandbox = fixture("exits");
    let only = ["-p", "exits-hang"];
    shows(
        &sandbox.campaign(&[&["gate"][..], &only].concat()),
        0,
        &["PASS 2 of 2 gates"],
    );
    sandbox.set("FIXTURE_HANG", "1");
    sandbox.set("RUST_TEST_THREADS", "1");
    sandbox.write(
        "campaign.toml",
        &format!("{GATES}[collect.test]\ntimeout = \"3s\"\n"),
    );
    // Else the run of before would speak for this tree; a file that cargo does not know builds nothing anew.
    sandbox.write("notes.txt", "Another tree.\n");
    shows(
        &sandbox.campaign(&[&["gate"][..], &only].concat()),
        3,
        &[
            "no verdict: tests failed, incomplete suites",
            "over its time",
            "`tests::hangs_when_asked`",
        ],
    );
    assert_eq!(sandbox.alive(), Vec::<String>::new());
    shows(
        &sandbox.campaign(&[&["run"][..], &only].concat()),
        4,
        &["(not whole)"],
    );
}

/// What a test leaves behind holds nothing up and does not outlive the run.
#[cfg(target_os = "linux")]
#[test]
fn a_test_that_leaves_a_process_behind_is_counted_and_the_process_ended() {
    let mut sandbox = fixture("exits");
    sandbox.set("FIXTURE_DAEMON", "1");
    let out = sandbox.campaign(&["run", "-p", "exits-hang"]);
    shows(&out, 0, &["3 tests, 3 passed"]);
    assert_eq!(sandbox.alive(), Vec::<String>::new());
}

/// Ctrl-C while a test runs: the compile steps are kept, the test executable and its child are gone.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_within_a_test_ends_the_test_and_keeps_what_was_measured_before() {
    use nix::sys::signal::Signal::SIGINT;
    let mut sandbox = fixture("exits");
    sandbox.set("FIXTURE_HANG", "1");
    let running = sandbox.start(&["run", "loc", "test", "-p", "exits-hang"]);
    // The test and its grandchild.
    while sandbox
        .alive()
        .iter()
        .filter(|process| process.contains("exits_hang"))
        .count()
        < 2
    {
        std::thread::yield_now();
    }
    running.signal(SIGINT);
    let out = running.finish();
    assert_eq!(
        (out.code, sandbox.alive()),
        (130, Vec::<String>::new()),
        "{}",
        out.stderr
    );
    sandbox.set("FIXTURE_HANG", "");
    let report = sandbox.campaign(&["report", "--run", "latest", "--format", "json"]);
    assert_eq!(metrics(&report)["test.passed"]["value"], Value::Null);
    assert_eq!(
        serde_json::from_str::<Value>(&report.stdout)
            .map(|r| r["verdict"].clone())
            .ok(),
        Some(json!("no-verdict"))
    );
}

#[test]
fn a_broken_build_is_a_failure_with_what_was_reached() {
    let sandbox = Sandbox::of("broken");
    let gates = "[collect]\ndefault = [\"check\", \"test\"]\n[gates]\n\"check.errors\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n";
    sandbox.write("campaign.toml", gates);
    let out = sandbox.campaign(&["gate"]);
    shows(
        &out,
        1,
        &[
            "error: check errors: at least 2, required = 0",
            "no verdict: tests failed: the tests did not compile: broken-lib; error at broken-lib/src/lib.rs:5:5:",
            "mismatched types (E0308)",
        ],
    );
    let report = sandbox.campaign(&["report", "--format", "json"]);
    let metrics = metrics(&report);
    assert_eq!(metrics["check.errors"]["value"], Value::Null);
    assert_eq!(
        metrics["check.errors"]["packages"]["sound"],
        json!(0),
        "it was compiled whole"
    );
    assert_eq!(
        metrics["check.errors"]["packages"].get("leans-on-broken"),
        None,
        "nothing is known of it"
    );
}

/// A compiler that dies in the midst of real cargo's build, however it dies: cargo then tells of no error at all.
#[cfg(unix)]
#[test]
fn a_compiler_that_dies_gives_no_verdict() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    let mut sandbox = fixture("clean");
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"check\"]\n[gates]\n\"check.errors\" = \"= 0\"\n",
    );
    let wrapper = sandbox.stage().join("wrapper");
    sandbox.set("RUSTC_WRAPPER", &wrapper);
    for (death, how) in [
        ("kill -SEGV $$", "signal: 11, SIGSEGV"),
        ("kill -KILL $$", "signal: 9, SIGKILL"),
        (
            "echo 'error: the compiler unexpectedly panicked. this is a bug.' >&2; exit 101",
            "exit status: 101",
        ),
        (
            "printf '{\"$message_type\":\"diagnostic\",\"mess' >&2; exit 1",
            "exit status: 1",
        ),
        ("exit 1", "exit status: 1"),
    ] {
        let script =
            format!("#!/bin/sh\ncase \"$*\" in *clean_core*) {death};; esac\nexec \"$@\"\n");
        fs::write(&wrapper, script).expect("the sandbox can be written");
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let out = sandbox.campaign(&["gate", "--format", "json"]);
        assert_eq!(
            (out.code, &metrics(&out)["check.errors"]["value"]),
            (3, &Value::Null),
            "{death}: {}",
            out.stderr
        );
        shows(
            &out,
            3,
            &["compiler crashed: could not compile `clean-core`", how],
        );
    }
}

/// The next command measures again by itself what the machine kept from a result.
#[test]
fn doctests_of_a_killed_rustdoc_are_measured_again() {
    let sandbox = fixture("clean");
    let flag = sandbox.stage().join("healthy");
    let script = format!(
        "[ -e '{}' ] || case $* in *--test*) kill -9 $$ ;; esac\nexec rustdoc \"$@\"",
        flag.display()
    );
    sandbox.program("killed", &script);
    let config = format!("[build]\nrustdoc = {:?}\n", sandbox.bin().join("killed"));
    sandbox.write(".cargo/config.toml", &config);
    for args in [&["gate"][..], &["gate", "--no-run"], &["gate"]] {
        let out = sandbox.campaign(args);
        shows(
            &out,
            3,
            &["rustdoc gave no result for 1 of 1 libraries: it was killed by signal 9"],
        );
        assert_eq!(
            out.stderr.contains("Recorded run"),
            args == ["gate"],
            "{}",
            out.stderr
        );
    }
    std::fs::write(flag, "").expect("the stage can be written");
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 2 of 2 gates"]);
    let again = sandbox.campaign(&["gate"]);
    shows(&again, 0, &["sources unchanged"]);
}

/// A package of edition 2024 whose tests notice how they are run: doctests that must not share a process, an example and
/// a bench with tests, a name that is no identifier.
fn odd_package() -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = "[package]\nname = \"odd\"\nedition = \"2024\"\n[[example]]\nname = \"ex-1\"\ntest = true\n\
        [[bench]]\nname = \"be\"\nharness = false\ntest = true\n";
    let lib = "use std::sync::atomic::{AtomicBool, Ordering::SeqCst};\n\
        static SET: AtomicBool = AtomicBool::new(false);\n\
        /// ```\n/// assert!(!odd::swap());\n/// ```\n///\n/// ```\n/// assert!(!odd::swap());\n/// ```\n///\n\
        /// ```compile_fail\n/// let x: u8 = \"\";\n/// ```\n///\n\
        /// ```standalone_crate\n/// assert!(std::env::var_os(\"RUSTDOC_DOCTEST_BIN_PATH\").is_none());\n/// ```\n\
        pub fn swap() -> bool {\n    SET.swap(true, SeqCst)\n}\n#[test]\nfn unit() {}\n";
    sandbox.write("Cargo.toml", manifest);
    sandbox.write("src/lib.rs", lib);
    sandbox.write("tests/odd-name.rs", "#[test]\nfn it() {}\n");
    sandbox.write(
        "examples/ex-1.rs",
        "#[test]\nfn in_example() {}\nfn main() {}\n",
    );
    sandbox.write(
        "benches/be.rs",
        "fn main() {\n    println!(\"running\");\n}\n",
    );
    sandbox.write("campaign.toml", GATES);
    sandbox
}

/// Each doctest has a process of its own, as under `cargo test`; one that fails there fails here.
#[test]
fn doctests_of_edition_2024_do_not_share_a_process() {
    let sandbox = odd_package();
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 2 of 2 gates"]);
    let report = metrics(&sandbox.campaign(&["report", "--format", "json"]));
    assert_eq!(
        [
            &report["test.doc.passed"]["value"],
            &report["test.total"]["value"]
        ],
        [&json!(4), &json!(8)]
    );
    sandbox.replace(
        "src/lib.rs",
        "/// ```\n///\n/// ```compile_fail",
        "/// odd::set();\n/// ```\n///\n/// ```compile_fail",
    );
    sandbox.replace(
        "src/lib.rs",
        "#[test]",
        "pub fn set() {\n    assert!(!SET.load(SeqCst));\n}\n#[test]",
    );
    shows(
        &sandbox.campaign(&["gate"]),
        1,
        &["error: tests failed: 1, required = 0"],
    );
}

/// Where test executables lie is cargo's affair: all of them are found by what cargo says of them.
#[test]
fn test_executables_are_found_in_every_build_directory_layout() {
    for variables in [
        &[
            ("RUSTC_BOOTSTRAP", "1"),
            ("CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT", "true"),
        ][..],
        &[("CARGO_BUILD_BUILD_DIR", "elsewhere")],
        &[("CARGO_TARGET_DIR", "other/target")],
    ] {
        let mut sandbox = odd_package();
        variables
            .iter()
            .for_each(|(name, value)| sandbox.set(name, *value));
        shows(&sandbox.campaign(&["gate"]), 0, &["PASS 2 of 2 gates"]);
        let report = metrics(&sandbox.campaign(&["report", "--format", "json"]));
        assert_eq!(report["test.total"]["value"], json!(8), "{variables:?}");
    }
}

/// A package with these files, and gates on all that compiles and tests.
fn package(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("campaign.toml", GATES);
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"odd\"\nedition = \"2024\"\n",
    );
    files
        .iter()
        .for_each(|(file, text)| sandbox.write(file, text));
    sandbox
}

/// A test that writes the results of others into libtest's log, sums them up and exits, and a program that only prints.
#[test]
fn forged_results_are_not_counted() {
    let forger = "fn log(dir: std::path::PathBuf) -> Option<std::path::PathBuf> {\n    \
        std::fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path()).find_map(|path| {\n        \
        if path.ends_with(\"log\") { Some(path) } else { log(path) }\n    })\n}\n\
        #[test]\nfn a() {\n    \
        std::fs::write(log(\".campaign/logs\".into()).unwrap(), \"ok a\\nok b\\n\").unwrap();\n    \
        let sum = \"\\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\\n\";\n    \
        std::io::Write::write_all(&mut std::io::stdout(), sum.as_bytes()).unwrap();\n    std::process::exit(0);\n}\n\
        #[test]\nfn b() {\n    std::thread::park();\n}\n";
    let sandbox = package(&[("src/lib.rs", forger)]);
    let incomplete = [
        "no verdict: tests failed",
        "the log file has a result of `a` that was not printed",
    ];
    shows(&sandbox.campaign(&["gate"]), 1, &incomplete);

    let manifest = "[package]\nname = \"odd\"\nedition = \"2024\"\n[[test]]\nname = \"own\"\nharness = false\n";
    let prints = "fn main() {\n    println!(\"running 2 tests\\ntest a ... ok\\ntest b ... ok\\n\\n\\\n        \
        test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\");\n    \
        std::process::exit(std::env::var(\"FIXTURE_EXIT\").map_or(0, |code| code.parse().unwrap()));\n}\n";
    for (exit, code, counted) in [("0", 0, ["1", "0"]), ("3", 1, ["0", "1"])] {
        let mut sandbox = package(&[
            ("src/lib.rs", ""),
            ("Cargo.toml", manifest),
            ("tests/own.rs", prints),
        ]);
        sandbox.set("FIXTURE_EXIT", exit);
        assert_eq!(sandbox.campaign(&["gate"]).code, code);
        let metrics = metrics(&sandbox.campaign(&["report", "--format", "json"]));
        assert_eq!(
            ["test.passed", "test.failed"].map(|name| metrics[name]["value"].to_string()),
            counted
        );
    }
}

/// A library with a function that reads the arguments of its process, and this statement in a test of it.
fn reads_arguments(statement: &str) -> Sandbox {
    let lib = "pub fn path() -> String {\n    std::env::args().nth(1).unwrap_or(String::from(\"default\"))\n}\n";
    let test =
        format!("#[test]\nfn path_of_config() {{\n    {statement}\n}}\n#[test]\nfn b() {{}}\n");
    package(&[("src/lib.rs", lib), ("tests/path.rs", &test)])
}

#[test]
fn tests_that_read_their_arguments_end_as_with_cargo() {
    for (statement, code, passed) in [
        ("assert_eq!(odd::path(), \"default\");", 0, "2"),
        ("assert_ne!(odd::path(), \"default\");", 1, "1"),
    ] {
        let sandbox = reads_arguments(statement);
        for _ in 0..2 {
            assert_eq!(sandbox.campaign(&["run"]).code, 0);
        }
        assert_eq!(sandbox.campaign(&["gate"]).code, code, "{statement}");
        let metrics = metrics(&sandbox.campaign(&["report", "--format", "json"]));
        assert_eq!(metrics["test.passed"]["value"].to_string(), passed);
        assert_eq!(sandbox.cargo(&["test"]).code == 0, code == 0);
    }
}

#[test]
fn test_that_reads_its_arguments_and_prints_a_result_costs_the_verdict() {
    let prints =
        "std::io::Write::write_all(&mut std::io::stdout(), b\"\\ntest fake ... ok\\n\").unwrap();";
    shows(
        &reads_arguments(prints).campaign(&["gate"]),
        3,
        &[
            "3 of 2 tests gave a result (a test printed to the same output",
            "2 of 2 gates without verdict",
        ],
    );
}

#[cfg(unix)]
#[test]
fn runner_gets_the_arguments_of_cargo() {
    let manifest = "[package]\nname = \"odd\"\nedition = \"2024\"\n";
    let config = "[target.'cfg(unix)']\nrunner = [\"sh\", \"-c\", \"[ $# = 0 ] && exec $0\"]\n";
    let sandbox = package(&[
        ("Cargo.toml", manifest),
        (".cargo/config.toml", config),
        ("src/lib.rs", "#[test]\nfn a() {}\n"),
    ]);
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 2 of 2 gates"]);
}

/// A compiler that ends well and does nothing is no evidence that anything compiles.
#[cfg(unix)]
#[test]
fn a_compiler_that_does_nothing_gives_no_verdict() {
    let config = "[collect]\ndefault = [\"check\", \"build\"]\n[gates]\n\"check.errors\" = \"= 0\"\n\"build.errors\" = \"= 0\"\n";
    let mut sandbox = package(&[("src/lib.rs", "fn broken( {"), ("campaign.toml", config)]);
    sandbox.program(
        "wrapper",
        "case \"$*\" in *'--crate-name odd '*) exit 0;; esac\nexec \"$@\"",
    );
    let wrapper = sandbox.bin().join("wrapper");
    sandbox.set("RUSTC_WRAPPER", wrapper);
    let said = "cargo reported success without compiling every target of odd";
    shows(
        &sandbox.campaign(&["gate"]),
        3,
        &[said, "2 of 2 gates without verdict"],
    );
}

/// A dependency whose macro the crate calls, with the code that it expands to.
fn with_macro(expansion: &str) -> Sandbox {
    let manifest = "[package]\nname = \"odd\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ndep = { path = \"../dep\" }\n[workspace]\n";
    let sandbox = package(&[("Cargo.toml", manifest), ("src/lib.rs", "dep::m!();\n")]);
    sandbox.write(
        "../dep/Cargo.toml",
        "[package]\nname = \"dep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    sandbox.write(
        "../dep/src/lib.rs",
        &format!("#[macro_export]\nmacro_rules! m {{\n    () => {{ {expansion} }};\n}}\n"),
    );
    sandbox
}

/// Code that runs in a build, and macros of dependencies, can recognize clippy in ways that no source of a member shows.
#[test]
fn check_is_not_answered_by_clippy_if_other_code_takes_part_in_the_build() {
    let member = |files: &[(&str, &str)]| {
        let sandbox = package(files);
        sandbox.write("Cargo.lock", "");
        sandbox
    };
    let locked = |expansion: &str| {
        let sandbox = with_macro(expansion);
        let out = sandbox.cargo(&["generate-lockfile", "--offline"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        sandbox
    };
    let proc_macro = "[package]\nname = \"odd\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n";
    let build_script_of_dependency = locked("");
    build_script_of_dependency.write("../dep/build.rs", "fn main() {}\n");
    for (what, sandbox, answered) in [
        ("library", member(&[("src/lib.rs", "")]), true),
        (
            "build script",
            member(&[("src/lib.rs", ""), ("build.rs", "fn main() {}\n")]),
            false,
        ),
        (
            "procedural macro",
            member(&[("src/lib.rs", ""), ("Cargo.toml", proc_macro)]),
            false,
        ),
        (
            "other macro of a dependency",
            locked("#[allow(clippy::all)] fn f() {}"),
            true,
        ),
        (
            "macro of a dependency for clippy",
            locked("#[cfg(not(clippy))] compile_error!(\"x\");"),
            false,
        ),
        (
            "build script of a dependency",
            build_script_of_dependency,
            false,
        ),
        ("unknown dependencies", with_macro(""), false),
    ] {
        let out = sandbox.campaign(&["run", "check", "clippy", "--dry-run"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        let text = out.stdout + &out.stderr;
        assert_eq!(
            text.contains("answered by clippy"),
            answered,
            "{what}: {text}"
        );
    }
}

/// The compiler may see other code while clippy runs in its place.
#[test]
fn check_is_not_answered_by_clippy_for_code_that_looks_for_it() {
    let config = "[collect]\ndefault = [\"check\", \"clippy\"]\n[gates]\n\"check.errors\" = \"= 0\"\n\"check.warnings\" = \"= 0\"\n\"clippy.warnings\" = \">= 0\"\n";
    for (lib, code, expected) in [
        (
            "pub fn f() {}\n",
            0,
            "Plan clippy (check is answered by clippy)",
        ),
        (
            "#[cfg(not(clippy))]\ncompile_error!(\"x\");\n",
            1,
            "check errors: at least 1",
        ),
        (
            "#![cfg_attr(clippy, allow(unused))]\nfn f() {}\n",
            1,
            "compiler warnings: 1",
        ),
        (
            "#[cfg(clippy)]\ncompile_error!(\"x\");\n",
            3,
            "2 gates pass",
        ),
    ] {
        let sandbox = package(&[("src/lib.rs", lib), ("campaign.toml", config)]);
        shows(&sandbox.campaign(&["gate"]), code, &[expected]);
    }
}

#[test]
fn warning_of_the_compiler_without_a_place_counts() {
    let config = "[collect]\ndefault = [\"check\"]\n[gates]\n\"check.warnings\" = \"= 0\"\n";
    let sandbox = package(&[("src/lib.rs", ""), ("campaign.toml", config)]);
    let flags = "[build]\nrustflags = [\"-Ctarget-feature=+nonsuch\"]\n";
    sandbox.write(".cargo/config.toml", flags);
    let expected = "compiler warnings: 1, required = 0";
    shows(&sandbox.campaign(&["gate"]), 1, &[expected]);
}

/// Nothing done is not zero, unless the configuration says so.
#[test]
fn a_collector_that_does_nothing_gives_no_verdict() {
    let lib = (
        "src/lib.rs",
        r#"
#[test]
fn works() {}

#[test]
#[ignore = "slow"]
fn slow() {}
"#,
    );
    for (collector, args, metric, said) in [
        ("test", "--bins", "test.failed", "no tests were found"),
        (
            "test",
            "--\", \"nosuch",
            "test.failed",
            "the arguments leave out every test",
        ),
        (
            "test",
            "--\", \"slow",
            "test.failed",
            "the only selected test is ignored",
        ),
        (
            "test",
            "--\", \"--skip\", \"w",
            "test.failed",
            "the arguments leave out every test",
        ),
        (
            "test",
            "--\", \"--ignored\", \"works",
            "test.failed",
            "the arguments leave out every test",
        ),
    ] {
        let config = |empty: &str| {
            format!(
                "[collect]\ndefault = [\"{collector}\"]\n[collect.{collector}]\nargs = [\"{args}\"]\n{empty}[gates]\n\"{metric}\" = \"= 0\"\n"
            )
        };
        let sandbox = package(&[lib, ("campaign.toml", &config(""))]);
        shows(
            &sandbox.campaign(&["gate"]),
            3,
            &[said, "allow-empty = true"],
        );
        sandbox.write("campaign.toml", &config("allow-empty = true\n"));
        shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
    }
    let excluded = "[collect]\ndefault = [\"test\"]\n[collect.test]\nargs = [\"--exclude\", \"odd\"]\n[gates]\n\"test.failed\" = \"= 0\"\n";
    let sandbox = package(&[lib, ("campaign.toml", excluded)]);
    let said = "tests failed: cargo exited with 101: no packages to compile";
    shows(&sandbox.campaign(&["gate"]), 3, &[said]);
}

/// Benches are checked and linted like everything else; those that need a nightly compiler can be left out.
#[test]
fn a_bench_that_does_not_compile_is_an_error() {
    let config = "[collect]\ndefault = [\"check\", \"clippy\"]\n[gates]\n\"check.errors\" = \"= 0\"\n\"clippy.warnings\" = \"= 0\"\n";
    let bench = |text| {
        package(&[
            ("src/lib.rs", ""),
            ("campaign.toml", config),
            ("benches/speed.rs", text),
        ])
    };
    let sandbox = bench("fn main() {\n    let _: u8 = \"\";\n}\n");
    shows(
        &sandbox.campaign(&["gate"]),
        1,
        &["check errors: at least 1"],
    );
    let sandbox =
        bench("#![feature(test)]\nextern crate test;\n#[bench]\nfn b(_: &mut test::Bencher) {}\n");
    shows(
        &sandbox.campaign(&["gate"]),
        1,
        &["check errors: at least ", "benches = false in [collect]"],
    );
    sandbox.replace("campaign.toml", "[gates]", "benches = false\n[gates]");
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 2 of 2 gates"]);
}

/// A long measurement can be stopped and made complete.
#[test]
fn settings_that_make_a_step_complete_are_named_when_it_ends() {
    let config = "[collect]\ndefault = [\"clippy\", \"loc\"]\n";
    let denied = "#![deny(clippy::needless_return)]\npub fn f() -> u8 {\n    return 1;\n}\n";
    let sandbox = package(&[("src/lib.rs", denied), ("campaign.toml", config)]);
    let out = sandbox.campaign(&["run"]);
    let place = |text: &str| {
        out.stderr
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {}", out.stderr))
    };
    let help = "help: cap-lints = true in [collect.clippy]";
    let order = [
        place("clippy stopped at denied lints in"),
        place(help),
        place("Counted"),
    ];
    assert!(order.is_sorted(), "{}", out.stderr);
    assert_eq!(out.stderr.matches(help).count(), 1, "{}", out.stderr);
}

/// `init` writes a configuration with which `check` and `clippy` are complete.
#[test]
fn init_leaves_out_benches_that_need_a_nightly_compiler() {
    let bench = "#![feature(test)]\nextern crate test;\n#[bench]\nfn b(_: &mut test::Bencher) {}\n";
    for (text, expected) in [(bench, true), ("fn main() {}\n", false)] {
        let sandbox = package(&[("src/lib.rs", ""), ("benches/speed.rs", text)]);
        std::fs::remove_file(sandbox.path("campaign.toml")).expect("written by the fixture");
        shows(&sandbox.campaign(&["init"]), 0, &["Wrote"]);
        assert_eq!(
            sandbox
                .read("campaign.toml")
                .lines()
                .any(|line| line.starts_with("benches = false")),
            expected
        );
    }
}

/// `baseline` refuses to measure tests where there are none.
#[test]
fn init_gates_only_tests_that_cargo_runs() {
    let unit = "#[test]\nfn t() {}\n";
    let fenced = "//! ```\n//! odd::f();\n//! ```\npub fn f() {}\n";
    let indented = "//! Call it:\n//!\n//!     odd::f();\npub fn f() {}\n";
    let optional = "[features]\nx = []\n[[test]]\nname = \"t\"\nrequired-features = [\"x\"]\n";
    for (manifest, file, text, expected) in [
        ("", "src/lib.rs", unit, true),
        ("[lib]\ntest = false\n", "src/lib.rs", unit, false),
        ("[lib]\ntest = false\n", "src/a.rs", unit, false),
        ("", "src/lib.rs", fenced, true),
        ("", "src/lib.rs", indented, true),
        ("[lib]\ndoctest = false\n", "src/lib.rs", fenced, false),
        ("", "tests/t.rs", unit, true),
        (optional, "tests/t.rs", unit, false),
    ] {
        let manifest = format!("[package]\nname = \"odd\"\nedition = \"2024\"\n{manifest}");
        let sandbox = package(&[("src/lib.rs", ""), (file, text), ("Cargo.toml", &manifest)]);
        std::fs::remove_file(sandbox.path("campaign.toml")).expect("written by the fixture");
        shows(&sandbox.campaign(&["init"]), 0, &["Wrote"]);
        let gates = sandbox.read("campaign.toml");
        assert_eq!(
            gates
                .lines()
                .any(|line| line.starts_with("\"test.failed\"")),
            expected,
            "{manifest}{file}: {gates}"
        );
    }
}

/// A benchmark that panics ends its suite: what came before it is no result of the suite.
#[test]
fn a_bench_suite_that_fails_gives_no_verdict() {
    let config = "[collect]\ndefault = [\"bench\"]\n[gates]\n\"bench.*.time\" = \"< 1s\"\n";
    let libtest = "#![feature(test)]\nextern crate test;\n#[bench]\nfn a(b: &mut test::Bencher) {\n    \
        b.iter(|| 1);\n}\n#[bench]\nfn p(_: &mut test::Bencher) {\n    panic!();\n}\n";
    let mut sandbox = package(&[("src/lib.rs", libtest), ("campaign.toml", config)]);
    sandbox.set("RUSTC_BOOTSTRAP", "1");
    shows(
        &sandbox.campaign(&["gate"]),
        3,
        &["odd lib exited with 101", "without verdict"],
    );

    let manifest = "[package]\nname = \"odd\"\nedition = \"2024\"\n[[bench]]\nname = \"own\"\nharness = false\n";
    let prints = "fn main() {\n    println!(\"test a ... bench:         100 ns/iter (+/- 10)\");\n    \
        std::process::exit(std::env::var(\"FIXTURE_EXIT\").map_or(0, |code| code.parse().unwrap()));\n}\n";
    for (exit, code, said) in [
        ("0", 0, "PASS 1 of 1 gates"),
        ("3", 3, "odd bench:own exited with 3"),
    ] {
        let files = [
            ("src/lib.rs", ""),
            ("Cargo.toml", manifest),
            ("benches/own.rs", prints),
            ("campaign.toml", config),
        ];
        let mut sandbox = package(&files);
        sandbox.set("FIXTURE_EXIT", exit);
        shows(&sandbox.campaign(&["gate"]), code, &[said]);
    }
}

/// nextest runs no doctests: each of the two steps shows its own counts.
#[test]
fn nextest_and_the_doctests_show_their_own_counts() {
    let lib = "/// ```\n/// assert!(true);\n/// ```\npub fn f() {}\n#[test]\nfn a() {}\n#[test]\nfn b() {}\n";
    let config = "[collect]\ndefault = [\"test\"]\n[collect.test]\nrunner = \"nextest\"\nargs = [\"--no-fail-fast\"]\n\
        [gates]\n\"test.failed\" = \"= 0\"\n";
    let sandbox = package(&[("src/lib.rs", lib), ("campaign.toml", config)]);
    let said = [
        "Tested 2 tests, 2 passed",
        "Doctested 1 test, 1 passed",
        "PASS 1 of 1 gates",
    ];
    shows(&sandbox.campaign(&["gate"]), 0, &said);
}

/// Doctests that pass say nothing of a failing test that nextest leaves out. A workspace that has doctests alone passes.
#[test]
fn nextest_that_leaves_out_every_test_gives_no_verdict() {
    let doctest = "//! ```\n//! assert!(true);\n//! ```\n";
    let failing = "#[test]\nfn fails() {\n    panic!();\n}\n";
    let left_out = "tests failed: the arguments leave out every test";
    let filter = "[profile.default]\ndefault-filter = \"none()\"\n";
    for (test, args, nextest, code, said) in [
        (failing, "\"--partition\", \"count:2/2\"", "", 3, left_out),
        (failing, "\"-E\", \"none()\"", "", 3, left_out),
        (failing, "\"--run-ignored\", \"only\"", "", 3, left_out),
        (failing, "\"--\", \"nosuch\"", "", 3, left_out),
        (failing, "", filter, 3, "a `default-filter` of nextest's"),
        (failing, "", "", 1, "tests failed: 1"),
        ("", "", "", 0, "PASS 1 of 1 gates"),
    ] {
        let config = |empty: &str| {
            format!(
                "[collect]\ndefault = [\"test\"]\n[collect.test]\nrunner = \"nextest\"\nargs = [{args}]\n{empty}\
                 [gates]\n\"test.failed\" = \"= 0\"\n"
            )
        };
        let lib = format!("{doctest}{test}");
        let sandbox = package(&[("src/lib.rs", &lib), ("campaign.toml", &config(""))]);
        sandbox.write(".config/nextest.toml", nextest);
        shows(&sandbox.campaign(&["gate"]), code, &[said]);
        if said == left_out {
            sandbox.write("campaign.toml", &config("allow-empty = true\n"));
            shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
        }
    }
}

/// The help is the command that shows all that it says.
#[test]
fn nextest_that_does_not_run_says_why() {
    let config = "[collect]\ndefault = [\"test\"]\n[collect.test]\nrunner = \"nextest\"\n[gates]\n\"test.failed\" = \"= 0\"\n";
    let sandbox = package(&[
        ("src/lib.rs", "#[test]\nfn a() {}\n"),
        ("campaign.toml", config),
    ]);
    for (settings, said) in [
        (
            "[profile.default]\nretries = \"x\"\n",
            "nextest.toml`: profile.default.retries: invalid type",
        ),
        (
            "nextest-version = \"99.0.0\"\n",
            "nextest exited with 92: this repository requires nextest version 99.0.0",
        ),
    ] {
        sandbox.write(".config/nextest.toml", settings);
        let out = sandbox.campaign(&["gate", "--format", "json"]);
        let report: Value = serde_json::from_str(&out.stdout).expect("a report");
        let gate = &report["gates"][0];
        assert!(
            gate["reason"]
                .as_str()
                .is_some_and(|reason| reason.contains(said)),
            "{gate}"
        );
        let help = "cargo nextest run --workspace --no-fail-fast";
        assert_eq!(gate["help"].as_str(), Some(help), "{gate}");
        assert_eq!(out.code, 3);
    }
}

#[test]
fn cargos_package_specs_select_packages() {
    let sandbox = package(&[("src/lib.rs", "")]);
    let id = format!("path+file://{}#odd@0.0.0", sandbox.root().display());
    for spec in ["odd", "o*", "odd*", "odd@0.0.0", "odd:0.0", &id] {
        shows(
            &sandbox.campaign(&["run", "check", "-p", spec]),
            0,
            &["1 package", "Checked"],
        );
    }
    shows(
        &sandbox.campaign(&["run", "check", "-p", "odd@1"]),
        2,
        &["package `odd@1` is not a member"],
    );
}

/// What a test does to the record of its own results costs the verdict; a suite that succeeded is not called a failure.
#[cfg(unix)]
#[test]
fn suites_that_succeed_and_cannot_be_read_give_no_verdict() {
    let closes =
        "std::mem::drop(unsafe { <std::fs::File as std::os::fd::FromRawFd>::from_raw_fd(1) });";
    let removes = "std::fs::remove_dir_all(\".campaign\").unwrap();";
    for (deed, said) in [
        (closes, "no `test result:` line"),
        (
            removes,
            "the record of its results was removed while the tests ran",
        ),
    ] {
        let lib = format!("#[test]\nfn a() {{\n    {deed}\n}}\n");
        let sandbox = package(&[("src/lib.rs", &lib)]);
        shows(
            &sandbox.campaign(&["gate"]),
            3,
            &[said, "2 of 2 gates without verdict"],
        );
    }
}

#[cfg(unix)]
#[test]
fn suites_that_run_no_test_are_incomplete() {
    let doctest = "/// ```\n/// assert!(PASSES);\n/// ```\npub fn f() {}\n";
    let (fails, passes) = (
        doctest.replace("PASSES", "false"),
        doctest.replace("PASSES", "true"),
    );
    let own_main = "#![cfg_attr(test, no_main)]\n#[cfg(test)]\n#[unsafe(no_mangle)]\npub extern \"C\" fn main() -> i32 {\n    0\n}\n\
        #[test]\nfn b() {\n    panic!();\n}\n";
    let fails_alone = own_main.replace("    0\n", "    1\n");
    for (lib, cargo_config, code, expected) in [
        (
            fails.as_str(),
            "[build]\nrustdoc = \"true\"\n",
            3,
            "rustdoc gave no result for 1 of 1 libraries",
        ),
        (
            own_main,
            "",
            3,
            "set `harness = false` for it in Cargo.toml",
        ),
        (&fails_alone, "", 1, "does not contain libtest"),
        (&passes, "[term]\nquiet = true\n", 0, "PASS 2 of 2 gates"),
        (&fails, "[term]\nquiet = true\n", 1, "tests failed: 1"),
    ] {
        let sandbox = package(&[("src/lib.rs", lib), (".cargo/config.toml", cargo_config)]);
        shows(&sandbox.campaign(&["gate"]), code, &[expected]);
    }
}

#[cfg(unix)]
#[test]
fn tests_that_a_runner_filters_out_leave_their_suites_incomplete() {
    let lib = "/// ```\n/// assert!(true);\n/// ```\npub fn f() {}\n#[test]\nfn a() {}\n#[test]\nfn b() {}\n";
    let by_runner = "1 test was filtered out by cargo's `runner`";
    let by_any = "1 test was filtered out by cargo's `runner` or `rustdocflags`";
    for (cargo_config, args, code, expected) in [
        ("", "", 0, "PASS 2 of 2 gates"),
        (
            "",
            "args = [\"--\", \"--skip\", \"b\"]",
            0,
            "PASS 2 of 2 gates",
        ),
        (
            "[target.'cfg(unix)']\nrunner = \"PROGRAM\"\n",
            "",
            1,
            by_runner,
        ),
        (
            "[build]\nrustdocflags = [\"--test-args\", \"--skip lib.rs\"]\n",
            "",
            3,
            by_any,
        ),
        // No executable starts, or only those of nextest.
        (
            "[build]\nrustdocflags = [\"--test-args\", \"--skip lib.rs\"]\n",
            "args = [\"--doc\"]",
            3,
            by_any,
        ),
        (
            "[build]\nrustdocflags = [\"--test-args\", \"--skip lib.rs\"]\n",
            "runner = \"nextest\"",
            3,
            by_any,
        ),
    ] {
        let sandbox = package(&[
            ("src/lib.rs", lib),
            ("campaign.toml", &format!("[collect.test]\n{args}\n{GATES}")),
        ]);
        sandbox.program("around", "exec \"$@\" --skip b");
        let program = sandbox.bin().join("around").display().to_string();
        sandbox.write(
            ".cargo/config.toml",
            &cargo_config.replace("PROGRAM", &program),
        );
        shows(&sandbox.campaign(&["gate"]), code, &[expected]);
    }
}
