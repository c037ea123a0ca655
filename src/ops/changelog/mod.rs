//! The changelogs of a workspace.

pub(crate) mod books;
