//! `size`: the sections of the executables and libraries of a release build.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{StepContext, build_step};
use super::covered::RequiredUnits;
use super::definition::{
    ArtifactReader, Definition, ProfileChoice, Remedy, SuggestedCondition, SuggestedGate,
};
use super::facts::StepFacts;
use super::folded::Folded;
use super::metric::{Family, Metric, Visibility};
use super::standing::{Standing, absent, without};
use super::summary::{StepSummary, Term, terms};
use crate::decode::sections;
use crate::event::{Artifact, FileCounts};
use crate::metric::{Alike, Reading, Unit};
use crate::plan::{Collector, Invocation, Step};
use crate::run::StepStatus;
use crate::snapshot::Snapshot;
use crate::workspace::{Member, Target};

/// A number of bytes in the executables and shared libraries of a package.
const SECTIONS: Metric = Metric {
    unit: &Unit::Bytes,
    visibility: Visibility::Detail,
    ..Metric::COUNT
};

/// The bytes that one executable or library loads.
const FILE: Metric = Metric {
    name: "size.*.loaded",
    title: "loaded",
    per_package: false,
    family: Some(Family::BuiltFile),
    ..SECTIONS
};

pub(super) static DEFINITION: Definition = Definition {
    name: "size",
    metrics: &[
        Metric {
            name: LOADED,
            title: "loaded bytes",
            visibility: Visibility::Always,
            ..SECTIONS
        },
        Metric {
            name: "size.text",
            title: "machine code",
            ..SECTIONS
        },
        Metric {
            name: "size.rodata",
            title: "read-only data",
            ..SECTIONS
        },
        Metric {
            name: "size.data",
            title: "initialized data",
            ..SECTIONS
        },
        Metric {
            name: "size.unwind",
            title: "unwind tables",
            ..SECTIONS
        },
        Metric {
            name: "size.bss",
            title: "zeroed data",
            ..SECTIONS
        },
        Metric {
            name: "size.debug",
            title: "debug information",
            ..SECTIONS
        },
        Metric {
            name: "size.symbols",
            title: "symbols",
            ..SECTIONS
        },
        FILE,
    ],
    alike: Alike::Settings,
    profile: ProfileChoice::SelectedOr("release"),
    turn: 3,
    steps,
    artifacts: Some(ArtifactReader {
        wants,
        read: |file| sections::sizes(file),
    }),
    required_units: RequiredUnits::WithoutTests,
    idle,
    fold,
    summary,
    remedy: Remedy::Rerun(Invocation::clone),
    gates: &[SuggestedGate {
        metric: "size.loaded",
        condition: SuggestedCondition::Exactly("<= baseline + 2 %"),
        comment: "bytes that the programs of a release build load",
        needs: "size.loaded",
    }],
    ..Definition::BUILD
};

/// The total of the sections that are loaded from a file.
const LOADED: &str = "size.loaded";

/// The kinds of sections that are loaded from a file.
const LOADED_SECTIONS: [&str; 4] = [
    sections::TEXT,
    sections::RODATA,
    sections::DATA,
    sections::UNWIND,
];

/// The other kinds.
const OTHER_SECTIONS: [&str; 3] = [sections::BSS, sections::DEBUG, sections::SYMBOLS];

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    vec![build_step(context, "size", "Sized", collector)]
}

/// Returns whether a file is the executable of a binary, or a library that others link.
fn wants(artifact: &Artifact, path: &str) -> bool {
    match artifact.target_kind.as_str() {
        _ if artifact.test => false,
        "bin" => artifact.executable.as_deref() == Some(path),
        "custom-build" | "proc-macro" | "example" => false,
        _ => FileKind::of(path).is_some(),
    }
}

/// A kind of built file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileKind {
    Executable,
    /// A library that is loaded when a program runs.
    Shared,
    /// An archive that others link: what remains of it depends on them.
    Archive,
}

impl FileKind {
    /// Returns the kind of a library. `None` for other files, such as metadata and the import
    /// libraries of Windows.
    fn of(path: &str) -> Option<Self> {
        let (stem, extension) = path.rsplit_once('.')?;
        match extension {
            "so" | "dylib" | "dll" => Some(Self::Shared),
            "rlib" | "a" | "lib" if !stem.ends_with(".dll") => Some(Self::Archive),
            _ => None,
        }
    }

