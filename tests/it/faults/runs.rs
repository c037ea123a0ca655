//! Runs that are damaged, of a later version, or that two processes want to make at once.

use std::fs;
use std::path::PathBuf;

use super::{pinned, shows};
use crate::harness::Sandbox;

/// The only run's file.
fn only_run(sandbox: &Sandbox) -> PathBuf {
    let mut folder = sandbox.path(".campaign/runs");
    while folder.is_dir() {
        let mut entries = fs::read_dir(&folder)
            .expect("a folder of the store")
            .flatten();
        folder = entries.next().expect("there is a run").path();
    }
    folder
}

/// What happened to a run's file.
type Case = (&'static str, fn(&[u8]) -> Vec<u8>);

const DAMAGED: [Case; 6] = [
    ("empty", |_| Vec::new()),
    ("truncated in its first line", |bytes| bytes[..200].to_vec()),
    ("truncated in its body", |bytes| {
        bytes[..bytes.len() - 20].to_vec()
    }),
    ("flipped in its first line", |bytes| flipped(bytes, 100)),
    ("flipped in its body", |bytes| {
        flipped(bytes, bytes.len() - 100)
    }),
    ("something else", |_| b"\x1b[2J\xff not a run\n".to_vec()),
];

const READING: [&[&str]; 6] = [
    &["gate", "--no-run"],
    &["status"],
    &["history"],
    &["report"],
    &["diff"],
    &["explain", "todo.open"],
];

#[test]
fn a_damaged_run_is_named_and_set_aside_by_whoever_reads_it_first() {
    let sandbox = pinned();
    let run = only_run(&sandbox);
    let (whole, aside) = (
        fs::read(&run).expect("it is there"),
        run.with_extension("json.corrupt"),
    );
    for (what, damage) in DAMAGED {
        for args in READING {
            fs::write(&run, damage(&whole)).expect("the sandbox can be written");
            let out = sandbox.campaign(args);
            assert_eq!(
                out.code,
                if args[0] == "gate" { 3 } else { 0 },
                "{what}, {args:?}: {}",
                out.stderr
            );
            let told: Vec<&str> = out
                .stderr
                .lines()
                .filter(|line| line.contains("set aside as"))
                .collect();
            assert_eq!(told.len(), 1, "{what}, {args:?}: {}", out.stderr);
            assert!(
                told[0].starts_with("warning: ") && !out.stderr.contains('\x1b'),
                "{:?}",
                out.stderr
            );
            assert_eq!(
                fs::read(&aside).expect("nothing is thrown away"),
                damage(&whole),
                "{what}, {args:?}"
            );
            assert!(!run.exists());
        }
    }
    shows(
        &sandbox.campaign(&["doctor"]),
        0,
        &[
            "0 recorded, all readable",
            "1 damaged file, no run reads them",
        ],
    );
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
    assert!(aside.exists());
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}
