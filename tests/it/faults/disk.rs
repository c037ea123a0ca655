//! Disks that are full, directories that may not be written, files in the way: `run` shows what it measured, `gate` and
//! `baseline` end with the error of the disk, and nothing is half written.
//!
//! Root may write anywhere, so the tests of rights run as nobody when they are root's; a small file system is mounted in
//! a name space of its own, where that is allowed. Where it is not, the test says so and ends.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use super::{counted, pinned, refused, shows};
use crate::harness::{Output, Sandbox, changes, output, tree};

/// In the way of the store: a file, a link to elsewhere, a link further down.
#[test]
fn a_store_that_cannot_be_written_costs_the_record_and_nothing_else() {
    for (block, said) in [
        (
            (|sandbox| sandbox.write(".campaign", "mine\n")) as fn(&Sandbox),
            "/.campaign: it is not a directory",
        ),
        (
            |sandbox| link(sandbox, "../stage", ".campaign"),
            "/.campaign: it is a symbolic link",
        ),
        (
            |sandbox| {
                sandbox.write(".campaign/x", "");
                link(sandbox, "../../stage", ".campaign/runs");
            },
            "/.campaign/runs: it is a symbolic link",
        ),
    ] {
        let sandbox = counted();
        block(&sandbox);
        let before = tree(&sandbox.root(), &["lock", "logs", "index", ".gitignore"]);
        let run = sandbox.campaign(&["run"]);
        shows(
            &run,
            4,
            &[
                "Counted 3 files, 27 lines of code",
                "could not record this run: cannot create ",
                said,
            ],
        );
        assert_eq!(run.stderr.matches("warning: ").count(), 1, "{}", run.stderr);
        let gate = sandbox.campaign(&["gate", "--format", "json"]);
        match said {
            _ if said.contains("not a directory") => {
                shows(&gate, 4, &["/.campaign/baseline.json: Not a directory"])
            }
            _ if said.contains("runs") => shows(
                &gate,
                4,
                &["error: cannot record this run: cannot create ", said],
            ),
            _ => shows(&gate, 4, &["/.campaign is a symbolic link"]),
        }
        let doctor = sandbox.campaign(&["doctor"]);
        assert!(
            said.contains("runs") || doctor.code == 4 && doctor.stdout.contains("NO  store"),
            "{}",
            doctor.stdout
        );
        let pin = sandbox.campaign(&["baseline"]);
        shows(&pin, 4, &["error: "]);
        assert_eq!(
            changes(
                &before,
                &tree(&sandbox.root(), &["lock", "logs", "index", ".gitignore"])
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            fs::read_dir(sandbox.stage()).map(Iterator::count).ok(),
            Some(0),
            "nothing goes through the link"
        );
    }
}

fn link(sandbox: &Sandbox, target: &str, name: &str) {
    symlink(target, sandbox.path(name)).expect("the sandbox can be written");
}

/// A sandbox whose cargo and compiler are played, so that anybody can run it, with the program beside them.
struct ReadOnly {
    sandbox: Sandbox,
    /// Rights do not bind root: it runs as nobody.
    as_nobody: bool,
}

impl ReadOnly {
    /// `None`, and said, where nobody can be had.
    fn new(prepare: impl FnOnce(&Sandbox)) -> Option<Self> {
        let mut sandbox = counted();
        let metadata = sandbox
            .cargo(&["metadata", "--no-deps", "--format-version", "1"])
            .stdout;
        sandbox.fake_cargo(json!({ "rules": [
            { "as": "rustc", "steps": [{ "out": "rustc 1.95.0 (59807616e 2026-04-14)\nhost: x86_64-unknown-linux-gnu\n" }] },
            { "args": ["metadata"], "steps": [{ "out": metadata }] },
            { "args": ["-V"], "steps": [{ "out": "cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n" }] },
        ] }));
        let cargo = sandbox.fake_tool("cargo");
        sandbox.fake_tool("rustc");
        sandbox.set("CARGO", cargo);
        sandbox.set("FAKE_CARGO_LOG", "/dev/null");
        fs::copy(
            env!("CARGO_BIN_EXE_cargo-campaign"),
            sandbox.bin().join("cargo-campaign"),
        )
        .expect("there is room");
        prepare(&sandbox);
        let as_nobody = fs::metadata(sandbox.root()).is_ok_and(|meta| meta.uid() == 0);
        if !as_nobody {
            rights(&sandbox.root(), 0o555);
        }
        let read_only = Self { sandbox, as_nobody };
        let able = read_only.campaign(&["--version"]).code == 0;
        if !able {
            eprintln!("not tested: nobody's rights cannot be had here (setpriv)");
        }
        able.then_some(read_only)
    }

    fn campaign(&self, args: &[&str]) -> Output {
        let program = self.sandbox.bin().join("cargo-campaign");
        let mut command = if self.as_nobody {
            self.sandbox.command("setpriv")
        } else {
            self.sandbox.command(&program)
        };
        if self.as_nobody {
            command
                .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
                .arg(program);
        }
        output(command.args(args))
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        rights(&self.sandbox.root(), 0o755);
    }
}

/// Gives a folder and those below it these rights; what it holds may be removed again.
fn rights(folder: &Path, mode: u32) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(mode));
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    entries
        .filter(|path| path.is_dir() && !path.is_symlink())
        .for_each(|path| rights(&path, mode));
}

