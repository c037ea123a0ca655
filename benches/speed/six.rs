//! Six collectors against the script of six commands: cold, after one edit, with nothing to do.

use std::fs;
use std::path::Path;

use super::cost::{Sides, cost, note, rounds};
use super::workspace::{Side, script, sides};

/// Measures, pins, shows. The reason is for the later rounds, which replace a baseline.
pub(crate) const BASELINE: [&str; 4] = ["baseline", "--quiet", "--accept", "measured again"];

/// Nothing is built yet; also nothing of the registry's packages.
pub(crate) fn cold(dir: &Path) {
    let [ours, theirs] = sides(dir);
    let empty = |side: &Side| {
        let _ = fs::remove_dir_all(&side.target);
    };
    let sides = Sides::in_turns(
        rounds(3),
        |_| {
            empty(&ours);
            cost(&mut ours.campaign(&BASELINE))
        },
        |_| {
            empty(&theirs);
            cost(&mut theirs.script())
        },
    );
    sides.print("six collectors, cold", "<= 0.90 CPU and wall");
    note(&format!(
        "theirs: {}",
        script(&theirs.ws)
            .replace("\"$CARGO\"", "cargo")
            .replace('\n', "; ")
    ));
}

/// All is built; then one file changes each round, then none.
pub(crate) fn warm(dir: &Path) {
    let [ours, theirs] = sides(dir);
    cost(&mut ours.campaign(&BASELINE));
    cost(&mut theirs.script());
    let touched = Sides::in_turns(
        rounds(3),
        |_| {
            ours.touch();
            cost(&mut ours.campaign(&BASELINE))
        },
        |_| {
            theirs.touch();
            cost(&mut theirs.script())
        },
    );
    touched.print("six collectors, a deep member touched", "<= 1.0");
    let nothing = Sides::in_turns(
        rounds(9),
        |_| cost(&mut ours.campaign(&BASELINE)),
        |_| cost(&mut theirs.script()),
    );
    nothing.print("six collectors, nothing to build", "<= 1.02 + 50 ms CPU");
    note(&format!("{:+.0} ms CPU", nothing.more_cpu()));
}
