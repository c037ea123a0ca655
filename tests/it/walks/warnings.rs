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
    Campaign warnings · 3 packages · rustc 1.95.0 · main@600834d
        Plan check, build
     Checked 11 units, 11 warnings                                            2s
       Built 4 units, 9 warnings                                              1s
    Recorded run 20261120-121022-bfcd43fd
$ cargo campaign baseline
    Campaign warnings · 3 packages · rustc 1.95.0 · main@600834d
        Plan fmt, clippy, test, doc, loc (check is answered by clippy)
      Format 1 file to format                                                 0s
      Linted 11 units, 9 warnings, 11 compiler warnings                       1s
      Tested 4 tests, 4 passed                                                2s
        Docs 3 warnings                                                       4s
     Counted 9 files, 82 lines of code                                        0s
    Recorded run 20261129-165517-e1b1e4ab
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric              baseline   per package
  compiler warnings         11   alpha 10, beta 1
  dead code warnings         5   alpha 4, beta 1
  unused warnings            5   alpha 5
  tests passed           4 / 4   100.0 %
  clippy warnings            9   beta 5, alpha 4
  unformatted files          1   alpha 1
  doc warnings               3   beta 2, alpha 1
  lines of code             82   alpha 43, beta 35, gamma 4
note: there are no gates yet
   help: cargo campaign init (writes gates that fit this workspace)
$ cargo campaign init
       Wrote campaign.toml (review and commit it)
note: next: cargo campaign baseline
$ cargo campaign gate
PASS 11 of 11 gates   run 20261128-160319-ab0988ab, just now, sources unchanged
$ cargo campaign explain clippy.warnings
clippy warnings  clippy.warnings                                            pass
  now        9   600834d, just now, run 20261128-160319-ab0988ab
  baseline   9   600834d, just now, run 20261128-160319-ab0988ab
  command    cargo clippy --workspace --all-targets --keep-going --message-format=json
  rule       ≤ 9
  --> campaign.toml:17
   |  17 | "clippy.warnings"  = "<= 9"              # as today; lower it as you…
   = alpha/src/lib.rs:56:9 clippy::bool_assert_comparison
   = alpha/src/lib.rs:13:9 clippy::len_zero
   = alpha/src/lib.rs:12:5 clippy::len_zero
   = alpha/src/lib.rs:7:5 clippy::needless_return
   = beta/examples/show.rs:5:14 clippy::needless_range_loop
   = beta/examples/show.rs:4:18 clippy::useless_vec
   = beta/src/lib.rs:9:18 clippy::clone_on_copy
   = beta/src/shared.rs:6:5 clippy::let_and_return
   = beta/tests/right.rs:5:5 clippy::bool_assert_comparison
  to pass    it passes, 0 to spare
  per package
    beta   5 → 5
    alpha  4 → 4
  since the baseline
    nothing that could have moved it
  by hand    cargo clippy --workspace --all-targets --keep-going
$ cargo campaign explain clippy.lint.len_zero
clippy lint len_zero  clippy.lint.len_zero
  now        2   600834d, just now, run 20261120-121026-a3088b0b
  baseline   2   600834d, just now, run 20261120-121026-a3088b0b
  command    cargo clippy --workspace --all-targets --keep-going --message-format=json
  rule       no gate asks for this metric
  places
    alpha/src/lib.rs:13:9 clippy::len_zero
    alpha/src/lib.rs:12:5 clippy::len_zero
  per package
    alpha  2 → 2
  since the baseline
    nothing that could have moved it
  by hand    cargo clippy --workspace --all-targets --keep-going
$ cargo campaign explain fmt.files
unformatted files  fmt.files                                                pass
  now        1   600834d, just now, run 20261128-160319-ab0988ab
  baseline   1   600834d, just now, run 20261128-160319-ab0988ab
  command    cargo fmt -- --check -l -v
  rule       ≤ baseline (1)
  --> campaign.toml:24
   |  24 | "fmt.files"        = "<= baseline"       # 1 today; then "= 0"
   = alpha/src/lib.rs unformatted
  to pass    it passes, 0 to spare
  per package
    alpha  1 → 1
  since the baseline
    nothing that could have moved it
  by hand    cargo fmt -- --check -l -v
