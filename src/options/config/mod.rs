//! The language of `campaign.toml`.
//!
//! Converts text to values, or reports every error in it. Does not access files, flags or the
//! environment. Names of metrics are checked against the catalogue.

mod alerts;
mod attestations;
mod attested;
mod collect;
mod declared;
mod documents;
mod escalation;
mod experiments;
mod gates;
pub mod keys;
mod metrics;
mod milestones;
mod notifications;
mod objectives;
pub mod own;
mod reader;
mod release;
mod replace;
mod risks;
mod schedule;
mod schema;
mod waivers;
mod workstreams;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

pub use attestations::parse as attestations;
pub use collect::Collect;
pub use declared::Declared;
pub(in crate::options) use documents::unknown as unknown_section;
pub use own::Own;
use reader::Reader;
pub use release::{Changelogs, Release, VERSION};
pub use schema::schema;

use super::mistake::Mistake;
use super::spelling;
use super::tree::{self, TomlEntry, TomlNode};
use crate::alert::AlertRule;
use crate::experiment::Experiment;
use crate::gate::{Gate, Waiver};
use crate::metric::{Catalogue, MetricRow, Unit};
use crate::notification::Subscription;
use crate::plan::Collector;
use crate::risk::Risk;
use crate::schedule::Schedule;
use crate::team_document::TeamDocument;
use crate::text::excerpt;
use crate::workstream::{Milestone, Workstream};

/// The contents of `campaign.toml`.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `[campaign] name`.
    pub name: Option<String>,
    /// `[campaign] release`: the target version.
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
    /// `[[milestone]]`, in the order of the file.
    pub milestones: Vec<Milestone>,
    /// `[attested]`: the metrics that people state.
    pub attested: Vec<MetricRow>,
    /// `[[risk]]`, in the order of the file.
    pub risks: Vec<Risk>,
    /// `[[document]]`, in the order of the file.
    pub documents: Vec<TeamDocument>,
    /// `[decisions] directory`, relative to the root.
    pub decisions: Option<String>,
    /// `[store]`.
    pub retention: Retention,
    /// `[schedule]`.
    pub schedule: Schedule,
    /// `[[alert]]`, in the order of the file.
    pub alerts: Vec<AlertRule>,
    /// `[[notify]]`, in the order of the file.
    pub notify: Vec<Subscription>,
    /// `[experiment.NAME]`, in the order of the file.
    pub experiments: Vec<Experiment>,
    /// The text of each line that defines a gate or waiver.
    pub lines: BTreeMap<u32, String>,
    /// The built-in metrics and those of custom collectors.
    pub catalogue: Catalogue,
    /// Warnings about values that have no effect in this version.
    pub notes: Vec<String>,
}

impl Config {
    /// Returns the metrics of each custom collector with their units.
    pub fn own_units(&self) -> BTreeMap<Collector, BTreeMap<String, Unit>> {
        self.collect
            .own
            .iter()
            .map(|own| (Collector::from(own.name.clone()), own.units()))
            .collect()
    }
}

/// The number and age of runs to keep. Pinned runs are always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The maximum number of runs.
    pub keep: Option<u32>,
    /// The maximum age of a run.
    pub max_age: Option<Duration>,
}

/// Names of the sections.
const SECTIONS: [&str; 16] = [
    "campaign",
    "collect",
    "gates",
    "waiver",
    "workstream",
    "milestone",
    "risk",
    "document",
    "attested",
    "decisions",
    "release",
    "store",
    "schedule",
    "alert",
    "notify",
    "experiment",
];

/// Parses `campaign.toml`. `file` is its name in messages and records.
///
/// # Errors
/// If the file is not valid. Every error is reported, in the order of the file.
pub fn parse(file: &str, text: &str) -> Result<Config, Vec<Mistake>> {
    let root = tree::parse(text).map_err(|mistake| vec![mistake])?;
    read(file, text, &root)
}

/// Parses `[workspace.metadata.campaign]` of a root manifest. Returns `None` if there is none.
///
/// # Errors
/// As for [`parse`].
pub fn parse_metadata(file: &str, text: &str) -> Result<Option<Config>, Vec<Mistake>> {
    let root = tree::parse(text).map_err(|mistake| vec![mistake])?;
    metadata(&root)
        .map(|node| read(file, text, node))
        .transpose()
}

/// Returns whether a manifest has `[workspace.metadata.campaign]`, valid or not.
pub fn has_metadata(text: &str) -> bool {
    // Most manifests do not contain the word, and searching is faster than parsing.
    text.contains("campaign") && tree::parse(text).is_ok_and(|root| metadata(&root).is_some())
}

fn metadata(root: &TomlNode) -> Option<&TomlNode> {
    ["workspace", "metadata", "campaign"]
        .iter()
        .try_fold(root, |node, key| node.get(key))
}

