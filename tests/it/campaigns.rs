//! Campaigns of real teams: their history is replayed, step by step, and what comes out is compared with what is stored.
//!
//! A campaign is a directory `fixtures/campaigns/NAME`, which `fixtures/README.md` explains: the first commit, the
//! history, and what comes out. `docs/campaigns/NAME.md` says where each item of the campaign is in the output; each
//! command in its table is run. The program runs at the times of the history (`examples/campaign-at.rs`).
//!
//! After a change of the screens, run `cargo test --test it -- --ignored campaigns::accept` and read the difference.
//! `CAMPAIGN=rustydb` restricts it to the campaigns whose name contains `rustydb`, and `KEEP=1` leaves their workspaces
//! as they are at the end.
#![cfg(unix)]

mod analytics_hub;
mod eventmesh_dashboard;
mod eventmesh_handoff;
mod eventmesh_readme;
mod generate;
mod history;
mod page;
mod rustydb;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use self::history::{Action, Step};
use crate::harness::{Output, Sandbox, difference, example, plain, repository, words};

/// The campaigns by name. Each has a test.
const CAMPAIGNS: [&str; 5] = [
    "eventmesh-dashboard",
    "eventmesh-readme",
    "eventmesh-handoff",
    "analytics-hub",
    "rustydb",
];

/// The commands whose screens are stored, in `NAME.txt`. `VERSION` is the release of the campaign.
const SCREENS: [(&str, &str); 3] = [
    ("status", "status"),
    ("plan", "plan"),
    ("gate-release", "gate --release VERSION"),
];

/// The kinds of report that are stored, in `report-KIND.txt` as on a terminal and in `report-KIND.md`.
const REPORTS: [&str; 10] = [
    "dashboard",
    "roadmap",
    "handoff",
    "standup",
    "weekly",
    "build",
    "completion",
    "owners",
    "known-issues",
    "index",
];

/// A command of the history, and what it printed.
struct Performed {
    /// The day, `YYYY-MM-DD`.
    day: String,
    command: String,
    code: i32,
    screen: String,
}

/// A campaign after its history.
struct Replay {
    name: &'static str,
    sandbox: Sandbox,
    performed: Vec<Performed>,
}

impl Replay {
    /// Replays the history. A command that ends with another code than its step says fails the test.
    fn of(name: &'static str) -> Self {
        let mut sandbox = Sandbox::of_campaign(name);
        sandbox.set("COLUMNS", "80");
        sandbox.set("CARGO_TERM_UNICODE", "true");
        sandbox.git(&["-c", "init.defaultBranch=main", "init", "-q"]);
        let mut replay = Self {
            name,
            sandbox,
            performed: Vec::new(),
        };
        for step in history::read(&fixture(name).join("history.toml")) {
            replay.perform(&step);
        }
        replay
    }

    fn perform(&mut self, step: &Step) {
        let sandbox = &mut self.sandbox;
        let email = format!("{}@example.invalid", step.by);
        for role in ["AUTHOR", "COMMITTER"] {
            sandbox.set(&format!("GIT_{role}_NAME"), &step.by);
            sandbox.set(&format!("GIT_{role}_EMAIL"), &email);
            sandbox.set(&format!("GIT_{role}_DATE"), &step.at);
        }
        sandbox.set("CAMPAIGN_AT", &step.at);
        match &step.action {
            Action::Commit {
                subject,
                changes,
                tag,
            } => {
                for change in changes {
                    change.apply(sandbox);
                }
                sandbox.commit(subject);
                if let Some(tag) = tag {
                    sandbox.git(&["tag", tag]);
                }
            }
            Action::Run {
                command,
                code,
                says,
                into,
            } => {
                let (came, screen) = match into {
                    None => self.screen(&format!("cargo campaign {command}")),
                    Some(file) => {
                        let output = self.run(command);
                        self.sandbox.write(file, &output.stdout);
                        (output.code, output.stdout + &output.stderr)
                    }
                };
                assert_eq!(came, *code, "{} at {}: {screen}", command, step.at);
                for words in says {
                    let found = one_line(&screen).contains(&one_line(words));
                    assert!(found, "{command} does not say `{words}`: {screen}");
                }
                self.performed.push(Performed {
                    day: step.at[..10].to_owned(),
                    command: format!("cargo campaign {command}"),
                    code: came,
                    screen,
                });
            }
        }
    }

