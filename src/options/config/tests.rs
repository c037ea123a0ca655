//! `fixtures/config/CASE/campaign.toml` against the mistakes in `expected.txt`, and what a sound
//! file comes to.

mod plans;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::gate::Op;
use crate::options::mistake::Invalid;
use crate::options::render::render;
use crate::tests::damage::{self, Property};

fn cases() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config");
    let mut cases: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    cases.sort();
    cases
}

/// What is shown for a file: its mistakes, or its notes.
fn shown(text: &str) -> String {
    let shown = match parse("campaign.toml", text) {
        Ok(config) => config.notes.join("\n"),
        Err(mistakes) => {
            let invalid = Invalid {
                file: "campaign.toml".to_owned(),
                text: text.to_owned(),
                mistakes,
            };
            render(&invalid, false, 100)
        }
    };
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

#[test]
fn every_mistake_is_shown_with_its_place() {
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let text = fs::read_to_string(case.join("campaign.toml")).unwrap();
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
        let found = shown(&text);
        if found != expected.replace("\r\n", "\n") {
            wrong.push(format!(
                "== {}\n{found}",
                case.file_name().unwrap().display()
            ));
        }
    }
    let command = "cargo test --lib -- --ignored config::tests::accept";
    assert!(
        wrong.is_empty(),
        "{}\nnot as stored; to store it: {command}",
        wrong.join("\n")
    );
}

#[test]
#[ignore = "rewrites the expectations; read the difference"]
#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn accept() {
    for case in cases() {
        let text = fs::read_to_string(case.join("campaign.toml")).unwrap();
        assert!(fs::write(case.join("expected.txt"), shown(&text)).is_ok());
    }
}

fn good(text: &str) -> Config {
    parse("campaign.toml", text).unwrap_or_else(|mistakes| panic!("{text}\n{mistakes:#?}"))
}

/// What a pattern expands to must not have the id of another gate either.
#[test]
fn pattern_that_includes_another_gate_gets_a_number() {
    for (text, expected) in [
        (
            r#""test.failed" = [{ require = "= 0", package = "*" }, { require = "= 1", package = "c" }]"#,
            "test.failed@*#2 test.failed@c",
        ),
        (
            "\"test.failed\" = { require = \"= 0\", package = \"c\" }
            [gates.each]
            \"test.failed\" = { require = \"= 0\", package = \"*\" }",
            "test.failed@c test.failed@*#2",
        ),
        (
            "\"test.*\" = \"= 0\"\n\"test.failed\" = [\"= 0\", \"< 2\"]",
            "test.*#3 test.failed test.failed#2",
        ),
        (
            "\"rustc.*\" = \"= 0\"\n\"rustc.un*\" = \"= 0\"",
            "rustc.* rustc.un*#2",
        ),
        (
            r#""test.failed" = ["= 0", { require = "= 0", package = "*" }]"#,
            "test.failed test.failed@*",
        ),
        (
            r#""test.failed" = [{ require = "= 0", package = "b" }, { require = "= 0", package = "c" }]"#,
            "test.failed@b test.failed@c",
        ),
    ] {
        let config = good(&format!("[gates]\n{text}\n"));
        let ids: Vec<&str> = config.gates.iter().map(|gate| gate.id.as_str()).collect();
        assert_eq!(ids.join(" "), expected, "{text}");
    }
}

#[test]
fn gates_keep_their_order_group_line_and_a_unique_id() {
    let text = r#"
[gates]
"check.errors" = "= 0"
"clippy.warnings" = ["< 20", { require = "< 5", package = "core" }, { require = "<= baseline", level = "warn" }]
"clippy.lint.*" = { require = "= 0", package = "*" }
performance."bench.*.time" = "<= baseline + 10%"
[gates."Code quality"]
"test.failed" = "= 0"
[gates."Code quality"."fmt.files"]
require = "= 0"
[gates.later]
"#;
    let config = good(text);
    let shown: Vec<String> = config
        .gates
        .iter()
        .map(|g| {
            format!(
                "{} | {} | {} | {:?} | {}",
                g.id, g.group, g.require.text, g.level, g.line
            )
        })
        .collect();
    let expected = [
        "check.errors |  | = 0 | Deny | 3",
        "clippy.warnings |  | < 20 | Deny | 4",
        "clippy.warnings@core |  | < 5 | Deny | 4",
        "clippy.warnings#2 |  | <= baseline | Warn | 4",
        "clippy.lint.*@* |  | = 0 | Deny | 5",
        "bench.*.time | performance | <= baseline + 10% | Deny | 6",
        "test.failed | Code quality | = 0 | Deny | 8",
        "fmt.files | Code quality | = 0 | Deny | 9",
    ];
    assert_eq!(shown, expected);
    assert_eq!(
        config.lines[&5],
        r#""clippy.lint.*" = { require = "= 0", package = "*" }"#
    );
}

