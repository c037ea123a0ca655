//! Reads the environment variables that affect cargo and the terminal, once per command.
//!
//! Names and precedence follow cargo's reference (`term.*`, `build.*`) and <https://no-color.org>.
//! `Options::resolve` combines them with flags and files.

#![expect(
    clippy::disallowed_methods,
    reason = "options is the only reader of the environment"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::refused::Refused;
use crate::text::excerpt;

/// The values of environment variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `$CARGO`, else `cargo` from `PATH`, else only `cargo`: starting it then reports that it is
    /// missing.
    pub cargo: PathBuf,
    /// `$RUSTC`, else `rustc` in the directory of `$CARGO`, else `rustc` from `PATH`.
    pub rustc: Option<PathBuf>,
    /// `rustdoc` from `PATH`, which cargo starts for doctests.
    pub rustdoc: Option<PathBuf>,
    /// `$PATH`.
    pub path: Option<OsString>,
    /// `$CARGO_HOME`, else `.cargo` in the home directory.
    pub cargo_home: Option<PathBuf>,
    /// `$HOME`, or `%USERPROFILE%` on Windows.
    pub home: Option<PathBuf>,
    /// Directories in which programs keep their configuration: `$XDG_CONFIG_HOME`, else the
    /// defaults of the system.
    pub config_homes: Vec<PathBuf>,
    /// `$RUSTUP_HOME`, else `.rustup` in the home directory.
    pub rustup_home: Option<PathBuf>,
    /// `$CARGO_TERM_COLOR`, else the setting from `NO_COLOR` or `CLICOLOR_FORCE`.
    pub color: When,
    /// `$CARGO_TERM_PROGRESS_WHEN`.
    pub progress: When,
    /// `$CARGO_TERM_PROGRESS_WIDTH`.
    pub progress_width: Option<u16>,
    /// `$CARGO_TERM_QUIET`.
    pub quiet: bool,
    /// `$CARGO_TERM_VERBOSE`.
    pub verbose: bool,
    /// `$CARGO_TERM_UNICODE`, else whether the locale is UTF-8.
    pub unicode: bool,
    /// `TERM=dumb`: no colour and no progress display.
    pub dumb: bool,
    /// `$COLUMNS`.
    pub columns: Option<u16>,
    /// Whether `CI` or `TF_BUILD` is set, as in cargo.
    pub ci: bool,
    /// `GITHUB_ACTIONS=true`.
    pub github: bool,
    /// The branch that the CI service runs for, from the variables of GitHub Actions and GitLab. A request to merge has
    /// a name of its own, because its branch may be that of a fork. `None` for a tag.
    pub ci_branch: Option<String>,
    /// `$GITHUB_SHA`, else `$CI_COMMIT_SHA`: the commit that the job of a CI service runs for. Its steps may check out
    /// another one, which is not that of the branch then.
    pub job_commit: Option<String>,
    /// `$GITHUB_REPOSITORY`: the repository that a job of GitHub Actions runs for, `OWNER/NAME`. Its steps may check out
    /// another one, such as the fork of a pull request.
    pub job_repository: Option<String>,
    /// The revision that the change is to be merged into, from the variables of GitHub Actions and GitLab.
    pub merge_target: MergeTarget,
    /// The directory that the CI service checks repositories out to: `$GITHUB_WORKSPACE`, else
    /// `$CI_PROJECT_DIR`.
    pub checkout: Option<PathBuf>,
    /// `$GITHUB_STEP_SUMMARY`: the file that a step appends its summary to.
    pub step_summary: Option<PathBuf>,
    /// `$GITHUB_OUTPUT`: the file that a step appends its outputs to.
    pub step_output: Option<PathBuf>,
    /// `$SOURCE_DATE_EPOCH`: the current time in Unix seconds.
    pub source_date_epoch: Option<i64>,
    /// `$CARGO_BUILD_TARGET`.
    pub target: Option<String>,
    /// `$CARGO_TARGET_DIR`, else `$CARGO_BUILD_TARGET_DIR`.
    pub target_dir: Option<PathBuf>,
    /// `$CARGO_REGISTRY_DEFAULT`.
    pub default_registry: Option<String>,
    /// Variables that affect the results of cargo, with their values. Secrets are masked.
    pub relevant: BTreeMap<String, String>,
    /// Names of variables that are set to an empty value, which cargo does not take for missing.
    pub empty: BTreeSet<String>,
}

