//! Lists the Rust source files of the members.
//!
//! A member's files are those in its directory that git lists, without other packages. Files that
//! git ignores, members outside of the root and links are found by walking the directories in which
//! cargo and rustc look for sources. Files elsewhere are found where a source file names them with
//! `#[path]` or `include!`, or where the manifest names them as the root of a target.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{normalize, relative, resolve};
use crate::decode::source::mentions::{self, Include, IncludePath, SourceReader, Usage};
use crate::decode::source::modules;
use crate::relative_path::{is_below, join};
use crate::store;
use crate::workspace::Workspace;

/// Directories of a package in which cargo looks for targets and rustc for modules.
const SOURCES: [&str; 4] = ["benches", "examples", "src", "tests"];

/// Source files, relative to the root, with the names of the members that they belong to. If the
/// file lies in the directory of a member, that member is the first.
pub type Sources = BTreeMap<String, Vec<String>>;

/// The source files of the members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundSources {
    /// Those that exist.
    pub files: Sources,
    /// Paths that sources and manifests name and where no file or a link is, relative to the root.
    /// A module has several, of which at most one exists.
    pub watched: BTreeSet<String>,
}

/// Returns every source file of the members that exists; see [`find`].
pub fn sources(workspace: &Workspace, files: Option<&[String]>) -> Sources {
    find(workspace, files).files
}

/// Finds every source file of the members.
///
/// `files` are those that git lists, relative to the root of the workspace. Without them, the
/// members' directories are walked. A file belongs to the member in whose directory it lies, and to
/// each member that names it. A file that has several names is returned once. A path of which it
/// cannot be known whether it is a file, and a directory that cannot be listed, are returned as
/// files, so that reading them fails.
pub fn find(workspace: &Workspace, files: Option<&[String]>) -> FoundSources {
    let walked = walked_directories(workspace, files.unwrap_or_default());
    let mut own = listed(workspace, files.unwrap_or_default());
    let mut links = Vec::new();
    for (member, directories) in workspace.members.iter().zip(&walked) {
        let mut found = WalkedFiles::default();
        for directory in directories {
            walk(&workspace.root, directory, &mut found);
        }
        let build_script = join(&member.dir, "build.rs");
        if may_be_file(&workspace.root.join(&build_script)) {
            found.files.push(build_script);
        }
        for file in found.files {
            own.entry(file).or_insert_with(|| member.name.clone());
        }
        let found = found.links.into_iter();
        links.extend(found.map(|link| (link, member.name.clone())));
    }

    let found = own
        .into_iter()
        .map(|(file, package)| (file, vec![package]))
        .collect();
    let mut finder = SourceFinder {
        workspace,
        walked,
        found,
        watched: BTreeSet::new(),
    };
    finder.follow_links(links);
    finder.follow_names();
    FoundSources {
        files: finder.found,
        watched: finder.watched,
    }
}

/// Returns the directories of each member in which every source file is found: those in which cargo
/// and rustc look for sources, or the whole directory of a member that git does not list.
fn walked_directories(workspace: &Workspace, files: &[String]) -> Vec<Vec<String>> {
    let manifests: BTreeSet<&str> = files
        .iter()
        .map(String::as_str)
        .filter(|file| file.ends_with("Cargo.toml"))
        .collect();
    let walked = workspace.members.iter().map(|member| {
        let manifest = join(&member.dir, "Cargo.toml");
        match manifests.contains(manifest.as_str()) {
            true => SOURCES.map(|name| join(&member.dir, name)).to_vec(),
            false => vec![member.dir.clone()],
        }
    });
    walked.collect()
}

/// Returns the documents that the sources include in their documentation, with the members of the
/// sources. Those that do not exist are left out.
pub fn documents(workspace: &Workspace, sources: &Sources) -> Sources {
    let mut found = Sources::new();
    for (file, packages) in sources {
        let path = workspace.root.join(file);
        let text = store::read_file(&path, store::TEXT_LIMIT).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        if !text.contains("include_str!") {
            continue;
        }
        for member in workspace
            .members
            .iter()
            .filter(|m| packages.contains(&m.name))
        {
            let package = normalize(&workspace.root, &member.dir);
            let named = included(&text, &path, &package, &workspace.root, |include| {
                include.usage == Usage::Documentation
            });
            let names = named
                .filter(|document| document.is_file())
                .map(|document| relative(&workspace.root, &document));
            for name in names.filter(|name| !sources.contains_key(name)) {
                let packages: &mut Vec<String> = found.entry(name).or_default();
                if !packages.contains(&member.name) {
                    packages.push(member.name.clone());
                }
            }
        }
    }
    found
}

