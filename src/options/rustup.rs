//! Determines the toolchain that rustup selects for a directory, without starting rustup.
//!
//! The order follows "Overrides" in rustup's book: `RUSTUP_TOOLCHAIN`; an override or a toolchain
//! file in the directory or above it; the default. In unusual cases the toolchain is unknown and
//! never guessed.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::tree::{self, TomlNode};
use crate::store;

/// Returns the directory of the toolchain that a proxy started in `dir` would run. `forced` is
/// `RUSTUP_TOOLCHAIN`.
pub(super) fn chosen(home: &Path, forced: Option<&str>, dir: &Path) -> Option<PathBuf> {
    match forced {
        Some(name) => installed(&home.join("toolchains"), name),
        None => selected(home, dir, Overrides::Apply),
    }
}

/// Whether the user's overrides of directories select a toolchain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overrides {
    Apply,
    Ignore,
}

fn selected(home: &Path, dir: &Path, directory_overrides: Overrides) -> Option<PathBuf> {
    let toolchains = home.join("toolchains");
    let settings = tree::parse(&store::read_text(&home.join("settings.toml")).ok()?).ok()?;
    for dir in dir.ancestors() {
        let overrides = settings
            .get("overrides")
            .map(TomlNode::entries)
            .unwrap_or_default();
        let mut overrides = overrides.iter();
        if directory_overrides == Overrides::Apply
            && let Some(entry) = overrides.find(|entry| Path::new(&entry.key) == dir)
        {
            return installed(&toolchains, entry.value.text()?);
        }
        if let Some(file) = ["rust-toolchain", "rust-toolchain.toml"]
            .map(|name| dir.join(name))
            .iter()
            .find(|f| f.is_file())
        {
            match channel(&store::read_text(file).ok()?)? {
                Some(channel) => return installed(&toolchains, &channel),
                None => break,
            }
        }
    }
    installed(&toolchains, settings.get("default_toolchain")?.text()?)
}

/// Returns the toolchain that a clone of a workspace selects in a place without overrides, if it is
/// another one than that of the workspace or of the place that this clone is in. An override or a
/// toolchain file outside of the repository may select those.
///
/// Returns `None` if the toolchain was selected by hand, with `+TOOLCHAIN` or `RUSTUP_TOOLCHAIN`, or
/// is unknown.
pub(crate) fn of_clone(environment: &Environment, root: &Path, clone: &Path) -> Option<PathBuf> {
    let home = environment.rustup_home.as_ref()?;
    let own = chosen(home, None, root);
    let forced = environment.relevant.get("RUSTUP_TOOLCHAIN");
    // The proxy that started this program sets the variable, too.
    let is_by_hand =
        forced.is_some_and(|name| own.is_none() || chosen(home, Some(name), root) != own);
    let of_place = chosen(home, None, clone);
    let of_clone = Some(selected(home, clone, Overrides::Ignore)?);
    let is_other = of_clone != own || of_clone != of_place;
    of_clone.filter(|_| is_other && !is_by_hand)
}

/// Returns the channel in a toolchain file, which is a single line or TOML.
///
/// Returns `Some(None)` if the file only lists components or targets of the default toolchain.
fn channel(text: &str) -> Option<Option<String>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next()) {
        (Some(only), None) if !only.starts_with('[') => Some(Some(only.to_owned())),
        _ => {
            let file = tree::parse(text).ok()?;
            let asked = file.get("toolchain")?;
            match (asked.get("channel"), asked.get("path")) {
                (Some(channel), _) => Some(Some(channel.text()?.to_owned())),
                (None, None) => Some(None),
                (None, Some(_)) => None,
            }
        }
    }
}

/// Returns the directory of an installed toolchain. The name may omit the host's triple.
fn installed(toolchains: &Path, name: &str) -> Option<PathBuf> {
    let whole = toolchains.join(name);
    if whole.is_dir() {
        return whole.canonicalize().ok();
    }
    let entries = std::fs::read_dir(toolchains)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let mut found = entries.filter(|path| has_triple(path, name));
    match (found.next(), found.next()) {
        (Some(only), None) => only.canonicalize().ok(),
        _ => None,
    }
}

