//! Finds the files and variables that a step's build read, from what cargo and rustc left behind.
//!
//! Cargo's messages come from the step's transcript; dep-info and the output of build scripts from the target directory.
//! Both of cargo's layouts are known: `deps/NAME-HASH.d` with `build/PACKAGE-HASH/output`, and `build/PACKAGE/HASH/out/NAME.d`
//! with `build/PACKAGE/HASH/run/stdout`. Files below the target directory are generated and left out, and so are packages
//! from registries and git, which the lockfile pins.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use super::transcript::{stem, with};
use crate::decode::built::{self, Built, Include, Named};
use crate::plan::{Action, Step, Stream};
use crate::store;
use crate::workspace::Workspace;

/// Dep-info and build script output beyond this size are not read.
const LIMIT: u64 = 16 << 20;

/// What a step's build read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Absolute paths without `..`. A directory stands for all that lies below it.
    pub files: BTreeSet<PathBuf>,
    /// Environment variables.
    pub variables: BTreeSet<String>,
    /// Directories of packages in the file system that lie outside the workspace's root.
    pub packages: BTreeSet<PathBuf>,
    /// The files of each unit that cargo named, by the unit's dep-info file, which rustc writes anew with every build.
    pub units: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Read {
    /// Adds what another step read.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
        self.variables.extend(other.variables);
        self.packages.extend(other.packages);
        self.units.extend(other.units);
    }
}

/// Finds what the build of a step read. `logs` holds the step's transcript.
pub fn of_step(step: &Step, logs: &Path, workspace: &Workspace) -> Read {
    let Action::Command(command) = &step.action else { return Read::default() };
    let mut finder = Finder { workspace, read: Read::default(), generated: BTreeSet::new() };
    match command.stream {
        Stream::Cargo | Stream::CargoTest | Stream::CargoBench => {
            finder.messages(&with(&stem(logs, &step.id), "stdout"))
        }
        // nextest passes none of cargo's messages on.
        Stream::Nextest => finder.target_dir(),
        Stream::FmtList | Stream::Figures => {}
    }
    finder.finish()
}

/// Finds the files that the sources themselves include by a literal path. `files` are relative to `root`.
pub fn included(workspace: &Workspace, files: &[String]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let path = workspace.root.join(file);
        let Some(text) = read_text(&path).filter(|text| text.contains("include")) else { continue };
        let package = workspace.owner(file).map_or("", |member| member.dir.as_str());
        for include in built::includes(&text) {
            found.insert(match include {
                Include::BesideSource(name) => resolved(&path, &format!("../{name}")),
                Include::BesideManifest(name) => resolved(&workspace.root.join(package), &name),
            });
        }
    }
    found
}

struct Finder<'a> {
    workspace: &'a Workspace,
    read: Read,
    /// Output directories of build scripts.
    generated: BTreeSet<PathBuf>,
}

