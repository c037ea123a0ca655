//! Sources that changed while they were measured.
//!
//! A file that was written and has its former content may have had another one in between. That matters only if a tool may
//! have read the file during that time. The files that the compiler and the formatter read are known afterwards. Those that a
//! test reads while it runs are never known, so a file that only tests can have read does not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::inputs::Observed;
use crate::ops::Context;
use crate::options::config::Declared;
use crate::plan::{Action, Step, Stream};
use crate::run::Run;
use crate::tree::Fingerprint;

/// The sources that changed while they were measured.
pub(super) struct Torn<'a> {
    before: &'a Fingerprint,
    /// Files with changed content, and new files.
    changed: Vec<&'a str>,
    /// Files and directories that were written during the measurement, even if their content is the same.
    rewritten: Vec<&'a str>,
}

impl<'a> Torn<'a> {
    pub(super) fn between(before: &'a Fingerprint, after: &'a Fingerprint) -> Self {
        Self {
            before,
            changed: before.changed(after),
            rewritten: before.rewritten(after),
        }
    }

    /// Leaves out the files with their former content that no tool can have read: those that no step of a complete run names
    /// and that no tool finds by itself.
    pub(super) fn without_unread(
        mut self,
        cx: &Context,
        run: &Run,
        observed: &Observed<'_>,
    ) -> Self {
        let is_complete = run.steps.len() >= run.plan.steps.len()
            && run.steps.iter().all(|step| step.status.is_whole());
        let mut steps = run.plan.steps.iter();
        let names_all = steps.all(|step| names_what_it_reads(cx, step));
        if self.rewritten.is_empty() || !is_complete || !names_all {
            return self;
        }
        let Some(read) = observed.read_files() else {
            return self;
        };
        let read: BTreeSet<PathBuf> = read
            .into_iter()
            .map(|path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
            .collect();
        let before = self.before;
        self.rewritten.retain(|name| {
            let is_listed = before
                .files
                .binary_search_by(|file| file.as_str().cmp(name))
                .is_ok()
                && !before.unlisted.contains(*name);
            let path = fs::canonicalize(cx.root().join(name)).ok();
            let is_read = path.is_none_or(|path| path.ancestors().any(|dir| read.contains(dir)));
            !is_listed || is_found_by_tools(name) || is_read
        });
        self
    }

    /// Returns whether a file is new or not one that tools look for.
    fn may_be_output(&self, name: &str) -> bool {
        let is_new = !self.before.files.iter().any(|file| file == name);
        is_new || !is_found_by_tools(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.rewritten.is_empty()
    }

    pub(super) fn names(&self) -> BTreeSet<&'a str> {
        self.changed
            .iter()
            .chain(&self.rewritten)
            .copied()
            .collect()
    }

    /// Warns about these sources. Output that git does not ignore counts as sources.
    pub(super) fn warn(&self, cx: &Context) {
        let names = self.names();
        let Some(first) = self.changed.first().or(self.rewritten.first()) else {
            return;
        };
        let more = if names.len() > 1 {
            format!(" and {} more", names.len() - 1)
        } else {
            String::new()
        };
        cx.warn(&format!(
            "sources changed while they were measured: {first}{more}"
        ));
        if self.changed.is_empty() {
            let help = "they have the same content as before, but may have been read with other content; run again";
            cx.help(&format!(
                "{help}, and let build scripts and tests write sources only if they differ"
            ));
        } else if self.changed.iter().all(|name| self.may_be_output(name)) {
            cx.help("if it is output, ignore it in .gitignore or write it below the target directory; then run again");
        }
    }
}

/// Returns whether the files that a step reads are known afterwards, except for those that tests read while they run.
fn names_what_it_reads(cx: &Context, step: &Step) -> bool {
    match &step.action {
        Action::Command(command) if command.stream == Stream::Text => {
            step.serves.iter().all(|collector| {
                let inputs = &cx.config().collect.declared(collector).inputs;
                !inputs.is_empty() && inputs.iter().all(|input| input != Declared::SOURCES)
            })
        }
        Action::Command(_) | Action::Scan | Action::Read(_) => true,
        Action::Lint(_) => false,
    }
}

/// Returns whether a tool may read a file although nothing names it: sources, manifests, and configuration.
fn is_found_by_tools(name: &str) -> bool {
    let path = Path::new(name);
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    ["lock", "rs", "toml"].contains(&&*extension)
        || name.ends_with("rust-toolchain")
        || name.split('/').any(|part| part.starts_with('.'))
}
