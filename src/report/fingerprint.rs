//! Fingerprints of findings, by which other tools recognize a finding in later runs.
//!
//! A fingerprint is made of the collector, package, file, lint, enclosing item and highlighted code. Moved lines and edits
//! elsewhere do not change it. Findings that are equal in all of these are numbered in the order of their lines.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::snapshot::Finding;

/// The fingerprints of the findings of a run.
pub(super) struct Fingerprints<'a>(BTreeMap<&'a Finding, String>);

/// How many bytes of the digest are used.
const BYTES: usize = 16;

impl<'a> Fingerprints<'a> {
    pub(super) fn of(findings: &'a [Finding]) -> Self {
        let mut sorted: Vec<&Finding> = findings.iter().collect();
        sorted.sort_by_key(|finding| (finding.line, finding.column));
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let fingerprints = sorted.into_iter().map(|finding| {
            let count = counts.entry(digest(finding, 0)).or_default();
            let fingerprint = digest(finding, *count);
            *count += 1;
            (finding, fingerprint)
        });
        Self(fingerprints.collect())
    }

    /// Returns the fingerprint of a finding.
    pub(super) fn get(&self, finding: &Finding) -> String {
        let known = self.0.get(finding).cloned();
        known.unwrap_or_else(|| digest(finding, 0))
    }
}

/// Returns the fingerprint of the finding with this number among equal ones.
fn digest(finding: &Finding, number: usize) -> String {
    // The formatter breaks code into other lines.
    let mut code: String = finding.snippet.split_whitespace().collect();
    if code.is_empty() {
        code.clone_from(&finding.message);
    }
    of_parts(&[
        finding.collector.name(),
        &finding.package,
        &finding.file,
        &finding.code,
        &finding.item,
        &code,
        &number.to_string(),
    ])
}

/// Returns the fingerprint of these texts.
pub(super) fn of_parts(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        // Parts are separated by their lengths.
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let bytes = digest.finalize();
    bytes
        .iter()
        .take(BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Level;
    use crate::plan::Collector;

    fn finding(line: u32, snippet: &str) -> Finding {
        Finding {
            collector: Collector::named("clippy"),
            package: "a".into(),
            file: "src/lib.rs".into(),
            code: "clippy::len_zero".into(),
            level: Level::Warning,
            item: "f".into(),
            snippet: snippet.into(),
            text: format!("let x = {snippet};"),
            message: "length comparison to zero".into(),
            line,
            column: 5,
            occurrences: 1,
        }
    }

    #[test]
    fn fingerprints_are_unique_and_survive_moved_lines() {
        let of = |findings: &[Finding]| -> Vec<String> {
            let fingerprints = Fingerprints::of(findings);
            findings.iter().map(|f| fingerprints.get(f)).collect()
        };
        let before = of(&[
            finding(3, "a.len() == 0"),
            finding(9, "a.len() == 0"),
            finding(12, "b.len() == 0"),
        ]);
        let moved = of(&[
            finding(40, "a.len()  ==\n0"),
            finding(49, "a.len() == 0"),
            finding(52, "b.len() == 0"),
        ]);
        assert_eq!(before, moved);
        assert!(before[0] != before[1] && before[1] != before[2] && before[0] != before[2]);
        // Without the first of two, the other one is the first.
        assert_eq!(of(&[finding(9, "a.len() == 0")])[0], before[0]);
    }
}
