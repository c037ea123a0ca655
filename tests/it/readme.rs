//! README does what it says: its tour is walked on a copy of `riptide`, and what is pasted there is what comes.
//!
//! A `console` block holds commands after `$ ` and what they print; a line `...` stands for any lines. A `diff` block is
//! applied, and `toml` blocks are campaigns without mistakes. Other blocks are not run.
//! After a change of the screens: `cargo test --test it -- --ignored readme::accept`, and read the difference.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::fs;

use cargo_campaign::options::config;

use crate::harness::{Block, Sandbox, blocks, difference, redact, repository};

/// A walk through the tour.
struct Tour {
    sandbox: Sandbox,
}

impl Tour {
    /// As the page has it before the first command: the workspace as found, in a repository, without a campaign.
    fn begin() -> Self {
        let mut sandbox = Sandbox::named("riptide");
        fs::remove_file(sandbox.path("campaign.toml")).expect("the fixture has one");
        sandbox.git_init();
        sandbox.set("COLUMNS", "80");
        sandbox.set("CARGO_TERM_UNICODE", "true");
        Self { sandbox }
    }

    /// The block as it should be: what is pasted where that fits, else what came.
    fn block(&self, language: &str, text: &str) -> String {
        match language {
            "diff" => self.apply(text),
            "console" => return commands(text).map(|(command, pasted)| self.command(command, pasted)).collect(),
            _ => {}
        }
        text.to_owned()
    }

    fn apply(&self, text: &str) {
        let file = self.sandbox.stage().join("change.diff");
        fs::write(&file, text).expect("the sandbox can be written");
        self.sandbox.git(&["apply", &file.to_string_lossy()]);
    }

    fn command(&self, command: &str, pasted: &str) -> String {
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (code, came) = match words.split_first() {
            Some((&"cargo", args)) if args.first() == Some(&"campaign") => {
                self.sandbox.screen(env!("CARGO_BIN_EXE_cargo-campaign"), args)
            }
            Some((&"git", args)) => self.sandbox.screen("git", args),
            _ => panic!("README runs `{command}`: only `cargo campaign` and `git`"),
        };
        assert_eq!(code, promised(&came), "`{command}`:\n{came}");
        let kept = difference(&plain(&came), &plain(pasted)).is_none();
        let screen = if kept { pasted } else { &came }.trim_end();
        let end = if screen.is_empty() { "" } else { "\n" };
        format!("$ {command}\n{screen}{end}")
    }
}

/// Each command with what is pasted below it.
fn commands(text: &str) -> impl Iterator<Item = (&str, &str)> {
    assert!(text.starts_with("$ "), "a console block begins with a command: {text}");
    let screens = text.split("\n$ ").map(|part| part.strip_prefix("$ ").unwrap_or(part));
    screens.map(|part| part.split_once('\n').unwrap_or((part, "")))
}

/// Split at spaces, but not between quotes.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('"').enumerate();
    parts.flat_map(|(at, part)| if at % 2 == 1 { vec![part.to_owned()] } else { split(part) }).collect()
}

fn split(part: &str) -> Vec<String> {
    part.split_whitespace().map(str::to_owned).collect()
}

/// The exit code that a screen names; 0 when it names none.
fn promised(screen: &str) -> i32 {
    let named = screen.lines().find_map(|line| line.rsplit_once(" exit ")?.1.trim().parse().ok());
    named.unwrap_or(0)
}

/// Without what differs from run to run and from machine to machine; nor do columns matter.
fn plain(text: &str) -> String {
    let known = redact(text);
    let lines = known.lines().filter(|line| !line.contains(" still running"));
    lines.map(|line| ages(&line.split_whitespace().map(word).collect::<Vec<_>>()).join(" ") + "\n").collect()
}

/// `just now`, `1 min ago` and `14 s` are one age.
fn ages(words: &[String]) -> Vec<&str> {
    let mut rest = words;
    let mut kept = Vec::new();
    while let Some((first, others)) = rest.split_first() {
        let second = others.first().map(|word| word.trim_end_matches([',', ';'])).unwrap_or_default();
        let number = first.chars().all(|c| c.is_ascii_digit());
        let age = first == "just" && second == "now" || number && ["s", "min"].contains(&second);
        kept.push(if age { "[AGE]" } else { first });
        rest = if age { &others[1..] } else { others };
        if age && rest.first().is_some_and(|word| word.trim_end_matches([',', ';']) == "ago") {
            rest = &rest[1..];
        }
    }
    kept
}

/// Commits, versions and host triples are the machine's.
fn word(word: &str) -> String {
    let inner = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let numbers = inner.split('.').collect::<Vec<_>>();
    let hex = |text: &str| matches!(text.len(), 7 | 9) && text.chars().all(|c| c.is_ascii_hexdigit());
    let system = ["-gnu", "-musl", "-darwin"].iter().any(|end| inner.ends_with(end));
    let kind = match inner.rsplit_once('@').map_or(inner, |(_, commit)| commit) {
        commit if hex(commit) => "[COMMIT]",
        _ if numbers.len() == 3 && numbers.iter().all(|n| n.parse::<u32>().is_ok()) => "[VERSION]",
        _ if system => "[HOST]",
        _ => return word.to_owned(),
    };
    word.replace(inner, kind)
}

fn text() -> String {
    fs::read_to_string(repository().join("README.md")).expect("there is a README").replace("\r\n", "\n")
}

/// README with every pasted screen as it should be.
fn walked(text: &str) -> String {
    let tour = Tour::begin();
    let mut out = String::new();
    let mut at = 0;
    for Block { language, at: inside } in blocks(text) {
        out.push_str(&text[at..inside.start]);
        out.push_str(&tour.block(&language, &text[inside.clone()]));
        at = inside.end;
    }
    out + &text[at..]
}

#[test]
#[cfg_attr(windows, ignore = "paths are shown with the system's own separator")]
fn every_screen_of_the_tour_is_what_the_program_shows() {
    let text = text();
    if let Some(difference) = difference(&walked(&text), &text) {
        let is_news = |line: &&str| !line.starts_with("  ") && !line.ends_with(" ...\n");
        let changed: String = difference.split_inclusive('\n').filter(is_news).collect();
        panic!("README.md differs (- README, + the program); see the top of {}:\n{changed}", file!());
    }
}

#[test]
#[ignore = "rewrites README.md; read the difference"]
fn accept() {
    let text = text();
    fs::write(repository().join("README.md"), walked(&text)).expect("README can be written");
}

#[test]
fn every_campaign_shown_is_one() {
    let text = text();
    for block in blocks(&text).iter().filter(|block| block.language == "toml") {
        let shown = &text[block.at.clone()];
        if let Err(mistakes) = config::parse("README.md", shown) {
            panic!("{shown}\n{mistakes:#?}");
        }
    }
}

#[test]
fn what_the_machine_decides_is_made_the_same() {
    for (text, expected) in [
        ("    Campaign riptide · rustc 1.95.0 · main@4f2c9e1", "Campaign riptide · rustc [VERSION] · [COMMIT]\n"),
        ("at 9be1d02 (clean), 12 min ago, 2 files", "at [COMMIT] (clean), [AGE] 2 files\n"),
        ("just now; now 14 s, 1 commit", "[AGE] now [AGE] 1 commit\n"),
        ("on x86_64-unknown-linux-gnu", "on [HOST]\n"),
        ("     Linting still running, 3/7 riptide-api   1m 0s\nok   12", "ok 12\n"),
    ] {
        assert_eq!(plain(text), expected);
    }
}
