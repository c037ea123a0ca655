//! A unified diff as git shows it, which `git apply` accepts.

use similar::{ChangeTag, TextDiff};

use super::style::Style;
use crate::change::Change;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// A line of a diff. The text comes from files: renderers escape it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DiffLine {
    /// The style of the line.
    pub(super) style: Style,
    /// The sign before a line of the file; `None` for a line of the diff itself.
    pub(super) sign: Option<char>,
    /// The text without the sign and the line feed. It may end with a carriage return.
    pub(super) text: String,
    /// Whether it is the first line of the file, where a byte order mark has a meaning.
    pub(super) is_first: bool,
}

impl DiffLine {
    /// Returns a line of the diff itself.
    fn own(style: Style, text: impl Into<String>) -> Self {
        Self {
            style,
            sign: None,
            text: text.into(),
            is_first: false,
        }
    }
}

/// Returns the lines of a diff; none if the file stays as it is.
pub(super) fn lines(change: &Change) -> Vec<DiffLine> {
    if change.is_idle() {
        return Vec::new();
    }
    let mut lines = header(change);
    let (old, new) = (
        text(change.before.as_deref()),
        text(change.after.as_deref()),
    );
    let diff = TextDiff::from_lines(&old, &new);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(DiffLine::own(Style::Frame, hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let is_first = change.old_index().or(change.new_index()) == Some(0);
            push(&mut lines, change.tag(), change.value(), is_first);
        }
    }
    lines
}

/// Returns the lines that name the file.
fn header(change: &Change) -> Vec<DiffLine> {
    let path = &change.path;
    let mut lines = vec![format!("diff --git a/{path} b/{path}")];
    if change.before.is_none() {
        lines.push("new file mode 100644".to_owned());
    } else if change.after.is_none() {
        lines.push("deleted file mode 100644".to_owned());
    }
    lines.push(match change.before {
        Some(_) => format!("--- a/{path}"),
        None => "--- /dev/null".to_owned(),
    });
    lines.push(match change.after {
        Some(_) => format!("+++ b/{path}"),
        None => "+++ /dev/null".to_owned(),
    });
    lines
        .into_iter()
        .map(|line| DiffLine::own(Style::Strong, line))
        .collect()
}

fn text(content: Option<&[u8]>) -> String {
    String::from_utf8_lossy(content.unwrap_or_default()).into_owned()
}

/// Adds a line of the file.
fn push(lines: &mut Vec<DiffLine>, tag: ChangeTag, value: &str, is_first: bool) {
    let (sign, style) = match tag {
        ChangeTag::Equal => (' ', Style::Plain),
        ChangeTag::Delete => ('-', Style::Bad),
        ChangeTag::Insert => ('+', Style::Good),
    };
    let ended = value.strip_suffix('\n');
    lines.push(DiffLine {
        style,
        sign: Some(sign),
        text: ended.unwrap_or(value).to_owned(),
        is_first,
    });
    if ended.is_none() {
        let remark = "\\ No newline at end of file";
        lines.push(DiffLine::own(Style::Plain, remark));
    }
}
