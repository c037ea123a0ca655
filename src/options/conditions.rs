//! Named conditions outside the source tree that affect the results of a measurement: the
//! toolchain, environment variables, and the configuration files that cargo, clippy, rustfmt and
//! nextest find above the root or in the home directory.
//!
//! No process is started. Only existing files and variables are recorded. Files above the root are
//! recorded by their relative path, so that moving a checkout changes nothing unless other files
//! apply afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::environment::{Environment, JOBS, is_refused};
use super::programs::{self, Programs};
use super::toolchain;
use super::tree::{self, TomlEntry, TomlKind, TomlNode};
use crate::collector::planner::INERT_ONLY;
use crate::probe::relative;
use crate::store::{self, digest};

/// The maximum size of a configuration file in bytes. Larger files are ignored.
const LIMIT: u64 = 1 << 20;

/// The maximum depth of `include`s in cargo's configuration.
const DEPTH: u32 = 8;

/// The name of the condition that covers the compiler and cargo.
pub const TOOLCHAIN: &str = "toolchain";

/// The tables of cargo's configuration that cannot change the result of a cargo command. The
/// command of a custom collector may depend on them.
const INERT: [&str; 5] = ["alias", "http", "net", "registry", "term"];

/// The conditions of a measurement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// A digest for each condition by its name: `toolchain`, `RUSTFLAGS`, `../.cargo/config.toml`.
    pub digests: BTreeMap<String, String>,
    /// Values of the keys of cargo's configuration that affect compiler diagnostics, such as
    /// `build.rustflags`. The value from the nearest file comes first.
    pub config: BTreeMap<String, String>,
    /// Programs that are named by the configuration and the environment.
    pub programs: Programs,
}

/// Reads the conditions that hold for the workspace at `root`.
pub fn read(environment: &Environment, root: &Path) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.digests.insert(
        TOOLCHAIN.to_owned(),
        toolchain::toolchain_key(environment, root),
    );
    // The digest of the toolchain covers `RUSTUP_TOOLCHAIN`, which cargo's proxy always sets.
    // Variables that only affect times do not make counts stale.
    let others = environment
        .relevant
        .iter()
        .filter(|(name, value)| *name != "RUSTUP_TOOLCHAIN" && !is_about_time(name, value));
    conditions
        .digests
        .extend(others.map(|(name, value)| (name.clone(), digest(value.as_bytes()))));
    let empty = environment.empty.iter();
    let empty = empty.map(|name| (name.clone(), digest(b"")));
    conditions.digests.extend(empty);
    let places = SearchPath { environment, root };
    for path in places.configurations() {
        if let Some(text) = text(&path) {
            conditions
                .digests
                .insert(places.name(&path), digest(text.as_bytes()));
        }
    }
    conditions.programs = programs::of_environment(environment, root);
    for path in places.cargo() {
        conditions.cargo(&places, &path, DEPTH);
    }
    conditions
}

/// Returns whether a variable affects only how long a command takes, and not its result.
fn is_about_time(variable: &str, value: &str) -> bool {
    [JOBS, "CI", "TF_BUILD"].contains(&variable) && !is_refused(variable, value)
}

impl Conditions {
    /// Adds a file of cargo's configuration, and the files that it includes.
    fn cargo(&mut self, places: &SearchPath<'_>, path: &Path, depth: u32) {
        let Some(text) = text(path) else { return };
        let name = places.name(path);
        // Cargo itself reports an invalid file.
        let Ok(config) = tree::parse(&text) else {
            self.digests.insert(name, digest(text.as_bytes()));
            return;
        };
        let (inert, effective): (Vec<&TomlEntry>, Vec<&TomlEntry>) = config
            .entries()
            .iter()
            .partition(|entry| INERT.contains(&entry.key.as_str()));
        for (name, entries) in [(format!("{name}{INERT_ONLY}"), inert), (name, effective)] {
            if !entries.is_empty() {
                self.digests
                    .insert(name, digest(canonical(&entries).as_bytes()));
            }
        }
        self.programs
            .extend(programs::of_config(&config, path, places.root));
        for (key, value) in reporting(&config) {
            let known = self.config.entry(key).or_default();
            let separator = if known.is_empty() { "" } else { " " };
            known.push_str(&format!("{separator}{value}"));
        }
        for include in includes(&config).into_iter().filter(|_| depth > 0) {
            self.cargo(places, &path.with_file_name("").join(include), depth - 1);
        }
    }
}

