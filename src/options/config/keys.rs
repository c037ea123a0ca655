//! The keys of `campaign.toml`, with one table for each section.
//!
//! Suggestions for unknown keys, the JSON Schema and the reference are made from these tables.

use super::super::spelling;

/// The keys of a table of the file.
#[derive(Clone, Copy, Debug)]
pub struct KeyTable {
    /// Its heading in the file: `[store]`, `[[waiver]]`. For a table inside a value, a description.
    pub heading: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [ConfigKey],
}

/// A key of `campaign.toml`.
#[derive(Clone, Copy, Debug)]
pub struct ConfigKey {
    /// The key as written.
    pub name: &'static str,
    /// The type of its value.
    pub kind: KeyType,
    /// Whether a table without it is invalid.
    pub is_required: bool,
    /// The value that applies without it. Empty if there is none.
    pub default: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
}

/// The type of the value of a key.
#[derive(Clone, Copy, Debug)]
pub enum KeyType {
    /// A string that is not blank.
    Text,
    /// `true` or `false`.
    Flag,
    /// An integer from the first to the second bound.
    Count(u32, u32),
    /// An array of strings.
    Texts,
    /// A duration with its unit: `"20m"`.
    Duration,
    /// A date, `YYYY-MM-DD`, as a TOML date or a string.
    Date,
    /// A semantic version as a string.
    Version,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A number, or a string with a number and its unit.
    Quantity,
    /// A program as a string, or an array of a program and its arguments.
    Command,
    /// A table of gates by metric.
    Gates,
    /// A table of metrics with their declarations.
    Metrics,
    /// An array of tables with these keys.
    Tables(&'static KeyTable),
}

impl KeyType {
    /// Returns a short description for the reference.
    pub fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count(least, most) => format!("integer from {least} to {most}"),
            Self::Texts => "list of texts".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Version => "version".to_owned(),
            Self::Choice(words) => spelling::list(words),
            Self::Quantity => "number, optionally with a unit".to_owned(),
            Self::Command => "program, or list of program and arguments".to_owned(),
            Self::Gates => "table of gates".to_owned(),
            Self::Metrics => "table of metrics".to_owned(),
            Self::Tables(table) => format!("tables `{}`", table.heading),
        }
    }
}

impl KeyTable {
    /// Returns the names of the keys.
    pub fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }

    /// Returns the names of the required keys.
    pub fn required(&self) -> Vec<&'static str> {
        let required = self.keys.iter().filter(|key| key.is_required);
        required.map(|key| key.name).collect()
    }
}

impl ConfigKey {
    /// Returns an optional key without a default.
    const fn new(name: &'static str, kind: KeyType, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            is_required: false,
            default: "",
            doc,
        }
    }

    /// Returns the key as a required one.
    const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    /// Returns the key with a default.
    const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }
}

/// `[campaign]`.
pub const CAMPAIGN: KeyTable = KeyTable {
    heading: "[campaign]",
    keys: &[
        ConfigKey::new("name", KeyType::Text, "heading of screens and reports")
            .or("the name of the directory"),
        ConfigKey::new(
            "release",
            KeyType::Version,
            "target version of the campaign",
        ),
    ],
};

/// `[store]`.
pub const STORE: KeyTable = KeyTable {
    heading: "[store]",
    keys: &[
        ConfigKey::new(
            "keep",
            KeyType::Count(1, 1_000_000),
            "maximum number of runs to keep; pinned runs are always kept",
        ),
        ConfigKey::new(
            "max-age",
            KeyType::Duration,
            "maximum age of a run; pinned runs are always kept",
        ),
    ],
};

