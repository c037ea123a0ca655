//! What holds for the text of this repository: layers, module docs, argued dependencies, complete fixtures.
//!
//! The layers are those of the table in `src/lib.rs`: the table is read, so it cannot lie. Test code (modules declared
//! under `#[cfg(test)]`) may import what it likes; `super::` is not followed beyond a module's own folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{quoted, repository, table, workspaces};

/// What a layer must not touch, as text of the code.
const FORBIDDEN: [(&str, &[&str]); 5] = [
    (
        "model",
        &[
            "std::fs",
            "std::process",
            "std::env",
            "std::net",
            "SystemTime",
            "Instant",
            "clap::",
            "anyhow::",
        ],
    ),
    (
        "collectors",
        &[
            "std::fs",
            "std::process",
            "std::env",
            "std::net",
            "SystemTime",
            "Instant",
            "clap::",
            "anyhow::",
        ],
    ),
    (
        "engines",
        &[
            "std::fs",
            "std::process",
            "std::env",
            "std::net",
            "SystemTime",
            "Instant",
            "clap::",
            "anyhow::",
        ],
    ),
    ("effects", &["clap::"]),
    (
        "operations",
        &["clap::", "crate::ui", "console::", "anstream::"],
    ),
];

/// A source file of the product.
pub(crate) struct Source {
    /// Relative to the repository, with `/`.
    pub(crate) path: String,
    /// Its module at the top of the crate; empty for `lib.rs` and `main.rs`.
    pub(crate) module: String,
    pub(crate) text: String,
    /// Declared under `#[cfg(test)]`, or below such a module.
    pub(crate) test: bool,
}

impl Source {
    /// Product code without comments: up to the test module, which stands last.
    pub(crate) fn code(&self) -> String {
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines
            .windows(2)
            .position(|pair| for_tests(pair[0]) && pair[1] == "mod tests {");
        let product = &lines[..tests.unwrap_or(lines.len())];
        product
            .iter()
            .map(|l| l.split("//").next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Where the files of the modules that it declares for tests alone begin: `src/store/scratch`.
    fn test_modules(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let folder = ["/mod", "/lib", "/main"]
            .iter()
            .find_map(|end| stem.strip_suffix(end))
            .unwrap_or(stem);
        // clippy knows tests by `#[cfg(test)]` alone: what else a module needs stands on a line of its own.
        let lines: Vec<&str> = self
            .text
            .lines()
            .filter(|line| *line != "#[cfg(unix)]")
            .collect();
        let declared = lines
            .windows(2)
            .filter(|pair| for_tests(pair[0]))
            .map(|pair| pair[1]);
        let names = declared.filter_map(|line| line.strip_suffix(';')?.split("mod ").nth(1));
        names.map(|name| format!("{folder}/{name}")).collect()
    }
}

/// `#[cfg(test)]`, `#[cfg(all(test, unix))]`.
fn for_tests(line: &str) -> bool {
    line.starts_with("#[cfg(test)") || line.starts_with("#[cfg(all(test,")
}

pub(crate) fn sources() -> Vec<Source> {
    let root = repository().join("src");
    let mut sources: Vec<Source> = rust_files(&root)
        .into_iter()
        .map(|path| source(&root, &path))
        .collect();
    let tests: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        let below = |module: &String| {
            source
                .path
                .strip_prefix(module)
                .is_some_and(|r| r == ".rs" || r.starts_with('/'))
        };
        source.test = tests.iter().any(below);
    }
    sources
}

fn source(root: &Path, path: &Path) -> Source {
    let relative = path
        .strip_prefix(root)
        .expect("it was found below")
        .to_string_lossy()
        .replace('\\', "/");
    let top = relative
        .split('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs")
        .to_owned();
    let module = if top == "lib" || top == "main" {
        String::new()
    } else {
        top
    };
    Source {
        path: format!("src/{relative}"),
        module,
        text: read(path),
        test: false,
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)
        .expect("a folder of the repository")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .replace("\r\n", "\n")
}

/// The string literals of the product's code, as they are written, lines that were broken joined.
#[cfg(unix)]
pub(crate) fn literals() -> BTreeSet<String> {
    let product = sources().into_iter().filter(|source| !source.test);
    product.flat_map(|source| literals_of(&source)).collect()
}

#[cfg(unix)]
fn literals_of(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| for_tests(pair[0]) && pair[1] == "mod tests {");
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in &lines[..tests.unwrap_or(lines.len())] {
        if open.is_none() && line.trim_start().starts_with("//") {
            continue;
        }
        let mut chars = line
            .trim_start()
            .replace("'\"'", "")
            .chars()
            .collect::<Vec<_>>()
            .into_iter();
        while let Some(c) = chars.next() {
            match (&mut open, c) {
                (None, '"') => open = Some(String::new()),
                (Some(_), '"') => found.extend(open.take()),
                (Some(text), '\\') => {
                    // At the end of a line the text goes on in the next.
                    let escaped = chars.next();
                    text.extend(escaped.map(|_| '\\').into_iter().chain(escaped));
                }
                (Some(text), c) => text.push(c),
                (None, _) => {}
            }
        }
    }
    found
}

/// Module, then its layer's number and name, from the table in `src/lib.rs`.
fn layers() -> BTreeMap<String, (usize, String)> {
    let text = read(&repository().join("src/lib.rs"));
    let rows = text
        .lines()
        .filter_map(|l| l.strip_prefix("//! |"))
        .filter(|l| l.contains("[`"));
    let mut layers = BTreeMap::new();
    for (number, row) in rows.enumerate() {
        let name = row.split('|').next().unwrap_or_default().trim();
        for module in row
            .split("[`")
            .skip(1)
            .filter_map(|rest| rest.split("`]").next())
        {
            layers.insert(module.to_owned(), (number, name.to_owned()));
        }
    }
    layers
}

/// The top-level modules that code names: `crate::a`, `crate::{a, b::c}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').map(items);
        found.extend(group.unwrap_or_else(|| vec![word(rest)]));
    }
    found.retain(|m| !m.is_empty());
    found
}

