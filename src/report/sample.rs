//! An invented campaign for the tests of every renderer: all verdicts, all kinds of findings, tests and metrics.
//!
//! Everything that comes from outside can be given a suffix, to see what hostile text does.

use std::collections::BTreeMap;

use super::{Inputs, Report};
use crate::event::{Harness, Level, Outcome};
use crate::gate::Strictness;
use crate::metric::{Better, Catalogue, Reading, Spread, Unavailable, Unit, Value};
use crate::plan::Collector;
use crate::run::{Judged, Judgement, Lack, Ratio, RunId, Verdict, View};
use crate::snapshot::{Changes, Comparison, Finding, Host, Provenance, Refusal, Snapshot, Test, Toolchain};

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
        mend: Some("rustup component add clippy".into()),
        at_least: None,
    };
    head.snapshot
        .metrics
        .insert("clippy.errors".into(), Reading { value: Value::Unavailable(missing), ..Reading::exact(0.0) });
    Report::new(&Inputs {
        tool: "cargo-campaign 0.1.0",
        campaign: "Phase 7: quality and infrastructure",
        release: None,
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
        own.collector = Collector::Own(self.x("team"));
        let _ = catalogue.add(own);
        Report::new(&Inputs {
            tool: "cargo-campaign 0.1.0",
            campaign: &self.x("Phase 7: quality and infrastructure"),
            release: Some(&self.x("2.0.0")),
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
        let mut snapshot = Snapshot { metrics: self.metrics(14.0, 627.0, 3.0, 61_204.0, 0.97), ..Snapshot::default() };
        let unavailable = Unavailable {
            reason: self.x("2 of 3 packages did not compile"),
            mend: Some(self.x("cargo check --workspace")),
            at_least: Some(3.0),
        };
        snapshot
            .metrics
            .insert("doc.warnings".into(), Reading { value: Value::Unavailable(unavailable), ..Reading::exact(0.0) });
        for test in ["riptide-pool tests::reconnect", "riptide-api doc Router::route (line 3)", "riptide-db a::b"] {
            snapshot.tests.insert(self.x(test), self.failed());
        }
        snapshot.incomplete.insert(self.x("riptide-db test:io"), self.x("3 tests announced, 2 reported"));
        let mut view = self.view("20261120-141209-9be1d02c", NOW - 720, "9be1d0277f", snapshot);
        view.provenance.lints = "5a5a".into();
        view.stale.insert(Collector::Bench, (RunId("20261118-090000-77ab01c2".into()), self.x("commit 77ab01c")));
        view
    }

    fn base(&self) -> View {
        let snapshot = Snapshot { metrics: self.metrics(12.0, 626.0, 4.0, 61_000.0, 0.03), ..Snapshot::default() };
        self.view("20261114-101502-4f2c91ab", NOW - 6 * 86_400 - 900, "4f2c9e1aa0", snapshot)
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
            run: RunId(id.into()),
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
                host: Host { os: "linux".into(), arch: "x86_64".into(), cpu: self.x("Turtle 9"), cores: 8 },
                profile: self.x("dev"),
                features: self.x("default"),
                cargo_flags: vec![self.x("--locked")],
                tool: "0.1.0".into(),
                ..Provenance::default()
            },
            snapshot,
            sources: [(Collector::Clippy, RunId(id.into()))].into(),
            stale: BTreeMap::new(),
        }
    }

    fn metrics(&self, warnings: f64, passed: f64, failed: f64, code: f64, fresh: f64) -> BTreeMap<String, Reading> {
        let mut clippy = Reading::exact(warnings);
        clippy.packages = [(self.x("riptide-api"), warnings - 3.0), (self.x("riptide-pool"), 3.0)].into();
        let mut time = Reading::exact(12.5 + fresh);
        time.spread = Some(Spread { samples: Vec::new(), within: None, fresh: Some(fresh) });
        [
            ("clippy.warnings", clippy),
            ("clippy.lint.clippy::needless_clone", Reading::exact(2.0)),
            ("test.passed", Reading::exact(passed)),
            ("test.failed", Reading::exact(failed)),
            ("test.total", Reading::exact(passed + failed)),
            ("test.pass_rate", Reading::exact(passed / (passed + failed) * 100.0)),
            ("test.time", Reading::exact(48.0 + fresh)),
            ("check.time", time),
            ("build.time", Reading::exact(84.2 - 24.0 * fresh)),
            ("loc.code", Reading::exact(code)),
            ("doc.warnings", Reading::exact(2.0)),
            ("fmt.files", Reading::exact(0.0)),
            (&self.x("bench.api/parse.time"), Reading::exact(0.0031)),
            (&self.x("team.points"), Reading::exact(3.5)),
        ]
        .map(|(name, reading)| (name.to_owned(), reading))
        .into()
    }

    fn comparison(&self) -> Comparison {
        let new = vec![
            self.finding("api/src/lib.rs", 40, "clippy::needless_clone", "redundant clone"),
            self.finding("api/src/lib.rs", 77, "clippy::too_many_lines", "this function has too many lines (112/100)"),
            self.finding("pool/src/pool.rs", 12, "msg:unresolved link to `_`", "unresolved link to `Pool`"),
        ];
        let refusal = Refusal { field: "profile".into(), base: self.x("dev"), head: self.x("release") };
        Comparison {
            refused: [(Collector::Doc, refusal)].into(),
            findings: Changes {
                new,
                fixed: vec![self.finding("api/src/old.rs", 12, "clippy::len_zero", "length comparison to zero")],
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
            repaired: vec![self.x("riptide-api works"), self.x("riptide-api works_again")],
        }
    }

    fn finding(&self, file: &str, line: u32, code: &str, message: &str) -> Finding {
        Finding {
            collector: Collector::Clippy,
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
    let x = |text: &str| format!("{text}{suffix}");
    let gate = |id: &str, group: &str, verdict: Verdict, value: Option<f64>, baseline: Option<f64>, line: u32| Judged {
        id: x(id),
        group: if group.is_empty() { String::new() } else { x(group) },
        metric: id.into(),
        title: x(id),
        package: None,
        require: x("= 0"),
        level: Strictness::Deny,
        verdict,
        lack: None,
        reason: String::new(),
        help: None,
        value,
        baseline,
        bound: Some(0.0),
        ratio: None,
        unit: Unit::Count,
        better: Better::Lower,
        run: None,
        evidence: Vec::new(),
        file: x("campaign.toml"),
        line,
    };
    let places = ["api/src/lib.rs:40:9  clippy::needless_clone", "api/src/lib.rs:77:5  clippy::too_many_lines"];
    let ratio = |estimate: f64| Some(Ratio { estimate, lower: estimate - 0.025, upper: estimate + 0.027 });
    let gates = vec![
        Judged {
            require: x("< 20"),
            bound: Some(20.0),
            ..gate("clippy.warnings", "", Verdict::Pass, Some(14.0), Some(12.0), 12)
        },
        Judged {
            evidence: places.map(x).into(),
            help: Some(x("cargo clippy -p riptide-api -p riptide-pool")),
            ..gate("clippy.new", "", Verdict::Fail, Some(3.0), None, 14)
        },
        Judged {
            evidence: (1..=12).map(|n| x(&format!("riptide-pool tests::reconnect_{n}"))).collect(),
            reason: x("the waiver of ana ended on 2026-11-01"),
            help: Some(x("cargo campaign explain test.failed")),
            ..gate("test.failed", "", Verdict::Fail, Some(30.0), Some(4.0), 15)
        },
        Judged {
            require: x(">= baseline"),
            bound: Some(626.0),
            better: Better::Higher,
            ..gate("test.passed", "", Verdict::Pass, Some(627.0), Some(626.0), 16)
        },
        Judged {
            package: Some(x("riptide-api")),
            reason: x("waived by ana until 2026-12-31: generated parser"),
            ..gate("todo.open", "", Verdict::Waived, Some(24.0), Some(20.0), 17)
        },
        Judged {
            require: x("<= baseline - 25%"),
            bound: Some(63.15),
            unit: Unit::Seconds,
            ratio: ratio(0.724),
            ..gate("build.time", "performance", Verdict::Pass, Some(61.0), Some(84.2), 21)
        },
        Judged {
            require: x("<= baseline + 10%"),
            bound: None,
            unit: Unit::Seconds,
            lack: Some(Lack::Stale),
            reason: x("not measured at this commit (last at 77ab01c)"),
            help: Some(x("cargo campaign run bench")),
            ..gate("bench.api/parse.time", "performance", Verdict::NoVerdict, None, Some(0.0031), 22)
        },
        Judged {
            level: Strictness::Warn,
            require: x("<= baseline"),
            bound: Some(48.0),
            unit: Unit::Seconds,
            ratio: ratio(1.1),
            ..gate("test.time", "performance", Verdict::Warn, Some(53.0), Some(48.0), 23)
        },
    ];
    Judgement { gates, notes: vec![x("the waiver for `doc.*` was not needed")] }
}
