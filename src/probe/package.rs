//! Lists the files of packages, and checks that packages compile by themselves.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;

use super::{Probe, entries};
use crate::event::{Ending, machine};
use crate::judge::readiness::BuildCommand;
use crate::process::{Captured, capture_and_watch};
use crate::workspace::Workspace;

/// Time after which packaging is ended. It compiles packages and their dependencies.
const TIMEOUT: Duration = Duration::from_secs(3600);
/// The first version of cargo in which members that are packaged together find each other.
const TOGETHER: Version = Version::new(1, 90, 0);
/// Number of lines returned of the errors.
const SHOWN: usize = 12;

/// The targets to compile, and the settings for it.
#[derive(Clone, Copy)]
pub struct Compilation<'a> {
    /// The command.
    pub command: BuildCommand,
    /// Names of the packages to compile together.
    pub names: &'a [String],
    /// The workspace of the packages.
    pub workspace: &'a Workspace,
    /// Further flags of cargo.
    pub flags: &'a [String],
    /// The target directory.
    pub target_dir: &'a Path,
    /// Directory of the toolchain, if it is another one than this program runs with.
    pub toolchain: Option<&'a Path>,
}

/// The result of compiling packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// The errors of the workspace's members, line by line. Empty if the command succeeded.
    pub errors: Vec<String>,
    /// Cargo's warnings about binaries and libraries whose files are not in the package.
    pub left_out: Vec<String>,
}

/// Compiles packages.
///
/// The network is used only if compiling fails without it, and never if `flags` contain `--offline`
/// or `--frozen`. Packages that fail are compiled again with it, because a registry may have got
/// versions that this machine has not seen. `watch` receives cargo's messages at once.
///
/// Cargo unpacks a member that others depend on to a directory of `CARGO_HOME` whose name depends
/// on the path of the target directory and on the member's version. It never replaces such a copy,
/// and never compiles it again. Dependents would thus be compiled against another state of this
/// version if the target directory has seen one. [`UnpackedCopies::remove`] removes these copies.
///
/// # Errors
/// Why there is no result, as a fragment of a message: a registry is unreachable, this version of
/// cargo searches the registry for the members, the command was interrupted, or it failed and no
/// error is evidence that a package is at fault.
pub fn compile(
    probe: &Probe<'_>,
    compilation: Compilation<'_>,
    watch: &mut dyn FnMut(&str),
) -> Result<Compiled, String> {
    let members = compilation.workspace.members.iter();
    let members: Vec<&str> = members.map(|member| member.name.as_str()).collect();
    let members = members.as_slice();
    let forbidden = compilation
        .flags
        .iter()
        .any(|flag| flag == "--offline" || flag == "--frozen");
    let mut ran = run(probe, compilation, !forbidden, watch)?;
    let is_packaged = compilation.command == BuildCommand::Package;
    if ran.failed && !forbidden && (is_packaged || is_offline(&ran.stderr)) {
        ran = run(probe, compilation, false, watch)?;
    }
    let Ran { failed, stderr } = ran;
    match failed.then_some(stderr.as_str()) {
        None => Ok(Compiled {
            left_out: dropped_targets(&stderr),
            ..Compiled::default()
        }),
        Some(stderr) if stderr.contains("is replaced with non-remote-registry source") => Err(
            "cargo cannot package members that depend on each other while a directory or a local registry replaces crates.io"
                .to_owned(),
        ),
        Some(stderr) if is_unreachable(stderr) => Err(format!(
            "the registry could not be asked: {}",
            errors(stderr).join(" ")
        )),
        Some(stderr)
            if looks_elsewhere(stderr, members)
                && version(probe).is_none_or(|known| known < TOGETHER) =>
        {
            Err(format!(
                "this cargo cannot package members that depend on each other ({TOGETHER} and newer can)"
            ))
        }
        Some(stderr) if is_at_fault(stderr, members) => Ok(Compiled {
            errors: errors(stderr),
            ..Compiled::default()
        }),
        Some(stderr) => Err(format!(
            "{} failed without an error about the packages: {}",
            compilation.command.name(),
            cause(stderr)
        )),
    }
}

