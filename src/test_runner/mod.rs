//! The hidden subcommand that cargo runs in place of a test executable: `cargo-campaign __run-test
//! RECORDS EXE ARGS..`.
//!
//! It runs the executable, through the user's own runner if there is one, and records the outcome.
//! Results are therefore read from libtest's own log and not from text that a test could have
//! printed, unless a test could notice the argument that asks for the log. The output of tests never
//! reaches cargo's stdout. The program ends in the same way as the executable.
//!
//! Executables that rustdoc, build scripts and procedural macros start are run without a record, as
//! if cargo had started them directly.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts test executables, inside of a process that process/ started"
)]

pub mod compiler;
pub mod doctests;
mod head_tail;
mod launch;
mod marker;
pub(crate) mod programs;
pub(crate) mod record;
mod reuse;
pub mod rustdoc;
pub mod sampled;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use self::head_tail::HeadTailFile;
use self::record::{EndRecord, RunnerSettings, StartRecord};
use crate::decode::libtest::{self, Results};
use crate::process::seconds;

/// Name of the subcommand. It is checked before any other argument is parsed.
pub const COMMAND: &str = "__run-test";
/// Exit code for our own failures, the same as that of a failed test executable.
const FAILED: i32 = 101;
/// Variable that contains the path of a bundle of merged doctests.
const DOCTEST_BUNDLE: &str = "RUSTDOC_DOCTEST_BIN_PATH";
/// Variable that names the file to which an instrumented program writes its profile.
pub(crate) const PROFILE_FILE: &str = "LLVM_PROFILE_FILE";
/// The files for the profiles of an executable and its children. Processes of the same program add to one of
/// at most eight, so that a thousand processes need no thousand files.
pub(crate) const PROFILES: &str = "%8m.profraw";
/// Pause after a short read. libtest writes three times per test, and the pause lets one read take
/// it all.
const GATHER: Duration = Duration::from_millis(1);
/// Reads of fewer bytes count as short.
const GULP: usize = 16 << 10;
/// How long a process that the executable left behind may keep its output open.
const LEAK: Duration = Duration::from_secs(1);

/// Runs the subcommand with the arguments that follow [`COMMAND`] and returns its exit code.
///
/// Does not return if the executable died of a signal that this process can send to itself.
pub fn run(args: &[OsString]) -> i32 {
    let [records, exe, rest @ ..] = args else {
        return report_failure("expected a directory and an executable as arguments");
    };
    let (records, exe) = (Path::new(records), Path::new(exe));
    let Some(settings) = record::read::<RunnerSettings>(&records.join(record::SETTINGS)) else {
        return report_failure(&format!(
            "missing or invalid settings in {}",
            records.display()
        ));
    };
    if let (Some(sampling), Caller::Cargo) = (
        &settings.sampling,
        called_by(&|name| std::env::var_os(name)),
    ) {
        return sampled::run(records, &settings, sampling, exe, rest);
    }
    let ended = match called_by(&|name| std::env::var_os(name)) {
        Caller::Cargo => run_recorded(records, &settings, exe, rest),
        Caller::Rustdoc | Caller::BuildScript => run_unrecorded(&settings, exe, rest),
    };
    match ended {
        Ok(status) => end_like(status),
        Err(error) => report_failure(&format!("{}: {error}", exe.display())),
    }
}

/// Writes the reason of a failure to stderr, which becomes part of the record of the step. Returns
/// the exit code.
pub(super) fn report_failure(text: &str) -> i32 {
    let _ = writeln!(
        io::stderr(),
        "error: cargo campaign could not run what cargo asked for: {text}"
    );
    FAILED
}

/// The program that asked for an executable to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// The `cargo test` or `cargo bench` of the step: the executable is one of its test
    /// executables.
    Cargo,
    /// rustdoc, for a doctest, or a cargo that a procedural macro started.
    Rustdoc,
    /// A cargo that a build script started.
    BuildScript,
}

/// Returns the caller, which is recognized by variables that cargo sets for its other children but
/// never for a test executable.
///
/// The path of the executable is not used, because the layout of the build directory may change.
/// `process` removes these variables from cargo's environment, so they exist only if a descendant
/// of cargo has set them.
fn called_by(variable: &dyn Fn(&str) -> Option<OsString>) -> Caller {
    if variable("CARGO_CRATE_NAME").is_some() {
        Caller::Rustdoc
    } else if variable("CARGO_CFG_TARGET_ARCH").is_some() {
        Caller::BuildScript
    } else {
        Caller::Cargo
    }
}

/// Returns the command that runs the executable through the user's own runner.
///
/// Variables that were changed for cargo have the user's values.
fn command(settings: &RunnerSettings, exe: &Path, args: &[OsString]) -> Command {
    let mut command = match settings.chain.split_first() {
        Some((runner, words)) => {
            let mut command = Command::new(runner);
            command.args(words).arg(exe);
            command
        }
        None => Command::new(exe),
    };
    command.args(args);
    for (name, value) in &settings.restore {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Runs the executable without a record.
fn run_unrecorded(
    settings: &RunnerSettings,
    exe: &Path,
    args: &[OsString],
) -> io::Result<ExitStatus> {
    let mut command = unrecorded_command(settings, exe, args);
    // The executable takes the place of this process, with its id and the signals sent to it.
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut command));
    #[cfg(not(unix))]
    command.status()
}

