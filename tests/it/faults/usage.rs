//! What people type wrongly: code 2, and what they may have meant.

use cargo_campaign::report::Format;

use super::{counted, pinned, refused};

#[test]
fn flags_that_make_no_sense_are_refused() {
    let sandbox = pinned();
    let no_format = format!(
        "invalid value 'xml' for '--format <FORMAT>'|[possible values: {}, svg]",
        Format::names(", ")
    );
    for (line, said) in [
        (
            "run -p nope",
            "package `nope` is not a member of this workspace|help: members: clean-cli, clean-core",
        ),
        ("run --exclude nope", "package `nope` is not a member"),
        ("gate -p nope --dry-run", "package `nope` is not a member"),
        (
            "run --workspace -p clean-core",
            "--workspace and --package contradict each other",
        ),
        ("run --exclude *", "no package is selected"),
        (
            "baseline --only clippy.new",
            "`clippy.new` is computed against the baseline and cannot be pinned|help: cargo campaign baseline --only clippy",
        ),
        (
            "run clipy",
            "unknown collector `clipy`|did you mean `clippy`?",
        ),
        (
            "run frobnicate",
            "unknown collector `frobnicate`|expected `check`, `build`, `test`, `clippy`, `bench`, `fmt`, `doc`, `loc`",
        ),
        ("run loc --format xml", no_format.as_str()),
        (
            "status --format xml",
            "invalid value 'xml' for '--format <FORMAT>'",
        ),
        ("run loc --format json", "`run` has no format `json`"),
        ("status --format svg", "`status` has no format `svg`"),
        ("--format svg gate", "`gate` has no format `svg`"),
        (
            "run --dry-run --format markdown",
            "`run` has no format `markdown`",
        ),
        (
            "init --dry-run --format json",
            "`init` has no format `json`",
        ),
        (
            "gate --prove --format json",
            "`gate --prove` has no format `json`",
        ),
        (
            "gate --dry-run --format json",
            "`gate --dry-run` has no format `json`",
        ),
        (
            "baseline --dry-run --format json",
            "`--dry-run` has no format `json`",
        ),
        (
            "final --dry-run --format markdown",
            "`--dry-run` has no format `markdown`",
        ),
        (
            "history --format markdown",
            "this command has no format `markdown`",
        ),
        (
            "history prune --keep 1 --dry-run --format json",
            "`history prune` has no format `json`",
        ),
        (
            "history --format xml",
            "invalid value 'xml' for '--format <FORMAT>'",
        ),
        (
            "doctor --format xml",
            "invalid value 'xml' for '--format <FORMAT>'",
        ),
        ("gate --output xml=x", "unknown format `xml`"),
        (
            "gate --output json",
            "write FORMAT=PATH, as in json=report.json",
        ),
        ("gate --output json=", "the path is empty"),
        (
            "gate --output json=no/such/folder.json",
            "--output `no/such/folder.json`: its directory does not exist",
        ),
        (
            "gate --output json=core",
            "--output `core`: it is a directory",
        ),
        (
            "report --output html=no/such/page/",
            "--output `no/such/page`: its directory does not exist",
        ),
        (
            "report --output html=.campaign/page/",
            "--output `.campaign/page`: it is in `.campaign`, which has the records",
        ),
        (
            "final --report no/such.md",
            "--report `no/such.md`: its directory does not exist",
        ),
        (
            "explain todo.opened",
            "unknown gate or metric `todo.opened`|did you mean `todo.open`?",
        ),
        (
            "explain zzz",
            "unknown gate or metric `zzz`|cargo campaign status (lists the gates)",
        ),
        (
            "explain zzz --format json",
            "unknown gate or metric `zzz`|cargo campaign status (lists the gates)",
        ),
        ("explain ", "the name of a gate or metric is empty"),
        (
            "gate --output json=x --output markdown=./x",
            "--output `./x`: another report is written to the same file",
        ),
        (
            "gate --output json=core/../x --output json=x",
            "--output `x`: another report is written to the same file",
        ),
        (
            "final --report x.md --output markdown=./x.md",
            "--report `x.md`: another report is written to the same file",
        ),
        (
            "history --metric todo.opened",
            "unknown metric `todo.opened`|did you mean `todo.open`?",
        ),
        ("gate --no-run --dry-run", "cannot be used with"),
        ("baseline --dry-run --from latest", "cannot be used with"),
        (
            "status --color sometimes",
            "invalid value 'sometimes' for '--color <WHEN>'|[possible values: auto, always, never]",
        ),
        ("status --config nope.toml", "could not find `nope.toml`"),
        (
            "status --manifest-path nope/Cargo.toml",
            "manifest path `nope/Cargo.toml` does not exist",
        ),
        (
            "status --manifest-path core",
            "must be a path to a Cargo.toml file|--manifest-path core/Cargo.toml",
        ),
        ("status --bogus", "unexpected argument '--bogus'"),
        ("statsu", "unrecognized subcommand 'statsu'|'status'"),
        (
            "diff 19990101",
            "no run `19990101` is recorded|cargo campaign history",
        ),
        (
            "diff baseline ../../etc/passwd",
            "no run `../../etc/passwd` is recorded",
        ),
        ("report --run zzz", "no run `zzz` is recorded"),
        ("baseline --from zzz", "no run `zzz` is recorded"),
        ("history prune", "nothing to remove was specified|--keep N"),
        (
            "history prune --older-than 3y",
            "invalid age `3y`|write 90d, 12w or 36h",
        ),
        ("history -n many", "invalid value 'many'"),
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        refused(&sandbox, &args, 2, &said.split('|').collect::<Vec<_>>());
    }
}

