//! The JSON document of `llvm-cov export -format=text`, which cargo-llvm-cov writes as well.
//!
//! Numbers are counted as LLVM does in its own reports: the lines of a file by the segments of its
//! text (`LineCoverageStats` in `CoverageMapping.cpp`), and functions and regions once for all
//! instances of a generic function, of which the most covered one counts
//! (`FunctionCoverageSummary::get`).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::event::{CoveredFunction, FileExecutions};

/// The type in the document.
const KIND: &str = "llvm.coverage.json.export";

/// The major versions that are known. Version 2 differs in fields that are not read.
const VERSIONS: [&str; 2] = ["2.", "3."];

/// Region of code, in contrast to gaps, expansions and branches.
const CODE: u64 = 0;

#[derive(Deserialize)]
struct ExportedDocument {
    #[serde(rename = "type")]
    kind: String,
    version: String,
    data: Vec<ExportedData>,
}

#[derive(Deserialize)]
struct ExportedData {
    files: Vec<ExportedFile>,
    #[serde(default)]
    functions: Vec<ExportedFunction>,
}

#[derive(Deserialize)]
struct ExportedFile {
    filename: String,
    segments: Vec<CoverageSegment>,
}

/// From a place in a file to the next segment: line, column, number of executions, whether it is
/// known, whether a region begins, and whether that is a gap.
#[derive(Deserialize)]
struct CoverageSegment(u32, IgnoredAny, u64, bool, bool, bool);

impl CoverageSegment {
    fn line(&self) -> u32 {
        self.0
    }

    fn executions(&self) -> u64 {
        self.2
    }

    fn is_counted(&self) -> bool {
        self.3
    }

    fn is_entry(&self) -> bool {
        self.4
    }

    /// Returns whether a region of code begins here.
    fn begins_region(&self) -> bool {
        self.is_entry() && self.is_counted() && !self.5
    }
}

#[derive(Deserialize)]
struct ExportedFunction {
    count: u64,
    filenames: Vec<String>,
    /// First line, first column, last line, last column, number of executions, index of the file,
    /// index of the expanded file, kind.
    regions: Vec<[u64; 8]>,
}

/// Returns the coverage of each file, named as in the document.
///
/// # Errors
/// If the document has another type or version, or no segments, as with `--summary-only`.
pub fn decode(text: &str) -> Result<Vec<FileExecutions>, String> {
    let export: ExportedDocument = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if export.kind != KIND {
        return Err(format!("unknown type `{}`", export.kind));
    }
    if !VERSIONS
        .iter()
        .any(|major| export.version.starts_with(major))
    {
        return Err(format!("unknown version `{}`", export.version));
    }
    let mut files = BTreeMap::<String, FileExecutions>::new();
    for file in export.data.iter().flat_map(|data| &data.files) {
        if !file.segments.is_sorted_by_key(CoverageSegment::line) {
            return Err(format!(
                "the segments of `{}` are not in order",
                file.filename
            ));
        }
        let mut found = FileExecutions::default();
        add_lines(&file.segments, &mut found);
        files.entry(file.filename.clone()).or_default().merge(found);
    }
    for (file, function) in functions(export.data.iter().flat_map(|data| &data.functions)) {
        if let Some(found) = files.get_mut(file) {
            found.functions.push(function);
        }
    }
    let named = files.into_iter();
    Ok(named
        .map(|(file, found)| FileExecutions { file, ..found })
        .collect())
}

/// Adds the lines that segments cover.
fn add_lines(segments: &[CoverageSegment], file: &mut FileExecutions) {
    let mut rest = segments;
    // The segment that reaches into a line from an earlier one.
    let mut wrapped: Option<&CoverageSegment> = None;
    while let Some(first) = rest.first() {
        let line = first.line();
        let length = rest.iter().take_while(|next| next.line() == line).count();
        let (own, later) = rest.split_at(length.max(1));
        add_line(line, own, wrapped, file);
        wrapped = own.last();
        // LineSet without a segment of their own are those of the segment before them.
        if let (Some(last), Some(next)) = (wrapped, later.first())
            && last.is_counted()
            && next.line() > line + 1
        {
            let lines = match last.executions() {
                0 => &mut file.missed,
                _ => &mut file.executed,
            };
            lines.add(line + 1, next.line() - 1);
        }
        rest = later;
    }
}

/// Adds a line with segments of its own.
fn add_line(
    line: u32,
    own: &[CoverageSegment],
    wrapped: Option<&CoverageSegment>,
    file: &mut FileExecutions,
) {
    let begins = own.iter().any(CoverageSegment::begins_region);
    let is_skipped = own
        .first()
        .is_some_and(|first| first.is_entry() && !first.is_counted());
    let is_counted = wrapped.is_some_and(CoverageSegment::is_counted);
    let is_code = !is_skipped && (is_counted || begins)
        || own
            .iter()
            .any(|segment| segment.is_entry() && segment.is_counted());
    if !is_code {
        return;
    }
    let regions = own.iter().filter(|segment| segment.begins_region());
    let executions = regions
        .chain(wrapped)
        .map(CoverageSegment::executions)
        .max();
    match executions.unwrap_or(0) {
        0 => file.missed.add(line, line),
        _ => file.executed.add(line, line),
    }
}

