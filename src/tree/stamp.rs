//! A file's name, stamp and content hash.

use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::store;

/// The age in nanoseconds below which a later change could leave the same stamp: the resolution of the
/// coarsest clock of a file system in use.
const YOUNG: i128 = 2_000_000_000;

/// A path relative to the root with `/` as the separator, in the bytes of the file system.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(Vec<u8>);

impl Name {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the name as text. `None` if it is not UTF-8.
    pub(super) fn text(self) -> Option<String> {
        String::from_utf8(self.0).ok()
    }

    /// Returns the part after the last `/`.
    pub(super) fn last(&self) -> &[u8] {
        self.0.rsplit(|&b| b == b'/').next().unwrap_or_default()
    }

    /// Returns the path of a name in this directory.
    pub(super) fn child(&self, name: &[u8]) -> Self {
        if self.0.is_empty() {
            Self::new(name)
        } else {
            Self([&self.0, b"/".as_slice(), name].concat())
        }
    }

    /// Returns its parent directory. `None` for the root.
    pub(super) fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self::new(
            self.0
                .iter()
                .rposition(|&b| b == b'/')
                .map_or(&[], |at| &self.0[..at]),
        ))
    }

    /// Converts a relative path.
    pub(super) fn of(path: &Path) -> Self {
        let bytes = path.as_os_str().as_encoded_bytes();
        Self(if cfg!(windows) {
            bytes
                .iter()
                .map(|&b| if b == b'\\' { b'/' } else { b })
                .collect()
        } else {
            bytes.to_vec()
        })
    }

    /// Returns whether it leads out of the root.
    pub(super) fn is_outside(&self) -> bool {
        self.0.first() == Some(&b'/') || self.0.split(|&b| b == b'/').any(|part| part == b"..")
    }

    /// Returns this name relative to a directory above it.
    pub(super) fn relative_to(&self, dir: &Self) -> &[u8] {
        let rest = self.0.strip_prefix(dir.bytes()).unwrap_or(&self.0);
        rest.strip_prefix(b"/").unwrap_or(rest)
    }

    /// The path to open.
    #[cfg(unix)]
    pub(super) fn below(&self, root: &Path) -> PathBuf {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        if self.0.is_empty() {
            root.to_owned()
        } else {
            root.join(OsStr::from_bytes(&self.0))
        }
    }

    /// The path to open.
    #[cfg(not(unix))]
    pub(super) fn below(&self, root: &Path) -> PathBuf {
        if self.0.is_empty() {
            root.to_owned()
        } else {
            root.join(&*String::from_utf8_lossy(&self.0))
        }
    }
}

/// The metadata of a file that is available without opening it. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// `f` file, `x` executable file, `l` link, `d` directory, `o` anything else.
    pub(super) kind: u8,
    pub(super) size: u64,
    pub(super) modified: i128,
    /// Time of the last change of the inode. 0 on platforms without it.
    pub(super) changed: i128,
    /// Number of the inode. 0 on platforms without it.
    pub(super) inode: u64,
}

impl Stamp {
    /// Reads the stamp of a path. That of a link to a file changes with the link and with the file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let own = Self::from(&fs::symlink_metadata(path).ok()?);
        if own.kind != b'l' {
            return Some(own);
        }
        Some(match fs::metadata(path) {
            Ok(found) if found.is_file() => {
                let target = Self::from(&found);
                Self {
                    kind: b'l',
                    modified: own.modified.max(target.modified),
                    changed: own.changed.max(target.changed),
                    ..target
                }
            }
            // The content of a directory has stamps of its own.
            Ok(found) => Self {
                inode: Self::from(&found).inode,
                ..own
            },
            Err(_) => own,
        })
    }

    /// Reads the stamp of a directory, or of the one that a link leads to.
    pub(super) fn of_directory(path: &Path) -> Option<Self> {
        fs::metadata(path)
            .ok()
            .filter(Metadata::is_dir)
            .map(|found| Self::from(&found))
    }

    fn from(found: &Metadata) -> Self {
        let kind = match found.file_type() {
            kind if kind.is_file() => {
                if is_executable(found) {
                    b'x'
                } else {
                    b'f'
                }
            }
            kind if kind.is_symlink() => b'l',
            kind if kind.is_dir() => b'd',
            _ => b'o',
        };
        let modified = found.modified().map_or(0, nanoseconds);
        let (changed, inode) = identity(found);
        Self {
            kind,
            size: found.len(),
            modified,
            changed,
            inode,
        }
    }

    /// Returns whether a change after `since` could have left the same stamp.
    pub(super) fn is_young(self, since: i128) -> bool {
        // Programs such as `tar` set the modification time, but cannot set that of the inode.
        self.modified.max(self.changed) >= since - YOUNG
    }
}