/// Returns whether the name of a toolchain's directory is `name` followed by a triple.
fn has_triple(path: &Path, name: &str) -> bool {
    path.file_name()
        .and_then(|file| file.to_str()?.strip_prefix(name)?.strip_prefix('-'))
        .is_some_and(|triple| triple.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    /// A rustup home with three toolchains, and a workspace at `w/a`.
    fn home(files: &[(&str, &str)]) -> Scratch {
        let toolchains = [
            "stable-x86_64-unknown-linux-gnu",
            "nightly-x86_64-unknown-linux-gnu",
            "nightly-2026-01-01-x86_64",
        ];
        let compilers: Vec<String> = toolchains
            .map(|name| format!("toolchains/{name}/bin/rustc"))
            .to_vec();
        let mut all: Vec<(&str, &str)> = compilers.iter().map(|path| (path.as_str(), "")).collect();
        all.push((
            "settings.toml",
            "version = \"12\"\ndefault_toolchain = \"stable-x86_64-unknown-linux-gnu\"\n",
        ));
        all.push(("w/a/Cargo.toml", ""));
        all.extend(files);
        Scratch::with(&all)
    }

    #[test]
    fn toolchain_is_selected_in_rustups_order() {
        let (stable, nightly) = (
            Some("stable-x86_64-unknown-linux-gnu"),
            Some("nightly-x86_64-unknown-linux-gnu"),
        );
        let file = "w/rust-toolchain.toml";
        for (forced, files, expected) in [
            (None, &[][..], stable),
            (Some("nightly"), &[], nightly),
            (
                Some("nightly-2026-01-01"),
                &[],
                Some("nightly-2026-01-01-x86_64"),
            ),
            (Some("1.20.0"), &[], None),
            (None, &[("w/a/rust-toolchain", "nightly\n")], nightly),
            (
                None,
                &[(file, "[toolchain]\nchannel = \"nightly\"\n")],
                nightly,
            ),
            (
                Some("stable"),
                &[(file, "[toolchain]\nchannel = \"nightly\"\n")],
                stable,
            ),
            (None, &[(file, "[toolchain]\npath = \"/opt/rust\"\n")], None),
            (
                None,
                &[(file, "[toolchain]\ncomponents = [\"rust-src\"]\n")],
                stable,
            ),
            (
                Some("nightly"),
                &[(file, "[toolchain]\ncomponents = [\"rust-src\"]\n")],
                nightly,
            ),
            (None, &[(file, "[[")], None),
            (None, &[("settings.toml", "version = \"12\"\n")], None),
        ] {
            let home = home(files);
            let found = chosen(home.path(), forced, &home.path().join("w/a"));
            let found = found.map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
            assert_eq!(found.as_deref(), expected, "{forced:?} {files:?}");
        }
    }

    #[test]
    fn toolchain_of_a_clone_differs_if_a_file_above_selects_another() {
        for (file, text, forced, expected) in [
            ("w/rust-toolchain", "nightly\n", None, true),
            ("w/rust-toolchain", "nightly\n", Some("nightly"), true),
            (
                "w/rust-toolchain",
                "nightly\n",
                Some("nightly-2026-01-01"),
                false,
            ),
            ("w/rust-toolchain", "stable\n", None, false),
            ("w/other", "", Some("nightly"), false),
        ] {
            let home = home(&[(file, text), ("clone/Cargo.toml", "")]);
            let forced = forced.map(|name: &str| ("RUSTUP_TOOLCHAIN".to_owned(), name.to_owned()));
            let environment = Environment {
                rustup_home: Some(home.path().to_owned()),
                relevant: forced.into_iter().collect(),
                ..Environment::default()
            };
            let (root, clone) = (home.path().join("w/a"), home.path().join("clone"));
            let found = of_clone(&environment, &root, &clone);
            let is_stable =
                found.is_some_and(|dir| dir.ends_with("stable-x86_64-unknown-linux-gnu"));
            assert_eq!(is_stable, expected, "{file} {text} {environment:?}");
        }
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the settings contain the path of the test's directory"
    )]
    fn directory_override_does_not_apply_to_a_clone() {
        for (place, forced, expected) in [
            ("w", None, Some("stable-x86_64-unknown-linux-gnu")),
            ("clone", None, Some("stable-x86_64-unknown-linux-gnu")),
            ("clone", Some("nightly"), None),
            ("other", None, None),
        ] {
            let home = home(&[("clone/a/Cargo.toml", "")]);
            let at = |path: &str| home.path().join(path);
            let text = std::fs::read_to_string(at("settings.toml")).unwrap();
            let text = format!(
                "{text}[overrides]\n'{}' = \"nightly\"\n",
                at(place).display()
            );
            std::fs::write(at("settings.toml"), text).unwrap();
            let forced = forced.map(|name: &str| ("RUSTUP_TOOLCHAIN".to_owned(), name.to_owned()));
            let environment = Environment {
                rustup_home: Some(home.path().to_owned()),
                relevant: forced.into_iter().collect(),
                ..Environment::default()
            };
            let found = of_clone(&environment, &at("w/a"), &at("clone/a"));
            let found = found.map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
            assert_eq!(found.as_deref(), expected, "{place}");
        }
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the settings contain the path of the test's directory"
    )]
    fn directory_override_takes_precedence_over_toolchain_file() {
        let home = home(&[("w/rust-toolchain", "nightly")]);
        let folder = home.path().join("w");
        let settings = format!("[overrides]\n'{}' = \"stable\"\n", folder.display());
        std::fs::write(home.path().join("settings.toml"), settings).unwrap();
        let found = chosen(home.path(), None, &folder.join("a")).unwrap();
        assert!(
            found.ends_with("stable-x86_64-unknown-linux-gnu"),
            "{}",
            found.display()
        );
    }
}
