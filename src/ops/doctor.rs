//! Checking tools, configuration and store.

use anyhow::Result;
use serde::Serialize;

use super::alerts;
use super::context::Context;
use super::evaluate;
use super::measure::inputs::{unmatched, unmatched_message};
use super::measure::{advisories, registry};
use crate::collector::{self, Settings, Tool};
use crate::git::Trouble;
use crate::plan::{Collector, FileSet};
use crate::probe;
use crate::report::figure::{ago, counted};
use crate::store::{self, PinName};
use crate::text::excerpt;

/// One thing that was checked.
#[derive(Serialize)]
pub(crate) struct Checkup {
    pub(crate) what: String,
    pub(crate) state: State,
    pub(crate) detail: String,
    /// The command that fixes it.
    pub(crate) fix: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Good,
    /// Worth knowing; nothing of the campaign needs it.
    Absent,
    /// The campaign has no configuration.
    Unconfigured,
    Bad,
}

/// Checks the tools, the configuration and the store.
///
/// # Errors
/// If the user wants to stop.
pub(crate) fn checks(cx: &Context) -> Result<Vec<Checkup>> {
    cx.install_signal_handler();
    let mut checks = tools(cx);
    checks.extend(campaign(cx));
    checks.extend(advisories(cx));
    checks.extend(index(cx));
    checks.extend(inputs(cx));
    checks.extend(store(cx));
    checks.extend(alert_state(cx));
    checks.extend(acknowledgements(cx));
    cx.stop_if_interrupted()?;
    Ok(checks)
}

fn good(what: &str, detail: impl Into<String>) -> Checkup {
    Checkup {
        what: what.to_owned(),
        state: State::Good,
        detail: detail.into(),
        fix: None,
    }
}

/// Returns the check of something that the campaign does not need.
fn absent(what: &str, detail: impl Into<String>, fix: Option<String>) -> Checkup {
    Checkup {
        what: what.to_owned(),
        state: State::Absent,
        detail: detail.into(),
        fix,
    }
}

fn bad(what: &str, detail: impl Into<String>, fix: Option<String>) -> Checkup {
    Checkup {
        what: what.to_owned(),
        state: State::Bad,
        detail: detail.into(),
        fix,
    }
}

/// Checks cargo, the compiler, git and the tools of collectors.
fn tools(cx: &Context) -> Vec<Checkup> {
    let mut found = Vec::new();
    let toolchain = probe::toolchain(&cx.probe(), cx.options.environment.rustc.as_deref());
    let has_toolchain = toolchain.is_ok();
    match toolchain {
        Ok(toolchain) => {
            found.push(good("cargo", toolchain.cargo));
            found.push(good(
                "rustc",
                format!("{} on {}", toolchain.rustc, toolchain.host),
            ));
        }
        Err(error) => found.push(missing_toolchain(&format!("{error:#}"))),
    }
    found.push(workspace(cx));
    found.push(match cx.git() {
        Ok(git) => match git.check_identity() {
            Ok(()) => good("git", "a working tree"),
            Err(trouble) => absent(
                "git",
                format!("a working tree; {trouble}, so that no release can be made"),
                trouble.hint(),
            ),
        },
        Err(trouble @ Trouble::Index { .. }) => bad(
            "git",
            format!("{trouble}; no recorded run is used"),
            trouble.hint(),
        ),
        Err(trouble) => absent(
            "git",
            format!("{trouble}: values carry no commit"),
            trouble.hint(),
        ),
    });
    // Without a toolchain its components could not be installed either.
    if has_toolchain {
        found.extend(components(cx));
    }
    found
}

/// Checks the tools that collectors start.
fn components(cx: &Context) -> Vec<Checkup> {
    let mut tools: Vec<(&Tool, bool)> = Vec::new();
    for definition in collector::ALL {
        let collector = definition.collector();
        let settings = cx.config().collect.settings(&collector);
        let is_default = collector::DEFAULT
            .iter()
            .any(|one| one.name == definition.name);
        let needed = definition
            .tool(&settings)
            .filter(|_| is_default || is_used(cx, &collector));
        let needed = needed.map(|tool| tool.name);
        let all = definition.tools.iter();
        tools.extend(all.map(|tool| (tool, needed == Some(tool.name))));
    }
    tools.sort_by_key(|(tool, _)| !(tool.is_needed)(&Settings::default()));
    tools
        .into_iter()
        .map(|(tool, is_needed)| component(cx, tool, is_needed))
        .collect()
}

