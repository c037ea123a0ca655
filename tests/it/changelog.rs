//! `cargo campaign changelog` in repositories: which files it finds, which commits each gets, what is written, what is
//! refused with nothing written.
use serde_json::Value;

use crate::harness::{Output, Sandbox};

const ROOT: &str = "\
# Changelog

## [Unreleased]

### Added

- By hand.

## [1.0.0] - 2026-01-02

- First.

[Unreleased]: https://github.com/o/r/compare/v1.0.0...HEAD
[1.0.0]: https://github.com/o/r/releases/tag/v1.0.0
";

const CORE: &str = "# Changelog\n\n## Unreleased\n\n## 1.0.0 - 2026-01-02\n\n- First.\n";

/// A virtual workspace of `core`, with a changelog of its own, and `api` without; released as v1.0.0.
fn workspace() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.set("SOURCE_DATE_EPOCH", "1795132800"); // 2026-11-20
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"core\", \"api\"]\n",
    );
    sandbox.write(".gitignore", "/target\n/.campaign\n");
    for name in ["core", "api"] {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n");
        sandbox.write(&format!("{name}/Cargo.toml"), &manifest);
        sandbox.write(&format!("{name}/src/lib.rs"), "");
    }
    sandbox.write("CHANGELOG.md", ROOT);
    sandbox.write("core/CHANGELOG.md", CORE);
    sandbox.git_init();
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox
}

fn commit(sandbox: &Sandbox, file: &str, message: &str) {
    sandbox.write(file, message);
    sandbox.commit(message);
}

fn changelog(sandbox: &Sandbox, args: &str) -> Output {
    let args: Vec<&str> = ["changelog"]
        .into_iter()
        .chain(args.split_whitespace())
        .collect();
    sandbox.campaign(&args)
}

fn good(sandbox: &Sandbox, args: &str) -> Output {
    let out = changelog(sandbox, args);
    assert_eq!(out.code, 0, "{args}: {}", out.stderr);
    out
}

fn json(sandbox: &Sandbox, args: &str) -> Value {
    let out = changelog(sandbox, &format!("{args} --format json"));
    serde_json::from_str(&out.stdout)
        .unwrap_or_else(|e| panic!("{args}: {e}: {}{}", out.stdout, out.stderr))
}