/// `[collect]`, without the tables of collectors.
pub const COLLECT: KeyTable = KeyTable {
    heading: "[collect]",
    keys: &[
        ConfigKey::new(
            "default",
            KeyType::Texts,
            "collectors that run if the command names none",
        )
        .or("check, clippy, test, fmt, doc, loc"),
        ConfigKey::new("features", KeyType::Texts, "cargo features to activate"),
        ConfigKey::new("all-features", KeyType::Flag, "activate all features").or("false"),
        ConfigKey::new(
            "no-default-features",
            KeyType::Flag,
            "do not activate the default feature",
        )
        .or("false"),
        ConfigKey::new(
            "profile",
            KeyType::Text,
            "cargo profile; benchmarks keep theirs",
        ),
        ConfigKey::new("target", KeyType::Text, "target triple to build for").or("the host"),
        ConfigKey::new(
            "target-dir",
            KeyType::Text,
            "target directory, relative to the workspace root",
        )
        .or("cargo's own"),
        ConfigKey::new("exclude", KeyType::Texts, "packages that are not measured"),
        ConfigKey::new(
            "benches",
            KeyType::Flag,
            "whether `check` and `clippy` compile benchmarks",
        )
        .or("true"),
        ConfigKey::new("timeout", KeyType::Duration, "time limit of each step"),
    ],
};

/// The keys of every collector that runs a command.
pub const COLLECTOR: KeyTable = KeyTable {
    heading: "[collect.NAME]",
    keys: &[
        ConfigKey::new("timeout", KeyType::Duration, "time limit of its steps"),
        ConfigKey::new(
            "args",
            KeyType::Texts,
            "additional arguments of its command",
        ),
        ConfigKey::new(
            "allow-empty",
            KeyType::Flag,
            "whether finding nothing to measure counts as zero",
        )
        .or("false"),
    ],
};

/// The keys by which any collector declares its inputs.
pub const INPUTS: KeyTable = KeyTable {
    heading: "[collect.NAME]",
    keys: &[
        ConfigKey::new(
            "env",
            KeyType::Texts,
            "environment variables that affect the result",
        ),
        ConfigKey::new(
            "inputs",
            KeyType::Texts,
            "patterns of files that affect the result; `@sources` for the source tree",
        ),
        ConfigKey::new(
            "max-age",
            KeyType::Duration,
            "age after which the result is measured again",
        ),
    ],
};

/// `[collect.NAME]` of a custom collector.
pub const CUSTOM_COLLECTOR: KeyTable = KeyTable {
    heading: "[collect.NAME]",
    keys: &[
        ConfigKey::new(
            "command",
            KeyType::Command,
            "the command that prints the values",
        )
        .required(),
        INPUTS.keys[0],
        INPUTS.keys[1],
        INPUTS.keys[2],
        ConfigKey::new("metrics", KeyType::Metrics, "the metrics that it measures").required(),
        ConfigKey::new("timeout", KeyType::Duration, "time limit of the command"),
    ],
};

/// The declaration of a metric of a custom collector.
pub const METRIC: KeyTable = KeyTable {
    heading: "metrics of [collect.NAME]",
    keys: &[
        ConfigKey::new(
            "unit",
            KeyType::Text,
            "`count`, `s`, `%`, `bytes`, `days` or a short word",
        )
        .required(),
        ConfigKey::new(
            "better",
            KeyType::Choice(&["lower", "higher", "none"]),
            "the direction in which it improves",
        )
        .required(),
        ConfigKey::new("title", KeyType::Text, "title for reports").or("the name"),
    ],
};

/// A gate that is written as a table.
pub const GATE: KeyTable = KeyTable {
    heading: "gates as tables",
    keys: &[
        ConfigKey::new("require", KeyType::Text, "the condition").required(),
        ConfigKey::new(
            "level",
            KeyType::Choice(&["deny", "warn"]),
            "whether a violation fails or only warns",
        )
        .or("deny"),
        ConfigKey::new(
            "package",
            KeyType::Text,
            "one package, or `*` for each of them",
        )
        .or("the workspace"),
    ],
};

/// `[[waiver]]`.
pub const WAIVER: KeyTable = KeyTable {
    heading: "[[waiver]]",
    keys: &[
        ConfigKey::new(
            "gate",
            KeyType::Text,
            "id of the waived gate, a pattern of ids, or a release check",
        )
        .required(),
        ConfigKey::new("reason", KeyType::Text, "why the gate is waived").required(),
        ConfigKey::new("owner", KeyType::Text, "who is responsible").required(),
        ConfigKey::new("until", KeyType::Date, "last day of the waiver").required(),
        ConfigKey::new(
            "ceiling",
            KeyType::Quantity,
            "the worst value that is accepted",
        ),
    ],
};

