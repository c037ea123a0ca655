//! What was stored of a run is what folding its transcript gives: measured by the program itself on the fixtures, and from
//! the transcripts in `fixtures/transcripts`.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_campaign::collector::Fold;
use cargo_campaign::drive::replay;
use cargo_campaign::metric::Unit;
use cargo_campaign::plan::{Collector, Plan};
use cargo_campaign::probe::{self, Probe};
use cargo_campaign::process::Cancel;
use cargo_campaign::run::{Run, StepRecord};
use cargo_campaign::snapshot::Snapshot;
use cargo_campaign::store::Store;
use cargo_campaign::workspace::Workspace;
use serde::{Deserialize, Serialize};

use crate::harness::{Sandbox, repository};

/// What a transcript is folded with, and what comes of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Recorded {
    plan: Plan,
    /// The members that were measured.
    workspace: Workspace,
    own: BTreeMap<Collector, BTreeMap<String, Unit>>,
    steps: Vec<StepRecord>,
    snapshot: Snapshot,
}

impl Recorded {
    /// Folds the transcript again.
    fn refolded(&self, logs: &Path) -> anyhow::Result<Self> {
        let mut fold = Fold::new(&self.plan, &self.workspace, &self.own);
        replay::replay(logs, &self.plan, &self.workspace, &mut |event| {
            fold.event(event);
        })?;
        let (snapshot, steps) = fold.finish();
        let (plan, workspace, own) = (self.plan.clone(), self.workspace.clone(), self.own.clone());
        Ok(Self {
            plan,
            workspace,
            own,
            steps,
            snapshot,
        })
    }
}

/// Measures in the sandbox; what was stored, and where the transcript lies.
fn measured(sandbox: &Sandbox, args: &[&str], own: &[(&str, &str)]) -> (Recorded, PathBuf) {
    let out = sandbox.campaign(args);
    let store = Store::open(&sandbox.root());
    let newest = store
        .newest()
        .unwrap_or_else(|| panic!("{args:?} recorded nothing: {}", out.stderr));
    let Run {
        plan,
        steps,
        snapshot,
        ..
    } = store.load(&newest.id).expect("it was just written");
    let cargo = std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
    let (cwd, cancel) = (sandbox.root(), Cancel::default());
    let probe = Probe {
        cargo: &cargo,
        cwd: &cwd,
        cancel: &cancel,
    };
    let mut workspace = probe::workspace(&probe, None, &[]).expect("it was just measured");
    if let Some(at) = args.iter().position(|arg| *arg == "-p") {
        workspace
            .members
            .retain(|member| member.name == args[at + 1]);
    }
    let own = own.iter().map(|(name, metric)| {
        (
            Collector::from((*name).to_owned()),
            BTreeMap::from([((*metric).to_owned(), Unit::Count)]),
        )
    });
    (
        Recorded {
            plan,
            workspace,
            own: own.collect(),
            steps,
            snapshot,
        },
        store.logs(&newest.id),
    )
}

/// Fixture, what is written into it, arguments.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const ALL: &[&str] = &[
    "run", "check", "build", "test", "clippy", "fmt", "doc", "loc", "size",
];
const OWN: &str = "[collect.mine]\ncommand = [\"git\", \"rev-list\", \"--count\", \"HEAD\"]\n\
                   metrics = { \"mine.commits\" = { unit = \"count\", better = \"none\" } }\n";
const HURRY: &str = "[collect.test]\ntimeout = \"4s\"\n";

const CASES: [Case; 12] = [
    ("warnings", &[], ALL),
    ("warnings", &[], &["run", "clippy", "loc", "-p", "alpha"]),
    ("tests", &[], &["run", "test", "doc"]),
    ("broken", &[], ALL),
    ("hostile", &[], ALL),
    (
        "hostile",
        &[],
        &["run", "clippy", "-F", "uses-macros/finish"],
    ),
    ("exits", &[], &["run", "test"]),
    ("virtual", &[], &["run", "clippy", "test"]),
    ("riptide", &[], &["run", "test", "bench"]),
    ("warnings", &[], &["run", "timing"]),
    ("clean", &[("campaign.toml", OWN)], &["run", "mine", "fmt"]),
    (
        "clean",
        &[("campaign.toml", "[collect.doc]\nmissing = true\n")],
        &["run", "doc"],
    ),
];

