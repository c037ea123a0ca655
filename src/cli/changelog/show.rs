//! Shows the result of a draft: the number of entries, and the commits that need a decision.

use super::super::session::Session;
use crate::ops::changelog::draft::ChangelogDraft;
use crate::ops::changelog::files;
use crate::release::changelog::{Considered, Fate};
use crate::report::document::{Block, Document, Text};
use crate::report::figure::counted;
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
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

/// Returns the fates of commits. Those that need a decision are listed, others are counted. With `everything`, those that
/// are already listed are shown as well.
pub(super) fn commits(
    drafts: &[ChangelogDraft],
    unclaimed: &[Considered],
    everything: bool,
) -> Document {
    let mut blocks = Document::new();
    for draft in drafts {
        let open = [Fate::Unclassified, Fate::Outdated];
        blocks.extend(fates(&draft.path, &draft.commits, &open, everything));
    }
    let open = [Fate::Unclassified, Fate::Suggested];
    let title = "outside all changelogs";
    blocks.extend(fates(title, unclaimed, &open, everything));
    blocks
}

/// The fates of commits, in the order in which they are counted.
const FATES: [(Fate, &str); 8] = [
    (Fate::Unclassified, "unclassified"),
    (Fate::Outdated, "listed but reverted"),
    (Fate::Suggested, "suggested"),
    (Fate::AlreadyListed, "already listed"),
    (Fate::Minor, "not notable"),
    (Fate::Undone, "reverted"),
    (Fate::Released, "released"),
    (Fate::Folded, "folded"),
];

/// Returns a line with counts and the commits with an `open` fate; nothing without commits.
fn fates(title: &str, commits: &[Considered], open: &[Fate], everything: bool) -> Document {
    let counts: Vec<String> = FATES
        .iter()
        .map(|(fate, name)| (commits.iter().filter(|c| c.fate == *fate).count(), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    if counts.is_empty() {
        return Document::new();
    }

    let counts = format!(": {}", counts.join(", "));
    let title = Text::styled(Style::Strong, title).words(counts);
    let is_shown = |commit: &&Considered| {
        open.contains(&commit.fate) || everything && commit.fate == Fate::AlreadyListed
    };
    let open: Vec<&Considered> = commits.iter().filter(is_shown).collect();
    let shown = if everything { open.len() } else { SHOWN };
    let mut blocks = vec![
        Block::paragraph(title),
        Block::Lines(2, open.iter().rev().take(shown).map(|c| line(c)).collect()),
    ];
    if open.len() > shown {
        let rest = format!("and {} more: -v shows all", open.len() - shown);
        blocks.push(Block::Lines(2, vec![Text::styled(Style::Quiet, rest)]));
    }
    blocks
}

fn line(commit: &Considered) -> Text {
    let id = commit.commit.get(..7).unwrap_or(&commit.commit);
    let text = Text::styled(Style::Quiet, id).words(format!(" {}", commit.title));
    match commit.fate {
        Fate::AlreadyListed => text.words(" (already listed)"),
        Fate::Outdated => text.words(" (listed, but reverted)"),
        _ => text,
    }
}