/// The revision that a change is to be merged into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MergeTarget {
    /// The change is already merged, or this is no CI service.
    #[default]
    None,
    /// A revision.
    Revision(String),
    /// `merge_group.base_sha` in this file, which describes the event of a merge queue in GitHub.
    EventFile(PathBuf),
    /// The change is to be merged, and this variable, which would name the target, is not set.
    Missing(&'static str),
    /// The change is to be merged into a branch of another repository than that of `origin`, as this fragment says.
    Elsewhere(String),
    /// The event is not about a change, but the steps of the job may check one out.
    Unknown {
        /// The commit that the job runs for, which such a change is to be merged into; else the variable that is not set.
        commit: Result<String, &'static str>,
        /// Whether only people with write access choose what is checked out. Then it is a change only if it has the
        /// commit of a request to merge that was fetched.
        is_chosen: bool,
    },
}

/// `auto`, `always` or `never`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

impl When {
    /// The values with their names.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("auto", Self::Auto),
        ("always", Self::Always),
        ("never", Self::Never),
    ];

    /// Returns the value with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, when)| *when)
    }

    /// Returns whether to enable something. `auto` is the answer for [`When::Auto`].
    pub fn settle(self, auto: bool) -> bool {
        match self {
            Self::Auto => auto,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Returns the current value of a variable, for code that must search as cargo does.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Environment {
    /// Reads the environment of the process. Relative entries of `PATH` are resolved against `cwd`.
    ///
    /// # Errors
    /// If a variable has a value that cargo rejects.
    pub fn read(cwd: &Path) -> Result<Self, Refused> {
        Self::from_vars(std::env::vars_os(), cwd)
    }

    /// Reads the given variables instead of those of the process.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn from_vars(
        vars: impl IntoIterator<Item = (OsString, OsString)>,
        cwd: &Path,
    ) -> Result<Self, Refused> {
        let vars = Vars(
            vars.into_iter()
                .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
                .collect(),
        );
        let cargo = vars.path("CARGO");
        let beside = cargo
            .as_ref()
            .map(|cargo| cargo.with_file_name(format!("rustc{}", std::env::consts::EXE_SUFFIX)));
        let rustc = vars
            .path("RUSTC")
            .or_else(|| beside.filter(|rustc| rustc.is_file()));
        Ok(Self {
            cargo: cargo
                .or_else(|| vars.which("cargo", cwd))
                .unwrap_or_else(|| PathBuf::from("cargo")),
            rustc: rustc.or_else(|| vars.which("rustc", cwd)),
            rustdoc: vars.which("rustdoc", cwd),
            path: vars.0.get("PATH").cloned(),
            cargo_home: vars
                .path("CARGO_HOME")
                .or_else(|| Some(vars.home()?.join(".cargo"))),
            home: vars.home(),
            config_homes: vars.config_homes(),
            rustup_home: vars
                .path("RUSTUP_HOME")
                .or_else(|| Some(vars.home()?.join(".rustup"))),
            color: vars.color()?,
            progress: vars.when("CARGO_TERM_PROGRESS_WHEN")?.unwrap_or_default(),
            progress_width: vars.number("CARGO_TERM_PROGRESS_WIDTH")?,
            quiet: vars.flag("CARGO_TERM_QUIET")?.unwrap_or_default(),
            verbose: vars.flag("CARGO_TERM_VERBOSE")?.unwrap_or_default(),
            unicode: vars
                .flag("CARGO_TERM_UNICODE")?
                .unwrap_or_else(|| vars.unicode_locale()),
            dumb: vars.text("TERM").is_some_and(|term| term == "dumb"),
            columns: vars
                .text("COLUMNS")
                .and_then(|columns| columns.parse().ok()),
            ci: vars.0.contains_key("CI") || vars.0.contains_key("TF_BUILD"),
            github: vars.is_github(),
            ci_branch: vars.ci_branch(),
            job_commit: vars
                .text("GITHUB_SHA")
                .or_else(|| vars.text("CI_COMMIT_SHA")),
            job_repository: vars.text("GITHUB_REPOSITORY"),
            merge_target: vars.merge_target(),
            checkout: vars
                .path("GITHUB_WORKSPACE")
                .or_else(|| vars.path("CI_PROJECT_DIR")),
            step_summary: vars.path("GITHUB_STEP_SUMMARY"),
            step_output: vars.path("GITHUB_OUTPUT"),
            source_date_epoch: vars.number("SOURCE_DATE_EPOCH")?,
            target: vars.text("CARGO_BUILD_TARGET"),
            target_dir: vars
                .path("CARGO_TARGET_DIR")
                .or_else(|| vars.path("CARGO_BUILD_TARGET_DIR")),
            default_registry: vars.text("CARGO_REGISTRY_DEFAULT"),
            relevant: vars.select(|name, value| is_relevant(name) || is_refused(name, value)),
            empty: vars.empty(),
        })
    }
}

/// Environment variables by name. As in cargo, an empty value counts as missing.
struct Vars(BTreeMap<String, OsString>);

impl Vars {
    fn text(&self, name: &str) -> Option<String> {
        self.0
            .get(name)
            .map(|value| value.to_string_lossy().into_owned())
            .filter(|value| !value.is_empty())
    }

    fn is_github(&self) -> bool {
        let actions = self.text("GITHUB_ACTIONS");
        actions.is_some_and(|value| value == "true")
    }

    fn ci_branch(&self) -> Option<String> {
        let is_tag = self
            .text("GITHUB_REF_TYPE")
            .is_some_and(|kind| kind == "tag")
            || self.text("CI_COMMIT_TAG").is_some();
        let request = self.text("CI_MERGE_REQUEST_REF_PATH");
        let request = request.map(|path| path.strip_prefix("refs/").unwrap_or(&path).to_owned());
        // `123/merge` for a pull request.
        let name = self
            .text("GITHUB_REF_NAME")
            .or(request)
            .or_else(|| self.text("CI_COMMIT_REF_NAME"));
        name.filter(|name| !is_tag && is_branch_name(name))
    }

    /// Returns the target of a pull request, merge request or merge queue.
    fn merge_target(&self) -> MergeTarget {
        if let Some(branch) = self.text("GITHUB_BASE_REF") {
            return MergeTarget::Revision(format!("origin/{branch}"));
        }
        let gitlab = [
            "CI_MERGE_REQUEST_DIFF_BASE_SHA",
            "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA",
        ];
        if let Some(commit) = gitlab.iter().find_map(|name| self.text(name)) {
            return MergeTarget::Revision(commit);
        }
        let event = self.text("GITHUB_EVENT_NAME").unwrap_or_default();
        if event == "merge_group" {
            let file = self.path("GITHUB_EVENT_PATH");
            return file.map_or(
                MergeTarget::Missing("GITHUB_EVENT_PATH"),
                MergeTarget::EventFile,
            );
        }
        // Events about reviews of a pull request run on its merge commit as well.
        if event.starts_with("pull_request") {
            return MergeTarget::Missing("GITHUB_BASE_REF");
        }
        // A child pipeline has another source, and knows the request that it belongs to.
        let source = self.text("CI_PIPELINE_SOURCE");
        let reference = self.text("CI_COMMIT_REF_NAME").unwrap_or_default();
        if source.is_some_and(|source| source == "merge_request_event")
            || self.text("CI_MERGE_REQUEST_IID").is_some()
            || reference.starts_with("refs/merge-requests/")
        {
            return MergeTarget::Missing("CI_MERGE_REQUEST_DIFF_BASE_SHA");
        }
        if self.text("CI_EXTERNAL_PULL_REQUEST_IID").is_some() {
            return MergeTarget::Missing("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA");
        }
        let commit = match event.as_str() {
            // The job may be that of a pull request, whose commit is no target.
            "" if self.is_github() => Err("GITHUB_EVENT_NAME"),
            "" => match self.text("CI_COMMIT_SHA") {
                Some(commit) => Ok(commit),
                None => return MergeTarget::None,
            },
            _ => self.text("GITHUB_SHA").ok_or("GITHUB_SHA"),
        };
        MergeTarget::Unknown {
            commit,
            is_chosen: event.is_empty() || CHOSEN.contains(&event.as_str()),
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.0
            .get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.path("USERPROFILE"))
    }

    /// Returns the directories for configuration. `XDG_CONFIG_HOME` and `~/.config` are used on
    /// every system, because some programs do.
    fn config_homes(&self) -> Vec<PathBuf> {
        let home = self.home();
        let home = home.as_deref();
        let xdg = self
            .path("XDG_CONFIG_HOME")
            .or_else(|| Some(home?.join(".config")));
        let mac = home
            .filter(|_| cfg!(target_os = "macos"))
            .map(|home| home.join("Library/Application Support"));
        [xdg, mac, self.path("APPDATA").filter(|_| cfg!(windows))]
            .into_iter()
            .flatten()
            .collect()
    }

    fn which(&self, program: &str, cwd: &Path) -> Option<PathBuf> {
        which::which_in(program, self.0.get("PATH"), cwd).ok()
    }

    fn refuse<T>(name: &str, value: &str, wanted: &str) -> Result<T, Refused> {
        Err(Refused::usage(format!(
            "{name}: expected {wanted}, found `{}`",
            excerpt(value)
        )))
    }

    fn when(&self, name: &str) -> Result<Option<When>, Refused> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match When::from_name(&value) {
            Some(when) => Ok(Some(when)),
            None => Self::refuse(name, &value, "auto, always or never"),
        }
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Refused> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        value
            .parse()
            .map(Some)
            .or_else(|_| Self::refuse(name, &value, "true or false"))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refused> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        value
            .parse()
            .map(Some)
            .or_else(|_| Self::refuse(name, &value, "a whole number"))
    }

    /// Returns the setting from `CARGO_TERM_COLOR`, `NO_COLOR` or `CLICOLOR_FORCE`, in this order.
    fn color(&self) -> Result<When, Refused> {
        if let Some(when) = self.when("CARGO_TERM_COLOR")? {
            return Ok(when);
        }
        if self.text("NO_COLOR").is_some() {
            return Ok(When::Never);
        }
        let forced = self
            .text("CLICOLOR_FORCE")
            .is_some_and(|value| value != "0");
        Ok(if forced { When::Always } else { When::Auto })
    }

    fn unicode_locale(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| self.text(name));
        match locale {
            Some(locale) => locale.to_lowercase().replace('-', "").contains("utf8"),
            // Windows does not have these variables, and its terminals show Unicode.
            None => cfg!(windows),
        }
    }

    /// Returns the names of variables that are set and empty, and that may change what cargo does. An empty `RUSTFLAGS`
    /// overrides the configuration, and cargo refuses an empty value of others.
    fn empty(&self) -> BTreeSet<String> {
        // Rustup takes it for missing, and CI services set the others.
        const MISSING: [&str; 3] = ["CI", "RUSTUP_TOOLCHAIN", "TF_BUILD"];
        let empty = self.0.iter().filter(|(_, value)| value.is_empty());
        let names = empty.map(|(name, _)| name);
        let names = names.filter(|name| !MISSING.contains(&name.as_str()));
        let names = names.filter(|name| is_relevant(name) || name.starts_with("CARGO_"));
        names.cloned().collect()
    }

    fn select(&self, wanted: impl Fn(&str, &str) -> bool) -> BTreeMap<String, String> {
        self.0
            .iter()
            .map(|(name, value)| (name, value.to_string_lossy()))
            .filter(|(name, value)| !value.is_empty() && wanted(name, value))
            .map(|(name, value)| (name.clone(), mask(name, &value)))
            .collect()
    }
}

