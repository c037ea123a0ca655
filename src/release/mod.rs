//! The release engine: computes new texts from texts and a request.
//!
//! | module | responsible for |
//! |---|---|
//! | [`bump`] | versions in manifests, and the requirements on them |
//! | [`changelog`] | reading, drafting, releasing and linting a changelog; release notes |
//! | [`plan`] | a release as one plan, and its progress |
//! | [`registry`] | package metadata that crates.io rejects |
//! | [`tag`] | tag names of versions and packages |
//!
//! It does not access files, git or cargo: callers read, show, verify and write.

pub mod bump;
pub mod changelog;
pub mod plan;
pub mod registry;
pub mod tag;
