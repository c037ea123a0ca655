//! Cargo's messages in their JSON form, borrowed from the line. Only the fields that are used.
//!
//! A field that some kind of message does not have is optional here; [`super::CargoReader`] decides
//! which fields each kind requires.
//! Format: the Cargo book, "External tools", and rustc's "JSON Output".

use std::borrow::Cow;

use serde::Deserialize;

/// A string that borrows from the line unless it contains escapes. (A bare `Option<Cow<str>>` would
/// always be copied.)
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct WireText<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Any message.
#[derive(Debug, Deserialize)]
pub(super) struct CargoMessage<'a> {
    #[serde(borrow)]
    pub(super) reason: WireText<'a>,
    #[serde(borrow)]
    pub(super) package_id: Option<WireText<'a>>,
    #[serde(borrow)]
    pub(super) target: Option<WireTarget<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<WireDiagnostic<'a>>,
    pub(super) profile: Option<Profile>,
    #[serde(borrow)]
    pub(super) filenames: Option<Vec<WireText<'a>>>,
    pub(super) executable: Option<WireText<'a>>,
    pub(super) fresh: Option<bool>,
    pub(super) success: Option<bool>,
}

/// The unit's target.
#[derive(Debug, Deserialize)]
pub(super) struct WireTarget<'a> {
    #[serde(borrow)]
    pub(super) kind: Vec<WireText<'a>>,
    #[serde(borrow)]
    pub(super) name: WireText<'a>,
    #[serde(borrow, rename = "src_path")]
    pub(super) _src_path: WireText<'a>,
}

/// The part of an artifact's profile that marks test builds.
#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    pub(super) test: bool,
}

/// A diagnostic. `children` and `rendered`, more than half of the bytes, are skipped without being
/// copied.
#[derive(Debug, Deserialize)]
pub(super) struct WireDiagnostic<'a> {
    #[serde(borrow)]
    pub(super) message: WireText<'a>,
    #[serde(borrow)]
    pub(super) code: Option<Code<'a>>,
    #[serde(borrow)]
    pub(super) level: WireText<'a>,
    #[serde(borrow)]
    pub(super) spans: Vec<WireSpan<'a>>,
}

/// A message with the notes of its diagnostic, which are read for few messages only.
#[derive(Debug, Deserialize)]
pub(super) struct WithNotes {
    pub(super) message: DiagnosticNotes,
}

/// The notes of a diagnostic.
#[derive(Debug, Deserialize)]
pub(super) struct DiagnosticNotes {
    pub(super) children: Vec<Note>,
}

/// A note.
#[derive(Debug, Deserialize)]
pub(super) struct Note {
    pub(super) message: String,
}

/// The code of a diagnostic. Its explanation is not read.
#[derive(Debug, Deserialize)]
pub(super) struct Code<'a> {
    #[serde(borrow)]
    pub(super) code: WireText<'a>,
}

/// A place. Lines and columns are 1-based and columns count characters. The last line is included,
/// the last column is not.
#[derive(Debug, Deserialize)]
pub(super) struct WireSpan<'a> {
    #[serde(borrow)]
    pub(super) file_name: WireText<'a>,
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
    pub(super) text: WireText<'a>,
    pub(super) highlight_start: usize,
    pub(super) highlight_end: usize,
}

/// The macro that a span lies in, and the place where the macro was called.
#[derive(Debug, Deserialize)]
pub(super) struct Expansion<'a> {
    #[serde(borrow)]
    pub(super) span: WireSpan<'a>,
    #[serde(borrow)]
    pub(super) macro_decl_name: WireText<'a>,
}
