//! What the program prints and writes in a step of GitHub Actions.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Output, Sandbox};

/// Returns a workspace whose only gate has no verdict, so that nothing needs to be measured.
fn unmeasured() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    );
    sandbox.write("src/lib.rs", "");
    sandbox.write("campaign.toml", "[gates]\n\"loc.code\" = \"< 20\"\n");
    sandbox
}

/// Judges in a step whose files have this content; `None` if they do not exist.
fn step(sandbox: &mut Sandbox, content: Option<&str>) -> (Output, [PathBuf; 2]) {
    let files = ["summary.md", "output"].map(|name| sandbox.base().join(name));
    for (variable, file) in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"].iter().zip(&files) {
        if let Some(content) = content {
            fs::write(file, content).expect("a fresh directory can be written");
        }
        sandbox.set(variable, file);
    }
    let out = sandbox.campaign(&["gate", "--no-run", "--format", "github"]);
    (out, files)
}

#[test]
fn summary_and_outputs_are_appended() {
    let mut sandbox = unmeasured();
    let (out, files) = step(&mut sandbox, Some("before\n"));
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stdout
            .starts_with("::error file=campaign.toml,line=2,title=no verdict%3A loc.code::"),
        "{}",
        out.stdout
    );
    let [summary, output] = files.map(|file| fs::read_to_string(file).expect("it was there"));
    assert!(
        summary.starts_with("before\n## ws\n\n**NO VERDICT**"),
        "{summary}"
    );
    let lines: Vec<&str> = output.lines().collect();
    let delimiter = lines[1]
        .strip_prefix("verdict<<")
        .expect("the first output");
    assert!(delimiter.len() > 32, "{delimiter}");
    assert_eq!(lines[2..4], ["no-verdict", delimiter]);
    assert!(output.contains(&format!("exit-code<<{delimiter}\n3\n{delimiter}\n")));
}

#[test]
fn files_of_a_step_that_cannot_be_written_do_not_change_the_verdict() {
    let mut sandbox = unmeasured();
    let (out, files) = step(&mut sandbox, None);
    assert_eq!(out.code, 3, "{}", out.stderr);
    for (variable, file) in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"].iter().zip(&files) {
        assert!(
            out.stderr.contains(&format!("of {variable}: ")),
            "{}",
            out.stderr
        );
        assert!(!file.exists(), "{variable}");
    }
}

#[cfg(unix)]
#[test]
fn link_in_the_place_of_a_step_file_is_not_followed() {
    let mut sandbox = unmeasured();
    let victim = sandbox.base().join("victim");
    fs::write(&victim, "mine").expect("a fresh directory can be written");
    for name in ["summary.md", "output"] {
        std::os::unix::fs::symlink(&victim, sandbox.base().join(name)).expect("a fresh name");
    }
    let (out, _) = step(&mut sandbox, None);
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert!(
        out.stderr.contains("it is a symbolic link"),
        "{}",
        out.stderr
    );
    assert_eq!(fs::read_to_string(victim).expect("it is there"), "mine");
}

#[test]
fn summary_is_left_out_if_its_file_is_full() {
    let full = "x".repeat(900 * 1024);
    let mut sandbox = unmeasured();
    let (out, files) = step(&mut sandbox, Some(&full));
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert!(
        out.stderr.contains("the step summary was left out"),
        "{}",
        out.stderr
    );
    let [summary, output] = files.map(|file| fs::read_to_string(file).expect("it was there"));
    assert_eq!(summary.len(), full.len());
    assert!(output.contains("verdict<<"));
}

