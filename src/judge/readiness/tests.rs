use super::*;

/// A verdict on a metric.
fn measured(verdict: Verdict, reason: &str) -> Judged {
    let outcome = match verdict {
        Verdict::Fail => CheckOutcome::Fails(reason.to_owned(), Vec::new()),
        Verdict::NoVerdict => CheckOutcome::Unknown(reason.to_owned()),
        _ => CheckOutcome::Holds(Vec::new()),
    };
    let (require, help) = ("= 0".to_owned(), "cargo check".to_owned());
    Check {
        id: "any",
        title: "any",
        require,
        outcome,
        help,
    }
    .judged()
}

fn planned_tag(name: &str, commit: Known<Option<String>>) -> PlannedTag {
    PlannedTag {
        name: name.to_owned(),
        package: None,
        commit,
    }
}

fn ready() -> Facts {
    Facts {
        version: Version::new(2, 0, 0),
        packages: vec![Package {
            name: "core".into(),
            version: Some("2.0.0".into()),
            manifest: "core/Cargo.toml".into(),
            refused: Vec::new(),
            unpublishable: Vec::new(),
        }],
        compiles: measured(Verdict::Pass, ""),
        tests: measured(Verdict::Pass, ""),
        built: BuiltPackages {
            published: vec!["core".into()],
            checked: vec!["core".into(), "tool".into()],
        },
        packaging: Ok(Packaging::default()),
        patches: Ok(Vec::new()),
        lock: Ok(Lockfile::Read(vec![("core".into(), "2.0.0".into())])),
        unmet: Ok(Vec::new()),
        last: Ok(Some(("v1.4.0".into(), Version::new(1, 4, 0)))),
        level: Ok(Some((
            Level::Major,
            vec!["a1b2c3d feat!: no more cookies".into()],
        ))),
        unmerged: None,
        api: vec![("core".into(), Ok(Level::Major))],
        changelogs: KeptChangelogs::Present,
        section: Ok(Some(12)),
        has_unreleased_entries: false,
        foreign_sections: Vec::new(),
        ignored_changelogs: Ok(Vec::new()),
        changelog: Ok(Vec::new()),
        notes: Ok(400),
        tree: Ok(Tree::default()),
        branch: Ok(Branch {
            current: Some("main".into()),
            demanded: Some("main".into()),
            around: None,
            behind: Some(0),
            is_ahead: false,
            gone: None,
        }),
        no_git: None,
        tags: vec![planned_tag("v2.0.0", Ok(None))],
        blocked_tags: Vec::new(),
        makes_commit: false,
        is_shallow: false,
        fetches_trees: None,
        head: Ok("4f2c9e1".into()),
        outstanding: Ok(Outstanding::default()),
    }
}

#[test]
fn every_check_can_be_named_by_a_waiver() {
    let (checks, _) = assess(&ready(), &[], "2026-11-20");
    let ids: Vec<&str> = checks
        .iter()
        .filter_map(|check| check.id.strip_prefix(PREFIX))
        .collect();
    assert_eq!(ids, CHECKS);
}

#[test]
fn without_git_the_help_does_not_start_git_in_no_repository() {
    for (no_git, help) in [
        (NoGit::Missing, "install git"),
        (NoGit::NoRepository, "git init (then commit the workspace)"),
    ] {
        let unknown = || "unknown".to_owned();
        let facts = Facts {
            last: Err(unknown()),
            level: Err(unknown()),
            tree: Err(unknown()),
            branch: Err(unknown()),
            tags: vec![planned_tag("v2.0.0", Err(unknown()))],
            no_git: Some(no_git),
            ..ready()
        };
        let (checks, _) = assess(&facts, &[], "2026-11-20");
        let open: Vec<(&str, Option<&str>)> = checks
            .iter()
            .filter(|check| check.verdict == Verdict::NoVerdict)
            .map(|check| (check.id.as_str(), check.help.as_deref()))
            .collect();
        let ids = ["newer", "level", "tree", "branch", "tag"];
        let expected: Vec<String> = ids.iter().map(|id| format!("{PREFIX}{id}")).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|id| (id.as_str(), Some(help)))
            .collect();
        assert_eq!(open, expected);
    }
}

fn dirty(file: &str) -> Tree {
    Tree {
        dirty: vec![file.into()],
        ..Tree::default()
    }
}

