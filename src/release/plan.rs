//! A release as one plan: file changes, a commit and tags.
//!
//! The plan is shown, then carried out as shown. It is kept on disk during the release, so that an
//! interrupted release can be continued or reverted.
//!
//! Progress follows from the repository alone; no step is recorded. Files, commits and tags are
//! read and written elsewhere.

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::plan::BuildSelection;

/// Version of the format that is written.
const FORMAT: u32 = 1;

/// The complete plan of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasePlan {
    format: u32,
    /// The released version.
    pub version: Version,
    /// Full id of the commit on which the release is made.
    pub base: String,
    /// The branch that was checked out when the release began. `None` if HEAD was detached, and in
    /// a plan of an older version.
    #[serde(default)]
    pub branch: Option<String>,
    files: Vec<ReleaseFile>,
    /// Message of the release commit.
    pub message: String,
    /// Tags of the commit.
    pub tags: Vec<NewTag>,
    /// Names of the packages whose packaged sources must still build once the files are edited.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Selection that is measured before the commit; `None` in a plan of an older version.
    #[serde(default)]
    pub selection: Option<ReleaseSelection>,
    /// Whether the edited files were compiled and tested, so that they may be committed.
    #[serde(default)]
    pub judged: bool,
}

/// The packages and build options with which a release was planned. It is continued with the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of the options")]
pub struct ReleaseSelection {
    pub packages: Vec<String>,
    pub workspace: bool,
    pub exclude: Vec<String>,
    /// Excluded packages that were given on the command line.
    pub excluded: Vec<String>,
    #[serde(flatten)]
    pub build: BuildSelection,
}

/// A text file before and after the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ReleaseFile {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

/// An annotated tag to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTag {
    /// Name without `refs/tags/`.
    pub name: String,
    /// Message of the tag.
    pub message: String,
}

/// The state of the repository during a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryState {
    /// Full id of HEAD.
    pub head: String,
    /// Full id of the only commit that follows [`ReleasePlan::base`] directly on the way to HEAD.
    pub next: Option<String>,
    /// The files of [`ReleasePlan::changes`] on disk, in the same order.
    pub files: Vec<Option<Vec<u8>>>,
    /// Commits of the tags of [`ReleasePlan::tags`], in the same order.
    pub tags: Vec<Option<String>>,
}

/// The progress of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseProgress {
    /// No file was changed.
    Planned,
    /// All files are changed; the commit does not exist yet.
    Edited,
    /// The commit exists (full id). Tags in neither list name it.
    Committed {
        /// The release's commit.
        commit: String,
        /// Tags that do not exist, by position in [`ReleasePlan::tags`].
        open: Vec<usize>,
        /// Tags that name another commit (full id), by position in [`ReleasePlan::tags`].
        elsewhere: Vec<(usize, String)>,
    },
}

impl ReleaseProgress {
    /// Returns whether a step was done since an earlier progress of the same release.
    pub fn is_after(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Committed { open, .. }, Self::Committed { open: earlier, .. }) => {
                open.len() < earlier.len()
            }
            (Self::Edited, Self::Planned) | (Self::Committed { .. }, _) => true,
            (Self::Planned | Self::Edited, _) => false,
        }
    }
}

impl ReleasePlan {
    /// Creates a plan. Changes without effect are left out.
    pub fn new(
        version: Version,
        base: String,
        changes: &[Change],
        message: String,
        tags: Vec<NewTag>,
    ) -> Self {
        let text = |bytes: &Option<Vec<u8>>| {
            bytes
                .as_ref()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let files = changes
            .iter()
            .filter(|change| !change.is_idle())
            .map(|c: &Change| ReleaseFile {
                path: c.path.clone(),
                before: text(&c.before),
                after: text(&c.after),
            })
            .collect();
        let packages = Vec::new();
        Self {
            format: FORMAT,
            version,
            base,
            branch: None,
            files,
            message,
            tags,
            packages,
            selection: None,
            judged: false,
        }
    }

    /// Returns the changes of files.
    pub fn changes(&self) -> Vec<Change> {
        let bytes = |text: &Option<String>| text.clone().map(String::into_bytes);
        self.files
            .iter()
            .map(|f: &ReleaseFile| Change {
                path: f.path.clone(),
                before: bytes(&f.before),
                after: bytes(&f.after),
            })
            .collect()
    }

    /// Serializes the plan for the time of the release.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// Fails with a description if the text is damaged or was written by a newer version.
    pub fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head =
            serde_json::from_str(text).map_err(|error| format!("it is damaged: {error}"))?;
        if head.format > FORMAT {
            return Err(format!(
                "a newer cargo campaign wrote it (format {})",
                head.format
            ));
        }
        serde_json::from_str(text).map_err(|error| format!("it is damaged: {error}"))
    }

