use std::fs;
use std::time::SystemTime;

use super::*;
use crate::event::{Cause, Ended, Ending};
use crate::metric::Reading;
use crate::plan::{Action, Answered, Collector, MissingCollector, Plan, Step, Verb};
use crate::run::{StepRecord, StepStatus};
use crate::snapshot::{Provenance, Snapshot};
use crate::tests::Scratch;

/// 2026-11-20 10:15:02 UTC.
pub(super) const MORNING: i64 = 1_795_169_702;
pub(super) const DAY: i64 = 24 * 60 * 60;

/// A run of clippy (which answers check) and test, where clippy is whole and test went as told.
pub(crate) fn run(started: i64, test: StepStatus) -> Run {
    let step = |id: &str, serves: Collector| Step {
        id: id.into(),
        verb: Verb {
            doing: "Doing".into(),
            done: "Done".into(),
        },
        serves: vec![serves],
        action: Action::Scan,
        timeout: None,
        settings: Default::default(),
        copy: None,
        package: None,
        report: None,
        sampling: None,
    };
    let record = |id: &str, status: StepStatus| StepRecord {
        ended: Ended {
            step: id.into(),
            ending: Ending::Exited(0),
            seconds: 1.5,
            blocked: 0.0,
            cpu: None,
            stderr_tail: String::new(),
            odd: [].into(),
        },
        units: (1, 2),
        status,
        cause: Cause::default(),
        uncounted: Vec::new(),
        cure: None,
    };
    let plan = Plan {
        allow_empty: BTreeSet::new(),
        steps: vec![
            step("clippy", Collector::named("clippy")),
            step("test", Collector::named("test")),
        ],
        answered: vec![Answered {
            collector: Collector::named("check"),
            by: "clippy".into(),
        }],
        missing: vec![MissingCollector {
            collector: Collector::named("fmt"),
            what: "rustfmt is not installed".into(),
            fix: "x".into(),
        }],
        settings: [
            Collector::named("clippy"),
            Collector::named("check"),
            Collector::named("test"),
            Collector::named("fmt"),
        ]
        .map(|collector| (collector, "settings".to_owned()))
        .into(),
    };
    let metrics = [("clippy.warnings".to_owned(), Reading::exact(12.0))].into();
    Run {
        id: None,
        started,
        id_time: None,
        seconds: 2.5,
        plan,
        provenance: Provenance {
            tree: "t".into(),
            tool: "0.1.0".into(),
            ..Provenance::default()
        },
        steps: vec![record("clippy", StepStatus::Whole), record("test", test)],
        snapshot: Snapshot {
            metrics,
            ..Snapshot::default()
        },
        interrupted: false,
        torn: false,
        changed: BTreeSet::new(),
        sequence: 0,
        base: None,
        versions: Default::default(),
        rebuilt: Default::default(),
        inputs: Default::default(),
    }
}

pub(super) fn store() -> (Scratch, Store) {
    let scratch = Scratch::new();
    let store = Store::open(scratch.path());
    (scratch, store)
}

/// A store with runs, one a day from [`MORNING`] on; their ids, oldest first.
pub(super) fn filled(days: i64) -> (Scratch, Store, Vec<RunId>) {
    let (scratch, store) = store();
    let ids = (0..days)
        .map(|day| {
            store
                .append(&run(MORNING + day * DAY, StepStatus::Whole))
                .unwrap()
        })
        .collect();
    (scratch, store, ids)
}

#[test]
fn id_may_contain_another_time_than_the_start() {
    let (_scratch, store) = store();
    let mut kept = run(MORNING, StepStatus::Whole);
    kept.id_time = Some(MORNING + 3);
    let id = store.append(&kept).unwrap();
    assert_eq!(&id.0[..16], "20261120-101505-");
    assert_eq!(store.load(&id).unwrap().started, MORNING);
    let head = store.newest().unwrap();
    assert_eq!((head.id, head.started), (id, MORNING));
}

#[test]
fn a_run_comes_back_as_it_was_kept() {
    let (scratch, store) = store();
    let kept = run(MORNING, StepStatus::TimedOut);
    let id = store.append(&kept).unwrap();
    assert_eq!(&id.0[..16], "20261120-101502-");
    assert!(
        scratch
            .path()
            .join(format!(".campaign/runs/2026/11/{id}.json"))
            .is_file()
    );
    assert_eq!(
        store.load(&id).unwrap(),
        Run {
            id: Some(id.clone()),
            ..kept.clone()
        }
    );
    assert_eq!(
        store.append(&kept).unwrap(),
        id,
        "the same facts are the same run"
    );
    let names: Vec<_> = heads::names(&scratch.path().join(".campaign/runs/2026/11")).collect();
    assert_eq!(names.len(), 1, "no temporary file stays: {names:?}");
}

