use super::*;
use Outcome::{Failed, Flaky, Ignored, Passed};

fn read(stream: &str) -> NextestReader {
    let mut reader = NextestReader::new(&[]);
    stream.lines().for_each(|line| reader.line(line.as_bytes()));
    reader
}

/// Suites as `package kind target: name=outcome ..`.
fn spelled(suites: &[Suite]) -> Vec<String> {
    let one = |suite: &Suite| {
        let head = format!("{} {} {}:", suite.package, suite.target_kind, suite.target);
        suite.cases.iter().fold(head, |head, case| {
            format!("{head} {}={:?}", case.name, case.outcome)
        })
    };
    suites.iter().map(one).collect()
}

#[test]
fn a_real_run_is_read_by_test_with_tries_folded_and_binaries_of_one_name_apart() {
    let reader = read(include_str!(
        "../../../fixtures/streams/nextest/stdout.jsonl"
    ));
    assert_eq!((reader.done(), reader.odd().len()), (9, 0));
    let suites = reader.finish(include_str!("../../../fixtures/streams/nextest/stderr.txt"));
    assert_eq!(
        spelled(&suites),
        [
            "reef bench be: bb=Passed",
            "reef bin reef: t=Passed",
            "reef example show: ex=Passed",
            "reef lib reef: flaky=Flaky ign=Ignored r#type::r#fn=Passed slow=Failed t=Passed",
            "reef test it: i=Passed",
        ]
    );
    assert!(
        suites
            .iter()
            .all(|suite| suite.incomplete.is_none() && suite.seconds > 0.0),
        "{suites:?}"
    );
    let slow = suites[3].cases.iter().find(|case| case.name == "slow");
    assert_eq!(
        slow.and_then(|case| case.output.as_deref()),
        Some("time limit exceeded")
    );
    assert_eq!(
        suites.iter().map(|suite| suite.exit).collect::<Vec<_>>(),
        [0, 0, 0, 101, 0]
    );
}

/// nextest 0.9.143 gives no event `ignored` for most of the tests that it does not run.
#[test]
fn ignored_tests_are_those_that_were_started_and_have_no_result() {
    let suite = |event: &str, kind: &str| {
        let counts = "\"passed\":0,\"failed\":0,\"ignored\":1,\"measured\":0,\"filtered_out\":0,\"exec_time\":0";
        let binary = format!("{{\"crate\":\"p\",\"test_binary\":\"p\",\"kind\":\"{kind}\"}}");
        format!("{{\"type\":\"suite\",\"event\":\"{event}\",{counts},\"nextest\":{binary}}}\n")
    };
    let stream = [
        suite("started", "lib"),
        event("started", "p::p$slow"),
        suite("ok", "lib"),
        suite("started", "lib"),
        event("started", "p::p$t"),
        suite("started", "bin"),
        event("started", "p::p$slow"),
        event("started", "p::p$other"),
        event("ok", "p::p$t"),
        suite("ok", "lib"),
        event("ok", "p::p$other"),
        suite("ok", "bin"),
    ]
    .concat();
    let suites = read(&stream).finish("Summary [ 0.1s] 2 tests run: 2 passed, 2 skipped");
    assert_eq!(
        spelled(&suites),
        [
            "p bin p: other=Passed slow=Ignored",
            "p lib p: slow=Ignored t=Passed"
        ]
    );
    assert!(
        suites
            .iter()
            .all(|suite| suite.incomplete.is_none() && suite.filtered == 0),
        "{suites:?}"
    );
    let cut = read(&stream).finish("Summary [ 0.1s] 2/3 tests run: 2 passed, 1 skipped");
    assert!(
        cut.iter().all(|suite| suite.incomplete.is_some()),
        "{cut:?}"
    );
}

const LIB: &str = r#"{"type":"suite","event":"started","test_count":1,"nextest":{"crate":"p","test_binary":"p","kind":"lib"}}"#;