/// Finds the files that the members name.
struct SourceFinder<'a> {
    workspace: &'a Workspace,
    /// The directories of each member in which every source file was found.
    walked: Vec<Vec<String>>,
    found: Sources,
    watched: BTreeSet<String>,
}

impl SourceFinder<'_> {
    fn add(&mut self, file: &str, package: &str) {
        let packages = self.found.entry(file.to_owned()).or_default();
        if !packages.iter().any(|known| known == package) {
            packages.push(package.to_owned());
        }
    }

    /// Adds the files behind links, unless they were found under another name.
    fn follow_links(&mut self, mut links: Vec<(String, String)>) {
        if links.is_empty() {
            return;
        }
        let root = &self.workspace.root;
        let mut names: BTreeMap<PathBuf, String> = BTreeMap::new();
        for file in self.found.keys() {
            if let Ok(path) = root.join(file).canonicalize() {
                names.insert(path, file.clone());
            }
        }
        let mut directories = BTreeSet::new();
        while let Some((link, package)) = links.pop() {
            let path = root.join(&link);
            let target = match path.canonicalize() {
                Ok(target) => target,
                Err(error) => {
                    if !is_absence(&error) {
                        self.add(&link, &package);
                    }
                    continue;
                }
            };
            let mut behind = WalkedFiles::default();
            if target.is_dir() {
                let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
                let is_loop = parent.is_none_or(|parent| parent.starts_with(&target));
                let is_new = directories.insert((target.clone(), package.clone()));
                if !is_loop && is_new && !has_manifest(&target) {
                    walk(root, &link, &mut behind);
                }
            } else if link.ends_with(".rs") && target.is_file() {
                behind.files.push(link);
            }
            let inside = behind.links.into_iter();
            links.extend(inside.map(|link| (link, package.clone())));
            for file in behind.files {
                let Ok(path) = root.join(&file).canonicalize() else {
                    continue;
                };
                let name = names.entry(path).or_insert(file).clone();
                self.add(&name, &package);
            }
        }
    }

    /// Adds the root files of targets and the files that sources name, wherever they lie.
    fn follow_names(&mut self) {
        let root = self.workspace.root.clone();
        let mut open: VecDeque<(String, usize)> = VecDeque::new();
        for (index, member) in self.workspace.members.iter().enumerate() {
            for target in &member.targets {
                self.visit(normalize(&root, &target.file), index, &mut open);
            }
            let of_member = self
                .found
                .iter()
                .filter(|(_, packages)| packages.contains(&member.name));
            open.extend(of_member.map(|(file, _)| (file.clone(), index)));
        }
        while let Some((file, index)) = open.pop_front() {
            let member = &self.workspace.members[index];
            let path = root.join(&file);
            let Ok(bytes) = store::read_file(&path, store::TEXT_LIMIT) else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes);
            let mut named = names_in(&text, &path, &normalize(&root, &member.dir), &root);
            // A module is next to its parent or below it, where a walked directory has no more
            // files.
            let mut walked = self.walked[index].iter();
            if !walked.any(|directory| is_below(&file, directory)) {
                named.extend(module_files(&text, &path));
            }
            for path in named {
                self.visit(path, index, &mut open);
            }
        }
    }

    /// Adds a file that a member names. If the member did not have it before, the file will be
    /// read.
    fn visit(&mut self, path: PathBuf, member: usize, open: &mut VecDeque<(String, usize)>) {
        // Files that a build script writes are output.
        if path.starts_with(&self.workspace.target_dir) {
            return;
        }
        let root = &self.workspace.root;
        if !path.exists() || path.is_symlink() {
            self.watched.insert(relative(root, &path));
        }
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => {}
            Err(error) if !is_absence(&error) => {
                let package = &self.workspace.members[member].name;
                return self.add(&relative(root, &path), package);
            }
            _ => return,
        }
        let real = path.canonicalize().ok().filter(|_| path.is_symlink());
        let name = match (real, root.canonicalize()) {
            (Some(path), Ok(root)) => relative(&root, &path),
            _ => relative(root, &path),
        };
        let packages = self.found.get(&name);
        let package = &self.workspace.members[member].name;
        if packages.is_none_or(|packages| !packages.contains(package)) {
            self.add(&name, package);
            open.push_back((name, member));
        }
    }
}

