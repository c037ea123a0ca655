//! Which lines start raw HTML, where Markdown is not read: <https://spec.commonmark.org/0.31.2/#html-blocks>.

/// Tags whose content is verbatim until they are closed, and what closes them.
const VERBATIM: [(&str, &str); 4] = [
    ("pre", "</pre>"),
    ("script", "</script>"),
    ("style", "</style>"),
    ("textarea", "</textarea>"),
];

/// Tags that start a block until the next blank line; those that occur in changelogs.
const BLOCKS: [&str; 24] = [
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
];

/// Returns whether a line consists of anchors that show nothing: `<a name="1.0.0"></a>`.
pub(super) fn is_anchor(line: &str) -> bool {
    let mut rest = line.trim();
    let mut anchors = 0;
    while let Some(after) = behind_anchor(rest) {
        rest = after.trim_start();
        anchors += 1;
    }
    anchors > 0 && rest.is_empty()
}

/// Returns what follows the anchor that a text begins with.
fn behind_anchor(text: &str) -> Option<&str> {
    let (tag, after) = text.strip_prefix('<')?.split_once('>')?;
    let (name, attributes) = tag.split_once(char::is_whitespace)?;
    let attributes = attributes.trim_start().to_ascii_lowercase();
    let is_target = attributes.starts_with("name=") || attributes.starts_with("id=");
    if !["a", "span"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
        || !is_target
        || attributes.contains("href")
    {
        return None;
    }
    let closing = format!("</{name}>");
    after
        .strip_prefix(closing.as_str())
        .or_else(|| tag.ends_with('/').then_some(after))
}

/// What ends the verbatim block that this line starts.
pub(super) fn verbatim(line: &str) -> Option<&'static str> {
    let tag = tag(line.strip_prefix('<')?);
    VERBATIM
        .iter()
        .find(|(name, _)| tag.eq_ignore_ascii_case(name))
        .map(|(_, end)| *end)
}

/// Does it start a block that ends at a blank line?
pub(super) fn is_block(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('<') else {
        return false;
    };
    let tag = tag(rest.strip_prefix('/').unwrap_or(rest));
    BLOCKS.iter().any(|name| tag.eq_ignore_ascii_case(name))
}

/// The name of a tag; empty when something that is no tag follows it.
fn tag(rest: &str) -> &str {
    let name = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let ends = rest[name..].is_empty() || rest[name..].starts_with([' ', '\t', '>', '/']);
    if ends { &rest[..name] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_told_from_links_and_text() {
        for (line, expected) in [
            ("<a name=\"1.0.0\"></a>", true),
            ("  <A ID='v1'></A> <span id=\"x\"></span> ", true),
            ("<a name=\"1.0.0\"/>", true),
            ("<a name=\"1.0.0\">", false),
            ("<a name=\"1.0.0\">text</a>", false),
            ("<a id=\"x\" href=\"y\"></a>", false),
            ("<a href=\"y\"></a>", false),
            ("<a name=\"x\"></a> text", false),
            ("text", false),
            ("<a", false),
            ("", false),
        ] {
            assert_eq!(is_anchor(line), expected, "{line}");
        }
    }
}
