//! What is written must itself be a campaign without mistakes, as it is and with everything
//! switched on.

use super::*;
use crate::metric::{Reading, Unavailable};
use crate::options::config::{self, Config};
use crate::plan::Collector;

fn parse(text: &str) -> Config {
    config::parse("campaign.toml", text).unwrap_or_else(|mistakes| panic!("{text}\n{mistakes:#?}"))
}

/// With every `#key = ..` and `#[table]` switched on; a key that is there twice then counts once.
fn switched_on(text: &str) -> String {
    let mut seen = std::collections::BTreeSet::new();
    let on = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c != ' ') => rest,
        _ => line,
    });
    let once = on.filter(|line| {
        line.starts_with(['#', '[']) || !line.contains('=') || seen.insert(line.to_owned())
    });
    once.collect::<Vec<_>>().join("\n")
}

fn member(name: &str, benches: Option<Benches>) -> MemberFacts {
    MemberFacts {
        name: name.to_owned(),
        has_lib: true,
        has_tests: true,
        benches,
    }
}

fn facts<'a>(readings: Option<&'a Snapshot>) -> TemplateFacts<'a> {
    TemplateFacts {
        name: "riptide".to_owned(),
        members: vec![
            member("riptide-api", Some(Benches::Criterion)),
            member("riptide-pool", None),
        ],
        ci: Some(Ci::GitHub),
        missing: Vec::new(),
        nextest: true,
        unstable_benches: false,
        readings,
    }
}

fn snapshot(figures: &[(&str, f64)]) -> Snapshot {
    let metrics = figures
        .iter()
        .map(|(name, figure)| ((*name).to_owned(), Reading::exact(*figure)))
        .collect();
    Snapshot {
        metrics,
        ..Snapshot::default()
    }
}

/// The gates as `metric condition`.
fn gates_of(text: &str) -> Vec<String> {
    parse(text)
        .gates
        .iter()
        .map(|gate| format!("{} {}", gate.id, gate.require.text))
        .collect()
}

#[test]
fn gates_fit_what_was_measured() {
    let today = snapshot(&[
        ("check.errors", 0.0),
        ("clippy.warnings", 12.0),
        ("test.failed", 4.0),
        ("test.passed", 626.0),
        ("test.incomplete", 0.0),
        ("fmt.files", 0.0),
        ("doc.warnings", 2.0),
    ]);
    let text = render(&facts(Some(&today)));
    let expected = [
        "check.errors = 0",
        "clippy.warnings <= 12",
        "clippy.new = 0",
        "test.failed <= baseline",
        "test.passed >= baseline",
        "test.vanished = 0",
        "test.newly_ignored = 0",
        "test.incomplete = 0",
        "fmt.files = 0",
        "doc.warnings <= baseline",
    ];
    assert_eq!(gates_of(&text), expected);
    let lines = text.lines().count();
    assert!(lines <= 95, "{lines} lines, at most 95:\n{text}");
    let long = text.lines().find(|line| line.chars().count() > 110);
    assert_eq!(long, None, "more than 110 characters");
}

#[test]
fn gates_on_benchmarks_are_proposed_with_repeats() {
    let mut facts = facts(None);
    let said = "# Times vary: a single one cannot show a regression.";
    for (benches, is_proposed) in [(Some(Benches::Criterion), true), (None, false)] {
        facts.members = vec![member("riptide-api", benches)];
        let text = render(&facts);
        assert_eq!(text.contains(said), is_proposed, "{text}");
        assert_eq!(text.contains("\n#repeats = 5\n"), is_proposed, "{text}");
    }
}

#[test]
fn benches_that_need_a_nightly_compiler_are_left_out() {
    assert!(parse(&render(&facts(None))).collect.benches);
    assert!(
        !parse(&render(&TemplateFacts {
            unstable_benches: true,
            ..facts(None)
        }))
        .collect
        .benches
    );
}

