//! The output of a custom collector's command: a number, JSON, or `name value unit` lines.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::event::Figure;
use crate::text::{self, Inexact, excerpt};

/// Reads the whole stdout. `names` are the metrics that the configuration declares; a lone number is
/// the value of the only one. JSON is `{"name": 3}`,
/// `{"name": {"value": 3, "unit": "count", "packages": {"core": 1}}}` or an array of
/// `{"name", "value", "unit", "package"}`.
///
/// # Errors
/// With a fragment that names the line.
pub fn read(stdout: &str, names: &[String]) -> Result<Vec<Figure>, String> {
    if stdout.starts_with('\u{feff}') {
        return Err("it begins with a byte order mark".to_owned());
    }
    let text = stdout.trim();
    let figures = match text.chars().next() {
        None => return Err("nothing was printed".to_owned()),
        Some('{') => object(stdout)?,
        Some('[') => array(stdout)?,
        Some(_) => lines(stdout, names)?,
    };
    check(figures, names)
}

/// The largest number up to which a float represents every whole number exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value and its place, for messages.
type Placed = (String, Figure);

/// Checks that values are finite and exact, their names declared, and each given only once.
fn check(figures: Vec<Placed>, names: &[String]) -> Result<Vec<Figure>, String> {
    let declared: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    for (place, figure) in &figures {
        let Figure {
            name,
            package,
            value,
            ..
        } = figure;
        if !value.is_finite() {
            return Err(format!("{place}`{name}` is {value}, not a finite number"));
        }
        if value.abs() > EXACT {
            return Err(format!(
                "{place}`{name}` is beyond 2^53, where whole numbers are no longer exact"
            ));
        }
        if !declared.contains(name.as_str()) {
            return Err(format!(
                "{place}`{name}` is not declared, only {}",
                listed(names)
            ));
        }
        if !seen.insert((name, package)) {
            let package = package
                .as_ref()
                .map_or_else(String::new, |package| format!(" for `{package}`"));
            return Err(format!("{place}printed `{name}`{package} twice"));
        }
    }
    Ok(figures.into_iter().map(|(_, figure)| figure).collect())
}

/// Reads lines of `name value` or `name value unit`, or one number.
fn lines(stdout: &str, names: &[String]) -> Result<Vec<Placed>, String> {
    let lines: Vec<(usize, Vec<&str>)> = stdout
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.split_whitespace().collect::<Vec<_>>()))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    if let [(at, words)] = lines.as_slice()
        && let [number] = words.as_slice()
    {
        let [name] = names else {
            return Err(format!(
                "line {at}: one number, but the metrics are {}",
                listed(names)
            ));
        };
        return Ok(vec![placed(*at, name, number, None)?]);
    }
    lines.iter().map(|(at, words)| line(*at, words)).collect()
}

fn line(at: usize, words: &[&str]) -> Result<Placed, String> {
    match words {
        [name, value] => placed(at, name, value, None),
        [name, value, unit] => placed(at, name, value, Some(unit)),
        _ => Err(format!(
            "line {at}: expected `name value` or `name value unit`"
        )),
    }
}

fn placed(at: usize, name: &str, value: &str, unit: Option<&str>) -> Result<Placed, String> {
    let text = value;
    let value = number(text).ok_or_else(|| format!("line {at}: `{text}` is not a number"))?;
    if is_rounded(text, value) {
        return Err(format!("line {at}: {}", inexact(text)));
    }
    let figure = Figure {
        name: name.to_owned(),
        package: None,
        value,
        unit: unit.map(str::to_owned),
    };
    Ok((format!("line {at}: "), figure))
}

/// Reads a number. A whole number that a float would round becomes the largest float, which [`check`]
/// refuses.
fn number(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let is_rounded = text
        .parse::<i128>()
        .is_ok_and(|whole| whole.unsigned_abs() > EXACT as u128);
    Some(if is_rounded {
        f64::MAX.copysign(value)
    } else {
        value
    })
}

/// Returns whether a value differs from its text and [`check`] would not notice it.
fn is_rounded(text: &str, value: f64) -> bool {
    value.is_finite() && value.abs() <= EXACT && text::inexact(text).is_some()
}

