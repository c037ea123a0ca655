//! Finds code that may be compiled in another way while clippy runs.
//!
//! Code that is missed gives false values of `check`, because clippy's step answers for it. Code that is found without need
//! only costs a step of its own.

use super::mentions::{Call, MOST_TOKENS, call};
use super::page::is_attribute_key;
use super::scan::{Token, TokenKind, code};
use super::string::text_of;

/// Parts of the names of variables and programs by which clippy is recognized. The last variable is the one by which it
/// takes the place of the compiler.
const NAMES: [&str; 3] = ["CLIPPY", "cargo-clippy", "RUSTC_WORKSPACE_WRAPPER"];

/// Returns whether the source may be compiled in another way while clippy runs.
///
/// That is so if it names the condition `clippy` or a variable that clippy sets, or if it reads a variable or includes code
/// by a name that it does not state. Files whose names it states are sources themselves.
pub fn distinguishes_clippy(text: &str) -> bool {
    // Most files have none of the words.
    if !["clippy", "env", "include", "path"]
        .iter()
        .chain(&NAMES)
        .any(|word| text.contains(word))
    {
        return false;
    }
    let code = code(text);
    (0..code.len()).any(|at| match code[at].kind {
        // `clippy::needless_clone` is a lint.
        TokenKind::Word if code[at].is_word("clippy") => {
            !code.get(at + 1).is_some_and(|next| next.is(b':'))
        }
        TokenKind::Word => reads_unknown_name(&code, at),
        TokenKind::Literal => is_of_clippy(&text_of(code[at].text)),
        _ => false,
    })
}

/// Returns whether the word at an index is a macro or an attribute that gets the name of a variable or of a source file, and
/// the name is clippy's or not known.
fn reads_unknown_name(code: &[Token<'_>], at: usize) -> bool {
    let next = code.get(at + 1);
    match code[at].text {
        // Under another name, the macro is not found.
        "env" | "include" | "option_env" if next.is_some_and(|next| next.is_word("as")) => true,
        name @ ("env" | "include" | "option_env") => {
            let mut rest = code[at..].iter().take(MOST_TOKENS).copied().peekable();
            match call(&mut rest) {
                Some(Call::Variable(variable)) => is_of_clippy(&variable),
                Some(Call::Unread) => true,
                // A build script writes the generated files, and counts by itself.
                Some(Call::Include(_) | Call::Generated) => false,
                // Only the macro is called so, and another macro may call it: `m!(option_env)`.
                None => name == "option_env",
            }
        }
        "path" => {
            is_attribute_key(code, at, "path")
                && code.get(at + 2).is_some_and(|value| value.is(b'$'))
        }
        _ => false,
    }
}

fn is_of_clippy(text: &str) -> bool {
    NAMES.iter().any(|name| text.contains(name))
}

#[cfg(test)]
mod tests {
    use super::distinguishes_clippy;

    #[test]
    fn code_that_may_distinguish_clippy_is_found() {
        for (text, expected) in [
            ("#[cfg(not(clippy))] fn f() {}", true),
            ("#![cfg_attr(r#clippy, allow(warnings))]", true),
            ("cfg!(not( /* c */ r#clippy))", true),
            ("macro!(clippy)", true),
            ("#![warn(clippy::all)] #[allow(r#clippy::all)]", false),
            ("// cfg(clippy)\n/// cfg!(clippy)\nfn f() {}", false),
            ("option_env!(\"CLIPPY_ARGS\")", true),
            ("option_env!(\"RUSTC_WORKSPACE_WRAPPER\")", true),
            (r#"option_env!("\x43LIPPY_ARGS")"#, true),
            (r#"option_env!("CLIPP\u{59}_ARGS")"#, true),
            ("env!(\"CLIP\\\n    PY_ARGS\")", true),
            (r#"use std::env; m!(b"RUSTC_WORKSPACE_\x57RAPPER")"#, true),
            ("option_env!(concat!(\"CLI\", \"PPY_ARGS\"))", true),
            ("option_env!(concat!(stringify!(CLI), \"PPY\"))", true),
            ("macro_rules! m { ($a:expr) => { env!($a) } }", true),
            ("use core::option_env as e;", true),
            ("use std::env as e;", true),
            ("m!(option_env, concat!(\"CLI\", \"PPY_ARGS\"))", true),
            ("use std::{env, option_env};", true),
            ("env!(\"CARGO_PKG_NAME\"), option_env!(\"CI\", )", false),
            ("env!(concat!(\"CARGO_\", \"PKG_NAME\"), \"why\")", false),
            (
                "macro_rules! m { ($a:expr) => { env!(concat!(\"CARGO_BIN_EXE_\", $a)) } }",
                false,
            ),
            ("option_env!(concat!(\"CARGO_PKG_\", $a))", false),
            ("option_env!(concat!(\"CARGO_\", $a))", true),
            ("use std::env;\nfn f() { env::var(name); self.env }", false),
            ("include!(env!(\"FILE\"));", true),
            ("r#include ! [ $a ];", true),
            ("use core::include as i;", true),
            ("include!(\"x.txt\");", false),
            ("include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"));", false),
            ("include_str!($path); self.include = include as_is;", false),
            (
                "macro_rules! m { ($p:literal) => { #[path = $p] mod x; } }",
                true,
            ),
            (
                "#[path = \"x.txt\"] mod x; f(\"{path}\", path = path);",
                false,
            ),
            ("", false),
        ] {
            assert_eq!(distinguishes_clippy(text), expected, "{text}");
        }
    }
}
