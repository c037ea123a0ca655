//! A thousand tests that do nothing: what it costs to know their results.

use std::fmt::Write as _;
use std::path::Path;

use super::cost::{Sides, cost, note, rounds};
use super::workspace::{Side, begin, write};

/// `run test` against plain `cargo test`; both with everything built.
pub(crate) fn tests(dir: &Path) {
    let manifest = "[package]\nname = \"thousand\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ndoctest = false\n";
    let side = |name: &str, count: usize| {
        let side = Side {
            ws: dir.join(name),
            target: dir.join(format!("target-{name}")),
        };
        write(&side.ws, "Cargo.toml", manifest);
        write(&side.ws, "src/lib.rs", &body(count));
        begin(&side.ws);
        cost(&mut side.campaign(&RUN));
        side
    };
    let (many, one) = (side("thousand", 1000), side("one", 1));
    let sides = compare(&many);
    sides.print("1000 trivial tests, whole command", "<= 1.1 CPU");
    let per_test = |of: f64, base: f64| format!("{:.1} us", of - base);
    let alone = compare(&one);
    note(&format!(
        "CPU for each further test: ours {}, theirs {}",
        per_test(sides.our_cpu(), alone.our_cpu()),
        per_test(
            sides.our_cpu() - sides.more_cpu(),
            alone.our_cpu() - alone.more_cpu()
        ),
    ));
    alone.print("one trivial test, whole command", "");
}

const RUN: [&str; 3] = ["run", "test", "--quiet"];

fn compare(side: &Side) -> Sides {
    let plain = ["test", "--workspace", "--no-fail-fast"];
    Sides::in_turns(
        rounds(15),
        |_| cost(&mut side.campaign(&RUN)),
        |_| cost(&mut side.cargo(&plain)),
    )
}

fn body(count: usize) -> String {
    (0..count).fold(String::new(), |mut all, number| {
        let _ = writeln!(all, "#[test]\nfn t{number}() {{}}");
        all
    })
}
