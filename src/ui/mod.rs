//! The terminal: status lines, messages, screens and progress. The only module that writes to it.
//!
//! Status lines, messages and progress go to stderr and results to stdout, so that a pipe gets only results. Text is
//! escaped here, or by the renderer of a screen. Workflow commands of a CI system are defused in everything that is
//! written, because only wrapped lines show where a line begins. The caller knows the environment and the capabilities of
//! the terminal.

mod progress;

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::Instant;

use anstream::{AutoStream, ColorChoice};

use crate::event::{Event, Expected};
use crate::report::line::{Line, page};
use crate::report::step::StepLine;
use crate::report::style::{Look, Style};
use crate::text::without_commands;

use progress::Progress;

/// Returns whether a path is the standard output under another name, such as `/dev/stdout`. `/dev/null` never is: nothing
/// can be mixed up there.
#[cfg(unix)]
pub fn is_stdout(path: &Path) -> bool {
    use std::fs::File;
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let stdout = io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .map(File::from)
        .and_then(|stdout| stdout.metadata());
    let (Ok(stdout), Ok(named)) = (stdout, path.metadata()) else {
        return false;
    };
    let is_null = Path::new("/dev/null")
        .metadata()
        .is_ok_and(|null| null.rdev() == named.rdev() && null.ino() == named.ino());
    (stdout.dev(), stdout.ino()) == (named.dev(), named.ino()) && !is_null
}

/// Returns false: the file system has no name for the standard output.
#[cfg(not(unix))]
pub fn is_stdout(_: &Path) -> bool {
    false
}

/// How much is written to stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings and errors.
    Quiet,
    /// Status lines and progress too.
    #[default]
    Normal,
    /// Passing evidence, noise and commands too.
    Verbose,
}

/// The capabilities of the terminal and the wishes of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How much is written to stderr.
    pub verbosity: Verbosity,
    /// Colours on stdout.
    pub color_out: bool,
    /// Colours on stderr.
    pub color_err: bool,
    /// Signs beyond ASCII.
    pub unicode: bool,
    /// Columns; 80 when unknown.
    pub width: usize,
    /// Whether progress bars are drawn: on a terminal, except in CI and on a dumb terminal. Otherwise a line is written
    /// after every minute of silence.
    pub bars: bool,
}

/// The terminal.
pub struct Ui {
    settings: Settings,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    closed: bool,
    progress: Progress,
}

impl Ui {
    /// Returns a terminal that writes to stdout and stderr.
    pub fn new(settings: Settings) -> Self {
        let out = AutoStream::new(io::stdout(), color_choice(settings.color_out));
        let err = AutoStream::new(io::stderr(), color_choice(settings.color_err));
        Self::with(settings, Box::new(out), Box::new(err))
    }

    /// Returns a terminal that writes to `out` and `err`.
    pub fn with(
        settings: Settings,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
    ) -> Self {
        let bars = settings.bars && settings.verbosity > Verbosity::Quiet;
        let progress = Progress::new(bars, Self::look(&settings, settings.color_err));
        Self {
            settings,
            out,
            err,
            closed: false,
            progress,
        }
    }

    fn look(settings: &Settings, color: bool) -> Look {
        Look {
            width: settings.width,
            unicode: settings.unicode,
            color,
        }
    }

    /// Returns the look of screens for stdout.
    pub fn look_out(&self) -> Look {
        Self::look(&self.settings, self.settings.color_out)
    }

    /// Returns the look of screens for stderr.
    pub fn look_err(&self) -> Look {
        Self::look(&self.settings, self.settings.color_err)
    }

    /// Returns whether `--verbose` was given.
    pub fn is_verbose(&self) -> bool {
        self.settings.verbosity == Verbosity::Verbose
    }

    /// Writes a status line in cargo's look: `    Recorded run 20261120-101502-4f2c`.
    pub fn status(&mut self, verb: &str, text: &str) {
        self.status_right(verb, text, "");
    }

    /// Writes a status line with a remark at the right edge, such as how long a step took.
    pub fn status_right(&mut self, verb: &str, text: &str, right: &str) {
        self.status_line(Style::Good, verb, text, right);
    }

    /// Writes the outcome of a step. A step without complete values is not green.
    pub fn step(&mut self, line: &StepLine) {
        let style = if line.whole {
            Style::Good
        } else {
            Style::Caution
        };
        self.status_line(style, &line.verb, &line.text, &line.right);
    }

    fn status_line(&mut self, style: Style, verb: &str, text: &str, right: &str) {
        if self.settings.verbosity > Verbosity::Quiet {
            let line = status_line(style, verb, text, right, &self.look_err());
            self.say(line, VERB);
        }
    }

