//! Starting a process, hearing all it says, and ending it with everything it started.
//!
//! The only spawner for plans and probes (`runner.rs` starts test executables inside of what is started here). Both pipes
//! are drained by threads of their own, as bytes, in bounded memory, whatever the child does; nothing that a process
//! started outlives it unless it left the group. Must not know what the output means.
#![expect(clippy::disallowed_methods, reason = "owner: the process spawner")]

mod group;
mod split;

use std::io::{self, ErrorKind, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use self::group::Group;
use self::split::Splitter;
use super::cancel::Cancel;
use crate::event::Ending;
use crate::plan::Invocation;

/// Longest line that is handed on whole.
pub(crate) const LINE_CAP: usize = 1 << 20;
/// How often deadline, cancel and exit are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Bytes read from a pipe at once; [`BLOCKS`] of them may wait.
const BLOCK: usize = 64 << 10;
const BLOCKS: usize = 16;
/// After the second, last request to end, before KILL. A runner with groups of its own (nextest) ends them meanwhile.
const LAST_GRACE: Duration = Duration::from_millis(500);
/// How long a process that was killed may take to go before it is left alone.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Variables with which an outer cargo (`cargo run`, a build script, a test) describes *its* package: they would be taken
/// for the measured package's. `CARGO`, `CARGO_HOME`, `RUSTUP_TOOLCHAIN` and a job server stay.
const OUTER: [&str; 25] = [
    "CARGO_BIN_NAME",
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
            (ending, running.stdout.cut() + running.stderr.cut(), running.leaky)
        }
        Err(error) => {
            let text = format!("could not start {}: {error}", job.invocation.program.display());
            (Ending::NotStarted(text), 0, false)
        }
    };
    let cpu = children_cpu().zip(before).map(|(after, before)| (after - before).max(0.0));
    Exit { ending, seconds: start.elapsed().as_secs_f64(), cpu, cut_lines, leaky }
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
    let job = Job { timeout: Some(timeout), line_cap: usize::MAX, ..Job::new(invocation) };
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
    Captured { ending: exit.ending, stdout, stderr }
}

/// Which pipe a block came from.
#[derive(Clone, Copy, Debug)]
enum Pipe {
    Stdout,
    Stderr,
}

type Block = (Pipe, Vec<u8>);

/// Why and since when a process is being ended.
#[derive(Debug)]
struct Stop {
    why: Ending,
    stage: Stage,
    /// The next stage begins then, or when the user presses again.
    next: Instant,
    presses: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Asked,
    AskedAgain,
    Killed,
}

/// A process while it runs.
struct Running<'a> {
    job: &'a Job<'a>,
    cancel: &'a Cancel,
    child: Box<dyn ChildWrapper>,
    group: Group,
    blocks: Receiver<Block>,
    /// A pipe has not seen its end.
    open: bool,
    stdout: Splitter,
    stderr: Splitter,
    started: Instant,
    stop: Option<Stop>,
    /// When it was seen to have ended, and how, if that could be told.
    left: Option<(Instant, Option<ExitStatus>)>,
    leaky: bool,
}

impl<'a> Running<'a> {
    fn start(job: &'a Job<'a>, cancel: &'a Cancel) -> io::Result<Self> {
        let mut child = spawn(job.invocation)?;
        let group = Group::of(child.as_ref()).ok_or_else(|| io::Error::other("it has no process id"))?;
        let (send, blocks) = sync_channel(BLOCKS);
        if let Some(pipe) = child.stdout().take() {
            drain(Pipe::Stdout, pipe, send.clone());
        }
        if let Some(pipe) = child.stderr().take() {
            drain(Pipe::Stderr, pipe, send);
        }
        Ok(Self {
            job,
            cancel,
            child,
            group,
            blocks,
            open: true,
            stdout: Splitter::lines(job.line_cap),
            stderr: Splitter::pieces(LINE_CAP),
            started: Instant::now(),
            stop: None,
            left: None,
            leaky: false,
        })
    }

    /// Hears the process until it is over and its group is gone.
    fn follow(&mut self, hear: &mut dyn FnMut(Heard<'_>)) -> Ending {
        let mut ticked = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if self.open {
                self.receive(TICK, hear);
            } else {
                // Both pipes are closed: as a rule the process is just ending.
                thread::sleep(pause);
                pause = (pause * 2).min(TICK / 4);
            }
            let due = ticked.elapsed() >= TICK;
            if due {
                ticked = Instant::now();
                hear(Heard::Tick);
            }
            if (due || !self.open) && self.is_over() {
                break;
            }
        }
        self.clear_up(hear);
        self.ending()
    }

