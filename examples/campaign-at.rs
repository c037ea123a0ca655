//! The program at another time, for tests that replay what happened on certain days.
//!
//! `$CAMPAIGN_AT` is the time at which it starts, such as `2026-03-02T09:00:00Z`. Its clock goes on from there.

#![allow(
    clippy::disallowed_methods,
    reason = "it stands in for the program, which reads its environment elsewhere"
)]

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime};

use cargo_campaign::cli;
use jiff::Timestamp;

static START: LazyLock<(SystemTime, Instant)> = LazyLock::new(|| {
    let at = std::env::var("CAMPAIGN_AT").expect("CAMPAIGN_AT is set");
    let at: Timestamp = at.parse().expect("CAMPAIGN_AT is a time");
    (at.into(), Instant::now())
});

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    cli::main_at(&args, clock)
}

fn clock() -> SystemTime {
    let (at, started) = *START;
    at + started.elapsed()
}
