//! Signals that this program must not react to.
//!
//! Only an unsafe call can restore that a signal is ignored. A blocked signal has the same effect on this program, but
//! children inherit it, and one that handles the signal would not receive it: see [`blocks_requests`].

#[cfg(unix)]
use nix::sys::signal::{SigSet, Signal};

/// The signals that ask a program to stop.
#[cfg(unix)]
const REQUESTS: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Blocks SIGXFSZ, so that a write beyond the file size limit returns an error instead of ending the program, and requests to
/// stop that the program was started to ignore, as by `nohup` or in the background of a script. They remain ignored when the
/// others get a handler.
///
/// Must be called before a thread is started, which inherits the blocked signals.
pub fn block() {
    #[cfg(unix)]
    {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGXFSZ);
        ignored().for_each(|signal| signals.add(signal));
        let _ = signals.thread_block();
    }
}

/// Returns whether a request to stop is blocked.
#[cfg(unix)]
pub(super) fn blocks_requests() -> bool {
    SigSet::thread_get_mask().is_ok_and(|mask| REQUESTS.iter().any(|one| mask.contains(*one)))
}

/// Returns the requests to stop that this program ignores. They are known on Linux only.
#[cfg(unix)]
fn ignored() -> impl Iterator<Item = Signal> {
    let status = crate::store::read_text(std::path::Path::new("/proc/self/status"));
    let mask = status.ok().and_then(|text| ignored_mask(&text));
    REQUESTS
        .into_iter()
        .filter(move |signal| mask.is_some_and(|mask| mask >> (*signal as u32 - 1) & 1 == 1))
}

/// Returns the bits of the ignored signals, of which SIGHUP is the first.
#[cfg(unix)]
fn ignored_mask(status: &str) -> Option<u64> {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_the_process() {
        for (text, mask) in [
            (
                "SigBlk:\t0000000000000001\nSigIgn:\t0000000000001006\n",
                Some(0x1006),
            ),
            ("SigIgn:\tx", None),
            ("", None),
        ] {
            assert_eq!(ignored_mask(text), mask, "{text}");
        }
    }
}
