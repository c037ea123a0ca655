//! Plans a release: versions, changelog, notes, commit and tags. Judges whether it is ready.

use anyhow::Result;
use semver::Version;

use crate::change::Change;
use crate::edit;
use crate::judge::readiness::{Facts, PlannedTag};
use crate::ops;
use crate::ops::Context;
use crate::ops::bump::{PreparedBump, RejectedBump};
use crate::ops::changelog::files::ChangelogFile;
use crate::ops::changelog::{files, notes, release as cutting};
use crate::ops::evaluate::view;
use crate::ops::evaluate::{self, Measured, Measuring};
use crate::ops::exit::{Exit, Stop};
use crate::ops::readiness::{self, Ahead, Measure};
use crate::options::config::{Changelogs, VERSION};
use crate::options::source::NAME;
use crate::plan::quote;
use crate::probe::relative;
use crate::process::real_path;
use crate::release::bump::{BumpRequest, BumpTarget, Downgrades};
use crate::release::plan::{NewTag, ReleasePlan};
use crate::report::{Report, markdown};
use crate::run::Verdict;
use crate::store::{self, PinName};

/// Options of a release.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReleaseOptions {
    /// Whether only recorded runs are used.
    pub(crate) no_run: bool,
    /// Date of the release, `YYYY-MM-DD`; `None` for today in UTC.
    pub(crate) date: Option<String>,
    /// Whether manifests outside the workspace are edited.
    pub(crate) include_excluded: bool,
    /// Whether ranges that do not admit the new version are rewritten.
    pub(crate) rewrite_ranges: bool,
}

/// A planned release and the judgement of its readiness.
pub(crate) struct PlannedRelease {
    /// The plan; `None` without a commit to release, in which case the release is not ready.
    pub(crate) release: Option<ReleasePlan>,
    /// All changes of files.
    pub(crate) changes: Vec<Change>,
    /// The bump, for its summary and notes.
    pub(crate) bump: PreparedBump,
    pub(crate) report: Report,
    pub(crate) message: String,
    pub(crate) tags: Vec<String>,
    /// Path of the notes file, if one is written.
    pub(crate) notes_file: Option<String>,
    /// Whether all tags are already at this commit.
    tagged: bool,
    interrupted: bool,
}

impl PlannedRelease {
    /// Returns the exit code for this judgement.
    pub(crate) fn exit(&self) -> Exit {
        if self.interrupted {
            Exit::Interrupted
        } else {
            self.report.verdict.into()
        }
    }

    /// Returns whether nothing is left to do.
    pub(crate) fn is_made(&self) -> bool {
        self.tagged && self.changes.is_empty()
    }
}

