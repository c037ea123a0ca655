//! A running process: its pipes, its deadline, and the user's request to stop.
//!
//! One thread per pipe reads blocks of bytes. The calling thread splits them into lines and checks
//! the clock in between.

use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::ChildWrapper;

use super::cancel::Cancel;
use super::group::ProcessGroup;
use super::split::Splitter;
use super::{Job, LINE_CAP, ProcessEvent, TICK, spawn};
use crate::event::Ending;

/// Number of bytes read from a pipe at once. Up to [`BLOCKS`] blocks wait to be processed.
const BLOCK: usize = 64 << 10;
const BLOCKS: usize = 16;
/// Time between the last request to end and KILL. A program with process groups of its own, such as
/// nextest, ends them in this time.
const LAST_GRACE: Duration = Duration::from_millis(500);
/// How long to wait for a killed process before giving up on it.
const GIVE_UP: Duration = Duration::from_secs(5);

/// The pipe that a block was read from.
#[derive(Clone, Copy, Debug)]
enum Pipe {
    Stdout,
    Stderr,
}

type PipeBlock = (Pipe, Vec<u8>);

/// A process that is being ended.
#[derive(Debug)]
struct Stopping {
    /// The ending to report.
    why: Ending,
    stage: StopStage,
    /// When the next stage begins, unless the user repeats the request to stop.
    next: Instant,
    presses: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StopStage {
    Asked,
    AskedAgain,
    Killed,
}

/// A running process.
pub(super) struct Running<'a> {
    job: &'a Job<'a>,
    cancel: &'a Cancel,
    child: Box<dyn ChildWrapper>,
    group: ProcessGroup,
    blocks: Receiver<PipeBlock>,
    /// Whether a pipe has not been read to its end.
    open: bool,
    stdout: Splitter,
    stderr: Splitter,
    started: Instant,
    stop: Option<Stopping>,
    /// When the process was found to have ended, and its exit status if it could be read.
    exited: Option<(Instant, Option<ExitStatus>)>,
    /// Whether a pipe was still open when the process had ended.
    pub(super) leaky: bool,
}

impl<'a> Running<'a> {
    /// Starts a process and begins to read its pipes.
    pub(super) fn start(job: &'a Job<'a>, cancel: &'a Cancel) -> io::Result<Self> {
        let mut child = spawn(job)?;
        let group = ProcessGroup::of(child.as_ref())
            .ok_or_else(|| io::Error::other("it has no process id"))?;
        // The caller reports that nothing was started, so the process must not keep running.
        let blocks = feed(child.as_mut(), job.input.as_deref())
            .and_then(|()| listen(child.as_mut()))
            .inspect_err(|_| group.kill(child.as_mut()))?;
        Ok(Self {
            job,
            cancel,
            child,
            group,
            blocks,
            open: true,
            stdout: Splitter::lines(job.line_cap),
            // Cargo separates the states of its progress bar by carriage returns.
            stderr: Splitter::pieces(LINE_CAP),
            started: Instant::now(),
            stop: None,
            exited: None,
            leaky: false,
        })
    }

    /// Passes on events until the process has ended, ends the rest of its group, and returns how
    /// the process ended.
    pub(super) fn follow(&mut self, on_event: &mut dyn FnMut(ProcessEvent<'_>)) -> Ending {
        let mut ticked = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if self.open {
                self.receive(TICK, on_event);
            } else {
                // Both pipes are closed, so the process is usually about to end.
                thread::sleep(pause);
                pause = (pause * 2).min(TICK / 4);
            }
            let due = ticked.elapsed() >= TICK;
            if due {
                ticked = Instant::now();
                on_event(ProcessEvent::Tick);
            }
            if (due || !self.open) && self.is_over() {
                break;
            }
        }
        self.clear_up(on_event);
        self.ending()
    }

