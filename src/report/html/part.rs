//! A section of the page.

use super::blocks::rendered;
use super::markup::{HtmlElement, element};
use crate::report::document::Block;
use crate::report::style::UNICODE;

/// A section of the page.
pub(super) struct PageSection {
    /// The id of the section, for links.
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) heading: &'static str,
    /// Its content. A section without any is left out.
    pub(super) content: Vec<HtmlElement>,
}

/// Returns a text or the sign for a missing one.
pub(super) fn or_none(text: Option<&str>) -> &str {
    text.unwrap_or(UNICODE.none)
}

/// Returns the elements of some blocks below a heading of a subsection, or nothing without any.
pub(super) fn subsection(heading: &'static str, blocks: &[Block]) -> Vec<HtmlElement> {
    let content = rendered(blocks);
    if content.is_empty() {
        return content;
    }
    let heading = element("h3").and(heading);
    std::iter::once(heading).chain(content).collect()
}
