//! Makes cargo build units again, by removing their fingerprints from its build directory.
//!
//! Cargo builds a unit without a fingerprint, and the units that depend on it. Artifacts stay in
//! place until cargo replaces them. For a build script that is to run again, its output is removed
//! too, because cargo would otherwise build the units that depend on it one build later.
//!
//! Nothing is removed unless it lies in a directory that cargo marked as its own, with no link on
//! the way, and only while cargo's own lock is held.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::inputs::UnitKind;
use super::target_dir::{self, read_text, stem, unit_hash};
use crate::probe::entries;
use crate::process::Cancel;
use crate::store;

/// Names of the files that cargo locks in the directory of a profile while it builds there. Cargo
/// 1.97 has the second one, too.
const LOCKS: [&str; 2] = [".cargo-lock", ".cargo-build-lock"];
/// Text of the file by which cargo marks its directories.
const TAG: &str = "created by cargo";
/// Time between attempts to get the lock.
const POLL: Duration = Duration::from_millis(100);

/// Build output whose removal makes cargo build units again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Files and directories in the order in which they are removed, by the directory of the
    /// profile.
    paths: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl Renewal {
    /// Adds a unit. `written` is the file that each build of the unit writes. With `clears_output`,
    /// a build script runs with an empty `OUT_DIR`. Returns false if the fingerprint is not found.
    pub fn add(&mut self, written: &Path, kind: &UnitKind, clears_output: bool) -> bool {
        let found = fingerprints(written, kind);
        if found.is_empty() {
            return false;
        }
        for (profile, fingerprint) in found {
            let paths = self.paths.entry(profile).or_default();
            paths.push(fingerprint);
            if matches!(kind, UnitKind::Script(_)) {
                paths.push(written.to_owned());
                paths.extend(target_dir::out_dir(written).filter(|_| clears_output));
            }
        }
        true
    }

    /// Removes the output, and waits for other processes of cargo. `blocked` is called if another
    /// one is running.
    ///
    /// # Errors
    /// If something is not below a directory of cargo's, or cannot be locked or removed, or the
    /// user stops the wait.
    pub fn remove(&self, cancel: &Cancel, blocked: &mut dyn FnMut()) -> io::Result<()> {
        for (profile, paths) in &self.paths {
            for path in paths {
                check_place(profile, path)?;
            }
            let _lock = lock(profile, cancel, blocked)?;
            for path in paths {
                remove(path)?;
            }
        }
        Ok(())
    }
}

/// Returns when cargo began to build the unit that writes a file, as far as cargo recorded it.
pub fn build_began(written: &Path, kind: &UnitKind) -> Option<SystemTime> {
    let dirs = match kind {
        UnitKind::Script(_) => written.parent().map(Path::to_owned).into_iter().collect(),
        _ => fingerprints(written, kind)
            .into_iter()
            .map(|(_, dir)| dir)
            .collect::<Vec<_>>(),
    };
    let stamps = dirs.iter().map(|dir| dir.join("invoked.timestamp"));
    stamps
        .filter_map(|stamp| fs::metadata(stamp).ok()?.modified().ok())
        .min()
}

/// Returns the fingerprints of the unit that writes a file, with the directories of their profiles.
fn fingerprints(written: &Path, kind: &UnitKind) -> Vec<(PathBuf, PathBuf)> {
    match kind {
        UnitKind::Documented => page_fingerprints(written),
        UnitKind::Compiled { .. } => unit_fingerprints(written, &stem(written)),
        UnitKind::Script(_) => unit_fingerprints(written, &script_unit(written)),
    }
}

/// Returns whether cargo builds in a directory.
fn is_profile(dir: &Path) -> bool {
    LOCKS.iter().any(|name| dir.join(name).is_file())
}

/// Returns the fingerprint of the unit that writes a file, with the directory of its profile.
fn unit_fingerprints(written: &Path, unit: &str) -> Vec<(PathBuf, PathBuf)> {
    let mut directories = written.ancestors().skip(1);
    let Some(profile) = directories.find(|dir| is_profile(dir)) else {
        return Vec::new();
    };
    let newer = written
        .ancestors()
        .nth(2)
        .map(|dir| dir.join("fingerprint"));
    let found = match (newer.filter(|dir| dir.is_dir()), unit_hash(unit)) {
        (Some(newer), _) => vec![newer],
        (None, Some(hash)) => {
            let mut older = entries(&profile.join(".fingerprint"));
            older.retain(|dir| unit_hash(&stem(dir)) == Some(hash));
            older
        }
        // The names of dynamic libraries have no hash.
        (None, None) => fingerprints_of(profile, &[format!("lib_{}", unit.replace('-', "_"))]),
    };
    found
        .into_iter()
        .map(|fingerprint| (profile.to_owned(), fingerprint))
        .collect()
}

