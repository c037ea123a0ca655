//! What can go wrong when files of the user are edited, in words.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::frame::Flaw;
use crate::store;

/// Why one file cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// As the change names it: relative to the workspace's root.
    pub path: String,
    /// As a fragment: `it is read-only`.
    pub why: String,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.why)
    }
}

/// Why an edit did not happen. No file was changed, but for [`Error::Unfinished`], [`Error::Conflict`] and
/// [`Error::Damaged`], which speak of a journal that stays.
#[derive(Debug)]
pub enum Error {
    /// These files stand in the way: all of them, never empty.
    Obstacles(Vec<Obstacle>),
    /// The result, staged beside the originals, was not found good.
    Refused(anyhow::Error),
    /// The disk, or the right to use it.
    Io {
        /// `write`, `replace`, `remove`.
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The journal could not be written.
    Store(store::Error),
    /// Something is already under way, by its journal.
    Open {
        /// The file of the journal.
        journal: PathBuf,
    },
    /// What failed when neither finishing nor taking back succeeded. The journal stays for the next command.
    Unfinished(Box<Error>),
    /// A journal cannot go on: somebody changed these files since it was interrupted.
    Conflict {
        /// The file of the journal.
        journal: PathBuf,
        /// All of them, never empty.
        files: Vec<Obstacle>,
    },
    /// A journal is not what was written.
    Damaged {
        /// The file of the journal.
        journal: PathBuf,
        /// As a fragment: `its checksum does not fit`.
        why: String,
        /// The files that it names, as far as they can be read.
        files: Vec<String>,
        /// Files may have been changed already.
        begun: bool,
    },
    /// A journal was written in another directory: it was copied here or came with the repository.
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
            Self::Obstacles(files) => write!(f, "cannot edit {}", listed(files)),
            Self::Refused(why) => write!(f, "the result does not hold: {why:#}"),
            Self::Io {
                doing,
                path,
                source,
            } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Store(error) => error.fmt(f),
            Self::Open { journal } => write!(f, "{} is still open", journal.display()),
            Self::Unfinished(error) => {
                write!(f, "{error}; the edit is neither finished nor taken back")
            }
            Self::Conflict { files, .. } => {
                write!(f, "an interrupted edit cannot go on: {}", listed(files))
            }
            Self::Damaged {
                journal,
                why,
                files,
                begun,
            } => {
                write!(f, "damaged journal {}: {why}", journal.display())?;
                match (begun, files.is_empty()) {
                    (false, _) => f.write_str("; no file was changed yet"),
                    (true, true) => f.write_str("; what it changed cannot be told"),
                    (true, false) => write!(f, "; old or new may be {}", files.join(", ")),
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

/// What caused it is part of its text.
impl std::error::Error for Error {}

impl Error {
    /// A journal that cannot be used; `begun`: files may have been changed already.
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

    /// The next thing to do, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Obstacles(_) | Self::Refused(_) => Some("no file was changed".to_owned()),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space; no file was changed".to_owned())
            }
            Self::Io { .. } => Some("no file was changed".to_owned()),
            Self::Store(error) => error.hint(),
            Self::Unfinished(_) => Some("mend that; the next command goes on by itself".to_owned()),
            Self::Conflict { .. } => {
                Some("move your version of them away and repeat the command".to_owned())
            }
            Self::Damaged {
                journal,
                begun: false,
                ..
            } => Some(format!("rm {}", journal.display())),
            Self::Damaged { journal, .. } => Some(format!(
                "see that they are as you want them, then rm {}",
                journal.display()
            )),
            Self::Foreign { journal } => Some(format!(
                "if the workspace was copied, complete the edit in the original; then rm {}",
                journal.display()
            )),
            Self::Newer { tool, .. } => Some(format!("use cargo-campaign {tool} or later")),
            Self::Open { .. } => None,
        }
    }
}

/// All of them in one line.
fn listed(files: &[Obstacle]) -> String {
    files
        .iter()
        .map(|file| format!("{} ({})", file.path, file.why))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Says what was done to which file when it failed.
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
