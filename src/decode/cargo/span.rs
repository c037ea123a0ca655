//! From rustc's spans to ours: which place counts, relative to what, and the text at it.

use std::borrow::Cow;

use super::wire;
use crate::event::Span;

/// Source lines kept of a span.
const LINES: usize = 3;

/// The workspace root as a text to compare with: `/` between the parts and one at the end.
#[derive(Debug)]
pub(super) struct SpanRoot(String);

impl SpanRoot {
    /// Of an absolute path.
    pub(super) fn new(path: &std::path::Path) -> Self {
        let path = path.to_string_lossy();
        Self(format!("{}/", slashed(&path).trim_end_matches('/')))
    }

    /// `file` relative to the root with `/` when it lies below it; else as given, with `/`.
    fn relative<'a>(&self, file: &'a str) -> Cow<'a, str> {
        match slashed(file) {
            Cow::Borrowed(file) => Cow::Borrowed(
                file.strip_prefix(&self.0)
                    .or_else(|| file.strip_prefix("./"))
                    .unwrap_or(file),
            ),
            Cow::Owned(file) => match file
                .strip_prefix(&self.0)
                .or_else(|| file.strip_prefix("./"))
            {
                Some(rest) => Cow::Owned(rest.to_owned()),
                None => Cow::Owned(file),
            },
        }
    }

    /// Does this file lie in the workspace? Paths of members are relative; those of the standard library, of registry
    /// crates and `<anon>` are not.
    fn holds(&self, file: &str) -> bool {
        let file = self.relative(file);
        !(file.starts_with(['/', '<']) || file.get(1..3) == Some(":/"))
    }
}

/// Windows' `\` as `/`, without the `\\?\` of its long paths.
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

/// A primary span. When it lies outside the workspace (in a macro of another crate), the outermost call inside counts.
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

/// The highlighted part of the first lines, white space collapsed.
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

/// The highlighted characters of a line; columns that do not fit the line are cut to it.
fn highlighted<'a>(line: &'a wire::SourceLine<'_>) -> &'a str {
    let text = line.text.0.as_ref();
    let byte = |column: usize| {
        let skipped = column.saturating_sub(1);
        if text.is_ascii() {
            skipped.min(text.len())
        } else {
            text.char_indices()
                .nth(skipped)
                .map_or(text.len(), |(at, _)| at)
        }
    };
    text.get(byte(line.highlight_start)..byte(line.highlight_end))
        .unwrap_or("")
}
