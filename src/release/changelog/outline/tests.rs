use super::*;

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
    let kinds: Vec<(Kind, bool)> = outline(text)
        .rows
        .iter()
        .map(|row| (row.kind, row.nested))
        .collect();
    let expected = [
        (Kind::Heading, false),
        (Kind::Blank, false),
        (Kind::Text, false),
        (Kind::Item, false),
        (Kind::Text, true),
        (Kind::Blank, true),
        (Kind::Text, true),
        (Kind::Blank, true),
        (Kind::Text, true),
        (Kind::Text, true),
        (Kind::Blank, true),
        (Kind::Text, false),
        (Kind::Blank, false),
        (Kind::Code, false),
        (Kind::Rule, false),
        (Kind::Comment, false),
        (Kind::Definition, false),
        (Kind::Html, false),
    ];
    assert_eq!(kinds, expected);
}
