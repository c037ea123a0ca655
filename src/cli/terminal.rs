//! The terminal, shared between a command and the operations that report their progress to it.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Instant;

use super::repeat::Repeat;
use crate::event::Event;
use crate::ops::Notice;
use crate::ops::notice::{MeasurementStart, StepEnded};
use crate::report::document::Document;
use crate::report::terminal::render;
use crate::report::{Look, Report, step};
use crate::ui::Ui;

/// A handle to the terminal. Clones write to the same one.
#[derive(Clone)]
pub(super) struct Terminal {
    ui: Rc<RefCell<Ui>>,
    /// The options that commands in help lines have too.
    repeat: Rc<Repeat>,
}

impl Terminal {
    pub(super) fn new(ui: Ui, repeat: Repeat) -> Self {
        Self {
            ui: Rc::new(RefCell::new(ui)),
            repeat: Rc::new(repeat),
        }
    }

    /// Returns how screens on stdout look.
    pub(super) fn look_out(&self) -> Look {
        self.ui.borrow().look_out()
    }

    /// Returns how messages on stderr look.
    pub(super) fn look_err(&self) -> Look {
        self.ui.borrow().look_err()
    }

    /// Returns the help with the options of the command line, for help lines that are part of a screen.
    pub(super) fn with_options(&self, help: &str) -> String {
        self.repeat.in_help(help)
    }

    /// Adds the options of the command line to the commands that hints of a report name.
    pub(super) fn repeat_options(&self, report: &mut Report) {
        for help in report
            .gates
            .iter_mut()
            .filter_map(|gate| gate.help.as_mut())
        {
            *help = self.with_options(help);
        }
    }

    pub(super) fn is_verbose(&self) -> bool {
        self.ui.borrow().is_verbose()
    }

    /// Prints a result on stdout.
    pub(super) fn out(&self, text: &str) -> io::Result<()> {
        self.ui.borrow_mut().out(text)
    }

    /// Prints a document on stdout.
    pub(super) fn print(&self, document: &Document) -> io::Result<()> {
        self.out(&render(document, &self.look_out()))
    }

    /// Prints a document on stderr.
    pub(super) fn print_err(&self, document: &Document) {
        self.screen(&render(document, &self.look_err()));
    }

    /// Prints workflow commands of our own on stdout.
    pub(super) fn commands(&self, commands: &str) -> io::Result<()> {
        self.ui.borrow_mut().commands(commands)
    }

    /// Prints rendered text on stderr.
    pub(super) fn screen(&self, text: &str) {
        self.ui.borrow_mut().screen(text);
    }

    pub(super) fn status(&self, verb: &str, text: &str) {
        self.ui.borrow_mut().status(verb, text);
    }

    pub(super) fn error(&self, text: &str) {
        self.ui.borrow_mut().error(text);
    }

    pub(super) fn warn(&self, text: &str) {
        self.ui.borrow_mut().warn(text);
    }

    pub(super) fn note(&self, text: &str) {
        self.ui.borrow_mut().note(text);
    }

    /// Shows the next command below a message, with the options of the command line.
    pub(super) fn help(&self, text: &str) {
        self.ui.borrow_mut().help(&self.with_options(text));
    }

    /// Shows a message of an operation.
    pub(super) fn show(&self, notice: &Notice<'_>) {
        match *notice {
            Notice::Status { verb, text } => self.status(verb, text),
            Notice::Note(text) => self.note(text),
            Notice::Warning(text) => self.warn(text),
            Notice::Help(text) => self.help(text),
            Notice::Annotation(line) => self.ui.borrow_mut().annotation(line),
            Notice::Measuring(measuring) => self.measuring(measuring),
            Notice::Event(Event::Idle) => self.ui.borrow_mut().tick(Instant::now()),
            Notice::Event(event) => self.ui.borrow_mut().event(event, Instant::now()),
            Notice::StepEnded(ended) => self.step_ended(ended),
        }
    }

    /// Shows the measurement that is about to begin, and the collectors that cannot run.
    fn measuring(&self, measuring: &MeasurementStart<'_>) {
        let MeasurementStart {
            campaign,
            packages,
            provenance,
            plan,
            expected,
        } = *measuring;
        let text = step::campaign(campaign, packages, provenance, &self.look_err());
        self.status("Campaign", &text);
        self.status("Plan", &step::plan(plan));
        for missing in &plan.missing {
            self.warn(&format!("{}: {}", missing.collector, missing.what));
            self.help(&missing.fix);
        }
        self.ui.borrow_mut().expect(expected.to_vec());
    }

    /// Shows the outcome of a step. If steps follow, also the settings that would make it complete, so that the user can stop
    /// and change them.
    fn step_ended(&self, ended: &StepEnded<'_>) {
        let line = step::line(ended.record, ended.snapshot, ended.step, &self.look_err());
        self.ui.borrow_mut().step(&line);
        if let (Some(cure), false) = (&ended.record.cure, ended.is_last) {
            self.help(cure);
        }
    }
}