#[test]
fn in_a_read_only_directory_run_measures_and_gate_and_baseline_are_errors() {
    let Some(place) = ReadOnly::new(|_| ()) else {
        return;
    };
    let before = tree(&place.sandbox.root(), &[]);
    shows(
        &place.campaign(&["run"]),
        4,
        &[
            "Counted 3 files",
            "could not record this run: cannot create ",
            "Permission denied",
        ],
    );
    for command in ["gate", "baseline"] {
        let out = place.campaign(&[command, "--format", "json"]);
        shows(
            &out,
            4,
            &[
                "error: cannot record measurements: cannot create ",
                "Permission denied",
            ],
        );
        assert!(
            out.stdout.is_empty() && !out.stderr.contains("Counted"),
            "{}{}",
            out.stdout,
            out.stderr
        );
    }
    shows(
        &place.campaign(&["gate", "--no-run", "--output", "json=out.json"]),
        4,
        &["cannot write ", "out.json: Permission denied"],
    );
    for args in [["status"], ["history"], ["report"]] {
        shows(&place.campaign(&args), 0, &[]);
    }
    assert_eq!(
        changes(&before, &tree(&place.sandbox.root(), &[])),
        Vec::<String>::new()
    );
}

#[test]
fn a_store_that_may_only_be_read_is_read() {
    let Some(place) = ReadOnly::new(|sandbox| assert_eq!(sandbox.campaign(&["baseline"]).code, 0))
    else {
        return;
    };
    let before = tree(&place.sandbox.root(), &[]);
    for args in [
        &["status"][..],
        &["diff"],
        &["report"],
        &["explain", "todo.open"],
        &["history"],
    ] {
        shows(&place.campaign(args), 0, &[]);
    }
    // Nothing changed: the recorded results are judged.
    for args in [&["gate"][..], &["gate", "--no-run"]] {
        shows(&place.campaign(args), 0, &["PASS 1 of 1 gates"]);
    }
    shows(
        &place.campaign(&["doctor"]),
        4,
        &["NO  store", "Permission denied"],
    );
    shows(
        &place.campaign(&["history", "prune", "--keep", "1"]),
        0,
        &[],
    );
    shows(
        &place.campaign(&["baseline", "--from", "latest"]),
        4,
        &[".campaign/lock: Permission denied"],
    );
    assert_eq!(
        changes(&before, &tree(&place.sandbox.root(), &[])),
        Vec::<String>::new()
    );
}

#[test]
fn init_says_where_it_may_not_write() {
    let prepare =
        |sandbox: &Sandbox| fs::remove_file(sandbox.path("campaign.toml")).expect("it is there");
    let Some(place) = ReadOnly::new(prepare) else {
        return;
    };
    let out = place.campaign(&["init"]);
    shows(&out, 4, &["/campaign.toml: Permission denied"]);
}

/// A store on a file system of its own of this size; what the shell's lines print. `None`, and said, where it may not be
/// mounted.
fn on_a_small_disk(sandbox: &Sandbox, kilobytes: u32, lines: &str) -> Option<String> {
    fs::create_dir(sandbox.path(".campaign")).expect("the sandbox can be written");
    let script = format!(
        "mount -t tmpfs -o size={kilobytes}k,mode=755 small .campaign || exit 77\ncampaign() {{ '{}' \"$@\" 2>&1; echo \"$1 ends with $?\"; }}\n{lines}",
        env!("CARGO_BIN_EXE_cargo-campaign")
    );
    let command = &mut sandbox.command("unshare");
    let out = command.args(["--mount", "sh", "-c", &script]).output();
    let may = out
        .as_ref()
        .is_ok_and(|out| ![Some(77), Some(1)].contains(&out.status.code()));
    if !may {
        eprintln!("not tested: no file system may be mounted here (unshare --mount, as root)");
        return None;
    }
    out.ok()
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
}

const FILL: &str = "cat /dev/zero > .campaign/fill 2>/dev/null\n";

