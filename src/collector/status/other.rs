//! Determines the status of steps that compile nothing: the source scan, the changelogs, the
//! formatter and custom commands.

use std::collections::BTreeMap;

use super::{Background, ExitDetails, StepVerdict, failed, list, stderr};
use crate::collector::facts::StepFacts;
use crate::plan::Step;
use crate::run::StepStatus;

/// Returns the status of the source scan, whose code is set by this program.
pub(super) fn scan(code: i32, said: &str) -> StepVerdict {
    match code {
        0 => Ok(StepStatus::Whole),
        _ => Err(StepStatus::Failed(format!(
            "the sources could not be read: {}",
            stderr::said(said)
        ))),
    }
}

/// Returns the status of the changelog checks, whose code is set by this program too. They are
/// partial if tags could not be read.
pub(super) fn lint(code: i32, said: &str) -> StepVerdict {
    match (code, said) {
        (0, "") => Ok(StepStatus::Whole),
        (0, unchecked) => Ok(StepStatus::Partial(unchecked.to_owned())),
        (_, why) => Err(StepStatus::Failed(why.to_owned())),
    }
}

/// Returns the status of `cargo fmt -- --check -l`. It exits with 1 if it lists files. A file that
/// rustfmt cannot parse is not listed, but reported on stderr.
pub(super) fn fmt(facts: &StepFacts, exit: &ExitDetails<'_>) -> StepVerdict {
    match (
        exit.code,
        facts.unformatted.len(),
        stderr::first_error(exit.stderr),
    ) {
        (0, 0, _) => Ok(StepStatus::Whole),
        (0, files, _) => Err(StepStatus::Failed(format!(
            "stream contradicts the exit status: {files} files listed, and rustfmt exited with 0"
        ))),
        // A path that contains a newline is printed on several lines.
        (1, 1.., None) if facts.unread_lines > 0 => Ok(StepStatus::Partial(
            "rustfmt printed a line that is not the path of a file".to_owned(),
        )),
        (1, 1.., None) => Ok(StepStatus::Whole),
        (1, 1.., Some(error)) => Ok(StepStatus::Partial(format!(
            "rustfmt could not read every file: {error}"
        ))),
        (code, files, _) => {
            let listed = if files == 0 {
                " and listed no file"
            } else {
                ""
            };
            let said = stderr::said(exit.stderr);
            let colon = if said.is_empty() { "" } else { ": " };
            Err(StepStatus::Failed(format!(
                "cargo fmt exited with {code}{listed}{colon}{said}"
            )))
        }
    }
}

/// Returns the status of a custom command. It must succeed and print exactly the metrics that
/// `campaign.toml` declares, in the declared units.
pub(super) fn own(
    step: &Step,
    facts: &StepFacts,
    exit: &ExitDetails<'_>,
    background: &Background<'_>,
) -> StepVerdict {
    if exit.code != 0 {
        let said = stderr::said(exit.stderr);
        let colon = if said.is_empty() { "" } else { ": " };
        return failed(format!("it exited with {}{colon}{said}", exit.code));
    }
    if let Some(reason) = &facts.unreadable {
        return failed(format!("its output could not be read: {reason}"));
    }
    let declared = step
        .serves
        .iter()
        .filter_map(|c| background.custom.get(c))
        .flatten();
    let declared: BTreeMap<_, _> = declared.collect();
    for figure in &facts.figures {
        let Some(unit) = declared.get(&figure.name) else {
            return failed(format!(
                "printed metric `{}` that campaign.toml does not declare",
                figure.name
            ));
        };
        if let Some(printed) = figure
            .unit
            .as_deref()
            .filter(|printed| *printed != unit.name())
        {
            let name = &figure.name;
            return failed(format!(
                "printed `{name}` in `{printed}`, campaign.toml declares `{}`",
                unit.name()
            ));
        }
    }
    let absent: Vec<&str> = declared
        .keys()
        .filter(|name| facts.figures.iter().all(|f| f.name != ***name))
        .map(|name| name.as_str())
        .collect();
    if absent.is_empty() {
        return Ok(StepStatus::Whole);
    }
    Ok(StepStatus::Partial(format!(
        "did not print {}",
        list(absent)
    )))
}