/// Returns the functions with their files. The instances of a generic function, which begin at the
/// same place, are one.
fn functions<'a>(
    all: impl Iterator<Item = &'a ExportedFunction>,
) -> impl Iterator<Item = (&'a str, CoveredFunction)> {
    let mut groups = BTreeMap::<(&str, u32, u32), CoveredFunction>::new();
    for function in all {
        let (Some(file), Some(first)) = (function.filenames.first(), function.regions.first())
        else {
            continue;
        };
        let code = function.regions.iter().filter(|region| region[7] == CODE);
        let regions = code.clone().count() as u64;
        let executed_regions = code.filter(|region| region[4] > 0).count() as u64;
        let [line, column] = [first[0], first[1]].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        let instance = CoveredFunction {
            line,
            column,
            is_executed: function.count > 0,
            regions,
            executed_regions,
        };
        match groups.entry((file, line, column)) {
            Entry::Occupied(mut known) => known.get_mut().merge(&instance),
            Entry::Vacant(place) => _ = place.insert(instance),
        }
    }
    groups
        .into_iter()
        .map(|((file, ..), function)| (file, function))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LineSet;

    fn document(version: &str, files: &str, functions: &str) -> String {
        format!(
            r#"{{"data":[{{"files":[{files}],"functions":[{functions}],"totals":{{}}}}],"type":"{KIND}","version":"{version}"}}"#
        )
    }

    /// Returns the executed and the missed lines of a file with these segments.
    fn lines(segments: &str) -> [String; 2] {
        let file = format!(r#"{{"filename":"/a.rs","segments":[{segments}],"summary":{{}}}}"#);
        let files = decode(&document("3.1.0", &file, "")).unwrap();
        assert_eq!(files[0].file, "/a.rs");
        [&files[0].executed, &files[0].missed].map(LineSet::to_string)
    }

    #[test]
    fn lines_are_those_of_llvm() {
        for (segments, executed, missed) in [
            // A function of three lines.
            (
                "[1,1,5,true,true,false],[3,2,0,false,false,false]",
                "1-3",
                "",
            ),
            // A branch that was not taken.
            (
                "[1,1,5,true,true,false],[2,9,0,true,true,false],[4,6,5,true,false,false],[5,2,0,false,false,false]",
                "1-2,5",
                "3-4",
            ),
            // Two regions on a line: the more frequent one counts.
            (
                "[1,1,0,true,true,false],[1,8,2,true,true,false],[1,12,0,false,false,false]",
                "1",
                "",
            ),
            // A gap is no region.
            (
                "[1,1,0,true,true,false],[1,9,3,true,true,true],[2,1,0,true,false,false],[2,4,0,false,false,false]",
                "2",
                "1",
            ),
            // Code that is skipped, such as a comment.
            (
                "[1,1,0,false,true,false],[2,1,0,false,false,false],[9,1,1,true,true,false],[9,9,0,false,false,false]",
                "9",
                "",
            ),
        ] {
            assert_eq!(lines(segments), [executed, missed], "{segments}");
        }
    }

    #[test]
    fn instances_of_a_function_are_one() {
        let file = r#"{"filename":"/a.rs","segments":[]}"#;
        let functions = r#"
            {"count":0,"filenames":["/a.rs"],"name":"f::<u8>","regions":[[3,1,3,9,0,0,0,0],[4,1,4,5,0,0,0,0],[4,5,4,6,0,0,0,3]]},
            {"count":2,"filenames":["/a.rs"],"name":"f::<u16>","regions":[[3,1,3,9,2,0,0,0],[4,1,4,5,0,0,0,0]]},
            {"count":1,"filenames":["/a.rs"],"name":"g","regions":[[3,12,3,19,1,0,0,0]]},
            {"count":1,"filenames":["/b.rs"],"name":"h","regions":[[3,12,3,19,1,0,0,0]]}"#;
        let files = decode(&document("2.0.1", file, functions)).unwrap();
        let found: Vec<_> = files[0]
            .functions
            .iter()
            .map(|f| (f.line, f.is_executed, f.executed_regions, f.regions))
            .collect();
        assert_eq!(found, [(3, true, 1, 2), (3, true, 1, 1)]);
    }

    #[test]
    fn other_documents_are_refused() {
        for (text, expected) in [
            ("", "EOF while parsing"),
            (&*document("4.0.0", "", ""), "unknown version `4.0.0`"),
            (
                r#"{"type":"llvm.other","version":"3.0.0","data":[]}"#,
                "unknown type `llvm.other`",
            ),
            (
                &document(
                    "3.0.0",
                    r#"{"filename":"/a.rs","segments":[[2,1,1,true,true,false],[1,1,1,true,true,false]]}"#,
                    "",
                ),
                "the segments of `/a.rs` are not in order",
            ),
            (
                &document("3.0.0", r#"{"filename":"/a.rs","summary":{}}"#, ""),
                "missing field `segments`",
            ),
        ] {
            let error = decode(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
