use super::*;
use crate::workspace::Target;
use Outcome::{Failed, Ignored, Passed};

fn member(name: &str, dir: &str) -> Member {
    let target = Target {
        name: name.replace('-', "_"),
        kind: "lib".to_owned(),
        file: format!("{dir}/src/lib.rs"),
        test: true,
        doctest: true,
        doc: true,
        ..Target::default()
    };
    Member {
        name: name.to_owned(),
        id: format!("path+file:///ws/{dir}#{name}@0.1.0"),
        version: "0.1.0".to_owned(),
        dir: dir.to_owned(),
        targets: vec![target],
        publish: true,
        ..Member::default()
    }
}

fn workspace(members: &[(&str, &str)]) -> Workspace {
    let members = members
        .iter()
        .map(|(name, dir)| member(name, dir))
        .collect();
    Workspace {
        root: "/ws".into(),
        target_dir: "/ws/target".into(),
        build_dir: None,
        members,
    }
}

fn read(text: &str, members: &[(&str, &str)]) -> Vec<Suite> {
    let mut reader = DoctestReader::new();
    text.split('\n')
        .for_each(|line| reader.line(line.as_bytes()));
    reader.finish(&workspace(members), false)
}

const RIPTIDE: &[(&str, &str)] = &[
    ("tide-cli", "cli"),
    ("tide-core", "core"),
    ("tide-mac", "mac"),
];

#[test]
fn doctests_so_far_are_counted_to_the_tests_before_them() {
    let before = |what: &str| Progress {
        done: 7,
        total: 0,
        what: what.to_owned(),
    };
    let after = |lines: &[&str], what| {
        let mut reader = DoctestReader::new();
        lines.iter().for_each(|line| reader.line(line.as_bytes()));
        let Progress { done, what, .. } = reader.after(before(what));
        format!("{done} {what}")
    };
    let group = [
        "running 2 tests",
        "test src/lib.rs - a (line 1) ... ok",
        "test src/lib.rs - b (line 9) ... ok",
    ];
    for (lines, what, expected) in [
        (&group[..0], "", "7 "),
        (&group[..0], "core lib", "7 core lib"),
        (&group[..1], "", "7 doctests"),
        (&group[..2], "", "8 doctests"),
        (&group, "core lib", "9 core lib"),
    ] {
        assert_eq!(after(lines, what), expected, "{lines:?}");
    }
}

