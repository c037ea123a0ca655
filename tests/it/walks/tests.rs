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
    Campaign tests · 3 packages · rustc 1.95.0 · main@7f5b8a4
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format clean                                                            0s
      Linted 11 units, 0 warnings                                             1s
      Tested 27 tests, 17 passed, 7 failed, 3 ignored                         2s
        Docs 0 warnings                                                       2s
     Counted 7 files, 98 lines of code                                        0s
    Recorded run 20261128-120041-b7fe2742
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric             baseline   per package
  compiler warnings         0
  tests passed        17 / 27   70.8 %  7 failed: docs doc docs/src/lib.rs - Sp…
  clippy warnings           0
  unformatted files         0
  doc warnings              0
  lines of code            98   units 67, suites 23, docs 8
warning: 7 tests fail in the baseline; a gate on `test.failed` cannot pass until
         they do
   help: cargo campaign explain test.failed
note: there are no gates yet
   help: cargo campaign init (writes gates that fit this workspace)
$ write campaign.toml "[gates]^'test.failed' = '<= baseline'^'test.regressed' = '= 0'^'test.vanished' = '= 0'^'test.newly_ignored' = '= 0'^'test.incomplete' = '= 0'^'test.pass_rate' = '>= 60%'"
$ cargo campaign gate
PASS 6 of 6 gates   run 20261120-120947-01ca0da0, just now, sources unchanged
$ cargo campaign explain test.failed
tests failed  test.failed                                                   pass
  now        7   7f5b8a4, just now, run 20261128-145436-950efb5b
  baseline   7   7f5b8a4, just now, run 20261128-145436-950efb5b
  command    cargo test --workspace --no-fail-fast --message-format=json
  rule       ≤ baseline (7)
  --> campaign.toml:2
   |   2 | 'test.failed' = '<= baseline'
   = docs doc docs/src/lib.rs - Special::broken
   |     --> docs/src/lib.rs:45:6
   |      |
   |   45 | this does not compile
   |      |      ^^^^ expected one of `!` or `::`
   |   error: aborting due to 1 previous error
   |   Couldn't compile the test.
   = docs doc docs/src/lib.rs - one #2
   |   panicked at /tmp/rustdoctestmQKXBs/doctest_bundle_2024.rs:31:1:
   |   assertion `left == right` failed: one is not two
   |     left: 1
   |    right: 2
   = suites test:first fails_here_only
   |   panicked at suites/tests/first.rs:8:37:
   |   the file: Os { code: 2, kind: NotFound, message: "No such file or
         directory" }
   = units tests::fails
   |   panicked at units/src/lib.rs:19:9:
   |   assertion `left == right` failed: sums differ
   |     left: 2
   |    right: 3
   = units tests::panics_with_other_words
   |   panicked at units/src/lib.rs:48:9:
   |   otherwise
   |   note: panic did not contain expected string
   |         panic message: "otherwise"
   |    expected substring: "as foretold"
   = units tests::returns_an_error
   |   Error: "no luck"
   = units tests::should_panic_and_does_not
   |   note: test did not panic as expected at units/src/lib.rs:53:8
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
    Campaign tests · 3 packages · rustc 1.95.0 · main@7f5b8a4 (dirty)
        Plan test
      Tested 27 tests, 16 passed, 7 failed, 4 ignored                         1s
    Recorded run 20261128-120045-254f306f
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
  evidence: run 20261128-120045-254f306f
$ cargo campaign diff
  baseline 7f5b8a4 → now 7f5b8a4 (dirty)          6 s, 0 commits, same toolchain
  worse    tests ignored 3 → 4   tests passed 17 → 16
  other    added units tests::was_renamed
  missing  check, clippy, doc, fmt, loc: only in an older run (the sources
             changed since it was measured just now, run
             20261128-145436-950efb5b)
  lost     1 test vanished, 1 newly ignored
           vanished  units tests::passes
           ignored  units tests::panics_as_it_should
$ cargo campaign diff --format markdown
# tests

**FAIL**: 2 of 6 gates fail (exit 1)

**error**: tests vanished: 1, required = 0 (`campaign.toml:4`)

- `units tests::passes`
- next: `cargo campaign diff`

**error**: tests newly ignored: 1, required = 0 (`campaign.toml:5`)

- `units tests::panics_as_it_should`
- next: `cargo campaign diff`

## Changes

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `test.ignored` | 3 | 4 | +1 | worse |
| `test.passed` | 17 | 16 | −1 | worse |

**7 tests failed**

- `docs doc docs/src/lib.rs - Special::broken`
- `docs doc docs/src/lib.rs - one #2`
- `suites test:first fails_here_only`
- `units tests::fails`
- `units tests::panics_with_other_words`
- `units tests::returns_an_error`
- `units tests::should_panic_and_does_not`

**1 test added**

- `units tests::was_renamed`

<details>
<summary>All gates</summary>

| gate | required | baseline | value | verdict | why |
| --- | --- | --: | --: | --- | --- |
| tests failed | `<= baseline` | 7 | 7 | pass |  |
| tests regressed | `= 0` | – | 0 | pass |  |
| tests vanished | `= 0` | – | 1 | **FAIL** | 1, required = 0 |
| tests newly ignored | `= 0` | – | 1 | **FAIL** | 1, required = 0 |
| incomplete suites | `= 0` | 0 | 0 | pass |  |
| test pass rate | `>= 60%` | 70.8 % | 69.6 % | pass |  |

</details>

<details>
<summary>Metrics</summary>

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `check.errors` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `check.warnings` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `clippy.errors` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `clippy.time` | 0.4s | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `clippy.warnings` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `doc.errors` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `doc.time` | 1.2s | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `doc.warnings` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `fmt.files` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `fmt.time` | 43.3ms | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `loc.blank` | 26 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `loc.code` | 98 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `loc.comments` | 43 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `loc.files` | 7 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `rustc.dead_code` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `rustc.unused` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `test.doc.failed` | 2 | 2 |  |  |
| `test.doc.ignored` | 1 | 1 |  |  |
| `test.doc.passed` | 5 | 5 |  |  |
| `test.doc.total` | 8 | 8 |  |  |
| `test.failed` | 7 | 7 |  |  |
| `test.ignored` | 3 | 4 | +1 | worse |
| `test.pass_rate` | 70.8 % | 69.6 % | -1.3 points | worse |
| `test.passed` | 17 | 16 | −1 | worse |
| `test.total` | 27 | 27 |  |  |
| `todo.open` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |
| `unsafe.blocks` | 0 | – |  | not measured: only in an older run (the sources changed since it was measured just now, run 20261128-121540-d51a597b) |

</details>

---

Generated by cargo-campaign 0.1.0 from run `20261128-121543-52228cec` of `2026-11-28T12:15:43Z` at `7f5b8a4` (dirty), rustc 1.95.0; baseline: run `20261128-121540-d51a597b` of `2026-11-28T12:15:40Z` at `7f5b8a4` (clean), rustc 1.95.0.
$ cargo campaign explain test.vanished
tests vanished  test.vanished                                               FAIL
  now        1   7f5b8a4 (dirty), just now, run 20261124-143810-bef98f0b
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
    added          units tests::was_renamed
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
    test pass rate       70.8 % → 69.6 %   target ≥ 60 %      pass

  next: cargo campaign diff
  measured just now at 7f5b8a4 (dirty), rustc 1.95.0; baseline 7f5b8a4, just now
$ cargo campaign run test -p suites
    Campaign tests · 1 package · rustc 1.95.0 · main@7f5b8a4 (dirty)
        Plan test
      Tested 6 tests, 5 passed, 1 failed                                      0s
    Recorded run 20261128-120046-1498ce32
$ cargo campaign history
  run                       when      commit         took  collectors
  20261201-025214-4d4fb838  just now  7f5b8a4 dirty    1s  test (only suites)
  20261201-025205-b4ace78d  just now  7f5b8a4 dirty    7s  test
  20261201-025148-04d95312  just now  7f5b8a4         15s
    pinned  check test clippy fmt doc loc

  tests failed       ▂▂  7 → 7
  incomplete suites  ▂▂  0 → 0
  test pass rate     █▁  70.8 % → 69.6 %
"#,
};
