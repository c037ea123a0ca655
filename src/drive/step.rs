//! One command of a plan: started, heard, recorded, ended.
//!
//! Puts the spawner, the decoders, the test runner and the transcript together. Must not know what the events mean.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Drive;
use super::compiled;
use super::reading::Reading;
use super::suites::{Purpose, Suites};
use super::transcript::{Transcript, stem};
use super::wiring::{CARGO_TERM, Wired};
use crate::decode::progress::{self, ProgressLine};
use crate::decode::source;
use crate::event::{Ended, Ending, Event, Progress};
use crate::plan::{Collector, Invocation, Step, Stream};
use crate::probe::companion;
use crate::process::tail::{Tail, last_lines};
use crate::process::temp_dir::TempDir;
use crate::process::{self, Job, ProcessEvent, ProcessExit};
use crate::store;

/// Bytes of stderr that are kept for decoders and people.
const STDERR: usize = 64 << 10;
/// Of which this much is kept in the run.
const STDERR_TAIL: usize = 16 << 10;
/// Source files larger than this are not outlined.
const OUTLINE: u64 = 8 << 20;
/// nextest's tests have process groups of their own: it gives them ten seconds, we give it a little more.
const NEXTEST_GRACE: Duration = Duration::from_secs(12);

/// Runs a command to its end, and tells everything about it but its start.
pub(super) fn run(
    step: &Step,
    invocation: &Invocation,
    drive: &Drive<'_>,
    sink: &mut dyn FnMut(&Event),
) {
    let mut transcript = Transcript::begin(drive.logs, &step.id);
    let prepared = match Prepared::new(step, invocation, drive) {
        Ok(prepared) => prepared,
        Err(error) => {
            let ended = not_started(&step.id, Ending::NotStarted(error));
            transcript.end("", &ended);
            return sink(&Event::Ended(ended));
        }
    };
    let reading = Reading::new(
        &invocation.stream,
        drive.workspace,
        drive.names(step),
        prepared.suites(),
    );
    let mut live = Live::new(step, drive, reading, &mut transcript, sink);
    let grace = if invocation.stream.is_nextest() {
        NEXTEST_GRACE
    } else {
        drive.grace
    };
    let job = Job {
        timeout: step.timeout,
        grace,
        ..Job::new(&prepared.invocation)
    };
    let exit = process::run(&job, drive.cancel, &mut |heard| live.hear(heard));
    let (ended, stderr) = live.end(exit);
    transcript.end(&stderr, &ended);
    sink(&Event::Ended(ended));
}

/// How a step ended that never began.
pub(super) fn not_started(step: &str, ending: Ending) -> Ended {
    Ended {
        step: step.to_owned(),
        ending,
        seconds: 0.0,
        blocked: 0.0,
        cpu: None,
        stderr_tail: String::new(),
        odd: BTreeMap::new(),
    }
}

/// The command as it is really called, and where its test executables are recorded.
struct Prepared {
    invocation: Invocation,
    purpose: Option<Purpose>,
    records: Option<PathBuf>,
    _wired: Wired,
    _temp_dir: Option<TempDir>,
}

impl Prepared {
    fn new(step: &Step, invocation: &Invocation, drive: &Drive<'_>) -> Result<Self, String> {
        let mut prepared = Self {
            invocation: invocation.clone(),
            purpose: purpose(invocation, drive),
            records: None,
            _wired: Wired::default(),
            _temp_dir: None,
        };
        companion::replace_cargo(&mut prepared.invocation)?;
        if !matches!(invocation.stream, Stream::Figures | Stream::FmtList) {
            let term = CARGO_TERM.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
            prepared.invocation.env.extend(term);
        }
        if step.id == Step::MISSING_DOCS {
            prepared.invocation.env.extend(drive.runner.as_rustdoc());
        }
        if let Some(purpose) = &prepared.purpose {
            let unwritable = |error: io::Error| {
                format!("could not prepare a directory for test records: {error}")
            };
            let (records, scratch) = records(step, drive.logs).map_err(unwritable)?;
            let wired = drive
                .runner
                .wire(&records, *purpose == Purpose::Test)
                .map_err(unwritable)?;
            prepared.invocation.env.extend(
                wired
                    .env
                    .iter()
                    .map(|(name, value)| (name.clone(), Some(value.clone()))),
            );
            prepared
                .invocation
                .args
                .splice(0..0, wired.args.iter().cloned());
            (prepared.records, prepared._wired, prepared._temp_dir) =
                (Some(records), wired, scratch);
        }
        Ok(prepared)
    }

    fn suites(&self) -> Option<Suites> {
        Some(Suites::new(self.records.as_deref()?, self.purpose.clone()?))
    }
}

/// What a step's executables are run for, when it has any.
fn purpose(invocation: &Invocation, drive: &Drive<'_>) -> Option<Purpose> {
    match invocation.stream {
        Stream::CargoTest => Some(Purpose::Test),
        Stream::CargoBench => Some(Purpose::Bench(Some(
            drive.workspace.target_dir.join("criterion"),
        ))),
        _ => None,
    }
}

/// A new folder: beside the transcript, or for the moment.
fn records(step: &Step, logs: Option<&Path>) -> io::Result<(PathBuf, Option<TempDir>)> {
    let Some(logs) = logs else {
        let scratch = TempDir::new()?;
        return Ok((scratch.path().to_owned(), Some(scratch)));
    };
    let dir = stem(logs, &step.id);
    std::fs::create_dir(&dir)?;
    Ok((dir, None))
}