/// Nothing was written: git sees no difference.
fn assert_untouched(sandbox: &Sandbox) {
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn each_changelog_gets_its_commits_and_the_central_one_all() {
    let sandbox = workspace();
    commit(&sandbox, "core/src/lib.rs", "feat(core): faster maps (#7)");
    commit(&sandbox, "api/src/lib.rs", "fix: refuse <T>");
    commit(&sandbox, "Cargo.lock", "chore: lock");
    commit(&sandbox, "api/src/x.rs", "Do something else");
    let out = good(&sandbox, "draft");
    assert!(out.stdout.contains("Do something else"), "{}", out.stdout);
    let root = ROOT.replace(
        "- By hand.\n",
        "- By hand.\n- core: faster maps (#7).\n\n### Fixed\n\n- Refuse \\<T> (ID).\n",
    );
    let id = sandbox.git(&["rev-parse", "--short=7", "HEAD~2"]);
    assert_eq!(sandbox.read("CHANGELOG.md"), root.replace("ID", id.trim()));
    let core = CORE.replace("## Unreleased\n", "## Unreleased\n\n- Faster maps (#7).\n");
    assert_eq!(sandbox.read("core/CHANGELOG.md"), core);

    sandbox.commit("docs: changelog");
    let again = json(&sandbox, "draft");
    assert_eq!(again["writes"], false);
    assert_untouched(&sandbox);
}

/// A shared changelog whose headings name the packages, after a commit of each package and one of no package.
fn shared() -> Sandbox {
    let sandbox = workspace();
    std::fs::remove_file(sandbox.path("core/CHANGELOG.md")).expect("it is there");
    let released = "## api 1.0.0\n\n- First.\n\n## core 1.0.0\n\n- First.\n";
    sandbox.write(
        "CHANGELOG.md",
        &format!("# Changelog\n\n## Unreleased\n\n{released}"),
    );
    sandbox.commit("docs: one changelog");
    for tag in ["core-v1.0.0", "api-v1.0.0"] {
        sandbox.git(&["tag", tag]);
    }
    commit(&sandbox, "core/src/lib.rs", "fix: overflow");
    commit(&sandbox, "api/src/lib.rs", "fix: exit code");
    commit(&sandbox, "notes.txt", "fix: notes");
    sandbox
}

#[test]
fn draft_of_a_package_has_its_commits_and_ignores_what_others_list() {
    let sandbox = shared();
    let found = json(&sandbox, "draft --dry-run -p core");
    let commits = found["changelogs"][0]["commits"].as_array().map(Vec::len);
    assert_eq!(commits, Some(1), "{found}");
    good(&sandbox, "draft -p core");
    let id = sandbox.git(&["rev-parse", "--short=7", "HEAD~2"]);
    let text = sandbox.read("CHANGELOG.md");
    let entry = format!("## Unreleased\n\n- Overflow ({}).\n\n## api", id.trim());
    assert!(text.contains(&entry), "{text}");

    good(&sandbox, "release 1.0.1 -p core");
    // The release lists the change of the other package too.
    let text = sandbox.read("CHANGELOG.md");
    let also = text.replace("- Overflow", "- Exit code.\n- Overflow");
    sandbox.write("CHANGELOG.md", &also);
    sandbox.commit("release 1.0.1 (core)");
    let found = json(&sandbox, "draft -p api");
    let one = &found["changelogs"][0];
    assert_eq!(one["commits"].as_array().map(Vec::len), Some(1), "{found}");
    let text = sandbox.read("CHANGELOG.md");
    let id = sandbox.git(&["rev-parse", "--short=7", "HEAD~2"]);
    let entry = format!("## Unreleased\n\n- Exit code ({}).\n", id.trim());
    assert!(text.contains(&entry), "{text}");
    assert_eq!(json(&sandbox, "draft -p api")["writes"], false);
}

#[test]
fn pending_section_of_another_package_gets_no_entries() {
    let sandbox = shared();
    sandbox.replace("CHANGELOG.md", "## Unreleased", "## api 1.1.0 - unreleased");
    good(&sandbox, "draft -p core");
    let text = sandbox.read("CHANGELOG.md");
    assert!(
        text.contains("## api 1.1.0 - unreleased\n\n## Unreleased\n\n- Overflow ("),
        "{text}"
    );
}

#[test]
fn commit_of_tests_is_drafted_if_they_may_have_been_moved() {
    let sandbox = workspace();
    for name in ["gone", "moved", "kept"] {
        commit(
            &sandbox,
            &format!("core/tests/{name}.rs"),
            &format!("feat: {name}"),
        );
    }
    sandbox.git(&["rm", "-q", "core/tests/gone.rs"]);
    sandbox.commit("chore: remove");
    sandbox.git(&["mv", "core/tests/moved.rs", "core/src/moved.rs"]);
    sandbox.commit("chore: move");
    let out = good(&sandbox, "draft --dry-run");
    assert!(out.stdout.contains("Moved ("), "{}", out.stdout);
    for other in ["Gone (", "Kept ("] {
        assert!(!out.stdout.contains(other), "{other}: {}", out.stdout);
    }
}

#[test]
fn a_dry_run_shows_the_diff_and_writes_nothing() {
    let sandbox = workspace();
    commit(&sandbox, "api/src/lib.rs", "feat: new");
    let out = good(&sandbox, "draft --dry-run");
    assert!(
        out.stdout
            .starts_with("diff --git a/CHANGELOG.md b/CHANGELOG.md\n"),
        "{}",
        out.stdout
    );
    let out = good(&sandbox, "release 1.1.0 --dry-run");
    assert!(
        out.stdout.contains("\n+## [1.1.0] - 2026-11-20\n"),
        "{}",
        out.stdout
    );
    assert_untouched(&sandbox);
    assert!(!sandbox.path(".campaign").exists());
}

#[test]
fn a_release_is_drafted_cut_linted_and_noted() {
    let sandbox = workspace();
    commit(&sandbox, "api/src/lib.rs", "feat: new (#3)");
    good(&sandbox, "draft");
    good(&sandbox, "release 1.1.0");
    let released = sandbox.read("CHANGELOG.md");
    for line in [
        "## [1.1.0] - 2026-11-20\n\n### Added\n\n- By hand.\n- New (#3).\n",
        "[Unreleased]: https://github.com/o/r/compare/v1.1.0...HEAD\n[1.1.0]: https://github.com/o/r/compare/v1.0.0...v1.1.0\n",
    ] {
        assert!(released.contains(line), "{released}");
    }
    assert_eq!(
        sandbox.read("core/CHANGELOG.md"),
        CORE,
        "it has nothing to release"
    );
    let later = good(&sandbox, "release 1.1.0 --date 2027-01-01").stderr;
    assert!(
        later.contains("1.1.0 is dated 2026-11-20, and this would be 2027-01-01"),
        "{later}"
    );
    let again = json(&sandbox, "release 1.1.0 --date 2027-01-01");
    assert_eq!(
        (&again["writes"], sandbox.read("CHANGELOG.md")),
        (&Value::from(false), released)
    );
    assert_eq!(
        good(&sandbox, "notes 1.1.0").stdout,
        "### Added\n\n- By hand.\n- New (#3).\n"
    );

    let out = changelog(&sandbox, "lint");
    assert_eq!(
        (out.code, out.stdout.lines().count()),
        (1, 1),
        "{}",
        out.stdout
    );
    assert!(
        out.stdout
            .contains("1.1.0 has a section, and the manifest says 1.0.0 (disagreement)"),
        "{}",
        out.stdout
    );
}

#[test]
fn a_published_section_that_changed_is_a_problem_unless_it_is_meant() {
    let sandbox = workspace();
    sandbox.replace("CHANGELOG.md", "- First.", "- The first.");
    let found = json(&sandbox, "lint");
    let problem = &found["problems"][0];
    let (file, line, rule) = (&problem["file"], &problem["line"], &problem["rule"]);
    assert_eq!(
        (file, line, rule),
        (&"CHANGELOG.md".into(), &11.into(), &"published-edit".into()),
        "{found}"
    );
    assert_eq!(changelog(&sandbox, "lint").code, 1);
    good(&sandbox, "lint --amend 1.0.0");
}

#[test]
fn tags_are_those_that_head_has_and_of_that_package() {
    let sandbox = workspace();
    sandbox.replace("core/Cargo.toml", "1.0.0", "1.10.0");
    commit(&sandbox, "core/src/lib.rs", "feat: one");
    sandbox.git(&["tag", "core-macros-v9.0.0"]);
    sandbox.git(&["tag", "-a", "-m", "x", "v1.10.0"]);
    sandbox.git(&["tag", "v1.9.0", "HEAD~1"]);
    commit(&sandbox, "core/src/lib.rs", "feat: two");
    sandbox.git(&["checkout", "-q", "-b", "side", "v1.0.0"]);
    commit(&sandbox, "api/src/lib.rs", "feat: elsewhere");
    sandbox.git(&["tag", "v2.0.0"]);
    sandbox.git(&["checkout", "-q", "--detach", "main"]);
    let drafted = json(&sandbox, "draft --dry-run");
    let core = &drafted["changelogs"][1];
    assert_eq!(
        (&core["path"], &core["since"]),
        (&"core/CHANGELOG.md".into(), &"v1.10.0".into())
    );
    assert_eq!(
        core["suggestions"].as_array().map(Vec::len),
        Some(1),
        "{core}"
    );

    sandbox.git(&["tag", "core-v1.0.0", "v1.0.0"]);
    sandbox.git(&["tag", "core-0.1.0", "v1.0.0"]);
    let core = json(&sandbox, "draft --dry-run -p core");
    assert_eq!(
        core["changelogs"][0]["since"], "core-v1.0.0",
        "its own tags come first, those that it speaks of"
    );
    assert_eq!(core["changelogs"].as_array().map(Vec::len), Some(1));
}

#[test]
fn change_that_a_release_on_another_branch_has_is_not_drafted_again() {
    for (tag, merges, expected) in [
        ("v1.0.1", false, ["minor", "released"]),
        ("v1.0.1", true, ["minor", "released"]),
        // It may be of a later series.
        ("v2.0.1", false, ["minor", "suggested"]),
    ] {
        let sandbox = workspace();
        commit(&sandbox, "api/src/a.rs", "chore: a");
        commit(&sandbox, "api/src/b.rs", "fix: b");
        sandbox.git(&["switch", "-q", "-c", "releases", "v1.0.0"]);
        sandbox.git(&["cherry-pick", "main"]);
        sandbox.git(&["tag", tag]);
        sandbox.git(&["switch", "-q", "main"]);
        if merges {
            sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge releases", "releases"]);
        }
        let drafts = json(&sandbox, "draft --dry-run");
        let commits = drafts["changelogs"][0]["commits"].as_array();
        let commits = commits.expect("it has commits").iter();
        let fates: Vec<&str> = commits.filter_map(|one| one["fate"].as_str()).collect();
        assert_eq!(fates, expected, "{tag} {merges}: {drafts:#}");
    }
}

#[test]
fn reverted_change_that_comes_back_is_drafted() {
    let sandbox = workspace();
    commit(&sandbox, "api/src/a.rs", "feat: a");
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
    sandbox.git(&["revert", "--no-commit", "HEAD"]);
    sandbox.commit("chore: land a again");
    let drafts = json(&sandbox, "draft --dry-run");
    let suggested = drafts["changelogs"][0]["suggestions"][0]["text"].as_str();
    let text = suggested.unwrap_or_default();
    assert!(text.starts_with("A ("), "{drafts:#}");
}

#[test]
fn commits_of_a_pull_request_that_is_told_are_said_and_others_carry_its_number() {
    let sandbox = workspace();
    for (number, branch) in [(7, "told"), (8, "untold")] {
        sandbox.git(&["checkout", "-q", "-b", branch, "v1.0.0"]);
        for step in ["one", "two"] {
            commit(
                &sandbox,
                &format!("api/src/{branch}-{step}.rs"),
                &format!("feat: {branch} {step}"),
            );
        }
        sandbox.git(&["checkout", "-q", "main"]);
        let title = format!("Merge pull request #{number} from o/{branch}\n\nfeat: {branch} one");
        sandbox.git(&["merge", "-q", "--no-ff", "-m", &title, branch]);
    }
    sandbox.replace("CHANGELOG.md", "- By hand.\n", "- By hand, see #7.\n");
    let drafted = json(&sandbox, "draft");
    let mut fates: Vec<&str> = drafted["changelogs"][0]["commits"]
        .as_array()
        .map(|commits| {
            commits
                .iter()
                .filter_map(|commit| commit["fate"].as_str())
                .collect()
        })
        .unwrap_or_default();
    fates.sort_unstable();
    assert_eq!(
        fates,
        ["said", "said", "suggested", "suggested"],
        "{drafted}"
    );
    let root = sandbox.read("CHANGELOG.md");
    assert!(
        root.contains("- By hand, see #7.\n- Untold one (#8).\n- Untold two (#8).\n"),
        "{root}"
    );
    let again = json(&sandbox, "draft");
    assert_eq!(again["writes"], false, "{again}");
}

#[test]
fn section_for_the_version_without_a_date_is_an_error() {
    for heading in ["## [1.1.0] - XXXX-XX-XX", "## [1.1.0]"] {
        let sandbox = workspace();
        sandbox.replace("CHANGELOG.md", "## [Unreleased]", heading);
        let out = changelog(&sandbox, "release 1.1.0");
        assert_eq!(out.code, 2, "{}", out.stderr);
        assert!(
            out.stderr
                .contains("CHANGELOG.md:3: the section of 1.1.0 has no date")
                && out.stderr.contains("`## [1.1.0] - 2026-11-20`"),
            "{}",
            out.stderr
        );
        sandbox.replace("CHANGELOG.md", heading, "## [1.1.0] - 2026-11-20");
        let out = changelog(&sandbox, "release 1.1.0");
        assert_eq!(out.code, 0, "{}", out.stderr);
    }
}

#[test]
fn heading_that_is_not_understood_is_shown_as_it_should_be() {
    let sandbox = workspace();
    sandbox.replace(
        "CHANGELOG.md",
        "## [1.0.0]",
        "## ~~[1.1.0]~~ (yanked)\n\n- x\n\n## [1.0.0]",
    );
    commit(&sandbox, "api/src/new.rs", "feat: new");
    let out = changelog(&sandbox, "draft");
    assert_eq!(out.code, 2, "{}", out.stderr);
    assert!(
        out.stderr.contains("write it as `## [1.1.0] - 2026-11-20`"),
        "{}",
        out.stderr
    );
}

#[test]
fn a_release_that_no_tag_names_is_said() {
    let sandbox = workspace();
    sandbox.replace(
        "CHANGELOG.md",
        "## [1.0.0]",
        "## [1.1.0] - 2026-02-01\n\n- More.\n\n## [1.0.0]",
    );
    commit(&sandbox, "api/src/lib.rs", "feat: new");
    let out = good(&sandbox, "draft --dry-run");
    let said = "CHANGELOG.md: 1.1.0 has a section and no tag, its commits count as unreleased";
    assert!(out.stderr.contains(said), "{}", out.stderr);
    assert_eq!(
        json(&sandbox, "draft --dry-run")["changelogs"][0]["untagged"],
        "1.1.0"
    );
}

#[test]
fn commits_in_a_folder_that_a_changelog_speaks_for_are_not_called_unclaimed() {
    let sandbox = workspace();
    std::fs::remove_file(sandbox.path("CHANGELOG.md")).expect("it is there");
    commit(
        &sandbox,
        "core/src/lib.rs",
        "feat: released with core 1.1.0",
    );
    sandbox.git(&["tag", "v1.1.0"]);
    commit(&sandbox, "api/src/lib.rs", "feat: for nobody");
    let drafted = json(&sandbox, "draft --dry-run");
    let unclaimed = drafted["unclaimed"].as_array().cloned().unwrap_or_default();
    assert_eq!(
        unclaimed
            .iter()
            .map(|c| c["title"].as_str())
            .collect::<Vec<_>>(),
        [Some("feat: for nobody")]
    );
}

/// What is done to the workspace, the exit code of the gate, what it says.
type Judged = (fn(&Sandbox), i32, &'static str);

#[test]
fn problems_are_a_metric_that_knows_of_tags() {
    let sandbox = workspace();
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"changelog.problems\" = \"= 0\"\n",
    );
    let steps: [Judged; 6] = [
        (|_| (), 0, "PASS"),
        (|_| (), 0, "sources unchanged"),
        (
            |s| s.replace("CHANGELOG.md", "- First.", "- The first."),
            1,
            "= CHANGELOG.md:11:1 1.0.0 was published",
        ),
        (
            |s| s.replace("CHANGELOG.md", "- The first.", "- First."),
            0,
            "sources unchanged",
        ),
        // The files are unchanged, but a release is tagged now.
        (
            |s| drop(s.git(&["tag", "v1.1.0"])),
            1,
            "cargo campaign changelog lint",
        ),
        (
            |s| std::fs::rename(s.path(".git"), s.base().join("gone")).unwrap(),
            3,
            "not in a git working tree",
        ),
    ];
    for (number, (change, code, said)) in steps.into_iter().enumerate() {
        change(&sandbox);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, code, "{number}: {}{}", out.stdout, out.stderr);
        assert!(
            format!("{}{}", out.stdout, out.stderr).contains(said),
            "{number}: {}{}",
            out.stdout,
            out.stderr
        );
    }
}

