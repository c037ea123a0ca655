//! Findings come and go: what is new, fixed and moved, per package and lint, and what the gates say to it.

use super::{Case, check};

#[test]
fn findings_are_followed_from_edit_to_edit() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "warnings.rs",
    fixture: "warnings",
    text: r#"
$ cargo campaign run check build
$ cargo campaign baseline
$ cargo campaign init
$ cargo campaign gate
$ cargo campaign explain clippy.warnings
$ cargo campaign explain clippy.lint.len_zero
$ cargo campaign explain fmt.files
$ replace alpha/src/lib.rs "    return 1;" "    1"
$ replace beta/src/shared.rs "//! Compiled twice." "//! Compiled twice,^//! and moved down."
$ append beta/src/lib.rs "/// New.^pub fn new(list: &Vec<u32>) -> bool { list.len() == 0 }"
$ cargo campaign status
$ cargo campaign gate --no-run
$ cargo campaign run clippy fmt
$ cargo campaign diff
$ cargo campaign diff --verbose
$ cargo campaign gate --no-run -v
$ cargo campaign explain clippy.new
$ cargo campaign explain clippy.warnings
$ write campaign.toml "[gates]^'clippy.warnings' = [{ require = '<= baseline', package = '*' }, { require = '< 20', level = 'warn' }, { require = '< 5', level = 'warn' }]^'clippy.new' = { require = '= 0', package = 'beta' }^'clippy.lint.*' = '< 3'^[gates.style]^'fmt.files' = '= 0'"
$ cargo campaign gate --no-run
$ cargo campaign status
$ cargo campaign gate --no-run --format markdown
$ append campaign.toml "[[waiver]]^gate = 'clippy.*@beta'^reason = 'until the rewrite'^owner = 'ana'^until = 2099-12-31^ceiling = 7^[[waiver]]^gate = 'fmt.files'^reason = 'by hand'^owner = 'ben'^until = 2020-01-31"
$ cargo campaign gate --no-run
$ cargo campaign status
$ cargo campaign gate --no-run --prove
"#,
};
