//! States of files and directories that the digest of the source tree does not cover, wherever they lie.
//!
//! As for the tree, an index remembers what was hashed, and a file whose stamp stands is not read again. Only regular files
//! are ever opened: a pipe in their place cannot block.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::index::Index;
use super::list;
use super::stamp::{self, Hash, Name, Stamp};
use super::{Entry, Origin};
use crate::store::Store;

/// The index's name among the store's caches.
const INDEX: &str = "inputs";

/// Larger files count by size and time.
const LARGE: u64 = 256 << 20;

/// The most entries below one directory that are compared.
pub const MANY: usize = 20_000;

/// Tells states, from memory where it can.
#[derive(Debug)]
pub struct Outside<'a> {
    store: &'a Store,
    old: BTreeMap<Name, Entry>,
    since: i128,
    new: Index,
    changed: bool,
}

impl<'a> Outside<'a> {
    /// Reads what was remembered. `now` is read before any file; it decides which stamps are too young to be believed
    /// next time.
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

    /// The state of what lies at an absolute path, in a word: equal for equal content and mode.
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
        self.new.entries.push(Entry {
            name,
            stamp: found,
            hash,
            origin: Origin::Untracked,
        });
        Some(hash)
    }

    /// Remembers what was hashed.
    pub fn close(mut self) {
        if !self.changed {
            return;
        }
        // What nobody asked for this time may be asked for next time, by another command.
        let mut entries = self.old;
        let young = |entry: &Entry, since| entry.stamp.is_young(since);
        entries.retain(|_, entry| !young(entry, self.since));
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

/// A directory counts by the names in it, so that a new file is seen. Build output and version control data are no names.
fn directory(path: &Path) -> String {
    let mut names: Vec<Vec<u8>> = list::names(path);
    names.sort_unstable();
    format!("directory {}", Hash::of(&names.join(&0)).hex())
}

/// The size of a file, or of the file behind a link.
fn content_size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

/// The files and directories of a package, as the source tree's are listed: those that git does not ignore, else all but
/// build output. Absolute.
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

/// Returns a directory and all that lies below it, also behind links, sorted; just the path itself for anything else.
/// Absolute. `None` if there are too many entries to compare.
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

/// Returns the state of a directory by the names, sizes and times of all that lies below it, which is what cargo compares.
/// `None` if there are too many entries to compare.
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
        let (size, modified) = if is_file {
            (stamp.size, stamp.modified)
        } else {
            (0, 0)
        };
        text.push_str(&format!(
            "{name}\0{} {size} {modified}\n",
            char::from(stamp.kind)
        ));
    }
    Some(format!("tree {}", Hash::of(text.as_bytes()).hex()))
}

/// Returns the files that a pattern matches, sorted; `None` if there are too many entries to compare. `root` is where a
/// relative pattern starts; `*` and `?` stay within a part of the path and `**` stands for any number of directories. A
/// pattern that ends with `**` matches directories as well, so that an empty one is seen.
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
    let is_match = |path: &PathBuf| {
        let Ok(rest) = path.strip_prefix(&base) else {
            return false;
        };
        let rest: Vec<String> = rest
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        matches(&parts[literal..], &rest)
            && (path.is_file() || path.is_dir() && parts.ends_with(&["**"]))
    };
    // Measuring itself writes such data below the root.
    let without = if root.starts_with(&base) {
        Without::Generated
    } else {
        Without::Nothing
    };
    Some(
        below(&base, without)?
            .into_iter()
            .filter(is_match)
            .collect(),
    )
}

/// Whether the parts of a pattern match those of a path.
fn matches(pattern: &[&str], path: &[String]) -> bool {
    let mut is_one = |part: &&str, name: &String| matches_part(part.as_bytes(), name.as_bytes());
    wildcard(pattern, path, |part| *part == "**", &mut is_one)
}

pub(super) fn matches_part(pattern: &[u8], name: &[u8]) -> bool {
    wildcard(pattern, name, |byte| *byte == b'*', &mut |wanted, byte| {
        *wanted == b'?' || wanted == byte
    })
}

/// Whether a pattern matches a text, where a star matches any number of items and anything else one item that it fits.
/// Only the last star is ever tried again, so at most every pair of items is compared once.
fn wildcard<P, T>(
    pattern: &[P],
    text: &[T],
    is_star: impl Fn(&P) -> bool,
    is_one: &mut dyn FnMut(&P, &T) -> bool,
) -> bool {
    let (mut at, mut read) = (0, 0);
    // Where to go on when the items after the last star do not fit.
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
        scratch.write("d/e/b", "22");
        assert_ne!(tree(&dir).unwrap(), second);
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
