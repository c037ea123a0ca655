//! Diagnostics of one step, each once however many targets report it.
//!
//! Cargo gives the same message for a library and for its tests, and does not say which is which (cargo issue 15741).
//! Messages are one when package, code, level, message and the set of primary places are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::event::{Diagnostic, Level};

/// What makes two messages one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    package: String,
    code: Option<String>,
    level: Level,
    message: String,
    places: Vec<(String, u32, u32, u32, u32)>,
}

impl Key {
    fn of(diagnostic: &Diagnostic) -> Self {
        let place =
            |s: &crate::event::Span| (s.file.clone(), s.line, s.column, s.end_line, s.end_column);
        let mut places: Vec<_> = diagnostic.spans.iter().map(place).collect();
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

/// A message, and how often it came.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) diagnostic: Diagnostic,
    pub(super) occurrences: u32,
}

impl Message {
    /// The lint or error code, empty when there is none.
    pub(super) fn code(&self) -> &str {
        self.diagnostic.code.as_deref().unwrap_or("")
    }

    /// An error or a crash.
    pub(super) fn is_error(&self) -> bool {
        self.diagnostic.level != Level::Warning
    }

    /// Clippy's own, as opposed to rustc's.
    pub(super) fn is_clippy(&self) -> bool {
        self.code().starts_with("clippy::")
    }
}

/// Messages by what makes them one.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages(BTreeMap<Key, Message>);

impl Messages {
    /// Counts a message. The compiler's summaries of itself are none.
    pub(super) fn add(&mut self, diagnostic: &Diagnostic) {
        if is_summary(diagnostic) {
            return;
        }
        self.0
            .entry(Key::of(diagnostic))
            .and_modify(|m| m.occurrences = m.occurrences.saturating_add(1))
            .or_insert_with(|| Message {
                diagnostic: diagnostic.clone(),
                occurrences: 1,
            });
    }

    /// Takes over what is not here yet: the same message of another step is the same.
    pub(super) fn unite<'a>(&mut self, others: impl Iterator<Item = &'a Message>) {
        for message in others {
            if let Entry::Vacant(place) = self.0.entry(Key::of(&message.diagnostic)) {
                place.insert(message.clone());
            }
        }
    }

    /// In an order that does not depend on when they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.0.values()
    }

    /// Errors and crashes, of whatever package.
    pub(super) fn errors(&self) -> impl Iterator<Item = &Message> {
        self.iter().filter(|m| m.is_error())
    }
}

/// `2 warnings emitted`, `aborting due to 3 previous errors`: about other messages, without code and place. Errors without
/// code and place (a linker's) count.
fn is_summary(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.is_none()
        && diagnostic.spans.is_empty()
        && (diagnostic.level == Level::Warning
            || diagnostic.message.starts_with("aborting due to "))
}
