//! Steps that start no process: reading files and checking changelogs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::Drive;
use super::coverage::imported::{self, ImportedCoverage};
use super::registry::{self, Failure};
use super::step::not_started;
use super::summaries;
use super::transcript::Transcript;
use crate::collector::{self, InputFile};
use crate::event::{Ended, Ending, Event, Problem};
use crate::plan::{FileSet, Lint, Step};
use crate::probe::{changelogs, sources};
use crate::process::seconds;
use crate::release::changelog::LintProblem;
use crate::store;
use crate::workspace::FileRole;

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

/// The files of a step, read one after the other.
struct Files<'a> {
    drive: &'a Drive<'a>,
    /// The roles of the root files of targets.
    roles: BTreeMap<String, FileRole>,
    /// Paths with the names of the members that they belong to.
    rest: std::vec::IntoIter<(String, Vec<String>)>,
    /// Files that were read already, which come last.
    entries: std::vec::IntoIter<InputFile>,
    /// The files that could not be read, with the reason.
    unreadable: Vec<String>,
    /// Whether the user stopped the run before the last file.
    is_interrupted: bool,
}

impl Iterator for Files<'_> {
    type Item = InputFile;

    fn next(&mut self) -> Option<InputFile> {
        loop {
            let Some((path, packages)) = self.rest.next() else {
                return self.entries.next();
            };
            if self.drive.cancel.is_set() {
                self.is_interrupted = true;
                return None;
            }
            let mut packages = packages.into_iter();
            match store::read_file(&self.drive.workspace.root.join(&path), store::TEXT_LIMIT) {
                Ok(bytes) => {
                    let role = self.roles.get(&path).copied();
                    return Some(InputFile {
                        text: String::from_utf8_lossy(&bytes).into_owned(),
                        role: role.unwrap_or_else(|| self.drive.workspace.role_by_name(&path)),
                        path,
                        package: packages.next().unwrap_or_default(),
                        others: packages.collect(),
                    });
                }
                Err(error) => self.unreadable.push(format!("{path}: {error}")),
            }
        }
    }
}

/// Reads files and reports the events of the collector. Files that cannot be read are reported as
/// noise.
pub(super) fn read(step: &Step, set: &FileSet, drive: &Drive<'_>, sink: &mut dyn FnMut(&Event)) {
    let mut running = InProcess::start(step, drive, sink);
    let entries = match &set.index {
        Some(index) => registry::read(step, set, index, drive),
        None => Ok(Vec::new()),
    };
    let entries = match entries {
        Ok(entries) => entries,
        Err(Failure { ending, reason }) => {
            running.ended.ending = ending;
            running.ended.stderr_tail = reason;
            return running.end();
        }
    };
    let mut paths = sources::files(drive.workspace, &set.paths);
    if set.sources {
        let found = sources::find(drive.workspace, drive.files);
        for file in found.watched {
            running.report(&Event::Watched { file });
        }
        if set.documents {
            paths.extend(sources::documents(drive.workspace, &found.files));
        }
        paths.extend(found.files);
    }
    let mut files = Files {
        drive,
        roles: drive.workspace.roles(),
        rest: paths.into_iter(),
        entries: entries.into_iter(),
        unreadable: Vec::new(),
        is_interrupted: false,
    };
    let mut noise = 0;
    let reader = step.serves.first().map(collector::of);
    let result = match reader {
        Some(definition) => (definition.read_files)(step, &mut files, &mut |event| {
            noise += u64::from(matches!(event, Event::Noise { .. }));
            running.report(&event);
        }),
        None => Err("it serves no collector".to_owned()),
    };
    for line in files.unreadable {
        noise += 1;
        running.report(&Event::Noise { line });
    }
    if noise > 0 {
        running.ended.odd.insert("unreadable".to_owned(), noise);
    }
    if files.is_interrupted {
        running.ended.ending = Ending::Interrupted;
    } else if let Err(why) = result {
        running.ended.ending = Ending::Exited(1);
        running.ended.stderr_tail = why;
    }
    running.end();
}

/// Reads which lines were executed from files that another tool wrote.
pub(super) fn import_coverage(
    step: &Step,
    set: &FileSet,
    drive: &Drive<'_>,
    sink: &mut dyn FnMut(&Event),
) {
    let mut running = InProcess::start(step, drive, sink);
    match imported::read(step, &set.paths, drive) {
        Ok(ImportedCoverage { events, foreign }) => {
            events.iter().for_each(|event| running.report(event));
            if foreign > 0 {
                running.ended.odd.insert("foreign".to_owned(), foreign);
            }
        }
        Err(why) => {
            running.ended.ending = Ending::Exited(1);
            running.ended.stderr_tail = why;
        }
    }
    running.end();
}

/// Reads counts of instructions from summaries that another tool wrote.
pub(super) fn import_summaries(
    step: &Step,
    set: &FileSet,
    drive: &Drive<'_>,
    sink: &mut dyn FnMut(&Event),
) {
    let mut running = InProcess::start(step, drive, sink);
    match summaries::read(&set.paths, drive) {
        Ok(events) => events.iter().for_each(|event| running.report(event)),
        Err(why) => {
            running.ended.ending = Ending::Exited(1);
            running.ended.stderr_tail = why;
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
        ..Problem::default()
    }
}
