//! A team's own collector, its metric, its gate, and what is said when it prints something else.

use super::{Case, check};

#[test]
fn a_command_of_the_team_s_own_is_a_collector() {
    check(&CASE);
}

pub(super) const CASE: Case = Case {
    file: "own.rs",
    fixture: "clean",
    text: r#"
$ write campaign.toml "[campaign]^name = 'Own'^release = '2.0.0'^[collect]^default = ['commits']^[collect.commits]^command = ['git', 'rev-list', '--count', 'HEAD']^[collect.commits.metrics]^'commits.count' = { unit = 'count', better = 'higher', title = 'commits' }^[gates]^'commits.count' = ['>= baseline', '>= best', '> previous']"
$ cargo campaign run --dry-run
$ cargo campaign gate --dry-run
$ cargo campaign baseline
$ cargo campaign gate
$ git commit --allow-empty -qm "another"
$ cargo campaign run commits
$ cargo campaign status
$ cargo campaign explain commits.count
$ cargo campaign gate
$ git commit --allow-empty -qm "a third"
$ cargo campaign run
$ cargo campaign gate
$ replace campaign.toml "'--count', " ""
$ cargo campaign run
$ replace campaign.toml "'rev-list', 'HEAD'" "'no-such-command'"
$ cargo campaign run
$ cargo campaign gate --no-run
$ cargo campaign history
"#,
};
