//! Steps that start no process: counting source files and checking changelogs.

use std::path::Path;
use std::time::Instant;

use super::Drive;
use super::step::not_started;
use super::transcript::Transcript;
use crate::decode::source;
use crate::event::{Ended, Ending, Event, Problem, Source};
use crate::plan::{Lint, Step};
use crate::probe::{changelogs, sources};
use crate::process::seconds;
use crate::release::changelog::LintProblem;
use crate::store;

/// A running step.
struct InProcess<'a> {
    started: Instant,
    transcript: Transcript,
    ended: Ended,
    sink: &'a mut dyn FnMut(&Event),
}

impl<'a> InProcess<'a> {
    fn start(step: &Step, drive: &Drive<'_>, sink: &'a mut dyn FnMut(&Event)) -> Self {
        Self {
            started: Instant::now(),
            transcript: Transcript::begin(drive.logs, &step.id),
            ended: not_started(&step.id, Ending::Exited(0)),
            sink,
        }
    }

    /// Reports an event that was read from a file, which therefore becomes part of the transcript.
    fn report(&mut self, event: &Event) {
        self.transcript.event(event);
        (self.sink)(event);
    }

    fn end(mut self) {
        self.ended.seconds = seconds(self.started.elapsed());
        self.transcript.end("", &self.ended);
        (self.sink)(&Event::Ended(self.ended));
    }
}

/// Counts every source file and reports the counts in the order of paths. Files that cannot be read
/// are reported as noise.
pub(super) fn scan(step: &Step, drive: &Drive<'_>, sink: &mut dyn FnMut(&Event)) {
    let mut running = InProcess::start(step, drive, sink);
    for (file, package) in sources::sources(drive.workspace, drive.files) {
        if drive.cancel.is_set() {
            running.ended.ending = Ending::Interrupted;
            break;
        }
        match store::read_file(&drive.workspace.root.join(&file), store::TEXT_LIMIT) {
            Ok(bytes) => {
                let counts = source::counts(&String::from_utf8_lossy(&bytes));
                running.report(&Event::Source(Source {
                    package,
                    file,
                    counts,
                }));
            }
            Err(error) => {
                *running
                    .ended
                    .odd
                    .entry("unreadable".to_owned())
                    .or_default() += 1;
                running.report(&Event::Noise {
                    line: format!("{file}: {error}"),
                });
            }
        }
    }
    running.end();
}

/// Checks the changelogs and reports every problem.
pub(super) fn lint(step: &Step, what: &Lint, drive: &Drive<'_>, sink: &mut dyn FnMut(&Event)) {
    let mut running = InProcess::start(step, drive, sink);
    let root = &drive.workspace.root;
    match changelogs::read(root, &what.changelogs) {
        Ok(texts) => {
            let found = changelogs::check(root, &what.today, &texts, false, &[]);
            for problem in found.problems {
                running.report(&Event::Problem(with_line(root, problem)));
            }
            if let Some(why) = found.unchecked {
                running.ended.stderr_tail =
                    format!("tags and published sections were not checked: {why}");
            }
        }
        Err(why) => {
            running.ended.ending = Ending::Exited(1);
            running.ended.stderr_tail = why;
        }
    }
    running.end();
}

/// Adds the text of the line that a problem is in.
fn with_line(root: &Path, problem: LintProblem) -> Problem {
    let text = store::read_text(&root.join(&problem.file)).unwrap_or_default();
    let line = text.lines().nth(problem.line.saturating_sub(1) as usize);
    Problem {
        text: line.unwrap_or_default().to_owned(),
        file: problem.file,
        line: problem.line,
        rule: problem.rule.name().to_owned(),
        message: problem.message,
    }
}
