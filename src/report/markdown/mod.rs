//! Renders documents as GitHub-flavoured Markdown.
//!
//! All text goes through [`Md`], which escapes it.

pub mod escape;

use super::Format;
use super::document::{
    Block, CheckItem, Document, EvidenceItem, GateGroup, GateProblem, HeadingLevel, Headline, Note,
    NoteKind, Piece, ProblemSeverity, QuotedRule, Table, Text,
};
use super::figure::blocks;
use super::object::Report;
use super::pages;
use super::shorten::fitted;
use super::style::{Look, Style, UNICODE};
use super::unified;
use crate::change::Change;
use crate::run::Verdict;
use escape::{Md, folded, list};

pub use pages::Completion;

/// The largest report in bytes. GitHub refuses comments with more than 65,536 characters; a workflow may add some of its own.
const COMMENT_LIMIT: usize = 65_000;

/// How many failed tests of a problem are shown with their panic message.
const PANICS: usize = 5;

/// The format for comments and files.
pub(super) const FORMAT: Format = Format {
    name: "markdown",
    about: "GitHub-flavoured Markdown",
    render: report,
    page: Some(|page, _| for_comment(page)),
    site: None,
    commands: None,
};

/// Returns the whole report, or as much of it as a comment may have.
pub fn report(report: &Report, _now: i64, _look: &Look) -> String {
    for_comment(&pages::report(report))
}

/// Returns as much of a page as a comment may have.
fn for_comment(page: &Document) -> String {
    // The verdict, which is short, always fits.
    fitted(page, COMMENT_LIMIT, "comments", render).unwrap_or_default()
}

/// Returns the completion report of a campaign.
pub fn completion(of: &Completion<'_>) -> String {
    render(&pages::completion(of))
}

/// Returns the comparison of both sides for release notes, or `None` without values to compare.
pub fn figures(report: &Report) -> Option<String> {
    pages::comparison(report).map(|page| render(&page))
}

/// Returns a document as Markdown, with a blank line between two blocks.
pub fn render(document: &Document) -> String {
    joined(document).replace(VARYING, "") + "\n"
}

/// Stands before and after each text that differs from one measurement to the next. Text from outside cannot contain it,
/// because it would be escaped.
const VARYING: &str = "\u{80}";

/// Markdown in which some texts may differ from one measurement to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaryingMarkdown(String);

impl VaryingMarkdown {
    /// Renders a document.
    pub fn of(document: &Document) -> Self {
        Self(joined(document))
    }

    /// Returns the Markdown.
    pub fn text(&self) -> String {
        self.0.replace(VARYING, "")
    }

    /// Returns whether a text is this Markdown, apart from the texts that may differ.
    pub fn is_like(&self, text: &str) -> bool {
        let (own, other) = (self.0.lines(), text.lines());
        own.clone().count() == other.clone().count()
            && own.zip(other).all(|(own, other)| is_line_like(own, other))
    }
}

