//! Programs that cargo's configuration and environment use instead of the compiler, linker and
//! rustdoc, or to wrap and run them and the tests.
//!
//! The settings of all configuration files are used, not only the effective ones. An additional
//! program can only cause an additional measurement.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::environment::{self, Environment};
use super::tree::{TomlKind, TomlNode};
use crate::probe::relative;

/// The purpose of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The compiler, or a wrapper around it.
    Compiler,
    /// The linker.
    Linker,
    /// rustdoc.
    Rustdoc,
    /// A program that runs tests and benches.
    Runner,
    /// rustfmt.
    Formatter,
}

/// Programs by their role. The path is relative to the workspace root if it is configured as a
/// relative one. Arguments of a runner that are files are included.
pub type Programs = BTreeSet<(Role, String)>;

/// Returns the programs that environment variables name. A relative path is relative to the root.
pub fn of_environment(environment: &Environment, root: &Path) -> Programs {
    let mut found = Programs::new();
    for (name, value) in &environment.relevant {
        let key = name.strip_prefix("CARGO_BUILD_").unwrap_or(name);
        let role = match key {
            "RUSTC" | "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER" => Role::Compiler,
            "RUSTC_LINKER" => Role::Linker,
            "RUSTDOC" => Role::Rustdoc,
            // Only a variable names it.
            _ if name == "RUSTFMT" => Role::Formatter,
            _ if key.starts_with("CARGO_TARGET_") && key.ends_with("_LINKER") => Role::Linker,
            _ if key.starts_with("CARGO_TARGET_") && key.ends_with("_RUNNER") => Role::Runner,
            _ => continue,
        };
        let words = if role == Role::Runner {
            value.split_whitespace().collect()
        } else {
            vec![value.as_str()]
        };
        found.extend(
            resolve(&words, root, root)
                .into_iter()
                .map(|path| (role, path)),
        );
    }
    found
}

/// Returns the programs that a file of cargo's configuration names. A path is relative to the
/// directory that holds `.cargo`.
pub fn of_config(config: &TomlNode, file: &Path, root: &Path) -> Programs {
    let base = file.parent().and_then(Path::parent).unwrap_or(root);
    let mut found = Programs::new();
    let build = config.get("build").map_or(&[][..], TomlNode::entries);
    let targets = config.get("target").map_or(&[][..], TomlNode::entries);
    let settings = build
        .iter()
        .filter_map(|entry| Some((build_role(&entry.key)?, &entry.value)));
    let target_settings = targets
        .iter()
        .flat_map(|target| target.value.entries())
        .filter_map(|entry| Some((target_role(&entry.key)?, &entry.value)));
    for (role, node) in settings.chain(target_settings) {
        let paths = resolve(&words(node, role), base, root);
        found.extend(paths.into_iter().map(|path| (role, path)));
    }
    found
}

/// Returns the role of the program in a key of `[build]`.
fn build_role(key: &str) -> Option<Role> {
    match key {
        "rustc" | "rustc-wrapper" | "rustc-workspace-wrapper" => Some(Role::Compiler),
        "rustdoc" => Some(Role::Rustdoc),
        _ => None,
    }
}

/// Returns the role of the program in a key of `[target.TRIPLE]`.
fn target_role(key: &str) -> Option<Role> {
    match key {
        "linker" => Some(Role::Linker),
        "runner" => Some(Role::Runner),
        _ => None,
    }
}

/// Searches `PATH` for a program. Returns `None` for names with a path.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = environment::variable("PATH").filter(|_| !program.contains(['/', '\\']))?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// Returns the words of a setting. Only the string of a runner is split at spaces.
fn words(node: &TomlNode, role: Role) -> Vec<&str> {
    match &node.kind {
        TomlKind::Text(text) if role == Role::Runner => text.split_whitespace().collect(),
        TomlKind::Text(text) => vec![text],
        TomlKind::List(nodes) => nodes.iter().filter_map(TomlNode::text).collect(),
        _ => Vec::new(),
    }
}

/// Returns the program, which is the first word, and other words that are files below the root.
fn resolve(words: &[&str], base: &Path, root: &Path) -> Vec<String> {
    let program = words.first().filter(|word| !word.is_empty()).map(|word| {
        let found = if word.contains(['/', '\\']) {
            Some(base.join(word))
        } else {
            on_path(word)
        };
        match found {
            Some(path) if Path::new(word).is_relative() && word.contains(['/', '\\']) => {
                relative(root, &path)
            }
            Some(path) => path.to_string_lossy().into_owned(),
            // It may be installed later.
            None => (*word).to_owned(),
        }
    });
    let arguments = words
        .iter()
        .skip(1)
        .filter(|word| root.join(word).is_file());
    program
        .into_iter()
        .chain(arguments.map(|word| (*word).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::tree;
    use crate::tests::Scratch;

    #[test]
    fn programs_are_found_by_setting_and_place() {
        let scratch = Scratch::with(&[("ws/run.sh", "")]);
        let root = scratch.path().join("ws");
        let file = scratch.path().join(".cargo/config.toml");
        for (text, role, expected) in [
            (
                "[build]\nrustc-wrapper = './bin/my wrap'",
                Role::Compiler,
                &["../bin/my wrap"][..],
            ),
            (
                "[build]\nrustc-workspace-wrapper = '/opt/w'",
                Role::Compiler,
                &["/opt/w"],
            ),
            (
                "[build]\nrustdoc = 'bin/rustdoc'",
                Role::Rustdoc,
                &["../bin/rustdoc"],
            ),
            (
                "[target.'cfg(unix)']\nlinker = 'bin/ld'",
                Role::Linker,
                &["../bin/ld"],
            ),
            (
                "[target.x]\nrunner = 'bin/run run.sh --fast'",
                Role::Runner,
                &["../bin/run", "run.sh"],
            ),
            (
                "[target.x]\nrunner = ['bin/run', 'none']",
                Role::Runner,
                &["../bin/run"],
            ),
            ("[target.x]\nrustflags = ['-Clinker=x']", Role::Runner, &[]),
        ] {
            let found = of_config(&tree::parse(text).unwrap(), &file, &root);
            let expected = expected.iter().map(|path| (role, (*path).to_owned()));
            assert_eq!(found, expected.collect(), "{text}");
        }
    }
}
