//! The generated parts of the reference in `docs/reference/` and the JSON Schema of the report agree
//! with the code.
//!
//! A part stands between `<!-- generated: NAME -->` and `<!-- /generated -->`. To rewrite them all, run
//! `cargo test --test it -- --ignored reference::accept`.

use std::fs;

use cargo_campaign::cli;
use cargo_campaign::collector;
use cargo_campaign::metric::{Alike, Better, Catalogue};
use cargo_campaign::options::config::keys::{self, ConfigKey, KeyTable, KeyType};
use cargo_campaign::report::sections::SECTIONS;
use cargo_campaign::report::{FORMATS, KINDS};

use serde_json::{Value, json};

use crate::harness::repository;

/// A generated part: its name, the page that it stands in, and the function that writes it.
type Part = (&'static str, &'static str, fn() -> String);

const PARTS: [Part; 10] = [
    ("commands", "docs/reference/commands.md", commands),
    (
        "global options",
        "docs/reference/commands.md",
        global_options,
    ),
    (
        "command sections",
        "docs/reference/commands.md",
        command_sections,
    ),
    ("exit codes", "docs/reference/commands.md", exit_codes),
    ("formats", "docs/reference/commands.md", formats),
    ("metrics", "docs/reference/metrics.md", metrics),
    ("keys of one collector", CONFIGURATION, collector_keys),
    ("report objects", "docs/reference/report.md", report_objects),
    ("kinds of reports", DOCUMENTS, kinds_of_reports),
    ("sections of documents", DOCUMENTS, sections_of_documents),
];

/// The page with the kinds of reports and their sections.
const DOCUMENTS: &str = "docs/documents.md";

fn kinds_of_reports() -> String {
    let mut table = String::from("| `report` | contents | sections |\n|---|---|---|\n");
    for kind in KINDS {
        let names = kind.sections.iter().map(|one| format!("`{}`", one.name));
        let names = names.collect::<Vec<_>>().join(", ");
        table += &format!("| `{}` | {} | {names} |\n", kind.name, kind.about);
    }
    table
}

fn sections_of_documents() -> String {
    let mut table = String::from("| section | contents |\n|---|---|\n");
    for section in SECTIONS {
        table += &format!("| `{}` | {} |\n", section.name, section.about);
    }
    table
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path))
        .unwrap_or_else(|e| panic!("{path}: {e}"))
        .replace("\r\n", "\n")
}

/// Returns a page with one generated part replaced.
fn with_part(page: &str, name: &str, text: &str) -> String {
    let opening = format!("<!-- generated: {name} -->\n");
    let (before, rest) = page
        .split_once(&opening)
        .unwrap_or_else(|| panic!("no {opening}"));
    let at = rest
        .find("<!-- /generated -->")
        .expect("the part has an end");
    format!("{before}{opening}\n{}\n\n{}", text.trim(), &rest[at..])
}

/// The page with the keys of the configuration.
const CONFIGURATION: &str = "docs/reference/configuration.md";

/// Returns every generated part: its name, its page and its text.
fn parts() -> Vec<(String, &'static str, String)> {
    let fixed = PARTS.map(|(name, path, generate)| (name.to_owned(), path, generate()));
    let tables = keys::TABLES.iter().map(|table| {
        let name = format!("keys of {}", table.heading);
        (name, CONFIGURATION, configuration_keys(table))
    });
    fixed.into_iter().chain(tables).collect()
}

#[test]
fn generated_parts_agree_with_the_code() {
    for (name, path, text) in parts() {
        let page = read(path);
        let wanted = with_part(&page, &name, &text);
        let differs = page
            .lines()
            .zip(wanted.lines())
            .find(|(page, wanted)| page != wanted);
        assert!(
            page == wanted,
            "{path}: `{name}` differs (page, code): {differs:?}; see the top of {}",
            file!()
        );
    }
}

#[test]
#[ignore = "rewrites docs/reference/ and the schema of the report; read the difference"]
fn accept() {
    for (name, path, text) in parts() {
        let page = with_part(&read(path), &name, &text);
        fs::write(repository().join(path), page).expect("a page can be written");
    }
    let schema = repository().join(REPORT_SCHEMA);
    fs::write(schema, report_schema()).expect("the schema can be written");
}

