//! A document: the blocks that a report is laid out in, before anything decides how they look.
//!
//! Each screen and each section of a report builds its blocks once. [`super::terminal`] and [`super::markdown`] render
//! them; a renderer decides about widths, folding and emphasis. Blocks hold raw text: [`Text`] can only be read by a
//! renderer, which escapes whatever it writes, so that no builder can forget to.

use crate::change::Change;
use crate::run::Verdict;

use super::style::Style;

/// Blocks in the order in which they are read.
pub type Document = Vec<Block>;

/// Raw text in pieces that renderers may treat differently.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    pieces: Vec<Piece>,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Prose. Markdown only knows [`Style::Strong`], as bold.
    Words(Style, String),
    /// A command, a path or a name: Markdown sets it as code.
    Code(Style, String),
    /// Prose that differs from one measurement to the next, such as a time or the id of a run.
    Varying(String),
    /// The word for a verdict.
    Verdict(Verdict),
    /// Values over time, oldest first, in at most this many columns.
    Chart(Vec<f64>, usize),
}

impl Text {
    /// Returns prose without a style.
    pub fn new(words: impl Into<String>) -> Self {
        Self::default().words(words)
    }

    /// Returns prose in a style.
    pub fn styled(style: Style, words: impl Into<String>) -> Self {
        Self::default().and(Piece::Words(style, words.into()))
    }

    /// Returns a command, a path or a name.
    pub fn code(code: impl Into<String>) -> Self {
        Self::styled_code(Style::Plain, code)
    }

    /// Returns a command, a path or a name in a style.
    pub fn styled_code(style: Style, code: impl Into<String>) -> Self {
        Self::default().and(Piece::Code(style, code.into()))
    }

    /// Returns prose that differs from one measurement to the next. A document is current although it has another.
    pub fn varying(words: impl Into<String>) -> Self {
        Self::default().and(Piece::Varying(words.into()))
    }

    /// Returns the word for a verdict.
    pub fn verdict(verdict: Verdict) -> Self {
        Self::default().and(Piece::Verdict(verdict))
    }

    /// Returns a chart of values over time, oldest first, in at most `columns` columns.
    pub fn chart(values: &[f64], columns: usize) -> Self {
        Self::default().and(Piece::Chart(values.to_vec(), columns))
    }

    /// Returns this text followed by prose.
    #[must_use]
    pub fn words(self, words: impl Into<String>) -> Self {
        self.and(Piece::Words(Style::Plain, words.into()))
    }

    /// Returns this text followed by the command that helps, if there is one.
    #[must_use]
    pub fn with_command(self, command: Option<&str>) -> Self {
        match command {
            Some(command) => self.words(": ").join(Self::code(command)),
            None => self,
        }
    }

    /// Returns this text followed by another.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    fn and(mut self, piece: Piece) -> Self {
        let is_empty = match &piece {
            Piece::Words(_, text) | Piece::Code(_, text) | Piece::Varying(text) => text.is_empty(),
            Piece::Chart(values, _) => values.is_empty(),
            Piece::Verdict(_) => false,
        };
        if !is_empty {
            self.pieces.push(piece);
        }
        self
    }

    /// Returns whether the text has no pieces.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Returns the raw pieces. Only renderers call this, and they escape all text.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