#[test]
fn no_command_at_all_is_answered_with_the_commands() {
    let out = counted().campaign(&[]);
    assert_eq!((out.code, out.stdout.as_str()), (2, ""));
    assert!(
        out.stderr
            .contains("Usage: cargo campaign [OPTIONS] <COMMAND>"),
        "{}",
        out.stderr
    );
}

#[test]
fn a_run_id_that_begins_like_others_is_asked_for_in_full() {
    let sandbox = pinned();
    assert_eq!(sandbox.campaign(&["run"]).code, 0);
    refused(
        &sandbox,
        &["diff", "2"],
        2,
        &[
            "`2` could be any of 2 runs: [RUN], [RUN]",
            "give more of the id",
        ],
    );
}

#[test]
fn variables_that_cargo_would_refuse_are_refused() {
    for (name, value, said) in [
        (
            "CARGO_TERM_COLOR",
            "pink",
            "CARGO_TERM_COLOR: expected auto, always or never, found `pink`",
        ),
        (
            "CARGO_TERM_QUIET",
            "yes",
            "CARGO_TERM_QUIET: expected true or false, found `yes`",
        ),
        (
            "SOURCE_DATE_EPOCH",
            "now",
            "SOURCE_DATE_EPOCH: expected a whole number, found `now`",
        ),
    ] {
        let mut sandbox = counted();
        sandbox.set(name, value);
        refused(&sandbox, &["status"], 2, &[said]);
    }
}

