//! What rustdoc reads. It writes no dep-info.

use super::Build;
use crate::drive::inputs::{BuildInputs, UnitKind, Unwatched, documented};

/// Adds the sources, texts and variables to the units that document a crate.
pub(super) fn add(build: &Build<'_>, read: &mut BuildInputs) {
    documented::add(read, build.workspace, build.sources, build.mentioned);
    let documented = read
        .units
        .values_mut()
        .filter(|unit| unit.kind == UnitKind::Documented);
    for unit in documented {
        let mentioned = build.mentioned.get(&unit.dir).into_iter();
        let variables = mentioned.flat_map(|found| &found.variables).cloned();
        unit.unwatched.extend(variables.map(Unwatched::Variable));
    }
}
