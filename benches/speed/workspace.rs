//! The workspaces that are measured, the two sides' commands on them, and what is changed in between.
#![expect(
    clippy::disallowed_methods,
    reason = "it makes workspaces and starts programs in them"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Members of the generated workspace.
const MEMBERS: usize = 24;

/// What both sides measure. Gates over each, so that `gate` needs all six.
const CAMPAIGN: &str = "\
[campaign]
name = \"speed\"

[collect]
default = [\"check\", \"build\", \"test\", \"clippy\", \"fmt\", \"doc\"]

[gates]
\"check.errors\" = \"= 0\"
\"build.errors\" = \"= 0\"
\"test.failed\" = \"= 0\"
\"clippy.warnings\" = \"<= baseline\"
\"fmt.files\" = \"<= baseline\"
\"doc.warnings\" = \"<= baseline\"
";

/// One side: a workspace and a target folder of its own.
pub(crate) struct Side {
    pub(crate) ws: PathBuf,
    pub(crate) target: PathBuf,
}

/// Two equal copies of the workspace, so that neither profits from the other's files.
pub(crate) fn sides(dir: &Path) -> [Side; 2] {
    ["ours", "theirs"].map(|name| {
        let ws = dir.join(name);
        match env::var_os("WORKSPACE") {
            Some(path) => copy(Path::new(&path), &ws),
            None => generate(&ws, MEMBERS),
        }
        Side {
            ws,
            target: dir.join(format!("target-{name}")),
        }
    })
}

impl Side {
    /// This program, as cargo would start it.
    pub(crate) fn campaign(&self, args: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_cargo-campaign"), args)
    }

    /// The six commands, one after the other, over the targets that ours measures.
    pub(crate) fn script(&self) -> Command {
        self.command("sh", &["-c", &script(&self.ws)])
    }

    /// The cargo that started this benchmark: neither side goes through rustup's proxy.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        self.command(&cargo(), args)
    }

    /// Another program on PATH, in the same surroundings.
    pub(crate) fn peer(&self, program: &str, args: &[&str]) -> Command {
        self.command(program, args)
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(&self.ws)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO", cargo());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|start| text.starts_with(start))
            {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Adds a comment to a file that much depends on.
    pub(crate) fn touch(&self) {
        let file = env::var("TOUCH").unwrap_or_else(|_| deepest(&self.ws));
        let file = self.ws.join(file);
        let mut text =
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        text.push_str("// touched\n");
        fs::write(file, text).expect("the copy can be written");
    }
}

fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// What the other side runs. Ours leaves benches alone (some need nightly), so it does too.
pub(crate) fn script(ws: &Path) -> String {
    let library = tracked(ws)
        .iter()
        .any(|name| name == "src/lib.rs" || name.ends_with("/src/lib.rs"));
    let targets = if library {
        "--lib --bins --tests --examples"
    } else {
        "--bins --tests --examples"
    };
    format!(
        "\"$CARGO\" check --workspace {targets}\n\
         \"$CARGO\" build --workspace\n\
         \"$CARGO\" test --workspace --no-fail-fast\n\
         \"$CARGO\" clippy --workspace {targets}\n\
         \"$CARGO\" fmt --check\n\
         \"$CARGO\" doc --workspace --no-deps\n\
         true"
    )
}

/// The member that most others lean on: known of the generated one, else the first library.
fn deepest(ws: &Path) -> String {
    let names = tracked(ws);
    let sources = ["crates/m0/src/lib.rs", "src/lib.rs", "src/main.rs"];
    let found = sources
        .iter()
        .find_map(|end| names.iter().find(|name| name.ends_with(end)));
    found.expect("a workspace has sources").clone()
}

fn tracked(ws: &Path) -> Vec<String> {
    let list = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(ws)
        .output()
        .expect("git is there");
    let names = list
        .stdout
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    names
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

/// The tracked files of a workspace, as a repository of one commit.
fn copy(from: &Path, to: &Path) {
    for name in tracked(from)
        .iter()
        .filter(|name| from.join(name).is_file())
    {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap_or(to)).expect("the copy can be written");
        fs::copy(from.join(name), path).expect("the copy can be written");
    }
    begin(to);
}

/// A workspace of `members` libraries with functions, tests, a doctest and up to three siblings to lean on each.
pub(crate) fn generate(ws: &Path, members: usize) {
    for number in 0..members {
        let deps: Vec<usize> = [1, 3, 7]
            .iter()
            .filter(|back| **back <= number)
            .map(|back| number - back)
            .collect();
        let member = format!("crates/m{number}");
        write(
            ws,
            &format!("{member}/Cargo.toml"),
            &manifest(number, &deps),
        );
        write(ws, &format!("{member}/src/lib.rs"), &source(number, &deps));
    }
    write(
        ws,
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n",
    );
    write(ws, ".gitignore", "/target\n");
    lock(ws);
    begin(ws);
}

pub(crate) fn lock(ws: &Path) {
    run(ws, &cargo(), &["generate-lockfile", "--offline", "-q"]);
}

/// Adds the campaign and makes it a repository.
pub(crate) fn begin(ws: &Path) {
    write(ws, "campaign.toml", CAMPAIGN);
    run(ws, "git", &["init", "-q"]);
    run(ws, "git", &["add", "-A"]);
    run(
        ws,
        "git",
        &[
            "-c",
            "user.name=speed",
            "-c",
            "user.email=speed@localhost",
            "commit",
            "-qm",
            "all of it",
        ],
    );
}

/// What a git command prints. It must succeed.
pub(crate) fn git(ws: &Path, args: &[&str]) -> String {
    let out = Command::new("git")
        .args(args)
        .current_dir(ws)
        .output()
        .expect("git is there");
    assert!(
        out.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// The same for one that reads a file.
pub(crate) fn feed(ws: &Path, args: &[&str], file: fs::File) {
    let status = Command::new("git")
        .args(args)
        .current_dir(ws)
        .stdin(file)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "git {args:?}");
}

fn run(ws: &Path, program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).current_dir(ws).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{program} {args:?} in {}",
        ws.display()
    );
}

pub(crate) fn write(ws: &Path, name: &str, text: &str) {
    let path = ws.join(name);
    fs::create_dir_all(path.parent().unwrap_or(ws)).expect("the workspace can be written");
    fs::write(path, text).expect("the workspace can be written");
}

pub(crate) fn manifest(number: usize, deps: &[usize]) -> String {
    let head = format!(
        "[package]\nname = \"m{number}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n"
    );
    deps.iter().fold(head, |text, dep| {
        format!("{text}m{dep} = {{ path = \"../m{dep}\" }}\n")
    })
}

/// Thirty functions, one that calls the siblings, a doctest, ten tests.
fn source(number: usize, deps: &[usize]) -> String {
    let mut text = format!("//! Member {number}.\n\nuse std::collections::BTreeMap;\n");
    for f in 0..30 {
        let _ = write!(
            text,
            "\n/// Counts words, variant {f}.\npub fn words{f}(text: &str) -> BTreeMap<String, usize> {{\n    \
             let mut map = BTreeMap::new();\n    for word in text.split_whitespace().filter(|w| w.len() > {f} % 3) {{\n        \
             *map.entry(word.to_lowercase()).or_insert(0) += 1;\n    }}\n    map\n}}\n"
        );
    }
    let sum: String = deps
        .iter()
        .map(|dep| format!(" + m{dep}::total(text)"))
        .collect();
    let _ = write!(
        text,
        "\n/// All words.\n///\n/// ```\n/// assert_eq!(m{number}::words0(\"ab ab\").len(), 1);\n/// ```\n\
         pub fn total(text: &str) -> usize {{\n    words0(text).len(){sum}\n}}\n\n\
         #[cfg(test)]\nmod tests {{\n    use super::*;\n"
    );
    for f in 0..10 {
        let _ = write!(
            text,
            "\n    #[test]\n    fn counts_{f}() {{\n        assert_eq!(words{f}(\"aaaa aaaa bbbb\").len(), 2);\n    }}\n"
        );
    }
    text.push_str("}\n");
    text
}
