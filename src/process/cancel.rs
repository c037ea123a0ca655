//! The user's request to stop, counted by signal handlers and read by whatever is running.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

#[cfg(unix)]
use super::signals;

/// Counts the requests to stop. Clones share the count.
///
/// The first request ends the running step gently (TERM, then KILL after a grace period), the
/// second one ends it at once.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Requests>);

#[derive(Debug, Default)]
struct Requests {
    count: AtomicUsize,
    /// Guards nothing; the condition variable needs it.
    guard: Mutex<()>,
    arrived: Condvar,
}

impl Cancel {
    /// Starts counting INT, TERM and HUP (Ctrl-C and Ctrl-Break on Windows), except for those that the program was started to
    /// ignore.
    ///
    /// # Errors
    /// If the platform refuses or the process already has a signal handler.
    pub fn install(&self) -> Result<(), ctrlc::Error> {
        let shared = self.clone();
        let handler = move || shared.press();
        // That of an ignored signal counts as a handler, but never runs, because the signal is blocked.
        #[cfg(unix)]
        if signals::blocks_requests() {
            return ctrlc::set_handler(handler);
        }
        ctrlc::try_set_handler(handler)
    }

    /// Adds one request to stop.
    pub fn press(&self) {
        // With the guard, a request cannot fall between the check and the wait of `wait`.
        let _guard = self.0.guard.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.count.fetch_add(1, Ordering::SeqCst);
        self.0.arrived.notify_all();
    }

    /// Waits for a request to stop, at most for this time, and returns whether there was one.
    pub fn wait(&self, longest: Duration) -> bool {
        let guard = self.0.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let _guard = self
            .0
            .arrived
            .wait_timeout_while(guard, longest, |()| !self.is_set());
        self.is_set()
    }

    /// Returns the number of requests to stop.
    pub fn presses(&self) -> usize {
        self.0.count.load(Ordering::SeqCst)
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

    #[test]
    fn wait_ends_with_a_request() {
        let cancel = Cancel::default();
        assert!(!cancel.wait(Duration::ZERO));
        let other = cancel.clone();
        let press = std::thread::spawn(move || other.press());
        assert!(cancel.wait(Duration::from_secs(600)));
        press.join().unwrap();
    }
}
