//! `history.toml`: what people did in a campaign, in order.

use std::fs;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::generate::Generated;
use crate::harness::Sandbox;

/// What somebody did at a time.
pub(super) struct Step {
    pub(super) by: String,
    /// In UTC: `2026-03-02T09:00:00Z`.
    pub(super) at: String,
    pub(super) action: Action,
}

pub(super) enum Action {
    /// Changes files and commits all that is changed.
    Commit {
        subject: String,
        changes: Vec<Change>,
        /// A tag of the commit.
        tag: Option<String>,
    },
    /// Runs the program.
    Run {
        /// After `cargo campaign`.
        command: String,
        /// Its exit code.
        code: i32,
        /// What it prints, among other things.
        says: Vec<String>,
        /// The file to which stdout goes.
        into: Option<String>,
    },
}

/// A change of the files.
pub(super) enum Change {
    /// Writes a file.
    Write(String, String),
    /// Replaces a text that occurs once in a file.
    Replace {
        path: String,
        from: String,
        to: String,
    },
    /// Removes a file.
    Remove(String),
    /// Writes many files.
    Generate(Generated),
}

impl Change {
    pub(super) fn apply(&self, sandbox: &Sandbox) {
        match self {
            Self::Write(path, text) => sandbox.write(path, text),
            Self::Replace { path, from, to } => sandbox.replace(path, from, to),
            Self::Remove(path) => {
                fs::remove_file(sandbox.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
            }
            Self::Generate(generated) => generated.write(sandbox),
        }
    }
}

/// Reads the steps. A key that is unknown or missing fails the test.
pub(super) fn read(path: &Path) -> Vec<Step> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let parsed: DocumentMut = text.parse().expect("a history is valid TOML");
    let steps = parsed["step"].as_array_of_tables();
    steps
        .expect("a history has steps")
        .iter()
        .map(step)
        .collect()
}

fn step(table: &Table) -> Step {
    let known = [
        "by", "at", "run", "exit", "says", "into", "commit", "tag", "write", "replace", "remove",
        "generate",
    ];
    for (key, _) in table {
        assert!(known.contains(&key), "unknown key `{key}`:\n{table}");
    }
    let action = match table.get("run") {
        Some(command) => Action::Run {
            command: text(command),
            code: table.get("exit").map_or(0, number) as i32,
            says: table.get("says").map(texts).unwrap_or_default(),
            into: table.get("into").map(text),
        },
        None => Action::Commit {
            subject: text(&table["commit"]),
            changes: changes(table),
            tag: table.get("tag").map(text),
        },
    };
    Step {
        by: text(&table["by"]),
        at: text(&table["at"]),
        action,
    }
}

fn changes(table: &Table) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(files) = table.get("write") {
        let files = files.as_table_like().expect("`write` is a table");
        changes.extend(
            files
                .iter()
                .map(|(path, to)| Change::Write(path.to_owned(), text(to))),
        );
    }
    for one in tables(table.get("replace")) {
        let key = |key: &str| {
            text(
                one.get(key)
                    .unwrap_or_else(|| panic!("no `{key}`:\n{table}")),
            )
        };
        changes.push(Change::Replace {
            path: key("path"),
            from: key("from"),
            to: key("to"),
        });
    }
    let removed = table.get("remove").map(texts).unwrap_or_default();
    changes.extend(removed.into_iter().map(Change::Remove));
    for one in tables(table.get("generate")) {
        let count = |key: &str| one.get(key).map_or(0, number);
        let package = one.get("crate").map(text);
        changes.push(Change::Generate(Generated {
            package: package.expect("`generate` has a `crate`"),
            files: count("files"),
            tests: count("tests"),
            failing: count("failing"),
            unused: count("unused"),
        }));
    }
    changes
}

/// Returns a table, or the tables of a list.
fn tables(item: Option<&Item>) -> Vec<&dyn TableLike> {
    let Some(item) = item else { return Vec::new() };
    if let Some(table) = item.as_table_like() {
        return vec![table];
    }
    if let Some(list) = item.as_array_of_tables() {
        return list.iter().map(|table| table as &dyn TableLike).collect();
    }
    let list = item.as_array().expect("a table or a list of tables");
    let inline = list.iter().filter_map(toml_edit::Value::as_inline_table);
    inline.map(|table| table as &dyn TableLike).collect()
}

fn text(item: &Item) -> String {
    let text = item.as_str().unwrap_or_else(|| panic!("no text: {item}"));
    text.to_owned()
}

fn texts(item: &Item) -> Vec<String> {
    let list = item.as_array().unwrap_or_else(|| panic!("no list: {item}"));
    list.iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

fn number(item: &Item) -> usize {
    let number = item.as_integer().and_then(|n| usize::try_from(n).ok());
    number.unwrap_or_else(|| panic!("no number: {item}"))
}