#[test]
fn a_head_tells_which_collectors_are_whole() {
    let head = |run: &Run| {
        let (_scratch, store) = store();
        store.append(run).unwrap();
        store.newest().unwrap()
    };
    let failed = StepStatus::Failed("rustc crashed".into());
    assert_eq!(
        head(&run(MORNING, StepStatus::Whole)).whole,
        [
            Collector::named("check"),
            Collector::named("test"),
            Collector::named("clippy")
        ]
    );
    assert_eq!(
        head(&run(MORNING, failed)).whole,
        [Collector::named("check"), Collector::named("clippy")]
    );
    let torn = Run {
        torn: true,
        ..run(MORNING, StepStatus::Whole)
    };
    assert_eq!(head(&torn).whole, []);
    let cut = Run {
        steps: vec![],
        interrupted: true,
        ..run(MORNING, StepStatus::Whole)
    };
    assert_eq!((head(&cut).whole, head(&cut).interrupted), (vec![], true));
}

#[test]
fn opening_and_reading_write_nothing() {
    let (scratch, store) = store();
    assert_eq!(store.newest(), None);
    assert!(store.ids().is_empty());
    assert!(store.pinned(PinName::Baseline).unwrap().is_none());
    store.cache("tree", b"x").unwrap();
    assert_eq!(store.cached("tree"), None);
    assert_eq!(heads::names(scratch.path()).count(), 0);
}

#[test]
fn every_writer_hides_its_files_from_git() {
    for write in [
        (|store| store.cache("tree", b"x").unwrap()) as fn(&Store),
        |store| store.begin_release("{}").unwrap(),
        |store| drop(store.begin_logs(MORNING, 7).unwrap()),
    ] {
        // As in a fresh clone: the pins are there and the ignored files are not.
        let scratch = Scratch::with(&[(".campaign/baseline.json", "{}")]);
        let store = Store::open(scratch.path());
        write(&store);
        assert!(scratch.path().join(".campaign/.gitignore").is_file());
    }
}

#[test]
fn git_sees_the_pins_and_nothing_else() {
    let (scratch, store, ids) = filled(1);
    store.begin_logs(MORNING, 7).unwrap();
    store.cache("tree", b"x").unwrap();
    let _lock = store.lock(&holder()).unwrap();
    let pin = Pin {
        view: crate::run::View {
            run: Some(ids[0].clone()),
            ..Default::default()
        },
        ..Pin::default()
    };
    store.pin(PinName::Baseline, &pin).unwrap();
    scratch.write(".campaign/runs/2026/11/x.json.corrupt", "");
    scratch.write(".campaign/.tmp-1-1", "");
    crate::git::tests::git(scratch.path(), &["init", "--quiet"]);
    let seen = crate::git::Git::at(scratch.path()).ls_files().unwrap();
    let mut seen: Vec<_> = seen.into_iter().map(|listed| listed.name).collect();
    seen.sort();
    assert_eq!(seen, [b".campaign/baseline.json"]);
}

#[test]
fn heads_come_newest_first_with_and_without_an_index() {
    let (scratch, store, ids) = filled(100);
    let expected: Vec<_> = ids.iter().rev().cloned().collect();
    let list = || {
        store
            .heads_indexed_after(20)
            .map(|head| head.id)
            .collect::<Vec<_>>()
    };
    assert!(
        store
            .heads()
            .map(|head| head.id)
            .eq(expected.iter().cloned())
    );
    assert_eq!(list(), expected);
    let index = scratch.path().join(".campaign/index/heads.jsonl");
    let written = fs::read(&index).unwrap();
    for bytes in [
        vec![],
        written[..written.len() / 2].to_vec(),
        b"\n{\n\xff".to_vec(),
    ] {
        scratch.write(".campaign/index/heads.jsonl", bytes);
        assert_eq!(list(), expected);
        assert_eq!(list(), expected, "what it lacked was added");
    }
    fs::remove_dir_all(index.parent().unwrap()).unwrap();
    assert_eq!(list(), expected);
    assert!(
        fs::metadata(&index).unwrap().len() > 0,
        "the index is made again"
    );
    fs::remove_file(store.path(&ids[3]).unwrap()).unwrap();
    assert_eq!(list().len(), 99, "the index is never the truth");
    assert_eq!(store.ids().len(), 99);
}