/// Returns the name of the directory with the output of a build script, which has the hash of the
/// unit.
fn script_unit(output: &Path) -> String {
    output.parent().map(stem).unwrap_or_default()
}

/// Returns the fingerprints of the units that write the page of a crate, with the directories of
/// their profiles.
///
/// The page does not name its profile. It is outdated for all of them.
fn page_fingerprints(page: &Path) -> Vec<(PathBuf, PathBuf)> {
    let crate_name = page.parent().map(stem).unwrap_or_default();
    let names = ["lib", "bin", "example"].map(|kind| format!("doc_{kind}_{crate_name}"));
    let dir = page.ancestors().nth(3).map(entries).unwrap_or_default();
    let profiles = dir.into_iter().filter(|dir| is_profile(dir));
    let found = profiles.flat_map(|profile| {
        let found = fingerprints_of(&profile, &names).into_iter();
        found.map(move |fingerprint| (profile.clone(), fingerprint))
    });
    found.collect()
}

/// Returns the fingerprints of a profile that have a file with one of these names, apart from `-`
/// in place of `_`.
pub(super) fn fingerprints_of(profile: &Path, names: &[String]) -> Vec<PathBuf> {
    let packages = entries(&profile.join("build")).into_iter();
    let units = packages.flat_map(|package| entries(&package));
    let newer = units.map(|unit| unit.join("fingerprint"));
    let older = entries(&profile.join(".fingerprint"));
    older
        .into_iter()
        .chain(newer)
        .filter(|dir| entries(dir).iter().any(|file| is_named(file, names)))
        .collect()
}

fn is_named(file: &Path, names: &[String]) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    names.contains(&name.replace('-', "_"))
}

/// Checks that a path lies below the directory of a profile in a directory of cargo's, without a
/// link on the way.
pub(super) fn check_place(profile: &Path, path: &Path) -> io::Result<()> {
    let shown = path.display();
    let mut above = profile.ancestors().skip(1);
    let Some(marked) = above.find(|dir| has_tag(dir)) else {
        let what = format!("{shown} is not in a directory of cargo with a CACHEDIR.TAG");
        return Err(io::Error::other(what));
    };
    let mut below = path.ancestors().take_while(|dir| *dir != marked);
    match path.starts_with(profile) && below.all(|dir| !dir.is_symlink()) {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "{shown} is reached through a link"
        ))),
    }
}

/// Returns whether cargo marked a directory as its own.
fn has_tag(dir: &Path) -> bool {
    let tag = dir.join("CACHEDIR.TAG");
    !tag.is_symlink() && read_text(&tag).is_some_and(|text| text.contains(TAG))
}

