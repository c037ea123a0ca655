//! A release as one plan: files, commit, tags. Shown, then made as it stands; kept on disk while it is being made, so that
//! whoever finds it half made can go on or take it back.
//!
//! How far it is follows from the repository alone: nothing is ticked off. Knows nothing of how files, commits and tags are
//! made or read.

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::change::Change;

/// The format that this version writes.
const FORMAT: u32 = 1;

/// Everything that making a release does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    format: u32,
    /// What is released.
    pub version: Version,
    /// Full id of the commit that it is made on.
    pub base: String,
    files: Vec<File>,
    /// Message of the commit.
    pub message: String,
    /// The tags that the commit gets.
    pub tags: Vec<NewTag>,
    /// Names of the packages that must still build from their packages once the files are edited.
    #[serde(default)]
    pub packages: Vec<String>,
    /// What is measured before the commit; `None` in a plan of an older version.
    #[serde(default)]
    pub selection: Option<Selection>,
    /// The edited files were compiled and tested, so that they may be committed.
    #[serde(default)]
    pub judged: bool,
}

/// The packages and build options with which a release was planned, so that it is continued with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of the options")]
pub struct Selection {
    pub packages: Vec<String>,
    pub workspace: bool,
    pub exclude: Vec<String>,
    /// Those of them that were given on the command line.
    pub excluded: Vec<String>,
    pub features: Vec<String>,
    pub all_features: bool,
    pub no_default_features: bool,
    pub target: Option<String>,
    pub profile: Option<String>,
}

/// A file before and after, as text: only texts are edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

/// An annotated tag to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTag {
    /// Without `refs/tags/`.
    pub name: String,
    /// What it says.
    pub message: String,
}

/// What the repository looks like while a release is under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Full id of HEAD.
    pub head: String,
    /// Full id of the only commit that follows [`Release::base`] directly on the way to HEAD.
    pub next: Option<String>,
    /// The files of [`Release::changes`] as they are on disk, in that order.
    pub files: Vec<Option<Vec<u8>>>,
    /// What the tags of [`Release::tags`] name, in that order.
    pub tags: Vec<Option<String>>,
}

/// How far a release is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// No file was changed.
    Planned,
    /// Every file is as it shall be; there is no commit yet.
    Edited,
    /// There is the commit (full id). Tags that are in neither list name it.
    Committed {
        /// The release's commit.
        commit: String,
        /// Tags that do not exist, by position in [`Release::tags`].
        open: Vec<usize>,
        /// Tags that name another commit (full id), by position in [`Release::tags`].
        elsewhere: Vec<(usize, String)>,
    },
}

impl Release {
    /// A plan. Changes that change nothing are no part of it.
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
        let file = |c: &Change| File {
            path: c.path.clone(),
            before: text(&c.before),
            after: text(&c.after),
        };
        let files = changes
            .iter()
            .filter(|change| !change.is_idle())
            .map(file)
            .collect();
        let packages = Vec::new();
        Self {
            format: FORMAT,
            version,
            base,
            files,
            message,
            tags,
            packages,
            selection: None,
            judged: false,
        }
    }

    /// The files that it changes.
    pub fn changes(&self) -> Vec<Change> {
        let bytes = |text: &Option<String>| text.clone().map(String::into_bytes);
        let change = |f: &File| Change {
            path: f.path.clone(),
            before: bytes(&f.before),
            after: bytes(&f.after),
        };
        self.files.iter().map(change).collect()
    }

    /// As it is kept while it is being made.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads it back.
    ///
    /// # Errors
    /// When it is damaged, or of a newer version; as a fragment.
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

    /// How far it is, told from what the repository looks like.
    ///
    /// # Errors
    /// What somebody did meanwhile that fits no step of it, as a fragment: then nothing may be done.
    pub fn progress(&self, seen: &Seen) -> Result<Progress, String> {
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
                Some((change, _)) => Err(format!(
                    "{} was changed by somebody else meanwhile",
                    change.path
                )),
                None if is(|c| &c.before) => Ok(Progress::Planned),
                None if is(|c| &c.after) => Ok(Progress::Edited),
                None => Err("some files are changed and some are not".to_owned()),
            };
        }
        // The commit is told by its place: hooks may change its message.
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
        Ok(Progress::Committed {
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

    fn release() -> Release {
        let changes = [
            Change::edit("a", "1", "2"),
            Change::create("b", "3"),
            Change::edit("idle", "x", "x"),
        ];
        let tags = ["v2.0.0", "core-v2.0.0"].map(|name| NewTag {
            name: name.into(),
            message: "m".into(),
        });
        Release::new(
            Version::new(2, 0, 0),
            "base".into(),
            &changes,
            "release 2.0.0".into(),
            tags.into(),
        )
    }

    fn seen(head: &str, files: [Option<&str>; 2], tags: [Option<&str>; 2]) -> Seen {
        Seen {
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
            Ok(Progress::Committed {
                commit: "made".into(),
                open: open.into(),
                elsewhere: Vec::new(),
            })
        };
        let err = |text: &str| Err(text.to_owned());
        let (old, new) = ([Some("1"), None], [Some("2"), Some("3")]);
        for (seen, progress) in [
            (seen("base", old, [None, None]), Ok(Progress::Planned)),
            (seen("base", new, [None, None]), Ok(Progress::Edited)),
            (
                seen("base", [Some("2"), None], [None, None]),
                err("some files are changed and some are not"),
            ),
            (
                seen("base", [Some("5"), None], [None, None]),
                err("a was changed by somebody else meanwhile"),
            ),
            (
                seen("base", [None, None], [None, None]),
                err("a was changed by somebody else meanwhile"),
            ),
            (seen("made", new, [None, None]), committed(&[0, 1])),
            (seen("made", new, [Some("made"), None]), committed(&[1])),
            (
                seen("made", new, [Some("made"), Some("made")]),
                committed(&[]),
            ),
            (
                seen("made", new, [Some("elsewhere"), None]),
                Ok(Progress::Committed {
                    commit: "made".into(),
                    open: vec![1],
                    elsewhere: vec![(0, "elsewhere".into())],
                }),
            ),
            (seen("later", new, [Some("made"), None]), committed(&[1])),
            (
                Seen {
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
        let release = Release::new(
            Version::new(2, 0, 0),
            "base".into(),
            &[],
            "m".into(),
            release().tags,
        );
        let seen = Seen {
            files: Vec::new(),
            ..seen("base", [None, None], [Some("base"), None])
        };
        let progress = Progress::Committed {
            commit: "base".into(),
            open: vec![1],
            elsewhere: Vec::new(),
        };
        assert_eq!(release.progress(&seen), Ok(progress));
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        assert_eq!(Release::read(&release().to_text()), Ok(release()));
        assert_eq!(
            release().changes().len(),
            2,
            "idle changes are no part of it"
        );
        for text in ["", "{", "{\"format\":1}", "[]"] {
            assert!(
                Release::read(text).is_err_and(|why| why.starts_with("it is damaged")),
                "{text}"
            );
        }
        let newer = Release::read("{\"format\":2,\"other\":1}");
        assert_eq!(
            newer,
            Err("a newer cargo campaign wrote it (format 2)".to_owned())
        );
    }
}
