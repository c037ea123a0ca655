//! The changes of the sources that a command gets as a patch.

use std::io::Write as _;
use std::path::Path;

use crate::git::Git;
use crate::plan::SourceChanges;
use crate::store;
use crate::test_runner::record::create_file;

/// Writes the changes of the Rust sources to a file.
///
/// # Errors
/// If git does not know them, or a file cannot be read or written; as a fragment.
pub(super) fn write(changes: &SourceChanges, root: &Path, file: &Path) -> Result<(), String> {
    let patch = patch(changes, root)?;
    let written = create_file(file).and_then(|mut file| file.write_all(&patch));
    written.map_err(|error| format!("could not write {}: {error}", file.display()))
}

/// Returns the changes. A file that git does not track is new.
fn patch(changes: &SourceChanges, root: &Path) -> Result<Vec<u8>, String> {
    let git = Git::at(root);
    let listed = git
        .patch(&changes.since)
        .and_then(|patch| Ok((patch, git.ls_files()?)));
    let (mut patch, listed) = listed.map_err(|trouble| trouble.to_string())?;
    for new in listed
        .iter()
        .filter(|one| !one.tracked && one.name.ends_with(b".rs"))
    {
        let name = String::from_utf8_lossy(&new.name);
        let text = store::read_file(&root.join(&*name), store::TEXT_LIMIT)
            .map_err(|error| format!("could not read {name}: {error}"))?;
        patch.extend(addition(&name, &text));
    }
    Ok(patch)
}

/// Returns a patch that adds a file.
fn addition(name: &str, text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = match text.strip_suffix(b"\n").unwrap_or(text) {
        b"" => return Vec::new(),
        text => text.split(|&byte| byte == b'\n').collect(),
    };
    let count = lines.len();
    let head = format!("--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{count} @@\n");
    let mut patch = head.into_bytes();
    for line in lines {
        patch.extend([b"+", line, b"\n"].concat());
    }
    if !text.ends_with(b"\n") {
        patch.extend(b"\\ No newline at end of file\n");
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_file_is_added_line_by_line() {
        for (text, expected) in [
            ("", ""),
            ("a\n", "--- /dev/null\n+++ b/x.rs\n@@ -0,0 +1,1 @@\n+a\n"),
            (
                "a\n\nb",
                "--- /dev/null\n+++ b/x.rs\n@@ -0,0 +1,3 @@\n+a\n+\n+b\n\\ No newline at end of file\n",
            ),
        ] {
            let found = addition("x.rs", text.as_bytes());
            assert_eq!(String::from_utf8(found).unwrap(), expected);
        }
    }
}
