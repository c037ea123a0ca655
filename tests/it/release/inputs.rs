//! What people write for a release: dates, changelog entries, attestations and workstreams.

use super::*;

#[test]
fn day_before_another_release_is_refused() {
    for (date, args, named) in [
        (
            "1795132800",
            "--date 2025-11-30",
            "date `2025-11-30` for `--date` is before 1.4.0 of 2025-12-01 in CHANGELOG.md",
        ),
        (
            "0",
            "",
            "date `1970-01-01` of the clock or `SOURCE_DATE_EPOCH` is before 1.4.0 of 2025-12-01 in CHANGELOG.md",
        ),
        ("1795132800", "--date 2025-12-01", ""),
        ("0", "--date 2025-12-02", ""),
    ] {
        let mut sandbox = unreleased();
        sandbox.set("SOURCE_DATE_EPOCH", date);
        for command in ["changelog release 1.5.0 --dry-run", "release 1.5.0"] {
            let args: Vec<&str> = command.split(' ').chain(args.split_whitespace()).collect();
            let out = sandbox.campaign(&args);
            assert_eq!(
                out.code == 2,
                !named.is_empty(),
                "{args:?}: {}{}",
                out.stdout,
                out.stderr
            );
            assert!(out.stderr.contains(named), "{args:?}: {}", out.stderr);
        }
    }
}

#[test]
fn list_items_without_text_are_no_entries() {
    let sandbox = unreleased();
    sandbox.replace("CHANGELOG.md", "- A pool.\n", "-\n- \n\n### Fixed\n\n1.\n");
    let out = sandbox.campaign(&["changelog", "release", "1.5.0"]);
    assert_eq!(out.code, 2, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr
            .contains("the section of unreleased changes (line 3) is empty"),
        "{}",
        out.stderr
    );
    let sandbox = ready();
    sandbox.replace("CHANGELOG.md", "- A pool.\n", "-\n");
    sandbox.commit("docs: nothing");
    let (code, ids) = gate(&sandbox, "1.5.0 --no-run");
    assert!(code == 1 && ids.contains("release.section"), "{code} {ids}");
}

#[test]
fn hint_about_missing_entries_does_not_depend_on_commits_that_are_not_there() {
    let sandbox = unreleased();
    sandbox.replace(
        "CHANGELOG.md",
        "## [Unreleased]\n\n### Added\n\n- A pool.\n\n",
        "",
    );
    let write = "help: write what changed below a heading `## [Unreleased]` in CHANGELOG.md";
    let out = sandbox.campaign(&["changelog", "release", "1.5.0"]);
    assert!(out.stderr.contains(&format!(
        "{write}, or have commits suggest it: cargo campaign changelog draft\n"
    )));
    std::fs::remove_dir_all(sandbox.path(".git")).expect("it is there");
    let out = sandbox.campaign(&["changelog", "release", "1.5.0"]);
    assert!(out.stderr.contains(&format!("{write}\n")), "{}", out.stderr);
    std::fs::remove_file(sandbox.path("CHANGELOG.md")).expect("it is there");
    for command in ["changelog lint", "changelog release 1.5.0", "release 1.5.0"] {
        let out = sandbox.campaign(&command.split(' ').collect::<Vec<_>>());
        assert!(
            !(out.stdout + &out.stderr).contains("changelog draft"),
            "{command}"
        );
    }
    let out = sandbox.campaign(&["changelog", "lint"]);
    assert!(out.stderr.contains(&format!("{write}\n")), "{}", out.stderr);
}

/// The evidence of an attestation, and what the release waits for then.
#[test]
fn evidence_is_a_tracked_file_or_an_address() {
    for (evidence, exists) in [
        ("docs/review.md", true),
        ("./docs/../docs/review.md", true),
        ("https://ci.example.invalid/7", true),
        ("/etc/passwd", false),
        ("../../outside.md", false),
        ("docs", false),
        ("target/x", false),
        ("file:///etc/passwd", false),
        ("seen by all", false),
    ] {
        let sandbox = ready();
        sandbox.replace(
            "campaign.toml",
            "branch",
            "attestations = [\"review\"]\nbranch",
        );
        let attestation = "[[attestation]]\nid = \"review\"\nstatement = \"s\"\nauthor = \"ana\"\ndate = 2026-11-01\n";
        sandbox.write(
            ".campaign/attestations.toml",
            &format!("{attestation}evidence = \"{evidence}\"\n"),
        );
        sandbox.write("docs/review.md", "");
        sandbox.write("target/x", "");
        sandbox.write("../outside.md", "");
        let workstream = format!("\n[[workstream]]\nid = \"w\"\ndeliverables = [\"{evidence}\"]\n");
        if !evidence.contains("://") {
            sandbox.write(
                "campaign.toml",
                &(sandbox.read("campaign.toml") + &workstream),
            );
        }
        sandbox.commit("docs: review");
        let expected = if exists {
            (0, "")
        } else {
            (1, "release.campaign")
        };
        let (code, ids) = gate(&sandbox, "1.5.0");
        assert_eq!((code, ids.as_str()), expected, "{evidence}");
    }
}

