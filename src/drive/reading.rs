//! Turns the output of a step into events. The same code reads a running step and a transcript.
//!
//! It remembers which executables cargo announced, which files diagnostics point into, and whether
//! the build has finished.

mod fmt;

use std::collections::{BTreeMap, BTreeSet};

use self::fmt::FmtReader;
use super::suites::Suites;
use crate::collector::{self, TextOutput};
use crate::decode::{cargo, doctest, nextest};
use crate::event::{Artifact, Ending, Event, Progress};
use crate::plan::{Invocation, Step, Stream};
use crate::workspace::Workspace;

/// Number of lines of noise that are reported, in addition to those of the decoders.
const NOISE: u64 = 20;

/// The state of reading the output of a step.
pub(super) struct StreamReader<'a> {
    step: &'a Step,
    workspace: &'a Workspace,
    decoder: Decoder,
    build: BuildState,
    /// Number of occurrences of each kind of unexpected output.
    odd: BTreeMap<String, u64>,
}

/// The facts about the build that are needed after it.
#[derive(Default)]
struct BuildState {
    suites: Option<Suites>,
    /// The result that the first `build-finished` reported.
    success: Option<bool>,
    /// Units of members that cargo reported.
    units: Vec<Artifact>,
    /// A package outside of the workspace that cargo built.
    built_outside: Option<String>,
    /// Files that diagnostics point into.
    pointed: BTreeSet<String>,
}

impl BuildState {
    /// Remembers the facts in an event and passes the event on.
    fn pass_on(&mut self, event: Event, sink: &mut dyn FnMut(Event)) {
        match &event {
            Event::Diagnostic(diagnostic) => {
                let files = diagnostic.spans.iter().map(|span| span.file.clone());
                self.pointed.extend(files);
            }
            Event::Artifact(artifact) => {
                if let Some(suites) = &mut self.suites {
                    suites.announce(artifact);
                }
                if artifact.member {
                    self.units.push(artifact.clone());
                } else if !artifact.fresh {
                    self.built_outside.get_or_insert(artifact.package.clone());
                }
            }
            // A later one could be forged by a program that cargo runs.
            Event::BuildFinished { success } => {
                self.success.get_or_insert(*success);
            }
            _ => {}
        }
        sink(event);
    }
}

/// The decoder of a kind of stream, with its state.
enum Decoder {
    /// Messages of cargo. Nothing after the first `build-finished` is one.
    Cargo(cargo::CargoReader),
    /// Messages of cargo, followed by the text of doctests.
    Tests(cargo::CargoReader, doctest::DoctestReader),
    /// Messages of cargo if nextest passes them on, followed by events of nextest. Events before
    /// the end of the build are ignored, because a procedural macro could have printed them.
    Nextest(Option<cargo::CargoReader>, nextest::NextestReader),
    /// The list of files that rustfmt prints.
    Fmt(FmtReader),
    /// The complete text, and how it is decoded.
    Text(Vec<u8>, TextOutput),
}

impl<'a> StreamReader<'a> {
    /// Starts reading the stream of a step. `suites` reads the records of test executables.
    pub(super) fn new(
        step: &'a Step,
        invocation: &Invocation,
        workspace: &'a Workspace,
        suites: Option<Suites>,
    ) -> Self {
        let cargo = cargo::CargoReader::new(workspace);
        let decoder = match &invocation.stream {
            Stream::Cargo | Stream::CargoBench => Decoder::Cargo(cargo),
            Stream::CargoTest => Decoder::Tests(cargo, doctest::DoctestReader::new()),
            Stream::Nextest => {
                Decoder::Nextest(None, nextest::NextestReader::new(&invocation.args))
            }
            Stream::NextestWithMessages => {
                Decoder::Nextest(Some(cargo), nextest::NextestReader::new(&invocation.args))
            }
            Stream::FmtList => Decoder::Fmt(FmtReader::new(workspace, &invocation.args)),
            Stream::Text => Decoder::Text(Vec::new(), text_output(step)),
        };
        Self {
            step,
            workspace,
            decoder,
            build: BuildState {
                suites,
                ..BuildState::default()
            },
            odd: BTreeMap::new(),
        }
    }

