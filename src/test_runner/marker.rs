//! What kind of executable a file is: libtest's, a bundle of doctests, another one.
//!
//! `harness` is not in cargo's metadata, and rustdoc does not tell a bundle from a single doctest. But every libtest
//! executable contains the name of a variable that libtest reads, [`LIBTEST`] (plain ones and libtest-mimic's do not), and
//! every bundle that of a variable with which it starts itself, [`BUNDLE`]. Reads bytes; knows nothing of object formats.

use std::io::{ErrorKind, Read};

/// A variable that only libtest reads.
const LIBTEST: &[u8] = b"RUST_TEST_SHUFFLE_SEED";
/// A variable that only merged doctests read.
const BUNDLE: &[u8] = b"RUSTDOC_DOCTEST_RUN_NB_TEST";
const BLOCK: usize = 1 << 20;

/// Returns whether an executable has libtest in it. Unreadable is no.
pub(super) fn is_libtest(from: impl Read) -> bool {
    holds(from, LIBTEST)
}

/// Returns whether an executable is a bundle of merged doctests. Unreadable is no.
pub(super) fn is_doctest_bundle(from: impl Read) -> bool {
    holds(from, BUNDLE)
}

/// The marker is somewhere in what `from` gives.
fn holds(mut from: impl Read, marker: &[u8]) -> bool {
    let skips = skips(marker);
    let mut buffer = vec![0; BLOCK + marker.len()];
    let mut held = 0;
    loop {
        match from.read(&mut buffer[held..]) {
            Ok(0) => return false,
            Ok(read) => {
                let end = held + read;
                if contains(&buffer[..end], marker, &skips) {
                    return true;
                }
                // What could be the first part of a marker is looked at again with the next block.
                let keep = end.min(marker.len() - 1);
                buffer.copy_within(end - keep..end, 0);
                held = keep;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// How far the marker may be moved when its last place meets this byte (Horspool's table).
///
/// Looking at every byte of a few large debug builds would cost more than running their tests.
fn skips(marker: &[u8]) -> [usize; 256] {
    let last = marker.len() - 1;
    let mut skips = [marker.len(); 256];
    for (at, byte) in marker[..last].iter().enumerate() {
        skips[usize::from(*byte)] = last - at;
    }
    skips
}

fn contains(text: &[u8], marker: &[u8], skips: &[usize; 256]) -> bool {
    let mut at = 0;
    while let Some(window) = text.get(at..at + marker.len()) {
        if window == marker {
            return true;
        }
        at += skips[usize::from(window[marker.len() - 1])];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes a few at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(into.len()).min(self.0.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn the_marker_is_found_wherever_it_lies() {
        for before in [0, 1, 21, 22, 23, 100, BLOCK - 1, BLOCK, BLOCK + 5] {
            let mut text = vec![b'R'; before];
            text.extend_from_slice(LIBTEST);
            text.extend_from_slice(b"tail");
            assert!(is_libtest(text.as_slice()), "{before} bytes before it");
            let without = &text[..before + LIBTEST.len() - 1];
            assert!(!is_libtest(without), "{before} bytes and a torn marker");
        }
    }

    #[test]
    fn the_marker_is_found_across_small_reads() {
        let text = [&[0_u8; 50][..], LIBTEST, &[1; 50]].concat();
        for step in [1, 3, 7, 22] {
            assert!(is_libtest(Slow(&text, step)), "{step} bytes at a time");
            assert!(
                !is_libtest(Slow(&text[..60], step)),
                "{step} bytes at a time"
            );
        }
    }

    #[test]
    fn this_test_executable_is_one() {
        let own = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
        assert!(is_libtest(own));
        assert!(!is_libtest(std::io::empty()));
    }
}