fn component(cx: &Context, tool: &Tool, is_needed: bool) -> Checkup {
    let rustc = cx.options.environment.rustc.as_deref();
    match probe::tool_version(&cx.probe(), rustc, tool) {
        Ok(_) => good(tool.name, "installed"),
        Err(missing) if is_needed => bad(tool.name, missing.message, Some(missing.fix)),
        Err(missing) => absent(
            tool.name,
            format!("{}; the campaign does not need it", missing.message),
            None,
        ),
    }
}

/// Checks that cargo can read the workspace.
fn workspace(cx: &Context) -> Checkup {
    let manifest = &cx.options.root.manifest;
    match probe::workspace(&cx.probe(), Some(manifest), &cx.options.cargo_flags) {
        Ok(workspace) => good("workspace", counted(workspace.members.len(), "package")),
        Err(error) => bad("workspace", cause(&format!("{error:#}")), None),
    }
}

/// Returns the last line of a tool's error, which names the cause, without advice. A row has room for one line.
fn cause(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty() && !line.starts_with("help: "))
        .unwrap_or_default()
        .to_owned()
}

/// Returns the failed check of a toolchain. Rustup installs the one that the directory selects.
fn missing_toolchain(error: &str) -> Checkup {
    let fix = if error.contains("is not installed") {
        "rustup toolchain install"
    } else {
        "rustup show"
    };
    bad("toolchain", cause(error), Some(fix.to_owned()))
}

/// Checks that there is a configuration. Mistakes in it have been reported before.
fn campaign(cx: &Context) -> Vec<Checkup> {
    let config = cx.config();
    let Some(path) = &cx.options.path else {
        let missing = bad(
            "campaign",
            "campaign.toml is missing",
            Some("cargo campaign init".to_owned()),
        );
        return vec![Checkup {
            state: State::Unconfigured,
            ..missing
        }];
    };
    let path = path.strip_prefix(cx.root()).unwrap_or(path).display();
    let gates = counted(config.gates.len(), "gate");
    vec![good(
        "campaign",
        format!("{path}: {gates}, {} waived", config.waivers.len()),
    )]
}

/// Returns whether the configuration names a collector or a gate on one of its metrics.
fn is_used(cx: &Context, collector: &Collector) -> bool {
    let config = cx.config();
    evaluate::needed(&config.gates, cx.catalogue()).contains(collector)
        || config.collect.default.contains(collector)
        || config.collect.settings.contains_key(collector)
}

/// Checks the database of security advisories, if the campaign uses it.
fn advisories(cx: &Context) -> Vec<Checkup> {
    let mut found = Vec::new();
    for definition in collector::ALL.iter().filter(|one| one.reads_advisories) {
        let collector = definition.collector();
        if !is_used(cx, &collector) {
            continue;
        }
        found.push(match advisories::database(cx, &collector) {
            Ok(database) => match (&database.flaw, database.committed) {
                (Some(flaw), _) => bad("advisories", flaw.clone(), database.update()),
                (None, Some(time)) => {
                    good("advisories", format!("updated {}", ago(cx.now(), time)))
                }
                (None, None) => good("advisories", "found"),
            },
            Err(missing) => bad("advisories", missing.what, Some(missing.fix)),
        });
    }
    found
}

/// Checks the index of the registry for the collectors that can read it.
fn index(cx: &Context) -> Vec<Checkup> {
    let mut found = Vec::new();
    for definition in collector::ALL {
        let collector = definition.collector();
        let mut metrics = definition.metrics.iter();
        let metric = metrics.find(|metric| metric.step == Some(collector::INDEX));
        let Some(metric) = metric.filter(|_| is_used(cx, &collector)) else {
            continue;
        };
        found.push(match registry::files(cx, &collector) {
            None => {
                let detail = format!("{} is not measured without the index", metric.name);
                absent("index", detail, metric.setting.map(str::to_owned))
            }
            Some(FileSet {
                database: Some(database),
                ..
            }) => match (&database.flaw, database.committed) {
                (None, Some(time)) => good("index", format!("updated {}", ago(cx.now(), time))),
                (flaw, _) => {
                    let missing = format!("no checkout in `{}`", database.directory);
                    let flaw = flaw.clone().filter(|_| database.commit.is_some());
                    let fix = database.update().filter(|_| flaw.is_some());
                    bad("index", flaw.unwrap_or(missing), fix)
                }
            },
            Some(_) => good("index", "cargo asks the registry in each measurement"),
        });
    }
    found
}

