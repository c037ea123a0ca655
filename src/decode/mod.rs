//! One tolerant decoder per stream: bytes and text in, events and values out.
//!
//! Unknown text is counted as noise and is never an error. Nothing here panics on any input.
//! Decoders know nothing about processes, files or metrics.

pub mod advisory;
pub mod api;
pub mod bench;
pub mod built;
pub mod cachegrind;
pub mod cargo;
pub mod coverage;
pub mod doctest;
pub mod figures;
pub mod gungraun;
pub mod index;
pub mod libtest;
pub mod linking;
pub mod lockfile;
pub mod mutants;
pub mod nextest;
mod path;
pub mod progress;
pub mod sccache;
pub mod sections;
pub mod source;
mod text;
pub mod timings;
pub mod tree;

#[cfg(test)]
mod tests;
