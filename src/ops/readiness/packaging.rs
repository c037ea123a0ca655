//! Compiles the packages of a release in a temporary clone of HEAD with the edits of the release.
//!
//! A working tree can have files, conversions, permissions and settings that a clone of the tag
//! will not have, and cargo looks for its configuration in the directories above. What compiles
//! there proves little about the release.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::paths::{CargoFiles, ONLY_HERE, Original};
use super::{LOCKFILE, known, paths, put_back, said};
use crate::change::Change;
use crate::drive::{self, UnitReads};
use crate::git::Git;
use crate::judge::readiness::{BuildCommand, BuiltPackages, FailsIn, Known, Packaging};
use crate::ops::Context;
use crate::options::root::normal;
use crate::options::rustup;
use crate::probe::{self, Compilation, Compiled, Probe};
use crate::process::temp_dir::{TempDir, TempSize};
use crate::release::registry;
use crate::store;
use crate::workspace::{Publication, Target, Workspace};

/// The edits and tags of a release.
#[derive(Clone, Copy)]
pub(super) struct ReleaseEdits<'a> {
    /// The planned files; empty if HEAD itself is released.
    pub(super) changes: &'a [Change],
    /// Names of the tags.
    pub(super) tags: &'a [&'a str],
}

/// Compiles these packages together in a clone of HEAD with these edits. Contents that compiled
/// last are not compiled again.
///
/// # Errors
/// Why the result is unknown, as a fragment.
pub(super) fn package(
    cx: &Context,
    built: &BuiltPackages,
    edits: ReleaseEdits<'_>,
) -> Known<Packaging> {
    cx.install_signal_handler();
    let git = cx.git();
    let git = known(&git)?;
    let contents = digest(git, built, edits)?;
    if cx.packaged.borrow().as_ref() == Some(&contents) {
        return Ok(Packaging::default());
    }
    let clone = ReleaseClone::new(cx, git, &contents, edits)?;
    let check = if clone.has_other_contents(git, edits.changes)? {
        BuildCommand::Test
    } else {
        BuildCommand::Check
    };
    let mut packaging = clone.judge(cx, built, check)?;
    if (packaging.command, packaging.fails) == (BuildCommand::Test, FailsIn::WorkingTree) {
        // Another check judges the tests of the working tree, with the settings of the campaign.
        Git::at(&clone.root)
            .clean_in_clone("target")
            .map_err(said)?;
        packaging = clone.judge(cx, built, BuildCommand::Check)?;
    }
    if packaging.errors.is_empty() {
        cx.packaged.replace(Some(contents));
    } else if (packaging.command, packaging.fails) == (BuildCommand::Check, FailsIn::WorkingTree) {
        // Another check judges the working tree, with the settings of the campaign.
        let command = packaging.command.name();
        let error = packaging.errors.join("; ");
        return Err(format!(
            "`{command}` fails in this working tree too: {error}"
        ));
    }
    Ok(packaging)
}

/// Returns a digest of the contents of a clone and of the names of its packages.
fn digest(git: &Git, built: &BuiltPackages, edits: ReleaseEdits<'_>) -> Known<String> {
    let mut lines = vec![git.head().map_err(said)?.unwrap_or_default()];
    for command in [BuildCommand::Package, BuildCommand::Check] {
        lines.push(command.name().to_owned());
        lines.extend(built.names(command).iter().cloned());
    }
    lines.extend(edits.tags.iter().map(|tag| format!("tag {tag}")));
    let mut files: Vec<String> = edits
        .changes
        .iter()
        .filter(|change| !change.is_idle())
        .map(|change| {
            let after = change.after.as_deref().map(store::digest);
            format!("{} {}", change.path, after.unwrap_or_default())
        })
        .collect();
    files.sort();
    lines.extend(files);
    Ok(store::digest(lines.join("\n").as_bytes()))
}

/// A clone of HEAD with the edits of a release. It is removed when dropped.
struct ReleaseClone {
    dir: TempDir,
    /// The top directory of the clone.
    top: PathBuf,
    /// The workspace's root in the clone.
    root: PathBuf,
    /// The same, relative to the top directory of the clone.
    directory: String,
    original: Original,
}

