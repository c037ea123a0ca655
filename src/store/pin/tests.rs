use std::fs;
use std::path::Path;

use super::*;
use crate::event::{Harness, Level, Outcome};
use crate::git::tests::git;
use crate::metric::{Spread, Value};
use crate::snapshot::{Finding, Test};
use crate::tests::Scratch;
use crate::tests::damage;

fn finding(file: &str, line: u32) -> Finding {
    Finding {
        collector: Collector::named("clippy"),
        package: "api".into(),
        file: file.into(),
        code: "clippy::needless_clone".into(),
        level: Level::Warning,
        item: "Pool::get".into(),
        snippet: "x . clone ( )".into(),
        text: "let y = \"<<<<<<<\n=======\u{202e}\";".into(),
        message: "redundant clone".into(),
        line,
        column: 9,
        occurrences: 2,
    }
}

fn test(outcome: Outcome, seconds: Option<f64>) -> Test {
    let output = (outcome == Outcome::Failed).then(|| "panicked".to_owned());
    Test {
        package: "api".into(),
        outcome,
        harness: Harness::Libtest,
        seconds,
        output,
    }
}

/// A pin with something of everything; five findings, one in each file.
fn pin() -> Pin {
    let spread = Spread {
        samples: vec![1.5, 1.25],
        within: Some((1.0, 2.0)),
        fresh: Some(0.5),
        subject: Some("package `api`".into()),
    };
    let timed = Reading {
        value: Value::Measured(1.25e-7),
        packages: [("api".into(), 3.0)].into(),
        spread: Some(spread),
    };
    let snapshot = Snapshot {
        executions: BTreeMap::new(),
        reused: BTreeMap::new(),
        metrics: [
            ("bench.a.time".into(), timed),
            ("clippy.warnings".into(), Reading::exact(5.0)),
        ]
        .into(),
        findings: ["e", "d", "c", "b", "a"]
            .map(|name| finding(&format!("src/{name}.rs"), 7))
            .into(),
        tests: [
            ("api a".into(), test(Outcome::Passed, None)),
            ("api b".into(), test(Outcome::Failed, None)),
        ]
        .into(),
        incomplete: [("api bin:x".into(), "no result".into())].into(),
        covered: [(Collector::named("clippy"), vec!["api".into()])].into(),
    };
    let run = RunId("20261120-101502-4f2c91ab".into());
    let view = View {
        run: Some(run.clone()),
        started: 1_795_169_702,
        provenance: Provenance {
            workspace: "riptide".into(),
            tool: "0.1.0".into(),
            ..Provenance::default()
        },
        snapshot,
        sources: [(
            Collector::named("clippy"),
            RunId("20261119-101502-00000000".into()),
        )]
        .into(),
        stale: [(Collector::named("doc"), (run, "tree differs".into()))].into(),
        ..View::default()
    };
    Pin {
        pinned: 1_795_169_999,
        reason: Some("the first of its kind".into()),
        view,
        edited: false,
    }
}

/// A pin as it is after reading: sorted, without durations and output.
fn settled(mut pin: Pin) -> Pin {
    pin.view.snapshot.findings.sort();
    for test in pin.view.snapshot.tests.values_mut() {
        (test.seconds, test.output) = (None, None);
    }
    pin
}

fn read(bytes: &str) -> Result<Pin, Error> {
    decode(Path::new("baseline.json"), bytes.as_bytes())
}

#[test]
fn a_pin_comes_back_and_is_written_with_the_same_bytes() {
    let empty = Pin {
        view: View {
            run: pin().view.run,
            ..View::default()
        },
        ..Pin::default()
    };
    for pin in [pin(), empty] {
        let bytes = encode(&pin).unwrap();
        let back = read(&bytes).unwrap();
        assert_eq!(encode(&back).unwrap(), bytes);
        assert_eq!(back, settled(pin));
        assert!(
            read(&bytes.replace('\n', "\r\n")).is_ok(),
            "also as some checkouts have it"
        );
    }
}

#[test]
fn a_figure_survives_to_its_last_digit() {
    let mut pin = pin();
    pin.view.snapshot.metrics.insert(
        "test.pass_rate".into(),
        Reading::exact(99.365_079_365_079_37),
    );
    assert_eq!(read(&encode(&pin).unwrap()).unwrap(), settled(pin));
}

