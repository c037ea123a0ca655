//! The format of a run file. Pure: a run in, bytes out, and back.
//!
//! ```text
//! {"sha256":"<64 hex>","format":1,"body":"<64 hex>","head":{..},"run":
//! {..}
//! }
//! ```
//!
//! The whole is one JSON document; the first line alone tells what listings need. `sha256` is over the rest of the first
//! line (from `"format"` to its newline), `body` over all that follows, so that either part can be believed by itself.
//! The id is the UTC time of the start and the first eight digits of `sha256`. This envelope stays in every later format.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::plan::Collector;
use crate::run::{Run, RunId, StepStatus};
use crate::snapshot::Toolchain;

/// The format that this version writes.
pub(super) const FORMAT: u32 = 1;

/// How the first line begins; the digest follows.
const OPENING: &[u8] = b"{\"sha256\":\"";

/// Where the hashed rest of the first line begins: the opening, 64 digits, `",`.
const REST: usize = OPENING.len() + 64 + 2;

/// What is known of a run without reading it whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// From the file's name, which its content confirms.
    #[serde(skip)]
    pub id: RunId,
    /// Unix seconds.
    pub started: i64,
    /// Wall seconds.
    pub seconds: f64,
    /// Fingerprint of the sources, see [`crate::snapshot::Provenance::tree`].
    pub tree: String,
    /// See [`toolchain_key`].
    pub toolchain: String,
    /// See [`crate::snapshot::Provenance::conditions`].
    #[serde(default)]
    pub conditions: BTreeMap<String, String>,
    /// See [`Run::sequence`].
    #[serde(default)]
    pub sequence: u64,
    /// Settings of each collector, see [`crate::plan::Plan::settings`].
    pub settings: BTreeMap<Collector, String>,
    /// Collectors whose figures are whole. None when the sources changed meanwhile.
    pub whole: Vec<Collector>,
    /// Collectors that gave all they can on this tree, whole, in part or nothing: measuring again would tell no more.
    #[serde(default)]
    pub measured: Vec<Collector>,
    /// Every collector asked for is whole.
    pub complete: bool,
    /// Full id of HEAD.
    pub commit: Option<String>,
    /// The working tree differed from it.
    pub dirty: bool,
    /// The user stopped it.
    pub interrupted: bool,
    /// The sources changed while it ran.
    pub torn: bool,
    /// Version of the program that wrote it.
    pub tool: String,
}

impl Head {
    /// The head of a run.
    pub(super) fn of(run: &Run) -> Self {
        let from = &run.provenance;
        Self {
            id: RunId::default(),
            started: run.started,
            seconds: run.seconds,
            tree: from.tree.clone(),
            toolchain: toolchain_key(&from.toolchain),
            settings: run.plan.settings.clone(),
            conditions: from.conditions.clone(),
            sequence: run.sequence,
            whole: collectors(run, StepStatus::is_whole),
            measured: collectors(run, StepStatus::is_final),
            complete: run.is_whole(),
            commit: from.commit.clone(),
            dirty: from.dirty,
            interrupted: run.interrupted,
            torn: run.torn,
            tool: from.tool.clone(),
        }
    }
}

/// The collectors all of whose steps ended like this. None when the sources changed meanwhile.
fn collectors(run: &Run, like: impl Fn(&StepStatus) -> bool) -> Vec<Collector> {
    let ended = |collector: &&Collector| {
        let answers = |id: &str| {
            run.plan
                .answered
                .iter()
                .any(|a| a.collector == **collector && a.by == id)
        };
        let mut steps = run
            .plan
            .steps
            .iter()
            .filter(|s| s.serves.contains(collector) || answers(&s.id))
            .peekable();
        let ran = |id: &str| {
            run.steps
                .iter()
                .any(|r| r.ended.step == id && like(&r.status))
        };
        !run.torn
            && !run.plan.lacking.iter().any(|l| l.collector == **collector)
            && steps.peek().is_some()
            && steps.all(|step| ran(&step.id))
    };
    run.plan.settings.keys().filter(ended).cloned().collect()
}

/// A short digest of compiler and cargo: equal for equal toolchains.
pub fn toolchain_key(toolchain: &Toolchain) -> String {
    let text = format!(
        "{}\n{}\n{}",
        toolchain.rustc, toolchain.cargo, toolchain.host
    );
    sha256(text.as_bytes()).split_off(48)
}

/// Why a file could not be taken for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Not what was written, as a fragment.
    Damaged(String),
    /// Whole, but in a later format that this version does not understand.
    Newer { format: u32, tool: String },
}

/// A run as it is stored.
pub(super) struct Record {
    pub(super) id: RunId,
    pub(super) bytes: Vec<u8>,
    /// Length of the first line with its newline.
    head: usize,
}

impl Record {
    /// The first line, with its newline.
    pub(super) fn line(&self) -> &[u8] {
        &self.bytes[..self.head]
    }
}

