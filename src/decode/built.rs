//! What cargo and its build output tell about the files and variables that a build read.
//!
//! Three sources: cargo's messages name the artifacts, a `.d` file beside each artifact names the files and variables
//! that rustc read ("dep-info"), and a build script's output names those whose change makes cargo run it again.

use serde::Deserialize;

/// A message of cargo's that names build output.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Built {
    /// A unit was compiled or was fresh.
    CompilerArtifact {
        /// Cargo's opaque id; `path+file://` at its start marks a package in the file system.
        package_id: String,
        /// Absolute path of the package's manifest.
        manifest_path: String,
        /// Absolute paths of what was built.
        filenames: Vec<String>,
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
    /// Nothing after this message is cargo's.
    BuildFinished {},
}

impl Built {
    /// Reads one line of cargo's output; `None` for other messages and other text.
    pub fn read(line: &str) -> Option<Self> {
        // Diagnostics are most of the output; they are passed over without being parsed.
        let is_other = line.starts_with("{\"reason\":\"compiler-message\"") || !line.starts_with('{');
        if is_other { None } else { serde_json::from_str(line).ok() }
    }
}

/// Files and variables by name, as a tool wrote them down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Absolute, or relative to the directory in which the tool ran.
    pub files: Vec<String>,
    /// Names of environment variables.
    pub variables: Vec<String>,
}

/// Reads rustc's dep-info: `TARGET: FILE FILE` with blanks escaped, and `# env-dep:NAME` or `# env-dep:NAME=VALUE`.
pub fn dep_info(text: &str) -> Named {
    let mut named = Named::default();
    for line in text.lines() {
        if let Some(variable) = line.strip_prefix("# env-dep:") {
            named.variables.push(variable.split('=').next().unwrap_or_default().to_owned());
        } else if let Some((_, files)) = line.split_once(": ") {
            named.files.extend(words(files));
        }
    }
    named.files.sort_unstable();
    named.files.dedup();
    named
}

/// Splits at blanks that no backslash precedes.
fn words(text: &str) -> impl Iterator<Item = String> {
    let joined = text.replace("\\ ", "\0");
    let words: Vec<String> = joined.split(' ').map(|word| word.replace('\0', " ")).collect();
    words.into_iter().filter(|word| !word.is_empty())
}

/// Reads a build script's output: `cargo::rerun-if-changed=PATH` and `cargo::rerun-if-env-changed=NAME`, with one colon
/// in older scripts.
pub fn build_script(text: &str) -> Named {
    let mut named = Named::default();
    for line in text.lines() {
        let directive = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:"));
        match directive.and_then(|directive| directive.split_once('=')) {
            Some(("rerun-if-changed", path)) => named.files.push(path.to_owned()),
            Some(("rerun-if-env-changed", name)) => named.variables.push(name.to_owned()),
            _ => {}
        }
    }
    named
}

/// Cargo itself sets this variable for the compiler, so its value in our environment decides nothing.
pub fn is_set_by_cargo(variable: &str) -> bool {
    const NAMES: [&str; 6] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "CLIPPY_ARGS",
        "OUT_DIR",
    ];
    const PREFIXES: [&str; 6] =
        ["CARGO_BIN_EXE_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_MANIFEST_", "CARGO_PKG_", "DEP_"];
    NAMES.contains(&variable) || PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

/// Returns the paths that `include!`, `include_str!` and `include_bytes!` name in a source file.
///
/// Dep-info covers them as well, except those that only rustdoc sees (`#[cfg(doctest)]`), whose dep-info is unstable.
pub fn includes(source: &str) -> Vec<Include> {
    const MACROS: [&str; 3] = ["include_str!", "include_bytes!", "include!"];
    let calls = MACROS.iter().flat_map(|name| source.match_indices(name).map(|(at, _)| &source[at + name.len()..]));
    calls.filter_map(|rest| include(rest.trim_start().strip_prefix(['(', '[', '{'])?.trim_start())).collect()
}

/// The argument of an include.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Include {
    /// Relative to the directory of the source file.
    BesideSource(String),
    /// Relative to the package's directory: `concat!(env!("CARGO_MANIFEST_DIR"), "/x")`.
    BesideManifest(String),
}

fn include(argument: &str) -> Option<Include> {
    if let Some(path) = literal(argument) {
        return Some(Include::BesideSource(path));
    }
    let argument = argument.strip_prefix("concat!")?.trim_start().strip_prefix('(')?.trim_start();
    let argument = argument.strip_prefix("env!(\"CARGO_MANIFEST_DIR\")")?.trim_start().strip_prefix(',')?;
    Some(Include::BesideManifest(literal(argument.trim_start())?.trim_start_matches('/').to_owned()))
}

/// A plain string literal at the start of a text.
fn literal(text: &str) -> Option<String> {
    let (path, _) = text.strip_prefix('"')?.split_once('"')?;
    Some(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(files: &[&str], variables: &[&str]) -> Named {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Named { files: owned(files), variables: owned(variables) }
    }

    #[test]
    fn dep_info_names_files_and_variables() {
        let text = "/t/deps/a-1.d: src/lib.rs src/../../README.md\n\n/t/deps/liba-1.rmeta: src/lib.rs src/a\\ b.rs\n\n\
            src/lib.rs:\nsrc/a\\ b.rs:\n\n# env-dep:FOO\n# env-dep:CARGO_PKG_VERSION=0.1.0\n# checksum:x\n";
        let expected = named(&["src/../../README.md", "src/a b.rs", "src/lib.rs"], &["FOO", "CARGO_PKG_VERSION"]);
        assert_eq!(dep_info(text), expected);
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
        let Some(Built::CompilerArtifact { filenames, .. }) = Built::read(artifact) else { panic!("{artifact}") };
        assert_eq!(filenames, ["/t/a"]);
        let script =
            r#"{"reason":"build-script-executed","package_id":"p","linked_libs":[],"env":[["A","b"]],"out_dir":"/o"}"#;
        assert!(matches!(Built::read(script), Some(Built::BuildScriptExecuted { .. })));
        assert_eq!(Built::read(r#"{"reason":"build-finished","success":true}"#), Some(Built::BuildFinished {}));
        for other in ["", "x", "{", r#"{"reason":"compiler-message"}"#, r#"{"reason":"compiler-artifact"}"#] {
            assert_eq!(Built::read(other), None, "{other}");
        }
    }

    #[test]
    fn includes_are_found_by_their_literals() {
        let source = r#"
            #![doc = include_str!("../../README.md")]
            const A: &[u8] = include_bytes!( "a.bin" );
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../b.rs"));
            include!(concat!(env!("OUT_DIR"), "/c.rs"));
            include_str!(NAME)
        "#;
        let beside = |path: &str| Include::BesideSource(path.to_owned());
        let expected = [beside("../../README.md"), beside("a.bin"), Include::BesideManifest("../b.rs".to_owned())];
        assert_eq!(includes(source), expected);
    }
}
