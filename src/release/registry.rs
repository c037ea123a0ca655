//! Checks package metadata that crates.io would reject, before anything is uploaded.
//!
//! The rules are those of crates.io's publish endpoint (`src/controllers/krate/publish.rs` in rust-lang/crates.io). Its
//! limits for the number of features and the size of a package can be raised for a package by its team; the values here are
//! the documented ones (<https://doc.rust-lang.org/cargo/reference/publishing.html> and `features.html` beside it). The
//! license lists are SPDX's, deprecated names included, because crates.io accepts these too.

use std::collections::VecDeque;

const LICENSES: &str = include_str!("spdx-licenses.txt");
const EXCEPTIONS: &str = include_str!("spdx-exceptions.txt");

/// Maximum number of keywords, and of categories, of a package.
const MOST: usize = 5;
/// Maximum length of a keyword in bytes.
const LONGEST: usize = 20;

/// Maximum length of a name in characters, which are ASCII.
const LONGEST_NAME: usize = 64;
/// Maximum length of a description in bytes.
const LONGEST_DESCRIPTION: usize = 1000;
/// Maximum number of features, and of others that one of them enables (`DEFAULT_MAX_FEATURES` in
/// `src/config/server.rs`).
const MOST_FEATURES: usize = 300;
/// Maximum size of a `.crate` file in bytes.
const LARGEST: u64 = 10 * 1024 * 1024;

/// Names that crates.io reserves: of crates of the standard library and the compiler, and of devices of Windows (the migrations
/// that fill `reserved_crate_names` in rust-lang/crates.io).
const RESERVED: [&str; 62] = [
    "alloc",
    "arena",
    "ast",
    "aux",
    "builtins",
    "collections",
    "com0",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "compiler-builtins",
    "compiler-rt",
    "compiletest",
    "con",
    "core",
    "coretest",
    "debug",
    "driver",
    "flate",
    "fmt_macros",
    "grammar",
    "graphviz",
    "lpt0",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
    "macro",
    "macros",
    "nul",
    "prn",
    "proc_macro",
    "rbml",
    "rust-installer",
    "rustbook",
    "rustc",
    "rustc_back",
    "rustc_borrowck",
    "rustc_driver",
    "rustc_llvm",
    "rustc_resolve",
    "rustc_trans",
    "rustc_typeck",
    "rustdoc",
    "rustllvm",
    "rustuv",
    "serialize",
    "std",
    "syntax",
    "test",
    "unicode",
];

/// Returns the problem of a package name.
pub fn name(name: &str) -> Option<String> {
    let length = name.len();
    if length > LONGEST_NAME {
        return Some(format!(
            "name of {length} characters (at most {LONGEST_NAME})"
        ));
    }
    // Cargo itself accepts letters of other scripts, and `_` in front.
    let starts_with_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (!starts_with_letter || !name.chars().all(is_valid)).then(|| {
        format!(
            "name `{name}` (crates.io accepts a letter of ASCII, then letters, digits, `-` and `_`)"
        )
    })
}

/// Returns the problem of the name of a package that crates.io does not have yet, if it is reserved.
pub fn reserved_name(name: &str) -> Option<String> {
    let is_reserved = RESERVED.iter().any(|reserved| is_same_name(reserved, name));
    is_reserved.then(|| format!("name `{name}` (crates.io reserves it)"))
}

/// Returns whether crates.io takes both names for the same one: case, `-` and `_` make no difference.
pub fn is_same_name(a: &str, b: &str) -> bool {
    canonical(a) == canonical(b)
}

fn canonical(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// Returns the problem of a description that is not empty.
pub fn description(text: &str) -> Option<String> {
    let length = text.len();
    (length > LONGEST_DESCRIPTION)
        .then(|| format!("description of {length} bytes (at most {LONGEST_DESCRIPTION})"))
}

/// Returns the problem of the URL of this key.
pub fn url(key: &str, url: &str) -> Option<String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_valid = host.is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace));
    (!is_valid).then(|| format!("{key} `{url}` is not an http(s) URL"))
}

