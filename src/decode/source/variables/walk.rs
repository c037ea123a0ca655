//! Walks over the tokens of a file and gathers what has to do with variables.

use super::super::brackets::{bracketed, parameters_at, separated};
use super::super::header::implementation;
use super::super::scan::{Token, TokenKind, tokens};
use super::super::string::value;
use super::super::test_code::{TestCode, attribute};
use super::arguments::{argument, is_conversion_name};
use super::imports::{Imported, Imports, import_length, imports};
use super::{
    Argument, Call, Callee, DirectName, DirectRead, Function, FunctionKind, VariableFacts,
};

/// Tokens that are looked at to the end of a call, a header or an attribute. This bounds the time
/// for text that is not Rust.
const LONGEST: usize = 2000;

/// The attributes of crates that read variables for an argument of the command line.
const ARGUMENT_ATTRIBUTES: [&str; 4] = ["arg", "clap", "command", "structopt"];

/// Gathers the facts of a file.
pub(super) fn walk(text: &str) -> VariableFacts {
    let code: Vec<Token<'_>> = tokens(text)
        .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::Doc))
        .collect();
    let mut walk = Walk {
        code: &code,
        found: VariableFacts::default(),
        scopes: vec![Scope::default()],
        imports: Imports::of(&code, LONGEST),
        at: 0,
        test_code: TestCode::of(&code),
        field: None,
        opening: None,
    };
    while walk.at < code.len() {
        walk.at += walk.step(walk.at).max(1);
    }
    walk.found
}

/// A block, a closure without braces, or the file.
#[derive(Default)]
struct Scope {
    function: Option<usize>,
    /// Name of the `impl` or trait.
    implementation: Option<String>,
    /// Local names with their values.
    bindings: Vec<(String, Argument)>,
    /// Whether it ends with a semicolon.
    is_closure: bool,
}

struct Walk<'a> {
    code: &'a [Token<'a>],
    found: VariableFacts,
    /// Open scopes, the innermost last. Never empty.
    scopes: Vec<Scope>,
    imports: Imports<'a>,
    /// Index of the token that is read.
    at: usize,
    test_code: TestCode,
    /// An attribute whose variable has the name of the next field, with its line.
    field: Option<u32>,
    /// The scope of the next `{`.
    opening: Option<Scope>,
}

impl<'a> Walk<'a> {
    /// Reads the tokens from an index on. Returns how many were read.
    fn step(&mut self, at: usize) -> usize {
        let token = self.code[at];
        let rest = self.rest(at);
        match token.kind {
            TokenKind::Punct(b'#') => self.attribute(rest),
            TokenKind::Punct(b'{') => {
                self.open();
                1
            }
            TokenKind::Punct(b'}') => {
                self.close();
                1
            }
            TokenKind::Punct(b';') => {
                self.end_statement();
                1
            }
            TokenKind::Punct(b'|') => self.closure(at),
            TokenKind::Word => self.word(at, rest),
            _ => 1,
        }
    }

