//! `changelog draft` for all crates against `git-cliff`.
#![expect(
    clippy::disallowed_methods,
    reason = "it makes a repository and asks where another one is"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::cost::{Sides, cost, missing, note, rounds};
use super::workspace::{Side, git, lock, manifest, write};

const COMMITS: usize = 5_000;
const MEMBERS: usize = 24;

/// Every crate has a changelog of its own. Theirs knows one at a time: once over the range for all of them in one, which is
/// less than ours does, and once for each crate with the paths of that crate, which is the same.
const CAMPAIGN: &str = "[campaign]\nname = \"speed\"\n\n[release]\nchangelogs = \"per-crate\"\n";

/// A history made here, or the newest 5 000 commits of a copy of `HISTORY`.
pub(crate) fn changelog(dir: &Path) {
    let side = Side {
        ws: dir.join("ws"),
        target: dir.join("target"),
    };
    match std::env::var_os("HISTORY") {
        Some(path) => copy(Path::new(&path), &side.ws),
        None => generate(&side.ws),
    }
    git(&side.ws, &["config", "gc.auto", "0"]);
    let count = git(&side.ws, &["rev-list", "--count", "v0.1.0..HEAD"]);
    write(&side.ws, "campaign.toml", CAMPAIGN);
    let ours = |_| cost(&mut side.campaign(&["changelog", "draft", "--dry-run", "--quiet"]));
    let (whole, each) = (
        "changelog draft, all crates, one run",
        "changelog draft, all crates, each",
    );
    if side.peer("git-cliff", &["--version"]).output().is_err() {
        missing(whole, ours, "pip install git-cliff");
    } else {
        let out = dir.join("out.md").to_string_lossy().into_owned();
        let run = |more: &[&str]| {
            cost(&mut side.peer(
                "git-cliff",
                &[&["-o", &out], more, &["v0.1.0..HEAD"]].concat(),
            ))
        };
        Sides::in_turns(rounds(5), ours, |_| run(&[])).print(whole, "<= 0.20 CPU");
        let crates = crates(&side.ws);
        let every = |_| {
            crates
                .iter()
                .map(|name| run(&["--include-path", &format!("{name}/**")]))
                .sum()
        };
        Sides::in_turns(rounds(1), ours, every).print(each, "<= 0.20 CPU");
        note(&format!("{} crates", crates.len()));
    }
    note(&format!("{} commits", count.trim()));
}

/// Folders of the packages below the root.
fn crates(ws: &Path) -> Vec<String> {
    let names = git(ws, &["ls-files", "*/Cargo.toml"]);
    names
        .lines()
        .filter_map(|name| name.strip_suffix("/Cargo.toml"))
        .map(str::to_owned)
        .collect()
}

/// A clone of its own with one tag.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    git(
        to,
        &["clone", "-q", "--no-tags", &from.to_string_lossy(), "."],
    );
    let skip = format!("--skip={COMMITS}");
    let base = git(to, &["rev-list", "-n1", &skip, "HEAD"]);
    git(to, &["tag", "v0.1.0", base.trim()]);
}

/// Ten commits, the tag, and 5 000 more, by `git fast-import`.
fn generate(ws: &Path) {
    write(
        ws,
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n",
    );
    for number in 0..MEMBERS {
        write(
            ws,
            &format!("crates/m{number}/Cargo.toml"),
            &manifest(number, &[]),
        );
        write(ws, &format!("crates/m{number}/src/lib.rs"), "");
    }
    lock(ws);
    git(ws, &["init", "-q", "-b", "main"]);
    let stream = ws.join(".git/stream");
    fs::write(&stream, history(ws)).expect("the folder can be written");
    super::workspace::feed(
        ws,
        &["fast-import", "--quiet"],
        File::open(&stream).expect("it was just written"),
    );
    git(ws, &["reset", "-q", "--hard", "main"]);
}

/// What people write: two of three of a known kind, some with a scope, a body or a footer; one to three files each.
fn history(ws: &Path) -> String {
    let mut text = String::new();
    for number in 0..COMMITS + 10 {
        let (member, verb) = (
            number * 7 % MEMBERS,
            ["add", "keep", "speed up", "accept"][number % 4],
        );
        let kind = [
            "feat: ",
            "fix: ",
            "",
            "feat(api): ",
            "fix!: ",
            "",
            "docs: ",
            "chore: ",
            "",
        ][number % 9];
        let body = ["", "\n\nIt was asked for.\n\nCloses: #12\n"][usize::from(number % 5 == 0)];
        let message = format!("{kind}{verb} the thing number {number} of m{member}{body}");
        let time = 1_700_000_000 + number * 600;
        let _ = writeln!(
            text,
            "commit refs/heads/main\ncommitter speed <speed@localhost> {time} +0000"
        );
        let _ = writeln!(text, "data {}\n{message}", message.len());
        if number == 0 {
            files(ws)
                .iter()
                .for_each(|(name, content)| file(&mut text, name, content));
        }
        for step in 0..=number % 3 {
            file(
                &mut text,
                &format!(
                    "crates/m{}/src/part{}.rs",
                    (member + step) % MEMBERS,
                    number % 40
                ),
                &message,
            );
        }
        if number == 9 {
            text.push_str("reset refs/tags/v0.1.0\nfrom refs/heads/main\n\n");
        }
    }
    text
}

fn file(text: &mut String, name: &str, content: &str) {
    let _ = writeln!(
        text,
        "M 100644 inline {name}\ndata {}\n{content}",
        content.len()
    );
}

/// What lies in the workspace, to be part of the first commit.
fn files(ws: &Path) -> Vec<(String, String)> {
    let mut names: Vec<PathBuf> = vec!["Cargo.toml".into(), "Cargo.lock".into()];
    for number in 0..MEMBERS {
        names.extend(
            ["Cargo.toml", "src/lib.rs"]
                .map(|name| Path::new(&format!("crates/m{number}")).join(name)),
        );
    }
    let read = |name: PathBuf| {
        let content = fs::read_to_string(ws.join(&name)).expect("it was just written");
        (name.to_string_lossy().into_owned(), content)
    };
    names.into_iter().map(read).collect()
}
