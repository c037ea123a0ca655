//! Measures of the functions in a file, and marks that are counted.

use std::collections::BTreeSet;
use std::ops::Range;

use super::brackets::{bracketed, parameters_at};
use super::complexity::complexity;
use super::header::joined;
use super::outline::{Outline, OutlinedItem, items};
use super::scan::{Token, TokenKind, tokens};
use super::test_code::{TestCode, attribute};
use crate::lines::LineSet;

/// The code of a file: its tokens without comments.
pub struct SourceCode<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    test_code: TestCode,
}

/// The functions of a file.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    /// Those with a body, in source order.
    pub measured: Vec<FunctionMeasures>,
    /// Whether there may be others, which are too long or in too many items to be found.
    pub is_cut: bool,
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionMeasures {
    /// Its name after those of the items around it: `pool::Pool::get`.
    pub path: String,
    /// Its header from `fn` on, however it is formatted: `fn get(&self, id: u32) -> bool`.
    pub signature: String,
    /// The line of its keyword, 1-based.
    pub line: u32,
    /// Its last line.
    pub last: u32,
    /// LineSet with code from its keyword to its end.
    pub code_lines: u32,
    /// Parameters, including `self`.
    pub parameters: u32,
    /// Its cognitive complexity.
    pub complexity: u32,
    /// Its cyclomatic complexity.
    pub cyclomatic: u32,
    /// The greatest number of control structures and closures in each other.
    pub nesting: u32,
}

/// A place in a file that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// 1-based.
    pub line: u32,
    /// The code in question: `allow(dead_code)`, or the line.
    pub text: String,
}

/// A line with code, for the search of equal ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLine<'a> {
    /// 1-based.
    pub line: u32,
    /// The line as it is written.
    pub text: &'a str,
    /// Its tokens.
    pub tokens: Vec<&'a str>,
}

