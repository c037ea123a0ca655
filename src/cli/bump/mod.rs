//! `cargo campaign bump`: versions in manifests, lockfiles and wherever `[[release.replace]]` says, all or nothing.
//!
//! | file | owns |
//! |---|---|
//! | `gather` | the manifests of the workspace, and those around it |
//! | `prove` | what cargo makes of the result, before any original is touched |
//! | `stage` | the shadow in which that is found |
//! | `show` | the diff, the closing lines, the JSON object, problems |

mod gather;
mod prove;
mod show;
mod stage;

pub(super) use show::{say_notes, summary};

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use semver::{BuildMetadata, Prerelease, Version};

use super::output;
use super::session::Session;
use crate::change::Change;
use crate::edit;
use crate::git::Trouble;
use crate::ops::exit::{Exit, Stop};
use crate::probe::relative;
use crate::release::bump::{self, BumpPlan, BumpRequest, BumpTarget, Metadata, Remark};
use gather::Gathered;

/// Set versions: manifests, requirements on them, lockfiles
///
/// A version moves every package of the workspace to it; a level (major, minor, patch, breaking, feature, release, alpha,
/// beta, rc) moves each from its own. Requirements follow, operator and precision kept. The result must resolve before
/// anything is written (the network is used only where it does not without, and never with --offline), and all of it is
/// written or nothing.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A version, or a level
    #[arg(value_name = "VERSION|LEVEL")]
    version: String,
    /// With a level: to a prerelease of this kind, as in `major --pre rc`
    #[arg(long, value_name = "KIND")]
    pre: Option<String>,
    /// Show the diff, write nothing
    #[arg(long)]
    dry_run: bool,
    /// One version for all that move: the highest that any of them comes to
    #[arg(long)]
    lockstep: bool,
    /// Edit manifests that are no members too, and refresh their lockfiles
    #[arg(long)]
    include_excluded: bool,
    /// Leave requirements that admit the new version as they are
    #[arg(long)]
    only_needed: bool,
    /// Rewrite ranges that do not admit the new version, as proposed
    #[arg(long)]
    rewrite_ranges: bool,
    /// Build metadata for the new versions
    #[arg(long, value_name = "TEXT", conflicts_with = "keep_metadata")]
    metadata: Option<String>,
    /// Keep the build metadata of each version
    #[arg(long)]
    keep_metadata: bool,
    /// Allow a lower version
    #[arg(long)]
    allow_downgrade: bool,
    /// Edit files that have uncommitted changes
    #[arg(long)]
    allow_dirty: bool,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let json = output::is_json(session)?;
        let request = self.request(session)?;
        // So that what lies in the directory for temporary files goes when somebody interrupts us.
        let _ = session.cancel.install();
        let prepared = match prepare(session, request) {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return Ok(Exit::Usage),
            Err(_) if session.cancel.is_set() => return Ok(Exit::Interrupted),
            Err(error) => return Err(error),
        };
        edit::check(session.root(), &prepared.changes)?;
        if !self.allow_dirty && !self.dry_run {
            refuse_dirty(
                session,
                &prepared.changes,
                "commit them, or give --allow-dirty",
            )?;
        }
        if json {
            show::object(session, &prepared, !self.dry_run)?;
        } else {
            show::plan(session, &prepared, self.dry_run)?;
        }
        if prepared.changes.is_empty() || self.dry_run {
            return Ok(Exit::Done);
        }
        // Whoever was quicker has changed a file, and that is refused.
        let _lock = session.lock()?;
        let journal = session.store.journal();
        edit::apply(session.root(), &journal, &prepared.changes, &mut |_| Ok(()))?;
        session.ui.status("Bumped", &show::moved(&prepared.plan));
        Ok(Exit::Done)
    }

    /// What is asked for, in the engine's words.
    fn request(&self, session: &Session) -> Result<BumpRequest> {
        let target = self
            .version
            .parse::<BumpTarget>()
            .map_err(|error| Stop::new(Exit::Usage, error.to_string()))?;
        let metadata = match &self.metadata {
            Some(text) => Metadata::Set(self.build(text)?),
            None if self.keep_metadata => Metadata::Keep,
            None => Metadata::Plain,
        };
        Ok(BumpRequest {
            packages: session.options.packages.clone(),
            exclude: session.options.excluded.clone(),
            metadata,
            lockstep: self.lockstep,
            allow_downgrade: self.allow_downgrade,
            only_needed: self.only_needed,
            rewrite_ranges: self.rewrite_ranges,
            include_outside: self.include_excluded,
            ..BumpRequest::new(self.with_pre(target)?)
        })
    }

    fn with_pre(&self, target: BumpTarget) -> Result<BumpTarget> {
        let Some(kind) = &self.pre else {
            return Ok(target);
        };
        if kind.contains('.') || Prerelease::new(&format!("{kind}.1")).is_err() {
            let stop = Stop::new(Exit::Usage, format!("`{kind}` is no kind of prerelease"));
            return Err(stop
                .help("letters, digits and hyphens, as in --pre rc")
                .into());
        }
        let step = match target {
            BumpTarget::Step(step) => step,
            BumpTarget::Exact(Version {
                major,
                minor,
                patch,
                ..
            }) => {
                let stop = Stop::new(
                    Exit::Usage,
                    format!("--pre goes with a level, and {} is a version", self.version),
                );
                return Err(stop
                    .help(format!(
                        "cargo campaign bump {major}.{minor}.{patch}-{kind}.1"
                    ))
                    .into());
            }
        };
        Ok(BumpTarget::Step(bump::VersionStep {
            pre: Some(kind.clone()),
            ..step
        }))
    }

    fn build(&self, text: &str) -> Result<BuildMetadata> {
        let stop = || Stop::new(Exit::Usage, format!("`{text}` is no build metadata"));
        BuildMetadata::new(text)
            .map_err(|_| stop().help("letters, digits, hyphens and dots").into())
    }
}

