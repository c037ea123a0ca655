//! Tests with shell scripts as test executables.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::process::temp_dir::TempDir;

/// Creates a script in `deps` and a directory for records beside it.
fn place(scratch: &TempDir, script: &str, settings: &RunnerSettings) -> (PathBuf, PathBuf) {
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
    // Another process makes the copy. Otherwise a child of another thread could have inherited the
    // open file (ETXTBSY).
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

/// Runs a script as cargo would. Returns the exit code, the records, stdout and stderr.
fn run_script(
    script: &str,
    settings: &RunnerSettings,
    args: &[&str],
) -> (i32, EndRecord, StartRecord, String, String) {
    let scratch = TempDir::new().unwrap();
    let (records, exe) = place(&scratch, script, settings);
    let mut words = vec![records.clone().into_os_string(), exe.into_os_string()];
    words.extend(args.iter().map(OsString::from));
    let code = run(&words);
    let dir = records.join("0000-suite-0a1b");
    let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    let done = record::read(&dir.join(record::ENDED)).unwrap();
    let began = record::read(&dir.join(record::STARTED)).unwrap();
    (
        code,
        done,
        began,
        text(record::STDOUT),
        text(record::STDERR),
    )
}

#[test]
fn output_and_exit_code_are_recorded() {
    let (code, done, began, stdout, stderr) = run_script(
        "echo out $*; echo err >&2; exit 101",
        &RunnerSettings::default(),
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
fn only_libtest_gets_arguments_for_its_log() {
    let marked = "# RUST_TEST_SHUFFLE_SEED\necho $*; echo boot=$RUSTC_BOOTSTRAP";
    let log = RunnerSettings {
        log: true,
        ..RunnerSettings::default()
    };
    let timed = RunnerSettings {
        log: true,
        durations: true,
        ..RunnerSettings::default()
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
        (
            marked,
            &RunnerSettings::default(),
            "--bench",
            "--bench boot=",
        ),
        (marked, &RunnerSettings::default(), "a", "a boot="),
        ("echo $*", &timed, "a", "a"),
    ];
    for (script, settings, arg, expected) in table {
        let (_, _, began, stdout, _) = run_script(script, settings, &[arg]);
        assert_eq!(began.log, stdout.contains("--logfile /"), "{arg}");
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
fn runner_of_the_user_sees_the_environment_of_the_user() {
    let restore = BTreeMap::from([
        ("CARGO_TERM_COLOR".to_owned(), Some("always".to_owned())),
        ("CARGO_TERM_PROGRESS_WHEN".to_owned(), None),
    ]);
    let chain = ["/bin/sh", "-c", "echo chained; exec \"$0\" \"$@\""]
        .map(str::to_owned)
        .to_vec();
    let settings = RunnerSettings {
        chain,
        restore,
        ..RunnerSettings::default()
    };
    let (code, _, _, stdout, _) = run_script(
        "echo $1 $CARGO_TERM_COLOR-$CARGO_TERM_PROGRESS_WHEN; exit 3",
        &settings,
        &["one two"],
    );
    assert_eq!((code, stdout.as_str()), (3, "chained\none two always-\n"));
}

#[test]
fn ten_megabytes_on_both_pipes_are_bounded() {
    let script = "head -c 10000000 /dev/zero | tr '\\0' e >&2 & head -c 10000000 /dev/zero | tr '\\0' o; wait";
    let (code, done, _, stdout, stderr) = run_script(script, &RunnerSettings::default(), &[]);
    assert_eq!((code, done.stdout_cut), (0, true));
    for text in [stdout, stderr] {
        assert!(
            (head_tail::HEAD + head_tail::TAIL..head_tail::HEAD + head_tail::TAIL + 64)
                .contains(&text.len())
        );
    }
}

#[test]
fn leftover_process_with_open_output_is_reported() {
    let start = Instant::now();
    let (code, done, _, stdout, _) =
        run_script("sleep 5 & echo said", &RunnerSettings::default(), &[]);
    assert_eq!((code, done.leaky, stdout.as_str()), (0, true, "said\n"));
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[test]
fn invalid_call_exits_like_a_failed_test() {
    assert_eq!(run(&[]), FAILED);
    assert_eq!(
        run(&["/no/such/folder", "/no/deps/exe"].map(OsString::from)),
        FAILED
    );
}

#[test]
fn only_executables_started_by_cargo_are_recorded() {
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

/// Running an executable without a record replaces the process, so only the command is checked.
#[test]
fn bundle_of_doctests_gets_its_path_if_there_is_no_runner() {
    let runner = RunnerSettings {
        chain: vec!["/bin/env".to_owned()],
        ..RunnerSettings::default()
    };
    let table = [
        (
            "# RUSTDOC_DOCTEST_RUN_NB_TEST",
            &RunnerSettings::default(),
            true,
        ),
        ("# RUSTDOC_DOCTEST_RUN_NB_TEST", &runner, false),
        (
            "# RUSTDOC_DOCTEST_BIN_PATH",
            &RunnerSettings::default(),
            false,
        ),
    ];
    for (script, settings, named) in table {
        let scratch = TempDir::new().unwrap();
        let (_, exe) = place(&scratch, script, settings);
        let command = unrecorded_command(settings, &exe, &[]);
        let value = command
            .get_envs()
            .find(|(name, _)| *name == DOCTEST_BUNDLE)
            .and_then(|(_, value)| value);
        assert_eq!(value, named.then_some(exe.as_os_str()), "{script}");
    }
}
