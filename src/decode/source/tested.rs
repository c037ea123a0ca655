//! Detection of tests, doctests and unstable features in a source file.

use super::scan::{Token, TokenKind, code, tokens};

/// Returns whether a file has tests or code that may generate one.
///
/// These are functions with a test attribute (`#[test]`, `#[tokio::test]`, `#[cfg_attr(x, test)]`), attributes that a macro
/// fills in (`#[$attribute]`), and included source files. Tests that a macro generates without any of these are not found.
///
/// A test with the attribute `ignore` is not one, because it does not run.
pub fn has_test(text: &str) -> bool {
    has_item(text, |attributes, tokens| {
        !is_ignored(attributes)
            && (may_be_test(tokens) || attributes.iter().any(|tokens| may_be_test(tokens)))
    })
}

/// Returns whether a file has tests and all of them are ignored.
pub fn has_only_ignored_tests(text: &str) -> bool {
    !has_test(text) && has_item(text, |attributes, _| is_ignored(attributes))
}

/// Returns whether `ignore` is among the attributes of an item.
fn is_ignored(attributes: &[&[Token<'_>]]) -> bool {
    attributes
        .iter()
        .any(|attribute| after(attribute, &["#", "[", "ignore"]).is_some())
}

/// Returns whether `is_wanted` holds for the attributes of an item and the tokens from there on. Each token that is not part
/// of an attribute counts as an item.
fn has_item(text: &str, is_wanted: impl Fn(&[&[Token<'_>]], &[Token<'_>]) -> bool) -> bool {
    let tokens = code(text);
    let mut at = 0;
    while at < tokens.len() {
        let attributes = attributes(&tokens[at..]);
        if is_wanted(&attributes, &tokens[at..]) {
            return true;
        }
        let length: usize = attributes.iter().map(|attribute| attribute.len()).sum();
        at += length.max(1);
    }
    false
}

/// Returns the attributes that `tokens` begin with, which belong to the same item.
fn attributes<'a, 'text>(tokens: &'a [Token<'text>]) -> Vec<&'a [Token<'text>]> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while after(rest, &["#", "["]).is_some() {
        let mut depth = 0_usize;
        let end = rest.iter().take(LONGEST).position(|token| {
            depth += usize::from(token.is(b'['));
            depth -= usize::from(token.is(b']')).min(depth);
            depth == 0 && token.is(b']')
        });
        let Some(end) = end else {
            break;
        };
        found.push(&rest[..=end]);
        rest = &rest[end + 1..];
    }
    found
}

/// Tokens after the start of an attribute that are looked at. This bounds the time for a file full
/// of unclosed attributes.
const LONGEST: usize = 64;

/// Returns the tokens after `start`, if `tokens` begin with it.
fn after<'a, 'text>(tokens: &'a [Token<'text>], start: &[&str]) -> Option<&'a [Token<'text>]> {
    let is_start = tokens
        .iter()
        .map(|token| token.text)
        .take(start.len())
        .eq(start.iter().copied());
    is_start.then(|| &tokens[start.len()..tokens.len().min(start.len() + LONGEST)])
}

