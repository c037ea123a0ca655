//! Errors of editing the user's files, and their messages.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::frame::Flaw;
use super::place::CHANGED;
use crate::store;

/// Why one file cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Path in the change, relative to the workspace's root.
    pub path: String,
    /// The reason as a fragment: `it is read-only`.
    pub why: String,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.why)
    }
}

/// Why an edit failed. No file was changed, except for [`Error::Unfinished`], [`Error::Conflict`] and
/// [`Error::Damaged`], after which the journal remains.
#[derive(Debug)]
pub enum Error {
    /// These files cannot be edited. Never empty.
    Obstacles(Vec<Obstacle>),
    /// The caller rejected the staged result.
    Refused(anyhow::Error),
    /// An error of the file system.
    Io {
        /// The operation: `write`, `replace`, `remove`.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The journal could not be written.
    Store(store::Error),
    /// Another edit is in progress.
    Open {
        /// The file of the journal.
        journal: PathBuf,
    },
    /// The edit could neither be completed nor undone. The journal remains for the next command.
    Unfinished(Box<Error>),
    /// An interrupted edit cannot continue because these files were changed.
    Conflict {
        /// The changed files. Never empty.
        files: Vec<Obstacle>,
    },
    /// A journal is damaged.
    Damaged {
        /// The file of the journal.
        journal: PathBuf,
        /// The damage as a fragment: `its checksum does not match`.
        why: String,
        /// The files in the journal, as far as they are readable.
        files: Vec<String>,
        /// Whether files may have been changed.
        begun: bool,
    },
    /// A journal was written in another directory. It was copied here or came with the repository.
    Foreign {
        /// The file of the journal.
        journal: PathBuf,
    },
    /// A journal was written by a later version.
    Newer {
        /// The file of the journal.
        journal: PathBuf,
        /// Its format.
        format: u32,
        /// The version that wrote it.
        tool: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Obstacles(files) => {
                write!(f, "cannot edit {}; no file was changed", listed(files))
            }
            Self::Refused(why) => {
                write!(f, "the result does not hold: {why:#}; no file was changed")
            }
            Self::Io {
                doing,
                path,
                source,
            } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Store(error) => error.fmt(f),
            Self::Open { journal } => write!(f, "{} is still open", journal.display()),
            Self::Unfinished(error) => {
                write!(f, "{error}; the edit is neither complete nor undone")
            }
            Self::Conflict { files } => {
                write!(f, "cannot continue an interrupted edit: {}", listed(files))
            }
            Self::Damaged {
                journal,
                why,
                files,
                begun,
            } => {
                write!(f, "damaged journal {}: {why}", journal.display())?;
                match (begun, files.is_empty()) {
                    (false, _) => f.write_str("; no file was changed"),
                    (true, true) => f.write_str("; the changed files are unknown"),
                    (true, false) => write!(f, "; it may have changed {}", files.join(", ")),
                }
            }
            Self::Foreign { journal } => {
                write!(
                    f,
                    "{} was not written in this directory and is not followed",
                    journal.display()
                )
            }
            Self::Newer {
                journal,
                format,
                tool,
            } => {
                write!(
                    f,
                    "{} has format {format}, written by cargo-campaign {tool}",
                    journal.display()
                )
            }
        }
    }
}

/// The text of an error includes its cause.
impl std::error::Error for Error {}

impl Error {
    /// Creates the error for an unusable journal. `begun` means that files may have been changed.
    pub(super) fn flawed(journal: PathBuf, begun: bool, flaw: Flaw) -> Self {
        match flaw {
            Flaw::Damaged { why, files } => Self::Damaged {
                journal,
                why: why.to_owned(),
                files,
                begun,
            },
            Flaw::Newer { format, tool } => Self::Newer {
                journal,
                format,
                tool,
            },
        }
    }

    /// Returns advice about the next step.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Obstacles(files) => files
                .iter()
                .all(|file| file.why == CHANGED)
                .then(|| "repeat the command".to_owned()),
            Self::Refused(_) => None,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space".to_owned())
            }
            Self::Io { .. } => None,
            Self::Store(error) => error.hint(),
            Self::Unfinished(_) => {
                Some("fix the problem; the next command continues the edit".to_owned())
            }
            Self::Conflict { .. } => {
                Some("move your version of them away and repeat the command".to_owned())
            }
            Self::Damaged {
                journal,
                begun: false,
                ..
            } => Some(format!("rm {}", journal.display())),
            Self::Damaged { journal, .. } => {
                Some(format!("check these files, then rm {}", journal.display()))
            }
            Self::Foreign { journal } => Some(format!(
                "if the workspace was copied, complete the edit in the original; then rm {}",
                journal.display()
            )),
            Self::Newer { tool, .. } => Some(format!("use cargo-campaign {tool} or later")),
            Self::Open { .. } => None,
        }
    }
}

/// Lists files and reasons in one line.
fn listed(files: &[Obstacle]) -> String {
    files
        .iter()
        .map(|file| format!("{} ({})", file.path, file.why))
        .collect::<Vec<_>>()
        .join(", ")
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
