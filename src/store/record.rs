//! The format of a run file: conversion of a run to bytes and back.
//!
//! ```text
//! {"sha256":"<64 hex>","format":1,"body":"<64 hex>","head":{..},"run":
//! {..}
//! }
//! ```
//!
//! The file is one JSON document whose first line contains the data for listings. `sha256` covers the
//! rest of the first line (from `"format"` to its newline) and `body` covers the remaining lines, so
//! that each part can be verified by itself. The id is the UTC time of the start, or
//! a later one if another run has it, and the first eight digits of `sha256`. Every later format keeps this envelope.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Unsupported;
use crate::plan::Collector;
use crate::run::{Run, RunId, StepRecord};
use crate::snapshot::Toolchain;

/// The format that this version writes.
pub(super) const FORMAT: u32 = 1;

/// The beginning of the first line, before the digest.
const OPENING: &[u8] = b"{\"sha256\":\"";

/// The offset of the hashed rest of the first line: after the opening, 64 digits and `",`.
const REST: usize = OPENING.len() + 64 + 2;

/// The data of a run in the first line of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The id in the name of the file, which the content confirms.
    #[serde(skip, default = "not_yet_known")]
    pub id: RunId,
    /// Unix seconds.
    pub started: i64,
    /// See [`Run::id_time`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_time: Option<i64>,
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
    /// Collectors with complete values. Empty if the sources changed during the run.
    pub whole: Vec<Collector>,
    /// Collectors that measuring the same tree again would give no more values, whether theirs are
    /// complete or not.
    #[serde(default)]
    pub measured: Vec<Collector>,
    /// Whether the values of every collector are complete.
    pub complete: bool,
    /// Full id of HEAD.
    pub commit: Option<String>,
    /// Whether the working tree differed from HEAD.
    pub dirty: bool,
    /// Whether the user stopped the run.
    pub interrupted: bool,
    /// Whether the sources changed during the run.
    pub torn: bool,
    /// Version of the program that wrote it.
    pub tool: String,
}

impl Head {
    /// Creates the head of a run.
    pub(super) fn of(run: &Run) -> Self {
        let from = &run.provenance;
        Self {
            id: not_yet_known(),
            started: run.started,
            id_time: run.id_time,
            seconds: run.seconds,
            tree: from.tree.clone(),
            toolchain: toolchain_key(&from.toolchain),
            settings: run.plan.settings.clone(),
            conditions: from.conditions.clone(),
            sequence: run.sequence,
            whole: collectors(run, |step| step.status.is_whole()),
            measured: collectors(run, StepRecord::is_final),
            complete: run.is_whole(),
            commit: from.commit.clone(),
            dirty: from.dirty,
            interrupted: run.interrupted,
            torn: run.torn,
            tool: from.tool.clone(),
        }
    }
}

/// Returns a placeholder for the id of a head that is being encoded or decoded. The id contains the
/// digest of the encoded head.
fn not_yet_known() -> RunId {
    RunId(String::new())
}

/// Returns the collectors whose steps are all such. Empty if the sources changed during the
/// run.
fn collectors(run: &Run, is_wanted: impl Fn(&StepRecord) -> bool) -> Vec<Collector> {
    if run.torn {
        return Vec::new();
    }
    let all = run.plan.settings.keys();
    all.filter(|collector| run.has_all_steps_of(collector, &is_wanted))
        .cloned()
        .collect()
}

/// Returns a short digest of compiler and cargo, which is equal for equal toolchains.
pub fn toolchain_key(toolchain: &Toolchain) -> String {
    let text = format!(
        "{}\n{}\n{}",
        toolchain.rustc, toolchain.cargo, toolchain.host
    );
    sha256(text.as_bytes()).split_off(48)
}

/// Why a file is not a usable run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The file is damaged. The damage as a fragment.
    Damaged(String),
    /// The file is intact, but another version wrote it and this one cannot read it.
    Newer {
        unsupported: Unsupported,
        tool: String,
    },
}

/// The stored form of a run.
pub(super) struct Record {
    pub(super) id: RunId,
    pub(super) bytes: Vec<u8>,
    /// Length of the first line including its newline.
    head: usize,
}

impl Record {
    /// Returns the first line including its newline.
    pub(super) fn line(&self) -> &[u8] {
        &self.bytes[..self.head]
    }
}