impl Finder<'_> {
    /// Follows cargo's messages up to the end of the build.
    fn messages(&mut self, stdout: &Path) {
        let Ok(file) = File::open(stdout) else { return };
        for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
            match Built::read(&String::from_utf8_lossy(&line)) {
                Some(Built::CompilerArtifact { package_id, manifest_path, filenames }) if is_local(&package_id) => {
                    let package = Path::new(&manifest_path).parent().unwrap_or(Path::new("")).to_owned();
                    filenames.iter().for_each(|name| self.artifact(Path::new(name), &package));
                    if !package.starts_with(&self.workspace.root) {
                        self.read.packages.insert(package);
                    }
                }
                Some(Built::BuildScriptExecuted { package_id, out_dir, env }) if is_local(&package_id) => {
                    let set: BTreeSet<&str> = env.iter().map(|(name, _)| name.as_str()).collect();
                    self.read.variables.retain(|name| !set.contains(name.as_str()));
                    self.build_script(Path::new(&out_dir), &package_id);
                    self.generated.insert(PathBuf::from(out_dir));
                }
                Some(Built::BuildFinished {}) => break,
                _ => {}
            }
        }
    }

    /// Reads the dep-info of every unit of the members in the target directory, also of older builds: too many inputs can
    /// only cause a measurement too many.
    fn target_dir(&mut self) {
        let targets = self.workspace.members.iter().flat_map(|member| &member.targets);
        let names: BTreeSet<String> = targets.map(|target| target.name.replace('-', "_")).collect();
        let is_member = |path: &Path| {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let name = stem.rsplit_once('-').map_or(stem.as_str(), |(name, _)| name);
            names.contains(name) || name == "build_script_build"
        };
        let root = self.workspace.root.clone();
        for path in dep_info_files(&self.workspace.target_dir).iter().filter(|path| is_member(path)) {
            self.dep_info(path, &root);
        }
    }

    /// Reads the dep-info beside an artifact.
    fn artifact(&mut self, artifact: &Path, package: &Path) {
        let Some(dir) = artifact.parent() else { return };
        let base =
            if package.starts_with(&self.workspace.root) { self.workspace.root.clone() } else { package.to_owned() };
        let name = artifact.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = name.strip_prefix("lib").unwrap_or(&name);
        let is_unit = plain.rsplit_once('-').is_some_and(|(_, hash)| is_hash(hash));
        for name in BTreeSet::from([name.as_str(), plain, &plain.replace('-', "_")]) {
            let path = dir.join(format!("{name}.d"));
            let files = self.dep_info(&path, &base);
            if is_unit && !files.is_empty() {
                self.read.units.insert(path, files);
            }
        }
        if is_unit {
            return;
        }
        // Cargo copies binaries out of the directory they were built in, and only the dep-info there names variables. Build
        // scripts lie under another name than their dep-info. The hash is not known, so older units are read as well.
        let (same, unit) = (plain.replace('-', "_"), format!("{}-", plain.replace('-', "_")));
        let dirs = [dir.to_owned(), dir.join("deps")];
        for path in dirs.iter().flat_map(|dir| entries(dir)).filter(|path| path.extension().is_some_and(|e| e == "d")) {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            if stem == same || stem.strip_prefix(&unit).is_some_and(|hash| !hash.contains('-')) {
                self.dep_info(&path, &base);
            }
        }
        let package_name = package.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for name in BTreeSet::from([plain, &package_name]) {
            for unit in entries(&dir.join("build").join(name)) {
                self.dep_info(&unit.join("out").join(format!("{same}.d")), &base);
            }
        }
    }

    /// Adds what a dep-info file names; returns the files.
    fn dep_info(&mut self, path: &Path, base: &Path) -> BTreeSet<PathBuf> {
        let Some(text) = read_text(path) else { return BTreeSet::new() };
        let named = built::dep_info(&text);
        let files = named.files.iter().map(|file| resolved(base, file)).collect();
        self.add(named, base);
        files
    }

    /// Reads what a build script said, which lies beside its `OUT_DIR`.
    fn build_script(&mut self, out_dir: &Path, package_id: &str) {
        let package = package_id.strip_prefix("path+file://").unwrap_or_default();
        let package = PathBuf::from(package.split('#').next().unwrap_or_default());
        let Some(dir) = out_dir.parent() else { return };
        for output in [dir.join("output"), dir.join("run").join("stdout")] {
            if let Some(text) = read_text(&output) {
                self.add(built::build_script(&text), &package);
            }
        }
    }

    fn add(&mut self, named: Named, base: &Path) {
        self.read.files.extend(named.files.iter().map(|file| resolved(base, file)));
        let variables = named.variables.into_iter().filter(|name| !built::is_set_by_cargo(name));
        self.read.variables.extend(variables);
    }

    fn finish(mut self) -> Read {
        let (target_dir, generated) = (&self.workspace.target_dir, &self.generated);
        let is_generated =
            |file: &PathBuf| file.starts_with(target_dir) || generated.iter().any(|dir| file.starts_with(dir));
        self.read.files.retain(|file| !is_generated(file));
        self.read.units.values_mut().for_each(|files| files.retain(|file| !is_generated(file)));
        self.read
    }
}

