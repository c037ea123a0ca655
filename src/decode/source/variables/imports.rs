//! The names that `use` gives to what reads variables.

use std::collections::BTreeSet;

use super::super::scan::{Token, TokenKind};

/// The modules whose `var` reads a variable.
pub(super) const MODULES: [&str; 3] = ["dotenv", "dotenvy", "env"];

/// The names in a file, whichever of its modules imports them.
#[derive(Default)]
pub(super) struct Imports<'a> {
    /// Of modules with `var`.
    pub(super) modules: BTreeSet<&'a str>,
    /// Of `var` and `var_os`.
    pub(super) functions: BTreeSet<&'a str>,
    /// Those of them that other modules may use as well.
    pub(super) shared: BTreeSet<&'a str>,
    /// Of `vars` and `vars_os`.
    pub(super) lists: BTreeSet<&'a str>,
}

/// Something that reads variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Imported {
    Module,
    Function,
    /// `vars` and `vars_os`.
    List,
    /// Everything in a module.
    Glob,
}

/// What a `use` imports, and the name that it has then.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import<'a> {
    pub(super) what: Imported,
    pub(super) name: &'a str,
    pub(super) is_renamed: bool,
    pub(super) is_public: bool,
}

impl Import<'_> {
    /// Returns whether it is a function that other modules may call by another path than `env::var`.
    pub(super) fn is_shared_function(&self) -> bool {
        self.what == Imported::Function && (self.is_renamed || self.is_public)
    }
}

impl<'a> Imports<'a> {
    /// Returns the names that a file imports anywhere. At most `longest` tokens of a tree are read.
    pub(super) fn of(code: &[Token<'a>], longest: usize) -> Self {
        let mut found = Self {
            modules: BTreeSet::from(MODULES),
            ..Self::default()
        };
        let mut at = 0;
        while at < code.len() {
            let Some(length) = import_length(&code[at..(at + longest).min(code.len())]) else {
                at += 1;
                continue;
            };
            for import in imports(code, at, length) {
                if import.is_shared_function() {
                    found.shared.insert(import.name);
                }
                match import.what {
                    Imported::Module => _ = found.modules.insert(import.name),
                    Imported::Function => _ = found.functions.insert(import.name),
                    Imported::List => _ = found.lists.insert(import.name),
                    Imported::Glob => {
                        found.functions.extend(["var", "var_os"]);
                        found.lists.extend(["vars", "vars_os"]);
                    }
                }
            }
            at += length;
        }
        found
    }
}

/// Returns the number of tokens before the semicolon of the `use` that tokens begin with, if they do. The one in
/// `impl Trait + use<'a>` imports nothing.
pub(super) fn import_length(tokens: &[Token<'_>]) -> Option<usize> {
    let [keyword, next, ..] = tokens else {
        return None;
    };
    if !keyword.is_word("use") || next.is(b'<') {
        return None;
    }
    let end = tokens.iter().position(|token| token.is(b';'));
    Some(end.unwrap_or(tokens.len()))
}

/// Returns what a `use` of this length imports, as far as it reads variables.
pub(super) fn imports<'a>(code: &[Token<'a>], at: usize, length: usize) -> Vec<Import<'a>> {
    let before = at.checked_sub(1).map(|before| code[before]);
    let is_public = before.is_some_and(|token| token.is_word("pub") || token.is(b')'));
    let mut found = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    // The lengths of the paths before the open braces.
    let mut open: Vec<usize> = Vec::new();
    let mut alias = None;
    let mut before_alias = false;
    // The semicolon ends the last path.
    for token in code.iter().skip(at + 1).take(length) {
        match token.kind {
            TokenKind::Word if token.text == "as" => before_alias = true,
            TokenKind::Word if before_alias => {
                alias = Some(token.text);
                before_alias = false;
            }
            TokenKind::Word => path.push(token.text),
            TokenKind::Punct(b'*') => path.push("*"),
            TokenKind::Punct(b'{') => open.push(path.len()),
            TokenKind::Punct(b',' | b'}' | b';') => {
                let start = open.last().copied().unwrap_or_default();
                if path.len() > start {
                    found.extend(import(&path, alias, is_public));
                }
                alias = None;
                if token.is(b'}') {
                    open.pop();
                }
                path.truncate(open.last().copied().unwrap_or_default());
            }
            _ => {}
        }
    }
    found
}

/// Returns what a path imports. Modules of the crate itself may have the names of those that read
/// variables: only their functions count, which are seldom anything else.
fn import<'a>(path: &[&'a str], alias: Option<&'a str>, is_public: bool) -> Option<Import<'a>> {
    let path = match path {
        [parent @ .., "self"] if !parent.is_empty() => parent,
        all => all,
    };
    let is_own = ["crate", "self", "super"].contains(path.first()?);
    let is_module = |name: &str| MODULES.contains(&name);
    let what = match path {
        [.., module, "var" | "var_os"] if is_module(module) => Imported::Function,
        _ if is_own => return None,
        [.., module, "vars" | "vars_os"] if is_module(module) => Imported::List,
        [.., module, "*"] if is_module(module) => Imported::Glob,
        [.., module] if is_module(module) => Imported::Module,
        _ => return None,
    };
    let own = *path.last()?;
    let name = alias.unwrap_or(own);
    Some(Import {
        what,
        name,
        is_renamed: name != own,
        is_public,
    })
}
