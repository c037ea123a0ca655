//! Where the packages of a repository are at each of its commits.
//!
//! A file belongs to the package whose manifest is in the deepest directory above it, as for `cargo package`. Links of a
//! package are followed, because cargo packages their targets, and so it does with the license and the readme that a
//! manifest names elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::manifest::{InheritedValue, Manifest};
use super::packages::Members;
use crate::git::{Blob, BlobKind, FileChange, Git, Trouble};
use crate::relative_path::{join, normal, parent};

/// The file name of manifests.
const MANIFEST: &str = "Cargo.toml";

/// The number of links in a path after which it leads nowhere, as on Linux.
const MOST_LINKS: usize = 40;

type Manifests = BTreeMap<String, Rc<Manifest>>;

/// The packages to be released, and the facts that identify them in earlier commits.
pub(super) struct Released {
    /// The names of each package, its present one first.
    names: Vec<Vec<String>>,
    /// The names of all present members, by directory.
    members: BTreeMap<String, String>,
    /// Directories whose present manifests only have the name of a package: vendored copies.
    copies: BTreeSet<String>,
}

/// The contents of manifests and links, by the ids of their blobs.
#[derive(Default)]
pub(super) struct Contents {
    /// Those that are TOML.
    manifests: HashMap<String, Rc<Manifest>>,
    targets: HashMap<String, Rc<str>>,
}

/// The places of packages at a commit. Paths are relative to the top of the repository.
#[derive(Clone, Default)]
pub(super) struct Layout {
    /// By directory.
    manifests: Manifests,
    /// Targets of links, by path.
    links: BTreeMap<String, Rc<str>>,
    grounds: Rc<Grounds>,
}

/// The parts of a commit that belong to the packages to be released.
#[derive(Default)]
struct Grounds {
    directories: BTreeSet<String>,
    /// Files and directories that links of the packages lead to, files that their manifests name, and the links on the
    /// way.
    linked: BTreeSet<String>,
}

impl Contents {
    /// Reads the manifests and links among these files.
    pub(super) fn read<'f>(
        git: &Git,
        files: impl Iterator<Item = (&'f String, &'f Blob)>,
    ) -> Result<Self, Trouble> {
        let (mut manifests, mut links) = (BTreeSet::new(), BTreeSet::new());
        for (path, blob) in files {
            match blob.kind {
                BlobKind::File if is_manifest(path) => _ = manifests.insert(blob.id.as_str()),
                BlobKind::Link => _ = links.insert(blob.id.as_str()),
                BlobKind::File | BlobKind::Submodule => {}
            }
        }
        let blobs = git.blobs(&manifests.union(&links).copied().collect())?;
        let manifests = manifests.into_iter().filter_map(|id| {
            let manifest = Manifest::read(blobs.get(id)?)?;
            Some((id.to_owned(), Rc::new(manifest)))
        });
        let targets = links.into_iter().filter_map(|id| {
            let target = String::from_utf8_lossy(blobs.get(id)?);
            Some((id.to_owned(), Rc::from(&*target)))
        });
        Ok(Self {
            manifests: manifests.collect(),
            targets: targets.collect(),
        })
    }

    /// Returns the manifest that a file is.
    pub(super) fn manifest(&self, path: &str, blob: &Blob) -> Option<&Manifest> {
        let manifest = self.manifests.get(&blob.id);
        manifest.filter(|_| is_manifest(path)).map(Rc::as_ref)
    }

    /// Returns the target of a link.
    pub(super) fn target(&self, blob: &Blob) -> Option<&str> {
        let target = self.targets.get(&blob.id);
        target
            .filter(|_| blob.kind == BlobKind::Link)
            .map(Rc::as_ref)
    }

    /// Returns the directory and name of the package whose manifest a file is.
    fn package<'s>(&'s self, path: &'s str, blob: &Blob) -> Option<(&'s str, &'s str)> {
        Some((parent(path), self.manifest(path, blob)?.name.as_deref()?))
    }

    /// Returns whether a change of a manifest leaves its published part as it was.
    pub(super) fn publishes_the_same(&self, change: &FileChange) -> bool {
        let read = |blob: &Option<Blob>| self.manifests.get(&blob.as_ref()?.id);
        match (read(&change.before), read(&change.after)) {
            (Some(before), Some(after)) => before.published == after.published,
            _ => false,
        }
    }
}

