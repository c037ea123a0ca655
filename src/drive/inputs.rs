//! Finds the files and variables that a step's build read, from what cargo and rustc left behind.
//!
//! Cargo's messages come from the step's transcript; dep-info and the output of build scripts from the target directory.
//! Both of cargo's layouts are known: `deps/NAME-HASH.d` with `build/PACKAGE-HASH/output`, and `build/PACKAGE/HASH/out/NAME.d`
//! with `build/PACKAGE/HASH/run/stdout`. Files in the output directories of build scripts are generated and left out, and so are
//! packages from registries and git, which the lockfile pins.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use super::compiled;
use super::transcript::{stem, with};
use crate::decode::built::{self, Built, Dependencies, Include};
use crate::event::Event;
use crate::plan::{Action, Collector, Step, Stream};
use crate::probe::entries;
use crate::store;
use crate::workspace::Workspace;

/// Dep-info and build script output beyond this size are not read.
const LIMIT: u64 = 16 << 20;

/// What a step's build read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Absolute paths without `..`. A directory stands for all that lies below it.
    pub files: BTreeSet<PathBuf>,
    /// Those of `files` that were compiled.
    pub compiled: BTreeSet<PathBuf>,
    /// Environment variables.
    pub variables: BTreeSet<String>,
    /// Directories of packages in the file system, not from a registry or from git.
    pub packages: BTreeSet<PathBuf>,
    /// The units that cargo named, by a file that each build writes anew.
    pub units: BTreeMap<PathBuf, Unit>,
}

/// What one unit was built from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Files and directories whose times cargo compares.
    pub files: BTreeSet<PathBuf>,
    /// Files that decide the result and that cargo does not look at.
    pub unwatched: BTreeSet<PathBuf>,
    /// Variables that decide the result and that cargo does not look at.
    pub variables: BTreeSet<String>,
    /// The package, where cargo compares the newest time of its files.
    pub package: Option<PathBuf>,
    /// The compiler did not compile it, although cargo reported it; see [`crate::event::Uncompiled`].
    pub uncompiled: bool,
    /// The roots of the crates of its package, which make cargo build again when they are touched.
    pub roots: BTreeSet<PathBuf>,
}

impl Read {
    /// Adds what another step read.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
        self.compiled.extend(other.compiled);
        self.variables.extend(other.variables);
        self.packages.extend(other.packages);
        self.units.extend(other.units);
    }
}

/// Finds what the build of a step read. `logs` holds the step's transcript.
pub fn of_step(step: &Step, logs: &Path, workspace: &Workspace) -> Read {
    let Action::Command(command) = &step.action else {
        return Read::default();
    };
    let is_clippy = step.serves.contains(&Collector::Clippy);
    let mut finder = Finder {
        workspace,
        read: Read::default(),
        is_clippy,
    };
    match command.stream {
        Stream::Cargo | Stream::CargoTest | Stream::CargoBench | Stream::NextestWithMessages => {
            finder.messages(&with(&stem(logs, &step.id), "stdout"));
            finder.mark_uncompiled(&with(&stem(logs, &step.id), "events"));
        }
        // Before 0.9.123, nextest passes none of cargo's messages on.
        Stream::Nextest => finder.target_dir(),
        Stream::FmtList => finder.formatted(&with(&stem(logs, &step.id), "stdout")),
        Stream::Figures => {}
    }
    finder.finish()
}

/// What the sources of a package name themselves, see [`built::mentions`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Absolute paths, whether there is something or not.
    pub files: BTreeSet<PathBuf>,
    /// Environment variables.
    pub variables: BTreeSet<String>,
}

/// Finds what the sources of each package name, and what the files that they include name in turn. `files` are relative to
/// the root; the result is by the package's directory.
pub fn mentioned(workspace: &Workspace, files: &[String]) -> BTreeMap<PathBuf, Mentioned> {
    let mut found: BTreeMap<PathBuf, Mentioned> = BTreeMap::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let package = workspace
            .owner(file)
            .map_or("", |member| member.dir.as_str());
        let package = resolved(&workspace.root, package);
        let path = workspace.root.join(file);
        found
            .entry(package.clone())
            .or_default()
            .follow(&path, &package);
    }
    found
}

