//! Edits whose process died: every state that it can leave, journals that are damaged, and files changed since.
#![expect(clippy::disallowed_methods, reason = "tests set their own files up")]

use std::fs;
use std::path::PathBuf;

use crate::change::Change;
use crate::edit::tests::{Place, Tree, changed, changes};
use crate::edit::{Error, is_open};
#[cfg(unix)]
use crate::tests::Scratch;

/// What became of one file until the process died.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Left {
    /// Staged, the original in place.
    Staged,
    /// In place already.
    Swapped,
    /// The original in place; what was staged is lost.
    Lost,
    /// The original in place; what was staged is cut off.
    Torn,
    /// Somebody moved the original away.
    Away,
}

const LEFT: [Left; 5] = [
    Left::Staged,
    Left::Swapped,
    Left::Lost,
    Left::Torn,
    Left::Away,
];

/// How far the journal says it is.
const PHASES: [&str; 3] = ["edit", "edit.commit", "edit.undo"];

impl Place {
    /// The only file in the folder of journals.
    fn journal_file(&self) -> PathBuf {
        let entries: Vec<_> = fs::read_dir(self.journal()).unwrap().flatten().collect();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].path()
    }

    /// An edit that died in this phase, with each file as told.
    fn died(&self, phase: &str, left: &[Left]) {
        self.die(&changes());
        fs::rename(self.journal().join("edit"), self.journal().join(phase)).unwrap();
        for (change, left) in changes().iter().zip(left) {
            let target = self.root().join(&change.path);
            let name = target.file_name().unwrap().to_str().unwrap();
            let mut entries = fs::read_dir(target.parent().unwrap()).unwrap().flatten();
            let prefix = format!(".{name}.campaign-");
            let staged =
                entries.find(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
            let staged = staged.map(|entry| entry.path());
            match (left, staged) {
                (Left::Staged, _) => {}
                (Left::Swapped, Some(staged)) => fs::rename(staged, target).unwrap(),
                (Left::Swapped | Left::Away, None) => fs::remove_file(target).unwrap(),
                (Left::Lost, Some(staged)) => fs::remove_file(staged).unwrap(),
                (Left::Torn, Some(staged)) => fs::write(staged, "v").unwrap(),
                (Left::Away, Some(_)) if change.before.is_some() => {
                    fs::remove_file(target).unwrap()
                }
                (Left::Lost | Left::Torn | Left::Away, _) => {}
            }
        }
    }
}

#[test]
fn every_state_ends_all_old_or_all_new() {
    let some = [Left::Staged, Left::Swapped, Left::Torn];
    let pairs = LEFT.iter().flat_map(|a| some.iter().map(move |b| (*a, *b)));
    for (a, b) in pairs {
        for (c, d) in some
            .iter()
            .flat_map(|c| some[..2].iter().map(move |d| (*c, *d)))
        {
            PHASES
                .iter()
                .for_each(|phase| ends_well(phase, [a, b, c, d]));
        }
    }
}

fn ends_well(phase: &str, left: [Left; 4]) {
    // Before the commit no original is touched by us, and what others do to it is theirs.
    if phase == "edit" && left.iter().any(|l| matches!(l, Left::Swapped | Left::Away)) {
        return;
    }
    let place = Place::new();
    let (old, new) = (place.tree(), changed(place.tree(), &changes()));
    place.died(phase, &left);
    let recovered = place.recover().unwrap().unwrap();
    let (tree, told) = if phase == "edit.commit" {
        (new, "Finished")
    } else {
        (old, "TakenBack")
    };
    assert_eq!(place.tree(), tree, "{phase} {left:?}");
    assert!(format!("{recovered:?}").starts_with(told), "{recovered:?}");
    assert_eq!(place.recover().unwrap(), None);
}

#[test]
fn before_the_commit_foreign_changes_are_left_alone() {
    let place = Place::new();
    place.die(&changes());
    place.0.write("Cargo.toml", "mine");
    fs::remove_file(place.root().join("old.md")).unwrap();
    place.recover().unwrap();
    let expected = Place::new();
    expected.0.write("Cargo.toml", "mine");
    fs::remove_file(expected.root().join("old.md")).unwrap();
    assert_eq!(place.tree(), expected.tree());
}

