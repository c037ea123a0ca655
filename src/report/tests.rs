//! An invented campaign that every renderer is tested with (all verdicts, all kinds of findings, tests and metrics), and
//! what must hold for all renderers.
//!
//! Everything that comes from outside can be given a suffix, to see what hostile text does.

use std::collections::BTreeMap;

use super::line::Line;
use super::style::Style;
use super::*;
use crate::event::{Harness, Level, Outcome};
use crate::gate::Strictness;
use crate::metric::{Better, Catalogue, Reading, Spread, Unavailable, Unit, Value};
use crate::plan::Collector;
use crate::run::{Judged, Judgement, Lack, Ratio, RunId, Verdict, View};
use crate::snapshot::{
    Changes, Comparison, Finding, Host, Provenance, Refusal, Snapshot, Test, Toolchain,
};
use crate::tests::json_schema::is_valid;
use crate::tests::{commands_in_disguise, damage, workflow_commands};
use crate::text;

mod html;
mod kinds;

/// The look of a file or a pipe.
pub(super) const ASCII: Look = Look::PLAIN;

/// The look of a terminal that shows every sign.
pub(super) const UNICODE: Look = Look {
    unicode: true,
    ..Look::PLAIN
};

/// 2026-11-20T14:24:09Z, twelve minutes after the run of [`report`].
pub(super) const NOW: i64 = 1_795_184_649;

/// The sample as people would see it.
pub(super) fn report() -> Report {
    Sample { suffix: "" }.report(&judgement(""))
}

/// The sample with `suffix` behind every text from outside.
pub(super) fn hostile(suffix: &str) -> Report {
    Sample { suffix }.report(&judgement(suffix))
}

/// The sample, all gates passing.
pub(super) fn passing() -> Report {
    let mut judgement = judgement("");
    judgement.gates.retain(|gate| gate.verdict == Verdict::Pass);
    judgement.notes.clear();
    Sample { suffix: "" }.report(&judgement)
}

/// A first run: nothing to compare with, no gates, one collector without its tool.
pub(super) fn first() -> Report {
    let mut head = Sample { suffix: "" }.head();
    let missing = Unavailable {
        reason: "clippy is not installed".into(),
        fix: Some("rustup component add clippy".into()),
        ..Unavailable::default()
    };
    head.snapshot.metrics.insert(
        "clippy.errors".into(),
        Reading {
            value: Value::Unavailable(missing),
            ..Reading::exact(0.0)
        },
    );
    Report::new(&Inputs {
        tool: "cargo-campaign 0.1.0",
        campaign: "Phase 7: quality and infrastructure",
        release: None,
        revision: None,
        directory: None,
        head: &head,
        baseline: None,
        comparison: None,
        judgement: &Judgement::default(),
        catalogue: &Catalogue::default(),
    })
}

/// The lines of the sample's configuration that gates came from.
pub(super) fn source(suffix: &str) -> BTreeMap<u32, String> {
    [
        (12, "\"clippy.warnings\" = \"< 20\""),
        (14, "\"clippy.new\" = \"= 0\""),
        (15, "  \"test.failed\"    = \"= 0\""),
        (22, "\"bench.*.time\" = \"<= baseline + 10%\""),
    ]
    .map(|(line, text)| (line, format!("{text}{suffix}")))
    .into()
}

/// Returns the report of a comparison without gates.
fn compared(head: &View, base: &View, comparison: &Comparison) -> Report {
    Report::new(&Inputs {
        tool: "",
        campaign: "",
        release: None,
        revision: None,
        directory: None,
        head,
        baseline: Some(base),
        comparison: Some(comparison),
        judgement: &Judgement::default(),
        catalogue: &Catalogue::default(),
    })
}

struct Sample<'a> {
    suffix: &'a str,
}