impl Released {
    /// Finds the packages of a workspace in the directory `prefix`. `present` has the files of HEAD, and `changes` are those of
    /// the commits, newest first.
    pub(super) fn new(
        members: &Members,
        prefix: &str,
        present: &BTreeMap<String, Blob>,
        changes: &[Vec<FileChange>],
        contents: &Contents,
    ) -> Self {
        let mut names: Vec<Vec<String>> = members
            .members()
            .map(|member| vec![member.name.clone()])
            .collect();
        for changes in changes {
            add_former_names(&mut names, changes, contents);
        }
        let members = members.workspace.members.iter();
        let members: BTreeMap<String, String> = members
            .map(|member| (normal(&join(prefix, &member.dir)), member.name.clone()))
            .collect();

        let packages: Vec<(&str, &str)> = present
            .iter()
            .filter_map(|(path, blob)| contents.package(path, blob))
            .collect();
        let is_member = |directory: &str, name: &str| {
            members.get(directory).is_some_and(|member| member == name)
        };
        // A member can be in a directory that is a link, so that its own manifest is elsewhere.
        let of_members: BTreeSet<&str> = packages
            .iter()
            .filter(|(directory, name)| is_member(directory, name))
            .map(|(_, name)| *name)
            .collect();
        let copies = packages
            .iter()
            .filter(|(directory, name)| of_members.contains(name) && !is_member(directory, name))
            .map(|(directory, _)| (*directory).to_owned())
            .collect();
        Self {
            names,
            members,
            copies,
        }
    }

    /// Returns the directories of the packages. An earlier name counts only while a package has no later one.
    fn directories(&self, manifests: &Manifests) -> BTreeSet<String> {
        let mut homes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (directory, manifest) in manifests {
            if let (Some(name), false) = (&manifest.name, self.copies.contains(directory)) {
                homes.entry(name).or_default().push(directory);
            }
        }
        let mut found = BTreeSet::new();
        for names in &self.names {
            let homes = names.iter().find_map(|name| homes.get(name.as_str()));
            let homes = homes.into_iter().flatten().copied();
            let is_present = |home: &&str| self.members.get(*home) == names.first();
            match homes.clone().find(is_present) {
                Some(present) => _ = found.insert(present.to_owned()),
                None => found.extend(homes.map(str::to_owned)),
            }
        }
        found
    }
}

/// Adds the names that packages had before a commit renamed them. A package that moves away and leaves its directory to
/// another one is not renamed.
fn add_former_names(names: &mut [Vec<String>], changes: &[FileChange], contents: &Contents) {
    let name = |change: &'_ FileChange, blob: &Option<Blob>| {
        let package = contents.package(&change.path, blob.as_ref()?);
        package.map(|(_, name)| name.to_owned())
    };
    let after: BTreeSet<String> = changes
        .iter()
        .filter_map(|change| name(change, &change.after))
        .collect();
    for change in changes {
        let (Some(former), Some(later)) =
            (name(change, &change.before), name(change, &change.after))
        else {
            continue;
        };
        let is_known = names.iter().any(|names| names.contains(&former));
        let package = names.iter_mut().find(|names| names.contains(&later));
        if let (Some(names), false, false) = (package, is_known, after.contains(&former)) {
            names.push(former);
        }
    }
}

impl Layout {
    /// Returns the layout after changes. `None` if they do not change it.
    pub(super) fn changed(
        &self,
        changes: &[FileChange],
        contents: &Contents,
        released: &Released,
    ) -> Option<Self> {
        let is_place = |change: &&FileChange| {
            is_manifest(&change.path) || is_link(&change.before) || is_link(&change.after)
        };
        let mut places = changes.iter().filter(is_place).peekable();
        places.peek()?;

        let mut layout = self.clone();
        for FileChange { path, after, .. } in places {
            let link = after.as_ref().filter(|_| is_link(after));
            match link.and_then(|link| contents.targets.get(&link.id)) {
                Some(target) => _ = layout.links.insert(path.clone(), target.clone()),
                None => _ = layout.links.remove(path),
            }
            let directory = parent(path);
            match after {
                _ if !is_manifest(path) => {}
                Some(blob) => layout.set_manifest(directory, blob, contents, released),
                None => _ = layout.manifests.remove(directory),
            }
        }
        if !(layout.links == self.links && layout.places().eq(self.places())) {
            layout.grounds = Rc::new(layout.find_grounds(released));
        }
        Some(layout)
    }

