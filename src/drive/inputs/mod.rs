//! Finds the files and variables that a step's build read, from the files that cargo and rustc left behind.
//!
//! | module | reads |
//! |---|---|
//! | `rustc` | dep-info, which rustc writes for each unit that it compiles |
//! | `build_script` | the instructions that a build script printed |
//! | `registry` | packages that the lockfile pins: their files are not inputs of a step, but changes make their units outdated |
//! | `linked` | arguments of the linker |
//! | `mentioned`, `documented` | the sources, for what rustdoc reads |
//!
//! Cargo's messages, in the transcript of the step, name the units. Files in the output directories of build scripts are
//! generated and left out.

mod build_script;
pub(crate) mod documented;
pub mod linked;
mod mentioned;
mod registry;
mod rustc;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

pub use self::build_script::ScriptInputs;
pub use self::mentioned::{Mentioned, SourceUses, mentioned};
pub use self::registry::PinnedPackage;
use self::rustc::rivals;
use super::copied;
use super::target_dir::{self, is_dep_info, read_text, stem};
use super::transcript;
use crate::decode::built::{self, Built, Dependencies};
use crate::event::{Event, FileCounts};
use crate::plan::{Action, Database, Step, Stream};
use crate::probe::{normalize, resolve};
use crate::store;
use crate::workspace::{Member, Workspace};

/// The inputs of a step's build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildInputs {
    /// Absolute paths without `..`. A directory includes everything below it.
    pub files: BTreeSet<PathBuf>,
    /// Those of `files` that were compiled.
    pub compiled: BTreeSet<PathBuf>,
    /// Names of environment variables.
    pub variables: BTreeSet<String>,
    /// Directories of the packages that are neither from a registry nor from git.
    pub packages: BTreeSet<PathBuf>,
    /// Files to which cargo wrote the output of the build scripts of these packages.
    pub scripts: BTreeSet<PathBuf>,
    /// The units that cargo named, by a file that is written in each build of the unit.
    pub units: BTreeMap<PathBuf, UnitInputs>,
}

/// The inputs of one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitInputs {
    /// What selects the package: its name, or `NAME@VERSION` of one from a registry.
    pub package: String,
    /// Directory of the package.
    pub dir: PathBuf,
    /// What cargo does for the unit.
    pub kind: UnitKind,
    /// The package, if it is from a registry or from git.
    pub pinned: Option<PinnedPackage>,
    /// Files and directories whose times cargo compares.
    pub files: BTreeSet<PathBuf>,
    /// What affects the result and cargo does not watch.
    pub unwatched: BTreeSet<Unwatched>,
    /// The sources and texts that rustdoc reads. Cargo watches the newest file of the package instead.
    pub documented: BTreeSet<PathBuf>,
    /// The other places of the modules that were compiled, `x.rs` for `x/mod.rs`. rustc refuses a module with two files,
    /// but cargo does not watch the place where there was none.
    pub rivals: BTreeSet<PathBuf>,
    /// The target directory in which it was built, if that is not the present one.
    pub elsewhere: Option<PathBuf>,
    /// Whether cargo reported that it used an earlier build.
    pub is_fresh: bool,
    /// Whether cargo reported the unit although it was not compiled; see
    /// [`crate::event::Uncompiled`].
    pub uncompiled: bool,
}

/// What cargo does for a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// It compiles a crate.
    Compiled {
        /// Whether a linker wrote the artifact.
        is_linked: bool,
        /// Whether the artifact has machine code. A library then contains the static libraries that it names.
        has_code: bool,
    },
    /// It documents a crate.
    Documented,
    /// It runs a build script.
    Script(ScriptInputs),
}

/// An input that affects the result of a unit and that cargo does not watch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unwatched {
    /// The content of a file.
    File(PathBuf),
    /// The value of an environment variable.
    Variable(String),
    /// Another value, after the name by which people know it.
    Value(String, String),
}

impl Default for UnitKind {
    fn default() -> Self {
        Self::Compiled {
            is_linked: false,
            has_code: false,
        }
    }
}

impl UnitInputs {
    /// Returns the directory of the package if cargo compares the newest time of its files.
    pub fn watched_package(&self) -> Option<&Path> {
        let is_watched = self.kind == UnitKind::Documented || self.is_undeclared_script();
        is_watched.then_some(&*self.dir)
    }

