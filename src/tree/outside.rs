//! States of files and directories that the digest of the source tree does not cover.
//!
//! As for the tree, an index remembers the hashes, and a file with an unchanged stamp is not read again.
//! Only regular files are opened, so a pipe in their place cannot block.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::index::Index;
use super::list;
use super::stamp::{self, Hash, Name, Stamp};
use super::{CountedFile, FileOrigin};
use crate::store::Store;

/// The index's name among the store's caches.
const INDEX: &str = "inputs";

/// The size above which a file counts by size and time only.
const LARGE: u64 = 256 << 20;

/// The most entries below one directory that are compared.
pub const MANY: usize = 20_000;

/// Determines states, from the index if possible.
#[derive(Debug)]
pub struct Outside<'a> {
    store: &'a Store,
    old: BTreeMap<Name, CountedFile>,
    since: i128,
    new: Index,
    changed: bool,
}

impl<'a> Outside<'a> {
    /// Reads the index. `now` is a time before any file is read; it decides which stamps are too young
    /// to be trusted next time.
    pub fn open(store: &'a Store, now: SystemTime) -> Self {
        let old = store
            .cached(INDEX)
            .and_then(|bytes| Index::decode(&bytes))
            .unwrap_or_default();
        let new = Index {
            since: stamp::nanoseconds(now),
            ..Index::default()
        };
        let since = old.since;
        let old = old
            .entries
            .into_iter()
            .map(|entry| (entry.name.clone(), entry))
            .collect();
        Self {
            store,
            old,
            since,
            new,
            changed: false,
        }
    }

    /// Returns the state of an absolute path as a text that is equal for equal content and mode.
    pub fn state(&mut self, path: &Path) -> String {
        let Some(found) = Stamp::of(path) else {
            return "absent".to_owned();
        };
        match found.kind {
            b'd' => directory(path),
            b'l' if path.is_dir() => directory(path),
            b'o' => "special".to_owned(),
            // A file of `/proc` has no size, and reading it may block or never end.
            _ if content_size(path) == 0 => if found.kind == b'x' {
                "executable empty"
            } else {
                "empty"
            }
            .to_owned(),
            _ if found.size > LARGE => format!("large {} {}", found.size, found.modified),
            kind => {
                let hash = self
                    .hash(path, found)
                    .map_or_else(|| "absent".to_owned(), Hash::hex);
                if kind == b'x' {
                    format!("executable {hash}")
                } else {
                    hash
                }
            }
        }
    }

    fn hash(&mut self, path: &Path, found: Stamp) -> Option<Hash> {
        let name = Name::new(path.as_os_str().as_encoded_bytes());
        let known = self
            .old
            .get(&name)
            .filter(|entry| entry.stamp == found && !found.is_young(self.since));
        let hash = match known {
            Some(entry) => entry.hash,
            None => {
                self.changed = true;
                stamp::hash(path, found)?
            }
        };
        self.new.entries.push(CountedFile {
            name,
            stamp: found,
            hash,
            origin: FileOrigin::Untracked,
        });
        Some(hash)
    }

    /// Writes the index.
    pub fn close(mut self) {
        if !self.changed {
            return;
        }
        // Keep the entries that were not used this time: another command may need them.
        let mut entries = self.old;
        entries.retain(|_, entry| !entry.stamp.is_young(self.since));
        entries.extend(
            self.new
                .entries
                .into_iter()
                .map(|entry| (entry.name.clone(), entry)),
        );
        self.new.entries = entries.into_values().collect();
        let _ = self.store.cache(INDEX, &self.new.encode());
    }
}

/// Returns the state of a directory, which consists of its names, so that a new file changes it. Build
/// output and version control data are left out.
fn directory(path: &Path) -> String {
    let mut names: Vec<Vec<u8>> = list::names(path);
    names.sort_unstable();
    format!("directory {}", Hash::of(&names.join(&0)).hex())
}

