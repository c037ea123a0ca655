//! The checks themselves, in the order in which a release is made ready.

use super::super::words::counted;
use super::{
    Absence, Around, Branch, Check, CheckOutcome, Facts, FailsIn, KeptChangelogs, Known, Level,
    Lockfile, NoGit, Package, Packaged, PackagedBy, Packaging, PlannedTag, Tree, Unmerged, step,
};
use crate::plan::quote;

/// Every check.
pub(super) fn all(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![
        versions(facts),
        lock(facts),
        newer(facts),
        level(facts),
        siblings(facts),
        section(facts),
        changelog(facts),
        notes(facts),
        dependencies(facts),
        metadata(facts),
        patches(facts),
        package(facts),
        tree(&facts.tree),
        branch(&facts.branch),
        tag(facts),
        campaign(facts),
    ];
    if let Some(no_git) = facts.no_git {
        advise(&mut checks, no_git);
    }
    checks
}

/// Replaces the help of the checks that need git, because their own commands would fail.
fn advise(checks: &mut [Check], no_git: NoGit) {
    for check in checks {
        let needs_git = matches!(check.id, "newer" | "level" | "tree" | "branch" | "tag");
        if needs_git && matches!(check.outcome, CheckOutcome::Unknown(_)) {
            no_git.help().clone_into(&mut check.help);
        }
    }
}

fn check(
    id: &'static str,
    title: &'static str,
    require: &str,
    outcome: CheckOutcome,
    help: &str,
) -> Check {
    Check {
        id,
        title,
        require: require.to_owned(),
        outcome,
        help: help.to_owned(),
    }
}

/// Holds when there is nothing to complain of.
fn unless(complaints: Vec<String>, what: impl Fn(usize) -> String) -> CheckOutcome {
    if complaints.is_empty() {
        CheckOutcome::Holds(Vec::new())
    } else {
        CheckOutcome::Fails(what(complaints.len()), complaints)
    }
}

/// Judges a fact; one that is not known has no verdict.
fn known<T>(fact: &Known<T>, judge: impl FnOnce(&T) -> CheckOutcome) -> CheckOutcome {
    match fact {
        Ok(fact) => judge(fact),
        Err(why) => CheckOutcome::Unknown(why.clone()),
    }
}

fn versions(facts: &Facts) -> Check {
    let wanted = facts.version.to_string();
    let others: Vec<&Package> = facts
        .packages
        .iter()
        .filter(|package| package.version.as_ref() != Some(&wanted))
        .collect();
    let complaints = others.iter().map(|package| match &package.version {
        Some(version) => format!("{}: {} is {version}", package.manifest, package.name),
        None => format!("{}: {} has no version", package.manifest, package.name),
    });
    let outcome = unless(complaints.collect(), |n| {
        let (all, have) = (
            counted(facts.packages.len(), "package"),
            if n == 1 { "has" } else { "have" },
        );
        let what = if others.iter().all(|package| package.version.is_none()) {
            "no version"
        } else {
            "another version"
        };
        format!("{n} of {all} {have} {what}")
    });
    let help = match others.iter().find(|package| package.version.is_none()) {
        Some(package) => format!(
            "add `version = \"{wanted}\"` to [package] in {}",
            package.manifest
        ),
        None => format!("cargo campaign bump {wanted}"),
    };
    check("version", "version in manifests", &wanted, outcome, &help)
}

fn lock(facts: &Facts) -> Check {
    let wanted = facts.version.to_string();
    let outcome = known(&facts.lock, |lock| {
        if let Some((what, _)) = lock.obstacle() {
            return CheckOutcome::Fails(what.to_owned(), Vec::new());
        }
        let lock = match lock {
            Lockfile::Read(packages) => packages,
            Lockfile::Ignored => {
                return CheckOutcome::Holds(vec!["git ignores Cargo.lock".to_owned()]);
            }
            _ => return CheckOutcome::Holds(vec!["Cargo.lock does not exist".to_owned()]),
        };
        let mut complaints = Vec::new();
        for Package { name, .. } in &facts.packages {
            let entries = lock.iter().filter(|(locked, _)| locked == name);
            let versions: Vec<&str> = entries.map(|(_, version)| version.as_str()).collect();
            if !versions.contains(&wanted.as_str()) {
                complaints.push(format!("Cargo.lock: {name} is {}", versions.join(", ")));
            }
        }
        unless(complaints, |n| {
            if n == 1 {
                "1 entry is behind".to_owned()
            } else {
                format!("{n} entries are behind")
            }
        })
    });
    // Cargo takes the versions of members from their manifests, so those come first.
    let is_bumped = facts
        .packages
        .iter()
        .all(|package| package.version.as_ref() == Some(&wanted));
    let bump = format!("cargo campaign bump {wanted}");
    let obstacle = facts.lock.as_ref().ok().and_then(Lockfile::obstacle);
    let help = match obstacle {
        Some((_, help)) => help,
        None if is_bumped => "cargo update --workspace --offline",
        None => bump.as_str(),
    };
    check("lock", "version in Cargo.lock", &wanted, outcome, help)
}

