use super::*;
use crate::tests::{HOSTILE, hostile};

// outline
/// The texts of the headings, those of the first level in capitals.
fn headings(text: &str) -> Vec<String> {
    let shown = |heading: &Heading| {
        let text = &text[heading.text.clone()];
        if heading.level == 1 {
            text.to_uppercase()
        } else {
            text.to_owned()
        }
    };
    outline(text).headings.iter().map(shown).collect()
}

#[test]
fn headings_are_told_from_what_looks_like_one() {
    for (text, expected) in [
        (
            "# a\n## b ##\n### c #\n#d\n####### e\n## f#\n##\tg\n##\n",
            &["A", "b", "c", "f#", "g", ""][..],
        ),
        ("a\n===\nb\n---\n\n---\n", &["A", "b"]),
        ("a\nb\n---\n", &["a\nb"]),
        ("   ## a\n    ## code\n", &["a"]),
        ("```\n## a\n```\n## b\n", &["b"]),
        ("```md\n## a\n~~~\n````\n## b\n", &["b"]),
        ("~~~\n## a\n```\n## b\n~~~\n## c\n", &["c"]),
        ("``` `x` ```\n## a\n", &["a"]),
        ("```\n## never closed\n", &[]),
        ("<!--\n## a\n-->\n## b\n<!-- x -->\n## c\n", &["b", "c"]),
        ("<!-- x --> ## a\n## b\n", &["b"]),
        ("text <!--\n## a\n-->\n", &["a"]),
        (
            "<details>\n## a\n\n## b\n</details>\n## c\n\n## d\n",
            &["b", "d"],
        ),
        ("<pre>\n\n## a\n</pre>\n## b\n", &["b"]),
        ("<https://x>\n## a\n", &["a"]),
        ("- a\n  ## b\n  ```\n  ## c\n  ```\n## d\n", &["d"]),
        (
            "- a\n  - b\n\n    ```\n## left the list\n",
            &["left the list"],
        ),
        ("- ```\n  ## a\n  ```\n## b\n", &["b"]),
        ("1. a\n   ## b\n10. c\n    ## d\n## e\n", &["e"]),
        ("- a\nlazy\n---\n## b\n", &["b"]),
        ("> ## a\n", &[]),
        (
            "\u{feff}## a\r\n\r\nb\r\n===\r\n## c\r## d",
            &["a", "B", "c", "d"],
        ),
        ("---\ntitle: x\n## a\n---\n## b\n", &["b"]),
        ("---\n## a\n", &["a"]),
        ("| a |\n|---|\n", &[]),
        ("***\n## a\n* * *\n", &["a"]),
        ("", &[]),
    ] {
        assert_eq!(headings(text), expected, "{text:?}");
    }
}

