use std::collections::BTreeMap;

use crate::collector::facts::StepFacts;
use crate::collector::tests::{fold, plan, workspace};
use crate::event::Cause;
use crate::metric::Unit;
use crate::plan::{Action, Database, Invocation, Stream};
use crate::run::StepStatus;

/// Returns the status of one step in a workspace with the libraries `a`, `b` and `c`.
#[track_caller]
fn check(step: &str, script: &str, expected: &str) {
    let own = [
        ("todo", "todo.open", Unit::Count),
        ("todo", "todo.age", Unit::Days),
    ];
    let id = step.split(':').next().unwrap_or(step);
    let script = format!("start {id}\n{}", script.replace(" / ", "\n"));
    let (_, steps) = fold(&plan(step), &workspace(&["a", "b", "c"]), &own, &script);
    let status = match &steps[0].status {
        StepStatus::Partial(reason) => format!("partial: {reason}"),
        StepStatus::Broken(reason) => format!("broken: {reason}"),
        StepStatus::Failed(reason) => format!("failed: {reason}"),
        StepStatus::Unavailable(what, fix) => format!("unavailable: {what}; {fix}"),
        other => format!("{other:?}").to_lowercase(),
    };
    assert_eq!(status, expected, "{script}");
}

/// The table has every combination of exit status, `build-finished` and errors.
#[test]
fn exit_status_stream_and_errors_of_a_build_must_agree() {
    let error = "error a E0308 a/src/lib.rs:1 mismatched types";
    let none = "warning a dead_code a/src/lib.rs:1 unused";
    let contradiction = "failed: stream contradicts the exit status: cargo exited with";
    let cases = [
        (none, "finished true", "0", "whole".to_owned()),
        (none, "finished false", "0", format!("{contradiction} 0 and said that the build failed")),
        (none, "finished none", "0", format!("{contradiction} 0 without `build-finished`")),
        (
            error,
            "finished true",
            "0",
            "failed: stream contradicts itself: 1 error, and cargo exited with 0 after a good build".into(),
        ),
        (error, "finished false", "0", format!("{contradiction} 0 and said that the build failed")),
        (error, "finished none", "0", format!("{contradiction} 0 without `build-finished`")),
        (none, "finished true", "101", format!("{contradiction} 101 and said that the build succeeded")),
        (none, "finished false", "101", "failed: cargo exited with 101 and gave no error".into()),
        (none, "finished none", "101", "failed: cargo exited with 101 and gave no error".into()),
        (
            error,
            "finished true",
            "101",
            "failed: stream contradicts itself: 1 error, and cargo exited with 101 after a good build".into(),
        ),
        (
            error,
            "finished false",
            "101",
            "partial: 1 of 3 packages did not compile: a; 2 not reached: b, c; error at a/src/lib.rs:1:5: mismatched types \
             (E0308)"
                .into(),
        ),
        (error, "finished none", "101", format!("{contradiction} 101 without `build-finished`")),
    ];
    for (message, finished, code, expected) in cases {
        let finished = if finished.ends_with("none") {
            String::new()
        } else {
            format!(" / {finished}")
        };
        check(
            "check",
            &format!("{message}{finished} / end {code}"),
            &expected,
        );
    }
}

/// Each cause lists its packages, and settings are suggested only if they are sufficient.
#[test]
fn build_that_failed_names_the_causes_and_the_settings_that_help() {
    let denied = "error a clippy::absurd a/src/lib.rs:1 absurd";
    let unstable = "error b E0554 b/benches/x.rs:1 no";
    let broken = "error c E0308 c/src/lib.rs:1 no";
    let cap_lints = "cap-lints = true in [collect.clippy] counts denied lints as warnings";
    let benches = "benches = false in [collect] leaves out benches that need a nightly compiler";
    for (errors, reason, cure) in [
        (
            vec![denied],
            "clippy stopped at denied lints in a: clippy::absurd",
            Some(cap_lints.to_owned()),
        ),
        (
            vec![unstable],
            "benches need a nightly compiler in b",
            Some(benches.to_owned()),
        ),
        (
            vec![denied, unstable],
            "clippy stopped at denied lints in a: clippy::absurd; benches need a nightly compiler in b",
            Some(format!("{cap_lints}; {benches}")),
        ),
        (
            vec![denied, unstable, broken],
            "1 of 3 packages did not compile: c; clippy stopped at denied lints in a: clippy::absurd; \
             benches need a nightly compiler in b; error at c/src/lib.rs:1:5: no (E0308)",
            None,
        ),
    ] {
        let script = format!(
            "start clippy\n{}\nfinished false\nend 101",
            errors.join("\n")
        );
        let (_, steps) = fold(&plan("clippy"), &workspace(&["a", "b", "c"]), &[], &script);
        let StepStatus::Partial(told) = &steps[0].status else {
            panic!("{steps:?}")
        };
        assert_eq!(
            told.split("; 1 not")
                .next()
                .and_then(|told| told.split("; 2 not").next()),
            Some(reason)
        );
        assert_eq!(steps[0].cure, cure);
    }
}

