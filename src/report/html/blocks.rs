//! Renders the blocks of documents as HTML.

use super::chart::spark;
use super::markup::{HtmlElement, element, scrolling};
use crate::metric::Unit;
use crate::report::document::{
    Block, CheckItem, Document, EvidenceItem, GateGroup, GateProblem, HeadingLevel, Headline, Note,
    NoteKind, Piece, ProblemSeverity, QuotedRule, Table, Text,
};
use crate::report::style::{Style, UNICODE};
use crate::report::unified;
use crate::run::Verdict;

/// How many rows of a table or items of a list are shown at first sight.
const FEW: usize = 50;

/// The largest number of rows or items that are written.
const MOST: usize = 500;

/// Returns blocks as elements.
pub(super) fn rendered(blocks: &[Block]) -> Vec<HtmlElement> {
    blocks.iter().filter_map(block).collect()
}

fn block(block: &Block) -> Option<HtmlElement> {
    Some(match block {
        Block::Title { text, .. } => element("h1").and_all(inline(text)),
        Block::Heading(HeadingLevel::Section, text) => element("h2").and_all(inline(text)),
        Block::Heading(HeadingLevel::Subsection, text) => element("h3").and_all(inline(text)),
        Block::Verdict(headline) => verdict(headline),
        Block::Paragraph { text, .. } => element("p").and_all(inline(text)),
        Block::Problem(problem) => self::problem(problem),
        Block::Quote(rule) => element("p").and_all(quote(rule)),
        Block::Evidence(items) => evidence(items),
        Block::Gates(groups) => element("div").and_all(groups.iter().flat_map(gates)),
        Block::Table(table) => self::table(table),
        Block::List(_, items) | Block::Lines(_, items) => list(items.iter().map(item)),
        Block::Checklist(items) => list(items.iter().map(check)).with("class", "checks"),
        Block::Diff(change) => {
            let mut text = String::new();
            for line in unified::lines(change) {
                text.extend(line.sign);
                text += &line.text;
                text.push('\n');
            }
            element("pre").and(text)
        }
        Block::Items(items) => {
            let mut paragraph = element("p");
            let label = (!items.label.is_empty()).then_some(&items.label);
            for (at, text) in label.into_iter().chain(&items.items).enumerate() {
                if at > 0 {
                    paragraph = paragraph.and(" · ");
                }
                paragraph = paragraph.and_all(inline(text));
            }
            paragraph
        }
        Block::Field("", text) => element("p").and_all(inline(text)),
        Block::Field(label, text) => element("p")
            .and(element("strong").and(*label))
            .and(": ")
            .and_all(inline(text)),
        Block::Note(note) => self::note(note),
        Block::Details(summary, blocks) => details(summary.to_string(), rendered(blocks)),
        // Tables beside a diagram have the same facts, and headings separate.
        Block::Diagram(_) | Block::Separator => return None,
    })
}

/// Returns content that opens on demand.
pub(super) fn details(summary: String, content: Vec<HtmlElement>) -> HtmlElement {
    element("details")
        .and(element("summary").and(summary))
        .and_all(content)
}

/// Returns the pieces of a text.
pub(super) fn inline(text: &Text) -> Vec<HtmlElement> {
    text.pieces().iter().filter_map(piece).collect()
}

fn piece(piece: &Piece) -> Option<HtmlElement> {
    Some(match piece {
        Piece::Words(style, words) => match class(*style) {
            Some(class) => element("span").class(class).and(words.as_str()),
            None => element("span").and(words.as_str()),
        },
        Piece::Code(_, code) => element("code").and(code.as_str()),
        Piece::Varying(words) => element("span").and(words.as_str()),
        Piece::Verdict(verdict) => word(*verdict),
        Piece::Chart(values, columns) => {
            let shown = &values[values.len().saturating_sub(*columns)..];
            return spark(shown, &Unit::Count, "trend");
        }
    })
}

fn class(style: Style) -> Option<&'static str> {
    match style {
        Style::Plain | Style::Frame => None,
        Style::Strong => Some("strong"),
        Style::Good => Some("good"),
        Style::Bad => Some("bad"),
        Style::Caution => Some("caution"),
        Style::Hint => Some("strong"),
        Style::Quiet => Some("quiet"),
    }
}

/// Returns the word for a verdict behind a sign of its own, so that colour only helps.
pub(super) fn word(verdict: Verdict) -> HtmlElement {
    let (sign, class) = match verdict {
        Verdict::Pass => ("✓", "verdict good"),
        Verdict::Waived => ("◇", "verdict caution"),
        Verdict::Warn => ("▲", "verdict caution"),
        Verdict::NoVerdict => ("?", "verdict caution"),
        Verdict::Fail => ("✗", "verdict bad"),
    };
    let word = match verdict {
        Verdict::Fail | Verdict::NoVerdict => verdict.capitals(),
        _ => verdict.words(),
    };
    signed(class, sign, word)
}

