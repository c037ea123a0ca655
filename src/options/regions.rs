//! Regions of Markdown files: the lines between `<!-- campaign:NAME -->` and `<!-- /campaign -->`.
//!
//! A marker stands alone on its line, indented by at most three blanks. In code, fenced or indented, it is text.

use std::ops::Range;

use super::config;
use super::mistake::Mistake;
use crate::report::sections::{Section, section_of};

/// A region of a file.
#[derive(Clone, Debug)]
pub struct Region {
    /// The section that it has.
    pub section: &'static Section,
    /// 1-based line of its first marker.
    pub line: u32,
    /// The bytes between the lines of its markers.
    pub content: Range<usize>,
}

/// A line of a file that begins or ends a region.
enum Marker<'a> {
    Begin(&'a str),
    End,
}

/// The line that opens a fenced block of code.
#[derive(Clone, Copy)]
struct Fence<'a> {
    signs: &'a str,
    indent: usize,
}

/// Returns the regions of a file in their order.
///
/// # Errors
/// If a marker is unknown, misplaced or has no counterpart. Every error is reported.
pub fn regions(text: &str) -> Result<Vec<Region>, Vec<Mistake>> {
    let mut regions = Vec::new();
    let mut mistakes = Vec::new();
    let mut open: Option<(Range<usize>, Option<&'static Section>, u32)> = None;
    let mut fence: Option<Fence<'_>> = None;
    let mut start = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        let place = trimmed(line, start);
        start = end;
        if is_in_fence(line, &mut fence) || is_indented(line) {
            continue;
        }
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        match marker(&text[place.clone()]) {
            Ok(None) => {}
            Ok(Some(Marker::Begin(name))) => {
                if let Some((other, ..)) = open.take() {
                    mistakes.push(unclosed(other));
                }
                let section = section_of(name);
                if section.is_none() {
                    mistakes.push(config::unknown_section(place, name));
                }
                open = Some((trimmed(line, end - line.len()), section, number));
            }
            Ok(Some(Marker::End)) => match open.take() {
                Some((begin, Some(section), number)) => regions.push(Region {
                    section,
                    line: number,
                    content: line_end(text, begin.end)..end - line.len(),
                }),
                // Its beginning is an error already.
                Some((_, None, _)) => {}
                None => {
                    let message = "the end of a region that does not begin";
                    let label = "no `<!-- campaign:SECTION -->` before it";
                    mistakes.push(Mistake::new(place, message, label));
                }
            },
            Err(label) => {
                let message = "a marker that does not stand alone on its line";
                mistakes.push(Mistake::new(place, message, label));
            }
        }
    }
    if let Some((begin, ..)) = open {
        mistakes.push(unclosed(begin));
    }
    match mistakes.is_empty() {
        true => Ok(regions),
        false => Err(mistakes),
    }
}

fn unclosed(at: Range<usize>) -> Mistake {
    let message = "a region that does not end";
    Mistake::new(
        at,
        message,
        "expected `<!-- /campaign -->` before the next one",
    )
}

/// Returns the bytes of a line, which begins at `start`, without blanks at its ends.
fn trimmed(line: &str, start: usize) -> Range<usize> {
    let line_without_mark = line.trim_start_matches('\u{feff}').trim_start();
    let begin = start + line.len() - line_without_mark.len();
    begin..begin + line_without_mark.trim_end().len()
}

/// Returns where the line ends that has a byte, its line end included.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// Returns the marker that a line is, or why it is none although it begins like one.
fn marker(line: &str) -> Result<Option<Marker<'_>>, &'static str> {
    let Some(rest) = line.strip_prefix("<!--") else {
        return Ok(None);
    };
    let rest = rest.trim_start();
    let is_end = rest.starts_with("/campaign");
    if !is_end && !rest.starts_with("campaign:") {
        return Ok(None);
    }
    let Some((inner, after)) = rest.split_once("-->") else {
        return Err("expected `-->` on the same line");
    };
    if !after.is_empty() {
        return Err("expected nothing else on this line");
    }
    match inner.trim_end() {
        "/campaign" => Ok(Some(Marker::End)),
        inner => match inner.strip_prefix("campaign:") {
            Some(name) => Ok(Some(Marker::Begin(name.trim()))),
            None => Err("expected `<!-- /campaign -->`"),
        },
    }
}

/// Returns whether a line belongs to a fenced block of code, which `fence` has opened. In a list, it may be indented by any number
/// of blanks.
fn is_in_fence<'a>(line: &'a str, fence: &mut Option<Fence<'a>>) -> bool {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.len() - text.len();
    let sign = text.chars().next().filter(|c| "`~".contains(*c));
    let run = match sign {
        Some(sign) => &text[..text.len() - text.trim_start_matches(sign).len()],
        None => "",
    };
    let rest = text[run.len()..].trim();
    match *fence {
        Some(open) => {
            let is_deeper = indent > open.indent + 3;
            if run.starts_with(open.signs) && rest.is_empty() && !is_deeper {
                *fence = None;
            }
            true
        }
        // The words after a fence of backticks have none, or it is inline code.
        None if run.len() >= 3 && !(run.starts_with('`') && rest.contains('`')) => {
            *fence = Some(Fence { signs: run, indent });
            true
        }
        None => false,
    }
}

