//! Finds the modules whose code is in other files.

use super::scan::{Token, TokenKind, tokens};
use super::string;
use super::test_code::{TestCode, attribute};

/// The declaration of a module without a body, or an `include!` of a file that a literal names.
#[derive(Clone, Debug)]
pub struct Module {
    /// Empty for an `include!`.
    pub(super) name: String,
    /// The inline modules around it, or the directories that they have instead.
    pub(super) within: Vec<String>,
    /// The value of `#[path]`, or the argument of `include!`.
    pub(super) file: Option<String>,
    /// Whether it is declared in test code.
    pub(super) is_test: bool,
}

impl Module {
    /// Returns the name after those of the modules around it: `outer/inner`.
    pub fn path(&self) -> String {
        let names = self.within.iter().chain([&self.name]);
        names.map(String::as_str).collect::<Vec<_>>().join("/")
    }
}

/// Returns the modules that a source file declares without a body, and the files that it includes.
pub fn modules(text: &str) -> Vec<Module> {
    let code: Vec<Token<'_>> = tokens(text)
        .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::Doc))
        .collect();
    let test_code = TestCode::of(&code);
    let mut found = Vec::new();
    // The name of the inline module that each open brace begins, if it begins one.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut file = None;
    let mut at = 0;
    while let Some(token) = code.get(at) {
        if let Some(attribute) = attribute(&code[at..]) {
            file = path(attribute.inside).or(file);
            at += attribute.length;
            continue;
        }
        if let Some(path) = included(&code[at..]) {
            found.push(Module {
                name: String::new(),
                within: Vec::new(),
                file: Some(path),
                is_test: test_code.has(at),
            });
        }
        let module = at.checked_sub(2).and_then(|from| name(&code[from..at]));
        match token.kind {
            TokenKind::Punct(b'{') => {
                let file = file.take();
                open.push(module.map(|name| file.unwrap_or_else(|| name.to_owned())));
            }
            TokenKind::Punct(b'}') => {
                open.pop();
                file = None;
            }
            TokenKind::Punct(b';') => {
                let file = file.take();
                found.extend(module.map(|name| Module {
                    name: name.to_owned(),
                    within: open.iter().flatten().cloned().collect(),
                    file,
                    is_test: test_code.has(at),
                }));
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Returns the name in `mod name`.
fn name<'a>(code: &[Token<'a>]) -> Option<&'a str> {
    let [keyword, name] = code else { return None };
    let is_module = keyword.is_word("mod") && name.kind == TokenKind::Word;
    is_module.then(|| name.text.trim_start_matches("r#"))
}

/// Returns the file in `include!("FILE")`.
fn included(code: &[Token<'_>]) -> Option<String> {
    let [name, bang, _, path, ..] = code else {
        return None;
    };
    let is_included = name.is_word("include") && bang.is(b'!') && path.kind == TokenKind::Literal;
    is_included.then(|| string::value(path.text))?
}

/// Returns the value of `path = "FILE"`, also where a condition is before it.
fn path(attribute: &[Token<'_>]) -> Option<String> {
    let at = attribute
        .windows(2)
        .position(|words| words[0].is_word("path") && words[1].is(b'='))?;
    let value = attribute.get(at + 2)?;
    (value.kind == TokenKind::Literal).then(|| string::value(value.text))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_without_a_body_are_found_with_the_modules_around_them() {
        for (text, expected) in [
            ("pub mod a; mod r#type;", "a type"),
            (
                "mod a { mod b; fn f() { struct S {} } mod c { mod d; } } mod e;",
                "a/b a/c/d e",
            ),
            ("// mod a;\nconst M: &str = \"mod b;\"; mod c {}", ""),
            ("} mod a;", "a"),
            ("#[path = \"d\"] mod a { mod b; } mod c;", "d/b c"),
        ] {
            let paths: Vec<String> = modules(text).iter().map(Module::path).collect();
            assert_eq!(paths.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn attributes_of_modules_are_known() {
        for (text, file, is_test) in [
            ("mod a;", None, false),
            ("#[cfg(test)] mod a;", None, true),
            ("#![cfg(test)] mod a;", None, true),
            ("mod b { #![cfg(test)] } mod a;", None, false),
            ("#[path = \"f.rs\"] pub mod a;", Some("f.rs"), false),
            (
                "#[cfg_attr(unix, path = \"u.rs\")] mod a;",
                Some("u.rs"),
                false,
            ),
            ("#[path = \"f.rs\"] use b::c; mod a;", None, false),
        ] {
            let all = modules(text);
            let last = all.last().unwrap();
            assert_eq!(
                (last.file.as_deref(), last.is_test),
                (file, is_test),
                "{text}"
            );
        }
    }
}
