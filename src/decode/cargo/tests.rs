use super::*;
use crate::workspace::Member;

/// A workspace in `/ws` whose members have these ids and names.
fn workspace(members: &[(&str, &str)]) -> Workspace {
    let members = members.iter().map(|(id, name)| Member {
        id: (*id).to_owned(),
        name: (*name).to_owned(),
        ..Member::default()
    });
    Workspace {
        root: "/ws".into(),
        members: members.collect(),
        ..Workspace::default()
    }
}

/// Everything a stream says, and the counters.
fn read(stream: &[u8], members: &[(&str, &str)]) -> (Vec<Event>, BTreeMap<String, u64>) {
    let mut reader = CargoReader::new(&workspace(members));
    let mut events = Vec::new();
    for line in stream.split(|byte| *byte == b'\n') {
        if !reader.line(line, &mut |event| events.push(event)) {
            break;
        }
    }
    (events, reader.odd().clone())
}

/// Diagnostics as `package kind level code message @ file:line:column-line:column [snippet] (macro)`.
fn diagnostics(events: &[Event]) -> Vec<String> {
    let spelled = |d: &Diagnostic| {
        let code = d.code.as_deref().unwrap_or("-");
        let head = format!(
            "{} {} {:?} {code} {}",
            d.package, d.target_kind, d.level, d.message
        );
        d.spans.iter().fold(head, |head, s| {
            let place = format!(
                "{}:{}:{}-{}:{}",
                s.file, s.line, s.column, s.end_line, s.end_column
            );
            format!(
                "{head} @ {place} [{}] ({})",
                s.snippet,
                s.expansion.as_deref().unwrap_or("")
            )
        })
    };
    events
        .iter()
        .filter_map(|e| {
            if let Event::Diagnostic(d) = e {
                Some(spelled(d))
            } else {
                None
            }
        })
        .collect()
}

const RIPTIDE: &[(&str, &str)] = &[
    ("path+file:///ws/core#tide-core@0.1.0", "tide-core"),
    ("path+file:///ws/cli#tide-cli@0.1.0", "tide-cli"),
    ("path+file:///ws/mac#tide-mac@0.1.0", "tide-mac"),
];
const ABC: &[(&str, &str)] = &[
    ("path+file:///ws/a#0.1.0", "a"),
    ("path+file:///ws/b#0.1.0", "b"),
    ("path+file:///ws/c#0.1.0", "c"),
];

#[test]
fn a_real_clippy_run_is_read_and_what_a_proc_macro_printed_is_noise() {
    let (events, odd) = read(
        include_bytes!("../../../fixtures/streams/clippy/stdout.jsonl"),
        RIPTIDE,
    );
    let lib = [
        "tide-core lib Warning unused_variables unused variable: `unused` @ core/src/lib.rs:35:9-35:15 [unused] ()",
        "tide-core lib Warning unused_variables unused variable: `inner` @ core/src/lib.rs:41:13-41:18 [inner] (wrap!)",
        "tide-core lib Warning dead_code method `never` is never used @ core/src/lib.rs:65:8-65:13 [never] ()",
        "tide-core lib Warning clippy::needless_return unneeded `return` statement \
         @ core/src/lib.rs:63:9-63:17 [return 3] ()",
    ];
    let bin = [
        "tide-cli bin Warning unused_imports unused import: `std::collections::HashMap` \
                @ cli/src/main.rs:1:5-1:30 [std::collections::HashMap] ()",
    ];
    let mut expected = [lib.as_slice(), &lib, &bin, &bin].concat();
    let mut found = diagnostics(&events);
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, "lib and lib test each have theirs");
    assert_eq!(odd, BTreeMap::from([("noise".to_owned(), 4)]));
    assert_eq!(
        events
            .iter()
            .filter(|e| matches!(e, Event::Noise { .. }))
            .count(),
        4
    );
    assert_eq!(events.last(), Some(&Event::BuildFinished { success: true }));
    let artifacts = events
        .iter()
        .filter(|e| matches!(e, Event::Artifact(a) if a.member));
    assert_eq!(artifacts.count(), 13);
}

