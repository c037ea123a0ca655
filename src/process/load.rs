//! Reads the load of the machine, because times measured under load vary more than usual.
//!
//! The load is known on Linux only.

use std::path::Path;

use crate::store;

/// Returns the load average of the last minute, or `None` if it is unknown.
pub fn average() -> Option<f64> {
    parse(&store::read_text(Path::new("/proc/loadavg")).ok()?)
}

/// Returns the first number of a line such as `5.12 4.80 3.95 2/731 40312`.
fn parse(text: &str) -> Option<f64> {
    let first: f64 = text.split_whitespace().next()?.parse().ok()?;
    first.is_finite().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_the_last_minute() {
        for (text, load) in [
            ("5.12 4.80 3.95 2/731 40312\n", Some(5.12)),
            ("", None),
            ("x", None),
            ("nan 1", None),
        ] {
            assert_eq!(parse(text), load);
        }
    }
}
