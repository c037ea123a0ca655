//! Judging: comparing two views of a workspace, holding gates against them.
//!
//! Pure and deterministic: no clock (today is an argument), no files. A gate over missing, partial, stale or unlike data
//! gives no verdict. Knows nothing of how figures were measured or are shown.

use std::collections::BTreeMap;

use crate::gate::{Gate, Waiver};
use crate::metric::{Catalogue, Reading};
use crate::run::{Judgement, RunId, View};
use crate::snapshot::Comparison;

/// How lines of the base became lines of the head, from `git diff -M`: pass 0 of matching findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineMap {
    /// For each file of the base that changed: its name in the head (`None` when deleted) and its hunks.
    pub files: BTreeMap<String, FileMap>,
}

/// One changed file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileMap {
    /// Name in the head.
    pub to: Option<String>,
    /// `(base first line, base count, head first line, head count)`, ascending, as in `@@ -a,b +c,d @@` with zero context.
    pub hunks: Vec<(u32, u32, u32, u32)>,
}

impl LineMap {
    /// Where an unchanged line of the base lies in the head; `None` when it was edited or deleted.
    pub fn head(&self, _file: &str, _line: u32) -> Option<(String, u32)> {
        todo!()
    }
}

/// Compares two views. `lines` is given when both commits are known to git and the base is an ancestor or reachable.
pub fn compare(_base: &View, _head: &View, _lines: Option<&LineMap>) -> Comparison {
    todo!()
}

/// What gates are held against.
pub struct Evidence<'a> {
    /// The figures to judge.
    pub head: &'a View,
    /// The pinned baseline.
    pub baseline: Option<&'a View>,
    /// Head against baseline.
    pub comparison: Option<&'a Comparison>,
    /// For `previous`: the newest earlier figure of each metric that is comparable, with its run.
    pub previous: &'a BTreeMap<String, (RunId, Reading)>,
    /// For `best`: the best figure on record of each metric, among comparable runs.
    pub best: &'a BTreeMap<String, (RunId, Reading)>,
    /// `YYYY-MM-DD`, for waivers.
    pub today: &'a str,
}

/// Judges every gate. A pattern is expanded over the metrics of head and baseline; one that matches nothing gives no
/// verdict (missing).
pub fn judge(_gates: &[Gate], _waivers: &[Waiver], _catalogue: &Catalogue, _evidence: &Evidence<'_>) -> Judgement {
    todo!()
}

/// Plants a violation of each judged gate in a copy of the evidence and judges again: gate id, what was planted, and
/// whether the gate then failed. A gate that would not is a gate that cannot protect.
pub fn prove(
    _gates: &[Gate],
    _waivers: &[Waiver],
    _catalogue: &Catalogue,
    _evidence: &Evidence<'_>,
) -> Vec<(String, String, bool)> {
    todo!()
}
