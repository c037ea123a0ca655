//! Every fixture against an independent count with the real cargo, so that neither the fixtures nor what is expected of
//! them can drift. Nothing of the program is used here; its figures are held against the same expectations.

use std::collections::{BTreeMap, BTreeSet};
use std::env::consts::{DLL_PREFIX, EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Counts, Expected, Sandbox, Tests};

/// A fixture with its members and the cargo messages of a command.
struct Subject {
    sandbox: Sandbox,
    /// Package id, then name and folder.
    members: BTreeMap<String, (String, PathBuf)>,
}

impl Subject {
    fn of(fixture: &str) -> Self {
        let sandbox = Sandbox::of(fixture);
        let out = sandbox.cargo(&["metadata", "--no-deps", "--locked", "--format-version", "1"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        let metadata: Value = serde_json::from_str(&out.stdout).expect("cargo's metadata are JSON");
        let member = |package: &Value| {
            let folder = Path::new(text(&package["manifest_path"]))
                .parent()
                .expect("it has a folder")
                .to_owned();
            (
                text(&package["id"]).to_owned(),
                (text(&package["name"]).to_owned(), folder),
            )
        };
        let members = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .map(member)
            .collect();
        Self { sandbox, members }
    }

    fn member(&self, message: &Value) -> Option<&(String, PathBuf)> {
        self.members.get(message["package_id"].as_str()?)
    }

    /// Lines that are JSON; whatever else there is is noise.
    fn messages(&self, args: &[&str]) -> Vec<Value> {
        let out = self
            .sandbox
            .cargo(&[args, &["--workspace", "--message-format=json"]].concat());
        out.stdout
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Diagnostics with a code, each counted once however many targets have it.
    fn diagnostics(&self, args: &[&str]) -> Counts {
        let mut seen = BTreeSet::new();
        for message in self
            .messages(args)
            .iter()
            .filter(|m| m["reason"] == "compiler-message")
        {
            let (Some((package, _)), Some(code)) = (
                self.member(message),
                message["message"]["code"]["code"].as_str(),
            ) else {
                continue;
            };
            let diagnostic = &message["message"];
            seen.insert((
                package.clone(),
                code.to_owned(),
                diagnostic["message"].to_string(),
                places(diagnostic),
            ));
        }
        let mut counts = Counts::new();
        for (package, code, ..) in seen {
            *counts.entry(package).or_default().entry(code).or_default() += 1;
        }
        counts
    }

    fn unformatted(&self) -> BTreeMap<String, Vec<String>> {
        let out = self.sandbox.cargo(&["fmt", "--all", "--", "--check", "-l"]);
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in out.stdout.lines().collect::<BTreeSet<_>>() {
            let (package, _) = self.owner(Path::new(file)).expect("it lies in a member");
            let short = Path::new(file)
                .strip_prefix(self.sandbox.root())
                .expect("it lies in the workspace");
            files
                .entry(package.clone())
                .or_default()
                .push(slashed(short));
        }
        files
    }

    /// The member whose folder a path lies in.
    fn owner(&self, path: &Path) -> Option<&(String, PathBuf)> {
        self.members
            .values()
            .filter(|(_, folder)| path.starts_with(folder))
            .max_by_key(|(_, f)| f.as_os_str().len())
    }

    /// Lines by a rule that suits the fixtures alone: no block comments, no strings over several lines.
    fn lines(&self) -> Counts {
        let count = |(name, folder): &(String, PathBuf)| {
            let mut counts =
                BTreeMap::from(["files", "code", "comments", "blank"].map(|k| (k.to_owned(), 0)));
            for file in sources(folder) {
                *counts.entry("files".to_owned()).or_default() += 1;
                for line in fs::read_to_string(&file)
                    .expect("sources are text")
                    .lines()
                    .map(str::trim)
                {
                    let kind = if line.is_empty() {
                        "blank"
                    } else {
                        ["code", "comments"][usize::from(line.starts_with("//"))]
                    };
                    *counts.entry(kind.to_owned()).or_default() += 1;
                }
            }
            (name.clone(), counts)
        };
        self.members.values().map(count).collect()
    }

    /// Every test executable run by itself with libtest's log file, and the doctests.
    fn tests(&self) -> BTreeMap<String, Tests> {
        let mut tests: BTreeMap<String, Tests> = self
            .members
            .values()
            .map(|(name, _)| (name.clone(), Tests::default()))
            .collect();
        for message in &self.messages(&["test", "--no-run"]) {
            if let (Some((package, folder)), Some(executable)) =
                (self.member(message), message["executable"].as_str())
                && message["profile"]["test"] == true
            {
                self.suite(
                    executable,
                    folder,
                    tests.entry(package.clone()).or_default(),
                );
            }
        }
        self.doctests(&mut tests);
        tests
    }

    fn suite(&self, executable: &str, folder: &Path, tests: &mut Tests) {
        let marker = b"RUST_TEST_SHUFFLE_SEED";
        let libtest = fs::read(executable)
            .expect("cargo built it")
            .windows(marker.len())
            .any(|w| w == marker);
        if !libtest {
            tests.opaque += 1;
            return;
        }
        let log = self.sandbox.stage().join("logfile");
        fs::remove_file(&log).ok();
        let run = |args: &[&str]| {
            let mut command = self.sandbox.command(executable);
            command.args(args).current_dir(folder);
            command
                .env("CARGO_MANIFEST_DIR", folder)
                .env(library_path(), self.libraries());
            command.output().expect("cargo built it")
        };
        let list =
            String::from_utf8_lossy(&run(&["--list", "--format", "terse"]).stdout).into_owned();
        run(&["--logfile", &log.to_string_lossy()]);
        let log = fs::read_to_string(&log).unwrap_or_default();
        let count = |word: &str| {
            log.lines()
                .filter(|l| l.split([' ', ':']).next() == Some(word))
                .count() as u64
        };
        let (passed, failed, ignored) = (count("ok"), count("failed"), count("ignored"));
        if passed + failed + ignored
            == list.lines().filter(|l| l.ends_with(": test")).count() as u64
        {
            tests.passed += passed;
            tests.failed += failed;
            tests.ignored += ignored;
        } else {
            tests.incomplete += 1;
        }
    }

    /// Where the compiler's own libraries are: the tests of a macro crate need them.
    fn libraries(&self) -> PathBuf {
        let sysroot = self.sandbox.output("rustc", &["--print", "sysroot"]).stdout;
        Path::new(sysroot.trim()).join(if cfg!(windows) { "bin" } else { "lib" })
    }

    /// Result lines between `running` and `failures:`; after that, failed ones show what they printed.
    fn doctests(&self, tests: &mut BTreeMap<String, Tests>) {
        let out = self
            .sandbox
            .cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]);
        let mut within = false;
        for line in out.stdout.lines() {
            within = line.starts_with("running ") || within && line != "failures:";
            let Some((path, rest)) = line.strip_prefix("test ").and_then(|l| l.split_once(" - "))
            else {
                continue;
            };
            let owner = self
                .owner(&self.sandbox.path(path))
                .filter(|_| within && rest.contains("(line "));
            let Some(doc) = owner
                .and_then(|(name, _)| tests.get_mut(name))
                .map(|t| &mut t.doc)
            else {
                continue;
            };
            match rest.rsplit_once(" ... ").map(|(_, result)| result) {
                Some("ok") => doc.passed += 1,
                Some("FAILED") => doc.failed += 1,
                Some("ignored") => doc.ignored += 1,
                other => panic!("a doctest that ends in {other:?}"),
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// Primary spans, sorted.
fn places(diagnostic: &Value) -> Vec<String> {
    let spans = diagnostic["spans"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|s| s["is_primary"] == true);
    let place = |s: &Value| {
        [
            "file_name",
            "line_start",
            "column_start",
            "line_end",
            "column_end",
        ]
        .map(|key| s[key].to_string())
        .join(":")
    };
    let mut places: Vec<String> = spans.map(place).collect();
    places.sort();
    places
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)
        .expect("a folder of the sandbox")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn library_path() -> &'static str {
    match (EXE_SUFFIX, DLL_PREFIX) {
        (".exe", _) => "PATH",
        _ if cfg!(target_os = "macos") => "DYLD_FALLBACK_LIBRARY_PATH",
        _ => "LD_LIBRARY_PATH",
    }
}

/// Of all codes, those that a test of the code accepts; packages without any left out.
fn only(counts: &Counts, accept: impl Fn(&str) -> bool) -> Counts {
    let part = counts.iter().map(|(package, codes)| {
        (
            package.clone(),
            codes
                .iter()
                .filter(|(c, _)| accept(c))
                .map(|(c, n)| (c.clone(), *n))
                .collect(),
        )
    });
    part.filter(|(_, codes): &(String, BTreeMap<String, u64>)| !codes.is_empty())
        .collect()
}

fn of_clippy(code: &str) -> bool {
    code.starts_with("clippy::")
}

/// What rustdoc itself finds; `cargo doc` also gives the compiler's warnings on members that others depend on. No fixture has
/// another lint of rustc that rustdoc reports.
fn of_rustdoc(code: &str) -> bool {
    code.starts_with("rustdoc::") || code == "missing_docs"
}

/// Counts a fixture with the real cargo and holds it against `expected.json`.
fn check(fixture: &str) {
    let (subject, expected) = (Subject::of(fixture), Expected::of(fixture));
    assert_eq!(subject.lines(), expected.loc, "lines");
    assert_eq!(subject.unformatted(), expected.fmt, "unformatted files");
    let linted = subject.diagnostics(&["clippy", "--all-targets", "--keep-going"]);
    assert_eq!(only(&linted, of_clippy), expected.clippy, "clippy lints");
    assert_eq!(
        only(&linted, |c| !of_clippy(c)),
        expected.check,
        "lints of the compiler"
    );
    assert_eq!(
        subject.diagnostics(&["build", "--keep-going"]),
        expected.build,
        "lints of the build"
    );
    if let Some(doc) = &expected.doc {
        let found = subject.diagnostics(&["doc", "--no-deps", "--keep-going"]);
        assert_eq!(only(&found, of_rustdoc), *doc, "warnings of rustdoc");
    }
    if let Some(tests) = &expected.tests {
        assert_eq!(subject.tests(), *tests, "tests");
    }
}

#[test]
fn clean_is_as_expected() {
    check("clean");
}

#[test]
fn warnings_are_as_expected() {
    check("warnings");
}

#[test]
fn tests_are_as_expected() {
    check("tests");
}

#[test]
fn exits_are_as_expected() {
    check("exits");
}

#[test]
fn broken_is_as_expected() {
    check("broken");
    let expected = Expected::of("broken");
    assert_eq!(expected.uncompiled, ["broken-lib", "leans-on-broken"]);
}

#[test]
fn hostile_is_as_expected() {
    check("hostile");
}

#[test]
fn virtual_is_as_expected() {
    check("virtual");
}

#[test]
fn riptide_is_as_expected() {
    check("riptide");
}

#[test]
fn riptide_has_the_twelve_warnings_of_its_dashboard() {
    let clippy = Expected::of("riptide").clippy;
    let sums: Vec<(&str, u64)> = clippy
        .iter()
        .map(|(p, lints)| (p.as_str(), lints.values().sum()))
        .collect();
    assert_eq!(sums, [("riptide-api", 9), ("riptide-pool", 3)]);
}

#[test]
fn riptide_reads_the_variables_that_are_expected() {
    let (subject, expected) = (
        Subject::of("riptide"),
        Expected::of("riptide").env.expect("riptide has them"),
    );
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, folder) in subject.members.values() {
        for file in sources(folder) {
            let source = fs::read_to_string(file).expect("sources are text");
            let names = source
                .split("env::var")
                .skip(1)
                .filter_map(|rest| rest.split('"').nth(1).map(str::to_owned));
            read.entry(name.clone()).or_default().extend(names);
        }
    }
    assert_eq!(
        read.iter()
            .map(|(p, names)| (p.clone(), names.len() as u64))
            .collect::<BTreeMap<_, _>>(),
        expected.read
    );
    let example = subject.sandbox.read(".env.example");
    let documented: BTreeSet<String> = example
        .lines()
        .filter_map(|l| l.split_once('='))
        .map(|(name, _)| name.to_owned())
        .collect();
    let read: BTreeSet<String> = read.into_values().flatten().collect();
    assert_eq!(
        read.difference(&documented).collect::<Vec<_>>(),
        expected.undocumented.iter().collect::<Vec<_>>()
    );
    assert_eq!(
        documented.difference(&read).collect::<Vec<_>>(),
        expected.unread.iter().collect::<Vec<_>>()
    );
}
