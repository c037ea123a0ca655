//! Recognizes executables of libtest and bundles of merged doctests by their content.
//!
//! Cargo's metadata does not contain `harness`, and rustdoc does not distinguish a bundle from a
//! single doctest. However, every libtest executable contains the name of a variable that libtest
//! reads, [`LIBTEST`] (executables without a harness and those of libtest-mimic do not), and every
//! bundle contains the name of a variable with which it starts itself, [`BUNDLE`].

use std::io::{ErrorKind, Read};

/// Name of a variable that only libtest reads.
const LIBTEST: &[u8] = b"RUST_TEST_SHUFFLE_SEED";
/// Name of a variable that only merged doctests read.
const BUNDLE: &[u8] = b"RUSTDOC_DOCTEST_RUN_NB_TEST";
const BLOCK: usize = 1 << 20;

/// Returns whether an executable contains libtest; false if it cannot be read.
pub(super) fn is_libtest(from: impl Read) -> bool {
    contains_marker(from, LIBTEST)
}

/// Returns whether an executable is a bundle of merged doctests; false if it cannot be read.
pub(super) fn is_doctest_bundle(from: impl Read) -> bool {
    contains_marker(from, BUNDLE)
}

/// Returns whether the bytes contain the marker.
fn contains_marker(mut from: impl Read, marker: &[u8]) -> bool {
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
                // The end of this block could be the first part of a marker, so it is searched
                // again with the next block.
                let keep = end.min(marker.len() - 1);
                buffer.copy_within(end - keep..end, 0);
                held = keep;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// Returns how far to move the marker for each value of the byte at its last position (the table of
/// Horspool's algorithm).
///
/// Comparing at every byte of a few large debug executables would take longer than running their
/// tests.
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

    /// A reader that returns a few bytes at a time.
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
    fn marker_is_found_at_every_position() {
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
    fn marker_is_found_across_reads() {
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
    fn this_test_executable_contains_libtest() {
        let own = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
        assert!(is_libtest(own));
        assert!(!is_libtest(std::io::empty()));
    }
}