/// Days of the clock, in the order of recording, and the order in which they are listed.
#[test]
fn runs_are_listed_as_they_were_recorded_whatever_the_clock_said() {
    let days: Vec<i64> = (0..40).map(|number| (number * 7) % 40).collect();
    let (scratch, store) = store();
    let record = |(sequence, day): (u64, &i64)| {
        store
            .append(&Run {
                sequence,
                ..run(MORNING + day * DAY, StepStatus::Whole)
            })
            .unwrap()
    };
    let mut expected: Vec<RunId> = (1..).zip(&days).map(record).collect();
    expected.reverse();
    let order = scratch.path().join(".campaign/index/order");
    let written = fs::read(&order).unwrap();
    let altered = String::from_utf8(written.clone())
        .unwrap()
        .replace(" 1 ", " 99 ")
        .into_bytes();
    for bytes in [
        written.clone(),
        vec![],
        written[..written.len() / 2].to_vec(),
        b"\n{\n\xff x".to_vec(),
        altered,
    ] {
        scratch.write(".campaign/index/order", bytes);
        for direct in [0, 5, 100] {
            let listed: Vec<_> = store
                .heads_indexed_after(direct)
                .map(|head| head.id)
                .collect();
            assert_eq!(listed, expected);
        }
    }
    assert_eq!(
        store.newest().map(|head| head.id),
        expected.first().cloned()
    );
    assert_eq!(store.ids_after(MORNING + 37 * DAY).len(), 2);
}

/// Neither of two stores knows when the other recorded its run, and a flaw must not be hidden.
#[test]
fn the_flawed_one_of_two_runs_with_one_place_counts_as_the_newer() {
    for flawed_day in [0, 1] {
        let (scratch, store) = store();
        let failed = StepStatus::Failed("it did not compile".to_owned());
        let [flawed, whole] =
            [(flawed_day, failed), (1 - flawed_day, StepStatus::Whole)].map(|(day, status)| {
                let mut run = run(MORNING + day * DAY, status);
                run.plan.missing.clear();
                run.sequence = 1;
                store.append(&run).unwrap()
            });
        for cache in ["order", "heads.jsonl", "none"] {
            let _ = fs::remove_file(scratch.path().join(".campaign/index").join(cache));
            let listed: Vec<RunId> = store.heads().map(|head| head.id).collect();
            assert_eq!(
                listed,
                [flawed.clone(), whole.clone()],
                "{flawed_day} {cache}"
            );
        }
    }
}

#[test]
fn the_start_of_exactly_one_id_is_enough() {
    let (_scratch, store, ids) = filled(3);
    let text = |at: usize| ids[at].0.as_str();
    assert_eq!(store.resolve("latest").unwrap(), ids[2]);
    assert_eq!(store.resolve("20261121").unwrap(), ids[1]);
    assert_eq!(store.resolve(text(0)).unwrap(), ids[0]);
    let several = store.resolve("2026112").unwrap_err().to_string();
    assert_eq!(
        several,
        format!(
            "`2026112` could be any of 3 runs: {}, {}, {}",
            text(2),
            text(1),
            text(0)
        )
    );
    for asked in ["2027", "", "../..", "latest "] {
        assert_eq!(
            store.resolve(asked).unwrap_err().to_string(),
            format!("no run `{asked}` is recorded")
        );
    }
}

#[test]
fn what_is_no_id_never_becomes_a_path() {
    let (_scratch, store, _) = filled(1);
    for id in [
        "../../../../../etc/passwd",
        "",
        "20261120-101502-4F2C91AB",
        "20261120-101502-4f2c91a/",
        "2026\u{e9}",
    ] {
        let id = RunId(id.into());
        assert!(matches!(store.load(&id), Err(Error::NoRun { .. })), "{id}");
    }
}

