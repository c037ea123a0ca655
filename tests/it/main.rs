//! The one integration binary: cases as data, real cargo and the fake one.
//!
//! `audit` reads a database of advisories, `index` the index of a registry, `environment` the variables of a fixture, `unused` looks for unused dependencies, `bump`, `changelog` and `release` edit workspaces of their own, `campaigns` replays those of teams, `ci` plays a step of GitHub Actions, `coverage` runs instrumented tests, `tidy` reads this repository's own text, `fake` and
//! `sandbox` test the means of testing, `docs` counts documented items by hand, `built` the sizes of built files, `real` holds every fixture against an
//! independent count with the real cargo, `freshness` what makes results stale, `refold` what was stored of a run against its transcript, `screens` runs the
//! program itself, `hints` the commands that it names, `watch` runs the watcher, `walks` walks through whole campaigns, `guide` does what README and `docs/` show, `edits` and `sweep` kill an edit
//! of many files wherever it can die.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::unit_arg,
    reason = "tests start programs, lay out files, say what cannot be had, and are tables"
)]

mod alerts;
mod audit;
mod build_output;
mod built;
mod bump;
mod campaigns;
mod changelog;
mod ci;
mod combinations;
mod coverage;
mod diff;
mod docs;
mod document;
#[cfg(unix)]
mod edits;
mod environment;
mod fake;
mod faults;
mod flaky;
mod freshness;
mod guide;
mod harness;
#[cfg(unix)]
mod hints;
mod index;
mod instructions;
mod memory;
mod messages;
mod mutants;
mod ops;
mod pages;
mod places;
mod real;
mod reference;
mod refold;
mod release;
mod reuse;
mod rings;
mod sandbox;
mod sccache;
mod screens;
mod selection;
mod semver;
#[cfg(target_os = "linux")]
mod sweep;
mod tidy;
mod timing;
mod unused;
mod walks;
#[cfg(unix)]
mod watch;
mod workstream;
