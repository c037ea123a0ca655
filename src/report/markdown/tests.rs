//! The documents as people see them, and that data cannot break out of them.

use super::super::document::{Overflow, TableColumn, TableRow};
use super::super::tests::{HOSTILE, SPICE, first, hostile, report as sample};
use super::*;
use crate::tests::{damage, workflow_commands};
use crate::text::{is_safe, without_commands};

fn documents(report: &Report, suffix: &str) -> [String; 3] {
    let commands = [format!("cargo clippy --workspace{suffix}")];
    let of = Completion {
        report,
        before: &commands,
        after: &commands,
    };
    [
        super::report(report, 0, &Look::PLAIN),
        completion(&of),
        figures(report).unwrap_or_default(),
    ]
}

#[test]
fn the_report_is_as_people_see_it() {
    assert_eq!(documents(&sample(), "")[0], REPORT);
}

#[test]
fn diff_is_a_fenced_block_that_no_text_ends() {
    let change = Change::edit("a.md", "```\n\u{1b}[2J\n", "```\n\tb\n");
    let head = "diff --git a/a.md b/a.md\n--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n";
    let want = format!("````diff\n{head} ```\n-\\u{{1b}}[2J\n+\tb\n````\n");
    assert_eq!(render(&vec![Block::Diff(change)]), want);
    let idle = Change::edit("a.md", "a", "a");
    assert_eq!(render(&vec![Block::Diff(idle)]), "\n");
}