impl ReleaseClone {
    /// Clones HEAD to a directory whose name depends on `contents`: cargo unpacks members that
    /// others depend on to a directory of `CARGO_HOME` whose name depends on the path of the target
    /// directory, and it never replaces such a copy.
    fn new(cx: &Context, git: &Git, contents: &str, edits: ReleaseEdits<'_>) -> Known<Self> {
        let cannot = |error: std::io::Error| format!("cannot clone HEAD: {error}");
        let original = git.top().map_err(said)?.canonicalize().map_err(cannot)?;
        let home = cx.options.environment.cargo_home.as_deref();
        let dir = TempDir::for_cargo(cx.root(), home, TempSize::Large).map_err(cannot)?;
        let top = dir.path().join(contents.get(..16).unwrap_or(contents));
        git.clone_head(&top).map_err(said)?;
        let prefix = git.prefix().map_err(said)?;
        let clone = Self {
            root: normal(&top.join(&prefix)),
            top: top.clone(),
            directory: prefix.trim_end_matches('/').to_owned(),
            dir,
            original: Original::at(original),
        };
        let real = top.canonicalize().map_err(cannot)?;
        clone.edit(&real, edits.changes)?;
        let git = Git::at(&top);
        for tag in edits.tags {
            git.tag_in_clone(tag).map_err(said)?;
        }
        Ok(clone)
    }

    /// Writes and commits the changes. The commit of a release leaves ignored files out. `top` is
    /// the top directory without links.
    fn edit(&self, top: &Path, changes: &[Change]) -> Known<()> {
        let changes: Vec<&Change> = changes.iter().filter(|change| !change.is_idle()).collect();
        if changes.is_empty() {
            return Ok(());
        }
        let cannot = |error: std::io::Error| format!("cannot edit a clone: {error}");
        let root = self.root.canonicalize().map_err(cannot)?;
        let git = Git::at(&root);
        let paths: Vec<&[u8]> = changes.iter().map(|one| one.path.as_bytes()).collect();
        let ignored = git.ignored(&paths).map_err(said)?;
        let mut edited = Vec::new();
        for change in changes {
            if !ignored.contains(change.path.as_bytes()) {
                let file = write(top, &root, change).map_err(|error| {
                    format!("cannot edit `{}` in a clone: {error}", change.path)
                })?;
                edited.push(probe::relative(&root, &file));
            }
        }
        git.commit_in_clone(&edited, "release").map_err(said)
    }

    /// Returns whether a tracked file has another content, type or executable bit here than in the
    /// working tree, so that tests can have another result. Git converts line ends and runs
    /// filters, and need not record modes and links. The changes of the release do not count.
    fn has_other_contents(&self, git: &Git, changes: &[Change]) -> Known<bool> {
        let changed: BTreeSet<PathBuf> = changes
            .iter()
            .filter_map(|change| self.root.join(&change.path).canonicalize().ok())
            .collect();
        let tracked = git.tracked_files().map_err(said)?;
        Ok(tracked.iter().any(|name| {
            let file = self.top.join(name);
            let is_changed = file
                .canonicalize()
                .is_ok_and(|file| changed.contains(&file));
            !is_changed && !self.original.has_same(name, &file)
        }))
    }

    /// Compiles these packages, and finds out whether they also fail in the working tree.
    fn judge(&self, cx: &Context, built: &BuiltPackages, check: BuildCommand) -> Known<Packaging> {
        let show = |text: String| self.with_paths_of(cx, &text);
        let compiled = self.compile(cx, built, check);
        let succeeds = compiled.as_ref().is_ok_and(|one| one.errors.is_empty());
        if !succeeds && !self.is_complete() {
            return Err("the temporary clone of HEAD was removed while it was used".to_owned());
        }
        let mut packaging = compiled.map_err(show)?;
        packaging.errors = packaging.errors.into_iter().map(show).collect();
        if packaging.fails == FailsIn::Clone
            && !succeeds_in_working_tree(cx, built, packaging.command, self)
        {
            packaging.fails = FailsIn::WorkingTree;
        }
        Ok(packaging)
    }

