//! Files below `.campaign/` that came with the repository, or that lead elsewhere.

use std::fs;

use super::{pinned, shows};
use crate::harness::Sandbox;

/// A repository whose only run was committed, as a pull request could do.
fn committed_run() -> Sandbox {
    let sandbox = pinned();
    sandbox.git_init();
    sandbox.git(&["add", "-f", ".campaign/runs"]);
    sandbox.commit("runs");
    sandbox
}

#[test]
fn committed_run_is_not_evidence() {
    let sandbox = committed_run();
    let named = "git tracks runs here; a committed run is not evidence";
    for args in [&["gate", "--no-run"][..], &["gate", "--no-run", "-q"]] {
        let out = sandbox.campaign(args);
        assert_eq!(
            (out.code, out.stderr.matches(named).count()),
            (3, 1),
            "{args:?}: {}",
            out.stderr
        );
    }
    shows(
        &sandbox.campaign(&["history"]),
        0,
        &[named, "git rm -r .campaign/runs"],
    );
    let out = sandbox.campaign(&["gate"]);
    shows(&out, 0, &[named, "Recorded run", "PASS 1 of 1 gates"]);
    // The run that was measured here counts from now on.
    shows(
        &sandbox.campaign(&["gate", "--no-run"]),
        0,
        &["PASS 1 of 1 gates"],
    );
}

#[test]
fn damaged_index_of_git_gives_no_verdict_and_is_named() {
    let sandbox = pinned();
    sandbox.git_init();
    let index = sandbox.path(".git/index");
    let whole = fs::read(&index).expect("it was written");
    let mut emptied = whole.clone();
    emptied[8..12].fill(0);
    let mut flipped = whole.clone();
    flipped[30] ^= 1;
    for bytes in [&whole[..0], &whole[..13], &whole[..60], &emptied, &flipped] {
        fs::write(&index, bytes).expect("it is ours");
        let damaged = ".git/index cannot be read: it is damaged";
        let reason = "no recorded run is used: git's index";
        let help = format!(
            "help: rm {}/.git/index && git reset",
            sandbox.root().display()
        );
        for args in [&["gate", "--no-run"][..], &["gate"]] {
            shows(&sandbox.campaign(args), 3, &[damaged, reason, &help]);
        }
        let fix = help.replace("help:", "fix:");
        shows(&sandbox.campaign(&["doctor"]), 4, &["  NO  git", &fix]);
    }
    fs::write(&index, &flipped).expect("it is ours");
    sandbox.output("sh", &["-c", "rm .git/index && git reset"]);
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
    fs::remove_file(&index).expect("it is ours");
    sandbox.output("mkfifo", &[".git/index"]);
    let named = [".git/index cannot be read: it is not a regular file"];
    shows(&sandbox.campaign(&["gate", "--no-run"]), 3, &named);
}

#[test]
fn run_that_was_copied_here_is_evidence() {
    let sandbox = pinned();
    sandbox.git_init();
    let (root, old) = (sandbox.root(), sandbox.base().join("old"));
    fs::rename(&root, &old)
        .and_then(|()| fs::create_dir(&root))
        .expect("it is ours");
    sandbox.git(&["clone", "-q", "../old", "."]);
    shows(&sandbox.campaign(&["gate", "--no-run"]), 3, &[]);
    sandbox.output("cp", &["-r", "../old/.campaign/runs", ".campaign/runs"]);
    shows(
        &sandbox.campaign(&["gate", "--no-run"]),
        0,
        &["PASS 1 of 1 gates"],
    );
}

#[test]
fn committed_caches_are_ignored() {
    let sandbox = pinned();
    sandbox.write("src/extra.rs", "// TODO: one more\n");
    sandbox.write(".campaign/index/reports", &sha256("// TODO: one more\n"));
    shows(
        &sandbox.campaign(&["gate", "--no-run"]),
        0,
        &["PASS 1 of 1 gates"],
    );
    sandbox.git_init();
    sandbox.git(&["add", "-f", ".campaign/index"]);
    sandbox.commit("index");
    shows(
        &sandbox.campaign(&["gate", "--no-run"]),
        3,
        &["the sources changed since"],
    );
}