impl From<&Piece> for Text {
    fn from(piece: &Piece) -> Self {
        Self::default().and(piece.clone())
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Self::new(words)
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        Self::new(words)
    }
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The title of the document. A terminal sets the remark at the right edge of the same line.
    Title {
        /// The title.
        text: Text,
        /// A short remark, such as the verdict; may be empty.
        remark: Text,
    },
    /// The heading of a section, or of a subsection within it.
    Heading(HeadingLevel, Text),
    /// The verdict of the whole document.
    Verdict(Headline),
    /// A paragraph, with a shorter form for terminals that are too narrow for it.
    Paragraph {
        /// The text.
        text: Text,
        /// The short form; `None` if the text is always shown in full.
        short: Option<Text>,
    },
    /// A gate or check that needs attention, as the compiler shows an error.
    Problem(GateProblem),
    /// The rule of a gate, quoted from the configuration.
    Quote(QuotedRule),
    /// Evidence in full.
    Evidence(Vec<EvidenceItem>),
    /// Judged gates, group by group.
    Gates(Vec<GateGroup>),
    /// Rows and columns.
    Table(Table),
    /// A list with one item a line. A terminal indents it by this many columns.
    List(usize, Vec<Text>),
    /// A list whose items are never broken into lines, because people search for them or copy them. A terminal indents it
    /// by this many columns.
    Lines(usize, Vec<Text>),
    /// Statements, each with whether it holds. Markdown shows them as a task list.
    Checklist(Vec<CheckItem>),
    /// The lines of a Mermaid diagram. A terminal leaves it out, because a table has the same facts.
    Diagram(Vec<String>),
    /// The change of a file, as a unified diff. Nothing if the file stays as it is.
    Diff(Change),
    /// Short items, as many in a line as fit.
    Items(ItemList),
    /// A named value.
    Field(&'static str, Text),
    /// A remark or the next command.
    Note(Note),
    /// Blocks that are not needed at first sight.
    Details(&'static str, Document),
    /// A visible separation; a blank line on a terminal.
    Separator,
}

impl Block {
    /// Returns a paragraph without a short form.
    pub fn paragraph(text: impl Into<Text>) -> Self {
        Self::Paragraph {
            text: text.into(),
            short: None,
        }
    }
}

/// The level of a [`Block::Heading`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadingLevel {
    /// A section of the document.
    Section,
    /// A part of a section.
    Subsection,
}

/// A statement of a [`Block::Checklist`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckItem {
    /// Whether the evidence shows that it holds.
    pub holds: bool,
    /// The statement, and the open parts.
    pub text: Text,
}

/// The verdict of a document and the number of its gates.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// `FAIL`, `NOT READY`.
    pub word: &'static str,
    /// The style of the word.
    pub style: Style,
    /// The text after the word.
    pub text: Text,
    /// The exit code, which a terminal shows at the right edge; `None` if `text` names it.
    pub exit: Option<u8>,
}

/// How serious a [`GateProblem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemSeverity {
    /// A deny gate failed.
    Error,
    /// A deny gate has no verdict.
    NoVerdict,
    /// A warn gate has no verdict.
    NoVerdictOfWarning,
    /// A warn gate failed.
    Warning,
    /// The gate passes, or is waived; shown on request.
    Holds(Verdict),
}

impl ProblemSeverity {
    /// Returns whether the verdict is missing.
    pub fn is_undecided(self) -> bool {
        matches!(self, Self::NoVerdict | Self::NoVerdictOfWarning)
    }
}

/// A gate or check with its evidence and the next command.
#[derive(Clone, Debug, PartialEq)]
pub struct GateProblem {
    /// How serious it is.
    pub severity: ProblemSeverity,
    /// The name, the value and the requirement, or why the verdict is missing.
    pub headline: String,
    /// Where the rule is configured; `None` for a check of a release and for several gates at once.
    pub rule: Option<QuotedRule>,
    /// The id of a check of a release, which has no rule.
    pub check: Option<String>,
    /// The reason that several gates share.
    pub reason: Option<String>,
    /// Places, names and reasons.
    pub evidence: Vec<EvidenceItem>,
    /// How many pieces of evidence there are, including those that were not recorded.
    pub total: usize,
    /// The part of the reason that the headline leaves out.
    pub remark: Option<String>,
    /// The measured change with its interval. A terminal shows it in place of a missing remark.
    pub change: Option<String>,
    /// The next command.
    pub help: Option<String>,
}

/// A rule of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotedRule {
    /// The configuration file.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// The text of the line, if the configuration at hand has it.
    pub source: Option<String>,
}

/// A place, a name or a reason that explains a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceItem {
    /// The text, such as `api/src/lib.rs:40:9  clippy::needless_clone`.
    pub text: String,
    /// The message that a failed test panicked with, line by line; may be empty.
    pub panic: Vec<String>,
    /// An earlier problem of the same document has it too.
    pub repeated: bool,
}