$ replace alpha/src/lib.rs "    return 1;" "    1"
$ replace beta/src/shared.rs "//! Compiled twice." "//! Compiled twice,^//! and moved down."
$ append beta/src/lib.rs "/// New.^pub fn new(list: &Vec<u32>) -> bool { list.len() == 0 }"
$ cargo campaign status
warnings                                     NOT READY: 11 gates without verdict

  Gates
    check errors           0 → –   target = 0         NO VERDICT
    new compiler findings      –   target = 0         NO VERDICT
    clippy warnings        9 → –   target ≤ 9         NO VERDICT
    new clippy findings        –   target = 0         NO VERDICT
    tests failed           0 → –   target = 0         NO VERDICT
    tests passed           4 → –   target ≥ baseline  NO VERDICT
    tests vanished             –   target = 0         NO VERDICT
    tests newly ignored        –   target = 0         NO VERDICT
    incomplete suites      0 → –   target = 0         NO VERDICT
    unformatted files      1 → –   target ≤ baseline  NO VERDICT
    doc warnings           3 → –   target ≤ baseline  NO VERDICT
        alpha/src/lib.rs and 2 more changed since it was measured just now (run
        20261129-165517-e1b1e4ab)

  next: cargo campaign gate
  measured just now at 600834d (clean), rustc 1.95.0; baseline 600834d, just now
$ cargo campaign gate --no-run
  NO VERDICT 11 of 11 gates without verdict                               exit 3
no verdict: check errors, new compiler findings
   = alpha/src/lib.rs and 2 more changed since it was measured just now (run
     20261128-160319-ab0988ab)
   help: cargo campaign run check
no verdict: clippy warnings, new clippy findings
   = alpha/src/lib.rs and 2 more changed since it was measured just now (run
     20261128-160319-ab0988ab)
   help: cargo campaign run clippy
no verdict: tests failed, tests passed, tests vanished, tests newly ignored,
            incomplete suites
   = alpha/src/lib.rs and 2 more changed since it was measured just now (run
     20261128-160319-ab0988ab)
   help: cargo campaign run test
no verdict: unformatted files: alpha/src/lib.rs and 2 more changed since it was
            measured just now (run 20261128-160319-ab0988ab)
   help: cargo campaign run fmt
no verdict: doc warnings: alpha/src/lib.rs and 2 more changed since it was
            measured just now (run 20261128-160319-ab0988ab)
   help: cargo campaign run doc
  cargo campaign status for all · evidence: run 20261128-160319-ab0988ab
$ cargo campaign run clippy fmt
    Campaign warnings · 3 packages · rustc 1.95.0 · main@600834d (dirty)
        Plan fmt, clippy
      Format 2 files to format                                                0s
      Linted 11 units, 10 warnings                                            2s
    Recorded run 20261120-121046-97bfb1ad
$ cargo campaign diff
  baseline 600834d → now 600834d (dirty)          5 s, 0 commits, same toolchain
  better   fixed 1 finding
  worse    clippy warnings 9 → 10   unformatted files 1 → 2   new 3 findings
...
  missing  check, doc, loc, test: only in an older run (the sources changed
             since it was measured just now, run 20261128-145446-ecb516d8)
  + new    beta/src/lib.rs:12:39  clippy::len_zero         length comparison to…
  + new    beta/src/lib.rs:12:18  clippy::ptr_arg          writing `&Vec` inste…
  + new    beta/src/lib.rs        unformatted              rustfmt would change…
  - fixed  alpha/src/lib.rs:7:5   clippy::needless_return  unneeded `return` st…
  ~ moved    1 finding (not counted)
$ cargo campaign diff --verbose
  baseline 600834d → now 600834d (dirty)          5 s, 0 commits, same toolchain
  better   fixed 1 finding
  worse    clippy warnings 9 → 10   unformatted files 1 → 2   new 3 findings
