//! The condition language `OP OPERAND` of gates, alerts and bisecting.
//!
//! Parses a condition and checks it against the unit of its metric. Positions are byte offsets in
//! the text of the condition, not in a configuration file.
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
//! A number without unit is in the metric's unit. After a reference, `%` is relative to the
//! reference even if the metric is a percentage: with a baseline of 50 %, `baseline - 2%` is 49 %
//! and `baseline - 2` is 48 %.

use std::ops::Range;

use strsim::levenshtein;

use crate::gate::{Condition, Op, Operand, Reference, Shift};
use crate::metric::Unit;
use crate::text::{Inexact, excerpt, inexact};

mod unit;

#[cfg(test)]
mod tests;

/// An error in a condition, with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// Byte range in the condition. Empty if something is missing there.
    pub at: Range<usize>,
    /// The error: `expected a number`.
    pub message: String,
    /// How to fix it: `write "< 20" or "<= baseline + 10%"`.
    pub help: Option<String>,
}

/// Parses a condition on a metric with this unit. Numbers are converted to the unit (`2m` is 120
/// seconds).
///
/// # Errors
/// If the condition is invalid or does not fit the unit. Only the first error is reported.
pub fn parse(text: &str, unit: &Unit) -> Result<Condition, ConditionError> {
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
        return Err(ConditionError {
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

/// The help for errors without a more specific one.
const EXAMPLE: &str = "write `< 20` or `<= baseline + 10%`";

/// The operators. Longer ones come first, so that `<=` is not read as `<`.
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

/// Common mistakes, each with the intended operator. Empty if that is unclear.
const MISTAKEN: [(&str, &str); 6] = [
    ("=>", ">="),
    ("=<", "<="),
    ("<>", ""),
    ("!=", ""),
    ("≠", ""),
    ("!", ""),
];

/// Reads the operator at the beginning of the condition.
fn operator(rest: &mut Cursor<'_>) -> Result<Op, ConditionError> {
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

/// Reads a number with an optional sign, or a reference with an optional shift.
fn operand(rest: &mut Cursor<'_>, unit: &Unit) -> Result<Operand, ConditionError> {
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

/// Reads an optional shift such as `+ 10%` or `- 5s`.
fn shift(rest: &mut Cursor<'_>, unit: &Unit) -> Result<Shift, ConditionError> {
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

/// A number as written, with its unit and their positions.
struct ParsedNumber<'a> {
    value: f64,
    at: Range<usize>,
    unit: Option<(&'a str, Range<usize>)>,
}

impl ParsedNumber<'_> {
    /// Converts the value to the unit of the metric.
    fn convert(&self, metric: &Unit) -> Result<f64, ConditionError> {
        let Some((name, at)) = &self.unit else {
            return Ok(self.value);
        };
        let factor = unit::factor(name, metric).map_err(|wrong| ConditionError {
            at: at.clone(),
            message: wrong.message,
            help: Some(wrong.help),
        })?;
        let value = self.value * factor;
        let why = if !value.is_finite() {
            Inexact::Overflow
        } else if value == 0.0 && self.value != 0.0 {
            Inexact::Underflow
        } else {
            return Ok(value);
        };
        let message = format!("the number {why} in the unit of the metric");
        Err(problem(self.at.clone(), &message, why.advice()))
    }
}

/// Reads a number with an optional unit. `expected` completes the error message if there is none.
fn number<'a>(rest: &mut Cursor<'a>, expected: &str) -> Result<ParsedNumber<'a>, ConditionError> {
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
            &format!("`{}` is not a number", excerpt(digits)),
            "write numbers like 20, 1_000 or 1.5",
        )
    })?;
    check_exact(digits, &at)?;
    refuse_exponent(rest, start)?;
    rest.skip_space();
    let start = rest.at;
    let name = rest.take_while(|c| c == '%' || is_word(c));
    let unit = (!name.is_empty()).then_some((name, start..rest.at));
    Ok(ParsedNumber { value, at, unit })
}

/// Refuses an exponent after the digits that begin at `start`. It would be read as a unit.
fn refuse_exponent(rest: &mut Cursor<'_>, start: usize) -> Result<(), ConditionError> {
    let Some(exponent) = rest.rest().strip_prefix(['e', 'E']) else {
        return Ok(());
    };
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !digits.starts_with(is_digit) {
        return Ok(());
    }
    rest.take_while(|c| matches!(c, 'e' | 'E' | '+' | '-') || is_digit(c));
    let at = start..rest.at;
    let message = format!("`{}` has an exponent", excerpt(&rest.text[at.clone()]));
    Err(problem(at, &message, "write numbers like 20, 1_000 or 1.5"))
}

/// Parses `1_000` or `1.5`. Rejects leading and trailing points and underscores.
fn value(digits: &str) -> Option<f64> {
    if !digits.starts_with(is_digit) || !digits.ends_with(is_digit) {
        return None;
    }
    digits.replace('_', "").parse().ok()
}

/// Checks that a float represents the number, as otherwise the condition would mean another number.
fn check_exact(digits: &str, at: &Range<usize>) -> Result<(), ConditionError> {
    match inexact(&digits.replace('_', "")) {
        None => Ok(()),
        Some(why) => {
            let message = format!("`{}` {why}", excerpt(digits));
            Err(problem(at.clone(), &message, why.advice()))
        }
    }
}

/// Returns the error for an unknown reference, with a suggestion if one is similar.
fn unknown_reference(word: &str, at: Range<usize>) -> ConditionError {
    let lower = word.to_lowercase();
    let near = REFERENCES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| is_near(&lower, name));
    let help = match near.min_by_key(|name| levenshtein(&lower, name)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "a reference is baseline, previous or best".to_owned(),
    };
    problem(at, &format!("unknown reference `{word}`"), &help)
}

/// Returns whether a word is within three edits of a reference, or abbreviates it.
fn is_near(word: &str, name: &str) -> bool {
    let edits = levenshtein(word, name);
    edits <= 3 && edits < word.chars().count() || word.len() > 2 && name.starts_with(word)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn problem(at: Range<usize>, message: &str, help: &str) -> ConditionError {
    ConditionError {
        at,
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}

/// A position in the text being parsed.
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

    /// Reads a `+`, a `-`, or the minus sign (U+2212) that our reports use.
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
