//! Reading pins, and refusing those that cannot be trusted.

use anyhow::Result;

use super::context::{Context, utc};
use super::exit::{Exit, Stop};
use crate::judge;
use crate::store::{self, Pin, PinName};

/// What to do about a pin that cannot be used.
struct Repairs {
    /// If its content was edited.
    edited: String,
    /// If it is from the future, and the clock of this machine is right.
    future: String,
}

impl Context {
    /// Reads a pin, or the baseline of the revision that is judged by.
    ///
    /// # Errors
    /// If the pin is damaged, was edited by hand, contradicts itself or comes from the future.
    pub(crate) fn pinned(&self, name: PinName) -> Result<Option<Pin>> {
        let file = format!(".campaign/{}", name.file());
        if let (Some(at), PinName::Baseline) = (&self.at, name) {
            // Neither restoring nor pinning in the working tree would change it.
            let repairs = Repairs {
                edited: at.pin(),
                future: at.pin(),
            };
            if let Some(pin) = &at.baseline {
                self.check_content(pin, &format!("{}:{file}", at.name), repairs)?;
            }
            return Ok(at.baseline.clone());
        }
        let pin = self.store.pinned(name)?;
        if let Some(pin) = &pin {
            self.check_pin(pin, &file)?;
        }
        Ok(pin)
    }

    /// Checks that the values of a pin were measured. Otherwise gates would have bounds that were never met.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) fn check_pin(&self, pin: &Pin, file: &str) -> Result<()> {
        let path = self
            .root()
            .join(".campaign")
            .join(file.trim_start_matches(".campaign/"));
        let restore = store::restore(&path);
        let replace = replace_command(file);
        let repairs = Repairs {
            edited: format!("{restore} (or {replace})"),
            future: format!("{replace} (if it is not)"),
        };
        self.check_content(pin, file, repairs)
    }

    fn check_content(&self, pin: &Pin, file: &str, repairs: Repairs) -> Result<()> {
        self.check_pin_time(pin, file, repairs.future)?;
        let why = match judge::contradiction(&pin.view, self.catalogue()) {
            Some(contradiction) => contradiction.to_string(),
            None if pin.edited => "its content does not match its digest".to_owned(),
            None => return Ok(()),
        };
        let stop = Stop::new(
            Exit::CouldNotRun,
            format!("{file} was edited by hand, or merged line by line: {why}"),
        );
        Err(stop.help(repairs.edited).into())
    }

    /// Refuses a pin from the future. A clock was wrong, so that the age of its values is unknown.
    fn check_pin_time(&self, pin: &Pin, file: &str, repair: String) -> Result<()> {
        let latest = self.latest();
        let (verb, when) = match pin {
            pin if pin.view.started > latest => ("measured", pin.view.started),
            pin if pin.pinned > latest => ("pinned", pin.pinned),
            _ => return Ok(()),
        };
        let stop = Stop::new(
            Exit::CouldNotRun,
            format!("{file} was {verb} in the future: {}", utc(when)),
        );
        Err(stop
            .help("set the clock of this machine, if it is behind")
            .help(repair)
            .into())
    }
}

/// Returns the command that replaces a pin which cannot be used.
fn replace_command(file: &str) -> String {
    let command = file
        .trim_start_matches(".campaign/")
        .trim_end_matches(".json");
    format!("cargo campaign {command} --accept \"the reason\"")
}
