//! Which packages, features and targets are measured, and that figures of another scope are not compared.

use super::{Case, check};

#[test]
fn the_scope_is_part_of_a_figure() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "scope.rs",
    fixture: "virtual",
    text: r#"
$ cargo campaign run loc fmt
$ cargo campaign run clippy -p virtual-middle
$ cargo campaign run --dry-run clippy test -p virtual-middle --all-features
$ cargo campaign run --dry-run clippy test doc --exclude virtual-top --no-default-features -F a,b --profile release --locked
$ cargo campaign run --dry-run check --target x86_64-unknown-none --target-dir elsewhere --frozen
$ cargo campaign run -p nobody
$ cargo campaign run -p virtual-base --exclude virtual-top
$ cargo campaign run -p virtual-base --workspace
$ cargo campaign run --manifest-path nowhere/Cargo.toml
$ cargo campaign run --dry-run fmt --manifest-path crates/base/Cargo.toml
$ cargo campaign run --quiet --verbose
$ cargo campaign run --color purple
$ cargo campaign run --quiet loc
$ cargo campaign baseline
$ write campaign.toml "[gates]^'clippy.warnings' = '<= baseline'^'test.passed' = '>= baseline'"
$ cargo campaign gate
$ cargo campaign gate -p virtual-middle --no-run
$ cargo campaign gate --all-features --no-run
$ cargo campaign gate --all-features
$ write campaign.toml "[collect]^exclude = ['virtual-top']^default = ['check']^timeout = '5m'^[collect.test]^args = ['--lib']^[collect.clippy]^args = ['--', '-W', 'clippy::pedantic']^cap-lints = true"
$ cargo campaign run --dry-run
$ cargo campaign run --dry-run clippy test check
"#,
};
