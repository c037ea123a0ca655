//! The crates that a source names in paths.

use std::collections::BTreeSet;

use super::mentions::is_known_documentation;
use super::page::{Page, documentation_value};
use super::scan::{Token, TokenKind, tokens};
use crate::decode::text::head;

/// The crates that a source names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrateNames {
    /// The first names of paths: `log` of `log::info!` and `use log;`, in code and documentation.
    /// Modules and types are among them.
    pub names: BTreeSet<String>,
    /// Whether a macro or a file that is not part of the sources gives some of the documentation, which
    /// may name other crates.
    pub has_unknown_documentation: bool,
}

/// Returns the crates that a source names.
///
/// Code that is not compiled counts as well, because other features or targets may compile it.
pub fn crate_names(text: &str) -> CrateNames {
    let all: Vec<Token<'_>> = tokens(text).collect();
    let (documentation, _) = Page::of_source(&all);
    let mut names = named_in(documentation.text());
    let code: Vec<Token<'_>> = all
        .into_iter()
        .filter(|token| !matches!(token.kind, TokenKind::Doc | TokenKind::Comment))
        .collect();
    let words = (0..code.len()).filter(|at| code[*at].kind == TokenKind::Word);
    for at in words {
        if is_root(&code, at) {
            names.insert(name(&code[at]));
        }
        names.extend(imported(&code[at..]));
    }
    let has_unknown_documentation = (0..code.len()).any(|at| {
        let length = documentation_value(&code, at);
        length > 0 && !is_known_documentation(&code[at + 2..at + length])
    });
    CrateNames {
        names,
        has_unknown_documentation,
    }
}

/// Returns the crates that a document in Markdown names.
pub fn crate_names_in_document(text: &str) -> BTreeSet<String> {
    named_in(Page::of_markdown(text).text())
}

