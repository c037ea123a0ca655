//! Puts instrumented programs where tests look for them.
//!
//! Cargo writes the programs of an instrumented build to a directory of their own, `campaign` in the target
//! directory. A test that looks for a program beside its own executable would find the one of the user. Therefore,
//! the user's programs are moved aside before the first test starts, and moved back afterwards. Programs that
//! another build has written in the meantime stay as they are. If this program is killed, its next run moves them
//! back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::store;

/// The name of the directory that an instrumented build writes its programs to.
pub(crate) const OWN: &str = "campaign";

/// The extension of an empty file that marks a program without an earlier one in its place.
const ADDED: &str = "added";

/// The name of a file in [`OWN`]. It cannot be the name of a profile or a triple.
const LOCK: &str = ".campaign-lock";

/// The name of the directory in [`OWN`] for the user's programs while the tests run. It cannot be the name of a profile
/// or a triple.
const KEPT: &str = ".user-programs";

/// The target directory in which programs are moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProgramDirs {
    /// The target directory, in which the tests are.
    pub(crate) target: PathBuf,
}

impl ProgramDirs {
    /// Returns the file that is locked while instrumented programs are built, run and read.
    pub(crate) fn lock(&self) -> PathBuf {
        self.target.join(OWN).join(LOCK)
    }

    /// Returns the directory for the user's programs while the tests run.
    pub(crate) fn kept(&self) -> PathBuf {
        self.target.join(OWN).join(KEPT)
    }

    /// Puts the instrumented programs of the profile that a test executable belongs to in the place of the
    /// user's. Programs that cannot be replaced stay as they are, and so do all if the run that would move them back was
    /// killed.
    pub(crate) fn replace(&self, exe: &Path) {
        if self.is_abandoned() {
            return;
        }
        let profile = exe.ancestors().skip(1).find(|dir| {
            let is_output = dir.ends_with("deps") || dir.ends_with("build");
            is_output && dir.starts_with(&self.target)
        });
        let profile = profile
            .and_then(Path::parent)
            .and_then(|dir| dir.strip_prefix(&self.target).ok());
        let Some(profile) = profile else { return };
        for dir in [profile.to_owned(), profile.join("examples")] {
            for name in programs(&self.target.join(OWN).join(&dir)) {
                let _ = self.replace_one(&dir.join(name));
            }
        }
    }

    /// Returns whether no run holds the lock.
    fn is_abandoned(&self) -> bool {
        let lock = store::open_file(&self.lock());
        lock.is_ok_and(|lock| lock.try_lock_shared().is_ok())
    }

    fn replace_one(&self, program: &Path) -> io::Result<()> {
        let [from, to, kept] = self.places(program);
        if is_same(&from, &to) || is_directory(&to) {
            return Ok(());
        }
        if let Some(dir) = kept.parent() {
            fs::create_dir_all(dir)?;
        }
        // A file system without hard links is found out before anything is moved.
        let linked = kept.with_extension("new");
        fs::hard_link(&from, &linked)?;
        match to.symlink_metadata() {
            Ok(_) => fs::rename(&to, &kept)?,
            Err(_) => {
                _ = fs::File::options()
                    .create(true)
                    .append(true)
                    .open(added(&kept))?
            }
        }
        if let Some(dir) = to.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::rename(&linked, &to)
    }

    /// Moves the user's programs back, also those that a killed run moved aside.
    pub(crate) fn restore(&self) {
        let kept = self.kept();
        let mut open = vec![PathBuf::new()];
        while let Some(dir) = open.pop() {
            for name in names(&kept.join(&dir)) {
                let found = dir.join(&name);
                if is_directory(&kept.join(&found)) {
                    open.push(found);
                } else {
                    // The user's next build writes a program again that cannot be moved back.
                    let _ = self.restore_one(&found);
                }
            }
        }
        // The rest was replaced by another build.
        let _ = fs::remove_dir_all(kept);
    }

    fn restore_one(&self, kept: &Path) -> io::Result<()> {
        let is_added = kept.extension().is_some_and(|extension| extension == ADDED);
        let program = match is_added {
            true => kept.with_extension(""),
            false => kept.to_owned(),
        };
        let [from, to, kept] = self.places(&program);
        match (is_same(&from, &to), is_added) {
            (true, true) => fs::remove_file(to),
            (true, false) => fs::rename(kept, to),
            (false, _) => Ok(()),
        }
    }

