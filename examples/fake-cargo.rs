//! A cargo (rustc, git, nextest ..) that plays a script: faults on demand, for the tests alone.
//!
//! An example and no program of the package, so that it is built with the tests and never installed. The script is JSON
//! (its path in `FAKE_CARGO_SCRIPT`); the first rule that fits the arguments is played:
//!
//! ```json
//! { "root": "/tmp/ws", "log_env": ["RUSTFLAGS"], "rules": [
//!   { "args": ["clippy"], "steps": [ {"file": "clippy.jsonl"}, {"err": "error: lost\n"}, {"exit": 101} ] },
//!   { "as": "git", "args": ["status"], "steps": [ {"sleep_ms": 10}, "ignore_sigterm", {"wait_file": "go"} ] },
//!   { "args": ["metadata"], "steps": [ "real" ] } ] }
//! ```
//!
//! Paths are relative to the script; `${root}` in text, files and paths becomes the script's `root`. Each start is logged as a
//! line of JSON in `FAKE_CARGO_LOG`: program, arguments, directory, process and group id, the variables of `log_env`.
//! Exit codes of its own: 98 the script cannot be used, 99 no rule fits.

#![expect(
    clippy::disallowed_methods,
    reason = "a program of its own, for tests: it has no owners of effects"
)]
#![expect(clippy::exit, reason = "ending with any code is its purpose")]
#![expect(
    clippy::print_stderr,
    reason = "what is wrong with a script is said like any program does"
)]

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

const BAD_SCRIPT: i32 = 98;
const NO_RULE: i32 = 99;
/// First argument of the process that `spawn_daemon` leaves behind; the second is its life in seconds.
const DAEMON: &str = "__daemon";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    #[serde(default)]
    root: String,
    #[serde(default)]
    log_env: Vec<String>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Name of the program it was started as, without extension; any when absent.
    #[serde(rename = "as")]
    program: Option<String>,
    /// The first arguments; a `+toolchain` before them is skipped.
    #[serde(default)]
    args: Vec<String>,
    steps: Vec<Step>,
}

/// What can be played. `*_err` go to stderr.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Out(String),
    Err(String),
    /// Hex digits.
    Bytes(String),
    BytesErr(String),
    /// A recorded file.
    File(String),
    FileErr(String),
    Repeat {
        times: u32,
        steps: Vec<Step>,
    },
    SleepMs(u64),
    /// Waits until the file is there.
    WaitFile(String),
    Touch(String),
    Rm(String),
    /// From here on; INT and HUP too.
    IgnoreSigterm,
    /// Leaves a process behind that holds stdout and stderr, in this group or one of its own; logs its id.
    SpawnDaemon {
        seconds: u64,
        own_group: bool,
    },
    CloseStdout,
    SignalSelf(i32),
    /// Runs the cargo of `FAKE_CARGO_REAL` with the same arguments and ends with its code.
    Real,
    Exit(i32),
}

fn main() {
    let args: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|a| a.to_string_lossy().into_owned())
        .collect();
    if let [first, seconds] = args.as_slice()
        && first == DAEMON
    {
        sleep(Duration::from_secs(seconds.parse().unwrap_or(1)));
        return;
    }
    match run(&args) {
        Ok(code) => exit(code),
        Err(error) => {
            eprintln!("fake cargo: {error:#}");
            exit(BAD_SCRIPT);
        }
    }
}

fn run(args: &[String]) -> Result<i32> {
    let path = PathBuf::from(
        std::env::var_os("FAKE_CARGO_SCRIPT").context("FAKE_CARGO_SCRIPT is not set")?,
    );
    let text =
        fs::read_to_string(&path).with_context(|| format!("no script {}", path.display()))?;
    let script: Script =
        serde_json::from_str(&text).with_context(|| format!("script {}", path.display()))?;
    let me = std::env::args_os()
        .next()
        .map(PathBuf::from)
        .unwrap_or_default();
    let me = me
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    log(&started(&me, args, &script.log_env)?)?;

    let bare: Vec<&String> = args.iter().skip_while(|a| a.starts_with('+')).collect();
    let fits = |rule: &&Rule| {
        rule.program.as_ref().is_none_or(|p| *p == me)
            && rule.args.len() <= bare.len()
            && rule.args.iter().zip(&bare).all(|(want, got)| want == *got)
    };
    let Some(rule) = script.rules.iter().find(fits) else {
        eprintln!("fake cargo: no rule for {me} {}", args.join(" "));
        return Ok(NO_RULE);
    };
    let player = Player {
        args,
        root: &script.root,
        folder: path.parent().unwrap_or(Path::new(".")),
    };
    Ok(player.play(&rule.steps)?.unwrap_or(0))
}

struct Player<'a> {
    args: &'a [String],
    root: &'a str,
    folder: &'a Path,
}

