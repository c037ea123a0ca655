//! Measures the program that `cargo run` starts: its peak memory, or the instructions that it executes.
//!
//! The program runs several times, with an empty input and without an output. The result is recorded,
//! and a program that fails has none.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts measured programs, inside of a process that process/ started"
)]

use std::ffi::OsString;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::head_tail;
use super::record::{self, RunnerSettings, SampleRecord};
use super::{Drain, LEAK, command, create_output, signal};
use crate::collector;
use crate::decode::cachegrind;
use crate::plan::{InstructionCounter, Sampling};

/// Name of the subcommand that measures the peak memory of one program. It is checked before any other
/// argument is parsed.
pub const COMMAND: &str = "__peak-memory";

/// The result of [`COMMAND`], which it prints.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Peak {
    /// Bytes. `None` if the system does not report it.
    bytes: Option<u64>,
    /// Why the program did not succeed. `None` if it did.
    failure: Option<String>,
}

/// Measures the program and records the result. Returns the exit code for cargo.
pub(super) fn run(
    records: &Path,
    settings: &RunnerSettings,
    sampling: &Sampling,
    exe: &Path,
    args: &[OsString],
) -> i32 {
    let program = Program {
        records,
        settings,
        exe,
        args,
    };
    let mut result = SampleRecord {
        exe: exe.to_string_lossy().into_owned(),
        ..SampleRecord::default()
    };
    if let Err(why) = program.measure(sampling, &mut result) {
        result.failure = Some(why);
    }
    match record::write(&records.join(record::SAMPLES), &result) {
        Ok(()) => 0,
        Err(error) => super::report_failure(&format!("could not record a measurement: {error}")),
    }
}

/// A program to measure.
struct Program<'a> {
    records: &'a Path,
    settings: &'a RunnerSettings,
    exe: &'a Path,
    args: &'a [OsString],
}

impl Program<'_> {
    /// Adds the samples to a record.
    ///
    /// # Errors
    /// With the reason, if one is missing.
    fn measure(&self, sampling: &Sampling, result: &mut SampleRecord) -> Result<(), String> {
        if let Some(runner) = self.settings.chain.first() {
            return Err(format!(
                "cargo is configured to run programs through `{runner}`, which would be measured too"
            ));
        }
        for number in 1..=sampling.samples {
            let sample = match &sampling.counter {
                Some(counter) => self.instructions(counter, number)?,
                None => {
                    // This program without a program to measure does nothing.
                    let own = std::env::current_exe().map_err(|error| error.to_string())?;
                    let floor = self.peak(&own, &[COMMAND.into()], number)?;
                    result.floor = result.floor.max(Some(floor));
                    self.peak(self.exe, self.args, number)?
                }
            };
            result.samples.push(sample);
        }
        Ok(())
    }

    /// Returns the peak memory of a program. A process of its own starts it, because the system
    /// reports the greatest of all processes that another one ever waited for.
    fn peak(&self, exe: &Path, args: &[OsString], number: u32) -> Result<u64, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut starter = command(self.settings, &own, &[COMMAND.into(), exe.into()]);
        starter.args(args).stdout(Stdio::piped());
        let (mut child, stderr) = self.start(&mut starter, number)?;
        let printed = child.stdout.take().map(|pipe| pipe.take(PRINTED));
        let peak = printed.map(|pipe| serde_json::from_reader::<_, Peak>(BufReader::new(pipe)));
        let status = child.wait().map_err(|error| error.to_string())?;
        let said = self.said(stderr, number);
        if let Some(why) = failure(status) {
            return Err(format!("the measurement failed: {why}{said}"));
        }
        let Some(Ok(peak)) = peak else {
            return Err("the measurement printed no result".to_owned());
        };
        if let Some(why) = peak.failure {
            return Err(format!("{why}{said}"));
        }
        peak.bytes
            .ok_or_else(|| "this system does not report the peak memory of a program".to_owned())
    }

    /// Returns how many instructions the program executes.
    fn instructions(&self, counter: &InstructionCounter, number: u32) -> Result<u64, String> {
        let dir = self.records.join(format!("count-{number}"));
        std::fs::create_dir(&dir).map_err(|error| error.to_string())?;
        // A process that the program forks is counted too, and writes its count to a file of its own.
        let place = dir.to_string_lossy().replace('%', "%%");
        let mut tool = command(self.settings, &counter.program, &[]);
        tool.args(["--tool=cachegrind", "--cache-sim=no"])
            .arg(format!("--cachegrind-out-file={place}/%p"))
            .arg(format!("--log-file={place}/%p.log"))
            .arg(self.exe)
            .args(self.args)
            .stdout(Stdio::null());
        let (mut child, stderr) = self.start(&mut tool, number)?;
        let id = child.id().to_string();
        let status = child.wait().map_err(|error| error.to_string())?;
        let said = self.said(stderr, number);
        if let Some(why) = failure(status) {
            return Err(format!("{why} in {}{said}", counter.version));
        }
        let Some(count) = record::bytes(&dir.join(id)) else {
            return Err(format!("{} wrote no count{said}", counter.version));
        };
        cachegrind::instructions(&String::from_utf8_lossy(&count))
            .map_err(|why| format!("the output of {} cannot be read: {why}", counter.version))
    }

    /// Starts a command and reads its standard error.
    fn start(&self, command: &mut Command, number: u32) -> Result<(Child, Drain), String> {
        let file = self.records.join(stderr_name(number));
        // The floor and the program use the same file.
        _ = std::fs::remove_file(&file);
        let output = create_output(self.records, &stderr_name(number), head_tail::HEAD)
            .map_err(|error| error.to_string())?;
        let spawned = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
        let program = command.get_program().to_string_lossy();
        let mut child = spawned.map_err(|error| format!("could not start {program}: {error}"))?;
        let Some(pipe) = child.stderr.take() else {
            return Err("the process has no pipes".to_owned());
        };
        let drain = Drain::start(pipe, output).map_err(|error| error.to_string())?;
        Ok((child, drain))
    }

    /// Returns the error that a process printed to its standard error, to follow a reason.
    fn said(&self, stderr: Drain, number: u32) -> String {
        stderr.finish(Instant::now() + LEAK);
        let text = record::bytes(&self.records.join(stderr_name(number))).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let said: String = collector::said(&text).chars().take(LINE).collect();
        match said.is_empty() {
            true => said,
            false => format!(": {said}"),
        }
    }
}

