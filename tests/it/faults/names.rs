//! Gates on names that do not exist.

use super::{counted, faulty, shows};
use crate::harness::Sandbox;

/// A workspace that was measured, then given one gate.
fn gated(collectors: &str, gate: &str) -> Sandbox {
    let sandbox = counted();
    sandbox.write("campaign.toml", &format!("[collect]\ndefault = [{collectors}]\n"));
    let out = sandbox.campaign(&["baseline"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    sandbox.write("campaign.toml", &format!("[collect]\ndefault = [{collectors}]\n[gates]\n{gate}\n"));
    sandbox
}

#[test]
fn unknown_package_in_gate_is_an_error() {
    for metric in ["todo.open", "unsafe.blocks"] {
        let sandbox = gated("\"loc\"", &format!("\"{metric}\" = {{ require = \"= 0\", package = \"clean-cor\" }}"));
        for args in [&["gate"][..], &["gate", "--no-run"], &["gate", "--prove"], &["status"], &["run"], &["report"]] {
            let out = sandbox.campaign(args);
            shows(&out, 2, &["error: unknown package `clean-cor`", "campaign.toml:4:", "did you mean `clean-core`?"]);
            assert_eq!(out.stdout, "", "{args:?}");
        }
    }
}

#[test]
fn unknown_package_is_found_before_anything_is_measured() {
    let sandbox = faulty(&[]);
    sandbox.write("campaign.toml", "[gates]\n\"clippy.new\" = [{ require = \"= 0\", package = \"nope\" }]\n");
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
            &["unknown clippy lint `needless_retrun`", "campaign.toml:4:", "did you mean `needless_return`?"],
        );
    }
    sandbox.replace("campaign.toml", "needless_retrun", "needless_return");
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
    // Clippy was asked once: the unchanged gate starts no process, not even that one.
    let mut command = sandbox.campaign_command(&["gate", "--no-run"]);
    let out = command.env("PATH", "/nonexistent").output().expect("it starts");
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
}