    /// Returns the kind of a file that was read.
    fn of_read(path: &str) -> Self {
        Self::of(path).unwrap_or(Self::Executable)
    }
}

/// Returns the name of a file in `size.*.loaded`, the same on every platform: `app`, `libapp`,
/// `libapp.a`, `libapp.rlib`.
fn label(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let library = stem.strip_prefix("lib").unwrap_or(stem);
    match extension {
        "exe" => stem.to_owned(),
        "so" | "dylib" | "dll" => format!("lib{library}"),
        "a" | "lib" => format!("lib{library}.a"),
        "rlib" => format!("lib{library}.rlib"),
        _ => name.to_owned(),
    }
}

fn idle(steps: &[&StepFacts]) -> Option<String> {
    let linked = steps
        .iter()
        .flat_map(|facts| &facts.counted)
        .any(|file| FileKind::of_read(&file.file) != FileKind::Archive);
    let is_unread = steps.iter().any(|facts| !facts.problems.is_empty());
    (!linked && !is_unread).then(|| "there is no executable and no shared library".to_owned())
}

/// The files of the selected packages that were read.
struct BuiltFiles<'a> {
    files: Vec<&'a FileCounts>,
    /// The packages that wrote each file.
    writers: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> BuiltFiles<'a> {
    fn of(folded: &'a Folded, collector: &'a Collector) -> Self {
        let files: Vec<&FileCounts> = folded
            .counted_files(collector)
            .filter(|file| folded.packages.contains(&file.package))
            .collect();
        let mut writers = BTreeMap::<&str, BTreeSet<&str>>::new();
        for file in &files {
            let packages = writers.entry(file.file.as_str()).or_default();
            packages.insert(file.package.as_str());
        }
        Self { files, writers }
    }

    /// Returns why a file has no size: several packages write it, and only the last one is left.
    fn conflict(&self, file: &str) -> Option<String> {
        let packages = self.writers.get(file).filter(|all| all.len() > 1)?;
        let names: Vec<&str> = packages.iter().copied().collect();
        Some(format!("{file} is written by {}", names.join(" and ")))
    }

    /// Returns the sums over the executables and shared libraries of each package.
    fn sums(&self, size: impl Fn(&FileCounts) -> u64) -> BTreeMap<&'a str, u64> {
        let mut sums = BTreeMap::new();
        for file in &self.files {
            let is_linked = FileKind::of_read(&file.file) != FileKind::Archive;
            if is_linked && self.conflict(&file.file).is_none() {
                *sums.entry(file.package.as_str()).or_default() += size(file);
            }
        }
        sums
    }
}

/// Adds the sums over the executables and shared libraries of each package that has any, and the loaded
/// bytes of each file.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let files = BuiltFiles::of(folded, collector);
    let standing = standing(folded, collector, &files);
    let build = folded.standing(collector);
    for (member, target) in targets(folded) {
        if let Some(label) = expected_label(target)
            && let Some(reading) = unbuilt(&build, member, target)
        {
            snapshot
                .metrics
                .insert(FILE.name.replace('*', &label), reading);
        }
    }
    let kinds = LOADED_SECTIONS.iter().chain(&OTHER_SECTIONS);
    let mut sums: Vec<(String, BTreeMap<&str, u64>)> = kinds
        .map(|kind| (format!("size.{kind}"), files.sums(|file| size(file, kind))))
        .collect();
    sums.push((LOADED.to_owned(), files.sums(loaded)));
    for (name, sums) in sums {
        // A package without a program has no size, which is not a size of zero.
        let packages = sums.keys().map(|package| (*package).to_owned()).collect();
        let reading = standing.count(&packages, &sums);
        snapshot.metrics.insert(name, reading);
    }
    for file in &files.files {
        let name = FILE.name.replace('*', &label(&file.file));
        let reading = match files.conflict(&file.file) {
            Some(reason) => absent(reason),
            None => Reading::exact(loaded(file) as f64),
        };
        snapshot.metrics.insert(name, reading);
    }
}

