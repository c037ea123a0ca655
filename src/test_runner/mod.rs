//! The hidden subcommand that cargo calls in place of a test executable: `cargo-campaign __run-test RECORDS EXE ARGS..`.
//!
//! Runs the executable (through the user's own runner, if any) and records what it did, so that results come from libtest's
//! own log and not from text that a test could have printed, and nothing that a test prints reaches cargo's stdout. Ends as
//! the executable ended. What rustdoc, build scripts and procedural macros start passes through, as if there were no runner.
//! Must not know what results mean.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts test executables, inside of what process.rs started"
)]

mod keep;
mod marker;
pub(crate) mod record;
pub mod rustdoc;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use self::keep::Keep;
use self::record::{Began, Done, Settings};
use crate::process::seconds;

/// The subcommand's name, to be looked for before anything else is parsed.
pub const COMMAND: &str = "__run-test";
/// What cargo is told when we fail: as a test executable does.
const FAILED: i32 = 101;
/// Names a bundle of merged doctests to itself.
const DOCTEST_BUNDLE: &str = "RUSTDOC_DOCTEST_BIN_PATH";
/// After a short read, how long text may gather: libtest writes three times for each test, and one read takes it all.
const GATHER: Duration = Duration::from_millis(1);
/// A read of fewer bytes is short.
const GULP: usize = 16 << 10;
/// How long output may be held open by something the executable left behind.
const LEAK: Duration = Duration::from_secs(1);

/// Runs what follows [`COMMAND`] on the command line. Returns the exit code; does not return when the executable died of a
/// signal that can be died of.
pub fn run(args: &[OsString]) -> i32 {
    let [records, exe, rest @ ..] = args else {
        return complain("it is called by cargo with a folder and an executable");
    };
    let (records, exe) = (Path::new(records), Path::new(exe));
    let Some(settings) = record::read::<Settings>(&records.join(record::SETTINGS)) else {
        return complain(&format!("{} holds no settings", records.display()));
    };
    let ended = match called_by(&|name| std::env::var_os(name)) {
        Caller::Cargo => supervise(records, &settings, exe, rest),
        Caller::Rustdoc | Caller::BuildScript => pass(&settings, exe, rest),
    };
    match ended {
        Ok(status) => end_like(status),
        Err(error) => complain(&format!("{}: {error}", exe.display())),
    }
}

/// Says on stderr, which ends in the step's record, why it was not run.
pub(super) fn complain(text: &str) -> i32 {
    let _ = writeln!(
        io::stderr(),
        "error: cargo campaign could not run what cargo asked for: {text}"
    );
    FAILED
}

/// Who wants an executable run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// The `cargo test` or `cargo bench` of the step: the executable is one of its test executables.
    Cargo,
    /// rustdoc, for a doctest, or a cargo that a procedural macro started.
    Rustdoc,
    /// A cargo that a build script started.
    BuildScript,
}

/// Returns who called, by variables that cargo sets for its other children and never for a test executable.
///
/// The path of the executable says nothing: its place in the build directory is cargo's own affair. `process.rs` takes
/// these variables from cargo's environment, so they are there only when a descendant of cargo's sets them.
fn called_by(variable: &dyn Fn(&str) -> Option<OsString>) -> Caller {
    if variable("CARGO_CRATE_NAME").is_some() {
        Caller::Rustdoc
    } else if variable("CARGO_CFG_TARGET_ARCH").is_some() {
        Caller::BuildScript
    } else {
        Caller::Cargo
    }
}

/// The executable behind the user's own runner, with the environment as the user knows it.
fn command(settings: &Settings, exe: &Path, args: &[OsString]) -> Command {
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

/// Runs the executable as if there were no runner of ours.
fn pass(settings: &Settings, exe: &Path, args: &[OsString]) -> io::Result<ExitStatus> {
    let mut command = passing(settings, exe, args);
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut command));
    #[cfg(not(unix))]
    command.status()
}

/// Returns the command that would have been run without a runner of ours.
fn passing(settings: &Settings, exe: &Path, args: &[OsString]) -> Command {
    let mut command = command(settings, exe, args);
    // Without a runner rustdoc names the bundle of merged doctests to itself, which then starts itself once more for each
    // of them. With one they share a process; so it stays where the user has a runner.
    if settings.chain.is_empty() && File::open(exe).is_ok_and(marker::is_doctest_bundle) {
        command.env(DOCTEST_BUNDLE, exe);
    }
    command
}

