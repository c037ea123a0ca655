//! Tests with shell scripts as child processes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::plan::Stream;

/// The output of a process.
#[derive(Default)]
struct Printed {
    lines: Vec<Vec<u8>>,
    pieces: usize,
    stderr_bytes: usize,
}

fn shell(script: &str) -> Invocation {
    Invocation {
        program: PathBuf::from("/bin/sh"),
        args: vec!["-c".to_owned(), script.to_owned()],
        env: BTreeMap::from([
            ("GIVEN".to_owned(), Some("yes".to_owned())),
            ("HOME".to_owned(), None),
        ]),
        cwd: std::env::temp_dir(),
        stream: Stream::Text,
    }
}

/// Runs a script with grace periods of 300 ms and a time limit in seconds.
fn run_script(script: &str, limit: f64, cancel: &Cancel) -> (ProcessExit, Printed) {
    let invocation = shell(script);
    let patience = Duration::from_millis(300);
    let timeout = Some(Duration::from_secs_f64(limit));
    let job = Job {
        timeout,
        grace: patience,
        leak: patience,
        ..Job::new(&invocation)
    };
    let mut out = Printed::default();
    let exit = run(&job, cancel, &mut |event| match event {
        ProcessEvent::Line(line) => out.lines.push(line.to_vec()),
        ProcessEvent::Piece(piece) => {
            out.pieces += 1;
            out.stderr_bytes += piece.len();
        }
        ProcessEvent::Tick => {}
    });
    (exit, out)
}

fn text(out: &Printed) -> Vec<String> {
    out.lines
        .iter()
        .map(|l| String::from_utf8_lossy(l).into_owned())
        .collect()
}

/// Returns whether a process exists and is not a zombie.
fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Waits until a killed process is gone. Returns false if it is still alive after ten seconds.
fn ends(pid: &str) -> bool {
    let start = Instant::now();
    while is_alive(pid) && start.elapsed() < Duration::from_secs(10) {
        thread::yield_now();
    }
    !is_alive(pid)
}

#[test]
fn every_ending_is_reported() {
    let table = [
        ("exit 0", Ending::Exited(0)),
        ("exit 101", Ending::Exited(101)),
        ("kill -9 $$", Ending::Signalled(9)),
        ("exec >&- 2>&-; exit 7", Ending::Exited(7)),
        ("sleep 30", Ending::TimedOut),
        ("exec >&- 2>&-; sleep 30", Ending::TimedOut),
    ];
    for (script, ending) in table {
        let (exit, _) = run_script(
            script,
            if ending == Ending::TimedOut {
                0.3
            } else {
                20.0
            },
            &Cancel::default(),
        );
        assert_eq!((exit.ending, exit.leaky), (ending, false), "{script}");
    }
}

#[test]
fn missing_program_is_reported_as_not_started() {
    let cancel = Cancel::default();
    let invocation = Invocation {
        program: PathBuf::from("/no/such/cargo"),
        ..shell("")
    };
    let exit = run(&Job::new(&invocation), &cancel, &mut |_| {});
    let Ending::NotStarted(text) = exit.ending else {
        panic!("{:?}", exit.ending)
    };
    assert!(
        text.starts_with("could not start /no/such/cargo: "),
        "{text}"
    );
}

#[test]
fn both_pipes_are_drained_at_the_same_time() {
    let script = "i=0; while [ $i -lt 3000 ]; do echo $i; \
        echo 'warning: one hundred bytes of a warning on standard error ..................................' >&2; \
        i=$((i+1)); done";
    let (exit, out) = run_script(script, 60.0, &Cancel::default());
    assert_eq!((exit.ending, exit.cut_lines), (Ending::Exited(0), 0));
    assert_eq!((out.lines.len(), out.pieces), (3000, 3000));
    assert!(out.stderr_bytes > 200_000);
}