/// Events of GitHub Actions in whose jobs only people with write access choose what is checked out. Others, as a comment on a
/// pull request, may come from anybody.
const CHOSEN: [&str; 4] = ["push", "schedule", "workflow_dispatch", "release"];

/// Returns whether git accepts such a name of a branch. Others do not come from a CI service.
fn is_branch_name(name: &str) -> bool {
    const LONGEST: usize = 250;
    let mut characters = name.chars();
    name.len() <= LONGEST
        && !name.starts_with('-')
        && !characters.any(|c| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c))
}

/// Returns whether a variable affects the results of cargo. Variables for the location of output do
/// not.
fn is_relevant(name: &str) -> bool {
    const NAMES: [&str; 19] = [
        "CARGO_ENCODED_RUSTDOCFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        // Cargo turns incremental compilation off where it is set.
        "CI",
        "CLIPPY_CONF_DIR",
        "RUSTC",
        "RUSTC_BOOTSTRAP",
        "RUSTC_LINKER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTDOC",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
        "RUSTFMT",
        "RUSTUP_TOOLCHAIN",
        "RUST_MIN_STACK",
        "RUST_TEST_SHUFFLE",
        "RUST_TEST_THREADS",
        "TF_BUILD",
    ];
    const PLACES: [&str; 3] = [
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_BUILD_BUILD_DIR",
    ];
    let prefixes = [
        "CARGO_BUILD_",
        "CARGO_PROFILE_",
        "CARGO_RESOLVER_",
        "CARGO_TARGET_",
        "NEXTEST_",
    ];
    NAMES.contains(&name)
        || prefixes.iter().any(|prefix| name.starts_with(prefix)) && !PLACES.contains(&name)
}