/// Returns the command that cargo would have run without this program.
fn unrecorded_command(settings: &RunnerSettings, exe: &Path, args: &[OsString]) -> Command {
    let mut command = command(settings, exe, args);
    // Without a runner, rustdoc passes the path of a bundle of merged doctests to the bundle, which
    // starts itself again for each doctest. With a runner, the doctests share a process, so the
    // variable is set only if the user has no runner.
    if settings.chain.is_empty() && File::open(exe).is_ok_and(marker::is_doctest_bundle) {
        command.env(DOCTEST_BUNDLE, exe);
    }
    command
}

/// Runs the executable and records its output and exit status. Tests that failed are tried again if the
/// settings say so.
fn run_recorded(
    records: &Path,
    settings: &RunnerSettings,
    exe: &Path,
    args: &[OsString],
) -> io::Result<ExitStatus> {
    let dir = record::create(records, exe)?;
    let started = start_record(records, settings, exe, args);
    if let Some(found) = reuse::find(records, settings, &started.exe, &started.launch)
        && reuse::copy(&found, &dir)
    {
        return Ok(ExitStatus::default());
    }
    if let Some(programs) = &settings.programs {
        programs.replace(exe);
    }
    let (status, ended) = execute(&dir, settings, exe, args, &started)?;
    if started.libtest && status.code() == Some(FAILED) {
        retry(&dir, settings, exe, args, &started);
    }
    // A test may have removed the records. Cargo still needs the exit status, and the driver
    // reports missing records.
    let _ = record::write(&dir.join(record::ENDED), &ended);
    Ok(status)
}

/// Runs the executable with these arguments, and records in `dir` everything but its end.
fn execute(
    dir: &Path,
    settings: &RunnerSettings,
    exe: &Path,
    args: &[OsString],
    started: &StartRecord,
) -> io::Result<(ExitStatus, EndRecord)> {
    record::write(&dir.join(record::STARTED), started)?;
    let mut command = command(settings, exe, args);
    if let (Some(profiles), Some(name)) = (&settings.profiles, dir.file_name()) {
        command.env(PROFILE_FILE, profiles.join(name).join(PROFILES));
    }
    if started.log {
        // Tests do not know of the file.
        command.arg("--logfile").arg(dir.join(record::LOG));
    }
    if started.libtest && settings.durations {
        ask_for_durations(&mut command, args);
    }
    // Without a log, every line of stdout may be a result.
    let head = if started.libtest && !started.log {
        head_tail::LONG_HEAD
    } else {
        head_tail::HEAD
    };
    let (stdout, stderr) = (
        create_output(dir, record::STDOUT, head)?,
        create_output(dir, record::STDERR, head_tail::HEAD)?,
    );
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let drains = listen(&mut child, stdout, stderr).inspect_err(|_| drop(child.kill()))?;
    let status = child.wait()?;
    let seconds = seconds(start.elapsed());
    let until = Instant::now() + LEAK;
    let [(stdout_cut, leaky), (_, leaky_too)] = drains.map(|drain| drain.finish(until));
    let ended = EndRecord {
        seconds,
        code: status.code(),
        signal: signal(status),
        stdout_cut,
        leaky: leaky || leaky_too,
    };
    Ok((status, ended))
}

/// The most tests of an executable that are tried again. If more fail, something is broken that does not
/// depend on chance.
const MOST_RETRIED: usize = 64;

/// Runs the tests that failed again, without the others, until they pass or were tried often enough.
/// Each time has a record within that of the executable. One that cannot be made changes nothing.
fn retry(
    dir: &Path,
    settings: &RunnerSettings,
    exe: &Path,
    args: &[OsString],
    first: &StartRecord,
) {
    let mut failed = failed_tests(dir, first);
    for number in 1..=settings.retries {
        if failed.is_empty() || failed.len() > MOST_RETRIED {
            return;
        }
        let mut args = args.to_vec();
        // libtest accepts the flag only once.
        if !is_given(&args, "--exact") {
            args.push("--exact".into());
        }
        args.extend(failed.iter().map(OsString::from));
        let started = StartRecord {
            args: texts(&args),
            ..first.clone()
        };
        let again = dir.join(record::retry(number));
        let ended = std::fs::create_dir(&again)
            .and_then(|()| execute(&again, settings, exe, &args, &started))
            .and_then(|(_, ended)| {
                record::write(&again.join(record::ENDED), &ended).map(|()| ended)
            });
        if !ended.is_ok_and(|ended| matches!(ended.code, Some(0 | FAILED))) {
            return;
        }
        let again = failed_tests(&again, &started);
        failed.retain(|name| again.contains(name));
    }
}

