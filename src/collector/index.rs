//! Reads the index of crates.io: which locked packages were yanked, and which direct dependencies
//! have newer versions.
//!
//! Both take the same step, so that cargo is made to ask the registry once. A package that the
//! index cannot judge makes the counts lower bounds.

use std::collections::{BTreeMap, BTreeSet};

use semver::{Version, VersionReq};
use toml_edit::{Document, Item};

use super::command::{StepContext, step};
use super::definition::InputFile;
use super::folded::Folded;
use super::manifest;
use super::seen::Seen;
use super::settings::{Setting, SettingKind};
use super::standing::Standing;
use super::summary::{StepSummary, Term};
use crate::decode::index::{self, PublishedVersion};
use crate::decode::lockfile::{self, LockedPackage};
use crate::event::{Event, Problem};
use crate::plan::{Action, Collector, FileSet, RegistryIndex, Step};
use crate::snapshot::Finding;
use crate::text::first_few;

/// The setting with the index.
pub const INDEX: &str = "index";

/// The value of the setting that stands for cargo's cache.
pub const OF_CARGO: &str = "cargo";

pub(super) const SETTING: Setting = Setting {
    key: INDEX,
    kind: SettingKind::Text,
    doc: "Index of crates.io for yanked and newer versions: a checkout, relative to the workspace root, or `cargo`, which asks the registry each time",
    decides: None,
};

/// Id of the step that reads the index.
pub(super) const STEP: &str = INDEX;

const LOCKFILE: &str = "Cargo.lock";
const ROOT_MANIFEST: &str = "Cargo.toml";

/// The rules of findings.
pub(super) const YANKED: &str = "yanked";
pub(super) const OUTDATED: &str = "outdated";
/// The rules of what could be one of them, for all that is known.
const MAYBE_YANKED: &str = "maybe-yanked";
const MAYBE_OUTDATED: &str = "maybe-outdated";

/// The words of a finding whose version can be updated without an edit of a manifest.
const COMPATIBLE: &str = " is compatible";

/// Returns the step that reads the index, if the collector has one.
pub(super) fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let Some(files) = context.request.indexes.get(collector) else {
        return Vec::new();
    };
    let mut paths = vec![LOCKFILE.to_owned(), ROOT_MANIFEST.to_owned()];
    let members = context.selected.members.iter().map(manifest::path);
    paths.extend(members.filter(|path| path != ROOT_MANIFEST));
    let files = Action::Read(FileSet {
        paths,
        ..files.clone()
    });
    let verb = ("Reading", "Read");
    vec![step(context, STEP, verb, collector, files)]
}

/// Returns whether a step reads the index.
pub(super) fn is_index(step: &Step) -> bool {
    matches!(&step.action, Action::Read(files) if files.index.is_some())
}

/// Reports the locked packages that were yanked, and the direct dependencies that are outdated.
pub(super) fn read_files(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    let Action::Read(set) = &step.action else {
        return Err("it reads no index".to_owned());
    };
    let is_cached = matches!(set.index, Some(RegistryIndex::Cache { .. }));
    let Some(lock) = files.next().filter(|file| file.path == LOCKFILE) else {
        return Err(format!("{LOCKFILE} is missing or cannot be read"));
    };
    let packages = lockfile::packages(&lock.text);
    if lockfile::number_of_packages(&lock.text) != Some(packages.len()) {
        return Err(format!("{LOCKFILE} is not written as cargo writes it"));
    }
    let (mut manifests, mut entries) = (Vec::new(), BTreeMap::new());
    for file in files {
        if set.paths.contains(&file.path) {
            manifests.push(file);
        } else {
            let name = file.path.rsplit(['/', '\\']).next().unwrap_or_default();
            entries.insert(name.to_owned(), file.text);
        }
    }

    let mut judged = BTreeMap::new();
    for package in &packages {
        let known = judgement(package, &entries, is_cached);
        report_yanked(package, &known, sink);
        judged.insert((package.name, package.version, package.source), known);
    }
    let workspace = manifests.iter().find(|file| file.path == ROOT_MANIFEST);
    let workspace = workspace.map_or("", |file| &file.text).to_owned();
    let dependencies = lockfile::dependencies(&lock.text);
    for file in &manifests {
        let own = match DependencyManifest::read(&file.text, &workspace) {
            Ok(Some(own)) => own,
            // The root of a workspace need not be a package.
            Ok(None) => continue,
            Err(why) => {
                let line = format!("{}: {why}", file.path);
                sink(Event::Noise { line });
                continue;
            }
        };
        let locked = packages.iter().zip(&dependencies);
        let locked = locked.filter(|(one, _)| one.source.is_none() && one.name == own.name);
        let names: BTreeSet<&&str> = locked.flat_map(|(_, names)| names).collect();
        for name in names {
            let Some(package) = named(name, &packages) else {
                return Err(format!("`{name}` in {LOCKFILE} is not one of its packages"));
            };
            let known = &judged[&(package.name, package.version, package.source)];
            report_outdated(&file.path, &own, package, known, sink);
        }
    }
    Ok(())
}