#[test]
fn problems_are_stale_for_other_tags_and_for_other_settings() {
    let changes: [(fn(&Sandbox), &str); 3] = [
        (|s| drop(s.git(&["tag", "v1.1.0"])), "the tags changed"),
        (
            |s| drop(s.git(&["tag", "-d", "v1.0.0"])),
            "the tags changed",
        ),
        (
            |s| {
                s.replace(
                    "campaign.toml",
                    "[gates]",
                    "[release]\ntag = \"v{version}\"\n[gates]",
                )
            },
            "the collector's settings changed",
        ),
    ];
    for (change, reason) in changes {
        let sandbox = workspace();
        sandbox.write(
            "campaign.toml",
            "[gates]\n\"changelog.problems\" = \"= 0\"\n",
        );
        assert_eq!(sandbox.campaign(&["gate"]).code, 0, "{reason}");
        change(&sandbox);
        let out = sandbox.campaign(&["gate", "--no-run"]);
        assert_eq!(out.code, 3, "{reason}: {}", out.stdout);
        let text = out.stdout.replace("\n            ", " ");
        let expected = format!("{reason} since it was measured");
        assert!(text.contains(&expected), "{reason}: {}", out.stdout);
    }
}

#[test]
fn notes_carry_before_and_after_while_there_are_figures_of_this_tree() {
    let sandbox = workspace();
    sandbox.write("campaign.toml", "[collect]\ndefault = [\"loc\"]\n");
    let section = "### Added\n\n- By hand.\n";
    good(&sandbox, "release 1.1.0");
    assert_eq!(good(&sandbox, "notes 1.1.0").stdout, section, "no baseline");
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    sandbox.write("api/src/lib.rs", "pub fn f() {}\n");
    assert_eq!(
        good(&sandbox, "notes 1.1.0").stdout,
        section,
        "no figures of this tree"
    );
    assert_eq!(sandbox.campaign(&["run"]).code, 0);
    let notes = good(&sandbox, "notes 1.1.0").stdout;
    let table = "\n### Before and after\n\n| metric | baseline | now |\n";
    assert!(notes.starts_with(&format!("{section}{table}")), "{notes}");
    assert!(
        notes.contains("\n| lines of code | 0 | 1 |\n") && notes.contains("; baseline: run `"),
        "{notes}"
    );
    assert_eq!(
        good(&sandbox, "notes 1.0.0").stdout,
        "- First.\n",
        "of another tree"
    );
}

