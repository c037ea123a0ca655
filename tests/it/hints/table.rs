//! Every command that a message of the program names, as a table: the text in the source, a situation in which it is
//! printed, the command as printed, and where running it leads.
//!
//! [`every_hint_of_the_source_is_in_the_table`] fails if a text of the source is missing here.

use std::collections::BTreeSet;

use super::{KINDS, on_path, typed, workspace};
use crate::harness::Sandbox;
use crate::release::{ready, stopped, unreleased};
use crate::tidy::literals;

/// A hint in one situation.
struct Hint {
    /// The text in the source, with its placeholders.
    text: &'static str,
    /// Makes the situation.
    workspace: fn() -> Sandbox,
    /// The command that prints the hint.
    args: &'static str,
    /// The hint as printed; `*` stands for what differs from run to run.
    printed: &'static str,
    /// The exit code of the command that the hint names, and part of what it prints.
    leads_to: (i32, &'static str),
}

const fn hint(
    text: &'static str,
    workspace: fn() -> Sandbox,
    args: &'static str,
    printed: &'static str,
    leads_to: (i32, &'static str),
) -> Hint {
    Hint {
        text,
        workspace,
        args,
        printed,
        leads_to,
    }
}

const PIN: &str = "cargo campaign baseline";
const NO_BASELINE: fn() -> Sandbox = || workspace("\"fmt.files\" = \"<= baseline\"");
const INIT: &str = "cargo campaign init (writes gates that fit this workspace)";
const DRAFT: &str = "cargo campaign changelog draft (creates one)";
const RESUME: &str = "cargo campaign release --resume (or --abort)";

/// A workspace of which the last run reused the results of its tests.
fn reused() -> Sandbox {
    let sandbox = workspace(
        "\"test.failed\" = \"= 0\"\n[collect]\ndefault = [\"test\"]\n[collect.test]\nreuse = true",
    );
    // The first run writes the lockfile, so that nothing counts that depends on it.
    for _ in 0..3 {
        let out = sandbox.campaign(&["run", "test"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
    }
    sandbox
}

/// In the order of the source's directories.
const HINTS: &[Hint] = &[
    hint(
        "cargo campaign alert list",
        NO_BASELINE,
        "alert ack nosuch --reason x",
        "cargo campaign alert list",
        (0, "no alerts are configured"),
    ),
    hint(
        "cargo campaign get (lists all keys)",
        workstreams,
        "get nosuch",
        "cargo campaign get (lists all keys)",
        (0, "workstream.1.status"),
    ),
    hint(
        "cargo campaign run objectives",
        objectives,
        "workstream show 1",
        "cargo campaign run objectives",
        (0, "Checked objectives.1.1"),
    ),
    hint(
        "cargo campaign attest {id} --value NUMBER --statement TEXT --evidence REF",
        budget,
        "gate attested.budget",
        "cargo campaign attest budget --value NUMBER --statement TEXT --evidence REF",
        (2, "invalid number `NUMBER` in `--value`"),
    ),
    hint(
        "cargo campaign workstream list",
        workstreams,
        "workstream show nosuch",
        "cargo campaign workstream list",
        (0, "in progress"),
    ),
    hint(
        "cargo campaign workstream show {id}",
        workstreams,
        "workstream unblock 1",
        "cargo campaign workstream show 1",
        (0, "0 of 1 met"),
    ),
    hint(
        "cargo campaign workstream start {id} --anyway REASON",
        workstreams,
        "workstream start 2",
        "cargo campaign workstream start 2 --anyway REASON",
        (0, "2 started by"),
    ),
    hint(
        "cargo campaign workstream start {}",
        workstreams,
        "workstream list",
        "cargo campaign workstream start 3",
        (0, "3 started by"),
    ),
    hint(
        "cargo campaign workstream unblock {}",
        blocked,
        "report handoff",
        "cargo campaign workstream unblock 1",
        (0, "1 unblocked by"),
    ),
    hint(
        "cargo campaign explain NAME",
        workstreams,
        "report handoff",
        "cargo campaign explain NAME",
        (2, "unknown gate or metric `NAME`"),
    ),
    hint(
        "cargo campaign attest list",
        attested,
        "report handoff",
        "cargo campaign attest list",
        (0, "review"),
    ),
    hint(
        "cargo campaign document",
        undocumented,
        "document --check",
        "cargo campaign document",
        (0, "Wrote STATE.md"),
    ),
    hint(
        "cargo campaign init (writes gates that fit this workspace)",
        no_gates,
        "gate nosuch",
        INIT,
        (0, "Wrote campaign.toml"),
    ),
    hint(
        "cargo campaign init (writes gates that fit this workspace)",
        no_gates,
        "gate",
        INIT,
        (0, "Wrote campaign.toml"),
    ),
    hint(
        "cargo campaign init",
        no_gates,
        "status",
        "cargo campaign init",
        (0, "Wrote campaign.toml"),
    ),
    hint(
        "cargo campaign init --dry-run (prints what would be written)",
        NO_BASELINE,
        "init",
        "cargo campaign init --dry-run (prints what would be written)",
        (0, "[gates]"),
    ),
    hint(
        "  help: cargo campaign baseline",
        NO_BASELINE,
        "history",
        PIN,
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign baseline",
        NO_BASELINE,
        "status",
        PIN,
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign {name}",
        NO_BASELINE,
        "diff baseline now",
        PIN,
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign baseline",
        no_gates,
        "init",
        PIN,
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign baseline --only {collector} (pins what it is computed from)",
        pinned,
        "baseline --only check.new",
        "cargo campaign baseline --only check (pins what it is computed from)",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign baseline{} --only {collector}{}",
        other_settings,
        "baseline --only fmt.files",
        "cargo campaign baseline --only fmt",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign baseline --only {metric}",
        new_metric,
        "gate",
        "cargo campaign baseline --only loc.files",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign baseline{options} (pins all values)",
        other_features,
        "baseline --only loc",
        "cargo campaign baseline (pins all values)",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign baseline --from {} --accept \\\"the reason\\\" (pins it as it is)",
        fmt_run,
        "baseline --from latest",
        "cargo campaign baseline --from * --accept \"the reason\" (pins it as it is)",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign {command}",
        reused,
        "baseline --from latest",
        "cargo campaign baseline",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign {command}{from} --accept \\\"the reason\\\" (pins it as it is)",
        || with_file("src/lib.rs", "fn broken( {\n"),
        "baseline",
        "cargo campaign baseline --from * --accept \"the reason\" (pins it as it is)",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign {command}{from} --accept \\\"the reason\\\"",
        worse,
        "baseline",
        "cargo campaign baseline --from * --accept \"the reason\"",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign {command} --accept \\\"the reason\\\"",
        edited_pin,
        "gate",
        "git checkout HEAD -- * (or cargo campaign baseline --accept \"the reason\")",
        (0, ""),
    ),
    hint(
        "cargo campaign {name} --accept \\\"the reason\\\"",
        edited_pin,
        "doctor",
        "cargo campaign baseline --accept \"the reason\"",
        (0, "Pinned baseline"),
    ),
    hint(
        "cargo campaign {name} --from latest --accept \\\"the reason\\\"",
        pin_of_another_format,
        "gate",
        "cargo campaign baseline --from latest --accept \"the reason\"",
        (0, "Pinned baseline"),
    ),
    hint(
        "{restore} (then cargo campaign baseline --ratchet)",
        conflicted_pin,
        "gate",
        "git checkout HEAD -- * (then cargo campaign baseline --ratchet)",
        (0, ""),
    ),
    hint(
        "git checkout {revision} -- {path}",
        edited_pin,
        "status",
        "git checkout HEAD -- * (or cargo campaign baseline --accept \"the reason\")",
        (0, ""),
    ),
    hint(
        "cargo campaign diff",
        worse_tests,
        "gate",
        "cargo campaign diff",
        (0, "two_is_two"),
    ),
    hint(
        "cargo campaign diff (shows what it counts)",
        pinned,
        "explain check.new",
        "cargo campaign diff (shows what it counts)",
        (0, "same"),
    ),
    hint(
        "cargo campaign explain {id}",
        lines,
        "gate",
        "cargo campaign explain loc.files",
        (0, "to pass"),
    ),
    hint(
        "cargo campaign explain test.failed",
        failing,
        "baseline",
        "cargo campaign explain test.failed",
        (0, "two_is_two"),
    ),
    hint(
        "cargo campaign gate --workspace",
        two_packages,
        "gate -p demo",
        "cargo campaign gate --workspace",
        (0, "PASS"),
    ),
    hint(
        "cargo campaign gate {flags}",
        configured_features,
        "gate",
        "cargo campaign gate -F ''",
        (0, "PASS"),
    ),
    hint(
        "cargo campaign gate",
        pinned,
        "status",
        "cargo campaign gate",
        (0, "PASS"),
    ),
    hint(
        "cargo campaign final",
        goal,
        "status",
        "cargo campaign final",
        (0, "READY"),
    ),
    hint(
        "cargo campaign history",
        pinned,
        "diff 1999-01-01",
        "cargo campaign history",
        (0, "pinned"),
    ),
    hint(
        "cargo campaign report --format json (lists the metrics)",
        pinned,
        "history -m nosuch",
        "cargo campaign report --format json (lists the metrics)",
        (0, "\"fmt.files\""),
    ),
    hint(
        "cargo campaign report --format json (lists the metrics)",
        pinned,
        "baseline --only nosuch",
        "cargo campaign report --format json (lists the metrics)",
        (0, "\"fmt.files\""),
    ),
    hint(
        "cargo campaign run",
        NO_BASELINE,
        "diff latest now",
        "cargo campaign run",
        (0, "Recorded"),
    ),
    hint(
        "cargo campaign run {}",
        NO_BASELINE,
        "explain loc.files",
        "cargo campaign run loc",
        (0, "Counted"),
    ),
    hint(
        "cargo campaign status",
        attested,
        "gate --release 1.5.0",
        "cargo campaign status",
        (0, "files"),
    ),
    hint(
        "cargo campaign status (lists the gates)",
        pinned,
        "explain zzz",
        "cargo campaign status (lists the gates)",
        (0, "unformatted files"),
    ),
    hint(
        "cargo campaign status (lists the gates; a collector, metric, pattern or group selects some)",
        pinned,
        "gate nosuch",
        "cargo campaign status (lists the gates; *)",
        (0, "unformatted files"),
    ),
    hint(
        "cargo campaign doctor",
        broken_rustc,
        "gate",
        "cargo campaign doctor",
        (4, "toolchain"),
    ),
    hint(
        "rustup toolchain install",
        missing_toolchain,
        "doctor",
        "rustup toolchain install",
        (0, "toolchain install"),
    ),
    hint(
        "git switch --detach {short} && cargo campaign run",
        unmeasured_commit,
        "diff HEAD~1 now",
        "git switch --detach * && cargo campaign run",
        (0, "Recorded"),
    ),
    hint(
        "git checkout - (returns to where you were)",
        detached,
        "diff HEAD now",
        "git checkout - (returns to where you were)",
        (0, "Switched to branch"),
    ),
    hint(
        "cargo campaign init --ci github --dry-run (prints what would be written)",
        || {
            let sandbox = workspace("\"fmt.files\" = \"= 0\"");
            sandbox.write(".github/workflows/campaign.yml", "");
            sandbox
        },
        "init --ci github",
        "cargo campaign init --ci github --dry-run (prints what would be written)",
        (0, "name: campaign"),
    ),
    hint(
        "git fetch (if it is not here yet)",
        with_remote,
        "gate --base origin/other",
        "git fetch (if it is not here yet)",
        (0, ""),
    ),
    hint(
        "git grep -nwE {pattern} -- '*.rs'",
        lines_of_unsafe,
        "explain unsafe.blocks",
        "git grep -nwE unsafe -- '*.rs'",
        (0, "src/lib.rs:5:pub unsafe fn two"),
    ),
    hint(
        "git grep -nwE {pattern} -- '*.rs'",
        lines_of_unsafe,
        "explain todo.open",
        "git grep -nwE 'TODO|FIXME|XXX|HACK|todo *!' -- '*.rs'",
        (
            0,
            "src/lib.rs:1:// TODO\nsrc/lib.rs:2:// FIXME XXX\nsrc/lib.rs:3:// HACK\nsrc/lib.rs:4:pub fn one() { todo!(\"x\") }\n",
        ),
    ),
    hint(
        "git rm -r --cached .campaign/index (keeps the files; then commit)",
        tracked_alerts,
        "alert list",
        "git rm -r --cached .campaign/index (keeps the files; then commit)",
        (0, "rm '.campaign/index/alerts'"),
    ),
    hint(
        "git rm -r --cached .campaign/journal (if it is yours: keeps the files)",
        tracked_journal,
        "bump patch",
        "git rm -r --cached .campaign/journal (if it is yours: keeps the files)",
        (0, "rm '.campaign/journal"),
    ),
    hint(
        "git rm -r .campaign/journal (if somebody else committed it)",
        tracked_journal,
        "bump patch",
        "git rm -r .campaign/journal (if somebody else committed it)",
        (0, "rm '.campaign/journal"),
    ),
    hint(
        "env {} cargo campaign gate",
        changed_flags,
        "gate",
        "env -u RUSTFLAGS cargo campaign gate",
        (0, "PASS"),
    ),
    hint(
        "cargo campaign bump {major}.{minor}.{patch}-{kind}.1",
        pinned,
        "bump 1.0.0 --pre rc",
        "cargo campaign bump 1.0.0-rc.1",
        (0, "1.0.0-rc.1"),
    ),
    hint(
        "cargo update --workspace (then commit Cargo.lock)",
        outdated_lock,
        "bump minor",
        "cargo update --workspace (then commit Cargo.lock)",
        (0, ""),
    ),
    hint(
        "cargo campaign changelog draft (creates one)",
        pinned,
        "changelog lint",
        DRAFT,
        (0, "heading `## [Unreleased]`"),
    ),
    hint(
        "cargo campaign changelog draft (creates one)",
        pinned,
        "changelog release 1.0.0",
        DRAFT,
        (0, "heading `## [Unreleased]`"),
    ),
    hint(
        "cargo campaign changelog release {version}",
        unreleased,
        "changelog notes 1.5.0",
        "cargo campaign changelog release 1.5.0",
        (0, "Released 1.5.0"),
    ),
    hint(
        "cargo campaign changelog release {}",
        unreleased,
        "gate --release 1.5.0",
        "cargo campaign changelog release 1.5.0",
        (0, "Released 1.5.0"),
    ),
    hint(
        "cargo campaign changelog lint",
        bad_changelog,
        "gate --release 1.5.0",
        "cargo campaign changelog lint",
        (1, "CHANGELOG.md:"),
    ),
    hint(
        "git fetch --tags (if this clone has no tags)",
        untagged,
        "changelog draft",
        "git fetch --tags (if this clone has no tags)",
        (0, "v1.4.0"),
    ),
    hint(
        "cargo campaign changelog {fix}",
        pinned,
        "run changelog",
        "cargo campaign changelog draft",
        (0, "heading `## [Unreleased]`"),
    ),
    hint(
        "git fetch --tags (or tag the commit of the last release)",
        untagged,
        "gate --release 1.5.0",
        "git fetch --tags (or tag the commit of the last release)",
        (0, "v1.4.0"),
    ),
    hint(
        "cargo campaign bump {wanted}",
        unreleased,
        "gate --release 1.5.0",
        "cargo campaign bump 1.5.0",
        (0, "Bumped 1.4.0"),
    ),
    hint(
        "cargo campaign bump {}",
        old_requirement,
        "gate --release 1.5.0",
        "cargo campaign bump 1.5.0",
        (0, "Bumped requirements"),
    ),
    hint(
        "cargo update --workspace --offline",
        old_lock,
        "gate --release 1.5.0",
        "cargo update --workspace --offline",
        (0, ""),
    ),
    hint(
        "cargo campaign release {version}",
        ready,
        "gate --release 1.4.0",
        "cargo campaign release 1.5.0",
        (0, "Nothing written"),
    ),
    hint(
        "cargo campaign release {version} ({why})",
        ready,
        "release",
        "cargo campaign release 1.5.0 (*)",
        (0, "Nothing written"),
    ),
    hint(
        "cargo campaign release",
        ready,
        "release --resume",
        "cargo campaign release",
        (2, "help: cargo campaign release 1.5.0"),
    ),
    hint(
        "cargo campaign gate --release {version}",
        ready,
        "explain release.lock",
        "cargo campaign gate --release 1.5.0",
        (0, "READY for 1.5.0"),
    ),
    hint(
        "git status -uall --ignore-submodules=none",
        dirty,
        "gate --release 1.5.0",
        "git status -uall --ignore-submodules=none",
        (0, "core/src/lib.rs"),
    ),
    hint(
        "git update-index --no-{mark} -- {}",
        hidden,
        "gate --release 1.5.0",
        "git update-index --no-skip-worktree -- core/src/lib.rs",
        (0, ""),
    ),
    hint(
        "git switch {}",
        other_branch,
        "gate --release 1.5.0",
        "git switch main",
        (0, "main"),
    ),
    hint(
        "git fetch {} {branch}",
        without_branch,
        "gate --release 1.5.0",
        "git fetch origin main:refs/remotes/origin/main",
        (0, "origin/main"),
    ),
    hint(
        "git pull --ff-only",
        behind,
        "gate --release 1.5.0",
        "git pull --ff-only",
        (0, "Fast-forward"),
    ),
    hint(
        "git fetch (if it was deleted: git branch --unset-upstream)",
        without_upstream,
        "gate --release 1.5.0",
        "git fetch (if it was deleted: git branch --unset-upstream)",
        (0, "origin/main"),
    ),
    hint(
        "git show {}",
        taken,
        "gate --release 1.5.0",
        "git show v1.5.0",
        (0, "commit "),
    ),
    hint(
        "git push --atomic -- {} {}",
        with_release_remote,
        "release 1.5.0 --execute",
        "git push --atomic -- origin refs/heads/main refs/tags/v1.5.0",
        (0, "v1.5.0"),
    ),
    hint(
        "cargo campaign release --resume (or --abort)",
        interrupted,
        "status",
        RESUME,
        (0, "Released 1.5.0"),
    ),
];

/// Texts with a command that no test runs, and why.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "cargo campaign run --fresh test",
        "needs suites that were reused",
    ),
    (
        "git pull --rebase (or git pull --no-rebase, which merges)",
        "needs a remote that has diverged",
    ),
    (
        "cargo campaign status",
        "the last line of a gate: where to read on",
    ),
    (
        "cargo campaign experiment NAME",
        "the last line of the list of names",
    ),
    (
        "cargo campaign experiment {nearest}",
        "it builds for minutes",
    ),
    (
        "# In .gitlab-ci.yml: a job with `cargo campaign gate` (exit code 1: a gate fails, 3: no verdict).\\n",
        "configuration",
    ),
    (
        "# In a GitHub workflow: a step `cargo campaign gate` (exit code 1: a gate fails, 3: no verdict).\\n",
        "configuration",
    ),
    (
        "# What this workspace promises. Measure with `cargo campaign baseline`, judge with `cargo campaign gate`.\\n",
        "configuration",
    ),
    ("rustup component add clippy", "installs a component"),
    ("rustup component add llvm-tools", "installs a component"),
    ("rustup component add rustfmt", "installs a component"),
    ("cargo install cargo-nextest --locked", "installs a tool"),
    ("cargo install cargo-mutants --locked", "installs a tool"),
    ("cargo install sccache --locked", "installs a tool"),
    (
        "cargo install cargo-semver-checks --locked",
        "installs a tool",
    ),
    (
        "rustup run {version} cargo campaign gate (or pin this toolchain: {PIN})",
        "needs a second toolchain",
    ),
    (
        "git config --global --add safe.directory {directory} (if you trust its owner)",
        "needs files of another user",
    ),
    (
        "or list the changes in the changelog by their kind, or `cargo install cargo-semver-checks` for a library, or waive `release.level`",
        "a part of a hint; `judge::readiness::tests` has it",
    ),
    ("git fetch", "needs a commit that the remote alone has"),
    (
        "git checkout {job_commit}",
        "needs a job of CI; what follows is in `ci.rs`",
    ),
    (
        "git fetch --unshallow (in GitHub Actions, `fetch-depth: 0` of actions/checkout; in GitLab, `GIT_DEPTH: 0`)",
        "needs a shallow clone: see `ci`",
    ),
    (
        "git fetch --refetch --filter=blob:none (in GitHub Actions, `filter: blob:none` of actions/checkout)",
        "needs a clone without trees: `release::tree` has one",
    ),
    (
        "git fetch --refetch --no-filter (in GitHub Actions, no `filter` of actions/checkout)",
        "needs a partial clone: `ci` has one",
    ),
    (
        "git fetch --unshallow",
        "needs a shallow clone: `git::tests` has one",
    ),
    (
        "git fetch REMOTE {branch} (with a remote that has it; `git remote add` adds one)",
        "leaves a choice: `judge::readiness::tests` has it",
    ),
    (
        "git fetch --unshallow --tags --force",
        "needs a shallow clone: `git::log::tests` has one",
    ),
    ("git rm -r .campaign/runs", "a warning, in `store::tests`"),
    (
        "git checkout HEAD -- Cargo.lock (or commit the deletion and add it to .gitignore)",
        "leaves a choice: `release::lockfile` has it",
    ),
    (
        "cargo campaign baseline (after setting {setting} = {repeats} in [collect.{collector}])",
        "names an edit of the configuration first",
    ),
    (
        "cargo campaign release --resume",
        "needs a release that was pushed: `release` has one",
    ),
    (
        "cargo campaign release --resume (or --abort), once that is fixed",
        "names what has to be fixed first: `release` has it",
    ),
    (
        "cargo campaign release --resume (or --abort), once it has only the planned changes",
        "names what has to be amended first: `release` has it",
    ),
    (
        "git fetch origin, including `{}` (in GitHub Actions, `fetch-depth: 0` of actions/checkout)",
        "needs a remote: `ci` has it",
    ),
    (
        r#"cargo campaign changelog draft (or set `changelogs = \"none\"` in [release])"#,
        "leaves a choice: `release` has it",
    ),
    (
        "cargo campaign release --abort",
        "takes the release back: `release` runs it",
    ),
    (
        "cargo campaign release --abort (to release with these changes, then commit them and release again)",
        "needs a release in progress and an edit: `release` has it",
    ),
    (
        "cargo campaign release --resume (to release without them, after undoing them)",
        "needs the edit to be undone first: `release` has it",
    ),
    (
        "cargo campaign release --abort (keeps that commit), then release again",
        "needs a commit by hand during a release: `release` has it",
    ),
    (
        "cargo campaign release --abort (if it needs changes to files: then commit them and release again)",
        "needs a hook that fails: `release` has it",
    ),
    (
        "cargo campaign release --abort (to release a greater version)",
        "needs a tag that is made during a release: `release` has it",
    ),
    (
        "cargo campaign release --abort (leaves files with other changes as they are)",
        "needs a planned file that was changed: `release` has it",
    ),
    (
        "git tag -d {tag} (if it may be deleted; a hook may have made it)",
        "needs a hook that makes a tag: `release` has it",
    ),
    (
        "git reset --soft {base} && cargo campaign release --resume (or --abort)",
        "needs a commit by hand during a release: `release` has it",
    ),
    (
        "git reset --soft {commit} && cargo campaign release --abort (keeps the changes of later commits staged)",
        "needs a commit by hand during a release: `release` has it",
    ),
    (
        "{} {differ} from HEAD, and git status does not list {them}",
        "not a hint",
    ),
    (
        "git config user.name NAME && git config user.email ADDRESS",
        "has words to fill in: `release` has it",
    ),
    (
        "{write}, or have commits suggest it: cargo campaign changelog draft",
        "begins with something to write: `release` has it",
    ),
    ("cargo package", "the title of a check"),
    ("cargo test", "the name of a command"),
    ("could not make cargo build again: {error}", "not a hint"),
    ("cargo check --tests --examples", "the name of a command"),
    ("`cargo package --list` failed: {cause}", "not a hint"),
    ("cargo fmt exited with {code}{listed}{}", "not a hint"),
    ("(as `cargo campaign changelog lint`)", "part of a plan"),
    (
        "cargo campaign explain",
        "a comparison with the start of a hint",
    ),
    ("cargo campaign {}", "what the holder of the lock is doing"),
    ("a newer cargo campaign wrote it (format {})", "not a hint"),
    ("another cargo campaign is at work here", "not a hint"),
    (
        "another cargo campaign is at work here: {holder}",
        "not a hint",
    ),
    (
        "error: cargo campaign could not run what cargo asked for: {text}",
        "not a hint",
    ),
];

#[test]
fn every_hint_of_the_source_is_in_the_table() {
    let known: BTreeSet<&str> = HINTS
        .iter()
        .map(|hint| hint.text)
        .chain(NOT_RUN.iter().map(|(text, _)| *text))
        .collect();
    let found: BTreeSet<String> = literals()
        .into_iter()
        .filter(|text| names_a_command(text))
        .collect();
    let missing: Vec<&String> = found
        .iter()
        .filter(|text| !known.contains(text.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in the table: {missing:#?}");
    let gone: Vec<&&str> = known
        .iter()
        .filter(|text| !found.contains(**text))
        .collect();
    assert!(gone.is_empty(), "not in the source any more: {gone:#?}");
}

/// Whether a text tells a person to run something.
fn names_a_command(text: &str) -> bool {
    // `--help`, and the template of the configuration.
    if text.starts_with("Start with `init`") || text.starts_with("\\n# Times vary") {
        return false;
    }
    const PROGRAMS: [(&str, &[&str]); 3] = [
        (
            "cargo ",
            &[
                "campaign", "check", "test", "fmt", "clippy", "update", "install", "package",
                "build",
            ],
        ),
        ("rustup ", &["component", "toolchain", "run"]),
        (
            "git ",
            &[
                "fetch",
                "checkout",
                "switch",
                "status",
                "tag",
                "show",
                "push",
                "pull",
                "rm",
                "config",
                "update-index",
                "grep",
            ],
        ),
    ];
    let follows = |rest: &str, word: &str| {
        rest.strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-'))
    };
    // Without a word behind it `cargo campaign` is the program's name.
    let is_command = |rest: &str| {
        !rest.starts_with("campaign")
            || rest
                .strip_prefix("campaign ")
                .is_some_and(|rest| !rest.is_empty())
    };
    PROGRAMS.iter().any(|(program, words)| {
        text.split(program)
            .skip(1)
            .any(|rest| words.iter().any(|word| follows(rest, word)) && is_command(rest))
    })
}

#[test]
fn hints_lead_to_what_they_say() {
    let (sender, wrong) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for part in HINTS.chunks(HINTS.len().div_ceil(4)) {
            let sender = sender.clone();
            scope.spawn(move || {
                part.iter()
                    .filter_map(|hint| hint.check().err())
                    .try_for_each(|why| sender.send(why))
            });
        }
    });
    drop(sender);
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

impl Hint {
    fn check(&self) -> Result<(), String> {
        let sandbox = (self.workspace)();
        on_path(&sandbox);
        let args: Vec<&str> = self.args.split_whitespace().collect();
        let out = sandbox.campaign(&args);
        let screen = format!("{}{}", out.stdout, out.stderr);
        let wrong = |why: String| Err(format!("`{}` by `{}`: {why}", self.printed, self.args));
        let Some(command) = screen.lines().find_map(|line| self.command(line)) else {
            return wrong(format!("not printed:\n{screen}"));
        };
        let (code, printed) = typed(&sandbox, &command);
        if code != self.leads_to.0 || !printed.contains(self.leads_to.1) {
            return wrong(format!(
                "`{command}` exits with {code} and prints:\n{printed}"
            ));
        }
        Ok(())
    }

    /// The command that a line of the screen names, if it is this hint: the text up to the remark in parentheses.
    fn command(&self, line: &str) -> Option<String> {
        let kind = KINDS.iter().find_map(|kind| line.trim().strip_prefix(kind));
        // An item of a list has its command at its end.
        let item = line.rsplit_once(": ").map(|(_, command)| command);
        let line = kind.or(item)?.trim_start();
        let (start, end) = self.printed.split_once('*').unwrap_or((self.printed, ""));
        let is_it = if self.printed.contains('*') {
            line.ends_with(end) && line.starts_with(start)
        } else {
            line == start
        };
        is_it.then(|| line.split(" (").next().unwrap_or(line).to_owned())
    }
}

const QUICK: &str = "\"fmt.files\" = \"<= baseline\"\n[collect]\ndefault = [\"fmt\", \"loc\"]";

/// Runs a command that has to succeed.
fn run(sandbox: &Sandbox, args: &str) {
    let out = sandbox.campaign(&args.split_whitespace().collect::<Vec<_>>());
    assert_eq!(out.code, 0, "{args}: {}{}", out.stdout, out.stderr);
}

fn pinned() -> Sandbox {
    let sandbox = workspace(QUICK);
    run(&sandbox, "baseline");
    sandbox
}

fn no_gates() -> Sandbox {
    let sandbox = workspace(QUICK);
    std::fs::remove_file(sandbox.path("campaign.toml")).expect("it was written");
    sandbox
}

fn with_file(path: &str, text: &str) -> Sandbox {
    let sandbox = workspace(
        "\"check.errors\" = \"= 0\"\n\"fmt.files\" = \"= 0\"\n[collect]\ndefault = [\"check\", \"fmt\"]",
    );
    sandbox.write(path, text);
    sandbox
}

fn other_settings() -> Sandbox {
    let sandbox = pinned();
    sandbox.replace(
        "campaign.toml",
        "[collect]",
        "[collect.fmt]\nargs = [\"--all\"]\n[collect]",
    );
    sandbox
}

fn new_metric() -> Sandbox {
    let sandbox = workspace("\"fmt.files\" = \"<= baseline\"\n[collect]\ndefault = [\"fmt\"]");
    run(&sandbox, "baseline");
    sandbox.replace(
        "campaign.toml",
        "[gates]",
        "[gates]\n\"loc.files\" = \"<= baseline\"",
    );
    sandbox
}

fn other_features() -> Sandbox {
    let sandbox = pinned();
    sandbox.replace(
        "campaign.toml",
        "[collect]",
        "[collect]\nall-features = true",
    );
    sandbox
}

fn fmt_run() -> Sandbox {
    let sandbox = workspace(QUICK);
    run(&sandbox, "run loc");
    sandbox
}

fn worse() -> Sandbox {
    let sandbox = pinned();
    sandbox.write("src/lib.rs", "pub fn  two() -> u32 { 2 }\n");
    sandbox
}

fn edited_pin() -> Sandbox {
    let sandbox = pinned();
    sandbox.commit("baseline");
    sandbox.replace(
        ".campaign/baseline.json",
        "\"dirty\": false",
        "\"dirty\": true",
    );
    sandbox
}

fn conflicted_pin() -> Sandbox {
    let sandbox = pinned();
    sandbox.commit("pin");
    let text = sandbox.read(".campaign/baseline.json");
    sandbox.write(".campaign/baseline.json", &format!("<<<<<<< ours\n{text}"));
    sandbox
}

fn pin_of_another_format() -> Sandbox {
    let sandbox = pinned();
    let text = sandbox.read(".campaign/baseline.json");
    sandbox.write(
        ".campaign/baseline.json",
        &text.replace("\"format\": 1", "\"format\": 3"),
    );
    sandbox
}

fn tests_pinned() -> Sandbox {
    let sandbox = workspace(
        "\"test.vanished\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n[collect]\ndefault = [\"test\"]",
    );
    run(&sandbox, "baseline");
    sandbox
}

fn worse_tests() -> Sandbox {
    let sandbox = tests_pinned();
    sandbox.replace("tests/it.rs", "two_is_two", "other");
    sandbox
}

fn failing() -> Sandbox {
    let sandbox = workspace("\"test.failed\" = \"= 0\"\n[collect]\ndefault = [\"test\"]");
    sandbox.replace("tests/it.rs", ", 2)", ", 3)");
    sandbox
}

fn lines() -> Sandbox {
    workspace("\"loc.files\" = \"= 0\"\n[collect]\ndefault = [\"loc\"]")
}

fn two_packages() -> Sandbox {
    let sandbox = workspace(
        "\"check.errors\" = \"= 0\"\n\"check.time\" = \"<= baseline + 900%\"\n[collect]\ndefault = [\"check\"]",
    );
    sandbox.replace(
        "Cargo.toml",
        "[package]",
        "[workspace]\nmembers = [\"other\"]\n[package]",
    );
    sandbox.write(
        "other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\n",
    );
    sandbox.write("other/src/lib.rs", "");
    run(&sandbox, "baseline --workspace");
    sandbox
}

fn configured_features() -> Sandbox {
    let sandbox =
        workspace("\"check.warnings\" = \"<= baseline\"\n[collect]\ndefault = [\"check\"]");
    sandbox.write(
        "Cargo.toml",
        &format!("{}[features]\nextra = []\n", sandbox.read("Cargo.toml")),
    );
    run(&sandbox, "baseline");
    sandbox.replace(
        "campaign.toml",
        "[collect]",
        "[collect]\nfeatures = [\"extra\"]",
    );
    sandbox
}

fn goal() -> Sandbox {
    let sandbox = pinned();
    sandbox.write(
        "campaign.toml",
        &format!(
            "[campaign]\nrelease = \"0.2.0\"\n{}",
            sandbox.read("campaign.toml")
        ),
    );
    sandbox.write("src/lib.rs", "pub fn three() -> u32 {\n    3\n}\n");
    run(&sandbox, "gate");
    sandbox
}

fn attested() -> Sandbox {
    let sandbox = ready();
    sandbox.replace(
        "campaign.toml",
        "branch =",
        "attestations = [\"review\"]\nbranch =",
    );
    sandbox.commit("chore: ask for a review");
    sandbox
}

fn broken_rustc() -> Sandbox {
    let mut sandbox = pinned();
    sandbox.write("src/lib.rs", "");
    sandbox.program("broken-rustc", "exit 1");
    let broken = sandbox.bin().join("broken-rustc");
    sandbox.set("RUSTC", broken);
    sandbox
}

fn missing_toolchain() -> Sandbox {
    let mut sandbox = pinned();
    let advice = "help: run `rustup toolchain install` to install it";
    sandbox.program("rustup", "echo \"$@\"");
    sandbox.program(
        "no-cargo",
        &format!("echo \"error: toolchain '1.2.3' is not installed\n{advice}\" >&2; exit 1"),
    );
    let cargo = sandbox.bin().join("no-cargo");
    sandbox.set("CARGO", cargo);
    sandbox
}

fn unmeasured_commit() -> Sandbox {
    let sandbox = workspace(QUICK);
    sandbox.write("src/lib.rs", "");
    sandbox.commit("another");
    run(&sandbox, "run loc");
    sandbox
}

fn detached() -> Sandbox {
    let sandbox = unmeasured_commit();
    sandbox.git(&["switch", "-q", "--detach", "HEAD~1"]);
    sandbox
}

/// A repository with this one as its remote: `origin`.
fn remote(sandbox: &Sandbox) {
    sandbox.git(&["init", "-q", "--bare", "../remote"]);
    sandbox.git(&["remote", "add", "origin", "../remote"]);
    sandbox.git(&["push", "-q", "--tags", "-u", "origin", "main"]);
}

fn with_remote() -> Sandbox {
    let sandbox = pinned();
    remote(&sandbox);
    sandbox
}

fn lines_of_unsafe() -> Sandbox {
    let sandbox = workspace(QUICK);
    sandbox.write(
        "src/lib.rs",
        "// TODO\n// FIXME XXX\n// HACK\npub fn one() { todo!(\"x\") }\npub unsafe fn two() {}\n",
    );
    sandbox.commit("unsafe");
    run(&sandbox, "run loc");
    sandbox
}

/// The first workstream is in progress, the second needs it, and the third may start.
fn workstreams() -> Sandbox {
    let sandbox = pinned();
    sandbox.append(
        "campaign.toml",
        "[[workstream]]\nid = \"1\"\ndeliverables = [\"gone\"]\n[[workstream]]\nid = \"2\"\nneeds = [\"1\"]\n[[workstream]]\nid = \"3\"\n",
    );
    let out = sandbox.campaign(&["workstream", "start", "1"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    sandbox
}

fn blocked() -> Sandbox {
    let sandbox = workstreams();
    sandbox.campaign(&["workstream", "block", "1", "--reason", "no access"]);
    sandbox
}

/// A document that is not written yet, of values that are measured.
fn undocumented() -> Sandbox {
    let sandbox = pinned();
    let document = "\n[[document]]\npath = \"STATE.md\"\nreport = \"dashboard\"\n";
    sandbox.append("campaign.toml", document);
    sandbox
}

/// A gate on a value that was not stated yet.
fn budget() -> Sandbox {
    let sandbox = pinned();
    sandbox.append(
        "campaign.toml",
        "[attested]\nbudget = { unit = \"EUR\", better = \"lower\" }\n[gates.money]\n\"attested.budget\" = \"< 9\"\n",
    );
    sandbox
}

/// An objective that a command shows, which was not run.
fn objectives() -> Sandbox {
    let sandbox = pinned();
    sandbox.append(
        "campaign.toml",
        "[[workstream]]\nid = \"1\"\nobjectives = [{ text = \"it works\", command = [\"git\", \"--version\"] }]\n",
    );
    sandbox
}

fn tracked_alerts() -> Sandbox {
    let sandbox = pinned();
    sandbox.write(".campaign/index/alerts", "{}");
    sandbox.git(&["add", "-f", ".campaign/index/alerts"]);
    sandbox.commit("the state of alerts");
    sandbox
}

fn tracked_journal() -> Sandbox {
    let sandbox = pinned();
    sandbox.write(".campaign/journal/edit.commit", "");
    sandbox.git(&["add", "-f", ".campaign/journal"]);
    sandbox.commit("a journal");
    sandbox
}

fn changed_flags() -> Sandbox {
    let mut sandbox =
        workspace("\"check.warnings\" = \"<= baseline\"\n[collect]\ndefault = [\"check\"]");
    run(&sandbox, "baseline");
    sandbox.set("RUSTFLAGS", "--cfg extra");
    sandbox
}

fn outdated_lock() -> Sandbox {
    let sandbox = unreleased();
    sandbox.write(
        "Cargo.lock",
        &sandbox.read("Cargo.lock").replace("1.4.0", "1.3.0"),
    );
    sandbox.commit("an old lockfile");
    sandbox
}

fn bad_changelog() -> Sandbox {
    let sandbox = ready();
    sandbox.replace(
        "CHANGELOG.md",
        "### Added\n\n- A pool.",
        "### Added\n\n### Added\n\n- A pool.",
    );
    sandbox.commit("docs: a heading twice");
    sandbox
}

/// A clone without tags.
fn untagged() -> Sandbox {
    let sandbox = ready();
    remote(&sandbox);
    sandbox.git(&["tag", "-d", "v1.4.0"]);
    sandbox
}

fn old_requirement() -> Sandbox {
    let sandbox = ready();
    sandbox.replace(
        "api/Cargo.toml",
        "version = \"1.4\"",
        "version = \"=1.4.0\"",
    );
    sandbox.commit("chore: an exact requirement");
    sandbox
}

fn old_lock() -> Sandbox {
    let sandbox = ready();
    sandbox.write(
        "Cargo.lock",
        &sandbox.read("Cargo.lock").replace("1.5.0", "1.4.0"),
    );
    sandbox.commit("chore: an old lockfile");
    sandbox
}

fn dirty() -> Sandbox {
    let sandbox = ready();
    sandbox.write("core/src/lib.rs", "//! Another pool.\n");
    sandbox
}

fn hidden() -> Sandbox {
    let sandbox = ready();
    sandbox.git(&["update-index", "--skip-worktree", "core/src/lib.rs"]);
    sandbox.write("core/src/lib.rs", "//! Changed.\n");
    sandbox
}

fn other_branch() -> Sandbox {
    let sandbox = ready();
    sandbox.git(&["switch", "-q", "-c", "other"]);
    sandbox
}

fn without_branch() -> Sandbox {
    let sandbox = ready();
    remote(&sandbox);
    sandbox.git(&["checkout", "-q", "--detach"]);
    sandbox.git(&["branch", "-q", "-D", "main"]);
    sandbox.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    sandbox
}

fn behind() -> Sandbox {
    let sandbox = ready();
    sandbox.write("core/src/lib.rs", "//! A better pool.\n");
    sandbox.commit("feat: a better pool");
    remote(&sandbox);
    sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    sandbox
}

fn without_upstream() -> Sandbox {
    let sandbox = ready();
    remote(&sandbox);
    sandbox.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    sandbox
}

fn taken() -> Sandbox {
    let sandbox = ready();
    sandbox.git(&["tag", "v1.5.0", "HEAD~1"]);
    sandbox
}

fn with_release_remote() -> Sandbox {
    let sandbox = unreleased();
    remote(&sandbox);
    sandbox
}

fn interrupted() -> Sandbox {
    stopped("edited")
}
