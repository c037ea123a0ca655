//! Finds the modules whose code is in other files.

use super::scan::{Token, TokenKind, tokens};

/// Returns the modules that a source file declares without a body, each after the inline modules
/// around it: `outer/inner`.
pub fn modules(text: &str) -> Vec<String> {
    let code: Vec<Token<'_>> = tokens(text)
        .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::Doc))
        .collect();
    let mut found = Vec::new();
    // The name of the inline module that each open brace begins, if it begins one.
    let mut open: Vec<Option<&str>> = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let module = (at >= 2).then(|| name(&code[at - 2..at])).flatten();
        if token.is(b'{') {
            open.push(module);
        } else if token.is(b'}') {
            open.pop();
        } else if let Some(module) = module.filter(|_| token.is(b';')) {
            let path: Vec<&str> = open.iter().flatten().copied().chain([module]).collect();
            found.push(path.join("/"));
        }
    }
    found
}

/// Returns the name in `mod name`.
fn name<'a>(code: &[Token<'a>]) -> Option<&'a str> {
    let [keyword, name] = code else { return None };
    let is_module = keyword.is_word("mod") && name.kind == TokenKind::Word;
    is_module.then(|| name.text.trim_start_matches("r#"))
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
        ] {
            assert_eq!(modules(text).join(" "), expected, "{text}");
        }
    }
}