    /// Returns the instrumented program, the place where tests look for it, and the place where the user's is
    /// kept.
    fn places(&self, program: &Path) -> [PathBuf; 3] {
        [
            self.target.join(OWN).join(program),
            self.target.join(program),
            self.kept().join(program),
        ]
    }
}

/// Returns the file that marks a program without an earlier one in its place.
fn added(kept: &Path) -> PathBuf {
    let mut name = kept.as_os_str().to_owned();
    name.push(".");
    name.push(ADDED);
    name.into()
}

fn names(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().into()).collect()
}

/// Returns the names of the programs and libraries in a directory.
fn programs(dir: &Path) -> Vec<PathBuf> {
    let mut names = names(dir);
    names.retain(|name| {
        let is_file = fs::symlink_metadata(dir.join(name)).is_ok_and(|found| found.is_file());
        let is_hidden = name.to_string_lossy().starts_with('.');
        is_file && !is_hidden && name.extension().is_none_or(|extension| extension != "d")
    });
    names
}

/// Returns whether a path names a directory itself, not through a link.
fn is_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Returns whether two paths name the same file.
fn is_same(a: &Path, b: &Path) -> bool {
    file_id(a).is_some_and(|a| Some(a) == file_id(b))
}

/// Returns the device and the inode of a file.
#[cfg(unix)]
fn file_id(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let found = fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Returns the length of a file and when it was written, which two links share.
#[cfg(not(unix))]
fn file_id(path: &Path) -> Option<(u64, std::time::SystemTime)> {
    let found = fs::symlink_metadata(path).ok()?;
    Some((found.len(), found.modified().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    #[test]
    fn programs_of_the_user_are_back_after_the_tests() {
        let scratch = Scratch::new();
        let target = scratch.path().join("target");
        let text = |path: &str| fs::read_to_string(target.join(path)).ok();
        for path in ["app", "lib.so", "other"] {
            scratch.write(&format!("target/debug/{path}"), "user");
        }
        for path in ["app", "app.d", "lib.so", "new", "examples/e"] {
            scratch.write(&format!("target/campaign/debug/{path}"), "instrumented");
        }
        scratch.write("target/debug/dir/notes", "user");
        scratch.write("target/campaign/debug/dir", "instrumented");
        let dirs = ProgramDirs {
            target: target.clone(),
        };
        let exe = target.join("debug/deps/t-0123456789abcdef");
        scratch.write("target/campaign/.campaign-lock", "");
        dirs.replace(&exe);
        assert_eq!(text("debug/app").as_deref(), Some("user"));
        let lock = fs::File::open(dirs.lock()).unwrap();
        lock.lock().unwrap();
        dirs.replace(&exe);
        dirs.replace(&exe);
        for path in ["app", "lib.so", "new", "examples/e"] {
            let found = text(&format!("debug/{path}"));
            assert_eq!(found.as_deref(), Some("instrumented"), "{path}");
        }
        // Another build of the user while tests run.
        fs::remove_file(target.join("debug/lib.so")).unwrap();
        scratch.write("target/debug/lib.so", "newer");
        assert!(dirs.kept().exists());
        dirs.restore();
        assert!(!dirs.kept().exists());
        for (path, expected) in [
            ("app", Some("user")),
            ("app.d", None),
            ("lib.so", Some("newer")),
            ("other", Some("user")),
            ("dir/notes", Some("user")),
            ("new", None),
            ("examples/e", None),
        ] {
            assert_eq!(
                text(&format!("debug/{path}")).as_deref(),
                expected,
                "{path}"
            );
        }
        assert_eq!(text("campaign/debug/app").as_deref(), Some("instrumented"));
    }

    #[cfg(unix)]
    #[test]
    fn link_of_the_user_to_a_directory_is_back_after_the_tests() {
        let scratch = Scratch::new();
        let target = scratch.path().join("target");
        scratch.write("other/notes", "user");
        scratch.write("target/debug/deps/t", "test");
        scratch.write("target/campaign/debug/app", "instrumented");
        let link = target.join("debug/app");
        std::os::unix::fs::symlink("../../other", &link).unwrap();
        let dirs = ProgramDirs {
            target: target.clone(),
        };
        dirs.replace(&target.join("debug/deps/t"));
        assert_eq!(fs::read_to_string(&link).unwrap(), "instrumented");
        dirs.restore();
        assert_eq!(fs::read_to_string(link.join("notes")).unwrap(), "user");
    }
}
