//! Cargo's progress bar on a piped stderr, and its messages about locks.

use crate::decode::text::plain;

/// A piece of stderr, which is split at `\r` and `\n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgressLine {
    /// `Building [==>  ] 12/41: names`.
    Units {
        /// Units that are finished.
        done: u64,
        /// All units.
        total: u64,
        /// The names after the colon.
        what: String,
    },
    /// `Blocking waiting for file lock on ...`, with the name of the lock.
    Blocking(String),
    /// Any other text.
    Text,
}

/// Classifies one piece, which may contain escape sequences.
pub fn read(piece: &str) -> ProgressLine {
    let piece = plain(piece);
    let piece = piece.trim();
    if let Some(what) = piece.strip_prefix("Blocking waiting for file lock on ") {
        return ProgressLine::Blocking(what.to_owned());
    }
    units(piece).unwrap_or(ProgressLine::Text)
}

/// Reads `Building [==>  ] 12/41: names`. The names are optional.
fn units(piece: &str) -> Option<ProgressLine> {
    let (bar, counts) = piece.strip_prefix("Building [")?.split_once("] ")?;
    let drawn = bar.chars().all(|c| matches!(c, '=' | '>' | ' '));
    let (counts, what) = counts.split_once(':').unwrap_or((counts, ""));
    let (done, total) = counts.trim().split_once('/')?;
    let units = ProgressLine::Units {
        done: done.parse().ok()?,
        total: total.parse().ok()?,
        what: what.trim().to_owned(),
    };
    drawn.then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_units_a_lock_or_text() {
        let units = |done, total, what: &str| ProgressLine::Units {
            done,
            total,
            what: what.to_owned(),
        };
        let lock = |what: &str| ProgressLine::Blocking(what.to_owned());
        for (piece, said) in [
            (
                "    Building [======>                      ] 1/4: c(bin), a             ",
                units(1, 4, "c(bin), a"),
            ),
            ("    Building [>      ] 0/41", units(0, 41, "")),
            (
                "\u{1b}[K\u{1b}[1m\u{1b}[36m    Building\u{1b}[0m [====>      ] 12/41: serde, foo(build)...",
                units(12, 41, "serde, foo(build)..."),
            ),
            (
                "    Blocking waiting for file lock on build directory",
                lock("build directory"),
            ),
            (
                "\u{1b}[1m\u{1b}[36m    Blocking\u{1b}[0m waiting for file lock on artifact directory",
                lock("artifact directory"),
            ),
            ("   Compiling serde v1.0.0", ProgressLine::Text),
            (
                "    Building [note] 1/2: text of a build script",
                ProgressLine::Text,
            ),
            ("    Building [==>  ] 12/: x", ProgressLine::Text),
            (
                "    Building [==>  ] 99999999999999999999999/1: x",
                ProgressLine::Text,
            ),
            ("", ProgressLine::Text),
        ] {
            assert_eq!(read(piece), said, "{piece:?}");
        }
    }
}
