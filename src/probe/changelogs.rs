//! Checks changelogs against their rules, with the tags and the published versions of the files.
//!
//! The rules themselves are in `release::changelog`.

use std::path::Path;

use semver::Version;

use crate::git::{Git, Tag, Trouble};
use crate::plan::Changelog;
use crate::release::changelog::{LintContext, LintProblem, lint, versions};
use crate::release::tag::{Releases, Series, TagTemplate};
use crate::store;

/// The result of checking changelogs.
#[derive(Debug, Default)]
pub struct ChangelogReport {
    /// The problems by file and line.
    pub problems: Vec<LintProblem>,
    /// Why tags and published sections could not be read, if they could not.
    pub unchecked: Option<String>,
}

/// The repository with its tags.
struct Published {
    git: Git,
    tags: Vec<Tag>,
}

/// Reads the changelogs.
///
/// # Errors
/// If a file cannot be read or is not UTF-8; as a message.
pub(crate) fn read(
    root: &Path,
    changelogs: &[Changelog],
) -> Result<Vec<(Changelog, String)>, String> {
    changelogs
        .iter()
        .map(|changelog| Ok((changelog.clone(), read_one(root, changelog)?)))
        .collect()
}

fn read_one(root: &Path, changelog: &Changelog) -> Result<String, String> {
    let path = &changelog.path;
    let bytes = store::read_file(&root.join(path), store::TEXT_LIMIT)
        .map_err(|error| format!("cannot read {path}: {error}"))?;
    String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))
}

/// Returns the problems of changelogs with these texts.
///
/// Only sections without a tag are checked, unless `all` is set. Sections of the `amended` versions
/// may differ from their published text. Outside of a repository, or in a shallow clone, the tags
/// are unknown and rules about them are skipped.
pub fn check(
    root: &Path,
    today: &str,
    changelogs: &[(Changelog, String)],
    all: bool,
    amended: &[Version],
) -> ChangelogReport {
    let published = published(root);
    let mut problems = Vec::new();
    for (changelog, text) in changelogs {
        let context = LintContext {
            file: &changelog.path,
            today,
            amended,
            all,
            ..LintContext::default()
        };
        problems.extend(check_one(
            changelog,
            text,
            published.as_ref().ok(),
            &context,
        ));
    }
    problems.sort();
    ChangelogReport {
        problems,
        unchecked: published.err().map(|error| error.to_string()),
    }
}

fn published(root: &Path) -> Result<Published, Trouble> {
    let git = Git::discover(root)?;
    // A shallow clone lacks tags, and every released section would look unreleased.
    if git.is_shallow()? {
        return Err(Trouble::Shallow);
    }
    let tags = git.tags()?;
    Ok(Published { git, tags })
}

fn check_one(
    changelog: &Changelog,
    text: &str,
    published: Option<&Published>,
    context: &LintContext<'_>,
) -> Vec<LintProblem> {
    let series = published.and_then(|known| series(changelog, text, &known.tags));
    let tagged: Vec<Version> = series
        .iter()
        .flat_map(|series| series.versions.iter().map(|(version, _)| version.clone()))
        .collect();
    let published_text = published
        .zip(series.as_ref())
        .and_then(|(known, series)| last_published(changelog, known, series));
    lint(
        text,
        &LintContext {
            tagged: published.map(|_| tagged.as_slice()),
            manifest: manifest_version(changelog).as_ref(),
            published: published_text.as_deref(),
            ..*context
        },
    )
}

/// Returns the text of a changelog at the last release.
fn last_published(changelog: &Changelog, known: &Published, series: &Series) -> Option<String> {
    let (_, tag) = series.last(true)?;
    let commit = &known.tags[*tag].commit;
    let bytes = known.git.file_at(commit, &changelog.path).ok()??;
    String::from_utf8(bytes).ok()
}

/// Returns the releases among the tags that belong to a changelog with this text.
pub fn series(changelog: &Changelog, text: &str, tags: &[Tag]) -> Option<Series> {
    let names: Vec<&str> = changelog.names.iter().map(String::as_str).collect();
    let tags: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    let template = changelog.tag.as_deref().and_then(TagTemplate::new);
    let is_of_one_package = !changelog.folder.is_empty() && names.len() == 1;
    let apart = manifest_version(changelog).filter(|_| is_of_one_package);
    Series::find(
        &tags,
        &Releases {
            names: &names,
            template: template.as_ref(),
            listed: &versions(text, &[]),
            apart: apart.as_ref(),
        },
    )
}

fn manifest_version(changelog: &Changelog) -> Option<Version> {
    changelog.version.as_ref()?.parse().ok()
}
