//! Finds code that may read Rust sources while it runs, by itself or by a program that it starts.
//!
//! A test that does depends on sources that it does not link. One that is missed is reused although such a source changed,
//! unless `inputs` declares the source. One that is found without need only runs more often.

use super::page::Page;
use super::scan::{Token, TokenKind, code, tokens};
use super::string::text_of;

/// Functions, types and crates that list directories, load libraries or start programs.
const WORDS: [&str; 28] = [
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

/// The function that starts a process, and a usual name of other things.
const FORK: &str = "fork";

/// Returns whether the source may start programs, load libraries or list directories.
pub fn starts_or_lists(text: &str) -> bool {
    // Most files have none of the words.
    let mut words = WORDS.iter().chain(&["process", "Command", FORK]);
    if !words.any(|word| text.contains(word)) {
        return false;
    }
    let code = code(text);
    let has_variable = code.windows(3).any(is_variable);
    (0..code.len()).any(|at| {
        let token = &code[at];
        WORDS.contains(&token.text)
            || token.is_word("process") && names_command(&code[at + 1..])
            || token.is_word("Command") && is_of_parameter(&code[..at])
            || token.is_word(FORK) && is_function(&code, at, has_variable)
    })
}

/// Returns whether a path begins with a parameter of a macro: `std::$module::Command`.
fn is_of_parameter(before: &[Token<'_>]) -> bool {
    match before {
        [.., dollar, _, first, second] => dollar.is(b'$') && first.is(b':') && second.is(b':'),
        _ => false,
    }
}

/// Returns whether what follows the name of the module `process` names a type that starts programs, all types of it, or
/// another name for it.
fn names_command(after: &[Token<'_>]) -> bool {
    const COMMANDS: [&str; 2] = ["Command", "CommandExt"];
    let [colon, second, name, rest @ ..] = after else {
        return false;
    };
    if colon.is_word("as") {
        return true;
    }
    let mut group = rest.iter().take_while(|token| !token.is(b';'));
    colon.is(b':')
        && second.is(b':')
        && (name.is(b'*')
            || COMMANDS.iter().any(|command| name.is_word(command))
            || name.is(b'{')
                && group.any(|token| {
                    token.is(b'*') || COMMANDS.contains(&token.text) || token.is_word("as")
                }))
}

/// Returns the code blocks of the documentation in a source, which may be tests.
pub fn documentation_code(text: &str) -> Vec<String> {
    let all: Vec<Token<'_>> = tokens(text).collect();
    Page::of_source(&all).0.code_blocks()
}

/// Returns whether three tokens bind a variable `fork`. Parsers and generators have some.
fn is_variable(tokens: &[Token<'_>]) -> bool {
    let [before, name, after] = tokens else {
        return false;
    };
    let is_bound = ["let", "mut", "ref"]
        .iter()
        .any(|word| before.is_word(word));
    let is_parameter = after.is(b':') && (before.is(b'(') || before.is(b','));
    name.is_word(FORK) && (is_bound || is_parameter)
}

/// Returns whether a word `fork` may be the function of the system, and not a method, a module or a variable.
fn is_function(code: &[Token<'_>], at: usize, has_variable: bool) -> bool {
    let before = at.checked_sub(1).map(|at| code[at]);
    let is_before = |byte: u8| before.is_some_and(|token| token.is(byte));
    let mut kept = ["fn", "mod"].iter();
    if is_before(b'.') || kept.any(|word| before.is_some_and(|token| token.is_word(word))) {
        return false;
    }
    // `Rng::fork` is a method, too.
    let owner = at.checked_sub(3).map(|at| code[at].text);
    if is_before(b':') && owner.is_some_and(|name| name.starts_with(|c: char| c.is_uppercase())) {
        return false;
    }
    match code.get(at + 1) {
        Some(after) if after.is(b'(') || after.is_word("as") => true,
        Some(after) if after.is(b':') => false,
        _ => is_before(b':') || !has_variable,
    }
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
            ("use libc::fork; let f = fork;", true),
            ("use libc::{fork, wait};", true),
            ("use libc::{wait, fork as f};", true),
            ("let f: fn() -> i32 = libc::fork;", true),
            ("let ahead = input.fork();", false),
            (
                "fn advance(&self, fork: &Self) { assert!(same(self, &fork)); fork.end() }",
                false,
            ),
            (
                "let fork = input.copy(); let mut fork = 1; fork = 2;",
                false,
            ),
            ("trait Seed { fn fork(&mut self) -> Self; }", false),
            ("mod fork { pub fn count() {} } use fork::count;", false),
            ("fn a(fork: &B, c: C) { same(fork) }", false),
            ("let copy = shared.with(Rng::fork);", false),
            ("fn a(fork: &B) { libc::fork() }", true),
            ("fn a(fork: &B) { unsafe { fork() } }", true),
            ("clap::Command::new(\"app\")", false),
            (
                "use std::process;\nfn a(c: crate::Command) { process::exit(1) }",
                false,
            ),
            ("use std::process::{self, Command};", true),
            ("use std::process::{ExitCode, Stdio};", false),
            (
                "macro_rules! run { ($m:ident) => { std::$m::Command::new(\"x\") } }",
                true,
            ),
            ("use std::process::{{ExitCode, Stdio}, Command};", true),
            (
                "use std::process as p;\nfn a() { p::Command::new(\"x\"); }",
                true,
            ),
            (
                "use std::process::{self as p};\nfn a() { p::Command::new(\"x\"); }",
                true,
            ),
            ("use std::os::unix::process::CommandExt;", true),
            ("std :: process\n    :: Command::new(\"x\")", true),
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
