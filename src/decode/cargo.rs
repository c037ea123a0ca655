//! Cargo's `--message-format=json` lines.
//!
//! The output of proc macros ends up between the messages and may imitate them. A message therefore
//! counts only if it has every field that cargo always sends, and a diagnostic only if its package
//! is a member. Whether two diagnostics are the same finding is decided by the collectors.

mod span;
#[cfg(test)]
mod tests;
mod wire;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::path::PathNames;
use crate::event::{Artifact, Diagnostic, Event, Level, machine, sums_up, target_not_installed};
use crate::workspace::Workspace;

/// Characters kept of an unknown line.
const NOISE: usize = 500;

/// Decodes cargo's stdout up to the first `build-finished` message. Later lines are refused.
#[derive(Debug)]
pub struct CargoReader {
    /// Names of the members by package id.
    names: BTreeMap<String, String>,
    paths: PathNames,
    odd: BTreeMap<String, u64>,
    finished: bool,
}

/// Why a line gives no event.
enum Odd {
    /// Not a message, or not in the form in which cargo writes it.
    Noise,
    /// A message of an unknown kind.
    Unknown,
    /// A diagnostic of a package outside the workspace.
    Foreign,
}

impl CargoReader {
    /// Creates a reader for a build of this workspace.
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            names: workspace.names(),
            paths: PathNames::new(workspace),
            odd: BTreeMap::new(),
            finished: false,
        }
    }

    /// Reads one line without its newline. Returns `false` if the build has finished, so that the
    /// line is not a message of cargo.
    pub fn line(&mut self, line: &[u8], sink: &mut dyn FnMut(Event)) -> bool {
        if self.finished {
            return false;
        }
        let text = match str::from_utf8(line) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                self.count("non-utf8");
                String::from_utf8_lossy(line)
            }
        };
        let text = text.trim_end();
        if text.is_empty() {
            return true;
        }
        match self.message(text) {
            Ok(Some(event)) => sink(event),
            Ok(None) => {}
            Err(Odd::Foreign) => self.count("foreign"),
            Err(odd) => {
                self.count(if matches!(odd, Odd::Unknown) {
                    "unknown"
                } else {
                    "noise"
                });
                sink(Event::Noise {
                    line: text.chars().take(NOISE).collect(),
                });
            }
        }
        true
    }

    /// Returns the numbers of lines without an event by kind: `noise`, `foreign` (packages outside
    /// the workspace), `non-utf8`, `unknown`.
    pub fn odd(&self) -> &BTreeMap<String, u64> {
        &self.odd
    }

    fn count(&mut self, what: &str) {
        *self.odd.entry(what.to_owned()).or_default() += 1;
    }

    /// Returns the event of a message. `None` for known messages without one.
    fn message(&mut self, text: &str) -> Result<Option<Event>, Odd> {
        // The Cargo book asks readers to ignore lines that do not begin with a brace.
        if !text.starts_with('{') {
            return Err(Odd::Noise);
        }
        let line: wire::CargoMessage<'_> = serde_json::from_str(text).map_err(|_| Odd::Noise)?;
        match line.reason.0.as_ref() {
            "compiler-message" => self.diagnostic(line, text),
            "compiler-artifact" => self
                .artifact(line)
                .map(|artifact| Some(Event::Artifact(artifact)))
                .ok_or(Odd::Noise),
            "build-script-executed" => Ok(None),
            "build-finished" => {
                let success = line.success.ok_or(Odd::Noise)?;
                self.finished = true;
                Ok(Some(Event::BuildFinished { success }))
            }
            _ => Err(Odd::Unknown),
        }
    }

    fn artifact(&self, line: wire::CargoMessage<'_>) -> Option<Artifact> {
        let id = line.package_id?.0;
        let (target_kind, target) = unit(line.target?)?;
        let files = line.filenames?;
        let known = self.names.get(id.as_ref());
        Some(Artifact {
            package: known
                .cloned()
                .unwrap_or_else(|| package_name(&id).to_owned()),
            member: known.is_some(),
            target_kind,
            target,
            test: line.profile?.test,
            fresh: line.fresh?,
            files: files.into_iter().map(|file| file.0.into_owned()).collect(),
            executable: line.executable.map(|path| path.0.into_owned()),
        })
    }

    fn diagnostic(&self, line: wire::CargoMessage<'_>, text: &str) -> Result<Option<Event>, Odd> {
        let (Some(id), Some(target), Some(message)) = (line.package_id, line.target, line.message)
        else {
            return Err(Odd::Noise);
        };
        let (target_kind, target) = unit(target).ok_or(Odd::Noise)?;
        let package = self.names.get(id.0.as_ref()).ok_or(Odd::Foreign)?;
        let Some(level) = level(&message) else {
            return Ok(None);
        };
        let first = message.message.0.lines().next().unwrap_or_default();
        // The linker's own output is only in a note of `linking with cc failed`.
        let is_linker = level == Level::Error && message.spans.is_empty();
        let hidden = is_linker
            .then(|| failure_in_notes(text))
            .flatten()
            .filter(|words| !first.contains(words));
        let first = hidden.map_or_else(|| first.to_owned(), |words| format!("{first}: {words}"));
        let code = message.code.map(|code| code.code.0.into_owned());
        // Only a note distinguishes a target that is not installed from one without such a crate.
        let is_missing_crate = code.as_deref() == Some("E0463");
        let absent = is_missing_crate
            .then(|| target_not_installed(text))
            .flatten();
        let first = match absent {
            Some(target) => format!("{first}: the `{target}` target may not be installed"),
            None => first,
        };
        let spans = message
            .spans
            .iter()
            .filter(|s| s.is_primary)
            .map(|s| span::primary(s, &self.paths))
            .collect();
        Ok(Some(Event::Diagnostic(Diagnostic {
            package: package.clone(),
            target_kind,
            target,
            level,
            code,
            message: first,
            spans,
        })))
    }
}

