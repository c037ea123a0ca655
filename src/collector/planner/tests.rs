use std::time::Duration;

use super::*;
use crate::collector::{SettingValue, Settings};
use crate::plan::{Action, BuildSelection, Preparation};
use crate::workspace::{Member, Target};

fn member(name: &str, kinds: &[&str]) -> Member {
    let targets = kinds.iter().map(|kind| Target {
        name: name.into(),
        kind: (*kind).into(),
        file: format!("{name}/src/{kind}.rs"),
        test: true,
        doctest: ["lib", "proc-macro"].contains(kind),
        doc: true,
        ..Target::default()
    });
    Member {
        name: name.into(),
        id: format!("path+file:///ws/{name}#0.1.0"),
        version: "0.1.0".into(),
        dir: name.into(),
        targets: targets.collect(),
        publish: true,
        ..Member::default()
    }
}

fn workspace() -> Workspace {
    let members = vec![
        member("api", &["lib", "bench"]),
        member("api-cli", &["bin"]),
        member("pool", &["proc-macro"]),
    ];
    Workspace {
        root: "/ws".into(),
        target_dir: "/ws/target".into(),
        build_dir: None,
        members,
    }
}

fn request(collectors: &str) -> Request {
    let collectors = collectors
        .split_whitespace()
        .map(|name| Collector::from(name.to_owned()))
        .collect();
    Request {
        cargo: "/bin/cargo".into(),
        collectors,
        ..Request::default()
    }
}

/// The version of nextest that runs the tests.
fn versions(version: &str) -> BTreeMap<Collector, String> {
    let printed = format!("cargo-nextest {version} (0123abc 2026-01-02)");
    [(Collector::named("test"), printed)].into()
}

