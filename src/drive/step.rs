//! Executes one command of a plan.
//!
//! Connects the process, the decoders, the test runner and the transcript.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Drive;
use super::artifacts;
use super::changes;
use super::compiled;
use super::copied;
use super::coverage::Profiles;
use super::reading::StreamReader;
use super::sampled;
use super::suites::{Purpose, Suites};
use super::transcript::{Transcript, stem};
use super::wiring::{CARGO_TERM, CARGO_TERM_CONFIG, CargoSettings};
use crate::decode::progress::{self, ProgressLine};
use crate::decode::source;
use crate::event::{Artifact, Ended, Ending, Event, Progress};
use crate::plan::{Invocation, ReportFile, Step, Stream};
use crate::probe::companion;
use crate::process::tail::{Tail, last_lines};
use crate::process::temp_dir::TempDir;
use crate::process::{self, Job, ProcessEvent, ProcessExit};
use crate::store;
use crate::test_runner::compiler;
use crate::workspace::Workspace;

/// Number of bytes of stderr that are kept for decoders and people.
const STDERR: usize = 64 << 10;
/// Number of bytes of stderr that are stored in the run.
const STDERR_TAIL: usize = 16 << 10;
/// Source files with more bytes are not outlined.
const OUTLINE: u64 = 8 << 20;
/// A report with more bytes is not read.
const REPORT: u64 = 256 << 20;
/// Grace period for nextest and for tools that write a report. What they start has process groups
/// of its own, which they end themselves: nextest gives it ten seconds. cargo-mutants also removes
/// its copies.
const LONG_GRACE: Duration = Duration::from_secs(12);

/// Runs a command to its end and passes on all events except for its start.
pub(super) fn run(
    step: &Step,
    invocation: &Invocation,
    drive: &Drive<'_>,
    sink: &mut dyn FnMut(&Event),
) {
    let mut transcript = Transcript::begin(drive.logs, &step.id);
    let began = Instant::now();
    let prepared = match PreparedCommand::new(step, invocation, drive) {
        Ok(prepared) => prepared,
        Err(ending) => {
            let seconds = process::seconds(began.elapsed());
            return end_unstarted(step, ending, seconds, transcript, sink);
        }
    };
    let reader = StreamReader::new(
        step,
        invocation,
        drive.workspace,
        prepared.suites(&invocation.args, drive.workspace),
    );
    let mut running = RunningStep::new(step, drive, reader, &mut transcript, sink);
    running.holds_output = prepared.report.is_some();
    running.undecided = prepared.undecided(step, drive);
    let grace = if invocation.stream.is_nextest() || step.report.is_some() {
        LONG_GRACE
    } else {
        drive.grace
    };
    let job = Job {
        timeout: step.timeout,
        grace,
        ..Job::new(&prepared.invocation)
    };
    let exit = process::run(&job, drive.cancel, &mut |event| running.on_event(event));
    if let Some(reuse) = drive.reuse.filter(|reuse| reuse.step == step.id) {
        reuse.end();
    }
    if let Some(report) = &prepared.report {
        running.read_report(report);
    }
    let mut read = prepared.coverage(step, running.units(), drive);
    read.extend(copied::size(step, drive.workspace));
    read.extend(copied::unit_times(step, drive.workspace));
    read.extend(prepared.samples(step, running.units(), drive));
    let (ended, stderr) = running.end(exit, read);
    transcript.end(&stderr, &ended);
    sink(&Event::Ended(ended));
}

/// Ends a step whose command is not run.
pub(super) fn refuse(step: &Step, ending: Ending, drive: &Drive<'_>, sink: &mut dyn FnMut(&Event)) {
    let transcript = Transcript::begin(drive.logs, &step.id);
    end_unstarted(step, ending, 0.0, transcript, sink);
}

fn end_unstarted(
    step: &Step,
    ending: Ending,
    seconds: f64,
    transcript: Transcript,
    sink: &mut dyn FnMut(&Event),
) {
    let ended = Ended {
        seconds,
        ..not_started(&step.id, ending)
    };
    transcript.end("", &ended);
    sink(&Event::Ended(ended));
}

/// Returns the end of a step that ran no process.
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

