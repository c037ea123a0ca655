//! An experiment: builds with and without a build setting, in turns, and what they show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metric::Unit;
use crate::run::Ratio;
use crate::snapshot::Provenance;

/// The fewest rounds with which an experiment can be decided.
pub const FEWEST_ROUNDS: u32 = 7;

/// The most rounds of an experiment.
pub const MOST_ROUNDS: u32 = 50;

/// The most rounds of an experiment unless configured.
pub const ROUNDS: u32 = 14;

/// A build setting to try.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildSetting {
    /// Its name, as typed: `line-tables`.
    pub name: String,
    /// Values of cargo's configuration, each as `KEY=VALUE`, as `--config` takes them.
    pub config: Vec<String>,
    /// Environment variables of cargo.
    pub env: BTreeMap<String, String>,
    /// What it costs, for people. Empty if unknown.
    pub trade_off: String,
}

/// The name for all suggested settings.
pub const SUGGEST: &str = "suggest";

/// Returns whether a text can be the name of a setting, which is part of the name of a file.
pub fn is_setting_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name != SUGGEST
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Reads a variable written as `NAME=VALUE`.
pub fn variable(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then(|| (name.to_owned(), value.to_owned()))
}

impl BuildSetting {
    /// Returns whether the setting names a program that runs the compiler. It may leave the work to a
    /// daemon, whose CPU time is unknown.
    pub fn has_wrapper(&self) -> bool {
        let config = self.config.iter();
        let keys = config.filter_map(|value| value.split('=').next());
        let mut names = keys.chain(self.env.keys().map(String::as_str));
        names.any(|name| name.to_ascii_lowercase().contains("wrapper"))
    }
}

/// An experiment as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// The setting that it tries.
    pub setting: BuildSetting,
    /// The metric that decides. `None` for the time of a clean build.
    pub metric: Option<String>,
    /// The most rounds.
    pub rounds: u32,
}

/// A setting that many workspaces gain from, for the profile `PROFILE`.
#[derive(Clone, Copy, Debug)]
pub struct SuggestedSetting {
    /// Its name.
    pub name: &'static str,
    /// As [`BuildSetting::config`].
    pub config: &'static [&'static str],
    /// What it costs.
    pub trade_off: &'static str,
    /// The program that it needs. Empty if it needs none.
    pub program: &'static str,
}

/// The suggested settings, those with the greatest expected gain first.
pub const SUGGESTED: [SuggestedSetting; 7] = [
    SuggestedSetting {
        name: "own-line-tables",
        config: &[
            "profile.PROFILE.debug=\"line-tables-only\"",
            "profile.PROFILE.package.\"*\".debug=false",
        ],
        trade_off: "backtraces have lines of the members only, and a debugger shows no variables",
        program: "",
    },
    SuggestedSetting {
        name: "line-tables",
        config: &["profile.PROFILE.debug=\"line-tables-only\""],
        trade_off: "a debugger shows no variables",
        program: "",
    },
    SuggestedSetting {
        name: "no-debug-info",
        config: &["profile.PROFILE.debug=false"],
        trade_off: "backtraces have no lines, and a debugger shows neither lines nor variables",
        program: "",
    },
    SuggestedSetting {
        name: "mold",
        config: &["target.\"cfg(all())\".rustflags=[\"-Clink-arg=-fuse-ld=mold\"]"],
        trade_off: "everyone who builds needs mold",
        program: "mold",
    },
    SuggestedSetting {
        name: "sccache",
        config: &["build.rustc-wrapper=\"sccache\"", "build.incremental=false"],
        trade_off: "builds after an edit compile whole packages, and the cache takes up to 10 GB",
        program: "sccache",
    },
    SuggestedSetting {
        name: "no-incremental",
        config: &["build.incremental=false"],
        trade_off: "builds after an edit compile whole packages",
        program: "",
    },
    SuggestedSetting {
        name: "optimized-build-scripts",
        config: &["profile.PROFILE.build-override.opt-level=2"],
        trade_off: "build scripts and procedural macros compile slower and run faster",
        program: "",
    },
];

impl SuggestedSetting {
    /// Returns the setting for a profile.
    pub fn of_profile(&self, profile: &str) -> BuildSetting {
        let config = self.config.iter();
        BuildSetting {
            name: self.name.to_owned(),
            config: config
                .map(|value| value.replace("PROFILE", profile))
                .collect(),
            env: BTreeMap::new(),
            trade_off: self.trade_off.to_owned(),
        }
    }
}

/// The effect of a setting on a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The value is lower.
    Better,
    /// The value is higher.
    Worse,
    /// A difference of 2 % or more is excluded.
    Same,
    /// The builds do not show which of these it is.
    Open,
}

/// A metric of the builds without and with the setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedMetric {
    /// The metric's name.
    pub metric: String,
    /// Its name on screens.
    pub title: String,
    /// The unit of its values.
    pub unit: Unit,
    /// The values without the setting, one for each round.
    pub without: Vec<f64>,
    /// The values with the setting in the same rounds.
    pub with: Vec<f64>,
    /// With divided by without. `None` if there are too few rounds.
    pub ratio: Option<Ratio>,
    /// The effect of the setting.
    pub effect: Effect,
    /// Why the values are no evidence, as a fragment. `None` if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// The result of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The setting that was tried.
    pub setting: BuildSetting,
    /// When the experiment began, in Unix seconds.
    pub started: i64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The sources, toolchain and machine.
    pub provenance: Provenance,
    /// The number of measured rounds.
    pub rounds: u32,
    /// The greatest number of rounds that it might have had.
    pub most_rounds: u32,
    /// The metric that decides.
    pub metric: String,
    /// The metrics that both sides have.
    pub compared: Vec<ComparedMetric>,
    /// Why there is no verdict. Empty if there is one.
    pub reasons: Vec<String>,
}

impl Outcome {
    /// Returns the effect on the metric that decides. `None` if there is no verdict.
    pub fn effect(&self) -> Option<Effect> {
        let decisive = self
            .compared
            .iter()
            .find(|compared| compared.metric == self.metric)?;
        let effect = decisive.effect;
        (self.reasons.is_empty() && decisive.doubt.is_none() && effect != Effect::Open)
            .then_some(effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_found_in_configuration_and_variables() {
        let with = |config: &str, variable: &str| {
            BuildSetting {
                config: vec![config.to_owned()],
                env: BTreeMap::from([(variable.to_owned(), "x".to_owned())]),
                ..BuildSetting::default()
            }
            .has_wrapper()
        };
        assert!(with("build.rustc-wrapper=\"sccache\"", "A"));
        assert!(with("build.incremental=false", "RUSTC_WORKSPACE_WRAPPER"));
        assert!(!with("profile.dev.debug=\"wrapper\"", "CARGO_INCREMENTAL"));
    }

    #[test]
    fn suggestions_have_the_profile_of_the_builds() {
        for suggested in SUGGESTED {
            let setting = suggested.of_profile("release");
            assert!(
                setting
                    .config
                    .iter()
                    .all(|value| !value.contains("PROFILE"))
            );
            assert!(!setting.trade_off.is_empty());
        }
        let setting = SUGGESTED[1].of_profile("release");
        assert_eq!(
            setting.config,
            ["profile.release.debug=\"line-tables-only\""]
        );
    }
}
