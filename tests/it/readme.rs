//! README does what it says: its tour is walked on a copy of `riptide`, and what is pasted there is what comes.
//!
//! A `console` block holds commands after `$ ` and what they print; a `diff` block is applied; a comment
//! `<!-- 6 days later -->` moves the clock; `toml` blocks are campaigns without mistakes. Other blocks are not run.
//! After a change of the screens: `cargo test --test it -- --ignored readme::accept`, and read the difference.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::fs;

use cargo_campaign::options::config;

use crate::harness::{Block, Sandbox, blocks, difference, redact, repository};

/// 2026-11-20T10:15:00Z.
const BEGIN: i64 = 1_795_169_700;
/// Between two commands.
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// A walk through the tour.
struct Tour {
    sandbox: Sandbox,
    now: i64,
}

impl Tour {
    /// As the page has it before the first command: the workspace as found, in a repository, without a campaign.
    fn begin() -> Self {
        let mut sandbox = Sandbox::named("riptide");
        fs::remove_file(sandbox.path("campaign.toml")).expect("the fixture has one");
        sandbox.git_init();
        sandbox.set("COLUMNS", "80");
        sandbox.set("CARGO_TERM_UNICODE", "true");
        Self { sandbox, now: BEGIN }
    }

    /// The block as it should be: what is pasted where that fits, else what came.
    fn block(&mut self, language: &str, text: &str) -> String {
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

    fn command(&mut self, command: &str, pasted: &str) -> String {
        self.now += MINUTE;
        self.sandbox.set("SOURCE_DATE_EPOCH", self.now.to_string());
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
    lines.map(|line| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ") + "\n").collect()
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

/// How far the clock goes on before a block.
fn later(between: &str) -> i64 {
    let comments = between.split("<!-- ").skip(1);
    let days = comments.filter_map(|comment| comment.split_once(" days later -->")?.0.parse::<i64>().ok());
    days.sum::<i64>() * DAY
}

fn text() -> String {
    fs::read_to_string(repository().join("README.md")).expect("there is a README").replace("\r\n", "\n")
}

/// README with every pasted screen as it should be.
fn walked(text: &str) -> String {
    let mut tour = Tour::begin();
    let mut out = String::new();
    let mut at = 0;
    for Block { language, at: inside } in blocks(text) {
        let between = &text[at..inside.start];
        tour.now += later(between);
        out.push_str(between);
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
        let changed: String = difference.split_inclusive('\n').filter(|line| !line.starts_with("  ")).collect();
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
        ("at 9be1d02 (clean), 12 min ago", "at [COMMIT] (clean), 12 min ago\n"),
        ("on x86_64-unknown-linux-gnu", "on [HOST]\n"),
        ("     Linting still running, 3/7 riptide-api   1m 0s\nok   12", "ok 12\n"),
    ] {
        assert_eq!(plain(text), expected);
    }
}
