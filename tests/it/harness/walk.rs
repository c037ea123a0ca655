//! Walks: commands with what they print, as people see both, run again and compared.
//!
//! ```text
//! $ cargo campaign gate         the program; both streams as a terminal shows them
//! $ git commit -qam "words"     git
//! $ cat FILE                    prints a file; `rm -r PATH..` removes files and directories
//! $ append FILE "a^b"           changes a file, `^` ends a line; `replace FILE "from" "to"`, `write FILE "a"`, `remove FILE`
//! $ set NAME=value              a variable, from here on
//! ```
//! A code that is not 0 stands below in brackets, `[exit 3]`, unless the screen names it itself. In what is expected `[..]`
//! stands for any part of a line and a line `...` for any lines. Columns, times, ids and versions do not matter.
use std::fs;

use super::{Sandbox, difference};

/// A sandbox that commands are run in.
pub(crate) struct Walk {
    sandbox: Sandbox,
}

impl Walk {
    /// A terminal of 80 columns that knows Unicode.
    pub(crate) fn of(mut sandbox: Sandbox) -> Self {
        sandbox.set("COLUMNS", "80");
        sandbox.set("CARGO_TERM_UNICODE", "true");
        Self { sandbox }
    }

    /// The sandbox, for what is prepared between commands.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Runs the commands; the text as it should be: what is expected where that fits, else what came.
    pub(crate) fn run(&mut self, text: &str) -> String {
        assert!(text.starts_with("$ "), "it begins with a command: {text}");
        let screens = text
            .split("\n$ ")
            .map(|part| part.strip_prefix("$ ").unwrap_or(part));
        let parts = screens.map(|part| part.split_once('\n').unwrap_or((part, "")));
        parts
            .map(|(command, expected)| self.command(command, expected))
            .collect()
    }

    /// Applies a patch.
    pub(crate) fn apply(&self, patch: &str) {
        let file = self.sandbox.stage().join("change.diff");
        fs::write(&file, patch).expect("the sandbox can be written");
        self.sandbox.git(&["apply", &file.to_string_lossy()]);
    }

    fn command(&mut self, command: &str, expected: &str) -> String {
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let came = self
            .perform(&words)
            .unwrap_or_else(|| panic!("no such command: {command}"));
        let kept = difference(
            &plain(&self.sandbox, &came),
            &plain(&self.sandbox, expected),
        )
        .is_none();
        let screen = if kept {
            expected.to_owned()
        } else {
            self.sandbox.places(&came)
        };
        let end = if screen.trim_end().is_empty() {
            ""
        } else {
            "\n"
        };
        format!("$ {command}\n{}{end}", screen.trim_end())
    }

    /// What a command prints; nothing for what is no command.
    fn perform(&mut self, words: &[&str]) -> Option<String> {
        let sandbox = &mut self.sandbox;
        let (code, mut screen) = match words {
            ["cargo", "campaign", ..] => {
                sandbox.screen(env!("CARGO_BIN_EXE_cargo-campaign"), &words[1..])
            }
            ["git", args @ ..] => sandbox.screen("git", args),
            ["set", pair] => {
                let (name, value) = pair.split_once('=')?;
                sandbox.set(name, value);
                return Some(String::new());
            }
            ["write", file, text] => return done(sandbox.write(file, &(lines(text) + "\n"))),
            ["append", file, text] => {
                return done(sandbox.write(file, &(sandbox.read(file) + &lines(text) + "\n")));
            }
            ["replace", file, from, to] => {
                return done(sandbox.replace(file, &lines(from), &lines(to)));
            }
            ["cat", file] => (0, sandbox.read(file)),
            ["rm", "-r", paths @ ..] => {
                for path in paths.iter().map(|path| sandbox.path(path)) {
                    let removed = if path.is_dir() {
                        fs::remove_dir_all(&path)
                    } else {
                        fs::remove_file(&path)
                    };
                    removed.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                }
                return Some(String::new());
            }
            ["remove", file] => {
                return done(fs::remove_file(sandbox.path(file)).expect("it is there"));
            }
            _ => return None,
        };
        if code != named(&screen) {
            screen.push_str(&format!("[exit {code}]\n"));
        }
        Some(screen)
    }
}

/// Without what differs from run to run and from machine to machine; nor do columns matter.
pub(crate) fn plain(sandbox: &Sandbox, text: &str) -> String {
    let mut known = Vec::new();
    let mut below_times = false;
    // A long age breaks this line.
    for line in sandbox
        .redact(text)
        .replace("\n  baseline ", " baseline ")
        .lines()
    {
        let times = line.starts_with("  times ") || line.starts_with("  unlike ");
        below_times = times || below_times && line.starts_with("           ");
        if !below_times && !DROPPED.iter().any(|part| line.contains(part)) {
            known.push(even(line));
        }
    }
    known.join("\n")
}

/// In lines of which nobody knows whether they are there: on slow machines, on those without nextest.
const DROPPED: [&str; 2] = [" still running", " nextest "];