fn newer(facts: &Facts) -> Check {
    let outcome = known(&facts.last, |last| match last {
        None => CheckOutcome::Holds(vec!["the first release".to_owned()]),
        Some((tag, last)) if facts.version > *last => {
            CheckOutcome::Holds(vec![format!("after {tag}")])
        }
        Some((tag, last)) if facts.version == *last => CheckOutcome::Fails(
            format!("{last} is released already, by tag {tag}"),
            Vec::new(),
        ),
        Some((tag, last)) => CheckOutcome::Fails(
            format!("the last release is {last}, by tag {tag}"),
            Vec::new(),
        ),
    });
    check(
        "newer",
        "greater than the last release",
        "greater",
        outcome,
        &higher(facts),
    )
}

fn level(facts: &Facts) -> Check {
    let outcome = known(&facts.last, |last| {
        let Some((tag, last)) = last else {
            return CheckOutcome::Holds(vec!["the first release".to_owned()]);
        };
        if facts.version <= *last {
            return CheckOutcome::Holds(vec!["not newer, which is said above".to_owned()]);
        }
        let made = step(last, &facts.version);
        if made == Level::Major {
            return CheckOutcome::Holds(vec![format!("{} since {tag}", word(made))]);
        }
        let unknown = facts
            .api
            .iter()
            .find_map(|(package, api)| Some((package, api.as_ref().err()?)));
        if let Some((package, why)) = unknown {
            return CheckOutcome::Unknown(format!(
                "the public API of {package} could not be compared: {why}"
            ));
        }
        known(&facts.level, |level| {
            let mut asked: Vec<(Level, String)> = facts
                .api
                .iter()
                .filter_map(|(package, api)| {
                    Some((*api.as_ref().ok()?, format!("public API of {package}")))
                })
                .collect();
            asked.extend(
                level
                    .iter()
                    .flat_map(|(level, why)| why.iter().map(|why| (*level, why.clone()))),
            );
            let needed = asked
                .iter()
                .map(|(level, _)| *level)
                .max()
                .unwrap_or(Level::Patch);
            if made >= needed {
                return CheckOutcome::Holds(vec![format!("{} since {tag}", word(made))]);
            }
            let why = asked
                .into_iter()
                .filter(|(level, _)| *level > made)
                .map(|(_, why)| why)
                .collect();
            CheckOutcome::Fails(
                format!(
                    "{} changes since {tag}, the version moves by a {} one",
                    word(needed),
                    word(made)
                ),
                why,
            )
        })
    });
    let level = facts.level.as_ref();
    let is_unstated = level.is_err_and(|why| why.contains(super::UNSTATED));
    let fetches_trees = facts.fetches_trees.filter(|_| level.is_err());
    let help = match (&outcome, &facts.last) {
        (CheckOutcome::Unknown(_), Ok(Some(_))) if fetches_trees.is_some() => {
            fetches_trees.unwrap_or_default().to_owned()
        }
        (CheckOutcome::Unknown(_), Ok(Some((tag, last)))) if facts.level.is_err() => {
            let tag = quote(tag);
            match facts.unmerged {
                Some(Unmerged::Needed) => format!("git merge {tag}"),
                Some(Unmerged::Optional) => format!(
                    "git merge {tag} (or git merge -s ours {tag} to release without its changes)"
                ),
                // A breaking release needs no answer.
                None if is_unstated => {
                    format!("{} ({OTHER_WAYS})", release(facts, last, Level::Major))
                }
                None => release(facts, last, Level::Major),
            }
        }
        _ => higher(facts),
    };
    check(
        "level",
        "version level",
        "as the changes ask",
        outcome,
        &help,
    )
}

