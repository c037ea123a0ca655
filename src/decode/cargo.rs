//! Cargo's `--message-format=json` lines.

use std::collections::BTreeMap;
use std::path::Path;

use crate::event::Event;

/// Decodes cargo's stdout up to the first `build-finished`; after it every line is given back as not cargo's.
pub struct Reader {}

impl Reader {
    /// `names` maps package ids of members to names; spans are made relative to `root`.
    pub fn new(_names: BTreeMap<String, String>, _root: &Path) -> Self {
        todo!()
    }

    /// One line without its newline. Returns false when the line is not cargo's to read: the build has finished.
    pub fn line(&mut self, _line: &[u8], _sink: &mut dyn FnMut(Event)) -> bool {
        todo!()
    }

    /// Counters of what was not understood: `noise`, `foreign` (packages outside the workspace), `non-utf8`, `unknown`.
    pub fn odd(&self) -> &BTreeMap<String, u64> {
        todo!()
    }
}