#[test]
fn real_groups_are_one_suite_per_package() {
    let suites = read(
        include_str!("../../../fixtures/streams/doctest/stdout.txt"),
        RIPTIDE,
    );
    let brief: Vec<_> = suites
        .iter()
        .map(|s| {
            (
                s.package.as_str(),
                s.target.as_str(),
                s.exit,
                s.incomplete.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            ("tide-cli", "tide_cli", 101, None),
            ("tide-core", "tide_core", 101, None)
        ]
    );
    let cases: Vec<_> = suites[1]
        .cases
        .iter()
        .map(|case| (case.name.as_str(), case.outcome))
        .collect();
    assert_eq!(
        cases,
        [
            ("core/src/lib.rs - (line 3)", Passed),
            ("core/src/lib.rs - Pool::get (line 59)", Passed),
            ("core/src/lib.rs - add (line 10)", Passed),
            ("core/src/lib.rs - add (line 14)", Passed),
            ("core/src/lib.rs - add (line 18)", Passed),
            ("core/src/lib.rs - add (line 22)", Passed),
            ("core/src/lib.rs - add (line 26)", Ignored),
            ("core/src/lib.rs - add (line 30)", Failed),
        ]
    );
    let output = suites[1].cases[7].output.as_deref().unwrap_or_default();
    assert!(
        output.starts_with("Test executable failed") && output.contains("out of the doctest"),
        "{output}"
    );
    assert!(suites[1].seconds > 0.0);
}

const FORGED: &str = "test core/src/lib.rs - phantom (line 9) ... ok\n\
                      test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
                      running 7 tests\n";

#[test]
fn a_group_that_does_not_add_up_makes_its_package_incomplete() {
    let ok = "test core/src/lib.rs - f (line 1) ... ok\n";
    let bad = "test core/src/lib.rs - g (line 2) ... FAILED\n";
    let section = format!(
        "\nfailures:\n\n---- core/src/lib.rs - g (line 2) stdout ----\n{FORGED}\n\nfailures:\n    g\n\n"
    );
    let result = |word: &str, passed: u32, failed: u32| {
        format!(
            "test result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out\n"
        )
    };
    let unclear = Some("the `test result:` line does not agree with the results");
    let lost = Some("0 of 5 doctests gave a result");
    for (text, cases, incomplete) in [
        (
            format!("running 1 test\n{ok}\n{}", result("ok", 1, 0)),
            1,
            None,
        ),
        (
            format!(
                "running 2 tests\n{ok}{bad}{section}{}",
                result("FAILED", 1, 1)
            ),
            2,
            None,
        ),
        (
            format!("running 2 tests\n{ok}\n{}", result("ok", 1, 0)),
            1,
            Some("1 of 2 doctests gave a result"),
        ),
        (
            format!("running 1 test\n{ok}"),
            1,
            Some("no `test result:` line"),
        ),
        (
            format!("running 2 tests\n{ok}{bad}{section}"),
            2,
            Some("no `test result:` line"),
        ),
        (
            format!("running 1 test\n{ok}\n{}", result("ok", 2, 0)),
            1,
            unclear,
        ),
        (
            format!("running 1 test\n{ok}\n{}", result("FAILED", 1, 0)),
            1,
            unclear,
        ),
        (
            format!(
                "running 5 tests\nrunning 1 test\n{ok}\n{}",
                result("ok", 1, 0)
            ),
            1,
            lost,
        ),
        (
            format!(
                "noise\n{ok}running 1 test\nchatty\n{ok}\n{}{ok}",
                result("ok", 1, 0)
            ),
            1,
            None,
        ),
    ] {
        let suites = read(&text, RIPTIDE);
        let found: usize = suites.iter().map(|suite| suite.cases.len()).sum();
        let incomplete_of = suites.iter().find_map(|suite| suite.incomplete.as_deref());
        assert_eq!((found, incomplete_of), (cases, incomplete), "{text}");
    }
}

#[test]
fn a_doctest_belongs_to_the_folder_its_path_begins_with() {
    let members = &[
        ("core", "core"),
        ("derive", "core/derive"),
        ("side", "../side"),
    ];
    for (path, package) in [
        ("core/src/lib.rs", "core"),
        ("core/derive/src/lib.rs", "derive"),
        ("core/src/../README.md", "core"),
        ("core/src/../../README.md", "core"),
        (r"core\src\lib.rs", "core"),
        ("../side/src/lib.rs", "side"),
        ("./x/../core/src/lib.rs", "core"),
        ("/ws/core/src/lib.rs", "core"),
        ("/side/src/lib.rs", "side"),
        ("/other/src/lib.rs", ""),
        ("elsewhere/src/lib.rs", ""),
        ("corelike/src/lib.rs", ""),
    ] {
        let totals = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        let suites = read(
            &format!("running 1 test\ntest {path} - f (line 1) ... ok\n{totals}\n"),
            members,
        );
        let unknown = package
            .is_empty()
            .then_some("doctests of an unknown package");
        let found: Vec<_> = suites
            .iter()
            .map(|s| (s.package.as_str(), s.incomplete.as_deref()))
            .collect();
        assert_eq!(found, [(package, unknown)], "{path}");
    }
}

#[test]
fn doctest_has_the_same_name_in_every_clone() {
    let members = &[("core", "core"), ("side", "../side")];
    let totals = "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
    for (path, expected) in [
        ("core/src/lib.rs", "core/src/lib.rs"),
        ("core/src/../../README.md", "README.md"),
        ("core/src/../../../README.md", "../README.md"),
        ("/side/src/lib.rs", "../side/src/lib.rs"),
        ("/side/src/../../README.md", "../README.md"),
    ] {
        let name = format!("{path} - f (line 1)");
        let output = format!("failures:\n\n---- {name} stdout ----\nx\n\nfailures:\n    {name}\n");
        let suites = read(
            &format!("running 1 test\ntest {name} ... FAILED\n\n{output}\n{totals}\n"),
            members,
        );
        let case = &suites[0].cases[0];
        assert_eq!(case.name, format!("{expected} - f (line 1)"), "{path}");
        assert_eq!(case.output.as_deref(), Some("x"), "{path}");
    }
}

#[test]
fn libraries_without_doctests_have_no_suite() {
    let none = "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    assert_eq!(read(&none.repeat(3), RIPTIDE), []);
    assert_eq!(read("", RIPTIDE), []);
}

#[test]
fn a_hostile_doctest_is_read_in_linear_time() {
    let results: String = (0..40_000)
        .map(|n| format!("test src/lib.rs - f (line {n}) ... FAILED\n"))
        .collect();
    let totals = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n"
        .repeat(40_000);
    let suites = read(
        &format!("running 40000 tests\n{results}failures:\n{totals}"),
        RIPTIDE,
    );
    assert_eq!(suites[0].cases.len(), 40_000);
    assert!(suites[0].incomplete.is_some());

    let mut reader = DoctestReader::new();
    for _ in 0..40_000 {
        reader.line(b"running 0 tests");
        reader.line(b"test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(
            reader
                .after(Progress {
                    done: 0,
                    total: 0,
                    what: String::new()
                })
                .done,
            0
        );
    }
}

#[test]
fn doctests_that_no_argument_filtered_out_leave_their_suite_incomplete() {
    let totals = |passed: u32, filtered: u32| {
        format!(
            "test result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured; {filtered} filtered out\n"
        )
    };
    let some = format!(
        "running 1 test\ntest core/src/lib.rs - f (line 1) ... ok\n{}",
        totals(1, 2)
    );
    let all = format!("running 0 tests\n{}", totals(0, 1));
    let two = "2 tests were filtered out by cargo's `runner` or `rustdocflags`";
    let one = "1 test was filtered out by cargo's `runner` or `rustdocflags`";
    for (text, runs_all, expected) in [
        (&some, false, Some(("core", None))),
        (&some, true, Some(("core", Some(two)))),
        (&all, false, None),
        (&all, true, Some(("", Some(one)))),
    ] {
        let mut reader = DoctestReader::new();
        text.lines().for_each(|line| reader.line(line.as_bytes()));
        let suites = reader.finish(&workspace(&[("core", "core")]), runs_all);
        let found = suites.first();
        let found = found.map(|s| (s.package.as_str(), s.incomplete.as_deref()));
        assert_eq!(found, expected, "{text} {runs_all}");
    }
}

#[test]
fn number_of_threads_that_rustdoc_refuses_is_named() {
    let mut reader = DoctestReader::new();
    for line in [
        "   Doc-tests core",
        "",
        "thread 'main' (7) panicked at concurrency.rs:11:18:",
        "RUST_TEST_THREADS is `0`, should be a positive integer.",
    ] {
        reader.stderr_line(line);
    }
    let suites = reader.finish(&workspace(&[("core", "core")]), true);
    assert_eq!(
        suites[0].incomplete.as_deref(),
        Some("RUST_TEST_THREADS is `0`, should be a positive integer")
    );
}

#[test]
fn doctest_that_the_machine_does_not_compile_has_no_result() {
    let text = |error: &str| {
        format!(
            "running 2 tests\ntest core/src/lib.rs - f (line 1) ... FAILED\ntest core/src/lib.rs - g (line 5) ... ok\n\n\
            failures:\n\n---- core/src/lib.rs - f (line 1) stdout ----\n{error}\nCouldn't compile the test.\n\n\
            failures:\n    core/src/lib.rs - f (line 1)\n\n\
            test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n"
        )
    };
    for (error, incomplete, cases) in [
        (
            "error: failed to write /t/a.o: No space left on device (os error 28)",
            Some("the disk is full: failed to write /t/a.o: No space left on device (os error 28)"),
            1,
        ),
        ("error[E0425]: cannot find `x`", None, 2),
        ("error: x\n  |\n1 | f(\"No space left on device\")", None, 2),
        (
            "error: No space left on device\n --> src/lib.rs:3:1",
            None,
            2,
        ),
        (
            "error: couldn't read `src/out of memory.txt`: No such file or directory (os error 2)\n --> src/lib.rs:3:1",
            None,
            2,
        ),
    ] {
        let suites = read(&text(error), RIPTIDE);
        assert_eq!(
            suites[0].cause == Cause::Machine,
            incomplete.is_some(),
            "{error}"
        );
        assert_eq!(suites[0].incomplete.as_deref(), incomplete, "{error}");
        assert_eq!(suites[0].cases.len(), cases, "{error}");
    }
}

#[test]
fn doctest_that_did_not_run_to_its_end_has_no_result() {
    for (output, incomplete) in [
        (
            "Test executable failed (signal: 9 (SIGKILL)).",
            Some("a doctest was ended by signal 9"),
        ),
        (
            "Test executable failed (terminated by signal).",
            Some("a doctest was ended by a signal"),
        ),
        (
            "Failed to spawn \"/b/rustc\": Os { code: 11, kind: WouldBlock, message: \"x\" }\nCouldn't compile the test.",
            Some("the compiler of a doctest could not be started"),
        ),
        (
            "Test executable failed (signal: 15 (SIGTERM)).",
            Some("a doctest was ended by signal 15"),
        ),
        ("Test executable failed (signal: 6 (SIGABRT)).", None),
        (
            "Test executable failed (signal: 6 (SIGABRT) (core dumped)).",
            None,
        ),
        (
            "Test executable failed (exit status: 101).\n\nstderr:\nsignal: 9",
            None,
        ),
    ] {
        let text = format!(
            "running 1 test\ntest core/src/lib.rs - f (line 1) ... FAILED\n\n\
            failures:\n\n---- core/src/lib.rs - f (line 1) stdout ----\n{output}\n\n\
            failures:\n    core/src/lib.rs - f (line 1)\n\n\
            test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n"
        );
        let suites = read(&text, RIPTIDE);
        assert_eq!(suites[0].incomplete.as_deref(), incomplete, "{output}");
        assert_eq!(
            suites[0].cases.len(),
            usize::from(incomplete.is_none()),
            "{output}"
        );
    }
}

/// It may be complete next time, while a rejected argument is rejected again.
#[test]
fn machine_that_ends_rustdoc_is_told_from_a_result_without_libraries() {
    let begins = ["running 1 test", "test core/src/lib.rs - f (line 1) ... ok"];
    let killed = "  process didn't exit successfully: `/b/rustdoc --crate-name x` (signal: 9, SIGKILL: kill)";
    for (stdout, stderr, incomplete, of_machine) in [
        (
            &[][..],
            killed,
            "rustdoc gave no result for 1 of 1 libraries: it was killed by signal 9",
            true,
        ),
        (
            &[],
            "error: cannot create a directory: No space left on device (os error 28)",
            "rustdoc gave no result for 1 of 1 libraries: the disk is full: cannot create a directory: No space left on device \
             (os error 28)",
            true,
        ),
        (&begins, killed, "no `test result:` line", true),
        (
            &[],
            "error: Unrecognized option: 'x'",
            "rustdoc gave no result for 1 of 1 libraries",
            false,
        ),
    ] {
        let mut reader = DoctestReader::new();
        // That of a test executable.
        reader.stderr_line("  process didn't exit successfully: `/t/a-1` (signal: 6, SIGABRT: process abort signal)");
        reader.stderr_line("   Doc-tests tide_core");
        reader.stderr_line(stderr);
        stdout.iter().for_each(|line| reader.line(line.as_bytes()));
        let suites = reader.finish(&workspace(RIPTIDE), true);
        assert_eq!(suites[0].incomplete.as_deref(), Some(incomplete));
        assert_eq!(suites[0].cause == Cause::Machine, of_machine, "{stderr}");
    }
}