impl Sample<'_> {
    fn report(&self, judgement: &Judgement) -> Report {
        let mut catalogue = Catalogue::default();
        let mut own = catalogue.rows()[0].clone();
        own.name = self.x("team.points");
        own.title = self.x("team points");
        own.unit = Unit::Other(self.x("points"));
        own.collector = Collector::from(self.x("team"));
        let _ = catalogue.add(own);
        Report::new(&Inputs {
            tool: "cargo-campaign 0.1.0",
            campaign: &self.x("Phase 7: quality and infrastructure"),
            release: Some(&self.x("2.0.0")),
            revision: None,
            directory: Some(&self.x("crates")),
            head: &self.head(),
            baseline: Some(&self.base()),
            comparison: Some(&self.comparison()),
            judgement,
            catalogue: &catalogue,
        })
    }

    fn x(&self, text: &str) -> String {
        format!("{text}{}", self.suffix)
    }

    fn head(&self) -> View {
        let mut snapshot = Snapshot {
            metrics: self.metrics(14.0, 627.0, 3.0, 61_204.0, 0.97),
            ..Snapshot::default()
        };
        let unavailable = Unavailable {
            reason: self.x("2 of 3 packages did not compile"),
            fix: Some(self.x("cargo check --workspace")),
            at_least: Some(3.0),
            ..Unavailable::default()
        };
        snapshot.metrics.insert(
            "doc.warnings".into(),
            Reading {
                value: Value::Unavailable(unavailable),
                ..Reading::exact(0.0)
            },
        );
        for test in [
            "riptide-pool tests::reconnect",
            "riptide-api doc Router::route (line 3)",
            "riptide-db a::b",
        ] {
            snapshot.tests.insert(self.x(test), self.failed());
        }
        snapshot.findings = vec![self.finding(
            "api/src/lib.rs",
            40,
            "clippy::needless_clone",
            "redundant clone",
        )];
        snapshot.incomplete.insert(
            self.x("riptide-db test:io"),
            self.x("3 tests announced, 2 reported"),
        );
        let mut view = self.view(
            "20261120-141209-9be1d02c",
            NOW - 720,
            "9be1d0277f",
            snapshot,
        );
        view.provenance.lints = "5a5a".into();
        view.stale.insert(
            Collector::named("bench"),
            (
                RunId("20261118-090000-77ab01c2".into()),
                self.x("commit 77ab01c"),
            ),
        );
        view
    }

    fn base(&self) -> View {
        let snapshot = Snapshot {
            metrics: self.metrics(12.0, 626.0, 4.0, 61_000.0, 0.03),
            ..Snapshot::default()
        };
        self.view(
            "20261114-101502-4f2c91ab",
            NOW - 6 * 86_400 - 900,
            "4f2c9e1aa0",
            snapshot,
        )
    }

    fn failed(&self) -> Test {
        Test {
            package: self.x("riptide"),
            outcome: Outcome::Failed,
            harness: Harness::Libtest,
            seconds: Some(0.25),
            output: Some(self.x("assertion failed")),
        }
    }

    fn view(&self, id: &str, started: i64, commit: &str, snapshot: Snapshot) -> View {
        View {
            run: Some(RunId(id.into())),
            started,
            provenance: Provenance {
                workspace: self.x("riptide"),
                commit: Some(commit.into()),
                branch: Some(self.x("main")),
                dirty: false,
                tree: "f00d".into(),
                lock: Some("10cc".into()),
                lints: "11ac".into(),
                toolchain: Toolchain {
                    rustc: "1.95.0 (59807616e 2026-04-14)".into(),
                    cargo: "1.95.0 (f2d3ce0bd 2026-03-21)".into(),
                    host: "x86_64-unknown-linux-gnu".into(),
                },
                host: Host {
                    os: "linux".into(),
                    arch: "x86_64".into(),
                    cpu: self.x("Turtle 9"),
                    cores: 8,
                },
                profile: self.x("dev"),
                features: self.x("default"),
                cargo_flags: vec![self.x("--locked")],
                tool: "0.1.0".into(),
                ..Provenance::default()
            },
            snapshot,
            sources: [(Collector::named("clippy"), RunId(id.into()))].into(),
            ..View::default()
        }
    }

    fn metrics(
        &self,
        warnings: f64,
        passed: f64,
        failed: f64,
        code: f64,
        fresh: f64,
    ) -> BTreeMap<String, Reading> {
        let mut clippy = Reading::exact(warnings);
        clippy.packages = [
            (self.x("riptide-api"), warnings - 3.0),
            (self.x("riptide-pool"), 3.0),
        ]
        .into();
        let mut time = Reading::exact(12.5 + fresh);
        time.spread = Some(Spread {
            fresh: Some(fresh),
            ..Spread::default()
        });
        [
            ("clippy.warnings", clippy),
            ("clippy.lint.clippy::needless_clone", Reading::exact(2.0)),
            ("test.passed", Reading::exact(passed)),
            ("test.failed", Reading::exact(failed)),
            ("test.total", Reading::exact(passed + failed)),
            (
                "test.pass_rate",
                Reading::exact(99.0 + (passed - 620.0) / 10.0),
            ),
            ("test.time", Reading::exact(48.0 + fresh)),
            ("check.time", time),
            ("build.time", Reading::exact(84.2 - 24.0 * fresh)),
            ("loc.code", Reading::exact(code)),
            ("doc.warnings", Reading::exact(2.0)),
            ("fmt.files", Reading::exact(0.0)),
            (
                &format!("bench.{}.time", self.x("api/parse")),
                Reading::exact(0.0031),
            ),
            (&self.x("team.points"), Reading::exact(3.5)),
        ]
        .map(|(name, reading)| (name.to_owned(), reading))
        .into()
    }

    fn comparison(&self) -> Comparison {
        let new = vec![
            self.finding(
                "api/src/lib.rs",
                40,
                "clippy::needless_clone",
                "redundant clone",
            ),
            self.finding(
                "api/src/lib.rs",
                77,
                "clippy::too_many_lines",
                "this function has too many lines (112/100)",
            ),
            self.finding(
                "pool/src/pool.rs",
                12,
                "msg:unresolved link to `_`",
                "unresolved link to `Pool`",
            ),
        ];
        let refusal = Refusal {
            field: "profile".into(),
            base: self.x("dev"),
            head: self.x("release"),
        };
        Comparison {
            patches: BTreeMap::new(),
            refused: [(Collector::named("doc"), refusal)].into(),
            findings: Changes {
                new,
                fixed: vec![self.finding(
                    "api/src/old.rs",
                    12,
                    "clippy::len_zero",
                    "length comparison to zero",
                )],
                changed: vec![(
                    self.finding("db/src/io.rs", 7, "dead_code", "function `a` is never used"),
                    self.finding("db/src/io.rs", 9, "dead_code", "function `b` is never used"),
                )],
                moved: vec![
                    (
                        self.finding("a.rs", 1, "dead_code", "unused"),
                        self.finding("b.rs", 1, "dead_code", "unused")
                    );
                    4
                ],
                same: 7,
            },
            regressed: vec![self.x("riptide-db a::b")],
            vanished: vec![],
            newly_ignored: vec![self.x("riptide-db slow")],
            added: vec![self.x("riptide-api new"), self.x("riptide-api newer")],
            repaired: vec![
                self.x("riptide-api works"),
                self.x("riptide-api works_again"),
            ],
        }
    }

    fn finding(&self, file: &str, line: u32, code: &str, message: &str) -> Finding {
        Finding {
            collector: Collector::named("clippy"),
            package: self.x("riptide-api"),
            file: self.x(file),
            code: self.x(code),
            level: Level::Warning,
            item: self.x("Router::route"),
            snippet: self.x("x.clone()"),
            text: self.x("let y = x.clone();"),
            message: self.x(message),
            line,
            column: 9,
            occurrences: 2,
        }
    }
}

