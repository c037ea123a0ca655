//! Benchmark figures: libtest `bench:` lines, criterion's `estimates.json`.

use crate::event::Bench;

/// The figures in a bench executable's stdout: `test NAME ... bench:   1,234.56 ns/iter (+/- 78)`.
pub fn libtest(_package: &str, _target: &str, _stdout: &str) -> Vec<Bench> {
    todo!()
}

/// One benchmark of criterion: its `benchmark.json` and `estimates.json` (both of `new/`), and `sample.json` when there.
/// Fails with a fragment naming what is not as expected: the format is undocumented and is not guessed at.
pub fn criterion(
    _package: &str,
    _target: &str,
    _benchmark: &str,
    _estimates: &str,
    _sample: Option<&str>,
) -> Result<Bench, String> {
    todo!()
}
