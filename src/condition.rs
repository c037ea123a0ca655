//! The condition language: `OP OPERAND`, where gates, alerts and bisecting meet.
//!
//! Parses text into [`Condition`] and checks it against a metric's unit. Knows nothing of configuration files: positions
//! are byte offsets in the condition's own text.
//!
//! ```text
//! condition = op operand
//! op        = "<" | "<=" | "≤" | "=" | "==" | ">=" | "≥" | ">"
//! operand   = [sign] number | reference [sign number]
//! reference = "baseline" | "previous" | "best"
//! number    = digits ["." digits] [unit]          digits may hold "_": 1_000
//! unit      = "%" | ns us ms s m min h d | B kB MB GB TB KiB MiB GiB TiB | the metric's own
//! ```
//!
//! A bare number is in the metric's unit. After a reference `%` is always a share of the reference, for a metric in
//! percent too: `baseline - 2%` of 50 % is 49 %, `baseline - 2` is 48 %.

use std::ops::Range;

use strsim::levenshtein;

use crate::gate::{Condition, Op, Operand, Reference, Shift};
use crate::metric::Unit;

mod unit;

#[cfg(test)]
mod tests;

/// What is wrong with a condition, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Byte range in the condition; empty where something is missing.
    pub at: Range<usize>,
    /// `expected a number`.
    pub message: String,
    /// `write "< 20" or "<= baseline + 10%"`.
    pub help: Option<String>,
}

/// Parses a condition for a metric of this unit. Numbers are converted into the unit (`2m` of a time is 120).
///
/// # Errors
/// The first mistake in reading order.
pub fn parse(text: &str, unit: &Unit) -> Result<Condition, Problem> {
    let mut rest = Cursor { text, at: 0 };
    rest.skip_space();
    if rest.is_done() {
        return Err(problem(0..text.len(), "expected a condition", EXAMPLE));
    }
    let op = operator(&mut rest)?;
    let operand = operand(&mut rest, unit)?;
    rest.skip_space();
    if !rest.is_done() {
        let message = format!(
            "unexpected `{}` after the condition",
            rest.rest().trim_end()
        );
        return Err(Problem {
            at: rest.at..text.trim_end().len(),
            message,
            help: None,
        });
    }
    Ok(Condition {
        op,
        operand,
        text: text.trim().to_owned(),
    })
}

/// The help where nothing better is known.
const EXAMPLE: &str = "write `< 20` or `<= baseline + 10%`";

/// Longest first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Op); 8] = [
    ("<=", Op::AtMost),
    (">=", Op::AtLeast),
    ("==", Op::Equal),
    ("≤", Op::AtMost),
    ("≥", Op::AtLeast),
    ("<", Op::Less),
    (">", Op::More),
    ("=", Op::Equal),
];

/// What people write instead, and what they mean.
const MISTAKEN: [(&str, &str); 6] = [
    ("=>", ">="),
    ("=<", "<="),
    ("<>", ""),
    ("!=", ""),
    ("≠", ""),
    ("!", ""),
];

/// The comparison that the text must begin with.
fn operator(rest: &mut Cursor<'_>) -> Result<Op, Problem> {
    let start = rest.at;
    let sign = rest.take_while(|c| "<>=!≤≥≠".contains(c));
    if let Some((_, op)) = OPERATORS.iter().find(|(text, _)| *text == sign) {
        return Ok(*op);
    }
    if sign.is_empty() {
        let word = rest.take_while(|c| !c.is_whitespace());
        let message = format!("expected a comparison, found `{word}`");
        return Err(problem(
            start..rest.at,
            &message,
            "a condition begins with one of < <= = >= >",
        ));
    }
    let help = match MISTAKEN.iter().find(|(text, _)| *text == sign) {
        Some((_, meant)) if !meant.is_empty() => format!("did you mean `{meant}`?"),
        _ => "the comparisons are < <= = >= >".to_owned(),
    };
    Err(problem(
        start..rest.at,
        &format!("unknown comparison `{sign}`"),
        &help,
    ))
}

const REFERENCES: [(&str, Reference); 3] = [
    ("baseline", Reference::Baseline),
    ("previous", Reference::Previous),
    ("best", Reference::Best),
];