    /// Returns whether all files of the clone exist. Something may remove temporary files.
    fn is_complete(&self) -> bool {
        let exists = |file: &str| self.top.join(file).symlink_metadata().is_ok();
        let tracked = Git::at(&self.top).tracked_files();
        // Without it, git would list the files of a repository around the clone.
        exists(".git/HEAD") && tracked.is_ok_and(|files| files.iter().all(|file| exists(file)))
    }

    /// Compiles these packages: those that are published as they are published, and all of them
    /// with `check`.
    fn compile(
        &self,
        cx: &Context,
        built: &BuiltPackages,
        check: BuildCommand,
    ) -> Known<Packaging> {
        let failed = |command, errors| Packaging {
            errors,
            command,
            fails: FailsIn::Clone,
            place: self.dir.path().with_file_name("clone"),
            directory: self.directory.clone(),
        };
        if !self.root.join("Cargo.toml").is_file() {
            let what = "HEAD has no Cargo.toml".to_owned();
            return Ok(failed(BuildCommand::Package, vec![what]));
        }
        let probe = Probe {
            cwd: &self.root,
            ..cx.probe()
        };
        let (workspace, packages) = match probe::publications(&probe, None, &[]) {
            Ok(described) => described,
            Err(error) => {
                let message = format!("{error:#}");
                let names: Vec<&str> = built.checked.iter().map(String::as_str).collect();
                return match probe::is_at_fault(&message, &names) {
                    true => Ok(failed(BuildCommand::Package, vec![message])),
                    false => Err(probe::cause(&message)),
                };
            }
        };
        let AbsolutePaths { followed, optional } = self.absolute_paths(cx, &packages)?;
        if !followed.is_empty() {
            return Ok(fails_elsewhere(followed));
        }
        let modified = self.modified_by_checkout(&probe, built, &packages)?;
        if !modified.is_empty() {
            return Ok(Packaging {
                errors: modified,
                fails: FailsIn::Checkout,
                ..Packaging::default()
            });
        }
        let target_dir = self.root.join("target");
        let toolchain = rustup::of_clone(&cx.options.environment, cx.root(), &self.root);
        let mut units = Vec::new();
        for command in [BuildCommand::Package, check] {
            let names = built.names(command);
            if names.is_empty() {
                continue;
            }
            let action = match command {
                BuildCommand::Package => "Packaging",
                BuildCommand::Check => "Checking",
                BuildCommand::Test => "Testing",
            };
            let text = format!("{} ({} in a clone)", names.join(", "), command.name());
            cx.status(action, &text);
            let compiled = compile(
                cx,
                &probe,
                (command, names),
                (&workspace, &packages),
                &target_dir,
                toolchain.as_deref(),
            )?;
            if !compiled.errors.is_empty() {
                return Ok(failed(command, compiled.errors));
            }
            if let Some(refused) = refused_archives(cx, compiled, command, &packages, &target_dir)?
            {
                return Ok(refused);
            }

            // To cargo, a package in the root and its unpacked archive are the same. It would not
            // run the build script again for the files of the clone.
            units.extend(drive::reads(&target_dir));
            Git::at(&self.root).clean_in_clone("target").map_err(said)?;
        }
        let paths = self.reads_of_the_original(&units);
        if !paths.is_empty() {
            return Ok(fails_elsewhere(paths));
        }
        let named = self.named_by_builds(&workspace, &packages, &units);
        Ok(Packaging {
            errors: optional.into_iter().chain(named).collect(),
            fails: FailsIn::PerhapsOtherPlaces,
            ..Packaging::default()
        })
    }