/// What else gives a verdict if nothing says what kind of changes were made.
const OTHER_WAYS: &str = "or list the changes in the changelog by their kind, or `cargo install cargo-semver-checks` for a library, or waive `release.level`";

/// The command that completes a shallow clone. A checkout of an annotated tag can have a tag of that name at
/// the commit, which git would not replace.
const UNSHALLOW: &str = "git fetch --unshallow --tags --force";

/// The command that releases the lowest version which the changes allow.
fn higher(facts: &Facts) -> String {
    if facts.is_shallow {
        return UNSHALLOW.to_owned();
    }
    let Ok(Some((_, last))) = &facts.last else {
        return "git fetch --tags (or tag the commit of the last release)".to_owned();
    };
    let of_api = facts
        .api
        .iter()
        .filter_map(|(_, api)| api.as_ref().ok().copied());
    let of_changes = facts.level.iter().flatten().map(|(level, _)| *level);
    let needed = of_api.chain(of_changes).max().unwrap_or(Level::Patch);
    release(facts, last, needed)
}

/// Returns the command that releases the lowest version with a step of this level after `last`. It is a prerelease if the
/// judged version is one.
fn release(facts: &Facts, last: &semver::Version, level: Level) -> String {
    let version = super::next(last, level);
    let prerelease = semver::Version {
        pre: first_of_series(&facts.version.pre),
        ..version.clone()
    };
    let version = match prerelease.pre.is_empty() || prerelease <= *last {
        true => version,
        false => prerelease,
    };
    format!("cargo campaign release {version}")
}

/// Returns the first prerelease of a series: `rc.1` for `rc.3`.
fn first_of_series(pre: &semver::Prerelease) -> semver::Prerelease {
    let first = match pre.rsplit_once('.') {
        Some((name, number)) if number.parse::<u64>().is_ok() => format!("{name}.1"),
        _ => return pre.clone(),
    };
    semver::Prerelease::new(&first).unwrap_or_else(|_| pre.clone())
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Patch => "patch",
        Level::Minor => "minor",
        Level::Major => "breaking",
    }
}

fn siblings(facts: &Facts) -> Check {
    let outcome = known(&facts.unmet, |unmet| {
        unless(unmet.clone(), |n| {
            format!(
                "{n} {} admit a member's version",
                if n == 1 { "does not" } else { "do not" }
            )
        })
    });
    let help = format!("cargo campaign bump {}", facts.version);
    check(
        "requirements",
        "requirements between members",
        "each admits its sibling",
        outcome,
        &help,
    )
}

/// Judges a fact about changelogs; nothing is demanded where none is kept.
fn of_changelog<T>(
    facts: &Facts,
    fact: &Known<T>,
    judge: impl FnOnce(&T) -> CheckOutcome,
) -> CheckOutcome {
    match facts.changelogs {
        KeptChangelogs::None => CheckOutcome::Holds(vec!["no changelog is kept".to_owned()]),
        KeptChangelogs::Missing => {
            CheckOutcome::Fails("there is no changelog".to_owned(), Vec::new())
        }
        KeptChangelogs::Present => known(fact, judge),
    }
}

/// Returns how to get a section for the version.
fn write_section(facts: &Facts) -> String {
    match &facts.tree {
        Ok(tree) if facts.section.is_err() && !tree.absent.is_empty() => FULL_CHECKOUT.to_owned(),
        _ if facts.changelogs == KeptChangelogs::Missing => create_changelog(facts).to_owned(),
        _ if matches!(facts.section, Ok(Some(_))) => format!(
            "write what changed below the heading of {} in the changelog",
            facts.version
        ),
        _ if facts.has_unreleased_entries || facts.section.is_err() => {
            format!("cargo campaign changelog release {}", facts.version)
        }
        _ => "write what changed below a heading `## [Unreleased]` in the changelog".to_owned(),
    }
}

/// Returns how to get a changelog, or to release without one.
const fn create_changelog(facts: &Facts) -> &'static str {
    match facts.no_git {
        None => "cargo campaign changelog draft (or set `changelogs = \"none\"` in [release])",
        // Entries are drafted from commits.
        Some(_) => "create CHANGELOG.md, or set `changelogs = \"none\"` in [release]",
    }
}

/// How to get the files that a sparse checkout leaves out.
const FULL_CHECKOUT: &str = "git sparse-checkout disable (or release in a full clone)";

