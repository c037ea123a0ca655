//! Mistakes as people see them: rustc's look, with the line and a caret.
//!
//! Values in, text out; who prints it decides about colour and width.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::mistake::{Invalid, Mistake};
use super::show::escape;

/// More would scroll the first ones away.
const SHOWN: usize = 50;

/// Every mistake, a blank line between two. Ends without a newline.
pub fn render(invalid: &Invalid, colored: bool, width: usize) -> String {
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() }.term_width(width.clamp(40, 500));
    let mut parts: Vec<String> =
        invalid.mistakes.iter().take(SHOWN).map(|mistake| one(&renderer, invalid, mistake)).collect();
    if let Some(rest) = invalid.mistakes.len().checked_sub(SHOWN + 1) {
        parts.push(format!("and {} more in {}", rest + 1, escape(&invalid.file)));
    }
    parts.join("\n\n")
}

/// Only the line of the mistake is handed to the renderer: its work must not grow with the file.
fn one(renderer: &Renderer, invalid: &Invalid, mistake: &Mistake) -> String {
    let text = &invalid.text;
    let start = floor(text, mistake.at.start);
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = text[from..to].trim_end_matches('\r');
    let end = floor(text, mistake.at.end).clamp(start, from + line.len().max(start - from));
    let (line, shift) = match line.strip_prefix('\u{feff}') {
        Some(rest) => (rest, '\u{feff}'.len_utf8()),
        None => (line, 0),
    };
    let within = |at: usize| at.saturating_sub(from + shift).min(line.len());
    let caret = AnnotationKind::Primary.span(within(start)..within(end)).label(mistake.label.as_str());
    let number = text[..from].bytes().filter(|b| *b == b'\n').count() + 1;
    let snippet = Snippet::source(line).path(escape(&invalid.file)).line_start(number).annotation(caret);
    let report = Level::ERROR.primary_title(mistake.message.as_str()).element(snippet);
    let report = match &mistake.help {
        Some(help) => report.element(Level::HELP.message(help.as_str())),
        None => report,
    };
    renderer.render(&[report])
}

/// The character boundary at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
