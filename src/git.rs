//! The git command line: the state of HEAD, lists of files, moved lines.
//!
//! Every call is read-only, uses the C locale, takes no lock, asks no question, fetches nothing and
//! runs nothing that the repository configures (hooks, file-system monitor, external diffs). Only
//! `git/write.rs` commits and tags, with the user's configuration, and `git/clone.rs` writes to a
//! temporary clone. Variables that a hook sets (`GIT_DIR` ..) are removed. `git/diff.rs` parses
//! diffs, `git/log.rs` and `git/history.rs` read the history, `git/contents.rs` compares contents with HEAD,
//! `git/request.rs` finds fetched pull requests. This module knows nothing about findings or runs.
#![expect(clippy::disallowed_methods, reason = "the owner of git processes")]

mod clone;
mod contents;
mod diff;
mod history;
mod index;
mod log;
mod merge;
mod older;
mod request;
/// Returns a path without symbolic links, or the path itself if it does not exist.
fn real_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
pub(crate) mod tests;
mod write;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

pub use contents::Contents;
pub use history::{Blob, BlobKind, FileChange, History};
pub use index::Tracked;
pub use log::{Tag, relative};
pub use older::OlderRevert;

use crate::judge::LineMap;
use crate::plan::STEP_FILES;

/// The options of every call, before the command.
const GLOBAL: [&str; 9] = [
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.quotePath=off",
    "-c",
    NO_ORDER_FILE,
];

/// Every diff would fail if the configured file did not exist.
const NO_ORDER_FILE: &str = "diff.orderFile=/dev/null";

/// The options of `git status` for a list of every difference from HEAD, one file in each record.
const STATUS: [&str; 5] = [
    "--porcelain=v1",
    "-z",
    "--untracked-files=all",
    "--ignore-submodules=none",
    // A rename would be one record with two names.
    "--no-renames",
];

/// The files in git's directory during an operation, and the name of the operation.
const OPERATIONS: [(&str, &str); 6] = [
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
];

/// The timeout of a reading call. The slowest known one, the history of a large repository, takes
/// seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Variables that redirect git to another repository or change its output. A hook or a wrapper may
/// have set them. The first part is the list of `git rev-parse --local-env-vars`.
pub(crate) const SCRUBBED: [&str; 35] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_ATTR_SOURCE",
    // Traces would be taken for warnings and errors.
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_TRACE_FSMONITOR",
    "GIT_TRACE_PACK_ACCESS",
    "GIT_TRACE_PACKET",
    "GIT_TRACE_PACKFILE",
    "GIT_TRACE_PERFORMANCE",
    "GIT_TRACE_REFS",
    "GIT_TRACE_SETUP",
    "GIT_TRACE_SHALLOW",
    "GIT_CURL_VERBOSE",
];

/// Traces that the user's configuration can enable too, so that they must be disabled.
const TRACES: [&str; 3] = ["GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF"];

/// Options that override the user's configuration of diffs: prefixes, context, algorithm, attributes,
/// colors.
const DIFF: [&str; 13] = [
    "-U0",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    "--text",
    "--relative",
    "--submodule=short",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-indent-heuristic",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--patch",
];

/// Git in one directory. Creating the value starts no process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    root: PathBuf,
}

/// A file as git lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Relative to the directory, `/` between, as git's bytes. That of a repository inside ends in `/` when untracked.
    pub name: Vec<u8>,
    /// In the index, not merely lying there.
    pub tracked: bool,
}

/// A tracked file with a mark in the index, so that git does not look for changes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Relative to the directory.
    pub file: String,
    /// `assume-unchanged`, or `skip-worktree`, which the files have that a sparse checkout leaves out.
    pub mark: &'static str,
}

/// The state of the working tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Full id of HEAD. `None` before the first commit.
    pub commit: Option<String>,
    /// The branch. `None` if HEAD is detached.
    pub branch: Option<String>,
    /// Whether a file below the directory differs from HEAD or is untracked. `.campaign/` and
    /// `campaign.toml` do not count.
    pub dirty: bool,
}

