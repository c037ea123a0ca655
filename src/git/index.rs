//! Reads git's index without starting a process: which files below a directory are tracked.
//!
//! Only the names are of interest. Versions 2 to 4 are read, with SHA-1 or SHA-256 ids. A split index keeps most of its
//! entries in another file and is not read.
//!
//! An index must be complete: its entries, extensions and checksum must fill the file exactly, and the checksum must be
//! right or all zero (`index.skipHash`). Git itself verifies the checksum only in `git fsck`, reads beyond the end of a
//! truncated index and lists entries without a name. A damaged index could hide that a run is tracked.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Trouble;
use crate::relative_path;

/// A larger index is not read.
const LIMIT: u64 = 1 << 30;

/// Bytes of a name. Git refuses longer paths on most systems.
const LONGEST: usize = 1 << 16;

/// Length of the stat fields at the start of an entry; the object id follows.
const STAT: usize = 40;

/// Type of an entry that is a submodule.
const SUBMODULE: u32 = 0o160_000;

/// How deep submodules are followed.
const NESTING: u32 = 8;

/// Set in an entry's flags when two more bytes of flags follow.
const EXTENDED: u16 = 0x4000;

/// The part of the index that lies below one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracked {
    /// Paths relative to the directory with `/`, in lower case because some file systems do not
    /// distinguish case.
    names: BTreeSet<String>,
    /// Whether every name counts as tracked: the directory lies in a submodule that is not checked out,
    /// is a tracked link, or the index is unreadable.
    all: bool,
    /// The submodules in this directory, empty for the directory itself. `names` includes their files.
    submodules: BTreeSet<String>,
    /// Why the tracked files are unknown, at least in part.
    reason: Option<String>,
    /// The command that makes them known.
    help: Option<String>,
}

/// An entry of an index.
pub(super) struct Entry<'a> {
    name: &'a [u8],
    /// Type and permissions, as in the index.
    mode: u32,
}

impl Tracked {
    /// Returns a value that contains every name, because git's answer is unknown.
    pub fn unknown(trouble: &Trouble) -> Self {
        Self {
            all: true,
            reason: Some(trouble.to_string()),
            help: trouble.hint(),
            ..Self::default()
        }
    }

    /// Returns why the tracked files are unknown, at least in part.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Returns the command that makes the tracked files known.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Reads the entries that `ls-files --stage` or `ls-tree -r` printed in `directory` of `root`.
    pub(super) fn listed(root: &Path, directory: &str, printed: &[u8]) -> Result<Self, Trouble> {
        let mut tracked = Self::default();
        for record in printed.split(|&b| b == 0) {
            let Some(tab) = record.iter().position(|&b| b == b'\t') else {
                continue;
            };
            let mode = record.split(|&b| b == b' ').next().unwrap_or_default();
            let mode = std::str::from_utf8(mode).ok();
            let entry = Entry {
                name: &record[tab + 1..],
                mode: mode
                    .and_then(|m| u32::from_str_radix(m, 8).ok())
                    .unwrap_or(0),
            };
            tracked.add(&entry, root, directory, NESTING)?;
        }
        Ok(tracked)
    }

    /// Adds an entry of the index of the working tree `top` if it concerns the directory.
    fn add(
        &mut self,
        entry: &Entry<'_>,
        top: &Path,
        directory: &str,
        nesting: u32,
    ) -> Result<(), Trouble> {
        let inside = match relation(entry.name, directory.as_bytes()) {
            Relation::Apart => return Ok(()),
            Relation::Around if entry.name.len() < directory.len() => {
                self.all = true;
                return Ok(());
            }
            Relation::Around => String::new(),
            Relation::Below(rest) => String::from_utf8_lossy(rest).to_ascii_lowercase(),
        };
        let inner = (entry.mode == SUBMODULE && nesting > 0)
            .then(|| submodule(top, entry.name, nesting - 1))
            .transpose()?
            .flatten();
        match inner {
            Some(inner) => {
                self.merge(&inside, inner);
                return Ok(());
            }
            None if entry.mode == SUBMODULE => {
                let name = String::from_utf8_lossy(entry.name);
                self.reason = Some(format!("submodule {name} is not checked out"));
            }
            None => {}
        }
        if inside.is_empty() {
            self.all = true;
        } else {
            self.names.insert(inside);
        }
        Ok(())
    }

