//! Commands that a person can run as they stand.

use crate::event::Outcome::Failed;
use crate::judge::tests::{self as sample, judged};

#[test]
fn names_that_a_shell_would_read_otherwise_are_not_put_into_commands() {
    let mut head = sample::figures("test.failed=1");
    head.snapshot.tests.extend([sample::test("a $(reboot)", Failed)]);
    assert_eq!(judged("test.failed = 0", None, &head)[0].help.as_deref(), Some("cargo test -p a"));
    let head = sample::figures("clippy.warnings=1 a;b:1".replace(';', "$").as_str());
    assert_eq!(
        judged("clippy.warnings = 0", None, &head)[0].help.as_deref(),
        Some("cargo clippy --workspace --all-targets")
    );
}

#[test]
fn a_suite_without_result_is_run_by_hand() {
    for (suite, command) in [
        ("a lib", "cargo test -p a --lib"),
        ("a doc", "cargo test -p a --doc"),
        ("a test:it", "cargo test -p a --test it"),
        ("a test:$(reboot)", "cargo campaign run test"),
    ] {
        let mut head = sample::figures("test.incomplete=1 a:1");
        head.snapshot.incomplete.insert(suite.to_owned(), "killed".to_owned());
        assert_eq!(judged("test.incomplete = 0", None, &head)[0].help.as_deref(), Some(command));
    }
}