/// Why a call of git failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// `git` is not on `PATH`.
    Missing,
    /// The directory is outside of a working tree.
    NotARepository,
    /// Git does not trust the repository's owner; its own words. Passed on, never worked round.
    Refused(String),
    /// The clone does not have this commit.
    UnknownCommit {
        /// As asked for.
        commit: String,
        /// The history is cut, which would explain it.
        shallow: bool,
    },
    /// Several references of this name are different commits.
    Ambiguous {
        /// As asked for.
        name: String,
        /// `refs/heads/main`, `refs/tags/main`.
        references: Vec<String>,
    },
    /// The history is cut, and all of it is needed.
    Shallow,
    /// A partial clone does not have the directories of earlier commits.
    Treeless,
    /// Git does not know the name or the address for commits and tags.
    Identity,
    /// The index is damaged, or is not a regular file.
    Index {
        /// Its path.
        file: PathBuf,
        /// As a fragment: `it is damaged`.
        message: String,
    },
    /// Another git command runs, or was killed.
    Locked {
        /// The file by which git locks the repository.
        file: PathBuf,
    },
    /// A file that git reads is a named pipe, so that git would wait for a writer.
    Pipe {
        /// Its path.
        file: PathBuf,
    },
    /// Git could not be run, or did not answer in time: nothing is known, not even that something is missing.
    NoAnswer {
        /// The git command: `diff`.
        command: String,
        /// Why.
        message: String,
    },
    /// Git answered with an error.
    Failed {
        /// The git command: `diff`.
        command: String,
        /// First line of its message.
        message: String,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "git is not installed"),
            Self::NotARepository => write!(f, "not in a git working tree"),
            Self::Refused(message) => write!(f, "git refuses this repository: {message}"),
            Self::UnknownCommit {
                commit,
                shallow: true,
            } => {
                write!(f, "commit {commit} is not in this shallow clone")
            }
            Self::UnknownCommit {
                commit,
                shallow: false,
            } => write!(f, "commit {commit} is not in this clone"),
            Self::Ambiguous { name, references } => {
                write!(
                    f,
                    "git revision `{name}` is ambiguous: {}",
                    references.join(", ")
                )
            }
            Self::Identity => write!(f, "git has no name and address for commits and tags"),
            Self::Shallow => write!(f, "this clone is shallow: its history is cut"),
            Self::Treeless => write!(
                f,
                "this partial clone does not have the trees of all commits"
            ),
            Self::Index { file, message } => {
                write!(
                    f,
                    "git's index {} cannot be read: {message}",
                    file.display()
                )
            }
            Self::Locked { file } => {
                write!(
                    f,
                    "git cannot change the repository while `{}` exists",
                    file.display()
                )
            }
            Self::Pipe { file } => {
                write!(
                    f,
                    "`{}` is a named pipe: git would wait for it without end",
                    file.display()
                )
            }
            Self::Failed { command, message } | Self::NoAnswer { command, message } => {
                write!(f, "git {command} failed: {message}")
            }
        }
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    /// The next command to type, where there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownCommit { shallow: true, .. } => "git fetch --unshallow",
            Self::UnknownCommit { .. } => "git fetch",
            Self::Ambiguous { references, .. } => {
                return Some(format!("name it in full: {}", references.join(" or ")));
            }
            Self::Shallow => "git fetch --unshallow --tags --force",
            Self::Treeless => TREES,
            Self::Identity => "git config user.name NAME && git config user.email ADDRESS",
            Self::Refused(message) => return Some(trust(message)),
            Self::Locked { file } => {
                let file = crate::plan::quote(&file.to_string_lossy());
                return Some(format!(
                    "wait for the other git command (or rm {file}, if no git command is running)"
                ));
            }
            Self::Index { file, .. } => {
                let file = crate::plan::quote(&file.to_string_lossy());
                return Some(format!("rm {file} && git reset"));
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// How a branch and its upstream differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Divergence {
    /// The number of commits that only one of them has.
    Commits {
        /// Commits that only the branch has.
        ahead: usize,
        /// Commits that only the upstream has.
        behind: usize,
    },
    /// This clone does not have the configured upstream with this name.
    Gone(String),
}

impl Git {
    /// Returns git in this directory, which need not be a working tree.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Returns git in this directory after checking that git accepts it as a working tree and that its
    /// index is intact.
    pub fn discover(root: &Path) -> Result<Self, Trouble> {
        let git = Self::at(root);
        if git.text("rev-parse", &["--is-inside-work-tree"])? != "true" {
            return Err(Trouble::NotARepository);
        }
        // Git works with a damaged index, and then lists files that do not exist.
        index::check(root)?;
        Ok(git)
    }

