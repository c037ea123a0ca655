//! The files through which a step of GitHub Actions passes on its summary and its outputs.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};

use super::session::{Given, Session};
use super::terminal::Terminal;
use crate::ops::{Exit, history};
use crate::report::{Report, github};
use crate::run::Verdict;
use crate::store;

/// The files that the environment names. One that cannot be written is a warning, because it must not change the verdict.
#[derive(Clone, Debug)]
pub(super) struct StepFiles {
    summary: Option<PathBuf>,
    outputs: Option<PathBuf>,
}

impl StepFiles {
    /// Returns the files of this environment.
    pub(super) fn of(given: &Given) -> Self {
        let environment = &given.environment;
        let path = |file: &PathBuf| given.cwd.join(file);
        Self {
            summary: environment.step_summary.as_ref().map(path),
            outputs: environment.step_output.as_ref().map(path),
        }
    }

    /// Appends the summary and the outputs of a report.
    pub(super) fn write(&self, session: &Session, report: &Report) {
        if let Some(path) = &self.summary {
            append_summary(&session.ui, path, summary(session, report, path));
        }
        if let Some(path) = &self.outputs {
            let text = between_delimiters(|delimiter| github::outputs(report, delimiter));
            append(&session.ui, "GITHUB_OUTPUT", path, &text);
        }
    }

    /// Does the same for an error that leaves nothing to report.
    pub(super) fn write_error(&self, ui: &Terminal, message: &str, exit: Exit) {
        let verdict = (exit == Exit::NoVerdict).then_some(Verdict::NoVerdict);
        if let Some(path) = &self.summary {
            let text = github::summary_of_error(message, verdict, exit as u8, room(path));
            append_summary(ui, path, text);
        }
        if let Some(path) = &self.outputs {
            let text = between_delimiters(|delimiter| {
                github::outputs_of_error(verdict, exit as u8, delimiter)
            });
            append(ui, "GITHUB_OUTPUT", path, &text);
        }
    }
}

/// Returns a summary that fits into the file.
fn summary(session: &Session, report: &Report, path: &Path) -> Option<String> {
    let trends = history::trends(session, &[]);
    let proposed = session.at.as_ref().and_then(|at| at.proposed.as_ref());
    github::summary(report, &trends, proposed, room(path))
}

/// Returns the number of bytes that a summary in this file may still have.
fn room(path: &Path) -> usize {
    let used = fs::metadata(path).map_or(0, |file| file.len());
    let used = usize::try_from(used).unwrap_or(usize::MAX);
    github::SUMMARY_LIMIT.saturating_sub(used)
}

/// Returns outputs between delimiters that no value contains.
fn between_delimiters(outputs: impl Fn(&str) -> Option<String>) -> String {
    loop {
        let delimiter = format!("campaign-{}{}", random(), random());
        if let Some(text) = outputs(&delimiter) {
            return text;
        }
    }
}

/// Returns a number that cannot be guessed, from the keys that the standard library draws for its hash maps.
fn random() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Appends a summary; `None` if there is no room for it.
fn append_summary(ui: &Terminal, path: &Path, text: Option<String>) {
    match text {
        Some(text) => append(ui, "GITHUB_STEP_SUMMARY", path, &text),
        None => ui.warn("the step summary was left out: its file has reached the size limit"),
    }
}

fn append(ui: &Terminal, variable: &str, path: &Path, text: &str) {
    if let Err(error) = store::append(path, text.as_bytes()) {
        let path = path.display();
        let message = format!("cannot append to `{path}` of {variable}: {error}");
        ui.warn(&message);
    }
}