/// Returns the problems of features, which are given by name and number of others that each enables.
pub fn features(features: &[(String, usize)]) -> Vec<String> {
    let count = features.len();
    let all =
        (count > MOST_FEATURES).then(|| format!("{count} features (at most {MOST_FEATURES})"));
    let each = features
        .iter()
        .filter(|(_, enabled)| *enabled > MOST_FEATURES);
    let each = each.map(|(name, enabled)| {
        format!("feature `{name}` enables {enabled} others (at most {MOST_FEATURES})")
    });
    all.into_iter().chain(each).collect()
}

/// Returns the problem of a `.crate` file of this size.
pub fn size(bytes: u64) -> Option<String> {
    (bytes > LARGEST).then(|| format!("{bytes} bytes (crates.io accepts at most {LARGEST})"))
}

/// Returns the problems of keywords.
pub fn keywords(keywords: &[String]) -> Vec<String> {
    let invalid = keywords.iter().filter(|keyword| !is_keyword(keyword));
    let invalid = invalid.map(|keyword| format!("invalid keyword `{keyword}`"));
    too_many(keywords.len(), "keywords")
        .into_iter()
        .chain(invalid)
        .collect()
}

fn is_keyword(word: &str) -> bool {
    word.len() <= LONGEST
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word
            .chars()
            .all(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
}

/// Returns the problems of categories. Whether crates.io knows a category is not checked.
pub fn categories(categories: &[String]) -> Vec<String> {
    let invalid = categories.iter().filter(|category| !is_category(category));
    let invalid = invalid.map(|category| format!("invalid category `{category}`"));
    too_many(categories.len(), "categories")
        .into_iter()
        .chain(invalid)
        .collect()
}

fn is_category(slug: &str) -> bool {
    slug.split("::").all(|part| {
        !part.is_empty()
            && part
                .chars()
                .all(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    })
}

fn too_many(count: usize, what: &str) -> Option<String> {
    (count > MOST).then(|| format!("{count} {what} (at most {MOST})"))
}

/// Returns the problem of a license expression. `/` is an old form of `OR`.
pub fn license(text: &str) -> Option<String> {
    let spaced = text
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words: VecDeque<&str> = spaced.split_whitespace().collect();
    let problem = match expression(&mut words) {
        Ok(()) => words.front().map(|word| format!("unexpected `{word}`")),
        Err(problem) => Some(problem),
    };
    problem.map(|problem| format!("license `{text}` is not an SPDX expression: {problem}"))
}

/// `TERM ((AND | OR) TERM)*`
fn expression(words: &mut VecDeque<&str>) -> Result<(), String> {
    term(words)?;
    while matches!(words.front(), Some(&("AND" | "OR"))) {
        words.pop_front();
        term(words)?;
    }
    Ok(())
}

/// `( EXPRESSION )` or `LICENSE [WITH EXCEPTION]`
fn term(words: &mut VecDeque<&str>) -> Result<(), String> {
    let Some(word) = words.pop_front() else {
        return Err("a license is missing".to_owned());
    };
    if word == "(" {
        expression(words)?;
        return if words.pop_front() == Some(")") {
            Ok(())
        } else {
            Err("`)` is missing".to_owned())
        };
    }
    if !is_license(word) {
        return Err(format!("unknown license `{word}`"));
    }
    if words.front() == Some(&"WITH") {
        words.pop_front();
        let exception = words.pop_front().unwrap_or_default();
        if !listed(EXCEPTIONS, exception) {
            return Err(format!("unknown exception `{exception}`"));
        }
    }
    Ok(())
}

fn is_license(word: &str) -> bool {
    listed(LICENSES, word.strip_suffix('+').unwrap_or(word)) || word.starts_with("LicenseRef-")
}

fn listed(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|listed| listed == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn license_expressions_follow_spdx() {
        for (text, problem) in [
            ("MIT", None),
            ("MIT OR Apache-2.0", None),
            ("MIT/Apache-2.0", None),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", None),
            ("Apache-2.0 WITH LLVM-exception OR MIT", None),
            ("GPL-2.0+", None),
            ("LicenseRef-Own", None),
            ("Proprietary Foo", Some("unknown license `Proprietary`")),
            ("MIT Apache-2.0", Some("unexpected `Apache-2.0`")),
            ("MIT or Apache-2.0", Some("unexpected `or`")),
            ("MIT OR", Some("a license is missing")),
            ("(MIT", Some("`)` is missing")),
            ("MIT)", Some("unexpected `)`")),
            (
                "Apache-2.0 WITH nothing",
                Some("unknown exception `nothing`"),
            ),
            ("mit", Some("unknown license `mit`")),
            ("", Some("a license is missing")),
        ] {
            let expected = problem
                .map(|problem| format!("license `{text}` is not an SPDX expression: {problem}"));
            assert_eq!(license(text), expected, "{text}");
        }
    }

    #[test]
    fn case_and_separators_do_not_distinguish_names() {
        for (a, b, expected) in [
            ("r-a", "r_a", true),
            ("R-a", "r_A", true),
            ("ra", "r_a", false),
            ("r-a", "r-b", false),
        ] {
            assert_eq!(is_same_name(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn names_of_the_toolchain_and_of_devices_are_reserved() {
        for (name, is_reserved) in [
            ("core", true),
            ("Proc-Macro", true),
            ("compiler_rt", true),
            ("nul", true),
            ("com0", true),
            ("lpt9", true),
            ("com10", false),
            ("core2", false),
            ("async", false),
        ] {
            assert_eq!(reserved_name(name).is_some(), is_reserved, "{name}");
        }
    }

    #[test]
    fn names_descriptions_urls_features_and_sizes_have_limits() {
        let long = |length: usize| "x".repeat(length);
        for (text, is_valid) in [
            ("a-b_2", true),
            ("A", true),
            ("2d", false),
            ("_a", false),
            ("\u{e9}a", false),
            ("a\u{e9}", false),
        ] {
            assert_eq!(name(text).is_none(), is_valid, "{text}");
        }
        assert_eq!(name(&long(64)), None);
        assert_eq!(
            name(&long(65)).as_deref(),
            Some("name of 65 characters (at most 64)")
        );
        assert_eq!(description(&long(1000)), None);
        assert_eq!(
            description(&long(1001)).as_deref(),
            Some("description of 1001 bytes (at most 1000)")
        );
        for (text, is_valid) in [
            ("https://example.invalid/o/r", true),
            ("http://example.invalid", true),
            ("example.invalid", false),
            ("git@example.invalid:o/r", false),
            ("ftp://example.invalid", false),
            ("https:/example.invalid", false),
            ("https://", false),
            ("https://an example.invalid", false),
            ("", false),
        ] {
            let expected = format!("repository `{text}` is not an http(s) URL");
            let expected = (!is_valid).then_some(expected);
            assert_eq!(url("repository", text), expected, "{text}");
        }
        let several = |count: usize| vec![("f".to_owned(), 1); count];
        assert_eq!(features(&several(300)), Vec::<String>::new());
        assert_eq!(features(&several(301)), ["301 features (at most 300)"]);
        assert_eq!(
            features(&[("all".to_owned(), 301)]),
            ["feature `all` enables 301 others (at most 300)"]
        );
        assert_eq!(size(10_485_760), None);
        assert!(size(10_485_761).is_some());
    }

    #[test]
    fn keywords_and_categories_have_a_form_and_a_limit() {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        for (text, expected) in [
            ("cli,c++,no_std,2d", ""),
            ("a,b,c,d,e,f", "6 keywords (at most 5)"),
            ("two words", "invalid keyword `two words`"),
            ("-x", "invalid keyword `-x`"),
            (
                "a-keyword-of-21-chars",
                "invalid keyword `a-keyword-of-21-chars`",
            ),
        ] {
            assert_eq!(keywords(&list(text)).join("; "), expected, "{text}");
        }
        for (text, expected) in [
            (
                "command-line-utilities,development-tools::cargo-plugins",
                "",
            ),
            ("a,b,c,d,e,f", "6 categories (at most 5)"),
            ("Command Line", "invalid category `Command Line`"),
            ("a::", "invalid category `a::`"),
        ] {
            assert_eq!(categories(&list(text)).join("; "), expected, "{text}");
        }
    }
}