    /// Waits for a block. Returns false when none came.
    fn receive(&mut self, wait: Duration, hear: &mut dyn FnMut(Heard<'_>)) -> bool {
        match self.blocks.recv_timeout(wait) {
            Ok((Pipe::Stdout, block)) => self.stdout.push(&block, &mut |line| hear(Heard::Line(line))),
            Ok((Pipe::Stderr, block)) => self.stderr.push(&block, &mut |piece| hear(Heard::Piece(piece))),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => {
                self.open = false;
                return false;
            }
        }
        true
    }

    /// Looks at exit, deadline and cancel.
    fn is_over(&mut self) -> bool {
        if self.left.is_none() {
            self.left = match self.child.try_wait() {
                Ok(status) => status.map(|status| (Instant::now(), Some(status))),
                // It cannot be waited for: it is no more.
                Err(_) => Some((Instant::now(), None)),
            };
        }
        if self.stop.is_some() {
            self.press_on();
        } else if self.left.is_none() {
            self.stop_when_due();
        }
        match (&self.left, &self.stop) {
            (None, None) => false,
            (None, Some(stop)) => stop.stage == Stage::Killed && Instant::now() >= stop.next,
            (Some(_), Some(stop)) => stop.stage == Stage::Killed || !self.group.is_alive(),
            (Some((at, _)), None) => !self.open || at.elapsed() >= self.job.leak,
        }
    }

    /// Begins to end the process when the user or the clock says so.
    fn stop_when_due(&mut self) {
        let late = self.job.timeout.is_some_and(|limit| self.started.elapsed() >= limit);
        let why = match (self.cancel.is_set(), late) {
            (true, _) => Ending::Interrupted,
            (false, true) => Ending::TimedOut,
            (false, false) => return,
        };
        self.group.ask(self.child.as_mut());
        let next = Instant::now() + self.job.grace;
        self.stop = Some(Stop { why, stage: Stage::Asked, next, presses: 1 });
    }

    /// Goes on to the next stage of ending when its time has come or the user insists.
    fn press_on(&mut self) {
        let now = Instant::now();
        let Some(stop) = &mut self.stop else { return };
        let insists = self.cancel.presses() > stop.presses;
        if now < stop.next && !insists {
            return;
        }
        match stop.stage {
            Stage::Asked => {
                self.group.ask(self.child.as_mut());
                (stop.stage, stop.next) = (Stage::AskedAgain, now + LAST_GRACE.min(self.job.grace));
            }
            Stage::AskedAgain => {
                self.group.kill(self.child.as_mut());
                (stop.stage, stop.next) = (Stage::Killed, now + GIVE_UP);
            }
            Stage::Killed => {}
        }
        stop.presses = self.cancel.presses().max(stop.presses);
    }

    /// Ends what is left of the group and takes what is left in the pipes.
    fn clear_up(&mut self, hear: &mut dyn FnMut(Heard<'_>)) {
        self.leaky = self.open && self.stop.is_none();
        if self.leaky || self.group.is_alive() {
            self.group.kill(self.child.as_mut());
        }
        while self.open && self.receive(TICK / 2, hear) {}
        self.stdout.finish(&mut |line| hear(Heard::Line(line)));
        self.stderr.finish(&mut |piece| hear(Heard::Piece(piece)));
    }

    fn ending(&mut self) -> Ending {
        match (self.stop.take(), self.left) {
            (Some(stop), _) => stop.why,
            (None, Some((_, Some(status)))) => ending(status),
            (None, _) => Ending::NotStarted("its end was not seen".to_owned()),
        }
    }
}

/// The fact in an exit status.
fn ending(status: ExitStatus) -> Ending {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ending::Signalled(signal);
    }
    Ending::Exited(status.code().unwrap_or(-1))
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
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
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

/// Reads a pipe to its end in a thread of its own. The thread ends with the pipe, or when nobody listens any more.
fn drain(pipe: Pipe, mut from: impl Read + Send + 'static, to: SyncSender<Block>) {
    thread::spawn(move || {
        let mut buffer = vec![0; BLOCK];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) if to.send((pipe, buffer[..read].to_vec())).is_err() => break,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    });
}

/// User and system seconds of all children that were waited for, and of theirs.
#[cfg(unix)]
fn children_cpu() -> Option<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let (user, system) = (usage.user_time(), usage.system_time());
    let micros = (user.tv_sec() + system.tv_sec()) * 1_000_000 + i64::from(user.tv_usec() + system.tv_usec());
    Some(Duration::from_micros(u64::try_from(micros).ok()?).as_secs_f64())
}

#[cfg(not(unix))]
fn children_cpu() -> Option<f64> {
    None
}

#[cfg(all(test, unix))]
mod tests;
