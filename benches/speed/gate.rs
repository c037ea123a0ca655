//! `gate` when nothing changed since the last run.
#![expect(clippy::disallowed_methods, reason = "it starts what it measures")]

use std::path::Path;
use std::process::{Command, Stdio};

use super::cost::{Sides, cost, note, rounds};
use super::six::BASELINE;
use super::workspace::{Side, sides, write};

/// Files in the larger tree.
const FILES: usize = 10_000;

/// Against the script with nothing to build; then in a tree of many files.
pub(crate) fn gate(dir: &Path) {
    let [ours, theirs] = sides(dir);
    cost(&mut theirs.script());
    prepare(&ours);
    row(&ours, &theirs, "gate, nothing changed", "<= 0.010 CPU");
    note(&processes(&ours));
    for number in 0..FILES {
        write(
            &ours.ws,
            &format!("notes/{}/{number}.txt", number % 100),
            &format!("note {number}\n"),
        );
    }
    prepare(&ours);
    let many = row(
        &ours,
        &theirs,
        "gate, nothing changed, 10 000 files",
        "<= 50 ms CPU",
    );
    note(&format!("{many:.1} ms CPU"));
}

/// Measures, waits until what was just written is old enough to be believed by its stamp, and judges once.
fn prepare(ours: &Side) {
    cost(&mut ours.campaign(&BASELINE));
    std::thread::sleep(std::time::Duration::from_millis(2500));
    cost(&mut ours.campaign(&["gate"]));
}

/// Median CPU milliseconds of ours.
fn row(ours: &Side, theirs: &Side, name: &str, goal: &str) -> f64 {
    let sides = Sides::in_turns(
        rounds(9),
        |_| cost(&mut ours.campaign(&["gate"])),
        |_| cost(&mut theirs.script()),
    );
    sides.print(name, goal);
    sides.our_cpu()
}

/// How many programs `gate` starts, as the kernel sees it.
fn processes(ours: &Side) -> String {
    let log = ours.target.join("strace");
    let gate = ours.campaign(&["gate"]);
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-e", "trace=execve,fork,vfork", "-o"])
        .arg(&log)
        .arg(gate.get_program());
    strace.args(gate.get_args()).current_dir(&ours.ws);
    for (name, value) in gate.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    match strace
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
    {
        Ok(status) if status.success() => {
            let calls = std::fs::read_to_string(&log).unwrap_or_default();
            let started = calls
                .lines()
                .filter(|line| line.contains("execve(") || line.contains("fork("))
                .count();
            format!(
                "{} processes started beside itself (strace -f)",
                started.saturating_sub(1)
            )
        }
        _ => "strace is not installed: processes were not counted".to_owned(),
    }
}