fn with(mut request: Request, collector: Collector, set: impl FnOnce(&mut Settings)) -> Request {
    set(request.settings.entry(collector).or_default());
    request
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Returns a line `id (collectors): environment, command` for each step, followed by the answered
/// and the missing collectors.
fn shown(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for step in &plan.steps {
        let serves: Vec<&str> = step.serves.iter().map(Collector::name).collect();
        let action = match &step.action {
            Action::Scan => "scan".to_owned(),
            Action::Read(files) => format!("read {}", files.paths.join(" ")),
            Action::Lint(lint) => format!("lint {}", lint.changelogs.len()),
            Action::Command(command) => {
                let env = command
                    .env
                    .iter()
                    .map(|(k, v)| format!("{k}={} ", v.as_deref().unwrap_or("")));
                format!("{}{}", env.collect::<String>(), command.display())
            }
        };
        lines.push(format!("{} ({}): {action}", step.id, serves.join(" ")));
    }
    lines.extend(
        plan.answered
            .iter()
            .map(|a| format!("{} by {}", a.collector, a.by)),
    );
    lines.extend(
        plan.missing
            .iter()
            .map(|l| format!("{} lacks: {}; {}", l.collector, l.what, l.fix)),
    );
    lines.join("\n")
}

#[track_caller]
fn check(request: &Request, expected: &str) {
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    assert_eq!(shown(&plan(request, &workspace())), expected.join("\n"));
}

#[test]
fn requested_collectors_are_measured_in_fixed_order_and_clippy_answers_check() {
    check(
        &request("changelog loc bench doc test build check clippy fmt"),
        "fmt (fmt): cargo fmt -- --check -l -v
         clippy (clippy check): cargo clippy --workspace --all-targets --keep-going --message-format=json
         build (build): cargo build --workspace --keep-going --message-format=json
         test (test): cargo test --workspace --no-fail-fast --message-format=json
         doc (doc): cargo doc --workspace --no-deps --keep-going --message-format=json
         bench (bench): cargo bench --workspace --no-fail-fast --message-format=json
         loc (loc): scan
         changelog (changelog): lint 0
         check by clippy",
    );
}

#[test]
fn check_has_its_own_step_if_clippy_does_not_give_its_values() {
    let check_step =
        "check (check): cargo check --workspace --all-targets --keep-going --message-format=json";
    check(&request("check"), check_step);

    let missing = MissingCollector {
        collector: Collector::named("clippy"),
        what: "clippy is not installed".into(),
        fix: "rustup component add clippy".into(),
    };
    let request_lacking = Request {
        missing: vec![missing],
        ..request("check clippy")
    };
    let lacks = "clippy lacks: clippy is not installed; rustup component add clippy";
    check(&request_lacking, &format!("{check_step}\n{lacks}"));

    for (args, shared) in [
        ("-- -W clippy::pedantic -Aclippy::all", true),
        ("-- -W unused_qualifications", false),
        ("-- -D warnings", false),
        ("--release", false),
    ] {
        let request = with(request("check clippy"), Collector::named("clippy"), |o| {
            o.args = words(args)
        });
        assert_eq!(
            !plan(&request, &workspace()).answered.is_empty(),
            shared,
            "{args}"
        );
    }
}

#[test]
fn step_with_its_own_flags_has_its_own_target_directory() {
    let capped = with(request("clippy"), Collector::named("clippy"), |o| {
        o.set("cap-lints", SettingValue::Flag(true));
        o.args = words("--all-targets -- -W clippy::pedantic");
    });
    check(
        &capped,
        "clippy (clippy): cargo clippy --workspace --all-targets --target-dir /ws/target/campaign \
         --keep-going --message-format=json -- -W clippy::pedantic --cap-lints warn",
    );
    let missing = with(request("doc"), Collector::named("doc"), |o| {
        o.set("missing", SettingValue::Flag(true))
    });
    let missing = Request {
        target_dir: Some("/cache/t".into()),
        ..missing
    };
    check(
        &missing,
        "doc (doc): cargo doc --workspace --no-deps --target-dir /cache/t --keep-going --message-format=json
         doc-missing (doc): RUSTDOCFLAGS=-Wmissing_docs cargo doc --workspace --no-deps --target-dir /cache/t/campaign \
         --keep-going --message-format=json",
    );
}

#[test]
fn cargo_runs_the_doctests_if_nextest_runs_the_tests() {
    let nextest = with(request("test"), Collector::named("test"), |o| {
        o.set("runner", SettingValue::Choice("nextest"));
        o.args = words("-E test(fast)");
    });
    let nextest = Request {
        build: BuildSelection {
            profile: Some("ci".into()),
            ..BuildSelection::default()
        },
        ..nextest
    };
    let run = "NEXTEST_EXPERIMENTAL_LIBTEST_JSON=1 cargo nextest run";
    check(
        &nextest,
        &format!(
            "test (test): {run} --workspace --cargo-profile ci --no-fail-fast --message-format libtest-json-plus -E 'test(fast)'
             doctest (test): cargo test --workspace --doc --profile ci --no-fail-fast --message-format=json"
        ),
    );
    check(
        &Request {
            packages: vec!["api-cli".into()],
            ..nextest.clone()
        },
        &format!(
            "test (test): {run} -p api-cli --cargo-profile ci --no-fail-fast --message-format libtest-json-plus -E 'test(fast)'"
        ),
    );
    check(
        &Request {
            packages: vec!["api-cli".into()],
            versions: versions("0.9.123"),
            ..nextest.clone()
        },
        &format!(
            "test (test): {run} -p api-cli --cargo-profile ci --no-fail-fast --message-format libtest-json-plus \
             --cargo-message-format json -E 'test(fast)'"
        ),
    );
}

/// `cargo test --doc` runs them all the same.
#[test]
fn doctests_of_libraries_that_have_none_are_not_run_beside_nextest() {
    let nextest = with(request("test"), Collector::named("test"), |o| {
        o.set("runner", SettingValue::Choice("nextest"));
    });
    let run = "NEXTEST_EXPERIMENTAL_LIBTEST_JSON=1 cargo nextest run";
    let options = "--no-fail-fast --message-format libtest-json-plus";
    let doctest = "doctest (test): cargo test";
    let mut workspace = workspace();
    for (without, packages, expected) in [
        (
            "pool",
            vec![],
            format!("{doctest} --workspace --exclude pool --doc"),
        ),
        (
            "pool",
            vec!["api", "pool"],
            format!("{doctest} -p api --doc"),
        ),
        ("api", vec![], String::new()),
    ] {
        for member in &mut workspace.members {
            let is_without = member.name == without;
            let targets = member.targets.iter_mut();
            targets.for_each(|target| target.doctest &= !is_without);
        }
        let selection = match packages.as_slice() {
            [] => "--workspace".to_owned(),
            names => format!("-p {}", names.join(" -p ")),
        };
        let request = Request {
            packages: packages.iter().map(|name| (*name).to_owned()).collect(),
            ..nextest.clone()
        };
        let shown = shown(&plan(&request, &workspace));
        let first = format!("test (test): {run} {selection} {options}");
        assert!(shown.starts_with(&first), "{shown}");
        let second = shown.lines().nth(1).unwrap_or_default();
        assert!(second.trim().starts_with(&expected), "{shown}");
        assert_eq!(second.is_empty(), expected.is_empty(), "{shown}");
    }
}

/// nextest rejects its machine-readable message format unless an environment variable is set.
#[test]
fn nextest_command_for_users_has_no_message_format() {
    let nextest = with(request("test"), Collector::named("test"), |o| {
        o.set("runner", SettingValue::Choice("nextest"))
    });
    for version in ["0.9.122", "0.9.123"] {
        let plan = plan(
            &Request {
                versions: versions(version),
                ..nextest.clone()
            },
            &workspace(),
        );
        let Action::Command(command) = &plan.steps[0].action else {
            panic!("{plan:?}")
        };
        assert_eq!(
            command.by_hand(),
            "cargo nextest run --workspace --no-fail-fast"
        );
    }
}

#[test]
fn durations_and_repeats_change_the_steps() {
    let timed = with(request("test"), Collector::named("test"), |o| {
        o.set("durations", SettingValue::Flag(true));
        o.args = words("-- --skip slow");
    });
    check(
        &timed,
        "test (test): CARGO_CAMPAIGN_DURATIONS=1 cargo test --workspace --no-fail-fast --message-format=json -- --skip slow",
    );
    let repeated = with(request("bench"), Collector::named("bench"), |o| {
        o.set("repeats", SettingValue::Count(2))
    });
    check(
        &Request {
            build: BuildSelection {
                profile: Some("dev".into()),
                ..BuildSelection::default()
            },
            ..repeated
        },
        "bench (bench): cargo bench --workspace --no-fail-fast --message-format=json
         bench-2 (bench): cargo bench --workspace --no-fail-fast --message-format=json",
    );
}

#[test]
fn repeats_are_spread_over_the_other_steps() {
    for (collectors, repeats, expected) in [
        ("bench", 2, "bench bench-2"),
        ("fmt clippy test bench loc", 1, "fmt clippy test bench loc"),
        (
            "fmt clippy test bench loc",
            2,
            "fmt clippy bench test loc bench-2",
        ),
        (
            "clippy test bench loc",
            5,
            "clippy bench test bench-2 bench-3 loc bench-4 bench-5",
        ),
        ("test bench", 3, "test bench bench-2 bench-3"),
    ] {
        let request = with(request(collectors), Collector::named("bench"), |o| {
            o.set("repeats", SettingValue::Count(repeats))
        });
        let plan = plan(&request, &workspace());
        let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids.join(" "), expected, "{collectors} {repeats}");
    }
}

