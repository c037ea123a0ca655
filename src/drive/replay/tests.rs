//! Tests with damaged transcripts. The collected events can always be stored, and a stream that
//! ends early is never complete.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::*;
use crate::collector::Fold;
use crate::metric::Value;
use crate::process::temp_dir::TempDir;
use crate::run::{StepRecord, StepStatus};
use crate::snapshot::Snapshot;
use crate::tests::damage::{self, Property, Random};

/// The content of the fixtures; see `fixtures/README.md`.
#[derive(Deserialize)]
struct Recorded {
    plan: Plan,
    workspace: Workspace,
}

/// A copy of a transcript that may be damaged.
struct Copied {
    recorded: Recorded,
    scratch: TempDir,
    /// Every file with what was in it.
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Copied {
    fn of(name: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/transcripts")
            .join(name);
        let recorded =
            serde_json::from_slice(&fs::read(from.join("recorded.json")).unwrap()).unwrap();
        let (scratch, mut files) = (TempDir::new().unwrap(), Vec::new());
        copy(&from.join("logs"), scratch.path(), &mut files);
        files.sort();
        Self {
            recorded,
            scratch,
            files,
        }
    }

    fn events(&self) -> Result<Vec<Event>> {
        let (Recorded { plan, workspace }, mut events) = (&self.recorded, Vec::new());
        replay(self.scratch.path(), plan, workspace, &mut |event| {
            events.push(event.clone());
        })?;
        Ok(events)
    }

    fn fold(&self, events: &[Event]) -> (Snapshot, Vec<StepRecord>) {
        let mut fold = Fold::new(
            &self.recorded.plan,
            &self.recorded.workspace,
            &BTreeMap::new(),
        );
        events.iter().for_each(|event| fold.event(event));
        fold.finish()
    }
}

#[expect(clippy::disallowed_methods, reason = "tests set their own files up")]
fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

fn copy(from: &Path, to: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&path, &target, files);
        } else {
            let bytes = fs::read(path).unwrap();
            put(&target, &bytes);
            files.push((target, bytes));
        }
    }
}

/// Checks that the snapshot can be stored and read back, so every value is a number.
fn is_storable(folded: &(Snapshot, Vec<StepRecord>)) {
    let text = serde_json::to_string(folded).unwrap();
    let back: (Snapshot, Vec<StepRecord>) =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(back, *folded);
}

const NAMES: [&str; 4] = ["lints", "tests", "broken", "benches"];

const SPICE: [&[u8]; 9] = [
    b"\n",
    b"\"",
    b"{",
    b"}",
    b"\xff",
    b"ok ",
    b"-1",
    b"99999999999999999999",
    b"{\"reason\":\"build-finished\"}\n",
];

const PROPERTIES: [Property; 2] = [
    (a_spoiled_transcript_is_refused_or_can_be_stored, 80),
    (events_in_disorder_can_be_stored, 80),
];

#[test]
fn no_damage_makes_a_replay_panic() {
    damage::hold(&PROPERTIES, 1);
}

#[test]
#[ignore = "long: 4 minutes"]
fn no_damage_makes_a_replay_panic_however_often_it_is_tried() {
    damage::hold(&PROPERTIES, damage::LONG);
}

fn a_spoiled_transcript_is_refused_or_can_be_stored(rounds: usize) {
    let copies = NAMES.map(Copied::of);
    damage::survive("transcripts", rounds, |random, round| {
        let copied = &copies[round % copies.len()];
        let (file, bytes) = random.pick(&copied.files);
        match random.below(8) {
            0 => fs::remove_file(file).unwrap(),
            _ => put(file, &random.spoil(bytes, &SPICE)),
        }
        let events = copied.events();
        put(file, bytes);
        events.map_or(0, |events| {
            is_storable(&copied.fold(&events));
            events.len()
        })
    });
}

/// Removes, duplicates and swaps events.
fn disordered(random: &mut Random, events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    for _ in 0..=random.below(6) {
        let (one, other) = (random.below(events.len()), random.below(events.len()));
        match random.below(4) {
            0 => events.truncate(one.max(1)),
            1 if events.len() > 1 => drop(events.remove(one)),
            2 => events.insert(other, events[one].clone()),
            _ => events.swap(one, other),
        }
    }
    events
}

fn events_in_disorder_can_be_stored(rounds: usize) {
    let copies = NAMES.map(|name| {
        let copied = Copied::of(name);
        let events = copied.events().unwrap();
        (copied, events)
    });
    damage::survive("events", rounds, |random, round| {
        let (copied, events) = &copies[round % copies.len()];
        let folded = copied.fold(&disordered(random, events));
        is_storable(&folded);
        folded.0.metrics.len()
    });
}

#[test]
fn stream_that_ends_before_the_build_is_never_complete() {
    let copied = Copied::of("lints");
    let (file, bytes) = copied
        .files
        .iter()
        .find(|(file, _)| file.ends_with("clippy.stdout"))
        .unwrap();
    let end = bytes
        .windows(16)
        .position(|part| part == b"\"build-finished\"")
        .unwrap();
    let mut cuts: Vec<usize> = (0..end)
        .filter(|at| bytes[*at] == b'\n')
        .map(|at| at + 1)
        .collect();
    cuts.extend([0, 1, end / 2, end]);
    for cut in cuts {
        put(file, &bytes[..cut]);
        let (snapshot, steps) = copied.fold(&copied.events().unwrap());
        let step = steps
            .iter()
            .find(|step| step.ended.step == "clippy")
            .unwrap();
        assert!(
            matches!(step.status, StepStatus::Failed(_)),
            "cut at {cut}: {:?}",
            step.status
        );
        assert!(
            matches!(
                snapshot.metrics["clippy.warnings"].value,
                Value::Unavailable(_)
            ),
            "cut at {cut}"
        );
    }
}
