//! The release engine: from texts and a request to edits, nothing written.
//!
//! | file | owns |
//! |---|---|
//! | [`bump`] | versions in manifests, and the requirements on them |
//!
//! Knows nothing of files, git and cargo: the caller reads, shows, proves and writes.

pub mod bump;
