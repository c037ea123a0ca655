//! A TOML document as a tree in which every key and value has its byte range.
//!
//! `toml_edit` parses the document. The tree replaces its different kinds of tables by a single
//! one.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::mistake::Mistake;

/// A value with its position.
#[derive(Clone, Debug)]
pub struct TomlNode {
    /// Byte range. For a table with a header, the range of the header.
    pub at: Range<usize>,
    /// The value itself.
    pub kind: TomlKind,
}

/// A TOML value.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TomlKind {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// A date or time, as written.
    Date(String),
    /// An array, also of tables.
    List(Vec<TomlNode>),
    /// A table in any notation, in the order of the file.
    Table(Vec<TomlEntry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct TomlEntry {
    /// The key without quotes.
    pub key: String,
    /// Byte range of the key, including quotes.
    pub key_at: Range<usize>,
    /// Its value.
    pub value: TomlNode,
}

impl TomlNode {
    /// Returns the entries of a table. Empty for any other value.
    pub fn entries(&self) -> &[TomlEntry] {
        match &self.kind {
            TomlKind::Table(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|e| e.key == key)
            .map(|e| &e.value)
    }

    /// Returns the text of a string.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            TomlKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the type of the value for messages, with an article.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            TomlKind::Text(_) => "a string",
            TomlKind::Integer(_) => "an integer",
            TomlKind::Float(_) => "a float",
            TomlKind::Flag(_) => "a boolean",
            TomlKind::Date(_) => "a date",
            TomlKind::List(_) => "an array",
            TomlKind::Table(_) => "a table",
        }
    }
}

/// Parses a document.
///
/// # Errors
/// If the syntax is invalid or a key is duplicated. Only the first error is reported, because the
/// rest cannot be interpreted reliably.
pub fn parse(text: &str) -> Result<TomlNode, Mistake> {
    match Document::parse(text) {
        Ok(document) => Ok(TomlNode {
            at: 0..0,
            kind: TomlKind::Table(entries(document.as_table())),
        }),
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            let what = if error.message() == "duplicate key" {
                "duplicate key"
            } else {
                "invalid TOML"
            };
            let label = if what == error.message() {
                "set once above already"
            } else {
                error.message()
            };
            Err(Mistake::new(at, what, label))
        }
    }
}

/// Returns the entries of a table in the order of the file. `toml_edit` limits the depth of the
/// recursion.
fn entries(table: &dyn TableLike) -> Vec<TomlEntry> {
    let mut entries: Vec<TomlEntry> = table
        .iter()
        .filter_map(|(key, item)| entry(table, key, item))
        .collect();
    entries.sort_by_key(|e| e.key_at.start);
    entries
}

fn entry(table: &dyn TableLike, key: &str, item: &Item) -> Option<TomlEntry> {
    let (spanned, _) = table.get_key_value(key)?;
    let key_at = spanned.span().unwrap_or(0..0);
    let at = item.span().unwrap_or_else(|| key_at.clone());
    let kind = match item {
        Item::None => return None,
        Item::Value(value) => kind(value),
        Item::Table(table) => TomlKind::Table(entries(table)),
        Item::ArrayOfTables(tables) => TomlKind::List(
            tables
                .iter()
                .map(|t| TomlNode {
                    at: t.span().unwrap_or_else(|| at.clone()),
                    kind: TomlKind::Table(entries(t)),
                })
                .collect(),
        ),
    };
    Some(TomlEntry {
        key: key.to_owned(),
        key_at,
        value: TomlNode { at, kind },
    })
}

fn kind(value: &Value) -> TomlKind {
    match value {
        Value::String(text) => TomlKind::Text(text.value().clone()),
        Value::Integer(number) => TomlKind::Integer(*number.value()),
        Value::Float(number) => TomlKind::Float(*number.value()),
        Value::Boolean(flag) => TomlKind::Flag(*flag.value()),
        Value::Datetime(date) => TomlKind::Date(date.value().to_string()),
        Value::InlineTable(table) => TomlKind::Table(entries(table)),
        Value::Array(array) => TomlKind::List(
            array
                .iter()
                .map(|v| TomlNode {
                    at: v.span().unwrap_or_else(|| array.span().unwrap_or(0..0)),
                    kind: kind(v),
                })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key and value of the tree as `key=value text`, in order.
    fn flat(node: &TomlNode, text: &str, out: &mut Vec<String>) {
        for entry in node.entries() {
            out.push(format!(
                "{} {} {}",
                &text[entry.key_at.clone()],
                &text[entry.value.at.clone()],
                entry.value.type_name()
            ));
            flat(&entry.value, text, out);
        }
        if let TomlKind::List(nodes) = &node.kind {
            for node in nodes {
                out.push(format!("- {}", &text[node.at.clone()]));
                flat(node, text, out);
            }
        }
    }

    #[test]
    fn every_shape_of_table_has_its_place() {
        let text = "\u{feff}a = 1\r\n[t]\r\n\"q.r\" = 'x'\n[t.u]\nd.e = true\n[[w]]\ni = { k = [1.5, 2026-01-02] }\n";
        let mut out = Vec::new();
        flat(&parse(text).unwrap(), text, &mut out);
        let expected = [
            "a 1 an integer",
            "t [t] a table",
            "\"q.r\" 'x' a string",
            "u [t.u] a table",
            "d d a table",
            "e true a boolean",
            "w [[w]] an array",
            "- [[w]]",
            "i { k = [1.5, 2026-01-02] } a table",
            "k [1.5, 2026-01-02] an array",
            "- 1.5",
            "- 2026-01-02",
        ];
        assert_eq!(out, expected);
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        for (text, at, message) in [
            ("a = 1\na = 2\n", 6..7, "duplicate key"),
            ("a = \n", 4..4, "invalid TOML"),
            ("x = [1,\n", 7..7, "invalid TOML"),
            ("a = 2026-02-30", 4..14, "invalid TOML"),
        ] {
            let mistake = parse(text).unwrap_err();
            assert_eq!(
                (mistake.at, mistake.message.as_str()),
                (at, message),
                "{text}"
            );
        }
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
        assert!(parse(&format!("{}a = 1", "a.".repeat(100_000))).is_err());
    }
}
