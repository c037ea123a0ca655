//! Finds the changelogs of a workspace, the packages that each covers, and the tags of its
//! releases.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use semver::Version;

use crate::change::Change;
use crate::git::Tag;
use crate::ops::{Context, Exit, Stop};
use crate::options::config::Changelogs;
use crate::plan::{Changelog, Lint};
use crate::probe::changelogs::series;
use crate::relative_path;
use crate::release::changelog::{Directories, versions};
use crate::release::tag::{Series, TagTemplate};
use crate::store;
use crate::workspace::{Member, Workspace};

/// A changelog file.
pub(crate) struct ChangelogFile {
    /// Path relative to the root, separated by `/`.
    pub(crate) path: String,
    /// The directory that it covers, except subdirectories with a changelog of their own.
    pub(crate) directory: String,
    /// Whether it covers the complete workspace in any case.
    pub(crate) all: bool,
    /// The packages that it covers; only one if it is named after that package.
    pub(crate) members: Vec<Member>,
    /// Names of the packages that are not selected. Sections with one of them in their heading are
    /// not of interest.
    pub(crate) others: Vec<String>,
    /// Its text; `None` if the file does not exist.
    pub(crate) text: Option<String>,
}

/// The selected changelogs, and all directories that have one.
pub(crate) struct ChangelogFiles {
    pub(crate) files: Vec<ChangelogFile>,
    pub(crate) directories: Directories,
    /// Directories of packages whose changes are in no changelog.
    pub(crate) silent: BTreeSet<String>,
}

/// File names of a changelog, in addition to the configured one.
const NAMES: [&str; 5] = [
    "CHANGELOG.md",
    "Changelog.md",
    "changelog.md",
    "CHANGES.md",
    "RELEASES.md",
];

/// Finds the changelogs of the selected packages. The result is empty if none of them keeps one.
///
/// # Errors
/// If a file cannot be read, or if the workspace keeps no changelogs.
pub(crate) fn find(context: &Context) -> Result<ChangelogFiles> {
    if context.config().releases.changelogs == Changelogs::None {
        let stop = Stop::new(
            Exit::Usage,
            "the workspace keeps no changelog (`[release] changelogs = \"none\"`)",
        );
        return Err(stop.into());
    }
    of(context, &context.described()?.workspace)
}

/// Finds the changelogs in a known workspace.
fn of(context: &Context, workspace: &Workspace) -> Result<ChangelogFiles> {
    let asked = asked(context, workspace)?;
    let all = all(context, workspace)?;
    let none = &context.config().releases.no_changelog;
    let silent = workspace
        .members
        .iter()
        .filter(|member| !member.dir.is_empty() && none.contains(&member.name));
    let silent: BTreeSet<String> = silent.map(|member| member.dir.clone()).collect();
    let directories = Directories::new(
        all.iter()
            .map(|file| file.directory.clone())
            .chain(silent.iter().cloned()),
    );
    let mut files: Vec<ChangelogFile> = all
        .into_iter()
        .filter(|file: &ChangelogFile| {
            file.all && asked.len() == workspace.members.len()
                || speaks_for(file, &asked, &directories)
        })
        .collect();
    if files.len() > 1 && !context.options.packages.is_empty() {
        // A package that was selected by name and has its own changelog does not need the central
        // one.
        files.retain(|file| !file.all);
    }
    let others: Vec<String> = workspace
        .members
        .iter()
        .filter(|member| asked.iter().all(|one| one.name != member.name))
        .map(|member| member.name.clone())
        .collect();
    for file in &mut files {
        file.others.clone_from(&others);
    }
    if files.is_empty() && !asked.iter().all(|member| none.contains(&member.name)) {
        let missing = asked.iter().filter(|member| !none.contains(&member.name));
        return Err(no_changelog(missing.copied()).into());
    }
    Ok(ChangelogFiles {
        files,
        directories,
        silent,
    })
}

/// Returns the changelogs of a known workspace that can be read, whatever is selected.
pub(crate) fn covering(context: &Context, workspace: &Workspace) -> Vec<ChangelogFile> {
    all(context, workspace).unwrap_or_default()
}

/// Returns the changelogs to check.
///
/// # Errors
/// Why there are none, and the command that changes that.
pub(crate) fn lint(context: &Context, workspace: &Workspace) -> Result<Lint, (String, String)> {
    let missing = |what: String, fix: &str| Err((what, format!("cargo campaign changelog {fix}")));
    let files = match of(context, workspace) {
        Err(error) => return missing(error.to_string(), "lint"),
        Ok(found) => found.files,
    };
    let there = files.iter().filter(|file| file.text.is_some());
    let changelogs: Vec<Changelog> = there.map(|file| file.described(context)).collect();
    if changelogs.is_empty() {
        return missing("there is no changelog".to_owned(), "draft");
    }
    Ok(Lint {
        today: lint_day(context),
        changelogs,
        tags: tags(context),
    })
}

