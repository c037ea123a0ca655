//! drive
pub mod cancel;
mod config;
pub(crate) mod process;
mod record;
pub mod runner;
mod scratch;
pub mod wiring;
