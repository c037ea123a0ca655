//! The experiments that a name or options on the command line select.

use std::collections::BTreeSet;

use anyhow::Result;
use toml_edit::Item;

use super::deciding_metric;
use crate::experiment::{Experiment, ROUNDS, SUGGESTED, SuggestedSetting};
use crate::ops::{Context, Exit, Stop};
use crate::options::spelling;
use crate::probe;
use crate::store;
use crate::text::excerpt;

/// The profile of builds unless selected.
const PROFILE: &str = "dev";

/// Variables that an experiment itself decides, or that make both sides incomparable.
const REFUSED: [&str; 6] = [
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    "RUSTUP_TOOLCHAIN",
    "RUSTC",
    "CARGO_BUILD_RUSTC",
];

/// Keys of `build` in cargo's configuration for which the same holds.
const REFUSED_KEYS: [&str; 3] = ["target-dir", "build-dir", "rustc"];

/// The tables and keys of cargo's configuration. Cargo does not warn about others.
const TABLES: [&str; 25] = [
    "alias",
    "build",
    "cache",
    "cargo-new",
    "credential-alias",
    "doc",
    "env",
    "future-incompat-report",
    "gc",
    "host",
    "http",
    INCLUDE,
    "install",
    "net",
    "patch",
    "paths",
    "profile",
    "registries",
    "registry",
    "resolver",
    "source",
    "target",
    "target-applies-to-host",
    "term",
    "unstable",
];

/// The key of cargo's configuration that names other files.
const INCLUDE: &str = "include";