/// Judged gates with every verdict.
fn judgement(suffix: &str) -> Judgement {
    let gates = [counts(suffix), times(suffix)].concat();
    Judgement {
        gates,
        notes: vec![format!("the waiver for `doc.*` was not needed{suffix}")],
    }
}

/// A judged gate on a count, `= 0`.
fn gate(
    suffix: &str,
    id: &str,
    verdict: Verdict,
    value: Option<f64>,
    baseline: Option<f64>,
    line: u32,
) -> Judged {
    let x = |text: &str| format!("{text}{suffix}");
    Judged {
        metric: id.into(),
        require: x("= 0"),
        verdict,
        value,
        baseline,
        bound: Some(0.0),
        better: Better::Lower,
        file: x("campaign.toml"),
        line,
        ..Judged::undecided(&x(id), Strictness::Deny)
    }
}

fn counts(suffix: &str) -> Vec<Judged> {
    let x = |text: &str| format!("{text}{suffix}");
    let places = [
        ("40:9", "clippy::needless_clone"),
        ("77:5", "clippy::too_many_lines"),
    ];
    let places = places.map(|(at, lint)| format!("api/src/lib.rs{suffix}:{at}  {lint}{suffix}"));
    vec![
        Judged {
            require: x("< 20"),
            bound: Some(20.0),
            ..gate(
                suffix,
                "clippy.warnings",
                Verdict::Pass,
                Some(14.0),
                Some(12.0),
                12,
            )
        },
        Judged {
            evidence: places.into(),
            help: Some(x("cargo clippy -p riptide-api -p riptide-pool")),
            ..gate(suffix, "clippy.new", Verdict::Fail, Some(3.0), None, 14)
        },
        Judged {
            evidence: (1..=12)
                .map(|n| x(&format!("riptide-pool tests::reconnect_{n}")))
                .collect(),
            reason: x("the waiver of ana ended on 2026-11-01: 30, required = 0"),
            help: Some(x("cargo campaign explain test.failed")),
            ..gate(
                suffix,
                "test.failed",
                Verdict::Fail,
                Some(30.0),
                Some(4.0),
                15,
            )
        },
        Judged {
            require: x(">= baseline"),
            bound: Some(626.0),
            better: Better::Higher,
            ..gate(
                suffix,
                "test.passed",
                Verdict::Pass,
                Some(627.0),
                Some(626.0),
                16,
            )
        },
        Judged {
            package: Some(x("riptide-api")),
            reason: x("generated parser (ana, until 2026-12-31): 24, required = 0"),
            ..gate(
                suffix,
                "todo.open",
                Verdict::Waived,
                Some(24.0),
                Some(20.0),
                17,
            )
        },
    ]
}

