//! Locates versions and requirements in a `Cargo.toml`, in all their forms.
//!
//! `toml_edit` parses and provides positions. This module knows the tables that contain
//! dependencies, the forms of a dependency, and inheritance.

#[cfg(test)]
mod tests;

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::remark::Remark;
use super::{Manifest, ManifestRole};
use crate::relative_path;

/// The parts of a manifest that matter for versions.
pub(super) struct Located<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) package: Option<PackageTable>,
    /// Value of `[workspace.package] version`.
    pub(super) shared: Option<Literal>,
    pub(super) dependencies: Vec<ManifestDependency>,
}

/// The `[package]` table.
pub(super) struct PackageTable {
    pub(super) name: String,
    pub(super) version: StringField,
}

/// The `version` of a package.
pub(super) enum StringField {
    Literal(Literal),
    /// Inherited: `version.workspace = true`.
    Inherited,
    /// Missing; Cargo uses 0.0.0.
    Absent,
}

/// A string and its byte range, without the quotes.
#[derive(Clone)]
pub(super) struct Literal {
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

/// An entry of a dependency table.
pub(super) struct ManifestDependency {
    pub(super) table: DependencyTable,
    /// Key of the entry.
    pub(super) name: String,
    /// Whether it has `workspace = true` and inherits from [`DependencyTable::Shared`].
    pub(super) inherited: bool,
    /// Name of the package, which may differ from the key.
    pub(super) package: String,
    /// Directory that `path` names, in the form of [`directory`].
    pub(super) directory: Option<String>,
    /// Whether it has `git` or `registry` and therefore its own source.
    pub(super) elsewhere: bool,
    pub(super) requirement: Option<Literal>,
    /// Byte range of the key.
    pub(super) key: Range<usize>,
}

/// The table that contains a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DependencyTable {
    /// Dependencies of the library or program itself.
    Normal,
    /// Dev or build dependencies, which users of the package do not see.
    Private,
    /// `[workspace.dependencies]`
    Shared,
    /// `[patch.REGISTRY]`
    Patch,
    /// `[replace]`
    Replace,
}

const TABLES: [(&str, DependencyTable); 5] = [
    ("dependencies", DependencyTable::Normal),
    ("dev-dependencies", DependencyTable::Private),
    ("dev_dependencies", DependencyTable::Private),
    ("build-dependencies", DependencyTable::Private),
    ("build_dependencies", DependencyTable::Private),
];

/// Locates everything in one pass. Invalid TOML is a problem in a workspace manifest, and otherwise
/// a note.
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
            let outside = manifest.role == ManifestRole::Outside;
            let to = if outside { notes } else { problems };
            to.push(Remark::at(&manifest.path, text, span, message));
            return located;
        }
    };
    let root: &dyn TableLike = document.as_table();
    located.package = root
        .get("package")
        // This is the old name of the table, which Cargo accepts before edition 2024.
        .or_else(|| root.get("project"))
        .and_then(|item| package(text, item));
    let workspace = root.get("workspace").and_then(Item::as_table_like);
    let inherited = workspace
        .and_then(|w| w.get("package"))
        .and_then(Item::as_table_like);
    located.shared = inherited
        .and_then(|p| p.get("version"))
        .and_then(|item| literal(text, item));
    let mut finder = DependencyFinder {
        text,
        dir: relative_path::parent(&manifest.path),
        found: Vec::new(),
    };
    finder.package_tables(root);
    finder.table(
        workspace.and_then(|w| w.get("dependencies")),
        DependencyTable::Shared,
    );
    for (_, target) in entries(root.get("target")) {
        target
            .as_table_like()
            .into_iter()
            .for_each(|target| finder.package_tables(target));
    }
    for (_, registry) in entries(root.get("patch")) {
        finder.table(Some(registry), DependencyTable::Patch);
    }
    finder.table(root.get("replace"), DependencyTable::Replace);
    located.dependencies = finder.found;
    located
}

fn package(text: &str, item: &Item) -> Option<PackageTable> {
    let table = item.as_table_like()?;
    let name = table.get("name")?.as_str()?.trim().to_owned();
    let version = match table.get("version") {
        Some(item) if inherits(item) => StringField::Inherited,
        Some(item) => literal(text, item).map_or(StringField::Absent, StringField::Literal),
        None => StringField::Absent,
    };
    Some(PackageTable { name, version })
}

/// Returns whether an item is `{ workspace = true }`, in any form of table.
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

/// Returns the byte range of a string between its quotes, of any kind, without surrounding white
/// space.
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
    // The string contains escapes and is replaced completely.
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

/// Collects the dependencies of a manifest.
struct DependencyFinder<'a> {
    text: &'a str,
    /// Directory of the manifest.
    dir: &'a str,
    found: Vec<ManifestDependency>,
}

impl DependencyFinder<'_> {
    /// Visits the tables that a package has once at the top and once for each target.
    fn package_tables(&mut self, of: &dyn TableLike) {
        for (name, table) in TABLES {
            self.table(of.get(name), table);
        }
    }

    fn table(&mut self, item: Option<&Item>, table: DependencyTable) {
        let Some(entries) = item.and_then(Item::as_table_like) else {
            return;
        };
        for (name, item) in entries.iter() {
            let key = entries.get_key_value(name).and_then(|(key, _)| key.span());
            self.found
                .push(self.dependency(name, item, table, key.unwrap_or(0..0)));
        }
    }

    fn dependency(
        &self,
        name: &str,
        item: &Item,
        table: DependencyTable,
        key: Range<usize>,
    ) -> ManifestDependency {
        // The keys of `[replace]` are package ids.
        let package = if table == DependencyTable::Replace {
            name.split([':', '@']).next().unwrap_or(name)
        } else {
            name
        };
        let plain = ManifestDependency {
            table,
            name: name.to_owned(),
            inherited: inherits(item),
            package: package.to_owned(),
            directory: None,
            elsewhere: false,
            requirement: None,
            key,
        };
        let Some(fields) = item.as_table_like() else {
            return ManifestDependency {
                requirement: literal(self.text, item),
                ..plain
            };
        };
        let text = |field: &str| fields.get(field).and_then(Item::as_str);
        if plain.inherited {
            return plain;
        }
        ManifestDependency {
            package: text("package").map_or(plain.package, str::to_owned),
            directory: text("path").map(|path| directory(self.dir, path)),
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

/// Resolves `path` from a directory (relative to the root, separated by `/`) without accessing
/// files: empty for the root itself, `../x` above it. An absolute path is returned unchanged.
pub fn directory(dir: &str, path: &str) -> String {
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
