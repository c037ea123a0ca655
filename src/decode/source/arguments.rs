//! Finds code that may read the arguments of its process.
//!
//! A call that is missed gives a false verdict, because its tests see arguments that cargo would not pass. One that is
//! found without need only costs the log file of libtest.

use super::scan::{Token, TokenKind, code};
use super::string::text_of;

/// Functions that are only called to read the arguments, and crates that are only used for it.
const CERTAIN: [&str; 11] = [
    "args_os",
    "argparse",
    "bpaf",
    "configure_from_args",
    "cucumber",
    "docopt",
    "from_env_or_exit",
    "from_std_args",
    "parse_args_default_or_exit",
    "parse_args_or_exit",
    "xflags",
];
/// Functions that read the arguments if they are called without any: methods or associated functions of parsers.
const WITHOUT_ARGUMENTS: [&str; 7] = [
    "from_args",
    "from_args_safe",
    "get_matches",
    "get_matches_mut",
    "get_matches_safe",
    "try_get_matches",
    "try_get_matches_mut",
];
/// Parsers with a function `from_env`, and their crates. Other types have one for variables of the environment.
const FROM_ENV: [&str; 5] = ["Arguments", "Parser", "argh", "lexopt", "pico_args"];

/// Returns whether the source may read the arguments of its process, by itself or with a parser of arguments.
pub fn reads_arguments(text: &str) -> bool {
    // Most files have none of the words.
    if ![
        "arg",
        "bpaf",
        "cmdline",
        "cucumber",
        "docopt",
        "env",
        "init_array",
        "matches",
        "parse",
        "proc",
        "xflags",
    ]
    .iter()
    .any(|word| text.contains(word))
    {
        return false;
    }
    let code = code(text);
    (0..code.len()).any(|at| match code[at].kind {
        TokenKind::Word => Name { code: &code, at }.reads_arguments(),
        TokenKind::Literal => names_arguments(&text_of(code[at].text)),
        _ => false,
    })
}

/// Returns whether a text names the files of processes (`/proc/self`, `cmdline`), or the section of functions that are called
/// with the arguments before `main`.
fn names_arguments(text: &str) -> bool {
    let mut parts = text.trim_end_matches('\0').split('/');
    parts.any(|part| part == "proc" || part == "cmdline") || text.starts_with(".init_array")
}

/// A word of the source and the code around it.
#[derive(Clone, Copy)]
struct Name<'a> {
    code: &'a [Token<'a>],
    at: usize,
}

impl<'a> Name<'a> {
    fn reads_arguments(self) -> bool {
        let name = self.code[self.at].text;
        // A definition is of use to those that call it.
        if self.follows(&["fn"]) {
            return false;
        }
        match name {
            "env" => self.imports_args(),
            "args" => self.follows(&["env", ":", ":"]) || !self.is_method() && self.is_called(),
            "parse" | "try_parse" => {
                self.is_associated() && (self.is_called() || self.is_value() && self.has_parser())
            }
            "from_env" => !self.is_method() && self.takes_nothing() && self.is_of_parser(),
            _ if WITHOUT_ARGUMENTS.contains(&name) => self.takes_nothing(),
            _ => CERTAIN.contains(&name),
        }
    }

    /// Returns whether it is the module of an import with `args` or everything (`use std::env::{args, var}`), or a macro
    /// chooses its item (`env::$name`).
    fn imports_args(self) -> bool {
        let rest = &self.code[self.at + 1..];
        if !is_start(rest, &[":", ":"]) {
            return false;
        }
        let rest = &rest[2..];
        let group = rest
            .iter()
            .take_while(|token| !token.is(b'}') && !token.is(b';'));
        rest.first()
            .is_some_and(|token| token.is(b'*') || token.is(b'$'))
            || is_start(rest, &["{"]) && { group }
                .any(|token| token.is_word("args") || token.is(b'*'))
    }

    fn is_method(self) -> bool {
        self.follows(&["."])
    }

    fn is_associated(self) -> bool {
        self.follows(&[":", ":"])
    }

    /// Returns whether it is called without arguments.
    fn is_called(self) -> bool {
        is_start(&self.code[self.at + 1..], &["(", ")"])
    }

    /// Returns whether it is named without a call: `get_or_init(Cli::parse)`.
    fn is_value(self) -> bool {
        let next = self.code.get(self.at + 1);
        next.is_none_or(|next| [b')', b',', b';', b'}'].iter().any(|punct| next.is(*punct)))
    }

    fn takes_nothing(self) -> bool {
        self.is_called() || self.is_associated() && self.is_value()
    }

