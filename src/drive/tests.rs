//! Tests that execute and replay plans, with shell scripts in place of cargo.

use std::path::PathBuf;

use super::*;
use crate::event::{Ended, Ending};
use crate::plan::{Collector, Invocation, Step, Stream, Verb};
use crate::process::temp_dir::TempDir;
use crate::test_runner::record::create_file;
use crate::workspace::Member;

fn step(id: &str, stream: Stream, script: &str) -> Step {
    let action = Action::Command(Invocation {
        program: PathBuf::from("/bin/sh"),
        args: vec!["-c".to_owned(), script.to_owned()],
        env: BTreeMap::new(),
        cwd: std::env::temp_dir(),
        stream,
    });
    let verb = Verb {
        doing: "Doing".to_owned(),
        done: "Done".to_owned(),
    };
    Step {
        id: id.to_owned(),
        verb,
        serves: vec![Collector::named("own")],
        action,
        timeout: None,
        settings: BTreeMap::from([("metrics".to_owned(), vec!["own.figure".to_owned()])]),
        copy: None,
        package: None,
        report: None,
        sampling: None,
    }
}

fn workspace(root: &Path) -> Workspace {
    let member = Member {
        name: "core".to_owned(),
        id: "core-id".to_owned(),
        version: "0.1.0".to_owned(),
        dir: String::new(),
        targets: Vec::new(),
        publish: true,
        ..Member::default()
    };
    Workspace {
        root: root.to_owned(),
        target_dir: root.join("target"),
        build_dir: None,
        members: vec![member],
    }
}

/// Creates a directory with one source file and an empty directory for logs.
fn place() -> (TempDir, Workspace) {
    let scratch = TempDir::new().unwrap();
    std::fs::create_dir(scratch.path().join("logs")).unwrap();
    std::io::Write::write_all(
        &mut create_file(&scratch.path().join("lib.rs")).unwrap(),
        b"fn one() {}\n",
    )
    .unwrap();
    let workspace = workspace(scratch.path());
    (scratch, workspace)
}

/// Executes a plan and returns all events. `react` is called with each event.
fn drive_all(
    steps: Vec<Step>,
    place: &(TempDir, Workspace),
    cancel: &Cancel,
    react: &dyn Fn(&Event),
) -> (Plan, Vec<Event>) {
    let (scratch, workspace) = place;
    let plan = Plan {
        steps,
        ..Plan::default()
    };
    let logs = scratch.path().join("logs");
    let runner = TestRunner {
        exe: PathBuf::from("/runner"),
        triple: "fake".to_owned(),
        ..TestRunner::default()
    };
    let mut events = Vec::new();
    let given = Drive {
        workspace,
        cancel,
        logs: Some(&logs),
        expected: &BTreeMap::new(),
        tree: &[],
        files: None,
        runner: &runner,
        reuse: None,
        grace: Duration::from_millis(200),
        lock: &|_, _| Err(Ending::Interrupted),
    };
    drive(&plan, &given, None, &mut |event| {
        react(event);
        events.push(event.clone());
    });
    (plan, events)
}

fn replayed(plan: &Plan, place: &(TempDir, Workspace)) -> anyhow::Result<Vec<Event>> {
    let mut events = Vec::new();
    let logs = place.0.path().join("logs");
    replay::replay(&logs, plan, &place.1, &mut |event| {
        events.push(event.clone());
    })?;
    Ok(events)
}

fn endings(events: &[Event]) -> Vec<(&str, Ending)> {
    let ended = events.iter().filter_map(|event| {
        if let Event::Ended(ended) = event {
            Some(ended)
        } else {
            None
        }
    });
    ended
        .map(|Ended { step, ending, .. }| (step.as_str(), ending.clone()))
        .collect()
}