    /// HEAD, branch and whether anything differs, in one process.
    pub fn standing(&self) -> Result<Standing, Trouble> {
        let args = [
            "--porcelain=v2",
            "--branch",
            "-z",
            // The user's configuration may hide untracked files.
            "--untracked-files=normal",
            "--",
            ".",
        ];
        let args: Vec<&str> = args
            .into_iter()
            .chain([":(exclude).campaign", ":(exclude)campaign.toml"])
            .collect();
        let out = self.run("status", &args)?;
        let mut standing = Standing::default();
        for record in out.split(|&b| b == 0).filter(|r| !r.is_empty()) {
            let record = String::from_utf8_lossy(record);
            match record
                .strip_prefix("# ")
                .map(|header| header.split_once(' ').unwrap_or((header, "")))
            {
                Some(("branch.oid", id)) => {
                    standing.commit = (id != "(initial)").then(|| id.to_owned())
                }
                Some(("branch.head", name)) => {
                    standing.branch = (name != "(detached)").then(|| name.to_owned())
                }
                Some(_) => {}
                None => standing.dirty = true,
            }
        }
        Ok(standing)
    }

    /// Returns the full id of the commit that is checked out. `None` before the first commit.
    pub fn head(&self) -> Result<Option<String>, Trouble> {
        self.revision("HEAD")
    }

    /// The history was cut when cloning.
    pub fn is_shallow(&self) -> Result<bool, Trouble> {
        Ok(self.text("rev-parse", &["--is-shallow-repository"])? == "true")
    }