/// Returns whether tokens begin with something that [`has_test`] looks for.
fn may_be_test(tokens: &[Token<'_>]) -> bool {
    if let Some(included) = after(tokens, &["include", "!", "("]) {
        // Generated code is named by a macro: `concat!(env!("OUT_DIR"), "/made.rs")`.
        return included
            .first()
            .is_some_and(|token| token.kind == TokenKind::Literal);
    }
    if let Some(condition) = after(tokens, &["#", "[", "cfg_attr"]) {
        let words = condition
            .iter()
            .take_while(|token| !token.is(b']'))
            .filter(|token| token.kind == TokenKind::Word);
        return words.last().is_some_and(|last| names_test(last.text));
    }
    let Some(path) = after(tokens, &["#", "["]) else {
        return false;
    };
    let words = path
        .iter()
        .take_while(|token| token.kind == TokenKind::Word || token.is(b':'));
    path.first().is_some_and(|token| token.is(b'$'))
        || words.last().is_some_and(|last| names_test(last.text))
}

/// Returns whether a crate root uses unstable features (`#![feature(test)]`), whatever is configured.
pub fn has_features(text: &str) -> bool {
    const START: [&str; 5] = ["#", "!", "[", "feature", "("];
    let tokens = code(text);
    tokens
        .windows(START.len())
        .any(|window| window.iter().map(|token| token.text).eq(START))
}

/// Returns whether the last word of an attribute's path is the name of a test attribute.
fn names_test(word: &str) -> bool {
    word == "quickcheck" || word == "test_case" || word.ends_with("test")
}

/// Returns whether the documentation in a file has a code block that rustdoc runs as a test.
///
/// Documentation in an attribute that a macro or another file provides (`#![doc = include_str!("../README.md")]`) may have
/// one.
pub fn has_doctest(text: &str) -> bool {
    let all: Vec<Token<'_>> = tokens(text).collect();
    let mut page = Page::default();
    for token in &all {
        if !is_documentation(token) {
            page = Page::default();
        } else if token.text.lines().any(|line| page.tests(line)) {
            return true;
        }
    }
    (0..all.len()).any(|at| is_documented(&all[at..]))
}

/// Returns whether tokens begin with an attribute whose documentation may have a code block.
fn is_documented(tokens: &[Token<'_>]) -> bool {
    let text = after(tokens, &["#", "!", "[", "doc", "="])
        .or_else(|| after(tokens, &["#", "[", "doc", "="]));
    text.and_then(<[_]>::first)
        .is_some_and(|token| token.kind != TokenKind::Literal || token.text.contains("```"))
}

/// The lines of a documentation comment up to the current one.
struct Page {
    /// Whether the line is in a fenced code block.
    is_fenced: bool,
    /// Whether the previous line was blank. Only then an indented line begins a code block.
    is_after_blank: bool,
    /// Whether the line may continue a list item, whose text is indented too.
    is_in_list: bool,
    /// The smallest indentation until now. Rustdoc removes it from every line.
    margin: Option<usize>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            is_fenced: false,
            is_after_blank: true,
            is_in_list: false,
            margin: None,
        }
    }
}

impl Page {
    /// Adds a line and returns whether it begins a code block that is a test.
    fn tests(&mut self, line: &str) -> bool {
        if let Some(info) = fence(line) {
            self.is_fenced = !self.is_fenced;
            return self.is_fenced && is_tested(info);
        }
        if self.is_fenced {
            return false;
        }
        let text = line
            .trim_start()
            .trim_start_matches('/')
            .trim_start_matches(['!', '*'])
            .replace('\t', "    ");
        let content = text.trim_start();
        if content.is_empty() {
            self.is_after_blank = true;
            return false;
        }
        let indent = text.len() - content.len();
        let is_indented = self.margin.is_some_and(|margin| indent >= margin + 4);
        if is_indented && self.is_after_blank && !self.is_in_list {
            return true;
        }
        if !is_indented {
            let is_item = is_list_item(content);
            self.is_in_list = is_item || self.is_in_list && !self.is_after_blank;
        }
        self.is_after_blank = false;
        self.margin = Some(self.margin.map_or(indent, |margin| margin.min(indent)));
        false
    }
}

/// Returns whether a line begins a list item: `- text`, `1. text`.
fn is_list_item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marker = if number.len() < line.len() {
        number.strip_prefix(['.', ')'])
    } else {
        line.strip_prefix(['-', '*', '+'])
    };
    marker.is_some_and(|rest| rest.starts_with(' '))
}

fn is_documentation(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Doc || token.text.starts_with("//!") || token.text.starts_with("/*!")
}

/// Returns the info string of a code block: the text after its fence.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(|c: char| "/!*".contains(c) || c.is_whitespace());
    let info = line
        .strip_prefix("```")
        .or_else(|| line.strip_prefix("~~~"))?;
    Some(info.trim_start_matches(['`', '~']).trim())
}

/// Returns whether a code block with this info string is a doctest that rustdoc runs, or at least compiles.
fn is_tested(info: &str) -> bool {
    const RUST: [&str; 6] = [
        "",
        "rust",
        "should_panic",
        "no_run",
        "compile_fail",
        "test_harness",
    ];
    info.split([',', ' '])
        .all(|word| RUST.contains(&word) || word.starts_with("edition"))
}

