//! A workspace with nothing to find: every command once, from before the first measurement to the end.

use super::{Case, check};

#[test]
fn every_command_has_its_place() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "clean.rs",
    fixture: "clean",
    text: r#"
$ cargo campaign status
clean                                     NOT READY: no gates are configured yet

  next: cargo campaign init
  nothing was measured yet; no baseline
$ cargo campaign gate
  NO VERDICT no gates are configured yet                                  exit 3
   help: cargo campaign init (writes gates that fit this workspace)
$ cargo campaign diff
error: no baseline is pinned
   help: cargo campaign baseline
[exit 3]
$ cargo campaign explain test.passed
error: `test.passed` was never measured here
   help: cargo campaign run test
[exit 3]
$ cargo campaign report
clean                                     NOT READY: no gates are configured yet

  next: cargo campaign init
  nothing was measured yet; no baseline
$ cargo campaign history
  no runs yet
  help: cargo campaign baseline
$ cargo campaign final --from latest
error: no baseline is pinned to compare with
   help: cargo campaign baseline
[exit 3]
$ cargo campaign doctor
    ok  cargo          1.95.0 (f2d3ce0bd 2026-03-21)
    ok  rustc          1.95.0 (59807616e 2026-04-14) on x86_64-unknown-linux-gnu
    ok  workspace      2 packages
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
    NO  campaign       campaign.toml is missing
                       fix: cargo campaign init
    ok  store          runs can be recorded
    ok  runs           0 recorded, all readable
    --  baseline       not pinned
                       fix: cargo campaign baseline
    --  final          not pinned
[exit 2]
$ cargo campaign run --dry-run
fmt          cargo fmt -- --check -l -v
             # for fmt
clippy       cargo clippy --workspace --all-targets --keep-going --message-format=json
             # for clippy, check
test         cargo test --workspace --no-fail-fast --message-format=json
             # for test
doc          cargo doc --workspace --no-deps --keep-going --message-format=json
             # for doc
loc          (count the sources; no command)
             # for loc
check        (answered by clippy)
$ cargo campaign run --dry-run bench build doc
build        cargo build --workspace --keep-going --message-format=json
             # for build
doc          cargo doc --workspace --no-deps --keep-going --message-format=json
             # for doc
bench        cargo bench --workspace --no-fail-fast --message-format=json
             # for bench
$ cargo campaign run clipy
error: unknown collector `clipy`
   help: did you mean `clippy`?
[exit 2]
$ cargo campaign init --dry-run
# What this workspace promises. Measure with `cargo campaign baseline`, judge with `cargo campaign gate`.

[campaign]
name = "clean"
#release = "1.0.0"   # the version this leads to

[collect]   # clean-cli, clean-core
default = ["check", "clippy", "test", "fmt", "doc", "loc"]
#features = [".."]        # or: all-features = true

[collect.test]
timeout = "30m"         # without any test yet, add: allow-empty = true

[gates]   # metric = condition; OP is < <= = >= >, against a number, baseline, previous or best
"check.errors"     = "= 0"
"check.new"        = "= 0"               # compiler warnings the baseline does not have
"clippy.warnings"  = "<= baseline"
"clippy.new"       = "= 0"               # findings the baseline does not have
"test.failed"      = "= 0"
"test.passed"      = ">= baseline"       # no test is lost
"test.vanished"    = "= 0"               # nor renamed away
"test.newly_ignored" = "= 0"             # nor switched off
"test.incomplete"  = "= 0"
"fmt.files"        = "<= baseline"
"doc.warnings"     = "<= baseline"
# Lints that sources silence (#[allow(..)]) do not count; the collector `source` counts these attributes.
# A gate is all that these collectors need; `doctor` names the tools that are not installed.
#"source.new"       = "= 0"               # long or complex functions, duplicates and calls that may panic
#"deps.unused"      = "= 0"               # dependencies that no target uses
#"audit.vulnerabilities" = "= 0"          # known ones in Cargo.lock
#"env.undocumented" = "= 0"               # variables that .env.example does not have
#"size.loaded"      = "<= baseline + 2 %" # bytes that the programs of a release build load
#"features.broken"  = "= 0"               # combinations of features that do not compile
#"build.clean.time" = "<= baseline + 10 %" # seconds of a clean build with its dependencies
#"build.incremental.time" = "<= baseline + 10 %" # seconds of a build after an edit
#"coverage.patch"   = ">= 80 %"           # of the lines that changed since the baseline
#"unsafe.blocks" = { require = "<= baseline", level = "warn" }   # is shown, does not fail
#"check.warnings" = { require = "= 0", package = "clean-cli" }   # "*" for each package

