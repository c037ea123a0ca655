//! Notifications: events, and the channels that they are sent to.
//!
//! An [`Event`] is complete: a channel renders it without looking at anything else. It has a name,
//! and topics that `on` in `[[notify]]` selects it by. This module knows nothing about how events
//! come about or how they are sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::glob;

/// How important an event is. The most important one is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    Critical,
    Warning,
    Info,
}

impl Severity {
    /// The severities with their names, the most important first.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("critical", Self::Critical),
        ("warning", Self::Warning),
        ("info", Self::Info),
    ];
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::NAMES, *self))
    }
}

/// When an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// At once.
    Now,
    /// In a digest after the end of the hour.
    Hourly,
    /// In a digest after the end of the day.
    Daily,
}

impl Delivery {
    /// The kinds of delivery with their names.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("now", Self::Now),
        ("hourly", Self::Hourly),
        ("daily", Self::Daily),
    ];
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::NAMES, *self))
    }
}

fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    let found = names.iter().find(|(_, known)| *known == value);
    found.map_or("", |(name, _)| name)
}

/// An event to announce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Equal for every attempt to send it, so that a receiver recognizes repetitions.
    pub id: String,
    /// Its kind: `alert.firing`.
    pub name: String,
    /// Its importance.
    pub severity: Severity,
    /// When it is sent.
    pub deliver: Delivery,
    /// One line for people, without markup.
    pub title: String,
    /// When it happened, in Unix seconds.
    pub time: i64,
    /// Name of the campaign.
    pub campaign: String,
    /// The package that it is about. `None` for the workspace.
    pub package: Option<String>,
    /// Its facts by name, in the order to show.
    pub facts: Vec<(String, String)>,
    /// Places and names that it is about: `src/lib.rs:12: unused variable`.
    pub places: Vec<String>,
}

impl Event {
    /// The largest number of places in an event.
    pub const PLACES: usize = 10;

    /// Returns an event of no importance, without a title and facts, that is sent at once.
    pub fn new(name: &str, campaign: String, time: i64) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            severity: Severity::Info,
            deliver: Delivery::Now,
            title: String::new(),
            time,
            campaign,
            package: None,
            facts: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Adds a fact.
    pub fn add(&mut self, name: &str, value: impl Into<String>) {
        self.facts.push((name.to_owned(), value.into()));
    }

    /// Name of the fact that names the branch.
    pub const BRANCH: &str = "branch";

    /// Returns the first fact of this name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        let mut facts = self.facts.iter();
        let found = facts.find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// Returns whether it is about an alert. Its first fact then names the alert.
    pub fn is_about_alert(&self) -> bool {
        self.name.starts_with("alert.")
    }

    /// Returns the alert and the branch that it is about. Together they identify what fires.
    pub fn subject(&self) -> Option<(&str, Option<&str>)> {
        let (_, alert) = self.facts.first().filter(|_| self.is_about_alert())?;
        Some((alert, self.fact(Self::BRANCH)))
    }

    /// Returns the topics that subscriptions name: its own name, and its family with the severity.
    pub fn topics(&self) -> [String; 2] {
        let family = self.name.split('.').next().unwrap_or_default();
        [self.name.clone(), format!("{family}.{}", self.severity)]
    }
}

/// The topics that `on` can name, each with whether this version has such events.
pub const TOPICS: [(&str, bool); 22] = [
    ("alert.firing", true),
    ("alert.resolved", true),
    ("alert.critical", true),
    ("alert.warning", true),
    ("alert.info", true),
    ("run.completed", true),
    ("run.failed", true),
    ("release.complete", false),
    ("release.failed", false),
    ("workstream.started", true),
    ("workstream.note", true),
    ("workstream.blocked", true),
    ("workstream.unblocked", true),
    ("workstream.escalated", true),
    ("workstream.resolved", true),
    ("workstream.ready", true),
    ("workstream.complete", true),
    ("milestone.on-track", true),
    ("milestone.at-risk", true),
    ("milestone.waiting-on-others", true),
    ("milestone.blocked", true),
    ("milestone.done", true),
];

/// The only topic of events that a command can refuse: others state facts.
pub const REFUSABLE: &str = "workstream.started";

/// `[[notify]]`: the events that a channel receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Patterns of topics.
    pub on: Vec<String>,
    /// Where events are sent.
    pub channel: Channel,
    /// The form of a message.
    pub format: MessageFormat,
    /// Whether its command is asked before a start is recorded, and can refuse it. It receives nothing else.
    pub has_veto: bool,
    /// Configuration file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

impl Subscription {
    /// Returns whether the channel receives an event.
    pub fn includes(&self, event: &Event) -> bool {
        !self.has_veto && self.selects(event)
    }

    /// Returns whether the command of the channel is asked about an event.
    pub fn decides(&self, event: &Event) -> bool {
        self.has_veto && self.selects(event)
    }

    /// Returns whether it may receive events about workstreams or milestones.
    pub fn is_about_plan(&self) -> bool {
        let topics = TOPICS.map(|(topic, _)| topic);
        let mut topics = topics
            .into_iter()
            .filter(|topic| topic.starts_with("workstream.") || topic.starts_with("milestone."));
        !self.has_veto && topics.any(|topic| self.on.iter().any(|on| glob::matches(on, topic)))
    }