/// A step while its process runs.
struct Live<'a, 's> {
    step: &'a Step,
    drive: &'a Drive<'a>,
    reading: Reading<'a>,
    transcript: &'s mut Transcript,
    sink: &'s mut dyn FnMut(&Event),
    stderr: Tail,
    lock: Lock,
    shown: Option<Progress>,
}

impl<'a, 's> Live<'a, 's> {
    fn new(
        step: &'a Step,
        drive: &'a Drive<'a>,
        reading: Reading<'a>,
        transcript: &'s mut Transcript,
        sink: &'s mut dyn FnMut(&Event),
    ) -> Self {
        let (stderr, lock) = (Tail::new(STDERR), Lock::default());
        Self {
            step,
            drive,
            reading,
            transcript,
            sink,
            stderr,
            lock,
            shown: None,
        }
    }

    fn hear(&mut self, heard: ProcessEvent<'_>) {
        match heard {
            ProcessEvent::Line(line) => {
                self.lock.is_free();
                self.transcript.line(line);
                let sink = &mut self.sink;
                self.reading.line(line, &mut |event| sink(&event));
            }
            ProcessEvent::Piece(piece) => self.piece(&String::from_utf8_lossy(piece)),
            ProcessEvent::Tick => {
                let sink = &mut self.sink;
                self.reading.poll(&mut |event| sink(&event));
                if let Some(Progress { done, total, what }) = self.reading.running() {
                    self.show(done, total, what);
                }
                (self.sink)(&Event::Idle);
            }
        }
    }

    /// Stderr: progress, lock waits, and text for people.
    fn piece(&mut self, piece: &str) {
        match progress::read(piece) {
            ProgressLine::Units { done, total, what } => {
                self.lock.is_free();
                self.show(done, total, what);
            }
            ProgressLine::Blocking(what) => {
                self.lock.is_taken();
                self.show(0, 0, format!("waiting for {what}"));
            }
            ProgressLine::Text => {
                self.lock.is_free();
                let text = anstream::adapter::strip_str(piece).to_string();
                if !text.is_empty() || !piece.contains('\u{1b}') {
                    self.reading.hear(&text);
                    self.stderr.push(text.trim_end());
                }
            }
        }
    }

    /// Tells progress when it differs from what was told last. A total that cargo does not tell comes from history.
    fn show(&mut self, done: u64, total: u64, what: String) {
        let expected = self.drive.expected.get(&self.step.id).copied().unwrap_or(0);
        let progress = Progress {
            done,
            total: if total == 0 {
                expected.max(done)
            } else {
                total
            },
            what,
        };
        if self.shown.as_ref() != Some(&progress) {
            (self.sink)(&Event::Progress(progress.clone()));
            self.shown = Some(progress);
        }
    }

    /// The process has ended: gives what is known only now. Returns the facts and the text of stderr.
    fn end(mut self, exit: ProcessExit) -> (Ended, String) {
        self.lock.is_free();
        let stderr = self.stderr.text();
        self.hear(ProcessEvent::Tick);
        // Both look at files that the next command may change, so they become part of the transcript.
        let uncompiled = compiled::uncompiled(self.reading.units(), self.drive.workspace);
        for event in uncompiled
            .into_iter()
            .map(Event::Uncompiled)
            .chain(self.outlines())
        {
            self.transcript.event(&event);
            (self.sink)(&event);
        }
        let sink = &mut self.sink;
        let mut odd = self
            .reading
            .finish(&stderr, &exit.ending, &mut |event| sink(&event));
        for (name, count) in [
            ("cut-lines", exit.cut_lines),
            ("leaky", u64::from(exit.leaky)),
        ] {
            if count > 0 {
                *odd.entry(name.to_owned()).or_default() += count;
            }
        }
        let ended = Ended {
            step: self.step.id.clone(),
            ending: exit.ending,
            seconds: exit.seconds,
            blocked: process::seconds(self.lock.waited),
            cpu: exit.cpu,
            stderr_tail: last_lines(&stderr, STDERR_TAIL).to_owned(),
            odd,
        };
        (ended, stderr)
    }

    /// The items of every file of the workspace that diagnostics point into.
    fn outlines(&self) -> Vec<Event> {
        let root = &self.drive.workspace.root;
        let outline = |file: &String| {
            let text = is_inside(file)
                .then(|| store::read_file(&root.join(file), OUTLINE).ok())
                .flatten()?;
            let items = source::outline(&String::from_utf8_lossy(&text));
            Some(Event::Outline {
                file: file.clone(),
                items,
            })
        };
        self.reading.pointed().iter().filter_map(outline).collect()
    }
}

/// Relative to the workspace's root, and below it.
fn is_inside(file: &str) -> bool {
    let path = Path::new(file);
    path.components()
        .all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Time spent waiting for another cargo.
#[derive(Debug, Default)]
struct Lock {
    since: Option<Instant>,
    waited: Duration,
}

impl Lock {
    fn is_taken(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// Anything that cargo says after `Blocking` means that it goes on.
    fn is_free(&mut self) {
        self.waited += self
            .since
            .take()
            .map_or(Duration::ZERO, |since| since.elapsed());
    }
}

impl Drive<'_> {
    /// The metrics that the step's own collector is declared to print.
    pub(super) fn names(&self, step: &Step) -> &[String] {
        let own = step
            .serves
            .iter()
            .find(|collector| matches!(collector, Collector::Own(_)));
        own.and_then(|own| self.figures.get(own.name()))
            .map_or(&[], Vec::as_slice)
    }
}