/// Returns the size of a file, or of the target of a link.
fn content_size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

/// Returns the absolute paths of a package's files and directories: those that git does not ignore, or
/// without git, all except for build output.
pub fn package(dir: &Path) -> Vec<PathBuf> {
    let Ok(listing) = list::list(dir) else {
        return vec![dir.to_owned()];
    };
    let names = listing.dirs.iter().chain(listing.files.keys());
    names.map(|name| name.below(dir)).collect()
}

/// Which directories below a directory are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// Build output and version control data.
    Generated,
    /// None.
    Nothing,
}

/// Returns the absolute paths of a directory and its content, including the targets of links, sorted.
/// For other paths, only the path itself. `None` if there are too many entries to compare.
pub fn below(path: &Path, without: Without) -> Option<Vec<PathBuf>> {
    let mut found = vec![path.to_owned()];
    // Links may lead back to a directory above.
    let mut listed = BTreeSet::new();
    let mut at = 0;
    while at < found.len() {
        if found.len() > MANY {
            return None;
        }
        let is_new = found[at].is_dir()
            && fs::canonicalize(&found[at]).is_ok_and(|real| listed.insert(real));
        if is_new {
            let names = match without {
                Without::Generated => list::names(&found[at]),
                Without::Nothing => list::all_names(&found[at]),
            };
            let inside: Vec<PathBuf> = names
                .into_iter()
                .map(|name| Name::new(&name).below(&found[at]))
                .collect();
            found.extend(inside);
        }
        at += 1;
    }
    found.sort_unstable();
    Some(found)
}

/// Returns the state of a directory by the names, sizes and times of its content. A file that was written and given its earlier
/// modification time has another state where the file system knows the time of the last change of any kind. `None` if there are too many entries to compare.
pub fn tree(dir: &Path) -> Option<String> {
    if !dir.exists() {
        return Some("absent".to_owned());
    }
    let mut text = String::new();
    for path in below(dir, Without::Generated)? {
        let stamp = Stamp::of(&path).unwrap_or_default();
        let name = path
            .strip_prefix(dir)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        let is_file = matches!(stamp.kind, b'f' | b'x') || stamp.kind == b'l' && path.is_file();
        // Creating build output in a directory changes the time of the directory.
        let (size, modified, changed) = if is_file {
            (stamp.size, stamp.modified, stamp.changed)
        } else {
            (0, 0, 0)
        };
        text.push_str(&format!(
            "{name}\0{} {size} {modified} {changed}\n",
            char::from(stamp.kind)
        ));
    }
    Some(format!("tree {}", Hash::of(text.as_bytes()).hex()))
}

/// Returns the files that a pattern matches, sorted. `None` if there are too many entries to compare.
///
/// A relative pattern starts at `root`. `*` and `?` match within a component of the path, and `**`
/// matches any number of directories. A pattern that ends with `**` also matches directories, so that
/// an empty one counts.
pub fn matching(root: &Path, pattern: &str) -> Option<Vec<PathBuf>> {
    let parts: Vec<&str> = pattern.split('/').collect();
    let literal = parts
        .iter()
        .position(|part| part.contains(['*', '?']))
        .unwrap_or(parts.len());
    let base = if literal == 0 {
        root.to_owned()
    } else {
        root.join(parts[..literal].join("/"))
    };
    let base = if literal > 0 && parts[0].is_empty() {
        PathBuf::from(format!("/{}", parts[1..literal].join("/")))
    } else {
        base
    };
    if literal == parts.len() {
        return Some(vec![base]);
    }
    // Measuring itself writes generated data below the root.
    let without = if root.starts_with(&base) {
        Without::Generated
    } else {
        Without::Nothing
    };
    let mut found = below(&base, without)?;
    let matches_directories = parts.ends_with(&["**"]);
    found.retain(|path| {
        let is_wanted = path.is_file() || path.is_dir() && matches_directories;
        components(&base, path).is_some_and(|names| matches(&parts[literal..], &names)) && is_wanted
    });
    Some(found)
}

