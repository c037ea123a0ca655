//! `--base REV`: judging by the gates and the baseline of a git revision.

use std::path::Path;

use anyhow::Result;

use crate::ops::policy::{self, AtRevision, Judged};
use crate::options::{Environment, Flags};

/// `--base REV`.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct Base {
    /// Use the gates, settings and baseline of this git revision, not those of the working tree
    #[arg(long = "base", value_name = "REV")]
    revision: Option<String>,
}

impl From<Option<String>> for Base {
    fn from(revision: Option<String>) -> Self {
        Self { revision }
    }
}

impl Base {
    /// Returns whether a revision was given.
    pub(super) const fn is_given(&self) -> bool {
        self.revision.is_some()
    }

    /// Reads the revision, if there is one, and adds its policy to the flags.
    pub(super) fn read(
        &self,
        flags: &mut Flags,
        cwd: &Path,
        environment: &Environment,
        judged: Judged,
    ) -> Result<Option<AtRevision>> {
        let revision = self.revision.as_deref();
        revision
            .map(|name| policy::read(name, flags, cwd, environment, judged))
            .transpose()
    }
}