/// Returns whether a word is the first one of a path with several, or of `use` or `extern crate`.
fn is_root(code: &[Token<'_>], at: usize) -> bool {
    let is_colon = |at: Option<usize>| {
        at.and_then(|at| code.get(at))
            .is_some_and(|token| token.is(b':'))
    };
    let before = at.checked_sub(1);
    // `::log::info!` begins with the name of a crate as well.
    let is_inside = is_colon(before)
        && at
            .checked_sub(3)
            .is_some_and(|at| code[at].kind == TokenKind::Word || code[at].is(b'>'));
    let is_named =
        before.is_some_and(|before| code[before].is_word("use") || code[before].is_word("crate"));
    let is_path = is_colon(Some(at + 1)) && is_colon(Some(at + 2));
    is_named || is_path && !is_inside
}

/// Returns the crates that `use ..;` or `extern crate ..;` at the beginning of tokens names, without
/// those that begin a longer path.
fn imported(code: &[Token<'_>]) -> Vec<String> {
    let rest = match code {
        [keyword, rest @ ..] if keyword.is_word("use") => rest,
        [keyword, next, rest @ ..] if keyword.is_word("extern") && next.is_word("crate") => rest,
        _ => return Vec::new(),
    };
    let colons = rest.iter().take(2).filter(|token| token.is(b':')).count();
    match &rest[colons..] {
        group @ [first, ..] if first.is(b'{') => in_group(group),
        [word, end, ..] if end.is(b';') => vec![name(word)],
        [word, alias, _, end, ..] if alias.is_word("as") && end.is(b';') => vec![name(word)],
        _ => Vec::new(),
    }
}

/// Returns the first names of the trees in a group: `a` and `b` of `{a::{c, d}, b as e}`.
fn in_group(group: &[Token<'_>]) -> Vec<String> {
    let (mut depth, mut found) = (0_usize, Vec::new());
    let pairs = group.windows(2).take(MOST_TOKENS);
    for pair in pairs.take_while(|pair| !pair[0].is(b';')) {
        depth += usize::from(pair[0].is(b'{'));
        depth = depth.saturating_sub(usize::from(pair[0].is(b'}')));
        let is_start = pair[0].is(b'{') || pair[0].is(b',');
        if depth == 1 && is_start && pair[1].kind == TokenKind::Word {
            found.push(name(&pair[1]));
        }
    }
    found
}

fn name(word: &Token<'_>) -> String {
    word.text.trim_start_matches("r#").to_owned()
}

/// Returns the crates that a documentation text names. It is mostly prose, of which only paths and the
/// rest of an import are read as tokens.
fn named_in(text: &str) -> BTreeSet<String> {
    let imports = ["use ", "use\n", "use::", "extern "]
        .into_iter()
        .flat_map(|word| {
            let found = text.match_indices(word).filter(|(at, _)| {
                let before = text[..*at].chars().next_back();
                before.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
            });
            found.flat_map(|(at, _)| {
                let code = || tokens(head(&text[at..], LONGEST));
                // Most are words of a sentence.
                let is_group = code().take(4).any(|token| token.is(b'{'));
                let length = if is_group { MOST_TOKENS } else { 7 };
                imported(&code().take(length).collect::<Vec<_>>())
            })
        });
    let paths = text.match_indices("::").filter_map(|(at, _)| {
        let before = &text[..at];
        let name = before
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()?;
        let rest = &before[..before.len() - name.len()];
        (!name.is_empty() && !rest.ends_with(':')).then(|| name.to_owned())
    });
    imports.chain(paths).collect()
}

/// Bytes and tokens of an import that are searched for its end.
const LONGEST: usize = 1024;
const MOST_TOKENS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_named_at_the_beginning_of_paths() {
        let text = "//! [`doc_link::A`] doesn't\n/// use doc_use::b::c;\n// comment::a\n\
                    use used; extern crate outer; use tree::{a, b::c};\n\
                    #[attribute::main] fn f() { call::g(); ::leading::h(); x.field; Vec::<u8>::new(); \
                    let s = \"text::a\"; r#raw::i(); y: other; }";
        let found: Vec<String> = crate_names(text).names.into_iter().collect();
        let expected = [
            "Vec",
            "attribute",
            "b",
            "call",
            "doc_link",
            "doc_use",
            "leading",
            "outer",
            "raw",
            "tree",
            "used",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn documentation_names_crates_in_paths_and_imports() {
        for (text, expected) in [
            ("/// extern crate a;", "a"),
            ("/// use ::{a as b, c, d::{e, f as g}};", "a c d"),
            ("//! # use ::{\n//! #     a,\n//! # };", "a"),
            ("/// use a as _; use b; use r#c;", "a b c"),
            ("/// use a as a base, or use it.", ""),
            ("#[doc = \"```\\na::f();\\n```\"] fn f() {}", "a"),
            ("#[doc = concat!(\"```\\n\", \"use a;\")] fn f() {}", "a"),
            ("#[cfg(windows)] use {a as b, c::d};", "a c"),
            ("const TEXT: &str = \"a::f()\";", ""),
        ] {
            let found: Vec<String> = crate_names(text).names.into_iter().collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
        let found = crate_names_in_document("# A\n\n```\n# use a;\nb::f();\n```\nuse c for d\n");
        assert_eq!(found, ["a", "b"].map(str::to_owned).into());
    }

    #[test]
    fn documentation_that_is_not_written_in_the_sources_is_unknown() {
        for (text, expected) in [
            ("/// text\n#[doc = \"text\"] fn f() {}", false),
            ("#![doc = include_str!(\"../README.md\")]", false),
            (
                "#[doc = concat!(\"a\", stringify!($x), \"b\")] fn f() {}",
                false,
            ),
            (
                "#[doc = concat!(\"v\", env!(\"CARGO_PKG_VERSION\"))] fn f() {}",
                false,
            ),
            ("#[doc = $text] fn f() {}", true),
            ("#![doc = make::documentation!()]", true),
            ("#[doc = concat!(\"a\", $text)] fn f() {}", true),
            (
                "#[cfg_attr(doctest, doc = include_str!($file))] mod m {}",
                true,
            ),
            (
                "#[doc = include_str!(concat!(env!(\"OUT_DIR\"), \"/a.md\"))] mod m {}",
                true,
            ),
            ("let doc = f();", false),
        ] {
            let found = crate_names(text).has_unknown_documentation;
            assert_eq!(found, expected, "{text}");
        }
    }
}