/// Returns the files that a source file names with `#[path]` and `include!`. They need not exist.
fn names_in(text: &str, path: &Path, package: &Path, root: &Path) -> Vec<PathBuf> {
    if !text.contains("include") && !has_path_attribute(text) {
        return Vec::new();
    }
    let is_code =
        |include: &Include| include.usage == Usage::Code && include.reader == SourceReader::Rustc;
    included(text, path, package, root, is_code).collect()
}

/// Returns the files that the selected macros of a source file include. They need not exist.
fn included<'a>(
    text: &str,
    path: &'a Path,
    package: &'a Path,
    root: &'a Path,
    is_selected: impl Fn(&Include) -> bool + 'a,
) -> impl Iterator<Item = PathBuf> + 'a {
    let directory = path.parent().unwrap_or(path);
    let includes = mentions::in_source(text).includes.into_iter();
    includes
        .filter(is_selected)
        .map(move |include| match include.path {
            IncludePath::BesideSource(name) => resolve(root, directory.join(name)),
            IncludePath::AfterManifestDir(rest) => {
                resolve(root, format!("{}{rest}", package.display()))
            }
        })
}

/// Returns whether a text may contain `#[path = ".."]`. Most files do not, and are not read as
/// tokens.
fn has_path_attribute(text: &str) -> bool {
    text.match_indices("path").any(|(at, word)| {
        let before = text[..at].trim_end();
        let after = text[at + word.len()..].trim_start();
        before.ends_with(['[', ',', '(', '/']) && after.starts_with(['=', '/'])
    })
}

/// Returns the files in which the modules of a source file may be. Which of them rustc reads
/// depends on how the file itself was found.
fn module_files(text: &str, path: &Path) -> Vec<PathBuf> {
    let directory = path.parent().unwrap_or(path);
    let stem = path.with_extension("");
    let mut files = Vec::new();
    for module in modules(text) {
        let module = module.path();
        for directory in [directory, &stem] {
            files.push(directory.join(format!("{module}.rs")));
            files.push(directory.join(&module).join("mod.rs"));
        }
    }
    files
}

/// Returns the files at these paths, which are relative to the root or absolute, with the name of
/// the member that each belongs to, if any. A directory is replaced by the files below it, sorted
/// by name, without hidden ones. A path that cannot be listed, and a link to a directory, are
/// returned as they are, so that reading them fails.
pub fn files(workspace: &Workspace, paths: &[String]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for path in paths {
        match workspace.root.join(path).is_dir() {
            true => add_below(&workspace.root, path, &mut found),
            false => found.push(path.clone()),
        }
    }
    let with_owner = found.into_iter().map(|file| {
        let owner = workspace
            .owner(&file)
            .filter(|_| Path::new(&file).is_relative());
        let package = owner.map(|member| member.name.clone());
        (file, Vec::from_iter(package))
    });
    with_owner.collect()
}

/// Adds the files below a directory.
fn add_below(root: &Path, directory: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(directory)) else {
        return found.push(directory.to_owned());
    };
    let mut entries: Vec<(String, Option<FileType>)> = entries
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, entry.file_type().ok())
        })
        .filter(|(name, _)| !name.starts_with('.'))
        .collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, kind) in entries {
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        match kind {
            Some(kind) if kind.is_dir() => add_below(root, &path, found),
            Some(kind) if kind.is_file() || kind.is_symlink() => found.push(path),
            _ => {}
        }
    }
}

/// Returns the files of the list that belong to a member and not to a package below it.
fn listed(workspace: &Workspace, files: &[String]) -> BTreeMap<String, String> {
    let mut nested = NestedPackages {
        root: &workspace.root,
        has_manifest: BTreeMap::new(),
    };
    let mut found = BTreeMap::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let Some(member) = workspace.owner(file) else {
            continue;
        };
        if !nested.contain(file, &member.dir) && may_be_file(&workspace.root.join(file)) {
            found.insert(file.clone(), member.name.clone());
        }
    }
    found
}

/// The packages below members. Each directory is looked up once.
struct NestedPackages<'a> {
    root: &'a Path,
    has_manifest: BTreeMap<String, bool>,
}

