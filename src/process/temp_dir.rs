//! A temporary directory that is removed when dropped.
//!
//! It is private to the user, and its path contains no white space unless the user chose such a
//! place on Windows: cargo splits some of its variables at white space.

use std::fmt;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::real_path;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The size of the content of a temporary directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TempSize {
    /// Many small files.
    Small,
    /// A build.
    Large,
}

/// A temporary directory. It is removed with its content when dropped.
#[derive(Debug)]
pub(crate) struct TempDir {
    path: PathBuf,
    /// The locked file of a large directory. It shows that the process still exists.
    lock: Option<File>,
}

impl TempDir {
    /// Creates a directory that only the current user can enter.
    pub(crate) fn new() -> io::Result<Self> {
        Self::below(&parent())
    }

    /// Creates a directory in which cargo can run for a workspace.
    ///
    /// Cargo reads configuration, toolchain files and manifests in all directories above, so that a
    /// user who can write one of them can run code. Other users can write `/tmp`. A place is
    /// refused if such a file is above it, or if a directory above it that is not above the
    /// workspace as well belongs to or can be written by others. The members of a group are unknown
    /// in general, so that a group counts as others unless it is the user's own by the usual
    /// numbering.
    ///
    /// `size` says which places come first. On a disk, creating and removing a thousand directories
    /// takes longer than cargo takes to read them, and memory is too small for a build.
    ///
    /// # Errors
    /// If there is no such place, with the reason for each one.
    pub(crate) fn for_cargo(
        workspace: &Path,
        cargo_home: Option<&Path>,
        size: TempSize,
    ) -> io::Result<Self> {
        let variable = |name: &str| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let memory = variable("XDG_RUNTIME_DIR").filter(|_| size == TempSize::Small);
        let home = variable("HOME");
        let places = [
            memory,
            Some(parent()),
            variable("XDG_CACHE_HOME"),
            home.as_ref().map(|home| home.join(".cache")),
            home,
        ];
        let mut refused = Vec::new();
        for place in places.into_iter().flatten() {
            match check(&place, workspace, cargo_home) {
                Ok(()) if size == TempSize::Small => return Self::below(&place),
                Ok(()) => {
                    remove_abandoned(&place);
                    return Self::locked_below(&place);
                }
                Err(reason) => refused.push(format!("`{}`: {reason}", place.display())),
            }
        }
        refused.dedup();
        Err(io::Error::other(format!(
            "no temporary directory is safe for cargo (set TMPDIR to a directory that only you can write): {}",
            refused.join("; ")
        )))
    }

    /// Creates a directory for large files in another one. Those that killed processes left there
    /// are removed.
    pub(crate) fn within(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        remove_abandoned(parent);
        Self::locked_below(parent)
    }

    fn below(parent: &Path) -> io::Result<Self> {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("{NAME}{}-{number}", std::process::id()));
            match builder().create(&path) {
                // A killed process may have left it, or another user may have planted it. It is
                // never reused.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self { path, lock: None }),
            }
        }
    }

    /// Creates a directory that a later process removes if this one is killed.
    fn locked_below(parent: &Path) -> io::Result<Self> {
        loop {
            let mut dir = Self::below(parent)?;
            let path = dir.path.join(LOCK);
            let lock = File::create_new(&path)?;
            // Another process may have taken the new directory for an abandoned one.
            let is_ours = match lock.try_lock() {
                Ok(()) => path.exists(),
                Err(TryLockError::WouldBlock) => false,
                // Some file systems have no locks. Then no process removes the directory.
                Err(TryLockError::Error(_)) => true,
            };
            if is_ours {
                dir.lock = Some(lock);
                return Ok(dir);
            }
        }
    }

    /// Returns the path of the directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // Windows does not remove open files.
        self.lock = None;
        // Files that cannot be removed are left to the system.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// How the names of all directories begin.
const NAME: &str = "cargo-campaign-";

/// The file in a large directory that is locked while the process exists.
const LOCK: &str = ".lock";

