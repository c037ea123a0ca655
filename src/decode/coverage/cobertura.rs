//! The XML documents of Cobertura, see its `coverage-04.dtd`.
//!
//! A `class` is a source file. Its own `lines` are those with code; the lines of its `methods`
//! repeat them or, as written by cargo-llvm-cov, contain the first line with the number of calls.

use std::collections::BTreeMap;

use super::xml::{Element, Part, Reader, unescaped};
use super::{Listed, NamedExecutions, is_executed};

/// A method whose lines are being read: its first line, and whether any was executed.
#[derive(Clone, Copy, Default)]
struct Method {
    first: Option<u32>,
    is_executed: bool,
}

/// Returns the coverage of each file.
///
/// # Errors
/// If the document is of another kind, damaged or incomplete.
pub(super) fn decode(text: &str) -> Result<Vec<NamedExecutions>, String> {
    let mut reader = Reader::new(text);
    let mut sources = Vec::new();
    let mut files = BTreeMap::<String, Listed>::new();
    let mut class = String::new();
    let mut method = Method::default();
    while let Some(part) = reader.next()? {
        match part {
            Part::Start(element) => match (element.name, reader.open()) {
                ("coverage", [_]) => {}
                (other, [_]) => return Err(format!("`{other}` is not of Cobertura")),
                ("class", _) => class = element.attribute("filename")?,
                ("method", _) => method = Method::default(),
                ("line", [.., "class", "lines", _]) => {
                    let (line, is_executed) = line(&element)?;
                    let listed = files.entry(class.clone()).or_default();
                    listed.add_line(line, is_executed);
                }
                ("line", [.., "method", "lines", _]) => {
                    let (line, is_executed) = line(&element)?;
                    method.first = Some(method.first.map_or(line, |first| first.min(line)));
                    method.is_executed |= is_executed;
                }
                _ => {}
            },
            Part::End("class") => _ = files.entry(std::mem::take(&mut class)).or_default(),
            Part::End("method") => {
                if let Some(first) = method.first {
                    let listed = files.entry(class.clone()).or_default();
                    listed.add_function(first, method.is_executed);
                }
            }
            Part::Text(text) if reader.open().ends_with(&["sources", "source"]) => {
                sources.push(unescaped(text.trim())?);
            }
            Part::End(_) | Part::Text(_) => {}
        }
    }
    let files = files.into_iter();
    Ok(files
        .map(|(file, listed)| NamedExecutions {
            paths: paths(&sources, &file),
            executions: listed.into_executions(file),
        })
        .collect())
}

/// Returns the number of a line, and whether it was executed.
fn line(element: &Element<'_>) -> Result<(u32, bool), String> {
    let number = element.attribute("number")?;
    let hits = element.attribute("hits")?;
    let line = number.parse().ok().zip(is_executed(&hits));
    line.ok_or_else(|| format!("`{number}` or `{hits}` is not a number of a line"))
}

/// Returns the possible paths of a file: its name below each of the sources, and by itself.
fn paths(sources: &[String], file: &str) -> Vec<String> {
    let below = sources.iter().filter(|source| !source.is_empty());
    let below = below.map(|source| format!("{source}/{file}"));
    let is_absolute = file.starts_with(['/', '\\']) || file.get(1..2) == Some(":");
    below
        .filter(|_| !is_absolute)
        .chain([file.to_owned()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns each file with its paths, lines and functions, or the error.
    fn shown(text: &str) -> String {
        match decode(text) {
            Ok(files) => {
                let lines = files.into_iter().map(|file| {
                    let shown = crate::decode::coverage::tests::shown(&[file.executions]);
                    format!("{} = {shown}", file.paths.join(" "))
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            Err(error) => error,
        }
    }

    fn document(classes: &str) -> String {
        format!(
            "<coverage version=\"1\"><sources><source>/w</source></sources><packages><package><classes>{classes}</classes></package></packages></coverage>"
        )
    }

    #[test]
    fn classes_are_files() {
        for (classes, expected) in [
            ("", ""),
            (
                "<class filename='a.rs'><methods><method><lines><line number='3' hits='0'/></lines></method><method><lines><line number='9' hits='2'/><line number='8' hits='0'/></lines></method></methods><lines><line number='3' hits='0'/><line number='8' hits='1' branch='false'/></lines></class>",
                "/w/a.rs a.rs = a.rs: 8 | 3 | 3- 8+",
            ),
            // Another class of the same file, one without lines, and an absolute path.
            (
                "<class filename='a.rs'><lines><line number='1' hits='0'/></lines></class><class filename='/x&amp;/b.rs'/><class filename='a.rs'><lines><line number='1' hits='1'/></lines></class>",
                "/x&/b.rs = /x&/b.rs:  |  | \n/w/a.rs a.rs = a.rs: 1 |  | ",
            ),
        ] {
            assert_eq!(shown(&document(classes)), expected, "{classes}");
        }
    }

    #[test]
    fn other_documents_are_refused() {
        for (text, expected) in [
            ("<report/>".to_owned(), "`report` is not of Cobertura"),
            (document("<class/>"), "`class` has no `filename`"),
            (
                document("<class filename='a'><lines><line number='1' hits='-1'/>"),
                "`1` or `-1` is not a number of a line",
            ),
            (
                document("<class filename='a'>").replace("</", "<!-- -->"),
                "it ends within `class`, cut off",
            ),
        ] {
            assert_eq!(shown(&text), expected, "{text}");
        }
    }
}