/// Returns a Markdown table.
fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let rule = format!("|{}\n", "---|".repeat(headings.len()));
    let rows: String = rows.iter().map(|row| line(row)).collect();
    line(&headings) + &rule + &rows
}

/// Escapes a sentence for a cell. Text between backticks stays as it is.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .split('`')
        .enumerate()
        .map(|(at, part)| match at % 2 {
            0 => part.replace('<', "\\<"),
            _ => format!("`{part}`"),
        })
        .collect()
}

/// Returns the commands and subcommands, each with its name as typed.
fn every_command() -> Vec<(String, clap::Command)> {
    let mut parser = cli::parser();
    parser.build();
    let mut found = Vec::new();
    for command in shown(&parser) {
        let name = command.get_name().to_owned();
        found.push((name.clone(), command.clone()));
        for inner in shown(&command) {
            found.push((format!("{name} {}", inner.get_name()), inner));
        }
    }
    found
}

fn shown(command: &clap::Command) -> Vec<clap::Command> {
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
        .cloned()
        .collect()
}

fn commands() -> String {
    let rows: Vec<Vec<String>> = every_command()
        .iter()
        .map(|(name, command)| {
            let anchor = name.replace(' ', "-");
            let about = command.get_about().map(ToString::to_string);
            vec![
                format!("[`{name}`](#{anchor})"),
                cell(&about.unwrap_or_default()),
            ]
        })
        .collect();
    table(&["command", "purpose"], &rows)
}

/// Returns the row of an option or argument.
fn option_row(arg: &clap::Arg) -> Vec<String> {
    let values: String = arg
        .get_value_names()
        .filter(|_| arg.get_action().takes_values())
        .map(|names| names.iter().map(|name| format!(" {name}")).collect())
        .unwrap_or_default();
    let spelling = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("`-{short}`, `--{long}{values}`"),
        (None, Some(long)) => format!("`--{long}{values}`"),
        _ => format!("`{}`", values.trim()),
    };
    let help = arg.get_long_help().or_else(|| arg.get_help());
    let mut help = help.map(ToString::to_string).unwrap_or_default();
    let default = arg.get_default_values().iter().map(|v| v.to_string_lossy());
    for value in default.filter(|_| arg.get_action().takes_values()) {
        help += &format!(" (default: `{value}`)");
    }
    vec![spelling.replace('|', "\\|"), cell(&help)]
}

/// The headings under which `--help` lists options that several commands have.
const HEADINGS: [&str; 3] = ["Global options", "Package selection", "Build options"];

fn global_options() -> String {
    let parser = cli::parser();
    let mut text = String::new();
    for heading in HEADINGS {
        let rows: Vec<Vec<String>> = parser
            .get_arguments()
            .filter(|arg| arg.is_global_set() && arg.get_help_heading() == Some(heading))
            .map(option_row)
            .collect();
        let table = table(&["option", "meaning"], &rows);
        text += &format!("### {heading}\n\n{table}\n");
    }
    text
}

fn command_sections() -> String {
    every_command()
        .into_iter()
        .map(|(name, command)| section(&name, command))
        .collect()
}

/// Returns what a command does and which arguments it takes.
fn section(name: &str, mut command: clap::Command) -> String {
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = cell(&about.map(ToString::to_string).unwrap_or_default());
    let about = match about.split_once("\n\n") {
        Some((summary, rest)) => format!("{summary}.\n\n{rest}"),
        None => about + ".",
    };
    let usage = command.render_usage().to_string().replace("Usage: ", "");
    let mut text = format!(
        "### {name}\n\n{about}\n\n```text\n{}\n```\n\n",
        usage.trim()
    );
    let own: Vec<Vec<String>> = command
        .get_arguments()
        .filter(|arg| !arg.is_global_set() && !arg.is_hide_set())
        .filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
        .map(option_row)
        .collect();
    if !own.is_empty() {
        text += &table(&["argument", "meaning"], &own);
        text.push('\n');
    }
    text
}

fn formats() -> String {
    let rows: Vec<Vec<String>> = FORMATS
        .iter()
        .map(|format| vec![format!("`{}`", format.name), cell(format.about)])
        .collect();
    table(&["format", "contents"], &rows)
}