/// A number with an optional sign, or a reference with an optional shift.
fn operand(rest: &mut Cursor<'_>, unit: &Unit) -> Result<Operand, Problem> {
    rest.skip_space();
    let start = rest.at;
    if rest.peek().is_some_and(char::is_alphabetic) {
        let word = rest.take_while(is_word);
        let Some((_, reference)) = REFERENCES.iter().find(|(name, _)| *name == word) else {
            return Err(unknown_reference(word, start..rest.at));
        };
        return Ok(Operand::Reference(*reference, shift(rest, unit)?));
    }
    let sign = rest.sign().unwrap_or(1.0);
    rest.skip_space();
    let number = number(rest, "a number or baseline, previous, best")?;
    let value = number.convert(unit)?;
    Ok(Operand::Number(
        sign * value,
        number.unit.map(|_| unit.clone()),
    ))
}

/// `+ 10%`, `- 5s`, or nothing.
fn shift(rest: &mut Cursor<'_>, unit: &Unit) -> Result<Shift, Problem> {
    rest.skip_space();
    let Some(sign) = rest.sign() else {
        return Ok(Shift::Zero);
    };
    rest.skip_space();
    let number = number(rest, "a number or percentage")?;
    if number.unit.as_ref().is_some_and(|(name, _)| *name == "%") {
        return Ok(Shift::Percent(sign * number.value));
    }
    Ok(Shift::By(sign * number.convert(unit)?))
}

/// A number as written, with its unit and where they stand.
struct Number<'a> {
    value: f64,
    at: Range<usize>,
    unit: Option<(&'a str, Range<usize>)>,
}

impl Number<'_> {
    /// The value in the metric's unit.
    fn convert(&self, metric: &Unit) -> Result<f64, Problem> {
        let Some((name, at)) = &self.unit else {
            return Ok(self.value);
        };
        let factor = unit::factor(name, metric).map_err(|wrong| Problem {
            at: at.clone(),
            message: wrong.message,
            help: Some(wrong.help),
        })?;
        let value = self.value * factor;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(problem(self.at.clone(), "the number is too large", EXAMPLE))
        }
    }
}

/// Digits and what follows them; `expected` says what was hoped for when there are none.
fn number<'a>(rest: &mut Cursor<'a>, expected: &str) -> Result<Number<'a>, Problem> {
    let start = rest.at;
    let digits = rest.take_while(|c| c.is_ascii_digit() || c == '.' || c == '_');
    let at = start..rest.at;
    if digits.is_empty() {
        let found = rest.take_while(|c| !c.is_whitespace());
        let found = if found.is_empty() {
            String::new()
        } else {
            format!(", found `{found}`")
        };
        return Err(problem(
            start..rest.at,
            &format!("expected {expected}{found}"),
            EXAMPLE,
        ));
    }
    let value = value(digits).ok_or_else(|| {
        problem(
            at.clone(),
            &format!("`{digits}` is not a number"),
            "write numbers like 20, 1_000 or 1.5",
        )
    })?;
    rest.skip_space();
    let start = rest.at;
    let name = rest.take_while(|c| c == '%' || is_word(c));
    let unit = (!name.is_empty()).then_some((name, start..rest.at));
    Ok(Number { value, at, unit })
}

/// `1_000`, `1.5`; no leading or trailing point or underscore; finite.
fn value(digits: &str) -> Option<f64> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    if !edge(digits.chars().next()) || !edge(digits.chars().next_back()) {
        return None;
    }
    digits
        .replace('_', "")
        .parse()
        .ok()
        .filter(|v: &f64| v.is_finite())
}

/// Suggests the reference within three edits, or the one it abbreviates.
fn unknown_reference(word: &str, at: Range<usize>) -> Problem {
    let lower = word.to_lowercase();
    let is_near = |name: &str| {
        let edits = levenshtein(&lower, name);
        edits <= 3 && edits < lower.chars().count() || lower.len() > 2 && name.starts_with(&lower)
    };
    let near = REFERENCES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| is_near(name));
    let help = match near.min_by_key(|name| levenshtein(&lower, name)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "a reference is baseline, previous or best".to_owned(),
    };
    problem(at, &format!("unknown reference `{word}`"), &help)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn problem(at: Range<usize>, message: &str, help: &str) -> Problem {
    Problem {
        at,
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}

/// A place in the text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn is_done(&self) -> bool {
        self.at == self.text.len()
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// `+`, `-`, or the minus sign (U+2212) that our own screens print.
    fn sign(&mut self) -> Option<f64> {
        let c = self.peek()?;
        let sign = match c {
            '+' => 1.0,
            '-' | '\u{2212}' => -1.0,
            _ => return None,
        };
        self.at += c.len_utf8();
        Some(sign)
    }
}