    /// Returns whether files of earlier commits may be missing, which git would fetch when it reads them.
    ///
    /// # Errors
    /// If git fails.
    pub fn is_partial(&self) -> Result<bool, Trouble> {
        match self.text("config", &["--get-regexp", r"^remote\..*\.promisor$"]) {
            Ok(remotes) => Ok(remotes.lines().any(|line| line.ends_with(" true"))),
            // Git prints nothing if no setting matches.
            Err(Trouble::Failed { message, .. }) if message == NO_MESSAGE => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Returns whether the trees of earlier commits may be missing, because the clone leaves them out.
    ///
    /// # Errors
    /// If git fails.
    pub fn is_treeless(&self) -> Result<bool, Trouble> {
        let filters = r"^remote\..*\.partialclonefilter$";
        match self.text("config", &["--get-regexp", filters]) {
            Ok(filters) => Ok(filters.lines().any(|line| line.contains(" tree:"))),
            // Git prints nothing if no setting matches.
            Err(Trouble::Failed { message, .. }) if message == NO_MESSAGE => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Tracked files and untracked ones that are not ignored. Files that are deleted but still tracked are among them,
    /// unmerged ones more than once; a submodule or a repository inside is one entry, its directory.
    pub fn ls_files(&self) -> Result<Vec<Listed>, Trouble> {
        let out = self.run(
            "ls-files",
            &["-z", "-t", "--cached", "--others", "--exclude-standard"],
        )?;
        let records = out
            .split(|&b| b == 0)
            .filter_map(|record| record.split_first_chunk());
        let listed: Vec<Listed> = records
            .map(|(tag, name)| Listed {
                name: name.to_vec(),
                tracked: tag != b"? ",
            })
            .collect();
        // Git reads beyond the end of a truncated index. The name of such an entry is empty and leads back here.
        if listed
            .iter()
            .any(|l| matches!(l.name.as_slice(), b"" | b"." | b"./"))
        {
            return Err(Trouble::Index {
                file: index::file(&self.root).unwrap_or_default(),
                message: "it has an entry without a name".to_owned(),
            });
        }
        Ok(listed)
    }

    /// Those of these directories (relative to this one, `/` between) that git ignores as a whole.
    pub fn ignored(&self, dirs: &[&[u8]]) -> Result<BTreeSet<Vec<u8>>, Trouble> {
        if dirs.is_empty() {
            return Ok(BTreeSet::new());
        }
        let out = match self.run_with("check-ignore", &["-z", "--stdin"], &dirs.join(&0)) {
            // Exit code 1 without a message: none of them.
            Err(Trouble::Failed { message, .. }) if message == NO_MESSAGE => Vec::new(),
            out => out?,
        };
        Ok(out
            .split(|&b| b == 0)
            .filter(|name| !name.is_empty())
            .map(<[u8]>::to_vec)
            .collect())
    }

    /// Returns what git tracks below a directory. Reads the index itself, so that no process is started; a kind of index
    /// that it cannot read is left to git.
    pub fn tracked(&self, directory: &str) -> Result<Tracked, Trouble> {
        if let Some(tracked) = index::tracked(&self.root, directory)? {
            return Ok(tracked);
        }
        let mut out = self.run(
            "ls-files",
            &["-z", "--stage", "--", &format!(":(icase){directory}")],
        )?;
        // Without an index git lists nothing, though the files may be those of the last commit.
        if index::is_missing(&self.root) && self.revision("HEAD")?.is_some() {
            out.push(0);
            out.extend(self.run("ls-tree", &["-r", "-z", "HEAD"])?);
        }
        Tracked::listed(&self.root, directory, &out)
    }

    /// Returns the files with these names at any depth, tracked or untracked and not ignored, relative
    /// to the directory and sorted. Files in nested repositories and names that are not UTF-8 are left
    /// out.
    pub fn ls_named(&self, names: &[&str]) -> Result<Vec<String>, Trouble> {
        let patterns: Vec<String> = names
            .iter()
            .map(|name| format!(":(glob)**/{name}"))
            .collect();
        let args = [
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--deduplicate",
            "--",
        ];
        let args: Vec<&str> = args
            .into_iter()
            .chain(patterns.iter().map(String::as_str))
            .collect();
        let out = self.run("ls-files", &args)?;
        let names = out.split(|&b| b == 0).filter(|name| !name.is_empty());
        let mut names: Vec<String> = names
            .filter_map(|name| String::from_utf8(name.to_vec()).ok())
            .collect();
        names.sort();
        Ok(names)
    }

    /// Returns the files among `files` (relative to the directory, with `/`) that differ from HEAD or
    /// are untracked and not ignored.
    pub fn dirty(&self, files: &[&str]) -> Result<Vec<String>, Trouble> {
        let literal: Vec<String> = files
            .iter()
            .map(|file| format!(":(literal){file}"))
            .collect();
        if files.is_empty() {
            Ok(Vec::new())
        } else {
            self.differing(literal.iter().map(String::as_str))
        }
    }

    /// Returns those of these files (relative to the directory, with `/`) that git tracks.
    pub fn tracked_among(&self, files: &[&str]) -> Result<BTreeSet<String>, Trouble> {
        let literal: Vec<String> = files
            .iter()
            .map(|file| format!(":(literal){file}"))
            .collect();
        let options = ["-z", "--cached", "--"].into_iter();
        let args: Vec<&str> = options.chain(literal.iter().map(String::as_str)).collect();
        let out = self.run("ls-files", &args)?;
        let names = out.split(|&b| b == 0).map(String::from_utf8_lossy);
        Ok(names.map(|name| name.into_owned()).collect())
    }

    /// Returns the files of the repository that differ from HEAD or are untracked and not ignored,
    /// relative to the directory.
    pub fn changed(&self) -> Result<Vec<String>, Trouble> {
        self.differing([":(top)"])
    }

    fn differing<'a>(
        &self,
        specs: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<String>, Trouble> {
        let prefix = self.prefix()?;
        let args: Vec<&str> = STATUS.into_iter().chain(["--"]).chain(specs).collect();
        let out = self.run("status", &args)?;
        let records = out
            .split(|&b| b == 0)
            .filter_map(|record| record.get(3..))
            .map(String::from_utf8_lossy);
        Ok(records.map(|name| relative(&prefix, &name)).collect())
    }

    /// Returns the files of the repository that git tracks, those of submodules included, relative to its top.
    pub fn tracked_files(&self) -> Result<BTreeSet<String>, Trouble> {
        let out = self.run(
            "ls-files",
            &[
                "-z",
                "--full-name",
                "--cached",
                "--recurse-submodules",
                "--",
                ":(top)",
            ],
        )?;
        let names = out.split(|&b| b == 0).filter(|name| !name.is_empty());
        Ok(names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    /// Checks that git knows the name and address for commits and tags.
    ///
    /// # Errors
    /// [`Trouble::Identity`] if it does not.
    pub fn check_identity(&self) -> Result<(), Trouble> {
        for name in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
            match self.run("var", &[name]) {
                Err(Trouble::Failed { .. }) => return Err(Trouble::Identity),
                answer => drop(answer?),
            }
        }
        Ok(())
    }

    /// Returns the name that git gives the author of a commit.
    ///
    /// # Errors
    /// [`Trouble::Identity`] if it knows none.
    pub fn author(&self) -> Result<String, Trouble> {
        let ident = match self.run("var", &["GIT_AUTHOR_IDENT"]) {
            Err(Trouble::Failed { .. }) => return Err(Trouble::Identity),
            answer => answer?,
        };
        let ident = String::from_utf8_lossy(&ident);
        let name = ident.split(" <").next().unwrap_or_default();
        Ok(name.trim().to_owned())
    }

    /// Returns the top directory of the working tree.
    pub fn top(&self) -> Result<PathBuf, Trouble> {
        Ok(PathBuf::from(self.path("--show-toplevel")?))
    }

    /// Returns the top directory of the repository that has this one as a submodule.
    pub fn superproject(&self) -> Result<Option<PathBuf>, Trouble> {
        let top = self.path("--show-superproject-working-tree")?;
        Ok(Some(PathBuf::from(top)).filter(|top| !top.as_os_str().is_empty()))
    }

    /// Returns the tracked files whose changes git ignores.
    pub fn marked(&self) -> Result<Vec<Marked>, Trouble> {
        let out = self.run("ls-files", &["-z", "-v", "--", ":(top)"])?;
        let records = out
            .split(|&b| b == 0)
            .filter_map(|record| Some((*record.first()?, record.get(2..)?)));
        let marked = records.filter_map(|(tag, name)| {
            // With `-v`, the letter of a file's state is in lower case if git assumes it to be
            // unchanged.
            let mark = match tag {
                b'S' | b's' => "skip-worktree",
                tag if tag.is_ascii_lowercase() => "assume-unchanged",
                _ => return None,
            };
            let file = String::from_utf8_lossy(name).into_owned();
            Some(Marked { file, mark })
        });
        Ok(marked.collect())
    }

    /// Returns the operation in progress in this working tree: `merge`.
    pub fn operation(&self) -> Result<Option<&'static str>, Trouble> {
        // A linked worktree has a directory of its own for these files.
        let directory = PathBuf::from(self.path("--absolute-git-dir")?);
        let mut operations = OPERATIONS.iter();
        Ok(operations
            .find(|(file, _)| directory.join(file).exists())
            .map(|(_, operation)| *operation))
    }

    /// Returns how a branch differs from its upstream. `None` without an upstream. No server is asked.
    ///
    /// # Errors
    /// With git's message.
    pub fn divergence(&self, branch: &str) -> Result<Option<Divergence>, Trouble> {
        let name = format!("refs/heads/{branch}");
        let format = "--format=%(refname)%00%(upstream:short)%00%(upstream:track,nobracket)";
        let out = self.run("for-each-ref", &[format, "--", &name])?;
        let text = String::from_utf8_lossy(&out);
        let found = text
            .lines()
            .map(|line| line.split('\0').collect::<Vec<&str>>())
            .find(|fields| fields.first() == Some(&name.as_str()));
        let Some(&[_, upstream, track]) = found.as_deref() else {
            return Ok(None);
        };
        if track == "gone" {
            return Ok(Some(Divergence::Gone(upstream.to_owned())));
        }
        let commits = |name: &str| {
            let mut parts = track.split(", ");
            let found = parts.find_map(|part| part.strip_prefix(name)?.parse().ok());
            found.unwrap_or(0)
        };
        Ok((!upstream.is_empty()).then(|| Divergence::Commits {
            ahead: commits("ahead "),
            behind: commits("behind "),
        }))
    }

    /// Returns the mapping of lines from `base` to the commit `head` or to the working tree with its
    /// untracked files. Renames are followed, also to files that are not in the index: those need a
    /// temporary one, which is written to `scratch`.
    pub fn diff_lines(
        &self,
        base: &str,
        head: Option<&str>,
        scratch: &Path,
    ) -> Result<LineMap, Trouble> {
        self.known(base)?;
        head.map_or(Ok(()), |head| self.known(head))?;
        let sides = [Some(base), head].into_iter().flatten();
        let options = ["-M"].into_iter().chain(DIFF).chain(["--end-of-options"]);
        let args: Vec<&str> = options.chain(sides).chain(["--"]).collect();
        let mut map = diff::parse(&self.run("diff", &args)?);
        if head.is_some() {
            return Ok(map);
        }

        let listed = self.ls_files()?;
        let untracked: Vec<&[u8]> = listed
            .iter()
            .filter(|one| !one.tracked)
            .map(|one| one.name.as_slice())
            .collect();
        let is_gone = map.files.values().any(|file| file.to.is_none());
        if is_gone && !untracked.is_empty() {
            let index = scratch.join("index");
            return Ok(diff::parse(
                &self.diff_with_untracked(&args, &untracked, &index)?,
            ));
        }
        let names = untracked.iter().copied().map(String::from_utf8_lossy);
        map.new.extend(names.map(Cow::into_owned));
        Ok(map)
    }

    /// Returns the changes of tracked Rust sources from `base` to the working tree, as a patch
    /// without context. A renamed file is a new one.
    pub fn patch(&self, base: &str) -> Result<Vec<u8>, Trouble> {
        self.known(base)?;
        let options = ["--no-renames"]
            .into_iter()
            .chain(DIFF)
            .chain(["--end-of-options"]);
        let args: Vec<&str> = options.chain([base, "--", "*.rs"]).collect();
        self.run("diff", &args)
    }

    /// Returns the files of a commit in the working directory and below, relative to it.
    pub fn files_of(&self, commit: &str) -> Result<BTreeSet<String>, Trouble> {
        self.known(commit)?;
        let out = self.run("ls-tree", &["-r", "-z", "--name-only", commit])?;
        let text = String::from_utf8_lossy(&out);
        let names = text.split('\0').filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// Returns the address of a remote, as configured. `None` if it does not exist.
    pub fn url_of(&self, remote: &str) -> Result<Option<String>, Trouble> {
        let known = self.text("remote", &[])?;
        if !known.lines().any(|name| name == remote) {
            return Ok(None);
        }
        let key = format!("remote.{remote}.url");
        let url = self.text("config", &["--get", "--end-of-options", &key])?;
        Ok(Some(url.trim().to_owned()).filter(|url| !url.is_empty()))
    }

    /// Returns whether a file that git tracks differs from HEAD.
    pub fn has_edits(&self) -> Result<bool, Trouble> {
        let args = ["--name-only", "--no-ext-diff", "HEAD", "--"];
        Ok(!self.run("diff", &args)?.is_empty())
    }

    /// Returns the remote that a branch is pushed to: its own, else `origin`, else the only one. `None` if there is none, or
    /// if it is not known which.
    pub fn remote(&self, branch: Option<&str>) -> Result<Option<String>, Trouble> {
        let known = self.text("remote", &[])?;
        let known: Vec<&str> = known.lines().collect();
        let key = branch.map(|branch| format!("branch.{branch}.remote"));
        let own = match key {
            // Git exits with 1 if the key does not exist.
            Some(key) => self
                .text("config", &["--get", "--end-of-options", &key])
                .unwrap_or_default(),
            None => String::new(),
        };
        let mut remotes = known
            .iter()
            .filter(|name| **name == own)
            .chain(known.iter().filter(|name| **name == "origin"));
        let only = if known.len() == 1 {
            known.first()
        } else {
            None
        };
        Ok(remotes.next().or(only).map(|name| (*name).to_owned()))
    }

    /// How many commits `head` has that `base` has not.
    pub fn commits_between(&self, base: &str, head: &str) -> Result<u64, Trouble> {
        self.known(base)?;
        self.known(head)?;
        let range = format!("{base}..{head}");
        let count = self.text("rev-list", &["--count", "--end-of-options", &range, "--"])?;
        count.parse().map_err(|_| failed("rev-list", &count))
    }

    /// Returns the full id of the commit that a person names: `main`, `HEAD~1`, a tag, an id. `None` if there is none.
    ///
    /// # Errors
    /// Also when a branch and a tag of this name are different commits: git would take the tag.
    pub fn revision(&self, asked: &str) -> Result<Option<String>, Trouble> {
        self.unambiguous(asked)?;
        let spec = format!("{asked}^{{commit}}");
        match self.text(
            "rev-parse",
            // A name that begins with `-` must not become an option.
            &["--verify", "--quiet", "--end-of-options", &spec],
        ) {
            Ok(id) => {
                Ok((id.len() >= 40 && id.bytes().all(|b| b.is_ascii_hexdigit())).then_some(id))
            }
            Err(Trouble::Failed { .. }) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Refuses a name that several references have, unless all of them are the same commit.
    fn unambiguous(&self, asked: &str) -> Result<(), Trouble> {
        let end = asked
            .find(['~', '^', ':'])
            .into_iter()
            .chain(asked.find("@{"))
            .min()
            .unwrap_or(asked.len());
        let name = &asked[..end];
        if name.is_empty()
            || name == "HEAD"
            // `for-each-ref` would take them for patterns, and they are invalid in the names of
            // references.
            || name.contains(['*', '?', '[', '\\'])
            || name.contains(char::is_whitespace)
        {
            return Ok(());
        }
        // Git tries these places for a short name, and takes the first one that exists.
        let names = ["refs", "refs/tags", "refs/heads", "refs/remotes"]
            .map(|place| format!("{place}/{name}"));
        let format = "--format=%(refname)%00%(objectname)%00%(*objectname)";
        let args: Vec<&str> = [format, "--"]
            .into_iter()
            .chain(names.iter().map(String::as_str))
            .collect();
        let out = self.run("for-each-ref", &args)?;
        let mut found = Vec::new();
        let mut commits = BTreeSet::new();
        for line in String::from_utf8_lossy(&out).lines() {
            let fields: Vec<&str> = line.split('\0').collect();
            let [reference, object, peeled] = fields[..] else {
                continue;
            };
            // For a directory of references, git lists its whole content.
            if names.iter().any(|name| name == reference) {
                found.push(reference.to_owned());
                commits.insert(if peeled.is_empty() { object } else { peeled }.to_owned());
            }
        }
        if commits.len() < 2 {
            Ok(())
        } else {
            Err(Trouble::Ambiguous {
                name: name.to_owned(),
                references: found,
            })
        }
    }

    /// Returns the committer's time in Unix seconds.
    pub fn commit_time(&self, commit: &str) -> Result<i64, Trouble> {
        self.known(commit)?;
        let line = self.text(
            "rev-list",
            &[
                "--max-count=1",
                "--timestamp",
                "--end-of-options",
                commit,
                "--",
            ],
        )?;
        let time = line.split(' ').next().unwrap_or_default();
        time.parse().map_err(|_| failed("rev-list", &line))
    }

    /// Checks that the clone has a commit with this full or short id. Ids come from committed files,
    /// so other texts must not reach git.
    fn known(&self, commit: &str) -> Result<(), Trouble> {
        let is_id = commit.len() >= 4 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        let shallow = if is_id {
            match self.run("cat-file", &["-e", &format!("{commit}^{{commit}}")]) {
                Err(Trouble::Failed { .. }) => self.is_shallow()?,
                other => return other.map(drop),
            }
        } else {
            false
        };
        Err(Trouble::UnknownCommit {
            commit: commit.to_owned(),
            shallow,
        })
    }

    /// Returns the first line of a command's output.
    fn text(&self, command: &str, args: &[&str]) -> Result<String, Trouble> {
        let out = self.run(command, args)?;
        Ok(String::from_utf8_lossy(&out)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned())
    }

    /// Returns a path that `git rev-parse` prints. It may contain line breaks.
    fn path(&self, option: &str) -> Result<String, Trouble> {
        let out = self.run("rev-parse", &[option])?;
        let out = String::from_utf8_lossy(&out);
        Ok(out.strip_suffix('\n').unwrap_or(&out).to_owned())
    }

    /// Runs one command to its end; its standard output.
    fn run(&self, command: &str, args: &[&str]) -> Result<Vec<u8>, Trouble> {
        self.run_with(command, args, &[])
    }

    /// The same with something on its standard input.
    fn run_with(&self, command: &str, args: &[&str], input: &[u8]) -> Result<Vec<u8>, Trouble> {
        self.run_configured(&[], command, args, input, &[])
    }

    /// Runs one command with further settings and variables, and returns its standard output.
    fn run_configured(
        &self,
        config: &[&str],
        command: &str,
        args: &[&str],
        input: &[u8],
        variables: &[(&str, &OsStr)],
    ) -> Result<Vec<u8>, Trouble> {
        let output = self.output(config, command, args, input, variables)?;
        Ok(output.stdout)
    }

    /// Runs one command with further settings and variables.
    ///
    /// # Errors
    /// Also if the command fails.
    fn output(
        &self,
        config: &[&str],
        command: &str,
        args: &[&str],
        input: &[u8],
        variables: &[(&str, &OsStr)],
    ) -> Result<Output, Trouble> {
        // Git would wait for a writer if one of these files were a pipe.
        index::check_openable(&self.root)?;
        index::check_ignore_files(&self.root)?;
        let mut git = Command::new("git");
        git.current_dir(&self.root)
            .args(GLOBAL)
            .args(config.iter().flat_map(|setting| ["-c", setting]))
            .arg(command)
            .args(args);
        git.stdin(if input.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        });
        for name in SCRUBBED.iter().chain(&STEP_FILES) {
            git.env_remove(name);
        }
        // Errors are recognized by their text, and `git status` must not lock the index while the
        // user's own git needs it.
        git.envs(TRACES.map(|name| (name, "0")));
        git.env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0");
        // A replaced commit would be read in place of the one that was reviewed.
        git.env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .envs(variables.iter().copied());
        let output = finish(git, input, TIMEOUT).map_err(|error| match error.kind() {
            // A missing working directory gives the same error as a missing program.
            io::ErrorKind::NotFound if self.root.is_dir() => Trouble::Missing,
            _ => Trouble::NoAnswer {
                command: command.to_owned(),
                message: error.to_string(),
            },
        })?;
        if output.status.success() {
            return Ok(output);
        }
        if output.status.code().is_none() {
            return Err(Trouble::NoAnswer {
                command: command.to_owned(),
                message: output.status.to_string(),
            });
        }
        Err(classify(command, &String::from_utf8_lossy(&output.stderr)))
    }
}

/// Runs a command to its end; one that takes longer than the limit is killed.
fn finish(mut git: Command, input: &[u8], limit: Duration) -> io::Result<Output> {
    let mut child = git.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // A command that ends early closes its end; its exit code says why.
        thread::spawn(move || stdin.write_all(&input));
    }
    let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let deadline = Instant::now() + limit;
    let stdout = stdout.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    let stderr = stderr.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    match stdout.ok().zip(stderr.ok()) {
        Some((stdout, stderr)) => Ok(Output {
            status: child.wait()?,
            stdout: stdout?,
            stderr: stderr?,
        }),
        None => {
            let _ = child.kill();
            let _ = child.wait();
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no answer within {} s", limit.as_secs()),
            ))
        }
    }
}

/// Reads a stream in a thread of its own, so that a child never waits for the other stream to be read. The thread
/// outlives a child that was killed if a grandchild holds the stream open.
fn collect(stream: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stream.map_or(Ok(0), |mut stream| stream.read_to_end(&mut bytes));
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}

/// Returns the command that makes git accept a repository of another owner. Git names its directory in quotes.
fn trust(message: &str) -> String {
    let directory = message
        .split('\'')
        .nth(1)
        .map_or_else(|| ".".to_owned(), crate::plan::quote);
    format!("git config --global --add safe.directory {directory} (if you trust its owner)")
}

/// How a clone without trees gets them.
pub const TREES: &str = "git fetch --refetch --filter=blob:none (in GitHub Actions, `filter: blob:none` of actions/checkout)";

/// What [`Trouble::Failed`] says of a command that said nothing.
const NO_MESSAGE: &str = "no message";

/// Tells git's refusals apart by their (untranslated) text.
fn classify(command: &str, stderr: &str) -> Trouble {
    let message = stderr
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with("hint: "))
        .unwrap_or(NO_MESSAGE);
    let message = message
        .trim_start_matches("fatal: ")
        .trim_start_matches("error: ");
    if stderr.contains("dubious ownership") {
        Trouble::Refused(message.to_owned())
    } else if stderr.contains("not a git repository")
        || stderr.contains("must be run in a work tree")
    {
        Trouble::NotARepository
    } else {
        failed(command, message)
    }
}

fn failed(command: &str, message: &str) -> Trouble {
    Trouble::Failed {
        command: command.to_owned(),
        message: message.to_owned(),
    }
}
