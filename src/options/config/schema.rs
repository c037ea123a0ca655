//! The JSON Schema of `campaign.toml`, made from the tables of its keys.

use serde_json::{Map, Value, json};

use super::keys::{self, KeyTable, KeyType};
use crate::collector::{self, Definition};

/// Returns the JSON Schema (draft 2020-12) of `campaign.toml`.
///
/// It covers names, types and required keys. Metrics, conditions and references between sections are
/// checked only when the file is read.
pub fn schema() -> Value {
    let job = json!({ "anyOf": [text(), table(&keys::SCHEDULE)] });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "campaign.toml",
        "description": "Configuration of cargo campaign",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "campaign": table(&keys::CAMPAIGN),
            "collect": collect(),
            "gates": gates(),
            "waiver": array_of(table(&keys::WAIVER)),
            "workstream": array_of(table(&keys::WORKSTREAM)),
            "release": table(&keys::RELEASE),
            "store": table(&keys::STORE),
            "schedule": {
                "type": "object",
                "properties": properties(&[&keys::SCHEDULE_SETTINGS]),
                "additionalProperties": { "anyOf": [job, array_of(job.clone())] },
            },
            "alert": array_of(table(&keys::ALERT)),
            "notify": array_of(table(&keys::NOTIFY)),
            "experiment": {
                "type": "object",
                "additionalProperties": table(&keys::EXPERIMENT),
            },
            "milestone": array_of(table(&keys::MILESTONE)),
            "attested": {
                "type": "object",
                "additionalProperties": table(&keys::METRIC),
            },
            "decisions": table(&keys::DECISIONS),
            "risk": array_of(table(&keys::RISK)),
            "document": array_of(table(&keys::DOCUMENT)),
        },
    })
}

/// Returns the schema of a table that has only these keys.
fn table(table: &KeyTable) -> Value {
    closed(properties(&[table]), &table.required())
}

/// Returns the schemas of the keys of several tables.
fn properties(tables: &[&KeyTable]) -> Map<String, Value> {
    let keys = tables.iter().flat_map(|table| table.keys);
    keys.map(|key| {
        let mut schema = value(key.kind);
        schema["description"] = key.doc.into();
        if !key.default.is_empty() {
            schema["description"] = format!("{}; default: {}", key.doc, key.default).into();
        }
        (key.name.to_owned(), schema)
    })
    .collect()
}

/// Returns the schema of an object without further properties.
fn closed(properties: Map<String, Value>, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}

/// Returns the schema of a value.
fn value(kind: KeyType) -> Value {
    match kind {
        KeyType::Text | KeyType::Duration | KeyType::Version => text(),
        KeyType::Flag => json!({ "type": "boolean" }),
        KeyType::Count(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        KeyType::Texts => array_of(text()),
        KeyType::Efforts => json!({ "anyOf": [text(), array_of(text())] }),
        KeyType::Levels(inner) => json!({ "anyOf": [text(), array_of(table(inner))] }),
        KeyType::Date => json!({ "type": "string", "format": "date" }),
        KeyType::Choice(words) => json!({ "enum": words }),
        KeyType::Quantity => json!({ "anyOf": [{ "type": "number" }, text()] }),
        KeyType::Command | KeyType::Paths => {
            json!({ "anyOf": [text(), non_empty_array_of(text())] })
        }
        KeyType::Commands => json!({
            "type": "object",
            "additionalProperties": value(KeyType::Command),
        }),
        KeyType::Gates => gates(),
        KeyType::Metrics => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": table(&keys::METRIC),
        }),
        KeyType::Tables(inner) => array_of(table(inner)),
        KeyType::Table(inner) => table(inner),
    }
}

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn array_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn non_empty_array_of(items: Value) -> Value {
    json!({ "type": "array", "items": items, "minItems": 1 })
}

/// Returns the schema of `[collect]` with the tables of built-in and custom collectors.
fn collect() -> Value {
    let mut properties = properties(&[&keys::COLLECT]);
    properties["default"]["minItems"] = 1.into();
    for definition in collector::ALL {
        properties.insert(definition.name.to_owned(), built_in(definition));
    }
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": table(&keys::CUSTOM_COLLECTOR),
    })
}

/// Returns the schema of `[collect.NAME]` of a built-in collector.
fn built_in(definition: &Definition) -> Value {
    let all = properties(&[&keys::COLLECTOR, &keys::INPUTS]);
    let known = definition.keys();
    let inputs = keys::INPUTS.names();
    let mut properties: Map<String, Value> = all
        .into_iter()
        .filter(|(name, _)| known.contains(&name.as_str()) || inputs.contains(&name.as_str()))
        .collect();
    for setting in definition.settings {
        properties.insert(setting.key.to_owned(), value(setting.kind.into()));
    }
    closed(properties, &[])
}