/// The type of a key in cargo's configuration.
#[derive(Clone, Copy)]
enum VariableType {
    Flag,
    Number,
    /// A number other than zero, or `default`.
    Jobs,
    /// `git` or `sparse`.
    Protocol,
    /// A path that may contain placeholders, of which cargo knows only some.
    Template,
}

/// Variables that change no result unless cargo cannot read their value, in addition to those that
/// this program reads.
const TYPED: [(&str, VariableType); 13] = [
    ("CARGO_BUILD_BUILD_DIR", VariableType::Template),
    (JOBS, VariableType::Jobs),
    ("CARGO_HTTP_CHECK_REVOKE", VariableType::Flag),
    ("CARGO_HTTP_DEBUG", VariableType::Flag),
    ("CARGO_HTTP_LOW_SPEED_LIMIT", VariableType::Number),
    ("CARGO_HTTP_MULTIPLEXING", VariableType::Flag),
    ("CARGO_HTTP_TIMEOUT", VariableType::Number),
    ("CARGO_NET_GIT_FETCH_WITH_CLI", VariableType::Flag),
    ("CARGO_NET_OFFLINE", VariableType::Flag),
    ("CARGO_NET_RETRY", VariableType::Number),
    (
        "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
        VariableType::Protocol,
    ),
    ("CARGO_TERM_HYPERLINKS", VariableType::Flag),
    ("CARGO_TERM_PROGRESS_TERM_INTEGRATION", VariableType::Flag),
];