#[test]
fn unit_that_was_not_compiled_has_no_values() {
    const UNITS: &str = "unit a lib a / unit b lib b / unit c lib c";
    for (step, found, expected) in [
        (
            "check",
            "uncompiled a lib a missing",
            "a lib was not compiled: target/file is missing",
        ),
        (
            "check",
            "uncompiled b bin b",
            "b bin:b was not compiled: target/file is from an older build",
        ),
        (
            "test",
            "uncompiled a lib a test",
            "a lib with tests was not compiled: target/file is from an older build",
        ),
        (
            "bench",
            "uncompiled a bench speed test",
            "a bench:speed was not compiled: target/file is from an older build",
        ),
    ] {
        let script = format!("{UNITS} / finished true / {found} / end 0");
        check(
            step,
            &script,
            &format!("failed: cargo reported success, but {expected}"),
        );
    }
}

#[test]
fn unexplained_build_failure_has_no_values() {
    for (script, expected) in [
        ("end signal 9", "failed: it was killed by signal 9"),
        ("end timeout", "timedout"),
        ("finished true / end interrupt", "interrupted"),
        (
            "end unstarted No such file",
            "failed: it could not be started: No such file",
        ),
        (
            "finished true / finished true / end 0",
            "failed: stream contradicts itself: `build-finished` came twice, what lies between cannot be trusted",
        ),
        (
            "ice a - a/src/lib.rs:1 unexpected panic / finished false / end 101",
            "failed: compiler crashed on `a`: unexpected panic",
        ),
        (
            "end 101 error: the lock file needs to be updated but --locked was passed",
            "failed: cargo exited with 101: the lock file needs to be updated but --locked was passed",
        ),
        (
            "end 101 warning: x\\nsomething else",
            "failed: cargo exited with 101: something else",
        ),
        (
            "finished false / end 101 error: could not compile `a` (lib)\\n\\nCaused by:\\n  process didn't exit successfully: `rustc --crate-name a` (signal: 9, SIGKILL: kill)",
            "failed: compiler crashed: could not compile `a` (lib) (signal: 9, SIGKILL: kill)",
        ),
        (
            "finished false / end 101 error: Unrecognized option: 'x'\\n\\nerror: could not compile `a` (lib)\\n\\nCaused by:\\n  process didn't exit successfully: `clippy-driver rustc` (exit status: 1)",
            "failed: could not compile `a` (lib): Unrecognized option: 'x'",
        ),
        (
            "error b E0308 b/src/lib.rs:1 no / finished false / end 101 error: failed to run custom build command for `c v0.1.0`\\nCaused by:\\n  process didn't exit successfully: `/t/build` (exit status: 1)",
            "failed: failed to run custom build command for `c v0.1.0` (exit status: 1)",
        ),
        (
            "error a - - aborting due to 2 previous errors / finished false / end 101",
            "failed: cargo exited with 101 and gave no error",
        ),
        (
            "error a - - failed to write to `a.rmeta`: No space left on device (os error 28) / finished false / end 101 error: could not compile `a` (lib)",
            "failed: the disk is full: failed to write to `a.rmeta`: No space left on device (os error 28)",
        ),
        (
            "finished false / end 101 rustc-LLVM ERROR: IO failure on output stream: No space left on device\\nerror: could not compile `a` (lib)",
            "failed: the disk is full: rustc-LLVM ERROR: IO failure on output stream: No space left on device",
        ),
        (
            "end 101 error: failed to write `target/x`\\n\\nCaused by:\\n  No space left on device (os error 28)",
            "failed: the disk is full: No space left on device (os error 28)",
        ),
        (
            "error a - - failed to write file `target/dep-graph.part.bin`: Disk quota exceeded (os error 122) / finished false / end 101 error: could not compile `a` (lib)",
            "failed: the system reported an error: failed to write file `target/dep-graph.part.bin`: Disk quota exceeded (os error 122)",
        ),
        (
            "error a - - failed to create `a.o`: File name too long (os error 36) / finished false / end 101 error: could not compile `a` (lib)",
            "failed: failed to create `a.o`: File name too long (os error 36)",
        ),
        (
            "error a - a/src/lib.rs:1 couldn't read `a/src/x.rs`: Input/output error (os error 5) / finished false / end 101",
            "failed: the system reported an error: couldn't read `a/src/x.rs`: Input/output error (os error 5)",
        ),
        (
            "error a - - linking with `cc` failed: signal: 9 (SIGKILL) / finished false / end 101",
            "failed: a compiler or linker was killed: linking with `cc` failed: signal: 9 (SIGKILL)",
        ),
        (
            "finished false / end 101 LLVM ERROR: out of memory\\nerror: could not compile `a` (lib)",
            "failed: the system reported an error: LLVM ERROR: out of memory",
        ),
        // The sources name these files.
        (
            "error a - - couldn't read `nope.rs`: No such file or directory (os error 2) / finished false / end 101",
            "partial: 1 of 3 packages did not compile: a; 2 not reached: b, c; error: couldn't read `nope.rs`: No such file or directory (os error 2)",
        ),
        (
            "error a - a/src/lib.rs:1 no file: Input/output error (os error 5) / finished false / end 101 warning: cannot write the cache: Read-only file system (os error 30)",
            "partial: 1 of 3 packages did not compile: a; 2 not reached: b, c; error at a/src/lib.rs:1:5: no file: Input/output error (os error 5)",
        ),
        (
            "error a E0463 a/src/lib.rs:1 can't find crate for `std`: the `riscv64gc-unknown-linux-gnu` target may not be installed / finished false / end 101 error: could not compile `a` (lib)",
            "unavailable: the standard library for riscv64gc-unknown-linux-gnu is not installed; rustup target add riscv64gc-unknown-linux-gnu",
        ),
        (
            "error a - - linking with `cc` failed / finished false / end 101",
            "partial: 1 of 3 packages did not compile: a; 2 not reached: b, c; error: linking with `cc` failed",
        ),
    ] {
        check("build", script, expected);
    }
}

