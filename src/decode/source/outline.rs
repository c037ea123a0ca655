//! The items of a file, and the lines they span.
//!
//! An item is a keyword, a name, and everything up to the matching `}` or the `;`. Its lines include
//! its documentation and attributes, since diagnostics point there too.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::header::{implementation, joined};
use super::scan::{Token, TokenKind, tokens};
use crate::event::Item;

/// Tokens that are searched for the end of a header. With [`NESTED`], this bounds the time for text
/// that is not Rust.
const HEADER: usize = 2000;

/// Levels of nested items that are distinguished.
const NESTED: usize = 64;

/// Bytes of a path. People do not write longer ones, and every nested item would repeat them.
const LONGEST: usize = 400;

/// Returns the modules, impls, traits, functions, types, constants and statics of a file with the
/// lines that they span, in source order.
pub fn outline(text: &str) -> Vec<Item> {
    let tokens: Vec<Token<'_>> = tokens(text)
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let items = items(&tokens).items.into_iter();
    items.map(|outlined| outlined.item).collect()
}

/// An item and its tokens.
pub(super) struct OutlinedItem {
    pub(super) item: Item,
    /// Those of its header, from the keyword to the `{`, if it has one.
    pub(super) header: Range<usize>,
    /// Those behind the header, to the end of the item. Empty if it has no body.
    pub(super) body: Range<usize>,
}

/// The items of a file.
pub(super) struct Outline {
    /// In source order.
    pub(super) items: Vec<OutlinedItem>,
    /// Whether an item is missing, or its body, because it is too long or in too many others.
    pub(super) is_cut: bool,
}

/// Returns the items of a file without its comments. Impls that differ only in their type arguments or
/// modules have their whole headers in paths, so that they are told apart.
pub(super) fn items(tokens: &[Token<'_>]) -> Outline {
    let (outline, impls) = walk(tokens, &BTreeSet::new());
    let mut headers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, header) in impls {
        headers.entry(name).or_default().insert(header);
    }
    headers.retain(|_, headers| headers.len() > 1);
    match headers.is_empty() {
        true => outline,
        false => walk(tokens, &headers.into_keys().collect()).0,
    }
}

/// Returns the items, and the name and header of each impl. The impls with a name in `alike` are named
/// by their headers.
fn walk(tokens: &[Token<'_>], alike: &BTreeSet<String>) -> (Outline, Vec<(String, String)>) {
    let mut outline = OutlineWalk {
        alike: alike.clone(),
        ..OutlineWalk::default()
    };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += match outline.item(tokens, at) {
            Some(header) => header,
            None => {
                outline.step(
                    (at, token),
                    at.checked_sub(2).map_or(&[], |from| &tokens[from..at]),
                );
                1
            }
        };
    }
    let last = tokens.last().map_or(1, |token| token.last);
    outline.close_all(tokens.len(), last);
    let items = Outline {
        items: outline.items,
        is_cut: outline.is_cut,
    };
    (items, outline.impls)
}

/// The state while walking over a file.
#[derive(Default)]
struct OutlineWalk {
    items: Vec<OutlinedItem>,
    /// The names of impls that several different ones have.
    alike: BTreeSet<String>,
    /// The name and header of each impl.
    impls: Vec<(String, String)>,
    /// Items that have not ended, the innermost last.
    open: Vec<OpenItem>,
    /// The number of open brackets of any kind.
    depth: usize,
    /// First line of a possible item: its documentation, attributes or visibility.
    lead: Option<u32>,
    is_cut: bool,
    /// Depth outside of the open inner attribute, if any.
    inner_attribute: Option<usize>,
}

/// An item that has not ended.
struct OpenItem {
    /// Its index in `items`.
    item: usize,
    /// Depth outside of the item.
    depth: usize,
    /// Whether it ends with `;` instead of its first `}`.
    semicolon: bool,
}

