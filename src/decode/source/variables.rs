//! Environment variables that Rust sources read.
//!
//! A read is a call of `env::var` or `env::var_os`, `env!`, or an attribute or call of a crate that
//! reads variables (clap, envconfig, envy, figment, config). The name of the variable is a literal,
//! a constant, or a parameter of the function around it. In the last case, the calls of that
//! function are reads.
//!
//! Names are not resolved as the compiler does: modules, traits and types are not followed. A read
//! whose name is not found is reported as such.

mod arguments;
mod imports;
mod resolve;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeMap;

pub use self::resolve::{VariableRead, resolve};

/// Before the name of a constant that belongs to a type, and may have another value in each.
const OF_TYPE: &str = "Self::";

/// What a file has to do with variables, see [`facts`].
#[derive(Clone, Debug, Default)]
pub struct VariableFacts {
    /// The values of constants and statics, or `None` for a value that is not known.
    constants: BTreeMap<String, Option<Vec<String>>>,
    functions: Vec<Function>,
    calls: Vec<Call>,
    /// The fields of structs, with the names that serde gives them.
    structs: BTreeMap<String, Vec<String>>,
    /// Reads of known and unknown names that no call of a function makes.
    direct: Vec<DirectRead>,
}

/// A function, a macro, or a closure with a name.
#[derive(Clone, Debug)]
struct Function {
    name: String,
    kind: FunctionKind,
    parameters: Vec<String>,
    line: u32,
    is_test: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FunctionKind {
    Free,
    /// In an `impl` or a trait of this name.
    Associated(String),
    /// Called in the same file only.
    Closure,
    Macro,
}

/// A call with arguments that may be names of variables.
#[derive(Clone, Debug)]
struct Call {
    callee: Callee,
    arguments: Vec<Argument>,
    line: u32,
    is_test: bool,
    /// The functions around it, the innermost last, as indices into the functions of the file.
    around: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Callee {
    /// `env::var`.
    Environment,
    /// `f(..)`, `a::b::f(..)`, with the name before `f`.
    Path(String, Option<String>),
    /// `x.f(..)`.
    Method(String),
    /// `f!(..)`.
    Macro(String),
}

/// An argument that may be the name of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Argument {
    Texts(Vec<String>),
    Constant(String),
    /// Parameter of a function around the call: its index in [`Call::around`], and that of the
    /// parameter.
    Parameter(usize, usize),
    /// A name that begins with this text.
    Prefix(String),
    /// A parameter of the macro around the call.
    MacroParameter,
    /// A number, a character or a closure, which is not a name.
    Other,
    Unknown,
}

/// A read that no call of a function makes.
#[derive(Clone, Debug)]
struct DirectRead {
    what: DirectName,
    line: u32,
    is_test: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum DirectName {
    Text(String),
    Constant(String),
    /// The fields of a struct in capitals, after a prefix.
    Fields(String, String),
    /// Every name that begins with this text.
    Prefix(String),
    Unknown,
}

/// Returns the facts about a file that the resolution of names needs.
pub fn facts(text: &str) -> VariableFacts {
    walk::walk(text)
}

/// Returns the words of a text that look like names of variables, with their lines: capitals,
/// digits and at least one underscore.
///
/// Escapes of Markdown and manual pages are removed before.
pub fn words(text: &str) -> impl Iterator<Item = (u32, String)> {
    (1..).zip(text.lines()).flat_map(|(line, text)| {
        let text = text.replace("\\_", "_").replace("\\-", "-");
        let text = without_fonts(&text);
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let words = words.filter(|word| is_variable(word) && word.trim_matches('_').contains('_'));
        words
            .map(|word| (line, word.to_owned()))
            .collect::<Vec<_>>()
    })
}

/// Returns the variables that a file such as `.env.example` assigns, with their lines. An
/// assignment in a comment counts, and a line of a quoted value does not.
pub fn assignments(text: &str) -> impl Iterator<Item = (u32, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines());
    std::iter::from_fn(move || {
        let (line, text) = lines.next()?;
        let found = assignment(text);
        let quote = found.and_then(|(_, value)| value.chars().next());
        if let (Some((_, value)), Some(quote @ ('"' | '\''))) = (found, quote)
            && !text.trim_start().starts_with('#')
            && !is_closed(&value[1..], quote)
        {
            // A quote that no line closes is part of its own line's value.
            let mut rest = lines.clone();
            if rest.any(|(_, text)| is_closed(text, quote)) {
                lines = rest;
            }
        }
        Some(found.map(|(name, _)| (line, name.to_owned())))
    })
    .flatten()
}

/// Returns the name and the value of an assignment: `NAME=value`, `# export NAME=value`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start().trim_start_matches('#').trim_start();
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => line,
    };
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then(|| (name, value.trim_start()))
}

/// Returns whether a quote is closed in a line. In double quotes, it may be escaped.
fn is_closed(line: &str, quote: char) -> bool {
    let mut is_escaped = false;
    line.chars().any(|c| {
        let is_end = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped && quote == '"';
        is_end
    })
}

/// Returns the text without changes of the font in manual pages: `\fBNAME\fR`.
fn without_fonts(text: &str) -> String {
    let mut parts = text.split("\\f");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push(' ');
        plain.extend(part.chars().skip(1));
    }
    plain
}

/// Returns whether a text is written as names of variables are: `LOG`, `APP_PORT2`.
fn is_variable(text: &str) -> bool {
    let is_name = text
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_name
        && text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
}
