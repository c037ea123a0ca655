//! The lines of `cargo fmt -- --check -l -v`: the files that rustfmt reads, and those that it would
//! change.
//!
//! rustfmt prints `Formatting PATH` for each file of a crate, the path again if it would change the
//! file (or `Incorrect newline style in PATH`), and a line that starts with `Spent` at the end of
//! the crate. So the files are known that each target of a package consists of, wherever they lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use crate::event::Event;
use crate::probe::{normalize, relative, resolve};
use crate::process::real_path;
use crate::relative_path;
use crate::store;
use crate::workspace::Workspace;

/// Start of the line that is printed for each file that is read.
const READ: &str = "Formatting ";

/// Start of the line about a file whose line ends would change. It replaces the path.
const LINE_ENDS: &str = "Incorrect newline style in ";

/// Start of the line that is printed after each crate.
const SPENT: &str = "Spent ";

/// Start of a line that is ignored.
const CONFIG: &str = "Using rustfmt config file ";

/// Reads the lines that rustfmt prints.
pub(super) struct FmtReader {
    names: Names,
    /// The first lines of a path with line breaks, each with its line break.
    pending: String,
    /// The packages whose targets have this root file, by absolute path.
    roots: BTreeMap<PathBuf, BTreeSet<String>>,
    /// The files of the current crate that were read.
    current: BTreeSet<PathBuf>,
    /// The files of each crate that was read.
    crates: Vec<BTreeSet<PathBuf>>,
    /// The files that would change.
    unformatted: BTreeSet<PathBuf>,
    /// The number of root files that rustfmt is given.
    expected: usize,
    /// The number of crates that rustfmt came to the end of, also those whose files the
    /// configuration excludes.
    ended: usize,
    /// The configuration file of each root file.
    configs: BTreeMap<String, PathBuf>,
}

impl FmtReader {
    /// Creates a reader for the files of a workspace, with the arguments of cargo, which can select
    /// members by `-p`.
    pub(super) fn new(workspace: &Workspace, args: &[String]) -> Self {
        let selected = args.windows(2).filter(|pair| pair[0] == "-p");
        let selected: BTreeSet<&String> = selected.map(|pair| &pair[1]).collect();
        let mut roots: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        let mut expected = BTreeSet::new();
        for member in &workspace.members {
            for target in &member.targets {
                let file = normalize(&workspace.root, &target.file);
                if selected.is_empty() || selected.contains(&member.name) {
                    expected.insert(real_path(&file));
                }
                // rustfmt names the root file of a target without symbolic links.
                for path in [real_path(&file), file] {
                    roots.entry(path).or_default().insert(member.name.clone());
                }
            }
        }
        Self {
            names: Names::new(workspace),
            pending: String::new(),
            roots,
            current: BTreeSet::new(),
            crates: Vec::new(),
            unformatted: BTreeSet::new(),
            expected: expected.len(),
            ended: 0,
            configs: BTreeMap::new(),
        }
    }

    /// Reads a line. Returns `false` if rustfmt prints no such line.
    pub(super) fn line(&mut self, line: &[u8], sink: &mut dyn FnMut(Event)) -> bool {
        let Ok(text) = std::str::from_utf8(line) else {
            return false;
        };
        let text = std::mem::take(&mut self.pending) + text;
        let path = text.strip_prefix(READ);
        let path = path.or_else(|| text.strip_prefix(LINE_ENDS));
        if self.names.is_cut_off(path.unwrap_or(&text)) {
            self.pending = text + "\n";
            return true;
        }
        let text = text.trim_end();
        let unformatted = text.strip_prefix(LINE_ENDS).unwrap_or(text);
        if let Some(file) = text.strip_prefix(READ) {
            self.current.insert(resolve(&self.names.root, file));
        } else if text.starts_with(SPENT) {
            self.ended += 1;
            // A crate whose files the configuration excludes ends without having been read.
            if !self.current.is_empty() {
                self.crates.push(std::mem::take(&mut self.current));
                sink(Event::Formatted);
            }
        } else if Path::new(unformatted).is_absolute() {
            // The extension can be anything. Of a name below the workspace with a line break, this
            // is the first part, and the rest is noise.
            self.unformatted
                .insert(resolve(&self.names.root, unformatted));
        } else if let Some((config, root)) = text
            .strip_prefix(CONFIG)
            .and_then(|rest| rest.rsplit_once(" for "))
        {
            self.configs.insert(root.to_owned(), config.into());
        } else {
            return false;
        }
        true
    }

    /// Returns the number of crates that rustfmt did not come to the end of. Cargo succeeds also if
    /// a signal ended rustfmt.
    pub(super) fn unread(&self) -> usize {
        let unread = self.expected.saturating_sub(self.ended);
        if unread == 0 {
            return 0;
        }
        // The crates that a configuration file excludes as a whole have no end.
        let configs = self.configs.values();
        unread.saturating_sub(configs.filter(|config| disables_formatting(config)).count())
    }