/// Returns the components of a path below `base`. `None` if it lies elsewhere.
fn components(base: &Path, path: &Path) -> Option<Vec<String>> {
    let rest = path.strip_prefix(base).ok()?.components();
    Some(
        rest.map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect(),
    )
}

/// Returns whether the components of a pattern match those of a path.
fn matches(pattern: &[&str], path: &[String]) -> bool {
    wildcard(pattern, path, |part| *part == "**", &mut |part, name| {
        matches_part(part.as_bytes(), name.as_bytes())
    })
}

pub(super) fn matches_part(pattern: &[u8], name: &[u8]) -> bool {
    wildcard(pattern, name, |byte| *byte == b'*', &mut |wanted, byte| {
        *wanted == b'?' || wanted == byte
    })
}

/// Returns whether a pattern matches a text. A star matches any number of items; other items of the
/// pattern match one item of the text. Only the last star is ever retried, so each pair of items is
/// compared at most once.
fn wildcard<P, T>(
    pattern: &[P],
    text: &[T],
    is_star: impl Fn(&P) -> bool,
    is_one: &mut dyn FnMut(&P, &T) -> bool,
) -> bool {
    let (mut at, mut read) = (0, 0);
    // The position to continue from if the items after the last star do not match.
    let mut retry = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(item) if is_star(item) => {
                retry = Some((at + 1, read));
                at += 1;
            }
            Some(item) if is_one(item, &text[read]) => (at, read) = (at + 1, read + 1),
            _ => {
                let Some((after, from)) = retry else {
                    return false;
                };
                retry = Some((after, from + 1));
                (at, read) = (after, from + 1);
            }
        }
    }
    pattern[at..].iter().all(is_star)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::tests::Scratch;

    /// Far enough ahead that no stamp made by a test is young.
    fn later() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(10_000_000_000)
    }

    fn state(store: &Store, path: &Path) -> String {
        let mut outside = Outside::open(store, later());
        let state = outside.state(path);
        outside.close();
        state
    }

    #[test]
    fn state_follows_content_and_kind() {
        let scratch = Scratch::new();
        let store = Store::open(scratch.path());
        store.create().unwrap();
        let path = scratch.path().join("x");
        assert_eq!(state(&store, &path), "absent");
        scratch.write("x", "1");
        let first = state(&store, &path);
        assert_eq!(first, Hash::of(b"1").hex());
        assert!(
            Outside::open(&store, later())
                .old
                .contains_key(&Name::new(path.as_os_str().as_encoded_bytes()))
        );
        assert_eq!(state(&store, &path), first, "from memory");
        scratch.write("x", "2");
        assert_ne!(state(&store, &path), first);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let empty = state(&store, &path);
        scratch.write("x/new", "");
        assert!(empty.starts_with("directory ") && state(&store, &path) != empty);
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_or_pipe_is_never_opened() {
        let scratch = Scratch::new();
        let path = scratch.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(state(&Store::open(scratch.path()), &path), "special");
    }

    #[test]
    fn patterns_match_files_by_parts() {
        let scratch = Scratch::with(&[
            ("a/x.sql", ""),
            ("a/b/y.sql", ""),
            ("a/b/z.txt", ""),
            ("ws/c", ""),
        ]);
        let root = scratch.path().join("ws");
        for (pattern, expected) in [
            (
                "../a/**",
                &["a", "a/b", "a/b/y.sql", "a/b/z.txt", "a/x.sql"][..],
            ),
            ("../a/**/*.sql", &["a/b/y.sql", "a/x.sql"]),
            ("../a/*.sql", &["a/x.sql"]),
            ("../a/?/z.*", &["a/b/z.txt"]),
            ("c", &["ws/c"]),
            ("none/**", &[]),
        ] {
            let found = matching(&root, pattern).unwrap();
            let base = scratch.path().to_owned();
            let shown = found
                .iter()
                .map(|path| path.to_string_lossy().replace("ws/../", ""));
            let expected: Vec<String> = expected
                .iter()
                .map(|name| base.join(name).to_string_lossy().into_owned())
                .collect();
            assert_eq!(shown.collect::<Vec<_>>(), expected, "{pattern}");
        }
    }

    #[test]
    fn state_of_a_directory_by_stamps_follows_names_sizes_and_times() {
        let scratch = Scratch::with(&[("d/a", "1"), ("d/e/b", "1")]);
        let dir = scratch.path().join("d");
        let first = tree(&dir).unwrap();
        assert_eq!(tree(&dir).unwrap(), first);
        fs::create_dir(dir.join("empty")).unwrap();
        let second = tree(&dir).unwrap();
        assert_ne!(second, first);
        let path = dir.join("e/b");
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        scratch.write("d/e/b", "2");
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
        let third = tree(&dir).unwrap();
        assert_eq!(third != second, cfg!(unix));
        scratch.write("d/e/b", "22");
        assert_ne!(tree(&dir).unwrap(), third);
        assert_eq!(tree(&scratch.path().join("none")).unwrap(), "absent");
    }

    #[cfg(unix)]
    #[test]
    fn links_to_directories_are_followed_once() {
        let scratch = Scratch::with(&[("other/f", "1"), ("d/.git/x", "1")]);
        std::os::unix::fs::symlink("../other", scratch.path().join("d/link")).unwrap();
        std::os::unix::fs::symlink(".", scratch.path().join("d/self")).unwrap();
        let names = |pattern: &str, root: &str| -> Vec<String> {
            let found = matching(&scratch.path().join(root), pattern).unwrap();
            let base = scratch.path();
            found
                .iter()
                .map(|path| {
                    path.to_string_lossy()
                        .replace(&format!("{}/", base.display()), "")
                })
                .collect()
        };
        assert_eq!(
            names("../d/**", "other"),
            [
                "other/../d",
                "other/../d/.git",
                "other/../d/.git/x",
                "other/../d/link",
                "other/../d/link/f",
                "other/../d/self"
            ]
        );
        assert_eq!(
            names("**", "d"),
            ["d", "d/link", "d/link/f", "d/self"],
            "measuring writes to .git"
        );
    }

    #[test]
    fn too_many_entries_are_never_a_list() {
        let scratch = Scratch::in_memory();
        let dir = scratch.path().join("many");
        fs::create_dir(&dir).unwrap();
        (0..MANY)
            .for_each(|number| drop(fs::File::create_new(dir.join(number.to_string())).unwrap()));
        assert_eq!(below(&dir, Without::Generated), None);
        assert_eq!(matching(scratch.path(), "many/**"), None);
        fs::remove_file(dir.join("0")).unwrap();
        assert_eq!(
            below(&dir, Without::Generated).map(|found| found.len()),
            Some(MANY)
        );
    }

    #[test]
    fn work_of_a_pattern_grows_with_the_product_of_the_sizes() {
        let work = |stars: usize, size: usize| {
            let pattern = "*a".repeat(stars) + "b";
            let mut compared = 0;
            let mut is_one = |wanted: &u8, byte: &u8| {
                compared += 1;
                wanted == byte
            };
            assert!(!wildcard(
                pattern.as_bytes(),
                "a".repeat(size).as_bytes(),
                |byte| *byte == b'*',
                &mut is_one
            ));
            compared
        };
        for (stars, size) in [(1, 100), (10, 100), (20, 200), (40, 400), (80, 800)] {
            assert!(
                work(stars, size) <= 2 * stars * size + 2 * size,
                "{stars} stars, {size} bytes"
            );
        }
        let deep: Vec<String> = vec!["d".to_owned(); 200];
        assert!(!matches(&[["**"; 40].as_slice(), &["x"]].concat(), &deep));
    }
}