#[test]
fn collectors_have_their_settings() {
    let text = r#"
[collect]
default = ["todo", "test"]
features = ["a b", "c"]
exclude = ["fuzz"]
timeout = "1h 30m"
[collect.test]
timeout = "20 min"
args = ["--lib"]
runner = "nextest"
durations = true
[collect.todo]
command = "./scripts/todo"
timeout = "2d"
metrics = { "todo.open" = { unit = "count", better = "lower" }, "todo.age" = { unit = "days", better = "lower", title = "age" } }
[gates]
"todo.open" = "= 0"
"todo.age" = "<= 30"
"#;
    let config = good(text);
    let collect = &config.collect;
    assert_eq!(
        collect.default,
        [Collector::named("todo"), Collector::named("test")]
    );
    let test = collect.settings(&Collector::named("test"));
    assert_eq!(
        (
            test.timeout,
            test.is("runner", "nextest"),
            test.flag("durations")
        ),
        (Some(Duration::from_secs(1200)), true, true)
    );
    let clippy = collect.settings(&Collector::named("clippy"));
    assert_eq!(
        (
            clippy.timeout,
            clippy.flag("cap-lints"),
            clippy.count("repeats")
        ),
        (Some(Duration::from_secs(5400)), false, None)
    );
    assert_eq!(
        (&collect.own[0].command, collect.own[0].timeout),
        (
            &vec!["./scripts/todo".to_owned()],
            Some(Duration::from_secs(172_800))
        )
    );
    assert_eq!(
        config.catalogue.get("todo.open").unwrap().collector,
        Collector::named("todo"),
        "taken over"
    );
    assert_eq!(
        config.own_units()[&Collector::named("todo")]["todo.age"],
        Unit::Days
    );
    assert_eq!(config.gates.len(), 2);
}

#[test]
fn waivers_cover_an_id_a_pattern_or_a_concrete_metric() {
    let text = r#"
[[waiver]]
gate = "clippy.*"
reason = "generated parser"
owner = "ana"
until = 2030-12-31
ceiling = 24
[[waiver]]
gate = "size.text"
reason = "symbols"
owner = "ana"
until = 2030-12-31
ceiling = "1.4MB"
[[waiver]]
gate = "bench.parse.time"
reason = "new allocator"
owner = "ben"
until = "2030-01-01"
[[waiver]]
gate = "*@core"
reason = "moved"
owner = "ben"
until = 2030-01-01
[[waiver]]
gate = "check.*@core"
reason = "moved"
owner = "ben"
until = 2030-01-01
[gates]
"clippy.warnings" = "< 20"
"bench.*.time" = "<= baseline"
"size.text" = "<= 1.3MB"
"check.errors" = { require = "= 0", package = "*" }
"#;
    let waivers = good(text).waivers;
    let shown: Vec<_> = waivers
        .iter()
        .map(|w| (w.gate.as_str(), w.until.as_str(), w.ceiling, w.line))
        .collect();
    assert_eq!(
        shown,
        [
            ("clippy.*", "2030-12-31", Some(24.0), 2),
            ("size.text", "2030-12-31", Some(1.4e6), 8),
            ("bench.parse.time", "2030-01-01", None, 14),
            ("*@core", "2030-01-01", None, 19),
            ("check.*@core", "2030-01-01", None, 24),
        ]
    );
}

