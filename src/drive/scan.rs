//! Reading the Rust sources of the members, without a process.
//!
//! Either the files that are handed in (git's view) or what lies in the members' folders, less other packages, build
//! output, hidden folders and links. `.gitignore` is not consulted here. Must not know what is counted (`decode::source`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Drive;
use super::step::not_started;
use super::transcript::Transcript;
use crate::decode::source;
use crate::event::{Ending, Event, Source};
use crate::plan::Step;
use crate::process::seconds;
use crate::store;
use crate::workspace::Workspace;

/// Counts every file and tells it, in the order of paths. A file that cannot be read is noise.
pub(super) fn run(step: &Step, drive: &Drive<'_>, sink: &mut dyn FnMut(&Event)) {
    let start = Instant::now();
    let mut transcript = Transcript::begin(drive.logs, &step.id);
    let mut tell = |event: Event| {
        transcript.event(&event);
        sink(&event);
    };
    let mut ended = not_started(&step.id, Ending::Exited(0));
    for (file, package) in sources(drive.workspace, drive.files) {
        if drive.cancel.is_set() {
            ended.ending = Ending::Interrupted;
            break;
        }
        match store::read_file(&drive.workspace.root.join(&file), store::TEXT_LIMIT) {
            Ok(bytes) => {
                let counts = source::counts(&String::from_utf8_lossy(&bytes));
                tell(Event::Source(Source {
                    package,
                    file,
                    counts,
                }));
            }
            Err(error) => {
                *ended.odd.entry("unreadable".to_owned()).or_default() += 1;
                tell(Event::Noise {
                    line: format!("{file}: {error}"),
                });
            }
        }
    }
    ended.seconds = seconds(start.elapsed());
    transcript.end("", &ended);
    sink(&Event::Ended(ended));
}

/// Every `.rs` file of a member, with the member's name, sorted.
pub fn sources(workspace: &Workspace, files: Option<&[String]>) -> BTreeMap<String, String> {
    match files {
        Some(files) => listed(workspace, files),
        None => workspace
            .members
            .iter()
            .flat_map(|m| walked(&workspace.root, &m.dir, &m.name))
            .collect(),
    }
}

/// The files of the list that belong to a member and to no package below it.
fn listed(workspace: &Workspace, files: &[String]) -> BTreeMap<String, String> {
    let mut packages = Packages {
        root: &workspace.root,
        known: BTreeMap::new(),
    };
    let member = |file: &String| {
        let member = workspace.owner(file).filter(|_| file.ends_with(".rs"))?;
        let own = packages.is_of(file, &member.dir) && is_file(&workspace.root.join(file));
        own.then(|| (file.clone(), member.name.clone()))
    };
    files.iter().filter_map(member).collect()
}

/// Which folders hold a manifest; each is looked at once.
struct Packages<'a> {
    root: &'a Path,
    known: BTreeMap<String, bool>,
}

impl Packages<'_> {
    /// No folder from the file's up to (not including) the member's holds a manifest.
    fn is_of(&mut self, file: &str, member: &str) -> bool {
        let mut dir = file;
        while let Some((parent, _)) = dir.rsplit_once('/') {
            if parent == member {
                return true;
            }
            if *self
                .known
                .entry(parent.to_owned())
                .or_insert_with(|| has_manifest(&self.root.join(parent)))
            {
                return false;
            }
            dir = parent;
        }
        true
    }
}

/// The sources below a member's folder, relative to the root.
fn walked(root: &Path, member: &str, name: &str) -> BTreeMap<String, String> {
    let mut found = BTreeSet::new();
    let mut folders: Vec<(PathBuf, String)> = vec![(root.join(member), member.to_owned())];
    while let Some((folder, path)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}/{name}")
            };
            // Links are neither file nor folder here: they are not followed.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && is_source_folder(&entry.path(), &name) => {
                    folders.push((entry.path(), below))
                }
                Ok(kind) if kind.is_file() && name.ends_with(".rs") => drop(found.insert(below)),
                _ => {}
            }
        }
    }
    found
        .into_iter()
        .map(|file| (file, name.to_owned()))
        .collect()
}

/// Not hidden, not build output (by name or cargo's tag), not another package.
fn is_source_folder(folder: &Path, name: &str) -> bool {
    !name.starts_with('.')
        && name != "target"
        && !folder.join("CACHEDIR.TAG").exists()
        && !has_manifest(folder)
}

fn has_manifest(folder: &Path) -> bool {
    folder.join("Cargo.toml").exists()
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
    fn walking_finds_the_sources_of_members_and_nothing_else() {
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
    fn a_list_is_taken_as_given_less_other_packages_and_what_is_gone() {
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
