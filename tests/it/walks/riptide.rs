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
    ok  cargo      1.95.0 (f2d3ce0bd 2026-03-21)
    ok  rustc      1.95.0 (59807616e 2026-04-14) on x86_64-unknown-linux-gnu
    ok  workspace  3 packages
    ok  git        a working tree
    ok  clippy     installed
    ok  rustfmt    installed
    ok  nextest    installed
    ok  campaign   campaign.toml: 6 gates, 1 waived
    ok  runs       0 recorded, all readable
    --  baseline   not pinned
                   mend: cargo campaign baseline
    --  final      not pinned
$ cargo campaign baseline
    Campaign Phase 7: quality and infrastructure · 3 packages · rustc 1.95.0 · main@022f81b
        Plan fmt, clippy, build, test, doc, bench, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 7 units, 12 warnings                                             6s
       Built 3 units, 0 warnings                                              3s
      Tested 29 tests, 23 passed, 3 failed, 3 ignored                        12s
        Docs 1 warning                                                        9s
     Benched 2 benchmarks                                                    10s
     Counted 9 files, 308 lines of code                                       0s
    Recorded run 20261120-120834-bb44afd7
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric              baseline   per package
  check errors               0
  compiler warnings          0
  dead code warnings         0
  unused warnings            0
  build errors               0
  build time              2.6s
  build warnings             0
  tests ignored              3   riptide-api 1, riptide-persistence 1, riptide-…
  tests passed         23 / 29   88.5 %  3 failed: riptide-api request::tests::…
  test time              12.0s
  clippy errors              0
  clippy time             6.3s
  clippy warnings           12   riptide-api 9, riptide-pool 3
  bench parse_get       47.1ns
  bench parse_put       74.5ns
  bench run time         10.2s
  unformatted files          0
  format check time       0.4s
  doc errors                 0
  doc time                9.5s
  doc warnings               1   riptide-api 1
  lines of code            308   riptide-api 179, riptide-pool 71, riptide-pers…
  open to-dos                0
  unsafe blocks              0
warning: 3 tests fail in the baseline; a gate on `test.failed` cannot pass until they do
   help: cargo campaign explain test.failed
$ cargo campaign gate
  NO VERDICT 1 of 7 gates without verdict, 1 waived                       exit 3
no verdict: bench parse_put: +0.0% (-44.9% to +81.4%) lies on both sides of
            +10.0%: from one process each
   = +0.0 % (−44.9 … +81.4 %) against baseline
   help: set repeats = 3 and measure both sides: cargo campaign baseline
  5 gates pass · 1 waived · cargo campaign status for all
  evidence: run 20261120-120834-bb44afd7
$ cargo campaign run bench
    Campaign Phase 7: quality and infrastructure · 3 packages · rustc 1.95.0 · main@022f81b
        Plan bench
     Benched 2 benchmarks                                                     0s
    Recorded run 20261120-115918-15a10d06
$ cargo campaign gate --no-run
  NO VERDICT 1 of 7 gates without verdict, 1 waived                       exit 3
no verdict: bench parse_put: -8.6% (-100.0% to +45768.2%) lies on both sides of
            +10.0%: from one process each
   = −8.6 % (+45768.2 … −100.0 %) against baseline
   help: set repeats = 3 and measure both sides: cargo campaign baseline
  5 gates pass · 1 waived · cargo campaign status for all
  evidence: run 20261120-120916-dc18841b
$ cargo campaign explain bench.*.time
bench parse_get  bench.parse_get.time                                       pass
  now        44.9ns   022f81b, just now, run 20261120-120916-dc18841b
  baseline   47.1ns   022f81b, just now, run 20261120-120834-bb44afd7
  command    cargo bench --workspace --no-fail-fast --message-format=json
  rule       ≤ baseline + 10 % (51.8ns)
  --> campaign.toml:19
   |  19 | "bench.*.time" = "<= baseline + 10%"
  to pass    it passes, 6.9ns to spare
  since the baseline
    nothing that could have moved it
  by hand    cargo bench --workspace --no-fail-fast

bench parse_put  bench.parse_put.time                                 NO VERDICT
  now        68.1ns   022f81b, just now, run 20261120-120916-dc18841b
  baseline   74.5ns   022f81b, just now, run 20261120-120834-bb44afd7
  command    cargo bench --workspace --no-fail-fast --message-format=json
  rule       ≤ baseline + 10 % (82.0ns)
  --> campaign.toml:19
   |  19 | "bench.*.time" = "<= baseline + 10%"
  why        -8.6% (-100.0% to +45768.2%) lies on both sides of +10.0%: from one process each
  to pass    a figure that can be judged
             set repeats = 3 and measure both sides: cargo campaign baseline
  since the baseline
    nothing that could have moved it
  by hand    cargo bench --workspace --no-fail-fast
$ cargo campaign status
Phase 7: quality and infrastructure → 2.0.0
                                     NOT READY: 1 gate without verdict, 1 waived

  Gates
    build errors              0 →      0   target = 0                pass
    clippy warnings          12 →     12   target < 20               pass
    new clippy findings                0   target = 0                pass
    tests failed              3 →      3   target = 0                waived
        three known defects, see the comments on the tests (ana, until 2099-12-…
    tests passed             23 →     23   target ≥ baseline         pass
  Performance
    bench parse_get      47.1ns → 44.9ns   target ≤ baseline + 10 %  pass
    bench parse_put      74.5ns → 68.1ns   target ≤ baseline + 10 %  NO VERDICT
        -8.6% (-100.0% to +45768.2%) lies on both sides of +10.0%: from one pro…

  next: set repeats = 3 and measure both sides: cargo campaign baseline
        cargo campaign diff
  measured just now at 022f81b (clean), rustc 1.95.0; baseline 022f81b, just now
$ cargo campaign status --config campaign.full.toml
error: metric `build.clean.time` is not measured by this version
  --> campaign.full.toml:22:1
   |
22 | "build.clean.time" = { require = "<= baseline - 25%", level = "warn" }
   | ^^^^^^^^^^^^^^^^^^ cannot be judged yet
   |
   = help: remove the gate, or measure it with a collector of your own

error: metric `build.incremental.time` is not measured by this version
  --> campaign.full.toml:23:1
   |
23 | "build.incremental.time" = { require = "<= baseline - 40%", level = "war...
   | ^^^^^^^^^^^^^^^^^^^^^^^^ cannot be judged yet
   |
   = help: remove the gate, or measure it with a collector of your own
[exit 2]
$ cargo campaign baseline --from latest
error: the baseline that is pinned is better: no figures of check, no figures of build, no figures of test, no figures of clippy, no figures of fmt, no figures of doc, no figures of loc
   help: cargo campaign baseline --from 20261120-120916-dc18841b --accept "the reason"
[exit 1]
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
        three known defects, see the comments on the tests (ana, until 2099-12-…
    tests passed            23   target ≥ baseline         NO VERDICT
        no baseline
  Performance
    bench parse_get     44.9ns   target ≤ baseline + 10 %  NO VERDICT
        no baseline
    bench parse_put     68.1ns   target ≤ baseline + 10 %  NO VERDICT
        no baseline

  next: cargo campaign baseline
  measured just now at 022f81b (clean), rustc 1.95.0; no baseline
$ cargo campaign final --from latest
error: there is no baseline to compare with
   help: cargo campaign baseline
[exit 3]
"#,
};