#[test]
fn without_tags_the_draft_begins_at_the_root_and_without_a_file_it_makes_one() {
    let sandbox = workspace();
    sandbox.git(&["tag", "-d", "v1.0.0"]);
    std::fs::remove_file(sandbox.path("CHANGELOG.md")).expect("it is there");
    std::fs::remove_file(sandbox.path("core/CHANGELOG.md")).expect("it is there");
    commit(&sandbox, "core/src/lib.rs", "feat: no changelogs");
    good(&sandbox, "draft");
    let text = sandbox.read("CHANGELOG.md");
    assert!(
        text.starts_with("# Changelog\n")
            && text.contains("\n## [Unreleased]\n\n### Added\n\n- No changelogs ("),
        "{text}"
    );
}

#[test]
fn a_campaign_says_which_changelogs_there_are() {
    let sandbox = workspace();
    commit(&sandbox, "core/src/lib.rs", "feat: one");
    let paths = |mode: &str| {
        sandbox.write(
            "campaign.toml",
            &format!("[release]\nchangelogs = \"{mode}\"\n"),
        );
        let drafted = json(&sandbox, "draft --dry-run");
        let of = |book: &Value| {
            format!(
                "{} {}",
                book["path"].as_str().unwrap_or(""),
                book["suggestions"].as_array().map_or(0, Vec::len)
            )
        };
        drafted["changelogs"]
            .as_array()
            .map(|books| books.iter().map(of).collect::<Vec<_>>())
            .unwrap_or_default()
    };
    assert_eq!(paths("central"), ["CHANGELOG.md 1"]);
    assert_eq!(
        paths("per-crate"),
        ["api/CHANGELOG.md 0", "core/CHANGELOG.md 1"]
    );
    assert_eq!(
        paths("both"),
        [
            "CHANGELOG.md 1",
            "api/CHANGELOG.md 0",
            "core/CHANGELOG.md 1"
        ]
    );
}

