//! Workstreams: their status, what people record, and facts for scripts.

use crate::harness::Sandbox;

/// A workspace with two workstreams; the second needs the first.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    sandbox.write("src/lib.rs", "// TODO: more\n");
    sandbox.write(
        "campaign.toml",
        r#"[collect]
default = ["loc"]
[[workstream]]
id = "1"
owner = "ana"
paths = ["src/"]
gates = { "todo.open" = "= 0" }
[[workstream]]
id = "2"
owner = "ben"
needs = ["1"]
deliverables = ["NOTES.md"]
objectives = [
  { text = "rehearsed", attestation = "rehearsal" },
  { text = "explained", file = "README.md", contains = "how it works" },
]
"#,
    );
    sandbox.git_init();
    run(&sandbox, &["run", "loc"]);
    sandbox
}

/// Runs a command that must succeed.
fn run(sandbox: &Sandbox, args: &[&str]) {
    let out = sandbox.campaign(args);
    assert_eq!(out.code, 0, "{args:?}: {}{}", out.stdout, out.stderr);
}

/// Returns the key of a workstream's status, as `get` prints it.
fn status(sandbox: &Sandbox, id: &str) -> String {
    let out = sandbox.campaign(&["get", &format!("workstream.{id}.status")]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    out.stdout.trim().to_owned()
}

#[test]
fn status_follows_the_evidence() {
    let sandbox = workspace();
    let ready = |id: &str| sandbox.campaign(&["workstream", "ready", id]);
    assert_eq!(ready("1").code, 0);
    let answer = ready("2");
    let reason = "no: 1 is not started (open to-dos = 0: 1)\n";
    assert_eq!((answer.code, answer.stdout.as_str()), (1, reason));
    let refused = sandbox.campaign(&["workstream", "start", "2"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(
        !sandbox.path(".campaign/log").exists(),
        "nothing is recorded"
    );

    run(&sandbox, &["workstream", "start", "1"]);
    assert_eq!(status(&sandbox, "1"), "in_progress");
    sandbox.write("src/lib.rs", "");
    let answer = ready("2");
    assert_eq!(answer.code, 3, "not measured yet: {}", answer.stdout);
    assert_eq!(sandbox.campaign(&["workstream", "start", "2"]).code, 3);
    run(&sandbox, &["run", "loc"]);
    assert_eq!(status(&sandbox, "1"), "complete");
    assert_eq!(ready("2").code, 0);

    for name in ["NOTES.md", "README.md"] {
        sandbox.write(name, "how it works\n");
    }
    let attestation = "[[attestation]]\nid = \"rehearsal\"\nstatement = \"done\"\nauthor = \"ana\"\n\
                       date = 2020-01-01\nevidence = \"NOTES.md\"\n";
    sandbox.write(".campaign/attestations.toml", attestation);
    assert_eq!(status(&sandbox, "2"), "pending", "git tracks no file yet");
    let untracked = ".campaign/attestations.toml is not a file that git tracks";
    let release = || sandbox.campaign(&["gate", "--release", "0.2.0", "--no-run"]);
    let printed = unwrapped(&release().stdout);
    assert!(printed.contains(untracked), "{printed}");
    sandbox.commit("notes");
    let printed = unwrapped(&release().stdout);
    assert!(!printed.contains(untracked), "{printed}");
    run(&sandbox, &["run", "loc"]);
    assert_eq!(status(&sandbox, "2"), "complete");
    let screen = sandbox.campaign(&["status"]).stdout;
    assert!(screen.contains("Workstreams"), "{screen}");
    let report = sandbox.campaign(&["status", "--format", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("a report");
    assert_eq!(report["workstreams"][1]["met"], 3, "{report:#}");
}

#[test]
fn commits_that_change_the_paths_or_name_the_workstream_begin_it() {
    for (file, message) in [("src/more.rs", "more"), ("other", "more\n\nWorkstream: 1")] {
        let sandbox = workspace();
        run(&sandbox, &["baseline", "--accept", "without tests"]);
        sandbox.commit("baseline");
        assert_eq!(status(&sandbox, "1"), "pending");
        sandbox.write(file, "");
        sandbox.commit(message);
        assert_eq!(status(&sandbox, "1"), "in_progress", "{message}");
    }
}

/// Adds two workstreams with branches that change a line of the same file, the second one and a third that
/// needs the first.
fn with_branches() -> Sandbox {
    let sandbox = workspace();
    for (id, more) in [("a", ""), ("b", ""), ("c", "needs = [\"a\"]\n")] {
        let stream = format!("[[workstream]]\nid = \"{id}\"\nbranch = \"topic-{id}\"\n{more}");
        sandbox.append("campaign.toml", &stream);
    }
    sandbox.commit("workstreams");
    for (id, text) in [("a", "// A\n"), ("b", "// B\n"), ("c", "// C\n")] {
        sandbox.git(&["switch", "-q", "-c", &format!("topic-{id}"), "main"]);
        sandbox.write("src/lib.rs", text);
        sandbox.commit(id);
    }
    sandbox.git(&["switch", "-q", "main"]);
    sandbox
}

#[test]
fn branch_begins_its_workstream_and_conflicts_are_found_before_the_merge() {
    let sandbox = with_branches();
    let objects = || sandbox.git(&["count-objects", "-v"]);
    let before = objects();
    assert_eq!(status(&sandbox, "a"), "in_progress");
    let notes = |sandbox: &Sandbox| plan(sandbox)["notes"].to_string();
    let found = notes(&sandbox);
    for note in [
        "a, b, c all changed src/lib.rs since the baseline",
        "the branches of a and b conflict in src/lib.rs",
        "the branches of b and c conflict in src/lib.rs",
    ] {
        assert!(found.contains(note), "{note}: {found}");
    }
    for wrong in ["of a and c", "with HEAD"] {
        assert!(!found.contains(wrong), "{wrong}: {found}");
    }
    assert_eq!(objects(), before, "nothing is written to the repository");

    sandbox.git(&["merge", "-q", "--no-edit", "topic-a"]);
    let found = notes(&sandbox);
    let note = "the branch of b conflicts with HEAD in src/lib.rs";
    assert!(found.contains(note), "{found}");
    assert!(!found.contains("branches of a"), "{found}");
}

#[test]
fn clones_agree_after_their_logs_are_merged() {
    let one = workspace();
    let other = Sandbox::empty();
    let url = one.root();
    let url = url.to_str().expect("a path of ASCII");
    other.git(&["init", "-q"]);
    other.git(&["pull", "-q", url, "main"]);
    run(&one, &["workstream", "block", "1", "--reason", "no access"]);
    one.commit("blocked");
    run(&other, &["workstream", "start", "1"]);
    run(
        &other,
        &["workstream", "block", "1", "--reason", "nobody is here"],
    );
    run(&other, &["workstream", "unblock", "1"]);
    other.commit("started");
    other.git(&["pull", "-q", "--no-rebase", "--no-edit", url, "main"]);
    let merged = other.root();
    one.git(&[
        "pull",
        "-q",
        merged.to_str().expect("a path of ASCII"),
        "HEAD",
    ]);
    for sandbox in [&one, &other] {
        assert_eq!(status(sandbox, "1"), "blocked");
        run(sandbox, &["workstream", "unblock", "1"]);
        assert_eq!(status(sandbox, "1"), "in_progress");
    }
}

#[test]
fn selected_packages_say_nothing_about_workstreams() {
    let sandbox = workspace();
    for args in [
        &["workstream", "ready", "1", "-p", "a"][..],
        &["get", "workstream.1.status", "-p", "a"],
        &["plan", "--exclude", "a"],
    ] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 2, "{args:?}: {}", out.stderr);
        assert!(
            out.stderr.contains("has no effect on"),
            "{args:?}: {}",
            out.stderr
        );
    }
    let status = |args: &[&str]| sandbox.campaign(args).stdout;
    assert!(status(&["status"]).contains("Workstreams"));
    assert!(!status(&["status", "-p", "a"]).contains("Workstreams"));
}

#[test]
fn wait_says_what_was_reached() {
    let sandbox = workspace();
    let wait = |args: &[&str]| {
        let all = [&["workstream", "wait"], args].concat();
        let out = sandbox.campaign(&all);
        (out.code, out.stdout)
    };
    let reached = (0, "1 pending\n2 blocked\n".to_owned());
    assert_eq!(wait(&["1,2", "--for", "ready,blocked"]), reached);
    let late = (3, "2 blocked\n".to_owned());
    assert_eq!(wait(&["2", "--timeout", "0s"]), late);
    assert_eq!(wait(&["3"]).0, 2);
    assert_eq!(wait(&["1", "--for", "done"]).0, 2);
}

#[test]
fn bad_input_is_one_clear_message() {
    let sandbox = workspace();
    for (args, code, message) in [
        (
            &["workstream", "show", "11"][..],
            2,
            "unknown workstream `11`",
        ),
        (&["workstream", "note", "1", " "], 2, "the note is empty"),
        (
            &["workstream", "block", "1", "--reason", ""],
            2,
            "the reason is empty",
        ),
        (
            &["workstream", "unblock", "1"],
            1,
            "has no recorded blocker",
        ),
        (
            &["workstream", "start", "__proto__"],
            2,
            "unknown workstream `__proto__`",
        ),
        (
            &["get", "workstream.1.state"],
            2,
            "did you mean `workstream.1.status`?",
        ),
        (
            &["get", "metric.clippy.warnings"],
            3,
            "it was never measured",
        ),
        (
            &["get", "metric.todo.opne"],
            2,
            "did you mean `metric.todo.open`?",
        ),
        (&["get", "baseline.todo.open"], 3, "it has no value"),
        (&["get", "campaign.release"], 3, "has no `release`"),
    ] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, code, "{args:?}: {}", out.stderr);
        assert!(out.stderr.contains(message), "{args:?}: {}", out.stderr);
        assert_eq!(out.stdout, "", "{args:?}");
    }
    assert!(
        !sandbox.path(".campaign/log").exists(),
        "nothing is recorded"
    );

    sandbox.write(
        ".campaign/log/20200101-000000-workstream-00000000.json",
        "{",
    );
    let out = sandbox.campaign(&["workstream", "list"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(
        out.stderr.contains("has no effect: it is damaged"),
        "{}",
        out.stderr
    );
    sandbox.append(
        "campaign.toml",
        "[[workstream]]\nid = \"3\"\nneeds = [\"3\"]\n",
    );
    let out = sandbox.campaign(&["workstream", "list"]);
    let message = "workstreams that need each other: 3 -> 3";
    assert_eq!(out.code, 2, "{}", out.stderr);
    assert!(out.stderr.contains(message), "{}", out.stderr);
    assert!(out.stderr.contains("campaign.toml:"), "{}", out.stderr);
}

#[test]
fn attestation_counts_if_it_is_required_and_has_evidence() {
    let sandbox = workspace();
    let attest = |args: &[&str]| sandbox.campaign(&[&["attest"], args].concat());
    let file = ".campaign/attestations.toml";
    for (args, code, message) in [
        (
            &[
                "rehearsel",
                "--statement",
                "s",
                "--evidence",
                "campaign.toml",
            ][..],
            2,
            "did you mean `rehearsal`?",
        ),
        (
            &[
                "rehearsal",
                "--statement",
                " ",
                "--evidence",
                "campaign.toml",
            ],
            2,
            "the statement is empty",
        ),
        (
            &["rehearsal", "--statement", "s", "--evidence", "gone.md"],
            2,
            "its evidence gone.md is not a file that git tracks",
        ),
        (
            &[
                "rehearsal",
                "--statement",
                "s",
                "--evidence",
                "campaign.toml",
                "--until",
                "2026-13-01",
            ],
            2,
            "invalid date `2026-13-01` in `--until`",
        ),
        (
            &[
                "rehearsal",
                "--statement",
                "s",
                "--evidence",
                "campaign.toml",
                "--until",
                "2020-01-01",
            ],
            2,
            "expired on 2020-01-01",
        ),
        (
            &[
                "rehearsal",
                "--statement",
                "\u{1b}[31m",
                "--evidence",
                "campaign.toml",
            ],
            2,
            "a character that cannot be used",
        ),
        (&["rehearsal"], 2, "--statement"),
    ] {
        let out = attest(args);
        assert_eq!(out.code, code, "{args:?}: {}", out.stderr);
        assert!(out.stderr.contains(message), "{args:?}: {}", out.stderr);
        assert!(!sandbox.path(file).exists(), "{args:?}");
    }

    sandbox.write(file, "# by people\n");
    let given = [
        "rehearsal",
        "--statement",
        "all of it",
        "--evidence",
        "campaign.toml",
    ];
    assert_eq!(attest(&given).code, 0);
    assert!(
        sandbox
            .read(file)
            .starts_with("# by people\n\n[[attestation]]\nid = \"rehearsal\"\n")
    );
    let list = attest(&["list"]).stdout;
    assert!(
        list.contains("rehearsal") && list.contains("given") && list.contains("all of it"),
        "{list}"
    );
    let show = sandbox.campaign(&["workstream", "show", "2"]).stdout;
    assert!(show.contains("1 of 3 met"), "{show}");
    #[cfg(unix)]
    {
        let link = sandbox.path(file);
        std::fs::rename(&link, sandbox.path("elsewhere.toml")).expect("it exists");
        std::os::unix::fs::symlink("../elsewhere.toml", &link).expect("a fresh name");
        let out = attest(&given);
        assert_eq!(out.code, 4, "{}", out.stderr);
        assert!(
            out.stderr.contains("it is a symbolic link"),
            "{}",
            out.stderr
        );
        std::fs::remove_file(link).expect("it exists");
    }
    sandbox.write(file, "[[attestation]\n");
    let broken = attest(&given);
    assert_eq!(broken.code, 2, "{}", broken.stderr);
    assert_eq!(sandbox.read(file), "[[attestation]\n");
}

/// Returns the plan as JSON.
fn plan(sandbox: &Sandbox) -> serde_json::Value {
    let out = sandbox.campaign(&["plan", "--format", "json"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    serde_json::from_str(&out.stdout).expect("it is JSON")
}

#[test]
fn plan_follows_from_estimates_needs_and_progress() {
    let sandbox = workspace();
    sandbox.write(
        "campaign.toml",
        r#"[collect]
default = ["loc"]
[[milestone]]
id = "first"
target = 2020-01-01
[[milestone]]
id = "second"
target = 2199-01-01
[[milestone]]
id = "third"
[[workstream]]
id = "1"
milestone = "first"
owner = "ana"
estimate = "2.4d"
paths = ["src/"]
gates = { "todo.open" = "= 0" }
[[workstream]]
id = "2"
milestone = "second"
owner = "ana"
estimate = ["1d", "2d", "3d"]
paths = ["src/*.rs"]
deliverables = ["NOTES.md"]
[[workstream]]
id = "3"
milestone = "third"
needs = ["1"]
deliverables = ["NOTES.md"]
"#,
    );
    let planned = plan(&sandbox);
    let of = |at: usize, key: &str| planned["workstreams"][at][key].clone();
    assert_eq!(of(0, "critical"), true, "{planned:#}");
    assert_eq!(of(0, "left"), 2.4);
    assert_eq!(of(1, "critical"), false);
    assert_eq!(of(2, "at_least"), true, "it has no estimate");
    assert_eq!(planned["left"], 2.4);
    assert_eq!(planned["at_least"], true);
    let health = |plan: &serde_json::Value, at: usize| plan["milestones"][at]["health"].clone();
    assert_eq!(health(&planned, 0), "at-risk");
    assert_eq!(health(&planned, 1), "on-track");
    assert_eq!(health(&planned, 2), "waiting-on-others");
    let notes = planned["notes"].to_string();
    for note in [
        "ana has 2 at once: 1, 2",
        "1 and 2 both declare src/lib.rs",
        "2 and 3 both declare NOTES.md",
    ] {
        assert!(notes.contains(note), "{note}: {notes}");
    }

    run(
        &sandbox,
        &["workstream", "block", "1", "--reason", "no access"],
    );
    assert_eq!(health(&plan(&sandbox), 0), "blocked");
    run(&sandbox, &["workstream", "unblock", "1"]);
    sandbox.write("src/lib.rs", "");
    run(&sandbox, &["run", "loc"]);
    let planned = plan(&sandbox);
    assert_eq!(health(&planned, 0), "done");
    assert_eq!(planned["workstreams"][0]["left"], 0.0);
    assert!(
        !planned["notes"].to_string().contains("ana has"),
        "{planned:#}"
    );

    let markdown = sandbox.campaign(&["plan", "--format", "markdown"]).stdout;
    assert!(markdown.contains("```mermaid\ngantt\n"), "{markdown}");
    let refused = sandbox.campaign(&["plan", "--format", "junit"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("`plan` has no format `junit`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn log_that_cannot_be_read_is_no_empty_log() {
    let sandbox = workspace();
    run(
        &sandbox,
        &["workstream", "block", "1", "--reason", "no access"],
    );
    let entry = std::fs::read_dir(sandbox.path(".campaign/log")).expect("it exists");
    let entry = entry.flatten().next().expect("an entry").path();
    std::fs::remove_file(&entry).expect("it exists");
    std::fs::create_dir(&entry).expect("its name is free");
    let refused = |args: &[&str]| {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 4, "{args:?}: {}{}", out.stdout, out.stderr);
        assert!(out.stderr.contains("cannot read"), "{}", out.stderr);
    };
    refused(&["workstream", "ready", "1"]);
    refused(&["workstream", "list"]);
    std::fs::remove_dir_all(sandbox.path(".campaign/log")).expect("it exists");
    sandbox.write(".campaign/log", "");
    refused(&["workstream", "ready", "1"]);
    std::fs::remove_file(sandbox.path(".campaign/log")).expect("it exists");
    assert_eq!(sandbox.campaign(&["workstream", "ready", "1"]).code, 0);
}

#[test]
fn campaign_with_an_open_workstream_is_not_complete() {
    let sandbox = workspace();
    run(&sandbox, &["baseline"]);
    sandbox.commit("baseline");
    let out = sandbox.campaign(&["final"]);
    // There are no gates, so there is no verdict either.
    assert_eq!(out.code, 3, "{}", out.stderr);
    sandbox.append("campaign.toml", "[gates]\n\"todo.open\" = \"<= 1\"\n");
    let out = sandbox.campaign(&["final"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    let metrics = sandbox.read(".campaign/final-metrics.json");
    let metrics: serde_json::Value = serde_json::from_str(&metrics).expect("valid JSON");
    assert_eq!(metrics["complete"], false);
    assert_eq!(metrics["open"][0], "workstream 1");
    assert_eq!(metrics["metrics"]["todo.open"]["final"], 1);
    let report = sandbox.read(".campaign/completion.md");
    let expected = "The campaign is not complete; open: workstream 1, workstream 2.";
    assert!(report.contains(expected), "{report}");
}

#[test]
fn blocker_of_the_same_second_is_another_one() {
    let sandbox = workspace();
    for args in [
        &["workstream", "block", "1", "--reason", "no access"][..],
        &["workstream", "unblock", "1"],
        &["workstream", "block", "1", "--reason", "no access"],
    ] {
        run(&sandbox, args);
    }
    assert_eq!(status(&sandbox, "1"), "blocked");
}

#[test]
fn files_of_git_and_absolute_paths_are_no_evidence() {
    let sandbox = workspace();
    let absolute = sandbox.path("src/lib.rs").display().to_string();
    for file in [".git/HEAD", "../it/x", &absolute] {
        let out = sandbox.campaign(&[
            "attest",
            "rehearsal",
            "--statement",
            "done",
            "--evidence",
            file,
        ]);
        assert_eq!(out.code, 2, "{file}: {}", out.stderr);
    }
    sandbox.replace("campaign.toml", "NOTES.md", ".git/HEAD");
    let shown = sandbox.campaign(&["workstream", "show", "2"]);
    let expected = ".git/HEAD";
    let line = shown.stdout.lines().find(|line| line.contains(expected));
    assert!(
        line.is_some_and(|line| line.contains("open")),
        "{}",
        shown.stdout
    );
}

#[test]
fn wait_ends_when_the_configuration_becomes_invalid() {
    let sandbox = workspace();
    let mut waiting = sandbox.campaign_command(&["workstream", "wait", "1"]);
    let waiting = waiting.stderr(std::process::Stdio::piped()).spawn();
    let waiting = waiting.expect("it starts");
    // Whether it has read the configuration before or not.
    sandbox.append("campaign.toml", "x = [\n");
    let out = waiting.wait_with_output().expect("it ended");
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn entry_from_the_future_has_no_effect() {
    let sandbox = workspace();
    let entry = |time: &str| {
        format!(
            "{{\"workstream\": \"1\", \"action\": \"start\", \"author\": \"ana\", \"time\": \"{time}\"}}"
        )
    };
    let file = |at: &str| format!(".campaign/log/{at}-workstream-00000000.json");
    for (at, time, expected) in [
        (
            "29990101-000000",
            "2999-01-01T00:00:00Z",
            "is dated in the future",
        ),
        ("20200101-000000", "soon", "has no valid time: `soon`"),
    ] {
        sandbox.write(&file(at), &entry(time));
        let out = sandbox.campaign(&["workstream", "list"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        let message = unwrapped(&out.stderr);
        assert!(message.contains(expected), "{message}");
        assert_eq!(status(&sandbox, "1"), "pending", "{time}");
        std::fs::remove_file(sandbox.path(&file(at))).expect("it exists");
    }
    sandbox.write(&file("20200101-000000"), &entry("2020-01-01T00:00:00Z"));
    assert_eq!(status(&sandbox, "1"), "in_progress");
}

/// Returns a text without the ends of its lines.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Adds a workstream with an objective that a command shows, which succeeds once there is a file `shown`.
fn with_command() -> Sandbox {
    let sandbox = workspace();
    sandbox.append(
        "campaign.toml",
        "[[workstream]]\nid = \"3\"\nobjectives = [{ text = \"it works\", command = [\"git\", \"ls-files\", \"--error-unmatch\", \"shown\"] }]\n",
    );
    sandbox.commit("objective");
    sandbox
}

#[test]
fn command_shows_an_objective_when_a_measurement_has_run_it() {
    let sandbox = with_command();
    let show = || sandbox.campaign(&["workstream", "show", "3"]).stdout;
    assert!(show().contains("not run"), "{}", show());
    for looking in [&["status"][..], &["gate", "--no-run"], &["plan"]] {
        sandbox.campaign(looking);
    }
    assert!(show().contains("not run"), "{}", show());

    run(&sandbox, &["run"]);
    assert!(show().contains("it exited with 1"), "{}", show());
    sandbox.write("shown", "");
    sandbox.commit("shown");
    assert!(show().contains("it ran only in run"), "{}", show());
    run(&sandbox, &["run", "objectives"]);
    assert_eq!(status(&sandbox, "3"), "complete");
    let evidence = sandbox.campaign(&["explain", "objectives.3.1"]).stdout;
    assert!(evidence.contains("git ls-files --error-unmatch shown"));

    // It runs each time, and a selection of packages leaves it out.
    for (args, is_run) in [
        (&["run", "--dry-run"][..], true),
        (&["run", "-p", "a", "--dry-run"], false),
    ] {
        let plan = sandbox.campaign(args).stdout;
        assert_eq!(plan.contains("objectives.3.1"), is_run, "{plan}");
    }
}

#[test]
fn risk_is_active_while_the_evidence_says_so() {
    let sandbox = workspace();
    sandbox.append(
        "campaign.toml",
        r#"[[risk]]
id = "to-dos"
title = "To-dos hide defects"
probability = "high"
impact = "critical"
owner = "ana"
review = 2020-01-01
trigger = { "todo.open" = "> 0" }
[[risk]]
id = "lints"
title = "Lints are ignored"
probability = "low"
impact = "low"
owner = "ben"
trigger = { "clippy.warnings" = "> 0" }
[[risk]]
id = "done"
title = "The first part fails"
probability = "high"
impact = "high"
owner = "ben"
workstream = "1"
"#,
    );
    sandbox.commit("risks");
    run(&sandbox, &["run", "loc"]);
    let get = |key: &str| {
        let out = sandbox.campaign(&["get", key]);
        (out.code, out.stdout.trim().to_owned())
    };
    assert_eq!(get("risk.to-dos.status"), (0, "active".to_owned()));
    assert_eq!(get("risk.lints.status"), (3, String::new()));
    let screen = unwrapped(&sandbox.campaign(&["status"]).stdout);
    assert!(screen.contains("Risks"), "{screen}");
    assert!(screen.contains("review was due on"), "{screen}");
    let report = sandbox.campaign(&["status", "--format", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("a report");
    assert_eq!(report["risks"][0]["status"], "active", "{report:#}");
    assert_eq!(report["risks"][0]["exposure"], 12);
    assert_eq!(report["risks"][2]["id"], "lints");

    sandbox.write("src/lib.rs", "");
    assert_eq!(get("risk.to-dos.status").0, 3, "not measured yet");
    run(&sandbox, &["run", "loc"]);
    assert_eq!(get("risk.to-dos.status"), (0, "monitoring".to_owned()));
    assert_eq!(get("risk.done.status"), (0, "closed".to_owned()));
}

#[test]
fn attested_value_is_a_metric_until_it_expires() {
    let sandbox = workspace();
    sandbox.append(
        "campaign.toml",
        "[attested]\nbudget = { unit = \"EUR\", better = \"lower\" }\n[gates]\n\"attested.budget\" = \"<= 20000\"\n",
    );
    sandbox.write("invoice.md", "");
    sandbox.commit("budget");
    let gate = || sandbox.campaign(&["gate", "attested.budget"]);
    let missing = gate();
    assert_eq!(missing.code, 3, "{}{}", missing.stdout, missing.stderr);
    assert!(
        missing.stdout.contains("missing attestation"),
        "{}",
        missing.stdout
    );

    let given = ["--statement", "as invoiced", "--evidence", "invoice.md"];
    for (args, message) in [
        (&["budget"][..], "`budget` is a value"),
        (
            &["budget", "--value", "x"],
            "invalid number `x` in `--value`",
        ),
        (
            &["budget", "--value", "1", "--unit", "USD"],
            "campaign.toml declares `EUR`",
        ),
        (
            &["rehearsal", "--value", "1"],
            "`rehearsal` is not declared as a value",
        ),
        (
            &["rehearsal", "--unit", "EUR"],
            "`--unit` without `--value`",
        ),
    ] {
        let out = sandbox.campaign(&[&["attest"], args, &given].concat());
        assert_eq!(out.code, 2, "{args:?}: {}", out.stderr);
        assert!(out.stderr.contains(message), "{args:?}: {}", out.stderr);
    }

    let args = ["attest", "budget", "--value", "12500.5"];
    run(&sandbox, &[&args[..], &given].concat());
    let passed = gate();
    assert_eq!(passed.code, 0, "{}{}", passed.stdout, passed.stderr);
    let shown = sandbox.campaign(&["status"]).stdout;
    assert!(shown.contains("budget (attested)"), "{shown}");
    let value = sandbox.campaign(&["get", "metric.attested.budget"]);
    assert_eq!(value.stdout, "12500.5\n");
    run(&sandbox, &["run", "loc"]);
    run(&sandbox, &["run", "loc"]);
    let trend = sandbox.campaign(&["history", "--metric", "attested.budget"]);
    assert!(trend.stdout.contains("500.5"), "{}", trend.stdout);

    let file = ".campaign/attestations.toml";
    let text = sandbox.read(file);
    for (was, is, reason) in [
        (
            "evidence",
            "until = 2020-01-01\nevidence",
            "expired on 2020-01-01",
        ),
        ("\"EUR\"", "\"USD\"", "campaign.toml declares `EUR`"),
        ("value = 12500.5\n", "", "states no value"),
        (
            "invoice.md",
            "gone.md",
            "gone.md is not a file that git tracks",
        ),
        ("[[attestation]]", "[attestation]", "cannot be understood"),
    ] {
        sandbox.write(file, &text.replace(was, is));
        let out = gate();
        let printed = unwrapped(&out.stdout);
        assert_eq!(out.code, 3, "{was}: {printed}{}", out.stderr);
        assert!(printed.contains(reason), "{was}: {printed}");
    }
}

/// Returns the names and titles of the events in a file of messages.
fn told(sandbox: &Sandbox) -> Vec<(String, String)> {
    let text = sandbox.read("told.jsonl");
    let mut told = Vec::new();
    for line in text.lines() {
        let message: serde_json::Value = serde_json::from_str(line).expect("a message");
        let text = |key: &str| message[key].as_str().expect("a text").to_owned();
        told.push((text("name"), text("title")));
    }
    told
}

#[test]
fn others_are_told_once_what_people_do_and_what_follows_from_it() {
    let sandbox = workspace();
    sandbox.append(
        "campaign.toml",
        r#"[[milestone]]
id = "m1"
target = 2040-01-02
[[workstream]]
id = "3"
title = "Last"
milestone = "m1"
estimate = "1d"
gates = { "todo.open" = "= 0" }
[[notify]]
on = ["workstream.*", "milestone.*"]
file = "told.jsonl"
"#,
    );
    sandbox.commit("notify");
    run(&sandbox, &["workstream", "note", "1", "first look"]);
    run(&sandbox, &["workstream", "start", "1"]);
    run(
        &sandbox,
        &["workstream", "block", "3", "--reason", "no access"],
    );
    run(&sandbox, &["workstream", "unblock", "3"]);
    sandbox.write("src/lib.rs", "");
    run(&sandbox, &["run", "loc"]);
    run(&sandbox, &["run", "loc"]);
    // Other sources make the results unknown, which is no change.
    sandbox.write("src/lib.rs", "// more\n");
    run(&sandbox, &["workstream", "note", "1", "later"]);
    run(&sandbox, &["run", "loc"]);

    let told = told(&sandbox);
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "workstream.note",
        "workstream.started",
        "workstream.blocked",
        "milestone.blocked",
        "workstream.unblocked",
        "workstream.ready",
        "milestone.on-track",
        "workstream.complete",
        "workstream.ready",
        "workstream.complete",
        "milestone.done",
        "workstream.note",
    ];
    assert_eq!(names, expected, "{told:#?}");
    assert_eq!(told[7].1, "1 is complete");
    assert_eq!(told[8].1, "2 may start");
    assert!(told[2].1.starts_with("3 Last blocked by "), "{told:#?}");
}

#[test]
fn command_with_a_veto_refuses_a_start_and_nothing_is_recorded() {
    let sandbox = workspace();
    let notify = "[[notify]]\non = [\"workstream.started\"]\nveto = true\ncommand = [\"git\", \"COMMAND\"]\n";
    sandbox.append("campaign.toml", notify);
    sandbox.commit("veto");
    let out = sandbox.campaign(&["workstream", "start", "1"]);
    assert_eq!(out.code, 1, "{}", out.stderr);
    for expected in [
        "`git COMMAND` refuses the start of 1: the command ended with 1",
        "'COMMAND' is not a git command",
    ] {
        assert!(out.stderr.contains(expected), "{}", out.stderr);
    }
    assert!(!sandbox.path(".campaign/log").exists());
    run(&sandbox, &["workstream", "note", "1", "not asked"]);

    sandbox.replace("campaign.toml", "COMMAND", "--version");
    run(&sandbox, &["workstream", "start", "1"]);
    assert_eq!(status(&sandbox, "1"), "in_progress");
}

#[test]
fn decision_gets_a_number_that_no_branch_has_and_is_verified_by_gates() {
    let sandbox = workspace();
    sandbox.append("campaign.toml", "[gates]\n\"todo.open\" = \"= 0\"\n");
    sandbox.commit("gate");
    let new = |title: &str| sandbox.campaign(&["decision", "new", title]);
    assert_eq!(new("...").code, 2);
    run(&sandbox, &["decision", "list"]);

    sandbox.git(&["switch", "-q", "-c", "other"]);
    run(&sandbox, &["decision", "new", "Use the other"]);
    sandbox.commit("other");
    sandbox.git(&["switch", "-q", "main"]);
    assert!(!sandbox.path("docs/decisions").exists());
    run(&sandbox, &["decision", "new", "Keep to-dos out"]);
    let file = "docs/decisions/0002-keep-to-dos-out.md";
    let text = sandbox.read(file);
    assert!(text.starts_with("---\nstatus: proposed\ndate: "), "{text}");

    sandbox.append(file, "\nThe gate `todo.open` passes.\n");
    sandbox.commit("decision");
    let list = || {
        let out = sandbox.campaign(&["decision", "list", "--format", "json"]);
        let list: serde_json::Value = serde_json::from_str(&out.stdout).expect("a list");
        (out.code, list["decisions"].clone())
    };
    let confirmation = || list().1[0]["confirmation"].clone();
    assert_eq!(confirmation(), "not-known", "{:#}", list().1);
    run(&sandbox, &["run", "loc"]);
    assert_eq!(confirmation(), "violated");
    sandbox.write("src/lib.rs", "");
    run(&sandbox, &["run", "loc"]);
    assert_eq!(confirmation(), "verified");
    assert_eq!(list().0, 0);

    // The number of another branch, a number twice, and an unknown status.
    sandbox.write("docs/decisions/0001-mine.md", "# Mine\n## Status\ndone\n");
    sandbox.write(
        "docs/decisions/2-again.md",
        "# Again\n## Status\naccepted\n",
    );
    let (code, decisions) = list();
    assert_eq!(code, 1, "{decisions:#}");
    for (at, problem) in [
        (0, "unknown status `done`"),
        (0, "0001-use-the-other.md has this number on another branch"),
        (1, "2-again.md has this number too"),
        (2, "0002-keep-to-dos-out.md has this number too"),
    ] {
        let problems = decisions[at]["problems"].to_string();
        assert!(problems.contains(problem), "{at}: {problems}");
    }
}

#[test]
fn blocker_that_is_open_for_too_long_is_escalated_once() {
    let sandbox = workspace();
    sandbox.replace(
        "campaign.toml",
        "owner = \"ana\"\n",
        "owner = \"ana\"\nescalate = \"2d\"\n",
    );
    sandbox.append(
        "campaign.toml",
        "[[notify]]\non = [\"workstream.escalated\"]\nfile = \"told.jsonl\"\n",
    );
    sandbox.commit("escalate");
    let blocker = r#"{ "workstream": "1", "action": "block", "text": "no access", "author": "ben", "time": "TIME" }"#;
    let entry = |time: &str| blocker.replace("TIME", time);
    sandbox.write(
        ".campaign/log/20200101-000000-workstream-00000001.json",
        &entry("2020-01-01T00:00:00Z"),
    );
    let screen = unwrapped(&sandbox.campaign(&["status"]).stdout);
    let expected =
        "1 is blocked since 2020-01-01T00:00:00Z, longer than its limit (owner ana): no access";
    assert!(screen.contains(expected), "{screen}");
    run(&sandbox, &["run", "loc"]);
    run(&sandbox, &["run", "loc"]);
    let told = told(&sandbox);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        told[0],
        ("workstream.escalated".to_owned(), expected.to_owned())
    );

    run(&sandbox, &["workstream", "unblock", "1"]);
    let screen = sandbox.campaign(&["status"]).stdout;
    assert!(!screen.contains("longer than its limit"), "{screen}");
}

#[test]
fn each_level_of_escalation_is_announced_once_and_unblock_ends_all() {
    let sandbox = workspace();
    sandbox.replace(
        "campaign.toml",
        "owner = \"ana\"\n",
        "owner = \"ana\"\nescalate = [{ after = \"8h\", to = \"ben\", severity = \"warning\" }, \
         { after = \"2d\", to = \"board\" }, { after = \"5000w\", to = \"owners\" }]\n",
    );
    sandbox.append(
        "campaign.toml",
        "[[notify]]\non = [\"workstream.*\"]\nfile = \"told.jsonl\"\n",
    );
    sandbox.commit("escalate");
    sandbox.write(
        ".campaign/log/20200101-000000-workstream-00000001.json",
        r#"{ "workstream": "1", "action": "block", "text": "no access", "author": "ben", "time": "2020-01-01T00:00:00Z" }"#,
    );
    let blocked = "1 is blocked since 2020-01-01T00:00:00Z, escalated to";
    let levels = [
        format!(
            "{blocked} ben since 2020-01-01 (level 1 of 3, owner ana, board from 2020-01-03): no access"
        ),
        format!(
            "{blocked} board since 2020-01-03 (level 2 of 3, owner ana, owners from 2115-10-30): no access"
        ),
    ];
    let escalated = |text: &String| ("workstream.escalated".to_owned(), text.clone());
    run(&sandbox, &["run", "loc"]);
    run(&sandbox, &["run", "loc"]);
    assert_eq!(
        told(&sandbox),
        levels.iter().map(escalated).collect::<Vec<_>>()
    );

    let list = unwrapped(&sandbox.campaign(&["alert", "list"]).stdout);
    assert!(list.contains("blocker:1 critical firing"), "{list}");
    assert!(list.contains(&levels[1]), "{list}");
    let json = sandbox
        .campaign(&["alert", "list", "--format", "json"])
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let one = &json["escalations"][0];
    assert_eq!((&one["level"], &one["to"]), (&2.into(), &"board".into()));
    assert_eq!(one["next"]["to"], "owners");

    run(&sandbox, &["workstream", "unblock", "1"]);
    run(&sandbox, &["run", "loc"]);
    run(&sandbox, &["run", "loc"]);
    let resolved = told(&sandbox);
    let resolved = resolved
        .iter()
        .filter(|(name, _)| name == "workstream.resolved");
    assert_eq!(resolved.count(), 1);
    let list = sandbox.campaign(&["alert", "list"]).stdout;
    assert!(!list.contains("blocker:1"), "{list}");
}

#[test]
fn owner_of_the_paths_is_the_default() {
    let sandbox = workspace();
    sandbox.append(
        "campaign.toml",
        "[[workstream]]\nid = \"3\"\npaths = [\"src/\"]\n[[workstream]]\nid = \"4\"\npaths = [\"src/\", \"docs/*\"]\n",
    );
    sandbox.write(".github/CODEOWNERS", "* @all\n/src/ @core\n");
    sandbox.commit("owners");
    let owner = |id: &str| sandbox.campaign(&["get", &format!("workstream.{id}.owner")]);
    assert_eq!(owner("3").stdout, "@core\n");
    assert_eq!(owner("1").stdout, "ana\n");
    assert_eq!(owner("4").code, 3, "two owners");
}
