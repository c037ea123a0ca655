//! `[collect]`: what is measured by default, in which configuration, and how each collector works.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{Entry, Kind, Node};
use super::own::{self, Own};
use super::reader::Reader;
use crate::metric::Catalogue;
use crate::plan::Collector;
use crate::text::excerpt;

/// What is measured, and of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Collect {
    /// Measured when nobody says what; as `default = [..]`.
    pub default: Vec<Collector>,
    /// Cargo features to turn on.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all_features: bool,
    /// `--no-default-features`.
    pub no_default_features: bool,
    /// Cargo profile; `None` leaves it to cargo.
    pub profile: Option<String>,
    /// Target triple; `None` for the host's.
    pub target: Option<String>,
    /// Target dir, relative to the workspace root; `None` shares the user's.
    pub target_dir: Option<String>,
    /// Packages left out.
    pub exclude: Vec<String>,
    /// `check` and `clippy` compile benches.
    pub benches: bool,
    /// Time limit of each step that has none of its own.
    pub timeout: Option<Duration>,
    /// What collectors read, as far as they say so.
    pub declared: BTreeMap<Collector, Declared>,
    /// Built-in collectors with a table of their own.
    pub settings: BTreeMap<Collector, Settings>,
    /// The team's own collectors, in the order of the file.
    pub own: Vec<Own>,
}

impl Default for Collect {
    fn default() -> Self {
        use Collector::{Check, Clippy, Doc, Fmt, Loc, Test};
        Self {
            default: vec![Check, Clippy, Test, Fmt, Doc, Loc],
            features: Vec::new(),
            all_features: false,
            no_default_features: false,
            profile: None,
            target: None,
            target_dir: None,
            exclude: Vec::new(),
            benches: true,
            timeout: None,
            declared: BTreeMap::new(),
            settings: BTreeMap::new(),
            own: Vec::new(),
        }
    }
}

impl Collect {
    /// How a built-in collector works: its table, or the defaults.
    pub fn settings(&self, collector: &Collector) -> Settings {
        let own = self.settings.get(collector).cloned().unwrap_or_default();
        Settings {
            timeout: own.timeout.or(self.timeout),
            ..own
        }
    }

    /// What a collector declares to read.
    pub fn declared(&self, collector: &Collector) -> Declared {
        self.declared.get(collector).cloned().unwrap_or_default()
    }

    /// Whether a collector's result depends on the source tree. That of a custom collector does unless it declares other
    /// inputs only.
    pub fn reads_sources(&self, collector: &Collector) -> bool {
        let inputs = self.declared(collector).inputs;
        !matches!(collector, Collector::Own(_))
            || inputs.is_empty()
            || inputs.iter().any(|i| i == Declared::SOURCES)
    }
}

/// What a collector reads that cannot be found out: `inputs`, `env` and `max-age` of `[collect.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Files by pattern, relative to the root; [`Declared::SOURCES`] stands for the source tree.
    pub inputs: Vec<String>,
    /// Environment variables.
    pub env: Vec<String>,
    /// An older result is measured again.
    pub max_age: Option<Duration>,
}

impl Declared {
    /// The keys in `[collect.NAME]`.
    pub const KEYS: [&str; 3] = ["env", "inputs", "max-age"];
    /// The input that stands for every source file of the workspace.
    pub const SOURCES: &str = "@sources";

    /// The patterns among the inputs.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.inputs
            .iter()
            .map(String::as_str)
            .filter(|input| *input != Self::SOURCES)
    }

    /// Reads one of [`Declared::KEYS`].
    fn set(&mut self, reader: &mut Reader<'_>, entry: &Entry) {
        match entry.key.as_str() {
            "inputs" => self.inputs = inputs(reader, &entry.value),
            "env" => self.env = reader.texts(&entry.value).unwrap_or_default(),
            _ => self.max_age = reader.duration(&entry.value),
        }
    }
}

