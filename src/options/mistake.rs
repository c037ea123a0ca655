//! Errors in configuration files, with their positions. `render` shows them.

use std::ops::Range;

/// An error in a configuration file, with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Byte range in the file.
    pub at: Range<usize>,
    /// The error: ``unknown metric `clipy.warnings` ``.
    pub message: String,
    /// The text next to the caret: ``did you mean `clippy.warnings`?``.
    pub label: String,
    /// How to fix it.
    pub help: Option<String>,
}

impl Mistake {
    /// Returns an error without help.
    pub fn new(at: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            label: label.into(),
            help: None,
        }
    }

    /// Returns the error with help.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// An invalid configuration file with its errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Its name for messages, relative to the working directory if possible.
    pub file: String,
    /// Its text, to show the affected lines.
    pub text: String,
    /// The errors in the order of the file. Never empty.
    pub mistakes: Vec<Mistake>,
}