#[test]
fn folding_a_transcript_again_gives_the_stored_snapshot() {
    for (fixture, files, args) in CASES {
        let sandbox = Sandbox::of(fixture);
        files
            .iter()
            .for_each(|(name, text)| sandbox.write(name, text));
        sandbox.git_init();
        refolds(
            &sandbox,
            args,
            if args.contains(&"mine") {
                &[("mine", "mine.commits")]
            } else {
                &[]
            },
        );
    }
}

#[test]
fn a_run_that_ran_out_of_time_folds_again_too() {
    let mut sandbox = Sandbox::of("exits");
    sandbox.write("campaign.toml", HURRY);
    sandbox.set("FIXTURE_HANG", "1");
    refolds(&sandbox, &["run", "test"], &[]);
}

fn refolds(sandbox: &Sandbox, args: &[&str], own: &[(&str, &str)]) {
    let (stored, logs) = measured(sandbox, args, own);
    let again = stored
        .refolded(&logs)
        .unwrap_or_else(|error| panic!("{args:?}: {error:#}"));
    assert_eq!(again, stored, "{args:?}");
    assert!(
        !stored.snapshot.metrics.is_empty(),
        "{args:?} measured nothing"
    );
}

/// Name, fixture, arguments: what `fixtures/transcripts` holds.
const TRANSCRIPTS: [(&str, &str, &[&str]); 4] = [
    (
        "lints",
        "warnings",
        &["run", "check", "clippy", "fmt", "doc", "loc"],
    ),
    ("tests", "tests", &["run", "test"]),
    ("broken", "broken", &["run", "check", "test", "clippy"]),
    ("benches", "riptide", &["run", "bench"]),
];

fn transcripts() -> PathBuf {
    repository().join("fixtures/transcripts")
}

#[cfg(unix)]
fn recorded(name: &str) -> Recorded {
    let path = transcripts().join(name).join("recorded.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// They name files as Unix does.
#[cfg(unix)]
#[test]
fn transcripts_of_before_fold_to_what_was_stored_then() {
    let mut kept: Vec<_> = fs::read_dir(transcripts())
        .expect("it is there")
        .flatten()
        .map(|e| e.file_name())
        .collect();
    kept.sort();
    let mut folded = TRANSCRIPTS.map(|(name, ..)| name);
    folded.sort_unstable();
    assert_eq!(kept, folded, "each is folded");
    for (name, ..) in TRANSCRIPTS {
        let stored = recorded(name);
        let again = stored.refolded(&transcripts().join(name).join("logs"));
        assert_eq!(
            again.unwrap_or_else(|error| panic!("{name}: {error:#}")),
            stored,
            "{name}"
        );
    }
}

#[test]
#[ignore = "records the transcripts anew; read the difference"]
fn record() {
    for (name, fixture, args) in TRANSCRIPTS {
        let sandbox = Sandbox::of(fixture);
        let (recorded, logs) = measured(&sandbox, args, &[]);
        let to = transcripts().join(name);
        fs::remove_dir_all(&to).ok();
        let program = recorded
            .plan
            .steps
            .iter()
            .find_map(|step| step.action.command())
            .map(|invocation| invocation.program.to_string_lossy().into_owned());
        let cleared = |bytes: Vec<u8>| {
            let program = replaced(bytes, &program.clone().unwrap_or_default(), "/bin/cargo");
            let root = replaced(program, &sandbox.root().to_string_lossy(), "/ws");
            replaced(root, &sandbox.base().to_string_lossy(), "/base")
        };
        copy(&logs, &to.join("logs"), &cleared);
        let json = serde_json::to_vec_pretty(&recorded).expect("it was stored as JSON");
        fs::write(to.join("recorded.json"), cleared(json)).expect("the repository can be written");
    }
}

/// Copies a folder, each file through `change`.
fn copy(from: &Path, to: &Path, change: &dyn Fn(Vec<u8>) -> Vec<u8>) {
    fs::create_dir_all(to).expect("the repository can be written");
    for entry in fs::read_dir(from).expect("it is a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target, change);
        } else {
            fs::write(target, change(fs::read(path).expect("it is a file")))
                .expect("the repository can be written");
        }
    }
}

/// Bytes that need not be text.
fn replaced(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(at) = rest
        .windows(from.len().max(1))
        .position(|part| part == from.as_bytes())
    {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}
