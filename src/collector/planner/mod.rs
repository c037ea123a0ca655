//! Planner: from what was asked for to the [`Plan`] that measures it, with as few compiles as will do.
//!
//! Pure: the request and the workspace are all it looks at. Knows nothing of configuration files, of how a step is run or
//! of what is read from its events.
//!
//! What was tried on cargo 1.95 and decides the commands:
//! - Two cargos in one target folder wait for each other, and each shares what the one before it built: steps run in a row
//!   in the user's own folder. A step that needs flags of its own (`--cap-lints`, `RUSTDOCFLAGS`) gets `<target>/campaign`,
//!   so that the user's units stay fresh.
//! - Clippy reports rustc's own lints too, so it answers `check` unless its options touch rustc's lints.
//! - `--all-targets` compiles benches as well, also those that need a nightly compiler, whose errors then count. To leave
//!   benches out every other kind must be named; `--lib` is an error where no package has a library, and so is
//!   `cargo test --doc`.
//! - `cargo fmt --all` also formats path dependencies outside the workspace; in the root, plain `cargo fmt` takes exactly
//!   the members.
//! - `cargo test` has no `--keep-going`; nextest's `--profile` is not cargo's.

mod settings;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::plan::{Answered, Collector, Lacking, Lint, Plan, Step, split_args};
use crate::workspace::{Member, PackageSpec, Workspace};

pub use settings::{INERT_ONLY, is_affected, settings};

/// All that decides a plan, but for the workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Absolute path of cargo.
    pub cargo: PathBuf,
    /// Asked for, in any order.
    pub collectors: Vec<Collector>,
    /// `-p`; empty for the whole workspace.
    pub packages: Vec<String>,
    /// `--exclude`.
    pub exclude: Vec<String>,
    /// `check` and `clippy` leave benches out: those that need a nightly compiler are errors for a stable one.
    pub without_benches: bool,
    /// `-F`, each a list as cargo takes it.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all_features: bool,
    /// `--no-default-features`.
    pub no_default_features: bool,
    /// `--target`: a triple.
    pub target: Option<String>,
    /// `--target-dir`, as the user gave it.
    pub target_dir: Option<PathBuf>,
    /// `--profile`. Benches keep the bench profile.
    pub profile: Option<String>,
    /// Handed on to cargo as they are: `--locked`, `--offline`, `--frozen`.
    pub cargo_flags: Vec<String>,
    /// nextest is recent enough to pass cargo's messages on.
    pub nextest_has_messages: bool,
    /// Tools that a probe found missing.
    pub lacking: Vec<Lacking>,
    /// The team's own collectors, by name.
    pub own: BTreeMap<String, OwnCollector>,
    /// Tables of the configuration. A collector without one has the defaults.
    pub options: BTreeMap<Collector, CollectorOptions>,
    /// `changelog`: what is read.
    pub lint: Lint,
    /// `changelog`: what decides its figures beside the sources, as text: which files those are, and the tags.
    pub releases: String,
}

/// `[collect.NAME] command = [..]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCollector {
    /// Program and arguments. A program with a separator in it is relative to the workspace root, another is looked for
    /// on `PATH`.
    pub command: Vec<String>,
    /// Instead of [`default_timeout`].
    pub timeout: Option<Duration>,
    /// The unit of each metric that it is declared to print.
    pub units: BTreeMap<String, String>,
}

/// `[collect.clippy]` and the like. What does not belong to a collector is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectorOptions {
    /// As typed at the end of the command: for cargo up to the first `--`, for the tool behind it.
    pub args: Vec<String>,
    /// For each of its steps, instead of [`default_timeout`].
    pub timeout: Option<Duration>,
    /// `test`: who runs the tests.
    pub runner: TestRunner,
    /// `test`: ask libtest for the time of each test, which leaks an unstable flag into their environment.
    pub durations: bool,
    /// `bench`: how often the benches are run, at least once.
    pub repeats: u32,
    /// `clippy`: lints that are errors count as warnings, so that they end no crate and hide none behind it.
    pub cap_lints: bool,
    /// It may find nothing to do.
    pub allow_empty: bool,
    /// `doc`: also count undocumented public items.
    pub missing: bool,
}

/// Who runs the tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestRunner {
    /// `cargo test`, under our target runner.
    #[default]
    Cargo,
    /// `cargo nextest run`, then the doctests under cargo. A series of its own: a process for each test changes what
    /// tests see.
    Nextest,
}

/// How long a step may take when the configuration does not say: what compiles an hour, tests 20 minutes, benches two
/// hours, what only reads files or is a team's own 10 minutes.
pub fn default_timeout(collector: &Collector) -> Duration {
    let minutes = match collector {
        Collector::Check | Collector::Build | Collector::Clippy | Collector::Doc => 60,
        Collector::Test => 20,
        Collector::Bench => 120,
        Collector::Fmt | Collector::Loc | Collector::Changelog | Collector::Own(_) => 10,
    };
    Duration::from_secs(minutes * 60)
}

