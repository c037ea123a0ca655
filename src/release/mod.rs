//! The release engine: from texts and a request to new texts, nothing written.
//!
//! | module | owns |
//! |---|---|
//! | [`bump`] | versions in manifests, and the requirements on them |
//! | [`changelog`] | a changelog read, drafted, released, linted, turned into notes |
//! | [`plan`] | a release as one plan, and how far it is |
//! | [`registry`] | what crates.io refuses about a package's metadata |
//! | [`tag`] | which tag names which version of which package |
//!
//! Knows nothing of files, git and cargo: the caller reads, shows, proves and writes.

pub mod bump;
pub mod changelog;
pub mod plan;
pub mod registry;
pub mod tag;