fn times(suffix: &str) -> Vec<Judged> {
    let x = |text: &str| format!("{text}{suffix}");
    let ratio = |estimate: f64, lower: f64, upper: f64| {
        Some(Ratio {
            estimate,
            lower,
            upper,
        })
    };
    vec![
        Judged {
            group: x("performance"),
            require: x("<= baseline - 25%"),
            bound: Some(63.15),
            unit: Unit::Seconds,
            ratio: ratio(0.724, 0.699, 0.751),
            ..gate(
                suffix,
                "build.time",
                Verdict::Pass,
                Some(61.0),
                Some(84.2),
                21,
            )
        },
        Judged {
            group: x("performance"),
            require: x("<= baseline + 10%"),
            bound: None,
            unit: Unit::Seconds,
            lack: Some(Lack::Stale),
            reason: x("not measured at this commit (last at 77ab01c)"),
            help: Some(x("cargo campaign run bench")),
            ..gate(
                suffix,
                "bench.api/parse.time",
                Verdict::NoVerdict,
                None,
                Some(0.0031),
                22,
            )
        },
        Judged {
            group: x("performance"),
            level: Strictness::Warn,
            require: x("<= baseline"),
            bound: Some(48.0),
            unit: Unit::Seconds,
            ratio: ratio(1.1, 1.075, 1.127),
            ..gate(
                suffix,
                "test.time",
                Verdict::Warn,
                Some(53.0),
                Some(48.0),
                23,
            )
        },
    ]
}

/// Every screen of the sample and of its variants, by name.
fn screens(report: &Report, suffix: &str, look: &Look) -> Vec<(&'static str, String)> {
    let source = source(suffix);
    let gate = |verbose| {
        gate::screen(
            report,
            &gate::GateFacts {
                source: &source,
                unchanged: true,
                verbose,
                status: gate::STATUS,
            },
            NOW,
            look,
        )
    };
    let diff = |verbose| {
        diff::screen(
            report,
            &diff::DiffFacts {
                sides: [format!("main{suffix}"), format!("now{suffix}")],
                commits: Some(41),
                present: None,
                verbose,
            },
            look,
        )
    };
    let command = format!("cargo clippy{suffix}");
    let explain = |asked: &str| {
        let trend = &[(1, 3.0), (2, 5.0), (3, f64::NAN), (4, 4.0)];
        let command = Some(command.as_str());
        let places = &[format!("api/src/lib.rs:1:1 clippy::x{suffix}")];
        let around = explain::ExplainFacts {
            asked,
            source: &source,
            trend,
            spread: None,
            command,
            imported: None,
            by_hand: command,
            places,
        };
        explain::screen(report, &around, NOW, look).unwrap_or_default()
    };
    let entry = history::RunEntry {
        id: format!("20261120-141209-9be1d02c{suffix}"),
        commit: format!("9be1d02{suffix}"),
        collectors: vec![format!("team{suffix}")],
        mark: format!("baseline{suffix}"),
        ..history::RunEntry::default()
    };
    let title = format!("team points{suffix}");
    let trend = history::Trend {
        title,
        unit: Unit::Other(suffix.to_owned()),
        points: vec![(0, 1.0), (1, 2.0)],
    };
    vec![
        ("status", status::screen(report, NOW, look)),
        ("gate", gate(false)),
        ("gate -v", gate(true)),
        ("diff", diff(false)),
        ("diff -v", diff(true)),
        ("baseline", baseline::screen(report, look)),
        ("explain warnings", explain("clippy.warnings")),
        ("explain new", explain("clippy.new")),
        ("explain tests", explain("test.failed")),
        ("explain package", explain("todo.open")),
        ("explain bench", explain("bench.api/parse.time")),
        ("explain own", explain(&format!("team.points{suffix}"))),
        ("history", history::screen(&[entry], &[trend], NOW, look)),
    ]
}

