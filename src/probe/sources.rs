//! Lists the Rust source files of the members.
//!
//! The files come from a list (git's view), or from walking the members' directories without other
//! packages, build output, hidden directories and symbolic links. `.gitignore` is not read here.

use std::collections::BTreeMap;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// Returns every `.rs` file of a member with the member's name, sorted by path.
///
/// `files` are relative to the root of the workspace. Without them the members' directories are
/// walked.
pub fn sources(workspace: &Workspace, files: Option<&[String]>) -> BTreeMap<String, String> {
    match files {
        Some(files) => listed(workspace, files),
        None => workspace
            .members
            .iter()
            .flat_map(|member| {
                walk(&workspace.root, &member.dir)
                    .into_iter()
                    .map(|file| (file, member.name.clone()))
            })
            .collect(),
    }
}

/// Returns the files at these paths, which are relative to the root or absolute, with the names of the
/// members that they belong to (empty for none). A directory is replaced by the files below it, sorted
/// by name, without hidden ones and links. A path that cannot be listed is returned as it is, so that
/// reading it fails.
pub fn files(workspace: &Workspace, paths: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in paths {
        match workspace.root.join(path).is_dir() {
            true => add_below(&workspace.root, path, &mut found),
            false => found.push(path.clone()),
        }
    }
    let with_owner = found.into_iter().map(|file| {
        let owner = workspace
            .owner(&file)
            .filter(|_| Path::new(&file).is_relative());
        let package = owner.map_or_else(String::new, |member| member.name.clone());
        (file, package)
    });
    with_owner.collect()
}

/// Adds the files below a directory.
fn add_below(root: &Path, directory: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(directory)) else {
        return found.push(directory.to_owned());
    };
    let mut entries: Vec<(String, Option<FileType>)> = entries
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, entry.file_type().ok())
        })
        .filter(|(name, _)| !name.starts_with('.'))
        .collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, kind) in entries {
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        match kind {
            Some(kind) if kind.is_dir() => add_below(root, &path, found),
            Some(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

/// Returns the files of the list that belong to a member and not to a package below it.
fn listed(workspace: &Workspace, files: &[String]) -> BTreeMap<String, String> {
    let mut nested = NestedPackages {
        root: &workspace.root,
        has_manifest: BTreeMap::new(),
    };
    let mut found = BTreeMap::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let Some(member) = workspace.owner(file) else {
            continue;
        };
        if !nested.contain(file, &member.dir) && is_file(&workspace.root.join(file)) {
            found.insert(file.clone(), member.name.clone());
        }
    }
    found
}

/// The packages below members. Each directory is looked up once.
struct NestedPackages<'a> {
    root: &'a Path,
    has_manifest: BTreeMap<String, bool>,
}

impl NestedPackages<'_> {
    /// Returns whether a directory between the member's and the file's contains a manifest.
    fn contain(&mut self, file: &str, member: &str) -> bool {
        let mut path = file;
        while let Some((parent, _)) = path.rsplit_once('/') {
            if parent == member {
                return false;
            }
            let root = self.root;
            let is_package = self
                .has_manifest
                .entry(parent.to_owned())
                .or_insert_with(|| has_manifest(&root.join(parent)));
            if *is_package {
                return true;
            }
            path = parent;
        }
        false
    }
}

/// Returns the source files below a member's directory, relative to the root.
fn walk(root: &Path, member: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<(PathBuf, String)> = vec![(root.join(member), member.to_owned())];
    while let Some((dir, path)) = open.pop() {
        let Ok(entries) = fs::read_dir(&dir) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}/{name}")
            };
            // The type of a symbolic link is neither file nor directory, so links are not followed.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && is_source_dir(&entry.path(), &name) => {
                    open.push((entry.path(), below));
                }
                Ok(kind) if kind.is_file() && name.ends_with(".rs") => found.push(below),
                _ => {}
            }
        }
    }
    found
}

/// Returns whether a directory can contain sources of the member: it is not hidden, not build
/// output and not another package.
fn is_source_dir(dir: &Path, name: &str) -> bool {
    !name.starts_with('.')
        && name != "target"
        && !dir.join("CACHEDIR.TAG").exists()
        && !has_manifest(dir)
}

fn has_manifest(dir: &Path) -> bool {
    dir.join("Cargo.toml").exists()
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::temp_dir::TempDir;
    use crate::test_runner::record::create_file;
    use crate::workspace::Member;

    const FILES: [&str; 12] = [
        "Cargo.toml",
        "src/lib.rs",
        "src/.hidden/x.rs",
        "build.rs",
        "target/debug/out.rs",
        "out/CACHEDIR.TAG",
        "out/made.rs",
        "core/Cargo.toml",
        "core/src/a/b.rs",
        "core/fixtures/bad/Cargo.toml",
        "core/fixtures/bad/src/main.rs",
        "src/notes.txt",
    ];

    fn workspace() -> (TempDir, Workspace) {
        let scratch = TempDir::new().unwrap();
        for file in FILES {
            let path = scratch.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            create_file(&path).unwrap();
        }
        let member = |name: &str, dir: &str| Member {
            name: name.to_owned(),
            id: name.to_owned(),
            version: "1.0.0".to_owned(),
            dir: dir.to_owned(),
            targets: Vec::new(),
            publish: true,
            ..Member::default()
        };
        let root = scratch.path().to_owned();
        let target_dir = root.join("target");
        (
            scratch,
            Workspace {
                root,
                target_dir,
                members: vec![member("core", "core"), member("top", "")],
            },
        )
    }

    fn text(found: &BTreeMap<String, String>) -> Vec<String> {
        found
            .iter()
            .map(|(file, package)| format!("{package}:{file}"))
            .collect()
    }

    #[test]
    fn only_sources_of_members_are_found_by_walking() {
        let (_scratch, workspace) = workspace();
        assert_eq!(
            text(&sources(&workspace, None)),
            ["top:build.rs", "core:core/src/a/b.rs", "top:src/lib.rs"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (scratch, workspace) = workspace();
        std::os::unix::fs::symlink(scratch.path(), scratch.path().join("src/loop")).unwrap();
        std::os::unix::fs::symlink("lib.rs", scratch.path().join("src/link.rs")).unwrap();
        assert_eq!(sources(&workspace, None).len(), 3);
        assert_eq!(
            text(&sources(&workspace, Some(&["src/link.rs".to_owned()]))),
            [""; 0]
        );
    }

    #[test]
    fn listed_files_of_other_packages_and_missing_files_are_left_out() {
        let (_scratch, workspace) = workspace();
        let list: Vec<String> = FILES
            .iter()
            .map(|f| (*f).to_owned())
            .chain(["src/gone.rs".to_owned()])
            .collect();
        let expected = [
            "top:build.rs",
            "core:core/src/a/b.rs",
            "top:out/made.rs",
            "top:src/.hidden/x.rs",
            "top:src/lib.rs",
            "top:target/debug/out.rs",
        ];
        assert_eq!(text(&sources(&workspace, Some(&list))), expected);
    }
}
