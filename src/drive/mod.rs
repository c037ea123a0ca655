//! Executes plans: a [`Plan`] goes in, [`Event`]s come out.
//!
//! The events are interpreted by the collectors and shown by the terminal. The following holds for
//! every step:
//!
//! - [`Event::Started`] is followed by exactly one [`Event::Ended`], also if the step cannot be
//!   started, takes too long or is interrupted. After an interrupt, the remaining steps are neither
//!   started nor ended.
//! - Processes run in their own group and are ended together with everything that they started.
//! - No setting of ours makes cargo rebuild: cargo gets no `RUSTFLAGS`, `--target` or
//!   `RUSTC_BOOTSTRAP`. `RUST_BACKTRACE` is not changed, because tests may depend on it.
//! - After cargo's first `build-finished`, nothing is read as a message of cargo: neither the
//!   output of tests, which goes to files, nor a second `build-finished`, which is counted as
//!   `build-finished-again`.

mod artifacts;
mod changes;
mod compiled;
mod copied;
mod copy;
mod coverage;
mod criterion;
mod in_process;
pub mod inputs;
mod reading;
mod registry;
pub mod renewal;
pub mod replay;
pub(crate) mod reused;
mod sampled;
mod step;
mod suites;
mod summaries;
pub mod sweep;
mod target_dir;
mod transcript;
pub mod wiring;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub use self::copy::WorkingCopy;
pub(crate) use self::target_dir::{UnitReads, reads};
pub use self::wiring::TestRunner;
use crate::event::{Ending, Event};
use crate::plan::{Action, FileSet, Plan, Step};
use crate::process::Cancel;
use crate::store::Lock;
use crate::workspace::Workspace;

/// Time between asking the processes of a step to end and killing them.
pub const GRACE: Duration = Duration::from_secs(3);

/// The context in which a plan is executed.
pub struct Drive<'a> {
    /// The workspace of the plan.
    pub workspace: &'a Workspace,
    /// The user's request to stop.
    pub cancel: &'a Cancel,
    /// An empty directory for transcripts. Without it, none are written.
    pub logs: Option<&'a Path>,
    /// Number of tests that each step ran the last time, used as the total of progress that cargo
    /// does not report.
    pub expected: &'a BTreeMap<String, u64>,
    /// The files of the source tree relative to the root, with `/`. They are copied for a step that
    /// builds in a copy.
    pub tree: &'a [String],
    /// Source files relative to the root, with `/`. Without them, the directories of the members
    /// are walked.
    pub files: Option<&'a [String]>,
    /// The runner for test executables.
    pub runner: &'a TestRunner,
    /// The recorded suites that may be reused. `None` if every suite runs.
    pub(crate) reuse: Option<&'a reused::Reuse<'a>>,
    /// See [`GRACE`].
    pub grace: Duration,
    /// Takes the lock of a target directory.
    pub lock: &'a TakeLock<'a>,
}

/// Waits for the lock of a file, at most for a time, and takes it.
pub type TakeLock<'a> = dyn Fn(&Path, Duration) -> Result<Lock, Ending> + 'a;

/// The files of [`Action::Scan`].
const SOURCES: FileSet = FileSet {
    paths: Vec::new(),
    sources: true,
    documents: false,
    database: None,
    index: None,
};

/// Runs the steps in order and passes all events to `sink` in the current thread. Returns the copy
/// of the workspace in which steps built, for as long as the inputs of their builds are read. The
/// steps of another plan can go on in the copy that was returned for an earlier one.
pub fn drive(
    plan: &Plan,
    drive: &Drive<'_>,
    mut copy: Option<WorkingCopy>,
    sink: &mut dyn FnMut(&Event),
) -> Option<WorkingCopy> {
    coverage::put_back_programs(drive);
    copy::remove_abandoned(drive);
    for step in &plan.steps {
        if drive.cancel.is_set() {
            break;
        }
        sink(&Event::Started {
            step: step.id.clone(),
        });
        match &step.action {
            Action::Command(invocation) => match &step.copy {
                Some(build) => copy::run(&mut copy, step, build, invocation, drive, sink),
                None => step::run(step, invocation, drive, sink),
            },
            Action::Scan => in_process::read(step, &SOURCES, drive, sink),
            Action::Read(files) if step.id == Step::COVERAGE => {
                in_process::import_coverage(step, files, drive, sink);
            }
            Action::Read(files) if step.id == Step::SUMMARIES => {
                in_process::import_summaries(step, files, drive, sink);
            }
            Action::Read(files) => in_process::read(step, files, drive, sink),
            Action::Lint(what) => in_process::lint(step, what, drive, sink),
        }
    }
    copy
}

/// Removes the transcripts of the steps of a plan, which are about to run again.
pub(crate) fn forget(plan: &Plan, logs: &Path) {
    for step in &plan.steps {
        transcript::remove(logs, &step.id);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
