//! Finds code that may read Rust sources while it runs, by itself or by a program that it starts.
//!
//! A test that does depends on sources that it does not link. One that is missed is reused although such a source changed,
//! unless `inputs` declares the source. One that is found without need only runs more often.

use super::page::Page;
use super::scan::{Token, TokenKind, code, tokens};
use super::string::text_of;

/// Functions, types and crates that list directories, load libraries or start programs.
const WORDS: [&str; 29] = [
    "CargoBuild",
    "CreateProcessW",
    "LoadLibraryExW",
    "LoadLibraryW",
    "WalkBuilder",
    "WalkDir",
    "assert_cmd",
    "cargo_bin",
    "compiletest_rs",
    "dlopen",
    "duct",
    "escargot",
    "execv",
    "execve",
    "execvp",
    "fexecve",
    "fork",
    "insta_cmd",
    "libloading",
    "opendir",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "read_dir",
    "trybuild",
    "trycmd",
    "ui_test",
    "vfork",
    "walkdir",
];

/// Returns whether the source may start programs, load libraries or list directories.
pub fn starts_or_lists(text: &str) -> bool {
    // Most files have none of the words.
    if !WORDS
        .iter()
        .chain(&["process"])
        .any(|word| text.contains(word))
    {
        return false;
    }
    let code = code(text);
    let has = |name: &str| code.iter().any(|token| token.is_word(name));
    let all_of_process = ["process", ":", ":", "*"];
    has("process") && (has("Command") || has("CommandExt"))
        || (0..code.len()).any(|at| WORDS.contains(&code[at].text) && !is_other_fork(&code, at))
        || code
            .windows(all_of_process.len())
            .any(|found| found.iter().map(|token| token.text).eq(all_of_process))
}

/// Returns the code blocks of the documentation in a source, which may be tests.
pub fn documentation_code(text: &str) -> Vec<String> {
    let all: Vec<Token<'_>> = tokens(text).collect();
    Page::of_source(&all).0.code_blocks()
}

/// Returns whether a word is a method `fork` or its definition. Parsers and generators have one.
fn is_other_fork(code: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| code[at]);
    code[at].text == "fork" && before.is_some_and(|token| token.is(b'.') || token.is_word("fn"))
}

/// Returns whether the source has the name of another one, other than for the compiler.
pub fn names_sources(text: &str) -> bool {
    let code = code(text);
    let literals = code.iter().enumerate();
    literals
        .filter(|(_, token)| token.kind == TokenKind::Literal)
        .any(|(at, token)| is_source(&text_of(token.text)) && !is_for_compiler(&code[..at]))
}

/// Returns whether a text is the name of a source, the extension of sources, or their usual directory. A pattern is of use
/// only to code that lists directories.
fn is_source(text: &str) -> bool {
    let mut parts = text.split(['/', '\\']);
    if text.contains('*') {
        return false;
    }
    text == "rs" || text.ends_with(".rs") || parts.any(|part| part == "src")
}

/// Returns whether the compiler reads the file that is named next: `#[path = "x.rs"]`, `include!("x.rs")`.
fn is_for_compiler(before: &[Token<'_>]) -> bool {
    match before {
        [.., name, sign] if sign.is(b'=') => name.is_word("path"),
        [.., name, mark, open] if mark.is(b'!') && open.is(b'(') => name.is_word("include"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_starts_programs_or_lists_directories_is_found() {
        for (text, expected) in [
            ("fn a() { std::fs::read_dir(\".\"); }", true),
            ("use walkdir::WalkDir;", true),
            ("std::process::Command::new(\"cargo\")", true),
            ("use std::process::*;", true),
            (
                "use std::{env, process};\nfn a() { process::Command::new(\"x\"); }",
                true,
            ),
            ("unsafe { libc::fork() }", true),
            ("let ahead = input.fork();", false),
            ("trait Seed { fn fork(&mut self) -> Self; }", false),
            ("clap::Command::new(\"app\")", false),
            ("std::process::exit(1)", false),
            (
                "/// Starts a process, a `Command`, as read_dir does.\nfn a() {}",
                false,
            ),
            ("fn a() { std::fs::read(\"data/x.txt\"); }", false),
        ] {
            assert_eq!(starts_or_lists(text), expected, "{text}");
        }
    }

    #[test]
    fn code_in_documentation_is_found() {
        for text in [
            "/// ```\n/// let x = read_dir(\".\");\n/// ```\nfn a() {}",
            "//! Isn't\n//! ```no_run\n//! # let x = read_dir(\".\");\n//! ```",
            "/**\n * ```\n * let x = read_dir(\".\");\n * ```\n */\nfn a() {}",
            "///     let x = read_dir(\".\");\nfn a() {}",
            "#[doc = \"```\\nlet x = read_dir(d);\\n```\"]\nfn a() {}",
            "#[doc = concat!(\"```\\n\", \"let x = read_dir(d);\\n```\")]\nfn a() {}",
        ] {
            let blocks = documentation_code(text);
            let found: Vec<bool> = blocks.iter().map(|block| starts_or_lists(block)).collect();
            assert_eq!(found, [true], "{text}: {blocks:?}");
        }
        let prose = documentation_code("/// Calls `read_dir`.\nfn a() {}");
        assert!(prose.is_empty(), "{prose:?}");
    }

    #[test]
    fn code_that_names_sources_is_found() {
        for (text, expected) in [
            ("std::fs::read_to_string(\"../b/src/lib.rs\")", true),
            ("p.extension() == Some(\"rs\")", true),
            ("root.join(\"src\").join(name)", true),
            ("is_match(\".*.rs\")", false),
            ("include_str!(\"table.rs\");", true),
            ("#[path = \"other.rs\"] mod other;", false),
            ("include!(\"table.rs\");", false),
            ("/// Reads `src/lib.rs`.\nfn a() {}", false),
            ("fn a() { \"srcs\" }", false),
        ] {
            assert_eq!(names_sources(text), expected, "{text}");
        }
    }
}