/// What is done to the workspace, the command, its exit code and what it says.
type Refused = (fn(&Sandbox), &'static str, i32, &'static str);

fn without_changelogs(sandbox: &Sandbox) {
    for file in ["CHANGELOG.md", "core/CHANGELOG.md"] {
        std::fs::remove_file(sandbox.path(file)).expect("it is there");
    }
}

const REFUSED: [Refused; 18] = [
    (
        |s| {
            s.write(
                "CHANGELOG.md",
                "# Changelog\n\n## The release, 1.12.0\n\n- New.\n\n## 1.0.0\n\n- First.\n",
            )
        },
        "draft",
        2,
        "CHANGELOG.md:3:4",
    ),
    (
        |_| (),
        "draft --format markdown",
        2,
        "this command has no format `markdown`",
    ),
    (
        |s| {
            let text = s.read("CHANGELOG.md");
            let (_, section) = text.split_once("## [1.0.0]").expect("it is released");
            s.write("CHANGELOG.md", &format!("{text}\n## [1.0.0]{section}"));
        },
        "notes 1.0.0",
        2,
        "CHANGELOG.md has several sections for 1.0.0: on lines ",
    ),
    (
        |_| (),
        "draft -p nobody",
        2,
        "package `nobody` is not a member of this workspace",
    ),
    (|_| (), "release 1.1", 2, "unexpected end of input"),
    (
        |_| (),
        "release 1.1.0 --date 2026-02-30",
        2,
        "invalid date `2026-02-30` for `--date`",
    ),
    (
        |_| (),
        "release 1.1.0 -p core",
        2,
        "core/CHANGELOG.md: the section of unreleased changes (line 3) is empty",
    ),
    (
        |_| (),
        "release 1.0.0",
        2,
        "CHANGELOG.md: the version already has a section (line 9)",
    ),
    (
        |_| (),
        "notes 3.0.0",
        2,
        "no changelog has a section for 3.0.0",
    ),
    (
        |s| s.replace("core/Cargo.toml", "1.0.0", "2.0.0"),
        "release 2.0.0",
        2,
        "the packages have versions of their own",
    ),
    (
        |s| std::fs::write(s.path("CHANGELOG.md"), b"# \xff").expect("it is ours"),
        "lint",
        2,
        "CHANGELOG.md is not UTF-8: see byte 2",
    ),
    (
        |s| s.write("CHANGELOG.md", "* 1.0.0\n  * x\n"),
        "draft",
        2,
        "CHANGELOG.md: it has entries, and no heading",
    ),
    (
        |s| s.write("campaign.toml", "[release]\ntag = \"{version}{version}\"\n"),
        "lint",
        2,
        "it would name several things at once",
    ),
    (
        |s| std::fs::rename(s.path(".git"), s.base().join("gone")).expect("it is ours"),
        "draft",
        4,
        "help: git init",
    ),
    (
        |s| s.write("campaign.toml", "[release]\ntag = \"a b{version}\"\n"),
        "draft",
        2,
        "it cannot be the name of a tag",
    ),
    (
        |s| s.write("campaign.toml", "[release]\nchangelog = \"NEWS.md\"\n"),
        "lint -p api",
        2,
        "there is no NEWS.md",
    ),
    (
        |s| {
            without_changelogs(s);
            s.write("CHANGELOG.md/x", "");
        },
        "release 1.1.0",
        4,
        "cannot read CHANGELOG.md",
    ),
    (without_changelogs, "lint", 2, "there is no CHANGELOG.md"),
];