#[test]
fn link_definitions_are_found_where_markdown_finds_them() {
    for (text, expected) in [
        (
            "[a]: https://x/y\n[B c]: <u v> \"title\"\n",
            &[("a", "https://x/y"), ("B c", "u v")][..],
        ),
        ("[a]:x", &[("a", "x")]),
        ("text\n[a]: x\n\n[b]: y\n", &[("b", "y")]),
        ("- item\n[a]: x\n", &[]),
        ("- item\n\n[a]: x\n", &[("a", "x")]),
        ("<!-- next-url -->\n[a]: x\n", &[("a", "x")]),
        (
            "[^a]: x\n[]: x\n[a]:\n[a] : x\n[a[b]: x\n[a]: <x\n    [c]: x\n",
            &[],
        ),
        ("```\n[a]: x\n```\n", &[]),
        ("# t\n[a]: x\r\n", &[("a", "x")]),
    ] {
        let found = outline(text).definitions;
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|d| (&text[d.label.clone()], &text[d.url.clone()]))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn every_line_has_its_kind() {
    let text = "# t\n\ntext\n- item\n  more\n\n  again\n\n    code?\nout\n\nno more\n\n    code\n***\n<!-- c -->\n[a]: b\n<p>\n";
    let kinds: Vec<(RowKind, bool)> = outline(text)
        .rows
        .iter()
        .map(|row| (row.kind, row.nested))
        .collect();
    let expected = [
        (RowKind::Heading, false),
        (RowKind::Blank, false),
        (RowKind::Text, false),
        (RowKind::Item, false),
        (RowKind::Text, true),
        (RowKind::Blank, true),
        (RowKind::Text, true),
        (RowKind::Blank, true),
        (RowKind::Text, true),
        (RowKind::Text, true),
        (RowKind::Blank, true),
        (RowKind::Text, false),
        (RowKind::Blank, false),
        (RowKind::Code, false),
        (RowKind::Rule, false),
        (RowKind::Comment, false),
        (RowKind::Definition, false),
        (RowKind::Html, false),
    ];
    assert_eq!(kinds, expected);
}

// line
#[test]
fn lines_tile_the_text_whatever_ends_them() {
    for (text, expected) in [
        ("", &[][..]),
        ("a", &["a"]),
        ("a\nb\r\nc\rd", &["a", "b", "c", "d"]),
        ("a\n\n", &["a", ""]),
        ("\r\r\n", &["", ""]),
        ("\u{feff}a\n", &["a"]),
        ("\u{feff}", &[]),
    ] {
        let found = lines(text);
        assert_eq!(
            found.iter().map(|line| line.of(text)).collect::<Vec<_>>(),
            expected,
            "{text:?}"
        );
        let whole: String = found
            .iter()
            .map(|line| &text[line.start..line.next])
            .collect();
        assert_eq!(whole, text.trim_start_matches('\u{feff}'));
    }
}

// html
#[test]
fn anchors_are_told_from_links_and_text() {
    for (line, expected) in [
        ("<a name=\"1.0.0\"></a>", true),
        ("  <A ID='v1'></A> <span id=\"x\"></span> ", true),
        ("<a name=\"1.0.0\"/>", true),
        ("<a name=\"1.0.0\">", false),
        ("<a name=\"1.0.0\">text</a>", false),
        ("<a id=\"x\" href=\"y\"></a>", false),
        ("<a href=\"y\"></a>", false),
        ("<a name=\"x\"></a> text", false),
        ("text", false),
        ("<a", false),
        ("", false),
    ] {
        assert_eq!(is_anchor(line), expected, "{line}");
    }
}

// inline
#[test]
fn links_are_found_outside_of_code() {
    for (line, expected) in [
        ("a [b](c) d ![e](f \"t\") `[g](h)`", &["c", "!f"][..]),
        ("[a](<b c>) [d](e(f)g)", &["b c", "e(f)g"]),
        ("[![a](b)](c)", &["!b", "c"]),
        ("end of one](a)", &["a"]),
        ("``[a](b) ` ``[c](d)", &["d"]),
        ("` [a](b)", &["b"]),
        ("[a](", &[]),
        ("[a]() é", &[""]),
        ("\\[x\\](y) a\\](z) \\]\\]((", &[]),
        ("[x\\](y)](z) \\\\[a](b)", &["z", "b"]),
    ] {
        let found: Vec<String> = inline_links(line)
            .iter()
            .map(|link| {
                format!(
                    "{}{}",
                    if link.image { "!" } else { "" },
                    &line[link.target.clone()]
                )
            })
            .collect();
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn references_are_told_from_links_and_indices() {
    let (full, short) = (LinkReference::Full, LinkReference::Shortcut);
    for (line, expected) in [
        ("[a][b] and [c][]", vec![full("b"), full("c")]),
        ("([#12])", vec![short("#12")]),
        ("![shield][badge]", vec![full("badge")]),
        ("[a](b) [c]: d `[e][f]` \\[g] [^1]", vec![]),
        ("x[0][1] ]", vec![]),
        ("[a\\] \\\\ [b]", vec![short("b")]),
        ("[ü][é]", vec![full("é")]),
        (
            "[a [b] c][] [[d]] [a [b] c][e]",
            vec![short("b"), short("d"), short("b"), full("e")],
        ),
    ] {
        assert_eq!(references(line), expected, "{line}");
    }
}

#[test]
fn labels_are_what_stands_in_brackets() {
    assert_eq!(
        labels("[a][b] [c] `[d]` [e](f) [[g]h] i]"),
        ["a", "b", "c", "e", "g"]
    );
}

#[test]
fn hostile_lines_are_read_in_linear_time() {
    let runs: String = (1..800).map(|length| "`".repeat(length) + "x").collect();
    let lines = hostile(&[
        "](",
        "](<",
        "]( ",
        "[",
        "]",
        "[]",
        "[a](b) `[`",
        "`",
        "``x`",
        "[a][",
        "![]((",
    ]);
    for line in lines.chain([runs]) {
        let read = (inline_links(&line).len(), references(&line).len());
        let bytes: usize = labels(&line).iter().map(|label| label.len()).sum();
        assert!(
            read.0.max(read.1).max(bytes) <= line.len(),
            "{}",
            &line[..9]
        );
    }
    let nested = "[".repeat(HOSTILE) + &"]".repeat(HOSTILE);
    assert_eq!(labels(&nested), [""]);
    assert_eq!(references(&nested), [LinkReference::Shortcut("")]);
}