/// The gates of one group of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct GateGroup {
    /// The group's key; empty for gates outside of groups.
    pub key: String,
    /// The heading for people.
    pub heading: String,
    /// Gates in the order of the configuration.
    pub rows: Vec<GateRow>,
}

/// A judged gate in a [`Block::Gates`].
#[derive(Clone, Debug, PartialEq)]
pub struct GateRow {
    /// The title, and the package for a gate on one.
    pub name: String,
    /// The condition as configured.
    pub require: String,
    /// The condition with typographic signs.
    pub condition: String,
    /// The value of the baseline.
    pub baseline: Option<String>,
    /// The value now.
    pub value: Option<String>,
    /// The outcome.
    pub verdict: Verdict,
    /// The measured change, the first piece of evidence or the reason.
    pub remark: String,
    /// The reason in full.
    pub reason: String,
    /// Whether the value differs from one measurement to the next.
    pub varies: bool,
}

/// Rows and columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// A noun for the rows, in the plural. A long table is folded under it.
    pub name: &'static str,
    /// How columns are set.
    pub columns: Vec<TableColumn>,
    /// Whether a terminal shows the titles of the columns.
    pub has_heads: bool,
    /// Rows, each with at most as many cells as there are columns.
    pub rows: Vec<TableRow>,
}

/// A column of a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// The title.
    pub head: &'static str,
    /// Whether cells end at the right edge, as numbers do.
    pub right: bool,
    /// How wide the column may be on a terminal. Longer cells are cut.
    pub limit: Limit,
    /// Blanks before the column on a terminal.
    pub gap: usize,
}

/// The widest that a column may be on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// As wide as its widest cell.
    None,
    /// This many columns of the terminal.
    Columns(usize),
    /// Half of the terminal.
    Half,
}

impl TableColumn {
    /// Returns a column of text, two blanks away from the one before.
    pub const fn text(head: &'static str) -> Self {
        Self {
            head,
            right: false,
            limit: Limit::None,
            gap: 2,
        }
    }

    /// Returns a column of numbers, two blanks away from the one before.
    pub const fn number(head: &'static str) -> Self {
        Self {
            right: true,
            ..Self::text(head)
        }
    }

    /// Returns the column with a limit.
    pub const fn at_most(self, columns: usize) -> Self {
        Self {
            limit: Limit::Columns(columns),
            ..self
        }
    }

    /// Returns the column with `gap` blanks before it.
    pub const fn gap(self, gap: usize) -> Self {
        Self { gap, ..self }
    }
}

/// A row of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// Cells from left to right.
    pub cells: Vec<Text>,
    /// How a terminal shows a row that is too long for it.
    pub overflow: Overflow,
}

/// How a terminal shows a row that is too long for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Leaves it alone: the row is not expected to be long, or must be copied whole.
    Keep,
    /// Cuts it.
    Cut,
    /// Continues it in further lines, which begin at this column.
    Fold(usize),
    /// Continues the last cell below itself.
    FoldLastCell,
}

/// Short items behind a label.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemList {
    /// A label for the items; may be empty.
    pub label: Text,
    /// The separator of two items.
    pub between: Between,
    /// The items.
    pub items: Vec<Text>,
}

/// The separator of two items of an [`ItemList`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// A blank.
    Blank,
    /// Several blanks.
    Gap,
    /// A dot at half height, or its ASCII stand-in.
    Dot,
}

/// A remark or the next command.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// What kind of note it is.
    pub kind: NoteKind,
    /// The text.
    pub text: String,
    /// Whether a terminal may break the text into lines. Commands to copy and lines to search for stay whole.
    pub folds: bool,
}

/// The kinds of [`Note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// The command that helps with the block above.
    Help,
    /// The command to continue with.
    Next,
    /// Something to know.
    Note,
    /// Something to attend to.
    Warning,
}

impl From<Note> for Block {
    fn from(note: Note) -> Self {
        Self::Note(note)
    }
}

impl Note {
    /// Returns a note that stays on one line.
    pub fn new(kind: NoteKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            folds: false,
        }
    }

    /// Returns a note that may be broken into lines.
    pub fn folding(kind: NoteKind, text: impl Into<String>) -> Self {
        Self {
            folds: true,
            ..Self::new(kind, text)
        }
    }
}
