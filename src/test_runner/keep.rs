//! Keeping the head and the tail of an endless stream in a file.
//!
//! The head is written as it comes, so that it is there even when everything is killed; the tail waits in memory. Must not
//! know what the stream says.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;

/// Bytes of the beginning that are kept.
pub(super) const HEAD: usize = 256 << 10;
/// Bytes of the end that are kept.
pub(super) const TAIL: usize = 768 << 10;

/// A file that holds at most [`HEAD`] + [`TAIL`] bytes and a mark of a stream.
#[derive(Debug)]
pub(super) struct Keep {
    file: File,
    head: usize,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Keep {
    /// Nothing yet.
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            head: 0,
            tail: VecDeque::new(),
            dropped: 0,
        }
    }

    /// More of the stream. A full disk loses text, never the test.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (head, tail) = bytes.split_at(bytes.len().min(HEAD - self.head));
        self.head += head.len();
        let _ = self.file.write_all(head);
        self.tail.extend(tail);
        let over = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..over);
        self.dropped += over as u64;
    }

    /// Puts the tail behind the head. Returns true when something between them was dropped.
    pub(super) fn finish(&mut self) -> bool {
        if self.dropped > 0 {
            let _ = write!(self.file, "\n[{} bytes dropped here]\n", self.dropped);
        }
        let _ = self.file.write_all(self.tail.make_contiguous());
        self.tail.clear();
        self.dropped > 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::create_file;
    use super::*;
    use crate::process::scratch::Scratch;

    /// Streams `size` bytes in blocks and reads back what was kept.
    fn kept(size: usize, block: usize) -> (String, bool) {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join("stdout");
        let mut keep = Keep::new(create_file(&path).unwrap());
        let text: Vec<u8> = (0..size)
            .map(|n| b'0' + u8::try_from(n / 100_000 % 10).unwrap())
            .collect();
        text.chunks(block).for_each(|part| keep.push(part));
        let cut = keep.finish();
        (std::fs::read_to_string(&path).unwrap(), cut)
    }

    #[test]
    fn short_output_is_kept_whole() {
        for size in [0, 1, HEAD - 1, HEAD, HEAD + 1, HEAD + TAIL] {
            let (text, cut) = kept(size, 10_007);
            assert_eq!((text.len(), cut), (size, false));
        }
    }

    #[test]
    fn long_output_loses_its_middle_and_says_so() {
        let size = HEAD + TAIL + 1_234_567;
        for block in [4096, 65_536, size] {
            let (text, cut) = kept(size, block);
            assert!(cut);
            assert_eq!(
                &text[HEAD..HEAD + 31],
                "\n[1234567 bytes dropped here]\n4",
                "{block}"
            );
            assert_eq!(text.len(), HEAD + TAIL + 30);
            assert!(text.ends_with("22"));
        }
    }
}