#[test]
fn an_empty_file_is_a_campaign_with_defaults() {
    for text in ["", "\u{feff}", "# nothing\r\n", "[gates]\n[collect]\n"] {
        let config = good(text);
        assert_eq!(
            (config.collect, config.gates.len()),
            (Collect::default(), 0),
            "{text}"
        );
    }
    let config = good(
        "[campaign]\nname = \"Phase 7\"\nrelease = \"2.0.0\"\n[store]\nkeep = 9\nmax-age = \"1w\"\n",
    );
    assert_eq!(
        (config.name.as_deref(), config.release),
        (Some("Phase 7"), Some(semver::Version::new(2, 0, 0)))
    );
    assert_eq!(
        config.retention,
        Retention {
            keep: Some(9),
            max_age: Some(Duration::from_secs(604_800))
        }
    );
}

#[test]
fn events_of_later_versions_are_noted() {
    let config = good("[[notify]]\non = [\"release.*\"]\nterminal = true\n");
    let notes = ["campaign.toml:2: this version has no events `release.*`"];
    assert_eq!(config.notes, notes);
}

#[test]
fn gate_of_a_trigger_fails_where_its_condition_holds() {
    let config = good(
        r#"
[[risk]]
id = "build-errors"
title = "Build errors block everybody"
probability = "high"
impact = "critical"
owner = "ana"
mitigation = "errors are fixed first"
review = 2026-12-01
trigger = { "check.errors" = "> 0", "test.failed" = "= 3" }
workstream = "1"
[[workstream]]
id = "1"
"#,
    );
    let [risk] = &config.risks[..] else {
        panic!("{:?}", config.risks);
    };
    assert_eq!(risk.exposure(), 12);
    assert_eq!(risk.review.as_deref(), Some("2026-12-01"));
    let gates = risk.trigger.iter().map(|gate| &gate.require);
    let gates: Vec<(Op, &str)> = gates.map(|one| (one.op, one.text.as_str())).collect();
    assert_eq!(gates, [(Op::AtMost, "> 0"), (Op::Equal, "= 3")]);
}

#[test]
fn alert_is_a_gate_with_the_opposite_condition() {
    let config = good(
        r#"
[[alert]]
when = "build.errors > 0"
severity = "critical"
[[alert]]
when = "clippy.warnings  >  previous"
deliver = "daily"
for = "30m"
package = "*"
[[alert]]
when = "bench.*.time>baseline + 10%"
for = "3 runs"
[[alert]]
when = "test.failed = 0"
severity = "info"
deliver = "hourly"
[[alert]]
when = "build.errors > 9"
"#,
    );
    let rules: Vec<String> = config
        .alerts
        .iter()
        .map(|rule| {
            let AlertRule { gate, .. } = rule;
            format!(
                "{} | {} {:?} | {} {} {:?}",
                rule.identity(),
                gate.id,
                gate.require.op,
                rule.severity,
                rule.deliver,
                rule.confirm
            )
        })
        .collect();
    let expected = [
        "build.errors > 0 | build.errors AtMost | critical now None",
        "clippy.warnings > previous @* | clippy.warnings@* AtMost | warning daily Some(Seconds(1800))",
        "bench.*.time>baseline + 10% | bench.*.time AtMost | warning now Some(Runs(3))",
        "test.failed = 0 | test.failed Equal | info hourly None",
        "build.errors > 9 | build.errors#2 AtMost | warning now None",
    ];
    assert_eq!(rules, expected);
}

#[test]
fn notifications_name_one_channel_each() {
    let config = good(
        r#"
[[notify]]
on = ["alert.critical", "run.*"]
webhook = { env = "SLACK_URL" }
format = "slack"
[[notify]]
on = ["*"]
command = "./notify"
[[notify]]
on = ["alert.*"]
file = "target/alerts.jsonl"
[[notify]]
on = ["alert.*"]
github = true
"#,
    );
    let channels: Vec<String> = config
        .notify
        .iter()
        .map(|one| format!("{} {:?} {}", one.channel.identity(), one.format, one.line))
        .collect();
    let expected = [
        "webhook $SLACK_URL Slack 2",
        "command ./notify Json 6",
        "file target/alerts.jsonl Json 9",
        "github Json 12",
    ];
    assert_eq!(channels, expected);
}