/// Returns the keys of cargo's configuration that affect compiler diagnostics, with their values.
fn reporting(config: &TomlNode) -> Vec<(String, String)> {
    const BUILD: [&str; 6] = [
        "rustc",
        "rustc-workspace-wrapper",
        "rustc-wrapper",
        "rustdoc",
        "rustdocflags",
        "rustflags",
    ];
    let mut found = Vec::new();
    for entry in config.entries() {
        let name = entry.key.as_str();
        for inner in entry.value.entries() {
            let key = inner.key.as_str();
            match name {
                "build" if BUILD.contains(&key) => {
                    found.push((format!("build.{key}"), spelling(&inner.value)));
                }
                "env"
                    if ["CLIPPY_", "RUST"]
                        .iter()
                        .any(|prefix| key.starts_with(prefix)) =>
                {
                    found.push((format!("env.{key}"), spelling(&inner.value)));
                }
                "profile" => found.push((format!("profile.{key}"), spelling(&inner.value))),
                "target" => {
                    for flag in inner
                        .value
                        .entries()
                        .iter()
                        .filter(|flag| flag.key.starts_with("rust"))
                    {
                        let name = format!("target.{key}.{}", flag.key);
                        found.push((name, spelling(&flag.value)));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Returns the included files: `include = "FILE"` or `include = ["FILE", { path = "FILE" }]`.
fn includes(config: &TomlNode) -> Vec<String> {
    let Some(node) = config.get("include") else {
        return Vec::new();
    };
    match &node.kind {
        TomlKind::List(nodes) => nodes.iter().filter_map(include_path).collect(),
        _ => include_path(node).into_iter().collect(),
    }
}

/// Returns the path of one included file.
fn include_path(node: &TomlNode) -> Option<String> {
    node.text()
        .or_else(|| node.get("path")?.text())
        .map(str::to_owned)
}

/// Returns a canonical form of a table, independent of order and layout. Different values have
/// different forms.
fn canonical(entries: &[&TomlEntry]) -> String {
    let mut pairs: Vec<String> = entries
        .iter()
        .map(|entry| format!("{:?}={}", entry.key, canonical_value(&entry.value)))
        .collect();
    pairs.sort_unstable();
    pairs.join(",")
}

fn canonical_value(node: &TomlNode) -> String {
    match &node.kind {
        TomlKind::List(nodes) => format!(
            "[{}]",
            nodes
                .iter()
                .map(canonical_value)
                .collect::<Vec<_>>()
                .join(",")
        ),
        TomlKind::Table(entries) => {
            format!("{{{}}}", canonical(&entries.iter().collect::<Vec<_>>()))
        }
        TomlKind::Text(text) => format!("{text:?}"),
        TomlKind::Integer(_) | TomlKind::Float(_) | TomlKind::Flag(_) | TomlKind::Date(_) => {
            spelling(node)
        }
    }
}

/// Returns a value as text: an array as words separated by spaces, a table as `key=value`.
fn spelling(node: &TomlNode) -> String {
    match &node.kind {
        TomlKind::List(nodes) => nodes.iter().map(spelling).collect::<Vec<_>>().join(" "),
        TomlKind::Table(_) => {
            let mut pairs: Vec<String> = node
                .entries()
                .iter()
                .map(|entry| format!("{}={}", entry.key, spelling(&entry.value)))
                .collect();
            pairs.sort_unstable();
            pairs.join(" ")
        }
        TomlKind::Text(text) | TomlKind::Date(text) => text.clone(),
        TomlKind::Integer(number) => number.to_string(),
        TomlKind::Float(number) => number.to_string(),
        TomlKind::Flag(flag) => flag.to_string(),
    }
}

/// Returns cargo's configuration files that apply to the workspace at `root`, nearest first, each with
/// its name for messages.
pub fn cargo_configurations(environment: &Environment, root: &Path) -> Vec<(String, PathBuf)> {
    let places = SearchPath { environment, root };
    let files = places.cargo().into_iter();
    files.map(|path| (places.name(&path), path)).collect()
}

/// Returns whether cargo publishes a package whose manifest names no registry to another one than
/// crates.io.
pub fn has_other_default_registry(environment: &Environment, root: &Path) -> bool {
    let configured = || {
        let files = cargo_configurations(environment, root).into_iter();
        files
            .filter_map(|(_, path)| {
                store::read_text(&path)
                    .ok()?
                    .parse::<toml_edit::Document<String>>()
                    .ok()
            })
            .find_map(|file| Some(file.get("registry")?.get("default")?.as_str()?.to_owned()))
    };
    let registry = environment.default_registry.clone().or_else(configured);
    registry.is_some_and(|name| name != "crates-io")
}

/// The directories that are searched for configuration files.
struct SearchPath<'a> {
    environment: &'a Environment,
    root: &'a Path,
}

impl SearchPath<'_> {
    /// Returns cargo's configuration files, nearest first.
    ///
    /// If a directory contains both, `config` is preferred over `config.toml`, as by cargo.
    fn cargo(&self) -> Vec<PathBuf> {
        let home = self.environment.cargo_home.clone();
        let above = self
            .root
            .ancestors()
            .map(|dir| dir.join(".cargo"))
            .filter(|dir| Some(dir) != home.as_ref());
        let dirs: Vec<PathBuf> = above.chain(home.clone()).collect();
        dirs.iter().filter_map(|dir| cargo_config(dir)).collect()
    }

    /// Returns the configuration files of clippy, rustfmt, nextest and rustup outside the source
    /// tree.
    ///
    /// Files in the source tree are covered by its fingerprint.
    fn configurations(&self) -> Vec<PathBuf> {
        const CLIPPY: [&str; 2] = ["clippy.toml", ".clippy.toml"];
        const RUSTFMT: [&str; 2] = ["rustfmt.toml", ".rustfmt.toml"];
        const RUSTUP: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];
        let mut found = Vec::new();
        for dir in self.root.ancestors().skip(1) {
            found.extend(
                [CLIPPY, RUSTFMT, RUSTUP]
                    .concat()
                    .iter()
                    .map(|name| dir.join(name)),
            );
        }
        let clippy = self
            .environment
            .relevant
            .get("CLIPPY_CONF_DIR")
            .map(|dir| self.root.join(dir));
        found.extend(
            clippy
                .iter()
                .flat_map(|dir| CLIPPY.map(|name| dir.join(name))),
        );
        found.extend(
            self.environment
                .home
                .iter()
                .flat_map(|dir| RUSTFMT.map(|name| dir.join(name))),
        );
        for dir in &self.environment.config_homes {
            found.extend(RUSTFMT.map(|name| dir.join("rustfmt").join(name)));
            found.push(dir.join("nextest").join("config.toml"));
        }
        found
    }

    /// Returns the name of a file for messages, independent of the location of the checkout.
    fn name(&self, path: &Path) -> String {
        let dir = path.parent().unwrap_or(path);
        let dir = if dir.ends_with(".cargo") {
            dir.parent().unwrap_or(dir)
        } else {
            dir
        };
        let above = self.root.starts_with(dir);
        name_below(path, self.environment.cargo_home.as_deref(), "$CARGO_HOME")
            .or_else(|| name_below(path, self.environment.home.as_deref(), "~").filter(|_| !above))
            .unwrap_or_else(|| relative(self.root, path))
    }
}

/// Returns the configuration file of cargo in a `.cargo` directory.
fn cargo_config(dir: &Path) -> Option<PathBuf> {
    ["config", "config.toml"]
        .map(|name| dir.join(name))
        .into_iter()
        .find(|file| file.is_file())
}

/// Returns the name of a file below a directory that is abbreviated by a sign such as `~`.
fn name_below(path: &Path, dir: Option<&Path>, sign: &str) -> Option<String> {
    let rest = path.strip_prefix(dir?).ok()?;
    Some(format!(
        "{sign}/{}",
        rest.to_string_lossy().replace('\\', "/")
    ))
}

/// Reads a regular file. Returns `None` if it is missing, unreadable or too large.
fn text(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&store::read_file(path, LIMIT).ok()?).into_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::tests::Scratch;

    fn conditions(scratch: &Scratch, root: &str, more: &[(&str, &str)]) -> Conditions {
        let dir = scratch.path();
        let places = [
            ("CARGO", dir.join("bin/cargo")),
            ("CARGO_HOME", dir.join("cargo-home")),
            ("HOME", dir.join("home")),
        ];
        let places = places.map(|(name, path)| (OsString::from(name), path.into_os_string()));
        let more = more
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let environment = Environment::from_vars(places.into_iter().chain(more), dir).unwrap();
        read(&environment, &dir.join(root))
    }

    fn names(conditions: &Conditions) -> Vec<&str> {
        conditions
            .digests
            .keys()
            .map(String::as_str)
            .filter(|name| *name != TOOLCHAIN)
            .collect()
    }

    #[test]
    fn each_file_and_variable_is_a_condition_with_its_name() {
        for (file, name) in [
            ("w/.cargo/config.toml", "../.cargo/config.toml"),
            ("w/a/.cargo/config", ".cargo/config"),
            ("cargo-home/config.toml", "$CARGO_HOME/config.toml"),
            ("w/clippy.toml", "../clippy.toml"),
            ("w/.rustfmt.toml", "../.rustfmt.toml"),
            ("w/rust-toolchain.toml", "../rust-toolchain.toml"),
            (
                "home/.config/rustfmt/rustfmt.toml",
                "~/.config/rustfmt/rustfmt.toml",
            ),
            ("home/rustfmt.toml", "~/rustfmt.toml"),
            (
                "home/.config/nextest/config.toml",
                "~/.config/nextest/config.toml",
            ),
        ] {
            let scratch = Scratch::with(&[("w/a/Cargo.toml", "")]);
            assert_eq!(names(&conditions(&scratch, "w/a", &[])), [""; 0]);
            scratch.write(file, "a = 1");
            let before = conditions(&scratch, "w/a", &[]);
            assert_eq!(names(&before), [name]);
            scratch.write(file, "a = 2");
            assert_ne!(conditions(&scratch, "w/a", &[]), before, "{file}");
        }
        let scratch = Scratch::new();
        let variables = [
            ("RUSTFLAGS", "-Dwarnings"),
            ("CI", "1"),
            ("RUST_TEST_THREADS", "1"),
            ("CARGO_BUILD_JOBS", "1"),
        ];
        let expected = ["RUSTFLAGS", "RUST_TEST_THREADS"];
        assert_eq!(names(&conditions(&scratch, "w", &variables)), expected);
        let empty = [
            ("CARGO_TARGET_DIR", ""),
            ("CARGO_TERM_COLOR", ""),
            ("CI", ""),
            ("HOME_OF_ANOTHER", ""),
            ("RUSTFLAGS", ""),
            ("RUSTUP_TOOLCHAIN", ""),
        ];
        let expected = ["CARGO_TARGET_DIR", "CARGO_TERM_COLOR", "RUSTFLAGS"];
        assert_eq!(names(&conditions(&scratch, "w", &empty)), expected);
    }

    #[test]
    fn included_file_and_the_directory_of_clippys_configuration_are_conditions() {
        const CONFIG: &str = "w/.cargo/config.toml";
        for (file, variables) in [
            ("w/.cargo/more.toml", [].as_slice()),
            ("conf/clippy.toml", &["CLIPPY_CONF_DIR"]),
        ] {
            let include = "include = ['more.toml']\n";
            let scratch = Scratch::with(&[("w/Cargo.toml", ""), (CONFIG, include)]);
            let conf = scratch.path().join("conf");
            let conf = conf.to_string_lossy();
            let variables: Vec<(&str, &str)> =
                variables.iter().map(|name| (*name, &*conf)).collect();
            let mut found = std::collections::BTreeSet::new();
            for text in ["", "a = 1\n", "a = 2\n"] {
                if !text.is_empty() {
                    scratch.write(file, text);
                }
                let digests = conditions(&scratch, "w", &variables).digests;
                found.insert(Vec::from_iter(digests));
            }
            assert_eq!(found.len(), 3, "{file}");
        }
    }

    /// Whatever the order and layout of the others.
    #[test]
    fn tables_that_change_no_result_are_a_condition_of_their_own() {
        const FILE: &str = "cargo-home/config.toml";
        let all = format!("$CARGO_HOME/config.toml{INERT_ONLY}");
        for (before, after, changed) in [
            ("", "[term]\nverbose = true\n", vec![all.as_str()]),
            (
                "[alias]\nx = 'check'\n",
                "[alias]\nx = 'test'\n",
                vec![all.as_str()],
            ),
            (
                "[build]\nrustflags = ['-A', 'x']\n[net]\nretry = 1\n",
                "[build]\n# same\nrustflags = [\"-A\", \"x\"]\n[net]\nretry = 1\n",
                vec![],
            ),
            (
                "[build]\nrustflags = ['-A x']\n",
                "[build]\nrustflags = ['-A', 'x']\n",
                vec!["$CARGO_HOME/config.toml"],
            ),
            (
                "[source.a]\nb = 1\n",
                "[source.a]\nb = 2\n",
                vec!["$CARGO_HOME/config.toml"],
            ),
        ] {
            let scratch = Scratch::with(&[("w/Cargo.toml", ""), (FILE, before)]);
            let then = conditions(&scratch, "w", &[]).digests;
            scratch.write(FILE, after);
            let now = conditions(&scratch, "w", &[]).digests;
            let found: Vec<&str> = now
                .iter()
                .filter(|(name, digest)| then.get(*name) != Some(digest))
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!(found, changed, "{before} -> {after}");
        }
    }

    #[test]
    fn moving_a_checkout_changes_no_condition() {
        let scratch = Scratch::with(&[
            ("w/a/Cargo.toml", ""),
            ("v/x/y/a/Cargo.toml", ""),
            ("cargo-home/config.toml", ""),
        ]);
        assert_eq!(
            conditions(&scratch, "w/a", &[]),
            conditions(&scratch, "v/x/y/a", &[])
        );
    }

    /// From any source: whatever hands flags to a compiler or to clippy can hide findings.
    #[test]
    fn flags_in_configuration_are_known_from_every_file() {
        let scratch = Scratch::with(&[
            (
                "w/a/.cargo/config.toml",
                "include = ['more.toml']\n[build]\nrustflags = ['-Aclippy::all']\njobs = 1\n",
            ),
            (
                "w/a/.cargo/more.toml",
                "[env]\nCLIPPY_ARGS = { value = '-A', force = true }\nOTHER = '1'\n",
            ),
            (
                "w/.cargo/config.toml",
                "[target.'cfg(unix)']\nrustflags = '--cap-lints allow'\nrunner = 'x'\n",
            ),
            (
                "cargo-home/config.toml",
                "[build]\nrustflags = ['-Awarnings']\n[profile.dev]\ndebug-assertions = false\n",
            ),
        ]);
        let found = conditions(&scratch, "w/a", &[]).config;
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("build.rustflags", "-Aclippy::all -Awarnings"),
            ("env.CLIPPY_ARGS", "force=true value=-A"),
            ("profile.dev", "debug-assertions=false"),
            ("target.cfg(unix).rustflags", "--cap-lints allow"),
        ];
        assert_eq!(found, expected);
    }
}
