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
    Campaign virtual · 3 packages · rustc 1.95.0 · main@20ebe41
        Plan fmt, loc
      Format clean                                                            0s
     Counted 3 files, 26 lines of code                                        0s
    Recorded run 20261120-115919-1f4c1e54
$ cargo campaign run clippy -p virtual-middle
    Campaign virtual · 1 package · rustc 1.95.0 · main@20ebe41
        Plan clippy
      Linted 3 units, 1 warning                                               1s
    Recorded run 20261120-115920-264cfc55
$ cargo campaign run --dry-run clippy test -p virtual-middle --all-features
clippy       cargo clippy -p virtual-middle --all-targets --all-features --keep-going --message-format=json
             # for clippy
test         cargo test -p virtual-middle --all-features --no-fail-fast --message-format=json
             # for test
$ cargo campaign run --dry-run clippy test doc --exclude virtual-top --no-default-features --profile release --locked
clippy       cargo clippy --workspace --exclude virtual-top --all-targets --profile release --no-default-features --locked --keep-going --message-format=json
             # for clippy
test         cargo test --workspace --exclude virtual-top --profile release --no-default-features --locked --no-fail-fast --message-format=json
             # for test
doc          cargo doc --workspace --exclude virtual-top --no-deps --profile release --no-default-features --locked --keep-going --message-format=json
             # for doc
$ cargo campaign run --dry-run check --target x86_64-unknown-none --target-dir elsewhere --frozen
check        cargo check --workspace --all-targets --target x86_64-unknown-none --target-dir [ROOT]/elsewhere --frozen --keep-going --message-format=json
             # for check
$ cargo campaign run -p nobody
error: package `nobody` is not a member of this workspace
   help: members: virtual-base, virtual-middle, virtual-top
[exit 2]
$ cargo campaign run clippy -F metrics
error: none of the selected packages contains the feature `metrics`
[exit 2]
$ cargo campaign run clippy --profile releas
error: profile `releas` is not defined
   help: did you mean `release`?
[exit 2]
$ cargo campaign run -p virtual-base --exclude virtual-top
error: --package and --exclude contradict each other
   help: name the packages wanted, or those not wanted
[exit 2]
$ cargo campaign run -p virtual-base --workspace
error: --workspace and --package contradict each other
   help: the whole workspace is measured unless -p or --exclude narrows it
[exit 2]
$ cargo campaign run --manifest-path nowhere/Cargo.toml
error: manifest path `nowhere/Cargo.toml` does not exist
[exit 2]
$ cargo campaign run --dry-run fmt --manifest-path crates/base/Cargo.toml
fmt          cargo fmt -- --check -l -v
             # for fmt
$ cargo campaign run --quiet --verbose
error: --quiet and --verbose contradict each other
   help: give one of them
[exit 2]
$ cargo campaign run --color purple
error: invalid value 'purple' for '--color <WHEN>'
  [possible values: auto, always, never]

For more information, try '--help'.
[exit 2]
$ cargo campaign run --quiet loc
$ cargo campaign baseline
    Campaign virtual · 3 packages · rustc 1.95.0 · main@20ebe41
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 6 units, 1 warning                                               1s
      Tested 2 tests, 2 passed                                                2s
        Docs 0 warnings                                                      11s
     Counted 3 files, 26 lines of code                                        0s
    Recorded run 20261120-122240-7e2e19ef
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric             baseline   per package
  compiler warnings         0
  tests passed          2 / 2   100.0 %
  clippy warnings           1   virtual-middle 1
  unformatted files         0
  doc warnings              0
  lines of code            26   virtual-middle 13, virtual-base 10, virtual-top…
note: there are no gates yet
   help: cargo campaign init (writes gates that fit this workspace)
$ write campaign.toml "[gates]^'clippy.warnings' = '<= baseline'^'test.passed' = '>= baseline'"
$ cargo campaign gate
PASS 2 of 2 gates   run 20261120-115922-82de678a, just now, sources unchanged
$ cargo campaign gate -p virtual-middle --no-run
  NO VERDICT 1 of 2 gates without verdict                                 exit 3
no verdict: tests passed: the selection of packages changed since it was
            measured just now (run 20261129-033306-211b02ab)
   help: cargo campaign run -p virtual-middle test
  1 gate passes · cargo campaign status -p virtual-middle for all
  evidence: run 20261129-033306-211b02ab
$ cargo campaign gate --all-features --no-run
  NO VERDICT 2 of 2 gates without verdict                                 exit 3
no verdict: clippy warnings: the collector's settings changed since it was
            measured just now (run 20261129-033306-211b02ab)
   help: cargo campaign run --all-features clippy
no verdict: tests passed: the collector's settings changed since it was measured
            just now (run 20261129-033306-211b02ab)
   help: cargo campaign run --all-features test
  cargo campaign status --all-features for all
  evidence: run 20261129-033306-211b02ab
$ cargo campaign gate --all-features
    Campaign virtual · 3 packages · rustc 1.95.0 · main@20ebe41
        Plan clippy, test
      Linted 6 units, 1 warning                                               0s
      Tested 2 tests, 2 passed                                                0s
    Recorded run 20261129-033307-1f5dec3c
  NO VERDICT 2 of 2 gates without verdict                                 exit 3
no verdict: clippy warnings, tests passed
   = features: default in the baseline, all now
   help: cargo campaign gate -F ''
  cargo campaign status --all-features for all
  evidence: run 20261129-033307-1f5dec3c
$ write campaign.toml "[collect]^exclude = ['virtual-top']^default = ['check']^timeout = '5m'^[collect.test]^args = ['--lib']^[collect.clippy]^args = ['--', '-W', 'clippy::pedantic']^cap-lints = true"
$ cargo campaign run --dry-run
check        cargo check --workspace --exclude virtual-top --all-targets --keep-going --message-format=json
             # for check
$ cargo campaign run --dry-run clippy test check
clippy       cargo clippy --workspace --exclude virtual-top --all-targets --target-dir [ROOT]/target/campaign --keep-going --message-format=json -- -W clippy::pedantic --cap-lints warn
             # for clippy
check        cargo check --workspace --exclude virtual-top --all-targets --keep-going --message-format=json
             # for check
test         cargo test --workspace --exclude virtual-top --no-fail-fast --message-format=json --lib
             # for test
"#,
};