/// The versions of a locked package in the index, or why it is not judged. `None` for a package
/// that is in no registry.
type JudgedVersions = Option<Result<JudgedPackage, String>>;

/// A locked package in the index.
struct JudgedPackage {
    version: Version,
    is_yanked: bool,
    published: Vec<PublishedVersion>,
}

/// Looks a locked package up.
fn judgement(
    package: &LockedPackage<'_>,
    entries: &BTreeMap<String, String>,
    is_cached: bool,
) -> JudgedVersions {
    let source = package.source?;
    if !package.is_from_crates_io() {
        let kind = match source.starts_with("git+") {
            true => "git",
            false => "another registry",
        };
        return Some(Err(format!("is from {kind}")));
    }
    Some(look_up(package, entries, is_cached))
}

fn look_up(
    package: &LockedPackage<'_>,
    entries: &BTreeMap<String, String>,
    is_cached: bool,
) -> Result<JudgedPackage, String> {
    let entry = entries.get(&package.name.to_ascii_lowercase());
    let text = entry.ok_or("is not in the index")?;
    let published = match is_cached {
        true => index::cached(package.name, text),
        false => index::checked_out(package.name, text),
    };
    let published = published.map_err(|why| format!("cannot be read in the index: {why}"))?;
    let version = Version::parse(package.version).map_err(|_| "has no valid version")?;
    let own = published.iter().find(|one| one.version == version);
    let own = own.ok_or("is newer than the index")?;
    Ok(JudgedPackage {
        is_yanked: own.is_yanked,
        version,
        published,
    })
}

fn report_yanked(package: &LockedPackage<'_>, known: &JudgedVersions, sink: &mut dyn FnMut(Event)) {
    let LockedPackage { name, version, .. } = package;
    let (rule, message) = match known {
        Some(Ok(judged)) if judged.is_yanked => {
            let message = format!("{YANKED}: `{name}` {version} was yanked from crates.io");
            (YANKED, message)
        }
        // Nothing in a git repository is yanked.
        Some(Err(why))
            if package
                .source
                .is_some_and(|source| !source.starts_with("git+")) =>
        {
            (MAYBE_YANKED, format!("`{name}` {version} {why}"))
        }
        _ => return,
    };
    sink(Event::Problem(Problem {
        file: LOCKFILE.to_owned(),
        line: package.line,
        text: format!("{name} {version}"),
        rule: rule.to_owned(),
        message,
        ..Problem::default()
    }));
}

fn report_outdated(
    file: &str,
    manifest: &DependencyManifest,
    package: &LockedPackage<'_>,
    known: &JudgedVersions,
    sink: &mut dyn FnMut(Event),
) {
    let LockedPackage { name, version, .. } = package;
    let (rule, message) = match known {
        Some(Ok(judged)) => match newer(name, judged) {
            Some(message) => (OUTDATED, message),
            None => return,
        },
        Some(Err(why)) => (MAYBE_OUTDATED, format!("`{name}` {version} {why}")),
        None => return,
    };
    sink(Event::Problem(Problem {
        file: file.to_owned(),
        line: manifest.line_of(name),
        text: format!("{name} {version}"),
        rule: rule.to_owned(),
        message,
        ..Problem::default()
    }));
}

