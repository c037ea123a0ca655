//! `status` in a store of many runs.

use std::path::Path;

use cargo_campaign::store::Store;

use super::cost::{Sides, cost, rounds};
use super::six::BASELINE;
use super::workspace::{Side, generate};

const MANY: i64 = 10_000;
const FEW: i64 = 10;
const HOUR: i64 = 3600;
/// The last second of February 2026: ten thousand runs, one every four minutes before it, lie in that month.
const END_OF_MONTH: i64 = 1_772_323_199;

/// 10 000 runs, one every two hours over more than two years, or one every four minutes in a month; against 10.
pub(crate) fn status(dir: &Path) {
    let few = store(dir, "few", FEW, 2 * HOUR);
    for (name, every, row) in [
        ("months", 2 * HOUR, "status, 10 000 runs over 28 months"),
        ("month", HOUR / 15, "status, 10 000 runs in one month"),
    ] {
        let many = store(dir, name, MANY, every);
        let status = |side: &Side| cost(&mut side.campaign(&["status"]));
        status(&many);
        Sides::in_turns(rounds(15), |_| status(&many), |_| status(&few)).print(row, "<= 2");
    }
}

/// A workspace that was measured once, and whose run was kept `count` times, `every` so many seconds.
fn store(dir: &Path, name: &str, count: i64, every: i64) -> Side {
    let side = Side {
        ws: dir.join(name),
        target: dir.join("target"),
    };
    generate(&side.ws, 3);
    cost(&mut side.campaign(&BASELINE));
    let store = Store::open(&side.ws);
    let newest = store.newest().expect("it was just measured");
    let run = store.load(&newest.id).expect("it was just measured");
    for back in 1..count {
        let mut earlier = run.clone();
        earlier.started = END_OF_MONTH - back * every;
        store.append(&earlier).expect("the store can be written");
    }
    side
}
