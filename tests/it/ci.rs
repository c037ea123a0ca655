//! What the program prints and writes in a step of GitHub Actions.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Output, Sandbox};

/// Returns a workspace whose only gate has no verdict, so that nothing needs to be measured.
fn unmeasured() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    );
    sandbox.write("src/lib.rs", "");
    sandbox.write("campaign.toml", "[gates]\n\"loc.code\" = \"< 20\"\n");
    sandbox
}

/// Judges in a step whose files have this content; `None` if they do not exist.
fn step(sandbox: &mut Sandbox, content: Option<&str>) -> (Output, [PathBuf; 2]) {
    let files = ["summary.md", "output"].map(|name| sandbox.base().join(name));
    for (variable, file) in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"].iter().zip(&files) {
        if let Some(content) = content {
            fs::write(file, content).expect("a fresh directory can be written");
        }
        sandbox.set(variable, file);
    }
    let out = sandbox.campaign(&["gate", "--no-run", "--format", "github"]);
    (out, files)
}

#[test]
fn summary_and_outputs_are_appended() {
    let mut sandbox = unmeasured();
    let (out, files) = step(&mut sandbox, Some("before\n"));
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stdout
            .starts_with("::error file=campaign.toml,line=2,title=no verdict%3A loc.code::"),
        "{}",
        out.stdout
    );
    let [summary, output] = files.map(|file| fs::read_to_string(file).expect("it was there"));
    assert!(
        summary.starts_with("before\n## ws\n\n**NO VERDICT**"),
        "{summary}"
    );
    let lines: Vec<&str> = output.lines().collect();
    let delimiter = lines[1]
        .strip_prefix("verdict<<")
        .expect("the first output");
    assert!(delimiter.len() > 32, "{delimiter}");
    assert_eq!(lines[2..4], ["no-verdict", delimiter]);
    assert!(output.contains(&format!("exit-code<<{delimiter}\n3\n{delimiter}\n")));
}

#[test]
fn files_of_a_step_that_cannot_be_written_do_not_change_the_verdict() {
    let mut sandbox = unmeasured();
    let (out, files) = step(&mut sandbox, None);
    assert_eq!(out.code, 3, "{}", out.stderr);
    for (variable, file) in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"].iter().zip(&files) {
        assert!(
            out.stderr.contains(&format!("of {variable}: ")),
            "{}",
            out.stderr
        );
        assert!(!file.exists(), "{variable}");
    }
}

#[cfg(unix)]
#[test]
fn link_in_the_place_of_a_step_file_is_not_followed() {
    let mut sandbox = unmeasured();
    let victim = sandbox.base().join("victim");
    fs::write(&victim, "mine").expect("a fresh directory can be written");
    for name in ["summary.md", "output"] {
        std::os::unix::fs::symlink(&victim, sandbox.base().join(name)).expect("a fresh name");
    }
    let (out, _) = step(&mut sandbox, None);
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert!(
        out.stderr.contains("it is a symbolic link"),
        "{}",
        out.stderr
    );
    assert_eq!(fs::read_to_string(victim).expect("it is there"), "mine");
}

#[test]
fn summary_is_left_out_if_its_file_is_full() {
    let full = "x".repeat(900 * 1024);
    let mut sandbox = unmeasured();
    let (out, files) = step(&mut sandbox, Some(&full));
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert!(
        out.stderr.contains("the step summary was left out"),
        "{}",
        out.stderr
    );
    let [summary, output] = files.map(|file| fs::read_to_string(file).expect("it was there"));
    assert_eq!(summary.len(), full.len());
    assert!(output.contains("verdict<<"));
}

