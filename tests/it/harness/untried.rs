//! What a machine lacks.

use std::io::{self, Write};

/// Says what is not tried here, and why, where no test runner hides it: a test that passes must not be taken for one that
/// tried.
pub(crate) fn not_tried(what: &str, why: &str) {
    let _ = writeln!(io::stderr(), "not tried: {what}: {}", why.trim());
}
