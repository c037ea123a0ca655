//! `fixtures/release/changelog/CASE`: `in.md` and the command in `args`, against `out.md` (absent: the same bytes, or none
//! for notes) and what is told in `said.txt` (absent: nothing).
//!
//! `args` is the command line after `changelog`, with what the command would find out by itself as flags. `commits` are
//! blocks of `commit FILES`, the message and a blank line, newest first; the ids count from 0000001. `published` is the
//! file at the last tag.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;

use super::*;
use crate::release::tag::TagTemplate;
use crate::workspace::Workspace;

/// A case, read.
pub(super) struct Case {
    words: Vec<String>,
    flags: HashMap<String, String>,
    text: String,
    commits: Vec<Commit>,
    published: Option<String>,
}

/// The text that came out, and what was told.
pub(super) type Outcome = (Option<String>, String);

pub(super) fn cases() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/release/changelog");
    let mut cases: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    cases
}

impl Case {
    pub(super) fn read(dir: &Path) -> Self {
        let args = fs::read_to_string(dir.join("args")).unwrap();
        let (mut words, mut flags, mut flag) = (Vec::new(), HashMap::new(), None);
        for word in args.split_whitespace() {
            match (word.strip_prefix("--"), flag.take()) {
                (Some(name), _) => {
                    flags.insert(name.to_owned(), String::new());
                    flag = Some(name.to_owned());
                }
                (None, Some(name)) => drop(flags.insert(name, word.to_owned())),
                (None, None) => words.push(word.to_owned()),
            }
        }
        let commits = fs::read_to_string(dir.join("commits")).unwrap_or_default();
        Self {
            words,
            flags,
            text: fs::read_to_string(dir.join("in.md")).unwrap(),
            commits: self::commits(&commits),
            published: fs::read_to_string(dir.join("published")).ok(),
        }
    }

    /// The same with another text, when it writes one.
    pub(super) fn with(self, made: impl Fn(&str) -> String) -> Option<Self> {
        let writes = matches!(self.words[0].as_str(), "release" | "draft") && !self.text.is_empty();
        writes.then(|| Self {
            text: made(&self.text),
            ..self
        })
    }

    fn flag(&self, name: &str) -> Option<&str> {
        self.flags.get(name).map(String::as_str)
    }

    fn version(&self) -> Version {
        self.words[1].parse().unwrap()
    }

    /// Names of packages that are not released.
    fn others(&self) -> Vec<String> {
        let names = self.flag("others").into_iter();
        names
            .flat_map(|names| names.split(','))
            .map(str::to_owned)
            .collect()
    }

    fn template(&self) -> Option<TagTemplate> {
        self.flag("tag").and_then(TagTemplate::new)
    }

    pub(super) fn run(&self) -> Outcome {
        match self.words[0].as_str() {
            "release" => self.release(),
            "draft" => self.draft(),
            "lint" => self.lint(),
            "notes" => self.notes(),
            other => panic!("{other}"),
        }
    }

    fn release(&self) -> Outcome {
        let (version, template) = (self.version(), self.template());
        let others = self.others();
        let date = self.flag("date").unwrap();
        let request = CutInputs {
            version: &version,
            name: "core",
            others: &others,
            date,
            template: template.as_ref(),
            repository: None,
        };
        match cut(&self.text, &request) {
            Ok(text) => {
                assert_eq!(
                    cut(&text, &request).as_deref(),
                    Ok(text.as_str()),
                    "twice is once"
                );
                (Some(text), String::new())
            }
            Err(refusal) => (None, format!("{refusal}\n")),
        }
    }