/// Prints the messages of cargo for a warning in `lib.rs`, a test executable, and the end of the
/// build.
const BUILD: &str = r#"
cat <<'LINES'
{"reason":"compiler-message","package_id":"core-id","manifest_path":"/w/Cargo.toml","target":{"kind":["lib"],"crate_types":["lib"],"name":"core","src_path":"/w/lib.rs","edition":"2024","doc":true,"doctest":true,"test":true},"message":{"rendered":"warning: unused","$message_type":"diagnostic","children":[],"level":"warning","message":"unused","spans":[{"byte_end":10,"byte_start":1,"column_end":2,"column_start":1,"expansion":null,"file_name":"lib.rs","is_primary":true,"label":null,"line_end":1,"line_start":1,"suggested_replacement":null,"suggestion_applicability":null,"text":[]}],"code":{"code":"unused","explanation":null}}}
{"reason":"compiler-artifact","package_id":"core-id","manifest_path":"/w/Cargo.toml","target":{"kind":["lib"],"crate_types":["lib"],"name":"core","src_path":"/w/lib.rs","edition":"2024","doc":true,"doctest":true,"test":true},"profile":{"opt_level":"0","debuginfo":2,"debug_assertions":true,"overflow_checks":true,"test":true},"features":[],"filenames":["/t/deps/core-01"],"executable":"/t/deps/core-01","fresh":false}
{"reason":"build-finished","success":true}
LINES
printf 'warning: text\n    Building [=>   ] 1/2: core\r    Blocking waiting for file lock on build directory\nerror: last words\n' >&2
"#;

/// Writes the record of a test executable. The last word of the variable is the directory of the
/// records.
const RECORD: &str = r#"
set -- $CARGO_TARGET_FAKE_RUNNER; dir=$3/0000-core-01; mkdir $dir
echo '{"exe":"/t/deps/core-01","args":[],"package":"core","libtest":true,"criterion":null}' > $dir/began.json
echo 'ok a' > $dir/log
printf 'running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n' > $dir/stdout
"#;
const DONE: &str = r#"echo '{"seconds":0.25,"code":0,"signal":null,"stdout_cut":false,"leaky":false}' > $dir/done.json"#;

fn all_kinds() -> Vec<Step> {
    vec![
        step("clippy", Stream::Cargo, &format!("{BUILD} exit 0")),
        step(
            "test",
            Stream::CargoTest,
            &format!("{BUILD}{RECORD}{DONE}; exit 0"),
        ),
        step(
            "bench",
            Stream::CargoBench,
            &format!("{BUILD}{RECORD}{DONE}; exit 0"),
        ),
        step("fmt", Stream::FmtList, "echo /x/lib.rs; exit 1"),
        step("own", Stream::Text, "echo 7"),
        reading("loc", Action::Scan),
        reading("notes", paths(&["lib.rs"])),
    ]
}

/// Returns a step that counts lines.
fn reading(id: &str, action: Action) -> Step {
    Step {
        serves: vec![Collector::named("loc")],
        action,
        ..step(id, Stream::Text, "")
    }
}

fn paths(paths: &[&str]) -> Action {
    Action::Read(FileSet {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        ..FileSet::default()
    })
}

#[test]
fn started_steps_end_once_and_a_replay_gives_the_same_events() {
    let place = place();
    let (plan, events) = drive_all(all_kinds(), &place, &Cancel::default(), &|_| {});
    let ids = ["clippy", "test", "bench", "fmt", "own", "loc", "notes"];
    let codes = [0, 0, 0, 1, 0, 0, 0].map(Ending::Exited);
    assert_eq!(
        endings(&events),
        ids.into_iter().zip(codes).collect::<Vec<_>>()
    );
    let started: Vec<&str> = events
        .iter()
        .filter_map(|e| {
            if let Event::Started { step } = e {
                Some(step.as_str())
            } else {
                None
            }
        })
        .collect();
    assert_eq!(started, ids);
    let kinds = |wanted: fn(&Event) -> bool| events.iter().filter(|e| wanted(e)).count();
    assert_eq!(
        kinds(|e| matches!(e, Event::Outline { file, .. } if file == "lib.rs")),
        3
    );
    assert_eq!(
        kinds(|e| matches!(e, Event::Suite(s) if s.incomplete.is_none())),
        2
    );
    assert_eq!(
        kinds(|e| matches!(e, Event::Figure(f) if f.value == 7.0)),
        1
    );
    assert_eq!(
        kinds(|e| matches!(e, Event::Counted(s) if s.file == "lib.rs" && s.package == "core")),
        2
    );
    let kept: Vec<Event> = events
        .into_iter()
        .filter(|e| !matches!(e, Event::Progress(_) | Event::Idle))
        .collect();
    assert_eq!(replayed(&plan, &place).unwrap(), kept);
}