/// Returns the experiment of a name: a configured one, or a suggested one.
///
/// # Errors
/// If there is none.
pub(crate) fn find(cx: &Context, name: &str) -> Result<Experiment> {
    let listed = listed(cx);
    if let Some(found) = listed.iter().find(|one| one.setting.name == name) {
        return Ok(found.clone());
    }
    let names = listed.iter().map(|one| one.setting.name.as_str());
    let stop = Stop::new(
        Exit::Usage,
        format!("unknown experiment `{}`", excerpt(name)),
    );
    let help = match spelling::nearest(name, names.clone()) {
        Some(nearest) => format!("cargo campaign experiment {nearest}"),
        None => format!("one of {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(stop.help(help).into())
}

/// Returns the configured experiments and then the suggested ones.
pub(crate) fn listed(cx: &Context) -> Vec<Experiment> {
    let mut listed = cx.config().experiments.clone();
    listed.extend(suggested(cx));
    listed
}

/// Returns experiments on the suggested settings whose programs are installed, without those that a
/// configured one replaces.
pub(crate) fn suggested(cx: &Context) -> Vec<Experiment> {
    let profile = cx.options.build.profile.as_deref().unwrap_or(PROFILE);
    let is_usable =
        |one: &&SuggestedSetting| one.program.is_empty() || which::which(one.program).is_ok();
    let configured = &cx.config().experiments;
    let is_new =
        |one: &&SuggestedSetting| configured.iter().all(|own| own.setting.name != one.name);
    let usable = SUGGESTED.iter().filter(is_usable).filter(is_new);
    let experiments = usable.map(|one| Experiment {
        setting: one.of_profile(profile),
        metric: None,
        rounds: ROUNDS,
    });
    experiments.collect()
}

/// Checks that an experiment changes how cargo builds, and neither what it builds nor where, and that
/// builds measure what decides.
///
/// # Errors
/// If that is not so.
pub(crate) fn check(cx: &Context, experiment: &Experiment) -> Result<()> {
    deciding_metric(experiment)?;
    let setting = &experiment.setting;
    let variables = setting.env.keys().map(String::as_str);
    let mut refused = variables
        .filter(|name| REFUSED.contains(name))
        .map(str::to_owned)
        .chain(setting.config.iter().filter_map(|value| refused_key(value)));
    if let Some(name) = refused.next() {
        let message = format!("an experiment cannot change `{name}`");
        let why = "both sides must have the same toolchain, and each its own target directory";
        return Err(Stop::new(Exit::Usage, message).help(why).into());
    }
    // Cargo takes anything else for the path of a file.
    let mut values = setting.config.iter();
    match values.find(|value| toml(value).is_none()) {
        None => check_keys(cx, experiment),
        Some(value) => {
            let message = format!(
                "invalid value `{}` of cargo's configuration",
                excerpt(value)
            );
            let help = "write KEY=VALUE, as in profile.dev.debug=false; a text has quotes";
            Err(Stop::new(Exit::Usage, message).help(help).into())
        }
    }
}

/// Checks that cargo uses every key of its configuration that an experiment sets. It passes over others
/// with a warning or none, and both sides would be equal.
fn check_keys(cx: &Context, experiment: &Experiment) -> Result<()> {
    let config = &experiment.setting.config;
    let tables = config.iter().filter_map(|value| toml(value));
    for table in tables {
        let mut keys = table.iter().map(|(key, _)| key);
        if let Some(key) = keys.find(|key| !TABLES.contains(key)) {
            let nearest = spelling::nearest(key, TABLES);
            return Err(unused(key, nearest));
        }
    }
    if config.is_empty() {
        return Ok(());
    }
    check_profiles(cx, experiment)?;
    let cargo_flags = &cx.options.cargo_flags;
    match probe::unused_config_key(&cx.probe(), cargo_flags, config) {
        Some(key) => Err(unused(&key, None)),
        None => Ok(()),
    }
}

/// Returns the error for a key that cargo does not use.
pub(super) fn unused(key: &str, nearest: Option<&str>) -> anyhow::Error {
    let message = format!("cargo does not use the key `{}`", excerpt(key));
    let stop = Stop::new(Exit::Usage, message);
    let help = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "without it, both sides of the experiment would be equal".to_owned(),
    };
    stop.help(help).into()
}

/// Checks that a setting of profiles is about one that is built.
fn check_profiles(cx: &Context, experiment: &Experiment) -> Result<()> {
    let Some(built) = built_profiles(cx) else {
        return Ok(());
    };
    let setting = &experiment.setting;
    let mut others = BTreeSet::new();
    for value in &setting.config {
        let Some(table) = toml(value) else { continue };
        let profiles = table.get("profile").and_then(Item::as_table_like);
        let Some(profiles) = profiles.filter(|_| table.len() == 1) else {
            return Ok(());
        };
        let names = profiles.iter().map(|(name, _)| name.to_owned());
        others.extend(names);
    }
    if !setting.env.is_empty() || others.iter().any(|name| built.contains(name)) {
        return Ok(());
    }
    let Some(other) = others.pop_first() else {
        return Ok(());
    };
    let message = format!(
        "the setting changes the profile `{}`, and `{}` is built",
        excerpt(&other),
        built[0]
    );
    let help = "`--profile` before `experiment` selects the profile that is built";
    Err(Stop::new(Exit::Usage, message).help(help).into())
}

/// Returns the profile that is built and those that it inherits from. `None` if they are not known.
fn built_profiles(cx: &Context) -> Option<Vec<String>> {
    const MOST: usize = 20;
    let manifest = store::read_text(&cx.options.root.manifest).ok()?;
    let manifest: toml_edit::DocumentMut = manifest.parse().ok()?;
    let own = manifest.get("profile").and_then(Item::as_table_like);
    let selected = cx.options.build.profile.as_deref().unwrap_or(PROFILE);
    let mut built = vec![selected.to_owned()];
    while let Some(name) = built.last().filter(|_| built.len() < MOST) {
        let inherited = match name.as_str() {
            "dev" | "release" => return Some(built),
            "test" => "dev",
            "bench" => "release",
            custom => own?.get(custom)?.get("inherits")?.as_str()?,
        };
        built.push(inherited.to_owned());
    }
    None
}

/// Returns the key that an experiment cannot change, if the value has one, however it is written.
fn refused_key(value: &str) -> Option<String> {
    let parsed = toml(value)?;
    // The files that it names may have any key.
    if parsed.contains_key(INCLUDE) {
        return Some(INCLUDE.to_owned());
    }
    let build = parsed.get("build")?.as_table_like()?;
    let key = REFUSED_KEYS.iter().find(|key| build.contains_key(key))?;
    Some(format!("build.{key}"))
}

/// Returns a value of cargo's configuration as TOML. `None` if it is none.
pub(super) fn toml(value: &str) -> Option<toml_edit::DocumentMut> {
    let parsed: toml_edit::DocumentMut = value.parse().ok()?;
    let is_heading = value.trim_start().starts_with('[');
    (!is_heading && value.lines().count() == 1 && !parsed.is_empty()).then_some(parsed)
}
