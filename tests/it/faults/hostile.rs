//! Text from outside never steers a terminal, a page or a workflow log: it is shown escaped wherever it is shown.

use serde_json::json;

use super::{compiled, faulty};
use crate::harness::{Output, Sandbox};

/// Escape sequences, bells, carriage returns, invisible characters, workflow commands, markup, table breaks.
const HOSTILE: &str = "a\u{1b}[2J\u{1b}]0;t\u{7}\r\u{9b}31m\u{202e}b\u{ad}\u{3164}\n::error::c ##[error]d | <img src=x onerror=y> \
    [l](javascript:z) `t` @all";

/// The clean workspace whose one warning is hostile in every part of it, measured.
fn warned() -> Sandbox {
    let span = json!({
        "file_name": format!("core/src/{HOSTILE}.rs"), "line_start": 1, "line_end": 1, "column_start": 1, "column_end": 2,
        "is_primary": true, "text": [{ "text": HOSTILE, "highlight_start": 1, "highlight_end": 2 }],
    });
    let message = json!({
        "reason": "compiler-message", "package_id": "path+file://${root}/core#clean-core@0.3.0",
        "target": { "kind": ["lib"], "name": HOSTILE, "src_path": "${root}/core/src/lib.rs" },
        "message": { "message": HOSTILE, "code": { "code": format!("clippy::{HOSTILE}") }, "level": "warning",
            "spans": [span], "children": [], "rendered": HOSTILE },
    });
    let finished = "{\"reason\":\"build-finished\",\"success\":true}\n";
    let clippy = json!([{ "err": format!("{HOSTILE}\n") }, compiled(), { "out": format!("{message}\n{finished}") }]);
    let sandbox = faulty(&[("clippy", json!([compiled(), { "out": finished }]))]);
    let config = "[campaign]\nname = \"a b\"\n[collect]\ndefault = [\"clippy\"]\n[gates]\n\"clippy.warnings\" = \"= 0\"\n\"clippy.new\" = \"= 0\"\n\"clippy.lint.*\" = \"= 0\"\n";
    sandbox.write("campaign.toml", config);
    let pin = sandbox.campaign(&["baseline"]);
    assert_eq!(pin.code, 0, "{}", pin.stderr);
    sandbox.replace_rule("clippy", &clippy);
    sandbox.replace(
        "core/src/lib.rs",
        "#[cfg(test)]",
        "// Something else.\n#[cfg(test)]",
    );
    let run = sandbox.campaign(&["run", "-v"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    plain(&run, "run");
    sandbox
}

/// No byte that steers, whatever is shown.
fn plain(out: &Output, what: &str) {
    for text in [&out.stdout, &out.stderr] {
        let steers =
            |c: char| c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(steers), "{what}: {text:?}");
        assert!(
            !text.contains(['\u{ad}', '\u{3164}', '\u{200b}', '\u{2028}']),
            "{what}: {text:?}"
        );
        let command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
        assert!(!text.lines().any(command), "{what}: {text}");
    }
}

const SCREENS: [&[&str]; 10] = [
    &["gate"],
    &["gate", "-v"],
    &["status"],
    &["diff"],
    &["diff", "-v"],
    &["explain", "clippy.warnings"],
    &["explain", "clippy.new"],
    &["report"],
    &["history", "-v"],
    &["doctor"],
];

#[test]
fn a_hostile_diagnostic_is_escaped_on_every_screen() {
    let mut sandbox = warned();
    let mut shown = 0;
    for unicode in ["false", "true"] {
        sandbox.set("CARGO_TERM_UNICODE", unicode);
        for args in SCREENS {
            let out = sandbox.campaign(args);
            plain(&out, &args.join(" "));
            shown += usize::from(out.stdout.contains("\\u{1b}[2J"));
        }
    }
    assert!(shown >= 8, "it is shown, and escaped: {shown}");
}

/// Colour is ours alone: without our own sequences nothing is left that steers.
#[test]
fn colour_lets_nothing_else_through() {
    let sandbox = warned();
    for args in SCREENS {
        let args: Vec<&str> = args.iter().copied().chain(["--color", "always"]).collect();
        let out = sandbox.campaign(&args);
        let strip = |text: &str| anstream::adapter::strip_str(text).to_string();
        let ours = |text: &str| {
            text.split('\x1b').skip(1).all(|rest| {
                let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == '['));
                end.is_some_and(|end| rest.as_bytes()[end] == b'm')
            })
        };
        assert!(
            ours(&out.stdout) && ours(&out.stderr),
            "{args:?}: {:?}",
            out.stdout
        );
        plain(
            &Output {
                stdout: strip(&out.stdout),
                stderr: strip(&out.stderr),
                code: 0,
            },
            &args.join(" "),
        );
    }
}