impl Mentioned {
    /// Adds what a source file names.
    fn follow(&mut self, source: &Path, package: &Path) {
        // A text is read from its own place, and as a doctest from the place of the file that includes it.
        let mut open = vec![(source.to_owned(), source.to_owned())];
        while let Some((path, from)) = open.pop() {
            let Some(text) = read_text(&path) else {
                continue;
            };
            let mentions = built::mentions(&text);
            let variables = mentions
                .variables
                .into_iter()
                .filter(|name| !built::is_set_by_cargo(name));
            self.variables.extend(variables);
            for include in mentions.includes {
                let named: Vec<PathBuf> = match &include {
                    Include::BesideSource(name) => [&path, &from]
                        .map(|file| resolved(file.parent().unwrap_or(file), name))
                        .into(),
                    Include::AfterManifestDir(rest) => {
                        vec![resolved(
                            Path::new(&format!("{}{rest}", package.display())),
                            "",
                        )]
                    }
                };
                for file in named {
                    if self.files.insert(file.clone()) {
                        open.push((file, path.clone()));
                    }
                }
            }
        }
    }
}

struct Finder<'a> {
    workspace: &'a Workspace,
    read: Read,
    /// The units are clippy's.
    is_clippy: bool,
}

impl Finder<'_> {
    /// Follows cargo's messages up to the end of the build.
    fn messages(&mut self, stdout: &Path) {
        let Ok(file) = File::open(stdout) else { return };
        for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
            match Built::read(&String::from_utf8_lossy(&line)) {
                Some(Built::CompilerArtifact {
                    package_id,
                    manifest_path,
                    filenames,
                }) if is_local(&package_id) => {
                    let package = Path::new(&manifest_path)
                        .parent()
                        .unwrap_or(Path::new(""))
                        .to_owned();
                    filenames
                        .iter()
                        .for_each(|name| self.artifact(Path::new(name), &package));
                    self.read.packages.insert(package);
                }
                Some(Built::BuildScriptExecuted {
                    package_id,
                    out_dir,
                    env,
                }) if is_local(&package_id) => {
                    let set: BTreeSet<&str> = env.iter().map(|(name, _)| name.as_str()).collect();
                    self.read
                        .variables
                        .retain(|name| !set.contains(name.as_str()));
                    self.build_script(Path::new(&out_dir), &package_id);
                }
                Some(Built::BuildFinished {}) => break,
                _ => {}
            }
        }
    }

    /// Marks the units that were found not to be compiled.
    fn mark_uncompiled(&mut self, events: &Path) {
        for line in read_text(events).iter().flat_map(|text| text.lines()) {
            if let Ok(Event::Uncompiled(found)) = serde_json::from_str(line)
                && let Some(unit) = self
                    .read
                    .units
                    .get_mut(&resolved(&self.workspace.root, &found.file))
            {
                unit.uncompiled = true;
            }
        }
    }

    /// Reads the files that rustfmt names with `-v`: those that it formats, and their configuration.
    fn formatted(&mut self, stdout: &Path) {
        let Some(text) = read_text(stdout) else {
            return;
        };
        for line in text.lines() {
            if let Some(file) = line.strip_prefix("Formatting ") {
                self.read.files.insert(resolved(&self.workspace.root, file));
            } else if let Some((file, _)) = line
                .strip_prefix("Using rustfmt config file ")
                .and_then(|rest| rest.split_once(" for "))
            {
                self.read.files.insert(resolved(&self.workspace.root, file));
            }
        }
    }

    /// Reads the dep-info of every unit of the members in the target directory, also of older builds: too many inputs can
    /// only cause a measurement too many.
    fn target_dir(&mut self) {
        let targets = self
            .workspace
            .members
            .iter()
            .flat_map(|member| &member.targets);
        let names: BTreeSet<String> = targets
            .map(|target| target.name.replace('-', "_"))
            .collect();
        let is_member = |path: &Path| {
            let stem = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            let name = stem
                .rsplit_once('-')
                .map_or(stem.as_str(), |(name, _)| name);
            names.contains(name) || name == "build_script_build"
        };
        let root = self.workspace.root.clone();
        for path in dep_info_files(&self.workspace.target_dir)
            .iter()
            .filter(|path| is_member(path))
        {
            self.dep_info(path, &root);
        }
    }

    /// Reads the dep-info beside an artifact.
    fn artifact(&mut self, artifact: &Path, package: &Path) {
        let Some(dir) = artifact.parent() else { return };
        let base = if package.starts_with(&self.workspace.root) {
            self.workspace.root.clone()
        } else {
            package.to_owned()
        };
        let name = artifact
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let plain = name.strip_prefix("lib").unwrap_or(&name);
        let is_unit = plain
            .rsplit_once('-')
            .is_some_and(|(_, hash)| is_hash(hash));
        if artifact.ends_with("index.html") {
            // Rustdoc leaves no dep-info.
            self.unit(
                artifact.to_owned(),
                Unit {
                    package: Some(package.to_owned()),
                    ..Unit::default()
                },
                package,
            );
            return;
        }
        for name in BTreeSet::from([name.as_str(), plain, &plain.replace('-', "_")]) {
            let path = dir.join(format!("{name}.d"));
            let files = self.dep_info(&path, &base);
            if is_unit && !files.is_empty() {
                self.unit(
                    path,
                    Unit {
                        files,
                        ..Unit::default()
                    },
                    package,
                );
            }
        }
        if is_unit {
            return;
        }
        if let Some(path) = compiled::dep_info(artifact, &self.package_name(package)) {
            let files = self.dep_info(&path, &base);
            self.unit(
                path,
                Unit {
                    files,
                    ..Unit::default()
                },
                package,
            );
        }
        // Cargo copies binaries out of the directory they were built in, and only the dep-info there names variables. Build
        // scripts lie under another name than their dep-info. The hash is not known, so older units are read as well.
        let (same, unit) = (
            plain.replace('-', "_"),
            format!("{}-", plain.replace('-', "_")),
        );
        let dirs = [dir.to_owned(), dir.join("deps")];
        for path in dirs
            .iter()
            .flat_map(|dir| entries(dir))
            .filter(|path| path.extension().is_some_and(|e| e == "d"))
        {
            let stem = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            if stem == same
                || stem
                    .strip_prefix(&unit)
                    .is_some_and(|hash| !hash.contains('-'))
            {
                let files = self.dep_info(&path, &base);
                // Each build script has a directory of its own.
                if same == "build_script_build" && !files.is_empty() {
                    self.unit(
                        path,
                        Unit {
                            files,
                            ..Unit::default()
                        },
                        package,
                    );
                }
            }
        }
        let package_name = self.package_name(package);
        for name in BTreeSet::from([plain, package_name.as_str()]) {
            for unit in entries(&dir.join("build").join(name)) {
                self.dep_info(&unit.join("out").join(format!("{same}.d")), &base);
            }
        }
    }

    /// The name of the package in a directory.
    fn package_name(&self, dir: &Path) -> String {
        let root = &self.workspace.root;
        let member = self
            .workspace
            .members
            .iter()
            .find(|member| resolved(root, &member.dir) == dir);
        let name = || {
            dir.file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        member.map_or_else(name, |member| member.name.clone())
    }

    fn unit(&mut self, written: PathBuf, mut unit: Unit, package: &Path) {
        if self.is_clippy {
            // Clippy takes the first that it finds; cargo notices edits of that one, and no new one before it.
            let names = ["clippy.toml", ".clippy.toml"];
            unit.unwatched.extend(
                package
                    .ancestors()
                    .flat_map(|dir| names.map(|name| dir.join(name))),
            );
        }
        let root = &self.workspace.root;
        let members = self
            .workspace
            .members
            .iter()
            .filter(|member| resolved(root, &member.dir) == package);
        let roots = members
            .flat_map(|member| &member.targets)
            .map(|target| resolved(root, &target.file));
        unit.roots = roots
            .filter(|file| unit.files.is_empty() || unit.files.contains(file))
            .collect();
        self.read.units.insert(written, unit);
    }

    /// Adds what a dep-info file names; returns the files.
    fn dep_info(&mut self, path: &Path, base: &Path) -> BTreeSet<PathBuf> {
        let Some(text) = read_text(path) else {
            return BTreeSet::new();
        };
        let named = built::dep_info(&text);
        let files: BTreeSet<PathBuf> = named
            .files
            .iter()
            .map(|file| resolved(base, file))
            .collect();
        self.read.compiled.extend(files.iter().cloned());
        self.add(named, base);
        files
    }

    /// Reads what a build script said, which lies beside its `OUT_DIR`.
    fn build_script(&mut self, out_dir: &Path, package_id: &str) {
        let package = package_id.strip_prefix("path+file://").unwrap_or_default();
        let package = PathBuf::from(package.split('#').next().unwrap_or_default());
        let Some(dir) = out_dir.parent() else { return };
        for output in [dir.join("output"), dir.join("run").join("stdout")] {
            let Some(text) = read_text(&output).or_else(|| output.is_file().then(String::new))
            else {
                continue;
            };
            let named = built::build_script(&text);
            let mut unit = Unit::default();
            unit.files
                .extend(named.files.iter().map(|file| resolved(&package, file)));
            // Without a directive cargo runs it again when any file of the package changes.
            if named == Dependencies::default() {
                unit.package = Some(package.clone());
            }
            self.read.units.insert(output, unit);
            self.add(named, &package);
        }
    }

    fn add(&mut self, named: Dependencies, base: &Path) {
        self.read
            .files
            .extend(named.files.iter().map(|file| resolved(base, file)));
        let variables = named
            .variables
            .into_iter()
            .filter(|name| !built::is_set_by_cargo(name));
        self.read.variables.extend(variables);
    }

    fn finish(mut self) -> Read {
        let target_dir = &self.workspace.target_dir;
        self.read
            .files
            .retain(|file| !is_generated(target_dir, file));
        self.read
            .compiled
            .retain(|file| !is_generated(target_dir, file));
        let units = self.read.units.values_mut();
        units.for_each(|unit| unit.files.retain(|file| !is_generated(target_dir, file)));
        self.read
    }
}