impl NestedPackages<'_> {
    /// Returns whether a directory between the member's and the file's contains a manifest.
    fn contain(&mut self, file: &str, member: &str) -> bool {
        let mut path = file;
        while let Some((parent, _)) = path.rsplit_once('/') {
            if parent == member {
                return false;
            }
            let root = self.root;
            let is_package = self
                .has_manifest
                .entry(parent.to_owned())
                .or_insert_with(|| has_manifest(&root.join(parent)));
            if *is_package {
                return true;
            }
            path = parent;
        }
        false
    }
}

/// The entries that a walk found, relative to the root.
#[derive(Default)]
struct WalkedFiles {
    /// Rust source files.
    files: Vec<String>,
    /// Symbolic links to anything.
    links: Vec<String>,
}

/// Adds the source files and the links below a directory. A link is followed only if it is the
/// directory itself.
fn walk(root: &Path, directory: &str, found: &mut WalkedFiles) {
    let mut open: Vec<(PathBuf, String)> = vec![(root.join(directory), directory.to_owned())];
    while let Some((dir, path)) = open.pop() {
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) => {
                if !is_absence(&error) {
                    found.files.push(path);
                }
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = join(&path, &name);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && is_source_dir(&entry.path(), &name) => {
                    open.push((entry.path(), below));
                }
                Ok(kind) if kind.is_file() && name.ends_with(".rs") => found.files.push(below),
                Ok(kind) if kind.is_symlink() && !name.starts_with('.') => found.links.push(below),
                _ => {}
            }
        }
    }
}

/// Returns whether a directory can contain sources of the member: it is not hidden, not build
/// output and not another package.
fn is_source_dir(dir: &Path, name: &str) -> bool {
    !name.starts_with('.')
        && name != "target"
        && !dir.join("CACHEDIR.TAG").exists()
        && !has_manifest(dir)
}

fn has_manifest(dir: &Path) -> bool {
    dir.join("Cargo.toml").exists()
}

/// Returns whether there is a file at a path, or it is unknown.
fn may_be_file(path: &Path) -> bool {
    match fs::symlink_metadata(path) {
        Ok(found) => found.is_file(),
        Err(error) => !is_absence(&error),
    }
}

/// Returns whether an error says that there is nothing at a path, or nothing that the compiler
/// could read.
fn is_absence(error: &io::Error) -> bool {
    !matches!(error.kind(), ErrorKind::PermissionDenied) && !is_of_machine(error)
}

