//! How hard a function is to read and to test: its cognitive and its cyclomatic complexity, and its
//! nesting.
//!
//! The cyclomatic complexity is McCabe's number of independent paths: 1, and 1 for each `if`,
//! `while`, `for`, `let .. else`, `?`, `&&`, `||`, condition of a match arm, and arm of a `match`
//! but the first. The branches of closures count.
//!
//! The cognitive complexity is that of SonarSource's white paper "Cognitive Complexity" (2023) for
//! the control structures of Rust:
//!
//! | structure | adds |
//! |---|---|
//! | `if`, `match`, `for`, `while`, `loop` | 1, and 1 for each level of nesting around it |
//! | `else if`, `else`, also that of `let`; the condition of a match arm | 1 |
//! | a sequence of the same operator, `&&` or `\|\|` | 1 |
//! | `break` and `continue` with a label | 1 |
//!
//! These structures and closures raise the nesting of the code in them. Recursion adds nothing,
//! because names are not resolved.

use std::ops::Range;

use super::scan::{Token, TokenKind};
use super::test_code::attribute;

/// Tokens of a condition or of a closure's parameters that are read ahead. This bounds the time for
/// text that is not Rust.
const LONGEST: usize = 500;

/// How hard a function is to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Complexity {
    /// The cognitive complexity.
    pub(super) score: u32,
    pub(super) cyclomatic: u32,
    /// The greatest number of control structures and closures in each other.
    pub(super) nesting: u32,
}

/// Returns the complexity of the tokens of a function's body without those in `others`, which are
/// functions in it and headers of its items. They are in order.
pub(super) fn complexity(tokens: &[Token<'_>], others: &[Range<usize>]) -> Complexity {
    let mut walk = ComplexityWalk {
        tokens,
        found: Complexity::default(),
        decisions: 0,
        matches: 0,
        level: 0,
        blocks: vec![OpenBlock::default()],
        attribute_end: 0,
    };
    let mut others = others.iter().peekable();
    let mut at = 0;
    while at < tokens.len() {
        while others.next_if(|range| range.end <= at).is_some() {}
        at = match others.peek() {
            Some(range) if range.contains(&at) => range.end,
            _ => at + walk.step(at),
        };
    }
    Complexity {
        cyclomatic: 1 + walk.decisions.saturating_sub(walk.matches),
        ..walk.found
    }
}

/// The tokens between two brackets, or the expression of a closure.
#[derive(Default)]
struct OpenBlock {
    kind: BlockKind,
    /// The kinds of the blocks of which only the keyword was read, the innermost last.
    expected: Vec<BlockKind>,
    /// Whether a pattern is read, whose braces begin no block.
    is_pattern: bool,
    /// The operator of the sequence that is read.
    operator: Option<u8>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum BlockKind {
    #[default]
    Plain,
    /// Of a control structure, or a closure with braces.
    Nested,
    /// The arms of a `match`.
    Match,
    /// The expression of a closure without braces.
    ClosureExpression,
}

struct ComplexityWalk<'a> {
    tokens: &'a [Token<'a>],
    found: Complexity,
    /// The number of branches, with one for each arm of a `match`.
    decisions: u32,
    /// The number of `match` expressions, of which the first arm is not a branch.
    matches: u32,
    /// The number of open blocks that are not plain.
    level: u32,
    /// The open blocks, the innermost last. Never empty.
    blocks: Vec<OpenBlock>,
    /// Where the last attribute ended.
    attribute_end: usize,
}

