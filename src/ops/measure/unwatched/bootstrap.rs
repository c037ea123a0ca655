//! `RUSTC_BOOTSTRAP`, which makes the compiler and rustdoc of a stable toolchain accept unstable features.

use super::Build;
use crate::drive::inputs::{BuildInputs, Unwatched};
use crate::ops::Context;
use crate::options::environment;

const BOOTSTRAP: &str = "RUSTC_BOOTSTRAP";

/// Adds the variable to the units of local packages, except for build scripts that run.
pub(super) fn add(build: &Build<'_>, read: &mut BuildInputs) {
    let values = values(build.cx);
    for unit in read.units.values_mut().filter(|unit| unit.is_local_crate()) {
        let value = Unwatched::Value(BOOTSTRAP.to_owned(), values.clone());
        unit.unwatched.insert(value);
    }
}

/// Returns the values in the environment and in cargo's configuration.
fn values(cx: &Context) -> String {
    let conditions = cx.conditions();
    let configured = conditions.config.get("env.RUSTC_BOOTSTRAP");
    let values = [
        environment::variable(BOOTSTRAP),
        configured.map(|value| format!("[env] {value}")),
    ];
    values.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
