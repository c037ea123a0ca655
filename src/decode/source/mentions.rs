//! The files and variables that a source file or a documentation text names in macros.
//!
//! Dep-info covers the files that rustc reads. It does not cover those that only rustdoc reads: in doctests, and in code
//! under `#[cfg(doctest)]` and `#[cfg(doc)]`.
//!
//! Code is read as tokens. Documentation is mostly prose, which would confuse a tokenizer (`don't`), so it is searched for
//! the names of the macros, and only their arguments are read as tokens.

use std::iter::Peekable;

use super::page::{Page, documentation_value, is_attribute_key, is_closing};
use super::scan::{Token, TokenKind, tokens};
use super::string::value;
use crate::decode::text::head;

/// The files and variables that a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Arguments of `include!`, `include_str!` and `include_bytes!`, and values of `#[path]`.
    pub includes: Vec<Include>,
    /// Variables of `env!` and `option_env!`.
    pub variables: Vec<String>,
    /// Variables that the text of documentation names. Only doctests are code there.
    pub doctest_variables: Vec<String>,
    /// Lines of arguments in the text of documentation that are neither a literal nor a known `concat!`. Only
    /// doctests are code there.
    pub unread_doctests: Vec<u32>,
    /// The same in the values of `doc` attributes, which rustdoc reads for every purpose.
    pub unread_documentation: Vec<u32>,
    /// The same in code, where dep-info names the file unless only rustdoc reads it.
    pub unread_code: Vec<u32>,
    /// Whether some code is for rustdoc only.
    pub has_rustdoc_code: bool,
}

/// A file that a text includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Where the file is.
    pub path: IncludePath,
    /// What its text is used as.
    pub usage: Usage,
    /// Who reads it.
    pub reader: SourceReader,
}

/// Who reads a text. Each reads what the later ones read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceReader {
    /// rustc, so that dep-info names what the text includes.
    Rustc,
    /// rustdoc, also when it makes documentation.
    Rustdoc,
    /// rustdoc when it runs doctests.
    Doctests,
}

/// The path of an included file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncludePath {
    /// Absolute, or relative to the directory of the source file.
    BesideSource(String),
    /// Appended to the path of the package's directory:
    /// `concat!(env!("CARGO_MANIFEST_DIR"), "/x")`.
    AfterManifestDir(String),
}

/// The use of an included text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// Rust code.
    Code,
    /// The value of `doc = ..`.
    Documentation,
    /// Anything else.
    Data,
}

/// Finds the files and variables that a Rust source file names.
pub fn in_source(text: &str) -> Mentions {
    let all: Vec<Token<'_>> = tokens(text).collect();
    let (documentation, strings) = Page::of_source(&all);
    let mut found = in_page(&documentation);

    // A macro may use any string as documentation, or as code.
    let other = in_page(&strings);
    found.variables.extend(other.doctest_variables);
    found
        .includes
        .extend(other.includes.into_iter().map(|include| Include {
            reader: SourceReader::Rustdoc,
            ..include
        }));

    let code: Vec<Token<'_>> = all.into_iter().filter(|token| !is_comment(token)).collect();
    let mut documentation_end = 0;
    for at in 0..code.len() {
        let rest = &code[at..];
        found.has_rustdoc_code |= is_rustdoc_condition(rest);
        documentation_end = documentation_end.max(at + documentation_value(&code, at));
        let is_documentation = at < documentation_end;
        match call(&mut rest.iter().take(MOST_TOKENS).copied().peekable()) {
            Some(Call::Include(include)) => found.includes.push(include.within(is_documentation)),
            Some(Call::Variable(name)) => found.variables.push(name),
            Some(Call::Unread) if is_documentation => {
                found.unread_documentation.push(rest[0].line);
            }
            Some(Call::Unread) => found.unread_code.push(rest[0].line),
            Some(Call::Generated) | None => {}
        }
        if is_attribute_key(&code, at, "path")
            && let Some(path) = rest.get(2).and_then(|token| value(token.text))
        {
            found.includes.push(Include {
                path: IncludePath::BesideSource(path),
                usage: Usage::Code,
                reader: SourceReader::Rustc,
            });
        }
    }
    found
}

/// Finds the files and variables that a text in Markdown names.
pub fn in_documentation(text: &str) -> Mentions {
    in_page(&Page::of_markdown(text))
}

