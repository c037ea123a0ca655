//! Keeps the beginning and the end of a stream in a file.
//!
//! The beginning is written at once, so that it exists even if the process is killed. The end is
//! held in memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;

/// Number of bytes kept of the beginning.
pub(super) const HEAD: usize = 256 << 10;
/// Number of bytes kept of the beginning of a stream with results.
pub(super) const LONG_HEAD: usize = 16 << 20;
/// Number of bytes kept of the end.
pub(super) const TAIL: usize = 768 << 10;

/// A file with the first and the last [`TAIL`] bytes of a stream, and a mark between them if
/// some were dropped.
#[derive(Debug)]
pub(super) struct HeadTailFile {
    file: File,
    /// Number of bytes of the beginning that are still to be written.
    room: usize,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl HeadTailFile {
    /// Creates an empty stream that is written to `file`. The first `head` bytes are kept.
    pub(super) fn new(file: File, head: usize) -> Self {
        Self {
            file,
            room: head,
            tail: VecDeque::new(),
            dropped: 0,
        }
    }

    /// Adds bytes. Errors are ignored: a full disk may lose output, but must not fail a test.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (head, tail) = bytes.split_at(bytes.len().min(self.room));
        self.room -= head.len();
        let _ = self.file.write_all(head);
        self.tail.extend(tail);
        let over = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..over);
        self.dropped += over as u64;
    }

    /// Writes the end of the stream. Returns whether something before it was dropped.
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
    use crate::process::temp_dir::TempDir;

    /// Writes a stream of `size` bytes in blocks and returns the content of the file.
    fn kept(size: usize, block: usize) -> (String, bool) {
        let scratch = TempDir::new().unwrap();
        let path = scratch.path().join("stdout");
        let mut keep = HeadTailFile::new(create_file(&path).unwrap(), HEAD);
        let text: Vec<u8> = (0..size)
            .map(|n| b'0' + u8::try_from(n / 100_000 % 10).unwrap())
            .collect();
        text.chunks(block).for_each(|part| keep.push(part));
        let cut = keep.finish();
        (std::fs::read_to_string(&path).unwrap(), cut)
    }

    #[test]
    fn short_output_is_kept_completely() {
        for size in [0, 1, HEAD - 1, HEAD, HEAD + 1, HEAD + TAIL] {
            let (text, cut) = kept(size, 10_007);
            assert_eq!((text.len(), cut), (size, false));
        }
    }

    #[test]
    fn middle_of_long_output_is_dropped_and_marked() {
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