/// Returns which newer versions a package has. `None` if it has none. Prereleases and yanked versions
/// do not count.
fn newer(name: &str, package: &JudgedPackage) -> Option<String> {
    let published = package.published.iter();
    let newer: Vec<&PublishedVersion> = published
        .filter(|one| !one.is_yanked && one.version.pre.is_empty())
        .filter(|one| one.version.cmp_precedence(&package.version).is_gt())
        .collect();
    let newest = newer.iter().max_by_key(|one| &one.version)?;
    let is_compatible = VersionReq::parse(&package.version.to_string()).ok()?;
    let compatible = newer.iter();
    let compatible = compatible.filter(|one| is_compatible.matches(&one.version));
    let locked = &package.version;
    let newest_is = match &newest.rust_version {
        Some(rust) => format!("{}, which needs Rust {rust}", newest.version),
        None => newest.version.to_string(),
    };
    Some(match compatible.max_by_key(|one| &one.version) {
        Some(one) if one.version == newest.version => {
            format!("`{name}` {locked} is locked; the newest version{COMPATIBLE}: {newest_is}")
        }
        Some(one) => {
            let one = &one.version;
            format!(
                "`{name}` {locked} is locked; {one}{COMPATIBLE}, and the newest version is {newest_is}"
            )
        }
        None => format!("`{name}` {locked} is locked; the newest version is {newest_is}"),
    })
}

/// Returns the package that an entry of `dependencies` names.
fn named<'p, 'a>(entry: &str, packages: &'p [LockedPackage<'a>]) -> Option<&'p LockedPackage<'a>> {
    let mut words = entry.split(' ');
    let name = words.next()?;
    let (version, source) = (words.next(), words.next());
    let source = source.map(|source| source.trim_matches(['(', ')']));
    let matching = packages.iter().filter(|package| {
        package.name == name
            && version.is_none_or(|version| package.version == version)
            && source.is_none_or(|source| package.source == Some(source))
    });
    // Cargo does not write that a package comes from a directory.
    matching.min_by_key(|package| package.source.is_some())
}

/// The manifest of a member.
struct DependencyManifest {
    /// Name of the package.
    name: String,
    /// The lines that name each dependency, by the name of its package.
    lines: BTreeMap<String, u32>,
}

impl DependencyManifest {
    /// Reads a manifest. `None` if it is not that of a package. `workspace` is the root manifest, whose
    /// dependencies members can inherit.
    fn read(text: &str, workspace: &str) -> Result<Option<Self>, String> {
        let not_toml = |_| "not TOML".to_owned();
        let document = Document::parse(text).map_err(not_toml)?;
        let root = Document::parse(workspace).map_err(not_toml)?;
        let package = document.get("package").and_then(Item::as_table_like);
        let Some(name) = package.and_then(|table| table.get("name")?.as_str()) else {
            return Ok(None);
        };
        let inherited = root.get("workspace").and_then(Item::as_table_like);
        let inherited = inherited.and_then(|table| table.get("dependencies")?.as_table_like());
        let mut lines = BTreeMap::new();
        for one in manifest::declared(text, document.as_table()) {
            let is_inherited = value(one.item, "workspace").is_some();
            let source = match inherited.and_then(|table| table.get(&one.name)) {
                Some(other) if is_inherited => other,
                _ => one.item,
            };
            let package = value(source, "package").and_then(Item::as_str);
            let package = package.unwrap_or(&one.name).to_owned();
            lines.entry(package).or_insert(one.line);
        }
        Ok(Some(Self {
            name: name.to_owned(),
            lines,
        }))
    }

    /// Returns the first line that names a dependency. 0 if there is none, as for those of a patch.
    fn line_of(&self, package: &str) -> u32 {
        self.lines.get(package).copied().unwrap_or(0)
    }
}

/// Returns the value of a key, if the item is a table.
fn value<'i>(item: &'i Item, key: &str) -> Option<&'i Item> {
    item.as_table_like().and_then(|table| table.get(key))
}

/// The findings of one kind, with how complete they are.
pub(super) struct IndexFindings {
    pub(super) standing: Standing,
    pub(super) findings: Vec<Finding>,
}

/// Returns the yanked packages. `None` if no index is read.
pub(super) fn yanked(folded: &Folded, collector: &Collector) -> Option<IndexFindings> {
    of_rule(folded, collector, YANKED, MAYBE_YANKED)
}

/// Returns the outdated dependencies. `None` if no index is read.
pub(super) fn outdated(folded: &Folded, collector: &Collector) -> Option<IndexFindings> {
    let mut outdated = of_rule(folded, collector, OUTDATED, MAYBE_OUTDATED)?;
    // The root manifest is read for what members inherit.
    let findings = &mut outdated.findings;
    findings.retain(|finding| folded.packages.contains(&finding.package));
    Some(outdated)
}

/// Returns whether `cargo update` may update the dependency of a finding.
pub(super) fn is_compatible(finding: &Finding) -> bool {
    finding.message.contains(COMPATIBLE)
}

