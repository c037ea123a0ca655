//! `[[notify]]`: the channels that events are sent to.

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::keys;
use super::reader::Reader;
use crate::glob;
use crate::notification::{Address, Channel, MessageFormat, REFUSABLE, Subscription, TOPICS};
use crate::notify::{AddressKind, ChannelKind, KINDS};
use crate::text::excerpt;

/// The extensions of files that messages may be appended to, so that no source file is.
const EXTENSIONS: [&str; 3] = [".jsonl", ".json", ".log"];

/// Reads all subscriptions. Adds a note about each topic that this version never sends.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    notes: &mut Vec<String>,
) -> Vec<Subscription> {
    let nodes = reader.tables(entry);
    nodes
        .iter()
        .filter_map(|node| subscription(reader, node, notes))
        .collect()
}

fn subscription(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    notes: &mut Vec<String>,
) -> Option<Subscription> {
    let (mut on, mut format) = (None, Some(None));
    let mut veto = None;
    let mut channels = Vec::new();
    let entries = reader.table(node)?;
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "on" => on = topics(reader, value, notes),
            "veto" => veto = reader.flag(value).filter(|is_set| *is_set).map(|_| entry),
            "format" => {
                let formats = [
                    ("json", MessageFormat::Json),
                    ("slack", MessageFormat::Slack),
                ];
                format = reader.choice(value, "format", &formats).map(Some);
            }
            key => match KINDS.iter().find(|kind| kind.key == key) {
                Some(kind) => {
                    let address = address(reader, kind, value);
                    let channel = address.map(|address| Channel {
                        kind: kind.key,
                        address,
                    });
                    channels.push((entry, kind, channel));
                }
                None => reader.unknown_key(entry, &keys::NOTIFY, "[[notify]]"),
            },
        }
    }
    reader.demand(
        &node.at,
        entries,
        "[[notify]]",
        &[("on", "on = [\"alert.*\"]")],
    );
    let channel = match channels.as_mut_slice() {
        [(_, kind, channel)] => channel.take().map(|channel| (*kind, channel)),
        [] => no_channel(reader, node),
        [_, (second, ..), ..] => {
            let message = "[[notify]] has more than one channel";
            let label = "keep one of them";
            let mistake = Mistake::new(second.key_at.clone(), message, label);
            reader.wrong(mistake.help("add another [[notify]] for the other channel"))
        }
    };
    let ((kind, channel), format) = (channel?, format?);
    if format.is_some() && !kind.takes_format {
        let entry = entries.iter().find(|entry| entry.key == "format")?;
        let message = format!("`format` has no meaning for `{}`", kind.key);
        let others = KINDS.iter().filter(|kind| kind.takes_format);
        let others: Vec<&str> = others.map(|kind| kind.key).collect();
        let label = format!("it is a key of {}", spelling::list(&others));
        return reader.wrong(Mistake::new(entry.key_at.clone(), message, label));
    }
    let on = on?;
    if let Some(veto) = veto {
        refusable(reader, veto, &on, kind)?;
    }
    Some(Subscription {
        on,
        channel,
        has_veto: veto.is_some(),
        format: format.unwrap_or_default(),
        file: reader.file.to_owned(),
        line: reader.line(node.at.start),
    })
}

/// Checks that a veto is about events that can be refused, and that a command decides.
fn refusable(
    reader: &mut Reader<'_>,
    veto: &TomlEntry,
    on: &[String],
    kind: &ChannelKind,
) -> Option<()> {
    if !matches!(kind.address, AddressKind::Command) {
        let message = format!("`veto` has no meaning for `{}`", kind.key);
        let label = "it is a key of `command`";
        return reader.wrong(Mistake::new(veto.key_at.clone(), message, label));
    }
    if on != [REFUSABLE] {
        let message = format!("`veto` is about `{REFUSABLE}` only");
        let label = "other events say what is already true";
        let mistake = Mistake::new(veto.key_at.clone(), message, label);
        let help = "to decide when a workstream is complete, add an objective with a `command`";
        return reader.wrong(mistake.help(help));
    }
    Some(())
}

fn no_channel<T>(reader: &mut Reader<'_>, node: &TomlNode) -> Option<T> {
    let message = "[[notify]] has no channel";
    let keys: Vec<&str> = KINDS.iter().map(|kind| kind.key).collect();
    let label = format!("needs {}", spelling::list(&keys));
    let mistake = Mistake::new(node.at.clone(), message, label);
    reader.wrong(mistake.help("add command = [\"./scripts/notify\"], or terminal = true"))
}

