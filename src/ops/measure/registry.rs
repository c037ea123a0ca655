//! The index of crates.io that a collector reads: a checkout, or the cache of cargo.

use std::path::Path;

use super::advisories::{checkout, is_stale};
use crate::collector::{INDEX, OF_CARGO};
use crate::ops::Context;
use crate::plan::{Action, Collector, FileSet, Invocation, RegistryIndex, Stream};
use crate::probe::resolve;
use crate::run::{Run, Stale};

/// Returns the index that the settings of a collector name. `None` if they name none.
pub(crate) fn files(cx: &Context, collector: &Collector) -> Option<FileSet> {
    let settings = cx.config().collect.settings(collector);
    let configured = settings.text(INDEX)?;
    if configured == OF_CARGO {
        return Some(FileSet {
            index: Some(cache(cx)),
            ..FileSet::default()
        });
    }
    let directory = resolve(cx.root(), configured);
    Some(FileSet {
        database: Some(checkout(cx, collector, &directory, "the index")),
        index: Some(RegistryIndex::Checkout),
        ..FileSet::default()
    })
}

/// Returns cargo's cache with the command that updates it.
fn cache(cx: &Context) -> RegistryIndex {
    let home = cx.options.environment.cargo_home.as_deref();
    let directory = home.unwrap_or(Path::new(".cargo")).join("registry/index");
    let mut args = vec!["update".to_owned(), "--dry-run".to_owned()];
    let flags = cx.options.cargo_flags.iter();
    // `--locked` would refuse any news.
    if flags
        .clone()
        .any(|flag| flag == "--offline" || flag == "--frozen")
    {
        args.push("--offline".to_owned());
    }
    RegistryIndex::Cache {
        directory: directory.to_string_lossy().into_owned(),
        refresh: Invocation {
            program: cx.options.environment.cargo.clone(),
            args,
            env: [("CARGO_TERM_COLOR".to_owned(), Some("never".to_owned()))].into(),
            cwd: cx.root().to_owned(),
            stream: Stream::Text,
        },
    }
}

/// Returns why a recorded result of a collector does not count for the index as it is configured.
pub(super) fn stale(cx: &Context, collector: &Collector, run: &Run) -> Option<Stale> {
    let settings = cx.config().collect.settings(collector);
    let configured = settings.text(INDEX);
    let mut steps = run.plan.steps_of(collector).peekable();
    // It could not be measured, and still may not be.
    steps.peek()?;
    let read = steps.find_map(|step| match &step.action {
        Action::Read(files) => files.index.as_ref().map(|index| (index, files)),
        _ => None,
    });
    match (configured, read) {
        (None, None) => None,
        (Some(OF_CARGO), Some((RegistryIndex::Cache { .. }, _))) => {
            is_stale(cx, collector, run.started).then_some(Stale::Database)
        }
        (Some(path), Some((RegistryIndex::Checkout, files))) => {
            let read = files.database.as_ref()?;
            if Path::new(&read.directory) != resolve(cx.root(), path) {
                return Some(Stale::Settings);
            }
            match (read.is_stale, is_stale(cx, collector, read.committed?)) {
                (false, true) => Some(Stale::Database),
                (true, false) => Some(Stale::Settings),
                _ => None,
            }
        }
        _ => Some(Stale::Settings),
    }
}