#[test]
fn builds_in_a_copy_stay_in_order() {
    let plan = plan(&request("fmt clippy timing loc"), &workspace());
    let copies: Vec<&Step> = plan.steps.iter().filter(|one| one.copy.is_some()).collect();
    assert_eq!(copies[0].preparation(), Some(&Preparation::Copy));
    assert_eq!(copies[1].preparation(), Some(&Preparation::Clean));
    let from = plan.steps.iter().position(|one| one.copy.is_some());
    let from = from.expect("timing builds in a copy");
    let together = &plan.steps[from..from + copies.len()];
    assert!(together.iter().all(|one| one.copy.is_some()));
}

#[test]
fn scope_features_and_flags_are_passed_to_every_cargo_command() {
    let narrowed = Request {
        packages: vec!["api*".into()],
        cargo_flags: vec!["--locked".into()],
        build: BuildSelection {
            features: vec!["a,b".into(), "b c".into()],
            no_default_features: true,
            target: Some("x86_64-unknown-linux-musl".into()),
            ..BuildSelection::default()
        },
        ..request("fmt check build")
    };
    let flags =
        "--features a,b,c --target x86_64-unknown-linux-musl --no-default-features --locked";
    check(
        &narrowed,
        &format!(
            "fmt (fmt): cargo fmt -p api -p api-cli -- --check -l -v
             check (check): cargo check -p 'api*' --all-targets {flags} --keep-going --message-format=json
             build (build): cargo build -p 'api*' {flags} --keep-going --message-format=json"
        ),
    );
    check(
        &Request { exclude: vec!["api".into()], ..request("fmt check") },
        "fmt (fmt): cargo fmt -p api-cli -p pool -- --check -l -v
         check (check): cargo check --workspace --exclude api --all-targets --keep-going --message-format=json",
    );
    check(
        &Request {
            packages: vec!["api*".into()],
            exclude: vec!["api".into()],
            ..request("check")
        },
        "check (check): cargo check -p api-cli --all-targets --keep-going --message-format=json",
    );
}

