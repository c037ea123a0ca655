//! `[collect]`: the default collectors, the build configuration, and the settings of each
//! collector.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::declared::Declared;
use super::keys;
use super::own::{self, Own, is_name, read_command};
use super::reader::Reader;
use crate::collector::{
    self, Definition, REFUSED_ARGS, Setting, SettingKind, SettingValue, Settings,
};
use crate::metric::Catalogue;
use crate::plan::{BuildSelection, Collector};
use crate::text::excerpt;

/// The contents of `[collect]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Collect {
    /// The collectors that run if a command names none.
    pub default: Vec<Collector>,
    /// Features, target and profile.
    pub build: BuildSelection,
    /// Target directory, relative to the workspace root. `None` shares that of the user.
    pub target_dir: Option<String>,
    /// Excluded packages.
    pub exclude: Vec<String>,
    /// Whether `check` and `clippy` compile benches.
    pub benches: bool,
    /// Time limit of steps without a specific one.
    pub timeout: Option<Duration>,
    /// Inputs that collectors declare.
    pub declared: BTreeMap<Collector, Declared>,
    /// Settings of built-in collectors that have a table.
    pub settings: BTreeMap<Collector, Settings>,
    /// Custom collectors, in the order of the file.
    pub own: Vec<Own>,
}

impl Default for Collect {
    fn default() -> Self {
        let default = collector::DEFAULT.iter().map(|one| one.collector());
        Self {
            default: default.collect(),
            build: BuildSelection::default(),
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
        let mut settings = self.settings.get(collector).cloned().unwrap_or_default();
        settings.timeout = settings.timeout.or(self.timeout);
        settings
    }

    /// Returns the inputs that a collector declares.
    pub fn declared(&self, collector: &Collector) -> Declared {
        self.declared.get(collector).cloned().unwrap_or_default()
    }

    /// Returns whether a collector's result depends on the source tree.
    ///
    /// The result of a custom collector does unless it declares only other inputs.
    pub fn reads_sources(&self, collector: &Collector) -> bool {
        let inputs = self.declared(collector).inputs;
        !collector::is_custom(collector)
            || inputs.is_empty()
            || inputs.iter().any(|i| i == Declared::SOURCES)
    }
}

/// Reads `[collect]`. Adds the metrics of custom collectors to the catalogue.
pub(super) fn read(reader: &mut Reader<'_>, node: &TomlNode, catalogue: &mut Catalogue) -> Collect {
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

/// Reads a key of `[collect]` itself. Returns `false` for any other key.
fn setting(reader: &mut Reader<'_>, entry: &TomlEntry, collect: &mut Collect) -> bool {
    let value = &entry.value;
    match entry.key.as_str() {
        "features" => collect.build.features = reader.texts(value).unwrap_or_default(),
        "all-features" => collect.build.all_features = reader.flag(value).unwrap_or_default(),
        "no-default-features" => {
            collect.build.no_default_features = reader.flag(value).unwrap_or_default()
        }
        "profile" => collect.build.profile = reader.text(value),
        "target" => collect.build.target = reader.text(value),
        "target-dir" => collect.target_dir = reader.text(value),
        "exclude" => collect.exclude = reader.texts(value).unwrap_or_default(),
        "benches" => collect.benches = reader.flag(value).unwrap_or(true),
        "timeout" => collect.timeout = reader.duration(value),
        _ => return false,
    }
    true
}

/// Reads `[collect.NAME]` of a built-in or custom collector.
fn collector(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    collect: &mut Collect,
    catalogue: &mut Catalogue,
) {
    let collector = Collector::from(entry.key.clone());
    let is_table = matches!(entry.value.kind, TomlKind::Table(_));
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
    if !collector::is_custom(&collector) {
        let settings = settings(reader, &collector, &entry.value);
        collect.settings.insert(collector, settings);
    } else if is_table
        && (entry.value.get("command").is_some() || entry.value.get("metrics").is_some())
    {
        collect.own.extend(own::read(reader, entry, catalogue));
    } else if is_table {
        let message = spelling::unknown("collector", &entry.key);
        let label = spelling::nearest(&entry.key, collector::names())
            .map_or_else(|| "no such collector".to_owned(), spelling::did_you_mean);
        let mistake = Mistake::new(entry.key_at.clone(), message, label);
        reader.wrong::<()>(
            mistake.help("a collector of your own needs `command = [\"PROGRAM\", ..]`"),
        );
    } else {
        reader.unknown_key(entry, &keys::COLLECT, "[collect]");
    }
}

/// Reads `[collect.NAME]` of a built-in collector.
fn settings(reader: &mut Reader<'_>, collector: &Collector, node: &TomlNode) -> Settings {
    let definition = collector::of(collector);
    let keys = definition.keys();
    let mut settings = Settings::default();
    for entry in reader.table(node).unwrap_or_default() {
        let (key, value) = (entry.key.as_str(), &entry.value);
        if Declared::KEYS.contains(&key) {
            continue;
        }
        if !keys.contains(&key) {
            misplaced(reader, definition, entry);
            continue;
        }
        if let Some(setting) = definition.settings.iter().find(|one| one.key == key) {
            if let Some(value) = setting_value(reader, setting, value) {
                settings.set(setting.key, value);
            }
            continue;
        }
        match key {
            "timeout" => settings.timeout = reader.duration(value),
            "args" => settings.args = args(reader, definition, value),
            _ => settings.allow_empty = reader.flag(value).unwrap_or_default(),
        }
    }
    settings
}

/// Reads the value of a setting that not every collector has.
fn setting_value(
    reader: &mut Reader<'_>,
    setting: &Setting,
    node: &TomlNode,
) -> Option<SettingValue> {
    match setting.kind {
        SettingKind::Flag => reader.flag(node).map(SettingValue::Flag),
        SettingKind::Count(least, most) => {
            reader.whole(node, least..=most).map(SettingValue::Count)
        }
        SettingKind::Limit(_) => reader
            .whole(node, 0..=SettingKind::GREATEST_LIMIT)
            .map(SettingValue::Count),
        SettingKind::Choice(words) => {
            let choices: Vec<(&str, &'static str)> =
                words.iter().map(|word| (*word, *word)).collect();
            reader
                .choice(node, setting.key, &choices)
                .map(SettingValue::Choice)
        }
        SettingKind::Text => reader.text(node).map(SettingValue::Text),
        SettingKind::Texts => reader.texts(node).map(SettingValue::Texts),
        SettingKind::Paths => reader.paths(node).map(SettingValue::Texts),
        SettingKind::Reasons => Some(SettingValue::Reasons(reasons(reader, setting, node))),
        SettingKind::Commands => Some(SettingValue::Commands(commands(reader, node))),
        SettingKind::Days(_) => reader.duration(node).map(SettingValue::Duration),
    }
}

/// Reads a list of tables with a name and a reason.
fn reasons(reader: &mut Reader<'_>, setting: &Setting, node: &TomlNode) -> Vec<(String, String)> {
    let TomlKind::List(nodes) = &node.kind else {
        reader.unlike::<()>(node, "an array of tables");
        return Vec::new();
    };
    let mut found = Vec::new();
    for node in nodes {
        let (mut name, mut reason) = (None, None);
        for entry in reader.table(node).unwrap_or_default() {
            match entry.key.as_str() {
                "name" => name = reader.text(&entry.value),
                "reason" => reason = reader.text(&entry.value),
                _ => reader.unknown_key(entry, &keys::REASON, setting.key),
            }
        }
        let demanded = [("name", "name = \"..\""), ("reason", "reason = \"..\"")];
        reader.demand(&node.at, node.entries(), setting.key, &demanded);
        found.extend(name.zip(reason));
    }
    found
}

/// Reads a table of commands, each of which begins with the name of a program of the workspace.
fn commands(reader: &mut Reader<'_>, node: &TomlNode) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for entry in reader.table(node).unwrap_or_default() {
        if !is_name(&entry.key) {
            let message = format!("not a name for a command: `{}`", excerpt(&entry.key));
            reader.wrong::<()>(Mistake::new(
                entry.key_at.clone(),
                message,
                "expected lower-case letters, digits, `-`, `_`",
            ));
            continue;
        }
        let Some(words) = read_command(reader, &entry.value) else {
            continue;
        };
        if words[0].contains(['/', '\\']) {
            path_of_program(reader, &entry.value, &words[0]);
            continue;
        }
        found.push((entry.key.clone(), words));
    }
    found
}

/// Reports a program that is named by its path. Which build a file comes from would be unknown.
fn path_of_program(reader: &mut Reader<'_>, node: &TomlNode, path: &str) {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let mistake = Mistake::new(
        node.at.clone(),
        format!("`{}` is a path", excerpt(path)),
        "expected the name of a program of the workspace",
    );
    let help = format!("write \"{}\", which cargo builds first", excerpt(name));
    reader.wrong::<()>(mistake.help(help));
}

/// Reports a key that this collector does not have: one of another collector, a command, or an
/// unknown one.
fn misplaced(reader: &mut Reader<'_>, definition: &Definition, entry: &TomlEntry) {
    let collector = definition.name;
    let table = format!("[collect.{collector}]");
    let key = entry.key.as_str();
    if let Some(other) = collector::ALL
        .iter()
        .find(|other| other.keys().contains(&key))
    {
        let message = format!("`{}` does not belong in {table}", entry.key);
        let label = if Settings::KEYS.contains(&key) {
            "it runs no command".to_owned()
        } else {
            format!("belongs in [collect.{}]", other.name)
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
        reader.unknown_key_of(entry, &definition.keys(), &table);
    }
}

/// Reads `args` and refuses the flags that the program itself must set.
fn args(reader: &mut Reader<'_>, definition: &Definition, node: &TomlNode) -> Vec<String> {
    let args = reader.texts(node).unwrap_or_default();
    let TomlKind::List(nodes) = &node.kind else {
        return args;
    };
    let mut is_tools = false;
    for node in nodes {
        let flag = node
            .text()
            .unwrap_or_default()
            .split('=')
            .next()
            .unwrap_or_default();
        is_tools |= flag == "--";
        let refused = match is_tools {
            false => definition.refused_args,
            true => definition.refused_tool_args,
        };
        if let Some((flag, why)) = REFUSED_ARGS
            .iter()
            .chain(refused)
            .find(|(refused, _)| is_flag(flag, refused))
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

/// Returns whether an argument is this flag. A short one may have its value behind it: `-Fx`.
fn is_flag(arg: &str, flag: &str) -> bool {
    arg == flag || !flag.starts_with("--") && arg.starts_with(flag)
}

/// Reads a list of collectors without duplicates.
fn collectors(reader: &mut Reader<'_>, node: &TomlNode) -> Vec<Collector> {
    let mut found = Vec::new();
    let names = reader.texts(node).unwrap_or_default();
    let TomlKind::List(nodes) = &node.kind else {
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

/// Returns the names of the built-in collectors and of every table in `[collect]`.
///
/// Invalid tables are included, because a reference to one of them is not a second error.
fn names(node: &TomlNode) -> Vec<String> {
    let tables = node
        .entries()
        .iter()
        .filter(|e| matches!(e.value.kind, TomlKind::Table(_)));
    collector::names()
        .map(str::to_owned)
        .chain(tables.map(|e| e.key.clone()))
        .collect()
}

/// Returns whether a collector exists. Reports an error if it does not.
pub(super) fn is_known(reader: &mut Reader<'_>, collector: &Collector, at: &Range<usize>) -> bool {
    let names = std::mem::take(&mut reader.collectors);
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_known = known.contains(&collector.name());
    if !is_known {
        let message = spelling::unknown("collector", collector.name());
        let label = spelling::nearest(collector.name(), known.iter().copied()).map_or_else(
            || format!("expected {}", spelling::list(&known)),
            spelling::did_you_mean,
        );
        reader.wrong::<()>(Mistake::new(at.clone(), message, label));
    }
    reader.collectors = names;
    is_known
}
