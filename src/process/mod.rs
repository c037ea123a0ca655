//! Runs a process, reads its output, and ends it together with every process that it started.
//!
//! Plans and probes start processes only here; the test runner starts test executables inside of
//! such a process. Each pipe is drained by its own thread, in bounded memory, so that a child can
//! never block on a full pipe. Processes that are still in the child's group when it has ended are
//! killed.
#![expect(clippy::disallowed_methods, reason = "owner: the process spawner")]

pub mod cancel;
mod group;
pub mod load;
mod running;
pub mod signals;
mod split;
pub(crate) mod tail;
pub(crate) mod temp_dir;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

pub use self::cancel::Cancel;
use self::group::ProcessGroup;
use self::running::Running;
use crate::event::Ending;
use crate::plan::{Invocation, STEP_FILES};

/// Length in bytes beyond which a line is cut.
pub(crate) const LINE_CAP: usize = 1 << 20;
/// Interval at which the exit status, the deadline and the cancellation are checked.
const TICK: Duration = Duration::from_millis(100);

/// Variables with which an outer cargo (`cargo run`, a build script, a test) describes its own
/// package.
///
/// They are removed, because the process would take them for a description of the measured package.
/// `CARGO`, `CARGO_HOME`, `RUSTUP_TOOLCHAIN` and the job server are kept.
const OUTER_CARGO: [&str; 26] = [
    "CARGO_BIN_NAME",
    "CARGO_CFG_TARGET_ARCH",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_LICENSE_FILE",
    "CARGO_PKG_NAME",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
    "CARGO_PKG_RUST_VERSION",
    "CARGO_PKG_VERSION",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
    "NUM_JOBS",
    "RUSTC_LINKER",
    "RUSTDOC_LINKER",
];

/// A process to run and its limits.
#[derive(Clone, Debug)]
pub(crate) struct Job<'a> {
    /// The command line, environment and working directory.
    pub invocation: &'a Invocation,
    /// Time after which the whole group is ended, or `None` for no limit.
    pub timeout: Option<Duration>,
    /// Time between the first request to end and the last one.
    pub grace: Duration,
    /// How long a pipe may stay open after the process has ended.
    pub leak: Duration,
    /// Length in bytes beyond which a line of stdout is cut.
    pub line_cap: usize,
    /// The standard input of the process. `None` for an empty one.
    pub input: Option<Vec<u8>>,
}

impl<'a> Job<'a> {
    /// Creates a job without a time limit and with the default grace periods.
    pub(crate) fn new(invocation: &'a Invocation) -> Self {
        Self {
            invocation,
            timeout: None,
            grace: Duration::from_secs(3),
            leak: Duration::from_secs(1),
            line_cap: LINE_CAP,
            input: None,
        }
    }
}

/// An event of a running process.
#[derive(Debug)]
pub(crate) enum ProcessEvent<'a> {
    /// A line of stdout without its line terminator.
    Line(&'a [u8]),
    /// A part of stderr that ended in `\n` or `\r`, without the terminator.
    Piece(&'a [u8]),
    /// Time has passed. Sent at least every few hundred milliseconds.
    Tick,
}

/// The result of running a process.
#[derive(Debug)]
pub(crate) struct ProcessExit {
    /// How the process ended.
    pub ending: Ending,
    /// Wall-clock time in seconds.
    pub seconds: f64,
    /// User and system time in seconds of the process and its descendants that were waited for.
    /// `None` if the platform does not report it.
    pub cpu: Option<f64>,
    /// Number of lines on both pipes that were cut because of their length.
    pub cut_lines: u64,
    /// Whether another process still held a pipe open when this one had ended.
    pub leaky: bool,
}

/// Runs a process to its end and calls `on_event` from the current thread.
///
/// This function does not fail. A process that cannot be started is reported as
/// [`Ending::NotStarted`].
pub(crate) fn run(
    job: &Job<'_>,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(ProcessEvent<'_>),
) -> ProcessExit {
    let start = Instant::now();
    // The system only reports the sum over all children that were ever waited for.
    let before = children_cpu();
    let (ending, cut_lines, leaky) = match Running::start(job, cancel) {
        Ok(mut running) => {
            let ending = running.follow(on_event);
            (ending, running.cut_lines(), running.leaky)
        }
        Err(error) => {
            let text = format!(
                "could not start {}: {error}",
                job.invocation.program.display()
            );
            (Ending::NotStarted(text), 0, false)
        }
    };
    let cpu = children_cpu()
        .zip(before)
        .map(|(after, before)| seconds(after.saturating_sub(before)));
    ProcessExit {
        ending,
        seconds: seconds(start.elapsed()),
        cpu,
        cut_lines,
        leaky,
    }
}