#[test]
fn schedule_has_intervals_times_of_day_and_build_options() {
    let config = good(
        r#"
[schedule]
tz = "Europe/Berlin"
quiet = "22:00-06:00"
check = "every 60m"
build = { every = "2h", args = ["--release", "-F", "a,b"] }
clippy = "every 4h"
fmt = "on-demand"
bench = { when = "mon,thu at 03:00,15:30", spread = "20m" }
test = ["weekdays at 07:30", { every = "1d", args = ["--profile=ci", "--target", "x"] }]
"#,
    );
    let schedule = config.schedule;
    assert_eq!(schedule.zone.iana_name(), Some("Europe/Berlin"));
    assert!(schedule.quiet.is_some());
    let jobs: Vec<String> = schedule
        .jobs
        .iter()
        .map(|job| format!("{} {} | {}", job.collector, job.text, job.args.join(" ")))
        .collect();
    let expected = [
        "check every 60m | ",
        "build every 2h | --release -F a,b",
        "clippy every 4h | ",
        "fmt on-demand | ",
        "bench mon,thu at 03:00,15:30 | ",
        "test weekdays at 07:30 | ",
        "test every 1d | --profile=ci --target x",
    ];
    assert_eq!(jobs, expected);
    let build = |at: usize| schedule.jobs[at].build.clone().unwrap();
    assert_eq!(build(1).profile.as_deref(), Some("release"));
    assert_eq!(build(1).features, ["a", "b"]);
    assert_eq!(build(6).profile.as_deref(), Some("ci"));
    assert_eq!(build(6).target.as_deref(), Some("x"));
}

#[test]
fn error_about_a_time_in_the_schedule_says_what_was_expected() {
    let days = "expected daily, weekdays or some of mon, tue, wed, thu, fri, sat, sun instead of";
    let minute = "the shortest interval is a minute";
    let forms = format!("expected {}", schedule::EXAMPLES);
    for (value, expected) in [
        ("\"every 1m\"", ""),
        ("{ every = \"60s\" }", ""),
        ("\"mon, sun at 6:00,07:00\"", ""),
        ("\"every 59s\"", minute),
        ("{ every = \"59s\" }", minute),
        ("\"every 0s\"", minute),
        ("\"every hour\"", &forms),
        ("\"hourly\"", &forms),
        ("\"Mon at 6:00\"", &format!("{days} `Mon`")),
        ("\"mon,sunday at 06:00\"", &format!("{days} `sunday`")),
        (
            "\"daily at 03:00,24:00\"",
            "expected 00:00 to 23:59 instead of `24:00`",
        ),
        ("\"daily at 3\"", "expected 00:00 to 23:59 instead of `3`"),
    ] {
        let text = format!("[schedule]\nloc = {value}\n");
        let found = parse("campaign.toml", &text).map(drop);
        match expected {
            "" => assert!(found.is_ok(), "{value}: {found:?}"),
            _ => assert!(
                format!("{found:?}").contains(&expected.replace('"', "\\\"")),
                "{value}: {found:?}"
            ),
        }
    }
}

#[test]
fn unknown_placeholder_in_a_release_is_an_error() {
    for (line, unknown) in [
        ("tag = \"{name}-v{version}\"", None),
        ("notes = \"docs/{version}.md\"", None),
        ("tag = \"{package}-v{version}\"", Some("{package}")),
        ("tag = \"{version}-{date}\"", Some("{date}")),
        ("notes = \"docs/{Version}.md\"", Some("{Version}")),
        ("notes = \"docs/{name}-{version}.md\"", Some("{name}")),
    ] {
        let text = format!("[release]\n{line}\n");
        match unknown {
            None => drop(good(&text)),
            Some(word) => {
                let found = parse("campaign.toml", &text).map(drop);
                let expected = format!("unknown placeholder `{word}`");
                assert!(
                    format!("{found:?}").contains(&expected),
                    "{line}: {found:?}"
                );
            }
        }
    }
}