    /// Waits for a block and passes on its lines. Returns false if there was none.
    fn receive(&mut self, wait: Duration, on_event: &mut dyn FnMut(ProcessEvent<'_>)) -> bool {
        match self.blocks.recv_timeout(wait) {
            Ok((Pipe::Stdout, block)) => self
                .stdout
                .push(&block, &mut |line| on_event(ProcessEvent::Line(line))),
            Ok((Pipe::Stderr, block)) => self
                .stderr
                .push(&block, &mut |piece| on_event(ProcessEvent::Piece(piece))),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => {
                self.open = false;
                return false;
            }
        }
        true
    }

    /// Checks the exit status, the deadline and the cancellation. Returns whether there is nothing
    /// left to wait for.
    fn is_over(&mut self) -> bool {
        if self.exited.is_none() {
            self.exited = match self.child.try_wait() {
                Ok(status) => status.map(|status| (Instant::now(), Some(status))),
                // A process that cannot be waited for no longer exists.
                Err(_) => Some((Instant::now(), None)),
            };
        }
        if self.stop.is_some() {
            self.advance_stop();
        } else if self.exited.is_none() {
            self.stop_when_due();
        }
        match (&self.exited, &self.stop) {
            (None, None) => false,
            // A process in an uninterruptible system call does not even end when it is killed.
            (None, Some(stop)) => stop.stage == StopStage::Killed && Instant::now() >= stop.next,
            // The leader may end before its descendants, which have the rest of the grace period.
            (Some(_), Some(stop)) => stop.stage == StopStage::Killed || !self.group.is_alive(),
            // Descendants that hold a pipe open get a moment to end before they count as a leak.
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
        self.group.terminate(self.child.as_mut());
        let next = Instant::now() + self.job.grace;
        self.stop = Some(Stopping {
            why,
            stage: StopStage::Asked,
            next,
            presses: 1,
        });
    }

    /// Enters the next stage when its time has come or the user repeats the request to stop.
    fn advance_stop(&mut self) {
        let now = Instant::now();
        let Some(stop) = &mut self.stop else { return };
        let insists = self.cancel.presses() > stop.presses;
        if now < stop.next && !insists {
            return;
        }
        match stop.stage {
            StopStage::Asked => {
                // The second request makes nextest kill its tests. They have process groups of
                // their own, which a KILL from here would not reach.
                self.group.terminate(self.child.as_mut());
                (stop.stage, stop.next) =
                    (StopStage::AskedAgain, now + LAST_GRACE.min(self.job.grace));
            }
            StopStage::AskedAgain => {
                self.group.kill(self.child.as_mut());
                (stop.stage, stop.next) = (StopStage::Killed, now + GIVE_UP);
            }
            StopStage::Killed => {}
        }
        stop.presses = self.cancel.presses().max(stop.presses);
    }

    /// Kills the rest of the group and reads the rest of the pipes.
    fn clear_up(&mut self, on_event: &mut dyn FnMut(ProcessEvent<'_>)) {
        self.leaky = self.open && self.stop.is_none();
        if self.leaky || self.group.is_alive() {
            self.group.kill(self.child.as_mut());
        }
        // A process that left the group may hold a pipe open forever, so the first pause ends this.
        while self.open && self.receive(TICK / 2, on_event) {}
        self.stdout
            .finish(&mut |line| on_event(ProcessEvent::Line(line)));
        self.stderr
            .finish(&mut |piece| on_event(ProcessEvent::Piece(piece)));
    }

    /// Returns the number of lines that were cut.
    pub(super) fn cut_lines(&self) -> u64 {
        self.stdout.cut() + self.stderr.cut()
    }

    fn ending(&mut self) -> Ending {
        match (self.stop.take(), self.exited) {
            (Some(stop), _) => stop.why,
            (None, Some((_, Some(status)))) => ending(status),
            (None, _) => Ending::NotStarted("its end was not seen".to_owned()),
        }
    }
}

/// Returns the ending that an exit status reports.
fn ending(status: ExitStatus) -> Ending {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ending::Signalled(signal);
    }
    Ending::Exited(status.code().unwrap_or(-1))
}

/// Starts a thread that writes the input. The thread ends when the process has read all of it, or is
/// gone.
fn feed(child: &mut dyn ChildWrapper, input: Option<&[u8]>) -> io::Result<()> {
    let (Some(input), Some(mut pipe)) = (input.map(<[u8]>::to_vec), child.stdin().take()) else {
        return Ok(());
    };
    thread::Builder::new()
        .name("feed".to_owned())
        .spawn(move || drop(pipe.write_all(&input)))
        .map(drop)
}

/// Starts reading both pipes.
fn listen(child: &mut dyn ChildWrapper) -> io::Result<Receiver<PipeBlock>> {
    let (send, blocks) = sync_channel(BLOCKS);
    if let Some(pipe) = child.stdout().take() {
        drain(Pipe::Stdout, pipe, send.clone())?;
    }
    if let Some(pipe) = child.stderr().take() {
        drain(Pipe::Stderr, pipe, send)?;
    }
    Ok(blocks)
}

/// Starts a thread that reads a pipe. The thread ends with the pipe or when the receiver is
/// dropped.
fn drain(
    pipe: Pipe,
    from: impl Read + Send + 'static,
    to: SyncSender<PipeBlock>,
) -> io::Result<()> {
    thread::Builder::new()
        .name("drain".to_owned())
        .spawn(move || send_blocks(pipe, from, &to))
        .map(drop)
}

fn send_blocks(pipe: Pipe, mut from: impl Read, to: &SyncSender<PipeBlock>) {
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
}
