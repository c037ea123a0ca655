//! Names files as the campaign does: relative to the root of the workspace, with `/` as the separator
//! and without `.` or an avoidable `..`.

use std::borrow::Cow;

use crate::workspace::Workspace;

/// The directories from which cargo, rustc and rustdoc name the files of a workspace.
#[derive(Debug)]
pub(super) struct PathNames {
    /// The root. Absolute, with `/` between the components and at the end.
    root: String,
    /// The members outside of the root, in the same form. The tools name their files by absolute paths.
    outer: Vec<String>,
    /// Whether paths are those of Windows. Elsewhere, `\` may be part of a name.
    is_windows: bool,
}

impl PathNames {
    /// Takes the directories of a workspace.
    pub(super) fn new(workspace: &Workspace) -> Self {
        let root = workspace.root.to_string_lossy();
        let is_windows = !root.starts_with('/');
        let root = match is_windows {
            true => slashed(&root),
            false => root,
        };
        let root = format!("{}/", root.trim_end_matches('/'));
        let members = workspace.members.iter();
        let outer = members
            .filter(|member| member.dir.starts_with("../"))
            .map(|member| format!("{}/", normalized(&format!("{root}{}", member.dir))))
            .collect();
        Self {
            root,
            outer,
            is_windows,
        }
    }

    /// Returns the name of a file. The path stays absolute unless it begins with the root or with the
    /// directory of a member.
    ///
    /// A path that begins with one of them may lead out of it again, as `#[path]` and `include_str!`
    /// can. Symbolic links are not followed.
    pub(super) fn name<'a>(&self, file: &'a str) -> Cow<'a, str> {
        let file = match self.is_windows {
            true => slashed(file),
            false => Cow::Borrowed(file),
        };
        if self.outer.iter().any(|dir| file.starts_with(dir)) {
            return Cow::Owned(relative(&normalized(&file), &self.root));
        }
        match file {
            Cow::Borrowed(file) => normalized(file.strip_prefix(&self.root).unwrap_or(file)),
            Cow::Owned(file) => {
                let below = file.strip_prefix(&self.root).unwrap_or(&file);
                Cow::Owned(normalized(below).into_owned())
            }
        }
    }
}

/// Replaces Windows' `\` by `/` and removes the `\\?\` of its long paths.
fn slashed(path: &str) -> Cow<'_, str> {
    if path.contains('\\') {
        let path = path.replace('\\', "/");
        Cow::Owned(
            path.strip_prefix("//?/")
                .map_or_else(|| path.clone(), str::to_owned),
        )
    } else {
        Cow::Borrowed(path)
    }
}

/// Returns an absolute path relative to a directory: `/a/side/src/lib.rs` from `/a/ws/` is
/// `../side/src/lib.rs`. Both have `/` between the components.
pub(super) fn relative(path: &str, directory: &str) -> String {
    let directory: Vec<&str> = directory.trim_end_matches('/').split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let common = directory
        .iter()
        .zip(&path)
        .take_while(|(a, b)| a == b)
        .count();
    let up = directory.iter().skip(common).map(|_| "..");
    up.chain(path.into_iter().skip(common))
        .collect::<Vec<_>>()
        .join("/")
}

/// Removes `.` components, and `..` components together with the one before them.
pub(super) fn normalized(path: &str) -> Cow<'_, str> {
    let is_normal = path.split('/').all(|part| part != "." && part != "..");
    if is_normal {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Cow::Owned(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Member;

    fn names(root: &str, members: &[&str]) -> PathNames {
        let members = members.iter().map(|dir| Member {
            dir: (*dir).to_owned(),
            ..Member::default()
        });
        PathNames::new(&Workspace {
            root: root.into(),
            members: members.collect(),
            ..Workspace::default()
        })
    }

    #[test]
    fn file_of_a_member_is_named_from_the_root_wherever_it_lies() {
        let unix = names("/a/ws", &["m", "../side"]);
        let windows = names(r"C:\ws", &["m"]);
        for (names, given, name) in [
            (&unix, "m/src/lib.rs", "m/src/lib.rs"),
            (&unix, "./m/src/lib.rs", "m/src/lib.rs"),
            (&unix, "/a/ws/m/src/lib.rs", "m/src/lib.rs"),
            (&unix, "m/src/../../../README.md", "../README.md"),
            (&unix, "m/src/../x.rs", "m/x.rs"),
            (&unix, "/a/ws/../x.rs", "../x.rs"),
            (&unix, "/a/side/src/lib.rs", "../side/src/lib.rs"),
            (&unix, "/a/side/src/../../x.rs", "../x.rs"),
            (&unix, "/a/side/src/../../ws/m/x.rs", "m/x.rs"),
            (&unix, "/a/sides/src/lib.rs", "/a/sides/src/lib.rs"),
            (&unix, "/rustc/0/library/x.rs", "/rustc/0/library/x.rs"),
            (&unix, "<anon>", "<anon>"),
            (&unix, r"a\src\lib.rs", r"a\src\lib.rs"),
            (&unix, r"/a/ws/a\b.rs", r"a\b.rs"),
            (&windows, r"a\src\lib.rs", "a/src/lib.rs"),
            (&windows, r"\\?\C:\x\lib.rs", "C:/x/lib.rs"),
            (&windows, r"C:\ws\a\lib.rs", "a/lib.rs"),
        ] {
            assert_eq!(names.name(given), name, "{given}");
        }
    }
}
