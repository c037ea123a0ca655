//! Finds inputs that changed while they were measured.
//!
//! The state of an input is recorded after the measurement, when the build has named its files. It counts only if the
//! input had this state all the time. Three signs contradict that: an input whose name was known before has another state
//! now, a file was written since, or a compiled file is gone. Files that a build script wrote are excepted, because the
//! compiler starts after it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::names::{declared_name, file_state, files_of, words};
use crate::drive::inputs::BuildInputs;
use crate::ops::Context;
use crate::plan::{Collector, Plan};
use crate::probe::{entries, relative};
use crate::run::Run;
use crate::tree::outside::{self, Outside, Without};
use crate::tree::written;

/// The inputs of a collector before its first step.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    began: SystemTime,
    /// The states of the files of each input whose name was known.
    states: BTreeMap<String, States>,
}

/// The state of each file of an input.
type States = BTreeMap<String, String>;

/// Records inputs when the steps that read them begin.
pub(crate) struct Observer<'a> {
    cx: &'a Context,
    plan: &'a Plan,
    /// An earlier run, whose inputs are likely to be inputs again.
    last: Option<Run>,
    before: BTreeMap<Collector, Before>,
}

impl<'a> Observer<'a> {
    pub(crate) fn new(cx: &'a Context, plan: &'a Plan, last: Option<Run>) -> Self {
        Self {
            cx,
            plan,
            last,
            before: BTreeMap::new(),
        }
    }

    /// Records the inputs of the collectors whose first step begins.
    pub(crate) fn step_begins(&mut self, step: &str) {
        let collectors: Vec<&Collector> = collectors(self.plan, step)
            .filter(|collector| !self.before.contains_key(*collector))
            .collect();
        let began = self.cx.system_now();
        let mut outside = Outside::open(&self.cx.store, began);
        let mut known: BTreeMap<String, States> = BTreeMap::new();
        for collector in collectors {
            let mut before = Before {
                began,
                states: BTreeMap::new(),
            };
            for name in self.known_names(collector) {
                let states = known
                    .entry(name.clone())
                    .or_insert_with(|| states(self.cx.root(), &mut outside, &name));
                before.states.insert(name, states.clone());
            }
            self.before.insert(collector.clone(), before);
        }
        outside.close();
    }

    /// Returns the names of inputs that configuration or an earlier run names.
    fn known_names(&self, collector: &Collector) -> BTreeSet<String> {
        let declared = self.cx.config().collect.declared(collector);
        let mut names: BTreeSet<String> = declared
            .patterns()
            .map(|pattern| declared_name(self.cx.root(), pattern))
            .collect();
        names.extend(words(self.cx, collector));
        let recorded = self.last.as_ref().and_then(|run| run.inputs.get(collector));
        names.extend(
            recorded
                .into_iter()
                .flat_map(|inputs| inputs.files.keys().cloned()),
        );
        names
    }

    /// Returns the inputs of each collector that began.
    pub(crate) fn before(&self) -> &BTreeMap<Collector, Before> {
        &self.before
    }
}

/// Returns the collectors that a step gives values to.
fn collectors<'p>(plan: &'p Plan, step: &str) -> impl Iterator<Item = &'p Collector> {
    let serves = plan.steps.iter().find(|planned| planned.id == step);
    let answered = plan
        .answered
        .iter()
        .filter(move |answered| answered.by == step);
    serves
        .into_iter()
        .flat_map(|step| &step.serves)
        .chain(answered.map(|answered| &answered.collector))
}

/// Returns the states of the files of an input: of itself, or of each file that a pattern matches.
fn states(root: &Path, outside: &mut Outside<'_>, name: &str) -> States {
    if let Some(dir) = name.strip_suffix('/') {
        // The measurement writes below the root.
        if root.starts_with(root.join(dir)) {
            return States::new();
        }
    } else if name.contains(['*', '?']) {
        let files = outside::matching(root, name).unwrap_or_default();
        return files
            .iter()
            .map(|file| (relative(root, file), stamped(outside.state(file), file)))
            .collect();
    }
    let state = file_state(root, outside, name);
    States::from([(name.to_owned(), stamped(state, &root.join(name)))])
}

/// Returns the state of a file with the time at which it was last written, which tells that it was edited and put back. The
/// clock of a file system lags behind that of the system, so that a comparison with a time of the system can miss that.
fn stamped(state: String, file: &Path) -> String {
    match last_written(file).filter(|_| file.is_file()) {
        Some(written) => format!("{state} {written:?}"),
        None => state,
    }
}

/// The changes that are known when a measurement is over.
pub(crate) struct Changes<'a> {
    root: &'a Path,
    scripts: Vec<ScriptRun>,
    /// Names of compiled files that no longer exist.
    gone: BTreeSet<String>,
}

/// The execution of a build script.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScriptRun {
    pub(super) began: SystemTime,
    ended: SystemTime,
}