/// Returns a word behind a sign that is not read aloud.
pub(super) fn signed(class: &'static str, sign: &'static str, word: &str) -> HtmlElement {
    element("span")
        .class(class)
        .and(element("span").with("aria-hidden", "true").and(sign))
        .and(format!(" {word}"))
}

/// Returns the sign before a word in this style.
pub(super) fn sign(style: Style) -> &'static str {
    match style {
        Style::Good => "✓",
        Style::Bad => "✗",
        _ => "?",
    }
}

fn verdict(headline: &Headline) -> HtmlElement {
    let class = match headline.style {
        Style::Good => "verdict good",
        Style::Bad => "verdict bad",
        _ => "verdict caution",
    };
    element("p")
        .and(signed(class, sign(headline.style), headline.word))
        .and(": ")
        .and_all(inline(&headline.text))
}

fn problem(problem: &GateProblem) -> HtmlElement {
    let (class, verdict) = match problem.severity {
        ProblemSeverity::Error => ("problem of-bad", Verdict::Fail),
        ProblemSeverity::NoVerdict | ProblemSeverity::NoVerdictOfWarning => {
            ("problem of-caution", Verdict::NoVerdict)
        }
        ProblemSeverity::Warning => ("problem of-caution", Verdict::Warn),
        ProblemSeverity::Holds(verdict) => ("problem", verdict),
    };
    let heading = element("h3")
        .and(word(verdict))
        .and(format!(" {}", problem.headline));
    let mut shown = element("article").class(class).and(heading);
    if let Some(help) = &problem.help {
        let next = element("p")
            .and("Next: ")
            .and(element("code").and(help.as_str()));
        shown = shown.and(next);
    }
    for text in [&problem.reason, &problem.remark, &problem.change]
        .into_iter()
        .flatten()
    {
        shown = shown.and(element("p").and(text.as_str()));
    }
    let (repeated, new): (Vec<EvidenceItem>, Vec<EvidenceItem>) = problem
        .evidence
        .iter()
        .cloned()
        .partition(|item| item.repeated);
    if !new.is_empty() {
        shown = shown.and(evidence(&new));
    }
    if !repeated.is_empty() {
        let text = format!("{} named above", repeated.len());
        shown = shown.and(element("p").class("quiet").and(text));
    }
    let hidden = problem.total.saturating_sub(problem.evidence.len());
    if hidden > 0 {
        shown = shown.and(
            element("p")
                .class("quiet")
                .and(format!("and {hidden} more")),
        );
    }
    match (&problem.rule, &problem.check) {
        (Some(rule), _) => shown.and(
            element("p")
                .class("quiet")
                .and("Rule: ")
                .and_all(quote(rule)),
        ),
        (None, Some(check)) => {
            let check = element("code").and(check.as_str());
            shown.and(element("p").class("quiet").and("Check: ").and(check))
        }
        (None, None) => shown,
    }
}

/// Returns the place of a rule and its line.
fn quote(rule: &QuotedRule) -> Vec<HtmlElement> {
    let place = element("code").and(format!("{}:{}", rule.file, rule.line));
    let source = rule.source.iter();
    let source = source.map(|source| element("pre").and(source.as_str()));
    std::iter::once(place).chain(source).collect()
}

fn evidence(items: &[EvidenceItem]) -> HtmlElement {
    let items = items.iter().map(|one| {
        let text = element("code").and(one.text.as_str());
        let item = element("li").and(text);
        match one.panic.is_empty() {
            true => item,
            false => {
                let output = element("pre").and(one.panic.join("\n"));
                item.and(details("Output".to_owned(), vec![output]))
            }
        }
    });
    list(items)
}

fn item(text: &Text) -> HtmlElement {
    element("li").and_all(inline(text))
}

fn check(item: &CheckItem) -> HtmlElement {
    let (class, sign, word) = match item.holds {
        true => ("good", "☑", "done:"),
        false => ("caution", "☐", "open:"),
    };
    element("li")
        .and(signed(class, sign, word))
        .and(" ")
        .and_all(inline(&item.text))
}

/// Returns a list, of which a long rest opens on demand.
pub(super) fn list(items: impl ExactSizeIterator<Item = HtmlElement>) -> HtmlElement {
    let count = items.len();
    let mut items = items.take(MOST);
    let first = element("ul").and_all(items.by_ref().take(FEW));
    let rest: Vec<HtmlElement> = items.collect();
    if rest.is_empty() {
        return first;
    }
    let shown = rest.len();
    let rest = vec![element("ul").and_all(rest)];
    element("div")
        .and(first)
        .and(details(format!("{shown} more"), rest))
        .and_all(omitted(count))
}