    /// Adds a manifest. One that cannot be read leaves the directory to the package that it had, or has at present.
    fn set_manifest(
        &mut self,
        directory: &str,
        blob: &Blob,
        contents: &Contents,
        released: &Released,
    ) {
        let manifest = contents
            .manifests
            .get(&blob.id)
            .filter(|_| blob.kind == BlobKind::File);
        let manifest = match manifest.or_else(|| self.manifests.get(directory)) {
            Some(manifest) => manifest.clone(),
            None => Rc::new(Manifest {
                name: released.members.get(directory).cloned(),
                ..Manifest::default()
            }),
        };
        self.manifests.insert(directory.to_owned(), manifest);
    }

    /// Returns the parts of the manifests that decide which files belong to which package.
    fn places(&self) -> impl Iterator<Item = impl PartialEq> {
        let manifests = self.manifests.iter();
        manifests.map(|(directory, manifest)| {
            let Manifest {
                name,
                packed,
                shared_files,
                inherits,
                ..
            } = &**manifest;
            (directory, name, packed, shared_files, inherits)
        })
    }

    /// Returns the files that the manifest in a directory names, and those that it inherits from a workspace. They can be
    /// in any directory.
    fn packed_files(&self, directory: &str) -> Vec<String> {
        let Some(manifest) = self.manifests.get(directory) else {
            return Vec::new();
        };
        let own = manifest.packed.iter().map(|file| join(directory, file));
        let root = above(directory).find_map(|above| {
            let root = self.manifests.get(above)?;
            root.shares.is_some().then_some((above, root))
        });
        let shared = root.into_iter().flat_map(|(above, root)| {
            let files = root.shared_files.iter();
            files.map(move |(key, file)| (*key, join(above, file)))
        });
        let inherited = shared.filter_map(|(key, file)| {
            let value = ("package", key.to_owned());
            manifest.inherits.contains(&value).then_some(file)
        });
        own.chain(inherited).collect()
    }

    /// Returns whether a file belongs to a package to be released.
    pub(super) fn has(&self, file: &str) -> bool {
        let mut above = above(file);
        self.grounds.has_directory(self.owner(file))
            || above.any(|path| self.grounds.linked.contains(path))
    }

    /// Returns whether a file, or a part of a submodule, belongs to a package to be released.
    pub(super) fn has_part_of(&self, path: &str, blob: &Blob) -> bool {
        let below = format!("{path}/");
        let mut linked = self.grounds.linked.range(below.clone()..);
        let leads_below = linked.next().is_some_and(|path| path.starts_with(&below));
        self.has(path) || blob.kind == BlobKind::Submodule && leads_below
    }

    /// Returns the values that the packages inherit, each as it is written.
    pub(super) fn inherited(&self) -> BTreeSet<(&InheritedValue, &str)> {
        let directories = self.grounds.directories.iter();
        let values = directories.filter_map(|directory| {
            let inherits = &self.manifests.get(directory)?.inherits;
            let shares =
                above(directory).find_map(|above| self.manifests.get(above)?.shares.as_ref())?;
            Some(inherits.iter().filter_map(|value| {
                let (value, text) = shares.get_key_value(value)?;
                Some((value, text.as_str()))
            }))
        });
        values.flatten().collect()
    }