impl OutlineWalk {
    /// Reads the header of an item that begins at an index. Returns the number of its tokens, including
    /// its `{`.
    fn item(&mut self, tokens: &[Token<'_>], at: usize) -> Option<usize> {
        let rest = &tokens[at..];
        let (mut name, named) = name(rest)?;
        if self.open.len() >= NESTED {
            self.is_cut = true;
            return None;
        }
        if rest.first()?.is_word("impl") {
            let (length, _) = header(rest, named);
            let header = joined(&rest[..length.saturating_sub(1)]);
            if self.alike.contains(&name) {
                name.clone_from(&header);
            }
            self.impls.push((name.clone(), header));
        }
        let first = self
            .lead
            .unwrap_or_else(|| rest.first().map_or(1, |token| token.line));
        let path = match self.open.last() {
            Some(outer) => format!("{}::{name}", self.items[outer.item].item.path),
            None => name,
        };
        if path.len() > LONGEST {
            self.is_cut = true;
            return None;
        }
        let semicolon = matches!(rest.first()?.text, "const" | "static");
        let (length, body) = if semicolon {
            (named, true)
        } else {
            header(rest, named)
        };
        self.is_cut |= length >= HEADER;
        let last = rest
            .get(length.saturating_sub(1))
            .map_or(first, |token| token.last);
        let behind = at + length;
        self.items.push(OutlinedItem {
            item: Item { first, last, path },
            header: at..behind,
            body: behind..behind,
        });
        self.lead = None;
        if body {
            self.open.push(OpenItem {
                item: self.items.len() - 1,
                depth: self.depth,
                semicolon,
            });
            self.depth += usize::from(!semicolon);
        }
        Some(length)
    }

    /// Reads any other token, with its index. `before` are the two tokens before it.
    fn step(&mut self, (at, token): (usize, &Token<'_>), before: &[Token<'_>]) {
        match token.kind {
            TokenKind::Punct(b'{') => {
                self.depth += 1;
                self.lead = None;
            }
            TokenKind::Punct(b'(' | b'[') => {
                let inner = token.is(b'[')
                    && matches!(before, [hash, bang] if hash.is(b'#') && bang.is(b'!'));
                if inner {
                    self.inner_attribute = Some(self.depth);
                }
                self.depth += 1;
            }
            TokenKind::Punct(b')' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                if self.inner_attribute == Some(self.depth) {
                    (self.inner_attribute, self.lead) = (None, None);
                }
            }
            TokenKind::Punct(b'}') => {
                self.depth = self.depth.saturating_sub(1);
                self.lead = None;
                self.close(at, token.last, false);
            }
            TokenKind::Punct(b';') => {
                self.lead = None;
                self.close(at, token.last, true);
            }
            _ => self.lead = self.lead.or(Some(token.line)),
        }
    }

    /// Ends the items that end at this depth with the token at an index. A `}` also ends constants
    /// without a `;`.
    fn close(&mut self, at: usize, line: u32, semicolon: bool) {
        while let Some(open) = self.open.last() {
            let ends = if open.semicolon {
                open.depth > self.depth || (semicolon && open.depth == self.depth)
            } else {
                !semicolon && open.depth >= self.depth
            };
            if !ends {
                break;
            }
            self.items[open.item].end(at + 1, line);
            let braced = !open.semicolon;
            self.open.pop();
            if braced {
                break;
            }
        }
    }

    fn close_all(&mut self, end: usize, line: u32) {
        for open in self.open.drain(..) {
            self.items[open.item].end(end, line);
        }
    }
}

impl OutlinedItem {
    fn end(&mut self, end: usize, line: u32) {
        self.body.end = end;
        self.item.last = line;
    }
}

/// Returns the path component of the item that begins here, and the number of tokens of its keyword
/// and name.
fn name(rest: &[Token<'_>]) -> Option<(String, usize)> {
    let [keyword, after @ ..] = rest else {
        return None;
    };
    if keyword.kind != TokenKind::Word {
        return None;
    }
    let next = after.first()?;
    let is_name =
        next.kind == TokenKind::Word && !next.text.starts_with(|c: char| c.is_ascii_digit());
    match keyword.text {
        "mod" | "trait" | "fn" | "struct" | "enum" if is_name => Some((next.text.to_owned(), 2)),
        "union" if is_name && after.get(1).is_some_and(|t| t.is(b'{') || t.is(b'<')) => {
            Some((next.text.to_owned(), 2))
        }
        "macro_rules" if next.is(b'!') => {
            let name = after.get(1).filter(|token| token.kind == TokenKind::Word)?;
            Some((name.text.to_owned(), 3))
        }
        "const" | "static" => {
            let skip = usize::from(next.is_word("mut"));
            let name = after
                .get(skip)
                .filter(|token| token.kind == TokenKind::Word && token.text != "_")?;
            after
                .get(skip + 1)?
                .is(b':')
                .then(|| (name.text.to_owned(), skip + 2))
        }
        "impl" => {
            let (length, body) = header(rest, 1);
            let end = length.saturating_sub(1);
            body.then(|| (implementation(rest.get(1..end).unwrap_or(&[])), 1))
        }
        _ => None,
    }
}

/// Returns the length of a header whose first `from` tokens are known, and whether it ends with the
/// `{` of a body instead of a `;`. Braces inside brackets and after `<` (`Foo<{ N }>`) do not begin
/// a body.
fn header(rest: &[Token<'_>], from: usize) -> (usize, bool) {
    let mut depth = 0_usize;
    for (at, token) in rest.iter().enumerate().take(HEADER).skip(from) {
        let nested = depth > 0
            || rest
                .get(at.wrapping_sub(1))
                .is_some_and(|before| before.is(b'<'));
        match token.kind {
            TokenKind::Punct(b'{') if !nested => return (at + 1, true),
            TokenKind::Punct(b';') if depth == 0 => return (at + 1, false),
            // It is an argument of a macro: `Token![impl]`.
            TokenKind::Punct(b')' | b']' | b'}') if depth == 0 => return (at, false),
            TokenKind::Punct(b'(' | b'[' | b'{') => depth += 1,
            TokenKind::Punct(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (rest.len().min(HEADER), false)
}