/// Whether a file lies in the output directory of a build script: `build/../out` below the target directory.
fn is_generated(target_dir: &Path, file: &Path) -> bool {
    let Ok(below) = file.strip_prefix(target_dir) else {
        return false;
    };
    let mut parts = below.components().map(Component::as_os_str);
    parts.any(|part| part == "build") && parts.any(|part| part == "out")
}

/// As cargo ends the names of units with.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A package in the file system, not from a registry or from git.
fn is_local(package_id: &str) -> bool {
    package_id.starts_with("path+file:") || package_id.contains("(path+file:")
}

/// The dep-info files in a target directory, in either layout.
fn dep_info_files(target_dir: &Path) -> Vec<PathBuf> {
    let profiles = entries(target_dir)
        .into_iter()
        .flat_map(|dir| [entries(&dir), vec![dir]].concat());
    let mut found = Vec::new();
    for profile in profiles {
        found.extend(entries(&profile.join("deps")));
        for unit in entries(&profile.join("build"))
            .iter()
            .flat_map(|package| [entries(package), vec![package.clone()]].concat())
        {
            found.extend(entries(&unit.join("out")));
            found.extend(entries(&unit));
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "d"));
    found
}

/// The text of a regular file that is not too large.
pub(super) fn read_text(path: &Path) -> Option<String> {
    // Reading a file of `/proc`, which has no size, may block.
    fs::metadata(path).ok().filter(|found| found.len() > 0)?;
    Some(String::from_utf8_lossy(&store::read_file(path, LIMIT).ok()?).into_owned())
}

