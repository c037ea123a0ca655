//! Computes edits that change package versions, from the texts of manifests and a request.
//!
//! | file | responsible for |
//! |---|---|
//! | `manifest` | positions of versions and requirements in a `Cargo.toml` |
//! | `level` | the next version |
//! | `moves` | the new version of each package |
//! | `follow` | requirements to edit or report |
//! | `requirement` | the text of a requirement for another version |
//! | `replace` | versions in other files |
//! | [`lock`] | moving versions in lockfiles, and other changes that cargo makes |
//! | `remark` | problems and notes with their positions |
//!
//! `toml_edit` locates values and [`apply`] splices them, so that all other bytes stay the same.
//! The result is a complete plan, or all problems at once. Paths are relative to the workspace root
//! and separated by `/`; no file is read here.

mod follow;
mod level;
pub mod lock;
mod manifest;
mod moves;
mod remark;
mod replace;
mod requirement;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use semver::{BuildMetadata, Version};
use serde::{Serialize, Serializer};

pub use level::{BumpTarget, NoTarget, VersionStep};
pub use manifest::directory;
pub use remark::Remark;
pub use replace::{REPLACED, Replace};

use manifest::Located;

/// The text of a `Cargo.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Path relative to the root: `crates/core/Cargo.toml`.
    pub path: String,
    /// Unchanged text, including line endings and a byte-order mark.
    pub text: String,
    /// Its role in the workspace.
    pub role: ManifestRole,
    /// Whether it is below the root, in the same repository, and may be edited.
    pub ours: bool,
    /// Whether its package has a library, which may expose its dependencies.
    pub library: bool,
}

/// The role of a manifest in the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestRole {
    /// The manifest of the root, with or without a package.
    Root,
    /// The manifest of a member.
    Member,
    /// Another manifest: excluded, of a nested workspace, or a path dependency of members.
    Outside,
}

/// The requested bump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BumpRequest {
    /// Version or step.
    pub target: BumpTarget,
    /// Names of the packages to move; empty for all.
    pub packages: Vec<String>,
    /// Names of excluded packages.
    pub exclude: Vec<String>,
    /// Treatment of build metadata.
    pub metadata: Metadata,
    /// Whether all moved packages get one version, the highest of them.
    pub lockstep: bool,
    /// Whether a version may become lower.
    pub downgrades: Downgrades,
    /// Whether requirements of the moved packages stay unchanged, too, if they already admit the new version. Those of
    /// other members always do.
    pub only_needed: bool,
    /// Whether ranges that do not admit the new version are rewritten as proposed instead of being
    /// an error.
    pub rewrite_ranges: bool,
    /// Whether manifests outside the workspace are edited.
    pub include_outside: bool,
    /// Aliases of directories: as a manifest spells them, and as [`Manifest::path`] does.
    pub aliases: BTreeMap<String, String>,
    /// Manifests at full releases, newest first. They show the precision of a requirement before a
    /// prerelease.
    pub released: Vec<Manifest>,
}

/// Whether a version may become lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downgrades {
    /// Lower versions are allowed.
    Allowed,
    /// Lower versions are an error, and the command has an option that allows them.
    OnlyByOption,
    /// Lower versions are an error.
    Refused,
}

impl BumpRequest {
    /// Creates a request for all packages with no option set.
    pub fn new(target: BumpTarget) -> Self {
        Self {
            target,
            packages: Vec::new(),
            exclude: Vec::new(),
            metadata: Metadata::Plain,
            lockstep: false,
            downgrades: Downgrades::OnlyByOption,
            only_needed: false,
            rewrite_ranges: false,
            include_outside: false,
            aliases: BTreeMap::new(),
            released: Vec::new(),
        }
    }
}

/// The treatment of build metadata, the `+x` of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Metadata {
    /// The metadata of the requested version; a level has none.
    #[default]
    Plain,
    /// The metadata of each package, unless the requested version has its own.
    Keep,
    /// This metadata.
    Set(BuildMetadata),
}

/// The planned edits, shown and then applied unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BumpPlan {
    /// Packages that move, by name.
    pub packages: Vec<Move>,
    /// Edits, sorted by file and position, without overlaps.
    pub edits: Vec<Edit>,
    /// Notes that need no edit.
    pub notes: Vec<Remark>,
}

/// A package with its old and new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Move {
    pub name: String,
    pub from: Version,
    pub to: Version,
}