/// Returns the schema of `[gates]` and of the gates of a workstream.
fn gates() -> Value {
    let one = json!({ "anyOf": [text(), table(&keys::GATE)] });
    let several = json!({ "anyOf": [one, non_empty_array_of(one.clone())] });
    let group = json!({
        "type": "object",
        "propertyNames": { "not": { "enum": keys::GATE.names() } },
        "additionalProperties": several,
    });
    json!({
        "type": "object",
        "additionalProperties": { "anyOf": [several.clone(), group] },
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::options::config;
    use crate::options::tree::{self, TomlKind, TomlNode};
    use crate::tests::json_schema::is_valid;

    /// Returns a TOML value as JSON, as editors convert it.
    fn as_json(node: &TomlNode) -> Value {
        match &node.kind {
            TomlKind::Text(text) | TomlKind::Date(text) => json!(text),
            TomlKind::Integer(number) => json!(number),
            TomlKind::Float(number) => json!(number),
            TomlKind::Flag(flag) => json!(flag),
            TomlKind::List(nodes) => nodes.iter().map(as_json).collect(),
            TomlKind::Table(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), as_json(&entry.value)))
                .collect(),
        }
    }

    /// Returns the files of `fixtures/config` that are TOML, with their names.
    fn fixtures() -> Vec<(String, String)> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config");
        let mut cases: Vec<(String, String)> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| {
                let text = fs::read_to_string(entry.path().join("campaign.toml")).unwrap();
                (entry.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        cases.sort();
        cases
    }

    /// Returns the TOML examples of a page that are whole configurations.
    fn examples(page: &str) -> Vec<(String, String)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let text = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        let blocks = text.split("```toml\n").skip(1);
        blocks
            .map(|block| {
                (
                    page.to_owned(),
                    block.split("```").next().unwrap().to_owned(),
                )
            })
            .collect()
    }

    /// A configuration with every section and most keys.
    const COMPLETE: &str = r#"
[campaign]
name = "a"
release = "2.0.0"

[collect]
default = ["check", "todo"]
features = ["b"]
all-features = false
no-default-features = true
profile = "ci"
target = "x86_64-unknown-linux-gnu"
target-dir = "out"
exclude = ["c"]
benches = false
timeout = "20m"
test = { runner = "nextest", durations = true, args = ["--lib"], allow-empty = true }
bench = { repeats = 5, max-age = "7d" }
clippy = { cap-lints = true, env = ["A"], timeout = "1h" }
doc.missing = true

[collect.todo]
command = "todo"
inputs = ["@sources"]
metrics = { "todo.open" = { unit = "count", better = "lower", title = "to-dos" } }

[gates]
"check.errors" = "= 0"
"todo.open" = ["<= previous", { require = "< 50", level = "warn", package = "*" }]
[gates.tests]
"test.failed" = "= 0"
"test.passed" = { require = ">= baseline" }

[[waiver]]
gate = "check.errors"
reason = "b"
owner = "c"
until = 2030-12-31
ceiling = 3

[[workstream]]
id = "1"
title = "d"
owner = "e"
needs = []
estimate = "2d"
paths = ["f"]
deliverables = ["g"]
gates = { "test.failed" = "= 0" }

[release]
attestations = ["h"]
branch = "main"
tag = "v{version}"
changelog = "CHANGES.md"
changelogs = "per-crate"
no-changelog = ["i"]
not-notable = ["*.md"]
squash-bodies = true
notes = "notes/{version}.md"
message = "release {version}"
[[release.replace]]
file = "README.md"
search = "j = {version}"
count = 2
package = "k"

[store]
keep = 500
max-age = "365d"

[schedule]
check = "every 60m"
build = { every = "2h", args = ["--release"] }

[[alert]]
when = "check.errors > 0"
severity = "critical"
deliver = "daily"
for = "2 runs"
package = "*"

[[notify]]
on = ["alert.*", "run.failed"]
webhook = { env = "SLACK_URL" }
format = "slack"
[[notify]]
on = ["*"]
command = ["./notify", "-v"]
[[notify]]
on = ["alert.critical"]
terminal = true
[[notify]]
on = ["alert.critical"]
file = "out/alerts.jsonl"
"#;

    #[test]
    fn schema_accepts_every_valid_configuration() {
        let schema = schema();
        let errors = config::parse("campaign.toml", COMPLETE).err();
        assert_eq!(errors, None);
        let pages = ["README.md", "docs/reference/configuration.md"];
        let complete = ("complete".to_owned(), COMPLETE.to_owned());
        let texts = fixtures()
            .into_iter()
            .chain(pages.iter().flat_map(|page| examples(page)))
            .chain([complete]);
        for (name, text) in texts {
            if config::parse("campaign.toml", &text).is_ok() {
                let value = as_json(&tree::parse(&text).unwrap());
                assert!(is_valid(&schema, &value), "{name}: {value:#}");
            }
        }
    }

    #[test]
    fn schema_rejects_unknown_keys_wrong_types_and_missing_keys() {
        let schema = schema();
        for name in [
            "collect-flag-as-text",
            "collect-default-empty",
            "collect-misplaced-setting",
            "collect-repeats-range",
            "collect-unknown-key",
            "collect-unknown-runner",
            "collect-unknown-setting",
            "gate-a-number",
            "gate-unknown-key",
            "gate-unknown-level",
            "gate-without-require",
            "own-metric-direction",
            "own-without-command",
            "own-without-metrics",
            "release-a-number",
            "unknown-key-campaign",
            "unknown-section",
            "waiver-one-table",
            "waiver-unknown-key",
        ] {
            let (_, text) = fixtures()
                .into_iter()
                .find(|(case, _)| case == name)
                .unwrap();
            let value = as_json(&tree::parse(&text).unwrap());
            assert!(!is_valid(&schema, &value), "{name}: {value:#}");
        }
    }

    #[test]
    fn tables_agree_with_the_reader_and_the_collectors() {
        assert_eq!(keys::COLLECTOR.names(), collector::Settings::KEYS);
        for table in keys::TABLES {
            assert!(!table.keys.is_empty(), "{}", table.heading);
            assert!(
                table.keys.iter().all(|key| !key.doc.is_empty()),
                "{}",
                table.heading
            );
        }
    }
}