/// The page of every kind of report.
fn kind_pages(suffix: &str, look: &Look) -> Vec<(&'static str, String)> {
    let sample = kinds::Sample::new(suffix);
    let facts = sample.facts();
    let page = |kind: &Kind| (kind.name, terminal::render(&kind.page(&facts), look));
    KINDS.iter().map(page).collect()
}

pub(super) const HOSTILE: [&str; 6] = [
    "\x1b[2J\x1b]52;c;aGk=\x07",
    "\r\n::error::forged\n\u{9b}31m\u{202e}\u{2066}\0\x7f",
    "` `` ``` ~~~ | \\| \\\\ * _ [a](http://b) ![c](d) <img onerror=x> <!-- &amp; # 1. - + @ana #12 www.a.b a@b.cd",
    "日本語日本語日本語日本語日本語日本語\u{301}\u{301}👩‍👩‍👧",
    "\t\u{2028}\u{feff}\u{e0041}",
    "very-long-very-long-very-long-very-long-very-long-very-long-very-long-very-long-very-long-very-long-very-long",
];

#[test]
fn nothing_from_outside_steers_a_terminal() {
    for suffix in HOSTILE {
        for (width, unicode, color) in [
            (80, true, false),
            (140, false, true),
            (20, true, true),
            (1, false, false),
            (0, true, true),
        ] {
            let look = Look {
                width,
                unicode,
                color,
            };
            steers_nothing(suffix, &look);
            let clean = screens(&report(), "", &look)
                .into_iter()
                .map(|(_, text)| text.lines().count());
            for ((name, text), lines) in screens(&hostile(suffix), suffix, &look)
                .into_iter()
                .zip(clean)
            {
                assert!(
                    width < 80 || text.lines().count() <= lines * 2,
                    "{name} at {width}: no lines are made up"
                );
            }
        }
    }
}

#[test]
fn no_workflow_command_gets_to_a_screen() {
    let disguised = commands_in_disguise();
    assert!(disguised.len() >= 200, "{}", disguised.len());
    for (round, suffix) in disguised.iter().enumerate() {
        for width in [20, 80] {
            steers_nothing(
                suffix,
                &Look {
                    width,
                    unicode: round % 2 == 0,
                    color: round % 3 == 0,
                },
            );
        }
        let json = json::report(&hostile(suffix), NOW, &Look::PLAIN);
        assert_eq!(
            workflow_commands(&json),
            [""; 0],
            "JSON needs no change where it is printed"
        );
    }
}

/// What is live in a terminal, in Markdown, in HTML, in XML, in a spreadsheet or in a URL.
const LIVE: [&str; 24] = [
    "\x1b[2J\x1b]0;owned\x07",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\u{9b}31m\u{9d}52;c;eA==\u{9c}",
    "\r\x08\x08\x08forged",
    "\u{202e}txt.exe\u{2066}",
    "\u{200b}\u{2060}\u{feff}\u{e0041}",
    "\0\x01\x7f\u{fffe}\u{ffff}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- --><details open ontoggle=x>",
    "</summary></details><h1>PASS</h1>",
    "[a](javascript:alert(1)) ![b](http://evil/x.png)",
    "| a | b |\n|---|---|\n# PASS",
    "```\n::error::x\n```",
    "@everyone #1 GH-2 http://evil www.evil.example",
    "$\\href{x}{y}$ :tada: ~~x~~ __y__",
    "]]><x/><![CDATA[",
    "&#0;&#x1b;&lt;&amp;&unknown;",
    "\"><testcase name=\"forged\"/>",
    "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>&a;",
    "\", \"verdict\": \"pass\", \"x\": \"",
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
    "%0A::error::x%0D%25",
];

#[test]
fn no_text_is_live_in_any_format() {
    let disguised = commands_in_disguise();
    let texts: Vec<&str> = disguised.iter().map(String::as_str).chain(LIVE).collect();
    assert!(texts.len() >= 200, "{}", texts.len());
    for suffix in texts {
        let report = hostile(suffix);
        for format in FORMATS.iter().filter(|format| !format.is_terminal()) {
            let text = (format.render)(&report, NOW, &UNICODE);
            assert!(text::is_safe(&text), "{} {suffix:?}", format.name);
            if let Some(commands) = format.commands {
                let is_own = |line: &str| line.starts_with(commands.prefix);
                assert!(text.lines().all(is_own), "{} {suffix:?}", format.name);
            } else {
                // A page is printed by way of the terminal, which defuses commands.
                let printed = match format.page {
                    Some(_) => text::without_commands(&text),
                    None => text.as_str().into(),
                };
                let found = workflow_commands(&printed);
                assert_eq!(found, [""; 0], "{} {suffix:?}", format.name);
            }
            if ["json", "sarif", "gitlab"].contains(&format.name) {
                let value: Result<serde_json::Value, _> = serde_json::from_str(&text);
                assert!(value.is_ok(), "{} {suffix:?}", format.name);
            }
        }
    }
}

