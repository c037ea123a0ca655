//! A unified diff as git shows it, which `git apply` accepts.
//!
//! Text from files is escaped, except a carriage return at the end of a line and a byte order mark at the beginning of a
//! file.

use similar::{ChangeTag, TextDiff};

use super::style::{Look, Style};
use crate::text::escape;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The difference between two contents of a file, `None` for no file. Empty when there is none.
pub fn unified(path: &str, before: Option<&[u8]>, after: Option<&[u8]>, look: &Look) -> String {
    if before == after {
        return String::new();
    }
    let path = escape(path);
    let text =
        |content: Option<&[u8]>| String::from_utf8_lossy(content.unwrap_or_default()).into_owned();
    let name = |content: Option<&[u8]>, side: &str| {
        content.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"))
    };
    let (old, new) = (text(before), text(after));
    let diff = TextDiff::from_lines(&old, &new);
    let strong = |line: String| look.paint(Style::Strong, &line) + "\n";
    let mut shown = strong(format!("diff --git a/{path} b/{path}"));
    match (before, after) {
        (None, _) => shown.push_str(&strong("new file mode 100644".to_owned())),
        (_, None) => shown.push_str(&strong("deleted file mode 100644".to_owned())),
        _ => {}
    }
    shown.push_str(&strong(format!("--- {}", name(before, "a"))));
    shown.push_str(&strong(format!("+++ {}", name(after, "b"))));
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        shown.push_str(&look.paint(Style::Frame, &hunk.header().to_string()));
        shown.push('\n');
        for change in hunk.iter_changes() {
            let first = change.old_index().or(change.new_index()) == Some(0);
            line(&mut shown, change.tag(), (first, change.value()), look);
        }
    }
    shown
}

/// One line, and whether it is the first of its file.
fn line(shown: &mut String, tag: ChangeTag, (first, value): (bool, &str), look: &Look) {
    let (sign, style) = match tag {
        ChangeTag::Equal => (' ', Style::Plain),
        ChangeTag::Delete => ('-', Style::Bad),
        ChangeTag::Insert => ('+', Style::Good),
    };
    let ended = value.strip_suffix('\n');
    let bare = ended.unwrap_or(value);
    let (bare, end) = bare
        .strip_suffix('\r')
        .map_or((bare, ""), |bare| (bare, "\r"));
    let (mark, bare) = bare.split_at(if first && bare.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    });
    // Tabs are layout, and harmless.
    let safe = bare.split('\t').map(escape).collect::<Vec<_>>().join("\t");
    shown.push_str(&look.paint(style, &format!("{sign}{mark}{safe}")));
    shown.push_str(end);
    shown.push('\n');
    if ended.is_none() {
        shown.push_str("\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: Option<&str>, after: Option<&str>) -> String {
        unified(
            "a.toml",
            before.map(str::as_bytes),
            after.map(str::as_bytes),
            &Look::PLAIN,
        )
    }

    #[test]
    fn it_is_what_git_would_show() {
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
    fn files_come_and_go() {
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
    fn carriage_returns_stay_and_nothing_moves_the_terminal() {
        let diff = shown(Some("a\r\n\tb\x1b[2J\r\n"), Some("A\r\n\tb\x1b[2J\r\n"));
        assert!(diff.ends_with("-a\r\n+A\r\n \tb\\u{1b}[2J\r\n"), "{diff:?}");
    }

    #[test]
    fn a_byte_order_mark_stays_where_it_is_one() {
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
    fn colour_is_only_added() {
        let look = Look {
            color: true,
            ..Look::PLAIN
        };
        let colored = unified("a", Some(b"a\r\n"), Some(b"b\n"), &look);
        assert!(colored.contains("\x1b[1;31m-a\x1b[0m\r\n"), "{colored:?}");
        let plain = unified("a", Some(b"a\r\n"), Some(b"b\n"), &Look::PLAIN);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }
}