/// Returns a repository on `main` with a custom collector that counts the lines of `todo.txt`, and a pinned baseline.
#[cfg(unix)]
fn counting() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    );
    sandbox.write("src/lib.rs", "");
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"todo\"]\n[collect.todo]\n\
         command = [\"sh\", \"count\"]\n\
         [collect.todo.metrics]\n\
         \"todo.open\" = { unit = \"count\", better = \"lower\" }\n\
         \"todo.done\" = { unit = \"count\", better = \"higher\" }\n\
         [gates]\n\"todo.open\" = \"<= baseline\"\n",
    );
    sandbox.write(
        "count",
        "echo todo.open $(wc -l < todo.txt)\necho todo.done $(wc -l < done.txt)\n",
    );
    sandbox.write("todo.txt", "a\nb\n");
    sandbox.write("done.txt", "c\n");
    sandbox.git_init();
    let out = sandbox.campaign(&["baseline"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox.commit("feat: everything");
    sandbox.git(&["branch", "-M", "main"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    sandbox
}

#[cfg(unix)]
#[test]
fn pull_request_is_judged_by_the_policy_of_its_target() {
    let mut sandbox = counting();
    sandbox.replace("campaign.toml", "<= baseline", "<= 99");
    sandbox.append("todo.txt", "d\ne\n");
    sandbox.commit("feat: weaken the gate");
    let own = sandbox.campaign(&["ci"]);
    assert_eq!(own.code, 0, "{}{}", own.stdout, own.stderr);

    let summary = sandbox.base().join("summary.md");
    fs::write(&summary, "").expect("a fresh directory can be written");
    for (name, value) in [
        ("CI", "true".into()),
        ("GITHUB_ACTIONS", "true".into()),
        ("GITHUB_BASE_REF", "main".into()),
        ("GITHUB_STEP_SUMMARY", summary.clone().into_os_string()),
    ] {
        sandbox.set(name, value);
    }
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    for line in [
        "-\"todo.open\" = \"<= baseline\"",
        "+\"todo.open\" = \"<= 99\"",
    ] {
        assert!(out.stderr.contains(line), "{}", out.stderr);
    }
    let (screen, commands) = out.stdout.split_once("\n::").expect("both are printed");
    assert!(
        screen.contains("FAIL") && !screen.contains("::error"),
        "{screen}"
    );
    assert!(
        commands.starts_with("error file=campaign.toml,title=gate todo.open::"),
        "{commands}"
    );
    let summary = fs::read_to_string(summary).expect("it was there");
    assert!(
        summary.contains("Proposed configuration (not used)"),
        "{summary}"
    );
}

#[cfg(unix)]
#[test]
fn pull_request_is_judged_by_the_configuration_file_of_its_target() {
    let strict = "[gates]\n\"todo.open\" = \"<= 2\"\n";
    for (given, in_target, code, said) in [
        ("ci.toml", true, 1, "-\"todo.open\" = \"<= 2\""),
        ("rules/ci.toml", true, 1, "-\"todo.open\" = \"<= 2\""),
        (
            "ci.toml",
            false,
            3,
            "help: merge `ci.toml` into `origin/main` first",
        ),
        (
            "../ci.toml",
            false,
            3,
            "is not in the repository of origin/main",
        ),
    ] {
        let mut sandbox = counting();
        let campaign = sandbox.read("campaign.toml");
        let (collectors, _) = campaign.split_once("[gates]").expect("it has gates");
        sandbox.append("campaign.toml", "\"todo.done\" = \">= 0\"\n");
        sandbox.replace("campaign.toml", "<= baseline", "<= 99");
        if in_target {
            sandbox.write(given, &format!("{collectors}{strict}"));
        }
        sandbox.commit("chore: rules");
        sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        sandbox.write(given, &campaign.replace("<= baseline", "<= 99"));
        sandbox.append("todo.txt", "d\ne\n");
        sandbox.commit("feat: weaken the gate");
        for base in [&["gate", "--base", "origin/main"][..], &["ci"]] {
            sandbox.set("GITHUB_BASE_REF", "main");
            let out = sandbox.campaign(&[base, &["--config", given]].concat());
            let text = format!("{}{}", out.stdout, out.stderr);
            assert_eq!(out.code, code, "{given} {base:?} {text}");
            assert!(!text.contains("PASS"), "{text}");
            assert!(base != ["ci"] || text.contains(said), "{text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn link_to_the_configuration_in_the_target_is_not_followed() {
    let sandbox = counting();
    std::os::unix::fs::symlink("campaign.toml", sandbox.path("ci.toml")).expect("a fresh name");
    sandbox.commit("chore: a link");
    let out = sandbox.campaign(&["gate", "--base", "HEAD", "--config", "ci.toml"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let problem = "`ci.toml` is a symbolic link in ";
    assert!(out.stderr.contains(problem), "{}", out.stderr);
}

#[cfg(unix)]
#[test]
fn conditions_of_times_alone_do_not_keep_counts_from_being_pinned() {
    for variable in ["CI", "CARGO_BUILD_JOBS", "CARGO_INCREMENTAL"] {
        for args in [&["--ratchet"][..], &["--only", "todo.open"]] {
            let mut sandbox = counting();
            sandbox.write("todo.txt", "a\n");
            sandbox.commit("fix: one");
            sandbox.set(variable, "1");
            let out = sandbox.campaign(&[&["baseline"], args].concat());
            assert_eq!(out.code, 0, "{variable} {args:?} {}", out.stderr);
            let json = sandbox.campaign(&["report", "--format", "json"]).stdout;
            let report: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
            assert_eq!(report["metrics"]["todo.open"]["baseline"], 1);
        }
    }
}

#[cfg(unix)]
#[test]
fn value_that_is_no_count_is_shown_with_the_reason() {
    let sandbox = counting();
    sandbox.write("count", "echo todo.open -1\necho todo.done 2\n");
    let out = sandbox.campaign(&["run"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let line = "Ran todo.done 2, todo.open: its command printed -1, and a count is a whole number that is not negative";
    assert!(out.stderr.contains(line), "{}", out.stderr);
}

#[cfg(unix)]
#[test]
fn program_with_a_time_in_the_future_is_not_said_to_have_changed() {
    let sandbox = counting();
    let out = sandbox.output("touch", &["-d", "2100-01-01T00:00:00", "count"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let out = sandbox.campaign(&["gate"]);
    let printed = format!("{}{}", out.stdout, out.stderr);
    assert_eq!(out.code, 3, "{printed}");
    let reason = "count was written in the future by the clock";
    assert!(printed.contains(reason), "{printed}");
    assert!(!printed.contains("count changed"), "{printed}");
}

#[cfg(unix)]
#[test]
fn changed_program_of_a_collector_is_named_to_the_target() {
    let mut sandbox = counting();
    sandbox.set("GITHUB_BASE_REF", "main");
    let note = "`count`, which takes part in measuring `todo`, differs from that of origin/main and is used";
    let out = sandbox.campaign(&["ci"]);
    assert!(!out.stdout.contains(note), "{}", out.stdout);
    sandbox.append("todo.txt", "d\ne\n");
    sandbox.write("count", "echo todo.open 0\necho todo.done 1\n");
    sandbox.commit("feat: count nothing");
    let out = sandbox.campaign(&["ci", "--format", "json"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(out.stdout.contains(note), "{}", out.stdout);
}

#[cfg(unix)]
#[test]
fn long_difference_of_the_configuration_is_cut() {
    let mut sandbox = counting();
    sandbox.append("campaign.toml", &format!("# {}\n", "x".repeat(5000)));
    sandbox.append("campaign.toml", &"# filler\n".repeat(1000));
    sandbox.commit("feat: fill the log");
    sandbox.set("GITHUB_BASE_REF", "main");
    let out = sandbox.campaign(&["ci"]);
    let shown = out.stderr.matches("+# filler").count();
    assert!((20..40).contains(&shown), "{shown}: {}", out.stderr);
    let left_out = format!("note: the difference has {} more lines", 1000 - shown);
    assert!(out.stderr.contains(&left_out), "{}", out.stderr);
    let long = format!("+# {} ...\n", "x".repeat(298));
    assert!(out.stderr.contains(&long), "{}", out.stderr);
}

#[cfg(unix)]
#[test]
fn content_of_a_linked_campaign_is_not_shown() {
    let mut sandbox = counting();
    let secret = sandbox.base().join("secret");
    fs::write(&secret, "token = \"SECRET\"\n").expect("a fresh directory can be written");
    let campaign = sandbox.path("campaign.toml");
    fs::remove_file(&campaign).expect("it is there");
    std::os::unix::fs::symlink(&secret, &campaign).expect("a link can be made");
    sandbox.commit("feat: link the campaign");
    sandbox.set("GITHUB_BASE_REF", "main");
    let out = sandbox.campaign(&["ci"]);
    assert!(out.stderr.contains("+symbolic link to "), "{}", out.stderr);
    assert!(
        !format!("{}{}", out.stdout, out.stderr).contains("SECRET"),
        "{}",
        out.stderr
    );
}

#[cfg(unix)]
#[test]
fn shallow_clone_without_the_target_has_no_verdict() {
    let mut sandbox = counting();
    sandbox.git(&["switch", "-qc", "feature"]);
    sandbox.append("todo.txt", "d\n");
    sandbox.commit("feat: one more");
    let from = format!("file://{}", sandbox.root().display());
    let clone = sandbox.path("clone");
    let to = clone.to_str().expect("a path of ASCII");
    sandbox.git(&[
        "clone", "-q", "--depth", "1", "--branch", "feature", &from, to,
    ]);
    sandbox.set("GITHUB_BASE_REF", "main");
    let run = |sandbox: &Sandbox| {
        crate::harness::output(&mut sandbox.campaign_command_in(&clone, &["ci"]))
    };
    let out = run(&sandbox);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    for text in ["is not in this shallow clone", "`fetch-depth: 0`"] {
        assert!(out.stderr.contains(text), "{}", out.stderr);
    }
    sandbox.unset("GITHUB_BASE_REF");
    let out = run(&sandbox);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr.contains("this clone is shallow"),
        "{}",
        out.stderr
    );
}

#[cfg(unix)]
#[test]
fn partial_clone_has_no_verdict_until_it_is_complete() {
    let mut sandbox = counting();
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    sandbox.git(&["switch", "-qc", "feature"]);
    sandbox.append("campaign.toml", "# a comment\n");
    sandbox.commit("feat: a comment");
    let from = format!("file://{}", sandbox.root().display());
    let clone = sandbox.path("clone");
    let to = clone.to_str().expect("a path of ASCII");
    sandbox.git(&[
        "clone",
        "-q",
        "--filter=blob:none",
        "--branch",
        "feature",
        &from,
        to,
    ]);
    sandbox.set("GITHUB_BASE_REF", "main");
    let run = |sandbox: &Sandbox| {
        crate::harness::output(&mut sandbox.campaign_command_in(&clone, &["ci"]))
    };
    let out = run(&sandbox);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    for text in [
        "cannot read `campaign.toml` in this partial clone: ",
        "help: git fetch --refetch --no-filter",
    ] {
        assert!(out.stderr.contains(text), "{}", out.stderr);
    }
    sandbox.git(&["-C", to, "fetch", "-q", "--refetch", "--no-filter"]);
    let out = run(&sandbox);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
}

#[cfg(unix)]
#[test]
fn baseline_of_the_target_that_cannot_be_used_is_repaired_there() {
    let edit = |text: String| text.replace("{\"measured\":2.0}", "{\"measured\":3.0}");
    let damage = |_: String| "[".to_owned();
    for change in [edit as fn(String) -> String, damage] {
        let mut sandbox = counting();
        let good = sandbox.read(".campaign/baseline.json");
        let bad = change(good.clone());
        assert_ne!(bad, good);
        sandbox.write(".campaign/baseline.json", &bad);
        sandbox.commit("chore: a bad baseline");
        sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        sandbox.write(".campaign/baseline.json", &good);
        sandbox.commit("fix: a good baseline");
        sandbox.set("GITHUB_BASE_REF", "main");
        let out = sandbox.campaign(&["ci"]);
        assert_eq!(out.code, 4, "{}{}", out.stdout, out.stderr);
        for text in [
            "error: origin/main:.campaign/baseline.json",
            "help: pin on `origin/main` and merge that first",
        ] {
            assert!(out.stderr.contains(text), "{}", out.stderr);
        }
        assert!(!out.stderr.contains("git checkout"), "{}", out.stderr);
    }
}

#[cfg(unix)]
#[test]
fn whole_clone_without_the_target_has_no_verdict() {
    let mut sandbox = counting();
    sandbox.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    sandbox.set("GITHUB_BASE_REF", "main");
    for (args, code) in [
        (&["ci"][..], 3),
        (&["gate", "--base", "origin/main"], 3),
        (&["ci", "--base", "nope"], 2),
    ] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, code, "{args:?}: {}{}", out.stdout, out.stderr);
        let names_fetch = out.stderr.contains("git fetch");
        assert!(names_fetch, "{}", out.stderr);
    }
}

#[cfg(unix)]
#[test]
fn branch_of_a_fork_is_not_the_target_of_its_pull_request() {
    let mut sandbox = counting();
    sandbox.set("GITHUB_BASE_REF", "main");
    sandbox.set("GITHUB_REPOSITORY", "acme/app");
    sandbox.append("README.md", "more\n");
    sandbox.commit("docs: say more");
    for (url, code) in [
        ("https://github.com/acme/app", 0),
        ("git@github.com:Acme/App.git", 0),
        ("https://github.com/mallory/app", 3),
        ("https://github.com/acme/app/../../mallory/app.git", 3),
    ] {
        sandbox.git(&["config", "remote.origin.url", url]);
        let out = sandbox.campaign(&["ci"]);
        assert_eq!(out.code, code, "{url}: {}{}", out.stdout, out.stderr);
        let reason = format!("the job is for `acme/app`, but `origin` is {url}");
        assert_eq!(out.stderr.contains(&reason), code == 3, "{}", out.stderr);
    }
}

#[cfg(unix)]
#[test]
fn change_in_the_files_of_a_job_for_a_comment_is_not_judged_by_its_own_rules() {
    let mut sandbox = counting();
    sandbox.set("GITHUB_EVENT_NAME", "issue_comment");
    let commit = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.set("GITHUB_SHA", commit.trim());
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox.replace("campaign.toml", "<= baseline", "<= 99");
    sandbox.append("todo.txt", "d\ne\n");
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr.contains("itself is checked out"),
        "{}",
        out.stderr
    );
}

#[cfg(unix)]
#[test]
fn pull_request_cannot_replace_its_workspace_by_a_submodule() {
    let mut sandbox = counting();
    let url = format!("file://{}", sandbox.root().display());
    let outer = sandbox.base().join("outer");
    fs::create_dir(&outer).expect("a fresh name");
    let git = |args: &[&str]| {
        let outer = outer.to_str().expect("a path of ASCII");
        let options = ["-C", outer, "-c", "protocol.file.allow=always"];
        sandbox.git(&[&options[..], args].concat());
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["submodule", "--quiet", "add", &url, "app"]);
    git(&["commit", "-qm", "feat: a submodule"]);
    let ci = |sandbox: &Sandbox| {
        let mut command = sandbox.campaign_command_in(&outer.join("app"), &["ci"]);
        crate::harness::output(&mut command)
    };
    let out = ci(&sandbox);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox.set("GITHUB_BASE_REF", "main");
    let out = ci(&sandbox);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let message = "cannot judge the submodule";
    assert!(out.stderr.contains(message), "{}", out.stderr);
}

#[cfg(unix)]
#[test]
fn pull_request_is_judged_in_the_checkout_of_its_job() {
    let mut sandbox = counting();
    sandbox.set("GITHUB_BASE_REF", "main");
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let problem = "there is no change to judge: origin/main itself is checked out";
    assert!(out.stderr.contains(problem), "{}", out.stderr);
    sandbox.append("todo.txt", "e\n");
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let problem =
        "there is no commit to judge: origin/main itself is checked out, with uncommitted edits";
    assert!(out.stderr.contains(problem), "{}", out.stderr);
    sandbox.git(&["checkout", "-q", "."]);
    sandbox.write("tool.txt", "of an earlier step\n");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "another change"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    sandbox.git(&["reset", "-q", "HEAD~1"]);
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let problem = "there is no change to judge: origin/main has the commit that is checked out";
    assert!(out.stderr.contains(problem), "{}", out.stderr);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);

    sandbox.write("done.txt", "c\nd\n");
    sandbox.commit("a change");
    for (checkout, code) in [
        (sandbox.root(), 0),
        (sandbox.base().to_owned(), 0),
        (sandbox.path("src"), 3),
        (sandbox.stage(), 3),
    ] {
        for variable in ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
            sandbox.set(variable, &checkout);
            let out = sandbox.campaign(&["ci"]);
            let printed = format!("{}{}", out.stdout, out.stderr);
            assert_eq!(out.code, code, "{variable}={checkout:?}: {printed}");
            sandbox.unset(variable);
        }
    }
}

#[cfg(unix)]
#[test]
fn pull_request_cannot_move_its_workspace_to_other_rules() {
    let manifest = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    let rules = "[gates]\n\"loc.code\" = \"< 20\"\n";
    for (changes, expected) in [
        (
            &[
                ("app/Cargo.toml", "workspace = \"../other\"\n"),
                ("other/Cargo.toml", "[workspace]\nmembers = [\"../app\"]\n"),
            ][..],
            "which could have other rules",
        ),
        (
            &[("Cargo.toml", "[workspace]\nmembers = [\"app\"]\n")],
            "`app` has rules of its own in origin/main",
        ),
    ] {
        let mut sandbox = Sandbox::empty();
        for name in ["app", "other"] {
            sandbox.write(&format!("{name}/Cargo.toml"), &manifest(name));
            sandbox.write(&format!("{name}/src/lib.rs"), "");
            sandbox.write(&format!("{name}/campaign.toml"), rules);
        }
        sandbox.write("campaign.toml", rules);
        sandbox.git_init();
        sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        for (file, text) in changes {
            if sandbox.path(file).exists() {
                sandbox.append(file, text);
            } else {
                sandbox.write(file, text);
            }
        }
        sandbox.commit("a change");
        sandbox.set("GITHUB_BASE_REF", "main");
        for args in [&["ci"][..], &["gate", "--base", "origin/main"]] {
            let mut command = sandbox.campaign_command_in(&sandbox.path("app"), args);
            let out = crate::harness::output(&mut command);
            assert_eq!(out.code, 3, "{args:?}: {}{}", out.stdout, out.stderr);
            assert!(out.stderr.contains(expected), "{args:?}: {}", out.stderr);
        }
    }
}

#[cfg(unix)]
#[test]
fn children_do_not_know_the_files_of_the_step() {
    let mut sandbox = counting();
    let seen = sandbox.base().join("seen");
    sandbox.append(
        "count",
        &format!("env | grep ^GITHUB_ >> '{}'\n:\n", seen.display()),
    );
    sandbox.set("GITHUB_JOB", "gate");
    for name in ["ENV", "OUTPUT", "PATH", "STATE", "STEP_SUMMARY"] {
        let file = sandbox.base().join(name);
        fs::write(&file, "").expect("a fresh directory can be written");
        sandbox.set(&format!("GITHUB_{name}"), file);
    }
    let out = sandbox.campaign(&["run"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let seen = fs::read_to_string(seen).expect("the collector ran");
    assert_eq!(seen, "GITHUB_JOB=gate\n");
}

#[cfg(unix)]
#[test]
fn tag_with_the_name_of_the_target_does_not_choose_the_rules() {
    for kind in ["tag", "branch"] {
        let mut sandbox = counting();
        sandbox.git(&["checkout", "-q", "-b", "feat"]);
        sandbox.replace("campaign.toml", "<= baseline", "<= 99");
        sandbox.append("todo.txt", "d\ne\n");
        sandbox.commit("feat: weaken the gate");
        sandbox.git(&[kind, "origin/main"]);
        let out = sandbox.campaign(&["gate", "--base", "origin/main"]);
        assert_eq!(out.code, 2, "{}", out.stderr);
        let help = "name it in full: refs/";
        assert!(out.stderr.contains(help), "{}", out.stderr);
        sandbox.set("GITHUB_BASE_REF", "main");
        let out = sandbox.campaign(&["ci"]);
        assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    }
}

#[cfg(unix)]
#[test]
fn unknown_merge_target_gives_no_verdict() {
    let mut sandbox = counting();
    sandbox.replace("campaign.toml", "<= baseline", "<= 99");
    sandbox.append("todo.txt", "d\ne\n");
    sandbox.commit("feat: weaken the gate");
    let event = sandbox.base().join("event.json");
    let main = sandbox.git(&["rev-parse", "origin/main"]);
    let main = main.trim();
    let path = event.to_str().expect("a path of ASCII").to_owned();
    for (variables, content, code, expected) in [
        (&[("GITHUB_EVENT_NAME", "push")][..], "", 0, "PASS"),
        (
            &[("GITHUB_EVENT_NAME", "pull_request")],
            "",
            3,
            "`GITHUB_BASE_REF` is not set",
        ),
        (
            &[("GITHUB_EVENT_NAME", "pull_request_review")],
            "",
            3,
            "`GITHUB_BASE_REF` is not set",
        ),
        (
            &[("CI_PIPELINE_SOURCE", "merge_request_event")],
            "",
            3,
            "`CI_MERGE_REQUEST_DIFF_BASE_SHA` is not set",
        ),
        (
            &[
                ("CI_PIPELINE_SOURCE", "parent_pipeline"),
                ("CI_MERGE_REQUEST_IID", "7"),
            ],
            "",
            3,
            "`CI_MERGE_REQUEST_DIFF_BASE_SHA` is not set",
        ),
        (
            &[("CI_EXTERNAL_PULL_REQUEST_IID", "7")],
            "",
            3,
            "`CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA` is not set",
        ),
        (
            &[("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA", main)],
            "",
            1,
            "+\"todo.open\" = \"<= 99\"",
        ),
        (
            &[("GITHUB_EVENT_NAME", "merge_group")],
            "",
            3,
            "`GITHUB_EVENT_PATH` is not set",
        ),
        (
            &[
                ("GITHUB_EVENT_NAME", "merge_group"),
                ("GITHUB_EVENT_PATH", path.as_str()),
            ],
            "{}",
            3,
            "has no `merge_group.base_sha`",
        ),
        (
            &[
                ("GITHUB_EVENT_NAME", "merge_group"),
                ("GITHUB_EVENT_PATH", path.as_str()),
            ],
            &format!("{{\"merge_group\": {{\"base_sha\": \"{main}\"}}}}"),
            1,
            "+\"todo.open\" = \"<= 99\"",
        ),
    ] {
        fs::write(&event, content).expect("a fresh directory can be written");
        for (name, value) in variables {
            sandbox.set(name, value);
        }
        let out = sandbox.campaign(&["ci"]);
        let printed = format!("{}{}", out.stdout, out.stderr);
        assert_eq!(out.code, code, "{variables:?}: {printed}");
        assert!(printed.contains(expected), "{variables:?}: {printed}");
        let out = sandbox.campaign(&["ci", "--base", "HEAD"]);
        assert_eq!(out.code, 0, "{variables:?}: {}", out.stderr);
        for (name, _) in variables {
            sandbox.unset(name);
        }
    }
}

#[cfg(unix)]
#[test]
fn checkout_of_another_commit_is_a_change_unless_its_author_may_choose_it() {
    let mut sandbox = counting();
    sandbox.append(
        "campaign.toml",
        "[[alert]]\nwhen = \"todo.open > 3\"\n[[notify]]\non = [\"alert.*\"]\nfile = \"target/alerts.jsonl\"\n",
    );
    sandbox.write(".gitignore", "target\n");
    sandbox.write("target/other", "");
    sandbox.commit("feat: an alert");
    let main = sandbox.git(&["rev-parse", "main"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    sandbox.git(&["checkout", "-q", "-b", "feat"]);
    sandbox.replace("campaign.toml", "<= baseline", "<= 99");
    sandbox.append("todo.txt", "d\ne\n");
    sandbox.commit("feat: weaken the gate");
    let feat = sandbox.git(&["rev-parse", "feat"]);
    let (main, feat) = (main.trim(), feat.trim());
    sandbox.set("GITHUB_REF_NAME", "main");
    let program = env!("CARGO_BIN_EXE_cargo-campaign");
    let alerts = sandbox.path("target/alerts.jsonl");
    let pull = "refs/remotes/pull/7/head";

    // `None` where no alert is sent, else the branch that it names.
    for (event, commit, checkout, code, branch) in [
        ("issue_comment", main, "--detach", 1, None),
        ("workflow_run", main, "feat", 1, None),
        ("repository_dispatch", "0123456789", "--detach", 3, None),
        ("workflow_dispatch", main, pull, 1, None),
        ("issue_comment", feat, "--detach", 0, Some("\"main\"")),
        ("push", main, "feat", 0, Some("\"feat\"")),
        ("schedule", main, "--detach", 0, Some("null")),
        ("workflow_dispatch", main, "--detach", 0, Some("null")),
    ] {
        let row = format!("{event} {commit} {checkout}");
        let _ = fs::remove_dir_all(sandbox.path(".campaign/index"));
        let _ = fs::remove_file(&alerts);
        sandbox.set("GITHUB_EVENT_NAME", event);
        sandbox.set("GITHUB_SHA", commit);
        sandbox.git(&[
            "update-ref",
            pull,
            if checkout == pull { feat } else { main },
        ]);
        sandbox.git(&["checkout", "-q", checkout]);

        let out = sandbox.campaign(&["ci"]);
        assert_eq!(out.code, code, "{row}: {}{}", out.stdout, out.stderr);
        let sent = fs::read_to_string(&alerts).unwrap_or_default();
        assert_eq!(!sent.is_empty(), branch.is_some(), "{row}: {sent}");
        let is_named = branch.is_none_or(|branch| match branch {
            "null" => !sent.contains("\"branch\":"),
            branch => sent.contains(&format!("\"branch\":{branch}")),
        });
        assert!(is_named, "{row}: {sent}");

        let gate = [("PROGRAM", program), ("INPUT_COMMAND", "gate")];
        let (out, _) = action_step(&sandbox, "run.sh", &gate);
        assert_eq!(out.code, code, "{row}: {}{}", out.stdout, out.stderr);
        sandbox.git(&["checkout", "-q", "feat"]);
    }
}

#[cfg(unix)]
#[test]
fn request_that_a_job_has_fetched_is_not_judged_by_its_own_rules() {
    const HEAD: &str = "refs/pull/7/head";
    const FETCH: &[&str] = &["fetch", "-q", ".", HEAD];
    const FORGET: &[&str] = &["update-ref", "-d", HEAD];
    const DETACH: &[&str] = &["checkout", "-q", "FETCH_HEAD"];
    const KEEP: &[&str] = &[
        "fetch",
        "-q",
        ".",
        "refs/pull/7/head:refs/remotes/pull/7/head",
    ];
    const CLEAN: &[&str] = &["config", "filter.strip.clean", "cat"];
    let mut sandbox = counting();
    let attributes = sandbox.base().join("attributes");
    fs::write(&attributes, "campaign.toml filter=strip\n").expect("a fresh directory");
    let attributes = attributes.to_str().expect("a path of ASCII");
    let main = sandbox.git(&["rev-parse", "main"]);
    sandbox.git(&["checkout", "-q", "-b", "feat"]);
    sandbox.replace("campaign.toml", "<= baseline", "<= 99");
    sandbox.append("todo.txt", "d\ne\n");
    sandbox.commit("feat: weaken the gate");
    let feat = sandbox.git(&["rev-parse", "feat"]);
    let (main, feat) = (main.trim(), feat.trim());
    let github = |event, commit| {
        vec![
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_SHA", commit),
        ]
    };
    let dispatch = github("workflow_dispatch", main);
    let pull_merged = [
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "m",
        "refs/remotes/pull/7/head",
    ];
    let fetched_to_branch = ["fetch", "-q", ".", "refs/pull/7/head:topic"];
    let upstream = ["config", "branch.topic.merge", HEAD];
    let merge_request = ["update-ref", "refs/merge-requests/7/head", HEAD];
    let fetch_merge_request = ["fetch", "-q", ".", "refs/merge-requests/7/head"];
    let forget_merge_request = ["update-ref", "-d", "refs/merge-requests/7/head"];
    for (variables, commands, code, expected) in [
        (&dispatch, &[FETCH, FORGET, DETACH][..], 1, ""),
        (
            &dispatch,
            &[
                &fetched_to_branch,
                FORGET,
                &upstream,
                &["checkout", "-q", "topic"],
                &["fetch", "-q", ".", "main"],
            ],
            1,
            "",
        ),
        (
            &dispatch,
            &[
                KEEP,
                FORGET,
                DETACH,
                &["commit", "-qm", "m", "--allow-empty"],
            ],
            1,
            "",
        ),
        (&dispatch, &[KEEP, FORGET, &pull_merged], 1, ""),
        (
            &dispatch,
            &[FETCH, FORGET, &["merge", "-q", "--squash", "FETCH_HEAD"]],
            3,
            "itself is checked out",
        ),
        (&dispatch, &[FETCH, FORGET], 0, ""),
        (&dispatch, &[FORGET, &["checkout", "-q", "feat"]], 0, ""),
        (&github("push", feat), &[FETCH, DETACH], 0, ""),
        (
            &github("deployment", feat),
            &[FETCH, DETACH],
            3,
            "itself is checked out",
        ),
        (
            &github("issue_comment", ""),
            &[],
            3,
            "`GITHUB_SHA` is not set",
        ),
        (
            &github("push", ""),
            &[FETCH, DETACH],
            3,
            "`GITHUB_SHA` is not set",
        ),
        (&github("push", ""), &[FETCH], 0, ""),
        (
            &github("", main),
            &[FETCH, DETACH],
            3,
            "`GITHUB_EVENT_NAME` is not set",
        ),
        (&github("", main), &[FETCH], 0, ""),
        (
            &vec![("CI_COMMIT_SHA", main)],
            &[
                &merge_request,
                &fetch_merge_request,
                &forget_merge_request,
                FORGET,
                DETACH,
            ],
            1,
            "",
        ),
        (
            &vec![("CI_COMMIT_REF_NAME", "refs/merge-requests/7/head")],
            &[],
            3,
            "`CI_MERGE_REQUEST_DIFF_BASE_SHA` is not set",
        ),
        (
            &github("issue_comment", main),
            &[&["config", "core.attributesFile", attributes], CLEAN],
            3,
            "the filter `strip` of git may hide edits of `campaign.toml`",
        ),
        // The last one, because the marks stay.
        (
            &github("issue_comment", main),
            &[
                &["checkout", "-q", "feat", "--", "."],
                &["reset", "-q"],
                &["update-index", "--skip-worktree", "campaign.toml"],
                &["update-index", "--assume-unchanged", "todo.txt"],
            ],
            3,
            "with uncommitted edits",
        ),
    ] {
        let row = format!("{variables:?} {commands:?}");
        let _ = fs::remove_file(sandbox.path(".git/FETCH_HEAD"));
        sandbox.git(&["checkout", "-qf", "--detach", main]);
        sandbox.git(&["update-ref", HEAD, feat]);
        for command in commands {
            sandbox.git(command);
        }
        for (name, value) in variables {
            sandbox.set(name, value);
        }
        let out = sandbox.campaign(&["ci"]);
        let printed = format!("{}{}", out.stdout, out.stderr);
        assert_eq!(out.code, code, "{row}: {printed}");
        assert!(printed.contains(expected), "{row}: {printed}");
        // The action of GitHub judges by the same rules with the other commands.
        if variables.iter().all(|(name, _)| name.starts_with("GITHUB")) {
            let program = env!("CARGO_BIN_EXE_cargo-campaign");
            let gate = [("PROGRAM", program), ("INPUT_COMMAND", "gate")];
            let (out, _) = action_step(&sandbox, "run.sh", &gate);
            assert_eq!(out.code, code, "{row}: {}{}", out.stdout, out.stderr);
        }
        for (name, _) in variables {
            sandbox.unset(name);
        }
        for reference in ["refs/remotes/pull/7/head", "refs/heads/topic"] {
            sandbox.git(&["checkout", "-qf", "--detach", main]);
            sandbox.git(&["update-ref", "-d", reference]);
        }
        let _ = sandbox.git(&["config", "branch.topic.merge", "refs/heads/topic"]);
    }
}

#[cfg(unix)]
#[test]
fn ratchet_pins_what_got_better_and_nothing_else() {
    let sandbox = counting();
    let pin = || sandbox.read(".campaign/baseline.json");
    let before = pin();
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(out.stderr.contains("nothing got better"), "{}", out.stderr);
    assert_eq!(pin(), before);

    // One value gets better, the other one worse.
    sandbox.write("todo.txt", "a\n");
    sandbox.write("done.txt", "");
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr.contains("Raised todo.open 2 → 1"),
        "{}",
        out.stderr
    );
    assert!(
        out.stderr.contains("Kept todo.done 1 → 0"),
        "{}",
        out.stderr
    );
    let json = sandbox.campaign(&["report", "--format", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let metrics = &report["metrics"];
    assert_eq!(metrics["todo.open"]["baseline"], 1);
    assert_eq!(metrics["todo.done"]["baseline"], 1);
    // The baseline is named after the run of its newest value.
    for key in ["id", "commit", "started"] {
        assert_eq!(report["baseline"][key], report["run"][key], "{key}");
    }
    assert_eq!(report["baseline"]["dirty"], true);
    assert!(
        pin().contains("\"reason\":\"ratchet: todo.open 2 → 1\"")
            || pin().contains("\"reason\": \"ratchet: todo.open 2 → 1\""),
        "{}",
        pin()
    );

    sandbox.write("todo.txt", "a\nb\nc\n");
    let raised = pin();
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert_eq!(pin(), raised);
}

#[cfg(unix)]
#[test]
fn ratchet_without_a_value_for_a_gate_has_no_verdict() {
    for (gates, code) in [
        ("\"todo.open\" = \"<= baseline\"\n", 3),
        (
            "\"todo.open\" = { require = \"<= baseline\", level = \"warn\" }\n",
            0,
        ),
        ("", 0),
    ] {
        let sandbox = counting();
        let text = sandbox.read("campaign.toml");
        let (before, _) = text.split_once("[gates]\n").expect("it has gates");
        sandbox.write("campaign.toml", &format!("{before}[gates]\n{gates}"));
        sandbox.append("count", "exit 7\n");
        let before = sandbox.read(".campaign/baseline.json");
        let out = sandbox.campaign(&["baseline", "--ratchet"]);
        assert_eq!(out.code, code, "{gates}: {}{}", out.stdout, out.stderr);
        let warning = "warning: no value of todo.open: ";
        assert_eq!(out.stderr.contains(warning), code == 3, "{}", out.stderr);
        assert_eq!(sandbox.read(".campaign/baseline.json"), before);
    }
}

#[cfg(unix)]
#[test]
fn ratchet_compares_with_what_was_pinned_while_it_measured() {
    let sandbox = counting();
    let pin = || sandbox.read(".campaign/baseline.json");
    let before = pin();
    sandbox.write("todo.txt", "");
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let better = sandbox.base().join("better.json");
    fs::copy(sandbox.path(".campaign/baseline.json"), &better).expect("it was pinned");
    let better = pin();

    sandbox.write(".campaign/baseline.json", &before);
    sandbox.write("todo.txt", "a\n");
    sandbox.append("count", "cp ../better.json .campaign/baseline.json\n");
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(out.stderr.contains("nothing got better"), "{}", out.stderr);
    assert_eq!(pin(), better);
}

#[cfg(unix)]
#[test]
fn ratchet_keeps_values_whose_direction_changed_and_times() {
    let sandbox = counting();
    sandbox.replace(
        "campaign.toml",
        "\"todo.done\" = { unit = \"count\", better = \"higher\" }",
        "\"todo.done\" = { unit = \"count\", better = \"higher\" }\n\"todo.wait\" = { unit = \"s\", better = \"lower\" }",
    );
    sandbox.append("count", "echo todo.wait $(cat wait.txt)\n");
    sandbox.write("wait.txt", "9\n");
    let out = sandbox.campaign(&["baseline", "--accept", "a time"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox.commit("feat: a time");
    sandbox.write("wait.txt", "5\n");
    sandbox.write("todo.txt", "a\n");
    sandbox.commit("fix: less to do");
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr.contains("Raised todo.open 2 → 1"),
        "{}",
        out.stderr
    );
    for text in ["todo.wait 9", "uncommitted changes"] {
        assert!(!out.stderr.contains(text), "{text}: {}", out.stderr);
    }
    sandbox.commit("chore: the pin");

    let pin = sandbox.read(".campaign/baseline.json");
    let (higher, lower) = ("better = \"higher\"", "better = \"lower\"");
    sandbox.replace("campaign.toml", higher, lower);
    sandbox.write("done.txt", "");
    let out = sandbox.campaign(&["baseline", "--ratchet"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(out.stderr.contains("Kept todo: "), "{}", out.stderr);
    assert_eq!(sandbox.read(".campaign/baseline.json"), pin);
}

/// Runs a script of the action as the runner does, with these variables, and returns what it did and the outputs it wrote.
#[cfg(unix)]
fn action_step(sandbox: &Sandbox, script: &str, variables: &[(&str, &str)]) -> (Output, String) {
    let output = sandbox.base().join("step-output");
    fs::write(&output, "").expect("a fresh directory can be written");
    let mut command = sandbox.command("bash");
    command
        .arg(crate::harness::repository().join("action").join(script))
        .current_dir(sandbox.root())
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", &output)
        .env("RUNNER_TEMP", sandbox.stage())
        .envs(variables.iter().copied());
    let out = crate::harness::output(&mut command);
    let outputs = fs::read_to_string(output).expect("it was there");
    (out, outputs)
}

/// Returns the last value of an output, which is the one that counts.
#[cfg(unix)]
fn value<'a>(outputs: &'a str, name: &str) -> Option<&'a str> {
    let lines: Vec<&str> = outputs.lines().collect();
    let mut found = lines.iter().enumerate().rev().filter_map(|(at, line)| {
        let plain = line.strip_prefix(name)?;
        if let Some(value) = plain.strip_prefix('=') {
            return Some(value);
        }
        plain.starts_with("<<").then(|| lines[at + 1])
    });
    found.next()
}

#[cfg(unix)]
#[test]
fn step_of_the_action_has_the_verdict_and_the_reports() {
    let program = env!("CARGO_BIN_EXE_cargo-campaign");
    let summary = |sandbox: &Sandbox| {
        let path = sandbox.base().join("summary.md");
        fs::write(&path, "").expect("a fresh directory can be written");
        path.to_str().expect("a path of ASCII").to_owned()
    };
    let failing = counting();
    failing.append("todo.txt", "d\n");
    let without_baseline = counting();
    fs::remove_file(without_baseline.path(".campaign/baseline.json")).expect("it is there");
    let broken = counting();
    broken.replace("campaign.toml", "todo.open\" = \"<=", "todo.open\" = \"<~");
    for (sandbox, variables, code, verdict, exit) in [
        (counting(), &[][..], 0, "pass", "0"),
        (failing, &[], 1, "fail", "1"),
        (without_baseline, &[], 3, "no-verdict", "3"),
        (broken, &[], 2, "error", "2"),
        (
            counting(),
            &[("GITHUB_EVENT_NAME", "pull_request")],
            3,
            "no-verdict",
            "3",
        ),
    ] {
        let summary = summary(&sandbox);
        let variables = [
            &[
                ("PROGRAM", program),
                ("GITHUB_STEP_SUMMARY", summary.as_str()),
            ],
            variables,
        ]
        .concat();
        let (out, outputs) = action_step(&sandbox, "run.sh", &variables);
        assert_eq!(out.code, code, "{verdict}: {}{}", out.stdout, out.stderr);
        assert_eq!(value(&outputs, "verdict"), Some(verdict), "{outputs}");
        assert_eq!(value(&outputs, "exit-code"), Some(exit), "{outputs}");
        let reports = ["report-json", "report-md", "sarif", "junit"];
        for report in reports {
            let path = value(&outputs, report);
            let has_report = verdict != "error" && variables.len() == 2;
            assert_eq!(path.is_some(), has_report, "{report}: {outputs}");
            assert!(
                path.is_none_or(|path| fs::metadata(path).is_ok()),
                "{report}"
            );
        }
        let text = fs::read_to_string(&summary).expect("it was there");
        assert!(!text.is_empty(), "{verdict} has no summary");
    }
}

#[cfg(unix)]
#[test]
fn program_does_not_know_the_files_of_the_step() {
    let sandbox = Sandbox::empty();
    sandbox.program(
        "program",
        "env | grep -c -e ^GITHUB_ENV= -e ^GITHUB_PATH= -e ^GITHUB_STATE=\n\
         echo verdict=warn >> \"$GITHUB_OUTPUT\"; echo text >> \"$GITHUB_STEP_SUMMARY\"\n\
         echo \"$GITHUB_OUTPUT $GITHUB_STEP_SUMMARY\"",
    );
    let program = sandbox.bin().join("program");
    let program = program.to_str().expect("a path of ASCII");
    let summary = sandbox.base().join("summary.md");
    let summary = summary.to_str().expect("a path of ASCII");
    let (out, outputs) = action_step(
        &sandbox,
        "run.sh",
        &[
            ("PROGRAM", program),
            ("GITHUB_STEP_SUMMARY", summary),
            ("GITHUB_ENV", "env"),
            ("GITHUB_PATH", "path"),
            ("GITHUB_STATE", "state"),
        ],
    );
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert_eq!(value(&outputs, "verdict"), Some("warn"), "{outputs}");
    let text = fs::read_to_string(summary).expect("it was written");
    assert_eq!(text, "text\n");
    assert!(out.stdout.starts_with("0\n"), "{}", out.stdout);
    let step_output = sandbox.base().join("step-output");
    for file in [summary, step_output.to_str().expect("a path of ASCII")] {
        assert!(!out.stdout.contains(file), "{}", out.stdout);
    }
}

#[cfg(unix)]
#[test]
fn directory_of_the_action_is_not_behind_a_link() {
    let sandbox = Sandbox::empty();
    sandbox.program("program", "pwd");
    let program = sandbox.bin().join("program");
    let program = program.to_str().expect("a path of ASCII");
    sandbox.write("other/inner/file", "");
    std::os::unix::fs::symlink("other", sandbox.path("app")).expect("a fresh name");
    let root = sandbox.root();
    let root = root.to_str().expect("a path of ASCII");
    let absolute = format!("{root}/app");
    let slash = format!("{root}/");
    let checkout = sandbox.base().join("checkout");
    std::os::unix::fs::symlink(sandbox.root(), &checkout).expect("a fresh name");
    let checkout = checkout.to_str().expect("a path of ASCII");
    let base = ("GITHUB_BASE_REF", "main");
    for (directory, variable, code) in [
        ("./other/inner", base, 0),
        ("other//inner/..", base, 0),
        ("app", ("GITHUB_BASE_REF", ""), 2),
        ("app", base, 2),
        ("app/inner", base, 2),
        (absolute.as_str(), base, 2),
        (slash.as_str(), base, 0),
        // The runner itself may have the checkout behind a link.
        (checkout, ("INPUT_BASE", "main"), 0),
    ] {
        let root = if directory == checkout {
            checkout
        } else {
            root
        };
        let variables = [
            ("PROGRAM", program),
            ("GITHUB_WORKSPACE", root),
            ("INPUT_DIRECTORY", directory),
            variable,
        ];
        let (out, outputs) = action_step(&sandbox, "run.sh", &variables);
        assert_eq!(out.code, code, "{directory}: {}{}", out.stdout, out.stderr);
        let verdict = value(&outputs, "verdict");
        assert_eq!(verdict, Some("error"), "{directory}: {outputs}");
    }
}

#[cfg(unix)]
#[test]
fn inputs_of_the_action_are_arguments_and_never_code() {
    let sandbox = counting();
    sandbox.append("todo.txt", "d\n");
    // Prints its arguments, one on each line, and fails as a gate would.
    sandbox.program("program", "printf '<%s>\\n' \"$@\"; exit 1");
    let program = sandbox.bin().join("program");
    let program = program.to_str().expect("a path of ASCII");
    let args = "--only\na b\n\n$(touch pwned)`touch pwned`\";touch pwned;\"\r\n*";
    let (out, _) = action_step(
        &sandbox,
        "run.sh",
        &[
            ("PROGRAM", program),
            ("INPUT_COMMAND", "baseline"),
            ("INPUT_BASE", "a b"),
            ("INPUT_ARGS", args),
            ("INPUT_FAIL_ON", "never"),
        ],
    );
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert_eq!(
        out.stdout,
        "<baseline>\n<--base=a b>\n<--only>\n<a b>\n<$(touch pwned)`touch pwned`\";touch pwned;\">\n<*>\n"
    );
    assert!(!sandbox.path("pwned").exists());
    let (out, _) = action_step(
        &sandbox,
        "run.sh",
        &[
            ("PROGRAM", program),
            ("INPUT_COMMAND", "gate"),
            ("GITHUB_BASE_REF", "main"),
        ],
    );
    let begin = "<gate>\n<--merge-target>\n<--output=json=";
    assert!(out.stdout.starts_with(begin), "{}", out.stdout);
    for (name, value) in [("INPUT_FAIL_ON", "sometimes"), ("INPUT_SUMMARY", "no")] {
        let (out, outputs) =
            action_step(&sandbox, "run.sh", &[("PROGRAM", program), (name, value)]);
        assert_eq!(out.code, 2, "{name}: {}", out.stdout);
        assert_eq!(self::value(&outputs, "verdict"), Some("error"), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn action_has_the_verdict_of_its_own_report_and_never_that_of_other_rules() {
    let program = env!("CARGO_BIN_EXE_cargo-campaign");
    let sandbox = counting();
    sandbox.replace("campaign.toml", "<= baseline", "<= 99");
    sandbox.append("todo.txt", "d\ne\n");
    sandbox.commit("feat: weaken the gate");
    let base = Some(("GITHUB_BASE_REF", "main"));
    let event = |name| Some(("GITHUB_EVENT_NAME", name));
    for (command, args, variable, code, verdict) in [
        ("ci", "--format\njson", None, 0, "pass"),
        ("ci", "  --format\r\n\tjson", None, 0, "pass"),
        ("ci", "--format\njson", base, 1, "fail"),
        ("ci", "--output\njson=/dev/full", None, 4, "error"),
        ("ci", "gate", None, 2, "error"),
        ("gate", "", None, 0, "pass"),
        ("gate", "--format\ngithub", base, 1, "fail"),
        ("gate", "", event("pull_request"), 3, "no-verdict"),
        ("gate", "", event("merge_group"), 3, "no-verdict"),
        // A collector without inputs has no result for `status`.
        ("status", "", base, 0, "no-verdict"),
        ("report", "--format\ngithub", None, 0, "error"),
        ("report", "--format\ngithub", base, 0, "error"),
        ("gate", "--base=main~1", None, 1, "fail"),
        ("campaign", "gate", base, 2, "error"),
        ("-q", "gate", base, 2, "error"),
    ] {
        let row = format!("{command} {args:?} {variable:?}");
        let given = [
            ("PROGRAM", program),
            ("INPUT_COMMAND", command),
            ("INPUT_ARGS", args),
        ];
        let variables: Vec<(&str, &str)> = given.into_iter().chain(variable).collect();
        let (out, outputs) = action_step(&sandbox, "run.sh", &variables);
        assert_eq!(out.code, code, "{row}: {}{}", out.stdout, out.stderr);
        assert_eq!(
            value(&outputs, "verdict"),
            Some(verdict),
            "{row}: {outputs}"
        );
        let exit = value(&outputs, "exit-code");
        assert_eq!(exit, Some(code.to_string().as_str()), "{row}: {outputs}");
    }
}

#[cfg(unix)]
#[test]
fn action_installs_an_archive_only_with_its_checksum() {
    let sandbox = Sandbox::empty();
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("cargo-campaign-{version}-x86_64-unknown-linux-musl.tar.gz");
    let served = sandbox.path(&format!("owner/name/releases/download/v{version}"));
    fs::create_dir_all(&served).expect("a fresh directory can be written");
    let shell = |script: &str| {
        let out = sandbox.output("bash", &["-c", script]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        out.stdout
    };
    let served = served.display();
    shell(&format!(
        "cd '{served}' && echo program > cargo-campaign && tar -czf {name} cargo-campaign \
         && sha256sum {name} > {name}.sha256"
    ));
    let server = format!("file://{}", sandbox.root().display());
    let sum = shell(&format!("cut -c1-64 '{served}/{name}.sha256'"));
    let install = |sha256: &str| {
        action_step(
            &sandbox,
            "install.sh",
            &[
                ("RUNNER_OS", "Linux"),
                ("RUNNER_ARCH", "X64"),
                ("ACTION_REPOSITORY", "owner/name"),
                ("GITHUB_SERVER_URL", &server),
                ("PROTOCOLS", "file"),
                ("INPUT_SHA256", sha256),
            ],
        )
    };
    let capitals = sum.to_uppercase();
    for (sha256, code) in [("", 0), (sum.trim(), 0), (&capitals, 0), ("0123", 4)] {
        let (out, outputs) = install(sha256);
        assert_eq!(out.code, code, "{sha256}: {}{}", out.stdout, out.stderr);
        let program = value(&outputs, "program");
        assert_eq!(program.is_some(), code == 0, "{outputs}");
        if let Some(program) = program {
            assert_eq!(
                fs::read_to_string(program).expect("it is there"),
                "program\n"
            );
        }
        // Whatever the tools print stands between the two lines.
        assert!(
            out.stdout.starts_with("::stop-commands::"),
            "{}",
            out.stdout
        );
    }
    let sign = format!("cd '{served}' && sha256sum {name} > {name}.sha256");
    for (damage, error) in [
        (
            format!("echo changed >> '{served}/{name}'"),
            "the checksum of",
        ),
        (
            format!("echo text > '{served}/{name}'; {sign}"),
            "cannot unpack",
        ),
        (
            format!("cd '{served}' && touch other && tar -czf {name} other; {sign}"),
            "the program is missing",
        ),
    ] {
        shell(&damage);
        let (out, outputs) = install("");
        assert_eq!((out.code, outputs.as_str()), (4, ""), "{}", out.stdout);
        assert!(out.stdout.contains(error), "{}", out.stdout);
    }
}

#[cfg(unix)]
#[test]
fn version_or_checksum_without_an_archive_is_an_error_of_the_action() {
    let sandbox = Sandbox::empty();
    // Installing from source would succeed.
    sandbox.program("cargo", "exit 0");
    let server = format!("file://{}", sandbox.root().display());
    let sum = "a".repeat(64);
    for (version, sha256, code) in [
        ("", "", 0),
        ("source", "", 0),
        ("9.9.9", "", 4),
        ("latest", "", 4),
        ("", sum.as_str(), 4),
        ("source", sum.as_str(), 2),
        ("../x", "", 2),
    ] {
        let (out, outputs) = action_step(
            &sandbox,
            "install.sh",
            &[
                ("RUNNER_OS", "Linux"),
                ("RUNNER_ARCH", "X64"),
                ("ACTION_REPOSITORY", "owner/name"),
                ("GITHUB_SERVER_URL", &server),
                ("PROTOCOLS", "file"),
                ("INPUT_VERSION", version),
                ("INPUT_SHA256", sha256),
            ],
        );
        assert_eq!(
            out.code, code,
            "{version} {sha256}: {}{}",
            out.stdout, out.stderr
        );
        assert_eq!(value(&outputs, "program").is_some(), code == 0, "{outputs}");
        let missing = "there is no archive of version";
        assert_eq!(out.stdout.contains(missing), code == 4, "{}", out.stdout);
    }

    let archive =
        "owner/name/releases/download/v9.9.9/cargo-campaign-9.9.9-x86_64-unknown-linux-musl.tar.gz";
    sandbox.write(archive, "");
    let (out, _) = action_step(
        &sandbox,
        "install.sh",
        &[
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("ACTION_REPOSITORY", "owner/name"),
            ("GITHUB_SERVER_URL", &server),
            ("PROTOCOLS", "file"),
            ("INPUT_VERSION", "9.9.9"),
        ],
    );
    assert_eq!(out.code, 4, "{}", out.stdout);
    let missing = "there is no checksum of the archive of version 9.9.9";
    assert!(out.stdout.contains(missing), "{}", out.stdout);
}

#[test]
fn expressions_of_the_action_stand_in_environments_only() {
    let action = fs::read_to_string(crate::harness::repository().join("action.yml"));
    let action = action.expect("it is there").replace("\r\n", "\n");
    let steps = action.split("  steps:\n").nth(1).expect("it has steps");
    for line in steps.lines().filter(|line| line.contains("${{")) {
        let (name, value) = line.trim().split_once(": ").expect("a variable");
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
        );
        assert!(
            value.starts_with("${{ ") && value.ends_with(" }}"),
            "{line}"
        );
    }
    // Everything that the scripts read is passed on.
    for name in action
        .split("\n  ")
        .filter_map(|line| line.strip_suffix(":"))
    {
        let is_input = action.contains(&format!("inputs.{name} "));
        let is_output = action.contains(&format!("outputs.{name} "));
        let is_name = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit());
        assert!(
            !is_name || is_input || is_output || name == "steps",
            "{name}"
        );
    }
}

/// The gates hold, but the step does not succeed.
#[cfg(unix)]
#[test]
fn due_job_that_cannot_be_measured_is_named_everywhere() {
    let mut sandbox = counting();
    sandbox.append(
        "campaign.toml",
        "[collect.broken]\ncommand = [\"false\"]\nmetrics = { \"broken.v\" = { unit = \"count\", better = \"lower\" } }\n\
         [schedule]\nbroken = \"every 1h\"\n",
    );
    let summary = sandbox.base().join("summary.md");
    fs::write(&summary, "").expect("a fresh directory can be written");
    sandbox.set("GITHUB_STEP_SUMMARY", &summary);
    sandbox.set("GITHUB_ACTIONS", "true");
    let out = sandbox.campaign(&["ci"]);
    assert_eq!(out.code, 4, "{}{}", out.stdout, out.stderr);
    let reason = "a due job could not be measured: broken: it exited with 1";
    let annotation = format!("::error title=not measured::{reason}\n");
    assert!(out.stdout.contains(&annotation), "{}", out.stdout);
    assert!(!out.stdout.contains("PASS"), "{}", out.stdout);
    assert!(out.stdout.contains("(exit 4)"), "{}", out.stdout);
    // A failure stays one when the job of CI is started again.
    let again = sandbox.campaign(&["ci"]);
    assert_eq!(again.code, 4, "{}{}", again.stdout, again.stderr);
    let due = sandbox.campaign(&["run", "--due"]);
    assert!(
        due.stderr.contains("Skipped broken (every 1h)"),
        "{}",
        due.stderr
    );
    let summary = fs::read_to_string(summary).expect("it was written");
    assert!(summary.contains(reason), "{summary}");
    assert!(!summary.contains("PASS"), "{summary}");
    let names = "1 due job could not be measured: broken";
    assert!(summary.contains(names), "{summary}");
    for format in ["json", "junit", "sarif"] {
        let job = "[schedule]\nbroken = \"every 1h\"";
        sandbox.replace("campaign.toml", job, &format!("{job} "));
        fs::remove_dir_all(sandbox.path(".campaign/runs")).expect("there are runs");
        let out = sandbox.campaign(&["ci", "--quiet", "--format", format]);
        assert_eq!(out.code, 4, "{format}: {}{}", out.stdout, out.stderr);
        assert!(out.stderr.contains(reason), "{format}: {}", out.stderr);
        let failed = [
            "no-verdict",
            "errors=\"1\"",
            "\"executionSuccessful\": false",
        ];
        assert!(
            failed.iter().any(|word| out.stdout.contains(word)),
            "{format}: {}",
            out.stdout
        );
    }
}

#[cfg(unix)]
#[test]
fn tree_that_a_due_job_changes_is_not_judged() {
    const WRITES: &str = "echo 'pub fn f() {}' > src/lib.rs";
    const GATE: &str = "sed 's/todo.open\" = \"<= baseline/todo.open\" = \"<= 9/' campaign.toml > new; mv new campaign.toml";
    // The job, the exit code, and what is done before the second attempt with its exit code.
    for (job, code, between, again) in [
        (WRITES, 3, "", 3),
        (
            WRITES,
            3,
            "git -c user.name=a -c user.email=a@example.com commit -qam job",
            3,
        ),
        (WRITES, 3, "git checkout -q .", 3),
        ("echo 'a' > untracked.txt", 3, "", 3),
        ("echo 'a' > inner/file", 3, "", 3),
        (GATE, 3, "", 3),
        (
            "sed '/^.schedule/,$d; s/<= baseline/<= 9/' campaign.toml > new; mv new campaign.toml",
            3,
            "",
            3,
        ),
        (
            "git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m job",
            3,
            "",
            0,
        ),
        (
            "cp src/lib.rs copy; cat copy > src/lib.rs; rm copy",
            0,
            "",
            0,
        ),
        ("touch todo.txt src/lib.rs", 0, "", 0),
        (
            "grep -q f src/lib.rs || echo 'pub fn f() {}' > src/lib.rs",
            3,
            "git checkout -q .; echo 'pub fn f() {}' > src/lib.rs; git -c user.name=a -c user.email=a@example.com commit -qam fix",
            0,
        ),
    ] {
        let row = format!("{job} | {between}");
        let mut sandbox = counting();
        sandbox.append(
            "campaign.toml",
            "[collect.writer]\ncommand = [\"sh\", \"write\"]\nmetrics = { \"writer.v\" = { unit = \"count\", better = \"lower\" } }\n\
             [schedule]\nwriter = \"every 1h\"\n",
        );
        sandbox.write("write", &format!("{job}\necho writer.v 1\n"));
        if job.contains("inner") {
            sandbox.write("inner/file", "");
            sandbox.git(&["init", "-q", "inner"]);
            sandbox.git(&["-C", "inner", "add", "file"]);
            sandbox.git(&["-C", "inner", "commit", "-qm", "a submodule"]);
        }
        sandbox.commit("a job that writes");
        let files = ["summary.md", "output"].map(|name| sandbox.base().join(name));
        for (variable, file) in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"].iter().zip(&files) {
            fs::write(file, "").expect("a fresh directory can be written");
            sandbox.set(variable, file);
        }
        let commit = |sandbox: &mut Sandbox| {
            let commit = sandbox.git(&["rev-parse", "HEAD"]);
            sandbox.set("GITHUB_SHA", commit.trim());
        };
        sandbox.set("CI", "true");
        sandbox.set("GITHUB_ACTIONS", "true");
        sandbox.set("GITHUB_EVENT_NAME", "push");
        commit(&mut sandbox);
        let out = sandbox.campaign(&["ci"]);
        assert_eq!(out.code, code, "{row}: {}{}", out.stdout, out.stderr);
        let [summary, output] = files.map(|file| fs::read_to_string(file).expect("it was there"));
        if code == 3 {
            let problem = match job.starts_with("git") {
                true => "another commit was checked out while due jobs were measured",
                false => {
                    "files changed while due jobs were measured (writer), so that the tree is not that of the commit: "
                }
            };
            assert!(out.stderr.contains(problem), "{row}: {}", out.stderr);
            let annotation = format!("::error title=campaign%3A error::{problem}");
            assert!(out.stdout.starts_with(&annotation), "{row}: {}", out.stdout);
            assert!(summary.starts_with("**NO VERDICT**: "), "{row}: {summary}");
            assert!(summary.contains("(exit 3)"), "{row}: {summary}");
            assert_eq!(value(&output, "verdict"), Some("no-verdict"), "{row}");
            assert_eq!(value(&output, "exit-code"), Some("3"), "{row}");
        }
        let done = sandbox.output("sh", &["-c", between]);
        assert_eq!(done.code, 0, "{row}: {}", done.stderr);
        if between.ends_with("fix") {
            commit(&mut sandbox);
        }
        let out = sandbox.campaign(&["ci"]);
        assert_eq!(out.code, again, "again {row}: {}{}", out.stdout, out.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn interrupted_job_of_the_schedule_leaves_no_verdict() {
    let mut sandbox = counting();
    sandbox.append(
        "campaign.toml",
        "[collect.slow]\ncommand = [\"sh\", \"slow\"]\nmetrics = { \"slow.v\" = { unit = \"count\", better = \"lower\" } }\n\
         [schedule]\nslow = \"every 1h\"\n",
    );
    let at = sandbox.stage().join("at");
    sandbox.write(
        "slow",
        &format!("touch '{}'\nexec tail -f /dev/null\n", at.display()),
    );
    sandbox.commit("a slow job");
    // The gate has a recorded result.
    let out = sandbox.campaign(&["run"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let files = ["summary.md", "output"].map(|name| sandbox.base().join(name));
    for (variable, file) in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"].iter().zip(&files) {
        fs::write(file, "").expect("a fresh directory can be written");
        sandbox.set(variable, file);
    }
    sandbox.set("GITHUB_ACTIONS", "true");
    let running = sandbox.start(&["ci"]);
    sandbox.await_stage("at");
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let out = running.finish();
    assert_eq!(out.code, 130, "{}{}", out.stdout, out.stderr);
    let reason = "a due job could not be measured: slow: interrupted";
    let [summary, output] = files.map(|file| fs::read_to_string(file).expect("it was there"));
    for text in [&out.stdout, &summary] {
        assert!(text.contains(reason), "{text}");
        assert!(text.contains("(exit 130)"), "{text}");
        assert!(!text.contains("PASS"), "{text}");
    }
    assert_eq!(value(&output, "verdict"), Some("no-verdict"), "{output}");
    assert_eq!(value(&output, "exit-code"), Some("130"), "{output}");
}

#[test]
fn workflow_is_written_once_and_at_the_top_of_the_repository() {
    let sandbox = unmeasured();
    sandbox.git_init();
    let out = sandbox.campaign(&["init", "--ci", "github"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let text = sandbox.read(".github/workflows/campaign.yml");
    assert!(text.contains("branches: [\"main\"]"), "{text}");
    assert!(!text.contains("schedule:"), "{text}");
    assert!(text.contains("\n  merge_group:\n"), "{text}");
    for (git, branch) in [
        (&["switch", "-qc", "feature"][..], "main"),
        (&["update-ref", "refs/remotes/origin/main", "main"], "main"),
        (
            &[
                "symbolic-ref",
                "refs/remotes/origin/HEAD",
                "refs/remotes/origin/dev",
            ],
            "dev",
        ),
    ] {
        sandbox.git(git);
        let out = sandbox.campaign(&["init", "--ci", "github", "--dry-run"]);
        let line = format!("branches: [\"{branch}\"]");
        assert!(out.stdout.contains(&line), "{}", out.stdout);
    }
    #[cfg(unix)]
    {
        let outside = sandbox.base().join("outside");
        fs::create_dir(&outside).expect("a fresh name");
        fs::rename(sandbox.path(".github"), sandbox.base().join("github")).expect("it is there");
        std::os::unix::fs::symlink(&outside, sandbox.path(".github")).expect("a fresh name");
        let out = sandbox.campaign(&["init", "--ci", "github"]);
        assert_eq!(out.code, 2, "{}{}", out.stdout, out.stderr);
        let problem = "leads out of the repository";
        assert!(out.stderr.contains(problem), "{}", out.stderr);
        assert_eq!(fs::read_dir(&outside).expect("it is there").count(), 0);
        fs::remove_file(sandbox.path(".github")).expect("it is there");
        fs::rename(sandbox.base().join("github"), sandbox.path(".github")).expect("it is there");
    }
    let again = sandbox.campaign(&["init", "--ci", "github"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(again.stderr.contains("already exists"), "{}", again.stderr);

    sandbox.append(
        "campaign.toml",
        "[schedule]\ntz = \"Europe/Berlin\"\nloc = \"every 2h\"\n",
    );
    let shown = sandbox
        .campaign(&["init", "--ci", "github", "--dry-run"])
        .stdout;
    assert!(
        shown.contains("      timezone: \"Europe/Berlin\"\n"),
        "{shown}"
    );
}