/// The copies of packages that cargo unpacks to `CARGO_HOME` from now on.
pub struct UnpackedCopies {
    /// Cargo's directory for unpacked packages.
    dir: PathBuf,
    before: BTreeSet<PathBuf>,
    /// The names of the copies.
    copies: BTreeSet<String>,
}

impl UnpackedCopies {
    /// `archives` are the names of the archives that cargo makes.
    pub fn watch(cargo_home: &Path, archives: &[String]) -> Self {
        let dir = cargo_home.join("registry").join("src");
        let copies = archives
            .iter()
            .filter_map(|name| name.strip_suffix(".crate"));
        Self {
            before: entries(&dir).into_iter().collect(),
            copies: copies.map(str::to_owned).collect(),
            dir,
        }
    }

    /// Removes the copies in those directories that were read, by their names. Another process may
    /// package the same version at the same time, to another directory.
    pub fn remove(self, is_read: impl Fn(&OsStr) -> bool) {
        for dir in entries(&self.dir) {
            let is_own = dir.file_name().is_some_and(&is_read);
            if is_own && !self.before.contains(&dir) && self.is_of_copies(&dir) {
                // Cargo ignores a copy that is left.
                let _ = fs::remove_dir_all(&dir);
            }
        }
    }

    /// Returns whether a directory contains nothing but copies. The name of a registry without a
    /// host begins with a hyphen.
    fn is_of_copies(&self, dir: &Path) -> bool {
        let name = |path: &Path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        name(dir).is_some_and(|name| name.starts_with('-'))
            && entries(dir)
                .iter()
                .all(|copy| name(copy).is_some_and(|name| self.copies.contains(&name)))
    }
}

/// Returns the warnings about binaries and libraries that cargo leaves out of a package because
/// their files are not in it. Examples, tests and benchmarks are often left out on purpose.
fn dropped_targets(stderr: &str) -> Vec<String> {
    let warnings = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("warning: "));
    let dropped = |line: &&str| {
        ["ignoring binary `", "ignoring library `"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    warnings.filter(dropped).map(str::to_owned).collect()
}

/// Messages of cargo about a manifest or a packaged file.
const OF_PACKAGES: [&str; 11] = [
    "no targets specified in the manifest",
    "failed to parse manifest at",
    "failed to verify manifest at",
    "all dependencies must have a version",
    "does not appear to exist",
    "failed to read `readme` file",
    "cannot package a filename with a special character",
    "does not have a unicode filename",
    "invalid inclusion of reserved file name",
    "path cannot be split to be inserted into archive",
    "Source directory was modified by build.rs",
];

/// Messages of cargo about tests that ran and failed.
const OF_TESTS: [&str; 2] = [
    "error: test failed, to rerun",
    "error: doctest failed, to rerun",
];

/// Messages of cargo about a dependency that its registry does not have.
const OF_DEPENDENCIES: [&str; 3] = [
    "no matching package named",
    "no matching version for",
    "failed to select a version for",
];

/// Errors of the compiler that have a location and can be due to the compiler or the target
/// directory: it crashed, or cannot read the compiled form of a dependency.
const NOT_OF_SOURCES: [&str; 6] = [
    "internal compiler error",
    "error[E0460]",
    "error[E0461]",
    "error[E0463]",
    "error[E0514]",
    "error[E0786]",
];

/// Returns whether an error of cargo or the compiler is about a manifest or a packaged file of
/// these members. Anything else can be due to the machine.
pub fn is_at_fault(stderr: &str, names: &[&str]) -> bool {
    if machine::describe(stderr.lines()).is_some() {
        return false;
    }
    let errors: Vec<&str> = stderr
        .lines()
        .skip_while(|line| !line.starts_with("error"))
        .collect();
    // A source that replaces the registry, such as a directory, may be incomplete.
    let replaced = stderr.contains("which is replacing");
    let compiled = names
        .iter()
        .any(|name| contain(&errors, &[&format!("could not compile `{name}`")]));
    // A link to a file that does not exist. A file can be unreadable because of the machine.
    let lacks_file = contain(&errors, &["failed to open for archiving: `"])
        && contain(&errors, &["(os error 2)"]);
    lacks_file
        || contain(&errors, &OF_PACKAGES)
        || contain(&errors, &OF_TESTS)
        || is_of_build_script(&errors, names)
        || (contain(&errors, &OF_DEPENDENCIES) && !replaced)
        || locations(&errors)
            .iter()
            .any(|file| file.ends_with("Cargo.toml") || (compiled && is_packaged(file, names)))
}

/// Returns whether the build script of one of these packages ran and failed. The workspace was
/// compiled before with the same script, which therefore finds its tools on the machine.
fn is_of_build_script(errors: &[&str], names: &[&str]) -> bool {
    let failed = |line: &str| {
        names
            .iter()
            .any(|name| line.contains(&format!("failed to run custom build command for `{name} v")))
    };
    let mut after = errors.iter().skip_while(|line| !failed(line));
    // A signal, or a script that cannot be started, is the machine's.
    after.any(|line| {
        line.contains("process didn't exit successfully")
            && (line.contains("(exit status: ") || line.contains("(exit code: "))
    })
}

/// Returns whether a line contains one of these signs.
fn contain(lines: &[&str], signs: &[&str]) -> bool {
    lines
        .iter()
        .any(|line| signs.iter().any(|sign| line.contains(sign)))
}

/// Returns the files of the errors that have a location and are due to the sources.
fn locations<'a>(errors: &[&'a str]) -> Vec<&'a str> {
    errors
        .split(|line| line.is_empty())
        .filter(|block| block[..].first().is_some_and(|line| is_of_sources(line)))
        .filter_map(|block| {
            let location = block
                .iter()
                .find_map(|line| line.trim().strip_prefix("--> "))?;
            location.rsplitn(3, ':').nth(2)
        })
        .collect()
}

