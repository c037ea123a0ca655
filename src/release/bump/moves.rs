//! Decides which package moves to which version.

use semver::{BuildMetadata, Version};

use super::level::BumpTarget;
use super::manifest::{Literal, Located, StringField};
use super::remark::Remark;
use super::{BumpRequest, Downgrades, Edit, ManifestRole, Metadata, Move};
use crate::relative_path;

/// Maximum number of packages that are listed as flags.
const FEW: usize = 8;

/// The workspace packages with a version, and their moves.
pub(super) struct Versions {
    pub(super) packages: Vec<Versioned>,
}

/// A package and its versions, which are equal if it stays.
pub(super) struct Versioned {
    pub(super) name: String,
    /// Directory of its manifest.
    pub(super) directory: String,
    /// Manifest that contains the version: the package's own, or the root's.
    at: usize,
    literal: Literal,
    inherits: bool,
    /// Whether the request names it, or names none.
    pub(super) selected: bool,
    pub(super) from: Version,
    pub(super) to: Version,
}

impl Versioned {
    pub(super) fn moves(&self) -> bool {
        self.from != self.to
    }
}

impl Versions {
    /// Returns the packages that move, by name.
    pub(super) fn moves(&self) -> Vec<Move> {
        let moves = self.packages.iter().filter(|package| package.moves());
        let mut moves: Vec<Move> = moves
            .map(|p| Move {
                name: p.name.clone(),
                from: p.from.clone(),
                to: p.to.clone(),
            })
            .collect();
        moves.sort_by(|a, b| a.name.cmp(&b.name));
        moves
    }
}