    fn rest(&self, at: usize) -> &'a [Token<'a>] {
        let end = (at + LONGEST).min(self.code.len());
        &self.code[at..end]
    }

    fn open(&mut self) {
        let opened = self.opening.take().unwrap_or_default();
        self.scopes.push(opened);
    }

    fn close(&mut self) {
        while self.scopes.last().is_some_and(|scope| scope.is_closure) {
            self.scopes.pop();
        }
        if self.scopes.len() > 1 {
            self.scopes.pop();
        }
    }

    fn end_statement(&mut self) {
        self.opening = None;
        while self.scopes.last().is_some_and(|scope| scope.is_closure) {
            self.scopes.pop();
        }
    }

    fn is_test(&self) -> bool {
        self.test_code.has(self.at)
    }

    fn bind(&mut self, name: &str, argument: Argument) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.bindings.push((name.to_owned(), argument));
        }
    }

    /// Returns the meaning of a local name.
    fn lookup(&self, name: &str) -> Option<Argument> {
        let functions = self.around();
        let mut position = functions.len();
        for scope in self.scopes.iter().rev() {
            let bound = scope.bindings.iter().rev().find(|(known, _)| known == name);
            if let Some((_, argument)) = bound {
                return Some(argument.clone());
            }
            if let Some(function) = scope.function {
                position -= 1;
                let function = &self.found.functions[function];
                if let Some(at) = function.parameters.iter().position(|one| one == name) {
                    return Some(Argument::Parameter(position, at));
                }
            }
        }
        None
    }

    /// Returns the functions around the current place, the innermost last.
    fn around(&self) -> Vec<usize> {
        self.scopes
            .iter()
            .filter_map(|scope| scope.function)
            .collect()
    }

    fn word(&mut self, at: usize, rest: &'a [Token<'a>]) -> usize {
        let token = self.code[at];
        let is_path = at > 0 && (self.code[at - 1].is(b'.') || self.code[at - 1].is(b':'));
        if let (Some(line), Some(next)) = (self.field, rest.get(1))
            && next.is(b':')
            && !is_path
        {
            self.field = None;
            let name = token.text.trim_start_matches("r#").to_uppercase();
            self.direct(DirectName::Text(name), line);
        }
        match token.text {
            "use" => self.import(at, rest),
            "fn" => self.function(rest),
            "impl" | "trait" if !is_path => self.implementation(rest),
            "macro_rules" => self.macro_rules(rest),
            "struct" => self.structure(rest),
            "const" | "static" => self.constant(rest),
            "let" => self.binding(rest),
            "for" => self.iteration(rest),
            _ => {
                self.call(at, rest);
                1
            }
        }
    }

    fn direct(&mut self, what: DirectName, line: u32) {
        let is_test = self.is_test();
        self.found.direct.push(DirectRead {
            what,
            line,
            is_test,
        });
    }

    /// Reads `mod name {` and `mod name;`.
    /// Reads `use std::env::{var, var_os};`.
    ///
    /// A function that other modules may use is one that passes its parameter on. Anything else
    /// that they may use is a read of unknown names, as their calls are not followed.
    fn import(&mut self, at: usize, rest: &'a [Token<'a>]) -> usize {
        let line = rest[0].line;
        let Some(length) = import_length(rest) else {
            return 1;
        };
        for import in imports(self.code, at, length) {
            match import.what {
                _ if import.is_shared_function() => {
                    let parameters = vec![String::new()];
                    let scope = self.declare(import.name, FunctionKind::Free, parameters, line);
                    self.found.calls.push(Call {
                        callee: Callee::Environment,
                        arguments: vec![Argument::Parameter(0, 0)],
                        line,
                        is_test: self.is_test(),
                        around: Vec::from_iter(scope.function),
                    });
                }
                Imported::Module if !import.is_renamed => {}
                Imported::Module | Imported::List | Imported::Glob if import.is_public => {
                    self.direct(DirectName::Unknown, line);
                }
                _ => {}
            }
        }
        length
    }

    /// Reads an attribute. Returns its length.
    fn attribute(&mut self, rest: &'a [Token<'a>]) -> usize {
        let Some(attribute) = attribute(rest) else {
            return 1;
        };
        self.known_attribute(attribute.inside);
        // `#[doc = env!("NAME")]`.
        let start = self.at + attribute.length - attribute.inside.len() - 1;
        for at in start..start + attribute.inside.len() {
            let is_macro = self.code.get(at + 1).is_some_and(|next| next.is(b'!'));
            if is_macro && self.code[at].kind == TokenKind::Word {
                self.call(at, self.rest(at));
            }
        }
        attribute.length
    }

    /// Reads the content of the brackets of an attribute, or in `cfg_attr(condition, ..)`.
    fn known_attribute(&mut self, inside: &'a [Token<'a>]) {
        match inside.first() {
            Some(name) if name.text == "cfg_attr" && inside.len() < LONGEST => {
                let list = inside.get(2..inside.len() - 1).unwrap_or_default();
                for attribute in separated(list).into_iter().skip(1) {
                    if !attribute
                        .first()
                        .is_some_and(|name| name.is_word("cfg_attr"))
                    {
                        self.known_attribute(attribute);
                    }
                }
            }
            Some(name) if ARGUMENT_ATTRIBUTES.contains(&name.text) => {
                self.argument_attribute(&inside[1..], name.line);
            }
            Some(name) if name.text == "envconfig" => {
                for (key, value) in keys(&inside[1..]) {
                    if key == "from" {
                        self.named(value, name.line);
                    }
                }
            }
            _ => {}
        }
    }

    /// Reads `env`, `env = "NAME"` and `env("NAME")` in an attribute of clap.
    fn argument_attribute(&mut self, inside: &'a [Token<'a>], line: u32) {
        for (key, value) in keys(inside) {
            match (key, value) {
                ("env", []) => self.field = Some(line),
                ("env", value) => self.named(value, line),
                _ => {}
            }
        }
    }

    /// Adds a read of the variable that an expression names.
    fn named(&mut self, value: &[Token<'_>], line: u32) {
        let what = match argument(value, &|name| self.lookup(name)) {
            Argument::Texts(texts) => {
                for text in texts {
                    self.direct(DirectName::Text(text), line);
                }
                return;
            }
            Argument::Constant(name) => DirectName::Constant(name),
            Argument::Prefix(prefix) => DirectName::Prefix(prefix),
            Argument::Parameter(..)
            | Argument::MacroParameter
            | Argument::Other
            | Argument::Unknown => DirectName::Unknown,
        };
        self.direct(what, line);
    }

    /// Reads the header of a function up to its body. Returns its length.
    fn function(&mut self, rest: &'a [Token<'a>]) -> usize {
        let Some(name) = rest.get(1).filter(|token| token.kind == TokenKind::Word) else {
            return 1;
        };
        let Some(open) = parameters_at(&rest[2..]).map(|at| at + 2) else {
            return 2;
        };
        let end = open + bracketed(&rest[open..]);
        let inside = &rest[open + 1..end.max(open + 2) - 1];
        let mut parameters = parameters(inside);
        parameters.retain(|name| name != "self");
        let implementation = self
            .scopes
            .iter()
            .rev()
            .find_map(|scope| scope.implementation.clone());
        let is_nested = self.scopes.iter().any(|scope| scope.function.is_some());
        let kind = match implementation {
            Some(name) if !is_nested => FunctionKind::Associated(name),
            _ => FunctionKind::Free,
        };
        let scope = self.declare(name.text, kind, parameters, name.line);
        self.opening = Some(scope);
        end
    }

    /// Adds a function and returns its scope.
    fn declare(
        &mut self,
        name: &str,
        kind: FunctionKind,
        parameters: Vec<String>,
        line: u32,
    ) -> Scope {
        let is_test = self.is_test();
        self.found.functions.push(Function {
            name: name.to_owned(),
            kind,
            parameters,
            line,
            is_test,
        });
        Scope {
            function: Some(self.found.functions.len() - 1),
            ..Scope::default()
        }
    }

    fn implementation(&mut self, rest: &'a [Token<'a>]) -> usize {
        let Some(end) = rest
            .iter()
            .position(|token| token.is(b'{') || token.is(b';'))
        else {
            return 1;
        };
        let name = match rest[0].text {
            "trait" => rest.get(1).map_or("", |token| token.text).to_owned(),
            _ => implementation(&rest[1..end]),
        };
        // `<Real as Environment>` is called as a function of `Real`.
        let name = name.trim_start_matches('<');
        let name = name.split(' ').next().unwrap_or_default().to_owned();
        self.opening = Some(Scope {
            implementation: Some(name),
            ..Scope::default()
        });
        end
    }

    fn macro_rules(&mut self, rest: &'a [Token<'a>]) -> usize {
        if let [_, bang, name, open, ..] = rest
            && bang.is(b'!')
            && name.kind == TokenKind::Word
        {
            let scope = self.declare(name.text, FunctionKind::Macro, Vec::new(), name.line);
            match open.is(b'{') {
                true => self.opening = Some(scope),
                false => self.scopes.push(Scope {
                    is_closure: true,
                    ..scope
                }),
            }
            return 3;
        }
        1
    }

    /// Reads the fields of a struct. Its tokens are read again, for their attributes.
    fn structure(&mut self, rest: &'a [Token<'a>]) -> usize {
        let Some(name) = rest.get(1) else { return 1 };
        let open = rest
            .iter()
            .position(|token| token.is(b'{') || token.is(b';'));
        let Some(open) = open.filter(|at| rest[*at].is(b'{')) else {
            return 2;
        };
        let end = open + bracketed(&rest[open..]);
        let mut fields = Vec::new();
        for part in separated(&rest[open + 1..end.max(open + 2) - 1]) {
            fields.extend(field(part));
        }
        self.found.structs.insert(name.text.to_owned(), fields);
        self.opening = Some(Scope::default());
        open
    }

    /// Reads `const NAME: &str = "VALUE";`. Its value is read again, for its calls.
    fn constant(&mut self, rest: &'a [Token<'a>]) -> usize {
        let name = rest.iter().skip(1).find(|token| !token.is_word("mut"));
        let Some(name) = name.filter(|name| name.kind == TokenKind::Word && name.text != "fn")
        else {
            return 1;
        };
        let Some((value, length)) = assigned(rest) else {
            return 1;
        };
        let is_changeable = rest.get(1).is_some_and(|token| token.is_word("mut"));
        let texts = match argument(value, &|_| None) {
            Argument::Texts(texts) if !is_changeable => Some(texts),
            _ => None,
        };
        let known = self.found.constants.entry(name.text.to_owned());
        let known = known.or_insert_with(|| texts.clone());
        if *known != texts {
            *known = None;
        }
        length
    }

    /// Reads `let name = ..`. The value is read again, for its calls.
    fn binding(&mut self, rest: &'a [Token<'a>]) -> usize {
        let name = rest.iter().skip(1).find(|token| !token.is_word("mut"));
        let Some(name) = name else { return 1 };
        if name.kind != TokenKind::Word {
            self.bind_pattern(&rest[1..]);
            return 1;
        }
        let Some((value, length)) = assigned(rest) else {
            self.bind(name.text, Argument::Unknown);
            return 1;
        };
        let body = match value {
            [moved, rest @ ..] if moved.is_word("move") => rest,
            all => all,
        };
        if body.first().is_some_and(|token| token.is(b'|'))
            && let Some(end) = body.iter().skip(1).position(|token| token.is(b'|'))
        {
            let parameters = parameters(&body[1..=end]);
            let scope = self.declare(name.text, FunctionKind::Closure, parameters, name.line);
            let skipped = value.len() - body.len() + end + 2;
            match body.get(end + 2) {
                Some(open) if open.is(b'{') => self.opening = Some(scope),
                _ => self.scopes.push(Scope {
                    is_closure: true,
                    ..scope
                }),
            }
            return length + skipped;
        }
        let bound = match rest[1].is_word("mut") {
            // It is assigned again: the compiler warns otherwise.
            true => Argument::Unknown,
            false => argument(value, &|name| self.lookup(name)),
        };
        self.bind(name.text, bound);
        length
    }

    /// Hides the names that a pattern in brackets binds.
    fn bind_pattern(&mut self, rest: &[Token<'_>]) {
        if rest.first().is_some_and(|open| open.is(b'(')) {
            for token in &rest[..bracketed(rest)] {
                if token.kind == TokenKind::Word {
                    self.bind(token.text, Argument::Unknown);
                }
            }
        }
    }

    /// Reads `for name in ["A", "B"] {`.
    fn iteration(&mut self, rest: &'a [Token<'a>]) -> usize {
        let [_, name, within, ..] = rest else {
            return 1;
        };
        if name.kind != TokenKind::Word || !within.is_word("in") {
            self.bind_pattern(&rest[1..]);
            return 1;
        }
        let mut end = 3;
        while rest
            .get(end)
            .is_some_and(|token| !token.is(b'{') && !token.is(b';'))
        {
            let is_open = rest[end].is(b'(') || rest[end].is(b'[');
            end += if is_open { bracketed(&rest[end..]) } else { 1 };
        }
        let list = &rest[3..end.min(rest.len())];
        let bound = argument(list, &|name| self.lookup(name));
        self.opening = Some(Scope {
            bindings: vec![(name.text.to_owned(), bound)],
            ..Scope::default()
        });
        3
    }

    /// Reads the parameters of a closure without a name: `|name| ..` over a list of names.
    fn closure(&mut self, at: usize) -> usize {
        let rest = self.rest(at);
        let is_argument =
            at > 0 && (self.code[at - 1].is(b'(') || self.code[at - 1].is_word("move"));
        let Some(end) = rest
            .iter()
            .skip(1)
            .take(32)
            .position(|token| token.is(b'|'))
        else {
            return 1;
        };
        if !is_argument {
            return 1;
        }
        let list = self.list_before(at);
        for name in parameters(&rest[1..=end]) {
            let bound = list.clone().unwrap_or(Argument::Unknown);
            self.bind(&name, bound);
        }
        end + 2
    }

    /// Returns the list that a method with an argument at this index is called on:
    /// `["A", "B"].iter().map(..)`.
    fn list_before(&self, at: usize) -> Option<Argument> {
        let mut code = &self.code[at.saturating_sub(64)..at];
        if let [before @ .., moved] = code
            && moved.is_word("move")
        {
            code = before;
        }
        let [before @ .., _, open] = code else {
            return None;
        };
        let mut before = before
            .split_last()
            .filter(|(dot, _)| open.is(b'(') && dot.is(b'.'))?
            .1;
        while let [rest @ .., dot, name, open, close] = before
            && dot.is(b'.')
            && is_conversion_name(name)
            && open.is(b'(')
            && close.is(b')')
        {
            before = rest;
        }
        let last = before.last()?;
        if last.is(b']') {
            let start = before.iter().rposition(|token| token.is(b'['))?;
            return Some(argument(&before[start..], &|name| self.lookup(name)));
        }
        match argument(std::slice::from_ref(last), &|name| self.lookup(name)) {
            Argument::Unknown => None,
            known => Some(known),
        }
    }

    /// Reads a call, if a word is the name of the called function or macro.
    fn call(&mut self, at: usize, rest: &'a [Token<'a>]) {
        let name = rest[0].text;
        let qualifier = self.qualifier(at);
        let is_method = at > 0 && self.code[at - 1].is(b'.');
        let is_macro = rest.get(1).is_some_and(|token| token.is(b'!'));
        let open = if is_macro {
            2
        } else {
            1 + turbofish(&rest[1..])
        };
        let is_call = rest
            .get(open)
            .is_some_and(|token| token.is(b'(') || is_macro && (token.is(b'[') || token.is(b'{')));
        let reading = self.reading(name, qualifier).filter(|_| !is_method);
        if !is_call {
            if let Some(callee) = reading.filter(|_| !is_macro) {
                self.passed_function(at, callee, rest[0].line);
            }
            return;
        }
        let inside = &rest[open + 1..(open + bracketed(&rest[open..])).max(open + 2) - 1];
        let callee = match (is_macro, is_method) {
            (true, _) if name == "option_env" || self.imports.modules.contains(name) => {
                Callee::Environment
            }
            (true, _) => Callee::Macro(name.to_owned()),
            (_, true) => Callee::Method(name.to_owned()),
            _ => reading
                .unwrap_or_else(|| Callee::Path(name.to_owned(), qualifier.map(str::to_owned))),
        };
        if self.known_crate(name, qualifier, is_method, inside, &rest[open..]) {
            return;
        }
        let parts = separated(inside);
        // `env!("NAME", "message")`.
        let count = if callee == Callee::Environment {
            1
        } else {
            parts.len()
        };
        let arguments: Vec<Argument> = parts
            .into_iter()
            .take(count)
            .map(|part| argument(part, &|name| self.lookup(name)))
            .collect();
        if arguments.is_empty() {
            return;
        }
        self.found.calls.push(Call {
            callee,
            arguments,
            line: rest[0].line,
            is_test: self.is_test(),
            around: self.around(),
        });
    }

    /// Returns what a path calls that is `env::var` or another name of it.
    fn reading(&self, name: &str, qualifier: Option<&str>) -> Option<Callee> {
        match qualifier {
            None | Some("crate" | "self" | "super") if self.imports.shared.contains(name) => {
                let qualifier = qualifier.map(str::to_owned);
                Some(Callee::Path(name.to_owned(), qualifier))
            }
            None | Some("crate" | "self" | "super") => self
                .imports
                .functions
                .contains(name)
                .then_some(Callee::Environment),
            Some(module) => {
                let is_read =
                    ["var", "var_os"].contains(&name) && self.imports.modules.contains(module);
                is_read.then_some(Callee::Environment)
            }
        }
    }

    /// Returns the name before `::` and a word.
    fn qualifier(&self, at: usize) -> Option<&'a str> {
        match self.code.get(at.checked_sub(3)?..at)? {
            [name, one, two] if one.is(b':') && two.is(b':') => Some(name.text),
            _ => None,
        }
    }

    /// Adds `env::var` as a value: `["A", "B"].map(env::var)`.
    fn passed_function(&mut self, at: usize, callee: Callee, line: u32) {
        let mut start = at;
        while let Some([_, one, two]) = start
            .checked_sub(3)
            .and_then(|from| self.code.get(from..start))
            && one.is(b':')
            && two.is(b':')
        {
            start -= 3;
        }
        let argument = self.list_before(start).unwrap_or(Argument::Unknown);
        self.found.calls.push(Call {
            callee,
            arguments: vec![argument],
            line,
            is_test: self.is_test(),
            around: self.around(),
        });
    }

    /// Adds the reads of a call of a crate that reads variables. Returns whether it was one.
    fn known_crate(
        &mut self,
        name: &str,
        qualifier: Option<&str>,
        is_method: bool,
        inside: &[Token<'_>],
        call: &[Token<'_>],
    ) -> bool {
        let line = call[0].line;
        match (name, qualifier) {
            ("vars" | "vars_os", Some(module)) if self.imports.modules.contains(module) => {
                self.direct(DirectName::Unknown, line);
            }
            (_, None | Some("crate" | "self" | "super"))
                if !is_method && self.imports.lists.contains(name) =>
            {
                self.direct(DirectName::Unknown, line);
            }
            // `Arg::new("port").env("PORT")`; with two arguments it sets a variable of a command.
            ("env", None) if is_method && separated(inside).len() == 1 => self.named(inside, line),
            ("prefixed", Some("envy")) => {
                let fields = field_type(&call[bracketed(call)..]);
                let prefix = text(inside);
                self.direct(fields_of(prefix, fields), line);
            }
            ("from_env", Some("envy")) => {
                // `from_env::<Config>()`: the type is before the arguments.
                self.direct(DirectName::Unknown, line);
            }
            ("prefixed", Some("Env")) => {
                let prefix = text(inside);
                self.direct(prefix.map_or(DirectName::Unknown, DirectName::Prefix), line);
            }
            ("with_prefix", Some("Environment")) => {
                let prefix = text(inside).map(|prefix| format!("{prefix}_"));
                self.direct(prefix.map_or(DirectName::Unknown, DirectName::Prefix), line);
            }
            ("raw", Some("Env")) => self.direct(DirectName::Unknown, line),
            _ => return false,
        }
        true
    }
}

/// Returns the read of the fields of a struct.
fn fields_of(prefix: Option<String>, structure: Option<String>) -> DirectName {
    match (prefix, structure) {
        (Some(prefix), Some(structure)) => DirectName::Fields(prefix, structure),
        (Some(prefix), None) => DirectName::Prefix(prefix),
        (None, _) => DirectName::Unknown,
    }
}

/// Returns the type in `.from_env::<Config>()`.
fn field_type(rest: &[Token<'_>]) -> Option<String> {
    let [dot, name, one, two, open, ty, close, ..] = rest else {
        return None;
    };
    let is_type = dot.is(b'.')
        && name.is_word("from_env")
        && one.is(b':')
        && two.is(b':')
        && open.is(b'<')
        && close.is(b'>');
    is_type.then(|| ty.text.to_owned())
}

/// Returns the value of a single literal.
fn text(tokens: &[Token<'_>]) -> Option<String> {
    match tokens {
        [token] => value(token.text),
        _ => None,
    }
}

/// Returns the number of tokens of `::<T>` before the arguments of a call.
fn turbofish(rest: &[Token<'_>]) -> usize {
    let [one, two, open, ..] = rest else {
        return 0;
    };
    if !(one.is(b':') && two.is(b':') && open.is(b'<')) {
        return 0;
    }
    let mut depth = 0_usize;
    for (at, token) in rest.iter().enumerate().take(64).skip(2) {
        depth += usize::from(token.is(b'<'));
        depth -= usize::from(token.is(b'>')).min(depth);
        if depth == 0 {
            return at + 1;
        }
    }
    0
}

/// Returns the keys in the brackets of an attribute with the tokens of their values.
fn keys<'a, 'text>(tokens: &'a [Token<'text>]) -> Vec<(&'text str, &'a [Token<'text>])> {
    let Some(inside) = tokens.get(1..tokens.len().saturating_sub(1)) else {
        return Vec::new();
    };
    let parts = separated(inside).into_iter();
    let keys = parts.filter_map(|part| match part {
        [key] => Some((key.text, &part[1..])),
        [key, equals, ..] if equals.is(b'=') => Some((key.text, &part[2..])),
        [key, open, .., close] if open.is(b'(') && close.is(b')') => {
            Some((key.text, &part[2..part.len() - 1]))
        }
        _ => None,
    });
    keys.collect()
}

/// Returns the names of parameters. Patterns have the last word before the colon. One that may be
/// assigned has no name, as its value is not known.
fn parameters(tokens: &[Token<'_>]) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut name, mut is_type) = (0_usize, None, false);
    let mut is_changeable = false;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Punct(b'(' | b'[' | b'{' | b'<') => depth += 1,
            TokenKind::Punct(b'>') if at > 0 && tokens[at - 1].is(b'-') => {}
            TokenKind::Punct(b')' | b']' | b'}' | b'>') => depth = depth.saturating_sub(1),
            TokenKind::Punct(b',') if depth == 0 => {
                names.extend(name.take());
                (is_type, is_changeable) = (false, false);
            }
            TokenKind::Punct(b':') if depth == 0 => is_type = true,
            TokenKind::Word if !is_type && token.text == "mut" => {
                is_changeable = at == 0 || !tokens[at - 1].is(b'&');
            }
            TokenKind::Word if !is_type => {
                name = match is_changeable && token.text != "self" {
                    true => Some(String::new()),
                    false => Some(token.text.to_owned()),
                };
            }
            _ => {}
        }
    }
    names.extend(name);
    names
}

/// Returns the tokens after `=`, and their index. The end is a semicolon outside of brackets.
fn assigned<'a, 'text>(rest: &'a [Token<'text>]) -> Option<(&'a [Token<'text>], usize)> {
    let (mut depth, mut from) = (0_usize, None);
    for (at, token) in rest.iter().enumerate() {
        match token.kind {
            TokenKind::Punct(b'(' | b'[' | b'{') => depth += 1,
            TokenKind::Punct(b')' | b']' | b'}') if depth == 0 => return None,
            TokenKind::Punct(b')' | b']' | b'}') => depth -= 1,
            TokenKind::Punct(b'=') if depth == 0 && from.is_none() => from = Some(at + 1),
            TokenKind::Punct(b';') if depth == 0 => {
                let from = from?;
                return Some((&rest[from..at], from));
            }
            _ => {}
        }
    }
    None
}

/// Returns the name of a field in capitals: the one that serde gives it, or its own.
fn field(tokens: &[Token<'_>]) -> Option<String> {
    let mut rest = tokens;
    let mut renamed = None;
    while let [hash, open, ..] = rest
        && hash.is(b'#')
        && open.is(b'[')
    {
        let length = 1 + bracketed(&rest[1..]);
        let inside = &rest[2..length.max(3) - 1];
        if inside.first().is_some_and(|token| token.is_word("serde")) {
            let names = keys(&inside[1..]).into_iter();
            let name = names
                .filter(|(key, _)| *key == "rename")
                .find_map(|(_, value)| text(value));
            renamed = renamed.or(name);
        }
        rest = &rest[length..];
    }
    let colon = rest.iter().position(|token| token.is(b':'))?;
    let name = rest[..colon]
        .last()
        .filter(|token| token.kind == TokenKind::Word)?;
    let name = name.text.trim_start_matches("r#");
    Some(renamed.unwrap_or_else(|| name.to_owned()).to_uppercase())
}
