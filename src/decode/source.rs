//! Rust source, read lightly: line counts, and the items that enclose a line.
//!
//! A scanner of tokens (strings, raw strings, chars and lifetimes, nested comments, braces), not a parser: it never fails.

mod counts;
mod header;
mod outline;
mod scan;
mod tested;

pub use self::counts::counts;
pub use self::outline::outline;
pub use self::tested::{has_doctest, has_features, has_test};
