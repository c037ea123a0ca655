//! Names of tests that are the same in every run.

use std::collections::BTreeMap;

use crate::event::{Suite, TestCase};
use crate::snapshot::{SuiteId, TestId};

/// Returns the cases of a suite with their ids (see [`TestId`]), which are unique in the suite.
///
/// rustdoc names a doctest by item and line: `src/lib.rs - pool::get (line 12)`. The line is
/// removed, because it changes with edits elsewhere in the file. The second doctest of an item, in
/// the order of lines, gets ` #2`, as does any other name that occurs twice.
pub(super) fn ids(suite: &Suite) -> Vec<(String, &TestCase)> {
    let doc = suite.target_kind == "doc";
    let mut named: Vec<(String, u32, &TestCase)> = suite
        .cases
        .iter()
        .map(|case| {
            let (name, line) = if doc {
                without_line(&case.name)
            } else {
                (case.name.clone(), 0)
            };
            (name, line, case)
        })
        .collect();
    // Tests run in parallel, so the order of their results varies.
    named.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));

    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    named
        .into_iter()
        .map(|(name, _, case)| {
            let n = seen.entry(name.clone()).or_default();
            *n += 1;
            let name = if *n == 1 {
                name
            } else {
                format!("{name} #{n}")
            };
            let suite = SuiteId::new(&suite.package, &suite.target_kind, &suite.target);
            (TestId { suite, name: &name }.to_string(), case)
        })
        .collect()
}

/// Returns a doctest's name without the line, and the line: `src/lib.rs - f - compile fail` and 12
/// for `src/lib.rs - f (line 12) - compile fail`. The name for a doctest of the file itself
/// (`src/lib.rs - (line 3)`) is `src/lib.rs`.
fn without_line(name: &str) -> (String, u32) {
    let Some((before, after)) = name.rsplit_once("(line ") else {
        return (name.to_owned(), 0);
    };
    let Some((line, rest)) = after.split_once(')') else {
        return (name.to_owned(), 0);
    };
    let Ok(line) = line.parse() else {
        return (name.to_owned(), 0);
    };
    let item = before.trim_end();
    let item = item.strip_suffix(" -").unwrap_or(item);
    (format!("{item}{rest}"), line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Harness, Outcome};

    fn check(kind: &str, names: &[&str], expected: &[&str]) {
        let cases = names.iter().map(|name| TestCase {
            name: (*name).into(),
            outcome: Outcome::Passed,
            seconds: None,
            output: None,
        });
        let suite = Suite {
            package: "core".into(),
            target_kind: kind.into(),
            target: "core".into(),
            harness: Harness::Doctest,
            cases: cases.collect(),
            filtered: 0,
            unreadable: false,
            cause: Default::default(),
            incomplete: None,
            exit: 0,
            seconds: 0.0,
            tail: None,
            record: None,
            reused: None,
        };
        let ids: Vec<String> = ids(&suite).into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn doctest_is_identified_by_item_and_ordinal() {
        check(
            "doc",
            &[
                "src/lib.rs - f (line 120)",
                "src/lib.rs - f (line 12)",
                "src/lib.rs - (line 3)",
                "src/lib.rs - f (line 9) - compile fail",
                "README.md - title (line x)",
                "odd (line 4",
            ],
            &[
                "core doc README.md - title (line x)",
                "core doc odd (line 4",
                "core doc src/lib.rs",
                "core doc src/lib.rs - f",
                "core doc src/lib.rs - f #2",
                "core doc src/lib.rs - f - compile fail",
            ],
        );
    }

    #[test]
    fn duplicate_name_of_a_unit_test_gets_an_ordinal() {
        check(
            "lib",
            &["a::b", "a (line 3)", "a::b"],
            &["core a (line 3)", "core a::b", "core a::b #2"],
        );
        check("test", &["it"], &["core test:core it"]);
        check("cdylib", &["it"], &["core it"]);
    }
}