/// A bump that may be made: it resolves.
pub(super) struct Prepared {
    pub(super) plan: BumpPlan,
    /// Every file that changes, lockfiles too, by path.
    pub(super) changes: Vec<Change>,
    /// Which of them are lockfiles.
    pub(super) lockfiles: Vec<String>,
}

/// Plans a bump and lets cargo resolve the result, without writing to the workspace. `None`: it cannot be done as asked,
/// and that was said.
pub(super) fn prepare(session: &mut Session, mut request: BumpRequest) -> Result<Option<Prepared>> {
    let gathered = gather::gather(session)?;
    request.packages = gathered.workspace.resolve(&request.packages);
    request.exclude = gathered.workspace.resolve(&request.exclude);
    request.aliases.clone_from(&gathered.aliases);
    request.released = gather::released(session, &gathered.manifests);
    let replaces = &session.config().releases.replace;
    let mut plan = match bump::plan(&gathered.manifests, &request, replaces, &gathered.others) {
        Ok(plan) => plan,
        Err(problems) => {
            show::problems(session, &problems, &gathered.manifests);
            return Ok(None);
        }
    };
    let mut changes = edited(&plan, &gathered);
    let in_no_commit = gathered
        .ignored
        .iter()
        .filter(|path| changes.iter().any(|change| change.path == **path));
    plan.notes.extend(
        in_no_commit.map(|path| note(path, "is ignored by git: its edit will be in no commit")),
    );
    let proof = prove::prove(session, &gathered, &request, &mut plan, &changes)?;
    let lockfiles = proof.iter().map(|change| change.path.clone()).collect();
    changes.extend(proof);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Some(Prepared {
        plan,
        changes,
        lockfiles,
    }))
}

/// Something to know about a whole file.
fn note(file: &str, message: &str) -> Remark {
    Remark {
        file: file.to_owned(),
        line: 0,
        span: 0..0,
        message: message.to_owned(),
        help: None,
    }
}

/// The files that the plan's edits change.
fn edited(plan: &BumpPlan, gathered: &Gathered) -> Vec<Change> {
    let manifests = gathered
        .manifests
        .iter()
        .map(|m| (m.path.as_str(), m.text.as_str()));
    let others = gathered
        .others
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    let texts: BTreeMap<&str, &str> = others.chain(manifests).collect();
    let change = |edits: &[bump::Edit]| {
        let path = edits.first()?.path.as_str();
        let text = *texts.get(path)?;
        Some(Change::edit(path, text, bump::apply(text, edits)))
    };
    plan.edits
        .chunk_by(|a, b| a.path == b.path)
        .filter_map(change)
        .collect()
}

/// Refuses to edit files that have uncommitted changes; `help` is what to do about it. Without git nothing is refused.
pub(super) fn refuse_dirty(session: &Session, changes: &[Change], help: &str) -> Result<()> {
    let git = match session.git() {
        Ok(git) => git,
        Err(Trouble::NotARepository | Trouble::Missing) => return Ok(()),
        Err(trouble) => return Err(trouble.into()),
    };
    // Git knows files by where they lie, not by the links that lead there.
    let root = session.root().canonicalize()?;
    let real = |change: &Change| {
        root.join(&change.path)
            .canonicalize()
            .map(|path| relative(&root, &path))
    };
    let there = changes.iter().filter(|change| change.before.is_some());
    let files = there.map(real).collect::<Result<Vec<String>, _>>()?;
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let dirty: BTreeSet<String> = git.dirty(&files)?.into_iter().collect();
    if dirty.is_empty() {
        return Ok(());
    }
    let stop = Stop::new(
        Exit::Usage,
        format!(
            "uncommitted changes in {}",
            show::few(&Vec::from_iter(dirty))
        ),
    );
    Err(stop.help(help).into())
}
