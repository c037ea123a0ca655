//! Commands that a person can run as they stand.

use super::{PIN, realign};
use crate::event::Outcome::Failed;
use crate::judge::tests::{self as sample, judged};
use crate::plan::Collector;
use crate::snapshot::Provenance;

#[test]
fn names_that_a_shell_would_read_otherwise_are_not_put_into_commands() {
    let mut head = sample::figures("test.failed=1");
    head.snapshot
        .tests
        .extend([sample::test("a $(reboot)", Failed)]);
    assert_eq!(
        judged("test.failed = 0", None, &head)[0].help.as_deref(),
        Some("cargo test --workspace --lib")
    );
}

#[test]
fn a_suite_without_result_is_run_by_hand() {
    for (suite, command) in [
        ("a lib", "cargo test --workspace --lib"),
        ("a doc", "cargo test --workspace --doc"),
        ("a test:it", "cargo test --workspace --test it"),
        ("a test:$(reboot)", "cargo campaign run test"),
    ] {
        let mut head = sample::figures("test.incomplete=1 a:1");
        head.snapshot
            .incomplete
            .insert(suite.to_owned(), "killed".to_owned());
        assert_eq!(
            judged("test.incomplete = 0", None, &head)[0]
                .help
                .as_deref(),
            Some(command)
        );
    }
}

/// The command of a violated gate, by the arguments that were measured with.
const COMMANDS: &[(&str, &str, &str)] = &[
    (
        "test --workspace --features x",
        "a t::f",
        "cargo test --workspace --features x --lib -- t::f",
    ),
    (
        "test --workspace --all-features --profile ci",
        "a doc x",
        "cargo test --workspace --all-features --profile ci --doc",
    ),
    (
        "test -p a --no-fail-fast --message-format=json -- --ignored",
        "a test:it f",
        "cargo test -p a --no-fail-fast --test it -- --ignored f",
    ),
    (
        "test --workspace --tests f",
        "a test:it f",
        "cargo test --workspace --tests f -- f",
    ),
    (
        "test --workspace --doc",
        "a doc x",
        "cargo test --workspace --doc",
    ),
    (
        "nextest run --workspace --no-fail-fast --message-format libtest-json-plus --cargo-message-format \
         json -- --ignored",
        "a bin:b t::f",
        "cargo nextest run --workspace --no-fail-fast --bin b t::f -- --ignored",
    ),
];

#[test]
fn command_for_a_test_has_the_arguments_that_were_measured_with() {
    for (args, id, command) in COMMANDS {
        let mut head = sample::figures("test.failed=1");
        head.steps.insert(
            Collector::named("test"),
            vec![sample::step(Collector::named("test"), args)],
        );
        head.snapshot.tests.extend([sample::test(id, Failed)]);
        assert_eq!(
            judged("test.failed = 0", None, &head)[0].help.as_deref(),
            Some(*command)
        );
    }
}

#[test]
fn formatting_command_keeps_its_options() {
    let mut head = sample::figures("fmt.files=1");
    let step = sample::step(
        Collector::named("fmt"),
        "fmt -p a -- --config max_width=80 --check -l -v",
    );
    head.steps.insert(Collector::named("fmt"), vec![step]);
    let help = judged("fmt.files = 0", None, &head)[0].help.clone();
    assert_eq!(
        help.as_deref(),
        Some("cargo fmt -p a -- --config max_width=80")
    );
}

#[test]
fn value_without_a_known_command_is_explained() {
    let mut head = sample::figures("clippy.warnings=1");
    head.steps.clear();
    let help = judged("clippy.warnings = 0", None, &head)[0].help.clone();
    assert_eq!(
        help.as_deref(),
        Some("cargo campaign explain clippy.warnings")
    );
}

#[test]
fn failing_test_is_not_shown_for_counts_that_it_does_not_explain() {
    for (counts, gate) in [
        ("test.ignored=1", "test.ignored = 0"),
        ("test.doc.ignored=1", "test.doc.ignored = 0"),
        ("test.total=1", "test.total >= 2"),
        ("test.passed=1", "test.passed >= 2"),
        ("test.doc.total=1", "test.doc.total >= 2"),
        ("test.doc.passed=1", "test.doc.passed >= 2"),
    ] {
        let mut head = sample::figures(counts);
        head.snapshot.tests.extend([sample::test("a f", Failed)]);
        let metric = gate.split(' ').next().unwrap_or_default();
        let expected = format!("cargo campaign explain {metric}");
        let help = judged(gate, None, &head)[0].help.clone();
        assert_eq!(help, Some(expected), "{gate}");
    }
}

/// The digest of the settings contains the options as typed.
#[test]
fn default_of_an_option_is_restored_by_leaving_it_out() {
    let provenance = |profile: &str, target: Option<&str>| Provenance {
        profile: profile.to_owned(),
        target: target.map(str::to_owned),
        ..Provenance::default()
    };
    let (none, other) = (
        provenance("dev", None),
        provenance("release", Some("x86_64-unknown-none")),
    );
    for (field, base, head, expected) in [
        (
            "profile",
            &none,
            &other,
            "(without a profile, like the baseline)",
        ),
        ("profile", &other, &none, "--profile release"),
        (
            "target",
            &none,
            &other,
            "(without a target, like the baseline)",
        ),
        (
            "settings",
            &none,
            &other,
            "(without a target, like the baseline)",
        ),
        ("target", &other, &none, "--target x86_64-unknown-none"),
    ] {
        let help = realign(field, base, head, &Collector::named("test"));
        assert_eq!(help, format!("cargo campaign gate {expected}"));
    }
    let help = realign("settings", &none, &none, &Collector::named("test"));
    assert_eq!(help, PIN);
}