impl ComplexityWalk<'_> {
    /// Reads the token at an index, and those that belong to it. Returns their number.
    fn step(&mut self, at: usize) -> usize {
        if let Some(attribute) = attribute(&self.tokens[at..]) {
            self.attribute_end = at + attribute.length;
            return attribute.length;
        }
        let token = self.tokens[at];
        match token.kind {
            TokenKind::Word => self.word(at),
            TokenKind::Punct(b'{') => {
                let is_operand = at > 0 && expects_operand(&self.tokens[at - 1]);
                let block = self.block();
                let kind = match block.is_pattern || is_operand {
                    true => BlockKind::Plain,
                    false => block.expected.pop().unwrap_or_default(),
                };
                self.open(kind);
            }
            TokenKind::Punct(b'(' | b'[') => self.open(BlockKind::Plain),
            TokenKind::Punct(b')' | b']') => self.close(),
            TokenKind::Punct(b'}') => {
                self.close();
                self.block().operator = None;
            }
            TokenKind::Punct(b',') => self.end_expression(),
            TokenKind::Punct(b';') => {
                self.end_expression();
                *self.block() = OpenBlock {
                    kind: self.block().kind,
                    ..OpenBlock::default()
                };
            }
            TokenKind::Punct(b'=') => self.equals(at),
            TokenKind::Punct(b'?') if at > 0 && is_operand_end(&self.tokens[at - 1]) => {
                self.decisions += 1;
            }
            TokenKind::Punct(operator @ (b'&' | b'|')) => return self.operator(at, operator),
            _ => {}
        }
        1
    }

    fn block(&mut self) -> &mut OpenBlock {
        if self.blocks.is_empty() {
            self.blocks.push(OpenBlock::default());
        }
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }

    fn open(&mut self, kind: BlockKind) {
        self.level += u32::from(kind != BlockKind::Plain);
        self.found.nesting = self.found.nesting.max(self.level);
        self.blocks.push(OpenBlock {
            kind,
            ..OpenBlock::default()
        });
    }

    fn close(&mut self) {
        self.end_expression();
        self.pop();
    }

    fn pop(&mut self) {
        if self.blocks.len() > 1
            && let Some(block) = self.blocks.pop()
        {
            self.level -= u32::from(block.kind != BlockKind::Plain);
        }
    }

    /// Ends the closures without braces that end here, and a sequence of operators.
    fn end_expression(&mut self) {
        while self.block().kind == BlockKind::ClosureExpression {
            self.pop();
        }
        self.block().operator = None;
    }

    fn add(&mut self, score: u32) {
        self.found.score = self.found.score.saturating_add(score);
    }

    fn word(&mut self, at: usize) {
        let next = self.tokens.get(at + 1);
        // A keyword may be an argument of a macro: `Token![if]`.
        if next.is_none_or(|next| [b')', b']', b'}', b','].iter().any(|end| next.is(*end))) {
            return;
        }
        let is_after_else = at > 0 && self.tokens[at - 1].is_word("else");
        self.decide(at);
        match self.tokens[at].text {
            "if" if is_after_else => {
                self.add(1);
                self.expect_block();
            }
            "if" if self.is_condition_of_arm(at) => self.add(1),
            // `for<'a>` names lifetimes.
            "for" if next.is_some_and(|next| next.is(b'<')) => {}
            "if" | "while" | "loop" => self.control(BlockKind::Nested),
            "match" => self.control(BlockKind::Match),
            "for" => {
                self.control(BlockKind::Nested);
                self.block().is_pattern = true;
            }
            "in" => self.block().is_pattern = false,
            "let" => self.block().is_pattern = true,
            "else" if !next.is_some_and(|next| next.is_word("if")) => {
                self.add(1);
                self.block().is_pattern = false;
                self.expect_block();
            }
            "break" | "continue" => {
                let has_label = next.is_some_and(|next| next.kind == TokenKind::Lifetime);
                self.add(u32::from(has_label));
            }
            _ => {}
        }
    }

    /// Counts the branches of a keyword.
    fn decide(&mut self, at: usize) {
        let next = self.tokens.get(at + 1);
        match self.tokens[at].text {
            "if" | "while" => self.decisions += 1,
            "for" if !next.is_some_and(|next| next.is(b'<')) => self.decisions += 1,
            // That of `if` comes after a block, which `let .. else` must not have before it.
            "else" if at > 0 && !self.tokens[at - 1].is(b'}') => self.decisions += 1,
            "match" => self.matches += 1,
            _ => {}
        }
    }

    fn control(&mut self, block: BlockKind) {
        self.add(1 + self.level);
        self.block().expected.push(block);
    }

    fn expect_block(&mut self) {
        self.block().expected.push(BlockKind::Nested);
    }

    /// Returns whether an `if` is the condition of a match arm: `=>` comes before a block.
    fn is_condition_of_arm(&self, at: usize) -> bool {
        let rest = &self.tokens[at + 1..];
        let mut depth = 0_usize;
        let mut is_pattern = false;
        for (at, token) in rest.iter().enumerate().take(LONGEST) {
            match token.kind {
                TokenKind::Word if depth == 0 && token.text == "let" => is_pattern = true,
                TokenKind::Punct(b'{') if depth == 0 && !is_pattern => {
                    let is_operand = at > 0 && expects_operand(&rest[at - 1]);
                    if !is_operand {
                        return false;
                    }
                    depth += 1;
                }
                TokenKind::Punct(b'>') if depth == 0 && at > 0 && rest[at - 1].is(b'=') => {
                    return true;
                }
                TokenKind::Punct(b'=') if depth == 0 => is_pattern = false,
                TokenKind::Punct(b'(' | b'[' | b'{') => depth += 1,
                TokenKind::Punct(b')' | b']' | b'}') => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return false,
                },
                _ => {}
            }
        }
        false
    }

    /// Reads `=`, which ends a pattern unless it belongs to `..=`. `=>` ends a sequence of
    /// operators.
    fn equals(&mut self, at: usize) {
        let is_range = at > 0 && self.tokens[at - 1].is(b'.');
        self.block().is_pattern &= is_range;
        let is_arrow = self.tokens.get(at + 1).is_some_and(|next| next.is(b'>'));
        if is_arrow {
            self.block().operator = None;
            // Arguments of macros may have arrows as well.
            self.decisions += u32::from(self.block().kind == BlockKind::Match);
        }
    }

    /// Reads `&` and `|`: a logical operator, a closure, or anything else. Returns the number of
    /// tokens.
    fn operator(&mut self, at: usize, operator: u8) -> usize {
        let token = &self.tokens[at];
        let next = self.tokens.get(at + 1);
        // In `a & &b` there is a space between them.
        let is_double = next.is_some_and(|next| {
            next.is(operator) && token.text.as_bytes().as_ptr_range().end == next.text.as_ptr()
        });
        let has_operand =
            at > 0 && at != self.attribute_end && is_operand_end(&self.tokens[at - 1]);
        match (operator, has_operand) {
            (_, true) if is_double => {
                self.sequence(operator);
                2
            }
            (b'|', false) if is_double => {
                self.closure(at + 2);
                2
            }
            (b'|', false) => match self.parameters_of_closure(at) {
                Some(length) => {
                    self.closure(at + length);
                    length
                }
                None => 1,
            },
            _ => 1,
        }
    }

    fn sequence(&mut self, operator: u8) {
        self.decisions += 1;
        let is_new = self.block().operator != Some(operator);
        self.block().operator = Some(operator);
        self.add(u32::from(is_new));
    }

    /// Returns the number of tokens of a closure's parameters with both bars.
    fn parameters_of_closure(&self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (length, token) in self.tokens[at..].iter().enumerate().take(LONGEST).skip(1) {
            match token.kind {
                TokenKind::Punct(b'|') if depth == 0 => return Some(length + 1),
                TokenKind::Punct(b'(' | b'[' | b'{') => depth += 1,
                TokenKind::Punct(b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
                TokenKind::Punct(b';') if depth == 0 => return None,
                _ => {}
            }
        }
        None
    }

    /// Begins the body of a closure, whose first token is at an index.
    fn closure(&mut self, at: usize) {
        let has_braces = match self.tokens.get(at..) {
            Some([first, ..]) if first.is(b'{') => true,
            // The result type of a closure needs braces.
            Some([minus, greater, ..]) => minus.is(b'-') && greater.is(b'>'),
            _ => false,
        };
        match has_braces {
            true => self.expect_block(),
            false => self.open(BlockKind::ClosureExpression),
        }
    }
}

