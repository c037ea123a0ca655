//! Run files and their index, spoiled and forged: what is read is what was written, or it is not read.

use crate::run::{Run, StepStatus};
use crate::store::heads::INDEX;
use crate::store::record::{self, Flaw};
use crate::store::tests::{DAY, MORNING, filled, forged, run, store};
use crate::tests::damage::{self, Property, Random};

/// What means something in a run file.
const SPICE: [&[u8]; 8] = [
    b"\"",
    b"\n",
    b"{",
    b"}\n",
    b"null",
    b"\xff",
    b"0",
    b"\"format\":2,",
];

const PROPERTIES: [Property; 4] = [
    (a_spoiled_run_is_never_taken_for_one, 1500),
    (a_forged_run_is_read_or_refused, 1500),
    (a_spoiled_index_changes_no_listing, 25),
    (a_spoiled_file_harms_no_other_run, 25),
];

#[test]
fn no_damage_is_taken_for_a_run() {
    damage::hold(&PROPERTIES, 1);
}

#[test]
#[ignore = "long: 3 minutes"]
fn no_damage_is_taken_for_a_run_however_often_it_is_tried() {
    damage::hold(&PROPERTIES, damage::LONG);
}

fn a_spoiled_run_is_never_taken_for_one(rounds: usize) {
    let kept = record::encode(&run(MORNING, StepStatus::TimedOut)).unwrap();
    damage::survive("run files", rounds, |random, _| {
        let spoiled = random.spoil(&kept.bytes, &SPICE);
        let end = spoiled
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(spoiled.len(), |at| at + 1);
        let same_head = spoiled[..end] == *kept.line();
        match record::decode_head(&spoiled[..end]) {
            Ok(head) => assert!(
                same_head && head.id == kept.id,
                "{}",
                String::from_utf8_lossy(&spoiled)
            ),
            Err(flaw) => assert!(!same_head && matches!(flaw, Flaw::Damaged(_)), "{flaw:?}"),
        }
        let refused = record::decode(&kept.id, &spoiled).is_err();
        assert_eq!(
            refused,
            spoiled != kept.bytes,
            "{}",
            String::from_utf8_lossy(&spoiled)
        );
        usize::from(refused)
    });
}

/// With checksums that fit: what a later version, or someone with a purpose, could write.
fn a_forged_run_is_read_or_refused(rounds: usize) {
    let document: serde_json::Value = serde_json::from_slice(
        &record::encode(&run(MORNING, StepStatus::Whole))
            .unwrap()
            .bytes,
    )
    .unwrap();
    let (head, body) = (document["head"].to_string(), document["run"].to_string());
    let spice = [
        "\"",
        "{",
        "}",
        "[",
        "]",
        ":",
        "null",
        "-1",
        "1e999",
        "99999999999999999999",
        "\\u0000",
        "\n",
        "é",
    ];
    damage::survive("forged runs", rounds, |random, round| {
        let head = if round % 2 == 0 {
            random.garble(&head, &spice)
        } else {
            head.clone()
        };
        let body = random.garble(&body, &spice);
        let (id, bytes) = forged(u32::try_from(random.below(3)).unwrap_or(0), &head, &body);
        match record::decode(&id, &bytes) {
            Ok(read) => {
                record::encode(&Run { id: None, ..read }).map_or(0, |record| record.bytes.len())
            }
            Err(Flaw::Damaged(why) | Flaw::Newer { tool: why, .. }) => usize::from(!why.is_empty()),
        }
    });
}

fn a_spoiled_index_changes_no_listing(rounds: usize) {
    let (scratch, store, ids) = filled(12);
    let expected: Vec<_> = ids.iter().rev().cloned().collect();
    let index = scratch.path().join(".campaign/index").join(INDEX);
    let written = std::fs::read(&index).unwrap();
    damage::survive("indexes", rounds, |random, _| {
        scratch.write(
            ".campaign/index/heads.jsonl",
            random.spoil(&written, &SPICE),
        );
        let listed: Vec<_> = store
            .heads_indexed_after(random.below(3))
            .map(|head| head.id)
            .collect();
        assert_eq!(listed, expected);
        listed.len()
    });
}

fn a_spoiled_file_harms_no_other_run(rounds: usize) {
    let runs: Vec<Run> = (0..4)
        .map(|day| run(MORNING + day * DAY, StepStatus::Whole))
        .collect();
    let (scratch, store) = store();
    damage::survive("stores", rounds, |random, _| {
        let records: Vec<_> = runs
            .iter()
            .map(|run| record::encode(run).unwrap())
            .collect();
        let harmed = random.below(records.len());
        for (at, kept) in records.iter().enumerate() {
            let bytes = if at == harmed {
                spoiled(random, &kept.bytes)
            } else {
                kept.bytes.clone()
            };
            scratch.write(&format!(".campaign/runs/2026/11/{}.json", kept.id), bytes);
        }
        let listed = store.heads().count();
        let loaded = records.iter().zip(&runs).filter(|(kept, run)| {
            let read = store.load(&kept.id);
            read.is_ok_and(|read| {
                read == Run {
                    id: Some(kept.id.clone()),
                    ..(*run).clone()
                }
            })
        });
        assert_eq!(loaded.count(), records.len() - 1);
        assert!(listed + 1 >= records.len());
        listed
    });
}

/// Certainly not what it was.
fn spoiled(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let other = random.spoil(bytes, &SPICE);
    if other == bytes {
        bytes[1..].to_vec()
    } else {
        other
    }
}
