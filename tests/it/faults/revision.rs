//! Judging with the policy of another revision, and naming runs by revision, date and age.

use super::{counted, shows};
use crate::harness::Sandbox;

/// A repository with a strict gate and a baseline on `main`, and a branch that loosens both.
fn loosened() -> Sandbox {
    let sandbox = counted();
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"loc\"]\n[gates]\n\"todo.open\" = \"<= baseline\"\n",
    );
    sandbox.git_init();
    shows(&sandbox.campaign(&["baseline"]), 0, &[]);
    sandbox.commit("baseline");
    sandbox.git(&["checkout", "-q", "-b", "change"]);
    sandbox.replace(
        "core/src/lib.rs",
        "#[cfg(test)]",
        "// TODO: more\n#[cfg(test)]",
    );
    shows(&sandbox.campaign(&["baseline", "--accept", "mine"]), 0, &[]);
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"loc\"]\n[gates]\n\"todo.open\" = \"<= 100\"\n",
    );
    sandbox.commit("loosened");
    sandbox
}

#[test]
fn base_revision_supplies_gates_and_baseline() {
    let sandbox = loosened();
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
    for revision in ["main", "HEAD~1"] {
        let differs =
            "the working tree's campaign.toml and .campaign/baseline.json differ and are not used";
        let out = sandbox.campaign(&["gate", "--base", revision]);
        shows(
            &out,
            1,
            &[
                &format!("gates and baseline are those of {revision} ("),
                differs,
                "1, required <= baseline (0)",
            ],
        );
        shows(
            &sandbox.campaign(&["status", "--base", revision]),
            0,
            &["NOT READY"],
        );
        shows(
            &sandbox.campaign(&["diff", "--base", revision]),
            0,
            &["open to-dos 0"],
        );
    }
    // A broken policy in the working tree does not matter, one in the revision is named as git names it.
    sandbox.write("campaign.toml", "[gates");
    shows(&sandbox.campaign(&["gate", "--base", "main"]), 1, &[]);
    sandbox.commit("broken");
    shows(
        &sandbox.campaign(&["gate", "--base", "HEAD"]),
        2,
        &["HEAD:campaign.toml:1"],
    );
}

/// What `baseline` and `init` do here changes nothing for the revision.
#[test]
fn help_for_a_base_revision_names_the_revision() {
    let sandbox = counted();
    let campaign = sandbox.read("campaign.toml");
    std::fs::remove_file(sandbox.path("campaign.toml")).expect("it is there");
    sandbox.git_init();
    sandbox.git(&["tag", "bare"]);
    sandbox.write("campaign.toml", &campaign);
    sandbox.commit("a campaign");
    sandbox.git(&["tag", "unpinned"]);
    shows(&sandbox.campaign(&["baseline"]), 0, &[]);
    let (no_gates, no_pin) = (
        "`bare` has no gates: merge a configuration with gates into it",
        "pin on `unpinned`",
    );
    for (command, code) in [("gate", 3), ("status", 0)] {
        for (revision, said) in [("bare", no_gates), ("unpinned", no_pin)] {
            let out = sandbox.campaign(&[command, "--base", revision]);
            shows(&out, code, &[said]);
            let text = format!("{}{}", out.stdout, out.stderr);
            assert!(
                !text.contains("campaign init") && !text.contains("campaign baseline"),
                "{text}"
            );
        }
    }
    shows(
        &sandbox.campaign(&["diff", "--base", "unpinned"]),
        3,
        &["`unpinned` has no baseline", no_pin],
    );
    let out = sandbox.campaign(&["gate", "--base", "unpinned", "--format", "json"]);
    assert!(
        out.stdout.contains("\"revision\": \"unpinned\""),
        "{}",
        out.stdout
    );
    shows(
        &sandbox.campaign(&["gate", "--prove", "--base", "bare"]),
        3,
        &["no gates are configured yet"],
    );
}

#[test]
fn unknown_base_revision_is_an_error() {
    let sandbox = loosened();
    for revision in ["nope", "--output=x", "main:campaign.toml", ""] {
        let arg = format!("--base={revision}");
        shows(
            &sandbox.campaign(&["gate", &arg]),
            2,
            &[&format!("unknown git revision `{revision}` for `--base`")],
        );
    }
    let plain = super::pinned();
    shows(
        &plain.campaign(&["gate", "--base", "main"]),
        4,
        &["not in a git working tree"],
    );
}

