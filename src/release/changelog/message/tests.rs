use super::*;

fn shown(message: &str) -> String {
    shown_with(message, false)
}

/// `Added! scope: text +note [CVE] #12`, entries joined by ` | `.
fn shown_with(message: &str, squashed: bool) -> String {
    let entry = |e: &Entry| {
        let part = |name: &str, value: &Option<String>| {
            value
                .as_ref()
                .map_or(String::new(), |v| format!(" {name}{v}"))
        };
        let scope = e
            .scope
            .as_ref()
            .map_or(String::new(), |scope| format!("{scope}: "));
        let number = e
            .number
            .map_or(String::new(), |number| format!(" #{number}"));
        let breaking = if e.breaking { "!" } else { "" };
        let (note, advisory) = (part("+", &e.note), part("@", &e.advisory));
        format!(
            "{}{breaking} {scope}{}{note}{advisory}{number}",
            e.kind.name(),
            e.text
        )
    };
    match read(message, squashed) {
        Meaning::Entries(entries) => entries.iter().map(entry).collect::<Vec<_>>().join(" | "),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[test]
fn messages_are_entries_or_say_why_not() {
    for (message, expected) in [
        ("feat: add x", "Added add x"),
        ("feat(core): add x (#12)", "Added core: add x #12"),
        ("FIX: y", "Fixed y"),
        ("perf: z", "Changed z"),
        ("feat!: new form", "Changed! new form"),
        ("feat: drop x", "Removed drop x"),
        ("feat: deprecate x", "Deprecated deprecate x"),
        ("refactor!: remove x", "Removed! remove x"),
        ("remove!: x", "Removed! x"),
        ("fix!: y", "Fixed! y"),
        ("chore!: raise the MSRV", "Changed! raise the MSRV"),
        ("fix(security): y", "Security security: y"),
        (
            "fix: y (CVE-2026-12345)",
            "Security y (CVE-2026-12345) @CVE-2026-12345",
        ),
        (
            "fix: y\n\nThis is RUSTSEC-2026-0001.",
            "Security y @RUSTSEC-2026-0001",
        ),
        (
            "feat: scan for them\n\nLike CVE-2026-12345.",
            "Added scan for them",
        ),
        ("docs: x", "minor"),
        ("chore(deps): bump x", "minor"),
        ("refactor: x", "minor"),
        ("Add x", "unclassified"),
        ("note: x", "unclassified"),
        ("ignore: x", "unclassified"),
        ("", "unclassified"),
        (":", "unclassified"),
        ("feat:", "unclassified"),
        ("fixup! feat: x", "folded"),
        ("squash! feat: x", "folded"),
        ("Revert \"feat: x (#1)\" (#2)", "Changed Revert \"x\" #2"),
        ("Revert \"Some: thing\"", "Changed Revert \"Some: thing\""),
        ("revert(net): use x (#3)", "Changed Revert \"use x\" #3"),
        ("revert: feat: use x", "Changed Revert \"use x\""),
        ("Revert: drop x", "Changed Revert \"drop x\""),
        ("revert!: \"x\"", "Changed Revert \"x\""),
        (
            "Merge pull request #7 from o/branch\n\nfix: y",
            "Fixed y #7",
        ),
        ("Merge pull request #7 from o/branch", "unclassified"),
    ] {
        assert_eq!(shown(message), expected, "{message:?}");
    }
}

#[test]
fn footers_tell_what_breaks() {
    for footer in [
        "BREAKING CHANGE: the flag\n is gone",
        "BREAKING-CHANGE: the flag\n is gone\nReviewed-by: Z",
        "Reviewed-by: Z\nBREAKING CHANGE: the flag\n is gone\n\nRefs: #3",
    ] {
        let message = format!("feat: x\n\nA body.\n\n{footer}\n");
        assert_eq!(shown(&message), "Changed! x +the flag is gone", "{footer}");
        assert_eq!(
            shown(&message.replace('\n', "\r\n")),
            "Changed! x +the flag is gone",
            "{footer}"
        );
    }
}

#[test]
fn a_squashed_body_is_split_and_trailers_are_no_entries() {
    let message = "feat: both (#12)\n\n* feat: one\n\n* fix(a): two\n\n- chore: three\n\n* wip\n\n* feat: one\n\n\
                   Fix: #9\nCo-authored-by: A <a@b.c>\nSigned-off-by: B <b@c.d>\n";
    assert_eq!(
        shown_with(message, true),
        "Added both #12 | Added one #12 | Fixed a: two #12"
    );
    assert_eq!(
        shown_with("Update things (#3)\n\nfix: one\n", true),
        "Fixed one #3"
    );
    assert_eq!(
        shown_with(
            "feat: x\n\nThe fix: it is indented\n  fix: not this\n",
            true
        ),
        "Added x"
    );
    assert_eq!(
        shown(message),
        "Added both #12",
        "off unless it is asked for"
    );
    assert_eq!(shown("chore: lints (#5)\n\n* feat: nothing\n"), "minor");
}

#[test]
fn a_body_without_a_blank_line_does_not_hide_the_title() {
    assert_eq!(shown("feat: x\nmore words"), "Added x");
}

#[test]
fn closed_issues_are_found() {
    assert_eq!(
        closed("x\n\nFixes #12, closes: #13.\nResolves o/r#14, see #15 (fixes #16)"),
        [12, 13, 16]
    );
}