/// Takes cargo's locks of a profile.
pub(super) fn lock(
    profile: &Path,
    cancel: &Cancel,
    blocked: &mut dyn FnMut(),
) -> io::Result<Vec<File>> {
    let paths = LOCKS.map(|name| profile.join(name)).into_iter();
    let files: Vec<File> = paths
        .filter(|path| path.is_file())
        .map(|path| store::open_file(&path))
        .collect::<io::Result<_>>()?;
    let mut is_waiting = false;
    loop {
        match files.iter().try_for_each(File::try_lock) {
            Ok(()) => return Ok(files),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        // The other cargo may wait for one of them.
        for file in &files {
            let _ = file.unlock();
        }
        if !is_waiting {
            blocked();
        } else if cancel.wait(POLL) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        is_waiting = true;
    }
}

/// Removes a file or a directory. A directory that is removed in part would be taken for a complete
/// one, so it is moved away first.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() {
        let moved = path.with_extension("outdated");
        let _ = fs::remove_dir_all(&moved);
        fs::rename(path, &moved).and_then(|()| fs::remove_dir_all(&moved))
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io::Error::new(
            error.kind(),
            format!("{}: {error}", path.display()),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    const TAGGED: (&str, &str) = ("target/CACHEDIR.TAG", "# created by cargo.\n");
    const UNIT: [(&str, &str); 5] = [
        TAGGED,
        ("target/debug/.cargo-lock", ""),
        ("target/debug/.fingerprint/a-0123456789abcdef/lib-a", "1"),
        ("target/debug/deps/a-0123456789abcdef.d", "x: src/lib.rs"),
        ("target/debug/deps/liba-0123456789abcdef.rlib", "1"),
    ];

    fn is_gone(scratch: &Scratch, path: &str) -> bool {
        !scratch.path().join(path).exists()
    }

    #[test]
    fn fingerprint_of_exactly_one_unit_is_found_in_both_layouts() {
        let script = UnitKind::Script(Default::default());
        let compiled = UnitKind::default();
        let [older, newer] = ["target/debug/.fingerprint", "target/debug/build"];
        for (kind, written, expected, clears, others) in [
            (
                &compiled,
                "target/debug/deps/a-0123456789abcdef.d",
                vec![format!("{older}/a-0123456789abcdef")],
                false,
                [
                    format!("{older}/a-0123456789abcdef/lib-a"),
                    format!("{older}/a-fedcba9876543210/lib-a"),
                ],
            ),
            (
                &compiled,
                "target/debug/build/a/0123456789abcdef/out/a.d",
                vec![format!("{newer}/a/0123456789abcdef/fingerprint")],
                false,
                [
                    format!("{newer}/a/0123456789abcdef/fingerprint/lib-a"),
                    format!("{newer}/a/fedcba9876543210/fingerprint/lib-a"),
                ],
            ),
            (
                &compiled,
                "target/debug/deps/a_b.d",
                vec![format!("{older}/x-0123456789abcdef")],
                false,
                [
                    format!("{older}/x-0123456789abcdef/lib-a-b"),
                    format!("{older}/x-fedcba9876543210/test-lib-a-b"),
                ],
            ),
            (
                &UnitKind::Documented,
                "target/doc/a_b/index.html",
                vec![format!("{older}/x-0123456789abcdef")],
                false,
                [
                    format!("{older}/x-0123456789abcdef/doc-lib-a-b"),
                    format!("{older}/x-fedcba9876543210/lib-a-b"),
                ],
            ),
            (
                &script,
                "target/debug/build/a-0123456789abcdef/output",
                vec![
                    format!("{older}/a-0123456789abcdef"),
                    format!("{newer}/a-0123456789abcdef/output"),
                ],
                false,
                [
                    format!("{older}/a-0123456789abcdef/run-build-script-x"),
                    format!("{older}/a-fedcba9876543210/build-script-x"),
                ],
            ),
            (
                &script,
                "target/debug/build/a/0123456789abcdef/run/stdout",
                vec![
                    format!("{newer}/a/0123456789abcdef/fingerprint"),
                    format!("{newer}/a/0123456789abcdef/run/stdout"),
                    format!("{newer}/a/0123456789abcdef/out"),
                ],
                true,
                [
                    format!("{newer}/a/0123456789abcdef/fingerprint/run-build-script-x"),
                    format!("{newer}/a/fedcba9876543210/fingerprint/build-script-x"),
                ],
            ),
        ] {
            let scratch = Scratch::with(&[("target/debug/.cargo-lock", ""), (written, "")]);
            for other in others {
                scratch.write(&other, "1");
            }
            let mut renewal = Renewal::default();
            assert!(renewal.add(&scratch.path().join(written), kind, clears));
            let paths = expected.iter().map(|path| scratch.path().join(path));
            let profile = scratch.path().join("target/debug");
            let expected = BTreeMap::from([(profile, paths.collect())]);
            assert_eq!(renewal.paths, expected, "{written}");
        }
    }

    #[test]
    fn artifacts_stay_and_the_lock_of_cargo_is_awaited() {
        let scratch = Scratch::with(&UNIT);
        let written = scratch.path().join(UNIT[3].0);
        let mut renewal = Renewal::default();
        assert!(renewal.add(&written, &UnitKind::default(), false));
        let held = store::open_file(&scratch.path().join(UNIT[1].0)).unwrap();
        held.lock().unwrap();

        let cancel = Cancel::default();
        let stopped = renewal.remove(&cancel, &mut || cancel.press());
        assert_eq!(stopped.unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert!(!is_gone(&scratch, UNIT[2].0), "another cargo builds");

        renewal
            .remove(&Cancel::default(), &mut || held.unlock().unwrap())
            .unwrap();
        assert!(is_gone(
            &scratch,
            "target/debug/.fingerprint/a-0123456789abcdef"
        ));
        assert!(!is_gone(&scratch, UNIT[3].0));
        assert!(!is_gone(&scratch, UNIT[4].0));
        assert_eq!(
            entries(&scratch.path().join("target/debug/.fingerprint")).len(),
            0
        );
    }
}
