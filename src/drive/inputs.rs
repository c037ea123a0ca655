//! Finds the files and variables that a step's build read, from the files that cargo and rustc left
//! behind.
//!
//! Cargo's messages are read from the transcript of the step; dep-info and the output of build
//! scripts from the target directory. Files in the output directories of build scripts are
//! generated and left out. Packages from registries and git are pinned by the lockfile: their files
//! are no inputs of a step, but changes of these files make their units outdated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use super::target_dir::{self, is_dep_info, read_text, stem, unit_hash};
use super::{link_files, transcript};
use crate::collector::{self, Influence};
use crate::decode::built::{self, Built, Dependencies};
use crate::decode::linking;
use crate::decode::source::mentions::{self, Include, IncludePath, Mentions, SourceReader, Usage};
use crate::event::Event;
use crate::plan::{Action, Database, Step, Stream, quote};
use crate::probe::{entries, normalize, relative};
use crate::relative_path;
use crate::workspace::{Member, Target, Workspace};

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
    /// Files and directories whose times cargo compares.
    pub files: BTreeSet<PathBuf>,
    /// Files that affect the result and that cargo does not watch.
    pub unwatched: BTreeSet<PathBuf>,
    /// Variables that affect the result and that cargo does not watch.
    pub variables: BTreeSet<String>,
    /// The compiler, wrappers and rustdoc that the configuration names in place of those of the toolchain.
    pub programs: BTreeSet<String>,
    /// Values of other settings that affect the result and that cargo does not watch, by name.
    pub settings: BTreeMap<&'static str, String>,
    /// Whether a linker wrote the artifact.
    pub is_linked: bool,
    /// Whether the artifact has machine code. A library then contains the static libraries that it names.
    pub has_code: bool,
    /// Directory of the package, if cargo compares the newest time of its files.
    pub package: Option<PathBuf>,
    /// Whether this is the output of a build script that depends on every file of its package.
    pub is_undeclared_script: bool,
    /// The target directory in which it was built, if that is not the present one.
    pub elsewhere: Option<PathBuf>,
    /// Whether cargo reported that it used an earlier build.
    pub is_fresh: bool,
    /// The package, if it is from a registry or from git.
    pub pinned: Option<PinnedPackage>,
    /// Manifest of the package, if the result depends on keys that cargo does not watch.
    pub manifest: Option<PathBuf>,
    /// The sources and texts that rustdoc reads. Cargo watches the newest file of the package instead.
    pub documented: BTreeSet<PathBuf>,
    /// The other places of the modules that were compiled, `x.rs` for `x/mod.rs`. rustc refuses a module with two files,
    /// but cargo does not watch the place where there was none.
    pub rivals: BTreeSet<PathBuf>,
    /// Set if the unit is the execution of a build script.
    pub script: Option<ScriptInputs>,
    /// Whether cargo reported the unit although it was not compiled; see
    /// [`crate::event::Uncompiled`].
    pub uncompiled: bool,
    /// Root files of the package's crates. Cargo builds the unit again if one of them is touched.
    pub roots: BTreeSet<PathBuf>,
}

/// A package from a registry or from git, whose files cargo does not watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinnedPackage {
    /// Directory of the package.
    pub dir: PathBuf,
    /// Files of the package that were compiled.
    pub files: BTreeSet<PathBuf>,
    /// Command that makes cargo build the package again.
    pub clean: String,
}

/// The inputs of the execution of a build script, in addition to those of any unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptInputs {
    /// Name of the package.
    pub package: String,
    /// The executable.
    pub program: Option<PathBuf>,
    /// Variables whose change causes cargo to run the script again.
    pub variables: BTreeSet<String>,
    /// Files in its `OUT_DIR` that were compiled.
    pub generated: BTreeSet<PathBuf>,
}

impl UnitInputs {
    fn of_artifact(artifact: &Path, files: BTreeSet<PathBuf>) -> Self {
        let extension = artifact.extension().unwrap_or_default();
        Self {
            files,
            is_linked: extension != "rlib" && extension != "rmeta",
            has_code: extension != "rmeta",
            ..Self::default()
        }
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
            return BuildInputs {
                files: paths
                    .map(|path| normalize(&workspace.root, &path))
                    .collect(),
                ..BuildInputs::default()
            };
        }
        Action::Scan => {
            let events = transcript::with(&transcript::stem(logs, &step.id), "events");
            return BuildInputs {
                files: counted_files(&events, &workspace.root),
                ..BuildInputs::default()
            };
        }
        Action::Lint(_) => return BuildInputs::default(),
    };
    let log = transcript::stem(logs, &step.id);
    let is_clippy = step
        .serves
        .iter()
        .any(|one| collector::of(one).is_influenced_by(Influence::Clippy));
    let mut finder = InputFinder::new(workspace, is_clippy);
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
    finder.finish()
}

