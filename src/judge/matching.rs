//! Matching the findings of a base with those of a head.
//!
//! Every finding is matched at most once. The passes become less certain; each works on the findings
//! that the earlier ones left:
//!
//! | pass | equal in both | lines | meaning |
//! |---|---|---|---|
//! | 0 | place by the line map, lint | unchanged | the same |
//! | 1 | file, lint, item, snippet, whole line, message | | the same |
//! | 2 | file, lint, snippet, whole line, message without names | edited | moved to another item |
//! | 3 | file, lint, item, snippet, message | | another part of the line was edited |
//! | 4 | file, lint, item, snippet | | the same |
//! | 5 | lint, path of the item in its crate, snippet, whole line | of a file that is gone or new | a module was moved to a file of its own, or back |
//! | 6 | lint, item without its modules, snippet, whole line, message without names | edited | moved to another file or module |
//! | 7 | file, lint, item, template of the message | | `changed`: the code under it was edited |
//!
//! Passes 3 and 4 do not apply to a finding without a snippet, and pass 7 to one without an item: only its
//! line distinguishes it from others.
//!
//! Code that was moved is gone from its place and new at another one. Passes that match other places
//! therefore leave out lines that git reports as unchanged: the code that they belong to is on both sides.
//! Without a line map, all lines may have been edited, and modules are not followed.
//!
//! As in git, equality of the whole line is stronger evidence than the name of the enclosing item.
//!
//! Findings match only within one collector and package. A file that git reports as renamed counts as
//! the same file. Several candidates are paired by the nearest line. Two findings of one lint that
//! are swapped within an item count as `changed`. Whether findings may be compared at all is decided
//! elsewhere.

use std::borrow::Cow;
use std::collections::HashMap;

use super::pairing::pair;
use super::{ChangedLines, LineMap};
use crate::snapshot::{Changes, Finding};

#[cfg(test)]
mod tests;

/// Matches two lists of findings. The results are sorted by the order of the head's findings, and
/// `fixed` by that of the base's.
pub(super) fn match_findings(
    base: &[&Finding],
    head: &[&Finding],
    lines: Option<&LineMap>,
) -> Changes {
    let base: Vec<Candidate<'_>> = base.iter().map(|f| Candidate::base(f, lines)).collect();
    let head: Vec<Candidate<'_>> = match lines {
        None => head.iter().map(|f| Candidate::unplaced(f)).collect(),
        Some(lines) => {
            let added = ChangedLines::new(lines, &lines.new);
            let head = head.iter();
            head.map(|f| Candidate::head(f, lines, &added)).collect()
        }
    };
    let mut left = Left {
        base: (0..base.len()).collect(),
        head: (0..head.len()).collect(),
    };
    let mut changes = Changes::default();
    for pass in PASSES {
        for (b, h) in left.pass(&base, &head, pass) {
            let both = (base[b].finding.clone(), head[h].finding.clone());
            if pass.is_change {
                changes.changed.push(both);
            } else if (&both.0.file, both.0.line) == (&both.1.file, both.1.line) {
                changes.same += 1;
            } else {
                changes.moved.push(both);
            }
        }
    }
    changes.fixed = left
        .base
        .into_iter()
        .map(|b| base[b].finding.clone())
        .collect();
    changes.new = left
        .head
        .into_iter()
        .map(|h| head[h].finding.clone())
        .collect();
    for list in [&mut changes.fixed, &mut changes.new] {
        list.sort();
    }
    for list in [&mut changes.changed, &mut changes.moved] {
        list.sort_by(|a, b| a.1.cmp(&b.1));
    }
    changes
}

/// A finding and the normalized values that it is matched by.
struct Candidate<'a> {
    finding: &'a Finding,
    /// Path in the head. For a finding of the base, the path after following renames.
    file: &'a str,
    /// Line in the head. Approximate if the line was edited, see `exact`.
    line: u32,
    /// Whether `file` and `line` are exact.
    exact: bool,
    edit: Edit,
    /// The snippet in a form that does not depend on the formatter.
    snippet: String,
    /// The message without names.
    wording: String,
    /// The message without names and numbers.
    template: String,
}

/// The known edit of a line, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Edit {
    /// The other side has the line.
    None,
    /// The other side does not have the line, or that is not known.
    Line,
    /// The other side does not have the file.
    File,
}

