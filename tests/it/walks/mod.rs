//! Whole campaigns, command by command: what every command prints and how it ends, on the fixtures, as people see it.
//!
//! One file per fixture, each with one transcript. After a change of the screens:
//! `cargo test --test it -- --ignored accept`, and read the difference.
#![cfg(unix)]
mod broken;
mod clean;
mod own;
mod riptide;
mod scope;
mod tests;
mod warnings;

use std::fs;

use crate::harness::{Sandbox, Walk, difference, repository};

/// A transcript and where it stands.
struct Case {
    /// Below this folder.
    file: &'static str,
    /// The fixture it is walked on.
    fixture: &'static str,
    /// What was recorded, after an empty line.
    text: &'static str,
}

impl Case {
    /// The transcript as it should be.
    fn walked(&self) -> String {
        let sandbox = Sandbox::named(self.fixture);
        sandbox.git_init();
        format!("\n{}", Walk::of(sandbox).run(self.text.trim_start()))
    }
}

#[track_caller]
fn check(case: &Case) {
    if let Some(difference) = difference(&case.walked(), case.text) {
        let is_news = |line: &&str| !line.starts_with("  ") && !line.ends_with(" ...\n");
        let changed: String = difference.split_inclusive('\n').filter(is_news).collect();
        panic!(
            "{} differs (- recorded, + the program):\n{changed}",
            case.file
        );
    }
}

#[test]
#[ignore = "rewrites the transcripts; read the difference"]
fn accept() {
    let cases = [
        broken::CASE,
        clean::CASE,
        own::CASE,
        riptide::CASE,
        scope::CASE,
        tests::CASE,
        warnings::CASE,
    ];
    for case in cases {
        let path = repository().join("tests/it/walks").join(case.file);
        let source = fs::read_to_string(&path).expect("it is compiled in");
        assert_eq!(source.matches(case.text).count(), 1, "{}", case.file);
        fs::write(&path, source.replace(case.text, &case.walked()))
            .expect("the repository can be written");
    }
}