#[test]
fn the_completion_report_has_its_sections_in_order() {
    let [_, text, _] = documents(&sample(), "");
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    let want = [
        "# Phase 7: quality and infrastructure → 2.0.0: completion report, NOT PASSED",
        "## Metrics",
        "## Gates",
        "### Performance",
        "## Findings",
        "## Tests",
        "## Notes",
        "## Provenance",
        "## Commands before",
        "## Commands after",
    ];
    assert_eq!(heads, want);
    for line in [
        "- 2 metrics better, 1 worse, 2 unchanged",
        "- 1 finding fixed, 3 new, 1 changed",
        "- 2 tests added, 2 repaired",
        "| metric | before | after | change |  |",
        "| commit | `4f2c9e1aa0` | `9be1d0277f` |",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn a_first_run_has_a_report_too() {
    let [text, _, figures] = documents(&first(), "");
    assert!(
        text.contains("**NO VERDICT**: no gates are configured yet (exit 3)\n"),
        "{text}"
    );
    assert!(
        text.contains("| `clippy.errors` | – | – |  | not measured: clippy is not installed |\n"),
        "{text}"
    );
    assert!(!text.contains("## Findings"), "{text}");
    assert_eq!(figures, "", "there is no other side");
}

#[test]
fn release_notes_get_what_may_be_compared() {
    let text = &documents(&sample(), "")[2];
    assert!(
        text.starts_with("### Before and after\n\n| metric | baseline | now |\n"),
        "{text}"
    );
    for line in [
        "| clippy warnings | 12 | 14 |",
        "| tests passed | 626 | 627 |",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let evidence = text.lines().last().unwrap_or_default();
    assert!(
        evidence.contains("`20261120-141209-9be1d02c`") && evidence.contains("`4f2c9e1`"),
        "{evidence}"
    );
    assert!(
        !text.contains("clippy errors"),
        "the baseline has no such figure: {text}"
    );
}

#[test]
fn data_becomes_text_and_nothing_else() {
    HOSTILE
        .iter()
        .for_each(|suffix| _ = breaks_out_of_nothing(suffix));
}

/// The hostile documents have the markup of the clean ones; how many lines they have.
fn breaks_out_of_nothing(suffix: &str) -> usize {
    let clean = documents(&sample(), "").map(|text| skeleton(&text));
    let check = |(text, clean): (&String, &Vec<String>)| {
        assert!(is_safe(text), "{text}");
        assert_eq!(workflow_commands(&without_commands(text)), [""; 0]);
        for (line, (found, want)) in text.lines().zip(skeleton(text).iter().zip(clean)) {
            assert_eq!(found, want, "{line}");
        }
        assert_eq!(skeleton(text).len(), clean.len(), "no lines are made up");
        clean.len()
    };
    documents(&hostile(suffix), suffix)
        .iter()
        .zip(&clean)
        .map(check)
        .sum()
}

#[test]
fn no_text_breaks_out_of_a_document() {
    damage::survive("documents", 30, |random, _| {
        breaks_out_of_nothing(&random.chain(&SPICE, 12))
    });
}

#[test]
#[ignore = "long: 1 minute"]
fn no_text_breaks_out_of_a_document_however_often_it_is_tried() {
    damage::survive("documents", 30 * damage::LONG, |random, _| {
        breaks_out_of_nothing(&random.chain(&SPICE, 12))
    });
}

/// Returns what Markdown and GitHub could read as markup: the live punctuation of each line, outside of code spans.
fn skeleton(document: &str) -> Vec<String> {
    document
        .lines()
        .map(|line| markup(&line.chars().collect::<Vec<_>>()))
        .collect()
}

fn markup(line: &[char]) -> String {
    let mut found = String::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        at += match rest {
            ['\\', next, ..] if next.is_ascii_punctuation() => 2,
            ['`', ..] => span(rest).unwrap_or_else(|| {
                found.push('`');
                1
            }),
            ['&', ..] => entity(rest).unwrap_or_else(|| {
                found.extend(
                    rest.get(1)
                        .filter(|c| c.is_ascii_alphanumeric() || **c == '#')
                        .map(|_| '&'),
                );
                1
            }),
            ['<', next, ..] if next.is_ascii_alphabetic() || "/!?".contains(*next) => {
                found.push('<');
                1
            }
            ['@', next, ..] if next.is_alphanumeric() => {
                found.push('@');
                1
            }
            ['#', next, ..] if next.is_ascii_digit() || at == 0 => {
                found.push('#');
                1
            }
            ['G', 'H', '-', next, ..] if next.is_ascii_digit() => {
                found.push_str("GH-");
                3
            }
            [':', '/', '/', ..] | ['w', 'w', 'w', '.', ..] => {
                found.push_str("link");
                1
            }
            [c, ..] => {
                found.extend("*[|~$".contains(*c).then_some(*c));
                1
            }
            [] => 1,
        };
    }
    found
}

/// The length of the code span that `text` begins with.
fn span(text: &[char]) -> Option<usize> {
    let run = |at: usize| text[at..].iter().take_while(|c| **c == '`').count();
    let open = run(0);
    let mut at = open;
    while at < text.len() {
        match run(at) {
            0 => at += 1,
            close if close == open => return Some(at + close),
            other => at += other,
        }
    }
    None
}

fn entity(text: &[char]) -> Option<usize> {
    let known = ["&lt;", "&gt;", "&amp;", "&#8203;"];
    let begins = |entity: &&str| {
        text.iter()
            .zip(entity.chars())
            .filter(|(a, b)| **a == *b)
            .count()
            == entity.len()
    };
    known
        .iter()
        .find(|entity| begins(entity))
        .map(|entity| entity.len())
}

/// Returns a table with rows of a name, a value that varies, and a verdict.
fn varying_table(rows: &[(&str, &str, &str)]) -> VaryingMarkdown {
    let columns = ["gate", "value", "verdict"];
    let mut table = Table {
        name: "gates",
        columns: columns.map(TableColumn::text).into(),
        has_heads: true,
        rows: Vec::new(),
    };
    for (name, value, verdict) in rows {
        table.rows.push(TableRow {
            cells: vec![Text::new(*name), Text::varying(*value), Text::new(*verdict)],
            overflow: Overflow::Cut,
        });
    }
    let end = Text::new("ends ")
        .join(Text::varying("2026-12-02"))
        .words(", in ")
        .join(Text::varying("2.4 d"))
        .words(".");
    VaryingMarkdown::of(&vec![Block::Table(table), Block::paragraph(end)])
}

/// Edits of a document, and whether it still is what the evidence says.
#[test]
fn document_is_current_while_only_what_varies_differs() {
    let own = varying_table(&[("build time", "61.0s", "pass"), ("tests", "12 | 3", "fail")]);
    let text = own.text();
    for (from, to, is_like) in [
        ("", "", true),
        ("61.0s", "59.2s", true),
        ("61.0s", "", true),
        ("61.0s", "not measured: no `cargo`", true),
        ("2026-12-02", "2027-01-04", true),
        ("2.4 d", "0 d (± 0.3 d)", true),
        ("2.4 d", "3 d, in fact", true),
        ("12 \\| 3", "13 \\| 4", true),
        ("12 \\| 3", "13", true),
        ("| pass |", "| fail |", false),
        ("build time", "build  time", false),
        ("61.0s | pass", "61.0s | fail | pass", false),
        ("61.0s |", "61.0s | |", false),
        ("ends ", "ended ", false),
        (", in ", " in ", false),
        ("d.", "d", false),
        ("d.", "d.\nAnd more.", false),
        ("| gate |", "|gate|", false),
        ("| tests |", "\n| tests |", false),
    ] {
        assert!(text.contains(from), "{from}");
        let edited = text.replacen(from, to, 1);
        assert_eq!(
            own.is_like(&edited),
            is_like,
            "{from:?} to {to:?}\n{edited}"
        );
    }
    let reordered = varying_table(&[("tests", "12 | 3", "fail"), ("build time", "61.0s", "pass")]);
    assert!(!own.is_like(&reordered.text()));
    let shorter = varying_table(&[("build time", "61.0s", "pass")]);
    assert!(!own.is_like(&shorter.text()) && !shorter.is_like(&text));
}

/// Whatever varies, a document is current just after it was written.
#[test]
fn document_is_like_itself_whatever_varies() {
    let pieces = [
        "|",
        "\\",
        "`",
        "\n",
        " ",
        "a",
        "\u{80}",
        "ends ",
        ", in ",
        "<!--",
        ".",
        "\u{1b}[2J",
    ];
    damage::survive("varying texts", 500, |random, _| {
        // An empty text has no marks.
        let [one, other] = [0; 2].map(|_| format!("v{}", random.chain(&pieces, 8)));
        let own = varying_table(&[("a", &one, "pass"), (&other, &other, "fail")]);
        let later = varying_table(&[("a", &other, "pass"), (&other, &one, "fail")]);
        assert!(own.is_like(&own.text()), "{one:?} {other:?}");
        assert!(own.is_like(&later.text()), "{one:?} {other:?}");
        assert!(!own.text().contains('\u{80}'), "{one:?} {other:?}");
        one.len() + other.len()
    });
}

const REPORT: &str = r"# Phase 7: quality and infrastructure → 2.0.0

**FAIL**: 2 of 8 gates fail, 1 without verdict, 1 warns, 1 waived (exit 1)

**error**: new clippy findings: 3, required = 0 (`campaign.toml:14`)

- `api/src/lib.rs:40:9  clippy::needless_clone`
- `api/src/lib.rs:77:5  clippy::too_many_lines`
- next: `cargo clippy -p riptide-api -p riptide-pool`

**error**: tests failed: 30, required = 0 (`campaign.toml:15`)

- `riptide-pool tests::reconnect_1`
- `riptide-pool tests::reconnect_2`
- `riptide-pool tests::reconnect_3`
- `riptide-pool tests::reconnect_4`
- `riptide-pool tests::reconnect_5`
- `riptide-pool tests::reconnect_6`
- `riptide-pool tests::reconnect_7`
- `riptide-pool tests::reconnect_8`
- `riptide-pool tests::reconnect_9`
- `riptide-pool tests::reconnect_10`
- `riptide-pool tests::reconnect_11`
- `riptide-pool tests::reconnect_12`
- the waiver of ana ended on 2026-11-01
- next: `cargo campaign explain test.failed`

**no verdict**: bench api/parse: not measured at this commit (last at `77ab01c`) (`campaign.toml:22`)

- next: `cargo campaign run bench`

## Changes

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `clippy.warnings` | 12 | 14 | +2 | worse |
| `loc.code` | 61 000 | 61 204 | +204 |  |
| `test.failed` | 4 | 3 | −1 | better |
| `test.passed` | 626 | 627 | +1 | better |

**3 new findings**, 1 of them above

| place | lint | message |
| --- | --- | --- |
| `api/src/lib.rs:77:9` | `clippy::too_many_lines` | this function has too many lines (112/100) |
| `pool/src/pool.rs:12:9` | `` unresolved link to `Pool` `` | unresolved link to \`Pool\` |

**1 fixed finding**

| place | lint | message |
| --- | --- | --- |
| `api/src/old.rs:12:9` | `clippy::len_zero` | length comparison to zero |

**1 changed finding**

| place | lint | message |
| --- | --- | --- |
| `db/src/io.rs:9:9` | `dead_code` | function \`b\` is never used |

**4 moved findings** (not counted)

- not compared: `doc`, profile: dev, now release

**3 tests failed**

- `riptide-api doc Router::route (line 3)`
- `riptide-db a::b`
- `riptide-pool tests::reconnect`

**1 suite incomplete**

- `riptide-db test:io: 3 tests announced, 2 reported`

**1 test regressed**

- `riptide-db a::b`

**1 test newly ignored**

- `riptide-db slow`

**2 tests repaired**

- `riptide-api works`
- `riptide-api works_again`

**2 tests added**

- `riptide-api new`
- `riptide-api newer`

## Notes

- the waiver for \`doc.\*\` was not needed

<details>
<summary>All gates</summary>

| gate | required | baseline | value | verdict | why |
| --- | --- | --: | --: | --- | --- |
| clippy warnings | `< 20` | 12 | 14 | pass |  |
| new clippy findings | `= 0` | – | 3 | **FAIL** |  |
| tests failed | `= 0` | 4 | 30 | **FAIL** | the waiver of ana ended on 2026-11-01: 30, required = 0 |
| tests passed | `>= baseline` | 626 | 627 | pass |  |
| open to-dos in riptide-api | `= 0` | 20 | 24 | waived | generated parser (ana, until 2026-12-31): 24, required = 0 |

### Performance

| gate | required | baseline | value | verdict | why |
| --- | --- | --: | --: | --- | --- |
| build time | `<= baseline - 25%` | 84.2s | 61.0s | pass |  |
| bench api/parse | `<= baseline + 10%` | 3.1ms | – | **no verdict** | not measured at this commit (last at `77ab01c`) |
| test time | `<= baseline` | 48.0s | 53.0s | **warn** |  |

</details>

<details>
<summary>Metrics</summary>

| metric | baseline | now | change |  |
| --- | --: | --: | --: | --- |
| `bench.api/parse.time` | 3.1ms | – |  | not measured: only in an older run (commit `77ab01c`, run 20261118-090000-77ab01c2) |
| `build.time` | 83.5s | 60.9s | −27.0 % |  |
| `clippy.lint.clippy::needless_clone` | 2 | 2 |  |  |
| `clippy.warnings` | 12 | 14 | +2 | worse |
| `doc.warnings` | 2 | – |  | not measured: 2 of 3 packages did not compile |
| `loc.code` | 61 000 | 61 204 | +204 |  |
| `team.points` | 3.5 points | 3.5 points |  |  |
| `test.failed` | 4 | 3 | −1 | better |
| `test.pass_rate` | 99.6 % | 99.7 % | +0.1 points | better |
| `test.passed` | 626 | 627 | +1 | better |
| `test.time` | 48.0s | 49.0s | +2.0 % |  |
| `test.total` | 630 | 630 |  |  |

</details>

---

Generated by cargo-campaign 0.1.0 from run `20261120-141209-9be1d02c` of `2026-11-20T14:12:09Z` at `9be1d02` (clean), rustc 1.95.0; baseline: run `20261114-101502-4f2c91ab` of `2026-11-14T14:09:09Z` at `4f2c9e1` (clean), rustc 1.95.0.
";