    /// Adds the tracked files of a submodule.
    fn merge(&mut self, submodule: &str, inner: Self) {
        let names = inner.names.iter().map(|name| joined(submodule, name));
        self.names.extend(names);
        let nested = inner.submodules.iter().map(|name| joined(submodule, name));
        self.submodules.extend(nested);
        self.submodules.insert(submodule.to_owned());
    }

    /// Returns the submodule that a file lies in, relative to the directory; empty for the directory itself.
    pub fn submodule_of(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        let modules = self.submodules.iter();
        let surrounding = modules.filter(|module| relative_path::is_below(&name, module));
        let innermost = surrounding.max_by_key(|module| module.len());
        innermost.map(String::as_str)
    }

    /// Returns whether git tracks this file, or a link or submodule that it lies in.
    pub fn contains(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let parents = name.match_indices('/').map(|(at, _)| &name[..at]);
        self.all
            || !self.names.is_empty()
                && parents
                    .chain([name.as_str()])
                    .any(|name| self.names.contains(name))
    }

    /// Returns whether git tracks a file in this directory, or the directory itself as a link or
    /// submodule.
    pub fn any_below(&self, directory: &str) -> bool {
        let below = format!("{directory}/");
        let next = self.names.range(below.clone()..).next();
        self.contains(directory) || next.is_some_and(|name| name.starts_with(&below))
    }
}

/// Joins two relative paths, either of which may be empty.
fn joined(directory: &str, name: &str) -> String {
    match (directory, name) {
        ("", name) | (name, "") => name.to_owned(),
        (directory, name) => format!("{directory}/{name}"),
    }
}

/// Reads the files below `root/directory` in the index of the surrounding working tree and in the
/// indexes of its submodules.
///
/// Nothing is tracked outside of a working tree. `None` if git must be called, because the index is
/// missing, split or huge.
///
/// # Errors
/// If the index is damaged.
pub(super) fn tracked(root: &Path, directory: &str) -> Result<Option<Tracked>, Trouble> {
    let Ok(root) = fs::canonicalize(root) else {
        return Ok(Some(Tracked::default()));
    };
    let Some((top, git)) = root.ancestors().find_map(|top| Some((top, git_dir(top)?))) else {
        return Ok(Some(Tracked::default()));
    };
    let Some(inner) = root.strip_prefix(top).ok().and_then(Path::to_str) else {
        return Ok(None);
    };
    let prefix = relative_path::join(&inner.replace('\\', "/"), directory);
    in_index(&git.join("index"), top, &prefix, NESTING)
}

/// Reads the tracked files of a submodule. `None` if it is not checked out.
fn submodule(top: &Path, name: &[u8], nesting: u32) -> Result<Option<Tracked>, Trouble> {
    let Ok(name) = std::str::from_utf8(name) else {
        return Ok(None);
    };
    let top = top.join(name);
    match git_dir(&top) {
        Some(git) => in_index(&git.join("index"), &top, "", nesting),
        None => Ok(None),
    }
}

/// Collects the entries of an index below `directory` of the working tree `top`. `None` if git must be
/// called.
fn in_index(
    file: &Path,
    top: &Path,
    directory: &str,
    nesting: u32,
) -> Result<Option<Tracked>, Trouble> {
    let Some(bytes) = bytes_of(file)? else {
        return Ok(None);
    };
    let index = verified(file, &bytes)?;
    if index.is_split {
        return Ok(None);
    }
    let mut tracked = Tracked::default();
    let mut entries = index.entries;
    let mut name = Vec::new();
    while let Some(mode) = entries.next(&mut name) {
        let entry = Entry { name: &name, mode };
        tracked.add(&entry, top, directory, nesting)?;
    }
    Ok(Some(tracked))
}

/// Reads an index. `None` if it is missing or huge.
fn bytes_of(file: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    match read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        // A repository without a single staged file has no index, but one whose index was lost has none either.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Ok(None),
        Err(error) => Err(Trouble::Index {
            file: file.to_owned(),
            message: error.to_string(),
        }),
    }
}