#[test]
fn what_cannot_be_done_is_said_once_and_nothing_is_written() {
    for (prepare, args, code, said) in REFUSED {
        let sandbox = workspace();
        prepare(&sandbox);
        let before = ["CHANGELOG.md", "core/CHANGELOG.md"]
            .map(|file| std::fs::read(sandbox.path(file)).ok());
        let out = changelog(&sandbox, args);
        assert_eq!(out.code, code, "{args}: {}", out.stderr);
        assert!(out.stderr.contains(said), "{args}: {}", out.stderr);
        assert_eq!(out.stdout, "", "{args}");
        let after = ["CHANGELOG.md", "core/CHANGELOG.md"]
            .map(|file| std::fs::read(sandbox.path(file)).ok());
        assert!(before == after, "{args}");
    }
}

#[test]
fn release_without_unreleased_changes_names_the_draft_that_adds_them() {
    let sandbox = workspace();
    sandbox.write(".gitignore", "/target\n");
    let released = "# Changelog\n\n## [1.0.0] - 2026-01-02\n\n- First.\n";
    sandbox.write("CHANGELOG.md", released);
    std::fs::remove_file(sandbox.path("core/CHANGELOG.md")).expect("it is ours");
    commit(&sandbox, "api/src/lib.rs", "feat: more");
    let out = changelog(&sandbox, "release 1.1.0");
    assert_eq!(out.code, 2, "{}", out.stderr);
    let help = "cargo campaign changelog draft";
    assert!(out.stderr.contains(help), "{}", out.stderr);
    // Neither leaves a file that would keep a release from its clean working tree.
    for args in ["draft", "release 1.1.0"] {
        good(&sandbox, args);
        let changed = sandbox.git(&["status", "--porcelain"]);
        assert_eq!(changed.trim(), "M CHANGELOG.md", "{args}");
    }
}

