//! The files and variables that a build read, from cargo's messages and its build output.
//!
//! There are three sources. Cargo's messages name the artifacts. The `.d` file next to an artifact
//! ("dep-info") names the files and variables that rustc read. The output of a build script names
//! the files and variables that cause cargo to run it again.

use serde::Deserialize;

/// A message of cargo that names build output.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Built {
    /// A unit was compiled or was fresh.
    CompilerArtifact {
        /// Cargo's opaque id; `path+file://` at its start marks a package in the file system.
        package_id: String,
        /// Absolute path of the package's manifest.
        manifest_path: String,
        /// Absolute paths of the artifacts.
        filenames: Vec<String>,
        /// Whether cargo used an earlier build.
        #[serde(default)]
        fresh: bool,
    },
    /// A build script ran, or its output was fresh.
    BuildScriptExecuted {
        /// As above.
        package_id: String,
        /// Absolute path of its `OUT_DIR`.
        out_dir: String,
        /// Variables that it sets for the compilation of its package.
        env: Vec<(String, String)>,
    },
    /// The build has finished. Cargo prints no message after this one.
    BuildFinished {},
}

impl Built {
    /// Reads one line of cargo's output. Returns `None` for other messages and other text.
    pub fn read(line: &str) -> Option<Self> {
        // Diagnostics make up most of the output, so they are skipped without being parsed.
        let is_other =
            line.starts_with("{\"reason\":\"compiler-message\"") || !line.starts_with('{');
        if is_other {
            None
        } else {
            serde_json::from_str(line).ok()
        }
    }
}

/// The names of files and variables in the form in which a tool wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// Absolute, or relative to the directory in which the tool ran.
    pub files: Vec<String>,
    /// Names of environment variables.
    pub variables: Vec<String>,
}

/// Reads rustc's dep-info: `TARGET: FILE FILE` with escaped blanks, and `# env-dep:NAME` or
/// `# env-dep:NAME=VALUE`.
pub fn dep_info(text: &str) -> Dependencies {
    let mut named = Dependencies::default();
    for line in text.lines() {
        if let Some(variable) = line.strip_prefix("# env-dep:") {
            named
                .variables
                .push(variable.split('=').next().unwrap_or_default().to_owned());
        } else if let Some((_, files)) = line.split_once(": ") {
            named.files.extend(words(files));
        }
    }
    // rustc lists the files again for each of its outputs.
    named.files.sort_unstable();
    named.files.dedup();
    named
}

/// Returns the output that dep-info names first, as rustc wrote it.
pub fn dep_info_output(text: &str) -> Option<String> {
    let line = text.lines().find(|line| !line.starts_with('#'))?;
    let output = line.split_once(": ").map_or(line, |(output, _)| output);
    let output = output.strip_suffix(':').unwrap_or(output);
    (!output.is_empty()).then(|| output.replace("\\ ", " "))
}

/// Splits a text at the blanks that are not preceded by a backslash.
fn words(text: &str) -> impl Iterator<Item = String> {
    // A path never contains a NUL.
    let joined = text.replace("\\ ", "\0");
    let words: Vec<String> = joined
        .split(' ')
        .map(|word| word.replace('\0', " "))
        .collect();
    words.into_iter().filter(|word| !word.is_empty())
}

/// Reads the output of a build script: `cargo::rerun-if-changed=PATH` and
/// `cargo::rerun-if-env-changed=NAME`. Older scripts write a single colon.
pub fn build_script(text: &str) -> Dependencies {
    let mut named = Dependencies::default();
    for line in text.lines() {
        let directive = line
            .strip_prefix("cargo::")
            .or_else(|| line.strip_prefix("cargo:"));
        match directive.and_then(|directive| directive.split_once('=')) {
            Some(("rerun-if-changed", path)) => named.files.push(path.to_owned()),
            Some(("rerun-if-env-changed", name)) => named.variables.push(name.to_owned()),
            _ => {}
        }
    }
    named
}

