use super::*;

// commit
fn commit(id: &str, parents: &[&str]) -> Commit {
    Commit {
        id: id.into(),
        parents: parents.iter().map(|p| (*p).into()).collect(),
        ..Commit::default()
    }
}

#[test]
fn a_range_is_what_the_base_does_not_have() {
    // e merges d (from b) into c; the oldest commit's parent was not walked.
    let commits = vec![
        commit("e", &["c", "d"]),
        commit("d", &["b"]),
        commit("c", &["b"]),
        commit("b", &["a"]),
        commit("a", &["z"]),
    ];
    let log = Log { commits };
    for (base, expected) in [
        (None, "edcba"),
        (Some("b"), "edc"),
        (Some("c"), "ed"),
        (Some("e"), ""),
        (Some("elsewhere"), "edcba"),
    ] {
        let since: String = log
            .since(base)
            .iter()
            .map(|commit| commit.id.as_str())
            .collect();
        assert_eq!(since, expected, "{base:?}");
    }
}

#[test]
fn a_file_belongs_to_the_deepest_folder() {
    let folders = Directories::new(["", "core", "core/macros", "../other"].map(str::to_owned));
    for (file, owner) in [
        ("core/src/lib.rs", "core"),
        ("core/macros/src/lib.rs", "core/macros"),
        ("core-extra/src/lib.rs", ""),
        ("README.md", ""),
        ("../other/src/lib.rs", "../other"),
    ] {
        assert_eq!(folders.owner(file), owner, "{file}");
    }
    let of = |files: &[&str]| {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        let commit = Commit {
            files,
            ..Commit::default()
        };
        folders
            .of(&commit)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of(&["core/a", "core/macros/b", "c"]),
        ["", "core", "core/macros"]
    );
    assert_eq!(of(&["core/a", "Cargo.lock"]), ["core"]);
    assert_eq!(of(&["Cargo.lock"]), [""; 0]);
    let alone = Directories::new([String::new()]);
    let commit = Commit {
        files: vec!["Cargo.lock".into()],
        ..Commit::default()
    };
    assert_eq!(
        alone.of(&commit).into_iter().collect::<Vec<_>>(),
        [""],
        "a lone package's own lockfile"
    );
    assert_eq!(of(&[]), [""], "an empty commit concerns the root");
    assert_eq!(
        of(&["../elsewhere/a"]),
        [""; 0],
        "what is outside concerns nobody"
    );
}

// message
fn shown(message: &str) -> String {
    shown_with(message, false)
}

/// `Added! scope: text +note [CVE] #12`, entries joined by ` | `.
fn shown_with(message: &str, squashed: bool) -> String {
    let entry = |e: &ChangeEntry| {
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
    match classify(message, squashed) {
        MessageMeaning::Entries(entries) => {
            entries.iter().map(entry).collect::<Vec<_>>().join(" | ")
        }
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
        closed_issues("x\n\nFixes #12, closes: #13.\nResolves o/r#14, see #15 (fixes #16)"),
        [12, 13, 16]
    );
}

// pulls
/// `id parents message`, newest first; `-` for no parents.
fn pulls(history: &[&str]) -> String {
    let mut commits: Vec<Commit> = history
        .iter()
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            let (id, parents) = (words.next().unwrap(), words.next().unwrap());
            let parents = parents
                .split(',')
                .filter(|id| *id != "-")
                .map(str::to_owned)
                .collect();
            let message = words.next().unwrap_or_default().to_owned();
            Commit {
                id: id.to_owned(),
                parents,
                message,
                ..Commit::default()
            }
        })
        .collect();
    assign_merges(&mut commits);
    let told = commits
        .iter()
        .filter_map(|c| Some(format!("{}#{}", c.id, c.pull?)));
    told.collect::<Vec<_>>().join(" ")
}

#[test]
fn commits_belong_to_the_merge_that_brought_them_in() {
    for (history, expected) in [
        (&[][..], ""),
        (&["b a feat: b (#9)", "a -"], ""),
        (
            &[
                "m c,e Merge pull request #7 from o/x",
                "e d",
                "d a",
                "c a",
                "a -",
            ],
            "e#7 d#7",
        ),
        (
            &["m c,e Auto merge of #7 - o:x, r=ana", "e a", "c a", "a -"],
            "e#7",
        ),
        (&["m c,e A title (#7)", "e a", "c a", "a -"], "e#7"),
        (&["m c,e Merge branch 'x'", "e a", "c a", "a -"], ""),
        // The branch took main in meanwhile, and what another one brought there.
        (
            &[
                "n m,f Merge pull request #8 from o/y",
                "f m,d Merge branch 'main'",
                "m a,c Merge #7",
                "d a",
                "c a",
                "a -",
            ],
            "f#8 d#8 c#7",
        ),
        // One within the other.
        (
            &[
                "m a,k Merge pull request #9 from o/z",
                "k d,e Merge pull request #3 from p/q",
                "e a",
                "d a",
                "a -",
            ],
            "k#9 e#3 d#9",
        ),
        // A cut history, and one that bites its tail.
        (&["m c,e Merge #7"], ""),
        (&["m m,e Merge #7", "e m"], "e#7"),
    ] {
        assert_eq!(pulls(history), expected, "{history:?}");
    }
}

#[test]
fn title_of_a_merge_can_differ_in_notation_and_add_a_scope() {
    let titled = |message: &str| Commit {
        message: message.to_owned(),
        ..Commit::default()
    };
    for (commit, merge, expected) in [
        ("feat: x", "feat: x (#4)", true),
        ("feat: x", "Feat:  X.", true),
        ("feat: x", "feat(a): x", true),
        ("feat!: x", "feat(a)!: x", true),
        ("feat(b): x", "feat(a): x", false),
        ("feat(a): x", "feat: x", false),
        ("feat: x", "feat!: x", false),
        ("feat: x", "fix: x", false),
        ("feat: x", "feat: x and y", false),
        ("See a) (b", "See a) (b", true),
    ] {
        let found = has_title_of(&titled(commit), &titled(merge));
        assert_eq!(found, expected, "{commit} {merge}");
    }
}