/// No screen of the hostile sample holds a character that acts on a terminal; how long they are.
fn steers_nothing(suffix: &str, look: &Look) -> usize {
    let check = |(name, text): (&str, String)| {
        let bare = without_styles(&text);
        assert!(
            text::is_safe(&bare),
            "{name} with {suffix:?} at {}: {text:?}",
            look.width
        );
        let printed = text::without_commands(&text);
        assert_eq!(
            workflow_commands(&printed),
            [""; 0],
            "{name} with {suffix:?} at {}",
            look.width
        );
        assert_eq!(
            workflow_commands(&without_styles(&printed)),
            [""; 0],
            "{name} with {suffix:?} at {}",
            look.width
        );
        assert!(
            !text.is_empty() && (look.color || bare == text),
            "{name}: only our colours, only when asked for"
        );
        text.len()
    };
    screens(&hostile(suffix), suffix, look)
        .into_iter()
        .chain(kind_pages(suffix, look))
        .map(check)
        .sum()
}

/// Anything that could mean something to a terminal, to Markdown, to JSON or to the reckoning of columns.
pub(super) const SPICE: [&str; 34] = [
    "\x1b",
    "\x1b[2J",
    "\x1b]0;",
    "\x07",
    "\r",
    "\n",
    "\t",
    "\0",
    "\x7f",
    "\u{9b}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{2028}",
    "\u{feff}",
    "\u{e0041}",
    "\u{301}",
    "\u{fe0f}",
    "日本",
    "👩\u{200d}👧",
    "\u{ad}",
    "`",
    "```",
    "|",
    "\\",
    "<b>",
    "&amp;",
    "](x)",
    "*_#",
    "\"",
    "{}",
    "'",
    "a",
    "           ",
];

/// Text from outside, whatever it is, on screens and in JSON.
fn any_text_stays_text(rounds: usize) {
    damage::survive("screens", rounds, |random, _| {
        let suffix = random.chain(&SPICE, 12);
        let look = Look {
            width: *random.pick(&[0, 1, 7, 40, 80, 140]),
            unicode: random.below(2) == 0,
            color: random.below(2) == 0,
        };
        let report = hostile(&suffix);
        let json = json::report(&report, NOW, &look);
        assert_eq!(
            serde_json::from_str::<Report>(&json).unwrap(),
            report,
            "{suffix:?}"
        );
        steers_nothing(&suffix, &look)
    });
}

#[test]
fn no_text_breaks_out_of_a_screen() {
    any_text_stays_text(30);
}

#[test]
#[ignore = "long: 2 minutes"]
fn no_text_breaks_out_of_a_screen_however_often_it_is_tried() {
    any_text_stays_text(30 * damage::LONG);
}

/// The text without our own SGR sequences.
fn without_styles(text: &str) -> String {
    let styles = [
        Style::Strong,
        Style::Good,
        Style::Bad,
        Style::Caution,
        Style::Hint,
        Style::Frame,
        Style::Quiet,
    ];
    let color = Look {
        color: true,
        ..Look::PLAIN
    };
    let codes = styles.map(|style| {
        color
            .paint(style, "x")
            .split_once('x')
            .map(|(code, _)| code.to_owned())
    });
    codes
        .into_iter()
        .flatten()
        .fold(text.replace("\x1b[0m", ""), |text, code| {
            text.replace(&code, "")
        })
}

#[test]
fn tables_stay_within_the_terminal_and_commands_stay_whole() {
    for width in [80, 100, 140] {
        for unicode in [true, false] {
            let look = Look {
                width,
                unicode,
                color: false,
            };
            for (name, text) in screens(&report(), "", &look) {
                for line in text.lines() {
                    let is_sentence = ["warning: ", "cargo ", "not measured: "]
                        .iter()
                        .any(|word| line.contains(word));
                    let page_width = Line::of(line).width();
                    assert!(
                        page_width <= width || is_sentence,
                        "{name} at {width}: {line}"
                    );
                }
            }
            let status = status::screen(&report(), NOW, &look);
            assert!(
                status.contains("cargo clippy -p riptide-api -p riptide-pool"),
                "{status}"
            );
        }
    }
}