#[test]
fn options_and_references_are_not_names_of_branches() {
    for (name, is_good) in [
        ("main", true),
        ("release/1.x", true),
        ("-x", false),
        ("--all", false),
        ("HEAD", false),
        ("refs/heads/main", false),
    ] {
        let found = parse(
            "campaign.toml",
            &format!("[release]\nbranch = \"{name}\"\n"),
        );
        assert_eq!(found.is_ok(), is_good, "{name}");
    }
}

#[test]
fn a_release_has_defaults_and_a_table() {
    assert_eq!(good("").releases, Release::default());
    let text = "[release]\nbranch = \"main\"\ntag = \"core-v{version}\"\nnotes = \"docs/{version}.md\"\n[[release.replace]]\n\
                file = \"README.md\"\nsearch = \"{version}\"\nreplace = \"{version}\"\ncount = 2\n";
    let release = good(text).releases;
    assert_eq!(
        (release.branch.as_deref(), release.tag.as_str()),
        (Some("main"), "core-v{version}")
    );
    assert_eq!(
        (release.notes.as_deref(), release.changelog.as_str()),
        (Some("docs/{version}.md"), "CHANGELOG.md")
    );
    assert_eq!(
        release
            .replace
            .iter()
            .map(|r| (r.file.as_str(), r.count))
            .collect::<Vec<_>>(),
        [("README.md", 2)]
    );
}

#[test]
fn a_manifest_may_hold_the_campaign() {
    let text = "[workspace]\nmembers = []\n[workspace.metadata.campaign.gates]\n\"check.errors\" = \"= 0\"\n";
    let config = parse_metadata("Cargo.toml", text).unwrap().unwrap();
    assert_eq!(
        (config.gates[0].file.as_str(), config.gates[0].line),
        ("Cargo.toml", 4)
    );
    assert!(
        has_metadata(text)
            && !has_metadata("[package]\nname = \"campaign\"\n")
            && !has_metadata("campaign = [")
    );
    assert!(
        parse_metadata("Cargo.toml", "[workspace]\n")
            .unwrap()
            .is_none()
    );
    let text = text.replace("check", "chekc");
    let wrong = parse_metadata("Cargo.toml", &text).unwrap_err();
    assert_eq!(&text[wrong[0].at.clone()], "\"chekc.errors\"");
}

/// What means something in a configuration.
const SPICE: [&str; 14] = [
    "\"",
    "=",
    "[",
    "]",
    "{",
    "}",
    ".",
    "\n",
    "\u{feff}",
    "木",
    "\u{202e}",
    "'''",
    " 9e999 ",
    "[gates.a.b]\n",
];

const PROPERTIES: [Property; 2] = [
    (a_garbled_file_is_refused_in_its_own_places, 2000),
    (a_garbled_manifest_is_refused_in_its_own_places, 800),
];

#[test]
fn no_damage_makes_reading_panic() {
    damage::hold(&PROPERTIES, 1);
}

#[test]
#[ignore = "long: 3 minutes"]
fn no_damage_makes_reading_panic_however_often_it_is_tried() {
    damage::hold(&PROPERTIES, damage::LONG);
}

fn a_garbled_file_is_refused_in_its_own_places(rounds: usize) {
    let texts: Vec<String> = cases()
        .iter()
        .map(|case| fs::read_to_string(case.join("campaign.toml")).unwrap())
        .collect();
    damage::survive("configuration", rounds, |random, round| {
        let text = random.garble(&texts[round % texts.len()], &SPICE);
        parse("campaign.toml", &text)
            .err()
            .map_or(0, |mistakes| well_told(text, mistakes))
    });
}

fn a_garbled_manifest_is_refused_in_its_own_places(rounds: usize) {
    let texts = cases().into_iter().map(|case| {
        let text = fs::read_to_string(case.join("campaign.toml")).unwrap();
        format!("[workspace]\nmembers = []\n{text}")
            .replace("\n[", "\n[workspace.metadata.campaign.")
    });
    let texts: Vec<String> = texts.collect();
    damage::survive("manifest", rounds, |random, round| {
        let text = random.garble(&texts[round % texts.len()], &SPICE);
        let _ = has_metadata(&text);
        parse_metadata("Cargo.toml", &text)
            .err()
            .map_or(0, |mistakes| well_told(text, mistakes))
    });
}

