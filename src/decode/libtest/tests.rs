use super::*;
use Outcome::{Failed, Ignored, Passed};

/// A record of a libtest executable that exited.
fn record<'a>(code: i32, log: &'a str, stdout: &'a str) -> Execution<'a> {
    Execution {
        package: "tide-core",
        target_kind: "lib",
        target: "tide_core",
        libtest: true,
        code: Some(code),
        signal: None,
        seconds: 0.5,
        log: Some(log),
        stdout,
        stdout_cut: false,
        terse: false,
        selects: true,
        stderr: "warning: `--logfile` is deprecated\n",
    }
}

fn results(suite: &Suite) -> Vec<(&str, Outcome)> {
    suite
        .cases
        .iter()
        .map(|case| (case.name.as_str(), case.outcome))
        .collect()
}

const RESULTS: [(&str, Outcome); 9] = [
    ("tests::fails", Failed),
    ("tests::forger", Passed),
    ("tests::ignored", Ignored),
    ("tests::ignored_with", Ignored),
    ("tests::panics", Passed),
    ("tests::panics_not", Failed),
    ("tests::panics_wrong", Failed),
    ("tests::passes", Passed),
    ("tests::result", Failed),
];

#[test]
fn a_real_run_is_complete_and_what_a_test_printed_counts_for_nothing() {
    let log = include_str!("../../../fixtures/streams/libtest/log.txt");
    let stdout = include_str!("../../../fixtures/streams/libtest/stdout.txt");
    let suite = suite(&record(101, log, stdout));
    assert_eq!(results(&suite), RESULTS);
    assert_eq!(
        (
            suite.incomplete.as_deref(),
            suite.exit,
            suite.filtered,
            suite.tail
        ),
        (None, 101, 0, None)
    );
    let output = |name: &str| {
        suite
            .cases
            .iter()
            .find(|case| case.name == name)
            .and_then(|case| case.output.clone())
    };
    assert!(
        output("tests::fails")
            .is_some_and(|o| o.starts_with("some output\ntest tests::fake ... ok")
                && o.contains("one is not two"))
    );
    assert_eq!(
        output("tests::panics_not").as_deref(),
        Some("note: test did not panic as expected at core/src/lib.rs:89:8")
    );
    assert_eq!(
        output("tests::result").as_deref(),
        Some("Error: \"an error\"")
    );
    assert_eq!(output("tests::passes"), None);
}

#[test]
fn a_real_run_in_json_has_times_and_the_same_results() {
    let log = include_str!("../../../fixtures/streams/json/log.txt");
    let stdout = include_str!("../../../fixtures/streams/json/stdout.txt");
    let suite = suite(&record(101, log, stdout));
    assert_eq!(results(&suite), RESULTS);
    assert_eq!(suite.incomplete, None);
    let timed = |case: &TestCase| case.seconds.is_some() == (case.outcome != Ignored);
    assert!(suite.cases.iter().all(timed), "{:?}", suite.cases);
    assert!(
        suite.cases[0]
            .output
            .as_ref()
            .is_some_and(|output| output.contains("one is not two"))
    );
    let said = suite
        .cases
        .iter()
        .find(|case| case.name == "tests::panics_not")
        .and_then(|case| case.output.as_deref());
    assert_eq!(
        said,
        Some("test did not panic as expected at core/src/lib.rs:89:8")
    );
}

#[test]
fn a_test_that_exits_or_aborts_leaves_the_suite_incomplete() {
    let exits = record(
        0,
        include_str!("../../../fixtures/streams/exits/log.txt"),
        include_str!("../../../fixtures/streams/exits/stdout.txt"),
    );
    assert_eq!(
        suite(&exits).incomplete.as_deref(),
        Some("1 of 3 tests gave a result")
    );
    let aborts = Execution {
        code: None,
        signal: Some(6),
        ..record(
            0,
            include_str!("../../../fixtures/streams/aborts/log.txt"),
            include_str!("../../../fixtures/streams/aborts/stdout.txt"),
        )
    };
    let aborted = suite(&aborts);
    assert_eq!(
        aborted.incomplete.as_deref(),
        Some("ended by signal 6 after 0 of 2 tests")
    );
    assert_eq!(aborted.exit, 134);
    assert_eq!(
        aborted.tail.as_deref(),
        Some("running 2 tests\nwarning: `--logfile` is deprecated")
    );
}

