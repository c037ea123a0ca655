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
    Campaign broken · 3 packages · rustc 1.95.0 · main@3ece78b
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 2 units; incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  1s
      Failed test: the tests did not compile: broken-lib; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  0s
        Docs incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  2s
     Counted 3 files, 21 lines of code                                        0s
    Recorded run 20261128-152440-dc9f9f5e (not whole)
error: refusing to pin an incomplete run: clippy, doc: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308); test: the tests did not compile: broken-lib; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)
   help: cargo clippy --workspace --all-targets --keep-going
   help: cargo campaign baseline --from 20261128-152440-dc9f9f5e --accept "the reason" (pins it as it is)
[exit 3]
$ cargo campaign status
broken                                    NOT READY: no gates are configured yet

  next: cargo campaign init
  measured just now at 3ece78b (clean), rustc 1.95.0; no baseline
$ cargo campaign baseline --accept "broken-lib is being rewritten"
    Campaign broken · 3 packages · rustc 1.95.0 · main@3ece78b
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 2 units; incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  1s
      Failed test: the tests did not compile: broken-lib; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  1s
        Docs incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  0s
     Counted 3 files, 21 lines of code                                        0s
    Recorded run 20261128-152443-58f6a375 (not whole)
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric              baseline   per package
  check errors               –   1 of 3 packages did not compile: broken-lib; 1…
  compiler warnings          –   1 of 3 packages did not compile: broken-lib; 1…
  dead code warnings         –   1 of 3 packages did not compile: broken-lib; 1…
  tests passed               –   the tests did not compile: broken-lib; error a…
  clippy errors              –   1 of 3 packages did not compile: broken-lib; 1…
  clippy warnings            –   1 of 3 packages did not compile: broken-lib; 1…
  unformatted files          0
  doc errors                 –   1 of 3 packages did not compile: broken-lib; 1…
  doc warnings               –   1 of 3 packages did not compile: broken-lib; 1…
  lines of code             21   sound 11, broken-lib 6, leans-on-broken 4
   help: cargo clippy --workspace --all-targets --keep-going
   help: cargo test --workspace --no-fail-fast
   help: cargo doc --workspace --no-deps --keep-going
note: there are no gates yet
   help: cargo campaign init (writes gates that fit this workspace)
$ write campaign.toml "[gates]^'check.errors' = '<= baseline'^'clippy.warnings' = '<= baseline'^'clippy.new' = '= 0'^'test.failed' = '= 0'^'doc.warnings' = { require = '= 0', package = 'sound' }^'loc.code' = '>= baseline'"
$ cargo campaign gate --no-run
  NO VERDICT 4 of 6 gates without verdict                                 exit 3
no verdict: check errors, clippy warnings, new clippy findings
   = 1 of 3 packages did not compile: broken-lib; 1 not reached:
     leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types
     (E0308)
   = broken-lib/src/lib.rs:5:5 E0308 mismatched types
   = broken-lib/src/lib.rs:10:5 E0425 cannot find value `missing` in this scope
   help: cargo clippy --workspace --all-targets --keep-going
no verdict: tests failed: the tests did not compile: broken-lib; error at
            broken-lib/src/lib.rs:5:5: mismatched types (E0308)
   help: cargo test --workspace --no-fail-fast
  2 gates pass · cargo campaign status for all
  evidence: run 20261128-152443-58f6a375
$ cargo campaign explain check.errors
check errors  check.errors                                            NO VERDICT
  now        –   3ece78b, just now, run 20261128-152443-58f6a375
  baseline   –   3ece78b, just now, run 20261128-152443-58f6a375
             not measured: 1 of 3 packages did not compile: broken-lib; 1 not
             reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5:
             mismatched types (E0308)
  command    cargo clippy --workspace --all-targets --keep-going --message-format=json
  rule       ≤ baseline
  --> campaign.toml:2
   |   2 | 'check.errors' = '<= baseline'
  why        1 of 3 packages did not compile: broken-lib; 1 not reached:
             leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched
             types (E0308)
   = broken-lib/src/lib.rs:5:5 E0308 mismatched types
   = broken-lib/src/lib.rs:10:5 E0425 cannot find value `missing` in this scope
  to pass    a figure that can be judged
             cargo clippy --workspace --all-targets --keep-going
  since the baseline
    not known: there is no figure now
  by hand    cargo clippy --workspace --all-targets --keep-going
