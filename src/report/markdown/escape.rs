//! Markdown that data cannot break out of.
//!
//! [`Md`] is the only way from text to a Markdown document and has no constructor that takes outside text as it is. The
//! rules are GitHub-flavoured Markdown's (<https://github.github.com/gfm/>), and those of GitHub's own pass over the
//! rendered text, which links `@name`, `#123`, `GH-123` and commit ids unless they are code. People read the source too, so
//! only what is live at its place is escaped. Knows nothing of reports.

use super::super::figure::count;
use crate::text::{escape, escape_line};

/// A piece of Markdown, safe inside a line and inside a table cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Md(String);

impl Md {
    /// Returns our own words, which are Markdown already.
    pub fn own(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Returns text from outside as text: nothing in it becomes markup, a link, a mention or HTML. Line ends become blanks
    /// and hostile characters are shown.
    pub fn prose(text: &str) -> Self {
        let text = text
            .split_whitespace()
            .map(escape)
            .collect::<Vec<_>>()
            .join(" ");
        let mut shown = String::with_capacity(text.len() + text.len() / 8);
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let (before, rest) = text.split_at(at);
            if let Some(id) = commit_id(before, rest) {
                shown.extend(["`", id, "`"]);
                at += id.len();
                continue;
            }
            push(&mut shown, before, c, &rest[c.len_utf8()..]);
            at += c.len_utf8();
        }
        Self(shown)
    }

    /// Text from outside as a code span. Text with a pipe is prose: no way of writing a pipe after a backslash in a code
    /// span means the same inside a table and outside.
    pub fn code(text: &str) -> Self {
        if text.contains('|') {
            return Self::prose(text);
        }
        let shown = escape(&text.replace(char::is_whitespace, " "));
        if shown.trim().is_empty() {
            return Self::default();
        }
        // A fence must differ in length from every run of backticks inside; blanks keep it apart from the text.
        let fence = "`".repeat(longest_run(&shown) + 1);
        let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) {
            " "
        } else {
            ""
        };
        Self(format!("{fence}{pad}{shown}{pad}{fence}"))
    }

    /// Returns lines from outside as a fenced block of a language, which is a paragraph by itself.
    pub fn fenced(language: &'static str, lines: &[String]) -> Self {
        let text = lines
            .iter()
            .map(|line| escape_line(line))
            .collect::<Vec<_>>()
            .join("\n");
        let fence = "`".repeat(longest_run(&text).max(2) + 1);
        Self(format!("{fence}{language}\n{text}\n{fence}\n"))
    }

    /// Returns a whole number.
    pub fn count(n: usize) -> Self {
        Self(count(n as f64))
    }

    /// Returns both, without anything visible between them.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        if self.0.ends_with('`') && other.0.starts_with('`') {
            self.0.push_str(NOTHING);
        }
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

/// A blank without width. It separates what GitHub looks for in the rendered text, where no backslash helps.
const NOTHING: &str = "&#8203;";

/// Adds a character, escaped if it is live between what is `before` and `after` it. At both ends anything may follow,
/// because pieces are joined, and the beginning may be that of a line.
fn push(shown: &mut String, before: &str, c: char, after: &str) {
    let next = after.chars().next();
    let is_next = |accepted: fn(char) -> bool| next.is_none_or(accepted);
    let backslash = match c {
        '`' | '*' | '[' | '|' | '~' | '$' => true,
        '\\' => is_next(|c| c.is_ascii_punctuation()),
        '_' => {
            !(before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric))
        }
        ']' => after.is_empty() || after.starts_with(['(', '[', ':']),
        ':' => after.starts_with("//"),
        '.' | ')' if is_list_number(before) && is_next(char::is_whitespace) => true,
        '.' => {
            before.len() >= 3 && before.as_bytes()[before.len() - 3..].eq_ignore_ascii_case(b"www")
        }
        '>' | '=' | '#' => before.is_empty(),
        '-' | '+' => before.is_empty() && is_next(|c| c.is_whitespace() || c == '-'),
        _ => false,
    };
    match c {
        '<' if is_next(|c| c.is_ascii_alphabetic() || "/!?".contains(c)) => shown.push_str("&lt;"),
        '&' if is_next(|c| c.is_ascii_alphanumeric() || c == '#') => shown.push_str("&amp;"),
        c => {
            shown.extend(backslash.then_some('\\'));
            shown.push(c);
        }
    }
    let links = match c {
        '@' => is_next(|c| c.is_alphanumeric() || "_-".contains(c)),
        '#' => is_next(|c| c.is_ascii_digit()),
        '-' => is_next(|c| c.is_ascii_digit()) && before.len() >= 2 && ends_with_gh(before),
        _ => false,
    };
    if links {
        shown.push_str(NOTHING);
    }
}