/// stdout of so many announced tests with this end.
/// With every result that the log files here have.
fn stdout(announced: u32, totals: &str) -> String {
    let results = "test a ... ok\ntest a ... FAILED\ntest b   ... bench:  1 ns/iter (+/- 0)\ntest twice ... ok\n";
    format!("\nrunning {announced} tests\n{results}{totals}\n")
}

const ONE_OK: &str =
    "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s";
const ONE_BAD: &str = "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
const NONE: &str =
    "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
const MEASURED: &str =
    "test result: ok. 0 passed; 0 failed; 0 ignored; 1 measured; 0 filtered out; finished in 0.00s";

#[test]
fn each_broken_rule_of_reconciliation_is_named() {
    for (code, log, stdout, incomplete) in [
        (0, "ok a\n", stdout(1, ONE_OK), None),
        (101, "failed a\n", stdout(1, ONE_BAD), None),
        (0, "", stdout(0, NONE), None),
        (0, "  1,000 ns/iter (+/- 2) b\n", stdout(1, MEASURED), None),
        (
            0,
            "ok a\n",
            format!("{}{}", stdout(1, ONE_OK), "ok a and goodbye"),
            None,
        ),
        (
            0,
            "ok a\n",
            stdout(2, ONE_OK),
            Some("1 of 2 tests gave a result"),
        ),
        (
            0,
            "ok a\nok b\n",
            stdout(1, ONE_OK),
            Some("2 of 1 tests gave a result"),
        ),
        (0, "ok a\n", stdout(1, ""), Some("no `test result:` line")),
        (
            0,
            "ok a\n",
            ONE_OK.to_owned(),
            Some("it did not say how many tests it runs"),
        ),
        (
            3,
            "ok a\n",
            stdout(2, ONE_OK),
            Some("exit code 3 after 1 of 2 tests"),
        ),
        (
            101,
            "ok a\n",
            stdout(1, ONE_OK),
            Some("exit code 101 with none failed"),
        ),
        (
            0,
            "failed a\n",
            stdout(1, ONE_BAD),
            Some("exit code 0 with 1 failed"),
        ),
        (
            101,
            "failed a\n",
            stdout(1, ONE_OK),
            Some(
                "it sums up 1 passed, 0 failed, 0 ignored, 0 measured, its log file 0 passed, 1 failed, 0 ignored, 0 measured",
            ),
        ),
        (
            0,
            "ok a\nnonsense\n",
            stdout(1, ONE_OK),
            Some("1 line of the log file was not understood"),
        ),
        (
            0,
            "ok a\nok twice\n",
            stdout(1, &format!("running 2 tests\n{ONE_OK}")),
            Some("2 of 1 tests gave a result"),
        ),
    ] {
        assert_eq!(
            suite(&record(code, log, &stdout)).incomplete.as_deref(),
            incomplete,
            "{code} {log:?} {stdout:?}"
        );
    }
    let stdout = stdout(1, ONE_OK);
    let lost = Execution {
        log: None,
        ..record(0, "", &stdout)
    };
    assert_eq!(
        suite(&lost).incomplete.as_deref(),
        Some("no log file was written")
    );
    let ended = Execution {
        code: None,
        ..record(0, "ok a\n", &stdout)
    };
    assert_eq!(
        suite(&ended).incomplete.as_deref(),
        Some("no exit code after 1 of 1 tests")
    );
    assert_eq!(suite(&record(0, "ok a\n", &stdout)).filtered, 3);
    let unselected = Execution {
        selects: false,
        ..record(0, "ok a\n", &stdout)
    };
    assert_eq!(
        suite(&unselected).incomplete.as_deref(),
        Some("3 tests were filtered out by cargo's `runner`")
    );
}

