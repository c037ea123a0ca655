//! Each piece of evidence, and the reason to run if it is missing.

use super::*;
use crate::workspace::{DeclaredDependency, DependencyKind};

const EXECUTABLE: &str = "/t/debug/deps/app-1";
const LIBRARY: &str = "/t/debug/deps/libapp-2.rlib";

/// A build in which everything proves that the suites of `app` need not run. `app` depends on `mid`, and `mid` on `base`;
/// `other` stands alone.
#[derive(Clone)]
struct State {
    evidence: Evidence,
    members: Vec<Member>,
    files: BTreeMap<String, String>,
    conditions: Option<Reason>,
    units: Vec<Artifact>,
    built_outside: Option<&'static str>,
    programs: BTreeMap<String, String>,
    digests: BTreeMap<String, String>,
}

impl State {
    fn new() -> Self {
        let names = ["Cargo.lock", "README.md", "app/build.rs", "app/src/lib.rs"];
        let more = [
            "app/tests/t.rs",
            "base/src/lib.rs",
            "base/tests/t.rs",
            "other/src/lib.rs",
        ];
        let files: BTreeMap<String, String> = names
            .into_iter()
            .chain(more)
            .map(|name| (name.to_owned(), "1".to_owned()))
            .collect();
        let users = |package: &str, is_library: bool| {
            let packages = BTreeSet::from([package.to_owned()]);
            match is_library {
                true => Users {
                    libraries: packages,
                    others: BTreeSet::new(),
                },
                false => Users {
                    libraries: BTreeSet::new(),
                    others: packages,
                },
            }
        };
        let compiled = [
            ("app/src/lib.rs", "app", true),
            ("app/tests/t.rs", "app", false),
            ("base/src/lib.rs", "base", true),
            ("base/tests/t.rs", "base", false),
            ("other/src/lib.rs", "other", true),
        ];
        let programs = BTreeMap::from([("/t/debug/tool".to_owned(), "9 1".to_owned())]);
        let tree = TestedTree {
            files: files.clone(),
            compiled: compiled
                .map(|(name, package, is_library)| (name.to_owned(), users(package, is_library)))
                .into(),
            readers: BTreeSet::new(),
            programs: programs.clone(),
        };
        let run = RunId("20261120-101502-4f2c91ab".to_owned());
        let digests: BTreeMap<String, String> = [EXECUTABLE, LIBRARY]
            .map(|file| (file.to_owned(), format!("content of {file}")))
            .into();
        let suite = |file: &str| RecordedSuite {
            run: run.clone(),
            package: "app".to_owned(),
            files: BTreeMap::from([(file.to_owned(), digests[file].clone())]),
            launch: "as before".to_owned(),
            record: "run/test/0000-app".to_owned(),
        };
        let suites = [
            (EXECUTABLE.to_owned(), suite(EXECUTABLE)),
            (doctests_of("app"), suite(LIBRARY)),
        ];
        Self {
            evidence: Evidence {
                runs: BTreeMap::from([(run.clone(), tree)]),
                suites: suites.into(),
                units: BTreeMap::new(),
            },
            members: vec![
                member("app", &["mid", "serde"]),
                member("base", &[]),
                member("mid", &["base"]),
                member("other", &[]),
            ],
            files,
            conditions: None,
            units: vec![
                unit("base", "lib", false, "/t/debug/deps/libbase-3.rlib"),
                unit("other", "lib", false, "/t/debug/deps/libother-4.rlib"),
                unit("app", "lib", false, LIBRARY),
                unit("app", "test", true, EXECUTABLE),
            ],
            built_outside: None,
            programs,
            digests,
        }
    }

    fn decide(&self) -> Decision {
        let mut changes = BTreeMap::new();
        for (id, tree) in &self.evidence.runs {
            let found = match &self.conditions {
                Some(reason) => Err(reason.clone()),
                None => tree.changes(&self.files),
            };
            changes.insert(id.clone(), found);
        }
        decide(
            &self.evidence,
            Present {
                members: &self.members,
                changes: &changes,
                units: &self.units,
                built_outside: self.built_outside,
                programs: &self.programs,
                digests: &self.digests,
            },
        )
    }

    fn edit(&mut self, file: &str) {
        self.files.insert(file.to_owned(), "2".to_owned());
    }

    fn tree(&mut self) -> &mut TestedTree {
        self.evidence.runs.values_mut().next().unwrap()
    }

    fn unit(&mut self, at: usize) -> &mut Artifact {
        &mut self.units[at]
    }
}

fn member(name: &str, dependencies: &[&str]) -> Member {
    let declared = dependencies.iter().map(|package| DeclaredDependency {
        package: (*package).to_owned(),
        rename: Some("renamed".to_owned()),
        kind: DependencyKind::Dev,
    });
    Member {
        name: name.to_owned(),
        declared: declared.collect(),
        ..Member::default()
    }
}

fn unit(package: &str, kind: &str, test: bool, file: &str) -> Artifact {
    Artifact {
        package: package.to_owned(),
        member: true,
        target_kind: kind.to_owned(),
        target: package.to_owned(),
        test,
        fresh: true,
        files: vec![file.to_owned()],
        executable: test.then(|| file.to_owned()),
    }
}