#[test]
fn a_run_cut_anywhere_is_found_and_never_wrong() {
    let record = record::encode(&run(MORNING, StepStatus::Whole)).unwrap();
    assert!(record::decode(&record.id, &record.bytes).is_ok());
    for end in 0..record.bytes.len() {
        let cut = &record.bytes[..end];
        assert!(
            matches!(record::decode(&record.id, cut), Err(Flaw::Damaged(_))),
            "cut at {end}"
        );
    }
    for end in 0..record.line().len() {
        assert!(
            matches!(
                record::decode_head(&record.line()[..end]),
                Err(Flaw::Damaged(_))
            ),
            "cut at {end}"
        );
    }
    assert_eq!(record::decode_head(record.line()).unwrap().id, record.id);
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let record = record::encode(&run(MORNING, StepStatus::Whole)).unwrap();
    for at in 0..record.bytes.len() {
        for bit in [at % 8, 5] {
            let mut flipped = record.bytes.clone();
            flipped[at] ^= 1 << bit;
            assert!(
                record::decode(&record.id, &flipped).is_err(),
                "byte {at}, bit {bit}"
            );
        }
    }
}

#[test]
fn damaged_runs_are_set_aside_and_named_and_the_others_unharmed() {
    let (_scratch, store, ids) = filled(5);
    let path = |at: usize| store.path(&ids[at]).unwrap();
    let bytes = fs::read(path(0)).unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(path(1))
        .unwrap()
        .set_len(100)
        .unwrap();
    fs::copy(path(0), path(2)).unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(path(3))
        .unwrap()
        .set_len(bytes.len() as u64 - 9)
        .unwrap();

    let listed: Vec<_> = store.heads().map(|head| head.id).collect();
    assert_eq!(listed, [&ids[4], &ids[3], &ids[0]].map(Clone::clone));
    let told: Vec<_> = store
        .take_damage()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told.len(), 2);
    assert!(
        told[0].contains(&format!("its name does not fit its content ({})", ids[0])),
        "{}",
        told[0]
    );
    assert!(
        told[1].ends_with(&format!("set aside as {}.json.corrupt", ids[1])),
        "{}",
        told[1]
    );

    let damaged = store.load(&ids[3]).unwrap_err();
    assert!(
        matches!(&damaged, Error::Damaged(Damage { aside: Some(aside), .. }) if aside.is_file()),
        "{damaged}"
    );
    assert_eq!(
        store
            .take_damage()
            .iter()
            .map(|damage| &damage.file)
            .collect::<Vec<_>>(),
        [&path(3)]
    );
    assert_eq!(store.take_damage(), [], "told once");
    assert_eq!(
        store.set_aside(),
        [1, 2, 3].map(|at| path(at).with_extension("json.corrupt"))
    );
    assert!(matches!(store.load(&ids[3]), Err(Error::NoRun { .. })));
    assert!(store.load(&ids[0]).is_ok() && store.load(&ids[4]).is_ok());
    assert!(store.heads().all(|head| head.id != ids[3]));
}

/// A run file with a first line of our making.
pub(super) fn forged(format: u32, head: &str, body: &str) -> (RunId, Vec<u8>) {
    let body = format!("{body}\n}}\n");
    let sum = record::sha256(body.as_bytes());
    let rest = format!("\"format\":{format},\"body\":\"{sum}\",\"head\":{head},\"run\":\n");
    let hash = record::sha256(rest.as_bytes());
    (
        RunId(format!("20261120-101502-{}", &hash[..8])),
        format!("{{\"sha256\":\"{hash}\",{rest}{body}").into_bytes(),
    )
}

#[test]
fn a_later_format_is_read_where_it_can_be_and_named_where_it_cannot() {
    let kept = run(MORNING, StepStatus::Whole);
    let bytes = record::encode(&kept).unwrap().bytes;
    let document: serde_json::Value =
        serde_json::from_slice(&bytes).expect("a run file is one JSON document");
    let (mut head, mut body) = (document["head"].clone(), document["run"].clone());
    head["mood"] = "new".into();
    body["weather"] = "fair".into();
    let (id, bytes) = forged(2, &head.to_string(), &body.to_string());
    assert_eq!(
        record::decode(&id, &bytes),
        Ok(Run {
            id: Some(id.clone()),
            ..kept
        })
    );

    let (scratch, store) = store();
    head["tool"] = "9.0.0".into();
    for (head, body) in [
        (head.to_string(), "[]".to_owned()),
        ("{\"tool\":\"9.0.0\"}".into(), body.to_string()),
    ] {
        let (id, bytes) = forged(2, &head, &body);
        let file = scratch.write(&format!(".campaign/runs/2026/11/{id}.json"), &bytes);
        let error = store.load(&id).unwrap_err();
        assert!(
            error.to_string().contains(
                ".json has format 2, written by cargo-campaign 9.0.0, newer than this one"
            ),
            "{error}"
        );
        assert_eq!(error.hint().unwrap(), "use cargo-campaign 9.0.0 or later");
        assert_eq!(fs::read(file).unwrap(), bytes, "it stays as it is");
    }
    store.take_damage();
    assert_eq!(store.heads().count(), 1, "the head that can be read is");
    let told: Vec<_> = store
        .take_damage()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].ends_with(".json: it has format 2, which only cargo-campaign 9.0.0 and later read"),
        "{}",
        told[0]
    );
}

