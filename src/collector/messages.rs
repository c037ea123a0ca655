//! Removes duplicate diagnostics that several targets of one step report.
//!
//! Cargo prints the same message for a library and for its tests and does not mark which is which
//! (cargo issue 15741). Two messages are duplicates if they have the same package, code, level,
//! text and set of primary spans.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::event::{Diagnostic, Level, sums_up};

/// The parts of a message that must be equal in duplicates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MessageKey {
    package: String,
    code: Option<String>,
    level: Level,
    message: String,
    places: Vec<(String, u32, u32, u32, u32)>,
}

impl MessageKey {
    fn of(diagnostic: &Diagnostic) -> Self {
        let mut places: Vec<_> = diagnostic
            .spans
            .iter()
            .map(|s| (s.file.clone(), s.line, s.column, s.end_line, s.end_column))
            .collect();
        // Duplicates are recognized by the set of their spans, whatever the order.
        places.sort_unstable();
        Self {
            package: diagnostic.package.clone(),
            code: diagnostic.code.clone(),
            level: diagnostic.level,
            message: diagnostic.message.clone(),
            places,
        }
    }
}

/// A message, and how often it was reported.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) diagnostic: Diagnostic,
    pub(super) occurrences: u32,
}

impl Message {
    /// Returns the lint or error code, or an empty string.
    pub(super) fn code(&self) -> &str {
        self.diagnostic.code.as_deref().unwrap_or("")
    }

    /// Returns whether this is an error or a compiler crash.
    pub(super) fn is_error(&self) -> bool {
        self.diagnostic.level != Level::Warning
    }

    /// Returns whether this comes from a lint of clippy rather than from rustc.
    pub(super) fn is_clippy(&self) -> bool {
        self.code().starts_with("clippy::")
    }
}

/// Messages without duplicates.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages(BTreeMap<MessageKey, Message>);

impl Messages {
    /// Adds a message, or counts it if it is there already. Summaries of other messages are
    /// ignored.
    pub(super) fn add(&mut self, diagnostic: &Diagnostic) {
        if is_summary(diagnostic) {
            return;
        }
        self.0
            .entry(MessageKey::of(diagnostic))
            .and_modify(|m| m.occurrences = m.occurrences.saturating_add(1))
            .or_insert_with(|| Message {
                diagnostic: diagnostic.clone(),
                occurrences: 1,
            });
    }

    /// Adds messages of another step unless they are duplicates. Does not change the number of
    /// occurrences.
    pub(super) fn unite<'a>(&mut self, others: impl Iterator<Item = &'a Message>) {
        for message in others {
            if let Entry::Vacant(place) = self.0.entry(MessageKey::of(&message.diagnostic)) {
                place.insert(message.clone());
            }
        }
    }

    /// Returns the messages in an order that does not depend on when they were reported.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.0.values()
    }

    /// Returns the errors and compiler crashes of all packages.
    pub(super) fn errors(&self) -> impl Iterator<Item = &Message> {
        self.iter().filter(|m| m.is_error())
    }
}

/// Returns whether this summarizes other messages.
///
/// Other errors without a code and a span, such as the linker's, are messages of their own.
fn is_summary(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.is_none() && diagnostic.spans.is_empty() && sums_up(&diagnostic.message)
}
