//! Tests with records of the test runner and announcements of cargo.

use std::io::Write;

use super::*;
use crate::process::temp_dir::TempDir;

const LIST: &str = "running 2 tests\ntest a ... ok\ntest b ... ok\n\n\
    test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";

fn artifact(target: &str, test: bool) -> Artifact {
    Artifact {
        package: "core".to_owned(),
        member: true,
        target_kind: "lib".to_owned(),
        target: target.to_owned(),
        test,
        fresh: true,
        files: Vec::new(),
        executable: Some(format!("/t/deps/{target}-01")),
    }
}

/// Writes a record of `/t/deps/NAME-01`. Without `code`, the executable has not ended.
fn record(records: &Path, name: &str, code: Option<i32>, files: &[(&str, &str)]) {
    let exe = format!("/t/deps/{name}-01");
    let dir = record::create(records, Path::new(&exe)).unwrap();
    let log = files.iter().any(|(file, _)| *file == record::LOG);
    let began = StartRecord {
        launch: String::new(),
        reused: None,
        exe,
        args: Vec::new(),
        package: "seen".to_owned(),
        libtest: log || files.iter().any(|(_, text)| *text == LIST),
        log,
        criterion: None,
    };
    record::write(&dir.join(record::STARTED), &began).unwrap();
    for (file, text) in files {
        record::create_file(&dir.join(file))
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }
    if code.is_some() {
        let done = EndRecord {
            seconds: 0.5,
            code,
            signal: None,
            stdout_cut: false,
            leaky: false,
        };
        record::write(&dir.join(record::ENDED), &done).unwrap();
    }
}

/// Returns `package target: cases, reason`, or `package target id` for a benchmark.
fn word(event: Event) -> String {
    match event {
        Event::Suite(s) => {
            format!(
                "{} {}: {} {}",
                s.package,
                s.target,
                s.cases.len(),
                s.incomplete.unwrap_or_default()
            )
        }
        Event::Bench(b) => format!("{} {} {}", b.package, b.target, b.id),
        other => format!("{other:?}"),
    }
}

fn finish(suites: Suites, stopped: Option<&str>, ran: bool) -> Vec<String> {
    let mut words = Vec::new();
    suites.finish(stopped, ran, &mut |event| words.push(word(event)));
    words
}

/// What an executable leaves that was started with cargo's arguments only.
const PRINTED: [(&str, &str); 1] = [(record::STDOUT, LIST)];

const WHOLE: [(&str, &str); 2] = [(record::LOG, "ok a\nok b\n"), (record::STDOUT, LIST)];

#[test]
fn suite_is_reported_once_when_it_has_ended() {
    let scratch = TempDir::new().unwrap();
    let mut suites = Suites::new(scratch.path(), Purpose::Test, &[]);
    suites.announce(&artifact("one", true));
    suites.announce(&artifact("program", false));
    let mut words = Vec::new();
    record(scratch.path(), "one", Some(0), &WHOLE);
    record(scratch.path(), "two", None, &[(record::LOG, "ok a\n")]);
    for _ in 0..2 {
        suites.poll(&mut |event| words.push(word(event)));
    }
    assert_eq!(words, ["core one: 2 "]);
    record(scratch.path(), "three", None, &PRINTED);
    assert_eq!(
        suites.so_far(),
        Progress {
            done: 5,
            total: 0,
            what: "seen".to_owned()
        }
    );
}

#[test]
fn results_are_printed_if_no_log_file_was_asked_for() {
    let scratch = TempDir::new().unwrap();
    let mut suites = Suites::new(scratch.path(), Purpose::Test, &[]);
    suites.announce(&artifact("one", true));
    record(scratch.path(), "one", Some(0), &PRINTED);
    assert_eq!(finish(suites, None, true), ["core one: 2 "]);
}

#[test]
fn executable_that_did_not_run_or_end_gives_an_incomplete_suite() {
    let table: [(Option<&str>, bool, [&str; 3]); 2] = [
        (
            None,
            true,
            [
                "core one: 2 ",
                "core two: 1 it was started and never ended",
                "core zero: 0 its executable was never run",
            ],
        ),
        (
            Some("the time was up"),
            true,
            [
                "core one: 2 ",
                "core two: 1 was running when the time was up",
                "core zero: 0 was not run before the time was up",
            ],
        ),
    ];
    for (stopped, ran, expected) in table {
        let scratch = TempDir::new().unwrap();
        let mut suites = Suites::new(scratch.path(), Purpose::Test, &[]);
        ["zero", "one", "two"]
            .iter()
            .for_each(|name| suites.announce(&artifact(name, true)));
        record(scratch.path(), "one", Some(0), &WHOLE);
        record(
            scratch.path(),
            "two",
            None,
            &[
                (record::LOG, "ok a\n"),
                (record::STDOUT, "running 2 tests\n"),
            ],
        );
        assert_eq!(finish(suites, stopped, ran), expected);
    }
}