/// Reads the exit codes from the documentation of `Exit`.
fn exit_codes() -> String {
    let source = read("src/ops/exit.rs");
    let variants = source
        .lines()
        .map(str::trim)
        .skip_while(|line| !line.contains(" enum Exit {"))
        .take_while(|line| *line != "}");
    let mut meaning = "";
    let mut rows = Vec::new();
    for line in variants {
        if let Some(doc) = line.strip_prefix("/// ") {
            meaning = doc.trim_end_matches('.');
        } else if let Some((_, code)) = line.split_once(" = ") {
            rows.push(vec![
                code.trim_end_matches(',').to_owned(),
                meaning.to_owned(),
            ]);
        }
    }
    table(&["exit", "meaning"], &rows)
}

/// Returns the rows of a table of the configuration.
fn configuration_keys(keys: &KeyTable) -> String {
    let rows: Vec<Vec<String>> = keys.keys.iter().map(key_row).collect();
    table(&["key", "value", "meaning"], &rows)
}

fn key_row(key: &ConfigKey) -> Vec<String> {
    let meaning = match (key.is_required, key.default) {
        (true, _) => format!("{} (required)", key.doc),
        (false, "") => key.doc.to_owned(),
        (false, default) => format!("{}; default: {default}", key.doc),
    };
    vec![
        format!("`{}`", key.name),
        cell(&key.kind.describe()),
        cell(&meaning),
    ]
}

/// Returns the settings that only one collector has.
fn collector_keys() -> String {
    let settings = collector::ALL.iter().flat_map(|definition| {
        let settings = definition.settings.iter();
        settings.map(|setting| (definition.name, setting))
    });
    let rows: Vec<Vec<String>> = settings
        .map(|(name, setting)| {
            let kind = KeyType::from(setting.kind);
            vec![
                format!("`{}`", setting.key),
                format!("`{name}`"),
                cell(&kind.describe()),
                cell(setting.doc),
            ]
        })
        .collect();
    table(&["key", "of", "value", "meaning"], &rows)
}

fn metrics() -> String {
    let rows: Vec<Vec<String>> = Catalogue::default()
        .rows()
        .iter()
        .map(|row| {
            let better = match row.better {
                Better::Lower => "lower",
                Better::Higher => "higher",
                Better::None => "none",
            };
            let alike = match row.alike {
                Alike::Settings => "settings",
                Alike::Toolchain => "toolchain",
                Alike::Machine => "machine",
            };
            let marks: Vec<&str> = [(row.per_package, "package"), (row.derived, "derived")]
                .iter()
                .filter_map(|(on, mark)| on.then_some(*mark))
                .collect();
            [
                &format!("`{}`", row.name),
                row.unit.name(),
                better,
                row.collector.name(),
                alike,
                &marks.join(", "),
                &row.title,
            ]
            .map(str::to_owned)
            .to_vec()
        })
        .collect();
    let headings = ["metric", "unit", "better", "collector", "same", "", "title"];
    table(&headings, &rows)
}

/// Files that define types of the JSON report, in the order in which a name is looked up.
const MODEL: [&str; 6] = [
    "src/report/object.rs",
    "src/run.rs",
    "src/metric.rs",
    "src/snapshot.rs",
    "src/gate.rs",
    "src/event.rs",
];

/// A type of the JSON report as its source defines it.
#[derive(Default)]
struct Definition {
    about: String,
    /// Key, Rust type and documentation of each field of a struct.
    keys: Vec<[String; 3]>,
    /// The values of an enum.
    values: Vec<String>,
}

/// Reads the definition of a struct with named fields, or of an enum that is serialized as one of its variants' names.
/// Every other type is serialized as text.
fn definition(name: &str) -> Definition {
    MODEL
        .iter()
        .map(|path| read(path))
        .find_map(|source| {
            let lines: Vec<&str> = source.lines().collect();
            let is_opening = |line: &&str| {
                [
                    format!("pub struct {name} {{"),
                    format!("pub enum {name} {{"),
                ]
                .contains(&line.to_string())
            };
            let at = lines.iter().position(is_opening)?;
            let end = at + lines[at..].iter().position(|line| *line == "}")?;
            let start = lines[..at].iter().rposition(|line| line.is_empty())?;
            Some(read_definition(&lines[start..at], &lines[at..end]))
        })
        .unwrap_or_default()
}