    fn find_grounds(&self, released: &Released) -> Grounds {
        let mut grounds = Grounds {
            directories: released.directories(&self.manifests),
            linked: BTreeSet::new(),
        };
        for directory in &grounds.directories {
            for file in self.packed_files(directory) {
                let target = self.resolved(&file, &mut grounds.linked);
                // The top of the repository is not a file.
                grounds
                    .linked
                    .extend(target.filter(|target| !target.is_empty()));
            }
        }
        let mut open: Vec<&str> = self.links.keys().map(String::as_str).collect();
        open.retain(|link| grounds.has_directory(self.owner(link)));
        while let Some(link) = open.pop() {
            let target = self.resolved(link, &mut grounds.linked);
            // A link to a directory above it has no end.
            let target = target.filter(|target| above(link).all(|above| above != target));
            let target = target.filter(|target| !grounds.has_directory(self.owner(target)));
            let Some(target) = target else {
                continue;
            };
            let below = format!("{target}/");
            let links = self.links.range(below.clone()..);
            let links = links.map(|(path, _)| path.as_str());
            if !grounds.linked.contains(&target) {
                open.extend(links.take_while(|path| path.starts_with(&below)));
                grounds.linked.insert(target);
            }
        }
        grounds
    }

    /// Returns the directory of the package that a file or directory belongs to.
    fn owner(&self, path: &str) -> Option<&str> {
        above(path).find_map(|directory| {
            let (directory, _) = self.manifests.get_key_value(directory)?;
            Some(directory.as_str())
        })
    }

    /// Returns the path that a link leads to, and adds the links on the way to `passed`. `None` if the path is outside of the
    /// repository or if the links have no end.
    fn resolved(&self, link: &str, passed: &mut BTreeSet<String>) -> Option<String> {
        let mut open: Vec<&str> = link.split('/').rev().collect();
        let mut path = String::new();
        let mut links = 0;
        while let Some(part) = open.pop() {
            if part == ".." {
                path = (!path.is_empty()).then(|| parent(&path).to_owned())?;
                continue;
            }
            if part == "." || part.is_empty() {
                continue;
            }
            path = join(&path, part);
            if let Some(target) = self.links.get(&path) {
                passed.insert(path.clone());
                links += 1;
                if links > MOST_LINKS || target.starts_with('/') {
                    return None;
                }
                path = parent(&path).to_owned();
                open.extend(target.split('/').rev());
            }
        }
        Some(path)
    }
}

impl Grounds {
    fn has_directory(&self, directory: Option<&str>) -> bool {
        directory.is_some_and(|directory| self.directories.contains(directory))
    }
}

/// Returns whether a file is a manifest by its name.
pub(super) fn is_manifest(path: &str) -> bool {
    path.rsplit('/').next() == Some(MANIFEST)
}

fn is_link(blob: &Option<Blob>) -> bool {
    matches!(blob, Some(blob) if blob.kind == BlobKind::Link)
}

