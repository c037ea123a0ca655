//! A mistake in a configuration file, with its place. Knows nothing of how it is shown (`render`).

use std::ops::Range;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Byte range in the file.
    pub at: Range<usize>,
    /// The headline: ``unknown metric `clipy.warnings` ``.
    pub message: String,
    /// Words beside the caret: ``did you mean `clippy.warnings`?``.
    pub label: String,
    /// What to write or type instead.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake without help.
    pub fn new(at: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            label: label.into(),
            help: None,
        }
    }

    /// The same with help.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// A file that cannot be used, with everything that is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// As people know it, relative to where they are if possible.
    pub file: String,
    /// Its text, for the lines to show.
    pub text: String,
    /// In the order of the file; never empty.
    pub mistakes: Vec<Mistake>,
}
