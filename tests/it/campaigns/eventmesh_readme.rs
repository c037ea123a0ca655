//! The read-me of the package for EventMesh, phase 7.

use super::check;

#[test]
fn package_says_who_may_start_and_what_is_open() {
    let replay = check("eventmesh-readme");
    assert_eq!(replay.fact("workstream.7.3.may-start"), "true");
    assert_eq!(replay.fact("workstream.7.4.may-start"), "false");
    assert_eq!(replay.fact("workstream.7.1.status"), "in_progress");
    assert_eq!(replay.fact("campaign.verdict"), "fail");
    assert_eq!(replay.json("plan")["left"], 2.4);
    // What is ticked has evidence.
    let roadmap = replay.stdout("report roadmap");
    let expected = [
        "CI sweeps old build output",
        "documented environment variables that nothing reads = 0",
    ];
    assert_eq!(ticked(&roadmap), expected);
}

/// Returns the items that are ticked.
pub(super) fn ticked(report: &str) -> Vec<&str> {
    let lines = report.lines();
    lines
        .filter_map(|line| line.trim().strip_prefix("[x] "))
        .collect()
}
