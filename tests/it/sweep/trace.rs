//! System calls as `strace` writes and breaks them.
#![expect(clippy::disallowed_methods, reason = "tests start programs")]

use std::fmt;
use std::process::{Command, Stdio};

/// Every call that can change a disk. `?`: not every machine has it.
pub(super) const CALLS: &str = "openat,write,?pwrite64,?writev,fsync,?fdatasync,?fchmod,?fchmodat,?fchown,?rename,?renameat,\
                                ?renameat2,?unlink,?unlinkat,?rmdir,?mkdir,?mkdirat,?ftruncate,?link,?linkat,?symlinkat";

/// One call of a process.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) name: String,
    /// The number of the call among those of its name, from 1.
    nth: usize,
    /// Its arguments and its result.
    pub(super) text: String,
    /// By injection.
    pub(super) failed: bool,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.name, self.nth, self.text)
    }
}

/// What is done to a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// The process dies as it enters it.
    Kill,
    /// It fails.
    Once(&'static str),
    /// It fails, and all later ones of its name.
    Lasting(&'static str),
}

impl Fault {
    /// Is there something to be learnt from it? To die before a look at something is to die before the next change.
    pub(super) fn fits(self, call: &Call) -> bool {
        let look = call.name == "openat" && !call.text.contains("O_CREAT");
        call.text.contains("/ws") && !(matches!(self, Self::Kill) && look)
    }

    /// For `strace -e inject=`.
    pub(super) fn injection(self, call: &Call) -> String {
        let (name, nth) = (&call.name, call.nth);
        match self {
            Self::Kill => format!("{name}:signal=KILL:when={nth}"),
            Self::Once(error) => format!("{name}:error={error}:when={nth}"),
            Self::Lasting(error) => format!("{name}:error={error}:when={nth}+"),
        }
    }

    /// What a message must say.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Once("ENOSPC") | Self::Lasting("ENOSPC") => "No space left on device",
            _ => "Input/output error",
        }
    }
}

/// Reads a log of `strace -f -y -o`: `123 rename("a", "b") = 0`.
pub(super) fn calls(log: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for line in log.lines() {
        let line = line
            .split_once(' ')
            .map_or(line, |(_, rest)| rest.trim_start());
        let Some((name, text)) = line.split_once('(').filter(|(name, _)| !name.contains(' '))
        else {
            continue;
        };
        let nth = calls.iter().filter(|call| call.name == name).count() + 1;
        calls.push(Call {
            name: name.into(),
            nth,
            text: text.into(),
            failed: text.ends_with("(INJECTED)"),
        });
    }
    calls
}

/// Why calls cannot be traced here.
pub(super) fn missing() -> Option<String> {
    let mut probe = Command::new("strace");
    probe
        .args(["-f", "-o", "/dev/null", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    match probe.output() {
        Err(error) => Some(format!("strace: {error}")),
        Ok(out) if !out.status.success() => Some(String::from_utf8_lossy(&out.stderr).into_owned()),
        Ok(_) => None,
    }
}
