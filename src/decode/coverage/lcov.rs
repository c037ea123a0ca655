//! The trace files of lcov, see `geninfo(1)`.
//!
//! Each record is a line `KEY:VALUE`. Those from `SF` to `end_of_record` are about one source file,
//! so that a file that was cut off within them is noticed. Records about branches and totals are
//! not read.

use std::collections::{BTreeMap, VecDeque};

use super::{Listed, is_executed};
use crate::event::FileExecutions;

/// The coverage of a source file up to its `end_of_record`.
struct OpenRecord<'a> {
    file: &'a str,
    /// The first lines of the functions of each name whose number of executions was not read yet.
    waiting: BTreeMap<&'a str, VecDeque<u32>>,
    /// The first lines of functions by their index.
    indexed: BTreeMap<&'a str, u32>,
}

/// Returns the coverage of each file, named as in the document.
///
/// # Errors
/// If a line is damaged, or a record is incomplete.
pub(super) fn decode(text: &str) -> Result<Vec<FileExecutions>, String> {
    let mut files = BTreeMap::<&str, Listed>::new();
    let mut open: Option<OpenRecord<'_>> = None;
    let mut lines = text.lines().enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        let is_record = read(line.trim_end(), &mut open, &mut files).is_some();
        // The last line may be cut off.
        if !is_record && (open.is_none() || lines.peek().is_some()) {
            return Err(format!("line {} is not a record of lcov", at + 1));
        }
    }
    match open {
        Some(OpenRecord { file, .. }) => {
            Err(format!("it ends within the record of `{file}`, cut off"))
        }
        None => Ok(files
            .into_iter()
            .map(|(file, listed)| listed.into_executions(file.to_owned()))
            .collect()),
    }
}

/// Reads a line. `None` if it is damaged or not in its place.
fn read<'a>(
    line: &'a str,
    open: &mut Option<OpenRecord<'a>>,
    files: &mut BTreeMap<&'a str, Listed>,
) -> Option<()> {
    if line.is_empty() || line.starts_with('#') {
        return Some(());
    }
    if line == "end_of_record" {
        return open.take().map(drop);
    }
    let (key, value) = line.split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_uppercase());
    match (key, &mut *open) {
        ("SF", None) if !value.is_empty() => {
            files.entry(value).or_default();
            *open = Some(OpenRecord {
                file: value,
                waiting: BTreeMap::new(),
                indexed: BTreeMap::new(),
            });
            Some(())
        }
        ("SF" | "DA" | "FN" | "FNDA" | "FNL" | "FNA", None) => None,
        (_, Some(record)) => of_file(key, value, record, files).filter(|()| is_key),
        _ => is_key.then_some(()),
    }
}

/// Reads a record about a source file.
fn of_file<'a>(
    key: &str,
    value: &'a str,
    record: &mut OpenRecord<'a>,
    files: &mut BTreeMap<&'a str, Listed>,
) -> Option<()> {
    let listed = files.entry(record.file).or_default();
    match key {
        // Within another record.
        "SF" => return None,
        // The line, the number of executions, and sometimes a checksum of the line.
        "DA" => {
            let mut fields = value.split(',');
            let line = fields.next()?.parse().ok()?;
            listed.add_line(line, is_executed(fields.next()?)?);
        }
        // The first line, sometimes the last one, and the name, in which there may be commas.
        "FN" => {
            let (line, rest) = value.split_once(',')?;
            let line = line.parse().ok()?;
            let name = match rest.split_once(',') {
                Some((last, name)) if is_executed(last).is_some() => name,
                _ => rest,
            };
            listed.add_function(line, false);
            record.waiting.entry(name).or_default().push_back(line);
        }
        "FNDA" => {
            let (count, name) = value.split_once(',')?;
            let is_executed = is_executed(count)?;
            if let Some(line) = record.waiting.get_mut(name).and_then(VecDeque::pop_front) {
                listed.add_function(line, is_executed);
            }
        }
        // Since lcov 2.2: an index, the first line and sometimes the last one.
        "FNL" => {
            let mut fields = value.split(',');
            let index = fields.next()?;
            let line = fields.next()?.parse().ok()?;
            listed.add_function(line, false);
            record.indexed.insert(index, line);
        }
        // The index, the number of executions and the name.
        "FNA" => {
            let mut fields = value.splitn(3, ',');
            let line = *record.indexed.get(fields.next()?)?;
            listed.add_function(line, is_executed(fields.next()?)?);
        }
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns each file with its lines and functions, or the error.
    fn shown(text: &str) -> String {
        match decode(text) {
            Ok(files) => crate::decode::coverage::tests::shown(&files),
            Err(error) => error,
        }
    }

    #[test]
    fn records_are_read() {
        for (text, expected) in [
            ("", ""),
            (
                "TN:\nSF:/w/a.rs\nFN:1,f\nFN:9,g::<A, B>\nFNDA:0,f\nFNDA:2,g::<A, B>\nFNF:2\nFNH:1\nBRDA:1,0,0,-\nDA:1,0\nDA:9,2\nDA:10,184467440737095516160\nLF:3\nLH:2\nend_of_record\n",
                "/w/a.rs: 9-10 | 1 | 1- 9+",
            ),
            // Instances of a generic function, other functions of the same name, and last lines.
            (
                "SF:a\r\nFN:1,2,f\r\nFN:1,2,f2\r\nFN:5,6,f\r\nFNDA:0,f\r\nFNDA:1,f2\r\nFNDA:0,f\r\nend_of_record\r\n",
                "a:  |  | 1+ 5-",
            ),
            (
                "SF:a\nFNL:0,3,4\nFNA:0,0,f\nFNA:0,7,g\nend_of_record",
                "a:  |  | 3+",
            ),
            // Two records of a file, in any order.
            (
                "SF:a\nDA:7,0\nDA:3,0\nend_of_record\nSF:b\nend_of_record\n# note\nSF:a\nDA:3,1,x=y\nDA:0,1\nend_of_record",
                "a: 3 | 7 | \nb:  |  | ",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn damaged_documents_are_refused() {
        for (text, expected) in [
            (
                "SF:a\nDA:1,1\n",
                "it ends within the record of `a`, cut off",
            ),
            (
                "SF:a\nDA:1,1\nSF:b\nend_of_record",
                "line 3 is not a record of lcov",
            ),
            ("DA:1,1", "line 1 is not a record of lcov"),
            ("end_of_record", "line 1 is not a record of lcov"),
            ("SF:\nend_of_record", "line 1 is not a record of lcov"),
            (
                "SF:a\nDA:1,-1\nend_of_record",
                "line 2 is not a record of lcov",
            ),
            (
                "SF:a\nDA:1\nend_of_record",
                "line 2 is not a record of lcov",
            ),
            (
                "SF:a\nDA:99999999999,1\nend_of_record",
                "line 2 is not a record of lcov",
            ),
            (
                "SF:a\nDA:1,1\nDA:",
                "it ends within the record of `a`, cut off",
            ),
            (
                "SF:a\nend_of_rec",
                "it ends within the record of `a`, cut off",
            ),
            ("SF:a\nend_of_record\nS", "line 3 is not a record of lcov"),
            (
                "mode: set\na.go:1.2,3.4 1 0",
                "line 1 is not a record of lcov",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