    /// Derives the progress from the state of the repository.
    ///
    /// # Errors
    /// Fails with a description if the state matches no step of the release, because something else
    /// changed it. Nothing may be done then.
    pub fn progress(&self, seen: &RepositoryState) -> Result<ReleaseProgress, String> {
        let changes = self.changes();
        let is = |wanted: fn(&Change) -> &Option<Vec<u8>>| {
            changes.iter().zip(&seen.files).all(|(c, f)| wanted(c) == f)
        };
        if seen.head == self.base && !changes.is_empty() {
            let odd = changes
                .iter()
                .zip(&seen.files)
                .find(|(c, file)| **file != c.before && **file != c.after);
            return match odd {
                Some((change, _)) => Err(format!("{} was changed during the release", change.path)),
                None if is(|c| &c.before) => Ok(ReleaseProgress::Planned),
                None if is(|c| &c.after) => Ok(ReleaseProgress::Edited),
                None => Err("some files are changed and some are not".to_owned()),
            };
        }
        // The commit is identified by its position, because hooks may change its message.
        let commit = match &seen.next {
            Some(next) if !changes.is_empty() => next.clone(),
            _ if changes.is_empty() && seen.head == self.base => self.base.clone(),
            _ => {
                return Err(format!(
                    "HEAD is at {}, and the release began at {}",
                    short(&seen.head),
                    short(&self.base)
                ));
            }
        };
        let tags = seen.tags.iter().take(self.tags.len()).enumerate();
        let (mut open, mut elsewhere) = (Vec::new(), Vec::new());
        for (at, there) in tags {
            match there {
                None => open.push(at),
                Some(there) if *there == commit => {}
                Some(there) => elsewhere.push((at, there.clone())),
            }
        }
        Ok(ReleaseProgress::Committed {
            commit,
            open,
            elsewhere,
        })
    }
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> ReleasePlan {
        let changes = [
            Change::edit("a", "1", "2"),
            Change::create("b", "3"),
            Change::edit("idle", "x", "x"),
        ];
        let tags = ["v2.0.0", "core-v2.0.0"].map(|name| NewTag {
            name: name.into(),
            message: "m".into(),
        });
        ReleasePlan::new(
            Version::new(2, 0, 0),
            "base".into(),
            &changes,
            "release 2.0.0".into(),
            tags.into(),
        )
    }

    fn seen(head: &str, files: [Option<&str>; 2], tags: [Option<&str>; 2]) -> RepositoryState {
        RepositoryState {
            head: head.into(),
            next: (head != "base").then(|| "made".into()),
            files: files
                .map(|file| file.map(|text| text.as_bytes().to_vec()))
                .into(),
            tags: tags.map(|tag| tag.map(str::to_owned)).into(),
        }
    }

    #[test]
    fn how_far_it_is_follows_from_the_repository() {
        let committed = |open: &[usize]| {
            Ok(ReleaseProgress::Committed {
                commit: "made".into(),
                open: open.into(),
                elsewhere: Vec::new(),
            })
        };
        let err = |text: &str| Err(text.to_owned());
        let (old, new) = ([Some("1"), None], [Some("2"), Some("3")]);
        for (seen, progress) in [
            (
                seen("base", old, [None, None]),
                Ok(ReleaseProgress::Planned),
            ),
            (seen("base", new, [None, None]), Ok(ReleaseProgress::Edited)),
            (
                seen("base", [Some("2"), None], [None, None]),
                err("some files are changed and some are not"),
            ),
            (
                seen("base", [Some("5"), None], [None, None]),
                err("a was changed during the release"),
            ),
            (
                seen("base", [None, None], [None, None]),
                err("a was changed during the release"),
            ),
            (seen("made", new, [None, None]), committed(&[0, 1])),
            (seen("made", new, [Some("made"), None]), committed(&[1])),
            (
                seen("made", new, [Some("made"), Some("made")]),
                committed(&[]),
            ),
            (
                seen("made", new, [Some("elsewhere"), None]),
                Ok(ReleaseProgress::Committed {
                    commit: "made".into(),
                    open: vec![1],
                    elsewhere: vec![(0, "elsewhere".into())],
                }),
            ),
            (seen("later", new, [Some("made"), None]), committed(&[1])),
            (
                RepositoryState {
                    next: None,
                    ..seen("elsewhere", new, [None, None])
                },
                err("HEAD is at elsewhe, and the release began at base"),
            ),
        ] {
            assert_eq!(release().progress(&seen), progress, "{seen:?}");
        }
    }

    #[test]
    fn without_edits_the_commit_is_there_from_the_start() {
        let release = ReleasePlan::new(
            Version::new(2, 0, 0),
            "base".into(),
            &[],
            "m".into(),
            release().tags,
        );
        let seen = RepositoryState {
            files: Vec::new(),
            ..seen("base", [None, None], [Some("base"), None])
        };
        let progress = ReleaseProgress::Committed {
            commit: "base".into(),
            open: vec![1],
            elsewhere: Vec::new(),
        };
        assert_eq!(release.progress(&seen), Ok(progress));
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        assert_eq!(ReleasePlan::read(&release().to_text()), Ok(release()));
        assert_eq!(
            release().changes().len(),
            2,
            "idle changes are no part of it"
        );
        for text in ["", "{", "{\"format\":1}", "[]"] {
            assert!(
                ReleasePlan::read(text).is_err_and(|why| why.starts_with("it is damaged")),
                "{text}"
            );
        }
        let newer = ReleasePlan::read("{\"format\":2,\"other\":1}");
        assert_eq!(
            newer,
            Err("a newer cargo campaign wrote it (format 2)".to_owned())
        );
    }
}