    /// Returns the files that are read when the unit is built, and the directory of the package if its build script may read
    /// any file there.
    pub fn read_files(&self) -> impl Iterator<Item = &Path> {
        let unwatched = self.unwatched.iter().filter_map(|input| match input {
            Unwatched::File(file) => Some(file),
            Unwatched::Variable(_) | Unwatched::Value(..) => None,
        });
        let package = Some(&self.dir).filter(|_| self.is_undeclared_script());
        let files = self.files.iter().chain(&self.documented);
        files.chain(unwatched).chain(package).map(PathBuf::as_path)
    }

    /// Returns whether this is the execution of a build script that depends on every file of its package.
    pub fn is_undeclared_script(&self) -> bool {
        matches!(&self.kind, UnitKind::Script(script) if script.is_undeclared)
    }

    /// Returns whether cargo compiles or documents a crate of a local package.
    pub fn is_local_crate(&self) -> bool {
        self.pinned.is_none() && !matches!(self.kind, UnitKind::Script(_))
    }

    /// Returns whether the artifact has machine code.
    pub fn has_code(&self) -> bool {
        matches!(self.kind, UnitKind::Compiled { has_code: true, .. })
    }

    /// Returns whether a linker wrote the artifact.
    pub fn is_linked(&self) -> bool {
        matches!(
            self.kind,
            UnitKind::Compiled {
                is_linked: true,
                ..
            }
        )
    }
}

impl BuildInputs {
    /// Adds the inputs of another step.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
        self.compiled.extend(other.compiled);
        self.variables.extend(other.variables);
        self.packages.extend(other.packages);
        self.scripts.extend(other.scripts);
        self.units.extend(other.units);
    }
}

/// Returns the inputs of a step's build. `logs` contains the transcript of the step.
pub fn of_step(step: &Step, logs: &Path, workspace: &Workspace) -> BuildInputs {
    let command = match &step.action {
        Action::Command(command) => command,
        Action::Read(files) => {
            let heads = files.database.iter().flat_map(Database::heads);
            let paths = files.paths.iter().cloned().chain(heads);
            let mut read = BuildInputs::default();
            let named = paths.map(|path| resolve(&workspace.root, path));
            read.files.extend(named);
            if files.sources {
                read.files
                    .extend(scanned_files(step, logs, &workspace.root));
            }
            return read;
        }
        Action::Scan => {
            return BuildInputs {
                files: scanned_files(step, logs, &workspace.root),
                ..BuildInputs::default()
            };
        }
        Action::Lint(_) => return BuildInputs::default(),
    };
    let log = transcript::stem(logs, &step.id);
    let copied = step.copy.as_ref().map(|_| copied::description(workspace));
    let mut finder = InputFinder::new(copied.as_ref().unwrap_or(workspace));
    match command.stream {
        Stream::Cargo | Stream::CargoTest | Stream::CargoBench | Stream::NextestWithMessages => {
            finder.read_messages(&transcript::with(&log, "stdout"));
            finder.mark_uncompiled(&transcript::with(&log, "events"));
        }
        // Before 0.9.123, nextest does not pass on cargo's messages.
        Stream::Nextest => finder.read_target_dir(),
        Stream::FmtList => finder.read_formatted(&transcript::with(&log, "stdout")),
        Stream::Text => {}
    }
    match &copied {
        Some(_) => inputs_of_original(finder.finish(), workspace),
        None => finder.finish(),
    }
}

/// Returns the inputs of a build of the copy as those of the workspace. Nothing that it built is left, so there are no
/// units that can be outdated.
fn inputs_of_original(read: BuildInputs, workspace: &Workspace) -> BuildInputs {
    let dir = store::copy_dir(&workspace.root);
    let above = workspace.root.parent().unwrap_or(&workspace.root);
    let original = |path: PathBuf| match path.strip_prefix(&dir) {
        Ok(below) => above.join(below),
        Err(_) => path,
    };
    BuildInputs {
        files: read.files.into_iter().map(original).collect(),
        compiled: read.compiled.into_iter().map(original).collect(),
        packages: read.packages.into_iter().map(original).collect(),
        variables: read.variables,
        ..BuildInputs::default()
    }
}