/// Returns a path and the directories above it, up to the empty path of the top.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| (!path.is_empty()).then(|| parent(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released() -> Released {
        Released {
            names: vec![vec!["a".to_owned(), "old".to_owned()]],
            members: BTreeMap::from([("a".to_owned(), "a".to_owned())]),
            copies: BTreeSet::from(["vendor".to_owned()]),
        }
    }

    /// Returns the layout with these packages and links, of which `a` is to be released.
    fn layout(packages: &[(&str, &str)], links: &[(&str, &str)]) -> Layout {
        let released = released();
        let manifests = packages.iter().map(|(directory, name)| {
            let manifest = Manifest {
                name: Some((*name).to_owned()),
                ..Manifest::default()
            };
            ((*directory).to_owned(), Rc::new(manifest))
        });
        let links = links
            .iter()
            .map(|(path, target)| ((*path).to_owned(), Rc::from(*target)));
        let mut layout = Layout {
            manifests: manifests.collect(),
            links: links.collect(),
            ..Layout::default()
        };
        layout.grounds = Rc::new(layout.find_grounds(&released));
        layout
    }

    #[test]
    fn file_belongs_to_the_deepest_package() {
        for (packages, file, expected) in [
            (&[("a", "a")][..], "a/src/lib.rs", true),
            (&[("a", "a")], "ab/src/lib.rs", false),
            (&[("a", "a"), ("a/b", "b")], "a/b/src/lib.rs", false),
            (&[("", "b"), ("a", "a")], "a/src/lib.rs", true),
            (&[("", "b"), ("a", "a")], "x", false),
            (&[("", "a"), ("b", "b")], "x", true),
            (&[("c", "a"), ("a", "b")], "c/x", true),
            (&[("c", "a"), ("a", "b")], "a/x", false),
            // The present directory excludes others, and a copy is no package.
            (&[("c", "a"), ("a", "a")], "c/x", false),
            (&[("vendor", "a")], "vendor/x", false),
            // An earlier name counts without a later one.
            (&[("a", "old")], "a/x", true),
            (&[("a", "old"), ("c", "a")], "a/x", false),
        ] {
            assert_eq!(
                layout(packages, &[]).has(file),
                expected,
                "{packages:?} {file}"
            );
        }
    }

    #[test]
    fn submodule_belongs_to_a_package_that_links_into_it() {
        let layout = layout(&[("a", "a")], &[("a/x.rs", "../sm/x.rs")]);
        let blob = |kind| Blob {
            id: String::new(),
            kind,
        };
        assert!(layout.has_part_of("sm", &blob(BlobKind::Submodule)));
        assert!(!layout.has_part_of("s", &blob(BlobKind::Submodule)));
        assert!(!layout.has_part_of("sm", &blob(BlobKind::File)));
    }

    #[test]
    fn files_that_the_manifest_names_elsewhere_belong_to_the_package() {
        let root = "[workspace.package]\nreadme = 'R'\nlicense-file = 'L'\n";
        // The rest of the manifest, and a file that belongs to the package.
        for (keys, file, expected) in [
            ("", "L", false),
            ("license-file = '../L'", "L", true),
            ("license-file = '../L'", "R", false),
            ("readme.workspace = true", "R", true),
            ("readme = { workspace = true }", "R", true),
            ("readme.workspace = true", "L", false),
            ("readme = '..'", "x", false),
            ("readme = '../l/R'", "docs/R", true),
            ("readme = '../l/R'", "docs/x", false),
            ("readme = '../../R'", "R", false),
        ] {
            let a = format!("[package]\nname = 'a'\n{keys}\n");
            let read = |text: &str| Rc::new(Manifest::read(text.as_bytes()).unwrap());
            let mut layout = layout(&[("a", "a")], &[("l", "docs")]);
            layout.manifests.insert(String::new(), read(root));
            layout.manifests.insert("a".to_owned(), read(&a));
            layout.grounds = Rc::new(layout.find_grounds(&released()));
            assert_eq!(layout.has(file), expected, "{keys} {file}");
        }
    }

    #[test]
    fn links_of_a_package_are_followed_within_the_repository() {
        for (links, file, expected) in [
            (&[("a/src/x", "../../shared")][..], "shared/x.rs", true),
            (&[("a/x.rs", "../shared/x.rs")], "shared/x.rs", true),
            (&[("a/x.rs", "../shared/x.rs")], "shared/y.rs", false),
            (&[("a/x", "../l"), ("l", "shared")], "shared/x.rs", true),
            (&[("a/x", "../l/b"), ("l", "shared")], "l", true),
            (&[("a/x", "../l/b"), ("l", "/shared")], "l", true),
            (&[("a/x", "../l/b"), ("l", "shared")], "shared/c", false),
            (&[("a/x", "../l/b"), ("l", "shared")], "shared/b/x.rs", true),
            (&[("a/x", "../c"), ("c/y", "../d")], "d/x.rs", true),
            (&[("b/x", "../shared")], "shared/x.rs", false),
            (&[("a/x", "..")], "shared/x.rs", false),
            (&[("a/x", "../..")], "shared/x.rs", false),
            (&[("a/x", "/shared")], "shared/x.rs", false),
            (&[("a/x", "y"), ("a/y", "x")], "shared/x.rs", false),
            (
                &[("a/x", "../c-d"), ("c-d/y", "../e"), ("c-d-e", "z")],
                "e/f",
                true,
            ),
        ] {
            let layout = layout(&[("a", "a")], links);
            assert_eq!(layout.has(file), expected, "{links:?} {file}");
        }
    }
}