#[test]
fn intact_run_with_unknown_content_stays_in_place() {
    let recorded = run(MORNING, StepStatus::Whole);
    let bytes = record::encode(&recorded).unwrap().bytes;
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let (head, body) = (document["head"].to_string(), document["run"].to_string());
    let newer = head.replace("\"tool\":\"0.1.0\"", "\"tool\":\"9.0.0\"");
    let command = r#"{"Command":{"program":"/c","args":[],"env":{},"cwd":"/","stream":"Api"}}"#;
    // Head, body, and the error: a fragment for another version, `None` for damage.
    let cases = [
        (
            &newer,
            body.replacen("\"Scan\"", "{\"Query\":1}", 1),
            Some("(unknown variant `Query`), written by cargo-campaign 9.0.0, newer than this one"),
        ),
        (
            &newer,
            body.replacen("\"Scan\"", command, 1),
            Some("(unknown variant `Api`), written by cargo-campaign 9.0.0, newer"),
        ),
        (
            &head,
            body.replacen("\"whole\"", "\"assumed\"", 1),
            Some("(unknown variant `assumed`), written by cargo-campaign "),
        ),
        (
            &head,
            body.replacen("\"started\"", "\"began\"", 1),
            Some("(missing field `started`), written by cargo-campaign "),
        ),
        (&newer, body[..body.len() - 1].to_owned(), None),
    ];
    for (head, changed, expected) in cases {
        assert_ne!(changed, body);
        let (scratch, store) = store();
        let (id, bytes) = forged(record::FORMAT, head, &changed);
        let name = format!(".campaign/runs/2026/11/{id}.json");
        let file = scratch.write(&name, &bytes);
        let error = store.load(&id).unwrap_err();
        let Some(expected) = expected else {
            assert!(matches!(error, Error::Damaged(_)), "{error}");
            assert!(!file.exists());
            continue;
        };
        assert!(error.to_string().contains(expected), "{error}");
        let notes = store.take_damage();
        assert!(matches!(&notes[..], [Damage { aside: None, .. }]));
        assert_eq!(fs::read(&file).unwrap(), bytes);
        assert_eq!(store.heads().count(), 1);

        // The same file is damaged if its digest does not match.
        let flipped = [&bytes[..bytes.len() - 3], b"  }"].concat();
        scratch.write(&name, flipped);
        let error = store.load(&id).unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error}");
        assert_eq!(store.set_aside(), [file.with_extension("json.corrupt")]);
    }
}

#[test]
fn a_figure_that_is_no_number_is_never_recorded() {
    let (scratch, store) = store();
    let mut odd = run(MORNING, StepStatus::Whole);
    odd.snapshot
        .metrics
        .insert("x".into(), Reading::exact(f64::NAN));
    assert!(matches!(store.append(&odd), Err(Error::Unrecordable(_))));
    assert!(!scratch.path().join(".campaign/runs").exists());
}

#[test]
fn many_writers_at_once_all_land() {
    let (_scratch, store) = store();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for nth in 0..50 {
                    let mut run = run(MORNING + nth, StepStatus::Whole);
                    run.seconds = f64::from(writer);
                    store.append(&run).unwrap();
                }
            });
        }
    });
    assert_eq!(store.heads().count(), 400);
    assert_eq!(store.take_damage(), []);
    assert!(store.ids().iter().all(|id| store.load(id).is_ok()));
}

fn holder() -> Holder {
    Holder {
        pid: 123,
        command: "cargo campaign run".into(),
        since: "10:15".into(),
    }
}

