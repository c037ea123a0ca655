//! Which lines of the sources were executed, from the formats of coverage tools.

mod cobertura;
mod lcov;
mod llvm;
mod xml;

use std::collections::BTreeMap;

pub use self::llvm::decode as llvm;
use crate::event::{CoverageFormat, CoveredFunction, FileExecutions};
use crate::lines::LineSet;

/// A document that a coverage tool wrote.
#[derive(Debug)]
pub struct CoverageDocument {
    /// Its format.
    pub format: CoverageFormat,
    /// The files in it.
    pub files: Vec<NamedExecutions>,
}

/// The coverage of a file in a document.
#[derive(Debug)]
pub struct NamedExecutions {
    /// The possible paths of the file, the likeliest first. Never empty.
    pub paths: Vec<String>,
    /// Its coverage, with the name as it is in the document.
    pub executions: FileExecutions,
}

/// Reads a document of any known format.
///
/// # Errors
/// If the format is unknown, or the document is damaged or incomplete.
pub fn document(text: &str) -> Result<CoverageDocument, String> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let (format, files) = match text.bytes().next() {
        Some(b'{') => (CoverageFormat::Llvm, llvm(text).map(under_their_names)?),
        Some(b'<') => (CoverageFormat::Cobertura, cobertura::decode(text)?),
        Some(_) => (
            CoverageFormat::Lcov,
            lcov::decode(text).map(under_their_names)?,
        ),
        None => return Err("it is empty".to_owned()),
    };
    Ok(CoverageDocument { format, files })
}

/// Returns files whose name is their only possible path.
fn under_their_names(files: Vec<FileExecutions>) -> Vec<NamedExecutions> {
    let named = files.into_iter().map(|executions| NamedExecutions {
        paths: vec![executions.file.clone()],
        executions,
    });
    named.collect()
}

/// Collects the lines and functions of a file from a document that lists them one by one, in any
/// order and repeatedly.
#[derive(Default)]
struct Listed {
    /// Lines with code, and whether each was executed.
    lines: Vec<(u32, bool)>,
    /// Functions by their first line, and whether they were executed.
    functions: BTreeMap<u32, bool>,
}

impl Listed {
    fn add_line(&mut self, line: u32, is_executed: bool) {
        // Some tools write line 0 for code without a place.
        if line > 0 {
            self.lines.push((line, is_executed));
        }
    }

    /// Adds a function. Functions that begin on the same line count as one, because they are
    /// usually the instances of a generic function.
    fn add_function(&mut self, line: u32, is_executed: bool) {
        if line > 0 {
            *self.functions.entry(line).or_default() |= is_executed;
        }
    }

    fn into_executions(mut self, file: String) -> FileExecutions {
        // A set of lines is fast to build in ascending order.
        self.lines.sort_unstable();
        let (mut executed, mut missed) = (LineSet::default(), LineSet::default());
        for (line, is_executed) in self.lines {
            match is_executed {
                true => executed.add(line, line),
                false => missed.add(line, line),
            }
        }
        let functions = self.functions.into_iter();
        FileExecutions {
            file,
            linked: None,
            missed: missed.without(&executed),
            executed,
            functions: functions
                .map(|(line, is_executed)| CoveredFunction {
                    line,
                    column: 1,
                    is_executed,
                    ..CoveredFunction::default()
                })
                .collect(),
        }
    }
}

/// Reads a number of executions. Returns whether it is greater than zero.
fn is_executed(count: &str) -> Option<bool> {
    let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| count.bytes().any(|digit| digit != b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns each file with its executed and missed lines, and its functions with whether they
    /// were executed.
    pub(super) fn shown(files: &[FileExecutions]) -> String {
        let lines = files.iter().map(|file| {
            let functions = file.functions.iter().map(|function| {
                let sign = if function.is_executed { '+' } else { '-' };
                format!("{}{sign}", function.line)
            });
            let functions = functions.collect::<Vec<_>>().join(" ");
            let FileExecutions {
                file,
                executed,
                missed,
                ..
            } = file;
            format!("{file}: {executed} | {missed} | {functions}")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn formats_are_told_by_their_beginning() {
        let json = r#"{"data":[],"type":"llvm.coverage.json.export","version":"3.0.1"}"#;
        for (text, expected) in [
            ("SF:a\nend_of_record\n", Ok("lcov")),
            ("\u{feff} \n<coverage/>", Ok("Cobertura")),
            (json, Ok("LLVM JSON")),
            (" \n", Err("it is empty")),
            ("\0", Err("line 1 is not a record of lcov")),
        ] {
            let found = document(text).map(|found| found.format.to_string());
            let found = found.as_deref().map_err(String::as_str);
            assert_eq!(found, expected, "{text}");
        }
    }
}