fn in_page(page: &Page) -> Mentions {
    let mut found = Mentions::default();
    let text = page.text();
    for at in words(text, &["include", "env", "path"]) {
        let rest = head(&text[at..], LONGEST);
        let mut code = tokens(rest).filter(|token| !is_comment(token)).peekable();
        if rest.starts_with("path") {
            let is_attribute = text[..at].trim_end().ends_with(['[', '(', ',']);
            found
                .includes
                .extend(path_value(code).filter(|_| is_attribute));
            continue;
        }
        match call(&mut code) {
            Some(Call::Include(include)) => found.includes.push(Include {
                reader: SourceReader::Doctests,
                ..include
            }),
            Some(Call::Variable(name)) => found.doctest_variables.push(name),
            Some(Call::Unread) if !page.is_in_code_span(at) => {
                found.unread_doctests.push(page.line(at));
            }
            Some(Call::Unread | Call::Generated) | None => {}
        }
    }
    found
}

/// Bytes and tokens of a call that are searched for its end. Paths are shorter, and a text with many unclosed calls would
/// otherwise take quadratic time.
const LONGEST: usize = 1024;
pub(super) const MOST_TOKENS: usize = 256;

/// Returns the offsets of the short words that contain one of `parts`.
fn words<'a>(text: &'a str, parts: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let found = parts.iter().flat_map(|part| text.match_indices(part));
    found.filter_map(move |(at, _)| {
        let (before, after) = text.as_bytes().split_at(at);
        let before = before.iter().rev().take(LONGEST_NAME + 1);
        let before = before.take_while(|byte| is_word(byte)).count();
        let after = after.iter().take(LONGEST_NAME + 1);
        let length = before + after.take_while(|byte| is_word(byte)).count();
        (length <= LONGEST_NAME).then_some(at - before)
    })
}

/// Bytes of the longest name that is searched for: `include_bytes`.
const LONGEST_NAME: usize = 13;

/// A call of a macro that reads a file or a variable.
pub(super) enum Call {
    Include(Include),
    Variable(String),
    /// The file is in the output directory of a build script.
    Generated,
    /// The argument is not a known value.
    Unread,
}

impl Include {
    /// Returns the same include as a part of a `doc` attribute or of other code.
    fn within(mut self, documentation: bool) -> Self {
        if documentation && self.usage == Usage::Data {
            self.usage = Usage::Documentation;
        }
        self
    }
}

/// Reads a call at the start of tokens.
pub(super) fn call<'a>(tokens: &mut Peekable<impl Iterator<Item = Token<'a>>>) -> Option<Call> {
    let name = tokens
        .next()
        .filter(|token| token.kind == TokenKind::Word)?;
    let name = name.text.strip_prefix("r#").unwrap_or(name.text);
    let usage = match name {
        "include" => Some(Usage::Code),
        "include_str" | "include_bytes" => Some(Usage::Data),
        "env" | "option_env" => None,
        _ => return None,
    };
    opening(tokens)?;
    let mut parts = Vec::new();
    let is_read = read_parts(tokens, NESTED, &mut parts).is_some_and(|()| {
        let next = tokens.next();
        next.is_some_and(|token| is_closing(&token) || token.is(b','))
    });
    Some(match (usage, parts.first()) {
        // Whatever follows, cargo sets the variable: `concat!("CARGO_BIN_EXE_", $name)`.
        (None, Some(Part::Text(start))) if !is_read && is_of_cargo(start) => {
            Call::Variable(start.clone())
        }
        _ if !is_read => Call::Unread,
        (None, _) => concat(&parts).map_or(Call::Unread, Call::Variable),
        (Some(usage), _) => include(&parts, usage),
    })
}

/// Returns whether cargo sets every variable whose name begins so.
fn is_of_cargo(start: &str) -> bool {
    ["CARGO_BIN_EXE_", "CARGO_PKG_"]
        .iter()
        .any(|prefix| start.starts_with(prefix))
}

/// Returns whether the tokens of a value of `doc = ..` give a text that is written in the sources or in
/// a file that they name. What `stringify!` adds is code, which is read as such.
pub(super) fn is_known_documentation(value: &[Token<'_>]) -> bool {
    let mut at = 0;
    while let Some(token) = value.get(at) {
        let rest = &value[at..];
        let is_known = match call(&mut rest.iter().copied().peekable()) {
            Some(Call::Include(_)) => true,
            Some(Call::Variable(name)) => name.starts_with("CARGO_"),
            Some(Call::Unread | Call::Generated) => false,
            None => !token.is(b'$') && token.kind != TokenKind::Word,
        };
        let is_group = token.is_word("include_str") || token.is_word("env");
        at += match () {
            () if token.is_word("stringify") || is_known && is_group => group_length(rest),
            () if is_known || token.is_word("concat") => 1,
            () => return false,
        };
    }
    true
}

/// Returns the number of tokens of a macro's name and its arguments.
fn group_length(code: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in code.iter().enumerate() {
        depth += usize::from(token.is(b'(') || token.is(b'[') || token.is(b'{'));
        if is_closing(token) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1;
            }
        }
    }
    code.len()
}