#[test]
fn after_the_commit_foreign_changes_stop_it_until_they_are_moved_away() {
    for (phase, outcome) in [("edit.commit", "version 2"), ("edit.undo", "version 1")] {
        let place = Place::new();
        place.died(
            phase,
            &[Left::Staged, Left::Swapped, Left::Staged, Left::Staged],
        );
        place.0.write("Cargo.toml", "mine");
        let before = place.tree();
        let error = place.recover().unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot continue an interrupted edit: Cargo.toml (it was changed during the edit)",
            "{phase}"
        );
        assert_eq!(
            error.hint().unwrap(),
            "move your version of them away and repeat the command"
        );
        assert_eq!(place.tree(), before, "nothing is touched");
        fs::remove_file(place.root().join("Cargo.toml")).unwrap();
        place.recover().unwrap();
        assert_eq!(
            fs::read_to_string(place.root().join("Cargo.toml")).unwrap(),
            outcome
        );
        assert!(!place.journal().exists());
    }
}

#[test]
fn an_open_edit_must_be_recovered_before_the_next() {
    let place = Place::new();
    place.die(&changes());
    assert!(is_open(&place.journal()));
    let before = place.tree();
    assert!(matches!(
        place.apply(&[Change::edit("a/Cargo.toml", "version 1\r\n", "3")]),
        Err(Error::Open { .. })
    ));
    assert_eq!(place.tree(), before);
    place.recover().unwrap();
    assert!(!is_open(&place.journal()));
    place.apply(&changes()).unwrap();
}

/// An edit that died in this phase, and its journal.
fn dead(phase: &str) -> (Place, Tree, Vec<u8>) {
    let place = Place::new();
    let old = place.tree();
    place.died(
        phase,
        &[if phase == "edit" {
            Left::Staged
        } else {
            Left::Swapped
        }; 2],
    );
    let bytes = fs::read(place.journal_file()).unwrap();
    (place, old, bytes)
}