#[test]
fn line_of_100_mb_is_cut_and_counted() {
    let (exit, out) = run_script(
        "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo after",
        60.0,
        &Cancel::default(),
    );
    let lengths: Vec<usize> = out.lines.iter().map(Vec::len).collect();
    assert_eq!((exit.ending, exit.cut_lines), (Ending::Exited(0), 1));
    assert_eq!(lengths, [LINE_CAP + split::MARK.len(), 5]);
}

#[test]
fn bytes_that_are_not_utf8_are_passed_on() {
    let (_, out) = run_script(r"printf '\377\376 \0 x\nnext'", 20.0, &Cancel::default());
    assert_eq!(out.lines, [b"\xff\xfe \0 x".to_vec(), b"next".to_vec()]);
}

#[test]
fn environment_is_inherited_without_variables_of_an_outer_cargo() {
    let script =
        "echo $GIVEN-$HOME-$CARGO_PKG_NAME-$CARGO_MANIFEST_DIR; [ -n \"$PATH\" ] && echo path";
    let (_, out) = run_script(script, 20.0, &Cancel::default());
    assert_eq!(text(&out), ["yes---", "path"]);
}

#[test]
fn process_that_ignores_term_is_killed_with_its_children() {
    let script = "trap '' TERM; sleep 30 & echo $!; echo $$; wait; sleep 30";
    let (exit, out) = run_script(script, 0.3, &Cancel::default());
    assert_eq!(exit.ending, Ending::TimedOut);
    assert_eq!(out.lines.len(), 2);
    assert!(text(&out).iter().all(|pid| ends(pid)));
    assert!(exit.seconds < 5.0, "{}", exit.seconds);
}

#[test]
fn output_after_term_is_read() {
    let (exit, out) = run_script(
        "trap 'echo bye; exit 3' TERM; while :; do sleep 0.05; done",
        0.3,
        &Cancel::default(),
    );
    assert_eq!(
        (exit.ending, text(&out)),
        (Ending::TimedOut, vec!["bye".to_owned()])
    );
}

#[test]
fn second_request_to_stop_skips_the_grace_period() {
    for (presses, longest) in [(1, 8.0), (2, 3.0)] {
        let cancel = Cancel::default();
        (0..presses).for_each(|_| cancel.press());
        let invocation = shell("trap '' TERM; sleep 30; sleep 30");
        let job = Job {
            grace: Duration::from_secs(4),
            ..Job::new(&invocation)
        };
        let exit = run(&job, &cancel, &mut |_| {});
        assert_eq!(exit.ending, Ending::Interrupted);
        assert!(
            exit.seconds < longest,
            "{presses} presses took {}",
            exit.seconds
        );
    }
}

#[test]
fn pipe_held_open_by_a_grandchild_does_not_block() {
    let (exit, out) = run_script("sleep 30 & echo $!; exit 5", 20.0, &Cancel::default());
    assert_eq!((exit.ending, exit.leaky), (Ending::Exited(5), true));
    assert!(exit.seconds < 5.0, "{}", exit.seconds);
    assert!(ends(&text(&out)[0]));
}

#[test]
fn grandchild_without_pipes_is_killed() {
    let (exit, out) = run_script(
        "sleep 30 >/dev/null 2>&1 & echo $!",
        20.0,
        &Cancel::default(),
    );
    assert_eq!((exit.ending, exit.leaky), (Ending::Exited(0), false));
    assert!(ends(&text(&out)[0]));
}

#[test]
fn cpu_time_of_children_is_reported() {
    let (exit, _) = run_script(
        "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done",
        60.0,
        &Cancel::default(),
    );
    assert!(exit.cpu.is_some_and(|cpu| cpu > 0.01), "{:?}", exit.cpu);
}

#[test]
fn captured_lines_are_not_cut() {
    let script = "head -c 2000000 /dev/zero | tr '\\0' x; echo; echo no >&2; exit 4";
    let got = capture(&shell(script), Duration::from_secs(60), &Cancel::default());
    assert_eq!(
        (got.ending, got.stdout.len(), got.stderr.as_str()),
        (Ending::Exited(4), 2_000_001, "no\n")
    );
}