    /// Returns the packaged files that git lists as modified although the clone has just been made.
    fn modified_by_checkout(
        &self,
        probe: &Probe<'_>,
        built: &BuiltPackages,
        packages: &[Publication],
    ) -> Known<Vec<String>> {
        let git = Git::at(&self.root);
        let mut modified = git.modified_by_checkout(self.dir.path()).map_err(said)?;
        if modified.is_empty() {
            return Ok(modified);
        }
        let mut packaged = BTreeSet::new();
        for package in packages {
            if built.published.contains(&package.name) {
                // If cargo cannot list them, it cannot package them either.
                let listed = probe::package_files(probe, &[&package.name]).unwrap_or_default();
                let documents = package.documents.iter().map(|(_, file)| file);
                let dir = self
                    .root
                    .join(package.manifest.trim_end_matches("Cargo.toml"));
                let files = listed.iter().chain(documents);
                packaged.extend(files.map(|file| probe::normalize(&dir, file)));
            }
        }
        modified.retain(|file| packaged.contains(&probe::normalize(&self.root, file)));
        Ok(modified)
    }

    /// Returns the paths in manifests and in cargo's configuration that lead into the user's
    /// repository.
    fn absolute_paths(&self, cx: &Context, packages: &[Publication]) -> Known<AbsolutePaths> {
        let manifests = packages
            .iter()
            .map(|package| self.root.join(&package.manifest))
            .collect();
        let dependencies = packages.iter().flat_map(|package| &package.dependencies);
        let needed = dependencies.map(|one| one.name.clone()).collect();
        let above = self.root.ancestors();
        let directories = above.take_while(|dir| *dir != self.dir.path());
        let configurations = directories.flat_map(|dir| CONFIGURATIONS.map(|name| dir.join(name)));
        let root_manifest = self.root.join("Cargo.toml");
        let files = CargoFiles::new(root_manifest, needed, manifests, configurations.collect());
        let mut found = AbsolutePaths::default();
        for (file, paths) in files.paths(&cx.cancel)? {
            let name = probe::relative(&self.root, &file);
            for one in paths.iter().filter(|one| self.original.has(&one.path)) {
                let text = format!("{name} has the path `{}`, {ONLY_HERE}", one.path);
                if one.is_optional {
                    found.optional.push(format!("{text}: {UNKNOWN_NEED}"));
                } else {
                    found.followed.push(text);
                }
            }
        }
        Ok(found)
    }

    /// Returns a path in the user's repository that a build script or procedural macro names. It
    /// may read it, or may not.
    fn named_by_builds(
        &self,
        workspace: &Workspace,
        packages: &[Publication],
        units: &[UnitReads],
    ) -> Option<String> {
        let files = self.run_by_builds(workspace, packages, units);
        if let Some(file) = files.iter().find(|file| self.original.is_named_in(file)) {
            let file = probe::relative(&self.root, file);
            return Some(format!(
                "{file} names a path in this repository, {ONLY_HERE}: {UNKNOWN_NEED}"
            ));
        }
        let mut scripts = units.iter().filter(|unit| {
            let mut members = workspace.members.iter();
            unit.is_build_script && members.any(|member| member.name == unit.name)
        });
        scripts.find_map(|unit| {
            let mut files = unit.files.iter();
            let file = files.find(|file| self.original.has(file))?;
            Some(format!(
                "the build script of {} names `{file}`, {ONLY_HERE}: {UNKNOWN_NEED}",
                unit.name
            ))
        })
    }