impl<'a> Candidate<'a> {
    /// Creates the entry of a finding of the base, at its place in the head.
    fn base(finding: &'a Finding, lines: Option<&'a LineMap>) -> Self {
        let unplaced = Self::unplaced(finding);
        let Some(lines) = lines else {
            return unplaced;
        };
        let (file, line, exact) = lines.near(&finding.file, finding.line);
        let exact = exact && finding.line > 0;
        let edit = match exact {
            true => Edit::None,
            false if lines.is_deleted(&finding.file) => Edit::File,
            false => Edit::Line,
        };
        Self {
            file,
            line,
            exact,
            edit,
            ..unplaced
        }
    }

    /// Creates the entry of a finding of the head.
    fn head(finding: &'a Finding, lines: &LineMap, added: &ChangedLines) -> Self {
        let edit = match added.of_file(&finding.file) {
            _ if finding.line == 0 => Edit::Line,
            _ if lines.new.contains(&finding.file) => Edit::File,
            Some(added) if added.contains(finding.line) => Edit::Line,
            _ => Edit::None,
        };
        Self {
            exact: finding.line > 0,
            edit,
            ..Self::unplaced(finding)
        }
    }

    /// Creates the entry of a finding of which nothing is known but its own place.
    fn unplaced(finding: &'a Finding) -> Self {
        let wording = without_names(&finding.message);
        Self {
            finding,
            file: &finding.file,
            line: finding.line,
            exact: false,
            edit: Edit::Line,
            snippet: squeeze(&finding.snippet),
            template: without_numbers(&wording),
            wording,
        }
    }
}

/// A value of a finding that a pass compares.
#[derive(Clone, Copy)]
enum Part {
    File,
    /// The line, if the place is exact.
    ExactLine,
    Code,
    Item,
    /// The item, if there is one.
    SomeItem,
    /// The item without the inline modules that it is in.
    Bare,
    /// The item, if there is one, after the modules that the name of its file stands for.
    Path,
    Snippet,
    /// The snippet, if there is one.
    SomeSnippet,
    /// The whole line.
    Text,
    Message,
    /// The message without names.
    Wording,
    /// The message without names and numbers.
    Template,
}

use Part::{
    Bare, Code, ExactLine, File, Item, Message, Path, Snippet, SomeItem, SomeSnippet, Template,
    Text, Wording,
};

/// A pass, which matches findings of one collector and package.
#[derive(Clone, Copy)]
struct Pass {
    /// The parts that must be equal.
    parts: &'static [Part],
    /// The least edit of the base's line, and of the head's line.
    edits: (Edit, Edit),
    /// Whether the matches count as `changed`.
    is_change: bool,
}

impl Pass {
    const fn of(parts: &'static [Part]) -> Self {
        Self {
            parts,
            edits: (Edit::None, Edit::None),
            is_change: false,
        }
    }

    const fn edited(self, base: Edit, head: Edit) -> Self {
        Self {
            edits: (base, head),
            ..self
        }
    }

    const fn changed(self) -> Self {
        Self {
            is_change: true,
            ..self
        }
    }
}

const MOVED_MODULE: Pass = Pass::of(&[Code, Path, Snippet, Text]);

/// The passes. Pass 0 is split in two: findings that also agree in their text are matched first, so that
/// two findings of one lint on a line keep their identity. A module is moved from a file or to one.
const PASSES: [Pass; 10] = [
    Pass::of(&[File, ExactLine, Code, Snippet, Message]),
    Pass::of(&[File, ExactLine, Code]),
    Pass::of(&[File, Code, Item, Snippet, Text, Message]),
    Pass::of(&[File, Code, Snippet, Text, Wording]).edited(Edit::Line, Edit::Line),
    Pass::of(&[File, Code, Item, SomeSnippet, Message]),
    Pass::of(&[File, Code, Item, SomeSnippet]),
    MOVED_MODULE.edited(Edit::File, Edit::Line),
    MOVED_MODULE.edited(Edit::Line, Edit::File),
    Pass::of(&[Code, Bare, Snippet, Text, Wording]).edited(Edit::Line, Edit::Line),
    Pass::of(&[File, Code, SomeItem, Template]).changed(),
];

/// The values of a pass. The rest is empty.
type Key<'a> = [Cow<'a, str>; 6];

