//! Pages in HTML: one file without a script, complete without its style sheet, and closed to the outside.
//!
//! | module | owns |
//! |---|---|
//! | `markup` | elements, and the only function that writes text: it escapes |
//! | `blocks` | the blocks of documents as elements, for the kinds of reports |
//! | `page` | the page of the whole report: its sections and their order |
//! | `frame`, `part` | the frame of every page, and a section of one |
//! | `gates`, `findings`, `packages`, `work` | these sections |
//! | `chart`, `scale`, `series`, `gantt` | charts as SVG, and which of many values they show |
//! | `style` | the style sheet, and the policy that allows nothing else |
//!
//! A page refers to nothing outside of it. Its policy (`Content-Security-Policy`) allows the style sheet by its digest, and
//! no script, image, font or form.

mod blocks;
mod chart;
mod findings;
mod frame;
mod gantt;
mod gates;
mod markup;
mod packages;
mod page;
mod part;
mod scale;
mod series;
mod style;
mod work;

use super::document::Document;
use super::facts::{PageFacts, ReportFacts};
use super::history::RecordedHistory;
use super::object::Report;
use super::style::Look;
use super::{Format, Site};
use frame::{files, framed, report_tool};
use markup::element;

/// The format for browsers.
pub(super) const FORMAT: Format = Format {
    name: "html",
    about: "one page without a script; that of `report` has charts of the whole history",
    render: report,
    page: Some(|page, _| document(page)),
    site: Some(Site {
        render: page::page,
        files,
    }),
    commands: None,
};

/// Returns the page of a report without its history.
fn report(report: &Report, now: i64, _look: &Look) -> String {
    let facts = ReportFacts {
        report,
        change: None,
        trends: &[],
        runs: 0,
        commits: None,
        plan: None,
        attestations: &[],
        documents: &[],
        commands: &[],
        finished: None,
        start: now,
        now,
    };
    page::page(&PageFacts {
        facts,
        history: &RecordedHistory::default(),
    })
}

/// Returns the page of another kind of report.
fn document(document: &Document) -> String {
    let main = element("main").and_all(blocks::rendered(document));
    framed(&blocks::title(document), &report_tool(), vec![main])
}
