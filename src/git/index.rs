//! Reads git's index without starting a process: which files below a directory are tracked.
//!
//! Only the names are of interest. Versions 2 to 4 are read, with SHA-1 or SHA-256 ids. A split index keeps most of its
//! entries in another file and is not read.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A larger index is not read.
const LIMIT: u64 = 1 << 30;

/// Bytes of a name. Git refuses longer paths on most systems.
const LONGEST: usize = 1 << 16;

/// Length of the stat fields at the start of an entry; the object id follows.
const STAT: usize = 40;

/// Set in an entry's flags when two more bytes of flags follow.
const EXTENDED: u16 = 0x4000;

/// The part of the index that lies below one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracked {
    /// Relative to the directory, `/` between, in lower case because some file systems do not distinguish case.
    names: BTreeSet<String>,
    /// The directory lies in a submodule, is a tracked link, or the index could not be read.
    all: bool,
}

impl Tracked {
    /// Returns a value that contains every name.
    pub fn everything() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// Reads the names that git printed, each beginning with the directory.
    pub(super) fn listed<'a>(directory: &str, names: impl Iterator<Item = Cow<'a, str>>) -> Self {
        let mut tracked = Self::default();
        names
            .filter(|name| !name.is_empty())
            .for_each(|name| tracked.add(name.as_bytes(), directory));
        tracked
    }

    /// Adds a tracked name if it concerns the directory.
    fn add(&mut self, name: &[u8], directory: &str) {
        match relation(name, directory.as_bytes()) {
            Relation::Below(rest) => drop(
                self.names
                    .insert(String::from_utf8_lossy(rest).to_ascii_lowercase()),
            ),
            Relation::Around => self.all = true,
            Relation::Apart => {}
        }
    }

    /// Whether git tracks this file, or a link or submodule that it lies in.
    pub fn contains(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let parents = name.match_indices('/').map(|(at, _)| &name[..at]);
        self.all
            || !self.names.is_empty()
                && parents
                    .chain([name.as_str()])
                    .any(|name| self.names.contains(name))
    }

    /// Whether git tracks anything in this directory, the directory itself (as a link or submodule) included.
    pub fn any_below(&self, directory: &str) -> bool {
        let below = format!("{directory}/");
        let next = self.names.range(below.clone()..).next();
        self.contains(directory) || next.is_some_and(|name| name.starts_with(&below))
    }
}

/// Reads which files below `root/directory` the index of the surrounding working tree lists. Nothing is tracked where
/// there is no working tree. `None` if the index cannot be read this way, so that git has to be asked.
pub(super) fn tracked(root: &Path, directory: &str) -> Option<Tracked> {
    let Ok(root) = fs::canonicalize(root) else {
        return Some(Tracked::default());
    };
    let Some((top, git)) = root.ancestors().find_map(|top| Some((top, git_dir(top)?))) else {
        return Some(Tracked::default());
    };
    // A repository without a single staged file has no index, but one whose index was lost has none either.
    let bytes = read(&git.join("index")).ok()?;
    let inner = root.strip_prefix(top).ok()?.to_str()?.replace('\\', "/");
    let prefix = if inner.is_empty() {
        directory.to_owned()
    } else {
        format!("{inner}/{directory}")
    };
    [20, 32]
        .into_iter()
        .find_map(|id| below(&bytes, id, &prefix))
}

/// Returns whether the working tree around `root` has no index.
pub(super) fn is_missing(root: &Path) -> bool {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let git = root.ancestors().find_map(git_dir);
    git.is_some_and(|git| !git.join("index").exists())
}

/// Returns the git directory of a working tree's top directory. In a linked worktree or a submodule `.git` is a file
/// that names it.
fn git_dir(top: &Path) -> Option<PathBuf> {
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

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Collects the entries below `prefix`. `None` if the bytes are not an index with ids of this length.
fn below(bytes: &[u8], id: usize, prefix: &str) -> Option<Tracked> {
    let mut index = Entries::new(bytes, id)?;
    let mut tracked = Tracked::default();
    let mut name = Vec::new();
    while index.left > 0 {
        index.next(&mut name)?;
        tracked.add(&name, prefix);
    }
    (!is_split(index.bytes)).then_some(tracked)
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
    let common = plain.len().min(directory.len());
    if !plain[..common].eq_ignore_ascii_case(&directory[..common]) {
        return Relation::Apart;
    }
    match (plain.get(common), directory.get(common)) {
        (Some(b'/'), None) => Relation::Below(&plain[common + 1..]),
        (None, None | Some(b'/')) => Relation::Around,
        _ => Relation::Apart,
    }
}

/// Whether an extension says that most entries are in another file.
fn is_split(mut extensions: &[u8]) -> bool {
    while let Some((head, rest)) = extensions.split_first_chunk::<8>() {
        let (name, size) = head.split_at(4);
        if name == b"link" {
            return true;
        }
        let size = size.try_into().map_or(0, u32::from_be_bytes) as usize;
        extensions = rest.get(size..).unwrap_or_default();
    }
    false
}

/// The entries that are still to be read.
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

    /// Replaces the previous entry's name by the next one's.
    fn next(&mut self, name: &mut Vec<u8>) -> Option<()> {
        let entry = self.bytes;
        let mode = u32::from_be_bytes(*entry.get(24..)?.first_chunk()?);
        if ![0o100_644, 0o100_755, 0o120_000, 0o160_000, 0o040_000].contains(&mode) {
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
        Some(())
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
            let top = tracked(scratch.path(), ".campaign").unwrap();
            assert_eq!(
                Vec::from_iter(&top.names),
                ["b.json", "runs/3"],
                "{init:?} {config:?}"
            );
            assert!(top.contains("runs/3") && top.any_below("runs") && !top.any_below("journal"));
            let sub = tracked(&scratch.path().join("sub"), ".campaign").unwrap();
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
        assert!(
            tracked(&scratch.path().join("tree/sub"), ".campaign")
                .unwrap()
                .contains("runs/1")
        );
        assert!(
            !tracked(&scratch.path().join("sub"), ".campaign")
                .unwrap()
                .contains("runs/1")
        );
    }

    #[test]
    fn split_or_damaged_index_is_left_to_git() {
        let scratch = staged(&[], &["core.splitIndex", "true"]);
        git(scratch.path(), &["update-index", "--split-index"]);
        assert_eq!(tracked(scratch.path(), ".campaign"), None);
        git(scratch.path(), &["commit", "--quiet", "-m", "all"]);
        git(
            scratch.path(),
            &["rm", "--quiet", "--cached", ":(icase).campaign/runs/3"],
        );
        let listed = Git::at(scratch.path()).tracked(".campaign").unwrap();
        assert!(listed.contains("b.json") && !listed.contains("runs/3"));
        let index = scratch.path().join(".git/index");
        let whole = fs::read(&index).unwrap();
        for cut in 0..whole.len().min(200) {
            scratch.write(".git/index", &whole[..cut]);
            let _ = tracked(scratch.path(), ".campaign");
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
            assert_eq!(
                tracked(&root, ".campaign").unwrap().contains("runs/1"),
                all,
                "{entry}"
            );
        }
    }

    #[test]
    fn nothing_is_tracked_without_a_working_tree() {
        let scratch = Scratch::new();
        assert_eq!(
            tracked(scratch.path(), ".campaign"),
            Some(Tracked::default())
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
