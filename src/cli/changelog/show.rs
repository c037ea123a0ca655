//! Shows the result of a draft: the number of entries, and the commits that need a decision.

use super::super::session::Session;
use crate::ops::changelog::draft::ChangelogDraft;
use crate::ops::changelog::files;
use crate::release::changelog::{Considered, Fate};
use crate::report::Look;
use crate::report::figure::counted;
use crate::report::line::{Line, page};
use crate::report::style::Style;

/// Number of commits shown without `-v`.
const SHOWN: usize = 20;

/// Shows the status line of a changelog.
pub(super) fn status(session: &mut Session, draft: &ChangelogDraft, dry: bool) {
    let (verb, what) = match (draft.suggestions.len(), dry) {
        (0, _) => ("Unchanged", draft.path.clone()),
        (n, true) => ("Would draft", format!("{} in {}", entries(n), draft.path)),
        (n, false) => ("Drafted", format!("{} in {}", entries(n), draft.path)),
    };
    let commits = counted(draft.commits.len(), "commit");
    let since = draft
        .since
        .as_ref()
        .map_or_else(String::new, |tag| format!(" since {tag}"));
    session
        .ui
        .status(verb, &format!("{what} ({commits}{since})"));
    if draft.suggestions.is_empty()
        && draft
            .commits
            .iter()
            .any(|commit| commit.fate == Fate::Unclassified)
    {
        session.ui.help(&files::write_entries(&draft.path));
    }
    if let Some(version) = &draft.untagged {
        session.ui.note(&format!(
            "{}: {version} has a section and no tag, its commits count as unreleased",
            draft.path
        ));
    }
}

fn entries(count: usize) -> String {
    if count == 1 {
        "1 entry".to_owned()
    } else {
        format!("{count} entries")
    }
}

/// Returns a screen with the fates of commits. Those that need a decision are listed, others are
/// counted.
pub(super) fn screen(
    drafts: &[ChangelogDraft],
    unclaimed: &[Considered],
    look: &Look,
    everything: bool,
) -> String {
    let mut lines = Vec::new();
    for draft in drafts {
        fates(
            &mut lines,
            &draft.path,
            &draft.commits,
            &[Fate::Unclassified],
            everything,
        );
    }
    let open = [Fate::Unclassified, Fate::Suggested];
    fates(
        &mut lines,
        "outside all changelogs",
        unclaimed,
        &open,
        everything,
    );
    page(&lines, look)
}

/// Adds a line of counts, and the commits with an `open` fate; nothing without commits.
fn fates(
    lines: &mut Vec<Line>,
    what: &str,
    commits: &[Considered],
    open: &[Fate],
    everything: bool,
) {
    let names = [
        (Fate::Unclassified, "unclassified"),
        (Fate::Suggested, "suggested"),
        (Fate::AlreadyListed, "already listed"),
        (Fate::Minor, "not notable"),
        (Fate::Undone, "reverted"),
        (Fate::Folded, "folded"),
    ];
    let count = |fate: Fate| commits.iter().filter(|commit| commit.fate == fate).count();
    let counts = names
        .iter()
        .map(|(fate, name)| (count(*fate), name))
        .filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, name)| format!("{n} {name}")).collect();
    if counts.is_empty() {
        return;
    }
    lines.push(
        Line::styled(Style::Strong, what)
            .text(": ")
            .text(&counts.join(", ")),
    );
    list(
        lines,
        &commits
            .iter()
            .filter(|commit| open.contains(&commit.fate))
            .collect::<Vec<_>>(),
        everything,
    );
}

fn list(lines: &mut Vec<Line>, commits: &[&Considered], everything: bool) {
    let shown = if everything { commits.len() } else { SHOWN };
    for commit in commits.iter().rev().take(shown) {
        let id = commit.commit.get(..7).unwrap_or(&commit.commit);
        lines.push(
            Line::of("  ")
                .and(Style::Quiet, id)
                .text(" ")
                .text(&commit.title),
        );
    }
    if commits.len() > shown {
        lines.push(Line::of("  ").and(
            Style::Quiet,
            &format!("and {} more: -v shows all", commits.len() - shown),
        ));
    }
}