#[test]
fn a_missing_tool_is_named_with_the_command_that_installs_it() {
    for (step, stderr, expected) in [
        (
            "clippy",
            "error: no such command: `clippy`",
            "unavailable: clippy is not installed; rustup component add clippy",
        ),
        (
            "clippy",
            "error: 'cargo-clippy' is not installed for the toolchain 'stable-x86_64-unknown-linux-gnu'.",
            "unavailable: clippy is not installed; rustup component add clippy",
        ),
        (
            "fmt",
            "error: 'cargo-fmt' is not installed for the toolchain 'stable'",
            "unavailable: rustfmt is not installed; rustup component add rustfmt",
        ),
        (
            "nextest: test",
            "error: no such command: `nextest`",
            "unavailable: cargo-nextest is not installed; cargo install cargo-nextest --locked",
        ),
    ] {
        check(step, &format!("end 101 {stderr}"), expected);
    }
}

#[test]
fn dependents_of_a_broken_package_are_reported_as_not_reached() {
    for (script, expected) in [
        (
            "error b E0308 b/src/lib.rs:1 no / unit a lib a / unit a lib a test / unit c lib c / finished false / end 101",
            "partial: 1 of 3 packages did not compile: b; 1 not reached: c; error at b/src/lib.rs:1:5: no (E0308)",
        ),
        (
            "error b E0308 b/src/lib.rs:1 no / unit a lib a / unit a lib a test / unit c lib c / unit c lib c test / finished false / end 101",
            "partial: 1 of 3 packages did not compile: b; error at b/src/lib.rs:1:5: no (E0308)",
        ),
        (
            "error elsewhere E0308 x/src/lib.rs:1 no / finished false / end 101",
            "partial: 1 of 4 packages did not compile: elsewhere; 3 not reached: a, b, c; error at x/src/lib.rs:1:5: no \
             (E0308)",
        ),
    ] {
        check("clippy", script, expected);
    }
}

