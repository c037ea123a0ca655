//! The names of inputs, the files that they stand for, and the state of these files.
//!
//! A name is a path relative to the workspace root, the same with a `/` at its end for a directory, or a pattern.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::collector::{self, Influence};
use crate::ops::Context;
use crate::options::programs::{Role, on_path};
use crate::options::tree as toml;
use crate::plan::Collector;
use crate::probe::relative;
use crate::store::{self, digest};
use crate::tree::outside::{self, Outside, Without};

/// Returns the name of a declared input. A directory becomes a pattern for all files below it.
pub(super) fn declared_name(root: &Path, pattern: &str) -> String {
    let path = pattern.trim_end_matches('/');
    if !path.contains(['*', '?']) && root.join(path).is_dir() {
        format!("{path}/**")
    } else {
        pattern.to_owned()
    }
}

/// Returns the files that configuration names for a collector: the program of a custom collector, wrappers, linkers and
/// runners of cargo's, and arguments such as `FILE`, `--config=FILE`, `@FILE` and `t:FILE`. Directories are left out: they are often written to.
pub(crate) fn words(cx: &Context, collector: &Collector) -> Vec<String> {
    let root = cx.root();
    let collect = &cx.config().collect;
    let own = collect.own.iter().find(|own| own.name == collector.name());
    let settings = collect.settings(collector);
    let words: Vec<String> = match own {
        Some(own) => own.commands().flatten().cloned().collect(),
        None => settings
            .args
            .iter()
            .chain(settings.words())
            .cloned()
            .collect(),
    };
    let commands = own.into_iter().flat_map(|own| own.commands());
    let of_commands = commands.filter_map(|command| {
        let program = on_path(command.first()?)?;
        Some(program.to_string_lossy().into_owned())
    });
    let parts = words.iter().flat_map(|word| {
        [
            Some(word.as_str()),
            word.split_once('=').map(|(_, rest)| rest),
            word.split_once(':').map(|(_, rest)| rest),
            word.strip_prefix('@'),
        ]
    });
    let files = parts
        .flatten()
        .filter(|part| !part.contains(['*', '?']) && root.join(part).is_file());
    files
        .map(str::to_owned)
        .chain(of_commands)
        .chain(programs(cx, collector))
        .chain(target_specification(cx).filter(|_| collector::of(collector).builds))
        .collect()
}

/// Returns the file of a custom target specification, which may not exist.
fn target_specification(cx: &Context) -> Option<String> {
    let variable = cx.options.environment.relevant.get("CARGO_BUILD_TARGET");
    let given = cx.options.build.target.as_ref().or(variable).cloned();
    let target = given.or_else(|| configured_target(cx.root()))?;
    target.ends_with(".json").then_some(target)
}

/// Returns the target in the root's configuration of cargo.
fn configured_target(root: &Path) -> Option<String> {
    let text = store::read_text(&root.join(".cargo/config.toml")).ok()?;
    let config = toml::parse(&text).ok()?;
    let target = config.get("build")?.get("target")?.text()?;
    Some(target.to_owned())
}

/// Returns the programs around compiler, linker, rustdoc or tests that a collector's result depends on.
fn programs(cx: &Context, collector: &Collector) -> BTreeSet<String> {
    cx.programs()
        .iter()
        .filter(|(role, _)| is_used(*role, collector))
        .map(|(_, name)| name.clone())
        .collect()
}

/// Returns whether the commands of a collector start programs of a role.
fn is_used(role: Role, collector: &Collector) -> bool {
    collector::of(collector).is_influenced_by(match role {
        Role::Compiler | Role::Linker => Influence::Cargo,
        Role::Rustdoc => Influence::Rustdoc,
        Role::Runner => Influence::TestHarness,
        Role::Formatter => Influence::Rustfmt,
    })
}

/// The state of a pattern that matches too many files to compare. It never counts as unchanged.
pub(super) const TOO_MANY: &str = "too many files";

/// Returns the state of a file or directory, or of all files that a pattern matches.
pub(super) fn file_state(root: &Path, outside: &mut Outside<'_>, name: &str) -> String {
    if let Some(dir) = name.strip_suffix('/') {
        return outside::tree(&root.join(dir)).unwrap_or_else(|| TOO_MANY.to_owned());
    }
    if !name.contains(['*', '?']) {
        return outside.state(&root.join(name));
    }
    let Some(files) = outside::matching(root, name) else {
        return TOO_MANY.to_owned();
    };
    let states: Vec<String> = files
        .iter()
        .map(|file| format!("{} {}", relative(root, file), outside.state(file)))
        .collect();
    format!("matches {}", digest(states.join("\n").as_bytes()))
}

/// Returns the files of an input: the file itself, the files that a pattern matches, or the files in a directory.
pub(crate) fn files_of(root: &Path, name: &str) -> Vec<PathBuf> {
    let files = match name.strip_suffix('/') {
        Some(dir) => outside::below(&root.join(dir), Without::Generated),
        None if name.contains(['*', '?']) => outside::matching(root, name),
        None => Some(vec![root.join(name)]),
    };
    files
        .unwrap_or_default()
        .into_iter()
        .filter(|file| file.is_file())
        .collect()
}
