//! What stands in the way: found before anything is written, all at once.
#![expect(clippy::disallowed_methods, reason = "tests set their own files up")]

use std::fs;
use std::path::Path;

use crate::change::Change;
use crate::edit::tests::{Place, changes};
use crate::edit::{Error, apply_after, check};
#[cfg(unix)]
use crate::tests::Scratch;

/// The obstacles of a change that cannot be made; the tree must be untouched.
fn refused(place: &Place, changes: &[Change]) -> Vec<String> {
    let before = place.tree();
    let shown = |result: Result<(), Error>| match result {
        Err(Error::Obstacles(files)) => files.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let checked = shown(check(place.root(), changes));
    assert_eq!(shown(place.apply(changes).map(drop)), checked);
    assert_eq!(place.tree(), before);
    checked
}

#[test]
fn every_obstacle_is_named_at_once() {
    let place = Place::new();
    place.0.write("sealed", "1");
    let sealed = place.root().join("sealed");
    let mut permissions = fs::metadata(&sealed).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&sealed, permissions).unwrap();
    let table = [
        (
            Change::edit("Cargo.toml", "version 0", "version 2"),
            "Cargo.toml: it was changed since it was read",
        ),
        (
            Change::edit("gone.toml", "1", "2"),
            "gone.toml: it no longer exists",
        ),
        (
            Change::remove("none/gone.toml", "1"),
            "none/gone.toml: it no longer exists",
        ),
        (Change::create("old.md", "2"), "old.md: it exists already"),
        (
            Change::create("none/new.md", "2"),
            "none/new.md: its directory does not exist",
        ),
        (Change::edit("a", "1", "2"), "a: it is not a file"),
        (Change::edit("sealed", "1", "2"), "sealed: it is read-only"),
        (
            Change::edit("../x", "1", "2"),
            "../x: it is not a path within the workspace",
        ),
        (
            Change::edit("a/../old.md", "1", "2"),
            "a/../old.md: it is not a path within the workspace",
        ),
        (
            Change::edit("/etc/hosts", "1", "2"),
            "/etc/hosts: it is not a path within the workspace",
        ),
        (
            Change::edit("", "1", "2"),
            ": it is not a path within the workspace",
        ),
        (
            Change::create("new/", "2"),
            "new/: it is not a path within the workspace",
        ),
        (
            Change::create(".git/hooks/pre-commit", "2"),
            ".git/hooks/pre-commit: it is not a path within the workspace",
        ),
        (
            Change::create("a/.GIT/config", "2"),
            "a/.GIT/config: it is not a path within the workspace",
        ),
        (
            Change::create(".campaign/lock", "2"),
            ".campaign/lock: it is not a path within the workspace",
        ),
    ];
    let good = Change::edit("a/Cargo.toml", "version 1\r\n", "2");
    let changes: Vec<Change> = table
        .iter()
        .map(|(change, _)| change.clone())
        .chain([good])
        .collect();
    assert_eq!(
        refused(&place, &changes),
        table.map(|(_, why)| why.to_owned())
    );
}

#[test]
fn one_file_cannot_become_two_things() {
    let place = Place::new();
    let edit = |after: &str| Change::edit("Cargo.toml", "version 1", after);
    assert_eq!(
        refused(&place, &[edit("2"), edit("3"), edit("2")]),
        ["Cargo.toml: another change of Cargo.toml is planned"]
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_workspace_alone() {
    use std::os::unix::fs::symlink;
    let (place, outside) = (Place::new(), Scratch::new());
    let victim = fs::canonicalize(outside.write("victim", "1")).unwrap();
    let folder = victim.parent().unwrap();
    fs::create_dir(place.root().join(".git")).unwrap();
    let link = |from: &Path, name: &str| symlink(from, place.root().join(name)).unwrap();
    link(&victim, "file");
    link(folder, "folder");
    link(Path::new(".git"), "git");
    link(Path::new("nowhere"), "dangling");
    fs::hard_link(place.root().join("Cargo.toml"), place.root().join("second")).unwrap();
    let table = [
        (
            Change::edit("file", "1", "2"),
            format!("file: it is a link that leads to {}", victim.display()),
        ),
        (
            Change::edit("folder/victim", "1", "2"),
            format!(
                "folder/victim: it lies at {}, which must not be edited",
                victim.display()
            ),
        ),
        (
            Change::create("folder/new", "2"),
            format!(
                "folder/new: it lies at {}/new, which must not be edited",
                folder.display()
            ),
        ),
        (
            Change::create("git/config", "2"),
            format!(
                "git/config: it lies at {}/.git/config, which must not be edited",
                fs::canonicalize(place.root()).unwrap().display()
            ),
        ),
        (
            Change::edit("dangling", "1", "2"),
            "dangling: it leads nowhere: No such file or directory (os error 2)".to_owned(),
        ),
        (
            Change::create("dangling", "2"),
            "dangling: it exists already".to_owned(),
        ),
        (
            Change::edit("Cargo.toml", "version 1", "2"),
            "Cargo.toml: it is a hard link: its other names would keep the old content".to_owned(),
        ),
    ];
    let changes: Vec<Change> = table.iter().map(|(change, _)| change.clone()).collect();
    assert_eq!(refused(&place, &changes), table.map(|(_, why)| why));
    assert_eq!(fs::read(&victim).unwrap(), b"1");
}

/// Somebody does this while the result is looked at.
type Meddling = fn(&Path);

#[test]
fn what_changes_after_the_plan_is_refused() {
    let table: [(Meddling, &str); 4] = [
        (
            |root| fs::write(root.join("Cargo.toml"), "mine").unwrap(),
            "Cargo.toml (it was changed during the edit)",
        ),
        (
            |root| fs::remove_file(root.join("Cargo.toml")).unwrap(),
            "Cargo.toml (it was changed during the edit)",
        ),
        (
            |root| fs::write(root.join("a/new.md"), "mine").unwrap(),
            "a/new.md (it was changed during the edit)",
        ),
        (
            |root| {
                fs::remove_file(root.join("old.md")).unwrap();
                fs::create_dir(root.join("old.md")).unwrap();
            },
            "old.md (it is no longer a file)",
        ),
    ];
    for (meddle, why) in table {
        let place = Place::new();
        let error = apply_after(place.root(), &place.journal(), &changes(), &mut || {
            meddle(place.root());
            Ok(())
        });
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("cannot edit {why}; no file was changed")
        );
        let expected = Place::new();
        meddle(expected.root());
        assert_eq!(
            place.tree(),
            expected.tree(),
            "{why}: only what they did themselves is changed"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_folder_swapped_for_a_link_is_not_followed() {
    let (place, outside) = (Place::new(), Scratch::new());
    outside.write("Cargo.toml", "version 1\r\n");
    let error = apply_after(place.root(), &place.journal(), &changes(), &mut || {
        fs::rename(place.root().join("a"), place.root().join("b"))?;
        Ok(std::os::unix::fs::symlink(
            outside.path(),
            place.root().join("a"),
        )?)
    });
    let expected = "cannot edit a/Cargo.toml (its directory was moved), a/new.md (its directory was moved); no file was changed";
    assert_eq!(error.unwrap_err().to_string(), expected);
    assert_eq!(
        fs::read(outside.path().join("Cargo.toml")).unwrap(),
        b"version 1\r\n"
    );
}