#[test]
fn an_ascii_terminal_gets_ascii() {
    for (name, text) in screens(&report(), "", &Look::PLAIN) {
        assert!(text.is_ascii(), "{name}: {text}");
    }
}

#[test]
fn every_format_is_found_by_its_name_and_renders_the_sample() {
    for format in FORMATS {
        assert_eq!(
            Format::parse(format.name).map(|found| found.name),
            Some(format.name)
        );
        assert!(
            (format.render)(&report(), NOW, &Look::PLAIN).ends_with('\n'),
            "{}",
            format.name
        );
    }
    assert!(Format::parse("pdf").is_none());
    assert_eq!(
        FORMATS.iter().filter(|format| format.is_terminal()).count(),
        1
    );
}

#[test]
fn exit_codes_follow_the_verdict() {
    use Verdict::{Fail, NoVerdict, Pass, Waived, Warn};
    for (verdict, code) in [(Pass, 0), (Waived, 0), (Warn, 0), (Fail, 1), (NoVerdict, 3)] {
        let report = Report {
            verdict,
            ..report()
        };
        assert_eq!(exit_code(&report), code);
        assert_eq!(
            exit_code(&Report {
                interrupted: true,
                ..report
            }),
            130
        );
    }
}

#[test]
fn a_waived_campaign_passes_and_says_so() {
    let mut judgement = judgement("");
    judgement
        .gates
        .retain(|gate| matches!(gate.verdict, Verdict::Pass | Verdict::Waived));
    let report = Sample { suffix: "" }.report(&judgement);
    assert_eq!(
        (report.verdict, report.reason.as_str()),
        (Verdict::Pass, "3 of 4 gates pass, 1 waived")
    );
}

#[test]
fn absent_is_null_and_never_zero() {
    let report = report();
    let metric = |name: &str| report.metrics[name].clone();
    assert_eq!(
        (
            metric("doc.warnings").value,
            metric("doc.warnings").baseline
        ),
        (None, Some(Number(2.0)))
    );
    let bench = metric("bench.api/parse.time");
    assert_eq!(bench.value, None, "a figure of another tree is no figure");
    assert_eq!(
        bench.unavailable.map(|why| why.reason).as_deref(),
        Some("only in an older run (commit 77ab01c, run 20261118-090000-77ab01c2)")
    );
    assert_eq!(
        metric("clippy.lint.clippy::needless_clone").title,
        "clippy lint clippy::needless_clone"
    );
    let first = first();
    assert!(first.findings.is_none() && first.tests.vanished.is_none() && first.baseline.is_none());
    assert_eq!(first.verdict, Verdict::NoVerdict);
}

#[test]
fn unlike_provenance_is_named_where_it_matters() {
    let field = |field: &str, collector: Collector| {
        let sample = Sample { suffix: "" };
        let mut comparison = sample.comparison();
        let refusal = Refusal {
            field: field.into(),
            base: "a".into(),
            head: "b".into(),
        };
        comparison.refused = [(collector, refusal)].into();
        let (head, base) = (sample.head(), sample.base());
        compared(&head, &base, &comparison)
    };
    for (differs, count, time, tests) in [
        ("machine", false, true, true),
        ("toolchain", false, true, true),
        ("features", true, true, false),
    ] {
        let report = field(differs, Collector::named("test"));
        let refused = |name: &str| report.metrics[name].incomparable.is_some();
        assert_eq!(
            (refused("test.passed"), refused("test.time")),
            (count, time),
            "{differs}"
        );
        assert_eq!(report.tests.newly_ignored.is_some(), tests, "{differs}");
    }
    assert!(
        field("machine", Collector::named("clippy")).metrics["clippy.warnings"]
            .incomparable
            .is_none()
    );
    assert!(
        field("toolchain", Collector::named("clippy")).metrics["clippy.warnings"]
            .incomparable
            .is_some()
    );
}

