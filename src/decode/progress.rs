//! Cargo's own progress on a piped stderr, and its lock waits.

/// What a piece of stderr (split at `\r` and `\n`) says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// `Building [==>  ] 12/41: names`.
    Units {
        /// Done.
        done: u64,
        /// Of.
        total: u64,
        /// The names behind the colon.
        what: String,
    },
    /// `Blocking waiting for file lock on ...`: what for.
    Blocking(String),
    /// Anything else: belongs to the tail.
    Text,
}

/// Classifies one piece, escape sequences and all.
pub fn read(_piece: &str) -> Said {
    todo!()
}