/// The order of steps: what is quick and what others build upon first.
const ORDER: [Collector; 9] = [
    Collector::Fmt,
    Collector::Clippy,
    Collector::Check,
    Collector::Build,
    Collector::Test,
    Collector::Doc,
    Collector::Bench,
    Collector::Loc,
    Collector::Changelog,
];

/// The steps that measure what was asked for. Collectors that lack a tool have no step; unknown own collectors are lacking
/// as well. Step ids are unique.
pub fn plan(request: &Request, workspace: &Workspace) -> Plan {
    let lacking = lacking(request);
    let able = |collector: &Collector| {
        request.collectors.contains(collector) && !lacking.iter().any(|l| l.collector == *collector)
    };
    let by_clippy =
        able(&Collector::Check) && able(&Collector::Clippy) && clippy_answers_check(request);
    let selected = select(request, workspace);
    let context = steps::Context {
        request,
        root: &workspace.root,
        target_dir: &workspace.target_dir,
        selected: &selected,
    };

    let mut steps: Vec<Step> = Vec::new();
    for collector in ORDER
        .iter()
        .filter(|c| able(c) && !(by_clippy && **c == Collector::Check))
    {
        steps.extend(steps::built_in(&context, collector, by_clippy));
    }
    for (name, own) in request
        .own
        .iter()
        .filter(|(name, _)| able(&Collector::Own((*name).clone())))
    {
        let mut id = name.clone();
        while steps.iter().any(|s| s.id == id) {
            id.push_str("-own");
        }
        steps.extend(steps::own(&context, id, name, own));
    }
    let answered = by_clippy
        .then(|| Answered {
            collector: Collector::Check,
            by: "clippy".into(),
        })
        .into_iter()
        .collect();
    let allow_empty = request
        .collectors
        .iter()
        .filter(|c| steps::options(request, c).allow_empty)
        .cloned()
        .collect();
    Plan {
        steps,
        answered,
        lacking,
        allow_empty,
        settings: settings(request),
    }
}

/// The workspace, narrowed to the members that `-p` and `--exclude` select: those whose figures are wanted.
pub fn select(request: &Request, workspace: &Workspace) -> Workspace {
    let named = |specs: &[String], member: &Member| {
        specs.iter().any(|spec| PackageSpec(spec).selects(member))
    };
    let wanted = |member: &&Member| {
        (request.packages.is_empty() || named(&request.packages, member))
            && !named(&request.exclude, member)
    };
    let members = workspace.members.iter().filter(wanted).cloned().collect();
    Workspace {
        members,
        ..workspace.clone()
    }
}

/// Returns whether specs of `-p` select every member, so that they select the whole workspace. One that means no member is a
/// mistake and selects nothing.
pub fn selects_all(specs: &[String], members: &[Member]) -> bool {
    !specs.is_empty()
        && specs.iter().all(|spec| {
            members
                .iter()
                .any(|member| PackageSpec(spec).selects(member))
        })
        && members
            .iter()
            .all(|member| specs.iter().any(|spec| PackageSpec(spec).selects(member)))
}

/// What was asked for and cannot be had.
fn lacking(request: &Request) -> Vec<Lacking> {
    let mut lacking: Vec<Lacking> = request
        .lacking
        .iter()
        .filter(|l| request.collectors.contains(&l.collector))
        .cloned()
        .collect();
    for collector in &request.collectors {
        let Collector::Own(name) = collector else {
            continue;
        };
        let known = request
            .own
            .get(name)
            .is_some_and(|own| !own.command.is_empty());
        if !known && !lacking.iter().any(|l| l.collector == *collector) {
            let mend = format!("add `command` to [collect.{name}] in campaign.toml");
            lacking.push(Lacking {
                collector: collector.clone(),
                what: format!("`{name}` has no command"),
                mend,
            });
        }
    }
    lacking
}

/// Clippy's step gives the figures that `check` would: the same arguments for cargo, and nothing that changes the level of
/// rustc's own lints.
fn clippy_answers_check(request: &Request) -> bool {
    let clippy = steps::options(request, &Collector::Clippy);
    let check = steps::options(request, &Collector::Check);
    let (cargo, tool) = split_args(&clippy.args);
    let harmless = |arg: &String| {
        matches!(
            arg.as_str(),
            "-W" | "-A" | "-D" | "-F" | "--warn" | "--allow" | "--deny" | "--forbid"
        ) || arg
            .trim_start_matches("-W")
            .trim_start_matches("-A")
            .trim_start_matches("-D")
            .starts_with("clippy::")
    };
    !clippy.cap_lints && cargo == check.args && tool.iter().all(harmless)
}