fn word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

/// First words of the items of a `{..}` group, without those of inner groups.
fn items(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ if depth == 0 => heads.last_mut().into_iter().for_each(|h| h.push(c)),
            _ => {}
        }
    }
    heads.iter().map(|h| word(h)).collect()
}

/// Who imports whom among the modules of the table.
fn edges() -> BTreeSet<(String, String, String)> {
    let layers = layers();
    let mut edges = BTreeSet::new();
    for source in sources().iter().filter(|s| !s.test && !s.module.is_empty()) {
        for target in imports(&source.code()) {
            if target != source.module && layers.contains_key(&target) {
                edges.insert((source.module.clone(), target, source.path.clone()));
            }
        }
    }
    edges
}

#[test]
fn every_module_is_in_the_table_of_layers() {
    let layers = layers();
    let names: BTreeSet<&str> = layers.values().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        BTreeSet::from([
            "model",
            "collectors",
            "engines",
            "effects",
            "operations",
            "commands"
        ])
    );
    let product = sources().into_iter().filter(|s| !s.test);
    let modules: BTreeSet<String> = product
        .map(|s| s.module)
        .filter(|m| !m.is_empty())
        .collect();
    assert_eq!(
        layers.into_keys().collect::<BTreeSet<_>>(),
        modules,
        "the table in src/lib.rs, and the modules"
    );
}

