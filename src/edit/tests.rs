//! Trees before and after. What stands in the way is with `place`, what a dead process leaves with `journal`.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::*;
use crate::tests::Scratch;

/// What is in a folder: path, then content (links by where they lead).
pub(super) type Tree = BTreeMap<String, Vec<u8>>;

/// A workspace of three files and the store's folder.
pub(super) struct Place(pub(super) Scratch);

impl Place {
    pub(super) fn new() -> Self {
        let place = Self(Scratch::in_memory());
        for (file, content) in [
            ("Cargo.toml", "version 1"),
            ("a/Cargo.toml", "version 1\r\n"),
            ("old.md", "old"),
        ] {
            place.0.write(file, content);
        }
        fs::create_dir(place.0.path().join(".campaign")).unwrap();
        place
    }

    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.root().join(".campaign/journal")
    }

    pub(super) fn apply(&self, changes: &[Change]) -> Result<Applied, Error> {
        apply(self.root(), &self.journal(), changes)
    }

    pub(super) fn recover(&self) -> Result<Option<Recovered>, Error> {
        recover(self.root(), &self.journal())
    }

    /// Everything below the root.
    pub(super) fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        read(self.root(), "", &mut tree);
        tree
    }

    /// An edit whose process died when all was staged.
    pub(super) fn die(&self, changes: &[Change]) {
        let die = || {
            apply_after(self.root(), &self.journal(), changes, &mut || {
                std::panic::resume_unwind(Box::new(()))
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(die)).is_err());
    }
}

fn read(dir: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            tree.insert(format!("{name}/"), Vec::new());
            read(&entry.path(), &format!("{name}/"), tree);
        } else if kind.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap();
            tree.insert(name, format!("-> {}", target.display()).into_bytes());
        } else {
            tree.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

/// Two edits, one new file, one removed.
pub(super) fn changes() -> Vec<Change> {
    vec![
        Change::edit("Cargo.toml", "version 1", "version 2"),
        Change::edit("a/Cargo.toml", "version 1\r\n", "version 2\r\n"),
        Change::create("a/new.md", [0xff, b'\n', 0]),
        Change::remove("old.md", "old"),
    ]
}

/// The tree after these changes.
pub(super) fn changed(mut tree: Tree, changes: &[Change]) -> Tree {
    for change in changes {
        match &change.after {
            Some(content) => tree.insert(change.path.clone(), content.clone()),
            None => tree.remove(&change.path),
        };
    }
    tree
}

#[test]
fn all_changes_happen_and_nothing_else() {
    let place = Place::new();
    let old = place.tree();
    let applied = place.apply(&changes()).unwrap();
    assert_eq!(
        applied.files,
        ["Cargo.toml", "a/Cargo.toml", "a/new.md", "old.md"]
    );
    assert_eq!(place.tree(), changed(old, &changes()));
    assert_eq!(place.recover().unwrap(), None);
}

#[test]
fn a_change_and_its_reverse_restore_the_tree() {
    let place = Place::new();
    let old = place.tree();
    place.apply(&changes()).unwrap();
    let back: Vec<Change> = changes().into_iter().map(Change::reversed).collect();
    place.apply(&back).unwrap();
    assert_eq!(place.tree(), old);
}

#[test]
fn changes_of_nothing_touch_nothing() {
    let place = Place::new();
    let modified = || {
        fs::metadata(place.root().join("Cargo.toml"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = modified();
    let applied = place
        .apply(&[Change::edit("Cargo.toml", "version 1", "version 1")])
        .unwrap();
    assert_eq!((applied, modified()), (Applied::default(), before));
    assert_eq!(place.apply(&[]).unwrap(), Applied::default());
}

#[test]
fn new_contents_are_complete_before_an_original_is_replaced() {
    let place = Place::new();
    let old = place.tree();
    let mut staged = Vec::new();
    let error = apply_after(place.root(), &place.journal(), &changes(), &mut || {
        let tree = place.tree();
        for change in changes() {
            assert_eq!(tree.get(&change.path), change.before.as_ref());
        }
        staged = tree.into_values().collect();
        anyhow::bail!("it does not resolve")
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "the result does not hold: it does not resolve; no file was changed"
    );
    for after in changes().into_iter().filter_map(|change| change.after) {
        assert!(
            staged.contains(&after),
            "{}",
            String::from_utf8_lossy(&after)
        );
    }
    assert_eq!(place.tree(), old, "nothing is left of what was refused");
}

#[cfg(unix)]
#[test]
fn mode_and_link_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    fs::create_dir(place.root().join("b")).unwrap();
    symlink("../a/Cargo.toml", place.root().join("b/Cargo.toml")).unwrap();
    let real = place.root().join("a/Cargo.toml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o751)).unwrap();
    // Two names of one file are one edit.
    let edit = |path: &str| Change::edit(path, "version 1\r\n", "version 2\r\n");
    let applied = place
        .apply(&[edit("b/Cargo.toml"), edit("a/Cargo.toml")])
        .unwrap();
    assert_eq!(applied.files, ["a/Cargo.toml"]);
    assert_eq!(fs::read(&real).unwrap(), b"version 2\r\n");
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o7777,
        0o751
    );
    assert_eq!(
        fs::read_link(place.root().join("b/Cargo.toml")).unwrap(),
        Path::new("../a/Cargo.toml")
    );
}
