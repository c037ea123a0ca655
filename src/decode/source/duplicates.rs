//! Finds blocks of lines that occur more than once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::code::CodeLine;

/// A block of lines that is equal to an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Index of the file.
    pub file: usize,
    /// Its first line, 1-based.
    pub line: u32,
    /// The text of that line.
    pub text: String,
    /// Number of lines with code.
    pub lines: usize,
    /// Index of the file with the earlier block.
    pub earlier: usize,
    /// First line of the earlier block, 1-based.
    pub earlier_line: u32,
}

/// The smallest block that counts.
#[derive(Clone, Copy, Debug)]
pub struct LeastBlock {
    /// Lines with code.
    pub lines: usize,
    /// Tokens, so that lines of single brackets count little.
    pub tokens: usize,
}

/// A file whose lines are searched.
#[derive(Clone, Debug, Default)]
pub struct SearchedFile(Vec<SearchedLine>);

#[derive(Clone, Debug)]
struct SearchedLine {
    line: u32,
    text: String,
    hash: u64,
    tokens: usize,
}

impl SearchedFile {
    /// Takes the lines of a file that count.
    pub fn of<'a>(lines: impl IntoIterator<Item = CodeLine<'a>>) -> Self {
        let lines = lines.into_iter().map(|line| SearchedLine {
            line: line.line,
            text: line.text.trim().to_owned(),
            hash: hash(&line.tokens),
            tokens: line.tokens.len(),
        });
        Self(lines.collect())
    }
}

/// Returns the blocks that are equal to one before them, token by token. White space and comments do not
/// matter. Two blocks overlap only if they are equal to different ones.
pub fn duplicates(files: &[SearchedFile], least: LeastBlock) -> Vec<Duplicate> {
    let mut found = Vec::new();
    let mut known: HashMap<u64, Vec<LinePlace>> = HashMap::new();
    for (file, SearchedFile(lines)) in files.iter().enumerate() {
        let windows = lines.windows(least.lines);
        // Where the block ends that was found last.
        let mut end = 0;
        for (at, window) in windows.enumerate() {
            let start: Vec<u64> = window.iter().map(|line| line.hash).collect();
            let equal = known.entry(hash(&start)).or_default();
            let longest = match at + least.lines <= end {
                true => None,
                false => longest(files, equal, (file, at)),
            };
            if equal.len() < PLACES {
                equal.push((file, at));
            }
            let Some((earlier, length)) = longest else {
                continue;
            };
            let block = &lines[at..at + length];
            let tokens: usize = block.iter().map(|line| line.tokens).sum();
            if length < least.lines || tokens < least.tokens {
                continue;
            }
            found.push(Duplicate {
                file,
                line: lines[at].line,
                text: lines[at].text.clone(),
                lines: length,
                earlier: earlier.0,
                earlier_line: files[earlier.0].0[earlier.1].line,
            });
            end = end.max(at + length);
        }
    }
    found
}

/// Index of a file, and that of a line.
type LinePlace = (usize, usize);

/// Earlier places that a block is compared with. Beyond these, only lines that occur again and again begin in the same way.
const PLACES: usize = 8;

/// Returns the place from which most lines are equal to those from a later one, the first of several, and their number.
fn longest(
    files: &[SearchedFile],
    earlier: &[LinePlace],
    later: LinePlace,
) -> Option<(LinePlace, usize)> {
    let lengths = earlier
        .iter()
        .map(|place| (*place, common(files, *place, later)));
    lengths.reduce(|best, other| if other.1 > best.1 { other } else { best })
}

/// Returns the number of equal lines from two places on. Blocks of one file do not overlap.
fn common(files: &[SearchedFile], earlier: LinePlace, later: LinePlace) -> usize {
    let first = &files[earlier.0].0[earlier.1..];
    let second = &files[later.0].0[later.1..];
    let most = match earlier.0 == later.0 {
        true => later.1 - earlier.1,
        false => usize::MAX,
    };
    let pairs = first.iter().zip(second).take(most);
    pairs.take_while(|(a, b)| a.hash == b.hash).count()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::code::SourceCode;
    use super::*;
    use crate::tests::HOSTILE;

    const LEAST: LeastBlock = LeastBlock {
        lines: 3,
        tokens: 10,
    };

    #[test]
    fn blocks_that_occur_twice_are_found() {
        let block = "let a = f(1);\nlet b = g(2);\nlet c = h(3);\n";
        let other = "let a = f(1); // why\n\n  let  b = g(2);\nlet c=h(3);";
        let longer = format!("{block}let d = 4;\n");
        for (files, expected) in [
            (vec![block, other], vec!["1:1 3 as 0:1"]),
            (vec!["x;\n", block, other], vec!["2:1 3 as 1:1"]),
            (
                vec![&longer, &format!("y;\n{longer}z;")],
                vec!["1:2 4 as 0:1"],
            ),
            (
                vec![&format!("{block}x;\n{block}{block}")],
                vec!["0:5 3 as 0:1", "0:8 3 as 0:1"],
            ),
            (vec![&block.replace("3", "4"), block], vec![]),
            (vec!["}\n}\n}\n", "}\n}\n}\n"], vec![]),
            // A copy of lines of which some are a copy already.
            (
                vec![
                    block,
                    &format!("{block}x(4);\ny(5);\n"),
                    "let c = h(3);\nx(4);\ny(5);\n",
                ],
                vec!["1:1 3 as 0:1", "2:1 3 as 1:3"],
            ),
            (
                vec![
                    "let c = h(3);\nx(4);\ny(5);\n",
                    block,
                    &format!("{block}x(4);\ny(5);\n"),
                ],
                vec!["2:1 3 as 1:1", "2:3 3 as 0:1"],
            ),
            (vec!["use a;\nuse b;\nuse c::{d, e};\n"; 2], vec![]),
        ] {
            let read: Vec<SearchedFile> = files
                .iter()
                .map(|text| SearchedFile::of(SourceCode::of(text, true).lines()))
                .collect();
            let found: Vec<String> = duplicates(&read, LEAST)
                .iter()
                .map(|one| {
                    let (earlier, line) = (one.earlier, one.earlier_line);
                    format!(
                        "{}:{} {} as {earlier}:{line}",
                        one.file, one.line, one.lines
                    )
                })
                .collect();
            assert_eq!(found, expected, "{files:?}");
        }
    }

    #[test]
    fn equal_lines_are_searched_in_linear_time() {
        let text = "a(b, c, d);\n".repeat(HOSTILE / 12);
        let file = SearchedFile::of(SourceCode::of(&text, true).lines());
        let found = duplicates(&[file.clone(), file], LEAST);
        assert!(found.len() > 1, "{}", found.len());
    }
}
