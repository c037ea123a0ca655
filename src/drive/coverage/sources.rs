//! The sources of the members by the paths that the compiler may give them.
//!
//! The compiler names a file by the path through which it was reached. Where that leads through a
//! symbolic link, the scan of the sources may know the file by another name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::drive::Drive;
use crate::event::FileExecutions;
use crate::probe::{normalize, relative, resolve, sources};
use crate::process::real_path;
use crate::relative_path::parent;
use crate::workspace::{FileRole, Workspace};

/// The name of a source.
pub(super) struct SourceName {
    /// Under which the scan of the sources knows it.
    pub(super) file: String,
    /// As [`FileExecutions::linked`].
    pub(super) linked: Option<String>,
}

/// The names of the members' sources.
pub(super) struct SourceNames<'a> {
    workspace: &'a Workspace,
    /// The root without symbolic links.
    root: PathBuf,
    /// The name of each file by its path without symbolic links.
    names: BTreeMap<PathBuf, String>,
    /// The roles of the root files of targets.
    roles: BTreeMap<String, FileRole>,
    /// Whether test code counts.
    with_tests: bool,
}

impl<'a> SourceNames<'a> {
    pub(super) fn find(drive: &Drive<'a>, with_tests: bool) -> Self {
        let workspace = drive.workspace;
        let found = sources::find(workspace, drive.files).files.into_keys();
        let names = found.map(|name| (real_path(&workspace.root.join(&name)), name));
        Self {
            workspace,
            root: real_path(&workspace.root),
            names: names.collect(),
            roles: workspace.roles(),
            with_tests,
        }
    }

    /// Returns the executions with the name under which the scan of the sources knows the file.
    /// `None` if it is not a source of a member, or if the path of a link says that it is test
    /// code.
    ///
    /// # Errors
    /// As [`Self::name_of`].
    pub(super) fn named(
        &self,
        executions: FileExecutions,
    ) -> Result<Option<FileExecutions>, String> {
        let name = self.name_of(&executions.file)?;
        Ok(name.map(|SourceName { file, linked }| FileExecutions {
            file,
            linked,
            ..executions
        }))
    }

    /// Returns the name of the source with a path, which may be relative to the root. `None` if it
    /// is not a source of a member, or if the path of a link says that it is test code.
    ///
    /// # Errors
    /// If it is a source of a member by its place that the scan does not know, or it is unknown
    /// whether it is test code.
    pub(super) fn name_of(&self, path: &str) -> Result<Option<SourceName>, String> {
        let root = &self.workspace.root;
        let real = real_path(&root.join(path));
        let path = resolve(root, path);
        let compiled = relative(root, &path);
        let Some(file) = self.names.get(&real) else {
            return match self.is_source_by_place(&path) {
                true => Err(format!(
                    "`{compiled}` was compiled, but is not a known source file"
                )),
                false => Ok(None),
            };
        };
        if compiled != *file && !self.with_tests {
            match (self.is_test(&compiled), self.is_test(file)) {
                (true, false) => return Ok(None),
                (false, true) => {
                    return Err(format!(
                        "`{compiled}` leads to `{file}`, so that it is unknown whether it is test code"
                    ));
                }
                _ => {}
            }
        }
        let linked = real
            .starts_with(&self.root)
            .then(|| relative(&self.root, &real));
        Ok(Some(SourceName {
            linked: linked.filter(|linked| linked != file),
            file: file.clone(),
        }))
    }

    /// Returns the sources: the path of each without symbolic links, and its name.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        let names = self.names.iter();
        names.map(|(path, name)| (path.as_path(), name.as_str()))
    }

    /// Returns the directories of sources up to those of the members, without the workspace root, in which other
    /// files appear and vanish as well.
    pub(super) fn directories(&self) -> BTreeSet<String> {
        let members = self.workspace.members.iter();
        let members: BTreeSet<&str> = members.map(|member| member.dir.as_str()).collect();
        let mut found = BTreeSet::new();
        let relative = self.names.values().filter(|name| !name.starts_with('/'));
        for name in relative {
            let mut directory = parent(name);
            while !matches!(directory, "" | "..") {
                found.insert(directory.to_owned());
                if members.contains(directory) {
                    break;
                }
                directory = parent(directory);
            }
        }
        found
    }

    /// Returns the directory that names are relative to.
    pub(super) fn root(&self) -> &Path {
        &self.workspace.root
    }

    /// Returns whether a file is test code by its path or as the root of a target.
    fn is_test(&self, file: &str) -> bool {
        let role = self.roles.get(file).copied();
        let role = role.unwrap_or_else(|| self.workspace.role_by_name(file));
        matches!(role, FileRole::NamedTest | FileRole::Test)
    }

    /// Returns whether a file is a source of a member by its place.
    fn is_source_by_place(&self, path: &Path) -> bool {
        let Workspace {
            root,
            target_dir,
            build_dir,
            members,
        } = self.workspace;
        let is_output = path.starts_with(target_dir)
            || build_dir.as_ref().is_some_and(|dir| path.starts_with(dir));
        let is_source = path.extension().is_some_and(|found| found == "rs");
        let mut directories = path.ancestors().skip(1);
        let package = directories.find(|dir| dir.join("Cargo.toml").is_file());
        // Macros of other packages in the workspace, such as vendored ones, are not product code.
        let is_own = package.is_some_and(|package| {
            let mut members = members.iter().map(|member| normalize(root, &member.dir));
            package == root || members.any(|dir| dir == package)
        });
        is_source && is_own && !is_output
    }
}
