use super::{match_findings, squeeze, without_names, without_numbers};
use crate::judge::{FileMap, LineMap, tests as sample};
use crate::plan::Collector;
use crate::snapshot::Finding;
use crate::tests::damage::{self, Random};

/// Hunks of files: `OLD NEW (first, count, first, count)..`; an empty NEW is a deleted file, an empty OLD
/// a new one.
type Hunks = &'static [(&'static str, &'static str, &'static [(u32, u32, u32, u32)])];

fn map(files: Hunks) -> LineMap {
    let mut map = LineMap::default();
    for (from, to, hunks) in files {
        let to = (!to.is_empty()).then(|| (*to).to_owned());
        if from.is_empty() {
            map.new.extend(to);
            continue;
        }
        let file = FileMap {
            to,
            hunks: hunks.to_vec(),
        };
        map.files.insert((*from).to_owned(), file);
    }
    map
}

fn findings(texts: &[&str]) -> Vec<Finding> {
    texts.iter().map(|text| sample::finding(text)).collect()
}

/// `same moved changed new fixed`, then the lines of new and fixed ones.
fn summary(base: &[Finding], head: &[Finding], lines: Option<&LineMap>) -> String {
    let got = match_findings(
        &base.iter().collect::<Vec<_>>(),
        &head.iter().collect::<Vec<_>>(),
        lines,
    );
    let mut text = format!(
        "{} same, {} moved, {} changed, {} new, {} fixed",
        got.same,
        got.moved.len(),
        got.changed.len(),
        got.new.len(),
        got.fixed.len()
    );
    for (sign, list) in [('+', &got.new), ('-', &got.fixed)] {
        list.iter()
            .for_each(|f| text.push_str(&format!(" {sign}{}:{}", f.file, f.line)));
    }
    text
}

/// The calls that may panic have the same message and no snippet.
#[test]
fn finding_without_item_and_snippet_is_told_by_its_line() {
    let finding = |line: u32, item: &str, text: &str| Finding {
        line,
        item: item.to_owned(),
        snippet: String::new(),
        text: text.to_owned(),
        message: "panics if there is no value".to_owned(),
        ..sample::finding("x.rs:1 l f a.b()")
    };
    for (what, base, head, expected) in [
        (
            "another line",
            finding(3, "", "a.unwrap();"),
            finding(90, "", "b.unwrap();"),
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +x.rs:90 -x.rs:3",
        ),
        (
            "a line that moved",
            finding(3, "", "a.unwrap();"),
            finding(90, "", "a.unwrap();"),
            "0 same, 1 moved, 0 changed, 0 new, 0 fixed",
        ),
        (
            "a line of the same function that was edited",
            finding(3, "f", "a.unwrap();"),
            finding(3, "f", "a.b().unwrap();"),
            "0 same, 0 moved, 1 changed, 0 new, 0 fixed",
        ),
        (
            "a line of another function",
            finding(3, "f", "a.unwrap();"),
            finding(90, "g", "b.unwrap();"),
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +x.rs:90 -x.rs:3",
        ),
    ] {
        assert_eq!(summary(&[base], &[head], None), expected, "{what}");
    }
}

