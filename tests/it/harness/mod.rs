//! Means of testing: sandboxes, the fake cargo, screens and walks, expected counts, Markdown. Asserts nothing about the program
//! itself.

mod commands;
mod expected;
mod fake;
mod generated;
mod markdown;
#[cfg(unix)]
mod running;
mod sandbox;
mod screen;
mod tree;
#[cfg(unix)]
mod untried;
mod walk;

pub(crate) use commands::commands;
pub(crate) use expected::{Counts, Expected, Tests};
pub(crate) use fake::{example, script};
pub(crate) use markdown::{Block, blocks, quoted, table};
#[cfg(target_os = "linux")]
pub(crate) use running::Running;
pub(crate) use sandbox::{LLVM_TOOLS, Output, Sandbox, judged, output, repository, workspaces};
pub(crate) use screen::{assert_screen, difference, redact};
pub(crate) use tree::{Tree, changes, put_back, tree};
pub(crate) use untried::not_tried;
pub(crate) use walk::{Walk, plain, words};