/// Returns whether the owner may execute the file, as git does.
#[cfg(unix)]
pub(crate) fn is_executable(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.mode() & 0o100 != 0
}

#[cfg(not(unix))]
pub(crate) fn is_executable(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn identity(found: &Metadata) -> (i128, u64) {
    use std::os::unix::fs::MetadataExt;
    (
        i128::from(found.ctime()) * 1_000_000_000 + i128::from(found.ctime_nsec()),
        found.ino(),
    )
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (i128, u64) {
    (0, 0)
}

/// Returns when a file was last written. Putting back an old file with its modification time counts where the file system
/// knows the time of a file's last change of any kind.
#[cfg(unix)]
pub fn written(found: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    use std::time::Duration;
    let nanos = u32::try_from(found.ctime_nsec()).ok()?;
    let changed = UNIX_EPOCH + Duration::new(u64::try_from(found.ctime()).ok()?, nanos);
    Some(found.modified().ok()?.max(changed))
}

/// Returns when a file was last written.
#[cfg(not(unix))]
pub fn written(found: &Metadata) -> Option<SystemTime> {
    found.modified().ok()
}

/// Returns the nanoseconds since 1970.
pub(super) fn nanoseconds(time: SystemTime) -> i128 {
    let (distance, sign) = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (after, 1),
        Err(before) => (before.duration(), -1),
    };
    i128::try_from(distance.as_nanos()).map_or(i128::MAX, |nanoseconds| sign * nanoseconds)
}

/// The SHA-256 of a content in lower-case hexadecimal digits. The index has this form, so that reading
/// it needs no conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hash(pub(super) [u8; 64]);

impl Hash {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::end(Sha256::new_with_prefix(bytes))
    }

    /// Returns the final hash.
    pub(super) fn end(sha: Sha256) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(sha.finalize()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(hex)
    }

    /// Reads a hash in an index.
    pub(super) fn read(hex: &[u8]) -> Option<Self> {
        hex.try_into()
            .ok()
            .filter(|hex: &[u8; 64]| hex.iter().all(u8::is_ascii_hexdigit))
            .map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn hex(self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }
}

/// Returns the hash of a file's content, or of a link's text and the content of its target. An
/// unreadable file counts by its stamp, so that a change is still seen. `None` for other paths and for
/// those that do not exist.
pub(super) fn hash(path: &Path, stamp: Stamp) -> Option<Hash> {
    match stamp.kind {
        b'f' | b'x' => content(path).or_else(|| {
            path.exists()
                .then(|| Hash::of(format!("unreadable {stamp:?}").as_bytes()))
        }),
        b'l' => {
            let to = fs::read_link(path).ok()?;
            let target = fs::metadata(path)
                .is_ok_and(|found| found.is_file())
                .then(|| content(path))
                .flatten();
            let target = target.as_ref().map_or(&b""[..], |hash| hash.bytes());
            Some(Hash::of(
                &[b"link ", to.as_os_str().as_encoded_bytes(), b"\0", target].concat(),
            ))
        }
        _ => None,
    }
}

fn content(path: &Path) -> Option<Hash> {
    let file = store::open_file(path).ok()?;
    // A file of the kernel has no size and may never end.
    let mut file = file.metadata().ok().map(|found| file.take(found.len()))?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Some(Hash::end(sha)),
            Ok(count) => sha.update(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