/// Determines the new version of every workspace package.
pub(super) fn versions(
    located: &[Located<'_>],
    request: &BumpRequest,
    problems: &mut Vec<Remark>,
) -> Versions {
    let mut packages = present(located, request, problems);
    unknown(located, request, problems);
    torn(&packages, problems);
    let mut next: Vec<Option<Version>> = packages
        .iter()
        .map(|p| next(p, located, request, problems))
        .collect();
    if request.lockstep {
        let highest = next
            .iter()
            .flatten()
            // `Ord` would also compare build metadata, which has no precedence.
            .max_by(|a, b| a.cmp_precedence(b))
            .cloned();
        next.iter_mut()
            .filter(|version| version.is_some())
            .for_each(|version| version.clone_from(&highest));
    }
    for (package, next) in packages.iter_mut().zip(next) {
        package.to = next.map_or_else(
            || package.from.clone(),
            |to| with_metadata(to, &package.from, request),
        );
    }
    if request.downgrades != Downgrades::Allowed {
        packages
            .iter()
            .filter_map(|package| downgrade(package, located, request.downgrades))
            .for_each(|problem| problems.push(problem));
    }
    Versions { packages }
}

/// Returns the packages before the bump. One without a version cannot move; selecting it by name is
/// an error.
fn present(
    located: &[Located<'_>],
    request: &BumpRequest,
    problems: &mut Vec<Remark>,
) -> Vec<Versioned> {
    let root = located
        .iter()
        .position(|l| l.manifest.role == ManifestRole::Root);
    let shared = root.and_then(|at| located[at].shared.clone().map(|literal| (at, literal)));
    let mut packages = Vec::new();
    let mut versionless = Vec::new();
    for (index, of) in located
        .iter()
        .enumerate()
        .filter(|(_, l)| l.manifest.role != ManifestRole::Outside)
    {
        let Some(package) = &of.package else { continue };
        let place = match &package.version {
            StringField::Literal(literal) => Some((index, literal.clone())),
            StringField::Inherited => shared.clone(),
            StringField::Absent => None,
        };
        let Some((at, literal)) = place else {
            if is_selected(&package.name, request) {
                versionless.push((of.manifest, &package.name));
            }
            continue;
        };
        let manifest = located[at].manifest;
        let Ok(from) = literal.value.parse::<Version>() else {
            let message = format!("`{}` is no version", literal.value);
            problems.push(Remark::at(
                &manifest.path,
                &manifest.text,
                literal.span,
                message,
            ));
            continue;
        };
        packages.push(Versioned {
            name: package.name.clone(),
            directory: relative_path::parent(&of.manifest.path).to_owned(),
            at,
            literal,
            inherits: matches!(package.version, StringField::Inherited),
            selected: is_selected(&package.name, request),
            to: from.clone(),
            from,
        });
    }
    // A package without a version is skipped in a workspace where others have one.
    let nothing_moves = !packages.iter().any(|package| package.selected);
    for (manifest, name) in versionless
        .into_iter()
        .filter(|(_, name)| nothing_moves || request.packages.contains(name))
    {
        let remark = Remark::at(
            &manifest.path,
            &manifest.text,
            0..0,
            format!("`{name}` has no version to change"),
        );
        problems.push(remark.help("add `version` to [package]"));
    }
    packages
}

fn is_selected(name: &str, request: &BumpRequest) -> bool {
    let named = |names: &[String]| names.iter().any(|one| one == name);
    (request.packages.is_empty() || named(&request.packages)) && !named(&request.exclude)
}

/// Reports unknown package names.
fn unknown(located: &[Located<'_>], request: &BumpRequest, problems: &mut Vec<Remark>) {
    let members = located
        .iter()
        .filter(|l| l.manifest.role != ManifestRole::Outside);
    let names: Vec<&str> = members
        .filter_map(|l| l.package.as_ref().map(|p| p.name.as_str()))
        .collect();
    for spec in request.packages.iter().chain(&request.exclude) {
        if !names.contains(&spec.as_str()) {
            let problem = Remark::plain(format!(
                "package `{spec}` is not a member of this workspace"
            ));
            problems.push(problem.help(format!("members: {}", names.join(", "))));
        }
    }
}

/// Reports a selection of only some packages that inherit their version, because all of them move
/// together.
fn torn(packages: &[Versioned], problems: &mut Vec<Remark>) {
    let (wanted, others): (Vec<&Versioned>, Vec<&Versioned>) = packages
        .iter()
        .filter(|package| package.inherits)
        .partition(|package| package.selected);
    if wanted.is_empty() || others.is_empty() {
        return;
    }
    let names = |of: &[&Versioned]| {
        of.iter()
            .map(|p| format!("`{}`", p.name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let all: Vec<String> = wanted
        .iter()
        .chain(&others)
        .map(|p| format!("-p {}", p.name))
        .collect();
    let flags = if all.len() > FEW {
        String::new()
    } else {
        format!(" ({})", all.join(" "))
    };
    let message = format!(
        "{} would not move alone: one [workspace.package] version is shared with {}",
        names(&wanted),
        names(&others)
    );
    problems.push(Remark::plain(message).help(format!(
        "name them all{flags}, or give some a version of their own"
    )));
}

/// Returns the new version of a selected package.
fn next(
    package: &Versioned,
    located: &[Located<'_>],
    request: &BumpRequest,
    problems: &mut Vec<Remark>,
) -> Option<Version> {
    if !package.selected {
        return None;
    }
    match &request.target {
        BumpTarget::Exact(version) => Some(version.clone()),
        BumpTarget::Step(step) => {
            let next = step.next(&package.from);
            if next.is_none() {
                let message = format!(
                    "`{}` has no next version after {}",
                    package.name, package.from
                );
                problems.push(package.problem(located, message).help("name the version"));
            }
            next
        }
    }
}

fn with_metadata(to: Version, from: &Version, request: &BumpRequest) -> Version {
    let build = match &request.metadata {
        Metadata::Set(build) => build.clone(),
        Metadata::Keep if to.build.is_empty() => from.build.clone(),
        _ => to.build.clone(),
    };
    // Build metadata alone does not make a move: `release` keeps 1.0.0+x.
    let stays = matches!(request.target, BumpTarget::Step(_))
        && to
            == Version {
                build: BuildMetadata::EMPTY,
                ..from.clone()
            };
    if stays && request.metadata == Metadata::Plain {
        from.clone()
    } else {
        Version { build, ..to }
    }
}

fn downgrade(
    package: &Versioned,
    located: &[Located<'_>],
    downgrades: Downgrades,
) -> Option<Remark> {
    let lower = package.to.cmp_precedence(&package.from).is_lt();
    let message = || {
        format!(
            "`{}` would go back from {} to {}",
            package.name, package.from, package.to
        )
    };
    let help = match downgrades {
        Downgrades::OnlyByOption => "name a higher version, or give --allow-downgrade",
        _ => "name a higher version",
    };
    lower.then(|| package.problem(located, message()).help(help))
}

impl Versioned {
    /// Creates a problem at the package's version.
    fn problem(&self, located: &[Located<'_>], message: String) -> Remark {
        let manifest = located[self.at].manifest;
        Remark::at(
            &manifest.path,
            &manifest.text,
            self.literal.span.clone(),
            message,
        )
    }
}

/// Returns the versions to edit, each once however many packages inherit it.
pub(super) fn edits(
    located: &[Located<'_>],
    versions: &Versions,
    problems: &mut Vec<Remark>,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut shared = false;
    for package in versions.packages.iter().filter(|package| package.moves()) {
        if package.inherits && std::mem::replace(&mut shared, true) {
            continue;
        }
        let manifest = located[package.at].manifest;
        if !manifest.ours {
            let message = format!(
                "`{}` is outside the workspace's directory or repository, and cannot be moved with it",
                package.name
            );
            problems.push(
                package
                    .problem(located, message)
                    .help(format!("--exclude {}", package.name)),
            );
            continue;
        }
        let why = if package.inherits {
            "the workspace's version".to_owned()
        } else {
            format!("version of `{}`", package.name)
        };
        let (span, to) = (package.literal.span.clone(), package.to.to_string());
        edits.push(Edit::new(&manifest.path, &manifest.text, span, to, why));
    }
    edits
}