/// A line with single spaces, its ages and versions made the same; where it was cut depends on them, too.
fn even(line: &str) -> String {
    let words: Vec<String> = line.split_whitespace().map(word).collect();
    let mut words = ages(&words);
    if words.last().is_some_and(|last| last.ends_with('…')) {
        words.pop();
    }
    words.join(" ")
}

fn done((): ()) -> Option<String> {
    Some(String::new())
}

fn lines(text: &str) -> String {
    text.replace('^', "\n")
}

/// Split at spaces, but not between quotes.
pub(crate) fn words(command: &str) -> Vec<String> {
    let split = |part: &str| part.split_whitespace().map(str::to_owned).collect();
    let parts = command.split('"').enumerate();
    parts
        .flat_map(|(at, part)| {
            if at % 2 == 1 {
                vec![part.to_owned()]
            } else {
                split(part)
            }
        })
        .collect()
}

/// The exit code that a screen names; 0 when it names none.
fn named(screen: &str) -> i32 {
    screen
        .lines()
        .find_map(|line| line.rsplit_once(" exit ")?.1.trim().parse().ok())
        .unwrap_or(0)
}

/// `just now`, `1 min ago` and `14 s` are one age.
fn ages(words: &[String]) -> Vec<&str> {
    let mut rest = words;
    let mut kept = Vec::new();
    while let Some((first, others)) = rest.split_first() {
        let second = others.first().map(|word| bare(word)).unwrap_or_default();
        let number = first.chars().all(|c| c.is_ascii_digit());
        let age = first == "just" && second == "now" || number && ["s", "min"].contains(&second);
        kept.push(if age { "[AGE]" } else { first });
        rest = if age { &others[1..] } else { others };
        if age && rest.first().is_some_and(|word| bare(word) == "ago") {
            rest = &rest[1..];
        }
    }
    kept
}

/// Without the mark behind it, which Markdown escapes.
fn bare(word: &str) -> &str {
    word.trim_end_matches([',', ';', '\\'])
}

/// Commits, versions and host triples are the machine's.
fn word(word: &str) -> String {
    let inner = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let numbers = inner
        .split('.')
        .map(|n| n.trim_end_matches('\\'))
        .collect::<Vec<_>>();
    let hex =
        |text: &str| matches!(text.len(), 7 | 9) && text.chars().all(|c| c.is_ascii_hexdigit());
    let system = ["-gnu", "-musl", "-darwin"]
        .iter()
        .any(|end| inner.ends_with(end));
    let kind = match inner.rsplit_once('@').map_or(inner, |(_, commit)| commit) {
        commit if hex(commit) => "[COMMIT]",
        _ if numbers.len() == 3 && numbers.iter().all(|n| n.parse::<u32>().is_ok()) => "[VERSION]",
        _ if system => "[HOST]",
        _ => return word.to_owned(),
    };
    word.replace(inner, kind)
}

#[test]
fn what_the_machine_decides_is_made_the_same() {
    let sandbox = Sandbox::empty();
    for (text, expected) in [
        (
            "    Campaign riptide · rustc 1.95.0 · main@4f2c9e1",
            "Campaign riptide · rustc [VERSION] · [COMMIT]",
        ),
        (
            "at 9be1d02 (clean), 12 min ago, 2 files",
            "at [COMMIT] (clean), [AGE] 2 files",
        ),
        ("just now; now 14 s, 1 commit", "[AGE] now [AGE] 1 commit"),
        ("on x86_64-unknown-linux-gnu", "on [HOST]"),
        (
            "     Linting still running, 3/7 riptide-api   1m 0s\nok   12",
            "ok 12",
        ),
        (
            "  baseline a → now b\n  times    x 1s → 2s\n           y 2s\n  lost     no",
            "baseline a → now b\nlost no",
        ),
        (
            "  measured just now;\n  baseline 4f2c9e1, 2 min ago",
            "measured [AGE] baseline [COMMIT], [AGE]",
        ),
        ("  a  pinned  check tes…", "a pinned check"),
        (
            r"measured just now\, run 20261120\-125237\-afc918cc\) by 0\.1\.0, rustc 1\.95\.0.",
            r"measured [AGE] run [RUN]\) by [VERSION], rustc [VERSION].",
        ),
    ] {
        assert_eq!(plain(&sandbox, text), expected);
    }
}

#[test]
fn a_walk_tells_what_it_should_have_been() {
    let mut walk = Walk::of(Sandbox::empty());
    let text = "$ write a.txt \"b c\"\n$ git hash-object a.txt\nsomething else\n$ git no-such-command\n...\n[exit 1]\n";
    let expected = "$ write a.txt \"b c\"\n$ git hash-object a.txt\n16ac006812e54296af3122d43a85c4f5754f7018\n$ git no-such-command\n...\n[exit 1]\n";
    assert_eq!(walk.run(text), expected);
}