/// Returns whether an error of the system may not come again: EIO, ENOMEM, ENFILE, EMFILE or
/// ESTALE.
fn is_of_machine(error: &io::Error) -> bool {
    let number = error.raw_os_error().unwrap_or_default();
    error.kind() == ErrorKind::StaleNetworkFileHandle
        || cfg!(unix) && matches!(number, 5 | 12 | 23 | 24)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::temp_dir::TempDir;
    use crate::test_runner::record::create_file;
    use crate::workspace::Member;

    const FILES: [&str; 12] = [
        "Cargo.toml",
        "src/lib.rs",
        "src/.hidden/x.rs",
        "build.rs",
        "target/debug/out.rs",
        "out/CACHEDIR.TAG",
        "out/made.rs",
        "core/Cargo.toml",
        "core/src/a/b.rs",
        "core/fixtures/bad/Cargo.toml",
        "core/fixtures/bad/src/main.rs",
        "src/notes.txt",
    ];

    fn workspace() -> (TempDir, Workspace) {
        let scratch = TempDir::new().unwrap();
        for file in FILES {
            let path = scratch.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            create_file(&path).unwrap();
        }
        let member = |name: &str, dir: &str| Member {
            name: name.to_owned(),
            id: name.to_owned(),
            version: "1.0.0".to_owned(),
            dir: dir.to_owned(),
            targets: Vec::new(),
            publish: true,
            ..Member::default()
        };
        let root = scratch.path().to_owned();
        let target_dir = root.join("target");
        (
            scratch,
            Workspace {
                root,
                target_dir,
                build_dir: None,
                members: vec![member("core", "core"), member("top", "")],
            },
        )
    }

    fn text(found: &Sources) -> Vec<String> {
        found
            .iter()
            .map(|(file, packages)| format!("{}:{file}", packages.join(" ")))
            .collect()
    }

    #[test]
    fn path_that_cannot_be_looked_up_is_not_absent() {
        for (number, expected) in [(2, true), (20, true), (13, false), (5, false), (24, false)] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(is_absence(&error), expected || cfg!(windows), "{error}");
        }
    }

    #[test]
    fn only_sources_of_members_are_found_by_walking() {
        let (_scratch, workspace) = workspace();
        assert_eq!(
            text(&sources(&workspace, None)),
            ["top:build.rs", "core:core/src/a/b.rs", "top:src/lib.rs"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn file_behind_a_link_is_found_once() {
        use std::os::unix::fs::symlink;

        let (scratch, workspace) = workspace();
        let root = scratch.path();
        let outside = TempDir::new().unwrap();
        create_file(&outside.path().join("x.rs")).unwrap();
        symlink(root, root.join("src/loop")).unwrap();
        symlink("lib.rs", root.join("src/link.rs")).unwrap();
        symlink(root.join("core"), root.join("src/package")).unwrap();
        symlink(outside.path(), root.join("src/one")).unwrap();
        symlink(outside.path().join("x.rs"), root.join("src/two.rs")).unwrap();
        symlink(root.join("src/lib.rs"), root.join("core/src/lib.rs")).unwrap();
        let found = text(&sources(&workspace, None));
        let (behind, others): (Vec<String>, Vec<String>) = found
            .into_iter()
            .partition(|file| file.ends_with("x.rs") || file.ends_with("two.rs"));
        assert_eq!(behind.len(), 1, "{behind:?}");
        let expected = [
            "top:build.rs",
            "core:core/src/a/b.rs",
            "top core:src/lib.rs",
        ];
        assert_eq!(others, expected);
    }

    /// Returns the sources of the members, with their owners.
    fn read(members: &[(&str, &str, &str)], texts: &[(&str, &str)]) -> Vec<String> {
        text(&found(members, texts).files)
    }

    /// Writes files and finds the sources of the members, of which git lists the files below `m`.
    fn found(members: &[(&str, &str, &str)], texts: &[(&str, &str)]) -> FoundSources {
        let scratch = TempDir::new().unwrap();
        let root = scratch.path().join("ws");
        for (file, text) in texts {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut created = create_file(&path).unwrap();
            io::Write::write_all(&mut created, text.as_bytes()).unwrap();
        }
        let listed: Vec<String> = texts
            .iter()
            .map(|(file, _)| (*file).to_owned())
            .filter(|file| file.starts_with("m/") && !file.contains("ignored"))
            .collect();
        let member = |(name, dir, file): &(&str, &str, &str)| Member {
            name: (*name).to_owned(),
            dir: (*dir).to_owned(),
            targets: vec![crate::workspace::Target {
                name: (*name).to_owned(),
                kind: "lib".to_owned(),
                file: (*file).to_owned(),
                test: true,
                doctest: true,
                doc: true,
                ..crate::workspace::Target::default()
            }],
            ..Member::default()
        };
        let workspace = Workspace {
            target_dir: root.join("target"),
            build_dir: None,
            root,
            members: members.iter().map(member).collect(),
        };
        find(&workspace, Some(&listed))
    }

    #[test]
    fn member_that_git_does_not_list_is_walked() {
        let members = [
            ("gen", "gen/ignored", "gen/ignored/src/lib.rs"),
            ("m", "m", "m/src/lib.rs"),
            ("own", "m/own", "m/own/lib.rs"),
            ("side", "../side", "../side/src/lib.rs"),
        ];
        let found = read(
            &members,
            &[
                ("m/Cargo.toml", ""),
                ("m/src/lib.rs", ""),
                ("m/src/ignored/x.rs", ""),
                ("m/ignored.rs", ""),
                ("m/own/Cargo.toml", ""),
                ("m/own/lib.rs", "mod ignored;"),
                ("m/own/ignored.rs", ""),
                ("gen/ignored/Cargo.toml", ""),
                ("gen/ignored/src/lib.rs", ""),
                ("../side/Cargo.toml", ""),
                ("../side/src/lib.rs", ""),
                ("../side/nested/Cargo.toml", ""),
                ("../side/nested/src/lib.rs", ""),
            ],
        );
        let expected = [
            "side:../side/src/lib.rs",
            "gen:gen/ignored/src/lib.rs",
            "own:m/own/ignored.rs",
            "own:m/own/lib.rs",
            "m:m/src/ignored/x.rs",
            "m:m/src/lib.rs",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn named_file_is_found_wherever_it_lies() {
        let members = [("b", "b", "m/src/only_b.rs"), ("m", "m", "m/src/lib.rs")];
        let lib = r##"
            #[path = "../ignored/a.rs"] mod a;
            #[cfg_attr(unix, path = "../../../shared/b.rs")] mod b;
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/ignored/c.in"));
            include!("../../target/out.rs");
            const NAME: &str = include_str!("../ignored/d.rs");
            /// `include!("../ignored/d.rs")`
            #[path = "missing.rs"] mod missing;
        "##;
        let found = read(
            &members,
            &[
                ("m/Cargo.toml", ""),
                ("m/src/lib.rs", lib),
                ("m/src/only_b.rs", ""),
                ("m/ignored/a.rs", "mod x; mod inner { mod y; } mod no {}"),
                ("m/ignored/x.rs", ""),
                ("m/ignored/a/inner/y.rs", ""),
                ("m/ignored/no.rs", ""),
                ("m/ignored/c.in", "1"),
                ("m/ignored/d.rs", ""),
                ("../shared/b.rs", "pub mod z;"),
                ("../shared/z/mod.rs", ""),
                ("target/out.rs", ""),
                ("b/Cargo.toml", ""),
            ],
        );
        let expected = [
            "m:../shared/b.rs",
            "m:../shared/z/mod.rs",
            "m:m/ignored/a.rs",
            "m:m/ignored/a/inner/y.rs",
            "m:m/ignored/c.in",
            "m:m/ignored/x.rs",
            "m:m/src/lib.rs",
            "m b:m/src/only_b.rs",
        ];
        assert_eq!(found, expected);
    }

    #[cfg(unix)]
    #[test]
    fn named_link_to_a_file_is_watched() {
        let scratch = crate::tests::Scratch::new();
        scratch.write("src/lib.rs", "include!(\"../gen/now.rs\");");
        scratch.write("gen/v1.rs", "");
        std::os::unix::fs::symlink("v1.rs", scratch.path().join("gen/now.rs")).unwrap();
        let workspace = Workspace {
            root: scratch.path().to_owned(),
            target_dir: scratch.path().join("target"),
            build_dir: None,
            members: vec![Member {
                name: "a".to_owned(),
                targets: vec![crate::workspace::Target {
                    file: "src/lib.rs".to_owned(),
                    ..crate::workspace::Target::default()
                }],
                ..Member::default()
            }],
        };
        let listed = ["src/lib.rs".to_owned()];
        let FoundSources { files, watched } = find(&workspace, Some(&listed));
        assert_eq!(text(&files), ["a:gen/v1.rs", "a:src/lib.rs"]);
        assert_eq!(Vec::from_iter(watched), ["gen/now.rs"]);
    }

    #[test]
    fn named_file_that_does_not_exist_is_watched() {
        let lib = "#[path = \"../../../a.rs\"] mod a; include!(\"b.in\"); include!(\"../../target/out.rs\"); mod c;";
        let FoundSources { files, watched } = found(
            &[("m", "m", "m/src/lib.rs"), ("n", "n", "n/src/none.rs")],
            &[
                ("m/Cargo.toml", ""),
                ("m/src/lib.rs", lib),
                ("m/src/c.rs", ""),
            ],
        );
        assert_eq!(text(&files), ["m:m/src/c.rs", "m:m/src/lib.rs"]);
        assert_eq!(
            Vec::from_iter(watched),
            ["../a.rs", "m/src/b.in", "n/src/none.rs"]
        );
    }

    #[test]
    fn listed_files_of_other_packages_and_missing_files_are_left_out() {
        let (_scratch, workspace) = workspace();
        let list: Vec<String> = FILES
            .iter()
            .map(|f| (*f).to_owned())
            .chain(["src/gone.rs".to_owned()])
            .collect();
        let expected = [
            "top:build.rs",
            "core:core/src/a/b.rs",
            "top:out/made.rs",
            "top:src/.hidden/x.rs",
            "top:src/lib.rs",
            "top:target/debug/out.rs",
        ];
        assert_eq!(text(&sources(&workspace, Some(&list))), expected);
    }
}
