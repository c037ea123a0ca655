//! A copy of the workspace as cargo describes it, and the size of its build output.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::event::{Event, FileCounts};
use crate::plan::{CopiedBuild, Preparation, Step};
use crate::probe::{entries, relative};
use crate::store;
use crate::workspace::{Member, Workspace};

/// Returns the workspace as cargo describes its copy.
pub(super) fn description(workspace: &Workspace) -> Workspace {
    let root = store::copy_dir(&workspace.root).join(name(&workspace.root));
    let ids = Ids::of(workspace);
    let members = workspace.members.iter().map(|member| Member {
        id: ids
            .as_ref()
            .map_or_else(|| member.id.clone(), |ids| ids.moved(&member.id)),
        ..member.clone()
    });
    Workspace {
        members: members.collect(),
        root,
        ..workspace.clone()
    }
}

/// Returns the name of the root's directory.
fn name(root: &Path) -> OsString {
    root.file_name().unwrap_or("root".as_ref()).to_owned()
}

/// The URLs of directories, as cargo writes them in the ids of packages.
struct Ids {
    /// The directory above the root.
    above: String,
    /// The directory that corresponds to it.
    copy: String,
}

impl Ids {
    /// Returns the URLs, which follow from the id of a member below the root.
    fn of(workspace: &Workspace) -> Option<Self> {
        let mut members = workspace.members.iter();
        let root = members.find_map(|member| {
            let (_, url) = member.id.split_once(FILE)?;
            let url = &url[..url.find(['#', '?', ')']).unwrap_or(url.len())];
            let parts = Path::new(&member.dir).components();
            parts.into_iter().try_fold(url, |url, part| match part {
                Component::Normal(_) => Some(url.rsplit_once('/')?.0),
                Component::CurDir => Some(url),
                _ => None,
            })
        })?;
        let copy = store::copy_dir(Path::new(""));
        let (above, _) = root.rsplit_once('/')?;
        Some(Self {
            above: format!("{above}/"),
            copy: format!("{root}/{}/", relative(Path::new(""), &copy)),
        })
    }

    /// Returns the id of a package's copy.
    fn moved(&self, id: &str) -> String {
        let moved = id.split_once(FILE).and_then(|(kind, url)| {
            let below = url.strip_prefix(&self.above)?;
            Some(format!("{kind}{FILE}{}{below}", self.copy))
        });
        moved.unwrap_or_else(|| id.to_owned())
    }
}

/// The scheme of the URLs in package ids.
const FILE: &str = "file://";

/// Returns the size of everything that a clean build wrote.
pub(super) fn size(step: &Step, workspace: &Workspace) -> Option<Event> {
    let build = step.copy.as_ref()?;
    (build.preparation == Preparation::Clean).then(|| {
        Event::Counted(FileCounts {
            package: String::new(),
            others: Vec::new(),
            file: relative(&workspace.root, &build.target_dir),
            counts: BTreeMap::from([(CopiedBuild::BYTES.into(), bytes(&build.target_dir))]),
        })
    })
}

/// Returns the bytes that the files below a directory take on the disk. A file with several names
/// counts once.
fn bytes(dir: &Path) -> u64 {
    let mut seen = BTreeSet::new();
    let mut open = vec![dir.to_owned()];
    let mut sum = 0;
    while let Some(dir) = open.pop() {
        for path in entries(&dir) {
            let Ok(found) = fs::symlink_metadata(&path) else {
                continue;
            };
            if found.is_dir() {
                open.push(path);
            } else if seen.insert(identity(&found, path)) {
                sum += disk_size(&found);
            }
        }
    }
    sum
}

#[cfg(unix)]
fn identity(found: &fs::Metadata, _: PathBuf) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata, path: PathBuf) -> PathBuf {
    path
}

#[cfg(unix)]
fn disk_size(found: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    // Whatever the size of the file system's blocks is.
    found.blocks() * 512
}

#[cfg(not(unix))]
fn disk_size(found: &fs::Metadata) -> u64 {
    found.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::temp_dir::TempDir;

    fn member(dir: &str, id: &str) -> Member {
        Member {
            dir: dir.to_owned(),
            id: id.to_owned(),
            ..Member::default()
        }
    }

    fn ids(members: Vec<Member>) -> Vec<String> {
        let workspace = Workspace {
            root: "/my ws/app".into(),
            members,
            ..Workspace::default()
        };
        let described = description(&workspace).members.into_iter();
        described.map(|member| member.id).collect()
    }

    #[test]
    fn ids_are_those_of_the_copy() {
        let found = ids(vec![
            member("../side", "path+file:///my%20ws/side#0.1.0"),
            member("crates/core", "path+file:///my%20ws/app/crates/core#0.1.0"),
            member("", "path+file:///my%20ws/app#0.1.0"),
        ]);
        let expected = [
            "path+file:///my%20ws/app/.campaign/index/copy/side#0.1.0",
            "path+file:///my%20ws/app/.campaign/index/copy/app/crates/core#0.1.0",
            "path+file:///my%20ws/app/.campaign/index/copy/app#0.1.0",
        ];
        assert_eq!(found, expected);
        // The form before cargo 1.77.
        let found = ids(vec![member("", "app 0.1.0 (path+file:///my%20ws/app)")]);
        let expected = "app 0.1.0 (path+file:///my%20ws/app/.campaign/index/copy/app)";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn file_with_two_names_counts_once() {
        let place = TempDir::new().unwrap();
        let file = place.path().join("a/b");
        fs::create_dir(place.path().join("a")).unwrap();
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), &file).unwrap();
        let once = bytes(place.path());
        assert!(once >= fs::metadata(&file).unwrap().len());
        if cfg!(unix) && fs::hard_link(&file, place.path().join("c")).is_ok() {
            assert_eq!(bytes(place.path()), once);
        }
    }
}
