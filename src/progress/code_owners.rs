//! The owners of files according to `CODEOWNERS`, as GitHub reads it.
//!
//! The last line whose pattern matches a file names its owners, and one without owners clears them. A pattern with a slash in
//! front or in the middle begins at the root of the repository, and any other matches at every depth. It matches a file or
//! what is in a directory, but `docs/*` only the files of that directory itself.

/// The lines of a `CODEOWNERS` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeOwners(Vec<Line>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    pattern: String,
    owners: Vec<String>,
}

impl CodeOwners {
    /// Reads a file. Lines that GitHub does not understand are skipped.
    pub fn parse(text: &str) -> Self {
        let mut lines = Vec::new();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let Some(pattern) = words.next() else {
                continue;
            };
            if pattern.starts_with(['#', '!']) || pattern.contains(['[', ']', '\\']) {
                continue;
            }
            let owners = words.take_while(|word| !word.starts_with('#'));
            lines.push(Line {
                pattern: pattern.to_owned(),
                owners: owners.map(str::to_owned).collect(),
            });
        }
        Self(lines)
    }

    /// Returns the owners of a file, given relative to the root of the repository. Empty if it has none.
    pub fn of(&self, file: &str) -> &[String] {
        let line = self.0.iter().rfind(|line| matches(&line.pattern, file));
        line.map_or(&[], |line| &line.owners)
    }
}

/// Returns whether a pattern matches a file or one of the directories that it is in.
fn matches(pattern: &str, file: &str) -> bool {
    let trimmed = pattern.trim_end_matches('/');
    let is_directory = trimmed.len() < pattern.len();
    let mut parts: Vec<&str> = trimmed.split('/').collect();
    match parts.first() {
        Some(&"") => drop(parts.remove(0)),
        _ if parts.len() == 1 => parts.insert(0, "**"),
        _ => {}
    }
    let names: Vec<&str> = file.split('/').collect();
    // Whether the parts so far match the first names, by the number of these.
    let mut reached = vec![false; names.len() + 1];
    reached[0] = true;
    for part in &parts {
        let mut next = vec![false; names.len() + 1];
        for at in 0..=names.len() {
            next[at] = match *part {
                "**" => reached[at] || at > 0 && next[at - 1],
                part => at > 0 && reached[at - 1] && is_name(part, names[at - 1]),
            };
        }
        reached = next;
    }
    let is_flat = parts.len() > 1 && parts.last() == Some(&"*") && parts[0] != "**";
    let itself = reached[names.len()] && !is_directory;
    let above = reached[1..names.len()].contains(&true) && !is_flat;
    itself || above
}

/// Returns whether a name matches a part of a pattern, in which `*` is any text and `?` one character.
fn is_name(part: &str, name: &str) -> bool {
    let part: Vec<char> = part.chars().collect();
    let mut reached = vec![false; part.len() + 1];
    reached[0] = true;
    for (at, c) in part.iter().enumerate() {
        reached[at + 1] = reached[at] && *c == '*';
    }
    for c in name.chars() {
        let mut next = vec![false; part.len() + 1];
        for (at, wanted) in part.iter().enumerate() {
            next[at + 1] = match wanted {
                '*' => next[at] || reached[at + 1],
                '?' => reached[at],
                wanted => reached[at] && *wanted == c,
            };
        }
        reached = next;
    }
    reached[part.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_matches_as_on_github() {
        for (pattern, file, expected) in [
            ("*", "a/b.rs", true),
            ("*.rs", "a/b.rs", true),
            ("*.rs", "a/b.rs.txt", false),
            ("/docs/", "docs/a/b.md", true),
            ("/docs/", "a/docs/b.md", false),
            ("docs/", "a/docs/b.md", true),
            ("docs/", "docs", false),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/a/b.md", false),
            ("/src/lib.rs", "src/lib.rs", true),
            ("src/lib.rs", "a/src/lib.rs", false),
            ("lib.rs", "a/src/lib.rs", true),
            ("/a", "a/b/c", true),
            ("/a/**/c", "a/c", true),
            ("/a/**/c", "a/x/y/c/d", true),
            ("**/logs", "a/logs/b", true),
            ("/a?c/*.rs", "abc/d.rs", true),
            ("/*/x", "a/x", true),
        ] {
            assert_eq!(matches(pattern, file), expected, "{pattern} {file}");
        }
    }

    #[test]
    fn last_line_that_matches_names_the_owners() {
        let owners = CodeOwners::parse(
            "# comment\n*  @all\n/src/ @org/core ana@example.org # why\n/src/gen/\n!x @no\n[a] @no\n\\#b @no\n",
        );
        for (file, expected) in [
            ("README.md", &["@all"][..]),
            ("src/lib.rs", &["@org/core", "ana@example.org"]),
            ("src/gen/a.rs", &[]),
            ("x", &["@all"]),
        ] {
            assert_eq!(owners.of(file), expected, "{file}");
        }
        assert!(CodeOwners::default().of("a").is_empty());
    }
}
