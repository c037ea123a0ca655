//! `baseline.json` and `final.json`: views of the workspace in files that people review and merge.
//!
//! A pin is a JSON document that always has the same bytes for the same content: sorted, with one line
//! for each metric, finding and test. Each list and map ends in an entry without meaning (`null`,
//! `"": null`), so that adding or removing the last line does not change its neighbor. Values are only
//! in the line of their metric, and places at the end of the line of their finding. Durations and
//! output of tests are left out, because they would change every line each time.
//!
//! The third line is a digest of the rest. It distinguishes a measured pin from one that was edited by
//! hand or merged line by line. Two branches that both changed the pin therefore always conflict in
//! this line. This is intended, because the merged values were not measured. The digest is not secret
//! and does not stop forgery: the values of a pin must also agree with its findings and tests, and a
//! pull request is judged with the baseline of its base revision.

mod lines;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Doing, is_newer};
use super::file::{self, Durable};
use super::record::mismatch;
use super::{Error, Store, Unsupported, digest};
use crate::metric::Reading;
use crate::plan::Collector;
use crate::run::{RunId, View};
use crate::snapshot::{Provenance, Snapshot};
use lines::{Entries, Row, Rows, TestLine};

/// The format that this version writes.
const FORMAT: u32 = 1;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 1 << 26;

/// The name of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinName {
    /// The state at the beginning of the campaign, or the last accepted one.
    Baseline,
    /// The state at its end.
    Final,
}

impl PinName {
    /// Returns the name of the file in `.campaign/`.
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
    /// Time of pinning in Unix seconds.
    pub pinned: i64,
    /// The user's reason for accepting a worse or partial view.
    pub reason: Option<String>,
    /// The pinned view. After reading, without durations and output of tests.
    pub view: View,
    /// After reading, whether the digest is missing or does not match the content.
    pub edited: bool,
}

impl Pin {
    /// Returns the runs that measured the pin's values.
    pub fn runs(&self) -> BTreeSet<RunId> {
        let stale = self.view.stale.values().map(|(run, _)| run);
        self.view
            .sources
            .values()
            .chain(stale)
            .chain(&self.view.run)
            .cloned()
            .collect()
    }
}

impl Store {
    /// Reads a pin. `None` if it does not exist.
    pub fn pinned(&self, name: PinName) -> Result<Option<Pin>, Error> {
        let path = self.dir.join(name.file());
        match self.read(&path, LIMIT) {
            Ok(bytes) => decode(&path, &bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).doing("read", &path),
        }
    }

    /// Reads a pin from bytes, such as those in another revision. `name` is for messages.
    pub fn pin_in(name: &str, bytes: &[u8]) -> Result<Pin, Error> {
        decode(Path::new(name), bytes)
    }

    /// Replaces a pin atomically and returns its path. A broken pin is replaced; one of a later version
    /// that this version cannot read is an error.
    pub fn pin(&self, name: PinName, pin: &Pin) -> Result<PathBuf, Error> {
        self.create()?;
        let path = self.dir.join(name.file());
        let old = self.read(&path, LIMIT).unwrap_or_default();
        if let Some(foreign) = Foreign::of(&old).filter(|foreign| is_newer(&foreign.tool)) {
            return Err(foreign.error(path));
        }
        let bytes = encode(pin).map_err(|error| Error::Unrecordable(error.to_string()))?;
        // JSON has no NaN. It is written as `null`, which could not be read back.
        decode(&path, bytes.as_bytes()).map_err(|error| Error::Unrecordable(error.to_string()))?;
        file::put(&path, bytes.as_bytes(), Durable::Yes).doing("write", &path)?;
        Ok(path)
    }
}

/// The JSON form of a pin. An unknown field is an error, because it would be lost when the pin is
/// written again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinDocument {
    format: u32,
    #[serde(default)]
    sha256: Option<String>,
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
    findings: Rows,
    tests: Entries<String, TestLine>,
    #[serde(default)]
    incomplete: Entries<String, String>,
    covered: Entries<Collector, Vec<String>>,
}

impl From<PinDocument> for Pin {
    fn from(document: PinDocument) -> Self {
        let snapshot = Snapshot {
            metrics: document.metrics.0,
            findings: document.findings.0.into_iter().map(|row| row.0).collect(),
            tests: document
                .tests
                .0
                .into_iter()
                .map(|(id, line)| (id, line.test()))
                .collect(),
            incomplete: document.incomplete.0,
            // Reused results are never pinned.
            reused: BTreeMap::new(),
            covered: document.covered.0,
            executions: BTreeMap::new(),
        };
        let (run, started, provenance) = (document.run, document.started, document.provenance);
        let (sources, stale) = (document.sources.0, document.stale.0);
        let view = View {
            run: Some(run),
            started,
            provenance,
            snapshot,
            sources,
            stale,
            steps: BTreeMap::new(),
        };
        Self {
            pinned: document.pinned,
            reason: document.reason,
            view,
            edited: false,
        }
    }
}

