//! Sends messages through the channels of `[[notify]]`.
//!
//! Each channel is one file with a function that tries once to send a [`Message`], and one line in
//! [`send`]. A failure is a value: the caller keeps the message and tries again later. No channel
//! takes longer than [`Sender::timeout`] and a moment to end its process, and none writes the
//! address of a webhook anywhere but to the standard input of `curl`.

mod command;
mod file;
mod github;
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

impl Sender<'_> {
    /// Returns whether a channel can be used on this machine: its variable is set, or the runner
    /// that reads it is there.
    pub(crate) fn is_available(&self, channel: &Channel) -> bool {
        match channel {
            Channel::Github => (self.variable)("GITHUB_ACTIONS").as_deref() == Some("true"),
            Channel::Terminal | Channel::File(_) | Channel::Command(_) | Channel::Webhook(_) => {
                let variable = channel.variable();
                // CI services set the variable of a missing secret to an empty text.
                let is_set = |variable: &str| {
                    (self.variable)(variable).is_some_and(|value| !value.is_empty())
                };
                variable.is_none_or(is_set)
            }
        }
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
        match channel {
            Channel::Terminal => terminal::send(self, message),
            Channel::Github => github::send(self, message),
            Channel::File(path) => file::send(self, path, format, message),
            Channel::Command(command) => command::send(self, command, format, message),
            Channel::Webhook(variable) => webhook::send(self, variable, format, message),
        }
    }
}