/// The most bytes that a measurement prints.
const PRINTED: u64 = 4 << 10;

/// The longest line of standard error in a reason, in characters.
const LINE: usize = 160;

fn stderr_name(number: u32) -> String {
    format!("{}-{number}", record::STDERR)
}

/// Returns why a process did not succeed. `None` if it did.
fn failure(status: ExitStatus) -> Option<String> {
    match (signal(status), status.code()) {
        (Some(signal), _) => Some(format!("it was ended by signal {signal}")),
        (None, Some(0)) => None,
        (None, code) => Some(format!("it exited with {}", code.unwrap_or(-1))),
    }
}

/// Runs a program and prints its peak memory. Without a program, does nothing. `args` follow
/// [`COMMAND`].
pub fn print_peak(args: &[OsString]) -> i32 {
    let Some((exe, args)) = args.split_first() else {
        return 0;
    };
    let mut command = Command::new(exe);
    let status = command.args(args).stdout(Stdio::null()).status();
    let peak = Peak {
        failure: match status {
            Ok(status) => failure(status),
            Err(error) => Some(format!("it could not be started: {error}")),
        },
        bytes: peak_of_children(),
    };
    let printed = serde_json::to_string(&peak).map_err(io::Error::other);
    match printed.and_then(|text| writeln!(io::stdout(), "{text}")) {
        Ok(()) => 0,
        Err(_) => super::FAILED,
    }
}

/// Returns the greatest peak memory of the processes that this one waited for, and of those that they
/// waited for, in bytes.
#[cfg(any(
    target_os = "linux",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
))]
fn peak_of_children() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    /// Bytes of the unit in which the system reports it.
    const UNIT: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let peak = u64::try_from(usage.max_rss()).ok()?;
    (peak > 0).then_some(peak * UNIT)
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
)))]
fn peak_of_children() -> Option<u64> {
    None
}