#[test]
fn suites_are_reused_if_nothing_they_depend_on_changed() {
    for (what, change) in [
        ("nothing", (|_| {}) as fn(&mut State)),
        ("a library that it does not link", |state| {
            state.edit("other/src/lib.rs");
            state.unit(1).fresh = false;
        }),
        ("a test of a library that it links", |state| {
            state.edit("base/tests/t.rs");
            state.units.push(Artifact {
                fresh: false,
                ..unit("base", "test", true, "/t/debug/deps/t-5")
            });
        }),
        ("a reader that it does not link", |state| {
            state.edit("other/src/lib.rs");
            state.tree().readers.insert("other".to_owned());
        }),
        ("a program that no code may start", |state| {
            state.edit("other/src/lib.rs");
            state.programs.clear();
        }),
        ("a reader, and no source", |state| {
            state.tree().readers.insert("app".to_owned());
        }),
    ] {
        let mut state = State::new();
        change(&mut state);
        let decision = state.decide();
        let reused: Vec<&str> = decision.reused.keys().map(String::as_str).collect();
        assert_eq!(reused, [EXECUTABLE, "doc app"], "{what}");
    }
}

#[test]
fn each_missing_piece_of_evidence_is_a_reason_to_run() {
    let tool = "/t/debug/tool";
    for (change, expected) in [
        (
            (|state| state.evidence.suites.clear()) as fn(&mut State),
            "no earlier run has a complete result that passed".to_owned(),
        ),
        (
            |state| state.evidence.runs.clear(),
            "no earlier run has a complete result that passed".to_owned(),
        ),
        (
            |state| state.conditions = Some(Reason::Conditions("RUSTFLAGS changed".to_owned())),
            "RUSTFLAGS changed".to_owned(),
        ),
        (
            |state| state.edit("README.md"),
            "README.md changed, which any test may read".to_owned(),
        ),
        (
            |state| state.edit("Cargo.lock"),
            "Cargo.lock changed, which any test may read".to_owned(),
        ),
        (
            |state| state.edit("app/build.rs"),
            "app/build.rs changed, which any test may read".to_owned(),
        ),
        (
            |state| state.edit("new.rs"),
            "new.rs changed, which any test may read".to_owned(),
        ),
        (
            |state| _ = state.files.remove("other/src/lib.rs"),
            "other/src/lib.rs changed, which any test may read".to_owned(),
        ),
        (
            |state| state.edit("app/src/lib.rs"),
            "app/src/lib.rs changed, a source of app".to_owned(),
        ),
        (
            |state| state.edit("app/tests/t.rs"),
            "app/tests/t.rs changed, a source of app".to_owned(),
        ),
        (
            |state| state.edit("base/src/lib.rs"),
            "base/src/lib.rs changed, a source of base".to_owned(),
        ),
        (
            |state| {
                state.edit("other/src/lib.rs");
                state.tree().readers.insert("base".to_owned());
            },
            "other/src/lib.rs changed, which its code may read or build".to_owned(),
        ),
        (
            |state| state.built_outside = Some("serde"),
            "cargo built serde again".to_owned(),
        ),
        (
            |state| state.unit(0).fresh = false,
            "cargo built base again".to_owned(),
        ),
        (
            |state| {
                state.units.push(Artifact {
                    fresh: false,
                    ..unit("app", "bin", false, "/t/debug/app")
                });
            },
            "cargo built app again".to_owned(),
        ),
        (
            |state| {
                state.units.push(Artifact {
                    fresh: false,
                    ..unit("mid", "custom-build", false, "/t/debug/build/mid")
                });
            },
            "cargo built mid again".to_owned(),
        ),
        (
            |state| {
                state.tree().readers.insert("app".to_owned());
                state.units.push(Artifact {
                    fresh: false,
                    ..unit("other", "lib", false, "/t/debug/deps/libother.so")
                });
            },
            "/t/debug/deps/libother.so changed, which its code may start".to_owned(),
        ),
        (
            |state| {
                state.tree().readers.insert("app".to_owned());
                state.programs.clear();
            },
            format!("{tool} changed, which its code may start"),
        ),
        (
            |state| {
                state.tree().readers.insert("mid".to_owned());
                state
                    .programs
                    .insert("/t/debug/tool".to_owned(), "9 2".to_owned());
            },
            format!("{tool} changed, which its code may start"),
        ),
    ] {
        let mut state = State::new();
        change(&mut state);
        let decision = state.decide();
        assert_eq!(decision.reused, BTreeMap::new(), "{expected}");
        let reasons = [EXECUTABLE, "doc app"].map(|key| decision.reasons[key].to_string());
        assert_eq!(reasons, [expected.clone(), expected]);
    }
}

#[test]
fn file_with_another_content_or_name_is_a_reason_to_run() {
    let mut state = State::new();
    state
        .digests
        .insert(EXECUTABLE.to_owned(), "other".to_owned());
    state.digests.remove(LIBRARY);
    let decision = state.decide();
    let digest = |file: &str| Reason::Digest {
        file: file.to_owned(),
    };
    assert_eq!(decision.reasons[EXECUTABLE], digest(EXECUTABLE));
    assert_eq!(decision.reasons["doc app"], digest(LIBRARY));

    let mut state = State::new();
    state.unit(2).files = vec!["/t/debug/deps/libapp-9.rlib".to_owned()];
    let suite = state.evidence.suites.get_mut(EXECUTABLE).unwrap();
    suite.files.clear();
    let decision = state.decide();
    assert_eq!(decision.reasons[EXECUTABLE], Reason::Unbuilt);
    assert_eq!(decision.reasons["doc app"], Reason::Unbuilt);
}

#[test]
fn suite_of_another_build_is_not_reused() {
    let mut state = State::new();
    state.units.truncate(2);
    let decision = state.decide();
    assert_eq!(decision.reused, BTreeMap::new());
    assert!(!decision.reasons.contains_key(EXECUTABLE));
}
