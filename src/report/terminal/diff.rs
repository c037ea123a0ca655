//! Renders the diff of a file.

use super::super::style::Look;
use super::super::unified::{self, DiffLine};
use crate::change::Change;
use crate::text::escape_line;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns the diff of a change; empty if the file stays as it is.
pub(super) fn render(change: &Change, look: &Look) -> String {
    unified::lines(change)
        .iter()
        .map(|line| self::line(line, look))
        .collect()
}

/// Returns the lines of the diff of a change, cut after `longest` characters of the file.
pub fn short_lines(change: &Change, look: &Look, longest: usize) -> Vec<String> {
    let lines = unified::lines(change).into_iter();
    lines
        .map(|line| self::line(&shortened(line, longest), look))
        .collect()
}

fn shortened(mut line: DiffLine, longest: usize) -> DiffLine {
    if let Some((end, _)) = line.text.char_indices().nth(longest) {
        line.text.truncate(end);
        line.text.push_str(" ...");
    }
    line
}

/// Returns a line, escaped except for a carriage return at its end and a byte order mark at the beginning of the file:
/// without them `git apply` would reject the diff. Trailing blanks stay, too.
fn line(line: &DiffLine, look: &Look) -> String {
    let (text, end) = match line.text.strip_suffix('\r') {
        Some(text) => (text, "\r"),
        None => (line.text.as_str(), ""),
    };
    let (mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) if line.is_first => (Some(BYTE_ORDER_MARK), text),
        _ => (None, text),
    };
    let sign_and_mark: String = line.sign.into_iter().chain(mark).collect();
    let painted = look.paint(line.style, &(sign_and_mark + &escape_line(text)));
    format!("{painted}{end}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            path: path.to_owned(),
            before: before.map(Into::into),
            after: after.map(Into::into),
        }
    }

    fn shown(before: Option<&str>, after: Option<&str>) -> String {
        render(&change("a.toml", before, after), &Look::PLAIN)
    }

    #[test]
    fn diff_is_that_of_git() {
        let old = "1\n2\n3\n4\n5\nversion = \"1\"\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16";
        let new = old
            .replace("version = \"1\"", "version = \"2\"")
            .replace("16", "16\n");
        let head = "diff --git a/a.toml b/a.toml\n--- a/a.toml\n+++ b/a.toml\n";
        let hunks = "@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-version = \"1\"\n+version = \"2\"\n 7\n 8\n 9\n\
            @@ -13,4 +13,4 @@\n 13\n 14\n 15\n-16\n\\ No newline at end of file\n+16\n";
        assert_eq!(shown(Some(old), Some(&new)), format!("{head}{hunks}"));
        assert_eq!(shown(Some(old), Some(old)), "");
    }

    #[test]
    fn diff_shows_new_and_deleted_files() {
        assert_eq!(
            shown(None, Some("a\n")),
            "diff --git a/a.toml b/a.toml\nnew file mode 100644\n--- /dev/null\n+++ b/a.toml\n@@ -0,0 +1 @@\n+a\n"
        );
        assert_eq!(
            shown(Some("a\n"), None),
            "diff --git a/a.toml b/a.toml\ndeleted file mode 100644\n--- a/a.toml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
        );
    }

    #[test]
    fn long_line_is_cut_and_marked() {
        let change = change("a.toml", Some("a\n"), Some("\u{e4}\u{1b}cd\r\nabc\n"));
        let lines = short_lines(&change, &Look::PLAIN, 3);
        assert_eq!(
            lines[lines.len() - 2..],
            ["+\u{e4}\\u{1b}c ...\n", "+abc\n"]
        );
    }

    #[test]
    fn carriage_return_is_kept_and_control_characters_are_escaped() {
        let diff = shown(Some("a\r\n\tb\x1b[2J\r\n"), Some("A\r\n\tb\x1b[2J\r\n"));
        assert!(diff.ends_with("-a\r\n+A\r\n \tb\\u{1b}[2J\r\n"), "{diff:?}");
    }

    #[test]
    fn byte_order_mark_is_kept_at_the_beginning_of_a_file() {
        let diff = shown(
            Some("\u{feff}a\nb\u{feff}\n\u{feff}c\n"),
            Some("\u{feff}A\nb\u{feff}\n\u{feff}c\n"),
        );
        assert!(
            diff.ends_with("-\u{feff}a\n+\u{feff}A\n b\\u{feff}\n \\u{feff}c\n"),
            "{diff:?}"
        );
    }

    #[test]
    fn colour_adds_nothing_but_escapes() {
        let look = Look {
            color: true,
            ..Look::PLAIN
        };
        let change = change("a", Some("a\r\n"), Some("b\n"));
        let colored = render(&change, &look);
        assert!(colored.contains("\x1b[1;31m-a\x1b[0m\r\n"), "{colored:?}");
        let plain = render(&change, &Look::PLAIN);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }
}
