//! The programs that a unit is built with. Cargo does not watch their content, and does not build a unit again if the
//! configuration names another compiler, wrapper or rustdoc.

use super::Build;
use crate::drive::inputs::{BuildInputs, UnitInputs, UnitKind, Unwatched};
use crate::options::programs::Role;
use crate::probe::resolve;

/// Titles of the programs that the configuration names in place of those of the toolchain.
const CONFIGURED: &str = "the configured compiler, wrapper or rustdoc";

/// Adds the programs to the units of local packages, except for build scripts that run.
pub(super) fn add(build: &Build<'_>, read: &mut BuildInputs) {
    for unit in read.units.values_mut().filter(|unit| unit.is_local_crate()) {
        let mut configured = Vec::new();
        for (role, name) in build.cx.programs().iter() {
            if !is_used(*role, unit) {
                continue;
            }
            let file = resolve(build.cx.root(), name);
            unit.unwatched.insert(Unwatched::File(file));
            if *role != Role::Linker {
                configured.push(name.as_str());
            }
        }
        configured.sort_unstable();
        configured.dedup();
        let value = Unwatched::Value(CONFIGURED.to_owned(), configured.join("\n"));
        unit.unwatched.insert(value);
    }
}

fn is_used(role: Role, unit: &UnitInputs) -> bool {
    let is_documented = unit.kind == UnitKind::Documented;
    match role {
        Role::Compiler => !is_documented,
        Role::Linker => unit.is_linked(),
        Role::Rustdoc => is_documented,
        Role::Runner | Role::Formatter => false,
    }
}