    /// Reads a line of stdout.
    pub(super) fn line(&mut self, line: &[u8], sink: &mut dyn FnMut(Event)) {
        let Self {
            decoder,
            build,
            odd,
            ..
        } = self;
        match decoder {
            Decoder::Cargo(reader) => {
                if !reader.line(line, &mut |event| build.pass_on(event, sink)) {
                    read_after_build(line, odd, sink);
                }
            }
            Decoder::Tests(reader, doctests) => {
                if !reader.line(line, &mut |event| build.pass_on(event, sink)) {
                    count_second_build_finished(line, odd);
                    // The output of test executables goes to files, so the rest is the text of
                    // doctests.
                    doctests.line(line);
                }
            }
            Decoder::Nextest(cargo, reader) => {
                let is_of_cargo = cargo.as_mut().is_some_and(|cargo| {
                    cargo.line(line, &mut |event| {
                        build.pass_on(without_executable(event), sink);
                    })
                });
                if !is_of_cargo {
                    reader.line(line);
                }
            }
            Decoder::Fmt(reader) => {
                if !reader.line(line, sink) {
                    noise(line, odd, sink);
                }
            }
            Decoder::Text(text, output) => collect_output(text, line, output.limit),
        }
    }

    /// Reads a line of stderr.
    pub(super) fn stderr_line(&mut self, line: &str) {
        match &mut self.decoder {
            Decoder::Nextest(_, reader) => reader.hear(line),
            Decoder::Tests(_, doctests) => doctests.stderr_line(line),
            _ => {}
        }
    }

    /// Reports test executables that have ended.
    pub(super) fn poll(&mut self, sink: &mut dyn FnMut(Event)) {
        // Records may be complete before cargo's messages were read. Until then it is unknown which
        // executables cargo announced.
        if let Some(suites) = &mut self.build.suites
            && self.build.success.is_some()
        {
            suites.poll(sink);
        }
    }

    /// Returns the progress of tests or benchmarks once they run.
    pub(super) fn running(&self) -> Option<Progress> {
        match (&self.decoder, &self.build.suites, self.build.success) {
            (Decoder::Nextest(_, reader), ..) => Some(Progress {
                done: reader.done(),
                total: 0,
                what: String::new(),
            }),
            (Decoder::Tests(_, doctests), Some(suites), Some(true)) => {
                Some(doctests.after(suites.so_far()))
            }
            (_, Some(suites), Some(true)) => Some(suites.so_far()),
            _ => None,
        }
    }

    /// Units of members that cargo reported.
    pub(super) fn units(&self) -> &[Artifact] {
        &self.build.units
    }

    /// Returns whether everything is built, so that tests run now.
    pub(super) fn has_built(&self) -> bool {
        self.build.success == Some(true)
    }

    /// Returns a package outside of the workspace that cargo built.
    pub(super) fn built_outside(&self) -> Option<&str> {
        self.build.built_outside.as_deref()
    }

    /// Returns the files that diagnostics point into.
    pub(super) fn pointed(&self) -> &BTreeSet<String> {
        &self.build.pointed
    }