fn section(facts: &Facts) -> Check {
    let version = &facts.version;
    let outcome = of_changelog(facts, &facts.section, |section| match section {
        None => CheckOutcome::Fails(
            format!("the changelog has no section {version}"),
            Vec::new(),
        ),
        Some(0) => CheckOutcome::Fails(format!("section {version} is empty"), Vec::new()),
        Some(lines) => CheckOutcome::Holds(vec![counted(*lines, "line")]),
    });
    let mut help = write_section(facts);
    let outcome = match &facts.ignored_changelogs {
        _ if facts.changelogs != KeptChangelogs::Present => outcome,
        Ok(ignored) if ignored.is_empty() => outcome,
        Err(why) => CheckOutcome::Unknown(why.clone()),
        Ok(ignored) => {
            let files: Vec<String> = ignored.iter().map(|file| quote(file)).collect();
            help = format!(
                "git add --force -- {}, then commit it (or remove the rule from .gitignore)",
                files.join(" ")
            );
            let what = format!("git ignores {}", counted(ignored.len(), "changelog"));
            CheckOutcome::Fails(what, ignored.clone())
        }
    };
    let outcome = match (outcome, facts.foreign_sections.first()) {
        (CheckOutcome::Holds(_), Some(foreign)) if facts.changelogs == KeptChangelogs::Present => {
            help = format!(
                "name the package in the heading, as in `## {} {version}`",
                foreign.package
            );
            CheckOutcome::Unknown(format!(
                "the section {version} in {} names no package, and the tag `{}` exists",
                foreign.changelog, foreign.tag
            ))
        }
        (outcome, _) => outcome,
    };
    check(
        "section",
        "changelog section",
        "there and not empty",
        outcome,
        &help,
    )
}

fn changelog(facts: &Facts) -> Check {
    let help = match facts.changelogs {
        KeptChangelogs::Missing => create_changelog(facts),
        KeptChangelogs::None | KeptChangelogs::Present => "cargo campaign changelog lint",
    };
    let outcome = of_changelog(facts, &facts.changelog, |problems| {
        unless(problems.clone(), |n| counted(n, "problem"))
    });
    check("changelog", "changelog lint", "clean", outcome, help)
}

fn notes(facts: &Facts) -> Check {
    let outcome = of_changelog(facts, &facts.notes, |length| match length {
        0 => CheckOutcome::Fails("they are empty".to_owned(), Vec::new()),
        length => CheckOutcome::Holds(vec![counted(*length, "byte")]),
    });
    // Notes are the section of the version.
    let help = write_section(facts);
    check("notes", "release notes", "render", outcome, &help)
}

fn dependencies(facts: &Facts) -> Check {
    let complaints = complaints(facts, |package| &package.unpublishable);
    let outcome = unless(complaints, |n| format!("{n} that no registry can serve"));
    check(
        "dependencies",
        "dependencies",
        "from registries",
        outcome,
        "give each a version from the registry of the package, or restrict `publish` in [package]",
    )
}

/// Returns some complaints about every package, each with its manifest.
fn complaints(facts: &Facts, of: impl Fn(&Package) -> &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for package in &facts.packages {
        let complaints = of(package).iter();
        all.extend(complaints.map(|complaint| format!("{}: {complaint}", package.manifest)));
    }
    all
}

fn metadata(facts: &Facts) -> Check {
    let complaints = complaints(facts, |package| &package.refused);
    let outcome = unless(complaints, |n| counted(n, "problem"));
    check(
        "metadata",
        "package metadata",
        "complete and valid",
        outcome,
        "fix the keys in [package] or [workspace.package], and the file of `readme`",
    )
}

fn patches(facts: &Facts) -> Check {
    let outcome = known(&facts.patches, |patches| {
        unless(patches.clone(), |n| {
            format!(
                "{n} {} replaced only here",
                if n == 1 { "is" } else { "are" }
            )
        })
    });
    check(
        "patches",
        "[patch]",
        "same for users",
        outcome,
        "release the patched dependency, or remove it from [patch]",
    )
}

