//! The use of the global options by each command.
//!
//! It decides which options a command hides and refuses, and which ones a hint that names it repeats.

/// The use of a group of global options by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// They would have no effect, so they are hidden in the help and refused.
    Refused,
    /// They have an effect, but a hint that names the command does not repeat them.
    Used,
    /// They have an effect, and a hint that names the command repeats those that the user typed.
    Repeated,
}

/// The use of the global options by a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct GlobalOptions {
    /// `--manifest-path`.
    pub(super) manifest: Group,
    /// `--config`.
    pub(super) config: Group,
    /// [`SELECTION`].
    pub(super) selection: Group,
    /// [`BUILDING`].
    pub(super) build: Group,
    /// [`NETWORK`].
    pub(super) network: Group,
}

impl GlobalOptions {
    /// Of a command that measures or judges.
    const ALL: Self = Self {
        manifest: Group::Repeated,
        config: Group::Repeated,
        selection: Group::Repeated,
        build: Group::Repeated,
        network: Group::Repeated,
    };
    /// Of a command that pins. A baseline is pinned for all packages, whichever are judged now.
    const OF_PIN: Self = Self {
        selection: Group::Used,
        ..Self::ALL
    };
    /// Of a command that changes files of the packages and builds nothing.
    const WITHOUT_BUILD: Self = Self {
        build: Group::Refused,
        ..Self::ALL
    };
    /// Of a command for the whole workspace that builds nothing.
    const OF_WORKSPACE: Self = Self {
        selection: Group::Refused,
        ..Self::WITHOUT_BUILD
    };
    /// Of a command that only reads recorded runs.
    const OF_STORE: Self = Self {
        network: Group::Refused,
        ..Self::OF_WORKSPACE
    };
    /// Of a command whose subcommands differ in their use.
    const OF_PLACE: Self = Self {
        selection: Group::Used,
        build: Group::Used,
        network: Group::Used,
        ..Self::ALL
    };
}

/// The global options of each command, in the order of the help.
pub(super) const OPTIONS: &[(&str, GlobalOptions)] = &[
    (
        "init",
        GlobalOptions {
            // It writes the configuration.
            config: Group::Used,
            ..GlobalOptions::OF_WORKSPACE
        },
    ),
    ("run", GlobalOptions::ALL),
    ("baseline", GlobalOptions::OF_PIN),
    ("final", GlobalOptions::OF_PIN),
    ("status", GlobalOptions::ALL),
    ("diff", GlobalOptions::ALL),
    ("gate", GlobalOptions::ALL),
    ("explain", GlobalOptions::ALL),
    ("get", GlobalOptions::OF_STORE),
    ("changelog", GlobalOptions::WITHOUT_BUILD),
    ("report", GlobalOptions::ALL),
    ("document", GlobalOptions::OF_STORE),
    ("history", GlobalOptions::OF_STORE),
    ("schedule", GlobalOptions::OF_PLACE),
    ("watch", GlobalOptions::ALL),
    ("ci", GlobalOptions::ALL),
    ("alert", GlobalOptions::OF_PLACE),
    ("plan", GlobalOptions::OF_STORE),
    ("attest", GlobalOptions::OF_STORE),
    ("decision", GlobalOptions::OF_STORE),
    ("workstream", GlobalOptions::OF_STORE),
    ("experiment", GlobalOptions::ALL),
    ("bump", GlobalOptions::WITHOUT_BUILD),
    ("release", GlobalOptions::ALL),
    ("sweep", GlobalOptions::OF_WORKSPACE),
    ("doctor", GlobalOptions::OF_WORKSPACE),
    (
        "schema",
        GlobalOptions {
            manifest: Group::Used,
            config: Group::Used,
            ..GlobalOptions::OF_STORE
        },
    ),
];

/// Returns the global options of a command. `None` for an unknown name.
pub(super) fn options_of(command: &str) -> Option<GlobalOptions> {
    let found = OPTIONS.iter().find(|(name, _)| *name == command);
    found.map(|(_, options)| *options)
}

/// Identifiers of the options that select packages, that change how code is built, and that cargo takes for its lockfile
/// and the network.
const SELECTION: [&str; 3] = ["package", "workspace", "exclude"];
const BUILDING: [&str; 6] = [
    "features",
    "all_features",
    "no_default_features",
    "target",
    "target_dir",
    "profile",
];
const NETWORK: [&str; 3] = ["locked", "offline", "frozen"];

/// Returns the identifiers of the global options that a command cannot use.
pub(super) fn unused(command: &str) -> Vec<&'static str> {
    let Some(options) = options_of(command) else {
        return Vec::new();
    };
    let groups: [(Group, &[&str]); 3] = [
        (options.selection, &SELECTION),
        (options.build, &BUILDING),
        (options.network, &NETWORK),
    ];
    let refused = groups
        .into_iter()
        .filter(|(group, _)| *group == Group::Refused);
    refused.flat_map(|(_, ids)| ids).copied().collect()
}
