//! Planning a release, making it, continuing and reverting it.
//!
//! | file | responsible for |
//! |---|---|
//! | `plan` | the changes, commit and tags of a release, and whether it is ready |
//! | `execute` | making a release, continuing or reverting an interrupted one |
//! | `version` | the version to release |

pub(crate) mod execute;
pub(crate) mod plan;
pub(crate) mod version;
