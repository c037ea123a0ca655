//! Shortens pages to a size limit, and says how much of them is left out.

use super::document::{Block, Document, EvidenceItem, GateGroup, Text};
use super::figure::{count, counted};
use super::style::Style;

/// How many rows of each table, list and kind of block are tried, one after the other.
const ROWS: [usize; 4] = [500, 100, 20, 5];

/// Returns a rendered page of at most `limit` bytes, and `None` if not even the verdict fits. `what` names the texts that have
/// this limit, in the plural.
pub(super) fn fitted(
    page: &Document,
    limit: usize,
    what: &str,
    render: impl Fn(&Document) -> String,
) -> Option<String> {
    let complete = render(page);
    if complete.len() <= limit {
        return Some(complete);
    }
    let of_rows = ROWS.iter().map(|most| {
        let (page, omitted) = with_rows(page, *most);
        let omitted = counted(omitted, "row");
        remarked(page, what, &format!("{omitted} left out"))
    });
    let of_verdict = [is_opening, is_verdict].map(|is_kept| {
        let kept = page.iter().filter(|block| is_kept(block)).cloned();
        remarked(kept.collect(), what, "only the verdict is shown")
    });
    of_rows
        .chain(of_verdict)
        .map(|page| render(&page))
        .find(|page| page.len() <= limit)
}

fn is_opening(block: &Block) -> bool {
    matches!(block, Block::Title { .. } | Block::Heading(..)) || is_verdict(block)
}

const fn is_verdict(block: &Block) -> bool {
    matches!(block, Block::Verdict(_))
}

/// Adds a sentence about the omitted parts, below the verdict.
fn remarked(mut page: Document, what: &str, omission: &str) -> Document {
    let sentence = format!("Shortened to fit the size limit of {what}: {omission}.");
    let remark = Text::styled(Style::Strong, sentence)
        .words(" The JSON report has everything: ")
        .join(Text::code("--output json=PATH"));
    let verdict = page.iter().position(is_verdict);
    let at = verdict.map_or(page.len().min(1), |at| at + 1);
    page.insert(at, Block::paragraph(remark));
    page
}

/// Returns a page with at most `most` rows in each table and list, and as many problems and notes. Also returns how many are
/// left out; each place says it too.
fn with_rows(page: &Document, most: usize) -> (Document, usize) {
    let mut cut = Cut { most, omitted: 0 };
    let page = cut.document(page);
    (page, cut.omitted)
}

/// The rows that are left out of a page.
struct Cut {
    most: usize,
    omitted: usize,
}

impl Cut {
    fn document(&mut self, document: &Document) -> Document {
        let mut blocks = Document::new();
        let runs = document.chunk_by(|one, next| is_problem(one) && is_problem(next));
        for run in runs {
            let shown = run.len().min(self.most);
            for block in &run[..shown] {
                self.block(block, &mut blocks);
            }
            blocks.extend(self.more(run.len() - shown).map(Block::paragraph));
        }
        blocks
    }

    /// Adds what is left of a block, and a remark about the rest.
    fn block(&mut self, block: &Block, into: &mut Document) {
        let mut block = block.clone();
        let mut more = None;
        match &mut block {
            Block::Problem(problem) => {
                let text = self.truncate(&mut problem.evidence);
                problem.evidence.extend(text.map(|text| EvidenceItem {
                    text,
                    ..EvidenceItem::default()
                }));
            }
            Block::Evidence(evidence) => more = self.truncate(evidence),
            Block::Table(table) => more = self.truncate(&mut table.rows),
            Block::List(_, items) | Block::Lines(_, items) => {
                let text = self.truncate(items);
                items.extend(text.map(Text::new));
            }
            Block::Items(list) => {
                let text = self.truncate(&mut list.items);
                list.items.extend(text.map(Text::new));
            }
            Block::Gates(groups) => more = self.gates(groups),
            Block::Details(_, inner) => *inner = self.document(inner),
            // Part of a difference would be another one.
            Block::Diff(_) => {
                self.omitted += 1;
                block = Block::paragraph("(left out)");
            }
            _ => {}
        }
        into.push(block);
        into.extend(more.map(Block::paragraph));
    }

    fn gates(&mut self, groups: &mut Vec<GateGroup>) -> Option<String> {
        let mut left = self.most;
        let mut omitted = 0;
        for group in groups.iter_mut() {
            let shown = group.rows.len().min(left);
            omitted += group.rows.len() - shown;
            left -= shown;
            group.rows.truncate(shown);
        }
        groups.retain(|group| !group.rows.is_empty());
        self.more(omitted)
    }

    fn truncate<T>(&mut self, rows: &mut Vec<T>) -> Option<String> {
        let omitted = rows.len().saturating_sub(self.most);
        rows.truncate(self.most);
        self.more(omitted)
    }

    /// Counts rows that are left out, and returns the remark about them.
    fn more(&mut self, omitted: usize) -> Option<String> {
        self.omitted += omitted;
        (omitted > 0).then(|| format!("… and {} more", count(omitted as f64)))
    }
}

/// Returns whether a block is one of many that follow one another.
const fn is_problem(block: &Block) -> bool {
    matches!(block, Block::Problem(_) | Block::Note(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::object::{Failed, Report};
    use crate::report::tests::report as sample;
    use crate::report::{Look, markdown};

    /// Returns the sample with this many more findings, failed tests and notes, whose messages have `length` characters.
    fn large(findings: usize, tests: usize, notes: usize, length: usize) -> Report {
        let mut report = sample();
        let compared = report.findings.as_mut().expect("the sample is compared");
        let mut template = compared.new[0].clone();
        template.message = "é".repeat(length);
        compared.new.extend((0..findings).map(|at| {
            let mut place = template.clone();
            place.line = 100_000 + at as u32;
            place
        }));
        report.tests.failed.extend((0..tests).map(|at| Failed {
            test: format!("demo {}{at}", "é".repeat(length)),
            package: "demo".to_owned(),
            output: None,
        }));
        report
            .notes
            .extend((0..notes).map(|at| format!("{at}{}", "é".repeat(length))));
        report
    }

    #[test]
    fn report_fits_a_comment_and_counts_what_is_left_out() {
        for (findings, tests, notes, length, omission) in [
            (0, 0, 0, 0, None),
            (8_000, 0, 0, 10, Some("7502 rows left out")),
            (8_000, 2_000, 0, 100, Some("rows left out")),
            (0, 0, 3_000, 100, Some("rows left out")),
            (9, 9, 9, 40_000, Some("only the verdict is shown")),
        ] {
            let report = large(findings, tests, notes, length);
            let text = markdown::report(&report, 0, &Look::PLAIN);
            assert!(text.chars().count() < 65_536, "{findings} {tests} {notes}");
            assert!(text.contains("**FAIL**: 2 of 8 gates fail"), "{text}");
            let shortened = text.contains("Shortened to fit the size limit of comments");
            assert_eq!(shortened, omission.is_some(), "{text}");
            assert!(text.contains(omission.unwrap_or_default()), "{text}");
        }
    }

    #[test]
    fn verdict_that_does_not_fit_is_no_page() {
        let page = vec![Block::paragraph("é".repeat(200))];
        assert_eq!(fitted(&page, 100, "comments", markdown::render), None);
    }
}
