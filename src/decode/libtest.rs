//! libtest: its log file, its text, its JSON, and whether they add up.

use crate::event::Suite;

/// Everything the runner recorded of one test executable.
pub struct Record<'a> {
    /// Package name.
    pub package: &'a str,
    /// Target kind.
    pub target_kind: &'a str,
    /// Target name.
    pub target: &'a str,
    /// The executable carries the libtest marker.
    pub libtest: bool,
    /// Exit code, when it exited.
    pub code: Option<i32>,
    /// Signal, when it died of one.
    pub signal: Option<i32>,
    /// Wall seconds.
    pub seconds: f64,
    /// libtest's `--logfile`; `None` when it wrote none.
    pub log: Option<&'a str>,
    /// Captured stdout, lossily decoded, possibly cut in the middle.
    pub stdout: &'a str,
    /// The middle of stdout was dropped.
    pub stdout_cut: bool,
    /// Tail of stderr.
    pub stderr: &'a str,
}

/// One suite, with `incomplete` set when any rule of reconciliation is broken.
pub fn suite(_record: &Record<'_>) -> Suite {
    todo!()
}