# A dated exception to one gate; after the day it fails again.
#[[waiver]]
#gate = "test.failed"
#reason = "needs a server that CI does not have"
#owner = "ana"
#until = 2030-12-31
#ceiling = 2              # the worst value until then

# A collector of your own prints a number, JSON, or `name value unit` lines.
#[collect.licences]
#command = ["./scripts/licences"]
#inputs = ["@sources"]     # what it reads; without this it runs each time
#metrics = { "licences.unknown" = { unit = "count", better = "lower" } }

#[store]
#keep = 500               # runs; pinned ones stay
#max-age = "365d"

# When `run --due` and `watch` measure: docs/schedule.md.
#[schedule]
#check = "every 60m"
#build = { every = "2h", args = ["--release"] }
#test = "every 2h"
#clippy = "every 4h"
#fmt = "on-demand"
#bench = "daily at 03:00"

# What people are told about after each `run`: docs/alerts.md.
#[[alert]]
#when = "check.errors > 0"
#severity = "critical"
#[[alert]]
#when = "test.failed > 0"
#severity = "critical"
#[[alert]]
#when = "clippy.warnings > previous"
#deliver = "daily"        # in a digest
#[[alert]]
#when = "test.failed = 0"
#severity = "info"        # a good state
#deliver = "hourly"
#[[notify]]
#on = ["alert.*"]
#terminal = true          # or: webhook = { env = "SLACK_URL" }, command = ["./notify"]
$ cargo campaign baseline --dry-run
fmt          cargo fmt -- --check -l -v
             # for fmt
clippy       cargo clippy --workspace --all-targets --keep-going --message-format=json
             # for clippy, check
test         cargo test --workspace --no-fail-fast --message-format=json
             # for test
doc          cargo doc --workspace --no-deps --keep-going --message-format=json
             # for doc
loc          (count the sources; no command)
             # for loc
check        (answered by clippy)
$ cargo campaign init
       Wrote campaign.toml (review and commit it)
note: next: cargo campaign baseline
$ cargo campaign init
error: a campaign is already configured in [ROOT]/campaign.toml
   help: cargo campaign init --dry-run (prints what would be written)
[exit 2]
$ cargo campaign gate --no-run
  NO VERDICT 11 of 11 gates without verdict                               exit 3
no verdict: check errors: check.errors was not measured
   help: cargo campaign run check
no verdict: new compiler findings, new clippy findings, tests vanished, tests
            newly ignored
   = no baseline
   help: cargo campaign baseline
no verdict: clippy warnings: clippy.warnings was not measured
   help: cargo campaign run clippy
no verdict: tests failed: test.failed was not measured
   help: cargo campaign run test
no verdict: tests passed: test.passed was not measured
   help: cargo campaign run test
no verdict: incomplete suites: test.incomplete was not measured
   help: cargo campaign run test
no verdict: unformatted files: fmt.files was not measured
   help: cargo campaign run fmt
no verdict: doc warnings: doc.warnings was not measured
   help: cargo campaign run doc
  cargo campaign status for all
$ cargo campaign gate --dry-run
fmt          cargo fmt -- --check -l -v
             # for fmt
clippy       cargo clippy --workspace --all-targets --keep-going --message-format=json
             # for clippy, check
test         cargo test --workspace --no-fail-fast --message-format=json
             # for test
doc          cargo doc --workspace --no-deps --keep-going --message-format=json
             # for doc
