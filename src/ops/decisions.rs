//! The decisions of the team, each in a file of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;

use anyhow::Result;

use super::evaluate;
use super::{Context, Exit, Stop};
use crate::change::Change;
use crate::edit;
use crate::progress::decision::{
    self, Confirmation, Decision, confirm, file_name, number, problem,
};
use crate::store;
use crate::text::first_few;

/// A decision and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecisionState {
    /// Its file, relative to the root.
    pub(crate) path: String,
    /// Its number.
    pub(crate) number: u32,
    /// Its content.
    pub(crate) decision: Decision,
    /// Whether it holds.
    pub(crate) confirmation: Confirmation,
    /// The problems of its file.
    pub(crate) problems: Vec<String>,
}

/// Returns the decisions, by number.
///
/// # Errors
/// If the directory cannot be read, or the gates are not valid.
pub(crate) fn list(cx: &Context) -> Result<Vec<DecisionState>> {
    let files = files(cx)?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let evaluation = evaluate::now(cx)?;
    let elsewhere = elsewhere(cx);
    let mut states = Vec::new();
    for (file, number) in &files {
        let path = format!("{}/{file}", directory(cx));
        let mut problems = Vec::new();
        let decision = match store::read_text(&cx.root().join(&path)) {
            Ok(text) => decision::parse(&text),
            Err(error) => {
                problems.push(format!("cannot read it: {error}"));
                Decision::default()
            }
        };
        if problems.is_empty() {
            problems.extend(problem(&decision));
        }
        let others = files
            .iter()
            .filter(|(other, taken)| *taken == number && *other != file);
        let others: Vec<&String> = others.map(|(other, _)| other).collect();
        if !others.is_empty() {
            problems.push(format!("{} has this number too", first_few(others, 3)));
        }
        let on_branches = elsewhere.get(number).into_iter().flatten();
        let on_branches: Vec<&String> = on_branches.filter(|other| *other != file).collect();
        if !on_branches.is_empty() {
            let others = first_few(on_branches, 3);
            problems.push(format!("{others} has this number on another branch"));
        }
        states.push(DecisionState {
            path,
            number: *number,
            confirmation: confirm(&decision, &evaluation.judgement.gates),
            decision,
            problems,
        });
    }
    states.sort_by(|one, other| (one.number, &one.path).cmp(&(other.number, &other.path)));
    Ok(states)
}

/// Writes a new decision with the next number that no branch has, and returns its path relative to the root.
///
/// # Errors
/// If the title cannot be the name of a file, git does not know the branches, or the file cannot be written.
pub(crate) fn create(cx: &Context, title: &str) -> Result<String> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.contains(char::is_control) {
        return Err(Stop::new(Exit::Usage, "a control character in the title").into());
    }
    let _lock = cx.lock()?;
    let named = cx.git()?.added_files(directory(cx), false)?;
    let of_branches = named.iter().filter_map(|name| number(name));
    let taken = of_branches.chain(files(cx)?.into_values()).max();
    let next = taken.unwrap_or_default().saturating_add(1);
    let Some(name) = file_name(next, &title) else {
        let stop = Stop::new(Exit::Usage, "the title has no letter or digit");
        return Err(stop.into());
    };
    let path = format!("{}/{name}", directory(cx));
    let text = decision::template(&title, &cx.today(), &cx.author()?);
    let change = Change::create(path.clone(), text);
    edit::create_directories(cx.root(), &path)?;
    edit::apply(cx.root(), &cx.store.journal(), &[change])?;
    Ok(path)
}

fn directory(cx: &Context) -> &str {
    cx.config().decisions.as_deref().unwrap_or("docs/decisions")
}

/// Returns the files of decisions with their numbers.
fn files(cx: &Context) -> Result<BTreeMap<String, u32>> {
    let entries = match fs::read_dir(cx.root().join(directory(cx))) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries?,
    };
    let mut files = BTreeMap::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(number) = number(&name) {
            files.insert(name, number);
        }
    }
    Ok(files)
}

/// Returns the files of decisions that other branches added, by number. Where git does not know them, a note says so.
fn elsewhere(cx: &Context) -> BTreeMap<u32, BTreeSet<String>> {
    let named = cx
        .git()
        .and_then(|git| git.added_files(directory(cx), true));
    let named = named.unwrap_or_else(|trouble| {
        cx.note(&format!(
            "decisions on other branches are unknown: {trouble}"
        ));
        BTreeSet::new()
    });
    let mut elsewhere: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for name in named {
        if let Some(number) = number(&name) {
            elsewhere.entry(number).or_default().insert(name);
        }
    }
    elsewhere
}