/// Returns the tests that failed according to a record.
fn failed_tests(dir: &Path, started: &StartRecord) -> Vec<String> {
    let [log, stdout] = [record::LOG, record::STDOUT].map(|name| {
        let bytes = record::bytes(&dir.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let results = match started.log {
        true => Results::Log(Some(&log)),
        false => Results::Stdout,
    };
    libtest::failed(results, &stdout)
}

fn texts(args: &[OsString]) -> Vec<String> {
    args.iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect()
}

fn start_record(
    records: &Path,
    settings: &RunnerSettings,
    exe: &Path,
    args: &[OsString],
) -> StartRecord {
    let libtest = File::open(exe).is_ok_and(marker::is_libtest);
    StartRecord {
        exe: exe.to_string_lossy().into_owned(),
        args: texts(args),
        package: std::env::var_os("CARGO_PKG_NAME")
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        libtest,
        // libtest accepts the argument only once.
        log: libtest && settings.log && !is_given(args, "--logfile"),
        criterion: criterion_home(),
        launch: match settings.reuses {
            true => launch::digest(records, settings, exe, args),
            false => String::new(),
        },
        reused: None,
    }
}

/// Returns the directory that criterion writes to, if the environment determines it.
fn criterion_home() -> Option<PathBuf> {
    let home = std::env::var_os("CRITERION_HOME").map(PathBuf::from);
    let target =
        || std::env::var_os("CARGO_TARGET_DIR").map(|dir| Path::new(&dir).join("criterion"));
    std::path::absolute(home.or_else(target)?).ok()
}

/// Makes libtest write JSON with durations to stdout, unless the user has given one of the arguments
/// for it, which libtest accepts only once.
fn ask_for_durations(command: &mut Command, args: &[OsString]) {
    if !["--format", "-Z", "--report-time"]
        .iter()
        .any(|flag| is_given(args, flag))
    {
        // Set for the test process only: cargo would rebuild everything that depends on the
        // variable.
        command.env("RUSTC_BOOTSTRAP", "1");
        command.args(["-Zunstable-options", "--format", "json", "--report-time"]);
    }
}

fn is_given(args: &[OsString], flag: &str) -> bool {
    args.iter()
        .any(|arg| arg.to_string_lossy().starts_with(flag))
}

/// Creates a file for output of which the first `head` bytes are kept.
fn create_output(dir: &Path, name: &str, head: usize) -> io::Result<HeadTailFile> {
    record::create_file(&dir.join(name)).map(|file| HeadTailFile::new(file, head))
}

/// Starts reading both pipes.
fn listen(child: &mut Child, stdout: HeadTailFile, stderr: HeadTailFile) -> io::Result<[Drain; 2]> {
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(io::Error::other("the process has no pipes"));
    };
    Ok([Drain::start(out, stdout)?, Drain::start(err, stderr)?])
}

/// A pipe that a thread reads.
struct Drain {
    output: Arc<Mutex<HeadTailFile>>,
    /// Disconnected when the pipe has been read to its end.
    over: Receiver<()>,
}

impl Drain {
    fn start(pipe: impl Read + Send + 'static, output: HeadTailFile) -> io::Result<Self> {
        let output = Arc::new(Mutex::new(output));
        let (shared, (send, over)) = (Arc::clone(&output), channel());
        thread::Builder::new()
            .name("drain".to_owned())
            .spawn(move || {
                copy(pipe, &shared);
                drop(send);
            })?;
        Ok(Self { output, over })
    }

    /// Waits for the end of the pipe, but not beyond `until`. Returns whether output was dropped
    /// and whether the pipe is still open.
    fn finish(self, until: Instant) -> (bool, bool) {
        let wait = until.saturating_duration_since(Instant::now());
        let open = self.over.recv_timeout(wait) == Err(RecvTimeoutError::Timeout);
        (
            self.output
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .finish(),
            open,
        )
    }
}

/// Copies a pipe to its end.
fn copy(mut pipe: impl Read, output: &Mutex<HeadTailFile>) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                output
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(&buffer[..read]);
                if read < GULP {
                    thread::sleep(GATHER);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
}

/// Ends like the executable, so that cargo sees and names the signal. Returns the exit code if
/// there was none.
pub(super) fn end_like(status: ExitStatus) -> i32 {
    match signal(status) {
        Some(signal) => {
            die_of(signal);
            128 + signal
        }
        None => status.code().unwrap_or(FAILED),
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

#[cfg(unix)]
fn die_of(signal: i32) {
    use nix::sys::resource::{Resource, setrlimit};
    use nix::sys::signal::{Signal, raise};
    let Ok(signal) = Signal::try_from(signal) else {
        return;
    };
    // The executable has already dumped its core, and ours would be of no use.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    // Rust's handler for stack overflows receives the first SIGSEGV or SIGBUS, finds no overflow
    // and restores the default handler. The second signal ends the process.
    let _ = raise(signal);
    let _ = raise(signal);
}

#[cfg(not(unix))]
fn die_of(_signal: i32) {}

#[cfg(test)]
#[cfg(unix)]
mod tests;