/// Recovers with each of these in place of the journal. It must refuse and touch nothing, or take back what never began.
fn damaged(phase: &str, variants: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> Vec<Option<Error>> {
    let (mut place, mut old, bytes) = dead(phase);
    let mut list = variants(&bytes);
    let mut errors = Vec::new();
    for at in 0..list.len() {
        fs::write(place.journal_file(), &list[at]).unwrap();
        let before = place.tree();
        match place.recover() {
            Ok(_) => {
                assert_eq!((phase, place.tree()), ("edit", old));
                errors.push(None);
                // The next journal is bound to a directory of its own.
                let bytes;
                (place, old, bytes) = dead(phase);
                list = variants(&bytes);
            }
            Err(error) => {
                assert_eq!(place.tree(), before, "{error}");
                errors.push(Some(error));
            }
        }
    }
    errors
}

#[test]
fn a_journal_cut_off_anywhere_is_never_half_applied() {
    let whole = dead("edit").2;
    let after =
        |text: &[u8]| whole.windows(text.len()).position(|w| w == text).unwrap() + text.len();
    let (listed, line) = (after(b"\"old.md\""), after(b"}\n"));
    for phase in PHASES {
        let cut = damaged(phase, |bytes| {
            (0..bytes.len())
                .map(|length| bytes[..length].to_vec())
                .collect()
        });
        for (length, error) in cut.into_iter().enumerate() {
            // To throw staged files away, their list is enough.
            assert_eq!(
                error.is_none(),
                phase == "edit" && length >= line,
                "{phase} {length}"
            );
            let Some(error) = error.filter(|_| phase != "edit" && length >= listed) else {
                continue;
            };
            let shown = error.to_string();
            assert!(
                shown.ends_with("; it may have changed Cargo.toml, a/Cargo.toml, a/new.md, old.md"),
                "{shown}"
            );
            assert!(
                error
                    .hint()
                    .unwrap()
                    .starts_with("check these files, then rm ")
            );
        }
    }
}

#[test]
fn a_journal_with_any_byte_changed_is_never_half_applied() {
    let flip = |bytes: &[u8], at: usize| {
        bytes
            .iter()
            .enumerate()
            .map(|(i, b)| b ^ (u8::from(i == at) << 5))
            .collect()
    };
    for phase in PHASES {
        let flipped = damaged(phase, |bytes| {
            (0..bytes.len()).map(|at| flip(bytes, at)).collect()
        });
        assert!(flipped.iter().all(Option::is_some) || phase == "edit");
        assert!(flipped.len() > 400);
    }
}

/// A first line with a checksum that fits.
fn sealed(rest: &str) -> Vec<u8> {
    format!(
        "{{\"sha256\":\"{}\",{rest}",
        crate::store::digest(rest.as_bytes())
    )
    .into_bytes()
}

#[test]
fn a_journal_of_a_later_version_is_refused_by_name() {
    for phase in PHASES {
        let later = || sealed("\"format\":2,\"tool\":\"9.1.0\",\"parts\":[]}\n");
        let error = damaged(phase, |_| vec![later()]).remove(0).unwrap();
        assert!(error.to_string().ends_with(&format!(
            "{phase} has format 2, written by cargo-campaign 9.1.0"
        )));
        assert_eq!(error.hint().unwrap(), "use cargo-campaign 9.1.0 or later");
    }
}

#[test]
fn a_forged_journal_reaches_nothing_outside() {
    let journal = |path: &str, modes: &str, token: &str| {
        let body = crate::store::digest(b"x");
        sealed(&format!(
            "\"format\":1,\"tool\":\"0.1.0\",\"body\":\"{body}\",\
             \"files\":[{{\"path\":\"{path}\",\"before\":null,\"after\":1}}],\
             \"about\":{{\"token\":\"{token}\",\"modes\":{modes}}}}}\n"
        ))
    };
    let table = [
        (
            journal("../evil", "[null]", "00"),
            "it contains files outside the workspace",
        ),
        (
            journal("/evil", "[null]", "00"),
            "it contains files outside the workspace",
        ),
        (
            journal(".git/hooks/post-commit", "[null]", "00"),
            "it contains files outside the workspace",
        ),
        (journal("x", "[]", "00"), "its parts are inconsistent"),
        (
            journal("x", "[null]", "/../../evil"),
            "its parts are inconsistent",
        ),
        (
            sealed("\"format\":1,\"tool\":\"0.1.0\"}\n"),
            "it has unknown content",
        ),
        (b"hello\n".to_vec(), "it is not a journal"),
    ];
    for (bytes, why) in table {
        for phase in PHASES {
            let error = damaged(phase, |_| vec![[&bytes[..], b"x"].concat()])
                .remove(0)
                .unwrap()
                .to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}

#[test]
fn lengths_beyond_the_body_are_damage() {
    let body = crate::store::digest(b"x");
    let rest = format!(
        "\"format\":1,\"tool\":\"0.1.0\",\"body\":\"{body}\",\"files\":[{{\"path\":\"x\",\"before\":null,\"after\":9}}],\
         \"about\":{{\"token\":\"00\",\"modes\":[null]}}}}\n"
    );
    let error = damaged("edit.commit", |_| vec![[&sealed(&rest)[..], b"x"].concat()])
        .remove(0)
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("its contents are shorter than its list"),
        "{error}"
    );
}

#[test]
fn two_journals_at_once_are_damage() {
    let place = Place::new();
    place.die(&changes());
    fs::copy(
        place.journal().join("edit"),
        place.journal().join("edit.commit"),
    )
    .unwrap();
    let before = place.tree();
    assert!(matches!(place.recover(), Err(Error::Damaged { .. })));
    assert_eq!(place.tree(), before);
}

#[test]
fn a_journal_that_cannot_be_read_waits() {
    let place = Place::new();
    fs::create_dir_all(place.journal().join("edit.commit")).unwrap();
    let error = place.recover().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("; the edit is neither complete nor undone"),
        "{error}"
    );
    assert_eq!(
        error.hint().unwrap(),
        "fix the problem; the next command continues the edit"
    );
}

#[test]
fn what_a_dying_writer_of_a_journal_left_is_cleared() {
    let place = Place::new();
    let clean = place.tree();
    place.0.write(".campaign/journal/.tmp-12-0", "{\"sha");
    assert_eq!(place.recover().unwrap(), None);
    assert_eq!(place.tree(), clean);
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_the_journals_is_refused() {
    let (place, outside) = (Place::new(), Scratch::new());
    outside.write(".tmp-1-1", "keep");
    std::os::unix::fs::symlink(outside.path(), place.journal()).unwrap();
    assert!(matches!(place.recover(), Err(Error::Io { .. })));
    assert!(matches!(place.apply(&changes()), Err(Error::Io { .. })));
    assert!(outside.path().join(".tmp-1-1").exists());
}

#[cfg(unix)]
#[test]
fn journal_copied_from_elsewhere_is_refused() {
    for phase in PHASES {
        let place = Place::new();
        place.died(phase, &[Left::Staged; 4]);
        let (journal, away) = (place.journal(), place.root().join("away"));
        fs::rename(&journal, &away).unwrap();
        fs::create_dir(&journal).unwrap();
        fs::copy(away.join(phase), journal.join(phase)).unwrap();
        let before = place.tree();
        assert!(
            matches!(place.recover(), Err(Error::Foreign { .. })),
            "{phase}"
        );
        assert_eq!(place.tree(), before, "{phase}");
    }
}
