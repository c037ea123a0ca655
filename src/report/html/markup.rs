//! HTML as a tree of elements. One function writes it, and escapes every text and every value of an attribute.
//!
//! Names of elements and attributes are literals of this program. A text that may come from outside can only be the
//! content of an element or the value of an attribute: nothing writes it as markup.

use crate::report::xml;
use crate::text::escape;

/// Elements without content. Their tag closes itself, so that the page is well-formed XML too.
const VOID: [&str; 9] = [
    "meta", "link", "input", "br", "path", "line", "rect", "circle", "hr",
];

/// Elements that begin on a line of their own: the page can be read and compared line by line.
const ON_A_LINE: [&str; 36] = [
    "article", "aside", "body", "caption", "circle", "desc", "details", "dl", "figure", "footer",
    "g", "h1", "h2", "h3", "h4", "head", "header", "li", "line", "link", "main", "meta", "nav",
    "ol", "p", "path", "pre", "rect", "section", "style", "svg", "table", "tbody", "thead", "tr",
    "ul",
];

/// An element with its attributes and its content.
#[derive(Clone, Debug)]
pub(super) struct HtmlElement {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<HtmlNode>,
}

/// A part of the content of an element.
#[derive(Clone, Debug)]
pub(super) enum HtmlNode {
    /// An element.
    Element(HtmlElement),
    /// Raw text, which is escaped when it is written.
    Text(String),
    /// A literal of this program that is written as it is, such as a style sheet.
    Literal(&'static str),
}

impl From<HtmlElement> for HtmlNode {
    fn from(element: HtmlElement) -> Self {
        Self::Element(element)
    }
}

impl From<&str> for HtmlNode {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for HtmlNode {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Returns an element without content.
pub(super) fn element(name: &'static str) -> HtmlElement {
    HtmlElement {
        name,
        attributes: Vec::new(),
        content: Vec::new(),
    }
}

impl HtmlElement {
    /// Returns the element with an attribute.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// Returns the element with a class.
    #[must_use]
    pub(super) fn class(self, name: &'static str) -> Self {
        self.with("class", name)
    }

    /// Returns the element with more content.
    #[must_use]
    pub(super) fn and(mut self, content: impl Into<HtmlNode>) -> Self {
        self.content.push(content.into());
        self
    }

    /// Returns the element with more content.
    #[must_use]
    pub(super) fn and_all<N: Into<HtmlNode>>(
        mut self,
        content: impl IntoIterator<Item = N>,
    ) -> Self {
        self.content.extend(content.into_iter().map(Into::into));
        self
    }

    /// Returns the element and its content as HTML.
    pub(super) fn html(&self) -> String {
        let mut html = String::new();
        self.write(&mut html);
        html
    }

    fn write(&self, html: &mut String) {
        if ON_A_LINE.contains(&self.name) && !html.ends_with('\n') {
            html.push('\n');
        }
        html.push('<');
        html.push_str(self.name);
        for (name, value) in &self.attributes {
            html.push(' ');
            html.push_str(name);
            html.push_str("=\"");
            write_text(html, value);
            html.push('"');
        }
        if VOID.contains(&self.name) {
            html.push_str("/>");
            return;
        }
        html.push('>');
        for node in &self.content {
            match node {
                HtmlNode::Element(element) => element.write(html),
                HtmlNode::Text(text) => write_text(html, text),
                HtmlNode::Literal(text) => html.push_str(text),
            }
        }
        html.push_str("</");
        html.push_str(self.name);
        html.push('>');
    }
}

/// Writes a text without characters that are hostile or have a meaning in HTML. Line ends are kept.
fn write_text(html: &mut String, text: &str) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            html.push('\n');
        }
        for c in escape(line).chars() {
            xml::push(html, c);
        }
    }
}

/// Returns a table that scrolls on its own if it is too wide. Then it can have the focus, for use by the keyboard.
pub(super) fn scrolling(table: HtmlElement, name: &str) -> HtmlElement {
    element("div")
        .class("scroll")
        .with("role", "region")
        .with("aria-label", name)
        .with("tabindex", 0)
        .and(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_are_escaped_and_tags_are_balanced() {
        let hostile = "<b a=\"1\">&amp;'\u{202e}\u{1b}";
        let expected = "&lt;b a=&quot;1&quot;&gt;&amp;amp;&apos;\\u{202e}\\u{1b}";
        let paragraph = element("p")
            .with("title", hostile)
            .and(element("b").and(hostile));
        assert_eq!(
            paragraph.html(),
            format!("\n<p title=\"{expected}\"><b>{expected}</b></p>")
        );
        let input = element("input").with("checked", "");
        assert_eq!(input.html(), "<input checked=\"\"/>");
    }

    #[test]
    fn lines_of_a_text_are_kept() {
        let text = element("pre").and("a\n\tb\r\n");
        assert_eq!(text.html(), "\n<pre>a\n b\\r\n</pre>");
    }
}
