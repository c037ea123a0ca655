//! The journal of a release.
#![expect(clippy::disallowed_methods, reason = "tests set their own files up")]

use std::fs;

use crate::edit::steps::{self, Standing, State, Step};
use crate::edit::tests::{Place, changes};
use crate::edit::{Error, Obstacle};

fn state() -> State {
    State {
        plan: "digest".into(),
        steps: vec![
            Step::new("edit", "4 files"),
            Step::new("commit", "on abc"),
            Step::new("tag", "v2.0.0"),
        ],
        changes: changes(),
    }
}

#[test]
fn steps_are_remembered_in_their_order() {
    let place = Place::new();
    let (journal, clean) = (place.journal(), place.tree());
    assert_eq!(steps::open(&journal).unwrap(), None);
    let mut state = state();
    steps::begin(&journal, &state).unwrap();
    for (name, outcome) in [("edit", "4 files"), ("commit", "def"), ("tag", "v2.0.0")] {
        assert_eq!(state.next().unwrap().name, name);
        assert_eq!(state.done(name), None);
        steps::advance(&journal, &mut state, outcome).unwrap();
        assert_eq!(state.done(name), Some(outcome));
        assert_eq!(steps::open(&journal).unwrap().unwrap(), state);
    }
    assert_eq!((state.next(), state.done("push")), (None, None));
    steps::advance(&journal, &mut state, "no such step").unwrap();
    assert_eq!(steps::open(&journal).unwrap().unwrap(), state);
    steps::end(&journal).unwrap();
    assert_eq!(place.tree(), clean);
    steps::end(&journal).unwrap();
}

#[test]
fn one_release_at_a_time() {
    let place = Place::new();
    steps::begin(&place.journal(), &state()).unwrap();
    let before = place.tree();
    assert!(matches!(
        steps::begin(&place.journal(), &state()),
        Err(Error::Open { .. })
    ));
    assert_eq!(place.tree(), before);
}

#[test]
fn edits_within_a_release_leave_its_journal_alone() {
    let place = Place::new();
    let state = state();
    steps::begin(&place.journal(), &state).unwrap();
    assert_eq!(state.standing(place.root()), Standing::Old);
    place.apply(&state.changes).unwrap();
    assert_eq!(place.recover().unwrap(), None);
    assert_eq!(state.standing(place.root()), Standing::New);
    assert_eq!(steps::open(&place.journal()).unwrap(), Some(state));
}

#[test]
fn aborting_restores_every_byte_from_wherever_it_got() {
    let edits: [fn(&Place); 3] = [
        |_| {},
        |place| drop(place.apply(&changes()).unwrap()),
        |place| drop(place.apply(&changes()[..2]).unwrap()),
    ];
    for edit in edits {
        let place = Place::new();
        let old = place.tree();
        steps::begin(&place.journal(), &state()).unwrap();
        edit(&place);
        steps::abort(place.root(), &place.journal(), &state()).unwrap();
        assert_eq!(place.tree(), old);
        // Whoever died before the end aborts again.
        steps::abort(place.root(), &place.journal(), &state()).unwrap();
        assert_eq!(place.tree(), old);
    }
}

#[test]
fn aborting_stops_at_work_of_others() {
    let place = Place::new();
    steps::begin(&place.journal(), &state()).unwrap();
    place.apply(&changes()).unwrap();
    place.0.write("Cargo.toml", "mine");
    let before = place.tree();
    let odd = Obstacle {
        path: "Cargo.toml".into(),
        why: "it was changed meanwhile".into(),
    };
    assert_eq!(state().standing(place.root()), Standing::Mixed(vec![odd]));
    let error = steps::abort(place.root(), &place.journal(), &state()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot edit Cargo.toml (it was changed since it was read)"
    );
    assert_eq!(place.tree(), before);
}

#[test]
fn a_journal_of_steps_that_is_cut_off_is_refused() {
    let place = Place::new();
    steps::begin(&place.journal(), &state()).unwrap();
    let file = place.journal().join("release");
    let whole = fs::read(&file).unwrap();
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(
            matches!(
                steps::open(&place.journal()),
                Err(Error::Damaged { begun: true, .. })
            ),
            "{length}"
        );
    }
}