#[test]
fn a_cut_history_is_refused_and_lint_says_what_it_could_not_see() {
    let origin = workspace();
    commit(&origin, "core/src/lib.rs", "feat: one");
    let sandbox = Sandbox::empty();
    let url = format!("file://{}", origin.root().display());
    sandbox.git(&["clone", "-q", "--depth=1", &url, "."]);
    let out = changelog(&sandbox, "draft");
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr.contains("shallow") && out.stderr.contains("git fetch --unshallow --tags"),
        "{}",
        out.stderr
    );
    assert_untouched(&sandbox);
    let out = good(&sandbox, "lint");
    assert!(
        out.stderr
            .contains("tags and published sections were not checked: this clone is shallow"),
        "{}",
        out.stderr
    );
}

#[test]
fn notes_hold_nothing_that_a_terminal_obeys() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"core\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
    );
    sandbox.write("src/lib.rs", "");
    sandbox.write(
        "CHANGELOG.md",
        "# Changelog\n\n## 1.0.0\n\n- \x1b]0;t\x07\x1b[2J \u{9b}31m \u{202e}rtl\x08\n",
    );
    for color in ["never", "always"] {
        let out = sandbox.campaign(&["--color", color, "changelog", "notes", "1.0.0"]);
        assert_eq!(
            out.stdout, "- \u{fffd}]0;t\u{fffd}\u{fffd}[2J \u{fffd}31m \u{fffd}rtl\u{fffd}\n",
            "{color}"
        );
    }
    let lint = sandbox.campaign(&["changelog", "lint"]);
    assert!(
        lint.code == 1
            && lint
                .stdout
                .contains("control or invisible character U+001B"),
        "{lint:?}"
    );
}