/// Returns whether a line is indented as code is.
fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.trim_start_matches(' ').starts_with('\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::damage;

    #[test]
    fn regions_are_found_outside_of_code() {
        let text = "\u{feff}<!-- campaign:log -->\n<!-- /campaign -->\n# Title\r\n<!-- campaign:gates -->\r\nold\r\n<!-- /campaign -->\r\n\
                    ```md\n<!-- campaign:gates -->\n```\n~~~\n```\n<!-- /campaign -->\n~~~\n\
                    1. a\n\n    ```md\n<!-- campaign:log -->\n    ```\n    <!-- campaign:log -->\n\
                    ``` `x` ```\n  <!--campaign:to-do-->\n<!-- /campaign -->\ntext <!-- campaign:x -->\n\
                    <!-- a comment -->";
        let found = regions(text).unwrap();
        let found: Vec<(&str, u32, &str)> = found
            .iter()
            .map(|one| (one.section.name, one.line, &text[one.content.clone()]))
            .collect();
        assert_eq!(
            found,
            [("log", 1, ""), ("gates", 4, "old\r\n"), ("to-do", 21, "")]
        );
    }

    #[test]
    fn misplaced_markers_are_errors_with_their_places() {
        for (text, expected) in [
            (
                "<!-- campaign:gates -->\n",
                &["0 a region that does not end"][..],
            ),
            (
                "<!-- /campaign -->",
                &["0 the end of a region that does not begin"],
            ),
            (
                "<!-- campaign:gates -->\n<!-- campaign:log -->\n<!-- /campaign -->\n",
                &["0 a region that does not end"],
            ),
            (
                "a\n  <!-- campaign:gate -->\n<!-- /campaign -->\n",
                &["4 unknown section `gate`"],
            ),
            (
                "<!-- campaign:gates --> <!-- /campaign -->\n",
                &["0 a marker that does not stand alone on its line"],
            ),
            (
                "<!-- campaign:gates\n-->\n<!-- /campaigns -->\n",
                &[
                    "0 a marker that does not stand alone on its line",
                    "24 a marker that does not stand alone on its line",
                ],
            ),
        ] {
            let mistakes = regions(text).unwrap_err();
            let found: Vec<String> = mistakes
                .iter()
                .map(|one| format!("{} {}", one.at.start, one.message))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    /// Lines around a region, and whether it is one: what stands in a fenced block of code is text.
    #[test]
    fn fence_ends_with_its_own_sign_and_length() {
        for (before, is_region) in [
            ("", true),
            ("```\n```\n", true),
            ("```rust\nlet a = 1;\n```\n", true),
            ("~~~\n~~~\n", true),
            ("``\n", true),
            ("    ```\n", false),
            ("    ```\n    ```\n", true),
            ("text ```\n", true),
            ("```a`b\n", true),
            ("~~~a`b\n~~~~\n", true),
            ("   ```\n   ```\n", true),
            ("```\n", false),
            ("```\n~~~\n", false),
            ("````\n```\n", false),
            ("```\n``` rust\n", false),
            ("```\n    ```\n", false),
            ("~~~ `a`\n", false),
        ] {
            let text = format!("{before}<!-- campaign:gates -->\nold\n<!-- /campaign -->\n");
            let found = regions(&text).unwrap();
            let found: Vec<&str> = found.iter().map(|one| &text[one.content.clone()]).collect();
            let expected = if is_region { &["old\n"][..] } else { &[] };
            assert_eq!(found, expected, "{before:?}");
        }
    }

    /// Other regions are as they were after the content of one was replaced.
    #[test]
    fn replaced_content_changes_no_other_region() {
        let pieces = [
            "<!-- campaign:gates -->\n",
            "<!-- /campaign -->\n",
            "  <!--campaign:log-->  \r\n",
            "<!-- /campaign -->\r\n",
            "text\n",
            "\n",
            "```\n",
            "~~~\n",
            "<!-- campaign:to-do -->\ntext\n<!-- /campaign -->\n",
        ];
        damage::survive("regions", 2000, |random, _| {
            let text = random.chain(&pieces, 12);
            let Ok(found) = regions(&text) else {
                return 0;
            };
            let mut after = String::new();
            let mut end = 0;
            for region in &found {
                assert!(end <= region.content.start, "{text:?}");
                after.push_str(&text[end..region.content.start]);
                after.push_str("\nnew\n\n");
                end = region.content.end;
            }
            after.push_str(&text[end..]);
            let again = regions(&after).unwrap();
            assert_eq!(again.len(), found.len(), "{text:?}");
            for (old, new) in found.iter().zip(&again) {
                assert_eq!(old.section.name, new.section.name, "{text:?}");
                assert_eq!(&after[new.content.clone()], "\nnew\n\n", "{text:?}");
            }
            found.len()
        });
    }
}