/// Returns how many of `count` entries are not on the page.
fn omitted(count: usize) -> Option<HtmlElement> {
    let hidden = count.saturating_sub(MOST);
    let text = format!("{hidden} more are in the JSON report.");
    (hidden > 0).then(|| element("p").class("quiet").and(text))
}

fn gates(group: &GateGroup) -> Vec<HtmlElement> {
    let mut rows = element("tbody");
    for row in &group.rows {
        let value = |value: &Option<String>| {
            let text = value.as_deref().unwrap_or(UNICODE.none);
            element("td").class("number").and(text)
        };
        let row = element("tr")
            .and(element("th").with("scope", "row").and(row.name.as_str()))
            .and(element("td").class("short").and(row.condition.as_str()))
            .and(value(&row.baseline))
            .and(value(&row.value))
            .and(element("td").and(word(row.verdict)))
            .and(words(&row.reason));
        rows = rows.and(row);
    }
    let heads = ["gate", "required", "baseline", "now", "verdict", "why"];
    let name = if group.heading.is_empty() {
        "Gates"
    } else {
        &group.heading
    };
    let table = element("table")
        .and(element("caption").and(name))
        .and(element("thead").and(head_row(&heads)))
        .and(rows);
    vec![scrolling(table, name)]
}

/// Returns a row of heads. Those of numbers end at the right edge.
pub(super) fn head_row(heads: &[&'static str]) -> HtmlElement {
    let mut row = element("tr");
    for head in heads {
        let cell = element("th").with("scope", "col").and(*head);
        let is_number = ["baseline", "now", "exposure"].contains(head);
        row = row.and(if is_number {
            cell.class("number")
        } else {
            cell
        });
    }
    row
}

/// Returns a table, of which a long rest opens on demand.
pub(super) fn table(table: &Table) -> HtmlElement {
    let mut chunks = table.rows.chunks(FEW);
    let first = part(table, chunks.next().unwrap_or_default());
    let rest: usize = table.rows.len().min(MOST).saturating_sub(FEW);
    if rest == 0 {
        return first;
    }
    let mut more = Table {
        rows: table.rows[FEW..FEW + rest].to_vec(),
        ..table.clone()
    };
    more.has_heads = true;
    let more = part(&more, &more.rows);
    let summary = format!("{rest} more {}", table.name);
    element("div")
        .and(first)
        .and(details(summary, vec![more]))
        .and_all(omitted(table.rows.len()))
}

fn part(table: &Table, rows: &[crate::report::document::TableRow]) -> HtmlElement {
    let mut heads = element("tr");
    for column in &table.columns {
        let head = element("th").with("scope", "col").and(column.head);
        heads = heads.and(if column.right {
            head.class("number")
        } else {
            head
        });
    }
    let mut body = element("tbody");
    for row in rows {
        let mut shown = element("tr");
        for (at, cell) in row.cells.iter().enumerate() {
            let is_number = table.columns.get(at).is_some_and(|column| column.right);
            let element = match at {
                0 => element("th").with("scope", "row"),
                _ if is_number => element("td").class("number"),
                _ => element("td"),
            };
            shown = shown.and(element.and_all(inline(cell)));
        }
        body = body.and(shown);
    }
    let shown = element("table")
        .and(element("caption").class("hidden").and(table.name))
        .and(element("thead").and(heads))
        .and(body);
    scrolling(shown, table.name)
}

/// Returns a cell with a text that may be long.
pub(super) fn words(text: &str) -> HtmlElement {
    element("td").class("words").and(text)
}

fn note(note: &Note) -> HtmlElement {
    let code = || element("code").and(note.text.as_str());
    match note.kind {
        NoteKind::Help | NoteKind::Next => element("p").and("Next: ").and(code()),
        NoteKind::Note => element("p").and(note.text.as_str()),
        NoteKind::Warning => element("p")
            .and(element("strong").and("Warning: "))
            .and(note.text.as_str()),
    }
}

/// Returns a document as the content of a page, with its title and its text for the head.
pub(super) fn title(document: &Document) -> String {
    for block in document {
        if let Block::Title { text, .. } | Block::Heading(_, text) = block {
            return plain(text);
        }
    }
    "cargo campaign".to_owned()
}

/// Returns the words of a text.
pub(super) fn plain(text: &Text) -> String {
    let mut plain = String::new();
    for piece in text.pieces() {
        match piece {
            Piece::Words(_, words) | Piece::Code(_, words) | Piece::Varying(words) => {
                plain += words
            }
            Piece::Verdict(verdict) => plain += verdict.words(),
            Piece::Chart(..) => {}
        }
    }
    plain
}