fn event(event: &str, name: &str) -> String {
    format!("{{\"type\":\"test\",\"event\":\"{event}\",\"name\":\"{name}\"}}\n")
}

/// A test that was killed in its last attempt has no result, and the suite may be complete next time.
#[test]
fn test_that_was_killed_has_no_result() {
    let killed = "test `t` was ended by a signal from outside";
    for (stderr, incomplete, cases) in [
        ("SIGKILL [   0.010s] (1/1) p t", Some(killed), ""),
        ("  TRY 1 KILL [   0.010s] (───) p t", Some(killed), ""),
        (
            "TRY 1 FAIL [ 0.1s] (───) p t\n  TRY 2 KILL [   0.010s] (1/1) p t",
            Some(killed),
            "",
        ),
        (
            "TRY 1 KILL [ 0.1s] (───) p t\n  TRY 2 FAIL [   0.010s] (1/1) p t",
            None,
            " t=Failed",
        ),
        ("SIGABRT [   0.010s] (1/1) p t", None, " t=Failed"),
        ("SIGTERM [   0.010s] (1/1) p t", Some(killed), ""),
        ("ABORT SIG 24 [   0.010s] (1/1) p t", Some(killed), ""),
        ("TRY 2 SIG 24 [   0.010s] (1/1) p t", Some(killed), ""),
        ("ABORT SIG 10 [   0.010s] (1/1) p t", None, " t=Failed"),
        ("SIGKILL [   0.010s] p::it t", Some(killed), ""),
        (
            "SIGKILL [   0.010s] (1/1) q t\nSIGKILL [ 0.1s] p u",
            None,
            " t=Failed",
        ),
    ] {
        let mut reader = read(&format!("{LIB}\n{}", event("failed", "p::p$t")));
        stderr.lines().for_each(|line| reader.hear(line));
        let suites = reader.finish("Summary [ 0.1s] 1 test run: 0 passed, 1 failed, 0 skipped");
        assert_eq!(suites[0].incomplete.as_deref(), incomplete, "{stderr}");
        assert_eq!(suites[0].unreadable, incomplete.is_some(), "{stderr}");
        assert_eq!(spelled(&suites), [format!("p lib p:{cases}")], "{stderr}");
    }
}

#[test]
fn the_last_result_of_a_test_wins() {
    for (events, outcome, done) in [
        (vec![("ok", "p::p$t")], Passed, 1),
        (vec![("failed", "p::p$t"), ("ok", "p::p$t#2")], Flaky, 1),
        (
            vec![
                ("failed", "p::p$t"),
                ("failed", "p::p$t#2"),
                ("failed", "p::p$t#10"),
            ],
            Failed,
            1,
        ),
        (
            vec![
                ("started", "p::p$t"),
                ("ignored", "p::p$t"),
                ("timeout", "p::p$t"),
            ],
            Ignored,
            1,
        ),
    ] {
        let stream: String = events
            .iter()
            .map(|(what, name)| event(what, name))
            .collect();
        let reader = read(&format!("{LIB}\n{stream}"));
        assert_eq!(reader.done(), done);
        let suites = reader.finish("");
        assert_eq!(spelled(&suites), [format!("p lib p: t={outcome:?}")]);
    }
}

#[test]
fn what_is_not_understood_is_counted() {
    for (line, noise) in [
        ("text", 1),
        ("", 0),
        ("{}", 1),
        ("{\"type\":\"suite\",\"event\":\"started\"}", 1),
        (
            "{\"type\":\"test\",\"event\":\"ok\",\"name\":\"no binary\"}",
            1,
        ),
        (
            "{\"type\":\"test\",\"event\":\"ok\",\"name\":\"q::q$of an unknown binary\"}",
            1,
        ),
        (
            "{\"type\":\"test\",\"event\":\"started\",\"name\":\"p::p$t\"}",
            0,
        ),
        (
            "{\"type\":\"test\",\"event\":\"started\",\"name\":\"q::q$of an unknown binary\"}",
            1,
        ),
        ("{\"type\":\"log\",\"event\":\"x\"}", 1),
    ] {
        let reader = read(&format!("{LIB}\n{line}"));
        assert_eq!(
            reader.odd().get("noise").copied().unwrap_or(0),
            noise,
            "{line}"
        );
    }
}

