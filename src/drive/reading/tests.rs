//! Tests of every kind of stream.

use std::path::PathBuf;

use super::*;
use crate::plan::{Action, Collector, Verb};
use crate::workspace::{Member, Target};

fn workspace() -> Workspace {
    let target = Target {
        name: "core".to_owned(),
        kind: "lib".to_owned(),
        file: "core/src/lib.rs".to_owned(),
        test: true,
        doctest: true,
        doc: true,
        ..Target::default()
    };
    let member = Member {
        name: "core".to_owned(),
        id: "path+file:///w/core#0.1.0".to_owned(),
        version: "0.1.0".to_owned(),
        dir: "core".to_owned(),
        targets: vec![target],
        publish: true,
        ..Member::default()
    };
    Workspace {
        root: PathBuf::from("/w"),
        target_dir: PathBuf::from("/w/target"),
        build_dir: None,
        members: vec![member],
    }
}

/// Returns the command of a custom collector with this stream, and its step.
fn step(stream: &Stream) -> (Step, Invocation) {
    let invocation = Invocation {
        program: PathBuf::new(),
        args: Vec::new(),
        env: BTreeMap::new(),
        cwd: PathBuf::new(),
        stream: stream.clone(),
    };
    let step = Step {
        id: "todo".to_owned(),
        verb: Verb {
            doing: String::new(),
            done: String::new(),
        },
        serves: vec![Collector::from("todo".to_owned())],
        action: Action::Command(invocation.clone()),
        timeout: None,
        settings: BTreeMap::new(),
        copy: None,
        package: None,
        report: None,
        sampling: None,
    };
    let step = step.with_setting("metrics", &["todo.open".to_owned()]);
    (step, invocation)
}

/// Reads lines of a step with this ending. Returns a short text for each event, and the counters.
fn read(stream: &Stream, lines: &[&str], ending: &Ending) -> (Vec<String>, BTreeMap<String, u64>) {
    let (workspace, (step, invocation)) = (workspace(), step(stream));
    let mut words = Vec::new();
    let mut sink = |event: Event| words.push(word(&event));
    let mut reading = StreamReader::new(&step, &invocation, &workspace, None);
    lines
        .iter()
        .for_each(|line| reading.line(line.as_bytes(), &mut sink));
    let odd = reading.finish("", ending, &mut sink);
    (words, odd)
}

fn word(event: &Event) -> String {
    match event {
        Event::Diagnostic(d) => format!("{:?} {}", d.level, d.package),
        Event::BuildFinished { success } => format!("built {success}"),
        Event::Suite(s) => format!("{} {} cases {:?}", s.package, s.cases.len(), s.incomplete),
        Event::Unformatted { file, .. } => file.clone(),
        Event::Figure(f) => format!("{} {}", f.name, f.value),
        Event::Noise { line } => format!("noise {line}"),
        other => format!("{other:?}"),
    }
}

const WARNING: &str = r#"{"reason":"compiler-message","package_id":"path+file:///w/core#0.1.0","manifest_path":"/w/core/Cargo.toml","target":{"kind":["lib"],"crate_types":["lib"],"name":"core","src_path":"/w/core/src/lib.rs","edition":"2024","doc":true,"doctest":true,"test":true},"message":{"rendered":"warning: unused","$message_type":"diagnostic","children":[],"level":"warning","message":"unused","spans":[{"byte_end":10,"byte_start":1,"column_end":2,"column_start":1,"expansion":null,"file_name":"core/src/a.rs","is_primary":true,"label":null,"line_end":1,"line_start":1,"suggested_replacement":null,"suggestion_applicability":null,"text":[]}],"code":{"code":"unused","explanation":null}}}"#;
const FINISHED: &str = r#"{"reason":"build-finished","success":true}"#;
const FAILED: &str = r#"{"reason":"build-finished","success":false}"#;

#[test]
fn lines_after_the_first_build_finished_are_not_messages_of_cargo() {
    let (words, odd) = read(
        &Stream::Cargo,
        &[WARNING, FINISHED, WARNING, FAILED, "text"],
        &Ending::Exited(0),
    );
    assert_eq!(words[..2], ["Warning core", "built true"]);
    assert!(
        words[2..].iter().all(|word| word.starts_with("noise ")),
        "{words:?}"
    );
    let count = |name: &str| odd.get(name).copied();
    assert_eq!(
        (count("after-build"), count("build-finished-again")),
        (Some(3), Some(1))
    );
    assert_eq!(count("noise"), Some(3));
}

/// A procedural macro can print events of nextest.
#[test]
fn event_of_nextest_before_the_end_of_the_build_is_noise() {
    const STARTED: &str = r#"{"type":"suite","event":"started","test_count":1,"nextest":{"crate":"core","test_binary":"core","kind":"lib"}}"#;
    const PASSED: &str = r#"{"type":"test","event":"ok","name":"core::core$t","exec_time":0.01}"#;
    let lines = [STARTED, PASSED, WARNING, FINISHED, STARTED, PASSED];
    let (words, odd) = read(&Stream::NextestWithMessages, &lines, &Ending::Exited(0));
    assert!(
        words[..2].iter().all(|word| word.starts_with("noise ")),
        "{words:?}"
    );
    assert_eq!(words[2..4], ["Warning core", "built true"]);
    assert!(words[4].starts_with("core 1 cases"), "{words:?}");
    assert_eq!(odd.get("noise"), Some(&2));
}

