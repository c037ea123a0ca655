//! Holding changelogs against their rules: the files, the tags and what was published are fetched here. Must not know what
//! the rules are (`release::changelog`).

use std::path::Path;
use std::time::Instant;

use semver::Version;

use super::Drive;
use super::step::not_started;
use super::transcript::Transcript;
use crate::event::{self, Ending, Event};
use crate::git::{Git, Tag, Trouble};
use crate::plan::{Changelog, Lint, Step};
use crate::process::seconds;
use crate::release::changelog::{LintContext, LintProblem, lint, versions};
use crate::release::tag::{Releases, Series, TagTemplate};
use crate::store;

/// What was found, and what could not be looked at.
#[derive(Debug, Default)]
pub struct Found {
    /// By file and line.
    pub problems: Vec<LintProblem>,
    /// Why tags and published sections were not looked at.
    pub unchecked: Option<String>,
}

/// Tells every problem of the changelogs.
pub(super) fn run(step: &Step, what: &Lint, drive: &Drive<'_>, sink: &mut dyn FnMut(&Event)) {
    let start = Instant::now();
    let mut transcript = Transcript::begin(drive.logs, &step.id);
    let root = &drive.workspace.root;
    let mut ended = not_started(&step.id, Ending::Exited(0));
    match read(root, what) {
        Ok(texts) => {
            let found = find(root, &what.today, &texts, false, &[]);
            for problem in found.problems {
                let event = Event::Problem(told(root, problem));
                transcript.event(&event);
                sink(&event);
            }
            let unchecked = found
                .unchecked
                .map(|why| format!("tags and published sections were not looked at: {why}"));
            ended.stderr_tail = unchecked.unwrap_or_default();
        }
        Err(why) => (ended.ending, ended.stderr_tail) = (Ending::Exited(1), why),
    }
    ended.seconds = seconds(start.elapsed());
    transcript.end("", &ended);
    sink(&Event::Ended(ended));
}

/// With the text of its line.
fn told(root: &Path, problem: LintProblem) -> event::Problem {
    let text = store::read_text(&root.join(&problem.file)).unwrap_or_default();
    let line = text
        .lines()
        .nth(problem.line.saturating_sub(1) as usize)
        .unwrap_or_default()
        .to_owned();
    let LintProblem {
        file,
        line: at,
        rule,
        message,
    } = problem;
    event::Problem {
        file,
        line: at,
        text: line,
        rule: rule.name().to_owned(),
        message,
    }
}

/// The changelogs with what they say; what cannot be read ends it, in words.
fn read(root: &Path, what: &Lint) -> Result<Vec<(Changelog, String)>, String> {
    let text = |changelog: &Changelog| {
        let bytes = store::read_file(&root.join(&changelog.path), store::TEXT_LIMIT);
        let bytes = bytes.map_err(|error| format!("cannot read {}: {error}", changelog.path))?;
        let text =
            String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", changelog.path))?;
        Ok((changelog.clone(), text))
    };
    what.changelogs.iter().map(text).collect()
}

/// What is wrong with changelogs of these texts: with what has no tag yet, or with `all` sections; `amended` ones may differ
/// from what was published. Without git, or in a clone whose history is cut, tags tell nothing.
pub fn find(
    root: &Path,
    today: &str,
    books: &[(Changelog, String)],
    all: bool,
    amended: &[Version],
) -> Found {
    let past = past(root);
    let mut problems = Vec::new();
    for (changelog, text) in books {
        let context = LintContext {
            file: &changelog.path,
            today,
            amended,
            all,
            ..LintContext::default()
        };
        problems.extend(linted(changelog, text, past.as_ref().ok(), &context));
    }
    problems.sort();
    Found {
        problems,
        unchecked: past.err().map(|trouble| trouble.to_string()),
    }
}

fn past(root: &Path) -> Result<(Git, Vec<Tag>), Trouble> {
    let git = Git::discover(root)?;
    if git.is_shallow()? {
        return Err(Trouble::Shallow);
    }
    let tags = git.tags()?;
    Ok((git, tags))
}

fn linted(
    of: &Changelog,
    text: &str,
    past: Option<&(Git, Vec<Tag>)>,
    context: &LintContext<'_>,
) -> Vec<LintProblem> {
    let series = past.and_then(|(_, tags)| series(of, text, tags));
    let tagged: Vec<Version> = series
        .iter()
        .flat_map(|s| s.versions.iter().map(|(version, _)| version.clone()))
        .collect();
    let published = past.and_then(|(git, tags)| {
        let (_, at) = series.as_ref()?.last(true)?;
        let bytes = git.file_at(&tags[*at].commit, &of.path).ok()??;
        String::from_utf8(bytes).ok()
    });
    let manifest = manifest(of);
    let tagged = past.map(|_| tagged.as_slice());
    lint(
        text,
        &LintContext {
            tagged,
            manifest: manifest.as_ref(),
            published: published.as_deref(),
            ..*context
        },
    )
}

/// The releases that tags tell of a changelog with this text.
pub fn series(of: &Changelog, text: &str, tags: &[Tag]) -> Option<Series> {
    let names: Vec<&str> = of.names.iter().map(String::as_str).collect();
    let tags: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    let (template, listed) = (of.tag.as_deref().and_then(TagTemplate::new), versions(text));
    let apart = manifest(of).filter(|_| !of.folder.is_empty() && names.len() == 1);
    let (template, apart) = (template.as_ref(), apart.as_ref());
    Series::find(
        &tags,
        &Releases {
            names: &names,
            template,
            listed: &listed,
            apart,
        },
    )
}

fn manifest(of: &Changelog) -> Option<Version> {
    of.version.as_ref().and_then(|version| version.parse().ok())
}
