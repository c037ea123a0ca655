//! Reports on stdout and in files that the user names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use anyhow::Result;

use super::session::Session;
use super::step_files::StepFiles;
use crate::git::Git;
use crate::ops::exit::{Exit, Stop};
use crate::report::document::Document;
use crate::report::facts::PageFacts;
use crate::report::{FORMATS, Format, KINDS, Look, Report, status};
use crate::store;
use crate::text;
use crate::ui;

/// `--output FORMAT=PATH`, repeatable: one judgement, several files.
#[derive(clap::Args, Debug, Default)]
pub(super) struct Outputs {
    #[arg(long, value_name = "FORMAT=PATH", help = output_help())]
    output: Vec<Output>,
}

fn output_help() -> String {
    let paths = FORMATS.iter().filter(|format| !format.is_terminal());
    let paths: Vec<String> = paths
        .map(|format| format!("{}=PATH", format.name))
        .collect();
    let paths = paths.join(", ");
    format!("Also write the report to a file: {paths} (repeatable)")
}

/// One file.
#[derive(Clone, Debug)]
struct Output {
    format: &'static Format,
    path: PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text
            .split_once('=')
            .ok_or("write FORMAT=PATH, as in json=report.json")?;
        if path.is_empty() {
            return Err("the path is empty".to_owned());
        }
        Ok(Self {
            format: Format::parse(name).ok_or_else(|| unknown(name))?,
            path: PathBuf::from(path),
        })
    }
}

impl Output {
    /// Returns whether the path is that of a directory, which gets the files of the page.
    fn is_directory(&self, session: &Session) -> bool {
        let is_named = self.path.as_os_str().as_encoded_bytes().ends_with(b"/");
        self.format.site.is_some() && (is_named || session.given.cwd.join(&self.path).is_dir())
    }

    /// Returns whether the path is that of a directory that does not exist yet.
    fn creates_directory(&self, session: &Session) -> bool {
        self.is_directory(session) && !session.given.cwd.join(&self.path).is_dir()
    }

    /// Returns the path without a slash at its end.
    fn without_slash(&self) -> PathBuf {
        self.path.components().collect()
    }

    /// Returns the paths of the files.
    fn paths(&self, session: &Session) -> Vec<PathBuf> {
        match self.format.site.filter(|_| self.is_directory(session)) {
            None => vec![self.path.clone()],
            Some(site) => {
                let files = (site.files)("").into_iter();
                files.map(|(name, _)| self.path.join(name)).collect()
            }
        }
    }

    /// Writes the files, each completely or not at all.
    fn write(&self, session: &Session, text: String) -> Result<()> {
        let path = session.given.cwd.join(&self.path);
        let Some(site) = self.format.site.filter(|_| self.is_directory(session)) else {
            return file(session, &path, &text);
        };
        store::create_directory(&path)?;
        for (name, text) in (site.files)(&text) {
            file(session, &path.join(name), &text)?;
        }
        Ok(())
    }
}

/// The look of files: no colour, and the width of a page.
const FILE: Look = Look {
    width: 100,
    unicode: true,
    color: false,
};

impl Outputs {
    /// Refuses paths that cannot or must not be written, before a long run rather than after it.
    pub(super) fn check(&self, session: &Session) -> Result<()> {
        let mut files = BTreeSet::new();
        for output in &self.output {
            let creates = output.creates_directory(session);
            if creates {
                writable("--output", &output.without_slash(), session)?;
            }
            for path in output.paths(session) {
                if !creates {
                    writable("--output", &path, session)?;
                }
                if !is_new(&mut files, &path, session) {
                    return Err(overwritten("--output", &path));
                }
            }
        }
        Ok(())
    }

    /// Returns whether the format on stdout or that of a file shows the history.
    pub(super) fn has_site(&self, session: &Session) -> bool {
        let formats = self.output.iter().map(|output| output.format);
        let mut formats = formats.chain([format(session)]);
        formats.any(|format| format.site.is_some())
    }

    /// Refuses the path of another report of the same command if `--output` names it too; `flag` is what named it.
    pub(super) fn check_beside(&self, flag: &str, path: &Path, session: &Session) -> Result<()> {
        let mut files = BTreeSet::new();
        for output in &self.output {
            for path in output.paths(session) {
                is_new(&mut files, &path, session);
            }
        }
        if is_new(&mut files, path, session) {
            Ok(())
        } else {
            Err(overwritten(flag, path))
        }
    }

    /// Writes the files, each completely or not at all.
    pub(super) fn write(&self, session: &mut Session, report: &Report) -> Result<()> {
        self.write_each(session, |format, now| (format.render)(report, now, &FILE))
    }

    /// Does the same with a page of the report.
    pub(super) fn write_page(
        &self,
        session: &mut Session,
        report: &Report,
        page: &Document,
    ) -> Result<()> {
        self.write_each(session, |format, now| match format.page {
            Some(render) => render(page, &FILE),
            None => (format.render)(report, now, &FILE),
        })
    }

