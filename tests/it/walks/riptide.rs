//! The sample campaign: benchmarks nobody can read, a waiver, a plan with more sections than this version acts upon.

use super::{Case, check};

#[test]
fn the_sample_campaign_is_judged() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "riptide.rs",
    fixture: "riptide",
    text: r#"
$ cargo campaign doctor
$ cargo campaign baseline
$ cargo campaign gate
$ cargo campaign run bench
$ cargo campaign gate --no-run
$ cargo campaign explain bench.*.time
$ cargo campaign status
$ cargo campaign status --config campaign.full.toml
$ cargo campaign baseline --from latest
$ remove .campaign/baseline.json
$ cargo campaign status
$ cargo campaign final --from latest
"#,
};
