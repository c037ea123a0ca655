//! Security advisories: a database in a repository of its own, and a lockfile.

use std::fs;

use crate::harness::{Sandbox, judged};

/// A workspace whose lockfile has `small` 1.0.0, and the directory of a database beside it.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    let lock = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\n\
                [[package]]\nname = \"small\"\nversion = \"1.0.0\"\n\
                source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    let manifest =
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
    let campaign = "[collect.audit]\nstale-after = \"99999d\"\n[gates]\n\"audit.vulnerabilities\" = \"= 0\"\n\"audit.unmaintained\" = \"= 0\"\n";
    let files = [
        ("Cargo.toml", manifest),
        ("Cargo.lock", lock),
        ("src/lib.rs", "//! Nothing.\n"),
        ("campaign.toml", campaign),
    ];
    for (name, text) in files {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    sandbox
}

/// Writes an advisory about all versions of a package before 2.0.0.
fn advise(sandbox: &Sandbox, id: &str, package: &str, keys: &str) {
    let directory = sandbox
        .cargo_home()
        .join("advisory-db/crates")
        .join(package);
    fs::create_dir_all(&directory).expect("a directory of its own");
    let text = format!(
        "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\n{keys}\n\
         [versions]\npatched = [\">= 2.0.0\"]\n```\n\n# A\u{1b}[31m title\n"
    );
    fs::write(directory.join(format!("{id}.md")), text).expect("a directory of its own");
}

/// Commits the database, at the fixed time of the sandbox.
fn publish(sandbox: &Sandbox) {
    let database = sandbox.cargo_home().join("advisory-db");
    if !database.join(".git").exists() {
        git(sandbox, &["init", "-q"]);
    }
    git(sandbox, &["add", "-A"]);
    git(sandbox, &["commit", "-q", "-m", "advisories"]);
}

/// Runs git in the database.
fn git(sandbox: &Sandbox, args: &[&str]) {
    let mut command = sandbox.command("git");
    let database = sandbox.cargo_home().join("advisory-db");
    let output = command.current_dir(database).args(args).output();
    let output = output.expect("git runs");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn missing_database_is_named_with_the_command_that_gets_it() {
    let sandbox = workspace();
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let expected = "no advisory database in ";
    assert!(out.stdout.contains(expected), "{}", out.stdout);
    let clone = "help: git clone https://github.com/rustsec/advisory-db ";
    assert!(out.stdout.contains(clone), "{}", out.stdout);
    let doctor = sandbox.campaign(&["doctor"]);
    assert!(
        doctor.stdout.contains(&clone["help: ".len()..]),
        "{}",
        doctor.stdout
    );
    // A database that appears is read.
    advise(&sandbox, "RUSTSEC-2026-0001", "other", "");
    publish(&sandbox);
    let doctor = sandbox.campaign(&["doctor"]);
    assert!(
        doctor.stdout.contains(" advisories     updated "),
        "{}",
        doctor.stdout
    );
    assert_eq!(judged(&sandbox, &[]).0, 0);
}

#[test]
fn files_that_git_does_not_look_for_are_missing() {
    const FILE: &str = "crates/small/RUSTSEC-2026-0001.md";
    for mark in ["--assume-unchanged", "--skip-worktree"] {
        let sandbox = workspace();
        advise(&sandbox, "RUSTSEC-2026-0001", "small", "");
        publish(&sandbox);
        git(&sandbox, &["update-index", mark, FILE]);
        fs::remove_file(sandbox.cargo_home().join("advisory-db").join(FILE)).expect("it is there");
        let (code, gates) = judged(&sandbox, &[]);
        assert_eq!(code, 3, "{mark}: {gates:#?}");
    }
}

#[test]
fn database_is_an_input_and_its_age_counts() {
    let sandbox = workspace();
    advise(&sandbox, "RUSTSEC-2026-0001", "other", "");
    publish(&sandbox);
    assert_eq!(judged(&sandbox, &[]).0, 0);
    assert_eq!(judged(&sandbox, &["--no-run"]).0, 0);

    // An advisory that is not committed may be anything, but it counts.
    advise(
        &sandbox,
        "RUSTSEC-2026-0002",
        "small",
        "informational = \"unmaintained\"",
    );
    let (code, gates) = judged(&sandbox, &["--no-run"]);
    assert_eq!(code, 3, "{gates:#?}");
    assert!(gates[0].contains("advisory-db/crates"), "{gates:#?}");
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!(code, 1, "{gates:#?}");
    let differs = "the advisory database differs from its commit";
    assert!(
        gates[0].starts_with("audit.vulnerabilities no-verdict"),
        "{gates:#?}"
    );
    assert!(gates[0].contains(differs), "{gates:#?}");
    assert!(
        gates[1].starts_with("audit.unmaintained fail"),
        "{gates:#?}"
    );

    publish(&sandbox);
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!((code, gates[0].as_str()), (1, "audit.vulnerabilities pass"));

    // What an old database reports counts, and nothing else does.
    advise(&sandbox, "RUSTSEC-2026-0002", "small", "");
    publish(&sandbox);
    sandbox.replace("campaign.toml", "99999d", "1d");
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!(code, 1, "{gates:#?}");
    assert!(
        gates[0].starts_with("audit.vulnerabilities fail"),
        "{gates:#?}"
    );
    assert!(
        gates[1].starts_with("audit.unmaintained no-verdict"),
        "{gates:#?}"
    );
    assert!(gates[1].contains("days old"), "{gates:#?}");
    sandbox.replace("campaign.toml", "\"1d\"", "\"99999d\"");
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!((code, gates[1].as_str()), (1, "audit.unmaintained pass"));
}

/// As `rsync --times` or `touch --reference` leave it.
#[cfg(unix)]
#[test]
fn advisory_of_the_same_size_and_time_is_noticed() {
    let sandbox = workspace();
    advise(&sandbox, "RUSTSEC-2026-0001", "other", "");
    publish(&sandbox);
    assert_eq!(judged(&sandbox, &[]).0, 0);
    let path = sandbox
        .cargo_home()
        .join("advisory-db/crates/other/RUSTSEC-2026-0001.md");
    let modified = fs::metadata(&path).and_then(|found| found.modified());
    let text = fs::read_to_string(&path).expect("it was written");
    fs::write(
        &path,
        text.replace("package = \"other\"", "package = \"small\""),
    )
    .expect("it was written");
    let file = fs::File::options().write(true).open(&path);
    file.and_then(|file| file.set_modified(modified?))
        .expect("it was written");
    let (code, gates) = judged(&sandbox, &["--no-run"]);
    assert_eq!(code, 3, "{gates:#?}");
    assert!(gates[0].contains("advisory-db/crates"), "{gates:#?}");
}

#[test]
fn hostile_title_reaches_no_terminal() {
    let sandbox = workspace();
    advise(&sandbox, "RUSTSEC-2026-0002", "small", "");
    publish(&sandbox);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stdout.contains("RUSTSEC-2026-0002, small 1.0.0"),
        "{}",
        out.stdout
    );
    assert!(!out.stdout.contains('\u{1b}'), "{}", out.stdout);
    assert!(!out.stderr.contains("\u{1b}[31m"), "{}", out.stderr);
}