#[test]
fn a_hostile_diagnostic_is_text_in_markdown_and_whole_in_json() {
    let sandbox = warned();
    let out = sandbox.campaign(&["report", "--format", "markdown"]);
    plain(&out, "markdown");
    let unescaped = out.stdout.replace("\\[", "").replace("\\]", "");
    for live in ["<img", "](javascript", "[l]", "@all", "| <"] {
        assert!(!unescaped.contains(live), "{live}: {}", out.stdout);
    }
    // A workflow that prints the file would execute its commands.
    sandbox.campaign(&["report", "--output", "markdown=page.md"]);
    let stdout = std::fs::read_to_string(sandbox.path("page.md")).expect("it was written");
    let written = Output { stdout, ..out };
    plain(&written, "the file");
    let out = sandbox.campaign(&["report", "--format", "json"]);
    plain(&out, "json");
    let report: serde_json::Value = serde_json::from_str(&out.stdout).expect("it is JSON");
    let first = HOSTILE.lines().next().unwrap_or_default();
    assert_eq!(
        report["findings"]["new"][0]["message"], first,
        "machines get the message's first line as it was said"
    );
}

/// Files and folders, the campaign's own words, and what the store holds.
#[test]
fn hostile_names_of_files_and_runs_are_escaped() {
    let sandbox = super::pinned();
    sandbox.write("core/src/a\u{1b}[2J\u{202e}.rs", "// TODO\n");
    sandbox.write(
        ".campaign/runs/2026/11/20261120-101502-4f2c4f2c.json",
        "\u{1b}[2J",
    );
    for args in [
        &["run"][..],
        &["gate"],
        &["status"],
        &["history"],
        &["explain", "todo.open"],
    ] {
        plain(&sandbox.campaign(args), &args.join(" "));
    }
    sandbox.write(
        ".campaign/baseline.json",
        "{\"format\": 1, \"run\": \"\u{1b}[2J\u{202e}\"",
    );
    plain(&sandbox.campaign(&["status"]), "a broken baseline");
    let odd = "odd\u{1b}[2Jfolder";
    sandbox.write(&format!("{odd}/Cargo.toml"), "[workspace\n");
    let manifest = format!("{odd}/Cargo.toml");
    plain(
        &sandbox.campaign(&["status", "--manifest-path", &manifest]),
        "a broken manifest in an odd folder",
    );
}

/// The command line and the configuration are quoted in messages, also where they are wrapped.
#[test]
fn workflow_commands_in_arguments_and_configuration_are_defused() {
    let sandbox = super::pinned();
    for width in ["40", "80", "140"] {
        let filler = "x".repeat(width.parse::<usize>().expect("a number") - 20);
        for hostile in [
            "\n::error::a",
            "##[error]a",
            "\u{9b}2J\u{200b}",
            &format!("{filler} ::error::a ##[group]b"),
        ] {
            for args in [
                &["gate", hostile][..],
                &["status", "--", hostile],
                &[hostile],
                &["explain", hostile],
                &["run", hostile],
            ] {
                let out = super::super::harness::output(
                    sandbox.campaign_command(args).env("COLUMNS", width),
                );
                plain(&out, &format!("{args:?} at {width}"));
            }
        }
    }
    for text in [
        "\"\u{9b}\u{2028}\u{200b}\" = 1\n",
        "[gates]\n\"##[error]a\" = \"= 0\"\n",
        "[gates]\n::error::a\n",
    ] {
        sandbox.write("campaign.toml", text);
        let out = sandbox.campaign(&["status"]);
        assert_eq!(out.code, 2, "{}", out.stderr);
        plain(&out, text);
    }
}