/// Returns whether the first line of a block is an error that is due to the sources.
fn is_of_sources(line: &str) -> bool {
    // Of the errors of the system, only a missing file is due to a package.
    let of_system = line.contains("(os error ") && !line.contains("(os error 2)");
    line.starts_with("error")
        && !of_system
        && !NOT_OF_SOURCES.iter().any(|sign| line.contains(sign))
}

/// Returns whether a file belongs to one of these packages. The compiler runs in the directory of a
/// package, and gets the absolute path of one that cargo unpacked to `CARGO_HOME`.
fn is_packaged(file: &str, names: &[&str]) -> bool {
    let mut parts = file.split(['/', '\\']);
    Path::new(file).is_relative()
        || parts.any(|part| {
            let versioned = |name: &&str| part.strip_prefix(*name)?.strip_prefix('-');
            names.iter().find_map(versioned).is_some()
        })
}

/// Returns the first error with its cause, on one line.
pub fn cause(stderr: &str) -> String {
    if let Some(why) = machine::describe(stderr.lines()) {
        return why;
    }
    const STAGES: [&str; 3] = [
        "error: failed to prepare local package for uploading",
        "error: failed to verify package tarball",
        "Caused by:",
    ];
    let errors = errors(stderr);
    let mut lines = errors
        .iter()
        .filter(|line| !STAGES.contains(&line.as_str()));
    let Some(first) = lines.next() else {
        return "it gave no error".to_owned();
    };
    let first = first.trim_start_matches("error: ");
    match lines.next().filter(|line| !line.starts_with("error")) {
        None => first.to_owned(),
        // The command of a compiler is long and explains nothing.
        Some(line) if line.starts_with("process didn't exit successfully") => {
            let how = line.rsplit_once(" (").map_or(line.as_str(), |(_, how)| how);
            format!("{first}: {}", how.trim_end_matches(')'))
        }
        Some(line) => format!("{first}: {line}"),
    }
}

/// Returns the version of cargo, or `None` if it cannot be read.
fn version(probe: &Probe<'_>) -> Option<Version> {
    let text = probe.run(probe.cargo, &["--version"]).ok()?;
    text.split(' ').nth(1)?.trim().parse().ok()
}

/// Returns whether cargo searched a registry for one of these packages and did not find it, or not
/// in the version of the workspace.
fn looks_elsewhere(stderr: &str, names: &[&str]) -> bool {
    names.len() > 1
        && names.iter().any(|name| {
            [
                format!("no matching package named `{name}`"),
                format!("failed to select a version for the requirement `{name} ="),
                format!("no matching version for the package `{name}`"),
            ]
            .iter()
            .any(|message| stderr.contains(message))
        })
}