#[test]
fn collector_that_no_gate_needs_is_reported_as_not_looked_up() {
    let sample = Sample { suffix: "" };
    let (mut head, base) = (sample.head(), sample.base());
    let metrics = &mut head.snapshot.metrics;
    metrics.retain(|name, _| !name.starts_with("clippy.") && !name.starts_with("loc."));
    let report = compared(&head, &base, &Comparison::default());
    let report = report.of_needed(&[Collector::named("test")].into());

    let reason = |name: &str| {
        let why = report.metrics[name].unavailable.as_ref();
        why.map(|why| why.reason.as_str())
    };
    assert_eq!(reason("clippy.warnings"), Some("not needed by the gates"));
    assert_eq!(reason("loc.code"), Some("not needed by the gates"));
    assert_eq!(reason("test.passed"), None);
    let refused = report.findings.unwrap_or_default().refused;
    let clippy = &refused[&Collector::named("clippy")];
    assert_eq!(phrase::refusal(clippy), "not needed by the gates");
    for quiet in ["loc", "test"] {
        assert!(!refused.contains_key(&Collector::named(quiet)), "{quiet}");
    }
}

/// Formats whose file in `fixtures/report` is not `NAME.txt`.
const FILES: [(&str, &str); 7] = [
    ("markdown", "markdown.md"),
    ("html", "report.html"),
    ("json", "report-2.2.json"),
    ("github", "github-annotations.txt"),
    ("gitlab", "gitlab.json"),
    ("sarif", "sarif.json"),
    ("junit", "junit.xml"),
];

/// Returns the stored forms of the sample, every format among them: a file in `fixtures/report`, and
/// what it must contain.
fn stored() -> Vec<(String, String)> {
    let formats = FORMATS.iter().map(|format| {
        let file = FILES.iter().find(|(name, _)| *name == format.name);
        let file = file.map_or_else(
            || format!("{}.txt", format.name),
            |(_, file)| (*file).to_owned(),
        );
        (file, (format.render)(&report(), NOW, &UNICODE))
    });
    let outputs = github::outputs(&report(), "DELIMITER").unwrap();
    let summary = github::summary(&report(), &[], None, github::SUMMARY_LIMIT).unwrap();
    let of_step = [
        ("github-outputs.txt".to_owned(), outputs),
        ("github-summary.md".to_owned(), summary),
    ];
    let sample = kinds::Sample::new("");
    let kinds = KINDS.iter().map(|kind| {
        let page = markdown::render(&kind.page(&sample.facts()));
        (format!("kinds/{}.md", kind.name), page)
    });
    let picture = [(
        "plan.svg".to_owned(),
        picture::picture(&plan::samples::page()),
    )];
    let site = [("page.html".to_owned(), html::page("", 12))];
    let of_commands = of_step.into_iter().chain(picture).chain(site);
    formats.chain(of_commands).chain(kinds).collect()
}

fn fixture(name: &str) -> std::path::PathBuf {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    directory.join("fixtures/report").join(name)
}

#[test]
fn formats_of_the_sample_are_as_stored() {
    for (name, text) in stored() {
        let command = "cargo test --lib -- --ignored accept_formats";
        let file = std::fs::read_to_string(fixture(&name))
            .unwrap_or_else(|error| panic!("{name}: {error}; store it: {command}"));
        assert_eq!(text, file.replace("\r\n", "\n"), "{name}; {command}");
    }
}

#[test]
#[ignore = "rewrites fixtures/report; read the difference"]
#[expect(clippy::disallowed_methods, reason = "it rewrites fixtures")]
fn accept_formats_of_the_sample() {
    for (name, text) in stored() {
        std::fs::write(fixture(&name), text).unwrap();
    }
}

#[test]
fn a_json_report_reads_back_equal_also_with_keys_of_a_later_version() {
    for report in [report(), first(), hostile(HOSTILE[1])] {
        let text = json::report(&report, NOW, &Look::PLAIN);
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        let later = text.replacen('{', "{\n  \"later\": [1],", 1);
        assert_eq!(serde_json::from_str::<Report>(&later).unwrap(), report);
    }
}

#[test]
fn reports_satisfy_their_schema() {
    let schema: serde_json::Value = serde_json::from_str(json::SCHEMA).unwrap();
    for report in [report(), first(), hostile(HOSTILE[1])] {
        let mut value = serde_json::to_value(report).unwrap();
        assert!(is_valid(&schema, &value), "{value:#}");
        value["verdict"] = "excellent".into();
        assert!(!is_valid(&schema, &value));
    }
}

#[test]
fn whole_numbers_are_written_as_integers() {
    for (value, json) in [
        (14.0, "14"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (1e300, "1e+300"),
        (9.1e15, "9100000000000000.0"),
    ] {
        assert_eq!(serde_json::to_string(&Number(value)).unwrap(), json);
    }
    assert_eq!(
        (Number::of(f64::NAN), Number::of(1.0)),
        (None, Some(Number(1.0)))
    );
}