#[test]
fn modules_import_from_layers_above_their_own() {
    let layers = layers();
    let wrong: Vec<String> = edges()
        .into_iter()
        .filter(|(from, to, _)| {
            let ((from, layer), (to, _)) = (&layers[from], &layers[to]);
            to > from || to == from && layer == "engines"
        })
        .map(|(_, to, path)| format!("{path} imports {to}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn modules_form_no_ring() {
    let mut edges: BTreeSet<(String, String)> = edges()
        .into_iter()
        .map(|(from, to, _)| (from, to))
        .collect();
    // Whoever imports nobody that is left cannot be part of a ring.
    loop {
        let from: BTreeSet<String> = edges.iter().map(|(from, _)| from.clone()).collect();
        let before = edges.len();
        edges.retain(|(_, to)| from.contains(to));
        if edges.len() == before {
            break;
        }
    }
    assert!(edges.is_empty(), "these lead into a ring: {edges:?}");
}

#[test]
fn layers_keep_to_their_means() {
    let layers = layers();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.test) {
        let Some((_, layer)) = layers.get(&source.module) else {
            continue;
        };
        let words = FORBIDDEN
            .iter()
            .filter(|(name, _)| name == layer)
            .flat_map(|(_, words)| words.iter());
        let code = source.code();
        wrong.extend(
            words
                .filter(|w| code.contains(**w))
                .map(|w| format!("{}: {w} in the {layer}", source.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What starts a process, writes a file, reads the clock or the environment, or ends the program.
const BANNED: [&str; 10] = [
    "std::process::Command::new",
    "std::process::exit",
    "std::fs::write",
    "std::fs::File::create",
    "std::time::SystemTime::now",
    "std::env::var",
    "std::env::var_os",
    "std::env::vars",
    "std::env::vars_os",
    "cargo_metadata::MetadataCommand::exec",
];

#[test]
fn effects_are_banned_everywhere_but_at_their_owners() {
    let bans = read(&repository().join("clippy.toml"));
    let silent: Vec<&str> = BANNED
        .into_iter()
        .filter(|path| !bans.contains(&format!("path = \"{path}\", reason = ")))
        .collect();
    assert!(silent.is_empty(), "clippy.toml does not ban {silent:?}");
    let manifest = read(&repository().join("Cargo.toml"));
    for lint in [
        "print_stdout",
        "print_stderr",
        "exit",
        "unwrap_used",
        "todo",
        "dbg_macro",
    ] {
        assert!(
            manifest.contains(&format!("\n{lint} = \"warn\"\n")),
            "Cargo.toml does not ask for {lint}"
        );
    }
    let page = read(&repository().join("src/lib.rs")).replace("//! ", "");
    let owners: Vec<String> = table(&page, "effect")
        .iter()
        .flat_map(|row| quoted(&row[1]))
        .collect();
    let is_owner = |path: &str| {
        owners.iter().any(|owner| {
            path.strip_prefix("src/")
                .and_then(|p| p.strip_prefix(owner.as_str()))
                .is_some()
        })
    };
    for source in sources().iter().filter(|source| !source.test) {
        let excused = source.code().contains("clippy::disallowed_methods");
        assert!(
            !excused || is_owner(&source.path),
            "{} is no owner in the table of src/lib.rs",
            source.path
        );
    }
}

#[test]
fn every_module_says_what_it_owns() {
    let tests = rust_files(&repository().join("tests/it"))
        .into_iter()
        .map(|path| source(repository(), &path));
    let product = sources().into_iter().filter(|s| !s.test);
    let silent: Vec<String> = product
        .chain(tests)
        .filter(|s| !s.text.starts_with("//! "))
        .map(|s| s.path)
        .collect();
    assert!(silent.is_empty(), "no `//!` on top of {silent:?}");
}

#[test]
fn product_code_does_not_unwrap() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|s| !s.test && s.code().contains(".unwrap()"))
        .map(|s| s.path)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_dependency_is_argued_on_its_line() {
    let manifest = read(&repository().join("Cargo.toml"));
    let mut within = false;
    let mut silent = Vec::new();
    for line in manifest.lines().filter(|l| !l.is_empty()) {
        if line.starts_with('[') {
            within = line.ends_with("dependencies]");
        } else if within && !line.contains(" # ") {
            silent.push(line);
        }
    }
    assert!(silent.is_empty(), "what for? {silent:#?}");
}

#[test]
fn fixtures_are_disarmed_locked_and_explained() {
    let readme = read(&repository().join("fixtures/README.md"));
    for entry in fs::read_dir(workspaces()).expect("the fixtures").flatten() {
        let (path, name) = (
            entry.path(),
            entry.file_name().to_string_lossy().into_owned(),
        );
        for file in ["Cargo.toml.in", "Cargo.lock", ".gitignore", "expected.json"] {
            assert!(path.join(file).is_file(), "fixture {name} has no {file}");
        }
        assert!(
            readme.contains(&format!("| `{name}` |")),
            "fixtures/README.md has no row for {name}"
        );
        assert_eq!(armed(&path), Vec::<PathBuf>::new(), "name them NAME.in");
    }
}

/// Files that cargo or rustup would take for ours.
fn armed(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a fixture's folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            found.extend(armed(&path));
        } else if ["Cargo.toml", "rust-toolchain", "rust-toolchain.toml"]
            .iter()
            .any(|n| name == *n)
        {
            found.push(path);
        }
    }
    found
}

/// A decoder that the properties leave out could panic on damaged input.
#[test]
fn every_decoder_is_tried_with_damaged_input() {
    let directory = repository().join("src/decode");
    let modules = read(&directory.join("mod.rs"));
    let properties = read(&directory.join("tests.rs"));
    let mut lines = properties.lines();
    let imports = lines.by_ref().take_while(|line| !line.starts_with("const"));
    assert!(imports.count() > 0, "the properties come after the imports");
    let tried: String = lines.collect();
    let decoders = modules
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let untried: Vec<&str> = decoders
        .filter(|decoder| !tried.contains(&format!("{decoder}::")))
        .collect();
    assert_eq!(
        untried, [""; 0],
        "add a line to `PROPERTIES` in src/decode/tests.rs"
    );
}

#[test]
fn ci_runs_what_the_page_says() {
    let page = read(&repository().join("README.md"));
    let script = read(&repository().join(".ci/run"));
    let workflow = read(&repository().join(".github/workflows/ci.yml"));
    assert!(
        page.contains("\ncargo test "),
        "README names the test command"
    );
    assert!(script.contains("\nstep cargo test 2>&1"), ".ci/run runs it");
    assert!(
        workflow.contains("- run: .ci/run\n") && page.contains("`.ci/run`"),
        "and CI runs .ci/run"
    );
    assert!(
        workflow.contains("\npermissions:\n  contents: read\n"),
        "with no right to write"
    );
}

#[test]
fn imports_are_read_in_every_form() {
    let cases: [(&str, &[&str]); 5] = [
        ("use crate::plan::Plan;", &["plan"]),
        (
            "use crate::{plan, run::{Run, RunId}, gate::Gate};",
            &["gate", "plan", "run"],
        ),
        ("let x = crate::metric::glob(a, b);", &["metric"]),
        ("pub(crate) fn f() {}", &[]),
        (
            "use crate::{\n    event::Event,\n    plan,\n};",
            &["event", "plan"],
        ),
    ];
    for (code, expected) in cases {
        assert_eq!(
            imports(code).into_iter().collect::<Vec<_>>(),
            expected,
            "{code}"
        );
    }
}

/// What reads a file without a limit, and waits for a writer if the file is a named pipe.
const UNBOUNDED: [&str; 6] = [
    "fs::read(",
    "fs::read_to_string(",
    "File::open(",
    ".read_to_end(",
    ".read_to_string(",
    "io::read_to_string(",
];

/// Who may: the bounded reader itself, git's output and index, and what this very process has written or is about to run.
const READERS: [&str; 8] = [
    "src/store/file.rs",
    "src/store/lock.rs",
    "src/git.rs",
    "src/git/index.rs",
    "src/drive/inputs/mod.rs",
    "src/drive/replay.rs",
    "src/process/temp_dir.rs",
    "src/test_runner/mod.rs",
];

#[test]
fn files_are_read_with_a_limit() {
    for source in sources().iter().filter(|source| !source.test) {
        let code = source.code();
        let found = UNBOUNDED.iter().find(|call| code.contains(**call));
        let allowed = READERS.contains(&source.path.as_str());
        assert!(
            found.is_none() || allowed,
            "{}: {found:?} has no limit: store::read_file",
            source.path
        );
    }
}

/// What colours, escapes or aligns text.
const RENDERING: [&str; 5] = ["\\x1b", "\\u{1b}", ".paint(", "report::line", "escape("];

/// Commands build documents, which a renderer makes safe. Only the messages of clap are text already.
#[test]
fn commands_and_operations_leave_colours_and_escapes_to_renderers() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.test) {
        let is_command = ["cli", "ops"].contains(&source.module.as_str());
        if !is_command || source.path == "src/cli/mod.rs" {
            continue;
        }
        let code = source.code();
        let found = RENDERING.iter().filter(|word| code.contains(**word));
        wrong.extend(found.map(|word| format!("{} has `{word}`", source.path)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where the name of a collector is a word of something else, with what it means there.
const OTHER_MEANINGS: &[(&str, &[&str], &str)] = &[
    (
        "src/decode/",
        &["bench", "doc", "env", "source", "test"],
        "printed by a tool or written in sources",
    ),
    (
        "src/decode/coverage/cobertura.rs",
        &["coverage"],
        "element of a document",
    ),
    ("src/report/kind.rs", &["build"], "kind of report"),
    (
        "src/report/tests/kinds.rs",
        &["build", "clippy"],
        "kind of report, and sample",
    ),
    (
        "src/judge/alike.rs",
        &["sccache"],
        "program of a setting of cargo",
    ),
    (
        "src/experiment.rs",
        &["sccache"],
        "program of a suggested setting",
    ),
    (
        "src/ops/experiment/names.rs",
        &["bench", "build", "doc", "env", "source", "test"],
        "table or profile of cargo's configuration",
    ),
    (
        "src/collector/combinations.rs",
        &["bench", "check", "test"],
        "subcommand or kind of a target",
    ),
    (
        "src/collector/command.rs",
        &["bench", "build", "test"],
        "subcommand or kind of a target",
    ),
    (
        "src/collector/covered.rs",
        &["bench", "build", "check", "clippy", "test"],
        "subcommand or kind of a target",
    ),
    (
        "src/collector/coverage.rs",
        &["test"],
        "subcommand of cargo",
    ),
    (
        "src/collector/planner/settings.rs",
        &["build"],
        "key of the digest",
    ),
    (
        "src/collector/status/",
        &["bench", "doc", "source", "test"],
        "kind of a target or of a file",
    ),
    (
        "src/test_runner/compiler.rs",
        &["test"],
        "setting of the compiler",
    ),
    ("src/collector/sccache.rs", &["build"], "command of cargo"),
    ("src/collector/timing.rs", &["build"], "command of cargo"),
    (
        "src/collector/unused.rs",
        &["bench", "check", "test"],
        "subcommand or kind of a target",
    ),
    (
        "src/ops/readiness/packages.rs",
        &["source", "unused"],
        "key of a lockfile",
    ),
    (
        "src/ops/readiness/paths.rs",
        &["source"],
        "key of cargo's configuration",
    ),
    ("src/release/bump/lock.rs", &["source"], "key of a lockfile"),
    ("src/report/explain.rs", &["source"], "heading of a column"),
    ("src/report/sweep.rs", &["size"], "heading of a column"),
    ("src/event.rs", &["source"], "key of a recorded event"),
    ("src/plan.rs", &["coverage", "unused"], "id of a step"),
    ("src/options/", &["env"], "key of the configuration"),
    ("src/collector/test_names.rs", &["doc"], "kind of a target"),
    ("src/drive/inputs/", &["build"], "directory of cargo"),
    (
        "src/test_runner/programs.rs",
        &["build", "deps"],
        "directory of cargo",
    ),
    ("src/drive/renewal.rs", &["build"], "directory of cargo"),
    ("src/drive/sweep.rs", &["build"], "directory of cargo"),
    ("src/drive/suites.rs", &["test"], "kind of a target"),
    ("src/drive/target_dir.rs", &["build"], "directory of cargo"),
    (
        "src/probe/package.rs",
        &["check", "test"],
        "command of cargo",
    ),
    (
        "src/probe/config.rs",
        &["build"],
        "table of cargo's configuration",
    ),
    (
        "src/ops/measure/names.rs",
        &["build"],
        "table of cargo's configuration",
    ),
    (
        "src/ops/readiness/manifest.rs",
        &["build"],
        "key of cargo's files",
    ),
    (
        "src/ops/readiness/paths.rs",
        &["build"],
        "key of cargo's files",
    ),
    (
        "src/options/conditions.rs",
        &["build"],
        "table of cargo's configuration",
    ),
    (
        "src/options/programs.rs",
        &["build"],
        "table of cargo's configuration",
    ),
    (
        "src/options/config/release.rs",
        &["changelog"],
        "key of [release]",
    ),
    ("src/ops/init.rs", &["bench", "test"], "kind of a target"),
    (
        "src/ops/measure/build_options.rs",
        &["bench", "test"],
        "profile of cargo",
    ),
    ("src/ops/lock.rs", &["changelog"], "command"),
    ("src/ops/names.rs", &["test"], "noun"),
    ("src/cli/args.rs", &["changelog"], "command"),
    ("src/cli/global.rs", &["changelog"], "command"),
    ("src/judge/readiness/", &["changelog"], "check of a release"),
    ("src/report/", &["check", "test"], "noun"),
    (
        "src/release/registry.rs",
        &["test"],
        "reserved name of crates.io",
    ),
    ("src/report/build.rs", &["build"], "kind of report"),
    (
        "src/release/changelog/",
        &["bench", "build", "doc", "fmt", "test"],
        "type of a commit",
    ),
    (
        "src/options/config/keys.rs",
        &["changelog", "test"],
        "key of `[release]` and of objectives",
    ),
    (
        "src/options/config/workstreams.rs",
        &["test"],
        "key of objectives",
    ),
    (
        "src/snapshot/test_id.rs",
        &["bench", "doc", "test"],
        "kind of a target",
    ),
    ("src/workspace.rs", &["bench", "test"], "kind of a target"),
    (
        "src/probe/workspace.rs",
        &["bench", "test"],
        "kind of a target",
    ),
    (
        "src/decode/source/clippy.rs",
        &["clippy"],
        "condition of the compiler",
    ),
    (
        "src/collector/timing.rs",
        &["bench", "test"],
        "kind of a target",
    ),
    ("src/drive/", &["deps"], "directory of cargo"),
    ("src/drive/reused.rs", &["build"], "directory of cargo"),
    (
        "src/release/changelog/commits.rs",
        &["deps"],
        "scope of a commit",
    ),
];

/// A collector is one file and one line in the list: elsewhere code asks its definition.
#[test]
fn collectors_are_named_in_their_own_file_only() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.test) {
        let code = source.code();
        for name in cargo_campaign::collector::names() {
            let is_own = source.path == format!("src/collector/{name}.rs");
            let has_other_meaning = OTHER_MEANINGS
                .iter()
                .any(|(path, names, _)| source.path.starts_with(path) && names.contains(&name));
            let is_built = code.contains(&format!("Collector::named(\"{name}\")"));
            let is_named = code.contains(&format!("\"{name}\"")) && !has_other_meaning;
            if !is_own && (is_built || is_named) {
                wrong.push(format!("{} names `{name}`", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where product code names metrics although it is not a collector, and why.
const NAMED_METRICS: &[(&str, &str)] = &[
    ("src/options/template.rs", "text of a new configuration"),
    ("src/options/config/waivers.rs", "examples in errors"),
    ("src/options/config/metrics.rs", "metrics of later versions"),
    (
        "src/ops/readiness/minimum.rs",
        "what every release must measure",
    ),
    ("src/ops/explain/meaning.rs", "the metric of a test"),
    ("src/report/baseline.rs", "the row of the passed tests"),
];

/// A metric is described by its collector: elsewhere code asks the description.
#[test]
fn metrics_are_named_by_their_collector_only() {
    let metrics = cargo_campaign::collector::ALL
        .iter()
        .flat_map(|definition| definition.metrics);
    let names: Vec<String> = metrics
        .map(|metric| format!("\"{}\"", metric.name))
        .collect();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.test) {
        let is_allowed = source.path.starts_with("src/collector/")
            || NAMED_METRICS.iter().any(|(path, _)| source.path == *path);
        if is_allowed {
            continue;
        }
        let code = source.code();
        let found = names.iter().filter(|name| code.contains(name.as_str()));
        wrong.extend(found.map(|name| format!("{} names {name}", source.path)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