/// Returns whether an expression may end with a token, in which case `&` and `|` behind it are
/// operators.
fn is_operand_end(token: &Token<'_>) -> bool {
    const KEYWORDS: [&str; 14] = [
        "as", "async", "break", "const", "else", "if", "in", "let", "match", "move", "mut",
        "return", "static", "while",
    ];
    match token.kind {
        TokenKind::Word => !KEYWORDS.contains(&token.text),
        // The point ends a number: `1.`.
        TokenKind::Literal | TokenKind::Punct(b')' | b']' | b'}' | b'?' | b'.') => true,
        _ => false,
    }
}

/// Returns whether a `{` behind a token begins a block that is an operand of a condition, as in
/// `if unsafe { a } {}`.
fn expects_operand(token: &Token<'_>) -> bool {
    const KEYWORDS: [&str; 6] = ["const", "if", "in", "match", "unsafe", "while"];
    const OPERATORS: &[u8] = b"=&!+-*/%^<";
    match token.kind {
        TokenKind::Word => KEYWORDS.contains(&token.text),
        TokenKind::Punct(operator) => OPERATORS.contains(&operator),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::tokens;
    use super::*;
    use crate::tests::hostile;

    #[test]
    fn text_that_is_not_rust_is_read_in_linear_time() {
        let pieces = [
            "if ", "a => if ", "|a", "||", "else {", "match {", "for ", "let {", "a&&", "}",
        ];
        for text in hostile(&pieces) {
            let body: Vec<Token<'_>> = tokens(&text).collect();
            let found = complexity(&body, &[]);
            assert_eq!(
                found.score > 0,
                !text.starts_with(['l', '}', '|']),
                "{found:?}"
            );
        }
    }

    #[test]
    fn structures_add_up_with_their_nesting() {
        for (body, score, nesting) in [
            ("a(); b?; c.await;", 0, 0),
            ("if a { b }", 1, 1),
            ("if a { b } else if c { d } else { e }", 3, 1),
            ("for a in b { if c { while d { loop { e } } } }", 10, 4),
            ("match a { B => c, D if e => f, _ => if g { h } }", 4, 2),
            (
                "match a { b if b > 1 && b < 5 => c, d | e if f => g, _ => {} }",
                4,
                1,
            ),
            ("let Some(a) = b else { return };", 1, 1),
            ("let a = if b { c } else { d }; if e {}", 3, 1),
            ("'a: loop { if b { continue 'a } else { break 'a } }", 6, 2),
            ("loop { break }", 1, 1),
            ("if let Some(A { b }) = c { if d {} }", 3, 2),
            (
                "if let A { b, c: 1..=2 } = d && let E { f } = g { if h {} }",
                4,
                2,
            ),
            ("for A { b } in c { if d {} }", 3, 2),
            ("while let Some(a) = b.next() { if a {} }", 3, 2),
            ("if (A { b: 1 }) == c { if d {} }", 3, 2),
            ("if match a { B => c, _ => d } { if e {} }", 4, 2),
            ("let f: for<'a> fn(&'a u8) = g;", 0, 0),
            (
                "let f: &dyn for<'a> Fn(&'a u8) = &|x| if *x > 1 { a }",
                2,
                2,
            ),
            // Sequences of operators, from the white paper.
            ("a && b && c", 1, 0),
            ("a() && b(c || d)[1] && e", 2, 0),
            ("a && b || c && d", 3, 0),
            ("a && !(b && c)", 2, 0),
            ("if a && b || c {} if a && b {}", 5, 1),
            ("f(a && b, c && d); e && f", 3, 0),
            ("a & b | c & &d == &&e", 0, 0),
            ("let a: &&str = &&b; f(&&c); matches!(d, 1 | 2)", 0, 0),
            ("let a = b as u8 | c; a |= d; a &= e", 0, 0),
            // Closures.
            ("a.map(|b| b + 1).filter(|c| if *c { d } else { e })", 3, 2),
            ("a.map(|b| { if b {} })", 2, 2),
            ("a.map(move |b| -> u8 { if b {} }); if c {}", 3, 2),
            ("spawn(|| loop { a }); if c {}", 3, 2),
            ("let f = |a: u8, (b, c)| a; if d {}", 1, 1),
            ("f(|| a && b, || c && d)", 2, 1),
            ("match a { B => |x| x, C => |_| if y {} }", 4, 3),
            ("async move { if a {} }; unsafe { if b {} }", 2, 1),
            (
                "f(&mut |a| if a {}, async |b| if b {}, async || if c {})",
                6,
                2,
            ),
            ("f(#[allow(x)] |a| if a {}); g[0] | h", 2, 2),
            ("f(|a: [u8; 4]| if a {}); a >= 1. && b", 3, 2),
            (
                "if a.peek(Token![if]) || a.peek(Token![else]) { m!(match, loop) }",
                2,
                1,
            ),
            ("if m! { a } { if b {} }", 3, 2),
            // Blocks in conditions.
            ("while let Some(x) = { a } { if b {} }", 3, 2),
            ("if unsafe { a } { if b {} } else {}", 4, 2),
            ("match unsafe { a } { B => if c {} }", 3, 2),
            ("for x in { a } { if b {} }", 3, 2),
            ("for x in 0.. { if b {} }", 3, 2),
            (
                "match a { B { c } if let D { e } = c && e => f, _ => {} }",
                3,
                1,
            ),
        ] {
            let body: Vec<Token<'_>> = tokens(body).collect();
            let text: Vec<&str> = body.iter().map(|token| token.text).collect();
            let found = complexity(&body, &[]);
            assert_eq!(
                (found.score, found.nesting),
                (score, nesting),
                "{}",
                text.join(" ")
            );
        }
    }

    #[test]
    fn each_branch_is_a_path() {
        for (text, expected) in [
            ("", 1),
            ("a()?.b()?; c.await", 3),
            ("if a { b } else if c { d } else { e }", 3),
            ("let a = if b { c } else { d };", 2),
            ("let Some(a) = b else { return };", 2),
            ("if let A = b && c || d {}", 4),
            ("match a { B => c, D if e => f, _ => g }", 4),
            ("match a { B => match c { D => e, F => g }, H => i }", 3),
            ("match a {}", 1),
            ("loop { for a in b { while c { break } } }", 3),
            ("a.map(|b| if b && c { d }); f(|| g, || h)", 3),
            ("let f: &dyn for<'a> Fn(&'a u8); g::<dyn H + ?Sized>()", 1),
            ("a >= b; c <= d; m!(if, match, while)", 1),
            (
                "select! { a = b => c, d = e => f }; m!(\"a\" => 1, \"b\" => 2)",
                1,
            ),
            ("match a { B => m! { c => d }, E => |f| f, G => h }", 3),
        ] {
            let body: Vec<Token<'_>> = tokens(text).collect();
            assert_eq!(complexity(&body, &[]).cyclomatic, expected, "{text}");
        }
    }
}
