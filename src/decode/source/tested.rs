//! Detection of tests, doctests and unstable features in a source file.

use super::scan::{Token, TokenKind, tokens};

/// Returns whether a file has tests or code that may generate one.
///
/// These are functions with a test attribute (`#[test]`, `#[tokio::test]`, `#[cfg_attr(x, test)]`), attributes that a macro
/// fills in (`#[$attribute]`), documentation in an attribute, and included source files. Tests that a macro generates
/// without any of these are not found.
pub fn has_test(text: &str) -> bool {
    let tokens: Vec<Token<'_>> = tokens(text)
        .filter(|token| !matches!(token.kind, TokenKind::Doc | TokenKind::Comment))
        .collect();
    (0..tokens.len()).any(|at| may_be_test(&tokens[at..]))
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
    if let Some(text) = after(tokens, &["#", "!", "[", "doc", "="])
        .or_else(|| after(tokens, &["#", "[", "doc", "="]))
    {
        return text
            .first()
            .is_some_and(|token| token.kind != TokenKind::Literal || token.text.contains("```"));
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
    let tokens: Vec<Token<'_>> = tokens(text)
        .filter(|token| !matches!(token.kind, TokenKind::Doc | TokenKind::Comment))
        .collect();
    tokens
        .windows(START.len())
        .any(|window| window.iter().map(|token| token.text).eq(START))
}

/// Returns whether the last word of an attribute's path is the name of a test attribute.
fn names_test(word: &str) -> bool {
    word == "quickcheck" || word == "test_case" || word.ends_with("test")
}

/// Returns whether the documentation in a file has a code block that rustdoc runs as a test.
pub fn has_doctest(text: &str) -> bool {
    let mut is_inside = false;
    for token in tokens(text) {
        if !is_documentation(&token) {
            is_inside = false;
            continue;
        }
        for info in token.text.lines().filter_map(fence) {
            if !is_inside && is_tested(info) {
                return true;
            }
            is_inside = !is_inside;
        }
    }
    false
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

/// Returns whether a code block with this info string is a doctest.
fn is_tested(info: &str) -> bool {
    const RUST: [&str; 7] = [
        "",
        "rust",
        "should_panic",
        "no_run",
        "compile_fail",
        "ignore",
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
            ("#[cfg(test)]\nmod tests {}", false, false),
            ("#[cfg_attr(test, derive(Debug))] struct A;", false, false),
            (
                "#[tokio::test(flavor = \"current_thread\")] async fn a() {}",
                true,
                false,
            ),
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
            ("#![doc = include_str!(\"../README.md\")]", true, false),
            (
                "#[doc = \"```\\nassert!(true);\\n```\"] pub fn a() {}",
                true,
                false,
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
            ("", false, false),
        ] {
            assert_eq!(
                (has_test(text), has_doctest(text)),
                (unit, documented),
                "{text}"
            );
        }
    }
}
