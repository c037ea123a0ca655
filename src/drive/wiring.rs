//! Makes cargo run test executables through this program, without a rebuild and around the user's
//! own runner.
//!
//! `CARGO_TARGET_<TRIPLE>_RUNNER` is the only setting that a configuration file cannot override.
//! Cargo splits it at white space, so paths with white space are reached through symbolic links.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::coverage::Profiles;
use crate::plan::{Sampling, Step};
use crate::probe::config::{CargoConfig, anchored};
use crate::process::temp_dir::{TempDir, is_one_word};
use crate::test_runner::COMMAND;
use crate::test_runner::compiler::{self, WrapperUse};
use crate::test_runner::doctests;
use crate::test_runner::record::{self, RunnerSettings};
use crate::test_runner::rustdoc;

/// Variables that make cargo print its progress to a pipe without color, whatever its configuration
/// says. Tests do not see them, because they may run cargo as well.
pub(super) const CARGO_TERM: [(&str, &str); 4] = [
    ("CARGO_TERM_PROGRESS_WHEN", "always"),
    ("CARGO_TERM_PROGRESS_WIDTH", "100"),
    ("CARGO_TERM_COLOR", "never"),
    ("CARGO_TERM_QUIET", "false"),
];

/// The same as [`CARGO_TERM`], as values of `--config`. The compiler does not see them. A cache of the compiler takes it for
/// another compilation if variables of cargo differ.
pub(super) const CARGO_TERM_CONFIG: [&str; 4] = [
    "term.progress.when=\"always\"",
    "term.progress.width=100",
    "term.color=\"never\"",
    "term.quiet=false",
];

/// The variable that names a program which cargo runs around the compiler of the members.
const WORKSPACE_WRAPPER: &str = "RUSTC_WORKSPACE_WRAPPER";

/// Variables that are set for cargo in the step that runs instrumented tests. Tests do not see them, because
/// they may run cargo as well.
const INSTRUMENTING: [&str; 3] = [WORKSPACE_WRAPPER, compiler::VARIABLE, Step::BUILD_DIR];

/// The runner for test executables: this program around the user's own runner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestRunner {
    /// Path of this program.
    pub exe: PathBuf,
    /// The target triple that tests are built for.
    pub triple: String,
    /// The user's own runner and its arguments; empty if there is none.
    pub chain: Vec<String>,
    /// The user's values of the variables that are changed for cargo.
    pub restore: BTreeMap<String, Option<String>>,
    /// The rustdoc that cargo would run.
    pub rustdoc: String,
    /// Whether to ask libtest for durations. This requires `RUSTC_BOOTSTRAP=1` in the test process,
    /// which tests that compile may notice.
    pub durations: bool,
    /// Whether executables are started with exactly the arguments of cargo, because the user's runner or
    /// tests may read them. Then libtest writes no log file.
    pub exact_arguments: bool,
    /// Whether results of earlier runs may be used again, so that starts of executables are recorded.
    pub reuses: bool,
    /// Whether the environment names rustdoc, which no argument of cargo overrides.
    pub is_rustdoc_fixed: bool,
}

/// The environment in which cargo will run.
pub struct CargoEnvironment<'a> {
    /// Working directory of cargo, absolute.
    pub cwd: &'a Path,
    /// Triple of the host.
    pub host: &'a str,
    /// `--target`, if given.
    pub target: Option<&'a str>,
    /// The inherited environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Returns the lines of `rustc --print cfg` for a triple, see [`crate::probe::cfg`]. Called
    /// only if the configuration needs them.
    pub cfg: &'a dyn Fn(&str) -> Vec<String>,
}

