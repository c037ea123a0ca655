//! `cargo campaign doctor`: tools, configuration and store: what is missing, and the command that fixes it.

use anyhow::Result;
use serde::Serialize;

use super::output::is_json;
use super::session::Session;
use crate::ops::exit::Exit;
use crate::probe::{self, Tool};
use crate::report::figure::counted;
use crate::report::json;
use crate::report::line::{Column, Line, page, table, widths};
use crate::report::style::Style;
use crate::store::{self, PinName};

/// Check tools, configuration and store
///
/// Ends with 0 when everything that the campaign needs is there, with 2 when only campaign.toml is missing, else with 4.
/// Installs nothing.
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

/// One thing that was checked.
#[derive(Serialize)]
struct Found {
    what: String,
    state: State,
    detail: String,
    /// The command that fixes it.
    fix: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    /// Worth knowing; nothing of the campaign needs it.
    Absent,
    /// The campaign has no configuration.
    Unconfigured,
    Bad,
}

/// The checks as JSON.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    schema_version: &'static str,
    checks: &'a [Found],
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        session.install_signal_handler();
        let found: Vec<Found> = [tools(session), campaign(session), store(session)]
            .into_iter()
            .flatten()
            .collect();
        session.stop_if_interrupted()?;
        let has = |state| found.iter().any(|found| found.state == state);
        let exit = match (has(State::Bad), has(State::Unconfigured)) {
            (true, _) => Exit::CouldNotRun,
            (false, true) => Exit::Usage,
            (false, false) => Exit::Done,
        };
        if as_json {
            let document = Document {
                schema: "cargo-campaign/doctor",
                schema_version: "1.0",
                checks: &found,
            };
            session.ui.out(&json::pretty(&document)?)?;
            return Ok(exit);
        }
        let look = session.look();
        let rows: Vec<Vec<Line>> = found.iter().map(row).collect();
        let columns = [Column::LEFT, Column::LEFT, Column::LEFT];
        let indent = widths(&rows, &columns).iter().take(2).sum::<usize>() + 3 * Column::LEFT.gap;
        let mut lines = Vec::new();
        for (found, line) in found.iter().zip(table(rows, &columns, &look)) {
            lines.extend(line.fold(indent, &look));
            let fix = |fix| {
                Line::default()
                    .padded(indent)
                    .and(Style::Hint, "fix: ")
                    .text(fix)
            };
            // A command is never broken: it will be copied.
            lines.extend(found.fix.as_deref().map(fix));
        }
        session.ui.out(&page(&lines, &look))?;
        Ok(exit)
    }
}

fn row(found: &Found) -> Vec<Line> {
    let (style, word) = match found.state {
        State::Good => (Style::Good, "  ok"),
        State::Absent => (Style::Quiet, "  --"),
        State::Unconfigured | State::Bad => (Style::Bad, "  NO"),
    };
    vec![
        Line::styled(style, word),
        Line::of(&found.what),
        Line::of(&found.detail),
    ]
}

fn good(what: &str, detail: impl Into<String>) -> Found {
    Found {
        what: what.to_owned(),
        state: State::Good,
        detail: detail.into(),
        fix: None,
    }
}

/// Worth knowing; nothing of the campaign needs it.
fn absent(what: &str, detail: impl Into<String>, fix: Option<String>) -> Found {
    Found {
        what: what.to_owned(),
        state: State::Absent,
        detail: detail.into(),
        fix,
    }
}

fn bad(what: &str, detail: impl Into<String>, fix: Option<String>) -> Found {
    Found {
        what: what.to_owned(),
        state: State::Bad,
        detail: detail.into(),
        fix,
    }
}

/// Cargo, compiler, git and the tools that collectors need.
fn tools(session: &Session) -> Vec<Found> {
    let mut found = Vec::new();
    let toolchain = probe::toolchain(
        &session.probe(),
        session.options.environment.rustc.as_deref(),
    );
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
    found.push(workspace(session));
    found.push(match session.git() {
        Ok(_) => good("git", "a working tree"),
        Err(trouble) => absent(
            "git",
            format!("{trouble}: values carry no commit"),
            trouble.hint(),
        ),
    });
    // Without a toolchain its components could not be installed either.
    if has_toolchain {
        found.extend(components(session));
    }
    found
}

