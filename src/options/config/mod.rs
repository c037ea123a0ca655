//! `campaign.toml`: its language, read in one pass that finds every mistake.
//!
//! Text in, values or mistakes out. Knows nothing of files, flags or the environment; what is demanded of a metric's name
//! comes from the catalogue.

mod attestations;
mod collect;
mod gates;
mod later;
mod metrics;
pub mod own;
mod reader;
mod release;
mod replace;
mod waivers;
mod workstreams;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

pub use attestations::parse as attestations;
pub use collect::{Collect, Declared};
pub use own::Own;
use reader::Reader;
pub use release::{Changelogs, Release, VERSION};

use super::mistake::Mistake;
use super::spelling;
use super::tree::{self, Entry, Node};
use crate::gate::{Gate, Waiver};
use crate::metric::{Catalogue, Unit};
use crate::plan::Collector;
use crate::text::excerpt;
use crate::workstream::Workstream;

/// A campaign, as configured.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `[campaign] name`.
    pub name: Option<String>,
    /// `[campaign] release`: the version the campaign leads to.
    pub release: Option<semver::Version>,
    /// `[collect]`.
    pub collect: Collect,
    /// `[gates]`, in the order of the file.
    pub gates: Vec<Gate>,
    /// `[[waiver]]`, in the order of the file.
    pub waivers: Vec<Waiver>,
    /// `[release]` and `[[release.replace]]`.
    pub releases: Release,
    /// `[[workstream]]`, in the order of the file.
    pub workstreams: Vec<Workstream>,
    /// `[store]`.
    pub retention: Retention,
    /// The text of each line that a gate or waiver came from.
    pub lines: BTreeMap<u32, String>,
    /// The metrics this build knows, and the team's own.
    pub catalogue: Catalogue,
    /// Things to know that are no mistakes: sections that this version does not act upon.
    pub notes: Vec<String>,
}

impl Config {
    /// The metrics that own collectors declare, with their units.
    pub fn own_units(&self) -> BTreeMap<Collector, BTreeMap<String, Unit>> {
        let units = |own: &Own| {
            own.metrics
                .iter()
                .map(|row| (row.name.clone(), row.unit.clone()))
                .collect()
        };
        self.collect
            .own
            .iter()
            .map(|own| (Collector::from(own.name.clone()), units(own)))
            .collect()
    }
}

/// How many runs are kept, and how long; pinned ones always are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// At most so many.
    pub keep: Option<u32>,
    /// None older.
    pub max_age: Option<Duration>,
}

/// Sections of the file.
const SECTIONS: [&str; 7] = [
    "campaign",
    "collect",
    "gates",
    "waiver",
    "workstream",
    "release",
    "store",
];

/// Parses `campaign.toml`. `file` is its name for messages and records.
pub fn parse(file: &str, text: &str) -> Result<Config, Vec<Mistake>> {
    let root = tree::parse(text).map_err(|mistake| vec![mistake])?;
    read(file, text, &root)
}

/// Parses `[workspace.metadata.campaign]` of a root manifest; `None` when it has none.
pub fn parse_metadata(file: &str, text: &str) -> Result<Option<Config>, Vec<Mistake>> {
    let root = tree::parse(text).map_err(|mistake| vec![mistake])?;
    metadata(&root)
        .map(|node| read(file, text, node))
        .transpose()
}

/// Does a manifest have `[workspace.metadata.campaign]`, right or wrong?
pub fn has_metadata(text: &str) -> bool {
    text.contains("campaign") && tree::parse(text).is_ok_and(|root| metadata(&root).is_some())
}

fn metadata(root: &Node) -> Option<&Node> {
    ["workspace", "metadata", "campaign"]
        .iter()
        .try_fold(root, |node, key| node.get(key))
}

/// Reads the sections: metrics before the gates on them, gates before their waivers, wherever they stand.
fn read(file: &str, text: &str, root: &Node) -> Result<Config, Vec<Mistake>> {
    let mut reader = Reader::new(file, text);
    let mut config = Config::default();
    for entry in reader.table(root).unwrap_or_default() {
        section(&mut reader, entry, &mut config);
    }
    if let Some(node) = root.get("collect") {
        config.collect = collect::read(&mut reader, node, &mut config.catalogue);
    }
    let before = reader.mistakes.len();
    if let Some(node) = root.get("gates") {
        config.gates = gates::read(&mut reader, node, &config.catalogue);
    }
    let judged = reader.mistakes.len() == before && reader.doubtful.is_empty();
    for entry in root.entries() {
        if entry.key == "waiver" {
            config.waivers =
                waivers::read(&mut reader, entry, &config.gates, &config.catalogue, judged);
        } else if entry.key == "workstream" {
            config.workstreams = workstreams::read(&mut reader, entry, &config.catalogue);
        } else if later::SECTIONS.contains(&entry.key.as_str()) {
            let note = later::read(&mut reader, entry);
            config.notes.push(note);
        }
    }
    let lines = config
        .gates
        .iter()
        .map(|g| g.line)
        .chain(config.waivers.iter().map(|w| w.line));
    config.lines = lines
        .map(|line| (line, reader.line_text(line).to_owned()))
        .collect();
    let mut mistakes = reader.mistakes;
    mistakes.sort_by_key(|mistake| mistake.at.start);
    if mistakes.is_empty() {
        Ok(config)
    } else {
        Err(mistakes)
    }
}

/// Sections that need no other, and keys that are no section.
fn section(reader: &mut Reader<'_>, entry: &Entry, config: &mut Config) {
    match entry.key.as_str() {
        "campaign" => campaign(reader, &entry.value, config),
        "store" => config.retention = retention(reader, &entry.value),
        "release" => config.releases = release::read(reader, &entry.value),
        known if SECTIONS.contains(&known) || later::SECTIONS.contains(&known) => {}
        _ => {
            let message = format!("unknown section `{}`", excerpt(&entry.key));
            let label = spelling::nearest(&entry.key, SECTIONS.into_iter().chain(later::SECTIONS))
                .map_or_else(
                    || format!("expected {}", spelling::list(&SECTIONS)),
                    |section| format!("did you mean `{section}`?"),
                );
            reader.wrong::<()>(Mistake::new(entry.key_at.clone(), message, label));
        }
    }
}

fn campaign(reader: &mut Reader<'_>, node: &Node, config: &mut Config) {
    for entry in reader.table(node).unwrap_or_default() {
        match entry.key.as_str() {
            "name" => config.name = reader.text(&entry.value),
            "release" => config.release = version(reader, &entry.value),
            _ => reader.unknown_key(entry, &["name", "release"], "[campaign]"),
        }
    }
}

fn version(reader: &mut Reader<'_>, node: &Node) -> Option<semver::Version> {
    let text = reader.text(node)?;
    match text.parse() {
        Ok(version) => Some(version),
        Err(_) => {
            let message = format!("not a version: `{}`", excerpt(&text));
            reader.wrong(Mistake::new(
                node.at.clone(),
                message,
                "expected three numbers, as in \"2.0.0\"",
            ))
        }
    }
}

fn retention(reader: &mut Reader<'_>, node: &Node) -> Retention {
    let mut retention = Retention::default();
    for entry in reader.table(node).unwrap_or_default() {
        match entry.key.as_str() {
            "keep" => retention.keep = reader.whole(&entry.value, 1..=1_000_000),
            "max-age" => retention.max_age = reader.duration(&entry.value),
            _ => reader.unknown_key(entry, &["keep", "max-age"], "[store]"),
        }
    }
    retention
}