#[cfg(test)]
mod tests {
    use super::{has_doctest, has_features, has_test};

    #[test]
    fn unstable_features_are_found_by_their_attribute() {
        for (text, expected) in [
            ("#![feature(test)]\nextern crate test;", true),
            ("// why\n#![allow(unused)]\n# ! [ feature ( test ) ]", true),
            ("#![cfg_attr(nightly, feature(test))]", false),
            (
                "// #![feature(test)]\nfn main() { \"#![feature(test)]\"; }",
                false,
            ),
            ("#[cfg(feature = \"x\")]\nfn f() {}", false),
            ("", false),
        ] {
            assert_eq!(has_features(text), expected, "{text}");
        }
    }

    #[test]
    fn tests_are_found_by_their_attributes_and_code_blocks() {
        for (text, unit, documented) in [
            ("fn main() {}", false, false),
            ("#[test]\nfn a() {}", true, false),
            ("#[test]\n#[IGNORE]\nfn a() {}", false, false),
            (
                "#[IGNORE = \"slow\"]\n#[cfg(unix)]\n#[test]\nfn a() {}",
                false,
                false,
            ),
            (
                "#[test]\n#[IGNORE]\nfn a() {}\n#[test]\nfn b() {}",
                true,
                false,
            ),
            ("#[test]\n#[cfg_attr(miri, ignore)]\nfn a() {}", true, false),
            ("#[cfg(test)]\nmod tests {}", false, false),
            ("#[cfg_attr(test, derive(Debug))] struct A;", false, false),
            (
                "#[tokio::test(flavor = \"current_thread\")] async fn a() {}",
                true,
                false,
            ),
            ("#[r#test] fn a() {} ", true, false),
            ("#[rstest] fn a() {} ", true, false),
            ("#[test_case(1)] fn a() {} ", true, false),
            ("#[cfg_attr(test, test)] fn a() {}", true, false),
            ("#![cfg_attr(not(test), no_std)]", false, false),
            (
                "macro_rules! t { ($a:meta) => { #[$a] fn a() {} } } t!(test);",
                true,
                false,
            ),
            ("include!(\"tests.in\");", true, false),
            (
                "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));",
                false,
                false,
            ),
            ("#![doc = include_str!(\"../README.md\")]", false, true),
            (
                "#[doc = \"```\\nassert!(true);\\n```\"] pub fn a() {}",
                false,
                true,
            ),
            (
                "#[doc = \"text\"] #[doc(hidden)] pub fn a() {}",
                false,
                false,
            ),
            ("proptest! { #[test] fn a(x in 0..9) {} }", true, false),
            ("// #[test]\nconst A: &str = \"#[test]\";", false, false),
            (
                "#![deny(unused)] #[inline] fn test() { tests[0]; }",
                false,
                false,
            ),
            (
                "/// ```\n/// assert!(true);\n/// ```\npub fn a() {}",
                false,
                true,
            ),
            ("/// ```ignore\n/// a();\n/// ```\nfn a() {}", false, false),
            ("//! ```rust,no_run\n//! a();\n//! ```\n", false, true),
            (
                "/** Text\n * ```\n * a();\n * ```\n */\npub fn a() {}",
                false,
                true,
            ),
            (
                "/// ```text\n/// a\n/// ```\n/// ```json\n/// ```\npub fn a() {}",
                false,
                false,
            ),
            ("// ```\n// a();\n// ```\n", false, false),
            ("/// Text:\n///\n///     a();\npub fn a() {}", false, true),
            ("/// Text:\n///     more\npub fn a() {}", false, false),
            (
                "/// - item\n///\n///     its text\npub fn a() {}",
                false,
                false,
            ),
            (
                "/// 1. item\n///\n/// Text:\n///\n///     a();\npub fn a() {}",
                false,
                true,
            ),
            (
                "/** Text:\n *\n *     a();\n */\npub fn a() {}",
                false,
                true,
            ),
            ("", false, false),
        ] {
            // Written so that a search for tests that are ignored here finds none.
            let text = &text.replace("IGNORE", "ignore");
            assert_eq!(
                (has_test(text), has_doctest(text)),
                (unit, documented),
                "{text}"
            );
        }
    }
}
