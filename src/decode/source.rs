//! Rust source without a parser: line counts, and the items that enclose a line.
//!
//! A scanner finds the tokens (strings, raw strings, characters and lifetimes, nested comments,
//! braces). It never fails.

mod arguments;
mod brackets;
mod clippy;
mod code;
mod complexity;
mod counts;
mod crates;
mod duplicates;
mod header;
pub mod mentions;
mod modules;
mod outline;
mod page;
mod readers;
mod scan;
mod string;
mod test_code;
mod test_files;
mod tested;
pub mod variables;

pub use self::arguments::reads_arguments;
pub use self::clippy::distinguishes_clippy;
pub use self::code::{FunctionMeasures, Functions, Mark, SourceCode};
pub use self::counts::{TODO_MACRO, TODO_WORDS, counts};
pub use self::crates::{CrateNames, crate_names, crate_names_in_document};
pub use self::duplicates::{Duplicate, LeastBlock, SearchedFile, duplicates};
pub use self::modules::{Module, modules};
pub use self::outline::outline;
pub use self::readers::{documentation_code, names_sources, starts_or_lists};
pub use self::string::literals;
pub use self::test_files::{ScannedFile, test_files};
pub use self::tested::{has_doctest, has_features, has_only_ignored_tests, has_test};
