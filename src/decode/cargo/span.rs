//! Conversion of rustc's spans: the place that counts, its path relative to the root, and its text.

use std::borrow::Cow;

use super::wire;
use crate::event::Span;

/// Source lines kept of a span.
const LINES: usize = 3;

/// The workspace root.
#[derive(Debug)]
pub(super) struct SpanRoot {
    /// With `/` between the components and at the end.
    text: String,
    /// Whether paths are those of Windows. Elsewhere, `\` may be part of a name.
    is_windows: bool,
}

impl SpanRoot {
    /// Converts an absolute path.
    pub(super) fn new(path: &std::path::Path) -> Self {
        let path = path.to_string_lossy();
        let is_windows = !path.starts_with('/');
        let text = match is_windows {
            true => slashed(&path),
            false => path,
        };
        Self {
            text: format!("{}/", text.trim_end_matches('/')),
            is_windows,
        }
    }

    /// Returns `file` with `/` as the separator, relative to the root if it lies below it.
    pub(super) fn relative<'a>(&self, file: &'a str) -> Cow<'a, str> {
        let file = match self.is_windows {
            true => slashed(file),
            false => Cow::Borrowed(file),
        };
        match file {
            Cow::Borrowed(file) => Cow::Borrowed(
                file.strip_prefix(&self.text)
                    .or_else(|| file.strip_prefix("./"))
                    .unwrap_or(file),
            ),
            Cow::Owned(file) => match file
                .strip_prefix(&self.text)
                .or_else(|| file.strip_prefix("./"))
            {
                Some(rest) => Cow::Owned(rest.to_owned()),
                None => Cow::Owned(file),
            },
        }
    }

    /// Returns whether this file lies in the workspace. Paths of members are relative; those of the
    /// standard library, of registry crates and `<anon>` are not.
    fn holds(&self, file: &str) -> bool {
        let file = self.relative(file);
        !(file.starts_with(['/', '<']) || file.get(1..3) == Some(":/"))
    }
}

/// Replaces Windows' `\` by `/` and removes the `\\?\` of its long paths.
fn slashed(path: &str) -> Cow<'_, str> {
    if path.contains('\\') {
        let path = path.replace('\\', "/");
        Cow::Owned(
            path.strip_prefix("//?/")
                .map_or_else(|| path.clone(), str::to_owned),
        )
    } else {
        Cow::Borrowed(path)
    }
}

/// Converts a primary span. If it lies outside the workspace, in a macro of another crate, the
/// outermost call inside the workspace counts.
pub(super) fn primary(span: &wire::WireSpan<'_>, root: &SpanRoot) -> Span {
    let mut place = span;
    let mut expansion = None;
    let inside = root.holds(&span.file_name.0);
    let mut next = span.expansion.as_deref();
    while let Some(outer) = next {
        expansion = Some(outer.macro_decl_name.0.as_ref());
        if !inside && root.holds(&outer.span.file_name.0) {
            place = &outer.span;
        }
        next = outer.span.expansion.as_deref();
    }
    Span {
        file: root.relative(&place.file_name.0).into_owned(),
        line: place.line_start,
        column: place.column_start,
        end_line: place.line_end,
        end_column: place.column_end,
        text: place
            .text
            .iter()
            .take(LINES)
            .map(|line| line.text.0.clone().into_owned())
            .collect(),
        snippet: snippet(&place.text),
        expansion: expansion.map(str::to_owned),
    }
}

/// Returns the highlighted part of the first lines with white space collapsed.
fn snippet(lines: &[wire::SourceLine<'_>]) -> String {
    let mut snippet = String::new();
    let words = lines
        .iter()
        .take(LINES)
        .flat_map(|line| highlighted(line).split_whitespace());
    for word in words {
        if !snippet.is_empty() {
            snippet.push(' ');
        }
        snippet.push_str(word);
    }
    snippet
}

/// Returns the highlighted characters of a line. Columns beyond its end are cut to it.
fn highlighted<'a>(line: &'a wire::SourceLine<'_>) -> &'a str {
    let text = line.text.0.as_ref();
    let range = offset(text, line.highlight_start)..offset(text, line.highlight_end);
    text.get(range).unwrap_or("")
}

/// Returns the byte offset of a 1-based column.
fn offset(text: &str, column: usize) -> usize {
    let skipped = column.saturating_sub(1);
    // Columns count characters, which are bytes in most lines.
    if text.is_ascii() {
        skipped.min(text.len())
    } else {
        text.char_indices()
            .nth(skipped)
            .map_or(text.len(), |(at, _)| at)
    }
}
