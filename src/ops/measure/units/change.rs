//! What makes a unit outdated without cargo noticing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::built::{BuiltUnit, UNKNOWN, modified, nanoseconds};
use crate::collector;
use crate::drive::inputs::{UnitInputs, UnitKind};
use crate::ops::measure::changes;
use crate::plan::Step;
use crate::probe::relative;

/// A unit when it was built and now.
pub(super) struct Compared<'a> {
    pub(super) root: &'a Path,
    /// When the measurement began.
    pub(super) began: SystemTime,
    pub(super) before: &'a BuiltUnit,
    pub(super) now: &'a BuiltUnit,
    pub(super) named: &'a UnitInputs,
}

/// The kinds of changes. Each function returns the first change of its kind. The earlier ones tell more.
const CHANGES: [fn(&Compared<'_>) -> Option<(String, Why)>; 8] = [
    moved, undeclared, old_time, uncompiled, added, documented, unwatched, leftover,
];

/// Why cargo did not notice a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The unit was built in the target directory with this name, which was moved or copied.
    Elsewhere,
    /// A build script that declares no inputs depends on the file, and did not run again.
    Undeclared,
    /// The file has an old modification time, and cargo compares times.
    OldTime,
    /// The file was rewritten after the build, perhaps with its former content.
    Rewritten,
    /// The compiler succeeded without compiling.
    Uncompiled,
    /// The file is a second one of a module.
    Added,
    /// The file was removed.
    Removed,
    /// Cargo does not watch the file.
    Unwatched,
    /// The file is output of a build script that did not write it again when its inputs changed.
    Leftover,
}

/// A change that cargo did not notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unnoticed {
    /// The changed file, relative to the root, or the variable.
    pub(super) name: String,
    /// Why cargo did not notice it.
    pub(super) why: Why,
    /// What makes cargo build again.
    pub(super) rebuild: Rebuild,
}

/// What makes cargo build a unit again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rebuild {
    /// Touching these files.
    Touch(BTreeSet<String>),
    /// This command.
    Clean(String),
    /// Cleaning this package.
    Package(String),
}

impl Compared<'_> {
    /// Returns a change of the unit that cargo did not notice, if there is one.
    pub(super) fn unnoticed(&self) -> Option<Unnoticed> {
        let (name, why) = CHANGES.iter().find_map(|change| change(self))?;
        Some(Unnoticed {
            rebuild: self.rebuild(&name, why),
            name,
            why,
        })
    }

    fn rebuild(&self, name: &str, why: Why) -> Rebuild {
        match (why, &self.named.pinned, &self.named.kind) {
            (Why::OldTime | Why::Rewritten, ..) => Rebuild::Touch([name.to_owned()].into()),
            (Why::Leftover, _, UnitKind::Script(script)) => {
                Rebuild::Package(script.package.clone())
            }
            (_, Some(package), _) => Rebuild::Clean(package.clean.clone()),
            _ => Rebuild::Touch(self.roots(why)),
        }
    }

    /// Returns the files that must be newer than the build.
    fn roots(&self, why: Why) -> BTreeSet<String> {
        let roots = self.named.roots.iter();
        let mut files: BTreeSet<String> = roots.map(|file| relative(self.root, file)).collect();
        if !matches!(why, Why::Elsewhere | Why::Undeclared) {
            // Cargo goes by the newest file of the package, even if its time is in the future.
            let began = nanoseconds(self.began);
            let package = self.now.package.keys();
            let newest = package.filter(|name| modified(&self.root.join(name)) > began);
            files.extend(newest.cloned());
        }
        files
    }

    /// Returns whether a file was written after cargo looked at the unit. Cargo will notice it next time.
    fn is_later(&self, name: &str) -> bool {
        changes::is_written_since(self.root, &self.root.join(name), self.began)
    }
}

/// The build output can contain paths of the place where it was built.
fn moved(unit: &Compared<'_>) -> Option<(String, Why)> {
    Some((unit.before.elsewhere.clone()?, Why::Elsewhere))
}

/// A file of a package whose build script declares nothing was edited, added or removed.
fn undeclared(unit: &Compared<'_>) -> Option<(String, Why)> {
    if !unit.named.is_undeclared_script() {
        return None;
    }
    let (before, now) = (&unit.before.package, &unit.now.package);
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let mut changed = names
        .into_iter()
        .filter(|name| before.get(*name) != now.get(*name));
    let name = changed.find(|name| !unit.is_later(name))?;
    Some((name.clone(), Why::Undeclared))
}

