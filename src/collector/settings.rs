//! The settings of a collector: the keys that it has, and their values.

use std::collections::BTreeMap;
use std::time::Duration;

/// A key of `[collect.NAME]` that not every collector has.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// The type of its value, with the default.
    pub kind: SettingKind,
    /// One line of documentation.
    pub doc: &'static str,
    /// Its key in the digest of the settings. `None` if it does not change the meaning of values.
    pub decides: Option<&'static str>,
}

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// `true` or `false`. Off unless set.
    Flag,
    /// A whole number in a range. The first of them unless set.
    Count(u32, u32),
    /// A whole number that something may have, with the default.
    Limit(u32),
    /// One of these words. The first of them unless set.
    Choice(&'static [&'static str]),
    /// A text, such as a path. Empty unless set.
    Text,
    /// A list of texts. Empty unless set.
    Texts,
    /// A path or a list of paths. Empty unless set.
    Paths,
    /// A duration, with the default in days.
    Days(u32),
    /// A list of names, each with a reason. Empty unless set.
    Reasons,
    /// Commands by name, each with a program of the workspace and its arguments. Empty unless set.
    Commands,
}

impl SettingKind {
    /// The greatest value of [`Limit`](Self::Limit).
    pub const GREATEST_LIMIT: u32 = 1_000_000;
}

/// How a collector works: its table in the configuration, or the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Arguments that are appended to its command: those before the first `--` for cargo, the
    /// others for the tool.
    pub args: Vec<String>,
    /// Time limit of each step, instead of the default.
    pub timeout: Option<Duration>,
    /// Whether a step without any work gives zero instead of no value.
    pub allow_empty: bool,
    /// The settings of this collector alone, as far as they are set.
    values: BTreeMap<&'static str, SettingValue>,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "see `SettingKind`")]
pub enum SettingValue {
    Flag(bool),
    Count(u32),
    Choice(&'static str),
    Text(String),
    Texts(Vec<String>),
    Duration(Duration),
    /// Pairs of a name and a reason.
    Reasons(Vec<(String, String)>),
    /// Pairs of a name and the words of a command.
    Commands(Vec<(String, Vec<String>)>),
}

impl Settings {
    /// The keys of every collector that runs a command.
    pub const KEYS: [&'static str; 3] = ["timeout", "args", "allow-empty"];

    /// Sets a value.
    pub fn set(&mut self, key: &'static str, value: SettingValue) {
        self.values.insert(key, value);
    }

    /// Returns a flag.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.values.get(key), Some(SettingValue::Flag(true)))
    }

    /// Returns a number, if it is set.
    pub fn count(&self, key: &str) -> Option<u32> {
        match self.values.get(key) {
            Some(SettingValue::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// Returns the chosen word, if one is set.
    pub fn choice(&self, key: &str) -> Option<&'static str> {
        match self.values.get(key) {
            Some(SettingValue::Choice(chosen)) => Some(chosen),
            _ => None,
        }
    }

    /// Returns a text, if it is set.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some(SettingValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns a list of texts.
    pub fn texts(&self, key: &str) -> &[String] {
        match self.values.get(key) {
            Some(SettingValue::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// Returns a duration, if it is set.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        match self.values.get(key) {
            Some(SettingValue::Duration(duration)) => Some(*duration),
            _ => None,
        }
    }

    /// Returns a list of names with reasons.
    pub fn reasons(&self, key: &str) -> &[(String, String)] {
        match self.values.get(key) {
            Some(SettingValue::Reasons(reasons)) => reasons,
            _ => &[],
        }
    }

    /// Returns named commands, in the order of the file.
    pub fn commands(&self, key: &str) -> &[(String, Vec<String>)] {
        match self.values.get(key) {
            Some(SettingValue::Commands(commands)) => commands,
            _ => &[],
        }
    }

    /// Returns the words of all commands.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        let commands = self.values.values().filter_map(|value| match value {
            SettingValue::Commands(commands) => Some(commands),
            _ => None,
        });
        commands.flatten().flat_map(|(_, words)| words)
    }

    /// Returns whether a word was chosen.
    pub fn is(&self, key: &str, choice: &str) -> bool {
        matches!(self.values.get(key), Some(SettingValue::Choice(chosen)) if *chosen == choice)
    }
}