/// Encodes a run.
///
/// # Errors
/// With the reason, if the result could not be read back.
pub(super) fn encode(run: &Run) -> Result<Record, String> {
    let body = serde_json::to_string(run).map_err(|error| error.to_string())?;
    // JSON has no NaN. It is written as `null`, which could not be read back.
    serde_json::from_str::<Run>(&body).map_err(|error| error.to_string())?;
    let body = format!("{body}\n}}\n");
    let head = serde_json::to_string(&Head::of(run)).map_err(|error| error.to_string())?;
    let rest = format!(
        "\"format\":{FORMAT},\"body\":\"{}\",\"head\":{head},\"run\":\n",
        sha256(body.as_bytes())
    );
    let hash = sha256(rest.as_bytes());
    let line = format!("{{\"sha256\":\"{hash}\",{rest}");
    let id = RunId(format!(
        "{}-{}",
        stamp(run.id_time.unwrap_or(run.started)),
        &hash[..8]
    ));
    Ok(Record {
        id,
        head: line.len(),
        bytes: (line + &body).into_bytes(),
    })
}

/// Decodes a run file. Its content must confirm the id.
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
    // The last brace ends the envelope, which begins in the first line.
    let body = body.strip_suffix(b"}\n").unwrap_or(body);
    let mut run: Run =
        serde_json::from_slice(body).map_err(|error| misfit(format, &head.tool, &error))?;
    run.id = Some(head.id);
    Ok(run)
}

/// Decodes the head in a first line.
pub(super) fn decode_head(line: &[u8]) -> Result<Head, Flaw> {
    first_line(line)?.head(line)
}

/// The first line before its head is decoded. The head of a later format may differ.
#[derive(Deserialize)]
struct First {
    format: u32,
    body: String,
    head: serde_json::Value,
}

/// Verifies the digest of a first line and decodes its envelope.
fn first_line(line: &[u8]) -> Result<First, Flaw> {
    let hash = digest_of(line).ok_or_else(|| damaged("it does not begin as a run does"))?;
    let rest = &line[REST..];
    if !line.ends_with(b"\n") || hash != sha256(rest).as_bytes() {
        return Err(damaged("the checksum of its first line does not fit"));
    }
    // The line ends in `"run":`, and any value makes it a complete document.
    let json = [b"{", rest, b"null}"].concat();
    serde_json::from_slice(&json)
        .map_err(|error| Flaw::Damaged(format!("its first line is not readable: {error}")))
}

/// Returns the digest in a first line, which is not verified.
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
            stamp(head.id_time.unwrap_or(head.started)),
            String::from_utf8_lossy(&hash[..hash.len().min(8)])
        ));
        Ok(head)
    }
}

/// Creates the flaw of content with a valid digest that cannot be decoded.
///
/// The digest proves that the content is what some version wrote. A later version may add steps,
/// streams and statuses without changing the format.
fn misfit(format: u32, tool: &str, error: &serde_json::Error) -> Flaw {
    let unsupported = if format > FORMAT {
        Unsupported::Format(format)
    } else if error.is_data() {
        Unsupported::Content(mismatch(error))
    } else {
        return Flaw::Damaged(format!("it is not a run: {error}"));
    };
    Flaw::Newer {
        unsupported,
        tool: tool.to_owned(),
    }
}

/// Returns the mismatch that serde describes, without its position and the values it knows.
pub(super) fn mismatch(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let end = text.find(", expected").unwrap_or(text.len());
    text[..end].to_owned()
}

fn damaged(why: &str) -> Flaw {
    Flaw::Damaged(why.to_owned())
}

/// Returns `YYYYMMDD-HHMMSS` in UTC. Times outside the years 0 to 9999 are clamped, so that ids keep
/// their form.
pub(super) fn stamp(seconds: i64) -> String {
    let seconds = seconds.clamp(-62_167_219_200, 253_402_207_200);
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "00000000-000000".to_owned(),
        |time| time.strftime("%Y%m%d-%H%M%S").to_string(),
    )
}

/// Returns year and month of an id. `None` if it is malformed, so that nothing else becomes part of a
/// path.
pub(super) fn month(id: &RunId) -> Option<(&str, &str)> {
    let text = id.0.as_bytes();
    let shape = |(at, byte): (usize, &u8)| match at {
        8 | 15 => *byte == b'-',
        16.. => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        _ => byte.is_ascii_digit(),
    };
    (text.len() == 24 && text.iter().enumerate().all(shape)).then(|| (&id.0[..4], &id.0[4..6]))
}

/// Returns the SHA-256 of bytes in lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    // Listing the runs checks a digest for each, and formatting one takes longer than computing it.
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(bytes);
    let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .map(|half| char::from(DIGITS[usize::from(half)]))
        .collect()
}
