//! Operations: the work behind the commands, as functions over a [`Context`].
//!
//! | module | owns |
//! |---|---|
//! | `measure` | planning and driving the collectors, and recording the run |
//! | `evaluate` | which recorded runs count for the current tree, and the judgement over them |
//! | `names` | refusing gates and waivers on packages, lints, benchmarks and tests that do not exist |
//! | `baseline` | pinning a run as the baseline or as the final state |
//! | `explain` | where a value comes from, and the meaning of names on screens |
//! | `history` | recorded runs, trends, and removing old runs |
//! | `trends` | the values of all recorded runs for charts |
//! | `doctor` | checking tools, configuration and store |
//! | `experiment` | building with and without a setting, in turns, and applying one that is better |
//! | `alerts` | which alerts are open, and telling people about changes |
//! | `init` | proposing a configuration |
//! | `attestations` | the attestations in `.campaign/attestations.toml`, and the values that they state |
//! | `decisions` | the decisions of the team, and whether they hold |
//! | `repository` | the files that git tracks |
//! | `readiness` | the facts of a release, which `judge::readiness` assesses |
//! | `bump` | preparing and applying new versions |
//! | `changelog` | the changelogs of the workspace |
//! | `release` | planning and making releases |
//! | `releases` | the releases of a package according to tags |
//! | `sweep` | removing build output that no recent build used |
//! | `context` | the surroundings of an operation: options, store, clock, cancellation, progress |
//! | `notice` | the messages that an operation reports while it works |
//! | `exit` | exit codes and the errors that carry them |
//! | `lock` | waiting for the lock of `.campaign/`, and completing interrupted edits |
//! | `pins` | reading the baseline and the final pin, and refusing those that cannot be trusted |
//! | `policy` | gates, settings and baseline of another git revision |
//! | `revision` | runs that are named by id, git revision, date or age |
//! | `schedule` | which jobs are due, and measuring them |
//! | `summary` | what changed within a period |
//! | `watch` | measuring due jobs and edited sources, until the user stops it |
//! | `unknown` | errors about names on the command line that do not exist |
//! | `widening` | the additional packages that a release measures |
//!
//! Operations return values and print nothing. They know neither the terminal nor the command line, and may be called many
//! times in one process, each time with a context for the options and the clock of that moment.

pub(crate) mod alerts;
pub(crate) mod attestations;
pub(crate) mod baseline;
pub(crate) mod bump;
pub(crate) mod changelog;
pub mod context;
pub(crate) mod decisions;
pub(crate) mod doctor;
pub mod document;
pub mod evaluate;
pub mod exit;
pub(crate) mod experiment;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod init;
mod lock;
pub mod measure;
pub(crate) mod names;
pub mod notice;
mod pins;
pub(crate) mod policy;
pub(crate) mod readiness;
pub(crate) mod release;
mod releases;
pub(crate) mod repository;
pub(crate) mod revision;
pub(crate) mod schedule;
pub(crate) mod summary;
pub(crate) mod sweep;
pub(crate) mod trends;
mod unknown;
pub(crate) mod watch;
pub(crate) mod widening;
pub(crate) mod workstreams;

pub use context::{Context, Services};
pub use exit::{Exit, Stop};
pub use notice::Notice;
