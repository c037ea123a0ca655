//! `cargo campaign bump`: sets versions in manifests, lockfiles and the files of `[[release.replace]]`.

mod show;

pub(super) use show::{problems, show_notes, summary};

use anyhow::Result;
use semver::{BuildMetadata, Prerelease, Version};

use super::output;
use super::session::Session;
use crate::ops::{self, Exit, Stop};
use crate::release::bump::{BumpRequest, BumpTarget, Downgrades, Metadata, VersionStep};

/// Set package versions in manifests, dependency requirements and lockfiles
///
/// A version is set for every package of the workspace. A level (major, minor, patch, breaking,
/// feature, release, alpha, beta, rc) is applied to the version of each package. Dependency
/// requirements follow and keep their operator and precision; members that are not selected keep
/// those that admit the new version. The result must resolve before anything is written; the network is used only if resolving fails without it, and never with
/// --offline. Either all files are written or none.
#[derive(clap::Args, Debug)]
pub(super) struct BumpArgs {
    /// A version or a level
    #[arg(value_name = "VERSION|LEVEL")]
    version: String,
    /// With a level: move to a prerelease of this kind, as in `major --pre rc`
    #[arg(long, value_name = "KIND")]
    pre: Option<String>,
    /// Show the diff without writing anything
    #[arg(long)]
    dry_run: bool,
    /// Use one version for all moved packages: the highest of their new versions
    #[arg(long)]
    lockstep: bool,
    /// Also edit manifests outside the workspace, and refresh their lockfiles
    #[arg(long)]
    include_excluded: bool,
    /// Keep requirements that already admit the new version in the selected packages, too
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

impl BumpArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let json = output::is_json(session)?;
        let request = self.request(session)?;
        // Temporary directories are removed on an interrupt only if a handler is installed.
        let _ = session.cancel.install();
        let prepared = match ops::bump::prepare(session, request) {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(rejected)) => {
                problems(session, &rejected);
                return Ok(Exit::Usage);
            }
            Err(_) if session.cancel.is_set() => return Ok(Exit::Interrupted),
            Err(error) => return Err(error),
        };
        ops::bump::check_edits(session, &prepared.changes)?;
        if !self.allow_dirty && !self.dry_run {
            ops::bump::refuse_dirty(
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
        ops::bump::apply(session, &prepared)?;
        session.ui.status("Bumped", &show::moved(&prepared.plan));
        Ok(Exit::Done)
    }

    /// Converts the arguments to a request.
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
            downgrades: if self.allow_downgrade {
                Downgrades::Allowed
            } else {
                Downgrades::OnlyByOption
            },
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
            let stop = Stop::new(Exit::Usage, format!("invalid kind of prerelease `{kind}`"));
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
                    format!(
                        "`--pre` requires a level (major, minor, patch), not the version {}",
                        self.version
                    ),
                );
                return Err(stop
                    .help(format!(
                        "cargo campaign bump {major}.{minor}.{patch}-{kind}.1"
                    ))
                    .into());
            }
        };
        Ok(BumpTarget::Step(VersionStep {
            pre: Some(kind.clone()),
            ..step
        }))
    }

    fn build(&self, text: &str) -> Result<BuildMetadata> {
        let stop = || Stop::new(Exit::Usage, format!("invalid build metadata `{text}`"));
        BuildMetadata::new(text)
            .map_err(|_| stop().help("letters, digits, hyphens and dots").into())
    }
}