#[test]
fn test_status_needs_every_suite_and_an_explained_exit_status() {
    let ran = "unit a lib a test exe / finished true / suite a lib a libtest";
    for (script, expected) in [
        (format!("{ran} 0 / case ok t / end 0"), "whole"),
        (format!("{ran} 101 / case failed t / end 101"), "whole"),
        (format!("{ran} 101 / case failed t / end 101 error: No space left on device"), "whole"),
        (
            "error a - - cannot write: No space left on device (os error 28) / finished false / end 101".into(),
            "failed: the disk is full: cannot write: No space left on device (os error 28)",
        ),
        (
            format!("{ran} 0 / case ok t / end 101 error: doctest failed"),
            "failed: cargo exited with 101: doctest failed",
        ),
        (
            format!("{ran} 101 / case failed t / end 0"),
            "failed: stream contradicts the exit status: 1 suites failed, and cargo exited with 0",
        ),
        (
            format!("{ran} 0 2 of 5 tests gave a result / case ok t / end 0"),
            "partial: 1 of 1 suites gave no whole result: a lib (2 of 5 tests gave a result)",
        ),
        (
            "finished true / suite - lib - nextest 0 all were filtered out / end 0".into(),
            "partial: no suite gave a whole result: all were filtered out",
        ),
        (
            "unit a lib a test exe / unit b test it test exe / finished true / end 0".into(),
            "partial: 2 of 2 suites gave no whole result: a lib (built, but gave no result), b test:it",
        ),
        ("finished true / suite a test custom opaque 1 / end 101".into(), "whole"),
        ("finished true / suite a doc a doctest 0 / case failed d / end 101".into(), "whole"),
        (
            "finished true / suite a doc a doctest 0 / case failed d / end 0".into(),
            "failed: stream contradicts the exit status: 1 suites failed, and cargo exited with 0",
        ),
        (
            "unit a lib a test exe / error b E0308 b/src/lib.rs:1 no / finished false / end 101".into(),
            "broken: the tests did not compile: b; error at b/src/lib.rs:1:5: no (E0308)",
        ),
        ("finished true / end 0".into(), "whole"),
        (format!("{ran} 0 / case ok t / end timeout"), "timedout"),
    ] {
        check("test", &script, expected);
    }
}

#[test]
fn nextest_status_follows_from_its_exit_status() {
    let suite = "suite a lib a nextest 0";
    for (script, expected) in [
        (format!("{suite} / case ok t / end 0"), "whole"),
        (format!("{suite} / case failed t / end 100"), "whole"),
        (
            format!("{suite} / case failed t / end 0"),
            "failed: stream contradicts the exit status: 1 suites failed, and cargo exited with 0",
        ),
        ("end 4 error: no tests to run".into(), "whole"),
        (
            "end 100 error: test run failed".into(),
            "failed: nextest exited with 100: test run failed",
        ),
        (
            "end 101 error: could not compile `b` (lib)".into(),
            "failed: the tests did not compile: could not compile `b` (lib)",
        ),
        (
            "end 104 error: creating test list failed\\n\\nCaused by:\\n  for `a::h`, command `/t/h-1 --list` exited with exit code 3\\n  --- stdout:".into(),
            "failed: nextest exited with 104: creating test list failed: for `a::h`, command `/t/h-1 --list` exited with exit code 3",
        ),
        (
            "end 96 error: for config file `/.config/nextest.toml`, failed to parse default-filter\\n  error: expected close parenthesis".into(),
            "failed: nextest exited with 96: for config file `/.config/nextest.toml`, failed to parse default-filter: expected close parenthesis",
        ),
        (
            "end 92 error: this repository requires nextest version 99.0.0\\ninfo: update nextest".into(),
            "failed: nextest exited with 92: this repository requires nextest version 99.0.0",
        ),
        ("end 105".into(), "failed: nextest exited with 105 and gave no error"),
        (
            format!("{suite} its summary says 3 / case ok t / end 0"),
            "partial: 1 of 1 suites gave no whole result: a lib (its summary says 3)",
        ),
    ] {
        check("nextest: test", &script, expected);
    }
}

