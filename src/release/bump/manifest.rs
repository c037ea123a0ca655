//! Where versions and requirements stand in a `Cargo.toml`, however they are written there.
//!
//! `toml_edit` parses and gives places. What this knows of Cargo's format: the tables that hold dependencies, the forms of
//! one, and inheritance.

#[cfg(test)]
mod tests;

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::remark::Remark;
use super::{Manifest, Role};

/// What of a manifest matters for versions.
pub(super) struct Located<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) package: Option<Package>,
    /// `[workspace.package] version`.
    pub(super) shared: Option<Literal>,
    pub(super) dependencies: Vec<Dependency>,
}

/// `[package]`.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: Field,
}

/// `version` of a package.
pub(super) enum Field {
    Literal(Literal),
    /// `version.workspace = true`
    Inherited,
    /// There is none; Cargo takes it for 0.0.0.
    Absent,
}

/// A string and its bytes, without the quotes.
#[derive(Clone)]
pub(super) struct Literal {
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

/// An entry of a table of dependencies.
pub(super) struct Dependency {
    pub(super) table: Table,
    /// Its key.
    pub(super) name: String,
    /// `workspace = true`: the rest stands in [`Table::Shared`].
    pub(super) inherited: bool,
    /// The package, whatever the entry's key is.
    pub(super) package: String,
    /// The folder that `path` names, as [`folder`] gives it.
    pub(super) folder: Option<String>,
    /// `git` or `registry`: comes from a place of its own.
    pub(super) elsewhere: bool,
    pub(super) requirement: Option<Literal>,
    /// Bytes of the key.
    pub(super) key: Range<usize>,
}

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// Of the library or program itself.
    Normal,
    /// Dev or build: no part of what users of the package see.
    Private,
    /// `[workspace.dependencies]`
    Shared,
    /// `[patch.REGISTRY]`
    Patch,
    /// `[replace]`
    Replace,
}

const TABLES: [(&str, Table); 5] = [
    ("dependencies", Table::Normal),
    ("dev-dependencies", Table::Private),
    ("dev_dependencies", Table::Private),
    ("build-dependencies", Table::Private),
    ("build_dependencies", Table::Private),
];

/// Finds everything in one parse. A manifest that is no TOML is a problem when it is of the workspace, else a note.
pub(super) fn locate<'a>(
    manifest: &'a Manifest,
    problems: &mut Vec<Remark>,
    notes: &mut Vec<Remark>,
) -> Located<'a> {
    let text = manifest.text.as_str();
    let mut located = Located {
        manifest,
        package: None,
        shared: None,
        dependencies: Vec::new(),
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let (span, message) = (
                error.span().unwrap_or(0..0),
                format!("invalid TOML: {}", error.message()),
            );
            let outside = manifest.role == Role::Outside;
            let to = if outside { notes } else { problems };
            to.push(Remark::at(&manifest.path, text, span, message));
            return located;
        }
    };
    let root: &dyn TableLike = document.as_table();
    located.package = root
        .get("package")
        .or_else(|| root.get("project"))
        .and_then(|item| package(text, item));
    let workspace = root.get("workspace").and_then(Item::as_table_like);
    let inherited = workspace
        .and_then(|w| w.get("package"))
        .and_then(Item::as_table_like);
    located.shared = inherited
        .and_then(|p| p.get("version"))
        .and_then(|item| literal(text, item));
    let mut finder = Finder {
        text,
        dir: parent(&manifest.path),
        found: Vec::new(),
    };
    finder.package_tables(root);
    finder.table(workspace.and_then(|w| w.get("dependencies")), Table::Shared);
    for (_, target) in entries(root.get("target")) {
        target
            .as_table_like()
            .into_iter()
            .for_each(|target| finder.package_tables(target));
    }
    for (_, registry) in entries(root.get("patch")) {
        finder.table(Some(registry), Table::Patch);
    }
    finder.table(root.get("replace"), Table::Replace);
    located.dependencies = finder.found;
    located
}

