//! The handoff of EventMesh, phase 7. Its success list was ticked before the work began.

use super::check;
use super::eventmesh_readme::ticked;

#[test]
fn what_has_no_evidence_is_not_ticked() {
    let replay = check("eventmesh-handoff");
    let report = replay.stdout("report handoff");
    let (before, after) = report.split_once("At the end\n").expect("it has the list");
    let (success, _) = after.split_once("\n\n").expect("another section follows");
    assert_eq!(ticked(success), [""; 0]);
    assert_eq!(success.matches("[ ] ").count(), 5, "{success}");
    assert!(
        ticked(before).contains(&"7.3 Code quality is complete"),
        "{before}"
    );
    assert_eq!(replay.fact("workstream.7.2.status"), "blocked");
}
