//! A step being read: its lines and its records become events. The same code reads a running step and a transcript.
//!
//! Owns what the driver must remember of the stream: which executables cargo announced, which files diagnostics point into,
//! whether the build has finished. Must not know where the lines come from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::suites::Suites;
use crate::decode::{cargo, doctest, figures, nextest};
use crate::event::{Artifact, Ending, Event, Progress};
use crate::plan::Stream;
use crate::workspace::Workspace;

/// Lines of noise that are kept of a step, beside those the decoders keep.
const NOISE: u64 = 20;
/// How rustfmt's `-v` begins the lines that tell nothing here; each crate root that it has read ends with a line `Spent`.
const PASSING: [&[u8]; 2] = [b"Formatting ", b"Using rustfmt config file "];
/// Bytes of a team's own command that are read.
const FIGURES: usize = 1 << 20;

/// A step being read.
pub(super) struct Reading<'a> {
    workspace: &'a Workspace,
    decoder: Decoder,
    suites: Option<Suites>,
    /// What cargo claimed with its first `build-finished`.
    built: Option<bool>,
    /// Units of members that cargo reported.
    units: Vec<Artifact>,
    /// Files that diagnostics point into.
    pointed: BTreeSet<String>,
    odd: BTreeMap<String, u64>,
}

enum Decoder {
    /// Cargo's messages. What comes after the first `build-finished` is nobody's.
    Cargo(cargo::CargoReader),
    /// Cargo's messages, then doctest text.
    Tests(cargo::CargoReader, doctest::DoctestReader),
    /// Cargo's messages, where nextest passes them on, then nextest's events. What comes before the end of the build is no
    /// event: a procedural macro can print what it likes.
    Nextest(Option<cargo::CargoReader>, nextest::NextestReader),
    /// Root as given and as the file system knows it; files already named.
    Fmt([PathBuf; 2], BTreeSet<String>),
    /// All text, and the metrics that are declared.
    Figures(Vec<u8>, Vec<String>),
}

impl<'a> Reading<'a> {
    /// Begins. `names` are the metrics that a team's own command is declared to print; `suites` where its test executables
    /// are recorded.
    pub(super) fn new(
        stream: &Stream,
        workspace: &'a Workspace,
        names: &[String],
        suites: Option<Suites>,
    ) -> Self {
        let cargo = || cargo::CargoReader::new(workspace.names(), &workspace.root);
        let decoder = match stream {
            Stream::Cargo | Stream::CargoBench => Decoder::Cargo(cargo()),
            Stream::CargoTest => Decoder::Tests(cargo(), doctest::DoctestReader::new()),
            Stream::Nextest => Decoder::Nextest(None, nextest::NextestReader::new()),
            Stream::NextestWithMessages => {
                Decoder::Nextest(Some(cargo()), nextest::NextestReader::new())
            }
            Stream::FmtList => Decoder::Fmt(roots(&workspace.root), BTreeSet::new()),
            Stream::Figures => Decoder::Figures(Vec::new(), names.to_vec()),
        };
        Self {
            workspace,
            decoder,
            suites,
            built: None,
            units: Vec::new(),
            pointed: BTreeSet::new(),
            odd: BTreeMap::new(),
        }
    }

    /// One line of stdout.
    pub(super) fn line(&mut self, line: &[u8], sink: &mut dyn FnMut(Event)) {
        let Self {
            decoder,
            suites,
            built,
            units,
            pointed,
            odd,
            ..
        } = self;
        let mut note = |event: Event| {
            match &event {
                Event::Diagnostic(diagnostic) => {
                    pointed.extend(diagnostic.spans.iter().map(|span| span.file.clone()))
                }
                Event::Artifact(artifact) => {
                    suites
                        .iter_mut()
                        .for_each(|suites| suites.announce(artifact));
                    units.extend(Some(artifact.clone()).filter(|artifact| artifact.member));
                }
                Event::BuildFinished { success } => *built = built.or(Some(*success)),
                _ => {}
            }
            sink(event);
        };
        match decoder {
            Decoder::Cargo(reader) => {
                if !reader.line(line, &mut note) {
                    after_the_build(line, odd, &mut note);
                }
            }
            Decoder::Tests(reader, doctests) => {
                if !reader.line(line, &mut note) {
                    claims_to_finish_again(line, odd);
                    doctests.line(line);
                }
            }
            Decoder::Nextest(cargo, reader) => {
                let mut note = |event| note(without_executable(event));
                if !cargo
                    .as_mut()
                    .is_some_and(|cargo| cargo.line(line, &mut note))
                {
                    reader.line(line);
                }
            }
            Decoder::Fmt(roots, known) => match unformatted(line, roots) {
                Some(file) if known.insert(file.clone()) => note(Event::Unformatted { file }),
                Some(_) => {}
                None if line.starts_with(b"Spent ") => note(Event::Formatted),
                None if PASSING.iter().any(|start| line.starts_with(start)) => {}
                None => noise(line, odd, &mut note),
            },
            Decoder::Figures(text, _) => keep(text, line),
        }
    }