...
  missing  check, doc, loc, test: only in an older run (the sources changed
             since it was measured just now, run 20261128-145446-ecb516d8)
  + new    beta/src/lib.rs:12:39  clippy::len_zero         length comparison to…
  + new    beta/src/lib.rs:12:18  clippy::ptr_arg          writing `&Vec` inste…
  + new    beta/src/lib.rs        unformatted              rustfmt would change…
  - fixed  alpha/src/lib.rs:7:5   clippy::needless_return  unneeded `return` st…
  ~ moved    1 finding (not counted)
$ cargo campaign gate --no-run -v
        FAIL 3 of 11 gates fail, 8 without verdict                        exit 1
error: clippy warnings: 10, required ≤ 9
  --> campaign.toml:17
   |  17 | "clippy.warnings"  = "<= 9"              # as today; lower it as you…
   = beta/src/lib.rs:12:39 clippy::len_zero (new)
   = beta/src/lib.rs:12:18 clippy::ptr_arg (new)
   = alpha/src/lib.rs:56:9 clippy::bool_assert_comparison
   = alpha/src/lib.rs:13:9 clippy::len_zero
   = alpha/src/lib.rs:12:5 clippy::len_zero
   = beta/examples/show.rs:5:14 clippy::needless_range_loop
   = beta/examples/show.rs:4:18 clippy::useless_vec
   = beta/src/lib.rs:9:18 clippy::clone_on_copy
   = beta/src/shared.rs:7:5 clippy::let_and_return
   = beta/tests/right.rs:5:5 clippy::bool_assert_comparison
   help: cargo clippy --workspace --all-targets --keep-going
error: new clippy findings: 2, required = 0
  --> campaign.toml:18
   |  18 | "clippy.new"       = "= 0"               # findings the baseline doe…
   = beta/src/lib.rs:12:39 clippy::len_zero
   = beta/src/lib.rs:12:18 clippy::ptr_arg
   help: cargo clippy --workspace --all-targets --keep-going
error: unformatted files: 2, required ≤ baseline (1)
  --> campaign.toml:24
   |  24 | "fmt.files"        = "<= baseline"       # 1 today; then "= 0"
   = beta/src/lib.rs unformatted (new)
   = alpha/src/lib.rs unformatted
   help: cargo fmt
no verdict: check errors, new compiler findings
   = the sources changed since it was measured just now (run
     20261128-160319-ab0988ab)
   help: cargo campaign run check
no verdict: tests failed, tests passed, tests vanished, tests newly ignored,
            incomplete suites
   = the sources changed since it was measured just now (run
     20261128-160319-ab0988ab)
   help: cargo campaign run test
no verdict: doc warnings: the sources changed since it was measured just now
            (run 20261128-160319-ab0988ab)
   help: cargo campaign run doc
  cargo campaign status for all · evidence: run 20261128-160320-06e05106
$ cargo campaign explain clippy.new
new clippy findings  clippy.new                                             FAIL
  now        2   600834d (dirty), just now, run 20261128-160320-06e05106
  command    cargo clippy --workspace --all-targets --keep-going --message-format=json
  rule       = 0
  --> campaign.toml:18
   |  18 | "clippy.new"       = "= 0"               # findings the baseline doe…
  why        2, required = 0
   = beta/src/lib.rs:12:39 clippy::len_zero
   = beta/src/lib.rs:12:18 clippy::ptr_arg
  to pass    0, 2 less than now
             cargo clippy --workspace --all-targets --keep-going
  since the baseline
    fixed  alpha/src/lib.rs:7:5  clippy::needless_return
  by hand    cargo clippy --workspace --all-targets --keep-going