/// The command with the settings that are added to it, and the place where its test executables are
/// recorded.
struct PreparedCommand {
    invocation: Invocation,
    purpose: Option<Purpose>,
    records: Option<PathBuf>,
    /// The file that is read instead of the output.
    report: Option<PathBuf>,
    profiles: Option<Profiles>,
    /// Keeps links to paths with white space until cargo has ended.
    _cargo_settings: CargoSettings,
    /// Keeps the records until they have been read.
    _temp_dir: Option<TempDir>,
}

impl PreparedCommand {
    /// Prepares a command.
    ///
    /// # Errors
    /// If it cannot be started; as the ending of the step.
    fn new(step: &Step, invocation: &Invocation, drive: &Drive<'_>) -> Result<Self, Ending> {
        let mut prepared = Self {
            invocation: invocation.clone(),
            purpose: purpose(invocation, drive),
            records: None,
            report: None,
            profiles: None,
            _cargo_settings: CargoSettings::default(),
            _temp_dir: None,
        };
        companion::replace_cargo(&step.serves, &mut prepared.invocation)
            .map_err(Ending::NotStarted)?;
        let env = &mut prepared.invocation.env;
        if step.copy.is_some() {
            let settings = CARGO_TERM_CONFIG.iter();
            let args = settings.flat_map(|setting| ["--config", setting].map(str::to_owned));
            let own = invocation.split_args().0.len();
            prepared.invocation.args.splice(own..own, args);
        } else if !matches!(invocation.stream, Stream::Text | Stream::FmtList) {
            env.extend(CARGO_TERM.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))));
        }
        if step.id == Step::MISSING_DOCS {
            env.extend(drive.runner.as_rustdoc());
        }
        if step.id == Step::UNUSED {
            env.extend(drive.runner.as_wrapper(compiler::WrapperUse::Lint));
        }
        if step.id == Step::COVERAGE {
            let profiles = Profiles::new(step, invocation, drive)?;
            env.extend(profiles.variables(drive));
            prepared.profiles = Some(profiles);
        }

        if let Some(report) = &step.report {
            prepared
                .route_report(step, report, drive)
                .map_err(Ending::NotStarted)?;
        }
        if prepared.purpose.is_some() || step.sampling.is_some() {
            prepared
                .route_executables(step, drive)
                .map_err(Ending::NotStarted)?;
        }
        Ok(prepared)
    }

    /// Makes cargo run executables through the test runner.
    fn route_executables(&mut self, step: &Step, drive: &Drive<'_>) -> Result<(), String> {
        let (records, temp_dir) = records(step, drive.logs).map_err(unwritable)?;
        let profiles = self.profiles.as_ref();
        let settings = drive
            .runner
            .wire(
                &records,
                self.purpose == Some(Purpose::Test),
                profiles,
                retries(step),
                step.sampling.as_ref(),
            )
            .map_err(unwritable)?;
        let env = settings.env.iter();
        self.invocation
            .env
            .extend(env.map(|(name, value)| (name.clone(), Some(value.clone()))));
        // Arguments such as `--config` are given before the subcommand.
        self.invocation
            .args
            .splice(0..0, settings.args.iter().cloned());

        self.records = Some(records);
        self._cargo_settings = settings;
        self._temp_dir = temp_dir;
        Ok(())
    }

    /// Makes the command write its report to a directory of its own.
    fn route_report(
        &mut self,
        step: &Step,
        report: &ReportFile,
        drive: &Drive<'_>,
    ) -> Result<(), String> {
        let (directory, temp_dir) = records(step, drive.logs).map_err(unwritable)?;
        let mut args = vec![
            report.option.clone(),
            directory.to_string_lossy().into_owned(),
        ];
        if let Some(wanted) = &report.changes {
            let file = directory.join(CHANGES);
            changes::write(wanted, &drive.workspace.root, &file)?;
            args.extend([wanted.option.clone(), file.to_string_lossy().into_owned()]);
        }
        // Arguments behind `--` are not for the command itself.
        self.invocation.args.splice(1..1, args);
        self.report = Some(directory.join(&report.path));
        self._temp_dir = temp_dir;
        Ok(())
    }

    /// Returns the directory of the records, if it is decided after the build which suites are reused.
    fn undecided(&self, step: &Step, drive: &Drive<'_>) -> Option<PathBuf> {
        let is_wanted = drive.reuse.is_some_and(|reuse| reuse.step == step.id);
        self.records.clone().filter(|_| is_wanted)
    }

    /// Returns what instrumented tests executed.
    fn coverage(&self, step: &Step, units: &[Artifact], drive: &Drive<'_>) -> Vec<Event> {
        match (&self.profiles, &self.records) {
            (Some(profiles), Some(records)) => profiles.events(step, records, units, drive),
            _ => Vec::new(),
        }
    }

    /// Returns the measurement of the program that the command ran.
    fn samples(&self, step: &Step, units: &[Artifact], drive: &Drive<'_>) -> Option<Event> {
        let records = self
            .records
            .as_deref()
            .filter(|_| step.sampling.is_some())?;
        sampled::event(records, units, &drive.workspace.root)
    }

    /// Returns the state of the executables of a command with these arguments, if it runs any.
    fn suites(&self, args: &[String], workspace: &Workspace) -> Option<Suites> {
        let (records, purpose) = (self.records.as_deref()?, self.purpose.clone()?);
        Some(Suites::new(records, purpose, args).with_targets(workspace))
    }
}

