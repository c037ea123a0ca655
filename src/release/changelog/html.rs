//! Which lines start raw HTML, where Markdown is not read: <https://spec.commonmark.org/0.31.2/#html-blocks>.

/// Tags whose content is verbatim until they are closed, and what closes them.
const VERBATIM: [(&str, &str); 4] =
    [("pre", "</pre>"), ("script", "</script>"), ("style", "</style>"), ("textarea", "</textarea>")];

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

/// What ends the verbatim block that this line starts.
pub(super) fn verbatim(line: &str) -> Option<&'static str> {
    let tag = tag(line.strip_prefix('<')?);
    VERBATIM.iter().find(|(name, _)| tag.eq_ignore_ascii_case(name)).map(|(_, end)| *end)
}

/// Does it start a block that ends at a blank line?
pub(super) fn is_block(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('<') else { return false };
    let tag = tag(rest.strip_prefix('/').unwrap_or(rest));
    BLOCKS.iter().any(|name| tag.eq_ignore_ascii_case(name))
}

/// The name of a tag; empty when something that is no tag follows it.
fn tag(rest: &str) -> &str {
    let name = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let ends = rest[name..].is_empty() || rest[name..].starts_with([' ', '\t', '>', '/']);
    if ends { &rest[..name] } else { "" }
}
