//! Documents of the team: regions are kept current, and all else stays as it is.

use crate::harness::Sandbox;

/// A workspace with a workstream, a gate and these documents.
fn workspace(documents: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    sandbox.write("src/lib.rs", "// TODO: more\n");
    let campaign = r#"[collect]
default = ["loc"]
[gates]
"todo.open" = "<= 1"
[[workstream]]
id = "1"
owner = "ana"
estimate = "2d"
gates = { "todo.open" = "= 0" }
"#;
    sandbox.write("campaign.toml", &format!("{campaign}{documents}"));
    sandbox.git_init();
    let out = sandbox.campaign(&["run", "loc"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    sandbox
}

const DASHBOARD: &str = "[[document]]\npath = \"docs/STATE.md\"\nreport = \"dashboard\"\n";

#[test]
fn new_document_is_created_current_and_notices_other_facts() {
    let sandbox = workspace(DASHBOARD);
    let check = || sandbox.campaign(&["document", "--check"]);
    let absent = check();
    assert_eq!(absent.code, 1, "{}", absent.stderr);
    let expected = "`docs/STATE.md` does not exist";
    assert!(absent.stderr.contains(expected), "{}", absent.stderr);

    let written = sandbox.campaign(&["document"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let text = sandbox.read("docs/STATE.md");
    assert!(text.contains("\n| 1 | ana | ready | 0 of 1 |"), "{text}");
    assert_eq!(check().code, 0);

    // Another run, with other times and another id.
    assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
    assert_eq!(check().code, 0);

    sandbox.write("src/lib.rs", "// TODO: more\n// TODO: even more\n");
    let unmeasured = check();
    assert_eq!(unmeasured.code, 3, "{}", unmeasured.stderr);
    assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
    let stale = check();
    assert_eq!(stale.code, 1, "{}", stale.stderr);
    assert!(stale.stderr.contains("`gates` (line "), "{}", stale.stderr);
    assert_eq!(sandbox.read("docs/STATE.md"), text);
}

#[test]
fn text_of_people_stays_byte_for_byte() {
    let documents = "[[document]]\npath = \"README.md\"\nsections = [\"gates\", \"log\"]\n";
    let sandbox = workspace(documents);
    let (head, tail) = (
        "# Mine\r\n\r\n  odd \t text  \r\n<!-- campaign:gates -->\r\n",
        "<!-- /campaign -->\r\n\r\nend without a line end",
    );
    sandbox.write("README.md", &format!("{head}old\r\n{tail}"));
    sandbox.commit("readme");
    assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
    let out = sandbox.campaign(&["document"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let expected = "has no region for these sections: log";
    assert!(out.stderr.contains(expected), "{}", out.stderr);
    let after = sandbox.read("README.md");
    assert!(after.starts_with(head), "{after:?}");
    assert!(after.ends_with(tail), "{after:?}");
    assert!(after.contains("| pass |"), "{after}");
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());

    // What people wrote into the region may have been measured.
    let expected = "README.md had text in regions that was not generated here";
    assert!(out.stderr.contains(expected), "{}", out.stderr);
    let judged = || sandbox.campaign(&["gate", "--no-run"]).code;
    assert_eq!(judged(), 3);
    assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
    // What is generated is no source, and what people write is one.
    assert_eq!(sandbox.campaign(&["document"]).code, 0);
    assert_eq!(judged(), 0);
    sandbox.replace("README.md", "# Mine", "# Yours");
    assert_eq!(judged(), 3);
    assert_eq!(sandbox.campaign(&["document"]).code, 0);
    assert_eq!(judged(), 3);
}

#[test]
fn invalid_regions_are_errors_and_nothing_is_written() {
    let documents = "[[document]]\npath = \"A.md\"\nsections = [\"gates\"]\n\
                     [[document]]\npath = \"B.md\"\nsections = [\"gates\"]\n";
    let sandbox = workspace(documents);
    for (text, expected) in [
        ("<!-- campaign:gates -->\n", "a region that does not end"),
        (
            "<!-- campaign:gats -->\n<!-- /campaign -->\n",
            "did you mean `gates`?",
        ),
        ("nothing\n", "the document `B.md` has no region"),
    ] {
        sandbox.write("B.md", text);
        let out = sandbox.campaign(&["document"]);
        assert_eq!(out.code, 2, "{}", out.stderr);
        assert!(out.stderr.contains(expected), "{}", out.stderr);
        assert!(!sandbox.path("A.md").exists());
        assert_eq!(sandbox.read("B.md"), text);
    }
}