/// The name of the file with changes of the sources.
const CHANGES: &str = "changes.diff";

/// Returns how often failed tests are tried again.
fn retries(step: &Step) -> u32 {
    let setting = step.setting(Step::RETRIES).first();
    setting
        .and_then(|retries| retries.parse().ok())
        .unwrap_or(0)
}

fn unwritable(error: io::Error) -> String {
    format!("could not prepare a directory for test records: {error}")
}

/// Returns why the executables of a step are run, if it has any.
fn purpose(invocation: &Invocation, drive: &Drive<'_>) -> Option<Purpose> {
    match invocation.stream {
        Stream::CargoTest => Some(Purpose::Test),
        Stream::CargoBench => Some(Purpose::Bench(Some(
            drive.workspace.target_dir.join("criterion"),
        ))),
        _ => None,
    }
}

/// Creates the directory for records: next to the transcript, or a temporary one.
fn records(step: &Step, logs: Option<&Path>) -> io::Result<(PathBuf, Option<TempDir>)> {
    let Some(logs) = logs else {
        let dir = TempDir::new()?;
        return Ok((dir.path().to_owned(), Some(dir)));
    };
    let dir = stem(logs, &step.id);
    std::fs::create_dir(&dir)?;
    Ok((dir, None))
}

/// A step whose process is running.
struct RunningStep<'a, 's> {
    step: &'a Step,
    drive: &'a Drive<'a>,
    reader: StreamReader<'a>,
    transcript: &'s mut Transcript,
    sink: &'s mut dyn FnMut(&Event),
    stderr: Tail,
    lock_wait: LockWait,
    shown: Option<Progress>,
    /// Whether the output is held back until it is known whether there is a report.
    holds_output: bool,
    held: Tail,
    /// The directory of the records, until it is decided which suites are reused.
    undecided: Option<PathBuf>,
}

impl<'a, 's> RunningStep<'a, 's> {
    fn new(
        step: &'a Step,
        drive: &'a Drive<'a>,
        reader: StreamReader<'a>,
        transcript: &'s mut Transcript,
        sink: &'s mut dyn FnMut(&Event),
    ) -> Self {
        let (stderr, lock_wait) = (Tail::new(STDERR), LockWait::default());
        Self {
            step,
            drive,
            reader,
            transcript,
            sink,
            stderr,
            lock_wait,
            shown: None,
            holds_output: false,
            held: Tail::new(STDERR),
            undecided: None,
        }
    }

    fn on_event(&mut self, event: ProcessEvent<'_>) {
        match event {
            ProcessEvent::Line(line) if self.holds_output => {
                self.held.push(&String::from_utf8_lossy(line));
            }
            ProcessEvent::Line(line) => {
                self.lock_wait.end();
                self.line(line);
            }
            ProcessEvent::Piece(piece) => self.piece(&String::from_utf8_lossy(piece)),
            ProcessEvent::Tick => {
                let sink = &mut self.sink;
                self.reader.poll(&mut |event| sink(&event));
                if let Some(Progress { done, total, what }) = self.reader.running() {
                    self.show(done, total, what);
                }
                (self.sink)(&Event::Idle);
            }
        }
    }

    /// Passes a line on to the decoder.
    fn line(&mut self, line: &[u8]) {
        self.transcript.line(line);
        let sink = &mut self.sink;
        self.reader.line(line, &mut |event| sink(&event));
        if self.reader.has_built()
            && let Some(records) = self.undecided.take()
            && let Some(reuse) = self.drive.reuse
        {
            let outside = self.reader.built_outside();
            reuse.decide(&records, self.reader.units(), outside, self.drive.workspace);
        }
    }