#[test]
fn failed_or_unreadable_bench_target_is_listed() {
    let built = "unit a bench speed test exe / finished true";
    for (script, expected) in [
        (
            format!("{built} / bench a speed parse 0.1 / end 0"),
            "whole",
        ),
        (
            format!("{built} / end 0"),
            "partial: built, but gave no result: a bench:speed",
        ),
        (
            format!("{built} / suite a bench speed libtest 0 / end 0"),
            "whole",
        ),
        (
            format!("{built} / suite a bench speed libtest 0 ended early / end 0"),
            "partial: a bench:speed ended early",
        ),
        (
            format!("{built} / suite a bench speed opaque 0 / end 0"),
            "whole",
        ),
        (
            format!(
                "{built} / suite a bench speed opaque 0 in no known format / bench a other parse 0.1 / end 0"
            ),
            "whole",
        ),
        (
            format!("{built} / suite a bench speed opaque 3 / end 101"),
            "partial: a bench:speed exited with 3",
        ),
        (
            format!("{built} / suite a bench speed opaque 3 / end 0"),
            "failed: stream contradicts the exit status: 1 benches failed, and cargo exited with 0",
        ),
        (
            format!("{built} / end 101 error: bench failed"),
            "failed: cargo exited with 101: bench failed",
        ),
        (
            "error a E0554 a/benches/speed.rs:1 no / finished false / end 101".into(),
            "broken: the benches did not compile: a; error at a/benches/speed.rs:1:5: no (E0554)",
        ),
    ] {
        check("bench", &script, expected);
    }
}

#[test]
fn the_formatter_must_list_files_exactly_when_it_fails() {
    for (script, expected) in [
        ("end 0", "whole"),
        ("unformatted a/src/lib.rs / end 1", "whole"),
        (
            "unformatted a/src/lib.rs / end 0",
            "failed: stream contradicts the exit status: 1 files listed, and rustfmt exited with 0",
        ),
        (
            "end 1 Error: cannot read",
            "failed: cargo fmt exited with 1 and listed no file: Error: cannot read",
        ),
        (
            "end 1 The file `/a/rustfmt.toml` failed to parse.\\nError details: invalid type: string, expected usize\\nin `max_width`",
            "failed: cargo fmt exited with 1 and listed no file: The file `/a/rustfmt.toml` failed to parse: invalid type: string, expected usize",
        ),
        (
            "end 1 Warning: x\\nCould not parse TOML: TOML parse error at line 1\\n  |\\n",
            "failed: cargo fmt exited with 1 and listed no file: Could not parse TOML: TOML parse error at line 1",
        ),
        (
            "end 1",
            "failed: cargo fmt exited with 1 and listed no file",
        ),
        (
            "unformatted a/src/lib.rs / end 1 error: unclosed delimiter\\n --> b",
            "partial: rustfmt could not read every file: unclosed delimiter",
        ),
        (
            "unformatted a/src/n / noise x.rs / end noisy",
            "partial: rustfmt printed a line that is not the path of a file",
        ),
        (
            "unformatted a/src/lib.rs / end 101 error: usage",
            "failed: cargo fmt exited with 101: usage",
        ),
    ] {
        check("fmt", script, expected);
    }
}

#[test]
fn custom_command_must_print_exactly_the_declared_metrics() {
    let age = "figure todo.age 3 days";
    for (script, expected) in [
        (format!("figure todo.open 1 / {age} / end 0"), "whole"),
        (format!("{age} / end 0"), "partial: did not print todo.open"),
        (format!("{age} / end 3"), "failed: it exited with 3"),
        (
            "end 1 Traceback:\\nValueError".into(),
            "failed: it exited with 1: ValueError",
        ),
        (
            format!("{age} / figure todo.closed 1 / end 0"),
            "failed: printed metric `todo.closed` that campaign.toml does not declare",
        ),
        (
            "figure todo.open 1 s / end 0".into(),
            "failed: printed `todo.open` in `s`, campaign.toml declares `count`",
        ),
    ] {
        check("todo", &script, expected);
    }
}

#[test]
fn failed_source_scan_has_its_reason() {
    check("loc", "source a 1 / end 0", "whole");
    check(
        "loc",
        "end 1 error: a/src: permission denied",
        "failed: the sources could not be read: a/src: permission denied",
    );
}

#[test]
fn a_step_that_never_began_was_interrupted() {
    let (_, steps) = fold(
        &plan("check\ntest"),
        &workspace(&["a"]),
        &[],
        "start check\nfinished true\nend 0",
    );
    assert_eq!(
        steps.iter().map(|s| &s.status).collect::<Vec<_>>(),
        [&StepStatus::Whole, &StepStatus::Interrupted]
    );
}