/// Parses an index and verifies its checksum.
fn verified<'a>(file: &Path, bytes: &'a [u8]) -> Result<Index<'a>, Trouble> {
    // The index does not name the kind of its ids, so both lengths are tried.
    let index = [20, 32]
        .into_iter()
        .find_map(|id| Index::parse(bytes, id).filter(|_| has_right_checksum(bytes, id)));
    index.ok_or_else(|| Trouble::Index {
        file: file.to_owned(),
        message: "it is damaged".to_owned(),
    })
}

/// Returns whether the last bytes are the checksum of the others, or all zero, as with `index.skipHash`.
fn has_right_checksum(bytes: &[u8], id: usize) -> bool {
    let Some((content, checksum)) = bytes.split_at_checked(bytes.len().saturating_sub(id)) else {
        return false;
    };
    checksum.iter().all(|&byte| byte == 0)
        || match id {
            20 => Sha1::digest(content).as_slice() == checksum,
            _ => Sha256::digest(content).as_slice() == checksum,
        }
}

/// Fails if the index of the working tree around `root` is damaged.
pub(super) fn check(root: &Path) -> Result<(), Trouble> {
    let Some(file) = file(root) else {
        return Ok(());
    };
    match bytes_of(&file)? {
        Some(bytes) => verified(&file, &bytes).map(drop),
        None => Ok(()),
    }
}

/// Returns whether the working tree around `root` has no index.
pub(super) fn is_missing(root: &Path) -> bool {
    file(root).is_some_and(|file| !file.exists())
}

/// Fails if git would block on opening the index around `root`, because it is a pipe or a device.
pub(super) fn check_openable(root: &Path) -> Result<(), Trouble> {
    match file(root) {
        Some(file) if fs::metadata(&file).is_ok_and(|found| !found.is_file()) => {
            Err(Trouble::Index {
                file,
                message: NOT_A_FILE.to_owned(),
            })
        }
        _ => Ok(()),
    }
}

/// Fails if git would block on the rules for ignored files around `root`. Those of directories below are not checked.
pub(super) fn check_ignore_files(root: &Path) -> Result<(), Trouble> {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let mut above = root.ancestors();
    let Some((top, git)) = above.find_map(|dir| Some((dir, git_dir(dir)?))) else {
        return Ok(());
    };
    let exclude = git.join("info/exclude");
    if fs::metadata(&exclude).is_ok_and(|found| is_pipe(&found)) {
        return Err(Trouble::Pipe { file: exclude });
    }
    let directories = root.ancestors().take_while(|dir| dir.starts_with(top));
    // Git does not follow a link with this name.
    let pipe = directories
        .map(|dir| dir.join(".gitignore"))
        .find(|file| fs::symlink_metadata(file).is_ok_and(|found| is_pipe(&found)));
    match pipe {
        Some(file) => Err(Trouble::Pipe { file }),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn is_pipe(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_fifo()
}

/// Returns `false`: other systems have no named pipes among their files.
#[cfg(not(unix))]
fn is_pipe(_found: &fs::Metadata) -> bool {
    false
}

/// Returns the path of the index of the working tree around `root`.
pub(super) fn file(root: &Path) -> Option<PathBuf> {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let git = root.ancestors().find_map(git_dir);
    git.map(|git| git.join("index"))
}

/// Why a pipe, device or directory is not read.
const NOT_A_FILE: &str = "it is not a regular file";

/// Returns the git directory of a working tree's top directory. In a linked worktree or a submodule `.git` is a file
/// that names it.
pub(super) fn git_dir(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    let git = if fs::metadata(&git).ok()?.is_dir() {
        git
    } else {
        let text = String::from_utf8(read(&git).ok()?).ok()?;
        top.join(text.strip_prefix("gitdir: ")?.trim_end())
    };
    // Without HEAD git does not take it for a repository either.
    git.join("HEAD").exists().then_some(git)
}

/// Reads a regular file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, NOT_A_FILE));
    }
    if found.len() > LIMIT {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How a tracked name lies to a directory.
enum Relation<'a> {
    /// In the directory, with the rest of the name.
    Below(&'a [u8]),
    /// The directory itself or one above it: a submodule, a link, or a directory of a sparse index.
    Around,
    Apart,
}

fn relation<'a>(name: &'a [u8], directory: &[u8]) -> Relation<'a> {
    let plain = name.strip_suffix(b"/").unwrap_or(name);
    if directory.is_empty() {
        return Relation::Below(plain);
    }
    let common = plain.len().min(directory.len());
    // Where case is ignored, `.Campaign/` is the same directory.
    if !plain[..common].eq_ignore_ascii_case(&directory[..common]) {
        return Relation::Apart;
    }
    match (plain.get(common), directory.get(common)) {
        (Some(b'/'), None) => Relation::Below(&plain[common + 1..]),
        (None, None | Some(b'/')) => Relation::Around,
        _ => Relation::Apart,
    }
}