#[test]
fn crate_whose_files_rustfmt_ignores_was_not_formatted() {
    const CONFIG: &str = "Using rustfmt config file /w/rustfmt.toml for /w/core/src/lib.rs";
    const READ: &str = "Formatting /w/core/src/lib.rs";
    const SPENT: &str =
        "Spent 0.000 secs in the parsing phase, and 0.000 secs in the formatting phase";
    let formatted = |lines: &[&str]| read(&Stream::FmtList, lines, &Ending::Exited(0)).0;
    assert_eq!(formatted(&[CONFIG, SPENT]), [""; 0]);
    assert_eq!(
        formatted(&[CONFIG, READ, SPENT, SPENT, READ, READ, SPENT]),
        ["Formatted", "Formatted"]
    );
}

/// The workspace has one target.
#[test]
fn crates_that_rustfmt_did_not_come_to_the_end_of_are_counted() {
    const READ: &str = "Formatting /w/core/src/lib.rs";
    const SPENT: &str =
        "Spent 0.000 secs in the parsing phase, and 0.000 secs in the formatting phase";
    for (lines, unread) in [
        (&[READ, SPENT][..], None),
        (&[SPENT], None),
        (&[READ], Some(&1)),
        (&[], Some(&1)),
    ] {
        let (_, odd) = read(&Stream::FmtList, lines, &Ending::Exited(0));
        assert_eq!(odd.get("unread-crates"), unread, "{lines:?}");
    }
}

#[test]
fn after_the_build_a_test_step_is_doctest_text() {
    let lines = [
        WARNING,
        FINISHED,
        FAILED,
        "",
        "running 1 test",
        "test core/src/lib.rs - two (line 3) ... ok",
        "",
        "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s",
    ];
    let (words, odd) = read(&Stream::CargoTest, &lines, &Ending::Exited(0));
    assert_eq!(words, ["Warning core", "built true", "core 1 cases None"]);
    assert_eq!(
        odd,
        BTreeMap::from([("build-finished-again".to_owned(), 1)])
    );
    let (words, _) = read(&Stream::CargoTest, &lines[..6], &Ending::TimedOut);
    assert!(words[2].contains("Some("), "{words:?}");
}

#[test]
fn files_that_diagnostics_point_into_are_returned() {
    let (workspace, (step, invocation)) = (workspace(), step(&Stream::Cargo));
    let mut reading = StreamReader::new(&step, &invocation, &workspace, None);
    reading.line(WARNING.as_bytes(), &mut |_| {});
    assert_eq!(
        reading.pointed(),
        &BTreeSet::from(["core/src/a.rs".to_owned()])
    );
    assert_eq!(reading.running(), None);
}

#[test]
fn unformatted_files_are_reported_once_relative_to_the_root() {
    let lines = [
        "/w/core/src/lib.rs",
        "/w/core/src/lib.rs",
        "/elsewhere/x.rs",
        "/w/core/src/table.inc",
        "Diff in /w/x.rs at line 1:",
        "",
        "/w/core/src/first",
        "second.rs",
    ];
    let (words, odd) = read(&Stream::FmtList, &lines, &Ending::Exited(1));
    assert_eq!(
        words,
        [
            "noise Diff in /w/x.rs at line 1:",
            "noise ",
            "noise second.rs",
            "../elsewhere/x.rs",
            "core/src/first",
            "core/src/lib.rs",
            "core/src/table.inc",
        ]
    );
    assert_eq!(odd.get("noise"), Some(&3));
}

#[test]
fn values_of_a_custom_collector_are_read_completely_or_not_at_all() {
    let (words, odd) = read(&Stream::Text, &["42"], &Ending::Exited(0));
    assert_eq!((words, odd.len()), (vec!["todo.open 42".to_owned()], 0));
    for text in ["forty-two", &"1\n".repeat(600_000)] {
        let lines: Vec<&str> = text.lines().collect();
        let (words, odd) = read(&Stream::Text, &lines, &Ending::Exited(0));
        assert!(
            words.len() == 1 && words[0].starts_with("noise "),
            "{words:?}"
        );
        assert_eq!(odd, BTreeMap::from([("unreadable".to_owned(), 1)]));
    }
}

#[test]
fn first_lines_of_noise_are_reported_and_all_are_counted() {
    let lines = vec!["junk"; 1000];
    let (words, odd) = read(&Stream::FmtList, &lines, &Ending::Exited(1));
    assert_eq!((words.len() as u64, odd["noise"]), (NOISE, 1000));
}