/// The tools that collectors start.
fn components(session: &Session) -> Vec<Found> {
    let mut found = Vec::new();
    let nextest = session
        .config()
        .collect
        .settings(&crate::plan::Collector::Test)
        .runner
        == crate::options::config::Runner::Nextest;
    for (name, kind, needed) in [
        ("clippy", Tool::Clippy, true),
        ("rustfmt", Tool::Fmt, true),
        ("nextest", Tool::Nextest, nextest),
        ("semver-checks", Tool::SemverChecks, false),
    ] {
        found.push(match probe::tool(&session.probe(), kind) {
            Ok(_) => good(name, "installed"),
            Err(missing) if needed => bad(name, missing.what, Some(missing.mend)),
            Err(missing) => absent(
                name,
                format!("{}; the campaign does not need it", missing.what),
                None,
            ),
        });
    }
    found
}

/// Cargo can read the workspace.
fn workspace(session: &Session) -> Found {
    let manifest = &session.options.root.manifest;
    match probe::workspace(
        &session.probe(),
        Some(manifest),
        &session.options.cargo_flags,
    ) {
        Ok(workspace) => good("workspace", counted(workspace.members.len(), "package")),
        Err(error) => bad("workspace", cause(&format!("{error:#}")), None),
    }
}

/// A row has room for one line: of a tool's words the last names the cause, but for advice.
fn cause(text: &str) -> String {
    let is_cause = |line: &&str| !line.is_empty() && !line.starts_with("help: ");
    text.lines()
        .map(str::trim)
        .rfind(is_cause)
        .unwrap_or_default()
        .to_owned()
}

/// A toolchain that does not answer. Rustup installs the one that the directory asks for.
fn missing_toolchain(error: &str) -> Found {
    let fix = if error.contains("is not installed") {
        "rustup toolchain install"
    } else {
        "rustup show"
    };
    bad("toolchain", cause(error), Some(fix.to_owned()))
}

/// The configuration was read when we get here: mistakes in it have been said.
fn campaign(session: &Session) -> Vec<Found> {
    let config = session.config();
    let Some(path) = &session.options.path else {
        let missing = bad(
            "campaign",
            "campaign.toml is missing",
            Some("cargo campaign init".to_owned()),
        );
        return vec![Found {
            state: State::Unconfigured,
            ..missing
        }];
    };
    let path = path.strip_prefix(session.root()).unwrap_or(path).display();
    let gates = counted(config.gates.len(), "gate");
    vec![good(
        "campaign",
        format!("{path}: {gates}, {} waived", config.waivers.len()),
    )]
}

/// Every run and pin can be read.
fn store(session: &Session) -> Vec<Found> {
    let mut found = vec![match session.store.check() {
        Ok(()) => good("store", "runs can be recorded"),
        Err(error) => bad("store", error.to_string(), error.hint()),
    }];
    found.extend(runs(session));
    if session.store.release_file().exists() {
        let mend = Some("cargo campaign release --resume (or --abort)".to_owned());
        found.push(bad("release", "one is not finished", mend));
    }
    for (name, pin) in [("baseline", PinName::Baseline), ("final", PinName::Final)] {
        let pin_file = pin.file();
        found.push(match session.store.pinned(pin) {
            Ok(Some(pin)) => match session.check_pin(&pin, pin_file) {
                Ok(()) => good(
                    name,
                    format!(
                        "pinned {}",
                        crate::report::figure::ago(session.now, pin.pinned)
                    ),
                ),
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
            Err(error) => bad(name, error.to_string(), error.hint()),
        });
    }
    found
}

fn runs(session: &Session) -> Vec<Found> {
    let ids = session.store.ids();
    let broken: Vec<store::Error> = ids
        .iter()
        .filter_map(|id| session.store.load(id).err())
        .collect();
    // Each is named in its row; what it was set aside as is listed below.
    session.store.take_damage();
    let mut found = vec![match broken.first() {
        None => good("runs", format!("{} recorded, all readable", ids.len())),
        Some(first) => {
            let detail = format!("{} of {} cannot be read: {first}", broken.len(), ids.len());
            bad("runs", detail, first.hint())
        }
    }];
    let aside = session.store.set_aside();
    if let Some(first) = aside.first() {
        let first = first
            .strip_prefix(session.root())
            .unwrap_or(first)
            .display();
        let detail = format!(
            "{}, no run reads them: {first}",
            counted(aside.len(), "damaged file")
        );
        found.push(absent("set aside", detail, None));
    }
    found
}