/// `inputs`: patterns, and words of ours that begin with `@`.
fn inputs(reader: &mut Reader<'_>, node: &Node) -> Vec<String> {
    let inputs = reader.texts(node).unwrap_or_default();
    let Kind::List(nodes) = &node.kind else {
        return inputs;
    };
    for (input, node) in inputs.iter().zip(nodes) {
        if input.starts_with('@') && input != Declared::SOURCES {
            let message = format!("unknown input `{}`", excerpt(input));
            let label = format!("expected a path, a pattern or `{}`", Declared::SOURCES);
            reader.wrong::<()>(Mistake::new(node.at.clone(), message, label));
        }
    }
    inputs
}

/// How a built-in collector works: `[collect.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Time limit of its step.
    pub timeout: Option<Duration>,
    /// Handed on to its cargo command, before any `--`.
    pub args: Vec<String>,
    /// Who runs the tests (`test`).
    pub runner: Runner,
    /// Record the time of each test where the runner can tell (`test`).
    pub durations: bool,
    /// Independent runs of each benchmark (`bench`).
    pub repeats: u32,
    /// Lints that are errors count as warnings, so that no package hides its dependents (`clippy`).
    pub cap_lints: bool,
    /// Count public items with and without docs: a second pass of rustdoc (`doc`).
    pub missing: bool,
    /// Finding nothing to do is zero, and not the absence of a value.
    pub allow_empty: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: None,
            args: Vec::new(),
            runner: Runner::Cargo,
            durations: false,
            repeats: 1,
            cap_lints: false,
            missing: false,
            allow_empty: false,
        }
    }
}

/// Who runs the tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Runner {
    /// `cargo test`, under our target runner.
    #[default]
    Cargo,
    /// `cargo nextest run`: a series of its own.
    Nextest,
}

/// Keys of `[collect]` itself.
const KEYS: [&str; 10] = [
    "default",
    "features",
    "all-features",
    "no-default-features",
    "profile",
    "target",
    "target-dir",
    "exclude",
    "benches",
    "timeout",
];

/// Reads `[collect]`. Metrics of own collectors join the catalogue.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, catalogue: &mut Catalogue) -> Collect {
    let mut collect = Collect::default();
    let mut default = None;
    reader.collectors = names(node);
    for entry in reader.table(node).unwrap_or_default() {
        if entry.key == "default" {
            default = Some(&entry.value);
        } else if !setting(reader, entry, &mut collect) {
            collector(reader, entry, &mut collect, catalogue);
        }
    }
    if let Some(node) = default {
        collect.default = collectors(reader, node);
    }
    collect
}

/// One key of `[collect]` itself; `false` when it is not one.
fn setting(reader: &mut Reader<'_>, entry: &Entry, collect: &mut Collect) -> bool {
    let value = &entry.value;
    match entry.key.as_str() {
        "features" => collect.features = reader.texts(value).unwrap_or_default(),
        "all-features" => collect.all_features = reader.flag(value).unwrap_or_default(),
        "no-default-features" => {
            collect.no_default_features = reader.flag(value).unwrap_or_default()
        }
        "profile" => collect.profile = reader.text(value),
        "target" => collect.target = reader.text(value),
        "target-dir" => collect.target_dir = reader.text(value),
        "exclude" => collect.exclude = reader.texts(value).unwrap_or_default(),
        "benches" => collect.benches = reader.flag(value).unwrap_or(true),
        "timeout" => collect.timeout = reader.duration(value),
        _ => return false,
    }
    true
}

