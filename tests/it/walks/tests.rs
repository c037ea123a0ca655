//! Tests that fail, vanish and are switched off: by name, against the baseline.

use super::{Case, check};

#[test]
fn tests_are_followed_by_name() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "tests.rs",
    fixture: "tests",
    text: r#"
$ cargo campaign baseline
$ write campaign.toml "[gates]^'test.failed' = '<= baseline'^'test.regressed' = '= 0'^'test.vanished' = '= 0'^'test.newly_ignored' = '= 0'^'test.incomplete' = '= 0'^'test.pass_rate' = '>= 60%'"
$ cargo campaign gate
$ cargo campaign explain test.failed
$ cargo campaign explain test.incomplete
$ replace units/src/lib.rs "fn passes()" "fn was_renamed()"
$ replace units/src/lib.rs "    fn panics_as_it_should" "    #[ignore]^    fn panics_as_it_should"
$ cargo campaign gate
$ cargo campaign diff
$ cargo campaign diff --format markdown
$ cargo campaign explain test.vanished
$ cargo campaign status
$ cargo campaign run test -p suites
$ cargo campaign history
"#,
};
