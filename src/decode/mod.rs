//! One tolerant decoder per stream: bytes and text in, events and values out.
//!
//! Unknown text is noise, counted and never an error; nothing here panics on any input. Knows nothing of processes, files
//! or metrics.

pub mod bench;
pub mod built;
pub mod cargo;
pub mod doctest;
pub mod figures;
pub mod libtest;
pub mod nextest;
pub mod progress;
pub mod source;
mod text;

#[cfg(test)]
mod tests;
