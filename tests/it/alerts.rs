//! Alerts and notifications from the program's point of view: recorded runs in, messages out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Sandbox, script};

/// Lines of code stand for any metric: they are measured in no time.
const CAMPAIGN: &str = r#"
[collect]
default = ["loc"]

[[alert]]
when = "loc.code > previous"
severity = "critical"

[[notify]]
on = ["alert.*"]
file = "target/alerts.jsonl"

[[notify]]
on = ["alert.critical"]
webhook = { env = "HOOK" }
"#;

fn sandbox(more: &str) -> Sandbox {
    let mut sandbox = with_cargo(more);
    sandbox.fake_cargo(script(&[("", json!(["real"]))]));
    sandbox
}

/// Returns the same with the cargo of the machine, whose tools `doctor` looks for.
fn with_cargo(more: &str) -> Sandbox {
    let sandbox = Sandbox::of("clean");
    sandbox.write("campaign.toml", &format!("{CAMPAIGN}{more}"));
    sandbox.write("target/here", "");
    sandbox
}

/// Returns the titles of the messages that were sent so far.
fn titles(sandbox: &Sandbox) -> Vec<String> {
    let text = std::fs::read_to_string(sandbox.path("target/alerts.jsonl")).unwrap_or_default();
    let messages = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    messages
        .map(|message: Value| message["title"].as_str().expect("text").to_owned())
        .collect()
}

fn run(sandbox: &Sandbox) -> String {
    let out = sandbox.campaign(&["run"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    out.stderr
}

#[test]
fn alert_is_sent_when_it_fires_and_when_it_is_resolved() {
    let sandbox = sandbox("");
    let grow = |lines: usize| sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
    grow(1);
    run(&sandbox);
    assert_eq!(
        titles(&sandbox),
        [""; 0],
        "there is nothing to compare with"
    );
    grow(3);
    run(&sandbox);
    let fired = titles(&sandbox);
    assert_eq!(fired.len(), 1, "{fired:?}");
    assert!(fired[0].starts_with("loc.code: ") && fired[0].contains("alert when > previous ("));
    // The value that fired is not what the next one is compared with.
    run(&sandbox);
    assert_eq!(titles(&sandbox), fired);

    let status = sandbox.campaign(&["status", "--format", "json"]);
    let status: Value = serde_json::from_str(&status.stdout).expect("JSON");
    assert_eq!(status["alerts"][0]["id"], "loc.code");
    assert_eq!(status["alerts"][0]["state"], "firing");

    grow(1);
    run(&sandbox);
    let all = titles(&sandbox);
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[1].starts_with("loc.code is resolved: "), "{all:?}");
}

#[test]
fn alert_on_the_absence_of_errors_mutes_nothing() {
    let sandbox = Sandbox::of("clean");
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"check\", \"test\"]\n\
         [[alert]]\nwhen = \"check.errors = 0\"\nseverity = \"info\"\n\
         [[alert]]\nwhen = \"test.failed > 0\"\nseverity = \"critical\"\n\
         [[notify]]\non = [\"alert.critical\"]\nfile = \"target/alerts.jsonl\"\n",
    );
    sandbox.write("core/tests/fails.rs", "#[test]\nfn fails() { panic!() }\n");
    let screen = run(&sandbox);
    let titles = titles(&sandbox);
    assert!(
        titles.len() == 1 && titles[0].starts_with("test.failed: "),
        "{titles:?}: {screen}"
    );
}

