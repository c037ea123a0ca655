//! Shell scripts in place of test executables, in a folder called `deps`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::process::scratch::Scratch;

/// A script in `deps` and a folder for records beside it.
fn place(scratch: &Scratch, script: &str, settings: &Settings) -> (PathBuf, PathBuf) {
    let (records, deps) = (scratch.path().join("records"), scratch.path().join("deps"));
    fs::create_dir(&records).unwrap();
    fs::create_dir(&deps).unwrap();
    record::write(&records.join(record::SETTINGS), settings).unwrap();
    let exe = deps.join("suite-0a1b");
    let staged = deps.join("staged");
    record::create_file(&staged)
        .unwrap()
        .write_all(format!("#!/bin/sh\n{script}\n").as_bytes())
        .unwrap();
    fs::set_permissions(&staged, fs::Permissions::from_mode(0o755)).unwrap();
    // A copy made by another process: no thread of ours can have handed its open file on to a child (ETXTBSY).
    assert!(
        Command::new("cp")
            .arg(&staged)
            .arg(&exe)
            .status()
            .unwrap()
            .success()
    );
    (records, exe)
}

/// Runs a script as cargo would; gives the exit code, the record, stdout and stderr.
fn run_script(
    script: &str,
    settings: &Settings,
    args: &[&str],
) -> (i32, Done, Began, String, String) {
    let scratch = Scratch::new().unwrap();
    let (records, exe) = place(&scratch, script, settings);
    let mut words = vec![records.clone().into_os_string(), exe.into_os_string()];
    words.extend(args.iter().map(OsString::from));
    let code = run(&words);
    let dir = records.join("0000-suite-0a1b");
    let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    let done = record::read(&dir.join(record::DONE)).unwrap();
    let began = record::read(&dir.join(record::BEGAN)).unwrap();
    (
        code,
        done,
        began,
        text(record::STDOUT),
        text(record::STDERR),
    )
}

#[test]
fn what_an_executable_did_is_recorded() {
    let (code, done, began, stdout, stderr) = run_script(
        "echo out $*; echo err >&2; exit 101",
        &Settings::default(),
        &["--skip", "x"],
    );
    assert_eq!((code, done.code, done.signal), (101, Some(101), None));
    assert_eq!(
        (stdout.as_str(), stderr.as_str()),
        ("out --skip x\n", "err\n")
    );
    assert_eq!(
        (began.args, began.libtest),
        (vec!["--skip".to_owned(), "x".to_owned()], false)
    );
    assert!(began.exe.ends_with("deps/suite-0a1b"));
    assert!(done.seconds > 0.0 && !done.stdout_cut && !done.leaky);
}

#[test]
fn libtest_is_asked_for_its_log_and_others_are_left_alone() {
    let marked = "# RUST_TEST_SHUFFLE_SEED\necho $*; echo boot=$RUSTC_BOOTSTRAP";
    let log = Settings {
        log: true,
        ..Settings::default()
    };
    let timed = Settings {
        log: true,
        durations: true,
        ..Settings::default()
    };
    let table = [
        (marked, &log, "--exact", "--exact --logfile LOG boot="),
        (marked, &log, "--logfile=mine", "--logfile=mine boot="),
        (
            marked,
            &timed,
            "a",
            "a --logfile LOG -Zunstable-options --format json --report-time boot=1",
        ),
        (
            marked,
            &timed,
            "--format=terse",
            "--format=terse --logfile LOG boot=",
        ),
        (marked, &Settings::default(), "--bench", "--bench boot="),
        ("echo $*", &timed, "a", "a"),
    ];
    for (script, settings, arg, expected) in table {
        let (_, _, _, stdout, _) = run_script(script, settings, &[arg]);
        let words = stdout.split_whitespace().map(|word| {
            if word.contains("0000-suite") {
                "LOG"
            } else {
                word
            }
        });
        assert_eq!(words.collect::<Vec<_>>().join(" "), expected, "{arg}");
    }
}

