//! Conversion of the units in conditions to the unit of a metric.

use crate::metric::Unit;

/// An error about a unit that is unknown or does not fit the metric.
pub(super) struct UnitError {
    /// The error: `` `s` is a time, but the metric is a count ``.
    pub(super) message: String,
    /// How to fix it.
    pub(super) help: String,
}

/// The quantity that a unit measures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Time,
    Size,
    Share,
}

impl Quantity {
    fn name(self) -> &'static str {
        match self {
            Self::Time => "a time",
            Self::Size => "a size",
            Self::Share => "a percentage",
        }
    }
}

/// Symbol, quantity, and the factor to seconds, bytes or percent.
const UNITS: [(&str, Quantity, f64); 19] = [
    ("%", Quantity::Share, 1.0),
    ("ns", Quantity::Time, 1e-9),
    ("us", Quantity::Time, 1e-6),
    ("µs", Quantity::Time, 1e-6),
    ("ms", Quantity::Time, 1e-3),
    ("s", Quantity::Time, 1.0),
    ("m", Quantity::Time, 60.0),
    ("min", Quantity::Time, 60.0),
    ("h", Quantity::Time, 3600.0),
    ("d", Quantity::Time, DAY),
    ("B", Quantity::Size, 1.0),
    ("kB", Quantity::Size, 1e3),
    ("MB", Quantity::Size, 1e6),
    ("GB", Quantity::Size, 1e9),
    ("TB", Quantity::Size, 1e12),
    ("KiB", Quantity::Size, 1024.0),
    ("MiB", Quantity::Size, 1_048_576.0),
    ("GiB", Quantity::Size, 1_073_741_824.0),
    ("TiB", Quantity::Size, 1_099_511_627_776.0),
];

const DAY: f64 = 86_400.0;

/// Returns the factor from the unit `name` to the unit of the metric.
///
/// A custom unit can be written by its name only, because it has no conversions.
pub(super) fn factor(name: &str, metric: &Unit) -> Result<f64, UnitError> {
    if name == metric.name() {
        return Ok(1.0);
    }
    let Some((_, quantity, factor)) = UNITS.iter().find(|(symbol, ..)| *symbol == name) else {
        return Err(unknown(name, metric));
    };
    match (metric, quantity) {
        (Unit::Seconds, Quantity::Time)
        | (Unit::Bytes, Quantity::Size)
        | (Unit::Percent, Quantity::Share) => Ok(*factor),
        (Unit::Days, Quantity::Time) => Ok(factor / DAY),
        _ => Err(UnitError {
            message: format!(
                "`{name}` is {}, but the metric is {}",
                quantity.name(),
                subject(metric)
            ),
            help: fitting(metric),
        }),
    }
}

/// Returns the error for an unknown unit. Suggests one that differs in case, as `gb` does from
/// `GB`.
fn unknown(name: &str, metric: &Unit) -> UnitError {
    let near = UNITS
        .iter()
        .find(|(symbol, ..)| symbol.eq_ignore_ascii_case(name));
    let help = near.map_or_else(
        || fitting(metric),
        |(symbol, ..)| format!("did you mean `{symbol}`?"),
    );
    UnitError {
        message: format!("unknown unit `{name}`"),
        help,
    }
}

/// Describes the unit of the metric, to follow "the metric is".
fn subject(metric: &Unit) -> String {
    match metric {
        Unit::Count => "a count".to_owned(),
        Unit::Seconds => "a time".to_owned(),
        Unit::Percent => "a percentage".to_owned(),
        Unit::Bytes => "a size".to_owned(),
        Unit::Days => "a number of days".to_owned(),
        Unit::Other(name) => format!("in {name}"),
    }
}

/// Describes how to write a number that fits the metric.
fn fitting(metric: &Unit) -> String {
    match metric {
        Unit::Count => "write a bare number, as in `< 20`; a percentage fits after a reference: `baseline + 10%`",
        Unit::Seconds => "write a time: 300ms, 90s, 1.5m, 2h",
        Unit::Percent => "write a percentage: 80%",
        Unit::Bytes => "write a size: 512MiB, 10GB",
        Unit::Days => "write a bare number of days, or 2d, 36h",
        Unit::Other(name) => return format!("write a bare number or `{name}` after it"),
    }
    .to_owned()
}
