//! The contents of the documents of a team: their regions, and new files.

use super::document::{Block, Document, Text};
use super::facts::ReportFacts;
use super::markdown::{self, VaryingMarkdown};
use super::sections::{Section, section_of};
use super::{kind_of, pages};
use crate::team_document::TeamDocument;

/// Returns the content of a region.
pub fn content(section: &Section, facts: &ReportFacts<'_>) -> VaryingMarkdown {
    let blocks = (section.blocks)(facts);
    let nothing = vec![Block::paragraph("Nothing to report.")];
    let is_empty = blocks.is_empty() || markdown::render(&blocks).trim().is_empty();
    VaryingMarkdown::of(if is_empty { &nothing } else { &blocks })
}

/// Returns a new file: headings, empty regions, and headings for the text of people.
pub fn new_file(of: &TeamDocument, facts: &ReportFacts<'_>) -> String {
    let kind = kind_of(&of.report);
    let title = match (&of.title, kind) {
        (Some(title), _) => Text::new(title),
        (None, Some(kind)) => pages::name(facts.report, &format!(": {}", kind.title)),
        (None, None) => pages::name(facts.report, ""),
    };
    let title: Document = vec![Block::Title {
        text: title,
        remark: Text::default(),
    }];
    let mut text = markdown::render(&title).trim_end().to_owned();
    text.push('\n');
    for section in of.sections.iter().filter_map(|name| section_of(name)) {
        let Section { name, heading, .. } = section;
        text += &format!("\n## {heading}\n\n<!-- campaign:{name} -->\n<!-- /campaign -->\n");
    }
    for heading in kind.map_or(&[][..], |kind| kind.by_people) {
        text += &format!("\n## {heading}\n");
    }
    text
}