fn read_definition(before: &[&str], lines: &[&str]) -> Definition {
    let is_enum = lines[0].starts_with("pub enum ");
    let attributes = before.concat();
    let mut found = Definition {
        about: documentation(before),
        ..Definition::default()
    };
    let mut start = 1;
    for (at, line) in lines.iter().enumerate().skip(1) {
        let field = line.trim().trim_end_matches(',');
        if field.starts_with("///") || field.starts_with("#[") {
            continue;
        }
        let above = &lines[start..at];
        start = at + 1;
        if is_enum && !attributes.contains("into = ") {
            let kebab = attributes.contains("kebab-case");
            found.values.push(format!("`{}`", renamed(field, kebab)));
        } else if let Some((name, kind)) = field
            .strip_prefix("pub ")
            .and_then(|field| field.split_once(": "))
            && !above.concat().contains("#[serde(skip)]")
        {
            let field_attributes = above.concat();
            let rename = field_attributes
                .split("rename = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let key = rename.unwrap_or(name).to_owned();
            let kind = kind_of(kind, &field_attributes);
            found.keys.push([key, kind, documentation(above)]);
        }
    }
    found
}

/// Returns the type of a field, with what its serde attributes change.
fn kind_of(kind: &str, attributes: &str) -> String {
    if attributes.contains("with = \"absent\"") {
        format!("Option<{kind}>")
    } else if attributes.contains("skip_serializing_if") {
        format!("Missing<{kind}>")
    } else {
        kind.to_owned()
    }
}

/// Returns the text of the documentation comments among these lines.
fn documentation(lines: &[&str]) -> String {
    let docs = lines
        .iter()
        .filter_map(|line| line.trim().strip_prefix("///"));
    let text = docs.map(str::trim).collect::<Vec<_>>().join(" ");
    text.replace("[`", "`").replace("`]", "`")
}

/// Returns the serialized name of a variant, in lower case or in kebab case.
fn renamed(variant: &str, kebab: bool) -> String {
    let mut name = String::new();
    for c in variant.chars() {
        if kebab && c.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(c.to_lowercase());
    }
    name
}

/// Returns the JSON type of a Rust type, and the structs that it consists of.
fn json_type(kind: &str) -> (String, Vec<String>) {
    let inside = |prefix: &str| kind.strip_prefix(prefix)?.strip_suffix('>');
    let around = |before: &str, inner: &str, after: &str| {
        let (inner, structs) = json_type(inner);
        (format!("{before}{inner}{after}"), structs)
    };
    if let Some(inner) = inside("Option<") {
        return around("", inner, " or null");
    }
    if let Some(inner) = inside("Missing<Option<").and_then(|inner| inner.strip_suffix('>')) {
        return around("", inner, ", or missing");
    }
    if let Some(inner) = inside("Vec<") {
        return around("list of ", inner, "");
    }
    if let Some((_, value)) = inside("BTreeMap<").and_then(|inner| inner.split_once(", ")) {
        return around("", value, " by name");
    }
    let simple = match kind {
        "bool" => "true or false",
        "u32" | "usize" | "u64" => "integer",
        "Number" | "f64" => "number",
        _ => "text",
    };
    let definition = definition(kind);
    if !definition.values.is_empty() {
        return (definition.values.join(", "), Vec::new());
    }
    if !definition.keys.is_empty() {
        let link = format!("[{kind}](#{})", kind.to_lowercase());
        return (link, vec![kind.to_owned()]);
    }
    (simple.to_owned(), Vec::new())
}

/// Where the program keeps the JSON Schema of the report.
const REPORT_SCHEMA: &str = "src/report/schema.json";

/// Returns the JSON Schema of the report. Readers must accept keys that later versions add, so
/// objects are open.
fn report_schema() -> String {
    let mut names = vec!["Report".to_owned()];
    let mut definitions = serde_json::Map::new();
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        definitions.insert(name.clone(), object_schema(&definition(&name), &mut names));
        at += 1;
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cargo-campaign/report",
        "description": "The report that `--format json` prints",
        "$ref": "#/$defs/Report",
        "$defs": definitions,
    });
    serde_json::to_string_pretty(&schema).expect("it is JSON") + "\n"
}