/// A path without `.` and `..`. Links are not followed: rustc names files as the sources do.
pub(super) fn resolved(base: &Path, path: &str) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            part => clean.push(part),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;
    use crate::workspace::{Member, Target};

    fn workspace(root: &Path) -> Workspace {
        let target = |name: &str, kind: &str| Target {
            name: name.to_owned(),
            kind: kind.to_owned(),
            file: String::new(),
            test: true,
            doctest: false,
            doc: true,
            conditional: false,
        };
        let member = Member {
            name: "my-app".to_owned(),
            id: String::new(),
            version: "0.1.0".to_owned(),
            dir: String::new(),
            targets: vec![target("my-app", "bin")],
            publish: true,
            ..Member::default()
        };
        Workspace {
            root: root.to_owned(),
            target_dir: root.join("target"),
            members: vec![member],
        }
    }

    fn found(finder: Finder<'_>, base: &Path) -> (Vec<String>, Vec<String>) {
        let read = finder.finish();
        let shown = |path: &PathBuf| {
            path.strip_prefix(base)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/")
        };
        (
            read.files.iter().map(shown).collect(),
            read.variables.into_iter().collect(),
        )
    }

    /// Whatever layout the target directory has.
    #[test]
    fn dep_info_is_found_beside_the_artifacts() {
        let dep = |variable: &str| {
            format!(
                "x: src/main.rs ../outside.txt target/debug/build/my-app-2/out/gen.rs\n# env-dep:{variable}=1\n# env-dep:OUT_DIR=/x\n"
            )
        };
        let table: [(&str, &str); 6] = [
            (
                "target/debug/deps/libmy_app-0123456789abcdef.rmeta",
                "target/debug/deps/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/deps/my_app-0123456789abcdef",
                "target/debug/deps/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/my-app",
                "target/debug/deps/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/build/my-app-1/build-script-build",
                "target/debug/build/my-app-1/build_script_build-1.d",
            ),
            (
                "target/debug/build/my-app/12/out/libmy_app-0123456789abcdef.rmeta",
                "target/debug/build/my-app/12/out/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/my-app",
                "target/debug/build/my-app/12/out/my_app.d",
            ),
        ];
        for (artifact, info) in table {
            let scratch = Scratch::new();
            let root = scratch.path().join("ws");
            scratch.write(&format!("ws/{info}"), dep("FOO"));
            scratch.write("ws/target/debug/deps/other-0123456789abcdef.d", dep("BAR"));
            let workspace = workspace(&root);
            let mut finder = Finder {
                workspace: &workspace,
                read: Read::default(),
                is_clippy: false,
            };
            finder.artifact(&root.join(artifact), &root);
            let expected = (
                vec!["outside.txt".to_owned(), "ws/src/main.rs".to_owned()],
                vec!["FOO".to_owned()],
            );
            assert_eq!(found(finder, scratch.path()), expected, "{artifact}");
            let mut finder = Finder {
                workspace: &workspace,
                read: Read::default(),
                is_clippy: false,
            };
            finder.target_dir();
            assert_eq!(
                found(finder, scratch.path()),
                expected,
                "{info} by the name of the target"
            );
        }
    }

    #[test]
    fn only_output_of_build_scripts_is_generated() {
        for (file, expected) in [
            ("/t/debug/build/a-1/out/x.rs", true),
            ("/t/x/debug/build/a/1/out/deep/x.rs", true),
            ("/t/debug/x.rs", false),
            ("/t/out/build/x.rs", false),
            ("/s/build/a/out/x.rs", false),
        ] {
            assert_eq!(
                is_generated(Path::new("/t"), Path::new(file)),
                expected,
                "{file}"
            );
        }
    }

    #[test]
    fn sources_name_the_files_that_they_include() {
        let scratch = Scratch::with(&[
            (
                "ws/src/lib.rs",
                "#[cfg(doctest)] #[doc = include_str!(\"../../README.md\")] struct Doc;",
            ),
            (
                "README.md",
                "include_str!(\"data\"); env!(\"VARIABLE\"); env!(\"CARGO_PKG_NAME\")",
            ),
            ("data", "1"),
            ("ws/notes.txt", "include_str!(\"x\")"),
        ]);
        let files = ["notes.txt", "src/gone.rs", "src/lib.rs"].map(str::to_owned);
        let workspace = workspace(&scratch.path().join("ws"));
        let found = &mentioned(&workspace, &files)[&workspace.root];
        let files = ["README.md", "data", "ws/src/data"].map(|name| scratch.path().join(name));
        assert_eq!(found.files, BTreeSet::from(files));
        assert_eq!(found.variables, BTreeSet::from(["VARIABLE".to_owned()]));
    }
}
