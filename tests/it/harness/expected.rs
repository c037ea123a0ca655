//! What is known of a fixture: `fixtures/workspaces/NAME/expected.json`.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

/// Package, then lint or error code, then how many there are.
pub(crate) type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// The counts of a fixture, packages without any left out. See `fixtures/README.md` for what each one means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) check: Counts,
    pub(crate) build: Counts,
    pub(crate) clippy: Counts,
    /// Absent where `cargo doc` fails.
    pub(crate) doc: Option<Counts>,
    /// Package, then unformatted files.
    pub(crate) fmt: BTreeMap<String, Vec<String>>,
    /// Absent where the tests of the workspace do not build.
    pub(crate) tests: Option<BTreeMap<String, Tests>>,
    /// Package, then `files code comments blank`.
    pub(crate) loc: Counts,
    /// Packages of which the compiler gives no full answer.
    #[serde(default)]
    pub(crate) uncompiled: Vec<String>,
    #[serde(default)]
    pub(crate) env: Option<Env>,
}

/// A package's tests; those of a suite that gave no full account are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tests {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    /// Suites that began and gave no result.
    #[serde(default)]
    pub(crate) incomplete: u64,
    /// Suites with a harness of their own.
    #[serde(default)]
    pub(crate) opaque: u64,
    #[serde(default)]
    pub(crate) doc: Doc,
}

/// A package's doctests, not contained in the figures above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Doc {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

/// Environment variables that the source reads, against those in `.env.example`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Env {
    pub(crate) read: BTreeMap<String, u64>,
    pub(crate) undocumented: Vec<String>,
    pub(crate) unread: Vec<String>,
}

impl Expected {
    /// Reads what is known of a fixture.
    pub(crate) fn of(fixture: &str) -> Self {
        let path = super::workspaces().join(fixture).join("expected.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }
}