impl<'a> SourceCode<'a> {
    /// Reads a file. Code that is compiled for tests only counts if `with_tests` is set.
    pub fn of(text: &'a str, with_tests: bool) -> Self {
        let tokens: Vec<Token<'_>> = tokens(text)
            .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::Doc))
            .collect();
        Self {
            text,
            test_code: match with_tests {
                true => TestCode::NONE,
                false => TestCode::of(&tokens),
            },
            tokens,
        }
    }

    /// Measures the functions.
    pub fn functions(&self) -> Functions {
        let Outline { items, is_cut } = items(&self.tokens);
        let functions = items.iter().enumerate().filter(|(_, item)| {
            let counts = !self.test_code.has(item.header.start);
            self.is_function(item) && !item.body.is_empty() && counts
        });
        let measured = functions.map(|(at, item)| self.function(item, &items[at + 1..]));
        Functions {
            measured: measured.collect(),
            is_cut,
        }
    }

    /// Returns the tokens of the header of a function with a body, without the `{`.
    fn header(&self, function: &OutlinedItem) -> &[Token<'_>] {
        let Range { start, end } = function.header;
        &self.tokens[start..end.saturating_sub(1).max(start)]
    }

    fn is_function(&self, item: &OutlinedItem) -> bool {
        self.tokens[item.header.start].is_word("fn")
    }

    /// Measures a function. `later` are the items behind its header.
    fn function(&self, function: &OutlinedItem, later: &[OutlinedItem]) -> FunctionMeasures {
        let body = &function.body;
        let inner = later.iter().take_while(|item| item.header.start < body.end);
        let inner = inner.map(|item| {
            let end = match self.is_function(item) {
                true => item.body.end.max(item.header.end),
                false => item.header.end,
            };
            item.header.start..end
        });
        let mut others: Vec<Range<usize>> = inner
            .chain(self.test_code.within(body).cloned())
            .map(|tokens| tokens.start - body.start..tokens.end - body.start)
            .collect();
        others.sort_by_key(|tokens| tokens.start);
        // The last token is the closing bracket.
        let inside = &self.tokens[body.start..body.end - 1];
        let complexity = complexity(inside, &others);
        let keyword = &self.tokens[function.header.start];
        FunctionMeasures {
            path: function.item.path.clone(),
            signature: joined(self.header(function)),
            line: keyword.line,
            last: function.item.last,
            code_lines: self.code_lines(function.header.start..body.end),
            parameters: self.parameters(&function.header),
            complexity: complexity.score,
            cyclomatic: complexity.cyclomatic,
            nesting: complexity.nesting,
        }
    }

    /// Returns the lines from the beginning to the end of each item that is test code.
    pub fn test_lines(&self) -> LineSet {
        let mut lines = LineSet::default();
        for range in self.test_code.within(&(0..self.tokens.len())) {
            if let [first, ..] = &self.tokens[range.clone()] {
                let last = self.tokens[range.clone()].last();
                lines.add(first.line, last.map_or(first.last, |token| token.last));
            }
        }
        lines
    }

    /// Counts the lines with code.
    pub fn line_count(&self) -> u32 {
        self.code_lines(0..self.tokens.len())
    }

    /// Counts the lines on which some tokens are.
    fn code_lines(&self, tokens: Range<usize>) -> u32 {
        let (mut lines, mut last) = (0, 0);
        for at in tokens.filter(|at| !self.test_code.has(*at)) {
            let token = &self.tokens[at];
            lines += (token.last + 1).saturating_sub(token.line.max(last + 1));
            last = last.max(token.last);
        }
        lines
    }

    fn parameters(&self, header: &Range<usize>) -> u32 {
        // Before the parameters are the keyword and the name.
        let header = self.tokens.get(header.start + 2..header.end);
        let header = header.unwrap_or_default();
        let Some(open) = parameters_at(header) else {
            return 0;
        };
        let end = open + bracketed(&header[open..]);
        count_parameters(header.get(open + 1..end - 1).unwrap_or_default())
    }

    /// Returns the attributes that change the level of lints to `allow` or `expect`.
    pub fn allows(&self) -> Vec<Mark> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let Some(attribute) = attribute(&self.tokens[at..]) else {
                at += 1;
                continue;
            };
            // An attribute with a condition has several parts: `cfg_attr(test, allow(dead_code))`.
            let inside = attribute.inside;
            let has_condition = inside.first().is_some_and(|name| name.is_word("cfg_attr"));
            let counts = !self.test_code.has(at);
            let names = (0..inside.len()).filter(|at| {
                let is_level = inside[*at].is_word("allow") || inside[*at].is_word("expect");
                let is_attribute = *at == 0 || has_condition && inside[at - 1].is(b',');
                let has_list = inside.get(at + 1).is_some_and(|next| next.is(b'('));
                counts && is_level && is_attribute && has_list
            });
            for name in names {
                let length = 1 + bracketed(&inside[name + 1..]);
                let words = inside[name..name + length].iter().map(|token| token.text);
                found.push(Mark {
                    line: inside[name].line,
                    text: words.collect(),
                });
            }
            at += attribute.length;
        }
        found
    }

    /// Returns the calls of methods that panic if a value is missing: `unwrap`, `expect` and those
    /// for errors.
    pub fn unwraps(&self) -> Vec<Mark> {
        const METHODS: [&str; 4] = ["expect", "expect_err", "unwrap", "unwrap_err"];
        let lines: Vec<&str> = self.text.lines().collect();
        let calls = self.tokens.windows(3).enumerate().filter(|(at, tokens)| {
            let is_range = *at > 0 && self.tokens[at - 1].is(b'.');
            let is_call = tokens[0].is(b'.') && tokens[2].is(b'(') && !is_range;
            is_call && METHODS.contains(&tokens[1].text) && !self.test_code.has(*at)
        });
        calls
            .map(|(_, tokens)| Mark {
                line: tokens[1].line,
                text: line_of(&lines, tokens[1].line).trim().to_owned(),
            })
            .collect()
    }

    /// Returns the lines on which tokens begin, without those of imports.
    pub fn lines(&self) -> Vec<CodeLine<'a>> {
        let lines: Vec<&str> = self.text.lines().collect();
        let imports = self.imports();
        let mut found: Vec<CodeLine<'a>> = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            if imports.contains(&at) || self.test_code.has(at) {
                continue;
            }
            match found.last_mut() {
                Some(line) if line.line == token.line => line.tokens.push(token.text),
                _ => found.push(CodeLine {
                    line: token.line,
                    text: line_of(&lines, token.line),
                    tokens: vec![token.text],
                }),
            }
        }
        found
    }

    /// Returns the indices of the tokens of `use` declarations.
    fn imports(&self) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut is_import = false;
        for (at, token) in self.tokens.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| &self.tokens[before]);
            let begins = before.is_none_or(|before| {
                [b';', b'{', b'}', b']', b')']
                    .iter()
                    .any(|end| before.is(*end))
                    || before.is_word("pub")
            });
            is_import |= begins && token.is_word("use");
            if is_import {
                found.insert(at);
                is_import = !token.is(b';');
            }
        }
        found
    }
}