/// Returns a repository on `main` with a custom collector that counts the lines of `todo.txt`, and a pinned baseline.
#[cfg(unix)]
fn counting() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    );
    sandbox.write("src/lib.rs", "");
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"todo\"]\n[collect.todo]\n\
         command = [\"sh\", \"count\"]\n\
         [collect.todo.metrics]\n\
         \"todo.open\" = { unit = \"count\", better = \"lower\" }\n\
         \"todo.done\" = { unit = \"count\", better = \"higher\" }\n\
         [gates]\n\"todo.open\" = \"<= baseline\"\n",
    );
    sandbox.write(
        "count",
        "echo todo.open $(wc -l < todo.txt)\necho todo.done $(wc -l < done.txt)\n",
    );
    sandbox.write("todo.txt", "a\nb\n");
    sandbox.write("done.txt", "c\n");
    sandbox.git_init();
    let out = sandbox.campaign(&["baseline"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox.commit("feat: everything");
    sandbox.git(&["branch", "-M", "main"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    sandbox
}

#[cfg(unix)]
#[test]
fn pull_request_is_judged_by_the_policy_of_its_target() {
    let mut sandbox = counting();
    sandbox.replace("campaign.toml", "<= baseline", "<= 99");
    sandbox.append("todo.txt", "d\ne\n");
    sandbox.commit("feat: weaken the gate");
    let own = sandbox.campaign(&["ci"]);
    assert_eq!(own.code, 0, "{}{}", own.stdout, own.stderr);

    let summary = sandbox.base().join("summary.md");
    fs::write(&summary, "").expect("a fresh directory can be written");
    for (name, value) in [
        ("CI", "true".into()),
        ("GITHUB_ACTIONS", "true".into()),
        ("GITHUB_BASE_REF", "main".into()),
        ("GITHUB_STEP_SUMMARY", summary.clone().into_os_string()),
    ] {
        sandbox.set(name, value);
    }
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    for line in [
        "-\"todo.open\" = \"<= baseline\"",
        "+\"todo.open\" = \"<= 99\"",
    ] {
        assert!(out.stderr.contains(line), "{}", out.stderr);
    }
    let (screen, commands) = out.stdout.split_once("\n::").expect("both are printed");
    assert!(
        screen.contains("FAIL") && !screen.contains("::error"),
        "{screen}"
    );
    assert!(
        commands.starts_with("error file=campaign.toml,title=gate todo.open::"),
        "{commands}"
    );
    let summary = fs::read_to_string(summary).expect("it was there");
    assert!(
        summary.contains("Proposed configuration (not used)"),
        "{summary}"
    );
}

#[cfg(unix)]
#[test]
fn shallow_clone_without_the_target_has_no_verdict() {
    let mut sandbox = counting();
    sandbox.git(&["switch", "-qc", "feature"]);
    sandbox.append("todo.txt", "d\n");
    sandbox.commit("feat: one more");
    let from = format!("file://{}", sandbox.root().display());
    let clone = sandbox.path("clone");
    let to = clone.to_str().expect("a path of ASCII");
    sandbox.git(&[
        "clone", "-q", "--depth", "1", "--branch", "feature", &from, to,
    ]);
    sandbox.set("GITHUB_BASE_REF", "main");
    let run = |sandbox: &Sandbox| {
        crate::harness::output(&mut sandbox.campaign_command_in(&clone, &["ci"]))
    };
    let out = run(&sandbox);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    for text in ["is not in this shallow clone", "`fetch-depth: 0`"] {
        assert!(out.stderr.contains(text), "{}", out.stderr);
    }
    sandbox.unset("GITHUB_BASE_REF");
    let out = run(&sandbox);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr.contains("this clone is shallow"),
        "{}",
        out.stderr
    );
}

#[cfg(unix)]
#[test]
fn ratchet_pins_what_got_better_and_nothing_else() {
    let sandbox = counting();
    let pin = || sandbox.read(".campaign/baseline.json");
    let before = pin();
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(out.stderr.contains("nothing got better"), "{}", out.stderr);
    assert_eq!(pin(), before);

    // One value gets better, the other one worse.
    sandbox.write("todo.txt", "a\n");
    sandbox.write("done.txt", "");
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr.contains("Raised todo.open 2 → 1"),
        "{}",
        out.stderr
    );
    assert!(
        out.stderr.contains("Kept todo.done 1 → 0"),
        "{}",
        out.stderr
    );
    let json = sandbox.campaign(&["report", "--format", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let metrics = &report["metrics"];
    assert_eq!(metrics["todo.open"]["baseline"], 1);
    assert_eq!(metrics["todo.done"]["baseline"], 1);
    assert!(
        pin().contains("\"reason\":\"ratchet: todo.open 2 → 1\"")
            || pin().contains("\"reason\": \"ratchet: todo.open 2 → 1\""),
        "{}",
        pin()
    );

    sandbox.write("todo.txt", "a\nb\nc\n");
    let raised = pin();
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert_eq!(pin(), raised);
}