fn inexact(number: &str) -> String {
    let why = text::inexact(number).unwrap_or(Inexact::Rounded);
    let advice = match why {
        Inexact::Underflow => "print 0",
        Inexact::Overflow => "print a smaller number",
        Inexact::Rounded => "print at most 15 of them",
    };
    format!("`{}` {why}; {advice}", excerpt(number))
}

/// Checks that no number in a valid JSON text is rounded.
fn check_json_numbers(text: &str) -> Result<(), String> {
    let is_number_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    for (line, text) in (1..).zip(text.lines()) {
        // Strings do not extend over lines in JSON. Every second part is a string, since the others
        // contain no quotes.
        let text = text.replace("\\\\", "").replace("\\\"", "");
        let words = text.split('"').step_by(2);
        let words = words.flat_map(|part| part.split(|c| !is_number_part(c)));
        let mut numbers = words.filter_map(|word| Some((word, number(word)?)));
        if let Some((number, _)) = numbers.find(|(word, value)| is_rounded(word, *value)) {
            return Err(format!("line {line}: {}", inexact(number)));
        }
    }
    Ok(())
}

/// The entry of a metric with more than its value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detailed {
    value: f64,
    unit: Option<String>,
    #[serde(default)]
    packages: Unique<f64>,
}

/// An entry of the array.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `name` and `value`")]
struct ArrayEntry {
    name: String,
    value: f64,
    unit: Option<String>,
    package: Option<String>,
}

/// A JSON object without duplicate keys. JSON permits them, and a map would silently keep the last.
struct Unique<T>(BTreeMap<String, T>);

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(UniqueVisitor(PhantomData))
    }
}

struct UniqueVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for UniqueVisitor<T> {
    type Value = Unique<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            let twice = format!("`{name}` is given twice");
            if entries.insert(name, value).is_some() {
                return Err(A::Error::custom(twice));
            }
        }
        Ok(Unique(entries))
    }
}

/// A number alone, or with its details.
struct MetricEntry(Detailed);

impl<'de> Deserialize<'de> for MetricEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(MeasuredVisitor)
    }
}

struct MeasuredVisitor;

impl MetricEntry {
    fn number(value: f64) -> Self {
        Self(Detailed {
            value,
            unit: None,
            packages: Unique::default(),
        })
    }
}

impl<'de> Visitor<'de> for MeasuredVisitor {
    type Value = MetricEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or an object with `value`")
    }

    fn visit_f64<E>(self, value: f64) -> Result<MetricEntry, E> {
        Ok(MetricEntry::number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<MetricEntry, E> {
        Ok(MetricEntry::number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<MetricEntry, E> {
        // Rounding must not bring a number back to the last exact one.
        Ok(MetricEntry::number(if value > EXACT as u64 {
            f64::MAX
        } else {
            value as f64
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MetricEntry, A::Error> {
        Detailed::deserialize(MapAccessDeserializer::new(map)).map(MetricEntry)
    }
}

fn object(text: &str) -> Result<Vec<Placed>, String> {
    let entries: Unique<MetricEntry> =
        serde_json::from_str(text).map_err(|error| bad_json(&error))?;
    check_json_numbers(text)?;
    let mut figures = Vec::new();
    for (name, MetricEntry(detailed)) in entries.0 {
        let packages = detailed.packages.0.into_iter();
        let packages = packages.map(|(package, value)| (Some(package), value));
        for (package, value) in std::iter::once((None, detailed.value)).chain(packages) {
            let (name, unit) = (name.clone(), detailed.unit.clone());
            let figure = Figure {
                name,
                package,
                value,
                unit,
            };
            figures.push((String::new(), figure));
        }
    }
    Ok(figures)
}

fn array(text: &str) -> Result<Vec<Placed>, String> {
    let entries: Vec<ArrayEntry> = serde_json::from_str(text).map_err(|error| bad_json(&error))?;
    check_json_numbers(text)?;
    let figures = entries.into_iter().enumerate().map(|(at, entry)| {
        let figure = Figure {
            name: entry.name,
            package: entry.package,
            value: entry.value,
            unit: entry.unit,
        };
        (format!("entry {}: ", at + 1), figure)
    });
    Ok(figures.collect())
}

/// Returns `line 2: expected value at column 3`; serde_json writes the place at the end.
fn bad_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(what, _)| what);
    format!("line {}: {what} at column {}", error.line(), error.column())
}

fn listed(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