fn package(text: &str, item: &Item) -> Option<Package> {
    let table = item.as_table_like()?;
    let name = table.get("name")?.as_str()?.trim().to_owned();
    let version = match table.get("version") {
        Some(item) if inherits(item) => Field::Inherited,
        Some(item) => literal(text, item).map_or(Field::Absent, Field::Literal),
        None => Field::Absent,
    };
    Some(Package { name, version })
}

/// `{ workspace = true }`, in any form of table.
fn inherits(item: &Item) -> bool {
    item.as_table_like()
        .and_then(|t| t.get("workspace"))
        .and_then(Item::as_bool)
        == Some(true)
}

fn entries(item: Option<&Item>) -> impl Iterator<Item = (&str, &Item)> {
    item.and_then(Item::as_table_like)
        .into_iter()
        .flat_map(TableLike::iter)
}

/// The bytes of a string between its quotes, of whichever kind. Blanks around it, which Cargo ignores, stay outside.
fn literal(text: &str, item: &Item) -> Option<Literal> {
    let Value::String(string) = item.as_value()? else {
        return None;
    };
    let span = string.span()?;
    let quoted = text.get(span.clone())?;
    let quotes = if ["\"\"\"", "'''"]
        .iter()
        .any(|quote| quoted.starts_with(quote))
    {
        3
    } else {
        1
    };
    let inside = span.start + quotes..span.end.checked_sub(quotes)?;
    let raw = text.get(inside.clone())?;
    let value = string.value().trim();
    let blanks = raw.len() - raw.trim_start().len();
    let bare = inside.start + blanks..inside.start + blanks + raw.trim().len();
    // Escapes in it: the whole of it is replaced.
    let span = if text.get(bare.clone())? == value {
        bare
    } else {
        inside
    };
    Some(Literal {
        value: value.to_owned(),
        span,
    })
}

/// Collects dependencies.
struct Finder<'a> {
    text: &'a str,
    /// The manifest's folder.
    dir: &'a str,
    found: Vec<Dependency>,
}

impl Finder<'_> {
    /// The tables that a package has, and has again for each target.
    fn package_tables(&mut self, of: &dyn TableLike) {
        for (name, table) in TABLES {
            self.table(of.get(name), table);
        }
    }

    fn table(&mut self, item: Option<&Item>, table: Table) {
        let Some(entries) = item.and_then(Item::as_table_like) else {
            return;
        };
        for (name, item) in entries.iter() {
            let key = entries.get_key_value(name).and_then(|(key, _)| key.span());
            self.found
                .push(self.dependency(name, item, table, key.unwrap_or(0..0)));
        }
    }

    fn dependency(&self, name: &str, item: &Item, table: Table, key: Range<usize>) -> Dependency {
        // `[replace]` has package ids for keys.
        let package = if table == Table::Replace {
            name.split([':', '@']).next().unwrap_or(name)
        } else {
            name
        };
        let plain = Dependency {
            table,
            name: name.to_owned(),
            inherited: inherits(item),
            package: package.to_owned(),
            folder: None,
            elsewhere: false,
            requirement: None,
            key,
        };
        let Some(fields) = item.as_table_like() else {
            return Dependency {
                requirement: literal(self.text, item),
                ..plain
            };
        };
        let text = |field: &str| fields.get(field).and_then(Item::as_str);
        if plain.inherited {
            return plain;
        }
        Dependency {
            package: text("package").map_or(plain.package, str::to_owned),
            folder: text("path").map(|path| folder(self.dir, path)),
            elsewhere: ["git", "registry", "registry-index"]
                .iter()
                .any(|field| fields.contains_key(field)),
            requirement: fields
                .get("version")
                .and_then(|item| literal(self.text, item)),
            ..plain
        }
    }
}

/// The folder of a file: empty for one at the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// `path` as seen from the folder `dir` (relative to the root, with `/`), by names alone: empty for the root itself, `../x`
/// above it. An absolute path stays as it is.
pub fn folder(dir: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return path;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