/// Returns the error for packages without a changelog in a workspace where others have one. No draft would create it.
fn no_changelog<'m>(members: impl Iterator<Item = &'m Member>) -> Stop {
    let names: Vec<&Member> = members.collect();
    let listed: Vec<String> = names
        .iter()
        .map(|member| format!("`{}`", member.name))
        .collect();
    let listed = listed.join(", ");
    let file = names.first().map_or_else(String::new, |member| {
        relative_path::join(&member.dir, NAMES[0])
    });
    Stop::new(Exit::Usage, format!("there is no changelog of {listed}")).help(format!(
        "create {file}, or add {listed} to `no-changelog` in [release]"
    ))
}

/// Returns advice for creating a changelog. Drafting it requires commits and therefore git.
pub(crate) fn begin(context: &Context) -> String {
    if context.git().is_ok() {
        "cargo campaign changelog draft (creates one)".to_owned()
    } else {
        write_entries(&context.config().releases.changelog)
    }
}

/// Returns advice for a changelog without unreleased entries.
pub(crate) fn add_entries(context: &Context, path: &str) -> String {
    let write = write_entries(path);
    if context.git().is_ok() {
        format!("{write}, or have commits suggest it: cargo campaign changelog draft")
    } else {
        write
    }
}

pub(crate) fn write_entries(path: &str) -> String {
    format!("write what changed below a heading `## [Unreleased]` in {path}")
}

/// Returns the date against which changelogs are checked. A day that has begun somewhere is not in the
/// future, since a changelog may be dated by any calendar.
pub(crate) fn lint_day(context: &Context) -> String {
    context.latest_date().max(context.utc_today())
}

/// Returns the settings and tags that influence the problems of changelogs, in addition to the
/// source tree.
pub(crate) fn surroundings(context: &Context) -> String {
    let releases = &context.config().releases;
    format!(
        "{:?} {:?} {:?} {}",
        releases.changelog,
        releases.changelogs,
        releases.own_tag,
        tags(context)
    )
}

/// Returns a digest of the tags.
pub(crate) fn tags(context: &Context) -> String {
    let tags = context.git().and_then(|git| git.tags());
    store::digest(format!("{tags:?}").as_bytes())
}

fn speaks_for(file: &ChangelogFile, asked: &[&Member], directories: &Directories) -> bool {
    asked
        .iter()
        .any(|member| directories.owner(&format!("{}/x", member.dir)) == file.directory)
        || asked.iter().any(|member| member.dir == file.directory)
}

/// Returns the selected members.
fn asked<'w>(context: &Context, workspace: &'w Workspace) -> Result<Vec<&'w Member>> {
    let packages = workspace.resolve(&context.options.packages);
    let exclude = workspace.resolve(&context.options.exclude);
    for name in packages.iter().chain(&exclude) {
        if !workspace.members.iter().any(|member| member.name == *name) {
            let message = format!("package `{name}` is not a member of this workspace");
            return Err(Stop::new(Exit::Usage, message).into());
        }
    }
    Ok(workspace
        .members
        .iter()
        .filter(|m: &&Member| {
            (packages.is_empty() || packages.contains(&m.name)) && !exclude.contains(&m.name)
        })
        .collect())
}

fn all(context: &Context, workspace: &Workspace) -> Result<Vec<ChangelogFile>> {
    let settings = &context.config().releases;
    let (root, mode) = (context.root(), settings.changelogs);
    let mut files = Vec::new();
    if mode == Changelogs::None {
        return Ok(files);
    }
    // A configured name counts even if the file does not exist.
    let named = settings.changelog != NAMES[0];
    let names = if named {
        vec![settings.changelog.as_str()]
    } else {
        NAMES.to_vec()
    };
    let name = names.into_iter().find(|name| root.join(name).is_file());
    let shared = name.and_then(|name| root.join(name).canonicalize().ok());
    let mut is_shared = false;
    for member in workspace
        .members
        .iter()
        .filter(|m| !m.dir.is_empty() && mode != Changelogs::Central)
    {
        let create = matches!(mode, Changelogs::PerCrate | Changelogs::Both) && member.publish;
        let name = NAMES
            .iter()
            .find(|name| root.join(&member.dir).join(name).is_file());
        if let Some(name) = name.or(create.then_some(&NAMES[0])) {
            let path = format!("{}/{name}", member.dir);
            // A link to the changelog of the workspace is not another changelog.
            if shared.is_some() && root.join(&path).canonicalize().ok() == shared {
                is_shared = true;
                continue;
            }
            let text = read(root, &path)?;
            files.push(ChangelogFile {
                path,
                directory: member.dir.clone(),
                all: false,
                members: vec![member.clone()],
                others: Vec::new(),
                text,
            });
        }
    }
    let package = workspace
        .members
        .iter()
        .find(|member| member.dir.is_empty());
    let central = match mode {
        Changelogs::PerCrate => package.is_some() || is_shared,
        Changelogs::Central | Changelogs::Both => true,
        Changelogs::None => false,
        Changelogs::Found => name.is_some() || named || files.is_empty(),
    };
    if central {
        let path = name.unwrap_or(&settings.changelog).to_owned();
        let rest = || {
            workspace
                .members
                .iter()
                .filter(|member: &&Member| !files.iter().any(|file| file.directory == member.dir))
                .cloned()
                .collect()
        };
        let all = matches!(mode, Changelogs::Central | Changelogs::Both)
            || mode == Changelogs::Found && package.is_none() && !files.is_empty();
        let members = match package {
            Some(package) => vec![package.clone()],
            None if all => workspace.members.clone(),
            None => rest(),
        };
        let text = read(root, &path)?;
        files.insert(
            0,
            ChangelogFile {
                path,
                directory: String::new(),
                all,
                members,
                others: Vec::new(),
                text,
            },
        );
    }
    Ok(files)
}