impl<'a> Changes<'a> {
    /// Reads the output of the steps of a run.
    pub(crate) fn new<'r>(
        root: &'a Path,
        read: impl Iterator<Item = &'r BuildInputs> + Clone,
    ) -> Self {
        let scripts = read.clone().flat_map(|read| &read.scripts);
        let compiled = read.flat_map(|read| {
            let files = read.units.values().flat_map(|unit| &unit.files);
            files.filter(|file| read.compiled.contains(*file))
        });
        Self {
            root,
            scripts: scripts.filter_map(|output| execution(output)).collect(),
            gone: compiled
                .filter(|file| !file.exists())
                .map(|file| relative(root, file))
                .collect(),
        }
    }

    /// Returns a file of an input that changed since the collector began.
    pub(crate) fn of_input(
        &self,
        outside: &mut Outside<'_>,
        before: &Before,
        name: &str,
    ) -> Option<String> {
        let now = states(self.root, outside, name);
        if let Some(was) = before.states.get(name) {
            let names: BTreeSet<&String> = was.keys().chain(now.keys()).collect();
            // A file comes after its directory and is the better name for the change.
            let changed = names
                .into_iter()
                .rev()
                .filter(|file| was.get(*file) != now.get(*file))
                .find(|file| !self.is_generated(&self.root.join(file)));
            if let Some(file) = changed {
                return Some(file.clone());
            }
        }

        let is_directory = name.ends_with('/');
        let written = files_of(self.root, name)
            .into_iter()
            // A directory above the root can contain output of the measurement.
            .filter(|file| !is_directory || !is_below(self.root, file))
            .find(|file| {
                is_written_since(self.root, file, before.began) && !self.is_generated(file)
            });
        if let Some(file) = written {
            return Some(if is_directory {
                name.to_owned()
            } else {
                relative(self.root, &file)
            });
        }

        let is_removed = self.gone.contains(name)
            && nearest_directory(&self.root.join(name)).is_some_and(|dir| {
                last_written(&dir).is_some_and(|written| written > before.began)
            });
        is_removed.then(|| name.to_owned())
    }

    /// Returns whether a file was last written after a time.
    pub(crate) fn is_written_after(&self, name: &str, time: SystemTime) -> bool {
        last_written(&self.root.join(name)).is_some_and(|written| written > time)
    }

    /// Returns whether a file was last written while a build script ran.
    fn is_generated(&self, file: &Path) -> bool {
        last_written(file).is_some_and(|written| {
            self.scripts
                .iter()
                .any(|script| script.began <= written && written <= script.ended)
        })
    }
}

/// Returns when the build script with this output ran.
pub(super) fn execution(output: &Path) -> Option<ScriptRun> {
    // The clock of a file system may lag behind that of the system by as much.
    const LAG: Duration = Duration::from_millis(10);
    let dir = output.parent()?;
    let began = fs::metadata(dir.join("invoked.timestamp"))
        .ok()?
        .modified()
        .ok()?;
    // Cargo writes several files when the script has ended.
    let files = entries(dir).into_iter().filter(|path| path.is_file());
    Some(ScriptRun {
        began: began - LAG,
        ended: files.filter_map(|file| last_written(&file)).max()?,
    })
}

/// Returns whether a file was written since a time, or moved to its place, alone or with a directory below the root. A link on
/// the way to it that was written since may have led elsewhere.
pub(super) fn is_written_since(root: &Path, file: &Path, began: SystemTime) -> bool {
    if last_written(file).is_some_and(|written| written > began) {
        return true;
    }
    let directories = file.ancestors().skip(1);
    let mut below_root = directories.take_while(|dir| *dir != root && dir.starts_with(root));
    // A renamed directory keeps its modification time, and the files in it keep all their times.
    below_root.any(|dir| {
        let is_new_link = fs::symlink_metadata(dir).is_ok_and(|found| {
            found.is_symlink() && written(&found).is_some_and(|written| written > began)
        });
        let is_renamed = fs::metadata(dir).is_ok_and(|found| {
            written(&found).is_some_and(|written| written > began)
                && found.modified().is_ok_and(|modified| modified <= began)
        });
        is_new_link || is_renamed
    })
}

/// Returns a file, or a directory with everything below it.
pub(super) fn content_of(path: &Path) -> Vec<PathBuf> {
    outside::below(path, Without::Generated).unwrap_or_else(|| vec![path.to_owned()])
}

/// Returns when a file, or the link to it, was last written.
pub(super) fn last_written(file: &Path) -> Option<SystemTime> {
    let found = [fs::symlink_metadata(file), fs::metadata(file)];
    found
        .into_iter()
        .filter_map(|found| written(&found.ok()?))
        .max()
}

/// Returns the nearest directory above a file that exists.
fn nearest_directory(file: &Path) -> Option<PathBuf> {
    let mut directories = file.ancestors().skip(1);
    directories.find(|dir| dir.is_dir()).map(Path::to_owned)
}

/// Returns whether a file lies below a directory, links resolved.
fn is_below(dir: &Path, file: &Path) -> bool {
    let Ok(dir) = fs::canonicalize(dir) else {
        return false;
    };
    fs::canonicalize(file).is_ok_and(|file| file.starts_with(dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::tests::Scratch;

    /// The time at which the collector begins is after every write, as if the clock of the file system lagged far behind.
    #[test]
    fn file_that_was_put_back_has_changed_whatever_the_clock_says() {
        let scratch = Scratch::with(&[("x", "1"), ("y", "1")]);
        let (root, store) = (scratch.path(), Store::open(scratch.path()));
        // Later than the times of the writes themselves.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000_000);
        let touch = |seconds: u64| {
            let file = fs::File::options().write(true).open(root.join("x"));
            let time = now + Duration::from_secs(seconds);
            file.and_then(|file| file.set_modified(time)).unwrap();
        };
        touch(10);
        let mut outside = Outside::open(&store, now);
        let known = ["x", "y", "*"].map(|name| (name.to_owned(), states(root, &mut outside, name)));
        let before = Before {
            began: now + Duration::from_secs(60),
            states: BTreeMap::from(known),
        };
        let changes = Changes::new(root, std::iter::empty());
        let mut changed = |name: &str| changes.of_input(&mut outside, &before, name);
        assert_eq!(["x", "y", "*"].map(&mut changed), [None, None, None]);
        scratch.write("x", "2");
        scratch.write("x", "1");
        touch(20);
        let x = Some("x".to_owned());
        assert_eq!(["x", "y", "*"].map(changed), [x.clone(), None, x]);
    }
}
