//! The arguments of a call as names of variables.

use super::super::brackets::{bracketed, separated};
use super::super::scan::{Token, TokenKind};
use super::super::string::value;
use super::{Argument, OF_TYPE};

/// Tokens of a call that is read as a conversion. This bounds the depth of nested ones.
const LONGEST: usize = 64;

/// The methods without arguments that keep a text, or the elements of a list.
const CONVERSIONS: [&str; 23] = [
    "as_bytes",
    "as_deref",
    "as_encoded_bytes",
    "as_os_str",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "clone",
    "cloned",
    "copied",
    "deref",
    "into",
    "into_iter",
    "into_string",
    "iter",
    "rev",
    "to_os_string",
    "to_owned",
    "to_str",
    "to_string",
    "to_vec",
    "unwrap",
];

/// The types whose `from` and `new` keep a text.
const TYPES: [&str; 10] = [
    "Arc", "Box", "Cow", "OsStr", "OsString", "Path", "PathBuf", "Rc", "Some", "String",
];

/// Returns the argument that an expression is. `lookup` knows the local names.
pub(super) fn argument(
    tokens: &[Token<'_>],
    lookup: &dyn Fn(&str) -> Option<Argument>,
) -> Argument {
    let tokens = without_borrows(tokens);
    match tokens {
        [] => Argument::Unknown,
        [token] if is_other_value(token) => Argument::Other,
        [bar, ..] if bar.is(b'|') => Argument::Other,
        [token] if token.kind == TokenKind::Literal => literal(token),
        [open, inside @ .., close] if open.is(b'[') && close.is(b']') => array(inside, lookup),
        [first, rest @ ..] if first.kind == TokenKind::Literal && is_conversion(rest) => {
            literal(first)
        }
        [dollar, ..] if dollar.is(b'$') => Argument::MacroParameter,
        [name, bang, list, ..] if bang.is(b'!') && bracketed(&tokens[2..]) + 2 == tokens.len() => {
            match (name.text, tokens.get(3..tokens.len() - 1)) {
                _ if !(list.is(b'(') || list.is(b'[') || list.is(b'{')) => Argument::Unknown,
                ("format", Some(inside)) => format(inside),
                ("concat", Some(inside)) => concat(inside),
                _ => Argument::Unknown,
            }
        }
        _ => path(tokens, lookup),
    }
}

/// Returns the tokens without `&`, `*` and `mut` before them.
fn without_borrows<'a, 'text>(mut tokens: &'a [Token<'text>]) -> &'a [Token<'text>] {
    while let [first, rest @ ..] = tokens
        && (first.is(b'&') || first.is(b'*') || first.is_word("mut"))
    {
        tokens = rest;
    }
    tokens
}

/// Returns whether a token is a number or a character.
fn is_other_value(token: &Token<'_>) -> bool {
    match token.kind {
        TokenKind::Literal => token.text.trim_start_matches('b').starts_with('\''),
        TokenKind::Word => token.text.starts_with(|c: char| c.is_ascii_digit()),
        _ => false,
    }
}

fn literal(token: &Token<'_>) -> Argument {
    let text = token.text.strip_prefix(['b', 'c']).unwrap_or(token.text);
    value(text).map_or(Argument::Unknown, |text| Argument::Texts(vec![text]))
}

/// Returns the texts of a list of literals and constants.
fn array(tokens: &[Token<'_>], lookup: &dyn Fn(&str) -> Option<Argument>) -> Argument {
    let mut texts = Vec::new();
    for part in separated(tokens) {
        // Names are not lists of lists.
        if part.first().is_some_and(|token| token.is(b'[')) {
            return Argument::Unknown;
        }
        match argument(part, lookup) {
            Argument::Texts(more) => texts.extend(more),
            _ => return Argument::Unknown,
        }
    }
    Argument::Texts(texts)
}

/// Returns what `format!` gives as far as it is known.
fn format(tokens: &[Token<'_>]) -> Argument {
    let Some(text) = tokens.first().and_then(|token| value(token.text)) else {
        return Argument::Unknown;
    };
    match text.split_once('{') {
        None => Argument::Texts(vec![text]),
        Some(("", _)) => Argument::Unknown,
        Some((start, _)) => Argument::Prefix(start.to_owned()),
    }
}

fn concat(tokens: &[Token<'_>]) -> Argument {
    let mut text = String::new();
    for part in separated(tokens) {
        match part {
            [token] if let Some(value) = value(token.text) => text.push_str(&value),
            _ => return Argument::Unknown,
        }
    }
    Argument::Texts(vec![text])
}

/// Returns the argument of a path, perhaps with conversions: `NAME`, `a::NAME`, `name.as_ref()`,
/// `String::from(name)`.
fn path(tokens: &[Token<'_>], lookup: &dyn Fn(&str) -> Option<Argument>) -> Argument {
    let length = path_length(tokens);
    let (path, rest) = tokens.split_at(length);
    let Some(last) = path.last() else {
        return Argument::Unknown;
    };
    if is_conversion(rest) {
        let local = (length == 1).then(|| lookup(last.text)).flatten();
        let is_constant = last
            .text
            .starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && !last.text.bytes().any(|byte| byte.is_ascii_lowercase());
        return match local {
            Some(argument) => argument,
            None if is_constant && path[0].is_word("Self") => {
                Argument::Constant(format!("{OF_TYPE}{}", last.text))
            }
            None if is_constant => Argument::Constant(last.text.to_owned()),
            None => Argument::Unknown,
        };
    }
    let is_kept = match path {
        [.., owner, _, _, function] => {
            TYPES.contains(&owner.text) && ["from", "new"].contains(&function.text)
        }
        _ => last.text == "Some",
    };
    let is_call =
        is_kept && tokens.len() < LONGEST && rest.first().is_some_and(|token| token.is(b'('));
    if is_call {
        let end = bracketed(rest);
        if is_conversion(&rest[end..]) {
            return argument(&rest[1..end.max(2) - 1], lookup);
        }
    }
    Argument::Unknown
}

/// Returns the number of tokens of a path at the beginning: `a::b::C`.
pub(super) fn path_length(tokens: &[Token<'_>]) -> usize {
    let mut length = 0;
    loop {
        match tokens.get(length) {
            Some(token) if token.kind == TokenKind::Word => length += 1,
            _ => return length,
        }
        match tokens.get(length..length + 2) {
            Some([one, two]) if one.is(b':') && two.is(b':') => length += 2,
            _ => return length,
        }
    }
}

/// Returns whether a method keeps the text that it is called on, or the elements of a list.
pub(super) fn is_conversion_name(name: &Token<'_>) -> bool {
    name.kind == TokenKind::Word && CONVERSIONS.contains(&name.text)
}

/// Returns whether an expression goes on with conversions only: `.as_ref().to_owned()`.
fn is_conversion(mut tokens: &[Token<'_>]) -> bool {
    while let [dot, name, open, close, rest @ ..] = tokens
        && dot.is(b'.')
        && is_conversion_name(name)
        && open.is(b'(')
        && close.is(b')')
    {
        tokens = rest;
    }
    tokens.is_empty()
}