    /// Reports the remaining events when the step has ended. Returns the counters of unexpected
    /// output.
    pub(super) fn finish(
        self,
        stderr: &str,
        ending: &Ending,
        sink: &mut dyn FnMut(Event),
    ) -> BTreeMap<String, u64> {
        let Self {
            step,
            workspace,
            decoder,
            build,
            mut odd,
        } = self;
        let stopped = match ending {
            Ending::TimedOut => Some("the step's time was up"),
            Ending::Interrupted => Some("the step was interrupted"),
            _ => None,
        };
        let mut doctests = Vec::new();
        match decoder {
            Decoder::Cargo(reader) => merge(&mut odd, reader.odd()),
            Decoder::Tests(reader, text) => {
                merge(&mut odd, reader.odd());
                let runs_all = build.suites.as_ref().is_some_and(Suites::runs_all_tests);
                doctests = text.finish(workspace, runs_all);
                if let Some(suites) = &build.suites {
                    suites.mark_reused(&mut doctests);
                }
            }
            Decoder::Nextest(cargo, reader) => {
                cargo.iter().for_each(|cargo| merge(&mut odd, cargo.odd()));
                merge(&mut odd, reader.odd());
                doctests = reader.finish(stderr);
            }
            Decoder::Fmt(reader) => {
                let unread = reader.unread() as u64;
                merge(
                    &mut odd,
                    &BTreeMap::from([("unread-crates".to_owned(), unread)]),
                );
                reader.finish(sink);
            }
            Decoder::Text(text, output) => {
                report_text(&text, stderr, output, step, &mut odd, sink);
            }
        }
        // After a failed build, cargo runs no executable, so no result is missing.
        let ran = build.success == Some(true);
        let leaky = build
            .suites
            .map_or(0, |suites| suites.finish(stopped, ran, sink));
        merge(&mut odd, &BTreeMap::from([("leaky".to_owned(), leaky)]));
        for suite in doctests {
            sink(Event::Suite(suite));
        }
        odd
    }
}

/// Removes the executable of a unit, for which results would be expected. nextest does not report
/// executables without tests.
fn without_executable(event: Event) -> Event {
    match event {
        Event::Artifact(artifact) => Event::Artifact(Artifact {
            executable: None,
            ..artifact
        }),
        event => event,
    }
}

/// Handles a line after the first `build-finished`. It is not a message of cargo, because a program
/// that cargo runs can print anything.
fn read_after_build(line: &[u8], odd: &mut BTreeMap<String, u64>, sink: &mut dyn FnMut(Event)) {
    count_second_build_finished(line, odd);
    *odd.entry("after-build".to_owned()).or_default() += 1;
    noise(line, odd, sink);
}

/// Counts a second `build-finished`. One of the two is forged, and the collectors reject the step
/// because it is unknown which.
fn count_second_build_finished(line: &[u8], odd: &mut BTreeMap<String, u64>) {
    if line.starts_with(br#"{"reason":"build-finished""#) {
        *odd.entry("build-finished-again".to_owned()).or_default() += 1;
    }
}

fn noise(line: &[u8], odd: &mut BTreeMap<String, u64>, sink: &mut dyn FnMut(Event)) {
    let count = odd.entry("noise".to_owned()).or_default();
    *count += 1;
    if *count <= NOISE {
        let text = String::from_utf8_lossy(&line[..line.len().min(1000)]).into_owned();
        sink(Event::Noise { line: text });
    }
}

fn merge(into: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
    for (name, count) in from.iter().filter(|(_, count)| **count > 0) {
        *into.entry(name.clone()).or_default() += count;
    }
}

/// Returns how the step's output is decoded if it is a text.
fn text_output(step: &Step) -> TextOutput {
    let definition = step.serves.first().map(collector::of);
    definition.map_or(TextOutput::NONE, |definition| definition.text)
}

/// Collects a text, up to one byte more than the limit.
fn collect_output(text: &mut Vec<u8>, line: &[u8], limit: usize) {
    // The additional byte shows that the limit was exceeded.
    let room = (limit + 1).saturating_sub(text.len());
    text.extend(line.iter().chain(b"\n").take(room));
}

/// Reports the events of a text. Invalid output has no events; it is counted as `unreadable` with the
/// reason as noise.
fn report_text(
    text: &[u8],
    stderr: &str,
    output: TextOutput,
    step: &Step,
    odd: &mut BTreeMap<String, u64>,
    sink: &mut dyn FnMut(Event),
) {
    let read = match std::str::from_utf8(text) {
        _ if text.len() > output.limit => Err(too_long(output.limit)),
        Err(_) => Err("it is not UTF-8".to_owned()),
        Ok(text) => (output.decode)(step, text, stderr),
    };
    match read {
        Ok(events) => events.into_iter().for_each(sink),
        Err(error) => {
            odd.insert("unreadable".to_owned(), 1);
            sink(Event::Noise { line: error });
        }
    }
}

fn too_long(limit: usize) -> String {
    format!("it is longer than {} MiB", limit >> 20)
}

#[cfg(test)]
mod tests;