/// Returns whether a line is a line of a [`VaryingMarkdown`]. What varies stays within its cell of a table.
fn is_line_like(own: &str, line: &str) -> bool {
    let mut parts = own.split(VARYING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let fixed: Vec<&str> = parts.skip(1).step_by(2).collect();
    let Some((last, between)) = fixed.split_last() else {
        return rest.is_empty();
    };
    for text in between {
        let Some((varying, after)) = rest.split_once(text) else {
            return false;
        };
        if leaves_cell(varying) {
            return false;
        }
        rest = after;
    }
    let varying = rest.strip_suffix(last);
    varying.is_some_and(|varying| !leaves_cell(varying))
}

/// Returns whether a text has the end of a cell. An escaped pipe is none.
fn leaves_cell(text: &str) -> bool {
    text.replace("\\|", "").contains('|')
}

fn joined(blocks: &[Block]) -> String {
    let blocks: Vec<String> = blocks.iter().map(block).collect();
    let mut text = String::new();
    for block in &blocks {
        let block = block.trim_end();
        if !block.is_empty() && !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(block);
    }
    text
}

fn block(block: &Block) -> String {
    match block {
        Block::Title { text, remark } => {
            format!("# {}\n\n{}", md(text).as_str(), md(remark).as_str())
        }
        Block::Heading(HeadingLevel::Section, text) => format!("## {}", md(text).as_str()),
        Block::Heading(HeadingLevel::Subsection, text) => format!("### {}", md(text).as_str()),
        Block::Verdict(headline) => verdict(headline),
        Block::Paragraph { text, .. } => md(text).as_str().to_owned(),
        Block::Problem(problem) => self::problem(problem),
        Block::Quote(rule) => quote(rule),
        Block::Evidence(evidence) => {
            let shown: Vec<&EvidenceItem> = evidence.iter().collect();
            list(shown.iter().map(|e| Md::code(&e.text))) + "\n" + &panics(&shown)
        }
        Block::Gates(groups) => groups.iter().map(gates).collect(),
        Block::Table(table) => self::table(table),
        Block::List(_, items) | Block::Lines(_, items) => list(items.iter().map(md)),
        Block::Checklist(items) => checklist(items),
        Block::Diagram(lines) => Md::fenced("mermaid", lines).as_str().to_owned(),
        Block::Diff(change) => diff(change),
        Block::Items(items) => {
            let label = (!items.label.is_empty()).then_some(&items.label);
            let items: Vec<Md> = label.into_iter().chain(&items.items).map(md).collect();
            let items: Vec<&str> = items.iter().map(Md::as_str).collect();
            items.join(" · ")
        }
        Block::Field(label, text) => match *label {
            "" => md(text).as_str().to_owned(),
            label => format!("**{label}**: {}", md(text).as_str()),
        },
        Block::Note(note) => self::note(note),
        Block::Details(summary, blocks) => details(summary, &joined(blocks)),
        Block::Separator => "---".to_owned(),
    }
}

/// Returns a text, escaped. Blanks at the ends of a piece keep it apart from its neighbours.
fn md(text: &Text) -> Md {
    let mut shown = Md::default();
    let last = text.pieces().len().saturating_sub(1);
    for (at, piece) in text.pieces().iter().enumerate() {
        shown = match piece {
            Piece::Words(Style::Strong, words) => shown
                .and(&Md::own("**"))
                .and(&Md::prose(words))
                .and(&Md::own("**")),
            Piece::Words(_, words) => {
                let begins_blank = at > 0 && words.starts_with(char::is_whitespace);
                let ends_blank = at < last && words.trim_end().len() < words.len();
                shown
                    .and(&Md::own(if begins_blank { " " } else { "" }))
                    .and(&Md::prose(words))
                    .and(&Md::own(if ends_blank { " " } else { "" }))
            }
            Piece::Code(_, code) => shown.and(&Md::code(code)),
            Piece::Varying(words) => shown
                .and(&Md::own(VARYING))
                .and(&Md::prose(words))
                .and(&Md::own(VARYING)),
            Piece::Verdict(verdict) => shown.and(&word(*verdict)),
            Piece::Chart(values, columns) => {
                shown.and(&Md::prose(&blocks(values, *columns, &UNICODE)))
            }
        };
    }
    shown
}

fn word(verdict: Verdict) -> Md {
    let word = match verdict {
        Verdict::Pass | Verdict::Waived => return Md::own(verdict.words()),
        Verdict::Warn | Verdict::NoVerdict => verdict.words(),
        Verdict::Fail => verdict.capitals(),
    };
    let bold = Md::own("**");
    bold.clone().and(&Md::own(word)).and(&bold)
}

fn verdict(headline: &Headline) -> String {
    let text = md(&headline.text);
    let exit = match headline.exit {
        Some(code) => format!(" (exit {code})"),
        None => String::new(),
    };
    format!("**{}**: {}{exit}", headline.word, text.as_str())
}

fn checklist(items: &[CheckItem]) -> String {
    let mut text = String::new();
    for item in items {
        let mark = if item.holds { "x" } else { " " };
        text += &format!("- [{mark}] {}\n", md(&item.text).as_str());
    }
    text
}

/// Returns a problem. Evidence that an earlier one has is only counted.
fn problem(problem: &GateProblem) -> String {
    let word = match problem.severity {
        ProblemSeverity::Error => "error",
        ProblemSeverity::NoVerdict | ProblemSeverity::NoVerdictOfWarning => {
            Verdict::NoVerdict.words()
        }
        ProblemSeverity::Warning => "warning",
        ProblemSeverity::Holds(_) => "holds",
    };
    let headline = Md::prose(&problem.headline);
    let (repeated, new): (Vec<&EvidenceItem>, Vec<&EvidenceItem>) =
        problem.evidence.iter().partition(|e| e.repeated);

    let reason = problem.reason.as_deref().map(Md::prose);
    let places = new.iter().map(|evidence| Md::code(&evidence.text));
    let above =
        (!repeated.is_empty()).then(|| Md::count(repeated.len()).and(&Md::own(" named above")));
    let remark = problem.remark.as_deref().map(Md::prose);
    let help = problem.help.as_deref();
    let help = help.map(|help| Md::own("next: ").and(&Md::code(help)));
    let items = reason.into_iter().chain(places).chain(above);
    let items = list(items.chain(remark).chain(help));

    let rule = problem.rule.as_ref().map(place);
    let rule = match rule.as_ref().or(problem.check.as_ref()) {
        Some(rule) => format!(" ({})", Md::code(rule).as_str()),
        None => String::new(),
    };
    let panics = panics(&new);
    format!(
        "**{word}**: {}{rule}\n\n{items}\n{panics}",
        headline.as_str()
    )
}

/// Returns the panic messages of the first failed tests.
fn panics(evidence: &[&EvidenceItem]) -> String {
    let failed = evidence.iter().filter(|e| !e.panic.is_empty());
    failed
        .take(PANICS)
        .map(|test| {
            let block = Md::fenced("text", &test.panic);
            format!("{}:\n\n{}\n", Md::code(&test.text).as_str(), block.as_str())
        })
        .collect()
}

fn place(rule: &QuotedRule) -> String {
    format!("{}:{}", rule.file, rule.line)
}

fn quote(rule: &QuotedRule) -> String {
    let source: Vec<String> = rule.source.iter().cloned().collect();
    let place = Md::code(&place(rule));
    let source = Md::fenced("text", &source);
    format!("{}:\n\n{}", place.as_str(), source.as_str())
}

fn gates(group: &GateGroup) -> String {
    let rows: Vec<Vec<Md>> = group
        .rows
        .iter()
        .map(|row| {
            vec![
                Md::prose(&row.name),
                Md::code(&row.require),
                varying(number(row.baseline.as_deref()), row.varies),
                varying(number(row.value.as_deref()), row.varies),
                word(row.verdict),
                varying(
                    Md::prose(&row.reason),
                    row.varies || row.verdict == Verdict::NoVerdict,
                ),
            ]
        })
        .collect();
    let head = [
        ("gate", false),
        ("required", false),
        ("baseline", true),
        ("value", true),
        ("verdict", false),
        ("why", false),
    ];
    let table = folded("gates", &head, &rows);
    if group.key.is_empty() {
        return table + "\n";
    }
    format!("### {}\n\n{table}\n", Md::prose(&group.heading).as_str())
}

/// Marks a text that varies.
fn varying(text: Md, varies: bool) -> Md {
    let mark = Md::own(if varies { VARYING } else { "" });
    mark.clone().and(&text).and(&mark)
}

fn number(value: Option<&str>) -> Md {
    Md::prose(value.unwrap_or(UNICODE.none))
}

fn table(table: &Table) -> String {
    let heads = table
        .columns
        .iter()
        .map(|column| (column.head, column.right));
    let rows: Vec<Vec<Md>> = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(md).collect())
        .collect();
    folded(table.name, &heads.collect::<Vec<_>>(), &rows)
}

fn note(note: &Note) -> String {
    match note.kind {
        NoteKind::Help | NoteKind::Next => format!("next: {}", Md::code(&note.text).as_str()),
        NoteKind::Note => Md::prose(&note.text).as_str().to_owned(),
        NoteKind::Warning => format!("**warning**: {}", Md::prose(&note.text).as_str()),
    }
}

fn diff(change: &Change) -> String {
    let lines: Vec<String> = unified::lines(change)
        .iter()
        .map(|line| line.sign.into_iter().collect::<String>() + &line.text)
        .collect();
    match lines.as_slice() {
        [] => String::new(),
        lines => Md::fenced("diff", lines).as_str().to_owned(),
    }
}

/// Returns a section that opens on demand.
fn details(summary: &'static str, content: &str) -> String {
    format!("<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>")
}

#[cfg(test)]
mod tests;
