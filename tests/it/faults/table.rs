//! The exit codes as a whole, and what commands write: only below `.campaign/`, and what they were asked to write.

use super::{COMMANDS, counted, pinned, shows};
use crate::harness::{Sandbox, changes, script, tree};

/// Every code of the table, from a command that gives it. 130 needs a signal: see `signals`.
#[test]
fn every_exit_code_is_given() {
    let sandbox = pinned();
    let fails = "[collect]\ndefault = [\"loc\"]\n[gates]\n\"loc.files\" = \"= 1\"\n";
    let warns = "[collect]\ndefault = [\"loc\"]\n[gates]\n\"loc.files\" = { require = \"= 1\", level = \"warn\" }\n";
    let waived = format!(
        "{fails}[[waiver]]\ngate = \"loc.files\"\nreason = \"generated\"\nowner = \"ana\"\nuntil = 2999-12-31\n"
    );
    for (config, args, code, said) in [
        (super::COUNTED, &["gate"][..], 0, "PASS 1 of 1 gates"),
        (warns, &["gate"], 0, "WARN"),
        (&waived, &["gate"], 0, "1 waived"),
        (fails, &["gate"], 1, "error: Rust files: 3, required = 1"),
        (
            fails,
            &["final"],
            2,
            "refusing to pin over a failing gate: loc.files 3, required = 1",
        ),
        (fails, &["final", "--accept", "as it is"], 1, "NOT READY"),
        (fails, &["gate", "--no-such-flag"], 2, "unexpected argument"),
        ("[gates", &["gate"], 2, "campaign.toml:1"),
        (
            "[gates]\n\"test.failed\" = \"= 0\"\n",
            &["gate", "--no-run"],
            3,
            "test.failed was not measured",
        ),
        ("", &["gate"], 3, "no gates are configured yet"),
        (fails, &["status"], 0, "NOT READY"),
        (fails, &["run"], 0, "Recorded run"),
    ] {
        sandbox.write("campaign.toml", config);
        shows(&sandbox.campaign(args), code, &[said]);
    }
    let mut sandbox = pinned();
    sandbox.set("CARGO", "/nowhere/cargo");
    shows(
        &sandbox.campaign(&["run"]),
        4,
        &["could not start /nowhere/cargo"],
    );
}

/// Everything a command may be asked for, with what it may then write.
#[test]
fn nothing_is_written_outside_of_the_store_but_what_was_asked_for() {
    let without = &[".campaign", "target"];
    for committed in [false, true] {
        let sandbox = pinned();
        if committed {
            sandbox.git_init();
        }
        let more: [&[&str]; 8] = [
            &["run", "--dry-run"],
            &["run", "fmt", "doc", "check"],
            &["gate", "--prove"],
            &["init", "--dry-run"],
            &["report", "--format", "markdown"],
            &["report", "--run", "latest"],
            &["diff", "baseline", "latest"],
            &["--version"],
        ];
        for args in COMMANDS.iter().copied().chain(more) {
            let before = outside(&sandbox, without);
            let out = sandbox.campaign(args);
            assert!(out.code < 4, "{args:?}: {}", out.stderr);
            assert_eq!(
                changes(&before, &outside(&sandbox, without)),
                Vec::<String>::new(),
                "{args:?}"
            );
        }
    }
}

/// The workspace, its repository, the home, cargo's home and the folder for temporary files of a test.
fn outside(
    sandbox: &Sandbox,
    without: &[&str],
) -> std::collections::BTreeMap<String, Option<Vec<u8>>> {
    let base = sandbox.root();
    let base = base.parent().expect("it lies in the sandbox");
    // Cargo keeps what it knows of its own: package cache locks, the age of what it used.
    let cargos: Vec<&str> = without.iter().copied().chain(["cargo-home"]).collect();
    tree(base, &cargos)
}

#[test]
fn what_was_asked_for_is_all_that_is_written() {
    let sandbox = pinned();
    for (args, written) in [
        (
            &[
                "gate",
                "--output",
                "json=a.json",
                "--output",
                "markdown=a.md",
            ][..],
            &["+ ws/a.json", "+ ws/a.md"][..],
        ),
        (&["final", "--report", "b.md"], &["+ ws/b.md"]),
        (&["status", "--output", "json=../c.json"], &["+ c.json"]),
    ] {
        let before = outside(&sandbox, &[".campaign", "target"]);
        assert_eq!(sandbox.campaign(args).code, 0);
        assert_eq!(
            changes(&before, &outside(&sandbox, &[".campaign", "target"])),
            written,
            "{args:?}"
        );
    }
    let sandbox = Sandbox::of("clean");
    let before = outside(&sandbox, &["target"]);
    assert_eq!(sandbox.campaign(&["init"]).code, 0);
    assert_eq!(
        changes(&before, &outside(&sandbox, &["target"])),
        ["+ ws/campaign.toml"]
    );
    // What is there is not written over.
    super::refused(
        &sandbox,
        &["init"],
        2,
        &["a campaign is already configured"],
    );
}

#[cfg(unix)]
#[test]
fn init_refuses_a_configuration_that_is_a_broken_link() {
    let sandbox = Sandbox::of("clean");
    let link = sandbox.path("campaign.toml");
    std::os::unix::fs::symlink("missing.toml", link).expect("it does not exist");
    let before = outside(&sandbox, &["target"]);
    super::refused(
        &sandbox,
        &["init"],
        2,
        &["campaign.toml is a link to a missing file"],
    );
    assert_eq!(
        changes(&before, &outside(&sandbox, &["target"])),
        Vec::<String>::new()
    );
}