    /// Runs a command line: `cargo campaign ..`, `git ..` or `cat FILE`. Returns its exit code and what it prints.
    fn screen(&self, line: &str) -> (i32, String) {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["cargo", "campaign", ..] => self.sandbox.screen(program(), &words[1..]),
            ["git", args @ ..] => self.sandbox.screen("git", args),
            ["cat", file] => (0, self.sandbox.read(file)),
            _ => panic!("no such command: {line}"),
        }
    }

    /// Runs the program and returns what it prints on stdout, whatever its exit code.
    fn stdout(&self, command: &str) -> String {
        self.run(command).stdout
    }

    fn run(&self, command: &str) -> Output {
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.sandbox
            .output(program(), &[&["campaign"], words.as_slice()].concat())
    }

    /// Returns a value of the program as JSON.
    fn json(&self, command: &str) -> serde_json::Value {
        let text = self.stdout(&format!("{command} --format json"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command}: {error}: {text}"))
    }

    /// Returns a fact, as `get` prints it.
    fn fact(&self, key: &str) -> String {
        self.stdout(&format!("get {key}")).trim().to_owned()
    }

    /// Returns what comes out: the name of a file in `out/`, and its text.
    fn outcome(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let version = self.fact("campaign.release");
        for (name, command) in SCREENS {
            let command = command.replace("VERSION", &version);
            let (_, screen) = self.screen(&format!("cargo campaign {command}"));
            files.push((format!("{name}.txt"), screen));
        }
        for kind in REPORTS {
            let command = format!(
                "report {kind} --output markdown=../stage/report.md --output json=../stage/report.json"
            );
            files.push((format!("report-{kind}.txt"), self.stdout(&command)));
            let markdown = self.sandbox.read("../stage/report.md");
            files.push((format!("report-{kind}.md"), markdown));
            let json = self.sandbox.read("../stage/report.json");
            let json = serde_json::from_str::<serde_json::Value>(&json);
            json.unwrap_or_else(|error| panic!("report {kind}: {error}"));
        }
        for path in self.documents() {
            let text = self.sandbox.read(&path);
            files.push((path.replace('/', "-"), text));
        }
        for (_, text) in &mut files {
            *text = self.sandbox.places(text);
        }
        files
    }

    /// Returns the documents of the configuration and the reports of `final`, relative to the root.
    fn documents(&self) -> Vec<String> {
        let configuration = self.sandbox.read("campaign.toml");
        let parsed = configuration.parse::<toml_edit::DocumentMut>();
        let parsed = parsed.expect("the configuration is valid");
        let documents = parsed
            .get("document")
            .and_then(|list| list.as_array_of_tables());
        let paths = documents.into_iter().flatten().map(|document| {
            let path = document["path"].as_str();
            path.expect("a document has a path").to_owned()
        });
        let of_final = [".campaign/completion.md", ".campaign/final-metrics.json"];
        let all = paths.chain(of_final.map(str::to_owned));
        all.filter(|path| self.sandbox.path(path).is_file())
            .collect()
    }

    /// Compares what comes out with what is stored.
    fn compare(&self) {
        let mut differences = String::new();
        for (file, text) in self.outcome() {
            let stored = fs::read_to_string(self.stored(&file)).unwrap_or_default();
            let (text, stored) = (self.steady(&text), self.steady(&stored));
            if let Some(difference) = difference(&text, &stored) {
                let is_news = |line: &&str| !line.starts_with("  ") && !line.ends_with(" ...\n");
                let changed: String = difference.split_inclusive('\n').filter(is_news).collect();
                differences += &format!("{file}:\n{changed}\n");
            }
        }
        assert!(
            differences.is_empty(),
            "{} differs (- stored, + the program); see the top of {}\n{differences}",
            self.name,
            file!()
        );
    }

    /// Stores what comes out. A stored line that still fits stays, so that `[..]` in it is kept.
    fn accept(&self) {
        fs::create_dir_all(fixture(self.name).join("out")).expect("the repository can be written");
        for (file, text) in self.outcome() {
            let path = self.stored(&file);
            let stored = fs::read_to_string(&path).unwrap_or_default();
            let fits = |one: &str, other: &str| {
                difference(&self.steady(one), &self.steady(other)).is_none()
            };
            let line = |line: &str| {
                let line = line.trim_end();
                let kept = stored.lines().filter(|old| *old != "...");
                let kept = kept.into_iter().find(|old| fits(line, old));
                kept.unwrap_or(line).to_owned() + "\n"
            };
            let text: String = match fits(&text, &stored) {
                true => stored.clone(),
                false => text.lines().map(line).collect(),
            };
            fs::write(&path, text).expect("the repository can be written");
        }
    }

    /// Returns a text without what differs from one replay to the next.
    fn steady(&self, text: &str) -> String {
        let text = plain(&self.sandbox, text);
        let lines: Vec<String> = text.lines().map(steady).collect();
        lines.join("\n")
    }

    fn stored(&self, file: &str) -> PathBuf {
        fixture(self.name).join("out").join(file)
    }
}