/// Returns the targets of the selected packages.
fn targets(folded: &Folded) -> impl Iterator<Item = (&Member, &Target)> {
    let members = folded.workspace.members.iter();
    members
        .filter(|member| folded.packages.contains(&member.name))
        .flat_map(|member| member.targets.iter().map(move |target| (member, target)))
}

/// Returns the name in `size.*.loaded` of the file that a target becomes. `None` if it becomes none that
/// has a size.
fn expected_label(target: &Target) -> Option<String> {
    let library = target.name.replace('-', "_");
    match target.kind.as_str() {
        "bin" => Some(target.name.clone()),
        "cdylib" | "dylib" => Some(format!("lib{library}")),
        "staticlib" => Some(format!("lib{library}.a")),
        "lib" | "rlib" => Some(format!("lib{library}.rlib")),
        _ => None,
    }
}

/// Returns the reading of the file of a target that was not built, if it is known why.
fn unbuilt(build: &Standing, member: &Member, target: &Target) -> Option<Reading> {
    if target.conditional {
        return Some(absent(features_off(member, target)));
    }
    let is_covered = build.covered.contains(&member.name);
    build.reason().filter(|_| !is_covered).map(without)
}

/// Returns the reason for a program that was not built because of its `required-features`.
fn features_off(member: &Member, target: &Target) -> String {
    format!(
        "program `{}` of package `{}` needs features that are off",
        target.name, member.name
    )
}

/// Returns the standing of the build. It is partial if a file could not be read, two packages write
/// the same one, or a program was not built because it needs features that are off.
fn standing(folded: &Folded, collector: &Collector, files: &BuiltFiles<'_>) -> Standing {
    let mut standing = folded.standing(collector);
    let mut steps = folded.steps_of(collector);
    let is_unread = steps.any(|step| !step.facts.problems.is_empty());
    let conflict = files.writers.keys().find_map(|file| files.conflict(file));
    if is_unread || conflict.is_some() {
        standing.covered = BTreeSet::new();
    }
    if standing.status.is_whole()
        && let Some(reason) = conflict
    {
        standing.status = StepStatus::Partial(reason);
    }
    let read: BTreeSet<(&str, String)> = files
        .files
        .iter()
        .map(|file| (file.package.as_str(), label(&file.file)))
        .collect();
    let programs = targets(folded).filter(|(_, target)| target.kind == "bin" && target.conditional);
    for (member, target) in programs {
        if !read.contains(&(&*member.name, target.name.clone())) {
            standing.covered.remove(&member.name);
            if standing.status.is_whole() {
                standing.status = StepStatus::Partial(features_off(member, target));
            }
        }
    }
    standing
}

fn size(file: &FileCounts, kind: &str) -> u64 {
    file.counts.get(kind).copied().unwrap_or(0)
}