/// Reads the patterns of `on`. Each must match a topic.
fn topics(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    notes: &mut Vec<String>,
) -> Option<Vec<String>> {
    let TomlKind::List(nodes) = &node.kind else {
        return reader.unlike(node, "an array of topics, as in [\"alert.*\"]");
    };
    if nodes.is_empty() {
        let message = "`on` is empty";
        return reader.wrong(Mistake::new(node.at.clone(), message, "expected a topic"));
    }
    let all: Vec<Option<String>> = nodes
        .iter()
        .map(|node| topic(reader, node, notes))
        .collect();
    all.into_iter().collect()
}

fn topic(reader: &mut Reader<'_>, node: &TomlNode, notes: &mut Vec<String>) -> Option<String> {
    let text = reader.text(node)?;
    let matching: Vec<&(&str, bool)> = TOPICS
        .iter()
        .filter(|(topic, _)| glob::matches(&text, topic))
        .collect();
    if matching.is_empty() {
        let message = format!("unknown topic `{}`", excerpt(&text));
        let label = spelling::suggest(&text, &TOPICS.map(|(topic, _)| topic));
        return reader.wrong(Mistake::new(node.at.clone(), message, label));
    }
    if matching.iter().all(|(_, is_sent)| !is_sent) {
        let line = reader.line(node.at.start);
        notes.push(format!(
            "{}:{line}: this version has no events `{}`",
            reader.file,
            excerpt(&text)
        ));
    }
    Some(text)
}

/// Reads the value of a channel's key.
fn address(reader: &mut Reader<'_>, kind: &ChannelKind, node: &TomlNode) -> Option<Address> {
    match kind.address {
        AddressKind::None => enabled(reader, node).map(|()| Address::None),
        AddressKind::Command => command(reader, kind.key, node).map(Address::Command),
        AddressKind::File => file(reader, node).map(Address::File),
        AddressKind::Variable => variable(reader, kind.key, node).map(Address::Variable),
    }
}

fn command(reader: &mut Reader<'_>, key: &str, node: &TomlNode) -> Option<Vec<String>> {
    let command = match &node.kind {
        TomlKind::Text(_) => vec![reader.text(node)?],
        _ => reader.texts(node)?,
    };
    if command.is_empty() {
        let message = format!("`{key}` is empty");
        return reader.wrong(Mistake::new(node.at.clone(), message, "expected a program"));
    }
    Some(command)
}

/// Reads `{ env = "NAME" }`. An address in the file is an error, because it is a secret.
fn variable(reader: &mut Reader<'_>, key: &str, node: &TomlNode) -> Option<String> {
    if matches!(node.kind, TomlKind::Text(_)) {
        let message =
            format!("the address of a {key} is a secret and must not be in the configuration");
        let label = "expected the name of an environment variable";
        let mistake = Mistake::new(node.at.clone(), message, label);
        return reader.wrong(mistake.help(format!("write {key} = {{ env = \"SLACK_URL\" }}")));
    }
    let mut name = None;
    let entries = reader.table(node)?;
    for entry in entries {
        match entry.key.as_str() {
            "env" => name = variable_name(reader, &entry.value),
            _ => reader.unknown_key(entry, &keys::ADDRESS, &format!("`{key}`")),
        }
    }
    reader.demand(
        &node.at,
        entries,
        &format!("`{key}`"),
        &[("env", "env = \"SLACK_URL\"")],
    );
    name
}

fn variable_name(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let name = reader.text(node)?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_name {
        return Some(name);
    }
    // The text may be the secret itself.
    let message = "invalid name of an environment variable";
    let label = "expected letters, digits and `_`, as in SLACK_URL";
    reader.wrong(Mistake::new(node.at.clone(), message, label))
}

/// Reads a path below the root.
fn file(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let path = reader.text(node)?;
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let is_outside = parts.iter().any(|part| matches!(*part, "" | ".."))
        || path.contains(':')
        || parts.iter().any(|part| {
            part.eq_ignore_ascii_case(".git") || part.eq_ignore_ascii_case(".campaign")
        });
    let label = if is_outside {
        "expected a path below the workspace root, not in .git or .campaign".to_owned()
    } else if EXTENSIONS.iter().any(|end| path.ends_with(end)) {
        return Some(path);
    } else {
        format!("expected a name with {}", spelling::list(&EXTENSIONS))
    };
    let message = format!("cannot append notifications to `{}`", excerpt(&path));
    reader.wrong(Mistake::new(node.at.clone(), message, label))
}

/// Reads `true`.
fn enabled(reader: &mut Reader<'_>, node: &TomlNode) -> Option<()> {
    match node.kind {
        TomlKind::Flag(true) => Some(()),
        _ => reader.unlike(node, "true"),
    }
}
