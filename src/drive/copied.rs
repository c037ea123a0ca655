//! A copy of the workspace as cargo describes it, the size of its build output, and the time of its units.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::decode::timings::{self, UnitTime};
use crate::event::{Event, FileCounts, Problem};
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

/// The directory of reports in a target directory.
const REPORTS: &str = "cargo-timings";
/// A report with more bytes is not read.
const REPORT: u64 = 256 << 20;

/// Returns how long a clean build took for the units of each member.
pub(super) fn unit_times(step: &Step, workspace: &Workspace) -> Vec<Event> {
    match &step.copy {
        Some(build) if build.preparation == Preparation::Clean => {
            reported_times(&build.target_dir, workspace)
        }
        _ => Vec::new(),
    }
}

/// Returns the times in cargo's report of a build. The problem, if it cannot be read.
fn reported_times(target_dir: &Path, workspace: &Workspace) -> Vec<Event> {
    let path = target_dir.join(REPORTS).join("cargo-timing.html");
    let file = relative(&workspace.root, &path);
    let read = store::read_file(&path, REPORT).map_err(|error| error.to_string());
    let page = read.map(|page| String::from_utf8_lossy(&page).into_owned());
    match page.and_then(|page| timings::units(&page)) {
        Ok(units) => {
            let members = workspace.members.iter();
            let times = members.filter_map(|member| times_of(member, &units, &file));
            times.collect()
        }
        Err(message) => vec![Event::Problem(Problem {
            file,
            rule: REPORTS.to_owned(),
            message: format!("cargo's report of times cannot be read: {message}"),
            ..Problem::default()
        })],
    }
}

/// Returns the time of all units of a member. `None` if the report lists none.
fn times_of(member: &Member, units: &[UnitTime], file: &str) -> Option<Event> {
    let own = units
        .iter()
        .filter(|unit| unit.name == member.name && unit.version == member.version);
    let times: Vec<f64> = own.map(|unit| unit.seconds).collect();
    let micros = Duration::try_from_secs_f64(times.iter().sum())
        .ok()?
        .as_micros();
    let counts = BTreeMap::from([(CopiedBuild::UNIT_TIME.into(), u64::try_from(micros).ok()?)]);
    (!times.is_empty()).then(|| {
        Event::Counted(FileCounts {
            package: member.name.clone(),
            others: Vec::new(),
            file: file.to_owned(),
            counts,
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
                // Builds by hand write no reports.
                if !path.ends_with(REPORTS) {
                    open.push(path);
                }
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
    fn times_of_members_are_read_from_the_report_of_cargo() {
        let place = TempDir::new().unwrap();
        let member = |name: &str, version: &str| Member {
            name: name.to_owned(),
            version: version.to_owned(),
            ..Member::default()
        };
        let workspace = Workspace {
            members: vec![
                member("tide", "1.2.0"),
                member("tide-core", "0.1.0"),
                member("tide-core", "0.2.0"),
                member("other", "1.2.0"),
            ],
            ..Workspace::default()
        };
        let missing = reported_times(place.path(), &workspace);
        let reason = "cargo's report of times cannot be read: ";
        assert!(
            matches!(&missing[..], [Event::Problem(problem)] if problem.message.starts_with(reason)),
            "{missing:?}"
        );
        let recorded = "/fixtures/streams/timings/cargo-timing.html";
        fs::create_dir(place.path().join(REPORTS)).unwrap();
        fs::copy(
            format!("{}{recorded}", env!("CARGO_MANIFEST_DIR")),
            place.path().join(REPORTS).join("cargo-timing.html"),
        )
        .unwrap();
        let times = reported_times(place.path(), &workspace);
        let times = times.iter().map(|event| match event {
            Event::Counted(found) => (&*found.package, found.counts[CopiedBuild::UNIT_TIME]),
            other => panic!("{other:?}"),
        });
        let expected = [("tide", 350_000), ("tide-core", 480_000)];
        assert_eq!(times.collect::<Vec<_>>(), expected);
        assert_eq!(bytes(place.path()), 0, "reports are no build output");
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