/// Returns the files in which a step counted something.
fn counted_files(events: &Path, root: &Path) -> BTreeSet<PathBuf> {
    let text = read_text(events).unwrap_or_default();
    let counted = text
        .lines()
        .filter_map(|line| match serde_json::from_str(line) {
            Ok(Event::Counted(counts)) => Some(normalize(root, &counts.file)),
            _ => None,
        });
    counted.collect()
}

/// Files and variables that the sources of a package name in macros; see [`mentions`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Absolute paths, which need not exist.
    pub files: BTreeSet<PathBuf>,
    /// Those of `files` that rustdoc may read.
    pub documented: BTreeSet<PathBuf>,
    /// The same as `files` of files that doctests name.
    pub doctest_files: BTreeSet<PathBuf>,
    /// Names of environment variables.
    pub variables: BTreeSet<String>,
    /// The same of variables that doctests name.
    pub doctest_variables: BTreeSet<String>,
    /// Places in doctests that name an unknown file or variable: `src/lib.rs:12`, relative to the root of the
    /// workspace.
    pub unread_doctests: BTreeSet<String>,
    /// The same in `doc` attributes and in other code for rustdoc.
    pub unread_documentation: BTreeSet<String>,
    /// The same in code. Dep-info names what rustc reads there.
    pub unread_code: BTreeSet<String>,
    /// Whether some of the code is for rustdoc only.
    pub has_rustdoc_code: bool,
    /// The included texts that were read, by what matters for reading them.
    seen: BTreeSet<(PathBuf, Usage, SourceReader, bool)>,
}

/// The uses of the sources for which a name in them matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct SourceUses {
    /// rustdoc documents the package or tests its documentation.
    pub documentation: bool,
    /// The doctests run.
    pub doctests: bool,
    /// A build failed, so that dep-info may be missing.
    pub failed_build: bool,
}

/// Returns the files and variables that the sources of each package name, by the directory of the
/// package.
///
/// Included files are read as well. `files` are relative to the root of the workspace.
pub fn mentioned(workspace: &Workspace, files: &[String]) -> BTreeMap<PathBuf, Mentioned> {
    let manifests: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.strip_suffix("/Cargo.toml"))
        .collect();
    let mut found: BTreeMap<PathBuf, Mentioned> = BTreeMap::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let member = workspace.owner(file);
        let dir = member.map_or("", |member| member.dir.as_str());
        let package = normalize(&workspace.root, dir);
        let source = IncludedText {
            path: workspace.root.join(file),
            includer: workspace.root.join(file),
            usage: Usage::Code,
            reader: SourceReader::Rustc,
            is_reported: member.is_some() && is_documented(file, dir, &manifests),
        };
        found
            .entry(package.clone())
            .or_default()
            .follow(source, &package, &workspace.root);
    }
    found
}

/// Returns whether rustdoc may read a source file of the package in `dir`: other targets than libraries and binaries, and
/// packages below that are not members, are not documented.
fn is_documented(file: &str, dir: &str, manifests: &BTreeSet<&str>) -> bool {
    let below = file.strip_prefix(dir).unwrap_or(file);
    let below = below.trim_start_matches('/');
    let is_other_target = ["benches/", "examples/", "tests/"]
        .iter()
        .any(|target| below.starts_with(target));
    let mut directories = below.match_indices('/').map(|(end, _)| &below[..end]);
    let is_other_package = directories.any(|inner| {
        let inner = relative_path::join(dir, inner);
        manifests.contains(inner.as_str())
    });
    !is_other_target && !is_other_package
}

/// A text that names files.
#[derive(Clone, Debug, PartialEq, Eq)]
struct IncludedText {
    path: PathBuf,
    /// The file that includes it.
    includer: PathBuf,
    usage: Usage,
    /// Who reads the text. Dep-info covers what it names for rustc only.
    reader: SourceReader,
    /// Whether rustdoc may read it, so that places with an unknown name are reported.
    is_reported: bool,
}

