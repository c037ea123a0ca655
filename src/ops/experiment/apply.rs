//! Writing a build setting into the manifest and cargo's configuration of the workspace.

use std::collections::BTreeMap;

use anyhow::Result;
use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::names::toml;
use crate::change::Change;
use crate::edit;
use crate::experiment::BuildSetting;
use crate::ops::bump::refuse_dirty;
use crate::ops::{Context, Exit, Stop};
use crate::store;

/// The key of profiles.
const PROFILE: &str = "profile";

/// The root manifest, which has the profiles.
const MANIFEST: &str = "Cargo.toml";

/// Cargo's configuration, with everything else.
const CONFIGURATION: &str = ".cargo/config.toml";

/// The name of cargo's configuration before version 1.39, which has precedence.
const OLD_CONFIGURATION: &str = ".cargo/config";

/// Returns the changes of files that make a setting permanent.
///
/// # Errors
/// If it has a variable, for which there is no file, or a file cannot be read or edited.
pub(crate) fn changes(cx: &Context, setting: &BuildSetting) -> Result<Vec<Change>> {
    if let Some(name) = setting.env.keys().next() {
        let message = format!("cannot apply the variable `{name}`");
        let help = "give the setting as `config`, or set the variable where you build";
        return Err(Stop::new(Exit::Usage, message).help(help).into());
    }
    let mut texts: BTreeMap<&str, (Option<String>, DocumentMut)> = BTreeMap::new();
    let configuration = match cx.root().join(OLD_CONFIGURATION).is_file() {
        true => OLD_CONFIGURATION,
        false => CONFIGURATION,
    };
    // A profile there overrides that of the manifest.
    let has_profiles = read(cx, configuration)?.1.contains_key(PROFILE);
    for value in &setting.config {
        let parsed = toml(value).unwrap_or_default();
        for (key, item) in parsed.iter() {
            let file = match key == PROFILE && !has_profiles {
                true => MANIFEST,
                false => configuration,
            };
            if !texts.contains_key(file) {
                texts.insert(file, read(cx, file)?);
            }
            let Some((_, document)) = texts.get_mut(file) else {
                continue;
            };
            set(document.as_table_mut(), key, item)
                .map_err(|why| Stop::new(Exit::CouldNotRun, format!("{file}: {why}")))?;
        }
    }
    let changes = texts
        .into_iter()
        .map(|(file, (before, after))| match before {
            Some(before) => {
                let after = laid_out(&before, &after);
                Change::edit(file, before, after)
            }
            None => Change::create(file, after.to_string()),
        });
    Ok(changes
        .filter(|change| change.before != change.after)
        .collect())
}

/// Checks that the changes can be written, before builds that take long.
///
/// # Errors
/// If a file has uncommitted changes, or cannot be written.
pub(crate) fn check(cx: &Context, changes: &[Change]) -> Result<()> {
    refuse_dirty(cx, changes, "commit them first")?;
    edit::check(cx.root(), changes)?;
    Ok(())
}

/// Writes the changes, all or none.
///
/// # Errors
/// If a file has uncommitted changes, or was changed since it was read.
pub(crate) fn write(cx: &Context, changes: &[Change]) -> Result<()> {
    check(cx, changes)?;
    let _lock = cx.lock()?;
    edit::apply(cx.root(), &cx.store.journal(), changes)?;
    Ok(())
}

/// Returns the text of an edited document with the line ends of the text before. Comments of a file
/// without any value stay at its beginning.
fn laid_out(before: &str, after: &DocumentMut) -> String {
    let is_empty = before
        .parse::<DocumentMut>()
        .is_ok_and(|old| old.is_empty());
    let text = match is_empty {
        true => {
            let mut values = after.clone();
            values.set_trailing("");
            let head = before.trim_end();
            let gap = if head.is_empty() { "" } else { "\n\n" };
            format!("{head}{gap}{values}")
        }
        false => after.to_string(),
    };
    match before.contains("\r\n") {
        true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => text,
    }
}