#[test]
fn one_measures_at_a_time_and_the_lock_goes_with_its_holder() {
    let (_scratch, store) = store();
    let first = store.lock(&holder()).unwrap();
    assert_eq!(first.note, None);
    let told = store
        .lock(&Holder { pid: 9, ..holder() })
        .unwrap_err()
        .to_string();
    assert_eq!(
        told,
        "another cargo campaign is at work here: pid 123, `cargo campaign run`, since 10:15"
    );
    drop(first);
    assert!(store.lock(&holder()).is_ok());
}

#[test]
fn times_outside_all_calendars_still_make_ids() {
    let cases = [
        (0, "19700101-000000"),
        (MORNING, "20261120-101502"),
        (i64::MIN, "00000101-000000"),
    ];
    for (seconds, expected) in cases {
        assert_eq!(record::stamp(seconds), expected);
    }
    assert!(record::stamp(i64::MAX).starts_with("9999123"));
    let (_scratch, store) = store();
    for started in [i64::MIN, i64::MAX] {
        let id = store.append(&run(started, StepStatus::Whole)).unwrap();
        assert_eq!(store.load(&id).unwrap().started, started);
    }
}

/// Count, age, pins; the days removed.
type Retained = (
    Option<usize>,
    Option<i64>,
    &'static [&'static str],
    &'static [i64],
);

#[test]
fn retention_is_by_count_and_age_and_spares_pins_and_the_newest() {
    let heads: Vec<Head> = (0..5)
        .rev()
        .map(|day| Head {
            id: RunId(format!("run-{day}")),
            started: day * DAY,
            ..Head::of(&run(MORNING, StepStatus::Whole))
        })
        .collect();
    let now = 10 * DAY;
    let cases: [Retained; 8] = [
        (None, None, &[], &[]),
        (Some(2), None, &[], &[2, 1, 0]),
        (Some(9), None, &[], &[]),
        (Some(0), None, &[], &[3, 2, 1, 0]),
        (None, Some(7 * DAY), &[], &[2, 1, 0]),
        (None, Some(0), &[], &[3, 2, 1, 0]),
        (Some(4), Some(8 * DAY), &[], &[1, 0]),
        (Some(2), None, &["run-1", "run-4"], &[2, 0]),
    ];
    for (keep, max_age, pinned, expected) in cases {
        let pinned = pinned.iter().map(|id| RunId((*id).into())).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|day| RunId(format!("run-{day}")))
            .collect();
        let policy = Policy { keep, max_age };
        assert_eq!(
            retention(&heads, policy, &pinned, now),
            expected,
            "{policy:?}"
        );
    }
    let ahead = Policy {
        keep: None,
        max_age: Some(1),
    };
    assert!(
        retention(&heads, ahead, &BTreeSet::new(), i64::MIN).is_empty(),
        "a clock set back removes nothing"
    );
}

#[test]
fn pruning_removes_what_it_is_told_but_pins() {
    let (scratch, store, ids) = filled(3);
    let view = crate::run::View {
        run: Some(ids[0].clone()),
        ..Default::default()
    };
    store
        .pin(
            PinName::Baseline,
            &Pin {
                view,
                ..Pin::default()
            },
        )
        .unwrap();
    let litter = scratch.write(".campaign/runs/2026/11/.tmp-1-1", "");
    for pid in 0..12 {
        let logs = store.begin_logs(MORNING + i64::from(pid), pid).unwrap();
        scratch.write(logs.join("clippy.log").to_str().unwrap(), "x");
    }
    let soon = SystemTime::UNIX_EPOCH;
    let pruned = store
        .prune(
            &[ids[0].clone(), ids[1].clone(), RunId("../x".into())],
            soon,
        )
        .unwrap();
    assert_eq!(
        pruned,
        Pruned {
            runs: vec![ids[1].clone()],
            logs: 1
        },
        "each run made room for its own"
    );
    assert_eq!(
        store.heads().map(|head| head.id).collect::<Vec<_>>(),
        [ids[2].clone(), ids[0].clone()]
    );
    assert!(litter.exists(), "someone may still be writing it");
    store
        .prune(&[], soon + std::time::Duration::from_secs(10_000_000_000))
        .unwrap();
    assert!(!litter.exists());
}

