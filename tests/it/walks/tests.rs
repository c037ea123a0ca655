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
      Linted 11 units, 0 warnings                                             3s
      Tested 26 tests, 16 passed, 7 failed, 3 ignored                         6s
        Docs 0 warnings                                                       8s
     Counted 7 files, 98 lines of code                                        0s
    Recorded run 20261120-122259-aa143477
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric             baseline   per package
  compiler warnings         0
  tests passed        16 / 26   69.6 %  7 failed: docs doc docs/src/lib.rs - Sp…
  clippy warnings           0
  unformatted files         0
  doc warnings              0
  lines of code            98   units 67, suites 23, docs 8
warning: 7 tests fail in the baseline; a gate on `test.failed` cannot pass until
         they do
   help: cargo campaign explain test.failed
note: there are no gates yet: cargo campaign init
$ write campaign.toml "[gates]^'test.failed' = '<= baseline'^'test.regressed' = '= 0'^'test.vanished' = '= 0'^'test.newly_ignored' = '= 0'^'test.incomplete' = '= 0'^'test.pass_rate' = '>= 60%'"
$ cargo campaign gate
PASS 6 of 6 gates   run 20261120-120947-01ca0da0, just now, sources unchanged
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
    Campaign tests · 3 packages · rustc 1.95.0 · main@7f5b8a4 (dirty)
        Plan test
      Tested 26 tests, 15 passed, 7 failed, 4 ignored                         3s
    Recorded run 20261120-122318-a490941a
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
  evidence: run 20261120-122318-a490941a
$ cargo campaign diff
  baseline 7f5b8a4 → now 7f5b8a4 (dirty)         19 s, 0 commits, same toolchain
  worse    tests ignored 3 → 4   tests passed 16 → 15
  other    1 test added
  unlike   test time (units that were fresh: 0 %, now 80 %)
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
| test pass rate | `>= 60%` | 69.6 % | 68.2 % | pass |  |

**error**: tests vanished\: 1\, required \= 0 (`campaign.toml:4`)

- `units tests::passes`
- next: `cargo campaign diff`

**error**: tests newly ignored\: 1\, required \= 0 (`campaign.toml:5`)

- `units tests::panics_as_it_should`
- next: `cargo campaign diff`

## Metrics

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `check.errors` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `check.warnings` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `clippy.errors` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `clippy.time` | 2.9s | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `clippy.warnings` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `doc.errors` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `doc.time` | 5.6s | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `doc.warnings` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `fmt.files` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `fmt.time` | 0.3s | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `loc.blank` | 26 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `loc.code` | 98 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `loc.comments` | 43 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `loc.files` | 7 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `rustc.dead_code` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `rustc.unused` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `test.doc.failed` | 2 | 2 |  |  |
| `test.doc.ignored` | 1 | 1 |  |  |
| `test.doc.passed` | 5 | 5 |  |  |
| `test.doc.total` | 8 | 8 |  |  |
| `test.failed` | 7 | 7 |  |  |
| `test.ignored` | 3 | 4 | +1 | worse |
| `test.incomplete` | 0 | 0 |  |  |
| `test.pass_rate` | 69.6 % | 68.2 % | \-1\.4 points | worse |
| `test.passed` | 16 | 15 | −1 | worse |
| `test.time` | 9.4s | 3.4s |  | not comparable: units that were fresh\: 0 \%\, now 80 \% |
| `test.total` | 26 | 26 |  |  |
| `todo.open` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |
| `unsafe.blocks` | 0 | – |  | not measured: only on another tree \(the sources changed since it was measured just now\, run 20261124\-143751\-4f7b0b3e\) |

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

Generated by cargo\-campaign 0\.1\.0 from run `20261124-143810-bef98f0b` of `2026-11-24T14:38:10Z` at `7f5b8a4` (dirty), rustc 1\.95\.0; baseline: run `20261124-143751-4f7b0b3e` of `2026-11-24T14:37:51Z` at `7f5b8a4` (clean), rustc 1\.95\.0.
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
    test pass rate       69.6 % → 68.2 %   target ≥ 60 %      pass

  next: cargo campaign diff
  measured just now at 7f5b8a4 (dirty), rustc 1.95.0; baseline 7f5b8a4, just now
$ cargo campaign run test -p suites
    Campaign tests · 1 package · rustc 1.95.0 · main@7f5b8a4 (dirty)
        Plan test
      Tested 5 tests, 4 passed, 1 failed                                      0s
    Recorded run 20261120-122322-0c6ff3f7
$ cargo campaign history
  run                       when      commit         took  collectors
  20261124-143814-a8d3726f  just now  7f5b8a4 dirty    1s  test
  20261124-143810-bef98f0b  just now  7f5b8a4 dirty    3s  test
  20261124-143751-4f7b0b3e  just now  7f5b8a4         18s  pinned  check test c…

  tests failed       ▂▂  7 → 7
  incomplete suites  ▂▂  0 → 0
  test pass rate     █▁  69.6 % → 68.2 %
"#,
};