/// Returns whether a finding is not about the index.
pub(super) fn is_elsewhere(finding: &Finding) -> bool {
    let rule = finding.code.rsplit("::").next().unwrap_or_default();
    ![YANKED, OUTDATED, MAYBE_YANKED, MAYBE_OUTDATED].contains(&rule)
}

fn of_rule(
    folded: &Folded,
    collector: &Collector,
    certain: &str,
    possible: &str,
) -> Option<IndexFindings> {
    let seen = folded
        .steps_of(collector)
        .find(|seen: &&Seen| is_index(&seen.step))?;
    let mut standing = Standing::of(seen);
    let mut findings = folded.problems(collector);
    let is = |finding: &Finding, rule: &str| finding.code == format!("{collector}::{rule}");
    let unjudged = findings.iter().filter(|finding| is(finding, possible));
    let unjudged: Vec<&Finding> = unjudged.collect();
    if standing.status.is_whole() && !unjudged.is_empty() {
        const SHOWN: usize = 3;
        let names: BTreeSet<&String> = unjudged.iter().map(|finding| &finding.message).collect();
        let packages = unjudged.iter().map(|finding| &finding.package);
        standing.covered = folded.packages.clone();
        for package in packages {
            standing.covered.remove(package);
        }
        let reason = format!("not every package was judged: {}", first_few(names, SHOWN));
        standing.weaken(reason, None);
    }
    findings.retain(|finding| is(finding, certain));
    Some(IndexFindings { standing, findings })
}