    /// Passes on the lines of a report, or those of the output if the command wrote none.
    fn read_report(&mut self, report: &Path) {
        let text = match store::read_file(report, REPORT) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.held.text().into_bytes(),
            Err(error) => format!("{}: {error}", report.display()).into_bytes(),
        };
        for line in text.split(|&byte| byte == b'\n') {
            self.line(line);
        }
    }

    /// Handles a part of stderr: progress, a wait for a lock, or text.
    fn piece(&mut self, piece: &str) {
        match progress::read(piece) {
            ProgressLine::Units { done, total, what } => {
                self.lock_wait.end();
                self.show(done, total, what);
            }
            ProgressLine::Blocking(what) => {
                self.lock_wait.begin();
                self.show(0, 0, format!("waiting for {what}"));
            }
            ProgressLine::Text => {
                self.lock_wait.end();
                let text = anstream::adapter::strip_str(piece).to_string();
                // A piece that only consists of control characters erases the progress bar. An
                // empty line of the text is kept.
                if !text.is_empty() || !piece.contains('\u{1b}') {
                    self.reader.stderr_line(&text);
                    self.stderr.push(text.trim_end());
                }
            }
        }
    }

    /// Reports progress if it has changed. A total that cargo does not report is taken from earlier
    /// runs, unless more is done already.
    fn show(&mut self, done: u64, total: u64, what: String) {
        let expected = self.drive.expected.get(&self.step.id).copied();
        let total = match total {
            0 => expected.filter(|expected| done <= *expected).unwrap_or(0),
            total => total,
        };
        let progress = Progress { done, total, what };
        if self.shown.as_ref() != Some(&progress) {
            (self.sink)(&Event::Progress(progress.clone()));
            self.shown = Some(progress);
        }
    }

    /// Units of members that cargo reported.
    fn units(&self) -> &[Artifact] {
        self.reader.units()
    }

    /// Reports the remaining events when the process has ended, also those that are given. Returns
    /// the end of the step and the text of stderr.
    fn end(mut self, exit: ProcessExit, more: Vec<Event>) -> (Ended, String) {
        self.lock_wait.end();
        let stderr = self.stderr.text();
        self.on_event(ProcessEvent::Tick);
        // The next command may change the files that these events are read from, so they become
        // part of the transcript.
        let uncompiled = compiled::uncompiled(self.reader.units(), self.drive.workspace);
        for event in uncompiled
            .into_iter()
            .map(Event::Uncompiled)
            .chain(self.outlines())
            .chain(artifacts::counted(
                self.step,
                self.reader.units(),
                self.drive,
            ))
            .chain(more)
        {
            self.transcript.event(&event);
            (self.sink)(&event);
        }
        let sink = &mut self.sink;
        let mut odd = self
            .reader
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
            blocked: process::seconds(self.lock_wait.waited),
            cpu: exit.cpu,
            stderr_tail: last_lines(&stderr, STDERR_TAIL).to_owned(),
            odd,
        };
        (ended, stderr)
    }

    /// Returns the items of every file of the workspace that diagnostics point into.
    fn outlines(&self) -> Vec<Event> {
        let root = &self.drive.workspace.root;
        let files = self.reader.pointed().iter();
        files.filter_map(|file| outline(root, file)).collect()
    }
}

fn outline(root: &Path, file: &str) -> Option<Event> {
    // Diagnostics may point into other crates, and a forged one may point anywhere.
    if !is_inside(file) {
        return None;
    }
    let text = store::read_file(&root.join(file), OUTLINE).ok()?;
    Some(Event::Outline {
        file: file.to_owned(),
        items: source::outline(&String::from_utf8_lossy(&text)),
    })
}

/// Returns whether a path is relative and contains no `..`.
fn is_inside(file: &str) -> bool {
    let path = Path::new(file);
    path.components()
        .all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// The time spent waiting for the lock of another cargo.
#[derive(Debug, Default)]
struct LockWait {
    since: Option<Instant>,
    waited: Duration,
}

impl LockWait {
    fn begin(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// Any output of cargo after `Blocking` shows that it has the lock.
    fn end(&mut self) {
        self.waited += self
            .since
            .take()
            .map_or(Duration::ZERO, |since| since.elapsed());
    }
}