#[test]
fn unknown_features_profiles_and_targets_are_refused_and_not_recorded() {
    let sandbox = counted();
    let manifest = sandbox.read("core/Cargo.toml");
    sandbox.write(
        "core/Cargo.toml",
        &format!("{manifest}\n[features]\ntracing = []\n"),
    );
    let root = sandbox.read("Cargo.toml");
    sandbox.write(
        "Cargo.toml",
        &format!("{root}\n[profile.fast]\ninherits = \"release\"\n"),
    );
    sandbox.write(
        ".cargo/config.toml",
        "[profile.small]\ninherits = \"release\"\n",
    );
    for (line, said) in [
        (
            "run check -F tracin",
            "none of the selected packages contains the feature `tracin`|help: did you mean `tracing`?",
        ),
        (
            "run check -p clean-cli -F tracing",
            "package `clean-cli` does not contain the feature `tracing`|help: package `clean-core` contains it",
        ),
        (
            "run check -F clean-core/tracin",
            "contains the feature `clean-core/tracin`|did you mean `clean-core/tracing`?",
        ),
        (
            "run check -F default",
            "none of the selected packages contains the feature `default`",
        ),
        (
            "run check -p clean-cli -F clean-core/tracin",
            "does not contain the feature `clean-core/tracin`|did you mean `clean-core/tracing`?",
        ),
        (
            "run check -p clean-core -F clean-cli/tracing",
            "does not contain the feature `clean-cli/tracing`",
        ),
        (
            "run check --profile fats",
            "profile `fats` is not defined|help: did you mean `fast`?",
        ),
        (
            "run doc --target x86_64-unknown-linux-gna",
            "unknown target `x86_64-unknown-linux-gna`|help: did you mean `x86_64-unknown-linux-gnu`?",
        ),
        (
            "run doc --target mars",
            "unknown target `mars`|rustc --print target-list",
        ),
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        refused(&sandbox, &args, 2, &said.split('|').collect::<Vec<_>>());
    }
    assert!(!sandbox.root().join(".campaign/runs").exists());
    for line in [
        "run check --dry-run -F clean-core/tracing",
        "run check --dry-run -F clean-core?/tracing",
        "run check --dry-run -p clean-core -F tracing",
        "run check --dry-run --no-default-features",
        "run check --dry-run --profile fast",
        "run check --dry-run --profile small",
        "run bench --dry-run --profile fats",
        "run check --dry-run --target x86_64-unknown-none",
        "run check --dry-run --target host-tuple",
        "run loc --dry-run -F tracin --profile fats --target mars",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let out = sandbox.campaign(&args);
        assert_eq!(out.code, 0, "{line}: {}", out.stderr);
    }
}

#[test]
fn missing_default_feature_is_refused_also_with_recorded_results() {
    let sandbox = counted();
    sandbox.write("campaign.toml", "[gates]\n\"check.errors\" = \"= 0\"\n");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let said = "none of the selected packages contains the feature `default`";
    refused(&sandbox, &["gate", "-F", "default"], 2, &[said]);
}

/// Bytes that are no text, and text that would steer a terminal.
#[cfg(unix)]
#[test]
fn hostile_arguments_reach_the_terminal_escaped() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = counted();
    for (flag, value) in [
        ("explain", "a\x1b[2Jb"),
        ("diff", "a\x1b]0;x\x07"),
        ("-p", "a\x1bc"),
        ("--bogus\x1b[2J", ""),
    ] {
        let out = sandbox.campaign(&[flag, value, "run"][..if flag == "-p" { 3 } else { 2 }]);
        assert_eq!(out.code, 2, "{}", out.stderr);
        assert!(
            !out.stderr.contains('\x1b') && !out.stderr.contains('\x07'),
            "{flag:?}: {:?}",
            out.stderr
        );
    }
    let mut command = sandbox.campaign_command(&["explain"]);
    let out = command
        .arg(OsStr::from_bytes(b"a\xff\xfeb"))
        .output()
        .expect("it starts");
    assert_eq!(
        out.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[cfg(unix)]
#[test]
fn report_and_verdict_are_not_mixed_on_stdout() {
    let sandbox = counted();
    for args in [&["gate", "--no-run"][..], &["status"], &["report"]] {
        for path in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            let out = sandbox.campaign(&[args, &["--output", &format!("json={path}")]].concat());
            assert_eq!(
                (out.code, out.stdout.as_str()),
                (2, ""),
                "{args:?} {path}: {}",
                out.stderr
            );
            assert!(
                out.stderr.contains("help: --format json"),
                "{path}: {}",
                out.stderr
            );
        }
        let plain = sandbox.campaign(args).code;
        for path in ["/dev/null", "/dev/stderr"] {
            let out = sandbox.campaign(&[args, &["--output", &format!("json={path}")]].concat());
            assert_eq!(out.code, plain, "{args:?} {path}: {}", out.stderr);
        }
    }
}