    /// Does the same with the state of the campaign and its history.
    pub(super) fn write_site(
        &self,
        session: &mut Session,
        report: &Report,
        page: &PageFacts<'_>,
    ) -> Result<()> {
        self.write_each(session, |format, now| match format.site {
            Some(site) => (site.render)(page),
            None => (format.render)(report, now, &FILE),
        })
    }

    fn write_each(
        &self,
        session: &mut Session,
        render: impl Fn(&Format, i64) -> String,
    ) -> Result<()> {
        for output in &self.output {
            let mut text = render(output.format, session.now);
            // Workflows print pages, and would execute the commands in their text.
            if output.format.page.is_some() {
                text = text::without_commands(&text).into_owned();
            }
            output.write(session, text)?;
            session
                .ui
                .status("Wrote", &output.path.display().to_string());
        }
        Ok(())
    }
}

/// Adds the file that a path names, and returns whether no earlier path names it. Devices such as `/dev/null` may be named
/// repeatedly.
fn is_new(files: &mut BTreeSet<PathBuf>, path: &Path, session: &Session) -> bool {
    let path = session.given.cwd.join(path);
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        return true;
    }
    let file = fs::canonicalize(&path).ok().or_else(|| new_file(&path));
    files.insert(file.unwrap_or(path))
}

/// Returns the canonical path of a file that does not exist yet.
fn new_file(path: &Path) -> Option<PathBuf> {
    let directory = fs::canonicalize(path.parent()?).ok()?;
    Some(directory.join(path.file_name()?))
}

fn overwritten(flag: &str, path: &Path) -> anyhow::Error {
    let message = format!(
        "{flag} `{}`: another report is written to the same file",
        path.display()
    );
    Stop::new(Exit::Usage, message)
        .help("name a file of its own for each report")
        .into()
}

/// Writes a report to a path that the user chose. It does not count as a source, so results stay current.
pub(super) fn file(session: &Session, path: &Path, text: &str) -> Result<()> {
    store::replace(path, text.as_bytes())?;
    session.store.note_report(text.as_bytes());
    Ok(())
}

/// Refuses a path where a report cannot or must not be written; `flag` is the option that names it.
pub(super) fn writable(flag: &str, asked: &Path, session: &Session) -> Result<()> {
    let path = session.given.cwd.join(asked);
    if ui::is_stdout(&path) {
        let message = format!(
            "{flag} `{}`: it is the standard output, which has the verdict",
            asked.display()
        );
        return Err(Stop::new(Exit::Usage, message)
            .help("--format json (prints the report instead of the verdict)")
            .into());
    }
    let wrong = match path.parent() {
        _ if path.is_dir() => Some("it is a directory"),
        Some(directory) if directory.is_dir() => forbidden(&path, session),
        _ => Some("its directory does not exist"),
    };
    match wrong {
        None => Ok(()),
        Some(wrong) => Err(Stop::new(
            Exit::Usage,
            format!("{flag} `{}`: {wrong}", asked.display()),
        )
        .into()),
    }
}

/// Returns why a report must not be written to a path: a repository must not decide which files of the user are replaced,
/// and a tracked file is only replaced if it is a report.
fn forbidden(path: &Path, session: &Session) -> Option<&'static str> {
    let root = fs::canonicalize(session.root()).ok()?;
    let Some(target) = resolve(path, &root) else {
        return Some("a symbolic link below the workspace root leads out of the workspace");
    };
    if target
        .components()
        // Where the file system ignores case, `.GIT` is the git directory too.
        .any(|part| part.as_os_str().eq_ignore_ascii_case(".git"))
    {
        return Some("it is in the git directory");
    }
    let name = target.strip_prefix(&root).ok()?;
    if name
        .components()
        .next()
        .is_some_and(|first| first.as_os_str().eq_ignore_ascii_case(".campaign"))
    {
        return Some("it is in `.campaign`, which has the records");
    }
    let is_file = fs::metadata(&target).is_ok_and(|found| found.is_file());
    if !is_file || is_report(&target, session) {
        None
    } else if is_tracked(name, session) {
        Some("it is not a report, and git tracks it")
    } else if is_source(name) {
        Some("it is not a report, and may be a source of the workspace")
    } else {
        None
    }
}

/// Returns whether git tracks this file.
fn is_tracked(name: &Path, session: &Session) -> bool {
    let name = name.to_string_lossy().replace('\\', "/");
    Git::at(session.root())
        .tracked(&name)
        .is_ok_and(|tracked| tracked.contains(""))
}