    /// Reports the files that would change. A file that several crates contain is reported once.
    pub(super) fn finish(mut self, sink: &mut dyn FnMut(Event)) {
        let unfinished = std::mem::take(&mut self.current);
        self.crates.push(unfinished);
        let packages = self.packages();

        let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in &self.unformatted {
            let known = files.entry(self.names.name(path)).or_default();
            for (files_of_crate, packages) in self.crates.iter().zip(&packages) {
                if files_of_crate.contains(path) {
                    known.extend(packages.iter().cloned());
                }
            }
        }
        for (file, packages) in files {
            sink(Event::Unformatted { file, packages });
        }
    }

    /// Returns the packages that each crate is a target of.
    ///
    /// The root file of one target can be a module of another. A root file that is the only one in
    /// its crate is thus not taken for the root of another crate. If several remain, each may be
    /// the root.
    fn packages(&self) -> Vec<BTreeSet<String>> {
        let mut candidates: Vec<BTreeSet<&PathBuf>> = self
            .crates
            .iter()
            .map(|files| {
                files
                    .iter()
                    .filter(|file| self.roots.contains_key(*file))
                    .collect()
            })
            .collect();
        loop {
            let certain: BTreeSet<&PathBuf> = candidates
                .iter()
                .filter(|roots| roots.len() == 1)
                .flatten()
                .copied()
                .collect();
            let mut is_changed = false;
            for roots in candidates.iter_mut().filter(|roots| roots.len() > 1) {
                let rest = &*roots - &certain;
                if !rest.is_empty() && rest.len() < roots.len() {
                    *roots = rest;
                    is_changed = true;
                }
            }
            if !is_changed {
                break;
            }
        }
        candidates
            .into_iter()
            .map(|roots| {
                let packages = roots.into_iter().flat_map(|root| &self.roots[root]);
                packages.cloned().collect()
            })
            .collect()
    }
}

/// Returns whether a configuration file of rustfmt says `disable_all_formatting = true`.
fn disables_formatting(config: &Path) -> bool {
    let text = store::read_file(config, store::TEXT_LIMIT).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().any(|line| {
        let words = line.split(['=', '#']).map(str::trim);
        words.take(2).eq(["disable_all_formatting", "true"])
    })
}

/// The directories of the workspace without symbolic links, with their names.
struct Names {
    /// The root without symbolic links.
    root: PathBuf,
    /// Directories, and the same directories relative to the root. The innermost come first.
    directories: Vec<(PathBuf, String)>,
}

impl Names {
    fn new(workspace: &Workspace) -> Self {
        let root = &workspace.root;
        let mut directories = vec![
            (root.clone(), String::new()),
            (real_path(root), String::new()),
        ];
        // A member can lie outside of the root, or behind a link.
        for member in &workspace.members {
            let dir = normalize(root, &member.dir);
            directories.push((real_path(&dir), member.dir.clone()));
            directories.push((dir, member.dir.clone()));
        }
        directories.sort_by_key(|(path, _)| std::cmp::Reverse(path.components().count()));
        Self {
            root: real_path(root),
            directories,
        }
    }

    /// Returns whether a text is the path of a directory up to a line break.
    fn is_cut_off(&self, text: &str) -> bool {
        self.directories.iter().any(|(directory, _)| {
            let rest = directory.to_str().and_then(|path| path.strip_prefix(text));
            rest.is_some_and(|rest| rest.starts_with('\n'))
        })
    }

