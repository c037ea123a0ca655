//! The user's request to stop, counted by signal handlers and read by whatever is running.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes a write beyond the file size limit return an error instead of ending the program.
///
/// The signal `SIGXFSZ` is blocked for this purpose. Child processes inherit this setting.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGXFSZ);
        let _ = signals.thread_block();
    }
}

/// Counts the requests to stop. Clones share the count.
///
/// The first request ends the running step gently (TERM, then KILL after a grace period), the
/// second one ends it at once.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicUsize>);

impl Cancel {
    /// Starts counting INT, TERM and HUP (Ctrl-C and Ctrl-Break on Windows).
    ///
    /// # Errors
    /// If the platform refuses or the process already has a signal handler.
    pub fn install(&self) -> Result<(), ctrlc::Error> {
        let shared = self.clone();
        ctrlc::try_set_handler(move || shared.press())
    }

    /// Adds one request to stop.
    pub fn press(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns the number of requests to stop.
    pub fn presses(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Returns whether there was at least one request to stop.
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