    /// Returns the files in the clone that build scripts and procedural macros are compiled from,
    /// with those of the members that they depend on and of all packages that are not members. The
    /// files that they name, such as shell scripts, are among them.
    fn run_by_builds(
        &self,
        workspace: &Workspace,
        packages: &[Publication],
        units: &[UnitReads],
    ) -> BTreeSet<PathBuf> {
        let needed = needed_by_builds(workspace, packages);
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut files: BTreeSet<PathBuf> = BTreeSet::new();
        for member in &workspace.members {
            let is_needed = needed.contains(&member.name);
            let is_run = |target: &&Target| match target.kind.as_str() {
                "custom-build" | "proc-macro" => true,
                kind => is_needed && kind.ends_with("lib"),
            };
            for target in member.targets.iter().filter(is_run) {
                names.insert(target.name.replace('-', "_"));
                files.insert(self.root.join(&target.file));
            }
        }
        let targets = workspace.members.iter().flat_map(|member| &member.targets);
        let of_members: BTreeSet<String> = targets
            .map(|target| target.name.replace('-', "_"))
            .collect();
        let units = units.iter().filter(|unit| {
            let is_run = names.contains(&unit.name) || !of_members.contains(&unit.name);
            !unit.is_build_script && is_run
        });
        let read = units.flat_map(|unit| &unit.files);
        files.extend(read.map(|file| normal(&self.root.join(file))));
        files.retain(|file| file.starts_with(&self.top) && !self.is_vendored(file));

        let mut pending: Vec<PathBuf> = files.iter().cloned().collect();
        while let Some(file) = pending.pop() {
            let named = paths::files_named_in(&file, &self.top);
            pending.extend(named.into_iter().filter(|file| files.insert(file.clone())));
        }
        files
    }

    /// Returns whether a file of the clone belongs to a package that was copied from a registry.
    fn is_vendored(&self, file: &Path) -> bool {
        let directories = file.ancestors().skip(1);
        let mut inside = directories.take_while(|dir| dir.starts_with(&self.top));
        inside.any(|dir| dir.join(".cargo-checksum.json").is_file())
    }

    /// Returns the files of the user's repository that were read by an absolute path.
    fn reads_of_the_original(&self, units: &[UnitReads]) -> Vec<String> {
        let mut lines: Vec<String> = units
            .iter()
            .filter(|unit| !unit.is_build_script)
            .flat_map(|unit| self.reads_of(unit))
            .collect();
        lines.sort();
        lines.dedup();
        lines
    }

    fn reads_of(&self, unit: &UnitReads) -> Vec<String> {
        let (original, other): (Vec<&String>, Vec<&String>) =
            unit.files.iter().partition(|file| self.original.has(file));
        // Vendored dependencies may be in the user's repository, if a configuration of the machine
        // says so.
        let is_of_member = !other.is_empty();
        let lines = original
            .into_iter()
            .filter(|_| is_of_member)
            .map(|file| format!("the crate {} reads `{file}`, {ONLY_HERE}", unit.name));
        lines.collect()
    }

    /// Replaces the paths of the clone in a message by those of the user's workspace.
    fn with_paths_of(&self, cx: &Context, text: &str) -> String {
        text.replace(&*self.root.to_string_lossy(), &cx.root().to_string_lossy())
    }
}

/// The absolute paths into the user's repository that cargo follows, as messages.
#[derive(Default)]
struct AbsolutePaths {
    followed: Vec<String>,
    /// Those of files without which cargo continues.
    optional: Vec<String>,
}

/// Why a path gives no verdict.
const UNKNOWN_NEED: &str = "whether it needs that is unknown";

/// Returns the result for these absolute paths.
fn fails_elsewhere(paths: Vec<String>) -> Packaging {
    Packaging {
        errors: paths,
        fails: FailsIn::OtherPlaces,
        ..Packaging::default()
    }
}

/// Time between two messages about the progress.
const SHOWN_AFTER: Duration = Duration::from_secs(30);

/// The files of cargo's configuration in a directory.
const CONFIGURATIONS: [&str; 2] = [".cargo/config.toml", ".cargo/config"];

/// Returns the members that build scripts and procedural macros depend on.
fn needed_by_builds(workspace: &Workspace, packages: &[Publication]) -> BTreeSet<String> {
    let has_macro = |name: &str| {
        let mut members = workspace.members.iter();
        members.any(|member| {
            let mut targets = member.targets.iter();
            member.name == name && targets.any(|target| target.kind == "proc-macro")
        })
    };
    let mut needed: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = needed.len();
        for package in packages {
            let is_run = needed.contains(&package.name) || has_macro(&package.name);
            let dependencies = package
                .dependencies
                .iter()
                .filter(|one| one.path && !one.dev && (is_run || one.build));
            needed.extend(dependencies.map(|one| one.name.clone()));
        }
        if needed.len() == before {
            return needed;
        }
    }
}