/// Plans and judges a release. With `execute`, it is about to be made, and missing measurements are
/// made first.
///
/// # Errors
/// If the workspace or the options do not allow a release. A bump that is impossible is a
/// [`RejectedBump`].
pub(crate) fn plan(
    context: &mut Context,
    version: &Version,
    options: &ReleaseOptions,
    execute: bool,
) -> Result<Result<PlannedRelease, RejectedBump>> {
    let measure = match (options.no_run, execute) {
        (true, _) => Measure::Never,
        (false, true) => Measure::Now,
        (false, false) => Measure::Later,
    };
    // What can fail without a measurement comes first, because measuring may take long.
    context.pinned(PinName::Baseline)?;
    check(context, version)?;
    Ahead::default().books(context)?;
    let date = cutting::release_date(context, version, options.date.clone())?;
    let bumped = match bumped(context, version, options)? {
        Ok(bumped) => bumped,
        Err(rejected) => return Ok(Err(rejected)),
    };
    refuse_ignored(context, &bumped.changes)?;
    let mut changes = bumped.changes.clone();
    changes.extend(cut(context, version, &date)?);
    ops::bump::check_edits(context, &changes)?;
    if execute {
        readiness::refuse_lockfile(context)?;
        // The commit would contain changes that were not judged.
        ops::bump::refuse_dirty(context, &changes, "commit or stash them")?;
    }

    if let Some(Err(trouble)) = context.git().ok().map(|git| git.check_identity()) {
        context.warn(&trouble.to_string());
        trouble.hint().iter().for_each(|hint| context.help(hint));
    }

    context.run_all_tests();
    readiness::widen(context)?;
    let wanted = readiness::collectors(context);
    let found = view::current(context, &wanted)?;
    let measuring = if measure.is_off() {
        Measuring::Never
    } else {
        Measuring::Missing
    };
    let Measured {
        mut evaluation,
        interrupted,
        ..
    } = evaluate::judge(context, &wanted, found, measuring)?;
    // Measuring runs code of the workspace.
    if !measure.is_off() {
        context.forget_workspace();
    }
    let ahead = Ahead {
        changes: &changes,
        moves: &bumped.plan.packages,
    };
    let books = ahead.books(context)?;
    let measure = if interrupted { Measure::Never } else { measure };
    let facts = readiness::facts(context, &evaluation, version, &ahead, measure)?;
    readiness::add_checks(context, &mut evaluation.judgement, &facts);
    let report = Report {
        interrupted,
        ..evaluation.report(context)
    };
    let report = readiness::report(context, report, &facts);
    // The report names a changelog that has several sections for the version; without a waiver it is not ready.
    let text = match notes::notes_in(context, &books, version, None) {
        Err(several) if is_ready(&report) => return Err(several.into()),
        found => found.ok().flatten().unwrap_or_default(),
    };
    let page = notes_change(context, version, &page(version, &text, &report))?;
    if execute {
        ops::bump::refuse_dirty(context, page.as_slice(), "commit or stash them")?;
    }
    let notes_file = page.as_ref().map(|change| change.path.clone());
    changes.extend(page);
    // Git commits the file that a link leads to, not the link.
    let mut changes = edit::resolve(context.root(), &changes)?;
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    let message = message(context, version, &facts);
    let tags = new_tags(context, version, &facts, &books, &text);
    let names = tags.iter().map(|tag| tag.name.clone()).collect();
    let release = facts.head.as_ref().ok().map(|head| {
        ReleasePlan::new(
            version.clone(),
            head.clone(),
            &changes,
            message.clone() + "\n",
            tags,
        )
    });
    let tagged = is_tagged(&facts);
    Ok(Ok(PlannedRelease {
        release,
        changes,
        bump: bumped,
        report,
        message,
        tags: names,
        notes_file,
        tagged,
        interrupted,
    }))
}

/// Returns the first line of the commit. It names the packages if only some are released.
fn message(context: &Context, version: &Version, facts: &Facts) -> String {
    let message = context
        .config()
        .releases
        .message
        .replace(VERSION, &version.to_string());
    if context.options.packages.is_empty() {
        return message;
    }
    let names: Vec<&str> = facts
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    format!("{message} ({})", names.join(", "))
}

/// Returns the tags with their messages. The tag of a package has the notes of that package, and any other tag has `notes`.
fn new_tags(
    context: &Context,
    version: &Version,
    facts: &Facts,
    books: &[ChangelogFile],
    notes: &str,
) -> Vec<NewTag> {
    let message = |planned: &PlannedTag| {
        let own = planned.package.as_ref().and_then(|package| {
            // A changelog with several sections is not ready, see above.
            notes::notes_of_package(context, books, version, package)
                .ok()
                .flatten()
        });
        tag(&planned.name, own.as_deref().unwrap_or(notes))
    };
    let tags = facts.tags.iter().map(|planned| NewTag {
        name: planned.name.clone(),
        message: message(planned),
    });
    tags.collect()
}

/// Returns whether every tag exists at the commit to release.
fn is_tagged(facts: &Facts) -> bool {
    let at = |tag: &PlannedTag| matches!((&tag.commit, &facts.head), (Ok(Some(at)), Ok(head)) if at == head);
    !facts.tags.is_empty() && facts.tags.iter().all(at)
}

/// Checks the files that a release of this version needs, so that errors in them are found before anything is measured.
///
/// # Errors
/// If a file cannot be understood, or the changelog or the path of the notes does not allow the release.
pub(crate) fn check(context: &Context, version: &Version) -> Result<()> {
    refuse_long_version(context, version)?;
    readiness::check_files(context)?;
    check_notes_path(context, version)?;
    if context.config().releases.changelogs != Changelogs::None {
        cutting::refuse_taken_section(context, version)?;
    }
    Ok(())
}

