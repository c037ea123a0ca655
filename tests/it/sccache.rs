//! The compiler cache, with a scripted sccache that runs the real compiler.
#![cfg(unix)]

use serde_json::Value;

use crate::harness::Sandbox;

/// A package whose compiler runs through sccache.
fn workspace(settings: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"tide-core\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[workspace]\n",
        ),
        ("src/lib.rs", "pub fn tide() {}\n"),
        (
            ".cargo/config.toml",
            "[build]\nrustc-wrapper = \"sccache\"\n",
        ),
        (".gitignore", "/target\n"),
        (
            "campaign.toml",
            &format!(
                "[collect]\ndefault = [\"sccache\"]\n{settings}\n[gates]\n\"sccache.hit_rate\" = \">= 50 %\"\n\
                 \"sccache.cap\" = \"= 10GiB\"\n"
            ),
        ),
    ] {
        sandbox.write(name, text);
    }
    sandbox
}

/// An sccache that answers each compilation from its cache, or does this when it is asked for the counters.
fn tool(sandbox: &Sandbox, then: &str) {
    let stage = sandbox.stage();
    let stage = stage.display();
    let script = format!(
        "case $1 in\n\
         --version) echo 'sccache 0.16.0'; exit 0;;\n\
         --show-stats) touch {stage}/calls; n=$(wc -l < {stage}/calls); {then};;\n\
         *) echo \"$1\" >> {stage}/calls; env >> {stage}/env; exec \"$@\";;\n\
         esac\n\
         echo '{{\"stats\":{{\"compile_requests\":'$n',\"requests_not_cacheable\":0,\"cache_hits\":{{\"counts\":{{\"Rust\":'$n'}}}},\
         \"cache_misses\":{{\"counts\":{{}}}},\"cache_errors\":{{\"counts\":{{}}}},\"cache_timeouts\":0,\"cache_read_errors\":0,\
         \"cache_write_errors\":0,\"not_cached\":{{}}}},\"cache_size\":null,\"max_cache_size\":10737418240}}'"
    );
    sandbox.program("sccache", &script);
}

/// Commits the workspace and judges it. Returns the exit code and the gates.
fn gates(sandbox: &Sandbox) -> (i32, Vec<Value>) {
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    let gates = report["gates"].as_array().expect("a list");
    (out.code, gates.clone())
}

#[test]
fn clean_build_through_the_cache_is_counted() {
    let sandbox = workspace("");
    tool(&sandbox, ":");
    let (code, gates) = gates(&sandbox);
    let values: Vec<&Value> = gates.iter().map(|gate| &gate["value"]).collect();
    assert_eq!(code, 0, "{gates:#?}");
    assert_eq!(
        values,
        [&Value::from(100), &Value::from(10_737_418_240_u64)]
    );
    // Otherwise, builds by hand would have other entries in the cache.
    let env = sandbox.read("../stage/env");
    assert!(!env.contains("CARGO_TERM_PROGRESS_WHEN"), "{env}");
}

#[test]
fn faults_of_the_cache_give_no_value_and_are_named() {
    for (then, expected) in [
        (
            "echo \"sccache: error: couldn't connect to server\" >&2; exit 2",
            "exited with 2: sccache: error: couldn't connect to server",
        ),
        ("echo garbage; exit 0", "could not be read: expected value"),
        ("echo '{\"stats\":{}}'; exit 0", "missing field"),
        ("exit 0", "could not be read: EOF"),
        ("kill -9 $$", "killed by signal 9"),
        ("sleep 60", "over its time"),
        ("n=$((1000 - n))", "was restarted during the build"),
        ("n=0", "the server counted 0 requests"),
    ] {
        let sandbox = workspace("[collect.sccache]\ntimeout = \"20s\"");
        tool(&sandbox, then);
        let (code, gates) = gates(&sandbox);
        for gate in gates {
            let reason = gate["reason"].to_string();
            assert_eq!(
                (code, &gate["verdict"]),
                (3, &"no-verdict".into()),
                "{then}"
            );
            assert!(reason.contains(expected), "{then}: {reason}");
        }
    }
}

#[test]
fn cache_that_cargo_does_not_use_is_named_with_what_helps() {
    let missing = "cargo does not run the compiler through sccache";
    let setting = "add `rustc-wrapper = \"sccache\"` to [build] in .cargo/config.toml";
    let broken = "`sccache`, through which cargo runs the compiler, fails";
    let install = "cargo install sccache --locked";
    for (config, variable, script, parts) in [
        ("", None, "exit 101", [missing, setting]),
        ("sccache", Some(""), "exit 0", [missing, setting]),
        ("other", None, "exit 0", [missing, setting]),
        ("other", Some("sccache"), "exit 101", [broken, install]),
    ] {
        let mut sandbox = workspace("");
        let text = match config {
            "" => String::new(),
            config => format!("[build]\nrustc-wrapper = \"{config}\"\n"),
        };
        sandbox.write(".cargo/config.toml", &text);
        sandbox.program("sccache", script);
        sandbox.program("other", "exec \"$@\"");
        sandbox.git_init();
        if let Some(value) = variable {
            sandbox.set("RUSTC_WRAPPER", value);
        }
        let doctor = sandbox
            .campaign(&["doctor"])
            .stdout
            .replace("\n                       ", "");
        for part in parts {
            assert!(
                doctor.contains(part),
                "{config} {variable:?}: {part}: {doctor}"
            );
        }
    }
}