/// Returns whether the text before a `.` or `)` is the number of a list item.
fn is_list_number(before: &str) -> bool {
    !before.is_empty() && before.len() < 10 && before.bytes().all(|b| b.is_ascii_digit())
}

fn ends_with_gh(before: &str) -> bool {
    before.as_bytes()[before.len() - 2..].eq_ignore_ascii_case(b"gh")
}

/// Returns the word that `rest` begins with if GitHub could link it to a commit: 7 to 40 hexadecimal digits, and letters
/// among them unless it has full length.
fn commit_id<'a>(before: &str, rest: &'a str) -> Option<&'a str> {
    // Inside a word there is nothing to find. Looking for its end at each character would take quadratic time.
    if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let end = rest
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(rest.len());
    // A run's id ends in digits of its own.
    let (word, after) = rest.split_at(end);
    let is_joined = [before.chars().next_back(), after.chars().next()]
        .into_iter()
        .flatten()
        .any(|c| c.is_alphanumeric() || c == '_' || c == '-' && end < 40);
    let is_id = (7..=40).contains(&end) && (end == 40 || word.contains(char::is_alphabetic));
    (is_id && !is_joined).then_some(word)
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Longer tables are folded.
const FOLD: usize = 50;

/// Returns a table, or nothing without rows. A head says whether its column holds numbers.
fn table(heads: &[(&'static str, bool)], rows: &[Vec<Md>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = heads.iter().map(|(name, _)| *name).collect();
    let rules: Vec<&str> = heads
        .iter()
        .map(|(_, is_number)| if *is_number { "--:" } else { "---" })
        .collect();
    let mut table = table_line(&names) + &table_line(&rules);
    for row in rows {
        let cells: Vec<&str> = row.iter().map(Md::as_str).collect();
        table.push_str(&table_line(&cells));
    }
    table
}

fn table_line(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Returns a table that is folded when it is long. `what` names its rows.
pub(super) fn folded(
    what: &'static str,
    heads: &[(&'static str, bool)],
    rows: &[Vec<Md>],
) -> String {
    let table = table(heads, rows);
    if rows.len() <= FOLD {
        return table;
    }
    format!(
        "<details>\n<summary>{} {what}</summary>\n\n{table}\n</details>\n",
        rows.len()
    )
}

/// A list, one item a line.
pub(super) fn list(items: impl IntoIterator<Item = Md>) -> String {
    items
        .into_iter()
        .map(|item| format!("- {}\n", item.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{HOSTILE, hostile};

    #[test]
    fn outside_text_becomes_text_and_nothing_else() {
        for (given, prose, code) in [
            ("plain", "plain", "`plain`"),
            ("a | b", "a \\| b", "a \\| b"),
            ("a\\|b", "a\\\\\\|b", "a\\\\\\|b"),
            (
                "5, required <= baseline (4) & more",
                "5, required <= baseline (4) & more",
                "`5, required <= baseline (4) & more`",
            ),
            ("<img onerror=x>", "&lt;img onerror=x>", "`<img onerror=x>`"),
            ("&amp; &#64;", "&amp;amp; &amp;#&#8203;64;", "`&amp; &#64;`"),
            (
                "@ana #1 a@b.c",
                "@&#8203;ana #&#8203;1 a@&#8203;b.c",
                "`@ana #1 a@b.c`",
            ),
            (
                "\\#12 GH-123 gh-5",
                "\\\\#&#8203;12 GH-&#8203;123 gh-&#8203;5",
                "`\\#12 GH-123 gh-5`",
            ),
            (
                "at 77ab01c, 1234567",
                "at `77ab01c`, 1234567",
                "`at 77ab01c, 1234567`",
            ),
            (
                "0123456789012345678901234567890123456789",
                "`0123456789012345678901234567890123456789`",
                "`0123456789012345678901234567890123456789`",
            ),
            (
                "x_77ab01c 77ab01cg",
                "x_77ab01c 77ab01cg",
                "`x_77ab01c 77ab01cg`",
            ),
            (
                "run 20261118-090000-77ab01c2",
                "run 20261118-090000-77ab01c2",
                "`run 20261118-090000-77ab01c2`",
            ),
            (
                "http://x.y www.x.y",
                "http\\://x.y www\\.x.y",
                "`http://x.y www.x.y`",
            ),
            (
                "std::a_b::_c [x](y) ![z]",
                "std::a_b::\\_c \\[x\\](y) !\\[z\\]",
                "`std::a_b::_c [x](y) ![z]`",
            ),
            ("*a* ~b~ $c$", "\\*a\\* \\~b\\~ \\$c\\$", "`*a* ~b~ $c$`"),
            ("C:\\dir\\", "C:\\dir\\\\", "`C:\\dir\\`"),
            ("a`b``c", "a\\`b\\`\\`c", "```a`b``c```"),
            ("`", "\\`", "`` ` ``"),
            (
                "# h\n- i\r\n\n    code",
                "\\# h - i code",
                "`# h - i       code`",
            ),
            ("- a", "\\- a", "`- a`"),
            ("-5 + 3", "-5 + 3", "`-5 + 3`"),
            ("1. a", "1\\. a", "`1. a`"),
            ("1.5 a. b", "1.5 a. b", "`1.5 a. b`"),
            ("> a", "\\> a", "`> a`"),
            ("===", "\\===", "`===`"),
            ("---", "\\---", "`---`"),
            (
                "\x1b[31m\u{202e}",
                "\\u{1b}\\[31m\\u{202e}",
                "`\\u{1b}[31m\\u{202e}`",
            ),
            ("", "", ""),
            (" ", "", ""),
        ] {
            assert_eq!(
                (Md::prose(given).as_str(), Md::code(given).as_str()),
                (prose, code),
                "{given:?}"
            );
        }
    }

    #[test]
    fn a_block_cannot_be_left() {
        let lines = ["a".to_owned(), "````".to_owned(), "\x1b[2J @ana".to_owned()];
        let want = "`````text\na\n````\n\\u{1b}[2J @ana\n`````\n";
        assert_eq!(Md::fenced("text", &lines).as_str(), want);
    }

    #[test]
    fn a_long_table_is_folded_and_an_empty_one_is_nothing() {
        let rows = vec![vec![Md::own("x")]; FOLD];
        assert_eq!(
            folded("rows", &[("a", true)], &rows[..1]),
            "| a |\n| --: |\n| x |\n"
        );
        assert!(!folded("rows", &[("a", false)], &rows).contains("details"));
        let long = [rows.as_slice(), &rows[..1]].concat();
        assert!(
            folded("rows", &[("a", false)], &long)
                .starts_with("<details>\n<summary>51 rows</summary>\n\n| a |\n")
        );
        assert_eq!(folded("rows", &[("a", false)], &[]), "");
    }

    #[test]
    fn hostile_text_is_escaped_in_linear_time() {
        for text in hostile(&[
            "a", "0", "-0a", "`", "|", "[", "](", "@a ", "#1", ".", "gh-1", "www.", "\\", "<", " ",
        ]) {
            assert!(Md::prose(&text).as_str().len() <= HOSTILE * 10);
            assert!(Md::code(&text).as_str().len() <= HOSTILE * 10);
        }
    }
}