#[test]
fn a_harness_of_another_kind_is_one_case_by_its_exit_status() {
    let forged = "running 2 tests\ntest one ... ok\ntest two ... ok\n\n\
        test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out\n";
    for (code, signal, outcome, incomplete) in [
        (Some(0), None, Some(Passed), None),
        (Some(1), None, Some(Failed), None),
        (Some(101), None, Some(Failed), None),
        (None, Some(9), Some(Failed), Some("ended by signal 9")),
        (None, None, None, Some("no exit code")),
    ] {
        for stdout in [forged, "all is well", ""] {
            let found = suite(&Execution {
                libtest: false,
                code,
                signal,
                log: None,
                ..record(0, "", stdout)
            });
            let expected: Vec<_> = outcome
                .iter()
                .map(|outcome| ("tide_core", *outcome))
                .collect();
            assert_eq!(
                (results(&found), found.incomplete.as_deref()),
                (expected, incomplete),
                "{stdout}"
            );
            assert_eq!((found.harness, found.filtered), (Harness::Opaque, 0));
            assert_eq!(
                found.exit,
                code.unwrap_or(signal.map_or(-1, |signal| 128 + signal))
            );
        }
    }
}

#[test]
fn a_result_in_the_log_file_that_was_not_printed_is_not_believed() {
    let (log, two) = (
        "ok a\nok b\n",
        "2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
    );
    let printed = |lines: &str| format!("running 2 tests\n{lines}test result: ok. {two}\n");
    let only_a = printed("test a ... ok\n");
    let told = |stdout: &str, cut, terse| {
        suite(&Execution {
            stdout_cut: cut,
            terse,
            ..record(0, log, stdout)
        })
        .incomplete
    };
    let unprinted = Some("the log file has a result of `b` that was not printed".to_owned());
    assert_eq!(
        told(&printed("test a ... ok\ntest b ... ok\n"), false, false),
        None
    );
    assert_eq!(told(&only_a, false, false), unprinted);
    assert_eq!(
        told(&printed("test a ... ok\ntest b ... FAILED\n"), false, false),
        unprinted
    );
    assert_eq!(
        [told(&only_a, true, false), told(&only_a, false, true)],
        [None, None],
        "nothing can be told"
    );
    let json = |event: &str| {
        format!(
            "{{ \"type\": \"suite\", \"event\": \"started\", \"test_count\": 1 }}\n\
             {{ \"type\": \"test\", \"name\": \"a\", \"event\": \"{event}\" }}\n\
             {{ \"type\": \"suite\", \"event\": \"ok\", \"passed\": 1, \"failed\": 0, \"ignored\": 0, \"measured\": 0, \
             \"filtered_out\": 0, \"exec_time\": 0.5 }}\n"
        )
    };
    let incomplete = |event: &str| suite(&record(0, "ok a\n", &json(event))).incomplete;
    assert_eq!(incomplete("ok"), None);
    assert!(incomplete("started").is_some() && incomplete("failed").is_some());
}

#[test]
fn output_of_failed_tests_is_cut() {
    let log = "failed a\n";
    let long = format!(
        "running 1 test\ntest a ... FAILED\nfailures:\n\n---- a stdout ----\n{}\n\nfailures:\n    a\n\n{ONE_BAD}\n",
        "é".repeat(9000)
    );
    let suite = suite(&record(101, log, &long));
    assert_eq!(suite.incomplete, None);
    assert_eq!(
        suite.cases[0].output.as_ref().map(String::len),
        Some(crate::decode::text::OUTPUT)
    );
}

#[test]
fn tests_that_had_begun_without_a_result_are_named() {
    let json = "{ \"type\": \"test\", \"event\": \"started\", \"name\": \"b\" }\n";
    for (log, stdout, names) in [
        (
            "ok a\n",
            "running 2 tests\ntest a ... ok\ntest b ... ",
            &["b"][..],
        ),
        ("ok a\n", "test a ... ok\n", &[]),
        (
            "ok a\n",
            "test b has been running for over 60 seconds\ntest a has been running for over 60 seconds\n",
            &["b"],
        ),
        ("", json, &["b"]),
        ("ok b\n", json, &[]),
        ("", "", &[]),
    ] {
        assert_eq!(unfinished(log, stdout), names, "{stdout}");
    }
}
