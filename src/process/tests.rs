//! Shell scripts as children: floods, hangs, leaks.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::plan::Stream;

/// What came out of a run.
#[derive(Default)]
struct Out {
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
        stream: Stream::Figures,
    }
}

/// Runs a script with little patience: 300 ms for everything, and a time limit in seconds.
fn run_script(script: &str, limit: f64, cancel: &Cancel) -> (Exit, Out) {
    let invocation = shell(script);
    let patience = Duration::from_millis(300);
    let timeout = Some(Duration::from_secs_f64(limit));
    let job = Job {
        timeout,
        grace: patience,
        leak: patience,
        ..Job::new(&invocation)
    };
    let mut out = Out::default();
    let exit = run(&job, cancel, &mut |heard| match heard {
        Heard::Line(line) => out.lines.push(line.to_vec()),
        Heard::Piece(piece) => {
            out.pieces += 1;
            out.stderr_bytes += piece.len();
        }
        Heard::Tick => {}
    });
    (exit, out)
}

fn text(out: &Out) -> Vec<String> {
    out.lines
        .iter()
        .map(|l| String::from_utf8_lossy(l).into_owned())
        .collect()
}

/// A process of this id is there and is no zombie.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// A process that was sent KILL is gone as soon as the kernel has delivered it.
fn goes(pid: &str) -> bool {
    let start = Instant::now();
    while lives(pid) && start.elapsed() < Duration::from_secs(10) {
        thread::yield_now();
    }
    !lives(pid)
}

#[test]
fn every_kind_of_end_is_told() {
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
fn a_program_that_is_not_there_is_an_ending() {
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
fn both_pipes_are_drained_while_both_are_flooded() {
    let script = "i=0; while [ $i -lt 3000 ]; do echo $i; \
        echo 'warning: one hundred bytes of a warning on standard error ..................................' >&2; \
        i=$((i+1)); done";
    let (exit, out) = run_script(script, 60.0, &Cancel::default());
    assert_eq!((exit.ending, exit.cut_lines), (Ending::Exited(0), 0));
    assert_eq!((out.lines.len(), out.pieces), (3000, 3000));
    assert!(out.stderr_bytes > 200_000);
}

#[test]
fn a_line_of_100_mb_is_cut_and_counted() {
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
fn bytes_that_are_no_text_are_handed_on() {
    let (_, out) = run_script(r"printf '\377\376 \0 x\nnext'", 20.0, &Cancel::default());
    assert_eq!(out.lines, [b"\xff\xfe \0 x".to_vec(), b"next".to_vec()]);
}

#[test]
fn the_environment_is_inherited_changed_and_freed_of_an_outer_cargo() {
    let script =
        "echo $GIVEN-$HOME-$CARGO_PKG_NAME-$CARGO_MANIFEST_DIR; [ -n \"$PATH\" ] && echo path";
    let (_, out) = run_script(script, 20.0, &Cancel::default());
    assert_eq!(text(&out), ["yes---", "path"]);
}

#[test]
fn one_that_ignores_term_is_killed_with_its_children() {
    let script = "trap '' TERM; sleep 30 & echo $!; echo $$; wait; sleep 30";
    let (exit, out) = run_script(script, 0.3, &Cancel::default());
    assert_eq!(exit.ending, Ending::TimedOut);
    assert_eq!(out.lines.len(), 2);
    assert!(text(&out).iter().all(|pid| goes(pid)));
    assert!(exit.seconds < 5.0, "{}", exit.seconds);
}

#[test]
fn one_that_obeys_term_may_say_its_last_words() {
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
fn a_press_interrupts_and_a_second_one_does_not_wait_for_the_grace_period() {
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
fn a_pipe_held_open_by_a_grandchild_does_not_hold_us() {
    let (exit, out) = run_script("sleep 30 & echo $!; exit 5", 20.0, &Cancel::default());
    assert_eq!((exit.ending, exit.leaky), (Ending::Exited(5), true));
    assert!(exit.seconds < 5.0, "{}", exit.seconds);
    assert!(goes(&text(&out)[0]));
}

#[test]
fn a_grandchild_without_pipes_is_ended_too() {
    let (exit, out) = run_script(
        "sleep 30 >/dev/null 2>&1 & echo $!",
        20.0,
        &Cancel::default(),
    );
    assert_eq!((exit.ending, exit.leaky), (Ending::Exited(0), false));
    assert!(goes(&text(&out)[0]));
}

#[test]
fn children_are_charged_with_their_cpu_time() {
    let (exit, _) = run_script(
        "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done",
        60.0,
        &Cancel::default(),
    );
    assert!(exit.cpu.is_some_and(|cpu| cpu > 0.01), "{:?}", exit.cpu);
}

#[test]
fn a_short_command_is_captured_without_cutting_its_lines() {
    let script = "head -c 2000000 /dev/zero | tr '\\0' x; echo; echo no >&2; exit 4";
    let got = capture(&shell(script), Duration::from_secs(60), &Cancel::default());
    assert_eq!(
        (got.ending, got.stdout.len(), got.stderr.as_str()),
        (Ending::Exited(4), 2_000_001, "no\n")
    );
}