impl TestRunner {
    /// Determines the triple and the user's runner in the same way as cargo.
    ///
    /// # Errors
    /// If several runners of the configuration match; as a fragment of a message.
    pub fn find(exe: PathBuf, durations: bool, at: &CargoEnvironment<'_>) -> Result<Self, String> {
        let home = (at.env)("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| std::env::home_dir().map(|dir| dir.join(".cargo")));
        let config = CargoConfig::read(at.cwd, home.as_deref());
        let triple = at
            .target
            .map(str::to_owned)
            .or_else(|| (at.env)("CARGO_BUILD_TARGET"));
        let triple = triple
            .or_else(|| config.target())
            .unwrap_or_else(|| at.host.to_owned());
        let variable = variable(&triple);
        let chain = match (at.env)(&variable) {
            // Cargo resolves a program that a variable names from its working directory.
            Some(text) => anchored(at.cwd, text.split_whitespace().map(str::to_owned).collect()),
            None => config.runner(&triple, &|| (at.cfg)(&triple))?,
        };
        let ours = CARGO_TERM
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .chain(INSTRUMENTING.map(str::to_owned))
            .chain([variable]);
        let restore = ours
            .map(|name| {
                let value = (at.env)(&name);
                (name, value)
            })
            .collect();
        let named = ["RUSTDOC", "CARGO_BUILD_RUSTDOC"]
            .iter()
            .find_map(|name| (at.env)(name))
            .or_else(|| config.rustdoc());
        let rustdoc = named.unwrap_or_else(|| "rustdoc".to_owned());
        Ok(Self {
            exe,
            triple,
            chain,
            restore,
            rustdoc,
            durations,
            exact_arguments: false,
            reuses: false,
            is_rustdoc_fixed: (at.env)("RUSTDOC").is_some(),
        })
    }

    /// Decides about the arguments of executables. `are_read` returns whether tests may read them.
    ///
    /// Durations are requested by arguments, so asking for them decides.
    #[must_use]
    pub fn with_exact_arguments(self, are_read: impl FnOnce() -> bool) -> Self {
        let exact_arguments = !self.durations && (!self.chain.is_empty() || are_read());
        Self {
            exact_arguments,
            ..self
        }
    }

    /// Decides whether results of earlier runs may be used again.
    #[must_use]
    pub fn with_reuse(self, reuses: bool) -> Self {
        Self { reuses, ..self }
    }

    /// Returns the variables that make cargo run this program instead of rustdoc.
    pub(super) fn as_rustdoc(&self) -> [(String, Option<String>); 2] {
        let exe = self.exe.to_string_lossy().into_owned();
        [("RUSTDOC", exe), (rustdoc::VARIABLE, self.rustdoc.clone())]
            .map(|(name, value)| (name.to_owned(), Some(value)))
    }

    /// Returns the variables that make cargo run this program around the compiler of the members.
    pub(super) fn as_wrapper(&self, purpose: WrapperUse) -> [(String, Option<String>); 2] {
        let exe = self.exe.to_string_lossy().into_owned();
        [
            (WORKSPACE_WRAPPER, exe),
            (compiler::VARIABLE, purpose.name().to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), Some(value)))
    }

