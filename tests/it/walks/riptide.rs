//! The sample campaign: benchmarks nobody can read, a waiver, a plan with more sections than this version acts upon.

use super::{Case, check};

#[test]
fn the_sample_campaign_is_judged() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "riptide.rs",
    fixture: "riptide",
    text: r#"
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
    ok  campaign       campaign.toml: 6 gates, 1 waived
    ok  store          runs can be recorded
    ok  runs           0 recorded, all readable
    --  baseline       not pinned
                       fix: cargo campaign baseline
    --  final          not pinned
$ cargo campaign baseline
    Campaign Phase 7: quality and infrastructure · 3 packages · rustc 1.95.0 · main@022f81b
        Plan fmt, clippy, build, test, doc, bench, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 8 units, 12 warnings                                             1s
       Built 3 units, 0 warnings                                              0s
      Tested 29 tests, 23 passed, 3 failed, 3 ignored                         2s
        Docs 1 warning                                                        1s
     Benched 2 benchmarks                                                     1s
     Counted 9 files, 308 lines of code                                       0s
    Recorded run 20261128-120031-31b8d23d
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric             baseline   per package
  compiler warnings         0
  build errors              0
  build time             0.5s
  build warnings            0
  tests passed        23 / 29   88.5 %  3 failed: riptide-api request::tests::d…
  clippy warnings          12   riptide-api 9, riptide-pool 3
  bench parse_get      36.6ns
  bench parse_put      56.4ns
  unformatted files         0
  doc warnings              1   riptide-api 1
  lines of code           308   riptide-api 179, riptide-pool 71, riptide-persi…
warning: 3 tests fail in the baseline; a gate on `test.failed` cannot pass until
         they do
   help: cargo campaign explain test.failed
$ cargo campaign gate
PASS 6 of 7 gates, 1 waived   run 20261120-122150-970a801d, just now, sources unchanged
$ cargo campaign explain bench.parse_get.time
bench parse_get  bench.parse_get.time                                       pass
  now        47.9ns   022f81b, just now, run 20261120-122150-970a801d
  baseline   47.9ns   022f81b, just now, run 20261120-122150-970a801d
  command    cargo bench --workspace --no-fail-fast --message-format=json
  rule       ≤ baseline + 10 % (52.7ns)
  --> campaign.toml:19
   |  19 | "bench.*.time" = "<= baseline + 10%"
  to pass    it passes, 4.8ns to spare
  since the baseline
    nothing that could have moved it
  by hand    cargo bench --workspace --no-fail-fast
$ cargo campaign status
Phase 7: quality and infrastructure → 2.0.0        READY: 6 gates pass, 1 waived

  Gates
    build errors              0 →      0   target = 0                pass
    clippy warnings          12 →     12   target < 20               pass
    new clippy findings                0   target = 0                pass
    tests failed              3 →      3   target = 0                waived
        three known defects, see the comments on the tests (ana, until
        2099-12-31): 3, required = 0
    tests passed             23 →     23   target ≥ baseline         pass
  Performance
    bench parse_get      36.6ns → 36.6ns   target ≤ baseline + 10 %  pass
    bench parse_put      57.4ns → 57.4ns   target ≤ baseline + 10 %  pass

  next: cargo campaign gate
  measured just now at 022f81b (clean), rustc 1.95.0; baseline 022f81b, just now
$ cargo campaign run bench
    Campaign Phase 7: quality and infrastructure · 3 packages · rustc 1.95.0 · main@022f81b
        Plan bench
     Benched 2 benchmarks                                                     0s
    Recorded run 20261120-122228-d40f7893
$ cargo campaign explain build.clean.time --config campaign.full.toml
clean build  build.clean.time                                         NO VERDICT
  now        –   022f81b, just now, run 20261130-022924-86e863c4
  rule       ≤ baseline − 25 %
  --> campaign.full.toml:22
   |  22 | "build.clean.time" = { require = "<= baseline - 25%", level = "warn"…
  why        build.clean.time was not measured
  to pass    a figure that can be judged
             cargo campaign run --config campaign.full.toml timing
  since the baseline
    not known: there is no figure now
$ cargo campaign baseline --from latest
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric             baseline   per package
  compiler warnings         0
  build errors              0
  build time             0.9s
  build warnings            0
  tests passed        23 / 29   88.5 %  3 failed: riptide-api request::tests::d…
  clippy warnings          12   riptide-api 9, riptide-pool 3
  bench parse_get      36.4ns
  bench parse_put      56.7ns
  unformatted files         0
  doc warnings              1   riptide-api 1
  lines of code           308   riptide-api 179, riptide-pool 71, riptide-persi…
warning: 3 tests fail in the baseline; a gate on `test.failed` cannot pass until
         they do
   help: cargo campaign explain test.failed
$ remove .campaign/baseline.json
$ cargo campaign status
Phase 7: quality and infrastructure → 2.0.0
                                    NOT READY: 4 gates without verdict, 1 waived

  Gates
    build errors             0   target = 0                pass
    clippy warnings         12   target < 20               pass
    new clippy findings      –   target = 0                NO VERDICT
        no baseline
    tests failed             3   target = 0                waived
        three known defects, see the comments on the tests (ana, until
        2099-12-31): 3, required = 0
    tests passed            23   target ≥ baseline         NO VERDICT
        no baseline
  Performance
    bench parse_get     36.6ns   target ≤ baseline + 10 %  NO VERDICT
    bench parse_put     56.7ns   target ≤ baseline + 10 %  NO VERDICT
        no baseline

  next: cargo campaign baseline
  measured just now at 022f81b (clean), rustc 1.95.0; no baseline
$ cargo campaign final --from latest
error: no baseline is pinned to compare with
   help: cargo campaign baseline
[exit 3]
"#,
};