/// A file that cargo watches has new content and a time before the build.
fn old_time(unit: &Compared<'_>) -> Option<(String, Why)> {
    let (before, now) = (unit.before, unit.now);
    let watched = changed(&before.files, &now.files).find(|name| !unit.is_later(name));
    // Cargo would have rebuilt for a newer file of the package, so such a file does not belong to it.
    let in_package = || {
        let is_old =
            |name: &&String| modified(&unit.root.join(name)).is_none_or(|time| time <= now.built);
        let mut changed = changed(&before.package, &now.package);
        changed.find(|name| !unit.named.is_undeclared_script() && is_old(name))
    };
    let name = watched.or_else(in_package)?;
    let is_unknown = [&before.files, &before.package]
        .iter()
        .any(|files| files.get(name).is_some_and(|digest| digest == UNKNOWN));
    let why = if is_unknown {
        Why::Rewritten
    } else {
        Why::OldTime
    };
    Some((name.clone(), why))
}

/// The compiler exited with 0 and did nothing.
fn uncompiled(unit: &Compared<'_>) -> Option<(String, Why)> {
    // The step itself fails when that happens.
    let is_reported = unit.before.uncompiled && !unit.now.uncompiled;
    let name = unit.now.files.keys().next().filter(|_| is_reported)?;
    Some((name.clone(), Why::Uncompiled))
}

/// A second file of a module appeared.
fn added(unit: &Compared<'_>) -> Option<(String, Why)> {
    let name = unit.now.rivals.difference(&unit.before.rivals).next()?;
    Some((name.clone(), Why::Added))
}

/// A file that rustdoc read changed or was removed.
fn documented(unit: &Compared<'_>) -> Option<(String, Why)> {
    let name = changed(&unit.before.documented, &unit.now.documented).next()?;
    let exists = unit.root.join(name).exists();
    let why = if exists { Why::Unwatched } else { Why::Removed };
    Some((name.clone(), why))
}

/// Something changed that cargo does not watch.
fn unwatched(unit: &Compared<'_>) -> Option<(String, Why)> {
    let name = changed(&unit.before.unwatched, &unit.now.unwatched).next()?;
    Some((name.clone(), Why::Unwatched))
}

/// A build script wrote a compiled file when it had other inputs, and not since.
fn leftover(unit: &Compared<'_>) -> Option<(String, Why)> {
    let since = UNIX_EPOCH + Duration::from_nanos(unit.before.generated_since?);
    let UnitKind::Script(script) = &unit.named.kind else {
        return None;
    };
    let mut generated = script.generated.iter();
    let file = generated
        .find(|file| changes::last_written(file).is_some_and(|written| written < since))?;
    Some((relative(unit.root, file), Why::Leftover))
}

/// Returns the names whose digest has changed.
fn changed<'n>(
    before: &BTreeMap<String, String>,
    now: &'n BTreeMap<String, String>,
) -> impl Iterator<Item = &'n String> {
    now.iter()
        .filter(|(name, digest)| before.get(*name).is_some_and(|known| known != *digest))
        .map(|(name, _)| name)
}

impl Unnoticed {
    /// Adds the files to touch for another unit that is outdated for the same reason, so that one command renews both.
    pub(super) fn add(&mut self, other: &Self) {
        if let (Rebuild::Touch(files), Rebuild::Touch(more)) = (&mut self.rebuild, &other.rebuild)
            && self.why == other.why
        {
            files.extend(more.iter().cloned());
        }
    }

    /// Returns why the results of the step are not known.
    pub(super) fn reason(&self) -> String {
        let name = &self.name;
        match self.why {
            Why::OldTime => format!(
                "{name} has new content and an old modification time, which cargo does not notice"
            ),
            Why::Rewritten => format!(
                "{name} was written again after cargo built it, with an old modification time"
            ),
            Why::Unwatched => {
                format!("{name} changed since cargo last built this, and cargo does not watch it")
            }
            Why::Elsewhere => format!(
                "this was built in {name}, which was moved or copied, and cargo did not build it again"
            ),
            Why::Undeclared => format!(
                "{name} changed since the build script last ran, and cargo did not run it again"
            ),
            Why::Removed => {
                format!(
                    "{name} was removed since cargo last built this, which cargo does not notice"
                )
            }
            Why::Added => format!(
                "{name} was added since cargo last built this, as a second file of the same module, which cargo does not notice"
            ),
            Why::Uncompiled => format!(
                "{name} was not compiled when cargo last ran the compiler, and cargo uses the older build"
            ),
            Why::Leftover => format!(
                "{name} was not written again when its build script ran after a change, and may be out of date"
            ),
        }
    }

    /// Returns the command after which cargo builds again.
    pub(super) fn fix(&self, step: &Step) -> Option<String> {
        match &self.rebuild {
            Rebuild::Touch(files) if files.is_empty() => None,
            Rebuild::Touch(files) => {
                let files: Vec<&str> = files.iter().map(String::as_str).collect();
                Some(format!("touch {}", files.join(" ")))
            }
            Rebuild::Clean(command) => Some(command.clone()),
            Rebuild::Package(name) => Some(collector::clean(name, &step.action)),
        }
    }
}
