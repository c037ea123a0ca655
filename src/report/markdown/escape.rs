//! Markdown that data cannot break out of.
//!
//! [`Md`] is the only way from text to a Markdown document and has no constructor that takes outside text as it is. The
//! rules are GitHub-flavoured Markdown's (<https://github.github.com/gfm/>), and those of GitHub's own pass over the
//! rendered text, which links `@name` and `#123` unless they are code. Knows nothing of reports.

use crate::metric::Unit;

use super::super::figure::figure;
use super::super::style::Look;
use super::super::text::is_unsafe;

/// How numbers are written in a document.
pub(super) const LOOK: Look = Look { width: 80, unicode: true, color: false };

/// A piece of Markdown, safe inside a line and inside a table cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Md(String);

impl Md {
    /// Our own words, Markdown as they stand.
    pub fn own(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Text from outside: every ASCII punctuation mark is escaped, `< > &` are entities, nothing becomes a link, a
    /// mention or HTML; line ends become blanks and controls are shown.
    pub fn prose(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len() * 2);
        for word in text.split_whitespace() {
            if !shown.is_empty() {
                shown.push(' ');
            }
            word.chars().for_each(|c| push(&mut shown, c));
        }
        Self(shown)
    }

    /// Text from outside as a code span. Text with a pipe is prose: no way of writing a pipe after a backslash in a code
    /// span means the same inside a table and outside.
    pub fn code(text: &str) -> Self {
        if text.contains('|') {
            return Self::prose(text);
        }
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                c if c.is_whitespace() => shown.push(' '),
                c if is_unsafe(c) => shown.extend(c.escape_unicode()),
                c => shown.push(c),
            }
        }
        if shown.trim().is_empty() {
            return Self::default();
        }
        // A fence must differ in length from every run of backticks inside; blanks keep it apart from the text.
        let fence = "`".repeat(longest_run(&shown) + 1);
        let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
        Self(format!("{fence}{pad}{shown}{pad}{fence}"))
    }

    /// A figure. A team's own unit is outside text.
    pub fn figure(value: f64, unit: &Unit) -> Self {
        let text = figure(value, unit, &LOOK);
        if matches!(unit, Unit::Other(_)) { Self::prose(&text) } else { Self(text) }
    }

    /// A whole number.
    pub fn count(n: usize) -> Self {
        Self::figure(n as f64, &Unit::Count)
    }

    /// Both, without anything between.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Nothing to see.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn push(shown: &mut String, c: char) {
    match c {
        '<' => shown.push_str("&lt;"),
        '>' => shown.push_str("&gt;"),
        '&' => shown.push_str("&amp;"),
        // An invisible blank: mentions, references and mail addresses are found in the rendered text.
        '@' | '#' => shown.extend(['\\', c, '\u{200b}']),
        c if c.is_ascii_punctuation() => shown.extend(['\\', c]),
        c if is_unsafe(c) => c.escape_unicode().for_each(|c| push(shown, c)),
        c => shown.push(c),
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A table; nothing without rows. Columns whose head ends in a colon are numbers.
pub(super) fn table(head: &[&'static str], rows: &[Vec<Md>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = head.iter().map(|name| name.trim_end_matches(':')).collect();
    let rules: Vec<&str> = head.iter().map(|name| if name.ends_with(':') { "--:" } else { "---" }).collect();
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut table = line(&names) + &line(&rules);
    for row in rows {
        table.push_str(&line(&row.iter().map(Md::as_str).collect::<Vec<_>>()));
    }
    table
}

/// Longer tables are folded.
const FOLD: usize = 50;

/// A table that is folded when it is long. `what` names its rows.
pub(super) fn folded(what: &'static str, head: &[&'static str], rows: &[Vec<Md>]) -> String {
    let table = table(head, rows);
    if rows.len() <= FOLD {
        return table;
    }
    format!("<details>\n<summary>{} {what}</summary>\n\n{table}\n</details>\n", rows.len())
}

/// A list, one item a line.
pub(super) fn list(items: impl IntoIterator<Item = Md>) -> String {
    items.into_iter().map(|item| format!("- {}\n", item.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_becomes_text_and_nothing_else() {
        for (given, prose, code) in [
            ("plain", "plain", "`plain`"),
            ("a | b", "a \\| b", "a \\| b"),
            ("a\\|b", "a\\\\\\|b", "a\\\\\\|b"),
            ("<img onerror=x>", "&lt;img onerror\\=x&gt;", "`<img onerror=x>`"),
            ("@ana #1 a@b.c", "\\@\u{200b}ana \\#\u{200b}1 a\\@\u{200b}b\\.c", "`@ana #1 a@b.c`"),
            ("http://x.y", "http\\:\\/\\/x\\.y", "`http://x.y`"),
            ("a`b``c", "a\\`b\\`\\`c", "```a`b``c```"),
            ("`", "\\`", "`` ` ``"),
            ("# h\n- i\r\n\n    code", "\\#\u{200b} h \\- i code", "`# h - i       code`"),
            ("\x1b[31m\u{202e}", "\\\\u\\{1b\\}\\[31m\\\\u\\{202e\\}", "`\\u{1b}[31m\\u{202e}`"),
            ("", "", ""),
            (" ", "", ""),
        ] {
            assert_eq!((Md::prose(given).as_str(), Md::code(given).as_str()), (prose, code), "{given:?}");
        }
    }

    #[test]
    fn a_long_table_is_folded_and_an_empty_one_is_nothing() {
        let rows = vec![vec![Md::own("x")]; FOLD];
        assert_eq!(folded("rows", &["a:"], &rows[..1]), "| a |\n| --: |\n| x |\n");
        assert!(!folded("rows", &["a"], &rows).contains("details"));
        let long = [rows.as_slice(), &rows[..1]].concat();
        assert!(folded("rows", &["a"], &long).starts_with("<details>\n<summary>51 rows</summary>\n\n| a |\n"));
        assert_eq!(folded("rows", &["a"], &[]), "");
    }
}