#[test]
fn each_thing_has_a_line_and_places_come_last() {
    let bytes = encode(&pin()).unwrap();
    let lines: Vec<_> = bytes.lines().collect();
    assert!(
        lines.contains(&r#""api b": {"package":"api","outcome":"failed","harness":"libtest"},"#),
        "{bytes}"
    );
    assert!(
        lines.contains(&r#""clippy.warnings": {"value":{"measured":5.0}},"#),
        "{bytes}"
    );
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.ends_with(r#""occurrences":2,"line":7,"column":9},"#))
            .count(),
        5
    );
    let slower = Pin {
        view: View {
            snapshot: Snapshot::default(),
            ..pin().view
        },
        ..pin()
    };
    assert_ne!(encode(&slower).unwrap(), bytes);
    let mut timed = pin();
    timed
        .view
        .snapshot
        .tests
        .insert("api a".into(), test(Outcome::Passed, Some(0.25)));
    assert_eq!(
        encode(&timed).unwrap(),
        bytes,
        "a test's duration does not touch its line"
    );
}

#[test]
fn a_pin_names_every_run_it_rests_on() {
    let runs: Vec<_> = pin().runs().into_iter().map(|id| id.0).collect();
    assert_eq!(
        runs,
        ["20261119-101502-00000000", "20261120-101502-4f2c91ab"]
    );
}

/// What two branches do to the file, and whether git merges it.
#[test]
fn merge_of_two_pins_is_clean_only_when_one_side_is_unchanged() {
    let without = |gone: &[&str]| {
        let mut pin = pin();
        pin.view
            .snapshot
            .findings
            .retain(|f| !gone.iter().any(|name| f.file == format!("src/{name}.rs")));
        encode(&pin).unwrap()
    };
    let base = encode(&pin()).unwrap();
    let cases = [
        (without(&["a"]), base.clone(), true, "ours alone"),
        (
            base.clone(),
            without(&["e"]),
            true,
            "theirs alone: the last line has no comma to lose",
        ),
        (
            without(&["b", "c"]),
            without(&["b", "c"]),
            true,
            "both the same",
        ),
        (
            without(&["a"]),
            without(&["c"]),
            false,
            "lines apart: nobody measured the sum",
        ),
    ];
    for (ours, theirs, merges, what) in cases {
        let merged = merge(&base, &ours, &theirs);
        match read(&merged) {
            Ok(pin) => assert!(merges && !pin.edited, "{what}"),
            Err(error) => {
                assert!(!merges, "{what}: {error}");
                assert_eq!(
                    error.to_string(),
                    "baseline.json has merge conflict markers at line 3"
                );
                // Resolved by taking one side's digest with both sides' lines.
                let resolved: String = merged
                    .split_inclusive('\n')
                    .filter(|line| !line.starts_with(['<', '=', '>']))
                    .collect();
                let (start, rest) = resolved.split_at(resolved.rfind("\"sha256\"").unwrap());
                let one = start.replace(&start[start.find("\"sha256\"").unwrap()..], "");
                assert!(read(&(one + rest)).unwrap().edited, "{what}");
            }
        }
    }
}

#[test]
fn edit_by_hand_is_told_from_another_layout() {
    let good = encode(&pin()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&good).unwrap();
    let digest = good.lines().nth(2).unwrap();
    let cases = [
        (good.clone(), false, "as written"),
        (good.replace('\n', "\r\n"), false, "other line ends"),
        (
            serde_json::to_string_pretty(&value).unwrap(),
            false,
            "formatted",
        ),
        (
            good.replace("\"measured\":5.0", "\"measured\":9.0"),
            true,
            "a value",
        ),
        (good.replace("\"api a\"", "\"api c\""), true, "a test"),
        (good.replace(digest, ""), true, "no digest"),
        (
            good.replace(&digest[12..20], "00000000"),
            true,
            "another digest",
        ),
    ];
    for (text, edited, what) in cases {
        assert_eq!(read(&text).unwrap().edited, edited, "{what}");
    }
}

#[test]
fn unknown_format_is_refused() {
    let good = encode(&pin()).unwrap();
    for (format, expected) in [
        (
            "2",
            "baseline.json has format 2, written by cargo-campaign 0.1.0",
        ),
        ("0", "baseline.json:2: unknown format 0, expected 1"),
        (
            "\"1\"",
            "baseline.json:2:13: invalid type: string \"1\", expected u32",
        ),
        (
            "1.5",
            "baseline.json:2:13: invalid type: floating point `1.5`, expected u32",
        ),
        (
            "-1",
            "baseline.json:2:12: invalid value: integer `-1`, expected u32",
        ),
    ] {
        let text = good.replace("\"format\": 1,", &format!("\"format\": {format},"));
        assert_eq!(read(&text).unwrap_err().to_string(), expected);
    }
    let missing = read(&good.replace("\"format\": 1,", ""))
        .unwrap_err()
        .to_string();
    assert!(missing.ends_with("missing field `format`"), "{missing}");
}

/// Each `null` would take the room of a finding.
#[test]
fn empty_entries_take_no_memory() {
    let good = encode(&pin()).unwrap();
    let many = good.replace("null\n],", &format!("{}null\n],", "null,".repeat(100_000)));
    assert!(read(&many).unwrap().view.snapshot.findings.capacity() < 100);
}

/// Commits the base, a branch with each side, and merges.
fn merge(base: &str, ours: &str, theirs: &str) -> String {
    let scratch = Scratch::new();
    let dir = scratch.path();
    let commit = |text: &str| {
        scratch.write("baseline.json", text);
        git(dir, &["add", "--all"]);
        git(
            dir,
            &["commit", "--quiet", "--allow-empty", "--message", "m"],
        );
    };
    git(dir, &["init", "--quiet"]);
    commit(base);
    git(dir, &["checkout", "--quiet", "-b", "theirs"]);
    commit(theirs);
    git(dir, &["checkout", "--quiet", "main"]);
    commit(ours);
    let script = "git merge --quiet theirs >/dev/null 2>&1 || true";
    git(dir, &["-c", &format!("alias.try=!{script}"), "try"]);
    fs::read_to_string(dir.join("baseline.json")).unwrap()
}

#[test]
fn a_broken_pin_is_named_with_line_and_column() {
    let good = encode(&pin()).unwrap();
    let metric = "\"clippy.warnings\": {\"value\":{\"measured\":5.0}},";
    let at = good.lines().position(|line| line == metric).unwrap() + 1;
    let twice = good.replace(metric, &format!("{metric}\n{metric}"));
    let cases = [
        (
            String::new(),
            "baseline.json:1: EOF while parsing a value".to_owned(),
        ),
        (
            good.replace("\"run\":", "run:"),
            "baseline.json:4:1: key must be a string".into(),
        ),
        (
            good.replace("\"run\":", "\"runs\": 1,\n\"run\":"),
            "baseline.json:4:6: unknown field `runs`".into(),
        ),
        (
            good.replace("{\"measured\":5.0}", "5.0"),
            format!("baseline.json:{at}:29: expected value"),
        ),
        (
            twice,
            format!(
                "baseline.json:{}:45: `clippy.warnings` is here twice",
                at + 1
            ),
        ),
    ];
    for (text, expected) in cases {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.starts_with(&expected), "{error}\n{expected}");
    }
}

#[test]
fn a_pin_that_is_cut_is_refused() {
    let good = encode(&pin()).unwrap();
    for at in 0..good.len() - 2 {
        assert!(
            decode(Path::new("x"), &good.as_bytes()[..at]).is_err(),
            "cut at {at}"
        );
    }
}

/// People and merges may change a pin: what is read of it is what will be read again.
fn a_spoiled_pin_is_refused_or_read_for_good(rounds: usize) {
    let good = encode(&pin()).unwrap();
    let spice: [&[u8]; 9] = [
        b"\"",
        b",",
        b"null",
        b"\n",
        b"<<<<<<< a\n",
        b"1e999",
        b"-0",
        b"\xff",
        b"\"\": null\n",
    ];
    damage::survive("pins", rounds, |random, _| {
        let spoiled = random.spoil(good.as_bytes(), &spice);
        match decode(Path::new("x"), &spoiled) {
            Ok(pin) => {
                let pin = Pin {
                    edited: false,
                    ..pin
                };
                let bytes = encode(&pin).unwrap();
                let again = read(&bytes).unwrap_or_else(|error| panic!("{error}\n{bytes}"));
                assert_eq!(again, settled(pin));
                1
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                0
            }
        }
    });
}

#[test]
fn no_damage_makes_reading_a_pin_panic() {
    a_spoiled_pin_is_refused_or_read_for_good(1500);
}

#[test]
#[ignore = "long: 1 minute"]
fn no_damage_makes_reading_a_pin_panic_however_often_it_is_tried() {
    a_spoiled_pin_is_refused_or_read_for_good(1500 * damage::LONG);
}

#[test]
fn hint_about_another_format_replaces_a_pin_and_measures_for_a_run() {
    for (file, hint) in [
        (
            ".campaign/final.json",
            "cargo campaign final --from latest --accept \"the reason\"",
        ),
        (
            ".campaign/runs/2026/11/20261120-115852-9d32aebf.json",
            "cargo campaign run",
        ),
    ] {
        let error = Error::Newer {
            file: file.into(),
            unsupported: Unsupported::Format(9),
            tool: "0.1.0".into(),
        };
        assert_eq!(error.hint().as_deref(), Some(hint));
    }
}

#[test]
fn pin_of_a_later_version_is_refused_and_never_replaced() {
    let scratch = Scratch::new();
    let store = Store::open(scratch.path());
    let later = encode(&pin())
        .unwrap()
        .replace("\"format\": 1,", "\"format\": 2,\n\"mood\": \"new\",");
    let later = later.replace("\"tool\": \"0.1.0\"", "\"tool\": \"9.0.0\"");
    let file = scratch.write(".campaign/final.json", &later);
    assert!(matches!(
        store.pinned(PinName::Final),
        Err(Error::Newer {
            unsupported: Unsupported::Format(2),
            ..
        })
    ));
    let refused = store.pin(PinName::Final, &pin()).unwrap_err().to_string();
    assert!(
        refused.contains("final.json has format 2, written by cargo-campaign 9.0.0, newer"),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), later);

    scratch.write(
        ".campaign/final.json",
        r#"{"format": 3, "all": "else", "provenance": {"tool": "9.0.0"}}"#,
    );
    let unread = store.pinned(PinName::Final).unwrap_err().to_string();
    assert!(
        unread.contains("final.json has format 3, written by cargo-campaign 9.0.0, newer"),
        "{unread}"
    );

    // A format that this version never wrote is no reason to keep a pin that says it was written by this version.
    scratch.write(
        ".campaign/final.json",
        r#"{"format": 3, "all": "else", "provenance": {"tool": "0.1.0"}}"#,
    );
    let hint = store.pinned(PinName::Final).unwrap_err().hint();
    assert_eq!(
        hint.unwrap(),
        "cargo campaign final --from latest --accept \"the reason\""
    );
    assert!(store.pin(PinName::Final, &pin()).is_ok());
}