/// The result of the command.
struct Ran {
    failed: bool,
    /// Its messages.
    stderr: String,
}

/// Runs the command.
fn run(
    probe: &Probe<'_>,
    compilation: Compilation<'_>,
    offline: bool,
    watch: &mut dyn FnMut(&str),
) -> Result<Ran, String> {
    let Compilation {
        command,
        names,
        workspace,
        flags,
        target_dir,
        toolchain,
    } = compilation;
    let fixed: &[&str] = match command {
        BuildCommand::Package => &["package", "--allow-dirty", "--color", "never"],
        BuildCommand::Check => &["check", "--tests", "--examples", "--color", "never"],
        BuildCommand::Test => &["test", "--color", "never"],
    };
    // `cargo package` selects only members.
    let specs: Vec<String> = match command {
        BuildCommand::Package => names.to_vec(),
        BuildCommand::Check | BuildCommand::Test => {
            names.iter().map(|name| workspace.spec_of(name)).collect()
        }
    };
    let mut args = fixed.to_vec();
    args.extend(offline.then_some("--offline"));
    args.extend(flags.iter().map(String::as_str));
    args.extend(specs.iter().flat_map(|spec| ["--package", spec]));
    let mut invocation = probe.invocation(probe.cargo, &args);
    if let Some(toolchain) = toolchain {
        let cargo = format!("cargo{}", std::env::consts::EXE_SUFFIX);
        invocation.program = toolchain.join("bin").join(cargo);
        let name = toolchain.file_name().unwrap_or_default().to_string_lossy();
        let variable = ("RUSTUP_TOOLCHAIN".to_owned(), Some(name.into_owned()));
        invocation.env.extend([variable]);
    }
    // Build scripts and cargo would look for another repository, or for other files in it.
    let of_git = crate::git::SCRUBBED.map(|name| (name.to_owned(), None));
    invocation.env.extend(of_git);
    // Otherwise cargo may be configured to give no warnings.
    let quiet = ("CARGO_TERM_QUIET".to_owned(), Some("false".to_owned()));
    invocation.env.extend([quiet]);
    let dir = target_dir.to_string_lossy().into_owned();
    let args = &mut invocation.args;
    args.extend(["--target-dir".to_owned(), dir.clone()]);
    // Cargo unpacks to the build directory, which may be configured.
    let variable = "CARGO_BUILD_BUILD_DIR".to_owned();
    invocation.env.insert(variable, build_dir(&dir));
    let command = command.name();
    let Captured { ending, stderr, .. } =
        capture_and_watch(&invocation, TIMEOUT, probe.cancel, watch);
    match ending {
        Ending::Exited(code) => Ok(Ran {
            failed: code != 0,
            stderr,
        }),
        Ending::TimedOut => Err(format!(
            "{command} did not finish within {} min",
            TIMEOUT.as_secs() / 60
        )),
        Ending::Interrupted => Err(format!("{command} was interrupted")),
        Ending::NotStarted(why) => Err(why),
        Ending::Signalled(signal) => Err(format!("{command} was killed by signal {signal}")),
    }
}

/// Returns the value that makes a target directory the build directory as well. `None` means an
/// unset variable, which has the same effect unless a configuration file has `build.build-dir`.
fn build_dir(target_dir: &str) -> Option<String> {
    // Cargo reads braces as a variable and has no escape for them.
    (!target_dir.contains(['{', '}'])).then(|| target_dir.to_owned())
}

/// Returns whether cargo names `--offline` as the cause.
fn is_offline(stderr: &str) -> bool {
    stderr.contains("--offline")
}

/// Returns whether cargo could not reach a registry, or was not allowed to.
fn is_unreachable(stderr: &str) -> bool {
    let network = [
        "spurious network error",
        "failed to download",
        "Could not resolve host",
        "failed to query replaced source",
    ];
    is_offline(stderr) || network.iter().any(|sign| stderr.contains(sign))
}

