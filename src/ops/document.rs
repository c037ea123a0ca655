//! Keeps the documents of a team current: their regions are replaced, all else stays as it is, byte for byte.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use anyhow::Result;

use super::{Context, Exit, Stop};
use crate::change::Change;
use crate::edit;
use crate::options::Refused;
use crate::options::mistake::Invalid;
use crate::options::regions::{Region, regions};
use crate::report::facts::ReportFacts;
use crate::report::region::{content, new_file};
use crate::store;
use crate::team_document::TeamDocument;

/// A document and the changes of an update.
pub(crate) struct DocumentUpdate {
    /// Whether the file exists.
    pub(crate) exists: bool,
    /// The names of the regions that are out of date, with the 1-based lines at which they begin.
    pub(crate) stale: Vec<(&'static str, u32)>,
    /// The names of sections that the configuration lists and the file does not have.
    pub(crate) missing: Vec<String>,
    /// The change of the file.
    pub(crate) change: Change,
    /// The old contents of its regions, unless they are blank.
    replaced: Vec<String>,
    /// The new contents.
    generated: Vec<String>,
}

impl DocumentUpdate {
    /// Returns whether the file agrees with the evidence, apart from texts that differ from one measurement to the next.
    pub(crate) fn is_current(&self) -> bool {
        self.exists && self.stale.is_empty()
    }
}

/// Returns the update of each document.
///
/// # Errors
/// If a file cannot be read, or its regions are not valid.
pub(crate) fn updates(cx: &Context, facts: &ReportFacts<'_>) -> Result<Vec<DocumentUpdate>> {
    let documents = cx.config().documents.iter();
    documents.map(|one| update(cx, one, facts)).collect()
}

fn update(
    cx: &Context,
    document: &TeamDocument,
    facts: &ReportFacts<'_>,
) -> Result<DocumentUpdate> {
    let path = &document.path;
    let before = match store::read_text(&cx.root().join(path)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            let message = format!("cannot read the document `{path}`: {error}");
            return Err(Stop::new(Exit::CouldNotRun, message).into());
        }
    };
    let exists = before.is_some();
    let text = match before {
        Some(text) => text,
        None => new_file(document, facts),
    };
    let found = regions(&text).map_err(|mistakes| {
        Refused::from(Invalid {
            file: path.clone(),
            text: text.clone(),
            mistakes,
        })
    })?;
    if found.is_empty() {
        let message = format!("the document `{path}` has no region");
        let stop = Stop::new(Exit::Usage, message);
        let section = document.sections.first().map_or("gates", String::as_str);
        let help = format!("add the lines `<!-- campaign:{section} -->` and `<!-- /campaign -->`");
        return Err(stop.help(help).into());
    }
    let Regenerated {
        after,
        stale,
        replaced,
        generated,
    } = regenerated(&text, &found, facts);
    let present: BTreeSet<&str> = found.iter().map(|region| region.section.name).collect();
    let missing = document.sections.iter();
    let missing = missing.filter(|name| !present.contains(name.as_str()));
    Ok(DocumentUpdate {
        exists,
        stale,
        missing: missing.cloned().collect(),
        change: match exists {
            true => Change::edit(path, text, after),
            false => Change::create(path, after),
        },
        replaced,
        generated,
    })
}

/// A text with the present contents of its regions.
#[derive(Default)]
struct Regenerated {
    after: String,
    /// The regions that were out of date.
    stale: Vec<(&'static str, u32)>,
    replaced: Vec<String>,
    generated: Vec<String>,
}

fn regenerated(text: &str, regions: &[Region], facts: &ReportFacts<'_>) -> Regenerated {
    let is_crlf = text.contains("\r\n");
    let mut new = Regenerated::default();
    let mut end = 0;
    for region in regions {
        let content = content(region.section, facts);
        let old = text[region.content.clone()].replace("\r\n", "\n");
        let is_current = region.section.is_of_period || content.is_like(old.trim_matches('\n'));
        if !is_current {
            new.stale.push((region.section.name, region.line));
        }
        new.after.push_str(&text[end..region.content.start]);
        let generated = format!("\n{}\n\n", content.text());
        match is_crlf {
            true => new.after.push_str(&generated.replace('\n', "\r\n")),
            false => new.after.push_str(&generated),
        }
        if !old.trim().is_empty() {
            new.replaced.push(old);
        }
        new.generated.push(generated);
        end = region.content.end;
    }
    new.after.push_str(&text[end..]);
    new
}

/// Files that were written.
pub(crate) struct WrittenDocuments {
    /// All of them, relative to the root.
    pub(crate) files: Vec<String>,
    /// Those in which text was replaced that this clone did not generate. They count as edited sources.
    pub(crate) edited: Vec<String>,
    /// Those that were generated here and that git tracks since. They count as sources from now on.
    pub(crate) tracked: Vec<String>,
}

/// Writes the updates, all or none.
///
/// # Errors
/// If a file was changed in the meantime, or cannot be written; nothing is written then.
pub(crate) fn apply(cx: &Context, updates: &[DocumentUpdate]) -> Result<WrittenDocuments> {
    let changes: Vec<Change> = updates.iter().map(|one| one.change.clone()).collect();
    let _lock = cx.lock()?;
    for update in updates.iter().filter(|update| !update.exists) {
        edit::create_directories(cx.root(), &update.change.path)?;
    }
    let tracked = newly_tracked(cx, updates);
    let mut edited = Vec::new();
    for update in updates {
        if !note(cx, update) && !update.change.is_idle() {
            edited.push(update.change.path.clone());
        }
    }
    let files = edit::apply(cx.root(), &cx.store.journal(), &changes)?.files;
    Ok(WrittenDocuments {
        files,
        edited,
        tracked,
    })
}

/// Returns the updated files that were no sources as they are, because they were generated here, if git tracks them.
fn newly_tracked(cx: &Context, updates: &[DocumentUpdate]) -> Vec<String> {
    let known = cx.store.reports();
    let is_generated = |update: &&DocumentUpdate| {
        let before = update.change.before.as_deref();
        !update.change.is_idle() && before.is_some_and(|text| known.contains(&store::digest(text)))
    };
    let generated = updates.iter().filter(is_generated);
    let mut paths: Vec<String> = generated.map(|one| one.change.path.clone()).collect();
    if !paths.is_empty() {
        let names: Vec<&str> = paths.iter().map(String::as_str).collect();
        let tracked = cx.git().ok().and_then(|git| git.tracked_among(&names).ok());
        let tracked = tracked.unwrap_or_default();
        paths.retain(|path| tracked.contains(path));
    }
    paths
}

/// Remembers generated text. It does not count as a source, so results stay current. Text of people in a region may have been
/// measured: a file without it counts as another one. Returns whether results stay current.
fn note(cx: &Context, update: &DocumentUpdate) -> bool {
    let known = cx.store.reports();
    let mut replaced = update.replaced.iter();
    let is_ours = replaced.all(|old| known.contains(&store::digest(old.as_bytes())));
    match (&update.change.before, &update.change.after) {
        (Some(before), Some(after)) if is_ours => cx.store.note_document(before, after),
        (None, Some(after)) => cx.store.note_report(after),
        _ => {}
    }
    for text in &update.generated {
        cx.store.note_report(text.as_bytes());
    }
    is_ours
}