/// Reads a file. `None` and an empty document if it does not exist.
fn read(cx: &Context, file: &str) -> Result<(Option<String>, DocumentMut)> {
    let path = cx.root().join(file);
    if !path.exists() {
        return Ok((None, DocumentMut::new()));
    }
    let text = store::read_text(&path).map_err(|error| unusable(file, &error.to_string()))?;
    let document = text
        .parse()
        .map_err(|error: toml_edit::TomlError| unusable(file, error.message()))?;
    Ok((Some(text), document))
}

fn unusable(file: &str, why: &str) -> Stop {
    Stop::new(Exit::CouldNotRun, format!("cannot edit {file}: {why}"))
}

/// Sets a value, or the values of a table and its tables.
fn set(table: &mut dyn TableLike, key: &str, item: &Item) -> Result<(), String> {
    let Some(values) = item.as_table_like() else {
        let mut value = item.clone();
        match (table.get_mut(key), value.as_value_mut()) {
            // Comments and spaces around the old value stay.
            (Some(Item::Value(old)), Some(new)) => {
                *new.decor_mut() = old.decor().clone();
                *old = new.clone();
            }
            _ => {
                if let Some(new) = value.as_value_mut() {
                    new.decor_mut().clear();
                }
                table.insert(key, value);
            }
        }
        return Ok(());
    };
    if !table.contains_key(key) {
        let mut new = Table::new();
        new.set_implicit(true);
        table.insert(key, Item::Table(new));
    }
    let inner = table.get_mut(key).and_then(Item::as_table_like_mut);
    let inner = inner.ok_or_else(|| format!("`{key}` is not a table"))?;
    values
        .iter()
        .try_for_each(|(key, value)| set(inner, key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_comments_stay() {
        for (before, after) in [
            ("", "[build]\njobs = 2\n"),
            ("# Ours.\n", "# Ours.\n\n[build]\njobs = 2\n"),
            (
                "# Ours.\r\n[net]\r\noffline = true\r\n",
                "# Ours.\r\n[net]\r\noffline = true\r\n\r\n[build]\r\njobs = 2\r\n",
            ),
        ] {
            let mut document: DocumentMut = before.parse().unwrap();
            let parsed = toml("build.jobs=2").unwrap();
            for (key, item) in parsed.iter() {
                set(document.as_table_mut(), key, item).unwrap();
            }
            assert_eq!(laid_out(before, &document), after, "{before:?}");
        }
    }

    #[test]
    fn values_are_set_beside_what_is_there() {
        let table = [
            (
                "",
                "profile.dev.debug=false",
                "[profile.dev]\ndebug = false\n",
            ),
            (
                "[profile.dev] # ours\ndebug = 1 # why\nopt-level = 1\n",
                "profile.dev.debug=false",
                "[profile.dev] # ours\ndebug = false # why\nopt-level = 1\n",
            ),
            (
                "[package]\nname = \"a\"\n",
                "profile.dev.package.\"*\".debug=false",
                "[package]\nname = \"a\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n",
            ),
            (
                "profile = { dev = { opt-level = 1 } }\n",
                "profile.dev.debug=false",
                "profile = { dev = { opt-level = 1 , debug = false } }\n",
            ),
            (
                "[build]\njobs = 2\n",
                "build.rustc-wrapper=\"sccache\"",
                "[build]\njobs = 2\nrustc-wrapper = \"sccache\"\n",
            ),
        ];
        for (before, value, after) in table {
            let mut document: DocumentMut = before.parse().unwrap();
            let parsed = toml(value).unwrap();
            for (key, item) in parsed.iter() {
                set(document.as_table_mut(), key, item).unwrap();
            }
            assert_eq!(document.to_string(), after, "{value} in {before}");
        }
        let mut document: DocumentMut = "profile = 1\n".parse().unwrap();
        let parsed = toml("profile.dev.debug=false").unwrap();
        let (key, item) = parsed.iter().next().unwrap();
        assert!(set(document.as_table_mut(), key, item).is_err());
    }
}