#[test]
fn files_are_read_in_order_and_unreadable_ones_are_named() {
    let place = place();
    let root = place.0.path().to_owned();
    let outside = TempDir::new().unwrap();
    let absolute = outside.path().join("db").to_string_lossy().into_owned();
    for file in [root.join("docs/b.txt"), root.join("docs/a/c.txt")] {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        create_file(&file).unwrap();
    }
    create_file(&root.join("docs/.hidden")).unwrap();
    std::fs::create_dir(outside.path().join("db")).unwrap();
    create_file(&outside.path().join("db/x.md")).unwrap();

    let steps = vec![
        reading("files", paths(&["docs", "no.lock", &absolute, "lib.rs"])),
        step("own", Stream::Text, "echo 7"),
        Step {
            serves: vec![Collector::named("fmt")],
            ..reading("none", Action::Scan)
        },
    ];
    // A change of any of them makes the result stale.
    let inputs = inputs::of_step(&steps[0], Path::new("/no/logs"), &place.1);
    let named = ["docs", "no.lock", &absolute, "lib.rs"].map(|path| root.join(path));
    assert_eq!(inputs.files, named.into());

    let (_, events) = drive_all(steps, &place, &Cancel::default(), &|_| {});
    let read: Vec<(String, String)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Counted(counts) => Some((counts.file.clone(), counts.package.clone())),
            Event::Noise { line } => Some((line.clone(), String::new())),
            _ => None,
        })
        .collect();
    let core = "core".to_owned();
    let unreadable = "no.lock: No such file or directory (os error 2)".to_owned();
    assert_eq!(
        read,
        [
            ("docs/a/c.txt".to_owned(), core.clone()),
            ("docs/b.txt".to_owned(), core.clone()),
            (format!("{absolute}/x.md"), String::new()),
            ("lib.rs".to_owned(), core),
            (unreadable, String::new()),
        ]
    );
    let ended: Vec<(&Ending, u64)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Ended(ended) => {
                let unreadable = ended.odd.get("unreadable").copied();
                Some((&ended.ending, unreadable.unwrap_or(0)))
            }
            _ => None,
        })
        .collect();
    // A collector that reads no files has no result.
    let codes = [(0, 1), (0, 0), (1, 0)];
    let codes = codes.map(|(code, unreadable)| (Ending::Exited(code), unreadable));
    assert_eq!(ended, codes.each_ref().map(|(ending, odd)| (ending, *odd)));
}

#[test]
fn progress_and_lock_waits_are_reported_and_left_out_of_stderr() {
    let (_, events) = drive_all(
        vec![step("check", Stream::Cargo, BUILD)],
        &place(),
        &Cancel::default(),
        &|_| {},
    );
    let shown: Vec<(u64, u64, &str)> = events
        .iter()
        .filter_map(|e| {
            if let Event::Progress(p) = e {
                Some((p.done, p.total, p.what.as_str()))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        shown,
        [(1, 2, "core"), (0, 0, "waiting for build directory")]
    );
    let Some(Event::Ended(ended)) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!(ended.stderr_tail, "warning: text\nerror: last words\n");
    assert!(ended.cpu.is_some());
}

#[test]
fn cargo_gets_settings_for_progress_and_the_test_runner() {
    let script = "echo $CARGO_TERM_PROGRESS_WHEN $CARGO_TERM_PROGRESS_WIDTH $CARGO_TERM_COLOR >&2; \
        set -- $CARGO_TARGET_FAKE_RUNNER; echo $1 $2 >&2; cat $3/settings.json >&2";
    let table = [
        (
            Stream::CargoTest,
            "always 100 never\n/runner __run-test\n{",
            "\"log\":true",
        ),
        (
            Stream::CargoBench,
            "always 100 never\n/runner __run-test\n{",
            "\"log\":false",
        ),
        (Stream::Text, "\n\n", ""),
    ];
    for (stream, start, part) in table {
        let (_, events) = drive_all(
            vec![step("s", stream, script)],
            &place(),
            &Cancel::default(),
            &|_| {},
        );
        let Some(Event::Ended(ended)) = events.last() else {
            panic!("{events:?}")
        };
        assert!(
            ended.stderr_tail.starts_with(start) && ended.stderr_tail.contains(part),
            "{}",
            ended.stderr_tail
        );
    }
}

#[test]
fn step_that_cannot_start_or_times_out_ends() {
    let mut absent = step("absent", Stream::Cargo, "");
    if let Action::Command(invocation) = &mut absent.action {
        invocation.program = PathBuf::from("/no/such/cargo");
    }
    let hang = Step {
        timeout: Some(Duration::from_millis(400)),
        ..step(
            "hang",
            Stream::CargoTest,
            &format!("{BUILD}{RECORD} sleep 30"),
        )
    };
    let place = place();
    let (plan, events) = drive_all(vec![absent, hang], &place, &Cancel::default(), &|_| {});
    let endings = endings(&events);
    assert!(
        matches!(&endings[0].1, Ending::NotStarted(text) if text.contains("/no/such/cargo")),
        "{endings:?}"
    );
    assert_eq!(endings[1], ("hang", Ending::TimedOut));
    let why = "was running when the step's time was up";
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::Suite(s) if s.incomplete.as_deref() == Some(why)))
    );
    assert_eq!(
        replayed(&plan, &place).unwrap().len(),
        events
            .iter()
            .filter(|e| !matches!(e, Event::Progress(_) | Event::Idle))
            .count()
    );
}

