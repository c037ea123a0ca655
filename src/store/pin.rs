//! `baseline.json` and `final.json`: a view of the workspace, pinned in a file that people review and merge.
//!
//! One JSON document, the same bytes for the same pin: sorted, one line for each metric, finding and test. Each list and
//! map ends in an entry of no meaning (`null`, `"": null`), so that adding or removing the last line leaves its neighbour
//! alone. Figures stand in their metric's line only, places last in their finding's. Durations and output of tests are
//! not kept: they would change every line each time. Git merges two pins when the lines that each side changed do not
//! touch; otherwise it leaves its marks, which are found and named.

mod lines;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::Doing;
use super::file::{self, Durable};
use super::{Error, Store};
use crate::metric::Reading;
use crate::plan::Collector;
use crate::run::{RunId, View};
use crate::snapshot::{Provenance, Snapshot};
use lines::{Entries, Row, TestLine};

/// The format that this version writes.
const FORMAT: u32 = 1;

/// A larger file is not read.
const LIMIT: u64 = 1 << 26;

/// Which pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinName {
    /// Where the campaign began, or what it last agreed on.
    Baseline,
    /// Where it ended.
    Final,
}

impl PinName {
    /// The file's name in `.campaign/`.
    pub fn file(self) -> &'static str {
        match self {
            Self::Baseline => "baseline.json",
            Self::Final => "final.json",
        }
    }
}

/// A pinned view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pin {
    /// When it was pinned, unix seconds.
    pub pinned: i64,
    /// Why a worse or partial one was accepted, in the words of who did.
    pub reason: Option<String>,
    /// What was measured. Read back without durations and output of tests.
    pub view: View,
}

impl Pin {
    /// Every run that the pin's figures come from.
    pub fn runs(&self) -> BTreeSet<RunId> {
        let stale = self.view.stale.values().map(|(run, _)| run);
        self.view.sources.values().chain(stale).chain([&self.view.run]).cloned().collect()
    }
}

impl Store {
    /// Reads a pin; `None` when there is none.
    pub fn pinned(&self, name: PinName) -> Result<Option<Pin>, Error> {
        let path = self.dir.join(name.file());
        match self.read(&path, LIMIT) {
            Ok(bytes) => decode(&path, &bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).doing("read", &path),
        }
    }

    /// Replaces a pin, wholly or not at all; its path. A pin of a later format is never replaced, a broken one is.
    pub fn pin(&self, name: PinName, pin: &Pin) -> Result<PathBuf, Error> {
        self.create()?;
        let path = self.dir.join(name.file());
        let old = self.read(&path, LIMIT).unwrap_or_default();
        if let Some(Later { format, tool }) = Later::of(&old) {
            return Err(Error::Newer { file: path, format, tool });
        }
        let bytes = encode(pin).map_err(|error| Error::Unrecordable(error.to_string()))?;
        decode(&path, bytes.as_bytes()).map_err(|error| Error::Unrecordable(error.to_string()))?;
        file::put(&path, bytes.as_bytes(), Durable::Yes).doing("write", &path)?;
        Ok(path)
    }
}

/// A pin as it is read.
#[derive(Deserialize)]
struct Document {
    run: RunId,
    started: i64,
    pinned: i64,
    #[serde(default)]
    reason: Option<String>,
    provenance: Provenance,
    #[serde(default)]
    sources: Entries<Collector, RunId>,
    #[serde(default)]
    stale: Entries<Collector, (RunId, String)>,
    metrics: Entries<String, Reading>,
    findings: Vec<Option<Row>>,
    tests: Entries<String, TestLine>,
    #[serde(default)]
    incomplete: Entries<String, String>,
    covered: Entries<Collector, Vec<String>>,
}

impl From<Document> for Pin {
    fn from(document: Document) -> Self {
        let snapshot = Snapshot {
            metrics: document.metrics.0,
            findings: document.findings.into_iter().flatten().map(Row::finding).collect(),
            tests: document.tests.0.into_iter().map(|(id, line)| (id, line.test())).collect(),
            incomplete: document.incomplete.0,
            covered: document.covered.0,
        };
        let (run, started, provenance) = (document.run, document.started, document.provenance);
        let (sources, stale) = (document.sources.0, document.stale.0);
        let view = View { run, started, provenance, snapshot, sources, stale };
        Self { pinned: document.pinned, reason: document.reason, view }
    }
}