check        (answered by clippy)
$ cargo campaign baseline
    Campaign clean · 2 packages · rustc 1.95.0 · main@b5f52b0
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 5 units, 0 warnings                                              2s
      Tested 4 tests, 4 passed                                                4s
        Docs 0 warnings                                                       6s
     Counted 3 files, 27 lines of code                                        0s
    Recorded run 20261120-122125-3e2a968a
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric             baseline   per package
  check errors              0
  compiler warnings         0
  incomplete suites         0
  tests passed          4 / 4   100.0 %
  clippy warnings           0
  unformatted files         0
  doc warnings              0
  lines of code            27   clean-core 15, clean-cli 12
$ cargo campaign status
clean                                                       READY: 11 gates pass

  Gates
    check errors           0 → 0   target = 0         pass
    new compiler findings      0   target = 0         pass
    clippy warnings        0 → 0   target ≤ baseline  pass
    new clippy findings        0   target = 0         pass
    tests failed           0 → 0   target = 0         pass
    tests passed           4 → 4   target ≥ baseline  pass
    tests vanished             0   target = 0         pass
    tests newly ignored        0   target = 0         pass
    incomplete suites      0 → 0   target = 0         pass
    unformatted files      0 → 0   target ≤ baseline  pass
    doc warnings           0 → 0   target ≤ baseline  pass

  next: cargo campaign gate
  measured just now at b5f52b0 (clean), rustc 1.95.0; baseline b5f52b0, just now
$ cargo campaign gate
PASS 11 of 11 gates   run 20261128-160301-a9ff2704, just now, sources unchanged
$ cargo campaign gate --no-run
PASS 11 of 11 gates   run 20261128-160301-a9ff2704, just now, sources unchanged
$ cargo campaign gate --dry-run
note: nothing to measure: recorded runs are current
$ cargo campaign gate --prove
PROVEN 11 gates fail on a planted violation
  fails  check.errors        check.errors = 1
  fails  check.new           check.new = 1
  fails  clippy.warnings     clippy.warnings = 1
  fails  clippy.new          clippy.new = 1
  fails  test.failed         test.failed = 1
  fails  test.passed         test.passed = 3
  fails  test.vanished       test.vanished = 1
  fails  test.newly_ignored  test.newly_ignored = 1
  fails  test.incomplete     test.incomplete = 1
  fails  fmt.files           fmt.files = 1
  fails  doc.warnings        doc.warnings = 1
$ cargo campaign diff
  baseline b5f52b0 → now b5f52b0                  0 s, 0 commits, same toolchain
  same     nothing changed that both sides measured
$ cargo campaign diff latest baseline
  latest b5f52b0 → baseline b5f52b0               0 s, 0 commits, same toolchain
  same     nothing changed that both sides measured
$ cargo campaign diff nonsense
error: no run `nonsense` is recorded
   help: cargo campaign history
[exit 2]
$ cargo campaign explain test.passed
tests passed  test.passed                                                   pass
  now        4   b5f52b0, just now, run 20261128-160301-a9ff2704
  baseline   4   b5f52b0, just now, run 20261128-160301-a9ff2704
  command    cargo test --workspace --no-fail-fast --message-format=json
  rule       ≥ baseline (4)
  --> campaign.toml:20
   |  20 | "test.passed"      = ">= baseline"       # no test is lost
   = clean-cli 1
   = clean-core 3
  to pass    it passes, 0 to spare
  per package
    clean-cli   1 → 1
    clean-core  3 → 3
  since the baseline
    nothing that could have moved it
  by hand    cargo test --workspace --no-fail-fast
$ cargo campaign explain clippy.new
new clippy findings  clippy.new                                             pass
  now        0   b5f52b0, just now, run 20261128-160301-a9ff2704
  command    cargo clippy --workspace --all-targets --keep-going --message-format=json
  rule       = 0
  --> campaign.toml:18
   |  18 | "clippy.new"       = "= 0"               # findings the baseline doe…
  to pass    it passes
  since the baseline
    nothing that could have moved it
  by hand    cargo clippy --workspace --all-targets --keep-going