/// As cargo ends the names of units with.
fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A package in the file system, not from a registry or from git.
fn is_local(package_id: &str) -> bool {
    package_id.starts_with("path+file:") || package_id.contains("(path+file:")
}

/// The dep-info files in a target directory, in either layout.
fn dep_info_files(target_dir: &Path) -> Vec<PathBuf> {
    let profiles = entries(target_dir).into_iter().flat_map(|dir| [entries(&dir), vec![dir]].concat());
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

fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The text of a regular file that is not too large.
fn read_text(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&store::read_file(path, LIMIT).ok()?).into_owned())
}

/// A path without `.` and `..`. Links are not followed: rustc names files as the sources do.
fn resolved(base: &Path, path: &str) -> PathBuf {
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
        };
        Workspace { root: root.to_owned(), target_dir: root.join("target"), members: vec![member] }
    }

    fn found(finder: Finder<'_>, base: &Path) -> (Vec<String>, Vec<String>) {
        let read = finder.finish();
        let shown = |path: &PathBuf| path.strip_prefix(base).unwrap().to_string_lossy().replace('\\', "/");
        (read.files.iter().map(shown).collect(), read.variables.into_iter().collect())
    }

    /// Whatever layout the target directory has.
    #[test]
    fn dep_info_is_found_beside_the_artifacts() {
        let dep = |variable: &str| {
            format!("x: src/main.rs ../outside.txt target/gen.rs\n# env-dep:{variable}=1\n# env-dep:OUT_DIR=/x\n")
        };
        let table: [(&str, &str); 6] = [
            ("target/debug/deps/libmy_app-0123456789abcdef.rmeta", "target/debug/deps/my_app-0123456789abcdef.d"),
            ("target/debug/deps/my_app-0123456789abcdef", "target/debug/deps/my_app-0123456789abcdef.d"),
            ("target/debug/my-app", "target/debug/deps/my_app-0123456789abcdef.d"),
            ("target/debug/build/my-app-1/build-script-build", "target/debug/build/my-app-1/build_script_build-1.d"),
            (
                "target/debug/build/my-app/12/out/libmy_app-0123456789abcdef.rmeta",
                "target/debug/build/my-app/12/out/my_app-0123456789abcdef.d",
            ),
            ("target/debug/my-app", "target/debug/build/my-app/12/out/my_app.d"),
        ];
        for (artifact, info) in table {
            let scratch = Scratch::new();
            let root = scratch.path().join("ws");
            scratch.write(&format!("ws/{info}"), dep("FOO"));
            scratch.write("ws/target/debug/deps/other-0123456789abcdef.d", dep("BAR"));
            let workspace = workspace(&root);
            let mut finder = Finder { workspace: &workspace, read: Read::default(), generated: BTreeSet::new() };
            finder.artifact(&root.join(artifact), &root);
            let expected = (vec!["outside.txt".to_owned(), "ws/src/main.rs".to_owned()], vec!["FOO".to_owned()]);
            assert_eq!(found(finder, scratch.path()), expected, "{artifact}");
            let mut finder = Finder { workspace: &workspace, read: Read::default(), generated: BTreeSet::new() };
            finder.target_dir();
            assert_eq!(found(finder, scratch.path()), expected, "{info} by the name of the target");
        }
    }

    #[test]
    fn sources_name_the_files_that_they_include() {
        let scratch = Scratch::with(&[
            ("ws/src/lib.rs", "#[cfg(doctest)] #[doc = include_str!(\"../../README.md\")] struct Doc;"),
            ("ws/notes.txt", "include_str!(\"x\")"),
        ]);
        let files = ["notes.txt", "src/gone.rs", "src/lib.rs"].map(str::to_owned);
        let workspace = workspace(&scratch.path().join("ws"));
        assert_eq!(included(&workspace, &files), BTreeSet::from([scratch.path().join("README.md")]));
    }
}
