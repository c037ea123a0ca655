//! Sends messages through the channels of `[[notify]]`.
//!
//! Each kind of channel is one file with a [`ChannelKind`], and one line in [`KINDS`]. A failure is a value: the caller keeps the message and tries again later. No channel
//! takes longer than [`Sender::timeout`] and a moment to end its process, and none writes a
//! secret address anywhere but to the standard input of `curl`.

pub(crate) mod command;
mod file;
mod github;
mod post;
mod terminal;
mod webhook;

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::path::Path;
use std::time::Duration;

use crate::notification::{Channel, Message, MessageFormat, Severity};
use crate::process::Cancel;

/// What channels need from their surroundings.
pub(crate) struct Sender<'a> {
    /// Root of the workspace: the working directory of commands, and the base of paths.
    pub(crate) root: &'a Path,
    /// Returns the value of an environment variable.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// Prints for people or for the runner of a CI service.
    pub(crate) print: &'a dyn Fn(Printed<'_>),
    /// Ends an attempt when the user wants to stop.
    pub(crate) cancel: &'a Cancel,
    /// The longest time of an attempt.
    pub(crate) timeout: Duration,
}

/// A line for standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Printed<'a> {
    /// A line for people, not escaped yet.
    Alert(Severity, &'a str),
    /// A command for the runner of GitHub Actions, escaped.
    Annotation(&'a str),
}

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undelivered {
    /// The reason as a fragment, without secrets: `no connection`.
    pub(crate) reason: String,
    /// For how many seconds the receiver wants no further attempt.
    pub(crate) retry_after: Option<i64>,
    /// Whether the receiver refuses this message, though it may accept others.
    pub(crate) is_rejected: bool,
}

impl Undelivered {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            retry_after: None,
            is_rejected: false,
        }
    }
}

/// A kind of channel, which is a key of `[[notify]]`.
pub(crate) struct ChannelKind {
    /// The key.
    pub(crate) key: &'static str,
    /// One line of documentation.
    pub(crate) doc: &'static str,
    /// What the value of the key is.
    pub(crate) address: AddressKind,
    /// Whether `format` decides about the form of its messages. The others have a form of their own.
    pub(crate) takes_format: bool,
    /// The service that reads it, by the environment variable that is `true` there. `None` if any
    /// machine has it.
    service: Option<&'static str>,
    /// Tries once to send a message.
    ///
    /// # Errors
    /// If it was not delivered, as far as this side knows.
    send: fn(&Sender<'_>, &Channel, MessageFormat, &Message) -> Result<(), Undelivered>,
}

/// A kind of [`Address`](crate::notification::Address).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressKind {
    /// The value is `true`.
    None,
    /// A program and its arguments.
    Command,
    /// A file.
    File,
    /// An environment variable with a secret address on the web.
    Variable,
}

/// The kinds of channels in the order of the reference.
pub(crate) const KINDS: &[ChannelKind] = &[
    command::KIND,
    webhook::KIND,
    file::KIND,
    terminal::KIND,
    github::KIND,
];

/// Returns the kind of a channel.
fn kind(channel: &Channel) -> Option<&'static ChannelKind> {
    KINDS.iter().find(|kind| kind.key == channel.kind)
}

impl Sender<'_> {
    /// Returns whether a channel can be used on this machine: its variable is set, or the service
    /// that reads it is there.
    pub(crate) fn is_available(&self, channel: &Channel) -> bool {
        let service = kind(channel).and_then(|kind| kind.service);
        let value = channel.variable().map(self.variable);
        // CI services set the variable of a missing secret to an empty text.
        value.is_none_or(|value| value.is_some_and(|value| !value.is_empty()))
            && service.is_none_or(|service| (self.variable)(service).as_deref() == Some("true"))
    }

    /// Tries once to send a message.
    ///
    /// # Errors
    /// If it was not delivered, as far as this side knows.
    pub(crate) fn send(
        &self,
        channel: &Channel,
        format: MessageFormat,
        message: &Message,
    ) -> Result<(), Undelivered> {
        let kind = kind(channel).ok_or_else(|| Undelivered::new("unknown channel"))?;
        (kind.send)(self, channel, format, message)
    }
}
