//! Names of files and variables in the sources, which rustdoc and failed builds read without leaving dep-info.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::not_set_by_cargo;
use crate::decode::source::mentions::{self, Include, IncludePath, Mentions, SourceReader, Usage};
use crate::drive::target_dir::read_text;
use crate::probe::{normalize, relative, resolve};
use crate::relative_path;
use crate::workspace::Workspace;

/// Files and variables that the sources of a package name in macros; see [`mentions`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Absolute paths, which need not exist.
    pub files: BTreeSet<PathBuf>,
    /// Those of `files` that rustdoc may read.
    pub documented: BTreeSet<PathBuf>,
    /// The same as `files` of files that doctests name.
    pub doctest_files: BTreeSet<PathBuf>,
    /// Names of environment variables.
    pub variables: BTreeSet<String>,
    /// The same of variables that doctests name.
    pub doctest_variables: BTreeSet<String>,
    /// Places in doctests that name an unknown file or variable: `src/lib.rs:12`, relative to the root of the
    /// workspace.
    pub unread_doctests: BTreeSet<String>,
    /// The same in `doc` attributes and in other code for rustdoc.
    pub unread_documentation: BTreeSet<String>,
    /// The same in code. Dep-info names what rustc reads there.
    pub unread_code: BTreeSet<String>,
    /// Whether some of the code is for rustdoc only.
    pub has_rustdoc_code: bool,
    /// The included texts that were read, by what matters for reading them.
    seen: BTreeSet<(PathBuf, Usage, SourceReader, bool)>,
}

/// The uses of the sources for which a name in them matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct SourceUses {
    /// rustdoc documents the package or tests its documentation.
    pub documentation: bool,
    /// The doctests run.
    pub doctests: bool,
    /// A build failed, so that dep-info may be missing.
    pub failed_build: bool,
}

/// Returns the files and variables that the sources of each package name, by the directory of the
/// package.
///
/// Included files are read as well. `files` are relative to the root of the workspace.
pub fn mentioned(workspace: &Workspace, files: &[String]) -> BTreeMap<PathBuf, Mentioned> {
    let manifests: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.strip_suffix("/Cargo.toml"))
        .collect();
    let mut found: BTreeMap<PathBuf, Mentioned> = BTreeMap::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let member = workspace.owner(file);
        let dir = member.map_or("", |member| member.dir.as_str());
        let package = normalize(&workspace.root, dir);
        let source = IncludedText {
            path: workspace.root.join(file),
            includer: workspace.root.join(file),
            usage: Usage::Code,
            reader: SourceReader::Rustc,
            is_reported: member.is_some() && is_documented(file, dir, &manifests),
        };
        found
            .entry(package.clone())
            .or_default()
            .follow(source, &package, &workspace.root);
    }
    found
}

/// Returns whether rustdoc may read a source file of the package in `dir`: other targets than libraries and binaries, and
/// packages below that are not members, are not documented.
fn is_documented(file: &str, dir: &str, manifests: &BTreeSet<&str>) -> bool {
    let below = file.strip_prefix(dir).unwrap_or(file);
    let below = below.trim_start_matches('/');
    let is_other_target = ["benches/", "examples/", "tests/"]
        .iter()
        .any(|target| below.starts_with(target));
    let mut directories = below.match_indices('/').map(|(end, _)| &below[..end]);
    let is_other_package = directories.any(|inner| {
        let inner = relative_path::join(dir, inner);
        manifests.contains(inner.as_str())
    });
    !is_other_target && !is_other_package
}

/// A text that names files.
#[derive(Clone, Debug, PartialEq, Eq)]
struct IncludedText {
    path: PathBuf,
    /// The file that includes it.
    includer: PathBuf,
    usage: Usage,
    /// Who reads the text. Dep-info names the texts of rustc only.
    reader: SourceReader,
    /// Whether rustdoc may read it, so that places with an unknown name are reported.
    is_reported: bool,
}

