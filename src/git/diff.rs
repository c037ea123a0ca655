//! Reads `git diff -M -U0` into a [`LineMap`].
//!
//! Takes bytes, knows no process. Names come from the `rename` and `---`/`+++` lines, never from `diff --git`, which is
//! ambiguous; lines of a hunk are skipped by count, so that no file's content can pose as a header.

use crate::judge::{FileMap, LineMap};

/// The sections of one file, as they come in.
#[derive(Default)]
struct Section {
    from: Option<String>,
    map: FileMap,
}

/// What git printed; unknown lines are passed over.
pub(super) fn parse(out: &[u8]) -> LineMap {
    let mut lines = out.split(|&b| b == b'\n');
    let mut map = LineMap::default();
    let mut section = Section::default();
    while let Some(line) = lines.next() {
        if line.starts_with(b"diff --git ") {
            close(&mut map, std::mem::take(&mut section));
        } else if let Some(hunk) = hunk(line) {
            section.map.hunks.push(hunk);
            skip(&mut lines, hunk);
        } else {
            header(&mut section, line);
        }
    }
    close(&mut map, section);
    map
}

/// Keeps a finished section. Without a base side it is that of a new file.
fn close(map: &mut LineMap, section: Section) {
    if let Some(from) = section.from {
        map.files.insert(from, section.map);
    } else {
        map.new.extend(section.map.to);
    }
}

/// `rename from X`, `rename to Y`, `--- a/X`, `+++ b/Y`.
fn header(section: &mut Section, line: &[u8]) {
    if let Some(name) = line.strip_prefix(b"rename from ") {
        section.from = Some(unquote(name));
    } else if let Some(name) = line.strip_prefix(b"rename to ") {
        section.map.to = Some(unquote(name));
    } else if let Some(name) = line.strip_prefix(b"--- ") {
        section.from = side(name, "a/").or(section.from.take());
    } else if let Some(name) = line.strip_prefix(b"+++ ") {
        section.map.to = side(name, "b/");
    }
}

/// A name with its prefix taken off; `None` for `/dev/null`.
fn side(name: &[u8], prefix: &str) -> Option<String> {
    unquote(name).strip_prefix(prefix).map(str::to_owned)
}

/// `@@ -a,b +c,d @@`, where a missing count is 1.
fn hunk(line: &[u8]) -> Option<(u32, u32, u32, u32)> {
    // Git puts a line of code behind the ranges, which can be long and is not always UTF-8.
    let line = String::from_utf8_lossy(&line[..line.len().min(100)]);
    let (base, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (head, _) = rest.split_once(" @@")?;
    let (base_line, base_count) = range(base)?;
    let (head_line, head_count) = range(head)?;
    Some((base_line, base_count, head_line, head_count))
}

fn range(text: &str) -> Option<(u32, u32)> {
    let (line, count) = text.split_once(',').unwrap_or((text, "1"));
    Some((line.parse().ok()?, count.parse().ok()?))
}

/// Skips the lines of a hunk. `\ No newline at end of file` does not count as a line.
fn skip<'a>(lines: &mut impl Iterator<Item = &'a [u8]>, (_, base, _, head): (u32, u32, u32, u32)) {
    let mut left = u64::from(base) + u64::from(head);
    while left > 0 {
        match lines.next() {
            Some(line) if line.starts_with(b"\\") => {}
            Some(_) => left -= 1,
            None => return,
        }
    }
}

