//! Interrupted edits as the program itself meets them, and files that it may not write.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use cargo_campaign::store::{Holder, Store};
use nix::sys::signal::Signal::SIGINT;

use crate::harness::{Sandbox, example, not_tried};

/// A user who owns nothing.
const NOBODY: u32 = 65534;

/// A workspace of three members, and what `examples/transact.rs` wants.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_members(3);
    let manifests = "crates/m000/Cargo.toml\ncrates/m001/Cargo.toml\ncrates/m002/Cargo.toml\n";
    for manifest in manifests.lines() {
        sandbox.replace(manifest, "version = \"0.1.0\"", "version = \"1.0.0\"");
    }
    sandbox.write("bump.list", manifests);
    sandbox.write("OLD.md", "old\n");
    fs::create_dir(sandbox.path(".campaign")).expect("a fresh folder");
    sandbox
}

fn transact() -> PathBuf {
    example(
        "transact",
        &[Path::new(env!("CARGO_BIN_EXE_cargo-campaign"))],
    )
}

/// A workspace in which an edit died, before or after its commit.
fn dead(phase: &str) -> Sandbox {
    let sandbox = sandbox();
    let out = sandbox.output(transact(), &["die", "."]);
    assert_eq!(out.code, 134, "{}", out.stderr);
    let journal = sandbox.path(".campaign/journal");
    fs::rename(journal.join("edit"), journal.join(phase)).expect("it died with a journal");
    sandbox
}

/// The versions of the members, and all files at the top, hidden ones too.
fn standing(sandbox: &Sandbox) -> (Vec<String>, Vec<String>) {
    let version = |number: usize| {
        let text = sandbox.read(&format!("crates/m00{number}/Cargo.toml"));
        text.lines()
            .find(|line| line.starts_with("version"))
            .unwrap_or_default()
            .to_owned()
    };
    let entries = fs::read_dir(sandbox.root())
        .expect("the workspace")
        .flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.retain(|name| name.ends_with(".md") || name.contains(".campaign-"));
    names.sort();
    ((0..3).map(version).collect(), names)
}

#[test]
fn any_command_goes_on_with_what_was_interrupted() {
    let table = [
        (
            "edit",
            "1.0.0",
            "OLD.md",
            "rolled back an interrupted edit of 5 files: NEW.md, OLD.md, crates/m000/Cargo.toml, ..",
        ),
        (
            "edit.undo",
            "1.0.0",
            "OLD.md",
            "rolled back an interrupted edit of 5 files: NEW.md, OLD.md, crates/m000/Cargo.toml, ..",
        ),
        (
            "edit.commit",
            "2.0.0",
            "NEW.md",
            "finished an interrupted edit of 5 files: NEW.md, OLD.md, crates/m000/Cargo.toml, ..",
        ),
    ];
    for (phase, version, file, told) in table {
        for command in ["history", "doctor", "status"] {
            let sandbox = dead(phase);
            let out = sandbox.campaign(&[command]);
            let (versions, files) = standing(&sandbox);
            assert_eq!(
                versions,
                [version; 3].map(|v| format!("version = \"{v}\"")),
                "{phase} {command}: {}",
                out.stderr
            );
            assert_eq!(files, [file]);
            assert!(!sandbox.path(".campaign/journal").exists());
            assert_eq!(out.stderr.matches(told).count(), 1, "{}", out.stderr);
            assert!(
                !sandbox
                    .campaign(&[command])
                    .stderr
                    .contains("interrupted edit")
            );
        }
    }
}

#[test]
fn a_damaged_journal_stops_every_command_and_is_named() {
    let sandbox = dead("edit.commit");
    let journal = sandbox.path(".campaign/journal/edit.commit");
    let text = fs::read(&journal).expect("it died with a journal");
    fs::OpenOptions::new()
        .write(true)
        .open(&journal)
        .and_then(|file| file.set_len(text.len() as u64 - 1))
        .expect("it is ours");
    let before = standing(&sandbox);
    let out = sandbox.campaign(&["history"]);
    assert_eq!(out.code, 4);
    assert!(out.stderr.contains(
        "the checksum of its contents does not match; it may have changed NEW.md, OLD.md, crates/m000"
    ));
    assert_eq!(standing(&sandbox), before);
}

#[test]
fn an_edit_that_goes_on_is_left_alone() {
    let sandbox = dead("edit");
    let holder = Holder {
        pid: 1,
        command: "cargo campaign bump".into(),
        since: "now".into(),
    };
    let lock = Store::open(&sandbox.root())
        .lock(&holder)
        .expect("nobody holds it");
    let before = standing(&sandbox);
    assert_eq!(sandbox.campaign(&["history"]).code, 0);
    let mut waiting = sandbox.start(&["run", "loc"]);
    waiting.await_stderr("pid 1, `cargo campaign bump`, since now");
    waiting.signal(SIGINT);
    assert_eq!(waiting.finish().code, 130);
    assert_eq!(standing(&sandbox), before);
    drop(lock);
    sandbox.campaign(&["history"]);
    assert_eq!(standing(&sandbox).1, ["OLD.md"]);
}

#[test]
fn files_and_folders_of_others_are_named_before_anything_is_written() {
    let sandbox = sandbox();
    let program = sandbox.bin().join("transact");
    fs::copy(transact(), &program).expect("a folder of ours");
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut paths = vec![sandbox.root()];
    while let Some(path) = paths.pop() {
        if chown(&path, Some(NOBODY), Some(NOBODY)).is_err() {
            not_tried("files of others", "only root can give files away");
            return;
        }
        if path.is_dir() {
            paths.extend(
                fs::read_dir(&path)
                    .expect("a folder of ours")
                    .flatten()
                    .map(|entry| entry.path()),
            );
        }
    }
    for mine in ["crates/m001/Cargo.toml", "crates/m002"] {
        chown(sandbox.path(mine), Some(0), Some(0)).expect("root can");
    }
    let before = standing(&sandbox);
    let program = program.to_string_lossy();
    let out = sandbox.output("setpriv", &[&nobody[..], &[&program, "bump", "."]].concat());
    if out.stderr.starts_with("setpriv") {
        not_tried("files of others", &out.stderr);
        return;
    }
    let expected = "error: cannot edit crates/m001/Cargo.toml (it belongs to another user), \
                    crates/m002/Cargo.toml (its directory is not writable: Permission denied); no file was changed\n";
    assert_eq!((out.code, out.stderr.as_str()), (1, expected));
    assert_eq!(standing(&sandbox), before);
    assert!(!sandbox.path(".campaign/journal").exists());
}
