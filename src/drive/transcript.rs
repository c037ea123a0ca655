//! What a step printed and what was read for it, kept so that a run can be folded again without cargo.
//!
//! Per step, in the folder given: `STEP.stdout` (lines as the decoders got them), `STEP.events` (what was read from files:
//! outlines, counts), `STEP.stderr` (its tail), `STEP.ended` (the facts), `STEP/` (the test runner's records). Recording
//! that fails never changes a result: the transcript is then marked and cannot be replayed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::event::{Ended, Event};
use crate::test_runner::record;

/// Bytes of stdout that are kept of a step; one that prints more cannot be replayed.
const CAP: u64 = 64 << 20;

/// The last thing written of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// How it ended.
    pub(super) ended: Ended,
    /// Something is missing in the transcript.
    pub(super) cut: bool,
}

/// A step's files while it runs; without a folder nothing is kept.
#[derive(Debug)]
pub(super) struct Transcript {
    stem: Option<PathBuf>,
    stdout: Option<BufWriter<File>>,
    events: Option<BufWriter<File>>,
    written: u64,
    cut: bool,
}

impl Transcript {
    /// Begins a step.
    pub(super) fn begin(logs: Option<&Path>, step: &str) -> Self {
        let stem = logs.map(|dir| stem(dir, step));
        let open = |ending: &str| {
            Some(BufWriter::new(
                record::create_file(&with(stem.as_deref()?, ending)).ok()?,
            ))
        };
        let (stdout, events) = (open("stdout"), open("events"));
        let cut = stem.is_some() && (stdout.is_none() || events.is_none());
        Self {
            stem,
            stdout,
            events,
            written: 0,
            cut,
        }
    }

    /// A line that goes to the decoders.
    pub(super) fn line(&mut self, line: &[u8]) {
        let Some(file) = self.stdout.as_mut().filter(|_| !self.cut) else {
            return;
        };
        self.written += line.len() as u64 + 1;
        self.cut = self.written > CAP
            || file
                .write_all(line)
                .and_then(|()| file.write_all(b"\n"))
                .is_err();
    }

    /// Something that was read from a file of the workspace.
    pub(super) fn event(&mut self, event: &Event) {
        let Some(file) = self.events.as_mut() else {
            return;
        };
        let written = serde_json::to_writer(&mut *file, event)
            .map_err(Into::into)
            .and_then(|()| file.write_all(b"\n"));
        self.cut |= written.is_err();
    }

    /// The step is over.
    pub(super) fn end(mut self, stderr: &str, ended: &Ended) {
        let Some(stem) = &self.stem else { return };
        for file in [&mut self.stdout, &mut self.events].into_iter().flatten() {
            self.cut |= file.flush().is_err();
        }
        let written = record::create_file(&with(stem, "stderr"))
            .and_then(|mut file| file.write_all(stderr.as_bytes()));
        let facts = Facts {
            ended: ended.clone(),
            cut: self.cut | written.is_err(),
        };
        // Facts that are not there are as good as facts that say `cut`.
        let _ = record::write(&with(stem, "ended"), &facts);
    }
}

/// Where the files of a step begin: its id, as far as it can name a file.
pub(super) fn stem(logs: &Path, step: &str) -> PathBuf {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = step.chars().map(plain).collect();
    logs.join(if name.starts_with('.') || name.is_empty() {
        format!("_{name}")
    } else {
        name
    })
}

/// The file of a step with this ending.
pub(super) fn with(stem: &Path, ending: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Ending;
    use crate::process::temp_dir::TempDir;

    fn ended() -> Ended {
        Ended {
            step: "own".to_owned(),
            ending: Ending::Exited(0),
            seconds: 1.0,
            blocked: 0.0,
            cpu: None,
            stderr_tail: String::new(),
            odd: Default::default(),
        }
    }

    /// Records lines of the given lengths and tells whether the transcript is whole.
    fn is_whole(lengths: &[usize]) -> bool {
        let scratch = TempDir::new().unwrap();
        let mut transcript = Transcript::begin(Some(scratch.path()), "own");
        lengths
            .iter()
            .for_each(|length| transcript.line(&vec![b'x'; *length]));
        transcript.event(&Event::Unformatted {
            file: "a.rs".to_owned(),
        });
        transcript.end("said\n", &ended());
        let facts: Facts = record::read(&scratch.path().join("own.ended")).unwrap();
        assert_eq!(facts.ended, ended());
        assert_eq!(
            std::fs::read_to_string(scratch.path().join("own.stderr")).unwrap(),
            "said\n"
        );
        !facts.cut
    }

    #[test]
    fn a_flood_is_cut_and_marked() {
        let cap = usize::try_from(CAP).unwrap();
        let table: [(&[usize], bool); 4] = [
            (&[], true),
            (&[0, 10], true),
            (&[cap - 1], true),
            (&[cap - 1, 0], false),
        ];
        for (lengths, whole) in table {
            assert_eq!(is_whole(lengths), whole, "{lengths:?}");
        }
    }

    #[test]
    fn names_of_steps_cannot_leave_the_folder() {
        let table = [
            ("clippy", "/l/clippy"),
            ("../x", "/l/_.._x"),
            ("a b/c", "/l/a_b_c"),
            ("", "/l/_"),
            (".", "/l/_."),
        ];
        for (step, path) in table {
            assert_eq!(stem(Path::new("/l"), step), Path::new(path), "{step:?}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_changes_nothing() {
        let mut transcript = Transcript::begin(Some(Path::new("/no/such/folder")), "own");
        transcript.line(b"x");
        assert!(transcript.cut);
        transcript.end("", &ended());
    }
}