/// The number of parallel jobs, which only changes how long a build takes.
pub(super) const JOBS: &str = "CARGO_BUILD_JOBS";

/// Returns whether cargo may refuse to start because of the value of a variable. Recorded results
/// must not count then: cargo would give none.
pub(super) fn is_refused(name: &str, value: &str) -> bool {
    let Some((_, key)) = TYPED.iter().find(|(typed, _)| *typed == name) else {
        return false;
    };
    let is_valid = match key {
        VariableType::Flag => value.parse::<bool>().is_ok(),
        VariableType::Number => value.parse::<u32>().is_ok(),
        VariableType::Jobs => value == "default" || value.parse().is_ok_and(|jobs: i32| jobs != 0),
        VariableType::Protocol => ["git", "sparse"].contains(&value),
        VariableType::Template => !value.contains(['{', '}']),
    };
    !is_valid
}

/// Returns a value as it is recorded: secrets and credentials in URLs are masked.
fn mask(name: &str, value: &str) -> String {
    if ["TOKEN", "SECRET", "PASSWORD"]
        .iter()
        .any(|word| name.contains(word))
    {
        return "***".to_owned();
    }
    let mut words = value.split("://");
    let head = words.next().unwrap_or_default().to_owned();
    words.fold(head, |text, rest| {
        // The last character separates the flags in `CARGO_ENCODED_RUSTFLAGS`.
        let host = rest.find(['/', ' ', '"', '\u{1f}']).unwrap_or(rest.len());
        match rest[..host].rfind('@') {
            Some(at) => format!("{text}://***{}", &rest[at..]),
            None => format!("{text}://{rest}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(vars: &[(&str, &str)]) -> Result<Environment, Refused> {
        Environment::from_vars(
            vars.iter().map(|(n, v)| (n.into(), v.into())),
            Path::new("/"),
        )
    }

    #[test]
    fn colour_is_asked_for_in_cargo_s_order() {
        for (vars, color) in [
            (&[][..], When::Auto),
            (&[("NO_COLOR", "1")], When::Never),
            (&[("NO_COLOR", "")], When::Auto),
            (&[("CLICOLOR_FORCE", "1")], When::Always),
            (&[("CLICOLOR_FORCE", "0")], When::Auto),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], When::Never),
            (
                &[("CARGO_TERM_COLOR", "always"), ("NO_COLOR", "1")],
                When::Always,
            ),
            (
                &[("CARGO_TERM_COLOR", "never"), ("CLICOLOR_FORCE", "1")],
                When::Never,
            ),
        ] {
            assert_eq!(environment(vars).unwrap().color, color, "{vars:?}");
        }
    }

    #[test]
    fn values_that_cargo_refuses_are_refused() {
        for (name, value, message) in [
            (
                "CARGO_TERM_COLOR",
                "purple",
                "CARGO_TERM_COLOR: expected auto, always or never, found `purple`",
            ),
            (
                "CARGO_TERM_QUIET",
                "1",
                "CARGO_TERM_QUIET: expected true or false, found `1`",
            ),
            (
                "CARGO_TERM_PROGRESS_WHEN",
                "\u{1b}",
                "CARGO_TERM_PROGRESS_WHEN: expected auto, always or never, found `\\u{1b}`",
            ),
            (
                "CARGO_TERM_PROGRESS_WIDTH",
                "-1",
                "CARGO_TERM_PROGRESS_WIDTH: expected a whole number, found `-1`",
            ),
            (
                "SOURCE_DATE_EPOCH",
                "today",
                "SOURCE_DATE_EPOCH: expected a whole number, found `today`",
            ),
        ] {
            assert_eq!(
                environment(&[(name, value)]).unwrap_err().to_string(),
                message
            );
        }
    }

    #[test]
    fn the_locale_decides_about_unicode_unless_cargo_is_told() {
        for (vars, unicode) in [
            (&[("LANG", "de_DE.UTF-8")][..], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "C")], false),
            (&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")], false),
            (&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")], true),
            (&[("CARGO_TERM_UNICODE", "true"), ("LANG", "C")], true),
            (
                &[("CARGO_TERM_UNICODE", "false"), ("LANG", "C.UTF-8")],
                false,
            ),
        ] {
            assert_eq!(environment(vars).unwrap().unicode, unicode, "{vars:?}");
        }
    }

    #[test]
    fn only_what_changes_cargo_is_recorded_and_no_secret() {
        let found = environment(&[
            ("RUSTFLAGS", "-Dwarnings"),
            ("RUSTUP_TOOLCHAIN", "1.89"),
            ("CARGO_BUILD_TARGET", "wasm32-wasip1"),
            ("CARGO_BUILD_TARGET_DIR", "/t"),
            ("CARGO_TARGET_DIR", "/u"),
            ("CARGO_TARGET_WASM32_WASIP1_RUNNER", "wasmtime run"),
            ("CARGO_PROFILE_DEV_DEBUG", "0"),
            ("CARGO_BUILD_MY_TOKEN", "hunter2"),
            ("CARGO_REGISTRY_TOKEN", "hunter2"),
            (
                "RUSTC_WRAPPER",
                "cachew --at=https://me:hunter2@cache.example/x",
            ),
            ("RUSTDOCFLAGS", ""),
            ("PATH", "/nowhere"),
            ("HOME", "/home/ana"),
            ("NEXTEST_PROFILE", "quick"),
        ])
        .unwrap();
        let expected = [
            ("CARGO_BUILD_MY_TOKEN", "***"),
            ("CARGO_BUILD_TARGET", "wasm32-wasip1"),
            ("CARGO_PROFILE_DEV_DEBUG", "0"),
            ("CARGO_TARGET_WASM32_WASIP1_RUNNER", "wasmtime run"),
            ("NEXTEST_PROFILE", "quick"),
            ("RUSTC_WRAPPER", "cachew --at=https://***@cache.example/x"),
            ("RUSTFLAGS", "-Dwarnings"),
            ("RUSTUP_TOOLCHAIN", "1.89"),
        ];
        let relevant: Vec<_> = found
            .relevant
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(relevant, expected);
        assert_eq!(found.target.as_deref(), Some("wasm32-wasip1"));
        assert_eq!(found.target_dir, Some(PathBuf::from("/u")));
        assert_eq!(found.cargo_home, Some(PathBuf::from("/home/ana/.cargo")));
        assert_eq!(found.cargo, PathBuf::from("cargo"), "nothing on the path");
    }

    #[test]
    fn branch_of_ci_is_that_of_the_service_and_never_that_of_a_fork() {
        for (vars, expected) in [
            (&[("GITHUB_REF_NAME", "main")][..], Some("main")),
            (
                &[("GITHUB_REF_NAME", "7/merge"), ("GITHUB_HEAD_REF", "main")],
                Some("7/merge"),
            ),
            (
                &[("GITHUB_REF_NAME", "v1"), ("GITHUB_REF_TYPE", "tag")],
                None,
            ),
            (&[("CI_COMMIT_REF_NAME", "fix/a")], Some("fix/a")),
            (
                &[
                    ("CI_COMMIT_REF_NAME", "main"),
                    ("CI_MERGE_REQUEST_REF_PATH", "refs/merge-requests/7/head"),
                ],
                Some("merge-requests/7/head"),
            ),
            (
                &[("CI_COMMIT_REF_NAME", "v1"), ("CI_COMMIT_TAG", "v1")],
                None,
            ),
            (&[("CI_COMMIT_REF_NAME", "\u{1b}[31mred")], None),
            (&[("CI_COMMIT_REF_NAME", "a\n::error::b")], None),
            (&[], None),
        ] {
            let found = environment(vars).unwrap().ci_branch;
            assert_eq!(found.as_deref(), expected, "{vars:?}");
        }
    }

    #[test]
    fn the_cargo_that_started_us_is_used() {
        let found = environment(&[
            ("CARGO", "/opt/rust/bin/cargo"),
            ("CARGO_HOME", "/ch"),
            ("CI", ""),
            ("TERM", "dumb"),
        ]);
        let found = found.unwrap();
        assert_eq!(
            (found.cargo, found.cargo_home),
            (
                PathBuf::from("/opt/rust/bin/cargo"),
                Some(PathBuf::from("/ch"))
            )
        );
        assert!(found.ci && found.dumb && !found.github);
    }

    #[test]
    fn inert_variable_is_relevant_only_if_cargo_refuses_its_value() {
        for (name, value, expected) in [
            ("CARGO_HTTP_TIMEOUT", "30", false),
            ("CARGO_HTTP_TIMEOUT", "x", true),
            ("CARGO_HTTP_PROXY", "x", false),
            ("CARGO_NET_OFFLINE", "true", false),
            ("CARGO_NET_OFFLINE", "maybe", true),
            ("CARGO_NET_OFFLINE", "", false),
            ("CARGO_TERM_HYPERLINKS", "1", true),
            ("CARGO_REGISTRIES_CRATES_IO_PROTOCOL", "sparse", false),
            ("CARGO_REGISTRIES_CRATES_IO_PROTOCOL", "x", true),
            ("CARGO_BUILD_BUILD_DIR", "/tmp/x", false),
            ("CARGO_BUILD_BUILD_DIR", "/tmp/{x", true),
            ("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "allow", true),
        ] {
            let relevant = environment(&[(name, value)]).unwrap().relevant;
            assert_eq!(relevant.contains_key(name), expected, "{name}={value}");
        }
        for (jobs, refused) in [
            ("4", false),
            ("-1", false),
            ("default", false),
            ("0", true),
            ("x", true),
        ] {
            assert_eq!(is_refused(JOBS, jobs), refused, "{jobs}");
        }
    }
}
