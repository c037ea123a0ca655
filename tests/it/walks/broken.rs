//! A workspace of which a part does not compile: counts of the rest, no verdict over all, nothing pinned unasked.

use super::{Case, check};

#[test]
fn what_does_not_compile_is_no_zero() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "broken.rs",
    fixture: "broken",
    text: r#"
$ cargo campaign baseline
$ cargo campaign status
$ cargo campaign baseline --from latest --accept "broken-lib is being rewritten"
$ write campaign.toml "[gates]^'check.errors' = '<= baseline'^'clippy.warnings' = '<= baseline'^'clippy.new' = '= 0'^'test.failed' = '= 0'^'doc.warnings' = { require = '= 0', package = 'sound' }^'loc.code' = '>= baseline'"
$ cargo campaign gate --no-run
$ cargo campaign explain check.errors
$ cargo campaign explain test.failed
$ cargo campaign run check -p sound
$ cargo campaign run check --exclude broken-lib --exclude leans-on-broken
$ cargo campaign final
$ cargo campaign final --from latest --accept "given up"
$ cargo campaign doctor
"#,
};