fn sha256(text: &str) -> String {
    let sandbox = Sandbox::empty();
    sandbox.write("file", text);
    sandbox.output("sha256sum", &["file"]).stdout[..64].to_owned()
}

#[test]
fn committed_journal_is_not_followed() {
    let sandbox = pinned();
    sandbox.write(".campaign/journal/edit.commit", "anything");
    sandbox.git_init();
    sandbox.git(&["add", "-f", ".campaign/journal"]);
    sandbox.commit("journal");
    shows(
        &sandbox.campaign(&["status"]),
        0,
        &["warning: ignoring", "git rm -r --cached .campaign/journal"],
    );
    shows(&sandbox.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
    shows(
        &sandbox.campaign(&["bump", "patch"]),
        4,
        &["which must not be committed"],
    );
    assert_eq!(sandbox.read(".campaign/journal/edit.commit"), "anything");
}

#[cfg(unix)]
#[test]
fn links_below_the_store_are_not_written_through() {
    use std::os::unix::fs::symlink;
    for (name, args) in [
        ("completion.md", &["final"][..]),
        ("index/heads.jsonl", &["run"]),
        ("index/order", &["run"]),
        ("index", &["run"]),
        ("baseline.json", &["baseline", "--accept", "a link"]),
        ("final.json", &["final"]),
        (".gitignore", &["run"]),
    ] {
        let sandbox = pinned();
        let outside = sandbox.base().join("outside");
        if name == "index" {
            fs::create_dir(&outside).expect("it is ours");
        } else {
            fs::write(&outside, "keep\n").expect("it is ours");
        }
        let link = sandbox.path(".campaign").join(name);
        let _ = fs::remove_dir_all(&link);
        let _ = fs::remove_file(&link);
        fs::create_dir_all(link.parent().expect("it has one")).expect("it is ours");
        symlink(&outside, &link).expect("it is ours");
        sandbox.campaign(args);
        match fs::read_to_string(&outside) {
            Ok(text) => assert_eq!(text, "keep\n", "{name}"),
            Err(_) => assert_eq!(
                fs::read_dir(&outside).expect("a directory").count(),
                0,
                "{name}"
            ),
        }
    }
}

#[cfg(unix)]
#[test]
fn linked_pin_or_run_is_not_read() {
    let sandbox = pinned();
    let (link, outside) = (
        sandbox.path(".campaign/baseline.json"),
        sandbox.base().join("outside.json"),
    );
    fs::rename(&link, &outside)
        .and_then(|()| std::os::unix::fs::symlink(&outside, &link))
        .expect("it is ours");
    shows(&sandbox.campaign(&["gate"]), 4, &["it is a symbolic link"]);
    fs::remove_file(&link)
        .and_then(|()| fs::rename(&outside, &link))
        .expect("it is ours");
    let runs = sandbox.path(".campaign/runs");
    fs::rename(&runs, &outside)
        .and_then(|()| std::os::unix::fs::symlink(&outside, &runs))
        .expect("it is ours");
    shows(&sandbox.campaign(&["gate", "--no-run"]), 3, &[]);
}

/// A reader would never come to the end.
#[cfg(unix)]
#[test]
fn device_is_refused_at_once() {
    for (name, device, code) in [
        ("core/Cargo.toml", "/dev/zero", 4),
        (".cargo/config.toml", "/dev/zero", 4),
        ("rust-toolchain.toml", "/dev/zero", 4),
        ("clippy.toml", "/dev/zero", 4),
        ("core/src/lib.rs", "/dev/zero", 4),
        ("Cargo.lock", "/dev/zero", 4),
        ("clippy.toml", "/dev/null", 0),
    ] {
        let sandbox = pinned();
        let path = sandbox.path(name);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(device, &path).unwrap();
        let out = sandbox.output(
            "timeout",
            &["20", env!("CARGO_BIN_EXE_cargo-campaign"), "run"],
        );
        assert_eq!(out.code, code, "{name}: {}", out.stderr);
        let said = format!("`{name}` is a device: cargo would read it without end");
        assert_eq!(
            out.stderr.contains(&said),
            code == 4,
            "{name}: {}",
            out.stderr
        );
    }
}

/// A reader that opened a named pipe would wait for a writer for ever.
#[cfg(unix)]
#[test]
fn named_pipe_is_refused_at_once() {
    const RUN: &str = ".campaign/runs/2026/01/20260102-030405-01234567.json";
    for (name, args, code) in [
        (".campaign/baseline.json", &["gate"][..], 4),
        (".campaign/index/heads.jsonl", &["run"], 0),
        (".campaign/index/order", &["run"], 0),
        (".campaign/index/tree", &["gate"], 0),
        (".campaign/lock", &["run"], 0),
        (".campaign/lock", &["gate", "--fresh"], 0),
        (RUN, &["status"], 0),
        (RUN, &["history"], 0),
        (RUN, &["gate", "--no-run"], 3),
        ("CHANGELOG.md", &["changelog", "lint"], 4),
        ("campaign.toml", &["gate"], 2),
        ("Cargo.toml", &["gate"], 2),
        ("Cargo.lock", &["gate", "--no-run"], 3),
        (".cargo/config.toml", &["run"], 4),
        (".cargo/config.toml", &["gate", "--no-run"], 3),
        ("rust-toolchain.toml", &["run"], 4),
        (".gitignore", &["status"], 4),
        (".gitignore", &["gate", "--no-run"], 4),
        (".gitignore", &["diff"], 4),
        (".git/info/exclude", &["run"], 4),
        (".git/info/exclude", &["gate", "--no-run"], 4),
        ("clippy.toml", &["run"], 4),
        ("core/Cargo.toml", &["run"], 4),
        ("Cargo.lock", &["run"], 4),
        ("core/src/lib.rs", &["run"], 4),
        ("core/src/extra.rs", &["run"], 4),
    ] {
        let sandbox = pinned();
        sandbox.write("CHANGELOG.md", "# Changelog\n");
        if name.contains(".git") {
            sandbox.git_init();
        }
        let path = sandbox.path(name);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        sandbox.output("mkfifo", &[&path.to_string_lossy()]);
        let out = sandbox.output(
            "timeout",
            &[&["20", env!("CARGO_BIN_EXE_cargo-campaign")], args].concat(),
        );
        assert_eq!(out.code, code, "{name}: {}", out.stderr);
    }
}

#[cfg(unix)]
#[test]
fn time_zone_is_not_read_from_the_working_directory() {
    let sandbox = pinned();
    sandbox.write("Area/readme", "");
    sandbox.output("mkfifo", &["Area/City"]);
    let program = env!("CARGO_BIN_EXE_cargo-campaign");
    let command = ["20", "env", "TZ=Area/City", program, "status"];
    let out = sandbox.output("timeout", &command);
    assert_eq!(out.code, 0, "{}", out.stderr);
}

#[cfg(unix)]
#[test]
fn named_pipe_below_a_recursive_member_pattern_is_refused_at_once() {
    let sandbox = Sandbox::empty();
    sandbox.write("Cargo.toml", "[workspace]\nmembers = [\"crates/**\"]\n");
    sandbox.write("crates/group/deep/b/src/lib.rs", "");
    let path = sandbox.path("crates/group/deep/b/Cargo.toml");
    sandbox.output("mkfifo", &[&path.to_string_lossy()]);
    let program = env!("CARGO_BIN_EXE_cargo-campaign");
    let out = sandbox.output("timeout", &["20", program, "run", "loc"]);
    shows(
        &out,
        4,
        &["`crates/group/deep/b/Cargo.toml` is a named pipe"],
    );
}
