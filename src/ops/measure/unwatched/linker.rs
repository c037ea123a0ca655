//! Files that `rustflags` names: those for the linker, and those with arguments of the compiler.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Build;
use crate::decode::linking::{self, Linking};
use crate::drive::inputs::{BuildInputs, UnitKind, Unwatched, linked};
use crate::ops::Context;
use crate::probe::resolve;

/// Adds the files for the linker to the units of local packages that have code, and those with arguments to all crates of
/// these packages.
pub(super) fn add(build: &Build<'_>, read: &mut BuildInputs) {
    let linking = configured(build.cx);
    let root = &build.workspace.root;
    let linked = linked::files(&linking, root, build.workspace);
    let names = linking.argument_files.iter();
    let arguments: BTreeSet<PathBuf> = names.map(|name| resolve(root, name)).collect();
    let mut used = BTreeSet::new();
    let crates = read.units.values_mut().filter(|unit| unit.is_local_crate());
    for unit in crates.filter(|unit| unit.kind != UnitKind::Documented) {
        let linked = linked.iter().filter(|_| unit.has_code());
        let files: Vec<PathBuf> = arguments.iter().chain(linked).cloned().collect();
        unit.unwatched
            .extend(files.iter().cloned().map(Unwatched::File));
        used.extend(files);
    }
    used.retain(|file| file.exists());
    read.files.extend(used);
}

/// Returns the arguments for the linker in variables and settings for `rustflags`.
fn configured(cx: &Context) -> Linking {
    let variables = cx.options.environment.relevant.iter();
    let variables = variables.filter(|(name, _)| name.ends_with("RUSTFLAGS"));
    let conditions = cx.conditions();
    let settings = conditions.config.iter();
    let settings = settings.filter(|(name, _)| name.ends_with(".rustflags"));
    // `CARGO_ENCODED_RUSTFLAGS` has a separator of its own.
    let values = variables.chain(settings).flat_map(|(_, flags)| {
        let words = flags.split([' ', '\t', '\n', '\x1f']);
        words.filter(|word| !word.is_empty())
    });
    linking::rustflags(values)
}