#[test]
fn failed_build_gives_no_suites() {
    let scratch = TempDir::new().unwrap();
    let mut suites = Suites::new(scratch.path(), Purpose::Test, &[]);
    suites.announce(&artifact("one", true));
    assert_eq!(finish(suites, None, false), [""; 0]);
}

#[test]
fn unannounced_executable_gives_an_incomplete_suite() {
    let scratch = TempDir::new().unwrap();
    record(scratch.path(), "odd-one", Some(0), &WHOLE);
    let words = finish(Suites::new(scratch.path(), Purpose::Test, &[]), None, true);
    assert_eq!(
        words,
        ["seen odd-one: 2 cargo announced no such executable"]
    );
}

const BENCHMARK: &str = r#"{"group_id":"sum","function_id":null,"value_str":null,"throughput":null,"full_id":"sum","directory_name":"sum","title":"sum"}"#;
const ESTIMATES: &str = r#"{"mean":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":3.0},"point_estimate":2.0,"standard_error":0.1},"median":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":3.0},"point_estimate":2.0,"standard_error":0.1},"median_abs_dev":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":3.0},"point_estimate":2.0,"standard_error":0.1},"slope":null,"std_dev":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":3.0},"point_estimate":2.0,"standard_error":0.1}}"#;

/// Writes the record of a benchmark that exited with `code` after writing `estimates` of criterion,
/// and reads it twice: as a running step and in a replay.
fn bench(code: i32, stdout: &str, estimates: Option<&str>) -> Vec<String> {
    let scratch = TempDir::new().unwrap();
    let (records, home) = (
        scratch.path().join("records"),
        scratch.path().join("criterion"),
    );
    fs::create_dir(&records).unwrap();
    record(&records, "speed", None, &[(record::STDOUT, stdout)]);
    if let Some(estimates) = estimates {
        let new = home.join("sum").join("new");
        fs::create_dir_all(&new).unwrap();
        for (file, text) in [("benchmark.json", BENCHMARK), ("estimates.json", estimates)] {
            record::create_file(&new.join(file))
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
        }
    }
    let done = EndRecord {
        seconds: 0.5,
        code: Some(code),
        signal: None,
        stdout_cut: false,
        leaky: false,
    };
    record::write(&records.join("0000-speed-01").join(record::ENDED), &done).unwrap();
    let [live, again] = [Some(home.clone()), None].map(|home| {
        let mut suites = Suites::new(&records, Purpose::Bench(home), &[]);
        suites.announce(&artifact("speed", true));
        finish(suites, None, true)
    });
    assert_eq!(live, again);
    live
}

#[test]
fn benchmarks_give_results_or_a_reason() {
    let line = "test fib ... bench:       1,234 ns/iter (+/- 56)\n";
    assert_eq!(bench(0, line, None), ["core speed fib", "core speed: 0 "]);
    assert_eq!(
        bench(0, "sum time: 2 ns", Some(ESTIMATES)),
        ["core speed sum", "core speed: 0 "]
    );
    assert_eq!(
        bench(1, "", Some(ESTIMATES)),
        ["core speed sum", "core speed: 0 exited with 1"]
    );
    assert_eq!(
        bench(0, "took 3 ms", None),
        ["core speed: 0 its output is in no known benchmark format"]
    );
    // divan brings a `main` of its own.
    let table = "Timer precision: 20 ns\n\
        speed      fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
        ╰─ fib     0.27 ns       │ 0.273 ns      │ 0.273 ns      │ 0.272 ns      │ 100     │ 409600\n\n";
    assert_eq!(bench(0, table, None), ["core speed fib", "core speed: 0 "]);
    let torn = bench(0, "", Some("{}"));
    assert!(
        torn.len() == 1 && torn[0].starts_with("core speed: 0 criterion's files: "),
        "{torn:?}"
    );
}

#[test]
fn arguments_that_leave_out_tests_are_recognized() {
    for (args, expected) in [
        ("", false),
        ("--nocapture --test-threads 1 --color=always", false),
        ("--include-ignored -Z unstable-options --report-time", false),
        ("name", true),
        ("--exact name", true),
        ("--test-threads 1 name", true),
        ("--skip name", true),
        ("--skip=name", true),
        ("--ignored", true),
    ] {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        assert_eq!(selects_tests(&args), expected, "{args:?}");
    }
}

#[test]
fn command_that_leaves_out_tests_is_recognized() {
    for (args, expected) in [
        ("test --workspace --no-fail-fast --doc", false),
        ("test -p core -F a,b -j 2 --exclude api --doc", false),
        ("test --doc -- --nocapture --test-threads 1", false),
        ("test --doc name", true),
        ("test --doc --unknown value", true),
        ("test --doc -- name", true),
        ("test --doc -- --skip name", true),
    ] {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        let suites = Suites::new(Path::new("records"), Purpose::Test, &args);
        assert_eq!(suites.runs_all_tests(), !expected, "{args:?}");
    }
}