    /// Writes `error: ..`, also if quiet.
    pub fn error(&mut self, text: &str) {
        self.message(Style::Bad, "error", text);
    }

    /// Writes `warning: ..`, also if quiet.
    pub fn warn(&mut self, text: &str) {
        self.message(Style::Caution, "warning", text);
    }

    /// Writes `note: ..` unless quiet.
    pub fn note(&mut self, text: &str) {
        if self.settings.verbosity > Verbosity::Quiet {
            self.message(Style::Hint, "note", text);
        }
    }

    /// Writes the next command below a message as `   help: ..`, also if quiet.
    pub fn help(&mut self, text: &str) {
        let line = Line::styled(Style::Hint, "   help").text(": ").text(text);
        self.screen(&page(&[line], &self.look_err()));
    }

    /// Indents further lines of a message, so that none of them looks like another message.
    fn message(&mut self, style: Style, word: &str, text: &str) {
        let (mut lines, indent) = (text.lines(), word.len() + 2);
        self.say(
            Line::styled(style, word)
                .text(": ")
                .text(lines.next().unwrap_or_default()),
            indent,
        );
        lines.for_each(|line| self.say(Line::of(&" ".repeat(indent)).text(line), indent));
    }

    /// Writes a line. A person's terminal would break it anywhere, so it is folded there; logs are searched line by line.
    fn say(&mut self, line: Line, indent: usize) {
        let look = self.look_err();
        let lines = if self.settings.bars {
            line.fold(indent, &look)
        } else {
            vec![line]
        };
        self.screen(&page(&lines, &look));
    }

    /// Writes a rendered screen (with its line ends) to stderr. A closed stderr is not an error.
    pub fn screen(&mut self, rendered: &str) {
        let (err, rendered) = (&mut self.err, without_commands(rendered));
        self.progress.aside(|| {
            let _ = err
                .write_all(rendered.as_bytes())
                .and_then(|()| err.flush());
        });
    }

    /// Writes a command for the runner of GitHub Actions to stderr as it is. The caller has escaped it.
    pub fn annotation(&mut self, line: &str) {
        let err = &mut self.err;
        self.progress.aside(|| {
            let _ = writeln!(err, "{line}").and_then(|()| err.flush());
        });
    }

    /// Writes a result (with its line ends) to stdout. If the reader has closed the pipe, the rest is dropped.
    ///
    /// # Errors
    /// If writing fails for another reason, such as a full disk.
    pub fn out(&mut self, rendered: &str) -> io::Result<()> {
        self.write_out(&without_commands(rendered))
    }

    /// Writes workflow commands of our own to stdout, as [`Ui::out`] does with other text. The renderer has escaped all data in
    /// them.
    ///
    /// # Errors
    /// As for [`Ui::out`].
    pub fn commands(&mut self, commands: &str) -> io::Result<()> {
        self.write_out(commands)
    }

    fn write_out(&mut self, rendered: &str) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let out = &mut self.out;
        match self.progress.aside(|| {
            out.write_all(rendered.as_bytes())
                .and_then(|()| out.flush())
        }) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            done => done.map_err(|error| {
                io::Error::new(error.kind(), format!("cannot write to stdout: {error}"))
            }),
        }
    }

    /// Sets the expectations for the steps to come, from earlier runs.
    pub fn expect(&mut self, steps: Vec<Expected>) {
        self.progress.expect(steps);
    }

    /// Shows the progress of the running step. `now` comes from the monotonic clock.
    pub fn event(&mut self, event: &Event, now: Instant) {
        self.progress.event(event, now);
    }

    /// Shows a progress bar that is due, or breaks a long silence. Call it about once a second while a step runs.
    pub fn tick(&mut self, now: Instant) {
        if let Some((doing, text, right)) = self.progress.tick(now) {
            self.status_right(&doing, &text, &right);
        }
    }
}

fn color_choice(color: bool) -> ColorChoice {
    if color {
        ColorChoice::Always
    } else {
        ColorChoice::Never
    }
}

/// Where the text of a status line begins, as in cargo's.
const VERB: usize = 13;

/// `      Linted 391 units, 12 warnings                          1m 12s`
fn status_line(style: Style, verb: &str, text: &str, right: &str, look: &Look) -> Line {
    let line = Line::styled(style, verb)
        .right(VERB - 1)
        .text(" ")
        .text(text);
    if right.is_empty() {
        return line;
    }
    let room = look
        .measure()
        .saturating_sub(line.width())
        .max(right.len() + 2);
    line.join(Line::styled(Style::Quiet, right).right(room))
}

#[cfg(test)]
mod tests;
