//! A validator for the part of JSON Schema that our schemas use.

use serde_json::{Value, json};

/// Returns whether a value is valid. Panics on keywords that it does not know.
pub(crate) fn is_valid(schema: &Value, value: &Value) -> bool {
    accepts(schema, schema, value)
}

/// Returns whether a schema, which is part of the schema `root`, accepts a value.
fn accepts(root: &Value, schema: &Value, value: &Value) -> bool {
    match schema {
        Value::Bool(accepts) => *accepts,
        Value::Object(rules) => rules
            .iter()
            .all(|(keyword, rule)| satisfies(root, schema, keyword, rule, value)),
        _ => panic!("{schema}"),
    }
}

/// Returns whether a value satisfies a keyword of a schema.
fn satisfies(root: &Value, schema: &Value, keyword: &str, rule: &Value, value: &Value) -> bool {
    let length = value.as_str().map(|text| text.chars().count() as u64);
    let rules = || rule.as_array().unwrap();
    match keyword {
        "$schema" | "$defs" | "title" | "description" | "format" => true,
        "$ref" => {
            let pointer = rule.as_str().unwrap().trim_start_matches('#');
            accepts(root, root.pointer(pointer).unwrap(), value)
        }
        "type" => is_type(rule.as_str().unwrap(), value),
        "enum" => rules().contains(value),
        "minimum" => value
            .as_i64()
            .is_none_or(|number| number >= rule.as_i64().unwrap()),
        "maximum" => value
            .as_i64()
            .is_none_or(|number| number <= rule.as_i64().unwrap()),
        "minLength" => length.is_none_or(|length| length >= rule.as_u64().unwrap()),
        "minItems" => value
            .as_array()
            .is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
        "minProperties" => value
            .as_object()
            .is_none_or(|all| all.len() as u64 >= rule.as_u64().unwrap()),
        "items" => value
            .as_array()
            .is_none_or(|items| items.iter().all(|item| accepts(root, rule, item))),
        "anyOf" => rules().iter().any(|one| accepts(root, one, value)),
        "not" => !accepts(root, rule, value),
        "required" => rules()
            .iter()
            .all(|key| value.get(key.as_str().unwrap()).is_some()),
        "propertyNames" => value
            .as_object()
            .is_none_or(|all| all.keys().all(|key| accepts(root, rule, &json!(key)))),
        "properties" => value.as_object().is_none_or(|all| {
            all.iter().all(|(key, value)| {
                let known = rule.get(key);
                known.is_none_or(|known| accepts(root, known, value))
            })
        }),
        "additionalProperties" => value.as_object().is_none_or(|all| {
            all.iter()
                .filter(|(key, _)| schema["properties"].get(key).is_none())
                .all(|(_, value)| accepts(root, rule, value))
        }),
        other => panic!("keyword {other}"),
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    }
}
