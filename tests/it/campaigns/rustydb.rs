//! The log of the build coordinator of RustyDB.

use super::check;

#[test]
fn build_is_coordinated_by_evidence() {
    let replay = check("rustydb");
    // The owners are those of the workstreams, and the phases are milestones.
    let report = replay.json("report dashboard");
    let workstreams = report["workstreams"].as_array().expect("a list");
    let mut owners: Vec<_> = workstreams.iter().map(|one| &one["owner"]).collect();
    owners.dedup();
    assert_eq!(owners.len(), 13);
    assert_eq!(report["milestones"].as_array().map(Vec::len), Some(6));
    // Errors, warnings, features, integration.
    let plan = replay.json("plan");
    let entries = plan["workstreams"].as_array().expect("a list");
    let critical = entries.iter().filter(|one| one["critical"] == true);
    let critical: Vec<_> = critical.map(|one| one["id"].clone()).collect();
    assert_eq!(critical, ["3.2", "4.1", "5.1", "6.1"]);
    // Nobody can say that there is no vulnerability, so no verdict passes.
    assert_eq!(replay.fact("gate.audit.vulnerabilities"), "no-verdict");
    assert_eq!(replay.fact("workstream.5.2.status"), "in_progress");
    assert_eq!(replay.fact("baseline.test.passed"), "7");
    assert_eq!(replay.fact("metric.test.passed"), "8");
    let readiness = replay.json("report readiness");
    assert_eq!(readiness["readiness"]["ready"], false);
}
