//! The identity of the toolchain without starting a process.
//!
//! The digest covers everything that determines which compiler runs: the programs (resolved path,
//! size, modification time) and the selection of rustup. It does not depend on whether cargo or a
//! person started this program. Equal digests mean the same toolchain. With different digests, only
//! `rustc -vV` shows whether the toolchain is the same.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::environment::Environment;
use super::rustup;
use crate::store;

/// Returns the digest in hexadecimal.
pub fn toolchain_key(environment: &Environment, root: &Path) -> String {
    let mut key = ToolchainDigest(Sha256::new());
    let forced = environment
        .relevant
        .get("RUSTUP_TOOLCHAIN")
        .map(String::as_str);
    let chosen = environment
        .rustup_home
        .as_ref()
        .and_then(|home| rustup::chosen(home, forced, root));
    let programs = [Some(&environment.cargo), environment.rustc.as_ref()];
    let mut hidden = false;
    for program in programs.into_iter().flatten() {
        match (&chosen, program.file_name()) {
            (Some(toolchain), Some(name)) if is_proxy(program) => {
                key.program(&toolchain.join("bin").join(name))
            }
            _ => {
                hidden |= is_proxy(program);
                key.program(program);
            }
        }
    }
    if let Some(rustdoc) = foreign_rustdoc(environment) {
        key.program(rustdoc);
    }
    let toolchain = chosen
        .map(|dir| dir.to_string_lossy().into_owned())
        .or(forced.map(str::to_owned));
    key.part("toolchain", toolchain.as_deref().map(str::as_bytes));
    // The selected toolchain is unknown, so every installed one is included.
    if let Some(home) = environment.rustup_home.as_ref().filter(|_| hidden) {
        key.content(&home.join("settings.toml"));
        for toolchain in children(&home.join("toolchains")) {
            key.program(
                &toolchain
                    .join("bin")
                    .join(format!("rustc{}", std::env::consts::EXE_SUFFIX)),
            );
        }
        for hash in children(&home.join("update-hashes")) {
            key.program(&hash);
        }
    }
    key.0
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Returns the `rustdoc` of the path if it belongs neither to rustup nor to the toolchain of `rustc`. Cargo starts it for doctests.
fn foreign_rustdoc(environment: &Environment) -> Option<&Path> {
    let rustdoc = environment.rustdoc.as_deref()?;
    let rustc = environment.rustc.as_deref().and_then(home);
    (!is_proxy(rustdoc) && home(rustdoc) != rustc).then_some(rustdoc)
}

/// Returns the directory of a program, without links.
fn home(program: &Path) -> Option<PathBuf> {
    let program = program.canonicalize().ok()?;
    program.parent().map(Path::to_owned)
}

/// Returns whether a program is a proxy of rustup, which installs links or copies of itself as the
/// tools.
fn is_proxy(program: &Path) -> bool {
    let beside = program.with_file_name(format!("rustup{}", std::env::consts::EXE_SUFFIX));
    let resolved = program.canonicalize().ok();
    resolved.is_some_and(|path| path.file_stem().is_some_and(|stem| stem == "rustup"))
        || beside.is_file()
}

/// Returns the sorted entries of a directory.
fn children(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    found.sort();
    found
}

/// A digest of several parts. Each part is preceded by its length, so that parts cannot be
/// confused.
struct ToolchainDigest(Sha256);

impl ToolchainDigest {
    fn part(&mut self, name: &str, value: Option<&[u8]>) {
        let length = value.map_or_else(|| "-".to_owned(), |value| value.len().to_string());
        self.0.update(format!("{}:{name}={length}:", name.len()));
        self.0.update(value.unwrap_or_default());
    }

    /// Adds the resolved path, size and modification time of a program, as cargo does.
    fn program(&mut self, path: &Path) {
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let identity = std::fs::metadata(&resolved).ok().map(|meta| {
            let changed = meta
                .modified()
                .ok()
                .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
                .unwrap_or_default();
            format!("{} {}", meta.len(), changed.as_nanos())
        });
        self.part(
            &resolved.to_string_lossy(),
            identity.as_deref().map(str::as_bytes),
        );
    }

    /// The content of a file, when there is one.
    fn content(&mut self, path: &Path) {
        let content = store::read_file(path, store::TEXT_LIMIT).ok();
        self.part(&path.to_string_lossy(), content.as_deref());
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::tests::Scratch;

    fn key(dir: &Path, toolchain: &str) -> String {
        let vars: [(OsString, OsString); 5] = [
            ("CARGO".into(), dir.join("bin/cargo").into()),
            ("CARGO_HOME".into(), dir.join("home").into()),
            ("RUSTUP_HOME".into(), dir.join("rustup").into()),
            ("RUSTUP_TOOLCHAIN".into(), toolchain.into()),
            ("PATH".into(), "".into()),
        ];
        toolchain_key(
            &Environment::from_vars(vars, dir).unwrap(),
            &dir.join("w/a"),
        )
    }

    #[test]
    fn started_by_cargo_or_by_hand_it_is_the_same_toolchain() {
        let home = Scratch::with(&[
            ("bin/cargo", "proxy"),
            ("bin/rustc", "proxy"),
            ("bin/rustup", "proxy"),
            ("rustup/settings.toml", "default_toolchain = \"s-x86_64\"\n"),
            ("rustup/toolchains/s-x86_64/bin/cargo", "the real one"),
            ("rustup/toolchains/s-x86_64/bin/rustc", "the real one"),
            ("rustup/toolchains/t-x86_64/bin/rustc", "another one"),
            ("w/a/Cargo.toml", ""),
        ]);
        let dir = home.path();
        let key = |cargo: &str, toolchain: Option<&str>| {
            let vars: [(OsString, OsString); 4] = [
                ("CARGO".into(), dir.join(cargo).into()),
                ("CARGO_HOME".into(), dir.join("home").into()),
                ("RUSTUP_HOME".into(), dir.join("rustup").into()),
                (
                    "RUSTUP_TOOLCHAIN".into(),
                    toolchain.unwrap_or_default().into(),
                ),
            ];
            toolchain_key(
                &Environment::from_vars(vars, dir).unwrap(),
                &dir.join("w/a"),
            )
        };
        let by_hand = key("bin/cargo", None);
        assert_eq!(
            by_hand,
            key("rustup/toolchains/s-x86_64/bin/cargo", Some("s-x86_64"))
        );
        assert_eq!(by_hand, key("bin/cargo", Some("s")));
        assert_ne!(by_hand, key("bin/cargo", Some("t")));
    }

    #[test]
    fn rustdoc_of_the_path_is_part_of_the_toolchain() {
        let scratch = Scratch::with(&[("w/a/Cargo.toml", "")]);
        let key = || {
            let path = OsString::from(scratch.path().join("p"));
            let vars = [("PATH".into(), path)];
            let environment = Environment::from_vars(vars, scratch.path()).unwrap();
            toolchain_key(&environment, &scratch.path().join("w/a"))
        };
        let without = key();
        let name = format!("p/rustdoc{}", std::env::consts::EXE_SUFFIX);
        let program = scratch.write(&name, "another one");
        #[cfg(unix)]
        {
            use std::fs::{Permissions, set_permissions};
            use std::os::unix::fs::PermissionsExt;
            set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        }
        assert!(program.is_file());
        assert_ne!(without, key());
    }

    #[test]
    fn the_key_changes_with_everything_that_decides_the_toolchain() {
        let files = [
            ("bin/cargo", "x"),
            ("bin/rustc", "y"),
            ("bin/rustup", "z"),
            ("w/a/Cargo.toml", ""),
            ("rustup/toolchains/s/bin/rustc", "1"),
        ];
        let plain = Scratch::with(&files);
        let first = key(plain.path(), "1.89");
        assert_eq!(first.len(), 64);
        assert_eq!(first, key(plain.path(), "1.89"), "the same twice");
        assert_ne!(first, key(plain.path(), "1.90"));
        for path in [
            "rustup/settings.toml",
            "rustup/update-hashes/s",
            "rustup/toolchains/t/bin/rustc",
        ] {
            let before = key(plain.path(), "1.89");
            let path = plain.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::copy(plain.path().join("bin/cargo"), &path).unwrap();
            assert_ne!(before, key(plain.path(), "1.89"), "{}", path.display());
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::copy(
            plain.path().join("w/a/Cargo.toml"),
            plain.path().join("bin/rustc"),
        )
        .unwrap();
        assert_ne!(first, key(plain.path(), "1.89"), "another compiler");
    }
}
