//! The frame of every page: its head, with the style sheet and the policy, and the files that it consists of.

use super::markup::{HtmlElement, HtmlNode, element};
use super::style::{POLICY_OF_FILES, STYLE, STYLE_FILE, policy};

/// Returns the program that writes pages.
pub(super) fn report_tool() -> String {
    format!("cargo-campaign {}", env!("CARGO_PKG_VERSION"))
}

/// Returns a whole page with this content.
pub(super) fn framed(title: &str, tool: &str, content: Vec<HtmlElement>) -> String {
    let meta = |name: &'static str, content: &str| {
        element("meta").with("name", name).with("content", content)
    };
    let head = element("head")
        .and(element("meta").with("charset", "utf-8"))
        .and(HtmlNode::Literal(STYLE_MARK))
        .and(meta("viewport", "width=device-width, initial-scale=1"))
        .and(meta("color-scheme", "light dark"))
        .and(meta("referrer", "no-referrer"))
        .and(meta("generator", tool))
        .and(element("title").and(title));
    let page = element("html")
        .with("lang", "en")
        .and(head)
        .and(element("body").and_all(content));
    let page = format!("<!DOCTYPE html>\n{}\n", page.html());
    page.replacen(STYLE_MARK, &own_style(), 1)
}

/// Stands where the style of a page belongs. Text from outside cannot contain it, because it would be escaped.
const STYLE_MARK: &str = "\n<!--style-->";

/// Returns the policy and the style sheet of a page of one file.
fn own_style() -> String {
    let style = element("style").and(HtmlNode::Literal(STYLE));
    of_policy(&policy()).html() + &style.html()
}

/// Returns the policy of a page with a separate style sheet, and the reference to that.
fn linked_style() -> String {
    let link = element("link")
        .with("rel", "stylesheet")
        .with("href", STYLE_FILE);
    of_policy(POLICY_OF_FILES).html() + &link.html()
}

fn of_policy(policy: &str) -> HtmlElement {
    element("meta")
        .with("http-equiv", "Content-Security-Policy")
        .with("content", policy)
}

/// Returns the names and the contents of the files that make up a page with a separate style sheet.
pub(super) fn files(page: &str) -> Vec<(&'static str, String)> {
    let page = page.replacen(&own_style(), &linked_style(), 1);
    vec![("index.html", page), (STYLE_FILE, STYLE.to_owned())]
}