$ cargo campaign explain bench.parse.time
error: `bench.parse.time` was never measured here
   help: cargo campaign run bench
[exit 3]
$ cargo campaign explain clippy.wranings
error: unknown gate or metric `clippy.wranings`
   help: did you mean `clippy.warnings`?
[exit 2]
$ cargo campaign run loc
    Campaign clean · 2 packages · rustc 1.95.0 · main@b5f52b0
        Plan loc
     Counted 3 files, 27 lines of code                                        0s
    Recorded run 20261120-115339-d7e60457
$ cargo campaign history
  run                       when      commit   took  collectors
  20261201-025044-17d894bd  just now  b5f52b0    0s  loc
  20261201-025034-d115cb74  just now  b5f52b0    8s
    pinned  check test clippy fmt doc loc

  check errors       ▂  0
  clippy warnings    ▂  0
  tests failed       ▂  0
  tests passed       ▂  4
  incomplete suites  ▂  0
  unformatted files  ▂  0
  doc warnings       ▂  0
$ cargo campaign history -n 1 --metric loc.code
  run                       when      commit   took  collectors
  20261120-115339-d7e60457  just now  b5f52b0    0s  loc

  lines of code  ▂▂  27 → 27
$ cargo campaign history prune
error: nothing to remove was specified
   help: specify --keep N or --older-than AGE, or set [store] in campaign.toml
[exit 2]
$ cargo campaign history prune --older-than 9x
error: invalid age `9x`
   help: write 90d, 12w or 36h
[exit 2]
$ cargo campaign history prune --keep 0 --dry-run
       Would remove 0 of 2 runs (dry run)
$ cargo campaign history prune --keep 0
     Removed 0 of 2 runs, logs of 0
$ cargo campaign report --format markdown
# clean

**PASS**: 11 of 11 gates pass (exit 0)

<details>
<summary>All gates</summary>

| gate | required | baseline | value | verdict | why |
| --- | --- | --: | --: | --- | --- |
| check errors | `= 0` | 0 | 0 | pass |  |
| new compiler findings | `= 0` | – | 0 | pass |  |
| clippy warnings | `<= baseline` | 0 | 0 | pass |  |
| new clippy findings | `= 0` | – | 0 | pass |  |
| tests failed | `= 0` | 0 | 0 | pass |  |
| tests passed | `>= baseline` | 4 | 4 | pass |  |
| tests vanished | `= 0` | – | 0 | pass |  |
| tests newly ignored | `= 0` | – | 0 | pass |  |
| incomplete suites | `= 0` | 0 | 0 | pass |  |
| unformatted files | `<= baseline` | 0 | 0 | pass |  |
| doc warnings | `<= baseline` | 0 | 0 | pass |  |

</details>

<details>
<summary>Metrics</summary>

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `loc.blank` | 7 | 7 |  |  |
| `loc.code` | 27 | 27 |  |  |
| `loc.comments` | 8 | 8 |  |  |
| `loc.files` | 3 | 3 |  |  |
| `test.doc.passed` | 1 | 1 |  |  |
| `test.doc.total` | 1 | 1 |  |  |
| `test.pass_rate` | 100.0 % | 100.0 % |  |  |
| `test.passed` | 4 | 4 |  |  |
| `test.total` | 4 | 4 |  |  |

</details>

---

Generated by cargo-campaign 0.1.0 from run `20261128-160303-370a7e9b` of `2026-11-28T16:03:03Z` at `b5f52b0` (clean), rustc 1.95.0; baseline: run `20261128-160301-a9ff2704` of `2026-11-28T16:03:01Z` at `b5f52b0` (clean), rustc 1.95.0.
$ cargo campaign report --format nonsense
error: invalid value 'nonsense' for '--format <FORMAT>'
  [possible values: terminal, markdown, html, json, github, gitlab, sarif, junit, openmetrics, svg]