/// Reads a file; `None` if it does not exist.
fn read(root: &Path, path: &str) -> Result<Option<String>> {
    let bytes = match store::read_file(&root.join(path), store::TEXT_LIMIT) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.with_context(|| format!("cannot read {path}"))?,
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(Stop::new(Exit::Usage, format!("{path} is not UTF-8: see byte {at}")).into())
        }
    }
}

/// Returns `repository` of the package or of the workspace in the root manifest.
pub(crate) fn repository(context: &Context) -> Option<String> {
    let text = store::read_text(&context.options.root.manifest).ok()?;
    let document = text.parse::<toml_edit::DocumentMut>().ok()?;
    let of = |keys: &[&str]| {
        let item = keys
            .iter()
            .try_fold(document.as_item(), |item, key| item.get(key))?;
        item.get("repository")?.as_str().map(str::to_owned)
    };
    of(&["package"]).or_else(|| of(&["workspace", "package"]))
}

impl ChangelogFile {
    /// Returns the version of all its packages; `None` if they differ.
    pub(crate) fn version(&self) -> Option<Version> {
        let versions: BTreeSet<&str> = self
            .members
            .iter()
            .map(|member| member.version.as_str())
            .collect();
        versions
            .first()
            .filter(|_| versions.len() == 1)
            .and_then(|version| version.parse().ok())
    }

    /// Returns the package in the names of its tags; the first selected one if several share them.
    pub(crate) fn name(&self) -> &str {
        let mut selected = self
            .members
            .iter()
            .filter(|member| !self.others.contains(&member.name));
        let member = selected.next().or(self.members.first());
        member.map_or("", |member| &member.name)
    }

    /// Returns the names of the packages that it covers and that are not selected.
    pub(crate) fn unselected_members(&self) -> impl Iterator<Item = &str> {
        let names = self.members.iter().map(|member| member.name.as_str());
        names.filter(|name| self.others.iter().any(|other| other == name))
    }

    /// Returns the releases of the selected packages in its order, without pending ones.
    pub(crate) fn releases(&self) -> Vec<Version> {
        let text = self.text.as_deref().unwrap_or_default();
        versions(text, &self.others)
    }

    pub(crate) fn described(&self, context: &Context) -> Changelog {
        Changelog {
            path: self.path.clone(),
            folder: self.directory.clone(),
            names: self
                .members
                .iter()
                .map(|member| member.name.clone())
                .collect(),
            version: self.version().map(|version| version.to_string()),
            tag: context
                .config()
                .releases
                .own_tag
                .as_ref()
                .map(ToString::to_string),
        }
    }

    /// Returns its releases according to the tags.
    pub(crate) fn series(&self, context: &Context, tags: &[Tag]) -> Option<Series> {
        let text = self.text.as_deref().unwrap_or_default();
        let all = self.described(context);
        let mut selected = all.clone();
        selected.names.retain(|name| !self.others.contains(name));
        // Packages with tags of their own have releases of their own.
        series(&selected, text, tags)
            .filter(|series| !series.template.is_shared())
            .or_else(|| series(&all, text, tags))
    }

    /// Returns the template of its tags: that of existing tags, or else the configured one.
    pub(crate) fn template(
        &self,
        context: &Context,
        series: Option<&Series>,
    ) -> Option<TagTemplate> {
        let releases = &context.config().releases;
        let named = if self.directory.is_empty() {
            releases.tag.as_str()
        } else {
            "{name}-v{version}"
        };
        series
            .map(|series| series.template.clone())
            .or_else(|| releases.own_tag.clone().or_else(|| TagTemplate::new(named)))
    }

    /// Returns the change of the file to another text.
    pub(crate) fn change(&self, text: String) -> Change {
        match &self.text {
            Some(before) => Change::edit(&self.path, before.as_bytes(), text),
            None => Change::create(&self.path, text),
        }
    }
}