/// Returns the files in which a step counted something, and those that it would have read if they existed.
fn scanned_files(step: &Step, logs: &Path, root: &Path) -> BTreeSet<PathBuf> {
    let events = transcript::with(&transcript::stem(logs, &step.id), "events");
    let text = read_text(&events).unwrap_or_default();
    let files = text
        .lines()
        .filter_map(|line| match serde_json::from_str(line) {
            Ok(Event::Counted(FileCounts { file, .. }) | Event::Watched { file }) => {
                Some(normalize(root, &file))
            }
            _ => None,
        });
    files.collect()
}

fn not_set_by_cargo(variables: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    variables
        .into_iter()
        .filter(|name| !built::is_set_by_cargo(name))
}

/// Collects the inputs of a step's build.
struct InputFinder<'a> {
    workspace: &'a Workspace,
    read: BuildInputs,
    /// Whether cargo used an earlier build of the unit whose artifacts are being read.
    is_fresh: bool,
    /// Directories of the packages, by id.
    directories: BTreeMap<String, PathBuf>,
    /// Executables of the build scripts, by the directory of the package.
    script_programs: BTreeMap<PathBuf, PathBuf>,
    /// Files that the build scripts of packages pass to the linker, by the directory of the package.
    linked: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl<'a> InputFinder<'a> {
    fn new(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            read: BuildInputs::default(),
            is_fresh: false,
            directories: BTreeMap::new(),
            script_programs: BTreeMap::new(),
            linked: BTreeMap::new(),
        }
    }

    /// Reads cargo's messages up to the end of the build.
    fn read_messages(&mut self, stdout: &Path) {
        let Ok(file) = File::open(stdout) else { return };
        // A procedural macro may print any bytes between cargo's messages.
        for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
            match Built::read(&String::from_utf8_lossy(&line)) {
                Some(Built::CompilerArtifact {
                    package_id,
                    manifest_path,
                    filenames,
                    fresh,
                }) => {
                    self.is_fresh = fresh;
                    let manifest = Path::new(&manifest_path);
                    let package = manifest.parent().unwrap_or(Path::new("")).to_owned();
                    self.directories.insert(package_id.clone(), package.clone());
                    for name in filenames.iter().map(Path::new) {
                        match registry::is_local(&package_id) {
                            true if documented::is_page(name) => self.read_page(name, &package),
                            true => self.read_artifact(name, &package),
                            false => self.read_pinned_artifact(name, &package, &package_id),
                        }
                        if stem(name).starts_with("build-script-") {
                            self.script_programs
                                .insert(package.clone(), name.to_owned());
                        }
                    }
                    if registry::is_local(&package_id) {
                        self.read.packages.insert(package);
                    }
                }
                Some(Built::BuildScriptExecuted {
                    package_id,
                    out_dir,
                    env,
                }) => {
                    // Cargo built the script before it ran it.
                    let Some(package) = self.directories.get(&package_id).cloned() else {
                        continue;
                    };
                    if !registry::is_local(&package_id) {
                        self.read_pinned_script(Path::new(&out_dir), &package, &package_id);
                        continue;
                    }
                    // These variables are set by the build script and not by the user.
                    for (name, _) in &env {
                        self.read.variables.remove(name);
                    }
                    self.read_build_script(Path::new(&out_dir), &package);
                }
                Some(Built::BuildFinished {}) => break,
                _ => {}
            }
        }
    }

    /// Marks the units that were reported as not compiled.
    fn mark_uncompiled(&mut self, events: &Path) {
        let text = read_text(events).unwrap_or_default();
        for line in text.lines() {
            if let Ok(Event::Uncompiled(found)) = serde_json::from_str(line)
                && let Some(unit) = self
                    .read
                    .units
                    .get_mut(&normalize(&self.workspace.root, &found.file))
            {
                unit.uncompiled = true;
            }
        }
    }

    /// Reads the files that rustfmt names with `-v`: the formatted files and their configuration.
    fn read_formatted(&mut self, stdout: &Path) {
        let text = read_text(stdout).unwrap_or_default();
        for line in text.lines() {
            let config = line.strip_prefix("Using rustfmt config file ");
            let config = config.and_then(|rest| rest.split_once(" for "));
            let file = line
                .strip_prefix("Formatting ")
                .or(config.map(|(file, _)| file));
            if let Some(file) = file {
                self.read.files.insert(resolve(&self.workspace.root, file));
            }
        }
    }

    /// Reads the dep-info of every unit of the members in the target directory.
    ///
    /// Units of older builds are included. Unnecessary inputs can only cause an unnecessary
    /// measurement.
    fn read_target_dir(&mut self) {
        let members = self.workspace.members.iter();
        let crates: BTreeSet<String> = members
            .flat_map(|member| &member.targets)
            .map(|target| target.name.replace('-', "_"))
            .collect();
        let root = self.workspace.root.clone();
        for path in target_dir::dep_info_files(&self.workspace.target_dir) {
            let stem = stem(&path);
            let name = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name);
            if crates.contains(name) || name == "build_script_build" {
                self.read_dep_info(&path, &root);
            }
        }
        let is_member = |name: &str| self.workspace.members.iter().any(|one| one.name == name);
        let scripts = target_dir::build_script_outputs(&self.workspace.target_dir);
        let of_members = scripts.into_iter().filter(|(package, _)| {
            let name = package.file_name().unwrap_or_default().to_string_lossy();
            is_member(target_dir::without_hash(&name))
        });
        let outputs = of_members.map(|(_, output)| output);
        self.read.scripts.extend(outputs);
    }

    /// Returns the directory that paths in the dep-info of a package are relative to.
    fn base_of(&self, package: &Path) -> PathBuf {
        // Cargo starts rustc in the root of the workspace for packages below it, and in the
        // directory of the package for others.
        if package.starts_with(&self.workspace.root) {
            self.workspace.root.clone()
        } else {
            package.to_owned()
        }
    }

    /// Returns the path of a file that was read in the directory `base`; see [`resolve`].
    fn resolve(&self, base: &Path, path: &str) -> PathBuf {
        resolve(&self.workspace.root, base.join(path))
    }

    /// Returns the member in a directory.
    fn member(&self, dir: &Path) -> Option<&Member> {
        let root = &self.workspace.root;
        let mut members = self.workspace.members.iter();
        members.find(|member| normalize(root, &member.dir) == dir)
    }

    /// Returns the name of the package in a directory. Packages outside of the workspace are
    /// assumed to be named after it.
    fn package_name(&self, dir: &Path) -> String {
        self.member(dir).map_or_else(
            || {
                dir.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            },
            |member| member.name.clone(),
        )
    }

    /// Adds a unit of a local package. `written` is a file that is written in each build of the unit.
    fn add_unit(&mut self, written: PathBuf, mut unit: UnitInputs) {
        let root = &self.workspace.root;
        let member = self.member(&unit.dir);
        let targets = member.iter().flat_map(|member| &member.targets);
        let name = crate_name(&written);
        let named = targets.filter(|target| target.name.replace('-', "_") == name);
        let own: BTreeSet<PathBuf> = named.map(|target| normalize(root, &target.file)).collect();
        unit.package = self.package_name(&unit.dir);
        unit.rivals = rivals(unit.files.difference(&own));
        unit.elsewhere = self.elsewhere(&written, &unit);
        unit.is_fresh = self.is_fresh;
        if let Some(known) = self.read.units.get(&written) {
            unit.add_artifact(known);
        }
        // Packages that depend on this one are linked again if this one is built again.
        if let Some(files) = self.linked.get(&unit.dir).filter(|_| unit.has_code()) {
            let existing = files.iter().filter(|file| file.exists()).cloned();
            self.read.files.extend(existing);
            let files = files.iter().cloned();
            unit.unwatched.extend(files.map(Unwatched::File));
        }
        self.read.units.insert(written, unit);
    }

    /// Returns the target directory that dep-info names, if the unit was built in another one.
    fn elsewhere(&self, written: &Path, unit: &UnitInputs) -> Option<PathBuf> {
        let text = read_text(written).filter(|_| is_dep_info(written))?;
        let output = self.resolve(&self.base_of(&unit.dir), &built::dep_info_output(&text)?);
        other_target_dir(
            output.parent()?,
            written.parent()?,
            &self.workspace.target_dir,
        )
    }

    fn add(&mut self, named: Dependencies, base: &Path) {
        let files: Vec<PathBuf> = named
            .files
            .iter()
            .map(|file| self.resolve(base, file))
            .collect();
        self.read.files.extend(files);
        self.read
            .variables
            .extend(not_set_by_cargo(named.variables));
    }

    /// Returns the inputs without generated files.
    fn finish(mut self) -> BuildInputs {
        let target_dir = &self.workspace.target_dir;
        for (output, unit) in &mut self.read.units {
            if let (UnitKind::Script(script), Some(out_dir)) =
                (&mut unit.kind, target_dir::out_dir(output))
            {
                let compiled = self.read.compiled.iter();
                let generated = compiled.filter(|file| file.starts_with(&out_dir));
                script.generated = generated.cloned().collect();
            }
        }
        let sets = [&mut self.read.files, &mut self.read.compiled].into_iter();
        let units = self.read.units.values_mut().map(|unit| &mut unit.files);
        for files in sets.chain(units) {
            files.retain(|file| !is_generated(target_dir, file));
        }
        self.read
    }
}

