//! Writes transcripts of steps, from which a run can be evaluated again without cargo.
//!
//! Each step has these files in the directory of the transcripts: `STEP.stdout` (lines as the
//! decoders got them), `STEP.events` (events read from files, such as outlines and counts),
//! `STEP.stderr` (its end), `STEP.ended` (the outcome) and `STEP/` (the records of the test
//! runner). A transcript that cannot be written never changes a result. It is marked as incomplete
//! and cannot be replayed.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::event::{Ended, Event};
use crate::test_runner::record;

/// Number of bytes of stdout that are written. A step that prints more cannot be replayed.
const CAP: u64 = 64 << 20;

/// The outcome of a step, written last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StepOutcome {
    /// The end of the step.
    pub(super) ended: Ended,
    /// Whether a part of the transcript is missing.
    pub(super) cut: bool,
}

/// The files of a running step. Without a directory, nothing is written.
#[derive(Debug)]
pub(super) struct Transcript {
    stem: Option<PathBuf>,
    stdout: Option<BufWriter<File>>,
    events: Option<BufWriter<File>>,
    written: u64,
    cut: bool,
}

impl Transcript {
    /// Creates the files of a step.
    pub(super) fn begin(logs: Option<&Path>, step: &str) -> Self {
        let stem = logs.map(|dir| stem(dir, step));
        let stdout = create(stem.as_deref(), "stdout");
        let events = create(stem.as_deref(), "events");
        let cut = stem.is_some() && (stdout.is_none() || events.is_none());
        Self {
            stem,
            stdout,
            events,
            written: 0,
            cut,
        }
    }

    /// Writes a line that is passed to the decoders.
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

    /// Writes an event that was read from a file.
    pub(super) fn event(&mut self, event: &Event) {
        let Some(file) = self.events.as_mut() else {
            return;
        };
        let written = serde_json::to_writer(&mut *file, event)
            .map_err(Into::into)
            .and_then(|()| file.write_all(b"\n"));
        self.cut |= written.is_err();
    }

    /// Writes the end of stderr and the outcome.
    pub(super) fn end(mut self, stderr: &str, ended: &Ended) {
        let Some(stem) = &self.stem else { return };
        // Dropping a buffered writer would ignore the error of its last write.
        for file in [&mut self.stdout, &mut self.events].into_iter().flatten() {
            self.cut |= file.flush().is_err();
        }
        let written = record::create_file(&with(stem, "stderr"))
            .and_then(|mut file| file.write_all(stderr.as_bytes()));
        let outcome = StepOutcome {
            ended: ended.clone(),
            cut: self.cut | written.is_err(),
        };
        // A missing outcome has the same effect as an incomplete one.
        let _ = record::write(&with(stem, "ended"), &outcome);
    }
}

/// Removes the files of a step. One that stays makes the next transcript incomplete.
pub(super) fn remove(logs: &Path, step: &str) {
    let stem = stem(logs, step);
    for extension in ["stdout", "events", "stderr", "ended"] {
        let _ = fs::remove_file(with(&stem, extension));
    }
    let _ = fs::remove_dir_all(stem);
}

/// Returns the common start of the paths of a step. Characters that are not allowed in file names
/// are replaced.
pub(super) fn stem(logs: &Path, step: &str) -> PathBuf {
    let name = step.replace(
        |c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c),
        "_",
    );
    // `.` and `..` would be directories, and other names with a dot would be hidden files.
    logs.join(if name.starts_with('.') || name.is_empty() {
        format!("_{name}")
    } else {
        name
    })
}

fn create(stem: Option<&Path>, extension: &str) -> Option<BufWriter<File>> {
    let file = record::create_file(&with(stem?, extension)).ok()?;
    Some(BufWriter::new(file))
}

/// Returns the path of the file of a step with this extension.
pub(super) fn with(stem: &Path, extension: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
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

    /// Writes lines of the given lengths and returns whether the transcript is complete.
    fn is_complete(lengths: &[usize]) -> bool {
        let scratch = TempDir::new().unwrap();
        let mut transcript = Transcript::begin(Some(scratch.path()), "own");
        lengths
            .iter()
            .for_each(|length| transcript.line(&vec![b'x'; *length]));
        transcript.event(&Event::Unformatted {
            file: "a.rs".to_owned(),
            packages: std::collections::BTreeSet::new(),
        });
        transcript.end("said\n", &ended());
        let outcome: StepOutcome = record::read(&scratch.path().join("own.ended")).unwrap();
        assert_eq!(outcome.ended, ended());
        assert_eq!(
            fs::read_to_string(scratch.path().join("own.stderr")).unwrap(),
            "said\n"
        );
        !outcome.cut
    }

    #[test]
    fn long_transcript_is_cut_and_marked() {
        let cap = usize::try_from(CAP).unwrap();
        let table: [(&[usize], bool); 4] = [
            (&[], true),
            (&[0, 10], true),
            (&[cap - 1], true),
            (&[cap - 1, 0], false),
        ];
        for (lengths, complete) in table {
            assert_eq!(is_complete(lengths), complete, "{lengths:?}");
        }
    }

    #[test]
    fn names_of_steps_cannot_leave_the_directory() {
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
    fn directory_that_cannot_be_written_is_not_an_error() {
        let mut transcript = Transcript::begin(Some(Path::new("/no/such/folder")), "own");
        transcript.line(b"x");
        assert!(transcript.cut);
        transcript.end("", &ended());
    }
}
