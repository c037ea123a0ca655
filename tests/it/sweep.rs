//! An edit of 52 files, killed at every system call that changes something, and every such call failing; the same for what
//! recovers from it. Whatever happens the tree ends all old or all new, without litter.
//!
//! Needs `strace` and the right to trace: where they are missing it says so (and fails under `$CI`, where `.ci/run` has
//! installed it). One point in seven is tried always, all of them by `cargo test --test it sweep -- --ignored --nocapture`.

#![expect(clippy::print_stdout, reason = "what was tried is said")]

mod bench;
mod trace;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::harness::{Output, not_tried};
use bench::{Bench, Tree};
use trace::{Call, Fault};

/// What is tried at each call: a death, a disk that is full or broken for a moment, and one that stays so.
const FAULTS: [Fault; 5] = [
    Fault::Kill,
    Fault::Once("ENOSPC"),
    Fault::Once("EIO"),
    Fault::Lasting("ENOSPC"),
    Fault::Lasting("EIO"),
];

/// One thing to try: from this tree on, with this fault at this call.
struct Point<'a> {
    start: &'a Tree,
    /// What is run: `bump` or `recover`.
    act: &'static str,
    fault: Fault,
    call: Call,
}

/// Every point of an act that begins with this tree.
fn points<'a>(bench: &Bench, start: &'a Tree, act: &'static str) -> Vec<Point<'a>> {
    bench.set(start);
    let out = bench.run(act, &[]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let calls = bench.calls();
    let calls = FAULTS
        .iter()
        .flat_map(|fault| calls.iter().map(move |call| (*fault, call.clone())));
    calls
        .filter(|(fault, call)| fault.fits(call))
        .map(|(fault, call)| Point {
            start,
            act,
            fault,
            call,
        })
        .collect()
}

/// Tries one point; what is wrong with the outcome.
fn attempt(bench: &Bench, point: &Point<'_>) -> Result<(), String> {
    let Point {
        start,
        act,
        fault,
        call,
    } = point;
    bench.set(start);
    let out = bench.run(act, &[fault.injection(call)]);
    let outcome =
        outcome(bench, act, *fault, &out).and_then(|()| match bench.run("recover", &[]) {
            after if after.code != 0 => Err(format!("recovering fails: {}", after.stderr)),
            _ => bench.judge().map(drop),
        });
    outcome.map_err(|why| format!("{act}, {fault:?} at {call}: {why}: {}", out.stderr))
}

/// What is wrong with the tree that a fault left, before anybody recovers it.
fn outcome(bench: &Bench, act: &str, fault: Fault, out: &Output) -> Result<(), String> {
    match (fault, out.code) {
        (Fault::Kill, 137) | (Fault::Lasting(_), 1) => Ok(()),
        // After a failure of a moment the edit itself leaves nothing to be recovered.
        (Fault::Once(_), 1) if !out.stderr.contains(fault.words()) => {
            Err("it does not say what failed".into())
        }
        (Fault::Once(_), 1) if act == "bump" && bench.judge()? => Err("failed, but new".into()),
        (Fault::Once(_), 1) => Ok(()),
        (Fault::Once(_) | Fault::Lasting(_), 0) if !bench.judge()? && act == "bump" => {
            Err("done, but old".into())
        }
        (Fault::Once(_) | Fault::Lasting(_), 0) => Ok(()),
        (_, code) => Err(format!("exit code {code}")),
    }
}

/// Tries every `step`-th point on all processors; the failures.
fn sweep(points: &[Point<'_>], step: usize) -> (usize, Vec<String>) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        let bench = Bench::new();
        while let Some(point) = points.get(next.fetch_add(step, Ordering::Relaxed)) {
            if let Err(failure) = attempt(&bench, point) {
                failures
                    .lock()
                    .unwrap_or_else(|e| e.into_inner())
                    .push(failure);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    (
        points.len().div_ceil(step),
        failures.into_inner().unwrap_or_else(|e| e.into_inner()),
    )
}

/// Trees of processes that died: in staging, around the commit, in the midst of swapping, and of putting back.
fn dead(bench: &Bench) -> Vec<Tree> {
    let mut trees = Vec::new();
    // A replacement that fails for good makes it put everything back.
    for failing in [None, Some("rename:error=EIO:when=30")] {
        let failing: Vec<String> = failing.map(str::to_owned).into_iter().collect();
        bench.reset();
        bench.run("bump", &failing);
        let calls: Vec<Call> = bench
            .calls()
            .into_iter()
            .filter(|call| Fault::Kill.fits(call))
            .collect();
        let calls: Vec<&Call> = match failing.is_empty() {
            true => calls.iter().collect(),
            false => calls
                .iter()
                .skip_while(|call| !call.failed)
                .filter(|call| call.name != "rename")
                .collect(),
        };
        for part in 1..=6 {
            bench.reset();
            let kill = Fault::Kill.injection(calls[calls.len() * part / 7]);
            bench.run("bump", &[&failing[..], &[kill]].concat());
            trees.push(bench.tree());
        }
    }
    trees
}

fn can_trace() -> bool {
    let Some(why) = trace::missing() else {
        return true;
    };
    assert!(
        std::env::var_os("CI").is_none(),
        "the kill sweep cannot be tried: {why}"
    );
    not_tried("the kill sweep", &why);
    false
}

fn swept(step: usize, trees: usize) {
    if !can_trace() {
        return;
    }
    let bench = Bench::new();
    let old = bench.tree();
    let dead: Vec<Tree> = dead(&bench).into_iter().step_by(trees).collect();
    let mut all = points(&bench, &old, "bump");
    let bumps = all.len();
    all.extend(dead.iter().flat_map(|tree| points(&bench, tree, "recover")));
    let (tried, failures) = sweep(&all, step);
    println!(
        "{bumps} points of the edit, {} of recoveries from {} deaths; {tried} tried, {} bad",
        all.len() - bumps,
        dead.len(),
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(tried > 100);
}

#[test]
fn one_point_in_seven_ends_all_old_or_all_new() {
    swept(7, 6);
}

#[test]
#[ignore = "all points: some minutes"]
fn every_point_ends_all_old_or_all_new() {
    swept(1, 1);
}

#[test]
fn nothing_is_relied_on_before_it_is_on_the_disk() {
    if !can_trace() {
        return;
    }
    let bench = Bench::new();
    let out = bench.run("bump", &[]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let calls = bench.calls();
    let at = |name: &str, part: &str| {
        let found = calls
            .iter()
            .position(|call| call.name == name && call.text.contains(part));
        found.unwrap_or_else(|| panic!("no {name} of {part}"))
    };
    let committed = at("rename", "journal/edit.commit\"");
    let swapped = calls
        .iter()
        .rposition(|call| call.name == "rename")
        .expect("files are replaced");
    let closed = at("unlink", "journal/edit.commit\"");
    let synced = |range: std::ops::Range<usize>, path: &str| {
        let path = format!("{path}>");
        assert!(
            calls[range]
                .iter()
                .any(|call| call.name == "fsync" && call.text.contains(&path)),
            "{path}"
        );
    };
    for member in bench::members() {
        let folder = format!("crates/{member}");
        let staged = at("openat", &format!("{folder}/.Cargo.toml.campaign-"));
        let written = &calls[staged..committed];
        assert!(
            written.iter().any(|c| c.name == "fsync"
                && c.text.contains(&format!("{folder}/.Cargo.toml.campaign-")))
        );
        synced(staged..committed, &folder);
        assert!(at("rename", &format!("{folder}/.Cargo.toml.campaign-")) > committed);
        synced(swapped..closed, &folder);
    }
    synced(
        committed..swapped - bench::members().count(),
        ".campaign/journal",
    );
    synced(0..at("openat", "/.NEW.md.campaign-"), ".campaign/journal");
}
