//! Markdown: the report, and the completion report of a campaign.
//!
//! GitHub-flavoured, in a fixed order: the verdict, what fails and why, what changed, all else folded, and where every value
//! comes from. Knows nothing of
//! where it is posted.

mod completion;
pub mod escape;
mod section;

pub use completion::{Completion, completion};

use super::figure::counted;
use super::object::Report;
use super::{Look, exit_code, phrase};
use escape::Md;

/// The report as a document.
pub fn report(report: &Report, _now: i64, _look: &Look) -> String {
    let open = section::Open::of(report);
    let changes = section::changes(report, &open);
    let parts = [
        title(
            report,
            if report.readiness.is_some() {
                ": release readiness"
            } else {
                ""
            },
        ),
        section::readiness(report),
        verdict(report),
        open.text,
        changes,
        section::notes(report),
        section::rest(report),
        section::rests_on(report),
        section::footer(report),
    ];
    document(&parts)
}

/// What the baseline had and what there is now, for release notes: figures of both sides that may be compared. `None`
/// without any.
pub fn figures(report: &Report) -> Option<String> {
    let table = section::both(report)?;
    Some(document(&[
        "### Before and after".to_owned(),
        table,
        section::origin(report),
    ]))
}

/// Parts with a blank line between them; empty ones are left out.
fn document(parts: &[String]) -> String {
    parts
        .iter()
        .map(|part| part.trim_end())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
        + "\n"
}

fn title(report: &Report, what: &'static str) -> String {
    let name = if report.campaign.name.is_empty() {
        &report.run.workspace
    } else {
        &report.campaign.name
    };
    let goal = report
        .campaign
        .release
        .as_deref()
        .map(|to| Md::own(" → ").and(&Md::prose(to)))
        .unwrap_or_default();
    format!("# {}{}{what}\n", Md::prose(name).as_str(), goal.as_str())
}

fn verdict(report: &Report) -> String {
    let (word, _) = phrase::verdict(report.verdict);
    let (code, reason) = (exit_code(report), Md::prose(&report.reason));
    format!(
        "**{}**: {} (exit {code})\n",
        word.to_uppercase(),
        reason.as_str()
    )
}

/// `3 findings`, in bold.
fn bold(n: usize, what: &str) -> String {
    format!("**{}**", counted(n, what))
}

#[cfg(test)]
mod tests;
