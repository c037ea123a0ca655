//! Conversion of rustc's spans: the place that counts, its path relative to the root, and its text.

use super::wire;
use crate::decode::path::PathNames;
use crate::event::Span;

/// Source lines kept of a span.
const LINES: usize = 3;

/// Returns whether this file lies in the workspace. Paths of members are relative; those of the
/// standard library, of registry crates and `<anon>` are not.
fn is_inside(file: &str, names: &PathNames) -> bool {
    let file = names.name(file);
    !(file.starts_with(['/', '<']) || file.get(1..3) == Some(":/"))
}

/// Converts a primary span. If it lies outside the workspace, in a macro of another crate, the
/// outermost call inside the workspace counts.
pub(super) fn primary(span: &wire::WireSpan<'_>, names: &PathNames) -> Span {
    let mut place = span;
    let mut expansion = None;
    let inside = is_inside(&span.file_name.0, names);
    let mut next = span.expansion.as_deref();
    while let Some(outer) = next {
        expansion = Some(outer.macro_decl_name.0.as_ref());
        if !inside && is_inside(&outer.span.file_name.0, names) {
            place = &outer.span;
        }
        next = outer.span.expansion.as_deref();
    }
    Span {
        file: names.name(&place.file_name.0).into_owned(),
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
