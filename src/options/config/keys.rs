//! The keys of `campaign.toml`, with one table for each section.
//!
//! Suggestions for unknown keys, the JSON Schema and the reference are made from these tables.

use super::super::spelling;
use crate::collector::SettingKind;
use crate::experiment::{FEWEST_ROUNDS, MOST_ROUNDS};
use crate::notify::{AddressKind, ChannelKind, KINDS};
use crate::report;

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
    /// A path as a string, or an array of them.
    Paths,
    /// A duration with its unit: `"20m"`.
    Duration,
    /// An effort with its unit, `"2.4d"`, or an array of three.
    Efforts,
    /// A duration, or an array of tables with these keys.
    Levels(&'static KeyTable),
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
    /// A table of commands by name.
    Commands,
    /// A table of metrics with their declarations.
    Metrics,
    /// An array of tables with these keys.
    Tables(&'static KeyTable),
    /// A table with these keys.
    Table(&'static KeyTable),
}

impl From<SettingKind> for KeyType {
    fn from(kind: SettingKind) -> Self {
        match kind {
            SettingKind::Flag => Self::Flag,
            SettingKind::Count(least, most) => Self::Count(least, most),
            SettingKind::Limit(_) => Self::Count(0, SettingKind::GREATEST_LIMIT),
            SettingKind::Choice(words) => Self::Choice(words),
            SettingKind::Text => Self::Text,
            SettingKind::Texts => Self::Texts,
            SettingKind::Paths => Self::Paths,
            SettingKind::Days(_) => Self::Duration,
            SettingKind::Reasons => Self::Tables(&REASON),
            SettingKind::Commands => Self::Commands,
        }
    }
}

impl KeyType {
    /// Returns a short description for the reference.
    pub fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count(least, most) => format!("integer from {least} to {most}"),
            Self::Texts => "list of texts".to_owned(),
            Self::Paths => "path, or list of paths".to_owned(),
            Self::Duration => "duration: `90s`, `20m`, `2h`".to_owned(),
            Self::Efforts => "effort: `4h`, `2.4d`, `1w`, or list of three".to_owned(),
            Self::Levels(table) => format!("duration: `2d`, or tables `{}`", table.heading),
            Self::Date => "date".to_owned(),
            Self::Version => "version".to_owned(),
            Self::Choice(words) => spelling::list(words),
            Self::Quantity => "number, optionally with a unit".to_owned(),
            Self::Command => "program, or list of program and arguments".to_owned(),
            Self::Commands => "table of commands: `NAME = [\"PROGRAM\", ..]`".to_owned(),
            Self::Gates => "table of gates".to_owned(),
            Self::Metrics => "table of metrics".to_owned(),
            Self::Tables(table) => format!("tables `{}`", table.heading),
            Self::Table(table) => format!("table: {}", table.heading),
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

/// A name in a list of exceptions.
pub const REASON: KeyTable = KeyTable {
    heading: "name and reason",
    keys: &[
        ConfigKey::new("name", KeyType::Text, "what the reason is about").required(),
        ConfigKey::new("reason", KeyType::Text, "why").required(),
    ],
};

/// `[campaign]`.
pub const CAMPAIGN: KeyTable = KeyTable {
    heading: "[campaign]",
    keys: &[
        ConfigKey::new("name", KeyType::Text, "heading of screens and reports")
            .or("the name of the directory"),
        ConfigKey::new(
            "release",
            KeyType::Version,
            "version that the campaign leads to",
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
            "runs that `history prune` keeps; pinned runs always stay",
        ),
        ConfigKey::new(
            "max-age",
            KeyType::Duration,
            "age from which `history prune` removes runs",
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
            "collectors that run when the command line names none",
        )
        .or("`check`, `clippy`, `test`, `fmt`, `doc`, `loc`"),
        ConfigKey::new("features", KeyType::Texts, "cargo features to activate"),
        ConfigKey::new("all-features", KeyType::Flag, "activate all features").or("false"),
        ConfigKey::new(
            "no-default-features",
            KeyType::Flag,
            "do not activate the feature `default`",
        )
        .or("false"),
        ConfigKey::new(
            "profile",
            KeyType::Text,
            "cargo profile; benchmarks keep theirs",
        ),
        ConfigKey::new("target", KeyType::Text, "target triple to build for")
            .or("`CARGO_BUILD_TARGET`, then the host"),
        ConfigKey::new(
            "target-dir",
            KeyType::Text,
            "target directory, relative to the workspace root",
        )
        .or("cargo's own, shared with other cargo commands"),
        ConfigKey::new("exclude", KeyType::Texts, "packages that are not measured"),
        ConfigKey::new(
            "benches",
            KeyType::Flag,
            "whether `check` and `clippy` compile benchmarks; `false` avoids errors from those \
                that need a nightly compiler",
        )
        .or("true"),
        ConfigKey::new("timeout", KeyType::Duration, "time limit of each step").or(
            "an hour for compiling, 20 minutes for tests, two hours for benchmarks, 10 \
                minutes for others",
        ),
    ],
};

/// The keys of every collector that runs a command.
pub const COLLECTOR: KeyTable = KeyTable {
    heading: "[collect.NAME] of a built-in collector",
    keys: &[
        ConfigKey::new("timeout", KeyType::Duration, "time limit of its steps"),
        ConfigKey::new(
            "args",
            KeyType::Texts,
            "additional arguments of its command, and after `--` of the tool",
        ),
        ConfigKey::new(
            "allow-empty",
            KeyType::Flag,
            "count zero when there is nothing to measure (no test, no benchmark, no file); \
                otherwise there is no value then",
        )
        .or("false"),
    ],
};

/// The keys by which any collector declares its inputs.
pub const INPUTS: KeyTable = KeyTable {
    heading: "[collect.NAME] of any collector",
    keys: &[
        ConfigKey::new(
            "env",
            KeyType::Texts,
            "environment variables that affect the result",
        ),
        ConfigKey::new(
            "inputs",
            KeyType::Texts,
            "files that affect the result and cannot be detected, as paths or patterns \
                (`../testdata/**`); `@sources` for the source files. A custom collector whose \
                `inputs` are missing or empty runs each time",
        ),
        ConfigKey::new(
            "max-age",
            KeyType::Duration,
            "age from which a result is measured again",
        ),
    ],
};

/// `[collect.NAME]` of a custom collector.
pub const CUSTOM_COLLECTOR: KeyTable = KeyTable {
    heading: "[collect.NAME] of a custom collector",
    keys: &[
        ConfigKey::new(
            "command",
            KeyType::Command,
            "program and arguments; a program with `/` is relative to the root",
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
    heading: "metrics of a custom collector",
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
            "direction of improvement",
        )
        .required(),
        ConfigKey::new("title", KeyType::Text, "name on screens").or("the metric's name"),
    ],
};

/// A gate that is written as a table.
pub const GATE: KeyTable = KeyTable {
    heading: "gates as tables",
    keys: &[
        ConfigKey::new(
            "require",
            KeyType::Text,
            "the rule; a gate that is nothing but a rule \
            can be written as text, several as a list",
        )
        .required(),
        ConfigKey::new(
            "level",
            KeyType::Choice(&["deny", "warn"]),
            "whether a violation fails the gate or is only reported",
        )
        .or("deny"),
        ConfigKey::new(
            "package",
            KeyType::Text,
            "judge the value of this package; `*` judges each measured package, and one without \
                a complete value has no verdict",
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
            "a gate's metric, with `@PACKAGE` for a gate on a package and `#2` for a second gate \
                on the same metric; a pattern of such ids; or a check of `gate --release`",
        )
        .required(),
        ConfigKey::new("reason", KeyType::Text, "why").required(),
        ConfigKey::new("owner", KeyType::Text, "who is responsible").required(),
        ConfigKey::new(
            "until",
            KeyType::Date,
            "last day; afterwards the gate fails again and \
            says why",
        )
        .required(),
        ConfigKey::new(
            "ceiling",
            KeyType::Quantity,
            "worst value that is accepted (`24`, `\"1.4MB\"`)",
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
            "ids of workstreams that must be complete first",
        ),
        ConfigKey::new(
            "estimate",
            KeyType::Efforts,
            "expected effort in working days of 8 hours; three values are those if all goes well, most likely, and if much goes wrong",
        ),
        ConfigKey::new(
            "milestone",
            KeyType::Text,
            "id of the milestone that it belongs to",
        ),
        ConfigKey::new(
            "escalate",
            KeyType::Levels(&ESCALATION),
            "time after which an open blocker is escalated, or the levels of its escalation, the first one first",
        ),
        ConfigKey::new(
            "paths",
            KeyType::Texts,
            "files that it changes: paths, directories, and patterns with `*`",
        ),
        ConfigKey::new(
            "branch",
            KeyType::Text,
            "the branch on which the work is done, until it is merged",
        ),
        ConfigKey::new(
            "deliverables",
            KeyType::Texts,
            "files that git tracks when it is complete",
        ),
        ConfigKey::new(
            "gates",
            KeyType::Gates,
            "conditions that hold when it is complete, as in `[gates]`",
        ),
        ConfigKey::new(
            "objectives",
            KeyType::Tables(&OBJECTIVE),
            "what it has reached when it is complete",
        ),
    ],
};

/// `[[milestone]]`.
pub const MILESTONE: KeyTable = KeyTable {
    heading: "[[milestone]]",
    keys: &[
        ConfigKey::new("id", KeyType::Text, "its name in workstreams and reports").required(),
        ConfigKey::new("title", KeyType::Text, "title for reports"),
        ConfigKey::new("objective", KeyType::Text, "the goal"),
        ConfigKey::new("start", KeyType::Date, "first day"),
        ConfigKey::new("target", KeyType::Date, "last day"),
        ConfigKey::new(
            "gates",
            KeyType::Gates,
            "conditions that hold when it is done, as in `[gates]`",
        ),
    ],
};

/// `[decisions]`.
pub const DECISIONS: KeyTable = KeyTable {
    heading: "[decisions]",
    keys: &[ConfigKey::new(
        "directory",
        KeyType::Text,
        "where decisions are, relative to the workspace root",
    )
    .or("`docs/decisions`")],
};

/// `[[risk]]`.
pub const RISK: KeyTable = KeyTable {
    heading: "[[risk]]",
    keys: &[
        ConfigKey::new("id", KeyType::Text, "its name in commands and reports").required(),
        ConfigKey::new("title", KeyType::Text, "title for reports").required(),
        ConfigKey::new(
            "probability",
            KeyType::Choice(&["low", "medium", "high"]),
            "how likely it is",
        )
        .required(),
        ConfigKey::new(
            "impact",
            KeyType::Choice(&["low", "medium", "high", "critical"]),
            "how much damage it does",
        )
        .required(),
        ConfigKey::new("owner", KeyType::Text, "who is responsible").required(),
        ConfigKey::new("mitigation", KeyType::Text, "what is done about it"),
        ConfigKey::new(
            "review",
            KeyType::Date,
            "day on which it is looked at again",
        ),
        ConfigKey::new(
            "trigger",
            KeyType::Gates,
            "conditions as in `[gates]`; while one of them holds, the risk is active",
        ),
        ConfigKey::new(
            "workstream",
            KeyType::Text,
            "id of the workstream that it belongs to; the risk is closed when it is complete",
        ),
        ConfigKey::new(
            "milestone",
            KeyType::Text,
            "id of the milestone that it belongs to; the risk is closed when it is done",
        ),
        ConfigKey::new(
            "closed",
            KeyType::Date,
            "day from which it is closed, unless its trigger holds",
        ),
    ],
};

/// `[[document]]`.
pub const DOCUMENT: KeyTable = KeyTable {
    heading: "[[document]]",
    keys: &[
        ConfigKey::new(
            "path",
            KeyType::Text,
            "a Markdown file, relative to the workspace root",
        )
        .required(),
        ConfigKey::new(
            "report",
            KeyType::Choice(&KIND_NAMES),
            "the report that it has",
        ),
        ConfigKey::new(
            "sections",
            KeyType::Texts,
            "the sections of a new file, in place of `report`",
        ),
        ConfigKey::new("title", KeyType::Text, "title of a new file"),
        ConfigKey::new("purpose", KeyType::Text, "what it is for, in an index"),
        ConfigKey::new("audience", KeyType::Text, "who should read it, in an index"),
    ],
};

/// The names of the kinds of reports.
const KIND_NAMES: [&str; report::KINDS.len()] = {
    let mut names = [""; report::KINDS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = report::KINDS[at].name;
        at += 1;
    }
    names
};

/// A level of escalation of a workstream's blockers.
pub const ESCALATION: KeyTable = KeyTable {
    heading: "escalate of a workstream",
    keys: &[
        ConfigKey::new(
            "after",
            KeyType::Duration,
            "how long a blocker is open until it reaches the level",
        )
        .required(),
        ConfigKey::new("to", KeyType::Text, "who is told").required(),
        ConfigKey::new(
            "severity",
            KeyType::Choice(&["critical", "warning", "info"]),
            "how important it is",
        )
        .or("critical"),
    ],
};

/// An objective of a workstream. One of the keys after `text` says what shows it; without any, it stays open.
pub const OBJECTIVE: KeyTable = KeyTable {
    heading: "objectives of a workstream",
    keys: &[
        ConfigKey::new("text", KeyType::Text, "the objective, for people").required(),
        ConfigKey::new("gates", KeyType::Gates, "gates that pass"),
        ConfigKey::new("file", KeyType::Text, "a file that git tracks"),
        ConfigKey::new("contains", KeyType::Text, "a text in `file`"),
        ConfigKey::new(
            "test",
            KeyType::Text,
            "a test that passes: `core pool::works`, `core test:it works` in a test target, `core doc src/lib.rs - f` for a doctest",
        ),
        ConfigKey::new(
            "command",
            KeyType::Command,
            "a command that succeeds, measured by the collector `objectives`",
        ),
        ConfigKey::new(
            "attestation",
            KeyType::Text,
            "id of an attestation in `.campaign/attestations.toml`",
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
        ConfigKey::new("branch", KeyType::Text, "branch that releases are made on").or("any"),
        ConfigKey::new(
            "tag",
            KeyType::Text,
            "name of the tag; the placeholders are `{version}` and `{name}` (the package)",
        )
        .or("`v{version}`"),
        ConfigKey::new("changelog", KeyType::Text, "path of the changelog").or("`CHANGELOG.md`"),
        ConfigKey::new(
            "changelogs",
            KeyType::Choice(&["central", "per-crate", "both", "none"]),
            "which changelogs exist",
        )
        .or("those that are found"),
        ConfigKey::new(
            "no-changelog",
            KeyType::Texts,
            "packages whose changes are in no changelog: commits that touch only them are not \
                drafted, and a release of them alone needs no section",
        ),
        ConfigKey::new(
            "not-notable",
            KeyType::Texts,
            "patterns of paths, of a member's files in its directory; changes there do not concern users. A \
                pattern that starts with `!` names paths that do concern them",
        )
        .or("`tests/*`, `benches/*` and `docs/*` in any directory, `.github/*`, `ci/*` and `*.md`, without `src/*.rs`"),
        ConfigKey::new(
            "squash-bodies",
            KeyType::Flag,
            "whether lines of a commit's body such as `* feat: x` are changes too",
        )
        .or("false"),
        ConfigKey::new(
            "notes",
            KeyType::Text,
            "path of the release notes. With `{version}` in the path, the only placeholder, each \
                release has its own; otherwise each release rewrites the file, unless it belongs \
                to another release",
        ),
        ConfigKey::new(
            "message",
            KeyType::Text,
            "first line of the release commit; with `-p`, the packages follow in parentheses",
        )
        .or("`release {version}`"),
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
        ConfigKey::new(
            "search",
            KeyType::Text,
            "text to replace; `{version}`, `{major}`, \
            `{minor}` and `{patch}` stand for the present version",
        )
        .required(),
        ConfigKey::new(
            "replace",
            KeyType::Text,
            "new text; the placeholders stand for the new \
            version",
        )
        .or("as `search`"),
        ConfigKey::new("count", KeyType::Count(1, 10_000), "number of occurrences").or("1"),
        ConfigKey::new(
            "package",
            KeyType::Text,
            "the package whose version is used",
        ),
    ],
};

/// `[schedule]`, without the jobs.
pub const SCHEDULE_SETTINGS: KeyTable = KeyTable {
    heading: "[schedule]",
    keys: &[
        ConfigKey::new("tz", KeyType::Text, "time zone of times of day").or("UTC"),
        ConfigKey::new(
            "quiet",
            KeyType::Text,
            "time of day in which nothing starts, as in `22:00-06:00`",
        ),
    ],
};

/// A job that is written as a table in `[schedule]`.
pub const SCHEDULE: KeyTable = KeyTable {
    heading: "jobs as tables",
    keys: &[
        ConfigKey::new(
            "every",
            KeyType::Duration,
            "time between the starts of two runs",
        ),
        ConfigKey::new(
            "when",
            KeyType::Text,
            "times of day, as in `daily at 03:00`, `weekdays at 07:30,19:30` or `mon,thu at 06:00`",
        ),
        ConfigKey::new(
            "args",
            KeyType::Texts,
            "`--release`, `--profile`, `--features`, `--all-features`, `--no-default-features` or \
                `--target`: options of its builds, whose values are a series of their own",
        ),
        ConfigKey::new(
            "spread",
            KeyType::Duration,
            "how much later than its time a job may start; each machine starts at its own time",
        ),
    ],
};

/// `[[alert]]`.
pub const ALERT: KeyTable = KeyTable {
    heading: "[[alert]]",
    keys: &[
        ConfigKey::new(
            "when",
            KeyType::Text,
            "a metric and a condition as in `[gates]`: `clippy.warnings > previous`",
        )
        .required(),
        ConfigKey::new(
            "severity",
            KeyType::Choice(&["critical", "warning", "info"]),
            "its importance",
        )
        .or("`warning`"),
        ConfigKey::new(
            "for",
            KeyType::Text,
            "what confirms it: `2 runs` one after the other, or a duration after which it still holds",
        )
        .or("`2 runs` for times, else `1 run`"),
        ConfigKey::new(
            "deliver",
            KeyType::Choice(&["now", "hourly", "daily"]),
            "when it is sent: at once or in a digest",
        )
        .or("`now`"),
        ConfigKey::new(
            "package",
            KeyType::Text,
            "one package, or `*` for an alert for each",
        )
        .or("the workspace"),
    ],
};

/// `[[notify]]`.
pub const NOTIFY: KeyTable = KeyTable {
    heading: "[[notify]]",
    keys: &NOTIFY_KEYS,
};

const NOTIFY_KEYS: [ConfigKey; KINDS.len() + 3] = {
    let on = ConfigKey::new(
        "on",
        KeyType::Texts,
        "topics, with `*` for any text: `alert.critical`, `alert.*`, `run.failed`",
    )
    .required();
    let format = ConfigKey::new(
        "format",
        KeyType::Choice(&["json", "slack"]),
        "the form of the message",
    )
    .or("`json`");
    let mut keys = [on; KINDS.len() + 3];
    let mut at = 0;
    while at < KINDS.len() {
        keys[at + 1] = channel(&KINDS[at]);
        at += 1;
    }
    keys[at + 1] = format;
    keys[at + 2] = ConfigKey::new(
        "veto",
        KeyType::Flag,
        "whether `command` is asked before `workstream start` records anything, and refuses by failing; \
            only with `on = [\"workstream.started\"]`",
    )
    .or("false");
    keys
};

/// Returns the key of a kind of channel.
const fn channel(kind: &ChannelKind) -> ConfigKey {
    let value = match kind.address {
        AddressKind::None => KeyType::Flag,
        AddressKind::Command => KeyType::Command,
        AddressKind::File => KeyType::Text,
        AddressKind::Variable => KeyType::Table(&ADDRESS),
    };
    ConfigKey::new(kind.key, value, kind.doc)
}

/// The value of a channel in `[[notify]]` whose address is a secret.
pub const ADDRESS: KeyTable = KeyTable {
    heading: "a channel's address",
    keys: &[ConfigKey::new(
        "env",
        KeyType::Text,
        "name of the environment variable with the address",
    )
    .required()],
};

/// `[experiment.NAME]`.
pub const EXPERIMENT: KeyTable = KeyTable {
    heading: "[experiment.NAME]",
    keys: &[
        ConfigKey::new(
            "config",
            KeyType::Texts,
            "values of cargo's configuration, each as `KEY=VALUE`: `profile.dev.debug=false`",
        ),
        ConfigKey::new(
            "env",
            KeyType::Texts,
            "environment variables of cargo, each as `NAME=VALUE`",
        ),
        ConfigKey::new("trade-off", KeyType::Text, "what the setting costs"),
        ConfigKey::new("metric", KeyType::Text, "the time of `timing` that decides")
            .or("`build.clean.time`"),
        ConfigKey::new(
            "rounds",
            KeyType::Count(FEWEST_ROUNDS, MOST_ROUNDS),
            "most builds of each kind and side",
        )
        .or("14"),
    ],
};

/// Every table of the file, in the order of the reference.
pub const TABLES: [&KeyTable; 23] = [
    &CAMPAIGN,
    &COLLECT,
    &COLLECTOR,
    &INPUTS,
    &CUSTOM_COLLECTOR,
    &METRIC,
    &GATE,
    &WAIVER,
    &WORKSTREAM,
    &OBJECTIVE,
    &MILESTONE,
    &RISK,
    &DECISIONS,
    &DOCUMENT,
    &RELEASE,
    &REPLACE,
    &STORE,
    &SCHEDULE_SETTINGS,
    &SCHEDULE,
    &ALERT,
    &NOTIFY,
    &ADDRESS,
    &EXPERIMENT,
];