/// The directory of a campaign.
fn fixture(name: &str) -> PathBuf {
    repository().join("fixtures/campaigns").join(name)
}

/// The program by the clock of the history.
fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = Path::new(env!("CARGO_BIN_EXE_cargo-campaign"));
    BUILT.get_or_init(|| example("campaign-at", &[program]))
}

/// Returns a line without the change from one time to another, without numbers of `final-metrics.json` that are no counts, and
/// with all commits the same.
fn steady(line: &str) -> String {
    const TIME: &str = "[DURATION]";
    // Markdown has one without letters as it is.
    let line = &*line.replace("`[COMMIT]`", "[COMMIT]");
    let times: Vec<usize> = line.match_indices(TIME).map(|(at, _)| at).collect();
    if let [_, .., last] = times.as_slice() {
        return line[..last + TIME.len()].to_owned();
    }
    for key in ["\"baseline\": ", "\"final\": "] {
        if line.trim_start().starts_with(key) && line.contains('.') {
            return key.to_owned();
        }
    }
    let is_commit = |word: &str| word.len() == 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words = line.split(|c: char| !c.is_alphanumeric());
    let commits: Vec<&str> = words.filter(|word| is_commit(word)).collect();
    commits.iter().fold(line.to_owned(), |line, commit| {
        line.replace(commit, "[COMMIT]")
    })
}

/// A text without the ends of its lines and without what Markdown escapes.
fn one_line(text: &str) -> String {
    let text = text.replace('\\', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Replays a campaign, and compares its outcome and its page.
fn check(name: &'static str) -> Replay {
    assert!(CAMPAIGNS.contains(&name), "add {name} to CAMPAIGNS");
    let replay = Replay::of(name);
    replay.compare();
    page::check(&replay);
    replay
}

#[test]
#[ignore = "rewrites the outcomes of the campaigns; read the difference"]
fn accept() {
    let only = std::env::var("CAMPAIGN").unwrap_or_default();
    for name in CAMPAIGNS.into_iter().filter(|name| name.contains(&only)) {
        let replay = Replay::of(name);
        replay.accept();
        if std::env::var_os("KEEP").is_some() {
            eprintln!("{name}: {}", replay.sandbox.root().display());
            std::mem::forget(replay);
        }
    }
}
