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
    Campaign tests · 3 packages · rustc 1.95.0 · main@66084ab
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 9 units, 0 warnings                                              4s
      Tested 25 tests, 15 passed, 7 failed, 3 ignored                        11s
        Docs 0 warnings                                                      10s
     Counted 6 files, 95 lines of code                                        0s
    Recorded run 20261120-120947-01ca0da0
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric              baseline   per package
  check errors               0
  compiler warnings          0
  dead code warnings         0
  unused warnings            0
  tests ignored              3   units 2, docs 1
  tests passed         15 / 25   68.2 %  7 failed: docs doc docs/src/lib.rs - S…
  test time              11.3s
  clippy errors              0
  clippy time             3.8s
  clippy warnings            0
  unformatted files          0
  format check time       0.4s
  doc errors                 0
  doc time                9.9s
  doc warnings               0
  lines of code             95   units 67, suites 20, docs 8
  open to-dos                0
  unsafe blocks              0
warning: 7 tests fail in the baseline; a gate on `test.failed` cannot pass until they do
   help: cargo campaign explain test.failed
note: there are no gates yet: cargo campaign init
$ write campaign.toml "[gates]^'test.failed' = '<= baseline'^'test.regressed' = '= 0'^'test.vanished' = '= 0'^'test.newly_ignored' = '= 0'^'test.incomplete' = '= 0'^'test.pass_rate' = '>= 60%'"
$ cargo campaign gate
PASS 6 of 6 gates   run 20261120-120947-01ca0da0, just now, tree unchanged
$ cargo campaign explain test.failed
tests failed  test.failed                                                   pass
  now        7   66084ab, just now, run 20261120-120947-01ca0da0
  baseline   7   66084ab, just now, run 20261120-120947-01ca0da0
  command    cargo test --workspace --no-fail-fast --message-format=json
  rule       ≤ baseline (7)
  --> campaign.toml:2
   |   2 | 'test.failed' = '<= baseline'
   = docs doc docs/src/lib.rs - Special::broken
   = docs doc docs/src/lib.rs - one #2
   = suites test:first fails_here_only
   = units tests::fails
   = units tests::panics_with_other_words
   = units tests::returns_an_error
   = units tests::should_panic_and_does_not
  to pass    it passes, 0 to spare
  per package
    units   4 → 4
    docs    2 → 2
    suites  1 → 1
  since the baseline
    nothing that could have moved it
  by hand    cargo test --workspace --no-fail-fast
$ cargo campaign explain test.incomplete
incomplete suites  test.incomplete                                          pass
  now        0   66084ab, just now, run 20261120-120947-01ca0da0
  baseline   0   66084ab, just now, run 20261120-120947-01ca0da0
  command    cargo test --workspace --no-fail-fast --message-format=json
  rule       = 0
  --> campaign.toml:6
   |   6 | 'test.incomplete' = '= 0'
  to pass    it passes
  since the baseline
    nothing that could have moved it
  by hand    cargo test --workspace --no-fail-fast
$ replace units/src/lib.rs "^    fn passes()" "^    fn was_renamed()"
$ replace units/src/lib.rs "    fn panics_as_it_should" "    #[ignore]^    fn panics_as_it_should"
$ cargo campaign gate
    Campaign tests · 3 packages · rustc 1.95.0 · main@66084ab (dirty)
        Plan test
      Tested 25 tests, 14 passed, 7 failed, 4 ignored                         3s
    Recorded run 20261120-121015-6ed7842f
        FAIL 2 of 6 gates fail                                            exit 1
error: tests vanished: 1, required = 0
  --> campaign.toml:4
   |   4 | 'test.vanished' = '= 0'
   = units tests::passes
   help: cargo campaign diff
error: tests newly ignored: 1, required = 0
  --> campaign.toml:5
   |   5 | 'test.newly_ignored' = '= 0'
   = units tests::panics_as_it_should
   help: cargo campaign diff
  4 gates pass · cargo campaign status for all
  evidence: run 20261120-121015-6ed7842f