/// Removes the user's large directories that processes left which were killed.
fn remove_abandoned(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(NAME)) {
        let path = entry.path();
        let lock = entry
            .metadata()
            .is_ok_and(|found| is_private(&found))
            .then(|| File::open(path.join(LOCK)));
        if let Some(Ok(lock)) = lock
            && lock.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Returns whether this is a directory of the user that others cannot enter.
#[cfg(unix)]
fn is_private(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let is_own = found.uid() == nix::unistd::geteuid().as_raw();
    found.is_dir() && is_own && found.mode() & 0o077 == 0
}

// The directory for temporary files belongs to the user there.
#[cfg(not(unix))]
fn is_private(found: &fs::Metadata) -> bool {
    found.is_dir()
}

/// Returns the directory for temporary files: on Unix `/tmp` if the configured one has white space
/// in its path.
fn parent() -> PathBuf {
    let dir = std::env::temp_dir();
    if cfg!(unix) && !is_one_word(&dir) {
        PathBuf::from("/tmp")
    } else {
        dir
    }
}

/// Files that cargo and rustup look for in all directories above.
const SOUGHT: [&str; 5] = [
    "Cargo.toml",
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// Why cargo cannot run in a directory.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "only Unix has owners and modes of directories")
)]
enum Refusal {
    NoDirectory,
    /// Its path is not one word.
    WhiteSpace,
    /// Cargo or rustup would read this file.
    Reads(PathBuf),
    /// Other users can write this directory.
    OpenToOthers(PathBuf),
    /// A group that may have other members can write this directory.
    OpenToGroup(PathBuf),
    /// This directory belongs to another user than root.
    OfOther(PathBuf),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDirectory => write!(f, "not a directory"),
            Self::WhiteSpace => write!(f, "the path has white space or is not Unicode"),
            Self::Reads(file) => write!(f, "cargo would read `{}`", file.display()),
            Self::OpenToOthers(dir) => write!(f, "other users can write `{}`", dir.display()),
            Self::OpenToGroup(dir) => write!(f, "a group can write `{}`", dir.display()),
            Self::OfOther(dir) => write!(f, "`{}` belongs to another user", dir.display()),
        }
    }
}

/// Checks that cargo finds no foreign file above a directory, and that others cannot place one
/// there. They can place one above the workspace, if they can write a directory above it.
fn check(place: &Path, workspace: &Path, cargo_home: Option<&Path>) -> Result<(), Refusal> {
    if !place.is_dir() {
        return Err(Refusal::NoDirectory);
    }
    if !is_one_word(place) {
        return Err(Refusal::WhiteSpace);
    }
    let (workspace, home) = (real_path(workspace), cargo_home.map(real_path));
    for dir in real_path(place).ancestors() {
        let is_of_cargo_home = home
            .as_ref()
            .is_some_and(|home| *home == dir.join(".cargo"));
        let mut sought = SOUGHT
            .iter()
            .filter(|name| !(is_of_cargo_home && name.starts_with(".cargo")))
            .map(|name| dir.join(name));
        if let Some(file) = sought.find(|file| file.exists()) {
            return Err(Refusal::Reads(file));
        }
        if !workspace.starts_with(dir) {
            check_access(dir)?;
        }
    }
    Ok(())
}

/// Checks that only the user and root can write a directory. An access control list that lets
/// others write it shows as a permission of the group.
#[cfg(unix)]
fn check_access(dir: &Path) -> Result<(), Refusal> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(found) = fs::metadata(dir) else {
        return Err(Refusal::NoDirectory);
    };
    let user = nix::unistd::geteuid().as_raw();
    let owners = [user, 0];
    // A group with the number of its user is that user's alone, where users have groups of their
    // own.
    let is_own_group = found.gid() == user && nix::unistd::getegid().as_raw() == user;
    if found.mode() & 0o002 != 0 {
        Err(Refusal::OpenToOthers(dir.to_owned()))
    } else if found.mode() & 0o020 != 0 && !is_own_group {
        Err(Refusal::OpenToGroup(dir.to_owned()))
    } else if !owners.contains(&found.uid()) {
        Err(Refusal::OfOther(dir.to_owned()))
    } else {
        Ok(())
    }
}

// The directory for temporary files belongs to the user there.
#[cfg(not(unix))]
fn check_access(_: &Path) -> Result<(), Refusal> {
    Ok(())
}

/// Returns whether a path can be one word of a list: Unicode without white space.
pub(crate) fn is_one_word(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| !text.is_empty() && !text.contains(char::is_whitespace))
}

