//! No ring of files: following the imports of a file never leads back to it.
//!
//! A directory is one unit of thought, so a module may use what encloses it: an import of an enclosing module does not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{Source, sources};

/// A module's path: `["ops", "measure", "units"]`.
type ModulePath = Vec<String>;

#[test]
fn files_form_no_ring() {
    let edges = edges();
    let mut rings: BTreeSet<Vec<String>> = BTreeSet::new();
    for module in edges.keys() {
        let reached = reachable(&edges, module);
        let ring = reached
            .iter()
            .filter(|other| reachable(&edges, other).contains(module));
        let ring: Vec<String> = ring.map(|module| module.join("::")).collect();
        if !ring.is_empty() {
            rings.insert(ring);
        }
    }
    assert!(rings.is_empty(), "{rings:#?}");
}

#[test]
fn operations_use_no_command() {
    for source in sources().iter().filter(|source| source.module == "ops") {
        assert!(!source.code().contains("crate::cli"), "{}", source.path);
    }
}

/// Returns the modules that each module imports, enclosing ones left out.
fn edges() -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
    let sources: Vec<Source> = sources()
        .into_iter()
        .filter(|source| !source.test && !source.module.is_empty())
        .collect();
    let modules: BTreeSet<ModulePath> =
        sources.iter().map(|source| path_of(&source.path)).collect();
    let edges = sources.iter().map(|source| {
        let module = path_of(&source.path);
        let imported: BTreeSet<ModulePath> = paths(&source.code())
            .iter()
            .filter_map(|path| target(path, &module, &modules))
            .filter(|imported| !module.starts_with(imported))
            .collect();
        (module, imported)
    });
    edges.collect()
}

/// Returns the module of a file such as `src/ops/measure/mod.rs`.
fn path_of(file: &str) -> ModulePath {
    let stem = file.trim_start_matches("src/").trim_end_matches(".rs");
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.split('/').map(str::to_owned).collect()
}

/// Returns the paths that code imports or mentions, groups expanded.
fn paths(code: &str) -> Vec<String> {
    let imports = code
        .split(';')
        .filter_map(|statement| statement.rsplit_once("use ").map(|(_, tree)| tree));
    let mut paths: Vec<String> = imports.flat_map(expand).collect();
    for start in ["crate::", "super::", "self::"] {
        let mentions = code.match_indices(start).map(|(at, _)| {
            let is_path = |c: &char| c.is_alphanumeric() || matches!(c, '_' | ':');
            code[at..].chars().take_while(is_path).collect()
        });
        paths.extend(mentions);
    }
    paths
}

/// Returns the paths of a tree of imports: `a::{b, c::{d, e}}`.
fn expand(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split_whitespace().collect()];
    };
    let group = rest.rsplit_once('}').map_or(rest, |(group, _)| group);
    let mut depth = 0;
    let items = group.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    items
        .filter(|item| !item.trim().is_empty())
        .flat_map(|item| expand(&format!("{}{}", prefix.trim(), item.trim())))
        .collect()
}

/// Returns the innermost module that a path of `from` leads to; `None` if it leads out of the crate or to `from` itself.
fn target(path: &str, from: &[String], modules: &BTreeSet<ModulePath>) -> Option<ModulePath> {
    let mut segments: Vec<&str> = path.split("::").map(str::trim).collect();
    let mut full: ModulePath = match segments[0] {
        "crate" => Vec::new(),
        "self" => from.to_vec(),
        "super" => from[..from.len() - 1].to_vec(),
        // A path may begin with a child of the module.
        child => {
            let mut inner = from.to_vec();
            inner.push(child.to_owned());
            if !modules.contains(&inner) {
                return None;
            }
            segments.insert(0, "self");
            from.to_vec()
        }
    };
    for segment in &segments[1..] {
        if *segment == "super" {
            full.pop();
        } else {
            full.push((*segment).to_owned());
        }
    }
    while !full.is_empty() && !modules.contains(&full) {
        full.pop();
    }
    (!full.is_empty() && full != from).then_some(full)
}

/// Returns the modules that imports lead to.
fn reachable(
    edges: &BTreeMap<ModulePath, BTreeSet<ModulePath>>,
    module: &ModulePath,
) -> BTreeSet<ModulePath> {
    let mut reached = BTreeSet::new();
    let mut open = vec![module];
    while let Some(module) = open.pop() {
        for next in edges.get(module).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    reached
}

#[test]
fn imports_lead_to_files() {
    let modules: BTreeSet<ModulePath> = ["ops", "ops::measure", "ops::measure::units", "run"]
        .iter()
        .map(|module| module.split("::").map(str::to_owned).collect())
        .collect();
    let from: ModulePath = vec!["ops".to_owned(), "measure".to_owned()];
    for (code, expected) in [
        ("use crate::run::{Run, RunId};", vec!["run"]),
        ("use super::Context;", vec!["ops"]),
        ("use self::units::Span;", vec!["ops::measure::units"]),
        ("use units::{self, Span};", vec!["ops::measure::units"]),
        (
            "use crate::{run::{self, Run}, ops::measure::units as u};",
            vec!["ops::measure::units", "run"],
        ),
        ("let id = crate::run::RunId::default();", vec!["run"]),
        ("use std::fs;", vec![]),
    ] {
        let found: BTreeSet<String> = paths(code)
            .iter()
            .filter_map(|path| target(path, &from, &modules))
            .map(|module| module.join("::"))
            .collect();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{code}");
    }
}
