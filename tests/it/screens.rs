//! The program itself, started as people start it.

use crate::harness::Sandbox;

#[test]
fn help_is_not_an_error() {
    let out = Sandbox::empty().campaign(&["--help"]);
    assert_eq!((out.code, out.stderr.as_str()), (0, ""));
}