/// The output of a short command.
#[derive(Debug)]
pub(crate) struct Captured {
    /// How the command ended.
    pub ending: Ending,
    /// Standard output, decoded lossily.
    pub stdout: String,
    /// Standard error, decoded lossily.
    pub stderr: String,
}

/// Runs a short command and returns its whole output.
pub(crate) fn capture(invocation: &Invocation, timeout: Duration, cancel: &Cancel) -> Captured {
    capture_and_watch(invocation, timeout, cancel, &mut |_| {})
}

/// As [`capture`], and passes each line of standard error on at once.
pub(crate) fn capture_and_watch(
    invocation: &Invocation,
    timeout: Duration,
    cancel: &Cancel,
    watch: &mut dyn FnMut(&str),
) -> Captured {
    let job = Job {
        timeout: Some(timeout),
        // `cargo metadata` answers in a single line.
        line_cap: usize::MAX,
        ..Job::new(invocation)
    };
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let exit = run(&job, cancel, &mut |event| match event {
        ProcessEvent::Line(line) => push_line(&mut stdout, line),
        ProcessEvent::Piece(piece) => {
            let before = stderr.len();
            push_line(&mut stderr, piece);
            watch(stderr[before..].trim_end());
        }
        ProcessEvent::Tick => {}
    });
    Captured {
        ending: exit.ending,
        stdout,
        stderr,
    }
}

fn push_line(text: &mut String, line: &[u8]) {
    text.push_str(&String::from_utf8_lossy(line));
    text.push('\n');
}

/// Starts the process in its own group.
fn spawn(job: &Job<'_>) -> io::Result<Box<dyn ChildWrapper>> {
    let mut tries = 0;
    loop {
        match command(job).spawn() {
            // The system is short of processes, and may recover within a moment.
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < 3 => {
                tries += 1;
                thread::sleep(TICK * tries);
            }
            other => return other,
        }
    }
}

fn command(job: &Job<'_>) -> CommandWrap {
    let invocation = job.invocation;
    // A process group that is not in the foreground is stopped when it reads from the terminal.
    let stdin = match job.input {
        Some(_) => Stdio::piped(),
        None => Stdio::null(),
    };
    let mut command = Command::new(&invocation.program);
    command.args(&invocation.args).current_dir(&invocation.cwd);
    command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in OUTER_CARGO.iter().chain(&STEP_FILES) {
        command.env_remove(name);
    }
    for (name, value) in &invocation.env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut command = CommandWrap::from(command);
    ProcessGroup::wrap(&mut command);
    // A program that handles a signal which is ignored here has to receive it.
    #[cfg(unix)]
    if signals::blocks_requests() {
        command.wrap(process_wrap::std::ResetSigmask);
    }
    command
}

/// Returns a duration in seconds, rounded to microseconds. Such numbers survive being written as
/// text and read back.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e6
}

/// Returns the user and system time of all descendants that were waited for.
#[cfg(unix)]
fn children_cpu() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Some(Duration::from_micros(u64::try_from(micros).ok()?))
}

#[cfg(not(unix))]
fn children_cpu() -> Option<Duration> {
    None
}

/// Returns a path without symbolic links, or the path itself if it does not exist.
pub fn real_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
