//! What decides the meaning of a measurement outside the source tree, each condition by its name: the toolchain,
//! environment variables, and the configuration files that cargo, clippy, rustfmt and nextest find above the root or in
//! the home directory.
//!
//! Found without starting a process. Only what exists is recorded, and files above the root by their relative path, so
//! that moving a checkout changes nothing unless other files then apply.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::programs::{self, Programs};
use super::toolchain;
use super::tree::{self, Entry, Kind, Node};
use crate::collector::planner::INERT_ONLY;
use crate::probe::relative;
use crate::store::{self, digest};

/// Larger configuration files are not read.
const LIMIT: u64 = 1 << 20;

/// `include`s of cargo configuration are followed so deep.
const DEPTH: u32 = 8;

/// The name of the condition that stands for compiler and cargo.
pub const TOOLCHAIN: &str = "toolchain";

/// The tables of cargo's configuration that cannot change the result of a command of cargo. A command of a custom collector
/// may use them.
const INERT: [&str; 5] = ["alias", "http", "net", "registry", "term"];

/// The conditions at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// A digest for each condition, by a name that people know it by: `toolchain`, `RUSTFLAGS`, `../.cargo/config.toml`.
    pub digests: BTreeMap<String, String>,
    /// Effective values of the keys of cargo's configuration that change what compilers and lints report, nearest file
    /// first: `build.rustflags`.
    pub config: BTreeMap<String, String>,
    /// Programs that configuration and environment name.
    pub programs: Programs,
}

/// Reads the conditions that hold for the workspace at `root`.
pub fn read(environment: &Environment, root: &Path) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.digests.insert(
        TOOLCHAIN.to_owned(),
        toolchain::toolchain_key(environment, root),
    );
    // The toolchain's digest covers rustup's choice, however it was made: cargo's proxy sets the variable, a person rarely
    // does. Variables that change only times do not make counts stale.
    let others = environment
        .relevant
        .iter()
        .filter(|(name, _)| *name != "RUSTUP_TOOLCHAIN" && !is_about_time(name));
    conditions
        .digests
        .extend(others.map(|(name, value)| (name.clone(), digest(value.as_bytes()))));
    let places = Places { environment, root };
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

/// A variable that changes how long something takes, and not what comes of it.
fn is_about_time(variable: &str) -> bool {
    ["CARGO_BUILD_JOBS", "CI", "RUST_TEST_THREADS", "TF_BUILD"].contains(&variable)
}