    /// Returns the name of a file relative to the root.
    fn name(&self, path: &Path) -> String {
        let inside = self.directories.iter().find_map(|(directory, name)| {
            let below = path.strip_prefix(directory).ok()?;
            let below = below.to_string_lossy().replace(MAIN_SEPARATOR, "/");
            Some(relative_path::join(name, &below))
        });
        inside.unwrap_or_else(|| relative(&self.root, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Member, Target};

    fn member(name: &str, dir: &str, roots: &[&str]) -> Member {
        let targets = roots.iter().map(|file| Target {
            name: name.to_owned(),
            kind: "lib".to_owned(),
            file: (*file).to_owned(),
            test: true,
            doctest: true,
            doc: true,
            ..Target::default()
        });
        Member {
            name: name.to_owned(),
            dir: dir.to_owned(),
            targets: targets.collect(),
            ..Member::default()
        }
    }

    fn read(members: Vec<Member>, crates: &[&[&str]]) -> Vec<String> {
        read_in("/no/ws", members, crates)
    }

    fn read_in(root: &str, members: Vec<Member>, crates: &[&[&str]]) -> Vec<String> {
        let workspace = Workspace {
            root: root.into(),
            members,
            ..Workspace::default()
        };
        let mut reader = FmtReader::new(&workspace, &[]);
        for files in crates {
            for file in *files {
                let read = format!("{READ}{}", file.trim_start_matches('!'));
                for line in read
                    .lines()
                    .chain(file.strip_prefix('!').into_iter().flat_map(str::lines))
                {
                    assert!(reader.line(line.as_bytes(), &mut |_| {}), "{line}");
                }
            }
            assert!(reader.line(b"Spent 0.000 secs", &mut |_| {}));
        }
        let mut found = Vec::new();
        reader.finish(&mut |event| {
            if let Event::Unformatted { file, packages } = event {
                let packages: Vec<String> = packages.into_iter().collect();
                found.push(format!("{file}: {}", packages.join(" ")));
            }
        });
        found
    }

    #[test]
    fn paths_in_a_workspace_with_line_breaks_are_complete() {
        let root = "/no/a\n\nb\nws";
        let files = ["/no/a\n\nb\nws/src/lib.rs", "!/no/a\n\nb\nws/src/m.rs"];
        let members = vec![member("a", "", &["src/lib.rs"])];
        assert_eq!(read_in(root, members, &[&files]), ["src/m.rs: a"]);
    }

    #[test]
    fn file_with_other_line_ends_would_change() {
        let workspace = Workspace {
            root: "/w".into(),
            members: vec![member("a", "", &["src/lib.rs"])],
            ..Workspace::default()
        };
        let mut reader = FmtReader::new(&workspace, &[]);
        for line in [
            "Formatting /w/src/lib.rs",
            "Incorrect newline style in /w/src/lib.rs",
            "Spent 0.000 secs",
        ] {
            assert!(reader.line(line.as_bytes(), &mut |_| {}), "{line}");
        }
        let mut found = Vec::new();
        reader.finish(&mut |event| {
            found.extend(matches!(event, Event::Unformatted { .. }).then_some(event))
        });
        let file = "src/lib.rs".to_owned();
        let packages = ["a".to_owned()].into();
        assert_eq!(found, [Event::Unformatted { file, packages }]);
    }

    #[test]
    fn crate_that_a_configuration_file_excludes_has_no_end() {
        let scratch = crate::tests::Scratch::new();
        let members = vec![member("a", "", &["src/lib.rs", "build.rs"])];
        let workspace = Workspace {
            root: scratch.path().to_owned(),
            members,
            ..Workspace::default()
        };
        for (config, unread) in [
            ("disable_all_formatting = true # vendored", 0),
            ("disable_all_formatting=true", 0),
            ("disable_all_formatting = false", 1),
            ("# disable_all_formatting = true", 1),
        ] {
            scratch.write("rustfmt.toml", config);
            let mut reader = FmtReader::new(&workspace, &[]);
            let root = scratch.path().display();
            let line = format!("{CONFIG}{root}/rustfmt.toml for {root}/src/lib.rs");
            for line in [&line, "Formatting /w/build.rs", "Spent 0.000 secs"] {
                assert!(reader.line(line.as_bytes(), &mut |_| {}), "{line}");
            }
            assert_eq!(reader.unread(), unread, "{config}");
        }
    }

    /// A leading `!` marks a file that rustfmt would change.
    #[test]
    fn unformatted_file_belongs_to_the_packages_whose_targets_contain_it() {
        let a = || member("a", "a", &["a/src/lib.rs"]);
        let (lib, own) = ("/no/ws/a/src/lib.rs", "!/no/ws/a/src/b.rs");
        let shared = "!/no/ws/b/src/../../shared/x.rs";
        for (what, members, crates, expected) in [
            (
                "root file in the directory of another member",
                vec![a(), member("b", "b", &["a/src/b.rs"])],
                &[&[lib][..], &[own]][..],
                &["a/src/b.rs: b"][..],
            ),
            (
                "the same file as a module of that member",
                vec![a(), member("b", "b", &["a/src/b.rs"])],
                &[&[lib, own], &[own]],
                &["a/src/b.rs: a b"],
            ),
            (
                "module next to a root file of another package",
                vec![a(), member("b", "b", &["a/src/b.rs"])],
                &[&["!/no/ws/a/src/lib.rs", own], &[own]],
                &["a/src/b.rs: a b", "a/src/lib.rs: a"],
            ),
            (
                "module above two members",
                vec![a(), member("b", "b", &["b/src/lib.rs"])],
                &[
                    &[lib, "!/no/ws/a/src/../../shared/x.rs"],
                    &["/no/ws/b/src/lib.rs", shared],
                ],
                &["shared/x.rs: a b"],
            ),
            (
                "member beside the root, which names a module of its parent",
                vec![a(), member("side", "../side", &["../side/src/lib.rs"])],
                &[&["!/no/side/src/lib.rs", "!/no/side/src/../../x.rs"]],
                &["../side/src/lib.rs: side", "../x.rs: side"],
            ),
            (
                "crate without a known root file",
                vec![a()],
                &[&["!/no/ws/a/src/m.rs"]],
                &["a/src/m.rs: "],
            ),
        ] {
            assert_eq!(read(members, crates), expected, "{what}");
        }
    }
}