/// Writes one change to a clone, and returns the real path of the file. A link may lead to another
/// file of the clone.
fn write(top: &Path, root: &Path, change: &Change) -> std::io::Result<PathBuf> {
    let path = root.join(&change.path);
    let Some(after) = &change.after else {
        fs::remove_file(&path)?;
        return Ok(path);
    };
    let (parent, name) = (path.parent(), path.file_name());
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(_) => parent
            .unwrap_or(root)
            .canonicalize()?
            .join(name.unwrap_or_default()),
    };
    if !real.starts_with(top) || real.is_symlink() {
        return Err(std::io::Error::other("a link leads out of the repository"));
    }
    store::replace(&real, after).map_err(std::io::Error::other)?;
    Ok(real)
}

/// Compiles packages of a workspace.
///
/// `toolchain` replaces the one that is selected in the workspace's directory. Copies of packages
/// that cargo leaves in `CARGO_HOME` are removed.
fn compile(
    cx: &Context,
    probe: &Probe<'_>,
    (command, names): (BuildCommand, &[String]),
    (workspace, members): (&Workspace, &[Publication]),
    target_dir: &Path,
    toolchain: Option<&Path>,
) -> Known<Compiled> {
    let archives: Vec<String> = members.iter().map(archive).collect();
    let home = cx.options.environment.cargo_home.as_deref();
    let copies = home.map(|home| probe::UnpackedCopies::watch(home, &archives));
    let mut progress = CompileProgress {
        compiled: 0,
        shown: cx.system_now(),
    };
    let mut flags = cx.options.cargo_flags.clone();
    // Packages are compiled without build options, as when they are published.
    if command != BuildCommand::Package {
        flags.extend(cx.options.build.flags());
    }
    let compilation = Compilation {
        command,
        names,
        workspace,
        flags: &flags,
        target_dir,
        toolchain,
    };
    let compiled = probe::compile(probe, compilation, &mut |line| {
        if let Some(text) = progress.add(line, cx.system_now()) {
            cx.status("Compiling", &text);
        }
    });
    if let Some(copies) = copies {
        let units = drive::reads(target_dir);
        let files = units.iter().flat_map(|unit| &unit.files);
        let read: BTreeSet<&OsStr> = files.flat_map(|file| Path::new(file).iter()).collect();
        copies.remove(|name| read.contains(name));
    }
    compiled
}

/// The number of packages that were compiled until now. The total is not known before.
struct CompileProgress {
    compiled: usize,
    /// When it was last shown.
    shown: SystemTime,
}

impl CompileProgress {
    /// Counts a line of cargo's messages. Returns a message if the last one is long ago.
    fn add(&mut self, line: &str, now: SystemTime) -> Option<String> {
        let line = line.trim_start();
        let verbs = ["Compiling ", "Checking "];
        let package = verbs.iter().find_map(|verb| line.strip_prefix(verb))?;
        self.compiled += 1;
        let passed = now.duration_since(self.shown).unwrap_or_default();
        if passed < SHOWN_AFTER {
            return None;
        }
        self.shown = now;
        let name = package.split(' ').next().unwrap_or_default();
        Some(format!("{} packages so far, now {name}", self.compiled))
    }
}

/// Returns whether the packages compile in the working tree, where the lockfile stays as it is.
fn succeeds_in_working_tree(
    cx: &Context,
    built: &BuiltPackages,
    command: BuildCommand,
    clone: &ReleaseClone,
) -> bool {
    let (false, Ok(described)) = (cx.cancel.is_set(), cx.described()) else {
        return false;
    };
    let lock = cx.root().join(LOCKFILE);
    let before = store::read_file(&lock, store::TEXT_LIMIT);
    let target_dir = clone.dir.path().join("target");
    let of_workspace = (&described.workspace, described.publications.as_slice());
    let of_command = (command, built.names(command));
    let compiled = compile(cx, &cx.probe(), of_command, of_workspace, &target_dir, None);
    put_back(&lock, &before);
    compiled.is_ok_and(|compiled| compiled.errors.is_empty())
}

