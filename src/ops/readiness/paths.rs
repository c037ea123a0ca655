//! Finds absolute paths into the user's repository, which a clone in another place does not have.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use crate::decode::source;
use crate::judge::readiness::Known;
use crate::options::root::normal;
use crate::process::Cancel;
use crate::store;
use crate::tree::is_executable;

/// The reason against an absolute path.
pub(super) const ONLY_HERE: &str = "which a clone in another place does not have";

/// The user's repository.
pub(super) struct Original {
    /// Its top directory, without links.
    top: PathBuf,
}

impl Original {
    /// `top` is without links.
    pub(super) fn at(top: PathBuf) -> Self {
        Self { top }
    }

    /// Returns whether the repository's file of this name, relative to its top directory, has the type, executable bit and
    /// content of another file.
    pub(super) fn has_same(&self, name: &str, other: &Path) -> bool {
        let file = self.top.join(name);
        let (Ok(own), Ok(there)) = (fs::symlink_metadata(&file), fs::symlink_metadata(other))
        else {
            return false;
        };
        if own.file_type() != there.file_type() || is_executable(&own) != is_executable(&there) {
            return false;
        }
        if own.is_symlink() {
            return fs::read_link(&file).ok() == fs::read_link(other).ok();
        }
        let contents = [&file, other].map(|file| store::read_file(file, store::TEXT_LIMIT).ok());
        own.len() == there.len() && contents[0].is_some() && contents[0] == contents[1]
    }

    /// Returns whether an absolute path exists and leads into the repository.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = Path::new(path);
        path.is_absolute()
            && path
                .canonicalize()
                .is_ok_and(|real| real.starts_with(&self.top))
    }

    /// Returns whether the literals of a Rust source, or any other text, name an absolute path into the repository. The
    /// last parts of the path need not exist.
    pub(super) fn is_named_in(&self, file: &Path) -> bool {
        let Ok(text) = store::read_text(file) else {
            return false;
        };
        if file.extension().is_some_and(|extension| extension == "rs") {
            source::literals(&text).any(|value| self.is_named_by(&value))
        } else {
            self.is_named_by(&text)
        }
    }

    fn is_named_by(&self, text: &str) -> bool {
        let top = self.top.to_string_lossy();
        // The words of a text do not contain such a path as a whole.
        let is_split = top.contains(is_separator);
        self.leads_into(text.trim())
            || absolute_paths(text).any(|path| self.leads_into(path))
            || is_split && text.contains(&*top)
    }

    /// Returns whether an absolute path is in the repository, or would be if it existed.
    fn leads_into(&self, path: &str) -> bool {
        let path = Path::new(path);
        let is_in_repository = |dir: &Path| {
            dir.canonicalize()
                .is_ok_and(|real| real.starts_with(&self.top))
        };
        path.is_absolute() && path.ancestors().any(is_in_repository)
    }
}

/// Returns the files that the literals of a Rust source, or the words of any other text, name relative to its directory or
/// to one above it. They are below `top`, and neither path has links.
pub(super) fn files_named_in(file: &Path, top: &Path) -> Vec<PathBuf> {
    let text = store::read_text(file).unwrap_or_default();
    let texts: Vec<String> = if file.extension().is_some_and(|extension| extension == "rs") {
        source::literals(&text).collect()
    } else {
        vec![text]
    };
    let words: BTreeSet<&str> = texts
        .iter()
        .flat_map(|text| text.split(is_separator))
        .filter(|word| !word.is_empty() && !Path::new(word).is_absolute())
        .collect();
    let directories = || {
        file.ancestors()
            .skip(1)
            .take_while(|dir| dir.starts_with(top))
    };
    let paths = words
        .into_iter()
        .flat_map(|word| directories().map(move |dir| normal(&dir.join(word))));
    paths
        .filter(|path| path.starts_with(top) && path.is_file())
        .collect()
}

