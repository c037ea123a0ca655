//! Exit codes, which are the same for every command and part of the interface, and the errors that carry them.

use std::process::ExitCode;

use crate::run::Verdict;
use crate::store;

/// The outcome of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; every gate asked for passed, warned or was waived.
    Done = 0,
    /// A deny gate failed.
    Failed = 1,
    /// Usage or configuration error.
    Usage = 2,
    /// No verdict: something a deny gate needs is missing, partial, stale, incomparable or inconclusive.
    NoVerdict = 3,
    /// Could not run: cargo, a tool, the toolchain, git or the disk failed.
    CouldNotRun = 4,
    /// Interrupted; the measurements so far are kept and marked.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Waived | Verdict::Warn => Self::Done,
            Verdict::NoVerdict => Self::NoVerdict,
            Verdict::Fail => Self::Failed,
        }
    }
}

/// A named run that does not exist is a usage error. Without any runs, evidence is missing.
impl From<&store::Error> for Exit {
    fn from(error: &store::Error) -> Self {
        match error {
            store::Error::NoRun { asked } if asked == "latest" => Self::NoVerdict,
            store::Error::NoRun { .. } | store::Error::Ambiguous { .. } => Self::Usage,
            _ => Self::CouldNotRun,
        }
    }
}

/// An error with its exit code. Any other error ends with [`Exit::CouldNotRun`].
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub exit: Exit,
    /// The message in lower case, without a full stop. Empty if everything has been reported.
    pub message: String,
    /// What to do next, one line each.
    pub help: Vec<String>,
}

impl Stop {
    /// Returns an error with this exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: Vec::new(),
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Stop {}