    fn draft(&self) -> Outcome {
        let released = self.flag("since").map(|version| version.parse().unwrap());
        let minor: Vec<String> = self
            .flag("minor")
            .iter()
            .flat_map(|m| m.split(','))
            .map(str::to_owned)
            .collect();
        let quiet = QuietFiles::new(&minor, &Workspace::default());
        let template = self.template();
        let others = self.others();
        let request = DraftInputs {
            others: &others,
            commits: self.commits.iter().collect(),
            released: released.as_ref(),
            quiet,
            scopes: self.flag("scopes").is_some(),
            squash_bodies: self.flag("squash").is_some(),
            template: template.as_ref(),
        };
        let text = if self.text.is_empty() {
            NEW
        } else {
            &self.text
        };
        let drafted = match draft(text, &request) {
            Ok(drafted) => drafted,
            Err(refusal) => return (None, format!("{refusal}\n")),
        };
        assert_eq!(
            draft(&drafted.text, &request).unwrap().text,
            drafted.text,
            "twice is once"
        );
        assert_eq!(
            drafted.commits.len(),
            self.commits.len(),
            "no commit is dropped"
        );
        let said = drafted
            .commits
            .iter()
            .map(|c| format!("{:?}: {}\n", c.fate, c.title.escape_debug()))
            .collect();
        (Some(drafted.text), said)
    }

    fn lint(&self) -> Outcome {
        let versions = |name: &str| {
            let list = self.flag(name)?;
            Some(
                list.split(',')
                    .map(|version| version.parse().unwrap())
                    .collect::<Vec<Version>>(),
            )
        };
        let (tagged, amended) = (versions("tagged"), versions("amend").unwrap_or_default());
        let manifest = self
            .flag("manifest")
            .map(|version| version.parse().unwrap());
        let context = LintContext {
            file: "in.md",
            today: self.flag("today").unwrap(),
            tagged: tagged.as_deref(),
            manifest: manifest.as_ref(),
            published: self.published.as_deref(),
            amended: &amended,
            all: self.flag("all").is_some(),
        };
        let shown =
            |p: &LintProblem| format!("{}:{}: {} ({})\n", p.file, p.line, p.message, p.rule.name());
        (None, lint(&self.text, &context).iter().map(shown).collect())
    }

    fn notes(&self) -> Outcome {
        let path = self.flag("path").unwrap_or("CHANGELOG.md");
        let place = NotesPlace {
            repository: None,
            fallback: None,
            tag: self.flag("tag").unwrap_or_default(),
            others: &self.others(),
            path,
        };
        match notes(&self.text, &self.version(), &place) {
            Ok(None) => (None, "no section\n".to_owned()),
            Ok(notes) => (notes, String::new()),
            Err(lines) => (None, format!("several sections: {lines:?}\n")),
        }
    }
}

pub(super) fn commits(text: &str) -> Vec<Commit> {
    let mut commits: Vec<Commit> = Vec::new();
    for line in text.lines() {
        if let Some(files) = line.strip_prefix("commit ") {
            let id = format!("{:07}{}", commits.len() + 1, "0".repeat(33));
            let files = files.split(' ').map(str::to_owned).collect();
            commits.push(Commit {
                id,
                files,
                ..Commit::default()
            });
        } else if let Some(commit) = commits.last_mut() {
            commit.message.extend([line, "\n"]);
        }
    }
    commits
}

#[test]
fn every_case_comes_out_as_recorded() {
    let cases = cases();
    assert!(cases.len() > 60, "where are they?");
    for dir in cases {
        let name = dir.file_name().unwrap().to_string_lossy().into_owned();
        let case = Case::read(&dir);
        let (text, said) = case.run();
        let same = text.as_ref().filter(|text| **text != case.text);
        let recorded = |file: &str| fs::read_to_string(dir.join(file)).ok();
        assert_eq!(same.cloned(), recorded("out.md"), "{name}");
        assert_eq!(said, recorded("said.txt").unwrap_or_default(), "{name}");
    }
}

#[test]
#[ignore = "rewrites the expectations; read the difference"]
#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn accept() {
    for dir in cases() {
        let case = Case::read(&dir);
        let (text, said) = case.run();
        let same = text.filter(|text| *text != case.text);
        for (file, text) in [
            ("out.md", same),
            ("said.txt", Some(said).filter(|said| !said.is_empty())),
        ] {
            match text {
                Some(text) => fs::write(dir.join(file), text).unwrap(),
                None => drop(fs::remove_file(dir.join(file))),
            }
        }
    }
}