#[test]
fn a_full_disk_costs_the_record_and_leaves_what_was_there() {
    let sandbox = counted();
    let lines = format!(
        "campaign baseline\ncp .campaign/baseline.json before\n{FILL}campaign run\ncampaign baseline\ncmp before .campaign/baseline.json && echo same\n\
         echo '// more' >> core/src/lib.rs\ncampaign gate\nfind .campaign -name '.tmp*'\nrm .campaign/fill\ncampaign run\ncampaign gate\ncampaign doctor\nexit 0\n"
    );
    let Some(said) = on_a_small_disk(&sandbox, 256, &lines) else {
        return;
    };
    for words in [
        "baseline ends with 0\n",
        "could not record this run: cannot write ",
        "No space left on device",
        "run ends with 4\n",
        "error: cannot record this run: cannot write ",
        "help: free some space; nothing was half-written\nbaseline ends with 4\nsame\n",
        "help: free some space; nothing was half-written\ngate ends with 4\n",
        "PASS 1 of 1 gates",
        "gate ends with 0\n",
        "2 recorded, all readable",
    ] {
        assert!(said.contains(words), "it does not say {words:?}: {said}");
    }
    assert!(
        !said.contains(".tmp") && !said.contains("panicked"),
        "{said}"
    );
}

/// Whatever still fits, fits whole.
#[test]
fn a_disk_that_fills_up_at_any_point_holds_whole_files_only() {
    for kilobytes in [4, 8, 12, 16, 20, 24, 28, 32] {
        let sandbox = counted();
        let lines = "campaign run\nfind .campaign -name '.tmp*'\ncampaign history\ncampaign doctor\nexit 0\n";
        let Some(said) = on_a_small_disk(&sandbox, kilobytes, lines) else {
            return;
        };
        let (run, _) = said
            .split_once("run ends with ")
            .unwrap_or_else(|| panic!("{kilobytes} kB: {said}"));
        let recorded = run.contains("Recorded run");
        assert!(
            said.contains(if recorded {
                "run ends with 0\n"
            } else {
                "run ends with 4\n"
            }),
            "{kilobytes} kB: {said}"
        );
        assert!(
            recorded != run.contains("No space left on device"),
            "{kilobytes} kB: {said}"
        );
        assert!(run.contains("Counted 3 files"), "{kilobytes} kB: {said}");
        let readable = format!("{} recorded, all readable", u8::from(recorded));
        assert!(
            said.contains(&readable) && !said.contains(".tmp"),
            "{kilobytes} kB: {said}"
        );
    }
}

#[test]
fn a_full_stdout_is_an_error_and_a_full_stderr_is_not() {
    let sandbox = pinned();
    let full = || {
        Stdio::from(
            fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .expect("every Linux has it"),
        )
    };
    for args in [
        &["status"][..],
        &["gate"],
        &["history"],
        &["report", "--format", "json"],
        &["--help"],
    ] {
        let out = output(sandbox.campaign_command(args).stdout(full()));
        assert_eq!(out.code, 4, "{args:?}");
        assert_eq!(
            out.stderr, "error: cannot write to stdout: No space left on device (os error 28)\n",
            "{args:?}"
        );
        let out = output(sandbox.campaign_command(args).stderr(full()));
        assert!(out.code == 0 && !out.stdout.is_empty(), "{args:?}");
    }
}

/// What the user names may be a link, a device or a file with rights of its own: all of them stay what they are.
#[test]
fn output_goes_through_links_and_into_devices() {
    let sandbox = pinned();
    sandbox.write("real.json", "old");
    fs::set_permissions(sandbox.path("real.json"), fs::Permissions::from_mode(0o640))
        .expect("it is ours");
    link(&sandbox, "real.json", "link.json");
    let to = |path: &str| sandbox.campaign(&["gate", "--output", &format!("json={path}")]);
    assert_eq!(to("link.json").code, 0);
    assert_eq!(
        fs::read_link(sandbox.path("link.json")).ok().as_deref(),
        Some(Path::new("real.json"))
    );
    assert!(sandbox.read("real.json").starts_with('{'));
    let mode =
        fs::metadata(sandbox.path("real.json")).map(|meta| meta.permissions().mode() & 0o777);
    assert_eq!(mode.ok(), Some(0o640));
    let out = to("/dev/stderr");
    assert!(
        out.code == 0 && out.stderr.contains("\"schema\": \"cargo-campaign/report\""),
        "{}{}",
        out.stdout,
        out.stderr
    );
    shows(
        &to("/dev/full"),
        4,
        &["cannot write /dev/full: No space left on device"],
    );
    assert!(
        !fs::metadata("/dev/full")
            .expect("every Linux has it")
            .is_file()
    );
    sandbox.write("src/empty.rs", "");
    let before = tree(&sandbox.root(), &[]);
    for (path, problem) in [
        ("campaign.toml/x.json", "its directory does not exist"),
        ("src/empty.rs", "may be a source of the workspace"),
    ] {
        let output = format!("json={path}");
        refused(&sandbox, &["gate", "--output", &output], 2, &[problem]);
    }
    assert_eq!(
        changes(&before, &tree(&sandbox.root(), &[])),
        Vec::<String>::new()
    );
}
