//! The part of a failed test's output that says why it failed.
//!
//! Returns text from outside, which renderers escape.

/// More lines than these are read in the log.
const LINES: usize = 6;

/// Returns the last panic's message, or the last lines of an output without one, at most [`LINES`] lines. Without the name
/// of the test, which stands above it, and without the hint at a backtrace.
pub(super) fn message(output: &str) -> Vec<String> {
    let lines: Vec<&str> = output.lines().map(str::trim_end).collect();
    let panic = lines
        .iter()
        .rposition(|line| line.starts_with("thread '") && line.contains(" panicked at "));
    let message = match panic {
        Some(at) => &lines[at..],
        None => &lines[..],
    };
    let mut message: Vec<&str> = message
        .iter()
        .copied()
        .take_while(|line| !is_backtrace(line))
        .filter(|line| !line.is_empty())
        .collect();
    if panic.is_none() {
        message.drain(..message.len().saturating_sub(LINES));
    }
    let more = message.len() > LINES;
    message.truncate(if more { LINES - 1 } else { LINES });
    let shown = message.into_iter().map(without_thread).map(str::to_owned);
    shown.chain(more.then(|| "..".to_owned())).collect()
}

/// Returns whether the backtrace, or the hint at it, begins with this line.
fn is_backtrace(line: &str) -> bool {
    line.starts_with("note: run with `RUST_BACKTRACE") || line.starts_with("stack backtrace:")
}

/// Returns `panicked at src/lib.rs:5:9:` of `thread 'tests::it' (4711) panicked at src/lib.rs:5:9:`.
fn without_thread(line: &str) -> &str {
    let at = line
        .find("panicked at ")
        .filter(|_| line.starts_with("thread '"));
    at.map_or(line, |at| &line[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_the_last_panic_is_found() {
        for (output, shown) in [
            ("", &[][..]),
            ("just text\n\n", &["just text"]),
            (
                "printed before\nthread 'a' (7) panicked at src/lib.rs:5:9:\nassertion `left == right` failed\n  left: 1\n \
                 right: 2\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
                &[
                    "panicked at src/lib.rs:5:9:",
                    "assertion `left == right` failed",
                    "  left: 1",
                    " right: 2",
                ],
            ),
            (
                "thread 'x' panicked at a.rs:1:1:\nfirst\nthread 'a' panicked at b.rs:2:2:\nlast\nstack backtrace:\n   0: std\n",
                &["panicked at b.rs:2:2:", "last"],
            ),
            (
                "thread 'x' panicked at a.rs:1:1:\n1\n2\n3\n4\n5\n6\n",
                &["panicked at a.rs:1:1:", "1", "2", "3", "4", ".."],
            ),
            ("1\n2\n3\n4\n5\n6\n7\n8", &["3", "4", "5", "6", "7", "8"]),
        ] {
            assert_eq!(message(output), shown, "{output:?}");
        }
    }
}
