//! `cargo campaign doctor`: tools, configuration and store: what is missing, and the command that mends it.

use anyhow::Result;

use super::exit::Exit;
use super::session::Session;
use crate::drive::probe::{self, Tool};
use crate::report::line::{Column, Line, page, table};
use crate::report::style::Style;
use crate::store::PinName;

/// Check tools, configuration and store
///
/// Ends with 0 when everything that the campaign needs is there, else with 4. Installs nothing.
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

/// How a thing is.
struct Found {
    what: String,
    state: State,
    detail: String,
    mend: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Worth knowing; nothing of the campaign needs it.
    Absent,
    Bad,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let found: Vec<Found> = [tools(session), campaign(session), store(session)].into_iter().flatten().collect();
        let bad = found.iter().any(|found| found.state == State::Bad);
        let look = session.look();
        let columns = [Column::LEFT, Column::LEFT, Column::LEFT];
        let mut lines = Vec::new();
        for found in &found {
            lines.push(row(found));
            lines.extend(
                found
                    .mend
                    .as_ref()
                    .map(|mend| vec![Line::default(), Line::default(), Line::styled(Style::Hint, "mend: ").text(mend)]),
            );
        }
        let lines: Vec<Line> =
            table(lines, &columns, &look).into_iter().map(|line| line.fit(look.width, &look)).collect();
        session.ui.out(&page(&lines, &look))?;
        Ok(if bad { Exit::CouldNotRun } else { Exit::Done })
    }
}

fn row(found: &Found) -> Vec<Line> {
    let (style, word) = match found.state {
        State::Good => (Style::Good, "  ok"),
        State::Absent => (Style::Quiet, "  --"),
        State::Bad => (Style::Bad, "  NO"),
    };
    vec![Line::styled(style, word), Line::of(&found.what), Line::of(&found.detail)]
}

fn good(what: &str, detail: impl Into<String>) -> Found {
    Found { what: what.to_owned(), state: State::Good, detail: detail.into(), mend: None }
}

fn bad(what: &str, detail: impl Into<String>, mend: Option<String>) -> Found {
    Found { what: what.to_owned(), state: State::Bad, detail: detail.into(), mend }
}

/// Cargo, compiler, git and the tools that collectors need.
fn tools(session: &Session) -> Vec<Found> {
    let mut found = Vec::new();
    match probe::toolchain(&session.probe(), session.options.environment.rustc.as_deref()) {
        Ok(toolchain) => {
            found.push(good("cargo", toolchain.cargo));
            found.push(good("rustc", format!("{} on {}", toolchain.rustc, toolchain.host)));
        }
        Err(error) => found.push(bad("toolchain", format!("{error:#}"), Some("rustup show".to_owned()))),
    }
    match session.git() {
        Ok(_) => found.push(good("git", "a working tree")),
        Err(trouble) => found.push(Found {
            what: "git".to_owned(),
            state: State::Absent,
            detail: format!("{trouble}: figures carry no commit"),
            mend: trouble.hint().map(str::to_owned),
        }),
    }
    let nextest = session.config().collect.settings(&crate::plan::Collector::Test).runner
        == crate::options::config::Runner::Nextest;
    for (name, kind, needed) in
        [("clippy", Tool::Clippy, true), ("rustfmt", Tool::Fmt, true), ("nextest", Tool::Nextest, nextest)]
    {
        found.push(match probe::tool(&session.probe(), kind) {
            Ok(()) => good(name, "installed"),
            Err(missing) if needed => bad(name, missing.what, Some(missing.mend)),
            Err(missing) => Found {
                what: name.to_owned(),
                state: State::Absent,
                detail: format!("{}; the campaign does not need it", missing.what),
                mend: None,
            },
        });
    }
    found
}

/// The configuration was read when we get here: mistakes in it have been said.
fn campaign(session: &Session) -> Vec<Found> {
    let config = session.config();
    let Some(path) = &session.options.path else {
        return vec![bad("campaign", "there is no campaign.toml", Some("cargo campaign init".to_owned()))];
    };
    let path = path.strip_prefix(session.root()).unwrap_or(path).display();
    let gates = crate::report::figure::counted(config.gates.len(), "gate");
    vec![good("campaign", format!("{path}: {gates}, {} waived", config.waivers.len()))]
}

/// Every run and pin can be read.
fn store(session: &Session) -> Vec<Found> {
    let mut found = Vec::new();
    let ids = session.store.ids();
    let broken: Vec<String> =
        ids.iter().filter_map(|id| session.store.load(id).err()).map(|error| error.to_string()).collect();
    match broken.first() {
        None => found.push(good("runs", format!("{} recorded, all readable", ids.len()))),
        Some(first) => {
            let detail = format!("{} of {} cannot be read: {first}", broken.len(), ids.len());
            found.push(bad(
                "runs",
                detail,
                Some("cargo campaign run records anew; what is damaged was set aside".to_owned()),
            ));
        }
    }
    for (name, pin) in [("baseline", PinName::Baseline), ("final", PinName::Final)] {
        found.push(match session.store.pinned(pin) {
            Ok(Some(pin)) => good(name, format!("pinned {}", crate::report::figure::ago(session.now, pin.pinned))),
            Ok(None) => Found {
                what: name.to_owned(),
                state: State::Absent,
                detail: "not pinned".to_owned(),
                mend: (name == "baseline").then(|| "cargo campaign baseline".to_owned()),
            },
            Err(error) => bad(name, error.to_string(), error.hint()),
        });
    }
    found
}
