//! The report of `cargo build --timings`: a page whose script lists the units of the build.
//!
//! The list has been JSON since cargo 1.60. Of each unit the package and the wall time are read; build scripts are
//! listed twice, as they are compiled and as they run.

use serde::Deserialize;

/// The time of a unit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct UnitTime {
    /// Name of the package.
    pub name: String,
    /// Version of the package.
    pub version: String,
    /// Wall time in seconds.
    #[serde(rename = "duration")]
    pub seconds: f64,
}

/// The text before the list.
const UNITS: &str = "const UNIT_DATA = ";

/// Reads the units of a report.
///
/// # Errors
/// If the report is of another form, or incomplete.
pub fn units(page: &str) -> Result<Vec<UnitTime>, String> {
    let Some((_, data)) = page.split_once(UNITS) else {
        return Err("it does not list the units".to_owned());
    };
    // A script follows.
    let mut values = serde_json::Deserializer::from_str(data).into_iter::<Vec<UnitTime>>();
    let units = match values.next() {
        Some(Ok(units)) => units,
        Some(Err(error)) => return Err(error.to_string()),
        None => return Err("it lists no units".to_owned()),
    };
    match units
        .iter()
        .find(|unit| !unit.seconds.is_finite() || unit.seconds < 0.0)
    {
        Some(unit) => Err(format!("`{}` took {} s", unit.name, unit.seconds)),
        None => Ok(units),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../fixtures/streams/timings/cargo-timing.html");

    #[test]
    fn units_of_a_recorded_report_are_read() {
        let units = units(RECORDED).unwrap();
        let found: Vec<(&str, &str, f64)> = units
            .iter()
            .map(|unit| (&*unit.name, &*unit.version, unit.seconds))
            .collect();
        assert_eq!(
            found,
            [
                ("tide-core", "0.1.0", 0.29),
                ("tide-core", "0.1.0", 0.01),
                ("tide-core", "0.1.0", 0.18),
                ("tide", "1.2.0", 0.35),
            ]
        );
    }

    #[test]
    fn damaged_report_gives_no_units() {
        let (cut, _) = RECORDED.split_once("\"version\": \"1.2.0\"").unwrap();
        for (page, reason) in [
            ("", "it does not list the units"),
            (cut, "EOF while parsing"),
            ("const UNIT_DATA = ", "it lists no units"),
            ("const UNIT_DATA = load();", "expected value"),
            ("const UNIT_DATA = [{\"name\": \"a\"}];", "missing field"),
            (
                "const UNIT_DATA = [{\"name\": \"a\", \"version\": \"1.0.0\", \"duration\": -1}];",
                "`a` took -1 s",
            ),
        ] {
            let error = units(page).unwrap_err();
            assert!(error.contains(reason), "{page}: {error}");
        }
    }
}
