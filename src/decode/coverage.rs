//! Which lines of the sources were executed, from the formats of coverage tools.

mod llvm;

pub use self::llvm::decode as llvm;