fn package(facts: &Facts) -> Check {
    let built = &facts.built;
    let outcome = known(&facts.packaging, |packaging| {
        if packaging.errors.is_empty() && built.published.is_empty() {
            return CheckOutcome::Holds(vec!["no package is published".to_owned()]);
        }
        match packaging.fails {
            FailsIn::PerhapsOtherPlaces if !packaging.errors.is_empty() => {
                CheckOutcome::Unknown(packaging.errors.join("; "))
            }
            _ => unless(packaging.errors.clone(), |_| failure(packaging)),
        }
    });
    let packaging = facts.packaging.clone().unwrap_or_default();
    let names = built.names(packaging.command).iter();
    let packages: String = names.map(|name| format!(" -p {name}")).collect();
    let command = format!("{}{packages}", packaging.command.name());
    let help = match packaging.fails {
        FailsIn::WorkingTree => command,
        FailsIn::Clone => in_clone(&packaging, &command),
        FailsIn::OtherPlaces | FailsIn::PerhapsOtherPlaces => {
            "replace the absolute paths by relative ones".to_owned()
        }
        FailsIn::Checkout => "git add --renormalize . (then commit)".to_owned(),
        FailsIn::Archive => format!(
            "{command} --list (then change `include` or `exclude` in [package], or waive `release.package` if this is intended)"
        ),
        FailsIn::Registry => "leave files out with `include` or `exclude` in [package]".to_owned(),
    };
    check("package", "cargo package", "succeeds", outcome, &help)
}

/// Returns how to repeat a command in a clone.
fn in_clone(packaging: &Packaging, command: &str) -> String {
    let place = quote(&packaging.place.to_string_lossy());
    match packaging.directory.as_str() {
        "" => format!("git clone . {place} (and there: {command})"),
        directory => {
            let top = vec![".."; directory.split('/').count()].join("/");
            let inside = packaging.place.join(directory);
            let inside = quote(&inside.to_string_lossy());
            format!("git clone {top} {place} (and in {inside}: {command})")
        }
    }
}

fn failure(packaging: &Packaging) -> String {
    match packaging.fails {
        FailsIn::WorkingTree => "it failed".to_owned(),
        FailsIn::Clone => format!(
            "`{}` succeeds in this working tree and fails in a clone of HEAD with the edits of the release",
            packaging.command.name()
        ),
        FailsIn::OtherPlaces | FailsIn::PerhapsOtherPlaces => {
            "it would fail in another place".to_owned()
        }
        FailsIn::Checkout => "cargo would refuse files that every clone has as modified, because .gitattributes asks for other contents"
            .to_owned(),
        FailsIn::Archive => {
            let targets = counted(packaging.errors.len(), "target");
            format!("the package would not contain {targets} of the workspace")
        }
        FailsIn::Registry => "crates.io would refuse it".to_owned(),
    }
}

/// Lists every difference from HEAD, whatever git's configuration hides.
const STATUS: &str = "git status -uall --ignore-submodules=none";

/// Judges whether a commit of the working tree has the measured content.
pub(super) fn tree(tree: &Known<Tree>) -> Check {
    let (outcome, help) = match tree {
        Err(why) => (CheckOutcome::Unknown(why.clone()), STATUS.to_owned()),
        Ok(tree) => match difference(tree) {
            Some((what, files, help)) => (CheckOutcome::Fails(what, files), help),
            None if tree.absent.is_empty() => (CheckOutcome::Holds(Vec::new()), STATUS.to_owned()),
            None => (
                CheckOutcome::Unknown(left_out(&tree.absent)),
                FULL_CHECKOUT.to_owned(),
            ),
        },
    };
    check("tree", "working tree", "clean", outcome, &help)
}