/// Rejects a version for whose packages or tags no file can be named, because it is too long.
fn refuse_long_version(context: &Context, version: &Version) -> Result<()> {
    /// Bytes of the longest file name.
    const LONGEST: usize = 255;
    let members = &context.described()?.workspace.members;
    let packages = members
        .iter()
        .map(|member| format!("{}-{version}.crate", member.name));
    // Git creates a tag by renaming such a file.
    let tags = members
        .iter()
        .map(|member| format!("{}-v{version}.lock", member.name));
    let Some(name) = packages.chain(tags).find(|name| name.len() > LONGEST) else {
        return Ok(());
    };
    let what = format!(
        "version `{version}` is too long: the file name of a package or tag would have {} bytes, and {LONGEST} are possible",
        name.len()
    );
    Err(Stop::new(Exit::Usage, what)
        .help("use a shorter prerelease or build metadata")
        .into())
}

fn bumped(
    context: &Context,
    version: &Version,
    options: &ReleaseOptions,
) -> Result<Result<PreparedBump, RejectedBump>> {
    let mut exclude = context.options.excluded.clone();
    exclude.extend(readiness::left_as_they_are(context)?);
    let request = BumpRequest {
        packages: context.options.packages.clone(),
        exclude,
        include_outside: options.include_excluded,
        rewrite_ranges: options.rewrite_ranges,
        downgrades: Downgrades::Refused,
        ..BumpRequest::new(BumpTarget::Exact(version.clone()))
    };
    ops::bump::prepare(context, request)
}

/// Rejects a `replace` rule for a file that git ignores and does not track, because the release commit would not have its
/// change.
fn refuse_ignored(context: &Context, changes: &[Change]) -> Result<()> {
    let root = context.root().canonicalize()?;
    let is_ignored = |file: &str| {
        // Git commits the file that a link leads to.
        let real = root.join(file).canonicalize();
        let real = real.map_or(file.to_owned(), |real| relative(&root, &real));
        is_ignored(context, &real)
    };
    let rules = context.config().releases.replace.iter();
    let mut changed = rules.filter(|rule| changes.iter().any(|change| change.path == rule.file));
    let Some(rule) = changed.find(|rule| is_ignored(&rule.file)) else {
        return Ok(());
    };
    let what = format!(
        "{}:{}: `replace` changes `{}`, which git ignores, so that the change would not be committed",
        rule.asked, rule.line, rule.file
    );
    let file = quote(&rule.file);
    Err(Stop::new(Exit::Usage, what)
        .help(format!(
            "git add --force -- {file}, then commit it (or remove the rule)"
        ))
        .into())
}

/// Returns the changes of changelogs. A changelog without unreleased entries is covered by another
/// check.
fn cut(context: &mut Context, version: &Version, date: &str) -> Result<Vec<Change>> {
    if context.config().releases.changelogs == Changelogs::None {
        return Ok(Vec::new());
    }
    match cutting::changes(context, version, date) {
        Err(error)
            if error
                .downcast_ref::<Stop>()
                .is_some_and(|stop| stop.exit == Exit::Usage) =>
        {
            context.note(&format!("{error:#}"));
            Ok(Vec::new())
        }
        changes => changes,
    }
}

/// Returns the notes as a page: the changelog section, and values before and after.
fn page(version: &Version, notes: &str, report: &Report) -> String {
    let figures =
        markdown::figures(report).map_or_else(String::new, |figures| format!("\n{figures}"));
    format!("# {version}\n\n{}\n{figures}", notes.trim())
}