/// Finds a sign of a failure of the machine in the notes of a diagnostic.
fn failure_in_notes(text: &str) -> Option<&'static str> {
    let line: wire::WithNotes = serde_json::from_str(text).ok()?;
    let mut lines = line
        .message
        .children
        .iter()
        .flat_map(|note| note.message.lines());
    lines.find_map(machine::sign)
}

/// Returns the first kind and the name of the unit's target.
fn unit(target: wire::WireTarget<'_>) -> Option<(String, String)> {
    let kind = target.kind.into_iter().next()?;
    Some((kind.0.into_owned(), target.name.0.into_owned()))
}

/// Returns the level of a diagnostic. `None` for notes and for the compiler's own summaries.
///
/// A message without a code and a place may be a summary (`2 warnings emitted`), or a problem of its own
/// (`linking with cc failed`, an unknown target feature), so the text of the message decides.
fn level(message: &wire::WireDiagnostic<'_>) -> Option<Level> {
    let is_placeless = message.code.is_none() && !message.spans.iter().any(|span| span.is_primary);
    let is_summary = is_placeless && sums_up(&message.message.0);
    match message.level.0.as_ref() {
        "warning" if !is_summary => Some(Level::Warning),
        "error" if !is_summary => Some(Level::Error),
        "error: internal compiler error" => Some(Level::Ice),
        _ => None,
    }
}

/// Returns the name in a package id: `registry+https://host/index#serde@1.0.0`,
/// `path+file:///ws/core#0.1.0` (the directory's name), or the older `serde 1.0.0 (registry+..)`.
fn package_name(id: &str) -> &str {
    if let Some((name, _)) = id.split_once(' ') {
        return name;
    }
    let (source, fragment) = id.split_once('#').unwrap_or((id, ""));
    match fragment.rsplit_once('@') {
        Some((name, _)) => name,
        None if fragment.starts_with(|c: char| c.is_alphabetic()) => fragment,
        None => {
            let directory = source
                .split('?')
                .next()
                .unwrap_or(source)
                .trim_end_matches('/');
            let name = directory.rsplit('/').next().unwrap_or(directory);
            name.strip_suffix(".git").unwrap_or(name)
        }
    }
}