/// Counts the parts between commas outside of brackets and of type arguments.
fn count_parameters(tokens: &[Token<'_>]) -> u32 {
    let (mut count, mut angles) = (0, 0_u32);
    let mut is_open = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let is_arrow = at > 0 && tokens[at - 1].is(b'-');
        match token.kind {
            TokenKind::Punct(b'<') => angles += 1,
            TokenKind::Punct(b'>') if !is_arrow => angles = angles.saturating_sub(1),
            TokenKind::Punct(b',') if angles == 0 => is_open = false,
            _ => {
                count += u32::from(!is_open);
                is_open = true;
            }
        }
        let is_bracket = [b'(', b'[', b'{'].iter().any(|open| token.is(*open));
        at += if is_bracket {
            bracketed(&tokens[at..])
        } else {
            1
        };
    }
    count
}

fn line_of<'a>(lines: &[&'a str], line: u32) -> &'a str {
    let at = usize::try_from(line).unwrap_or(usize::MAX).wrapping_sub(1);
    lines.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::hostile;

    #[test]
    fn functions_are_measured() {
        let text = "\
impl<T> Pool<T> {
    /// Documentation.
    #[inline]
    pub fn get<F: Fn(u8) -> u8>(&self, at: Map<u8, u8>, f: fn(u8, u8) -> F<u8, u8>,) -> T
    where
        T: Clone,
    {
        // A comment.

        fn inner(a: u8) -> u8 { if a > 1 { 2 } else { 3 } }
        impl A for B { fn c() { loop {} } }
        if at > 1 {
            \"two
lines\"
        }
        #[cfg(test)]
        for a in b { if c {} }
    }
    fn declared(&self);
}
#[cfg(test)]
mod tests {
    fn helper() {}
}
const fn of<T: Into<[u8; 2]>, const N: usize>(a: [u8; { 1 + 2 }]) { const B: u8 = if C { 1 } else { 2 }; }
#[tokio::test]
async fn works() {}
";
        let shown = |one: &FunctionMeasures| {
            format!(
                "{}:{} {} lines {} parameters {} complex {} deep",
                one.path, one.line, one.code_lines, one.parameters, one.complexity, one.nesting
            )
        };
        let functions = |with_tests| SourceCode::of(text, with_tests).functions().measured;
        let found: Vec<String> = functions(false).iter().map(shown).collect();
        let with_tests: Vec<String> = functions(true).iter().map(shown).collect();
        let expected = [
            "Pool::get:4 11 lines 3 parameters 1 complex 1 deep",
            "Pool::get::inner:10 1 lines 1 parameters 2 complex 1 deep",
            "Pool::get::<B as A>::c:11 1 lines 0 parameters 1 complex 1 deep",
            "of:25 1 lines 1 parameters 2 complex 1 deep",
        ];
        assert_eq!(found, expected);
        let tests = [
            "Pool::get:4 13 lines 3 parameters 4 complex 2 deep",
            "tests::helper:23 1 lines 0 parameters 0 complex 0 deep",
            "works:27 1 lines 0 parameters 0 complex 0 deep",
        ];
        let only_with_tests = with_tests.iter().filter(|one| !found.contains(one));
        assert_eq!(
            only_with_tests.collect::<Vec<_>>(),
            tests.iter().collect::<Vec<_>>()
        );
        assert_eq!(SourceCode::of(text, false).line_count(), 16);
        assert_eq!(SourceCode::of(text, true).line_count(), 24);
    }

    fn shown(marks: &[Mark]) -> Vec<String> {
        let shown = |mark: &Mark| format!("{} {}", mark.line, mark.text);
        marks.iter().map(shown).collect()
    }

    #[test]
    fn attributes_that_lower_the_level_of_lints_are_found() {
        let text = "#![allow(dead_code, unused)]
#[expect(clippy::too_many_lines, reason = \"long\")] fn f() {}
#[cfg_attr(test, allow(unused), expect(a))] fn allow() { x.expect(\"allow(b)\") }
#[warn(c)] #[deny(allow)] struct S;
#[cfg(test)] mod t { #![allow(d)] }
#[allow(e)] #[test] fn t() {}
#[serde(allow(f))] #[my::allow(g)] struct T;
";
        let expected = [
            "1 allow(dead_code,unused)",
            "2 expect(clippy::too_many_lines,reason=\"long\")",
            "3 allow(unused)",
            "3 expect(a)",
        ];
        assert_eq!(shown(&SourceCode::of(text, false).allows()), expected);
        assert_eq!(
            SourceCode::of(text, true).allows().len(),
            expected.len() + 2
        );
    }

    #[test]
    fn calls_that_may_panic_are_found() {
        let text = "a.unwrap();
b.expect(\"x\").c().unwrap_err(); // d.unwrap()
unwrap(); e.unwrap_or(1); f.expect; Option::unwrap(g); ..unwrap()
#[test] fn t() { h.unwrap() }
";
        let expected = [
            "1 a.unwrap();",
            "2 b.expect(\"x\").c().unwrap_err(); // d.unwrap()",
            "2 b.expect(\"x\").c().unwrap_err(); // d.unwrap()",
        ];
        assert_eq!(shown(&SourceCode::of(text, false).unwraps()), expected);
        assert_eq!(
            SourceCode::of(text, true).unwraps().len(),
            expected.len() + 1
        );
    }

    #[test]
    fn lines_of_imports_are_left_out() {
        let text = "use a::{\n  b,\n};\npub use c; fn f() {\n // no\n  let x = 1; }\n";
        let lines = SourceCode::of(text, false).lines();
        let found: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {}", line.line, line.tokens.join(" ")))
            .collect();
        assert_eq!(found, ["4 pub fn f ( ) {", "6 let x = 1 ; }"]);
    }

    #[test]
    fn items_in_arguments_of_macros_end_there() {
        let text = "link!(\"k\" fn g(a: i32) -> i32);\nfn f() {\n if a.peek(Token![impl]) {}\n}\nfn h() {}\n";
        let functions = SourceCode::of(text, false).functions().measured;
        let found: Vec<String> = functions
            .iter()
            .map(|one| format!("{} {}", one.path, one.code_lines))
            .collect();
        assert_eq!(found, ["f 3", "h 1"]);
    }

    #[test]
    fn functions_that_are_not_found_are_known_to_be_missing() {
        let parameters = "a: u8, ".repeat(1000);
        for text in [
            "fn f() { ".repeat(70),
            format!("fn f({parameters}) {{}}"),
            format!("fn {}() {{}}", "f".repeat(500)),
        ] {
            assert!(SourceCode::of(&text, false).functions().is_cut, "{text}");
        }
        assert!(!SourceCode::of("fn f() { ", false).functions().is_cut);
    }

    #[test]
    fn text_that_is_not_rust_is_read_in_linear_time() {
        let pieces = ["#[allow(", "#![cfg(test)]", "use a", "a.unwrap("];
        for text in hostile(&pieces) {
            let code = SourceCode::of(&text, false);
            assert!(code.functions().measured.is_empty());
            let marks = code.allows().len() + code.unwraps().len();
            assert_eq!(marks > 0, text.contains("allow") || text.contains("unwrap"));
            let has_none = text.contains("use") || text.contains("test");
            assert_eq!(code.lines().is_empty(), has_none);
        }
    }
}