    /// One line of stderr.
    pub(super) fn hear(&mut self, line: &str) {
        if let Decoder::Nextest(_, reader) = &mut self.decoder {
            reader.hear(line);
        }
    }

    /// Time passed: test executables may have ended.
    pub(super) fn poll(&mut self, sink: &mut dyn FnMut(Event)) {
        if let Some(suites) = self.suites.as_mut().filter(|_| self.built.is_some()) {
            suites.poll(sink);
        }
    }

    /// How far tests or benchmarks are and what is running, once they run.
    pub(super) fn running(&self) -> Option<Progress> {
        match (&self.decoder, &self.suites, self.built) {
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
        &self.units
    }

    /// Files of the workspace that diagnostics point into.
    pub(super) fn pointed(&self) -> &BTreeSet<String> {
        &self.pointed
    }

    /// The step has ended: gives what is known only now, and the counters of what was not understood.
    pub(super) fn finish(
        self,
        stderr: &str,
        ending: &Ending,
        sink: &mut dyn FnMut(Event),
    ) -> BTreeMap<String, u64> {
        let Self {
            workspace,
            decoder,
            suites,
            built,
            mut odd,
            ..
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
                doctests = text.finish(workspace);
            }
            Decoder::Nextest(cargo, reader) => {
                cargo.iter().for_each(|cargo| merge(&mut odd, cargo.odd()));
                merge(&mut odd, reader.odd());
                doctests = reader.finish(stderr);
            }
            Decoder::Fmt(..) => {}
            Decoder::Figures(text, names) => give_figures(&text, &names, &mut odd, sink),
        }
        let leaky = suites.map_or(0, |suites| {
            suites.finish(stopped, built == Some(true), sink)
        });
        merge(&mut odd, &BTreeMap::from([("leaky".to_owned(), leaky)]));
        doctests
            .into_iter()
            .for_each(|suite| sink(Event::Suite(suite)));
        odd
    }
}

/// Removes the executable of a unit, for which a result would be expected. nextest does not mention those without tests.
fn without_executable(event: Event) -> Event {
    match event {
        Event::Artifact(artifact) => Event::Artifact(Artifact {
            executable: None,
            ..artifact
        }),
        event => event,
    }
}

/// After the first `build-finished` nothing is read as cargo's: a program that cargo runs may print what it likes.
fn after_the_build(line: &[u8], odd: &mut BTreeMap<String, u64>, sink: &mut dyn FnMut(Event)) {
    claims_to_finish_again(line, odd);
    *odd.entry("after-build".to_owned()).or_default() += 1;
    noise(line, odd, sink);
}

/// One of two `build-finished` is a forgery, and it cannot be known which: the count tells the collectors.
fn claims_to_finish_again(line: &[u8], odd: &mut BTreeMap<String, u64>) {
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

/// Collects what a team's own command prints, one byte more than will be read.
fn keep(text: &mut Vec<u8>, line: &[u8]) {
    let room = (FIGURES + 1).saturating_sub(text.len());
    text.extend(line.iter().chain(b"\n").take(room));
}

/// Output that is not as declared gives no figures at all, and says so: `unreadable`, with the reason as noise.
fn give_figures(
    text: &[u8],
    names: &[String],
    odd: &mut BTreeMap<String, u64>,
    sink: &mut dyn FnMut(Event),
) {
    let read = match std::str::from_utf8(text) {
        _ if text.len() > FIGURES => Err("it prints more than 1 MiB".to_owned()),
        Err(_) => Err("it prints what is not UTF-8".to_owned()),
        Ok(text) => figures::read(text, names),
    };
    match read {
        Ok(figures) => figures
            .into_iter()
            .for_each(|figure| sink(Event::Figure(figure))),
        Err(error) => {
            odd.insert("unreadable".to_owned(), 1);
            sink(Event::Noise { line: error });
        }
    }
}

/// rustfmt names files by their canonical path.
fn roots(root: &Path) -> [PathBuf; 2] {
    [
        root.to_owned(),
        root.canonicalize().unwrap_or_else(|_| root.to_owned()),
    ]
}

/// Returns the file that a line of `cargo fmt -- --check -l -v` names, relative to the root if it lies below it. Modules can
/// have any extension. Where a path contains a newline, this is its first part, and the rest is noise.
fn unformatted(line: &[u8], roots: &[PathBuf]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?.trim_end();
    let path = Path::new(text);
    if !path.is_absolute() {
        return None;
    }
    let inside = roots
        .iter()
        .find_map(|root| path.strip_prefix(root).ok())
        .unwrap_or(path);
    Some(
        inside
            .to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/"),
    )
}

#[cfg(test)]
mod tests;