/// A function that is too long or too complex has its header as text.
#[test]
fn function_in_another_file_is_the_same_if_it_was_moved() {
    /// A file that is gone, and lines that were added to another one.
    const FROM_A_TO_B: Hunks = &[
        ("src/a.rs", "src/a.rs", &[(1, 150, 0, 0)]),
        ("src/b.rs", "src/b.rs", &[(0, 0, 1, 150)]),
    ];
    const BOTH_EDITED: Hunks = &[
        ("src/main.rs", "src/main.rs", &[(1, 150, 1, 3)]),
        ("src/lib.rs", "src/lib.rs", &[(1, 3, 1, 150)]),
    ];
    let finding = |file: &str, item: &str, text: &str, lines: u32| Finding {
        item: item.to_owned(),
        snippet: String::new(),
        text: text.to_owned(),
        message: format!("`{item}` has {lines} lines of code, more than 100"),
        ..sample::finding(&format!("{file}:1 l f a.b()"))
    };
    for (what, base, head, hunks, expected) in [
        (
            "moved to another file",
            finding("src/a.rs", "run", "fn run(jobs:u32)", 150),
            finding("src/b.rs", "run", "fn run(jobs:u32)", 150),
            FROM_A_TO_B,
            "0 same, 1 moved, 0 changed, 0 new, 0 fixed",
        ),
        (
            "another one of the same name became too long",
            finding("src/a.rs", "run", "fn run(jobs:u32)", 150),
            finding("src/b.rs", "run", "fn run(registry:u8)", 150),
            FROM_A_TO_B,
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/b.rs:1 -src/a.rs:1",
        ),
        (
            "another one of the same header became too long",
            finding("src/bin/a.rs", "main", "fn main()", 150),
            finding("src/bin/b.rs", "main", "fn main()", 150),
            &[
                ("src/bin/a.rs", "src/bin/a.rs", &[(2, 150, 1, 0)]),
                ("src/bin/b.rs", "src/bin/b.rs", &[(1, 0, 2, 150)]),
            ],
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/bin/b.rs:1 -src/bin/a.rs:1",
        ),
        (
            "a method of another type became too long",
            finding("src/a.rs", "<A as Display>::fmt", "fn fmt(&self)", 150),
            Finding {
                line: 9,
                ..finding("src/a.rs", "<B as Display>::fmt", "fn fmt(&self)", 150)
            },
            &[("src/a.rs", "src/a.rs", &[(2, 150, 1, 0), (158, 0, 10, 150)])],
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/a.rs:9 -src/a.rs:1",
        ),
        (
            "a method of another type replaced one that was too long",
            finding("src/a.rs", "<A as Display>::fmt", "fn fmt(&self)", 150),
            Finding {
                line: 9,
                ..finding("src/a.rs", "<B as Display>::fmt", "fn fmt(&self)", 120)
            },
            &[("src/a.rs", "src/a.rs", &[(1, 150, 0, 0), (158, 0, 9, 120)])],
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/a.rs:9 -src/a.rs:1",
        ),
        (
            "the module was moved to a file of its own",
            finding("p/src/lib.rs", "net::Port::get", "fn get()", 150),
            finding("p/src/net.rs", "Port::get", "fn get()", 140),
            &[
                ("p/src/lib.rs", "p/src/lib.rs", &[(1, 150, 1, 1)]),
                ("", "p/src/net.rs", &[]),
            ],
            "0 same, 1 moved, 0 changed, 0 new, 0 fixed",
        ),
        (
            "the module was moved and the function edited",
            finding("src/net/mod.rs", "get", "fn get()", 150),
            finding("src/main.rs", "net::get", "fn get(a:u8)", 140),
            &[
                ("src/net/mod.rs", "", &[]),
                ("src/main.rs", "src/main.rs", &[(1, 1, 1, 150)]),
            ],
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/main.rs:1 -src/net/mod.rs:1",
        ),
        (
            "a module of another crate has a function of the same path",
            finding("src/main.rs", "net::get", "fn get()", 150),
            finding("src/net.rs", "get", "fn get(a:u8)", 140),
            &[
                ("src/main.rs", "src/main.rs", &[(1, 150, 1, 3)]),
                ("src/net.rs", "src/net.rs", &[(1, 3, 1, 150)]),
            ],
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/net.rs:1 -src/main.rs:1",
        ),
        (
            "another crate gets a module of the same name as an inline one that stays",
            finding("src/lib.rs", "m::run", "pub fn run()", 150),
            finding("src/m.rs", "run", "pub fn run(path:&str)", 150),
            &[
                ("src/lib.rs", "src/lib.rs", &[(1, 150, 1, 3)]),
                ("", "src/m.rs", &[]),
            ],
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/m.rs:1 -src/lib.rs:1",
        ),
        (
            "another crate of the package has a function of the same name",
            finding("src/main.rs", "run", "fn run()", 150),
            finding("src/lib.rs", "run", "fn run(path:&str)", 150),
            BOTH_EDITED,
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/lib.rs:1 -src/main.rs:1",
        ),
        (
            "a new crate of the package has a function of the same name",
            finding("src/main.rs", "run", "fn run()", 150),
            finding("src/lib.rs", "run", "fn run(path:&str)", 150),
            &[
                ("src/main.rs", "src/main.rs", &[(1, 150, 1, 3)]),
                ("", "src/lib.rs", &[]),
            ],
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/lib.rs:1 -src/main.rs:1",
        ),
        (
            "moved from an inline module to another file",
            finding("src/a.rs", "io::run", "fn run(jobs:u32)", 150),
            finding("src/b.rs", "run", "fn run(jobs:u32)", 150),
            FROM_A_TO_B,
            "0 same, 1 moved, 0 changed, 0 new, 0 fixed",
        ),
        (
            "a method of another type in another module became too long",
            finding("src/a.rs", "io::A::run", "fn run(jobs:u32)", 150),
            finding("src/b.rs", "io::B::run", "fn run(jobs:u32)", 150),
            FROM_A_TO_B,
            "0 same, 0 moved, 0 changed, 1 new, 1 fixed +src/b.rs:1 -src/a.rs:1",
        ),
        (
            "the function was edited",
            finding("src/a.rs", "run", "fn run(jobs:u32)", 150),
            finding("src/a.rs", "run", "fn run(jobs:u64)", 110),
            &[("src/a.rs", "src/a.rs", &[(1, 150, 1, 110)])],
            "0 same, 0 moved, 1 changed, 0 new, 0 fixed",
        ),
    ] {
        assert_eq!(
            summary(&[base], &[head], Some(&map(hunks))),
            expected,
            "{what}"
        );
    }
}

