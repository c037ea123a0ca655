//! Messages about events: as JSON, for Slack, for GitHub Actions and for the terminal.
//!
//! Titles, facts and places can contain any text, as names of tests and messages of lints do. Each
//! form escapes it for its reader.

use serde_json::{Map, Value, json};

use super::github::{data, property};
use super::json;
use crate::notification::{Event, Message, MessageFormat, Severity};
use crate::text::escape;

/// Name of the format of messages.
const SCHEMA: &str = "cargo-campaign/notification";

/// Version of the format: additions raise the second number, anything else the first.
const SCHEMA_VERSION: &str = "1.0";

/// The largest number of characters of a message for people. Slack cuts longer ones.
const LONGEST: usize = 8000;

/// Returns a message as JSON on one line.
pub fn body(message: &Message, format: MessageFormat) -> String {
    let value = match format {
        MessageFormat::Json => object(message),
        // Without markup, nothing in the text is formatted.
        MessageFormat::Slack => json!({ "text": slack(message), "mrkdwn": false }),
    };
    json::line(&value).unwrap_or_default()
}

fn object(message: &Message) -> Value {
    json!({
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "id": message.id,
        "name": message.name(),
        "severity": message.severity().to_string(),
        "campaign": message.campaign,
        "title": message.title(),
        "events": message.events.iter().map(event).collect::<Vec<_>>(),
    })
}

fn event(event: &Event) -> Value {
    let facts = event.facts.iter();
    let facts: Map<String, Value> = facts
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let time = jiff::Timestamp::from_second(event.time).unwrap_or_default();
    json!({
        "id": event.id,
        "name": event.name,
        "severity": event.severity.to_string(),
        "title": event.title,
        "time": time.to_string(),
        "package": event.package,
        "facts": facts,
        "places": event.places,
    })
}

/// Returns a message for Slack and receivers that accept the same form.
///
/// In Slack's markup, `&`, `<` and `>` begin links and mentions. Mattermost reads the text as
/// Markdown, in which an address is a link and `@` begins a mention.
fn slack(message: &Message) -> String {
    let text = without_mentions(&text(message));
    let text = text
        .replace("](", "] (")
        .replace("]:", "] :")
        .replace("://", ": //")
        .replace("www.", "www .")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    match text.char_indices().nth(LONGEST) {
        // An entity must not be cut in two.
        Some((end, _)) => match text[..end].rfind('\n') {
            Some(line) => format!("{}\n..", &text[..line]),
            None => "..".to_owned(),
        },
        None => text,
    }
}

/// Replaces each `@` that can begin a mention by the full-width one. One in the middle of a word, as in
/// `loc.code@core`, begins none.
fn without_mentions(text: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut is_in_word = false;
    for c in text.chars() {
        replaced.push(match c {
            '@' if !is_in_word => '\u{ff20}',
            c => c,
        });
        is_in_word = c.is_alphanumeric();
    }
    replaced
}

/// Returns a message as lines of plain text, a digest with a heading for each severity and package.
pub fn text(message: &Message) -> String {
    let campaign = escape(&message.campaign);
    let mut lines = match message.events.as_slice() {
        [event] => vec![format!("{campaign}: {}", headline(event))],
        _ => vec![format!("{campaign}: {}", escape(&message.title()))],
    };
    let is_digest = message.events.len() != 1;
    let mut group = None;
    for event in &message.events {
        let of_event = (event.severity, event.package.as_deref());
        if is_digest && group != Some(of_event) {
            group = Some(of_event);
            let package = event.package.as_deref().unwrap_or("workspace");
            lines.push(format!("{}, {}:", event.severity, escape(package)));
        }
        if is_digest {
            lines.push(format!("- {}", headline(event)));
        }
        lines.extend(circumstances(event));
        lines.extend(
            event
                .places
                .iter()
                .map(|place| format!("  {}", escape(place))),
        );
    }
    lines.join("\n")
}

fn headline(event: &Event) -> String {
    let title = escape(&event.title);
    match event.name.as_str() {
        // The severity of a resolved alert would read as an alarm.
        "alert.resolved" => title,
        _ => format!("[{}] {title}", event.severity),
    }
}

/// Returns the line with the branch and the commits that an event is about.
fn circumstances(event: &Event) -> Option<String> {
    let shown = event.facts.iter().filter_map(|(name, value)| {
        let is_shown = ["branch", "commits"].contains(&name.as_str());
        is_shown.then(|| format!("{name}: {}", escape(value)))
    });
    let shown: Vec<String> = shown.collect();
    (!shown.is_empty()).then(|| format!("  {}", shown.join(", ")))
}

