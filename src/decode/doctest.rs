//! rustdoc's doctest text on cargo's stdout.

use crate::event::Suite;
use crate::workspace::Workspace;

/// Reads `running N tests` groups; a doctest belongs to the package whose folder its path lies in.
pub struct Reader {}

impl Reader {
    /// An empty reader.
    pub fn new() -> Self {
        todo!()
    }

    /// One line of text without its newline.
    pub fn line(&mut self, _line: &[u8]) {
        todo!()
    }

    /// One suite per package that has doctests; a group without its `test result:` line makes its packages incomplete.
    pub fn finish(self, _workspace: &Workspace) -> Vec<Suite> {
        todo!()
    }
}
