//! Running: the only process spawner, the driver of plans, the test runner, the probes, the source scan and the reader of
//! changelogs.
//!
//! A [`Plan`] goes in, [`Event`]s come out. What they mean is for the collectors, how they are shown for the terminal.
//!
//! What holds for every step that is driven:
//! - its [`Event::Started`] is followed by exactly one [`Event::Ended`], also when it cannot be started, takes too long or is
//!   interrupted. After an interrupt the rest of the plan is neither started nor ended;
//! - children run in a group of their own and are ended with everything they started;
//! - nothing that we set makes cargo rebuild: no `RUSTFLAGS`, no `--target`, no `RUSTC_BOOTSTRAP` on cargo;
//!   `RUST_BACKTRACE` stays as it is, since tests may depend on it just as under plain `cargo test`;
//! - nothing after cargo's first `build-finished` is read as cargo's: not the output of tests (which goes to files), nor a
//!   second `build-finished` (counted as `build-finished-again`).

mod compiled;
mod criterion;
mod in_process;
pub mod inputs;
mod reading;
pub mod replay;
mod step;
mod suites;
mod transcript;
pub mod wiring;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub use self::wiring::TestRunner;
use crate::event::Event;
use crate::plan::{Action, Plan};
use crate::process::Cancel;
use crate::workspace::Workspace;

/// From asking a step's processes to end until they are killed.
pub const GRACE: Duration = Duration::from_secs(3);

/// What driving a plan needs beside the plan.
pub struct Drive<'a> {
    /// The workspace that the plan is for.
    pub workspace: &'a Workspace,
    /// The user's wish to stop.
    pub cancel: &'a Cancel,
    /// An empty folder for transcripts; without it none are kept.
    pub logs: Option<&'a Path>,
    /// Tests that each step ran the last time: totals for progress that cargo does not tell.
    pub expected: &'a BTreeMap<String, u64>,
    /// The metrics that each collector of the team's own is declared to print.
    pub figures: &'a BTreeMap<String, Vec<String>>,
    /// Source files relative to the root with `/`, when they are known; else the members' folders are walked.
    pub files: Option<&'a [String]>,
    /// How test executables are run.
    pub runner: &'a TestRunner,
    /// See [`GRACE`].
    pub grace: Duration,
}

/// Runs the steps in order and tells everything that happens, in the calling thread.
pub fn drive(plan: &Plan, drive: &Drive<'_>, sink: &mut dyn FnMut(&Event)) {
    for step in &plan.steps {
        if drive.cancel.is_set() {
            break;
        }
        sink(&Event::Started {
            step: step.id.clone(),
        });
        match &step.action {
            Action::Command(invocation) => step::run(step, invocation, drive, sink),
            Action::Scan => in_process::scan(step, drive, sink),
            Action::Lint(what) => in_process::lint(step, what, drive, sink),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