/// Returns the schema of a struct and adds the structs that it consists of to `names`.
fn object_schema(definition: &Definition, names: &mut Vec<String>) -> Value {
    let mut required = Vec::new();
    let mut properties = serde_json::Map::new();
    for [key, kind, about] in &definition.keys {
        let mut schema = value_schema(kind, names);
        schema["description"] = about.as_str().into();
        properties.insert(key.clone(), schema);
        if !kind.starts_with("Missing<") {
            required.push(key.as_str());
        }
    }
    json!({
        "description": definition.about,
        "type": "object",
        "properties": properties,
        "required": required,
    })
}

/// Returns the schema of a value of a Rust type.
fn value_schema(kind: &str, names: &mut Vec<String>) -> Value {
    let inside = |prefix: &str| kind.strip_prefix(prefix)?.strip_suffix('>');
    if let Some(inner) = inside("Missing<Option<").and_then(|inner| inner.strip_suffix('>')) {
        return value_schema(inner, names);
    }
    if let Some(inner) = inside("Missing<") {
        return value_schema(inner, names);
    }
    if let Some(inner) = inside("Option<") {
        return json!({ "anyOf": [value_schema(inner, names), { "type": "null" }] });
    }
    if let Some(inner) = inside("Vec<") {
        return json!({ "type": "array", "items": value_schema(inner, names) });
    }
    if let Some((_, value)) = inside("BTreeMap<").and_then(|inner| inner.split_once(", ")) {
        return json!({ "type": "object", "additionalProperties": value_schema(value, names) });
    }
    let definition = definition(kind);
    if !definition.keys.is_empty() {
        if !names.contains(&kind.to_owned()) {
            names.push(kind.to_owned());
        }
        return json!({ "$ref": format!("#/$defs/{kind}") });
    }
    let words: Vec<&str> = definition
        .values
        .iter()
        .map(|word| word.trim_matches('`'))
        .collect();
    match kind {
        "bool" => json!({ "type": "boolean" }),
        "u32" | "usize" | "u64" => json!({ "type": "integer", "minimum": 0 }),
        "Number" | "f64" => json!({ "type": "number" }),
        _ if !words.is_empty() => json!({ "enum": words }),
        _ => json!({ "type": "string" }),
    }
}

#[test]
fn report_schema_agrees_with_the_types() {
    assert!(
        read(REPORT_SCHEMA) == report_schema(),
        "{REPORT_SCHEMA} differs from the types; see the top of {}",
        file!()
    );
}

fn report_objects() -> String {
    let mut text = String::new();
    let mut names = vec!["Report".to_owned()];
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        let definition = definition(&name);
        let mut rows = Vec::new();
        for [key, kind, about] in definition.keys {
            let (json, structs) = json_type(&kind);
            rows.push(vec![format!("`{key}`"), json, cell(&about)]);
            for name in structs {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let table = table(&["key", "value", "meaning"], &rows);
        text += &format!("### {name}\n\n{}\n\n{table}\n", definition.about);
        at += 1;
    }
    text
}

#[test]
fn every_key_of_a_stored_report_is_documented() {
    let page = read("docs/reference/report.md");
    let report: Value =
        serde_json::from_str(&read("fixtures/report/report-2.2.json")).expect("a report");
    let mut keys = Vec::new();
    collect_keys(&report, &mut keys);
    let silent: Vec<&String> = keys
        .iter()
        .filter(|key| !page.contains(&format!("| `{key}` |")))
        .collect();
    assert!(
        silent.is_empty(),
        "docs/reference/report.md has no {silent:?}"
    );
}

/// Collects the keys of objects that are structs, not maps with names of the campaign.
fn collect_keys(value: &Value, keys: &mut Vec<String>) {
    const MAPS: [&str; 6] = [
        "metrics",
        "packages",
        "baseline_packages",
        "collectors",
        "stale",
        "refused",
    ];
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                keys.push(key.clone());
                match value {
                    Value::Object(named) if MAPS.contains(&key.as_str()) => {
                        named.values().for_each(|value| collect_keys(value, keys));
                    }
                    _ => collect_keys(value, keys),
                }
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| collect_keys(item, keys));
        }
        _ => {}
    }
}
