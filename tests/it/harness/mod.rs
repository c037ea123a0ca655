//! Means of testing: sandboxes, the fake cargo, screens, expected counts, Markdown. Asserts nothing about the program itself.

mod expected;
mod fake;
mod generated;
mod markdown;
mod sandbox;
mod screen;

pub(crate) use expected::{Counts, Expected, Tests};
pub(crate) use fake::script;
pub(crate) use markdown::{Block, blocks, table};
pub(crate) use sandbox::{Output, Sandbox, repository, workspaces};
pub(crate) use screen::{assert_screen, difference, redact};