$ cargo campaign diff
  baseline 66084ab → now 66084ab (dirty)         28 s, 0 commits, same toolchain
  worse    tests ignored 3 → 4   tests passed 15 → 14
  other    1 test added
  unlike   test time (units that were fresh: 0 %, now 78 %)
  lacking  check, clippy, doc, fmt, loc: only on another tree (the sources chan…
  lost     1 test vanished, 1 newly ignored
           vanished  units tests::passes
           ignored  units tests::panics_as_it_should
$ cargo campaign diff --format markdown
# tests

**FAIL**: 2 of 6 gates fail (exit 1)

## Gates

| gate | required | baseline | value | verdict | why |
| --- | --- | --: | --: | --- | --- |
| tests failed | `<= baseline` | 7 | 7 | pass |  |
| tests regressed | `= 0` | – | 0 | pass |  |
| tests vanished | `= 0` | – | 1 | **FAIL** | 1\, required \= 0 |
| tests newly ignored | `= 0` | – | 1 | **FAIL** | 1\, required \= 0 |
| incomplete suites | `= 0` | 0 | 0 | pass |  |
| test pass rate | `>= 60%` | 68.2 % | 66.7 % | pass |  |

**error**: tests vanished\: 1\, required \= 0 (`campaign.toml:4`)

- `units tests::passes`
- next: `cargo campaign diff`

**error**: tests newly ignored\: 1\, required \= 0 (`campaign.toml:5`)

- `units tests::panics_as_it_should`
- next: `cargo campaign diff`

## Metrics

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `check.errors` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `check.warnings` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `clippy.errors` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `clippy.time` | 3.8s | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `clippy.warnings` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `doc.errors` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `doc.time` | 9.9s | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `doc.warnings` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `fmt.files` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `fmt.time` | 0.4s | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `loc.blank` | 24 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `loc.code` | 95 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `loc.comments` | 42 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `loc.files` | 6 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `rustc.dead_code` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `rustc.unused` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `test.doc.failed` | 2 | 2 |  |  |
| `test.doc.ignored` | 1 | 1 |  |  |
| `test.doc.passed` | 5 | 5 |  |  |
| `test.doc.total` | 8 | 8 |  |  |
| `test.failed` | 7 | 7 |  |  |
| `test.ignored` | 3 | 4 | +1 | worse |
| `test.incomplete` | 0 | 0 |  |  |
| `test.pass_rate` | 68.2 % | 66.7 % | \-1\.5 points | worse |
| `test.passed` | 15 | 14 | −1 | worse |
| `test.time` | 11.3s | 3.0s |  | not comparable: units that were fresh\: 0 \%\, now 78 \% |
| `test.total` | 25 | 25 |  |  |
| `todo.open` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |
| `unsafe.blocks` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261120\-120947\-01ca0da0\) |

## Tests

**7 tests failed**

- `docs doc docs/src/lib.rs - Special::broken`
- `docs doc docs/src/lib.rs - one #2`
- `suites test:first fails_here_only`
- `units tests::fails`
- `units tests::panics_with_other_words`
- `units tests::returns_an_error`
- `units tests::should_panic_and_does_not`

**1 test vanished**

- `units tests::passes`

**1 test newly ignored**

- `units tests::panics_as_it_should`

**1 test added**

- `units tests::was_renamed`

---

Generated by cargo\-campaign 0\.1\.0 from run `20261120-121015-6ed7842f` of `2026-11-20T12:10:15Z` at `66084ab` (dirty), rustc 1\.95\.0; baseline: run `20261120-120947-01ca0da0` of `2026-11-20T12:09:47Z` at `66084ab` (clean), rustc 1\.95\.0.
$ cargo campaign explain test.vanished
tests vanished  test.vanished                                               FAIL
  now        1   66084ab (dirty), just now, run 20261120-121015-6ed7842f
  command    cargo test --workspace --no-fail-fast --message-format=json
  rule       = 0
  --> campaign.toml:4
   |   4 | 'test.vanished' = '= 0'
  why        1, required = 0
   = units tests::passes
  to pass    0, 1 less than now
             cargo campaign diff
  since the baseline
    newly ignored  units tests::panics_as_it_should
  by hand    cargo test --workspace --no-fail-fast
$ cargo campaign status
tests                                                    NOT READY: 2 gates fail

  Gates
    tests failed              7 →      7   target ≤ baseline  pass
    tests regressed                    0   target = 0         pass
    tests vanished                     1   target = 0         FAIL
        units tests::passes
    tests newly ignored                1   target = 0         FAIL
        units tests::panics_as_it_should
    incomplete suites         0 →      0   target = 0         pass
    test pass rate       68.2 % → 66.7 %   target ≥ 60 %      pass

  next: cargo campaign diff
  measured just now at 66084ab (dirty), rustc 1.95.0; baseline 66084ab, just now
$ cargo campaign run test -p suites
    Campaign tests · 1 package · rustc 1.95.0 · main@66084ab (dirty)
        Plan test
      Tested 4 tests, 3 passed, 1 failed                                      0s
    Recorded run 20261120-121019-69869555
$ cargo campaign history
  run                       when      commit         took  collectors
  20261120-121019-69869555  just now  66084ab dirty    0s  test
  20261120-121015-6ed7842f  just now  66084ab dirty    3s  test
  20261120-120947-01ca0da0  just now  66084ab         25s  pinned  check test c…

  tests failed       ██▁  7 → 1
  incomplete suites  ▂▂▂  0 → 0
  test pass rate     ▂▁█  68.2 % → 75.0 %
"#,
};
