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
