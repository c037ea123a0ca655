//! Counts of instructions, with a scripted Valgrind.
#![cfg(unix)]

use serde_json::Value;

use crate::harness::Sandbox;

fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"tide\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[workspace]\n",
        ),
        ("src/main.rs", "fn main() {}\n"),
        (".gitignore", "/target\n"),
        (
            "campaign.toml",
            "[collect]\ndefault = [\"instructions\"]\n[collect.instructions.commands]\nstart = [\"tide\", \"a b\"]\n\
             [gates]\n\"instructions.start.count\" = \"<= 2000\"\n",
        ),
    ] {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox
}

/// A Valgrind that does this. `$out` is its output file, and `$dir` the directory of that.
fn tool(sandbox: &Sandbox, then: &str) {
    let script = format!(
        "[ \"$1\" = --version ] && echo valgrind-3.19.0 && exit 0\n\
         for arg; do case $arg in --cachegrind-out-file=*) out=${{arg#*=}};; esac; done\n\
         dir=${{out%/*}}; out=$dir/$$\n{then}"
    );
    sandbox.program("valgrind", &script);
}

/// A summary of gungraun.
const SUMMARY: &str = r#"{"version":"7","module_path":"speed::fibs::fib","id":"short",
    "started_at":"2999-01-01T00:00:00Z","profiles":[{"tool":"Callgrind","data":{"parts":[],
    "total":{"regressions":[],"metrics":{"Ir":{"values":{"new":1500,"old":9}}}}}}]}"#;

/// Makes the workspace read summaries instead of running a command.
fn read_summaries(sandbox: &Sandbox) {
    let campaign = "[collect]\ndefault = [\"instructions\"]\n[collect.instructions]\n\
                    summaries = \"target/gungraun\"\n[gates]\n\
                    \"instructions.speed/fibs/fib/short.count\" = \"<= 2000\"\n";
    sandbox.write("campaign.toml", campaign);
    sandbox.program("valgrind", "exit 101");
}

#[test]
fn summaries_of_another_tool_are_read_and_noticed_when_they_change() {
    const FILE: &str = "target/gungraun/tide/speed/fib.short/summary.json";
    let sandbox = workspace();
    read_summaries(&sandbox);
    let (code, first) = gate(&sandbox);
    assert_eq!(
        (code, &first["verdict"]),
        (3, &"no-verdict".into()),
        "{first:#}"
    );
    sandbox.write(
        "target/gungraun/tide/speed/fib.short/callgrind.out",
        "not read",
    );
    sandbox.write(FILE, SUMMARY);
    let (code, found) = gate(&sandbox);
    assert_eq!(
        (code, &found["value"]),
        (0, &Value::from(1500)),
        "{found:#}"
    );
    sandbox.write(FILE, &SUMMARY.replace("1500", "2500"));
    let (code, found) = gate(&sandbox);
    assert_eq!(
        (code, &found["value"]),
        (1, &Value::from(2500)),
        "{found:#}"
    );
}

#[test]
fn summary_that_is_no_evidence_gives_no_value_and_is_named() {
    const DIRECTORY: &str = "target/gungraun/tide/speed/fib.short";
    let sandbox = workspace();
    read_summaries(&sandbox);
    let started = |time: &str| SUMMARY.replace("2999-01-01T00:00:00Z", time);
    for (text, other, expected) in [
        (started("2001-01-01T00:00:00Z"), "", "is older than"),
        (started("yesterday"), "", "`yesterday` is not a time"),
        (
            SUMMARY.replace("\"7\"", "\"8\""),
            "",
            "it has version \\\"8\\\"",
        ),
        (
            SUMMARY[..40].to_owned(),
            "",
            "it is not a summary of gungraun",
        ),
        (
            SUMMARY.replace("\"new\":1500,", ""),
            "",
            "no count of the last run",
        ),
        (
            SUMMARY.to_owned(),
            SUMMARY,
            "several summaries are about `speed/fibs/fib/short`",
        ),
    ] {
        sandbox.write(&format!("{DIRECTORY}/summary.json"), &text);
        if !other.is_empty() {
            sandbox.write(&format!("{DIRECTORY}.old/summary.json"), other);
        }
        let out = sandbox.campaign(&["gate", "--fresh", "--format", "json"]);
        assert_eq!(out.code, 3, "{expected}: {}", out.stdout);
        assert!(out.stdout.contains(expected), "{expected}: {}", out.stdout);
    }
}

/// Judges the workspace. Returns the exit code and the gate.
fn gate(sandbox: &Sandbox) -> (i32, Value) {
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    (out.code, report["gates"][0].clone())
}

const COUNT: &str = "printf 'events: Ir\\nsummary: 1000\\n'";

#[test]
fn count_of_the_started_process_is_taken() {
    let sandbox = workspace();
    let stage = sandbox.stage();
    // A process that was forked writes a count of its own, which contains that of its parent.
    let then = format!(
        "for arg; do echo \"$arg\"; done > {}/args; {COUNT} > $out; printf 'events: Ir\\nsummary: 9000\\n' > ${{out}}1",
        stage.display()
    );
    tool(&sandbox, &then);
    let (code, gate) = gate(&sandbox);
    assert_eq!((code, &gate["value"]), (0, &Value::from(1000)), "{gate:#}");
    let args = sandbox.read("../stage/args");
    let args: Vec<&str> = args.lines().collect();
    assert_eq!(args[..2], ["--tool=cachegrind", "--cache-sim=no"]);
    assert_eq!(args[4..], ["target/release/tide", "a b"]);
}

#[test]
fn faults_of_the_tool_give_no_value_and_are_named() {
    let sandbox = workspace();
    for (then, expected) in [
        (":", "valgrind-3.19.0 wrote no count"),
        (
            "printf 'events: Ir\\nsummary: 9000\\n' > ${out}1",
            "valgrind-3.19.0 wrote no count",
        ),
        (
            "echo garbage > $out",
            "cannot be read: it does not name the counted events",
        ),
        (
            "printf 'events: Ir\\nfn=main\\n' > $out",
            "cannot be read: it has no sums at its end",
        ),
        (
            "printf 'events: Ir\\nsummary: 0\\n' > $out",
            "cannot be read: it ends with `summary: 0`",
        ),
        (
            "echo 'valgrind: Fatal error at startup' >&2; exit 1",
            "it exited with 1 in valgrind-3.19.0: valgrind: Fatal error at startup",
        ),
        ("kill -9 $$", "it was ended by signal 9 in valgrind-3.19.0"),
    ] {
        tool(&sandbox, then);
        let (code, gate) = gate(&sandbox);
        let reason = gate["reason"].to_string();
        assert_eq!(
            (code, &gate["verdict"]),
            (3, &"no-verdict".into()),
            "{then}"
        );
        assert!(reason.contains(expected), "{then}: {reason}");
    }
}

#[test]
fn tool_that_cannot_be_used_is_named_with_the_command_that_installs_it() {
    let sandbox = workspace();
    for (script, expected) in [
        ("exit 101", "`valgrind --version` fails"),
        ("echo hello", "`valgrind --version` prints no known version"),
        ("echo valgrind-3.8.1", "valgrind-3.8.1 is older than 3.15"),
    ] {
        sandbox.program("valgrind", script);
        let doctor = sandbox.campaign(&["doctor"]).stdout;
        let (code, gate) = gate(&sandbox);
        for text in [&doctor, &gate["reason"].to_string()] {
            assert!(text.contains(expected), "{script}: {text}");
        }
        let install = "sudo apt-get install valgrind";
        assert!(code == 3 && doctor.contains(install), "{script}: {doctor}");
    }
}