/// Reads all sections.
///
/// Metrics are read before the gates on them, and gates before their waivers, whatever their order
/// in the file.
fn read(file: &str, text: &str, root: &TomlNode) -> Result<Config, Vec<Mistake>> {
    let mut reader = Reader::new(file, text);
    let mut config = Config::default();
    for entry in reader.table(root).unwrap_or_default() {
        section(&mut reader, entry, &mut config);
    }
    if let Some(node) = root.get("collect") {
        config.collect = collect::read(&mut reader, node, &mut config.catalogue);
    }
    if let Some(node) = root.get("attested") {
        config.attested = attested::read(&mut reader, node, &mut config.catalogue);
    }
    let mut entries = root.entries().iter();
    if let Some(entry) = entries.find(|entry| entry.key == "workstream") {
        let taken = &config.collect.own;
        let own = objectives::read(&mut reader, entry, taken, &mut config.catalogue);
        config.collect.own.extend(own);
    }
    let before = reader.mistakes.len();
    if let Some(node) = root.get("gates") {
        config.gates = gates::read(&mut reader, node, &config.catalogue);
    }
    // A waiver for an invalid gate is not a second error.
    let judged = reader.mistakes.len() == before && reader.doubtful.is_empty();
    for entry in root.entries() {
        if entry.key == "waiver" {
            config.waivers =
                waivers::read(&mut reader, entry, &config.gates, &config.catalogue, judged);
        } else if entry.key == "workstream" {
            config.workstreams = workstreams::read(&mut reader, entry, &config.catalogue);
        } else if entry.key == "milestone" {
            config.milestones = milestones::read(&mut reader, entry, &config.catalogue);
        } else if entry.key == "document" {
            config.documents = documents::read(&mut reader, entry);
        } else if entry.key == "schedule" {
            config.schedule = schedule::read(&mut reader, &entry.value);
        } else if entry.key == "alert" {
            config.alerts = alerts::read(&mut reader, entry, &config.catalogue);
        } else if entry.key == "notify" {
            config.notify = notifications::read(&mut reader, entry, &mut config.notes);
        } else if entry.key == "experiment" {
            config.experiments = experiments::read(&mut reader, &entry.value);
        } else if entry.key == "risk" {
            config.risks = risks::read(&mut reader, entry, &config.catalogue);
        }
    }
    for entry in root.entries() {
        let (streams, milestones) = (&config.workstreams, &config.milestones);
        match entry.key.as_str() {
            "workstream" => milestones::check(&mut reader, entry, milestones),
            "risk" => risks::check(&mut reader, entry, streams, milestones),
            _ => {}
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
    // The sections were not read in the order of the file.
    mistakes.sort_by_key(|mistake| mistake.at.start);
    if mistakes.is_empty() {
        Ok(config)
    } else {
        Err(mistakes)
    }
}

/// Reads a section that does not depend on another one, and reports unknown sections.
fn section(reader: &mut Reader<'_>, entry: &TomlEntry, config: &mut Config) {
    match entry.key.as_str() {
        "campaign" => campaign(reader, &entry.value, config),
        "store" => config.retention = retention(reader, &entry.value),
        "release" => config.releases = release::read(reader, &entry.value),
        "decisions" => config.decisions = decisions(reader, &entry.value),
        known if SECTIONS.contains(&known) => {}
        _ => {
            let message = spelling::unknown("section", &entry.key);
            let label = spelling::nearest(&entry.key, SECTIONS).map_or_else(
                || format!("expected {}", spelling::list(&SECTIONS)),
                spelling::did_you_mean,
            );
            reader.wrong::<()>(Mistake::new(entry.key_at.clone(), message, label));
        }
    }
}

fn campaign(reader: &mut Reader<'_>, node: &TomlNode, config: &mut Config) {
    for entry in reader.table(node).unwrap_or_default() {
        match entry.key.as_str() {
            "name" => config.name = reader.text(&entry.value),
            "release" => config.release = version(reader, &entry.value),
            _ => reader.unknown_key(entry, &keys::CAMPAIGN, "[campaign]"),
        }
    }
}

fn version(reader: &mut Reader<'_>, node: &TomlNode) -> Option<semver::Version> {
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

fn retention(reader: &mut Reader<'_>, node: &TomlNode) -> Retention {
    let mut retention = Retention::default();
    for entry in reader.table(node).unwrap_or_default() {
        match entry.key.as_str() {
            "keep" => retention.keep = reader.whole(&entry.value, 1..=1_000_000),
            "max-age" => retention.max_age = reader.duration(&entry.value),
            _ => reader.unknown_key(entry, &keys::STORE, "[store]"),
        }
    }
    retention
}

/// Reads the directory of decisions, which must be below the root.
fn decisions(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let mut directory = None;
    for entry in reader.table(node).unwrap_or_default() {
        match entry.key.as_str() {
            "directory" => directory = below_root(reader, &entry.value),
            _ => reader.unknown_key(entry, &keys::DECISIONS, "[decisions]"),
        }
    }
    directory
}

fn below_root(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let path = reader.text(node)?;
    let path = path.trim_end_matches('/');
    let is_below = !path.contains(['\\', ':'])
        && path
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".." | ".git" | ".campaign"));
    if is_below {
        return Some(path.to_owned());
    }
    let message = format!("not a directory of the workspace: `{}`", excerpt(path));
    let label = "expected a path below the root, with `/`";
    reader.wrong(Mistake::new(node.at.clone(), message, label))
}
