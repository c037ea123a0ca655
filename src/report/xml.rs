//! Text in XML and HTML. Everything from outside passes through [`content`], [`attribute`] or the markup of pages, which share
//! one table.

use super::issue::printable;
use crate::text::{escape, without_commands};

/// How many characters of a message or an output are kept.
const LONGEST: usize = 20_000;

/// Escapes text between tags. Hostile characters become visible, among them those that XML 1.0 does not allow. Lines that a
/// CI system would take for commands are defused, because reports are printed in logs as well.
pub(super) fn content(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in without_commands(&printable(text, LONGEST)).chars() {
        push(&mut shown, c);
    }
    shown
}

/// Appends a character, or the reference for one that has a meaning between tags or in an attribute.
pub(super) fn push(text: &mut String, c: char) {
    match c {
        '&' => text.push_str("&amp;"),
        '<' => text.push_str("&lt;"),
        // `]]>` is not allowed between tags.
        '>' => text.push_str("&gt;"),
        '"' => text.push_str("&quot;"),
        '\'' => text.push_str("&apos;"),
        c => text.push(c),
    }
}

/// Escapes the value of an attribute, or other text on one line.
pub(super) fn attribute(text: &str) -> String {
    content(&escape(text))
}

#[cfg(test)]
pub(super) mod tests {
    /// Returns the tags in order, each with its attributes (`rect x y`), after checking that they nest, that attributes are
    /// quoted and that references are known.
    pub(in crate::report) fn tags(body: &str) -> Vec<String> {
        let (mut open, mut found): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for part in body.split('<').skip(1) {
            let (tag, text) = part.split_once('>').expect("a tag ends");
            assert!(!text.contains('>'), "{part}");
            for reference in part.split('&').skip(1) {
                let name = reference.split(';').next().unwrap_or_default();
                assert!(
                    ["amp", "lt", "gt", "quot", "apos"].contains(&name),
                    "{part}"
                );
            }
            let name = tag.trim_matches('/').split(' ').next().unwrap_or_default();
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if tag.starts_with('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "{body}");
                continue;
            }
            // Outside of quotes are the names only.
            let names: String = tag.trim_end_matches('/').split('"').step_by(2).collect();
            found.push(names.replace('=', ""));
            if !tag.ends_with('/') {
                open.push(name.to_owned());
            }
        }
        assert!(open.is_empty(), "{open:?}");
        found
    }
}