/// Returns whether a character ends a path in most texts.
fn is_separator(char: char) -> bool {
    // The drive of a path.
    let colon = char == ':' && !cfg!(windows);
    colon || char.is_whitespace() || "\"'`=,;|<>()[]{}&!".contains(char)
}

/// Returns the words of a text that can be absolute paths. Those after an option, as in `-I/dir`, are among them, but not
/// the paths of a URL or of a relative name, as in `a/dir`.
fn absolute_paths(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split_inclusive(is_separator).scan(None, |end, part| {
        let word = part.trim_end_matches(is_separator);
        // `{}/dir` and `$(pwd)/dir` begin with something else.
        let is_continued = matches!(*end, Some('}' | ')' | ']'));
        *end = part.chars().last();
        Some((!is_continued).then_some(word))
    });
    words.flatten().filter_map(|word| {
        if word.starts_with('-') {
            word.find('/').map(|at| &word[at..])
        } else if word.starts_with("//") {
            Some(&word[word.len() - word.trim_start_matches('/').len() - 1..])
        } else {
            Some(word)
        }
    })
}

/// A file of cargo that names paths.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CargoFile {
    Manifest,
    Configuration,
}

/// A path that cargo follows, or a string that begins with one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FollowedPath {
    pub(super) path: String,
    /// Whether the file may be missing.
    pub(super) is_optional: bool,
}

/// The manifests and configuration files of a workspace.
pub(super) struct CargoFiles {
    /// The files that are not read yet.
    pending: Vec<(CargoFile, PathBuf)>,
    /// The files that were read, without links. A file has many names, as in `a/../b/../a`.
    seen: BTreeSet<PathBuf>,
    root_manifest: PathBuf,
    /// Names of the packages that members depend on.
    needed: BTreeSet<String>,
}

impl CargoFiles {
    /// `root_manifest` is read, too. Its `[workspace.dependencies]` may have others than the `needed` packages.
    pub(super) fn new(
        root_manifest: PathBuf,
        needed: BTreeSet<String>,
        manifests: Vec<PathBuf>,
        configurations: Vec<PathBuf>,
    ) -> Self {
        let manifests = manifests
            .into_iter()
            .chain([root_manifest.clone()])
            .map(|file| (CargoFile::Manifest, file));
        let configurations = configurations
            .into_iter()
            .map(|file| (CargoFile::Configuration, file));
        Self {
            pending: manifests.chain(configurations).collect(),
            seen: BTreeSet::new(),
            root_manifest,
            needed,
        }
    }

    /// Returns the files with the paths that cargo follows. Manifests of path dependencies and included configuration
    /// files are among them.
    ///
    /// # Errors
    /// If the user wants to stop.
    pub(super) fn paths(mut self, cancel: &Cancel) -> Known<Vec<(PathBuf, Vec<FollowedPath>)>> {
        let mut found = Vec::new();
        while let Some((kind, file)) = self.pending.pop() {
            if cancel.is_set() {
                return Err("interrupted".to_owned());
            }
            let real = file.canonicalize().unwrap_or_else(|_| file.clone());
            let (Some(dir), true) = (file.parent(), self.seen.insert(real)) else {
                continue;
            };
            let paths = self.followed_paths(kind, &file);
            for followed in &paths {
                let path = dir.join(&followed.path);
                let other = match kind {
                    CargoFile::Manifest => normal(&path.join("Cargo.toml")),
                    CargoFile::Configuration => normal(&path),
                };
                // A configuration can name a program, which is not another configuration.
                let is_toml = other.extension().is_some_and(|end| end == "toml");
                if is_toml && other.is_file() {
                    self.pending.push((kind, other));
                }
            }
            found.push((file, paths));
        }
        found.sort();
        Ok(found)
    }