/// Returns whether cargo itself sets this variable for the compiler, so that its value in our
/// environment has no effect.
pub fn is_set_by_cargo(variable: &str) -> bool {
    const NAMES: [&str; 6] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "CLIPPY_ARGS",
        "OUT_DIR",
    ];
    const PREFIXES: [&str; 6] = [
        "CARGO_BIN_EXE_",
        "CARGO_CFG_",
        "CARGO_FEATURE_",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "DEP_",
    ];
    NAMES.contains(&variable) || PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{HOSTILE, hostile};

    fn named(files: &[&str], variables: &[&str]) -> Dependencies {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Dependencies {
            files: owned(files),
            variables: owned(variables),
        }
    }

    #[test]
    fn dep_info_names_files_and_variables() {
        let text = "/t/deps/a-1.d: src/lib.rs src/../../README.md\n\n/t/deps/liba-1.rmeta: src/lib.rs src/a\\ b.rs\n\n\
            src/lib.rs:\nsrc/a\\ b.rs:\n\n# env-dep:FOO\n# env-dep:CARGO_PKG_VERSION=0.1.0\n# checksum:x\n";
        let expected = named(
            &["src/../../README.md", "src/a b.rs", "src/lib.rs"],
            &["FOO", "CARGO_PKG_VERSION"],
        );
        assert_eq!(dep_info(text), expected);
        assert_eq!(dep_info_output(text).as_deref(), Some("/t/deps/a-1.d"));
        for (text, output) in [
            ("/a\\ b/x.d:\n", Some("/a b/x.d")),
            ("C:\\t\\x.d: src\\lib.rs\n", Some("C:\\t\\x.d")),
            ("", None),
            ("# env-dep:A\n", None),
        ] {
            assert_eq!(dep_info_output(text).as_deref(), output, "{text}");
        }
        assert_eq!(dep_info("no: \n\0: : \n"), named(&[":"], &[]));
    }

    #[test]
    fn build_script_output_names_files_and_variables() {
        let text = "hello\ncargo:rerun-if-changed=../x y\ncargo::rerun-if-env-changed=DATABASE_URL\n\
            cargo:rustc-env=A=b\ncargo:rerun-if-changed\n";
        assert_eq!(build_script(text), named(&["../x y"], &["DATABASE_URL"]));
    }

    #[test]
    fn messages_name_artifacts_until_the_build_has_finished() {
        let artifact = r#"{"reason":"compiler-artifact","package_id":"path+file:///w#a@1.0.0","manifest_path":"/w/Cargo.toml","target":{},"filenames":["/t/a"],"fresh":true}"#;
        let Some(Built::CompilerArtifact { filenames, .. }) = Built::read(artifact) else {
            panic!("{artifact}")
        };
        assert_eq!(filenames, ["/t/a"]);
        let script = r#"{"reason":"build-script-executed","package_id":"p","linked_libs":[],"env":[["A","b"]],"out_dir":"/o"}"#;
        assert!(matches!(
            Built::read(script),
            Some(Built::BuildScriptExecuted { .. })
        ));
        assert_eq!(
            Built::read(r#"{"reason":"build-finished","success":true}"#),
            Some(Built::BuildFinished {})
        );
        for other in [
            "",
            "x",
            "{",
            r#"{"reason":"compiler-message"}"#,
            r#"{"reason":"compiler-artifact"}"#,
        ] {
            assert_eq!(Built::read(other), None, "{other}");
        }
    }

    #[test]
    fn hostile_dep_info_is_read_in_linear_time() {
        for text in hostile(&[
            "a: b ",
            "a: ",
            "\\ ",
            "# env-dep:",
            "a: b\n",
            "cargo:rerun-if-changed=",
        ]) {
            assert!(dep_info(&text).files.len() <= HOSTILE);
            assert!(build_script(&text).files.len() <= 1);
        }
    }
}
