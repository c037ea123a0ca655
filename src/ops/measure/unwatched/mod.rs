//! What affects the units of a build and cargo does not watch.
//!
//! | module | adds |
//! |---|---|
//! | `bootstrap` | `RUSTC_BOOTSTRAP` |
//! | `clippy` | new `clippy.toml`, and what clippy reads of a manifest |
//! | `documentation` | sources, texts and variables that rustdoc reads |
//! | `linker` | files that `rustflags` names |
//! | `programs` | the compiler, wrappers, rustdoc and linker |

mod bootstrap;
mod clippy;
mod documentation;
mod linker;
mod manifest;
mod programs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::drive::inputs::{self, BuildInputs, Mentioned};
use crate::ops::Context;
use crate::plan::Step;
use crate::workspace::Workspace;

/// The kinds of these inputs. Each adds its inputs to the units of a step that they affect.
const KINDS: [fn(&Build<'_>, &mut BuildInputs); 5] = [
    bootstrap::add,
    clippy::add,
    documentation::add,
    linker::add,
    programs::add,
];

/// The build of a step.
pub(super) struct Build<'a> {
    pub(super) cx: &'a Context,
    pub(super) step: &'a Step,
    pub(super) workspace: &'a Workspace,
    /// The sources, relative to the root of the workspace.
    pub(super) sources: &'a [String],
    /// The files and variables that sources name, by the directory of the package.
    pub(super) mentioned: &'a BTreeMap<PathBuf, Mentioned>,
}

impl Build<'_> {
    /// Returns everything that the build read, of which cargo watches a part. `logs` contains the transcript of the step.
    pub(super) fn inputs(&self, logs: Option<&Path>) -> BuildInputs {
        let mut read = logs.map_or_else(BuildInputs::default, |logs| {
            inputs::of_step(self.step, logs, self.workspace)
        });
        for add in KINDS {
            add(self, &mut read);
        }
        read
    }
}