    /// Prepares the directory of the records and returns the settings for cargo. `log` asks libtest
    /// for its log file, unless executables get exactly the arguments of cargo. `instrumented` are the
    /// profiles and programs of instrumented executables. Failed tests are tried again `retries` times. A
    /// program that is to be measured is, instead of recording its output.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub(super) fn wire(
        &self,
        records: &Path,
        log: bool,
        instrumented: Option<&Profiles>,
        retries: u32,
        sampling: Option<&Sampling>,
    ) -> io::Result<CargoSettings> {
        let (variable, durations) = (variable(&self.triple), self.durations && log);
        let reuses = self.reuses && log && instrumented.is_none() && sampling.is_none();
        let hidden = CARGO_TERM
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .chain([variable.clone()]);
        let mut restore: BTreeMap<String, Option<String>> =
            hidden.map(|name| (name, None)).collect();
        restore.extend(self.restore.clone());
        if reuses {
            restore
                .extend([doctests::RUSTDOC, doctests::RECORDS].map(|name| (name.to_owned(), None)));
        }
        let settings = RunnerSettings {
            chain: self.chain.clone(),
            restore,
            log: log && !self.exact_arguments,
            durations,
            retries,
            profiles: instrumented.map(|found| found.path().to_owned()),
            programs: instrumented.and_then(Profiles::programs),
            sampling: sampling.cloned(),
            reuses,
        };
        record::write(&records.join(record::SETTINGS), &settings)?;
        let mut wired = match is_one_word(&self.exe) && is_one_word(records) {
            true => CargoSettings {
                env: BTreeMap::from([(variable, words(&self.exe, records))]),
                ..CargoSettings::default()
            },
            false => self.wire_around_white_space(variable, records)?,
        };
        if reuses && !self.is_rustdoc_fixed {
            self.wire_doctests(records, &mut wired);
        }
        Ok(wired)
    }

    /// Adds the settings with which cargo runs this program instead of rustdoc. Cargo does not get them as variables, which build
    /// scripts may watch.
    fn wire_doctests(&self, records: &Path, wired: &mut CargoSettings) {
        let exe = toml_edit::Value::from(&*self.exe.to_string_lossy());
        let config = ["--config".to_owned(), format!("build.rustdoc={exe}")];
        wired.args.extend(config);
        let records = records.to_string_lossy().into_owned();
        let env = [
            (doctests::RUSTDOC, self.rustdoc.clone()),
            (doctests::RECORDS, records),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value));
        wired.env.extend(env);
    }

    #[cfg(unix)]
    fn wire_around_white_space(
        &self,
        variable: String,
        records: &Path,
    ) -> io::Result<CargoSettings> {
        let dir = TempDir::new()?;
        let (exe, records_link) = (dir.path().join("runner"), dir.path().join("records"));
        std::os::unix::fs::symlink(&self.exe, &exe)?;
        std::os::unix::fs::symlink(records, &records_link)?;
        let env = BTreeMap::from([(variable, words(&exe, &records_link))]);
        Ok(CargoSettings {
            env,
            links: Some(dir),
            ..CargoSettings::default()
        })
    }

    /// Creating links requires a privilege on Windows, so an argument is used. Cargo rejects it if
    /// the user's own runner is a string in a configuration file.
    #[cfg(not(unix))]
    fn wire_around_white_space(
        &self,
        _variable: String,
        records: &Path,
    ) -> io::Result<CargoSettings> {
        let list: toml_edit::Array = [
            &*self.exe.to_string_lossy(),
            COMMAND,
            &*records.to_string_lossy(),
        ]
        .into_iter()
        .collect();
        let value = format!("target.'{}'.runner={list}", self.triple);
        Ok(CargoSettings {
            args: vec!["--config".to_owned(), value],
            ..CargoSettings::default()
        })
    }
}

/// Settings for cargo. They must be kept until cargo has ended.
#[derive(Debug, Default)]
pub(super) struct CargoSettings {
    /// Variables to set.
    pub(super) env: BTreeMap<String, String>,
    /// Arguments to put before the subcommand.
    pub(super) args: Vec<String>,
    #[expect(dead_code, reason = "holds the links until dropped")]
    links: Option<TempDir>,
}

fn words(exe: &Path, records: &Path) -> String {
    format!("{} {COMMAND} {}", exe.display(), records.display())
}