/// A name as git writes it: a tab ends one with blanks; one with control characters, quotes or backslashes is quoted
/// as in C, bytes in octal.
fn unquote(name: &[u8]) -> String {
    let name = name.strip_suffix(b"\r").unwrap_or(name);
    let name = name.strip_suffix(b"\t").unwrap_or(name);
    let Some(quoted) = name.strip_prefix(b"\"").and_then(|n| n.strip_suffix(b"\"")) else {
        return String::from_utf8_lossy(name).into_owned();
    };
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (byte, used) = escape(rest);
        bytes.push(byte);
        rest = rest.get(used..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Decodes an escape. Returns the byte and the number of bytes after the backslash.
fn escape(rest: &[u8]) -> (u8, usize) {
    if let [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] = rest {
        return ((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'), 3);
    }
    match rest.first() {
        Some(b'a') => (7, 1),
        Some(b'b') => (8, 1),
        Some(b't') => (b'\t', 1),
        Some(b'n') => (b'\n', 1),
        Some(b'v') => (11, 1),
        Some(b'f') => (12, 1),
        Some(b'r') => (b'\r', 1),
        Some(other) => (*other, 1),
        None => (b'\\', 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{damage, hostile};

    /// Base name, head name, hunks.
    type Mapped = (
        &'static str,
        Option<&'static str>,
        &'static [(u32, u32, u32, u32)],
    );

    /// Text of a diff, and for each base file its head name and hunks.
    #[test]
    fn a_diff_becomes_a_line_map() {
        let cases: &[(&str, &[Mapped])] = &[
            ("", &[]),
            (
                "diff --git a/x.rs b/x.rs\nindex 1..2 100644\n--- a/x.rs\n+++ b/x.rs\n@@ -3 +3,2 @@ fn a()\n-old\n+new\n+two\n@@ -9,0 +11 @@\n+add\n",
                &[("x.rs", Some("x.rs"), &[(3, 1, 3, 2), (9, 0, 11, 1)])],
            ),
            (
                "diff --git a/a b.rs b/c d.rs\nsimilarity index 100%\nrename from a b.rs\nrename to c d.rs\n",
                &[("a b.rs", Some("c d.rs"), &[])],
            ),
            (
                "diff --git a/a b.rs b/a b.rs\n--- a/a b.rs\t\n+++ b/a b.rs\t\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
                &[("a b.rs", Some("a b.rs"), &[(1, 1, 1, 1)])],
            ),
            (
                "diff --git a/gone.rs b/gone.rs\ndeleted file mode 100644\n--- a/gone.rs\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n",
                &[("gone.rs", None, &[(1, 2, 0, 0)])],
            ),
            (
                "diff --git a/n.rs b/n.rs\nnew file mode 100644\n--- /dev/null\n+++ b/n.rs\n@@ -0,0 +1 @@\n+a\n",
                &[],
            ),
            (
                "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/evil\n-diff --git a/p b/p\n+++ b/evil\n+@@ -7 +7 @@\n@@ -5 +5 @@\n-1\n+2\n",
                &[("x", Some("x"), &[(1, 2, 1, 2), (5, 1, 5, 1)])],
            ),
            (
                "diff --git \"a/t\\tq\\\"\\\\\\303\\244.rs\" b/y.rs\nrename from \"t\\tq\\\"\\\\\\303\\244.rs\"\nrename to y.rs\n--- \"a/t\\tq\\\"\\\\\\303\\244.rs\"\n+++ b/y.rs\n@@ -1 +1 @@\n-1\n+2\n",
                &[("t\tq\"\\\u{e4}.rs", Some("y.rs"), &[(1, 1, 1, 1)])],
            ),
            (
                "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-cut",
                &[("x", Some("x"), &[(1, 9, 1, 9)])],
            ),
            (
                &format!(
                    "--- a/x\n+++ b/x\n@@ -1 +1 @@ {}\n---- a/evil\n+b\n",
                    "\u{fc}".repeat(60)
                ),
                &[("x", Some("x"), &[(1, 1, 1, 1)])],
            ),
            (
                &format!(
                    "--- a/x\n+++ b/x\n@@ -11 +1 @@ {}\n---- a/evil\n+b\n",
                    "\u{fc}".repeat(60)
                ),
                &[("x", Some("x"), &[(11, 1, 1, 1)])],
            ),
            ("@@ -99999999999 +1 @@\n@@ nonsense\n--- \"\n", &[]),
        ];
        for (text, expected) in cases {
            let map = parse(text.as_bytes());
            let expected = expected.iter().map(|(from, to, hunks)| {
                (
                    (*from).to_owned(),
                    FileMap {
                        to: to.map(str::to_owned),
                        hunks: hunks.to_vec(),
                    },
                )
            });
            assert_eq!(map.files, expected.collect(), "{text}");
        }
    }

    /// Whatever git prints, each line maps to one line or to none.
    fn any_text_is_read_as_a_line_map(rounds: usize) {
        let text = b"diff --git a/x b/x\nrename from \"a\\3\"\nrename to b\n--- \"a/\\303\\244\"\n+++ b/y\n@@ -1,2 +3 @@\n-\xff\n-b\n+c\n\
                     @@ -9,0 +11,4 @@\n+a\n+b\n+c\n+d\ndiff --git a/z b/z\ndeleted file mode 100644\n--- a/z\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n";
        let spice: [&[u8]; 9] = [
            b"\n@@ -",
            b",",
            b"4294967295",
            b"\"",
            b"\\",
            b"\n--- a/",
            b"\n+++ b/",
            b"\ndiff --git ",
            b"\0",
        ];
        damage::survive("diffs", rounds, |random, _| {
            let map = parse(&random.spoil(text, &spice));
            let lines = [0, 1, 2, 3, 9, 10, 11, u32::MAX - 1, u32::MAX];
            map.files
                .keys()
                .map(|file| {
                    lines
                        .iter()
                        .filter_map(|line| map.head(file, *line))
                        .count()
                })
                .sum()
        });
    }

    #[test]
    fn no_damage_makes_reading_a_diff_panic() {
        any_text_is_read_as_a_line_map(5000);
    }

    #[test]
    #[ignore = "long: 1 minute"]
    fn no_damage_makes_reading_a_diff_panic_however_often_it_is_tried() {
        any_text_is_read_as_a_line_map(5000 * damage::LONG);
    }

    #[test]
    fn hostile_diffs_are_read_in_linear_time() {
        let pieces = [
            "@@ -1 +1 @@\n",
            "--- \"\\",
            "diff --git \n",
            "--- a/x\n+++ b/x\n",
            "@@ -1,999999 +1 @@\n",
            "@@ -",
            "\\\n",
        ];
        for text in hostile(&pieces) {
            assert!(parse(text.as_bytes()).files.len() <= 1);
        }
    }
}
