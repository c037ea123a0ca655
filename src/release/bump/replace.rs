//! Updates versions in files other than manifests: `[[release.replace]]`.
//!
//! The literal text, with the current version filled in, must be found exactly as often as
//! expected. A snippet that was rewritten is then reported before anything is written, instead of
//! becoming stale.

use std::collections::BTreeMap;

use semver::Version;

use super::remark::Remark;
use super::{Edit, Manifest, Move};

/// The reason of an edit that a rule makes.
pub const REPLACED: &str = "[[release.replace]]";

/// A text that contains a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replace {
    /// Path relative to the root, separated by `/`.
    pub file: String,
    /// Text to search, with `{version}`, `{major}`, `{minor}` and `{patch}` for the current
    /// version.
    pub search: String,
    /// Replacement, with the same placeholders for the new version.
    pub replace: String,
    /// Expected number of occurrences.
    pub count: u32,
    /// Package whose version is used; required if packages move differently.
    pub package: Option<String>,
    /// Configuration file that contains this setting.
    pub asked: String,
    /// 1-based line of the setting.
    pub line: u32,
}

/// Returns the edits; none if no package moves.
pub(super) fn edits(
    replaces: &[Replace],
    manifests: &[Manifest],
    others: &BTreeMap<String, String>,
    moves: &[Move],
    problems: &mut Vec<Remark>,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for replace in replaces.iter().filter(|_| !moves.is_empty()) {
        let text = others.get(&replace.file).map(String::as_str);
        let text = text.or_else(|| {
            manifests
                .iter()
                .find(|m| m.path == replace.file)
                .map(|m| m.text.as_str())
        });
        match (versions(replace, moves), text) {
            (Ok(None), _) => {}
            (Ok(Some(one)), Some(text)) => match found(replace, text, one) {
                Ok(found) => edits.extend(found),
                Err(problem) => problems.push(problem),
            },
            (Err(problem), _) => problems.push(problem),
            (_, None) => {
                let what = format!("cannot read `{}` as text", replace.file);
                problems.push(
                    replace.problem(what).help(
                        "name a file of the workspace that is UTF-8 text, or remove the rule",
                    ),
                );
            }
        }
    }
    edits
}

/// Returns the move whose versions are filled in; `None` if its package stays.
fn versions<'m>(replace: &Replace, moves: &'m [Move]) -> Result<Option<&'m Move>, Remark> {
    if let Some(name) = &replace.package {
        return Ok(moves.iter().find(|one| one.name == *name));
    }
    let first = moves.first();
    let alike =
        |one: &Move| first.is_some_and(|first| (&first.from, &first.to) == (&one.from, &one.to));
    if moves.iter().all(alike) {
        return Ok(first);
    }
    let problem = replace.problem(
        "packages move differently, and it does not say whose version is meant".to_owned(),
    );
    Err(problem.help("package = \"NAME\""))
}

fn found(replace: &Replace, text: &str, one: &Move) -> Result<Vec<Edit>, Remark> {
    let (search, new) = (
        filled(&replace.search, &one.from),
        filled(&replace.replace, &one.to),
    );
    let found: Vec<usize> = text.match_indices(&search).map(|(at, _)| at).collect();
    if found.len() != replace.count as usize {
        let message = format!(
            "`{search}` is expected {} in {} and found {}",
            times(replace.count as usize),
            replace.file,
            times(found.len())
        );
        return Err(replace.problem(message).help("correct `search` or `count`"));
    }
    Ok(found
        .into_iter()
        .filter(|_| search != new)
        .map(|at: usize| {
            Edit::new(
                &replace.file,
                text,
                at..at + search.len(),
                new.clone(),
                REPLACED.to_owned(),
            )
        })
        .collect())
}

fn times(count: usize) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

fn filled(template: &str, version: &Version) -> String {
    let number = |name: &str, number: u64| (format!("{{{name}}}"), number.to_string());
    let names = [
        ("{version}".to_owned(), version.to_string()),
        number("major", version.major),
        number("minor", version.minor),
        number("patch", version.patch),
    ];
    names
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
}

impl Replace {
    fn problem(&self, message: String) -> Remark {
        Remark {
            file: self.asked.clone(),
            line: self.line,
            span: 0..0,
            message,
            help: None,
        }
    }
}
