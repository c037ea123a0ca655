//! `cargo campaign init`: a campaign.toml that fits what is there.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::output;
use super::session::Session;
use crate::decode::source;
use crate::drive::scan;
use crate::ops::evaluate::view;
use crate::ops::exit::{Exit, Stop};
use crate::ops::measure;
use crate::ops::measure::request;
use crate::options::environment;
use crate::options::source::NAME;
use crate::options::template::{self, Benches, Ci, Facts, Member};
use crate::plan::Collector;
use crate::probe;
use crate::store;
use crate::workspace::{self, Workspace};

/// Write a commented campaign.toml that fits this workspace
///
/// Gates hold today and ratchet from there: figures come from recorded runs of this tree when there are any.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print it, write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        output::terminal_only(session, "init")?;
        if let (Some(path), false) = (&session.options.path, self.dry_run) {
            let stop = Stop::new(
                Exit::Usage,
                format!("a campaign is already configured in {}", path.display()),
            );
            return Err(stop
                .help("cargo campaign init --dry-run (prints what would be written)")
                .into());
        }
        let prepared = measure::prepare(session, &[])?;
        let wanted = session.config().collect.default.iter().cloned().collect();
        let found = view::current(session, &wanted)?;
        let mut request = request::request(session, &[Collector::Clippy, Collector::Fmt]);
        request::find_tools(session, &mut request);
        let lacks: Vec<Collector> = request
            .lacking
            .into_iter()
            .map(|lack| lack.collector)
            .collect();
        let measured = found.view.stale.is_empty() && !found.view.sources.is_empty();
        let tested = tested(session, &prepared.workspace)?;
        let member = |of: &workspace::Member| member(of, session.root(), tested.contains(&of.name));
        let facts = Facts {
            name: session.campaign(),
            members: prepared.workspace.members.iter().map(member).collect(),
            ci: ci(session.root()),
            clippy: !lacks.contains(&Collector::Clippy),
            rustfmt: !lacks.contains(&Collector::Fmt),
            nextest: false,
            unstable_benches: has_unstable_benches(session, &prepared.workspace),
            readings: measured.then_some(&found.view.snapshot),
        };
        let text = template::render(&facts);
        if self.dry_run {
            session.ui.out(&text)?;
            return Ok(Exit::Done);
        }
        store::create_new(&session.root().join(NAME), text.as_bytes())?;
        session
            .ui
            .status("Wrote", &format!("{NAME} (review and commit it)"));
        if !template::has_tests(&facts) {
            session
                .ui
                .note("no tests were found in the sources, so the gates on tests are switched off");
        }
        session.ui.note("next: cargo campaign baseline");
        Ok(Exit::Done)
    }
}

/// Returns the names of the members whose sources have tests. Nothing is compiled.
fn tested(session: &Session, workspace: &Workspace) -> Result<BTreeSet<String>> {
    let files = session.fingerprint()?.listed();
    let mut tested = BTreeSet::new();
    for (file, package) in scan::sources(workspace, Some(&files)) {
        let member = workspace
            .members
            .iter()
            .find(|member| member.name == package);
        let documented =
            member.is_some_and(|member| member.targets.iter().any(|target| target.doctest));
        let is_tested =
            |text: String| source::has_test(&text) || (documented && source::has_doctest(&text));
        if !tested.contains(&package)
            && store::read_text(&session.root().join(&file)).is_ok_and(is_tested)
        {
            tested.insert(package);
        }
    }
    Ok(tested)
}

/// Returns whether a bench uses unstable features that the compiler refuses. Nothing is compiled.
fn has_unstable_benches(session: &Session, workspace: &Workspace) -> bool {
    let files = workspace
        .members
        .iter()
        .flat_map(|member| &member.targets)
        .filter(|target| target.kind == "bench");
    let has_features = |file: &String| {
        store::read_text(&session.root().join(file)).is_ok_and(|text| source::has_features(&text))
    };
    files.map(|target| &target.file).any(has_features) && !takes_features(session)
}

/// Returns whether the compiler takes unstable features; `true` if it cannot be asked.
fn takes_features(session: &Session) -> bool {
    let Ok(toolchain) = probe::toolchain(
        &session.probe(),
        session.options.environment.rustc.as_deref(),
    ) else {
        return true;
    };
    let version = toolchain.rustc.split(' ').next().unwrap_or_default();
    version.ends_with("-nightly")
        || version.ends_with("-dev")
        || environment::variable("RUSTC_BOOTSTRAP").is_some()
}

fn member(of: &workspace::Member, root: &Path, has_tests: bool) -> Member {
    let has = |kind: &str| of.targets.iter().any(|target| target.kind == kind);
    let lib = of
        .targets
        .iter()
        .any(|target| target.doc && target.kind != "bin");
    Member {
        name: of.name.clone(),
        has_lib: lib,
        has_tests: has_tests || has("test"),
        benches: has("bench").then(|| benches(&root.join(&of.dir).join("Cargo.toml"))),
    }
}

/// What runs a package's benchmarks, by the names in its manifest.
fn benches(manifest: &Path) -> Benches {
    let text = store::read_text(manifest).unwrap_or_default();
    match text {
        text if text.contains("criterion") => Benches::Criterion,
        text if text.contains("harness = false") => Benches::Unknown,
        _ => Benches::Libtest,
    }
}

/// The CI service, by the files it leaves.
fn ci(root: &Path) -> Option<Ci> {
    if root.join(".github/workflows").is_dir() {
        return Some(Ci::GitHub);
    }
    root.join(".gitlab-ci.yml").is_file().then_some(Ci::GitLab)
}
