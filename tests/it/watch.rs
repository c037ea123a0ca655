//! `watch`, as a process that a signal ends.

use nix::sys::signal::Signal::{SIGINT, SIGTERM};
use serde_json::json;

use crate::harness::{Sandbox, script};

fn sandbox(campaign: &str) -> Sandbox {
    let mut sandbox = Sandbox::of("clean");
    sandbox.write("campaign.toml", campaign);
    sandbox.fake_cargo(script(&[("", json!(["real"]))]));
    sandbox
}

#[test]
fn watcher_measures_what_is_due_until_a_signal() {
    let sandbox = sandbox("[gates]\n\"loc.code\" = \"> 0\"\n[schedule]\nloc = \"every 60m\"\n");
    let mut watcher = sandbox.start(&["watch"]);
    watcher.await_stderr("next: loc now (UTC)");
    watcher.await_stderr("Recorded");
    watcher.await_stderr("Watching");

    let second = sandbox.campaign(&["watch"]);
    assert_eq!(second.code, 4);
    let named = "error: another watcher is at work here: pid ";
    assert!(second.stderr.contains(named), "{}", second.stderr);
    // Other commands run beside it.
    let due = sandbox.campaign(&["run", "--due"]);
    assert_eq!(due.code, 0, "{}", due.stderr);
    assert!(due.stderr.contains("Skipped loc"), "{}", due.stderr);

    watcher.signal(SIGINT);
    let out = watcher.finish();
    assert_eq!(out.code, 130, "{}", out.stderr);
    assert!(
        out.stdout.starts_with("PASS 1 of 1 gates"),
        "{}",
        out.stdout
    );

    let mut again = sandbox.start(&["watch"]);
    again.await_stderr("next: loc ");
    again.signal(SIGTERM);
    let out = again.finish();
    assert_eq!((out.code, out.stdout.as_str()), (130, ""), "{}", out.stderr);
}

#[test]
fn watcher_measures_edits_and_reads_a_changed_campaign() {
    let gates = "[gates]\n\"loc.code\" = \"> 0\"\n";
    let sandbox = sandbox(gates);
    let mut watcher = sandbox.start(&["watch", "--on-change"]);
    watcher.await_stderr("edits\n");
    watcher.await_stderr("Recorded");
    watcher.await_stderr("edits\n");
    sandbox.write("src/added.rs", "pub fn added() {}\n");
    watcher.await_stderr("Recorded");
    watcher.await_stderr("edits\n");

    sandbox.write("campaign.toml", "[gates]\n\"loc.code\" = \"> O\"\n");
    watcher.await_stderr("error: invalid condition");
    watcher.await_stderr("the last valid configuration stays in force");
    // An editor may truncate the file before it writes.
    sandbox.write("campaign.toml", "");
    watcher.await_stderr("the file of the campaign is empty; its last text stays in force");
    sandbox.write("campaign.toml", "[gates]\n\"loc.code\" = \"= 0\"\n");
    watcher.await_stderr("Reloaded the campaign");
    watcher.await_stderr("edits\n");
    watcher.await_stderr("edits\n");
    watcher.signal(SIGINT);
    let out = watcher.finish();
    assert_eq!(out.code, 130, "{}", out.stderr);
    assert_eq!(
        out.stdout.matches("PASS 1 of 1 gates").count(),
        2,
        "{}",
        out.stdout
    );
    assert_eq!(
        out.stdout.matches("FAIL 1 of 1 gates").count(),
        1,
        "{}",
        out.stdout
    );
}

#[test]
fn watcher_does_not_measure_again_what_measuring_changes() {
    let sandbox = sandbox(
        "[collect.todo]\ncommand = [\"sh\", \"count\"]\n\
         [collect.todo.metrics]\n\"todo.open\" = { unit = \"count\", better = \"lower\" }\n\
         [gates]\n\"todo.open\" = \"= 1\"\n\
         [[notify]]\non = [\"run.*\"]\ncommand = [\"sh\", \"tell\"]\n",
    );
    sandbox.write("count", "echo x >> counted.txt\necho todo.open 1\n");
    // As the output of the watcher, it is written after the measurement.
    sandbox.write("tell", "echo x >> told.txt\n");
    let mut watcher = sandbox.start(&["watch", "--on-change"]);
    watcher.await_stderr("measuring seems to change `counted.txt`");
    watcher.await_stderr("measuring seems to change `told.txt`");
    watcher.await_stderr("edits\n");
    let counted = sandbox.read("counted.txt");
    sandbox.write("src/added.rs", "pub fn added() {}\n");
    watcher.await_stderr("edits\n");
    watcher.signal(SIGINT);
    let out = watcher.finish();
    assert_eq!(out.code, 130, "{}", out.stderr);
    // It was said before, and once is enough.
    assert!(
        !out.stderr.contains("measuring seems to change"),
        "{}",
        out.stderr
    );
    let more = sandbox.read("counted.txt").len() - counted.len();
    assert_eq!(more, 2, "one measurement for the edit: {}", out.stderr);
}