/// A report goes where the user wants it, unless that is a source or the repository leads it elsewhere.
#[test]
#[cfg(unix)]
fn reports_are_not_written_over_sources_or_through_links_that_lead_outside() {
    use std::os::unix::fs::symlink;
    let sandbox = pinned();
    sandbox.write("plain.txt", "mine\n");
    sandbox.write("docs/report.md", "");
    for (target, link) in [
        ("../stage/x.md", "out.md"),
        ("../stage", "out"),
        ("docs", "inside"),
        ("../absent", "dangling"),
        (".git", "g"),
    ] {
        symlink(target, sandbox.path(link)).expect("the sandbox can be written");
    }
    sandbox.git_init();
    std::fs::write(sandbox.stage().join("x.md"), "theirs\n").expect("the sandbox can be written");
    let before = outside(&sandbox, &[".campaign", "target"]);
    let refused = [
        ("out.md", "leads out of the workspace"),
        ("out/new.md", "leads out of the workspace"),
        (
            "inside/../../stage/../ws/out/new.md",
            "leads out of the workspace",
        ),
        (".git/config", "in the git directory"),
        (".git/new", "in the git directory"),
        ("g/new", "in the git directory"),
        (".campaign/baseline.json", "in `.campaign`"),
        (".campaign/new.json", "in `.campaign`"),
        ("Cargo.toml", "not a report"),
        ("campaign.toml", "not a report"),
        ("core/src/lib.rs", "not a report"),
        ("inside/../plain.txt", "not a report"),
    ];
    for (path, said) in refused {
        shows(
            &sandbox.campaign(&["gate", "--output", &format!("markdown={path}")]),
            2,
            &["--output `", said],
        );
        shows(
            &sandbox.campaign(&["final", "--report", path]),
            2,
            &["--report `", said],
        );
    }
    assert_eq!(
        changes(&before, &outside(&sandbox, &[".campaign", "target"])),
        Vec::<String>::new()
    );
    for path in [
        "inside/report.md",
        "docs/report.md",
        "../stage/y.md",
        "/dev/null",
    ] {
        shows(
            &sandbox.campaign(&["gate", "--output", &format!("markdown={path}")]),
            0,
            &["PASS"],
        );
    }
    let fifo = std::process::Command::new("mkfifo")
        .arg(sandbox.path("fifo"))
        .status();
    if fifo.is_ok_and(|status| status.success()) {
        shows(
            &sandbox.campaign(&["gate", "--output", "json=fifo"]),
            4,
            &["cannot write ", "fifo"],
        );
    }
    // A report that was committed is written again, also by a clone that knows nothing of it.
    sandbox.commit("report");
    std::fs::remove_dir_all(sandbox.path(".campaign/index")).expect("caches may go");
    shows(
        &sandbox.campaign(&["gate", "--output", "markdown=docs/report.md"]),
        0,
        &["PASS"],
    );
}

/// A page is one file, or one with its style sheet beside it in a directory, which may be new. Both are written again, also
/// by a clone that knows nothing of them.
#[test]
fn page_is_written_to_a_file_and_to_a_directory() {
    let sandbox = pinned();
    sandbox.write("docs/index.md", "text\n");
    sandbox.git_init();
    sandbox.campaign(&["gate"]);
    for round in ["first", "again"] {
        for path in ["page.html", "page/", "page", "docs"] {
            let out = sandbox.campaign(&["report", "--output", &format!("html={path}")]);
            shows(&out, 0, &["Wrote", path]);
        }
        for (file, has_style) in [("page.html", true), ("page/index.html", false)] {
            let page = std::fs::read_to_string(sandbox.path(file)).expect("it was written");
            assert!(page.starts_with("<!DOCTYPE html>\n"), "{round} {file}");
            assert_eq!(page.contains("<style>"), has_style, "{round} {file}");
        }
        assert!(sandbox.path("docs/style.css").is_file(), "{round}");
        if round == "first" {
            // A report is not a source.
            shows(&sandbox.campaign(&["gate", "--no-run"]), 0, &["PASS"]);
            sandbox.commit("pages");
            std::fs::remove_dir_all(sandbox.path(".campaign/index")).expect("caches may go");
        }
    }
}

/// The sources change while they are measured: the figures belong to no tree, and are not judged.
#[test]
fn sources_that_change_meanwhile_give_no_verdict() {
    let finished =
        serde_json::json!({ "out": "{\"reason\":\"build-finished\",\"success\":true}\n" });
    let mut sandbox = counted();
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"check\"]\n[gates]\n\"check.errors\" = \"= 0\"\n",
    );
    let steps = serde_json::json!([{ "rm": "${root}/core/src/lib.rs" }, { "touch": "${root}/core/src/lib.rs" }, finished]);
    sandbox.fake_cargo(script(&[
        ("check", steps),
        ("", serde_json::json!(["real"])),
    ]));
    let named = "sources changed while they were measured: core/src/lib.rs\n";
    shows(
        &sandbox.campaign(&["gate"]),
        3,
        &["the sources changed while it was measured", named],
    );
    let source = Sandbox::of("clean").read("core/src/lib.rs");
    sandbox.write("core/src/lib.rs", &source);
    shows(
        &sandbox.campaign(&["baseline"]),
        3,
        &["the sources changed while they were measured", "--accept"],
    );
    shows(&sandbox.campaign(&["gate", "--no-run"]), 3, &[]);
}

#[test]
fn every_command_has_help() {
    let sandbox = counted();
    for args in COMMANDS {
        shows(
            &sandbox.campaign(&[args[0], "--help"]),
            0,
            &["Usage: cargo campaign"],
        );
    }
}
