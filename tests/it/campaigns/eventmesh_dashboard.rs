//! The coordination dashboard of EventMesh, phase 7.

use super::check;

#[test]
fn everything_that_the_dashboard_had_is_computed() {
    let replay = check("eventmesh-dashboard");
    assert_eq!(replay.fact("baseline.test.passed"), "626");
    assert_eq!(replay.fact("baseline.test.failed"), "4");
    assert_eq!(replay.fact("baseline.loc.files"), "887");
    let plan = replay.json("plan");
    assert_eq!(plan["left"], 2.4);
    let workstreams = plan["workstreams"].as_array().expect("a list");
    let critical = workstreams.iter().filter(|one| one["critical"] == true);
    let critical: Vec<_> = critical.map(|one| one["id"].clone()).collect();
    assert_eq!(critical, ["7.1", "7.2"]);
}