/// Such as two calls of a macro that writes functions.
#[test]
fn other_code_without_an_item_around_it_is_new() {
    let base = findings(&["x.rs:3 l - mode"]);
    let head = findings(&["x.rs:9 l - handle"]);
    assert_eq!(
        summary(&base, &head, None),
        "0 same, 0 moved, 0 changed, 1 new, 1 fixed +x.rs:9 -x.rs:3"
    );
}

/// What happened, base, head, hunks, with the line map, without it.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    Hunks,
    &'static str,
    &'static str,
);

const CASES: &[Case] = &[
    (
        "nothing",
        &["x.rs:3 l f a.b()"],
        &["x.rs:3 l f a.b()"],
        &[],
        "1 same, 0 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "lines are inserted above",
        &["x.rs:3 l f a.b()", "x.rs:9 l f a.b()"],
        &["x.rs:13 l f a.b()", "x.rs:19 l f a.b()"],
        &[("x.rs", "x.rs", &[(1, 0, 2, 10)])],
        "0 same, 2 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "a formatter with another width",
        &["x.rs:3 l f call(one, two)"],
        &["x.rs:3 l f call( one, two, )"],
        &[("x.rs", "x.rs", &[(3, 1, 3, 4)])],
        "1 same, 0 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "a renamed function",
        &["x.rs:3 l old a.b()"],
        &["x.rs:3 l new a.b()"],
        &[("x.rs", "x.rs", &[(2, 1, 2, 1)])],
        "1 same, 0 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "a moved file",
        &["x.rs:3 l f a.b()"],
        &["y.rs:3 l f a.b()"],
        &[("x.rs", "y.rs", &[])],
        "0 same, 1 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "a moved and edited file",
        &["x.rs:3 l f a.b()", "x.rs:8 l g c.d()"],
        &["y.rs:3 l f a.b()", "y.rs:9 l g c.e()"],
        &[("x.rs", "y.rs", &[(8, 1, 8, 2)])],
        "0 same, 1 moved, 1 changed, 0 new, 0 fixed",
        // Without git nothing ties the edited one to its file.
        "0 same, 1 moved, 0 changed, 1 new, 1 fixed +y.rs:9 -x.rs:8",
    ),
    (
        "a function moved to another file",
        &["x.rs:3 l f a.b()"],
        &["y.rs:70 l f a.b()"],
        &[
            ("x.rs", "x.rs", &[(1, 5, 0, 0)]),
            ("y.rs", "y.rs", &[(66, 0, 67, 5)]),
        ],
        "0 same, 1 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "one fixed and another added of the same lint in the same file",
        &["x.rs:3 l f a.b()"],
        &["x.rs:30 l g c.d()"],
        &[("x.rs", "x.rs", &[(3, 1, 3, 1), (30, 1, 30, 1)])],
        "0 same, 0 moved, 0 changed, 1 new, 1 fixed +x.rs:30 -x.rs:3",
        "",
    ),
    (
        "one of three identical lines removed",
        &["x.rs:3 l f a.b()", "x.rs:5 l f a.b()", "x.rs:7 l f a.b()"],
        &["x.rs:3 l f a.b()", "x.rs:6 l f a.b()"],
        &[("x.rs", "x.rs", &[(5, 1, 4, 0)])],
        "1 same, 1 moved, 0 changed, 0 new, 1 fixed -x.rs:5",
        "1 same, 1 moved, 0 changed, 0 new, 1 fixed -x.rs:7",
    ),
    (
        "an identical line added between two",
        &["x.rs:10 l f a.b()", "x.rs:50 l f a.b()"],
        &[
            "x.rs:10 l f a.b()",
            "x.rs:30 l f a.b()",
            "x.rs:51 l f a.b()",
        ],
        &[("x.rs", "x.rs", &[(29, 0, 30, 1)])],
        "1 same, 1 moved, 0 changed, 1 new, 0 fixed +x.rs:30",
        "",
    ),
    (
        "the code under a finding is edited",
        &["x.rs:3 l f a.b()"],
        &["x.rs:3 l f a.b().c()"],
        &[("x.rs", "x.rs", &[(3, 1, 3, 1)])],
        "0 same, 0 moved, 1 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "an unchanged line whose message counts something else",
        &["x.rs:3 l f fn_f_has_105_lines"],
        &["x.rs:3 l f fn_f_has_106_lines"],
        &[],
        "1 same, 0 moved, 0 changed, 0 new, 0 fixed",
        "0 same, 0 moved, 1 changed, 0 new, 0 fixed",
    ),
    (
        "two findings of one lint on a line keep their identity",
        &["x.rs:3 l f a.b()", "x.rs:3 l f c.d()"],
        &["x.rs:3 l f c.d()"],
        &[],
        "1 same, 0 moved, 0 changed, 0 new, 1 fixed -x.rs:3",
        "",
    ),
    (
        "another lint at the same place",
        &["x.rs:3 l f a.b()"],
        &["x.rs:3 m f a.b()"],
        &[],
        "0 same, 0 moved, 0 changed, 1 new, 1 fixed +x.rs:3 -x.rs:3",
        "",
    ),
    (
        "a deleted file",
        &["x.rs:3 l f a.b()"],
        &[],
        &[("x.rs", "", &[])],
        "0 same, 0 moved, 0 changed, 0 new, 1 fixed -x.rs:3",
        "",
    ),
    (
        "a checkout with CRLF",
        &["x.rs:3 l f call(\n one)"],
        &["x.rs:3 l f call(\r\n one)"],
        &[("x.rs", "x.rs", &[(1, 9, 1, 9)])],
        "1 same, 0 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "a macro that expands to two findings at its place",
        &["x.rs:3 l f make!()", "x.rs:3 l f make!()"],
        &["x.rs:5 l f make!()", "x.rs:5 l f make!()"],
        &[("x.rs", "x.rs", &[(1, 0, 2, 2)])],
        "0 same, 2 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
    (
        "findings without a place",
        &[":0 l - x"],
        &[":0 l - x"],
        &[],
        "1 same, 0 moved, 0 changed, 0 new, 0 fixed",
        "",
    ),
];

#[test]
fn findings_keep_their_identity_when_code_moves() {
    for (what, base, head, hunks, with, without) in CASES {
        let (base, head) = (findings(base), findings(head));
        assert_eq!(
            summary(&base, &head, Some(&map(hunks))),
            *with,
            "{what}, with git"
        );
        let without = if without.is_empty() { with } else { without };
        assert_eq!(summary(&base, &head, None), *without, "{what}, without git");
    }
}

#[test]
fn a_line_keeps_its_identity_when_its_function_is_split() {
    // `new` now calls `empty`, which has taken over its body; both name the type.
    let base = findings(&["x.rs:3 l new W"]);
    let mut head = findings(&["x.rs:3 l new W", "x.rs:9 l empty W"]);
    head[0].text = "W::from([path])".to_owned();
    assert_eq!(
        summary(&base, &head, None),
        "0 same, 1 moved, 0 changed, 1 new, 0 fixed +x.rs:3"
    );
}

#[test]
fn findings_of_another_package_or_collector_are_others() {
    let base = findings(&["x.rs:3 l f a.b()"]);
    let changes: [fn(&mut Finding); 2] = [
        |f| f.package = "b".to_owned(),
        |f| f.collector = Collector::named("check"),
    ];
    for change in changes {
        let mut head = base.clone();
        head.iter_mut().for_each(change);
        assert!(
            summary(&base, &head, Some(&LineMap::default()))
                .starts_with("0 same, 0 moved, 0 changed, 1 new, 1 fixed")
        );
    }
}

/// Findings in three files of nine lines, of few lints, items and words, so that many are alike.
fn crowd(random: &mut Random) -> Vec<Finding> {
    let one = |random: &mut Random| {
        let [file, line, lint, item, word] = [3, 9, 2, 2, 3].map(|below| random.below(below));
        sample::finding(&format!("f{file}.rs:{} l{lint} i{item} s{word}", line + 1))
    };
    (0..random.below(40)).map(|_| one(random)).collect()
}

/// Some lines of the first file edited, the second one moved.
fn edits(random: &mut Random) -> LineMap {
    let (at, removed, added) = (
        random.below(9) as u32 + 1,
        random.below(3) as u32,
        random.below(3) as u32,
    );
    let hunk = (at, removed, at + u32::from(removed == 0), added);
    let file = |to: &str, hunks: &[_]| FileMap {
        to: Some(to.to_owned()),
        hunks: hunks.to_vec(),
    };
    let files = [
        ("f0.rs", file("f0.rs", &[hunk])),
        ("f1.rs", file("f9.rs", &[])),
    ];
    LineMap {
        files: files.map(|(from, map)| (from.to_owned(), map)).into(),
        ..LineMap::default()
    }
}

/// Every finding is in one list once; and what stands on an unchanged line on both sides is neither new nor fixed.
fn findings_are_counted_once_and_unchanged_lines_are_the_same(rounds: usize) {
    damage::survive("matchings", rounds, |random, round| {
        let (base, mut head) = (crowd(random), crowd(random));
        head.iter_mut()
            .filter(|f| f.file == "f1.rs")
            .for_each(|f| f.file = "f9.rs".to_owned());
        let lines = edits(random);
        let with = (round % 2 == 0).then_some(&lines);
        let sides = (
            base.iter().collect::<Vec<_>>(),
            head.iter().collect::<Vec<_>>(),
        );
        let got = match_findings(&sides.0, &sides.1, with);
        let paired = got.same + got.moved.len() + got.changed.len();
        assert_eq!(
            (paired + got.fixed.len(), paired + got.new.len()),
            (base.len(), head.len())
        );
        assert_eq!(got, match_findings(&sides.0, &sides.1, with), "again");
        if with.is_some() {
            let spot = |f: &Finding| (f.code.clone(), f.file.clone(), f.line);
            let mapped = |f: &Finding| {
                lines
                    .head(&f.file, f.line)
                    .map(|(file, line)| (f.code.clone(), file, line))
            };
            for new in got.new.iter().map(spot) {
                let count = |side: &[Finding], at: &dyn Fn(&Finding) -> Option<_>| {
                    side.iter().filter(|f| at(f).as_ref() == Some(&new)).count()
                };
                let truly = count(&head, &|f| Some(spot(f))).saturating_sub(count(&base, &mapped));
                assert!(count(&got.new, &|f| Some(spot(f))) <= truly, "{new:?}");
            }
        }
        paired
    });
}

#[test]
fn every_finding_is_counted_once_whatever_the_sides() {
    findings_are_counted_once_and_unchanged_lines_are_the_same(150);
}

#[test]
#[ignore = "long: 1 minute"]
fn every_finding_is_counted_once_however_often_it_is_tried() {
    findings_are_counted_once_and_unchanged_lines_are_the_same(150 * damage::LONG);
}

#[test]
fn twenty_thousand_alike_findings_are_matched() {
    let side = |shift: u32, count: u32| -> Vec<Finding> {
        (0..count)
            .map(|i| sample::finding(&format!("x.rs:{} l f a.b()", i * 3 + shift)))
            .collect()
    };
    let (base, head) = (side(1, 20_000), side(2, 19_000));
    assert_eq!(
        summary(&base, &head, None).split(" -").next(),
        Some("0 same, 19000 moved, 0 changed, 0 new, 1000 fixed"),
        "quadratic matching would not end in reasonable time"
    );
}

#[test]
fn keys_see_through_formatting_names_and_numbers() {
    let template = |message: &str| without_numbers(&without_names(message));
    assert_eq!(squeeze("call( a,\n b, )"), squeeze("call(a, b)"));
    assert_ne!(squeeze("call(a)"), squeeze("call(b)"));
    assert_eq!(
        template("function `f` has 105 lines"),
        template("function `g` has 7 lines")
    );
    assert_ne!(
        without_names("function `f` has 105 lines"),
        without_names("function `g` has 7 lines")
    );
    assert_ne!(template("unused variable"), template("unused import"));
    assert_eq!(template("`unbalanced 1"), template("`unbalanced 2"));
}
