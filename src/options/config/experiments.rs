//! `[experiment.NAME]`: build settings to compare with the workspace as it is.

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlNode};
use super::keys;
use super::reader::Reader;
use crate::experiment::{
    self, BuildSetting, Experiment, FEWEST_ROUNDS, MOST_ROUNDS, ROUNDS, is_setting_name,
};
use crate::text::excerpt;

/// Reads all experiments.
pub(super) fn read(reader: &mut Reader<'_>, node: &TomlNode) -> Vec<Experiment> {
    let entries = reader.table(node).unwrap_or_default();
    let experiments: Vec<Option<Experiment>> = entries
        .iter()
        .map(|entry| experiment(reader, entry))
        .collect();
    experiments.into_iter().flatten().collect()
}

fn experiment(reader: &mut Reader<'_>, entry: &TomlEntry) -> Option<Experiment> {
    let name = &entry.key;
    if !is_setting_name(name) {
        let message = format!("invalid name `{}` of an experiment", excerpt(name));
        let label = "expected lower-case letters, digits and hyphens, and not `suggest`";
        return reader.wrong(Mistake::new(entry.key_at.clone(), message, label));
    }
    let mut setting = BuildSetting {
        name: name.clone(),
        ..BuildSetting::default()
    };
    let (mut metric, mut rounds) = (None, ROUNDS);
    let table = format!("[experiment.{name}]");
    for entry in reader.table(&entry.value)? {
        let value = &entry.value;
        match entry.key.as_str() {
            "config" => setting.config = reader.texts(value).unwrap_or_default(),
            "env" => {
                for pair in reader.texts(value).unwrap_or_default() {
                    match experiment::variable(&pair) {
                        Some((name, value)) => setting.env.insert(name, value),
                        None => {
                            let message = format!("invalid variable `{}`", excerpt(&pair));
                            let label = "expected a name and a value, as in \"NAME=VALUE\"";
                            reader.wrong(Mistake::new(value.at.clone(), message, label))
                        }
                    };
                }
            }
            "trade-off" => setting.trade_off = reader.text(value).unwrap_or_default(),
            "metric" => metric = reader.text(value),
            "rounds" => rounds = reader.whole(value, FEWEST_ROUNDS..=MOST_ROUNDS)?,
            _ => reader.unknown_key(entry, &keys::EXPERIMENT, &table),
        }
    }
    if setting.config.is_empty() && setting.env.is_empty() {
        let message = format!("{table} changes nothing");
        let mistake = Mistake::new(entry.key_at.clone(), message, "needs `config` or `env`");
        return reader.wrong(mistake.help("add config = [\"profile.dev.debug=false\"]"));
    }
    Some(Experiment {
        setting,
        metric,
        rounds,
    })
}
