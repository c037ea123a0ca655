//! Units of numbers in conditions and what they are in a metric's unit.

use crate::metric::Unit;

/// A unit that does not fit or is unknown.
pub(super) struct Wrong {
    /// `` `s` is a time, but the metric is a count ``.
    pub(super) message: String,
    /// What to write.
    pub(super) help: String,
}

/// What a unit measures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Time,
    Size,
    Share,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Time => "a time",
            Self::Size => "a size",
            Self::Share => "a percentage",
        }
    }
}

/// Symbol, kind, factor to seconds, bytes or percent.
const UNITS: [(&str, Kind, f64); 19] = [
    ("%", Kind::Share, 1.0),
    ("ns", Kind::Time, 1e-9),
    ("us", Kind::Time, 1e-6),
    ("µs", Kind::Time, 1e-6),
    ("ms", Kind::Time, 1e-3),
    ("s", Kind::Time, 1.0),
    ("m", Kind::Time, 60.0),
    ("min", Kind::Time, 60.0),
    ("h", Kind::Time, 3600.0),
    ("d", Kind::Time, DAY),
    ("B", Kind::Size, 1.0),
    ("kB", Kind::Size, 1e3),
    ("MB", Kind::Size, 1e6),
    ("GB", Kind::Size, 1e9),
    ("TB", Kind::Size, 1e12),
    ("KiB", Kind::Size, 1024.0),
    ("MiB", Kind::Size, 1_048_576.0),
    ("GiB", Kind::Size, 1_073_741_824.0),
    ("TiB", Kind::Size, 1_099_511_627_776.0),
];

const DAY: f64 = 86_400.0;

/// What one of `name` is in the metric's unit. A team's own unit is known by its name alone.
pub(super) fn factor(name: &str, metric: &Unit) -> Result<f64, Wrong> {
    if name == metric.name() {
        return Ok(1.0);
    }
    let Some((_, kind, factor)) = UNITS.iter().find(|(symbol, ..)| *symbol == name) else {
        return Err(unknown(name, metric));
    };
    match (metric, kind) {
        (Unit::Seconds, Kind::Time) | (Unit::Bytes, Kind::Size) | (Unit::Percent, Kind::Share) => {
            Ok(*factor)
        }
        (Unit::Days, Kind::Time) => Ok(factor / DAY),
        _ => Err(Wrong {
            message: format!(
                "`{name}` is {}, but the metric is {}",
                kind.name(),
                subject(metric)
            ),
            help: fitting(metric),
        }),
    }
}

/// A unit nobody knows; GB is often written in another case.
fn unknown(name: &str, metric: &Unit) -> Wrong {
    let near = UNITS
        .iter()
        .find(|(symbol, ..)| symbol.eq_ignore_ascii_case(name));
    let help = near.map_or_else(
        || fitting(metric),
        |(symbol, ..)| format!("did you mean `{symbol}`?"),
    );
    Wrong {
        message: format!("unknown unit `{name}`"),
        help,
    }
}

/// What the metric is, after "the metric is".
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

/// How to write a number that fits the metric.
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