#[test]
fn watcher_keeps_documents_current() {
    let sandbox = sandbox(
        "[gates]\n\"loc.code\" = \"> 0\"\n\
         [[document]]\npath = \"GATES.md\"\nsections = [\"gates\"]\n",
    );
    let mut watcher = sandbox.start(&["watch", "--on-change", "--documents"]);
    watcher.await_stderr("Wrote GATES.md");
    watcher.await_stderr("edits\n");
    sandbox.write(
        "campaign.toml",
        &sandbox.read("campaign.toml").replace("> 0", "= 0"),
    );
    watcher.await_stderr("Wrote GATES.md");
    watcher.await_stderr("edits\n");
    watcher.signal(SIGINT);
    let out = watcher.finish();
    assert_eq!(out.code, 130, "{}", out.stderr);
    let document = sandbox.read("GATES.md");
    assert!(document.contains("FAIL"), "{document}");
}

#[test]
fn build_report_has_collectors_that_are_only_scheduled() {
    let sandbox = sandbox(
        "[collect]\ndefault = [\"fmt\"]\n[gates]\n\"fmt.files\" = \"= 0\"\n\
         [schedule]\nloc = \"every 60m\"\n",
    );
    let out = sandbox.campaign(&["run", "--due"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let out = sandbox.campaign(&["report", "build", "--format", "json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(out.stdout.contains("\"loc.code\""), "{}", out.stdout);
    let out = sandbox.campaign(&["report", "build"]);
    let is_row = |line: &str| line.trim_start().starts_with("loc ");
    assert!(out.stdout.lines().any(is_row), "{}", out.stdout);
}

#[test]
fn watcher_without_schedule_needs_edits_to_watch() {
    let sandbox = Sandbox::of("clean");
    let out = sandbox.campaign(&["watch"]);
    assert_eq!(out.code, 2, "{}", out.stderr);
    assert!(
        out.stderr.contains("no schedule is configured"),
        "{}",
        out.stderr
    );
}

#[test]
fn exported_timer_passes_the_options_on() {
    let sandbox = sandbox("");
    sandbox.write("my rules.toml", "[schedule]\nloc = \"every 60m\"\n");
    let export = |scheduler: &str| {
        let out = sandbox.campaign(&[
            "schedule",
            "export",
            scheduler,
            "--config",
            "my rules.toml",
            "--locked",
        ]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        out.stdout
    };
    let path = sandbox.path("my rules.toml");
    let cron = export("cron");
    let expected = format!(" --quiet --config '{}' --locked\n", path.display());
    assert!(cron.ends_with(&expected), "{cron}");
    let github = export("github");
    let expected = "            --due\n            --config\n            my rules.toml\n            --locked\n      # ";
    assert!(github.contains(expected), "{github}");
    sandbox.write("-x.toml", "[schedule]\nloc = \"every 60m\"\n");
    let out = sandbox.campaign(&["schedule", "export", "github", "--config", "./-x.toml"]);
    let expected = "            --due\n            --config=-x.toml\n";
    assert!(
        out.stdout.contains(expected),
        "{}{}",
        out.stdout,
        out.stderr
    );
    // The name contains a digest of the path.
    let root = sandbox.root();
    let name = root.file_name().expect("a name").to_string_lossy();
    let systemd = export("systemd");
    let (_, rest) = systemd
        .split_once(&format!("/cargo-campaign-{name}-"))
        .expect("a name");
    let (digest, _) = rest.split_once(".service").expect("a service");
    assert_eq!(digest.len(), 8, "{digest}");
}