fn include(parts: &[Part], usage: Usage) -> Call {
    let path = match parts.split_first() {
        Some((Part::OutDir, _)) => return Call::Generated,
        Some((Part::ManifestDir, rest)) => concat(rest).map(IncludePath::AfterManifestDir),
        _ => concat(parts).map(IncludePath::BesideSource),
    };
    path.map_or(Call::Unread, |path| {
        Call::Include(Include {
            path,
            usage,
            reader: SourceReader::Rustc,
        })
    })
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    ManifestDir,
    OutDir,
}

/// Joins parts that are all text.
fn concat(parts: &[Part]) -> Option<String> {
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::ManifestDir | Part::OutDir => None,
    });
    texts.collect()
}

/// Levels of `concat!` inside `concat!` that are read.
const NESTED: u32 = 8;

/// Reads a string literal, an `env!` of a directory that cargo sets, or a `concat!` of these, up to a part that is something
/// else. Returns `None` if there is one.
fn read_parts<'a>(
    tokens: &mut Peekable<impl Iterator<Item = Token<'a>>>,
    nested: u32,
    found: &mut Vec<Part>,
) -> Option<()> {
    let first = tokens.next()?;
    if first.kind == TokenKind::Literal {
        found.push(Part::Text(value(first.text)?));
        return Some(());
    }
    opening(tokens).filter(|()| nested > 0)?;
    if first.is_word("env") {
        let part = match value(tokens.next()?.text)?.as_str() {
            "CARGO_MANIFEST_DIR" => Part::ManifestDir,
            "OUT_DIR" => Part::OutDir,
            _ => return None,
        };
        tokens.next_if(|token| token.is(b','));
        found.push(part);
        return is_closing(&tokens.next()?).then_some(());
    }
    if !first.is_word("concat") {
        return None;
    }
    while tokens.next_if(is_closing).is_none() {
        read_parts(tokens, nested - 1, found)?;
        if tokens.next_if(|token| token.is(b',')).is_none() && !is_closing(tokens.peek()?) {
            return None;
        }
    }
    Some(())
}

/// Reads the `!` and the opening bracket of a macro's arguments.
fn opening<'a>(tokens: &mut Peekable<impl Iterator<Item = Token<'a>>>) -> Option<()> {
    tokens.next_if(|token| token.is(b'!'))?;
    tokens.next_if(|token| token.is(b'(') || token.is(b'[') || token.is(b'{'))?;
    Some(())
}

fn is_comment(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Doc | TokenKind::Comment)
}

/// Reads `path = ".."`.
fn path_value<'a>(mut tokens: impl Iterator<Item = Token<'a>>) -> Option<Include> {
    tokens.next().filter(|token| token.is_word("path"))?;
    tokens.next().filter(|token| token.is(b'='))?;
    Some(Include {
        path: IncludePath::BesideSource(value(tokens.next()?.text)?),
        usage: Usage::Code,
        reader: SourceReader::Doctests,
    })
}