fn builder() -> DirBuilder {
    #[allow(unused_mut, reason = "only Unix has a mode to set")]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_is_removed_when_dropped() {
        let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let path = one.path().to_owned();
        fs::create_dir(path.join("below")).unwrap();
        assert_ne!(one.path(), two.path());
        drop(one);
        assert!(!path.exists());
    }

    #[test]
    fn directory_for_cargo_is_removed_when_dropped() {
        for size in [TempSize::Small, TempSize::Large] {
            // The directory for temporary files is not open to others than the workspace's.
            let workspace = TempDir::new().unwrap();
            let dir = TempDir::for_cargo(workspace.path(), None, size).unwrap();
            let path = dir.path().to_owned();
            assert!(path.is_dir());
            drop(dir);
            assert!(!path.exists());
        }
    }

    #[test]
    fn only_large_directories_of_processes_that_ended_are_removed() {
        let scratch = TempDir::new().unwrap();
        let at = |name: &str| scratch.path().join(name);
        for name in ["cargo-campaign-1-0", "cargo-campaign-1-1", "other"] {
            builder().create(at(name)).unwrap();
        }
        for name in ["cargo-campaign-1-0", "other"] {
            fs::write(at(name).join(LOCK), "").unwrap();
        }
        let live = TempDir::locked_below(scratch.path()).unwrap();
        remove_abandoned(scratch.path());
        assert!(!at("cargo-campaign-1-0").exists());
        assert!(at("cargo-campaign-1-1").exists());
        assert!(at("other").exists());
        let path = live.path().to_owned();
        assert!(path.exists());
        drop(live);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn place_is_safe_if_others_cannot_place_files_for_cargo() {
        use std::os::unix::fs::PermissionsExt as _;
        let own = nix::unistd::geteuid().as_raw();
        for (file, mode, owner, home, workspace, expected) in [
            ("", 0o755, own, "h", "w", ""),
            ("", 0o775, own, "h", "w", "a group can write `{a}`"),
            ("", 0o775, own, "h", "a/w", ""),
            ("", 0o1777, own, "h", "w", "other users can write `{a}`"),
            ("", 0o1777, own, "h", "a/w", ""),
            ("", 0o755, 12345, "h", "w", "`{a}` belongs to another user"),
            ("", 0o755, 12345, "h", "a/w", ""),
            (
                "a/Cargo.toml",
                0o755,
                own,
                "h",
                "w",
                "cargo would read `{a}/Cargo.toml`",
            ),
            (
                "a/.cargo/config.toml",
                0o755,
                own,
                "h",
                "a/w",
                "cargo would read `{a}/.cargo/config.toml`",
            ),
            ("a/.cargo/config.toml", 0o755, own, "a/.cargo", "w", ""),
            (
                "a/rust-toolchain",
                0o755,
                own,
                "h",
                "a/w",
                "cargo would read `{a}/rust-toolchain`",
            ),
        ] {
            let scratch = TempDir::new().unwrap();
            let at = |path: &str| scratch.path().join(path);
            for dir in ["w", "h", "a/w", "a/place", "a/.cargo"] {
                fs::create_dir_all(at(dir)).unwrap();
            }
            if !file.is_empty() {
                fs::write(at(file), "").unwrap();
            }
            fs::set_permissions(at("a"), fs::Permissions::from_mode(mode)).unwrap();
            // Only root can give a directory away, to a user or to a group of others.
            let group = (mode == 0o775).then_some(12345);
            if std::os::unix::fs::chown(at("a"), Some(owner), group).is_err() {
                continue;
            }
            let home = at(home);
            let checked = check(&at("a/place"), &at(workspace), Some(&home));
            let shown = checked
                .err()
                .map_or_else(String::new, |why| why.to_string());
            let real = at("a").canonicalize().unwrap().display().to_string();
            let expected = expected.replace("{a}", &real);
            assert_eq!(shown, expected, "{file} {mode:o} {owner} {workspace}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn directory_of_the_users_own_group_is_safe() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let scratch = TempDir::new().unwrap();
        let path = scratch.path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o770)).unwrap();
        let found = fs::metadata(path).unwrap();
        let expected = if found.gid() == found.uid() {
            Ok(())
        } else {
            Err(Refusal::OpenToGroup(path.to_owned()))
        };
        assert_eq!(check_access(path), expected);
    }

    #[test]
    fn path_with_white_space_is_not_one_word() {
        let table = [
            ("/a/b", true),
            ("/a b", false),
            ("/a\tb", false),
            ("", false),
        ];
        for (path, word) in table {
            assert_eq!(is_one_word(Path::new(path)), word, "{path:?}");
        }
    }
}