/// An index that was read to its end.
struct Index<'a> {
    entries: Entries<'a>,
    /// Whether most entries are in another file.
    is_split: bool,
}

impl<'a> Index<'a> {
    /// Returns `None` if the bytes are not a complete index with ids of this length.
    fn parse(bytes: &'a [u8], id: usize) -> Option<Self> {
        let entries = Entries::new(bytes, id)?;
        let mut rest = entries.clone();
        let mut name = Vec::new();
        let mut has_nameless = false;
        while rest.left > 0 {
            rest.next(&mut name)?;
            has_nameless |= name.is_empty();
        }
        let is_split = is_split(rest.bytes, id)?;
        // In a split index these are entries of the other file that changed.
        (is_split || !has_nameless).then_some(Self { entries, is_split })
    }
}

/// Returns whether an extension names another file with most of the entries. `None` unless the bytes are extensions and a
/// checksum of `id` bytes.
fn is_split(mut bytes: &[u8], id: usize) -> Option<bool> {
    let mut is_split = false;
    while bytes.len() > id {
        let size = u32::from_be_bytes(*bytes.get(4..)?.first_chunk()?);
        match bytes {
            [b'l', b'i', b'n', b'k', ..] => is_split = true,
            [b's', b'd', b'i', b'r', ..] | [b'A'..=b'Z', ..] => {}
            // Git does not read an index with another extension either.
            _ => return None,
        }
        bytes = bytes.get(8..)?.get(usize::try_from(size).ok()?..)?;
    }
    (bytes.len() == id).then_some(is_split)
}

/// The entries that are still to be read.
#[derive(Clone)]
struct Entries<'a> {
    bytes: &'a [u8],
    version: u32,
    /// Length of an object id.
    id: usize,
    left: u32,
}

impl<'a> Entries<'a> {
    fn new(bytes: &'a [u8], id: usize) -> Option<Self> {
        let mut rest = bytes.strip_prefix(b"DIRC")?;
        let version = u32::from_be_bytes(*take(&mut rest)?);
        let left = u32::from_be_bytes(*take(&mut rest)?);
        (2..=4).contains(&version).then_some(Self {
            bytes: rest,
            version,
            id,
            left,
        })
    }

    /// Replaces the previous entry's name by the next one's and returns the mode of the entry. `None` after the last entry
    /// or if the bytes are not an entry.
    fn next(&mut self, name: &mut Vec<u8>) -> Option<u32> {
        if self.left == 0 {
            return None;
        }
        let entry = self.bytes;
        let mode = u32::from_be_bytes(*entry.get(24..)?.first_chunk()?);
        if ![0o100_644, 0o100_755, 0o120_000, SUBMODULE, 0o040_000].contains(&mode) {
            return None;
        }
        let flags = u16::from_be_bytes(*entry.get(STAT + self.id..)?.first_chunk()?);
        let fixed = STAT + self.id + if flags & EXTENDED == 0 { 2 } else { 4 };
        let mut rest = entry.get(fixed..)?;
        let start = rest;
        let kept = if self.version == 4 {
            name.len().checked_sub(offset(&mut rest)?)?
        } else {
            0
        };
        let end = rest.iter().position(|&b| b == 0)?;
        // In version 4 an entry takes over the beginning of the name before it, however long.
        if kept + end > LONGEST {
            return None;
        }
        name.truncate(kept);
        name.extend_from_slice(&rest[..end]);
        let used = fixed + start.len() - rest.len() + end;
        // Before version 4 an entry is padded with one to eight zero bytes.
        let length = if self.version == 4 {
            used + 1
        } else {
            (used + 8) & !7
        };
        self.bytes = entry.get(length..)?;
        self.left -= 1;
        Some(mode)
    }
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(head)
}

