//! The exit codes as a whole, and what commands write.

use super::{counted, shows};

#[test]
fn every_command_has_help() {
    let sandbox = counted();
    for args in super::COMMANDS {
        shows(&sandbox.campaign(&[args[0], "--help"]), 0, &["Usage: cargo campaign"]);
    }
}