/// `[[workstream]]`.
pub const WORKSTREAM: KeyTable = KeyTable {
    heading: "[[workstream]]",
    keys: &[
        ConfigKey::new("id", KeyType::Text, "its name in commands and reports").required(),
        ConfigKey::new("title", KeyType::Text, "title for reports"),
        ConfigKey::new("owner", KeyType::Text, "who is responsible"),
        ConfigKey::new(
            "needs",
            KeyType::Texts,
            "ids of the workstreams that must be complete first",
        ),
        ConfigKey::new("estimate", KeyType::Text, "expected effort; not used yet"),
        ConfigKey::new(
            "paths",
            KeyType::Texts,
            "files that it changes; not used yet",
        ),
        ConfigKey::new(
            "deliverables",
            KeyType::Texts,
            "files that must exist when it is complete",
        ),
        ConfigKey::new(
            "gates",
            KeyType::Gates,
            "gates that must pass when it is complete",
        ),
    ],
};

/// `[release]`.
pub const RELEASE: KeyTable = KeyTable {
    heading: "[release]",
    keys: &[
        ConfigKey::new(
            "attestations",
            KeyType::Texts,
            "ids of the attestations that a release requires",
        ),
        ConfigKey::new("branch", KeyType::Text, "the branch of releases").or("any"),
        ConfigKey::new("tag", KeyType::Text, "template of the tag name").or("v{version}"),
        ConfigKey::new("changelog", KeyType::Text, "path of the changelog").or("CHANGELOG.md"),
        ConfigKey::new(
            "changelogs",
            KeyType::Choice(&["central", "per-crate", "both", "none"]),
            "the layout of changelogs",
        )
        .or("the existing ones"),
        ConfigKey::new(
            "no-changelog",
            KeyType::Texts,
            "packages that are not covered by a changelog",
        ),
        ConfigKey::new(
            "not-notable",
            KeyType::Texts,
            "patterns of paths whose changes need no changelog entry",
        ),
        ConfigKey::new(
            "squash-bodies",
            KeyType::Flag,
            "whether lines of a commit's body can be changes, as in squashed pull requests",
        )
        .or("false"),
        ConfigKey::new("notes", KeyType::Text, "path of the release notes"),
        ConfigKey::new("message", KeyType::Text, "subject of the release commit")
            .or("release {version}"),
        ConfigKey::new(
            "replace",
            KeyType::Tables(&REPLACE),
            "other files that contain the version",
        ),
    ],
};

/// `[[release.replace]]`.
pub const REPLACE: KeyTable = KeyTable {
    heading: "[[release.replace]]",
    keys: &[
        ConfigKey::new("file", KeyType::Text, "path of the file").required(),
        ConfigKey::new("search", KeyType::Text, "the text to replace").required(),
        ConfigKey::new("replace", KeyType::Text, "the new text").or("the text of `search`"),
        ConfigKey::new("count", KeyType::Count(1, 10_000), "number of occurrences").or("1"),
        ConfigKey::new(
            "package",
            KeyType::Text,
            "the package whose version is used",
        ),
    ],
};

/// A collector's schedule that is written as a table in `[schedule]`.
pub const SCHEDULE: KeyTable = KeyTable {
    heading: "[schedule]",
    keys: &[
        ConfigKey::new("every", KeyType::Text, "when it is due; not used yet"),
        ConfigKey::new("args", KeyType::Texts, "additional arguments; not used yet"),
    ],
};

/// `[[alert]]`.
pub const ALERT: KeyTable = KeyTable {
    heading: "[[alert]]",
    keys: &[
        ConfigKey::new("when", KeyType::Text, "the condition; not used yet").required(),
        ConfigKey::new(
            "severity",
            KeyType::Choice(&["critical", "warning", "information"]),
            "its importance; not used yet",
        ),
        ConfigKey::new(
            "deliver",
            KeyType::Choice(&["now", "hourly", "daily"]),
            "when it is sent; not used yet",
        ),
    ],
};

/// Every table of the file, in the order of the reference.
pub const TABLES: [&KeyTable; 14] = [
    &CAMPAIGN,
    &COLLECT,
    &COLLECTOR,
    &INPUTS,
    &CUSTOM_COLLECTOR,
    &METRIC,
    &GATE,
    &WAIVER,
    &WORKSTREAM,
    &RELEASE,
    &REPLACE,
    &STORE,
    &SCHEDULE,
    &ALERT,
];