/// Returns the words of the status line of the step: the values of every collector that it serves.
pub(super) fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let served = summary.step.serves.iter();
    let metrics = served.flat_map(|collector| super::of(collector).metrics);
    let own = metrics.filter(|metric| metric.step == Some(STEP));
    own.filter_map(|metric| {
        Some(Term::Metric(
            metric.name.to_owned(),
            summary.value(metric.name)?,
        ))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;
    use crate::workspace::FileRole;

    const LOCK: &str = r#"version = 4

[[package]]
name = "a"
version = "0.1.0"
dependencies = [
 "b",
 "fresh",
 "old 1.0.0",
]

[[package]]
name = "b"
version = "0.1.0"
dependencies = [
 "Major",
 "old 2.0.0",
]

[[package]]
name = "Major"
version = "1.2.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "fresh"
version = "1.0.0-rc.1"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "old"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "old"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

    /// A manifest, whose dependencies inherit one of the workspace, or rename one.
    const A: &str = "[package]\nname = \"a\"\n[dependencies]\nb = { path = \"../b\" }\n\
                     ancient.workspace = true\n[dev-dependencies]\nfresh = \"1.0.0-rc.1\"\n";
    const B: &str = "[package]\nname = \"b\"\n[target.'cfg(unix)'.dependencies]\nMajor = \"1\"\n\
                     old = \"2\"\n";
    const ROOT: &str = "[workspace]\n[workspace.dependencies]\n\
                        ancient = { package = \"old\", version = \"1\" }\n";

    /// `NAME VERSION.. `: a line for each version. One that ends with `!` was yanked.
    fn entry(text: &str) -> InputFile {
        let (name, versions) = text.split_once(' ').unwrap();
        let lines = versions.split(' ').map(|version| {
            let number = version.trim_end_matches('!');
            let is_yanked = number != version;
            format!(
                r#"{{"name":"{name}","vers":"{number}","yanked":{is_yanked},"rust_version":"1.80"}}"#
            )
        });
        let text: Vec<String> = lines.collect();
        let path = index::path(name).unwrap();
        file(&format!("/index/{path}"), &text.join("\n"))
    }

    fn file(path: &str, text: &str) -> InputFile {
        InputFile {
            path: path.to_owned(),
            package: String::new(),
            others: Vec::new(),
            role: FileRole::default(),
            text: text.to_owned(),
        }
    }

    /// Folds a lockfile and entries for both collectors. Lists what is not zero, except for what other
    /// steps measure.
    fn folded(lock: &str, entries: &[InputFile]) -> Vec<String> {
        let mut workspace = workspace(&["a", "b"]);
        for member in &mut workspace.members {
            member.dir.clone_from(&member.name);
        }
        let mut plan = plan("index: audit deps");
        let step = &mut plan.steps[0];
        if let Action::Read(files) = &mut step.action {
            let paths = ["Cargo.lock", "Cargo.toml", "a/Cargo.toml", "b/Cargo.toml"];
            files.paths = paths.map(str::to_owned).to_vec();
        }
        let files = [
            file("Cargo.lock", lock),
            file("Cargo.toml", ROOT),
            file("a/Cargo.toml", A),
            file("b/Cargo.toml", B),
        ];
        let mut files = files.into_iter().chain(entries.iter().cloned());
        let mut found = events("start index");
        let read = read_files(step, &mut files, &mut |event| found.push(event));
        let mut ends = events("start index\nend 0").split_off(1);
        if let (Event::Ended(ended), Err(why)) = (&mut ends[0], &read) {
            ended.ending = crate::event::Ending::Exited(1);
            ended.stderr_tail.clone_from(why);
        }
        found.extend(ends);
        let mut fold = Fold::new(&plan, &workspace, &BTreeMap::new());
        found.iter().for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        let own = ["audit.yanked", "deps.outdated", "audit  ", "deps "];
        let mut lines = shown(&snapshot, &[]);
        lines.retain(|line| own.iter().any(|start| line.starts_with(start)));
        lines.extend(snapshot.findings.into_iter().map(|finding| finding.message));
        lines
    }

    fn current() -> Vec<InputFile> {
        let entries = [
            "Major 1.2.0 1.3.0! 2.0.0 3.0.0-rc.1",
            "fresh 0.9.0 1.0.0-rc.1",
            "old 1.0.0! 1.0.1 2.0.0",
        ];
        entries.map(entry).to_vec()
    }

    #[test]
    fn yanked_packages_and_outdated_dependencies_are_counted_with_their_places() {
        let expected = [
            "audit.yanked 1",
            "deps.outdated 2 {a 1, b 1}",
            "deps.outdated.compatible 1 {a 1, b 0}",
            "deps a Warning a/Cargo.toml:5 deps::outdated [] x1",
            "deps b Warning b/Cargo.toml:4 deps::outdated [] x1",
            "audit  Warning Cargo.lock:31 audit::yanked [] x1",
            "deps covers [a b]",
            "`old` 1.0.0 is locked; 1.0.1 is compatible, and the newest version is 2.0.0, which needs Rust 1.80",
            "`Major` 1.2.0 is locked; the newest version is 2.0.0, which needs Rust 1.80",
            "yanked: `old` 1.0.0 was yanked from crates.io",
        ];
        assert_eq!(folded(LOCK, &current()), expected);
    }

    #[test]
    fn package_that_the_index_cannot_judge_makes_the_counts_lower_bounds() {
        let replaced = |at: usize, with: InputFile| {
            let mut entries = current();
            entries[at] = with;
            (LOCK.to_owned(), entries)
        };
        let from = |source: &str| {
            let other = LOCK.replacen(
                "registry+https://github.com/rust-lang/crates.io-index",
                source,
                1,
            );
            (other, current())
        };
        let cut = "{\"name\":\"Major\",\"vers\":\"1.";
        let table = [
            (replaced(0, entry("other 1.0.0")), "is not in the index"),
            (replaced(0, entry("Major 1.0.0")), "is newer than the index"),
            (
                replaced(0, file("/index/ma/jo/major", cut)),
                "cannot be read in the index: a line is not as a registry writes it: EOF",
            ),
            (
                from("sparse+https://other.invalid/"),
                "is from another registry",
            ),
        ];
        for ((lock, entries), why) in table {
            let found = folded(&lock, &entries);
            let reason = format!("not every package was judged: `Major` 1.2.0 {why}");
            for start in ["audit.yanked ? >= 1 ", "deps.outdated ? >= 1 "] {
                let start = format!("{start}{reason}");
                assert!(
                    found.iter().any(|line| line.starts_with(&start)),
                    "{start} {found:#?}"
                );
            }
        }
        // Nothing is yanked in a repository, but it may have a newer version.
        let (lock, entries) = from("git+https://other.invalid/#0");
        let found = folded(&lock, &entries);
        assert!(found.contains(&"audit.yanked 1".to_owned()), "{found:#?}");
        let outdated =
            "deps.outdated ? >= 1 not every package was judged: `Major` 1.2.0 is from git";
        assert!(
            found.iter().any(|line| line.starts_with(outdated)),
            "{found:#?}"
        );
    }

    #[test]
    fn unreadable_lockfile_gives_no_value() {
        for lock in [
            "<<<<<<< HEAD",
            "[[package]]\nname = 'a'\n[[ package ]]\nname = \"a\"\n",
        ] {
            let found = folded(lock, &current());
            let reason = "Cargo.lock is not written as cargo writes it";
            let expected = format!("audit.yanked ? the index could not be read: {reason}");
            assert!(found.contains(&expected), "{found:#?}");
        }
    }
}
