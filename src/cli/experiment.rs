//! `cargo campaign experiment`: builds with and without a build setting, in turns.

use anyhow::Result;
use clap::value_parser;
use serde_json::{Value, json};

use super::output;
use super::session::Session;
use crate::experiment::{
    BuildSetting, Effect, Experiment, FEWEST_ROUNDS, MOST_ROUNDS, Outcome, ROUNDS, SUGGEST,
    variable,
};
use crate::ops::{Exit, Stop, experiment};
use crate::report::document::Document;
use crate::report::experiment::{list, page};
use crate::report::json::pretty;

/// Compare build settings: build with and without one, in turns
///
/// Builds happen in a copy of the workspace and in target directories of their own. The experiment ends
/// as soon as the effect is known. Exit codes: 0 if the setting is better, 1 if it is worse or makes no
/// difference, 3 without a verdict. Without a name, the settings that can be tried are listed.
#[derive(clap::Args, Debug)]
pub(super) struct ExperimentArgs {
    /// A setting of `[experiment]` or a suggested one, or `suggest` for all suggested ones
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Try a value of cargo's configuration, as in profile.dev.debug=false (repeatable)
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "names")]
    set: Vec<String>,
    /// Try an environment variable (repeatable)
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "names")]
    env: Vec<String>,
    /// Build at most this often on each side
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(i64::from(FEWEST_ROUNDS)..=i64::from(MOST_ROUNDS)))]
    rounds: Option<u32>,
    /// The time that decides: a metric of `timing`
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// If it is better, write the setting into Cargo.toml or .cargo/config.toml
    #[arg(long)]
    apply: bool,
}

/// The name of the setting that the command line describes.
const UNNAMED: &str = "setting";

impl ExperimentArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let experiments = self.experiments(session)?;
        if experiments.is_empty() {
            return show_list(session);
        }
        if self.apply && experiments.len() > 1 {
            let stop = Stop::new(Exit::Usage, "`--apply` needs a single setting");
            return Err(stop
                .help("try several first, and apply the best one")
                .into());
        }
        for one in &experiments {
            experiment::check(session, one)?;
            if self.apply {
                // What cannot be applied is known before the builds.
                let changes = experiment::apply::changes(session, &one.setting)?;
                experiment::apply::check(session, &changes)?;
            }
        }
        let mut effects = Vec::new();
        for one in &experiments {
            let outcome = experiment::run(session, one)?;
            let look = session.look();
            print(session, &page(&outcome, &look), &object(&outcome)?)?;
            effects.push(outcome.effect());
            if self.apply && outcome.effect() == Some(Effect::Better) {
                apply(session, &outcome.setting)?;
            }
        }
        Ok(exit(&effects))
    }

    /// Returns the experiments that the arguments name or describe.
    fn experiments(&self, session: &Session) -> Result<Vec<Experiment>> {
        let mut experiments = Vec::new();
        for name in &self.names {
            match name.as_str() {
                SUGGEST => experiments.extend(experiment::suggested(session)),
                name => experiments.push(experiment::find(session, name)?),
            }
        }
        if !self.set.is_empty() || !self.env.is_empty() {
            experiments.push(Experiment {
                setting: self.setting()?,
                metric: None,
                rounds: ROUNDS,
            });
        }
        for one in &mut experiments {
            one.rounds = self.rounds.unwrap_or(one.rounds);
            one.metric = self.metric.clone().or(one.metric.take());
        }
        Ok(experiments)
    }

    fn setting(&self) -> Result<BuildSetting> {
        let mut setting = BuildSetting {
            name: UNNAMED.to_owned(),
            config: self.set.clone(),
            ..BuildSetting::default()
        };
        for text in &self.env {
            let Some((name, value)) = variable(text) else {
                let stop = Stop::new(Exit::Usage, format!("invalid variable `{text}` in `--env`"));
                return Err(stop.help("write NAME=VALUE").into());
            };
            setting.env.insert(name, value);
        }
        Ok(setting)
    }
}

/// Returns the exit code of experiments with these effects: whether one of the settings is better.
fn exit(effects: &[Option<Effect>]) -> Exit {
    if effects.contains(&Some(Effect::Better)) {
        Exit::Done
    } else if effects.contains(&None) {
        Exit::NoVerdict
    } else {
        Exit::Failed
    }
}

fn apply(session: &Session, setting: &BuildSetting) -> Result<()> {
    let changes = experiment::apply::changes(session, setting)?;
    experiment::apply::write(session, &changes)?;
    for change in &changes {
        session.ui.status("Edited", &change.path);
    }
    Ok(())
}

fn show_list(session: &Session) -> Result<Exit> {
    let experiments = experiment::listed(session);
    let settings: Vec<&BuildSetting> = experiments.iter().map(|one| &one.setting).collect();
    let object = json!({
        "schema": "cargo-campaign/experiments",
        "schema_version": "1.0",
        "settings": settings,
    });
    print(session, &list(&experiments), &object)?;
    session.ui.help("cargo campaign experiment NAME");
    Ok(Exit::Done)
}

/// Returns the JSON form of an outcome.
fn object(outcome: &Outcome) -> Result<Value> {
    let mut object = json!({
        "schema": "cargo-campaign/experiment",
        "schema_version": "1.0",
        "effect": outcome.effect(),
    });
    object["experiment"] = serde_json::to_value(outcome)?;
    Ok(object)
}

/// Prints a page, or its JSON form.
///
/// # Errors
/// If another format is requested.
fn print(session: &Session, page: &Document, object: &Value) -> Result<()> {
    let format = output::format(session);
    match format.page {
        _ if format.is_terminal() => session.ui.print(page)?,
        Some(render) => session.ui.out(&render(page, &session.look()))?,
        None if output::is_json(session)? => session.ui.out(&pretty(object)?)?,
        None => {}
    }
    Ok(())
}