    fn followed_paths(&self, kind: CargoFile, file: &Path) -> Vec<FollowedPath> {
        let text = store::read_text(file).unwrap_or_default();
        let Ok(document) = text.parse::<Document<String>>() else {
            return Vec::new();
        };
        let unused = match kind {
            CargoFile::Manifest if file == self.root_manifest => {
                unused_dependencies(&document, &self.needed)
            }
            _ => BTreeSet::new(),
        };
        let optional = optional_includes(&document);
        let mut found = Vec::new();
        add_strings(document.as_item(), &mut Vec::new(), &mut |keys, text| {
            let is_followed = match kind {
                CargoFile::Manifest => is_followed_in_manifest(keys, &unused),
                CargoFile::Configuration => is_followed_in_configuration(keys),
            };
            if is_followed {
                found.push(FollowedPath {
                    path: text.to_owned(),
                    is_optional: keys.first().is_some_and(|key| key == "include")
                        && optional.contains(text),
                });
            }
        });
        found
    }
}

/// Returns the keys of `[workspace.dependencies]` that no member can depend on.
fn unused_dependencies(document: &Document<String>, needed: &BTreeSet<String>) -> BTreeSet<String> {
    let shared = document
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies")?.as_table_like());
    let entries = shared.into_iter().flat_map(|shared| shared.iter());
    let unused = entries.filter(|(key, entry)| {
        let package = entry.get("package").and_then(Item::as_str);
        !needed.contains(package.unwrap_or(key))
    });
    unused.map(|(key, _)| key.to_owned()).collect()
}

/// Returns the configuration files that are included if they exist.
fn optional_includes(document: &Document<String>) -> BTreeSet<String> {
    let include = document.get("include");
    let values = include.and_then(Item::as_array).into_iter().flatten();
    let inline = values.filter_map(|value| Some(value.as_inline_table()? as &dyn TableLike));
    let tables = include.and_then(Item::as_array_of_tables);
    let tables = tables
        .into_iter()
        .flatten()
        .map(|table| table as &dyn TableLike);
    let optional = inline
        .chain(tables)
        .filter(|entry| entry.get("optional").and_then(Item::as_bool) == Some(true));
    let paths = optional.filter_map(|entry| entry.get("path")?.as_str());
    paths.map(str::to_owned).collect()
}

/// `unused` are keys of `[workspace.dependencies]`.
fn is_followed_in_manifest(keys: &[String], unused: &BTreeSet<String>) -> bool {
    const PATHS: [&str; 7] = [
        "build",
        "default-members",
        "license-file",
        "members",
        "path",
        "readme",
        "workspace",
    ];
    let last = keys.last().map(String::as_str).unwrap_or_default();
    let is_unused = match keys {
        [first, second, key, ..] if first == "workspace" && second == "dependencies" => {
            unused.contains(key)
        }
        _ => false,
    };
    !is_unused && keys.get(1).is_none_or(|key| key != "metadata") && PATHS.contains(&last)
}

fn is_followed_in_configuration(keys: &[String]) -> bool {
    const PROGRAMS: [&str; 5] = [
        "rustc",
        "rustc-wrapper",
        "rustc-workspace-wrapper",
        "rustdoc",
        "target",
    ];
    let last = keys.last().map(String::as_str).unwrap_or_default();
    match keys.first().map(String::as_str) {
        Some("build") => PROGRAMS.contains(&last),
        Some("include" | "patch" | "paths" | "registries" | "registry" | "source") => true,
        Some("target") => !last.ends_with("flags"),
        _ => false,
    }
}

