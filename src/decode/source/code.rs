//! Measures of the functions in a file, and marks that are counted.

use std::collections::BTreeSet;
use std::ops::Range;

use super::brackets::{bracketed, parameters_at};
use super::complexity::complexity;
use super::outline::{OutlinedItem, items};
use super::scan::{Token, TokenKind, tokens};
use super::test_code::{TestCode, attribute};

/// The code of a file: its tokens without comments.
pub struct Code<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    test_code: TestCode,
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionMeasures {
    /// Its name after those of the items around it: `pool::Pool::get`.
    pub path: String,
    /// The line of its keyword, 1-based.
    pub line: u32,
    /// Lines with code from its keyword to its end.
    pub code_lines: u32,
    /// Parameters, including `self`.
    pub parameters: u32,
    /// Its cognitive complexity.
    pub complexity: u32,
    /// The greatest number of control structures and closures in each other.
    pub nesting: u32,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
}

/// A place in a file that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// 1-based.
    pub line: u32,
    /// The code in question: `allow(dead_code)`, or the line.
    pub text: String,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
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
    /// Whether it is compiled for tests only.
    pub is_test: bool,
}

impl<'a> Code<'a> {
    /// Reads a file.
    pub fn of(text: &'a str) -> Self {
        let tokens: Vec<Token<'_>> = tokens(text)
            .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::Doc))
            .collect();
        Self {
            text,
            test_code: TestCode::of(&tokens),
            tokens,
        }
    }

    /// Returns the functions that have a body, in source order.
    pub fn functions(&self) -> Vec<FunctionMeasures> {
        let items = items(&self.tokens);
        let functions = items.iter().enumerate();
        functions
            .filter(|(_, item)| self.is_function(item) && !item.body.is_empty())
            .map(|(at, item)| self.function(item, &items[at + 1..]))
            .collect()
    }

    fn is_function(&self, item: &OutlinedItem) -> bool {
        self.tokens[item.header.start].is_word("fn")
    }

    /// Measures a function. `later` are the items behind its header.
    fn function(&self, function: &OutlinedItem, later: &[OutlinedItem]) -> FunctionMeasures {
        let body = &function.body;
        let inner = later.iter().take_while(|item| item.header.start < body.end);
        let others: Vec<Range<usize>> = inner
            .map(|item| {
                let end = match self.is_function(item) {
                    true => item.body.end.max(item.header.end),
                    false => item.header.end,
                };
                item.header.start - body.start..end - body.start
            })
            .collect();
        // The last token is the closing bracket.
        let inside = &self.tokens[body.start..body.end - 1];
        let complexity = complexity(inside, &others);
        let keyword = &self.tokens[function.header.start];
        FunctionMeasures {
            path: function.item.path.clone(),
            line: keyword.line,
            code_lines: self.code_lines(function.header.start..body.end),
            parameters: self.parameters(&function.header),
            complexity: complexity.score,
            nesting: complexity.nesting,
            is_test: self.test_code.has(function.header.start),
        }
    }

    /// Counts the lines on which some tokens are.
    fn code_lines(&self, tokens: Range<usize>) -> u32 {
        let (mut lines, mut last) = (0, 0);
        for token in &self.tokens[tokens] {
            lines += token.last.saturating_sub(last.max(token.line - 1));
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
            let names = (0..inside.len()).filter(|at| {
                let is_level = inside[*at].is_word("allow") || inside[*at].is_word("expect");
                is_level && inside.get(at + 1).is_some_and(|next| next.is(b'('))
            });
            for name in names {
                let length = 1 + bracketed(&inside[name + 1..]);
                let words = inside[name..name + length].iter().map(|token| token.text);
                found.push(Mark {
                    line: inside[name].line,
                    text: words.collect(),
                    is_test: self.test_code.has(at),
                });
            }
            at += attribute.length;
        }
        found
    }

    /// Returns the calls of methods that panic where there is no value: `unwrap`, `expect` and those for
    /// errors.
    pub fn unwraps(&self) -> Vec<Mark> {
        const METHODS: [&str; 4] = ["expect", "expect_err", "unwrap", "unwrap_err"];
        let lines: Vec<&str> = self.text.lines().collect();
        let calls = self.tokens.windows(3).enumerate().filter(|(_, tokens)| {
            tokens[0].is(b'.') && METHODS.contains(&tokens[1].text) && tokens[2].is(b'(')
        });
        calls
            .map(|(at, tokens)| {
                let line = tokens[1].line;
                Mark {
                    line,
                    text: line_of(&lines, line).trim().to_owned(),
                    is_test: self.test_code.has(at),
                }
            })
            .collect()
    }

    /// Returns the lines on which tokens begin, without those of imports.
    pub fn lines(&self) -> Vec<CodeLine<'a>> {
        let lines: Vec<&str> = self.text.lines().collect();
        let imports = self.imports();
        let mut found: Vec<CodeLine<'a>> = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            if imports.contains(&at) {
                continue;
            }
            match found.last_mut() {
                Some(line) if line.line == token.line => line.tokens.push(token.text),
                _ => found.push(CodeLine {
                    line: token.line,
                    text: line_of(&lines, token.line),
                    tokens: vec![token.text],
                    is_test: self.test_code.has(at),
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
    }
    fn declared(&self);
}
#[cfg(test)]
mod tests {
    fn helper() {}
}
const fn of(a: [u8; { 1 + 2 }]) { const B: u8 = if C { 1 } else { 2 }; }
#[tokio::test]
async fn works() {}
";
        let functions = Code::of(text).functions();
        let found: Vec<String> = functions
            .iter()
            .map(|one| {
                let test = if one.is_test { " test" } else { "" };
                format!(
                    "{}:{} {} lines {} parameters {} complex {} deep{test}",
                    one.path, one.line, one.code_lines, one.parameters, one.complexity, one.nesting
                )
            })
            .collect();
        let expected = [
            "Pool::get:4 11 lines 3 parameters 1 complex 1 deep",
            "Pool::get::inner:10 1 lines 1 parameters 2 complex 1 deep",
            "Pool::get::<B as A>::c:11 1 lines 0 parameters 1 complex 1 deep",
            "tests::helper:21 1 lines 0 parameters 0 complex 0 deep test",
            "of:23 1 lines 1 parameters 2 complex 1 deep",
            "works:25 1 lines 0 parameters 0 complex 0 deep test",
        ];
        assert_eq!(found, expected);
    }

    fn shown(marks: &[Mark]) -> Vec<String> {
        let shown = |mark: &Mark| format!("{} {} {}", mark.line, mark.text, mark.is_test);
        marks.iter().map(shown).collect()
    }

    #[test]
    fn attributes_that_lower_the_level_of_lints_are_found() {
        let text = "#![allow(dead_code, unused)]
#[expect(clippy::too_many_lines, reason = \"long\")] fn f() {}
#[cfg_attr(test, allow(unused), expect(a))] fn allow() { x.expect(\"allow(b)\") }
#[warn(c)] #[deny(allow)] struct S;
#[cfg(test)] mod t { #![allow(d)] }
";
        let expected = [
            "1 allow(dead_code,unused) false",
            "2 expect(clippy::too_many_lines,reason=\"long\") false",
            "3 allow(unused) false",
            "3 expect(a) false",
            "5 allow(d) true",
        ];
        assert_eq!(shown(&Code::of(text).allows()), expected);
    }

    #[test]
    fn calls_that_may_panic_are_found() {
        let text = "a.unwrap();
b.expect(\"x\").c().unwrap_err(); // d.unwrap()
unwrap(); e.unwrap_or(1); f.expect; Option::unwrap(g)
#[test] fn t() { h.unwrap() }
";
        let expected = [
            "1 a.unwrap(); false",
            "2 b.expect(\"x\").c().unwrap_err(); // d.unwrap() false",
            "2 b.expect(\"x\").c().unwrap_err(); // d.unwrap() false",
            "4 #[test] fn t() { h.unwrap() } true",
        ];
        assert_eq!(shown(&Code::of(text).unwraps()), expected);
    }

    #[test]
    fn lines_of_imports_are_left_out() {
        let text = "use a::{\n  b,\n};\npub use c; fn f() {\n // no\n  let x = 1; }\n";
        let lines = Code::of(text).lines();
        let found: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {}", line.line, line.tokens.join(" ")))
            .collect();
        assert_eq!(found, ["4 pub fn f ( ) {", "6 let x = 1 ; }"]);
    }

    #[test]
    fn text_that_is_not_rust_is_read_in_linear_time() {
        let pieces = ["#[allow(", "#![cfg(test)]", "use a", "a.unwrap("];
        for text in hostile(&pieces) {
            let code = Code::of(&text);
            assert!(code.functions().is_empty());
            let marks = code.allows().len() + code.unwraps().len();
            assert_eq!(marks > 0, text.contains("allow") || text.contains("unwrap"));
            assert_eq!(code.lines().is_empty(), text.contains("use"));
        }
    }
}
