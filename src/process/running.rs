//! A process while it runs: its pipes, its deadline, the user's wish to stop.
//!
//! One thread reads each pipe in blocks; the calling thread cuts them into lines and looks at the clock between them.

use std::io::{self, ErrorKind, Read};
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::ChildWrapper;

use super::cancel::Cancel;
use super::group::Group;
use super::split::Splitter;
use super::{Heard, Job, LINE_CAP, TICK, spawn};
use crate::event::Ending;

/// Bytes read from a pipe at once; [`BLOCKS`] of them may wait.
const BLOCK: usize = 64 << 10;
const BLOCKS: usize = 16;
/// After the second, last request to end, before KILL. A runner with groups of its own (nextest) ends them meanwhile.
const LAST_GRACE: Duration = Duration::from_millis(500);
/// How long a process that was killed may take to go before it is left alone.
const GIVE_UP: Duration = Duration::from_secs(5);

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
pub(super) struct Running<'a> {
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
    /// A pipe was still open when it had ended.
    pub(super) leaky: bool,
}

impl<'a> Running<'a> {
    /// Starts it and begins to listen.
    pub(super) fn start(job: &'a Job<'a>, cancel: &'a Cancel) -> io::Result<Self> {
        let mut child = spawn(job.invocation)?;
        let group =
            Group::of(child.as_ref()).ok_or_else(|| io::Error::other("it has no process id"))?;
        let blocks = listen(child.as_mut()).inspect_err(|_| group.kill(child.as_mut()))?;
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
    pub(super) fn follow(&mut self, hear: &mut dyn FnMut(Heard<'_>)) -> Ending {
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
            Ok((Pipe::Stdout, block)) => self
                .stdout
                .push(&block, &mut |line| hear(Heard::Line(line))),
            Ok((Pipe::Stderr, block)) => self
                .stderr
                .push(&block, &mut |piece| hear(Heard::Piece(piece))),
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
        let late = self
            .job
            .timeout
            .is_some_and(|limit| self.started.elapsed() >= limit);
        let why = match (self.cancel.is_set(), late) {
            (true, _) => Ending::Interrupted,
            (false, true) => Ending::TimedOut,
            (false, false) => return,
        };
        self.group.ask(self.child.as_mut());
        let next = Instant::now() + self.job.grace;
        self.stop = Some(Stop {
            why,
            stage: Stage::Asked,
            next,
            presses: 1,
        });
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

    /// Lines longer than the cap.
    pub(super) fn cut_lines(&self) -> u64 {
        self.stdout.cut() + self.stderr.cut()
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

/// Begins to read both pipes.
fn listen(child: &mut dyn ChildWrapper) -> io::Result<Receiver<Block>> {
    let (send, blocks) = sync_channel(BLOCKS);
    if let Some(pipe) = child.stdout().take() {
        drain(Pipe::Stdout, pipe, send.clone())?;
    }
    if let Some(pipe) = child.stderr().take() {
        drain(Pipe::Stderr, pipe, send)?;
    }
    Ok(blocks)
}

/// Reads a pipe to its end in a thread of its own. The thread ends with the pipe, or when nobody listens any more.
fn drain(
    pipe: Pipe,
    mut from: impl Read + Send + 'static,
    to: SyncSender<Block>,
) -> io::Result<()> {
    let read = move || {
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
    };
    thread::Builder::new()
        .name("drain".to_owned())
        .spawn(read)
        .map(drop)
}