    /// Returns whether the trait of clap's parsers may be in scope: it is named, or something is imported as a whole.
    fn has_parser(self) -> bool {
        self.has_word("clap")
            || self.has_word("Parser")
            || self
                .code
                .windows(2)
                .any(|pair| pair[0].is(b':') && pair[1].is(b'*'))
    }

    fn is_of_parser(self) -> bool {
        FROM_ENV.iter().any(|name| self.has_word(name))
    }

    fn has_word(self, word: &str) -> bool {
        self.code.iter().any(|token| token.is_word(word))
    }

    /// Returns whether these tokens precede it.
    fn follows(self, before: &[&str]) -> bool {
        let start = self.at.checked_sub(before.len());
        start.is_some_and(|start| is_start(&self.code[start..], before))
    }
}

/// Returns whether the code begins with these tokens.
fn is_start(code: &[Token<'_>], start: &[&str]) -> bool {
    let texts = code.iter().map(|token| token.text).take(start.len());
    texts.eq(start.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::reads_arguments;

    #[test]
    fn code_that_reads_arguments_is_found() {
        for (text, expected) in [
            ("fn f() { std::env::args().nth(1); }", true),
            ("use std::env;\nfn f() { env::args_os(); }", true),
            (
                "fn f() { std::env::r#args(); std::r#env::r#args_os() }",
                true,
            ),
            ("use std::r#env::{r#args};", true),
            ("macro_rules! m { ($a:ident) => { std::env::$a() } }", true),
            ("use std::env::args;", true),
            ("use std::env::args as words;", true),
            ("use std::{env::{self, args as words}, fs};", true),
            ("use std::env::{var, args_os};", true),
            ("use std::env::*;\nfn f() { args() }", true),
            ("use std::env as e;\nfn f() { e::args() }", true),
            ("fn f() { wild::args() }", true),
            ("fn f() { parse_from(env::args) }", true),
            ("fn f() { Cli::parse() }", true),
            ("fn f() { <Cli as clap::Parser>::parse() }", true),
            ("fn f() { Cli::try_parse()? }", true),
            (
                "use clap::Parser;\nfn f() { CLI.get_or_init(Cli::parse) }",
                true,
            ),
            (
                "use super::*;\nstatic CLI: LazyLock<Cli> = LazyLock::new(Cli::parse);",
                true,
            ),
            ("fn f() { command().get_matches() }", true),
            ("fn f() { command().try_get_matches()? }", true),
            ("fn f() { Opt::from_args() }", true),
            ("fn f() { pico_args::Arguments::from_env() }", true),
            ("use lexopt::Parser as P;\nfn f() { P::from_env() }", true),
            ("use argh::from_env;\nfn f() { from_env() }", true),
            ("fn f() { flags::Task::from_env_or_exit() }", true),
            ("xflags::xflags! { cmd task {} }", true),
            ("use bpaf::Parser;", true),
            ("fn f() { Options::parse_args_default_or_exit() }", true),
            ("fn f() { fs::read(\"/proc/self/cmdline\") }", true),
            ("fn f() { Path::new(\"/proc/self\").join(name) }", true),
            ("fn f() { concat!(\"/proc/self/\", \"cmdline\") }", true),
            ("fn f() { format!(\"/proc/{}/\\x63mdline\", id()) }", true),
            (
                "fn f() { open(c\"/proc/self/cmdline\", b\"cmdline\\0\") }",
                true,
            ),
            (
                "#[used] #[link_section = \".init_array.00099\"] static A: F = f;",
                true,
            ),
            (
                "fn f() { \"proc-macro\"; \"crates/proc_a\"; \"/process\" }",
                false,
            ),
            ("fn f() { env::var(\"A\"); env::temp_dir() }", false),
            ("fn f() { matches!(x, Some(_)); args.parse(); }", false),
            (
                "fn f() { command.args([1]); self.args(); args.iter() }",
                false,
            ),
            ("fn args() {}\nfn f(args: Vec<String>) { run(args) }", false),
            (
                "use std::env::{var, temp_dir};\nfn f(args: &[u8]) {}",
                false,
            ),
            ("fn f() { env::var(\"args\") }", false),
            ("fn f() { Version::parse(text) }", false),
            ("fn f() { words.map(Version::parse) }", false),
            ("fn f() { \"1\".parse() }", false),
            ("fn f() { Cli::parse_from([\"a\"]) }", false),
            ("fn f() { command().get_matches_from([\"a\"]) }", false),
            ("fn f() { Scope::from_args(args) }", false),
            ("fn f() { Config::from_env() }", false),
            ("fn f() { Arguments::from_vec(words) }", false),
            (
                "// std::env::args()\n/// Cli::parse()\nfn f() { \"env::args()\" }",
                false,
            ),
            ("", false),
        ] {
            assert_eq!(reads_arguments(text), expected, "{text}");
        }
    }
}