#[test]
fn attestations_that_git_does_not_track_do_not_count() {
    let sandbox = ready();
    sandbox.replace(
        "campaign.toml",
        "branch",
        "attestations = [\"review\"]\nbranch",
    );
    let attestation = "[[attestation]]\nid = \"review\"\nstatement = \"s\"\nauthor = \"ana\"\ndate = 2026-11-01\n";
    sandbox.write(
        ".campaign/attestations.toml",
        &format!("{attestation}evidence = \"core/src/lib.rs\"\n"),
    );
    sandbox.write(".gitignore", "/target\nattestations.toml\n");
    sandbox.commit("chore: ignore");
    assert_eq!(gate(&sandbox, "1.5.0"), (1, "release.campaign".to_owned()));
}

#[test]
fn mistake_in_attestations_is_found_before_anything_is_measured() {
    let sandbox = without_campaign(GOOD);
    sandbox.write("campaign.toml", "[release]\nattestations = [\"review\"]\n");
    sandbox.write(".campaign/attestations.toml", "[[attestation]]\nid = 3\n");
    sandbox.commit("docs: review");
    for args in ["gate --release 1.0.1", "release 1.0.2 --execute"] {
        let out = sandbox.campaign(&args.split(' ').collect::<Vec<_>>());
        assert_eq!(out.code, 2, "{args}: {}{}", out.stdout, out.stderr);
        assert!(
            out.stderr.contains(".campaign/attestations.toml:2:6"),
            "{}",
            out.stderr
        );
        assert!(!out.stderr.contains("Checked"), "{}", out.stderr);
    }
}

#[test]
fn gate_of_a_workstream_without_verdict_is_no_verdict() {
    let sandbox = ready();
    let workstream =
        "\n[[workstream]]\nid = \"w\"\n[workstream.gates]\n\"loc.files\" = \"<= baseline\"\n";
    sandbox.write(
        "campaign.toml",
        &(sandbox.read("campaign.toml") + workstream),
    );
    sandbox.commit("chore: a workstream");
    for args in ["1.5.0", "1.5.0 --no-run"] {
        assert_eq!(
            gate(&sandbox, args),
            (3, "release.campaign".to_owned()),
            "{args}"
        );
    }
}

#[test]
fn section_of_another_package_is_not_that_of_the_release() {
    for (heading, unreleased, is_of_release) in [
        ("## api 1.5.0 - 2026-01-02", "", false),
        ("## [api-v1.5.0] - 2026-01-02", "", false),
        ("## api 1.5.0 - 2026-01-02", "\n- Another one.\n", false),
        ("## core 1.5.0 - 2026-01-02", "", true),
        ("## Pool 1.5.0 - 2026-01-02", "", true),
    ] {
        let sandbox = ready();
        rename_tag(&sandbox, "core-v1.4.0");
        let changelog = format!(
            "# Changelog\n\n## Unreleased\n{unreleased}\n{heading}\n\n- A pool.\n\n\
             ## core 1.4.0 - 2025-12-01\n\n- First.\n"
        );
        sandbox.write("CHANGELOG.md", &changelog);
        sandbox.commit("docs: sections of packages");
        let (_, ids) = gate(&sandbox, "1.5.0 -p core --no-run");
        for id in ["release.section", "release.notes"] {
            assert_eq!(
                !ids.contains(id),
                is_of_release,
                "{heading} {unreleased}: {ids}"
            );
        }
    }
}

#[test]
fn changelog_that_git_ignores_fails_the_check() {
    let sandbox = ready();
    sandbox.write(".git/info/exclude", "CHANGELOG.md\n");
    assert_eq!(gate(&sandbox, "1.5.0"), (0, String::new()), "it is tracked");
    sandbox.git(&["rm", "-q", "--cached", "CHANGELOG.md"]);
    sandbox.git(&["commit", "-q", "-m", "chore: no changelog"]);
    assert_eq!(gate(&sandbox, "1.5.0"), (1, "release.section".to_owned()));
    let out = sandbox.campaign(&["gate", "--release", "1.5.0"]);
    let hint = "help: git add --force -- CHANGELOG.md, then commit it";
    let text = format!("{}{}", out.stdout, out.stderr);
    assert!(text.contains(hint), "{text}");
}
