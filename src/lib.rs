//! `cargo campaign`: measure a Cargo workspace, pin a baseline, judge gates, carry a release from evidence to tag.
//!
//! There is no stable Rust API: what people use is the command line, the files and the JSON report.
//!
//! # Layers
//!
//! Data flows one way; a module imports only from layers above its own in this list (`tests/it/tidy.rs` checks it).
//!
//! | layer | modules | may do |
//! |---|---|---|
//! | model | [`plan`] [`event`] [`metric`] [`workspace`] [`snapshot`] [`gate`] [`run`] [`change`] [`workstream`] [`text`] | be values: std, serde, semver |
//! | collectors | [`decode`] [`collector`] | plan, read and count what tools print; pure, and a collector may use decoders |
//! | engines | [`condition`] [`judge`] [`release`] [`report`] | turn values and text into values and text; never each other |
//! | effects | [`drive`] [`git`] [`tree`] [`store`] [`edit`] [`ui`] | one owner per effect, see below |
//! | operations | [`options`] [`ops`] | do the work of the commands; never touch the terminal or the command line |
//! | commands | [`cli`] | read arguments, call an operation and print its result |
//!
//! ```text
//! Options -> Plan -> drive -> Event* -> collectors -> Snapshot -> Run -> store
//!                                                         |
//!               Comparison(baseline, candidate) -> judge -> Judgement -> terminal | report
//! ```
//!
//! Everything right of the store works from recorded runs alone and never starts cargo.
//!
//! # Owners
//!
//! | effect | owner |
//! |---|---|
//! | starting processes | `drive/process.rs`, `drive/runner.rs` (the test runner), `drive/rustdoc.rs` (its stand-in), `git.rs` |
//! | the terminal | `ui` |
//! | `.campaign/` | `store`, `edit` (its journals) |
//! | writing files of the user | `edit`; `store` for reports to a path of the user's choice |
//! | a workspace's shadow in a temporary folder | `drive/shadow.rs` |
//! | reading the source tree | `tree` (fingerprint), `drive/scan.rs` (counting) |
//! | reading the machine's load | `drive/load.rs` |
//! | the environment | `options`, `drive/companion.rs` (where cargo looks for its subcommands) |
//! | the clock | `cli` |
//!
//! The bans in `clippy.toml` hold this; each owner says so with an `#![expect(.., reason = "..")]`.

#![cfg_attr(
    test,
    allow(clippy::too_many_lines, reason = "a test is often one long table")
)]

pub mod change;
pub mod cli;
pub mod collector;
pub mod condition;
pub mod decode;
pub mod drive;
pub mod edit;
pub mod event;
pub mod gate;
pub mod git;
pub mod judge;
pub mod metric;
pub mod ops;
pub mod options;
pub mod plan;
pub mod release;
pub mod report;
pub mod run;
pub mod snapshot;
pub mod store;
#[cfg(test)]
mod tests;
pub mod text;
pub mod tree;
pub mod ui;
pub mod workspace;
pub mod workstream;