    fn selects(&self, event: &Event) -> bool {
        let topics = event.topics();
        let mut pairs = self
            .on
            .iter()
            .flat_map(|on| topics.iter().map(move |topic| (on, topic)));
        pairs.any(|(on, topic)| glob::matches(on, topic))
    }
}

/// Where notifications are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The key of its kind: `file`.
    pub kind: &'static str,
    /// What distinguishes it from others of its kind.
    pub address: Address,
}

/// What distinguishes a channel from others of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// There is only one.
    None,
    /// A program and its arguments.
    Command(Vec<String>),
    /// A file, relative to the root.
    File(String),
    /// The environment variable with an address on the web, which is a secret.
    Variable(String),
}

impl Channel {
    /// Returns what identifies it: messages that wait for it are sent through the channel of this
    /// identity, or if there is none, through one of the same kind, which is the text before the first blank.
    /// It contains no secret.
    pub fn identity(&self) -> String {
        let kind = self.kind;
        match &self.address {
            Address::None => kind.to_owned(),
            Address::Command(command) => format!("{kind} {}", command.join(" ")),
            Address::File(path) => format!("{kind} {path}"),
            Address::Variable(variable) => format!("{kind} ${variable}"),
        }
    }

    /// Returns the environment variable that it needs, if any.
    pub fn variable(&self) -> Option<&str> {
        match &self.address {
            Address::Variable(variable) => Some(variable),
            _ => None,
        }
    }

    /// Returns the path of the file that it appends to, if any.
    pub fn file(&self) -> Option<&str> {
        match &self.address {
            Address::File(path) => Some(path),
            _ => None,
        }
    }

    /// Returns the program that it runs and its arguments. Empty for other channels.
    pub fn command(&self) -> &[String] {
        match &self.address {
            Address::Command(command) => command,
            _ => &[],
        }
    }
}

/// The form of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageFormat {
    /// The events as JSON.
    #[default]
    Json,
    /// A text in Slack's markup, as JSON with `text`.
    Slack,
}

/// A message: one event, or the events of a digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Equal for every attempt to send it.
    pub id: String,
    /// Whether it is a digest, and of what period.
    pub deliver: Delivery,
    /// Name of the campaign.
    pub campaign: String,
    /// The events. A digest has them by severity, package and branch; it may be empty.
    pub events: Vec<Event>,
}

impl Message {
    /// Returns the severity of its most important event.
    pub fn severity(&self) -> Severity {
        let severities = self.events.iter().map(|event| event.severity);
        severities.min().unwrap_or(Severity::Info)
    }

    /// Returns its name: that of its event, or `digest.hourly`.
    pub fn name(&self) -> String {
        match (self.deliver, self.events.as_slice()) {
            (Delivery::Now, [event]) => event.name.clone(),
            (deliver, _) => format!("digest.{deliver}"),
        }
    }

    /// Returns its title: that of its event, or how many events a digest has.
    pub fn title(&self) -> String {
        match (self.deliver, self.events.as_slice()) {
            (Delivery::Now, [event]) => event.title.clone(),
            (deliver, []) => format!("{deliver} digest: all is well"),
            (deliver, [event]) => format!("{deliver} digest: {}", event.title),
            (deliver, events) => format!("{deliver} digest: {} events", events.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::{AddressKind, KINDS};

    impl Event {
        /// Returns a firing alert with this title, for tests.
        pub(crate) fn example(title: &str) -> Self {
            Self {
                id: "e1".to_owned(),
                name: "alert.firing".to_owned(),
                severity: Severity::Critical,
                deliver: Delivery::Now,
                title: title.to_owned(),
                time: 0,
                campaign: "Phase 7".to_owned(),
                package: None,
                facts: vec![("metric".to_owned(), "build.errors".to_owned())],
                places: vec!["src/lib.rs:3: mismatched types".to_owned()],
            }
        }
    }

    impl Channel {
        /// Returns a channel of this kind and with this address, for tests.
        pub(crate) fn example(kind: &'static str, address: &str) -> Self {
            let text = address.to_owned();
            let known = KINDS.iter().find(|known| known.key == kind);
            let address = match known.unwrap().address {
                AddressKind::Command => Address::Command(vec![text]),
                AddressKind::Variable => Address::Variable(text),
                AddressKind::File => Address::File(text),
                AddressKind::None => Address::None,
            };
            Self { kind, address }
        }
    }

    impl Message {
        /// Returns a message with these events, which is a daily digest unless there is one event, for tests.
        pub(crate) fn example(events: Vec<Event>) -> Self {
            Self {
                id: "m1".to_owned(),
                deliver: match events.len() {
                    1 => Delivery::Now,
                    _ => Delivery::Daily,
                },
                campaign: "Phase 7".to_owned(),
                events,
            }
        }
    }

    #[test]
    fn subscription_selects_events_by_name_and_severity() {
        let event = Event::example("");
        for (on, included) in [
            ("alert.firing", true),
            ("alert.critical", true),
            ("alert.*", true),
            ("*", true),
            ("alert.warning", false),
            ("alert.resolved", false),
            ("run.*", false),
            ("alert", false),
        ] {
            let subscription = Subscription {
                on: vec!["run.failed".to_owned(), on.to_owned()],
                channel: Channel::example("terminal", ""),
                format: MessageFormat::Json,
                has_veto: false,
                file: String::new(),
                line: 1,
            };
            assert_eq!(subscription.includes(&event), included, "{on}");
        }
    }
}
