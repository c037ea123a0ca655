//! Versions: manifests' texts and a request in, edits out.
//!
//! | file | owns |
//! |---|---|
//! | `manifest` | where versions and requirements stand in a `Cargo.toml` |
//! | `level` | the next version |
//! | `moves` | which package moves to which version |
//! | `follow` | which requirements follow, and what is only reported |
//! | `requirement` | a requirement's text for another version |
//! | `replace` | the version in other files |
//! | [`lock`] | lockfiles with versions moved, and what else cargo changes in one |
//! | `remark` | problems and notes with their places |
//!
//! `toml_edit` locates, [`apply`] splices: every byte that is no version stays. A plan is whole or there is none, with all
//! problems at once. Paths are relative to the workspace's root, with `/`; nothing here reads a file.

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

pub use level::{Level, NoTarget, Step, Target, is_compatible};
pub use manifest::{folder, parent};
pub use remark::Remark;
pub use replace::Replace;

use manifest::Located;

/// A `Cargo.toml` as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Relative to the root: `crates/core/Cargo.toml`.
    pub path: String,
    /// Its text, line ends and byte order mark as they are.
    pub text: String,
    /// Its part.
    pub role: Role,
    /// Lies below the root and in its repository: may be edited.
    pub ours: bool,
    /// Its package has a library, through which others may see what it depends on.
    pub library: bool,
}

/// What a manifest is to the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The root's, with or without a package.
    Root,
    /// A member's.
    Member,
    /// No member: excluded, of a nested workspace, or one that members merely depend on.
    Outside,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The version, or how far.
    pub target: Target,
    /// Names of the packages that move; empty for all.
    pub packages: Vec<String>,
    /// Names of those that do not.
    pub exclude: Vec<String>,
    /// What becomes of `+build`.
    pub metadata: Metadata,
    /// All that move get one version, the highest that any of them comes to.
    pub lockstep: bool,
    /// A version may be lower than the present one.
    pub allow_downgrade: bool,
    /// Requirements that admit the new version stay as they are.
    pub only_needed: bool,
    /// Ranges that do not admit the new version are rewritten as proposed instead of refused.
    pub rewrite_ranges: bool,
    /// Manifests that are no members are edited too.
    pub include_outside: bool,
    /// Folders that are spelt in two ways: as a manifest names them, then as [`Manifest::path`] does.
    pub aliases: BTreeMap<String, String>,
    /// Manifests as they were at full releases, newest first. They tell how precise a requirement was before a prerelease.
    pub released: Vec<Manifest>,
}

impl Request {
    /// All packages, with no liberties.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            packages: Vec::new(),
            exclude: Vec::new(),
            metadata: Metadata::Plain,
            lockstep: false,
            allow_downgrade: false,
            only_needed: false,
            rewrite_ranges: false,
            include_outside: false,
            aliases: BTreeMap::new(),
            released: Vec::new(),
        }
    }
}

/// What becomes of build metadata, the `+x` of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Metadata {
    /// As the version was asked for; a level has none.
    #[default]
    Plain,
    /// What each package has now, unless the version asked for has its own.
    Keep,
    /// This.
    Set(BuildMetadata),
}

/// What will be done: shown, then done as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The packages that move, by name.
    pub packages: Vec<Move>,
    /// Sorted by file and place; no two overlap.
    pub edits: Vec<Edit>,
    /// Things to know that nothing is done about.
    pub notes: Vec<Remark>,
}

/// A package and its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Move {
    pub name: String,
    pub from: Version,
    pub to: Version,
}

/// Bytes of a file and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The file.
    pub path: String,
    /// 1-based.
    pub line: u32,
    /// Byte range in the file, without quotes. `[start, end]` in JSON.
    #[serde(serialize_with = "ends")]
    pub span: Range<usize>,
    /// What is there.
    pub before: String,
    /// What shall be there.
    pub after: String,
    /// The reason, as a fragment: ``version of `core` ``.
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

/// Makes the plan. `others` are the texts of files that `replaces` name.
///
/// # Errors
/// Every reason why it cannot be done as asked: then nothing should be done at all.
pub fn plan(
    manifests: &[Manifest],
    request: &Request,
    replaces: &[Replace],
    others: &BTreeMap<String, String>,
) -> Result<Plan, Vec<Remark>> {
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
        &mut follow::Outcome {
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
        return Ok(Plan {
            packages,
            edits,
            notes,
        });
    }
    problems.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
    Err(problems)
}

/// Two edits of the same bytes: a `[[release.replace]]` that finds a version which is edited anyway.
fn overlaps(edits: &[Edit]) -> Vec<Remark> {
    let clash =
        |pair: &&[Edit]| pair[0].path == pair[1].path && pair[1].span.start < pair[0].span.end;
    let tell = |pair: &[Edit]| Remark {
        file: pair[1].path.clone(),
        line: pair[1].line,
        span: pair[1].span.clone(),
        message: format!("{} and {} are one place", pair[0].why, pair[1].why),
        help: Some(
            "narrow `search` of the [[release.replace]]: manifests' versions are edited without it"
                .to_owned(),
        ),
    };
    edits.windows(2).filter(clash).map(tell).collect()
}

/// Splices the edits of one file into its text; every other byte stays. The edits are sorted and do not overlap.
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

/// The folders that manifests name by `path`, relative to the root where they are below it. Manifests that cannot be parsed
/// name none.
pub fn folders(manifests: &[Manifest]) -> BTreeSet<String> {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let located = manifests
        .iter()
        .map(|m| manifest::locate(m, &mut problems, &mut notes));
    located
        .flat_map(|l| l.dependencies.into_iter().filter_map(|d| d.folder))
        .collect()
}