#[test]
fn without_a_measurement_gates_compare_with_the_baseline() {
    let gates = gates_of(&render(&facts(None)));
    assert!(
        gates.contains(&"clippy.warnings <= baseline".to_owned()),
        "{gates:?}"
    );
    assert!(gates.contains(&"test.failed = 0".to_owned()), "{gates:?}");
}

#[test]
fn what_could_not_be_measured_is_switched_off_with_its_reason() {
    let mut today = snapshot(&[("check.errors", 0.0)]);
    let value = Value::Unavailable(Unavailable {
        reason: "2 of 3 packages\n do not compile".to_owned(),
        ..Unavailable::default()
    });
    today.metrics.insert(
        "clippy.warnings".to_owned(),
        Reading {
            value,
            ..Reading::exact(0.0)
        },
    );
    let text = render(&facts(Some(&today)));
    assert_eq!(gates_of(&text), ["check.errors = 0"]);
    assert!(
        text.contains("# 2 of 3 packages\\n do not compile"),
        "{text}"
    );
}

#[test]
fn workspace_without_tests_has_their_gates_switched_off() {
    let mut facts = facts(None);
    facts
        .members
        .iter_mut()
        .for_each(|member| member.has_tests = false);
    let text = render(&facts);
    assert!(
        !parse(&text)
            .collect
            .default
            .contains(&Collector::named("test"))
    );
    assert!(
        !gates_of(&text).iter().any(|gate| gate.starts_with("test.")),
        "{text}"
    );
    let on = gates_of(&switched_on(&text));
    assert_eq!(
        on.iter().filter(|gate| gate.starts_with("test.")).count(),
        5,
        "{text}"
    );

    let today = snapshot(&[("test.total", 1.0), ("test.passed", 1.0)]);
    facts.readings = Some(&today);
    assert!(
        parse(&render(&facts))
            .collect
            .default
            .contains(&Collector::named("test")),
        "a measurement found one"
    );
    facts.readings = None;
    facts.members[1].has_tests = true;
    assert!(
        parse(&render(&facts))
            .collect
            .default
            .contains(&Collector::named("test"))
    );
}

#[test]
fn every_variant_is_a_campaign_without_mistakes() {
    let hostile = "a \"quoted\\\" \u{1b}]0;x\u{7} [gates]\n木";
    let many: Vec<MemberFacts> = (0..50)
        .map(|n| member(&format!("crate-{n}"), Some(Benches::Libtest)))
        .collect();
    let bare = TemplateFacts {
        name: String::new(),
        ..TemplateFacts::default()
    };
    let full = snapshot(&[
        ("clippy.warnings", 0.0),
        ("check.errors", 3.0),
        ("fmt.files", 7.0),
    ]);
    for facts in [
        facts(None),
        facts(Some(&full)),
        bare.clone(),
        TemplateFacts {
            name: hostile.to_owned(),
            ci: Some(Ci::GitLab),
            ..bare.clone()
        },
        TemplateFacts {
            members: many,
            ..bare.clone()
        },
        TemplateFacts {
            members: vec![member("x", Some(Benches::Unknown))],
            ..bare
        },
    ] {
        let text = render(&facts);
        let config = parse(&text);
        assert!(
            config
                .name
                .is_some_and(|name| !name.chars().any(char::is_control))
        );
        assert!(!config.collect.default.is_empty() && !config.gates.is_empty());
        let on = parse(&switched_on(&text));
        assert_eq!(
            (on.waivers.len(), on.collect.own.len(), on.retention.keep),
            (1, 1, Some(500))
        );
    }
}

#[test]
fn name_cannot_hide_or_reorder_text() {
    for (name, written) in [
        ("a\u{202e}b", "\"a\\U0000202Eb\""),
        ("a\u{200b}", "\"a\\U0000200B\""),
        ("a\"\\\nb", "\"a\\\"\\\\ b\""),
        (" ", "\"campaign\""),
    ] {
        assert_eq!(quoted(name), written);
        let text = render(&TemplateFacts {
            name: name.to_owned(),
            ..facts(None)
        });
        assert!(!text.lines().any(|line| line.contains(is_unsafe)), "{text}");
        parse(&text);
    }
}
