//! Renders errors in configuration files in the style of rustc, with the line and a caret.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::mistake::{Invalid, Mistake};
use crate::text::{escape, excerpt};

/// The maximum number of errors to show, so that the first ones remain visible.
const SHOWN: usize = 50;

/// Returns the errors, separated by blank lines, without a final newline.
pub fn render(invalid: &Invalid, colored: bool, width: usize) -> String {
    let renderer = if colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(width.clamp(40, 500));
    let mut parts: Vec<String> = invalid
        .mistakes
        .iter()
        .take(SHOWN)
        .map(|mistake| one(&renderer, invalid, mistake))
        .collect();
    if let Some(rest) = invalid.mistakes.len().checked_sub(SHOWN + 1) {
        parts.push(format!(
            "and {} more in {}",
            rest + 1,
            excerpt(&invalid.file)
        ));
    }
    parts.join("\n\n")
}

/// Renders one error. The renderer receives only the affected line, so that its work does not grow
/// with the file.
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
    // Escaping makes the text longer, so the caret is placed by the escaped text before it.
    let first = escaped_len(line, start.saturating_sub(from + shift));
    let last = escaped_len(line, end.saturating_sub(from + shift));
    let (line, label) = (escape(line), escape(&mistake.label));
    let caret = AnnotationKind::Primary.span(first..last).label(label);
    let number = text[..from].bytes().filter(|b| *b == b'\n').count() + 1;
    let snippet = Snippet::source(line)
        .path(excerpt(&invalid.file))
        .line_start(number)
        .annotation(caret);
    let report = Level::ERROR
        .primary_title(escape_lines(&mistake.message))
        .element(snippet);
    let report = match &mistake.help {
        Some(help) => report.element(Level::HELP.message(escape_lines(help))),
        None => report,
    };
    renderer.render(&[report])
}

/// Returns the length of the first `at` bytes of a line after escaping.
fn escaped_len(line: &str, at: usize) -> usize {
    escape(&line[..at.min(line.len())]).len()
}

/// Returns the text with every line escaped.
fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// Returns the character boundary at or before a byte offset.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::text::is_safe;

    fn invalid(text: &str, at: Range<usize>, times: usize) -> Invalid {
        let mistakes = vec![Mistake::new(at, "wrong", "here"); times];
        Invalid {
            file: "campaign.toml".to_owned(),
            text: text.to_owned(),
            mistakes,
        }
    }

    #[test]
    fn the_caret_stays_on_the_first_line_whatever_the_range() {
        for (text, at, line, caret) in [
            ("a = 1", 4..5, "1 | a = 1", "  |     ^ here"),
            ("a = [\r\n1]\r\n", 4..9, "1 | a = [", "  |     ^ here"),
            ("a\nb = 2\n", 2..3, "2 | b = 2", "  | ^ here"),
            ("\u{feff}a = 1", 0..4, "1 | a = 1", "  | ^ here"),
            ("größe", 3..4, "1 | größe", "  |   ^ here"),
            ("a", 1..1, "1 | a", "  |  ^ here"),
            ("a", 7..9, "1 | a", "  |  ^ here"),
            ("", 0..0, "1 |", "  | ^ here"),
        ] {
            let shown = render(&invalid(text, at, 1), false, 80);
            let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
            assert_eq!(lines[3..], [line, caret], "{text:?}");
        }
    }

    #[test]
    fn excerpts_are_escaped_and_the_caret_stays_below_its_text() {
        let text = "\u{9b}2J\u{2028}\u{ad} = bad\u{200b}";
        let at = text.find("bad").unwrap();
        let mut invalid = invalid(text, at..at + 3, 1);
        invalid.mistakes[0].help = Some("a\u{1b}[2J\nb\u{3164}".to_owned());
        let shown = render(&invalid, false, 100);
        assert!(is_safe(&shown), "{shown:?}");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[3], "1 | \\u{9b}2J\\u{2028}\\u{ad} = bad\\u{200b}");
        assert_eq!(lines[4].find("^^^ here"), lines[3].find("bad"), "{shown}");
    }

    #[test]
    fn colour_is_only_added() {
        let invalid = invalid("a = 1", 0..1, 1);
        let plain = render(&invalid, false, 80);
        let colored = render(&invalid, true, 80);
        assert!(colored.contains("\u{1b}[") && !plain.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }

    #[test]
    fn long_lines_and_many_mistakes_are_cut() {
        let text = format!("\"{}\" = 1", "x".repeat(100_000));
        let shown = render(&invalid(&text, 100_005..100_006, 1), false, 80);
        assert!(
            shown.lines().all(|line| line.chars().count() <= 80),
            "{shown}"
        );
        let many = render(&invalid("a = 1", 0..1, 60), false, 80);
        assert_eq!(many.matches("error: wrong").count(), SHOWN);
        assert!(many.ends_with("\n\nand 10 more in campaign.toml"));
    }
}