/// Returns how the working tree differs from what a commit can have: the reason, the files, and what to do.
fn difference(tree: &Tree) -> Option<(String, Vec<String>, String)> {
    let Tree {
        dirty,
        hidden,
        absent: _,
        unlisted,
        uninitialized,
        unpushed,
        operation,
        untracked,
        outside,
        packaged,
    } = tree;
    let count = |files: &[String]| counted(files.len(), "file");
    if let Some(operation) = operation {
        Some((
            format!("a {operation} is in progress"),
            Vec::new(),
            STATUS.to_owned(),
        ))
    } else if !hidden.is_empty() {
        Some((
            format!("git does not look for changes of {}", count(hidden)),
            hidden.clone(),
            look_at(hidden),
        ))
    } else if !dirty.is_empty() {
        let differ = if dirty.len() == 1 {
            "differs"
        } else {
            "differ"
        };
        Some((
            format!("{} {differ} from HEAD", count(dirty)),
            dirty.clone(),
            STATUS.to_owned(),
        ))
    } else if !unlisted.is_empty() {
        Some(unlisted_difference(unlisted))
    } else if !uninitialized.is_empty() {
        let are = if uninitialized.len() == 1 {
            "is"
        } else {
            "are"
        };
        let submodules = counted(uninitialized.len(), "submodule");
        let names: Vec<String> = uninitialized.iter().map(|name| quote(name)).collect();
        Some((
            format!("{submodules} with files {are} not initialized"),
            uninitialized.clone(),
            format!(
                "move the files away, then git submodule update --init -- {}",
                names.join(" ")
            ),
        ))
    } else if !unpushed.is_empty() {
        Some(unpushed_submodules(unpushed))
    } else if !untracked.is_empty() {
        let are = if untracked.len() == 1 { "is" } else { "are" };
        let what = format!("{} {are} used and not tracked by git", count(untracked));
        let names: Vec<String> = untracked.iter().map(|file| quote(file)).collect();
        let has_manifest = untracked.iter().any(|file| file.ends_with("Cargo.toml"));
        let otherwise = if has_manifest {
            "remove the package from `members` in [workspace]"
        } else {
            "have a build script write to OUT_DIR"
        };
        Some((
            what,
            untracked.clone(),
            format!("git add --force -- {} (or {otherwise})", names.join(" ")),
        ))
    } else if !outside.is_empty() {
        let are = if outside.len() == 1 { "is" } else { "are" };
        let what = format!("{} outside the repository {are} compiled", count(outside));
        Some((
            what,
            outside.clone(),
            "move them into the repository, or depend on a released version".to_owned(),
        ))
    } else if !packaged.is_empty() {
        let are = if packaged.len() == 1 { "is" } else { "are" };
        let files: Vec<String> = packaged.iter().map(|one| one.file.clone()).collect();
        let what = format!("{} {are} packaged and not in any commit", count(&files));
        Some((what, files, help_for_packaged(packaged)))
    } else {
        None
    }
}

/// Describes files without which the tests were run.
fn left_out(absent: &[String]) -> String {
    let first = absent.first().map(|file| quote(file)).unwrap_or_default();
    let them = match absent {
        [_] => format!("{first}, which is"),
        [..] => format!("{} files, such as {first}, which are", absent.len()),
    };
    format!("a sparse checkout leaves out {them} in the workspace, so that the tests ran without")
}

/// Describes submodules with a commit that others cannot get.
fn unpushed_submodules(submodules: &[String]) -> (String, Vec<String>, String) {
    let what = match submodules {
        [_] => "the commit of 1 submodule is on no remote branch".to_owned(),
        all => format!(
            "the commits of {} submodules are on no remote branch",
            all.len()
        ),
    };
    let help = submodules.iter().map(|submodule| {
        let submodule = quote(submodule);
        format!("git -C {submodule} push (or git -C {submodule} fetch, if it was pushed elsewhere)")
    });
    (what, submodules.to_vec(), help.take(1).collect())
}

/// Describes files that differ from HEAD although `git status` does not list them.
fn unlisted_difference(files: &[String]) -> (String, Vec<String>, String) {
    let (differ, them) = if files.len() == 1 {
        ("differs", "it")
    } else {
        ("differ", "them")
    };
    let what = format!(
        "{} {differ} from HEAD, and git status does not list {them}",
        counted(files.len(), "file")
    );
    let help = format!(
        "commit or restore {them}; git may rely on unchanged times, a mark in the index, or `ignore` of a submodule"
    );
    (what, files.to_vec(), help)
}