#[test]
fn spans_in_macros_name_the_outermost_one_and_columns_count_characters() {
    let (events, odd) = read(
        include_bytes!("../../../fixtures/streams/macros/stdout.jsonl"),
        ABC,
    );
    let found = diagnostics(&events);
    for expected in [
        "c bin Warning unused_variables unused variable: `unused_x` @ c/src/main.rs:5:43-5:51 [unused_x] (outer!)",
        "a lib Warning unused_variables unused variable: `unused` @ a/src/lib.rs:5:26-5:32 [unused] ()",
        "c bin Error clippy::eq_op equal expressions as operands to `==` \
         @ c/src/main.rs:8:20-8:40 [1 as i32 == 1 as i32] ()",
        "a lib Warning unreachable_code unreachable statement @ a/src/lib.rs:10:5-10:15 [let _ = 1;] ()",
    ] {
        assert!(
            found.iter().any(|line| line == expected),
            "{expected}\nnot in {found:#?}"
        );
    }
    assert_eq!(odd, BTreeMap::new());
    let foreign: Vec<_> = events
        .iter()
        .filter_map(|e| {
            if let Event::Artifact(a) = e {
                Some(a)
            } else {
                None
            }
        })
        .filter(|a| !a.member)
        .collect();
    assert!(
        matches!(foreign.as_slice(), [a] if a.package == "bitflags" && a.target_kind == "lib"),
        "{foreign:?}"
    );
}

#[test]
fn a_real_broken_build_keeps_errors_without_code_and_drops_notes() {
    let (events, _) = read(
        include_bytes!("../../../fixtures/streams/broken/stdout.jsonl"),
        ABC,
    );
    let found = diagnostics(&events);
    assert_eq!(
        found,
        [
            "a lib Error E0308 mismatched types @ a/src/lib.rs:1:21-1:24 [\"x\"] ()",
            "a lib Error E0425 cannot find function `unknown_fn` in this scope @ a/src/lib.rs:2:14-2:24 [unknown_fn] ()",
            "c bin Error - linking with `cc` failed: exit status: 1",
            "b lib Error - this file contains an unclosed delimiter @ b/src/lib.rs:1:15-1:15 [] ()",
        ]
    );
    assert_eq!(
        events.last(),
        Some(&Event::BuildFinished { success: false })
    );
}

/// A message of member `a` with these parts of its own.
fn message(level: &str, code: &str, text: &str, spans: &str) -> String {
    format!(
        r#"{{"reason":"compiler-message","package_id":"path+file:///ws/a#0.1.0","target":{{"kind":["lib"],"name":"a","src_path":"/ws/a/src/lib.rs"}},"message":{{"level":"{level}","code":{code},"message":"{text}","spans":[{spans}],"children":[]}}}}"#
    )
}

/// A primary span in `file`, in the expansion given.
fn span(file: &str, expansion: &str) -> String {
    format!(
        r#"{{"file_name":"{file}","line_start":1,"line_end":2,"column_start":3,"column_end":4,"is_primary":true,"text":[],"expansion":{expansion}}}"#
    )
}

