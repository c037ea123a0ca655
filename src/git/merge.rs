//! Merges that are tried without doing them.

use std::ffi::OsString;
use std::path::Path;

use super::{Git, Trouble, failed, log};

impl Git {
    /// Returns the files in which each pair of commits (full ids) conflicts, relative to the
    /// directory: what `git merge` would report. Objects are written to `scratch`, not to the
    /// repository. Needs git 2.40.
    pub fn conflicts(
        &self,
        pairs: &[(&str, &str)],
        scratch: &Path,
    ) -> Result<Vec<Vec<String>>, Trouble> {
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let own = self.text("rev-parse", &["--git-path", "objects"])?;
        let own = self.root.join(own.trim_end_matches('\n'));
        let variables = [
            ("GIT_OBJECT_DIRECTORY", scratch.as_os_str()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", &*quoted(&own)),
        ];
        let options = [
            "--write-tree",
            "--name-only",
            "--no-messages",
            "--allow-unrelated-histories",
            "--stdin",
        ];
        let mut input = String::new();
        for (one, other) in pairs {
            input += &format!("{one} {other}\n");
        }
        let input = input.as_bytes();
        let printed = self.run_configured(&[], "merge-tree", &options, input, &variables)?;
        let mut read = parse(&String::from_utf8_lossy(&printed));
        if read.len() != pairs.len() {
            return Err(failed("merge-tree", "an answer of another form"));
        }
        let prefix = self.prefix()?;
        for file in read.iter_mut().flatten() {
            *file = log::relative(&prefix, file);
        }
        Ok(read)
    }
}

/// Returns the files of each merge: `1`, the id of the tree and an empty field after a clean one; `0`, the id, the files and an empty
/// field after one with conflicts. Each field ends with a NUL (git-merge-tree(1)).
fn parse(printed: &str) -> Vec<Vec<String>> {
    let mut merges = Vec::new();
    let mut fields = printed.split_terminator('\0');
    while let (Some(_), Some(_)) = (fields.next(), fields.next()) {
        let files = fields.by_ref().take_while(|field| !field.is_empty());
        merges.push(files.map(str::to_owned).collect());
    }
    merges
}

/// Returns a path in quotes: the separator of the list may be in it.
fn quoted(path: &Path) -> OsString {
    let text = path.to_string_lossy();
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    OsString::from(format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_end_with_an_empty_field() {
        for (printed, expected) in [
            ("", &[][..]),
            ("1 aa  ", &[""]),
            ("0 aa f g  ", &["f|g"]),
            ("0 aa f  1 bb  0 cc z  ", &["f", "", "z"]),
        ] {
            let merges = parse(&printed.replace(' ', "\0"));
            let joined: Vec<String> = merges.iter().map(|files| files.join("|")).collect();
            assert_eq!(joined, expected, "{printed:?}");
        }
    }
}
