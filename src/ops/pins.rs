//! Reading pins, and refusing those that cannot be trusted.

use std::path::Path;

use anyhow::Result;

use super::context::{Context, utc};
use super::exit::{Exit, Stop};
use crate::judge;
use crate::plan::quote;
use crate::store::{self, Pin, PinName, Store};

/// The number of committed versions of a pin among which a sound one is looked for.
const VERSIONS: usize = 50;

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
        let file = path_of(name);
        if let (Some(at), PinName::Baseline) = (&self.at, name) {
            // Neither restoring nor pinning in the working tree would change it.
            let repairs = || Repairs {
                edited: at.pin(),
                future: at.pin(),
            };
            if let Some(pin) = &at.baseline {
                self.check_content(pin, &format!("{}:{file}", at.name), repairs)?;
            }
            return Ok(at.baseline.clone());
        }
        let pin = self
            .store
            .pinned(name)
            .map_err(|error| self.unreadable(name, error))?;
        if let Some(pin) = &pin {
            self.check_pin(pin, name)?;
        }
        Ok(pin)
    }

    /// Returns the error for a pin of the working tree that cannot be read.
    fn unreadable(&self, name: PinName, error: store::Error) -> anyhow::Error {
        if !error.is_broken_pin() {
            return error.into();
        }
        let stop = Stop::new(Exit::CouldNotRun, error.to_string());
        let repair = self.pin_repair(name, &error);
        repair.into_iter().fold(stop, Stop::help).into()
    }

    /// Returns what to do about a pin of the working tree that cannot be read.
    pub(crate) fn pin_repair(&self, name: PinName, error: &store::Error) -> Option<String> {
        match (error, name) {
            // A measurement of the merged sources finds the improvements of the other side again.
            (store::Error::Conflicted { .. }, PinName::Baseline) => {
                let restore = self.restore_command(name);
                let resolve = restore
                    .map(|restore| format!("{restore} (then cargo campaign baseline --ratchet)"));
                Some(resolve.unwrap_or_else(|| replace_command(name)))
            }
            (store::Error::Pin { .. }, _) => Some(self.restore_or_replace(name)),
            _ => error.hint(),
        }
    }

    fn restore_or_replace(&self, name: PinName) -> String {
        let replace = replace_command(name);
        match self.restore_command(name) {
            Some(restore) => format!("{restore} (or {replace})"),
            None => replace,
        }
    }

    /// Returns the command that restores the last sound pin that was committed. The damage itself may be committed.
    fn restore_command(&self, name: PinName) -> Option<String> {
        let git = self.git().ok()?;
        let file = path_of(name);
        let commits = git.commits_of(&file, VERSIONS).ok()?;
        let sound = commits.iter().position(|commit| {
            let bytes = git.file_at(commit, &file).ok().flatten();
            let pin = bytes.and_then(|bytes| Store::pin_in(&file, &bytes).ok());
            pin.is_some_and(|pin| self.flaw(&pin).is_none() && self.future(&pin).is_none())
        });
        let revision = match sound? {
            0 => "HEAD",
            older => commits[older].get(..9)?,
        };
        let path = typed(&self.root().join(file));
        Some(format!("git checkout {revision} -- {path}"))
    }

    /// Checks that the values of a pin of the working tree were measured. Otherwise gates would have bounds that were
    /// never met.
    ///
    /// # Errors
    /// If they were not.
    pub(crate) fn check_pin(&self, pin: &Pin, name: PinName) -> Result<()> {
        self.check_content(pin, &path_of(name), || Repairs {
            edited: self.restore_or_replace(name),
            future: format!("{} (if it is not)", replace_command(name)),
        })
    }

    fn check_content(
        &self,
        pin: &Pin,
        file: &str,
        repairs: impl FnOnce() -> Repairs,
    ) -> Result<()> {
        if let Some(when) = self.future(pin) {
            let message = format!("{file} was {when}");
            return Err(Stop::new(Exit::CouldNotRun, message)
                .help("set the clock of this machine, if it is behind")
                .help(repairs().future)
                .into());
        }
        let Some(flaw) = self.flaw(pin) else {
            return Ok(());
        };
        let message = format!("{file} was edited by hand, or merged line by line: {flaw}");
        let stop = Stop::new(Exit::CouldNotRun, message);
        Err(stop.help(repairs().edited).into())
    }

    /// Returns why the values of a pin were not measured, as a fragment.
    fn flaw(&self, pin: &Pin) -> Option<String> {
        match judge::contradiction(&pin.view, self.catalogue()) {
            Some(contradiction) => Some(contradiction.to_string()),
            None => pin
                .edited
                .then(|| "its content does not match its digest".to_owned()),
        }
    }

    /// Returns when a pin was made, if that is in the future: `pinned in the future: 2027-01-02 10:15:02Z`. A clock was
    /// wrong, so that the age of its values is unknown.
    fn future(&self, pin: &Pin) -> Option<String> {
        let latest = self.latest();
        let (verb, when) = match pin {
            pin if pin.view.started > latest => ("measured", pin.view.started),
            pin if pin.pinned > latest => ("pinned", pin.pinned),
            _ => return None,
        };
        Some(format!("{verb} in the future: {}", utc(when)))
    }
}

/// Returns the path of a pin, relative to the root directory.
fn path_of(name: PinName) -> String {
    format!(".campaign/{}", name.file())
}

/// Returns a path as an argument: relative if the file lies below the current directory, as given otherwise.
fn typed(file: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| file.strip_prefix(here).ok());
    quote(&below.unwrap_or(file).display().to_string())
}

/// Returns the command that replaces a pin which cannot be used.
fn replace_command(name: PinName) -> String {
    let command = name.file().trim_end_matches(".json");
    format!("cargo campaign {command} --accept \"the reason\"")
}