$ cargo campaign explain clippy.warnings
clippy warnings  clippy.warnings                                            FAIL
  now        10   600834d (dirty), just now, run 20261128-160320-06e05106
  baseline    9   600834d, just now, run 20261128-160319-ab0988ab
  command    cargo clippy --workspace --all-targets --keep-going --message-format=json
  trend      ▁█   9 … 10 over 2 runs
  rule       ≤ 9
  --> campaign.toml:17
   |  17 | "clippy.warnings"  = "<= 9"              # as today; lower it as you…
  why        10, required <= 9
   = beta/src/lib.rs:12:39 clippy::len_zero (new)
   = beta/src/lib.rs:12:18 clippy::ptr_arg (new)
   = alpha/src/lib.rs:56:9 clippy::bool_assert_comparison
   = alpha/src/lib.rs:13:9 clippy::len_zero
   = alpha/src/lib.rs:12:5 clippy::len_zero
   = beta/examples/show.rs:5:14 clippy::needless_range_loop
   = beta/examples/show.rs:4:18 clippy::useless_vec
   = beta/src/lib.rs:9:18 clippy::clone_on_copy
   = beta/src/shared.rs:7:5 clippy::let_and_return
   = beta/tests/right.rs:5:5 clippy::bool_assert_comparison
  to pass    9 or less, 1 less than now
             cargo clippy --workspace --all-targets --keep-going
  per package
    beta   5 → 7
    alpha  4 → 3
  since the baseline
    new    beta/src/lib.rs:12:39  clippy::len_zero
    new    beta/src/lib.rs:12:18  clippy::ptr_arg
    fixed  alpha/src/lib.rs:7:5   clippy::needless_return
  by hand    cargo clippy --workspace --all-targets --keep-going
$ write campaign.toml "[gates]^'clippy.warnings' = [{ require = '<= baseline', package = '*' }, { require = '< 20', level = 'warn' }, { require = '< 5', level = 'warn' }]^'clippy.new' = { require = '= 0', package = 'beta' }^'clippy.lint.*' = '< 3'^[gates.style]^'fmt.files' = '= 0'"
$ cargo campaign gate --no-run
        FAIL 4 of 15 gates fail, 1 warns                                  exit 1