#[test]
fn flags_that_are_set_already_are_passed_once() {
    for (collector, args, expected) in [
        (
            "test",
            "--no-fail-fast --lib",
            "cargo test --workspace --no-fail-fast --message-format=json --lib",
        ),
        (
            "check",
            "--keep-going --workspace",
            "cargo check --workspace --all-targets --keep-going --message-format=json",
        ),
        ("fmt", "-- --check -v", "cargo fmt -- --check -v -l"),
    ] {
        let request = with(
            request(collector),
            Collector::from(collector.to_owned()),
            |o| o.args = words(args),
        );
        check(&request, &format!("{collector} ({collector}): {expected}"));
    }
    let nextest = with(request("test"), Collector::named("test"), |o| {
        o.set("runner", SettingValue::Choice("nextest"));
        o.args = words("--no-fail-fast");
    });
    let plan = plan(&nextest, &workspace());
    let Action::Command(command) = &plan.steps[0].action else {
        panic!("it is a command")
    };
    assert_eq!(
        command
            .args
            .iter()
            .filter(|arg| *arg == "--no-fail-fast")
            .count(),
        1
    );
}

#[test]
fn benches_are_left_out_if_configured() {
    let without = |collectors| Request {
        without_benches: true,
        ..request(collectors)
    };
    check(
        &without("check"),
        "check (check): cargo check --workspace --lib --bins --tests --examples --keep-going --message-format=json",
    );
    check(
        &Request {
            packages: vec!["api-cli".into()],
            ..without("check")
        },
        "check (check): cargo check -p api-cli --bins --tests --examples --keep-going --message-format=json",
    );
}

#[test]
fn custom_command_runs_in_the_root_with_a_unique_step_id() {
    let mut request = request("test todo doctest gone");
    for (name, command) in [
        ("todo", "./scripts/todo-count --all"),
        ("doctest", "python3 x.py"),
        ("unasked", "true"),
    ] {
        request.custom.insert(
            name.into(),
            CustomCollector {
                checks: BTreeMap::new(),
                command: words(command),
                timeout: None,
                units: BTreeMap::new(),
                directions: BTreeMap::new(),
            },
        );
    }
    request = with(request, Collector::named("test"), |o| {
        o.set("runner", SettingValue::Choice("nextest"))
    });
    let plan = plan(&request, &workspace());
    let programs: Vec<_> = plan.steps[2..]
        .iter()
        .map(|step| match &step.action {
            Action::Command(command) => format!(
                "{} {} {}",
                step.id,
                command.program.display(),
                command.args.join(" ")
            ),
            Action::Scan | Action::Read(_) | Action::Lint(_) => "scan".into(),
        })
        .collect();
    assert_eq!(
        programs,
        [
            "doctest-own python3 x.py",
            "todo /ws/./scripts/todo-count --all"
        ]
    );
    assert_eq!(
        plan.missing
            .iter()
            .map(|l| l.what.as_str())
            .collect::<Vec<_>>(),
        ["`gone` has no command"]
    );
}

