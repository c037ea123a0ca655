//! The files through which a step of GitHub Actions passes on its summary and its outputs.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::Path;

use super::session::Session;
use crate::ops::history;
use crate::report::{Report, github};
use crate::store;

/// Appends the summary and the outputs to the files that the environment names. A file that cannot be written is a
/// warning, because it must not change the verdict.
pub(super) fn write(session: &Session, report: &Report) {
    let environment = &session.options.environment;
    if let Some(path) = &environment.step_summary {
        let path = session.given.cwd.join(path);
        match summary(session, report, &path) {
            Some(text) => append(session, "GITHUB_STEP_SUMMARY", &path, &text),
            None => session
                .ui
                .warn("the step summary was left out: its file has reached the size limit"),
        }
    }
    if let Some(path) = &environment.step_output {
        let path = session.given.cwd.join(path);
        append(session, "GITHUB_OUTPUT", &path, &outputs(report));
    }
}

/// Returns a summary that fits into the file.
fn summary(session: &Session, report: &Report, path: &Path) -> Option<String> {
    let used = fs::metadata(path).map_or(0, |file| file.len());
    let used = usize::try_from(used).unwrap_or(usize::MAX);
    let trends = history::trends(session, &[]);
    let proposed = session.at.as_ref().and_then(|at| at.proposed.as_ref());
    let limit = github::SUMMARY_LIMIT.saturating_sub(used);
    github::summary(report, &trends, proposed, limit)
}

/// Returns the outputs between delimiters that no value contains.
fn outputs(report: &Report) -> String {
    loop {
        let delimiter = format!("campaign-{}{}", random(), random());
        if let Some(text) = github::outputs(report, &delimiter) {
            return text;
        }
    }
}

/// Returns a number that cannot be guessed, from the keys that the standard library draws for its hash maps.
fn random() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

fn append(session: &Session, variable: &str, path: &Path, text: &str) {
    if let Err(error) = store::append(path, text.as_bytes()) {
        let path = path.display();
        let message = format!("cannot append to `{path}` of {variable}: {error}");
        session.ui.warn(&message);
    }
}
