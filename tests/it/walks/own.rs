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
$ write campaign.toml "[campaign]^name = 'Own'^release = '2.0.0'^[collect]^default = ['commits']^[collect.commits]^command = ['git', 'rev-list', '--count', 'HEAD']^inputs = ['@sources']^[collect.commits.metrics]^'commits.count' = { unit = 'count', better = 'higher', title = 'commits' }^[gates]^'commits.count' = ['>= baseline', '>= best', '> previous']"
$ cargo campaign run --dry-run
commits      git rev-list --count HEAD
             # for commits
$ cargo campaign gate --dry-run
commits      git rev-list --count HEAD
             # for commits
$ cargo campaign baseline
    Campaign Own · 2 packages · rustc 1.95.0 · main@b5f52b0
        Plan commits
         Ran commits.count 1                                                  0s
    Recorded run 20261120-115902-868b79ab
      Pinned baseline in .campaign/baseline.json (commit this file)
  metric   baseline   per package
  commits         1
$ cargo campaign gate
  NO VERDICT 2 of 3 gates without verdict                                 exit 3
no verdict: commits: no comparable run on record has commits.count
   help: cargo campaign explain commits.count#2
no verdict: commits: no earlier comparable run has commits.count
   help: cargo campaign explain commits.count#3
  1 gate passes · cargo campaign status for all
  evidence: run 20261120-115902-868b79ab
$ write notes.txt "another"
$ git add notes.txt
$ git commit -qm "another"
$ cargo campaign run commits
    Campaign Own · 2 packages · rustc 1.95.0 · main@e4ace55
        Plan commits
         Ran commits.count 2                                                  0s
    Recorded run 20261120-115902-0cb7fd7b
$ cargo campaign status
Own → 2.0.0                                                  READY: 3 gates pass

  Gates
    commits  1 → 2   target ≥ baseline  pass
    commits  1 → 2   target ≥ best      pass
    commits  1 → 2   target > previous  pass

  next: cargo campaign final
  measured just now at e4ace55 (clean), rustc 1.95.0; baseline b5f52b0, just now
$ cargo campaign explain commits.count
commits  commits.count                                    pass, worst of 3 gates
  now        2   e4ace55, just now, run 20261124-143643-8d312916
  baseline   1   b5f52b0, just now, run 20261124-143642-fa4fbb8f
  command    git rev-list --count HEAD
  trend      ▁█   1 … 2 over 2 runs
  rule       ≥ baseline (1)   pass
  --> campaign.toml:12
   |  12 | 'commits.count' = ['>= baseline', '>= best', '> previous']
  to pass    it passes, 1 to spare
  rule       ≥ best (1)   pass
  --> campaign.toml:12
   |  12 | 'commits.count' = ['>= baseline', '>= best', '> previous']
  to pass    it passes, 1 to spare
  rule       > previous (1)   pass
  --> campaign.toml:12
   |  12 | 'commits.count' = ['>= baseline', '>= best', '> previous']
  to pass    it passes, 0 to spare
  since the baseline
    no finding or test that says why it moved
  by hand    git rev-list --count HEAD
$ cargo campaign gate
PASS 3 of 3 gates   run 20261120-120830-2d2a7cb5, just now, sources unchanged
$ write notes.txt "a third"
$ git commit -aqm "a third"
$ cargo campaign run
    Campaign Own · 2 packages · rustc 1.95.0 · main@931bd19
        Plan commits
         Ran commits.count 3                                                  0s
    Recorded run 20261120-115903-7aeab696
$ cargo campaign gate
PASS 3 of 3 gates   run 20261120-115903-7aeab696, just now, sources unchanged
$ replace campaign.toml "'--count', " ""
$ cargo campaign run
    Campaign Own · 2 packages · rustc 1.95.0 · main@931bd19
        Plan commits
      Failed commits: its output could not be read: line 1: expected `name value` or `name value unit`  0s
    Recorded run 20261120-115903-6be6b117 (not whole)
[exit 4]
$ replace campaign.toml "'rev-list', 'HEAD'" "'no-such-command'"
$ cargo campaign run
    Campaign Own · 2 packages · rustc 1.95.0 · main@931bd19
        Plan commits
      Failed commits: it exited with 1: git: 'no-such-command' is not a git command. See 'git --help'.  0s
    Recorded run 20261120-115903-705e8c08 (not whole)
[exit 4]
$ cargo campaign gate --no-run
  NO VERDICT 3 of 3 gates without verdict                                 exit 3
no verdict: commits
   = it exited with 1: git: 'no-such-command' is not a git command. See 'git
     --help'.
   help: cargo campaign run commits
  cargo campaign status for all · evidence: run 20261120-120833-fdd78900
$ cargo campaign history
  run                       when      commit   took  collectors
  20261124-143646-3e2cff9f  just now  931bd19    0s  not whole  commits
  20261124-143645-59a51626  just now  931bd19    0s  not whole  commits
  20261124-143644-19f1c43a  just now  931bd19    0s  commits
  20261124-143643-8d312916  just now  e4ace55    0s  commits
  20261124-143642-fa4fbb8f  just now  b5f52b0    0s  pinned  commits
"#,
};
