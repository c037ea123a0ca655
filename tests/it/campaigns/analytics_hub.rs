//! The coordination directory of the LLM analytics hub.

use super::check;

#[test]
fn documents_and_milestones_are_kept_in_step() {
    let replay = check("analytics-hub");
    let report = replay.json("report dashboard");
    let milestones = report["milestones"].as_array().expect("a list");
    assert_eq!(milestones.len(), 13);
    let done = milestones.iter().filter(|one| one["status"] == "complete");
    assert_eq!(done.count(), 2);
    assert_eq!(replay.fact("milestone.m03.health"), "blocked");
    // What nobody stated has no value, and no gate passes without one.
    assert_eq!(replay.fact("metric.attested.budget"), "31500");
    assert_eq!(replay.fact("gate.attested.p95"), "pass");
    assert_eq!(replay.fact("gate.attested.p99"), "no-verdict");
    assert_eq!(replay.fact("gate.audit.critical"), "pass");
    assert_eq!(replay.fact("workstream.t06.status"), "pending");
}
