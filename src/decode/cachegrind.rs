//! The output file of Cachegrind, a tool of Valgrind.
//!
//! Its header names the counted events, and its last line their sums: `events: Ir`, .., `summary: 299142`.
//! With a simulated cache there are more events after the instructions.

/// The event of an executed instruction.
const INSTRUCTION: &str = "Ir";

/// Returns the number of executed instructions.
///
/// # Errors
/// If the file is incomplete or of another form.
pub fn instructions(text: &str) -> Result<u64, String> {
    let events = text.lines().find_map(|line| line.strip_prefix("events: "));
    let Some(events) = events else {
        return Err("it does not name the counted events".to_owned());
    };
    let mut words = events.split_whitespace();
    if words.next() != Some(INSTRUCTION) {
        return Err(format!("it counts `{events}` and not instructions"));
    }
    let last = text.lines().next_back().unwrap_or_default();
    let Some(sums) = last.strip_prefix("summary: ") else {
        return Err("it has no sums at its end".to_owned());
    };
    let mut sums = sums.split_whitespace();
    match sums.next().and_then(|sum| sum.parse().ok()) {
        Some(0) | None => Err(format!("it ends with `{last}`")),
        Some(count) => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../fixtures/streams/cachegrind/out");

    #[test]
    fn sum_of_a_recorded_file_is_read() {
        assert_eq!(instructions(RECORDED), Ok(6_123_723));
    }

    #[test]
    fn damaged_file_gives_no_count() {
        let cut = &RECORDED[..RECORDED.len() / 2];
        for (text, reason) in [
            ("", "it does not name the counted events"),
            ("garbage\n", "it does not name the counted events"),
            (cut, "it has no sums at its end"),
            (
                "events: Dr Dw\nsummary: 1 2\n",
                "it counts `Dr Dw` and not instructions",
            ),
            ("events: Ir\nsummary: 0\n", "it ends with `summary: 0`"),
            (
                "events: Ir\nsummary: many\n",
                "it ends with `summary: many`",
            ),
            ("events: Ir\nsummary: -5\n", "it ends with `summary: -5`"),
            (
                "events: Ir\nsummary: 12\nfn=main\n",
                "it has no sums at its end",
            ),
        ] {
            assert_eq!(instructions(text), Err(reason.to_owned()), "{text}");
        }
        assert_eq!(instructions("events: Ir I1mr\nsummary: 12 3\n"), Ok(12));
    }
}