/// Returns the errors of cargo and the compiler, with locations and causes.
///
/// Of a build script that failed, its standard error is included. Cargo puts its standard output
/// first, which is instructions for cargo and may be long.
fn errors(stderr: &str) -> Vec<String> {
    let first = stderr.lines().position(|line| line.starts_with("error"));
    let lines = stderr.lines().skip(first.unwrap_or(0)).map(str::trim);
    let mut is_output = false;
    let kept = lines.filter(|line| {
        is_output = match *line {
            OUTPUT_OF_SCRIPT => true,
            ERRORS_OF_SCRIPT => false,
            line => is_output && !line.starts_with("error"),
        };
        !is_output
            && !line.is_empty()
            && !line.starts_with(['|', '='])
            && !line.starts_with("Compiling")
    });
    kept.take(SHOWN).map(str::to_owned).collect()
}

/// Cargo's line before the standard output of a build script that failed.
const OUTPUT_OF_SCRIPT: &str = "--- stdout";
/// Cargo's line before the standard error of a build script that failed.
const ERRORS_OF_SCRIPT: &str = "--- stderr";

/// Returns the files that `cargo package --list` names for these members, each relative to its
/// package's directory.
///
/// The lockfile is not updated. Versions of cargo that do not know `--exclude-lockfile` fail
/// instead if it is out of date.
///
/// # Errors
/// The message of cargo.
pub fn package_files(probe: &Probe<'_>, names: &[&str]) -> Result<Vec<String>, String> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    match list_files(probe, names, "--exclude-lockfile") {
        Err(message) if message.contains("unexpected argument") => {
            list_files(probe, names, "--locked")
        }
        listed => listed,
    }
}