#[test]
fn failures_of_the_machine_are_told_from_the_notes_of_a_linker() {
    let line = message(
        "error",
        "null",
        "linking with `cc` failed: exit status: 1",
        "",
    );
    for (note, shown) in [
        ("x", ""),
        (r#" \"cc\" \"-o\" \"No space left on device\""#, ""),
        (
            "ld: final link failed: No space left on device",
            ": No space left on device",
        ),
        (
            "collect2: fatal error: ld terminated with signal 7 [Bus error]",
            ": [Bus error]",
        ),
        (
            "collect2: fatal error: ld terminated with signal 9 [Killed]",
            ": terminated with signal",
        ),
        (
            "ld: final link failed: Disk quota exceeded",
            ": Disk quota exceeded",
        ),
    ] {
        let line = line.replace(
            r#""children":[]"#,
            &format!(r#""children":[{{"message":"{note}"}}]"#),
        );
        let (events, _) = read(line.as_bytes(), ABC);
        assert_eq!(
            diagnostics(&events),
            [format!(
                "a lib Error - linking with `cc` failed: exit status: 1{shown}"
            )]
        );
    }
}

#[test]
fn target_that_is_not_installed_is_told_from_a_missing_crate() {
    let text = "can't find crate for `std`";
    let line = message("error", r#"{"code":"E0463"}"#, text, "");
    for (note, shown) in [
        (
            "the `riscv64gc-unknown-linux-gnu` target may not be installed",
            ": the `riscv64gc-unknown-linux-gnu` target may not be installed",
        ),
        (
            "the `thumbv7em-none-eabi` target may not support the standard library",
            "",
        ),
    ] {
        let children = format!(r#""children":[{{"message":"{note}"}}]"#);
        let line = line.replace(r#""children":[]"#, &children);
        let (events, _) = read(line.as_bytes(), ABC);
        let expected = format!("a lib Error E0463 {text}{shown}");
        assert_eq!(diagnostics(&events), [expected]);
    }
}

#[test]
fn what_counts_as_a_diagnostic_follows_level_code_and_place() {
    let here = span("a/src/lib.rs", "null");
    for (line, kept) in [
        (
            message("warning", r#"{"code":"dead_code"}"#, "m", ""),
            Some(Level::Warning),
        ),
        (message("warning", "null", "2 warnings emitted", ""), None),
        (message("warning", "null", "1 warning emitted", ""), None),
        (
            message("warning", "null", "unknown and unstable feature", ""),
            Some(Level::Warning),
        ),
        (message("warning", "null", "m", &here), Some(Level::Warning)),
        (
            message(
                "error",
                "null",
                "aborting due to 2 previous errors; 1 warning emitted",
                "",
            ),
            None,
        ),
        (
            message(
                "error",
                "null",
                "could not compile `a` due to 1 previous error",
                "",
            ),
            None,
        ),
        (
            message("error", "null", "aborting due to me", &here),
            Some(Level::Error),
        ),
        (
            message("error", "null", "linking with `cc` failed", ""),
            Some(Level::Error),
        ),
        (
            message("error: internal compiler error", "null", "m", ""),
            Some(Level::Ice),
        ),
        (
            message("failure-note", "null", "For more information", ""),
            None,
        ),
        (message("note", "null", "m", &here), None),
        (message("level of tomorrow", "null", "m", &here), None),
    ] {
        let (events, odd) = read(line.as_bytes(), ABC);
        let level = events.iter().find_map(|e| {
            if let Event::Diagnostic(d) = e {
                Some(d.level)
            } else {
                None
            }
        });
        assert_eq!((level, odd.len()), (kept, 0), "{line}");
    }
}

#[test]
fn a_span_outside_the_workspace_is_moved_to_the_outermost_call_inside() {
    let call = |file: &str, expansion: &str| {
        format!(
            r#"{{"macro_decl_name":"m!","span":{}}}"#,
            span(file, expansion)
        )
    };
    let registry = "/cargo/registry/src/index/x-1.0.0/src/lib.rs";
    for (given, file) in [
        (span("a/src/lib.rs", "null"), "a/src/lib.rs"),
        (span("/ws/a/src/lib.rs", "null"), "a/src/lib.rs"),
        (span("/ws-other/src/lib.rs", "null"), "/ws-other/src/lib.rs"),
        (span(r"a\\src\\lib.rs", "null"), r"a\src\lib.rs"),
        (
            span(
                "/rustc/abc/library/core/src/macros/mod.rs",
                &call("a/src/b.rs", "null"),
            ),
            "a/src/b.rs",
        ),
        (
            span(
                registry,
                &call(
                    registry,
                    &call("a/src/in.rs", &call("a/src/out.rs", "null")),
                ),
            ),
            "a/src/out.rs",
        ),
        (
            span("a/src/in.rs", &call("a/src/out.rs", "null")),
            "a/src/in.rs",
        ),
        (span(registry, &call(registry, "null")), registry),
        (span("<anon>", &call("./a/src/b.rs", "null")), "a/src/b.rs"),
    ] {
        let (events, _) = read(message("error", "null", "m", &given).as_bytes(), ABC);
        let Some(Event::Diagnostic(diagnostic)) = events.first() else {
            panic!("no diagnostic in {given}")
        };
        assert_eq!(diagnostic.spans[0].file, file, "{given}");
    }
}

#[test]
fn snippets_are_the_highlighted_text_of_three_lines_at_most() {
    let line = |text: &str, start: u64, end: u64| {
        format!(r#"{{"text":"{text}","highlight_start":{start},"highlight_end":{end}}}"#)
    };
    for (lines, snippet, kept) in [
        (vec![line("let x =  1;", 5, 11)], "x = 1", 1),
        (
            vec![
                line("f(", 1, 3),
                line("\\t a,", 1, 5),
                line(")", 1, 2),
                line("g", 1, 2),
            ],
            "f( a, )",
            3,
        ),
        (vec![line("é日本 x", 2, 4)], "日本", 1),
        (vec![line("abc", 0, 99)], "abc", 1),
        (vec![line("abc", 9, 2)], "", 1),
        (vec![], "", 0),
    ] {
        let span = span("a/src/lib.rs", "null")
            .replace("\"text\":[]", &format!("\"text\":[{}]", lines.join(",")));
        let (events, _) = read(message("error", "null", "m", &span).as_bytes(), ABC);
        let Some(Event::Diagnostic(diagnostic)) = events.first() else {
            panic!("no diagnostic in {span}")
        };
        assert_eq!(
            (
                diagnostic.spans[0].snippet.as_str(),
                diagnostic.spans[0].text.len()
            ),
            (snippet, kept),
            "{span}"
        );
    }
}

#[test]
fn what_is_not_cargos_is_counted_and_never_an_event_of_the_build() {
    let finished = r#"{"reason":"build-finished","success":true}"#;
    let foreign = message("error", "null", "forged", "").replace("ws/a#", "ws/forged#");
    let no_target =
        message("error", "null", "forged", "").replace("\"kind\":[\"lib\"]", "\"kind\":[]");
    for (stream, noise, odd) in [
        (b"text\n\n  \r\n".to_vec(), 1, vec![("noise", 1)]),
        (
            br#"{"reason":"compiler-artifact","evil":1}"#.to_vec(),
            1,
            vec![("noise", 1)],
        ),
        (
            br#"{"reason":"build-finished"}"#.to_vec(),
            1,
            vec![("noise", 1)],
        ),
        (
            br#"{"reason":"build-finished","suc"#.to_vec(),
            1,
            vec![("noise", 1)],
        ),
        (
            br#"{"reason":"timing-info","duration":1}"#.to_vec(),
            1,
            vec![("unknown", 1)],
        ),
        (
            br#"{"reason":"build-script-executed","package_id":"x"}"#.to_vec(),
            0,
            vec![],
        ),
        (b"\xff\xfe".to_vec(), 1, vec![("noise", 1), ("non-utf8", 1)]),
        (foreign.into_bytes(), 0, vec![("foreign", 1)]),
        (no_target.into_bytes(), 1, vec![("noise", 1)]),
        (
            format!("{}\n", "x".repeat(2000)).into_bytes(),
            1,
            vec![("noise", 1)],
        ),
        (format!("x{finished}").into_bytes(), 1, vec![("noise", 1)]),
    ] {
        let (events, counted) = read(&stream, ABC);
        let lines: Vec<_> = events
            .iter()
            .filter_map(|e| {
                if let Event::Noise { line } = e {
                    Some(line)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!((lines.len(), events.len()), (noise, noise), "{events:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= NOISE));
        let odd: BTreeMap<_, _> = odd
            .into_iter()
            .map(|(name, n)| (name.to_owned(), n))
            .collect();
        assert_eq!(counted, odd, "{}", String::from_utf8_lossy(&stream));
    }
}

#[test]
fn text_that_is_not_utf8_is_read_lossily() {
    let line = message("error", "null", "bad ?", "").into_bytes();
    let line: Vec<u8> = line
        .into_iter()
        .map(|byte| if byte == b'?' { 0xff } else { byte })
        .collect();
    let (events, odd) = read(&line, ABC);
    assert_eq!(diagnostics(&events), ["a lib Error - bad \u{fffd}"]);
    assert_eq!(odd, BTreeMap::from([("non-utf8".to_owned(), 1)]));
}

#[test]
fn nothing_after_the_first_build_finished_is_read() {
    let mut reader = CargoReader::new(&workspace(&[]));
    let mut events = Vec::new();
    let lines = [
        r#"{"reason":"build-finished","success":false}"#,
        r#"{"reason":"build-finished","success":true}"#,
        "",
    ];
    let taken = lines.map(|line| reader.line(line.as_bytes(), &mut |event| events.push(event)));
    assert_eq!(
        (taken, events),
        (
            [true, false, false],
            vec![Event::BuildFinished { success: false }]
        )
    );
}

#[test]
fn names_are_found_in_every_form_of_package_id() {
    for (id, name) in [
        ("path+file:///ws/core#tide-core@0.1.0", "tide-core"),
        ("path+file:///ws/core#0.1.0", "core"),
        (
            "registry+https://github.com/rust-lang/crates.io-index#serde@1.0.0-rc.1",
            "serde",
        ),
        ("git+https://host/x/repo.git?branch=main#0.2.0", "repo"),
        ("git+https://host/x/repo?rev=a/b#part@0.2.0", "part"),
        (
            "serde 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)",
            "serde",
        ),
        ("odd", "odd"),
        ("", ""),
    ] {
        assert_eq!(package_name(id), name, "{id}");
    }
}