/// Returns the name of the file that cargo makes of a package.
fn archive(package: &Publication) -> String {
    format!("{}-{}.crate", package.name, package.version)
}

/// Returns why the archives of packages that compile cannot be released; `None` if they can.
fn refused_archives(
    cx: &Context,
    compiled: Compiled,
    command: BuildCommand,
    packages: &[Publication],
    target_dir: &Path,
) -> Known<Option<Packaging>> {
    let (errors, fails) = if !compiled.left_out.is_empty() {
        (compiled.left_out, FailsIn::Archive)
    } else if command == BuildCommand::Package {
        (too_large(cx, packages, target_dir)?, FailsIn::Registry)
    } else {
        return Ok(None);
    };
    Ok((!errors.is_empty()).then(|| Packaging {
        errors,
        fails,
        ..Packaging::default()
    }))
}

/// Returns which of the packages that were just made are too large for crates.io.
fn too_large(cx: &Context, packages: &[Publication], target_dir: &Path) -> Known<Vec<String>> {
    let described = cx.described().map_err(|error| format!("{error:#}"))?;
    let is_for_crates_io = |package: &&Publication| {
        let mut all = described.publications.iter();
        all.any(|own| own.name == package.name && own.crates_io)
    };
    let packages = packages.iter().filter(is_for_crates_io);
    let refused = packages.filter_map(|package| {
        let file = archive(package);
        let path = target_dir.join("package").join(&file);
        let bytes = fs::metadata(path).ok()?.len();
        Some(format!("{file}: {}", registry::size(bytes)?))
    });
    Ok(refused.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use crate::tests::Scratch;
    use crate::workspace::Dependency;

    #[test]
    fn progress_is_shown_every_half_minute() {
        let start = SystemTime::UNIX_EPOCH;
        let mut progress = CompileProgress {
            compiled: 0,
            shown: start,
        };
        for (line, seconds, expected) in [
            ("   Compiling a v1.0.0", 10, None),
            ("warning: unused", 40, None),
            (
                "    Checking b v1.0.0 (/w)",
                41,
                Some("2 packages so far, now b"),
            ),
            ("   Compiling c v1.0.0", 60, None),
            (
                "   Compiling d v1.0.0",
                71,
                Some("4 packages so far, now d"),
            ),
        ] {
            let now = start + Duration::from_secs(seconds);
            assert_eq!(progress.add(line, now).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn members_that_builds_run_are_found_across_dependencies() {
        let package = |name: &str, dependencies: &[(&str, bool, bool)]| Publication {
            name: name.to_owned(),
            dependencies: dependencies
                .iter()
                .map(|(name, dev, build)| Dependency {
                    name: (*name).to_owned(),
                    path: true,
                    dev: *dev,
                    build: *build,
                    ..Dependency::default()
                })
                .collect(),
            ..Publication::default()
        };
        let packages = [
            package("a", &[("b", false, false), ("c", false, true)]),
            package("c", &[("d", false, false), ("e", true, false)]),
        ];
        let needed = needed_by_builds(&Workspace::default(), &packages);
        assert_eq!(Vec::from_iter(needed), ["c", "d"]);
    }

    #[cfg(unix)]
    #[test]
    fn edit_is_not_written_through_a_link_that_leads_out() {
        for (link, to, expected) in [
            ("f", "g", true),
            ("f", "../out", false),
            ("f", "../missing", false),
            ("d/f", "g", true),
        ] {
            let scratch = Scratch::with(&[("out", "old"), ("top/g", "old"), ("top/d/g", "old")]);
            let top = scratch.path().canonicalize().unwrap().join("top");
            std::os::unix::fs::symlink(to, top.join(link)).unwrap();
            let change = Change::edit(link, "old", "new");
            assert_eq!(write(&top, &top, &change).is_ok(), expected, "{to}");
            let out = fs::read_to_string(scratch.path().join("out"));
            assert_eq!(out.unwrap(), "old");
            assert!(!scratch.path().join("missing").exists());
        }
    }
}