#[test]
fn no_step_starts_after_an_interrupt() {
    let (place, cancel) = (place(), Cancel::default());
    let steps = vec![
        step("one", Stream::Cargo, BUILD),
        step("two", Stream::Cargo, &format!("{BUILD} sleep 30")),
        step("three", Stream::Cargo, BUILD),
    ];
    let in_second = std::cell::Cell::new(false);
    let (plan, events) = drive_all(steps, &place, &cancel, &|event| match event {
        Event::Started { step } => in_second.set(step == "two"),
        Event::BuildFinished { .. } if in_second.get() => cancel.press(),
        _ => {}
    });
    assert_eq!(
        endings(&events),
        [("one", Ending::Exited(0)), ("two", Ending::Interrupted)]
    );
    assert!(!events.contains(&Event::Started {
        step: "three".to_owned()
    }));
    assert_eq!(endings(&replayed(&plan, &place).unwrap()).len(), 2);
    assert!(
        drive_all(
            vec![step("four", Stream::Cargo, "")],
            &place,
            &cancel,
            &|_| {}
        )
        .1
        .is_empty()
    );
}

#[test]
fn incomplete_transcript_is_not_replayed() {
    for (file, error) in [
        ("clippy.ended", "has no end"),
        ("fmt.stdout", "could not read"),
        ("fmt.stderr", "could not read"),
    ] {
        let place = place();
        let (plan, _) = drive_all(all_kinds(), &place, &Cancel::default(), &|_| {});
        std::fs::remove_file(place.0.path().join("logs").join(file)).unwrap();
        let text = replayed(&plan, &place).unwrap_err().to_string();
        assert!(text.contains(error), "{file}: {text}");
    }
}

#[test]
fn tests_are_recorded_without_a_directory_for_transcripts() {
    let (scratch, workspace) = place();
    let plan = Plan {
        steps: all_kinds(),
        ..Plan::default()
    };
    let cancel = Cancel::default();
    let runner = TestRunner {
        exe: PathBuf::from("/runner"),
        triple: "fake".to_owned(),
        ..TestRunner::default()
    };
    let expected = BTreeMap::from([("test".to_owned(), 9)]);
    let given = Drive {
        workspace: &workspace,
        cancel: &cancel,
        logs: None,
        expected: &expected,
        tree: &[],
        files: None,
        runner: &runner,
        reuse: None,
        grace: GRACE,
        lock: &|_, _| Err(Ending::Interrupted),
    };
    let mut suites = 0;
    drive(&plan, &given, None, &mut |event| {
        suites += u32::from(matches!(event, Event::Suite(_)))
    });
    assert_eq!(suites, 2);
    assert_eq!(
        std::fs::read_dir(scratch.path().join("logs"))
            .unwrap()
            .count(),
        0
    );
}
