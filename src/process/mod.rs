//! Starting a process, hearing all it says, and ending it with everything it started.
//!
//! The only spawner for plans and probes (`runner.rs` starts test executables inside of what is started here). Both pipes
//! are drained by threads of their own, as bytes, in bounded memory, whatever the child does; nothing that a process
//! started outlives it unless it left the group. Must not know what the output means.
#![expect(clippy::disallowed_methods, reason = "owner: the process spawner")]

pub mod cancel;
mod group;
pub mod load;
mod running;
pub(crate) mod scratch;
mod split;
pub(crate) mod tail;

use std::io::{self, ErrorKind};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

pub use self::cancel::Cancel;
use self::group::Group;
use self::running::Running;
use crate::event::Ending;
use crate::plan::Invocation;

/// Longest line that is handed on whole.
pub(crate) const LINE_CAP: usize = 1 << 20;
/// How often deadline, cancel and exit are looked at.
const TICK: Duration = Duration::from_millis(100);

/// Variables with which an outer cargo (`cargo run`, a build script, a test) describes *its* package: they would be taken
/// for the measured package's. `CARGO`, `CARGO_HOME`, `RUSTUP_TOOLCHAIN` and a job server stay.
const OUTER: [&str; 26] = [
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

/// A process to run, with its limits.
#[derive(Clone, Debug)]
pub(crate) struct Job<'a> {
    /// What to start.
    pub invocation: &'a Invocation,
    /// The whole group is ended when it takes longer.
    pub timeout: Option<Duration>,
    /// From asking to end until asking for the last time.
    pub grace: Duration,
    /// How long a pipe may be held open by something else after the process has ended.
    pub leak: Duration,
    /// Longest line of stdout that is handed on whole.
    pub line_cap: usize,
}

impl<'a> Job<'a> {
    /// Without a time limit, with the usual patience.
    pub(crate) fn new(invocation: &'a Invocation) -> Self {
        Self {
            invocation,
            timeout: None,
            grace: Duration::from_secs(3),
            leak: Duration::from_secs(1),
            line_cap: LINE_CAP,
        }
    }
}

/// What comes from a running process.
#[derive(Debug)]
pub(crate) enum Heard<'a> {
    /// A line of stdout without its end.
    Line(&'a [u8]),
    /// A piece of stderr, split at `\n` and `\r`.
    Piece(&'a [u8]),
    /// Time passed; comes at least every few hundred milliseconds.
    Tick,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Exit {
    /// The fact.
    pub ending: Ending,
    /// Wall seconds.
    pub seconds: f64,
    /// User and system seconds of all reaped processes below it; `None` where the platform does not tell.
    pub cpu: Option<f64>,
    /// Lines longer than the cap, on both pipes.
    pub cut_lines: u64,
    /// A pipe was still held open by something when the process had ended.
    pub leaky: bool,
}

/// Runs a process to its end, telling `hear` in the calling thread what it prints. Never fails: a process that cannot be
/// started is [`Ending::NotStarted`].
pub(crate) fn run(job: &Job<'_>, cancel: &Cancel, hear: &mut dyn FnMut(Heard<'_>)) -> Exit {
    let start = Instant::now();
    let before = children_cpu();
    let (ending, cut_lines, leaky) = match Running::start(job, cancel) {
        Ok(mut running) => {
            let ending = running.follow(hear);
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
    Exit {
        ending,
        seconds: seconds(start.elapsed()),
        cpu,
        cut_lines,
        leaky,
    }
}

/// What a short command printed.
#[derive(Debug)]
pub(crate) struct Captured {
    /// How it ended.
    pub ending: Ending,
    /// All lines of stdout, lossily decoded.
    pub stdout: String,
    /// All pieces of stderr, lossily decoded.
    pub stderr: String,
}

/// Runs a short command and keeps what it prints. Lines are not cut: `cargo metadata` answers in one.
pub(crate) fn capture(invocation: &Invocation, timeout: Duration, cancel: &Cancel) -> Captured {
    let job = Job {
        timeout: Some(timeout),
        line_cap: usize::MAX,
        ..Job::new(invocation)
    };
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let keep = |text: &mut String, line: &[u8]| {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    };
    let exit = run(&job, cancel, &mut |heard| match heard {
        Heard::Line(line) => keep(&mut stdout, line),
        Heard::Piece(piece) => keep(&mut stderr, piece),
        Heard::Tick => {}
    });
    Captured {
        ending: exit.ending,
        stdout,
        stderr,
    }
}

/// Starts the process in a group of its own. When the system is short of processes for a moment, tries again.
fn spawn(invocation: &Invocation) -> io::Result<Box<dyn ChildWrapper>> {
    let mut tries = 0;
    loop {
        match command(invocation).spawn() {
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < 3 => {
                tries += 1;
                thread::sleep(TICK * tries);
            }
            other => return other,
        }
    }
}

fn command(invocation: &Invocation) -> CommandWrap {
    let mut command = Command::new(&invocation.program);
    command.args(&invocation.args).current_dir(&invocation.cwd);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in OUTER {
        command.env_remove(name);
    }
    for (name, value) in &invocation.env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut command = CommandWrap::from(command);
    Group::wrap(&mut command);
    command
}

/// Seconds to the microsecond: such numbers are the same after they were written as text and read again.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e6
}

/// User and system time of all children that were waited for, and of theirs.
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

#[cfg(test)]
#[cfg(unix)]
mod tests;