For more information, try '--help'.
[exit 2]
$ cargo campaign report --run baseline
clean                                                       READY: 11 gates pass

  Gates
    check errors           0 → 0   target = 0         pass
    new compiler findings      0   target = 0         pass
    clippy warnings        0 → 0   target ≤ baseline  pass
    new clippy findings        0   target = 0         pass
    tests failed           0 → 0   target = 0         pass
    tests passed           4 → 4   target ≥ baseline  pass
    tests vanished             0   target = 0         pass
    tests newly ignored        0   target = 0         pass
    incomplete suites      0 → 0   target = 0         pass
    unformatted files      0 → 0   target ≤ baseline  pass
    doc warnings           0 → 0   target ≤ baseline  pass

  next: cargo campaign gate
  measured just now at b5f52b0 (clean), rustc 1.95.0; baseline b5f52b0, just now
$ cargo campaign report --run 1999
error: no run `1999` is recorded
   help: cargo campaign history
[exit 2]
$ cargo campaign final
    Campaign clean · 2 packages · rustc 1.95.0 · main@b5f52b0
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 5 units, 0 warnings                                              0s
      Tested 4 tests, 4 passed                                                0s
        Docs 0 warnings                                                       0s
     Counted 3 files, 27 lines of code                                        0s
    Recorded run 20261128-160304-58a95b1b
      Pinned final in .campaign/final.json (commit this file)
       Wrote the completion report in .campaign/completion.md
clean                                                       READY: 11 gates pass

  Gates
    check errors           0 → 0   target = 0         pass
    new compiler findings      0   target = 0         pass
    clippy warnings        0 → 0   target ≤ baseline  pass
    new clippy findings        0   target = 0         pass
    tests failed           0 → 0   target = 0         pass
    tests passed           4 → 4   target ≥ baseline  pass
    tests vanished             0   target = 0         pass
    tests newly ignored        0   target = 0         pass
    incomplete suites      0 → 0   target = 0         pass
    unformatted files      0 → 0   target ≤ baseline  pass
    doc warnings           0 → 0   target ≤ baseline  pass

  measured just now at b5f52b0 (clean), rustc 1.95.0; baseline b5f52b0, just now
$ cargo campaign diff baseline final
  baseline b5f52b0 → final b5f52b0                8 s, 0 commits, same toolchain
  same     nothing changed that both sides measured
$ cargo campaign baseline --from latest
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric             baseline   per package
  check errors              0
  compiler warnings         0
  incomplete suites         0
  tests passed          4 / 4   100.0 %
  clippy warnings           0
  unformatted files         0
  doc warnings              0
  lines of code            27   clean-core 15, clean-cli 12
$ cargo campaign status --quiet --output json=nowhere/report.json
error: --output `nowhere/report.json`: its directory does not exist
[exit 2]
$ cargo campaign status --quiet --output json=report.json
clean                                                       READY: 11 gates pass

  Gates
    check errors           0 → 0   target = 0         pass
    new compiler findings      0   target = 0         pass
    clippy warnings        0 → 0   target ≤ baseline  pass
    new clippy findings        0   target = 0         pass
    tests failed           0 → 0   target = 0         pass
    tests passed           4 → 4   target ≥ baseline  pass
    tests vanished             0   target = 0         pass
    tests newly ignored        0   target = 0         pass
    incomplete suites      0 → 0   target = 0         pass
    unformatted files      0 → 0   target ≤ baseline  pass
    doc warnings           0 → 0   target ≤ baseline  pass

  next: cargo campaign gate
  measured just now at b5f52b0 (clean), rustc 1.95.0; baseline b5f52b0, just now
$ cargo campaign doctor
    ok  cargo          1.95.0 (f2d3ce0bd 2026-03-21)
    ok  rustc          1.95.0 (59807616e 2026-04-14) on x86_64-unknown-linux-gnu
    ok  workspace      2 packages
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
    ok  campaign       campaign.toml: 11 gates, 0 waived
    ok  store          runs can be recorded
    ok  runs           3 recorded, all readable
    ok  baseline       pinned just now
    ok  final          pinned just now
"#,
};