/// Returns a name such as `CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER`.
fn variable(triple: &str) -> String {
    format!(
        "CARGO_TARGET_{}_RUNNER",
        triple.to_uppercase().replace(['-', '.'], "_")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: &str = "x86_64-unknown-linux-gnu";
    const VARIABLE: &str = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER";

    fn find(target: Option<&str>, env: &[(&str, &str)]) -> TestRunner {
        let dir = TempDir::new().unwrap();
        let env = |name: &str| {
            env.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        let home = dir.path().to_string_lossy().into_owned();
        let env = |name: &str| {
            if name == "CARGO_HOME" {
                Some(home.clone())
            } else {
                env(name)
            }
        };
        let cfg = |_: &str| Vec::new();
        let at = CargoEnvironment {
            cwd: dir.path(),
            host: LINUX,
            target,
            env: &env,
            cfg: &cfg,
        };
        TestRunner::find(PathBuf::from("/bin/campaign"), false, &at).unwrap()
    }

    #[test]
    fn triple_is_taken_from_the_flag_then_the_variable_then_the_host() {
        let variable = [("CARGO_BUILD_TARGET", "wasm32-wasip1")];
        assert_eq!(find(None, &[]).triple, LINUX);
        assert_eq!(find(None, &variable).triple, "wasm32-wasip1");
        assert_eq!(
            find(Some("thumbv8m.main-none-eabi"), &variable).triple,
            "thumbv8m.main-none-eabi"
        );
        assert_eq!(
            variable_of("thumbv8m.main-none-eabi"),
            "CARGO_TARGET_THUMBV8M_MAIN_NONE_EABI_RUNNER"
        );
    }

    fn variable_of(triple: &str) -> String {
        variable(triple)
    }

    #[test]
    fn runner_and_variables_of_the_user_are_kept_for_the_tests() {
        let found = find(
            None,
            &[(VARIABLE, "qemu -L /x"), ("CARGO_TERM_COLOR", "always")],
        );
        assert_eq!(found.chain, ["qemu", "-L", "/x"]);
        assert_eq!(found.restore[VARIABLE].as_deref(), Some("qemu -L /x"));
        assert_eq!(found.restore["CARGO_TERM_COLOR"].as_deref(), Some("always"));
        assert_eq!(found.restore["CARGO_TERM_PROGRESS_WHEN"], None);
    }

    #[test]
    fn runner_is_one_variable_of_three_words() {
        let dir = TempDir::new().unwrap();
        let runner = TestRunner {
            exe: PathBuf::from("/bin/campaign"),
            triple: LINUX.to_owned(),
            ..TestRunner::default()
        };
        let wired = runner.wire(dir.path(), true, None, 0, None).unwrap();
        assert_eq!(
            wired.env[VARIABLE],
            format!("/bin/campaign __run-test {}", dir.path().display())
        );
        let settings: RunnerSettings = record::read(&dir.path().join(record::SETTINGS)).unwrap();
        assert_eq!(
            (settings.log, settings.durations, settings.restore.len()),
            (true, false, 5)
        );
    }

    #[test]
    fn log_file_is_not_asked_for_if_arguments_may_be_read() {
        for (chain, durations, are_read, expected) in [
            (&[][..], false, false, (true, false)),
            (&[], false, true, (false, false)),
            (&["qemu"], false, false, (false, false)),
            (&[], true, true, (true, true)),
            (&["qemu"], true, false, (true, true)),
        ] {
            let dir = TempDir::new().unwrap();
            let runner = TestRunner {
                exe: PathBuf::from("/bin/campaign"),
                triple: LINUX.to_owned(),
                chain: chain.iter().map(|word: &&str| (*word).to_owned()).collect(),
                durations,
                ..TestRunner::default()
            };
            let runner = runner.with_exact_arguments(|| are_read);
            runner.wire(dir.path(), true, None, 0, None).unwrap();
            let settings: RunnerSettings =
                record::read(&dir.path().join(record::SETTINGS)).unwrap();
            assert_eq!(
                (settings.log, settings.durations),
                expected,
                "{chain:?} {durations} {are_read}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn paths_with_white_space_are_reached_through_links() {
        let dir = TempDir::new().unwrap();
        let records = dir.path().join("my records");
        std::fs::create_dir(&records).unwrap();
        let runner = TestRunner {
            exe: PathBuf::from("/my tools/campaign"),
            triple: LINUX.to_owned(),
            ..TestRunner::default()
        };
        let wired = runner.wire(&records, false, None, 0, None).unwrap();
        let words: Vec<&str> = wired.env[VARIABLE].split_whitespace().collect();
        assert_eq!(words.len(), 3);
        assert_eq!(std::fs::read_link(words[0]).unwrap(), runner.exe);
        assert!(Path::new(words[2]).join(record::SETTINGS).exists());
    }
}