#[test]
fn without_git_release_lint_and_notes_work() {
    let sandbox = workspace();
    std::fs::remove_dir_all(sandbox.path(".git")).expect("it is there");
    good(&sandbox, "release 1.1.0");
    assert!(
        sandbox
            .read("CHANGELOG.md")
            .contains("compare/v1.0.0...v1.1.0")
    );
    assert_eq!(
        json(&sandbox, "lint")["unchecked"],
        "not in a git working tree"
    );
    good(&sandbox, "notes 1.1.0");
}

#[test]
fn a_workspace_below_the_top_of_its_repository_sees_its_own_commits() {
    let sandbox = Sandbox::empty();
    let campaign = |args: &[&str]| {
        let mut command = sandbox.campaign_command(args);
        command.current_dir(sandbox.path("rust"));
        let out = command.output().expect("it starts");
        (
            out.status.code(),
            String::from_utf8_lossy(&out.stdout).into_owned(),
        )
    };
    sandbox.write(
        "rust/Cargo.toml",
        "[package]\nname = \"core\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
    );
    sandbox.write("rust/src/lib.rs", "");
    sandbox.write(
        "rust/CHANGELOG.md",
        "# Changelog\n\n## 1.0.0\n\n- [x](y.md)\n\n[1.0.0]: https://h/o/r/releases/tag/v1.0.0\n",
    );
    sandbox.git_init();
    sandbox.git(&["tag", "v1.0.0"]);
    commit(&sandbox, "web/index.html", "feat: a page");
    commit(&sandbox, "rust/src/lib.rs", "feat: a function");
    let (code, out) = campaign(&["changelog", "draft", "--format", "json"]);
    let drafted: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(
        (
            code,
            drafted["changelogs"][0]["commits"].as_array().map(Vec::len)
        ),
        (Some(0), Some(1)),
        "{out}"
    );
    assert!(sandbox.read("rust/CHANGELOG.md").contains("- A function ("));
    let (_, notes) = campaign(&["changelog", "notes", "1.0.0"]);
    assert_eq!(notes, "- [x](https://h/o/r/blob/v1.0.0/rust/y.md)\n");
}