/// Returns how packaged files get into a commit or are left out. Records of this program are always left out: a run that git
/// tracks is not evidence.
fn help_for_packaged(packaged: &[Packaged]) -> String {
    let (records, others): (Vec<Packaged>, Vec<Packaged>) = packaged
        .iter()
        .cloned()
        .partition(|one| one.by == PackagedBy::Include && one.file.starts_with(".campaign/"));
    let records = (!records.is_empty())
        .then(|| r#"add "!/.campaign/**" to `include` in [package]"#.to_owned());
    let others = (!others.is_empty()).then(|| commit_or_leave_out(&others));
    let helps: Vec<String> = records.into_iter().chain(others).collect();
    helps.join("; ")
}

/// Returns how the files get into a commit, and how they are kept out of the package.
fn commit_or_leave_out(packaged: &[Packaged]) -> String {
    let commit = [
        (Absence::Untracked, "git add --force --"),
        (Absence::Outside, "copy into the repository:"),
        (
            Absence::Link,
            "replace by the contents that the link leads to:",
        ),
        (
            Absence::BrokenLink,
            "remove, or create what the link leads to:",
        ),
    ];
    let leave_out = [
        (
            PackagedBy::Readme,
            "set `readme` in [package] to another file or to false",
        ),
        (
            PackagedBy::LicenseFile,
            "replace `license-file` in [package] by `license`",
        ),
        (PackagedBy::Include, "keep out of `include` in [package]"),
        (PackagedBy::Directory, "name in `exclude` in [package]"),
    ];
    let names = |holds: &dyn Fn(&Packaged) -> bool| {
        let files = packaged.iter().filter(|one| holds(one));
        let files: Vec<String> = files.map(|one| quote(&one.file)).collect();
        (!files.is_empty()).then(|| files.join(" "))
    };
    let commit = commit.into_iter().filter_map(|(absence, text)| {
        Some(format!("{text} {}", names(&|one| one.absence == absence)?))
    });
    let leave_out: Vec<(&str, String)> = leave_out
        .into_iter()
        .filter_map(|(by, text)| Some((text, names(&|one| one.by == by)?)))
        .collect();
    let is_single = leave_out.len() == 1;
    let leave_out = leave_out.into_iter().map(|(text, files)| match is_single {
        true => text.to_owned(),
        false => format!("{text}: {files}"),
    });
    format!(
        "{} (or {})",
        commit.collect::<Vec<_>>().join("; "),
        leave_out.collect::<Vec<_>>().join("; ")
    )
}

/// Returns the command that makes git look at files for changes again. Each file has the mark that hides it in parentheses;
/// git removes one kind of mark at a time.
fn look_at(files: &[String]) -> String {
    let unmark = |mark: &str| {
        let suffix = format!(" ({mark})");
        let marked: Vec<String> = files
            .iter()
            .filter_map(|file| Some(quote(file.strip_suffix(&suffix)?)))
            .collect();
        (!marked.is_empty())
            .then(|| format!("git update-index --no-{mark} -- {}", marked.join(" ")))
    };
    let commands: Vec<String> = ["assume-unchanged", "skip-worktree"]
        .into_iter()
        .filter_map(unmark)
        .collect();
    commands.join(" && ")
}

/// Judges a HEAD that is not on the configured branch. A detached one may have its commit in it.
fn elsewhere(branch: &Branch, demanded: &str) -> CheckOutcome {
    match (&branch.current, &branch.around) {
        (None, Some(Around::In(around))) => CheckOutcome::Holds(vec![format!("in {around}")]),
        (None, Some(Around::Cut)) => CheckOutcome::Unknown(format!(
            "HEAD is detached, and this clone is shallow, so that it is unknown whether {demanded} has the commit"
        )),
        (None, Some(Around::Unfetched(remote))) => {
            let from = match remote {
                Some(_) => "",
                None => " and no remote",
            };
            CheckOutcome::Unknown(format!(
                "HEAD is detached, and this clone has no branch {demanded}{from}, so that it is unknown whether the branch has the commit"
            ))
        }
        (current, _) => {
            let on = current.as_deref().unwrap_or("a detached HEAD");
            CheckOutcome::Fails(
                format!("on {on}, releases are made on {demanded}"),
                Vec::new(),
            )
        }
    }
}

/// Judges whether releases are made on this branch.
pub(super) fn branch(branch: &Known<Branch>) -> Check {
    let outcome = known(branch, |branch| {
        match (
            &branch.current,
            &branch.demanded,
            branch.behind,
            &branch.gone,
        ) {
            (current, Some(demanded), ..) if current.as_ref() != Some(demanded) => {
                elsewhere(branch, demanded)
            }
            (_, _, Some(behind @ 1..), _) => CheckOutcome::Fails(
                format!("{} behind its upstream", counted(behind, "commit")),
                Vec::new(),
            ),
            (.., Some(upstream)) => CheckOutcome::Unknown(format!(
                "the upstream {upstream} does not exist here: it was deleted, or never fetched"
            )),
            (Some(current), ..) => CheckOutcome::Holds(vec![current.clone()]),
            (None, ..) => CheckOutcome::Holds(vec!["detached".to_owned()]),
        }
    });
    let demanded = branch
        .as_ref()
        .ok()
        .and_then(|branch| branch.demanded.clone());
    let current = branch
        .as_ref()
        .ok()
        .and_then(|branch| branch.current.as_deref());
    let around = branch.as_ref().ok().and_then(|one| one.around.as_ref());
    let help = match demanded
        .as_deref()
        .filter(|demanded| current != Some(*demanded))
    {
        Some(demanded) => match around {
            Some(Around::Cut) => UNSHALLOW.to_owned(),
            Some(Around::Unfetched(None)) => {
                let branch = quote(&format!("{demanded}:refs/remotes/REMOTE/{demanded}"));
                format!(
                    "git fetch REMOTE {branch} (with a remote that has it; `git remote add` adds one)"
                )
            }
            Some(Around::Unfetched(Some(remote))) => {
                let branch = quote(&format!("{demanded}:refs/remotes/{remote}/{demanded}"));
                format!("git fetch {} {branch}", quote(remote))
            }
            _ => format!("git switch {}", quote(demanded)),
        },
        None if branch.as_ref().is_ok_and(|branch| branch.gone.is_some()) => {
            "git fetch (if it was deleted: git branch --unset-upstream)".to_owned()
        }
        None if branch.as_ref().is_ok_and(|branch| branch.is_ahead) => {
            "git pull --rebase (or git pull --no-rebase, which merges)".to_owned()
        }
        None => "git pull --ff-only".to_owned(),
    };
    let require = demanded.map_or_else(
        || "not behind".to_owned(),
        |branch| format!("{branch}, not behind"),
    );
    check("branch", "branch", &require, outcome, &help)
}

fn tag(facts: &Facts) -> Check {
    // A tag at HEAD is not at the commit that the release would make.
    let ours =
        |at: &String| !facts.makes_commit && facts.head.as_ref().is_ok_and(|head| head == at);
    let unknown = facts.tags.iter().find_map(|tag| tag.commit.as_ref().err());
    let there = || {
        facts
            .tags
            .iter()
            .filter_map(|tag| Some((&tag.name, tag.commit.as_ref().ok()?.as_ref()?)))
    };
    let taken: Vec<(&String, &String)> = there().filter(|(_, at)| !ours(at)).collect();
    let place = |(name, at): &(&String, &String)| {
        format!("{name} is at {}", at.chars().take(7).collect::<String>())
    };
    let blocked = |(name, existing): &(String, String)| {
        format!("{name} cannot be created, because the tag {existing} exists")
    };
    let outcome = match (unknown, taken.as_slice()) {
        (Some(why), _) => CheckOutcome::Unknown(why.clone()),
        _ if !facts.blocked_tags.is_empty() => CheckOutcome::Fails(
            facts
                .blocked_tags
                .iter()
                .map(blocked)
                .collect::<Vec<_>>()
                .join("; "),
            Vec::new(),
        ),
        (None, []) => CheckOutcome::Holds(facts.tags.iter().map(free).collect()),
        (None, [one]) => CheckOutcome::Fails(place(one), Vec::new()),
        (None, all) => CheckOutcome::Fails(
            format!("{} are taken", all.len()),
            all.iter().map(place).collect(),
        ),
    };
    let existing = facts.blocked_tags.first().map(|(_, existing)| existing);
    let named = existing
        .or_else(|| taken.first().map(|(name, _)| *name))
        .or_else(|| facts.tags.first().map(|tag| &tag.name));
    let help = format!("git show {}", quote(named.map_or("", String::as_str)));
    let require = if facts.makes_commit {
        "free"
    } else {
        "free, or at this commit"
    };
    check("tag", "tag", require, outcome, &help)
}

fn free(PlannedTag { name, commit, .. }: &PlannedTag) -> String {
    if matches!(commit, Ok(Some(_))) {
        format!("{name} is at this commit")
    } else {
        format!("{name} is free")
    }
}

fn campaign(facts: &Facts) -> Check {
    let outcome = known(&facts.outstanding, |open| match open.missing.as_slice() {
        [] if !open.undecided.is_empty() => CheckOutcome::Unknown(open.undecided.join("; ")),
        _ => {
            let all: Vec<String> = open
                .missing
                .iter()
                .chain(&open.undecided)
                .cloned()
                .collect();
            unless(all, |n| format!("{n} outstanding"))
        }
    });
    check(
        "campaign",
        "workstreams and attestations",
        "complete",
        outcome,
        "cargo campaign status",
    )
}