/// Returns the values of a finding that a pass compares. `None` if it does not apply to the finding.
fn key<'a>(entry: &'a Candidate<'_>, parts: &[Part]) -> Option<Key<'a>> {
    let mut key = Key::default();
    for (value, part) in key.iter_mut().zip(parts) {
        *value = match part {
            File => entry.file.into(),
            ExactLine => entry.exact.then(|| entry.line.to_string())?.into(),
            Code => entry.finding.code.as_str().into(),
            Item => entry.finding.item.as_str().into(),
            SomeItem => some(&entry.finding.item)?.into(),
            Bare => bare(&entry.finding.item).into(),
            Path => path(entry.file, some(&entry.finding.item)?).into(),
            Snippet => entry.snippet.as_str().into(),
            SomeSnippet => some(&entry.snippet)?.into(),
            Text => entry.finding.text.as_str().into(),
            Message => entry.finding.message.as_str().into(),
            Wording => entry.wording.as_str().into(),
            Template => entry.template.as_str().into(),
        };
    }
    Some(key)
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Returns the path of an item in its crate, if the crate's modules are in the files that rustc expects:
/// `pool::Pool::get` for `Pool::get` in `src/pool.rs` or `src/pool/mod.rs`. An item in the root of a crate is not that of
/// another crate. Files of modules may belong to both.
fn path(file: &str, item: &str) -> String {
    let (_, below) = file.rsplit_once("src/").unwrap_or(("", file));
    let module = below.strip_suffix(".rs").unwrap_or(below);
    let module = module.strip_suffix("/mod").unwrap_or(module);
    match module {
        "lib" | "main" if item.contains("::") => item.to_owned(),
        module => format!("{}::{item}", module.replace('/', "::")),
    }
}

/// Returns an item without the inline modules that it is in: `Pool::get` for `net::Pool::get`. Only the names of modules
/// begin with a lower case letter.
fn bare(item: &str) -> &str {
    let mut item = item;
    while let Some((module, rest)) = item.split_once("::") {
        let is_module = module.starts_with(|c: char| c.is_lowercase() || c == '_')
            && module.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_module {
            break;
        }
        item = rest;
    }
    item
}

/// The indices of unmatched findings, ascending.
struct Left {
    base: Vec<usize>,
    head: Vec<usize>,
}

impl Left {
    /// Pairs the entries with equal keys and removes them.
    fn pass(
        &mut self,
        base: &[Candidate<'_>],
        head: &[Candidate<'_>],
        pass: Pass,
    ) -> Vec<(usize, usize)> {
        // The pairs must come in the same order each time, which the entries of a hash map do not.
        let mut buckets: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        let mut index = HashMap::new();
        for b in self.base.iter().filter(|b| base[**b].edit >= pass.edits.0) {
            let Some(key) = key(&base[*b], pass.parts) else {
                continue;
            };
            let at = *index.entry(scoped(&base[*b], key)).or_insert(buckets.len());
            if at == buckets.len() {
                buckets.push((Vec::new(), Vec::new()));
            }
            buckets[at].0.push(*b);
        }
        for h in self.head.iter().filter(|h| head[**h].edit >= pass.edits.1) {
            let Some(key) = key(&head[*h], pass.parts) else {
                continue;
            };
            if let Some(at) = index.get(&scoped(&head[*h], key)) {
                buckets[*at].1.push(*h);
            }
        }
        let pairs: Vec<_> = buckets
            .iter()
            .flat_map(|(b, h)| pair(b, h, |b| base[b].line, |h| head[h].line))
            .collect();
        let (mut used_base, mut used_head) = (vec![false; base.len()], vec![false; head.len()]);
        for (b, h) in &pairs {
            used_base[*b] = true;
            used_head[*h] = true;
        }
        self.base.retain(|b| !used_base[*b]);
        self.head.retain(|h| !used_head[*h]);
        pairs
    }
}

/// Extends a key by collector and package, across which findings never match.
fn scoped<'a>(entry: &'a Candidate<'_>, key: Key<'a>) -> (&'a str, &'a str, Key<'a>) {
    (entry.finding.collector.name(), &entry.finding.package, key)
}

/// Removes the parts of code that a formatter changes: white space, and a comma before a closing
/// bracket.
fn squeeze(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    for c in code.chars().filter(|c| !c.is_whitespace()) {
        if ")]}".contains(c) && out.ends_with(',') {
            out.pop();
        }
        out.push(c);
    }
    out
}

/// Returns a message without names in backticks.
fn without_names(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let parts = parts.map(|(at, part)| if at % 2 == 1 { "`" } else { part });
    parts.collect()
}

/// Returns a message in which each number is a zero.
fn without_numbers(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for c in message.chars() {
        let c = if c.is_ascii_digit() { '0' } else { c };
        if !(c == '0' && out.ends_with('0')) {
            out.push(c);
        }
    }
    out
}