/// Returns whether cargo or this program may read a file of this name.
fn is_source(name: &Path) -> bool {
    let name = name.to_string_lossy();
    [".rs", ".toml", ".lock"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Returns whether a file is a report that was written here, or looks like one: a clone has reports of others.
fn is_report(path: &Path, session: &Session) -> bool {
    let Ok(text) = store::read_text(path) else {
        return false;
    };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let is_markdown = first.starts_with("# ")
        && (is_titled(first)
            || lines
                .nth(1)
                .is_some_and(|verdict| verdict.contains("(exit ")));
    let is_json =
        first == "{" && text.contains("\n  \"gates\": ") && text.contains("\n  \"verdict\": ");
    let is_page = first == "<!DOCTYPE html>" && text.contains(GENERATOR)
        || first.starts_with("/* The style of pages of cargo campaign.");
    text.is_empty() && !is_source(path)
        || is_markdown
        || is_page
        || is_json
        || session
            .store
            .reports()
            .contains(&store::digest(text.as_bytes()))
}

/// What pages in HTML say about the program that wrote them.
const GENERATOR: &str = "<meta name=\"generator\" content=\"cargo-campaign ";

/// Returns whether a line is the title of a page without the line of a verdict with its exit code.
fn is_titled(line: &str) -> bool {
    let mut kinds = KINDS.iter();
    kinds.any(|kind| line.contains(&format!(": {}", kind.title)))
}

/// Resolves the links of a path; `None` if one below the root leads out of it.
fn resolve(path: &Path, root: &Path) -> Option<PathBuf> {
    let mut real = PathBuf::new();
    for part in path.components() {
        let next = match part {
            Component::ParentDir => real.parent().unwrap_or(&real).to_owned(),
            part => real.join(part),
        };
        let followed = fs::canonicalize(&next).unwrap_or_else(|_| next.clone());
        let is_link = fs::symlink_metadata(&next).is_ok_and(|found| found.is_symlink());
        if is_link && next.starts_with(root) && !followed.starts_with(root) {
            return None;
        }
        real = followed;
    }
    Some(real)
}

/// Returns the format for stdout, which is the terminal's by default.
pub(super) fn format(session: &Session) -> &'static Format {
    let name = session.options.format.as_deref();
    name.and_then(Format::parse).unwrap_or(&FORMATS[0])
}

/// Returns whether to print JSON, for a command whose only other format is the terminal's.
///
/// # Errors
/// If another format is requested.
pub(super) fn is_json(session: &Session) -> Result<bool> {
    match session.options.format.as_deref() {
        None | Some("terminal") => Ok(false),
        Some("json") => Ok(true),
        Some(other) => Err(
            Stop::new(Exit::Usage, format!("this command has no format `{other}`"))
                .help("--format terminal or json")
                .into(),
        ),
    }
}

/// Refuses every other format for `what`, which only has a screen. A script that requested JSON must not read text.
///
/// # Errors
/// If another format is requested.
pub(super) fn terminal_only(session: &Session, what: &str) -> Result<()> {
    match session.options.format.as_deref() {
        None | Some("terminal") => Ok(()),
        Some(other) => Err(
            Stop::new(Exit::Usage, format!("`{what}` has no format `{other}`"))
                .help("leave `--format` out")
                .into(),
        ),
    }
}

fn unknown(name: &str) -> String {
    let names = Format::names(", ");
    format!("unknown format `{name}` (expected one of {names})")
}

/// Shows a page of a report, or the report itself in a format of data.
pub(super) fn show_page(session: &mut Session, report: &Report, page: &Document) -> Result<()> {
    match format(session).page {
        None => show(session, report, |_| String::new()),
        Some(render) => {
            session.warn_about_damage();
            let text = render(page, &session.look());
            session.ui.out(&text)?;
            Ok(())
        }
    }
}

/// Shows the state of the campaign with its history, in a format that has it or in another one.
pub(super) fn show_site(
    session: &mut Session,
    report: &Report,
    page: &PageFacts<'_>,
) -> Result<()> {
    let now = session.now;
    match format(session).site {
        None => show(session, report, |look| status::screen(report, now, look)),
        Some(site) => {
            session.warn_about_damage();
            session.ui.out(&(site.render)(page))?;
            Ok(())
        }
    }
}

/// Shows a report: the command's own screen on the terminal, or the complete report in another format.
pub(super) fn show(
    session: &mut Session,
    report: &Report,
    screen: impl FnOnce(&Look) -> String,
) -> Result<()> {
    session.warn_about_damage();
    let format = format(session);
    if format.is_terminal() {
        let text = screen(&session.look());
        session.ui.out(&text)?;
        return Ok(());
    }
    show_in(session, report, format)
}

/// Prints a report in a format for programs. That for GitHub Actions also writes the files of the step.
pub(super) fn show_in(session: &mut Session, report: &Report, format: &Format) -> Result<()> {
    let text = (format.render)(report, session.now, &session.look());
    match format.commands {
        Some(_) => session.ui.commands(&text)?,
        None => session.ui.out(&text)?,
    }
    if format.is_of_github() {
        StepFiles::of(&session.given).write(session, report);
    }
    Ok(())
}

/// Writes the summary and the outputs of a step of GitHub Actions, which only its own format writes otherwise.
pub(super) fn step(session: &Session, report: &Report) {
    if session.options.environment.github && !format(session).is_of_github() {
        StepFiles::of(&session.given).write(session, report);
    }
}