/// Runs and records.
fn supervise(
    records: &Path,
    settings: &Settings,
    exe: &Path,
    args: &[OsString],
) -> io::Result<ExitStatus> {
    let dir = record::create(records, exe)?;
    let began = began(exe, args);
    record::write(&dir.join(record::BEGAN), &began)?;
    let mut command = command(settings, exe, args);
    if began.libtest && settings.log {
        ask_for_results(&mut command, args, &dir, settings.durations);
    }
    let (stdout, stderr) = (keep(&dir, record::STDOUT)?, keep(&dir, record::STDERR)?);
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
    let (code, signal) = (status.code(), signal(status));
    // A test may have removed the records. Its own end still counts for cargo; the driver notices that they are missing.
    let _ = record::write(
        &dir.join(record::DONE),
        &Done {
            seconds,
            code,
            signal,
            stdout_cut,
            leaky: leaky || leaky_too,
        },
    );
    Ok(status)
}

fn began(exe: &Path, args: &[OsString]) -> Began {
    Began {
        exe: exe.to_string_lossy().into_owned(),
        args: args
            .iter()
            .map(|a| a.to_string_lossy().into_owned())
            .collect(),
        package: std::env::var_os("CARGO_PKG_NAME")
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        libtest: File::open(exe).is_ok_and(marker::is_libtest),
        criterion: criterion_home(),
    }
}

/// Where criterion writes, by its own rules, as far as the environment says.
fn criterion_home() -> Option<PathBuf> {
    let home = std::env::var_os("CRITERION_HOME").map(PathBuf::from);
    let target =
        || std::env::var_os("CARGO_TARGET_DIR").map(|dir| Path::new(&dir).join("criterion"));
    std::path::absolute(home.or_else(target)?).ok()
}

/// libtest writes a line for each finished test into a file that tests do not know of; with `durations` also JSON to
/// stdout. Arguments that the user gave and libtest takes only once are respected.
fn ask_for_results(command: &mut Command, args: &[OsString], dir: &Path, durations: bool) {
    let given = |flag: &str| {
        args.iter()
            .any(|arg| arg.to_string_lossy().starts_with(flag))
    };
    if !given("--logfile") {
        command.arg("--logfile").arg(dir.join(record::LOG));
    }
    if durations && !given("--format") && !given("-Z") && !given("--report-time") {
        // In the test process only: on cargo it would rebuild whatever watches the variable.
        command.env("RUSTC_BOOTSTRAP", "1");
        command.args(["-Zunstable-options", "--format", "json", "--report-time"]);
    }
}

fn keep(dir: &Path, name: &str) -> io::Result<Keep> {
    record::create_file(&dir.join(name)).map(Keep::new)
}

/// Begins to read both pipes.
fn listen(child: &mut Child, stdout: Keep, stderr: Keep) -> io::Result<[Drain; 2]> {
    let none = || io::Error::other("it has no pipes");
    let out = child.stdout.take().ok_or_else(none)?;
    let err = child.stderr.take().ok_or_else(none)?;
    Ok([Drain::start(out, stdout)?, Drain::start(err, stderr)?])
}

/// A pipe being read by a thread of its own.
struct Drain {
    keep: Arc<Mutex<Keep>>,
    /// Disconnected when the pipe is at its end.
    over: Receiver<()>,
}

impl Drain {
    fn start(mut pipe: impl Read + Send + 'static, keep: Keep) -> io::Result<Self> {
        let keep = Arc::new(Mutex::new(keep));
        let (shared, (send, over)) = (Arc::clone(&keep), channel());
        let read = move || {
            let _held_until_the_end = send;
            let mut buffer = vec![0; 64 << 10];
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => {
                        shared
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
        };
        thread::Builder::new()
            .name("drain".to_owned())
            .spawn(read)?;
        Ok(Self { keep, over })
    }

    /// Waits for the end of the pipe, but not for ever. Returns whether text was dropped, and whether it is still open.
    fn finish(self, until: Instant) -> (bool, bool) {
        let wait = until.saturating_duration_since(Instant::now());
        let open = self.over.recv_timeout(wait) == Err(RecvTimeoutError::Timeout);
        (
            self.keep
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .finish(),
            open,
        )
    }
}

/// Ends as the executable did: cargo shall see (and name) the signal.
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
    // The executable has dumped its core; ours would tell nothing.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    // Rust's own handler (stack overflow) takes the first SIGSEGV or SIGBUS, sees that it is none of its business and
    // restores the default.
    let _ = raise(signal);
    let _ = raise(signal);
}

#[cfg(not(unix))]
fn die_of(_signal: i32) {}

#[cfg(test)]
#[cfg(unix)]
mod tests;
