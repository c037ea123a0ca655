//! The library behind `cargo campaign`: measures a Cargo workspace, pins a baseline, judges gates and makes releases.
//!
//! There is no stable Rust API. The command line, the files and the JSON report are the interface.
//!
//! `docs/architecture.md` follows one line of cargo's output through these modules to a verdict.
//!
//! # Layers
//!
//! Data flows one way: a module imports only from the layers above its own in this table. `tests/it/tidy.rs` reads the table
//! and compares it with the code.
//!
//! | layer | modules | may do |
//! |---|---|---|
//! | model | [`plan`] [`event`] [`metric`] [`workspace`] [`snapshot`] [`gate`] [`run`] [`change`] [`workstream`] [`team_document`] [`risk`] [`experiment`] [`notification`] [`text`] [`glob`] [`lines`] [`relative_path`] | hold values; use std, serde and semver only |
//! | collectors | [`decode`] [`collector`] | plan steps, read the output of tools and count findings; pure; collectors use decoders |
//! | engines | [`condition`] [`judge`] [`progress`] [`schedule`] [`alert`] [`release`] [`report`] [`reuse`] | turn values and text into values and text; never import each other |
//! | effects | [`process`] [`test_runner`] [`probe`] [`drive`] [`git`] [`tree`] [`store`] [`edit`] [`notify`] [`ui`] | have one owner per effect, see below |
//! | operations | [`options`] [`ops`] | do the work of the commands; never touch the terminal or the command line |
//! | commands | [`cli`] | read arguments, call an operation and print its result |
//!
//! ```text
//! Options -> Plan -> drive -> Event* -> collectors -> Snapshot -> Run -> store
//!                                                         |
//!               Comparison(baseline, candidate) -> judge -> Judgement -> terminal | report
//! ```
//!
//! Everything to the right of the store works on recorded runs and never starts cargo.
//!
//! # Owners
//!
//! | effect | owner |
//! |---|---|
//! | sending notifications | `notify` |
//! | starting processes | `process`, `test_runner`, `git.rs` |
//! | the terminal | `ui` |
//! | `.campaign/` | `store`, `edit` (its journals) |
//! | writing files of the user | `edit`; `store` for reports to a path of the user's choice |
//! | copying a workspace to a temporary directory | `probe/shadow.rs` |
//! | copying a workspace to `.campaign/`, to build it there | `drive/copy.rs` |
//! | removing fingerprints from cargo's build directory | `drive/renewal.rs` |
//! | profiles of instrumented tests, and their programs in the target directory | `drive/coverage.rs`, `test_runner/programs.rs` |
//! | reading the source tree | `tree` (fingerprint), `probe/sources.rs` |
//! | reading the machine's load | `process/load.rs` |
//! | the environment | `options`, `probe/companion.rs` (where cargo looks for its subcommands), `probe/llvm.rs` (likewise), `probe/compiler_cache.rs` (the wrapper of the compiler) |
//! | the clock | `cli` |
//!
//! `clippy.toml` bans these functions; each owner allows them with `#![expect(.., reason = "..")]`.

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "documentation is for contributors, who read private items too"
)]
#![cfg_attr(
    test,
    allow(clippy::too_many_lines, reason = "a test is often one long table")
)]

mod alert;
pub mod change;
pub mod cli;
pub mod collector;
pub mod condition;
pub mod decode;
pub mod drive;
pub mod edit;
mod event;
mod experiment;
mod gate;
pub mod git;
mod glob;
pub mod judge;
mod lines;
pub mod metric;
mod notification;
mod notify;
pub mod ops;
pub mod options;
pub mod plan;
pub mod probe;
pub mod process;
mod progress;
mod relative_path;
mod release;
pub mod report;
pub mod reuse;
mod risk;
pub mod run;
pub mod schedule;
pub mod snapshot;
pub mod store;
mod team_document;
mod test_runner;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod ui;
pub mod workspace;
mod workstream;