/// Returns whether tokens begin with a condition on `doctest` or `doc`: `cfg(doctest)`, `cfg_attr(doc, ..)`.
fn is_rustdoc_condition(code: &[Token<'_>]) -> bool {
    if !code[0].is_word("cfg") && !code[0].is_word("cfg_attr") {
        return false;
    }
    let code = &code[..code.len().min(64)];
    let condition = code.windows(2).take_while(|pair| !pair[0].is(b']'));
    let mut words = condition.filter(|pair| !pair[1].is(b'=') && !pair[1].is(b'('));
    words.any(|pair| pair[0].is_word("doctest") || pair[0].is_word("doc"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{HOSTILE, hostile};

    fn beside(path: &str) -> Option<IncludePath> {
        Some(IncludePath::BesideSource(path.to_owned()))
    }

    fn after(path: &str) -> Option<IncludePath> {
        Some(IncludePath::AfterManifestDir(path.to_owned()))
    }

    fn paths(found: &Mentions) -> Option<IncludePath> {
        let mut paths: Vec<_> = found.includes.iter().map(|one| one.path.clone()).collect();
        paths.dedup();
        assert!(paths.len() <= 1, "{paths:?}");
        paths.pop()
    }

    #[test]
    fn arguments_of_macros_are_read_in_code_and_documentation() {
        for (source, expected) in [
            (
                r#"#![doc = include_str!("../../README.md")]"#,
                beside("../../README.md"),
            ),
            (
                r#"const A: &[u8] = include_bytes!( "a.bin" );"#,
                beside("a.bin"),
            ),
            (r##"include!(r#"a "b""#)"##, beside(r#"a "b""#)),
            (r#"include_str!("C:\\x")"#, beside(r"C:\x")),
            (
                r#"include_str!("\x69\u{2f}\u{6_1}\
                b")"#,
                beside("i/ab"),
            ),
            (r#"include_str!(/* c */ "x" /* d */ , )"#, beside("x")),
            ("include_str!(// c\n\"x\")", beside("x")),
            (r#"/// include_str!["/abs"]"#, beside("/abs")),
            ("/// include_str!(\n///     \"x\"\n/// )", beside("x")),
            ("//! include_str!(\n//!     \"x\"\n//! )", beside("x")),
            ("/// # include_str!(\n/// # \"x\"\n/// # )", beside("x")),
            ("/// > include_str!(\n/// > \"x\")", beside("x")),
            (
                "/** don't\n * include_str!(\n * \"x\"\n * )\n */",
                beside("x"),
            ),
            ("/*!\n include ! ( /* c */\n \"x\" , )\n */", beside("x")),
            (r#"#[doc = "include_str!(\"x\")"]"#, beside("x")),
            (
                r#"#[doc = "include_str!("] #[doc = "\"x\""] #[doc = ")"]"#,
                beside("x"),
            ),
            (
                r#"#[doc = concat!("include_str!(", "\"x\")")]"#,
                beside("x"),
            ),
            (r#"document! { "include_str!(\"x\")" }"#, beside("x")),
            (
                r#"include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../b.rs"));"#,
                after("/../b.rs"),
            ),
            (
                "/// include!(concat!(\n///     env!(\"CARGO_MANIFEST_DIR\"),\n///     \"/x\"\n/// ))",
                after("/x"),
            ),
            (
                r#"include!(concat!(env!("CARGO_MANIFEST_DIR"), concat!("-x", "/y"),));"#,
                after("-x/y"),
            ),
            (
                r#"#![cfg_attr(doctest, doc = include_str!("x.md"))]"#,
                beside("x.md"),
            ),
            (r#"#[path = "x.rs"] mod m;"#, beside("x.rs")),
            (r#"#[cfg_attr(unix, path="x.rs")] mod m;"#, beside("x.rs")),
            ("/// #[path = \"x.rs\"] mod m;", beside("x.rs")),
            (r#"let path = "x";"#, None),
            (r#"include!(concat!(env!("OUT_DIR"), "/c.rs"));"#, None),
        ] {
            let found = in_source(source);
            assert_eq!(paths(&found), expected, "{source}");
            let unread = [
                found.unread_doctests,
                found.unread_documentation,
                found.unread_code,
            ]
            .concat();
            assert!(unread.is_empty(), "{source}: {unread:?}");
        }
        let quoted = "don't\n\n> ```\n> include_str!(\n> \"x\")\n> ```\n";
        assert_eq!(paths(&in_documentation(quoted)), beside("x"));
        let source =
            "env!(\"A\"), option_env!( \"B\" ), env!(\"C\", \"why\")\n/// option_env!(\n/// \"D\")";
        let found = in_source(source);
        assert_eq!(found.variables, ["A", "B", "C"]);
        assert_eq!(found.doctest_variables, ["D"]);
    }

    #[test]
    fn argument_that_is_not_a_known_value_is_reported_with_its_line() {
        for (source, doctests, documentation, code) in [
            ("\ninclude_str!(NAME)", vec![], vec![], vec![2]),
            ("include_str!(\"", vec![], vec![], vec![1]),
            ("include_str!($path)", vec![], vec![], vec![1]),
            (
                "include!(concat!(env!(\"HOME\"), \"/x\"))",
                vec![],
                vec![],
                vec![1],
            ),
            ("include!(\"a\" + \"b\")", vec![], vec![], vec![1]),
            ("include!(\"\\q\")", vec![], vec![], vec![1]),
            (
                "\n#[doc = include_str!($path)] fn f() {}",
                vec![],
                vec![2],
                vec![],
            ),
            (
                "#[doc = concat!(\"a\", include_str!($path))]",
                vec![],
                vec![1],
                vec![],
            ),
            (
                "/// a\n/// include_str!(\n///     NAME)",
                vec![2],
                vec![],
                vec![],
            ),
            ("/// env!(concat!($a))", vec![1], vec![], vec![]),
            ("env!(concat!(\"A_\", $a))", vec![], vec![], vec![1]),
            ("env!(concat!(\"CARGO_\", $a))", vec![], vec![], vec![1]),
            ("env!(concat!($a, \"CARGO_PKG_\"))", vec![], vec![], vec![1]),
            (
                "include_str!(concat!(\"CARGO_PKG_\", $a))",
                vec![],
                vec![],
                vec![1],
            ),
            ("/** a\n\n * env!($a)\n*/", vec![3], vec![], vec![]),
            (
                "#[doc = concat!(\"include_str!(\", stringify!($x), \")\")]",
                vec![1],
                vec![],
                vec![],
            ),
            (
                "/// ```\n/// f(\"`\", env!(X), \"`\")\n/// ```",
                vec![2],
                vec![],
                vec![],
            ),
            (
                "/// - ```\n///   f(\"`\", env!(X), \"`\")\n///   ```",
                vec![2],
                vec![],
                vec![],
            ),
            (
                "/// Like `env!(NAME)`, `include!` and include_str!.",
                vec![],
                vec![],
                vec![],
            ),
            (
                "// include_str!(NAME)\nlet x = \"include!(NAME)\";",
                vec![],
                vec![],
                vec![],
            ),
        ] {
            let found = in_source(source);
            assert_eq!(found.unread_doctests, doctests, "{source}");
            assert_eq!(found.unread_documentation, documentation, "{source}");
            assert_eq!(found.unread_code, code, "{source}");
        }
        let long = format!("include!(\"{}\")", "x".repeat(LONGEST));
        assert_eq!(in_documentation(&long).unread_doctests, [1]);
    }

    #[test]
    fn variable_of_cargo_is_known_by_the_start_of_its_name() {
        for (call, variable) in [
            ("env!(concat!(\"CARGO_BIN_EXE_\", $name))", "CARGO_BIN_EXE_"),
            (
                "env!(concat!(\"CARGO_BIN_EXE_\", stringify!($name)))",
                "CARGO_BIN_EXE_",
            ),
            (
                "option_env!(concat!(\"CARGO_PKG_VERSION_\", $part), \"why\")",
                "CARGO_PKG_VERSION_",
            ),
            ("env!(concat!(\"CARGO_PKG_\", \"NAME\"))", "CARGO_PKG_NAME"),
        ] {
            let found = in_source(call);
            assert_eq!(found.variables, [variable], "{call}");
            let documented = in_source(&format!("/// {call}"));
            assert_eq!(documented.doctest_variables, [variable], "{call}");
            for found in [found, documented] {
                let unread = [
                    found.unread_doctests,
                    found.unread_documentation,
                    found.unread_code,
                ]
                .concat();
                assert!(unread.is_empty(), "{call}: {unread:?}");
            }
        }
    }

    #[test]
    fn code_for_rustdoc_is_recognized_by_its_condition() {
        for (source, expected) in [
            ("#[cfg(doctest)] mod m;", true),
            ("#![cfg_attr(doc, feature(x))]", true),
            ("#[cfg(any(test, doctest))] mod m;", true),
            ("if cfg!(doc) {}", true),
            ("#![cfg_attr(docsrs, doc(cfg(test)))]", false),
            ("#[cfg(test)] #[doc = \"x\"] mod m;", false),
        ] {
            assert_eq!(in_source(source).has_rustdoc_code, expected, "{source}");
        }
    }

    #[test]
    fn hostile_sources_are_read_in_linear_time() {
        let open = [
            "include!(r#\"",
            "[path=r#\"",
            "env!(r#\"",
            "include!(concat!(\"",
            "include!(concat!(",
            "path ",
            "env!(\"\\\"",
            "[doc=(",
            "/// include!(\n",
            "include",
            "cfg(",
        ];
        for source in hostile(&open) {
            assert!(in_source(&source).includes.len() <= HOSTILE);
            assert!(in_documentation(&source).includes.len() <= HOSTILE);
        }
    }
}
