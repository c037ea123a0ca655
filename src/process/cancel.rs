//! The user's wish to stop: a counter that signals add to and the driver reads.
//!
//! Owns the signal handler. Must not know what is being stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes a write beyond the limit on file sizes fail with an error. Otherwise the signal that comes with it would end the
/// program without a word. Children start without this.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGXFSZ);
        let _ = signals.thread_block();
    }
}

/// How often the user asked to stop. Clones share the count.
///
/// One press ends the running step gently (TERM, then KILL after a grace period); a second one ends it now.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicUsize>);

impl Cancel {
    /// Counts INT, TERM and HUP (Ctrl-C and Ctrl-Break on Windows) from now on.
    ///
    /// # Errors
    /// When the platform refuses, or a handler is there already: it can be installed once in a process.
    pub fn install(&self) -> Result<(), ctrlc::Error> {
        let shared = self.clone();
        ctrlc::try_set_handler(move || shared.press())
    }

    /// What a signal does.
    pub fn press(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// How many signals came so far.
    pub fn presses(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// At least one signal came.
    pub fn is_set(&self) -> bool {
        self.presses() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_count() {
        let cancel = Cancel::default();
        assert!(!cancel.is_set());
        let other = cancel.clone();
        other.press();
        other.press();
        assert_eq!((cancel.presses(), cancel.is_set()), (2, true));
    }
}