/// Returns the target directory in which output was written to the directory `written`, if its present directory is another
/// one. Returns `written` if it does not lie in a target directory in the same place as `present`.
fn other_target_dir(written: &Path, present: &Path, target_dir: &Path) -> Option<PathBuf> {
    let is_same = written == present
        || matches!(
            (written.canonicalize(), present.canonicalize()),
            (Ok(written), Ok(present)) if written == present
        );
    if is_same {
        return None;
    }
    let below = present.strip_prefix(target_dir).ok();
    let depth = below
        .filter(|below| written.ends_with(below))
        .map_or(0, |below| below.components().count());
    written.ancestors().nth(depth).map(Path::to_owned)
}

/// Returns whether a file is in the output directory of a build script, `build/../out` below the
/// target directory, or in `package/`, where `cargo package` unpacks copies of the sources.
fn is_generated(target_dir: &Path, file: &Path) -> bool {
    let Ok(below) = file.strip_prefix(target_dir) else {
        return false;
    };
    if below.starts_with("package") {
        return true;
    }
    let mut parts = below.components().map(Component::as_os_str);
    parts.any(|part| part == "build") && parts.any(|part| part == "out")
}

/// Returns the name of the crate whose unit writes a file: its dep-info, or the page of its documentation.
fn crate_name(written: &Path) -> String {
    if documented::is_page(written) {
        let directory = written.parent().and_then(Path::file_name);
        return directory.unwrap_or_default().to_string_lossy().into_owned();
    }
    target_dir::without_hash(&stem(written)).to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::tests::Scratch;
    use crate::workspace::Target;

    pub(super) fn workspace(root: &Path) -> Workspace {
        let target = |name: &str, kind: &str| Target {
            name: name.to_owned(),
            kind: kind.to_owned(),
            test: true,
            doc: true,
            ..Target::default()
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
            build_dir: None,
            members: vec![member],
        }
    }

    #[test]
    fn output_of_build_scripts_and_unpacked_packages_are_generated() {
        for (file, expected) in [
            ("/t/debug/build/a-1/out/x.rs", true),
            ("/t/x/debug/build/a/1/out/deep/x.rs", true),
            ("/t/package/a-0.1.0/src/lib.rs", true),
            ("/t/debug/x.rs", false),
            ("/t/debug/package/x.rs", false),
            ("/s/package/a-0.1.0/src/lib.rs", false),
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
    fn directory_of_a_moved_target_directory_is_named() {
        let scratch = Scratch::with(&[("ws/target/debug/deps/a", "")]);
        let target = scratch.path().join("ws/target");
        let deps = target.join("debug/deps");
        for (written, expected) in [
            (deps.clone(), None),
            (scratch.path().join("ws/../ws/target/debug/deps"), None),
            (PathBuf::from("/old/target/debug/deps"), Some("/old/target")),
            (PathBuf::from("/old/deps"), Some("/old/deps")),
        ] {
            let found = other_target_dir(&written, &deps, &target);
            assert_eq!(found, expected.map(PathBuf::from), "{written:?}");
        }
    }

    #[test]
    fn inputs_of_the_copy_are_those_of_the_workspace() {
        let workspace = Workspace {
            root: "/ws/app".into(),
            ..Workspace::default()
        };
        let paths = [
            "/ws/app/.campaign/index/copy/app/src/lib.rs",
            "/ws/app/.campaign/index/copy/side/src/lib.rs",
            "/etc/x",
        ];
        let read = BuildInputs {
            files: paths.map(PathBuf::from).into(),
            ..BuildInputs::default()
        };
        let files = inputs_of_original(read, &workspace).files;
        let expected = ["/etc/x", "/ws/app/src/lib.rs", "/ws/side/src/lib.rs"];
        assert_eq!(files, expected.map(PathBuf::from).into());
    }
}
