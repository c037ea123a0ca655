//! Files below `.campaign/` that git tracks. They came with the sources. Except for pins and
//! attestations, which are meant to be committed, they are not evidence, because anyone who can open a
//! pull request could have written them.
//!
//! A run that was copied here or restored from a CI cache is not tracked and counts. A key outside the
//! repository would exclude these as well, unless it were copied with them.

use std::path::Path;

use super::{Damage, Store};
use crate::git::{Git, Tracked};
use crate::run::RunId;

impl Store {
    /// Returns the tracked files, which are read once and only if needed. If git fails, every file
    /// counts as tracked.
    pub(super) fn tracked(&self) -> &Tracked {
        self.tracked.get_or_init(|| {
            let root = self.dir.parent().unwrap_or(Path::new("."));
            Git::at(root)
                .tracked(".campaign")
                .unwrap_or_else(|trouble| Tracked::unknown(&trouble))
        })
    }

    /// Returns whether this cache or log came with the sources.
    pub(super) fn is_tracked(&self, name: &str) -> bool {
        self.tracked().contains(name)
    }

    /// Returns whether a log in this directory below `logs` came with the sources.
    pub fn has_tracked_logs(&self, directory: &str) -> bool {
        self.tracked().any_below(&format!("logs/{directory}"))
    }

    /// Returns whether a journal came with the sources, so that no command was interrupted here.
    pub fn has_tracked_journal(&self) -> bool {
        self.journal().exists() && self.tracked().any_below("journal")
    }

    /// Removes the tracked runs from a list. Their existence is noted once.
    pub(super) fn without_tracked(&self, mut ids: Vec<RunId>) -> Vec<RunId> {
        if !self.tracked().any_below("runs") {
            return ids;
        }
        let before = ids.len();
        ids.retain(|id| !self.is_tracked_run(id));
        if ids.len() < before {
            let file = self.dir.join("runs");
            self.note(Damage {
                file,
                why: self.why_unused(),
                aside: None,
            });
        }
        ids
    }

    /// Returns why runs are not used, and what to do about it.
    fn why_unused(&self) -> String {
        let tracked = self.tracked();
        if let Some(reason) = tracked.reason() {
            let help = tracked.help().map(|help| format!(" ({help})"));
            return format!("no run here is used: {reason}{}", help.unwrap_or_default());
        }
        let remove = match tracked.submodule_of("runs/") {
            None => "git rm -r .campaign/runs",
            Some("") => "git -C .campaign rm -r runs",
            Some(_) => "git -C .campaign/runs rm -r .",
        };
        format!("git tracks runs here; a committed run is not evidence and is not used ({remove})")
    }

    /// Returns why no run here is used and the command that changes it, if git cannot tell which runs are tracked.
    pub fn unusable(&self) -> Option<(&str, &str)> {
        let tracked = self.tracked();
        tracked.reason().zip(tracked.help())
    }

    pub(super) fn is_tracked_run(&self, id: &RunId) -> bool {
        let path = self.path(id);
        let name = path
            .as_ref()
            .and_then(|path| path.strip_prefix(&self.dir).ok()?.to_str());
        name.is_none_or(|name| self.is_tracked(&name.replace('\\', "/")))
    }
}
