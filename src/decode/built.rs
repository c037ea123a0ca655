//! The files and variables that a build read, from cargo's messages and its build output.
//!
//! There are three sources. Cargo's messages name the artifacts. The `.d` file next to an artifact
//! ("dep-info") names the files and variables that rustc read. The output of a build script names
//! the files and variables that cause cargo to run it again.

use serde::Deserialize;

use crate::decode::text::head;

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

/// The paths and variables that occur in the text of a source file or of an included file.
///
/// Dep-info covers the files that rustc reads. It does not cover those that only rustdoc reads:
/// doctests, `#[cfg(doctest)]` and `#[cfg(doc)]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Paths of `include!`, `include_str!`, `include_bytes!` and `#[path = ".."]`.
    pub includes: Vec<Include>,
    /// Variables of `env!` and `option_env!`.
    pub variables: Vec<String>,
}

/// A path in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Include {
    /// Absolute, or relative to the directory of the source file.
    BesideSource(String),
    /// Appended to the path of the package's directory:
    /// `concat!(env!("CARGO_MANIFEST_DIR"), "/x")`.
    AfterManifestDir(String),
}

/// Finds the paths and variables in a source file. Comments are searched too, as they may be
/// doctests.
pub fn mentions(source: &str) -> Mentions {
    const MACROS: [&str; 3] = ["include_str!", "include_bytes!", "include!"];
    let calls = MACROS.iter().flat_map(|name| arguments(source, name));
    let attributes = source.match_indices("path").filter_map(|(at, name)| {
        let is_attribute = source[..at].trim_end().ends_with(['[', '(', ',']);
        let value = source[at + name.len()..].trim_start().strip_prefix('=')?;
        is_attribute.then_some(value)
    });
    let variables = arguments(source, "env!")
        .filter_map(|argument| Some(literal(head(argument, LONGEST).trim_start())?.0));
    Mentions {
        includes: calls.chain(attributes).filter_map(include).collect(),
        variables: variables.collect(),
    }
}

/// Returns the text after the opening bracket of each call of a macro.
fn arguments<'a>(source: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    source
        .match_indices(name)
        .filter_map(|(at, name)| opened(&source[at + name.len()..]))
}

fn opened(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix(['(', '[', '{'])
}

/// Bytes of an argument that are searched for its end. Paths are shorter, and a text with many
/// unclosed literals would otherwise take quadratic time.
const LONGEST: usize = 4096;

fn include(argument: &str) -> Option<Include> {
    let (parts, _) = parts(head(argument, LONGEST), NESTED)?;
    match parts.split_first() {
        Some((Part::ManifestDir, rest)) => Some(Include::AfterManifestDir(concat(rest)?)),
        _ => Some(Include::BesideSource(concat(&parts)?)),
    }
}

/// Joins parts that are all text.
fn concat(parts: &[Part]) -> Option<String> {
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::ManifestDir => None,
    });
    texts.collect()
}

/// Levels of `concat!` inside `concat!` that are read.
const NESTED: u32 = 8;

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    ManifestDir,
}

/// Reads a string literal, `env!("CARGO_MANIFEST_DIR")` or a `concat!` of these. Returns the parts
/// and the rest of the text.
fn parts(text: &str, nested: u32) -> Option<(Vec<Part>, &str)> {
    const CLOSING: [char; 3] = [')', ']', '}'];
    let text = text.trim_start();
    if let Some((text, rest)) = literal(text) {
        return Some((vec![Part::Text(text)], rest));
    }
    if let Some(rest) = text.strip_prefix("env!") {
        let (name, rest) = literal(opened(rest)?.trim_start())?;
        let rest = rest.trim_start().strip_prefix(CLOSING)?;
        return (name == "CARGO_MANIFEST_DIR").then_some((vec![Part::ManifestDir], rest));
    }
    let mut rest = opened(text.strip_prefix("concat!")?).filter(|_| nested > 0)?;
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix(CLOSING) {
            return Some((found, rest));
        }
        let (more, after) = parts(rest, nested - 1)?;
        found.extend(more);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

/// Reads a string literal at the start of a text, raw or not. Returns its value and the rest of
/// the text.
fn literal(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('r') {
        let quoted = raw.trim_start_matches('#');
        let end = format!("\"{}", "#".repeat(raw.len() - quoted.len()));
        let (path, rest) = quoted.strip_prefix('"')?.split_once(&end)?;
        return Some((path.to_owned(), rest));
    }
    let text = text.strip_prefix('"')?;
    let mut path = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((path, &text[at + 1..])),
            '\\' => path.push(chars.next()?.1),
            char => path.push(char),
        }
    }
    None
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
    fn sources_mention_paths_and_variables() {
        let beside = |path: &str| Include::BesideSource(path.to_owned());
        let after = |path: &str| Include::AfterManifestDir(path.to_owned());
        for (source, expected) in [
            (
                r#"#![doc = include_str!("../../README.md")]"#,
                Some(beside("../../README.md")),
            ),
            (
                r#"const A: &[u8] = include_bytes!( "a.bin" );"#,
                Some(beside("a.bin")),
            ),
            (r##"include!(r#"a "b""#)"##, Some(beside(r#"a "b""#))),
            (r#"include_str!("C:\\x")"#, Some(beside(r"C:\x"))),
            (r#"/// include_str!["/abs"]"#, Some(beside("/abs"))),
            (
                r#"include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../b.rs"));"#,
                Some(after("/../b.rs")),
            ),
            (
                r#"include!(concat!(env!("CARGO_MANIFEST_DIR"), concat!("-x", "/y"),));"#,
                Some(after("-x/y")),
            ),
            (
                r#"#![cfg_attr(doctest, doc = include_str!("x.md"))]"#,
                Some(beside("x.md")),
            ),
            (r#"#[path = "x.rs"] mod m;"#, Some(beside("x.rs"))),
            (
                r#"#[cfg_attr(unix, path="x.rs")] mod m;"#,
                Some(beside("x.rs")),
            ),
            (r#"let path = "x";"#, None),
            (r#"include!(concat!(env!("OUT_DIR"), "/c.rs"));"#, None),
            ("include_str!(NAME)", None),
            ("include_str!(\"", None),
        ] {
            assert_eq!(
                mentions(source).includes,
                Vec::from_iter(expected),
                "{source}"
            );
        }
        let deep = format!("include!({}", "concat!(".repeat(100_000));
        assert_eq!(mentions(&deep).includes, []);
        let long = format!("include!(\"{}\")", "x".repeat(LONGEST));
        assert_eq!(mentions(&long).includes, []);
        assert_eq!(
            mentions(r#"env!("A"), option_env!( "B" ), env!(C)"#).variables,
            ["A", "B"]
        );
    }

    #[test]
    fn hostile_sources_and_dep_info_are_read_in_linear_time() {
        let open = [
            "include!(r#\"",
            "[path=r#\"",
            "env!(r#\"",
            "include!(concat!(\"",
            "path ",
            "env!(\"\\\"",
        ];
        for source in hostile(&open) {
            assert!(mentions(&source).includes.len() <= HOSTILE / 5);
        }
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