/// The bytes of a pin.
fn encode(pin: &Pin) -> serde_json::Result<String> {
    let View { run, started, provenance, snapshot, sources, stale } = &pin.view;
    let provenance: BTreeMap<String, serde_json::Value> = serde_json::from_value(serde_json::to_value(provenance)?)?;
    let mut findings: Vec<_> = snapshot.findings.iter().collect();
    findings.sort_unstable();
    let mut page = Page(format!("{{\n\"format\": {FORMAT},\n"));
    page.field("run", run)?;
    page.field("started", started)?;
    page.field("pinned", &pin.pinned)?;
    page.field("reason", &pin.reason)?;
    page.map("provenance", &provenance)?;
    page.map("sources", sources)?;
    page.map("stale", stale)?;
    page.map("metrics", &snapshot.metrics)?;
    page.list("findings", findings.into_iter().map(Row::of))?;
    page.map("tests", snapshot.tests.iter().map(|(id, test)| (id, TestLine::of(test))))?;
    page.map("incomplete", &snapshot.incomplete)?;
    page.map("covered", &snapshot.covered)?;
    page.0.truncate(page.0.len() - ",\n".len());
    Ok(page.0 + "\n}\n")
}

/// The text being written, one line for each thing.
struct Page(String);

impl Page {
    fn field(&mut self, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
        let value = serde_json::to_string(value)?;
        let _ = writeln!(self.0, "\"{name}\": {value},");
        Ok(())
    }

    fn map<K: Serialize, V: Serialize>(
        &mut self,
        name: &str,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> serde_json::Result<()> {
        let _ = writeln!(self.0, "\"{name}\": {{");
        for (key, value) in entries {
            let (key, value) = (serde_json::to_string(&key)?, serde_json::to_string(&value)?);
            let _ = writeln!(self.0, "{key}: {value},");
        }
        self.0.push_str("\"\": null\n},\n");
        Ok(())
    }

    fn list<V: Serialize>(&mut self, name: &str, entries: impl Iterator<Item = V>) -> serde_json::Result<()> {
        let _ = writeln!(self.0, "\"{name}\": [");
        for value in entries {
            let _ = writeln!(self.0, "{},", serde_json::to_string(&value)?);
        }
        self.0.push_str("null\n],\n");
        Ok(())
    }
}

/// Reads a pin's bytes; `path` only names it.
fn decode(path: &Path, bytes: &[u8]) -> Result<Pin, Error> {
    let file = path.to_owned();
    if let Some(line) = conflict(bytes) {
        return Err(Error::Conflicted { file, line });
    }
    match serde_json::from_slice::<Document>(bytes) {
        Ok(document) => Ok(document.into()),
        Err(error) => Err(match Later::of(bytes) {
            Some(Later { format, tool }) => Error::Newer { file, format, tool },
            None => {
                let text = error.to_string();
                let message = text.split(" at line ").next().unwrap_or_default().to_owned();
                Error::Pin { file, line: error.line(), column: error.column(), message }
            }
        }),
    }
}

/// The 1-based line of the first mark of a merge. JSON has no line that begins so.
fn conflict(bytes: &[u8]) -> Option<usize> {
    let marks: [&[u8]; 4] = [b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"];
    bytes.split(|&b| b == b'\n').position(|line| marks.iter().any(|mark| line.starts_with(mark))).map(|at| at + 1)
}

/// A pin that a later version wrote.
struct Later {
    format: u32,
    tool: String,
}

impl Later {
    fn of(bytes: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Probe {
            format: u32,
            #[serde(default)]
            provenance: serde_json::Value,
        }
        let Probe { format, provenance } = serde_json::from_slice(bytes).ok()?;
        let tool = provenance.get("tool").and_then(|tool| tool.as_str()).unwrap_or("of an unknown version");
        (format > FORMAT).then(|| Self { format, tool: tool.to_owned() })
    }
}