#[test]
fn the_users_runner_is_called_and_sees_the_users_environment() {
    let restore = BTreeMap::from([
        ("CARGO_TERM_COLOR".to_owned(), Some("always".to_owned())),
        ("CARGO_TERM_PROGRESS_WHEN".to_owned(), None),
    ]);
    let chain = ["/bin/sh", "-c", "echo chained; exec \"$0\" \"$@\""]
        .map(str::to_owned)
        .to_vec();
    let settings = Settings {
        chain,
        restore,
        ..Settings::default()
    };
    let (code, _, _, stdout, _) = run_script(
        "echo $1 $CARGO_TERM_COLOR-$CARGO_TERM_PROGRESS_WHEN; exit 3",
        &settings,
        &["one two"],
    );
    assert_eq!((code, stdout.as_str()), (3, "chained\none two always-\n"));
}

#[test]
fn ten_megabytes_on_both_pipes_neither_block_nor_fill_the_disk() {
    let script = "head -c 10000000 /dev/zero | tr '\\0' e >&2 & head -c 10000000 /dev/zero | tr '\\0' o; wait";
    let (code, done, _, stdout, stderr) = run_script(script, &Settings::default(), &[]);
    assert_eq!((code, done.stdout_cut), (0, true));
    for text in [stdout, stderr] {
        assert!((keep::HEAD + keep::TAIL..keep::HEAD + keep::TAIL + 64).contains(&text.len()));
    }
}

#[test]
fn a_leftover_that_holds_the_output_is_told_and_not_waited_for() {
    let start = Instant::now();
    let (code, done, _, stdout, _) = run_script("sleep 5 & echo said", &Settings::default(), &[]);
    assert_eq!((code, done.leaky, stdout.as_str()), (0, true, "said\n"));
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_call_that_makes_no_sense_fails_like_a_test() {
    assert_eq!(run(&[]), FAILED);
    assert_eq!(
        run(&["/no/such/folder", "/no/deps/exe"].map(OsString::from)),
        FAILED
    );
}

#[test]
fn only_what_cargo_starts_itself_is_a_test_executable() {
    let table: [(&[&str], Caller); 5] = [
        (&[], Caller::Cargo),
        (
            &[
                "CARGO_PKG_NAME",
                "CARGO_MANIFEST_DIR",
                "OUT_DIR",
                "CARGO_BIN_EXE_x",
            ],
            Caller::Cargo,
        ),
        (&["CARGO_PKG_NAME", "CARGO_CRATE_NAME"], Caller::Rustdoc),
        (&["OUT_DIR", "CARGO_CFG_TARGET_ARCH"], Caller::BuildScript),
        (
            &["CARGO_CRATE_NAME", "CARGO_CFG_TARGET_ARCH"],
            Caller::Rustdoc,
        ),
    ];
    for (set, caller) in table {
        let variable = |name: &str| set.contains(&name).then(|| OsString::from("x"));
        assert_eq!(called_by(&variable), caller, "{set:?}");
    }
}

/// Passing replaces the process, so it is looked at from a command that is only put together.
#[test]
fn only_a_bundle_of_doctests_without_a_runner_is_named_to_itself() {
    let runner = Settings {
        chain: vec!["/bin/env".to_owned()],
        ..Settings::default()
    };
    let table = [
        ("# RUSTDOC_DOCTEST_RUN_NB_TEST", &Settings::default(), true),
        ("# RUSTDOC_DOCTEST_RUN_NB_TEST", &runner, false),
        ("# RUSTDOC_DOCTEST_BIN_PATH", &Settings::default(), false),
    ];
    for (script, settings, named) in table {
        let scratch = Scratch::new().unwrap();
        let (_, exe) = place(&scratch, script, settings);
        let command = passing(settings, &exe, &[]);
        let value = command
            .get_envs()
            .find(|(name, _)| *name == DOCTEST_BUNDLE)
            .and_then(|(_, value)| value);
        assert_eq!(value, named.then_some(exe.as_os_str()), "{script}");
    }
}