/// A byte range of a file and its new content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Path of the file.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// Byte range in the file, without quotes. `[start, end]` in JSON.
    #[serde(serialize_with = "ends")]
    pub span: Range<usize>,
    /// The old text.
    pub before: String,
    /// The new text.
    pub after: String,
    /// Reason, such as ``version of `core` ``.
    pub why: String,
}

impl Edit {
    /// Replaces the bytes of `span` in `text`, the text of `path`.
    fn new(path: &str, text: &str, span: Range<usize>, after: String, why: String) -> Self {
        let before = text.get(span.clone()).unwrap_or_default().to_owned();
        Self {
            path: path.to_owned(),
            line: remark::line(text, span.start),
            span,
            before,
            after,
            why,
        }
    }
}

fn ends<S: Serializer>(span: &Range<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    [span.start, span.end].serialize(serializer)
}

/// Creates the plan. `others` are the texts of files that `replaces` name.
///
/// # Errors
/// All problems that prevent the bump. Nothing should be edited then.
pub fn plan(
    manifests: &[Manifest],
    request: &BumpRequest,
    replaces: &[Replace],
    others: &BTreeMap<String, String>,
) -> Result<BumpPlan, Vec<Remark>> {
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    let located: Vec<Located<'_>> = manifests
        .iter()
        .map(|m| manifest::locate(m, &mut problems, &mut notes))
        .collect();
    let versions = moves::versions(&located, request, &mut problems);
    let mut edits = moves::edits(&located, &versions, &mut problems);
    follow::follow(
        &located,
        &versions,
        request,
        &mut follow::FollowResult {
            edits: &mut edits,
            problems: &mut problems,
            notes: &mut notes,
        },
    );
    let packages = versions.moves();
    edits.extend(replace::edits(
        replaces,
        manifests,
        others,
        &packages,
        &mut problems,
    ));
    edits.sort_by(|a, b| (&a.path, a.span.start).cmp(&(&b.path, b.span.start)));
    problems.extend(overlaps(&edits));
    if problems.is_empty() {
        return Ok(BumpPlan {
            packages,
            edits,
            notes,
        });
    }
    problems.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
    Err(problems)
}

/// Reports overlapping edits: a `[[release.replace]]` that matches a version which is edited
/// anyway.
fn overlaps(edits: &[Edit]) -> Vec<Remark> {
    let clash =
        |pair: &&[Edit]| pair[0].path == pair[1].path && pair[1].span.start < pair[0].span.end;
    edits
        .windows(2)
        .filter(clash)
        .map(|pair: &[Edit]| {
            Remark {
        file: pair[1].path.clone(),
        line: pair[1].line,
        span: pair[1].span.clone(),
        message: if pair[0].why == pair[1].why {
            "two rules of [[release.replace]] change one place".to_owned()
        } else {
            format!("{} and {} are one place", pair[0].why, pair[1].why)
        },
        help: Some(if pair[0].why == pair[1].why {
            "narrow `search` of one of them, or remove it".to_owned()
        } else {
            "narrow `search` of the [[release.replace]]: manifests' versions are edited without it"
                .to_owned()
        }),
    }
        })
        .collect()
}

/// Applies the edits of one file to its text; all other bytes stay the same. The edits must be
/// sorted and must not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut spliced = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        spliced.push_str(text.get(at..edit.span.start).unwrap_or_default());
        spliced.push_str(&edit.after);
        at = edit.span.end;
    }
    spliced.push_str(text.get(at..).unwrap_or_default());
    spliced
}

/// Returns the paths of the manifests that have a requirement on a prerelease.
pub fn on_prereleases(manifests: &[Manifest]) -> Vec<&str> {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let mut is_on_prerelease = |manifest: &&Manifest| {
        let located = manifest::locate(manifest, &mut problems, &mut notes);
        let mut requirements = located
            .dependencies
            .iter()
            .filter_map(|dependency| dependency.requirement.as_ref());
        requirements.any(|requirement| requirement::prerelease(&requirement.value).is_some())
    };
    manifests
        .iter()
        .filter(|manifest| is_on_prerelease(manifest))
        .map(|manifest| manifest.path.as_str())
        .collect()
}

/// Returns the directories that manifests name with `path`, relative to the root if below it.
/// Manifests that cannot be parsed are skipped.
pub fn directories(manifests: &[Manifest]) -> BTreeSet<String> {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let located = manifests
        .iter()
        .map(|m| manifest::locate(m, &mut problems, &mut notes));
    located
        .flat_map(|l| l.dependencies.into_iter().filter_map(|d| d.directory))
        .collect()
}
