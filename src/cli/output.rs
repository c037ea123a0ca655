//! Reports on stdout and in files that the user names.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Result;

use super::exit::{Exit, Stop};
use super::session::Session;
use crate::report::{FORMATS, Format, Look, Report};
use crate::store;

/// `--output FORMAT=PATH`, repeatable: one judgement, several files.
#[derive(clap::Args, Debug, Default)]
pub(super) struct Outputs {
    /// Also write the report to a file: markdown=PATH, json=PATH (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    output: Vec<Output>,
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
        let (name, path) = text.split_once('=').ok_or("write FORMAT=PATH, as in json=report.json")?;
        if path.is_empty() {
            return Err("the path is empty".to_owned());
        }
        Ok(Self { format: Format::parse(name).ok_or_else(|| unknown(name))?, path: PathBuf::from(path) })
    }
}

/// Files are for everybody: no colour, a width that pages have.
const FILE: Look = Look { width: 100, unicode: true, color: false };

impl Outputs {
    /// The folders exist: said before a long run, not after it.
    pub(super) fn check(&self, session: &Session) -> Result<()> {
        self.output.iter().try_for_each(|output| writable("--output", &output.path, session))
    }

    /// Writes the files, each wholly or not at all.
    pub(super) fn write(&self, session: &mut Session, report: &Report) -> Result<()> {
        for output in &self.output {
            let text = (output.format.render)(report, session.now, &FILE);
            file(session, &session.cwd.join(&output.path), &text)?;
            session.ui.status("Wrote", &output.path.display().to_string());
        }
        Ok(())
    }
}

/// Writes a report where the user wants it. It does not count as a source: the figures stand after it as before.
pub(super) fn file(session: &Session, path: &Path, text: &str) -> Result<()> {
    store::replace(path, text.as_bytes())?;
    session.store.note_report(text.as_bytes());
    Ok(())
}

/// Refuses a path where no file can be; `flag` is what named it.
pub(super) fn writable(flag: &str, asked: &Path, session: &Session) -> Result<()> {
    let path = session.cwd.join(asked);
    let wrong = match path.parent() {
        _ if path.is_dir() => "it is a folder",
        Some(folder) if folder.is_dir() => return Ok(()),
        _ => "it lies in a folder that does not exist",
    };
    Err(Stop::new(Exit::Usage, format!("{flag} {}: {wrong}", asked.display())).into())
}

/// The format for stdout; the terminal's own screens when none is asked for.
pub(super) fn format(session: &Session) -> Result<&'static Format> {
    let Some(name) = session.options.format.as_deref() else { return Ok(&FORMATS[0]) };
    Format::parse(name).ok_or_else(|| Stop::new(Exit::Usage, unknown(name)).into())
}

/// Is JSON asked for? For commands that have no other format beside the terminal's.
pub(super) fn is_json(session: &Session) -> Result<bool> {
    match session.options.format.as_deref() {
        None | Some("terminal") => Ok(false),
        Some("json") => Ok(true),
        Some(other) => Err(Stop::new(Exit::Usage, format!("`{other}` is no format of this command"))
            .help("--format terminal or json")
            .into()),
    }
}

fn unknown(name: &str) -> String {
    let names = FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
    format!("`{name}` is no format; there are {names}")
}

/// Shows a report: the command's own screen for people, else the whole report in the format asked for.
pub(super) fn show(session: &mut Session, report: &Report, screen: impl FnOnce(&Look) -> String) -> Result<()> {
    session.say_damage();
    let format = format(session)?;
    let look = session.look();
    let text = if format.is_terminal() { screen(&look) } else { (format.render)(report, session.now, &look) };
    session.ui.out(&text)?;
    Ok(())
}
