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
    /// Use those of the branch that CI merges this change into, as `ci` does
    #[arg(long, conflicts_with = "revision")]
    merge_target: bool,
}

impl From<Option<String>> for Base {
    fn from(revision: Option<String>) -> Self {
        Self {
            revision,
            merge_target: false,
        }
    }
}

impl Base {
    /// Returns whether a revision was given.
    pub(super) const fn is_given(&self) -> bool {
        self.revision.is_some()
    }

    /// Returns the given revision, or the target of the change with `--merge-target`.
    ///
    /// # Errors
    /// If the target is unknown. The rules of the change itself must not be used then.
    pub(super) fn resolved(&self, environment: &Environment) -> Result<Self> {
        match self.merge_target {
            true => Ok(Self::from(policy::target(&environment.merge_target)?)),
            false => Ok(self.clone()),
        }
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