$ cargo campaign explain test.failed
tests failed  test.failed                                             NO VERDICT
  now        –   3ece78b, just now, run 20261128-145357-7191b0ba
  baseline   –   3ece78b, just now, run 20261128-145357-7191b0ba
             not measured: the tests did not compile: broken-lib; error at
             broken-lib/src/lib.rs:5:5: mismatched types (E0308)
  command    cargo test --workspace --no-fail-fast --message-format=json
  rule       = 0
  --> campaign.toml:5
   |   5 | 'test.failed' = '= 0'
  why        the tests did not compile: broken-lib; error at
             broken-lib/src/lib.rs:5:5: mismatched types (E0308)
  to pass    a figure that can be judged
             cargo test --workspace --no-fail-fast
  since the baseline
    not known: there is no figure now
  by hand    cargo test --workspace --no-fail-fast
$ cargo campaign run check -p sound
    Campaign broken · 1 package · rustc 1.95.0 · main@3ece78b
        Plan check
     Checked 2 units, 1 warning                                               0s
    Recorded run 20261120-115846-0535b22c
$ cargo campaign run check --exclude broken-lib --exclude leans-on-broken
    Campaign broken · 1 package · rustc 1.95.0 · main@3ece78b
        Plan check
     Checked 2 units, 1 warning                                               0s
    Recorded run 20261120-115846-d75d4db4
$ cargo campaign final
    Campaign broken · 3 packages · rustc 1.95.0 · main@3ece78b
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 2 units; incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  1s
      Failed test: the tests did not compile: broken-lib; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  0s
        Docs incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  0s
     Counted 3 files, 21 lines of code                                        0s
    Recorded run 20261128-152448-afd1827f (not whole)
error: refusing to pin an incomplete run: clippy, doc: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308); test: the tests did not compile: broken-lib; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)
   help: cargo clippy --workspace --all-targets --keep-going
   help: cargo campaign final --from 20261128-152448-afd1827f --accept "the reason" (pins it as it is)
[exit 3]
$ cargo campaign final --accept "given up"
    Campaign broken · 3 packages · rustc 1.95.0 · main@3ece78b
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 2 units; incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  1s
      Failed test: the tests did not compile: broken-lib; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  1s
        Docs incomplete: 1 of 3 packages did not compile: broken-lib; 1 not reached: leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types (E0308)  0s
     Counted 3 files, 21 lines of code                                        0s
    Recorded run 20261128-152449-82cd93f0 (not whole)
      Pinned final in .campaign/final.json (commit this file)
       Wrote the completion report in .campaign/completion.md
broken                                        NOT READY: 4 gates without verdict

  Gates
    check errors                 –   target ≤ baseline  NO VERDICT
    clippy warnings              –   target ≤ baseline  NO VERDICT
    new clippy findings          –   target = 0         NO VERDICT
        1 of 3 packages did not compile: broken-lib; 1 not reached:
        leans-on-broken; error at broken-lib/src/lib.rs:5:5: mismatched types
        (E0308)
    tests failed                 –   target = 0         NO VERDICT
        the tests did not compile: broken-lib; error at
        broken-lib/src/lib.rs:5:5: mismatched types (E0308)
    doc warnings in sound   0 →  0   target = 0         pass
    lines of code          21 → 21   target ≥ baseline  pass

  next: cargo clippy --workspace --all-targets --keep-going
  measured just now at 3ece78b (clean), rustc 1.95.0; baseline 3ece78b, just now
[exit 3]
$ cargo campaign doctor
    ok  cargo          1.95.0 (f2d3ce0bd 2026-03-21)
    ok  rustc          1.95.0 (59807616e 2026-04-14) on x86_64-unknown-linux-gnu
    ok  workspace      3 packages
    ok  git            a working tree
    ok  clippy         installed
    ok  rustfmt        installed
    --  semver-checks  cargo-semver-checks is not installed; the campaign does
                       not need it
    --  valgrind       `valgrind --version` fails; the campaign does not need it
    --  sccache        cargo does not run the compiler through sccache; the
                       campaign does not need it
    ok  llvm-tools     installed
    --  mutants        cargo-mutants is not installed; the campaign does not
                       need it
    ok  nextest        installed
    ok  campaign       campaign.toml: 6 gates, 0 waived
    ok  store          runs can be recorded
    ok  runs           6 recorded, all readable
    ok  baseline       pinned just now
    ok  final          pinned just now
"#,
};