impl Player<'_> {
    /// Plays the steps; the exit code, when one of them says so.
    fn play(&self, steps: &[Step]) -> Result<Option<i32>> {
        for step in steps {
            match step {
                Step::Out(text) => out(self.filled(text).as_bytes()),
                Step::Err(text) => err(self.filled(text).as_bytes()),
                Step::Bytes(hex) => out(&bytes(hex)?),
                Step::BytesErr(hex) => err(&bytes(hex)?),
                Step::File(path) => out(&self.recorded(path)?),
                Step::FileErr(path) => err(&self.recorded(path)?),
                Step::SleepMs(ms) => sleep(Duration::from_millis(*ms)),
                Step::WaitFile(path) => self.wait_for(path),
                Step::Touch(path) => fs::write(self.path(path), "")?,
                Step::Rm(path) => remove(&self.path(path))?,
                Step::IgnoreSigterm => ctrlc::set_handler(|| {})?,
                Step::SpawnDaemon { seconds, own_group } => daemon(*seconds, *own_group)?,
                Step::CloseStdout => close_stdout()?,
                Step::SignalSelf(signal) => signal_self(*signal)?,
                Step::Exit(code) => return Ok(Some(*code)),
                Step::Real => return Ok(Some(self.real()?)),
                Step::Repeat { times, steps } => {
                    for _ in 0..*times {
                        if let Some(code) = self.play(steps)? {
                            return Ok(Some(code));
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    fn filled(&self, text: &str) -> String {
        text.replace("${root}", self.root)
    }

    fn path(&self, text: &str) -> PathBuf {
        self.folder.join(self.filled(text))
    }

    /// A file as it is, or with its root filled in when it is text.
    fn recorded(&self, path: &str) -> Result<Vec<u8>> {
        let bytes = fs::read(self.path(path)).with_context(|| format!("no recording {path}"))?;
        Ok(String::from_utf8(bytes)
            .map_or_else(|e| e.into_bytes(), |text| self.filled(&text).into_bytes()))
    }

    /// Not longer than the test that we are part of: its folder goes with it.
    fn wait_for(&self, path: &str) {
        while !self.path(path).exists() && self.folder.exists() {
            sleep(Duration::from_millis(5));
        }
    }

    fn real(&self) -> Result<i32> {
        let cargo = std::env::var_os("FAKE_CARGO_REAL").context("FAKE_CARGO_REAL is not set")?;
        let status = Command::new(&cargo)
            .args(self.args)
            .env("CARGO", &cargo)
            .status()?;
        Ok(status.code().unwrap_or(1))
    }
}

/// Writes at once. Whoever closed the pipe ends us, as it would end cargo.
fn emit(mut to: impl Write, bytes: &[u8]) {
    if to.write_all(bytes).and_then(|()| to.flush()).is_err() {
        exit(101);
    }
}

fn out(bytes: &[u8]) {
    emit(io::stdout().lock(), bytes);
}

fn err(bytes: &[u8]) {
    emit(io::stderr().lock(), bytes);
}

fn bytes(hex: &str) -> Result<Vec<u8>> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if digits.len() % 2 == 1 {
        bail!("odd number of hex digits");
    }
    digits
        .chunks(2)
        .map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
        .collect()
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

fn daemon(seconds: u64, own_group: bool) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args([DAEMON, &seconds.to_string()])
        .stdin(Stdio::null());
    if own_group {
        leave_group(&mut command);
    }
    let child = command.spawn()?;
    log(&serde_json::json!({ "daemon": child.id() }))
}

#[cfg(unix)]
fn leave_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn leave_group(_command: &mut Command) {}

#[cfg(unix)]
fn close_stdout() -> Result<()> {
    Ok(nix::unistd::close(1)?)
}

#[cfg(not(unix))]
fn close_stdout() -> Result<()> {
    bail!("close_stdout is for Unix")
}

#[cfg(unix)]
fn signal_self(signal: i32) -> Result<()> {
    Ok(nix::sys::signal::raise(signal.try_into()?)?)
}

#[cfg(not(unix))]
fn signal_self(_signal: i32) -> Result<()> {
    bail!("signal_self is for Unix")
}

#[cfg(unix)]
fn group() -> Option<i32> {
    Some(nix::unistd::getpgrp().as_raw())
}

#[cfg(not(unix))]
fn group() -> Option<i32> {
    None
}

/// What we were given.
fn started(program: &str, args: &[String], names: &[String]) -> Result<serde_json::Value> {
    let env: BTreeMap<&String, String> = names
        .iter()
        .filter_map(|name| {
            std::env::var_os(name).map(|value| (name, value.to_string_lossy().into_owned()))
        })
        .collect();
    let cwd = std::env::current_dir()?;
    Ok(serde_json::json!({
        "program": program, "args": args, "cwd": cwd, "pid": std::process::id(), "pgid": group(), "env": env,
    }))
}

/// One line, in one write: several of us may log at once.
fn log(entry: &serde_json::Value) -> Result<()> {
    let Some(path) = std::env::var_os("FAKE_CARGO_LOG") else {
        return Ok(());
    };
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(file.write_all(format!("{entry}\n").as_bytes())?)
}