/// Lists the declared inputs that match nothing. A file that may appear later is a valid input.
fn inputs(cx: &Context) -> Vec<Checkup> {
    let mut found = Vec::new();
    for (collector, declared) in &cx.config().collect.declared {
        for input in unmatched(cx.root(), declared) {
            let detail = unmatched_message(collector, &input);
            found.push(absent("inputs", detail, None));
        }
    }
    found
}

/// Checks that every run and pin can be read.
fn store(cx: &Context) -> Vec<Checkup> {
    let mut found = vec![match cx.store.check() {
        Ok(()) => good("store", "runs can be recorded"),
        Err(error) => bad("store", error.to_string(), error.hint()),
    }];
    found.extend(runs(cx));
    if cx.store.release_file().exists() {
        let fix = Some("cargo campaign release --resume (or --abort)".to_owned());
        found.push(bad("release", "one is not finished", fix));
    }
    for (name, pin) in [("baseline", PinName::Baseline), ("final", PinName::Final)] {
        found.push(match cx.store.pinned(pin) {
            Ok(Some(read)) => match cx.check_pin(&read, pin) {
                Ok(()) => good(name, format!("pinned {}", ago(cx.now(), read.pinned))),
                Err(error) => {
                    let fix = format!("cargo campaign {name} --accept \"the reason\"");
                    bad(name, error.to_string(), Some(fix))
                }
            },
            Ok(None) => absent(
                name,
                "not pinned",
                (name == "baseline").then(|| "cargo campaign baseline".to_owned()),
            ),
            Err(error) => bad(name, error.to_string(), cx.pin_repair(pin, &error)),
        });
    }
    found
}

/// Lists what prevents alerts from being sent.
fn alert_state(cx: &Context) -> Vec<Checkup> {
    let unusable = alerts::unusable_state(cx).into_iter();
    let checks = unusable.map(|state| bad("alerts", state.problem, Some(state.fix)));
    let checks: Vec<Checkup> = checks.collect();
    if !checks.is_empty() || alerts::unset_variables(cx).is_empty() {
        return checks;
    }
    let unset = alerts::overview(cx).map(|overview| overview.unset);
    let unset = unset.unwrap_or_default().into_iter();
    let channels = unset.map(|one| {
        let note = one
            .note()
            .unwrap_or_else(|| format!("{} ${} is off here: it is not set", one.kind, one.name));
        absent("alerts", note, None)
    });
    channels.collect()
}

/// Lists the acknowledgements of alerts that are not used.
fn acknowledgements(cx: &Context) -> Vec<Checkup> {
    let future = alerts::future_acknowledgements(cx);
    let checks = future.iter().map(|one| {
        let detail = format!(
            "the acknowledgement of {} is dated in the future and is not used: check the clock of {}",
            excerpt(&one.alert),
            excerpt(&one.author)
        );
        absent("alert ack", detail, None)
    });
    checks.collect()
}

fn runs(cx: &Context) -> Vec<Checkup> {
    let ids = cx.store.ids();
    let broken: Vec<store::Error> = ids
        .iter()
        .filter_map(|id| cx.store.load(id).err())
        .collect();
    // Damaged runs are reported in this row, and renamed files below.
    cx.store.take_damage();
    let mut found = vec![match broken.first() {
        None => good("runs", format!("{} recorded, all readable", ids.len())),
        Some(first) => {
            let detail = format!("{} of {} cannot be read: {first}", broken.len(), ids.len());
            bad("runs", detail, first.hint())
        }
    }];
    let aside = cx.store.set_aside();
    if let Some(first) = aside.first() {
        let first = first.strip_prefix(cx.root()).unwrap_or(first).display();
        let detail = format!(
            "{}, no run reads them: {first}",
            counted(aside.len(), "damaged file")
        );
        found.push(absent("set aside", detail, None));
    }
    found
}
