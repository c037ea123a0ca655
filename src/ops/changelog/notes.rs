//! Release notes from the section of a version.

use anyhow::Result;
use semver::Version;

use super::files::{self, ChangelogFile};
use crate::git::Tag;
use crate::ops::context::Context;
use crate::ops::exit::{Exit, Stop};
use crate::release::changelog::{NotesPlace, notes};

/// Returns the notes of a version.
pub(crate) fn rendered(
    context: &Context,
    version: &Version,
    repository: Option<&str>,
) -> Result<String> {
    let found = notes_in(context, &files::find(context)?.files, version, repository)?;
    let missing = || {
        Stop::new(
            Exit::Usage,
            format!("no changelog has a section for {version}"),
        )
    };
    Ok(found
        .ok_or_else(|| missing().help(format!("cargo campaign changelog release {version}")))?)
}

/// Returns the notes of a version from these changelogs; `None` if none of them has the version.
///
/// If several have it and none covers the whole workspace, the notes of each follow a heading with its packages.
///
/// # Errors
/// If a changelog has several sections for the version.
pub(crate) fn notes_in(
    context: &Context,
    files: &[ChangelogFile],
    version: &Version,
    repository: Option<&str>,
) -> Result<Option<String>, Stop> {
    let mut found: Vec<(&ChangelogFile, String)> = Vec::new();
    for file in files {
        let Some(text) = notes_in_file(context, file, version, repository)? else {
            continue;
        };
        if file.all {
            return Ok(Some(text));
        }
        found.push((file, text));
    }
    if found.len() > 1 && found.iter().any(|(_, text)| !text.trim().is_empty()) {
        found.retain(|(_, text)| !text.trim().is_empty());
    }
    if found.len() < 2 {
        return Ok(found.pop().map(|(_, text)| text));
    }
    let parts = found.iter().map(|(file, text)| {
        let names: Vec<&str> = file
            .members
            .iter()
            .map(|member| member.name.as_str())
            .collect();
        format!("## {}\n\n{}\n", names.join(", "), text.trim())
    });
    Ok(Some(parts.collect::<Vec<_>>().join("\n")))
}

/// Returns the notes of a version for one of the packages that have it: those of its own changelog, else those of a
/// changelog that it shares. `None` if neither has the version.
///
/// # Errors
/// If the changelog has several sections for the version.
pub(crate) fn notes_of_package(
    context: &Context,
    files: &[ChangelogFile],
    version: &Version,
    package: &str,
) -> Result<Option<String>, Stop> {
    let covers = |file: &&ChangelogFile| file.members.iter().any(|member| member.name == package);
    let mut own: Vec<&ChangelogFile> = files.iter().filter(covers).collect();
    own.sort_by_key(|file| file.members.len());
    for file in own {
        if let Some(text) = notes_in_file(context, file, version, None)? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// Returns the notes of a version from one changelog; `None` if it does not have the version.
fn notes_in_file(
    context: &Context,
    file: &ChangelogFile,
    version: &Version,
    repository: Option<&str>,
) -> Result<Option<String>, Stop> {
    let Some(text) = file.text.as_deref() else {
        return Ok(None);
    };
    let written = files::repository(context);
    let tags = context.git().and_then(|git| git.tags()).unwrap_or_default();
    let (tag, path) = (
        tag_of(context, file, &tags, version),
        path_in_repository(context, file),
    );
    let place = NotesPlace {
        repository,
        fallback: written.as_deref(),
        tag: &tag,
        others: &file.others,
        path: &path,
    };
    notes(text, version, &place).map_err(|lines| several_sections(&file.path, version, &lines))
}

fn several_sections(path: &str, version: &Version, lines: &[u32]) -> Stop {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let message = format!(
        "{path} has several sections for {version}: on lines {}",
        lines.join(", ")
    );
    Stop::new(Exit::Usage, message).help("merge them into one section")
}

/// Returns whether the current tree is that of a version: no newer one exists, and it is not tagged elsewhere.
pub(crate) fn is_of_this_tree(context: &Context, version: &Version) -> Result<bool> {
    let files = files::find(context)?.files;
    let git = context.git();
    let tags = git
        .as_ref()
        .ok()
        .and_then(|git| git.tags().ok())
        .unwrap_or_default();
    let head = git
        .ok()
        .and_then(|git| git.standing().ok())
        .and_then(|standing| standing.commit);
    Ok(files.iter().all(|file| {
        let newest = file.releases().into_iter().max();
        let name = tag_of(context, file, &tags, version);
        let tagged = tags.iter().find(|tag| tag.name == name);
        newest.is_none_or(|newest| newest <= *version)
            && tagged.is_none_or(|tag| Some(&tag.commit) == head.as_ref())
    }))
}

fn tag_of(context: &Context, file: &ChangelogFile, tags: &[Tag], version: &Version) -> String {
    let series = file.series(context, tags);
    let name = series.as_ref().map_or(file.name(), |series| &series.name);
    let template = file.template(context, series.as_ref());
    template.map_or_else(String::new, |template| {
        template.render(name, &version.to_string())
    })
}

/// Returns the path of a changelog in the repository.
fn path_in_repository(context: &Context, file: &ChangelogFile) -> String {
    let prefix = context
        .git()
        .and_then(|git| git.prefix())
        .unwrap_or_default();
    format!("{prefix}{}", file.path)
}
