//! Finds absolute paths into the user's repository, which a clone in another place does not have.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item};

use crate::decode::source;
use crate::judge::readiness::Known;
use crate::options::root::normal;
use crate::process::Cancel;
use crate::store;

/// What is wrong with an absolute path.
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

/// The manifests and configuration files of a workspace.
pub(super) struct CargoFiles {
    /// The files that are not read yet.
    pending: Vec<(CargoFile, PathBuf)>,
    /// The files that were read, without links. A file has many names, as in `a/../b/../a`.
    seen: BTreeSet<PathBuf>,
}

impl CargoFiles {
    pub(super) fn new(manifests: Vec<PathBuf>, configurations: Vec<PathBuf>) -> Self {
        let manifests = manifests
            .into_iter()
            .map(|file| (CargoFile::Manifest, file));
        let configurations = configurations
            .into_iter()
            .map(|file| (CargoFile::Configuration, file));
        Self {
            pending: manifests.chain(configurations).collect(),
            seen: BTreeSet::new(),
        }
    }

    /// Returns the files with the paths that cargo follows. Manifests of path dependencies and included configuration
    /// files are among them.
    ///
    /// # Errors
    /// If the user wants to stop.
    pub(super) fn paths(mut self, cancel: &Cancel) -> Known<Vec<(PathBuf, Vec<String>)>> {
        let mut found = Vec::new();
        while let Some((kind, file)) = self.pending.pop() {
            if cancel.is_set() {
                return Err("interrupted".to_owned());
            }
            let real = file.canonicalize().unwrap_or_else(|_| file.clone());
            let (Some(dir), true) = (file.parent(), self.seen.insert(real)) else {
                continue;
            };
            let text = store::read_text(&file).unwrap_or_default();
            let paths = followed_paths(kind, &text);
            for path in &paths {
                let other = match kind {
                    CargoFile::Manifest => normal(&dir.join(path).join("Cargo.toml")),
                    CargoFile::Configuration => normal(&dir.join(path)),
                };
                // A program of a configuration is no other configuration.
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
}

/// Returns the strings of a file that are paths which cargo follows, or begin with such a path.
fn followed_paths(kind: CargoFile, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(document) = text.parse::<Document<String>>() {
        add_strings(document.as_item(), &mut Vec::new(), &mut |keys, text| {
            let is_followed = match kind {
                CargoFile::Manifest => is_followed_in_manifest(keys),
                CargoFile::Configuration => is_followed_in_configuration(keys),
            };
            if is_followed {
                found.push(text.to_owned());
            }
        });
    }
    found
}

fn is_followed_in_manifest(keys: &[String]) -> bool {
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
    keys.get(1).is_none_or(|key| key != "metadata") && PATHS.contains(&last)
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

    #[test]
    fn only_paths_that_cargo_follows_are_found() {
        let manifest = "[package]\nreadme = '/r'\ninclude = ['/i']\nexclude = ['/e']\nbuild = '/s'\n\
            metadata.x.path = '/m'\n[[bin]]\npath = '/b'\n[dependencies]\na = { path = '/d' }\n\
            [target.'cfg(unix)'.dependencies.b]\npath = '/t'\n[x]\ny = [{ z = '/y' }]\n";
        assert_eq!(
            followed_paths(CargoFile::Manifest, manifest),
            ["/r", "/s", "/b", "/d", "/t"]
        );
        let configuration = "paths = ['/p']\ninclude = [{ path = '/i' }]\n[env]\nX = '/x'\n\
            [build]\nrustc-wrapper = '/w'\ntarget-dir = '/t'\nrustflags = ['-L', '/f']\n\
            [target.x]\nlinker = '/l'\nrunner = ['/r', '-v']\n[source.y]\ndirectory = '/v'\n";
        assert_eq!(
            followed_paths(CargoFile::Configuration, configuration),
            ["/p", "/i", "/w", "/l", "/r", "-v", "/v"]
        );
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
        let files = CargoFiles::new(vec![at("Cargo.toml")], vec![at(".cargo/config.toml")]);
        let paths: Vec<String> = files
            .paths(&Cancel::default())
            .unwrap()
            .into_iter()
            .flat_map(|(_, paths)| paths)
            .collect();
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
        let files = || CargoFiles::new(manifests.to_vec(), Vec::new());
        let cancel = Cancel::default();
        let paths = files().paths(&cancel).unwrap();
        assert!(paths.iter().map(|(file, _)| file).eq(&manifests));

        cancel.press();
        assert_eq!(files().paths(&cancel), Err("interrupted".to_owned()));
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
