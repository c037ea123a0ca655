//! Computes a digest of everything that the meaning of a collector's values depends on.
//!
//! The digest does not need the workspace's metadata, because an unchanged tree is judged without
//! starting cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::collector::request::Request;
use crate::collector::{self, Definition, Influence, NEXTEST, Setting, SettingKind, Settings};
use crate::plan::Collector;

/// Flags that make cargo refuse to continue and never change a value.
const REFUSING: [&str; 3] = ["--locked", "--offline", "--frozen"];

/// Returns for each requested collector a digest of everything in the request that the meaning of
/// its values depends on.
///
/// Timeouts, repeats, the target directory and the path of cargo are not part of it. `check` has
/// the same digest whether its values come from its own step or from clippy's, because both give
/// the same values.
pub fn settings(request: &Request) -> BTreeMap<Collector, String> {
    request
        .collectors
        .iter()
        .map(|c| (c.clone(), digest(&versioned_meaning(request, c))))
        .collect()
}

/// Returns the version of how a collector counts, and the meaning of its values.
fn versioned_meaning(request: &Request, collector: &Collector) -> Value {
    let method = collector::of(collector).method;
    json!([method, meaning(request, collector)])
}

/// The suffix of a condition's name for the tables of cargo's configuration that do not change any
/// result.
pub const INERT_ONLY: &str = " (alias, http, net, registry, term)";

/// Returns the parts of a request that a collector's values depend on.
///
/// `allow-empty` is one of them, since it decides between zero and no value.
fn meaning(request: &Request, collector: &Collector) -> Value {
    let definition = collector::of(collector);
    let settings = request.settings_of(collector);
    let mut meaning = (definition.meaning)(request, collector);
    add_deciding(&mut meaning, definition.settings, &settings);
    if settings.allow_empty {
        json!([meaning, "allow-empty"])
    } else {
        meaning
    }
}

/// Adds the settings of the collector alone that change the meaning of values.
fn add_deciding(meaning: &mut Value, known: &[Setting], settings: &Settings) {
    for setting in known {
        if let Some(name) = setting.decides {
            meaning[name] = value(setting, settings);
        }
    }
}

/// Returns the meaning of values that come from compiled packages.
pub(in crate::collector) fn of_build(request: &Request, collector: &Collector) -> Value {
    let definition = collector::of(collector);
    let settings = request.settings_of(collector);
    json!({
        "scope": scope(request),
        "args": settings.args,
        "build": build(request, definition),
        "without_benches": definition.compiles_benches && request.without_benches,
        // Every recorded digest contains these, whether the collector has the setting or not.
        "nextest": false,
        "durations": false,
        "cap_lints": false,
        "missing": false,
    })
}

/// Returns the value of a setting. A choice between two words is written as a flag.
fn value(setting: &Setting, settings: &Settings) -> Value {
    match setting.kind {
        SettingKind::Flag => json!(settings.flag(setting.key)),
        SettingKind::Count(least, _) => json!(settings.count(setting.key).unwrap_or(least)),
        SettingKind::Limit(default) => json!(settings.count(setting.key).unwrap_or(default)),
        SettingKind::Choice([_, other]) => json!(settings.is(setting.key, other)),
        SettingKind::Choice(words) => {
            json!(settings.choice(setting.key).or(words.first().copied()))
        }
        SettingKind::Text => json!(settings.text(setting.key)),
        SettingKind::Texts | SettingKind::Paths => json!(settings.texts(setting.key)),
        SettingKind::Reasons => json!(settings.reasons(setting.key)),
        SettingKind::Commands => json!(settings.commands(setting.key)),
        SettingKind::Days(days) => {
            let duration = settings.duration(setting.key);
            json!(duration.map_or(u64::from(days) * DAY, |duration| duration.as_secs()))
        }
    }
}

/// The seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// Returns the meaning of values that depend on the arguments of a command that compiles nothing.
pub(in crate::collector) fn of_arguments(request: &Request, collector: &Collector) -> Value {
    let args = request.settings_of(collector).args;
    json!({ "scope": scope(request), "args": args })
}

/// Returns the meaning of values that depend only on the sources of the selected packages.
pub(in crate::collector) fn of_scope(request: &Request, _: &Collector) -> Value {
    json!({ "scope": scope(request) })
}

/// Returns the meaning of values that depend on changelogs and tags.
pub(in crate::collector) fn of_releases(request: &Request, _: &Collector) -> Value {
    json!({ "scope": scope(request), "releases": request.releases })
}

/// Returns the selection of packages by name, sorted because the order in which they are named does
/// not matter.
pub(in crate::collector) fn scope(request: &Request) -> Value {
    json!([
        selected(request, &request.packages),
        selected(request, &request.exclude)
    ])
}

