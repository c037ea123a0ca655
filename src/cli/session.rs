//! What every command has: the context of its operations, and the terminal.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use anyhow::Result;

use super::terminal::Terminal;
use crate::ops::evaluate::Evaluation;
use crate::ops::policy::AtRevision;
use crate::ops::{Context, Services};
use crate::options::{Environment, Flags, Options, Refused, Tty};
use crate::process::Cancel;
use crate::report::{Look, Report};

/// What options are resolved from, apart from files.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) flags: Flags,
    pub(super) environment: Environment,
    pub(super) tty: Tty,
    /// The working directory, which paths in options are relative to.
    pub(super) cwd: PathBuf,
    pub(super) clock: fn() -> SystemTime,
}

impl Given {
    /// Resolves the options from the files as they are now.
    ///
    /// # Errors
    /// If an option or the configuration is invalid.
    pub(super) fn resolve(&self) -> Result<Options, Refused> {
        let (flags, environment) = (self.flags.clone(), self.environment.clone());
        Options::resolve(flags, environment, self.tty, &self.cwd)
    }
}

/// A command's surroundings. It dereferences to the [`Context`] of its operations.
pub(super) struct Session {
    context: Context,
    pub(super) ui: Terminal,
    /// What its options were resolved from.
    pub(super) given: Given,
    /// Start of the command, in Unix seconds. Ages on screens are relative to it.
    pub(super) now: i64,
}

impl Deref for Session {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Context {
        &mut self.context
    }
}

impl Session {
    /// Prepares a command: shows notes of the configuration and completes an interrupted edit.
    pub(super) fn new(
        ui: Terminal,
        options: Options,
        given: Given,
        command: &'static str,
        at: Option<AtRevision>,
    ) -> Result<Self> {
        let terminal = ui.clone();
        let services = Services {
            clock: Rc::new(given.clock),
            cancel: Cancel::default(),
            notices: Rc::new(move |notice| terminal.show(notice)),
        };
        let context = Context::new(options, command, &services).at(at);
        let session = Self {
            now: context.now(),
            context,
            ui,
            given,
        };
        for note in &session.options.config.notes {
            session.ui.note(note);
        }
        if let Some(at) = &session.at {
            session.ui.note(&at.describe());
        }
        session.resume_pending_edit()?;
        Ok(session)
    }

    /// Returns the facts and the terminal, for a command that prints while it reads.
    pub(super) fn parts(&mut self) -> (&Context, &mut Terminal) {
        (&self.context, &mut self.ui)
    }

    /// Returns the public report of an evaluation. Its hints name commands with the options of this one.
    pub(super) fn report(&self, evaluation: &Evaluation) -> Report {
        let mut report = evaluation.report(self);
        self.ui.repeat_options(&mut report);
        report
    }

    /// Returns how screens on stdout look.
    pub(super) fn look(&self) -> Look {
        self.ui.look_out()
    }
}

/// Reads the system's clock.
#[expect(clippy::disallowed_methods, reason = "cli owns the clock")]
pub(super) fn system_now() -> SystemTime {
    SystemTime::now()
}