fn loaded(file: &FileCounts) -> u64 {
    LOADED_SECTIONS.iter().map(|kind| size(file, kind)).sum()
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    terms([
        summary.units(),
        summary
            .value(LOADED)
            .map(|bytes| Term::Bytes(bytes, "loaded")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;
    use crate::event::{Event, Problem};

    fn file(package: &str, file: &str, text: u64, debug: u64) -> Event {
        Event::Counted(FileCounts {
            package: package.to_owned(),
            others: Vec::new(),
            file: file.to_owned(),
            counts: [(sections::TEXT, text), (sections::DEBUG, debug)]
                .map(|(kind, size)| (kind.into(), size))
                .into(),
        })
    }

    /// Folds the files of a build of two binaries.
    fn folded(files: &[Event]) -> Vec<String> {
        let script = "start size\nunit a lib a\nunit b lib b\nfinished true\nend 0";
        folded_of(&["a", "b"], script, files)
    }

    fn folded_of(packages: &[&str], script: &str, files: &[Event]) -> Vec<String> {
        let workspace = workspace(packages);
        let mut all = events(script);
        let end = all.pop();
        all.extend(files.iter().cloned());
        all.extend(end);
        let mut fold = Fold::new(&plan("size: size"), &workspace, &BTreeMap::new());
        all.iter().for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        let shown = shown(&snapshot, &[]);
        let is_empty = |line: &String| line.contains(" 0 {a 0, b 0}");
        shown.into_iter().filter(|line| !is_empty(line)).collect()
    }

    #[test]
    fn executables_and_shared_libraries_add_up() {
        let found = folded(&[
            file("a", "target/release/app", 10, 5),
            file("b", "target/release/libb.so", 20, 0),
            file("b", "target/release/libb.rlib", 7, 0),
            file("other", "target/release/libother.so", 99, 0),
        ]);
        let expected = [
            "size.app.loaded 10",
            "size.debug 5 {a 5, b 0}",
            "size.libb.loaded 20",
            "size.libb.rlib.loaded 7",
            "size.loaded 30 {a 10, b 20}",
            "size.text 30 {a 10, b 20}",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn package_without_a_program_has_no_size() {
        let script = "start size\nunit a bin a\nunit b lib b\nfinished true\nend 0";
        let files = [file("a", "target/release/a", 10, 0)];
        let found = folded_of(&["a: bin", "b"], script, &files);
        assert!(
            found.contains(&"size.loaded 10 {a 10}".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn program_that_is_not_built_has_no_size_with_the_reason() {
        let off = "program `b` of package `b` needs features that are off";
        let built = "start size\nunit a bin a\nfinished true\nend 0";
        let failed = "start size\nunit a bin a\nerror b E0425 b/src/main.rs:1 unknown\nfinished false\nend 101";
        for (packages, script, reason) in [
            (["a: bin", "b: bin?"], built, off),
            (["a: bin", "b: bin"], failed, "error at b/src/main.rs"),
        ] {
            let files = [file("a", "target/release/a", 10, 0)];
            let found = folded_of(&packages, script, &files);
            for start in ["size.b.loaded ? ", "size.loaded ? >= 10 "] {
                let line = found.iter().find(|line| line.starts_with(start));
                let has_reason = line.is_some_and(|line| line.contains(reason));
                assert!(has_reason, "{start}{reason}: {found:#?}");
            }
            let of_package = found.iter().find(|line| line.starts_with("size.loaded "));
            assert!(of_package.unwrap().ends_with(" {a 10}"), "{found:#?}");
        }
    }

    #[test]
    fn file_that_two_packages_write_has_no_size() {
        let found = folded(&[
            file("a", "target/release/app", 10, 0),
            file("b", "target/release/app", 12, 0),
        ]);
        let reason = "target/release/app is written by a and b";
        assert!(
            found.contains(&format!("size.app.loaded ? {reason}")),
            "{found:?}"
        );
        assert!(
            found.iter().any(|line| line.starts_with("size.loaded ?")),
            "{found:?}"
        );
    }

    #[test]
    fn file_that_cannot_be_read_leaves_the_sum_without_a_value() {
        let found = folded(&[
            file("a", "target/release/app", 10, 0),
            Event::Problem(Problem {
                file: "target/release/b.wasm".to_owned(),
                rule: ArtifactReader::UNREADABLE.to_owned(),
                message: "files of the format Wasm are not read".to_owned(),
                ..Problem::default()
            }),
        ]);
        let total = found.iter().find(|line| line.starts_with("size.loaded"));
        let expected = "size.loaded ? >= 10 target/release/b.wasm could not be read: files of the format Wasm are not read";
        assert!(total.unwrap().starts_with(expected), "{found:?}");
    }

    #[test]
    fn names_of_files_are_the_same_on_every_platform() {
        for (path, expected) in [
            ("target/release/app", "app"),
            ("target/release/app.exe", "app"),
            ("target/release/my.app", "my.app"),
            ("target/release/liba.so", "liba"),
            ("target/release/liba.dylib", "liba"),
            ("target/release/a.dll", "liba"),
            ("target/release/liba.a", "liba.a"),
            ("target/release/a.lib", "liba.a"),
            ("target/release/liba.rlib", "liba.rlib"),
        ] {
            assert_eq!(label(path), expected);
        }
        for path in ["a.dll.lib", "liba.rmeta", "liba.d", "a.pdb", "libdll.dll.a"] {
            assert_eq!(FileKind::of(path), None, "{path}");
        }
    }
}