/// Writes a run; why not, when it could not be read back.
pub(super) fn encode(run: &Run) -> Result<Record, String> {
    let body = serde_json::to_string(run).map_err(|error| error.to_string())?;
    serde_json::from_str::<Run>(&body).map_err(|error| error.to_string())?;
    let body = format!("{body}\n}}\n");
    let head = serde_json::to_string(&Head::of(run)).map_err(|error| error.to_string())?;
    let rest = format!(
        "\"format\":{FORMAT},\"body\":\"{}\",\"head\":{head},\"run\":\n",
        sha256(body.as_bytes())
    );
    let hash = sha256(rest.as_bytes());
    let line = format!("{{\"sha256\":\"{hash}\",{rest}");
    let id = RunId(format!("{}-{}", stamp(run.started), &hash[..8]));
    Ok(Record {
        id,
        head: line.len(),
        bytes: (line + &body).into_bytes(),
    })
}

/// Reads a run file whole. Its content must confirm the id.
pub(super) fn decode(id: &RunId, bytes: &[u8]) -> Result<Run, Flaw> {
    let end = bytes
        .iter()
        .position(|&b| b == b'\n')
        .map_or(bytes.len(), |at| at + 1);
    let (line, body) = bytes.split_at(end);
    let first = first_line(line)?;
    if first.body != sha256(body) {
        return Err(damaged("its checksum does not fit"));
    }
    let format = first.format;
    let head = first.head(line)?;
    if head.id != *id {
        return Err(Flaw::Damaged(format!(
            "its name does not fit its content ({})",
            head.id
        )));
    }
    let body = body.strip_suffix(b"}\n").unwrap_or(body);
    let mut run: Run =
        serde_json::from_slice(body).map_err(|error| misfit(format, &head.tool, &error))?;
    run.id = head.id;
    Ok(run)
}

/// Reads the head from a first line.
pub(super) fn decode_head(line: &[u8]) -> Result<Head, Flaw> {
    first_line(line)?.head(line)
}

/// The first line with its head still unread: a later format's head may look otherwise.
#[derive(Deserialize)]
struct First {
    format: u32,
    body: String,
    head: serde_json::Value,
}

/// Believes a first line whose digest fits.
fn first_line(line: &[u8]) -> Result<First, Flaw> {
    let hash = digest_of(line).ok_or_else(|| damaged("it does not begin as a run does"))?;
    let rest = &line[REST..];
    if !line.ends_with(b"\n") || hash != sha256(rest).as_bytes() {
        return Err(damaged("the checksum of its first line does not fit"));
    }
    let json = [b"{", rest, b"null}"].concat();
    serde_json::from_slice(&json)
        .map_err(|error| Flaw::Damaged(format!("its first line is not readable: {error}")))
}

/// The digest that a first line claims.
pub(super) fn digest_of(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(OPENING)?;
    let (hash, rest) = rest.split_at_checked(64)?;
    rest.starts_with(b"\",").then_some(hash)
}

impl First {
    fn head(self, line: &[u8]) -> Result<Head, Flaw> {
        let tool = self
            .head
            .get("tool")
            .and_then(|tool| tool.as_str())
            .unwrap_or("of an unknown version")
            .to_owned();
        let mut head: Head = serde_json::from_value(self.head)
            .map_err(|error| misfit(self.format, &tool, &error))?;
        let hash = digest_of(line).unwrap_or_default();
        head.id = RunId(format!(
            "{}-{}",
            stamp(head.started),
            String::from_utf8_lossy(&hash[..hash.len().min(8)])
        ));
        Ok(head)
    }
}

/// Content that hashes well and still does not fit: from a later version, or written wrongly.
fn misfit(format: u32, tool: &str, error: &serde_json::Error) -> Flaw {
    if format > FORMAT {
        Flaw::Newer {
            format,
            tool: tool.to_owned(),
        }
    } else {
        Flaw::Damaged(format!("it is not a run: {error}"))
    }
}

fn damaged(why: &str) -> Flaw {
    Flaw::Damaged(why.to_owned())
}

/// `YYYYMMDD-HHMMSS` in UTC. Times outside the years 0 to 9999 are cut, so that ids keep their shape.
pub(super) fn stamp(seconds: i64) -> String {
    let seconds = seconds.clamp(-62_167_219_200, 253_402_207_200);
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "00000000-000000".to_owned(),
        |time| time.strftime("%Y%m%d-%H%M%S").to_string(),
    )
}

/// Year and month of an id; `None` when it is no id: nothing else ever becomes a part of a path.
pub(super) fn month(id: &RunId) -> Option<(&str, &str)> {
    let text = id.0.as_bytes();
    let shape = |(at, byte): (usize, &u8)| match at {
        8 | 15 => *byte == b'-',
        16.. => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        _ => byte.is_ascii_digit(),
    };
    (text.len() == 24 && text.iter().enumerate().all(shape)).then(|| (&id.0[..4], &id.0[4..6]))
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
