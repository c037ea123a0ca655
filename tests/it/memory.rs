//! The peak memory of programs, measured with the real cargo.
#![cfg(target_os = "linux")]

use serde_json::Value;

use crate::harness::Sandbox;

/// A program that fills memory, or ends in another way.
const PROGRAM: &str = "fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some(\"fill\") => {
            let bytes = vec![1_u8; 64 << 20];
            std::hint::black_box(&bytes);
            println!(\"a line that nobody reads\");
        }
        Some(\"words\") => assert_eq!(args[1..], [\"a b;\", \"$HOME\", \"-v\", \"-v\"]),
        Some(\"exit\") => {
            eprintln!(\"error: out of luck\\nmore\");
            std::process::exit(3);
        }
        Some(\"abort\") => std::process::abort(),
        _ => {}
    }
}
";

fn workspace(config: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let package =
        "[package]\nname = \"tide\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[workspace]\n";
    sandbox.write("Cargo.toml", package);
    sandbox.write("src/main.rs", PROGRAM);
    sandbox.write(".gitignore", "/target\n/data\n");
    sandbox.write("campaign.toml", config);
    sandbox
}

/// Judges the workspace. Returns the exit code and the report.
fn gate(sandbox: &Sandbox) -> (i32, Value) {
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    let report = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    (out.code, report)
}

fn committed(config: &str) -> Sandbox {
    let sandbox = workspace(config);
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox
}

#[test]
fn peak_of_each_command_is_measured_or_has_a_reason() {
    let sandbox = committed(
        "[collect]\ndefault = [\"memory\"]\n[collect.memory.commands]\n\
         abort = [\"tide\", \"abort\"]\nexit = [\"tide\", \"exit\"]\nfill = [\"tide\", \"fill\"]\n\
         gone = [\"ebb\"]\nsmall = \"tide\"\nwords = [\"tide\", \"words\", \"a b;\", \"$HOME\", \"-v\", \"-v\"]\n\
         [gates]\n\"memory.*.peak\" = \"<= 100 MB\"\n",
    );
    let (code, report) = gate(&sandbox);
    assert_eq!(code, 3, "{report:#}");
    let near = "cannot be told apart from the";
    for (name, expected) in [
        ("abort", "it was ended by signal 6"),
        ("exit", "it exited with 3: out of luck"),
        ("gone", "no bin target named `ebb`"),
        ("small", near),
        ("words", near),
    ] {
        let gates = report["gates"].as_array().expect("a list").iter();
        let metric = format!("memory.{name}.peak");
        let gate = gates.clone().find(|gate| gate["metric"] == metric.as_str());
        let reason = gate.expect("each has a gate")["reason"].to_string();
        assert!(reason.contains(expected), "{name}: {reason}");
    }
    let peak = report["metrics"]["memory.fill.peak"]["value"].as_f64();
    let peak = peak.expect("a number");
    assert!((6.7e7..1e8).contains(&peak), "{peak}");
}

#[test]
fn recorded_peak_counts_until_an_input_changes() {
    let sandbox = committed(
        "[collect]\ndefault = [\"memory\"]\n[collect.memory.commands]\nfill = [\"tide\", \"fill\", \"data\"]\n\
         [gates]\n\"memory.fill.peak\" = \"<= 100 MB\"\n",
    );
    sandbox.write("data", "1");
    let run = || {
        let (code, report) = gate(&sandbox);
        assert_eq!(code, 0, "{report:#}");
        report["run"].to_string()
    };
    let first = run();
    assert_eq!(run(), first);
    sandbox.write("data", "2");
    let second = run();
    assert_ne!(second, first);
    sandbox.write("src/main.rs", &PROGRAM.replace("64 << 20", "65 << 20"));
    assert_ne!(run(), second);
}

#[test]
fn program_that_another_one_runs_is_not_measured() {
    let sandbox = workspace(
        "[collect]\ndefault = [\"memory\"]\n[collect.memory.commands]\nfill = [\"tide\", \"fill\"]\n\
         [gates]\n\"memory.fill.peak\" = \"<= 100 MB\"\n",
    );
    sandbox.write(
        ".cargo/config.toml",
        "[target.'cfg(unix)']\nrunner = \"env\"\n",
    );
    sandbox.git_init();
    let (code, report) = gate(&sandbox);
    let reason = report["gates"][0]["reason"].to_string();
    let expected = "cargo is configured to run programs through `env`, which would be measured too";
    assert!(code == 3 && reason.contains(expected), "{report:#}");
}
