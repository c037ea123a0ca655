//! The lines of a pin: the forms of findings, tests and maps.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::event::{Harness, Level, Outcome};
use crate::plan::Collector;
use crate::snapshot::{Finding, Test};

/// A finding.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Row(#[serde(with = "FindingLine")] pub(super) Finding);

/// The line of a [`Finding`]. The fields that change most often come last.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Finding")]
struct FindingLine {
    collector: Collector,
    package: String,
    file: String,
    code: String,
    level: Level,
    item: String,
    snippet: String,
    text: String,
    message: String,
    occurrences: u32,
    line: u32,
    column: u32,
}

/// A test without the fields that change with each run.
#[derive(Serialize, Deserialize)]
pub(super) struct TestLine {
    package: String,
    outcome: Outcome,
    harness: Harness,
}

impl TestLine {
    pub(super) fn of(test: &Test) -> Self {
        Self {
            package: test.package.clone(),
            outcome: test.outcome,
            harness: test.harness,
        }
    }

    pub(super) fn test(self) -> Test {
        Test {
            package: self.package,
            outcome: self.outcome,
            harness: self.harness,
            seconds: None,
            output: None,
        }
    }
}

/// The list of findings. Every `null`, such as the one at the end, is skipped.
pub(super) struct Rows(pub(super) Vec<Row>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(EachRow)
    }
}

struct EachRow;

impl<'de> Visitor<'de> for EachRow {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Rows, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = from.next_element::<Option<Row>>()? {
            rows.extend(row);
        }
        Ok(Rows(rows))
    }
}

/// A map. The `"": null` at the end is skipped. A duplicate key, as after a bad merge, is an error.
pub(super) struct Entries<K, V>(pub(super) BTreeMap<K, V>);

impl<K, V> Default for Entries<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, K: From<String> + Ord, V: Deserialize<'de>> Deserialize<'de> for Entries<K, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Each(PhantomData))
    }
}

struct Each<K, V>(PhantomData<(K, V)>);

impl<'de, K: From<String> + Ord, V: Deserialize<'de>> Visitor<'de> for Each<K, V> {
    type Value = Entries<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = from.next_key::<String>()? {
            if key.is_empty() {
                from.next_value::<Option<V>>()?;
                continue;
            }
            let twice = format!("`{key}` is here twice");
            if entries.insert(K::from(key), from.next_value()?).is_some() {
                return Err(A::Error::custom(twice));
            }
        }
        Ok(Entries(entries))
    }
}
