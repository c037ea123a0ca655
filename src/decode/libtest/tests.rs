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
        results: Results::Log(Some(log)),
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
    assert_eq!(aborted.cause, Cause::Sources);
    let out_of_memory = suite(&Execution {
        stderr: "memory allocation of 4096 bytes failed",
        ..aborts
    });
    assert_eq!(out_of_memory.cause, Cause::Unknown);
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
        results: Results::Log(None),
        ..record(0, "", &stdout)
    };
    assert_eq!(
        suite(&lost).incomplete.as_deref(),
        Some("no log file was written")
    );
    for (stderr, reason) in [
        (
            "error: Unrecognized option: 'x'\n",
            "libtest refused its arguments: Unrecognized option: 'x'",
        ),
        (
            "\nthread 'main' (7) panicked at concurrency.rs:11:18:\nRUST_TEST_THREADS is `0`, should be a positive integer.\n",
            "RUST_TEST_THREADS is `0`, should be a positive integer",
        ),
    ] {
        for results in [Results::Log(None), Results::Stdout] {
            let refused = Execution {
                results,
                stderr,
                ..record(101, "", "")
            };
            assert_eq!(suite(&refused).incomplete.as_deref(), Some(reason));
        }
    }
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
        (None, Some(6), Some(Failed), Some("ended by signal 6")),
        // Of a suite that was killed it is not known whether it passes.
        (None, Some(9), None, Some("ended by signal 9")),
        (None, Some(15), None, Some("ended by signal 15")),
        (None, None, None, Some("no exit code")),
    ] {
        for stdout in [forged, "all is well", ""] {
            let found = suite(&Execution {
                libtest: false,
                code,
                signal,
                results: Results::Log(None),
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
        assert_eq!(
            unfinished(Results::Log(Some(log)), stdout),
            names,
            "{stdout}"
        );
    }
}

/// A record of a libtest executable that was started without a log file.
fn printed(code: i32, stdout: &str) -> Execution<'_> {
    Execution {
        results: Results::Stdout,
        ..record(code, "", stdout)
    }
}

/// The text of libtest around these lines.
fn announced(announced: u32, lines: &str, totals: [u32; 3]) -> String {
    let [passed, failed, ignored] = totals;
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    format!(
        "\nrunning {announced} tests\n{lines}\ntest result: {verdict}. {passed} passed; {failed} failed; \
         {ignored} ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n"
    )
}

#[test]
fn results_without_a_log_file_are_found_among_the_output_of_tests() {
    let (ok, failed, ignored) = (Passed, Failed, Ignored);
    for (code, lines, expected) in [
        (0, "", &[][..]),
        (0, "test a ... ok\n", &[("a", ok)]),
        (
            101,
            "test b ... FAILED\ntest a ... ok\n",
            &[("a", ok), ("b", failed)],
        ),
        // A display suffix, a message, a time and a limit.
        (
            101,
            "test a - should panic ... ok\ntest b - should panic ... FAILED\n",
            &[("a", ok), ("b", failed)],
        ),
        (0, "test a ... ignored\n", &[("a", ignored)]),
        (
            0,
            "test a ... ignored, needs: test b ... ok\n",
            &[("a", ignored)],
        ),
        (0, "test a ... ok <0.012s>\n", &[("a", ok)]),
        (
            101,
            "test a ... FAILED (time limit exceeded)\n",
            &[("a", failed)],
        ),
        (0, "test a ... \u{1b}[32mok\u{1b}(B\u{1b}[m\n", &[("a", ok)]),
        (0, "test my name ... ok\n", &[("my name", ok)]),
        (
            0,
            "test a::b has been running for over 60 seconds\ntest a::b ... ok\n",
            &[("a::b", ok)],
        ),
        // With several threads, a line of a test comes in between.
        (
            0,
            "noise\ntest a ... ok\nmore\ntest b ... ok\n",
            &[("a", ok), ("b", ok)],
        ),
        (0, "50 %test a ... ok\n", &[("a", ok)]),
        (0, "my test test a ... ok\n", &[("a", ok)]),
        (0, "wait ... test a ... ok\n", &[("a", ok)]),
        (0, "test server ... up\ntest a ... ok\n", &[("a", ok)]),
        (
            101,
            "test a ... noise\nFAILED\ntest b ... ok\n",
            &[("a", failed), ("b", ok)],
        ),
        // With one thread, what a test prints follows its name.
        (
            0,
            "test a ... it prints\nlines\nok\ntest b ... ok\n",
            &[("a", ok), ("b", ok)],
        ),
        (0, "test a ... no line breakok\n", &[("a", ok)]),
        (101, "test a ... it took\nFAILED\n", &[("a", failed)]),
        (0, "test a ... outtest b ... ok\nok\n", &[("b", ok)]),
        // Between the outcome and its line break.
        (
            101,
            "test a ... oknoise\n\ntest b ... FAILEDnoise\n\n",
            &[("a", ok), ("b", failed)],
        ),
        // The executable runs itself for one of its tests.
        (
            0,
            "\nrunning 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; \
             1 filtered out\n\ntest a ... ok\ntest b ... ok\n",
            &[("a", ok), ("b", ok)],
        ),
        // Captured output of failed tests.
        (
            101,
            "test a ... FAILED\n\nfailures:\n\n---- a stdout ----\ntest b ... ok\n\nfailures:\n    a\n",
            &[("a", failed)],
        ),
        (
            0,
            "test a ... ok\n\nsuccesses:\n\n---- a stdout ----\ntest b ... ok\n\nsuccesses:\n    a\n",
            &[("a", ok)],
        ),
    ] {
        let count = |of| {
            expected
                .iter()
                .filter(|(_, outcome)| *outcome == of)
                .count()
        };
        let totals = [ok, failed, ignored].map(|of| u32::try_from(count(of)).unwrap());
        let stdout = announced(totals.iter().sum(), lines, totals);
        let suite = suite(&printed(code, &stdout));
        assert_eq!(
            (results(&suite), suite.incomplete.as_deref()),
            (expected.to_vec(), None),
            "{stdout}"
        );
    }
}

#[test]
fn real_text_gives_the_results_of_the_log_file_unless_a_test_printed_one() {
    let log = include_str!("../../../fixtures/streams/libtest/log.txt");
    let stdout = include_str!("../../../fixtures/streams/libtest/stdout.txt");
    let honest = stdout.replace("test tests::phantom ... ok\n", "");
    let found = suite(&printed(101, &honest));
    assert_eq!(found.incomplete, None);
    assert_eq!(found.cases, suite(&record(101, log, stdout)).cases);
    let forged = suite(&printed(101, stdout)).incomplete;
    assert!(
        forged
            .as_deref()
            .is_some_and(|why| why.starts_with("10 of 9 tests gave a result (")),
        "{forged:?}"
    );
}

#[test]
fn without_a_log_file_a_suite_is_incomplete_if_its_text_contradicts_itself() {
    const WHY: &str = " (a test printed to the same output, and there is no log file because tests or a `runner` may read \
                       their arguments)";
    let (one, two) = ([1, 0, 0], [2, 0, 0]);
    for (code, stdout, incomplete, unreadable) in [
        // A test printed the result of a test that does not exist, or of another one.
        (
            0,
            announced(1, "test a ... ok\ntest fake ... ok\n", one),
            format!("2 of 1 tests gave a result{WHY}"),
            true,
        ),
        (
            101,
            announced(1, "test fake ... ok\ntest a ... FAILED\n", [0, 1, 0]),
            format!("2 of 1 tests gave a result{WHY}"),
            false,
        ),
        (
            101,
            announced(
                2,
                "test a ... ok\ntest a ... FAILED\ntest b ... ok\n",
                [1, 1, 0],
            ),
            format!("3 of 2 tests gave a result{WHY}"),
            false,
        ),
        (
            101,
            announced(1, "test a ... ok\nFAILED\n", [0, 1, 0]),
            format!("2 of 1 tests gave a result{WHY}"),
            false,
        ),
        // What a test printed hides a result.
        (
            0,
            announced(2, "test a ... ok\ntest b ... no\n", two),
            format!("1 of 2 tests gave a result{WHY}"),
            true,
        ),
        (
            0,
            announced(2, "test a ... ok\nfailures:\ntest b ... ok\n", two),
            format!("1 of 2 tests gave a result{WHY}"),
            true,
        ),
        // The counts are those of other results.
        (
            0,
            announced(2, "test a ... ok\ntest b ... ignored\n", two),
            format!(
                "it sums up 2 passed, 0 failed, 0 ignored, 0 measured, its lines 1 passed, 0 failed, 1 ignored, 0 \
                 measured{WHY}"
            ),
            true,
        ),
        // A test ended the process.
        (
            0,
            "running 2 tests\ntest a ... ok\n".to_owned(),
            "1 of 2 tests gave a result".to_owned(),
            false,
        ),
        (
            3,
            announced(1, "test a ... ok\n", one),
            "exit code 3 after 1 of 1 tests".to_owned(),
            false,
        ),
        (
            101,
            announced(1, "test a ... ok\n", one),
            "exit code 101 with none failed".to_owned(),
            false,
        ),
        (
            0,
            announced(1, "test a ... FAILED\n", [0, 1, 0]),
            "exit code 0 with 1 failed".to_owned(),
            false,
        ),
        // A test closed the output.
        (
            0,
            "running 1 test\ntest a ... ok\n".to_owned(),
            "no `test result:` line".to_owned(),
            true,
        ),
        (
            0,
            String::new(),
            "it did not say how many tests it runs".to_owned(),
            true,
        ),
    ] {
        let suite = suite(&printed(code, &stdout));
        assert_eq!(
            (suite.incomplete, suite.unreadable),
            (Some(incomplete), unreadable),
            "{code} {stdout}"
        );
    }

    let short = announced(2, "..\n", two);
    for (execution, why) in [
        (
            Execution {
                terse: true,
                ..printed(0, &short)
            },
            "`--quiet` leaves no line for each test",
        ),
        (
            Execution {
                stdout_cut: true,
                ..printed(0, &short)
            },
            "the output is too long to be kept",
        ),
    ] {
        let incomplete = suite(&execution).incomplete.unwrap_or_default();
        assert!(incomplete.contains(why), "{incomplete}");
    }
}

#[test]
fn tests_of_a_running_executable_without_a_log_file_are_counted_and_named() {
    let stdout =
        "running 3 tests\nnoise\ntest a ... ok\ntest b has been running for over 60 seconds\n";
    assert_eq!(finished_so_far(stdout), 1);
    assert_eq!(unfinished(Results::Stdout, stdout), ["b"]);
}