#[test]
fn a_timeout_is_the_configured_or_the_default_one() {
    let minute = Duration::from_secs(60);
    let request = with(request("fmt test"), Collector::named("test"), |o| {
        o.timeout = Some(minute)
    });
    let timeouts: Vec<_> = plan(&request, &workspace())
        .steps
        .iter()
        .map(|s| s.timeout)
        .collect();
    assert_eq!(timeouts, [Some(10 * minute), Some(minute)]);
}

/// Returns the collectors whose settings differ between two requests.
fn differing(change: impl FnOnce(&mut Request)) -> Vec<String> {
    let mut other = request("check clippy test bench fmt loc changelog todo");
    other
        .custom
        .insert("todo".into(), CustomCollector::default());
    let before = settings(&other);
    change(&mut other);
    let after = settings(&other);
    before
        .iter()
        .filter(|(c, digest)| after.get(c) != Some(*digest))
        .map(|(c, _)| c.name().to_owned())
        .collect()
}

#[test]
fn settings_digest_changes_only_with_the_meaning_of_values() {
    type Change = fn(&mut Request);
    let cases: [(Change, &str); 16] = [
        (|r| r.cargo = "/elsewhere/cargo".into(), ""),
        (|r| r.target_dir = Some("/t".into()), ""),
        (|r| r.cargo_flags = words("--locked --offline"), ""),
        (
            |r| r.cargo_flags = words("--config x"),
            "check test clippy bench",
        ),
        (|r| r.build.features = words("a"), "check test clippy bench"),
        (
            |r| r.build.profile = Some("release".into()),
            "check test clippy",
        ),
        (
            |r| r.packages = words("api"),
            "check test clippy bench fmt loc changelog todo",
        ),
        (
            |r| {
                r.settings
                    .entry(Collector::named("test"))
                    .or_default()
                    .set("runner", SettingValue::Choice("nextest"))
            },
            "test",
        ),
        (
            |r| {
                r.settings
                    .entry(Collector::named("clippy"))
                    .or_default()
                    .set("cap-lints", SettingValue::Flag(true))
            },
            "clippy",
        ),
        (
            |r| {
                r.settings.entry(Collector::named("fmt")).or_default().args =
                    words("-- --config max_width=80")
            },
            "fmt",
        ),
        (
            |r| {
                r.settings
                    .entry(Collector::named("bench"))
                    .or_default()
                    .set("repeats", SettingValue::Count(5))
            },
            "",
        ),
        (
            |r| r.custom.entry("todo".into()).or_default().command = words("true"),
            "todo",
        ),
        (
            |r| {
                drop(
                    r.custom
                        .entry("todo".into())
                        .or_default()
                        .units
                        .insert("todo.open".into(), "s".into()),
                )
            },
            "todo",
        ),
        (
            |r| {
                let custom = r.custom.entry("todo".into()).or_default();
                custom.checks.insert("todo.open".into(), words("true"));
            },
            "todo",
        ),
        (|r| r.lint.today = "2026-11-20".into(), ""),
        (|r| r.releases = "v1.0.0".into(), "changelog"),
    ];
    for (change, expected) in cases {
        assert_eq!(differing(change).join(" "), expected);
    }
}

#[test]
fn settings_digest_ignores_the_order_of_names_and_is_part_of_the_plan() {
    let one = Request {
        packages: words("x y"),
        build: BuildSelection {
            features: words("b a"),
            ..BuildSelection::default()
        },
        ..request("check")
    };
    let two = Request {
        packages: words("y x"),
        build: BuildSelection {
            features: vec!["a,b".into()],
            ..BuildSelection::default()
        },
        ..request("check")
    };
    assert_eq!(settings(&one), settings(&two));
    assert_eq!(plan(&one, &workspace()).settings, settings(&one));
    assert!(settings(&one).values().all(|d| d.len() == 16));
}