#[test]
fn runs_are_found_by_revision_date_and_age() {
    let sandbox = loosened();
    for side in ["main", "HEAD~1", "0h", "2999-01-01"] {
        shows(&sandbox.campaign(&["diff", side, "now"]), 0, &[]);
        shows(&sandbox.campaign(&["report", "--run", side]), 0, &[]);
    }
    for (side, said) in [
        ("HEAD", "no recorded run of `HEAD`"),
        ("9d", "no recorded run is as old as `9d`"),
        ("2001-01-01", "no recorded run is as old as `2001-01-01`"),
        ("nope", "no run `nope` is recorded"),
    ] {
        shows(&sandbox.campaign(&["diff", side, "now"]), 2, &[said]);
    }
    for (since, listed) in [
        ("1h", true),
        ("2001-01-01", true),
        ("main", true),
        ("2999-01-01", false),
    ] {
        let out = sandbox.campaign(&["history", "--since", since, "--format", "json"]);
        assert_eq!(
            (out.code, out.stdout.contains("\"id\"")),
            (0, listed),
            "{since}: {}",
            out.stdout
        );
    }
    shows(
        &sandbox.campaign(&["history", "--since", "yesterday"]),
        2,
        &["invalid value `yesterday` for `--since`"],
    );
}

#[test]
fn latest_run_to_pin_is_the_newest_complete_one() {
    let sandbox = counted();
    sandbox.write("campaign.toml", "[collect]\ndefault = [\"loc\", \"fmt\"]\n");
    shows(&sandbox.campaign(&["run", "loc"]), 0, &[]);
    shows(
        &sandbox.campaign(&["baseline", "--from", "latest"]),
        3,
        &[
            "no recorded run is complete",
            "has no complete values of fmt",
        ],
    );
    shows(&sandbox.campaign(&["run"]), 0, &[]);
    shows(&sandbox.campaign(&["run", "loc"]), 0, &[]);
    shows(&sandbox.campaign(&["baseline", "--from", "latest"]), 0, &[]);
    assert!(
        sandbox
            .read(".campaign/baseline.json")
            .contains("\"fmt.files\"")
    );
}

#[test]
fn name_of_a_branch_and_a_tag_is_refused_as_base() {
    let sandbox = loosened();
    sandbox.git(&["tag", "main", "change"]);
    sandbox.git(&["tag", "same", "change"]);
    sandbox.git(&["branch", "same", "change"]);
    for (revision, code) in [("main", 2), ("main~0", 2), ("main^{commit}", 2)] {
        let said: &[&str] = &[
            "`main` is ambiguous: refs/heads/main, refs/tags/main",
            "help: ",
        ];
        shows(&sandbox.campaign(&["gate", "--base", revision]), code, said);
    }
    shows(
        &sandbox.campaign(&["gate", "--base", "refs/heads/main"]),
        1,
        &["required <= baseline"],
    );
    shows(
        &sandbox.campaign(&["gate", "--base", "same"]),
        0,
        &["PASS 1 of 1 gates"],
    );
    shows(
        &sandbox.campaign(&["report", "--run", "main"]),
        2,
        &["`main` is ambiguous"],
    );
}

#[test]
fn replaced_commit_is_not_read_as_base() {
    let sandbox = loosened();
    sandbox.git(&["replace", "main", "change"]);
    shows(
        &sandbox.campaign(&["gate", "--base", "main"]),
        1,
        &["required <= baseline"],
    );
}

#[test]
fn committed_runs_are_no_evidence_without_an_index() {
    let sandbox = counted();
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"loc\"]\n[gates]\n\"todo.open\" = \"= 0\"\n",
    );
    shows(&sandbox.campaign(&["run"]), 0, &[]);
    sandbox.git_init();
    sandbox.git(&["add", "--force", ".campaign/runs"]);
    sandbox.git(&["commit", "--quiet", "--message", "runs"]);
    std::fs::remove_file(sandbox.path(".git/index")).expect("it is there");
    shows(
        &sandbox.campaign(&["gate", "--no-run"]),
        3,
        &["git tracks runs here"],
    );
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
}
