use super::*;

fn ready() -> Facts {
    Facts {
        version: Version::new(2, 0, 0),
        packages: vec![Package {
            name: "core".into(),
            version: "2.0.0".into(),
            manifest: "core/Cargo.toml".into(),
            lacks: Vec::new(),
            unpublishable: Vec::new(),
            package: Ok(None),
        }],
        lock: Ok(Some(vec![("core".into(), "2.0.0".into())])),
        unmet: Ok(Vec::new()),
        last: Ok(Some(("v1.4.0".into(), Version::new(1, 4, 0)))),
        level: Ok(Some((Level::Major, vec!["a1b2c3d feat!: no more cookies".into()]))),
        api: vec![("core".into(), Ok(Level::Major))],
        section: Ok(Some(12)),
        changelog: Ok(Vec::new()),
        notes: Ok(400),
        dirty: Ok(Vec::new()),
        branch: Ok(Branch { current: Some("main".into()), demanded: Some("main".into()), behind: Some(0) }),
        tag: ("v2.0.0".into(), Ok(None)),
        head: Ok("4f2c9e1".into()),
        outstanding: Ok(Vec::new()),
    }
}

/// The checks that do not pass: `id verdict: reason`.
fn open(facts: &Facts, waivers: &[Waiver]) -> String {
    let (checks, _) = assess(facts, waivers, "2026-11-20");
    let open = checks.iter().filter(|check| check.verdict != Verdict::Pass);
    open.map(|c| format!("{} {:?}: {}", c.id, c.verdict, c.reason)).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_ready_passes_every_check() {
    assert_eq!(open(&ready(), &[]), "");
    assert_eq!(assess(&ready(), &[], "2026-11-20").0.len(), 15);
}

type Spoil = fn(&mut Facts);

#[test]
fn each_lack_is_named_by_its_check_alone() {
    let cases: [(&str, Spoil); 20] = [
        ("release.version Fail: 1 of 1 manifests have another version\nrelease.lock Fail: 1 entries are behind", |f| {
            f.packages[0].version = "1.4.0".into();
            f.lock = Ok(Some(vec![("core".into(), "1.4.0".into())]));
        }),
        ("release.lock Fail: 1 entries are behind", |f| f.lock = Ok(Some(vec![("core".into(), "1.4.0".into())]))),
        ("", |f| f.lock = Ok(None)),
        ("", |f| f.last = Ok(None)),
        ("release.newer Fail: the last release is 2.1.0, by tag v2.1.0", |f| {
            f.last = Ok(Some(("v2.1.0".into(), Version::new(2, 1, 0))))
        }),
        ("", |f| f.last = Ok(Some(("v2.0.0-rc.1".into(), "2.0.0-rc.1".parse().unwrap())))),
        ("release.level Fail: breaking changes since v1.9.0, the version moves by a minor one", |f| {
            f.last = Ok(Some(("v1.9.0".into(), Version::new(1, 9, 0))));
            f.version = Version::new(1, 10, 0);
            f.packages[0].version = "1.10.0".into();
            f.lock = Ok(None);
        }),
        ("release.level NoVerdict: the public API of core could not be compared: exit 1", |f| {
            f.api[0].1 = Err("exit 1".into());
        }),
        ("release.requirements Fail: 1 do not admit a member's version", |f| f.unmet = Ok(vec!["a".into()])),
        ("release.section Fail: the changelog has no section 2.0.0", |f| f.section = Ok(None)),
        ("release.section Fail: section 2.0.0 is empty", |f| f.section = Ok(Some(0))),
        ("release.changelog Fail: 1 problems", |f| f.changelog = Ok(vec!["CHANGELOG.md:3: order".into()])),
        ("release.notes NoVerdict: no changelog", |f| f.notes = Err("no changelog".into())),
        ("release.dependencies Fail: 1 that no registry can serve", |f| {
            f.packages[0].unpublishable = vec!["x: git".into()];
        }),
        ("release.metadata Fail: 1 packages lack some", |f| f.packages[0].lacks = vec!["description".into()]),
        ("release.package Fail: 1 packages cannot be packaged", |f| f.packages[0].package = Ok(Some("no".into()))),
        ("release.tree Fail: 1 files differ from HEAD", |f| f.dirty = Ok(vec!["a.rs".into()])),
        ("release.branch Fail: on dev, releases are made on main", |f| {
            f.branch = Ok(Branch { current: Some("dev".into()), demanded: Some("main".into()), behind: None });
        }),
        ("release.tag Fail: v2.0.0 is taken by commit 77ab01c", |f| f.tag.1 = Ok(Some("77ab01c00".into()))),
        ("release.campaign Fail: 1 outstanding", |f| f.outstanding = Ok(vec!["7.3".into()])),
    ];
    for (expected, spoil) in cases {
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
    let facts = Facts { notes: Err("no changelog".into()), ..ready() };
    let waived = "release.notes Waived: written by hand (ana, until 2026-12-31): no changelog";
    assert_eq!(open(&facts, &[waiver("2026-12-31")]), waived);
    let expired = "release.notes NoVerdict: waiver of ana expired on 2026-11-19: no changelog";
    assert_eq!(open(&facts, &[waiver("2026-11-19")]), expired);
    let (_, notes) = assess(&ready(), &[waiver("2026-12-31")], "2026-11-20");
    assert_eq!(notes, ["waiver of ana for release.notes is not needed"]);
}
