//! Paths relative to the workspace root, as text.
//!
//! Their components are separated by `/` on every platform, so that runs, pins and plans have the same names everywhere. The
//! root itself is empty. A path beside the root begins with `../`, because a member may lie there.

/// Returns the path of a name in a directory.
pub fn join(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    }
}

/// Returns the directory of a file.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Returns whether a file lies in a directory or below it. Every file lies below the root.
pub fn is_below(file: &str, directory: &str) -> bool {
    let below = file.strip_prefix(directory);
    directory.is_empty() || below.is_some_and(|rest| rest.starts_with('/'))
}

/// Returns a relative path without `.`, and without `..` behind a directory.
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_and_separated() {
        for (directory, name, path) in [
            ("", "Cargo.toml", "Cargo.toml"),
            ("a", "Cargo.toml", "a/Cargo.toml"),
            ("../side/b", "Cargo.toml", "../side/b/Cargo.toml"),
        ] {
            assert_eq!(join(directory, name), path);
            assert_eq!(parent(path), directory);
        }
    }

    #[test]
    fn dots_are_resolved() {
        for (path, expected) in [
            ("a/src/../../shared", "shared"),
            ("a/./b//c", "a/b/c"),
            ("a/..", ""),
            ("a/../../side", "../side"),
            ("../../x", "../../x"),
        ] {
            assert_eq!(normal(path), expected);
        }
    }

    #[test]
    fn file_is_below_its_directories_and_no_others() {
        for (file, directory, expected) in [
            ("a/src/lib.rs", "", true),
            ("a/src/lib.rs", "a", true),
            ("a/src/lib.rs", "a/src", true),
            ("ab/src/lib.rs", "a", false),
            ("a", "a", false),
            ("../a/src/lib.rs", "../a", true),
        ] {
            assert_eq!(is_below(file, directory), expected, "{file} {directory}");
        }
    }
}
