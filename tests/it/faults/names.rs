//! Gates on names that do not exist.

use super::{counted, faulty, shows};
use crate::harness::Sandbox;

/// A workspace that was measured, then given one gate.
fn gated(collectors: &str, gate: &str) -> Sandbox {
    let sandbox = counted();
    sandbox.write(
        "campaign.toml",
        &format!("[collect]\ndefault = [{collectors}]\n"),
    );
    let out = sandbox.campaign(&["baseline"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    sandbox.write(
        "campaign.toml",
        &format!("[collect]\ndefault = [{collectors}]\n[gates]\n{gate}\n"),
    );
    sandbox
}

#[test]
fn unknown_package_in_gate_is_an_error() {
    for metric in ["todo.open", "unsafe.blocks"] {
        let sandbox = gated(
            "\"loc\"",
            &format!("\"{metric}\" = {{ require = \"= 0\", package = \"clean-cor\" }}"),
        );
        for args in [
            &["gate"][..],
            &["gate", "--no-run"],
            &["gate", "--prove"],
            &["status"],
            &["run"],
            &["report"],
        ] {
            let out = sandbox.campaign(args);
            shows(
                &out,
                2,
                &[
                    "error: unknown package `clean-cor`",
                    "campaign.toml:4:",
                    "did you mean `clean-core`?",
                ],
            );
            assert_eq!(out.stdout, "", "{args:?}");
        }
    }
}

#[test]
fn unknown_package_is_found_before_anything_is_measured() {
    let sandbox = faulty(&[]);
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"clippy.new\" = [{ require = \"= 0\", package = \"nope\" }]\n",
    );
    let out = sandbox.campaign(&["gate"]);
    shows(&out, 2, &["unknown package `nope`", "no such package"]);
    assert!(!out.stderr.contains("Campaign"), "{}", out.stderr);
}

#[test]
fn unknown_lint_in_gate_is_an_error() {
    let sandbox = gated("\"clippy\"", "\"clippy.lint.needless_retrun\" = \"= 0\"");
    for args in [&["gate"][..], &["gate", "--prove"], &["gate", "--no-run"]] {
        shows(
            &sandbox.campaign(args),
            2,
            &[
                "unknown clippy lint `needless_retrun`",
                "campaign.toml:4:",
                "did you mean `needless_return`?",
            ],
        );
    }
    sandbox.replace("campaign.toml", "needless_retrun", "needless_return");
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
    // Clippy was asked once: the unchanged gate starts no process, not even that one.
    let mut command = sandbox.campaign_command(&["gate", "--no-run"]);
    let out = command
        .env("PATH", "/nonexistent")
        .output()
        .expect("it starts");
    assert_eq!(
        out.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn unknown_lint_in_alert_is_an_error() {
    let alert = "[[alert]]\nwhen = \"clippy.lint.needless_retrun > 0\"";
    let sandbox = gated(
        "\"clippy\"",
        &format!("\"clippy.errors\" = \"= 0\"\n{alert}"),
    );
    for args in [&["gate"][..], &["gate", "--no-run"], &["run"]] {
        shows(
            &sandbox.campaign(args),
            2,
            &[
                "unknown clippy lint `needless_retrun`",
                "did you mean `needless_return`?",
            ],
        );
    }
    sandbox.replace("campaign.toml", "needless_retrun", "needless_return");
    shows(&sandbox.campaign(&["run"]), 0, &["Recorded run"]);
}

#[test]
fn pattern_that_matches_no_lint_is_an_error() {
    let sandbox = gated("\"clippy\"", "\"clippy.lint.zzz*\" = \"= 0\"");
    for args in [
        &["gate"][..],
        &["gate", "--prove"],
        &["gate", "--no-run"],
        &["status"],
    ] {
        shows(
            &sandbox.campaign(args),
            2,
            &["pattern `zzz*` matches no clippy lint", "campaign.toml:4:"],
        );
    }
    for pattern in ["needless*", "*"] {
        sandbox.write(
            "campaign.toml",
            &format!(
                "[collect]\ndefault = [\"clippy\"]\n[gates]\n\"clippy.lint.{pattern}\" = \"= 0\"\n"
            ),
        );
        let out = sandbox.campaign(&["gate"]);
        assert_ne!(out.code, 2, "{pattern}: {}", out.stderr);
    }
}

#[test]
fn unknown_name_in_waiver_is_an_error() {
    let sandbox = gated(
        "\"loc\"",
        "\"todo.open\" = { require = \"= 0\", package = \"*\" }",
    );
    let gates = sandbox.read("campaign.toml");
    let waiver = |gate: &str| {
        format!(
            "{gates}[[waiver]]\nreason = \"x\"\ngate = \"{gate}\"\nowner = \"ana\"\nuntil = 2999-12-31\n"
        )
    };
    for (gate, code, said) in [
        (
            "todo.open@clean-cor",
            2,
            &[
                "unknown package `clean-cor`",
                "campaign.toml:7:",
                "`clean-core`?",
            ][..],
        ),
        (
            "todo.open@nope*",
            2,
            &["pattern `nope*` matches no package", "campaign.toml:7:"],
        ),
        ("todo.open@clean-core", 0, &["is not needed"]),
        ("todo.open@*", 0, &["is not needed"]),
        ("*@clean-core", 0, &["is not needed"]),
        ("todo.*@clean-core", 0, &["is not needed"]),
        (
            "*@clean-cor",
            2,
            &["unknown package `clean-cor`", "`clean-core`?"],
        ),
    ] {
        sandbox.write("campaign.toml", &waiver(gate));
        shows(&sandbox.campaign(&["gate", "--no-run"]), code, said);
    }
}

#[test]
fn one_package_of_a_gate_on_each_is_judged_alone() {
    let sandbox = counted();
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"loc.files\" = { require = \"< 2\", package = \"*\" }\n",
    );
    shows(&sandbox.campaign(&["run", "loc"]), 0, &[]);
    for (name, code, said) in [
        ("loc.files@*", 1, "2 gates asked for"),
        ("loc.files@clean-core", 0, "PASS 1 of 1 gates asked for"),
        ("loc.files@clean-cli", 1, "FAIL 1 of 1 gates asked for"),
        (
            "loc.files@clean-core loc.files@clean-cli",
            1,
            "FAIL 1 of 2 gates asked for fails (2 configured)",
        ),
        ("loc.files@clean-core loc.files@*", 1, "2 gates asked for"),
        ("*@clean-core", 0, "PASS 1 of 1 gates asked for"),
        ("*@clean-cli", 1, "FAIL 1 of 1 gates asked for"),
        ("loc.*@clean-cli", 1, "FAIL 1 of 1 gates asked for"),
        ("loc.files@clean-*", 1, "2 gates asked for"),
        ("*cli", 1, "2 gates asked for"),
        ("test.*@clean-cli", 2, "matches no gate"),
        ("loc.files@nobody", 2, "nobody"),
    ] {
        let names: Vec<&str> = name.split(' ').collect();
        shows(
            &sandbox.campaign(&[&["gate", "--no-run"], names.as_slice()].concat()),
            code,
            &[said],
        );
    }
}

#[test]
fn named_gates_are_judged_alone_and_the_verdict_says_so() {
    let sandbox = faulty(&[]);
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"loc.files\" = \"= 3\"\n\"loc.code\" = \"> 0\"\n\"todo.open\" = \"= 7\"\n\"clippy.new\" = \"= 0\"\n\
         [gates.slow]\n\"test.failed\" = \"= 0\"\n\
         [[waiver]]\ngate = \"test.failed\"\nreason = \"known\"\nowner = \"ana\"\nuntil = 2999-12-31\n",
    );
    for (names, code, said) in [
        (
            &["loc.*"][..],
            0,
            "PASS 2 of 2 gates asked for (5 configured)",
        ),
        (
            &["loc.files", "loc.code"],
            0,
            "PASS 2 of 2 gates asked for (5 configured)",
        ),
        (
            &["loc"],
            1,
            "FAIL 1 of 3 gates asked for fails (5 configured)",
        ),
        (
            &["todo.open", "--no-run"],
            1,
            "error: open to-dos: 0, required = 7",
        ),
        (
            &["slow", "--no-run"],
            3,
            "NO VERDICT 1 of 1 gates asked for without verdict (5 configured)",
        ),
        (&["loc.files", "--prove"], 0, "PROVEN 1 gate"),
    ] {
        let out = sandbox.campaign(&[&["gate"], names].concat());
        shows(&out, code, &[said]);
        assert!(
            !format!("{}{}", out.stdout, out.stderr).contains("matches no gate"),
            "{names:?}: {}",
            out.stdout
        );
    }
    for (name, help) in [
        ("loc.file", "did you mean `loc.files`?"),
        ("lco", "did you mean `loc`?"),
        ("clippy.warnings", "cargo campaign status (lists the gates;"),
        ("bench.*", "cargo campaign status (lists the gates;"),
        ("", "cargo campaign status (lists the gates;"),
    ] {
        let message = match name {
            "" => "the name of a gate is empty".to_owned(),
            name if name.contains('*') => format!("pattern `{name}` matches no gate"),
            name => format!("unknown gate `{name}`"),
        };
        let out = sandbox.campaign(&["gate", "loc", name]);
        shows(&out, 2, &[&message, help]);
        assert_eq!(out.stdout, "", "{name}");
    }
    let out = sandbox.campaign(&["gate", "--format", "json", "loc.files"]);
    shows(
        &out,
        0,
        &[
            "\"configured\": 5",
            "\"reason\": \"1 of 1 gates asked for passes (5 configured)\"",
        ],
    );
}