#[test]
fn an_unreadable_pin_keeps_every_run() {
    let (scratch, store, ids) = filled(2);
    scratch.write(".campaign/final.json", "{");
    assert!(matches!(
        store.prune(&ids, SystemTime::UNIX_EPOCH),
        Err(Error::Pin { .. })
    ));
    assert_eq!(store.ids().len(), 2);
}

#[test]
fn logs_take_the_name_of_their_run() {
    let (scratch, store, ids) = filled(1);
    let logs = store.begin_logs(MORNING, 7).unwrap();
    assert!(logs.ends_with("logs/20261120-101502-7"));
    scratch.write(logs.join("test.log").to_str().unwrap(), "x");
    let again = store.begin_logs(MORNING, 7).unwrap();
    assert_eq!(
        (again == logs, logs.join("test.log").exists()),
        (true, false),
        "a dead run's logs are in nobody's way"
    );
    scratch.write(logs.join("test.log").to_str().unwrap(), "x");
    let kept = store.end_logs(&logs, &ids[0]).unwrap();
    assert!(kept.join("test.log").is_file() && kept == store.logs(&ids[0]));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    use std::os::unix::fs::symlink;
    for link in [
        ".campaign",
        ".campaign/runs",
        ".campaign/runs/2026",
        ".campaign/index",
        ".campaign/lock",
    ] {
        let (scratch, store) = store();
        let elsewhere = Scratch::new();
        let link_path = scratch.path().join(link);
        fs::create_dir_all(link_path.parent().unwrap()).unwrap();
        let target = if link.ends_with("lock") {
            elsewhere.write("victim", "safe")
        } else {
            elsewhere.path().to_owned()
        };
        symlink(&target, &link_path).unwrap();
        let appended = store.append(&run(MORNING, StepStatus::Whole));
        let locked = store.lock(&holder());
        assert!(
            appended.is_err() || locked.is_err() || link.ends_with("index"),
            "{link}"
        );
        let inside: Vec<_> = heads::names(elsewhere.path())
            .filter(|name| name != "victim")
            .collect();
        assert!(inside.is_empty(), "{link}: {inside:?}");
        assert!(fs::read_to_string(&target).unwrap_or("safe".into()) == "safe");
    }
}

#[test]
fn a_write_that_fails_leaves_no_litter() {
    let (scratch, store) = store();
    let run = run(MORNING, StepStatus::Whole);
    let id = record::encode(&run).unwrap().id;
    scratch.write(&format!(".campaign/runs/2026/11/{id}.json/in-the-way"), "");
    let error = store.append(&run).unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    assert_eq!(
        heads::names(&scratch.path().join(".campaign/runs/2026/11")).collect::<Vec<_>>(),
        [format!("{id}.json")]
    );
}

#[test]
fn failing_to_record_is_an_error_that_names_the_place() {
    let (scratch, store) = store();
    scratch.write(".campaign/runs", "a file where a folder should be");
    let error = store.append(&run(MORNING, StepStatus::Whole)).unwrap_err();
    assert!(error.to_string().starts_with("cannot create "), "{error}");
    assert!(
        error.to_string().ends_with("runs: it is not a directory"),
        "{error}"
    );
    assert_eq!(error.hint(), None);
    let full = Error::Io {
        doing: "write",
        path: "x".into(),
        source: ErrorKind::StorageFull.into(),
    };
    assert_eq!(
        full.hint().unwrap(),
        "free some space; nothing was half-written"
    );
}

#[test]
fn a_folder_in_memory_holds_files_not_devices() {
    let scratch = Scratch::in_memory();
    let path = scratch.path().join("report.md");
    replace(&path, b"one").unwrap();
    replace(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
}

#[test]
fn next_measuring_run_removes_what_dead_writers_left() {
    let (scratch, store, _) = filled(1);
    let litter = [
        ".campaign/.tmp-1-1",
        ".campaign/index/.tmp-1-2",
        ".campaign/runs/2026/11/.tmp-1-3",
    ];
    litter.iter().for_each(|name| drop(scratch.write(name, "")));
    let written = fs::metadata(scratch.path().join(litter[0]))
        .and_then(|found| found.modified())
        .unwrap();
    let written = written
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        .cast_signed();
    for (later, gone) in [(60, false), (2 * 60 * 60, true)] {
        store.begin_logs(written + later, 1).unwrap();
        for name in litter {
            assert_eq!(
                !scratch.path().join(name).exists(),
                gone,
                "{name} after {later} s"
            );
        }
    }
}
