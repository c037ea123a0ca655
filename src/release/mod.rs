//! The release engine: what a release makes of texts. Values and text in, text out; reads no file and starts no git.
//!
//! | module | owns |
//! |---|---|
//! | [`changelog`] | a changelog read, drafted, released, linted, turned into notes |
//! | [`tag`] | which tag names which version of which package |

pub mod changelog;
pub mod tag;
