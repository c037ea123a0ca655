//! The coordination dashboard of EventMesh, phase 7.

use super::check;

#[test]
#[ignore = "long: it builds for two minutes to compare times"]
fn everything_that_the_dashboard_had_is_computed() {
    let replay = check("eventmesh-dashboard");
    for (key, value) in [
        ("baseline.loc.files", "887"),
        ("baseline.clippy.warnings", "12"),
        ("baseline.test.passed", "626"),
        ("baseline.test.failed", "4"),
        ("metric.env.read", "93"),
        ("metric.env.coverage", "100"),
        ("metric.check.warnings", "0"),
        ("workstream.7.1.status", "complete"),
        ("workstream.7.4.status", "complete"),
        ("campaign.verdict", "pass"),
    ] {
        assert_eq!(replay.fact(key), value, "{key}");
    }
    let plan = replay.performed.iter();
    let plan = plan
        .rev()
        .find(|one| one.command.ends_with("plan --format json"));
    let plan = &plan.expect("the plan of the first day").screen;
    let plan: serde_json::Value = serde_json::from_str(plan).expect("it is JSON");
    assert_eq!(plan["left"], 2.4);
    let workstreams = plan["workstreams"].as_array().expect("a list");
    let critical = workstreams.iter().filter(|one| one["critical"] == true);
    let critical: Vec<_> = critical.map(|one| one["id"].clone()).collect();
    assert_eq!(critical, ["7.1", "7.2"]);
}