error: clippy warnings in beta: 7, required ≤ baseline (5)
  --> campaign.toml:2
   |   2 | 'clippy.warnings' = [{ require = '<= baseline', package = '*' }, { r…
   = beta/src/lib.rs:12:39 clippy::len_zero (new)
   = beta/src/lib.rs:12:18 clippy::ptr_arg (new)
   = beta/examples/show.rs:5:14 clippy::needless_range_loop
   = beta/examples/show.rs:4:18 clippy::useless_vec
   = beta/src/lib.rs:9:18 clippy::clone_on_copy
   = beta/src/shared.rs:7:5 clippy::let_and_return
   = beta/tests/right.rs:5:5 clippy::bool_assert_comparison
   help: cargo clippy --workspace --all-targets --keep-going
error: new clippy findings in beta: 2, required = 0
  --> campaign.toml:3
   |   3 | 'clippy.new' = { require = '= 0', package = 'beta' }
   = beta/src/lib.rs:12:39 clippy::len_zero
   = beta/src/lib.rs:12:18 clippy::ptr_arg
   help: cargo clippy --workspace --all-targets --keep-going
error: clippy lint len_zero: 3, required < 3
  --> campaign.toml:4
   |   4 | 'clippy.lint.*' = '< 3'
   = beta/src/lib.rs:12:39 clippy::len_zero (new)
   = alpha/src/lib.rs:13:9 clippy::len_zero
   = alpha/src/lib.rs:12:5 clippy::len_zero
   help: cargo clippy --workspace --all-targets --keep-going
error: unformatted files: 2, required = 0
  --> campaign.toml:6
   |   6 | 'fmt.files' = '= 0'
   = beta/src/lib.rs unformatted (new)
   = alpha/src/lib.rs unformatted
   help: cargo fmt
warning: clippy warnings: 10, required < 5
  --> campaign.toml:2
   |   2 | 'clippy.warnings' = [{ require = '<= baseline', package = '*' }, { r…
   = beta/src/lib.rs:12:39 clippy::len_zero (new)
   = beta/src/lib.rs:12:18 clippy::ptr_arg (new)
   = alpha/src/lib.rs:56:9 clippy::bool_assert_comparison
   = alpha/src/lib.rs:13:9 clippy::len_zero
   = alpha/src/lib.rs:12:5 clippy::len_zero
   = beta/examples/show.rs:5:14 clippy::needless_range_loop
   = beta/examples/show.rs:4:18 clippy::useless_vec
   = beta/src/lib.rs:9:18 clippy::clone_on_copy
   = beta/src/shared.rs:7:5 clippy::let_and_return
   = beta/tests/right.rs:5:5 clippy::bool_assert_comparison
   help: cargo clippy --workspace --all-targets --keep-going
  10 gates pass · cargo campaign status for all
  evidence: run 20261128-152536-5cd77b42
$ cargo campaign status
warnings                                        NOT READY: 4 gates fail, 1 warns

  Gates
    clippy warnings in alpha          4 →  3   target ≤ baseline  pass
    clippy warnings in beta           5 →  7   target ≤ baseline  FAIL
        beta/src/lib.rs:12:39 clippy::len_zero (new), …
    clippy warnings in gamma          0 →  0   target ≤ baseline  pass
    clippy warnings                   9 → 10   target < 20        pass
    clippy warnings                   9 → 10   target < 5         warn
        beta/src/lib.rs:12:39 clippy::len_zero (new), …
    new clippy findings in beta            2   target = 0         FAIL
        beta/src/lib.rs:12:39 clippy::len_zero, …
    clippy lint bool_assert_compari…  2 →  2   target < 3         pass
    clippy lint clone_on_copy         1 →  1   target < 3         pass
    clippy lint len_zero              2 →  3   target < 3         FAIL
        beta/src/lib.rs:12:39 clippy::len_zero (new), …
    clippy lint let_and_return        1 →  1   target < 3         pass
    clippy lint needless_range_loop   1 →  1   target < 3         pass
    clippy lint needless_return       1 →  0   target < 3         pass
    clippy lint ptr_arg               0 →  1   target < 3         pass
    clippy lint useless_vec           1 →  1   target < 3         pass
  Style
    unformatted files                 1 →  2   target = 0         FAIL
        beta/src/lib.rs unformatted (new), …

  next: cargo clippy --workspace --all-targets --keep-going
  measured just now at 600834d (dirty), rustc 1.95.0; baseline 600834d, just now
$ cargo campaign gate --no-run --format markdown
# warnings

**FAIL**: 4 of 15 gates fail, 1 warns (exit 1)

**error**: clippy warnings in beta: 7, required ≤ baseline (5) (`campaign.toml:2`)

- `beta/src/lib.rs:12:39 clippy::len_zero (new)`
- `beta/src/lib.rs:12:18 clippy::ptr_arg (new)`
- `beta/examples/show.rs:5:14 clippy::needless_range_loop`
- `beta/examples/show.rs:4:18 clippy::useless_vec`
- `beta/src/lib.rs:9:18 clippy::clone_on_copy`
- `beta/src/shared.rs:7:5 clippy::let_and_return`
- `beta/tests/right.rs:5:5 clippy::bool_assert_comparison`
- next: `cargo clippy --workspace --all-targets --keep-going`

**error**: new clippy findings in beta: 2, required = 0 (`campaign.toml:3`)

- 2 named above
- next: `cargo clippy --workspace --all-targets --keep-going`

**error**: clippy lint len_zero: 3, required < 3 (`campaign.toml:4`)

- `alpha/src/lib.rs:13:9 clippy::len_zero`
- `alpha/src/lib.rs:12:5 clippy::len_zero`
- 1 named above
- next: `cargo clippy --workspace --all-targets --keep-going`

**error**: unformatted files: 2, required = 0 (`campaign.toml:6`)

- `beta/src/lib.rs unformatted (new)`
- `alpha/src/lib.rs unformatted`
- next: `cargo fmt`

## Changes

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `clippy.warnings` | 9 | 10 | +1 | worse |
| `fmt.files` | 1 | 2 | +1 | worse |

**1 fixed finding**

| place | lint | message |
| --- | --- | --- |
| `alpha/src/lib.rs:7:5` | `clippy::needless_return` | unneeded \`return\` statement |

**1 moved finding** (not counted)

- not compared: `check`, not needed by the gates
- not compared: `doc`, not needed by the gates

<details>
<summary>All gates</summary>

| gate | required | baseline | value | verdict | why |
| --- | --- | --: | --: | --- | --- |
| clippy warnings in alpha | `<= baseline` | 4 | 3 | pass |  |
| clippy warnings in beta | `<= baseline` | 5 | 7 | **FAIL** | 7, required <= baseline (5) |
| clippy warnings in gamma | `<= baseline` | 0 | 0 | pass |  |
| clippy warnings | `< 20` | 9 | 10 | pass |  |
| clippy warnings | `< 5` | 9 | 10 | **warn** | 10, required < 5 |
| new clippy findings in beta | `= 0` | – | 2 | **FAIL** | 2, required = 0 |
| clippy lint bool_assert_comparison | `< 3` | 2 | 2 | pass |  |
| clippy lint clone_on_copy | `< 3` | 1 | 1 | pass |  |
| clippy lint len_zero | `< 3` | 2 | 3 | **FAIL** | 3, required < 3 |
| clippy lint let_and_return | `< 3` | 1 | 1 | pass |  |
| clippy lint needless_range_loop | `< 3` | 1 | 1 | pass |  |
| clippy lint needless_return | `< 3` | 1 | 0 | pass |  |
| clippy lint ptr_arg | `< 3` | 0 | 1 | pass |  |
| clippy lint useless_vec | `< 3` | 1 | 1 | pass |  |

### Style

| gate | required | baseline | value | verdict | why |
| --- | --- | --: | --: | --- | --- |
| unformatted files | `= 0` | 1 | 2 | **FAIL** | 2, required = 0 |

</details>

<details>
<summary>Metrics</summary>

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `clippy.lint.bool_assert_comparison` | 2 | 2 |  |  |
| `clippy.lint.clone_on_copy` | 1 | 1 |  |  |
| `clippy.lint.len_zero` | 2 | 3 | +1 | worse |
| `clippy.lint.let_and_return` | 1 | 1 |  |  |
| `clippy.lint.needless_range_loop` | 1 | 1 |  |  |
| `clippy.lint.needless_return` | 1 | 0 | −1 | better |
| `clippy.lint.ptr_arg` | 0 | 1 | +1 | worse |
| `clippy.lint.useless_vec` | 1 | 1 |  |  |
| `clippy.warnings` | 9 | 10 | +1 | worse |
| `fmt.files` | 1 | 2 | +1 | worse |

</details>

---

Generated by cargo-campaign 0.1.0 from run `20261128-152536-5cd77b42` of `2026-11-28T15:25:36Z` at `600834d` (dirty), rustc 1.95.0; baseline: run `20261128-152532-8deb509b` of `2026-11-28T15:25:32Z` at `600834d` (clean), rustc 1.95.0.
[exit 1]
$ append campaign.toml "[[waiver]]^gate = 'clippy.*@beta'^reason = 'until the rewrite'^owner = 'ana'^until = 2099-12-31^ceiling = 7^[[waiver]]^gate = 'fmt.files'^reason = 'by hand'^owner = 'ben'^until = 2020-01-31"
$ cargo campaign gate --no-run
        FAIL 2 of 15 gates fail, 1 warns, 2 waived                        exit 1
error: clippy lint len_zero: 3, required < 3
  --> campaign.toml:4
   |   4 | 'clippy.lint.*' = '< 3'
   = beta/src/lib.rs:12:39 clippy::len_zero (new)
   = alpha/src/lib.rs:13:9 clippy::len_zero
   = alpha/src/lib.rs:12:5 clippy::len_zero
   help: cargo clippy --workspace --all-targets --keep-going
error: unformatted files: 2, required = 0
  --> campaign.toml:6
   |   6 | 'fmt.files' = '= 0'
   = beta/src/lib.rs unformatted (new)
   = alpha/src/lib.rs unformatted
   = waiver of ben expired on 2020-01-31
   help: cargo fmt
warning: clippy warnings: 10, required < 5
  --> campaign.toml:2
   |   2 | 'clippy.warnings' = [{ require = '<= baseline', package = '*' }, { r…
   = beta/src/lib.rs:12:39 clippy::len_zero (new)
   = beta/src/lib.rs:12:18 clippy::ptr_arg (new)
   = alpha/src/lib.rs:56:9 clippy::bool_assert_comparison
   = alpha/src/lib.rs:13:9 clippy::len_zero
   = alpha/src/lib.rs:12:5 clippy::len_zero
   = beta/examples/show.rs:5:14 clippy::needless_range_loop
   = beta/examples/show.rs:4:18 clippy::useless_vec
   = beta/src/lib.rs:9:18 clippy::clone_on_copy
   = beta/src/shared.rs:7:5 clippy::let_and_return
   = beta/tests/right.rs:5:5 clippy::bool_assert_comparison
   help: cargo clippy --workspace --all-targets --keep-going
  10 gates pass · 2 waived · cargo campaign status for all
  evidence: run 20261128-152536-5cd77b42
$ cargo campaign status
warnings                              NOT READY: 2 gates fail, 1 warns, 2 waived

  Gates
    clippy warnings in alpha          4 →  3   target ≤ baseline  pass
    clippy warnings in beta           5 →  7   target ≤ baseline  waived
        until the rewrite (ana, until 2099-12-31): 7, required <= baseline (5)
    clippy warnings in gamma          0 →  0   target ≤ baseline  pass
    clippy warnings                   9 → 10   target < 20        pass
    clippy warnings                   9 → 10   target < 5         warn
        beta/src/lib.rs:12:39 clippy::len_zero (new), …
    new clippy findings in beta            2   target = 0         waived
        until the rewrite (ana, until 2099-12-31): 2, required = 0
    clippy lint bool_assert_compari…  2 →  2   target < 3         pass
    clippy lint clone_on_copy         1 →  1   target < 3         pass
    clippy lint len_zero              2 →  3   target < 3         FAIL
        beta/src/lib.rs:12:39 clippy::len_zero (new), …
    clippy lint let_and_return        1 →  1   target < 3         pass
    clippy lint needless_range_loop   1 →  1   target < 3         pass
    clippy lint needless_return       1 →  0   target < 3         pass
    clippy lint ptr_arg               0 →  1   target < 3         pass
    clippy lint useless_vec           1 →  1   target < 3         pass
  Style
    unformatted files                 1 →  2   target = 0         FAIL
        beta/src/lib.rs unformatted (new), …

  next: cargo clippy --workspace --all-targets --keep-going
  measured just now at 600834d (dirty), rustc 1.95.0; baseline 600834d, just now
$ cargo campaign gate --no-run --prove
PROVEN 15 gates fail on a planted violation
  fails  clippy.warnings@alpha               clippy.warnings of alpha = 5
  fails  clippy.warnings@beta                clippy.warnings of beta = 8
  fails  clippy.warnings@gamma               clippy.warnings of gamma = 1
  fails  clippy.warnings                     clippy.warnings = 20
  fails  clippy.warnings#2                   clippy.warnings = 5
  fails  clippy.new@beta                     clippy.new of beta = 8
  fails  clippy.lint.bool_assert_comparison  clippy.lint.bool_assert_compari…
  fails  clippy.lint.clone_on_copy           clippy.lint.clone_on_copy = 3
  fails  clippy.lint.len_zero                clippy.lint.len_zero = 3
  fails  clippy.lint.let_and_return          clippy.lint.let_and_return = 3
  fails  clippy.lint.needless_range_loop     clippy.lint.needless_range_loop…
  fails  clippy.lint.needless_return         clippy.lint.needless_return = 3
  fails  clippy.lint.ptr_arg                 clippy.lint.ptr_arg = 3
  fails  clippy.lint.useless_vec             clippy.lint.useless_vec = 3
  fails  fmt.files                           fmt.files = 1
"#,
};
