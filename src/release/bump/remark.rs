//! Problems and notes about a position in a file, a file, or the request.

use std::ops::Range;

use serde::{Serialize, Serializer};

/// A problem or note and its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Path of the file; empty for a remark about the request, which is null in JSON.
    #[serde(serialize_with = "file")]
    pub file: String,
    /// 1-based line; 0 without a file and for a whole file, which is null in JSON.
    #[serde(serialize_with = "line_number")]
    pub line: u32,
    /// Byte range in the file.
    #[serde(skip)]
    pub span: Range<usize>,
    /// Message, a lower-case fragment that names its subject.
    pub message: String,
    /// Advice to follow.
    pub help: Option<String>,
}

fn file<S: Serializer>(file: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Some(file)
        .filter(|file| !file.is_empty())
        .serialize(serializer)
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
fn line_number<S: Serializer>(line: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    Some(*line).filter(|line| *line > 0).serialize(serializer)
}

impl Remark {
    /// Creates a remark about the request.
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self {
            file: String::new(),
            line: 0,
            span: 0..0,
            message: message.into(),
            help: None,
        }
    }

    /// Creates a remark about a byte range of a file.
    pub(super) fn at(
        file: &str,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line: line(text, span.start),
            span,
            message: message.into(),
            help: None,
        }
    }

    /// Adds advice.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Returns the 1-based line of a byte.
pub(super) fn line(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    u32::try_from(before.iter().filter(|b| **b == b'\n').count() + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_without_a_place_has_null_in_json() {
        let json = serde_json::to_string(&Remark::plain("x")).unwrap();
        assert_eq!(
            json,
            r#"{"file":null,"line":null,"message":"x","help":null}"#
        );
    }
}