/// Encodes a pin.
fn encode(pin: &Pin) -> serde_json::Result<String> {
    let View {
        run,
        started,
        provenance,
        snapshot,
        sources,
        stale,
        steps: _,
    } = &pin.view;
    let provenance: BTreeMap<String, serde_json::Value> =
        serde_json::from_value(serde_json::to_value(provenance)?)?;
    let mut findings: Vec<_> = snapshot.findings.iter().collect();
    findings.sort_unstable();
    let mut page = PinText(String::new());
    page.field("run", run)?;
    page.field("started", started)?;
    page.field("pinned", &pin.pinned)?;
    page.field("reason", &pin.reason)?;
    page.map("provenance", &provenance)?;
    page.map("sources", sources)?;
    page.map("stale", stale)?;
    page.map("metrics", &snapshot.metrics)?;
    page.list("findings", findings.into_iter().cloned().map(Row))?;
    page.map(
        "tests",
        snapshot
            .tests
            .iter()
            .map(|(id, test)| (id, TestLine::of(test))),
    )?;
    page.map("incomplete", &snapshot.incomplete)?;
    page.map("covered", &snapshot.covered)?;
    page.0.truncate(page.0.len() - ",\n".len());
    let rest = page.0 + "\n}\n";
    Ok(format!(
        "{{\n\"format\": {FORMAT},\n\"sha256\": \"{}\",\n{rest}",
        digest(rest.as_bytes())
    ))
}

/// The text of a pin while it is written, line by line.
struct PinText(String);

impl PinText {
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

    fn list<V: Serialize>(
        &mut self,
        name: &str,
        entries: impl Iterator<Item = V>,
    ) -> serde_json::Result<()> {
        let _ = writeln!(self.0, "\"{name}\": [");
        for value in entries {
            let _ = writeln!(self.0, "{},", serde_json::to_string(&value)?);
        }
        self.0.push_str("null\n],\n");
        Ok(())
    }
}

/// Decodes a pin. `path` is for messages.
fn decode(path: &Path, bytes: &[u8]) -> Result<Pin, Error> {
    let file = path.to_owned();
    if let Some(line) = conflict(bytes) {
        return Err(Error::Conflicted { file, line });
    }
    match serde_json::from_slice::<PinDocument>(bytes) {
        Ok(document) if document.format == FORMAT => {
            let known = document.sha256.clone();
            let pin = Pin::from(document);
            let edited = known.is_none_or(|known| !matches(&known, bytes, &pin));
            Ok(Pin { edited, ..pin })
        }
        Ok(document) if document.format < FORMAT => {
            let message = format!("unknown format {}, expected {FORMAT}", document.format);
            Err(Error::Pin {
                file,
                line: 2,
                column: 0,
                message,
            })
        }
        Ok(PinDocument {
            format,
            provenance: Provenance { tool, .. },
            ..
        }) => Err(Error::Newer {
            file,
            unsupported: Unsupported::Format(format),
            tool,
        }),
        // Another version may write fields that this one rejects.
        Err(error) => Err(match Foreign::of(bytes) {
            Some(foreign) => foreign.error(file),
            None => {
                let text = error.to_string();
                // serde_json appends the position, which the error reports in its own form.
                let message = text
                    .split(" at line ")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                Error::Pin {
                    file,
                    line: error.line(),
                    column: error.column(),
                    message,
                }
            }
        }),
    }
}

/// Returns whether a digest matches a pin. Line ends that a checkout changed, and a layout that a
/// formatter changed, do not count as edits.
fn matches(known: &str, bytes: &[u8], pin: &Pin) -> bool {
    let is_known = |bytes: &[u8]| digest_of_rest(bytes).is_some_and(|digest| digest == known);
    is_known(bytes) || encode(pin).is_ok_and(|written| is_known(written.as_bytes()))
}

/// Returns the digest of the text after the third line, with Unix line ends.
fn digest_of_rest(bytes: &[u8]) -> Option<String> {
    let rest = bytes.splitn(4, |b| *b == b'\n').nth(3)?;
    // Git may have changed the line ends (`core.autocrlf`).
    let rest: Vec<u8> = rest.iter().copied().filter(|b| *b != b'\r').collect();
    Some(digest(&rest))
}

/// Returns the 1-based line of the first conflict marker. No line of a pin begins like one.
fn conflict(bytes: &[u8]) -> Option<usize> {
    let marks: [&[u8]; 4] = [b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"];
    bytes
        .split(|&b| b == b'\n')
        .position(|line| marks.iter().any(|mark| line.starts_with(mark)))
        .map(|at| at + 1)
}

/// A pin that another version wrote and this one cannot read.
struct Foreign {
    unsupported: Unsupported,
    /// The version that wrote it.
    tool: String,
}

impl Foreign {
    /// Returns `None` for a pin that this version reads or that is broken. The digest proves that content is what some version
    /// wrote: a later version may add fields without changing the format.
    fn of(bytes: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Probe {
            format: u32,
            #[serde(default)]
            sha256: Option<String>,
            #[serde(default)]
            provenance: Writer,
        }
        #[derive(Default, Deserialize)]
        struct Writer {
            #[serde(default)]
            tool: Option<String>,
        }
        let probe: Probe = serde_json::from_slice(bytes).ok()?;
        let unsupported = if probe.format > FORMAT {
            Unsupported::Format(probe.format)
        } else {
            let is_intact = probe.sha256.is_some() && probe.sha256 == digest_of_rest(bytes);
            let error = serde_json::from_slice::<PinDocument>(bytes).err()?;
            if !is_intact || probe.format < FORMAT {
                return None;
            }
            Unsupported::Content(mismatch(&error))
        };
        let tool = probe.provenance.tool;
        Some(Self {
            unsupported,
            tool: tool.unwrap_or_else(|| "of an unknown version".to_owned()),
        })
    }

    fn error(self, file: PathBuf) -> Error {
        Error::Newer {
            file,
            unsupported: self.unsupported,
            tool: self.tool,
        }
    }
}