/// `[collect.NAME]`: a built-in collector, or one of the team's own.
fn collector(
    reader: &mut Reader<'_>,
    entry: &Entry,
    collect: &mut Collect,
    catalogue: &mut Catalogue,
) {
    let collector = Collector::from(entry.key.clone());
    let is_table = matches!(entry.value.kind, Kind::Table(_));
    if is_table {
        let mut declared = Declared::default();
        let keys = entry
            .value
            .entries()
            .iter()
            .filter(|entry| Declared::KEYS.contains(&entry.key.as_str()));
        keys.for_each(|entry| declared.set(reader, entry));
        collect.declared.insert(collector.clone(), declared);
    }
    if !matches!(collector, Collector::Own(_)) {
        let settings = settings(reader, &collector, &entry.value);
        collect.settings.insert(collector, settings);
    } else if is_table
        && (entry.value.get("command").is_some() || entry.value.get("metrics").is_some())
    {
        collect.own.extend(own::read(reader, entry, catalogue));
    } else if is_table {
        let message = format!("unknown collector `{}`", excerpt(&entry.key));
        let label = spelling::nearest(&entry.key, Collector::BUILT_IN.iter().map(Collector::name))
            .map_or_else(
                || "no such collector".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
        let mistake = Mistake::new(entry.key_at.clone(), message, label);
        reader.wrong::<()>(
            mistake.help("a collector of your own needs `command = [\"PROGRAM\", ..]`"),
        );
    } else {
        reader.unknown_key(entry, &KEYS, "[collect]");
    }
}

/// The keys a built-in collector takes. What only reads files has no settings.
fn keys(collector: &Collector) -> &'static [&'static str] {
    match collector {
        Collector::Test => &["timeout", "args", "allow-empty", "runner", "durations"],
        Collector::Clippy => &["timeout", "args", "allow-empty", "cap-lints"],
        Collector::Bench => &["timeout", "args", "allow-empty", "repeats"],
        Collector::Doc => &["timeout", "args", "allow-empty", "missing"],
        Collector::Check | Collector::Build | Collector::Fmt => &["timeout", "args", "allow-empty"],
        Collector::Loc | Collector::Changelog | Collector::Own(_) => &[],
    }
}

/// `[collect.NAME]` of a built-in collector.
fn settings(reader: &mut Reader<'_>, collector: &Collector, node: &Node) -> Settings {
    let mut settings = Settings::default();
    for entry in reader.table(node).unwrap_or_default() {
        let value = &entry.value;
        if Declared::KEYS.contains(&entry.key.as_str()) {
            continue;
        }
        if !keys(collector).contains(&entry.key.as_str()) {
            misplaced(reader, collector, entry);
            continue;
        }
        match entry.key.as_str() {
            "timeout" => settings.timeout = reader.duration(value),
            "args" => settings.args = args(reader, collector, value),
            "runner" => {
                let runners = [("cargo", Runner::Cargo), ("nextest", Runner::Nextest)];
                settings.runner = reader.choice(value, "runner", &runners).unwrap_or_default();
            }
            "durations" => settings.durations = reader.flag(value).unwrap_or_default(),
            "repeats" => settings.repeats = reader.whole(value, 1..=1000).unwrap_or(1),
            "allow-empty" => settings.allow_empty = reader.flag(value).unwrap_or_default(),
            "cap-lints" => settings.cap_lints = reader.flag(value).unwrap_or(true),
            _ => settings.missing = reader.flag(value).unwrap_or_default(),
        }
    }
    settings
}

/// A key that this collector does not take: another one's, a command, or nobody's.
fn misplaced(reader: &mut Reader<'_>, collector: &Collector, entry: &Entry) {
    let table = format!("[collect.{collector}]");
    let others = Collector::BUILT_IN;
    if let Some(other) = others
        .iter()
        .find(|other| keys(other).contains(&entry.key.as_str()))
    {
        let message = format!("`{}` does not belong in {table}", entry.key);
        let shared = keys(&Collector::Check).contains(&entry.key.as_str());
        let label = if shared {
            "it runs no command".to_owned()
        } else {
            format!("belongs in [collect.{other}]")
        };
        reader.wrong::<()>(Mistake::new(entry.key_at.clone(), message, label));
    } else if entry.key == "command" || entry.key == "metrics" {
        let message = format!("`{collector}` is a built-in collector");
        let mistake = Mistake::new(
            entry.key_at.clone(),
            message,
            "a built-in collector brings its own",
        );
        reader.wrong::<()>(mistake.help("give a collector of your own another name"));
    } else {
        reader.unknown_key(entry, keys(collector), &table);
    }
}

