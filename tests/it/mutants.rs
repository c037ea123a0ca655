//! Mutants, with a scripted cargo-mutants.
#![cfg(unix)]

use serde_json::Value;

use crate::harness::{Output, Sandbox, repository};

/// What cargo-mutants wrote for the workspace below.
fn outcomes() -> String {
    let path = repository().join("fixtures/streams/mutants/outcomes.json");
    std::fs::read_to_string(path).expect("a fixture")
}

/// A package with the mutants of the recorded run.
fn workspace(config: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let source = "pub struct Pool {\n    pub size: usize,\n}\n\nimpl Pool {\n    pub fn is_full(&self, used: usize) -> bool {\n        used >= self.size\n    }\n}\n";
    for (name, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"tide-core\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[workspace]\n",
        ),
        ("src/lib.rs", source),
        (
            "campaign.toml",
            &format!(
                "[collect]\ndefault = [\"mutants\"]\n{config}\n[gates]\n\"mutants.missed\" = \"= 0\"\n"
            ),
        ),
        ("../stage/outcomes.json", &outcomes()),
    ] {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox
}

/// A cargo-mutants that copies the recorded outcomes, keeps its arguments and the changes that it
/// gets, and then does this.
fn tool(sandbox: &Sandbox, then: &str) {
    let stage = sandbox.stage();
    let stage = stage.display();
    let script = format!(
        "[ \"$2\" = --version ] && exit 0\n\
         echo \"$@\" > {stage}/args\n\
         while [ $# -gt 0 ]; do\n\
         case $1 in --output) out=$2;; --in-diff) cp \"$2\" {stage}/changes;; esac\n\
         shift\n\
         done\n\
         mkdir $out/mutants.out\n\
         report=$out/mutants.out/outcomes.json\n\
         cp {stage}/outcomes.json $report\n\
         {then}"
    );
    sandbox.program("cargo-mutants", &script);
}

fn gate(sandbox: &Sandbox) -> (i32, Value) {
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    (out.code, report["gates"][0].clone())
}

fn succeeds(out: &Output) {
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
}

#[test]
fn missed_mutant_fails_the_gate_with_its_place() {
    let sandbox = workspace("");
    tool(&sandbox, "exit 3");
    let before = sandbox.git(&["status", "--porcelain", "--ignored"]);
    let (code, gate) = gate(&sandbox);
    assert_eq!((code, &gate["value"]), (1, &1.into()), "{gate}");
    let evidence = gate["evidence"].to_string();
    let expected = "src/lib.rs:7";
    assert!(evidence.contains(expected), "{evidence}");
    assert!(evidence.contains("replace Pool::is_full -> bool with true"));
    let after = sandbox.git(&["status", "--porcelain", "--ignored"]);
    let new: Vec<&str> = after
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    assert_eq!(
        new,
        ["!! .campaign/"],
        "the tool writes to a directory of ours"
    );
}

#[test]
fn only_changes_since_a_revision_are_passed_on() {
    let sandbox = workspace("[collect.mutants]\nsince = \"v1\"");
    tool(
        &sandbox,
        "rm -r $out/mutants.out\necho ' INFO No mutants to filter' >&2\nexit 0",
    );
    let (code, none) = gate(&sandbox);
    assert_eq!(code, 3, "{none}");
    let reason = none["reason"].to_string();
    assert!(reason.contains("`v1` is not a revision"), "{reason}");

    sandbox.git(&["tag", "v1"]);
    sandbox.write("src/new.rs", "pub fn one() -> u8 {\n    1\n}\n");
    sandbox.replace("src/lib.rs", "used >= self.size", "used > self.size");
    let (code, zero) = gate(&sandbox);
    assert_eq!((code, &zero["value"]), (0, &0.into()), "{zero}");
    let changes = sandbox.read("../stage/changes");
    for part in [
        "+        used > self.size\n",
        "+++ b/src/new.rs\n@@ -0,0 +1,3 @@\n+pub fn one() -> u8 {\n+    1\n+}\n",
    ] {
        assert!(changes.contains(part), "{part}: {changes}");
    }
}

#[test]
fn faults_of_the_tool_give_no_value_and_are_named() {
    for (then, expected) in [
        ("exit 70", "contradict the exit status"),
        (
            "rm $report; echo 'error: it broke' >&2; exit 70",
            "exited with 70: it broke",
        ),
        (
            "rm $report; exit 0",
            "the form of its outcomes is not known: EOF",
        ),
        (
            "echo '{\"outcomes\"' > $report; exit 0",
            "the form of its outcomes is not known",
        ),
        (
            "echo '{\"format\": 99}' > $report; exit 2",
            "the form of its outcomes is not known",
        ),
        (
            "sed -i 's/\"end_time\": .*\",/\"end_time\": null,/' $report; exit 3",
            "the run did not end",
        ),
        (
            "echo garbage > $report; exit 4",
            "the tests fail or do not compile without a mutation",
        ),
        ("kill -9 $$", "killed by signal 9"),
        ("sleep 60", "over its time"),
    ] {
        let sandbox = workspace("[collect.mutants]\ntimeout = \"2s\"");
        tool(&sandbox, then);
        let (code, gate) = gate(&sandbox);
        assert_eq!(
            (code, &gate["verdict"]),
            (3, &"no-verdict".into()),
            "{then}: {gate}"
        );
        let reason = gate["reason"].to_string();
        assert!(reason.contains(expected), "{then}: {reason}");
    }
}

#[test]
fn missing_tool_is_named_with_the_command_that_installs_it() {
    let sandbox = workspace("");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}", out.stdout);
    for part in [
        "cargo-mutants is not installed",
        "cargo install cargo-mutants --locked",
    ] {
        assert!(out.stdout.contains(part), "{part}: {}", out.stdout);
    }
    tool(&sandbox, "exit 3");
    let doctor = sandbox.campaign(&["doctor"]);
    let line = doctor.stdout.lines().find(|line| line.contains("mutants"));
    assert!(
        line.is_some_and(|line| line.contains("installed")),
        "{}",
        doctor.stdout
    );
    succeeds(&sandbox.campaign(&["run", "--dry-run"]));
}
