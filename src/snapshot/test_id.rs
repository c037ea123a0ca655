//! Ids of tests and suites, which are the same in every run.

use std::fmt;

/// The tests of one target: `core lib`, `core doc` or `core test:it`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteId<'a> {
    /// The package. It contains no space.
    pub package: &'a str,
    /// The target.
    pub target: SuiteTarget<'a>,
}

/// The target of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuiteTarget<'a> {
    /// The unit tests of the library.
    Lib,
    /// The doctests of the library.
    Doc,
    /// A binary, test, example or benchmark.
    Named {
        /// One of [`KINDS`].
        kind: &'a str,
        /// The name of the target.
        name: &'a str,
    },
}

/// The kinds of targets that have a name of their own.
const KINDS: [&str; 4] = ["bin", "test", "example", "bench"];

impl<'a> SuiteTarget<'a> {
    /// Returns the target of this kind and name. Every crate type of a library (`cdylib`,
    /// `proc-macro`) is `Lib`.
    pub fn new(kind: &'a str, name: &'a str) -> Self {
        match kind {
            "doc" => Self::Doc,
            kind if KINDS.contains(&kind) => Self::Named { kind, name },
            _ => Self::Lib,
        }
    }

    /// Reads the label of a target. `None` for a word that is the name of a test of the library.
    fn parse(label: &'a str) -> Option<Self> {
        if label == "doc" {
            return Some(Self::Doc);
        }
        let (kind, name) = label.split_once(':')?;
        // A unit test may be in a module `test`: `test::works` is a path and names no target.
        (KINDS.contains(&kind) && !name.starts_with(':')).then_some(Self::Named { kind, name })
    }
}

impl<'a> SuiteId<'a> {
    /// Returns the suite of a target.
    pub fn new(package: &'a str, kind: &'a str, target: &'a str) -> Self {
        Self {
            package,
            target: SuiteTarget::new(kind, target),
        }
    }

    /// Reads the id of a suite.
    pub fn parse(id: &'a str) -> Self {
        TestId::parse(id).suite
    }
}

impl fmt::Display for SuiteId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let package = self.package;
        match self.target {
            SuiteTarget::Lib => write!(f, "{package} lib"),
            SuiteTarget::Doc => write!(f, "{package} doc"),
            SuiteTarget::Named { kind, name } => write!(f, "{package} {kind}:{name}"),
        }
    }
}

/// A test: `core pool::works`, `core doc src/lib.rs - f` or `core test:it works`.
///
/// Runs and pins have these texts as keys, so their form does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestId<'a> {
    /// Its suite.
    pub suite: SuiteId<'a>,
    /// Its name. That of a doctest has an ordinal within the item instead of the line, so that the
    /// id survives moved lines.
    pub name: &'a str,
}

impl<'a> TestId<'a> {
    /// Reads the id of a test.
    pub fn parse(id: &'a str) -> Self {
        let (package, rest) = id.split_once(' ').unwrap_or((id, ""));
        let (label, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let (target, name) = match SuiteTarget::parse(label) {
            Some(target) => (target, after),
            None => (SuiteTarget::Lib, rest),
        };
        Self {
            suite: SuiteId { package, target },
            name: name.trim_start(),
        }
    }
}

impl fmt::Display for TestId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (suite, name) = (&self.suite, self.name);
        match suite.target {
            SuiteTarget::Lib => write!(f, "{} {name}", suite.package),
            SuiteTarget::Doc | SuiteTarget::Named { .. } => write!(f, "{suite} {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_id_is_read_as_it_is_written() {
        for (kind, target, name, id) in [
            ("lib", "core", "pool::works", "core pool::works"),
            ("cdylib", "core", "works", "core works"),
            // A module of the library.
            ("lib", "core", "test::works", "core test::works"),
            ("doc", "core", "src/lib.rs - f", "core doc src/lib.rs - f"),
            ("test", "it", "works", "core test:it works"),
            ("bin", "tool", "works #2", "core bin:tool works #2"),
        ] {
            let suite = SuiteId::new("core", kind, target);
            let test = TestId { suite, name };
            assert_eq!(test.to_string(), id);
            assert_eq!(TestId::parse(id), test);
            assert_eq!(SuiteId::parse(&suite.to_string()), suite);
        }
    }

    #[test]
    fn id_without_a_name_belongs_to_the_library() {
        let suite = SuiteId::new("core", "lib", "core");
        for (id, name) in [("core", ""), ("core lib", "lib")] {
            assert_eq!(TestId::parse(id), TestId { suite, name });
        }
    }
}