/// Arguments that would break what is read from the command, and where they belong instead.
const OURS: [(&str, &str); 5] = [
    ("--message-format", "it is how figures are read"),
    ("--manifest-path", "give it to cargo campaign"),
    ("--target-dir", "set `target-dir` in [collect]"),
    ("--target", "set `target` in [collect]"),
    ("--profile", "set `profile` in [collect]"),
];

/// Arguments of cargo that would end the tests of nextest early, or set what the program sets.
const TESTS: [(&str, &str); 5] = [
    ("--cargo-profile", "set `profile` in [collect]"),
    ("--fail-fast", "every test must run"),
    ("--ff", "every test must run"),
    ("--max-fail", "every test must run"),
    ("--nff", "it is set already"),
];

/// Arguments of test executables that would take away what results are read from.
const HARNESS: [(&str, &str); 3] = [
    ("--format", "results are read from the output"),
    ("--list", "nothing would run"),
    ("--logfile", "results are read from the log file"),
];

/// Reads `args` and refuses the flags that the program itself must set.
fn args(reader: &mut Reader<'_>, collector: &Collector, node: &Node) -> Vec<String> {
    let args = reader.texts(node).unwrap_or_default();
    let Kind::List(nodes) = &node.kind else {
        return args;
    };
    let runs_tests = matches!(collector, Collector::Test | Collector::Bench);
    let mut is_tools = false;
    for node in nodes {
        let flag = node
            .text()
            .unwrap_or_default()
            .split('=')
            .next()
            .unwrap_or_default();
        is_tools |= flag == "--";
        let refused: &[(&str, &str)] = match (is_tools, runs_tests) {
            (false, true) => &TESTS,
            (true, true) => &HARNESS,
            _ => &[],
        };
        if let Some((flag, why)) = OURS
            .iter()
            .chain(refused)
            .find(|(refused, _)| *refused == flag)
        {
            reader.wrong::<()>(Mistake::new(
                node.at.clone(),
                format!("`{flag}` cannot be an argument of a collector"),
                *why,
            ));
        }
    }
    args
}

/// A list of collectors, each once.
fn collectors(reader: &mut Reader<'_>, node: &Node) -> Vec<Collector> {
    let mut found = Vec::new();
    let names = reader.texts(node).unwrap_or_default();
    let Kind::List(nodes) = &node.kind else {
        return found;
    };
    if nodes.is_empty() {
        reader.wrong::<()>(Mistake::new(
            node.at.clone(),
            "no collector to run by default",
            "name at least one",
        ));
    }
    for (name, node) in names.into_iter().zip(nodes) {
        let collector = Collector::from(name);
        if found.contains(&collector) {
            let message = format!("collector `{collector}` is listed twice");
            reader.wrong::<()>(Mistake::new(
                node.at.clone(),
                message,
                "listed above already",
            ));
        } else if is_known(reader, &collector, &node.at) {
            found.push(collector);
        }
    }
    found
}

/// Built-in collectors, and every table that could be one: a broken one has its mistake already.
fn names(node: &Node) -> Vec<String> {
    let tables = node
        .entries()
        .iter()
        .filter(|e| matches!(e.value.kind, Kind::Table(_)));
    Collector::BUILT_IN
        .iter()
        .map(|c| c.name().to_owned())
        .chain(tables.map(|e| e.key.clone()))
        .collect()
}

/// Is there such a collector?
pub(super) fn is_known(reader: &mut Reader<'_>, collector: &Collector, at: &Range<usize>) -> bool {
    let names = std::mem::take(&mut reader.collectors);
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_known = known.contains(&collector.name());
    if !is_known {
        let message = format!("unknown collector `{}`", excerpt(collector.name()));
        reader.wrong::<()>(Mistake::new(
            at.clone(),
            message,
            spelling::suggest(collector.name(), &known),
        ));
    }
    reader.collectors = names;
    is_known
}
