//! Matching the findings of a base with those of a head.
//!
//! A multiset match: every finding is used once, passes go from sure to vague, each over what the ones before left:
//!
//! | pass | equal in both | meaning |
//! |---|---|---|
//! | 0 | place of an unchanged line by the line map, lint | the same |
//! | 1 | file, lint, item, snippet, whole line, message | the same |
//! | 2 | file, lint, snippet, whole line | the item was renamed, or its body became another's |
//! | 3 | file, lint, item, snippet, message | the line was edited beside it |
//! | 4 | file, lint, item, snippet | the same |
//! | 5 | lint, item, snippet, whole line | moved to another file |
//! | 6 | file, lint, item, template of the message | `changed`: the code under it was edited |
//!
//! A whole line says more than the name of the item around it: that is how git sees it too.
//!
//! All of them within one collector and package. A file that git saw renamed counts as the same file. Several candidates
//! are paired by nearest line. Two findings of one lint swapped within one item read as `changed`: listed and gateable,
//! but told apart only by the code itself. Knows nothing of which findings may be compared.

use std::borrow::Cow;
use std::collections::HashMap;

use super::LineMap;
use super::pairing::pair;
use crate::snapshot::{Changes, Finding};

#[cfg(test)]
mod tests;

/// Matches two lists of findings. Results are sorted by the head's (for `fixed` the base's) order of findings.
pub(super) fn match_findings(
    base: &[&Finding],
    head: &[&Finding],
    lines: Option<&LineMap>,
) -> Changes {
    let base: Vec<Entry<'_>> = base.iter().map(|f| Entry::base(f, lines)).collect();
    let head: Vec<Entry<'_>> = head.iter().map(|f| Entry::head(f, lines)).collect();
    let mut left = Left {
        base: (0..base.len()).collect(),
        head: (0..head.len()).collect(),
    };
    let mut changes = Changes::default();
    for (key, changed) in PASSES {
        for (b, h) in left.pass(&base, &head, key) {
            let both = (base[b].finding.clone(), head[h].finding.clone());
            if changed {
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

/// A finding with what its keys are made of.
struct Entry<'a> {
    finding: &'a Finding,
    /// In the head, also of a base entry.
    file: &'a str,
    /// In the head, also of a base entry; near it when the line was edited.
    line: u32,
    /// `file` and `line` are exact in the head.
    exact: bool,
    /// Without what a formatter changes.
    snippet: String,
    /// The message without names and numbers.
    template: String,
}

impl<'a> Entry<'a> {
    /// A finding of the base, at its place in the head.
    fn base(finding: &'a Finding, lines: Option<&'a LineMap>) -> Self {
        let (file, line, exact) = match lines {
            Some(lines) => lines.near(&finding.file, finding.line),
            None => (finding.file.as_str(), finding.line, false),
        };
        Self {
            file,
            line,
            exact: exact && finding.line > 0,
            ..Self::head(finding, lines)
        }
    }

    /// A finding of the head, as it stands; its place is exact only when the other side's can be.
    fn head(finding: &'a Finding, lines: Option<&LineMap>) -> Self {
        Self {
            finding,
            file: &finding.file,
            line: finding.line,
            exact: lines.is_some() && finding.line > 0,
            snippet: squeeze(&finding.snippet),
            template: template(&finding.message),
        }
    }

    /// The place, for lines the map knows.
    fn place(&self) -> Option<(&str, u32)> {
        self.exact.then_some((self.file, self.line))
    }
}

/// What must be equal, besides collector and package.
type Words<'a> = [Cow<'a, str>; 6];

/// Makes the key of an entry; `None` when the pass says nothing about it.
type Key = for<'a> fn(&'a Entry<'_>) -> Option<Words<'a>>;

/// Passes in order; the flag marks matches as `changed`. Pass 0 first takes what agrees in text too, so that two findings
/// of one lint on a line keep their identity.
const PASSES: [(Key, bool); 8] = [
    (
        |e| {
            let (file, line) = e.place()?;
            Some([
                file.into(),
                line.to_string().into(),
                code(e),
                snippet(e),
                message(e),
                NOTHING,
            ])
        },
        false,
    ),
    (
        |e| {
            let (file, line) = e.place()?;
            Some([
                file.into(),
                line.to_string().into(),
                code(e),
                NOTHING,
                NOTHING,
                NOTHING,
            ])
        },
        false,
    ),
    (
        |e| {
            Some([
                e.file.into(),
                code(e),
                item(e),
                snippet(e),
                text(e),
                message(e),
            ])
        },
        false,
    ),
    (
        |e| {
            Some([
                e.file.into(),
                code(e),
                snippet(e),
                text(e),
                NOTHING,
                NOTHING,
            ])
        },
        false,
    ),
    (
        |e| {
            Some([
                e.file.into(),
                code(e),
                item(e),
                snippet(e),
                message(e),
                NOTHING,
            ])
        },
        false,
    ),
    (
        |e| {
            Some([
                e.file.into(),
                code(e),
                item(e),
                snippet(e),
                NOTHING,
                NOTHING,
            ])
        },
        false,
    ),
    (
        |e| Some([code(e), item(e), snippet(e), text(e), NOTHING, NOTHING]),
        false,
    ),
    (
        |e| {
            Some([
                e.file.into(),
                code(e),
                item(e),
                e.template.as_str().into(),
                NOTHING,
                NOTHING,
            ])
        },
        true,
    ),
];

const NOTHING: Cow<'_, str> = Cow::Borrowed("");

fn code<'a>(e: &'a Entry<'_>) -> Cow<'a, str> {
    e.finding.code.as_str().into()
}

fn item<'a>(e: &'a Entry<'_>) -> Cow<'a, str> {
    e.finding.item.as_str().into()
}

fn snippet<'a>(e: &'a Entry<'_>) -> Cow<'a, str> {
    e.snippet.as_str().into()
}

fn message<'a>(e: &'a Entry<'_>) -> Cow<'a, str> {
    e.finding.message.as_str().into()
}

fn text<'a>(e: &'a Entry<'_>) -> Cow<'a, str> {
    e.finding.text.as_str().into()
}

/// Indices that no pass has matched yet, ascending.
struct Left {
    base: Vec<usize>,
    head: Vec<usize>,
}

impl Left {
    /// Pairs what has equal keys and takes it out.
    fn pass(&mut self, base: &[Entry<'_>], head: &[Entry<'_>], key: Key) -> Vec<(usize, usize)> {
        let mut buckets: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        let mut index = HashMap::new();
        for b in &self.base {
            let Some(words) = key(&base[*b]) else {
                continue;
            };
            let at = *index
                .entry(scoped(&base[*b], words))
                .or_insert(buckets.len());
            if at == buckets.len() {
                buckets.push((Vec::new(), Vec::new()));
            }
            buckets[at].0.push(*b);
        }
        for h in &self.head {
            let Some(words) = key(&head[*h]) else {
                continue;
            };
            if let Some(at) = index.get(&scoped(&head[*h], words)) {
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

/// A key within collector and package: findings never match across these.
fn scoped<'a>(entry: &'a Entry<'_>, words: Words<'a>) -> (&'a str, &'a str, Words<'a>) {
    (
        entry.finding.collector.name(),
        &entry.finding.package,
        words,
    )
}

/// Code without what a formatter changes: white space, and a comma before a closing bracket.
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

/// A message without names in backticks and numbers.
fn template(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for (at, part) in message.split('`').enumerate() {
        if at % 2 == 1 {
            out.push('`');
            continue;
        }
        for c in part.chars() {
            let c = if c.is_ascii_digit() { '0' } else { c };
            if !(c == '0' && out.ends_with('0')) {
                out.push(c);
            }
        }
    }
    out
}