fn list_files(
    probe: &Probe<'_>,
    names: &[&str],
    lockfile_flag: &str,
) -> Result<Vec<String>, String> {
    let mut args = vec![
        "package",
        "--list",
        "--allow-dirty",
        "--offline",
        lockfile_flag,
    ];
    args.extend(names.iter().flat_map(|name| ["--package", name]));
    let listed = probe.run(probe.cargo, &args);
    listed
        .map(|text| text.lines().map(str::to_owned).collect())
        .map_err(|error| format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_directory_with_braces_is_not_passed_to_cargo() {
        for (dir, expected) in [
            ("/t/a b", Some("/t/a b")),
            ("/t/{x}/a", None),
            ("/t/}", None),
        ] {
            assert_eq!(build_dir(dir).as_deref(), expected, "{dir}");
        }
    }

    #[test]
    fn errors_are_returned_with_their_locations() {
        let stderr = "\
   Packaging a v0.1.0 (/w)
   Verifying a v0.1.0 (/w)
   Compiling a v0.1.0 (/w/target/package/a-0.1.0)
error: couldn't read `src/gen.rs`: No such file or directory (os error 2)
 --> src/lib.rs:1:1
  |
1 | include!(\"gen.rs\");
  | ^^^^^^^^^^^^^^^^^^^
error: could not compile `a` (lib) due to 1 previous error
";
        let expected = [
            "error: couldn't read `src/gen.rs`: No such file or directory (os error 2)",
            "--> src/lib.rs:1:1",
            "1 | include!(\"gen.rs\");",
            "error: could not compile `a` (lib) due to 1 previous error",
        ];
        assert_eq!(errors(stderr), expected);
        assert!(!is_unreachable(stderr));
    }

    #[test]
    fn standard_error_of_a_build_script_is_returned_without_its_output() {
        let output = "  cargo:rerun-if-changed=x\n".repeat(20);
        let stderr = format!(
            "error: failed to run custom build command for `a v0.1.0 (/t)`\n\nCaused by:\n  process didn't exit successfully: `/t/build-script-build` (exit status: 101)\n  --- stdout\n{output}\n  --- stderr\n  no branch\nerror: failed to verify package tarball\n"
        );
        let expected = [
            "error: failed to run custom build command for `a v0.1.0 (/t)`",
            "Caused by:",
            "process didn't exit successfully: `/t/build-script-build` (exit status: 101)",
            "--- stderr",
            "no branch",
            "error: failed to verify package tarball",
        ];
        assert_eq!(errors(&stderr), expected);
    }

    #[test]
    fn older_cargos_do_not_find_members_that_are_packaged_together() {
        let selection = "error: failed to select a version for the requirement `core = \"^2.0\"`\ncandidate versions found";
        let missing =
            "error: no matching package named `core` found\nlocation searched: crates.io index";
        for (stderr, names, expected) in [
            (selection, &["core", "api"][..], true),
            (missing, &["api", "core"], true),
            (missing, &["api", "other"], false),
            (missing, &["core"], false),
            (
                "error: could not compile `core` (lib)",
                &["api", "core"],
                false,
            ),
        ] {
            assert_eq!(
                looks_elsewhere(stderr, names),
                expected,
                "{names:?} {stderr}"
            );
        }
    }

    #[test]
    fn only_errors_about_manifests_and_packaged_files_are_of_the_packages() {
        let compile = "error: could not compile `a` (lib) due to 1 previous error\nerror: failed to verify package tarball\n";
        let killed = "error: could not compile `a` (lib)\n\nCaused by:\n  process didn't exit successfully: `rustc --cfg 'x (y)'` (signal: 9, SIGKILL: kill)\nerror: failed to verify package tarball\n";
        let broken = killed.replace("signal: 9, SIGKILL: kill", "exit status: 2");
        for (stderr, cause) in [
            // Evidence against the packages.
            (
                "error[E0308]: mismatched types\n --> src/lib.rs:1:21\n  |\n\n{compile}",
                None,
            ),
            (
                "error[E0308]: mismatched types\n --> src/lib.rs:1:21\n  |\n1 | f(\"File too large\")\n\n{compile}",
                None,
            ),
            ("error: a\nb\n --> src/lib.rs:1:21\n  |\n\n{compile}", None),
            (
                "error[E0425]: x\n --> /h/registry/src/-1f/a-0.1.0/src/lib.rs:1:2\n\n{compile}",
                None,
            ),
            (
                "error: couldn't read `src/x.rs`: No such file or directory (os error 2)\n --> src/lib.rs:1:1\n\n{compile}",
                None,
            ),
            (
                "error: unclosed array, expected `]`\n --> Cargo.toml:7:5\n  |\n",
                None,
            ),
            (
                "error: readme `No.md` does not appear to exist (relative to `/w`).\n",
                None,
            ),
            (
                "error: failed to verify manifest at `/w/Cargo.toml`\n\nCaused by:\n  all dependencies must have a version requirement specified when packaging.\n",
                None,
            ),
            (
                "error: cannot package a filename with a special character `:`: src/a:b\n",
                None,
            ),
            (
                "error: failed to verify package tarball\n\nCaused by:\n  Source directory was modified by build.rs during cargo publish.\n",
                None,
            ),
            (
                "error: failed to prepare local package for uploading\n\nCaused by:\n  failed to open for archiving: `/t/docs`\n\nCaused by:\n  No such file or directory (os error 2)\n",
                None,
            ),
            (
                "error: failed to prepare local package for uploading\n\nCaused by:\n  no matching package named `zz` found\n  location searched: crates.io index\n",
                None,
            ),
            (
                "error: failed to run custom build command for `a v0.1.0 (/t/package/a-0.1.0)`\n\nCaused by:\n  process didn't exit successfully: `/t/build-script-build` (exit status: 101)\n  --- stderr\n  no data\nerror: failed to verify package tarball\n",
                None,
            ),
            // Everything else.
            (
                "error: failed to run custom build command for `a v0.1.0 (/t/package/a-0.1.0)`\n\nCaused by:\n  process didn't exit successfully: `/t/build-script-build` (signal: 9, SIGKILL: kill)\n",
                Some(
                    "failed to run custom build command for `a v0.1.0 (/t/package/a-0.1.0)`: signal: 9, SIGKILL: kill",
                ),
            ),
            (
                "error: failed to run custom build command for `b v0.1.0`\n\nCaused by:\n  process didn't exit successfully: `/t/build-script-build` (exit status: 1)\n",
                Some("failed to run custom build command for `b v0.1.0`: exit status: 1"),
            ),
            (
                killed,
                Some("could not compile `a` (lib): signal: 9, SIGKILL: kill"),
            ),
            (&broken, Some("could not compile `a` (lib): exit status: 2")),
            (
                "error: linker `/no` not found\n  |\n  = note: No such file or directory (os error 2)\n\n{compile}",
                Some("linker `/no` not found"),
            ),
            (
                "error: failed to verify package tarball\n\nCaused by:\n  could not parse `x`. Number of parallel jobs should be a number.\n",
                Some("could not parse `x`. Number of parallel jobs should be a number."),
            ),
            (
                "error: failed to open: /t/package/tmp-crate/a-0.1.0.crate\n\nCaused by:\n  Not a directory (os error 20)\n",
                Some(
                    "failed to open: /t/package/tmp-crate/a-0.1.0.crate: Not a directory (os error 20)",
                ),
            ),
            (
                "error: crates-io is replaced with non-remote-registry source dir /v;\ninclude `--registry crates-io` to use crates.io\n",
                Some(
                    "crates-io is replaced with non-remote-registry source dir /v;: include `--registry crates-io` to use crates.io",
                ),
            ),
            (
                "error: no matching package named `zz` found\nlocation searched: directory source `/v` (which is replacing registry `crates-io`)\n",
                Some(
                    "no matching package named `zz` found: location searched: directory source `/v` (which is replacing registry `crates-io`)",
                ),
            ),
            (
                "error[E0308]: mismatched types\n --> /h/registry/src/index/b-1.0.0/src/lib.rs:1:2\n\nerror: could not compile `b` (lib) due to 1 previous error\n",
                Some(
                    "error[E0308]: mismatched types: --> /h/registry/src/index/b-1.0.0/src/lib.rs:1:2",
                ),
            ),
            (
                "error: internal compiler error: x\n --> src/lib.rs:1:2\n\n{compile}",
                Some("internal compiler error: x: --> src/lib.rs:1:2"),
            ),
            (
                "error: couldn't read `src/x.rs`: Too many open files (os error 24)\n --> src/lib.rs:1:1\n\n{compile}",
                Some(
                    "the system reported an error: couldn't read `src/x.rs`: Too many open files (os error 24)",
                ),
            ),
            (
                "error: couldn't write `x.d`: Disk quota exceeded (os error 122)\n\nerror[E0308]: y\n --> src/lib.rs:1:2\n\n{compile}",
                Some(
                    "the system reported an error: couldn't write `x.d`: Disk quota exceeded (os error 122)",
                ),
            ),
            (
                "error: x: No space left on device (os error 28)\n\nerror[E0308]: y\n --> src/lib.rs:1:2\n\n{compile}",
                Some("the disk is full: x: No space left on device (os error 28)"),
            ),
            ("sccache: error: x\n", Some("sccache: error: x")),
            ("", Some("it gave no error")),
        ] {
            let stderr = stderr.replace("{compile}", compile);
            assert_eq!(is_at_fault(&stderr, &["a"]), cause.is_none(), "{stderr}");
            if let Some(cause) = cause {
                assert_eq!(self::cause(&stderr), cause, "{stderr}");
            }
        }
    }

    #[test]
    fn binaries_that_cargo_leaves_out_are_listed() {
        for (stderr, expected) in [
            (
                "   Packaging a v0.1.0 (/w)\nwarning: ignoring binary `t` as `tools/t.rs` is not included in the published package\n",
                &["ignoring binary `t` as `tools/t.rs` is not included in the published package"][..],
            ),
            (
                "warning: ignoring library `a` as `src/lib.rs` is not included in the published package\n",
                &["ignoring library `a` as `src/lib.rs` is not included in the published package"],
            ),
            (
                "warning: ignoring example `e` as `examples/e.rs` is not included in the published package\n",
                &[],
            ),
            ("warning: unused variable: `x`\n", &[]),
        ] {
            assert_eq!(dropped_targets(stderr), expected, "{stderr}");
        }
    }

    #[test]
    fn missing_network_is_not_an_error_of_the_package() {
        for stderr in [
            "error: no matching package named `x` found\nAs a reminder, you're using offline mode (--offline)",
            "error: failed to download from `https://index.crates.io/x`",
            "warning: spurious network error (3 tries remaining): [6] Could not resolve host",
        ] {
            assert!(is_unreachable(stderr), "{stderr}");
        }
    }
}