/// The checks that do not pass: `id verdict: reason`.
fn open(facts: &Facts, waivers: &[Waiver]) -> String {
    let (checks, _) = assess(facts, waivers, "2026-11-20");
    let open = checks.iter().filter(|check| check.verdict != Verdict::Pass);
    open.map(|c| format!("{} {:?}: {}", c.id, c.verdict, c.reason))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_is_ready_passes_every_check() {
    assert_eq!(open(&ready(), &[]), "");
    assert_eq!(assess(&ready(), &[], "2026-11-20").0.len(), 18);
}

type Spoil = fn(&mut Facts);

/// What is open, and what is done to facts with which everything is ready.
const CASES: [(&str, Spoil); 48] = [
    (
        "release.version Fail: 1 of 1 package has another version\nrelease.lock Fail: 1 entry is behind",
        |f| {
            f.packages[0].version = Some("1.4.0".into());
            f.lock = Ok(Lockfile::Read(vec![("core".into(), "1.4.0".into())]));
        },
    ),
    ("release.version Fail: 1 of 1 package has no version", |f| {
        f.packages[0].version = None
    }),
    ("release.lock Fail: 1 entry is behind", |f| {
        f.lock = Ok(Lockfile::Read(vec![("core".into(), "1.4.0".into())]))
    }),
    ("", |f| f.lock = Ok(Lockfile::Absent)),
    ("", |f| f.lock = Ok(Lockfile::Ignored)),
    (
        "release.tree Fail: the commit of 1 submodule is on no remote branch",
        |f| {
            f.tree = Ok(Tree {
                unpushed: vec!["sub".into()],
                ..Tree::default()
            })
        },
    ),
    (
        "release.lock Fail: git neither tracks nor ignores Cargo.lock",
        |f| f.lock = Ok(Lockfile::Untracked { exists: true }),
    ),
    (
        "release.lock Fail: Cargo.lock does not exist, and git would not ignore it",
        |f| f.lock = Ok(Lockfile::Untracked { exists: false }),
    ),
    (
        "release.lock Fail: Cargo.lock is deleted, and HEAD has it",
        |f| f.lock = Ok(Lockfile::Deleted),
    ),
    ("", |f| f.last = Ok(None)),
    (
        "release.newer Fail: the last release is 2.1.0, by tag v2.1.0",
        |f| f.last = Ok(Some(("v2.1.0".into(), Version::new(2, 1, 0)))),
    ),
    ("", |f| {
        f.last = Ok(Some(("v2.0.0-rc.1".into(), "2.0.0-rc.1".parse().unwrap())))
    }),
    (
        "release.level Fail: breaking changes since v1.9.0, the version moves by a minor one",
        |f| {
            f.last = Ok(Some(("v1.9.0".into(), Version::new(1, 9, 0))));
            f.version = Version::new(1, 10, 0);
            f.packages[0].version = Some("1.10.0".into());
            f.lock = Ok(Lockfile::Absent);
        },
    ),
    (
        "release.level NoVerdict: the public API of core could not be compared: exit 1",
        |f| {
            f.last = Ok(Some(("v1.9.9".into(), Version::new(1, 9, 9))));
            f.version = Version::new(1, 10, 0);
            f.packages[0].version = Some("1.10.0".into());
            f.lock = Ok(Lockfile::Absent);
            f.api[0].1 = Err("exit 1".into());
        },
    ),
    (
        "release.requirements Fail: 1 does not admit a member's version",
        |f| f.unmet = Ok(vec!["a".into()]),
    ),
    (
        "release.section Fail: the changelog has no section 2.0.0",
        |f| f.section = Ok(None),
    ),
    ("", |f| {
        f.changelogs = KeptChangelogs::None;
        (f.section, f.changelog, f.notes) = (Ok(None), Err("no changelog".into()), Ok(0));
    }),
    (
        "release.section Fail: there is no changelog\n\
         release.changelog Fail: there is no changelog\n\
         release.notes Fail: there is no changelog",
        |f| f.changelogs = KeptChangelogs::Missing,
    ),
    ("release.section Fail: section 2.0.0 is empty", |f| {
        f.section = Ok(Some(0))
    }),
    ("release.section Fail: git ignores 1 changelog", |f| {
        f.ignored_changelogs = Ok(vec!["CHANGELOG.md".into()])
    }),
    ("", |f| {
        f.changelogs = KeptChangelogs::None;
        f.ignored_changelogs = Err("no changelog".into());
    }),
    ("release.changelog Fail: 1 problem", |f| {
        f.changelog = Ok(vec!["CHANGELOG.md:3: order".into()])
    }),
    ("release.notes NoVerdict: no changelog", |f| {
        f.notes = Err("no changelog".into())
    }),
    (
        "release.dependencies Fail: 1 that no registry can serve",
        |f| {
            f.packages[0].unpublishable = vec!["x: git".into()];
        },
    ),
    ("release.metadata Fail: 1 problem", |f| {
        f.packages[0].refused = vec!["no description".into()]
    }),
    ("release.compiles Fail: 1, required = 0", |f| {
        f.compiles = measured(Verdict::Fail, "1, required = 0")
    }),
    ("release.tests NoVerdict: not measured", |f| {
        f.tests = measured(Verdict::NoVerdict, "not measured")
    }),
    ("release.patches Fail: 1 is replaced only here", |f| {
        f.patches = Ok(vec!["[patch.crates-io] x".into()])
    }),
    ("release.package Fail: it failed", |f| {
        f.packaging = Ok(Packaging {
            errors: vec!["error: no".into()],
            ..Packaging::default()
        })
    }),
    ("release.package NoVerdict: offline", |f| {
        f.packaging = Err("offline".into())
    }),
    ("release.tree Fail: 1 file differs from HEAD", |f| {
        f.tree = Ok(dirty("a.rs"))
    }),
    (
        "release.branch Fail: on dev, releases are made on main",
        |f| {
            f.branch = Ok(Branch {
                current: Some("dev".into()),
                demanded: Some("main".into()),
                ..Branch::default()
            });
        },
    ),
    (
        "release.branch Fail: on a detached HEAD, releases are made on main",
        |f| {
            f.branch = Ok(Branch {
                demanded: Some("main".into()),
                around: Some(Around::Outside),
                ..Branch::default()
            });
        },
    ),
    (
        "release.branch NoVerdict: HEAD is detached, and this clone is shallow, so that it is unknown whether main has the commit",
        |f| {
            f.branch = Ok(Branch {
                demanded: Some("main".into()),
                around: Some(Around::Cut),
                ..Branch::default()
            });
        },
    ),
    (
        "release.branch NoVerdict: HEAD is detached, and this clone has no branch main and no remote, so that it is unknown whether the branch has the commit",
        |f| {
            f.branch = Ok(Branch {
                demanded: Some("main".into()),
                around: Some(Around::Unfetched(None)),
                ..Branch::default()
            });
        },
    ),
    ("", |f| {
        f.branch = Ok(Branch {
            demanded: Some("main".into()),
            around: Some(Around::In("origin/main".into())),
            ..Branch::default()
        });
    }),
    ("release.tag Fail: v2.0.0 is at 77ab01c", |f| {
        f.tags[0].commit = Ok(Some("77ab01c00".into()))
    }),
    ("", |f| f.tags[0].commit = Ok(Some("4f2c9e1".into()))),
    (
        "release.tag Fail: v2.0.0 cannot be created, because the tag v2.0.0/rc exists",
        |f| f.blocked_tags = vec![("v2.0.0".into(), "v2.0.0/rc".into())],
    ),
    ("release.tag NoVerdict: not in a git working tree", |f| {
        f.tags.push(planned_tag(
            "core-v2.0.0",
            Err("not in a git working tree".into()),
        ));
    }),
    (
        "release.section NoVerdict: the section 2.0.0 in CHANGELOG.md names no package, and the tag `api-v2.0.0` exists",
        |f| {
            f.foreign_sections = vec![ForeignSection {
                changelog: "CHANGELOG.md".into(),
                tag: "api-v2.0.0".into(),
                package: "core".into(),
            }];
        },
    ),
    (
        "release.tree Fail: 1 file is used and not tracked by git",
        |f| {
            f.tree = Ok(Tree {
                untracked: vec!["src/gen.rs".into()],
                ..Tree::default()
            });
        },
    ),
    (
        "release.tree Fail: 1 file differs from HEAD, and git status does not list it",
        |f| {
            f.tree = Ok(Tree {
                unlisted: vec!["src/lib.rs".into()],
                ..Tree::default()
            });
        },
    ),
    (
        "release.tree Fail: 1 submodule with files is not initialized",
        |f| {
            f.tree = Ok(Tree {
                uninitialized: vec!["data".into()],
                ..Tree::default()
            });
        },
    ),
    (
        "release.tree Fail: 2 files outside the repository are compiled",
        |f| {
            f.tree = Ok(Tree {
                outside: vec!["../a/src/lib.rs".into(), "../a.txt".into()],
                ..Tree::default()
            });
        },
    ),
    (
        "release.tree Fail: 1 file is packaged and not in any commit",
        |f| {
            f.tree = Ok(Tree {
                packaged: vec![Packaged {
                    file: "x.dat".into(),
                    absence: Absence::Untracked,
                    by: PackagedBy::Include,
                }],
                ..Tree::default()
            });
        },
    ),
    (
        "release.campaign NoVerdict: 7.3: lines has no verdict: not measured",
        |f| {
            let undecided = vec!["7.3: lines has no verdict: not measured".into()];
            f.outstanding = Ok(Outstanding {
                undecided,
                ..Outstanding::default()
            });
        },
    ),
    ("release.campaign Fail: 1 outstanding", |f| {
        f.outstanding = Ok(Outstanding {
            missing: vec!["7.3".into()],
            ..Outstanding::default()
        })
    }),
];

#[test]
fn each_lack_is_named_by_its_check_alone() {
    for (expected, spoil) in CASES {
        let mut facts = ready();
        spoil(&mut facts);
        assert_eq!(open(&facts, &[]), expected);
    }
}

#[test]
fn only_a_waiver_that_holds_skips_a_check() {
    let waiver = |until: &str| Waiver {
        gate: "release.notes".into(),
        reason: "written by hand".into(),
        owner: "ana".into(),
        until: until.into(),
        ceiling: None,
        file: "campaign.toml".into(),
        line: 3,
    };
    let facts = Facts {
        notes: Err("no changelog".into()),
        ..ready()
    };
    let waived = "release.notes Waived: written by hand (ana, until 2026-12-31): no changelog";
    assert_eq!(open(&facts, &[waiver("2026-12-31")]), waived);
    let expired = "release.notes NoVerdict: waiver of ana expired on 2026-11-19: no changelog";
    assert_eq!(open(&facts, &[waiver("2026-11-19")]), expired);
    let (_, notes) = assess(&ready(), &[waiver("2026-12-31")], "2026-11-20");
    assert_eq!(notes, ["waiver of ana for release.notes is not needed"]);
}

/// By cargo's rule the first number that is not zero is the major one.
#[test]
fn a_step_is_as_large_as_cargo_takes_it() {
    for (last, version, asked, verdict) in [
        ("1.2.3", "1.2.4", Level::Patch, Verdict::Pass),
        ("1.2.3", "1.2.4", Level::Minor, Verdict::Fail),
        ("1.2.3", "1.3.0", Level::Minor, Verdict::Pass),
        ("1.2.3", "1.3.0", Level::Major, Verdict::Fail),
        ("0.3.1", "0.3.2", Level::Minor, Verdict::Pass),
        ("0.3.1", "0.3.2", Level::Major, Verdict::Fail),
        ("0.3.1", "0.4.0", Level::Major, Verdict::Pass),
        ("0.0.3", "0.0.4", Level::Major, Verdict::Pass),
        ("2.0.0-rc.1", "2.0.0", Level::Major, Verdict::Pass),
    ] {
        let last = Ok(Some((format!("v{last}"), last.parse().unwrap())));
        let level = Ok(Some((asked, vec!["why".to_owned()])));
        let facts = Facts {
            version: version.parse().unwrap(),
            last,
            level,
            api: Vec::new(),
            ..ready()
        };
        let (checks, _) = assess(&facts, &[], "2026-11-20");
        let check = checks
            .iter()
            .find(|check| check.id == "release.level")
            .unwrap();
        assert_eq!(
            check.verdict, verdict,
            "{:?} {version} {asked:?}",
            facts.last
        );
    }
}

#[test]
fn the_next_version_is_the_lowest_that_the_changes_allow() {
    for (last, level, expected) in [
        ("1.2.3", Level::Patch, "1.2.4"),
        ("1.2.3", Level::Minor, "1.3.0"),
        ("1.2.3", Level::Major, "2.0.0"),
        ("0.3.1", Level::Patch, "0.3.2"),
        ("0.3.1", Level::Minor, "0.3.2"),
        ("0.3.1", Level::Major, "0.4.0"),
        ("0.0.3", Level::Major, "0.0.4"),
        ("2.0.0-rc.1", Level::Minor, "2.0.0"),
    ] {
        assert_eq!(
            next(&last.parse().unwrap(), level).to_string(),
            expected,
            "{last} {level:?}"
        );
    }
}

#[test]
fn help_for_the_level_is_a_version_that_passes() {
    let major = || Ok(Some((Level::Major, vec!["why".to_owned()])));
    let unknown = || Err("f may be a breaking change".to_owned());
    for (last, version, level, expected) in [
        ("0.3.1", "0.3.2", major(), "0.4.0"),
        ("0.3.1", "0.3.2-rc.3", major(), "0.4.0-rc.1"),
        ("0.3.1", "0.3.2-alpha", major(), "0.4.0-alpha"),
        ("0.3.1", "0.3.2", unknown(), "0.4.0"),
        ("1.0.0", "1.1.0", unknown(), "2.0.0"),
    ] {
        let last = Ok(Some((format!("v{last}"), last.parse().unwrap())));
        let facts = |version: &str, level| Facts {
            version: version.parse().unwrap(),
            last: last.clone(),
            level,
            api: Vec::new(),
            ..ready()
        };
        let judged = |facts: &Facts| {
            let (checks, _) = assess(facts, &[], "2026-11-20");
            let mut checks = checks.into_iter();
            checks.find(|check| check.id == "release.level").unwrap()
        };
        let help = judged(&facts(version, level.clone())).help;
        let command = format!("cargo campaign release {expected}");
        assert_eq!(help, Some(command), "{version}");
        assert_eq!(judged(&facts(expected, level)).verdict, Verdict::Pass);
    }
}

#[test]
fn help_for_a_cut_history_fetches_it() {
    let cut = || "this clone is shallow".to_owned();
    let facts = Facts {
        last: Err(cut()),
        level: Err(cut()),
        is_shallow: true,
        ..ready()
    };
    let (checks, _) = assess(&facts, &[], "2026-11-20");
    for id in ["release.newer", "release.level"] {
        let check = checks.iter().find(|check| check.id == id).unwrap();
        assert_eq!(
            check.help.as_deref(),
            Some("git fetch --unshallow --tags --force")
        );
    }
}

#[test]
fn help_for_missing_trees_fetches_them() {
    let command = "git fetch --refetch --filter=blob:none";
    let facts = Facts {
        version: Version::new(1, 5, 0),
        level: Err("the trees are missing".to_owned()),
        api: Vec::new(),
        fetches_trees: Some(command),
        ..ready()
    };
    let (checks, _) = assess(&facts, &[], "2026-11-20");
    let level = checks.iter().find(|check| check.id == "release.level");
    assert_eq!(level.unwrap().help.as_deref(), Some(command));
}

#[test]
fn help_for_changes_of_unknown_kind_names_other_ways() {
    let last = Ok(Some(("v1.4.0".to_owned(), Version::new(1, 4, 0))));
    let facts = Facts {
        version: Version::new(1, 4, 1),
        last,
        level: Err(format!("1 commit does {UNSTATED}, such as x")),
        api: Vec::new(),
        ..ready()
    };
    let (checks, _) = assess(&facts, &[], "2026-11-20");
    let mut checks = checks.into_iter();
    let check = checks.find(|check| check.id == "release.level").unwrap();
    let help = check.help.unwrap();
    assert!(
        help.starts_with("cargo campaign release 2.0.0 (or list the changes"),
        "{help}"
    );
}

#[test]
fn help_for_changes_that_are_not_merged_is_a_merge() {
    for (unmerged, expected) in [
        (Unmerged::Needed, "git merge v1.4.0"),
        (
            Unmerged::Optional,
            "git merge v1.4.0 (or git merge -s ours v1.4.0 to release without its changes)",
        ),
    ] {
        let facts = Facts {
            version: Version::new(1, 5, 0),
            level: Err("HEAD does not have a change".to_owned()),
            unmerged: Some(unmerged),
            api: Vec::new(),
            ..ready()
        };
        let (checks, _) = assess(&facts, &[], "2026-11-20");
        let mut checks = checks.into_iter();
        let check = checks.find(|check| check.id == "release.level").unwrap();
        assert_eq!(check.help.as_deref(), Some(expected));
    }
}

#[test]
fn help_for_a_branch_behind_its_upstream_depends_on_its_own_commits() {
    for (is_ahead, expected) in [
        (false, "git pull --ff-only"),
        (
            true,
            "git pull --rebase (or git pull --no-rebase, which merges)",
        ),
    ] {
        let mut facts = ready();
        facts.branch = Ok(Branch {
            behind: Some(1),
            is_ahead,
            ..facts.branch.clone().unwrap()
        });
        let (checks, _) = assess(&facts, &[], "2026-11-20");
        let mut checks = checks.iter();
        let check = checks.find(|check| check.id == "release.branch").unwrap();
        assert_eq!(check.help.as_deref(), Some(expected));
    }
}

#[test]
fn branch_without_its_upstream_gives_no_verdict_and_says_why() {
    let mut facts = ready();
    facts.branch = Ok(Branch {
        behind: None,
        gone: Some("origin/main".to_owned()),
        ..facts.branch.clone().unwrap()
    });
    let (checks, _) = assess(&facts, &[], "2026-11-20");
    let mut checks = checks.iter();
    let check = checks.find(|check| check.id == "release.branch").unwrap();
    assert_eq!(check.verdict, Verdict::NoVerdict);
    assert!(
        check
            .reason
            .contains("the upstream origin/main does not exist here"),
        "{}",
        check.reason
    );
    assert_eq!(
        check.help.as_deref(),
        Some("git fetch (if it was deleted: git branch --unset-upstream)")
    );
}

#[test]
fn help_for_packages_leads_to_where_they_fail() {
    for (command, fails, directory, help) in [
        (
            BuildCommand::Package,
            FailsIn::WorkingTree,
            "",
            "cargo package -p core",
        ),
        (
            BuildCommand::Check,
            FailsIn::Clone,
            "",
            "git clone . /tmp/clone (and there: cargo check --tests --examples -p core -p tool)",
        ),
        (
            BuildCommand::Package,
            FailsIn::Clone,
            "",
            "git clone . /tmp/clone (and there: cargo package -p core)",
        ),
        (
            BuildCommand::Package,
            FailsIn::Clone,
            "a/b c",
            "git clone ../.. /tmp/clone (and in '/tmp/clone/a/b c': cargo package -p core)",
        ),
        (
            BuildCommand::Package,
            FailsIn::OtherPlaces,
            "",
            "replace the absolute paths by relative ones",
        ),
        (
            BuildCommand::Package,
            FailsIn::PerhapsOtherPlaces,
            "",
            "replace the absolute paths by relative ones",
        ),
        (
            BuildCommand::Package,
            FailsIn::Checkout,
            "",
            "git add --renormalize . (then commit)",
        ),
        (
            BuildCommand::Package,
            FailsIn::Archive,
            "",
            "cargo package -p core --list (then change `include` or `exclude` in [package], or waive `release.package` if this is intended)",
        ),
        (
            BuildCommand::Package,
            FailsIn::Registry,
            "",
            "leave files out with `include` or `exclude` in [package]",
        ),
    ] {
        let mut facts = ready();
        facts.packaging = Ok(Packaging {
            errors: vec!["error: no".into()],
            command,
            fails,
            place: "/tmp/clone".into(),
            directory: directory.to_owned(),
        });
        let (checks, _) = assess(&facts, &[], "2026-11-20");
        let check = checks.iter().find(|check| check.id == "release.package");
        assert_eq!(check.and_then(|check| check.help.as_deref()), Some(help));
        let is_unknown = fails == FailsIn::PerhapsOtherPlaces;
        let verdict = check.map(|check| check.verdict == Verdict::NoVerdict);
        assert_eq!(verdict, Some(is_unknown), "{fails:?}");
    }
}

#[test]
fn missing_section_is_released_or_written_first() {
    for (has_unreleased_entries, expected) in [
        (true, "cargo campaign changelog release 2.0.0"),
        (
            false,
            "write what changed below a heading `## [Unreleased]` in the changelog",
        ),
    ] {
        let facts = Facts {
            section: Ok(None),
            has_unreleased_entries,
            ..ready()
        };
        let (checks, _) = assess(&facts, &[], "2026-11-20");
        let check = checks
            .iter()
            .find(|check| check.id == format!("{PREFIX}section"));
        let help = check.and_then(|check| check.help.as_deref());
        assert_eq!(help, Some(expected));
    }
}
