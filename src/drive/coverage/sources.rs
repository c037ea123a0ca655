//! The sources of the members by the paths that the compiler may give them.
//!
//! The compiler names a file by the path through which it was reached. Where that leads through a symbolic
//! link, the scan of the sources may know the file by another name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::drive::Drive;
use crate::event::FileExecutions;
use crate::probe::{normalize, relative, sources};
use crate::process::real_path;
use crate::workspace::Workspace;

/// The names of the members' sources.
pub(super) struct SourceNames<'a> {
    workspace: &'a Workspace,
    /// The root without symbolic links.
    root: PathBuf,
    /// The name of each file by its path without symbolic links.
    names: BTreeMap<PathBuf, String>,
}

impl<'a> SourceNames<'a> {
    pub(super) fn find(drive: &Drive<'a>) -> Self {
        let workspace = drive.workspace;
        let found = sources::find(workspace, drive.files).files.into_keys();
        let names = found.map(|name| (real_path(&workspace.root.join(&name)), name));
        Self {
            workspace,
            root: real_path(&workspace.root),
            names: names.collect(),
        }
    }

    /// Returns the executions with the name under which the scan of the sources knows the file. `None` if it
    /// does not know the file.
    pub(super) fn named(&self, executions: FileExecutions) -> Option<FileExecutions> {
        let path = real_path(&self.workspace.root.join(&executions.file));
        let file = self.names.get(&path)?.clone();
        let linked = path
            .starts_with(&self.root)
            .then(|| relative(&self.root, &path));
        Some(FileExecutions {
            linked: linked.filter(|linked| *linked != file),
            file,
            ..executions
        })
    }

    /// Returns the name of a file that is a source of a member by its place.
    pub(super) fn name_by_place(&self, path: &str) -> Option<String> {
        let Workspace {
            root,
            target_dir,
            build_dir,
            members,
        } = self.workspace;
        let path = normalize(root, path);
        let is_output = path.starts_with(target_dir)
            || build_dir.as_ref().is_some_and(|dir| path.starts_with(dir));
        let is_source = path.extension().is_some_and(|found| found == "rs");
        let package = path
            .ancestors()
            .skip(1)
            .find(|dir| dir.join("Cargo.toml").is_file())?;
        // Macros of other packages in the workspace, such as vendored ones, are not product code.
        let is_own = package == root
            || members
                .iter()
                .any(|member| normalize(root, &member.dir) == package);
        (is_source && is_own && !is_output).then(|| relative(root, &path))
    }
}