impl Conditions {
    /// Adds a file of cargo's configuration, and those that it includes.
    fn cargo(&mut self, places: &Places<'_>, path: &Path, depth: u32) {
        let Some(text) = text(path) else { return };
        let name = places.name(path);
        // What cannot be read is left to cargo to complain about.
        let Ok(config) = tree::parse(&text) else {
            self.digests.insert(name, digest(text.as_bytes()));
            return;
        };
        let (inert, effective): (Vec<&Entry>, Vec<&Entry>) = config
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

/// The keys of a configuration that change what compilers and lints report, with their values in TOML's spelling.
fn reporting(config: &Node) -> Vec<(String, String)> {
    const BUILD: [&str; 6] = [
        "rustc",
        "rustc-workspace-wrapper",
        "rustc-wrapper",
        "rustdoc",
        "rustdocflags",
        "rustflags",
    ];
    let mut found = Vec::new();
    let mut add = |name: String, node: &Node| found.push((name, spelling(node)));
    for entry in config.entries() {
        let name = entry.key.as_str();
        for inner in entry.value.entries() {
            let key = inner.key.as_str();
            match name {
                "build" if BUILD.contains(&key) => add(format!("build.{key}"), &inner.value),
                "env"
                    if ["CLIPPY_", "RUST"]
                        .iter()
                        .any(|prefix| key.starts_with(prefix)) =>
                {
                    add(format!("env.{key}"), &inner.value);
                }
                "profile" => add(format!("profile.{key}"), &inner.value),
                "target" => {
                    for flag in inner
                        .value
                        .entries()
                        .iter()
                        .filter(|flag| flag.key.starts_with("rust"))
                    {
                        add(format!("target.{key}.{}", flag.key), &flag.value);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// `include = "FILE"`, `include = ["FILE", { path = "FILE" }]`.
fn includes(config: &Node) -> Vec<String> {
    let Some(node) = config.get("include") else {
        return Vec::new();
    };
    let one = |node: &Node| {
        node.text()
            .or_else(|| node.get("path")?.text())
            .map(str::to_owned)
    };
    match &node.kind {
        Kind::List(nodes) => nodes.iter().filter_map(one).collect(),
        _ => one(node).into_iter().collect(),
    }
}

/// Entries in a spelling that differs for different values, and not for another order or layout.
fn canonical(entries: &[&Entry]) -> String {
    let mut pairs: Vec<String> = entries
        .iter()
        .map(|entry| format!("{:?}={}", entry.key, canonical_value(&entry.value)))
        .collect();
    pairs.sort_unstable();
    pairs.join(",")
}

fn canonical_value(node: &Node) -> String {
    match &node.kind {
        Kind::List(nodes) => format!(
            "[{}]",
            nodes
                .iter()
                .map(canonical_value)
                .collect::<Vec<_>>()
                .join(",")
        ),
        Kind::Table(entries) => format!("{{{}}}", canonical(&entries.iter().collect::<Vec<_>>())),
        Kind::Text(text) => format!("{text:?}"),
        Kind::Integer(_) | Kind::Float(_) | Kind::Flag(_) | Kind::Date(_) => spelling(node),
    }
}

/// A value in one spelling: words with blanks between, tables as `key=value`.
fn spelling(node: &Node) -> String {
    match &node.kind {
        Kind::List(nodes) => nodes.iter().map(spelling).collect::<Vec<_>>().join(" "),
        Kind::Table(_) => {
            let mut pairs: Vec<String> = node
                .entries()
                .iter()
                .map(|entry| format!("{}={}", entry.key, spelling(&entry.value)))
                .collect();
            pairs.sort_unstable();
            pairs.join(" ")
        }
        Kind::Text(text) | Kind::Date(text) => text.clone(),
        Kind::Integer(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Flag(flag) => flag.to_string(),
    }
}

/// Where configuration is looked for.
struct Places<'a> {
    environment: &'a Environment,
    root: &'a Path,
}

impl Places<'_> {
    /// Cargo's configuration, nearest first. Of two in one directory, the one without an ending wins.
    fn cargo(&self) -> Vec<PathBuf> {
        let home = self.environment.cargo_home.clone();
        let above = self
            .root
            .ancestors()
            .map(|dir| dir.join(".cargo"))
            .filter(|dir| Some(dir) != home.as_ref());
        let dirs: Vec<PathBuf> = above.chain(home.clone()).collect();
        let file = |dir: &PathBuf| {
            ["config", "config.toml"]
                .map(|name| dir.join(name))
                .into_iter()
                .find(|f| f.is_file())
        };
        dirs.iter().filter_map(file).collect()
    }

    /// Configuration of clippy, rustfmt, nextest and rustup outside the source tree, which has its own digest.
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

    /// The name of a file for people, the same wherever the checkout lies.
    fn name(&self, path: &Path) -> String {
        let below = |dir: &Option<PathBuf>, sign: &str| {
            let rest = path.strip_prefix(dir.as_ref()?).ok()?;
            Some(format!(
                "{sign}/{}",
                rest.to_string_lossy().replace('\\', "/")
            ))
        };
        let dir = path.parent().unwrap_or(path);
        let dir = if dir.ends_with(".cargo") {
            dir.parent().unwrap_or(dir)
        } else {
            dir
        };
        let above = self.root.starts_with(dir);
        below(&self.environment.cargo_home, "$CARGO_HOME")
            .or_else(|| below(&self.environment.home, "~").filter(|_| !above))
            .unwrap_or_else(|| relative(self.root, path))
    }
}

/// The text of a regular file that is not too large.
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
        assert_eq!(names(&conditions(&scratch, "w", &variables)), ["RUSTFLAGS"]);
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