impl IncludedText {
    /// Returns the included files. Paths in an included text are relative to the text, or in a doctest to the file that
    /// includes it.
    fn included(&self, include: &Include, package: &Path) -> Vec<Self> {
        let paths: Vec<PathBuf> = match &include.path {
            IncludePath::BesideSource(name) => [&self.path, &self.includer]
                .map(|file| normalize(file.parent().unwrap_or(file), name))
                .into(),
            IncludePath::AfterManifestDir(rest) => {
                let path = format!("{}{rest}", package.display());
                vec![normalize(Path::new(&path), "")]
            }
        };
        let is_documentation = [self.usage, include.usage].contains(&Usage::Documentation);
        let by_usage = if is_documentation {
            SourceReader::Rustdoc
        } else {
            SourceReader::Rustc
        };
        let reader = self.reader.max(include.reader).max(by_usage);
        let texts = paths.into_iter().map(|path| Self {
            path,
            includer: self.path.clone(),
            usage: include.usage,
            reader,
            is_reported: self.is_reported && include.usage != Usage::Data,
        });
        texts.collect()
    }

    fn key(&self) -> (PathBuf, Usage, SourceReader, bool) {
        let path = self.path.clone();
        (path, self.usage, self.reader, self.is_reported)
    }
}

impl Mentioned {
    /// Returns the places with unknown names that matter for these uses.
    pub fn unread(&self, uses: SourceUses) -> impl Iterator<Item = &String> {
        let is_code_relevant = uses.failed_build || uses.documentation && self.has_rustdoc_code;
        [
            (&self.unread_doctests, uses.doctests),
            (&self.unread_documentation, uses.documentation),
            (&self.unread_code, is_code_relevant),
        ]
        .into_iter()
        .filter(|(_, is_relevant)| *is_relevant)
        .flat_map(|(places, _)| places)
    }

    /// Adds the files and variables that a source file and the files that it includes name.
    fn follow(&mut self, source: IncludedText, package: &Path, root: &Path) {
        let mut open = vec![source];
        while let Some(text) = open.pop() {
            // The macro may be disabled by a `cfg`, or name a file that does not exist yet.
            let Some(content) = read_text(&text.path) else {
                continue;
            };
            let found = match text.usage {
                Usage::Code => mentions::in_source(&content),
                Usage::Documentation | Usage::Data => mentions::in_documentation(&content),
            };
            if text.is_reported {
                self.report(&found, &text, root);
            }
            let variables = match text.reader {
                SourceReader::Rustc | SourceReader::Rustdoc => &mut self.variables,
                SourceReader::Doctests => &mut self.doctest_variables,
            };
            variables.extend(not_set_by_cargo(found.variables));
            self.doctest_variables
                .extend(not_set_by_cargo(found.doctest_variables));
            for include in found.includes {
                for included in text.included(&include, package) {
                    let files = match included.reader {
                        SourceReader::Rustc | SourceReader::Rustdoc => &mut self.files,
                        SourceReader::Doctests => &mut self.doctest_files,
                    };
                    files.insert(included.path.clone());
                    if text.is_reported && included.reader != SourceReader::Doctests {
                        self.documented.insert(included.path.clone());
                    }
                    // Each text is read once, because files may include each other.
                    if self.seen.insert(included.key()) {
                        open.push(included);
                    }
                }
            }
        }
    }