/// Calls `add` for every string that is a value, with the keys that lead to it.
fn add_strings(item: &Item, keys: &mut Vec<String>, add: &mut impl FnMut(&[String], &str)) {
    if let Some(table) = item.as_table_like() {
        for (key, item) in table.iter() {
            keys.push(key.to_owned());
            add_strings(item, keys, add);
            keys.pop();
        }
    } else if let Some(tables) = item.as_array_of_tables() {
        for (key, item) in tables.iter().flat_map(|table| table.iter()) {
            keys.push(key.to_owned());
            add_strings(item, keys, add);
            keys.pop();
        }
    } else if let Some(array) = item.as_array() {
        for value in array {
            add_strings(&Item::Value(value.clone()), keys, add);
        }
    } else if let Some(text) = item.as_str() {
        add(keys, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    /// Returns the paths in a manifest or configuration file that is alone in its directory.
    fn paths_in(kind: CargoFile, text: &str) -> Vec<FollowedPath> {
        let scratch = Scratch::with(&[("f.toml", text)]);
        let file = scratch.path().join("f.toml");
        let needed = BTreeSet::from(["used".to_owned()]);
        let (root, others) = match kind {
            CargoFile::Manifest => (file, Vec::new()),
            CargoFile::Configuration => (scratch.path().join("Cargo.toml"), vec![file]),
        };
        let files = CargoFiles::new(root, needed, Vec::new(), others);
        let found = files.paths(&Cancel::default()).unwrap();
        found.into_iter().flat_map(|(_, paths)| paths).collect()
    }

    #[test]
    fn only_paths_that_cargo_follows_are_found() {
        let manifest = "[package]\nreadme = '/r'\ninclude = ['/i']\nexclude = ['/e']\nbuild = '/s'\n\
            metadata.x.path = '/m'\n[[bin]]\npath = '/b'\n[dependencies]\na = { path = '/d' }\n\
            [target.'cfg(unix)'.dependencies.b]\npath = '/t'\n[x]\ny = [{ z = '/y' }]\n\
            [workspace.dependencies]\nused = { path = '/u' }\nx = { path = '/v', package = 'used' }\n\
            other = { path = '/o' }\n";
        let configuration = "paths = ['/p']\ninclude = ['/h', { path = '/i', optional = true }]\n[env]\nX = '/x'\n\
            [build]\nrustc-wrapper = '/w'\ntarget-dir = '/t'\nrustflags = ['-L', '/f']\n\
            [target.x]\nlinker = '/l'\nrunner = ['/r', '-v']\n[source.y]\ndirectory = '/v'\n";
        for (kind, text, expected) in [
            (
                CargoFile::Manifest,
                manifest,
                &["/r", "/s", "/b", "/d", "/t", "/u", "/v"][..],
            ),
            (
                CargoFile::Configuration,
                configuration,
                &["/p", "/h", "/i", "/w", "/l", "/r", "-v", "/v"],
            ),
            (
                CargoFile::Configuration,
                "[[include]]\npath = '/i'\n",
                &["/i"],
            ),
        ] {
            let found = paths_in(kind, text);
            assert!(
                found
                    .iter()
                    .map(|one| &*one.path)
                    .eq(expected.iter().copied())
            );
        }
    }

    #[test]
    fn included_file_is_optional_if_the_configuration_says_so() {
        for (text, expected) in [
            (
                "include = [{ path = '/i', optional = true }]\n",
                &[true][..],
            ),
            ("include = [{ path = '/i', optional = false }]\n", &[false]),
            ("include = [{ path = '/i' }]\n", &[false]),
            ("include = ['/i']\n", &[false]),
            ("include = '/i'\n", &[false]),
            (
                "include = ['/h', { path = '/i', optional = true }]\n",
                &[false, true],
            ),
            ("[[include]]\npath = '/i'\noptional = true\n", &[true]),
        ] {
            let found = paths_in(CargoFile::Configuration, text);
            let optional: Vec<bool> = found.iter().map(|one| one.is_optional).collect();
            assert_eq!(optional, expected, "{text}");
        }
    }

    #[test]
    fn included_configuration_and_path_dependencies_are_read() {
        let scratch = Scratch::with(&[
            ("Cargo.toml", "[dependencies]\na = { path = 'a' }\n"),
            ("a/Cargo.toml", "[lib]\npath = '/l'\n"),
            (".cargo/config.toml", "include = ['x.toml']\n"),
            (".cargo/x.toml", "include = 'x.toml'\npaths = ['/p']\n"),
        ]);
        let at = |file: &str| scratch.path().join(file);
        let files = CargoFiles::new(
            at("Cargo.toml"),
            BTreeSet::new(),
            Vec::new(),
            vec![at(".cargo/config.toml")],
        );
        let found = files.paths(&Cancel::default()).unwrap();
        let paths = found.iter().flat_map(|(_, paths)| paths);
        let paths: Vec<&str> = paths.map(|one| &*one.path).collect();
        assert_eq!(paths, ["x.toml", "x.toml", "/p", "a", "/l"]);
    }

    #[test]
    fn every_manifest_of_a_dependency_cycle_is_read_once() {
        let scratch = Scratch::with(&[
            (
                "a/Cargo.toml",
                "[dev-dependencies]\nb = { path = '../b' }\n",
            ),
            ("b/Cargo.toml", "[dependencies]\na = { path = '../a' }\n"),
        ]);
        let manifests = ["a", "b"].map(|dir| scratch.path().join(dir).join("Cargo.toml"));
        let files = || {
            let [a, b] = manifests.clone();
            CargoFiles::new(a, BTreeSet::new(), vec![b], Vec::new())
        };
        let cancel = Cancel::default();
        let paths = files().paths(&cancel).unwrap();
        assert!(paths.iter().map(|(file, _)| file).eq(&manifests));

        cancel.press();
        assert_eq!(files().paths(&cancel), Err("interrupted".to_owned()));
    }

    #[test]
    fn files_are_named_relative_to_directories_above() {
        let scratch = Scratch::with(&[
            ("out", ""),
            ("top/gen.sh", ""),
            ("top/a/b.sh", ""),
            ("top/a/c/build.rs", "fn f() { g(\"gen.sh\"); /* \"a\" */ }"),
            ("top/a/c/one.sh", "cat ../b.sh 'out' ../../../out > c\n"),
        ]);
        let top = scratch.path().join("top");
        for (file, expected) in [
            ("a/c/build.rs", &["gen.sh"][..]),
            ("a/c/one.sh", &["a/b.sh"]),
            ("a/c/missing", &[]),
        ] {
            let found = files_named_in(&top.join(file), &top);
            let expected: Vec<PathBuf> = expected.iter().map(|name| top.join(name)).collect();
            assert_eq!(found, expected, "{file}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn absolute_path_into_the_repository_is_found_in_texts() {
        let scratch = Scratch::with(&[("r/f", ""), ("other/f", "")]);
        let base = scratch.path().canonicalize().unwrap();
        std::os::unix::fs::symlink("r", base.join("link")).unwrap();
        let original = Original::at(base.join("r"));
        for (text, expected) in [
            ("{b}/r", true),
            ("{b}/r/f", true),
            ("{b}/r/missing/f\n", true),
            ("{b}/link/missing", true),
            ("cd {b}/r && ls", true),
            ("-L{b}/r/lib", true),
            ("--root={b}/r", true),
            ("native={b}/r", true),
            ("file://{b}/r", true),
            ("{b}/other/f", false),
            ("{b}/rs", false),
            ("http://example.com{b}/r", false),
            ("{}{b}/r", false),
            ("$(pwd){b}/r", false),
            ("a{b}/r", false),
            ("r/f", false),
            ("", false),
        ] {
            let text = text.replace("{b}", base.to_str().unwrap());
            assert_eq!(original.is_named_by(&text), expected, "{text}");
            let code = format!("/* {text} */ const A: &str = {text:?};");
            let comment = format!("/* {text} */");
            scratch.write("code.rs", &code);
            scratch.write("comment.rs", &comment);
            assert_eq!(
                original.is_named_in(&base.join("code.rs")),
                expected,
                "{text}"
            );
            assert!(!original.is_named_in(&base.join("comment.rs")), "{text}");
        }
    }
}
