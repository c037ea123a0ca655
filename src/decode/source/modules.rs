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
    let mut paths: Vec<PathAttribute> = Vec::new();
    let mut at = 0;
    while let Some(token) = code.get(at) {
        if let Some(attribute) = attribute(&code[at..]) {
            paths.extend(path(attribute.inside));
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
                let path = std::mem::take(&mut paths).pop();
                open.push(
                    module.map(|name| path.map_or_else(|| name.to_owned(), |path| path.file)),
                );
            }
            TokenKind::Punct(b'}') => {
                open.pop();
                paths.clear();
            }
            TokenKind::Punct(b';') => {
                let paths = std::mem::take(&mut paths);
                if let Some(name) = module {
                    let declared = Module {
                        name: name.to_owned(),
                        within: open.iter().flatten().cloned().collect(),
                        file: None,
                        is_test: test_code.has(at),
                    };
                    found.extend(files(declared, paths));
                }
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

/// An attribute `path = "FILE"`.
struct PathAttribute {
    file: String,
    /// Whether it has a condition.
    is_conditional: bool,
    /// Whether the condition is `test`.
    is_test: bool,
}

/// Reads `path = "FILE"`, also in `cfg_attr(CONDITION, ..)`.
fn path(attribute: &[Token<'_>]) -> Option<PathAttribute> {
    let at = attribute
        .windows(2)
        .position(|words| words[0].is_word("path") && words[1].is(b'='))?;
    let value = attribute.get(at + 2)?;
    let file = (value.kind == TokenKind::Literal).then(|| string::value(value.text))??;
    let is_test = matches!(attribute, [_, _, condition, comma, ..] if condition.is_word("test") && comma.is(b','));
    Some(PathAttribute {
        file,
        is_conditional: at > 0,
        is_test,
    })
}

/// Returns the files that a declaration with these attributes can mean: each of them, and the usual one if all have
/// conditions.
fn files(declared: Module, paths: Vec<PathAttribute>) -> Vec<Module> {
    let has_usual = paths.iter().all(|path| path.is_conditional);
    let named = paths.into_iter().map(|path| Module {
        file: Some(path.file),
        is_test: declared.is_test || path.is_test,
        ..declared.clone()
    });
    let mut files: Vec<Module> = named.collect();
    if has_usual {
        files.push(declared);
    }
    files
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
    fn each_file_is_known_that_a_conditional_path_can_mean() {
        for (text, expected) in [
            ("#[cfg_attr(unix, path = \"u.rs\")] mod a;", "u.rs -"),
            (
                "#[cfg_attr(unix, path = \"u.rs\")] #[cfg_attr(windows, path = \"w.rs\")] mod a;",
                "u.rs w.rs -",
            ),
            ("#[cfg_attr(test, path = \"m.rs\")] mod a;", "m.rs(test) -"),
            (
                "#[cfg(test)] #[cfg_attr(unix, path = \"u.rs\")] mod a;",
                "u.rs(test) -(test)",
            ),
            (
                "#[path = \"f.rs\"] #[cfg_attr(unix, path = \"u.rs\")] mod a;",
                "f.rs u.rs",
            ),
        ] {
            let files: Vec<String> = modules(text)
                .iter()
                .map(|module| {
                    let file = module.file.as_deref().unwrap_or("-");
                    format!("{file}{}", if module.is_test { "(test)" } else { "" })
                })
                .collect();
            assert_eq!(files.join(" "), expected, "{text}");
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