    /// Adds the places of unknown names in a text.
    fn report(&mut self, found: &Mentions, text: &IncludedText, root: &Path) {
        let file = relative(root, &text.path);
        let places = |lines: &[u32]| -> Vec<String> {
            lines.iter().map(|line| format!("{file}:{line}")).collect()
        };
        self.unread_doctests.extend(places(&found.unread_doctests));
        let documentation = match text.reader {
            SourceReader::Rustc | SourceReader::Rustdoc => &mut self.unread_documentation,
            SourceReader::Doctests => &mut self.unread_doctests,
        };
        documentation.extend(places(&found.unread_documentation));
        let code = match text.reader {
            SourceReader::Rustc => &mut self.unread_code,
            SourceReader::Rustdoc => &mut self.unread_documentation,
            SourceReader::Doctests => &mut self.unread_doctests,
        };
        code.extend(places(&found.unread_code));
        self.has_rustdoc_code |= found.has_rustdoc_code;
    }
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
    /// Whether the units are those of clippy.
    is_clippy: bool,
    /// Whether cargo used an earlier build of the unit whose artifacts are being read.
    is_fresh: bool,
    /// Directories of the packages, by id.
    directories: BTreeMap<String, PathBuf>,
    /// Executables of the build scripts, by the directory of the package.
    script_programs: BTreeMap<PathBuf, PathBuf>,
    /// Files that the build scripts of packages tell the linker to read, by the directory of the package.
    linked: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl<'a> InputFinder<'a> {
    fn new(workspace: &'a Workspace, is_clippy: bool) -> Self {
        Self {
            workspace,
            read: BuildInputs::default(),
            is_clippy,
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
                        match is_local(&package_id) {
                            true => self.read_artifact(name, &package),
                            false => self.read_pinned_artifact(name, &package, &package_id),
                        }
                        if stem(name).starts_with("build-script-") {
                            self.script_programs
                                .insert(package.clone(), name.to_owned());
                        }
                    }
                    if is_local(&package_id) {
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
                    if !is_local(&package_id) {
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
                self.read
                    .files
                    .insert(normalize(&self.workspace.root, file));
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

    /// Reads the dep-info of the unit that an artifact belongs to.
    fn read_artifact(&mut self, artifact: &Path, package: &Path) {
        if artifact.ends_with("index.html") {
            // rustdoc writes no dep-info: cargo compares the times of the files of the package.
            let unit = UnitInputs {
                package: Some(package.to_owned()),
                ..UnitInputs::default()
            };
            return self.add_unit(artifact.to_owned(), unit, package);
        }
        let Some(dir) = artifact.parent() else { return };
        let name = stem(artifact);
        // The dep-info of a library `libNAME-HASH.rlib` is `NAME-HASH.d`.
        let plain = name.strip_prefix("lib").unwrap_or(&name);
        let crate_name = plain.replace('-', "_");
        let is_unit = unit_hash(plain).is_some();
        let base = self.base_of(package);

        // Cargo links binaries to another directory, and gives build scripts another name than
        // their dep-info.
        if !is_unit && let Some(path) = target_dir::dep_info(artifact, &self.package_name(package))
        {
            let files = self.read_dep_info(&path, &base);
            let is_complete = !files.is_empty();
            self.add_unit(path, UnitInputs::of_artifact(artifact, files), package);
            if is_complete {
                return;
            }
        }

        // Beside a link, cargo writes dep-info that names files but no variables. It does so only
        // if the command selects the target, so the dep-info may be that of another command, such
        // as `cargo package` or a build in another clone. It is thus read only if the unit is
        // unknown.
        for name in BTreeSet::from([name.as_str(), plain, &crate_name]) {
            let path = dir.join(format!("{name}.d"));
            let files = self.read_dep_info(&path, &base);
            if is_unit && !files.is_empty() {
                self.add_unit(path, UnitInputs::of_artifact(artifact, files), package);
            }
        }
        if is_unit {
            return;
        }
        self.read_similar_units(artifact, plain, package);
    }

    /// Reads the dep-info of every unit that may have produced an artifact named `plain`, since the hash in the name of the
    /// unit is unknown.
    fn read_similar_units(&mut self, artifact: &Path, plain: &str, package: &Path) {
        let Some(dir) = artifact.parent() else { return };
        let base = self.base_of(package);
        let crate_name = plain.replace('-', "_");
        for path in [entries(dir), entries(&dir.join("deps"))].concat() {
            if is_dep_info(&path) && is_named(&stem(&path), &crate_name) {
                let files = self.read_dep_info(&path, &base);
                // Each build script has a directory of its own, so this is its unit.
                if crate_name == "build_script_build" && !files.is_empty() {
                    self.add_unit(path, UnitInputs::of_artifact(artifact, files), package);
                }
            }
        }

        let package_name = self.package_name(package);
        for name in BTreeSet::from([plain, package_name.as_str()]) {
            for unit in entries(&dir.join("build").join(name)) {
                self.read_dep_info(&unit.join("out").join(format!("{crate_name}.d")), &base);
            }
        }
    }

    /// Adds the unit of a package from a registry or from git.
    fn read_pinned_artifact(&mut self, artifact: &Path, package: &Path, id: &str) {
        let Some(written) = target_dir::dep_info(artifact, &self.package_name(package)) else {
            return;
        };
        let named = built::dep_info(&read_text(&written).unwrap_or_default());
        let base = self.base_of(package);
        let target_dir = &self.workspace.target_dir;
        let files = named
            .files
            .iter()
            .map(|file| normalize(&base, file))
            .filter(|file| !is_generated(target_dir, file))
            .collect();
        self.add_pinned(written, package, id, files);
    }

    /// Adds the output of the build script of a package from a registry or from git.
    fn read_pinned_script(&mut self, out_dir: &Path, package: &Path, id: &str) {
        for (output, text) in build_script_output(out_dir) {
            let named = built::build_script(&text);
            // Cargo watches the files that the script names.
            if named == Dependencies::default() {
                self.read.scripts.insert(output.clone());
                self.add_pinned(output.clone(), package, id, BTreeSet::new());
                if let Some(unit) = self.read.units.get_mut(&output) {
                    unit.package = Some(package.to_owned());
                }
            }
        }
    }

    fn add_pinned(&mut self, written: PathBuf, package: &Path, id: &str, files: BTreeSet<PathBuf>) {
        let pinned = PinnedPackage {
            dir: package.to_owned(),
            files,
            clean: clean_command(id, &written, &self.workspace.target_dir),
        };
        let unit = UnitInputs {
            pinned: Some(pinned),
            ..UnitInputs::default()
        };
        self.read.units.insert(written, unit);
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

    /// Adds a unit of a package. `written` is a file that is written in each build of the unit.
    fn add_unit(&mut self, written: PathBuf, mut unit: UnitInputs, package: &Path) {
        if self.is_clippy {
            // Clippy uses the first file that it finds. Cargo notices changes of that file, but no
            // new file before it.
            for dir in package.ancestors() {
                unit.unwatched
                    .extend(["clippy.toml", ".clippy.toml"].map(|name| dir.join(name)));
            }
            let is_linted = self.member(package).is_some();
            unit.manifest = is_linted.then(|| package.join("Cargo.toml"));
        }
        let root = &self.workspace.root;
        let member = self.member(package);
        let targets = member.iter().flat_map(|member| &member.targets);
        let name = crate_name(&written);
        let named = targets
            .clone()
            .filter(|target| target.name.replace('-', "_") == name);
        let own = root_files(root, named, &unit.files);
        unit.roots = if is_documentation(&written) && !own.is_empty() {
            own.clone()
        } else {
            root_files(root, targets, &unit.files)
        };
        unit.rivals = rivals(unit.files.difference(&own));
        let text = read_text(&written).unwrap_or_default();
        let output = built::dep_info_output(&text).filter(|_| is_dep_info(&written));
        unit.elsewhere = output.and_then(|output| {
            let output = normalize(&self.base_of(package), &output);
            other_target_dir(
                output.parent()?,
                written.parent()?,
                &self.workspace.target_dir,
            )
        });
        unit.is_fresh = self.is_fresh;
        // A library can have several artifacts.
        let known = self.read.units.get(&written);
        unit.is_linked |= known.is_some_and(|unit| unit.is_linked);
        unit.has_code |= known.is_some_and(|unit| unit.has_code);
        // Packages that depend on this one are linked again if this one is built again.
        if let Some(files) = self.linked.get(package).filter(|_| unit.has_code) {
            let existing = files.iter().filter(|file| file.exists()).cloned();
            self.read.files.extend(existing);
            unit.unwatched.extend(files.iter().cloned());
        }
        self.read.units.insert(written, unit);
    }

    /// Adds the files and variables in a dep-info file and returns the files.
    fn read_dep_info(&mut self, path: &Path, base: &Path) -> BTreeSet<PathBuf> {
        let Some(text) = read_text(path) else {
            return BTreeSet::new();
        };
        let named = built::dep_info(&text);
        let files: BTreeSet<PathBuf> = named
            .files
            .iter()
            .map(|file| normalize(base, file))
            .collect();
        self.read.compiled.extend(files.iter().cloned());
        self.add(named, base);
        files
    }

    /// Reads the output of a build script, which is stored next to its `OUT_DIR`.
    fn read_build_script(&mut self, out_dir: &Path, package: &Path) {
        for (output, text) in build_script_output(out_dir) {
            let linking = linking::build_script(&text);
            let files = link_files::linked(&linking, &self.base_of(package), self.workspace);
            self.linked.insert(package.to_owned(), files);
            let named = built::build_script(&text);
            let files = named.files.iter().map(|file| normalize(package, file));
            let mut unit = UnitInputs {
                files: files.collect(),
                script: Some(ScriptInputs {
                    package: self.package_name(package),
                    program: self.script_programs.get(package).cloned(),
                    variables: named.variables.iter().cloned().collect(),
                    generated: BTreeSet::new(),
                }),
                ..UnitInputs::default()
            };
            // Without instructions, cargo runs the script again when the newest file of the package
            // is newer than its output.
            if named == Dependencies::default() {
                unit.package = Some(package.to_owned());
                unit.is_undeclared_script = true;
            }
            unit.roots = self.build_scripts(package);
            // Cargo also stores the `OUT_DIR` that the script wrote to.
            let stored = read_text(&output.with_file_name("root-output"));
            unit.elsewhere = stored.and_then(|stored| {
                other_target_dir(
                    Path::new(stored.trim_end()),
                    out_dir,
                    &self.workspace.target_dir,
                )
            });
            unit.is_fresh = true;
            self.read.scripts.insert(output.clone());
            self.read.units.insert(output, unit);
            self.add(named, package);
        }
    }

    /// Returns the source file of a package's build script.
    fn build_scripts(&self, package: &Path) -> BTreeSet<PathBuf> {
        let Some(member) = self.member(package) else {
            let usual = package.join("build.rs");
            return usual.is_file().then_some(usual).into_iter().collect();
        };
        let scripts = member
            .targets
            .iter()
            .filter(|target| target.kind == "custom-build");
        scripts
            .map(|target| normalize(&self.workspace.root, &target.file))
            .collect()
    }

    fn add(&mut self, named: Dependencies, base: &Path) {
        let files = named.files.iter().map(|file| normalize(base, file));
        self.read.files.extend(files);
        self.read
            .variables
            .extend(not_set_by_cargo(named.variables));
    }

    /// Returns the inputs without generated files.
    fn finish(mut self) -> BuildInputs {
        let target_dir = &self.workspace.target_dir;
        for (output, unit) in &mut self.read.units {
            if let (Some(script), Some(out_dir)) = (&mut unit.script, target_dir::out_dir(output)) {
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

/// Returns the files with the output of a build script, which lie next to its `OUT_DIR`, and their text.
fn build_script_output(out_dir: &Path) -> Vec<(PathBuf, String)> {
    let dir = out_dir.parent().unwrap_or(out_dir);
    let outputs = [dir.join("output"), dir.join("run").join("stdout")].into_iter();
    let texts = outputs.filter_map(|output| {
        // A script that printed nothing has an empty file, which `read_text` does not return.
        let text = read_text(&output).or_else(|| output.is_file().then(String::new))?;
        Some((output, text))
    });
    texts.collect()
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

/// Returns the command that removes the build output of a package. `written` is one of its files in
/// the directory of a profile.
fn clean_command(id: &str, written: &Path, target_dir: &Path) -> String {
    let below = written.strip_prefix(target_dir).unwrap_or(Path::new(""));
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    let output = parts
        .iter()
        .position(|part| part == "deps" || part == "build");
    let profile = output.and_then(|at| parts.get(at.checked_sub(1)?));
    let profile = match profile.map(|name| &**name) {
        None | Some("debug") => String::new(),
        Some("release") => " --release".to_owned(),
        Some(name) => format!(" --profile {}", quote(name)),
    };
    format!("cargo clean -p {}{profile}", quote(package_spec(id)))
}

/// Returns what selects a package: `name@version` of ids that contain it, or the id.
fn package_spec(id: &str) -> &str {
    let fragment = id.rsplit_once('#').map(|(_, fragment)| fragment);
    match fragment {
        Some(fragment) if fragment.contains('@') => fragment,
        // Before 1.77, cargo wrote ids as `NAME VERSION (SOURCE)`.
        _ => id.split_once(' ').map_or(id, |(name, _)| name),
    }
}

/// Returns whether a file is in the output directory of a build script, `build/../out` below the
/// target directory, or in `package/`, where `cargo package` unpacks copies of the sources.
pub(super) fn is_generated(target_dir: &Path, file: &Path) -> bool {
    let Ok(below) = file.strip_prefix(target_dir) else {
        return false;
    };
    if below.starts_with("package") {
        return true;
    }
    let mut parts = below.components().map(Component::as_os_str);
    parts.any(|part| part == "build") && parts.any(|part| part == "out")
}

/// Returns whether a file that is written in each build of a unit is the page of a documented crate.
pub(crate) fn is_documentation(written: &Path) -> bool {
    written.ends_with("index.html")
}

/// Returns the name of the crate whose unit writes a file: its dep-info, or the page of its documentation.
pub(super) fn crate_name(written: &Path) -> String {
    if is_documentation(written) {
        let directory = written.parent().and_then(Path::file_name);
        return directory.unwrap_or_default().to_string_lossy().into_owned();
    }
    target_dir::without_hash(&stem(written)).to_owned()
}

/// Returns the root files of targets that are among `files`, or all of them if the files of the unit are not known.
fn root_files<'t>(
    root: &Path,
    targets: impl Iterator<Item = &'t Target>,
    files: &BTreeSet<PathBuf>,
) -> BTreeSet<PathBuf> {
    targets
        .map(|target| normalize(root, &target.file))
        .filter(|file| files.is_empty() || files.contains(file))
        .collect()
}

/// Returns the other places of the modules in these source files.
pub(super) fn rivals<'p>(files: impl Iterator<Item = &'p PathBuf>) -> BTreeSet<PathBuf> {
    let sources = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let places = sources.filter_map(|file| {
        if stem(file) != "mod" {
            return Some(file.with_extension("").join("mod.rs"));
        }
        let dir = file.parent()?;
        let name = dir.file_name()?.to_string_lossy();
        Some(dir.with_file_name(format!("{name}.rs")))
    });
    places.collect()
}

/// Returns whether a file without extension is named after a crate, with or without a hash.
fn is_named(stem: &str, crate_name: &str) -> bool {
    let Some(rest) = stem.strip_prefix(crate_name) else {
        return false;
    };
    rest.is_empty()
        || rest
            .strip_prefix('-')
            .is_some_and(|hash| !hash.contains('-'))
}

/// Returns whether a package is in the file system, not from a registry or from git.
fn is_local(package_id: &str) -> bool {
    // Before 1.77, cargo wrote ids as `NAME VERSION (path+file://..)`.
    package_id.starts_with("path+file:") || package_id.contains("(path+file:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    fn workspace(root: &Path) -> Workspace {
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
            members: vec![member],
        }
    }

    fn found(finder: InputFinder<'_>, base: &Path) -> (Vec<String>, Vec<String>) {
        let read = finder.finish();
        let below = |path: &PathBuf| {
            path.strip_prefix(base)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/")
        };
        (
            read.files.iter().map(below).collect(),
            read.variables.into_iter().collect(),
        )
    }

    /// Covers both layouts of the target directory.
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
            let mut finder = InputFinder::new(&workspace, false);
            finder.read_artifact(&root.join(artifact), &root);
            let expected = (
                vec!["outside.txt".to_owned(), "ws/src/main.rs".to_owned()],
                vec!["FOO".to_owned()],
            );
            assert_eq!(found(finder, scratch.path()), expected, "{artifact}");
            let mut finder = InputFinder::new(&workspace, false);
            finder.read_target_dir();
            assert_eq!(
                found(finder, scratch.path()),
                expected,
                "{info} by the name of the target"
            );
        }
    }

    #[test]
    fn older_units_are_not_read_if_the_unit_of_a_binary_is_known() {
        let scratch = Scratch::with(&[
            ("ws/target/debug/deps/my_app-0123456789abcdef", "binary"),
            (
                "ws/target/debug/deps/my_app-fedcba9876543210",
                "older binary",
            ),
            (
                "ws/target/debug/deps/my_app-0123456789abcdef.d",
                "x: src/main.rs\n# env-dep:NEW=1\n",
            ),
            (
                "ws/target/debug/deps/my_app-fedcba9876543210.d",
                "x: src/old.rs\n# env-dep:OLD=1\n",
            ),
        ]);
        let root = scratch.path().join("ws");
        let debug = root.join("target/debug");
        let binary = debug.join("my-app");
        std::fs::hard_link(debug.join("deps/my_app-0123456789abcdef"), &binary).unwrap();
        let workspace = workspace(&root);
        let mut finder = InputFinder::new(&workspace, false);
        finder.read_artifact(&binary, &root);
        let expected = (vec!["src/main.rs".to_owned()], vec!["NEW".to_owned()]);
        assert_eq!(found(finder, &root), expected);
    }

    /// `cargo test` links a binary again but does not rewrite the dep-info beside the link.
    #[test]
    fn dep_info_beside_a_link_is_read_only_if_the_unit_is_unknown() {
        let other = "x: /other-clone/src/main.rs";
        for (file, link, unit, info) in [
            (
                "target/debug/deps/my_app-0123456789abcdef",
                "target/debug/my-app",
                Some("target/debug/deps/my_app-0123456789abcdef.d"),
                "target/debug/my-app.d",
            ),
            (
                "target/debug/build/my-app/12/out/my-app",
                "target/debug/my-app",
                Some("target/debug/build/my-app/12/out/my-app.d"),
                "target/debug/my-app.d",
            ),
            (
                "target/debug/deps/libmy_app.so",
                "target/debug/libmy_app.so",
                Some("target/debug/deps/my_app.d"),
                "target/debug/libmy_app.d",
            ),
            (
                "target/debug/build/my-app/12/out/libmy_app.so",
                "target/debug/libmy_app.so",
                Some("target/debug/build/my-app/12/out/my_app.d"),
                "target/debug/libmy_app.d",
            ),
            (
                "target/debug/deps/my_app-0123456789abcdef",
                "target/debug/my-app",
                None,
                "target/debug/my-app.d",
            ),
        ] {
            let scratch = Scratch::with(&[(file, "artifact"), (info, other)]);
            if let Some(unit) = unit {
                scratch.write(unit, "x: src/main.rs");
            }
            let root = scratch.path();
            std::fs::hard_link(root.join(file), root.join(link)).unwrap();
            let workspace = workspace(root);
            let mut finder = InputFinder::new(&workspace, false);
            finder.read_artifact(&root.join(link), root);
            let expected = match unit {
                Some(_) => root.join("src/main.rs"),
                None => PathBuf::from("/other-clone/src/main.rs"),
            };
            assert_eq!(
                finder.finish().files,
                BTreeSet::from([expected]),
                "{file} {unit:?}"
            );
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
    fn clean_command_names_the_package_and_the_profile() {
        let registry = "registry+https://github.com/rust-lang/crates.io-index#dep@1.0.1";
        for (id, written, expected) in [
            (
                registry,
                "/t/debug/deps/dep-1.d",
                "cargo clean -p dep@1.0.1",
            ),
            (
                "dep 1.0.1 (registry+https://github.com/rust-lang/crates.io-index)",
                "/t/x86_64-unknown-linux-gnu/debug/build/dep-1/output",
                "cargo clean -p dep",
            ),
            (
                "git+https://example.org/dep?rev=1#1.0.1",
                "/t/release/deps/dep-1.d",
                "cargo clean -p 'git+https://example.org/dep?rev=1#1.0.1' --release",
            ),
            (
                registry,
                "/t/bench/deps/dep-1.d",
                "cargo clean -p dep@1.0.1 --profile bench",
            ),
        ] {
            let command = clean_command(id, Path::new(written), Path::new("/t"));
            assert_eq!(command, expected, "{id}");
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
        let path = |name: &str| scratch.path().join(name);
        assert_eq!(found.files, BTreeSet::from([path("README.md")]));
        let files = ["data", "ws/src/data"].map(path);
        assert_eq!(found.doctest_files, BTreeSet::from(files));
        let variables = BTreeSet::from(["VARIABLE".to_owned()]);
        assert_eq!(found.doctest_variables, variables);
        assert_eq!(found.variables, BTreeSet::new());
    }

    #[test]
    fn unknown_names_are_reported_where_only_rustdoc_reads_them() {
        let code = "include_str!($x);";
        for (files, expected, doctests) in [
            (
                vec![("src/lib.rs", "/// include_str!($x)")],
                vec!["src/lib.rs:1"],
                vec!["src/lib.rs:1"],
            ),
            (
                vec![("src/lib.rs", "#![doc = include_str!($x)]")],
                vec!["src/lib.rs:1"],
                vec![],
            ),
            (vec![("src/lib.rs", code)], vec![], vec![]),
            (
                vec![("src/lib.rs", "#[cfg(doctest)] mod m;"), ("src/m.rs", code)],
                vec!["src/m.rs:1"],
                vec![],
            ),
            (
                vec![
                    ("src/lib.rs", "#![doc = include_str!(\"../a.md\")]"),
                    ("a.md", "\ninclude!(\"b.rs\"); env!(X)"),
                    ("b.rs", code),
                    ("src/b.rs", code),
                ],
                vec!["a.md:2", "b.rs:1", "src/b.rs:1"],
                vec!["a.md:2", "b.rs:1", "src/b.rs:1"],
            ),
            (
                vec![("src/lib.rs", "f(include_str!(\"a\"))"), ("src/a", code)],
                vec![],
                vec![],
            ),
            (vec![("tests/x.rs", "/// include_str!($x)")], vec![], vec![]),
            (
                vec![
                    ("data/x/src/lib.rs", "/// include_str!($x)"),
                    ("data/x/Cargo.toml", ""),
                ],
                vec![],
                vec![],
            ),
        ] {
            let scratch = Scratch::with(&files);
            let names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
            let workspace = workspace(scratch.path());
            let found = &mentioned(&workspace, &names)[scratch.path()];
            let unread = |doctests| -> Vec<&String> {
                let uses = SourceUses {
                    documentation: true,
                    doctests,
                    failed_build: false,
                };
                found.unread(uses).collect()
            };
            assert_eq!(unread(true), expected, "{files:?}");
            let documentation = expected.iter().filter(|place| !doctests.contains(place));
            assert_eq!(
                unread(false),
                documentation.collect::<Vec<_>>(),
                "{files:?}"
            );
        }
    }

    #[test]
    fn module_has_one_other_place() {
        for (file, expected) in [
            ("src/a.rs", Some("src/a/mod.rs")),
            ("src/a/mod.rs", Some("src/a.rs")),
            ("src/a.b/mod.rs", Some("src/a.b.rs")),
            ("src/a/b.rs", Some("src/a/b/mod.rs")),
            ("README.md", None),
        ] {
            let files = BTreeSet::from([PathBuf::from(file)]);
            let expected: BTreeSet<PathBuf> = expected.into_iter().map(PathBuf::from).collect();
            assert_eq!(rivals(files.iter()), expected, "{file}");
        }
    }
}
