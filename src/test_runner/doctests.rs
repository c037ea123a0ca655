//! Replaces rustdoc in a step that may reuse the results of doctests.
//!
//! Cargo runs this program with rustdoc's arguments. It runs the real rustdoc and records what that prints, or prints the
//! recorded text if nothing has changed. Every other call, such as one of a build script, goes to the real rustdoc.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts rustdoc, inside of a process that process/ started"
)]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use super::record::{self, EndRecord, RunnerSettings, StartRecord};
use super::{end_like, launch, report_failure, reuse, texts};
use crate::process::seconds;
use crate::reuse::doctests_of;

/// Variable that contains the real rustdoc.
pub(crate) const RUSTDOC: &str = "CARGO_CAMPAIGN_DOCTESTS";
/// Variable that contains the directory of the records.
pub(crate) const RECORDS: &str = "CARGO_CAMPAIGN_RECORDS";

/// Returns the real rustdoc and the directory of the records, if this program stands for rustdoc.
pub fn called() -> Option<(OsString, PathBuf)> {
    let records = std::env::var_os(RECORDS)?;
    Some((std::env::var_os(RUSTDOC)?, records.into()))
}

/// Runs rustdoc and returns its exit code. Does not return if it died of a signal that this process can send to itself.
pub fn run(rustdoc: &OsString, records: &Path, args: &[OsString]) -> i32 {
    let settings = record::read::<RunnerSettings>(&records.join(record::SETTINGS));
    let rustdoc = Path::new(rustdoc);
    let package = std::env::var("CARGO_PKG_NAME").ok();
    let ended = match (settings, package) {
        (Some(settings), Some(package)) if args.iter().any(|arg| arg == "--test") => {
            run_recorded(records, &settings, rustdoc, args, &package)
        }
        _ => command(rustdoc, args).status(),
    };
    match ended {
        Ok(status) => end_like(status),
        Err(error) => report_failure(&format!("{}: {error}", rustdoc.display())),
    }
}

/// Returns the command that cargo would have run without this program.
fn command(rustdoc: &Path, args: &[OsString]) -> Command {
    let mut command = Command::new(rustdoc);
    command.args(args).env_remove(RUSTDOC).env_remove(RECORDS);
    command
}

/// Prints the recorded results of the doctests of a package, or runs and records them.
fn run_recorded(
    records: &Path,
    settings: &RunnerSettings,
    rustdoc: &Path,
    args: &[OsString],
    package: &str,
) -> io::Result<ExitStatus> {
    let dir = records.join(record::doctests(package));
    // Without a directory of its own, it has no record.
    if fs::create_dir(&dir).is_err() {
        return command(rustdoc, args).status();
    }
    let launch = launch::digest(records, settings, rustdoc, args);
    if let Some(found) = reuse::find(records, settings, &doctests_of(package), &launch)
        && reuse::copy(&found, &dir)
    {
        let text = record::bytes(&dir.join(record::STDOUT)).unwrap_or_default();
        io::stdout().write_all(&text)?;
        return Ok(ExitStatus::default());
    }

    let started = StartRecord {
        exe: rustdoc.to_string_lossy().into_owned(),
        args: texts(args),
        package: package.to_owned(),
        libtest: false,
        log: false,
        criterion: None,
        launch,
        reused: None,
    };
    let file = record::write(&dir.join(record::STARTED), &started)
        .and_then(|()| record::create_file(&dir.join(record::STDOUT)));
    let start = Instant::now();
    let mut child = command(rustdoc, args).stdout(Stdio::piped()).spawn()?;
    let is_recorded = match child.stdout.take() {
        Some(pipe) => pass_on(pipe, file.ok())?,
        None => false,
    };
    let status = child.wait()?;
    if is_recorded {
        let ended = EndRecord {
            seconds: seconds(start.elapsed()),
            code: status.code(),
            signal: None,
            stdout_cut: false,
            leaky: false,
        };
        // A record without an end is not used.
        let _ = record::write(&dir.join(record::ENDED), &ended);
    }
    Ok(status)
}

/// Prints everything that comes from a pipe, and writes it to the file. Returns whether the file is complete.
fn pass_on(mut pipe: impl Read, mut file: Option<File>) -> io::Result<bool> {
    let mut buffer = vec![0; 64 << 10];
    let mut stdout = io::stdout().lock();
    loop {
        let read = match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        stdout.write_all(&buffer[..read])?;
        stdout.flush()?;
        file = file.filter(|mut file| file.write_all(&buffer[..read]).is_ok());
    }
    Ok(file.is_some())
}