#[test]
fn unknown_field_is_of_another_version_if_the_digest_matches() {
    let known = encode(&pin()).unwrap();
    let extended = known.replace("\"pinned\":", "\"mood\": \"new\",\n\"pinned\":");
    let newer = extended.replace("\"tool\": \"0.1.0\"", "\"tool\": \"9.0.0\"");
    assert_ne!(newer, extended);
    let sealed = |text: &str| {
        let digest = digest_of_rest(text.as_bytes()).unwrap();
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        lines[2] = format!("\"sha256\": \"{digest}\",");
        lines.join("\n")
    };
    // Text, the error, and whether the pin is replaced.
    for (text, expected, is_replaced) in [
        (
            sealed(&newer),
            "(unknown field `mood`), written by cargo-campaign 9.0.0, newer than this one",
            false,
        ),
        (
            sealed(&extended),
            "(unknown field `mood`), written by cargo-campaign 0.1.0",
            true,
        ),
        (newer, "final.json:6:6: unknown field `mood`", true),
    ] {
        let scratch = Scratch::new();
        let store = Store::open(scratch.path());
        let file = scratch.write(".campaign/final.json", &text);
        let error = store.pinned(PinName::Final).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(store.pin(PinName::Final, &pin()).is_ok(), is_replaced);
        let is_kept = fs::read_to_string(&file).unwrap() == text;
        assert_eq!(is_kept, !is_replaced, "{expected}");
    }
}

#[test]
fn a_pin_replaces_a_broken_one_but_never_with_what_cannot_be_read() {
    let scratch = Scratch::new();
    let store = Store::open(scratch.path());
    scratch.write(".campaign/baseline.json", "<<<<<<< ours\n");
    assert!(matches!(
        store.pinned(PinName::Baseline),
        Err(Error::Conflicted { line: 1, .. })
    ));
    let path = store.pin(PinName::Baseline, &pin()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), encode(&pin()).unwrap());
    let mut odd = pin();
    odd.view
        .snapshot
        .metrics
        .insert("x".into(), Reading::exact(f64::INFINITY));
    assert!(matches!(
        store.pin(PinName::Baseline, &odd),
        Err(Error::Unrecordable(_))
    ));
    assert_eq!(
        store.pinned(PinName::Baseline).unwrap(),
        Some(settled(pin()))
    );
}