impl IncludedText {
    /// Returns the included files. Paths in an included text are relative to the text, or in a doctest to the file that
    /// includes it.
    fn included(&self, include: &Include, package: &Path, root: &Path) -> Vec<Self> {
        let paths: Vec<PathBuf> = match &include.path {
            IncludePath::BesideSource(name) => [&self.path, &self.includer]
                .map(|file| resolve(root, file.parent().unwrap_or(file).join(name)))
                .into(),
            IncludePath::AfterManifestDir(rest) => {
                let path = format!("{}{rest}", package.display());
                vec![resolve(root, path)]
            }
        };
        let is_documentation = [self.usage, include.usage].contains(&Usage::Documentation);
        let by_usage = if is_documentation {
            SourceReader::Rustdoc
        } else {
            SourceReader::Rustc
        };
        let reader = self.reader.max(include.reader).max(by_usage);
        let texts = paths.into_iter().map(|path| Self {
            path,
            includer: self.path.clone(),
            usage: include.usage,
            reader,
            is_reported: self.is_reported && include.usage != Usage::Data,
        });
        texts.collect()
    }

    fn key(&self) -> (PathBuf, Usage, SourceReader, bool) {
        let path = self.path.clone();
        (path, self.usage, self.reader, self.is_reported)
    }
}

impl Mentioned {
    /// Returns the places with unknown names that matter for these uses.
    pub fn unread(&self, uses: SourceUses) -> impl Iterator<Item = &String> {
        let is_code_relevant = uses.failed_build || uses.documentation && self.has_rustdoc_code;
        [
            (&self.unread_doctests, uses.doctests),
            (&self.unread_documentation, uses.documentation),
            (&self.unread_code, is_code_relevant),
        ]
        .into_iter()
        .filter(|(_, is_relevant)| *is_relevant)
        .flat_map(|(places, _)| places)
    }

    /// Adds the files and variables that a source file and the files that it includes name.
    fn follow(&mut self, source: IncludedText, package: &Path, root: &Path) {
        let mut open = vec![source];
        while let Some(text) = open.pop() {
            // The macro may be disabled by a `cfg`, or name a file that does not exist yet.
            let Some(content) = read_text(&text.path) else {
                continue;
            };
            let found = match text.usage {
                Usage::Code => mentions::in_source(&content),
                Usage::Documentation | Usage::Data => mentions::in_documentation(&content),
            };
            if text.is_reported {
                self.report(&found, &text, root);
            }
            let variables = match text.reader {
                SourceReader::Rustc | SourceReader::Rustdoc => &mut self.variables,
                SourceReader::Doctests => &mut self.doctest_variables,
            };
            variables.extend(not_set_by_cargo(found.variables));
            self.doctest_variables
                .extend(not_set_by_cargo(found.doctest_variables));
            for include in found.includes {
                for included in text.included(&include, package, root) {
                    let files = match included.reader {
                        SourceReader::Rustc | SourceReader::Rustdoc => &mut self.files,
                        SourceReader::Doctests => &mut self.doctest_files,
                    };
                    files.insert(included.path.clone());
                    if text.is_reported && included.reader != SourceReader::Doctests {
                        self.documented.insert(included.path.clone());
                    }
                    // Each text is read once, because files may include each other.
                    if self.seen.insert(included.key()) {
                        open.push(included);
                    }
                }
            }
        }
    }