#[test]
fn message_that_cannot_be_delivered_waits_and_changes_no_exit_code() {
    let mut sandbox = sandbox("");
    sandbox.set("HOOK", "http://127.0.0.1:9/s3cr3t");
    // As curl does if nothing listens.
    sandbox.program("curl", "echo \"$@\" > \"$0.args\"; exit 7");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    sandbox.write("core/src/more.rs", "pub fn f() {}\npub fn g() {}\n");
    let printed = run(&sandbox);
    let status = sandbox.campaign(&["status"]);
    let waits = "1 notification waits for webhook $HOOK: no connection (1 attempt)";
    assert!(status.stdout.contains(waits), "{}", status.stdout);
    let list = sandbox.campaign(&["alert", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    assert_eq!(list["undelivered"][0]["error"], "no connection");
    let outbox = std::fs::read_to_string(sandbox.path(".campaign/index/outbox")).expect("outbox");
    let args = std::fs::read_to_string(sandbox.bin().join("curl.args")).expect("it was started");
    assert_eq!(args, "-q --config -\n");
    for text in [printed, status.stdout, list.to_string(), outbox] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

/// Returns what the fake curl was given to send, one letter for each message: whether it fires or is resolved.
fn posted(sandbox: &Sandbox) -> String {
    let given = std::fs::read_to_string(sandbox.bin().join("curl.in")).unwrap_or_default();
    let bodies = given.lines().filter(|line| line.starts_with("data-raw"));
    bodies
        .map(|body| match body.contains("is resolved") {
            true => 'R',
            false => 'F',
        })
        .collect()
}

#[test]
fn webhook_whose_variable_was_missing_is_told_the_difference() {
    let mut sandbox = sandbox("");
    sandbox.program("curl", "cat >> \"$0.in\"; echo; echo 200");
    let note = "1 notification waits for webhook $HOOK, which is not set";
    for (lines, is_set, expected, waits) in [
        (1, true, "", false),
        // It fires, and still does when the variable is back.
        (3, false, "", true),
        (3, true, "F", false),
        (3, true, "F", false),
        // It is resolved.
        (1, false, "F", true),
        (1, true, "FR", false),
        // It fires and is resolved.
        (3, false, "FR", true),
        (1, false, "FR", false),
        (1, true, "FR", false),
    ] {
        match is_set {
            true => sandbox.set("HOOK", "http://127.0.0.1:9/s3cr3t"),
            // As CI services do with a missing secret.
            false => sandbox.set("HOOK", ""),
        }
        sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
        let printed = run(&sandbox);
        assert_eq!(posted(&sandbox), expected, "{lines} lines, {is_set}");
        let outbox = sandbox.read(".campaign/index/outbox");
        assert!(outbox.contains("\"waiting\":[]"), "{outbox}");
        let list = sandbox.campaign(&["alert", "list"]).stdout;
        for text in [printed, list] {
            assert_eq!(text.contains(note), waits, "{text}");
        }
    }
}

#[test]
fn doctor_says_what_waits_for_a_variable() {
    let sandbox = with_cargo("");
    for (lines, expected) in [
        (1, "webhook $HOOK is off here: it is not set"),
        (
            3,
            "1 notification waits for webhook $HOOK, which is not set",
        ),
    ] {
        sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
        run(&sandbox);
        let doctor = sandbox.campaign(&["doctor"]).stdout;
        assert!(doctor.contains(expected), "{doctor}");
    }
}

#[test]
fn what_an_earlier_version_told_is_not_told_again() {
    let sandbox = sandbox("");
    for lines in [1, 3] {
        sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
        run(&sandbox);
    }
    let fired = titles(&sandbox);
    assert_eq!(fired.len(), 1, "{fired:?}");
    // An earlier version remembered with each alert that every channel was told.
    let mut state: Value =
        serde_json::from_str(&sandbox.read(".campaign/index/alerts")).expect("JSON");
    state.as_object_mut().expect("an object").remove("told");
    let alerts = state["alerts"]["alerts"].as_array_mut().expect("alerts");
    let firing = alerts.iter_mut().filter(|one| one["phase"] == "firing");
    firing.for_each(|one| one["announced"] = json!(true));
    sandbox.write(".campaign/index/alerts", &state.to_string());
    run(&sandbox);
    assert_eq!(titles(&sandbox), fired);
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    assert_eq!(titles(&sandbox).len(), 2, "its end is told");
}

#[test]
fn new_channel_is_told_what_fires_and_a_corrected_one_only_changes() {
    let sandbox = sandbox("");
    for lines in [1, 3] {
        sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
        run(&sandbox);
    }
    let fired = titles(&sandbox);
    assert_eq!(fired.len(), 1, "{fired:?}");
    let sent = |name: &str| std::fs::read_to_string(sandbox.path(name)).unwrap_or_default();
    let more = "[[notify]]\non = [\"alert.*\"]\nfile = \"target/more.jsonl\"\n";
    sandbox.write("campaign.toml", &format!("{CAMPAIGN}{more}"));
    run(&sandbox);
    assert_eq!(sent("target/more.jsonl").lines().count(), 1);
    sandbox.replace(
        "campaign.toml",
        "target/more.jsonl",
        "target/corrected.jsonl",
    );
    run(&sandbox);
    assert_eq!(sent("target/corrected.jsonl"), "");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    for (file, count) in [("alerts", 2), ("more", 1), ("corrected", 1)] {
        let text = sent(&format!("target/{file}.jsonl"));
        assert_eq!(text.lines().count(), count, "{file}: {text}");
    }
}

#[test]
fn unsent_events_about_runs_are_noted_once_until_the_variable_is_set() {
    let mut sandbox = sandbox("[[notify]]\non = [\"run.*\"]\nwebhook = { env = \"RUNS\" }\n");
    sandbox.program("curl", "cat >> \"$0.in\"; echo; echo 200");
    let note =
        "note: $RUNS is not set: events about runs are not sent to its webhook until it is\n";
    for (is_set, is_noted) in [(false, true), (false, false), (true, false), (false, true)] {
        match is_set {
            true => sandbox.set("RUNS", "http://127.0.0.1:9/s3cr3t"),
            false => sandbox.unset("RUNS"),
        }
        let printed = run(&sandbox);
        assert_eq!(printed.contains(note), is_noted, "{printed}");
    }
    assert_eq!(posted(&sandbox).len(), 1, "they are not sent later");
}

#[test]
fn acknowledged_alert_is_recorded_with_its_author() {
    let sandbox = sandbox("");
    sandbox.git_init();
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    sandbox.write("core/src/more.rs", "pub fn f() {}\npub fn g() {}\n");
    run(&sandbox);
    for (args, code, said) in [
        (
            &["alert", "ack", "loc.cod", "--reason", "known"][..],
            2,
            "did you mean `loc.code`?",
        ),
        (
            &["alert", "ack", "loc.code", "--reason", " "],
            2,
            "the reason is empty",
        ),
        (
            &["alert", "ack", "loc.code", "--reason", "known"],
            0,
            "Acknowledged loc.code as ",
        ),
    ] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, code, "{}", out.stderr);
        assert!(out.stderr.contains(said), "{}", out.stderr);
    }
    let list = sandbox.campaign(&["alert", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    assert_eq!(list["alerts"][0]["state"], "acknowledged");
    assert_eq!(list["alerts"][0]["acknowledged"]["reason"], "known");
}

#[test]
fn state_that_is_damaged_counts_as_missing() {
    let sandbox = with_cargo("");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    for (name, lost) in [
        ("alerts", "open alerts are announced again"),
        ("outbox", "notifications that waited are lost"),
    ] {
        let file = format!(".campaign/index/{name}");
        sandbox.write(&file, "[]");
        let problem = format!("{file}, which is damaged: {lost}");
        let doctor = sandbox.campaign(&["doctor", "--format", "json"]);
        assert!(doctor.stdout.contains(&problem), "{}", doctor.stdout);
        let printed = run(&sandbox);
        let warning = format!("warning: ignoring {problem}\n");
        assert!(printed.contains(&warning), "{printed}");
        // It was written again.
        assert!(!run(&sandbox).contains("warning: "), "{name}");
        let doctor = sandbox.campaign(&["doctor"]).stdout;
        assert!(!doctor.contains(".campaign/index/"), "{doctor}");
    }
}

/// Makes the state of alerts unusable.
#[cfg(unix)]
type Damage = fn(&Sandbox);

#[cfg(unix)]
#[test]
fn state_that_cannot_be_used_is_neither_read_nor_written() {
    let index = |sandbox: &Sandbox| sandbox.path(".campaign/index");
    let cases: [(Damage, &str, &str); 3] = [
        (
            |sandbox| {
                sandbox.git(&["add", "-f", ".campaign/index"]);
            },
            ", which must not be committed",
            "git rm -r --cached .campaign/index",
        ),
        (
            |sandbox| {
                let file = sandbox.path(".campaign/index/alerts");
                std::fs::remove_file(&file).expect("it is there");
                std::os::unix::fs::symlink("elsewhere", &file).expect("a fresh name");
            },
            "it is a symbolic link",
            "remove .campaign/index/alerts",
        ),
        (
            |sandbox| {
                let index = sandbox.path(".campaign/index");
                std::fs::remove_dir_all(&index).expect("it is there");
                std::fs::write(&index, "").expect("a fresh name");
            },
            "ot a directory",
            "remove .campaign/index",
        ),
    ];
    for (damage, problem, fix) in cases {
        let sandbox = with_cargo("");
        sandbox.git_init();
        sandbox.write("core/src/more.rs", "pub fn f() {}\n");
        run(&sandbox);
        damage(&sandbox);
        let state = std::fs::read(index(&sandbox).join("alerts")).ok();
        sandbox.write("core/src/more.rs", "pub fn f() {}\npub fn g() {}\n");
        for _ in 0..2 {
            let printed = run(&sandbox);
            let line = printed
                .lines()
                .find(|line| line.starts_with("warning: could not process alerts: "))
                .expect("a warning");
            assert!(line.contains(problem), "{line}");
        }
        assert_eq!(titles(&sandbox), [""; 0], "{problem}");
        let doctor = sandbox.campaign(&["doctor", "--format", "json"]).stdout;
        assert!(doctor.contains(problem) && doctor.contains(fix), "{doctor}");
        let now = std::fs::read(index(&sandbox).join("alerts")).ok();
        assert_eq!(now, state, "{problem}");
    }
}

/// A configuration with one rule and a channel.
fn with_rule(when: &str) -> String {
    format!(
        "[collect]\ndefault = [\"loc\"]\n[[alert]]\nwhen = \"{when}\"\n\
         [[notify]]\non = [\"alert.*\"]\nfile = \"target/alerts.jsonl\"\n"
    )
}

#[test]
fn rule_of_another_configuration_or_branch_is_not_resolved() {
    for switches_branch in [false, true] {
        let sandbox = sandbox("");
        let (rule, other) = (with_rule("loc.code > 5"), with_rule("loc.code < 1"));
        sandbox.write("campaign.toml", &rule);
        sandbox.write("other.toml", &other);
        sandbox.write(".gitignore", "/target\n");
        sandbox.git_init();
        run(&sandbox);
        let fired = titles(&sandbox);
        assert_eq!(fired.len(), 1, "{fired:?}");

        if switches_branch {
            sandbox.git(&["switch", "-qc", "feature"]);
            sandbox.write("campaign.toml", &other);
            sandbox.commit("chore: another rule");
            run(&sandbox);
            sandbox.git(&["switch", "-q", "-"]);
        } else {
            let out = sandbox.campaign(&["run", "--config", "other.toml"]);
            assert_eq!(out.code, 0, "{}", out.stderr);
        }
        run(&sandbox);
        assert_eq!(titles(&sandbox), fired, "branch: {switches_branch}");

        sandbox.write("campaign.toml", &other);
        run(&sandbox);
        let all = titles(&sandbox);
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[1].starts_with("loc.code is resolved: "), "{all:?}");
    }
}

#[test]
fn run_of_selected_packages_says_nothing_about_alerts() {
    let sandbox = sandbox("");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    sandbox.write("core/src/more.rs", "pub fn f() {}\npub fn g() {}\n");
    let part = sandbox.campaign(&["run", "-p", "clean-core"]);
    assert_eq!(part.code, 0, "{}", part.stderr);
    assert_eq!(titles(&sandbox), [""; 0]);
    run(&sandbox);
    assert_eq!(titles(&sandbox).len(), 1);
}

#[test]
fn condition_that_held_in_the_baseline_is_known_and_no_alert() {
    let sandbox = sandbox("[[alert]]\nwhen = \"loc.code > 1\"\nseverity = \"warning\"\n");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    let pinned = sandbox.campaign(&["baseline"]);
    assert_eq!(pinned.code, 0, "{}", pinned.stderr);
    run(&sandbox);
    assert_eq!(titles(&sandbox), [""; 0]);
    let list = sandbox.campaign(&["alert", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    let states = list["alerts"].as_array().expect("alerts").iter();
    let states: Vec<(&Value, &Value)> = states.map(|one| (&one["rule"], &one["state"])).collect();
    assert_eq!(states, [(&json!("loc.code > 1"), &json!("known"))]);
}

#[test]
fn value_that_is_worse_than_the_accepted_one_is_an_alert() {
    let sandbox = sandbox("");
    sandbox.write("campaign.toml", &with_rule("loc.code > 1"));
    let write = |lines: usize| sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
    write(2);
    let pinned = sandbox.campaign(&["baseline"]);
    assert_eq!(pinned.code, 0, "{}", pinned.stderr);
    let mut sent = 0;
    for (lines, expected) in [
        (2, None),
        (1, None),
        (3, Some(" in the baseline), alert when > 1")),
        (4, None),
        (2, Some(", alert when > 1, no worse than in the baseline")),
        (3, Some(" in the baseline), alert when > 1")),
    ] {
        write(lines);
        run(&sandbox);
        let titles = titles(&sandbox);
        sent += usize::from(expected.is_some());
        assert_eq!(titles.len(), sent, "{lines} lines: {titles:?}");
        if let Some(expected) = expected {
            assert!(titles[sent - 1].ends_with(expected), "{titles:?}");
        }
    }
}

#[test]
fn condition_on_earlier_values_is_resolved_by_a_baseline_that_accepts_the_value() {
    for reference in ["previous", "best"] {
        let sandbox = sandbox("");
        let rule = with_rule(&format!("loc.code > {reference}"));
        sandbox.write("campaign.toml", &rule);
        let mut expected = Vec::new();
        for (lines, pins, end) in [
            (1, true, None),
            (3, true, Some("alert when > ")),
            (3, false, Some("no worse than in the baseline")),
            (4, false, Some("alert when > ")),
            (3, false, Some("no worse than in the baseline")),
            (1, false, None),
        ] {
            sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
            run(&sandbox);
            if pins {
                let out = sandbox.campaign(&["baseline", "--accept", "it is known"]);
                assert_eq!(out.code, 0, "{}", out.stderr);
            }
            expected.extend(end);
            let titles = titles(&sandbox);
            let is_expected = |(title, end): (&String, &&str)| title.contains(*end);
            assert!(
                titles.len() == expected.len() && titles.iter().zip(&expected).all(is_expected),
                "{reference}, {lines} lines: {titles:?}"
            );
        }
    }
}

/// Returns a package that the cargo of the machine builds.
fn package() -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    sandbox.write("Cargo.toml", manifest);
    sandbox.write("src/lib.rs", "");
    sandbox.write(".gitignore", "/target\n");
    sandbox.write("target/here", "");
    sandbox.git_init();
    sandbox
}

/// A lint that nothing reports is zero where clippy ran completely.
#[test]
fn lint_that_is_fixed_is_resolved_and_fires_again_when_it_comes_back() {
    let clean = "pub fn f() -> u32 {\n    1\n}\n";
    let lint = "pub fn f() -> u32 {\n    return 1;\n}\n";
    for when in ["* > 0", "* > previous", "needless_return > best"] {
        let sandbox = package();
        let rule = with_rule(&format!("clippy.lint.{when}")).replace("loc", "clippy");
        let gates = "[gates]\n\"clippy.lint.*\" = \"<= previous\"\n";
        sandbox.write("campaign.toml", &format!("{rule}{gates}"));
        let mut codes = Vec::new();
        for (source, count) in [(clean, 0), (lint, 1), (clean, 2), (lint, 3)] {
            sandbox.write("src/lib.rs", source);
            codes.push(sandbox.campaign(&["gate"]).code);
            run(&sandbox);
            let titles = titles(&sandbox);
            assert_eq!(titles.len(), count, "{when}: {titles:?}");
            let name = "clippy.lint.needless_return";
            assert!(titles.iter().all(|title| title.starts_with(name)));
        }
        // The first tree has no earlier one. The others have a record before them.
        assert_eq!(codes, [3, 1, 0, 1], "{when}");
    }
}

#[test]
fn alert_on_a_program_with_another_name_now_is_resolved() {
    let sandbox = package();
    let rule = with_rule("size.*.loaded > 1").replace("loc\"", "size\"");
    let rule = rule.replace("when", "for = \"1 run\"\nwhen");
    sandbox.write("campaign.toml", &rule);
    sandbox.write("src/bin/old.rs", "fn main() {}\n");
    run(&sandbox);
    let before = titles(&sandbox);
    assert!(
        before
            .iter()
            .any(|title| title.starts_with("size.old.loaded: ")),
        "{before:?}"
    );
    std::fs::remove_file(sandbox.path("src/bin/old.rs")).expect("it is there");
    sandbox.write("src/bin/new.rs", "fn main() {}\n");
    run(&sandbox);
    let mut after = titles(&sandbox).split_off(before.len());
    after.sort();
    assert!(after[0].starts_with("size.new.loaded: "), "{after:?}");
    assert_eq!(
        after[1..],
        ["size.old.loaded is resolved: it is not measured any more"]
    );
}

#[test]
fn alert_ends_when_its_package_is_excluded_or_its_job_is_on_demand() {
    let rule = with_rule("loc.code > 1").replace("when", "package = \"*\"\nwhen");
    let sandbox = sandbox("");
    sandbox.write("campaign.toml", &rule);
    run(&sandbox);
    let excluding = rule.replace("[collect]", "[collect]\nexclude = [\"clean-core\"]");
    sandbox.write("campaign.toml", &excluding);
    run(&sandbox);
    let all = titles(&sandbox);
    let end = "loc.code@clean-core is resolved: it is not configured any more";
    assert!(all.iter().any(|title| title == end), "{all:?}");

    let job = |time: &str| {
        let rule = with_rule("fmt.files > 0");
        sandbox.write(
            "campaign.toml",
            &format!("{rule}[schedule]\nfmt = \"{time}\"\n"),
        );
    };
    job("every 60m");
    run(&sandbox);
    age(&sandbox, 3);
    run(&sandbox);
    job("on-demand");
    run(&sandbox);
    let last = titles(&sandbox).split_off(all.len());
    assert!(
        last[last.len() - 2].starts_with("unmeasured:fmt: "),
        "{last:?}"
    );
    let end = "unmeasured:fmt is resolved: it is not configured any more";
    assert_eq!(last[last.len() - 1], end);
}

#[cfg(unix)]
#[test]
fn command_is_told_about_runs() {
    let sandbox = sandbox("[[notify]]\non = [\"run.*\"]\ncommand = [\"./notify.sh\"]\n");
    let script = "#!/bin/sh\necho \"$CAMPAIGN_EVENT $CAMPAIGN_FACT_COLLECTORS\" >> target/told\n";
    sandbox.write("notify.sh", script);
    let out = std::process::Command::new("chmod")
        .arg("+x")
        .arg(sandbox.path("notify.sh"))
        .status();
    assert!(out.is_ok_and(|status| status.success()));
    run(&sandbox);
    assert_eq!(sandbox.read("target/told"), "run.completed loc\n");
}

#[cfg(unix)]
#[test]
fn event_about_a_failed_run_says_what_was_not_measured() {
    let sandbox = sandbox(
        "[[notify]]\non = [\"run.*\"]\nfile = \"target/runs.jsonl\"\n\
         [collect.broken]\ncommand = [\"false\"]\ninputs = [\"@sources\"]\n\
         metrics = { \"broken.count\" = { unit = \"count\", better = \"lower\" } }\n",
    );
    let out = sandbox.campaign(&["run", "loc", "broken"]);
    assert_eq!(out.code, 4, "{}", out.stderr);
    let sent = sandbox.read("target/runs.jsonl");
    for part in [
        "\"could not measure broken\"",
        "\"loc, broken\"",
        "\"reason\":\"broken: ",
    ] {
        assert!(sent.contains(part), "{part}: {sent}");
    }
}

#[test]
fn alert_is_not_sent_again_if_the_newest_run_cannot_be_used() {
    let sandbox = sandbox("");
    let grow = |lines: usize| sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
    let newest = || {
        let mut path = sandbox.path(".campaign/runs");
        while path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a directory of the store");
            let paths = entries.map(|entry| entry.expect("an entry").path());
            path = paths.max().expect("a run");
        }
        path
    };
    for lines in [1, 3, 1] {
        grow(lines);
        run(&sandbox);
    }
    let sent = titles(&sandbox);
    assert_eq!(sent.len(), 2, "{sent:?}");
    std::fs::remove_file(newest()).expect("it can be removed");
    run(&sandbox);
    assert_eq!(titles(&sandbox), sent, "after the newest run was removed");
    std::fs::write(newest(), "{").expect("it can be damaged");
    sandbox.campaign(&["run"]);
    assert_eq!(titles(&sandbox), sent, "after the newest run was damaged");
    grow(4);
    run(&sandbox);
    assert_eq!(titles(&sandbox).len(), 3, "a new run counts");
}

#[test]
fn alert_is_resolved_if_its_rule_is_changed() {
    let sandbox = sandbox("");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    sandbox.write("core/src/more.rs", "pub fn f() {}\npub fn g() {}\n");
    run(&sandbox);
    assert_eq!(titles(&sandbox).len(), 1);
    sandbox.replace("campaign.toml", "loc.code > previous", "loc.code > 99999");
    run(&sandbox);
    let all = titles(&sandbox);
    let resolved = "loc.code is resolved: it is not configured any more";
    assert_eq!(all[1..], [resolved], "{all:?}");
    run(&sandbox);
    assert_eq!(titles(&sandbox), all, "it is announced once");
}

#[test]
fn run_with_other_build_options_says_nothing_about_alerts() {
    let sandbox = sandbox("");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    run(&sandbox);
    sandbox.write("core/src/more.rs", "pub fn f() {}\npub fn g() {}\n");
    let other = sandbox.campaign(&["run", "--all-features"]);
    assert_eq!(other.code, 0, "{}", other.stderr);
    assert_eq!(titles(&sandbox), [""; 0]);
    run(&sandbox);
    assert_eq!(titles(&sandbox).len(), 1);
}

#[test]
fn ci_without_a_schedule_sends_the_event_about_its_run() {
    let sandbox = sandbox(
        "[[notify]]\non = [\"run.*\"]\nfile = \"target/runs.jsonl\"\n[gates]\n\"loc.code\" = \"> 0\"\n",
    );
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let sent = sandbox.read("target/runs.jsonl");
    assert_eq!(sent.matches("\"measured loc\"").count(), 2, "{sent}");
    sandbox.campaign(&["ci"]);
    assert_eq!(
        sandbox.read("target/runs.jsonl"),
        sent,
        "nothing was measured"
    );
}

#[test]
fn results_that_are_current_again_fire_and_resolve_alerts() {
    let sandbox = sandbox("[gates]\n\"loc.code\" = \"> 0\"\n");
    for (lines, measures, expected) in [
        (1, true, 0),
        (3, true, 1),
        (1, false, 2),
        (3, false, 3),
        (3, false, 3),
        (1, false, 4),
    ] {
        sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
        let out = sandbox.campaign(&["ci"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        let is_reused = out.stdout.contains("sources unchanged");
        assert_eq!(is_reused, !measures, "{}", out.stdout);
        let titles = titles(&sandbox);
        assert_eq!(titles.len(), expected, "{lines} lines: {titles:?}");
        let is_resolved = titles
            .last()
            .is_some_and(|last| last.contains("is resolved"));
        assert_eq!(is_resolved, lines == 1 && expected > 0, "{titles:?}");
    }
}

#[test]
fn unknown_package_of_an_alert_is_an_error() {
    for rule in [
        "when = \"loc.code > 1\"\npackage = \"nope\"\n",
        "package = \"nope\"\nwhen = \"loc.code > 1\"\n",
    ] {
        let sandbox = sandbox(&format!("[[alert]]\n{rule}"));
        let out = sandbox.campaign(&["run"]);
        assert_eq!(out.code, 2, "{}", out.stderr);
        for text in [
            "unknown package `nope`",
            "package = \"nope\"",
            "no such package",
        ] {
            assert!(out.stderr.contains(text), "{}", out.stderr);
        }
    }
}

/// Changes the state as if the job of `fmt` had been in the schedule for this many hours.
fn age(sandbox: &Sandbox, hours: i64) {
    let state = sandbox.read(".campaign/index/alerts");
    let mut state: Value = serde_json::from_str(&state).expect("JSON");
    let since = state["tried"]["fmt"].as_i64().expect("it was seen");
    state["tried"]["fmt"] = json!(since - hours * 3600);
    sandbox.write(".campaign/index/alerts", &state.to_string());
}

#[test]
fn collector_that_is_never_measured_is_an_alert() {
    let sandbox = sandbox("[[alert]]\nwhen = \"fmt.files > 0\"\n[schedule]\nfmt = \"every 60m\"\n");
    run(&sandbox);
    run(&sandbox);
    assert_eq!(titles(&sandbox), [""; 0]);
    age(&sandbox, 3);
    for _ in 0..2 {
        run(&sandbox);
        let sent = titles(&sandbox);
        assert_eq!(sent, ["unmeasured:fmt: not measured for 3 h (every 60m)"]);
    }
}

#[test]
fn alert_keeps_its_id_while_a_rule_on_its_metric_is_inserted() {
    let sandbox = sandbox("");
    let with = |rules: &[&str]| {
        let rules = rules.iter();
        let rules = rules.map(|when| format!("[[alert]]\nwhen = \"{when}\"\n"));
        let notify = "[[notify]]\non = [\"alert.*\"]\nfile = \"target/alerts.jsonl\"\n";
        let rules: String = rules.collect();
        let campaign = format!("[collect]\ndefault = [\"loc\"]\n{rules}{notify}");
        sandbox.write("campaign.toml", &campaign);
    };
    sandbox.write(".gitignore", "/target\n");
    sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(60));
    sandbox.git_init();
    with(&["loc.code > 50"]);
    run(&sandbox);
    let acknowledged = sandbox.campaign(&["alert", "ack", "loc.code", "--reason", "known"]);
    assert_eq!(acknowledged.code, 0, "{}", acknowledged.stderr);
    with(&["loc.code > 40", "loc.code > 50"]);
    run(&sandbox);
    let list = sandbox.campaign(&["alert", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    let alerts = list["alerts"].as_array().expect("alerts").iter();
    let mut states: Vec<String> = alerts
        .map(|one| format!("{} {} {}", one["id"], one["rule"], one["state"]).replace('"', ""))
        .collect();
    states.sort();
    let expected = [
        "loc.code loc.code > 50 acknowledged",
        "loc.code#2 loc.code > 40 firing",
    ];
    assert_eq!(states, expected);
    sandbox.write("core/src/more.rs", "");
    run(&sandbox);
    let titles = titles(&sandbox).into_iter();
    let mut subjects: Vec<String> = titles
        .map(|title| title.split(':').next().unwrap_or_default().to_owned())
        .collect();
    subjects.sort();
    let expected = [
        "loc.code",
        "loc.code is resolved",
        "loc.code#2",
        "loc.code#2 is resolved",
    ];
    assert_eq!(subjects, expected);
}

/// Returns the branch of each alert message that was sent, and whether it fires or is resolved.
fn by_branch(sandbox: &Sandbox) -> Vec<(String, char)> {
    let text = std::fs::read_to_string(sandbox.path("target/alerts.jsonl")).unwrap_or_default();
    let messages = text.lines().map(|line| {
        let message: Value = serde_json::from_str(line).expect("JSON");
        let branch = message["events"][0]["facts"]["branch"].as_str();
        let is_resolved = message["name"] == "alert.resolved";
        let sign = if is_resolved { 'R' } else { 'F' };
        (branch.unwrap_or("detached").to_owned(), sign)
    });
    messages.collect()
}

#[test]
fn each_branch_has_alerts_of_its_own() {
    let sandbox = sandbox("");
    sandbox.write(".gitignore", "/target\n");
    let write = |lines: usize| sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
    write(1);
    sandbox.git_init();
    sandbox.git(&["branch", "-qM", "main"]);
    run(&sandbox);
    sandbox.git(&["branch", "-q", "other"]);
    sandbox.git(&["switch", "-qc", "feature"]);
    let mut expected: Vec<(String, char)> = Vec::new();
    for (branch, lines, sign) in [
        // What the new branch is compared with is the value of the branch that it left.
        ("feature", 3, Some('F')),
        // It says nothing about this one.
        ("main", 1, None),
        ("feature", 3, None),
        ("main", 3, Some('F')),
        ("feature", 1, Some('R')),
        ("main", 3, None),
        // What fires on the branch before is neither told again nor resolved by a new branch.
        ("other", 3, None),
        ("other", 1, None),
        ("other", 3, Some('F')),
        ("other", 1, Some('R')),
        ("main", 3, None),
        ("main", 1, Some('R')),
        ("feature", 1, None),
    ] {
        sandbox.git(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]);
        write(lines);
        run(&sandbox);
        expected.extend(sign.map(|sign| (branch.to_owned(), sign)));
        assert_eq!(by_branch(&sandbox), expected, "{lines} lines on {branch}");
    }
}

#[test]
fn alert_ends_with_its_branch_and_goes_on_where_it_still_fires() {
    // How `topic`, where the alert fires, disappears, and whether the sources are repaired afterwards.
    for (change, repaired, expected) in [
        (
            "branch -qm topic trunk",
            false,
            vec![('R', "topic"), ('F', "trunk")],
        ),
        ("branch -qm topic trunk", true, vec![('R', "topic")]),
        ("switch -q main", true, vec![]),
        (
            "switch -q main; branch -qD topic",
            true,
            vec![('R', "topic")],
        ),
        (
            "switch -q --detach; switch -q main; branch -qD topic",
            true,
            vec![('R', "topic")],
        ),
        (
            "update-ref refs/remotes/origin/topic topic; switch -q main; branch -qD topic",
            true,
            vec![],
        ),
    ] {
        let mut sandbox = sandbox("");
        sandbox.write(".gitignore", "/target\n");
        let write = |sandbox: &Sandbox, lines| {
            sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines))
        };
        write(&sandbox, 1);
        sandbox.git_init();
        sandbox.git(&["branch", "-qM", "main"]);
        run(&sandbox);
        sandbox.git(&["switch", "-qc", "topic"]);
        write(&sandbox, 3);
        run(&sandbox);
        let mut sent = vec![("topic".to_owned(), 'F')];
        assert_eq!(by_branch(&sandbox), sent);

        if repaired {
            write(&sandbox, 1);
        }
        for command in change.split("; ") {
            sandbox.git(&command.split(' ').collect::<Vec<_>>());
        }
        // In CI, a clone has one branch only.
        sandbox.set("CI", "true");
        run(&sandbox);
        assert_eq!(by_branch(&sandbox), sent, "{change} in CI");
        sandbox.unset("CI");
        run(&sandbox);
        run(&sandbox);
        let expected = expected.iter();
        sent.extend(expected.map(|(sign, branch)| ((*branch).to_owned(), *sign)));
        assert_eq!(by_branch(&sandbox), sent, "{change}");
        let text = sandbox.read("target/alerts.jsonl");
        let ids = text.lines().map(|line| {
            let message: Value = serde_json::from_str(line).expect("JSON");
            message["events"][0]["id"].to_string()
        });
        let ids: BTreeSet<String> = ids.collect();
        assert_eq!(ids.len(), sent.len(), "{change}: {text}");
    }
}

#[test]
fn alert_of_a_detached_head_ends_on_a_branch() {
    let sandbox = sandbox("");
    sandbox.write(".gitignore", "/target\n");
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    sandbox.git_init();
    sandbox.git(&["branch", "-qM", "main"]);
    run(&sandbox);
    sandbox.git(&["switch", "-q", "--detach"]);
    sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(3));
    run(&sandbox);
    let detached = |sign: char| ("detached".to_owned(), sign);
    assert_eq!(by_branch(&sandbox), [detached('F')]);
    sandbox.write("core/src/more.rs", "pub fn f() {}\n");
    sandbox.git(&["switch", "-q", "main"]);
    run(&sandbox);
    run(&sandbox);
    assert_eq!(by_branch(&sandbox), [detached('F'), detached('R')]);
}

#[test]
fn branch_of_a_detached_head_is_that_of_the_ci_service() {
    let mut sandbox = sandbox("");
    sandbox.write(".gitignore", "/target\n");
    sandbox.git_init();
    sandbox.git(&["switch", "-q", "--detach"]);
    sandbox.set("CI", "true");
    let commit = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.set("CI_COMMIT_SHA", commit.trim());
    let mut sent = Vec::new();
    for (branch, lines, sign) in [
        ("main", 1, None),
        ("main", 3, Some('F')),
        ("fix/$(id)", 1, None),
        ("main", 3, None),
        ("main", 1, Some('R')),
    ] {
        sandbox.set("CI_COMMIT_REF_NAME", branch);
        sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
        let screen = run(&sandbox);
        assert!(screen.contains(&format!(" {branch}@")), "{screen}");
        sent.extend(sign.map(|sign| (branch.to_owned(), sign)));
        assert_eq!(by_branch(&sandbox), sent, "{lines} lines on {branch}");
    }
}

#[test]
fn run_by_the_rules_of_a_base_says_nothing_about_alerts() {
    let sandbox = sandbox("");
    let rule = with_rule("loc.code > previous");
    let rule = rule.replace("[[notify]]", "for = \"2 runs\"\n[[notify]]");
    sandbox.write(
        "campaign.toml",
        &format!("{rule}[gates]\n\"loc.code\" = \"> 0\"\n"),
    );
    sandbox.write(".gitignore", "/target\n");
    let write = |lines: usize| sandbox.write("core/src/more.rs", &"pub fn f() {}\n".repeat(lines));
    write(1);
    sandbox.git_init();
    for lines in [1, 3, 3] {
        write(lines);
        run(&sandbox);
    }
    assert_eq!(titles(&sandbox).len(), 1, "it fires after two runs");
    write(1);
    sandbox.write("core/src/other.rs", "");
    let out = sandbox.campaign(&["ci", "--base", "HEAD"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(!out.stdout.contains("sources unchanged"), "{}", out.stdout);
    write(3);
    run(&sandbox);
    let list = sandbox.campaign(&["alert", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    assert_eq!(list["alerts"][0]["state"], "firing", "{list}");
    assert_eq!(titles(&sandbox).len(), 1);
}
