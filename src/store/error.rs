//! Errors of the store, and their messages.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::PinName;
use crate::run::RunId;

/// A damaged file, and the place to which it was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its original path.
    pub file: PathBuf,
    /// The damage as a fragment: `its checksum does not fit`.
    pub why: String,
    /// Its new path. `None` if it was not moved.
    pub aside: Option<PathBuf>,
}

impl Damage {
    /// Creates the damage of an unreadable file.
    pub(super) fn unreadable(file: &Path, error: &io::Error) -> Self {
        Self {
            file: file.to_owned(),
            why: format!("it cannot be read: {error}"),
            aside: None,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)?;
        match self.aside.as_ref().and_then(|path| path.file_name()) {
            Some(name) => write!(f, "; set aside as {}", name.display()),
            None => Ok(()),
        }
    }
}

/// The part of an intact file of another version that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Its format.
    Format(u32),
    /// An entry, with the mismatch as a fragment: `` unknown variant `Query` ``.
    Content(String),
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) => write!(f, "has format {format}"),
            Self::Content(mismatch) => {
                write!(f, "has content that this version cannot read ({mismatch})")
            }
        }
    }
}

/// Why an operation of the store failed.
#[derive(Debug)]
pub enum Error {
    /// An error of the file system.
    Io {
        /// The operation: `read`, `write`, `create`, `remove`.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A run file is damaged.
    Damaged(Damage),
    /// Another version, as a rule a later one, wrote the file: this version cannot read it, or would
    /// lose data by overwriting it.
    Newer {
        /// The file.
        file: PathBuf,
        /// What this version does not support.
        unsupported: Unsupported,
        /// The version that wrote it.
        tool: String,
    },
    /// A pin is not readable.
    Pin {
        /// The file.
        file: PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based; 0 for the whole line.
        column: usize,
        /// The problem as a fragment.
        message: String,
    },
    /// A pin contains conflict markers of a merge.
    Conflicted {
        /// The file.
        file: PathBuf,
        /// 1-based line of the first marker.
        line: usize,
    },
    /// The run does not exist.
    NoRun {
        /// The id or prefix.
        asked: String,
    },
    /// Several runs have this prefix.
    Ambiguous {
        /// The prefix.
        asked: String,
        /// The runs, oldest first.
        runs: Vec<RunId>,
    },
    /// Git tracks a file that must not be committed, so that it may be of another machine.
    Tracked {
        /// The file.
        file: PathBuf,
        /// Why git has no answer, if so.
        reason: Option<String>,
        /// The command that changes it.
        help: Option<String>,
    },
    /// Another process holds the lock, with its description.
    Busy(String),
    /// The run contains a value that could not be read back, such as NaN.
    Unrecordable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io {
                doing,
                path,
                source,
            } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Damaged(damage) => write!(f, "damaged run: {damage}"),
            Self::Newer {
                file,
                unsupported,
                tool,
            } => {
                write!(
                    f,
                    "{} {unsupported}, written by cargo-campaign {tool}",
                    file.display()
                )?;
                if is_newer(tool) {
                    write!(f, ", newer than this one ({OURS})")
                } else {
                    Ok(())
                }
            }
            Self::Pin {
                file,
                line,
                column: 0,
                message,
            } => write!(f, "{}:{line}: {message}", file.display()),
            Self::Pin {
                file,
                line,
                column,
                message,
            } => {
                write!(f, "{}:{line}:{column}: {message}", file.display())
            }
            Self::Conflicted { file, line } => {
                write!(
                    f,
                    "{} has merge conflict markers at line {line}",
                    file.display()
                )
            }
            Self::NoRun { asked } if asked == "latest" => write!(f, "no run is recorded"),
            Self::NoRun { asked } => write!(f, "no run `{asked}` is recorded"),
            Self::Ambiguous { asked, runs } => {
                let shown: Vec<_> = runs.iter().rev().take(3).map(|id| id.0.as_str()).collect();
                write!(
                    f,
                    "`{asked}` could be any of {} runs: {}",
                    runs.len(),
                    shown.join(", ")
                )?;
                f.write_str(if runs.len() > shown.len() { ", .." } else { "" })
            }
            Self::Tracked { file, reason, .. } => match reason {
                Some(reason) => {
                    let file = file.display();
                    write!(f, "cannot tell whether git tracks {file}: {reason}")
                }
                None => write!(
                    f,
                    "git tracks {}, which must not be committed",
                    file.display()
                ),
            },
            Self::Busy(holder) if holder.is_empty() => {
                write!(f, "another cargo campaign is at work here")
            }
            Self::Busy(holder) => write!(f, "another cargo campaign is at work here: {holder}"),
            Self::Unrecordable(why) => write!(f, "the run cannot be recorded: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Error {
    /// Creates the error for an unknown run.
    pub(super) fn no_run(asked: &str) -> Self {
        Self::NoRun {
            asked: asked.to_owned(),
        }
    }

    /// Returns whether it is about a pin that no version can read.
    pub const fn is_broken_pin(&self) -> bool {
        matches!(self, Self::Pin { .. } | Self::Conflicted { .. })
    }

    /// Returns advice about the next step.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space; nothing was half-written".to_owned())
            }
            Self::Newer { tool, .. } if is_newer(tool) => {
                Some(format!("use cargo-campaign {tool} or later"))
            }
            Self::Newer { file, .. } if !is_pin(file) => Some("cargo campaign run".to_owned()),
            Self::Newer { file, .. } | Self::Pin { file, .. } | Self::Conflicted { file, .. } => {
                Some(repin(file))
            }
            Self::NoRun { asked } if asked == "latest" => Some("cargo campaign run".to_owned()),
            Self::NoRun { .. } => Some("cargo campaign history".to_owned()),
            Self::Ambiguous { .. } => Some("give more of the id".to_owned()),
            Self::Tracked { help, .. } => help.clone(),
            _ => None,
        }
    }
}

/// The version of this program.
const OURS: &str = env!("CARGO_PKG_VERSION");

/// Returns whether the version that wrote a file is later than this one.
pub(super) fn is_newer(tool: &str) -> bool {
    let version = |text: &str| text.parse::<semver::Version>().ok();
    version(tool)
        .zip(version(OURS))
        .is_some_and(|(tool, ours)| tool > ours)
}

/// Returns whether a file is a pin and not a run.
fn is_pin(file: &Path) -> bool {
    [PinName::Baseline, PinName::Final]
        .iter()
        .any(|name| file.ends_with(name.file()))
}

/// Returns the command that replaces an unreadable pin. Its values are unknown, so a reason is
/// required.
fn repin(file: &Path) -> String {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    format!("cargo campaign {name} --from latest --accept \"the reason\"")
}

/// Adds the operation and the path to an error of the file system.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            doing,
            path: path.to_owned(),
            source,
        })
    }
}