#[test]
fn clean_command_names_the_place_that_the_step_built_in() {
    for (args, expected) in [
        ("check --workspace", "cargo clean -p app"),
        (
            "test --profile fast --target x86_64-unknown-none --target-dir /t/x",
            "cargo clean -p app --profile fast --target x86_64-unknown-none --target-dir /t/x",
        ),
        (
            "nextest run --cargo-profile fast",
            "cargo clean -p app --profile fast",
        ),
        ("build --release", "cargo clean -p app --release"),
        ("bench --workspace", "cargo clean -p app --release"),
        ("test -- --profile fast", "cargo clean -p app"),
    ] {
        let action = Action::Command(Invocation {
            program: "cargo".into(),
            args: args.split(' ').map(str::to_owned).collect(),
            env: BTreeMap::new(),
            cwd: "/w".into(),
            stream: Stream::Cargo,
        });
        assert_eq!(super::clean("app", &action), expected, "{args}");
    }
}

#[test]
fn result_is_final_only_if_the_sources_made_it_incomplete() {
    let ran = "unit a lib a test exe / unit b lib b / unit c lib c / finished true / suite a lib a libtest";
    for (step, script, is_final) in [
        ("test", format!("{ran} 0 / case ok t / end 0"), true),
        ("test", format!("{ran} 101 sources: exit code 3 after 1 of 2 tests / end 101"), true),
        ("test", format!("{ran} 101 no log file was written / end 101"), false),
        ("test", "error a E0308 a/src/lib.rs:1 mismatched types / finished false / end 101".into(), true),
        ("test", "error a E0308 a/src/lib.rs:1 mismatched types / error a - - only metadata stub found for `rlib` dependency `core` / \
                  finished false / end 101".into(), false),
        ("doc", "error a E0786 a/src/lib.rs:1 found invalid metadata files / finished false / end 101".into(), false),
        ("doc", "error a - - linking with `cc` failed: exit status: 1 / finished false / end 101".into(), false),
        ("clippy", "error a - - `#[panic_handler]` function required, but not found / finished false / end 101".into(), true),
        ("nextest: test", "error a E0308 a/src/lib.rs:1 mismatched types / finished false / suite a lib a nextest 0 no summary / end 101".into(), true),
        ("nextest: test", "error a - - linking with `cc` failed: exit status: 1 / finished false / end 101".into(), false),
        ("test", format!("{ran} 0 / case ok t / problem x 0 unwritten / end 0"), false),
        ("test", format!("{ran} 0 / case ok t / problem x 0 unreadable / end 0"), false),
        ("test", format!("{ran} 137 machine: ended by signal 9 / end 101"), false),
        ("check", "error a - a/src/lib.rs:1 No space left on device / finished false / end 101".into(), true),
        ("check", "error a - - failed to write x: No space left on device (os error 28) / finished false / end 101".into(), false),
        ("fmt", "unformatted a/src/lib.rs / end 1 error: couldn't read `b`: Too many open files (os error 24)".into(), false),
        ("fmt", "unformatted a/src/lib.rs / end 1 error: expected item, found `No space left on device`".into(), true),
    ] {
        let id = step.split(':').next().unwrap();
        let script = format!("start {id}\n{}", script.replace(" / ", "\n"));
        let (_, steps) = fold(&plan(step), &workspace(&["a", "b", "c"]), &[], &script);
        assert_eq!(steps[0].is_final(), is_final, "{script}: {:?}", steps[0].status);
    }
}

#[test]
fn result_of_reading_is_the_same_next_time_only_if_a_known_flaw_of_the_database_is_why() {
    let flawed = Database {
        flaw: Some("it is old".into()),
        ..Database::default()
    };
    let unknown = Database {
        is_unknown: true,
        ..flawed.clone()
    };
    let mut unreadable = StepFacts::default();
    unreadable.unreadable = Some("a.md: Permission denied".into());
    for (facts, database, cause) in [
        (&StepFacts::default(), Some(&flawed), Cause::Sources),
        (&StepFacts::default(), Some(&unknown), Cause::Unknown),
        (&unreadable, Some(&flawed), Cause::Unknown),
        (&unreadable, None, Cause::Unknown),
    ] {
        assert_eq!(super::other::cause_of_reading(facts, database), cause);
    }
}
