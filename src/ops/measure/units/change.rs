//! What makes a unit outdated without cargo noticing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::built::{BuiltUnit, UNKNOWN, modified, time};
use crate::collector;
use crate::drive::inputs::{UnitInputs, UnitKind};
use crate::ops::measure::changes;
use crate::plan::{Step, quote};
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

/// Returns the first change of a kind: the name of a file or variable, and why cargo did not notice it.
type Detect = fn(&Compared<'_>) -> Option<(String, Why)>;

/// The kinds of changes. The earlier ones are more specific.
const CHANGES: [Detect; 8] = [
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
    /// The file was rewritten or replaced after the build, perhaps with its former content.
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

/// A unit with a change that cargo did not notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unnoticed {
    /// The changed file, relative to the root, or the variable.
    pub(super) name: String,
    /// Why cargo did not notice it.
    pub(super) why: Why,
    /// What selects the package of the unit.
    pub(in crate::ops::measure) package: String,
    /// What cargo does for the unit.
    pub(in crate::ops::measure) kind: UnitKind,
    /// The file that is written in each build of the unit.
    pub(in crate::ops::measure) written: PathBuf,
}

impl Compared<'_> {
    /// Returns a change of the unit that cargo did not notice, if there is one.
    pub(super) fn unnoticed(&self, written: &Path) -> Option<Unnoticed> {
        let (name, why) = CHANGES.iter().find_map(|change| change(self))?;
        Some(Unnoticed {
            name,
            why,
            package: self.named.package.clone(),
            kind: self.named.kind.clone(),
            written: written.to_owned(),
        })
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
    let other = led_to(&before.files, &now.files);
    let mut changed_files = changed(&before.files, &now.files).chain(other);
    let watched = changed_files.find(|name| !unit.is_later(name));
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
    let since = time(unit.before.generated_since?);
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

/// Returns the names of other files to which the paths of the build lead now, because a link before `..` leads elsewhere. They
/// have other contents than the files to which these paths led.
fn led_to<'n>(
    before: &BTreeMap<String, String>,
    now: &'n BTreeMap<String, String>,
) -> impl Iterator<Item = &'n String> {
    let left = before.iter().filter(|(name, _)| !now.contains_key(*name));
    let left: BTreeSet<&String> = left.map(|(_, digest)| digest).collect();
    now.iter()
        .filter(move |(name, digest)| !before.contains_key(*name) && !left.contains(digest))
        .map(|(name, _)| name)
}

impl Unnoticed {
    /// Returns why the results of the step are not known.
    pub(super) fn reason(&self) -> String {
        let name = &self.name;
        match self.why {
            Why::OldTime => format!(
                "{name} has new content and an old modification time, which cargo does not notice"
            ),
            Why::Rewritten => format!(
                "{name} was written again or replaced after cargo built this, with an old modification time"
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

    /// Returns what cargo does not notice.
    pub(in crate::ops::measure) fn cause(&self) -> String {
        let happened = match self.why {
            Why::Elsewhere => "was moved or copied",
            Why::Added => "was added",
            Why::Removed => "was removed",
            Why::Uncompiled => "was not compiled",
            Why::Leftover => "was not written again",
            Why::Rewritten => "was written again or replaced",
            Why::Undeclared | Why::OldTime | Why::Unwatched => "changed",
        };
        // Some names are phrases, such as `the configured compiler`.
        let quote = if self.name.contains(' ') { "" } else { "`" };
        format!(
            "cargo does not notice that {quote}{}{quote} {happened}",
            self.name
        )
    }

    /// Returns whether files are outdated that the build script would keep.
    pub(in crate::ops::measure) fn is_leftover(&self) -> bool {
        self.why == Why::Leftover
    }

    /// Returns the command after which cargo builds again.
    pub(super) fn fix(&self, step: &Step) -> String {
        collector::clean(&quote(&self.package), &step.action)
    }
}