#[test]
fn results_that_the_summary_does_not_confirm_are_incomplete() {
    let stream = format!("{LIB}\n{}", event("ok", "p::p$t"));
    let good = "Summary [ 0.1s] 1 test run: 1 passed, 0 skipped";
    let bad = "Summary [ 0.1s] 2 tests run: 2 passed, 0 skipped";
    for (stream, stderr, suites, incomplete) in [
        (stream.as_str(), good, 1, None),
        (
            stream.as_str(),
            bad,
            1,
            Some("nextest sums up 2 passed, 0 failed, its events 1 passed, 0 failed"),
        ),
        (stream.as_str(), "", 1, Some("nextest gave no summary")),
        ("", "", 1, Some("nextest gave no summary")),
        (
            "",
            "Summary [ 0.1s] 0 tests run: 0 passed, 0 skipped",
            0,
            None,
        ),
    ] {
        let found = read(stream).finish(stderr);
        assert_eq!(found.len(), suites, "{stderr}");
        assert_eq!(
            found.first().and_then(|suite| suite.incomplete.as_deref()),
            incomplete,
            "{stderr}"
        );
    }
}

/// A test that the arguments leave out is not ignored, and neither is it lost if no binary is left.
#[test]
fn tests_that_the_arguments_leave_out_are_counted_as_filtered() {
    const SKIPPED: &str = "Summary [ 0.1s] 0 tests run: 0 passed, 1 skipped";
    let suite = r#"{"type":"suite","event":"started","nextest":{"crate":"p","test_binary":"p","kind":"lib"}}"#;
    let started = format!("{suite}\n{}", event("started", "p::p$bad"));
    for (args, stream, stderr, expected) in [
        ("run", started.as_str(), SKIPPED, "p lib p: bad=Ignored, 0"),
        ("run --run-ignored only", &started, SKIPPED, "p lib p:, 1"),
        (
            "run --run-ignored=ignored-only",
            &started,
            SKIPPED,
            "p lib p:, 1",
        ),
        ("run -- --ignored", &started, SKIPPED, "p lib p:, 1"),
        (
            "run --run-ignored all",
            &started,
            SKIPPED,
            "p lib p: bad=Ignored, 0",
        ),
        ("run --partition count:2/2", "", SKIPPED, "  :, 1"),
        (
            "run",
            "",
            "Summary [ 0.1s] 0 tests run: 0 passed, 0 skipped",
            "",
        ),
    ] {
        let args: Vec<String> = args.split(' ').map(str::to_owned).collect();
        let mut reader = NextestReader::new(&args);
        stream.lines().for_each(|line| reader.line(line.as_bytes()));
        let suites = reader.finish(stderr);
        let filtered = suites.first().map(|suite| format!(", {}", suite.filtered));
        let found = spelled(&suites).concat() + &filtered.unwrap_or_default();
        assert_eq!(found, expected, "{args:?}");
    }
}

#[test]
fn many_binaries_are_read_in_linear_time() {
    let mut reader = NextestReader::new(&[]);
    for n in 0..20_000 {
        let suite = format!(
            r#"{{"type":"suite","event":"started","nextest":{{"crate":"a","test_binary":"b{n}","kind":"test"}}}}"#
        );
        reader.line(suite.as_bytes());
    }
    for n in 0..20_000 {
        reader.line(format!(r#"{{"type":"test","event":"ok","name":"a::b{n}$t"}}"#).as_bytes());
    }
    assert_eq!(reader.done(), 20_000);
}
