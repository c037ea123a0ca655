//! A TOML document as a plain tree in which every key and value knows its bytes.
//!
//! `toml_edit` parses and locates; the tree hides its five shapes of table behind one. Knows nothing of what the keys mean.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::mistake::Mistake;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Byte range: a table with a header lies where its header is.
    pub at: Range<usize>,
    /// The value.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// A date or time, as written.
    Date(String),
    /// An array, also of tables.
    List(Vec<Node>),
    /// A table, however it is written, in the order of the file.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Without quotes.
    pub key: String,
    /// Byte range of the key, with its quotes.
    pub key_at: Range<usize>,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The entries of a table; nothing for any other kind.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|e| e.key == key)
            .map(|e| &e.value)
    }

    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, with its article, for messages.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a string",
            Kind::Integer(_) => "an integer",
            Kind::Float(_) => "a float",
            Kind::Flag(_) => "a boolean",
            Kind::Date(_) => "a date",
            Kind::List(_) => "an array",
            Kind::Table(_) => "a table",
        }
    }
}

/// Parses a document. A syntax error (duplicate keys too) is one mistake: what follows it cannot be trusted.
pub fn parse(text: &str) -> Result<Node, Mistake> {
    match Document::parse(text) {
        Ok(document) => Ok(Node {
            at: 0..0,
            kind: Kind::Table(entries(document.as_table())),
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

/// Sorted by place: `toml_edit` gathers what a file may scatter. Its depth limit bounds the recursion.
fn entries(table: &dyn TableLike) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .filter_map(|(key, item)| entry(table, key, item))
        .collect();
    entries.sort_by_key(|e| e.key_at.start);
    entries
}

fn entry(table: &dyn TableLike, key: &str, item: &Item) -> Option<Entry> {
    let (spanned, _) = table.get_key_value(key)?;
    let key_at = spanned.span().unwrap_or(0..0);
    let at = item.span().unwrap_or_else(|| key_at.clone());
    let kind = match item {
        Item::None => return None,
        Item::Value(value) => kind(value),
        Item::Table(table) => Kind::Table(entries(table)),
        Item::ArrayOfTables(tables) => Kind::List(
            tables
                .iter()
                .map(|t| Node {
                    at: t.span().unwrap_or_else(|| at.clone()),
                    kind: Kind::Table(entries(t)),
                })
                .collect(),
        ),
    };
    Some(Entry {
        key: key.to_owned(),
        key_at,
        value: Node { at, kind },
    })
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::String(text) => Kind::Text(text.value().clone()),
        Value::Integer(number) => Kind::Integer(*number.value()),
        Value::Float(number) => Kind::Float(*number.value()),
        Value::Boolean(flag) => Kind::Flag(*flag.value()),
        Value::Datetime(date) => Kind::Date(date.value().to_string()),
        Value::InlineTable(table) => Kind::Table(entries(table)),
        Value::Array(array) => Kind::List(
            array
                .iter()
                .map(|v| Node {
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
    fn flat(node: &Node, text: &str, out: &mut Vec<String>) {
        for entry in node.entries() {
            out.push(format!(
                "{} {} {}",
                &text[entry.key_at.clone()],
                &text[entry.value.at.clone()],
                entry.value.type_name()
            ));
            flat(&entry.value, text, out);
        }
        if let Kind::List(nodes) = &node.kind {
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