/// Reads a number as pack files encode offsets.
fn offset(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    loop {
        let [byte] = *take::<1>(bytes)?;
        value = value
            .checked_mul(128)?
            .checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Git;
    use crate::git::tests::git;
    use crate::tests::Scratch;

    /// A repository with a tracked run, pin and other files around them, staged as the setting says.
    fn staged(init: &[&str], config: &[&str]) -> Scratch {
        let scratch = Scratch::new();
        git(scratch.path(), &[&["init", "--quiet"], init].concat());
        for name in [
            "a",
            "sub/x",
            "sub/.campaign/runs/1",
            "sub/.campaignx/2",
            ".Campaign/Runs/3",
            ".campaign/b.json",
            "z",
        ] {
            scratch.write(name, name);
        }
        config
            .chunks(2)
            .for_each(|pair| drop(git(scratch.path(), &["config", pair[0], pair[1]])));
        git(scratch.path(), &["add", "--intent-to-add", "z"]);
        git(scratch.path(), &["add", "-A"]);
        scratch
    }

    /// What is tracked in `.campaign`, read without git.
    fn read_index(root: &Path) -> Tracked {
        tracked(root, ".campaign")
            .expect("a complete index")
            .expect("an index that is read here")
    }

    #[test]
    fn names_below_a_directory_are_read_from_every_version() {
        let settings: [(&[&str], &[&str]); 4] = [
            (&[], &["index.version", "2"]),
            (&[], &["index.version", "3"]),
            (&[], &["index.version", "4"]),
            (&["--object-format=sha256"], &[]),
        ];
        for (init, config) in settings {
            let scratch = staged(init, config);
            let top = read_index(scratch.path());
            assert_eq!(
                Vec::from_iter(&top.names),
                ["b.json", "runs/3"],
                "{init:?} {config:?}"
            );
            assert!(top.contains("runs/3") && top.any_below("runs") && !top.any_below("journal"));
            let sub = read_index(&scratch.path().join("sub"));
            assert_eq!(
                Vec::from_iter(&sub.names),
                ["runs/1"],
                "{init:?} {config:?}"
            );
        }
    }

    #[test]
    fn linked_worktree_has_an_index_of_its_own() {
        let scratch = staged(&[], &[]);
        git(scratch.path(), &["commit", "--quiet", "-m", "all"]);
        git(scratch.path(), &["worktree", "add", "--quiet", "tree"]);
        git(scratch.path(), &["rm", "--quiet", "-r", "sub"]);
        assert!(read_index(&scratch.path().join("tree/sub")).contains("runs/1"));
        assert!(!read_index(&scratch.path().join("sub")).contains("runs/1"));
    }

    #[test]
    fn split_index_is_left_to_git() {
        let scratch = staged(&[], &["core.splitIndex", "true"]);
        git(scratch.path(), &["update-index", "--split-index"]);
        assert_eq!(tracked(scratch.path(), ".campaign"), Ok(None));
        git(scratch.path(), &["commit", "--quiet", "-m", "all"]);
        git(
            scratch.path(),
            &["rm", "--quiet", "--cached", ":(icase).campaign/runs/3"],
        );
        let listed = Git::at(scratch.path()).tracked(".campaign").unwrap();
        assert!(listed.contains("b.json") && !listed.contains("runs/3"));
    }

    #[test]
    fn truncated_or_falsified_index_is_an_error_that_names_it() {
        for version in ["2", "3", "4"] {
            let scratch = staged(&[], &["index.version", version]);
            let index = scratch.path().join(".git/index");
            let whole = fs::read(&index).unwrap();
            let mut changed: Vec<Vec<u8>> = (0..whole.len()).map(|n| whole[..n].to_vec()).collect();
            for count in [0, 1, 6, 8, u32::MAX] {
                let mut bytes = whole.clone();
                bytes[8..12].copy_from_slice(&count.to_be_bytes());
                changed.push(bytes);
            }
            changed.push([whole.as_slice(), &[0]].concat());
            changed.extend((0..whole.len()).map(|at| {
                let mut bytes = whole.clone();
                bytes[at] ^= 0x20;
                bytes
            }));
            for bytes in changed {
                scratch.write(".git/index", &bytes);
                let found = tracked(scratch.path(), ".campaign");
                let is_named = matches!(&found, Err(Trouble::Index { file, .. }) if file.ends_with(".git/index"));
                assert!(is_named, "{} bytes: {found:?}", bytes.len());
            }
        }
    }

    #[test]
    fn index_without_a_checksum_is_read() {
        for object_format in ["--object-format=sha1", "--object-format=sha256"] {
            let scratch = staged(&[object_format], &["index.skipHash", "true"]);
            let whole = fs::read(scratch.path().join(".git/index")).unwrap();
            assert!(whole.ends_with(&[0; 20]));
            assert!(read_index(scratch.path()).contains("runs/3"));
        }
    }

    #[test]
    fn index_that_is_not_a_regular_file_is_an_error_without_opening_it() {
        let scratch = staged(&[], &[]);
        let index = scratch.path().join(".git/index");
        fs::remove_file(&index)
            .and_then(|()| fs::create_dir(&index))
            .unwrap();
        for error in [
            tracked(scratch.path(), ".campaign").unwrap_err(),
            Git::at(scratch.path()).ls_files().unwrap_err(),
        ] {
            assert!(error.to_string().ends_with(NOT_A_FILE), "{error}");
        }
    }

    #[test]
    fn truncated_index_lists_no_file() {
        let scratch = staged(&[], &[]);
        let whole = fs::read(scratch.path().join(".git/index")).unwrap();
        for length in [32, 60, 100, 130] {
            scratch.write(".git/index", &whole[..length]);
            let listed = Git::at(scratch.path()).ls_files();
            assert!(
                listed.is_err(),
                "{length} bytes: {:?}",
                listed.map(|l| l.len())
            );
        }
    }

    #[test]
    fn untracked_file_of_a_submodule_is_untracked() {
        for (directory, module) in [(".campaign", ""), (".campaign/runs", "runs")] {
            let scratch = Scratch::new();
            git(scratch.path(), &["init", "--quiet"]);
            let inner = scratch.path().join(directory);
            let (old, new) = ("runs/1", "runs/2");
            scratch.write(&format!(".campaign/{old}"), "1");
            git(&inner, &["init", "--quiet"]);
            git(&inner, &["add", "-A"]);
            git(&inner, &["commit", "--quiet", "-m", "all"]);
            git(scratch.path(), &["add", directory]);
            scratch.write(&format!(".campaign/{new}"), "2");
            let tracked = read_index(scratch.path());
            assert_eq!(
                (
                    tracked.contains(old),
                    tracked.contains(new),
                    tracked.submodule_of(old)
                ),
                (true, false, Some(module)),
                "{directory}"
            );
        }
    }

    #[test]
    fn submodule_or_link_in_place_of_the_directory_covers_everything() {
        for (entry, all) in [
            (".campaign", true),
            ("sub", true),
            (".campaignx", false),
            ("su", false),
        ] {
            let scratch = Scratch::new();
            git(scratch.path(), &["init", "--quiet"]);
            let info = format!("160000,{},{entry}", "1".repeat(40));
            git(
                scratch.path(),
                &["update-index", "--add", "--cacheinfo", &info],
            );
            fs::create_dir_all(scratch.path().join("sub")).unwrap();
            let root = if entry.starts_with('s') {
                scratch.path().join("sub")
            } else {
                scratch.path().to_owned()
            };
            assert_eq!(read_index(&root).contains("runs/1"), all, "{entry}");
        }
    }

    #[test]
    fn nothing_is_tracked_without_a_working_tree() {
        let scratch = Scratch::new();
        assert_eq!(
            tracked(scratch.path(), ".campaign"),
            Ok(Some(Tracked::default()))
        );
        git(scratch.path(), &["init", "--quiet"]);
        assert_eq!(
            Git::at(scratch.path()).tracked(".campaign"),
            Ok(Tracked::default())
        );
    }

    #[test]
    fn committed_files_are_tracked_when_the_index_is_missing() {
        let scratch = staged(&[], &[]);
        git(scratch.path(), &["commit", "--quiet", "-m", "all"]);
        fs::remove_file(scratch.path().join(".git/index")).unwrap();
        for root in [scratch.path().to_owned(), scratch.path().join("sub")] {
            let tracked = Git::at(&root).tracked(".campaign").unwrap();
            assert_eq!(
                (tracked.contains("runs/1"), tracked.contains("runs/9")),
                (root != scratch.path(), false)
            );
            assert_eq!(tracked.contains("runs/3"), root == scratch.path());
        }
    }
}