/// Returns the names that specs select, sorted. A spec whose names are not known is returned as it
/// is.
fn selected<'r>(request: &'r Request, specs: &'r [String]) -> Vec<&'r String> {
    let names = specs.iter().flat_map(|spec| {
        let names = request.names.get(spec).map(Vec::as_slice);
        names.unwrap_or(std::slice::from_ref(spec))
    });
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Returns whether a condition (a variable, a configuration file, `toolchain`) can change a
/// collector's result.
pub fn is_affected(collector: &Collector, condition: &str, settings: &Settings) -> bool {
    let definition = collector::of(collector);
    let influence = influence(condition);
    definition.influences.contains(&influence)
        && (influence != Influence::Nextest || may_run_nextest(definition, settings))
}

/// Returns whether a collector may run nextest, which a custom command may as well.
fn may_run_nextest(definition: &Definition, settings: &Settings) -> bool {
    definition.is_custom()
        || definition
            .tool(settings)
            .is_some_and(|tool| tool.subcommand() == Some(NEXTEST))
}

fn influence(condition: &str) -> Influence {
    if condition.ends_with(INERT_ONLY) {
        return Influence::InertCargo;
    }
    if condition.ends_with("/nextest/config.toml") {
        return Influence::Nextest;
    }
    let file = condition
        .rsplit('/')
        .next()
        .unwrap_or(condition)
        .trim_start_matches('.');
    match file {
        "rustfmt.toml" | "RUSTFMT" => Influence::Rustfmt,
        "clippy.toml" | "CLIPPY_CONF_DIR" => Influence::Clippy,
        "RUSTDOC" | "RUSTDOCFLAGS" | "CARGO_ENCODED_RUSTDOCFLAGS" | "CARGO_BUILD_RUSTDOCFLAGS" => {
            Influence::Rustdoc
        }
        "RUST_TEST_SHUFFLE" | "RUST_TEST_THREADS" | "RUST_MIN_STACK" => Influence::TestHarness,
        "toolchain" => Influence::Toolchain,
        _ if file.starts_with("rust-toolchain") => Influence::Toolchain,
        _ if file.starts_with("NEXTEST_") => Influence::Nextest,
        _ => Influence::Cargo,
    }
}

/// Returns the options that determine which code is compiled, and how.
fn build(request: &Request, definition: &Definition) -> Value {
    let mut features = request.build.feature_names();
    features.sort_unstable();
    let flags: Vec<&String> = request
        .cargo_flags
        .iter()
        .filter(|f| !REFUSING.contains(&f.as_str()))
        .collect();
    json!({
        "features": features,
        "all_features": request.build.all_features,
        "no_default_features": request.build.no_default_features,
        "target": request.build.target,
        "profile": definition.profile.resolve(request.build.profile.as_deref()),
        "flags": flags,
    })
}

/// Returns the first 16 hex digits of SHA-256, enough to distinguish settings.
fn digest(value: &Value) -> String {
    Sha256::digest(value.to_string())
        .iter()
        .take(8)
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // writing to a string cannot fail
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{ALL, SettingValue};
    use std::time::Duration;

    /// Returns a value that is not the default.
    fn other(kind: SettingKind) -> SettingValue {
        match kind {
            SettingKind::Flag => SettingValue::Flag(true),
            SettingKind::Count(_, most) => SettingValue::Count(most),
            SettingKind::Limit(default) => SettingValue::Count(default + 1),
            SettingKind::Choice(words) => SettingValue::Choice(words[1]),
            SettingKind::Text => SettingValue::Text("other".to_owned()),
            SettingKind::Texts | SettingKind::Paths => {
                SettingValue::Texts(vec!["other".to_owned()])
            }
            SettingKind::Reasons => {
                SettingValue::Reasons(vec![("other".to_owned(), "why".to_owned())])
            }
            SettingKind::Commands => {
                SettingValue::Commands(vec![("other".to_owned(), vec!["app".to_owned()])])
            }
            SettingKind::Days(days) => {
                SettingValue::Duration(Duration::from_secs(u64::from(days) * DAY + 1))
            }
        }
    }

    fn digest_with(collector: &Collector, settings: Settings) -> String {
        let request = Request {
            settings: [(collector.clone(), settings)].into(),
            ..Request::default()
        };
        digest(&versioned_meaning(&request, collector))
    }

    #[test]
    fn digest_depends_on_each_setting_that_decides_the_meaning() {
        for definition in ALL {
            let collector = definition.collector();
            for setting in definition.settings {
                let mut changed = Settings::default();
                changed.set(setting.key, other(setting.kind));
                let differs = digest_with(&collector, changed)
                    != digest_with(&collector, Settings::default());
                assert_eq!(differs, setting.decides.is_some(), "{}", setting.key);
            }
        }
    }

    #[test]
    fn setting_decides_in_every_kind_of_meaning() {
        let setting = Setting {
            key: "depth",
            kind: SettingKind::Count(1, 9),
            doc: "",
            decides: Some("depth"),
        };
        let mut settings = Settings::default();
        settings.set("depth", SettingValue::Count(3));
        let (request, collector) = (Request::default(), Collector::named("loc"));
        for meaning in [of_build, of_arguments, of_scope, of_releases] {
            let mut meaning = meaning(&request, &collector);
            add_deciding(&mut meaning, &[setting], &settings);
            assert_eq!(meaning["depth"], 3, "{meaning}");
        }
    }
}
