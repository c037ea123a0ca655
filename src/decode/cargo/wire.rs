//! Cargo's messages as they are on the wire, borrowed from the line, and only what is read of them.
//!
//! Fields that one kind of message lacks are optional here; [`super::Reader`] decides what each kind must have.
//! Format: the Cargo book, "External tools", and rustc's "JSON Output".

use std::borrow::Cow;

use serde::Deserialize;

/// A string that stays in the line unless it has escapes. (A bare `Option<Cow<str>>` would always be copied.)
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Any message.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow)]
    pub(super) package_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) target: Option<Target<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
    pub(super) profile: Option<Profile>,
    #[serde(borrow)]
    pub(super) filenames: Option<Vec<Text<'a>>>,
    pub(super) executable: Option<Text<'a>>,
    pub(super) fresh: Option<bool>,
    pub(super) success: Option<bool>,
}

/// The unit's target.
#[derive(Debug, Deserialize)]
pub(super) struct Target<'a> {
    #[serde(borrow)]
    pub(super) kind: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow, rename = "src_path")]
    pub(super) _src_path: Text<'a>,
}

/// The part of an artifact's profile that tells test builds apart.
#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    pub(super) test: bool,
}

/// A diagnostic. `children` and `rendered`, a good half of the bytes, are passed over without being copied.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) message: Text<'a>,
    #[serde(borrow)]
    pub(super) code: Option<Code<'a>>,
    #[serde(borrow)]
    pub(super) level: Text<'a>,
    #[serde(borrow)]
    pub(super) spans: Vec<Span<'a>>,
}

/// Its code; the explanation is not read.
#[derive(Debug, Deserialize)]
pub(super) struct Code<'a> {
    #[serde(borrow)]
    pub(super) code: Text<'a>,
}

/// A place. Lines and columns are 1-based, columns count characters, ends are inclusive for lines and exclusive for columns.
#[derive(Debug, Deserialize)]
pub(super) struct Span<'a> {
    #[serde(borrow)]
    pub(super) file_name: Text<'a>,
    pub(super) line_start: u32,
    pub(super) line_end: u32,
    pub(super) column_start: u32,
    pub(super) column_end: u32,
    pub(super) is_primary: bool,
    #[serde(borrow)]
    pub(super) text: Vec<SourceLine<'a>>,
    #[serde(borrow)]
    pub(super) expansion: Option<Box<Expansion<'a>>>,
}

/// A source line of a span and the columns highlighted in it.
#[derive(Debug, Deserialize)]
pub(super) struct SourceLine<'a> {
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    pub(super) highlight_start: usize,
    pub(super) highlight_end: usize,
}

/// The macro a span lies in, and where that was called.
#[derive(Debug, Deserialize)]
pub(super) struct Expansion<'a> {
    #[serde(borrow)]
    pub(super) span: Span<'a>,
    #[serde(borrow)]
    pub(super) macro_decl_name: Text<'a>,
}