/// Each mistake lies in the text, and what is shown of it steers no terminal; how many there are.
fn well_told(text: String, mistakes: Vec<Mistake>) -> usize {
    for mistake in &mistakes {
        assert!(
            text.get(mistake.at.clone()).is_some(),
            "{:?} in {text:?}",
            mistake.at
        );
    }
    let count = mistakes.len();
    let shown = render(
        &Invalid {
            file: "f\u{1b}".to_owned(),
            text,
            mistakes,
        },
        false,
        80,
    );
    assert!(
        shown.starts_with("error: ") && !shown.contains(['\u{1b}', '\u{202e}']),
        "{shown:?}"
    );
    count
}

#[test]
fn the_largest_file_is_read_whole() {
    let gates: String = (0..15_000)
        .map(|n| format!("\"bench.b{n}.time\" = [\"< 20\", \"<= baseline + 10%\"]\n"))
        .collect();
    let config = good(&format!("[gates]\n{gates}"));
    assert_eq!((config.gates.len(), config.lines.len()), (30_000, 15_000));
    assert_eq!(
        config.lines[&15_001],
        "\"bench.b14999.time\" = [\"< 20\", \"<= baseline + 10%\"]"
    );
    let unknown: String = (0..15_000)
        .map(|n| format!("\"far.from.anything.known.b{n}\" = \"< 20\"\n"))
        .collect();
    assert_eq!(
        parse("campaign.toml", &format!("[gates]\n{unknown}"))
            .unwrap_err()
            .len(),
        15_000
    );
}

/// The same look for the other file that people write.
#[test]
fn attestations_are_read_and_their_mistakes_shown() {
    let good = "[[attestation]]\nid = \"review\"\nstatement = \"s\"\nauthor = \"ana\"\ndate = 2026-11-20\nevidence = \"e\"\n";
    let given = attestations("attestations.toml", good).unwrap();
    assert_eq!(
        (
            given.len(),
            given[0].date.as_str(),
            given[0].until.as_deref(),
            given[0].line
        ),
        (1, "2026-11-20", None, 1)
    );
    assert_eq!(attestations("attestations.toml", ""), Ok(Vec::new()));
    for (text, said) in [
        (
            "[[attestation]]\nid = \"review\"\n",
            "[[attestation]] has no `statement`, `author`, `date`, `evidence`",
        ),
        (
            "[[attestations]]\n",
            "unknown key `attestations` in attestations.toml",
        ),
        ("[[attestation]]\nid = 3\n", "expected a string"),
        ("[[attestation]\n", "unclosed"),
    ] {
        let mistakes = attestations("attestations.toml", text).unwrap_err();
        let invalid = Invalid {
            file: "attestations.toml".to_owned(),
            text: text.to_owned(),
            mistakes,
        };
        let shown = render(&invalid, false, 100);
        assert!(
            shown.contains(said) && shown.contains("--> attestations.toml:"),
            "{shown}"
        );
    }
    let tomorrow = good.replace("2026-11-20", "2026-11-31");
    assert!(attestations("attestations.toml", &tomorrow).is_err());
}

#[test]
fn hostile_files_are_read_in_linear_time() {
    let pieces = [
        "[",
        "a=[",
        "a.",
        "[[a]]\n",
        "\"",
        "'''",
        "#",
        "a=1\n",
        "{a=",
        "[gates]\n",
        "\\",
        "[a.",
        "[[gates.a]]\n",
    ];
    for text in crate::tests::hostile(&pieces) {
        assert!(parse("campaign.toml", &text).is_err() || text.starts_with('#'));
    }
    let names = 0..1000;
    let unknown: String = names
        .map(|n| format!("\"metric.{n}\" = \"< {n}\"\n"))
        .collect();
    assert_eq!(
        parse("campaign.toml", &format!("[gates]\n{unknown}"))
            .unwrap_err()
            .len(),
        1000
    );
}