/// Rejects a notes file that cannot be written or committed, before anything is measured.
fn check_notes_path(context: &Context, version: &Version) -> Result<()> {
    let Some(template) = &context.config().releases.notes else {
        return Ok(());
    };
    let path = template.replace(VERSION, &version.to_string());
    let directory = path.rsplit_once('/').map(|(directory, _)| directory);
    let missing = directory.filter(|directory| !context.root().join(directory).is_dir());
    let (what, first) = if let Some(directory) = missing {
        (
            format!("the directory of the release notes, `{directory}`, does not exist"),
            format!("create `{directory}`, or "),
        )
    } else if context.root().join(&path).is_dir() {
        (
            format!("the path of the release notes, `{path}`, is a directory"),
            String::new(),
        )
    } else if has_another_purpose(context, &path) {
        (
            format!("the release notes cannot be written to `{path}`, which has another purpose"),
            String::new(),
        )
    } else if is_ignored(context, &path) {
        (
            format!("git ignores the release notes, `{path}`, so that they would not be committed"),
            format!("remove `{path}` from .gitignore, or "),
        )
    } else {
        return Ok(());
    };
    Err(Stop::new(Exit::Usage, what)
        .help(format!(
            "{first}change `notes` of [release] in campaign.toml"
        ))
        .into())
}

/// Returns whether a path is a manifest, a lockfile, the configuration or a changelog.
fn has_another_purpose(context: &Context, path: &str) -> bool {
    let root = context.root();
    let file = real_path(&root.join(path));
    let is_of_cargo = file.file_name().is_some_and(|name| {
        ["Cargo.toml", "Cargo.lock", NAME]
            .iter()
            .any(|other| name == *other)
    });
    // Unreadable changelogs are reported by the code that needs them.
    let changelogs = files::find(context).map_or_else(|_| Vec::new(), |found| found.files);
    is_of_cargo
        || changelogs
            .iter()
            .any(|changelog| real_path(&root.join(&changelog.path)) == file)
}

fn is_ignored(context: &Context, path: &str) -> bool {
    let ignored = context
        .git()
        .and_then(|git| git.ignored(&[path.as_bytes()]));
    ignored.is_ok_and(|ignored| !ignored.is_empty())
}

/// Returns the change that writes the configured notes file; `None` without such a file, or if an
/// existing one is kept.
///
/// A file with one name for all releases is rewritten by each of them. Any other existing file is
/// kept.
fn notes_change(context: &mut Context, version: &Version, text: &str) -> Result<Option<Change>> {
    let Some(template) = context.config().releases.notes.clone() else {
        return Ok(None);
    };
    let path = template.replace(VERSION, &version.to_string());
    let file = context.root().join(&path);
    let cannot_read = |error| Stop::new(Exit::CouldNotRun, format!("cannot read {path}: {error}"));
    match std::fs::symlink_metadata(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(Change::create(path, text)));
        }
        Err(error) => return Err(cannot_read(error).into()),
        Ok(found) if found.is_file() && template == path => {
            let before = store::read_text(&file).map_err(cannot_read)?;
            if is_of_another_release(&before, version) {
                return Ok(Some(Change::edit(path.as_str(), before, text)));
            }
        }
        Ok(_) => {}
    }
    context.note(&format!("{path} already exists and is not changed"));
    Ok(None)
}

/// Returns whether [`page`] may have written this text for another version: its first line is a
/// heading with a version, and no other line is.
fn is_of_another_release(text: &str, version: &Version) -> bool {
    let heading = |line: &str| line.strip_prefix("# ")?.trim_end().parse::<Version>().ok();
    let is_another = text
        .lines()
        .next()
        .and_then(heading)
        .is_some_and(|first| first != *version);
    is_another && text.lines().filter_map(heading).count() == 1
}

/// Returns the message of a tag: its name, then the notes.
fn tag(name: &str, notes: &str) -> String {
    format!("{name}\n\n{}\n", notes.trim())
        .trim_end()
        .to_owned()
        + "\n"
}

/// Returns whether the release is ready.
pub(crate) fn is_ready(report: &Report) -> bool {
    report.verdict < Verdict::NoVerdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_another_release_are_told_from_other_texts() {
        for (text, expected) in [
            ("# 1.4.0\n\n### Added\n\n- First.\n", true),
            ("# 1.4.0-rc.1\r\n\r\n```sh\r\n# a comment\r\n```\r\n", true),
            ("# 1.5.0\n\n- By hand.\n", false),
            ("# 1.4.0\n\n# 1.3.0\n", false),
            ("# Notes\n\n# 1.4.0\n", false),
            ("## 1.4.0\n", false),
            ("", false),
        ] {
            assert_eq!(
                is_of_another_release(text, &Version::new(1, 5, 0)),
                expected,
                "{text:?}"
            );
        }
    }
}
