//! The locks of `.campaign/` and of a target directory, and completing interrupted edits.
//!
//! One measurement or one edit runs at a time. An interrupted edit leaves a journal behind; the next command that gets the
//! lock completes the edit or rolls it back.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::context::{Context, utc};
use super::exit::{Exit, Stop};
use crate::edit::{self, Recovered};
use crate::event::Ending;
use crate::report::figure::counted;
use crate::store::{self, Holder, Lock};

/// Interval at which a lock of another command is tried again.
const POLL: Duration = Duration::from_millis(100);

impl Context {
    /// Waits for the lock and takes it.
    ///
    /// # Errors
    /// If the lock cannot be taken, or the user stops the wait.
    pub(crate) fn lock(&self) -> Result<Lock> {
        Ok(self.wait_for_lock()?.0)
    }

    /// Waits for the lock, takes it, and returns whether another command held it before.
    ///
    /// # Errors
    /// If the lock cannot be taken, or the user stops the wait.
    pub(crate) fn wait_for_lock(&self) -> Result<(Lock, bool)> {
        let take = |holder: &Holder| self.store.lock(holder);
        let (lock, waited) = self.wait_for(&take, &|| self.stop_if_interrupted())?;
        let lock = lock?;
        lock.note.iter().for_each(|note| self.note(note));
        self.recover()?;
        self.store.remove_stale(self.now());
        Ok((lock, waited))
    }

    /// Waits for the lock of a target directory, at most for a time, and takes it.
    ///
    /// # Errors
    /// If the lock cannot be taken, the time is over, or the user stops the wait.
    pub(crate) fn lock_target_dir(&self, file: &Path, longest: Duration) -> Result<Lock, Ending> {
        // A time that is too long for the clock has no end.
        let end = Instant::now().checked_add(longest);
        let may_wait = || match self.cancel.is_set() {
            true => Err(Ending::Interrupted),
            false if end.is_some_and(|end| Instant::now() >= end) => Err(Ending::TimedOut),
            false => Ok(()),
        };
        let take = |holder: &Holder| store::lock_file(file, holder);
        let (lock, _) = self.wait_for(&take, &may_wait)?;
        let lock = lock.map_err(|error| Ending::NotStarted(error.to_string()))?;
        lock.note.iter().for_each(|note| self.note(note));
        Ok(lock)
    }

    /// Takes a lock as soon as no other command holds it, and returns whether one did. `may_wait` ends the wait with an
    /// error.
    fn wait_for<E>(
        &self,
        take: &dyn Fn(&Holder) -> Result<Lock, store::Error>,
        may_wait: &dyn Fn() -> Result<(), E>,
    ) -> Result<(Result<Lock, store::Error>, bool), E> {
        let mut waited = false;
        loop {
            match take(&self.holder()) {
                Err(store::Error::Busy(holder)) => {
                    if !waited {
                        self.install_signal_handler();
                    }
                    may_wait()?;
                    if !waited {
                        self.status("Waiting", &format!("for another cargo campaign: {holder}"));
                    }
                    waited = true;
                    std::thread::sleep(POLL);
                }
                taken => return Ok((taken, waited)),
            }
        }
    }

    /// Takes the lock. `None` if another command holds it.
    ///
    /// # Errors
    /// If the lock cannot be taken.
    pub(crate) fn try_lock(&self) -> Result<Option<Lock>> {
        match self.store.lock(&self.holder()) {
            Ok(lock) => Ok(Some(lock)),
            Err(store::Error::Busy(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the description of this command for those that wait for the lock.
    pub(super) fn holder(&self) -> Holder {
        Holder {
            pid: std::process::id(),
            command: format!("cargo campaign {}", self.command),
            since: utc(self.now()),
        }
    }

    /// Completes or rolls back an edit that was interrupted. Without a journal this looks at the disk once.
    ///
    /// An edit that is in progress holds the lock and is left alone.
    ///
    /// # Errors
    /// If the journal cannot be followed, or this command edits files and git tracks the journal.
    pub(crate) fn resume_pending_edit(&self) -> Result<()> {
        let journal = self.store.journal();
        if !journal.exists() {
            return Ok(());
        }
        if self.store.has_tracked_journal() {
            return self.refuse_tracked_journal(&journal);
        }
        match self.store.lock(&self.holder()) {
            Ok(_lock) => self.recover()?,
            Err(store::Error::Busy(_)) => {}
            // Without an edit to complete, the lock is not needed.
            Err(_) if !edit::is_open(&journal) => {}
            Err(error) => return Err(error.into()),
        }
        if self.command != "release" && self.store.release_file().exists() {
            self.warn("a release is not finished");
            self.help("cargo campaign release --resume (or --abort)");
        }
        Ok(())
    }

    /// Ignores a journal that was committed. It does not describe this machine, and following it would let the repository
    /// write any file.
    fn refuse_tracked_journal(&self, journal: &Path) -> Result<()> {
        let journal = journal.display();
        let keep = "git rm -r --cached .campaign/journal (if it is yours: keeps the files)";
        let remove = "git rm -r .campaign/journal (if somebody else committed it)";
        if matches!(self.command, "bump" | "release" | "changelog") {
            return Err(Stop::new(
                Exit::CouldNotRun,
                format!("git tracks {journal}, which must not be committed"),
            )
            .help(keep)
            .help(remove)
            .into());
        }
        self.warn(&format!(
            "ignoring {journal}: git tracks it, so no edit was interrupted here"
        ));
        self.help(keep);
        self.help(remove);
        Ok(())
    }

    /// Completes or rolls back an interrupted edit. The caller holds the lock.
    fn recover(&self) -> Result<()> {
        const SHOWN: usize = 3;
        if self.store.has_tracked_journal() {
            return Ok(());
        }
        let (verb, files) = match edit::recover(self.root(), &self.store.journal())? {
            None => return Ok(()),
            Some(Recovered::Finished(files)) => ("finished", files),
            Some(Recovered::TakenBack(files)) => ("rolled back", files),
        };
        let names = files[..files.len().min(SHOWN)].join(", ");
        let more = if files.len() > SHOWN { ", .." } else { "" };
        self.note(&format!(
            "{verb} an interrupted edit of {}: {names}{more}",
            counted(files.len(), "file")
        ));
        Ok(())
    }
}