    /// Adds the places of unknown names in a text.
    fn report(&mut self, found: &Mentions, text: &IncludedText, root: &Path) {
        let file = relative(root, &text.path);
        let places = |lines: &[u32]| -> Vec<String> {
            lines.iter().map(|line| format!("{file}:{line}")).collect()
        };
        self.unread_doctests.extend(places(&found.unread_doctests));
        let documentation = match text.reader {
            SourceReader::Rustc | SourceReader::Rustdoc => &mut self.unread_documentation,
            SourceReader::Doctests => &mut self.unread_doctests,
        };
        documentation.extend(places(&found.unread_documentation));
        let code = match text.reader {
            SourceReader::Rustc => &mut self.unread_code,
            SourceReader::Rustdoc => &mut self.unread_documentation,
            SourceReader::Doctests => &mut self.unread_doctests,
        };
        code.extend(places(&found.unread_code));
        self.has_rustdoc_code |= found.has_rustdoc_code;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::inputs::tests::workspace;
    use crate::tests::Scratch;

    #[test]
    fn sources_name_the_files_that_they_include() {
        let scratch = Scratch::with(&[
            (
                "ws/src/lib.rs",
                "#[cfg(doctest)] #[doc = include_str!(\"../../README.md\")] struct Doc;",
            ),
            (
                "README.md",
                "include_str!(\"data\"); env!(\"VARIABLE\"); env!(\"CARGO_PKG_NAME\")",
            ),
            ("data", "1"),
            ("ws/notes.txt", "include_str!(\"x\")"),
        ]);
        let files = ["notes.txt", "src/gone.rs", "src/lib.rs"].map(str::to_owned);
        let workspace = workspace(&scratch.path().join("ws"));
        let found = &mentioned(&workspace, &files)[&workspace.root];
        let path = |name: &str| scratch.path().join(name);
        assert_eq!(found.files, BTreeSet::from([path("README.md")]));
        let files = ["data", "ws/src/data"].map(path);
        assert_eq!(found.doctest_files, BTreeSet::from(files));
        let variables = BTreeSet::from(["VARIABLE".to_owned()]);
        assert_eq!(found.doctest_variables, variables);
        assert_eq!(found.variables, BTreeSet::new());
    }

    #[test]
    fn unknown_names_are_reported_where_only_rustdoc_reads_them() {
        let code = "include_str!($x);";
        for (files, expected, doctests) in [
            (
                vec![("src/lib.rs", "/// include_str!($x)")],
                vec!["src/lib.rs:1"],
                vec!["src/lib.rs:1"],
            ),
            (
                vec![("src/lib.rs", "#![doc = include_str!($x)]")],
                vec!["src/lib.rs:1"],
                vec![],
            ),
            (vec![("src/lib.rs", code)], vec![], vec![]),
            (
                vec![("src/lib.rs", "#[cfg(doctest)] mod m;"), ("src/m.rs", code)],
                vec!["src/m.rs:1"],
                vec![],
            ),
            (
                vec![
                    ("src/lib.rs", "#![doc = include_str!(\"../a.md\")]"),
                    ("a.md", "\ninclude!(\"b.rs\"); env!(X)"),
                    ("b.rs", code),
                    ("src/b.rs", code),
                ],
                vec!["a.md:2", "b.rs:1", "src/b.rs:1"],
                vec!["a.md:2", "b.rs:1", "src/b.rs:1"],
            ),
            (
                vec![("src/lib.rs", "f(include_str!(\"a\"))"), ("src/a", code)],
                vec![],
                vec![],
            ),
            (vec![("tests/x.rs", "/// include_str!($x)")], vec![], vec![]),
            (
                vec![
                    ("data/x/src/lib.rs", "/// include_str!($x)"),
                    ("data/x/Cargo.toml", ""),
                ],
                vec![],
                vec![],
            ),
        ] {
            let scratch = Scratch::with(&files);
            let names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
            let workspace = workspace(scratch.path());
            let found = &mentioned(&workspace, &names)[scratch.path()];
            let unread = |doctests| -> Vec<&String> {
                let uses = SourceUses {
                    documentation: true,
                    doctests,
                    failed_build: false,
                };
                found.unread(uses).collect()
            };
            assert_eq!(unread(true), expected, "{files:?}");
            let documentation = expected.iter().filter(|place| !doctests.contains(place));
            assert_eq!(
                unread(false),
                documentation.collect::<Vec<_>>(),
                "{files:?}"
            );
        }
    }
}