/// Returns one line for each event of a message, for a terminal that escapes it.
pub fn lines(message: &Message) -> Vec<(Severity, String)> {
    let events = message.events.iter();
    events
        .map(|event| match event.name.as_str() {
            "alert.resolved" => (Severity::Info, event.title.clone()),
            _ => (event.severity, event.title.clone()),
        })
        .collect()
}

/// Returns the annotations of GitHub Actions for a message, as lines to print.
pub fn annotations(message: &Message) -> Vec<String> {
    let events = message.events.iter();
    events
        .map(|event| {
            let command = match event.severity {
                _ if event.name == "alert.resolved" => "notice",
                Severity::Critical => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let title = property(&format!("{}: {}", event.campaign, event.name));
            let places = event.places.iter().map(|place| format!("\n{place}"));
            let text = event.title.clone() + &places.collect::<String>();
            format!("::{command} title={title}::{}", data(&text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::Delivery;
    use crate::tests::workflow_commands;
    use crate::text::is_safe;

    #[test]
    fn message_is_shown_in_each_form() {
        let one = Message::example(vec![Event::example("build.errors: 3")]);
        assert_eq!(
            text(&one),
            "Phase 7: [critical] build.errors: 3\n  src/lib.rs:3: mismatched types"
        );
        assert_eq!(
            annotations(&one),
            [
                "::error title=Phase 7%3A alert.firing::build.errors: 3%0Asrc/lib.rs:3: mismatched types"
            ]
        );
        let json: Value = serde_json::from_str(&body(&one, MessageFormat::Json)).unwrap();
        assert_eq!(json["name"], "alert.firing");
        assert_eq!(json["events"][0]["facts"]["metric"], "build.errors");
        assert_eq!(json["events"][0]["time"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn text_names_branch_and_commits_and_no_severity_of_what_is_over() {
        let mut event = Event::example("build.errors is resolved: 0");
        event.name = "alert.resolved".to_owned();
        event.places.clear();
        event.add("branch", "main");
        event.add("commits", "2 (59a784c1a..1e6cffb2b)");
        assert_eq!(
            text(&Message::example(vec![event])),
            "Phase 7: build.errors is resolved: 0\n  branch: main, commits: 2 (59a784c1a..1e6cffb2b)"
        );
    }

    #[test]
    fn digest_is_grouped_by_severity_and_package() {
        let warning = |package: &str, title: &str| Event {
            severity: Severity::Warning,
            package: Some(package.to_owned()),
            places: Vec::new(),
            ..Event::example(title)
        };
        let digest = Message::example(vec![
            Event::example("a"),
            warning("core", "b"),
            warning("core", "c"),
            warning("util", "d"),
        ]);
        let lines = [
            "Phase 7: daily digest: 4 events",
            "critical, workspace:",
            "- [critical] a",
            "  src/lib.rs:3: mismatched types",
            "warning, core:",
            "- [warning] b",
            "- [warning] c",
            "warning, util:",
            "- [warning] d",
        ];
        assert_eq!(text(&digest), lines.join("\n"));
        let empty = Message {
            deliver: Delivery::Hourly,
            ..Message::example(Vec::new())
        };
        assert_eq!(text(&empty), "Phase 7: hourly digest: all is well");
    }

    /// Texts that are live somewhere: terminals, Slack, GitHub Actions, Markdown, HTML.
    const HOSTILE: [&str; 17] = [
        "@here @channel, (@all) a@@b",
        "![a](https://evil.example) HTTPS://evil.example www.evil.example",
        "[a]: //evil.example\n[a]",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
        "\u{9b}31m \u{90}q",
        "\u{202e}gpj.exe\u{2066}",
        "\u{200b}\u{feff}\u{e0041}",
        "a\rb\nc\0d\u{2028}e",
        "::error::x\n::set-env name=A::b%0Ac",
        "a\r\n::warning file=a,line=1::b",
        "##[error]x ##vso[task.setvariable variable=a]b",
        "<!channel> <https://evil.example|click> & &lt;",
        "<script>alert(1)</script> <img src=x onerror=y>",
        "[a](javascript:b) `c` *d* _e_ |f|",
        "\"}],\"text\":\"injected",
        "a%0Ab%25c,d:e",
    ];

    #[test]
    fn hostile_text_is_never_live() {
        let all = HOSTILE.concat();
        for hostile in HOSTILE.iter().copied().chain([all.as_str()]) {
            let mut event = Event::example(hostile);
            event.campaign = hostile.to_owned();
            event.places = vec![hostile.to_owned()];
            event.facts = vec![(hostile.to_owned(), hostile.to_owned())];
            event.add("branch", hostile);
            event.package = Some(hostile.to_owned());
            let several = vec![event.clone(), event.clone()];
            for events in [vec![event], several] {
                let message = Message {
                    campaign: hostile.to_owned(),
                    ..Message::example(events)
                };
                check(&message);
            }
        }
    }

    fn check(message: &Message) {
        for format in [MessageFormat::Json, MessageFormat::Slack] {
            let body = body(message, format);
            assert!(is_safe(&body) && !body.contains('\n'), "{body}");
            assert!(workflow_commands(&body).is_empty(), "{body}");
            let value: Value = serde_json::from_str(&body).unwrap();
            if format == MessageFormat::Slack {
                let text = value["text"].as_str().unwrap();
                assert!(is_safe(text) && !text.contains(['<', '>']), "{text}");
                for live in ["](", "]:", "://", "www.", " @", "(@", "@@"] {
                    assert!(!text.contains(live), "{live}: {text}");
                }
                assert_eq!(value.as_object().unwrap().len(), 2);
            }
        }
        for line in annotations(message) {
            assert!(is_safe(&line) && !line.contains('\n'), "{line}");
            // The first `::` behind the properties is ours.
            let (properties, data) = line[2..].split_once("::").unwrap();
            assert!(properties.starts_with("error title="), "{line}");
            assert!(!properties.contains([':', ',']), "{line}");
            let codes = data.split('%').skip(1);
            assert!(
                codes
                    .clone()
                    .all(|code| code.starts_with("0A") || code.starts_with("25"))
            );
        }
    }

    /// The name and the severity of an event, and the annotation and the mark in a text that it gets.
    #[test]
    fn annotation_is_as_grave_as_its_event_and_a_resolved_alert_is_none() {
        for (name, severity, command, mark) in [
            (
                "alert.firing",
                Severity::Critical,
                "::error ",
                "[critical] t",
            ),
            (
                "alert.firing",
                Severity::Warning,
                "::warning ",
                "[warning] t",
            ),
            ("run.completed", Severity::Info, "::notice ", "[info] t"),
            ("alert.resolved", Severity::Critical, "::notice ", "t"),
            ("alert.resolved", Severity::Warning, "::notice ", "t"),
        ] {
            let event = Event {
                name: name.to_owned(),
                severity,
                places: Vec::new(),
                ..Event::example("t")
            };
            let message = Message::example(vec![event]);
            let annotation = annotations(&message).remove(0);
            assert!(annotation.starts_with(command), "{annotation}");
            assert_eq!(text(&message), format!("Phase 7: {mark}"));
            let (shown, _) = lines(&message).remove(0);
            let is_over = name == "alert.resolved";
            assert_eq!(
                shown == Severity::Info,
                is_over || severity == Severity::Info
            );
        }
    }

    /// Slack cuts longer messages, possibly within an entity, which would be live then.
    #[test]
    fn long_message_for_slack_ends_with_a_whole_line() {
        for places in [10, 400, 4000] {
            let mut event = Event::example("many");
            event.places = (0..places)
                .map(|at| format!("src/<{at}>.rs: a & b"))
                .collect();
            let message = Message::example(vec![event]);
            let body: Value = serde_json::from_str(&body(&message, MessageFormat::Slack)).unwrap();
            let text = body["text"].as_str().unwrap();
            assert!(text.chars().count() <= LONGEST + 3, "{places}");
            let is_cut = text.ends_with("\n..");
            assert_eq!(is_cut, places > 10, "{places}");
            let line = text.trim_end_matches("\n..").lines().last().unwrap();
            assert!(line.ends_with("&gt;.rs: a &amp; b"), "{line}");
        }
        let endless = Message::example(vec![Event::example(&"a".repeat(2 * LONGEST))]);
        let body: Value = serde_json::from_str(&body(&endless, MessageFormat::Slack)).unwrap();
        assert_eq!(body["text"], "..", "a line is not cut either");
    }
}
