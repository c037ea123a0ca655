use super::script::{fold, plan, shown, workspace};
use crate::metric::Unit;

/// Folds a script and compares all that comes out, line by line.
#[track_caller]
fn check(steps: &str, packages: &[&str], script: &str, expected: &str) {
    let own = [("todo", "todo.open", Unit::Count), ("todo", "todo.share", Unit::Percent)];
    let (snapshot, records) = fold(&plan(steps), &workspace(packages), &own, script);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let shown = shown(&snapshot, &records);
    assert_eq!(shown, expected, "\n{}\n", shown.join("\n"));
}

#[test]
fn x() {
    check(
        "clippy: clippy check
         check by clippy",
        &["a", "b"],
        "start clippy
         unit dep lib dep fresh
         warning a clippy::needless_return src/lib.rs:3 unneeded `return`
         warning a clippy::needless_return src/lib.rs:3 unneeded `return`
         warning a unused_variables a/src/lib.rs:4 unused variable: `x`
         warning b dead_code b/src/lib.rs:4 never used
         warning elsewhere dead_code e/src/lib.rs:4 never used
         warning a - - 2 warnings emitted
         warning a - a/src/lib.rs:9 something with 3 `things`
         outline src/lib.rs 1-9 Pool::get
         unit a lib a
         finished true
         end 0",
        "",
    );
}
